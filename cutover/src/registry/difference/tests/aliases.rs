//! An alias that a distribution lists: nobody had it, its holder has it still, it moved, or two list it.

use super::*;

#[test]
fn a_name_that_nobody_had_becomes_an_item_and_is_told_as_appeared() {
    let write = written(weigh_alias(&seen_on(new()), None, None));
    assert_eq!(write.key, Key::alias(&a()));
    assert_eq!(created(&write), and(held_there(&new()), &json!({"alias": "a.foo.com", "state": "owned"})));
    let told = write.difference.unwrap();
    assert_eq!((told.kind, told.name.as_str(), &told.account), (DifferenceKind::AliasAppeared, "a.foo.com", &new().account));
    assert_eq!((told.at, told.from, told.to, told.claim), (looked(), None, Some(new()), None));
    assert!(told.detail.starts_with("E2NEWQRS in account 000000000002 lists it"), "{}", told.detail);
}

#[test]
fn a_name_that_nobody_has_any_more_appears_again() {
    let known = KnownAlias { dangling: true, also_listed: Some(old()), ..known_nowhere() };
    let write = written(weigh_alias(&seen_on(new()), Some(&known), None));
    let (set, remove) = update(&write);
    assert_eq!(set, and(held_there(&new()), &json!({"state": "owned"})));
    assert_eq!(remove, ["alsoListed", "dangling"], "what was remembered is over once somebody holds it");
    let told = write.difference.unwrap();
    assert_eq!((told.kind, told.from, told.to), (DifferenceKind::AliasAppeared, None, Some(new())));
    let clean = written(weigh_alias(&seen_on(new()), Some(&known_nowhere()), None));
    assert_eq!(update(&clean).1, Vec::<&str>::new(), "there was nothing to forget");
}

#[test]
fn a_name_that_is_listed_and_not_held_is_nobodys() {
    assert_eq!(weigh_alias(&idle_on(new()), None, None), Decision::Nothing);
    assert_eq!(weigh_alias(&idle_on(new()), Some(&known_nowhere()), None), Decision::Nothing);
    assert_eq!(weigh_alias(&idle_on(new()), Some(&known_on(old())), Some(false)), Decision::Nothing, "whoever held it has let go");
}

#[test]
fn what_the_registry_has_so_already_is_not_written() {
    for state in [AliasState::Owned, AliasState::MovedNotReconciled, AliasState::Soaking, AliasState::Planned, AliasState::Moving] {
        let known = but(known_on(old()), |item| item.state = state);
        assert_eq!(weigh_alias(&seen_on(old()), Some(&known), None), Decision::Nothing, "{state:?} stays where it is seen where it was");
    }
}

#[test]
fn a_name_is_listed_where_it_is_without_being_told() {
    let elsewhere = Some("elsewhere".to_owned());
    for listed in [None, elsewhere] {
        let under = KnownAlias { listed_under: listed.clone(), ..known_on(old()) };
        let write = written(weigh_alias(&seen_on(old()), Some(&under), None));
        assert_eq!(update(&write), (json!({"listedUnder": "ACCOUNT#000000000001"}), vec![]));
        assert_eq!((write.key, write.difference), (Key::alias(&a()), None));
        let listed_as = KnownAlias { listed_as: listed, ..known_on(old()) };
        let write = written(weigh_alias(&seen_on(old()), Some(&listed_as), None));
        assert_eq!(update(&write), (json!({"listedAs": "DISTRIBUTION#E1LEGACYXYZ#a.foo.com"}), vec![]));
    }
    let aside = known_aside();
    let write = written(weigh_alias(&seen_on(old()), Some(&aside), None));
    let back = json!({"listedUnder": "ACCOUNT#000000000001", "listedAs": "DISTRIBUTION#E1LEGACYXYZ#a.foo.com"});
    assert_eq!((update(&write).0, write.difference), (back, None), "it was put aside, and its holder lists it after all");
}

/// The alias after its holder's list did not show it.
fn known_aside() -> KnownAlias {
    KnownAlias { listed_under: Some("SETTLE#000000000001".to_owned()), listed_as: Some("MISSING#a.foo.com".to_owned()), ..known_on(old()) }
}

#[test]
fn what_is_new_of_a_holder_is_written_without_being_told() {
    let at = |seen_at: Option<Timestamp>| {
        let bare = |item: &mut AliasItem| item.holder = Some(bare_holder(old()));
        but(but(known_on(old()), bare), |item| item.seen_at = seen_at)
    };
    let wanted = held_there(&old());
    let wanted = json!({"holder": wanted["holder"], "seenAt": wanted["seenAt"], "seenBy": wanted["seenBy"]});
    for seen_at in [None, Some(today("00:00:00")), Some(looked())] {
        let write = written(weigh_alias(&seen_on(old()), Some(&at(seen_at)), None));
        assert_eq!((update(&write), write.difference), ((wanted.clone(), vec![]), None), "known since {seen_at:?}");
    }
    assert_eq!(weigh_alias(&seen_on(old()), Some(&at(Some(today("06:00:01")))), None), Decision::Nothing, "that is newer than the look");
}

#[test]
fn what_is_newer_than_the_look_is_not_overwritten_and_what_is_as_old_is() {
    let known = |known: KnownAlias, seen_at: &str| but(known, |item| item.seen_at = Some(today(seen_at)));
    let nowhere = |seen_at: &str| weigh_alias(&seen_on(new()), Some(&known(known_nowhere(), seen_at)), None);
    let moved = |seen_at: &str| weigh_alias(&seen_on(new()), Some(&known(known_on(old()), seen_at)), Some(false));
    assert_eq!((nowhere("06:00:01"), moved("06:00:01")), (Decision::Nothing, Decision::Nothing));
    for seen_at in ["06:00:00", "05:59:59"] {
        assert_eq!(written(nowhere(seen_at)).difference.unwrap().kind, DifferenceKind::AliasAppeared, "{seen_at}");
        assert_eq!(written(moved(seen_at)).difference.unwrap().kind, DifferenceKind::AliasMoved, "{seen_at}");
    }
    let never_seen = but(known_nowhere(), |item| item.seen_at = None);
    assert!(matches!(weigh_alias(&seen_on(new()), Some(&never_seen), None), Decision::Write(_)), "only announced so far");
}

#[test]
fn whether_a_name_moved_depends_on_whether_its_holder_still_lists_it() {
    for seen in [seen_on(new()), idle_on(new())] {
        assert_eq!(weigh_alias(&seen, Some(&known_on(old())), None), Decision::Ask(old()));
    }
}

#[test]
fn a_name_that_its_holder_does_not_list_any_more_has_moved() {
    let known = KnownAlias { dangling: true, also_listed: Some(new()), ..known_on(old()) };
    let write = written(weigh_alias(&seen_on(new()), Some(&known), Some(false)));
    assert_eq!(write.key, Key::alias(&a()));
    assert_eq!(update(&write), (held_there(&new()), vec!["alsoListed", "dangling"]), "it was owned, and is");
    let told = write.difference.unwrap();
    assert_eq!((told.kind, told.name.as_str(), &told.account), (DifferenceKind::AliasMoved, "a.foo.com", &new().account));
    assert_eq!((told.at, told.from, told.to, told.claim), (looked(), Some(old()), Some(new()), None));
    let seen = "E2NEWQRS in account 000000000002 lists it, and E1LEGACYXYZ in account 000000000001 does not any more";
    assert!(told.detail.starts_with(seen), "{}", told.detail);
}

#[test]
fn a_difference_says_which_cutover_has_claimed_the_name() {
    let claimed = |known: KnownAlias| but(known, |item| item.claim = Some("old-move".to_owned()));
    let cases = [
        weigh_alias(&seen_on(new()), Some(&claimed(known_nowhere())), None),
        weigh_alias(&seen_on(new()), Some(&claimed(known_on(old()))), Some(false)),
        weigh_alias(&seen_on(new()), Some(&claimed(known_on(old()))), Some(true)),
    ];
    for decision in cases {
        let write = written(decision);
        assert_eq!(update(&write).0.get("claim"), None, "which is never touched");
        assert_eq!(write.difference.unwrap().claim.as_deref(), Some("old-move"));
    }
}

#[test]
fn a_name_that_two_distributions_list_stays_with_its_holder_and_is_told_once_as_a_conflict() {
    for (seen, how) in [(seen_on(new()), "the second: one name"), (idle_on(new()), "the second without holding it: one name")] {
        let write = written(weigh_alias(&seen, Some(&known_on(old())), Some(true)));
        let also = json!({"alsoListed": {"account": "000000000002", "distribution": "E2NEWQRS"}});
        assert_eq!((&write.key, update(&write)), (&Key::alias(&a()), (also, vec![])));
        let told = write.difference.unwrap();
        assert_eq!((told.kind, told.at, told.from, told.to), (DifferenceKind::ConflictFound, looked(), Some(old()), Some(new())));
        let places = "E1LEGACYXYZ in account 000000000001 and E2NEWQRS in account 000000000002 list it, ";
        assert!(told.detail.starts_with(&format!("{places}{how}")), "{}", told.detail);
        let known = KnownAlias { also_listed: Some(new()), ..known_on(old()) };
        assert_eq!(weigh_alias(&seen, Some(&known), Some(true)), Decision::Nothing, "it was told");
        let third = KnownAlias { also_listed: Some(place(NEW, "E3OTHER")), ..known_on(old()) };
        let told = written(weigh_alias(&seen, Some(&third), Some(true))).difference.unwrap();
        assert_eq!(told.to, Some(new()), "the conflict that was told is with another one");
    }
}

#[test]
fn a_conflict_is_over_once_the_other_one_does_not_list_the_name_any_more() {
    let known = KnownAlias { also_listed: Some(new()), ..known_on(old()) };
    assert_eq!(weigh_alias(&seen_on(old()), Some(&known), None), Decision::Ask(new()), "does it still?");
    assert_eq!(weigh_alias(&seen_on(old()), Some(&known), Some(true)), Decision::Nothing, "it does");
    let write = written(weigh_alias(&seen_on(old()), Some(&known), Some(false)));
    assert_eq!((update(&write), write.difference), ((json!({}), vec!["alsoListed"]), None), "so that it would be told again");
}

#[test]
fn a_name_that_somebody_holds_does_not_lead_to_nobody() {
    let known = KnownAlias { dangling: true, ..known_on(old()) };
    let write = written(weigh_alias(&seen_on(old()), Some(&known), None));
    assert_eq!((update(&write), write.difference), ((json!({}), vec!["dangling"]), None));
}

#[test]
fn a_name_that_its_own_holder_lists_without_holding_it_is_put_aside() {
    let write = written(weigh_alias(&idle_on(old()), Some(&known_on(old())), None));
    let aside = json!({"listedUnder": "SETTLE#000000000001", "listedAs": "MISSING#a.foo.com"});
    assert_eq!((update(&write), write.difference), ((aside, vec![]), None), "nothing is told before every account was looked at");
}
