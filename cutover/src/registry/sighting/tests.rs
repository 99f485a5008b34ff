//! What the lists of an account show comes out as it went in, in the order of the index, and what is held is told from what is
//! only listed.

use super::*;
use crate::samples_of_registry::{NEW, OLD, a, account, id, name, place, time, today};

fn lists(shown: &[(&str, &[&str], &[&str])]) -> Lists {
    let account = AccountId::parse("000000000001").expect("an account");
    let mut lists = Lists::new(account, "2026-12-01T00:00:00.9Z".parse().expect("a time"));
    for (id, aliases, idle) in shown {
        let id = DistributionId::parse(id).expect("an id");
        let certificate = Some("arn:one");
        lists.add(Shown {
            id,
            domain_name: "d.cloudfront.net",
            enabled: true,
            certificate,
            aliases: aliases.to_vec(),
            idle: idle.to_vec(),
        });
    }
    lists
}

#[test]
fn entries_come_in_the_order_of_the_index() {
    let lists =
        lists(&[("E2", &["b.foo.com", "*.foo.com", "a.foo.com"], &["aa.foo.com"]), ("E10", &["z.foo.com"], &[]), ("dt_1", &[], &[])]);
    let as_listed = |entry: Entry<'_>| match entry.name {
        None => format!("DISTRIBUTION#{}", entry.id),
        Some(name) => format!("DISTRIBUTION#{}#{name}", entry.id),
    };
    let told: Vec<String> = lists.entries().map(as_listed).collect();
    let mut sorted = told.clone();
    sorted.sort();
    assert_eq!(told, sorted);
    assert_eq!(told.len(), 3 + 5);
    assert_eq!((lists.distributions(), lists.aliases()), (3, 4), "what is only listed is not held");
}

#[test]
fn what_is_held_is_found_and_what_is_not_is_not() {
    let lists = lists(&[("E1", &["a.foo.com"], &["i.foo.com"])]);
    let alias = |name: &str| Alias::parse(name).expect("a name");
    let id = DistributionId::parse("E1").expect("an id");
    assert!(lists.may_hold(&alias("a.foo.com")) && !lists.may_hold(&alias("i.foo.com")) && !lists.may_hold(&alias("b.foo.com")));
    assert!(lists.lists(&id, &alias("a.foo.com")) && lists.lists(&id, &alias("i.foo.com")) && !lists.lists(&id, &alias("b.foo.com")));
}

#[test]
fn a_certificate_is_told_with_its_names_and_the_look_is_older_rather_than_newer() {
    let mut lists = lists(&[("E1", &["a.foo.com", "not a name"], &[])]);
    let ends: Timestamp = "2027-01-01T00:00:00Z".parse().expect("a time");
    lists.certify("arn:one", &["A.foo.com".to_owned()], Some(ends));
    lists.certify("arn:two", &[], None);
    let id = DistributionId::parse("E1").expect("an id");
    let seen = lists.distribution(&id).expect("it was added");
    let certificate = SeenCertificate { arn: "arn:one".to_owned(), names: vec!["a.foo.com".to_owned()], not_after: Some(ends) };
    assert_eq!((seen.certificate, seen.alias_count, lists.unreadable()), (Some(certificate), 1, 1));
    assert_eq!(lists.at().to_string(), "2026-12-01T00:00:00Z");
}

/// Lists that were begun at six and nine tenths, with one distribution that has everything.
fn full() -> Lists {
    let mut lists = Lists::new(account(NEW), time("2026-12-01T06:00:00.9Z"));
    lists.add(Shown {
        id: id("E2NEWQRS"),
        domain_name: "qrs.cloudfront.net",
        enabled: false,
        certificate: Some("arn:one"),
        aliases: vec!["b.foo.com", "a.foo.com"],
        idle: vec!["i.foo.com"],
    });
    lists
}

fn bare(distribution: &str) -> Shown<'static> {
    Shown { id: id(distribution), domain_name: "", enabled: true, certificate: None, aliases: vec![], idle: vec![] }
}

fn ends() -> Timestamp {
    time("2027-06-01T00:00:00Z")
}

#[test]
fn the_lists_of_an_account_say_whose_they_are_and_since_when_in_whole_seconds() {
    assert_eq!((full().account(), full().at()), (&account(NEW), today("06:00:00")), "what is written in that second counts as newer");
    assert_eq!(Lists::new(account(OLD), today("07:00:00")).account().as_str(), OLD);
}

#[test]
fn what_is_in_the_lists_is_counted() {
    let none = Lists::new(account(NEW), today("06:00:00"));
    assert_eq!((none.distributions(), none.aliases(), none.unreadable(), none.needs_certificates()), (0, 0, 0, false));
    let mut lists = full();
    lists.add(Shown { aliases: vec!["c.foo.com", "no name", "a_b.foo.com"], idle: vec!["d e"], ..bare("E3OTHER") });
    lists.add(Shown { aliases: vec!["x y"], ..bare("E4MORE") });
    assert_eq!((lists.distributions(), lists.aliases()), (3, 3), "what is only listed is not held");
    assert_eq!(lists.unreadable(), 3, "what would be held and is no alias to us");
    let listed: Vec<&str> = lists.entries().filter_map(|entry| entry.name).collect();
    assert_eq!(listed, ["a.foo.com", "b.foo.com", "i.foo.com", "c.foo.com"]);
}

#[test]
fn an_alias_is_seen_where_it_is_listed_with_all_that_is_known_there() {
    let mut lists = full();
    lists.certify("arn:one", &["*.foo.com".to_owned()], Some(ends()));
    let seen: Vec<Option<Sighting>> = lists.entries().map(|entry| lists.sighting(entry)).collect();
    let sighting = |text: &str, held: bool| {
        Some(Sighting {
            alias: name(text),
            place: place(NEW, "E2NEWQRS"),
            domain_name: Some("qrs.cloudfront.net".to_owned()),
            certificate_not_after: Some(ends()),
            at: today("06:00:00"),
            held,
        })
    };
    let wanted = [None, sighting("a.foo.com", true), sighting("b.foo.com", true), sighting("i.foo.com", false)];
    assert_eq!(seen, wanted, "the first entry is the distribution itself");
}

#[test]
fn what_is_not_known_of_a_distribution_is_not_made_up() {
    let mut lists = Lists::new(account(NEW), today("06:00:00"));
    lists.add(Shown { aliases: vec!["a.foo.com"], ..bare("dt_shop") });
    let entry = Entry { id: &id("dt_shop"), name: Some("a.foo.com"), held: true };
    let seen = lists.sighting(entry).expect("it is listed");
    assert_eq!((seen.domain_name, seen.certificate_not_after), (None, None));
    let distribution = lists.distribution(&id("dt_shop")).expect("it was added");
    assert_eq!((distribution.domain_name.as_str(), distribution.certificate), ("", None));
    assert_eq!(lists.distribution(&id("E9NONE")), None, "that one was not added");
    assert_eq!(lists.sighting(Entry { id: &id("E9NONE"), ..entry }), None);
}

#[test]
fn a_distribution_is_seen_as_its_page_shows_it() {
    let mut lists = full();
    let wanted = |certificate| {
        let (place, domain_name) = (place(NEW, "E2NEWQRS"), "qrs.cloudfront.net".to_owned());
        Some(DistributionSighting { place, domain_name, enabled: false, alias_count: 2, certificate, at: today("06:00:00") })
    };
    let certificate = |names: &[&str], not_after| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Some(SeenCertificate { arn: "arn:one".to_owned(), names, not_after })
    };
    assert_eq!(lists.distribution(&id("E2NEWQRS")), wanted(certificate(&[], None)), "ACM has not been asked");
    lists.certify("arn:one", &["foo.com".to_owned(), "*.FOO.com".to_owned()], Some(ends()));
    lists.certify("arn:two", &["other.com".to_owned()], None);
    assert_eq!(lists.distribution(&id("E2NEWQRS")), wanted(certificate(&["*.foo.com", "foo.com"], Some(ends()))), "in lower case");
}

#[test]
fn a_certificate_that_was_certified_stays_so_when_another_distribution_has_it_too() {
    let mut lists = full();
    lists.certify("arn:one", &["*.foo.com".to_owned()], Some(ends()));
    lists.add(Shown { certificate: Some("arn:one"), ..bare("E3OTHER") });
    let certificate = lists.distribution(&id("E3OTHER")).and_then(|seen| seen.certificate).expect("it has one");
    assert_eq!((certificate.names, certificate.not_after), (vec!["*.foo.com".to_owned()], Some(ends())));
}

#[test]
fn certificates_are_asked_for_only_where_a_distribution_has_one() {
    let mut lists = Lists::new(account(NEW), today("06:00:00"));
    lists.add(bare("E3OTHER"));
    assert!(!lists.needs_certificates());
    lists.add(Shown { certificate: Some("arn:one"), ..bare("E4MORE") });
    assert!(lists.needs_certificates());
    assert_eq!(lists.certificate_of("E4MORE").as_deref(), Some("arn:one"), "a tenant without one of its own has its distribution's");
    for other in ["E3OTHER", "E9NONE", "no id"] {
        assert_eq!(lists.certificate_of(other), None, "{other}");
    }
}

#[test]
fn names_that_are_held_and_names_that_are_only_listed_come_in_one_order() {
    let mut lists = Lists::new(account(NEW), today("06:00:00"));
    let (aliases, idle) = (vec!["d.foo.com", "b.foo.com", "b.foo.com"], vec!["e.foo.com", "a.foo.com", "c.foo.com"]);
    lists.add(Shown { aliases, idle, ..bare("E2NEWQRS") });
    let told: Vec<(Option<&str>, bool)> = lists.entries().map(|entry| (entry.name, entry.held)).collect();
    let wanted = [
        (None, false),
        (Some("a.foo.com"), false),
        (Some("b.foo.com"), true),
        (Some("c.foo.com"), false),
        (Some("d.foo.com"), true),
        (Some("e.foo.com"), false),
    ];
    assert_eq!(told, wanted, "each once");
    let mut twice = Lists::new(account(NEW), today("06:00:00"));
    twice.add(Shown { aliases: vec!["a.foo.com"], idle: vec!["a.foo.com"], ..bare("E2NEWQRS") });
    let told: Vec<bool> = twice.entries().filter(|entry| entry.name.is_some()).map(|entry| entry.held).collect();
    assert_eq!(told, [true, false], "the index has one item of it, and that meets the one that is held");
}

#[test]
fn what_is_in_the_lists_is_found_there_and_nothing_else() {
    let lists = full();
    assert!(lists.has(&id("E2NEWQRS")) && !lists.has(&id("E9NONE")));
    for (distribution, text, listed) in [
        ("E2NEWQRS", "a.foo.com", true),
        ("E2NEWQRS", "i.foo.com", true),
        ("E2NEWQRS", "foo.com", false),
        ("E2NEWQRS", "c.foo.com", false),
        ("E9NONE", "a.foo.com", false),
    ] {
        assert_eq!(lists.lists(&id(distribution), &name(text)), listed, "{distribution} {text}");
    }
    assert!(lists.may_hold(&a()) && lists.may_hold(&name("b.foo.com")));
    for other in ["i.foo.com", "c.foo.com", "foo.com"] {
        assert!(!lists.may_hold(&name(other)), "{other}: \"no\" is certain");
    }
    assert!(!Lists::new(account(NEW), today("06:00:00")).may_hold(&a()));
}
