//! Claims: every bound is the number that its budget says, in plain seconds and bytes, and a text is cut to its own.

use super::*;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

#[test]
fn every_bound_is_what_its_budget_says() {
    let seconds: [(&str, i64, i64); 15] = [
        ("record sets and proofs of others are watched for a week", DNS_WATCH_SECONDS_MAX, 604_800),
        ("AWS Support and other services for 14 days", OTHERS_WATCH_SECONDS_MAX, 1_209_600),
        ("what others do is looked at at least every three hours", WATCH_LOOK_SECONDS_MAX.into(), 10_800),
        ("what AWS does is waited for for ten hours", AWS_WAIT_SECONDS_MAX, 36_000),
        ("no wait is longer than three hours", WAIT_SECONDS_MAX.into(), 10_800),
        ("a claim is held for four hours", CLAIM_SECONDS, 14_400),
        ("a clock is five minutes off at the most (F37)", CLOCK_OFF_SECONDS_MAX, 300),
        ("two clocks, each five minutes off, differ by ten (F37)", CLOCKS_DIFFER_SECONDS_MAX, 600),
        ("Lambda ends a function after 15 minutes (LAM-1), by clocks that differ", IN_FLIGHT_SECONDS_MAX, 1_500),
        ("a soak is a week at the most", SOAK_SECONDS_MAX.into(), 604_800),
        ("a swap gives up 30 minutes after its detach (SW-5)", SWAP_SECONDS_MAX, 1_800),
        ("on the way back six hours after it", SWAP_BACK_SECONDS_MAX, 21_600),
        ("either way may be twelve hours late", LATE_SECONDS_MAX, 43_200),
        ("one call of it ends after 13 minutes", SWAP_CALL_SECONDS_MAX, 780),
        ("a certificate must be good for another week (ACM-9)", CERTIFICATE_SECONDS_MIN, 604_800),
    ];
    for (what, bound, budget) in seconds {
        assert_eq!(bound, budget, "{what}");
    }
    let bytes = [
        ("the document is a quarter of what Step Functions takes (SFN-3)", DOCUMENT_BYTES_MAX, 65_536),
        ("what planning leaves free of it", DOCUMENT_BYTES_RESERVED, 20_480),
        ("what others are asked for is half of that", ASKED_BYTES_MAX, 10_240),
    ];
    for (what, bound, budget) in bytes {
        assert_eq!(bound, budget, "{what}");
    }
}

#[test]
fn bounds_that_lean_on_each_other_leave_room() {
    let longest_state = 16 * MINUTE;
    let tried_again_for = 42 * MINUTE;
    let leans = [
        (
            "a claim outlives the longest wait, state and tries",
            i64::from(WAIT_SECONDS_MAX) + longest_state + tried_again_for,
            CLAIM_SECONDS,
        ),
        (
            "a function that stands still to its end and loses its answer there is waited for",
            15 * MINUTE + IN_FLIGHT_SECONDS_MAX,
            tried_again_for,
        ),
        ("a call of the swap ends well inside its function", SWAP_CALL_SECONDS_MAX + MINUTE, 15 * MINUTE),
        (
            "eighty looks, nine events each, on either way leave room in a tenth of a history (SFN-3)",
            2 * 9 * i64::from(AWS_LOOKS_MAX),
            1_500,
        ),
        ("two distributions, five hours each, are late within that time", 2 * 5 * 60 * MINUTE, LATE_SECONDS_MAX),
        ("a wait of AWS that is in vain, one on either way, ends within a day (L1)", 2 * AWS_WAIT_SECONDS_MAX, DAY),
        ("the longest TTL is a day", TTL_SECONDS_MAX.into(), DAY),
        ("a look is known within 30 s (Q-3)", i64::from(LOOK_SECONDS_MAX) + 2, 30),
    ];
    for (what, needs, has) in leans {
        assert!(needs <= has, "{what}: {needs} > {has}");
    }
}

#[test]
fn a_text_is_kept_up_to_its_bound_and_cut_at_the_end_of_a_character() {
    assert_eq!(cut("short"), "short");
    let full = "x".repeat(TEXT_MAX);
    assert_eq!(cut(&full), full, "exactly as long as may be");
    let marked = cut(&format!("{full}x"));
    assert_eq!(marked, format!("{}…", "x".repeat(TEXT_MAX - 3)), "what is missing is marked");
    assert_eq!((marked.len(), cut(&marked)), (TEXT_MAX, marked.clone()), "the mark is within the bound, so that it is cut once");
    assert_eq!(cut(&"é".repeat(121)), format!("{}…", "é".repeat(118)), "two bytes each, the last one whole");
    assert_eq!(cut(&format!("a{}", "é".repeat(120))), format!("a{}…", "é".repeat(118)), "no character is torn apart");
}

#[test]
fn a_text_of_others_cannot_begin_a_line_of_ours() {
    assert_eq!(cut("one\ntwo\u{1b}[31m\tthree"), "one two [31m three");
}
