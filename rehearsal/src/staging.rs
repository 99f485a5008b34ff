//! What else happens in a rehearsal than one execution that is left to itself: further requests, executions that are
//! stopped, redriven or run out of time, functions that are killed, frozen or invoked twice, and how far the bus is listened
//! to (F24–F29, F39, F41). Must not know what any of them does.

use crate::tape::{Playback, Tape};
use serde_json::Value;
use std::str::FromStr;
use std::sync::Arc;

/// How often the schedule sweeps.
pub const SWEEP_SECONDS: i64 = 900;

/// Everything else that happens. Nothing by default, and the bus recovers.
#[derive(Debug, Clone)]
pub struct Staging {
    /// Requests beside the first.
    pub requests: Vec<Further>,
    /// Executions that somebody stops.
    pub stops: Vec<Stop>,
    /// Executions whose history is full at such a moment, long before it is (SFN-3): they fail of it, and no catcher is asked.
    pub overflows: Vec<Stop>,
    /// Executions that have less time than the definition says, seconds.
    pub timeouts: Vec<(Which, u64)>,
    /// Functions that do not come to their end, or much later.
    pub accidents: Vec<Accident>,
    /// Invocations whose event is delivered twice.
    pub doubles: Vec<Double>,
    /// Executions that were stopped and are redriven.
    pub redrives: Vec<Redrive>,
    /// Whether the rule of the bus starts a recovery for each execution that ends badly.
    pub recovers: bool,
    /// Whether the bus delivers each event twice (EB-1).
    pub delivers_twice: bool,
    /// How long the world is watched at least, and swept, seconds from its beginning.
    pub until_seconds: u64,
    /// Whether the world keeps a journal of its writes and calls.
    pub journal: bool,
    /// A definition in place of the shipped one.
    pub definition: Option<String>,
    /// Records what the functions do.
    pub tape: Option<Arc<Tape>>,
    /// What they did in a rehearsal that this one is like up to a moment.
    pub playback: Option<Playback>,
}

impl Default for Staging {
    fn default() -> Self {
        Self {
            requests: vec![],
            stops: vec![],
            overflows: vec![],
            timeouts: vec![],
            accidents: vec![],
            doubles: vec![],
            redrives: vec![],
            recovers: true,
            delivers_twice: false,
            until_seconds: 0,
            journal: false,
            definition: None,
            tape: None,
            playback: None,
        }
    }
}

/// A request beside the first.
#[derive(Debug, Clone)]
pub struct Further {
    /// What is asked.
    pub request: Value,
    /// When it is.
    pub start: Start,
}

/// When a request comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// So many seconds after the beginning.
    After(u64),
    /// Right after this call was answered, whoever made it.
    OnceAnswered(Call),
}

/// A call, by its operation and its number among all calls of that operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `service:Operation`
    pub operation: String,
    /// From 1.
    pub number: u64,
}

impl FromStr for Call {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("call {text:?} is not of the form service:Operation#n");
        let (operation, number) = text.split_once('#').ok_or_else(wrong)?;
        crate::service::known(operation)?;
        let number = number.parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
        Ok(Self { operation: operation.to_owned(), number })
    }
}

/// Which execution is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// That of the first request (0) or of one of the further ones, in the order of the list (from 1).
    Request(usize),
    /// One that the bus started: a recovery or a sweep, in the order in which they began (from 0).
    FromBus(usize),
}

/// An execution ends before its definition does: no catcher is asked (SFN-8). A function that runs for it goes on.
#[derive(Debug, Clone)]
pub struct Stop {
    /// Which one.
    pub which: Which,
    /// At what moment of it.
    pub at: Moment,
}

/// A moment of an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// As it enters a state, before that does anything; states are counted from 1.
    Entering(u64),
    /// As it enters this state for the n-th time (from 1).
    EnteringState(String, u64),
    /// After so many calls of the function of the state that it entered as its n-th.
    AfterCallsIn(u64, u64),
    /// As one of its functions has had this call answered.
    OnceAnswered(Call),
}

/// Something that happens to an invocation of a function.
#[derive(Debug, Clone)]
pub struct Accident {
    /// At which of its calls.
    pub at: Place,
    /// Before the call takes effect, or after.
    pub side: Side,
    /// What happens.
    pub what: Mishap,
}

/// An event that Lambda delivers twice (F25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Double {
    /// The step.
    pub step: String,
    /// Which of its invocations, from 1.
    pub invocation: u64,
    /// When the function runs that nobody waits for.
    pub other: Other,
}

/// When the other function of an event that is delivered twice runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    /// At the same time, and it began first.
    Before,
    /// At the same time, and it began second.
    Beside,
    /// Once the first has answered.
    Later,
}

/// Somebody redrives an execution that was stopped as it entered a state: from that state, with what it was entered with
/// (F28).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// Which one.
    pub which: Which,
    /// The state.
    pub state: String,
    /// Which entry of it, from 1: who was stopped elsewhere is not redriven.
    pub entry: u64,
    /// How long after its end.
    pub after_seconds: u64,
}

/// A call of an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Whoever makes this call.
    Call(Call),
    /// The n-th call of the m-th invocation of this step (`verb_object`), each from 1.
    Step {
        /// The step.
        step: String,
        /// Which of its invocations.
        invocation: u64,
        /// Which of that one's calls.
        call: u64,
    },
}

/// On which side of a call's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It never happens, or later.
    Before,
    /// It has happened, and the function does not know, or later.
    After,
}

/// What can happen to an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// Its process ends: Lambda.Unknown (F24, SFN-7).
    Killed,
    /// It stands still for so many seconds, and then goes on where it was (F26).
    Frozen {
        /// Seconds.
        seconds: u64,
    },
}

impl Place {
    /// Whether that is the present call.
    pub(crate) fn is(&self, call: &Call, step: &str, invocation: u64, made: u64) -> bool {
        match self {
            Place::Call(wanted) => wanted == call,
            Place::Step { step: wanted, invocation: number, call } => (wanted.as_str(), *number, *call) == (step, invocation, made),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_written_with_its_operation_and_number() {
        assert_eq!("dynamodb:PutItem#3".parse(), Ok(Call { operation: "dynamodb:PutItem".to_owned(), number: 3 }));
        for bad in ["", "dynamodb:PutItem", "dynamodb:PutItem#0", "dynamodb:PutItem#x", "dynamodb:Guess#1"] {
            assert!(bad.parse::<Call>().is_err(), "{bad}");
        }
    }
}
