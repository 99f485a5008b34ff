//! Rehearses the inventory: its own definition, the functions of its states, over the same world, as often as somebody
//! wants to look. Must not know what an inventory looks for; it reads the table that is left, and prints it.

use crate::clock::VirtualClock;
use crate::hands::{Hands, step_of};
use crate::interpreter::{Context, Definition, Execution, Observer, Status, TaskError, Tasks, execute};
use crate::plug::SharedWorld;
use crate::run::{for_members, members};
use crate::wire::Fault;
use crate::words::text;
use crate::world::{Millis, World};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use tokio::runtime::Runtime;

/// The definition, as it is deployed.
pub const DEFINITION: &str = include_str!("../../statemachine/inventory.asl.json");
/// Between two inventories, as the schedule has it.
const BETWEEN_MILLIS: Millis = 6 * 3_600_000;
/// What writes to a table.
const TABLE_WRITES: [&str; 4] = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:TransactWriteItems", "dynamodb:UpdateItem"];

/// A world in which inventories are taken, one after the other, six hours apart.
#[derive(Debug)]
pub struct Stage {
    runtime: Runtime,
    world: SharedWorld,
    clock: VirtualClock,
    hands: Hands,
    definition: Definition,
    home: String,
    seed: u64,
    scans: u32,
}

/// What one inventory did.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The run of the definition.
    pub execution: Execution,
    /// Its output, or what it would have been where it failed.
    pub summary: Value,
    /// What became of each account: in its scan, and in its settling.
    pub accounts: Vec<Value>,
    /// Calls of this inventory, by service and operation.
    pub calls: BTreeMap<String, u64>,
    /// Every difference that it told, as the table has it.
    pub differences: Vec<Value>,
    /// From beginning to end.
    pub simulated_seconds: f64,
}

impl Scan {
    /// Calls that write to the table.
    pub fn table_writes(&self) -> u64 {
        TABLE_WRITES.iter().filter_map(|call| self.calls.get(*call)).sum()
    }

    fn to_json(&self) -> Value {
        json!({
            "status": format!("{:?}", self.execution.status),
            "error": self.execution.error,
            "cause": self.execution.cause,
            "summary": self.summary,
            "accounts": self.accounts,
            "calls": self.calls,
            "tableWrites": self.table_writes(),
            "differences": self.differences,
            "transitions": self.execution.transitions,
            "simulatedSeconds": self.simulated_seconds,
        })
    }
}

/// The functions as the states of the definition call them.
struct Functions<'a>(&'a Hands);

#[async_trait]
impl Tasks for Functions<'_> {
    async fn run(&self, resource: &str, input: &Value) -> Result<Value, TaskError> {
        Ok(self.0.invoke(&step_of(resource), input).await?)
    }
}

/// Keeps what the last state was given about each account.
#[derive(Default)]
struct Accounts(Mutex<Vec<Value>>);

impl Observer for Accounts {
    fn state_entered(&self, state: &str, _at_millis: i64, input: &Value) {
        if state == "ConcludeInventory" {
            let list = |key: &str| input.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            let of_both = list("scans").into_iter().zip(list("settled"));
            let rows = of_both.map(|(scan, settled)| json!({"account": scan.get("account"), "scan": scan, "settled": settled}));
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = rows.collect();
        }
    }
}

impl Stage {
    /// A stage for `world`.
    ///
    /// # Errors
    /// What is wrong with the world, for a person.
    pub fn new(world: Value, seed: u64, faults: Vec<Fault>) -> Result<Self, String> {
        let mut world = World::new(world, seed)?;
        world.faults = faults;
        let definition = Definition::parse(&for_members(DEFINITION, &members(&world))).map_err(|error| error.to_string())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let home = world.input.home_account.clone();
        // The clock counts from the moment at which the runtime's stands.
        let clock = {
            let _inside = runtime.enter();
            VirtualClock::new(world.start)
        };
        let world = SharedWorld::new(world);
        let hands = Hands::new(&world, &clock);
        Ok(Self { runtime, world, clock, hands, definition, home, seed, scans: 0 })
    }

    /// The world, for whoever changes it between two inventories.
    pub fn world(&self) -> &SharedWorld {
        &self.world
    }

    /// Its clock.
    pub fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    /// Does something in the world's time.
    pub fn wait_for<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// Takes an inventory, six hours after the one before.
    pub fn scan(&mut self) -> Scan {
        self.scans += 1;
        let name = format!("inventory-{}-{}", self.seed, self.scans);
        let (stage, first) = (&*self, self.scans == 1);
        let before = stage.world.lock().calls.clone();
        let seen = Accounts::default();
        let (execution, began, end) = stage.runtime.block_on(async {
            if !first {
                stage.clock.sleep(BETWEEN_MILLIS).await;
            }
            let began = stage.clock.now();
            let context = context(&stage.home, &name, began);
            let seed = stage.seed.wrapping_add(u64::from(stage.scans));
            let execution = execute(&stage.definition, json!({}), &context, &Functions(&stage.hands), &stage.clock, seed, &seen).await;
            (execution, began, stage.clock.now())
        });
        let mut world = stage.world.lock();
        world.advance(end);
        let new = |(call, count): (&String, &u64)| (call.clone(), count - before.get(call).copied().unwrap_or(0));
        let calls = world.calls.iter().map(new).filter(|(_, count)| *count > 0).collect();
        let told = |item: &Value| text(item, "pk") == format!("DIFFERENCE#{name}");
        let differences = world.registry.items().into_iter().filter(told).collect();
        let summary = execution.output.clone().filter(|_| execution.status == Status::Succeeded);
        Scan {
            summary: summary.unwrap_or_else(|| execution.last_input.clone()),
            accounts: seen.0.into_inner().unwrap_or_else(PoisonError::into_inner),
            calls,
            differences,
            simulated_seconds: (end - began) as f64 / 1000.0,
            execution,
        }
    }

    /// The table as it is.
    pub fn registry(&self) -> Vec<Value> {
        self.world.lock().registry.items()
    }
}

fn context(home: &str, name: &str, began: Millis) -> Context {
    Context {
        execution_id: format!("arn:aws:states:us-east-1:{home}:execution:cutover-inventory:{name}"),
        execution_name: name.to_owned(),
        started_at: jiff::Timestamp::from_millisecond(began).map(|time| time.to_string()).unwrap_or_default(),
        role_arn: format!("arn:aws:iam::{home}:role/cutover-inventory-state-machine"),
        state_machine_id: format!("arn:aws:states:us-east-1:{home}:stateMachine:cutover-inventory"),
        state_machine_name: "cutover-inventory".to_owned(),
    }
}

/// Takes two inventories of `world`, the second to show that nothing is left to write.
///
/// # Errors
/// As [`Stage::new`].
pub fn twice(world: Value, seed: u64) -> Result<(Vec<Scan>, Vec<Value>), String> {
    let mut stage = Stage::new(world, seed, vec![])?;
    let scans = vec![stage.scan(), stage.scan()];
    Ok((scans, stage.registry()))
}

/// For scripts.
pub fn to_json(seed: u64, scans: &[Scan], registry: &[Value]) -> Value {
    let scans: Vec<Value> = scans.iter().map(Scan::to_json).collect();
    json!({"seed": seed, "scans": scans, "registry": registry})
}

/// For a reader.
pub fn table(scans: &[Scan]) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, scan) in scans.iter().enumerate() {
        let status = format!("{:?}", scan.execution.status).to_lowercase();
        lines.push(format!("inventory {} of {}: {status} in {:.0} s simulated", at + 1, scans.len(), scan.simulated_seconds));
        lines.push(format!("  {:<14}{:>14}{:>9}{:>11}{:>13}", "account", "distributions", "aliases", "conflicts", "differences"));
        lines.extend(scan.accounts.iter().map(row));
        let calls: Vec<String> = scan.calls.iter().map(|(call, count)| format!("{call} {count}")).collect();
        lines.push(format!("  calls        {}", calls.join(", ")));
        lines.push(format!("  table        {} calls that write", scan.table_writes()));
        for difference in &scan.differences {
            let of = |key: &str| text(difference, key);
            lines.push(format!("  {:<20} {} in {}", of("kind"), of("name"), of("account")));
            lines.push(format!("    {}", of("detail")));
        }
        if let Some(cause) = &scan.execution.cause {
            lines.push(format!("  failed       {cause}"));
        }
        lines.push(String::new());
    }
    lines
}

fn row(row: &Value) -> String {
    let count = |part: &str, key: &str| row.pointer(&format!("/{part}/counts/{key}")).and_then(Value::as_u64).unwrap_or(0);
    let told = |part: &str| {
        let kinds = row.pointer(&format!("/{part}/counts/told")).and_then(Value::as_object);
        kinds.into_iter().flat_map(|kinds| kinds.values()).filter_map(Value::as_u64).sum::<u64>()
    };
    let account = text(row, "account");
    let failed = |part: &str| row.pointer(&format!("/{part}/why")).and_then(Value::as_str);
    if let Some(why) = failed("scan").or(failed("settled")) {
        return format!("  {account:<14}could not be looked at: {why}");
    }
    let [distributions, aliases, conflicts] = ["distributions", "aliases", "conflicts"].map(|key| count("scan", key));
    format!("  {account:<14}{distributions:>14}{aliases:>9}{conflicts:>11}{:>13}", told("scan") + told("settled"))
}
