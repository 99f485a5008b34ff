//! The bridge leaves nobody unserved, writes as little as it can, and looks as often as it should.

use crate::support::{calls, edits_told, rehearse, scenario, state, with_propagation, with_rule};
use rehearsal::run::Report;
use serde_json::{Value, json};

const SEEDS: u64 = 100;

fn served(report: &Report, about: &str) {
    assert_eq!(report.viewers.unserved, 0, "{about}: seed {} left viewers unserved: {:?}", report.seed, report.viewers);
    assert!(report.viewers.outage_seconds_worst == 0.0, "{about}: seed {}", report.seed);
}

#[test]
fn nobody_is_unserved_under_the_default_rules() {
    for seed in 0..SEEDS {
        let report = rehearse(&scenario("legacy-to-new", seed));
        assert_eq!(report.outcome, "completed", "seed {seed}: {:?}", report.timeline);
        served(&report, "default rules");
        assert!(report.viewers.by_source > 0 && report.viewers.by_target > 0, "viewers really changed sides");
    }
}

/// Plays every seed under each other position of some switches; `wildcardFallbackGapMs` is apart.
fn nobody_is_unserved_with(positions: &[(&str, Value)]) {
    for (rule, position) in positions {
        let mut outcomes = std::collections::BTreeMap::<String, u32>::new();
        for seed in 0..SEEDS {
            let play = with_rule(scenario("legacy-to-new", seed), rule, position.clone());
            let (before, report) = (state(&play.world), rehearse(&play));
            let about = format!("{rule} {position}");
            served(&report, &about);
            assert!(
                ["completed", "refused", "rolledBack"].contains(&report.outcome.as_str()),
                "{about}: seed {seed}: {:?}",
                report.timeline
            );
            if report.outcome != "completed" {
                assert_eq!(state(&report.world), before, "{about}: seed {seed} left something behind");
            }
            *outcomes.entry(report.outcome).or_default() += 1;
        }
        println!("{rule} = {position}: {outcomes:?}");
    }
}

#[test]
fn nobody_is_unserved_whatever_names_and_dns_do() {
    nobody_is_unserved_with(&[
        ("nameRelease", json!("accepted")),
        ("wildcardCrossAccountOverlap", json!(false)),
        ("blockDanglingAfterS", json!(600)),
        ("dnsCheckSeesAliasRecords", json!(false)),
        ("dnsCheckFirst", json!(false)),
        ("cfDnsLagS", json!(0)),
        ("cfDnsLagS", json!(900)),
    ]);
}

#[test]
fn nobody_is_unserved_whatever_reads_and_errors_look_like() {
    nobody_is_unserved_with(&[
        ("staleEtagError", json!("PreconditionFailed")),
        ("staleEtagError", json!("InvalidIfMatchVersion")),
        ("r53BatchErrorForm", json!("bare")),
        ("conflictsListSelf", json!(false)),
        ("conflictsLagS", json!(0)),
        ("readStalenessS", json!(10)),
    ]);
}

#[test]
fn nobody_is_unserved_whatever_else_the_facts_leave_open() {
    nobody_is_unserved_with(&[
        ("cfRate", json!("unlimited")),
        ("cfRate", json!({"writeBurst": 1, "writeRefillSeconds": 60.0, "readBurst": 4, "readPerSecond": 0.5})),
        ("r53RequiresAliasOnTarget", json!(true)),
        ("acmVisibilityLagS", json!(0)),
        ("injectUnknownElement", json!(false)),
    ]);
}

#[test]
fn an_alias_record_that_must_lead_to_its_own_name_ends_before_any_detach() {
    for name in ["legacy-to-new", "apex-swap"] {
        for seed in 0..10 {
            let mut play = with_rule(scenario(name, seed), "r53RequiresAliasOnTarget", json!(true));
            if name == "legacy-to-new" {
                play.world["hostedZones"][0]["records"] = json!([{"name": "a.foo.com", "type": "A", "aliasTarget": "xyz.cloudfront.net"}]);
            }
            let (before, report) = (state(&play.world), rehearse(&play));
            assert_eq!(report.outcome, "rolledBack", "{name} seed {seed}: {:?}", report.timeline);
            assert_eq!(state(&report.world), before, "{name} seed {seed}");
            served(&report, name);
        }
    }
}

#[test]
fn nobody_is_unserved_however_changes_reach_the_edge() {
    for propagation in [
        json!({"model": "fixed", "seconds": 0}),
        json!({"model": "fixed", "seconds": 900}),
        json!({"model": "uniform", "maxSeconds": 900}),
        json!({"model": "lognormal", "medianSeconds": 5}),
        json!({"model": "lognormal", "medianSeconds": 60, "sigma": 1.5, "maxSeconds": 1200}),
    ] {
        for seed in 0..10 {
            let report = rehearse(&with_propagation(scenario("legacy-to-new", seed), propagation.clone()));
            assert_eq!(report.outcome, "completed", "{propagation} seed {seed}");
            served(&report, &propagation.to_string());
        }
    }
}

#[test]
fn a_gap_between_exact_name_and_wildcard_costs_at_most_one_gap_a_location() {
    for seed in 0..SEEDS {
        let report = rehearse(&with_rule(scenario("legacy-to-new", seed), "wildcardFallbackGapMs", json!(400)));
        assert_eq!(report.outcome, "completed", "seed {seed}");
        assert!(report.viewers.unserved > 0, "seed {seed}: the gap is there");
        assert!(report.viewers.outage_seconds_worst <= 0.4, "seed {seed}: {:?}", report.viewers);
    }
}

#[test]
fn a_bridge_writes_four_times_to_cloudfront_and_once_to_route_53() {
    let report = rehearse(&scenario("legacy-to-new", 1));
    assert_eq!(calls(&report, "cloudfront:UpdateDistribution"), 4);
    assert_eq!(calls(&report, "route53:ChangeResourceRecordSets"), 1);
}

#[test]
fn preflight_reads_at_most_eight_times_and_never_writes() {
    for name in ["plan-only", "outage-not-accepted", "already-there"] {
        let report = rehearse(&scenario(name, 1));
        let reads: u64 = report.calls.iter().filter(|(call, _)| !call.starts_with("sts:")).map(|(_, count)| count).sum();
        assert!((1..=8).contains(&reads), "{name}: {:?}", report.calls);
        assert_eq!(calls(&report, "cloudfront:UpdateDistribution") + calls(&report, "route53:ChangeResourceRecordSets"), 0, "{name}");
    }
}

#[test]
fn verify_decides_before_the_wildcard_is_removed_and_looks_again_after_the_last_write() {
    let report = rehearse(&scenario("legacy-to-new", 1));
    let story: Vec<&str> = report.timeline.iter().map(|(_, what, _)| what.as_str()).collect();
    let removal = story.iter().position(|what| what.starts_with("5/5 remove *.foo.com")).unwrap();
    assert_eq!(story[removal - 1], "verified");
    assert_eq!(story[removal + 1], "verified");
}

#[test]
fn a_target_that_serves_the_wrong_page_never_loses_its_wildcard_and_everything_goes_back() {
    let mut play = scenario("legacy-to-new", 3);
    // The origin answers rightly below the wildcard until the name itself arrives, then its page is another.
    play.request["verify"]["header"]["x-served-by"] = json!("somebody");
    let before = state(&play.world);
    let report = rehearse(&play);
    assert_eq!(report.outcome, "rolledBack");
    assert_eq!(edits_told(&report).len(), 2, "the proof through the wildcard stops it after the first edit: {:?}", edits_told(&report));
    assert_eq!(state(&report.world), before);
    served(&report, "wrong page");
}

#[test]
fn a_certificate_that_is_renewed_during_the_soak_turns_nothing_round() {
    let mut play = scenario("legacy-to-new", 4);
    let mut other = play.world["certificates"][1].clone();
    other["arn"] = json!("arn:aws:acm:us-east-1:000000000002:certificate/other");
    play.world["certificates"].as_array_mut().unwrap().push(other);
    play.world["actors"] = json!([{"do": "replaceCertificate", "afterCall": "cloudfront:UpdateDistribution#3", "account": "000000000002",
        "distribution": "E2NEWQRS", "certificate": "arn:aws:acm:us-east-1:000000000002:certificate/other"}]);
    let report = rehearse(&play);
    assert_eq!(report.outcome, "completed", "{:?}", report.timeline);
    served(&report, "renewed certificate");
}

#[test]
fn every_settle_is_looked_at_every_15_to_30_seconds_and_ends_soon_after_it_is_true() {
    use crate::support::Watch;
    for name in ["legacy-to-new", "legacy-to-new-swap", "bridge-never-attaches", "swap-never-attaches"] {
        let watch = Watch::default();
        let (report, world) = rehearsal::run::rehearse(&scenario(name, 5), &watch).unwrap();
        let waits = watch.waits();
        assert!(waits.len() > 5, "{name} waited {} times", waits.len());
        for (seconds, label) in &waits {
            assert!((15..=30).contains(seconds), "{name}: waited {seconds} s for {label}");
        }
        let world = world.lock();
        for (label, distribution, waited_since, settled_at) in watch.deployments(&report) {
            let versions = &world.distributions[&distribution].versions;
            let version = versions.iter().rev().find(|version| version.accepted <= settled_at).unwrap();
            // What was true before it was waited for ends with the first look.
            let late = settled_at - version.deployed().max(waited_since);
            assert!(late <= 30_000, "{name}: {label} settled {late} ms after it was true");
        }
    }
}

#[test]
fn transitions_stay_within_fifteen_four_for_each_edit_and_three_for_each_look() {
    use crate::support::Watch;
    for name in ["legacy-to-new", "legacy-to-new-swap", "apex-swap", "conflict-that-clears", "stale-etag", "swap-never-attaches"] {
        let watch = Watch::default();
        let (report, _) = rehearsal::run::rehearse(&scenario(name, 2), &watch).unwrap();
        let edits = u64::try_from(edits_told(&report).len()).unwrap();
        let looks = watch.entered("CheckSettled");
        let most = 15 + 4 * edits + 3 * looks;
        assert!(report.execution.transitions <= most, "{name}: {} transitions, {edits} edits, {looks} looks", report.execution.transitions);
        println!("{name}: {} transitions of at most {most}", report.execution.transitions);
    }
}

#[test]
fn on_the_way_back_no_name_leaves_the_target_without_a_wildcard_below_it() {
    let mut play = scenario("legacy-to-new", 6);
    // Turned round after the fourth edit, and somebody takes the wildcard away meanwhile.
    play.world["actors"] = json!([
        {"do": "failOperation", "afterCall": "cloudfront:UpdateDistribution#3", "operation": "cloudfront:GetDistribution", "code": "NoSuchThing", "times": 1},
        {"do": "removeAlias", "distribution": "E2NEWQRS", "alias": "*.foo.com", "at": "2026-12-01T02:18:00Z"}]);
    let report = rehearse(&play);
    served(&report, "wildcard taken away");
    assert_eq!(report.outcome, "stuck", "{:?}", report.timeline);
    assert_eq!(report.world["distributions"][1]["aliases"], json!(["a.foo.com"]), "the name stays where it is served");
    assert!(report.document["stuck"]["cause"].as_str().unwrap().contains("E2NEWQRS"), "{}", report.document["stuck"]);
}

#[test]
fn a_wildcard_that_was_there_already_is_proved_before_the_source_is_touched() {
    let mut play = scenario("legacy-to-new", 6);
    play.world["distributions"][1]["aliases"] = json!(["*.foo.com"]);
    play.world["distributions"][1]["origin"]["status"] = json!(503);
    let report = rehearse(&play);
    assert_eq!(report.outcome, "rolledBack", "{:?}", report.timeline);
    assert_eq!(report.viewers.by_target, 0, "{:?}", report.viewers);
}

#[test]
fn a_name_whose_sets_lie_on_two_pages_is_read_whole() {
    let mut play = scenario("plan-only", 6);
    let filler = |n: usize| json!({"name": format!("0{n:03}.foo.com"), "type": "TXT", "ttl": 60, "values": ["\"x\""]});
    for fillers in [297, 298, 299, 300] {
        let mut records: Vec<Value> = (0..fillers).map(filler).collect();
        records.push(json!({"name": "a.foo.com", "type": "A", "aliasTarget": "xyz.cloudfront.net"}));
        records.push(json!({"name": "a.foo.com", "type": "AAAA", "aliasTarget": "xyz.cloudfront.net"}));
        play.world["hostedZones"][0]["records"] = Value::Array(records);
        let report = rehearse(&play);
        assert_eq!(report.outcome, "planned", "{fillers}: {:?}", report.timeline);
        assert_eq!(report.document["snapshot"][0]["sets"].as_array().unwrap().len(), 2, "{fillers} other sets");
    }
}

#[test]
fn a_name_that_would_have_no_address_at_the_target_is_refused() {
    let mut play = scenario("plan-only", 6);
    play.world["distributions"][1]["ipv6"] = json!(false);
    play.world["hostedZones"][0]["records"] = json!([{"name": "a.foo.com", "type": "AAAA", "aliasTarget": "xyz.cloudfront.net"}]);
    let report = rehearse(&play);
    assert_eq!(report.document["refusals"][0]["code"], "recordSetUnusual");
}
