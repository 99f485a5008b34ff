//! Claims: a plan is numbered and added up whatever its strategy, and what every strategy shares (soak, DNS of others, names that
//! are on the target already) is the same in all of them.

use super::*;
use crate::samples_of_progress::{Setting, told, told_back};

const EVERY: [Option<Strategy>; 7] = [
    None,
    Some(Strategy::MoveDomain),
    Some(Strategy::WildcardBridge),
    Some(Strategy::Swap),
    Some(Strategy::DisableAndMove),
    Some(Strategy::SupportCase),
    Some(Strategy::ReleaseService),
];

#[test]
fn every_edit_is_labelled_with_its_number_and_what_it_does() {
    for strategy in EVERY {
        let plan = Setting::of(&["a.foo.com"]).with_wildcard().plan(strategy);
        let count = plan.edits.len();
        for (index, planned) in plan.edits.iter().enumerate() {
            assert_eq!(planned.label, format!("{}/{count} {}", index + 1, planned.edit.describe()), "{strategy:?}");
        }
    }
}

#[test]
fn a_plan_takes_as_long_as_what_it_waits_for_a_deployment_counted_as_five_minutes() {
    let bridge = Setting::of(&["a.foo.com"]).with_wildcard().plan(Some(Strategy::WildcardBridge));
    // Four deployments, a change in sync with its old TTL of 300 s, and a soak of 900 s: README.md's took 0:41:33.
    assert_eq!(bridge.prediction.seconds_about, 4 * 300 + 60 + 300 + 900);
    let others = Setting::of(&["a.foo.com"]).with_dns_of_others().plan(None);
    assert_eq!(others.prediction.seconds_about, 300, "the waiting for others apart");
}

#[test]
fn names_that_are_on_the_target_already_cost_nobody_anything_and_only_their_record_sets_move() {
    let plan = Setting::of(&["a.foo.com"]).plan(None);
    assert_eq!(told(&plan), ["point a.foo.com in Z1FOO at the target | the change is INSYNC, 300 s have passed since | Aliases"]);
    assert_eq!(told_back(&plan), ["point a.foo.com in Z1FOO back where it was | the change is INSYNC, 300 s have passed since"]);
    assert_eq!((plan.prediction.outage_seconds_worst, plan.point_of_no_return), (0, None));
}

#[test]
fn a_strategy_that_needs_a_source_of_ours_only_moves_record_sets_where_there_is_none() {
    let nowhere = Setting { source: None, ..Setting::of(&["a.foo.com"]) };
    for strategy in [Strategy::WildcardBridge, Strategy::Swap, Strategy::DisableAndMove] {
        assert_eq!(nowhere.plan(Some(strategy)), nowhere.plan(None), "{strategy:?} would touch what nobody may");
    }
}

#[test]
fn cloudfront_is_given_a_minute_to_see_dns_however_short_the_ttl() {
    let short = Setting { ttl_seconds: 20, ..Setting::of(&["a.foo.com"]) }.plan(None);
    assert_eq!(short.edits[0].settle.last(), Some(&Settle::TtlRunOut { seconds: 60 }), "(DNS-5)");
}

#[test]
fn where_somebody_else_edits_dns_their_name_servers_are_looked_at_in_place_of_a_change() {
    let plan = Setting::of(&["a.foo.com"]).with_dns_of_others().plan(Some(Strategy::Swap));
    assert!(told(&plan)[0].starts_with(
        "ask whoever edits DNS to point a.foo.com at the target | every name server of the zone answers the new record sets, 300 s"
    ));
    assert!(told_back(&plan)[0].starts_with(
        "ask whoever edits DNS to point a.foo.com back where it was | every name server of the zone answers the new record sets, 300 s"
    ));
}

#[test]
fn the_target_serves_watched_once_in_a_plan_and_not_at_all_where_the_request_wants_no_soak() {
    let soaks = |plan: &Plan| {
        plan.edits.iter().flat_map(|planned| &planned.settle).filter(|settle| matches!(settle, Settle::Soaked { .. })).count()
    };
    for strategy in EVERY.into_iter().flatten() {
        let setting = Setting::of(&["a.foo.com"]).with_wildcard();
        let watched = setting.plan(Some(strategy));
        assert_eq!(soaks(&watched), 1, "{strategy:?}");
        assert!(told(&watched).iter().any(|edit| edit.contains("it has served for 900 s")), "{strategy:?}");
        assert_eq!(soaks(&Setting { soak_seconds: 0, ..setting }.plan(Some(strategy))), 0, "{strategy:?}");
    }
}

#[test]
fn a_proof_is_gone_when_the_change_that_removed_it_is_in_sync_and_is_not_waited_for_where_others_remove_it() {
    for strategy in [Strategy::MoveDomain, Strategy::DisableAndMove, Strategy::SupportCase] {
        let ours = Setting::of(&["a.foo.com"]).plan(Some(strategy));
        let back = told_back(&ours);
        assert_eq!(back.last().unwrap(), "remove the proof for a.foo.com from Z1FOO | the change is INSYNC", "{strategy:?}");
        let theirs = Setting::of(&["a.foo.com"]).with_dns_of_others().plan(Some(strategy));
        let back = told_back(&theirs);
        assert_eq!(back.last().unwrap(), "ask whoever edits DNS to remove the proof for a.foo.com | 0 s have passed since", "{strategy:?}");
    }
}
