//! Updates are remembered each by itself until they can land no more, and an accepted one ends the others of its distribution.

use super::*;
use crate::samples_of_progress::{Setting, alias, swap};
use crate::samples_of_registry::today;
use crate::strategy::Strategy;

const DETACH: &str = "cloudfront:UpdateDistribution E1LEGACYXYZ in 000000000001: -a.foo.com";
const REATTACH: &str = "cloudfront:UpdateDistribution E1LEGACYXYZ in 000000000001: +a.foo.com";
const ATTACH: &str = "cloudfront:UpdateDistribution E2NEWQRS in 000000000002: +a.foo.com";
const MOVE: &str = "cloudfront:UpdateDomainAssociation E2NEWQRS in 000000000002: a.foo.com";
const OLDER_MOVE: &str = "cloudfront:AssociateAlias E2NEWQRS in 000000000002: a.foo.com";

fn noted(all: &[(&str, &str)]) -> UnaccountedUpdates {
    let mut updates = UnaccountedUpdates::default();
    for (since, what) in all {
        updates.note(today(since), what);
    }
    updates
}

fn whats(updates: &UnaccountedUpdates) -> Vec<&str> {
    updates.each().map(|(_, what)| what).collect()
}

#[test]
fn only_updates_of_distributions_and_moves_to_one_say_which_they_change() {
    assert_eq!(
        [DETACH, ATTACH, MOVE, OLDER_MOVE].map(updated),
        [Some("E1LEGACYXYZ"), Some("E2NEWQRS"), Some("E2NEWQRS"), Some("E2NEWQRS")]
    );
    for other in
        ["route53:ChangeResourceRecordSets Z1FOO in 000000000001: a.foo.com", "cloudfront:UpdateDistribution", "", "of 3: accepted"]
    {
        assert_eq!(updated(other), None, "{other}");
    }
}

#[test]
fn what_was_sent_lands_for_a_quarter_of_an_hour_by_clocks_that_differ_by_ten_minutes() {
    assert_eq!(lands_by(today("03:00:00")), today("03:25:00"));
    assert_eq!(["03:24:59", "03:25:00"].map(|now| may_land(today("03:00:00"), today(now))), [true, false]);
    assert_eq!(lands_by(Timestamp::MAX), Timestamp::MAX);
}

#[test]
fn of_each_distribution_and_of_each_change_one_is_remembered() {
    let all = noted(&[("03:00:00", DETACH), ("03:01:00", ATTACH), ("03:02:00", REATTACH)]);
    assert_eq!(whats(&all), [DETACH, ATTACH, REATTACH], "the detach may land before the attach of the way back");
    assert!(!all.is_empty() && UnaccountedUpdates::default().is_empty());
}

#[test]
fn of_the_same_one_sent_again_each_is_remembered_because_either_may_land() {
    let twice = noted(&[("03:00:00", DETACH), ("03:05:00", DETACH), ("03:00:00", DETACH)]);
    assert_eq!(twice.each().collect::<Vec<_>>(), [(today("03:05:00"), DETACH), (today("03:00:00"), DETACH)], "and none twice");
}

#[test]
fn what_can_land_no_more_is_dropped_when_the_next_one_is_noted() {
    assert_eq!(whats(&noted(&[("03:00:00", DETACH), ("03:24:59", ATTACH)])), [DETACH, ATTACH]);
    assert_eq!(
        whats(&noted(&[("03:00:00", DETACH), ("03:25:00", ATTACH)])),
        [ATTACH],
        "a function lives for 15 minutes (LAM-1), and clocks differ by ten (F37)"
    );
}

#[test]
fn where_there_is_no_more_room_the_oldest_goes() {
    let many: Vec<String> = (0..UNACCOUNTED_UPDATES_MAX + 2).map(|n| format!("{DETACH}{n}")).collect();
    let all = noted(&many.iter().map(|what| ("03:00:00", what.as_str())).collect::<Vec<_>>());
    assert_eq!(whats(&all), many[2..].iter().map(String::as_str).collect::<Vec<_>>());
    let (first, rest) = many.split_at(2);
    let mut again = noted(&rest.iter().map(|what| ("03:00:00", what.as_str())).collect::<Vec<_>>());
    again.note(today("03:01:00"), &rest[3]);
    assert_eq!(whats(&again).iter().filter(|what| **what == rest[3]).count(), 1, "of one that was sent again the older goes first");
    assert_eq!(whats(&again)[..3], [&rest[0], &rest[1], &rest[2]]);
    again.note(today("03:02:00"), &first[0]);
    assert_eq!(whats(&again)[0], rest[1]);
}

#[test]
fn an_accepted_update_takes_the_etag_away_from_all_that_were_sent_to_its_distribution_with_one() {
    let all = [("03:00:00", DETACH), ("03:01:00", ATTACH), ("03:02:00", MOVE), ("03:03:00", OLDER_MOVE)];
    for (accepted, left) in
        [(REATTACH, &[ATTACH, MOVE, OLDER_MOVE][..]), (ATTACH, &[DETACH, OLDER_MOVE]), (OLDER_MOVE, &[DETACH, OLDER_MOVE])]
    {
        let mut updates = noted(&all);
        updates.accepted(today("03:05:00"), accepted);
        assert_eq!(whats(&updates), left, "{accepted}: nothing fences the older move (MV-8)");
    }
}

#[test]
fn what_was_sent_after_an_accepted_update_has_its_etag_and_may_land() {
    let mut updates = noted(&[("03:00:00", DETACH), ("03:01:00", REATTACH), ("03:01:01", DETACH)]);
    updates.accepted(today("03:01:00"), REATTACH);
    assert_eq!(updates.each().collect::<Vec<_>>(), [(today("03:01:01"), DETACH)]);
}

#[test]
fn one_whose_end_is_known_after_all_is_forgotten_and_no_other() {
    let mut updates = noted(&[("03:00:00", DETACH), ("03:01:00", ATTACH)]);
    updates.forget(today("03:00:30"), DETACH);
    updates.forget(today("03:00:00"), ATTACH);
    assert_eq!(whats(&updates), [DETACH, ATTACH], "neither was sent then");
    updates.forget(today("03:00:00"), DETACH);
    assert_eq!(whats(&updates), [ATTACH]);
}

#[test]
fn an_update_or_a_move_undoes_what_it_takes_away_or_brings() {
    assert_eq!(undone_by(&[alias("a.foo.com")], &[]), ["-a.foo.com"]);
    assert_eq!(undone_by(&[], &[alias("a.foo.com")]), ["+a.foo.com", "a.foo.com"], "an update brings it as +, a move by itself");
}

#[test]
fn a_way_back_is_undone_by_what_takes_a_name_off_the_source_or_brings_one_to_the_target() {
    let all = |document: Cutover| document.undoing_the_way_back().into_iter().map(|(id, all)| (id.to_string(), all)).collect::<Vec<_>>();
    let [source, target] = all(swap()).try_into().unwrap();
    assert_eq!(source, ("E1LEGACYXYZ".to_owned(), vec!["-a.foo.com".to_owned(), "enabled false".to_owned()]));
    assert_eq!(target, ("E2NEWQRS".to_owned(), vec!["+a.foo.com".to_owned(), "a.foo.com".to_owned()]));
    let bridge = all(Setting::of(&["a.foo.com"]).with_wildcard().document(Some(Strategy::WildcardBridge)));
    assert!(bridge[1].1.contains(&"+*.foo.com".to_owned()), "the net as well: {bridge:?}");
    assert_eq!(all(Cutover { request: None, ..swap() }), []);
}
