//! An alias that its holder's lists do not show: put aside at first, and told to have vanished once every account was looked at.

use super::*;

/// The alias on the legacy distribution, put aside by an earlier part of the scan.
fn aside() -> KnownAlias {
    KnownAlias { listed_under: Some("SETTLE#000000000001".to_owned()), listed_as: Some("MISSING#a.foo.com".to_owned()), ..known_on(old()) }
}

fn set_aside() -> Value {
    json!({"listedUnder": "SETTLE#000000000001", "listedAs": "MISSING#a.foo.com"})
}

#[test]
fn an_alias_that_the_lists_of_its_account_do_not_show_is_put_aside_and_not_told() {
    let write = written(put_aside(&known_on(old()), &old().account, looked()));
    assert_eq!((&write.key, update(&write)), (&Key::alias(&a()), (set_aside(), vec![])), "it may have moved");
    assert_eq!(write.difference, None);
}

#[test]
fn what_another_account_has_or_nobody_has_is_not_put_aside_by_this_one() {
    assert_eq!(put_aside(&known_on(new()), &old().account, looked()), Decision::Nothing);
    assert_eq!(put_aside(&known_nowhere(), &old().account, looked()), Decision::Nothing);
}

#[test]
fn what_is_newer_than_the_look_is_not_put_aside_and_what_is_as_old_is() {
    let known = |seen_at: &str| but(known_on(old()), |item| item.seen_at = Some(today(seen_at)));
    assert_eq!(put_aside(&known("06:00:01"), &old().account, looked()), Decision::Nothing);
    assert_eq!(update(&written(put_aside(&known("06:00:00"), &old().account, looked()))).0, set_aside());
}

#[test]
fn what_is_aside_already_is_not_put_there_again() {
    assert_eq!(put_aside(&aside(), &old().account, looked()), Decision::Nothing);
    let other_account = KnownAlias { listed_under: Some("SETTLE#000000000002".to_owned()), ..aside() };
    let dangling = KnownAlias { listed_as: Some("DANGLING#Z1FOO#a.foo.com".to_owned()), ..aside() };
    for half in [other_account, dangling] {
        assert_eq!(update(&written(put_aside(&half, &old().account, looked()))).0, set_aside(), "{half:?}");
    }
}

#[test]
fn an_alias_that_is_aside_once_every_account_was_looked_at_has_vanished() {
    let known = KnownAlias { dangling: true, also_listed: Some(new()), ..aside() };
    let write = written(vanished(&known, &old().account, looked()));
    let (set, remove) = update(&write);
    assert_eq!(write.key, Key::alias(&a()));
    assert_eq!(set, json!({"seenAt": "2026-12-01T06:00:00Z", "seenBy": "inventory", "state": "unknownOwner"}));
    assert_eq!(remove, ["holder", "listedUnder", "listedAs", "alsoListed", "dangling"]);
    let told = write.difference.unwrap();
    assert_eq!((told.kind, told.name.as_str(), &told.account), (DifferenceKind::AliasVanished, "a.foo.com", &old().account));
    assert_eq!((told.at, told.from, told.to, told.claim), (looked(), Some(old()), None, None));
    let seen = "E1LEGACYXYZ in account 000000000001 had it, and no distribution of ours lists it now; ";
    assert!(told.detail.starts_with(seen) && told.detail.contains("SW-14"), "a stranger can claim it: {}", told.detail);
}

#[test]
fn a_claimed_alias_that_vanishes_is_in_the_hands_of_its_cutover() {
    let known = but(aside(), |item| {
        item.claim = Some("old-move".to_owned());
        item.state = AliasState::Moving;
        item.resting_state = Some(AliasState::Owned);
    });
    let write = written(vanished(&known, &old().account, looked()));
    let (set, remove) = update(&write);
    assert_eq!(set, json!({"seenAt": "2026-12-01T06:00:00Z", "seenBy": "inventory", "restingState": "unknownOwner"}));
    assert_eq!(remove, ["holder", "listedUnder", "listedAs"], "nothing else was remembered");
    let told = write.difference.unwrap();
    assert_eq!(told.claim.as_deref(), Some("old-move"));
    assert!(told.detail.contains("in the hands of cutover old-move") && !told.detail.contains("SW-14"), "{}", told.detail);
}

#[test]
fn what_was_not_put_aside_for_this_account_has_not_vanished_from_it() {
    let only_under = KnownAlias { listed_as: known_on(old()).listed_as, ..aside() };
    let dangling = KnownAlias { listed_as: Some("DANGLING#Z1FOO#a.foo.com".to_owned()), ..aside() };
    let only_as = KnownAlias { listed_under: Some("SETTLE#000000000002".to_owned()), ..aside() };
    let moved = but(aside(), |item| item.holder = Some(bare_holder(new())));
    let nobodys = but(aside(), |item| item.holder = None);
    for known in [known_on(old()), only_under, dangling, only_as, moved, nobodys] {
        assert_eq!(vanished(&known, &old().account, looked()), Decision::Nothing, "{known:?}");
    }
}
