//! A refusal names the alias, every reason, what to mend, and requests that are ready to send.

use super::*;

#[test]
fn aliases_that_need_different_strategies_are_split_into_requests_that_name_theirs() {
    let request = accepting_outage(across_accounts(&[A, APEX, B]));
    let refusal = refused(&request, &facts(&[A, APEX, B]));
    assert_eq!(refusal.code, Code::MixedStrategies);
    assert!(refusal.message.contains("wildcardBridge for a.foo.com and 1 more; swap for foo.com"), "{}", refusal.message);
    let parts = [("wildcardBridge".to_owned(), texts(&[A, B]), true), ("swap".to_owned(), texts(&[APEX]), true)];
    assert_eq!(ready_requests(&refusal), parts);
}

#[test]
fn a_part_of_a_request_keeps_all_else_that_was_asked_for() {
    let request = but(across_accounts(&[A, B]), |request| request.soak_seconds = 77);
    let agreed = Request { plan_hash: Some("of the plan for both".to_owned()), ..request.clone() };
    let parts = split(&[(Strategy::WildcardBridge, aliases(&[A])), (Strategy::Swap, aliases(&[B]))], &agreed, Strategy::may_leave_unserved);
    assert!(parts.iter().all(|part| part.get("planHash").is_none()), "each is another plan than the one that was agreed to");
    let of_strategy = |strategy: Strategy, name: &str, accept_outage: bool| {
        Request { aliases: aliases(&[name]), strategy: Some(strategy), accept_outage, ..request.clone() }.to_value()
    };
    let expected = [of_strategy(Strategy::WildcardBridge, A, false), of_strategy(Strategy::Swap, B, true)];
    assert_eq!(parts, expected, "a yes to an outage is added only where one is needed");
}

#[test]
fn where_nothing_is_known_of_the_names_an_outage_is_accepted_exactly_where_the_strategy_may_bring_one() {
    for (strategy, unserved) in [
        (Strategy::MoveDomain, false),
        (Strategy::WildcardBridge, false),
        (Strategy::Swap, true),
        (Strategy::DisableAndMove, true),
        (Strategy::SupportCase, false),
        (Strategy::ReleaseService, true),
    ] {
        let accepts = |request: Request| in_short(&split(&[(strategy, aliases(&[A]))], &request, Strategy::may_leave_unserved)[0]).2;
        assert_eq!(accepts(across_accounts(&[A])), unserved, "{strategy:?}");
        assert!(accepts(accepting_outage(across_accounts(&[A]))), "{strategy:?}: a yes that was given is kept");
    }
}

#[test]
fn a_ready_request_accepts_an_outage_only_where_these_names_would_be_left_unserved() {
    let released = |facts: &Facts| ready_requests(&refused(&naming(Strategy::Swap, across_accounts(&[A])), facts));
    let caught = held_by_a_service(&[A]);
    assert_eq!(released(&caught), [("releaseService".to_owned(), texts(&[A]), false)], "a wildcard catches it");
    let uncaught = but(caught, |facts| facts.wildcards.get_mut(&alias(WILDCARD)).unwrap().holders = vec![stranger(WILDCARD)]);
    assert_eq!(released(&uncaught), [("releaseService".to_owned(), texts(&[A]), true)]);

    // The source's own wildcard serves the name between the halves of its swap, and the apex has none.
    let own = but(facts(&[A, APEX]), |facts| facts.source.aliases.push(WILDCARD.to_owned()));
    let request = across_accounts(&[A, APEX]);
    let parts = [("swap".to_owned(), texts(&[A, APEX]), true)];
    assert_eq!(ready_requests(&refused(&request, &own)), parts, "for one of them is yes enough");
    let of_a = swap_of(&request, &own);
    assert_eq!(of_a, [("swap".to_owned(), texts(&[A]), false)], "nobody is unserved (DT-7)");
}

/// The ready request of a swap of `a.foo.com` alone.
fn swap_of(request: &Request, facts: &Facts) -> Vec<(String, Vec<String>, bool)> {
    let groups = vec![(Strategy::Swap, aliases(&[A]))];
    parts(&groups, request, facts).iter().map(in_short).collect()
}

#[test]
fn a_ready_request_is_legal_as_it_stands() {
    let unproved = |names: &[&str]| but(facts(names), |facts| facts.proofs.clear());
    let uncaught = but(wildcard_taken(&[A, B]), |facts| facts.source.reach = Reach::Service(HiddenService::Amplify));
    let situations = [
        (across_accounts(&[A, APEX, B]), facts(&[A, APEX, B])),
        (accepting_outage(across_accounts(&[A, APEX, B])), facts(&[A, APEX, B])),
        (within_one_account(&[A, APEX]), unproved(&[A, APEX])),
        (naming(Strategy::ReleaseService, across_accounts(&[A, B])), held_by_a_service(&[A, B])),
        (naming(Strategy::ReleaseService, across_accounts(&[A, B])), uncaught),
        (naming(Strategy::MoveDomain, across_accounts(&[A, B])), held_by_a_service(&[A, B])),
        (across_accounts(&[A, B]), held_by_a_service(&[A, B])),
        (accepting_outage(across_accounts(&[A, APEX])), but(facts(&[A, APEX]), |facts| fill_target(facts, 98))),
    ];
    for (request, facts) in situations {
        let refusal = refused(&request, &facts);
        assert!(!refusal.requests.is_empty(), "{refusal:?}");
        for ready in &refusal.requests {
            let part = Request::parse(ready).unwrap();
            assert!(choose(&part.aliases, &part, &facts).is_ok(), "{ready} is refused with itself");
        }
    }
}

#[test]
fn where_no_strategy_is_legal_every_reason_is_given_and_the_one_to_mend_comes_with_its_remedy() {
    let refusal = refused(&across_accounts(&[A, APEX]), &facts(&[A, APEX]));
    assert_eq!(refusal.code, Code::OutageNotAccepted, "the last reason decides the code: a yes is all that is missing");
    assert!(refusal.message.starts_with("no strategy is legal for foo.com: "), "{}", refusal.message);
    for reason in ["(MV-3, MV-5)", "(CF-4)", "(SW-7)"] {
        assert!(refusal.message.contains(reason), "{reason}: {}", refusal.message);
    }
    assert_eq!(refusal.remedy, "accept the outage of a swap", "that a source is enabled is no fault of it");
    let ready = [("wildcardBridge".to_owned(), texts(&[A]), false), ("swap".to_owned(), texts(&[APEX]), true)];
    assert_eq!(ready_requests(&refusal), ready, "what would work once an outage is accepted");
}

#[test]
fn where_only_the_source_being_enabled_stands_in_the_way_its_remedy_is_given() {
    let facts = but(facts(&[A]), |facts| facts.source.reach = unreachable());
    let reasons = legal(Strategy::MoveDomain, &alias(A), &across_accounts(&[A]), &facts).map_err(|illegal| vec![illegal]).unwrap_err();
    let request = across_accounts(&[A]);
    let refusal = none_legal(&alias(A), &reasons, &request.aliases, &request, &facts);
    assert_eq!((refusal.code, &refusal.remedy), (Code::MoveNotAllowed, &reasons[0].remedy));
}

#[test]
fn where_nothing_would_work_no_request_is_offered() {
    let tenant = but(facts(&[A]), |facts| facts.target.tenant = true);
    let refusal = refused(&across_accounts(&[A]), &tenant);
    assert_eq!((refusal.code, refusal.requests.len()), (Code::TenantSide, 0), "the source of a tenant's name is enabled elsewhere (DT-12)");
    assert!(refusal.message.starts_with("no strategy is legal for a.foo.com: "), "{}", refusal.message);
    assert!(refusal.remedy.contains("a source that is disabled"), "{}", refusal.remedy);
}

#[test]
fn a_bridge_within_one_account_is_offered_to_who_named_none_where_aws_itself_does_not_move_the_name() {
    let no_proof = |names: &[&str]| but(facts(names), |facts| facts.proofs.clear());
    let refusal = refused(&within_one_account(&[A]), &no_proof(&[A]));
    assert!(refusal.message.starts_with("no strategy that need not be named is legal for a.foo.com"), "{}", refusal.message);
    assert!(refusal.remedy.contains("wildcardBridge"), "{}", refusal.remedy);
    assert_eq!(ready_requests(&refusal), [("wildcardBridge".to_owned(), texts(&[A]), false)], "it costs nobody anything");

    let half = refused(&within_one_account(&[A, APEX]), &no_proof(&[A, APEX]));
    assert!(half.message.starts_with("no strategy is legal for a.foo.com"), "the apex has no bridge: {}", half.message);
    assert!(!half.remedy.contains("wildcardBridge"), "{}", half.remedy);

    let named = refused(&naming(Strategy::Swap, within_one_account(&[A])), &no_proof(&[A]));
    assert!(named.message.starts_with("swap is not legal for a.foo.com: "), "a strategy was named: {}", named.message);
    let both = named.remedy.contains("ready request, whose strategy leaves nobody unserved") && named.remedy.contains("acceptOutage");
    assert!(both, "what was named lacks a yes only: {}", named.remedy);
    assert_eq!(ready_requests(&named), [("wildcardBridge".to_owned(), texts(&[A]), false)]);
}

#[test]
fn a_named_strategy_that_lacks_a_yes_only_is_told_apart_from_one_that_is_not_legal() {
    let swap = refused(&naming(Strategy::Swap, across_accounts(&[APEX])), &facts(&[APEX]));
    assert_eq!(swap.code, Code::OutageNotAccepted);
    assert_eq!(ready_requests(&swap), [("swap".to_owned(), texts(&[APEX]), true)]);

    let bridge = refused(&naming(Strategy::WildcardBridge, across_accounts(&[A, APEX])), &facts(&[A, APEX]));
    assert_eq!(bridge.code, Code::StrategyNotLegal);
    assert!(bridge.message.starts_with("wildcardBridge is not legal: foo.com is the apex"), "{}", bridge.message);
    let parts = [("wildcardBridge".to_owned(), texts(&[A]), false), ("swap".to_owned(), texts(&[APEX]), true)];
    assert_eq!(ready_requests(&bridge), parts, "one that names something else would work");
    assert_eq!(bridge.remedy, "accept the outage of a swap");
}

#[test]
fn what_would_work_is_looked_for_whatever_strategy_was_named() {
    let refusal = refused(&naming(Strategy::ReleaseService, across_accounts(&[A, B])), &held_by_a_service(&[A, B]));
    assert_eq!(refusal.code, Code::StrategyNotLegal, "none may wait for another");
    let part = |name: &str| ("releaseService".to_owned(), texts(&[name]), false);
    assert_eq!(ready_requests(&refusal), [part(A), part(B)], "every name is in a ready request of its own");
}

#[test]
fn requests_are_ready_for_whoever_has_the_source() {
    let unreachable = but(facts(&[A]), |facts| facts.source.reach = unreachable());
    let swap = refused(&naming(Strategy::Swap, accepting_outage(across_accounts(&[A]))), &unreachable);
    assert_eq!((swap.code, ready_requests(&swap)), (Code::StrategyNotLegal, vec![("supportCase".to_owned(), texts(&[A]), true)]));
    let service = refused(&naming(Strategy::MoveDomain, across_accounts(&[A])), &held_by_a_service(&[A]));
    assert_eq!(ready_requests(&service), [("releaseService".to_owned(), texts(&[A]), false)]);
    assert_eq!(unnamed(&across_accounts(&[A]), &facts(&[A])), [Strategy::MoveDomain, Strategy::WildcardBridge, Strategy::Swap]);
    let place = service.requests[0]["source"]["account"].as_str();
    assert_eq!(place, Some(OLD), "and each says where the source is, as the request did");
}
