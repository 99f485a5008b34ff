//! Tenants of multi-tenant distributions: they hold names and serve them as distributions do, in no list of
//! distributions, and give and take names by `UpdateDomainAssociation` only.

use super::{Heard, NEW, NO_PROOF, OLD, Refusal, SOURCE_ENABLED, TAKEN, accepted, arn, cname, proof, refused, ruled, within, world};
use aws_sdk_cloudfront::types::DistributionResourceId;
use rehearsal::viewers::{Cast, Server};
use rehearsal::world::World;
use rehearsal::world::edge::Answer;
use serde_json::{Value, json};

/// `dt_shop` of `E3OLD` holds shop.foo.com and more.foo.com; `dt_new`, of a multi-tenant distribution of the new
/// account, holds one name.
fn rented(records: Value) -> Value {
    let mut rented = world(records);
    let other = super::distribution("E4NEW", NEW, &[]);
    rented["distributions"].as_array_mut().unwrap().push(other);
    rented["tenants"] = json!([
        {"id": "dt_shop", "account": OLD, "distribution": "E3OLD", "name": "shop", "domains": ["shop.foo.com", "more.foo.com"],
         "endpoint": "group1.cloudfront.net"},
        {"id": "dt_new", "account": NEW, "distribution": "E4NEW", "domains": ["new.foo.com"], "endpoint": "group2.cloudfront.net",
         "certificate": arn(NEW, "site")},
    ]);
    rented
}

/// `UpdateDomainAssociation` to a tenant, by `account`.
async fn to_tenant(aws: &super::Aws, account: &str, alias: &str, tenant: &str) -> Result<String, Refusal> {
    let target = DistributionResourceId::builder().distribution_tenant_id(tenant).build();
    let answer = aws.cloudfront(account).update_domain_association().domain(alias).target_resource(target).send().await.heard()?;
    assert_eq!(answer.resource_id(), Some(tenant));
    Ok(answer.e_tag().unwrap().to_owned())
}

fn printed(aws: &super::Aws) -> Value {
    aws.world.lock().print(aws.clock.now())
}

#[test]
fn a_tenant_holds_its_names_and_serves_them_at_the_edge() {
    within(rented(json!([])), async |aws| {
        refused(aws.add("E2NEW", "shop.foo.com").await, TAKEN, "a tenant's name");
        let world = aws.world.lock();
        let Answer::Served { distribution, certificate } = world.answer_at("shop.foo.com", 0, aws.clock.now()) else { panic!() };
        assert_eq!((distribution.as_str(), certificate), ("dt_shop", Some(arn(OLD, "site"))), "with its distribution's certificate");
    });
    let mut disabled = rented(json!([]));
    disabled["tenants"][0]["enabled"] = json!(false);
    disabled["distributions"][3]["enabled"] = json!(false);
    let world = World::new(disabled, 1).unwrap();
    for (name, because) in [("shop.foo.com", "a disabled tenant"), ("new.foo.com", "a tenant of a disabled distribution")] {
        assert!(matches!(world.answer_at(name, 0, world.start), Answer::Nobody(why) if why.contains("disabled")), "{because}");
    }
}

#[test]
fn a_tenant_is_in_no_list_of_distributions_and_in_the_newer_list_of_conflicts() {
    within(rented(json!([])), async |aws| {
        let listed = aws.cloudfront(OLD).list_distributions().send().await.heard().unwrap();
        let items = listed.distribution_list().unwrap().items().to_vec();
        let modes: Vec<(&str, &str)> = items.iter().map(|item| (item.id(), item.connection_mode().unwrap().as_str())).collect();
        assert_eq!(modes, [("E1OLD", "direct"), ("E3OLD", "tenant-only")]);
        assert_eq!(aws.read("E3OLD").await.0.connection_mode().unwrap().as_str(), "tenant-only");
        let missing = (404, "NoSuchDistribution", "does not exist");
        refused(aws.get("dt_shop").await, missing, "GetDistribution");
        let ask = aws.cloudfront(NEW).list_conflicting_aliases().distribution_id("E2NEW").alias("shop.foo.com").send().await.heard();
        assert_eq!(ask.unwrap().conflicting_aliases_list().unwrap().quantity(), Some(0), "the older list shows distributions only");
        let found = super::conflicts::ask(&aws.cloudfront(NEW), "shop.foo.com", "E2NEW").await.unwrap();
        assert_eq!(found, [("shop.foo.com".to_owned(), "***shop".to_owned(), "******000001".to_owned())]);
    });
}

#[test]
fn a_tenant_can_ask_who_holds_a_name() {
    within(rented(json!([])), async |aws| {
        let by = |tenant: &str| DistributionResourceId::builder().distribution_tenant_id(tenant).build();
        let ask = async |tenant: &str| {
            let request = aws.cloudfront(OLD).list_domain_conflicts().domain("a.foo.com").domain_control_validation_resource(by(tenant));
            request.send().await.heard()
        };
        let found = accepted(ask("dt_shop").await, "its own tenant");
        let conflict = &found.domain_conflicts()[0];
        assert_eq!((conflict.domain(), conflict.resource_type().as_str()), ("a.foo.com", "distribution"));
        refused(ask("dt_none").await, (404, "EntityNotFound", ""), "a tenant that does not exist");
        refused(ask("E1OLD").await, (404, "EntityNotFound", ""), "a distribution is no tenant");
    });
}

#[test]
fn a_name_moves_to_a_tenant_with_its_endpoint_as_proof() {
    let value = json!({"name": "_a.foo.com", "type": "TXT", "ttl": 60, "values": ["\"group1.cloudfront.net\""]});
    within(rented(json!([value])), async |aws| {
        accepted(to_tenant(&aws, OLD, "a.foo.com", "dt_shop").await, "the connection group's endpoint");
        assert!(aws.aliases("E1OLD").await.is_empty());
        let world = printed(&aws);
        assert_eq!(world["tenants"][0]["domains"], json!(["a.foo.com", "more.foo.com", "shop.foo.com"]), "printed at the end");
        assert_eq!(world["tenants"][1], rented(json!([]))["tenants"][1], "what did not change is printed as it was");
        aws.wait(180).await;
        let cast = Cast { aliases: vec!["a.foo.com".into()], source: "E1OLD".into(), target: "dt_shop".into() };
        let server = aws.world.lock().server(&cast, "a.foo.com", 0, aws.clock.now());
        assert_eq!(server, Server::Nobody, "its DNS leads nowhere");
    });
    within(rented(json!([proof("_a.foo.com", "E3OLD")])), async |aws| {
        refused(to_tenant(&aws, OLD, "a.foo.com", "dt_shop").await, NO_PROOF, "its distribution's domain name");
    });
}

#[test]
fn a_tenants_name_moves_to_a_distribution_by_the_same_rules() {
    let records = json!([proof("_shop.foo.com", "E1OLD"), cname("shop.foo.com", "group1.cloudfront.net")]);
    within(rented(records), async |aws| {
        accepted(aws.associate("shop.foo.com", "E1OLD", None).await, "a live tenant in the same account");
        assert_eq!(printed(&aws)["tenants"][0]["domains"], json!(["more.foo.com"]));
        aws.wait(180).await;
        let cast = Cast { aliases: vec!["shop.foo.com".into()], source: "dt_shop".into(), target: "E1OLD".into() };
        assert_eq!(aws.world.lock().server(&cast, "shop.foo.com", 0, aws.clock.now()), Server::Target);
    });
    let mut abroad = rented(json!([proof("_shop.foo.com", "E2NEW")]));
    within(abroad.clone(), async |aws| {
        refused(aws.associate("shop.foo.com", "E2NEW", None).await, SOURCE_ENABLED, "a live tenant in another account");
    });
    abroad["tenants"][0]["enabled"] = json!(false);
    within(abroad, async |aws| {
        accepted(aws.associate("shop.foo.com", "E2NEW", None).await, "a disabled one");
    });
}

#[test]
fn the_last_name_of_a_tenant_stays_unless_the_rule_says_no() {
    let records = json!([proof("_shop.foo.com", "E1OLD"), proof("_more.foo.com", "E1OLD")]);
    for may in [false, true] {
        within(
            ruled(ruled(rented(records.clone()), "tenantLastDomainMove", json!(may)), "moveTargetMustBeDeployed", json!(false)),
            async |aws| {
                accepted(aws.associate("shop.foo.com", "E1OLD", None).await, "one of two");
                let last = aws.associate("more.foo.com", "E1OLD", None).await;
                if may {
                    accepted(last, "tenantLastDomainMove=true");
                    assert_eq!(printed(&aws)["tenants"][0]["domains"], json!([]));
                } else {
                    refused(last, (400, "IllegalUpdate", "at least one domain"), "tenantLastDomainMove=false");
                }
            },
        );
    }
}

#[test]
fn associate_alias_knows_no_tenants() {
    within(rented(json!([proof("_shop.foo.com", "E1OLD"), proof("_a.foo.com", "E3OLD")])), async |aws| {
        let expected = (400, "IllegalUpdate", "associated with a distribution tenant");
        refused(aws.associate_alias("shop.foo.com", "E1OLD").await, expected, "a tenant's name");
        refused(aws.associate_alias("a.foo.com", "dt_shop").await, (404, "NoSuchDistribution", ""), "a tenant as target");
    });
}

#[test]
fn a_multi_tenant_distribution_takes_no_names_itself() {
    within(rented(json!([proof("_a.foo.com", "E3OLD")])), async |aws| {
        refused(aws.add("E3OLD", "b.foo.com").await, (400, "InvalidArgument", "tenant-only"), "UpdateDistribution");
        refused(aws.associate("a.foo.com", "E3OLD", None).await, (400, "InvalidArgument", "multi-tenant"), "UpdateDomainAssociation");
    });
}

#[test]
fn a_session_needs_the_tenants_own_update_to_move_a_name_to_it() {
    let value = json!({"name": "_a.foo.com", "type": "TXT", "ttl": 60, "values": ["\"group1.cloudfront.net\""]});
    within(rented(json!([value])), async |aws| {
        let ask = async |second: &str| {
            let arn = format!("arn:aws:cloudfront::{OLD}:distribution-tenant/dt_shop");
            let actions = json!(["cloudfront:UpdateDomainAssociation", second]);
            let policy = json!({"Statement": [{"Effect": "Allow", "Action": actions, "Resource": arn}]});
            let session = rehearsal::world::iam::Session {
                account: OLD.to_owned(),
                role: None,
                policy: Some(serde_json::from_value(policy).unwrap()),
                ends: None,
            };
            aws.world.lock().sessions.insert("ASIATENANT".to_owned(), session);
            let target = DistributionResourceId::builder().distribution_tenant_id("dt_shop").build();
            let client = aws_sdk_cloudfront::Client::new(&aws.config("ASIATENANT"));
            client.update_domain_association().domain("a.foo.com").target_resource(target).send().await.heard()
        };
        let lacks = (403, "AccessDenied", "to perform: cloudfront:UpdateDistributionTenant");
        refused(ask("cloudfront:UpdateDistribution").await, lacks, "a distribution's update");
        accepted(ask("cloudfront:UpdateDistributionTenant").await, "the tenant's");
    });
}

#[test]
fn a_tenant_that_cannot_be_is_named() {
    let change = |key: &str, value: Value| {
        let mut changed = rented(json!([]));
        changed["tenants"][0][key] = value;
        changed
    };
    let mut listing = rented(json!([]));
    listing["distributions"][2]["aliases"] = json!(["b.foo.com"]);
    for (world, says) in [
        (change("id", json!("shop")), "is no id"),
        (change("id", json!("dt_new")), "written twice"),
        (change("distribution", json!("E9NONE")), "not in the world"),
        (change("account", json!(NEW)), "is in account"),
        (change("endpoint", json!("e1old.cloudfront.net")), "endpoint"),
        (change("domains", json!(["A.foo.com."])), "A.foo.com."),
        (change("certificate", json!(arn(NEW, "site"))), "certificate"),
        (change("colour", json!("red")), "colour"),
        (listing, "lists aliases itself"),
    ] {
        let error = World::new(world, 1).unwrap_err();
        assert!(error.contains(says), "{says}: {error}");
    }
}

async fn tenant(aws: &super::Aws, account: &str, called: &str) -> Result<aws_sdk_cloudfront::types::DistributionTenant, Refusal> {
    let answer = aws.cloudfront(account).get_distribution_tenant().identifier(called).send().await.heard()?;
    assert!(answer.e_tag().is_some());
    Ok(answer.distribution_tenant().unwrap().clone())
}

#[test]
fn a_tenant_is_read_by_its_id_its_name_or_its_arn_and_by_a_domain() {
    within(rented(json!([])), async |aws| {
        let shop = accepted(tenant(&aws, OLD, "dt_shop").await, "by id");
        assert_eq!((shop.id(), shop.distribution_id(), shop.name()), (Some("dt_shop"), Some("E3OLD"), Some("shop")));
        assert_eq!((shop.enabled(), shop.status(), shop.connection_group_id()), (Some(true), Some("Deployed"), Some("cg_group1")));
        let domains: Vec<(&str, &str)> = shop.domains().iter().map(|found| (found.domain(), found.status().unwrap().as_str())).collect();
        assert_eq!(domains, [("more.foo.com", "active"), ("shop.foo.com", "active")]);
        assert!(shop.customizations().is_none(), "it shows its distribution's certificate");
        let arn = format!("arn:aws:cloudfront::{OLD}:distribution-tenant/dt_shop");
        assert_eq!(shop.arn(), Some(arn.as_str()));
        for called in ["shop", arn.as_str()] {
            assert_eq!(accepted(tenant(&aws, OLD, called).await, called), shop, "{called}");
        }
        let by_domain = async |account: &str, domain: &str| {
            let answer = aws.cloudfront(account).get_distribution_tenant_by_domain().domain(domain).send().await.heard()?;
            Ok(answer.distribution_tenant().unwrap().id().unwrap().to_owned())
        };
        assert_eq!(accepted(by_domain(OLD, "More.foo.com").await, "by domain"), "dt_shop");
        let missing = (404, "EntityNotFound", "");
        refused::<String>(by_domain(NEW, "more.foo.com").await, missing, "another account's is found by its own only");
        refused(by_domain(OLD, "a.foo.com").await, missing, "a distribution's name is no tenant's");
        let denied = (403, "AccessDenied", "is not authorized to perform: cloudfront:");
        refused(tenant(&aws, NEW, "dt_shop").await, denied, "another account's");
        refused(tenant(&aws, NEW, "shop").await, missing, "a name is one in the caller's own account");
        refused(tenant(&aws, OLD, "dt_none").await, missing, "none");
        let own = accepted(tenant(&aws, NEW, "dt_new").await, "with a certificate of its own");
        assert_eq!(own.customizations().unwrap().certificate().unwrap().arn(), arn_of_new());
    });
}

fn arn_of_new() -> String {
    arn(NEW, "site")
}

#[test]
fn a_tenant_is_in_progress_after_a_move_with_another_etag() {
    within(rented(json!([proof("_a.foo.com", "group1")])), async |aws| {
        let etag = async || {
            let answer = aws.cloudfront(OLD).get_distribution_tenant().identifier("dt_shop").send().await.unwrap();
            (answer.e_tag().unwrap().to_owned(), answer.distribution_tenant().unwrap().status().unwrap().to_owned())
        };
        let (before, _) = etag().await;
        let moved = accepted(to_tenant(&aws, OLD, "a.foo.com", "dt_shop").await, "a move");
        assert_eq!(etag().await, (moved.clone(), "InProgress".to_owned()));
        assert_ne!(before, moved);
        assert_eq!(printed(&aws)["tenants"][0]["status"], "InProgress");
        aws.wait(180).await;
        assert_eq!(etag().await, (moved, "Deployed".to_owned()));
    });
}

#[test]
fn a_connection_group_says_where_its_tenants_are_reached_and_whether_they_are() {
    let mut grouped = rented(json!([cname("shop.foo.com", "group1.cloudfront.net")]));
    grouped["connectionGroups"] = json!([
        {"id": "cg_shops", "account": OLD, "endpoint": "Group1.cloudfront.net", "name": "shops", "ipv6": false, "isDefault": true},
    ]);
    let group = async |aws: &super::Aws, account: &str, called: &str| {
        let answer = aws.cloudfront(account).get_connection_group().identifier(called).send().await.heard()?;
        assert!(answer.e_tag().is_some());
        Ok::<_, Refusal>(answer.connection_group().unwrap().clone())
    };
    within(grouped.clone(), async |aws| {
        let shop = tenant(&aws, OLD, "dt_shop").await.unwrap();
        assert_eq!(shop.connection_group_id(), Some("cg_shops"));
        let shops = accepted(group(&aws, OLD, "cg_shops").await, "by id");
        assert_eq!((shops.routing_endpoint(), shops.name()), (Some("group1.cloudfront.net"), Some("shops")));
        assert_eq!((shops.ipv6_enabled(), shops.enabled(), shops.is_default()), (Some(false), Some(true), Some(true)));
        assert_eq!(shops.status(), Some("Deployed"));
        let arn = format!("arn:aws:cloudfront::{OLD}:connection-group/cg_shops");
        for called in ["shops", arn.as_str()] {
            assert_eq!(accepted(group(&aws, OLD, called).await, called), shops);
        }
        let made = accepted(group(&aws, NEW, "cg_group2").await, "one that nobody wrote");
        assert_eq!((made.routing_endpoint(), made.ipv6_enabled()), (Some("group2.cloudfront.net"), Some(true)));
        refused(group(&aws, NEW, "cg_shops").await, (403, "AccessDenied", "cloudfront:GetConnectionGroup"), "another account's");
        refused(group(&aws, NEW, "cg_none").await, (404, "EntityNotFound", ""), "none");
    });
    grouped["connectionGroups"][0]["enabled"] = json!(false);
    within(grouped, async |aws| {
        let world = aws.world.lock();
        let answer = world.answer_at("shop.foo.com", 3, aws.clock.now());
        assert!(matches!(answer, Answer::Nobody(_)), "a group that is disabled serves nobody");
        assert!(!world.is_enabled(&world.distributions["dt_shop"]));
    });
}

#[test]
fn reads_of_tenants_count_as_reads_and_ask_for_permissions_of_their_own() {
    let mut slow = rented(json!([]));
    slow["rules"].as_object_mut().unwrap().remove("cfRate");
    within(slow, async |aws| {
        let read = async || aws.cloudfront(OLD).get_connection_group().identifier("cg_group1").send().await.heard();
        let mut accepted = 0;
        while accepted < 20 && read().await.is_ok() && tenant(&aws, OLD, "dt_shop").await.is_ok() {
            accepted += 1;
        }
        // Each takes a tenth of a second, in which a fifth of a read comes back.
        assert!((5..=7).contains(&accepted), "{accepted} pairs of the ten reads at once");
    });
    let star = "*".to_owned();
    let shop = format!("arn:aws:cloudfront::{OLD}:distribution-tenant/dt_shop");
    let group = format!("arn:aws:cloudfront::{OLD}:connection-group/cg_group1");
    for (action, resource) in [
        ("cloudfront:GetDistributionTenant", &shop),
        ("cloudfront:GetConnectionGroup", &group),
        ("cloudfront:GetDistributionTenantByDomain", &star),
    ] {
        within(rented(json!([])), async |aws| {
            let asks = async |allowed: &str| {
                let statement = json!({"Effect": "Allow", "Action": action, "Resource": allowed});
                let policy = serde_json::from_value(json!({"Version": "2012-10-17", "Statement": [statement]})).unwrap();
                let session = rehearsal::world::iam::Session { account: OLD.to_owned(), role: None, policy: Some(policy), ends: None };
                aws.world.lock().sessions.insert("ASIANARROW".to_owned(), session);
                let client = aws_sdk_cloudfront::Client::new(&aws.config("ASIANARROW"));
                match action {
                    "cloudfront:GetDistributionTenant" => {
                        client.get_distribution_tenant().identifier("shop").send().await.heard().map(|_| ())
                    }
                    "cloudfront:GetConnectionGroup" => {
                        client.get_connection_group().identifier("cg_group1").send().await.heard().map(|_| ())
                    }
                    _ => client.get_distribution_tenant_by_domain().domain("shop.foo.com").send().await.heard().map(|_| ()),
                }
            };
            accepted(asks(resource).await, action);
            refused(asks("arn:aws:cloudfront::000000000001:distribution/E1OLD").await, (403, "AccessDenied", action), "another resource");
        });
    }
}

#[test]
fn a_connection_group_that_cannot_be_is_named() {
    let wrong = |group: Value| {
        let mut wrong = rented(json!([]));
        wrong["connectionGroups"] = json!([group]);
        World::new(wrong, 1).unwrap_err()
    };
    let endpoint = "other.cloudfront.net";
    assert!(wrong(json!({"id": "group", "account": OLD, "endpoint": endpoint})).contains("is no id"));
    assert!(wrong(json!({"id": "cg_1", "account": "000000000077", "endpoint": endpoint})).contains("not in the world"));
    assert!(
        wrong(json!({"id": "cg_1", "account": OLD, "endpoint": "e1old.cloudfront.net"})).contains("is no ….cloudfront.net, or another's")
    );
    assert!(wrong(json!({"id": "cg_1", "account": OLD, "endpoint": endpoint, "status": "Gone"})).contains("status \"Gone\""));
    assert!(wrong(json!({"id": "cg_1", "account": NEW, "endpoint": "group1.cloudfront.net"})).contains("is in account 000000000002"));
    let mut gone = rented(json!([]));
    gone["tenants"][0]["status"] = json!("Gone");
    assert!(World::new(gone, 1).unwrap_err().contains("status \"Gone\""));
}
