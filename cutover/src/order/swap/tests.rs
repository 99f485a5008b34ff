//! Claims: a swap changes DNS first, detaches and attaches in one edit, and sits out no long TTL while nobody serves the name
//! (SW-3 to SW-11, DT-9).

use crate::samples_of_progress::{Setting, aliases, told, told_back};
use crate::strategy::Strategy;

const SWAP: Option<Strategy> = Some(Strategy::Swap);

#[test]
fn dns_leads_to_the_target_before_the_names_change_hands_and_to_the_source_before_they_come_back() {
    let plan = Setting::of(&["a.foo.com"]).plan(SWAP);
    assert_eq!(
        told(&plan),
        [
            "point a.foo.com in Z1FOO at the target | the change is INSYNC, 300 s have passed since | Target",
            "swap a.foo.com from E1LEGACYXYZ to E2NEWQRS | E2NEWQRS is Deployed, E1LEGACYXYZ is Deployed, it has served for 900 s | Aliases",
        ]
    );
    assert_eq!(
        told_back(&plan),
        [
            "point a.foo.com in Z1FOO back where it was | the change is INSYNC, 300 s have passed since",
            "swap a.foo.com from E2NEWQRS to E1LEGACYXYZ | E2NEWQRS is Deployed, E1LEGACYXYZ is Deployed",
        ]
    );
    assert_eq!((plan.way_back, plan.point_of_no_return), (vec![0, 1], None));
    assert_eq!(plan.prediction.outage_seconds_worst, 660, "two arrivals, where AWS waits for the source (SW-6)");
}

#[test]
fn a_long_ttl_is_lowered_ahead_and_given_back_at_the_end() {
    let plan = Setting { lowers_ttl: true, ttl_seconds: 3_600, ..Setting::of(&["a.foo.com"]) }.plan(SWAP);
    assert_eq!(
        told(&plan),
        [
            "lower the TTL of a.foo.com in Z1FOO | the change is INSYNC, 3600 s have passed since | -",
            "point a.foo.com in Z1FOO at the target with a low TTL | the change is INSYNC, 60 s have passed since | Target",
            "swap a.foo.com from E1LEGACYXYZ to E2NEWQRS | E2NEWQRS is Deployed, E1LEGACYXYZ is Deployed, it has served for 900 s | Aliases",
            "point a.foo.com in Z1FOO at the target | the change is INSYNC | -",
        ]
    );
    assert_eq!(
        told_back(&plan),
        [
            "point a.foo.com in Z1FOO back where it was | the change is INSYNC, 60 s have passed since",
            "swap a.foo.com from E2NEWQRS to E1LEGACYXYZ | E2NEWQRS is Deployed, E1LEGACYXYZ is Deployed",
            "point a.foo.com in Z1FOO back where it was | the change is INSYNC",
        ],
        "nobody waits an hour on the way back"
    );
    assert_eq!(plan.way_back, [1, 2, 0]);
}

#[test]
fn names_below_a_wildcard_are_on_the_target_before_it_and_until_it_is_back() {
    let setting = Setting { names_first: aliases(&["b.foo.com"]), record_sets: aliases(&["b.foo.com"]), ..Setting::of(&["*.foo.com"]) };
    let plan = setting.plan(SWAP);
    assert_eq!(
        told(&plan),
        [
            "point b.foo.com in Z1FOO at the target | the change is INSYNC, 300 s have passed since | Target",
            "add b.foo.com to E2NEWQRS | E2NEWQRS is Deployed | Attached",
            "swap *.foo.com from E1LEGACYXYZ to E2NEWQRS | E2NEWQRS is Deployed, E1LEGACYXYZ is Deployed, it has served for 900 s | Aliases",
            "remove b.foo.com from E2NEWQRS | E2NEWQRS is Deployed | Aliases",
        ]
    );
    assert_eq!(plan.way_back, [3, 0, 2, 1], "the names return first and go last, when the source has the wildcard again (DT-9)");
    assert!(plan.prediction.says.contains("but that of b.foo.com"), "{}", plan.prediction.says);
    let lowered = Setting { lowers_ttl: true, ..setting }.plan(SWAP);
    assert_eq!(lowered.way_back, [4, 1, 3, 2, 0], "the lowered TTL moves every position by one and is given back last");
}

#[test]
fn a_swap_leaves_nobody_unserved_only_where_somebody_serves_meanwhile_or_nobody_comes() {
    let unserved = |setting: Setting| setting.plan(SWAP).prediction.outage_seconds_worst;
    let wildcard = Setting::of(&["*.foo.com"]);
    assert_eq!(unserved(Setting { served_meanwhile: Some("the source's own *.foo.com"), ..Setting::of(&["a.foo.com"]) }), 0, "(DT-7)");
    assert_eq!(unserved(Setting { record_sets: vec![], ..wildcard.clone() }), 0, "no record set leads below it");
    assert_eq!(unserved(wildcard), 660, "its own record set leads viewers to it");
    assert_eq!(
        unserved(Setting { record_sets: vec![], ..Setting::of(&["a.foo.com"]) }),
        660,
        "an exact name may have viewers all the same"
    );
    let both = Setting { record_sets: vec![], ..Setting::of(&["*.foo.com", "a.foo.com"]) };
    assert_eq!(unserved(both), 660, "an exact name beside a wildcard too");
}
