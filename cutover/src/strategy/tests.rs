//! For one alias each strategy is legal or not for the reason that the facts give, and nothing else makes it so.

mod names_below;
mod wildcards;

use super::*;
use crate::facts::HiddenService;
use crate::record_set::AliasTarget;
use crate::samples_of_facts::{
    across_accounts, alias, alias_record, but, cname, facts, set, texts, unreachable, weighted, within_one_account,
};
use std::collections::BTreeMap;

const A: &str = "a.foo.com";

fn naming(strategy: Strategy, request: Request) -> Request {
    Request { strategy: Some(strategy), ..request }
}

/// Why `strategy` may not move `a.foo.com`, if so.
fn against(strategy: Strategy, request: &Request, facts: &Facts) -> Option<Code> {
    legal(strategy, &alias(A), request, facts).err().map(|illegal| illegal.code)
}

fn why_not(strategy: Strategy, request: &Request, facts: &Facts) -> Illegal {
    legal(strategy, &alias(A), request, facts).expect_err("it is not legal")
}

#[test]
fn every_strategy_is_found_again_by_the_name_that_requests_use() {
    let names = ["moveDomain", "wildcardBridge", "swap", "disableAndMove", "supportCase", "releaseService"];
    assert_eq!(Strategy::ALL.map(Strategy::name), names, "scripts depend on these, in the planner's order");
    for strategy in Strategy::ALL {
        assert_eq!(Strategy::from_name(strategy.name()), Some(strategy));
    }
    for unknown in ["", "auto", "Swap", "moveDomain "] {
        assert_eq!(Strategy::from_name(unknown), None, "{unknown:?}");
    }
}

#[test]
fn a_source_of_ours_is_not_for_others_to_move_or_to_release() {
    let (request, facts) = (across_accounts(&[A]), facts(&[A]));
    for strategy in [Strategy::SupportCase, Strategy::ReleaseService] {
        assert_eq!(against(strategy, &naming(strategy, request.clone()), &facts), Some(Code::StrategyNotLegal), "{strategy:?}");
    }
}

#[test]
fn where_the_source_cannot_be_reached_only_aws_moves_the_name() {
    let facts = but(facts(&[A]), |facts| facts.source.reach = unreachable());
    let request = but(across_accounts(&[A]), |request| request.accept_outage = true);
    for strategy in [Strategy::WildcardBridge, Strategy::Swap, Strategy::DisableAndMove, Strategy::ReleaseService] {
        let illegal = why_not(strategy, &request, &facts);
        assert_eq!(illegal.code, Code::SourceUnreachable, "{strategy:?}: the source is not ours to write to");
        assert!(illegal.why.contains("no role there"), "{illegal:?}");
    }
    assert_eq!(against(Strategy::SupportCase, &request, &facts), None);
    let no_proof = but(facts, |facts| facts.proofs.clear());
    assert_eq!(against(Strategy::SupportCase, &request, &no_proof), Some(Code::ProofImpossible), "Support asks for the proof too (DT-10)");
}

#[test]
fn where_a_service_of_aws_holds_the_name_it_is_released_there_and_support_is_for_who_names_it() {
    let facts = but(facts(&[A]), |facts| facts.source.reach = Reach::Service(HiddenService::Amplify));
    let request = but(across_accounts(&[A]), |request| request.accept_outage = true);
    assert_eq!(against(Strategy::ReleaseService, &request, &facts), None);
    for strategy in [Strategy::MoveDomain, Strategy::WildcardBridge, Strategy::Swap, Strategy::DisableAndMove, Strategy::SupportCase] {
        assert_eq!(against(strategy, &request, &facts), Some(Code::HiddenOwner), "{strategy:?}: only the service lets go (HID-1)");
    }
    let named = naming(Strategy::SupportCase, request.clone());
    assert_eq!(against(Strategy::SupportCase, &named, &facts), None);
    assert_eq!(against(Strategy::SupportCase, &naming(Strategy::ReleaseService, request), &facts), Some(Code::HiddenOwner));
    let no_proof = but(facts, |facts| facts.proofs.clear());
    assert_eq!(against(Strategy::SupportCase, &named, &no_proof), Some(Code::ProofImpossible));
}

#[test]
fn the_names_of_a_tenant_on_either_side_are_moved_by_aws_alone() {
    let request = but(within_one_account(&[A]), |request| request.accept_outage = true);
    let of_source = but(facts(&[A, "keeps.foo.com"]), |facts| facts.source.tenant = true);
    let of_target = but(facts(&[A]), |facts| facts.target.tenant = true);
    for facts in [&of_source, &of_target] {
        assert_eq!(against(Strategy::MoveDomain, &request, facts), None, "AWS's own call does (DT-12)");
        for strategy in [Strategy::WildcardBridge, Strategy::Swap, Strategy::DisableAndMove, Strategy::ReleaseService] {
            assert_eq!(against(strategy, &request, facts), Some(Code::TenantSide), "{strategy:?} (DT-12)");
        }
    }
    assert!(why_not(Strategy::Swap, &request, &of_source).why.starts_with(&of_source.source.id), "the tenant is the source");
    assert!(why_not(Strategy::Swap, &request, &of_target).why.starts_with(&of_target.target.id), "the tenant is the target");
    let by_support = but(of_target, |facts| facts.source.reach = unreachable());
    assert_eq!(against(Strategy::SupportCase, &request, &by_support), None, "and so does AWS Support");
}

#[test]
fn aws_moves_a_name_within_one_account_whatever_its_source_does() {
    let request = within_one_account(&[A]);
    for (enabled, status) in [(true, "Deployed"), (true, "InProgress"), (false, "Deployed"), (false, "InProgress")] {
        let facts = but(facts(&[A]), |facts| {
            facts.source.enabled = enabled;
            status.clone_into(&mut facts.source.status);
        });
        assert_eq!(against(Strategy::MoveDomain, &request, &facts), None, "enabled {enabled}, {status} (DT-1, MV-4)");
    }
}

#[test]
fn aws_moves_a_name_across_accounts_only_from_a_source_that_is_disabled_everywhere() {
    let request = across_accounts(&[A]);
    for (enabled, status, expected, seen) in [
        (true, "Deployed", Some(Code::MoveNotAllowed), "is enabled"),
        (true, "InProgress", Some(Code::MoveNotAllowed), "is enabled"),
        (false, "InProgress", Some(Code::MoveNotAllowed), "not Deployed yet"),
        (false, "Deployed", None, ""),
    ] {
        let facts = but(facts(&[A]), |facts| {
            facts.source.enabled = enabled;
            status.clone_into(&mut facts.source.status);
        });
        let illegal = legal(Strategy::MoveDomain, &alias(A), &request, &facts).err();
        assert_eq!(illegal.as_ref().map(|illegal| illegal.code), expected, "enabled {enabled}, {status} (MV-3, MV-5)");
        assert!(illegal.is_none_or(|illegal| illegal.why.contains(seen)), "{seen}");
    }
}

#[test]
fn a_tenant_is_not_left_without_a_domain() {
    let request = within_one_account(&[A, "b.foo.com"]);
    let tenant = |domains: &[&str]| but(facts(domains), |facts| facts.source.tenant = true);
    let last = legal(Strategy::MoveDomain, &alias(A), &request, &tenant(&[A, "b.foo.com"])).map_err(|illegal| illegal.code);
    assert_eq!(last, Err(Code::TenantSide), "what moves does not stay, and AWS may refuse the last one (TEN-1, TEN-2)");
    assert_eq!(against(Strategy::MoveDomain, &request, &tenant(&[A, "b.foo.com", "keeps.foo.com"])), None, "one domain stays");
    assert_eq!(against(Strategy::MoveDomain, &request, &facts(&[A, "b.foo.com"])), None, "a distribution may be left empty");
}

#[test]
fn what_cannot_be_proved_aws_does_not_move() {
    let no_proof = but(facts(&[A]), |facts| facts.proofs.clear());
    assert_eq!(against(Strategy::MoveDomain, &within_one_account(&[A]), &no_proof), Some(Code::ProofImpossible), "(TXT-5)");
    let accepting = but(across_accounts(&[A]), |request| request.accept_outage = true);
    assert_eq!(against(Strategy::DisableAndMove, &accepting, &no_proof), Some(Code::ProofImpossible));
    assert_eq!(against(Strategy::WildcardBridge, &accepting, &no_proof), None, "a bridge needs no proof");
    let unserved = but(no_proof, |facts| {
        facts.source.reach = unreachable();
        facts.glance = Some(Glance::Unserved("403".to_owned()));
    });
    assert_eq!(against(Strategy::MoveDomain, &accepting, &unserved), Some(Code::ProofImpossible));
}

#[test]
fn that_an_unreachable_source_is_disabled_is_told_by_a_name_that_nobody_serves_or_by_who_names_the_strategy() {
    let request = across_accounts(&[A]);
    let named = naming(Strategy::MoveDomain, request.clone());
    let another = naming(Strategy::SupportCase, request.clone());
    for (glance, served, why) in [
        (Some(Glance::Unserved("403".to_owned())), false, ""),
        (Some(Glance::Served(BTreeMap::new())), true, "somebody serves the name"),
        (Some(Glance::Unknown("no route".to_owned())), true, "could not be seen: no route"),
        (None, true, "was not looked at"),
    ] {
        let facts = but(facts(&[A]), |facts| {
            facts.source.reach = unreachable();
            facts.glance.clone_from(&glance);
        });
        assert_eq!(against(Strategy::MoveDomain, &named, &facts), None, "{glance:?}: AWS has the last word (DT-11)");
        let expected = served.then_some(Code::MoveNotAllowed);
        for request in [&request, &another] {
            let illegal = legal(Strategy::MoveDomain, &alias(A), request, &facts).err();
            assert_eq!(illegal.as_ref().map(|illegal| illegal.code), expected, "{glance:?} (DT-11)");
            assert!(illegal.is_none_or(|illegal| illegal.why.contains(why)), "{glance:?}");
        }
    }
}

/// Why the proof of `a.foo.com` is impossible beside this record set of its name, if so.
fn beside(standing: RecordSet) -> Option<String> {
    let facts = but(facts(&[A]), |facts| facts.proofs.get_mut(&alias(A)).unwrap().sets = vec![standing]);
    match legal(Strategy::MoveDomain, &alias(A), &within_one_account(&[A]), &facts) {
        Ok(()) => None,
        Err(illegal) => {
            assert_eq!(illegal.code, Code::ProofImpossible, "{illegal:?}");
            Some(illegal.why)
        }
    }
}

#[test]
fn a_proof_joins_a_plain_txt_record_set_and_stands_beside_any_other_type_but_a_cname() {
    assert_eq!(beside(set("TXT", 300, "\"v=spf1 -all\"")), None);
    assert_eq!(beside(set("A", 300, "192.0.2.1")), None);
    assert_eq!(beside(weighted(set("A", 300, "192.0.2.1"))), None, "only the routing of a TXT record set matters");
    assert_eq!(beside(alias_record("A", "elsewhere.example.com")), None);
    assert!(beside(cname("elsewhere.example.com")).is_some(), "a CNAME excludes every other type (R53-6)");
    assert!(beside(weighted(set("TXT", 300, "\"x\""))).is_some(), "a routed set has no one place for a value");
    let led_away = but(alias_record("TXT", "other.foo.com"), |set| {
        set.alias_target = set.alias_target.take().map(|target| AliasTarget { hosted_zone: "Z1FOO".to_owned(), ..target });
    });
    assert!(beside(led_away).is_some(), "an alias record set has no values of its own");
}

#[test]
fn the_ttl_of_a_txt_record_set_must_be_one_that_can_be_waited_out() {
    assert_eq!(beside(set("TXT", 86_400, "\"x\"")), None, "a day is the longest");
    assert!(beside(set("TXT", 86_401, "\"x\"")).is_some_and(|why| why.contains("86401 s")), "the old answer has to run out (TXT-6)");
    assert_eq!(beside(set("A", 86_401, "192.0.2.1")), None, "the TTL of another type is nobody's concern");
}

#[test]
fn a_bridge_is_not_built_from_a_source_that_is_disabled() {
    let request = across_accounts(&[A]);
    assert_eq!(against(Strategy::WildcardBridge, &request, &facts(&[A])), None);
    let disabled = but(facts(&[A]), |facts| facts.source.enabled = false);
    assert_eq!(against(Strategy::WildcardBridge, &request, &disabled), Some(Code::SourceDisabled), "it swallows its names (CF-7)");
}

#[test]
fn a_swap_is_legal_where_the_outage_is_accepted_or_there_is_none() {
    let request = across_accounts(&[A]);
    let refused = why_not(Strategy::Swap, &request, &facts(&[A]));
    assert_eq!(refused.code, Code::OutageNotAccepted, "somebody has to say yes to a gap (SW-7)");
    let accepting = but(request.clone(), |request| request.accept_outage = true);
    assert_eq!(against(Strategy::Swap, &accepting, &facts(&[A])), None);
    let behind_its_wildcard = but(facts(&[A]), |facts| facts.source.aliases.push("*.foo.com".to_owned()));
    assert_eq!(against(Strategy::Swap, &request, &behind_its_wildcard), None, "the source's own wildcard serves in the gap (DT-7)");
}

#[test]
fn a_source_is_disabled_only_across_accounts_only_while_it_serves_and_only_with_a_yes() {
    let accepting = |request: Request| Request { accept_outage: true, ..request };
    let disabled = but(facts(&[A]), |facts| facts.source.enabled = false);
    let against = |request: &Request, facts: &Facts| against(Strategy::DisableAndMove, request, facts);
    assert_eq!(against(&accepting(across_accounts(&[A])), &facts(&[A])), None, "(DT-4)");
    assert_eq!(against(&across_accounts(&[A]), &facts(&[A])), Some(Code::OutageNotAccepted), "every alias of it is out (CF-7)");
    let needless = Some(Code::StrategyNotLegal);
    assert_eq!(against(&accepting(within_one_account(&[A])), &facts(&[A])), needless, "AWS moves it without (DT-1)");
    assert_eq!(against(&accepting(across_accounts(&[A])), &disabled), needless, "it is disabled already (DT-4)");
}

#[test]
fn a_release_needs_a_wildcard_that_catches_the_name_or_a_yes_to_the_outage() {
    let free = but(facts(&[A]), |facts| facts.source.reach = Reach::Service(HiddenService::Cognito));
    let request = across_accounts(&[A]);
    assert_eq!(against(Strategy::ReleaseService, &request, &free), None, "*.foo.com on the target catches it from its release");
    let bare = but(free, |facts| facts.target.certificate = None);
    let illegal = why_not(Strategy::ReleaseService, &request, &bare);
    assert_eq!(illegal.code, Code::OutageNotAccepted);
    assert!(illegal.why.contains("does not cover *.foo.com"), "it says why no wildcard does: {illegal:?}");
    let accepting = but(request, |request| request.accept_outage = true);
    assert_eq!(against(Strategy::ReleaseService, &accepting, &bare), None);
}

#[test]
fn who_names_the_release_names_one_alias_for_none_may_wait_for_another() {
    let facts = but(facts(&[A, "b.foo.com"]), |facts| facts.source.reach = Reach::Service(HiddenService::Amplify));
    let [one, two] = [&[A][..], &[A, "b.foo.com"]].map(|names| but(across_accounts(names), |request| request.accept_outage = true));
    let named = |request: &Request| naming(Strategy::ReleaseService, request.clone());
    assert_eq!(against(Strategy::ReleaseService, &named(&two), &facts), Some(Code::StrategyNotLegal));
    assert_eq!(against(Strategy::ReleaseService, &named(&one), &facts), None);
    assert_eq!(against(Strategy::ReleaseService, &two, &facts), None, "left to the planner, each gets a request of its own");
}
