//! Claims: AWS is asked to move a name only after its proof is seen, DNS follows the move, and the way back is the one that is
//! open: AWS's own call, a swap, or none (DT-1, DT-2, DT-4, DT-11, DT-12).

use crate::ids::Place;
use crate::samples_of_progress::{Setting, place, told, told_back};
use crate::strategy::Strategy;

const MOVE: Option<Strategy> = Some(Strategy::MoveDomain);

fn tenant() -> Place {
    place("000000000002", "dt_2wjDZi3h")
}

#[test]
fn within_one_account_a_wildcard_catches_the_name_while_aws_moves_it() {
    let plan = Setting::of(&["a.foo.com"]).within_one_account().with_wildcard().plan(MOVE);
    assert_eq!(
        told(&plan),
        [
            "add *.foo.com to E2NEWQRS | E2NEWQRS is Deployed | Wildcard",
            "stage the proof for a.foo.com in Z1FOO | the change is INSYNC, every name server of the zone answers the proof | -",
            "move a.foo.com from E1LEGACYXYZ to E2NEWQRS | E2NEWQRS is Deployed, E1LEGACYXYZ is Deployed | Aliases",
            "point a.foo.com in Z1FOO at the target | the change is INSYNC, 300 s have passed since, it has served for 900 s | Aliases",
            "remove the proof for a.foo.com from Z1FOO | the change is INSYNC | -",
            "remove *.foo.com from E2NEWQRS | E2NEWQRS is Deployed | Aliases",
        ]
    );
    assert_eq!(
        told_back(&plan),
        [
            "add *.foo.com to E2NEWQRS | E2NEWQRS is Deployed",
            "point a.foo.com in Z1FOO back where it was | the change is INSYNC, 300 s have passed since",
            "put the source's proof for a.foo.com into Z1FOO | the change is INSYNC, every name server of the zone answers the proof, \
             60 s have passed since",
            "move a.foo.com from E2NEWQRS to E1LEGACYXYZ | E1LEGACYXYZ is Deployed, E2NEWQRS is Deployed",
            "remove the proof for a.foo.com from Z1FOO | the change is INSYNC",
            "remove *.foo.com from E2NEWQRS | E2NEWQRS is Deployed",
        ],
        "the net returns first, then DNS, then the source's proof, then the names; the proof goes, the net last"
    );
    assert_eq!((plan.way_back, plan.point_of_no_return), (vec![5, 3, 4, 2, 1, 0], None));
    assert_eq!(plan.prediction.outage_seconds_worst, 0);
    assert!(plan.prediction.says.contains("a wildcard on the target catches"), "{}", plan.prediction.says);
}

#[test]
fn the_source_s_proof_is_due_as_soon_as_the_move_was_begun_and_not_only_when_the_other_was_removed() {
    for (setting, moved_at, removed_at) in
        [(Setting::of(&["a.foo.com"]).within_one_account().with_wildcard(), 2, 4), (Setting::of(&["foo.com"]).within_one_account(), 1, 3)]
    {
        let plan = setting.plan(MOVE);
        assert_eq!(plan.edits[removed_at].inverse_once, Some(moved_at), "the names need it to come back (MV-2)");
        let others = plan.edits.iter().enumerate().filter(|(position, _)| *position != removed_at);
        assert!(others.into_iter().all(|(_, planned)| planned.inverse_once.is_none()));
    }
}

#[test]
fn without_a_net_the_target_is_proved_before_the_move_and_the_aliases_after_everything() {
    let plan = Setting::of(&["foo.com"]).within_one_account().plan(MOVE);
    let proofs: Vec<String> = told(&plan).iter().map(|edit| edit.rsplit(" | ").next().unwrap().to_owned()).collect();
    assert_eq!(proofs, ["Target", "Aliases", "Aliases", "Aliases"]);
    assert_eq!(plan.way_back, [2, 3, 1, 0]);
    assert_eq!(plan.prediction.outage_seconds_worst, 330, "an edge may lose the name before it gets it (CF-10)");
}

#[test]
fn from_a_source_that_is_disabled_the_way_back_is_a_swap() {
    let plan = Setting::of(&["a.foo.com"]).plan(MOVE);
    assert_eq!(
        told_back(&plan),
        [
            "point a.foo.com in Z1FOO back where it was | the change is INSYNC, 300 s have passed since",
            "swap a.foo.com from E2NEWQRS to E1LEGACYXYZ | E1LEGACYXYZ is Deployed, E2NEWQRS is Deployed",
            "remove the proof for a.foo.com from Z1FOO | the change is INSYNC",
        ],
        "the move API wants the distribution that a name leaves disabled, and the target serves (SW-13)"
    );
    assert_eq!((&plan.way_back, plan.point_of_no_return), (&vec![2, 1, 0], None));
    assert_eq!(plan.edits[3].inverse_once, None, "a swap needs no proof");
    assert!(told(&plan)[3].ends_with(" | Aliases"), "it is looked once more who serves: {}", told(&plan)[3]);
    assert!(plan.prediction.says.contains("nobody serves the name now"), "{}", plan.prediction.says);
}

#[test]
fn what_aws_has_moved_from_a_source_that_nobody_may_look_at_stays() {
    let plan = Setting { source: None, ..Setting::of(&["a.foo.com"]) }.plan(MOVE);
    assert_eq!(told(&plan)[1], "have AWS move a.foo.com to E2NEWQRS | E2NEWQRS is Deployed | Aliases");
    assert_eq!((plan.way_back, plan.point_of_no_return), (vec![2, 0], Some(1)), "(DT-11)");
    let netted = Setting { source: None, ..Setting::of(&["a.foo.com"]).with_wildcard() }.plan(MOVE);
    assert_eq!((netted.way_back, netted.point_of_no_return), (vec![5, 3, 1, 0], Some(2)), "the net moves every position by one");
}

#[test]
fn the_name_of_a_tenant_is_brought_back_by_aws_or_not_at_all() {
    let from_tenant = Setting { source: Some(tenant()), ..Setting::of(&["a.foo.com"]) };
    let to_tenant = Setting { target: tenant(), ..Setting::of(&["a.foo.com"]) };
    for setting in [from_tenant, to_tenant] {
        let stays = setting.plan(MOVE);
        assert_eq!((&stays.way_back, stays.point_of_no_return), (&vec![2, 0], Some(1)), "no other call takes a tenant's name (DT-12)");
        assert_eq!(stays.edits[1].inverse, stays.edits[1].edit.inverse(), "and never a swap");
        let returns = Setting { moves_back: true, ..setting }.plan(MOVE);
        assert_eq!((&returns.way_back, returns.point_of_no_return), (&vec![2, 3, 1, 0], None));
        assert_eq!(returns.edits[1].inverse, returns.edits[1].edit.inverse());
    }
}

#[test]
fn what_stood_at_the_proof_s_place_has_to_run_out_forth_and_back() {
    let plan = Setting { proof_ttl_seconds: Some(900), ..Setting::of(&["foo.com"]).within_one_account() }.plan(MOVE);
    let staged = "the change is INSYNC, every name server of the zone answers the proof, 900 s have passed since";
    assert!(told(&plan)[0].contains(staged), "somebody may have made CloudFront look: {}", told(&plan)[0]);
    assert!(told_back(&plan)[1].ends_with(staged), "{}", told_back(&plan)[1]);
}

#[test]
fn a_proof_that_others_stage_is_looked_for_once() {
    let plan = Setting::of(&["foo.com"]).within_one_account().with_dns_of_others().plan(MOVE);
    let seen = "every name server of the zone answers the proof";
    assert_eq!(told(&plan)[0], format!("ask whoever edits DNS to stage the proof for foo.com | {seen} | Target"));
    assert_eq!(
        told_back(&plan)[1],
        format!("ask whoever edits DNS to stage the proof for foo.com | {seen}, 60 s have passed since"),
        "the source's, in the place of the target's"
    );
}
