//! Every item stands under the key, and is listed as what, docs/REGISTRY.md says: whoever reads the table by hand, and every
//! item that an older version wrote, relies on it.

use super::*;
use crate::samples_of_registry::{NEW, a, account, id, name, time, zone};

#[test]
fn every_item_stands_under_the_key_that_the_page_of_the_registry_says() {
    let cases = [
        (Key::alias(&a()), "ALIAS#a.foo.com", "ALIAS"),
        (Key::alias(&name("*.foo.com")), "ALIAS#*.foo.com", "ALIAS"),
        (Key::distribution(&id("E2NEWQRS")), "DISTRIBUTION#E2NEWQRS", "DISTRIBUTION"),
        (Key::distribution(&id("dt_shop")), "DISTRIBUTION#dt_shop", "DISTRIBUTION"),
        (Key::claim("move-a-foo"), "CUTOVER#move-a-foo", "CLAIM"),
        (Key::document("move-a-foo"), "CUTOVER#move-a-foo", "DOCUMENT"),
        (Key::event("move-a-foo", 7), "CUTOVER#move-a-foo", "EVENT#00000007"),
        (Key::foreign_write("move-a-foo", "1111-2222"), "CUTOVER#move-a-foo", "FOREIGN#1111-2222"),
        (Key::difference("scan-1", "aliasMoved", "a.foo.com"), "DIFFERENCE#scan-1", "aliasMoved#a.foo.com"),
        (Key::seen_event("1111-2222"), "SEEN#1111-2222", "SEEN"),
    ];
    for (key, pk, sk) in cases {
        assert_eq!((key.pk.as_str(), key.sk.as_str()), (pk, sk));
    }
}

#[test]
fn the_events_of_a_cutover_sort_by_their_number() {
    let numbers = [1, 2, 9, 10, 11, 99, 100, 12_345_678];
    let keys: Vec<Key> = numbers.iter().map(|number| Key::event("move-a-foo", *number)).collect();
    assert!(keys.is_sorted(), "the chain is read in the order of its sort keys: {keys:?}");
}

#[test]
fn the_index_lists_a_distribution_directly_before_its_aliases() {
    let (account, one, ten) = (account(NEW), id("E1"), id("E10"));
    assert_eq!(listed_under_account(&account), "ACCOUNT#000000000002");
    let listed = [
        distribution_listed_as(&one),
        alias_listed_as(&one, &name("*.foo.com")),
        alias_listed_as(&one, &a()),
        distribution_listed_as(&ten),
        alias_listed_as(&ten, &a()),
    ];
    let wanted =
        ["DISTRIBUTION#E1", "DISTRIBUTION#E1#*.foo.com", "DISTRIBUTION#E1#a.foo.com", "DISTRIBUTION#E10", "DISTRIBUTION#E10#a.foo.com"];
    assert_eq!(listed, wanted);
    assert!(listed.is_sorted(), "a scan walks its lists and the index side by side");
}

#[test]
fn what_is_to_be_settled_is_listed_apart_from_what_an_account_has() {
    assert_eq!(listed_to_settle(&account(NEW)), "SETTLE#000000000002");
    assert_eq!(missing_listed_as(&a()), "MISSING#a.foo.com");
    assert_eq!(dangling_listed_as(&zone(NEW, "Z1FOO").hosted_zone, &a()), "DANGLING#Z1FOO#a.foo.com");
}

#[test]
fn claims_and_differences_are_listed_by_time_whatever_number_of_digits_it_has() {
    let then = time("2026-12-01T00:00:00.7Z");
    assert_eq!(claim_listed_as(then, "move-a-foo"), "00000000001796083200#move-a-foo");
    assert_eq!(difference_listed_as(then, "scan-1", "aliasMoved", "a.foo.com"), "00000000001796083200#scan-1#aliasMoved#a.foo.com");
    let (nine, ten) = (time("2001-09-09T01:46:39Z"), time("2001-09-09T01:46:40Z"));
    assert!(claim_listed_as(nine, "z") < claim_listed_as(ten, "a"), "999,999,999 s come before 1,000,000,000 s");
    assert!(difference_listed_as(nine, "z", "z", "z") < difference_listed_as(ten, "a", "a", "a"));
}
