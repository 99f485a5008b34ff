//! Does docs/REGISTRY.md describe the table as it is: every key form, every attribute, every state, every ground of an answer,
//! and nothing that is not there?

use super::{bridge, play};
use crate::support::top;
use cutover::Alias;
use cutover::ids::{AccountId, DistributionId};
use cutover::registry::difference::{KnownAlias, KnownDistribution};
use cutover::registry::key::{
    CLAIMS, DIFFERENCES, alias_listed_as, claim_listed_as, difference_listed_as, distribution_listed_as, listed_under_account,
};
use cutover::registry::permission::{Ground, May};
use cutover::registry::scan::Difference;
use cutover::registry::{AliasItem, AliasState, ChainEvent, Claim, ClaimState, DistributionItem, ForeignWrite, Key, Kind, SeenBy};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn page() -> String {
    std::fs::read_to_string(top().join("docs/REGISTRY.md")).unwrap()
}

/// The cells of the rows that follow a table's head and its line.
fn rows<'p>(lines: impl Iterator<Item = &'p str>) -> Vec<Vec<String>> {
    let cells = |line: &str| {
        let inner = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')).unwrap();
        inner.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    lines.skip(2).take_while(|line| line.starts_with('|')).map(cells).collect()
}

/// The first table after `heading`, row by row without its head.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let after = page.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no heading {heading}")).1;
    rows(after.lines().skip_while(|line| !line.starts_with('|')))
}

/// The table whose head begins with `head`.
fn headed(page: &str, head: &str) -> Vec<Vec<String>> {
    rows(page.lines().skip_while(|line| !line.starts_with(head)))
}

/// The first word in backticks of a cell.
fn quoted(cell: &str) -> String {
    cell.split('`').nth(1).unwrap_or_default().to_owned()
}

fn set<T: Into<String>>(items: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    items.into_iter().map(Into::into).collect()
}

/// A key form with its placeholders filled in.
fn filled(form: &str) -> String {
    let until = format!("{:020}", 1_800_000_000);
    let fills = [
        ("{alias}", "a.foo.com"),
        ("{distribution}", "E1OLD"),
        ("{account}", "000000000001"),
        ("{id}", "first"),
        ("{eventId}", "e-1"),
        ("{number}", "00000007"),
        ("{until}", &until),
        ("{at}", &until),
        ("{scan}", "scan-1"),
        ("{kind}", "aliasMoved"),
        ("{name}", "a.foo.com"),
    ];
    fills.iter().fold(form.to_owned(), |form, (placeholder, value)| form.replace(placeholder, value))
}

#[test]
fn every_form_of_a_key_on_the_page_is_made_by_the_types_and_every_one_of_theirs_is_on_it() {
    let page = page();
    let (alias, distribution) = (Alias::parse("a.foo.com").unwrap(), DistributionId::parse("E1OLD").unwrap());
    let keys = [
        Key::alias(&alias),
        Key::distribution(&distribution),
        Key::claim("first"),
        Key::document("first"),
        Key::event("first", 7),
        Key::foreign_write("first", "e-1"),
        Key::seen_event("e-1"),
        Key::difference("scan-1", "aliasMoved", "a.foo.com"),
    ];
    let source = std::fs::read_to_string(top().join("cutover/src/registry/key.rs")).unwrap();
    assert_eq!(source.matches(") -> Self {").count() - 1, keys.len(), "a form of a key is not looked at here");
    let rows = table(&page, "## Items");
    let told: BTreeSet<(String, String)> = rows.iter().map(|row| (filled(&quoted(&row[1])), filled(&quoted(&row[2])))).collect();
    assert_eq!(told, keys.into_iter().map(|key| (key.pk, key.sk)).collect());
    let listed: BTreeSet<(String, String)> =
        rows.iter().filter(|row| !row[3].is_empty()).map(|row| (filled(&quoted(&row[3])), filled(&quoted(&row[4])))).collect();
    let account = AccountId::parse("000000000001").unwrap();
    let until = jiff::Timestamp::from_second(1_800_000_000).unwrap();
    let under = listed_under_account(&account);
    let expected = [
        (under.clone(), alias_listed_as(&distribution, &alias)),
        (under, distribution_listed_as(&distribution)),
        (CLAIMS.to_owned(), claim_listed_as(until, "first")),
        (DIFFERENCES.to_owned(), difference_listed_as(until, "scan-1", "aliasMoved", "a.foo.com")),
    ];
    assert_eq!(listed, expected.into());
}

/// The attributes of a type, by a value that has every one of them: what is read from it is what is written again.
macro_rules! whole {
    ($type:ty, $value:expr) => {{
        let value: Value = $value;
        let read: $type = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), value, "it does not come back as it was");
        set(value.as_object().unwrap().keys().cloned())
    }};
}

#[track_caller]
fn on_the_page(name: &str, attributes: BTreeSet<String>) {
    let told = set(table(&page(), &format!("### `{name}`")).iter().map(|row| quoted(&row[0])));
    assert_eq!(told, attributes, "{name}");
    // And that a type has no field which the value above leaves out.
    let text = ["alias", "claim", "chain", "foreign"]
        .map(|file| std::fs::read_to_string(top().join(format!("cutover/src/registry/{file}.rs"))).unwrap())
        .concat();
    if let Some((_, rest)) = text.split_once(&format!("pub struct {name} {{")) {
        let body = rest.split_once("\n}").unwrap().0;
        let fields = body.lines().filter(|line| line.trim_start().starts_with("pub ")).count();
        let flattened = if body.contains("serde(flatten)") { 1 } else { 0 };
        assert_eq!(fields + flattened, attributes.len(), "{name}");
    }
}

#[test]
fn every_attribute_on_the_page_is_one_of_its_type_and_none_is_left_out() {
    let place = json!({"account": "000000000001", "distribution": "E1OLD"});
    let time = "2026-12-01T00:00:00Z";
    on_the_page(
        "AliasItem",
        whole!(
            AliasItem,
            json!({"alias": "a.foo.com", "state": "moving", "restingState": "owned",
            "holder": {"account": "000000000001", "distribution": "E1OLD", "domainName": "d1.cloudfront.net", "certificateNotAfter": time},
            "dns": {"account": "000000000001", "hostedZone": "Z1FOO"}, "seenAt": time, "seenBy": "inventory",
            "planned": {"opens": time, "closes": time, "target": place, "by": "ada"}, "claim": "first", "movedBy": "first"})
        ),
    );
    on_the_page(
        "DistributionItem",
        whole!(
            DistributionItem,
            json!({"account": "000000000001", "distribution": "E1OLD", "domainName": "d1.cloudfront.net", "enabled": true,
            "aliasCount": 1, "certificate": {"arn": "arn", "names": ["a.foo.com"], "notAfter": time}, "seenAt": time, "seenBy": "sentinel",
            "claim": "first", "deployedAt": time, "movedAway": ["first"]})
        ),
    );
    on_the_page(
        "Claim",
        whole!(
            Claim,
            json!({"id": "first", "execution": "arn", "fence": 1, "state": "held", "since": time, "until": time,
            "aliases": ["a.foo.com"], "distributions": [place], "hostedZone": "Z1FOO", "intents": 0, "events": 1, "head": "0", "handedOn": 3,
            "foreignWrites": 0, "recoveries": 0, "inFlight": time, "inFlightWhat": "route53:…", "unaccounted": time, "unaccountedWhat": "route53:…",
            "unaccountedUpdates": [{"since": time, "what": "cloudfront:…"}]})
        ),
    );
    on_the_page(
        "ChainEvent",
        whole!(
            ChainEvent,
            json!({"number": 1, "at": time, "fence": 1, "execution": "arn", "kind": "claimed", "what": "plan",
            "previous": "", "hash": "0"})
        ),
    );
    on_the_page(
        "ForeignWrite",
        whole!(
            ForeignWrite,
            json!({"eventId": "e-1", "at": time, "operation": "cloudfront:UpdateDistribution", "account": "000000000001",
            "by": "arn", "on": "E1OLD", "touched": ["a.foo.com"]})
        ),
    );
}

#[test]
fn every_attribute_that_the_inventory_adds_is_on_the_page_and_no_other() {
    let (place, time) = (json!({"account": "000000000001", "distribution": "E1OLD"}), "2026-12-01T00:00:00Z");
    let mut alias = json!({"alias": "a.foo.com", "state": "owned", "alsoListed": place, "dangling": true, "dnsZone": "foo.com"});
    let known: KnownAlias = serde_json::from_value(alias.clone()).unwrap();
    assert_eq!(serde_json::to_value(known).unwrap(), alias);
    let distribution = json!({"account": "000000000001", "distribution": "E1OLD", "certificateTold": time});
    let known: KnownDistribution = serde_json::from_value(distribution.clone()).unwrap();
    assert_eq!(serde_json::to_value(known).unwrap(), distribution);
    let source = std::fs::read_to_string(top().join("cutover/src/registry/difference.rs")).unwrap();
    let fields = |name: &str| {
        let body = source.split_once(&format!("pub struct {name} {{")).unwrap().1.split_once("\n}").unwrap().0;
        body.lines().filter(|line| line.starts_with("    pub ")).map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    // The item itself, and how it is listed, stand elsewhere on the page.
    let own = |name: &str| fields(name).iter().filter(|field| !field.contains(" item:") && !field.contains(" listed_")).count();
    assert_eq!((own("KnownAlias"), own("KnownDistribution")), (3, 1));
    let attributes = |value: &mut Value, known: &[&str]| {
        let object = value.as_object_mut().unwrap();
        known.iter().for_each(|key| drop(object.remove(*key)));
        set(object.keys().cloned())
    };
    let added = attributes(&mut alias, &["alias", "state"]);
    let told = set(table(&page(), "### What the inventory remembers beside these").iter().map(|row| quoted(&row[0])));
    assert_eq!(told, &added | &set(["certificateTold"]));
    let difference: Difference =
        serde_json::from_value(json!({"kind": "aliasMoved", "name": "a.foo.com", "account": "000000000001", "at": time,
        "from": place, "to": place, "claim": "first", "detail": "moved"}))
        .unwrap();
    let mut item = serde_json::to_value(difference.item("scan-1")).unwrap();
    let attributes = attributes(&mut item, &["listedUnder", "listedAs"]);
    assert_eq!(set(table(&page(), "### `DifferenceItem`").iter().map(|row| quoted(&row[0]))), attributes);
}

#[test]
fn what_a_cutover_leaves_in_the_table_is_on_the_page() {
    let (world, request) = bridge(json!([]));
    let items = play(&world, async |stage| {
        stage.walk("first", &request, async |_: &Value| ()).await;
        stage.items()
    });
    let page = page();
    let rows = table(&page, "## Items");
    let keys = ["pk", "sk", "listedUnder", "listedAs"];
    for item in items {
        let sk = item["sk"].as_str().unwrap();
        let row = rows
            .iter()
            .find(|row| quoted(&row[2]).split('{').next().is_some_and(|form| sk == form || (form.ends_with('#') && sk.starts_with(form))));
        let row = row.unwrap_or_else(|| panic!("no row for {item}"));
        let known = set(table(&page, &format!("### {}", row[5])).iter().map(|row| quoted(&row[0])));
        for attribute in item.as_object().unwrap().keys().filter(|name| !keys.contains(&name.as_str())) {
            assert!(known.contains(attribute), "{sk}: {attribute} is not on the page");
        }
    }
}

fn names(values: &Value) -> BTreeSet<String> {
    values.as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_state_and_kind_is_on_the_page() {
    let page = page();
    let states = [
        AliasState::Owned,
        AliasState::Planned,
        AliasState::Moving,
        AliasState::Soaking,
        AliasState::MovedNotReconciled,
        AliasState::UnknownOwner,
    ];
    assert_eq!(set(table(&page, "## States").iter().map(|row| quoted(&row[0]))), names(&json!(states)));
    let claims = [ClaimState::Held, ClaimState::Stuck, ClaimState::Released, ClaimState::Broken];
    assert_eq!(set(headed(&page, "| a claim is |").iter().map(|row| quoted(&row[0]))), names(&json!(claims)));
    let says = |heading: &str, attribute: &str| {
        let row = table(&page, heading).into_iter().find(|row| quoted(&row[0]) == attribute).unwrap();
        set(row[2].split('`').skip(1).step_by(2))
    };
    let kinds = [Kind::Claimed, Kind::Intent, Kind::Outcome, Kind::Recovered, Kind::Weighed, Kind::Released, Kind::Stuck, Kind::Broken];
    assert_eq!(says("### `ChainEvent`", "kind"), names(&json!(kinds)));
    assert_eq!(says("### `AliasItem`", "seenBy"), names(&json!([SeenBy::Inventory, SeenBy::Sentinel, SeenBy::Cutover])));
}

#[test]
fn every_ground_of_an_answer_has_a_row_that_says_what_it_makes_of_it() {
    let page = page();
    let told: BTreeSet<(String, String)> =
        headed(&page, "| code | makes it |").iter().map(|row| (quoted(&row[0]), row[1].clone())).collect();
    let name = |may: May| json!(may).as_str().unwrap().to_owned();
    assert_eq!(told, Ground::ALL.iter().map(|ground| (json!(ground).as_str().unwrap().to_owned(), name(ground.may()))).collect());
}
