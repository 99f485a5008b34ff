//! A distribution that a list shows, the end of its certificate, and one that no list shows any more.

use super::*;

fn proof() -> SeenCertificate {
    certificate(&["*.foo.com"], Some(ends()))
}

/// The new distribution as the look sees it.
fn seen() -> DistributionSighting {
    DistributionSighting {
        place: new(),
        domain_name: "qrs.cloudfront.net".to_owned(),
        enabled: true,
        alias_count: 2,
        certificate: Some(proof()),
        at: looked(),
    }
}

/// The same as an inventory at midnight has written it, with what other rooms remember of it.
fn known() -> KnownDistribution {
    let item = DistributionItem {
        domain_name: Some("qrs.cloudfront.net".to_owned()),
        enabled: Some(true),
        alias_count: Some(2),
        certificate: Some(proof()),
        seen_at: Some(today("00:00:00")),
        seen_by: Some(SeenBy::Inventory),
        deployed_at: Some(today("01:00:00")),
        moved_away: vec!["old-move".to_owned()],
        ..distribution_item(new())
    };
    KnownDistribution { item, certificate_told: None, listed_under: Some("ACCOUNT#000000000002".to_owned()) }
}

fn item(change: impl FnOnce(&mut DistributionItem)) -> KnownDistribution {
    let mut known = known();
    change(&mut known.item);
    known
}

/// Everything that is written of the distribution as the look sees it.
fn as_seen() -> Value {
    json!({
        "account": "000000000002", "distribution": "E2NEWQRS", "enabled": true, "aliasCount": 2,
        "seenAt": "2026-12-01T06:00:00Z", "seenBy": "inventory", "listedUnder": "ACCOUNT#000000000002",
        "listedAs": "DISTRIBUTION#E2NEWQRS", "domainName": "qrs.cloudfront.net",
        "certificate": {"arn": proof().arn, "names": ["*.foo.com"], "notAfter": "2027-06-01T00:00:00Z"},
    })
}

#[test]
fn a_distribution_that_is_seen_for_the_first_time_becomes_an_item() {
    let write = written(weigh_distribution(&seen(), None));
    assert_eq!((&write.key, created(&write)), (&Key::distribution(&id("E2NEWQRS")), as_seen()));
    assert_eq!(write.difference, None, "of aliases it is told, of distributions not");
}

#[test]
fn what_a_list_does_not_show_is_not_made_up() {
    let bare = DistributionSighting { domain_name: String::new(), certificate: None, ..seen() };
    let mut wanted = as_seen();
    wanted.as_object_mut().unwrap().retain(|name, _| name != "domainName" && name != "certificate");
    assert_eq!(created(&written(weigh_distribution(&bare, None))), wanted);
    let (set, remove) = update(&written(weigh_distribution(&bare, Some(&known()))));
    assert_eq!((set, remove), (wanted, vec!["domainName", "certificate"]), "what it had is not so any more");
}

#[test]
fn a_tenant_is_written_as_one() {
    let tenant = DistributionSighting { place: place(NEW, "dt_shop"), ..seen() };
    let write = written(weigh_distribution(&tenant, None));
    let item = created(&write);
    assert_eq!((&item["distributionTenant"], item.get("distribution")), (&json!("dt_shop"), None));
    assert_eq!((write.key, &item["listedAs"]), (Key::distribution(&id("dt_shop")), &json!("DISTRIBUTION#dt_shop")));
}

#[test]
fn a_distribution_that_is_as_the_registry_has_it_is_not_written_whoever_has_claimed_deployed_or_seen_it() {
    let claimed = item(|item| item.claim = Some("old-move".to_owned()));
    let sentinels = item(|item| item.seen_by = Some(SeenBy::Sentinel));
    for known in [known(), claimed, sentinels] {
        assert_eq!(weigh_distribution(&seen(), Some(&known)), Decision::Nothing, "{known:?}");
    }
}

#[test]
fn whatever_is_new_of_a_distribution_is_written_and_what_no_list_shows_is_left_alone() {
    let changes = [
        item(|item| item.enabled = Some(false)),
        item(|item| item.alias_count = Some(1)),
        item(|item| item.domain_name = None),
        item(|item| item.certificate = None),
        KnownDistribution { listed_under: None, ..known() },
    ];
    for known in changes {
        let write = written(weigh_distribution(&seen(), Some(&known)));
        assert_eq!((&write.key, update(&write)), (&Key::distribution(&id("E2NEWQRS")), (as_seen(), vec![])), "{known:?}");
        assert_eq!(write.difference, None);
    }
}

#[test]
fn what_is_newer_than_the_look_is_not_overwritten_and_what_is_as_old_is() {
    let disabled = |seen_at: Option<Timestamp>| {
        item(|item| {
            item.enabled = Some(false);
            item.seen_at = seen_at;
        })
    };
    assert_eq!(weigh_distribution(&seen(), Some(&disabled(Some(today("06:00:01"))))), Decision::Nothing);
    for seen_at in [Some(looked()), Some(today("05:59:59")), None] {
        assert_eq!(update(&written(weigh_distribution(&seen(), Some(&disabled(seen_at))))).0, as_seen(), "{seen_at:?}");
    }
}

/// The distribution with a certificate that ends then.
fn ending(at: &str) -> DistributionSighting {
    DistributionSighting { certificate: Some(certificate(&["*.foo.com"], Some(time(at)))), ..seen() }
}

/// The end that was told, where it was.
fn told(seen: &DistributionSighting, known: Option<&KnownDistribution>) -> Option<Value> {
    let write = match weigh_distribution(seen, known) {
        Decision::Write(write) => *write,
        _ => return None,
    };
    let set = if known.is_some() { update(&write).0 } else { created(&write) };
    let is_told = write.difference.as_ref().is_some_and(|difference| difference.kind == DifferenceKind::CertificateExpiring);
    assert_eq!(set.get("certificateTold").is_some(), is_told, "it is remembered where it is told, and only there: {write:?}");
    set.get("certificateTold").cloned()
}

#[test]
fn the_end_of_a_certificate_is_told_where_less_than_30_days_are_left() {
    for (at, is_told) in [
        ("2026-12-31T06:00:00Z", false),
        ("2026-12-31T05:59:59Z", true),
        ("2026-12-01T06:00:00Z", true),
        ("2026-11-01T00:00:00Z", true),
        ("2027-01-15T00:00:00Z", false),
        ("2027-06-01T00:00:00Z", false),
    ] {
        let wanted = is_told.then(|| json!(at));
        assert_eq!(told(&ending(at), None), wanted, "{at}, seen on the first at six");
        assert_eq!(told(&ending(at), Some(&known())), wanted, "{at}, of one that is known");
    }
}

#[test]
fn an_end_is_told_once_and_another_end_again() {
    let at = "2026-12-20T00:00:00Z";
    let knows = |told: Option<&str>| KnownDistribution {
        certificate_told: told.map(time),
        ..item(|item| item.certificate = Some(certificate(&["*.foo.com"], Some(time(at)))))
    };
    let write = written(weigh_distribution(&ending(at), Some(&knows(None))));
    assert_eq!(update(&write), (json!({"certificateTold": at}), vec![]), "nothing else is new");
    assert_eq!(weigh_distribution(&ending(at), Some(&knows(Some(at)))), Decision::Nothing, "it was told");
    assert_eq!(told(&ending(at), Some(&knows(Some("2026-12-19T00:00:00Z")))), Some(json!(at)), "that was another one");
}

#[test]
fn an_end_on_which_no_alias_stands_is_not_told() {
    let unused = DistributionSighting { alias_count: 0, ..ending("2026-12-20T00:00:00Z") };
    assert_eq!(told(&unused, None), None);
    let endless = DistributionSighting { certificate: Some(certificate(&["*.foo.com"], None)), ..seen() };
    assert_eq!(told(&endless, None), None, "nobody knows when it ends");
    let without = DistributionSighting { certificate: None, ..seen() };
    assert_eq!(told(&without, None), None, "there is none");
}

#[test]
fn an_end_is_told_with_how_many_aliases_stand_on_it_where_and_who_has_claimed_it() {
    let claimed = item(|item| item.claim = Some("old-move".to_owned()));
    let told = written(weigh_distribution(&ending("2026-12-20T00:00:00Z"), Some(&claimed))).difference.unwrap();
    assert_eq!((told.kind, told.name.as_str(), &told.account), (DifferenceKind::CertificateExpiring, "E2NEWQRS", &new().account));
    assert_eq!((told.at, told.from, told.to, told.claim.as_deref()), (looked(), None, Some(new()), Some("old-move")));
    let seen = format!("{} ends at 2026-12-20T00:00:00Z, and 2 aliases of it stand on that", proof().arn);
    assert!(told.detail.starts_with(&seen), "{}", told.detail);
}

#[test]
fn a_distribution_that_no_list_shows_is_deleted_unless_it_is_claimed_or_was_seen_since() {
    let seen_at = |seen_at: Option<Timestamp>| item(|item| item.seen_at = seen_at);
    for known in [known(), seen_at(Some(looked())), seen_at(None)] {
        let write = written(weigh_missing_distribution(&known, looked()));
        assert_eq!((write.key, write.what, write.difference), (Key::distribution(&id("E2NEWQRS")), What::Delete, None));
    }
    let claimed = item(|item| item.claim = Some("old-move".to_owned()));
    for known in [seen_at(Some(today("06:00:01"))), claimed] {
        assert_eq!(weigh_missing_distribution(&known, looked()), Decision::Nothing, "{known:?}");
    }
}
