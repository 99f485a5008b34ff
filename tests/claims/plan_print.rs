//! Does a plan that is printed say everything that an operator must know before saying yes, in an order that can be
//! followed, and can what is to be copied be copied?

use crate::situations::world::{SOURCE, Situation, cname, situation};
use crate::support::{rehearse, scenario, state};
use cutover::ids::{AccountId, DistributionId, HostedZoneId, Place};
use cutover::name::Alias;
use cutover::plan::Edit;
use cutover::proof::Proves;
use cutover::record_set::RecordsTo;
use rehearsal::live::summary;
use rehearsal::run::{Play, Report, Unwatched};
use rehearsal::viewers::Cast;
use rehearsal::{page, plan_text, words};
use serde_json::{Value, json};

/// Characters of the widest line that is meant to be read.
const WIDTH: usize = 110;

fn planned(name: &str, change: impl Fn(&mut Play)) -> Report {
    let mut play = scenario(name, 1);
    play.request["execute"] = json!(false);
    change(&mut play);
    let report = rehearse(&play);
    assert_eq!(report.outcome, "planned", "{:?}", report.document["refusals"]);
    report
}

/// A name that is on a distribution of an account that nobody of ours can reach, its DNS kept by somebody else.
fn support_case() -> Value {
    let Situation { world, request } = situation(
        |s| {
            s.source_unreachable();
            s.world["hostedZones"] = json!([]);
            s.world["externalZones"] = json!([{"name": "foo.com", "records": [cname("a.foo.com", SOURCE)]}]);
            s.request["dns"] = json!("external");
        },
        false,
    );
    let report = rehearse(&Play { scenario: "case".to_owned(), world, request, seed: 1, faults: vec![] });
    assert_eq!(report.outcome, "planned", "{:?}", report.document["refusals"]);
    report.document
}

/// Every plan that is looked at here.
fn plans() -> Vec<(&'static str, Value)> {
    vec![
        ("wildcardBridge", planned("plan-only", |_| {}).document),
        ("swap", planned("legacy-to-new-swap", |_| {}).document),
        ("moveDomain", planned("same-account", |_| {}).document),
        ("supportCase", support_case()),
    ]
}

/// Words apart from how they are broken into lines.
fn flat(lines: &[String]) -> String {
    lines.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ")
}

/// Each part is in the text after the one before.
fn assert_in_order(text: &str, parts: &[String]) {
    let mut from = 0;
    for part in parts {
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = text[from..].find(&part).unwrap_or_else(|| panic!("{part:?} does not follow:\n{}", &text[from..]));
        from += found + part.len();
    }
}

fn texts(document: &Value, list: &str, key: &str) -> Vec<String> {
    document[list].as_array().into_iter().flatten().map(|entry| entry[key].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_edit_is_printed_with_what_it_changes_and_then_the_gap_and_the_way_back() {
    for (strategy, document) in plans() {
        assert_eq!(document["strategy"], strategy);
        let edits = document["plan"].as_array().unwrap();
        assert!(edits.len() > 1, "{strategy}");
        let mut parts = texts(&document, "notChosen", "why");
        for edit in edits {
            for key in ["label", "before", "after"] {
                let said = edit[key].as_str().unwrap_or_default().to_owned();
                assert!(!said.is_empty(), "{strategy}: {edit} has no {key}");
                parts.push(said);
            }
        }
        parts.push(document["prediction"]["says"].as_str().unwrap().to_owned());
        for position in document["wayBack"].as_array().unwrap() {
            let inverse = &edits[usize::try_from(position.as_u64().unwrap()).unwrap()]["inverse"];
            parts.push(serde_json::from_value::<Edit>(inverse.clone()).unwrap().describe());
        }
        parts.extend(document["asked"].as_array().into_iter().flatten().map(|line| line.as_str().unwrap().to_owned()));
        parts.push(document["planHash"].as_str().unwrap().to_owned());
        assert_in_order(&flat(&plan_text::plan(&document)), &parts);
    }
}

#[test]
fn every_strategy_that_comes_earlier_is_printed_with_why_it_was_not_taken() {
    for (strategy, document) in plans().into_iter().filter(|(strategy, _)| *strategy != "moveDomain") {
        let printed = flat(&plan_text::plan(&document));
        let rejected = document["notChosen"].as_array().unwrap();
        assert!(!rejected.is_empty(), "{strategy}");
        for rejected in rejected {
            assert!(printed.contains(&format!("not {}: ", rejected["strategy"].as_str().unwrap())), "{strategy}: {printed}");
        }
    }
}

#[test]
fn the_gap_is_printed_in_seconds_and_the_time_in_hours_and_minutes() {
    let bridge = flat(&summary(&planned("plan-only", |_| {})));
    assert!(bridge.contains("gap none by design takes about 0:41 h way back"), "{bridge}");
    let swap = planned("legacy-to-new-swap", |_| {});
    let worst = swap.document["prediction"]["outageSecondsWorst"].as_u64().unwrap();
    assert!(worst > 0 && flat(&summary(&swap)).contains(&format!("gap at most {worst} s at one edge")));
    let document = support_case();
    assert!(flat(&plan_text::plan(&document)).contains(", and as long as others take"), "others have their own time");
}

#[test]
fn the_point_of_no_return_is_marked_behind_its_edit_and_only_where_there_is_one() {
    for (strategy, document) in plans() {
        let printed = flat(&plan_text::plan(&document));
        let Some(at) = document["pointOfNoReturn"].as_u64() else {
            assert!(!printed.contains("no way back"), "{strategy}");
            continue;
        };
        assert_eq!(strategy, "supportCase");
        let label = |at: u64| document["plan"][usize::try_from(at).unwrap()]["label"].as_str().unwrap().to_owned();
        assert_in_order(&printed, &[label(at), "no way back from here".to_owned(), label(at + 1), "until 2/4 has settled".to_owned()]);
    }
}

#[test]
fn what_is_to_be_copied_is_whole_and_everything_else_fits_a_terminal() {
    let mut printed: Vec<Vec<String>> = plans().into_iter().map(|(_, document)| plan_text::plan(&document)).collect();
    printed.push(plan_text::refusals(&rehearse(&scenario("outage-not-accepted", 1)).document));
    let asked: Vec<String> = support_case()["asked"].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect();
    assert!(!asked.is_empty() && asked.iter().all(|line| printed[3].contains(line)), "{asked:?} in {:?}", printed[3]);
    for line in printed.iter().flatten().filter(|line| !asked.contains(line)) {
        match line.strip_prefix('{') {
            Some(_) => assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}"),
            None => assert!(line.chars().count() <= WIDTH && !line.contains('\u{1b}'), "{line}"),
        }
    }
}

#[test]
fn the_request_that_a_plan_prints_carries_out_that_plan_and_no_other() {
    for name in ["plan-only", "legacy-to-new-swap", "same-account"] {
        let report = planned(name, |_| {});
        let lines = summary(&report);
        let printed: Vec<&String> = lines.iter().filter(|line| line.starts_with('{')).collect();
        assert_eq!(printed.len(), 1, "{name}");
        let mut play = scenario(name, 1);
        play.request = serde_json::from_str(printed[0]).unwrap();
        let executed = rehearse(&play);
        assert_eq!((executed.outcome.as_str(), &executed.document["planHash"]), ("completed", &report.document["planHash"]), "{name}");
        play.world["hostedZones"][0]["records"][0]["ttl"] = json!(299);
        let refused = rehearse(&play);
        assert_eq!(refused.document["refusals"][0]["code"], "planChanged", "{name}");
        assert_eq!(state(&refused.world), state(&play.world), "{name}");
    }
}

#[test]
fn what_was_agreed_to_and_what_is_worth_a_look_are_printed_with_their_remedies() {
    let report = planned("plan-only", |play| {
        play.world["hostedZones"][0]["records"][0]["healthCheckId"] = json!("check");
        play.request["accept"] = json!(["recordSetRouted"]);
        play.world["distributions"][0]["aliases"] = json!(["a.foo.com", "b.foo.com"]);
        play.world["certificates"][0]["names"] = json!(["*.foo.com"]);
    });
    let printed = flat(&summary(&report));
    for (label, code) in [("agreed to", "recordSetRouted"), ("worth a look", "sourceServesOthers")] {
        let finding = report.document["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == code).unwrap();
        let said = format!("{label} {code}: {} – {}", finding["seen"].as_str().unwrap(), finding["remedy"].as_str().unwrap());
        assert!(printed.contains(&said), "{said} is not in {printed}");
    }
}

#[test]
fn a_refusal_is_printed_with_its_code_its_reason_what_to_do_and_each_ready_request_on_a_line() {
    let report = rehearse(&scenario("outage-not-accepted", 1));
    let refusal = &report.document["refusals"][0];
    let lines = summary(&report);
    let said = |key: &str| refusal[key].as_str().unwrap().to_owned();
    assert_in_order(&flat(&lines), &["refused".to_owned(), said("code"), said("message"), "what to do".to_owned(), said("remedy")]);
    let ready: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(Value::from(ready), refusal["requests"]);
    assert!(!lines.join("").contains('!') && !lines.join("").contains("REFUSED"), "no shouting");
}

#[test]
fn a_script_gets_the_whole_plan_too() {
    let report = planned("plan-only", |_| {});
    let object = report.to_json();
    for key in ["plan", "wayBack", "notChosen", "planHash", "prediction"] {
        assert_eq!(object[key], report.document[key], "{key}");
        assert!(!object[key].is_null(), "{key}");
    }
    assert_eq!((&object["asked"], &object["pointOfNoReturn"]), (&json!([]), &Value::Null));
}

#[test]
fn the_page_shows_the_plan_that_the_terminal_shows() {
    let mut play = scenario("plan-only", 1);
    play.request["execute"] = json!(false);
    let (report, world) = rehearsal::run::rehearse(&play, &Unwatched).unwrap();
    let world = world.lock();
    let page = page::render(&report, &Cast::in_world(&play.request, &world), &world);
    let document = &report.document;
    let mut parts = texts(document, "notChosen", "why");
    for edit in document["plan"].as_array().unwrap() {
        parts.extend(["label", "before", "after"].map(|key| edit[key].as_str().unwrap().to_owned()));
    }
    parts.extend(plan_text::inverses(document));
    parts.push(document["planHash"].as_str().unwrap().to_owned());
    assert_in_order(&page.split_whitespace().collect::<Vec<_>>().join(" "), &parts);
}

#[test]
fn a_source_that_the_request_leaves_out_is_told_from_others_among_who_serves() {
    let mut play = scenario("legacy-to-new", 1);
    let named = rehearse(&play);
    play.request.as_object_mut().unwrap().remove("source");
    let found = rehearse(&play);
    assert_eq!((found.outcome.as_str(), found.viewers.by_other), ("completed", 0), "{:?}", found.document["refusals"]);
    assert!(named.viewers.by_source > 0 && found.viewers.by_source > 0);
}

/// Every kind of edit in every state that it can bring about.
fn every_edit() -> Vec<Edit> {
    let account = AccountId::parse("000000000001").unwrap();
    let hosted_zone = HostedZoneId::parse("Z1FOO").unwrap();
    let alias = |name: &str| Alias::parse(name).unwrap();
    let place = |id: &str| Place { account: account.clone(), distribution: DistributionId::parse(id).unwrap() };
    let (from, to) = (place("E1LEGACYXYZ"), place("dt_2new"));
    let of = "a.foo.com".to_owned();
    let mut edits = Vec::new();
    for aliases in [vec![alias("a.foo.com")], vec![alias("a.foo.com"), alias("b.foo.com"), alias("c.foo.com")]] {
        let distribution = from.distribution.clone();
        for (add, remove) in [(aliases.clone(), vec![]), (vec![], aliases.clone()), (aliases.clone(), vec![alias("d.foo.com")])] {
            edits.push(Edit::UpdateDistribution { account: account.clone(), distribution: distribution.clone(), add, remove });
        }
        edits.push(Edit::SwapAliases { aliases: aliases.clone(), from: from.clone(), to: to.clone() });
        for from in [Some(from.clone()), None] {
            edits.push(Edit::UpdateDomainAssociation { aliases: aliases.clone(), from, to: to.clone() });
        }
        for to in RecordsTo::ALL {
            let (account, hosted_zone) = (account.clone(), hosted_zone.clone());
            edits.push(Edit::ChangeRecordSets { account, hosted_zone, aliases: aliases.clone(), to });
            edits.push(Edit::AskForRecordSets { aliases: aliases.clone(), to });
        }
        edits.push(Edit::AskForRelease { aliases: aliases.clone() });
        edits.push(Edit::AskForMove { aliases, to: to.clone() });
    }
    for proves in [Proves::Target, Proves::Source, Proves::Nobody] {
        edits.push(Edit::ChangeProofs { account: account.clone(), hosted_zone: hosted_zone.clone(), of: of.clone(), proves });
        edits.push(Edit::AskForProofs { of: of.clone(), proves });
    }
    for enabled in [true, false] {
        edits.push(Edit::SetEnabled { account: account.clone(), distribution: from.distribution.clone(), enabled });
    }
    edits
}

/// A number for each kind: a new one does not compile here until somebody thinks of it.
fn kind(edit: &Edit) -> usize {
    match edit {
        Edit::UpdateDistribution { .. } => 0,
        Edit::SwapAliases { .. } => 1,
        Edit::SetEnabled { .. } => 2,
        Edit::UpdateDomainAssociation { .. } => 3,
        Edit::AskForRecordSets { .. } => 4,
        Edit::AskForProofs { .. } => 5,
        Edit::AskForRelease { .. } => 6,
        Edit::AskForMove { .. } => 7,
        Edit::ChangeProofs { .. } => 8,
        Edit::ChangeRecordSets { .. } => 9,
    }
}

#[test]
fn an_edit_reads_in_the_rehearsal_as_the_planner_writes_it() {
    let edits = every_edit();
    let kinds: std::collections::BTreeSet<usize> = edits.iter().map(kind).collect();
    assert_eq!(kinds, (0..10).collect());
    for edit in edits {
        assert_eq!(words::edit(&serde_json::to_value(&edit).unwrap()), edit.describe());
    }
}
