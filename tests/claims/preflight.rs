//! What preflight reads in each kind of situation, and how often: never a write, and no more reads than were promised.

use crate::support::{calls, rehearse, scenario, state};
use rehearsal::run::{Play, Report};
use serde_json::{Value, json};

/// Reads that belong to a search, which has a budget of its own.
const SEARCHING: [&str; 2] = ["cloudfront:ListDistributions", "route53:ListHostedZonesByName"];
/// Reads for a whole request, and for each alias on top.
const READS_MAX: u64 = 12;
const READS_OF_ALIAS_MAX: u64 = 2;

fn plan(change: impl Fn(&mut Value, &mut Value)) -> (Play, Report) {
    let mut play = scenario("plan-only", 1);
    change(&mut play.world, &mut play.request);
    let report = rehearse(&play);
    (play, report)
}

fn reads(report: &Report) -> u64 {
    let counted = |call: &str| !call.starts_with("sts:") && !SEARCHING.contains(&call);
    report.calls.iter().filter(|(call, _)| counted(call)).map(|(_, count)| count).sum()
}

fn records(world: &mut Value) -> &mut Vec<Value> {
    world["hostedZones"][0]["records"].as_array_mut().unwrap()
}

fn record(name: &str, to: &str) -> Value {
    json!({"name": name, "type": "CNAME", "ttl": 60, "values": [to]})
}

/// The wildcard itself moves, within reach of the live names below it.
fn wildcard_moves(world: &mut Value, request: &mut Value) {
    request["aliases"] = json!(["*.foo.com"]);
    request["acceptOutage"] = json!(true);
    world["distributions"][0]["aliases"] = json!(["*.foo.com"]);
    world["certificates"][0]["names"] = json!(["*.foo.com"]);
    *records(world) = vec![record("*.foo.com", "xyz.cloudfront.net"), record("live.foo.com", "xyz.cloudfront.net")];
    records(world).push(record("mail.foo.com", "mail.example.com"));
}

type Change = fn(&mut Value, &mut Value);

#[test]
fn preflight_reads_at_most_twelve_times_and_twice_for_each_alias_and_never_writes() {
    let situations: [(&str, Change); 8] = [
        ("nothing left out", |_, _| {}),
        ("source and zone left out", |_, request| {
            request.as_object_mut().unwrap().remove("source");
            request.as_object_mut().unwrap().remove("dns");
        }),
        ("a source that cannot be entered", |world, request| {
            world["accounts"][0]["roles"] = json!([]);
            world["hostedZones"][0]["account"] = json!("000000000002");
            request.as_object_mut().unwrap().remove("source");
            request["dns"]["account"] = json!("000000000002");
        }),
        ("somebody else's DNS", |world, request| {
            world["hostedZones"] = json!([]);
            world["externalZones"] = json!([{"name": "foo.com", "records": [record("a.foo.com", "xyz.cloudfront.net")]}]);
            request["dns"] = json!("external");
        }),
        ("a wildcard that moves", wildcard_moves),
        ("nobody holds the name", |world, _| world["distributions"][0]["aliases"] = json!([])),
        ("thirty names of four parents", |world, request| {
            let names: Vec<String> = (0..30).map(|n| format!("n{n}.p{}.foo.com", n % 4)).collect();
            *records(world) = names.iter().map(|name| record(name, "xyz.cloudfront.net")).collect();
            world["distributions"][0]["aliases"] = json!(names);
            world["certificates"][0]["names"] = json!(names);
            world["certificates"][1]["names"] = json!(["*.p0.foo.com", "*.p1.foo.com", "*.p2.foo.com", "*.p3.foo.com"]);
            request["aliases"] = json!(names);
        }),
        ("three names within one account, each with a proof", |world, request| {
            let play = crate::support::with_three_names(scenario("same-account", 1));
            *world = play.world;
            *request = play.request;
            request["execute"] = json!(false);
        }),
    ];
    for (situation, change) in situations {
        let (play, report) = plan(change);
        let aliases = u64::try_from(play.request["aliases"].as_array().unwrap().len()).unwrap();
        let reads = reads(&report);
        assert!((1..=READS_MAX + READS_OF_ALIAS_MAX * aliases).contains(&reads), "{situation}: {reads} reads, {:?}", report.calls);
        assert!(report.writes.is_empty(), "{situation}: {:?}", report.writes);
        assert_eq!(state(&report.world), state(&play.world), "{situation}");
        assert!(["planned", "refused"].contains(&report.outcome.as_str()), "{situation}: {:?}", report.timeline);
    }
}

#[test]
fn what_is_named_is_read_seven_times_as_ever() {
    let (_, report) = plan(|_, _| {});
    assert_eq!(reads(&report), 7, "{:?}", report.calls);
    assert_eq!(calls(&report, "sts:AssumeRole"), 4, "to read in two accounts, and to try to write in both");
}

#[test]
fn caa_records_are_seen_without_a_read_of_their_own_and_the_closest_counts() {
    let forbids = |names: &'static [&'static str]| {
        plan(move |world, _| {
            for name in names {
                let value = if *name == "foo.com" { "0 issue \"letsencrypt.org\"" } else { "0 issue \"amazon.com\"" };
                records(world).push(json!({"name": name, "type": "CAA", "ttl": 60, "values": [value]}));
            }
        })
    };
    let said = |report: &Report| report.document["findings"].to_string().contains("caaForbidsAmazon");
    let (_, report) = forbids(&["foo.com"]);
    assert!(said(&report) && reads(&report) == 7, "{:?}", report.calls);
    let (_, report) = forbids(&[]);
    assert!(!said(&report));
}

#[test]
fn a_role_that_could_not_write_is_found_out_before_anything_is_begun() {
    let (_, report) = plan(|world, _| world["accounts"][1]["roles"] = json!([{"name": "cutover-read"}]));
    let refusal = &report.document["refusals"][0];
    assert_eq!(refusal["code"], "accountNotReachable", "{refusal}");
    assert!(refusal["message"].as_str().unwrap().contains("000000000002"), "{refusal}");
}

#[test]
fn a_zone_that_public_dns_does_not_ask_is_said_to_be_so() {
    let (_, report) = plan(|world, _| {
        world["hostedZones"][0]["delegated"] = json!(false);
        world["externalZones"] = json!([{"name": "foo.com", "records": [record("a.foo.com", "xyz.cloudfront.net")]}]);
    });
    assert!(report.document["findings"].to_string().contains("hostedZoneNotDelegated"), "{}", report.document["findings"]);
    let (_, report) = plan(|_, _| {});
    assert!(!report.document["findings"].to_string().contains("hostedZoneNotDelegated"));
}

#[test]
fn the_live_names_below_a_wildcard_that_moves_are_read_with_it() {
    let (_, report) = plan(wildcard_moves);
    assert_eq!(report.outcome, "planned", "{}", report.document["refusals"]);
    let names: Vec<&str> = report.document["snapshot"].as_array().unwrap().iter().map(|kept| kept["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["*.foo.com", "live.foo.com"], "and nothing that leads elsewhere");
}

#[test]
fn more_names_below_a_wildcard_than_are_read_are_refused_and_never_forgotten() {
    let (_, report) = plan(|world, request| {
        wildcard_moves(world, request);
        records(world).extend((0..1_300).map(|n| record(&format!("n{n}.foo.com"), "xyz.cloudfront.net")));
    });
    assert_eq!(report.document["refusals"][0]["code"], "requestTooLarge", "{}", report.document["refusals"]);
}

/// What the plan says of settings of source and target.
fn said_of(source: Value, target: Value, allowed: Value) -> Vec<(String, String)> {
    let (_, report) = plan(|world, request| {
        world["distributions"][0]["settings"] = source.clone();
        world["distributions"][1]["settings"] = target.clone();
        request["allowDifferences"] = allowed.clone();
    });
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let about = |finding: &&Value| ["configDiffers", "httpVersionLost"].contains(&finding["code"].as_str().unwrap());
    let findings = report.document["findings"].as_array().unwrap();
    findings.iter().filter(about).map(|finding| (text(finding, "severity"), text(finding, "seen"))).collect()
}

#[test]
fn settings_that_differ_are_said_with_their_weight_until_they_are_agreed_to() {
    let strict = json!({"WebACLId": "arn:aws:wafv2:us-east-1:000000000001:global/webacl/strict/1", "PriceClass": "PriceClass_100"});
    let said = said_of(strict.clone(), json!({}), json!([]));
    let weights: Vec<&str> = said.iter().map(|(weight, _)| weight.as_str()).collect();
    assert_eq!(weights, ["needsYes", "note"], "{said:?}");
    assert!(said[0].1.contains("WebACLId") && said[1].1.contains("PriceClass"), "{said:?}");
    let agreed = said_of(strict, json!({}), json!(["WebACLId", "PriceClass"]));
    assert!(agreed.is_empty(), "{agreed:?}");
    assert!(said_of(json!({}), json!({}), json!([])).is_empty(), "two distributions of the same make are alike");
}

#[test]
fn an_older_version_of_http_is_said_apart() {
    let said = said_of(json!({"HttpVersion": "http2and3"}), json!({"HttpVersion": "http1.1"}), json!([]));
    assert!(matches!(said.as_slice(), [(weight, seen)] if weight == "note" && seen.contains("http1.1")), "{said:?}");
}
