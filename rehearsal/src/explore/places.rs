//! Every place in a clean run at which something can go wrong, and what can go wrong there. Looks that are like the one
//! before them are the same place: of each wait the first two and the last are visited; and so are states that only choose,
//! with the state that they lead to. Must not know what a fault does.

use super::rules::records;
use super::{Clean, Found};
use crate::fault::{Family, Fault, FaultKind};
use crate::placement::place;
use crate::run::{DEFINITION, Play};
use crate::staging::{SWEEP_SECONDS, Staging};
use crate::world::Millis;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Looks of one wait, or tries of one operation in one invocation, that are visited from the beginning, and from the end.
const FIRST_LOOKS: usize = 2;
const LAST_LOOKS: usize = 1;
const FIRST_TRIES: usize = 6;
const LAST_TRIES: usize = 2;
/// The step that looks whether what is waited for has come.
const LOOKS: &str = "check_settled";
/// The states of a wait.
const WAITING: [&str; 3] = ["WaitToSettle", "CheckSettled", "HasSettled"];
/// Operations that change what viewers see.
const WRITES: [&str; 4] = [
    "cloudfront:UpdateDistribution",
    "cloudfront:UpdateDomainAssociation",
    "cloudfront:AssociateAlias",
    "route53:ChangeResourceRecordSets",
];
/// Faults that are put on a write in pairs: one of each sort that a cutover can tell apart.
const IN_PAIRS: [FaultKind; 8] = [
    FaultKind::LostAnswer,
    FaultKind::Late,
    FaultKind::Denied,
    FaultKind::Taken,
    FaultKind::IllegalUpdate,
    FaultKind::KilledAfter,
    FaultKind::FrozenBefore,
    FaultKind::AliasReadded,
];

// A sweep would find a function that stood still for longer.
const _: () = assert!(SWEEP_SECONDS >= 890);

/// A state, and which entry of it.
pub type Entry = (String, u64);

/// One fault, and its position in the clean run.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Its position: places count from 0.
    pub place: usize,
    /// The fault.
    pub fault: Fault,
    /// The state that it leads to at once, and which entry of it, where the same comes of a fault there: it needs no visit of
    /// its own.
    pub alike: Option<Entry>,
}

/// Every single fault that the clean run has a place for, in the order of the places.
pub fn singles(clean: &Clean) -> Vec<Placed> {
    let mut all = vec![];
    let visited = calls_visited(clean);
    let fits = fitting(clean);
    let mut last: Option<(&str, u64)> = None;
    for (place, made) in clean.journal.calls.iter().enumerate() {
        let invocation = made.writer.as_ref().map(|writer| (writer.step.as_str(), writer.invocation));
        let opens = std::mem::replace(&mut last, invocation) != invocation;
        if !visited.contains(&place) {
            continue;
        }
        let of_its_kind = clean.report.calls.get(&made.operation).copied().unwrap_or(0);
        let call =
            Call { operation: &made.operation, is_an_end: made.number == 1 || made.number == of_its_kind, opens, begins: place == 0 };
        let kinds = FaultKind::ALL.iter().copied().filter(|kind| call.is_worth(*kind) && fits.contains(kind));
        let fault = |kind| Fault { operation: made.operation.clone(), number: made.number, kind };
        all.extend(kinds.map(|kind| Placed { place, fault: fault(kind), alike: None }));
    }
    all.extend(states_visited(clean));
    all.extend(invocations_visited(clean));
    all.sort_by_key(|placed| placed.place);
    all
}

/// The kinds that this play has everything for: there is no way back to a source that the request does not name, and nobody
/// changes a record set that is in no hosted zone, or stands beside a proof that is never staged.
fn fitting(clean: &Clean) -> Vec<FaultKind> {
    let has_source = clean.play.request.get("source").is_some();
    let proves =
        clean.journal.entries.iter().any(|entry| records(&entry.before, &entry.after).iter().any(|((_, name), ..)| name.starts_with('_')));
    let fits = |kind: &FaultKind| {
        let fault = Fault { operation: "cloudfront:GetDistribution".to_owned(), number: 1, kind: *kind };
        let play = Play { faults: vec![fault], ..clean.play.clone() };
        let is_about = match kind {
            FaultKind::AskedBack => has_source,
            FaultKind::ProofJoined => proves,
            _ => true,
        };
        is_about && (kind.family() != Family::Others || place(&play, &Staging::default()).is_ok())
    };
    FaultKind::ALL.iter().copied().filter(fits).collect()
}

/// Pairs of faults.
#[derive(Debug, Default)]
pub struct Pairs {
    /// Those that are to be visited, in the order of the places.
    pub apart: Vec<Vec<Fault>>,
    /// How many need no visit: one of them is [alike](Placed::alike), or after the first fault the second finds no place, so
    /// that nothing happens but what was seen when the first was alone.
    pub alike: usize,
}

/// Every pair of faults of which each hits a write that viewers see or a state. `alone` is what was found with one of them.
pub fn pairs(singles: &[Placed], alone: &[Found]) -> Pairs {
    let hits = |placed: &&Placed| {
        let is_write = WRITES.contains(&placed.fault.operation.as_str()) && IN_PAIRS.contains(&placed.fault.kind);
        is_write || placed.fault.kind == FaultKind::Stopped
    };
    let points: Vec<&Placed> = singles.iter().filter(hits).collect();
    // A stop is followed by nothing of its own execution but by a recovery, whose places are not those of the clean run:
    // a second stop would never come.
    let both_stop = |one: &Placed, other: &Placed| one.fault.kind == FaultKind::Stopped && other.fault.kind == FaultKind::Stopped;
    let known: BTreeMap<String, &Found> =
        alone.iter().filter_map(|found| found.faults.first().map(|fault| (fault.to_string(), found))).collect();
    let mut pairs = Pairs::default();
    for (at, one) in points.iter().enumerate() {
        let found = known.get(&one.fault.to_string());
        for other in points.iter().skip(at + 1).filter(|other| other.place > one.place && !both_stop(one, other)) {
            let finds_no_place = found.is_some_and(|found| !found.reaches(&other.fault));
            // What it leads to after the first fault has to be what it leads to without.
            let leads_there = other.alike.is_some() && found.is_some_and(|found| found.led_to(&other.fault) == other.alike.as_ref());
            if one.alike.is_some() || finds_no_place || leads_there {
                pairs.alike += 1;
            } else {
                pairs.apart.push(vec![one.fault.clone(), other.fault.clone()]);
            }
        }
    }
    pairs
}

/// A call, as far as it matters whether a fault at it is like none at a call nearby.
struct Call<'c> {
    operation: &'c str,
    /// Whether it is the first or the last of its operation.
    is_an_end: bool,
    /// Whether it is the first of its invocation.
    opens: bool,
    /// Whether it is the first of all: nobody has planned anything yet.
    begins: bool,
}

impl Call<'_> {
    fn is_worth(&self, kind: FaultKind) -> bool {
        let operation = self.operation;
        let (is_write, of_table) = (WRITES.contains(&operation), operation.starts_with("dynamodb:"));
        let of_table_write = of_table && FaultKind::Late.fits(operation);
        let seen = operation.starts_with("cloudfront:") || operation.starts_with("route53:");
        kind.fits(operation)
            && match kind {
                // Whatever the call is for, it is tried again: by the SDK, by the step where it writes, or by the definition.
                FaultKind::Throttled | FaultKind::Unavailable | FaultKind::Expired => is_write || self.is_an_end,
                // Until it writes, a function that dies has done nothing.
                FaultKind::KilledBefore | FaultKind::FrozenBefore => is_write || self.opens,
                // Of a read nothing is lost but its answer.
                FaultKind::LostAnswer | FaultKind::KilledAfter | FaultKind::FrozenAfter => is_write || of_table_write,
                FaultKind::Denied | FaultKind::DeniedForGood | FaultKind::Down => !of_table || self.opens || self.is_an_end,
                FaultKind::Stale => is_write,
                // What others do is told apart by what Cutover has seen and written.
                FaultKind::AskedAgain | FaultKind::AskedBack => is_write || operation == "dynamodb:TransactWriteItems" || self.begins,
                FaultKind::ClockAhead | FaultKind::ClockBehind => is_write || operation == "dynamodb:TransactWriteItems",
                kind if kind.family() == Family::Others => seen,
                _ => true,
            }
    }
}

/// Positions of the calls that are visited.
fn calls_visited(clean: &Clean) -> BTreeSet<usize> {
    let mut waits: Vec<Vec<(u64, Vec<usize>)>> = vec![];
    let mut tries: BTreeMap<(String, u64, String), Vec<usize>> = BTreeMap::new();
    let mut visited = BTreeSet::new();
    let mut is_waiting = false;
    for (place, made) in clean.journal.calls.iter().enumerate() {
        let Some(writer) = &made.writer else {
            visited.insert(place);
            continue;
        };
        if writer.step != LOOKS {
            is_waiting = false;
            tries.entry((writer.step.clone(), writer.invocation, made.operation.clone())).or_default().push(place);
            continue;
        }
        if !is_waiting {
            waits.push(vec![]);
            is_waiting = true;
        }
        let Some(wait) = waits.last_mut() else { continue };
        match wait.last_mut() {
            Some((invocation, places)) if *invocation == writer.invocation => places.push(place),
            _ => wait.push((writer.invocation, vec![place])),
        }
    }
    for wait in &waits {
        visited.extend(ends(wait, FIRST_LOOKS, LAST_LOOKS).flat_map(|(_, places)| places.iter().copied()));
    }
    for places in tries.values() {
        visited.extend(ends(places, FIRST_TRIES, LAST_TRIES).copied());
    }
    visited
}

/// The first and the last few of a list, each once.
fn ends<T>(all: &[T], first: usize, last: usize) -> impl Iterator<Item = &T> {
    let from = all.len().saturating_sub(last);
    all.iter().enumerate().filter(move |(at, _)| *at < first || *at >= from).map(|(_, one)| one)
}

/// The place of the first call after a moment.
fn place_of(clean: &Clean, moment: i64) -> usize {
    clean.journal.calls.partition_point(|made| made.at < moment)
}

/// The states of the definition that only choose: they ask nobody, and take no time. An execution that ends as it enters one
/// of them has done, and left behind, what one has that ends as it enters the next.
fn only_choose() -> &'static BTreeSet<String> {
    static CHOOSE: OnceLock<BTreeSet<String>> = OnceLock::new();
    CHOOSE.get_or_init(|| {
        let definition: Value = serde_json::from_str(DEFINITION).unwrap_or_default();
        let states = definition.get("States").and_then(Value::as_object).into_iter().flatten();
        states.filter(|(_, state)| state.get("Type").is_some_and(|kind| kind == "Choice")).map(|(name, _)| name.clone()).collect()
    })
}

/// Each state that was entered, and which entry of it that was.
fn numbered(states: &[(String, Millis)]) -> Vec<Entry> {
    let mut count = BTreeMap::<&str, u64>::new();
    let number = |state: &'_ str, count: &mut u64| {
        *count += 1;
        (state.to_owned(), *count)
    };
    states.iter().map(|(state, _)| number(state, count.entry(state).or_insert(0))).collect()
}

/// What each state that only chooses led to, in one rehearsal.
pub(super) fn choices(states: &[(String, Millis)]) -> BTreeMap<Entry, Entry> {
    let entered = numbered(states);
    let chose = entered.windows(2).filter_map(|pair| match pair {
        [from, to] if only_choose().contains(&from.0) => Some((from.clone(), to.clone())),
        _ => None,
    });
    chose.collect()
}

/// The states that are visited, with what can happen to an execution as it enters them.
fn states_visited(clean: &Clean) -> Vec<Placed> {
    let (entered, leads) = (numbered(&clean.states), choices(&clean.states));
    let mut in_a_row = 0;
    let is_visited = |(state, _): &&Entry| {
        in_a_row = if WAITING.contains(&state.as_str()) { in_a_row + 1 } else { 0 };
        in_a_row <= FIRST_LOOKS * WAITING.len()
    };
    let visited: BTreeSet<&Entry> = entered.iter().filter(is_visited).collect();
    let mut placed = vec![];
    for (entry, (_, at)) in entered.iter().zip(&clean.states).filter(|(entry, _)| visited.contains(entry)) {
        let (state, number) = entry;
        let alike = leads.get(entry).filter(|next| visited.contains(next)).cloned();
        let fault = |kind| Fault { operation: format!("states:{state}"), number: *number, kind };
        let place = place_of(clean, *at);
        let kinds = [FaultKind::Stopped, FaultKind::Redriven, FaultKind::HistoryFull];
        placed.extend(kinds.map(|kind| Placed { place, fault: fault(kind), alike: alike.clone() }));
    }
    placed
}

/// The invocations that are visited, with what Lambda can do to each.
fn invocations_visited(clean: &Clean) -> Vec<Placed> {
    let mut last: Option<(String, u64)> = None;
    let (mut in_a_row, mut placed) = (0, vec![]);
    for (place, made) in clean.journal.calls.iter().enumerate() {
        let Some(writer) = &made.writer else { continue };
        let present = Some((writer.step.clone(), writer.invocation));
        if last == present {
            continue;
        }
        last = present;
        in_a_row = if writer.step == LOOKS { in_a_row + 1 } else { 0 };
        if in_a_row > FIRST_LOOKS {
            continue;
        }
        let state = state_of(&writer.step);
        let fault = |kind| Fault { operation: format!("lambda:{state}"), number: writer.invocation, kind };
        placed.extend([FaultKind::Twice, FaultKind::Overtaken, FaultKind::AgainLater].map(|kind| Placed {
            place,
            fault: fault(kind),
            alike: None,
        }));
    }
    placed
}

/// `update_distribution` → `UpdateDistribution`
fn state_of(step: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    step.split('_').map(capital).collect()
}
