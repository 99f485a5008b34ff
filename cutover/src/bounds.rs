//! Every bound of a cutover, each beside the budget it comes from.
//!
//! The definition repeats some of them as literals; a test holds the two together.

/// How often a step of the way back may fail before a person is needed. Each failure comes after all the retries
/// of the definition.
pub const BACK_FAILURES_MAX: u32 = 3;

/// Aliases in one request. CloudFront takes 100 for each distribution; ten stay free for a bridge's
/// wildcards and for whoever shares the target.
pub const ALIASES_MAX: usize = 90;

/// Aliases on one distribution before AWS must be asked for more.
pub const ALIASES_PER_DISTRIBUTION_MAX: usize = 100;

/// Looks at one settle, whatever it is.
pub const LOOKS_MAX: u32 = 240;

/// Looks at what AWS does in its own time: at the least five hours, far more than the 60 minutes that CF-15 asks for. With nine
/// events each, two such waits that are in vain, one on either way, a step back whose tries are all in vain, and the rest of a
/// cutover stay a tenth of what a history may hold (SFN-3, L5).
pub const AWS_LOOKS_MAX: u32 = 80;

/// Nor longer than this, seconds: whoever takes a cutover over begins to count its looks anew, late, when they are far apart.
pub const AWS_WAIT_SECONDS_MAX: i64 = 10 * 3600;

/// Shortest and longest pause before a look, seconds. Q-3 asks for 15 to 30 with jitter; the two seconds
/// below 30 are for the look's own calls, so that a settle is known at most 30 s after it is true.
pub const LOOK_SECONDS_MIN: u32 = 15;
/// See [`LOOK_SECONDS_MIN`].
pub const LOOK_SECONDS_MAX: u32 = 28;

/// For so long AWS is looked at as Q-3 asks for, seconds. From then on a look comes after another quarter of the time since, so
/// that what is out of the ordinary does not fill the history.
pub const CLOSE_LOOKS_SECONDS: u32 = 600;
/// At the most this long apart, seconds, until half an hour has passed: twice what CF-15 asks to be ready for.
pub const SLOW_LOOK_SECONDS: u32 = 75;
/// See [`SLOW_LOOK_SECONDS`].
pub const SLOW_LOOKS_SECONDS: u32 = 1_800;
/// At the most this long apart, seconds, whatever it takes.
pub const LONG_LOOK_SECONDS_MAX: u32 = 1_200;

/// Above this many aliases that AWS moves one by one, the looks between two of them are
/// [`MANY_MOVES_LOOK_SECONDS`] apart: at 90 aliases and a look a minute, moves that take 15 minutes each stay below two
/// thirds of the 25,000 events of a history (SFN-3).
pub const MOVES_LOOKED_AT_CLOSELY: usize = 10;
/// See [`MOVES_LOOKED_AT_CLOSELY`].
pub const MANY_MOVES_LOOK_SECONDS: u32 = 60;

/// A settle whose end is known beforehand (a TTL, a soak) is looked at about this often in all, so that a
/// TTL of a day does not fill the execution's history (SFN-3, L5).
pub const TIMED_LOOKS: u32 = 30;

/// How long record sets and proofs are watched for that somebody else edits, seconds: a week.
pub const DNS_WATCH_SECONDS_MAX: i64 = 7 * 24 * 3600;

/// How long AWS Support, or a service that has to release a name, is watched, seconds: 14 days.
pub const OTHERS_WATCH_SECONDS_MAX: i64 = 14 * 24 * 3600;

/// What others do in their own time is looked at after another tenth of the time that it has taken already, at the most
/// this long apart, seconds: 14 days are about 180 looks ([`LOOKS_MAX`]).
pub const WATCH_LOOK_SECONDS_MAX: u32 = 3 * 3600;

/// Longest wait between two steps, seconds. What takes longer is looked at in between, so that a claim may be shorter.
pub const WAIT_SECONDS_MAX: u32 = 3 * 3600;

/// How long a claim is held after it was renewed, seconds. Longer than the longest wait, the longest state (16 minutes) and
/// the 42 minutes for which a write that may still land is waited for; every try renews it.
pub const CLAIM_SECONDS: i64 = 4 * 3600;

/// Aliases, wildcards and distributions in one claim. A transaction has 100 actions (DDB-3): the claim itself, the
/// document and the first event are three of them.
pub const CLAIMED_MAX: usize = 96;

/// How often a cutover may be taken over before a person is needed.
pub const RECOVERIES_MAX: u32 = 3;

/// By how much the clock of a function may be off, seconds (F37).
pub const CLOCK_OFF_SECONDS_MAX: i64 = 5 * 60;

/// By how much the clocks of two functions may differ, seconds.
pub const CLOCKS_DIFFER_SECONDS_MAX: i64 = 2 * CLOCK_OFF_SECONDS_MAX;

/// How long a function may be frozen and go on, seconds: Lambda ends it after 15 minutes (LAM-1). A write under way whose end is
/// not known may still be sent until this time has passed, which is begun by the clock of one function and over by another's.
pub const IN_FLIGHT_SECONDS_MAX: i64 = 15 * 60 + CLOCKS_DIFFER_SECONDS_MAX;

/// Updates of which nobody knows how they ended that a claim remembers. A cutover makes a few different ones of its two
/// distributions, and the same one again where AWS does not answer.
pub const UNACCOUNTED_UPDATES_MAX: usize = 8;

/// Longest soak that a request may ask for: a week.
pub const SOAK_SECONDS_MAX: u32 = 7 * 24 * 3600;

/// Soak when the request is silent.
pub const SOAK_SECONDS: u32 = 900;

/// Misses in a row that end a soak early, so that `verify` decides at once.
pub const SOAK_MISSES_MAX: u32 = 2;

/// Least time between a changed record being in sync and CloudFront seeing it, seconds (DNS-5).
pub const DNS_SEEN_SECONDS_MIN: u32 = 60;

/// TTL that Route 53 gives to answers of alias records, seconds (R53-4).
pub const ALIAS_RECORD_TTL_SECONDS: u32 = 60;

/// Time from an accepted detach until the swap gives up, seconds, over all re-entries (SW-5).
pub const SWAP_SECONDS_MAX: i64 = 30 * 60;

/// The same on the way back, over all its tries: nobody serves the name and there is nowhere left to turn, so it outlasts what
/// AWS is known to take with a distribution, five hours, as [`AWS_LOOKS_MAX`] does.
pub const SWAP_BACK_SECONDS_MAX: i64 = 6 * 3600;

/// Longest single call of `swap_aliases`, seconds: its function's timeout is 15 minutes.
pub const SWAP_CALL_SECONDS_MAX: i64 = 13 * 60;

/// Longest TTL that a cutover waits out, seconds: a day.
pub const TTL_SECONDS_MAX: u32 = 86_400;

/// TTL above which a swap's way back is worth a warning, seconds.
pub const TTL_SECONDS_LONG: u32 = 300;

/// What a certificate must still be good for, seconds: 7 days (ACM-9), and longer for a cutover that may last longer.
pub const CERTIFICATE_SECONDS_MIN: i64 = 7 * 24 * 3600;

/// By how much either way may be late, seconds: two distributions, one after the other, may each take five hours.
pub const LATE_SECONDS_MAX: i64 = 12 * 3600;

/// The document, as JSON, in bytes. Step Functions stops at 256 KiB (SFN-3) and that cannot be caught.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024;

/// Part of [`DOCUMENT_BYTES_MAX`] that planning leaves free for the timeline and the end of the story.
pub const DOCUMENT_BYTES_RESERVED: usize = 20 * 1024;

/// What others are asked for at one time, in bytes: part of [`DOCUMENT_BYTES_RESERVED`]. 90 names of 40 letters fit.
pub const ASKED_BYTES_MAX: usize = 10 * 1024;

/// Events kept in the document; the middle goes first, the beginning and the end stay.
pub const TIMELINE_MAX: usize = 64;

/// Events at the beginning of the timeline that are never dropped.
pub const TIMELINE_KEPT: usize = 8;

/// Longest text kept of one event, an error or a refusal's evidence, in bytes.
pub const TEXT_MAX: usize = 240;

/// What a text that was cut ends with.
pub const CUT: &str = "…";

/// `text`, at most [`TEXT_MAX`] bytes of it with the mark that it was cut, at the end of a character; control characters as
/// spaces.
pub fn cut(text: &str) -> String {
    let plain = text.replace(char::is_control, " ");
    if plain.len() <= TEXT_MAX {
        return plain;
    }
    let end = plain.char_indices().map(|(at, _)| at).take_while(|at| *at <= TEXT_MAX - CUT.len()).last().unwrap_or(0);
    format!("{}{CUT}", plain.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests;
