//! Step Functions as its JSON 1.0 protocol has it, for the one state machine of the home account (SFN-1, SFN-2,
//! SFN-8). Must not know what an execution does.

mod executions;
mod history;

use crate::run::DEFINITION;
use crate::serve::refusal::Refusal;
use crate::wire::{Reply, Request};
use crate::world::World;
use executions::{NotStarted, Record, Status};
use history::seconds;
use rand::RngExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) use executions::Executions;

/// The operations that are simulated.
pub(super) const OPERATIONS: [&str; 7] = [
    "DescribeExecution",
    "DescribeStateMachine",
    "GetExecutionHistory",
    "ListExecutions",
    "ListStateMachines",
    "StartExecution",
    "StopExecution",
];

/// Longest execution name (SFN-2), and longest input in bytes (SFN-3).
const NAME_MAX: usize = 80;
const INPUT_BYTES_MAX: usize = 262_144;
/// Longest error and cause that StopExecution takes.
const ERROR_MAX: usize = 256;
const CAUSE_MAX: usize = 32_768;
/// Items on a page: where nothing is said, and at most.
const PAGE: usize = 100;
const PAGE_MAX: usize = 1000;

/// What an operation may be told. Each takes the members that are its own.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    state_machine_arn: Option<String>,
    execution_arn: Option<String>,
    name: Option<String>,
    input: Option<String>,
    error: Option<String>,
    cause: Option<String>,
    status_filter: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
    reverse_order: Option<bool>,
    include_execution_data: Option<bool>,
    included_data: Option<String>,
}

/// Answers the operation `name`, whose caller is known and allowed to.
///
/// # Errors
/// The service's own refusals.
pub(super) fn answer(executions: &Executions, world: &World, request: &Request, name: &str) -> Result<Reply, Refusal> {
    let told: Told = read(&request.body)?;
    let desk = Desk { executions, world, told };
    let body = match name {
        "StartExecution" => desk.start(),
        "StopExecution" => desk.stop(),
        "DescribeExecution" => desk.describe(),
        "GetExecutionHistory" => desk.history(),
        "ListExecutions" => desk.list(),
        "DescribeStateMachine" => desk.describe_state_machine(),
        "ListStateMachines" => Ok(json!({"stateMachines": [desk.state_machine()]})),
        other => Err(Refusal::new("UnknownOperationException", format!("{} is not simulated.", other.escape_debug()))),
    }?;
    let mut reply = Reply::json(&body);
    reply.headers = vec![("content-type".to_owned(), "application/x-amz-json-1.0".to_owned())];
    Ok(reply)
}

fn read<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, Refusal> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body)
        .map_err(|error| Refusal::new("SerializationException", format!("The request is no JSON of this operation: {error}")))
}

fn invalid(member: &str, constraint: &str) -> Refusal {
    let message = format!("1 validation error detected: Value at '{member}' failed to satisfy constraint: {constraint}");
    Refusal::new("ValidationException", message)
}

fn needed<'a>(member: &str, value: Option<&'a String>) -> Result<&'a str, Refusal> {
    value.map(String::as_str).ok_or_else(|| invalid(member, "Member must not be null"))
}

/// Whether Step Functions takes this as an execution's name: what the API's reference excludes is excluded.
fn is_name(name: &str) -> bool {
    let excluded = |c: char| c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c);
    !name.is_empty() && name.chars().count() <= NAME_MAX && !name.contains(excluded)
}

fn is_arn_of(arn: &str, kind: &str) -> Result<(), Refusal> {
    let is = arn.strip_prefix("arn:").is_some_and(|rest| rest.split(':').nth(1) == Some("states") && rest.split(':').nth(4) == Some(kind));
    if is { Ok(()) } else { Err(Refusal::new("InvalidArn", format!("Invalid Arn: '{}' is no {kind}'s", arn.escape_debug()))) }
}

struct Desk<'a> {
    executions: &'a Executions,
    world: &'a World,
    told: Told,
}

impl Desk<'_> {
    /// The ARN of the one state machine, if that is what `stateMachineArn` says.
    fn the_state_machine(&self) -> Result<String, Refusal> {
        let asked = needed("stateMachineArn", self.told.state_machine_arn.as_ref())?;
        is_arn_of(asked, "stateMachine")?;
        let known = self.executions.context("", 0).state_machine_id;
        let missing = || Refusal::new("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{}'", asked.escape_debug()));
        if asked == known { Ok(known) } else { Err(missing()) }
    }

    fn the_execution(&self) -> Result<Record, Refusal> {
        let asked = needed("executionArn", self.told.execution_arn.as_ref())?;
        is_arn_of(asked, "execution")?;
        let missing = || Refusal::new("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{}'", asked.escape_debug()));
        self.executions.find(asked).ok_or_else(missing)
    }

    fn start(&self) -> Result<Value, Refusal> {
        self.the_state_machine()?;
        let name = self.told.name.clone().unwrap_or_else(|| self.drawn_name());
        if !is_name(&name) {
            let rule = format!("1 to {NAME_MAX} characters without spaces, brackets, wildcards and special ones");
            return Err(Refusal::new("InvalidName", format!("Invalid Name: '{}'; a name has {rule}", name.escape_debug())));
        }
        let text = self.told.input.as_deref().unwrap_or("{}");
        if text.len() > INPUT_BYTES_MAX {
            return Err(invalid("input", &format!("Member must have length less than or equal to {INPUT_BYTES_MAX}")));
        }
        let unreadable = |error| Refusal::new("InvalidExecutionInput", format!("Invalid State Machine Execution Input: '{error}'"));
        let input = serde_json::from_str(text).map_err(unreadable)?;
        let arn = self.executions.context(&name, 0).execution_id;
        let record = self.executions.start(&name, text, input).map_err(|why| match why {
            NotStarted::NameTaken => Refusal::new("ExecutionAlreadyExists", format!("Execution Already Exists: '{arn}'")),
            NotStarted::TooMany => Refusal::new("ExecutionLimitExceeded", "This server keeps no more executions; start another one"),
        })?;
        Ok(json!({"executionArn": record.arn, "startDate": seconds(record.started)}))
    }

    /// A UUID, drawn as everything is.
    fn drawn_name(&self) -> String {
        let drawn: u128 = self.world.draws(&format!("execution/{}", self.executions.count())).random();
        let hex = format!("{drawn:032x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }

    fn stop(&self) -> Result<Value, Refusal> {
        let record = self.the_execution()?;
        for (member, value, most) in [("error", &self.told.error, ERROR_MAX), ("cause", &self.told.cause, CAUSE_MAX)] {
            if value.as_ref().is_some_and(|value| value.chars().count() > most) {
                return Err(invalid(member, &format!("Member must have length less than or equal to {most}")));
            }
        }
        let stopped = self.executions.stop(&record.arn, self.told.error.clone(), self.told.cause.clone());
        Ok(json!({"stopDate": stopped.map(seconds)}))
    }

    fn describe(&self) -> Result<Value, Refusal> {
        let record = self.the_execution()?;
        let mut body = self.item(&record);
        let (status, name) = (record.status, record.status.name());
        let redrivable = !matches!(status, Status::Running | Status::Succeeded);
        let reason = (!redrivable).then(|| format!("Execution is {name} and cannot be redriven"));
        add(&mut body, "redriveStatus", Some(json!(if redrivable { "REDRIVABLE" } else { "NOT_REDRIVABLE" })));
        add(&mut body, "redriveStatusReason", reason.map(Value::String));
        add(&mut body, "error", record.error.map(Value::String));
        add(&mut body, "cause", record.cause.map(Value::String));
        if self.told.included_data.as_deref() != Some("METADATA_ONLY") {
            add(&mut body, "input", Some(json!(*record.input)));
            add(&mut body, "inputDetails", Some(json!({"included": true})));
            add(&mut body, "outputDetails", record.output.as_ref().map(|_| json!({"included": true})));
            add(&mut body, "output", record.output.map(|output| json!(*output)));
        }
        Ok(body)
    }

    /// What DescribeExecution and ListExecutions have in common.
    fn item(&self, record: &Record) -> Value {
        let mut item = json!({
            "executionArn": record.arn,
            "stateMachineArn": self.executions.context("", 0).state_machine_id,
            "name": record.name,
            "status": record.status.name(),
            "startDate": seconds(record.started),
            "redriveCount": 0,
        });
        add(&mut item, "stopDate", record.stopped.map(|stopped| json!(seconds(stopped))));
        item
    }

    fn history(&self) -> Result<Value, Refusal> {
        let record = self.the_execution()?;
        let reverse = self.told.reverse_order.unwrap_or(false);
        let list = format!("{}/{reverse}", record.arn);
        let (entries, more) = record.history.page(self.continued_from(&list)?, self.page()?, reverse);
        let with_data = self.told.include_execution_data.unwrap_or(true);
        let events: Vec<Value> = entries.iter().map(|entry| entry.render(with_data)).collect();
        let mut body = json!({"events": events});
        add(&mut body, "nextToken", entries.last().filter(|_| more).map(|last| json!(self.token(&list, last.id))));
        Ok(body)
    }

    fn list(&self) -> Result<Value, Refusal> {
        let arn = self.the_state_machine()?;
        let wanted = self.told.status_filter.as_deref();
        let known = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"];
        if wanted.is_some_and(|wanted| !known.contains(&wanted)) {
            return Err(invalid("statusFilter", &format!("Member must satisfy enum value set: [{}]", known.join(", "))));
        }
        let list = format!("{arn}/{}", wanted.unwrap_or_default());
        let before = self.continued_from(&list)?.and_then(|before| usize::try_from(before).ok());
        let most = self.page()?;
        let mut records = self.executions.newest_first(before, wanted, most + 1);
        let more = records.len() > most;
        records.truncate(most);
        let items: Vec<Value> = records.iter().map(|(_, record)| self.item(record)).collect();
        let mut body = json!({"executions": items});
        let last = records.last().and_then(|(place, _)| u64::try_from(*place).ok());
        add(&mut body, "nextToken", last.filter(|_| more).map(|last| json!(self.token(&list, last))));
        Ok(body)
    }

    fn state_machine(&self) -> Value {
        let context = self.executions.context("", 0);
        json!({
            "stateMachineArn": context.state_machine_id,
            "name": context.state_machine_name,
            "type": "STANDARD",
            "creationDate": seconds(self.world.start),
        })
    }

    fn describe_state_machine(&self) -> Result<Value, Refusal> {
        self.the_state_machine()?;
        let mut body = self.state_machine();
        add(&mut body, "status", Some(json!("ACTIVE")));
        add(&mut body, "definition", Some(json!(self.executions.deployed(DEFINITION))));
        add(&mut body, "roleArn", Some(json!(self.executions.context("", 0).role_arn)));
        Ok(body)
    }

    fn page(&self) -> Result<usize, Refusal> {
        match self.told.max_results {
            None | Some(0) => Ok(PAGE),
            Some(most) if most <= PAGE_MAX => Ok(most),
            Some(_) => Err(invalid("maxResults", &format!("Member must have value less than or equal to {PAGE_MAX}"))),
        }
    }

    /// A token that continues `list` after `last`; of use for no other list.
    fn token(&self, list: &str, last: u64) -> String {
        let mark: u64 = self.world.draws(&format!("token/{list}/{last}")).random();
        format!("{last}-{mark:016x}")
    }

    fn continued_from(&self, list: &str) -> Result<Option<u64>, Refusal> {
        let Some(token) = &self.told.next_token else { return Ok(None) };
        let last = token.split('-').next().and_then(|last| last.parse().ok()).filter(|last| self.token(list, *last) == *token);
        last.map(Some).ok_or_else(|| Refusal::new("InvalidToken", "Invalid Token: 'Invalid token'"))
    }
}

fn add(body: &mut Value, member: &str, value: Option<Value>) {
    if let (Some(body), Some(value)) = (body.as_object_mut(), value) {
        body.insert(member.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_the_service_takes() {
        for good in ["a", "cutover-2026_12", &"x".repeat(80), "a.foo.com", "Grüße"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a b", "a/b", "a:b", "a*", "a\u{7f}", "a\u{85}", &"x".repeat(81), "<a>", "a,b", "a$"] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
