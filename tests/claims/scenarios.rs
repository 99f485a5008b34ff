//! Each scenario folder is played and its story compared with the golden `timeline.txt`.
//!
//! `UPDATE_GOLDEN=1 cargo test --release -p tests` writes the stories anew; read the difference before keeping it.

use crate::support::{calls, rehearse, scenario, scenario_folder, state, top};
use rehearsal::live::{Live, summary};
use rehearsal::run::run;
use serde_json::json;
use std::sync::Mutex;

fn names() -> Vec<String> {
    let folders = std::fs::read_dir(top().join("tests/scenarios")).unwrap();
    let mut names: Vec<String> = folders.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn story(name: &str) -> String {
    let lines = Mutex::new(Vec::new());
    let live = Live::new(|line: &str| lines.lock().unwrap().push(line.to_owned()));
    let report = run(&scenario(name, 1), &live).unwrap();
    drop(live);
    let mut lines = lines.into_inner().unwrap();
    lines.extend(summary(&report));
    lines.join("\n") + "\n"
}

#[test]
fn every_scenario_tells_its_golden_story() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let names = names();
    assert!(names.len() >= 11, "{names:?}");
    for name in names {
        let path = scenario_folder(&name).join("timeline.txt");
        let story = story(&name);
        if update {
            std::fs::write(&path, &story).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(story, golden, "{name}: the story is another; if it should be, UPDATE_GOLDEN=1 writes it anew");
    }
}

#[test]
fn the_story_in_the_readme_is_the_golden_one() {
    let readme = std::fs::read_to_string(top().join("README.md")).unwrap();
    let golden = std::fs::read_to_string(scenario_folder("legacy-to-new").join("timeline.txt")).unwrap();
    assert!(readme.contains(golden.trim_end()), "README.md shows another story than tests/scenarios/legacy-to-new/timeline.txt");
}

#[test]
fn the_plan_in_the_readme_is_part_of_the_golden_one() {
    let readme = std::fs::read_to_string(top().join("README.md")).unwrap();
    let golden = std::fs::read_to_string(scenario_folder("plan-only").join("timeline.txt")).unwrap();
    let shown = readme.split("```\n").find(|block| block.starts_with("3/5 ")).unwrap();
    assert!(golden.contains(shown.trim_end()), "README.md shows another plan than tests/scenarios/plan-only/timeline.txt");
}

#[test]
fn the_session_in_the_readme_is_the_recorded_one() {
    let readme = std::fs::read_to_string(top().join("README.md")).unwrap();
    let session = std::fs::read_to_string(top().join("tests/judges/session.txt")).unwrap();
    assert!(readme.contains(session.trim_end()), "README.md shows another session than tests/judges/session.txt");
}

#[test]
fn the_same_seed_tells_the_same_story_and_another_seed_another_one() {
    assert_eq!(story("legacy-to-new-swap"), story("legacy-to-new-swap"));
    let seconds = |seed| rehearse(&scenario("legacy-to-new-swap", seed)).viewers.outage_seconds_mean;
    assert_ne!(seconds(1), seconds(2));
}

#[test]
fn at_the_end_of_the_story_the_name_is_on_the_new_distribution_and_the_record_leads_there() {
    for name in ["legacy-to-new", "legacy-to-new-swap", "conflict-that-clears", "stale-etag", "unknown-config-element"] {
        let report = rehearse(&scenario(name, 1));
        assert_eq!(report.outcome, "completed", "{name}");
        assert_eq!(report.world["distributions"][0]["aliases"], json!([]), "{name}");
        assert_eq!(report.world["distributions"][1]["aliases"], json!(["a.foo.com"]), "{name}: no wildcard is left");
        assert_eq!(report.world["hostedZones"][0]["records"][0]["values"], json!(["qrs.cloudfront.net"]), "{name}");
        assert_eq!(report.world["hostedZones"][0]["records"][0]["ttl"], json!(300), "{name}");
    }
}

#[test]
fn an_apex_moves_with_all_its_alias_records_and_nothing_else_at_the_name() {
    let play = scenario("apex-swap", 1);
    let report = rehearse(&play);
    assert_eq!(report.outcome, "completed", "{:?}", report.timeline);
    let mut wanted = play.world["hostedZones"].clone();
    for record in wanted[0]["records"].as_array_mut().unwrap() {
        if record.get("aliasTarget").is_some() {
            record["aliasTarget"] = json!("qrs.cloudfront.net");
        }
    }
    let sorted = |zones: &serde_json::Value| {
        let mut records: Vec<String> = zones[0]["records"].as_array().unwrap().iter().map(|record| record.to_string()).collect();
        records.sort();
        records
    };
    assert_eq!(sorted(&report.world["hostedZones"]), sorted(&wanted));
}

#[test]
fn refusals_plans_and_finished_moves_change_nothing() {
    for (name, outcome) in [("outage-not-accepted", "refused"), ("plan-only", "planned"), ("already-there", "completed")] {
        let play = scenario(name, 1);
        let report = rehearse(&play);
        assert_eq!(report.outcome, outcome, "{name}");
        assert_eq!(state(&report.world), state(&play.world), "{name}");
        assert_eq!(calls(&report, "cloudfront:UpdateDistribution") + calls(&report, "route53:ChangeResourceRecordSets"), 0, "{name}");
        assert_eq!(report.exit_status(), 0, "{name}");
    }
}

#[test]
fn a_refused_outage_comes_with_a_request_that_works() {
    let mut play = scenario("outage-not-accepted", 1);
    let refused = rehearse(&play);
    assert_eq!(refused.document["refusals"][0]["code"], "outageNotAccepted");
    play.request = refused.document["refusals"][0]["requests"][0].clone();
    assert_eq!(rehearse(&play).outcome, "completed");
}

#[test]
fn elements_that_no_type_knows_survive_every_write() {
    use rehearsal::run::{Unwatched, rehearse};
    let play = scenario("unknown-config-element", 1);
    let (_, world) = rehearse(&play, &Unwatched).unwrap();
    let world = world.lock();
    for (index, id) in ["E1LEGACYXYZ", "E2NEWQRS"].into_iter().enumerate() {
        let extra = play.world["distributions"][index]["extraXml"].as_str().unwrap();
        let distribution = &world.distributions[id];
        assert!(distribution.versions.len() > 1, "{id} was written");
        assert!(distribution.config.contains(extra), "{id} lost {extra}");
        assert!(distribution.config.contains("<NotYetKnown>"), "{id} lost what the world injects");
    }
}

#[test]
fn a_conflict_that_clears_is_waited_for_and_a_stale_etag_is_read_again() {
    let cleared = rehearse(&scenario("conflict-that-clears", 1));
    assert_eq!(calls(&cleared, "cloudfront:UpdateDistribution"), 4 + 3, "three refused tries");
    let stale = rehearse(&scenario("stale-etag", 1));
    assert_eq!(calls(&stale, "cloudfront:UpdateDistribution"), 4 + 1, "one stale try");
    assert_eq!(stale.world["distributions"][1]["comment"], "edited by a pipeline", "the other writer's edit stays");
}

#[test]
fn rehearsing_takes_less_than_two_seconds() {
    for name in names() {
        let began = std::time::Instant::now();
        rehearse(&scenario(&name, 1));
        assert!(began.elapsed().as_secs_f64() < 2.0, "{name} took {:?}", began.elapsed());
    }
}
