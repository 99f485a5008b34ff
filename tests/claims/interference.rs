//! moveDomain while others write, answers are lost and zones hold what they should not: AWS takes a name from whoever has it,
//! so the step itself has to see that it is taken from where the plan says.

use crate::support::{calls, rehearse, scenario, state, with_rule, with_three_names};
use rehearsal::run::Play;
use serde_json::{Value, json};

const ONE: &str = "000000000001";

fn with_actors(mut play: Play, actors: Value) -> Play {
    play.world["actors"] = actors;
    play
}

/// Somebody gives the name to a third distribution while the net is on its way to the edge.
fn stolen(seed: u64) -> Play {
    let mut play = scenario("same-account", seed);
    let third = json!({"id": "E3THIRD", "account": ONE, "domainName": "third.cloudfront.net", "aliases": [],
                       "certificate": "arn:aws:acm:us-east-1:000000000001:certificate/new"});
    play.world["distributions"].as_array_mut().unwrap().push(third);
    let play = with_rule(with_rule(play, "nameRelease", json!("accepted")), "dnsCheckSeesAliasRecords", json!(false));
    let left = json!({"do": "removeAlias", "distribution": "E1LEGACYXYZ", "account": ONE, "alias": "a.foo.com",
                      "afterCall": "cloudfront:UpdateDistribution#1"});
    let joined = json!({"do": "addAlias", "distribution": "E3THIRD", "account": ONE, "alias": "a.foo.com", "at": "2026-12-01T02:02:00Z"});
    with_actors(play, json!([left, joined]))
}

#[test]
fn a_name_that_somebody_gave_to_a_third_distribution_is_left_there() {
    for seed in 1..=3 {
        let report = rehearse(&stolen(seed));
        assert_eq!(report.world["distributions"][2]["aliases"], json!(["a.foo.com"]), "seed {seed}: {:?}", report.timeline);
        assert_eq!(calls(&report, "cloudfront:UpdateDomainAssociation"), 0, "seed {seed}");
        assert_eq!(report.outcome, "stuck", "seed {seed}: the source has lost the name, and a person has to say whose it is");
    }
}

#[test]
fn a_net_that_somebody_took_away_stops_the_move_before_anything_is_moved() {
    let actor = json!({"do": "removeAlias", "distribution": "E2NEWQRS", "account": ONE, "alias": "*.foo.com",
                       "afterCall": "route53:ChangeResourceRecordSets#1"});
    let play = with_actors(scenario("same-account", 1), json!([actor]));
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("rolledBack", 0), "{:?}", report.timeline);
    assert_eq!(calls(&report, "cloudfront:UpdateDomainAssociation"), 0);
    assert_eq!(state(&report.world), state(&play.world));
}

#[test]
fn a_moved_wildcard_that_nobody_serves_is_never_called_rolled_back() {
    let mut play = scenario("legacy-to-new", 1);
    play.request["aliases"] = json!(["*.foo.com"]);
    play.world["distributions"][0]["enabled"] = json!(false);
    play.world["distributions"][0]["aliases"] = json!(["*.foo.com"]);
    play.world["certificates"][0]["names"] = json!(["*.foo.com"]);
    let proof = json!({"name": "_*.foo.com", "type": "TXT", "ttl": 60, "values": ["\"qrs.cloudfront.net\""]});
    play.world["hostedZones"][0]["records"] =
        json!([{"name": "*.foo.com", "type": "CNAME", "ttl": 60, "values": ["xyz.cloudfront.net"]}, proof]);
    let look = json!({"do": "failOperation", "operation": "route53:GetChange", "code": "IllegalUpdate", "message": "no", "times": 4,
                      "afterCall": "cloudfront:UpdateDomainAssociation#1"});
    let denial = json!({"do": "denyOperation", "operation": "cloudfront:UpdateDistribution", "account": ONE,
                        "afterCall": "cloudfront:UpdateDistribution#1"});
    let report = rehearse(&with_actors(play, json!([look, denial])));
    let listed = |at: usize| report.world["distributions"][at]["aliases"].as_array().unwrap().len();
    assert_ne!((report.outcome.as_str(), listed(0)), ("rolledBack", 0), "{:?}", report.timeline);
}

#[test]
fn a_lost_answer_of_the_unfenced_call_is_not_repeated_while_reads_may_be_old() {
    for staleness_seconds in [0, 2, 5, 10] {
        let denial = json!({"do": "denyOperation", "operation": "cloudfront:UpdateDomainAssociation"});
        let play = with_actors(scenario("same-account", 1), json!([denial]));
        let mut play = with_rule(play, "readStalenessS", json!(staleness_seconds));
        play.faults = vec!["cloudfront:AssociateAlias#1:lostAnswer".parse().unwrap()];
        let report = rehearse(&play);
        assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("completed", 0), "{staleness_seconds} s: {:?}", report.timeline);
        assert_eq!(calls(&report, "cloudfront:AssociateAlias"), 1, "{staleness_seconds} s");
    }
}

#[test]
fn a_lost_answer_among_several_names_costs_no_patience() {
    let mut play = with_three_names(scenario("same-account", 1));
    play.world["edge"] = json!({"propagation": {"model": "fixed", "seconds": 1500}});
    play.faults = vec!["cloudfront:UpdateDomainAssociation#2:lostAnswer".parse().unwrap()];
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("completed", 0), "{:?}", report.timeline);
}

#[test]
fn a_text_record_that_is_no_plain_one_or_lasts_too_long_rules_the_move_out() {
    for record in [
        json!({"name": "_a.foo.com", "type": "TXT", "aliasTarget": "verify.foo.com"}),
        json!({"name": "_a.foo.com", "type": "TXT", "ttl": 2_147_483_647, "values": ["\"other\""]}),
        json!({"name": "_a.foo.com", "type": "TXT", "ttl": 604_800, "values": ["\"other\""]}),
    ] {
        let mut play = scenario("same-account", 1);
        play.world["hostedZones"][0]["records"].as_array_mut().unwrap().push(record.clone());
        let report = rehearse(&play);
        assert_eq!(report.outcome, "refused", "{record}: {:?}", report.timeline);
        assert_eq!(report.document["refusals"][0]["requests"][0]["strategy"], "wildcardBridge", "{record}");
        assert!(report.document["refusals"][0]["remedy"].as_str().unwrap().contains("wildcardBridge"), "{record}");
    }
}

#[test]
fn what_is_ready_after_a_refused_move_has_room() {
    let mut play = with_rule(scenario("same-account", 1), "sameAccountNeedsDisabledSource", json!(true));
    play.world["distributions"][1]["aliases"] = (0..99).map(|n| format!("n{n}.foo.com")).collect();
    let report = rehearse(&play);
    assert_eq!(report.outcome, "rolledBack", "{:?}", report.timeline);
    assert_eq!(report.document["refusals"][0]["requests"][0]["strategy"], "swap", "a bridge would need a 101st alias");
}

#[test]
fn only_awss_own_no_names_the_next_strategy() {
    let mut play = scenario("same-account-apex", 1);
    play.world["accounts"][0]["roles"] = json!([{"name": "cutover-read"},
        {"name": "cutover-write", "deny": ["cloudfront:UpdateDomainAssociation", "cloudfront:AssociateAlias"]}]);
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("rolledBack", 0), "{:?}", report.timeline);
    assert_eq!(report.document["refusals"], json!([]), "a permission that is missing is no reason for an outage");
}
