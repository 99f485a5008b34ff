//! What a move means at the edge: two versions on their way, a disabled owner, and connections that viewers keep.

use super::{Aws, NEW, accepted, cname, proof, ruled, within, world};
use rehearsal::viewers::{Cast, Server};
use rehearsal::world::edge::{Answer, Reused};
use rehearsal::world::{Millis, World};
use serde_json::{Value, json};

/// a.foo.com, from `E1OLD` to `E3OLD`.
fn cast() -> Cast {
    Cast { aliases: vec!["a.foo.com".into()], source: "E1OLD".into(), target: "E3OLD".into() }
}

/// Every location gets every version after up to 300 s of its own.
fn spread(records: Value) -> Value {
    let mut spread = world(records);
    spread["edge"] = json!({"locations": 200, "propagation": {"model": "uniform"}});
    spread
}

fn arrivals(world: &World, id: &str) -> Vec<Millis> {
    world.distributions[id].newest().unwrap().arrivals.clone()
}

async fn move_it(aws: &Aws, by_alias: bool) {
    if by_alias {
        accepted(aws.associate_alias("a.foo.com", "E3OLD").await, "moving");
    } else {
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "moving");
    }
}

fn led() -> Value {
    spread(json!([proof("_a.foo.com", "E3OLD"), cname("a.foo.com", "e1old.cloudfront.net")]))
}

#[test]
fn the_two_sides_of_a_move_reach_a_location_after_lags_of_their_own() {
    for by_alias in [false, true] {
        within(led(), async |aws| {
            move_it(&aws, by_alias).await;
            let world = aws.world.lock();
            let (leaves, comes) = (arrivals(&world, "E1OLD"), arrivals(&world, "E3OLD"));
            let gaps: Vec<Millis> = leaves.iter().zip(&comes).map(|(leaves, comes)| (comes - leaves).max(0)).collect();
            let nobody = gaps.iter().filter(|gap| **gap > 0).count();
            assert!((60..140).contains(&nobody), "about half of 200 locations lose the name before they get it: {nobody}");
            for (location, (leaves, comes)) in leaves.into_iter().zip(comes).enumerate() {
                let server = |at| world.server(&cast(), "a.foo.com", location, at);
                assert_eq!([server(leaves.min(comes) - 1), server(leaves.max(comes))], [Server::Source, Server::Target]);
                let between = if leaves < comes { Server::Nobody } else { Server::Target };
                assert_eq!(server(leaves.min(comes)), if leaves == comes { Server::Target } else { between });
            }
            let seconds = world.viewers(&cast(), world.start + 900_000).outage_seconds_worst;
            assert_eq!(seconds, gaps.into_iter().max().unwrap() as f64 / 1000.0, "edgeMoveAtomicity=independent");
        });
    }
}

#[test]
fn the_two_sides_of_a_move_reach_a_location_together_where_the_rule_says_so() {
    for by_alias in [false, true] {
        within(ruled(led(), "edgeMoveAtomicity", json!("atomic")), async |aws| {
            move_it(&aws, by_alias).await;
            let world = aws.world.lock();
            let leaves = arrivals(&world, "E1OLD");
            assert_eq!(leaves, arrivals(&world, "E3OLD"));
            assert!(leaves.iter().any(|arrival| *arrival != leaves[0]), "locations do not change together");
            assert_eq!(world.viewers(&cast(), world.start + 900_000).unserved, 0, "edgeMoveAtomicity=atomic");
        });
    }
}

#[test]
fn an_atomic_move_overtakes_no_version_that_is_on_its_way() {
    let rules = |world| ruled(ruled(world, "edgeMoveAtomicity", json!("atomic")), "moveTargetMustBeDeployed", json!(false));
    within(rules(led()), async |aws| {
        accepted(aws.edit("E1OLD", |config| config.comment = "edited".into()).await, "an edit of the source");
        accepted(aws.edit("E3OLD", |config| config.comment = "edited".into()).await, "an edit of the target");
        let before = ["E1OLD", "E3OLD"].map(|id| arrivals(&aws.world.lock(), id));
        move_it(&aws, false).await;
        let world = aws.world.lock();
        let together = arrivals(&world, "E1OLD");
        assert_eq!(together, arrivals(&world, "E3OLD"));
        for before in before {
            assert!(before.iter().zip(&together).all(|(before, after)| before <= after));
        }
    });
}

#[test]
fn other_updates_keep_their_own_lags_under_an_atomic_edge() {
    let lags = |atomicity: &str| {
        let mut seen = vec![];
        within(ruled(led(), "edgeMoveAtomicity", json!(atomicity)), async |aws| {
            accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
            seen = arrivals(&aws.world.lock(), "E1OLD");
        });
        seen
    };
    assert_eq!(lags("atomic"), lags("independent"));
}

#[test]
fn a_disabled_source_swallows_a_moved_name_until_the_target_has_it_there() {
    let mut swallowed = spread(json!([proof("_a.foo.com", "E2NEW")]));
    swallowed["distributions"][0]["enabled"] = json!(false);
    swallowed["distributions"][2]["aliases"] = json!(["*.foo.com"]);
    within(swallowed, async |aws| {
        accepted(aws.associate("a.foo.com", "E2NEW", None).await, "moving");
        let world = aws.world.lock();
        let answer = |location, at| world.answer_at("a.foo.com", location, at);
        let served = |id: &str, answer| matches!(answer, Answer::Served { distribution, .. } if distribution == id);
        for (location, (leaves, comes)) in arrivals(&world, "E1OLD").into_iter().zip(arrivals(&world, "E2NEW")).enumerate() {
            let swallowed = Answer::Nobody("the distribution that lists the name is disabled");
            assert_eq!(answer(location, leaves.min(comes) - 1), swallowed, "a wildcard elsewhere does not help");
            assert!(served("E2NEW", answer(location, comes)), "the target's arrival ends it, wherever the source is");
            if leaves < comes {
                assert!(served("E3OLD", answer(location, leaves)), "once the source has let go the wildcard serves");
            }
        }
    });
}

#[test]
fn a_disabled_target_swallows_the_name_that_was_moved_to_it() {
    let records = json!([proof("_a.foo.com", "E3OLD")]);
    within(ruled(world(records), "moveTargetMustBeDeployed", json!(false)), async |aws| {
        aws.disable("E3OLD").await;
        aws.wait(180).await;
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "moving");
        aws.wait(180).await;
        let answer = aws.world.lock().answer_at("a.foo.com", 0, aws.clock.now());
        assert_eq!(answer, Answer::Nobody("the distribution that lists the name is disabled"));
    });
}

/// b.foo.com stays on `E1OLD`; a.foo.com is on `E2NEW`, of another account.
fn split(names_of_the_first: Value) -> Value {
    let mut split = world(json!([cname("a.foo.com", "e2new.cloudfront.net")]));
    split["distributions"][0]["aliases"] = json!(["b.foo.com"]);
    split["distributions"][1]["aliases"] = json!(["a.foo.com"]);
    split["distributions"][2]["aliases"] = json!(["c.foo.com"]);
    split["certificates"][0]["names"] = names_of_the_first;
    split
}

/// What a.foo.com meets on a connection that was opened for b.foo.com.
fn reused(world: Value, host: &str) -> Reused {
    let world = World::new(world, 1).unwrap();
    world.answer_on_connection("b.foo.com", world.start, host, 0, world.start)
}

fn by(distribution: &str) -> impl Fn(&Reused) -> bool + '_ {
    move |reused| matches!(reused, Reused::Answered(Answer::Served { distribution: found, .. }) if found == distribution)
}

#[test]
fn a_reused_connection_is_misdirected_only_where_nothing_speaks_for_it() {
    let wide = || split(json!(["*.foo.com"]));
    let narrow = || split(json!(["b.foo.com"]));
    assert!(by("E2NEW")(&reused(wide(), "a.foo.com")), "strict421=false: the certificate covers the host");
    assert_eq!(reused(narrow(), "a.foo.com"), Reused::Misdirected, "strict421=false: neither account, certificate nor SNI");
    assert!(by("E3OLD")(&reused(narrow(), "c.foo.com")), "strict421=false: the certificate's account owns the host's distribution");
    assert!(by("E1OLD")(&reused(narrow(), "b.foo.com")), "SNI is the host");
    let strict = |world| ruled(world, "strict421", json!(true));
    assert_eq!(reused(strict(wide()), "a.foo.com"), Reused::Misdirected, "strict421=true: two accounts, whatever is covered");
    assert!(by("E3OLD")(&reused(strict(wide()), "c.foo.com")), "strict421=true: one account");
    assert!(by("E1OLD")(&reused(strict(wide()), "b.foo.com")), "strict421=true: SNI is the host");
}

#[test]
fn a_misdirected_request_is_sent_again_and_counts_as_served() {
    let cast = Cast { aliases: vec!["a.foo.com".into()], source: "E1OLD".into(), target: "E2NEW".into() };
    for strict in [true, false] {
        let world = World::new(ruled(split(json!(["*.foo.com"])), "strict421", json!(strict)), 1).unwrap();
        let server = world.server_on_connection(&cast, "b.foo.com", world.start, "a.foo.com", 0, world.start);
        assert_eq!(server, Server::Target, "strict421={strict}");
    }
}

#[test]
fn a_connection_outlives_a_move_and_carries_the_name_to_its_new_owner() {
    let mut wide = spread(json!([proof("_a.foo.com", "E2NEW"), cname("a.foo.com", "e1old.cloudfront.net")]));
    wide["edge"]["propagation"] = json!({"model": "fixed", "seconds": 0});
    wide["distributions"][0]["enabled"] = json!(true);
    let rules = ruled(wide, "disabledMustBeDeployed", json!(false));
    within(rules, async |aws| {
        let opened = aws.clock.now();
        aws.disable("E1OLD").await;
        accepted(aws.associate("a.foo.com", "E2NEW", None).await, "moving");
        let (world, now) = (aws.world.lock(), aws.clock.now());
        let answer = world.answer_on_connection("a.foo.com", opened, "a.foo.com", 0, now);
        let Reused::Answered(Answer::Served { distribution, certificate }) = answer else { panic!("{answer:?}") };
        assert_eq!(distribution, "E2NEW", "the host name alone picks the distribution (CF-1)");
        assert_ne!(certificate, Some(super::arn(NEW, "site")), "the certificate is still the one of the handshake");
    });
}
