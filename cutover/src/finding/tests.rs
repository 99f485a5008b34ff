//! Claims: a code is the word that scripts match on, and a refusal says what its finding saw.

use super::*;
use std::collections::BTreeSet;

#[test]
fn a_code_is_its_own_word_beginning_with_a_small_letter() {
    assert_eq!(Code::MalformedRequest.name(), "malformedRequest");
    assert_eq!(Code::Ipv6Lost.name(), "ipv6Lost");
    for code in Code::ALL {
        let in_rust = format!("{code:?}");
        assert!(code.name().eq_ignore_ascii_case(&in_rust), "{in_rust} is {}", code.name());
        assert!(code.name().starts_with(|first: char| first.is_ascii_lowercase()), "{}", code.name());
        assert_eq!(serde_json::from_value::<Code>(code.name().into()).unwrap(), code, "what a script sends back is read");
    }
    let names: BTreeSet<String> = Code::ALL.into_iter().map(Code::name).collect();
    assert_eq!(names.len(), Code::ALL.len(), "no two codes share a word");
}

#[test]
fn a_refusal_carries_what_was_seen_why_it_matters_and_the_remedy() {
    let finding = Finding::new(Code::TargetFull, Severity::Stops, "E2 lists 100 aliases", "CloudFront takes 100 (Q-1)", "remove one");
    let refusal = Refusal::from(&finding);
    assert_eq!(refusal, Refusal::new(Code::TargetFull, "E2 lists 100 aliases: CloudFront takes 100 (Q-1)", "remove one"));
    assert!(refusal.requests.is_empty(), "nothing is ready to be sent yet");
    let ready = serde_json::json!({"aliases": ["a.foo.com"]});
    let with = refusal.clone().with_requests(vec![ready.clone()]);
    assert_eq!(with, Refusal { requests: vec![ready], ..refusal }, "nothing but the requests is added");
}

#[test]
fn what_others_wrote_does_not_make_a_finding_longer_than_its_bound() {
    let long = "x".repeat(1_000);
    let finding = Finding::new(Code::ProofShared, Severity::Note, &long, &long, &long);
    for text in [&finding.seen, &finding.why, &finding.remedy] {
        assert!(text.ends_with('…') && text.len() < 250, "{} bytes", text.len());
    }
}
