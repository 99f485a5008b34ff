//! The moments at which somebody changed what viewers meet, each with words. Told by the world, not by the document:
//! a swap's step notes its end, the world knows when the detach was accepted. Must not know how they are drawn.

use crate::run::Report;
use crate::viewers::Cast;
use crate::world::dns::NameState;
use crate::world::{Happening, Millis, World};
use std::collections::BTreeMap;

/// How long after a write its step may still be busy before it notes the edit: a few retries of a lost answer.
const NOTED_MILLIS_MAX: Millis = 5 * 60 * 1000;
/// The same for a swap, whose one call is long.
const SWAP_NOTED_MILLIS_MAX: Millis = 15 * 60 * 1000;

/// Whose doing a mark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An edit of the plan, or its inverse.
    Edit,
    /// The cutover turned round.
    Turn,
    /// Somebody else.
    Stranger,
}

/// One moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// When.
    pub(super) at: Millis,
    /// Whose.
    pub(super) kind: Kind,
    /// What, short.
    pub(super) text: String,
}

/// `3/5` of `3/5 remove a.foo.com from E1`, `back 3/5` of an inverse; nothing where it is no edit.
pub(super) fn number_of(what: &str) -> Option<&str> {
    let start = if what.starts_with("back ") { "back ".len() } else { 0 };
    let end = what.get(start..)?.find(' ')? + start;
    let (position, count) = what.get(start..end)?.split_once('/')?;
    let is_number = |text: &str| text.parse::<u32>().is_ok();
    (is_number(position) && is_number(count)).then(|| what.get(..end))?
}

/// Every mark of a run, in order.
pub(super) fn marks(report: &Report, cast: &Cast, world: &World) -> Vec<Mark> {
    let mut marks = aliases_moved(report, world);
    marks.extend(records_changed(report, cast, world));
    let turned = report.timeline.iter().filter(|(_, what, _)| what == "turning round");
    marks.extend(turned.map(|(at, what, _)| Mark { at: *at, kind: Kind::Turn, text: what.clone() }));
    marks.sort_by(|a, b| (a.at, &a.text).cmp(&(b.at, &b.text)));
    marks
}

fn aliases_moved(report: &Report, world: &World) -> Vec<Mark> {
    let mut marks = vec![];
    for (id, distribution) in &world.distributions {
        for pair in distribution.versions.windows(2) {
            let [before, after] = pair else { continue };
            let joined: Vec<&String> = after.aliases.difference(&before.aliases).collect();
            let left: Vec<&String> = before.aliases.difference(&after.aliases).collect();
            let mut told = vec![];
            if !joined.is_empty() {
                told.push(("add", format!("{id} gets {}", some(&joined))));
            }
            if !left.is_empty() {
                told.push(("remove", format!("{id} loses {}", some(&left))));
            }
            if told.is_empty() {
                let what = if before.enabled == after.enabled {
                    "changed otherwise"
                } else if after.enabled {
                    "enabled"
                } else {
                    "disabled"
                };
                told.push(("", format!("{id} is {what}")));
            }
            marks.extend(told.into_iter().map(|(verb, text)| mark(report, world, after.accepted, id, verb, text)));
        }
    }
    marks
}

fn records_changed(report: &Report, cast: &Cast, world: &World) -> Vec<Mark> {
    let mut marks = vec![];
    for (id, zone) in &world.zones {
        let mut batches: BTreeMap<Millis, Vec<(&String, &NameState)>> = BTreeMap::new();
        for (name, state) in zone.names.iter().flat_map(|(name, states)| states.iter().map(move |state| (name, state))) {
            if state.accepted >= world.start {
                batches.entry(state.accepted).or_default().push((name, state));
            }
        }
        for (at, batch) in batches {
            let names: Vec<&String> = batch.iter().map(|(name, _)| *name).collect();
            let to = batch
                .first()
                .and_then(|(_, state)| leads_to(state, cast, world))
                .map_or("elsewhere".to_owned(), |role| format!("to the {role}"));
            marks.push(mark(report, world, at, id, "point", format!("DNS of {} leads {to}", some(&names))));
        }
    }
    marks
}

/// Whether a name's sets name the source or the target.
fn leads_to(state: &NameState, cast: &Cast, world: &World) -> Option<&'static str> {
    let domain_of = |id: &str| world.distributions.get(id).map(|distribution| distribution.domain_name.clone());
    let led: Vec<String> = state
        .sets
        .iter()
        .flat_map(|set| set.alias_target.iter().chain(&set.values))
        .map(|name| crate::world::names::normal(name))
        .collect();
    let names = |id: &str| domain_of(id).is_some_and(|domain| led.contains(&domain));
    [(&cast.target, "target"), (&cast.source, "source")].into_iter().find(|(id, _)| names(id)).map(|(_, role)| role)
}

/// A write at `at` that an edit with this verb and distribution or zone would make.
fn mark(report: &Report, world: &World, at: Millis, id: &str, verb: &str, text: String) -> Mark {
    let by_stranger = verb.is_empty() || world.happenings.iter().any(|happening| happening.at == at && did(happening, verb, id));
    let noted = report.timeline.iter().find(|(noted, what, _)| {
        let swaps = what.contains(" swap ");
        let in_time = (0..=if swaps { SWAP_NOTED_MILLIS_MAX } else { NOTED_MILLIS_MAX }).contains(&(noted - at));
        in_time && number_of(what).is_some() && what.contains(id) && (swaps || what.contains(&format!(" {verb} ")))
    });
    match noted.and_then(|(_, what, _)| number_of(what)).filter(|_| !by_stranger) {
        Some(number) => Mark { at, kind: Kind::Edit, text: format!("{number} {text}") },
        None if by_stranger => Mark { at, kind: Kind::Stranger, text: format!("somebody else: {text}") },
        None => Mark { at, kind: Kind::Edit, text },
    }
}

/// Whether it tells of a write with this verb to this distribution or zone.
fn did(happening: &Happening, verb: &str, id: &str) -> bool {
    let deed = match verb {
        "add" => "AddAlias",
        "remove" => "RemoveAlias",
        _ => "ChangeRecord",
    };
    let to_it = happening.detail.split(' ').next() == Some(id);
    to_it && happening.what.ends_with(deed) && !happening.detail.contains("refused")
}

fn some(names: &[&String]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => (*only).clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::number_of;

    #[test]
    fn an_edit_is_known_by_its_number() {
        assert_eq!(number_of("3/5 remove a.foo.com from E1"), Some("3/5"));
        assert_eq!(number_of("back 2/4 add a.foo.com to E1"), Some("back 2/4"));
        for other in ["verified", "back to normal", "a/b x", "3/5", "turning round", ""] {
            assert_eq!(number_of(other), None, "{other}");
        }
    }
}
