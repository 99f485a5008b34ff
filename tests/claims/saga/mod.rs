//! Is each edit one reversible change? Of every edit of every strategy: it fails and the world comes back, its step runs
//! twice and nothing happens twice, so does its inverse, and where the inverse fails a person is told what is left. What
//! edits there are is read off the plans; what is expected of each, off the permissions that its way back needs.

mod acts;
mod fails_there;
mod twice;
mod undo_fails;

use crate::situations::world::{Change, SOURCE, alias, cname, situation};
use crate::situations::{plans, play_with};
use acts::{Act, acts};
use rehearsal::explore::{Clean, Trial, attempt, clean, world};
use rehearsal::fault::Fault;
use rehearsal::run::Play;
use rehearsal::world::journal::{Entry, Sight};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// One plan, carried out.
struct Saga {
    name: &'static str,
    clean: Clean,
    acts: Vec<Act>,
}

const STRATEGIES: [&str; 6] = ["wildcardBridge", "moveDomain", "swap", "disableAndMove", "releaseService", "supportCase"];

/// Plans of another shape than the first of their strategy.
const SHAPES: [(&str, Change); 8] = [
    ("bridge of two names", |s| s.names(&["a.foo.com", "b.foo.com"])),
    ("bridge below the target's own wildcard", |s| s.target()["aliases"] = json!(["*.foo.com"])),
    ("move of two names without a net", |s| {
        s.names(&["a.foo.com", "b.foo.com"]);
        s.one_account();
        s.target_certificate(&["a.foo.com", "b.foo.com"]);
    }),
    ("move from another account's disabled source", |s| s.source()["enabled"] = json!(false)),
    ("swap of an apex and its www", |s| {
        s.names(&["foo.com", "www.foo.com"]);
        s.records(vec![alias("foo.com", "A", SOURCE), cname("www.foo.com", SOURCE)]);
        s.strategy("swap");
        s.accept_outage();
    }),
    ("swap within one account", |s| {
        s.one_account();
        s.strategy("swap");
        s.accept_outage();
    }),
    ("swap of a wildcard, its names first", |s| {
        s.names(&["*.foo.com"]);
        s.target_certificate(&["*.foo.com"]);
        s.records(vec![cname("x.foo.com", SOURCE), cname("y.foo.com", SOURCE)]);
    }),
    ("release of an apex", |s| {
        s.apex();
        plans::held_by(s, "amplify", "2026-12-01T02:12:00Z");
        s.accept_outage();
    }),
];

fn carried_out(name: &'static str, play: &Play) -> Saga {
    let clean = clean(play).unwrap();
    assert_eq!(clean.report.outcome, "completed", "{name}: {} {}", clean.report.document["refusals"], clean.report.document["stuck"]);
    let acts = acts(&clean);
    Saga { name, clean, acts }
}

/// Every plan, on its way forward.
fn forth() -> Vec<Saga> {
    let first = STRATEGIES.into_iter().map(|strategy| (strategy, world::prepared(&play_with(strategy))));
    let shaped = SHAPES.into_iter().map(|(name, change)| {
        let made = situation(change, true);
        let play = Play { scenario: name.to_owned(), world: made.world, request: made.request, seed: 1, faults: vec![] };
        (name, world::prepared(&play))
    });
    let mut slow = world::prepared(&play_with("swap"));
    slow.world["hostedZones"][0]["records"][0]["ttl"] = json!(3600);
    first.chain(shaped).chain([("swap with a TTL of an hour", slow)]).map(|(name, play)| carried_out(name, &play)).collect()
}

impl Saga {
    fn document(&self) -> &Value {
        &self.clean.report.document
    }

    fn plan(&self) -> &[Value] {
        self.document()["plan"].as_array().unwrap()
    }

    fn target(&self) -> &str {
        self.clean.play.request["target"]["distribution"].as_str().unwrap()
    }

    /// The same with somebody who breaks the target's origin right after the last write of `act`, or, where others are
    /// asked, as they are asked.
    fn origin_fails_after(&self, act: &Act) -> Play {
        let mut play = self.clean.play.clone();
        let mut actor = json!({"do": "failOrigin", "distribution": self.target()});
        match act.accepted().last() {
            Some(call) => actor["afterCall"] = json!(format!("{}#{}", call.operation, call.number)),
            None => actor["at"] = json!(jiff::Timestamp::from_millisecond(act.asked_at.unwrap() + 1000).unwrap().to_string()),
        }
        play.world.as_object_mut().unwrap().entry("actors").or_insert_with(|| json!([])).as_array_mut().unwrap().push(actor);
        play
    }

    /// Where the plan next looks whether the target serves, once its origin fails after the edit at `position`.
    fn noticed_at(&self, position: usize) -> Option<usize> {
        (position..self.plan().len()).find(|at| self.plan()[*at].get("proof").is_some())
    }

    /// The edit that nothing of ours takes back once it has settled: others have moved the names, or let go of them.
    fn point_of_no_return(&self) -> usize {
        self.document()["pointOfNoReturn"].as_u64().map_or(usize::MAX, |position| usize::try_from(position).unwrap())
    }

    /// The same plan, turned round as late as it can be.
    fn turned_round(&self) -> Saga {
        let late = |act: &&Act| act.is_done() && self.noticed_at(act.position).is_some_and(|at| at < self.point_of_no_return());
        let last = self.acts.iter().rfind(late).unwrap_or_else(|| panic!("{}: never looks", self.name));
        let clean = clean(&self.origin_fails_after(last)).unwrap();
        assert_eq!(clean.report.outcome, "rolledBack", "{}: {}", self.name, clean.report.document["stuck"]);
        let acts = acts(&clean);
        Saga { name: self.name, clean, acts }
    }

    fn struck(&self, faults: &[String]) -> Trial<'_> {
        let faults: Vec<Fault> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        let trial = attempt(&self.clean, &self.clean.play, &faults).unwrap();
        let idle: Vec<&String> = trial.report.idle_faults.iter().filter(|fault| !fault.contains("AssociateAlias")).collect();
        assert!(idle.is_empty(), "{}: {faults:?}: {idle:?}", self.name);
        trial
    }
}

/// What a write changed, without the time at which it did.
fn change_of(entry: &Entry) -> String {
    let sides = entry.before.sides.iter().map(|(id, before)| {
        let after = &entry.after.sides[id];
        let gone = before.aliases.difference(&after.aliases).map(|alias| format!("{id} -{alias} "));
        let come = after.aliases.difference(&before.aliases).map(|alias| format!("{id} +{alias} "));
        let enabled = if before.enabled == after.enabled { String::new() } else { format!("{id} enabled {} ", after.enabled) };
        let rest = if before.rests_as(after) { "" } else { "and more " };
        gone.chain(come).collect::<String>() + &enabled + rest
    });
    let names: BTreeSet<&(String, String)> = entry.before.records.keys().chain(entry.after.records.keys()).collect();
    let records = names.into_iter().filter_map(|key| {
        // The record sets of a name have no order.
        let sets = |sight: &Sight| {
            let mut sets: Vec<String> =
                sight.records.get(key).into_iter().flatten().map(|set| serde_json::to_string(set).unwrap()).collect();
            sets.sort();
            sets.join(" ")
        };
        let (before, after) = (sets(&entry.before), sets(&entry.after));
        (before != after).then(|| format!("{} {}: {before} -> {after} ", key.0, key.1))
    });
    sides.chain(records).collect()
}

/// What the functions changed, in order.
fn changes(journal: &rehearsal::world::journal::Journal) -> Vec<String> {
    journal.entries.iter().filter(|entry| entry.writer.is_some()).map(change_of).collect()
}

/// What is not as it was.
fn differences(before: &Sight, after: &Sight) -> String {
    let entry = Entry {
        at: 0,
        operation: String::new(),
        on: String::new(),
        writer: None,
        before: before.clone(),
        after: after.clone(),
        held: None,
        refused: BTreeMap::new(),
    };
    change_of(&entry)
}

/// The moves that a person is told to make.
fn next_moves(trial: &Trial<'_>) -> Vec<String> {
    let moves = trial.report.document.pointer("/stuck/nextMoves").and_then(Value::as_array);
    moves.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
