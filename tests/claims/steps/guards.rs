//! Nothing is switched off or taken away unless whatever is to serve next would do so now.

use super::{Stage, alias, deployed, document, on_stage, planned, request, request_of_others, source, target, world};
use crate::support::state;
use cutover::document::NameSnapshot;
use cutover::ids::Place;
use cutover::plan::Edit;
use cutover::progress::Done;
use serde_json::{Value, json};

fn enabling(place: Place, enabled: bool) -> Edit {
    let Place { account, distribution } = place;
    Edit::SetEnabled { account, distribution, enabled }
}

fn removing(place: Place, name: &str) -> Edit {
    let Place { account, distribution } = place;
    Edit::UpdateDistribution { account, distribution, add: vec![], remove: vec![alias(name)] }
}

#[test]
fn disabling_changes_one_element_and_enabling_gives_the_config_back() {
    let mut world = world();
    world["distributions"][0]["extraXml"] = json!("<BrandNewFeature><Enabled>true</Enabled></BrandNewFeature>");
    on_stage(world, async |stage| {
        let before = stage.printed();
        let start = document(&request(), vec![planned(enabling(source(), false), vec![deployed(source())])]);
        let acted = Stage::accepted(stage.step("update_distribution", &start).await);
        assert_eq!(stage.distribution("E1LEGACYXYZ")["enabled"], false);
        let again = Stage::accepted(stage.step("update_distribution", &start).await);
        assert_eq!(stage.calls("cloudfront:UpdateDistribution"), 1, "a second time converges");
        assert!(again.timeline.iter().any(|event| event.detail == "already as wanted"), "{:?}", again.timeline);
        let settled = stage.until_settled(acted).await;
        let turned = Stage::accepted(stage.step("roll_back", &settled).await);
        let back = Stage::accepted(stage.step("update_distribution", &turned).await);
        stage.until_settled(back).await;
        assert_eq!(state(&stage.printed()), state(&before));
    });
}

#[test]
fn a_deployed_distribution_in_the_other_state_has_not_settled() {
    on_stage(world(), async |stage| {
        let mut written = document(&request(), vec![planned(enabling(source(), false), vec![deployed(source())])]);
        // The document says that it was written, and what is read is as before (CF-11).
        written.acted(stage.now(), Done { wrote: true, change_id: None, detail: String::new() });
        assert!(!stage.look_after(20, &written).await.settled);
    });
}

#[test]
fn the_source_is_not_disabled_unless_the_move_would_pass_and_the_target_never_is() {
    let names: Vec<String> = (0..100).map(|n| format!("n{n}.foo.com")).collect();
    let cases: [(&str, Value, &str); 5] = [
        ("/distributions/1/enabled", json!(false), "DetachUnsafe"),
        ("/certificates/1/names", json!(["*.bar.com"]), "DetachUnsafe"),
        ("/certificates/1/status", json!("EXPIRED"), "DetachUnsafe"),
        ("/distributions/1/aliases", json!(names), "DetachUnsafe"),
        ("/distributions/1/status", json!("InProgress"), "TargetInProgress"),
    ];
    let moving = Edit::UpdateDomainAssociation { aliases: vec![alias("a.foo.com")], from: Some(source()), to: target() };
    for (path, value, expected) in cases {
        let mut world = world();
        *world.pointer_mut(path).unwrap() = value;
        on_stage(world, async |stage| {
            let plan = vec![planned(enabling(source(), false), vec![]), planned(moving.clone(), vec![])];
            let refused = stage.step("update_distribution", &document(&request(), plan)).await.unwrap_err();
            assert_eq!(refused.error_type, expected, "{path}: {}", refused.message);
            assert_eq!(stage.calls("cloudfront:UpdateDistribution"), 0, "{path}");
        });
    }
    on_stage(world(), async |stage| {
        let plan = vec![planned(enabling(target(), false), vec![])];
        assert_eq!(stage.step("update_distribution", &document(&request(), plan)).await.unwrap_err().error_type, "MalformedDocument");
        assert_eq!(stage.distribution("E2NEWQRS")["enabled"], true);
    });
}

#[test]
fn a_wildcard_goes_back_while_a_service_that_nobody_can_look_at_still_holds_the_name() {
    for (held, expected) in [(true, None), (false, Some("DetachUnsafe"))] {
        let mut world = world();
        world["distributions"][0]["aliases"] = if held { json!(["a.foo.com"]) } else { json!([]) };
        world["distributions"][1]["aliases"] = json!(["*.foo.com"]);
        on_stage(world, async |stage| {
            let Place { account, distribution } = target();
            let net = Edit::UpdateDistribution { account, distribution, add: vec![alias("*.foo.com")], remove: vec![] };
            let release = Edit::AskForRelease { aliases: vec![alias("a.foo.com")] };
            let mut document = document(&request_of_others(), vec![planned(net, vec![]), planned(release, vec![])]);
            document.acted(stage.now(), Done { wrote: true, change_id: None, detail: String::new() });
            document.turn_round(stage.now(), "enough");
            document.progress.at = document.inverses().iter().position(|position| *position == 0).unwrap();
            document.point_next();
            let error = stage.step("update_distribution", &document).await.err().map(|error| error.error_type);
            assert_eq!(error.as_deref(), expected, "held: {held}");
        });
    }
}

/// The error with which `name` may not leave `from`, forth or back, where the distributions list these aliases.
fn leaving(from: &Place, name: &str, back: bool, lists: [&[&str]; 2], edit: impl Fn(&mut Value)) -> Option<String> {
    let mut world = world();
    world["certificates"][0]["names"] = json!(["*.foo.com"]);
    for (side, lists) in lists.iter().enumerate() {
        world["distributions"][side]["aliases"] = json!(lists);
    }
    edit(&mut world);
    let mut error = None;
    on_stage(world, async |stage| {
        let Place { account, distribution } = from.clone();
        let swapped = Edit::SwapAliases { aliases: vec![alias("*.foo.com")], from: source(), to: target() };
        let there = removing(from.clone(), name);
        let plan = if back {
            let named = Edit::UpdateDistribution { account, distribution, add: vec![alias(name)], remove: vec![] };
            vec![planned(named, vec![]), planned(swapped, vec![])]
        } else {
            vec![planned(there, vec![]), planned(swapped, vec![])]
        };
        let mut document = document(&request(), plan);
        document.snapshot.push(NameSnapshot { name: alias("*.foo.com"), sets: vec![] });
        if back {
            document.acted(stage.now(), Done { wrote: true, change_id: None, detail: String::new() });
            document.turn_round(stage.now(), "enough");
            document.progress.at = document.inverses().iter().position(|position| *position == 0).unwrap();
            document.point_next();
        }
        error = stage.step("update_distribution", &document).await.err().map(|error| error.error_type);
    });
    error
}

#[test]
fn an_exact_name_leaves_once_a_wildcard_that_serves_catches_it() {
    let asis = |_: &mut Value| {};
    let wild: &[&str] = &["*.foo.com"];
    let both: &[&str] = &["*.foo.com", "x.foo.com"];
    let unsafe_now = Some("DetachUnsafe".to_owned());
    // Forth: what was named before the wildcard moved leaves when the wildcard is there.
    assert_eq!(leaving(&target(), "x.foo.com", false, [&[], both], asis), None);
    assert_eq!(
        leaving(&target(), "x.foo.com", false, [wild, &["x.foo.com"]], asis),
        unsafe_now,
        "the source's wildcard is not there to stay"
    );
    // Back: when the source lists its wildcard again.
    assert_eq!(leaving(&target(), "x.foo.com", true, [wild, &["x.foo.com"]], asis), None);
    assert_eq!(leaving(&target(), "x.foo.com", true, [&["*.b.foo.com"], &["x.foo.com"]], asis), unsafe_now, "another level");
    let disabled = |world: &mut Value| world["distributions"][0]["enabled"] = json!(false);
    assert_eq!(leaving(&target(), "x.foo.com", true, [wild, &["x.foo.com"]], disabled), unsafe_now, "CF-7");
    let arriving = |world: &mut Value| world["distributions"][0]["status"] = json!("InProgress");
    assert_eq!(leaving(&target(), "x.foo.com", true, [wild, &["x.foo.com"]], arriving).as_deref(), Some("TargetInProgress"));
}
