//! Input that cannot be: one clear message, exit status 2; an unknown distribution or zone: refused with a
//! remedy. Nothing is changed in either case.

use crate::support::{rehearse, scenario, scenario_folder, state};
use rehearsal::cli::{self, Stage};
use rehearsal::run::{Unwatched, run};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

struct Output {
    status: u8,
    stdout: String,
    stderr: String,
}

/// One command line, as the binary would carry it out at the top of the repository.
fn command(arguments: &[&str]) -> Output {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let stage = Stage { out: &mut out, err: &mut err, pace: Duration::ZERO };
    let status = cli::main(["rehearsal"].iter().chain(arguments).map(Into::into), stage);
    Output { status, stdout: String::from_utf8(out).unwrap(), stderr: String::from_utf8(err).unwrap() }
}

fn fails_with_2(arguments: &[&str], says: &str) {
    let output = command(arguments);
    let stderr = output.stderr;
    assert_eq!(output.status, 2, "{arguments:?}: {stderr}");
    assert!(stderr.contains(says), "{arguments:?} should say {says:?}: {stderr}");
    assert_eq!(output.stdout, "", "{arguments:?}: one message and nothing else");
    assert!(!stderr.contains("outcome  "), "{arguments:?}: one message and nothing else: {stderr}");
}

/// Writes a variation of a scenario into a folder of its own.
fn variation(name: &str, change: impl Fn(&mut Value, &mut Value)) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("cutover-claims-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let play = scenario("legacy-to-new", 1);
    let (mut world, mut request) = (play.world, play.request);
    change(&mut world, &mut request);
    std::fs::write(folder.join("world.json"), world.to_string()).unwrap();
    std::fs::write(folder.join("request.json"), request.to_string()).unwrap();
    folder
}

#[test]
fn a_request_that_cannot_be_read_ends_with_status_2() {
    type Change = fn(&mut Value, &mut Value);
    let cases: [(&str, Change, &str); 6] = [
        ("unknown-key", |_, request| request["colour"] = json!("red"), "colour"),
        ("no-name", |_, request| request["aliases"] = json!(["not a name"]), "not a name"),
        ("no-aliases", |_, request| request["aliases"] = json!([]), "0 aliases"),
        ("no-target", |_, request| request["target"] = Value::Null, "target"),
        ("no-strategy", |_, request| request["strategy"] = json!("hope"), "hope"),
        ("no-object", |_, request| *request = json!([1, 2, 3]), "JSON object"),
    ];
    for (name, change, says) in cases {
        let folder = variation(name, change);
        fails_with_2(&["run", folder.to_str().unwrap()], says);
        fails_with_2(&["run", folder.to_str().unwrap(), "--json"], says);
        fails_with_2(&["explore", folder.to_str().unwrap(), "--faults", "0"], says);
        fails_with_2(&["explore", folder.to_str().unwrap(), "--at", "states:Preflight#1:stopped", "--json"], says);
    }
}

#[test]
fn a_world_that_contradicts_itself_ends_with_status_2() {
    type Change = fn(&mut Value, &mut Value);
    let cases: [(&str, Change, &str); 18] = [
        ("world-key", |world, _| world["weather"] = json!("rain"), "weather"),
        ("rule", |world, _| world["rules"] = json!({"noSuchRule": true}), "noSuchRule"),
        ("rule-value", |world, _| world["rules"] = json!({"nameRelease": "never"}), "never"),
        ("alias-twice", |world, _| world["distributions"][1]["aliases"] = json!(["A.foo.com."]), "one distribution only"),
        ("id-twice", |world, _| world["distributions"][1]["id"] = json!("E1LEGACYXYZ"), "twice"),
        ("real-account", |world, _| world["accounts"][0]["id"] = json!("111122223333"), "simulated account"),
        ("unknown-account", |world, _| world["distributions"][0]["account"] = json!("000000000077"), "not in the world"),
        (
            "foreign-certificate",
            |world, _| world["distributions"][0]["certificate"] = world["certificates"][1]["arn"].clone(),
            "certificate",
        ),
        ("record-outside", |world, _| world["hostedZones"][0]["records"][0]["name"] = json!("a.bar.com"), "not below"),
        (
            "cname-beside-a",
            |world, _| {
                let records = world["hostedZones"][0]["records"].as_array_mut().unwrap();
                records.push(json!({"name": "a.foo.com", "type": "A", "ttl": 60, "values": ["192.0.2.1"]}));
            },
            "excludes all other types",
        ),
        ("actor", |world, _| world["actors"] = json!([{"do": "addAlias", "alias": "x.foo.com"}]), "distribution"),
        ("list", |world, _| world["rules"] = json!(["deployed"]), "must be an object"),
        (
            "record-twice",
            |world, _| {
                let records = world["hostedZones"][0]["records"].as_array_mut().unwrap();
                records.push(records[0].clone());
            },
            "written twice",
        ),
        (
            "actor-call",
            |world, _| world["actors"] = json!([{"do": "editConfig", "distribution": "E2NEWQRS", "afterCall": "x"}]),
            "not simulated",
        ),
        (
            "actor-times",
            |world, _| {
                world["actors"] = json!([{"do": "failOperation", "operation": "cloudfront:UpdateDistribution", "code": "X", "times": 0}]);
            },
            "times",
        ),
        (
            "role-denies",
            |world, _| world["accounts"][0]["roles"] = json!([{"name": "cutover-read", "deny": ["cloudfront:*"]}]),
            "not simulated",
        ),
        (
            "role-twice",
            |world, _| world["accounts"][0]["roles"] = json!([{"name": "cutover-read"}, {"name": "cutover-read", "deny": []}]),
            "written twice",
        ),
        ("bad-xml", |world, _| world["distributions"][0]["extraXml"] = json!("<Open>"), "extraXml"),
    ];
    for (name, change, says) in cases {
        let folder = variation(name, change);
        fails_with_2(&["run", folder.to_str().unwrap()], says);
    }
}

#[test]
fn a_folder_without_files_and_bad_arguments_end_with_status_2() {
    let empty = std::env::temp_dir().join(format!("cutover-claims-{}-empty", std::process::id()));
    std::fs::create_dir_all(&empty).unwrap();
    fails_with_2(&["run", empty.to_str().unwrap()], "world.json");
    fails_with_2(&["run", "no/such/folder"], "no folder");
    fails_with_2(&["run"], "required");
    fails_with_2(&["fly"], "fly");
    let folder = scenario_folder("legacy-to-new");
    fails_with_2(&["run", folder.to_str().unwrap(), "--seed", "x"], "seed");
    fails_with_2(&["run", folder.to_str().unwrap(), "--fault", "nonsense"], "nonsense");
    fails_with_2(&["run", folder.to_str().unwrap(), "--fault", "cloudfront:updatedistribution#1:denied"], "not simulated");
    let broken = variation("broken-json", |_, _| {});
    std::fs::write(broken.join("world.json"), "{\"now\": ").unwrap();
    fails_with_2(&["run", broken.to_str().unwrap()], "world.json");
}

#[test]
fn with_json_one_object_is_on_stdout_and_the_story_on_stderr() {
    let output = command(&["run", scenario_folder("legacy-to-new").to_str().unwrap(), "--json"]);
    assert_eq!(output.status, 0);
    let result: Value = serde_json::from_str(&output.stdout).unwrap();
    for key in [
        "scenario",
        "seed",
        "outcome",
        "strategy",
        "refusals",
        "findings",
        "plan",
        "viewers",
        "calls",
        "transitions",
        "simulatedSeconds",
        "timeline",
        "world",
    ] {
        assert!(result.get(key).is_some(), "{key} is missing");
    }
    let plan = result["plan"].as_array().unwrap();
    assert_eq!(plan.len(), 5);
    for key in ["label", "edit", "inverse", "settle"] {
        assert!(plan.iter().all(|edit| edit.get(key).is_some()), "plan without {key}");
    }
    for key in ["requests", "bySource", "byTarget", "byOther", "unserved", "outageSecondsMean", "outageSecondsWorst"] {
        assert!(result["viewers"].get(key).is_some(), "viewers without {key}");
    }
    assert!(output.stderr.contains("3/5 remove a.foo.com from E1LEGACYXYZ"));
}

#[test]
fn what_is_not_there_is_refused_with_a_remedy_and_nothing_changes() {
    for (pointer, value, code) in [
        ("/source/distribution", "E9NOSUCH", "distributionNotFound"),
        ("/target/distribution", "E9NOSUCH", "distributionNotFound"),
        ("/dns/hostedZone", "Z9NOSUCH", "hostedZoneNotFound"),
        ("/source/account", "000000000077", "accountNotReachable"),
        ("/dns/account", "000000000002", "hostedZoneNotFound"),
    ] {
        let mut play = scenario("legacy-to-new", 1);
        *play.request.pointer_mut(pointer).unwrap() = json!(value);
        let report = rehearse(&play);
        assert_eq!(report.outcome, "refused", "{pointer}: {:?}", report.timeline);
        assert_eq!(report.document["refusals"][0]["code"], code, "{pointer}: {}", report.document["refusals"]);
        assert!(report.document["refusals"][0]["remedy"].as_str().unwrap().len() > 20, "{pointer}");
        assert_eq!(state(&report.world), state(&play.world), "{pointer}");
        assert_eq!(report.exit_status(), 0, "{pointer}");
    }
}

#[test]
fn a_missing_role_or_a_wrong_external_id_is_refused_and_nothing_changes() {
    for roles in [
        json!([]),
        json!([{"name": "cutover-read", "externalId": "another"}, {"name": "cutover-write"}]),
        json!([{"name": "cutover-read", "trusts": "000000000001"}]),
        json!([{"name": "cutover-read", "deny": ["cloudfront:GetDistribution"]}, {"name": "cutover-write"}]),
    ] {
        let mut play = scenario("legacy-to-new", 1);
        play.world["accounts"][1]["roles"] = roles.clone();
        let report = rehearse(&play);
        assert_eq!(report.outcome, "refused", "{roles}: {:?}", report.timeline);
        assert_eq!(report.document["refusals"][0]["code"], "accountNotReachable", "{roles}");
        assert_eq!(state(&report.world), state(&play.world));
    }
}

#[test]
fn a_writing_role_that_lacks_a_permission_stops_the_first_edit_and_nothing_is_left_to_take_back() {
    for (name, account, lacks) in
        [("legacy-to-new", 1, "cloudfront:UpdateDistribution"), ("legacy-to-new-swap", 0, "route53:ChangeResourceRecordSets")]
    {
        let mut play = scenario(name, 1);
        play.world["accounts"][account]["roles"] = json!([{"name": "cutover-read"}, {"name": "cutover-write", "deny": [lacks]}]);
        let report = rehearse(&play);
        assert_eq!(report.outcome, "rolledBack", "{name}: {:?}", report.timeline);
        assert_eq!(state(&report.world), state(&play.world), "{name}");
        assert_eq!(report.viewers.unserved, 0, "{name}");
    }
}

#[test]
fn a_world_is_never_mended_and_its_contradiction_is_named() {
    let mut play = scenario("legacy-to-new", 1);
    play.world["distributions"][0]["status"] = json!("Happy");
    let error = run(&play, &Unwatched).map(|_| ()).unwrap_err();
    assert!(error.contains("E1LEGACYXYZ") && error.contains("Happy"), "{error}");
}
