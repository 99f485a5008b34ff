//! Do the definition, the Rust types, `template.yaml`, `member-role.yaml` and the simulated IAM say the same?
//!
//! Here: the definition against the types. In [`inventory`]: the inventory's. In [`template`]: both against what is deployed in the home account.
//! In [`sentinel`]: how the bus hears of writes. In [`roles`]: who may do what, there, in the member accounts and in the rehearsal.

mod desk;
mod inventory;
mod registry;
mod roles;
mod sentinel;
pub(crate) mod template;

use crate::support;
use cutover::bounds::{
    AWS_LOOKS_MAX, BACK_FAILURES_MAX, DNS_WATCH_SECONDS_MAX, LOOK_SECONDS_MAX, LOOK_SECONDS_MIN, LOOKS_MAX, OTHERS_WATCH_SECONDS_MAX,
    SOAK_SECONDS_MAX, TTL_SECONDS_MAX, WATCH_LOOK_SECONDS_MAX,
};
use cutover::document::Outcome;
use cutover::{Cutover, ErrorName, Step};
use rehearsal::clock::VirtualClock;
use rehearsal::interpreter::Observer;
use rehearsal::plug::SharedWorld;
use rehearsal::run::{Audit, DEFINITION, Play, Report, run};
use rehearsal::viewers::Cast;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Every error name of AWS's own that the definition may use.
const AWS_ERROR_NAMES: [&str; 11] = [
    "States.ALL",                             // SFN-6
    "States.TaskFailed",                      // SFN-6
    "States.Timeout",                         // SFN-6
    "Lambda.ServiceException",                // SFN-7
    "Lambda.AWSLambdaException",              // SFN-7
    "Lambda.SdkClientException",              // SFN-7
    "Lambda.TooManyRequestsException",        // SFN-7
    "Lambda.ClientExecutionTimeoutException", // AWS's own list beside SFN-7's
    "Lambda.Unknown",                         // SFN-7
    "Sandbox.Timedout",                       // SFN-7
    "Runtime.ExitError",                      // SFN-7
];

/// Those that a caller of Lambda should always retry, and the names under which a function shows that crashed or ran out of
/// its time (SFN-7).
const ALWAYS_RETRIED: [&str; 8] = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
];

fn definition() -> Value {
    serde_json::from_str(DEFINITION).unwrap()
}

fn states() -> Map<String, Value> {
    definition()["States"].as_object().unwrap().clone()
}

/// The Task states by name.
fn tasks() -> Vec<(String, Value)> {
    states().into_iter().filter(|(_, state)| state["Type"] == "Task").collect()
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn set<T: Ord, U: Into<T>>(items: impl IntoIterator<Item = U>) -> BTreeSet<T> {
    items.into_iter().map(Into::into).collect()
}

/// The name under which an enum's value is serialised.
fn serde_name(serialised: Value) -> String {
    serialised.as_str().unwrap().to_owned()
}

fn kebab(step: Step) -> String {
    step.snake_name().replace('_', "-")
}

/// Paths into the document that a state reads.
fn paths_read(state: &Value) -> BTreeSet<String> {
    fn collect(value: &Value, key: &str, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| collect(value, key, into)),
            Value::Array(items) => items.iter().for_each(|item| collect(item, "", into)),
            Value::String(text) => {
                let is_path = key == "Variable" || key.ends_with(".$") || (key.ends_with("Path") && key != "ResultPath");
                if is_path && text.starts_with("$.") {
                    into.insert(text.clone());
                }
            }
            _ => {}
        }
    }
    let mut paths = BTreeSet::new();
    collect(state, "", &mut paths);
    paths
}

fn at_path<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    document.pointer(&path.trim_start_matches('$').replace('.', "/"))
}

/// Keeps the input of every state that was entered.
#[derive(Default)]
struct Inputs(Mutex<Vec<(String, Value)>>);

impl Observer for Inputs {
    fn state_entered(&self, state: &str, _at_millis: i64, input: &Value) {
        self.0.lock().unwrap().push((state.to_owned(), input.clone()));
    }
}

impl Audit for Inputs {
    fn begins(&self, _world: &SharedWorld, _clock: VirtualClock, _cast: &Cast) {}
}

/// A cutover that turns round and cannot go back either.
fn stuck_play() -> Play {
    let mut play = support::scenario("bridge-never-attaches", 1);
    let denial =
        json!({"do": "denyOperation", "afterCall": "cloudfront:UpdateDistribution#3", "operation": "route53:ChangeResourceRecordSets"});
    play.world["actors"].as_array_mut().unwrap().push(denial);
    play
}

/// Runs that enter every state that a run can enter, and the inputs of these states.
fn whole_walk() -> (Vec<Report>, Vec<(String, Value)>) {
    let inputs = Inputs::default();
    let plays = ["legacy-to-new", "legacy-to-new-swap", "same-account"].map(|name| support::scenario(name, 1));
    let plays = plays.into_iter().chain([stuck_play()]).collect::<Vec<_>>();
    let reports = plays.iter().map(|play| run(play, &inputs).unwrap()).collect();
    (reports, inputs.0.into_inner().unwrap())
}

#[test]
fn every_task_is_a_step_and_every_step_a_task_with_its_own_function() {
    let names: BTreeSet<String> = tasks().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, set(Step::ALL.map(Step::state_name)));
    for (name, state) in tasks() {
        assert_eq!(state["Resource"], format!("${{{name}FunctionArn}}"));
    }
    let begin = &states()["Begin"];
    assert_eq!((&definition()["StartAt"], &begin["Default"]), (&json!("Begin"), &json!(Step::Preflight.state_name())));
    assert_eq!(begin["Choices"], json!([{"Variable": "$.recover", "IsPresent": true, "Next": Step::RecoverCutover.state_name()}]));
}

#[test]
fn every_step_has_its_module() {
    let lib = std::fs::read_to_string(support::top().join("functions/src/lib.rs")).unwrap();
    for step in Step::ALL {
        let name = step.snake_name();
        let files = ["{name}.rs", "{name}/mod.rs"].map(|form| support::top().join("functions/src").join(form.replace("{name}", name)));
        assert!(files.iter().any(|file| file.is_file()), "{} is missing", files[0].display());
        assert!(lib.contains(&format!("mod {name};\n")), "functions/src/lib.rs does not declare {name}");
        assert!(lib.contains(&format!("Step::{}", step.state_name())), "functions/src/lib.rs does not run {name}");
    }
}

#[test]
fn the_definition_reads_six_fields_of_the_document_and_nothing_else() {
    // Where a run begins there is no document yet.
    let before = ["Begin", Step::RecoverCutover.state_name()];
    let (first, later): (Vec<_>, Vec<_>) = states().into_iter().partition(|(name, _)| before.contains(&name.as_str()));
    let read = |states: Vec<(String, Value)>| states.iter().flat_map(|(_, state)| paths_read(state)).collect::<BTreeSet<String>>();
    assert_eq!(read(first), set(["$.recover"]));
    assert_eq!(read(later), set(["$.next", "$.waitSeconds", "$.settled", "$.looks", "$.outcome", "$.stuck.cause"]));
}

#[test]
fn every_path_that_a_state_reads_is_in_every_document_that_enters_it() {
    let (reports, inputs) = whole_walk();
    let outcomes: Vec<&str> = reports.iter().map(|report| report.outcome.as_str()).collect();
    assert_eq!(outcomes, ["completed", "completed", "completed", "stuck"]);
    for (name, input) in inputs.iter().filter(|(name, _)| name != "Begin") {
        for path in paths_read(&states()[name]) {
            assert!(at_path(input, &path).is_some(), "{name} reads {path}, which is not in {input}");
        }
    }
    let entered: BTreeSet<String> = inputs.into_iter().map(|(name, _)| name).collect();
    let never: BTreeSet<String> = states().into_iter().map(|(name, _)| name).filter(|name| !entered.contains(name)).collect();
    assert_eq!(never, set(["AskOthers", "Unconcluded", "Unrecovered", "WeighForeignWrites"]), "states that no run entered");
}

#[test]
fn what_a_choice_compares_has_the_type_that_it_compares_with() {
    let (_, inputs) = whole_walk();
    for (name, input) in inputs.into_iter().filter(|(name, _)| name != "Begin") {
        for rule in states()[&name]["Choices"].as_array().into_iter().flatten() {
            let value = at_path(&input, rule["Variable"].as_str().unwrap()).unwrap();
            let fits = |operator: &str| match operator {
                "StringEquals" => value.is_string(),
                "BooleanEquals" => value.is_boolean(),
                "NumericLessThan" => value.is_number(),
                _ => ["Variable", "Next", "Comment"].contains(&operator),
            };
            let rule = rule.as_object().unwrap();
            assert!(rule.keys().all(|key| fits(key)), "{name}: {rule:?} meets {value}");
        }
    }
}

#[test]
fn every_literal_that_a_choice_compares_with_is_a_name_of_ours() {
    for (name, state) in states() {
        for rule in state["Choices"].as_array().into_iter().flatten() {
            let Some(literal) = rule.get("StringEquals") else { continue };
            match rule["Variable"].as_str().unwrap() {
                "$.next" => {
                    let step: Step = serde_json::from_value(literal.clone()).unwrap();
                    let mut leads_to = rule["Next"].as_str().unwrap().to_owned();
                    if states()[&leads_to]["Type"] == "Wait" {
                        leads_to = states()[&leads_to]["Next"].as_str().unwrap().to_owned();
                    }
                    assert_eq!(leads_to, step.state_name(), "{name}: {literal}");
                }
                "$.outcome" => assert_eq!(serde_json::from_value::<Outcome>(literal.clone()).unwrap(), Outcome::Stuck),
                other => panic!("{name} compares {other} with {literal}; nobody says what may stand there"),
            }
        }
    }
}

#[test]
fn next_step_knows_every_step_that_may_come_next() {
    let state = &states()["NextStep"];
    let named: BTreeSet<String> =
        state["Choices"].as_array().unwrap().iter().map(|rule| rule["StringEquals"].as_str().unwrap().to_owned()).collect();
    // Two are only ever the first, one is where errors lead, and concluding is the default.
    let elsewhere = [Step::Preflight, Step::RecoverCutover, Step::RollBack, Step::Conclude];
    let others = Step::ALL.into_iter().filter(|step| !elsewhere.contains(step));
    assert_eq!(named, set(others.map(|step| serde_name(json!(step)))));
    assert_eq!(state["Default"], Step::Conclude.state_name());
}

#[test]
fn every_error_name_in_the_definition_is_ours_or_documented() {
    let ours = ErrorName::ALL.map(ErrorName::as_str);
    for (state, task) in tasks() {
        for clause in ["Retry", "Catch"].into_iter().flat_map(|key| task[key].as_array().unwrap()) {
            for name in strings(&clause["ErrorEquals"]) {
                assert!(ours.contains(&name.as_str()) || AWS_ERROR_NAMES.contains(&name.as_str()), "{state} names {name}");
            }
        }
    }
}

#[test]
fn every_error_name_of_ours_is_written_as_it_is_serialised_and_handled_by_every_task() {
    for name in ErrorName::ALL {
        assert_eq!(serde_name(json!(name)), name.as_str());
        assert!(!name.as_str().contains('.'), "{name} could be taken for one of AWS's");
        for (state, task) in tasks() {
            let names =
                |key: &str| task[key].as_array().unwrap().iter().flat_map(|clause| strings(&clause["ErrorEquals"])).collect::<Vec<_>>();
            let handled = names("Retry").contains(&name.to_string())
                || names("Catch").iter().any(|caught| caught == "States.ALL" || caught == name.as_str());
            assert!(handled, "{state} neither retries nor catches {name}");
        }
    }
}

#[test]
fn every_task_has_a_timeout_a_retry_and_last_a_catch_for_everything() {
    for (name, task) in tasks() {
        assert!(task["TimeoutSeconds"].as_u64().is_some(), "{name} has no TimeoutSeconds");
        let retried: Vec<String> = task["Retry"].as_array().unwrap().iter().flat_map(|retrier| strings(&retrier["ErrorEquals"])).collect();
        for always in ALWAYS_RETRIED {
            assert!(retried.iter().any(|retried| retried == always), "{name} does not retry {always}");
        }
        for retrier in task["Retry"].as_array().unwrap() {
            for bound in ["IntervalSeconds", "MaxAttempts", "BackoffRate"] {
                assert!(retrier[bound].is_number(), "{name}: {bound} is left to its default in {retrier}");
            }
            let grows = retrier["BackoffRate"].as_f64().unwrap() > 1.0;
            assert!(!grows || retrier["MaxDelaySeconds"].is_u64(), "{name}: nothing bounds the delay of {retrier}");
            assert!(retrier["Comment"].is_string(), "{name}: a retrier without its budget");
        }
        let last = task["Catch"].as_array().unwrap().last().unwrap();
        assert_eq!(last["ErrorEquals"], json!(["States.ALL"]), "{name}");
        assert_eq!(last["ResultPath"], "$.error", "{name}: a catch that loses the document");
    }
}

#[test]
fn the_longest_waits_and_a_step_back_that_is_tried_in_vain_leave_room_in_a_tenth_of_a_history() {
    let (events_a_look, events_a_try, for_the_rest) = (9, 3, 400);
    let looks = 2 * u64::from(AWS_LOOKS_MAX) * events_a_look;
    for (name, task) in tasks() {
        let waits = |retrier: &&Value| strings(&retrier["ErrorEquals"]).iter().any(|name| name == "WriteInFlight");
        let Some(waiting) = task["Retry"].as_array().unwrap().iter().find(waits) else { continue };
        let tries = (1 + u64::from(BACK_FAILURES_MAX)) * (1 + waiting["MaxAttempts"].as_u64().unwrap());
        assert!(looks + tries * events_a_try + for_the_rest <= 2_500, "{name}: {tries} tries");
    }
}

#[test]
fn what_a_catch_adds_is_a_field_of_the_document_and_nothing_else_is() {
    let mut document = support::rehearse(&support::scenario("plan-only", 1)).document;
    document["error"] = json!({"Error": "States.Timeout", "Cause": ""});
    serde_json::from_value::<Cutover>(document.clone()).unwrap();
    document["caught"] = document["error"].clone();
    assert!(serde_json::from_value::<Cutover>(document).is_err());
}

#[test]
fn every_state_says_what_it_is_for() {
    assert!(definition()["Comment"].is_string());
    for (name, state) in states() {
        assert!(state["Comment"].as_str().is_some_and(|comment| comment.len() > 20), "{name} has no comment");
    }
}

#[test]
fn the_bound_of_the_polling_loop_is_the_one_in_bounds() {
    let state = &states()["HasSettled"];
    let rule = state["Choices"].as_array().unwrap().iter().find(|rule| rule["Variable"] == "$.looks").unwrap();
    assert_eq!(rule["NumericLessThan"], LOOKS_MAX);
    assert_eq!(state["Default"], Step::RollBack.state_name());
    assert!(state["Comment"].as_str().unwrap().contains(&LOOKS_MAX.to_string()), "its comment names another bound");
}

#[test]
fn a_watch_of_what_others_do_fits_into_the_looks_of_one_settle() {
    for watch_seconds in [DNS_WATCH_SECONDS_MAX, OTHERS_WATCH_SECONDS_MAX] {
        // Each look comes after another tenth of the time so far, and none sooner or later than the bounds say.
        let (mut elapsed, mut looks) = (0, 0);
        while elapsed < watch_seconds {
            elapsed += (elapsed / 10).clamp(LOOK_SECONDS_MIN.into(), WATCH_LOOK_SECONDS_MAX.into());
            looks += 1;
        }
        assert!(looks < LOOKS_MAX * 9 / 10, "{looks} looks for {watch_seconds} s");
    }
}

#[test]
fn the_whole_run_has_time_for_both_watches_the_longest_soak_and_every_other_wait() {
    let seconds = definition()["TimeoutSeconds"].as_u64().unwrap();
    let watches = 2 * u64::try_from(DNS_WATCH_SECONDS_MAX + OTHERS_WATCH_SECONDS_MAX).unwrap();
    // A bridge has ten settles forth and back, none longer than all its looks, beside the soak and TTLs of a day.
    let settles = 10 * u64::from(LOOKS_MAX) * u64::from(LOOK_SECONDS_MAX);
    let ttls = 4 * u64::from(TTL_SECONDS_MAX);
    assert!(seconds > watches + u64::from(SOAK_SECONDS_MAX) + settles + ttls, "{seconds} s");
    assert!(seconds < 90 * 86_400, "an execution's history is kept for 90 days (SFN-3)");
}
