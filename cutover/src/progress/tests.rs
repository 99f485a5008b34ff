//! Claims: at every place the document knows which edit is at hand, what it waits for, what is to be proved and which step comes
//! next. Carrying out, looking and turning round are claimed below.

mod acting;
mod looking;
mod turning;

use super::*;
use crate::document::Caught;
use crate::finding::{Code, Refusal};
use crate::registry::Token;
use crate::samples_of_progress::{
    Setting, WAITS, aliases, at, at_stage, bridge, moved, on_the_way_back, planned, source, swap, target, token,
};
use crate::strategy::Strategy;

#[test]
fn a_way_back_takes_back_what_was_begun_in_the_plan_s_order_and_nothing_else() {
    let wanted: [&[usize]; 6] = [&[], &[0], &[1, 0], &[1, 2, 0], &[1, 3, 2, 0], &[4, 1, 3, 2, 0]];
    for (begun, inverses) in wanted.into_iter().enumerate() {
        assert_eq!(on_the_way_back(bridge(), begun).inverses(), inverses, "{begun} edits of the bridge were begun");
    }
}

#[test]
fn an_inverse_that_is_due_with_another_edit_comes_as_soon_as_that_was_begun() {
    let wanted: [&[usize]; 4] = [&[], &[0], &[3, 1, 0], &[2, 3, 1, 0]];
    for (begun, inverses) in wanted.into_iter().enumerate() {
        let document = on_the_way_back(moved(&["foo.com"]), begun);
        assert_eq!(document.inverses(), inverses, "the source's proof before the names are moved back, {begun} begun");
    }
}

#[test]
fn a_place_is_labelled_by_its_edit_forth_and_by_its_inverse_back() {
    assert_eq!(at_stage(bridge(), 2, WAITS).label_now(), "3/5 remove a.foo.com from E1LEGACYXYZ");
    let mut document = on_the_way_back(bridge(), 3);
    assert_eq!(document.label_now(), "back 1/3 point a.foo.com in Z1FOO back where it was");
    document.progress.at = 1;
    assert_eq!(document.label_now(), "back 2/3 add a.foo.com to E1LEGACYXYZ");
    document.progress.at = 3;
    assert_eq!(document.label_now(), "nothing");
    assert_eq!(at_stage(bridge(), 5, Stage::Act).label_now(), "nothing");
}

#[test]
fn the_edit_at_hand_is_the_plan_s_forth_and_its_inverse_back() {
    let plan = bridge().plan;
    assert_eq!(at_stage(bridge(), 2, Stage::Act).edit_now(), Ok(&plan[2].edit));
    assert_eq!(on_the_way_back(bridge(), 3).edit_now(), Ok(&plan[1].inverse), "DNS first");
    assert_eq!(at_stage(bridge(), 5, Stage::Act).edit_now(), Err(IllegalMove("no edit is left".to_owned())));
}

fn in_sync() -> Settle {
    Settle::ChangeInSync { account: source().account }
}

fn ttl() -> Settle {
    Settle::TtlRunOut { seconds: 300 }
}

fn deployed(place: Place) -> Settle {
    Settle::DistributionDeployed { place }
}

#[test]
fn forward_waits_as_planned_and_back_without_a_soak() {
    let soaked = Settle::Soaked { seconds: 900 };
    assert_eq!(at_stage(swap(), 1, Stage::Act).settles_now(), [deployed(target()), deployed(source()), soaked]);
    let mut back = on_the_way_back(swap(), 2);
    back.progress.at = 1;
    assert_eq!(back.settles_now(), [deployed(target()), deployed(source())]);
    assert_eq!(at_stage(swap(), 2, Stage::Act).settles_now(), [], "nothing is left to wait for");
}

#[test]
fn only_a_swap_that_detached_and_never_attached_does_not_sit_out_the_ttl() {
    let back = |document: Cutover, begun: usize, attached: bool| {
        let mut document = on_the_way_back(document, begun);
        document.progress.attached = attached;
        document.settles_now()
    };
    assert_eq!(back(swap(), 2, false), [in_sync()], "nobody serves the name meanwhile");
    assert_eq!(back(swap(), 2, true), [in_sync(), ttl()], "the target serves it meanwhile");
    assert_eq!(back(swap(), 1, false), [in_sync(), ttl()], "the source serves it still");
    assert_eq!(back(bridge(), 3, false), [in_sync(), ttl()], "the wildcard serves it meanwhile");
    assert_eq!(at_stage(swap(), 0, Stage::Act).settles_now(), [in_sync(), ttl()], "and forward nothing is unserved");
}

#[test]
fn what_is_waited_for_is_known_only_while_it_is() {
    let document = at_stage(bridge(), 1, WAITS);
    assert_eq!(document.settling(), Ok((in_sync(), at(0))));
    let nothing = Err(IllegalMove("nothing is waited for".to_owned()));
    let mut acting = document;
    acting.progress.stage = Stage::Act;
    assert_eq!(acting.settling(), nothing, "a wait that is over");
    assert_eq!(bridge().settling(), nothing);
}

#[test]
fn what_is_to_be_proved_is_known_only_when_it_is_due() {
    assert_eq!(at_stage(bridge(), 0, Stage::Prove).proof_now(), Ok(Proof::Wildcard));
    assert_eq!(at_stage(bridge(), 3, Stage::Prove).proof_now(), Ok(Proof::Aliases));
    let nothing = Err(IllegalMove("nothing is to be proved".to_owned()));
    assert_eq!(at_stage(bridge(), 0, Stage::Act).proof_now(), nothing, "not yet");
    assert_eq!(at_stage(bridge(), 0, WAITS).proof_now(), nothing, "not before it has settled");
    assert_eq!(at_stage(bridge(), 1, Stage::Prove).proof_now(), nothing, "that edit proves nothing");
}

#[test]
fn the_wildcards_to_be_proved_are_those_that_join_or_those_above_the_names_that_dns_points() {
    let names = aliases(&["b.foo.com", "x.y.foo.com", "a.foo.com"]);
    let above = aliases(&["*.foo.com", "*.y.foo.com"]);
    let mut document = bridge();
    let mut wildcards = |edit: Edit| {
        document.plan[0] = planned(edit);
        document.wildcards_now()
    };
    let Place { account, distribution } = target();
    let update = |add: &[&str], remove: &[&str]| Edit::UpdateDistribution {
        account: account.clone(),
        distribution: distribution.clone(),
        add: aliases(add),
        remove: aliases(remove),
    };
    assert_eq!(wildcards(update(&["*.foo.com", "a.foo.com"], &[])), aliases(&["*.foo.com"]), "not the exact name");
    assert_eq!(wildcards(update(&[], &["*.foo.com"])), [], "not one that leaves");
    let to = crate::record_set::RecordsTo::Target;
    assert_eq!(wildcards(Edit::AskForRecordSets { aliases: names.clone(), to }), above, "each of them once");
    let zone = crate::samples_of_progress::zone();
    let ours = Edit::ChangeRecordSets { account: zone.account, hosted_zone: zone.hosted_zone, aliases: names.clone(), to };
    assert_eq!(wildcards(ours), above, "whoever edits DNS");
    assert_eq!(wildcards(Edit::AskForRelease { aliases: names }), []);
}

#[test]
fn a_swap_says_where_it_leaves_and_joins_and_no_other_edit_does() {
    assert_eq!(at_stage(swap(), 1, Stage::Act).swap_now(), Ok((aliases(&["a.foo.com"]), source(), target())));
    let mut back = on_the_way_back(swap(), 2);
    back.progress.at = 1;
    assert_eq!(back.swap_now(), Ok((aliases(&["a.foo.com"]), target(), source())), "and back the other way");
    let refused = bridge().swap_now().unwrap_err().to_string();
    assert!(refused.contains("the next edit is no swap: add *.foo.com to E2NEWQRS"), "{refused}");
    assert!(at_stage(swap(), 2, Stage::Act).swap_now().is_err());
}

#[test]
fn names_are_repointed_once_an_edit_has_begun_to_point_them_at_the_target() {
    let repointed = |mut document: Cutover, begun: usize| {
        document.progress.begun = begun;
        document.repointed()
    };
    assert_eq!([0, 1, 2, 5].map(|begun| repointed(bridge(), begun)), [false, false, true, true]);
    let lowered = || Setting { lowers_ttl: true, ..Setting::of(&["a.foo.com"]) }.document(Some(Strategy::Swap));
    assert_eq!([1, 2].map(|begun| repointed(lowered(), begun)), [false, true], "a lowered TTL points nothing");
    let nothing = || Setting { record_sets: vec![], ..Setting::of(&["a.foo.com"]) }.document(Some(Strategy::Swap));
    assert!(!repointed(nothing(), 2), "an edit without names points none");
}

#[test]
fn the_next_step_follows_from_the_place_alone() {
    let cases = [
        (at_stage(bridge(), 0, Stage::Act), Step::UpdateDistribution),
        (at_stage(bridge(), 1, Stage::Act), Step::ChangeRecordSets),
        (at_stage(bridge(), 1, WAITS), Step::CheckSettled),
        (at_stage(bridge(), 0, Stage::Prove), Step::Verify),
        (at_stage(bridge(), 5, Stage::Act), Step::Conclude),
        (at_stage(swap(), 1, Stage::Act), Step::SwapAliases),
        (on_the_way_back(bridge(), 3), Step::ChangeRecordSets),
        (on_the_way_back(bridge(), 0), Step::Conclude),
    ];
    for (mut document, next) in cases {
        document.next = Step::Preflight;
        document.point_next();
        assert_eq!(document.next, next, "at {} {:?}", document.progress.at, document.progress.stage);
    }
}

#[test]
fn no_edit_is_carried_out_unasked_refused_or_unclaimed() {
    let next = |change: fn(&mut Cutover)| {
        let mut document = bridge();
        change(&mut document);
        document.point_next();
        document.next
    };
    assert_eq!(next(|_| {}), Step::UpdateDistribution);
    assert_eq!(next(|document| document.request.as_mut().unwrap().execute = false), Step::Conclude, "a plan is the default");
    assert_eq!(next(|document| document.request = None), Step::Conclude);
    assert_eq!(next(|document| document.refusals.push(Refusal::new(Code::TargetFull, "", ""))), Step::Conclude);
    assert_eq!(next(|document| document.claim = None), Step::ClaimAliases);
    assert_eq!(next(|document| document.claim = Some(Token { confirmed: false, ..token() })), Step::ClaimAliases);
}

#[test]
fn a_person_is_told_what_was_caught_or_how_long_was_waited() {
    let mut document = at_stage(bridge(), 2, WAITS);
    document.looks = 239;
    assert_eq!(document.reason_to_turn(), "not settled after 239 looks");
    document.looks = 240;
    assert_eq!(document.reason_to_turn(), "not settled, for as long as that is waited for", "that may be 80 looks");
    document.error = Some(Caught { error: "AccessDenied".to_owned(), cause: "no role".to_owned() });
    assert_eq!(document.reason_to_turn(), "AccessDenied: no role");
}
