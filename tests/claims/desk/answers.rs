//! Every command of the desk on a table that holds what the claim has put there: its answer, its exit status, and what it wrote.

use super::{SOURCE, Stage, TARGET, bridge, play};
use serde_json::{Value, json};

const CLAIM_UNTIL: &str = "2026-12-01T06:00:00Z";

fn alias(name: &str, state: &str, distribution: &str) -> Value {
    let account = if distribution == "E2NEWQRS" { "000000000002" } else { "000000000001" };
    json!({"pk": format!("ALIAS#{name}"), "sk": "ALIAS", "alias": name, "state": state,
           "holder": {"account": account, "distribution": distribution}, "seenAt": "2026-11-30T00:00:00Z", "seenBy": "inventory"})
}

fn target() -> Value {
    json!({"pk": "DISTRIBUTION#E2NEWQRS", "sk": "DISTRIBUTION", "account": "000000000002", "distribution": "E2NEWQRS", "enabled": true,
           "domainName": "qrs.cloudfront.net", "aliasCount": 0,
           "certificate": {"arn": "arn:aws:acm:us-east-1:000000000002:certificate/new", "names": ["*.foo.com"],
                           "notAfter": "2027-06-01T00:00:00Z"}})
}

fn on(registry: Value, scene: impl AsyncFnOnce(&Stage)) {
    play(&bridge(registry).0, scene);
}

fn window(place: [&'static str; 4]) -> Vec<&'static str> {
    let times = ["--opens", "2026-12-01T00:00:00Z", "--closes", "2026-12-01T12:00:00Z", "--by", "ada"];
    [&["plan", "a.foo.com"][..], &place, &times].concat()
}

#[test]
fn the_question_has_four_exit_statuses_and_says_what_to_do_next() {
    on(json!([alias("a.foo.com", "owned", "E1LEGACYXYZ"), target()]), async |stage| {
        for (place, status, first) in [(SOURCE, 0, "yes: "), (TARGET, 1, "no: ")] {
            let spoken = stage.says(&[&["may-attach", "a.foo.com"][..], &place].concat()).await;
            assert_eq!((spoken.status, spoken.err.as_str()), (status, ""));
            assert!(spoken.out.starts_with(first) && spoken.out.contains("    next  "), "{}", spoken.out);
        }
        let unknown = stage.says(&[&["may-attach", "b.foo.com"][..], &TARGET].concat()).await;
        assert!(unknown.status == 3 && unknown.out.starts_with("unknown, which is no yes: "), "{unknown:?}");
        for bad in [&["may-attach", "a.foo.com"][..], &["may-attach", "a_b", "--account", "1", "--distribution", "x"], &["ask"], &[]] {
            let spoken = stage.says(bad).await;
            assert!(spoken.status == 2 && spoken.out.is_empty() && !spoken.err.is_empty(), "{bad:?}: {spoken:?}");
        }
        assert!(stage.world.lock().calls.keys().all(|call| call.starts_with("dynamodb:")), "the desk asks nobody but the table");
    });
}

#[test]
fn a_help_teaches_each_command_and_costs_no_call() {
    on(json!([]), async |stage| {
        let whole = stage.says(&["--help"]).await;
        for command in ["may-attach", "claims", "show", "alias", "break-claim", "plan", "unplan", "reconciled"] {
            assert!(whole.out.contains(command), "{command}");
            let help = stage.says(&[command, "--help"]).await;
            assert!(help.status == 0 && help.out.contains("Usage: cutover"), "{command}: {help:?}");
        }
        for status in 0..=3 {
            assert!(whole.out.contains(&format!(" {status} ")), "{status}");
        }
        assert!(stage.world.lock().calls.is_empty());
    });
}

#[test]
fn a_move_is_announced_answered_for_and_taken_back() {
    on(json!([target()]), async |stage| {
        assert_eq!(stage.may_attach("a.foo.com", TARGET).await, (3, vec!["aliasNotKnown".to_owned()]));
        let planned = stage.says(&window(TARGET)).await;
        assert_eq!((planned.status, planned.out.as_str()), (0, "a.foo.com: planned\n"));
        assert_eq!(stage.may_attach("a.foo.com", TARGET).await, (0, vec!["plannedHere".to_owned()]));
        let (status, codes) = stage.may_attach("a.foo.com", SOURCE).await;
        assert!(status == 1 && codes.contains(&"plannedElsewhere".to_owned()), "{codes:?}");
        let again = stage.says(&window(TARGET)).await;
        assert!(again.status == 0 && again.out.starts_with("nothing to change"), "{again:?}");
        let elsewhere = stage.says(&window(SOURCE)).await;
        assert!(elsewhere.out.contains("before: to E2NEWQRS") && elsewhere.out.contains("said ada"), "{elsewhere:?}");
        let back = stage.says(&["unplan", "a.foo.com"]).await;
        assert_eq!((back.status, back.out.lines().next().unwrap().starts_with("a.foo.com: unknownOwner")), (0, true), "{back:?}");
        // The same words again within the ten minutes that a transaction's token is known (DDB-3) are said anew.
        assert_eq!(stage.says(&window(TARGET)).await.status, 0);
        assert_eq!(stage.item("ALIAS#a.foo.com", "ALIAS")["planned"]["target"]["distribution"], "E2NEWQRS");
    });
}

#[test]
fn names_are_announced_all_or_none() {
    let mut claimed = alias("b.foo.com", "moving", "E1LEGACYXYZ");
    claimed["claim"] = json!("first");
    on(json!([alias("a.foo.com", "owned", "E1LEGACYXYZ"), claimed]), async |stage| {
        let before = stage.items();
        let mut line = window(TARGET);
        line.insert(1, "b.foo.com");
        let refused = stage.says(&line).await;
        assert!(refused.status == 1 && refused.err.contains("b.foo.com is claimed by cutover first"), "{refused:?}");
        assert!(refused.err.ends_with("nothing was changed\n"), "{}", refused.err);
        assert_eq!(stage.items(), before);
    });
}

#[test]
fn a_window_that_is_none_is_an_argument_that_cannot_be_read() {
    on(json!([]), async |stage| {
        let mut line = window(TARGET);
        let opens = line.iter().position(|word| *word == "--opens").unwrap() + 1;
        line[opens] = "2026-12-02T00:00:00Z";
        let spoken = stage.says(&line).await;
        assert!(spoken.status == 2 && spoken.err.contains("ends before it begins"), "{spoken:?}");
        assert!(stage.items().is_empty());
    });
}

#[test]
fn reconciled_is_said_of_what_a_cutover_has_moved_and_of_nothing_else() {
    let mut moved = alias("a.foo.com", "movedNotReconciled", "E2NEWQRS");
    moved["movedBy"] = json!("first");
    on(json!([moved, alias("b.foo.com", "owned", "E1LEGACYXYZ"), target()]), async |stage| {
        assert_eq!(stage.may_attach("a.foo.com", SOURCE).await, (1, vec!["movedNotReconciled".to_owned()]));
        let never = stage.says(&["reconciled", "a.foo.com", "c.foo.com"]).await;
        assert!(never.status == 1 && never.err.contains("c.foo.com"), "{never:?}");
        let said = stage.says(&["reconciled", "a.foo.com", "b.foo.com"]).await;
        assert_eq!((said.status, said.out.as_str()), (0, "a.foo.com: owned\n"));
        assert_eq!(stage.item("ALIAS#a.foo.com", "ALIAS")["movedBy"], "first");
        assert_eq!(stage.may_attach("a.foo.com", SOURCE).await, (1, vec!["heldByAnother".to_owned()]));
        assert!(stage.says(&["reconciled", "a.foo.com"]).await.out.starts_with("nothing to change"));
    });
}

#[test]
fn what_is_known_of_an_alias_is_told_and_what_is_not_is_no_success() {
    on(json!([alias("a.foo.com", "owned", "E1LEGACYXYZ")]), async |stage| {
        let told = stage.says(&["alias", "A.foo.com."]).await;
        assert!(told.status == 0 && told.out.contains("E1LEGACYXYZ in account 000000000001"), "{told:?}");
        let json: Value = serde_json::from_str(&stage.says(&["alias", "a.foo.com", "--json"]).await.out).unwrap();
        assert_eq!((&json["state"], &json["claimed"]), (&json!("owned"), &Value::Null));
        let never = stage.says(&["alias", "b.foo.com", "--json"]).await;
        let json: Value = serde_json::from_str(&never.out).unwrap();
        assert_eq!((never.status, &json["state"]), (3, &Value::Null));
    });
}

#[test]
fn a_claim_that_lapsed_or_is_stuck_is_listed_as_that() {
    let claim = |id: &str, state: &str, until: &str| {
        json!({"pk": format!("CUTOVER#{id}"), "sk": "CLAIM", "listedUnder": "CLAIMS", "listedAs": format!("1#{id}"), "id": id,
               "execution": format!("arn:aws:states:us-east-1:000000000009:execution:cutover:{id}"), "fence": 1, "state": state,
               "since": "2026-12-01T00:00:00Z", "until": until, "aliases": ["a.foo.com"],
               "distributions": [{"account": "000000000001", "distribution": "E1LEGACYXYZ"}], "intents": 0, "events": 1, "head": "0",
               "foreignWrites": 0, "recoveries": 0})
    };
    let past = "2026-12-01T01:00:00Z";
    let given_back = claim("over", "released", past);
    on(
        json!([claim("alive", "held", CLAIM_UNTIL), claim("dead", "held", past), claim("lost", "stuck", past), given_back]),
        async |stage| {
            stage.clock.sleep(2_000).await;
            let told = stage.says(&["claims"]).await;
            assert!(told.status == 0 && told.out.starts_with("3 in force"), "{}", told.out);
            let json: Value = serde_json::from_str(&stage.says(&["claims", "--json"]).await.out).unwrap();
            let of = |key: &str| json["claims"].as_array().unwrap().iter().map(|claim| claim[key].clone()).collect::<Vec<_>>();
            assert_eq!(of("id"), ["alive", "dead", "lost"].map(|id| json!(id)));
            assert_eq!(of("lapsed"), [json!(false), json!(true), json!(false)]);
        },
    );
    on(json!([]), async |stage| assert!(stage.says(&["claims"]).await.out.starts_with("no claim is in force")));
}

#[test]
fn a_registry_that_cannot_be_asked_is_no_yes_and_no_no() {
    let fails = |operation: &str| {
        json!({"do": "failOperation", "operation": operation, "code": "InternalServerError", "message": "later", "httpStatus": 500,
               "at": "2026-12-01T00:00:00Z"})
    };
    let denied =
        |operation: &str| json!({"do": "denyOperation", "operation": operation, "account": "000000000009", "at": "2026-12-01T00:00:00Z"});
    let reads = ["dynamodb:GetItem", "dynamodb:TransactGetItems"];
    for (actors, error) in [(reads.map(fails), "RegistryUnavailable"), (reads.map(denied), "AccessDenied")] {
        let (mut world, _) = bridge(json!([alias("a.foo.com", "owned", "E1LEGACYXYZ")]));
        world["actors"] = json!(actors);
        play(&world, async |stage| {
            let spoken = stage.says(&[&["may-attach", "a.foo.com", "--json"][..], &SOURCE].concat()).await;
            let told: Value = serde_json::from_str(&spoken.out).unwrap();
            assert_eq!((spoken.status, &told["may"], &told["error"]["name"]), (3, &json!("unknown"), &json!(error)));
            assert!(spoken.err.contains("this is no yes"), "{}", spoken.err);
            for line in [&["alias", "a.foo.com"][..], &["show", "first"], &["unplan", "a.foo.com"], &window(TARGET)] {
                let spoken = stage.says(line).await;
                assert!(spoken.status == 3 && spoken.err.contains(error) && spoken.out.is_empty(), "{line:?}: {spoken:?}");
            }
        });
    }
}

#[test]
fn another_account_s_credentials_are_told_so() {
    on(json!([alias("a.foo.com", "owned", "E1LEGACYXYZ")]), async |stage| {
        let spoken = stage.says_to("AKIA000000000001", &[&["may-attach", "a.foo.com"][..], &SOURCE].concat()).await;
        assert!(spoken.status == 3 && spoken.err.contains("home account"), "{spoken:?}");
    });
}
