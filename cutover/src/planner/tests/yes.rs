//! What stops is refused, a note is not, and what needs a yes is refused until it has one, with the request that gives it.

use super::*;

fn finding(code: Code, severity: Severity) -> Finding {
    Finding::new(code, severity, "seen", "why", "do this")
}

fn needs_yes(code: Code) -> Finding {
    finding(code, Severity::NeedsYes)
}

#[test]
fn a_note_refuses_nothing_and_what_stops_has_no_ready_request() {
    let request = across_accounts(&[A]);
    assert_eq!(refusals(&[finding(Code::TtlLong, Severity::Note)], &request, &facts(&[A])), []);
    let stopped =
        refusals(&[finding(Code::TtlLong, Severity::Note), finding(Code::TargetNotReady, Severity::Stops)], &request, &facts(&[A]));
    assert_eq!(stopped, [Refusal::new(Code::TargetNotReady, "seen: why", "do this")]);
    let agreed = but(request, |request| request.accept = [Code::TargetNotReady].into());
    assert_eq!(refusals(&[finding(Code::TargetNotReady, Severity::Stops)], &agreed, &facts(&[A])).len(), 1, "a yes does not mend it");
}

#[test]
fn what_needs_a_yes_comes_with_the_request_that_says_yes_to_all_of_it() {
    let request = but(across_accounts(&[A]), |request| request.accept = [Code::TtlLong].into());
    let found = [needs_yes(Code::RecordSetRouted), finding(Code::Ipv6Lost, Severity::Note), needs_yes(Code::CertificateInIamStore)];
    let open = refusals(&found, &request, &facts(&[A]));
    assert_eq!(open.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::RecordSetRouted, Code::CertificateInIamStore]);
    let all = [Code::TtlLong, Code::RecordSetRouted, Code::CertificateInIamStore];
    let agreeing = but(request, |request| request.accept = all.into()).to_value();
    for refusal in &open {
        assert_eq!(refusal.requests, std::slice::from_ref(&agreeing), "one that works, whichever of them is sent");
    }
    assert_eq!(open[0].remedy, "do this; then say yes to it in the request: \"accept\": [\"recordSetRouted\"]");
    assert_eq!((open[0].message.as_str(), open[1].message.as_str()), ("seen: why", "seen: why"));
}

#[test]
fn a_yes_that_was_given_is_not_asked_for_again() {
    let agreed = but(across_accounts(&[A]), |request| request.accept = [Code::RecordSetRouted].into());
    assert_eq!(refusals(&[needs_yes(Code::RecordSetRouted)], &agreed, &facts(&[A])), []);
    let open = refusals(&[needs_yes(Code::RecordSetRouted), needs_yes(Code::CertificateInIamStore)], &agreed, &facts(&[A]));
    assert_eq!(open.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::CertificateInIamStore]);
}

#[test]
fn a_difference_is_agreed_to_by_its_path_and_not_by_its_code() {
    let differing = but(facts(&[A]), |facts| {
        facts.source.settings = [("WebACLId".to_owned(), "arn:x".to_owned()), ("Comment".to_owned(), "x".to_owned())].into();
        facts.target.settings = [("Comment".to_owned(), "y".to_owned())].into();
    });
    let by_code = but(across_accounts(&[A]), |request| request.accept = [Code::ConfigDiffers].into());
    let open = decide(&by_code, &differing).refusals;
    assert_eq!(open.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::ConfigDiffers]);
    assert!(open[0].remedy.ends_with("agree: \"allowDifferences\": [\"WebACLId\"]"), "{}", open[0].remedy);
    let agreeing = Request::parse(&open[0].requests[0]).unwrap();
    assert_eq!(agreeing.allow_differences, ["WebACLId".to_owned()].into());
    assert!(decide(&agreeing, &differing).plan.is_some());
    let another = but(differing, |facts| _ = facts.target.settings.insert("DefaultRootObject".to_owned(), "x".to_owned()));
    assert_eq!(decide(&agreeing, &another).refusals.len(), 1, "nobody has agreed to what came later");
}

#[test]
fn while_something_stops_the_cutover_a_yes_would_be_of_no_use() {
    let found = [needs_yes(Code::RecordSetRouted), finding(Code::TargetNotReady, Severity::Stops)];
    let open = refusals(&found, &across_accounts(&[A]), &facts(&[A]));
    let expected =
        [Refusal::new(Code::RecordSetRouted, "seen: why", "do this"), Refusal::new(Code::TargetNotReady, "seen: why", "do this")];
    assert_eq!(open, expected, "no request is ready");
}

#[test]
fn what_a_chosen_strategy_needs_a_yes_for_is_refused_too() {
    let external = |request: Request| Request { dns: Some(crate::request::Dns::External(crate::request::External::External)), ..request };
    let request = external(accepting_outage(across_accounts(&[APEX])));
    let open = decide(&request, &facts(&[APEX]));
    assert_eq!(open.refusals.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::DnsExternal]);
    assert_eq!(codes(&open.findings), [Code::DnsExternal]);
    assert!(open.plan.is_none(), "a swap whose way back somebody else holds (SW-11)");
    let agreed = decide(&Request::parse(&open.refusals[0].requests[0]).unwrap(), &facts(&[APEX]));
    assert!(agreed.refusals.is_empty() && agreed.plan.is_some(), "the ready request works: {agreed:?}");
}
