//! One rehearsal: a world, a request, the definition, the real handlers. Must not know what a cutover is; it
//! hands JSON from state to state.

use crate::clock::VirtualClock;
use crate::executions::{self, Performance};
use crate::hands::Hands;
use crate::interpreter::{Context, Definition, Execution, Observer, Status};
use crate::plug::SharedWorld;
use crate::staging::Staging;
use crate::trail::Bus;
use crate::viewers::{Cast, Viewers};
use crate::wire::Fault;
use crate::world::journal::Journal;
use crate::world::{Millis, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use crate::executions::Played;

/// The definition, as it is deployed.
pub const DEFINITION: &str = include_str!("../../statemachine/cutover.asl.json");

/// Where the definition has the member accounts, once it asks for them; a deployment puts its parameter there.
const MEMBER_ACCOUNTS: &str = "${MemberAccounts}";

/// The ids of all member accounts of `world`, joined by commas; the home account is one where it owns a distribution or a
/// hosted zone.
pub(crate) fn members(world: &World) -> String {
    let input = &world.input;
    let owners = input.distributions.iter().map(|one| &one.account).chain(input.hosted_zones.iter().map(|one| &one.account));
    let home_owns = owners.into_iter().any(|owner| *owner == input.home_account);
    let members = input.accounts.iter().map(|account| account.id.as_str()).filter(|id| *id != input.home_account || home_owns);
    members.collect::<Vec<&str>>().join(",")
}

/// `definition` with `members` where it asks for them.
pub(crate) fn for_members(definition: &str, members: &str) -> String {
    definition.replace(MEMBER_ACCOUNTS, members)
}

/// Exit status of a command whose input could not be read.
pub const UNREADABLE: u8 = 2;

/// What a run found.
#[derive(Debug, Clone)]
pub struct Report {
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The document's own word, or `stuck` where there was none.
    pub outcome: String,
    /// The last document.
    pub document: Value,
    /// What viewers met.
    pub viewers: Viewers,
    /// Every call, by service and operation.
    pub calls: BTreeMap<String, u64>,
    /// Calls by the role that made them.
    pub role_actions: BTreeMap<(String, String), u64>,
    /// Faults, and whatever else of a staging, that were asked for and never came to pass.
    pub idle_faults: Vec<String>,
    /// Every accepted call that changed something, in order: operation, calling account, and the id of what it was made
    /// on: a distribution, a tenant or a hosted zone.
    pub writes: Vec<(String, String, String)>,
    /// The run of the definition that ended the first request's cutover: its recovery, where there was one.
    pub execution: Execution,
    /// Every run of the definition, in the order in which they began.
    pub executions: Vec<Played>,
    /// From beginning to end.
    pub simulated_seconds: f64,
    /// Milliseconds since the epoch, what, detail: the document's events and what happened in the world.
    pub timeline: Vec<(i64, String, String)>,
    /// The home account's table at the end: items as plain JSON, by their keys.
    pub registry: Vec<Value>,
    /// The world at the end.
    pub world: Value,
}

/// What to rehearse.
#[derive(Debug, Clone)]
pub struct Play {
    /// Its name.
    pub scenario: String,
    /// `world.json`.
    pub world: Value,
    /// `request.json`.
    pub request: Value,
    /// Draws everything that is random.
    pub seed: u64,
    /// Injected faults.
    pub faults: Vec<Fault>,
}

/// Somebody who watches a run.
pub trait Audit: Observer {
    /// Called once, before the first state, with the world that the run plays in.
    fn begins(&self, world: &SharedWorld, clock: VirtualClock, cast: &Cast);

    /// Who watches the executions of other requests, and the sweeps; nobody unless somebody says so.
    fn beside(&self) -> &dyn Observer {
        &Unwatched
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Observer for Unwatched {}
impl Audit for Unwatched {
    fn begins(&self, _world: &SharedWorld, _clock: VirtualClock, _cast: &Cast) {}
}

/// Rehearses `play` in virtual time.
///
/// # Errors
/// What is wrong with the world, for a person.
pub fn run(play: &Play, audit: &dyn Audit) -> Result<Report, String> {
    Ok(rehearse(play, audit)?.0)
}

/// The same, with the world itself for whoever wants to look closer.
///
/// # Errors
/// As [`run`].
pub fn rehearse(play: &Play, audit: &dyn Audit) -> Result<(Report, SharedWorld), String> {
    stage(play, &Staging::default(), audit)
}

/// The same with everything else that `staging` says.
///
/// # Errors
/// As [`run`], and what is wrong with the staging's definition.
pub fn stage(play: &Play, staging: &Staging, audit: &dyn Audit) -> Result<(Report, SharedWorld), String> {
    let (play, staging) = &crate::placement::place(play, staging)?;
    let mut world = World::new(play.world.clone(), play.seed)?;
    world.faults = play.faults.clone();
    world.journal = staging.journal.then(Journal::default);
    let definition = staging.definition.as_deref().unwrap_or(DEFINITION);
    let definition = Definition::parse(&for_members(definition, &members(&world))).map_err(|error| error.to_string())?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().map_err(|error| error.to_string())?;
    Ok(runtime.block_on(perform(play, staging, world, &definition, audit)))
}

async fn perform(play: &Play, staging: &Staging, world: World, definition: &Definition, audit: &dyn Audit) -> (Report, SharedWorld) {
    let start = world.start;
    let cast = Cast::in_world(&play.request, &world);
    let world = SharedWorld::new(world);
    let clock = VirtualClock::new(start);
    audit.begins(&world, clock.clone(), &cast);
    let bus = Bus::new(&world, &clock, Arc::new(Hands::new(&world, &clock)));
    let (performance, end) = bus.alongside(executions::perform(play, staging, definition, &world, &clock, audit)).await;
    let end = end.max(world.lock().injected.last_landing().unwrap_or(end));
    (report(play, &world, end, &cast, performance), world)
}

/// What `$$` tells about the execution called `name`, of the home account's state machine.
pub(crate) fn context(home: &str, name: &str, started: Millis) -> Context {
    Context {
        execution_id: format!("arn:aws:states:us-east-1:{home}:execution:cutover:{name}"),
        execution_name: name.to_owned(),
        started_at: jiff::Timestamp::from_millisecond(started).map(|time| time.to_string()).unwrap_or_default(),
        role_arn: format!("arn:aws:iam::{home}:role/cutover-state-machine"),
        state_machine_id: format!("arn:aws:states:us-east-1:{home}:stateMachine:cutover"),
        state_machine_name: "cutover".to_owned(),
    }
}

fn report(play: &Play, world: &SharedWorld, end: Millis, cast: &Cast, performance: Performance) -> Report {
    let Performance { played: executions, last: execution, idle: never } = performance;
    let mut world = world.lock();
    crate::service::injection::settle(&mut world, end);
    let document = executions::document(&execution);
    let outcome = document.get("outcome").and_then(Value::as_str).unwrap_or("stuck").to_owned();
    let events = document.get("timeline").and_then(Value::as_array);
    let field = |event: &Value, key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let time = |event: &Value| field(event, "at").parse::<jiff::Timestamp>().map_or(world.start, |at| at.as_millisecond());
    let mut timeline: Vec<(i64, String, String)> =
        events.into_iter().flatten().map(|event| (time(event), field(event, "what"), field(event, "detail"))).collect();
    timeline.extend(world.happenings.iter().map(|h| (h.at, h.what.clone(), h.detail.clone())));
    timeline.sort_by_key(|(at, ..)| *at);
    let is_call = |fault: &&Fault| crate::service::known(&fault.operation).is_ok();
    let idle = |fault: &&Fault| is_call(fault) && world.calls.get(&fault.operation).copied().unwrap_or(0) < fault.number;
    let idle_faults = play.faults.iter().filter(idle).map(|fault| format!("{}#{}", fault.operation, fault.number)).chain(never).collect();
    Report {
        idle_faults,
        scenario: play.scenario.clone(),
        seed: play.seed,
        outcome,
        viewers: world.viewers(cast, end),
        calls: world.calls.clone(),
        role_actions: world.role_actions.clone(),
        writes: world.writes.clone(),
        simulated_seconds: (end - world.start) as f64 / 1000.0,
        timeline,
        registry: world.registry.items(),
        world: world.print(end),
        document,
        execution,
        executions,
    }
}

impl Report {
    /// Exit status of the command ([`UNREADABLE`] among them): 0 where the run did what its request allows, 2 where the request could not be
    /// read, 1 otherwise.
    pub fn exit_status(&self) -> u8 {
        let refused_for = |code: &str| self.document.pointer("/refusals/0/code").and_then(Value::as_str) == Some(code);
        match (self.outcome.as_str(), self.execution.status) {
            ("refused", Status::Succeeded) if refused_for("malformedRequest") => UNREADABLE,
            ("completed" | "planned" | "refused" | "rolledBack", Status::Succeeded) => 0,
            _ => 1,
        }
    }

    /// The result as scripts read it.
    pub fn to_json(&self) -> Value {
        let of = |key: &str| self.document.get(key).cloned().unwrap_or(Value::Null);
        let list = |key: &str| if of(key).is_array() { of(key) } else { json!([]) };
        let time = |millis: i64| jiff::Timestamp::from_millisecond(millis).map(|time| time.to_string()).unwrap_or_default();
        let timeline: Vec<Value> =
            self.timeline.iter().map(|(at, what, detail)| json!({"at": time(*at), "what": what, "detail": detail})).collect();
        let executions: Vec<Value> = self
            .executions
            .iter()
            .map(|one| json!({"arn": one.arn, "input": one.request, "status": one.status.name(), "outcome": one.outcome}))
            .collect();
        json!({
            "scenario": self.scenario,
            "seed": self.seed,
            "outcome": self.outcome,
            "strategy": of("strategy"),
            "prediction": of("prediction"),
            "refusals": list("refusals"),
            "findings": list("findings"),
            "plan": list("plan"),
            "wayBack": list("wayBack"),
            "pointOfNoReturn": of("pointOfNoReturn"),
            "notChosen": list("notChosen"),
            "asked": list("asked"),
            "planHash": of("planHash"),
            "stuck": of("stuck"),
            "viewers": self.viewers,
            "calls": self.calls,
            "transitions": self.execution.transitions,
            "simulatedSeconds": self.simulated_seconds,
            "timeline": timeline,
            "executions": executions,
            "registry": self.registry,
            "world": self.world,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_gets_the_member_accounts_where_it_asks_for_them_and_nowhere_else() {
        let accounts = json!([{"id": "000000000002"}, {"id": "000000000009"}, {"id": "000000000001"}]);
        let world = World::new(json!({"now": "2026-12-01T02:00:00Z", "homeAccount": "000000000009", "accounts": accounts}), 1).unwrap();
        let asked = for_members(r#"{"members.$": "${MemberAccounts}", "Resource": "${VerifyFunctionArn}"}"#, &members(&world));
        assert_eq!(asked, r#"{"members.$": "000000000002,000000000001", "Resource": "${VerifyFunctionArn}"}"#);
        assert_eq!(for_members("{}", &members(&world)), "{}");
    }
}
