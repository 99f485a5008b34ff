//! Claims: what others have to do is asked for when everything around it is ready, and from the moment that they may do it there
//! is no way back of ours (DT-10, DT-13).

use crate::samples_of_progress::{Setting, told, told_back};
use crate::strategy::Strategy;

const CASE: Option<Strategy> = Some(Strategy::SupportCase);
const RELEASE: Option<Strategy> = Some(Strategy::ReleaseService);

fn elsewhere() -> Setting {
    Setting { source: None, ..Setting::of(&["a.foo.com"]) }
}

#[test]
fn aws_support_is_asked_when_the_proof_is_seen_and_dns_follows_the_move() {
    let plan = elsewhere().plan(CASE);
    assert_eq!(
        told(&plan),
        [
            "stage the proof for a.foo.com in Z1FOO | the change is INSYNC, every name server of the zone answers the proof | Target",
            "wait until AWS Support moves a.foo.com to E2NEWQRS | the target lists the names, E2NEWQRS is Deployed | Aliases",
            "point a.foo.com in Z1FOO at the target | the change is INSYNC, 300 s have passed since, it has served for 900 s | Aliases",
            "remove the proof for a.foo.com from Z1FOO | the change is INSYNC | Aliases",
        ]
    );
    assert_eq!(told_back(&plan), ["remove the proof for a.foo.com from Z1FOO | the change is INSYNC"]);
    assert_eq!(plan.point_of_no_return, Some(1), "what they have moved stays moved");
    assert_eq!(plan.prediction.outage_seconds_worst, 330, "two halves may reach an edge apart (CF-10)");
    assert!(plan.prediction.says.starts_with("AWS Support moves a.foo.com"), "{}", plan.prediction.says);
}

#[test]
fn a_wildcard_on_the_target_catches_the_name_as_soon_as_its_service_lets_go() {
    let plan = elsewhere().with_wildcard().plan(RELEASE);
    assert_eq!(
        told(&plan),
        [
            "add *.foo.com to E2NEWQRS | E2NEWQRS is Deployed | Wildcard",
            "point a.foo.com in Z1FOO at the target | the change is INSYNC, 300 s have passed since | Target",
            "wait until its service releases a.foo.com | nobody holds the names any more | -",
            "add a.foo.com to E2NEWQRS | E2NEWQRS is Deployed, it has served for 900 s | Aliases",
            "remove *.foo.com from E2NEWQRS | E2NEWQRS is Deployed | Aliases",
        ]
    );
    assert_eq!(
        told_back(&plan),
        [
            "point a.foo.com in Z1FOO back where it was | the change is INSYNC, 300 s have passed since",
            "remove *.foo.com from E2NEWQRS | E2NEWQRS is Deployed",
        ]
    );
    assert_eq!((plan.way_back, plan.point_of_no_return), (vec![1, 0], Some(2)), "what is released stays released");
    assert_eq!(plan.prediction.outage_seconds_worst, 0);
}

#[test]
fn without_a_wildcard_nobody_serves_the_name_until_its_release_is_seen_and_it_has_arrived() {
    let plan = elsewhere().plan(RELEASE);
    let edits = told(&plan);
    assert_eq!(edits.len(), 3);
    assert!(edits[0].starts_with("point a.foo.com in Z1FOO at the target") && edits[0].ends_with("| Target"), "{}", edits[0]);
    assert_eq!((plan.way_back, plan.point_of_no_return), (vec![0], Some(1)));
    // The longest look of three hours, 180 s until the list of conflicts tells, and two arrivals (DSC-6, SW-6).
    assert_eq!(plan.prediction.outage_seconds_worst, 10_800 + 180 + 2 * 330);
    assert!(plan.prediction.says.contains("about 14 min"), "180 s and two arrivals: {}", plan.prediction.says);
}
