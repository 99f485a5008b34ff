//! What is played: every scenario, every strategy, and what goes wrong on the way, as our own interpreter runs it. Must not
//! know any other interpreter.

use super::ours::{Book, Ours, Run};
use crate::situations::play_with;
use crate::support::scenario;
use rehearsal::inventory;
use rehearsal::run::{DEFINITION, Play, stage};
use rehearsal::staging::{Moment, Staging, Stop, Which};
use serde_json::{Value, json};

/// One run of a case: its name and definition, and how ours went.
#[derive(Clone)]
pub struct Turn {
    machine: &'static str,
    name: String,
    definition: Value,
    input: Value,
    /// Simulated, after the end of the turn before.
    starts_after_millis: i64,
    dice: Vec<f64>,
    pub run: Run,
}

/// A world, and one or two runs in it.
#[derive(Clone)]
pub struct Case {
    pub name: String,
    pub world: Value,
    pub seed: u64,
    pub runs: Vec<Turn>,
}

impl Turn {
    /// As an interpreter reads it.
    pub fn job(&self, case: &Case) -> Value {
        json!({
            "account": case.home(), "machine": self.machine, "name": self.name,
            "role": format!("arn:aws:iam::{}:role/{}-state-machine", case.home(), self.machine),
            "definition": deployed(&self.definition, &case.world), "input": self.input,
            "startsAfterMillis": self.starts_after_millis, "dice": self.dice,
        })
    }
}

impl Case {
    pub fn home(&self) -> &str {
        self.world["homeAccount"].as_str().unwrap()
    }

    /// The same with another definition of its last run, and ours as it was.
    pub fn with_definition(&self, change: &dyn Fn(&mut Value)) -> Self {
        let mut changed = self.clone();
        change(&mut changed.runs.last_mut().unwrap().definition);
        changed
    }
}

/// The definition as it is deployed: with ARNs and the member accounts.
fn deployed(definition: &Value, world: &Value) -> Value {
    let home = world["homeAccount"].as_str().unwrap();
    let ids = world["accounts"].as_array().unwrap().iter().map(|account| account["id"].as_str().unwrap());
    let members: Vec<&str> = ids.filter(|id| *id != home).collect();
    let mut text = definition.to_string().replace("${MemberAccounts}", &members.join(","));
    // Bounded by the tasks of the definition.
    while let Some((_, rest)) = text.split_once("\"${") {
        let resource = format!("${{{}", rest.split('"').next().unwrap());
        let arn = format!("arn:aws:lambda:us-east-1:{home}:function:{}", super::ours::function_of(&resource));
        text = text.replace(&resource, &arn);
    }
    serde_json::from_str(&text).unwrap()
}

pub fn shipped() -> Value {
    serde_json::from_str(DEFINITION).unwrap()
}

/// A case as ours plays it.
pub fn case(name: &str, play: Play) -> Case {
    staged(name, play, &Staging { recovers: false, ..Staging::default() })
}

fn staged(name: &str, play: Play, staging: &Staging) -> Case {
    let definition = shipped();
    let book = Book::of(&definition);
    let (report, _) = stage(&play, staging, &book).unwrap();
    let names = report.executions.iter().map(|one| one.arn.rsplit(':').next().unwrap().to_owned());
    let mut before_millis = None;
    let turn = |(name, ours): (String, Ours)| {
        let starts_after_millis = before_millis.map_or(0, |before| ours.began_millis - before);
        before_millis = Some(ours.ended_millis);
        Turn {
            machine: "cutover",
            name,
            definition: definition.clone(),
            input: ours.input,
            starts_after_millis,
            dice: ours.dice,
            run: ours.run,
        }
    };
    let runs: Vec<Turn> = names.zip(book.runs()).map(turn).collect();
    assert_eq!(runs.len(), report.executions.len());
    Case { name: name.to_owned(), world: play.world, seed: play.seed, runs }
}

fn with_actors(mut play: Play, actors: &Value) -> Play {
    let known = play.world["actors"].as_array().cloned().unwrap_or_default();
    play.world["actors"] = known.into_iter().chain(actors.as_array().unwrap().clone()).collect();
    play
}

/// An execution that somebody stops as it enters a state, and the recovery that the bus starts then. Nobody else's interpreter
/// is stopped: there the state leads to one that fails, which is as good for whoever comes after.
fn stopped(name: &str, play: Play, state: &str) -> Case {
    let at = Moment::EnteringState(state.to_owned(), 1);
    let mut case = staged(name, play, &Staging { stops: vec![Stop { which: Which::Request(0), at }], ..Staging::default() });
    let first = &mut case.runs[0];
    // Whatever follows stays within reach, for a validator.
    let never = json!({"Variable": "$.never", "IsPresent": true, "Next": first.definition["States"][state]["Next"]});
    first.definition["States"][state] = json!({"Type": "Choice", "Choices": [never], "Default": "Stopped"});
    first.definition["States"]["Stopped"] = json!({"Type": "Fail", "Error": "Stopped", "Cause": "by somebody"});
    first.run.states.push("Stopped".to_owned());
    (first.run.status, first.run.error, first.run.cause) =
        ("FAILED".to_owned(), Some("Stopped".to_owned()), Some("by somebody".to_owned()));
    case
}

pub const SCENARIOS: [&str; 18] = [
    "already-there",
    "apex-swap",
    "bridge-never-attaches",
    "conflict-that-clears",
    "legacy-to-new",
    "legacy-to-new-swap",
    "outage-not-accepted",
    "plan-only",
    "same-account",
    "same-account-apex",
    "same-account-shared-proof",
    "source-and-zone-left-out",
    "stale-etag",
    "support-case",
    "swap-never-attaches",
    "swap-turned-round",
    "turned-round",
    "unknown-config-element",
];

/// Every folder of `tests/scenarios`.
pub fn scenarios() -> Vec<Case> {
    SCENARIOS.iter().map(|name| case(name, scenario(name, 1))).collect()
}

/// What no scenario has.
pub fn others() -> Vec<Case> {
    let strategies = ["disableAndMove", "supportCase", "releaseService"];
    let strategies = strategies.map(|strategy| case(&format!("strategy {strategy}"), play_with(strategy)));
    // An answer that the SDK does not try again: when it would is drawn by its own dice, which no seed throws.
    let gone = |operation: &str, more: Value| {
        let mut actor = json!({"do": "failOperation", "operation": operation, "code": "Elsewhere", "message": "later", "httpStatus": 501});
        actor.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([actor])
    };
    let way_back_denied =
        json!([{"do": "denyOperation", "afterCall": "cloudfront:UpdateDistribution#3", "operation": "route53:ChangeResourceRecordSets"}]);
    let for_good = json!({"at": "2026-12-01T02:00:00Z"});
    let slower = json!([{"do": "failOperation", "operation": "route53:ChangeResourceRecordSets", "code": "Slower", "message": "please", "httpStatus": 429,
                         "times": 5, "at": "2026-12-01T02:00:00Z"}]);
    let foreign = json!([{"do": "addAlias", "distribution": "E2NEWQRS", "alias": "b.foo.com", "at": "2026-12-01T02:23:00Z"}]);
    let bridge = || scenario("legacy-to-new", 1);
    let mut unrecovered = bridge();
    unrecovered.request = json!({"recover": {"lapsed": true}});
    let more = [
        case("stuck", with_actors(scenario("bridge-never-attaches", 1), &way_back_denied)),
        case("registry down", with_actors(bridge(), &gone("dynamodb:TransactWriteItems", for_good.clone()))),
        case(
            "registry down later",
            with_actors(bridge(), &gone("dynamodb:TransactWriteItems", json!({"afterCall": "cloudfront:UpdateDistribution#1"}))),
        ),
        case("AWS asks to slow down", with_actors(bridge(), &slower)),
        case("somebody else writes", with_actors(bridge(), &foreign)),
        case("nothing to recover", unrecovered.clone()),
        case("unrecovered", with_actors(unrecovered, &gone("dynamodb:Query", for_good.clone()))),
        stopped("stopped before it waits", bridge(), "WaitToSettle"),
        stopped("stopped half way", bridge(), "ChangeRecordSets"),
        stopped("stopped at the end", bridge(), "Verify"),
    ];
    strategies.into_iter().chain(more).collect()
}

/// An inventory, of which ours tells its end alone: its accounts are looked at beside each other, in an order that nobody
/// promises, so that neither the order of its states nor its moments can be held against another's.
pub fn inventory(name: &str, world: Value) -> Case {
    let seed = 1;
    let scan = inventory::Stage::new(world.clone(), seed, vec![]).unwrap().scan();
    let execution = scan.execution;
    let run = Run {
        status: execution.status.name().to_owned(),
        error: execution.error,
        cause: execution.cause,
        output: execution.output,
        states: vec![String::new(); usize::try_from(execution.transitions).unwrap()],
        ..Run::default()
    };
    let definition = serde_json::from_str(inventory::DEFINITION).unwrap();
    let turn = Turn {
        machine: "cutover-inventory",
        name: format!("inventory-{seed}-1"),
        definition,
        input: json!({}),
        starts_after_millis: 0,
        dice: vec![],
        run,
    };
    Case { name: name.to_owned(), world, seed, runs: vec![turn] }
}
