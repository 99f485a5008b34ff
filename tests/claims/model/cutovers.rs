//! Whole cutovers in random worlds, with random writers beside them and random faults: whatever anybody was allowed to write
//! the specification allows too, no name is ever on two distributions, and none is left without one at a clean end.

use super::cases;
use super::specification::{Law, Model, Op};
use crate::situations::play_with;
use proptest::prelude::*;
use proptest::sample::Index;
use rehearsal::explore::{Clean, Trial, attempt, clean, places, world};
use rehearsal::fault::{Fault, FaultKind};
use rehearsal::placement::STRANGER;
use rehearsal::run::Play;
use rehearsal::world::journal::{Entry, Made, Side};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

const STRATEGIES: [&str; 6] = ["wildcardBridge", "moveDomain", "swap", "disableAndMove", "releaseService", "supportCase"];

/// What the specification can judge of a journal: it does not tell when DNS was in sync, nor which revision was named.
const JUDGED: [Law; 7] = [Law::Unique, Law::HeldUntilDeployed, Law::Overlap, Law::Covered, Law::Room, Law::SourceOff, Law::TargetServes];

/// Rules in other positions under which a cutover comes to an end.
const SWITCHES: [(&str, &str); 6] = [
    ("nameRelease", "\"accepted\""),
    ("cfDnsLagS", "0"),
    ("dnsCheckFirst", "false"),
    ("negativeCacheS", "60"),
    ("edgeMoveAtomicity", "\"atomic\""),
    ("sameAccountNeedsDisabledSource", "true"),
];

/// A plan, the faults that it has places for, and the calls that others can come after.
struct Base {
    clean: Clean,
    faults: Vec<Fault>,
}

static BASES: LazyLock<Vec<Base>> = LazyLock::new(|| {
    let base = |strategy: &str| {
        let mut play = world::prepared(&play_with(strategy));
        quicken(&mut play, 12);
        let clean = clean(&play).unwrap();
        assert_eq!(clean.report.outcome, "completed", "{strategy}");
        // Who leaves the source to be found cannot be asked to turn round.
        let sourceless = clean.play.request.get("source").is_none();
        let faults = places::singles(&clean).into_iter().map(|placed| placed.fault);
        let faults = faults.filter(|fault| !(sourceless && fault.kind == FaultKind::AskedBack)).collect();
        Base { clean, faults }
    };
    STRATEGIES.iter().map(|strategy| base(strategy)).collect()
});

/// Every version takes equally long, so that the specification knows when it is everywhere.
fn quicken(play: &mut Play, seconds: u32) {
    play.world["edge"] = json!({"locations": 2, "propagation": {"model": "fixed", "seconds": seconds}});
}

/// Somebody else's write, after a call of the clean run.
#[derive(Debug, Clone)]
struct Other {
    after: Index,
    deed: usize,
    on: usize,
    name: usize,
}

#[derive(Debug, Clone)]
struct Run {
    strategy: usize,
    seed: u64,
    seconds: u32,
    switches: Vec<Index>,
    others: Vec<Other>,
    faults: Vec<Index>,
}

fn run() -> impl Strategy<Value = Run> {
    let other = (any::<Index>(), 0_usize..6, 0_usize..3, 0_usize..3).prop_map(|(after, deed, on, name)| Other { after, deed, on, name });
    let others = prop::collection::vec(other, 0..3);
    let (switches, faults) = (prop::collection::vec(any::<Index>(), 0..3), prop::collection::vec(any::<Index>(), 0..4));
    (0..STRATEGIES.len(), 0_u64..1000, 1_u32..40, switches, others, faults)
        .prop_map(|(strategy, seed, seconds, switches, others, faults)| Run { strategy, seed, seconds, switches, others, faults })
}

/// Source, target and a stranger's distribution.
fn sides(play: &Play) -> [String; 3] {
    let id = |number: usize| play.world["distributions"][number]["id"].as_str().unwrap().to_owned();
    [id(0), id(1), STRANGER.to_owned()]
}

fn actor(base: &Base, other: &Other) -> Value {
    let play = &base.clean.play;
    let call = other.after.get(&base.clean.journal.calls);
    let name = [play.request["aliases"][0].as_str().unwrap(), "*.foo.com", "other.foo.com"][other.name];
    let on = &sides(play)[other.on];
    let mut actor = match other.deed {
        0 => json!({"do": "addAlias", "distribution": on, "alias": name}),
        1 => json!({"do": "removeAlias", "distribution": on, "alias": name}),
        2 => json!({"do": "setEnabled", "distribution": on, "enabled": other.name == 0}),
        3 => json!({"do": "editConfig", "distribution": on}),
        4 => {
            let to = play.world["distributions"][other.on]["domainName"].clone();
            let record = json!({"name": name, "type": "CNAME", "ttl": 60, "values": [to]});
            json!({"do": "changeRecord", "hostedZone": play.world["hostedZones"][0]["id"], "record": record})
        }
        _ => json!({"do": "moveAlias", "distribution": on, "alias": name}),
    };
    actor["afterCall"] = json!(format!("{}#{}", call.operation, call.number));
    actor
}

impl Run {
    fn base(&self) -> &'static Base {
        &BASES[self.strategy]
    }

    fn play(&self) -> Play {
        let base = self.base();
        let mut play = Play { seed: self.seed, ..base.clean.play.clone() };
        quicken(&mut play, self.seconds);
        let world = play.world.as_object_mut().unwrap();
        for (rule, value) in self.switches.iter().map(|index| index.get(&SWITCHES)) {
            world.entry("rules").or_insert_with(|| json!({}))[*rule] = serde_json::from_str(value).unwrap();
        }
        let actors = world.entry("actors").or_insert_with(|| json!([])).as_array_mut().unwrap();
        actors.extend(self.others.iter().map(|other| actor(base, other)));
        play
    }

    fn trial(&self) -> Trial<'static> {
        let mut faults: Vec<Fault> = self.faults.iter().map(|index| index.get(&self.base().faults).clone()).collect();
        faults.dedup_by(|one, other| (&one.operation, one.number) == (&other.operation, other.number));
        attempt(&self.base().clean, &self.play(), &faults).unwrap()
    }
}

/// The world as the specification takes it: what a service of AWS holds has a certificate of its own, for its own names.
fn world_of(trial: &Trial<'_>) -> Value {
    let mut world = trial.play.world.clone();
    for (id, side) in &trial.start.sides {
        let Some(arn) = &side.certificate else { continue };
        let given = world["distributions"].as_array_mut().unwrap().iter_mut().find(|given| given["id"] == id.as_str()).unwrap();
        (given["account"], given["certificate"]) = (json!(side.account), json!(arn));
        let certificates = world["certificates"].as_array_mut().unwrap();
        if !certificates.iter().any(|certificate| certificate["arn"] == arn.as_str()) {
            certificates.push(json!({"arn": arn, "names": side.aliases}));
        }
    }
    world
}

/// Has the specification do what `entry` says was done; what it says against that.
fn replay(model: &mut Model, entry: &Entry) -> Result<(), String> {
    let changed = |(id, side): (&String, &Side)| entry.after.sides[id] != *side;
    let moves = ["cloudfront:UpdateDomainAssociation", "cloudfront:AssociateAlias", "moveAlias"].contains(&entry.operation.as_str());
    if !entry.before.sides.iter().any(changed) {
        return Ok(());
    }
    let (before, after) = (&entry.before.sides[&entry.on], &entry.after.sides[&entry.on]);
    let verdict = if moves {
        let name = after.aliases.difference(&before.aliases).next().cloned().unwrap_or_default();
        if entry.operation == "moveAlias" {
            model.by_support(entry.at, &name, &entry.on);
            Ok(())
        } else {
            let op = Op::Move { name, to: entry.on.clone(), revision: None, older_call: false };
            model.apply(entry.at, &after.account, &op, entry.at)
        }
    } else {
        let (names, certificate) = (after.aliases.clone(), after.certificate.clone());
        let op = Op::Update { on: entry.on.clone(), names, enabled: after.enabled, certificate, revision: None };
        model.apply(entry.at, &after.account, &op, entry.at)
    };
    verdict.map_err(|refusal| format!("{} on {} was accepted at {}: {refusal:?}", entry.operation, entry.on, entry.at))?;
    for (id, side) in &entry.after.sides {
        let (names, enabled, ..) = model.side(id, entry.at);
        if (&names, enabled) != (&side.aliases, side.enabled) {
            return Err(format!("after {} on {}, {id} has {:?}, by the specification {names:?}", entry.operation, entry.on, side.aliases));
        }
    }
    let twice = entry.after.sides.values().flat_map(|side| &side.aliases).find(|name| model.holders(name).len() > 1);
    twice.map_or(Ok(()), |name| Err(format!("{name} is on {:?}", model.holders(name))))
}

/// How old the list may be that tells who else has a name (DSC-6), where the rules say nothing else.
const LIST_MILLIS: i64 = 60_000;

/// Whether somebody else was the last to change who has `name`, when the cutover had looked for the last time: a source that
/// is not its own to look at it sees in a list, and that may be old.
fn lost_afterwards(trial: &Trial<'_>, name: &str) -> bool {
    let is_look = |made: &&Made| {
        let looks = ["cloudfront:GetDistribution", "cloudfront:ListDomainConflicts"].contains(&made.operation.as_str());
        looks && made.writer.as_ref().is_some_and(|writer| writer.step == "conclude")
    };
    let last = trial.journal.calls.iter().rfind(is_look);
    let old = if trial.play.request.get("source").is_some() { 0 } else { LIST_MILLIS };
    let looked = last.map(|made| made.at - old);
    let has = |sides: &BTreeMap<String, Side>| -> BTreeSet<String> {
        sides.iter().filter(|(_, side)| side.aliases.contains(name)).map(|(id, _)| id.clone()).collect()
    };
    let last = trial.journal.entries.iter().rfind(|entry| has(&entry.before.sides) != has(&entry.after.sides));
    last.is_some_and(|entry| entry.writer.is_none() && looked.is_none_or(|looked| entry.at >= looked))
}

/// How the first request's cutover ended. Where its claim was taken over, whoever had it last has the last word.
fn outcome<'t>(trial: &'t Trial<'_>) -> &'t str {
    let id = &trial.report.document["claim"]["id"];
    let Some(claim) = trial.report.registry.iter().find(|item| item["sk"] == "CLAIM" && item["id"] == *id) else {
        return &trial.report.outcome;
    };
    let of_holder = trial.report.executions.iter().filter(|one| claim["execution"] == one.arn.as_str());
    of_holder.filter_map(|one| one.document["outcome"].as_str()).next_back().unwrap_or("none")
}

/// What the specification has against a run.
fn violations(trial: &Trial<'_>) -> Vec<String> {
    let mut model = Model::new(&world_of(trial), JUDGED);
    let mut found: Vec<String> = trial.journal.entries.iter().filter_map(|entry| replay(&mut model, entry).err()).collect();
    let outcome = outcome(trial);
    if ["completed", "rolledBack"].contains(&outcome) {
        let names = trial.play.request["aliases"].as_array().unwrap().iter().filter_map(Value::as_str);
        let nobodys = names.filter(|name| model.holders(name).is_empty() && !lost_afterwards(trial, name));
        found.extend(nobodys.map(|name| format!("{outcome}, and nobody has {name}")));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(120), failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_cutover_leaves_a_name_with_two_or_with_nobody(run in run()) {
        let trial = run.trial();
        let faults: Vec<String> = trial.play.faults.iter().map(ToString::to_string).collect();
        prop_assert_eq!(violations(&trial), Vec::<String>::new(), "{} --at {}", STRATEGIES[run.strategy], faults.join(" --at "));
    }
}

#[test]
fn a_journal_that_is_spoiled_is_found_out() {
    for base in BASES.iter() {
        let trial = || attempt(&base.clean, &base.clean.play, &[]).unwrap();
        assert_eq!(violations(&trial()), Vec::<String>::new(), "nothing is wrong yet");
        let name = base.clean.play.request["aliases"][0].as_str().unwrap().to_owned();
        let mut shared = trial();
        let mut entry = shared.journal.entries.last().unwrap().clone();
        entry.before = entry.after.clone();
        entry.after.sides.get_mut(STRANGER).unwrap().aliases.insert(name.clone());
        (entry.on, entry.operation) = (STRANGER.to_owned(), "addAlias".to_owned());
        shared.journal.entries.push(entry);
        assert!(violations(&shared).iter().any(|found| found.contains("Taken")), "{:?}", violations(&shared));
        let mut dropped = trial();
        let mut entry = dropped.journal.entries.last().unwrap().clone();
        let holder = entry.after.sides.iter().find(|(_, side)| side.aliases.contains(&name)).map(|(id, _)| id.clone()).unwrap();
        entry.before = entry.after.clone();
        entry.after.sides.get_mut(&holder).unwrap().aliases.remove(&name);
        (entry.on, entry.operation) = (holder, "cloudfront:UpdateDistribution".to_owned());
        entry.writer = dropped.journal.entries.iter().rev().find_map(|entry| entry.writer.clone());
        dropped.journal.entries.push(entry);
        assert!(violations(&dropped).iter().any(|found| found.contains("nobody has")), "{:?}", violations(&dropped));
    }
}
