//! The names that a plan touches, and the wildcards and names that it puts on the target for a while.

use super::*;
use crate::samples_of_facts::fill_target;

fn of(strategy: Strategy, request: &Request, facts: &Facts) -> Extent {
    Extent::of(Some(strategy), request.aliases.clone(), request, facts)
}

#[test]
fn record_sets_are_turned_of_what_is_asked_for_and_of_what_a_moving_wildcard_serves() {
    let request = across_accounts(&[WILDCARD, "asked-for.foo.com"]);
    let seen = but(facts(&[WILDCARD, "asked-for.foo.com"]), |facts| {
        for (name, to) in [
            (WILDCARD, SOURCE),
            ("served-by-it.foo.com", SOURCE),
            ("deep.served-by-it.foo.com", SOURCE),
            ("turned-already.foo.com", TARGET),
            ("an-alias-itself.foo.com", SOURCE),
            ("beside.bar.com", SOURCE),
        ] {
            facts.record_sets.insert(alias(name), vec![cname(to)]);
        }
        facts.source.aliases.push("an-alias-itself.foo.com".to_owned());
    });
    let mut repointed = of(Strategy::Swap, &request, &seen).repointed;
    assert_eq!(repointed[..2], aliases(&[WILDCARD, "asked-for.foo.com"]), "in the request's order");
    let follows = repointed.split_off(2);
    let expected = aliases(&["deep.served-by-it.foo.com", "served-by-it.foo.com"]);
    assert_eq!(follows, expected, "what the source lists goes on being served there, and what lies elsewhere is nobody's concern");

    let exact = of(Strategy::Swap, &across_accounts(&["served-by-it.foo.com"]), &seen);
    assert_eq!(exact.repointed, aliases(&["served-by-it.foo.com"]), "nothing follows an exact name");
}

#[test]
fn a_bridge_and_a_net_have_wildcards_and_a_swap_has_names_that_go_first() {
    let seen = but(facts(&[A, WILDCARD]), |facts| {
        facts.record_sets.insert(alias("p.foo.com"), vec![cname(SOURCE)]);
        facts.wildcards.get_mut(&alias(WILDCARD)).unwrap().also_catches = texts(&["p.foo.com"]);
        facts.source.aliases = texts(&[A]);
    });
    let (across, within) = (across_accounts(&[A]), within_one_account(&[A]));
    let service = but(seen.clone(), |facts| facts.source.reach = Reach::Service(HiddenService::Cognito));
    for (strategy, request, facts, caught) in [
        (Strategy::WildcardBridge, &across, &seen, true),
        (Strategy::MoveDomain, &within, &seen, true),
        (Strategy::ReleaseService, &across, &service, true),
        (Strategy::MoveDomain, &across, &seen, false),
        (Strategy::DisableAndMove, &across, &seen, false),
        (Strategy::SupportCase, &across, &seen, false),
        (Strategy::Swap, &across, &seen, false),
    ] {
        let extent = of(strategy, request, facts);
        let wildcards = if caught { aliases(&[WILDCARD]) } else { vec![] };
        assert_eq!((extent.wildcards, extent.caught), (wildcards, caught), "{strategy:?}");
        assert_eq!(extent.first, [], "{strategy:?}: no wildcard moves");
        assert_eq!((extent.moving, extent.repointed), (aliases(&[A]), aliases(&[A])), "{strategy:?}");
    }
    let moving = across_accounts(&[WILDCARD]);
    assert_eq!(of(Strategy::Swap, &moving, &seen).first, aliases(&["p.foo.com"]), "an exact name beats a wildcard (DT-9)");
    assert_eq!(of(Strategy::DisableAndMove, &moving, &seen).first, [], "AWS's own call has no gap to go before");
    let none = Extent::of(None, vec![], &across, &seen);
    assert_eq!((none.wildcards.len(), none.caught, none.first.len()), (0, false, 0));
}

#[test]
fn a_release_has_a_net_for_every_name_or_for_none() {
    let names = aliases(&[A, "b.foo.com"]);
    assert_eq!(release_net(&names, &facts(&[A, "b.foo.com"])), (aliases(&[WILDCARD]), true));
    let half = aliases(&[A, APEX]);
    assert_eq!(release_net(&half, &facts(&[A, APEX])), (vec![], false), "the apex falls through it");
    let filled = |others| but(facts(&[A]), |facts| fill_target(facts, others));
    assert_eq!(release_net(&aliases(&[A]), &filled(98)), (aliases(&[WILDCARD]), true), "98, the name and its wildcard are a hundred");
    assert_eq!(release_net(&aliases(&[A]), &filled(99)), (vec![], false), "there is no room for it (Q-1)");
}
