//! A certificate proves names while it was issued, lasts, lies where CloudFront looks, has a key that it takes, and covers
//! all that its distribution will list.

use super::*;
use crate::request::{Dns, External};
use crate::samples_of_facts::{SOURCE, set};

/// What is said once the target's certificate, or the source's, was changed.
fn with(target: bool, change: &dyn Fn(&mut CertificateFacts)) -> Vec<Finding> {
    said(|facts| {
        let side = if target { &mut facts.target } else { &mut facts.source };
        change(side.certificate.as_mut().unwrap());
    })
}

/// That the same certificate stops the cutover on either side, for `reason`.
fn unusable_on_either_side(change: &dyn Fn(&mut CertificateFacts), reason: &str) {
    only(&with(true, change), Code::CertificateUnusable, STOPS, &format!("the certificate of E2NEWQRS is not usable: {reason}"));
    only(&with(false, change), Code::WayBackBlocked, STOPS, &format!("the certificate of E1LEGACYXYZ is not usable: {reason}"));
}

fn usable_on_either_side(change: &dyn Fn(&mut CertificateFacts), why: &str) {
    assert_eq!(with(true, change), [], "{why}");
    assert_eq!(with(false, change), [], "{why}");
}

#[test]
fn a_certificate_lies_in_us_east_1() {
    let arn = |text: &'static str| move |certificate: &mut CertificateFacts| text.clone_into(&mut certificate.arn);
    unusable_on_either_side(&arn("arn:aws:acm:eu-west-1:000000000002:certificate/new"), "it is not in us-east-1");
    unusable_on_either_side(&arn("arn:aws:acm"), "it is not in us-east-1");
    usable_on_either_side(&arn("arn:aws:acm:us-east-1:000000000003:certificate/other"), "the Region alone counts (ACM-1)");
    usable_on_either_side(&arn(""), "where it lies is not held against one whose ARN is unknown");
}

#[test]
fn a_certificate_was_issued() {
    for status in ["PENDING_VALIDATION", "INACTIVE", "EXPIRED", "VALIDATION_TIMED_OUT", "REVOKED", "FAILED"] {
        unusable_on_either_side(&|certificate| status.clone_into(&mut certificate.status), &format!("its status is {status}"));
    }
}

#[test]
fn a_certificate_lasts_for_a_week_more() {
    let until = |text: &str| {
        let end = text.parse().ok();
        move |certificate: &mut CertificateFacts| certificate.not_after = end
    };
    unusable_on_either_side(&until("2026-12-07T23:59:59Z"), "it ends at 2026-12-07T23:59:59Z, less than 7 days from now");
    unusable_on_either_side(&until("2026-11-30T00:00:00Z"), "it ends at 2026-11-30");
    usable_on_either_side(&until("2026-12-08T00:00:00Z"), "now and 7 days (ACM-9)");
    usable_on_either_side(&|certificate| certificate.not_after = None, "an end that cannot be read is not held against it");
}

#[test]
fn a_certificate_outlasts_a_cutover_that_takes_longer_and_its_way_back() {
    // A soak of six days, a TTL of an hour before and after, and half a day on either way that AWS may be late.
    let lasts = |request: &Request, end: &str| {
        let mut findings = Vec::new();
        let facts = but(facts(&[A]), |facts| {
            facts.record_sets.insert(aliases(&[A])[0].clone(), vec![set("CNAME", 3_600, SOURCE)]);
            for side in [&mut facts.source, &mut facts.target] {
                side.certificate.as_mut().unwrap().not_after = end.parse().ok();
            }
        });
        judge(&aliases(&[A]), request, &facts, &mut findings);
        codes(&findings)
    };
    let both = [Code::CertificateUnusable, Code::WayBackBlocked];
    let soak = |days: u32| but(across_accounts(&[A]), |request| request.soak_seconds = days * 86_400);
    assert_eq!(lasts(&soak(6), "2026-12-08T01:59:59Z"), both);
    assert_eq!(lasts(&soak(6), "2026-12-08T02:00:00Z"), []);
    assert_eq!(lasts(&soak(0), "2026-12-08T00:00:00Z"), [], "a shorter one asks for no more than a week");
    let external = but(soak(0), |request| request.dns = Some(Dns::External(External::External)));
    assert_eq!(lasts(&external, "2026-12-16T01:59:59Z"), both, "others are waited for, a week on either way");
    assert_eq!(lasts(&external, "2026-12-16T02:00:00Z"), []);
}

#[test]
fn a_certificate_has_a_key_that_cloudfront_takes() {
    let key = |text: &'static str| move |certificate: &mut CertificateFacts| text.clone_into(&mut certificate.key_algorithm);
    for allowed in ["RSA_1024", "RSA_2048", "RSA-2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC-prime256v1"] {
        usable_on_either_side(&key(allowed), "in either spelling (ACM-4, ACM-5)");
    }
    for refused in ["EC_secp384r1", "EC_secp521r1", ""] {
        unusable_on_either_side(&key(refused), "its key is ");
    }
}

#[test]
fn a_certificate_covers_what_moves_and_what_its_distribution_lists_already() {
    let lacking = |target: bool, listed: &[&str]| {
        said(|facts| {
            let side = if target { &mut facts.target } else { &mut facts.source };
            side.aliases.extend(texts(listed));
        })
    };
    let lacks = "E2NEWQRS does not cover old.bar.com";
    only(&lacking(true, &["old.bar.com", "new.foo.com"]), Code::CertificateLacksName, STOPS, lacks);
    let lacks = "E1LEGACYXYZ does not cover old.bar.com";
    only(&lacking(false, &["old.bar.com"]), Code::WayBackBlocked, STOPS, lacks);
    assert_eq!(lacking(true, &["b.foo.com", "*.foo.com"]), [], "CloudFront would take every update (ACM-2)");
    let without = |target: bool| with(target, &|certificate| certificate.names = texts(&["b.foo.com"]));
    only(&without(true), Code::CertificateLacksName, STOPS, "does not cover a.foo.com");
    let [way_back] = &without(false)[..] else { panic!("the source lacks the name") };
    assert!(way_back.seen.ends_with("does not cover a.foo.com"), "a name that moves away is counted once: {way_back:?}");
}

#[test]
fn a_side_without_a_certificate_says_what_was_seen_instead() {
    let bare = |target: bool, seen: Option<&str>| {
        said(|facts| {
            let side = if target { &mut facts.target } else { &mut facts.source };
            side.certificate = None;
            side.certificate_absent = seen.map(str::to_owned);
        })
    };
    only(&bare(true, None), Code::CertificateUnusable, STOPS, "E2NEWQRS has no certificate");
    only(&bare(true, Some("it cannot be read")), Code::CertificateUnusable, STOPS, "it cannot be read");
    only(&bare(false, None), Code::WayBackBlocked, STOPS, "E1LEGACYXYZ has no certificate");
    only(&bare(false, Some("it cannot be read")), Code::WayBackBlocked, STOPS, "it cannot be read");
}

#[test]
fn a_certificate_of_the_iam_store_cannot_be_looked_at_and_needs_a_yes() {
    let iam = |side: &mut DistributionFacts| {
        side.iam_certificate = true;
        side.certificate = None;
    };
    only(&said(|facts| iam(&mut facts.target)), Code::CertificateInIamStore, Severity::NeedsYes, "of E2NEWQRS");
    only(&said(|facts| iam(&mut facts.source)), Code::CertificateInIamStore, Severity::NeedsYes, "of E1LEGACYXYZ");
}

#[test]
fn a_renewal_that_failed_is_noted_of_either_side() {
    let failed = |certificate: &mut CertificateFacts| certificate.renewal_failed = true;
    only(&with(true, &failed), Code::CertificateNotRenewed, NOTE, "of E2NEWQRS");
    only(&with(false, &failed), Code::CertificateNotRenewed, NOTE, "of E1LEGACYXYZ");
}

#[test]
fn two_troubles_of_one_certificate_are_two_findings_for_each_has_to_be_mended() {
    let both = with(true, &|certificate| {
        "EXPIRED".clone_into(&mut certificate.status);
        certificate.names = texts(&["b.foo.com"]);
        certificate.renewal_failed = true;
    });
    assert_eq!(codes(&both), [Code::CertificateUnusable, Code::CertificateLacksName, Code::CertificateNotRenewed]);
}
