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
    assert_eq!(calls(&report, "cloudfront:UpdateDistribution"), 2, "the name is free at once: one try");
    assert_eq!(calls(&report, "route53:ChangeResourceRecordSets"), 1);
}

#[test]
fn no_try_to_attach_is_ever_throttled_while_the_source_deploys() {
    let report = rehearse(&scenario("legacy-to-new-swap", 1));
    let tried = report.timeline.iter().find(|(_, what, _)| what.starts_with("2/2 swap")).unwrap();
    assert!(tried.2.contains("attached at try"), "{tried:?}");
    let writes = calls(&report, "cloudfront:UpdateDistribution");
    // One detach, and tries at 0 s, 2 s and every 20 s of at most 300 s, and the one when the source is deployed.
    assert!((4..=2 + 3 + 15).contains(&writes), "{writes} writes");
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
    for number in 1..=2 {
        let mut play = with_rule(scenario("legacy-to-new-swap", 7), "nameRelease", json!("accepted"));
        play.faults = vec![format!("cloudfront:UpdateDistribution#{number}:lostAnswer").parse().unwrap()];
        let report = rehearse(&play);
        assert_eq!(report.outcome, "completed", "{:?}", report.timeline);
        assert_eq!(calls(&report, "cloudfront:UpdateDistribution"), 2, "write {number} went through and was not sent again");
    }
}

#[test]
fn a_throttle_waits_and_a_stale_etag_reads_again_without_turning_round() {
    for fault in ["throttled", "stale", "unavailable"] {
        for number in 1..=2 {
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
    play.world["actors"] = json!([{"do": "failOperation", "operation": "cloudfront:UpdateDistribution", "distribution": "E2NEWQRS",
        "code": "TooManyDistributionCNAMEs", "message": "Your request contains more CNAMEs than are allowed per distribution."}]);
    let before = state(&play.world);
    let report = rehearse(&play);
    assert_eq!(report.outcome, "rolledBack");
    assert_eq!(state(&report.world), before);
    assert_eq!(calls(&report, "cloudfront:UpdateDistribution"), 3, "detach, one refused attach, re-attach");
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
            // In progress at the moment of the detach, and for longer than the record's TTL.
            play.world["edge"] = json!({"propagation": {"model": "fixed", "seconds": 3000}});
        }
        play.world["actors"] = json!([acting]);
        let report = rehearse(&play);
        assert_eq!(report.viewers.unserved, 0, "{actor}: {:?}", report.timeline);
        assert!(report.world["distributions"][0]["aliases"] == json!(["a.foo.com"]), "{actor}");
        assert_ne!(report.outcome, "completed", "{actor}");
        assert!(
            report.timeline.iter().any(|(_, what, detail)| what == "turning round" && detail.contains("nothing was detached")),
            "{actor}: {:?}",
            report.timeline
        );
    }
}
