//! Public DNS, as a step's viewer finds it by asking the name servers themselves.

use super::{Aws, cname, within, world};
use functions::{PublicRecord, PublicZone, ServerRecords, Viewer};
use rehearsal::audience::Audience;
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
