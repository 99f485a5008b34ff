//! Is Cutover better than people who know what they do, and were those people written fairly?

use crate::support::{scenario, scenario_folder, with_propagation, with_rule};
use rehearsal::cli::{self, Stage};
use rehearsal::compare::{Comparison, Procedure, Row, by_hand, compare};
use rehearsal::run::Play;
use rehearsal::world::distribution::Version;
use rehearsal::world::{Millis, World};
use serde_json::{Value, json};
use std::time::Duration;

const SEEDS: u64 = 20;
const ALIAS: &str = "a.foo.com";
const SOURCE: &str = "E1LEGACYXYZ";
const TARGET: &str = "E2NEWQRS";
/// Requests of one step there and back, at the most.
const LATENCY_MILLIS: Millis = 1_000;

fn row<'a>(comparison: &'a Comparison, release: &str, procedure: &str) -> &'a Row {
    comparison.rows.iter().find(|row| row.name_release == release && row.procedure == procedure).unwrap()
}

fn outage(comparison: &Comparison, release: &str, procedure: &str) -> f64 {
    let row = row(comparison, release, procedure);
    assert_eq!(row.outcomes.get("completed"), Some(&comparison.seeds), "{row:?}");
    row.outage_seconds_mean
}

#[test]
fn a_swap_costs_a_fifth_of_waiting_by_hand_and_never_more_than_a_person() {
    let comparison = compare(&scenario("legacy-to-new-swap", 1), SEEDS, |_| {}).unwrap();
    assert_eq!(row(&comparison, "accepted", "cutover").strategy.as_deref(), Some("swap"));
    let at_once = ["cutover", "byHandDeployed", "byHandAtOnce"].map(|procedure| outage(&comparison, "accepted", procedure));
    assert!(at_once[0] <= at_once[1] / 5.0 && at_once[0] < at_once[2], "freed when accepted: {at_once:?}");
    let late = ["cutover", "byHandDeployed", "byHandAtOnce"].map(|procedure| outage(&comparison, "deployed", procedure));
    assert!(late[0] <= late[1] + 1.0 && late[0] <= late[2] + 1.0, "freed when deployed: {late:?}");
    let readme = std::fs::read_to_string(crate::support::top().join("README.md")).unwrap();
    for mean in at_once.iter().chain(&late) {
        assert!(readme.contains(&format!("{mean:.1} s")), "README.md has another table: {mean:.1} s");
    }
    let ratios = &comparison.ratios[0];
    assert_eq!((ratios.by_hand_deployed, ratios.by_hand_at_once), (Some(at_once[0] / at_once[1]), Some(at_once[0] / at_once[2])));
}

#[test]
fn a_swap_is_no_worse_than_a_person_whatever_the_propagation() {
    for model in [
        json!({"model": "lognormal", "medianSeconds": 20}),
        json!({"model": "uniform", "maxSeconds": 900}),
        json!({"model": "fixed", "seconds": 60}),
    ] {
        let comparison = compare(&with_propagation(scenario("legacy-to-new-swap", 1), model.clone()), 5, |_| {}).unwrap();
        for release in ["accepted", "deployed"] {
            let cutover = outage(&comparison, release, "cutover");
            for procedure in ["byHandDeployed", "byHandAtOnce"] {
                let by_hand = outage(&comparison, release, procedure);
                assert!(cutover <= by_hand + 1.0, "{model} {release} {procedure}: {cutover} s against {by_hand} s");
            }
        }
    }
}

#[test]
fn where_there_is_a_bridge_nobody_is_unserved_beside_minutes_by_hand() {
    let comparison = compare(&scenario("legacy-to-new", 1), 3, |_| {}).unwrap();
    for release in ["accepted", "deployed"] {
        let bridge = row(&comparison, release, "cutover");
        assert_eq!((bridge.strategy.as_deref(), bridge.outage_seconds_worst), (Some("wildcardBridge"), 0.0));
        assert!(outage(&comparison, release, "byHandDeployed") > 60.0 && outage(&comparison, release, "byHandAtOnce") > 30.0);
    }
}

/// What a person did, read off the world's own versions.
struct Seen {
    detach: Version,
    attach: Version,
    /// When CloudFront and every resolver had seen the new record sets.
    dns_seen: Millis,
    start: Millis,
    outage: rehearsal::viewers::Viewers,
    refusals: u64,
}

fn watch(play: &Play, procedure: Procedure) -> Seen {
    let (ended, cast, world) = by_hand(play, procedure).unwrap();
    assert_eq!(ended.gave_up, None);
    let world = world.lock();
    let versions = |id: &str| world.distributions[id].versions.clone();
    let ([_, detach], [_, attach]) = (&versions(SOURCE)[..], &versions(TARGET)[..]) else { panic!("one write each") };
    assert!(!detach.aliases.contains(ALIAS) && attach.aliases.contains(ALIAS), "the alias is where it should be");
    assert!(attach.deployed() <= ended.at, "the person saw it through");
    let sets = world.zones["Z1FOO"].names[ALIAS].last().unwrap();
    assert_eq!(sets.sets[0].values, ["qrs.cloudfront.net"], "DNS leads to the target");
    Seen {
        dns_seen: sets.in_sync + Millis::from(sets.old_ttl.max(60)) * 1000,
        start: world.start,
        outage: world.viewers(&cast, ended.at),
        refusals: world.calls["cloudfront:UpdateDistribution"] - 2,
        detach: detach.clone(),
        attach: attach.clone(),
    }
}

/// Per location the time between the detach's arrival and the attach's, mean and worst: nothing of the edge is asked.
fn floor_seconds(seen: &Seen) -> (f64, f64) {
    let outages: Vec<Millis> =
        seen.detach.arrivals.iter().zip(&seen.attach.arrivals).map(|(left, joined)| (joined - left).max(0)).collect();
    (outages.iter().sum::<Millis>() as f64 / 1000.0 / outages.len() as f64, *outages.iter().max().unwrap() as f64 / 1000.0)
}

#[test]
fn what_a_person_costs_is_what_lies_between_the_two_arrivals_at_each_location() {
    for procedure in [Procedure::ByHandDeployed, Procedure::ByHandAtOnce] {
        for release in ["accepted", "deployed"] {
            for seed in 1..=5 {
                let play = with_rule(scenario("legacy-to-new-swap", seed), "nameRelease", json!(release));
                let seen = watch(&play, procedure);
                let (mean, worst) = floor_seconds(&seen);
                let found = (seen.outage.outage_seconds_mean, seen.outage.outage_seconds_worst);
                assert!(
                    (found.0 - mean).abs() < 1e-9 && found.1 == worst,
                    "{procedure:?} {release} seed {seed}: {found:?}, {mean} {worst}"
                );
            }
        }
    }
}

#[test]
fn a_person_moves_dns_first_and_waits_until_cloudfront_has_seen_it_and_no_longer() {
    for procedure in [Procedure::ByHandDeployed, Procedure::ByHandAtOnce] {
        let play = with_rule(scenario("legacy-to-new-swap", 3), "nameRelease", json!("accepted"));
        let seen = watch(&play, procedure);
        assert_eq!(seen.refusals, 0, "nothing was refused for its DNS or its owner");
        let late = seen.detach.accepted - seen.dns_seen;
        // One look at the change every 30 s.
        assert!((0..30_000 + LATENCY_MILLIS).contains(&late), "{procedure:?}: detached {late} ms after CloudFront had seen DNS");
        assert!(seen.start < seen.dns_seen);
    }
}

#[test]
fn a_person_is_as_fast_as_said_and_no_slower() {
    for seed in 1..=10 {
        let play = |release: &str| with_rule(scenario("legacy-to-new-swap", seed), "nameRelease", json!(release));
        for release in ["accepted", "deployed"] {
            let waits = watch(&play(release), Procedure::ByHandDeployed);
            let after = waits.attach.accepted - waits.detach.deployed();
            assert!((0..60_000 + 120_000 + LATENCY_MILLIS).contains(&after), "a look and a reaction after Deployed: {after} ms");
            assert_eq!(waits.refusals, 0, "who waits for Deployed is refused under neither reading");
        }
        let at_once = watch(&play("accepted"), Procedure::ByHandAtOnce);
        let gap = at_once.attach.accepted - at_once.detach.accepted;
        assert!((30_000..30_000 + LATENCY_MILLIS).contains(&gap), "30 s after the detach: {gap} ms");
        let refused = watch(&play("deployed"), Procedure::ByHandAtOnce);
        let late = refused.attach.accepted - refused.detach.deployed();
        assert!((0..30_000 + LATENCY_MILLIS).contains(&late), "the next try after the name is free: {late} ms");
        let gap = refused.attach.accepted - refused.detach.accepted;
        assert!(
            refused.refusals + 1 >= u64::try_from(gap / (30_000 + LATENCY_MILLIS)).unwrap(),
            "a try every 30 s: {} in {gap} ms",
            refused.refusals
        );
    }
}

#[test]
fn the_reactions_of_people_differ_from_seed_to_seed() {
    let reaction = |seed| {
        let seen = watch(&scenario("legacy-to-new-swap", seed), Procedure::ByHandDeployed);
        (seen.attach.accepted - seen.detach.deployed()) / 1000
    };
    let reactions: Vec<Millis> = (1..=20).map(reaction).collect();
    let (soonest, latest) = (reactions.iter().min().unwrap(), reactions.iter().max().unwrap());
    // Of twenty people one is slow and one is quick, or the draws are not spread over the two minutes.
    assert!(latest - soonest > 60, "{reactions:?}");
}

#[test]
fn all_three_meet_the_same_propagation() {
    for seed in [1, 2] {
        let play = with_rule(scenario("legacy-to-new-swap", seed), "nameRelease", json!("accepted"));
        let lags = |version: &Version| version.arrivals.iter().map(|arrival| arrival - version.accepted).collect::<Vec<Millis>>();
        let (_, world) = rehearsal::run::rehearse(&play, &rehearsal::run::Unwatched).unwrap();
        let world = world.lock();
        let newest = |world: &World, id: &str| lags(world.distributions[id].versions.last().unwrap());
        for procedure in [Procedure::ByHandDeployed, Procedure::ByHandAtOnce] {
            let seen = watch(&play, procedure);
            assert_eq!(lags(&seen.detach), newest(&world, SOURCE));
            assert_eq!(lags(&seen.attach), newest(&world, TARGET));
        }
    }
}

#[test]
fn a_person_is_told_how_late_cloudfront_sees_dns() {
    let mean = |lag: u32| {
        let play = with_rule(with_rule(scenario("legacy-to-new-swap", 4), "cfDnsLagS", json!(lag)), "nameRelease", json!("accepted"));
        watch(&play, Procedure::ByHandAtOnce).outage.outage_seconds_mean
    };
    assert!((mean(60) - mean(900)).abs() < 1.0, "late DNS delays the detach and costs nothing");
}

#[test]
fn a_person_who_meets_nothing_but_refusals_gives_up_and_says_so() {
    let play = scenario("swap-never-attaches", 1);
    let comparison = compare(&play, 1, |_| {}).unwrap();
    for procedure in ["byHandDeployed", "byHandAtOnce"] {
        let row = row(&comparison, "deployed", procedure);
        assert_eq!(row.outcomes.get("gaveUp"), Some(&1));
        assert!(row.gave_up.as_deref().unwrap().contains("CNAMEAlreadyExists"), "{row:?}");
        assert_eq!(row.target_serves_all_seconds_mean, None);
        // 240 tries, one each 30 s.
        assert!((7_000.0..8_000.0).contains(&row.outage_seconds_mean), "{row:?}");
    }
    assert!(comparison.ratios.iter().all(|ratios| ratios.by_hand_at_once.is_none()), "nothing is compared with who did not finish");
}

#[test]
fn every_scenario_can_be_compared() {
    for folder in std::fs::read_dir(scenario_folder("")).unwrap().map(|entry| entry.unwrap().path()) {
        let play = rehearsal::scenario::load(&folder, 1).unwrap();
        let comparison = compare(&play, 1, |_| {}).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        assert!(comparison.rows.len() == 6 && comparison.rows.iter().all(|row| row.outcomes.values().sum::<u64>() == 1));
    }
}

#[test]
fn a_world_that_fixes_when_a_name_is_free_gets_that_reading_alone() {
    let play = with_rule(scenario("legacy-to-new-swap", 1), "nameRelease", json!("accepted"));
    let comparison = compare(&play, 1, |_| {}).unwrap();
    assert_eq!(comparison.rows.iter().map(|row| row.name_release).collect::<Vec<_>>(), ["accepted"; 3]);
    assert_eq!(comparison.ratios.len(), 1);
}

/// Status, stdout, stderr.
fn command(arguments: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let stage = Stage { out: &mut out, err: &mut err, pace: Duration::ZERO };
    let status = cli::main(["rehearsal", "compare"].iter().chain(arguments).map(Into::into), stage);
    (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn the_command_prints_a_table_for_people_and_one_object_for_scripts() {
    let folder = scenario_folder("legacy-to-new-swap");
    let folder = folder.to_str().unwrap();
    let (status, table, _) = command(&[folder, "--seeds", "2"]);
    assert_eq!(status, 0);
    assert!(["Cutover, swap", "by hand (a)", "by hand (b)", "outage mean"].iter().all(|part| table.contains(part)), "{table}");
    let (status, object, _) = command(&[folder, "--seeds", "2", "--json"]);
    assert_eq!(status, 0);
    let object: Value = serde_json::from_str(&object).unwrap();
    assert_eq!((&object["scenario"], &object["seeds"]), (&json!("legacy-to-new-swap"), &json!(2)));
    let procedures: Vec<&Value> = object["rows"].as_array().unwrap().iter().map(|row| &row["procedure"]).collect();
    assert_eq!(procedures, ["cutover", "byHandDeployed", "byHandAtOnce", "cutover", "byHandDeployed", "byHandAtOnce"]);
    for row in object["rows"].as_array().unwrap() {
        for key in
            ["nameRelease", "strategy", "outcomes", "outageSecondsMean", "outageSecondsWorst", "targetServesAllSecondsMean", "writesMean"]
        {
            assert!(row.get(key).is_some(), "{key} is missing in {row}");
        }
    }
    assert!(object["ratios"][0]["byHandDeployed"].as_f64().unwrap() < 0.2, "{object}");
}

#[test]
fn a_long_comparison_says_how_far_it_is_and_not_on_stdout() {
    let folder = scenario_folder("already-there");
    let (status, object, progress) = command(&[folder.to_str().unwrap(), "--json"]);
    assert_eq!(status, 0);
    assert!(progress.contains("10 of 20 seeds") && object.lines().count() == 1, "{progress}");
}

#[test]
fn bad_input_ends_with_status_2_and_one_message() {
    let folder = scenario_folder("legacy-to-new-swap");
    for (arguments, says) in [
        (vec!["no/such/folder"], "is no folder"),
        (vec![folder.to_str().unwrap(), "--seeds", "0"], "--seeds"),
        (vec![folder.to_str().unwrap(), "--seeds", "many"], "--seeds"),
        (vec![], "<DIR>"),
    ] {
        let (status, stdout, stderr) = command(&arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
    }
    let mut play = scenario("legacy-to-new-swap", 1);
    play.request["colour"] = json!("red");
    assert!(compare(&play, 1, |_| {}).unwrap_err().contains("colour"));
    play.world["rules"] = json!(3);
    assert!(compare(&play, 1, |_| {}).is_err());
}

#[test]
fn the_help_teaches() {
    let (status, help, _) = command(&["--help"]);
    assert_eq!(status, 0);
    assert!(["DNS first", "30 s", "120 s", "nameRelease", "Exit status", "Examples"].iter().all(|part| help.contains(part)), "{help}");
}
