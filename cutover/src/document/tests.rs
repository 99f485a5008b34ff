//! Claims: the document holds what the steps need and no more, names the plan that was agreed to, fits into Step Functions, and
//! keeps the beginning and the end of its story.

use super::*;
use crate::facts::{CertificateFacts, ProofFacts};
use crate::finding::Severity;
use crate::samples_of_progress::{
    SOURCE_NAME, Setting, TARGET_NAME, alias, aliases, at, blank, bridge, cname, execution, facts, last_event, numbered, request,
};

const BRIDGE: Option<Strategy> = Some(Strategy::WildcardBridge);

fn decision(strategy: Option<Strategy>) -> Decision {
    let plan = Setting::of(&["a.foo.com"]).with_wildcard().plan(strategy);
    Decision { strategy, plan: Some(plan), ..Decision::default() }
}

fn planned_by(facts: &Facts) -> Cutover {
    Cutover::planned(execution(), request(&aliases(&["a.foo.com"])), facts, decision(BRIDGE))
}

#[test]
fn an_execution_names_its_home_account_and_itself() {
    assert_eq!(execution().home_account().unwrap().as_str(), "000000000009");
    assert_eq!(execution().name(), "first");
    assert_eq!(execution().name_and_beginning(), "first-1796090400", "the same name may be used again after 90 days");
    let odd = Execution { id: "arn:aws:states:us-east-1:nobody:x".to_owned(), started_at: at(0) };
    assert_eq!(odd.home_account(), None);
}

#[test]
fn an_error_is_told_by_its_name_and_its_message() {
    let told = |cause: &str| Caught { error: "EditRefused".to_owned(), cause: cause.to_owned() }.describe();
    assert_eq!(told(r#"{"errorMessage": "the certificate is gone", "errorType": "EditRefused"}"#), "EditRefused: the certificate is gone");
    assert_eq!(told("timed out"), "EditRefused: timed out", "what is no function's error is told as it is");
    assert_eq!(told(r#"{"other": 1}"#), r#"EditRefused: {"other": 1}"#);
    assert!(told(&"x".repeat(1_000)).len() < 250, "and not at any length");
}

#[test]
fn what_is_refused_at_once_has_its_reason_and_nothing_to_do() {
    let refusal = Refusal::new(Code::MalformedRequest, "no aliases", "mend it");
    let document = Cutover::refused(execution(), None, refusal.clone());
    assert_eq!((document.version, document.execution.clone(), document.refusals.clone()), (VERSION, execution(), vec![refusal]));
    assert_eq!((document.next, document.plan.len(), document.outcome), (Step::Conclude, 0, None));
    assert_eq!((document.claim, document.endpoints, document.settled), (None, None, false));
}

#[test]
fn a_source_that_listed_more_than_its_first_quota_may_list_as_many_again() {
    let listing = |count: usize| {
        let mut facts = facts();
        facts.source.aliases = (0..count).map(|number| format!("n{number}.foo.com")).collect();
        planned_by(&facts).source_listed
    };
    assert_eq!((listing(100), listing(101)), (None, Some(101)));
}

#[test]
fn the_document_holds_what_the_steps_need_to_know_of_both_sides() {
    let mut facts = facts();
    facts.target.ipv6 = false;
    facts.source.certificate = Some(CertificateFacts { serial: "0a".to_owned(), ..CertificateFacts::default() });
    let document = planned_by(&facts);
    let source = Endpoint { domain_name: SOURCE_NAME.to_owned(), ipv6: true, certificate_serial: Some("0a".to_owned()) };
    let target = Endpoint { domain_name: TARGET_NAME.to_owned(), ipv6: false, certificate_serial: None };
    assert_eq!(document.endpoints, Some(Endpoints { source, target }));
    assert_eq!(document.snapshot, [NameSnapshot { name: alias("a.foo.com"), sets: vec![cname(SOURCE_NAME, 300)] }]);
    let plan = decision(BRIDGE).plan.unwrap();
    assert_eq!((&document.plan, &document.way_back), (&plan.edits, &plan.way_back));
    assert_eq!((document.strategy, document.prediction.as_ref()), (BRIDGE, Some(&plan.prediction)));
    assert_eq!(document.next, Step::ClaimAliases, "nothing is written before everything is claimed");
    assert_eq!(last_event(&document), ("wildcardBridge", plan.prediction.says.as_str()));
}

#[test]
fn a_plan_of_record_sets_alone_is_said_to_be_one() {
    let document = Cutover::planned(execution(), request(&aliases(&["a.foo.com"])), &facts(), decision(None));
    assert_eq!(last_event(&document), ("record sets only", "the names are on the target already"));
}

#[test]
fn a_plan_that_nobody_asked_to_be_executed_is_only_concluded() {
    let asked = Request { execute: false, ..request(&aliases(&["a.foo.com"])) };
    let document = Cutover::planned(execution(), asked, &facts(), decision(BRIDGE));
    assert_eq!((document.next, document.plan.len()), (Step::Conclude, 5));
}

#[test]
fn what_stood_at_a_proof_s_place_is_kept_of_the_names_that_aws_moves() {
    let mut facts = facts();
    let text = RecordSet { kind: "TXT".to_owned(), ..cname("\"token=1\"", 900) };
    let proofs = |sets: Vec<RecordSet>| ProofFacts { name: "_a.foo.com".to_owned(), sets };
    facts.proofs.insert(alias("a.foo.com"), proofs(vec![cname("x.example", 60), text]));
    let kept = |strategy: Strategy, facts: &Facts| {
        Cutover::planned(execution(), request(&aliases(&["a.foo.com"])), facts, decision(Some(strategy))).proofs
    };
    let wanted = ProofSnapshot { name: "_a.foo.com".to_owned(), ttl: Some(900), values: vec!["\"token=1\"".to_owned()] };
    for strategy in [Strategy::MoveDomain, Strategy::SupportCase] {
        assert_eq!(kept(strategy, &facts), std::slice::from_ref(&wanted), "{}", strategy.name());
    }
    assert_eq!(kept(Strategy::WildcardBridge, &facts), [], "a bridge needs no proof");
    facts.proofs.insert(alias("a.foo.com"), proofs(vec![]));
    let empty = ProofSnapshot { name: "_a.foo.com".to_owned(), ttl: None, values: vec![] };
    assert_eq!(kept(Strategy::MoveDomain, &facts), [empty], "nothing stood there, and nothing is to stand there afterwards");
}

#[test]
fn what_comes_next_is_kept_without_the_names_where_it_is_all_of_them() {
    let next = |groups: &[(Strategy, &[&str])]| {
        let next_legal = groups.iter().map(|(strategy, names)| (*strategy, aliases(names))).collect();
        let decision = Decision { next_legal, ..decision(Some(Strategy::MoveDomain)) };
        Cutover::planned(execution(), request(&aliases(&["a.foo.com", "foo.com"])), &facts(), decision).next_legal
    };
    let all = NextLegal { strategy: Strategy::Swap, aliases: vec![] };
    assert_eq!(next(&[(Strategy::Swap, &["a.foo.com", "foo.com"])]), [all]);
    let two = next(&[(Strategy::WildcardBridge, &["a.foo.com"]), (Strategy::Swap, &["foo.com"])]);
    assert_eq!(two.iter().map(|next| next.aliases.clone()).collect::<Vec<_>>(), [aliases(&["a.foo.com"]), aliases(&["foo.com"])]);
    assert_eq!(next(&[]), []);
}

#[test]
fn a_plan_hash_changes_with_whatever_the_plan_stands_on_and_with_nothing_else() {
    let hash = planned_by(&facts()).plan_hash;
    assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)), "{hash}");
    let mut later = facts();
    later.now = at(3_600);
    later.hosted_zone.caa = vec!["0 issue \"amazon.com\"".to_owned()];
    assert_eq!(planned_by(&later).plan_hash, hash, "the same plan an hour later");
    type Change = fn(&mut Facts);
    let changes: [(&str, Change); 5] = [
        ("a record set", |facts| drop(facts.record_sets.insert(alias("a.foo.com"), vec![cname(SOURCE_NAME, 60)]))),
        ("a setting", |facts| drop(facts.target.settings.insert("Comment".to_owned(), "other".to_owned()))),
        ("whether the source serves", |facts| facts.source.enabled = false),
        ("where viewers are sent", |facts| facts.target.domain_name = "new.cloudfront.net".to_owned()),
        ("the certificate", |facts| {
            facts.target.certificate = Some(CertificateFacts { serial: "0b".to_owned(), ..CertificateFacts::default() });
        }),
    ];
    for (what, change) in changes {
        let mut facts = facts();
        change(&mut facts);
        assert_ne!(planned_by(&facts).plan_hash, hash, "{what} differs");
    }
    let verify = crate::request::Expectation { path: "/other".to_owned(), status: None, header: [].into() };
    let proved_otherwise = Request { verify: Some(verify), ..request(&aliases(&["a.foo.com"])) };
    assert_ne!(Cutover::planned(execution(), proved_otherwise, &facts(), decision(BRIDGE)).plan_hash, hash, "what proves it differs");
}

#[test]
fn only_the_plan_that_was_agreed_to_is_started() {
    let agreed = |plan_hash: &str| {
        let request = Request { plan_hash: Some(plan_hash.to_owned()), ..request(&aliases(&["a.foo.com"])) };
        Cutover::planned(execution(), request, &facts(), decision(BRIDGE))
    };
    let hash = planned_by(&facts()).plan_hash;
    let same = agreed(&hash);
    assert_eq!((same.refusals.len(), same.plan.len(), same.next), (0, 5, Step::ClaimAliases));
    let other = agreed("00ff");
    assert_eq!((other.refusals.len(), other.plan.len(), other.next), (1, 0, Step::Conclude));
    assert_eq!(other.refusals[0].code, Code::PlanChanged);
    assert!(other.refusals[0].message.contains("00ff") && other.refusals[0].message.contains(&hash), "{}", other.refusals[0].message);
}

/// A document whose findings are so long that it begins with `bytes`.
fn of_size(names: &[Alias], bytes: usize) -> Cutover {
    let finding = |length: usize| Finding { seen: "x".repeat(length), ..Finding::new(Code::TtlLong, Severity::Note, "", "", "") };
    let with = |length: usize| {
        let decision = Decision { findings: vec![finding(length)], ..Decision::default() };
        Cutover::planned(execution(), request(names), &facts(), decision)
    };
    let base = with(0).bytes();
    with(bytes - base)
}

/// What planning may fill: a document of 64 KiB but for 20 KiB.
const BEGINS_WITH_MOST: usize = 45_056;

#[test]
fn a_document_that_leaves_no_room_for_its_story_is_refused_and_no_smaller_one() {
    let names = aliases(&["a.foo.com", "b.foo.com"]);
    for bytes in [BEGINS_WITH_MOST - 1, BEGINS_WITH_MOST] {
        let fits = of_size(&names, bytes);
        assert_eq!((fits.bytes(), fits.refusals.len()), (bytes, 0), "it fits");
    }
    let document = of_size(&names, BEGINS_WITH_MOST + 1);
    assert_eq!(document.refusals.len(), 1);
    assert_eq!(document.refusals[0].code, Code::RequestTooLarge);
    assert!(document.refusals[0].message.contains("with 45057 bytes; 45056 are the most (SFN-3)"), "{}", document.refusals[0].message);
    assert!(document.bytes() < 4_096, "and what was too large is not carried on");
    assert_eq!(document.next, Step::Conclude);
}

#[test]
fn what_is_refused_already_keeps_its_own_reason_whatever_its_size() {
    let refusal = Refusal::new(Code::TargetFull, &"x".repeat(BEGINS_WITH_MOST), "");
    let refused = Decision { refusals: vec![refusal], ..Decision::default() };
    let document = Cutover::planned(execution(), request(&aliases(&["a.foo.com"])), &facts(), refused);
    assert_eq!(document.refusals[0].code, Code::TargetFull);
}

#[test]
fn what_is_too_large_comes_with_its_two_halves_and_a_single_name_with_none() {
    let ready = |count: usize| -> Vec<Vec<Alias>> {
        let refused = of_size(&numbered(count), BEGINS_WITH_MOST + 1).refusals.remove(0);
        refused.requests.iter().map(|half| Request::parse(half).unwrap().aliases).collect()
    };
    let names = numbered(5);
    assert_eq!(ready(5), [names[..2].to_vec(), names[2..].to_vec()], "every name is in one of them");
    assert_eq!(ready(2), [names[..1].to_vec(), names[1..2].to_vec()]);
    assert_eq!(ready(1), Vec::<Vec<Alias>>::new(), "one name has no halves");
}

#[test]
fn what_no_claim_can_hold_is_not_planned() {
    let names = numbered(90);
    let mut setting = Setting::of(&[]);
    setting.names.clone_from(&names);
    setting.wildcards = (0..5).map(|number| alias(&format!("*.w{number}.foo.com"))).collect();
    let decision = Decision { strategy: BRIDGE, plan: Some(setting.plan(BRIDGE)), ..Decision::default() };
    let document = Cutover::planned(execution(), request(&names), &facts(), decision);
    assert_eq!((document.plan.len(), document.next), (0, Step::Conclude), "95 names and two distributions are 97 items (DDB-3)");
    assert_eq!(document.refusals.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::TooMuchToClaim]);
}

#[test]
fn the_size_of_a_document_is_that_of_its_json() {
    let document = bridge();
    assert_eq!(document.bytes(), serde_json::to_string(&document).unwrap().len());
}

#[test]
fn an_error_without_a_document_is_foreign_and_a_bare_request_is_not() {
    let cases = [
        (serde_json::json!({"aliases": [], "error": {"Error": "States.Timeout"}}), true),
        (serde_json::json!({"aliases": []}), false),
        (serde_json::json!({"version": 1}), false),
        (serde_json::json!({"version": 1, "error": {"Error": "States.Timeout"}}), false),
    ];
    for (input, foreign) in cases {
        assert_eq!(Cutover::is_foreign(&input), foreign, "{input}");
    }
}

#[test]
fn a_story_that_gets_too_long_loses_its_middle() {
    let mut document = bridge();
    document.timeline.clear();
    for number in 0..=TIMELINE_MAX {
        document.note(at(0), &format!("event {number}"), "a\nb");
    }
    let told: Vec<&str> = document.timeline.iter().map(|event| event.what.as_str()).collect();
    assert_eq!(told.len(), TIMELINE_MAX, "one had to go");
    assert_eq!(told[TIMELINE_KEPT - 1..=TIMELINE_KEPT], ["event 7", "event 9"], "the oldest after the beginning");
    assert_eq!((told[0], told[TIMELINE_MAX - 1]), ("event 0", "event 64"));
    assert_eq!(document.timeline[0].detail, "a b", "each in one line");
}

#[test]
fn the_names_that_move_are_those_of_the_request_that_the_plan_takes_off_the_source() {
    let mut document = Setting::of(&["b.foo.com", "a.foo.com"]).document(Some(Strategy::Swap));
    assert_eq!(document.moving(), aliases(&["b.foo.com", "a.foo.com"]), "in the request's order");
    document.request = Some(request(&aliases(&["a.foo.com", "c.foo.com"])));
    assert_eq!(document.moving(), aliases(&["a.foo.com"]), "c.foo.com is on the target already");
    assert_eq!(bridge().moving(), aliases(&["a.foo.com"]), "the wildcard that comes and goes is nobody's request");
    document.request = None;
    assert_eq!(document.moving(), []);
    assert_eq!(blank(request(&aliases(&["a.foo.com"]))).moving(), [], "without a plan nothing moves");
}
