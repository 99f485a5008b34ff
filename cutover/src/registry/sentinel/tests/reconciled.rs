//! A move is over once both sides were deployed after it as it left them, in whichever order that happens.

use super::*;

/// The name was moved at 01:30, from the legacy distribution to the new one.
const BEFORE: Option<&str> = Some("01:00:00");
const WITH: Option<&str> = Some("01:30:00");
const AFTER: Option<&str> = Some("01:40:00");

fn deployed(place: Place, at: Option<&str>) -> DistributionItem {
    DistributionItem { deployed_at: at.map(today), ..distribution_item(place) }
}

/// The move, with when either side was deployed last.
fn past(old_at: Option<&str>, new_at: Option<&str>) -> PastMove {
    PastMove {
        claim: claim(ClaimState::Released),
        distributions: vec![deployed(old(), old_at), deployed(new(), new_at)],
        aliases: vec![moved_item()],
    }
}

fn known(past: PastMove) -> Known {
    Known { moves: vec![past], ..Known::default() }
}

/// The names that a write shows to be known on both sides.
fn reconciled(write: &TrailWrite, past: PastMove) -> Vec<String> {
    let of = |sighting| match sighting {
        Sighting::Reconciled { alias, moved_by } => {
            assert_eq!(moved_by, "old-move");
            Some(alias.to_string())
        }
        _ => None,
    };
    verdict(write, &known(past)).sightings.into_iter().filter_map(of).collect()
}

#[test]
fn the_second_of_the_two_deployments_ends_a_move() {
    let target = gives_new(&["a.foo.com"]);
    for (old_at, is_over) in [(None, false), (BEFORE, false), (WITH, false), (AFTER, true)] {
        assert_eq!(!reconciled(&target, past(old_at, None)).is_empty(), is_over, "the source was deployed at {old_at:?}");
        assert_eq!(!reconciled(&target, past(old_at, AFTER)).is_empty(), is_over, "whenever the target was before");
    }
    let source = gives_old(&[]);
    for (new_at, is_over) in [(None, false), (BEFORE, false), (WITH, false), (AFTER, true)] {
        assert_eq!(!reconciled(&source, past(None, new_at)).is_empty(), is_over, "the target was deployed at {new_at:?}");
        assert_eq!(!reconciled(&source, past(AFTER, new_at)).is_empty(), is_over, "whenever the source was before");
    }
}

#[test]
fn a_side_that_is_not_as_the_move_left_it_does_not_know_of_it() {
    assert_eq!(reconciled(&gives_new(&[]), past(AFTER, None)), Vec::<String>::new(), "the target's code lacks the name");
    assert_eq!(reconciled(&gives_new(&["b.foo.com"]), past(AFTER, AFTER)), Vec::<String>::new());
    assert_eq!(reconciled(&gives_old(&["a.foo.com"]), past(None, AFTER)), Vec::<String>::new(), "the source's code still has it");
    assert_eq!(reconciled(&gives_old(&["a.foo.com"]), past(AFTER, AFTER)), Vec::<String>::new());
}

#[test]
fn a_deployment_that_is_not_later_than_the_move_says_nothing_of_it() {
    for (event_time, is_over) in [("01:30:00", false), ("01:30:01", true)] {
        let write = with(update(NEW, "E2NEWQRS", &["a.foo.com"]), "eventTime", json!(today(event_time)));
        assert_eq!(!reconciled(&write, past(AFTER, None)).is_empty(), is_over, "{event_time}");
    }
}

#[test]
fn what_a_person_clicks_or_cloudtrail_cuts_ends_no_move() {
    let by_hand = with(update(NEW, "E2NEWQRS", &["a.foo.com"]), "sessionCredentialFromConsole", json!(true));
    assert_eq!(reconciled(&by_hand, past(AFTER, None)), Vec::<String>::new());
    let mut cut = update(NEW, "E2NEWQRS", &["a.foo.com"]);
    cut["requestParameters"]["distributionConfig"]["aliases"]["quantity"] = json!(2);
    assert_eq!(reconciled(&read(&cut), past(AFTER, None)), Vec::<String>::new());
}

#[test]
fn where_the_source_is_not_ours_the_target_alone_ends_a_move() {
    let mut alone = past(None, None);
    alone.claim.distributions = vec![new()];
    assert_eq!(reconciled(&gives_new(&["a.foo.com"]), alone), ["a.foo.com"]);
}

#[test]
fn only_an_open_move_of_this_cutover_ends() {
    let but = |change: fn(&mut AliasItem)| {
        let mut past = past(AFTER, None);
        past.aliases.iter_mut().for_each(change);
        reconciled(&gives_new(&["a.foo.com"]), past)
    };
    assert_eq!(but(|_| ()), ["a.foo.com"]);
    type Change = fn(&mut AliasItem);
    let closed: [(&str, Change); 6] = [
        ("it is reconciled", |item| item.state = AliasState::Owned),
        ("it is claimed", |item| item.claim = Some("next".to_owned())),
        ("another one has moved it since", |item| item.moved_by = Some("next".to_owned())),
        ("nobody knows who has moved it", |item| item.moved_by = None),
        ("nobody has it", |item| item.holder = None),
        ("nobody knows since when", |item| item.seen_at = None),
    ];
    for (why, change) in closed {
        assert_eq!(but(change), Vec::<String>::new(), "{why}");
    }
}

/// The cutovers whose moves off the legacy distribution were open, and those that are once it was deployed.
fn open(moved_away: &[&str], moves: Vec<PastMove>, aliases: &[&str]) -> Option<(Vec<String>, Vec<String>)> {
    let moved_away = moved_away.iter().map(|id| (*id).to_owned()).collect();
    let distribution = Some(DistributionItem { moved_away, ..distribution_item(old()) });
    let of = |sighting| if let Sighting::Configured(config) = sighting { config.moved_away } else { None };
    verdict(&gives_old(aliases), &Known { distribution, moves, ..Known::default() }).sightings.into_iter().find_map(of)
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn a_source_forgets_a_move_that_is_over_and_remembers_the_others() {
    let ended = open(&["old-move", "other"], vec![past(None, AFTER)], &[]);
    assert_eq!(ended, Some((ids(&["old-move", "other"]), ids(&["other"]))));
    assert_eq!(open(&["old-move"], vec![past(None, AFTER)], &[]), Some((ids(&["old-move"]), vec![])));
    assert_eq!(open(&["old-move", "other"], vec![past(None, BEFORE)], &[]), None, "the target does not know of it");
    assert_eq!(open(&["other"], vec![past(None, AFTER)], &[]), None, "it was not remembered here");
    assert_eq!(open(&["old-move"], vec![], &[]), None, "what became of it was not looked at");
}

#[test]
fn a_move_of_several_names_is_remembered_until_the_last_of_them_is_known() {
    let two = |change: fn(&mut AliasItem)| {
        let mut second = AliasItem { alias: name("b.foo.com"), ..moved_item() };
        change(&mut second);
        PastMove { aliases: vec![moved_item(), second], ..past(None, AFTER) }
    };
    assert_eq!(open(&["old-move"], vec![two(|_| ())], &["b.foo.com"]), None, "the source's code still has the second");
    let forgotten = Some((ids(&["old-move"]), vec![]));
    assert_eq!(open(&["old-move"], vec![two(|_| ())], &[]), forgotten);
    assert_eq!(open(&["old-move"], vec![two(|item| item.state = AliasState::Owned)], &[]), forgotten, "the second was known before");
    let none_open = PastMove { aliases: vec![], ..past(None, None) };
    assert_eq!(open(&["old-move"], vec![none_open], &[]), forgotten, "nothing of it is open any more");
}

#[test]
fn a_deployment_is_looked_at_beside_the_moves_off_its_distribution_and_those_of_its_aliases() {
    let off = |ids: &[&str]| DistributionItem { moved_away: ids.iter().map(|id| (*id).to_owned()).collect(), ..distribution_item(old()) };
    let look = |distribution: Option<&DistributionItem>, item: AliasItem| {
        moves_to_look_at(distribution, &of_aliases(vec![item]).aliases, today("02:30:00")).into_iter().collect::<Vec<String>>()
    };
    let owned = || AliasItem { state: AliasState::Owned, ..moved_item() };
    let seen = |seen_at: Option<&str>| AliasItem { seen_at: seen_at.map(today), ..moved_item() };
    assert_eq!(look(None, owned()), Vec::<String>::new(), "it is reconciled");
    assert_eq!(look(Some(&off(&["first", "second"])), owned()), ["first", "second"]);
    assert_eq!(look(Some(&off(&["first"])), moved_item()), ["first", "old-move"]);
    assert_eq!(look(Some(&off(&["old-move"])), moved_item()), ["old-move"], "once");
    for (seen_at, is_looked_at) in [(None, true), (Some("02:29:59"), true), (Some("02:30:00"), false), (Some("02:30:01"), false)] {
        assert_eq!(
            !look(None, seen(seen_at)).is_empty(),
            is_looked_at,
            "moved at {seen_at:?}: what is later than the write is not shown by it"
        );
    }
    assert_eq!(look(None, AliasItem { moved_by: None, ..moved_item() }), Vec::<String>::new());
}
