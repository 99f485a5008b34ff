//! A decision is a plan or a refusal, never both; its plan touches exactly the names that have to move, and its refusals say
//! what stops, and what only needs a yes.

mod extent;
mod yes;

use super::*;
use crate::facts::{Glance, HiddenService};
use crate::finding::Code;
use crate::plan::{Edit, Settle};
use crate::samples_of_facts::{
    SOURCE, TARGET, accepting_outage, across_accounts, alias, aliases, but, cname, codes, facts, set, texts, unreachable,
    within_one_account,
};

const A: &str = "a.foo.com";
const APEX: &str = "foo.com";
const WILDCARD: &str = "*.foo.com";

fn naming(strategy: Strategy, request: Request) -> Request {
    Request { strategy: Some(strategy), ..request }
}

fn plan(request: &Request, facts: &Facts) -> Plan {
    let decision = decide(request, facts);
    decision.plan.unwrap_or_else(|| panic!("{:?}", decision.refusals))
}

/// The plan's labels without their numbers.
fn steps(plan: &Plan) -> Vec<String> {
    plan.edits.iter().map(|planned| planned.edit.describe()).collect()
}

fn held_by_a_service(names: &[&str]) -> Facts {
    but(facts(names), |facts| facts.source.reach = Reach::Service(HiddenService::Amplify))
}

#[test]
fn a_bridge_is_planned_where_it_is_the_first_that_is_legal() {
    let decision = decide(&across_accounts(&[A]), &facts(&[A]));
    assert_eq!((decision.strategy, decision.refusals.len()), (Some(Strategy::WildcardBridge), 0));
    let earlier: Vec<Strategy> = decision.not_chosen.iter().map(|not| not.strategy).collect();
    assert_eq!(earlier, [Strategy::MoveDomain], "and why the earlier ones are not is said");
    assert!(decision.next_legal.is_empty(), "AWS is not asked to move anything, so it can refuse nothing (MV-4)");
    let plan = decision.plan.unwrap();
    let expected = [
        "add *.foo.com to E2NEWQRS",
        "point a.foo.com in Z1FOO at the target",
        "remove a.foo.com from E1LEGACYXYZ",
        "add a.foo.com to E2NEWQRS",
        "remove *.foo.com from E2NEWQRS",
    ];
    assert_eq!(steps(&plan), expected, "(WB-1 to WB-6)");
    assert!(plan.edits.iter().all(|planned| !planned.before.is_empty() && !planned.after.is_empty()), "each says what it changes");
    assert_eq!(plan.asked, texts(&[]), "nobody else has a part in it");
}

#[test]
fn what_stops_is_refused_with_all_that_was_found() {
    let stopped = but(facts(&[A]), |facts| {
        facts.target.enabled = false;
        facts.target.certificate.as_mut().unwrap().renewal_failed = true;
    });
    let decision = decide(&across_accounts(&[A]), &stopped);
    assert_eq!(codes(&decision.findings), [Code::TargetNotReady, Code::CertificateNotRenewed]);
    assert_eq!(decision.refusals.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::TargetNotReady]);
    assert!(decision.plan.is_none() && decision.strategy.is_none(), "nothing is planned that may not start");
}

#[test]
fn without_a_legal_strategy_the_findings_stay_and_one_refusal_says_why() {
    let noted = but(facts(&[APEX]), |facts| facts.target.certificate.as_mut().unwrap().renewal_failed = true);
    let decision = decide(&across_accounts(&[APEX]), &noted);
    assert_eq!(codes(&decision.findings), [Code::CertificateNotRenewed]);
    assert_eq!(decision.refusals.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::OutageNotAccepted]);
    assert!(decision.plan.is_none());
}

#[test]
fn where_everything_has_arrived_there_is_no_plan_and_that_is_no_refusal() {
    let arrived = but(facts(&[A]), |facts| {
        facts.source.aliases.clear();
        facts.target.aliases = texts(&[A]);
        facts.record_sets.insert(alias(A), vec![cname(TARGET)]);
    });
    let decision = decide(&across_accounts(&[A]), &arrived);
    assert_eq!(codes(&decision.findings), [Code::AliasAlreadyOnTarget], "it says so");
    assert!(decision.plan.is_none() && decision.refusals.is_empty() && decision.strategy.is_none(), "{decision:?}");
}

#[test]
fn names_alone_or_record_sets_alone_are_something_to_do() {
    let dns_only = but(facts(&[A]), |facts| {
        facts.source.aliases.clear();
        facts.target.aliases = texts(&[A]);
    });
    let decision = decide(&across_accounts(&[A]), &dns_only);
    assert_eq!((decision.strategy, decision.not_chosen.len()), (None, 0), "nothing changes hands, so no strategy is needed");
    assert_eq!(steps(&decision.plan.unwrap()), ["point a.foo.com in Z1FOO at the target"]);
    let bare_wildcard = plan(&across_accounts(&[WILDCARD]), &facts(&[WILDCARD]));
    assert!(steps(&bare_wildcard).contains(&"swap *.foo.com from E1LEGACYXYZ to E2NEWQRS".to_owned()), "{bare_wildcard:?}");
}

#[test]
fn of_several_names_only_those_on_the_source_change_hands() {
    let half = but(facts(&[A, "b.foo.com"]), |facts| {
        facts.source.aliases = texts(&[A]);
        facts.target.aliases = texts(&["b.foo.com"]);
    });
    let plan = plan(&across_accounts(&[A, "b.foo.com"]), &half);
    assert_eq!(steps(&plan)[1..3], ["point a.foo.com and 1 more in Z1FOO at the target", "remove a.foo.com from E1LEGACYXYZ"]);
}

/// Whether a swap lowers the TTL first, given the one that it meets.
fn lowers(strategy: Strategy, ttl: u32, change: impl FnOnce(&mut Request)) -> (bool, Vec<Code>) {
    let request = but(accepting_outage(across_accounts(&[A])), |request| {
        request.strategy = Some(strategy);
        request.accept.insert(Code::DnsExternal);
        change(request);
    });
    let decision = decide(&request, &but(facts(&[A]), |facts| facts.record_sets = [(alias(A), vec![set("CNAME", ttl, SOURCE)])].into()));
    let lowered = steps(decision.plan.as_ref().unwrap()).iter().any(|step| step.starts_with("lower the TTL"));
    (lowered, codes(&decision.findings))
}

#[test]
fn a_swap_lowers_a_long_ttl_that_it_can_change_and_no_other() {
    assert_eq!(lowers(Strategy::Swap, 301, |_| {}), (true, vec![Code::TtlLowered]), "or a way back would sit it out (SW-11)");
    assert_eq!(lowers(Strategy::Swap, 300, |_| {}), (false, vec![]));
    assert_eq!(lowers(Strategy::Swap, 60, |_| {}), (false, vec![]));
    assert_eq!(lowers(Strategy::WildcardBridge, 301, |_| {}), (false, vec![]), "a bridge has no gap to go back through");
    let external = |request: &mut Request| request.dns = Some(crate::request::Dns::External(crate::request::External::External));
    assert_eq!(lowers(Strategy::Swap, 301, external), (false, vec![Code::TtlLong, Code::DnsExternal]), "somebody else edits DNS");
}

#[test]
fn the_longest_ttl_of_all_record_sets_is_waited_out() {
    let names = [A, "b.foo.com"];
    let facts = but(facts(&names), |facts| {
        facts.record_sets.insert(alias(A), vec![set("CNAME", 900, SOURCE)]);
        facts.record_sets.insert(alias("b.foo.com"), vec![set("CNAME", 600, SOURCE)]);
    });
    let plan = plan(&across_accounts(&names), &facts);
    let waits: Vec<&Settle> = plan.edits.iter().flat_map(|planned| &planned.settle).filter(|settle| settle.seconds().is_some()).collect();
    assert!(waits.contains(&&Settle::TtlRunOut { seconds: 900 }), "{waits:?}");
}

fn behind_its_wildcard(names: &[&str]) -> Facts {
    but(facts(names), |facts| facts.source.aliases.push(WILDCARD.to_owned()))
}

#[test]
fn the_sources_own_wildcard_that_serves_meanwhile_is_named() {
    let decision = decide(&naming(Strategy::Swap, across_accounts(&[A])), &behind_its_wildcard(&[A]));
    let served = decision.findings.iter().find(|finding| finding.code == Code::ServedByWildcard).unwrap();
    assert!(served.seen.starts_with("the source's own *.foo.com catches a.foo.com"), "{served:?}");
    assert_eq!(decision.plan.unwrap().prediction.outage_seconds_worst, 0, "its content, but no error (DT-7)");

    let deeper = ["a.b.foo.com", "foo.com"];
    let half = but(behind_its_wildcard(&deeper), |facts| {
        facts.source.certificate.as_mut().unwrap().names.push("a.b.foo.com".to_owned());
        facts.target.certificate.as_mut().unwrap().names.push("a.b.foo.com".to_owned());
    });
    let decision = decide(&naming(Strategy::Swap, accepting_outage(across_accounts(&deeper))), &half);
    assert!(!codes(&decision.findings).contains(&Code::ServedByWildcard), "the apex is caught by nobody");
    assert!(decision.plan.unwrap().prediction.outage_seconds_worst > 0, "and so the outage is predicted");
}

/// The inverse of the call by which AWS moves `a.foo.com`.
fn inverse_of_the_move(request: &Request, facts: &Facts) -> Edit {
    let moved = plan(request, facts).edits.into_iter().find(|planned| matches!(planned.edit, Edit::UpdateDomainAssociation { .. }));
    moved.unwrap().inverse
}

#[test]
fn aws_takes_a_name_back_only_within_one_account_and_only_to_a_source_that_serves() {
    let disabled = but(facts(&[A]), |facts| facts.source.enabled = false);
    let by_aws = |edit: Edit| matches!(edit, Edit::UpdateDomainAssociation { .. });
    assert!(by_aws(inverse_of_the_move(&within_one_account(&[A]), &facts(&[A]))));
    for request in [within_one_account(&[A]), across_accounts(&[A])] {
        let inverse = inverse_of_the_move(&request, &disabled);
        assert!(matches!(inverse, Edit::SwapAliases { .. }), "the move API would want the target disabled (SW-13): {inverse:?}");
    }
    let disabling = naming(Strategy::DisableAndMove, accepting_outage(across_accounts(&[A])));
    let inverse = inverse_of_the_move(&disabling, &facts(&[A]));
    assert!(matches!(inverse, Edit::SwapAliases { .. }), "{inverse:?}");
}

#[test]
fn the_ttl_of_a_txt_record_set_where_the_proof_will_be_is_waited_out() {
    let beside = |sets: Vec<RecordSet>| but(facts(&[A]), |facts| facts.proofs.get_mut(&alias(A)).unwrap().sets = sets);
    let txt = || set("TXT", 777, "\"x\"");
    let staged = |facts: &Facts| {
        let plan = plan(&within_one_account(&[A]), facts);
        let staged = plan.edits.into_iter().find(|planned| matches!(planned.edit, Edit::ChangeProofs { .. })).unwrap();
        staged.settle.contains(&Settle::TtlRunOut { seconds: 777 })
    };
    assert!(staged(&beside(vec![set("A", 60, "192.0.2.1"), txt()])), "CloudFront may have looked before (TXT-6)");
    assert!(!staged(&beside(vec![set("A", 777, "192.0.2.1")])), "another type is no answer to its question");
    let facts = beside(vec![set("A", 60, "192.0.2.1"), txt()]);
    assert_eq!(proof_set(&alias(A), &facts), Some(&txt()));
    assert_eq!(proof_set(&alias("b.foo.com"), &facts), None);
    assert_eq!(proof_set(&alias(A), &beside(vec![set("A", 60, "192.0.2.1")])), None);
}

#[test]
fn what_comes_next_is_kept_where_aws_may_refuse_the_move() {
    let moved = decide(&within_one_account(&[A]), &facts(&[A]));
    assert_eq!(moved.next_legal, [(Strategy::WildcardBridge, aliases(&[A]))], "(MV-4)");
    let disabling = naming(Strategy::DisableAndMove, accepting_outage(across_accounts(&[A])));
    assert_eq!(decide(&disabling, &facts(&[A])).next_legal, [(Strategy::WildcardBridge, aliases(&[A]))]);
}

#[test]
fn whoever_has_to_act_is_told_what_to_do() {
    let case = but(facts(&[A]), |facts| facts.source.reach = unreachable());
    let asked = plan(&across_accounts(&[A]), &case).asked;
    assert!(asked[0].starts_with("Please move a.foo.com to our CloudFront distribution E2NEWQRS"), "the case for AWS Support: {asked:?}");

    let service = but(held_by_a_service(&[A]), |facts| {
        "******200621".clone_into(&mut facts.source.account);
        facts.glance = Some(Glance::Unknown("nothing".to_owned()));
    });
    let asked = plan(&across_accounts(&[A]), &service).asked;
    assert!(
        asked[0].starts_with("not before Cutover says that it waits for the release"),
        "DNS has to lead to the target first: {asked:?}"
    );
    assert!(asked[1].starts_with("Amplify Hosting holds a.foo.com. observed: "), "with what gives the service away: {asked:?}");
    assert!(asked.iter().any(|line| line.contains("aws amplify")), "and its own steps: {asked:?}");

    assert_eq!(plan(&within_one_account(&[A]), &facts(&[A])).asked, texts(&[]), "where we act nobody is asked");
}

#[test]
fn a_source_that_cannot_be_looked_at_has_no_part_in_the_plan() {
    let case = but(facts(&[A]), |facts| facts.source.reach = unreachable());
    let unserved = but(case, |facts| facts.glance = Some(Glance::Unserved("403".to_owned())));
    let plan = plan(&across_accounts(&[A]), &unserved);
    assert!(steps(&plan).contains(&"have AWS move a.foo.com to E2NEWQRS".to_owned()), "{:?}", steps(&plan));
    assert!(plan.point_of_no_return.is_some(), "nothing of ours brings the name back there (DT-11)");
}
