//! A distribution takes a hundred aliases, and what joins the target for a while counts among them.

use super::*;

/// The facts of these names, with so many others on the target.
fn filled(names: &[&str], others: usize) -> Facts {
    but(facts(names), |facts| fill_target(facts, others))
}

fn room(strategy: Strategy, request: &Request, facts: &Facts) -> Result<(), Refusal> {
    has_room(strategy, &request.aliases, request, facts)
}

#[test]
fn a_bridge_needs_room_for_its_names_and_for_its_wildcard() {
    let request = across_accounts(&[A, B]);
    assert_eq!(room(Strategy::WildcardBridge, &request, &filled(&[A, B], 97)), Ok(()), "97, two names and a wildcard are a hundred");
    let full = room(Strategy::WildcardBridge, &request, &filled(&[A, B], 98)).unwrap_err();
    assert_eq!(full.code, Code::TargetFull);
    assert!(full.message.contains("101 aliases with the bridge's wildcards, 1 of them"), "{}", full.message);
    let swap = ("swap".to_owned(), texts(&[A, B]), true);
    assert_eq!(ready_requests(&full), [swap], "a swap needs no wildcard");
    assert_eq!(chosen(&request, &filled(&[A, B], 98)), Err(Code::TargetFull), "nobody swaps without having been asked");
    assert_eq!(chosen(&naming(Strategy::WildcardBridge, request), &filled(&[A, B], 98)), Err(Code::TargetFull));
}

#[test]
fn where_several_wildcards_join_each_of_them_counts() {
    let names = [A, "a.one.foo.com", "a.two.foo.com"];
    let roomy = but(filled(&names, 94), |facts| {
        facts.target.certificate.as_mut().unwrap().names = texts(&[WILDCARD, "*.one.foo.com", "*.two.foo.com"]);
    });
    let request = across_accounts(&names);
    assert_eq!(room(Strategy::WildcardBridge, &request, &roomy), Ok(()), "94, three names and three wildcards");
    let full = but(roomy, |facts| fill_target(facts, 1));
    let refusal = room(Strategy::WildcardBridge, &request, &full).unwrap_err();
    assert!(refusal.message.contains("101 aliases with the bridge's wildcards, 3 of them"), "{}", refusal.message);
}

#[test]
fn a_swap_needs_room_for_the_names_that_go_before_their_wildcard_and_any_other_strategy_for_its_names_only() {
    let request = across_accounts(&[WILDCARD]);
    let with_a_name_below = |others: usize| {
        but(filled(&[WILDCARD], others), |facts| {
            facts.record_sets.insert(alias("p.foo.com"), vec![cname(SOURCE)]);
            facts.wildcards.get_mut(&alias(WILDCARD)).unwrap().also_catches = texts(&["p.foo.com"]);
        })
    };
    assert_eq!(room(Strategy::Swap, &request, &with_a_name_below(98)), Ok(()));
    let full = room(Strategy::Swap, &request, &with_a_name_below(99)).unwrap_err();
    assert_eq!((full.code, full.requests.len()), (Code::TargetFull, 0), "there is nothing smaller than a swap");
    assert!(full.message.contains("101 aliases with the names that come before their wildcard, 1 of them"), "{}", full.message);
    for strategy in [Strategy::MoveDomain, Strategy::DisableAndMove, Strategy::SupportCase, Strategy::ReleaseService] {
        assert_eq!(room(strategy, &request, &with_a_name_below(99)), Ok(()), "{strategy:?} brings nothing else");
    }
    let swap = accepting_outage(across_accounts(&[A]));
    assert_eq!(chosen(&naming(Strategy::Swap, swap), &filled(&[A], 99)), Ok(Some(Strategy::Swap)));
}

#[test]
fn a_move_goes_without_its_net_where_that_has_no_room() {
    let net = |others: usize| {
        let request = within_one_account(&[A, B]);
        net(&request.aliases, &request, &filled(&[A, B], others))
    };
    assert_eq!(net(97), (aliases(&[WILDCARD]), true), "97, two names and the wildcard are a hundred");
    assert_eq!(net(98), (vec![], false), "a safety net is no condition");
    let three = ["a.one.foo.com", "a.two.foo.com", "a.three.foo.com"];
    let roomy = |others: usize| {
        but(filled(&three, others), |facts| {
            facts.target.certificate.as_mut().unwrap().names = texts(&["*.one.foo.com", "*.two.foo.com", "*.three.foo.com"]);
        })
    };
    let request = within_one_account(&three);
    let (wildcards, caught) = super::net(&request.aliases, &request, &roomy(94));
    assert_eq!((wildcards.len(), caught), (3, true));
    assert_eq!(super::net(&request.aliases, &request, &roomy(95)), (vec![], false));
    assert_eq!(chosen(&request, &roomy(95)), Ok(Some(Strategy::MoveDomain)));
}

#[test]
fn a_bridge_that_does_not_fit_becomes_a_swap_and_what_fits_stays() {
    let request = across_accounts(&[A]);
    let groups = || vec![(Strategy::WildcardBridge, aliases(&[A])), (Strategy::MoveDomain, aliases(&[B]))];
    let fit = fitting(groups(), &request, &filled(&[A], 98));
    assert_eq!(in_words(&fit), [(Strategy::WildcardBridge, vec![A]), (Strategy::MoveDomain, vec![B])]);
    let full = fitting(groups(), &request, &filled(&[A], 99));
    assert_eq!(in_words(&full), [(Strategy::Swap, vec![A]), (Strategy::MoveDomain, vec![B])]);
    let turned: Vec<Group> = groups().into_iter().rev().collect();
    let first = fitting(turned, &request, &filled(&[A], 98));
    assert_eq!(in_words(&first), in_words(&fit), "it is sent first, for it needs more room than its names do");
}

#[test]
fn of_aliases_that_need_different_strategies_no_bridge_is_offered_that_has_no_room() {
    let names = [APEX, "a.one.foo.com", "a.two.foo.com"];
    let request = accepting_outage(across_accounts(&names));
    let offered = |others: usize| {
        let facts = but(filled(&names, others), |facts| {
            facts.target.certificate.as_mut().unwrap().names = texts(&["foo.com", "*.foo.com", "*.one.foo.com", "*.two.foo.com"]);
        });
        let refusal = refused(&request, &facts);
        assert_eq!(refusal.code, Code::MixedStrategies);
        let parts: Vec<String> = ready_requests(&refusal).into_iter().map(|(strategy, ..)| strategy).collect();
        (parts, refusal.message.contains("E2NEWQRS has no room for the bridge's wildcards (Q-1)"))
    };
    assert_eq!(offered(96), (texts(&["wildcardBridge", "swap"]), false), "two names and their wildcards, while the apex is not there yet");
    assert_eq!(offered(97), (texts(&["swap", "swap"]), true));
}

#[test]
fn a_release_needs_room_for_the_wildcard_that_catches_viewers_unless_their_outage_is_accepted() {
    let request = across_accounts(&[A]);
    let held = |others| but(filled(&[A], others), |facts| facts.source.reach = Reach::Service(HiddenService::Cognito));
    assert_eq!(room(Strategy::ReleaseService, &request, &held(98)), Ok(()), "98, the name and its wildcard are a hundred");
    let full = room(Strategy::ReleaseService, &request, &held(99)).unwrap_err();
    assert_eq!(full.code, Code::TargetFull);
    assert_eq!(ready_requests(&full), [("releaseService".to_owned(), texts(&[A]), true)], "without the wildcard there is room");
    assert!(full.message.contains("101 aliases with the wildcards that catch viewers meanwhile, 1 of them"), "{}", full.message);
    assert_eq!(room(Strategy::ReleaseService, &accepting_outage(request), &held(99)), Ok(()), "the wildcard stays away");
}
