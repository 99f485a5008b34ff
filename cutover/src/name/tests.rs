//! A name is read into one form or refused with the rule that it breaks; a wildcard alias and a wildcard certificate name
//! catch by rules of their own.

use super::*;
use crate::samples_of_names::{alias, aliases};

/// A plain name of exactly that many characters, 193 to 255: three labels at their longest, and the rest.
fn of_length(characters: usize) -> String {
    let longest = "a".repeat(LABEL_MAX);
    format!("{longest}.{longest}.{longest}.{}", "a".repeat(characters - 3 * (LABEL_MAX + 1)))
}

fn rule_broken_by(text: &str) -> &'static str {
    match Alias::parse(text) {
        Ok(alias) => panic!("{alias} was read"),
        Err(error) => error.rule,
    }
}

#[test]
fn a_name_is_parsed_once_into_one_form() {
    for (written, read) in [
        ("A.Foo.COM.", "a.foo.com"),
        ("*.Foo.com", "*.foo.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.Bücher.example", "*.xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("a-1.b2.foo.com", "a-1.b2.foo.com"),
        ("4.foo.com", "4.foo.com"),
    ] {
        assert_eq!(alias(written).as_str(), read, "{written}");
        assert_eq!(alias(read).as_str(), read, "what was read is read again as it is");
    }
}

#[test]
fn what_is_no_name_is_refused() {
    for bad in [
        "",
        ".",
        "com",
        "*.com",
        "*",
        "a*.foo.com",
        "a.*.foo.com",
        "*.*.foo.com",
        "a..foo.com",
        "-a.foo.com",
        "a-.foo.com",
        "a_b.foo.com",
        "a foo.com",
        "a.foo.com..",
        "10.0.0.1",
        "http://a.foo.com",
        "a.foo.com/x",
        "xn--a.example",
        &format!("{}.com", "a".repeat(LABEL_MAX + 1)),
        &format!("{}com", "abcdefgh.".repeat(40)),
    ] {
        assert!(Alias::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_name_takes_as_many_characters_as_dns_does_its_star_among_them() {
    let longest = of_length(NAME_MAX);
    assert_eq!(alias(&longest).as_str(), longest, "253 characters are a name");
    assert_eq!(alias(&format!("{longest}.")).as_str(), longest, "the final dot is not counted");
    let wildcard = format!("*.{}", of_length(NAME_MAX - 2));
    assert_eq!(alias(&wildcard).as_str(), wildcard);
    for too_long in [of_length(NAME_MAX + 1), of_length(NAME_MAX + 2), format!("*.{}", of_length(NAME_MAX - 1))] {
        assert_eq!(rule_broken_by(&too_long), "it is longer than 253 characters", "{} characters", too_long.len());
    }
}

#[test]
fn a_name_in_unicode_may_take_more_bytes_than_it_has_characters_in_dns_but_not_without_end() {
    let label = "中".repeat(50);
    let long = alias(&format!("{label}.{label}.{label}.{label}"));
    assert!(long.as_str().len() < NAME_MAX && long.as_str().split('.').all(|label| label.starts_with("xn--")), "{long}");
    // A soft hyphen is two bytes and stands for nothing: with it a text may be padded.
    let padded = |name: &str| format!("{name}{}.foo.com", "\u{ad}".repeat(501));
    assert_eq!(padded("ab").len(), 4 * NAME_MAX, "four bytes are the most for a character");
    assert_eq!(alias(&padded("ab")).as_str(), "ab.foo.com");
    assert_eq!(rule_broken_by(&padded("abc")), "it is longer than 253 characters", "a hostile text is not even looked at");
}

#[test]
fn a_refusal_says_which_rule_was_broken_and_shows_a_bounded_part_of_what_was_seen() {
    let said = |text: &str| Alias::parse(text).map_err(|error| error.to_string());
    assert_eq!(said("a.*.foo.com"), Err("\"a.*.foo.com\" is no alias: a wildcard must be the whole first label".to_owned()));
    assert_eq!(said("com"), Err("\"com\" is no alias: a name of at least two labels is needed".to_owned()));
    assert_eq!(said("10.0.0.1"), Err("\"10.0.0.1\" is no alias: its last label is a number, as in an address".to_owned()));
    assert_eq!(rule_broken_by("-a.foo.com"), "its labels need 1 to 63 letters, digits or hyphens each");
    let reserved = "a label with hyphens in its third and fourth place must be punycode, xn-- and a name that it stands for";
    for unread in ["r3---x.foo.com", "R3---X.foo.com", "*.r3---x.foo.com", "a.ab--c.foo.com", "xn--a.example"] {
        assert_eq!(rule_broken_by(unread), reserved, "{unread}");
    }
    assert_eq!(
        rule_broken_by("a_b.xn--bcher-kva.example"),
        "its labels need 1 to 63 letters, digits or hyphens each",
        "that one is punycode"
    );
    assert_eq!(rule_broken_by(&format!("xn--{}.com", "a".repeat(LABEL_MAX))), "its labels need 1 to 63 letters, digits or hyphens each");
    let shown = Alias::parse(&"x".repeat(100_000)).map_err(|error| error.seen.len());
    assert_eq!(shown, Err(80));
}

#[test]
fn a_wildcard_is_told_by_its_first_label() {
    assert!(alias("*.foo.com").is_wildcard() && !alias("foo.com").is_wildcard());
    assert_eq!((alias("a.b.foo.com").parent(), alias("*.foo.com").parent()), ("b.foo.com", "foo.com"));
}

#[test]
fn an_alias_catches_itself_and_a_wildcard_every_depth_but_not_its_parent() {
    let [exact, wildcard] = ["a.foo.com", "*.foo.com"].map(alias);
    for caught in ["a.foo.com", "a.b.foo.com", "*.foo.com", "*.b.foo.com"] {
        assert!(wildcard.catches(&alias(caught)), "{caught}");
    }
    for other in ["foo.com", "xfoo.com", "a.bar.com"] {
        assert!(!wildcard.catches(&alias(other)), "{other}");
    }
    assert!(exact.catches(&exact));
    assert!(!exact.catches(&wildcard) && !exact.catches(&alias("b.foo.com")) && !exact.catches(&alias("x.a.foo.com")));
}

#[test]
fn a_wildcard_certificate_name_covers_one_label() {
    for (name, covered) in [("a.foo.com", "a.foo.com"), ("A.Foo.com", "a.foo.com"), ("*.foo.com", "a.foo.com"), ("*.FOO.com", "*.foo.com")]
    {
        assert!(certificate_name_covers(name, &alias(covered)), "{name} {covered}");
    }
    for (name, not_covered) in [
        ("*.foo.com", "a.b.foo.com"),
        ("*.foo.com", "foo.com"),
        ("*.foo.com", "*.b.foo.com"),
        ("*.b.foo.com", "*.foo.com"),
        ("a.foo.com", "*.foo.com"),
        ("a.foo.com", "b.foo.com"),
        ("foo.com", "a.foo.com"),
    ] {
        assert!(!certificate_name_covers(name, &alias(not_covered)), "{name} {not_covered}");
    }
}

#[test]
fn the_wildcards_above_a_name_end_with_that_of_its_registrable_domain() {
    for (name, registrable, above) in [
        ("a.b.foo.com", "foo.com", &["*.b.foo.com", "*.foo.com"][..]),
        ("*.b.foo.com", "foo.com", &["*.foo.com"]),
        ("foo.com", "foo.com", &[]),
        ("*.foo.com", "foo.com", &[]),
        ("foo.co.uk", "foo.co.uk", &[]),
        ("a.foo.co.uk", "foo.co.uk", &["*.foo.co.uk"]),
    ] {
        assert_eq!(alias(name).registrable(), registrable, "{name}");
        assert_eq!(alias(name).wildcards_above(), aliases(above), "{name}");
    }
}

#[test]
fn the_bridge_wildcard_is_one_level_above_the_name() {
    assert_eq!(alias("a.b.foo.com").bridge_wildcard(), Some(alias("*.b.foo.com")));
    assert_eq!(alias("foo.com").bridge_wildcard(), None, "nobody has *.com");
    assert_eq!(alias("*.foo.com").bridge_wildcard(), None, "it is one itself");
}

#[test]
fn a_name_is_written_and_read_as_a_plain_text() {
    let name = alias("a.foo.com");
    assert_eq!((name.to_string(), String::from(name.clone())), ("a.foo.com".to_owned(), "a.foo.com".to_owned()));
    assert_eq!(serde_json::to_value(&name).ok(), Some("a.foo.com".into()));
    assert_eq!(serde_json::from_value::<Alias>("A.foo.com.".into()).ok(), Some(name));
    assert!(serde_json::from_value::<Alias>("no name".into()).is_err(), "a document is not trusted more than a request");
}
