//! A record set that leads to CloudFront: the home of an alias, or a name that leads to nobody.

use super::*;

const OWNER: &str = "000000000003";

/// `a.foo.com` leads to CloudFront from a record set in the zone `foo.com`.
fn pointing() -> Pointing {
    from("Z1FOO", "foo.com")
}

fn from(hosted_zone: &str, zone_name: &str) -> Pointing {
    let zone = zone(OWNER, hosted_zone);
    Pointing { alias: a(), zone, zone_name: zone_name.to_owned(), points_at: "gone.cloudfront.net".to_owned() }
}

fn weighed(known: &KnownAlias, behind: Behind) -> Decision {
    weigh_record(&pointing(), Some(known), behind, looked())
}

/// The alias with its record sets in a zone, whose name is known or is not.
fn at_home(hosted_zone: &str, zone_name: Option<&str>) -> KnownAlias {
    let known = but(known_on(old()), |item| item.dns = Some(zone(OWNER, hosted_zone)));
    KnownAlias { dns_zone: zone_name.map(str::to_owned), ..known }
}

#[test]
fn where_the_record_sets_of_a_held_alias_are_is_written_without_being_told() {
    for behind in [Behind::Wildcard, Behind::Nobody, Behind::Unknown] {
        for known in [known_on(old()), at_home("Z1FOO", None), at_home("Z9ELSE", None)] {
            let write = written(weighed(&known, behind));
            let home = json!({"dns": {"account": OWNER, "hostedZone": "Z1FOO"}, "dnsZone": "foo.com"});
            assert_eq!((&write.key, update(&write)), (&Key::alias(&a()), (home, vec![])), "a zone without a name is a cutover's");
            assert_eq!(write.difference, None);
        }
    }
}

#[test]
fn the_home_of_an_alias_is_the_deepest_zone_and_of_two_of_one_name_the_first() {
    let home = |known: &KnownAlias, seen: &Pointing| match weigh_record(seen, Some(known), Behind::Unknown, looked()) {
        Decision::Nothing => None,
        decision => Some(update(&written(decision)).0["dnsZone"].clone()),
    };
    assert_eq!(home(&at_home("Z1FOO", Some("foo.com")), &pointing()), None, "it is there");
    assert_eq!(
        home(&at_home("Z1FOO", Some("foo.com")), &from("Z2DEEP", "a.foo.com")),
        Some(json!("a.foo.com")),
        "a child zone wins (R53-13)"
    );
    assert_eq!(home(&at_home("Z2DEEP", Some("a.foo.com")), &pointing()), None, "its parent does not");
    assert_eq!(home(&at_home("Z1FOO", Some("foo.com")), &from("Z3SAME", "foo.com")), None, "the other one was seen first");
}

#[test]
fn a_record_set_behind_which_nobody_is_is_told_as_dangling() {
    let write = written(weigh_record(&pointing(), None, Behind::Nobody, looked()));
    assert_eq!(write.key, Key::alias(&a()));
    let item = json!({
        "alias": "a.foo.com", "state": "unknownOwner", "dangling": true, "listedUnder": "SETTLE#000000000003",
        "listedAs": "DANGLING#Z1FOO#a.foo.com", "dns": {"account": OWNER, "hostedZone": "Z1FOO"}, "dnsZone": "foo.com",
        "seenAt": "2026-12-01T06:00:00Z", "seenBy": "inventory",
    });
    assert_eq!(created(&write), item);
    let told = write.difference.unwrap();
    assert_eq!((told.kind, told.name.as_str(), told.account.as_str()), (DifferenceKind::DanglingRecord, "a.foo.com", OWNER));
    assert_eq!((told.at, told.from, told.to, told.claim), (looked(), None, None, None));
    assert!(told.detail.starts_with("its record set in Z1FOO leads to gone.cloudfront.net"), "{}", told.detail);
}

#[test]
fn a_known_name_that_leads_to_nobody_is_listed_to_be_looked_at_again() {
    let write = written(weighed(&known_nowhere(), Behind::Nobody));
    let set = json!({"dangling": true, "listedUnder": "SETTLE#000000000003", "listedAs": "DANGLING#Z1FOO#a.foo.com"});
    assert_eq!(update(&write), (set, vec![]));
    assert_eq!(write.difference.unwrap().kind, DifferenceKind::DanglingRecord);
}

#[test]
fn nothing_is_said_to_dangle_while_somebody_may_be_behind_it() {
    for behind in [Behind::Wildcard, Behind::Unknown] {
        assert_eq!(weigh_record(&pointing(), None, behind, looked()), Decision::Nothing, "{behind:?}");
        assert_eq!(weighed(&known_nowhere(), behind), Decision::Nothing, "{behind:?}");
    }
}

#[test]
fn what_is_claimed_told_or_newer_than_the_look_is_not_said_to_dangle() {
    let claimed = but(known_nowhere(), |item| item.claim = Some("old-move".to_owned()));
    let told = KnownAlias { dangling: true, ..known_nowhere() };
    let newer = but(known_nowhere(), |item| item.seen_at = Some(today("06:00:01")));
    for known in [claimed, told, newer] {
        assert_eq!(weighed(&known, Behind::Nobody), Decision::Nothing, "{known:?}");
    }
    let as_old = but(known_nowhere(), |item| item.seen_at = Some(looked()));
    assert!(matches!(weighed(&as_old, Behind::Nobody), Decision::Write(_)));
}

/// A name that was told to lead to nobody, by a look into the account of its zone.
fn dangles() -> KnownAlias {
    let (listed_under, listed_as) = ("SETTLE#000000000003".to_owned(), "DANGLING#Z1FOO#a.foo.com".to_owned());
    KnownAlias { dangling: true, listed_under: Some(listed_under), listed_as: Some(listed_as), ..known_nowhere() }
}

#[test]
fn a_record_set_that_leads_somewhere_again_is_forgotten_so_that_it_would_be_told_again() {
    let write = written(led_somewhere(&dangles(), &account(OWNER)));
    assert_eq!((&write.key, update(&write)), (&Key::alias(&a()), (json!({}), vec!["dangling", "listedUnder", "listedAs"])));
    assert_eq!(write.difference, None);
}

#[test]
fn what_does_not_dangle_is_claimed_or_is_another_accounts_is_not_forgotten() {
    let not_told = KnownAlias { dangling: false, ..dangles() };
    let claimed = but(dangles(), |item| item.claim = Some("old-move".to_owned()));
    let other = KnownAlias { listed_under: Some("SETTLE#000000000001".to_owned()), ..dangles() };
    let held = KnownAlias { listed_under: None, listed_as: None, ..dangles() };
    for known in [not_told, claimed, other, held] {
        assert_eq!(led_somewhere(&known, &account(OWNER)), Decision::Nothing, "{known:?}");
    }
}
