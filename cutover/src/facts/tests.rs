//! What one record says of itself: which alias a distribution lists, when a certificate is in force and for which names, and
//! whom a half-masked id may mean.

use super::*;
use crate::samples_of_facts::{SOURCE_ID, TARGET_ID, alias, but, facts, holder, texts};

#[test]
fn a_distribution_lists_a_name_only_exactly_however_much_its_wildcard_catches() {
    let side = DistributionFacts { aliases: texts(&["a.foo.com", "*.foo.com"]), ..DistributionFacts::default() };
    for (name, listed) in [("a.foo.com", true), ("*.foo.com", true), ("b.foo.com", false), ("foo.com", false)] {
        assert_eq!(side.lists(&alias(name)), listed, "{name}: an alias is there once, and a wildcard is another one (CF-5)");
    }
    assert!(!DistributionFacts::default().lists(&alias("a.foo.com")));
}

#[test]
fn a_certificate_is_in_force_once_it_was_issued_and_until_it_ends() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let now = at("2026-12-01T00:00:00Z");
    let is_in_force = |status: &str, not_after: Option<Timestamp>| {
        CertificateFacts { status: status.to_owned(), not_after, ..CertificateFacts::default() }.is_in_force(now)
    };
    let (before, after) = (at("2026-11-30T23:59:59Z"), at("2026-12-01T00:00:01Z"));
    assert!(is_in_force("ISSUED", Some(after)));
    assert!(is_in_force("ISSUED", None), "an end that cannot be read is not held against it");
    assert!(!is_in_force("ISSUED", Some(now)), "its last moment is over");
    assert!(!is_in_force("ISSUED", Some(before)));
    for status in ["PENDING_VALIDATION", "INACTIVE", "EXPIRED", "VALIDATION_TIMED_OUT", "REVOKED", "FAILED"] {
        assert!(!is_in_force(status, Some(after)) && !is_in_force(status, None), "{status} (ACM-3)");
    }
}

#[test]
fn a_certificate_covers_what_any_one_of_its_names_proves() {
    let certificate = CertificateFacts { names: texts(&["foo.com", "*.foo.com"]), ..CertificateFacts::default() };
    for (name, covered) in [("foo.com", true), ("a.foo.com", true), ("*.foo.com", true), ("a.b.foo.com", false), ("*.b.foo.com", false)] {
        assert_eq!(certificate.covers(&alias(name)), covered, "{name}: a wildcard proves one label (ACM-2)");
    }
    assert!(!CertificateFacts::default().covers(&alias("foo.com")));
}

#[test]
fn a_masked_id_may_mean_whoever_has_its_length_and_its_visible_end_and_nobody_else() {
    for (masked, whole, agrees) in [
        ("*****EGACY", "E1OLDEGACY", true),
        ("*****EGACY", "E1NEWWORLD", false),
        ("*****EGACY", "E12OLDEGACY", false),
        ("*****EGACY", "EGACY", false),
        ("E1OLDEGACY", "E1OLDEGACY", true),
        ("E1OLDEGACY", "E2OLDEGACY", false),
        ("**********", "E1OLDEGACY", false),
        ("", "", false),
    ] {
        let why = "half of an id is shown, the rest is starred one for one (DSC-3)";
        assert_eq!(holder("a.foo.com", masked, "").may_be(whole), agrees, "{masked} {whole}: {why}");
        assert_eq!(holder("a.foo.com", "", masked).may_be_in(whole), agrees, "{masked} {whole}: {why}");
    }
    let holder = holder("a.foo.com", "*****EGACY", "******000001");
    assert!(holder.may_be("E1OLDEGACY") && !holder.may_be("000000000001"), "the distribution is matched with the distribution");
    assert!(holder.may_be_in("000000000001") && !holder.may_be_in("E1OLDEGACY"), "and the account with the account");
}

#[test]
fn a_holder_is_taken_for_a_side_only_where_account_and_distribution_both_agree() {
    let side =
        |account: &str, id: &str| DistributionFacts { account: account.to_owned(), id: id.to_owned(), ..DistributionFacts::default() };
    let seen = holder("*.foo.com", "*****EGACY", "******000001");
    assert!(seen.may_be_side(&side("000000000001", "E1OLDEGACY")));
    assert!(seen.may_be_side(&side("******000001", "*****EGACY")), "a side that shows itself through a mask alone");
    assert!(!seen.may_be_side(&side("000000000002", "E1OLDEGACY")), "another account's id may end alike");
    assert!(!seen.may_be_side(&side("000000000001", "E1NEWWORLD")));
    assert!(!holder("*.foo.com", "*****EGACY", "").may_be_side(&side("000000000001", "E1OLDEGACY")), "what is not shown does not agree");
}

#[test]
fn a_wildcard_of_a_distribution_whose_id_ends_as_a_sides_does_is_held_by_others() {
    let wildcard = alias("*.foo.com");
    let held = |by: Holder| {
        let facts = but(facts(&["a.foo.com"]), |facts| facts.wildcards.get_mut(&wildcard).unwrap().holders = vec![by]);
        facts.held_by_others(&wildcard).is_some()
    };
    let (of_source, of_target) = (&SOURCE_ID[SOURCE_ID.len() / 2..], &TARGET_ID[TARGET_ID.len() / 2..]);
    let masked = |end: &str, length: usize| format!("{end:*>length$}");
    for (end, length, account) in [(of_source, SOURCE_ID.len(), "******000001"), (of_target, TARGET_ID.len(), "******000002")] {
        assert!(!held(holder("*.foo.com", &masked(end, length), account)), "{end}: the side itself");
        assert!(held(holder("*.foo.com", &masked(end, length), "******445566")), "{end}: another account's");
    }
    assert!(held(holder("*.foo.com", &masked(of_source, SOURCE_ID.len()), "******000002")), "the account of the other side");
}
