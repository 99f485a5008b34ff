//! Who answers a viewer, where the source's own marks are not known or a wildcard has no record set.

use super::{Stage, alias, document, on_stage, planned, request, request_of_others, world};
use cutover::Step;
use cutover::document::{Endpoints, NameSnapshot};
use cutover::plan::{Edit, Proof};
use cutover::progress::Direction;
use serde_json::json;

fn asked_for_release(name: &str) -> Edit {
    Edit::AskForRelease { aliases: vec![alias(name)] }
}

#[test]
fn whoever_held_the_name_before_does_not_pass_for_the_target() {
    for (holder, turns) in [(0, true), (1, false)] {
        let mut world = world();
        world["distributions"][0]["aliases"] = json!([]);
        world["distributions"][holder]["aliases"] = json!(["a.foo.com"]);
        on_stage(world, async |stage| {
            let mut request = request_of_others();
            request.as_object_mut().unwrap().remove("verify");
            let mut edit = planned(asked_for_release("a.foo.com"), vec![]);
            edit.proof = Some(Proof::Aliases);
            let mut before = document(&request, vec![edit]);
            let serial = stage.world.lock().certificates["arn:aws:acm:us-east-1:000000000002:certificate/new"].serial.clone();
            let Some(Endpoints { source, target }) = &mut before.endpoints else { panic!("no endpoints") };
            (source.domain_name, source.certificate_serial, target.certificate_serial) = (String::new(), None, Some(serial));
            let asked = Stage::accepted(stage.step("ask_others", &before).await);
            assert_eq!(asked.next, Step::Verify);
            let verified = Stage::accepted(stage.step("verify", &asked).await);
            assert_eq!(verified.progress.direction == Direction::Back, turns, "{:?}", verified.timeline);
        });
    }
}

#[test]
fn a_wildcard_without_a_record_set_is_asked_for_at_the_targets_address_and_its_holder_answers() {
    for (holder, turns) in [(0, true), (1, false)] {
        let mut world = world();
        world["distributions"][0]["aliases"] = json!([]);
        world["distributions"][holder]["aliases"] = json!(["*.foo.com"]);
        world["certificates"][0]["names"] = json!(["*.foo.com"]);
        on_stage(world, async |stage| {
            let mut request = request();
            request["aliases"] = json!(["*.foo.com"]);
            let mut edit = planned(asked_for_release("*.foo.com"), vec![]);
            edit.proof = Some(Proof::Aliases);
            let mut before = document(&request, vec![edit]);
            before.snapshot = vec![NameSnapshot { name: alias("*.foo.com"), sets: vec![] }];
            let asked = Stage::accepted(stage.step("ask_others", &before).await);
            let verified = Stage::accepted(stage.step("verify", &asked).await);
            assert_eq!(verified.progress.direction == Direction::Back, turns, "{:?}", verified.timeline);
        });
    }
}
