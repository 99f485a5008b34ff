//! What the registry says of an alias after a cutover: what was said of it before, where the cutover went back; that it has
//! moved, where it completed.

use super::items;
use crate::support::{rehearse, scenario};
use serde_json::{Value, json};

const BEFORE: &str = "2026-11-30T00:00:00Z";

/// The alias of both scenarios on its source, as an inventory or an earlier cutover has left it.
fn on_the_source(state: &str) -> Value {
    json!({"pk": "ALIAS#a.foo.com", "sk": "ALIAS", "alias": "a.foo.com", "state": state,
        "holder": {"account": "000000000001", "distribution": "E1LEGACYXYZ", "domainName": "xyz.cloudfront.net",
                   "certificateNotAfter": "2027-06-01T00:00:00Z"},
        "dns": {"account": "000000000001", "hostedZone": "Z1FOO"}, "seenAt": BEFORE, "seenBy": "inventory", "movedBy": "earlier",
        "listedUnder": "ACCOUNT#000000000001", "listedAs": "DISTRIBUTION#E1LEGACYXYZ#a.foo.com"})
}

/// The same, with its next move announced.
fn announced(mut item: Value) -> Value {
    item["planned"] = json!({"opens": "2026-12-01T00:00:00Z", "closes": "2026-12-01T12:00:00Z", "by": "ada",
        "target": {"account": "000000000002", "distribution": "E2NEWQRS"}});
    item
}

fn without(mut item: Value, keys: &[&str]) -> Value {
    item.as_object_mut().unwrap().retain(|key, _| !keys.contains(&key.as_str()));
    item
}

/// What is said of the alias once the scenario has ended so, where `before` was said first.
fn after(name: &str, outcome: &str, before: Value) -> Value {
    let mut play = scenario(name, 1);
    play.world["registry"] = if before.is_null() { json!([]) } else { json!([before]) };
    let report = rehearse(&play);
    assert_eq!(report.outcome, outcome, "{:?}", report.timeline);
    let aliases = items(&report.registry, "ALIAS");
    aliases.into_iter().find(|item| item["pk"] == "ALIAS#a.foo.com").unwrap().clone()
}

fn went_back(before: Value) -> Value {
    after("bridge-never-attaches", "rolledBack", before)
}

#[test]
fn what_was_said_of_an_alias_before_a_cutover_that_went_back_is_said_of_it_after_it() {
    for before in [announced(on_the_source("planned")), on_the_source("movedNotReconciled"), announced(on_the_source("movedNotReconciled"))]
    {
        assert_eq!(went_back(before.clone()), before, "to the letter, and since when as well");
    }
    // Nobody had looked where it was: that is known now.
    let never_seen = without(announced(on_the_source("planned")), &["holder", "seenAt", "seenBy", "listedUnder", "listedAs"]);
    let after = went_back(never_seen);
    assert_eq!((&after["state"], &after["planned"]["by"]), (&json!("planned"), &json!("ada")));
    assert_eq!((&after["holder"]["distribution"], &after["seenBy"]), (&json!("E1LEGACYXYZ"), &json!("cutover")));
    assert_eq!(after["listedAs"], "DISTRIBUTION#E1LEGACYXYZ#a.foo.com");
}

#[test]
fn an_alias_of_which_nothing_was_said_belongs_to_the_source_after_a_cutover_that_went_back() {
    let unknown = without(on_the_source("unknownOwner"), &["holder", "listedUnder", "listedAs"]);
    // It was moved to somewhere else, and has come from there without the registry's knowing.
    let mut elsewhere = on_the_source("movedNotReconciled");
    elsewhere["holder"]["distribution"] = json!("E3GONE");
    for before in [json!(null), on_the_source("owned"), unknown, elsewhere] {
        let after = went_back(before.clone());
        assert_eq!((&after["state"], &after["holder"]["distribution"]), (&json!("owned"), &json!("E1LEGACYXYZ")), "{before}");
        assert_ne!(after["seenAt"], BEFORE, "{before}");
        assert!(["claim", "restingState", "planned"].iter().all(|key| after.get(*key).is_none()), "{after}");
    }
}

#[test]
fn an_alias_that_a_cutover_has_moved_is_not_reconciled_whatever_was_said_of_it_before() {
    for before in [json!(null), on_the_source("owned"), announced(on_the_source("planned")), announced(on_the_source("movedNotReconciled"))]
    {
        let after = after("legacy-to-new", "completed", before.clone());
        assert_eq!((&after["state"], &after["holder"]["distribution"]), (&json!("movedNotReconciled"), &json!("E2NEWQRS")), "{before}");
        assert!(after["movedBy"].is_string() && after["movedBy"] != "earlier", "{after}");
        assert_ne!(after["seenAt"], BEFORE, "{before}");
        assert!(["claim", "restingState", "planned"].iter().all(|key| after.get(*key).is_none()), "{after}");
    }
}
