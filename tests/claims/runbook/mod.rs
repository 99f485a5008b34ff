//! Does the runbook answer for everything that Cutover may say at night: every code and every error name, each once, and
//! is every code really said by a preflight that writes nothing?

mod cases;

use crate::situations::world::{Situation, situation};
use crate::support::{rehearse, state, top};
use cases::{Case, MENDED_LATER, SEEN};
use cutover::error_name::ErrorName;
use cutover::finding::Code;
use cutover::request::Request;
use cutover::strategy::Strategy;
use rehearsal::run::{Play, Report};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a code may come as, in the words of the page.
const COMES_AS: [&str; 5] = ["stops", "refusal", "needs yes", "note", "reason"];

fn page() -> String {
    std::fs::read_to_string(top().join("docs/RUNBOOK.md")).unwrap()
}

/// The rows of the table whose head begins with `first`, cell by cell.
fn table(page: &str, first: &str) -> Vec<Vec<String>> {
    let lines = page.lines().skip_while(|line| !line.starts_with(&format!("| {first} |"))).skip(2);
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    lines.take_while(|line| line.starts_with('|')).map(cells).collect()
}

/// Each row by the one word in backticks of its first cell.
fn by_name(rows: Vec<Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let count = rows.len();
    let named: BTreeMap<String, Vec<String>> = rows.into_iter().map(|row| (row[0].trim_matches('`').to_owned(), row)).collect();
    assert_eq!(named.len(), count, "a row is there twice");
    named
}

#[test]
fn every_code_has_one_row_that_says_what_it_means_and_what_to_do_and_no_row_is_of_anything_else() {
    let rows = by_name(table(&page(), "code"));
    let codes: BTreeSet<String> = Code::ALL.into_iter().map(Code::name).collect();
    assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), codes);
    for (code, row) in rows {
        assert_eq!(row.len(), 5, "{code}: {row:?}");
        assert!(row[1].split(", ").all(|way| COMES_AS.contains(&way)), "{code} comes as {}", row[1]);
        assert!(row[2].len() > 20, "{code} does not say what it means: {}", row[2]);
        assert!(!row[3].is_empty(), "{code} does not say what to do");
        let is_fact = |id: &str| id.rsplit_once('-').is_some_and(|(family, number)| !family.is_empty() && number.parse::<u32>().is_ok());
        assert!(row[4] == "–" || row[4].split(", ").all(is_fact), "{code}: {}", row[4]);
    }
}

#[test]
fn every_error_name_has_one_row_and_no_row_is_of_anything_else() {
    let rows = by_name(table(&page(), "error"));
    let names: BTreeSet<String> = ErrorName::ALL.into_iter().map(|name| name.as_str().to_owned()).collect();
    assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), names);
    for (name, row) in rows {
        assert!(row.len() == 4 && row[1].len() > 20 && row[3].len() > 10, "{name}: {row:?}");
    }
}

#[test]
fn every_state_that_fails_an_execution_is_on_the_page() {
    let definition: Value = serde_json::from_str(rehearsal::run::DEFINITION).unwrap();
    let fails = |(name, state): (&String, &Value)| (state["Type"] == "Fail").then(|| (name.clone(), state.clone()));
    let failing: Vec<(String, Value)> = definition["States"].as_object().unwrap().iter().filter_map(fails).collect();
    assert!(failing.len() >= 3, "{failing:?}");
    for (name, state) in failing {
        let error = state["Error"].as_str().unwrap();
        for word in [name.as_str(), error] {
            let said = page().contains(&format!("`{word}`"));
            assert!(said, "whoever finds an execution failed in {name} with {error} finds nothing of `{word}`");
        }
    }
}

/// The definition's own number of tries stands in the page's table of error names.
#[test]
fn what_the_page_says_of_retries_is_what_the_definition_does() {
    let definition: Value = serde_json::from_str(rehearsal::run::DEFINITION).unwrap();
    let retried = |name: &str| {
        let states = definition["States"].as_object().unwrap().values();
        let retriers = states.flat_map(|state| state["Retry"].as_array().into_iter().flatten());
        retriers.filter(|retry| retry["ErrorEquals"].as_array().unwrap().iter().any(|error| error == name)).count() > 0
    };
    for (name, row) in by_name(table(&page(), "error")) {
        assert_eq!(row[2] != "no", retried(&name), "{name}: {}", row[2]);
    }
}

#[test]
fn every_key_of_a_request_has_a_row_on_the_page_that_a_malformed_one_is_sent_to() {
    let whole = json!({"aliases": ["a.foo.com"], "source": {"account": "000000000001", "distribution": "E1OLD"},
        "target": {"account": "000000000002", "distribution": "E2NEW"}, "dns": "external", "strategy": "swap", "acceptOutage": true,
        "execute": true, "soakSeconds": 1, "verify": {"status": 200}, "accept": ["recordSetRouted"], "allowDifferences": ["WebACLId"],
        "records": "alias", "planHash": "0".repeat(64)});
    let Value::Object(keys) = Request::parse(&whole).unwrap().to_value() else { panic!("a request is an object") };
    assert_eq!(keys.len(), whole.as_object().unwrap().len(), "a key of the request is not looked at here");
    let page = std::fs::read_to_string(top().join("docs/ARCHITECTURE.md")).unwrap();
    let rows: String = table(&page, "key").into_iter().map(|row| row[0].clone()).collect();
    for key in keys.keys().map(String::as_str).chain(["approval", "window"]) {
        assert!(rows.contains(&format!("`{key}`")), "{key} has no row");
    }
    for strategy in Strategy::ALL.map(Strategy::name) {
        assert!(page.contains(&format!("`{strategy}`")), "{strategy} is not named");
    }
}

fn play(case: &Case) -> Play {
    // Notes and reasons are read in a plan; what refuses must do so where it was to be carried out.
    let Situation { world, request } = situation(case.change, !["note", "reason"].contains(&case.comes_as));
    Play { scenario: case.code.to_owned(), world, request, seed: 1, faults: vec![] }
}

/// What a document says with `code`: as what, and the remedy.
fn said(document: &Value, code: &str) -> Vec<(&'static str, String)> {
    let of =
        |list: &str| document[list].as_array().into_iter().flatten().filter(|entry| entry["code"] == code).cloned().collect::<Vec<_>>();
    let remedy = |entry: &Value| entry["remedy"].as_str().unwrap_or_default().to_owned();
    let weight = |finding: &Value| match finding["severity"].as_str() {
        Some("stops") => "stops",
        Some("needsYes") => "needs yes",
        _ => "note",
    };
    let findings: Vec<(&'static str, String)> = of("findings").iter().map(|finding| (weight(finding), remedy(finding))).collect();
    if findings.is_empty() { of("refusals").iter().map(|refusal| ("refusal", remedy(refusal))).collect() } else { findings }
}

/// Why strategies were not taken, in words.
fn reasons(document: &Value) -> String {
    let texts = |list: &str, key: &str| -> Vec<String> {
        document[list].as_array().into_iter().flatten().map(|entry| entry[key].as_str().unwrap_or_default().to_owned()).collect()
    };
    [texts("refusals", "message"), texts("notChosen", "why")].concat().join("; ")
}

fn assert_nothing_was_written(case: &Case, play: &Play, report: &Report) {
    assert!(report.writes.is_empty(), "{}: {:?}", case.code, report.writes);
    // The registry is asked to write where a claim is tried; that it holds what it held is compared below.
    let reads = ["dynamodb:", ":Get", ":List", ":Describe", ":AssumeRole"];
    let writes = |call: &&String| !reads.iter().any(|read| call.contains(read));
    let written: Vec<&String> = report.calls.keys().filter(writes).collect();
    assert!(written.is_empty(), "{}: {written:?}", case.code);
    assert_eq!(state(&report.world), state(&play.world), "{}", case.code);
    assert_eq!(report.world["registry"], play.world["registry"], "{}", case.code);
}

#[test]
fn every_code_is_said_by_a_preflight_that_writes_nothing_as_what_the_page_says() {
    let rows = by_name(table(&page(), "code"));
    let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for case in SEEN {
        let play = play(case);
        let report = rehearse(&play);
        let document = &report.document;
        let outcome = if case.comes_as == "note" { "planned" } else { "refused" };
        let refused = &document["refusals"];
        assert!(
            [outcome, "planned"].contains(&report.outcome.as_str()),
            "{}: {} {refused} {:?}",
            case.code,
            report.outcome,
            report.timeline
        );
        match case.reason {
            Some(words) => assert!(reasons(document).contains(words), "{}: {words:?} is not in {}", case.code, reasons(document)),
            None => {
                assert_eq!(report.outcome, outcome, "{}: {refused}", case.code);
                let said = said(document, case.code);
                let found = said.iter().find(|(comes_as, _)| *comes_as == case.comes_as);
                let (_, remedy) = found.unwrap_or_else(|| panic!("{} is not said as {}: {said:?} {refused}", case.code, case.comes_as));
                assert!(!remedy.is_empty(), "{}", case.code);
            }
        }
        assert_nothing_was_written(case, &play, &report);
        seen.entry(case.code).or_default().insert(case.comes_as);
    }
    for code in Code::ALL.map(Code::name) {
        let later = MENDED_LATER.contains(&code.as_str());
        let Some(ways) = seen.get(code.as_str()) else {
            assert!(later, "no case says {code}");
            continue;
        };
        assert!(!later, "{code} is said by a case");
        let told: BTreeSet<&str> = rows[&code][1].split(", ").collect();
        assert_eq!(*ways, told, "{code}: the cases and the page differ in what it comes as");
    }
}

#[test]
fn what_can_only_be_seen_after_the_first_write_leaves_the_world_as_it_was() {
    assert_eq!(MENDED_LATER, ["moveRefused"]);
    let Situation { world, request } = situation(
        |s| {
            s.one_account();
            s.world["rules"] = json!({"sameAccountNeedsDisabledSource": true});
        },
        true,
    );
    let play = Play { scenario: "moveRefused".to_owned(), world, request, seed: 1, faults: vec![] };
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), &report.document["refusals"][0]["code"]), ("rolledBack", &json!("moveRefused")));
    assert_eq!(said(&report.document, "moveRefused")[0].0, by_name(table(&page(), "code"))["moveRefused"][1]);
    assert_eq!(state(&report.world), state(&play.world));
}
