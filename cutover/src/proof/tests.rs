//! Where the proof of a name stands, and what its record set holds while others use it too.

use super::*;
use crate::samples_of_names::{SOURCE, TARGET, alias};

fn snapshot(values: &[&str]) -> ProofSnapshot {
    ProofSnapshot { name: "_www.foo.com".to_owned(), ttl: None, values: texts(values) }
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| quoted(value)).collect()
}

fn values(read: &ProofSnapshot, now: &[String], proves: Proves) -> Vec<String> {
    proof_values(read, now, proves, TARGET, SOURCE)
}

#[test]
fn a_proof_stands_beside_its_name_and_below_an_apex() {
    for (name, zone, stands) in [
        ("www.foo.com", "foo.com", Some("_www.foo.com")),
        ("a.b.foo.com", "foo.com", Some("_a.b.foo.com")),
        ("a.b.foo.com", "b.foo.com", Some("_a.b.foo.com")),
        ("foo.com", "foo.com", Some("_.foo.com")),
        ("foo.co.uk", "foo.co.uk", Some("_.foo.co.uk")),
        ("*.foo.com", "foo.com", Some("_*.foo.com")),
        // Its proof lies in the parent zone (TXT-9).
        ("www.foo.com", "www.foo.com", None),
    ] {
        assert_eq!(proof_name(&alias(name), zone).as_deref(), stands, "{name} in {zone}");
    }
}

#[test]
fn a_proof_has_no_place_where_the_underscore_makes_its_name_too_long_for_dns() {
    let name = |first: usize, rest: usize| {
        let longest = "x".repeat(63);
        alias(&format!("{}.{longest}.{longest}.{}.com", "x".repeat(first), "x".repeat(rest)))
    };
    let stands = |name: &Alias| proof_name(name, name.registrable());
    let fits = name(61, 58);
    assert_eq!(fits.as_str().len(), 252);
    assert_eq!(stands(&fits), Some(format!("_{fits}")), "253 characters are a name");
    assert_eq!(stands(&name(62, 57)).map(|name| name.len()), Some(253), "63 characters are a label");
    assert_eq!(stands(&name(61, 59)), None, "254 characters are none, however short the labels");
    assert_eq!(proof_name(&alias(&format!("{}.foo.com", "x".repeat(63))), "foo.com"), None, "a label of 64 characters is none");
}

#[test]
fn a_value_proves_a_distribution_in_any_case_and_none_that_nobody_knows() {
    assert_eq!(quoted(TARGET), "\"qrs.cloudfront.net\"", "Route 53 keeps the quotes (TXT-4)");
    assert!(is_proof_of("\"qrs.cloudfront.net\"", TARGET) && is_proof_of("\"QRS.CloudFront.net\"", TARGET));
    assert!(!is_proof_of("\"xyz.cloudfront.net\"", TARGET) && !is_proof_of("qrs.cloudfront.net", TARGET));
    assert!(!is_proof_of("\"\"", ""), "an empty text is no proof of an unknown source");
}

#[test]
fn the_other_sides_proof_is_replaced_and_nobody_elses_value_is_touched() {
    let read = snapshot(&["somebody=else"]);
    let staged = values(&read, &read.values, Proves::Target);
    assert_eq!(staged, texts(&["somebody=else", TARGET]));
    let returned = values(&read, &staged, Proves::Source);
    assert_eq!(returned, texts(&["somebody=else", SOURCE]));
    assert_eq!(values(&read, &returned, Proves::Nobody), read.values);
    assert_eq!(values(&read, &staged, Proves::Nobody), read.values);
}

#[test]
fn a_proof_that_was_alone_leaves_no_record_set_behind() {
    let read = snapshot(&[]);
    let staged = values(&read, &[], Proves::Target);
    assert_eq!((staged.clone(), values(&read, &staged, Proves::Nobody)), (texts(&[TARGET]), vec![]));
}

#[test]
fn a_value_that_somebody_changed_in_case_only_stays_as_it_is_now() {
    let read = snapshot(&["Token=ABC"]);
    let now = texts(&["token=abc", "QRS.cloudfront.net"]);
    assert_eq!(values(&read, &now, Proves::Nobody), texts(&["token=abc"]));
}

#[test]
fn a_value_that_joined_meanwhile_stays_and_a_proof_that_stood_there_before_returns() {
    let read = snapshot(&[TARGET]);
    assert_eq!(values(&read, &read.values, Proves::Target), read.values, "nothing to write");
    assert_eq!(values(&read, &read.values, Proves::Source), texts(&[SOURCE]));
    assert_eq!(values(&read, &texts(&[SOURCE, "new"]), Proves::Nobody), texts(&["new", TARGET]));
    let unknown_source = proof_values(&read, &texts(&[""]), Proves::Nobody, TARGET, "");
    assert_eq!(unknown_source, texts(&["", TARGET]), "an empty text is nobody's proof and stays");
}

#[test]
fn a_record_set_that_holds_what_it_should_is_kept_in_the_order_in_which_it_was_read() {
    let read = snapshot(&[TARGET, "token"]);
    assert_eq!(values(&read, &read.values, Proves::Target), read.values, "another order would be another write");
    let staged_again = values(&read, &texts(&["token", TARGET]), Proves::Nobody);
    assert_eq!(staged_again, read.values, "and is given back as it was read (R53-8)");
}

#[test]
fn the_order_of_values_means_nothing_and_their_number_does() {
    let same = |left: &[&str], right: &[&str]| same_values(&texts(left), &texts(right));
    assert!(same(&[], &[]) && same(&["one", "two"], &["two", "one"]));
    assert!(!same(&["one"], &["two"]) && !same(&["one"], &["One"]), "a value means what it says, in its own case");
    assert!(!same(&["one"], &["one", "two"]) && !same(&["one", "two"], &["one"]));
}

#[test]
fn a_value_that_is_there_twice_is_not_one_that_is_there_once() {
    let same = |left: &[&str], right: &[&str]| same_values(&texts(left), &texts(right));
    assert!(!same(&["one", "one"], &["one", "two"]), "two is missing");
    assert!(!same(&["one", "two"], &["one", "one"]), "whichever is asked first");
    assert!(!same(&["one", "one"], &["one"]), "Route 53 refuses the first and has the second");
    assert!(same(&["one", "one"], &["one", "one"]));
}
