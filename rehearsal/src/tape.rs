//! What the functions of one rehearsal did, to be played back in another that is the same up to some moment: the requests
//! of each invocation, and its answer. A function that is asked the same at the same moment, and hears the same, does the
//! same; so the simulated AWS gets its requests again, and only the function and its SDK are spared. Must not know what
//! differs from that moment on.

use crate::hands::FunctionError;
use crate::wire::Request;
use crate::world::Millis;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A request of a function.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// When it took effect.
    pub(crate) at: Millis,
    pub(crate) operation: String,
    pub(crate) request: Arc<Request>,
    /// A digest of what was answered.
    pub(crate) heard: u64,
}

/// One invocation that came to its end.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) began: Millis,
    pub(crate) calls: Vec<Recorded>,
    /// How often it asked as a viewer does.
    pub(crate) asked: u64,
    pub(crate) ended: Millis,
    pub(crate) answer: Result<Value, FunctionError>,
}

/// The invocations of one rehearsal, by step and number.
#[derive(Debug, Default)]
pub struct Tape {
    pieces: Mutex<BTreeMap<(String, u64), Arc<Piece>>>,
    strayed: OnceLock<String>,
}

impl Tape {
    /// The rehearsal that is recorded heard something else than what was played back to it: it is worth nothing.
    pub(crate) fn stray(&self, at: String) {
        self.strayed.get_or_init(|| at);
    }

    /// Where that was, if it was so.
    pub fn strayed(&self) -> Option<&str> {
        self.strayed.get().map(String::as_str)
    }

    pub(crate) fn keep(&self, step: &str, number: u64, piece: Arc<Piece>) {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).insert((step.to_owned(), number), piece);
    }

    fn piece(&self, step: &str, number: u64) -> Option<Arc<Piece>> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).get(&(step.to_owned(), number)).cloned()
    }
}

/// A tape, and the moment from which on it is not to be trusted.
#[derive(Debug, Clone)]
pub struct Playback {
    /// What was recorded.
    pub tape: Arc<Tape>,
    /// Milliseconds since the epoch.
    pub until: Millis,
}

impl Playback {
    /// The invocation that is this one, if it was over before the moment.
    pub(crate) fn piece(&self, step: &str, number: u64, now: Millis) -> Option<Arc<Piece>> {
        let piece = self.tape.piece(step, number)?;
        (piece.ended < self.until && piece.began == now).then_some(piece)
    }
}
