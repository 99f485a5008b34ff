//! What a request leaves out is found, or said to be nowhere: the source in the lists of all accounts, in CloudFront's own
//! answer about others, the hosted zone by what public DNS asks. Each situation is a plan by the real preflight.

use crate::support::{rehearse, scenario, state};
use functions::StepError;
use rehearsal::audience::Audience;
use rehearsal::clock::VirtualClock;
use rehearsal::plug::{SharedWorld, sdk_config};
use rehearsal::run::Report;
use rehearsal::world::World;
use serde_json::{Value, json};
use std::pin::Pin;

/// Plays a changed plan-only scenario whose request names neither source nor zone.
fn search(change: impl Fn(&mut Value, &mut Value)) -> Report {
    let mut play = scenario("plan-only", 1);
    for key in ["source", "dns"] {
        play.request.as_object_mut().unwrap().remove(key);
    }
    change(&mut play.world, &mut play.request);
    let before = state(&play.world);
    let report = rehearse(&play);
    assert_eq!(state(&report.world), before, "preflight never writes");
    assert!(report.writes.is_empty(), "{:?}", report.writes);
    report
}

fn push(world: &mut Value, list: &str, entry: Value) {
    match world[list].as_array_mut() {
        Some(entries) => entries.push(entry),
        None => world[list] = json!([entry]),
    }
}

fn record(name: &str, to: &str) -> Value {
    json!({"name": name, "type": "CNAME", "ttl": 60, "values": [to]})
}

/// A second name, on a distribution of its own in the new account.
fn second_source(world: &mut Value, request: &mut Value) {
    request["aliases"] = json!(["a.foo.com", "b.foo.com"]);
    push(world, "certificates", json!({"arn": "arn:aws:acm:us-east-1:000000000002:certificate/other", "names": ["*.foo.com"]}));
    let other = json!({"id": "E3OTHER", "account": "000000000002", "domainName": "other.cloudfront.net", "aliases": ["b.foo.com"],
        "certificate": "arn:aws:acm:us-east-1:000000000002:certificate/other"});
    push(world, "distributions", other);
    world["hostedZones"][0]["records"].as_array_mut().unwrap().push(record("b.foo.com", "other.cloudfront.net"));
}

/// No role of the old account can be had.
fn close(world: &mut Value) {
    world["accounts"][0]["roles"] = json!([]);
}

/// The zone is the new account's, so that only the source is out of reach.
fn move_zone(world: &mut Value) {
    world["hostedZones"][0]["account"] = json!("000000000002");
}

fn refusal(report: &Report) -> (&str, &str) {
    let refusal = &report.document["refusals"][0];
    (refusal["code"].as_str().unwrap_or("none"), refusal["message"].as_str().unwrap_or_default())
}

fn labels(report: &Report) -> Vec<String> {
    report.document["plan"].as_array().unwrap().iter().map(|edit| edit["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn source_and_zone_that_are_left_out_are_found_and_the_plan_is_the_one_that_names_them() {
    let named = rehearse(&scenario("plan-only", 1));
    let found = search(|_, _| {});
    assert_eq!(found.outcome, "planned", "{:?}", refusal(&found));
    for key in ["source", "target", "dns", "aliases"] {
        assert_eq!(found.document["request"][key], named.document["request"][key], "{key}");
    }
    assert_eq!((labels(&found), &found.document["planHash"]), (labels(&named), &named.document["planHash"]));
}

#[test]
fn the_home_account_is_searched_where_it_owns_something() {
    let found = search(|world, _| world["homeAccount"] = json!("000000000001"));
    assert_eq!((found.outcome.as_str(), &found.document["request"]["source"]["account"]), ("planned", &json!("000000000001")));
    let apart = search(|world, _| push(world, "accounts", json!({"id": "000000000009"})));
    assert_eq!(apart.outcome, "planned", "and nobody asks it for a role where it owns nothing");
}

#[test]
fn a_zone_that_comes_after_a_hundred_others_is_found() {
    let found = search(|world, request| {
        for n in 0..120 {
            let zone = json!({"id": format!("Z9N{n}"), "account": "000000000001", "name": format!("n{n}.foo.com"), "records": []});
            push(world, "hostedZones", zone);
        }
        let zone = json!({"id": "Z9LAST", "account": "000000000001", "name": "zz.foo.com", "records": [record("a.zz.foo.com", "xyz.cloudfront.net")]});
        push(world, "hostedZones", zone);
        request["aliases"] = json!(["a.zz.foo.com"]);
        world["distributions"][0]["aliases"] = json!(["a.zz.foo.com"]);
        for certificate in 0..2 {
            world["certificates"][certificate]["names"] = json!(["a.zz.foo.com", "*.zz.foo.com"]);
        }
    });
    assert_eq!(
        (found.outcome.as_str(), &found.document["request"]["dns"]["hostedZone"]),
        ("planned", &json!("Z9LAST")),
        "{:?}",
        refusal(&found)
    );
}

#[test]
fn what_was_found_is_moved_like_what_was_named() {
    let mut play = scenario("legacy-to-new", 1);
    for key in ["source", "dns"] {
        play.request.as_object_mut().unwrap().remove(key);
    }
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("completed", 0), "{:?}", report.timeline);
}

#[test]
fn an_alias_that_is_on_the_target_already_needs_no_source_and_its_records_still_follow() {
    let report = search(|world, _| {
        world["distributions"][0]["aliases"] = json!([]);
        world["distributions"][1]["aliases"] = json!(["a.foo.com"]);
    });
    assert_eq!((report.outcome.as_str(), &report.document["request"]["source"]), ("planned", &Value::Null), "{:?}", refusal(&report));
    assert_eq!(labels(&report), ["1/1 point a.foo.com in Z1FOO at the target"]);
    assert_eq!(report.calls.get("cloudfront:ListDistributions"), None, "nobody needs to look");
}

#[test]
fn names_on_several_distributions_are_refused_with_requests_that_each_make_a_plan() {
    let report = search(second_source);
    assert_eq!(refusal(&report).0, "sourcesDiffer", "{:?}", report.document["refusals"]);
    let ready = report.document["refusals"][0]["requests"].as_array().unwrap().clone();
    let sources: Vec<&str> = ready.iter().map(|request| request["source"]["distribution"].as_str().unwrap()).collect();
    assert_eq!(sources, ["E1LEGACYXYZ", "E3OTHER"]);
    for request in ready {
        let planned = search(|world, asked| {
            second_source(world, asked);
            *asked = request.clone();
        });
        assert_eq!(planned.outcome, "planned", "{:?}", refusal(&planned));
    }
}

#[test]
fn a_name_that_nobody_holds_is_refused_with_where_it_was_looked_for() {
    let report = search(|world, _| world["distributions"][0]["aliases"] = json!([]));
    let (code, message) = refusal(&report);
    assert_eq!(code, "sourceNotFound", "{message}");
    assert!(message.contains("000000000001") && message.contains("000000000002"), "{message}");
    let unasked = search(|world, _| {
        world["distributions"][0]["aliases"] = json!([]);
        world["certificates"][1]["names"] = json!(["b.foo.com"]);
    });
    let (code, message) = refusal(&unasked);
    assert!(code == "sourceNotFound" && message.contains("certificate of E2NEWQRS"), "{code} {message}");
    assert_eq!(unasked.calls.get("cloudfront:ListDomainConflicts"), None, "CloudFront would refuse to say (DSC-4)");
}

#[test]
fn a_source_in_an_account_that_cannot_be_entered_is_known_by_what_cloudfront_shows() {
    let unnamed = search(|world, _| {
        close(world);
        move_zone(world);
    });
    let named = search(|world, request| {
        close(world);
        move_zone(world);
        request["source"] = json!({"account": "000000000001", "distribution": "E1LEGACYXYZ"});
    });
    for report in [unnamed, named] {
        assert_eq!(
            (report.outcome.as_str(), report.document["strategy"].as_str()),
            ("planned", Some("supportCase")),
            "{:?}",
            refusal(&report)
        );
        assert_eq!(report.document["request"]["source"], Value::Null, "no step may try to enter it");
        assert_eq!(report.document["endpoints"]["source"]["domainName"], "xyz.cloudfront.net", "DNS says so");
        let case = report.document["asked"].to_string();
        for part in ["E2NEWQRS", "qrs.cloudfront.net", "a.foo.com", "_a.foo.com"] {
            assert!(case.contains(part), "{part}: {case}");
        }
    }
}

#[test]
fn a_named_source_that_cannot_be_entered_and_does_not_hold_the_name_is_refused_as_unreachable() {
    let report = search(|world, request| {
        close(world);
        move_zone(world);
        world["distributions"][0]["aliases"] = json!([]);
        request["source"] = json!({"account": "000000000001", "distribution": "E1LEGACYXYZ"});
    });
    assert_eq!(refusal(&report).0, "accountNotReachable", "{:?}", refusal(&report));
}

/// What the step answers to `input`, asked through the one door.
fn preflight(world: &Value, input: Value) -> Value {
    let world = World::new(world.clone(), 1).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = VirtualClock::new(world.start);
        let world = SharedWorld::new(world);
        let key = world.lock().function_key("cutover-preflight");
        let config = sdk_config(&world, clock.clone(), &key);
        let audience = Audience::new(world.clone(), clock);
        let answer: Pin<Box<dyn Future<Output = Result<Value, StepError>> + '_>> =
            Box::pin(functions::invoke(&config, &audience, "preflight", input));
        answer.await.unwrap()
    })
}

#[test]
fn a_list_of_member_accounts_that_is_none_is_refused_before_anything_is_read() {
    let mut play = scenario("plan-only", 1);
    play.request.as_object_mut().unwrap().remove("source");
    let document = |members: &str| {
        let execution = json!({"id": "arn:aws:states:us-east-1:000000000009:execution:cutover:claim", "startedAt": "2026-12-01T02:00:00Z"});
        let input = json!({"request": play.request, "execution": execution, "memberAccounts": members});
        preflight(&play.world, input)
    };
    let many = (0..301).map(|n| format!("{n:012}")).collect::<Vec<_>>().join(",");
    for members in ["legacy", "000000000001,1", &many] {
        let refused = document(members);
        assert_eq!(refused["refusals"][0]["code"], "malformedRequest", "{members}: {refused}");
    }
    assert_eq!(document("000000000001, 000000000002,").get("refusals"), Some(&json!([])));
}

/// Five hundred distributions in each account, the source the last of its own.
fn crowd(world: &mut Value) {
    for account in ["000000000001", "000000000002"] {
        for n in 0..499 {
            let id = format!("E{}{n:04}", &account[11..]);
            push(
                world,
                "distributions",
                json!({"id": id, "account": account, "domainName": format!("{}.cloudfront.net", id.to_lowercase())}),
            );
        }
    }
    world["distributions"][0]["id"] = json!("EZLAST");
}

#[test]
fn accounts_of_five_hundred_distributions_are_searched_with_five_pages_each_until_all_is_found() {
    let found = search(|world, _| crowd(world));
    assert_eq!((found.outcome.as_str(), found.calls["cloudfront:ListDistributions"]), ("planned", 5), "{:?}", refusal(&found));
    assert_eq!(found.document["request"]["source"]["distribution"], "EZLAST");
    let lost = search(|world, _| {
        crowd(world);
        world["distributions"][0]["aliases"] = json!([]);
    });
    assert_eq!((refusal(&lost).0, lost.calls["cloudfront:ListDistributions"]), ("sourceNotFound", 10));
}

#[test]
fn the_zone_is_the_one_that_public_dns_asks() {
    let zone = |change: fn(&mut Value)| search(|world, _| change(world)).document["request"]["dns"]["hostedZone"].clone();
    let twin = |id: &str, delegated: bool| json!({"id": id, "account": "000000000002", "name": "foo.com", "delegated": delegated});
    assert_eq!(zone(|_| {}), "Z1FOO");
    let told_apart = search(|world, _| push(world, "hostedZones", twin("Z2TWIN", false)));
    assert_eq!(told_apart.document["request"]["dns"]["hostedZone"], "Z1FOO");
    let private =
        search(|world, _| push(world, "hostedZones", json!({"id": "Z4", "account": "000000000001", "name": "a.foo.com", "private": true})));
    assert_eq!(private.document["request"]["dns"]["hostedZone"], "Z1FOO");
    let child = zone(|world| {
        let records = json!([{"name": "a.foo.com", "type": "A", "aliasTarget": "xyz.cloudfront.net"}]);
        push(world, "hostedZones", json!({"id": "Z3CHILD", "account": "000000000002", "name": "a.foo.com", "records": records}));
    });
    assert_eq!(child, "Z3CHILD", "a delegated child wins (R53-13)");
    let not_delegated = search(|world, _| {
        world["hostedZones"][0]["delegated"] = json!(false);
        push(world, "externalZones", json!({"name": "foo.com", "records": [record("a.foo.com", "xyz.cloudfront.net")]}));
    });
    let (code, message) = refusal(&not_delegated);
    assert!(code == "hostedZoneNotFound" && message.contains("Z1FOO"), "{code} {message}");
    assert_eq!(not_delegated.document["refusals"][0]["requests"][0]["dns"], "external");
}

#[test]
fn names_in_several_zones_are_split_by_zone() {
    let report = search(|world, request| {
        request["aliases"] = json!(["a.foo.com", "b.bar.com"]);
        world["distributions"][0]["aliases"] = json!(["a.foo.com", "b.bar.com"]);
        world["certificates"][0]["names"] = json!(["a.foo.com", "b.bar.com"]);
        world["certificates"][1]["names"] = json!(["*.foo.com", "*.bar.com"]);
        let records = json!([record("b.bar.com", "xyz.cloudfront.net")]);
        push(world, "hostedZones", json!({"id": "Z2BAR", "account": "000000000002", "name": "bar.com", "records": records}));
    });
    assert_eq!(refusal(&report).0, "hostedZonesDiffer");
    let ready = report.document["refusals"][0]["requests"].as_array().unwrap();
    assert_eq!(ready.iter().map(|request| request["aliases"].clone()).collect::<Vec<_>>(), [json!(["a.foo.com"]), json!(["b.bar.com"])]);
}

/// The zone is kept by somebody else.
fn external(world: &mut Value, request: &mut Value) {
    world["hostedZones"] = json!([]);
    push(world, "externalZones", json!({"name": "foo.com", "records": [record("a.foo.com", "xyz.cloudfront.net")]}));
    request["dns"] = json!("external");
}

#[test]
fn dns_that_somebody_else_edits_is_read_at_its_own_name_servers() {
    let report = search(external);
    assert_eq!(report.outcome, "planned", "{:?}", refusal(&report));
    let sets = &report.document["snapshot"][0]["sets"];
    assert_eq!(*sets, json!([{"type": "CNAME", "ttl": 60, "values": ["xyz.cloudfront.net"]}]));
    assert!(!report.calls.keys().any(|call| call.starts_with("route53:")), "{:?}", report.calls);
    let nowhere = search(|world, request| {
        external(world, request);
        world["externalZones"] = json!([]);
    });
    assert_eq!(refusal(&nowhere).0, "observationFailed");
}

/// The name is on a distribution that `service` holds; its pages carry `header`.
fn held_by(service: &'static str, header: &'static str) -> Report {
    search(move |world, _| {
        let origin = json!({"status": 200, "headers": {header: "x"}});
        world["distributions"][0] =
            json!({"id": "E9HELD", "service": service, "domainName": "xyz.cloudfront.net", "aliases": ["a.foo.com"], "origin": origin});
    })
}

#[test]
fn a_service_of_aws_that_holds_the_name_is_known_by_its_account_or_by_its_pages() {
    for (service, header, command) in [
        ("amplify", "server", "aws amplify delete-domain-association"),
        ("apiGateway", "x-amz-apigw-id", "aws apigateway update-domain-name"),
        ("cognito", "x-amz-cognito-request-id", "aws cognito-idp delete-user-pool-domain"),
    ] {
        let report = held_by(service, header);
        let asked =
            report.document["asked"].to_string() + &report.document["refusals"].to_string() + &report.document["findings"].to_string();
        assert!(asked.contains(command) || report.document["refusals"].to_string().contains("releaseService"), "{service}: {asked}");
        assert_eq!(report.document["request"]["source"], Value::Null, "{service}");
    }
    let stranger = held_by("other", "server");
    assert_eq!(stranger.document["strategy"], "supportCase", "nothing gives it away: {:?}", refusal(&stranger));
}

/// The name is a tenant's, in the old account.
fn tenant(world: &mut Value) {
    world["distributions"][0] = json!({"id": "E5MULTI", "account": "000000000001", "domainName": "multi.cloudfront.net",
        "certificate": "arn:aws:acm:us-east-1:000000000001:certificate/legacy"});
    let tenant = json!({"id": "dt_1old", "account": "000000000001", "distribution": "E5MULTI", "domains": ["a.foo.com"],
        "endpoint": "group1.cloudfront.net"});
    world["tenants"] = json!([tenant]);
    world["hostedZones"][0]["records"] = json!([record("a.foo.com", "group1.cloudfront.net")]);
}

#[test]
fn a_tenant_of_ours_is_found_by_the_name_that_no_list_shows() {
    let report = search(|world, _| tenant(world));
    assert_eq!(
        report.document["request"]["source"],
        json!({"account": "000000000001", "distributionTenant": "dt_1old"}),
        "{:?}",
        refusal(&report)
    );
    assert_eq!(report.calls["cloudfront:GetDistributionTenantByDomain"], 1);
    assert_eq!(report.calls["cloudfront:GetConnectionGroup"], 1, "records and proofs name its endpoint");
}
