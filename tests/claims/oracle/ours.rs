//! What our own interpreter did: each run of a case in the words that every interpreter can be asked for. Must not know
//! any other interpreter.

use crate::support::step_of;
use rehearsal::clock::VirtualClock;
use rehearsal::interpreter::{Event, Observer, What};
use rehearsal::plug::SharedWorld;
use rehearsal::run::Audit;
use rehearsal::viewers::Cast;
use serde_json::{Value, json};
use std::sync::Mutex;

/// One run of a definition, whoever's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// `SUCCEEDED`, `FAILED` …
    pub status: String,
    pub error: Option<String>,
    pub cause: Option<String>,
    pub output: Option<Value>,
    /// Every state that was entered, in order.
    pub states: Vec<String>,
    /// Every call of a function, retried ones too: its name and the payload.
    pub calls: Vec<(String, Value)>,
    /// Every pause, milliseconds: those of Wait states and those before another try. None of them is 0.
    pub waits: Vec<u64>,
}

/// One of ours, with what somebody else needs to repeat it.
#[derive(Debug, Clone, Default)]
pub struct Ours {
    pub input: Value,
    pub run: Run,
    pub began_millis: i64,
    pub ended_millis: i64,
    /// What the jitter of each retry drew, from 0 to 1; 0 where it draws nothing.
    pub dice: Vec<f64>,
}

/// Writes all runs down.
pub struct Book {
    definition: Value,
    runs: Mutex<Vec<Ours>>,
    entered_millis: Mutex<i64>,
}

impl Book {
    pub fn of(definition: &Value) -> Self {
        Self { definition: definition.clone(), runs: Mutex::default(), entered_millis: Mutex::default() }
    }

    pub fn runs(self) -> Vec<Ours> {
        self.runs.into_inner().unwrap()
    }

    fn write(&self, at_millis: i64, deed: impl FnOnce(&mut Ours)) {
        let mut runs = self.runs.lock().unwrap();
        let last = runs.last_mut().unwrap();
        last.ended_millis = at_millis;
        deed(last);
    }

    fn ended(&self, at_millis: i64, status: &str, error: Option<&str>, cause: Option<&str>, output: Option<&Value>) {
        self.write(at_millis, |ours| {
            ours.run.status = status.to_owned();
            (ours.run.error, ours.run.cause) = (error.map(str::to_owned), cause.map(str::to_owned));
            ours.run.output = output.cloned();
        });
    }
}

/// `cutover-update-distribution`, of what the definition has in its place.
pub fn function_of(resource: &str) -> String {
    format!("cutover-{}", step_of(resource).replace('_', "-"))
}

/// The longest that this retry may wait, milliseconds, where its delay is drawn.
fn drawn_from(retrier: &Value, attempt: u64) -> Option<f64> {
    let of = |key: &str, usual: f64| retrier.get(key).map_or(usual, |value| value.as_f64().unwrap());
    let grown = of("IntervalSeconds", 1.0) * of("BackoffRate", 2.0).powf((attempt - 1) as f64);
    (retrier["JitterStrategy"] == "FULL").then(|| grown.min(of("MaxDelaySeconds", f64::MAX)) * 1000.0)
}

impl Observer for Book {
    fn recorded(&self, event: &Event<'_>) {
        let at = event.at_millis;
        match event.what {
            What::ExecutionStarted { input } => {
                self.runs.lock().unwrap().push(Ours { input: input.clone(), began_millis: at, ended_millis: at, ..Ours::default() });
            }
            What::StateEntered { name, .. } => {
                *self.entered_millis.lock().unwrap() = at;
                self.write(at, |ours| ours.run.states.push(name.to_owned()));
            }
            What::StateExited { kind: "Wait", .. } => {
                let waited = at - *self.entered_millis.lock().unwrap();
                self.write(at, |ours| ours.run.waits.extend(u64::try_from(waited).ok().filter(|waited| *waited > 0)));
            }
            What::TaskScheduled { resource, input, .. } => {
                self.write(at, |ours| ours.run.calls.push((function_of(resource), input.clone())));
            }
            What::ExecutionSucceeded { output } => self.ended(at, "SUCCEEDED", None, None, Some(output)),
            What::ExecutionFailed { error, cause } => self.ended(at, "FAILED", error, cause, None),
            What::ExecutionTimedOut { error } => self.ended(at, "TIMED_OUT", error, None, None),
            _ => self.write(at, |_| ()),
        }
    }

    fn retried(&self, state: &str, at_millis: i64, retrier: usize, attempt: u64, delay_millis: u64) {
        let drawn = drawn_from(&self.definition["States"][state]["Retry"][retrier], attempt);
        self.write(at_millis, |ours| {
            ours.dice.push(drawn.map_or(0.0, |most| delay_millis as f64 / most));
            ours.run.waits.extend(Some(delay_millis).filter(|delay| *delay > 0));
        });
    }
}

impl Audit for Book {
    fn begins(&self, _: &SharedWorld, _: VirtualClock, _: &Cast) {}
}

/// What another interpreter says that it did.
pub fn theirs(told: &Value) -> Run {
    let text = |key: &str| told[key].as_str().map(str::to_owned);
    let list = |key: &str| told[key].as_array().unwrap_or_else(|| panic!("{key} is missing in {told}")).iter();
    // The function of an ARN.
    let called = |call: &Value| (call["resource"].as_str().unwrap().rsplit(':').next().unwrap().to_owned(), plain(&call["payload"]));
    Run {
        status: text("status").unwrap(),
        error: text("error"),
        cause: text("cause"),
        output: Some(plain(&told["output"])).filter(|output| !output.is_null()),
        states: list("states").map(|name| name.as_str().unwrap().to_owned()).collect(),
        calls: list("calls").map(called).collect(),
        waits: list("waits").map(|wait| wait.as_u64().unwrap()).collect(),
    }
}

/// As one language like another writes it: one that has a single kind of number writes 30 for 30.0, and one whose moments
/// have milliseconds writes 02:00:00.000Z for 02:00:00Z.
pub fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => text.parse::<jiff::Timestamp>().map_or_else(|_| value.clone(), |moment| json!(moment.to_string())),
        Value::Number(number) => {
            number.as_f64().filter(|number| number.fract() == 0.0).map_or(value.clone(), |number| json!(number as i64))
        }
        Value::Array(members) => members.iter().map(plain).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), plain(value))).collect::<serde_json::Map<_, _>>().into(),
        other => other.clone(),
    }
}

/// Where two values differ first, and how.
fn first_difference(path: &str, ours: &Value, theirs: &Value) -> Option<String> {
    let below = |keys: Vec<String>| {
        let at = |key: &String| {
            let of = |value: &Value| value.get(key).or_else(|| value.get(key.parse::<usize>().ok()?)).cloned().unwrap_or(Value::Null);
            first_difference(&format!("{path}/{key}"), &of(ours), &of(theirs))
        };
        keys.iter().find_map(at)
    };
    match (ours, theirs) {
        _ if ours == theirs => None,
        (Value::Object(one), Value::Object(other)) => {
            below(one.keys().chain(other.keys()).cloned().collect()).or_else(|| Some(format!("{path}: null or left out")))
        }
        (Value::Array(one), Value::Array(other)) => below((0..one.len().max(other.len())).map(|at| at.to_string()).collect()),
        _ => Some(format!("{path}: ours {}, theirs {}", short(ours), short(theirs))),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(160).collect()
}

impl Run {
    fn comparable(&self) -> [(&'static str, Value); 7] {
        let calls = self.calls.iter().map(|(function, payload)| json!({"function": function, "payload": plain(payload)}));
        [
            ("states", json!(self.states)),
            ("waits", json!(self.waits)),
            ("calls", calls.collect()),
            ("status", json!(self.status)),
            ("error", json!(self.error)),
            ("cause", json!(self.cause)),
            ("output", self.output.as_ref().map_or(Value::Null, plain)),
        ]
    }

    /// Everything in which another run differs, the first place of each.
    pub fn differences(&self, theirs: &Run) -> Vec<String> {
        let pairs = self.comparable().into_iter().zip(theirs.comparable());
        pairs.filter_map(|((what, ours), (_, theirs))| first_difference(what, &ours, &theirs)).collect()
    }
}
