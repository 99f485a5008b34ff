//! Are viewers added up as the world says? What is looked up is held against what the world works out from nothing, in
//! worlds that no cutover would make.

use proptest::prelude::*;
use rehearsal::viewers::{Cast, Server, Viewers};
use rehearsal::world::input::RecordInput;
use rehearsal::world::{Millis, World};
use serde_json::{Value, json};

const LOCATIONS: usize = 7;
const ALIASES: [&str; 2] = ["a.foo.com", "b.a.foo.com"];
/// What the distributions may list.
const LISTED: [&str; 4] = ["a.foo.com", "*.foo.com", "*.a.foo.com", "b.a.foo.com"];
const IDS: [&str; 3] = ["E1SOURCE", "E2TARGET", "E3OTHER"];
/// Where record sets may lead: CloudFront, on by another name, or elsewhere.
const LEADS: [&str; 4] = ["e1.cloudfront.net", "on.bar.com", "elsewhere.example", "on.foo.com"];
const END_MILLIS: Millis = 3_600_000;

/// Which names a version lists, whether it serves, its certificate.
type Config = (u8, bool, u8);

fn arn(certificate: u8) -> Option<String> {
    (certificate > 0).then(|| format!("arn:aws:acm:us-east-1:000000000001:certificate/{certificate}"))
}

fn aliases((listed, ..): Config) -> Vec<&'static str> {
    LISTED.iter().enumerate().filter(|(bit, _)| listed >> bit & 1 == 1).map(|(_, alias)| *alias).collect()
}

fn record(name: &str, leads: usize, ttl: u32) -> Value {
    json!({"name": name, "type": "CNAME", "ttl": ttl, "values": [LEADS[leads]]})
}

/// One change: when, to what (a distribution or a name), and how.
type Change = (Millis, usize, Config, usize, u32);

fn world(seed: u64, gap: u32, expires: u32, changes: &[Change]) -> World {
    let expiry = jiff::Timestamp::from_second(1_796_083_200 + i64::from(expires)).unwrap().to_string();
    let names = |certificate: u8| match certificate {
        1 => vec!["a.foo.com", "*.foo.com"],
        2 => vec!["*.a.foo.com", "*.foo.com"],
        _ => vec!["other.com"],
    };
    let certificates: Vec<Value> = (1..=3).map(|id| json!({"arn": arn(id), "names": names(id), "notAfter": expiry})).collect();
    let distributions: Vec<Value> = IDS
        .iter()
        .enumerate()
        .map(|(at, id)| json!({"id": id, "account": "000000000001", "domainName": format!("e{}.cloudfront.net", at + 1)}))
        .collect();
    let mut world = World::new(
        json!({
            "now": "2026-12-01T00:00:00Z", "homeAccount": "000000000009", "accounts": [{"id": "000000000001"}],
            "certificates": certificates, "distributions": distributions,
            "hostedZones": [
                {"id": "Z1FOO", "account": "000000000001", "name": "foo.com", "records": [record("a.foo.com", 0, 300), record("*.a.foo.com", 1, 60)]},
                {"id": "Z2BAR", "account": "000000000001", "name": "bar.com", "records": [record("on.bar.com", 0, 120)]}],
            "edge": {"locations": LOCATIONS, "propagation": {"model": "uniform", "maxSeconds": 900}},
            "rules": {"wildcardFallbackGapMs": gap, "blockDanglingAfterS": 1200},
        }),
        seed,
    )
    .unwrap();
    for (at, what, config, leads, ttl) in changes {
        let now = world.start + at;
        match what {
            0..=2 => {
                let lags = world.lags(IDS[*what], world.distributions[IDS[*what]].versions.len());
                let aliases = aliases(*config).into_iter().map(str::to_owned).collect();
                world.distributions.get_mut(IDS[*what]).unwrap().accept(now, lags, aliases, config.1, arn(config.2));
            }
            _ => {
                let (zone, name) = [("Z1FOO", "a.foo.com"), ("Z1FOO", "on.foo.com"), ("Z2BAR", "on.bar.com")][what - 3];
                let routed = |identifier: &str, leads: usize, weight: u32| {
                    let mut record = record(name, leads % LEADS.len(), *ttl);
                    (record["setIdentifier"], record["weight"]) = (json!(identifier), json!(weight));
                    record
                };
                // Every third one is routed.
                let records = if ttl % 3 == 0 {
                    vec![routed("one", *leads, 1), routed("two", leads + 1, ttl % 4)]
                } else {
                    vec![record(name, *leads, *ttl)]
                };
                let sets: Vec<RecordInput> = serde_json::from_value(json!(records)).unwrap();
                world.zones.get_mut(zone).unwrap().set(name, sets, now, now + 20_000);
            }
        }
    }
    world
}

fn cast() -> Cast {
    Cast { aliases: ALIASES.map(str::to_owned).to_vec(), source: IDS[0].to_owned(), target: IDS[1].to_owned() }
}

/// The same sums, each moment asked of the world itself.
fn added_up(world: &World, end: Millis) -> Viewers {
    let cast = cast();
    let (mut totals, mut worst) = ([0_i64; 4], 0);
    for alias in ALIASES {
        let blocked = world.blocked_since(alias, end);
        for location in 0..LOCATIONS {
            let mut moments = vec![world.start, end];
            moments.extend(world.distributions.values().flat_map(|d| &d.versions).map(|version| version.arrivals[location]));
            moments.extend(world.dns_changes(alias, location as f64 / LOCATIONS as f64));
            moments.extend(world.certificates.values().map(|certificate| certificate.not_after));
            moments.extend(blocked);
            moments.retain(|moment| (world.start..=end).contains(moment));
            moments.sort_unstable();
            let mut served = [0_i64; 4];
            for pair in moments.windows(2) {
                let blocked = blocked.is_some_and(|blocked| pair[0] >= blocked);
                let server = if blocked { Server::Nobody } else { world.server(&cast, alias, location, pair[0]) };
                served[server as usize] += pair[1] - pair[0];
            }
            totals.iter_mut().zip(served).for_each(|(total, millis)| *total += millis);
            worst = worst.max(served[3]);
        }
    }
    let requests = |millis: i64| u64::try_from(millis / 1000).unwrap();
    let unserved = u64::try_from((totals[3] + 999) / 1000).unwrap();
    Viewers {
        requests: requests(totals[0]) + requests(totals[1]) + requests(totals[2]) + unserved,
        by_source: requests(totals[0]),
        by_target: requests(totals[1]),
        by_other: requests(totals[2]),
        unserved,
        outage_seconds_mean: totals[3] as f64 / 1000.0 / (ALIASES.len() * LOCATIONS) as f64,
        outage_seconds_worst: worst as f64 / 1000.0,
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let config = (0_u8..16, prop::bool::weighted(0.8), 0_u8..4);
    let change = (0..END_MILLIS, 0_usize..6, config, 0_usize..4, 0_u32..900);
    prop::collection::vec(change, 1..12).prop_map(|mut changes| {
        changes.sort_by_key(|(at, ..)| *at);
        changes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn viewers_are_added_up_as_the_world_says(seed in 0_u64..1000, expires in 0_u32..7200, changes in changes()) {
        let world = world(seed, 0, expires, &changes);
        let end = world.start + END_MILLIS;
        prop_assert_eq!(world.viewers(&cast(), end), added_up(&world, end));
    }

    #[test]
    fn the_shares_at_any_moment_are_those_of_the_world(seed in 0_u64..1000, gap in 0_u32..2000, changes in changes(), at in 0..END_MILLIS) {
        let world = world(seed, gap, 1800, &changes);
        let mut moments: Vec<Millis> = world.distributions.values().flat_map(|d| &d.versions).flat_map(|v| v.arrivals.clone()).collect();
        moments.retain(|moment| *moment >= world.start);
        moments.extend([world.start + at, world.start]);
        for at in moments.into_iter().flat_map(|moment| [moment - 1, moment]).filter(|at| *at >= world.start) {
            let mut counts = [0.0; 4];
            for alias in ALIASES {
                (0..LOCATIONS).for_each(|location| counts[world.server(&cast(), alias, location, at) as usize] += 1.0);
            }
            prop_assert_eq!(world.shares(&cast(), at), counts.map(|count| count * 100.0 / (ALIASES.len() * LOCATIONS) as f64), "at {}", at);
        }
    }
}

#[test]
fn the_random_worlds_are_worth_asking() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut met = [0_u32; 4];
    for seed in 0..50 {
        let changes = changes().new_tree(&mut runner).unwrap().current();
        let viewers = world(seed, 0, 3000, &changes).viewers(&cast(), 1_796_083_200_000 + END_MILLIS);
        let found = [viewers.by_source, viewers.by_target, viewers.by_other, viewers.unserved];
        met.iter_mut().zip(found).for_each(|(met, requests)| *met += u32::from(requests > 0));
    }
    assert!(met.iter().all(|worlds| *worlds >= 3), "source, target, others and nobody serve in {met:?} of 50 worlds");
}

#[test]
fn viewers_ask_for_the_names_that_a_request_means_however_they_are_written() {
    let cast = Cast::of(&json!({"aliases": ["Bücher.foo.com", "a.foo.com.", "not a name"]}));
    assert_eq!(cast.aliases, ["xn--bcher-kva.foo.com", "a.foo.com", "not a name"]);
}
