//! Breaking a claim: never by one word alone, kept in the chain, and the cutover writes nothing more. And a chain that
//! somebody has changed by hand.

use super::{Stage, bridge, play};
use functions::desk::Spoken;
use serde_json::{Value, json};

const BY: [&str; 4] = ["--by", "ada", "--because", "it's moved by hand"];

async fn break_it(stage: &Stage, id: &str, confirm: Option<&str>) -> Spoken {
    let mut line = [&["break-claim", id][..], &BY].concat();
    if let Some(confirm) = confirm {
        line.extend(["--confirm", confirm]);
    }
    stage.says(&line).await
}

#[test]
fn a_claim_is_broken_only_where_it_is_named_twice() {
    let (world, request) = bridge(json!([]));
    play(&world, async |stage| {
        let mut tried = false;
        let document = stage
            .walk("first", &request, async |document: &Value| {
                if document["claim"].is_null() {
                    return;
                }
                let before = stage.items();
                let shown = break_it(stage, "first", None).await;
                assert_eq!((shown.status, shown.err.as_str()), (1, "nothing was changed\n"));
                for part in
                    ["would break the claim first", "a.foo.com", "stop-execution", r"--because 'it'\''s moved by hand' --confirm first"]
                {
                    assert!(shown.out.contains(part), "{part}: {}", shown.out);
                }
                let other = break_it(stage, "first", Some("second")).await;
                assert!(other.status == 2 && other.err.contains("nothing was changed"), "{other:?}");
                assert_eq!(stage.items(), before);
                tried = true;
            })
            .await;
        assert_eq!((document["outcome"].as_str(), tried), (Some("completed"), true));
        let over = break_it(stage, "first", Some("first")).await;
        assert!(over.status == 1 && over.err.contains("given back"), "{over:?}");
        assert_eq!(break_it(stage, "never", Some("never")).await.status, 3);
    });
}

/// Breaks the claim before the `at`th step that follows the claim; what was written after that, and the last document.
fn broken_at(at: usize) -> Option<(Value, usize, Value)> {
    let (world, request) = bridge(json!([]));
    play(&world, async |stage| {
        let (mut steps, mut written) = (0, None);
        let document = stage
            .walk("first", &request, async |document: &Value| {
                if document["claim"].is_null() {
                    return;
                }
                steps += 1;
                if steps == at {
                    let done = break_it(stage, "first", Some("first")).await;
                    assert!(done.status == 0 && done.out.starts_with("broke the claim first"), "{done:?}");
                    written = Some(stage.world.lock().writes.len());
                }
            })
            .await;
        let written = written?;
        let after = stage.world.lock().writes.len() - written;
        let show: Value = serde_json::from_str(&stage.says(&["show", "first", "--json"]).await.out).unwrap();
        for item in stage.items() {
            assert!(item["claim"].is_null(), "step {at}: {item}");
        }
        Some((document, after, show))
    })
}

#[test]
fn whoever_lost_a_broken_claim_writes_nothing_more_and_ends_stuck_wherever_it_was() {
    let mut ended = 0;
    for at in (1..).step_by(7) {
        let Some((document, after, show)) = broken_at(at) else { break };
        assert_eq!(after, 0, "step {at}: something was written under a broken claim");
        assert_eq!(document["outcome"], "stuck", "step {at}");
        let cause = document["stuck"]["cause"].as_str().unwrap();
        assert!(cause.contains("a person has broken it"), "step {at}: {cause}");
        assert_eq!((&show["claim"]["state"], &show["chain"]["holds"]), (&json!("broken"), &json!(true)), "step {at}");
        let last = show["events"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["kind"], &last["what"]), (&json!("broken"), &json!("by ada: it's moved by hand")), "step {at}");
        ended += 1;
    }
    assert!(ended > 5, "only {ended} places were tried");
}

#[test]
fn a_chain_that_was_changed_by_hand_is_shown_as_broken_and_where() {
    let (world, request) = bridge(json!([]));
    let table = play(&world, async |stage| {
        assert_eq!(stage.walk("first", &request, async |_: &Value| ()).await["outcome"], "completed");
        stage.items()
    });
    let events = table.iter().filter(|item| item["sk"].as_str().is_some_and(|sk| sk.starts_with("EVENT#"))).count();
    assert!(events > 8, "{events}");
    let last = format!("EVENT#{events:08}");
    type Change = fn(&mut Vec<Value>, &str);
    let changes: [(&str, Change, &str); 4] = [
        ("EVENT#00000003", |table, sk| at(table, sk)["what"] = json!("nothing"), "event 3 is not as it was written"),
        ("EVENT#00000005", |table, sk| table.retain(|item| item["sk"] != sk), "event 6 follows event 4"),
        (&last, |table, sk| table.retain(|item| item["sk"] != sk), "the claim says that there are"),
        ("CLAIM", |table, sk| at(table, sk)["head"] = json!("0"), "is not the one that the claim says"),
    ];
    for (sk, change, words) in changes {
        let mut changed = table.clone();
        change(&mut changed, sk);
        play(&bridge(json!(changed)).0, async |stage| {
            let shown = stage.says(&["show", "first"]).await;
            assert!(shown.status == 1 && shown.out.contains("BROKEN: ") && shown.out.contains(words), "{sk}: {}", shown.out);
            let json: Value = serde_json::from_str(&stage.says(&["show", "first", "--json"]).await.out).unwrap();
            assert_eq!(json["chain"]["holds"], false);
        });
    }
    play(&bridge(json!(table)).0, async |stage| assert_eq!(stage.says(&["show", "first"]).await.status, 0));
}

#[test]
fn whoever_looks_at_a_claim_or_breaks_it_is_told_each_write_that_may_still_land() {
    let (world, request) = bridge(json!([]));
    let mut table = play(&world, async |stage| {
        stage.walk_until("first", &request, |document| document["progress"]["at"] == 2).await;
        stage.items()
    });
    let claim = at(&mut table, "CLAIM");
    let [detach, batch, long_ago] =
        ["cloudfront:UpdateDistribution E1LEGACYXYZ: -a.foo.com", "route53:ChangeResourceRecordSets", "an old one"];
    let since = claim["since"].clone();
    claim["unaccountedUpdates"] = json!([{"since": "2026-12-01T00:00:00Z", "what": long_ago}, {"since": since, "what": detach}]);
    (claim["inFlight"], claim["inFlightWhat"]) = (since, json!(batch));
    play(&bridge(json!(table)).0, async |stage| {
        for line in [&["show", "first"][..], &[&["break-claim", "first"][..], &BY].concat()] {
            let told = stage.says(line).await.out;
            assert!(told.contains(detach) && told.contains(batch) && !told.contains(long_ago), "{told}");
            assert_eq!(told.matches("under way  ").count(), 2, "{told}");
        }
    });
}

fn at<'t>(table: &'t mut [Value], sk: &str) -> &'t mut Value {
    table.iter_mut().find(|item| item["sk"] == sk).unwrap()
}
