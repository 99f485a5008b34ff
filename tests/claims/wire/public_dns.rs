//! Public DNS, as a step's viewer finds it by asking the name servers themselves.

use super::{Aws, Heard, MISDIRECTED, NO_PROOF, OLD, accepted, cname, proof, refused, within, world};
use aws_sdk_route53::types::RrType;
use functions::{PublicRecord, PublicZone, ServerRecords, Viewer};
use rehearsal::audience::Audience;
use rehearsal::viewers::{Cast, Server};
use rehearsal::world::World;
use serde_json::{Value, json};

fn audience(aws: &Aws) -> Audience {
    Audience::new(aws.world.clone(), aws.clock.clone())
}

fn record(kind: &str, ttl: u32, values: &[&str]) -> PublicRecord {
    PublicRecord { kind: kind.to_owned(), ttl, values: values.iter().map(|value| (*value).to_owned()).collect() }
}

/// `foo.com` with one name of every kind, a zone below it, and a private one that nobody sees.
fn kinds() -> Value {
    let mut kinds = world(json!([
        cname("a.foo.com", "E1Old.CloudFront.net."),
        cname("*.wild.foo.com", "e1old.cloudfront.net"),
        {"name": "b.foo.com", "type": "A", "aliasTarget": "e1old.cloudfront.net"},
        {"name": "b.foo.com", "type": "AAAA", "aliasTarget": "e1old.cloudfront.net"},
        {"name": "d.foo.com", "type": "A", "ttl": 30, "values": ["192.0.2.9", "192.0.2.7"]},
        {"name": "d.foo.com", "type": "TXT", "ttl": 30, "values": ["leads nobody"]},
    ]));
    let more = [
        json!({"id": "Z2SHOP", "account": super::NEW, "name": "Shop.foo.com."}),
        json!({"id": "Z3HIDDEN", "account": super::OLD, "name": "b.foo.com", "private": true}),
    ];
    kinds["hostedZones"].as_array_mut().unwrap().extend(more);
    kinds
}

#[test]
fn a_name_is_in_the_closest_public_zone_at_or_above_it_with_name_servers_of_its_own() {
    within(kinds(), async |aws| {
        let viewer = audience(&aws);
        for (name, zone, id) in [
            ("foo.com", "foo.com", "z1foo"),
            ("A.foo.com.", "foo.com", "z1foo"),
            ("b.foo.com", "foo.com", "z1foo"),
            ("shop.foo.com", "shop.foo.com", "z2shop"),
            ("x.y.shop.foo.com", "shop.foo.com", "z2shop"),
        ] {
            let servers = [1, 2, 3, 4].map(|number| format!("ns-{number}.{id}.example")).to_vec();
            assert_eq!(viewer.zone_of(name).await, Ok(PublicZone { name: zone.to_owned(), servers }), "{name}");
        }
        assert!(viewer.zone_of("bar.com").await.is_err() && viewer.records("a.bar.com").await.is_err(), "no such zone");
    });
}

#[test]
fn every_server_answers_what_leads_viewers_and_alias_records_do_not_tell_where() {
    within(kinds(), async |aws| {
        let alias = [record("A", 60, &["192.0.2.1"]), record("AAAA", 60, &["2001:db8::1"])];
        for (name, wanted) in [
            ("a.foo.com", vec![record("CNAME", 300, &["e1old.cloudfront.net"])]),
            ("x.wild.foo.com", vec![record("CNAME", 300, &["e1old.cloudfront.net"])]),
            ("b.foo.com", alias.to_vec()),
            ("d.foo.com", vec![record("A", 30, &["192.0.2.7", "192.0.2.9"])]),
            ("nothing.foo.com", vec![]),
        ] {
            let answers = audience(&aws).records(name).await.unwrap();
            let server = |number: u8| format!("ns-{number}.z1foo.example");
            let wanted = [1, 2, 3, 4].map(|number| ServerRecords { server: server(number), records: wanted.clone() });
            assert_eq!(answers, wanted, "{name}");
        }
    });
}

#[test]
fn an_alias_record_answers_no_version_six_address_of_a_distribution_without_one() {
    let mut without = kinds();
    without["distributions"][0]["ipv6"] = json!(false);
    within(without, async |aws| {
        let answers = audience(&aws).records("b.foo.com").await.unwrap();
        assert!(answers.iter().all(|answer| answer.records == [record("A", 60, &["192.0.2.1"])]), "{answers:?}");
    });
}

#[test]
fn a_routed_name_answers_one_member_a_time() {
    let member =
        |id: &str, to: &str| json!({"name": "w.foo.com", "type": "CNAME", "ttl": 60, "values": [to], "setIdentifier": id, "weight": 1});
    within(world(json!([member("a", "e1old.cloudfront.net"), member("b", "e2new.cloudfront.net")])), async |aws| {
        let (one, other) = (vec![record("CNAME", 60, &["e1old.cloudfront.net"])], vec![record("CNAME", 60, &["e2new.cloudfront.net"])]);
        let mut seen = vec![];
        for _ in 0..10 {
            seen.extend(audience(&aws).records("w.foo.com").await.unwrap().into_iter().map(|answer| answer.records));
        }
        assert!(seen.contains(&one) && seen.contains(&other), "now this, now that");
        assert!(seen.iter().all(|records| [&one, &other].contains(&records)), "and never both");
    });
}

/// Two zones called foo.com: `Z1FOO`, which says what it is given, and `Z2FOO`, which leads a.foo.com to E2NEW.
fn twins(first: Value, second: Value) -> Value {
    let mut twins = world(json!([cname("a.foo.com", "e1old.cloudfront.net"), cname("b.foo.com", "e1old.cloudfront.net")]));
    let records = json!([cname("a.foo.com", "e2new.cloudfront.net"), cname("b.foo.com", "e2new.cloudfront.net")]);
    twins["hostedZones"].as_array_mut().unwrap().push(json!({"id": "Z2FOO", "account": OLD, "name": "foo.com", "records": records}));
    twins["hostedZones"][0].as_object_mut().unwrap().extend(first.as_object().unwrap().clone());
    twins["hostedZones"][1].as_object_mut().unwrap().extend(second.as_object().unwrap().clone());
    twins
}

async fn where_a_leads(aws: &Aws) -> String {
    audience(aws).records("a.foo.com").await.unwrap()[0].records[0].values[0].clone()
}

#[test]
fn of_zones_with_one_name_the_delegated_one_answers_everybody() {
    for (first, second, server, leads) in [
        (json!({}), json!({}), "ns-1.z1foo.example", "e1old.cloudfront.net"),
        (json!({"delegated": false}), json!({}), "ns-1.z2foo.example", "e2new.cloudfront.net"),
        (json!({}), json!({"delegated": true}), "ns-1.z2foo.example", "e2new.cloudfront.net"),
        (json!({"private": true}), json!({}), "ns-1.z2foo.example", "e2new.cloudfront.net"),
    ] {
        within(twins(first.clone(), second), async |aws| {
            assert_eq!(audience(&aws).zone_of("a.foo.com").await.unwrap().servers[0], server, "{first}");
            assert_eq!(where_a_leads(&aws).await, leads, "{first}");
            // CloudFront's own check, of a name that nobody holds.
            let (leads_here, leads_away) = if leads.starts_with("e1") { ("E1OLD", "E2NEW") } else { ("E2NEW", "E1OLD") };
            refused(aws.add(leads_away, "b.foo.com").await, MISDIRECTED, "DNS leads to the other");
            accepted(aws.add(leads_here, "b.foo.com").await, "DNS leads here");
        });
    }
}

#[test]
fn a_zone_that_is_not_delegated_is_listed_and_read_and_answers_nobody() {
    let mut lonely = world(json!([cname("a.foo.com", "e1old.cloudfront.net"), proof("_a.foo.com", "E3OLD")]));
    lonely["hostedZones"][0]["delegated"] = json!(false);
    within(lonely, async |aws| {
        let zones = aws.route53().list_hosted_zones_by_name().dns_name("foo.com").send().await.unwrap();
        assert_eq!(zones.hosted_zones()[0].id(), "/hostedzone/Z1FOO");
        let listed = aws.route53().list_resource_record_sets().hosted_zone_id("Z1FOO").send().await.unwrap();
        assert!(listed.resource_record_sets().iter().any(|set| set.name() == "a.foo.com."), "R53-14: the zone itself says so");
        assert!(audience(&aws).zone_of("a.foo.com").await.is_err());
        refused(aws.associate("a.foo.com", "E3OLD", None).await, NO_PROOF, "a proof in a zone that nobody asks");
        accepted(aws.add("E2NEW", "b.foo.com").await, "nor does a record there lead anywhere");
        let world = aws.world.lock();
        let cast = Cast { aliases: vec!["a.foo.com".to_owned()], source: "E1OLD".to_owned(), target: "E2NEW".to_owned() };
        assert_eq!(world.server(&cast, "a.foo.com", 3, aws.clock.now()), Server::Nobody, "no viewer finds it");
    });
}

#[test]
fn a_zone_says_one_thing_about_its_name_servers_everywhere() {
    for (key, given) in [
        ("nameServers", json!(["NS-7.other.test.", "ns-8.other.test"])),
        ("records", json!([{"name": "foo.com", "type": "NS", "ttl": 60, "values": ["ns-7.other.test.", "ns-8.other.test."]}])),
    ] {
        let mut named = world(json!([]));
        named["hostedZones"][0][key] = given;
        within(named, async |aws| {
            let servers = ["ns-7.other.test".to_owned(), "ns-8.other.test".to_owned()];
            let zone = aws.route53().get_hosted_zone().id("Z1FOO").send().await.heard().unwrap();
            assert_eq!(zone.delegation_set().unwrap().name_servers(), servers, "{key}");
            assert_eq!(audience(&aws).zone_of("foo.com").await.unwrap().servers, servers, "{key}");
            let listed = aws.route53().list_resource_record_sets().hosted_zone_id("Z1FOO").send().await.unwrap();
            let set = listed.resource_record_sets().iter().find(|set| *set.r#type() == RrType::Ns).unwrap();
            let values: Vec<&str> = set.resource_records().iter().map(|record| record.value().trim_end_matches('.')).collect();
            assert_eq!(values, servers, "{key}");
        });
    }
}

#[test]
fn a_private_zone_has_no_name_servers_to_show() {
    let mut hidden = world(json!([]));
    hidden["hostedZones"][0]["private"] = json!(true);
    within(hidden, async |aws| {
        let zone = aws.route53().get_hosted_zone().id("Z1FOO").send().await.heard().unwrap();
        assert!(zone.delegation_set().is_none());
    });
}

/// bar.com is held by somebody else: a.bar.com, and its apex by the provider's own kind of alias.
fn elsewhere(records: Value) -> Value {
    let mut elsewhere = world(json!([]));
    elsewhere["externalZones"] = json!([{"name": "Bar.com", "records": records}]);
    for certificate in elsewhere["certificates"].as_array_mut().unwrap() {
        certificate["names"] = json!(["foo.com", "*.foo.com", "bar.com", "*.bar.com"]);
    }
    elsewhere
}

#[test]
fn a_zone_of_somebody_else_is_seen_by_everybody_and_found_by_no_call() {
    let records = json!([
        cname("a.bar.com", "e1old.cloudfront.net"),
        {"name": "bar.com", "type": "A", "aliasTarget": "e1old.cloudfront.net"},
        proof("_b.bar.com", "E3OLD"),
    ]);
    let mut elsewhere = elsewhere(records);
    elsewhere["distributions"][0]["aliases"] = json!(["a.bar.com", "b.bar.com", "bar.com"]);
    within(elsewhere, async |aws| {
        let viewer = audience(&aws);
        let zone = viewer.zone_of("a.bar.com").await.unwrap();
        assert_eq!((zone.name.as_str(), zone.servers.len(), zone.servers[0].as_str()), ("bar.com", 4, "ns-1.bar.com.example"));
        assert_eq!(viewer.records("a.bar.com").await.unwrap()[3].records, [record("CNAME", 300, &["e1old.cloudfront.net"])]);
        assert_eq!(viewer.records("bar.com").await.unwrap()[0].records, [record("A", 60, &["192.0.2.1"])]);
        assert_eq!(viewer.txt("_b.bar.com").await.unwrap()[0].values, ["e3old.cloudfront.net"]);
        for id in ["external:bar.com", "bar.com"] {
            let answer = aws.route53().list_resource_record_sets().hosted_zone_id(id).send().await.heard();
            refused(answer, (404, "NoSuchHostedZone", ""), "Route 53 does not hold it");
        }
        let zones = aws.route53().list_hosted_zones_by_name().send().await.unwrap();
        assert_eq!(zones.hosted_zones().len(), 1);
        let cast = Cast { aliases: vec![], source: "E1OLD".to_owned(), target: "E2NEW".to_owned() };
        for name in ["a.bar.com", "bar.com"] {
            assert_eq!(aws.world.lock().server(&cast, name, 3, aws.clock.now()), Server::Source, "{name}");
            refused(aws.add("E2NEW", name).await, MISDIRECTED, "CloudFront's check sees it");
        }
        accepted(aws.associate("b.bar.com", "E3OLD", None).await, "a proof there is a proof");
    });
}

#[test]
fn only_an_actor_changes_a_zone_of_somebody_else() {
    let mut elsewhere = elsewhere(json!([cname("a.bar.com", "e1old.cloudfront.net"), cname("old.bar.com", "e1old.cloudfront.net")]));
    let at = "2026-12-01T02:01:00Z";
    elsewhere["actors"] = json!([
        {"at": at, "do": "changeRecord", "externalZone": "bar.com.", "record": cname("A.bar.com", "e2new.cloudfront.net")},
        {"at": at, "do": "changeRecord", "externalZone": "bar.com", "record": {"name": "old.bar.com", "type": "CNAME"}},
    ]);
    within(elsewhere, async |aws| {
        let values = async |name: &str| {
            let answers = audience(&aws).records(name).await.unwrap();
            let values = answers.into_iter().flat_map(|answer| answer.records).flat_map(|record| record.values);
            values.collect::<std::collections::BTreeSet<String>>().into_iter().collect::<Vec<String>>()
        };
        assert_eq!(values("old.bar.com").await, ["e1old.cloudfront.net"]);
        aws.wait(60 + 60).await;
        assert_eq!(values("a.bar.com").await, ["e2new.cloudfront.net"], "at every server within a minute");
        assert!(values("old.bar.com").await.is_empty(), "a set that leads nowhere is gone");
        let printed = aws.world.lock().print(aws.clock.now());
        assert_eq!(printed["externalZones"], json!([{"name": "Bar.com", "records": [cname("A.bar.com", "e2new.cloudfront.net")]}]));
    });
}

#[test]
fn an_actor_deletes_a_set_of_a_hosted_zone_too() {
    let mut deleting = world(json!([cname("a.foo.com", "e1old.cloudfront.net"), cname("b.foo.com", "e1old.cloudfront.net")]));
    let record = json!({"name": "a.foo.com", "type": "CNAME"});
    deleting["actors"] = json!([{"at": "2026-12-01T02:01:00Z", "do": "changeRecord", "hostedZone": "Z1FOO", "record": record}]);
    within(deleting, async |aws| {
        aws.wait(60).await;
        aws.world.lock().advance(aws.clock.now());
        let printed = aws.world.lock().print(aws.clock.now());
        assert_eq!(printed["hostedZones"][0]["records"], json!([cname("b.foo.com", "e1old.cloudfront.net")]));
    });
}

#[test]
fn a_zone_that_contradicts_itself_or_another_is_named() {
    let both = |first: Value, second: Value| World::new(twins(first, second), 1).unwrap_err();
    assert!(both(json!({"delegated": true}), json!({"delegated": true})).contains("Z2FOO: a private zone is not delegated, nor a second"));
    assert!(both(json!({"delegated": true, "private": true}), json!({})).contains("Z1FOO: a private zone is not delegated"));
    let servers =
        json!({"nameServers": ["ns-1.test"], "records": [{"name": "foo.com", "type": "NS", "ttl": 60, "values": ["ns-2.test."]}]});
    assert!(both(servers, json!({})).contains("different things"));
    assert!(both(json!({"nameServers": []}), json!({})).contains("no name servers"));
    let external = |zones: Value| {
        let mut world = twins(json!({"delegated": true}), json!({}));
        world["externalZones"] = zones;
        World::new(world, 1).unwrap_err()
    };
    assert!(external(json!([{"name": "foo.com"}])).contains("hosted zone Z1FOO says that it is the delegated one"));
    assert!(external(json!([{"name": "bar.com"}, {"name": "bar.com."}])).contains("written twice"));
    assert!(external(json!([{"name": "bar.com", "records": [cname("a.foo.com", "x.example")]}])).contains("not below"));
    let mut wrong = world(json!([]));
    wrong["actors"] = json!([{"do": "changeRecord", "externalZone": "bar.com", "record": cname("a.bar.com", "x.example")}]);
    assert!(World::new(wrong, 1).unwrap_err().contains("external zone bar.com is not in the world"));
}
