//! Claims: a look moves a cutover on exactly when what it waits for is true, remembers when CloudFront saw DNS, and gives others
//! and a soak no more than their time.

use super::super::*;
use crate::samples_of_progress::{
    Setting, WAITS, alias, at, at_stage, bridge, done, finish_edit, last_event, moved, on_the_way_back, source, support, swap, target,
};
use crate::strategy::Strategy;

fn not_yet() -> Look {
    Look::NotYet("InProgress".to_owned())
}

#[test]
fn looks_are_counted_and_the_pause_before_the_next_follows_from_what_is_left() {
    let mut document = at_stage(bridge(), 1, Stage::Settle { index: 1 });
    document.looked(at(100), not_yet());
    assert_eq!((document.looks, document.wait_seconds), (1, 28));
    document.looked(at(280), not_yet());
    assert_eq!((document.looks, document.wait_seconds), (2, 20), "20 of the 300 s are left");
    assert_eq!((document.next, document.settled), (Step::CheckSettled, false));
    assert_eq!(document.progress, at_stage(bridge(), 1, Stage::Settle { index: 1 }).progress, "nothing else moves");
}

#[test]
fn a_look_where_nothing_is_waited_for_moves_nothing() {
    for stage in [Stage::Act, Stage::Prove] {
        let mut document = at_stage(bridge(), 1, stage);
        let before = document.progress.clone();
        document.looked(at(5), Look::Settled);
        assert_eq!((document.looks, &document.progress), (1, &before));
    }
}

#[test]
fn one_settle_comes_after_the_other_and_then_the_next_edit() {
    let mut document = at_stage(bridge(), 1, WAITS);
    document.looks = 9;
    document.looked(at(50), Look::Settled);
    assert_eq!(document.settling(), Ok((Settle::TtlRunOut { seconds: 300 }, at(50))), "counted from the change being in sync");
    assert_eq!((document.looks, document.settled, document.next), (0, false, Step::CheckSettled));
    document.looked(at(350), Look::Settled);
    assert_eq!((document.progress.at, document.progress.stage, document.settled), (2, Stage::Act, true));
    assert_eq!((document.progress.waits_for.as_ref(), document.progress.since), (None, None));
    assert_eq!(document.next, Step::UpdateDistribution, "this edit proves nothing");
}

#[test]
fn an_edit_with_a_proof_is_proved_before_the_next_one_and_on_the_way_back_nothing_is() {
    let mut document = at_stage(bridge(), 0, WAITS);
    document.looked(at(50), Look::Settled);
    assert_eq!((document.progress.at, document.progress.stage, document.next), (0, Stage::Prove, Step::Verify));
    assert_eq!((document.settled, document.progress.since), (true, None));
    let mut back = on_the_way_back(bridge(), 1);
    back.acted(at(0), done());
    back.looked(at(50), Look::Settled);
    assert_eq!((back.progress.at, back.progress.stage, back.next), (1, Stage::Act, Step::Conclude), "the wildcard has left");
}

#[test]
fn a_whole_plan_is_walked_edit_by_edit_forth_and_back() {
    for (document, strategy) in [(bridge(), "a bridge"), (swap(), "a swap"), (moved(&["foo.com"]), "a move"), (support(), "a case")] {
        let mut document = document;
        for position in 0..document.plan.len() {
            assert_eq!((document.progress.at, document.progress.begun), (position, position), "{strategy}");
            finish_edit(&mut document, at(10));
        }
        assert_eq!((document.next, document.progress.direction), (Step::Conclude, Direction::Forward), "{strategy}");
        let mut back = on_the_way_back(document, 9);
        for _ in 0..back.inverses().len() {
            finish_edit(&mut back, at(20));
        }
        assert_eq!((back.next, back.progress.direction), (Step::Conclude, Direction::Back), "{strategy}");
    }
}

/// When CloudFront must have seen the record sets, after a look at settle `index` of the edit at hand came true.
fn dns_seen(mut document: Cutover, index: usize) -> Option<Timestamp> {
    document.acted(at(0), done());
    for _ in 0..=index {
        document.looked(at(500), Look::Settled);
    }
    document.progress.dns_seen_at
}

#[test]
fn cloudfront_has_seen_dns_when_the_old_answer_has_run_out_and_not_when_the_change_is_in_sync() {
    assert_eq!(dns_seen(at_stage(bridge(), 1, Stage::Act), 0), None, "every server has it, and CloudFront may not");
    assert_eq!(dns_seen(at_stage(bridge(), 1, Stage::Act), 1), Some(at(500)), "(DNS-5)");
    assert_eq!(dns_seen(on_the_way_back(bridge(), 2), 1), Some(at(500)), "and so it has that they lead back");
}

#[test]
fn a_ttl_that_ran_out_for_anything_else_tells_nothing_of_where_the_names_lead() {
    let lowered = Setting { lowers_ttl: true, ttl_seconds: 3_600, ..Setting::of(&["a.foo.com"]) }.document(Some(Strategy::Swap));
    assert_eq!(dns_seen(lowered.clone(), 1), None, "a lowered TTL leads nowhere else");
    assert_eq!(dns_seen(at_stage(lowered, 1, Stage::Act), 1), Some(at(500)), "the low one at the target does");
    let stood_before = Setting { proof_ttl_seconds: Some(900), ..Setting::of(&["foo.com"]).within_one_account() };
    assert_eq!(dns_seen(stood_before.document(Some(Strategy::MoveDomain)), 2), None, "a proof points no name");
}

#[test]
fn what_others_were_asked_for_is_asked_no_more_when_it_was_seen() {
    let asked = || vec!["please move a.foo.com".to_owned()];
    let mut case = at_stage(support(), 1, WAITS);
    case.asked = asked();
    case.looked(at(50), not_yet());
    assert_eq!(case.asked, asked(), "not yet");
    case.looked(at(60), Look::Settled);
    assert_eq!(case.asked, [""; 0], "the target lists the names");
    let with_others = Setting::of(&["a.foo.com"]).with_dns_of_others();
    let mut dns = at_stage(with_others.document(Some(Strategy::Swap)), 0, WAITS);
    dns.asked = asked();
    dns.looked(at(50), Look::Settled);
    assert_eq!(dns.asked, [""; 0], "their name servers answer the record sets");
    let release = Setting { source: None, ..Setting::of(&["a.foo.com"]) }.document(Some(Strategy::ReleaseService));
    let mut release = at_stage(release, 1, WAITS);
    release.asked = asked();
    release.looked(at(50), Look::Settled);
    assert_eq!(release.asked, [""; 0], "nobody holds the name");
}

#[test]
fn what_others_are_asked_for_later_survives_what_is_seen_of_ours() {
    let mut case = at_stage(support(), 0, Stage::Settle { index: 1 });
    case.asked = vec!["please move a.foo.com".to_owned()];
    assert_eq!(case.progress.waits_for, Some(Settle::ProofVisible));
    case.looked(at(50), Look::Settled);
    assert_eq!(case.asked, ["please move a.foo.com"], "our own proof is nothing that others were asked for");
    let mut asked = at_stage(support(), 1, Stage::Settle { index: 1 });
    asked.asked = vec!["later".to_owned()];
    asked.looked(at(50), Look::Settled);
    assert_eq!(asked.asked, ["later"], "that the target is Deployed is not theirs either");
}

#[test]
fn others_are_watched_until_their_time_is_over_and_then_the_definition_turns_round() {
    let mut document = at_stage(support(), 1, WAITS);
    document.looked(at(1_209_599), not_yet());
    assert_eq!(document.looks, 1, "the last second of 14 days");
    document.looked(at(1_209_600), not_yet());
    assert_eq!((document.looks, document.next), (LOOKS_MAX, Step::CheckSettled));
}

fn soaking() -> Cutover {
    at_stage(bridge(), 3, Stage::Settle { index: 1 })
}

fn missed() -> Look {
    Look::Missed("403".to_owned())
}

#[test]
fn two_misses_in_a_row_end_a_soak_and_verify_decides() {
    let mut document = soaking();
    document.looked(at(100), missed());
    assert_eq!((document.progress.misses, document.next, document.wait_seconds), (1, Step::CheckSettled, LOOK_SECONDS_MIN));
    assert_eq!(document.progress.stage, Stage::Settle { index: 1 }, "one viewer's miss is not the end");
    assert_eq!(last_event(&document), ("a viewer was not served as expected", "403"));
    document.looked(at(115), missed());
    assert_eq!((document.progress.misses, document.progress.stage, document.next), (2, Stage::Prove, Step::Verify));
    assert!(document.settled);
}

#[test]
fn misses_that_are_not_in_a_row_are_forgotten() {
    for between in [not_yet(), Look::Settled] {
        let mut document = soaking();
        document.progress.misses = 1;
        document.looked(at(100), between);
        assert_eq!(document.progress.misses, 0);
    }
}

#[test]
fn verify_lets_the_plan_go_on_or_turns_it_round() {
    let mut document = at_stage(bridge(), 0, Stage::Prove);
    document.verified(at(5), Verdict::Passed("served by the target".to_owned()));
    assert_eq!((document.progress.at, document.progress.stage, document.next), (1, Stage::Act, Step::ChangeRecordSets));
    assert_eq!(last_event(&document), ("verified", "served by the target"));
    let mut unasked = at_stage(bridge(), 0, Stage::Prove);
    unasked.verified(at(5), Verdict::Unasked("a tenant".to_owned()));
    assert_eq!((unasked.progress.at, unasked.next), (1, Step::ChangeRecordSets));
    assert_eq!(last_event(&unasked), ("nothing to verify", "a tenant"), "nobody says that it was");
    let mut document = at_stage(bridge(), 0, Stage::Prove);
    document.verified(at(5), Verdict::Failed("status 502".to_owned()));
    assert_eq!((document.progress.direction, document.next), (Direction::Back, Step::UpdateDistribution));
    assert_eq!(document.progress.turned_because.as_deref(), Some("verify: status 502 (at: 1/5 add *.foo.com to E2NEWQRS)"));
    assert!(document.timeline.iter().any(|event| (event.what.as_str(), event.detail.as_str()) == ("not verified", "status 502")));
}

fn first_of_two(setting: &Setting) -> Cutover {
    let mut document = at_stage(setting.document(Some(Strategy::MoveDomain)), 1, Stage::Act);
    document.acted_in_part(at(0), &alias("a.foo.com"), "moved");
    document
}

#[test]
fn within_one_account_the_next_name_is_moved_when_the_target_is_deployed() {
    let mut document = first_of_two(&Setting::of(&["a.foo.com", "b.foo.com"]).within_one_account());
    document.looked(at(50), Look::Settled);
    assert_eq!((document.progress.at, document.progress.stage, document.next), (1, Stage::Act, Step::UpdateDomainAssociation));
    assert_eq!((document.progress.waits_for.as_ref(), document.progress.since, document.settled), (None, None, true));
    assert_eq!(document.progress.moved_last, Some(alias("a.foo.com")), "some are moved, and not all");
    document.acted(at(60), done());
    document.looked(at(100), Look::Settled);
    assert_eq!(
        document.progress.waits_for,
        Some(Settle::DistributionDeployed { place: document.request.clone().unwrap().source.unwrap() })
    );
    document.looked(at(150), Look::Settled);
    assert_eq!(document.next, Step::Verify, "after the last one both sides are waited for");
}

#[test]
fn from_a_source_that_is_disabled_the_next_name_is_moved_when_that_is_deployed_too() {
    let mut document = first_of_two(&Setting::of(&["a.foo.com", "b.foo.com"]));
    assert_eq!(document.progress.waits_for, Some(Settle::DistributionDeployed { place: target() }));
    document.looked(at(50), Look::Settled);
    assert_eq!(document.progress.waits_for, Some(Settle::DistributionDeployed { place: source() }), "(MV-5)");
    assert_eq!((document.next, document.settled), (Step::CheckSettled, false));
    document.looked(at(100), Look::Settled);
    assert_eq!((document.progress.at, document.progress.stage, document.next), (1, Stage::Act, Step::UpdateDomainAssociation));
}

#[test]
fn on_the_way_back_the_next_name_is_moved_when_the_source_that_it_joins_is_deployed() {
    let setting = Setting::of(&["a.foo.com", "b.foo.com"]).within_one_account();
    let mut document = on_the_way_back(setting.document(Some(Strategy::MoveDomain)), 2);
    document.progress.at = 1;
    document.acted_in_part(at(0), &alias("a.foo.com"), "moved back");
    assert_eq!(document.progress.waits_for, Some(Settle::DistributionDeployed { place: setting.source.unwrap() }));
    document.looked(at(50), Look::Settled);
    assert_eq!((document.progress.at, document.progress.stage, document.next), (1, Stage::Act, Step::UpdateDomainAssociation));
}
