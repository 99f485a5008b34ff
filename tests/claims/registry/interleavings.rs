//! Two cutovers, three, five, over names and distributions that overlap: in whatever order their registry calls are
//! answered, at most one moves a name, the others are refused cleanly, nobody waits for ever, and no claim is left.

use super::gate::{Course, Grain, contend};
use super::{items, request, world};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::BTreeSet;

/// Orders that one claim may try; more would be a mistake in the claim.
const ORDERS_MAX: usize = 500_000;
/// Random orders of five; CUTOVER_ORDERS asks for more of them, 10,000 for instance.
const RANDOM_ORDERS: u64 = 400;

/// Tries every order of the registry calls of `requests`, depth first, and returns how many there were. Where the requests
/// are `alike`, contenders that were not chosen yet are the same: only the first of them is tried.
fn every_order(requests: &[Value], grain: Grain, alike: bool, check: impl Fn(&Course)) -> usize {
    let world = world();
    let mut prefix: Vec<usize> = vec![];
    for order in 1..=ORDERS_MAX {
        // What was chosen, of how many, at each moment.
        let mut choices: Vec<(usize, usize)> = vec![];
        let mut begun: BTreeSet<usize> = BTreeSet::new();
        let course = contend(&world, requests, grain, |at, ready| {
            let twin = ready.iter().position(|contender| !begun.contains(contender));
            let may = |position: &usize| !alike || begun.contains(&ready[*position]) || Some(*position) == twin;
            let options: Vec<usize> = (0..ready.len()).filter(may).collect();
            let chosen = prefix.get(at).copied().unwrap_or(0);
            choices.push((chosen, options.len()));
            begun.insert(ready[options[chosen]]);
            options[chosen]
        });
        check(&course);
        let Some(at) = (0..choices.len()).rev().find(|at| choices[*at].0 + 1 < choices[*at].1) else { return order };
        prefix = choices[..=at].iter().map(|(chosen, _)| *chosen).collect();
        prefix[at] += 1;
    }
    panic!("more than {ORDERS_MAX} orders");
}

/// What holds in every order.
fn one_writer_and_no_claim_left(course: &Course) {
    let told = || format!("{:?}\n{:?}", course.calls, course.ended.iter().map(|ended| &ended.outcome).collect::<Vec<_>>());
    for ended in &course.ended {
        assert!(["completed", "refused"].contains(&ended.outcome.as_str()), "{} {}", told(), ended.document);
        if ended.outcome == "refused" {
            let code = ended.document["refusals"][0]["code"].as_str().unwrap();
            // A plan that was made before another cutover had ended is made again under the claim.
            assert!(["claimedByAnother", "planChanged", "aliasNotOnSource"].contains(&code), "{} {}", told(), ended.document["refusals"]);
            if code == "claimedByAnother" {
                let message = ended.document["refusals"][0]["message"].as_str().unwrap();
                assert!(
                    message.contains("contender-") && message.contains("since 2026-12-01T") && message.contains("until 2026-12-01T"),
                    "{message}"
                );
            }
        }
    }
    for item in items(&course.table, "CLAIM") {
        assert_eq!(item["state"], "released", "{} {item}", told());
        assert!(item.get("listedUnder").is_none() && item.get("inFlight").is_none(), "{item}");
    }
    let held = course.table.iter().filter(|item| item["sk"] != "CLAIM" && item.get("claim").is_some()).count();
    assert_eq!(held, 0, "{}", told());
    // Writes of two cutovers never lie between each other: each claim's writes end before the next one's begin.
    let mut spans: Vec<(&str, &str)> = vec![];
    for claim in items(&course.table, "CLAIM") {
        let mine = |item: &&Value| item["pk"] == claim["pk"] && item["sk"].as_str().unwrap().starts_with("EVENT#");
        let events: Vec<&Value> = course.table.iter().filter(mine).collect();
        if let Some(first) = events.iter().find(|event| event["kind"] == "intent") {
            spans.push((first["at"].as_str().unwrap(), events[events.len() - 1]["at"].as_str().unwrap()));
        }
    }
    spans.sort_unstable();
    assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{spans:?}");
}

/// How many contenders took the claim at some time.
fn holders(course: &Course) -> usize {
    items(&course.table, "CLAIM").len()
}

#[test]
fn of_two_cutovers_for_one_name_at_most_one_moves_it_in_every_order_of_their_registry_calls() {
    let requests = [request("a.foo.com", "E1AAA", "E2BBB"), request("a.foo.com", "E1AAA", "E3CCC")];
    let orders = every_order(&requests, Grain::EveryCall, false, |course| {
        one_writer_and_no_claim_left(course);
        assert_eq!(course.ended.iter().filter(|ended| ended.outcome == "completed").count(), 1, "{:?}", course.calls);
    });
    println!("two cutovers, one name, two targets: {orders} orders of their registry calls, renewals apart");
    assert!(orders > 100, "{orders}");
}

#[test]
fn two_cutovers_of_different_names_between_the_same_distributions_never_write_at_the_same_time() {
    let requests = [request("a.foo.com", "E1AAA", "E2BBB"), request("b.foo.com", "E1AAA", "E3CCC")];
    let orders = every_order(&requests, Grain::Conflicts, false, one_writer_and_no_claim_left);
    println!("two cutovers that share a source: {orders} orders of the calls that can meet");
    // Three calls of the one that moves among three of the one that is refused, either way round.
    assert!(orders >= 20, "{orders}");
}

#[test]
fn a_swap_of_two_names_asked_for_at_once_is_done_one_after_the_other_or_refused() {
    let requests = [request("a.foo.com", "E1AAA", "E2BBB"), request("c.foo.com", "E2BBB", "E1AAA")];
    let both = std::cell::Cell::new(0);
    let orders = every_order(&requests, Grain::Conflicts, false, |course| {
        one_writer_and_no_claim_left(course);
        let moved = course.ended.iter().filter(|ended| ended.outcome == "completed").count();
        assert!(moved >= 1, "{:?}", course.calls);
        both.set(both.get() + usize::from(moved == 2));
    });
    println!("a swap of two names asked for at once: {orders} orders, both moved in {}", both.get());
    // Three calls of the one that moves among three of the one that is refused, either way round.
    assert!(orders >= 20, "{orders}");
}

#[test]
fn of_three_cutovers_for_one_name_at_most_one_moves_it_in_every_order_that_matters() {
    let requests = vec![request("a.foo.com", "E1AAA", "E2BBB"); 3];
    let orders = every_order(&requests, Grain::Conflicts, true, |course| {
        one_writer_and_no_claim_left(course);
        let wrote = course.ended.iter().filter(|ended| ended.outcome == "completed").count();
        assert!(wrote >= 1 && holders(course) >= 1, "{:?}", course.calls);
    });
    println!("three alike: {orders} orders of the calls that can meet");
    assert!(orders > 50, "{orders}");
}

#[test]
fn of_five_cutovers_over_overlapping_names_at_most_one_writes_at_a_time_in_any_random_order() {
    let requests = [
        request("a.foo.com", "E1AAA", "E2BBB"),
        request("a.foo.com", "E1AAA", "E3CCC"),
        request("b.foo.com", "E1AAA", "E3CCC"),
        request("c.foo.com", "E2BBB", "E1AAA"),
        request("c.foo.com", "E2BBB", "E3CCC"),
    ];
    let world = world();
    let (mut refused, mut completed) = (0, 0);
    let orders = std::env::var("CUTOVER_ORDERS").map_or(RANDOM_ORDERS, |orders| orders.parse().unwrap());
    for seed in 0..orders {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let course = contend(&world, &requests, Grain::Conflicts, |_, ready| random.random_range(0..ready.len()));
        one_writer_and_no_claim_left(&course);
        let moved = course.ended.iter().filter(|ended| ended.outcome == "completed").count();
        assert!(moved >= 1, "seed {seed}: {:?}", course.calls);
        completed += moved;
        refused += course.ended.len() - moved;
    }
    println!("five, {orders} random orders: {completed} moved, {refused} refused");
}
