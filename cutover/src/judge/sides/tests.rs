//! The target must be able to take the names and the source to take them back; what is wrong with either stops the cutover
//! before anything is touched, and what may go wrong later is noted.

mod certificates;

use super::*;
use crate::samples_of_facts::{NEW, across_accounts, aliases, but, codes, facts, fill_target, texts, unreachable, within_one_account};

const A: &str = "a.foo.com";

/// What is said of the sides while `a.foo.com` moves, once `change` was seen.
fn said(change: impl FnOnce(&mut Facts)) -> Vec<Finding> {
    let mut findings = Vec::new();
    judge(&aliases(&[A]), &across_accounts(&[A]), &but(facts(&[A]), change), &mut findings);
    findings
}

fn only(findings: &[Finding], code: Code, severity: Severity, seen: &str) {
    let [finding] = findings else { panic!("one finding: {findings:?}") };
    assert_eq!((finding.code, finding.severity), (code, severity), "{finding:?}");
    assert!(finding.seen.contains(seen), "{seen:?} in {finding:?}");
}

#[test]
fn nothing_is_said_of_two_distributions_that_serve_and_can_prove_the_name() {
    assert_eq!(said(|_| {}), []);
}

#[test]
fn an_alias_joins_only_a_distribution_that_serves_everywhere() {
    let target = |change: &dyn Fn(&mut DistributionFacts)| said(|facts| change(&mut facts.target));
    let unready = |findings: &[Finding], seen: &str| only(findings, Code::TargetNotReady, STOPS, seen);
    unready(&target(&|target| target.enabled = false), "E2NEWQRS is disabled");
    unready(&target(&|target| "InProgress".clone_into(&mut target.status)), "E2NEWQRS is InProgress");
    unready(&target(&|target| target.staging = true), "is a staging distribution");
    unready(&target(&|target| target.tenant_only = true), "takes tenants only");
    unready(&target(&|target| target.continuous_deployment = true), "has a continuous deployment policy");
}

#[test]
fn every_account_whose_writing_role_cannot_be_used_is_named() {
    let account = |id: &str| crate::ids::AccountId::parse(id).unwrap();
    let found =
        said(|facts| facts.roles_unusable = vec![(account(NEW), "AccessDenied".to_owned()), (account("000000000003"), String::new())]);
    assert_eq!(codes(&found), [Code::AccountNotReachable, Code::AccountNotReachable], "what begins must be able to go back (SW-2)");
    assert!(found[0].seen.contains(NEW) && found[0].seen.contains("AccessDenied"), "{found:?}");
    assert!(found.iter().all(|finding| finding.severity == STOPS), "{found:?}");
}

#[test]
fn where_nothing_moves_neither_certificates_nor_room_matter() {
    let facts = but(facts(&[A]), |facts| {
        facts.target.certificate = None;
        facts.source.certificate = None;
        facts.hosted_zone.caa = texts(&["0 issue \"letsencrypt.org\""]);
        fill_target(facts, 120);
    });
    let judged = |moving: &[&str]| {
        let mut findings = Vec::new();
        judge(&aliases(moving), &across_accounts(&[A]), &facts, &mut findings);
        codes(&findings)
    };
    assert_eq!(judged(&[]), []);
    let all = [Code::CertificateUnusable, Code::TargetFull, Code::WayBackBlocked, Code::CaaForbidsAmazon];
    assert_eq!(judged(&[A]), all);
}

#[test]
fn of_a_source_that_is_not_ours_nothing_is_said_for_it_cannot_be_looked_at() {
    let found = |ours: bool| {
        said(|facts| {
            facts.source.certificate = None;
            facts.source.settings = [("PriceClass".to_owned(), "PriceClass_All".to_owned())].into();
            facts.target.settings = [("PriceClass".to_owned(), "PriceClass_100".to_owned())].into();
            if !ours {
                facts.source.reach = unreachable();
            }
        })
    };
    assert_eq!(found(false), []);
    assert_eq!(codes(&found(true)), [Code::WayBackBlocked, Code::ConfigDiffers]);
}

#[test]
fn the_target_must_have_room_for_every_name_that_moves() {
    let moving = ["a.foo.com", "b.foo.com"];
    let with = |others: usize| {
        let mut findings = Vec::new();
        judge(&aliases(&moving), &across_accounts(&moving), &but(facts(&moving), |facts| fill_target(facts, others)), &mut findings);
        findings
    };
    assert_eq!(with(98), [], "two names fill it to a hundred (Q-1)");
    only(&with(99), Code::TargetFull, STOPS, "lists 99 aliases and has room for 1, not for 2");
    only(&with(101), Code::TargetFull, STOPS, "has room for 0");
}

#[test]
fn a_source_under_a_continuous_deployment_policy_might_not_take_the_name_back() {
    only(&said(|facts| facts.source.continuous_deployment = true), Code::WayBackBlocked, STOPS, "E1LEGACYXYZ has a continuous deployment");
}

#[test]
fn distributions_of_one_account_that_share_a_certificate_need_one_http_version() {
    let judged = |within: bool, shared: bool, version: &str| {
        let request = if within { within_one_account(&[A]) } else { across_accounts(&[A]) };
        let facts = but(facts(&[A]), |facts| {
            if shared {
                facts.target.certificate = facts.source.certificate.clone();
            }
            version.clone_into(&mut facts.target.http_version);
        });
        let mut findings = Vec::new();
        judge_together(&request, &facts, &mut findings);
        findings
    };
    only(&judged(true, true, "http3"), Code::CertificateShared, NOTE, "one has http2, the other http3");
    assert_eq!(judged(true, true, "http2"), [], "they have one (ACM-7)");
    assert_eq!(judged(true, false, "http3"), [], "each has a certificate of its own");
    assert_eq!(judged(false, true, "http3"), [], "two accounts share none");
    let mut findings = Vec::new();
    let bare = but(facts(&[A]), |facts| {
        (facts.source.certificate, facts.target.certificate) = (None, None);
        "http3".clone_into(&mut facts.target.http_version);
    });
    judge_together(&within_one_account(&[A]), &bare, &mut findings);
    assert_eq!(findings, [], "no certificate is no shared one");
    assert_eq!(codes(&said(|facts| "http1.1".clone_into(&mut facts.target.http_version))), [Code::HttpVersionLost], "said elsewhere");
}

#[test]
fn caa_records_that_let_only_others_issue_are_noted_for_the_certificate_could_not_be_renewed() {
    let caa = |values: &[&str]| said(|facts| facts.hosted_zone.caa = texts(values));
    let others = "0 issue \"letsencrypt.org\"";
    only(&caa(&[others, "0 issue \"digicert.com\""]), Code::CaaForbidsAmazon, NOTE, others);
    only(&caa(&["0 issue \";\""]), Code::CaaForbidsAmazon, NOTE, "0 issue \";\"");
    for amazon in ["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com", "Amazon.com"] {
        assert_eq!(caa(&[others, &format!("0 issue \"{amazon}\"")]), [], "{amazon} (ACM-9)");
    }
    assert_eq!(caa(&[]), [], "without CAA records anybody may issue");
    assert_eq!(caa(&["0 iodef \"mailto:pki@foo.com\""]), [], "nor does another tag forbid it");
}

#[test]
fn a_caa_record_names_its_issuer_whole_whatever_case_its_tag_has_and_whatever_follows_it() {
    let caa = |value: &str| !said(|facts| facts.hosted_zone.caa = texts(&[value])).is_empty();
    for forbids in [
        "0 issue \"notamazon.com\"",
        "0 issue \"amazon.com.example.org\"",
        "0 issue \"letsencrypt.org; accounturi=https://amazon.com/1\"",
        "0 ISSUE \"letsencrypt.org\"",
        "128 Issue  letsencrypt.org",
    ] {
        assert!(caa(forbids), "{forbids}");
    }
    for lets in ["0 issue \"amazon.com; policy=x\"", "0 issue \" amazon.com \"", "0 Issue\t\"AmazonTrust.com\"", "128 issue amazonaws.com"]
    {
        assert!(!caa(lets), "{lets}");
    }
}

#[test]
fn of_a_certificate_that_names_a_wildcard_the_records_for_wildcards_decide_where_there_are_some() {
    let forbids = |certificate_names: &[&str], values: &[&str]| {
        let found = said(|facts| {
            facts.hosted_zone.caa = texts(values);
            for side in [&mut facts.source, &mut facts.target] {
                side.certificate.as_mut().unwrap().names = texts(certificate_names);
            }
        });
        found.iter().map(|finding| finding.seen.clone()).next()
    };
    let (amazon, others) = ("0 issue \"amazon.com\"", "0 issue \"letsencrypt.org\"");
    let (wild_amazon, wild_others) = ("0 issuewild \"amazon.com\"", "0 IssueWild \"letsencrypt.org\"");
    let (wildcard, exact) = (&["*.foo.com"][..], &["a.foo.com"][..]);
    for (names, values, wanted) in [
        (wildcard, &[amazon, wild_others][..], Some(wild_others)),
        (wildcard, &[others, wild_amazon], None),
        (wildcard, &[others], Some(others)),
        (wildcard, &[amazon], None),
        (wildcard, &[wild_others], Some(wild_others)),
        (exact, &[amazon, wild_others], None),
        (exact, &[others, wild_amazon], Some(others)),
        (exact, &[wild_others], None),
    ] {
        let seen = forbids(names, values);
        let agrees = match (&seen, wanted) {
            (Some(seen), Some(wanted)) => seen.ends_with(wanted),
            (seen, wanted) => seen.is_none() && wanted.is_none(),
        };
        assert!(agrees, "{names:?} {values:?}: {seen:?}");
    }
}
