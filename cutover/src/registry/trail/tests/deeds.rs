//! What each call of CloudFront and Route 53 does, on what, and to which aliases.

use super::*;

/// The write that a call of the legacy account is, asked for and answered like that.
fn answered(source: &str, name: &str, asked: &Value, answer: Value) -> TrailWrite {
    let mut record = record(OLD, source, name, asked);
    record["responseElements"] = answer;
    read(&record)
}

fn called(source: &str, name: &str, asked: &Value) -> TrailWrite {
    answered(source, name, asked, Value::Null)
}

fn configured(name: &str, asked: &Value, answer: Value) -> Config {
    match answered("cloudfront", name, asked, answer).deed {
        Deed::Configures(config) => config,
        other => panic!("{name} gives a config: {other:?}"),
    }
}

#[test]
fn every_call_that_may_concern_a_cutover_is_a_deed_and_no_other_is() {
    let one = config("E1LEGACYXYZ", &["a.foo.com"]);
    let with_tags = json!({"distributionConfigWithTags": {"distributionConfig": one["distributionConfig"], "tags": {}}});
    let tenant = json!({"id": "dt_shop", "domains": [{"domain": "a.foo.com"}]});
    let moved = |resource: Value| json!({"domain": "A.foo.com", "targetResource": resource, "ifMatch": "E"});
    let batch = batch(&[set_change("UPSERT", "a.foo.com.", "CNAME", "qrs.cloudfront.net")]);
    let cases = [
        ("cloudfront", "UpdateDistribution", one.clone(), "E1LEGACYXYZ"),
        ("cloudfront", "CreateDistribution", json!({"distributionConfig": one["distributionConfig"]}), "a new distribution"),
        ("cloudfront", "UpdateDistributionWithStagingConfig", one.clone(), "E1LEGACYXYZ"),
        ("cloudfront", "CreateDistributionWithTags", with_tags, "a new distribution"),
        ("cloudfront", "CopyDistribution", one, "E1LEGACYXYZ"),
        ("cloudfront", "UpdateDistributionTenant", tenant.clone(), "dt_shop"),
        ("cloudfront", "CreateDistributionTenant", tenant, "dt_shop"),
        ("cloudfront", "AssociateAlias", json!({"targetDistributionId": "E2NEWQRS", "alias": "a.foo.com"}), "E2NEWQRS"),
        ("cloudfront", "UpdateDomainAssociation", moved(json!({"distributionId": "E2NEWQRS"})), "E2NEWQRS"),
        ("cloudfront", "UpdateDomainAssociation", moved(json!({"distributionTenantId": "dt_shop"})), "dt_shop"),
        ("route53", "ChangeResourceRecordSets", batch, "Z1FOO"),
    ];
    for (source, name, asked, on) in cases {
        for version in ["", "2020_05_31"] {
            let write = called(source, &format!("{name}{version}"), &asked);
            assert_eq!((write.on().as_str(), write.aliases()), (on, [a()].into()), "{name}{version}");
            assert_eq!(write.operation, format!("{source}:{name}"), "without the version (CT-2)");
        }
    }
    for (source, name) in
        [("cloudfront", "CreateInvalidation"), ("cloudfront", "TagResource"), ("route53", "CreateHostedZone"), ("cloudfront", "")]
    {
        assert_eq!(TrailWrite::read(OLD, &record(OLD, source, name, &json!({"id": "E1LEGACYXYZ"}))), Ok(None), "{name}");
    }
}

#[test]
fn a_deletion_is_of_a_distribution_or_tenant_and_of_no_alias() {
    for (name, deleted) in [("DeleteDistribution", "E1LEGACYXYZ"), ("DeleteDistributionTenant", "dt_shop")] {
        let write = called("cloudfront", name, &json!({"id": deleted, "ifMatch": "E"}));
        assert_eq!(write.deed, Deed::Deletes(id(deleted)));
        assert_eq!((write.distribution(), write.aliases()), (Some(&id(deleted)), BTreeSet::new()));
        assert_eq!(write.on(), deleted);
    }
    let unnamed = record(OLD, "cloudfront", "DeleteDistribution", &json!({}));
    assert_eq!(TrailWrite::read(OLD, &unnamed), Ok(None), "nobody knows of what");
}

#[test]
fn a_move_says_which_alias_and_where_to_as_far_as_it_is_told() {
    let moves = |name: &str, asked: Value| called("cloudfront", name, &asked);
    let known = moves("AssociateAlias", json!({"targetDistributionId": "E2NEWQRS", "alias": "A.Foo.com."}));
    assert_eq!(known.deed, Deed::Moves { alias: Some(a()), to: Some(id("E2NEWQRS")) });
    assert_eq!((known.distribution(), known.aliases()), (Some(&id("E2NEWQRS")), [a()].into()));
    let unread = moves("UpdateDomainAssociation", json!({"domain": "not a name", "targetResource": {}}));
    assert_eq!(unread.deed, Deed::Moves { alias: None, to: None });
    assert_eq!((unread.distribution(), unread.aliases(), unread.on().as_str()), (None, BTreeSet::new(), "a new distribution"));
}

#[test]
fn a_batch_is_of_a_zone_and_of_no_distribution() {
    let write = called("route53", "ChangeResourceRecordSets", &batch(&[set_change("UPSERT", "a.foo.com.", "CNAME", "x.example.com")]));
    assert_eq!((write.on().as_str(), write.distribution()), ("Z1FOO", None));
    let bare = called("route53", "ChangeResourceRecordSets", &json!({"hostedZoneId": "Z1FOO"}));
    assert_eq!(
        bare.deed,
        Deed::ChangesRecords { zone: zone(OLD, "Z1FOO").hosted_zone, changes: vec![] },
        "the id with or without its prefix"
    );
    for asked in [json!({}), json!({"hostedZoneId": "elsewhere"})] {
        assert_eq!(TrailWrite::read(OLD, &record(OLD, "route53", "ChangeResourceRecordSets", &asked)), Ok(None), "no zone is named");
    }
}

#[test]
fn a_config_is_what_came_of_it_where_that_is_told_else_what_was_asked_for() {
    let asked = config("E1LEGACYXYZ", &["a.foo.com"]);
    let as_asked = Config { distribution: Some(id("E1LEGACYXYZ")), aliases: Some([a()].into()), enabled: Some(true), domain_name: None };
    assert_eq!(configured("UpdateDistribution", &asked, Value::Null), as_asked);
    let answer = json!({"distribution": {"id": "E9MADE", "domainName": "nine.cloudfront.net",
        "distributionConfig": {"aliases": {"quantity": 2, "items": ["b.foo.com", "C.foo.com"]}, "enabled": false, "staging": false}}});
    let as_answered = Config {
        distribution: Some(id("E9MADE")),
        aliases: Some([name("b.foo.com"), name("c.foo.com")].into()),
        enabled: Some(false),
        domain_name: Some("nine.cloudfront.net".to_owned()),
    };
    assert_eq!(configured("CreateDistribution", &asked, answer), as_answered);
    assert_eq!(configured("UpdateDistribution", &json!({}), Value::Null), Config::default(), "what is missing is not made up");
}

#[test]
fn a_list_of_aliases_counts_where_it_is_whole_and_the_distribution_owns_them() {
    let aliases = |aliases: Value, staging: Value| {
        let config = json!({"id": "E1LEGACYXYZ", "distributionConfig": {"aliases": aliases, "staging": staging}});
        configured("UpdateDistribution", &config, Value::Null).aliases
    };
    assert_eq!(aliases(json!({"quantity": 1, "items": ["a.foo.com"]}), Value::Null), Some([a()].into()));
    assert_eq!(aliases(json!({"quantity": 0}), Value::Null), Some(BTreeSet::new()), "a config without aliases has no items");
    assert_eq!(aliases(json!({"quantity": 2, "items": ["a.foo.com"]}), Value::Null), None, "CloudTrail has cut it");
    assert_eq!(aliases(json!({"items": ["a.foo.com"]}), Value::Null), None, "how many there are is not said");
    assert_eq!(aliases(Value::Null, Value::Null), None, "it is left out");
    assert_eq!(aliases(json!({"quantity": 1, "items": ["a.foo.com"]}), json!(true)), None, "a staging one owns none (DT-14)");
    assert_eq!(aliases(json!({"quantity": 1, "items": ["a.foo.com"]}), json!(false)), Some([a()].into()));
    assert_eq!(aliases(json!({"quantity": 2, "items": ["a.foo.com", "a_b"]}), Value::Null), Some([a()].into()), "that is no alias to us");
}

#[test]
fn a_tenant_has_the_domains_that_are_active() {
    let domains =
        json!([{"domain": "A.foo.com", "status": "active"}, {"domain": "b.foo.com", "status": "inactive"}, {"domain": "c.foo.com"}]);
    let asked = json!({"id": "dt_shop", "domains": domains, "enabled": true});
    let as_asked = Config {
        distribution: Some(id("dt_shop")),
        aliases: Some([a(), name("c.foo.com")].into()),
        enabled: Some(true),
        domain_name: None,
    };
    assert_eq!(configured("UpdateDistributionTenant", &asked, Value::Null), as_asked);
    let answer =
        json!({"distributionTenant": {"id": "dt_made", "domains": [{"domain": "d.foo.com", "status": "active"}], "enabled": false}});
    let as_answered =
        Config { distribution: Some(id("dt_made")), aliases: Some([name("d.foo.com")].into()), enabled: Some(false), domain_name: None };
    assert_eq!(configured("CreateDistributionTenant", &asked, answer), as_answered, "what came of it counts");
    let unsaid = configured("UpdateDistributionTenant", &json!({"id": "dt_shop"}), Value::Null);
    assert_eq!((unsaid.aliases, unsaid.enabled), (None, None), "the domains that are not said stay (TEN-1)");
}

#[test]
fn of_one_write_a_thousand_names_are_read() {
    let names: Vec<String> = (0..1_001).map(|number| format!("n{number}.foo.com")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(
        called("cloudfront", "UpdateDistribution", &config("E1LEGACYXYZ", &names)).aliases().len(),
        1_000,
        "Q-1 has a tenth of that"
    );
}
