//! Is each kind of difference told when it should be, once, and with what a reader needs?

use super::*;
use rehearsal::interpreter::Status;

#[test]
fn a_first_inventory_tells_what_there_is_and_a_second_writes_nothing() {
    let mut stage = stage(world());
    let first = stage.scan();
    let appeared = ["*.new.foo.com", "a.foo.com", "b.foo.com", "n.foo.com", "shop.foo.com"].map(|name| ("aliasAppeared", name));
    is_told(&first, &[&appeared[..], &[("danglingRecord", "gone.foo.com")]].concat());
    assert_eq!(first.execution.status, Status::Succeeded);
    let summary = &first.summary;
    assert_eq!((&summary["accounts"], &summary["distributions"], &summary["aliases"]), (&json!(2), &json!(5), &json!(5)));
    assert_eq!((&summary["differences"], &summary["complete"]), (&json!(6), &json!(true)));
    let before = stage.registry();
    for _ in 0..2 {
        let again = stage.scan();
        is_told(&again, &[]);
        assert_eq!((again.table_writes(), &again.summary["written"]), (0, &json!(0)), "{:?}", again.calls);
        assert_eq!(stage.registry(), before);
    }
}

#[test]
fn the_registry_has_everything_that_the_lists_show() {
    let mut stage = stage(world());
    stage.scan();
    let b = alias(&stage, "b.foo.com");
    let holder = json!({"account": OLD, "distribution": "E1OLD", "domainName": "e1old.cloudfront.net", "certificateNotAfter": "2027-06-01T00:00:00Z"});
    assert_eq!((&b["holder"], &b["state"], &b["seenBy"]), (&holder, &json!("owned"), &json!("inventory")));
    assert_eq!(b["dns"], json!({"account": OLD, "hostedZone": "Z1FOO"}));
    assert_eq!((&b["listedUnder"], &b["listedAs"]), (&json!("ACCOUNT#000000000001"), &json!("DISTRIBUTION#E1OLD#b.foo.com")));
    let shop = alias(&stage, "shop.foo.com");
    assert_eq!(
        (&shop["holder"]["distributionTenant"], &shop["holder"]["domainName"]),
        (&json!("dt_shop"), &json!("group1.cloudfront.net"))
    );
    assert_eq!(shop["holder"]["certificateNotAfter"], "2027-06-01T00:00:00Z", "its distribution's");
    let distribution = item(&stage, "DISTRIBUTION#E1OLD");
    assert_eq!((&distribution["aliasCount"], &distribution["enabled"]), (&json!(2), &json!(true)));
    assert_eq!(distribution["certificate"]["names"], json!(["*.foo.com", "*.new.foo.com", "foo.com"]));
}

#[test]
fn an_alias_that_changed_accounts_is_told_as_moved_in_whichever_order_they_are_looked_at() {
    let there = and(and(world(), removes("a.foo.com", OLD, "E1OLD")), adds("a.foo.com", NEW, "E4NEW"));
    // Later than the first one's addition, which has to be everywhere before the name is free.
    let back = adds_at("2026-12-01T06:00:00Z", "n.foo.com", OLD, "E1OLD");
    let both = and(and(there, removes("n.foo.com", NEW, "E4NEW")), back);
    let mut stage = stage(both);
    stage.scan();
    let second = stage.scan();
    is_told(&second, &[("aliasMoved", "a.foo.com"), ("aliasMoved", "n.foo.com")]);
    let moved = second.differences.iter().find(|each| each["name"] == "a.foo.com").unwrap();
    assert_eq!(moved["from"], json!({"account": OLD, "distribution": "E1OLD"}));
    assert_eq!(moved["to"], json!({"account": NEW, "distribution": "E4NEW"}));
    assert_eq!(alias(&stage, "a.foo.com")["holder"]["distribution"], "E4NEW");
    assert_eq!(alias(&stage, "n.foo.com")["listedUnder"], "ACCOUNT#000000000001");
    is_told(&stage.scan(), &[]);
}

#[test]
fn an_alias_that_changed_distributions_of_one_account_is_told_as_moved() {
    let mut world = world();
    world["distributions"].as_array_mut().unwrap().push(distribution("E0OLD", OLD, &[]));
    let world = and(and(world, removes("a.foo.com", OLD, "E1OLD")), adds("a.foo.com", OLD, "E0OLD"));
    let mut stage = stage(world);
    stage.scan();
    is_told(&stage.scan(), &[("aliasMoved", "a.foo.com")]);
    assert_eq!(alias(&stage, "a.foo.com")["listedAs"], "DISTRIBUTION#E0OLD#a.foo.com");
    is_told(&stage.scan(), &[]);
}

#[test]
fn an_alias_that_nobody_lists_any_more_is_told_as_vanished_and_its_record_set_as_leading_to_nobody() {
    let mut stage = stage(and(world(), removes("b.foo.com", OLD, "E1OLD")));
    stage.scan();
    let second = stage.scan();
    is_told(&second, &[("aliasVanished", "b.foo.com"), ("danglingRecord", "b.foo.com")]);
    assert_eq!(difference(&second, "aliasVanished")["from"], json!({"account": OLD, "distribution": "E1OLD"}));
    let b = alias(&stage, "b.foo.com");
    assert_eq!((&b["state"], b.get("holder")), (&json!("unknownOwner"), None));
    is_told(&stage.scan(), &[]);
}

#[test]
fn an_alias_that_comes_back_is_told_as_appeared() {
    let world = and(world(), removes("a.foo.com", OLD, "E1OLD"));
    let back = json!({"at": "2026-12-01T12:00:00Z", "account": NEW, "do": "addAlias", "distribution": "E4NEW", "alias": "a.foo.com"});
    let mut stage = stage(and(world, back));
    stage.scan();
    is_told(&stage.scan(), &[("aliasVanished", "a.foo.com")]);
    is_told(&stage.scan(), &[("aliasAppeared", "a.foo.com")]);
    assert_eq!(alias(&stage, "a.foo.com")["state"], "owned");
}

#[test]
fn a_certificate_that_ends_within_thirty_days_is_told_once_for_each_distribution_with_aliases() {
    for (ends, tells) in [("2026-12-30T00:00:00Z", true), ("2027-01-02T00:00:00Z", false)] {
        let mut world = world();
        world["certificates"][1]["notAfter"] = json!(ends);
        let mut stage = stage(world);
        let first = stage.scan();
        let expiring: Vec<&Value> = first.differences.iter().filter(|each| each["kind"] == "certificateExpiring").collect();
        assert_eq!(expiring.len(), if tells { 2 } else { 0 }, "{ends}");
        if tells {
            assert!(expiring[0]["detail"].as_str().unwrap().contains(ends), "{}", expiring[0]["detail"]);
            is_told(&stage.scan(), &[]);
        }
    }
}

#[test]
fn a_record_set_is_told_again_once_it_had_led_somewhere() {
    let set = |at: &str, record: Value| json!({"at": at, "account": OLD, "do": "changeRecord", "hostedZone": "Z1FOO", "record": record});
    let gone = set(BETWEEN, cname("gone.foo.com", "example.net"));
    let again = set("2026-12-01T12:00:00Z", cname("gone.foo.com", "e1old.cloudfront.net"));
    let mut stage = stage(and(and(world(), gone), again));
    assert!(told(&stage.scan()).contains(&("danglingRecord".to_owned(), "gone.foo.com".to_owned())));
    is_told(&stage.scan(), &[]);
    assert_eq!(alias(&stage, "gone.foo.com").get("dangling"), None);
    is_told(&stage.scan(), &[("danglingRecord", "gone.foo.com")]);
}

/// Has `id` list `alias` as well, which no operation would allow.
fn lists_too(stage: &Stage, id: &str, alias: &str) {
    let world = stage.world();
    let mut world = world.lock();
    let distribution = world.distributions.get_mut(id).unwrap();
    let added = format!("<Items><CNAME>{alias}</CNAME>");
    let config = distribution.config.replacen("<Items><CNAME>", &format!("{added}<CNAME>"), 1);
    assert_ne!(config, distribution.config);
    distribution.config = config;
}

#[test]
fn a_name_that_two_accounts_list_is_told_once_as_a_conflict_and_keeps_its_holder() {
    for (id, name, holder) in [("E4NEW", "a.foo.com", "E1OLD"), ("E1OLD", "n.foo.com", "E4NEW")] {
        let mut stage = stage(world());
        stage.scan();
        lists_too(&stage, id, name);
        let second = stage.scan();
        is_told(&second, &[("conflictFound", name)]);
        assert_eq!(difference(&second, "conflictFound")["to"]["distribution"], id);
        assert_eq!((&second.summary["conflicts"], second.execution.status), (&json!(1), Status::Succeeded));
        assert_eq!(alias(&stage, name)["holder"]["distribution"], holder);
        let third = stage.scan();
        is_told(&third, &[]);
        assert_eq!((third.table_writes(), &third.summary["conflicts"]), (0, &json!(1)), "it is counted and not told");
    }
}

#[test]
fn a_wildcard_and_a_name_below_it_in_another_account_are_no_conflict() {
    let mut world = world();
    world["distributions"][0]["aliases"] = json!(["a.foo.com", "b.foo.com", "deep.new.foo.com"]);
    let first = stage(world).scan();
    assert!(!told(&first).iter().any(|(kind, _)| kind == "conflictFound"), "CF-6");
}

#[test]
fn a_staging_distributions_names_are_nobodys() {
    let mut stage = stage(world());
    {
        let world = stage.world();
        let mut world = world.lock();
        let distribution = world.distributions.get_mut("E4NEW").unwrap();
        let config = distribution.config.replace("<Staging>false</Staging>", "");
        distribution.config = format!("{config}<Staging>true</Staging>");
    }
    let first = stage.scan();
    assert!(!told(&first).iter().any(|(_, name)| name == "n.foo.com"), "DT-14");
    assert_eq!((&item(&stage, "DISTRIBUTION#E4NEW")["aliasCount"], &first.summary["aliases"]), (&json!(0), &json!(4)));
}
