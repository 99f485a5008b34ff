//! The pipelines' question while a cutover runs: in every state, from the claim to the day when the code is told.

use super::{SOURCE, TARGET, bridge, play};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// For each state of the alias: the exit statuses and codes of the question about the source, and about the target.
type Answers = BTreeMap<String, BTreeSet<(u8, Vec<String>)>>;

#[test]
fn nobody_may_attach_what_is_being_moved_and_afterwards_only_where_it_went() {
    let (world, request) = bridge(json!([]));
    let (mut source, mut target, mut sibling) = (Answers::new(), Answers::new(), Answers::new());
    play(&world, async |stage| {
        let mut ask = async || {
            let state = stage.item("ALIAS#a.foo.com", "ALIAS")["state"].as_str().unwrap_or("none").to_owned();
            source.entry(state.clone()).or_default().insert(stage.may_attach("a.foo.com", SOURCE).await);
            target.entry(state.clone()).or_default().insert(stage.may_attach("a.foo.com", TARGET).await);
            sibling
                .entry(state)
                .or_default()
                .insert(stage.may_attach("b.foo.com", ["--account", "000000000003", "--distribution", "E3"]).await);
        };
        let document = stage.walk("first", &request, async |_: &Value| ask().await).await;
        assert_eq!(document["outcome"], "completed");
        ask().await;
        assert_eq!(stage.says(&["reconciled", "a.foo.com"]).await.status, 0);
        ask().await;
    });
    let of = |status: u8, codes: &[&str]| BTreeSet::from([(status, codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>())]);
    let claimed = ["aliasClaimed", "wildcardClaimed", "distributionClaimed"];
    for answers in [&source, &target] {
        assert_eq!(answers["none"], of(3, &["aliasNotKnown", "distributionNotKnown"]));
        assert_eq!(answers["moving"], of(1, &claimed));
        assert_eq!(answers["soaking"], of(1, &claimed));
    }
    assert_eq!(source["movedNotReconciled"], of(1, &["movedNotReconciled"]));
    assert_eq!(source["owned"], of(1, &["heldByAnother"]));
    for state in ["movedNotReconciled", "owned"] {
        assert_eq!(target[state], of(0, &["alreadyThere"]));
    }
    // What stands beside it under the wildcard that the bridge has claimed waits as well.
    for state in ["moving", "soaking"] {
        assert_eq!(sibling[state], of(1, &["wildcardClaimed"]), "{state}");
    }
    assert_eq!(source.keys().map(String::as_str).collect::<Vec<_>>(), ["movedNotReconciled", "moving", "none", "owned", "soaking"]);
}

#[test]
fn one_cutover_is_listed_and_shown_while_it_runs_and_after_it() {
    let (world, request) = bridge(json!([]));
    play(&world, async |stage| {
        let mut shown = BTreeSet::new();
        let document = stage
            .walk("first", &request, async |document: &Value| {
                let show = stage.says(&["show", "first", "--json"]).await;
                if document["claim"].is_null() {
                    assert_eq!(show.status, 3, "{show:?}");
                    return;
                }
                let show: Value = serde_json::from_str(&show.out).unwrap();
                assert_eq!((&show["chain"]["holds"], &show["claim"]["state"]), (&json!(true), &json!("held")));
                shown.insert(show["document"]["at"].as_str().unwrap().to_owned());
            })
            .await;
        assert_eq!(document["outcome"], "completed");
        let labels: Vec<&str> = document["plan"].as_array().unwrap().iter().map(|edit| edit["label"].as_str().unwrap()).collect();
        for label in labels {
            assert!(shown.contains(label), "{label} was never shown: {shown:?}");
        }
        let over = stage.says(&["show", "arn:aws:states:us-east-1:000000000009:execution:cutover:first"]).await;
        for part in ["released", "outcome        completed", "chain          holds", "1 claimed", "intent", "outcome"] {
            assert!(over.status == 0 && over.out.contains(part), "{part}: {}", over.out);
        }
        stage.clock.sleep(2_000).await;
        assert!(stage.says(&["claims"]).await.out.starts_with("no claim is in force"));
    });
}

#[test]
fn two_cutovers_may_begin_to_soak_within_the_ten_minutes_for_which_a_token_is_known() {
    let mut world = crate::registry::world();
    world["accounts"] = json!([{"id": "000000000001"}, {"id": "000000000002"}]);
    let request = |from: &str, to: &str| {
        let mut request = crate::registry::request("a.foo.com", from, to);
        request["soakSeconds"] = json!(5);
        request
    };
    play(&world, async |stage| {
        let mut soaked = vec![];
        for (name, from, to) in [("there", "E1AAA", "E2BBB"), ("back", "E2BBB", "E1AAA")] {
            let mut began = None;
            let watch = async |document: &Value| {
                if document["progress"]["waitsFor"]["kind"] == "soaked" {
                    began.get_or_insert(stage.clock.now());
                }
            };
            let document = stage.walk(name, &request(from, to), watch).await;
            assert_eq!(document["outcome"], "completed", "{name}: {}", document["progress"]);
            soaked.push(began.unwrap());
        }
        assert!(soaked[1] - soaked[0] < 600_000, "{soaked:?}");
    });
}

#[test]
fn a_recovery_goes_on_to_the_next_claim_where_the_first_was_taken_a_moment_ago() {
    let lapsed = |id: &str| {
        json!({"pk": format!("CUTOVER#{id}"), "sk": "CLAIM", "listedUnder": "CLAIMS", "listedAs": format!("1#{id}"), "id": id,
               "execution": format!("arn:aws:states:us-east-1:000000000009:execution:cutover:{id}"), "fence": 1, "state": "held",
               "since": "2026-12-01T00:00:00Z", "until": "2026-12-01T01:00:00Z", "aliases": [], "distributions": [], "intents": 0,
               "events": 1, "head": "0", "foreignWrites": 0, "recoveries": 0})
    };
    let ids = ["first", "fourth", "second", "third"];
    play(&bridge(json!(ids.map(lapsed))).0, async |stage| {
        stage.clock.sleep(2_000).await;
        let mut kept = vec![];
        for number in 1..=ids.len() {
            // The index, which is up to a second behind (DDB-4), lists those as lapsed still that were taken before.
            let start = json!({"recover": {"lapsed": true}, "execution": super::execution(&format!("recovery-{number}"))});
            let document = stage.invoke("recover_cutover", &start).await;
            let error = document.expect_err("one claim is left for it");
            assert_eq!(error.error_type, "MalformedDocument", "none of them has a document: {}", error.message);
            kept.push(error.message.split(' ').nth(2).unwrap().to_owned());
        }
        assert_eq!(kept, ids);
        // One to find the claim, one to see it taken, one for its document: what is beyond these was listed and had gone.
        assert!(stage.world.lock().calls["dynamodb:GetItem"] > 3 * ids.len() as u64, "the index never lagged: nothing was shown");
        let over = json!({"recover": {"lapsed": true}, "execution": super::execution("recovery-5")});
        assert_eq!(stage.invoke("recover_cutover", &over).await.unwrap()["refusals"][0]["code"], "nothingToRecover");
    });
}
