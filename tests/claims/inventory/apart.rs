//! Does the inventory leave alone what is not its own: claims, newer sightings, accounts that it cannot look at; and does a
//! lost answer change anything?

use super::*;
use rehearsal::interpreter::Status;
use rehearsal::wire::Fault;

/// The table without the times at which things were seen and told, and without who told them.
fn timeless(registry: Vec<Value>) -> Vec<Value> {
    let strip = |mut item: Value| {
        let is_difference = item["pk"].as_str().unwrap().starts_with("DIFFERENCE#");
        let fields = item.as_object_mut().unwrap();
        for name in ["seenAt", "at", "expires"] {
            fields.remove(name);
        }
        if is_difference {
            fields.remove("listedAs");
        }
        item
    };
    registry.into_iter().map(strip).collect()
}

fn claimed(name: &str, holder: Option<(&str, &str)>) -> Value {
    let mut item =
        json!({"pk": format!("ALIAS#{name}"), "sk": "ALIAS", "alias": name, "state": "moving", "restingState": "owned", "claim": "run-1"});
    if let Some((account, distribution)) = holder {
        item["holder"] = json!({"account": account, "distribution": distribution});
        item["seenAt"] = json!("2026-11-30T00:00:00Z");
        item["listedUnder"] = json!(format!("ACCOUNT#{account}"));
        item["listedAs"] = json!(format!("DISTRIBUTION#{distribution}#{name}"));
    }
    item
}

#[test]
fn a_claimed_alias_keeps_its_state_and_its_claim_wherever_it_is_seen() {
    let mut world = world();
    world["registry"] =
        json!([claimed("a.foo.com", Some((NEW, "E2NEW"))), claimed("b.foo.com", None), claimed("lost.foo.com", Some((OLD, "E1OLD"))),]);
    let mut stage = stage(world);
    let first = stage.scan();
    for (name, resting, kind) in
        [("a.foo.com", "owned", "aliasMoved"), ("b.foo.com", "owned", "aliasAppeared"), ("lost.foo.com", "unknownOwner", "aliasVanished")]
    {
        let item = alias(&stage, name);
        assert_eq!((&item["state"], &item["claim"], &item["restingState"]), (&json!("moving"), &json!("run-1"), &json!(resting)), "{name}");
        let told = first.differences.iter().find(|each| each["name"] == name).unwrap();
        assert_eq!((&told["kind"], &told["claim"]), (&json!(kind), &json!("run-1")), "who reads it knows whose hands it is in");
        let detail = told["detail"].as_str().unwrap();
        assert!(kind != "aliasVanished" || detail.contains("in the hands of cutover run-1") && !detail.contains("stranger"), "{detail}");
    }
    assert_eq!(alias(&stage, "a.foo.com")["holder"]["distribution"], "E1OLD");
    is_told(&stage.scan(), &[]);
}

#[test]
fn an_alias_that_a_cutover_moved_stays_unreconciled_where_it_was_put_and_is_owned_where_it_is_seen_elsewhere() {
    let moved = |name: &str, account: &str, distribution: &str| {
        let mut item = claimed(name, Some((account, distribution)));
        item["state"] = json!("movedNotReconciled");
        item.as_object_mut().unwrap().retain(|key, _| !["claim", "restingState"].contains(&key.as_str()));
        item
    };
    let mut world = world();
    world["registry"] = json!([moved("a.foo.com", OLD, "E1OLD"), moved("n.foo.com", OLD, "E1OLD")]);
    let mut stage = stage(world);
    let first = stage.scan();
    assert_eq!(alias(&stage, "a.foo.com")["state"], "movedNotReconciled");
    assert_eq!(alias(&stage, "n.foo.com")["state"], "owned", "an unrelated deployment put it back");
    let moved: Vec<(String, String)> = told(&first).into_iter().filter(|(kind, _)| kind == "aliasMoved").collect();
    assert_eq!(moved, [("aliasMoved".to_owned(), "n.foo.com".to_owned())]);
}

#[test]
fn a_newer_sighting_is_left_alone() {
    let newer = |name: &str, account: &str, distribution: &str| {
        json!({"pk": format!("ALIAS#{name}"), "sk": "ALIAS", "alias": name, "state": "owned", "seenBy": "sentinel",
               "holder": {"account": account, "distribution": distribution}, "seenAt": "2026-12-01T02:30:00Z",
               "listedUnder": format!("ACCOUNT#{account}"), "listedAs": format!("DISTRIBUTION#{distribution}#{name}")})
    };
    let mut world = world();
    // One that the lists show elsewhere, and one that they do not show.
    world["registry"] = json!([newer("a.foo.com", NEW, "E2NEW"), newer("late.foo.com", OLD, "E1OLD")]);
    let known = world["registry"].as_array().unwrap().clone();
    let mut stage = stage(world);
    let first = stage.scan();
    assert_eq!([alias(&stage, "a.foo.com"), alias(&stage, "late.foo.com")], known[..], "the look is older than what is known");
    assert!(!told(&first).iter().any(|(_, name)| ["a.foo.com", "late.foo.com"].contains(&name.as_str())));
    is_told(&stage.scan(), &[("aliasMoved", "a.foo.com"), ("aliasVanished", "late.foo.com")]);
}

#[test]
fn an_account_that_cannot_be_looked_at_stops_no_other_and_fails_the_execution_after_all_of_them() {
    let mut world = and(world(), removes("b.foo.com", OLD, "E1OLD"));
    world["accounts"] = json!([{"id": "000000000003", "roles": []}, {"id": OLD}, {"id": NEW}]);
    let mut stage = stage(world);
    let first = stage.scan();
    assert_eq!((first.execution.status, first.execution.error.as_deref()), (Status::Failed, Some("AccountsNotScanned")));
    let cause = first.execution.cause.as_deref().unwrap();
    assert!(cause.contains("000000000003 (AccessDenied)") && cause.contains("1 of 3"), "{cause}");
    assert_eq!(told(&first).iter().filter(|(kind, _)| kind == "aliasAppeared").count(), 5, "all that the others have");
    assert_eq!(told(&first).len(), 5, "that a record set leads to nobody is not said while somebody may be there");
    let second = stage.scan();
    is_told(&second, &[]);
    assert_eq!(alias(&stage, "b.foo.com")["state"], "owned", "it may be where nobody could look");
    stage.world().lock().input.accounts[0].roles = None;
    is_told(&stage.scan(), &[("aliasVanished", "b.foo.com"), ("danglingRecord", "b.foo.com"), ("danglingRecord", "gone.foo.com")]);
}

#[test]
fn a_lost_answer_to_any_write_leaves_the_same_table_and_the_same_differences() {
    let changed = || and(and(world(), removes("a.foo.com", OLD, "E1OLD")), adds("a.foo.com", NEW, "E4NEW"));
    let run = |faults: Vec<Fault>| {
        let mut stage = Stage::new(changed(), 7, faults).unwrap();
        let scans = [stage.scan(), stage.scan()];
        let calls = scans.iter().map(|scan| scan.calls["dynamodb:TransactWriteItems"]).sum::<u64>();
        (scans.map(|scan| told(&scan)), timeless(stage.registry()), calls)
    };
    let (told, registry, writes) = run(vec![]);
    assert!(writes >= 4, "only {writes} writes");
    for kind in ["lostAnswer", "unavailable", "throttled"] {
        for number in 1..=writes {
            let fault: Fault = format!("dynamodb:TransactWriteItems#{number}:{kind}").parse().unwrap();
            let (told_again, again, _) = run(vec![fault]);
            assert_eq!(told_again, told, "{kind} at write {number}");
            assert_eq!(again, registry, "{kind} at write {number}");
        }
    }
}

#[test]
fn answers_that_are_lost_again_and_again_are_made_up_for_and_each_difference_is_told_once() {
    let faults = (1..=40).map(|number| format!("dynamodb:TransactWriteItems#{number}:lostAnswer").parse().unwrap()).collect();
    let mut lost = Stage::new(world(), 7, faults).unwrap();
    lost.scan();
    lost.scan();
    let mut quiet = stage(world());
    quiet.scan();
    let of_items =
        |stage: &Stage| timeless(stage.registry().into_iter().filter(|item| !item["pk"].as_str().unwrap().starts_with("DIFF")).collect());
    assert_eq!(of_items(&lost), of_items(&quiet));
    let differences = |stage: &Stage| stage.registry().iter().filter(|item| item["pk"].as_str().unwrap().starts_with("DIFF")).count();
    assert_eq!(differences(&lost), differences(&quiet), "each told once");
}
