//! The least that still fails: faults are left out one by one. Must not know what the faults are.

use super::{Clean, Found, one};
use crate::run::Play;

/// `found` with as few faults as still break one of the same rules.
pub fn shrunk(clean: &Clean, play: &Play, found: Found) -> Found {
    let mut least = found;
    // Each turn that goes on has left one fault out.
    loop {
        let fewer = (0..least.faults.len()).filter(|_| least.faults.len() > 1).find_map(|without| {
            let faults: Vec<_> = least.faults.iter().enumerate().filter(|(at, _)| *at != without).map(|(_, fault)| fault.clone()).collect();
            let tried = one(clean, play, &faults);
            tried.broken.iter().any(|broken| least.broken.iter().any(|known| known.rule == broken.rule)).then_some(tried)
        });
        match fewer {
            Some(fewer) => least = fewer,
            None => return least,
        }
    }
}
