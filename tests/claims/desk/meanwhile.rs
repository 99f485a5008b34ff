//! What others do to the registry while a cutover has names in its hands: an inventory that looks in the middle of it, and
//! somebody who takes it for dead.

use super::{Stage, bridge, execution, play};
use serde_json::{Value, json};

const BEFORE: &str = "2026-11-30T00:00:00Z";

/// An inventory's look at both accounts, and what it says once both were looked at.
async fn inventory(stage: &Stage) {
    for errand in ["scan_account", "settle_account"] {
        for account in ["000000000001", "000000000002"] {
            stage.invoke(errand, &json!({"account": account, "scan": execution("inventory")})).await.unwrap();
        }
    }
}

fn wildcard(stage: &Stage) -> Value {
    stage.item("ALIAS#*.foo.com", "ALIAS")
}

#[test]
fn nobody_has_a_bridges_wildcard_after_it_whoever_saw_it_meanwhile() {
    let (world, request) = bridge(json!([]));
    play(&world, async |stage| {
        let mut seen = 0;
        let look = async |document: &Value| {
            if document["progress"]["at"] == 3 && document["next"] == "checkSettled" && seen == 0 {
                inventory(stage).await;
                seen += 1;
                assert_eq!(wildcard(stage)["holder"]["distribution"], "E2NEWQRS", "that is where it is now");
            }
        };
        let document = stage.walk("first", &request, look).await;
        assert_eq!((document["outcome"].as_str(), seen), (Some("completed"), 1));
        let after = wildcard(stage);
        assert_eq!((&after["state"], &after["seenBy"]), (&json!("unknownOwner"), &json!("cutover")), "{after}");
        assert!(["holder", "claim", "restingState", "listedUnder", "listedAs"].iter().all(|key| after.get(*key).is_none()), "{after}");
    });
}

#[test]
fn what_an_earlier_cutover_left_holds_after_one_that_went_back_whatever_was_seen_meanwhile() {
    let before = json!({"pk": "ALIAS#a.foo.com", "sk": "ALIAS", "alias": "a.foo.com", "state": "movedNotReconciled",
        "holder": {"account": "000000000001", "distribution": "E1LEGACYXYZ", "domainName": "xyz.cloudfront.net"},
        "seenAt": BEFORE, "seenBy": "cutover", "movedBy": "earlier",
        "listedUnder": "ACCOUNT#000000000001", "listedAs": "DISTRIBUTION#E1LEGACYXYZ#a.foo.com"});
    let (world, request) = bridge(json!([before]));
    play(&world, async |stage| {
        let detached = |document: &Value| document["progress"]["at"] == 3 && document["next"] == "updateDistribution";
        stage.walk_until("first", &request, detached).await;
        inventory(stage).await;
        let ended = json!({"execution": execution("first")["id"], "status": "ABORTED"});
        let document = stage.recover("second", &ended).await;
        assert_eq!(document["outcome"], "rolledBack", "{}", document["stuck"]);
        let after = stage.item("ALIAS#a.foo.com", "ALIAS");
        assert_eq!((&after["state"], &after["holder"]["distribution"]), (&json!("movedNotReconciled"), &json!("E1LEGACYXYZ")));
        assert_eq!((&after["seenAt"], &after["movedBy"]), (&json!(BEFORE), &json!("earlier")), "since when tells which deployments know");
        let timeline = document["timeline"].to_string();
        assert!(timeline.contains("execution first ABORTED"), "the one that ended is named: {timeline}");
    });
}

#[test]
fn a_cutover_is_not_taken_over_by_who_only_names_it() {
    let (world, request) = bridge(json!([]));
    play(&world, async |stage| {
        stage.walk_until("first", &request, |document| document["progress"]["at"] == 1).await;
        for status in [json!(null), json!("RUNNING"), json!("SUCCEEDED")] {
            let wanted = json!({"recover": {"execution": execution("first")["id"], "status": status}, "execution": execution("second")});
            let document = stage.invoke("recover_cutover", &wanted).await.unwrap();
            assert_eq!(document["refusals"][0]["code"], "nothingToRecover", "{status}");
        }
        assert_eq!(stage.item("CUTOVER#first", "CLAIM")["fence"], 1, "it is as it was");
    });
}

#[test]
fn a_wildcard_that_was_asked_for_and_is_on_the_target_already_is_the_targets_afterwards() {
    let there = json!({"account": "000000000002", "distribution": "E2NEWQRS", "domainName": "qrs.cloudfront.net"});
    let item = json!({"pk": "ALIAS#*.foo.com", "sk": "ALIAS", "alias": "*.foo.com", "state": "owned", "holder": there,
        "seenAt": BEFORE, "seenBy": "inventory", "listedUnder": "ACCOUNT#000000000002", "listedAs": "DISTRIBUTION#E2NEWQRS#*.foo.com"});
    let (mut world, mut request) = bridge(json!([item]));
    let held = world["distributions"].as_array_mut().unwrap().iter_mut().find(|held| held["id"] == "E2NEWQRS").unwrap();
    held["aliases"] = json!(["*.foo.com"]);
    request["aliases"] = json!(["a.foo.com", "*.foo.com"]);
    play(&world, async |stage| {
        let document = stage.walk("first", &request, async |_: &Value| {}).await;
        assert_eq!(document["outcome"], "completed", "{} {}", document["refusals"], document["stuck"]);
        let after = wildcard(stage);
        assert_eq!((&after["state"], &after["holder"]["distribution"]), (&json!("owned"), &json!("E2NEWQRS")), "{after}");
        assert!(after.get("claim").is_none() && after.get("listedUnder").is_some(), "{after}");
    });
}
