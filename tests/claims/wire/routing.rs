//! Routed record sets (R53-7): kept as they are, told apart by their identifiers, never beside a simple set, and each
//! viewer is answered by one of them.

use super::{Aws, Expected, Heard, MISDIRECTED, Refusal, accepted, cname, refused, within, world};
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, CidrRoutingConfig, GeoLocation, ResourceRecord, ResourceRecordSet,
    ResourceRecordSetFailover, ResourceRecordSetRegion, RrType,
};
use rehearsal::viewers::{Cast, Server};
use serde_json::{Value, json};

const fn invalid(message: &'static str) -> Expected {
    (400, "InvalidChangeBatch", message)
}

type SetBuilder = aws_sdk_route53::types::builders::ResourceRecordSetBuilder;

/// A CNAME set of w.foo.com, to be given a policy.
fn to(target: &str, identifier: Option<&str>) -> SetBuilder {
    let value = ResourceRecord::builder().value(target).build().unwrap();
    let set = ResourceRecordSet::builder().name("w.foo.com").r#type(RrType::Cname).ttl(300).resource_records(value);
    set.set_set_identifier(identifier.map(str::to_owned))
}

fn weighted(identifier: &str, weight: i64) -> SetBuilder {
    to("e1old.cloudfront.net", Some(identifier)).weight(weight)
}

async fn change(aws: &Aws, changes: Vec<(ChangeAction, SetBuilder)>) -> Result<(), Refusal> {
    let change = |(action, set): (ChangeAction, SetBuilder)| {
        Change::builder().action(action).resource_record_set(set.build().unwrap()).build().unwrap()
    };
    let batch = ChangeBatch::builder().set_changes(Some(changes.into_iter().map(change).collect())).build().unwrap();
    aws.route53().change_resource_record_sets().hosted_zone_id("Z1FOO").change_batch(batch).send().await.heard().map(|_| ())
}

async fn create(aws: &Aws, set: SetBuilder) -> Result<(), Refusal> {
    change(aws, vec![(ChangeAction::Create, set)]).await
}

/// The sets of w.foo.com as they are listed.
async fn listed(aws: &Aws) -> Vec<ResourceRecordSet> {
    let answer = aws.route53().list_resource_record_sets().hosted_zone_id("Z1FOO").send().await.unwrap();
    answer.resource_record_sets().iter().filter(|set| set.name() == "w.foo.com.").cloned().collect()
}

/// A member of w.foo.com with this policy, as a world writes it.
fn member(identifier: &str, target: &str, policy: Value) -> Value {
    let mut set = cname("w.foo.com", target);
    set["setIdentifier"] = json!(identifier);
    set.as_object_mut().unwrap().extend(policy.as_object().unwrap().clone());
    set
}

#[test]
fn every_policy_of_a_routed_set_is_kept_and_listed_as_it_was_written() {
    let location =
        |build: fn(aws_sdk_route53::types::builders::GeoLocationBuilder) -> aws_sdk_route53::types::builders::GeoLocationBuilder| {
            build(GeoLocation::builder()).build()
        };
    let member = |identifier: &str| to("e1old.cloudfront.net", Some(identifier));
    let lists: [Vec<SetBuilder>; 6] = [
        vec![weighted("a", 0).health_check_id("1f2e3d4c"), weighted("b", 255)],
        vec![member("a").region(ResourceRecordSetRegion::UsEast1), member("b").region(ResourceRecordSetRegion::EuWest1)],
        vec![member("a").failover(ResourceRecordSetFailover::Primary), member("b").failover(ResourceRecordSetFailover::Secondary)],
        vec![
            member("a").geo_location(location(|geo| geo.country_code("*"))),
            member("b").geo_location(location(|geo| geo.country_code("US").subdivision_code("CA"))),
            member("c").geo_location(location(|geo| geo.continent_code("EU"))),
            member("d").geo_location(location(|geo| geo.country_code("EU"))),
        ],
        vec![member("a").multi_value_answer(true), member("b").multi_value_answer(true)],
        vec![
            member("a").cidr_routing_config(CidrRoutingConfig::builder().collection_id("c1").location_name("*").build().unwrap()),
            member("b").cidr_routing_config(CidrRoutingConfig::builder().collection_id("c1").location_name("office").build().unwrap()),
        ],
    ];
    for sets in lists {
        within(world(json!([])), async |aws| {
            accepted(change(&aws, sets.iter().map(|set| (ChangeAction::Create, set.clone())).collect()).await, "creating them all");
            let wanted: Vec<ResourceRecordSet> = sets.iter().map(|set| set.clone().name("w.foo.com.").build().unwrap()).collect();
            assert_eq!(listed(&aws).await, wanted);
            accepted(change(&aws, sets.into_iter().map(|set| (ChangeAction::Delete, set)).collect()).await, "deleting exactly these");
            assert!(listed(&aws).await.is_empty());
        });
    }
}

#[test]
fn an_alias_target_elsewhere_keeps_its_zone_and_its_health() {
    within(world(json!([])), async |aws| {
        let target = |zone: &str, name: &str, health: bool| {
            let target = AliasTarget::builder().hosted_zone_id(zone).dns_name(name).evaluate_target_health(health).build().unwrap();
            ResourceRecordSet::builder().name("w.foo.com.").r#type(RrType::A).alias_target(target)
        };
        let set = target("Z35SXDOTRQ7X7K", "lb.us-east-1.elb.amazonaws.com.", true);
        accepted(create(&aws, set.clone()).await, "an alias of a load balancer");
        assert_eq!(listed(&aws).await, [set.build().unwrap()]);
        let healthy = target("Z2FDTNDATAQYW2", "e1old.cloudfront.net.", true);
        refused(create(&aws, healthy).await, (400, "InvalidInput", "EvaluateTargetHealth"), "CloudFront has no health (R53-3)");
    });
}

#[test]
fn a_set_identifier_is_part_of_what_a_change_is_about() {
    within(world(json!([member("one", "e1old.cloudfront.net", json!({"weight": 1}))])), async |aws| {
        refused(create(&aws, weighted("one", 1)).await, invalid("already exists"), "CREATE of what is there");
        accepted(create(&aws, weighted("two", 1)).await, "CREATE of another member");
        accepted(change(&aws, vec![(ChangeAction::Upsert, weighted("two", 9))]).await, "UPSERT of one member");
        let weights: Vec<Option<i64>> = listed(&aws).await.iter().map(ResourceRecordSet::weight).collect();
        assert_eq!(weights, [Some(1), Some(9)], "the other one is as it was");
        let other = vec![(ChangeAction::Delete, weighted("two", 1))];
        refused(change(&aws, other).await, invalid("values provided do not match"), "DELETE with another weight");
        refused(change(&aws, vec![(ChangeAction::Delete, weighted("three", 1))]).await, invalid("was not found"), "DELETE of none");
        accepted(change(&aws, vec![(ChangeAction::Delete, weighted("one", 1))]).await, "DELETE of one member");
        assert_eq!(listed(&aws).await.len(), 1);
    });
}

#[test]
fn routed_and_simple_sets_and_two_policies_never_share_a_name_and_type() {
    within(world(json!([cname("w.foo.com", "e1old.cloudfront.net")])), async |aws| {
        refused(create(&aws, weighted("one", 1)).await, invalid("as a non-weighted set exists with the same name"), "beside a simple set");
        let simple = || to("e1old.cloudfront.net", None);
        let late = vec![(ChangeAction::Create, weighted("one", 1)), (ChangeAction::Delete, simple())];
        refused(change(&aws, late).await, invalid("non-weighted"), "changes are looked at in their order");
        let swap = vec![(ChangeAction::Delete, simple()), (ChangeAction::Create, weighted("one", 1))];
        accepted(change(&aws, swap).await, "in place of the simple set");
        refused(create(&aws, simple()).await, invalid("as other RRSets exist with the same name and type"), "a simple set beside it");
        let upsert = vec![(ChangeAction::Upsert, simple())];
        refused(change(&aws, upsert).await, invalid("as other RRSets exist"), "an UPSERT without the identifier is another set");
        let region = || to("e1old.cloudfront.net", Some("two")).region(ResourceRecordSetRegion::UsEast1);
        refused(create(&aws, region()).await, invalid("as a non-latency set exists"), "another policy");
        refused(create(&aws, weighted("two", 1).ttl(60)).await, invalid("weighted sets must contain the same TTL"), "another TTL");
        let instead = vec![(ChangeAction::Delete, weighted("one", 1)), (ChangeAction::Create, region())];
        accepted(change(&aws, instead).await, "another policy in place of the first");
        let third = to("e1old.cloudfront.net", Some("three")).region(ResourceRecordSetRegion::UsEast1);
        refused(
            create(&aws, third).await,
            invalid("a latency RRSet with the same name, type and region already exists"),
            "the same region",
        );
    });
}

#[test]
fn a_member_has_an_identifier_and_exactly_one_policy() {
    within(world(json!([])), async |aws| {
        let wrong = |message: &'static str| (400, "InvalidInput", message);
        let none = to("e1old.cloudfront.net", Some("one"));
        refused(
            create(&aws, none).await,
            wrong("Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found none"),
            "no policy",
        );
        let two = weighted("one", 1).region(ResourceRecordSetRegion::UsEast1);
        refused(create(&aws, two).await, wrong("but found more than one"), "two policies");
        let nameless = to("e1old.cloudfront.net", None).weight(1);
        refused(create(&aws, nameless).await, wrong("Missing field 'SetIdentifier'"), "no identifier");
    });
}

#[test]
fn two_aliases_of_cloudfront_are_no_failover_pair() {
    within(world(json!([])), async |aws| {
        let alias = |identifier: &str, role: ResourceRecordSetFailover, zone: &str, name: &str| {
            let target = AliasTarget::builder().hosted_zone_id(zone).dns_name(name).evaluate_target_health(false).build().unwrap();
            let set = ResourceRecordSet::builder().name("w.foo.com.").r#type(RrType::A).set_identifier(identifier);
            (ChangeAction::Create, set.failover(role).alias_target(target))
        };
        let primary = || alias("one", ResourceRecordSetFailover::Primary, "Z2FDTNDATAQYW2", "e1old.cloudfront.net");
        let second = alias("two", ResourceRecordSetFailover::Secondary, "Z2FDTNDATAQYW2", "e2new.cloudfront.net");
        refused(change(&aws, vec![primary(), second]).await, invalid("both failover sets are aliases of CloudFront"), "R53-7");
        let elsewhere = alias("two", ResourceRecordSetFailover::Secondary, "Z35SXDOTRQ7X7K", "lb.us-east-1.elb.amazonaws.com");
        accepted(change(&aws, vec![primary(), elsewhere]).await, "a pair of which one is elsewhere");
    });
}

#[test]
fn any_member_that_leads_to_another_distribution_refuses_the_name() {
    let records = json!([
        member("a", "www.example.net", json!({"weight": 9})),
        member("b", "e2new.cloudfront.net", json!({"weight": 9})),
        member("c", "hop.foo.com", json!({"weight": 0})),
        cname("hop.foo.com", "e1old.cloudfront.net"),
    ]);
    within(world(records), async |aws| {
        refused(aws.add("E2NEW", "w.foo.com").await, MISDIRECTED, "one member leads to E1OLD, by a hop and with weight 0");
        refused(aws.add("E1OLD", "w.foo.com").await, MISDIRECTED, "and one to E2NEW");
        accepted(change(&aws, vec![(ChangeAction::Delete, to("hop.foo.com", Some("c")).weight(0))]).await, "deleting it");
        aws.wait(60 + 300).await;
        accepted(aws.add("E2NEW", "w.foo.com").await, "none leads to another one any more");
    });
}

/// How many of 400 locations are served by `E1OLD`, with a wildcard on both so that DNS alone decides.
fn by_old(records: Value) -> usize {
    let mut world = world(records);
    world["edge"]["locations"] = json!(400);
    world["distributions"][0]["aliases"] = json!(["w.foo.com"]);
    let world = rehearsal::world::World::new(world, 7).unwrap();
    let cast = Cast { aliases: vec!["w.foo.com".to_owned()], source: "E1OLD".to_owned(), target: "E2NEW".to_owned() };
    let served = |location: &usize| world.server(&cast, "w.foo.com", *location, world.start) == Server::Source;
    (0..400).filter(served).count()
}

#[test]
fn a_location_is_answered_by_one_member_by_its_weight_its_place_or_its_rank() {
    let (here, away) = ("e1old.cloudfront.net", "www.example.net");
    let pair = |first: Value, second: Value| by_old(json!([member("a", here, first), member("b", away, second)]));
    let near = |count: usize, wanted: usize| count.abs_diff(wanted) < 40;
    let quarter = pair(json!({"weight": 1}), json!({"weight": 3}));
    assert!(near(quarter, 100), "{quarter} of 400 by a weight of one in four");
    assert_eq!(pair(json!({"weight": 1}), json!({"weight": 0})), 400, "a weight of 0 is never drawn");
    let equal = pair(json!({"weight": 0}), json!({"weight": 0}));
    assert!(near(equal, 200), "{equal} of 400 where all weights are 0");
    let regions = pair(json!({"region": "us-east-1"}), json!({"region": "eu-west-1"}));
    assert!(near(regions, 200), "{regions} of 400 by two regions");
    let places = pair(json!({"geoLocation": "*"}), json!({"geoLocation": "DE"}));
    assert!(near(places, 200), "{places} of 400 by two places");
    assert_eq!(pair(json!({"failover": "PRIMARY"}), json!({"failover": "SECONDARY"})), 400);
    assert_eq!(pair(json!({"failover": "SECONDARY"}), json!({"failover": "PRIMARY"})), 0);
}

#[test]
fn a_world_with_routed_names_that_cannot_be_is_named() {
    let cases = [
        (json!([member("a", "x.example", json!({}))]), "exactly one routing policy"),
        (json!([member("a", "x.example", json!({"weight": 1, "region": "us-east-1"}))]), "found Weight and Region"),
        (json!([member("a", "x.example", json!({"weight": 1})), cname("w.foo.com", "x.example")]), "other RRSets exist"),
        (
            json!([member("a", "x.example", json!({"weight": 1})), member("b", "x.example", json!({"region": "us-east-1"}))]),
            "non-latency set exists",
        ),
        (json!([member("a", "x.example", json!({"extraXml": "<Weight>1</Weight>"}))]), "extraXml"),
    ];
    for (records, says) in cases {
        let error = rehearsal::world::World::new(world(records), 1).unwrap_err();
        assert!(error.contains(says), "{says:?} is not in {error}");
    }
}
