//! Claims: a bridge never leaves a name without somebody who serves it, forth or back (WB-1 to WB-10).

use crate::samples_of_progress::{Setting, told, told_back};
use crate::strategy::Strategy;

const BRIDGE: Option<Strategy> = Some(Strategy::WildcardBridge);

#[test]
fn a_bridge_puts_the_wildcard_first_and_takes_it_away_last() {
    let plan = Setting::of(&["a.foo.com"]).with_wildcard().plan(BRIDGE);
    assert_eq!(
        told(&plan),
        [
            "add *.foo.com to E2NEWQRS | E2NEWQRS is Deployed | Wildcard",
            "point a.foo.com in Z1FOO at the target | the change is INSYNC, 300 s have passed since | -",
            "remove a.foo.com from E1LEGACYXYZ | E1LEGACYXYZ is Deployed | -",
            "add a.foo.com to E2NEWQRS | E2NEWQRS is Deployed, it has served for 900 s | Aliases",
            "remove *.foo.com from E2NEWQRS | E2NEWQRS is Deployed | Aliases",
        ]
    );
    assert_eq!(
        told_back(&plan),
        [
            "add *.foo.com to E2NEWQRS | E2NEWQRS is Deployed",
            "point a.foo.com in Z1FOO back where it was | the change is INSYNC, 300 s have passed since",
            "remove a.foo.com from E2NEWQRS | E2NEWQRS is Deployed",
            "add a.foo.com to E1LEGACYXYZ | E1LEGACYXYZ is Deployed",
            "remove *.foo.com from E2NEWQRS | E2NEWQRS is Deployed",
        ],
        "the wildcard returns first (WB-10), then DNS (SW-11), the target, the source, and the wildcard goes last (WB-9)"
    );
    assert_eq!(plan.way_back, [4, 1, 3, 2, 0]);
    assert_eq!((plan.prediction.outage_seconds_worst, plan.point_of_no_return), (0, None));
    assert_eq!(plan.prediction.says, "no outage: *.foo.com serves from the target while a.foo.com changes hands");
}

#[test]
fn a_wildcard_that_the_target_has_already_is_proved_before_the_source_is_touched_and_stays() {
    let plan = Setting { caught: true, ..Setting::of(&["a.foo.com"]) }.plan(BRIDGE);
    assert_eq!(
        told(&plan),
        [
            "point a.foo.com in Z1FOO at the target | the change is INSYNC, 300 s have passed since | Wildcard",
            "remove a.foo.com from E1LEGACYXYZ | E1LEGACYXYZ is Deployed | -",
            "add a.foo.com to E2NEWQRS | E2NEWQRS is Deployed, it has served for 900 s | Aliases",
        ]
    );
    assert_eq!(plan.way_back, [0, 2, 1], "DNS, the target, the source");
    assert!(plan.prediction.says.contains("the wildcard that it has already"), "{}", plan.prediction.says);
}
