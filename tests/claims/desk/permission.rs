//! "May I attach this alias to this distribution now?": every ground of an answer, said in the situation that it is for, and
//! none of them in a situation that differs from it by a hair.

use cutover::Alias;
use cutover::ids::Place;
use cutover::registry::permission::{Ground, Known, May, Permission, Question, may_attach};
use cutover::registry::{AliasItem, DistributionItem};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NOW: &str = "2026-12-01T12:00:00Z";

/// The table as this claim wants it: the name on `E1OLD`, and `E2NEW`, which is asked for.
struct Table {
    alias: Value,
    wildcard: Value,
    distribution: Value,
    claims: Vec<Value>,
    asked: Value,
}

fn table() -> Table {
    Table {
        alias: json!({"alias": "a.foo.com", "state": "owned", "holder": {"account": "000000000001", "distribution": "E1OLD"},
                      "seenAt": "2026-11-01T00:00:00Z", "seenBy": "inventory"}),
        wildcard: Value::Null,
        distribution: json!({"account": "000000000002", "distribution": "E2NEW", "enabled": true,
            "certificate": {"arn": "arn:aws:acm:us-east-1:000000000002:certificate/new", "names": ["*.foo.com"],
                            "notAfter": "2027-06-01T00:00:00Z"}}),
        claims: vec![],
        asked: json!({"account": "000000000002", "distribution": "E2NEW"}),
    }
}

fn claim(id: &str, state: &str, until: &str) -> Value {
    json!({"id": id, "execution": format!("arn:aws:states:us-east-1:000000000009:execution:cutover:{id}"), "fence": 1, "state": state,
           "since": "2026-12-01T11:00:00Z", "until": until, "aliases": [], "distributions": [], "intents": 0, "events": 1, "head": "0",
           "foreignWrites": 0, "recoveries": 0})
}

fn plan(target: &str, opens: &str, closes: &str) -> Value {
    let account = if target == "E2NEW" { "000000000002" } else { "000000000003" };
    json!({"opens": opens, "closes": closes, "target": {"account": account, "distribution": target}, "by": "ops"})
}

const OPEN: (&str, &str) = ("2026-12-01T11:00:00Z", "2026-12-01T13:00:00Z");
const LATER: (&str, &str) = ("2026-12-02T11:00:00Z", "2026-12-02T13:00:00Z");
const OVER: (&str, &str) = ("2026-11-30T11:00:00Z", NOW);

impl Table {
    fn ask(&self) -> Permission {
        let read = |value: &Value| (!value.is_null()).then(|| serde_json::from_value::<AliasItem>(value.clone()).unwrap());
        let distribution = (!self.distribution.is_null()).then(|| self.distribution.clone());
        let known = Known {
            alias: read(&self.alias),
            wildcards: read(&self.wildcard).into_iter().collect(),
            distribution: distribution.map(|item| serde_json::from_value::<DistributionItem>(item).unwrap()),
            claims: self
                .claims
                .iter()
                .map(|claim| (claim["id"].as_str().unwrap().to_owned(), serde_json::from_value(claim.clone()).unwrap()))
                .collect(),
        };
        let target: Place = serde_json::from_value(self.asked.clone()).unwrap();
        may_attach(&Question { alias: Alias::parse("a.foo.com").unwrap(), target, now: NOW.parse().unwrap() }, &known)
    }

    #[track_caller]
    fn says(&self, may: May, grounds: &[Ground]) -> Permission {
        let answer = self.ask();
        let said: BTreeSet<Ground> = answer.reasons.iter().map(|reason| reason.code).collect();
        assert_eq!((answer.may, &said), (may, &grounds.iter().copied().collect()), "{answer:#?}");
        assert!(answer.reasons.iter().all(|reason| [&reason.seen, &reason.why, &reason.remedy].iter().all(|text| !text.is_empty())));
        answer
    }

    fn there(mut self) -> Self {
        self.alias["holder"] = self.asked.clone();
        self
    }

    fn nobodys(mut self) -> Self {
        self.alias.as_object_mut().unwrap().remove("holder");
        self.alias["state"] = json!("unknownOwner");
        self
    }

    fn planned(mut self, target: &str, window: (&str, &str)) -> Self {
        self.alias["planned"] = plan(target, window.0, window.1);
        self
    }
}

#[test]
fn a_name_may_be_attached_where_it_is_and_where_it_is_announced_for_now() {
    table().there().says(May::Yes, &[Ground::AlreadyThere]);
    table().nobodys().planned("E2NEW", OPEN).says(May::Yes, &[Ground::PlannedHere]);
}

#[test]
fn what_another_distribution_has_may_not_be_attached_and_the_answer_says_who_has_it_and_since_when() {
    let answer = table().says(May::No, &[Ground::HeldByAnother]);
    assert!(answer.reasons[0].seen.contains("E1OLD in account 000000000001, seen at 2026-11-01"), "{}", answer.reasons[0].seen);
    // Announcing it does not make CloudFront take it (CF-5): the cutover moves it.
    table().planned("E2NEW", OPEN).says(May::No, &[Ground::HeldByAnother]);
}

#[test]
fn a_move_that_the_code_does_not_know_of_is_not_undone() {
    let mut moved = table();
    moved.alias["state"] = json!("movedNotReconciled");
    moved.alias["movedBy"] = json!("first");
    let answer = moved.says(May::No, &[Ground::MovedNotReconciled]);
    assert!(answer.reasons[0].seen.contains("cutover first") && answer.reasons[0].seen.contains("2026-11-01"), "{answer:#?}");
    moved.there().says(May::Yes, &[Ground::AlreadyThere]);
}

#[test]
fn a_claim_on_the_name_its_wildcard_or_the_distribution_keeps_others_away_until_it_is_given_back() {
    let until = "2026-12-01T15:00:00Z";
    let held = |of: &str, state: &str, until: &str| {
        let mut table = table();
        table.wildcard = json!({"alias": "*.foo.com", "state": "owned", "holder": table.asked});
        table.claims = vec![claim("first", state, until)];
        match of {
            "alias" => table.alias["claim"] = json!("first"),
            "wildcard" => table.wildcard["claim"] = json!("first"),
            _ => table.distribution["claim"] = json!("first"),
        }
        table
    };
    for (of, ground) in
        [("alias", Ground::AliasClaimed), ("wildcard", Ground::WildcardClaimed), ("distribution", Ground::DistributionClaimed)]
    {
        let answer = held(of, "held", until).says(May::No, &[ground]);
        assert!(answer.reasons[0].seen.contains("cutover first") && answer.reasons[0].seen.contains(until), "{answer:#?}");
        let stuck = held(of, "stuck", until).says(May::No, &[ground]);
        assert!(stuck.reasons[0].remedy.contains("RUNBOOK"), "{stuck:#?}");
        let lapsed = held(of, "held", NOW).says(May::No, &[ground]);
        assert!(lapsed.reasons[0].remedy.contains("15 minutes"), "{lapsed:#?}");
        for given_back in ["released", "broken"] {
            held(of, given_back, until).says(May::No, &[Ground::ClaimNotKnown, Ground::HeldByAnother]);
        }
    }
    // Even a name that is there already is left alone while it moves, and so is its distribution; its wildcard it does not touch.
    held("alias", "held", until).there().says(May::No, &[Ground::AliasClaimed]);
    held("distribution", "held", until).there().says(May::No, &[Ground::DistributionClaimed]);
    held("wildcard", "held", until).there().says(May::Yes, &[Ground::AlreadyThere]);
}

#[test]
fn the_longest_name_of_an_execution_leaves_room_for_the_end_of_its_claim() {
    let (name, until) = ("n".repeat(80), "2026-12-01T15:00:00.123456789Z");
    let mut table = table();
    table.alias["claim"] = json!(name);
    table.claims = vec![claim(&name, "held", until)];
    let answer = table.says(May::No, &[Ground::AliasClaimed]);
    assert!(answer.reasons[0].seen.contains(until), "{answer:#?}");
}

#[test]
fn an_item_that_names_a_claim_which_nobody_finds_is_no_yes() {
    let mut table = table().there();
    table.alias["claim"] = json!("gone");
    table.says(May::Unknown, &[Ground::ClaimNotKnown, Ground::AlreadyThere]);
}

#[test]
fn an_announcement_for_another_distribution_keeps_a_name_from_coming_and_in_its_window_from_being_touched() {
    for window in [OPEN, LATER, OVER] {
        table().nobodys().planned("E3THIRD", window).says(May::No, &[Ground::PlannedElsewhere, Ground::HolderNotKnown]);
    }
    table().there().planned("E3THIRD", LATER).says(May::Yes, &[Ground::AlreadyThere]);
    table().there().planned("E3THIRD", OPEN).says(May::No, &[Ground::PlannedElsewhere, Ground::AlreadyThere]);
    table().there().planned("E3THIRD", OVER).says(May::Yes, &[Ground::AlreadyThere]);
}

#[test]
fn an_announcement_holds_from_its_opening_on_and_not_at_its_closing() {
    table().nobodys().planned("E2NEW", (NOW, OPEN.1)).says(May::Yes, &[Ground::PlannedHere]);
    for window in [LATER, OVER] {
        table().nobodys().planned("E2NEW", window).says(May::No, &[Ground::OutsideItsWindow, Ground::HolderNotKnown]);
        table().there().planned("E2NEW", window).says(May::Yes, &[Ground::AlreadyThere]);
    }
}

#[test]
fn what_the_table_does_not_say_is_no_yes() {
    let mut never = table();
    never.alias = Value::Null;
    never.says(May::Unknown, &[Ground::AliasNotKnown]);
    table().nobodys().says(May::Unknown, &[Ground::HolderNotKnown]);
    let mut unseen = table().nobodys().planned("E2NEW", OPEN);
    unseen.distribution = Value::Null;
    unseen.says(May::Unknown, &[Ground::PlannedHere, Ground::DistributionNotKnown]);
    unseen.distribution = json!({"account": "000000000002", "distribution": "E2NEW"});
    unseen.says(May::Unknown, &[Ground::PlannedHere, Ground::DistributionNotKnown, Ground::CertificateNotKnown]);
    let mut endless = table().nobodys().planned("E2NEW", OPEN);
    endless.distribution["certificate"].as_object_mut().unwrap().insert("notAfter".to_owned(), Value::Null);
    endless.says(May::Unknown, &[Ground::PlannedHere, Ground::CertificateNotKnown]);
    // A name that is there needs nothing of its distribution.
    let mut there = table().there();
    there.distribution = Value::Null;
    there.says(May::Yes, &[Ground::AlreadyThere]);
}

#[test]
fn a_distribution_must_serve_be_in_the_account_asked_for_and_prove_the_name_for_a_week() {
    let announced = |change: fn(&mut Value)| {
        let mut table = table().nobodys().planned("E2NEW", OPEN);
        change(&mut table.distribution);
        table
    };
    announced(|item| item["enabled"] = json!(false)).says(May::No, &[Ground::PlannedHere, Ground::DistributionDisabled]);
    announced(|item| item["account"] = json!("000000000007")).says(May::No, &[Ground::PlannedHere, Ground::DistributionInAnotherAccount]);
    announced(|item| item["certificate"]["names"] = json!(["foo.com", "*.a.foo.com"]))
        .says(May::No, &[Ground::PlannedHere, Ground::CertificateLacksName]);
    announced(|item| item["certificate"]["notAfter"] = json!("2026-12-08T11:59:59Z"))
        .says(May::No, &[Ground::PlannedHere, Ground::CertificateEnds]);
    announced(|item| item["certificate"]["notAfter"] = json!("2026-12-08T12:00:00Z")).says(May::Yes, &[Ground::PlannedHere]);
}

#[test]
fn viewers_are_not_taken_from_the_holder_of_a_wildcard_unannounced() {
    let mut table = table();
    table.alias = Value::Null;
    table.wildcard = json!({"alias": "*.foo.com", "state": "owned", "holder": {"account": "000000000003", "distribution": "E3THIRD"}});
    table.says(May::No, &[Ground::AliasNotKnown, Ground::WildcardHeldByAnother]);
    table.wildcard["holder"] = table.asked.clone();
    table.says(May::Unknown, &[Ground::AliasNotKnown]);
}

#[test]
fn every_ground_is_listed_and_said_above() {
    let here = include_str!("permission.rs");
    let names: BTreeSet<String> = Ground::ALL.iter().map(|ground| format!("{ground:?}")).collect();
    assert_eq!(names.len(), Ground::ALL.len());
    for name in &names {
        assert!(here.contains(&format!("Ground::{name}")), "{name}");
    }
    let source = include_str!("../../../cutover/src/registry/permission.rs");
    let (_, list) = source.split_once("pub enum Ground {").unwrap();
    let variants = list.split_once("\n}").unwrap().0.lines().filter(|line| !line.contains("///") && !line.is_empty());
    assert_eq!(variants.map(|line| line.trim().trim_end_matches(',').to_owned()).collect::<BTreeSet<_>>(), names);
}
