//! Claims: a look at both distributions has the last word on how a cutover ends, and one that is stuck says what is where and
//! what a person does next, in order.

use super::*;
use crate::ids::Place;
use crate::proof::{ProofSnapshot, Proves, quoted};
use crate::record_set::RecordsTo;
use crate::samples_of_progress::{
    Setting, WAITS, alias, aliases, at, at_stage, bridge, cname, last_event, moved, numbered, on_the_way_back, source, support, swap,
    target, zone,
};
use crate::strategy::Strategy;

/// Who lists what, and whether every record set is as it was read.
fn seen(source: Option<&[&str]>, target: Option<&[&str]>, record_sets_as_read: Option<bool>) -> Whereabouts {
    let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Whereabouts { source: source.map(list), target: target.map(list), record_sets_as_read, may_land: vec![] }
}

fn at_the_target() -> Whereabouts {
    seen(Some(&[]), Some(&["a.foo.com"]), Some(false))
}

fn at_the_source() -> Whereabouts {
    seen(Some(&["a.foo.com"]), Some(&[]), Some(true))
}

/// Every edit of the bridge is behind.
fn finished() -> Cutover {
    at_stage(bridge(), 5, Stage::Act)
}

/// Every inverse of the bridge is behind.
fn returned() -> Cutover {
    let mut document = on_the_way_back(bridge(), 5);
    document.progress.at = 5;
    document
}

fn concluded(mut document: Cutover, whereabouts: &Whereabouts) -> Cutover {
    document.concluded(at(9), whereabouts);
    document
}

fn outcome(document: Cutover, whereabouts: &Whereabouts) -> Option<Outcome> {
    concluded(document, whereabouts).outcome
}

#[test]
fn each_outcome_ends_the_story_with_its_word_and_what_it_means() {
    let mut refused = finished();
    refused.refusals.push(Refusal::new(Code::TargetFull, "the target is full", ""));
    let mut planned = bridge();
    planned.request.as_mut().unwrap().execute = false;
    let cases = [
        (refused, at_the_source(), Outcome::Refused, ("refused", "the target is full")),
        (planned, at_the_source(), Outcome::Planned, ("planned", "nothing was asked to be executed")),
        (finished(), at_the_target(), Outcome::Completed, ("completed", "a.foo.com on E2NEWQRS")),
        (returned(), at_the_source(), Outcome::RolledBack, ("rolledBack", "enough")),
    ];
    for (document, whereabouts, outcome, event) in cases {
        let document = concluded(document, &whereabouts);
        assert_eq!((document.outcome, document.stuck.as_ref()), (Some(outcome), None));
        assert_eq!(last_event(&document), event);
    }
    let mut unread = finished();
    unread.request = None;
    assert_eq!(outcome(unread, &at_the_target()), Some(Outcome::Planned), "what nobody asked to be executed was not");
}

#[test]
fn a_name_that_is_not_where_it_should_be_needs_a_person_whatever_the_steps_said() {
    let cases = [
        (finished(), seen(Some(&[]), Some(&["b.foo.com"]), None), "it is on neither"),
        (finished(), seen(Some(&["a.foo.com"]), Some(&["a.foo.com"]), None), "it is on both"),
        (finished(), at_the_source(), "it never left"),
        (finished(), seen(Some(&["a.foo.com"]), None, None), "the source has it, whatever the target lists"),
        (returned(), at_the_target(), "it never came back"),
        (returned(), seen(Some(&["a.foo.com"]), Some(&["a.foo.com"]), None), "the target has it still"),
    ];
    for (document, whereabouts, why) in cases {
        let document = concluded(document, &whereabouts);
        assert_eq!(document.outcome, Some(Outcome::Stuck), "{why}");
        let cause = document.stuck.unwrap().cause;
        assert!(cause.starts_with("everything was carried out, and yet a.foo.com is not where it should be. "), "{why}: {cause}");
        assert_eq!(document.timeline.last().unwrap().what, "stuck");
    }
}

#[test]
fn a_net_that_is_still_there_at_the_end_needs_a_person_who_takes_it_down() {
    let with_net = |name| seen(Some(&[]), Some(&["a.foo.com", name]), None);
    let returned_to = |net| seen(Some(&["a.foo.com"]), Some(&[net]), Some(true));
    for (document, whereabouts) in [(finished(), with_net("*.foo.com")), (returned(), returned_to("*.foo.com"))] {
        let document = concluded(document, &whereabouts);
        let stuck = document.stuck.unwrap();
        assert!(stuck.cause.starts_with("everything was carried out, and yet *.foo.com is not where it should be. "), "{}", stuck.cause);
        assert_eq!(stuck.next_moves, ["remove *.foo.com from E2NEWQRS: this cutover has put it there, and needs it no more"]);
    }
    assert_eq!(outcome(finished(), &with_net("*.bar.com")), Some(Outcome::Completed), "the target has had that one before");
    assert_eq!(outcome(returned(), &returned_to("*.bar.com")), Some(Outcome::RolledBack));
    let mut not_begun = returned();
    (not_begun.progress.begun, not_begun.progress.at) = (0, 0);
    assert_eq!(outcome(not_begun, &returned_to("*.foo.com")), Some(Outcome::RolledBack), "somebody else has put it there");
    let mut both = returned();
    both.progress.left_alone = Some("a.foo.com".to_owned());
    let moves = concluded(both, &returned_to("*.foo.com")).stuck.unwrap().next_moves;
    assert!(moves[0].starts_with("find out who changed what"), "{moves:?}");
}

#[test]
fn whoever_puts_right_what_is_stuck_first_waits_for_what_may_still_land() {
    let until: Timestamp = "2026-12-01T03:15:00Z".parse().unwrap();
    let lands = Whereabouts { may_land: vec![(until, "cloudfront:UpdateDistribution E1: -a.foo.com".to_owned())], ..at_the_target() };
    let stuck = concluded(returned(), &lands).stuck.unwrap();
    let wait = "wait until 2026-12-01T03:15:00Z: cloudfront:UpdateDistribution E1: -a.foo.com may still take effect";
    assert_eq!(stuck.next_moves[0], wait);
    assert!(stuck.next_moves.len() > 1 && stuck.cause.contains(&format!("in this order: {wait}; then ")), "{stuck:?}");
    assert_eq!(outcome(returned(), &Whereabouts { may_land: lands.may_land, ..at_the_source() }), Some(Outcome::RolledBack));
}

#[test]
fn of_two_nets_that_are_still_there_each_is_named() {
    let mut document = returned();
    for planned in &mut document.plan {
        if let Edit::UpdateDistribution { add, .. } = &mut planned.edit
            && add.iter().any(Alias::is_wildcard)
        {
            add.push(alias("*.bar.com"));
        }
    }
    let moves = concluded(document, &seen(Some(&["a.foo.com"]), Some(&["*.foo.com", "*.bar.com"]), Some(true))).stuck.unwrap().next_moves;
    let named =
        ["*.bar.com", "*.foo.com"].map(|net| format!("remove {net} from E2NEWQRS: this cutover has put it there, and needs it no more"));
    assert_eq!(moves, named);
}

#[test]
fn every_name_of_several_has_to_be_where_it_should_be() {
    let finished =
        || at_stage(Setting::of(&["a.foo.com", "b.foo.com"]).with_wildcard().document(Some(Strategy::WildcardBridge)), 5, Stage::Act);
    assert_eq!(outcome(finished(), &seen(Some(&[]), Some(&["a.foo.com", "b.foo.com"]), None)), Some(Outcome::Completed));
    assert_eq!(outcome(finished(), &seen(Some(&[]), Some(&["a.foo.com"]), None)), Some(Outcome::Stuck));
    assert_eq!(outcome(finished(), &seen(Some(&["b.foo.com"]), Some(&["a.foo.com", "b.foo.com"]), None)), Some(Outcome::Stuck));
}

#[test]
fn what_could_go_neither_way_is_rolled_back_only_where_everything_was_seen_to_be_as_before() {
    let stuck = || {
        let mut document = on_the_way_back(bridge(), 1);
        document.progress.stuck_because = Some("a role is missing".to_owned());
        document
    };
    assert_eq!(outcome(stuck(), &at_the_source()), Some(Outcome::RolledBack), "nothing was left to take back");
    let beside = seen(Some(&["a.foo.com", "z.foo.com"]), Some(&["b.foo.com"]), Some(true));
    assert_eq!(outcome(stuck(), &beside), Some(Outcome::RolledBack), "other names are nobody's concern");
    let cases = [
        (seen(Some(&["a.foo.com"]), Some(&["*.foo.com"]), Some(true)), "the wildcard is left on the target"),
        (seen(Some(&["a.foo.com"]), Some(&["a.foo.com"]), Some(true)), "the target has the name too"),
        (seen(Some(&["z.foo.com"]), Some(&[]), Some(true)), "the source lacks it"),
        (seen(Some(&["a.foo.com"]), Some(&[]), Some(false)), "a record set leads elsewhere"),
        (seen(Some(&["a.foo.com"]), Some(&[]), None), "the record sets could not be seen"),
        (seen(None, Some(&[]), Some(true)), "the source could not be seen"),
        (seen(Some(&["a.foo.com"]), None, Some(true)), "the target could not be seen"),
    ];
    for (whereabouts, why) in cases {
        let document = concluded(stuck(), &whereabouts);
        assert_eq!(document.outcome, Some(Outcome::Stuck), "{why}");
        assert!(document.stuck.unwrap().cause.starts_with("a role is missing. Turned round because: enough. "), "{why}");
    }
}

#[test]
fn a_wait_of_the_way_back_that_was_in_vain_has_not_brought_everything_back_whatever_the_lists_say() {
    let in_vain = |mut document: Cutover| {
        document.progress.stage = WAITS;
        document.progress.stuck_because = Some("not settled".to_owned());
        outcome(document, &at_the_source())
    };
    assert_eq!(in_vain(on_the_way_back(bridge(), 1)), Some(Outcome::Stuck), "what they list may not be at the edge yet");
    assert_eq!(in_vain(at_stage(bridge(), 0, WAITS)), Some(Outcome::RolledBack), "forward nothing has left the source");
}

#[test]
fn record_sets_that_were_left_alone_are_a_person_s_to_judge() {
    let mut document = returned();
    document.progress.left_alone = Some("a.foo.com".to_owned());
    let document = concluded(document, &at_the_source());
    assert_eq!(document.outcome, Some(Outcome::Stuck));
    assert!(document.stuck.unwrap().cause.starts_with("the record sets of a.foo.com were changed by somebody else and left alone"));
}

#[test]
fn where_each_name_was_seen_last_is_said_of_each() {
    let said = |whereabouts: &Whereabouts| finished().describe_stuck(whereabouts).seen;
    let neither = "a.foo.com is on neither distribution: nobody serves it, unless a wildcard does";
    let cases = [
        (at_the_source(), "a.foo.com is on the source E1LEGACYXYZ"),
        (at_the_target(), "a.foo.com is on the target E2NEWQRS"),
        (seen(Some(&[]), Some(&["b.foo.com"]), None), neither),
        (seen(Some(&[]), None, None), "where a.foo.com is could not be seen"),
        (seen(None, Some(&[]), None), "where a.foo.com is could not be seen"),
        (seen(None, None, None), "where a.foo.com is could not be seen"),
        (seen(None, Some(&["a.foo.com"]), None), "a.foo.com is on the target E2NEWQRS"),
    ];
    for (whereabouts, wanted) in cases {
        assert_eq!(said(&whereabouts), [wanted]);
    }
}

#[test]
fn the_cause_says_why_what_was_seen_and_what_comes_next_by_hand() {
    let mut document = on_the_way_back(bridge(), 3);
    document.progress.stuck_because = Some("AccessDenied".to_owned());
    let stuck = document.describe_stuck(&seen(Some(&[]), Some(&[]), None));
    let next = "set in Z1FOO: a.foo.com CNAME xyz.cloudfront.net (TTL 300), and wait until the change is INSYNC and 300 s have passed since; \
                then add a.foo.com to E1LEGACYXYZ";
    assert!(
        stuck.cause.starts_with("AccessDenied. Turned round because: enough. Seen: a.foo.com is on neither distribution"),
        "{}",
        stuck.cause
    );
    assert!(stuck.cause.contains(&format!("Next by hand, in this order: {next}")), "{}", stuck.cause);
    let mut several = at_stage(Setting::of(&["a.foo.com", "b.foo.com"]).document(Some(Strategy::Swap)), 2, Stage::Act);
    several.progress.stuck_because = Some("enough".to_owned());
    let cause = several.describe_stuck(&at_the_source()).cause;
    assert!(cause.contains("Seen: a.foo.com is on the source E1LEGACYXYZ and 1 more."), "{cause}");
    assert!(!cause.contains("Turned round"), "it never was: {cause}");
}

#[test]
fn what_is_left_of_the_way_back_is_done_by_hand_in_its_order() {
    let mut document = on_the_way_back(bridge(), 3);
    let all = [
        "set in Z1FOO: a.foo.com CNAME xyz.cloudfront.net (TTL 300), and wait until the change is INSYNC and 300 s have passed since",
        "add a.foo.com to E1LEGACYXYZ, and wait until E1LEGACYXYZ is Deployed",
        "remove *.foo.com from E2NEWQRS, and wait until E2NEWQRS is Deployed",
    ];
    for at in 0..all.len() {
        document.progress.at = at;
        assert_eq!(document.moves_by_hand(), all[at..], "DNS first, the wildcard last");
    }
    document.progress.at = all.len();
    assert_eq!(
        document.moves_by_hand(),
        ["find out who changed what, and put a.foo.com where it belongs: nothing of the way back is left"]
    );
}

#[test]
fn where_others_are_waited_for_or_nothing_leads_back_the_rest_of_the_plan_is_done_by_hand() {
    let told = |mut document: Cutover| {
        document.plan[3].after = "no TXT at _a.foo.com".to_owned();
        document.plan[2].after = "a.foo.com leads to the target".to_owned();
        document.asked = ["one", "two", "three", "four", "five"].map(str::to_owned).to_vec();
        document.moves_by_hand()
    };
    let asked = ["one", "two", "three", "four"];
    let dns = "see that the record sets of a.foo.com lead to the target";
    let point = "point a.foo.com in Z1FOO at the target, so that: a.foo.com leads to the target";
    let remove = "remove the proof for a.foo.com from Z1FOO, so that: no TXT at _a.foo.com";
    let waits = told(at_stage(support(), 2, WAITS));
    assert_eq!(waits, [&[dns, remove][..], &asked].concat(), "its edit was carried out, and may not have taken");
    let acts = told(at_stage(support(), 2, Stage::Act));
    assert_eq!(acts, [&[point, remove][..], &asked].concat(), "beyond the point of no return");
    let proves = told(at_stage(support(), 2, Stage::Prove));
    assert_eq!(proves, [&[dns, remove][..], &asked].concat(), "an edit that is to be proved was carried out");
    let mut swapping = at_stage(bridge(), 3, WAITS);
    swapping.plan[4].after = "E2NEWQRS lists a.foo.com".to_owned();
    assert_eq!(
        swapping.moves_by_hand(),
        [dns, "remove *.foo.com from E2NEWQRS, so that: E2NEWQRS lists a.foo.com"],
        "what is waited for is carried out, with or without a way back"
    );
}

#[test]
fn where_somebody_took_the_name_again_it_is_found_out_who_and_added_again() {
    let again = ["find out who changed what, and add a.foo.com to E2NEWQRS again: DNS leads there"];
    assert_eq!(finished().moves_by_hand(), again);
    assert_eq!(at_stage(support(), 0, Stage::Act).moves_by_hand().len(), 1, "before the point of no return there is a way back");
    assert_eq!(at_stage(swap(), 1, Stage::Act).moves_by_hand(), again);
}

#[test]
fn who_has_lost_its_claim_sends_a_person_to_who_has_it() {
    let mut document = at_stage(bridge(), 2, WAITS);
    document.progress.claim_lost = true;
    let moves = document.moves_by_hand();
    assert_eq!(moves.len(), 2);
    assert!(moves[0].starts_with("look at `cutover claims` and `cutover show`"), "{}", moves[0]);
    assert!(moves[1].ends_with("what was begun: 3 of 5 edits"), "{}", moves[1]);
}

#[test]
fn each_inverse_is_told_as_a_person_carries_it_out() {
    let mut document = bridge();
    document.proofs = vec![
        ProofSnapshot { name: "_a.foo.com".to_owned(), ttl: None, values: vec![] },
        ProofSnapshot { name: "_b.foo.com".to_owned(), ttl: None, values: vec![quoted("one"), quoted("two")] },
    ];
    let (zone, names) = (zone(), aliases(&["a.foo.com"]));
    let Place { account, distribution } = source();
    let cases = [
        (Edit::SetEnabled { account: account.clone(), distribution: distribution.clone(), enabled: true }, "enable E1LEGACYXYZ"),
        (Edit::UpdateDistribution { account, distribution, add: names.clone(), remove: vec![] }, "add a.foo.com to E1LEGACYXYZ"),
        (
            Edit::SwapAliases { aliases: names.clone(), from: target(), to: source() },
            "remove a.foo.com from E2NEWQRS if it is there, then add a.foo.com to E1LEGACYXYZ",
        ),
        (
            Edit::UpdateDomainAssociation { aliases: names.clone(), from: Some(target()), to: source() },
            "move a.foo.com from E2NEWQRS to E1LEGACYXYZ with update-domain-association where it is on E2NEWQRS, or add a.foo.com to \
             E1LEGACYXYZ where it is on neither",
        ),
        (
            Edit::UpdateDomainAssociation { aliases: names.clone(), from: None, to: target() },
            "have AWS move a.foo.com to E2NEWQRS with update-domain-association where it is on the source, or add a.foo.com to E2NEWQRS \
             where it is on neither",
        ),
        (
            Edit::ChangeProofs { account: zone.account, hosted_zone: zone.hosted_zone, of: "a.foo.com".to_owned(), proves: Proves::Nobody },
            "remove the proof for a.foo.com from Z1FOO (before the cutover: no TXT at _a.foo.com, _b.foo.com TXT \"one\" \"two\")",
        ),
        (Edit::AskForRecordSets { aliases: names, to: RecordsTo::AsRead }, "set in Z1FOO: a.foo.com CNAME xyz.cloudfront.net (TTL 300)"),
    ];
    for (edit, wanted) in cases {
        assert_eq!(document.by_hand(&edit), wanted);
    }
}

#[test]
fn of_many_record_sets_four_are_written_out_and_the_rest_said_to_be_alike() {
    let by_hand = |count: usize| {
        let mut document = bridge();
        let sets = vec![cname("xyz.cloudfront.net", 60)];
        document.snapshot = numbered(count).into_iter().map(|name| crate::document::NameSnapshot { name, sets: sets.clone() }).collect();
        document.request.as_mut().unwrap().dns = None;
        document.by_hand(&Edit::AskForRecordSets { aliases: numbered(count), to: RecordsTo::AsRead })
    };
    let set = |number: usize| format!("a{number}.foo.com CNAME xyz.cloudfront.net (TTL 60)");
    let four = format!("set in DNS: {}, {}, {}, {}", set(0), set(1), set(2), set(3));
    assert_eq!(by_hand(1), format!("set in DNS: {}", set(0)));
    assert_eq!(by_hand(4), four);
    assert_eq!(by_hand(6), format!("{four} and the other names likewise"));
}

/// Everything was put back after AWS refused the move.
fn refused_by_aws(next_legal: Vec<NextLegal>) -> Cutover {
    let mut document = on_the_way_back(moved(&["a.foo.com", "foo.com"]), 2);
    document.progress.at = 9;
    document.progress.move_refused = Some("IllegalUpdate".to_owned());
    document.next_legal = next_legal;
    concluded(document, &seen(Some(&["a.foo.com", "foo.com"]), Some(&[]), Some(true)))
}

#[test]
fn where_aws_refused_the_move_the_request_for_what_is_legal_next_is_ready_to_send() {
    let document = refused_by_aws(vec![NextLegal { strategy: Strategy::Swap, aliases: vec![] }]);
    assert_eq!(document.outcome, Some(Outcome::RolledBack), "that it was refused by AWS is no refusal of the cutover");
    assert_eq!(document.refusals.len(), 1);
    let refusal = &document.refusals[0];
    assert_eq!(refusal.code, Code::MoveRefused);
    assert!(refusal.message.ends_with("everything is as it was: IllegalUpdate"), "{}", refusal.message);
    assert!(refusal.remedy.contains("send the ready request"), "{}", refusal.remedy);
    assert_eq!(refusal.requests.len(), 1);
    let ready = Request::parse(&refusal.requests[0]).unwrap();
    assert_eq!(ready.aliases, aliases(&["a.foo.com", "foo.com"]), "all of the request");
    assert_eq!((ready.strategy, ready.accept_outage, ready.execute), (Some(Strategy::Swap), true, true));
}

#[test]
fn where_the_names_need_several_strategies_next_each_has_its_request() {
    let document = refused_by_aws(vec![
        NextLegal { strategy: Strategy::WildcardBridge, aliases: vec![alias("a.foo.com")] },
        NextLegal { strategy: Strategy::Swap, aliases: vec![alias("foo.com")] },
    ]);
    let ready: Vec<_> = document.refusals[0].requests.iter().map(|ready| Request::parse(ready).unwrap()).collect();
    let told: Vec<_> = ready.iter().map(|ready| (ready.strategy.unwrap(), ready.aliases.clone(), ready.accept_outage)).collect();
    assert_eq!(
        told,
        [(Strategy::WildcardBridge, vec![alias("a.foo.com")], false), (Strategy::Swap, vec![alias("foo.com")], true)],
        "and only the swap says yes to an outage"
    );
}

#[test]
fn where_nothing_else_is_legal_the_case_goes_to_aws_support() {
    let document = refused_by_aws(vec![]);
    assert!(document.refusals[0].requests.is_empty());
    assert!(document.refusals[0].remedy.contains("a case for AWS Support"), "{}", document.refusals[0].remedy);
}
