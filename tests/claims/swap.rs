//! The swap costs the propagation floor and no more; when it cannot finish, everything goes back, DNS first.

use crate::support::{calls, edits_told, rehearse, scenario, state, with_propagation, with_rule};
use rehearsal::run::{Play, Report, Unwatched, rehearse as rehearse_with_world};
use rehearsal::world::{Millis, World};
use serde_json::json;

/// Mean outage per location of an attacher who knows the moment at which the name is free and has spent no write
/// before it: read off the world's own versions and lags, by nothing that the functions share.
fn floor_seconds(world: &World, alias: &str, source: &str, target: &str, freed_when_accepted: bool) -> f64 {
    let versions = &world.distributions[source].versions;
    let detached =
        versions.windows(2).find(|pair| pair[0].aliases.contains(alias) && !pair[1].aliases.contains(alias)).map(|pair| &pair[1]).unwrap();
    let free = if freed_when_accepted { detached.accepted } else { detached.arrivals.iter().copied().max().unwrap() };
    let attached = world.distributions[target].versions.iter().position(|version| version.aliases.contains(alias)).unwrap();
    let lags = world.lags(target, attached);
    let outages = detached.arrivals.iter().zip(&lags).map(|(left, lag)| (free + lag - left).max(0));
    let total: Millis = outages.sum();
    total as f64 / 1000.0 / lags.len() as f64
}

fn measure(play: &Play, accepted: bool) -> (Report, f64) {
    let (report, world) = rehearse_with_world(play, &Unwatched).unwrap();
    let floor = floor_seconds(&world.lock(), "a.foo.com", "E1LEGACYXYZ", "E2NEWQRS", accepted);
    (report, floor)
}

#[test]
fn the_outage_of_a_swap_is_the_propagation_floor() {
    let models = [
        json!({"model": "uniform", "maxSeconds": 300}),
        json!({"model": "lognormal", "medianSeconds": 20}),
        json!({"model": "lognormal", "medianSeconds": 5}),
    ];
    for (release, accepted) in [("accepted", true), ("deployed", false)] {
        for model in &models {
            let mut worst = f64::MIN;
            let (mut sum, mut floors) = (0.0, 0.0);
            for seed in 0..40 {
                let play = with_propagation(scenario("legacy-to-new-swap", seed), model.clone());
                let play = with_rule(play, "nameRelease", json!(release));
                let (report, floor) = measure(&play, accepted);
                assert_eq!(report.outcome, "completed", "{release} {model} seed {seed}");
                let mean = report.viewers.outage_seconds_mean;
                assert!(
                    mean >= floor - 0.001,
                    "{release} {model} seed {seed}: {mean} s is below the floor of {floor} s: one of them is wrong"
                );
                assert!(mean <= 1.02 * floor + 1.0, "{release} {model} seed {seed}: {mean} s against a floor of {floor} s");
                worst = worst.max(mean - floor);
                sum += mean;
                floors += floor;
            }
            println!("{release}, {model}: mean {:.2} s, floor {:.2} s, largest difference {worst:.2} s", sum / 40.0, floors / 40.0);
        }
    }
}

#[test]
fn a_swap_writes_twice_to_cloudfront_and_once_to_route_53_beside_its_tries() {
    let play = with_rule(scenario("legacy-to-new-swap", 1), "nameRelease", json!("accepted"));
    let report = rehearse(&play);
    // The first try proves that only the present owner is in the way; the name is free at once for the second.
    assert_eq!(calls(&report, "cloudfront:UpdateDistribution"), 2 + 1);
    assert_eq!(calls(&report, "route53:ChangeResourceRecordSets"), 1);
}

#[test]
fn no_try_to_attach_is_ever_throttled_while_the_source_deploys() {
    let report = rehearse(&scenario("legacy-to-new-swap", 1));
    let tried = report.timeline.iter().find(|(_, what, _)| what.starts_with("2/2 swap")).unwrap();
    assert!(tried.2.contains("attached at try"), "{tried:?}");
    let writes = calls(&report, "cloudfront:UpdateDistribution");
    // One proof, one detach, and tries at 0 s, 2 s and every 20 s of at most 300 s, and the one when the source is deployed.
    assert!((5..=3 + 3 + 15).contains(&writes), "{writes} writes");
}

#[test]
fn a_swap_that_never_attaches_goes_back_dns_first_and_leaves_the_world_as_it_was() {
    for seed in 0..5 {
        let play = scenario("swap-never-attaches", seed);
        let before = state(&play.world);
        let report = rehearse(&play);
        assert_eq!(report.outcome, "rolledBack", "seed {seed}");
        assert_eq!(state(&report.world), before, "seed {seed}");
        let edits = edits_told(&report);
        let back: Vec<&String> = edits.iter().filter(|what| what.starts_with("back")).collect();
        assert!(back[0].contains("back where it was") && back[1].contains("swap a.foo.com from E2NEWQRS to E1LEGACYXYZ"), "{back:?}");
    }
}

#[test]
fn a_bridge_that_never_attaches_goes_back_dns_first_with_nobody_unserved() {
    for seed in 0..5 {
        let play = scenario("bridge-never-attaches", seed);
        let before = state(&play.world);
        let report = rehearse(&play);
        assert_eq!(report.outcome, "rolledBack", "seed {seed}");
        assert_eq!(state(&report.world), before, "seed {seed}");
        assert_eq!(report.viewers.unserved, 0, "seed {seed}");
        let edits = edits_told(&report);
        let back: Vec<&str> = edits.iter().filter(|what| what.starts_with("back")).map(String::as_str).collect();
        let wanted =
            ["back where it was", "remove a.foo.com from E2NEWQRS", "add a.foo.com to E1LEGACYXYZ", "remove *.foo.com from E2NEWQRS"];
        assert_eq!(back.len(), wanted.len());
        assert!(back.iter().zip(wanted).all(|(told, wanted)| told.contains(wanted)), "{back:?}");
    }
}

#[test]
fn a_lost_answer_to_either_write_of_a_swap_is_looked_at_and_not_repeated_blindly() {
    for number in 2..=3 {
        let mut play = with_rule(scenario("legacy-to-new-swap", 7), "nameRelease", json!("accepted"));
        play.faults = vec![format!("cloudfront:UpdateDistribution#{number}:lostAnswer").parse().unwrap()];
        let report = rehearse(&play);
        assert_eq!(report.outcome, "completed", "{:?}", report.timeline);
        assert_eq!(calls(&report, "cloudfront:UpdateDistribution"), 3, "write {number} went through and was not sent again");
    }
}

#[test]
fn a_throttle_waits_and_a_stale_etag_reads_again_without_turning_round() {
    for fault in ["throttled", "stale", "unavailable"] {
        for number in 1..=3 {
            let mut play = with_rule(scenario("legacy-to-new-swap", 8), "nameRelease", json!("accepted"));
            play.faults = vec![format!("cloudfront:UpdateDistribution#{number}:{fault}").parse().unwrap()];
            let report = rehearse(&play);
            assert_eq!(report.outcome, "completed", "{fault} at write {number}: {:?}", report.timeline);
        }
    }
}

#[test]
fn an_error_of_the_refuse_class_starts_the_way_back_at_once() {
    let mut play = scenario("legacy-to-new-swap", 9);
    play.world["actors"] = json!([{"do": "failOperation", "afterCall": "cloudfront:UpdateDistribution#2", "operation": "cloudfront:UpdateDistribution", "distribution": "E2NEWQRS",
        "code": "TooManyDistributionCNAMEs", "message": "Your request contains more CNAMEs than are allowed per distribution."}]);
    let before = state(&play.world);
    let report = rehearse(&play);
    assert_eq!(report.outcome, "rolledBack");
    assert_eq!(state(&report.world), before);
    let at = |wanted: &str| report.timeline.iter().find(|(_, what, _)| what == wanted).map(|(at, ..)| *at).unwrap();
    assert!(at("turning round") - at("detached") < 2_000, "{:?}", report.timeline);
}

#[test]
fn what_would_refuse_the_attach_is_found_out_before_the_detach() {
    let refuse = |code: &str, message: &str| json!({"do": "failOperation", "operation": "cloudfront:UpdateDistribution", "distribution": "E2NEWQRS", "code": code, "message": message});
    for (actor, why) in [
        (refuse("TooManyDistributionCNAMEs", "Your request contains more CNAMEs than are allowed per distribution."), "quota"),
        (json!({"do": "denyOperation", "operation": "cloudfront:UpdateDistribution", "account": "000000000002"}), "permission"),
        (refuse("InvalidViewerCertificate", "The certificate doesn't cover the alternate domain name (CNAME)"), "certificate"),
    ] {
        let mut play = scenario("legacy-to-new-swap", 9);
        play.world["actors"] = json!([actor]);
        let report = rehearse(&play);
        assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("rolledBack", 0), "{why}: {:?}", report.timeline);
        assert_eq!(state(&report.world), state(&play.world), "{why}");
    }
}

#[test]
fn a_target_that_serves_another_page_than_expected_is_found_out_before_the_detach() {
    let mut play = scenario("legacy-to-new-swap", 9);
    play.request["verify"]["header"]["x-served-by"] = json!("somebody");
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("rolledBack", 0), "{:?}", report.timeline);
}

#[test]
fn dns_that_cloudfront_sees_late_delays_the_detach_and_costs_no_outage_of_its_own() {
    let play =
        |lag: u32| with_rule(with_rule(scenario("legacy-to-new-swap", 9), "cfDnsLagS", json!(lag)), "nameRelease", json!("accepted"));
    let (soon, late) = (rehearse(&play(0)), rehearse(&play(900)));
    assert_eq!((soon.outcome.as_str(), late.outcome.as_str()), ("completed", "completed"), "{:?}", late.timeline);
    assert!((soon.viewers.outage_seconds_mean - late.viewers.outage_seconds_mean).abs() < 1.0, "{:?} {:?}", soon.viewers, late.viewers);
}

#[test]
fn after_a_failed_attach_the_way_back_does_not_sit_out_the_ttl() {
    let mut play = scenario("swap-never-attaches", 9);
    play.world["hostedZones"][0]["records"][0]["ttl"] = json!(7200);
    play.world["rules"] = json!({"cfDnsLagS": 60});
    let report = rehearse(&play);
    assert_eq!(report.outcome, "rolledBack", "{:?}", report.timeline);
    assert!(
        report.viewers.outage_seconds_worst < 2700.0,
        "30 minutes of tries, DNS in sync and seen, two propagations: {:?}",
        report.viewers
    );
    play.world["rules"] = json!({});
    let report = rehearse(&play);
    assert_eq!(report.outcome, "rolledBack", "CloudFront that keeps to the TTL is waited for: {:?}", report.timeline);
    assert_eq!(state(&report.world)["distributions"], state(&play.world)["distributions"]);
}

#[test]
fn somebody_s_harmless_edit_of_the_target_is_waited_for() {
    for name in ["legacy-to-new", "legacy-to-new-swap"] {
        let mut play = with_rule(scenario(name, 11), "nameRelease", json!("accepted"));
        play.world["actors"] =
            json!([{"do": "editConfig", "at": "2026-12-01T02:04:50Z", "distribution": "E2NEWQRS", "comment": "harmless"}]);
        let report = rehearse(&play);
        assert_eq!(report.outcome, "completed", "{name}: {:?}", report.timeline);
        assert_eq!(report.world["distributions"][1]["comment"], "harmless");
    }
}

#[test]
fn a_denied_look_does_not_undo_a_move() {
    for number in [3, 8] {
        let mut play = scenario("legacy-to-new-swap", 12);
        play.faults = vec![format!("cloudfront:GetDistribution#{}:denied", 300 + number).parse().unwrap()];
        let report = rehearse(&play);
        assert_eq!(report.outcome, "completed", "{:?}", report.timeline);
    }
}

#[test]
fn nothing_is_detached_when_the_target_is_not_as_an_attach_needs_it() {
    for actor in [
        json!({"do": "setEnabled", "enabled": false, "distribution": "E2NEWQRS"}),
        json!({"do": "editConfig", "distribution": "E2NEWQRS"}),
        json!({"do": "changeRecord", "hostedZone": "Z1FOO", "record": {"name": "a.foo.com", "type": "CNAME", "ttl": 300, "values": ["xyz.cloudfront.net"]}}),
    ] {
        let mut play = scenario("legacy-to-new-swap", 10);
        let mut acting = actor.clone();
        acting["afterCall"] = json!("route53:GetChange#1");
        if actor["do"] == "editConfig" {
            // In progress at the moment of the detach, and for longer than that is waited for.
            play.world["edge"] = json!({"propagation": {"model": "fixed", "seconds": 6000}});
        }
        play.world["actors"] = json!([acting]);
        let report = rehearse(&play);
        assert_eq!(report.viewers.unserved, 0, "{actor}: {:?}", report.timeline);
        assert!(report.world["distributions"][0]["aliases"] == json!(["a.foo.com"]), "{actor}");
        assert_ne!(report.outcome, "completed", "{actor}");
        assert!(
            report.timeline.iter().any(|(_, what, detail)| what == "turning round"
                && ["the detach was not sent", "verify", "somebody else"].iter().any(|why| detail.contains(why))),
            "{actor}: {:?}",
            report.timeline
        );
    }
}

/// A swap whose target turns out broken after the attach: the way back has to detach from the target.
fn broken_after_the_attach(seed: u64) -> Play {
    let mut play = with_rule(scenario("legacy-to-new-swap", seed), "nameRelease", json!("accepted"));
    play.world["hostedZones"][0]["records"][0]["ttl"] = json!(3600);
    // The target serves its own page until the name arrives; then viewers must get the source's, which it has not.
    play.world["actors"] =
        json!([{"do": "setEnabled", "enabled": false, "distribution": "E2NEWQRS", "afterCall": "cloudfront:UpdateDistribution#3"}]);
    play
}

#[test]
fn a_way_back_detaches_from_the_target_only_when_the_source_could_take_the_name() {
    for seed in 0..5 {
        let play = broken_after_the_attach(seed);
        let mut reverted = play.clone();
        // Somebody restores the record by hand while the cutover turns round.
        let record = play.world["hostedZones"][0]["records"][0].clone();
        let restore = json!({"do": "changeRecord", "hostedZone": "Z1FOO", "record": record, "at": "2026-12-01T03:10:00Z"});
        reverted.world["actors"].as_array_mut().unwrap().push(restore);
        for play in [play, reverted] {
            let report = rehearse(&play);
            assert_eq!(report.outcome, "rolledBack", "seed {seed}: {:?}", report.timeline);
            assert_eq!(report.world["distributions"][0]["aliases"], json!(["a.foo.com"]));
            assert_eq!(report.world["distributions"][1]["aliases"], json!([]));
        }
    }
}

#[test]
fn dns_that_somebody_pointed_back_by_hand_does_not_keep_the_source_from_taking_the_name() {
    let mut play = scenario("swap-never-attaches", 13);
    let by_hand = json!({"name": "a.foo.com", "type": "CNAME", "ttl": 60, "values": ["xyz.cloudfront.net"]});
    let act = json!({"do": "changeRecord", "hostedZone": "Z1FOO", "record": by_hand, "at": "2026-12-01T02:20:00Z"});
    play.world["actors"].as_array_mut().unwrap().push(act);
    let report = rehearse(&play);
    assert_eq!(report.outcome, "rolledBack", "{:?}", report.timeline);
    assert_eq!(report.world["distributions"][0]["aliases"], json!(["a.foo.com"]));
}

#[test]
fn one_denied_answer_on_the_way_back_is_no_reason_to_give_up() {
    for fault in ["route53:ChangeResourceRecordSets#2:denied", "route53:GetChange#4:denied", "cloudfront:UpdateDistribution#97:denied"] {
        let mut play = scenario("swap-never-attaches", 14);
        play.faults = vec![fault.parse().unwrap()];
        let report = rehearse(&play);
        assert_eq!(report.outcome, "rolledBack", "{fault}: {:?}", report.timeline);
        assert_eq!(state(&report.world), state(&play.world), "{fault}");
    }
}

#[test]
fn a_zone_that_does_not_answer_for_the_name_is_found_out_before_the_first_write() {
    let mut play = scenario("legacy-to-new-swap", 15);
    // The request names the parent zone, and a delegated child zone answers.
    let child = json!({"id": "Z2CHILD", "account": "000000000001", "name": "a.foo.com",
        "records": [{"name": "a.foo.com", "type": "A", "aliasTarget": "xyz.cloudfront.net"}]});
    play.world["hostedZones"].as_array_mut().unwrap().push(child);
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("refused", 0), "{:?}", report.timeline);
    assert_eq!(report.document["refusals"][0]["code"], "hostedZoneNotDelegated");
    assert!(report.writes.is_empty());
}

#[test]
fn every_alias_is_looked_at_before_the_detach_and_not_only_the_first_and_the_last() {
    let mut play = scenario("legacy-to-new-swap", 16);
    let names = ["a.foo.com", "b.foo.com", "c.foo.com"];
    let record = |name: &str| json!({"name": name, "type": "CNAME", "ttl": 300, "values": ["xyz.cloudfront.net"]});
    play.world["distributions"][0]["aliases"] = json!(names);
    play.world["certificates"][0]["names"] = json!(names);
    play.world["certificates"][1]["names"] = json!(names);
    play.world["hostedZones"][0]["records"] = json!(names.map(record));
    play.world["actors"] =
        json!([{"do": "changeRecord", "hostedZone": "Z1FOO", "record": record("b.foo.com"), "at": "2026-12-01T02:02:00Z"}]);
    play.world["rules"] = json!({"dnsCheckFirst": false});
    play.request["aliases"] = json!(names);
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("rolledBack", 0), "{:?}", report.timeline);
}

#[test]
fn a_source_with_a_raised_quota_takes_back_as_many_names_as_it_had() {
    let mut play = scenario("swap-turned-round", 1);
    play.world["accounts"][0]["aliasQuota"] = json!(150);
    play.world["certificates"][0]["names"] = json!(["*.foo.com"]);
    let others = (1..120).map(|n| format!("n{n}.foo.com"));
    play.world["distributions"][0]["aliases"] = ["a.foo.com".to_owned()].into_iter().chain(others).collect();
    let report = rehearse(&play);
    assert_eq!(report.outcome, "rolledBack", "{:?}", report.timeline);
    assert_eq!(state(&report.world)["distributions"][0]["aliases"].as_array().unwrap().len(), 120);
    assert_eq!(report.document["sourceListed"], 120);
}

#[test]
fn how_long_a_name_was_on_nobody_is_told_from_the_detach_even_if_it_never_joined_the_target() {
    let report = rehearse(&scenario("swap-never-attaches", 1));
    let at = |wanted: &str| report.timeline.iter().find(|(_, what, _)| what.starts_with(wanted)).map(|(at, ..)| *at).unwrap();
    let (_, _, detail) = report.timeline.iter().find(|(_, what, _)| what.starts_with("back 2/2 swap")).unwrap();
    let gap = at("back 2/2 swap") - at("detached");
    assert!(gap > 30 * 60 * 1_000, "half an hour forth, and the way back: {gap} ms");
    assert!(detail.ends_with(&format!("{}.{:03} s after the detach", gap / 1_000, gap % 1_000)), "{detail}");
}
