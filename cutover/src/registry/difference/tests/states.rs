//! Which state a name rests in once it was looked at: a claim keeps the state itself, a plan stays one.

use super::*;

/// What a write says of the state: the attribute and the value, where it says anything.
fn state_set(decision: Decision) -> Option<(String, Value)> {
    let (set, _) = update(&written(decision));
    let said: Vec<(String, Value)> =
        ["state", "restingState"].iter().filter_map(|name| Some(((*name).to_owned(), set.get(*name)?.clone()))).collect();
    assert!(said.len() <= 1, "one of the two: {said:?}");
    said.into_iter().next()
}

fn set(attribute: &str, state: &str) -> Option<(String, Value)> {
    Some((attribute.to_owned(), json!(state)))
}

#[test]
fn a_name_that_is_seen_elsewhere_is_owned_there_unless_its_move_was_announced() {
    use AliasState::{MovedNotReconciled, Owned, Planned, Soaking, UnknownOwner};
    for (state, announced, wanted) in [
        (Owned, false, None),
        (Owned, true, None),
        (Planned, true, None),
        (Planned, false, set("state", "owned")),
        (MovedNotReconciled, false, set("state", "owned")),
        (MovedNotReconciled, true, set("state", "owned")),
        (Soaking, false, set("state", "owned")),
        (UnknownOwner, true, set("state", "owned")),
    ] {
        let announced_as = announced.then(|| planned(new(), "08:00:00", "10:00:00"));
        let as_known = |known: KnownAlias| {
            but(known, |item| {
                item.state = state;
                item.planned = announced_as.clone();
            })
        };
        let moved = weigh_alias(&seen_on(new()), Some(&as_known(known_on(old()))), Some(false));
        assert_eq!(state_set(moved), wanted, "moved: {state:?}, announced {announced}");
        let appeared = weigh_alias(&seen_on(new()), Some(&as_known(known_nowhere())), None);
        assert_eq!(state_set(appeared), wanted, "appeared: {state:?}, announced {announced}");
    }
}

#[test]
fn a_claim_keeps_the_state_and_what_it_comes_back_to_is_set_instead() {
    use AliasState::{Owned, Planned, UnknownOwner};
    for (resting, announced, wanted) in [
        (Some(Owned), false, None),
        (Some(Planned), true, None),
        (Some(Planned), false, set("restingState", "owned")),
        (Some(UnknownOwner), false, set("restingState", "owned")),
        (None, false, set("restingState", "owned")),
    ] {
        let known = but(known_on(old()), |item| {
            item.claim = Some("old-move".to_owned());
            item.state = AliasState::Moving;
            item.resting_state = resting;
            item.planned = announced.then(|| planned(new(), "08:00:00", "10:00:00"));
        });
        let moved = weigh_alias(&seen_on(new()), Some(&known), Some(false));
        assert_eq!(state_set(moved), wanted, "{resting:?}, announced {announced}");
    }
}

#[test]
fn a_name_of_which_nobody_was_known_is_owned_once_its_holder_lists_it() {
    let nobodys = but(known_on(old()), |item| item.state = AliasState::UnknownOwner);
    assert_eq!(state_set(weigh_alias(&seen_on(old()), Some(&nobodys), None)), set("state", "owned"));
    let claimed = but(nobodys, |item| {
        item.claim = Some("old-move".to_owned());
        item.state = AliasState::Moving;
    });
    assert_eq!(state_set(weigh_alias(&seen_on(old()), Some(&claimed), None)), set("restingState", "owned"));
    let rests = but(claimed, |item| item.resting_state = Some(AliasState::MovedNotReconciled));
    assert_eq!(weigh_alias(&seen_on(old()), Some(&rests), None), Decision::Nothing, "and what was said of it stays");
}

#[test]
fn what_an_earlier_cutover_left_is_not_overwritten_while_another_has_the_name_in_hand() {
    let claimed = |known: KnownAlias| {
        but(known, |item| {
            item.claim = Some("new-move".to_owned());
            item.state = AliasState::Moving;
            item.resting_state = Some(AliasState::MovedNotReconciled);
        })
    };
    let (there, nowhere) = (claimed(known_on(old())), claimed(known_nowhere()));
    assert_eq!(weigh_alias(&seen_on(new()), Some(&there), Some(false)), Decision::Nothing, "it soaks on the target");
    assert_eq!(weigh_alias(&seen_on(new()), Some(&nowhere), None), Decision::Nothing);
    assert_eq!(put_aside(&there, &old().account, today("09:00:00")), Decision::Nothing, "between detach and attach");
    let aside = KnownAlias {
        listed_under: Some(listed_to_settle(&old().account)),
        listed_as: Some(missing_listed_as(&there.item.alias)),
        ..there.clone()
    };
    assert_eq!(vanished(&aside, &old().account, today("09:00:00")), Decision::Nothing);
    let conflict = weigh_alias(&seen_on(new()), Some(&there), Some(true));
    assert!(matches!(conflict, Decision::Write(write) if write.difference.is_some()), "two that list it are told all the same");
}
