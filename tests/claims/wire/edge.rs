//! Who answers at the edge, and how an outage is added up. What is changed is changed by the SDK's clients.

use super::{NEW, OLD, accepted, cname, distribution, ruled, within, world};
use rehearsal::viewers::{Cast, Server};
use rehearsal::world::World;
use rehearsal::world::edge::Answer;
use serde_json::{Value, json};

/// Who answers `name` at the first location when the world begins: a distribution, or why nobody does.
fn answer(world: &Value, name: &str) -> String {
    let world = World::new(world.clone(), 1).unwrap();
    match world.answer_at(name, 0, world.start) {
        Answer::Served { distribution, .. } => distribution,
        Answer::Nobody(why) => why.to_owned(),
    }
}

#[test]
fn an_exact_name_beats_a_wildcard_and_the_longer_wildcard_the_shorter() {
    let mut layered = world(json!([]));
    layered["certificates"][0]["names"] = json!(["*.foo.com", "*.b.foo.com"]);
    layered["distributions"] = json!([
        distribution("E1OLD", OLD, &["a.foo.com"]),
        distribution("E2NEW", NEW, &["*.foo.com"]),
        distribution("E3OLD", OLD, &["*.b.foo.com"])
    ]);
    assert_eq!(answer(&layered, "a.foo.com"), "E1OLD");
    assert_eq!(answer(&layered, "z.foo.com"), "E2NEW");
    assert_eq!(answer(&layered, "x.b.foo.com"), "E3OLD");
    assert_eq!(answer(&layered, "foo.com"), "no distribution lists the name", "a wildcard does not match its parent");
    let uncovered = "the certificate served does not cover the name";
    assert_eq!(answer(&layered, "x.c.foo.com"), uncovered, "a wildcard alias routes deeper than its certificate reaches");
    layered["distributions"][0]["enabled"] = json!(false);
    let swallowed = "the distribution that lists the name is disabled";
    assert_eq!(answer(&layered, "a.foo.com"), swallowed, "a wildcard elsewhere does not help a disabled owner");
}

/// a.foo.com, from `E1OLD` to `E2NEW`.
fn cast() -> Cast {
    Cast { aliases: vec!["a.foo.com".into()], source: "E1OLD".into(), target: "E2NEW".into() }
}

fn led() -> Value {
    world(json!([cname("a.foo.com", "e1old.cloudfront.net")]))
}

#[test]
fn each_location_falls_back_to_a_wildcard_when_the_removal_arrives_there() {
    let mut spread = led();
    spread["edge"]["propagation"] = json!({"model": "uniform"});
    spread["distributions"][1]["aliases"] = json!(["*.foo.com"]);
    within(spread, async |aws| {
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        let world = aws.world.lock();
        let arrivals = world.distributions["E1OLD"].newest().unwrap().arrivals.clone();
        assert!(arrivals.iter().any(|arrival| *arrival != arrivals[0]), "locations do not change together");
        for (location, arrival) in arrivals.into_iter().enumerate() {
            assert_eq!(world.server(&cast(), "a.foo.com", location, arrival - 1), Server::Source);
            assert_eq!(world.server(&cast(), "a.foo.com", location, arrival), Server::Target);
        }
    });
}

#[test]
fn an_outage_is_added_up_to_the_millisecond() {
    within(led(), async |aws| {
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        let world = aws.world.lock();
        let gone = world.distributions["E1OLD"].newest().unwrap().deployed();
        let viewers = world.viewers(&cast(), gone + 1234);
        assert_eq!((viewers.outage_seconds_mean, viewers.outage_seconds_worst), (1.234, 1.234));
        assert_eq!(viewers.unserved, 25, "24.68 requests at 20 locations; a part of one is one");
        assert_eq!((viewers.by_target, viewers.by_other), (0, 0));
    });
}

#[test]
fn a_name_that_dangles_too_long_is_blocked_and_stays_blocked() {
    within(ruled(led(), "blockDanglingAfterS", json!(60)), async |aws| {
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        let removed = aws.world.lock().distributions["E1OLD"].newest().unwrap().accepted;
        aws.wait(90).await;
        accepted(aws.add("E1OLD", "a.foo.com").await, "adding it again");
        aws.wait(400).await;
        let (world, now) = (aws.world.lock(), aws.clock.now());
        let outage = (now - removed - 60_000) as f64 / 1000.0;
        assert_eq!(world.viewers(&cast(), now).outage_seconds_worst, outage, "blockDanglingAfterS=60");
    });
}

#[test]
fn resolvers_keep_an_old_answer_for_as_long_as_its_ttl_spread_evenly() {
    let mut leaving = led();
    leaving["actors"] = json!([{"do": "changeRecord", "hostedZone": "Z1FOO", "at": "2026-12-01T02:00:00Z",
        "record": cname("a.foo.com", "www.example.net")}]);
    within(leaving, async |aws| {
        assert_eq!(aws.status("E1OLD").await, "Deployed");
        let world = aws.world.lock();
        let in_sync = world.zones["Z1FOO"].names["a.foo.com"].last().unwrap().in_sync;
        let served = |at| (0..20).filter(|location| world.server(&cast(), "a.foo.com", *location, at) == Server::Source).count();
        assert_eq!([served(in_sync - 1), served(in_sync), served(in_sync + 150_000), served(in_sync + 285_000)], [20, 19, 9, 0]);
    });
}

#[test]
fn changes_take_as_long_as_the_model_says_and_arrive_in_order() {
    for (model, longest) in [
        (json!({"model": "uniform"}), 300_000),
        (json!({"model": "uniform", "maxSeconds": 60}), 60_000),
        (json!({"model": "lognormal", "medianSeconds": 120}), 300_000),
        (json!({"model": "fixed", "seconds": 900}), 900_000),
    ] {
        let mut modelled = led();
        modelled["edge"] = json!({"propagation": model});
        within(modelled, async |aws| {
            accepted(aws.edit("E1OLD", |config| config.comment = "first".into()).await, "a change");
            accepted(aws.edit("E1OLD", |config| config.comment = "second".into()).await, "another");
            let world = aws.world.lock();
            let [_, first, second] = world.distributions["E1OLD"].versions.as_slice() else { panic!("three versions") };
            assert_eq!(first.arrivals.len(), 600, "as many locations as by default");
            let times = first.arrivals.iter().map(|arrival| arrival - first.accepted);
            let slowest = times.clone().max().unwrap();
            assert!(times.clone().all(|time| time >= 0) && slowest <= longest && slowest > longest / 2, "{model}: {slowest}");
            assert!(first.arrivals.iter().zip(&second.arrivals).all(|(first, second)| first <= second), "{model}");
        });
    }
}
