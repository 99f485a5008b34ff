//! What a cutover did, each event holding the hash of the one before: one that is missing, added or changed later is
//! found. The intent stands before the write, the outcome after it (I8). Must not know how an event is kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The hash before the first event.
pub const GENESIS: &str = "";

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainEvent {
    /// Counted from 1 without a gap.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Under which fencing number of the claim.
    pub fence: u64,
    /// The execution that says so.
    pub execution: String,
    /// What kind of event.
    pub kind: Kind,
    /// What: the edit's label, the call, what it was made on.
    pub what: String,
    /// The hash of the event before.
    pub previous: String,
    /// SHA-256 over all of the above, lower-case hex.
    pub hash: String,
}

/// The kinds of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// The claim was taken.
    Claimed,
    /// A write is about to be sent.
    Intent,
    /// How that ended.
    Outcome,
    /// Another execution has taken the claim over.
    Recovered,
    /// What others wrote was weighed.
    Weighed,
    /// The claim was given back.
    Released,
    /// A person is needed; the claim stays.
    Stuck,
    /// A person has broken the claim.
    Broken,
}

impl ChainEvent {
    /// The event after the one called `previous`.
    pub fn after(previous: (u64, &str), at: Timestamp, by: (u64, &str), kind: Kind, what: &str) -> Self {
        let (number, fence, execution) = (previous.0.saturating_add(1), by.0, by.1.to_owned());
        let mut event = Self {
            number,
            at,
            fence,
            execution,
            kind,
            what: crate::bounds::cut(what),
            previous: previous.1.to_owned(),
            hash: String::new(),
        };
        event.hash = event.digest();
        event
    }

    fn digest(&self) -> String {
        let told = (self.number, self.at, self.fence, &self.execution, self.kind, &self.what, &self.previous);
        let text = serde_json::to_vec(&told).unwrap_or_default();
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What is wrong with `events`, the first of them being the first of the chain; `None` where nothing is.
pub fn broken_at(events: &[ChainEvent]) -> Option<String> {
    let mut previous = (0, GENESIS.to_owned());
    for event in events {
        if event.number != previous.0 + 1 {
            return Some(format!("event {} follows event {}", event.number, previous.0));
        }
        if event.previous != previous.1 || event.digest() != event.hash {
            return Some(format!("event {} is not as it was written, or the one before it is not", event.number));
        }
        previous = (event.number, event.hash.clone());
    }
    None
}

/// What is wrong with the events of a claim that says how many there are and how the last one's hash is; `None` where
/// nothing is. The claim was read before the events, so there may be more of them by now.
pub fn broken_of(events: &[ChainEvent], count: u64, head: &str) -> Option<String> {
    if let Some(wrong) = broken_at(events) {
        return Some(wrong);
    }
    let last = usize::try_from(count).ok().and_then(|count| events.get(count.checked_sub(1)?));
    match last {
        Some(last) if last.hash == head => None,
        Some(_) => Some(format!("event {count} is not the one that the claim says")),
        None => Some(format!("the claim says that there are {count} events, and there are {}", events.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Vec<ChainEvent> {
        let mut events: Vec<ChainEvent> = vec![];
        for what in ["one", "two", "three"] {
            let previous = events.last().map_or((0, GENESIS.to_owned()), |event| (event.number, event.hash.clone()));
            events.push(ChainEvent::after((previous.0, &previous.1), Timestamp::UNIX_EPOCH, (1, "x"), Kind::Intent, what));
        }
        events
    }

    #[test]
    fn a_chain_that_nobody_touched_holds() {
        assert_eq!(broken_at(&chain()), None);
        assert_eq!(broken_at(&[]), None);
    }

    #[test]
    fn an_event_that_is_changed_left_out_or_moved_is_found() {
        let mut changed = chain();
        changed[1].what = "too".to_owned();
        assert!(broken_at(&changed).is_some());
        let mut gone = chain();
        gone.remove(1);
        assert!(broken_at(&gone).is_some());
        let mut swapped = chain();
        swapped.swap(0, 1);
        assert!(broken_at(&swapped).is_some());
        let mut again = chain();
        again[2].previous = again[0].hash.clone();
        again[2].hash = again[2].digest();
        assert!(broken_at(&again).is_some(), "rehashed, and yet not the next one");
    }

    #[test]
    fn a_chain_that_was_cut_short_or_written_anew_is_found_by_what_the_claim_says() {
        let events = chain();
        let head = |at: usize| events[at].hash.clone();
        assert_eq!(broken_of(&events, 3, &head(2)), None);
        assert_eq!(broken_of(&events, 2, &head(1)), None, "one more has been written since the claim was read");
        assert!(broken_of(&events[..2], 3, &head(2)).is_some(), "the last one is gone");
        assert!(broken_of(&events, 3, &head(1)).is_some(), "written anew from there on");
        assert!(broken_of(&[], 1, &head(0)).is_some());
        assert!(broken_of(&events, 0, "").is_some(), "a claim has at least one");
    }

    #[test]
    fn an_event_says_where_in_the_chain_it_stands_and_under_whose_fence() {
        let at: Timestamp = "2026-12-01T02:00:01Z".parse().unwrap();
        let event = ChainEvent::after((4, "abc"), at, (2, "arn:x"), Kind::Outcome, "of 4:\naccepted");
        assert_eq!((event.number, event.previous.as_str(), event.fence, event.execution.as_str()), (5, "abc", 2, "arn:x"));
        assert_eq!((event.at, event.kind, event.what.as_str()), (at, Kind::Outcome, "of 4: accepted"));
    }

    #[test]
    fn the_hash_is_the_sha_256_of_the_fields_in_their_order_so_that_chains_of_today_hold_tomorrow() {
        // printf '%s' '[1,"1970-01-01T00:00:00Z",1,"x","intent","one",""]' | sha256sum
        let hash = "e226b095b1fe3eba1239f8dfcbd7e780965fab2cb77c6ab13a13357220929faa";
        assert_eq!(chain()[0].hash, hash);
        assert_eq!(chain()[1].previous, hash);
    }

    #[test]
    fn whichever_field_of_an_event_is_changed_it_is_found() {
        let changes: [fn(&mut ChainEvent); 7] = [
            |event| event.at = "2026-12-01T00:00:00Z".parse().unwrap(),
            |event| event.fence = 2,
            |event| event.execution = "y".to_owned(),
            |event| event.kind = Kind::Outcome,
            |event| event.what = "too".to_owned(),
            |event| event.previous = "0".repeat(64),
            |event| event.hash = "0".repeat(64),
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut events = chain();
            change(&mut events[1]);
            let wrong = broken_at(&events).unwrap_or_default();
            assert_eq!(wrong, "event 2 is not as it was written, or the one before it is not", "change {at}");
        }
    }

    #[test]
    fn it_is_said_where_a_chain_breaks() {
        let mut gone = chain();
        gone.remove(1);
        assert_eq!(broken_at(&gone).as_deref(), Some("event 3 follows event 1"));
        assert_eq!(broken_at(&chain()[1..]).as_deref(), Some("event 2 follows event 0"), "the first one is missing");
        let (events, other) = (chain(), "0".repeat(64));
        assert_eq!(broken_of(&gone, 3, &events[2].hash).as_deref(), Some("event 3 follows event 1"), "before what the claim says");
        assert_eq!(broken_of(&events, 3, &other).as_deref(), Some("event 3 is not the one that the claim says"));
        let short = broken_of(&events[..2], 3, &events[2].hash);
        assert_eq!(short.as_deref(), Some("the claim says that there are 3 events, and there are 2"));
    }
}
