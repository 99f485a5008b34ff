//! The first strategy that is legal for every alias is taken; where none is, or they differ, the refusal says why and brings
//! requests that would work.

mod refusals;
mod room;

use super::*;
use crate::facts::{Glance, HiddenService};
use crate::samples_of_facts::{
    OLD, SOURCE, TARGET_ID, accepting_outage, across_accounts, alias, aliases, but, cname, facts, fill_target, in_short, ready_requests,
    stranger, texts, unreachable, within_one_account,
};

const A: &str = "a.foo.com";
const B: &str = "b.foo.com";
const APEX: &str = "foo.com";
const WILDCARD: &str = "*.foo.com";

fn naming(strategy: Strategy, request: Request) -> Request {
    Request { strategy: Some(strategy), ..request }
}

/// Facts in which another distribution has the wildcard, so that no bridge is legal.
fn wildcard_taken(names: &[&str]) -> Facts {
    but(facts(names), |facts| facts.wildcards.get_mut(&alias(WILDCARD)).unwrap().holders = vec![stranger(WILDCARD)])
}

fn held_by_a_service(names: &[&str]) -> Facts {
    but(facts(names), |facts| facts.source.reach = Reach::Service(HiddenService::Amplify))
}

/// What is chosen for all that the request asks for.
fn chosen(request: &Request, facts: &Facts) -> Result<Option<Strategy>, Code> {
    choose(&request.aliases, request, facts).map_err(|refusal| refusal.code)
}

fn refused(request: &Request, facts: &Facts) -> Refusal {
    choose(&request.aliases, request, facts).expect_err("nothing is legal")
}

fn in_words(groups: &[Group]) -> Vec<(Strategy, Vec<&str>)> {
    groups.iter().map(|(strategy, aliases)| (*strategy, aliases.iter().map(Alias::as_str).collect())).collect()
}

#[test]
fn the_first_strategy_that_is_legal_and_need_not_be_named_is_taken() {
    let disabled = |names: &[&str]| but(facts(names), |facts| facts.source.enabled = false);
    let unserved = but(facts(&[A]), |facts| {
        facts.source.reach = unreachable();
        facts.glance = Some(Glance::Unserved("403".to_owned()));
    });
    let served = but(facts(&[A]), |facts| facts.source.reach = unreachable());
    for (request, facts, expected) in [
        (within_one_account(&[A]), facts(&[A]), Strategy::MoveDomain),
        (within_one_account(&[APEX]), facts(&[APEX]), Strategy::MoveDomain),
        (across_accounts(&[A, B]), facts(&[A, B]), Strategy::WildcardBridge),
        (across_accounts(&[A]), disabled(&[A]), Strategy::MoveDomain),
        (accepting_outage(across_accounts(&[APEX])), facts(&[APEX]), Strategy::Swap),
        (accepting_outage(across_accounts(&[A])), wildcard_taken(&[A]), Strategy::Swap),
        (across_accounts(&[A]), unserved, Strategy::MoveDomain),
        (across_accounts(&[A]), served, Strategy::SupportCase),
        (across_accounts(&[A]), held_by_a_service(&[A]), Strategy::ReleaseService),
    ] {
        assert_eq!(chosen(&request, &facts), Ok(Some(expected)), "{:?}", request.aliases);
    }
}

#[test]
fn where_nothing_moves_no_strategy_is_needed_and_none_is_judged() {
    let request = naming(Strategy::SupportCase, across_accounts(&[A]));
    assert_eq!(choose(&[], &request, &facts(&[A])).map_err(|refusal| refusal.code), Ok(None));
}

#[test]
fn a_strategy_that_is_named_is_taken_although_an_earlier_one_is_legal() {
    let bridge = naming(Strategy::WildcardBridge, within_one_account(&[A]));
    assert_eq!(chosen(&bridge, &facts(&[A])), Ok(Some(Strategy::WildcardBridge)));
    let disable = naming(Strategy::DisableAndMove, accepting_outage(across_accounts(&[A])));
    assert_eq!(chosen(&disable, &facts(&[A])), Ok(Some(Strategy::DisableAndMove)));
    let swap = naming(Strategy::Swap, accepting_outage(across_accounts(&[A])));
    assert_eq!(chosen(&swap, &facts(&[A])), Ok(Some(Strategy::Swap)));
}

#[test]
fn only_disabling_and_a_bridge_within_one_account_have_to_be_named() {
    for strategy in Strategy::ALL {
        let why = |request: &Request| has_to_be_named(strategy, request).unwrap_or_default();
        let (within, across) = (why(&within_one_account(&[A])), why(&across_accounts(&[A])));
        match strategy {
            Strategy::DisableAndMove => assert!(within == across && across.contains("out of service"), "{within} {across}"),
            Strategy::WildcardBridge => assert!(within.contains("AWS's own call") && across.is_empty(), "{within} {across}"),
            _ => assert!(within.is_empty() && across.is_empty(), "{strategy:?}: {within} {across}"),
        }
    }
    let taken = [Strategy::MoveDomain, Strategy::Swap];
    assert_eq!(unnamed(&within_one_account(&[A]), &facts(&[A])), taken, "auto builds no bridge where AWS's own call does the same");
}

#[test]
fn why_the_earlier_strategies_were_not_taken_is_said_for_each() {
    let request = accepting_outage(across_accounts(&[A]));
    let said = |chosen: Strategy, request: &Request, facts: &Facts| -> Vec<(Strategy, String)> {
        not_chosen(chosen, &request.aliases, request, facts).into_iter().map(|not| (not.strategy, not.why)).collect()
    };
    assert_eq!(said(Strategy::MoveDomain, &request, &facts(&[A])), [], "nothing comes before the first");

    let swapped = said(Strategy::Swap, &request, &wildcard_taken(&[A]));
    let [(Strategy::MoveDomain, moved), (Strategy::WildcardBridge, bridged)] = swapped.as_slice() else { panic!("{swapped:?}") };
    assert!(moved.contains("MV-3") && bridged.contains("CF-5"), "the reasons are the strategies' own: {swapped:?}");

    let full = but(facts(&[A]), |facts| fill_target(facts, 99));
    let swapped = said(Strategy::Swap, &request, &full);
    assert!(swapped.last().is_some_and(|(_, why)| why.contains("Q-1")), "no room is a reason too: {swapped:?}");

    let unreachable = but(facts(&[A]), |facts| facts.source.reach = unreachable());
    let strategies: Vec<Strategy> = said(Strategy::SupportCase, &request, &unreachable).into_iter().map(|(strategy, _)| strategy).collect();
    let expected = [Strategy::MoveDomain, Strategy::WildcardBridge, Strategy::Swap];
    assert_eq!(strategies, expected, "that a source is not disabled needs no excuse");

    let bridged = said(Strategy::WildcardBridge, &naming(Strategy::WildcardBridge, within_one_account(&[A])), &facts(&[A]));
    assert_eq!(bridged, [(Strategy::MoveDomain, "the request names another strategy".to_owned())]);
    let swapped = said(Strategy::Swap, &naming(Strategy::Swap, accepting_outage(within_one_account(&[A]))), &facts(&[A]));
    assert!(swapped.last().is_some_and(|(_, why)| why.contains("has to be named")), "{swapped:?}");
}

#[test]
fn the_wildcards_to_add_are_those_that_catch_a_name_once_each_and_are_not_there_yet() {
    let names = aliases(&[A, B, APEX]);
    assert_eq!(wildcards_to_add(&names, &facts(&[A, B, APEX])), aliases(&[WILDCARD]), "nothing stands above the apex");
    let there = but(facts(&[A, B]), |facts| facts.target.aliases = texts(&[WILDCARD]));
    assert_eq!(wildcards_to_add(&names, &there), []);
    assert_eq!(wildcards_to_add(&names, &wildcard_taken(&[A, B])), []);
}

#[test]
fn before_a_wildcard_go_the_names_below_it_that_can_be_proved_and_do_not_move_themselves() {
    let live = ["p.foo.com", "q.foo.com", "un.covered.foo.com", "asked-for.foo.com"];
    let facts = but(facts(&[WILDCARD]), |facts| {
        facts.record_sets.extend(live.map(|name| (alias(name), vec![cname(SOURCE)])));
        facts.wildcards.get_mut(&alias(WILDCARD)).unwrap().also_catches = texts(&live);
    });
    let request = across_accounts(&[WILDCARD, "asked-for.foo.com"]);
    let first = names_first(&aliases(&[WILDCARD]), &request, &facts);
    assert_eq!(first, aliases(&["p.foo.com", "q.foo.com"]), "(DT-9)");
    assert_eq!(names_first(&aliases(&["p.foo.com"]), &request, &facts), [], "nothing lies below an exact name");
}

#[test]
fn a_safety_net_is_spread_only_within_one_account_and_only_where_a_bridge_were_legal() {
    let net = |request: &Request, facts: &Facts| net(&request.aliases, request, facts);
    assert_eq!(net(&within_one_account(&[A, B]), &facts(&[A, B])), (aliases(&[WILDCARD]), true));
    assert_eq!(net(&across_accounts(&[A]), &facts(&[A])), (vec![], false), "AWS moves nothing there that viewers reach");
    let half = net(&within_one_account(&[A, APEX]), &facts(&[A, APEX]));
    assert_eq!(half, (aliases(&[WILDCARD]), false), "the apex falls through it");
    assert_eq!(net(&within_one_account(&[A]), &wildcard_taken(&[A])), (vec![], false));
    let there = but(facts(&[A]), |facts| facts.target.aliases = texts(&[WILDCARD]));
    assert_eq!(net(&within_one_account(&[A]), &there), (vec![], true), "one that stands there already catches too");
}

#[test]
fn the_first_name_that_falls_through_the_net_is_named_with_the_reason() {
    let uncaught = |request: &Request, facts: &Facts| uncaught(&request.aliases, request, facts);
    assert_eq!(uncaught(&within_one_account(&[A, B]), &facts(&[A, B])), None);
    let (name, why) = uncaught(&within_one_account(&[A, APEX]), &facts(&[A, APEX])).unwrap();
    assert_eq!(name, alias(APEX));
    assert!(why.contains("CF-4"), "{why}");
    let full = but(facts(&[A, B]), |facts| fill_target(facts, 98));
    let (name, why) = uncaught(&within_one_account(&[A, B]), &full).unwrap();
    assert_eq!((name.as_str(), why), (A, format!("{TARGET_ID} has no room for it (Q-1)")));
}

#[test]
fn were_aws_to_refuse_the_move_each_alias_has_the_strategy_after_it_whatever_the_request_says_of_outages() {
    let after = |request: &Request, facts: &Facts| after_move(&request.aliases, request, facts);
    let groups = after(&within_one_account(&[A, APEX, B]), &facts(&[A, APEX, B]));
    assert_eq!(in_words(&groups), [(Strategy::WildcardBridge, vec![A, B]), (Strategy::Swap, vec![APEX])], "(MV-4)");
    let served = but(facts(&[A]), |facts| {
        facts.source.reach = unreachable();
        facts.glance = Some(Glance::Unserved("403".to_owned()));
    });
    let named = naming(Strategy::MoveDomain, across_accounts(&[A]));
    assert_eq!(in_words(&after(&named, &served)), [(Strategy::SupportCase, vec![A])]);
    let full = but(facts(&[A]), |facts| fill_target(facts, 99));
    assert_eq!(in_words(&after(&within_one_account(&[A]), &full)), [(Strategy::Swap, vec![A])], "a bridge without room is a swap");
}

#[test]
fn each_name_that_a_service_releases_has_a_cutover_of_its_own_and_others_stay_together() {
    let groups = vec![(Strategy::ReleaseService, aliases(&[A, B])), (Strategy::Swap, aliases(&[A, B]))];
    let expected = [(Strategy::ReleaseService, vec![A]), (Strategy::ReleaseService, vec![B]), (Strategy::Swap, vec![A, B])];
    assert_eq!(in_words(&one_release_each(groups)), expected);
    let both = refused(&across_accounts(&[A, B]), &held_by_a_service(&[A, B]));
    let ready: Vec<(String, Vec<String>)> = ready_requests(&both).into_iter().map(|(strategy, names, _)| (strategy, names)).collect();
    let part = |name: &str| ("releaseService".to_owned(), texts(&[name]));
    assert_eq!(ready, [part(A), part(B)], "a name that was released waits for no other");
}
