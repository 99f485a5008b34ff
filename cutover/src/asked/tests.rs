//! Others are asked for whole lines that a zone file takes, for nothing that stands there already, and for what is due later
//! only later.

use super::*;
use crate::document::{Endpoint, Endpoints, Execution};
use crate::finding::{Code, Refusal};
use crate::record_set::RecordKinds;
use crate::samples_of_names::{SOURCE, TARGET, alias, alias_record, aliases, cname, record_set, request_from, written_request_with};
use crate::samples_of_progress::planned;
use serde_json::json;

mod proofs;

/// A document at the beginning of `edits`, with a.foo.com at the source and somebody's text at its proof.
fn document(edits: Vec<Edit>) -> Cutover {
    let execution = Execution { id: "arn:aws:states:us-east-1:000000000009:execution:cutover:x".into(), started_at: Timestamp::UNIX_EPOCH };
    let mut document = Cutover::refused(execution, None, Refusal::new(Code::ObservationFailed, "", ""));
    document.refusals.clear();
    let endpoint = |name: &str| Endpoint { domain_name: name.to_owned(), ipv6: true, certificate_serial: None };
    document.endpoints = Some(Endpoints { source: endpoint(SOURCE), target: endpoint(TARGET) });
    read_before(&mut document, &[("a.foo.com", &[cname("xyz.cloudfront.net.", 300)])]);
    document.proofs = vec![ProofSnapshot { name: "_a.foo.com".to_owned(), ttl: Some(900), values: vec![quoted("token=1")] }];
    document.way_back = (0..edits.len()).collect();
    document.plan = edits.into_iter().map(planned).collect();
    document
}

/// What the names had before the first write.
fn read_before(document: &mut Cutover, names: &[(&str, &[RecordSet])]) {
    document.snapshot = names.iter().map(|(name, sets)| NameSnapshot { name: alias(name), sets: sets.to_vec() }).collect();
}

fn asked(document: &mut Cutover) -> Vec<String> {
    document.ask(Timestamp::UNIX_EPOCH).unwrap_or_else(|error| panic!("{error}"));
    document.asked.clone()
}

fn turned(mut document: Cutover) -> Cutover {
    document.turn_round(Timestamp::UNIX_EPOCH, "enough");
    document
}

fn last_detail(document: &Cutover) -> &str {
    document.timeline.last().map_or("", |event| &event.detail)
}

fn records_of(names: &[&str], to: RecordsTo) -> Edit {
    Edit::AskForRecordSets { aliases: aliases(names), to }
}

fn records(to: RecordsTo) -> Edit {
    records_of(&["a.foo.com"], to)
}

fn release() -> Edit {
    Edit::AskForRelease { aliases: aliases(&["a.foo.com"]) }
}

fn stage(proves: Proves) -> Edit {
    Edit::AskForProofs { of: "a.foo.com".to_owned(), proves }
}

const AT_TARGET: &str = "a.foo.com. 300 IN CNAME qrs.cloudfront.net.";
const AT_SOURCE: &str = "a.foo.com. 300 IN CNAME xyz.cloudfront.net.";
const STAGED: &str = "_a.foo.com. 900 IN TXT \"qrs.cloudfront.net\"  ; beside what stands there";

fn words() -> Vec<String> {
    vec!["Please move a.foo.com".to_owned(), "It is ours.".to_owned()]
}

#[test]
fn record_sets_are_asked_for_as_a_zone_file_has_them_forth_and_back() {
    let mut document = document(vec![records(RecordsTo::Target)]);
    assert_eq!(asked(&mut document), [AT_TARGET]);
    assert_eq!(last_detail(&document), format!("asked for: {AT_TARGET}"), "the story tells it");
    let mut document = turned(document);
    assert_eq!(asked(&mut document), [AT_SOURCE]);
}

#[test]
fn every_name_is_asked_for_what_it_had_itself() {
    let mut document = document(vec![records_of(&["a.foo.com", "b.foo.com", "c.foo.com"], RecordsTo::LoweredAtTarget)]);
    let read: [(&str, &[RecordSet]); 3] = [
        ("a.foo.com", &[cname(SOURCE, 30)]),
        ("b.foo.com", &[cname(SOURCE, 3600)]),
        ("c.foo.com", &[alias_record("A", SOURCE), alias_record("AAAA", SOURCE)]),
    ];
    read_before(&mut document, &read);
    let lines = [
        "a.foo.com. 30 IN CNAME qrs.cloudfront.net.",
        "b.foo.com. 60 IN CNAME qrs.cloudfront.net.",
        "c.foo.com. A alias to qrs.cloudfront.net",
        "c.foo.com. AAAA alias to qrs.cloudfront.net",
    ];
    assert_eq!(asked(&mut document), lines);
    assert_eq!(last_detail(&document), format!("asked for: {} and 3 more", lines[0]));
}

#[test]
fn a_type_that_has_to_go_is_named_once_forth_and_back() {
    let mut request = request_from(&written_request_with("records", json!("alias")));
    request.execute = true;
    let mut document = document(vec![records(RecordsTo::Target)]);
    document.request = Some(request);
    assert_eq!(document.destination().unwrap().kinds, RecordKinds::Alias);
    let forth = ["a.foo.com. A alias to qrs.cloudfront.net", "a.foo.com. AAAA alias to qrs.cloudfront.net", "remove a.foo.com. IN CNAME"];
    assert_eq!(asked(&mut document), forth);
    assert_eq!(asked(&mut turned(document)), [AT_SOURCE, "remove a.foo.com. IN A", "remove a.foo.com. IN AAAA"]);
}

#[test]
fn where_the_target_answers_no_ipv6_the_aaaa_set_is_asked_to_go_and_to_return() {
    let mut document = document(vec![records(RecordsTo::Target)]);
    document.endpoints.as_mut().unwrap().target.ipv6 = false;
    read_before(&mut document, &[("a.foo.com", &[alias_record("A", SOURCE), alias_record("AAAA", SOURCE)])]);
    assert_eq!(asked(&mut document), ["a.foo.com. A alias to qrs.cloudfront.net", "remove a.foo.com. IN AAAA"]);
    let back = ["a.foo.com. A alias to xyz.cloudfront.net", "a.foo.com. AAAA alias to xyz.cloudfront.net"];
    assert_eq!(asked(&mut turned(document)), back);
}

#[test]
fn a_name_without_record_sets_of_its_own_needs_none() {
    let mut document = document(vec![records(RecordsTo::Target), records(RecordsTo::AsRead)]);
    read_before(&mut document, &[("a.foo.com", &[])]);
    assert_eq!(asked(&mut document), [""; 0]);
    assert_eq!(last_detail(&document), "nothing has to be changed");
}

#[test]
fn what_the_document_does_not_hold_is_asked_of_nobody() {
    let refused = |mut document: Cutover| document.ask(Timestamp::UNIX_EPOCH).map_err(|error| error.to_string()).unwrap_err();
    let of_another_name = document(vec![records_of(&["b.foo.com"], RecordsTo::Target)]);
    assert!(refused(of_another_name).ends_with("the document lacks the record sets of b.foo.com"));
    for edit in [records(RecordsTo::Target), stage(Proves::Target)] {
        let mut unobserved = document(vec![edit]);
        unobserved.endpoints = None;
        assert!(refused(unobserved).ends_with("the document lacks the endpoints"));
    }
    let swap = "swap a.foo.com from E1LEGACYXYZ to E2NEWQRS";
    let request = request_from(&written_request_with("execute", json!(true)));
    let of_ours = Edit::SwapAliases { aliases: aliases(&["a.foo.com"]), from: request.source.unwrap(), to: request.target };
    assert!(refused(document(vec![of_ours])).ends_with(&format!("the next edit asks nobody: {swap}")));
    assert!(refused(document(vec![])).ends_with("no edit is left"));
}

#[test]
fn what_is_left_to_the_document_to_keep_is_the_sets_of_each_name() {
    let mut document = document(vec![]);
    read_before(&mut document, &[("a.foo.com", &[cname(SOURCE, 300)]), ("b.foo.com", &[cname(SOURCE, 60)])]);
    assert_eq!(document.as_read(&alias("b.foo.com")), Ok(&[cname(SOURCE, 60)][..]));
    assert_eq!(document.as_read(&alias("a.foo.com")), Ok(&[cname(SOURCE, 300)][..]));
    assert!(document.as_read(&alias("c.foo.com")).is_err(), "a name that was not read is not one without sets");
}

#[test]
fn a_plan_foretells_all_that_others_will_be_asked_for_before_any_of_it_is_begun() {
    let foretold = |edits: Vec<Edit>, own: Vec<String>| {
        let mut document = document(edits);
        document.foretell(own);
        assert_eq!(document.timeline, [], "nobody has been asked yet");
        document.asked
    };
    let both = || vec![stage(Proves::Target), records(RecordsTo::Target), stage(Proves::Nobody)];
    assert_eq!(foretold(both(), vec![]), [STAGED, AT_TARGET], "a proof goes again without a word beforehand");
    assert_eq!(foretold(both(), words()), [STAGED, AT_TARGET, LATER, "Please move a.foo.com", "It is ours."]);
    assert_eq!(foretold(vec![release()], words()), words(), "nothing comes before it");
    assert_eq!(foretold(vec![release()], vec![]), [""; 0]);
}

#[test]
fn what_the_plan_asks_for_later_stays_until_it_is_asked_for() {
    let mut document = document(vec![stage(Proves::Target), records(RecordsTo::Target), release(), records(RecordsTo::AsRead)]);
    document.foretell(words());
    assert_eq!(asked(&mut document), [STAGED, LATER, "Please move a.foo.com", "It is ours."], "now only what is due now");
    assert_eq!(asked(&mut document), [AT_TARGET, LATER, "Please move a.foo.com", "It is ours."]);
    assert_eq!(asked(&mut document), words());
    assert_eq!(last_detail(&document), "asked for a.foo.com; the words to hand over are in the document");
    assert_eq!(asked(&mut document), [AT_SOURCE], "what was asked for already is not repeated");
}

#[test]
fn a_move_by_others_is_asked_for_in_the_plans_own_words() {
    let target = request_from(&written_request_with("execute", json!(true))).target;
    let mut document =
        document(vec![records(RecordsTo::Target), Edit::AskForMove { aliases: aliases(&["a.foo.com", "b.foo.com"]), to: target }]);
    document.foretell(words());
    assert_eq!(asked(&mut document), [AT_TARGET, LATER, "Please move a.foo.com", "It is ours."]);
    assert_eq!(asked(&mut document), words());
    assert_eq!(last_detail(&document), "asked for a.foo.com and 1 more; the words to hand over are in the document");
}

#[test]
fn a_plan_without_words_of_its_own_asks_for_what_is_due_alone() {
    let mut document = document(vec![stage(Proves::Target), records(RecordsTo::Target)]);
    document.foretell(vec![]);
    assert_eq!(asked(&mut document), [STAGED]);
    assert_eq!(asked(&mut document), [AT_TARGET]);
}

#[test]
fn on_the_way_back_nobody_is_asked_to_release_anything() {
    let mut document = document(vec![records(RecordsTo::Target), release()]);
    document.foretell(words());
    assert!(asked(&mut document).ends_with(&words()));
    assert_eq!(asked(&mut turned(document)), [AT_SOURCE]);
}

#[test]
fn what_others_have_done_is_no_longer_asked_for() {
    let left = |asked: &[&str]| {
        let mut document = document(vec![]);
        document.asked = asked.iter().map(|line| (*line).to_owned()).collect();
        document.answered();
        document.asked
    };
    assert_eq!(left(&[AT_TARGET]), [""; 0]);
    assert_eq!(left(&[AT_TARGET, LATER, "Please move", "It is ours."]), ["Please move", "It is ours."], "what is due later is due still");
    assert_eq!(left(&["Please move", "It is ours."]), [""; 0]);
}

#[test]
fn a_set_is_one_line_for_each_value_and_no_value_can_write_a_line_of_its_own() {
    let addresses = record_set("A", 60, &["192.0.2.1", "192.0.2.2"]);
    assert_eq!(
        zone_lines("a.foo.com", &addresses),
        ["a.foo.com. 60 IN A 192.0.2.1", "a.foo.com. 60 IN A 192.0.2.2"],
        "addresses have no dot"
    );
    assert_eq!(zone_lines("a.foo.com", &cname("Other.example.com.", 5)), ["a.foo.com. 5 IN CNAME Other.example.com."], "nor names two");
    assert_eq!(zone_lines("a.foo.com", &alias_record("A", SOURCE)), ["a.foo.com. A alias to xyz.cloudfront.net"]);
    let hostile = record_set("HTTPS", 60, &["1 . alpn=h2\nfoo.com. 60 IN A 192.0.2.66\r\u{85}"]);
    assert_eq!(zone_lines("a.foo.com", &hostile), ["a.foo.com. 60 IN HTTPS 1 . alpn=h2foo.com. 60 IN A 192.0.2.66"]);
}

#[test]
fn the_list_is_bounded_and_says_what_it_left_out() {
    let half = "x".repeat(ASKED_BYTES_MAX / 2);
    let fits = vec![half.clone(); 2];
    assert_eq!(bounded(fits.clone()), fits, "to the last byte, and nothing is said of what is not left out");
    let of_five = bounded(vec![half.clone(); 5]);
    assert_eq!((of_five.len(), of_five[2].as_str()), (3, "and 3 more lines: the other names likewise"));
    assert_eq!(bounded(vec![half, "x".repeat(ASKED_BYTES_MAX / 2 + 1)])[1..], ["and 1 more lines: the other names likewise"]);
    assert_eq!(bounded(vec![]), [""; 0]);
}
