//! Events come late, twice and in any order, the registry may not answer, and an answer may be lost: does it all come to the
//! same? And what does the function say to what is no event?

use super::{ONE, TWO, among, claim, events, foreign, in_soak, run};
use crate::support::{calls, rehearse, with_rule};
use cutover::registry::Kind;
use rehearsal::clock::VirtualClock;
use rehearsal::plug::{SharedWorld, sdk_config};
use rehearsal::run::Report;
use rehearsal::world::World;
use serde_json::{Value, json};

/// What is known in the end, without what depends on when it was heard.
fn known(report: &Report) -> Vec<Value> {
    let mut items = report.registry.clone();
    let timeless = |item: &Value| ["SEEN#", "ALIAS#", "DISTRIBUTION#"].iter().any(|kind| item["pk"].as_str().unwrap().starts_with(kind));
    items.retain(|item| timeless(item) || item["sk"].as_str().unwrap().starts_with("FOREIGN#"));
    for item in &mut items {
        let own = item["seenBy"] == "cutover";
        let fields = item.as_object_mut().unwrap();
        fields.remove("expires");
        if own {
            fields.remove("seenAt");
        }
    }
    items
}

fn edited() -> rehearsal::run::Play {
    among(json!([
        in_soak("editConfig", json!({"distribution": "E1LEGACYXYZ", "comment": "one"})),
        in_soak("editConfig", json!({"distribution": "E2NEWQRS", "comment": "two"})),
        {"at": "2026-12-01T02:23:40Z", "do": "editConfig", "distribution": "E1LEGACYXYZ", "comment": "three"},
    ]))
}

#[test]
fn duplicates_and_another_order_change_nothing() {
    let plain = run(&with_rule(with_rule(edited(), "trailDuplicates", json!(false)), "trailLagS", json!(0)));
    assert_eq!((plain.outcome.as_str(), claim(&plain).foreign_writes), ("completed", 3));
    for lag_seconds in [60, 300, 500] {
        let report = run(&with_rule(edited(), "trailLagS", json!(lag_seconds)));
        assert_eq!(report.outcome, "completed", "{lag_seconds} s");
        assert_eq!(claim(&report).foreign_writes, 3, "{lag_seconds} s");
        assert_eq!(known(&report), known(&plain), "{lag_seconds} s");
    }
}

#[test]
fn an_event_that_comes_after_the_end_touches_no_claim() {
    let report = run(&with_rule(edited(), "trailLagS", json!(3600)));
    assert_eq!((report.outcome.as_str(), claim(&report).foreign_writes), ("completed", 0), "{:?}", report.timeline);
    assert!(foreign(&report).is_empty());
    assert!(events(&report).iter().all(|event| event.kind != Kind::Weighed));
}

#[test]
fn a_registry_that_does_not_answer_is_asked_again_and_a_lost_answer_counts_once() {
    let play = || among(json!([in_soak("editConfig", json!({"distribution": "E1LEGACYXYZ"}))]));
    let plain = run(&play());
    let writes = calls(&plain, "dynamodb:TransactWriteItems");
    for kind in ["throttled", "unavailable", "lostAnswer"] {
        // Whichever transaction it was that kept the event, one of these is it.
        for number in 1..=writes {
            let mut play = play();
            play.faults = vec![format!("dynamodb:TransactWriteItems#{number}:{kind}").parse().unwrap()];
            let report = run(&play);
            assert_eq!((report.outcome.as_str(), claim(&report).foreign_writes), ("completed", 1), "#{number} {kind}");
            assert_eq!(foreign(&report).len(), 1, "#{number} {kind}");
        }
    }
}

#[test]
fn a_sentinel_that_may_not_read_says_so_and_gives_its_events_up_after_three_tries() {
    let mut play = among(json!([in_soak("editConfig", json!({"distribution": "E1LEGACYXYZ"}))]));
    play.world["actors"].as_array_mut().unwrap().push(in_soak("denyOperation", json!({"operation": "dynamodb:Query"})));
    let report = rehearse(&play);
    let letters = super::dead_letters(&report);
    assert!(!letters.is_empty() && letters.iter().all(|why| why.contains("AccessDenied") && why.contains("dynamodb:Query")), "{letters:?}");
    assert_eq!((report.outcome.as_str(), claim(&report).foreign_writes), ("completed", 0), "the cutover goes on without it");
}

fn event() -> Value {
    let identity = json!({"type": "AssumedRole", "arn": "arn:aws:sts::000000000001:assumed-role/deployer/terraform"});
    let config = json!({"aliases": {"quantity": 1, "items": ["a.foo.com"]}, "enabled": true});
    let detail = json!({"eventID": "5ab02562-0fc5-43d0-b7b6-902930000000", "eventTime": "2026-12-01T02:00:00Z", "eventName": "UpdateDistribution2020_05_31",
        "eventSource": "cloudfront.amazonaws.com", "recipientAccountId": ONE, "readOnly": false, "userIdentity": identity,
        "requestParameters": {"id": "E1LEGACYXYZ", "distributionConfig": config}, "responseElements": null});
    json!({"version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.cloudfront", "account": ONE,
           "time": "2026-12-01T02:05:00Z", "region": "us-east-1", "resources": [], "detail": detail})
}

fn set(mut event: Value, pointer: &str, value: Value) -> Value {
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

/// What the function answers to `input`, and what the registry has then.
fn asked(input: &Value) -> (Result<Value, String>, Vec<Value>) {
    let world = World::new(crate::support::scenario("legacy-to-new", 1).world, 1).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let start = world.start;
        let world = SharedWorld::new(world);
        let clock = VirtualClock::new(start);
        let key = world.lock().function_key("cutover-watch-writes");
        let config = sdk_config(&world, clock.clone(), &key);
        let viewer = rehearsal::audience::Audience::new(world.clone(), clock);
        let answer = functions::invoke(&config, &viewer, "watch_writes", input).await;
        let items = world.lock().registry.items();
        (answer.map_err(|error| error.to_string()), items)
    })
}

fn input(event: Value) -> Value {
    json!({"members": format!("{ONE},{TWO}"), "event": event})
}

#[test]
fn an_event_becomes_what_is_known() {
    let (answer, items) = asked(&input(event()));
    let answer = answer.unwrap();
    assert_eq!(
        (&answer["operation"], &answer["claims"], &answer["sightings"]),
        (&json!("cloudfront:UpdateDistribution"), &json!([]), &json!(2))
    );
    let keys: Vec<&str> = items.iter().map(|item| item["pk"].as_str().unwrap()).collect();
    assert_eq!(keys, ["ALIAS#a.foo.com", "DISTRIBUTION#E1LEGACYXYZ", "SEEN#5ab02562-0fc5-43d0-b7b6-902930000000"]);
    assert!(items[2]["expires"].as_i64().unwrap() > 1_796_083_200, "DDB-4");
}

#[test]
fn a_hostile_event_is_answered_with_a_clear_error_and_leaves_nothing() {
    let long = "x".repeat(100_000);
    let cases = [
        (json!({}), "missing field `members`"),
        (json!("text"), "invalid type"),
        (json!({"members": "1", "event": event()}), "account id"),
        (json!({"members": ONE, "event": {}}), "missing field"),
        (json!({"members": ONE, "event": event(), "more": 1}), "unknown field"),
        (input(set(event(), "/detail", json!([]))), "no event of CloudTrail"),
        (input(set(event(), "/detail/eventID", json!(5))), "no event of CloudTrail"),
        (input(set(event(), "/detail/eventID", json!("../../x"))), "its id is"),
        (input(set(event(), "/detail/eventID", json!(long))), "its id is"),
        (input(set(event(), "/detail/eventTime", json!("yesterday"))), "no event of CloudTrail"),
        (input(set(event(), "/detail/recipientAccountId", json!(TWO))), "is of account"),
        (input(set(event(), "/account", json!("x"))), "is of account"),
        (input(set(event(), "/detail/userIdentity", json!("me"))), "no event of CloudTrail"),
    ];
    for (case, expected) in cases {
        let (answer, items) = asked(&case);
        let error = answer.unwrap_err();
        assert!(error.starts_with("MalformedDocument") && error.contains(expected), "{expected}: {error}");
        assert!(error.len() < 1_000 && items.is_empty(), "{expected}");
    }
}

#[test]
fn what_is_odd_inside_of_an_event_is_left_out() {
    let odd = [
        ("/detail/requestParameters", Value::Null),
        ("/detail/requestParameters", json!([[[]]])),
        ("/detail/requestParameters/id", json!({"a": 1})),
        ("/detail/requestParameters/id", json!("../E1")),
        ("/detail/requestParameters/distributionConfig/aliases", json!(7)),
        ("/detail/requestParameters/distributionConfig/aliases/quantity", json!(-1)),
        ("/detail/requestParameters/distributionConfig/aliases/items", json!({"items": []})),
        ("/detail/eventName", json!("UpdateFunction")),
        ("/detail/eventName", json!("2020_05_31")),
        ("/detail/eventSource", json!("signin.amazonaws.com")),
        ("/detail/readOnly", json!(true)),
    ];
    for (pointer, value) in odd {
        let (answer, items) = asked(&input(set(event(), pointer, value.clone())));
        let told = answer.unwrap_or_else(|error| panic!("{pointer} {value}: {error}"));
        assert!(told["claims"] == json!([]) && told["alarms"] == json!([]), "{pointer} {value}: {told}");
        assert!(items.iter().all(|item| item["sk"] != "ALIAS"), "{pointer} {value}: {items:?}");
    }
    let names = json!(["a.foo.com", 5, null, "", "a b", "*", "ü.example.com", "A_b.foo.com"]);
    let many = set(
        set(event(), "/detail/requestParameters/distributionConfig/aliases/quantity", json!(8)),
        "/detail/requestParameters/distributionConfig/aliases/items",
        names,
    );
    let (answer, items) = asked(&input(many));
    assert_eq!(answer.unwrap()["sightings"], json!(3), "two names and their distribution: {items:?}");
}
