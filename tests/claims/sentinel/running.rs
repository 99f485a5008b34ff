//! Each kind of write by somebody else while a cutover runs: what becomes of the cutover, of the registry and of the world,
//! and that nobody fights.

use super::{ONE, SOAKING, TWO, alias, among, claim, distribution, events, foreign, holder, in_soak, listed, run};
use crate::support::with_rule;
use cutover::registry::{AliasState, ClaimState, Kind};
use rehearsal::run::{Play, Report};
use serde_json::{Value, json};

/// What our own writes were, in order, as `operation id`.
fn ours(report: &Report) -> Vec<String> {
    report.writes.iter().map(|(operation, _, id)| format!("{} {id}", operation.split(':').nth(1).unwrap())).collect()
}

/// What a cutover that nobody disturbs writes until its soak.
const UNTIL_SOAK: [&str; 4] =
    ["UpdateDistribution E2NEWQRS", "ChangeResourceRecordSets Z1FOO", "UpdateDistribution E1LEGACYXYZ", "UpdateDistribution E2NEWQRS"];

/// That these writes were told to the claim, each once, and weighed.
fn assert_weighed(report: &Report, writes: &[(&str, &str)]) {
    let mut told: Vec<(String, String)> = foreign(report).into_iter().map(|write| (write.operation, write.on)).collect();
    told.sort();
    let mut expected: Vec<(String, String)> = writes.iter().map(|(what, on)| ((*what).to_owned(), (*on).to_owned())).collect();
    expected.sort();
    assert_eq!(told, expected, "{:?}", report.timeline);
    assert_eq!(claim(report).foreign_writes, writes.len() as u64);
    let weighed = events(report).iter().filter(|event| event.kind == Kind::Weighed).count();
    assert!(writes.is_empty() == (weighed == 0) && weighed <= writes.len(), "{weighed} times: {:?}", events(report));
}

/// That everything went back, and what the registry says about it.
fn assert_rolled_back(report: &Report) {
    assert_eq!(report.outcome, "rolledBack", "{:?}", report.timeline);
    assert_eq!((listed(report, "E1LEGACYXYZ"), listed(report, "E2NEWQRS")), (vec!["a.foo.com".to_owned()], vec![]));
    let item = alias(report, "a.foo.com").unwrap();
    assert_eq!((item.state, item.claim), (AliasState::Owned, None));
    assert_eq!(holder(report, "a.foo.com").as_deref(), Some("E1LEGACYXYZ"));
    assert_eq!(claim(report).state, ClaimState::Released);
    assert_eq!(&ours(report)[..4], UNTIL_SOAK);
    let records = &report.world["hostedZones"][0]["records"][0];
    assert_eq!(records["values"], json!(["xyz.cloudfront.net"]));
}

/// That the cutover was finished as if nobody had written.
fn assert_completed(report: &Report) {
    assert_eq!(report.outcome, "completed", "{:?}", report.timeline);
    assert_eq!((listed(report, "E1LEGACYXYZ"), listed(report, "E2NEWQRS")), (vec![], vec!["a.foo.com".to_owned()]));
    let item = alias(report, "a.foo.com").unwrap();
    assert_eq!((item.state, item.claim), (AliasState::MovedNotReconciled, None));
    assert_eq!(holder(report, "a.foo.com").as_deref(), Some("E2NEWQRS"));
    assert_eq!(claim(report).state, ClaimState::Released);
}

/// That a person is asked, nothing was written any more, and the claim stays.
fn assert_stuck(report: &Report) {
    assert_eq!(report.outcome, "stuck", "{:?}", report.timeline);
    assert_eq!(ours(report), UNTIL_SOAK, "what others have done is left as it is");
    assert_eq!(claim(report).state, ClaimState::Stuck);
    assert!(alias(report, "a.foo.com").unwrap().claim.is_some());
    assert_eq!(events(report).last().map(|event| event.kind), Some(Kind::Stuck));
}

/// The same with a CloudFront that sees DNS at once and frees a name at once, for those who write by hand.
fn quick(play: Play) -> Play {
    let play = with_rule(with_rule(play, "cfDnsLagS", json!(0)), "nameRelease", json!("accepted"));
    with_rule(play, "dnsCheckSeesAliasRecords", json!(false))
}

fn leading_to(domain_name: &str) -> Value {
    json!({"name": "a.foo.com", "type": "CNAME", "ttl": 300, "values": [domain_name]})
}

#[test]
fn an_alias_that_is_put_back_on_the_source_turns_the_cutover_round() {
    let play = quick(among(json!([
        in_soak("changeRecord", json!({"hostedZone": "Z1FOO", "record": leading_to("xyz.cloudfront.net")})),
        {"at": "2026-12-01T02:24:29Z", "do": "removeAlias", "distribution": "E2NEWQRS", "alias": "a.foo.com"},
        {"at": "2026-12-01T02:24:30Z", "do": "addAlias", "distribution": "E1LEGACYXYZ", "alias": "a.foo.com"},
    ])));
    let report = run(&play);
    assert_rolled_back(&report);
    assert!(foreign(&report).iter().any(|write| write.on == "E1LEGACYXYZ" && write.touched.contains(&"a.foo.com".to_owned())));
}

#[test]
fn an_alias_that_is_taken_off_the_target_goes_back_to_the_source() {
    let report = run(&among(json!([in_soak("removeAlias", json!({"distribution": "E2NEWQRS", "alias": "a.foo.com"}))])));
    assert_rolled_back(&report);
    assert_weighed(&report, &[("cloudfront:UpdateDistribution", "E2NEWQRS")]);
}

#[test]
fn an_alias_that_a_third_has_taken_stays_there_and_a_person_is_asked() {
    let mut play = quick(among(json!([
        in_soak("changeRecord", json!({"hostedZone": "Z1FOO", "record": leading_to("third.cloudfront.net")})),
        {"at": "2026-12-01T02:24:29Z", "do": "removeAlias", "distribution": "E2NEWQRS", "alias": "a.foo.com"},
        {"at": "2026-12-01T02:24:30Z", "do": "addAlias", "distribution": "E3THIRD", "alias": "a.foo.com"},
    ])));
    let third = json!({"id": "E3THIRD", "account": TWO, "domainName": "third.cloudfront.net", "aliases": [],
                       "certificate": "arn:aws:acm:us-east-1:000000000002:certificate/new"});
    play.world["distributions"].as_array_mut().unwrap().push(third);
    let report = run(&play);
    assert_stuck(&report);
    assert_eq!(listed(&report, "E3THIRD"), ["a.foo.com"]);
    assert!(distribution(&report, "E3THIRD").is_some(), "who has it is known");
}

#[test]
fn a_target_that_is_disabled_gets_nothing() {
    let report = run(&among(json!([in_soak("setEnabled", json!({"distribution": "E2NEWQRS", "enabled": false}))])));
    assert_rolled_back(&report);
    assert_eq!(report.world["distributions"][1]["enabled"], false, "it stays as somebody wanted it");
}

#[test]
fn a_source_that_is_disabled_after_the_move_changes_nothing() {
    let report = run(&among(json!([in_soak("setEnabled", json!({"distribution": "E1LEGACYXYZ", "enabled": false}))])));
    assert_completed(&report);
    assert_weighed(&report, &[("cloudfront:UpdateDistribution", "E1LEGACYXYZ")]);
    assert_eq!(report.world["distributions"][0]["enabled"], false);
}

#[test]
fn a_bridge_that_somebody_takes_down_early_was_not_needed_any_more() {
    let report = run(&among(json!([in_soak("removeAlias", json!({"distribution": "E2NEWQRS", "alias": "*.foo.com"}))])));
    assert_completed(&report);
    assert_weighed(&report, &[("cloudfront:UpdateDistribution", "E2NEWQRS")]);
}

#[test]
fn unrelated_settings_of_either_side_are_kept() {
    for id in ["E1LEGACYXYZ", "E2NEWQRS"] {
        let play = among(json!([in_soak("editConfig", json!({"distribution": id, "comment": "by hand"}))]));
        let report = run(&play);
        assert_completed(&report);
        assert_weighed(&report, &[("cloudfront:UpdateDistribution", id)]);
        let written = foreign(&report).remove(0);
        assert_eq!(written.at.to_string(), SOAKING);
        assert!(written.by.ends_with(":assumed-role/deployer/terraform") && written.touched.contains(&id.to_owned()), "{written:?}");
    }
}

#[test]
fn a_record_set_that_is_pointed_back_turns_the_cutover_round() {
    let record = leading_to("xyz.cloudfront.net");
    let report = run(&among(json!([in_soak("changeRecord", json!({"hostedZone": "Z1FOO", "record": record}))])));
    assert_rolled_back(&report);
    assert_weighed(&report, &[("route53:ChangeResourceRecordSets", "Z1FOO")]);
    assert_eq!(foreign(&report)[0].touched, ["a.foo.com"]);
}

#[test]
fn a_record_set_that_is_pointed_elsewhere_stays_and_a_person_is_asked() {
    let record = leading_to("elsewhere.example.com");
    let report = run(&among(json!([in_soak("changeRecord", json!({"hostedZone": "Z1FOO", "record": record}))])));
    assert_stuck(&report);
    assert_weighed(&report, &[("route53:ChangeResourceRecordSets", "Z1FOO")]);
    assert_eq!(report.world["hostedZones"][0]["records"][0]["values"], json!(["elsewhere.example.com"]));
}

#[test]
fn a_proof_that_somebody_removes_after_the_move_is_not_missed() {
    let mut play = crate::support::scenario("same-account", 1);
    let plain = run(&play);
    let soak = plain.timeline.iter().rev().find(|(_, what, _)| what == "verified").unwrap().0 - 600_000;
    let at = jiff::Timestamp::from_millisecond(soak).unwrap().to_string();
    let proof = json!({"name": "_a.foo.com", "type": "TXT"});
    play.world["actors"] = json!([{"at": at, "do": "changeRecord", "hostedZone": "Z1FOO", "record": proof}]);
    let report = run(&play);
    assert_eq!((report.outcome.as_str(), claim(&report).state), ("completed", ClaimState::Released), "{:?}", report.timeline);
    assert_weighed(&report, &[("route53:ChangeResourceRecordSets", "Z1FOO")]);
    assert_eq!(foreign(&report)[0].touched, ["a.foo.com"], "by the name of its proof");
}

#[test]
fn an_unclaimed_distribution_is_nobodys_business_but_the_registrys() {
    let mut play = among(json!([in_soak("editConfig", json!({"distribution": "E3THIRD"}))]));
    let third = json!({"id": "E3THIRD", "account": ONE, "domainName": "third.cloudfront.net", "aliases": ["c.bar.com"],
                       "certificate": "arn:aws:acm:us-east-1:000000000001:certificate/third"});
    play.world["distributions"].as_array_mut().unwrap().push(third);
    let certificate = json!({"arn": "arn:aws:acm:us-east-1:000000000001:certificate/third", "names": ["c.bar.com"]});
    play.world["certificates"].as_array_mut().unwrap().push(certificate);
    let report = run(&play);
    assert_completed(&report);
    assert_weighed(&report, &[]);
    let seen = distribution(&report, "E3THIRD").unwrap();
    assert_eq!((seen.alias_count, seen.enabled, seen.seen_at.unwrap().to_string().as_str()), (Some(1), Some(true), SOAKING));
    assert_eq!((holder(&report, "c.bar.com").as_deref(), alias(&report, "c.bar.com").unwrap().state), (Some("E3THIRD"), AliasState::Owned));
}

#[test]
fn the_cutovers_own_writes_are_no_others() {
    let report = run(&among(json!([])));
    assert_completed(&report);
    assert_weighed(&report, &[]);
    assert_eq!(ours(&report).len(), 5);
    let registry = |operation: &str| crate::support::calls(&report, operation);
    assert_eq!(registry("dynamodb:Query"), 0, "nothing is even looked up for them");
}

#[test]
fn a_write_that_was_refused_has_not_happened() {
    let report = run(&among(json!([in_soak("addAlias", json!({"distribution": "E1LEGACYXYZ", "alias": "a.foo.com"}))])));
    assert!(report.timeline.iter().any(|(_, what, detail)| what.ends_with("addAlias") && detail.contains("refused")));
    assert_completed(&report);
    assert_weighed(&report, &[]);
}

#[test]
fn what_others_write_before_anything_has_moved_is_weighed_too() {
    let at = "2026-12-01T02:00:30Z";
    let report = run(&among(json!([{"at": at, "do": "editConfig", "distribution": "E1LEGACYXYZ"}])));
    assert_completed(&report);
    assert_weighed(&report, &[("cloudfront:UpdateDistribution", "E1LEGACYXYZ")]);
    let events = events(&report);
    let weighed = events.iter().position(|event| event.kind == Kind::Weighed).unwrap();
    assert!(events[weighed..].iter().any(|event| event.kind == Kind::Intent), "in the midst of it: {events:?}");
}
