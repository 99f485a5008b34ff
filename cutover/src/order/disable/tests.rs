//! Claims: a source is disabled for no longer than AWS needs to move the names, and serves again before anything else is put
//! back (DT-4).

use crate::samples_of_progress::{Setting, told, told_back};
use crate::strategy::Strategy;

const DISABLE: Option<Strategy> = Some(Strategy::DisableAndMove);

#[test]
fn the_source_serves_again_as_soon_as_the_names_are_moved() {
    let plan = Setting::of(&["a.foo.com"]).plan(DISABLE);
    assert_eq!(
        told(&plan),
        [
            "stage the proof for a.foo.com in Z1FOO | the change is INSYNC, every name server of the zone answers the proof | Target",
            "disable E1LEGACYXYZ | E1LEGACYXYZ is Deployed | -",
            "move a.foo.com from E1LEGACYXYZ to E2NEWQRS | E2NEWQRS is Deployed, E1LEGACYXYZ is Deployed | Aliases",
            "enable E1LEGACYXYZ | E1LEGACYXYZ is Deployed | -",
            "point a.foo.com in Z1FOO at the target | the change is INSYNC, 300 s have passed since, it has served for 900 s | Aliases",
            "remove the proof for a.foo.com from Z1FOO | the change is INSYNC | Aliases",
        ]
    );
}

#[test]
fn on_the_way_back_the_source_serves_first_and_the_names_come_back_by_a_swap() {
    let plan = Setting::of(&["a.foo.com"]).plan(DISABLE);
    assert_eq!(
        told_back(&plan),
        [
            "enable E1LEGACYXYZ | E1LEGACYXYZ is Deployed",
            "point a.foo.com in Z1FOO back where it was | the change is INSYNC, 300 s have passed since",
            "swap a.foo.com from E2NEWQRS to E1LEGACYXYZ | E1LEGACYXYZ is Deployed, E2NEWQRS is Deployed",
            "remove the proof for a.foo.com from Z1FOO | the change is INSYNC",
        ],
        "AWS would want the target disabled (SW-13)"
    );
    let by_aws = Setting { moves_back: true, ..Setting::of(&["a.foo.com"]) }.plan(DISABLE);
    assert_eq!(told_back(&by_aws), told_back(&plan), "whatever AWS's own call could take back while the source serves");
    assert_eq!((plan.way_back, plan.point_of_no_return), (vec![1, 4, 2, 0], None));
}

#[test]
fn the_outage_is_the_disabling_and_then_each_move_an_arrival_and_a_look_each() {
    let one = Setting::of(&["a.foo.com"]).plan(DISABLE).prediction;
    assert_eq!(one.outage_seconds_worst, 2 * (330 + 60));
    assert!(one.says.contains("about 13 min") && one.says.contains("every other alias of E1LEGACYXYZ"), "{}", one.says);
    let three = Setting::of(&["a.foo.com", "b.foo.com", "c.foo.com"]).plan(DISABLE).prediction;
    assert_eq!(three.outage_seconds_worst, 4 * (330 + 60), "AWS moves one name at a time (U-11)");
}
