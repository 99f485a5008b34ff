//! Once a strategy is chosen, what it may cost and what else it touches is said: each note where it is true, and nowhere else.

mod swap;

use super::*;
use crate::facts::{HiddenService, ProofFacts};
use crate::record_set::RecordSet;
use crate::request::{Dns, External};
use crate::samples_of_facts::{
    SOURCE, across_accounts, alias, aliases, but, cname, codes, facts, fill_target, set, texts, unreachable, within_one_account,
};

const A: &str = "a.foo.com";
const B: &str = "b.foo.com";
const APEX: &str = "foo.com";
const WILDCARD: &str = "*.foo.com";

/// TXT values as Route 53 has them: the proofs of the source and of the target, and one that proves nothing.
const OF_SOURCE: &str = "\"xyz.cloudfront.net\"";
const OF_TARGET: &str = "\"qrs.cloudfront.net\"";
const OF_OTHERS: &str = "\"v=spf1 -all\"";

/// The notes where `strategy` moves all that the request asks for.
fn noted(strategy: Strategy, request: &Request, facts: &Facts) -> Vec<Finding> {
    of(&chosen(Some(strategy), &request.aliases), request, facts)
}

fn chosen(strategy: Option<Strategy>, moving: &[Alias]) -> Chosen<'_> {
    Chosen { strategy, moving, wildcards: &[], names_first: &[], ttl_seconds: 300, lowers_ttl: false, meanwhile: None }
}

fn found(notes: &[Finding], code: Code) -> Option<&Finding> {
    let mut found = notes.iter().filter(|note| note.code == code);
    let first = found.next();
    assert!(found.next().is_none(), "{code:?} is said once: {notes:?}");
    first
}

/// What is seen under `code`, which is a note.
fn seen(notes: &[Finding], code: Code) -> Option<&str> {
    found(notes, code).map(|note| {
        assert_eq!(note.severity, NOTE, "{note:?}");
        note.seen.as_str()
    })
}

#[test]
fn a_choice_of_which_there_is_nothing_to_say_has_no_notes() {
    let (names, across, within) = (aliases(&[A]), across_accounts(&[A]), within_one_account(&[A]));
    assert_eq!(noted(Strategy::MoveDomain, &within, &facts(&[A])), []);
    for strategy in [Strategy::WildcardBridge, Strategy::Swap, Strategy::DisableAndMove] {
        assert_eq!(noted(strategy, &across, &facts(&[A])), [], "{strategy:?}");
    }
    assert_eq!(of(&chosen(None, &names), &across, &facts(&[A])), []);
}

#[test]
fn a_move_without_a_net_says_which_name_falls_and_why_while_viewers_are_there_to_fall() {
    let apex = within_one_account(&[A, APEX]);
    let notes = noted(Strategy::MoveDomain, &apex, &facts(&[A, APEX]));
    let text = seen(&notes, Code::NoSafetyNet).unwrap();
    assert!(text.contains("catches foo.com while AWS moves it") && text.contains("CF-4"), "{text}");
    let net = |change: &dyn Fn(&mut Facts)| {
        let notes = noted(Strategy::MoveDomain, &apex, &but(facts(&[A, APEX]), change));
        found(&notes, Code::NoSafetyNet).is_none()
    };
    assert!(net(&|facts| facts.source.enabled = false), "a disabled source serves nobody who could fall (CF-7)");
    assert!(net(&|facts| facts.source.reach = unreachable()), "whom that serves cannot be seen");
    let full = noted(Strategy::MoveDomain, &within_one_account(&[A]), &but(facts(&[A]), |facts| fill_target(facts, 99)));
    assert!(seen(&full, Code::NoSafetyNet).unwrap().contains("no room"), "{full:?}");
}

/// The notes on proofs where these values stand at the name of the proof of `a.foo.com`.
fn beside(strategy: Strategy, values: &[&str]) -> Vec<(Code, Severity)> {
    let standing = RecordSet { values: texts(values), ..set("TXT", 300, "") };
    let proof = ProofFacts { name: "_a.foo.com".to_owned(), sets: vec![cname("unread.example.com"), standing] };
    let facts = but(facts(&[A]), |facts| facts.proofs = [(alias(A), proof)].into());
    let request = if strategy == Strategy::MoveDomain { within_one_account(&[A]) } else { across_accounts(&[A]) };
    let notes = noted(strategy, &request, &facts);
    let of_proofs = notes.iter().filter(|note| [Code::ProofAlreadyThere, Code::ProofShared].contains(&note.code));
    of_proofs.inspect(|note| assert!(note.seen.starts_with("_a.foo.com"), "{note:?}")).map(|note| (note.code, note.severity)).collect()
}

#[test]
fn values_that_stand_where_a_proof_will_are_noted_as_ours_or_as_somebodys() {
    let (there, shared) = ((Code::ProofAlreadyThere, NOTE), (Code::ProofShared, NOTE));
    for strategy in [Strategy::MoveDomain, Strategy::SupportCase] {
        assert_eq!(beside(strategy, &[OF_TARGET]), [there], "{strategy:?}");
        assert_eq!(beside(strategy, &[OF_SOURCE]), [there], "{strategy:?}: the source's proof is one too");
        assert_eq!(beside(strategy, &[OF_OTHERS]), [shared], "{strategy:?}: whether it is accepted then nobody has said (TXT-8)");
        assert_eq!(beside(strategy, &[OF_OTHERS, OF_TARGET]), [there, shared], "{strategy:?}");
        assert_eq!(beside(strategy, &[]), [], "{strategy:?}");
    }
    for strategy in [Strategy::WildcardBridge, Strategy::Swap] {
        assert_eq!(beside(strategy, &[OF_OTHERS, OF_TARGET]), [], "{strategy:?} needs no proof");
    }
}

#[test]
fn while_the_source_is_disabled_a_shared_proof_is_worth_a_yes() {
    let expected = [(Code::ProofAlreadyThere, NOTE), (Code::ProofShared, Severity::NeedsYes)];
    assert_eq!(beside(Strategy::DisableAndMove, &[OF_OTHERS, OF_TARGET]), expected, "all that it serves is out until it is accepted");
}

#[test]
fn that_aws_moves_names_one_by_one_is_noted_from_the_second_on() {
    let moving = |strategy: Strategy, names: &[&str]| {
        let request = if strategy == Strategy::MoveDomain { within_one_account(names) } else { across_accounts(names) };
        seen(&noted(strategy, &request, &facts(names)), Code::MovesOneByOne).map(str::to_owned)
    };
    for strategy in [Strategy::MoveDomain, Strategy::DisableAndMove] {
        assert_eq!(moving(strategy, &[A]), None, "{strategy:?}");
        assert_eq!(moving(strategy, &[A, B]).as_deref(), Some("AWS moves 2 names one by one"), "{strategy:?}");
        assert_eq!(moving(strategy, &[A, B, "c.foo.com"]).as_deref(), Some("AWS moves 3 names one by one"), "{strategy:?}");
    }
    assert_eq!(moving(Strategy::WildcardBridge, &[A, B]), None, "a bridge moves all at once");
}

#[test]
fn what_else_goes_down_with_a_disabled_source_needs_a_yes_of_its_own() {
    let disabling = |others: &[&str]| {
        let facts = but(facts(&[A]), |facts| facts.source.aliases.extend(texts(others)));
        let notes = noted(Strategy::DisableAndMove, &across_accounts(&[A]), &facts);
        found(&notes, Code::SourceServesOthers).map(|note| (note.severity, note.seen.clone()))
    };
    let yes = |seen: &str| Some((Severity::NeedsYes, seen.to_owned()));
    assert_eq!(disabling(&[]), None, "nothing but what moves");
    assert_eq!(disabling(&[B]), yes("E1LEGACYXYZ also serves b.foo.com"), "(CF-7)");
    assert_eq!(disabling(&[B, "c.foo.com", "d.foo.com"]), yes("E1LEGACYXYZ also serves b.foo.com and 2 more"));
}

#[test]
fn what_the_source_keeps_is_noted_where_it_is_ours_and_something_moves() {
    let kept = |strategy: Option<Strategy>, moving: &[&str], change: &dyn Fn(&mut Facts)| {
        let notes = of(&chosen(strategy, &aliases(moving)), &across_accounts(&[A]), &but(facts(&[A]), change));
        seen(&notes, Code::SourceServesOthers).map(str::to_owned)
    };
    let bridge = Some(Strategy::WildcardBridge);
    let two = |facts: &mut Facts| facts.source.aliases.extend(texts(&[B, "c.foo.com"]));
    assert_eq!(kept(bridge, &[A], &two).as_deref(), Some("E1LEGACYXYZ keeps 2 aliases that do not move"));
    assert_eq!(kept(bridge, &[A], &|_| {}), None);
    assert_eq!(kept(None, &[], &two), None, "only record sets move");
    let unreachable = |facts: &mut Facts| {
        two(facts);
        facts.source.reach = unreachable();
    };
    assert_eq!(kept(Some(Strategy::SupportCase), &[A], &unreachable), None, "what it holds beside the names is not known");
}

#[test]
fn what_a_bridges_wildcard_catches_besides_is_listed() {
    let catching = |also: &[&str]| {
        let facts = but(facts(&[A]), |facts| facts.wildcards.get_mut(&alias(WILDCARD)).unwrap().also_catches = texts(also));
        let (moving, wildcards) = (aliases(&[A]), aliases(&[WILDCARD]));
        let chosen = Chosen { wildcards: &wildcards, ..chosen(Some(Strategy::WildcardBridge), &moving) };
        seen(&of(&chosen, &across_accounts(&[A]), &facts), Code::WildcardCatches).map(str::to_owned)
    };
    assert_eq!(catching(&[]), None);
    let one = catching(&["old.foo.com"]).unwrap();
    assert!(one.contains("below *.foo.com: 1, old.foo.com") && !one.contains('…'), "{one}");
    let two = catching(&["old.foo.com", "older.foo.com"]).unwrap();
    assert!(two.contains("below *.foo.com: 2, old.foo.com …"), "(WB-11): {two}");
}

#[test]
fn a_tenant_is_noted_on_either_side() {
    let tenant = |change: &dyn Fn(&mut Facts)| {
        let notes = noted(Strategy::MoveDomain, &within_one_account(&[A]), &but(facts(&[A]), change));
        seen(&notes, Code::TenantSide).map(str::to_owned)
    };
    assert_eq!(tenant(&|_| {}), None);
    assert_eq!(tenant(&|facts| facts.source.tenant = true).as_deref(), Some("E1LEGACYXYZ is a distribution tenant"));
    assert_eq!(tenant(&|facts| facts.target.tenant = true).as_deref(), Some("E2NEWQRS is a distribution tenant"));
}

#[test]
fn others_who_have_to_act_are_announced() {
    let case = but(facts(&[A]), |facts| facts.source.reach = unreachable());
    let notes = noted(Strategy::SupportCase, &across_accounts(&[A]), &case);
    assert_eq!(seen(&notes, Code::CasePrepared), Some("E1LEGACYXYZ of account 000000000001 is not ours to change"));
    let service = but(facts(&[A]), |facts| facts.source.reach = crate::facts::Reach::Service(HiddenService::Amplify));
    let notes = noted(Strategy::ReleaseService, &across_accounts(&[A]), &service);
    assert_eq!(codes(&notes), [Code::HiddenOwner]);
    assert!(seen(&notes, Code::HiddenOwner).unwrap().contains("a.foo.com is on E1LEGACYXYZ in an account of AWS"), "{notes:?}");
}

#[test]
fn dns_that_somebody_else_edits_is_noted_and_for_a_swap_that_nobody_bridges_needs_a_yes() {
    let moving = aliases(&[A]);
    let weight = |strategy: Strategy, meanwhile: Option<&str>, external: bool| {
        let request = but(across_accounts(&[A]), |request| {
            if external {
                request.dns = Some(Dns::External(External::External));
            }
        });
        let notes = of(&Chosen { meanwhile, ..chosen(Some(strategy), &moving) }, &request, &facts(&[A]));
        found(&notes, Code::DnsExternal).map(|note| note.severity)
    };
    assert_eq!(weight(Strategy::Swap, None, true), Some(Severity::NeedsYes), "the way back waits for somebody (SW-11)");
    assert_eq!(weight(Strategy::Swap, Some("the source's own *.foo.com"), true), Some(NOTE), "somebody serves until then");
    assert_eq!(weight(Strategy::WildcardBridge, None, true), Some(NOTE), "the wildcard serves until then");
    assert_eq!(weight(Strategy::Swap, None, false), None);
}
