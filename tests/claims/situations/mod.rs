//! Every row of the decision table, by account, kind of name, state of the source, record sets and certificates: what the
//! planner says of it, and, where it is legal, that the rehearsal keeps to what was predicted, forth and back.

pub mod plans;
mod refusals;
pub mod world;

use crate::support::{calls, rehearse};
use rehearsal::explore::{attempt, clean};
use rehearsal::run::{Play, Report};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use world::{Change, Situation};

/// Seeds of each legal situation.
const SEEDS: u64 = 20;
/// Operations that change something.
const WRITES: [&str; 4] = [
    "cloudfront:UpdateDistribution",
    "cloudfront:UpdateDomainAssociation",
    "cloudfront:AssociateAlias",
    "route53:ChangeResourceRecordSets",
];
/// Reads of a preflight beside two for each alias, and beside the pages of a search.
const READS_MAX: u64 = 12;

/// What the planner has to say of a legal situation.
pub struct Legal {
    name: &'static str,
    change: Change,
    strategy: &'static str,
    /// Longest time that a name may be unserved at one edge, seconds.
    outage: u64,
    /// The inverses, in the order of the way back.
    back: &'static str,
}

fn play(change: Change, seed: u64, execute: bool) -> Play {
    let Situation { world, request } = world::situation(change, execute);
    Play { scenario: "situation".to_owned(), world, request, seed, faults: vec![] }
}

/// A legal situation in which `strategy` is chosen, to be executed.
pub fn play_with(strategy: &str) -> Play {
    let row = plans::all().find(|row| row.strategy == strategy).unwrap_or_else(|| panic!("no situation for {strategy}"));
    play(row.change, 1, true)
}

/// Every row is tried, and all that do not hold are told at once.
fn each<T>(rows: impl Iterator<Item = T>, name: impl Fn(&T) -> String, claim: impl Fn(&T)) {
    let mut broken = Vec::new();
    for row in rows {
        let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| claim(&row)));
        broken.extend(tried.is_err().then(|| name(&row)));
    }
    assert!(broken.is_empty(), "{} situations: {broken:#?}", broken.len());
}

/// A preflight has looked, no more often than it may, and nothing else happened.
fn only_looked(name: &str, report: &Report, aliases: u64) {
    for write in WRITES {
        assert_eq!(calls(report, write), 0, "{name}: preflight never writes");
    }
    assert!(report.writes.is_empty(), "{name}: {:?}", report.writes);
    let pages = ["cloudfront:ListDistributions", "route53:ListHostedZonesByName"];
    let looks = |operation: &str| !operation.starts_with("sts:") && !pages.contains(&operation);
    let reads: u64 = report.calls.iter().filter(|(operation, _)| looks(operation)).map(|(_, count)| count).sum();
    assert!(reads <= READS_MAX + 2 * aliases, "{name}: {reads} reads for {aliases} aliases: {:?}", report.calls);
}

fn aliases(report: &Report) -> u64 {
    report.document["request"]["aliases"].as_array().map_or(1, Vec::len) as u64
}

/// Short words for the inverses of a plan, in the order of its way back.
fn way_back(document: &Value) -> String {
    let plan = document["plan"].as_array().unwrap();
    let word = |position: &Value| {
        let inverse = &plan[position.as_u64().unwrap() as usize]["inverse"];
        let distribution = inverse["distribution"].as_str().unwrap_or_default();
        let some = |key: &str| inverse[key].as_array().is_some_and(|list| !list.is_empty());
        match inverse["op"].as_str().unwrap() {
            "updateDistribution" if some("add") => format!("add@{}", &distribution[..2]),
            "updateDistribution" => format!("remove@{}", &distribution[..2]),
            "setEnabled" => format!("{}@{}", if inverse["enabled"] == true { "enable" } else { "disable" }, &distribution[..2]),
            "changeProofs" | "askForProofs" => format!("proof:{}", inverse["proves"].as_str().unwrap()),
            "changeRecordSets" | "askForRecordSets" => "records".to_owned(),
            "swapAliases" => "swap".to_owned(),
            "updateDomainAssociation" => "move".to_owned(),
            other => other.to_owned(),
        }
    };
    document["wayBack"].as_array().unwrap().iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn there_are_at_least_sixty_situations_and_none_is_there_twice() {
    let names: Vec<&str> = plans::all().map(|row| row.name).chain(refusals::ALL.iter().map(|(name, ..)| *name)).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct.len(), names.len());
    assert!(names.len() >= 60, "{}", names.len());
    println!("{} legal situations, {} refusals", plans::all().count(), refusals::ALL.len());
}

#[test]
fn every_refusal_has_its_code_says_what_to_do_and_writes_nothing() {
    each(
        refusals::ALL.iter(),
        |row| row.0.to_owned(),
        |(name, change, code)| {
            let play = play(*change, 1, true);
            let report = rehearse(&play);
            assert_eq!(report.outcome, "refused", "{name}: {:?}", report.timeline);
            let refusals = report.document["refusals"].as_array().unwrap();
            let codes: Vec<&str> = refusals.iter().map(|refusal| refusal["code"].as_str().unwrap()).collect();
            assert!(codes.contains(code), "{name}: {codes:?} {refusals:?}");
            for refusal in refusals {
                assert!(refusal["remedy"].as_str().unwrap().len() > 6, "{name}: {refusal}");
            }
            only_looked(name, &report, aliases(&report));
            assert_eq!(world::kept(&report.world), world::kept(&play.world), "{name}");
        },
    );
}

#[test]
fn every_legal_situation_has_its_strategy_its_outage_and_its_way_back() {
    each(
        plans::all(),
        |row| row.name.to_owned(),
        |row| {
            let report = rehearse(&play(row.change, 1, false));
            let document = &report.document;
            assert_eq!(report.outcome, "planned", "{}: {} {:?}", row.name, document["refusals"], report.timeline);
            assert_eq!(document["strategy"], json!(row.strategy), "{}", row.name);
            let worst = document["prediction"]["outageSecondsWorst"].as_u64().unwrap();
            assert_eq!(worst, row.outage, "{}: {}", row.name, document["prediction"]);
            assert_eq!(way_back(document), row.back, "{}", row.name);
            only_looked(row.name, &report, aliases(&report));
            for edit in document["plan"].as_array().unwrap() {
                for side in ["before", "after"] {
                    assert!(edit[side].as_str().is_some_and(|text| !text.is_empty()), "{}: {edit}", row.name);
                }
            }
        },
    );
}

/// The resources that a plan names: distributions, tenants and zones.
fn named(document: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for edit in document["plan"].as_array().unwrap() {
        for half in ["edit", "inverse"] {
            for place in [&edit[half], &edit[half]["from"], &edit[half]["to"]] {
                for key in ["distribution", "distributionTenant", "hostedZone"] {
                    names.extend(place[key].as_str().map(str::to_owned));
                }
            }
        }
    }
    names
}

/// One run of a legal situation; the longest outage at a location, seconds, where anybody was served before.
fn keeps_its_promise(row: &Legal, seed: u64) -> Option<f64> {
    let play = play(row.change, seed, true);
    let report = rehearse(&play);
    let at = format!("{}, seed {seed}", row.name);
    let document = &report.document;
    assert_eq!(report.outcome, "completed", "{at}: {} {} {:?}", document["refusals"], document["stuck"], report.timeline);
    let measured = Some(report.viewers.outage_seconds_worst).filter(|_| world::served_at_the_start(&play.world, &play.request));
    if let Some(measured) = measured {
        assert!(measured <= row.outage as f64 + 0.001, "{at}: {measured} s, predicted {}", row.outage);
    }
    world::assert_as_planned(&at, &play.world, &report);
    let named = named(document);
    for (operation, account, resource) in &report.writes {
        assert!(named.contains(resource), "{at}: {operation} of {account} touched {resource}; the plan names {named:?}");
    }
    measured
}

#[test]
fn every_legal_situation_is_rehearsed_within_its_prediction_and_ends_as_planned() {
    let longest = std::cell::RefCell::new(BTreeMap::<&str, f64>::new());
    each(
        plans::all(),
        |row| row.name.to_owned(),
        |row| {
            for measured in (1..=SEEDS).filter_map(|seed| keeps_its_promise(row, seed)) {
                let mut longest = longest.borrow_mut();
                let seen = longest.entry(row.strategy).or_default();
                *seen = seen.max(measured);
            }
        },
    );
    println!("longest outage at a location, seconds, of names that were served: {:?}", longest.borrow());
}

/// Every write of the plan is denied once, in turn.
fn comes_back_from_anywhere(row: &Legal, places: &std::cell::Cell<u32>) {
    let whole = clean(&play(row.change, 1, true)).unwrap();
    let (play, no_return) = (&whole.play, whole.report.document["pointOfNoReturn"].is_u64());
    for write in WRITES {
        for number in 1..=calls(&whole.report, write).min(6) {
            let report = attempt(&whole, play, &[format!("{write}#{number}:denied").parse().unwrap()]).unwrap().report;
            let at = format!("{}, {write}#{number} denied", row.name);
            places.set(places.get() + 1);
            match report.outcome.as_str() {
                "rolledBack" => assert_eq!(world::kept(&report.world), world::kept(&play.world), "{at}"),
                "completed" => world::assert_as_planned(&at, &play.world, &report),
                "stuck" if no_return => {}
                other => panic!("{at}: {other}: {} {:?}", report.document["stuck"], report.timeline),
            }
        }
    }
}

#[test]
fn every_plan_that_is_turned_round_anywhere_restores_the_world_byte_for_byte() {
    let places = std::cell::Cell::new(0);
    each(plans::all(), |row| row.name.to_owned(), |row| comes_back_from_anywhere(row, &places));
    println!("{} places", places.get());
}

#[test]
fn a_plan_that_was_agreed_to_is_carried_out_and_no_other() {
    let plain: Change = |_| {};
    let agreed = rehearse(&play(plain, 1, false)).document["planHash"].clone();
    assert_eq!(agreed.as_str().map(str::len), Some(64));
    let mut same = play(plain, 2, true);
    same.request["planHash"] = agreed.clone();
    // Whether it is carried out is no part of the plan; everything that was observed is.
    assert_eq!(rehearse(&same).outcome, "completed");
    let changes: [Change; 5] = [
        |s| s.world["hostedZones"][0]["records"][0]["ttl"] = json!(61),
        |s| s.world["certificates"][1]["serial"] = json!("0abc"),
        |s| s.source()["ipv6"] = json!(false),
        |s| s.target()["aliases"] = json!(["n.foo.com"]),
        |s| s.request["soakSeconds"] = json!(60),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut another = play(change, 1, true);
        another.request["planHash"] = agreed.clone();
        let report = rehearse(&another);
        assert_eq!(report.document["refusals"][0]["code"], "planChanged", "change {number}: {:?}", report.timeline);
        only_looked("another plan", &report, 1);
    }
}
