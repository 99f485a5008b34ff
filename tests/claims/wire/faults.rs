//! Faults injected at a call, and actors who interfere.

use super::{Expected, OLD, accepted, arn, certificate, certified, refused, within, world};
use serde_json::json;

#[test]
fn each_kind_of_fault_is_met_once_at_its_call_with_or_without_effect() {
    let rows: [(&str, Expected, bool); 5] = [
        ("throttled", (400, "Throttling", "Rate exceeded"), false),
        ("unavailable", (503, "", ""), false),
        ("lostAnswer", (500, "", ""), true),
        ("stale", (412, "PreconditionFailed", "didn't meet the preconditions in one or more request-header fields"), false),
        ("denied", (403, "AccessDenied", "is not authorized to perform: cloudfront:UpdateDistribution"), false),
    ];
    for (kind, expected, effect) in rows {
        within(world(json!([])), async |aws| {
            aws.world.lock().faults.push(format!("cloudfront:UpdateDistribution#2:{kind}").parse().unwrap());
            accepted(aws.add("E2NEW", "b.foo.com").await, "the call before it");
            refused(aws.add("E2NEW", "c.foo.com").await, expected, kind);
            assert_eq!(aws.aliases("E2NEW").await.contains(&"c.foo.com".to_owned()), effect, "{kind}: whether it took effect");
            accepted(aws.add("E2NEW", "d.foo.com").await, "the call after it");
        });
    }
}

#[test]
fn actors_write_through_the_same_door_and_are_refused_like_everybody() {
    let mut busy = certified(world(json!([])), certificate(OLD, "other", &["*.foo.com"]));
    let after = "cloudfront:GetDistribution#1";
    busy["actors"] = json!([
        {"afterCall": after, "do": "removeAlias", "distribution": "E1OLD", "alias": "a.foo.com"},
        {"afterCall": after, "do": "addAlias", "distribution": "E2NEW", "alias": "b.foo.com"},
        {"afterCall": after, "do": "addAlias", "distribution": "E2NEW", "alias": "a.foo.com"},
        {"afterCall": after, "do": "setEnabled", "distribution": "E3OLD", "enabled": false},
        {"afterCall": after, "do": "replaceCertificate", "distribution": "E3OLD", "certificate": arn(OLD, "other")},
        {"at": "2026-12-01T02:01:00Z", "do": "editConfig", "distribution": "E3OLD", "comment": "theirs"},
        {"at": "2026-12-01T02:01:00Z", "do": "changeRecord", "hostedZone": "Z1FOO",
         "record": {"name": "b.foo.com", "type": "CNAME", "ttl": 60, "values": ["e2new.cloudfront.net"]}},
    ]);
    within(busy, async |aws| {
        assert_eq!(aws.aliases("E1OLD").await, ["a.foo.com"], "nobody acts before their time");
        assert_eq!(aws.status("E1OLD").await, "Deployed");
        assert!(aws.aliases("E1OLD").await.is_empty());
        assert_eq!(aws.aliases("E2NEW").await, ["b.foo.com"], "a name that is not free yet was refused");
        assert!(aws.world.lock().happenings.iter().any(|happening| happening.detail == "E2NEW a.foo.com refused: HTTP 409"));
        let config = aws.read("E3OLD").await.0;
        assert!(!config.enabled() && config.comment().is_empty());
        let viewer = config.viewer_certificate().unwrap();
        assert_eq!(viewer.acm_certificate_arn(), Some(arn(OLD, "other").as_str()));
        aws.wait(60).await;
        assert_eq!(aws.read("E3OLD").await.0.comment(), "theirs");
        let listed = aws.route53().list_resource_record_sets().hosted_zone_id("Z1FOO").send().await.unwrap();
        assert!(listed.resource_record_sets().iter().any(|set| set.name() == "b.foo.com."), "the record was changed");
    });
}

#[test]
fn a_value_that_somebody_adds_joins_those_that_are_there() {
    let mut busy = world(json!([]));
    let add = |at: &str, value: &str| {
        let record = json!({"name": "_a.foo.com", "type": "TXT", "ttl": 300, "values": [value]});
        json!({"at": at, "do": "addValue", "hostedZone": "Z1FOO", "record": record})
    };
    let mut other = add("2026-12-01T02:02:00Z", "two");
    other["record"]["ttl"] = json!(60);
    busy["actors"] = json!([add("2026-12-01T02:01:00Z", "one"), other, add("2026-12-01T02:03:00Z", "one")]);
    within(busy, async |aws| {
        aws.wait(200).await;
        let listed = aws.route53().list_resource_record_sets().hosted_zone_id("Z1FOO").send().await.unwrap();
        let sets: Vec<_> = listed.resource_record_sets().iter().filter(|set| set.name() == "_a.foo.com.").collect();
        let [set] = sets[..] else { panic!("{sets:?}") };
        let values: Vec<&str> = set.resource_records().iter().map(|record| record.value()).collect();
        assert_eq!((values, set.ttl()), (vec!["\"one\"", "\"two\""], Some(300)));
    });
}

#[test]
fn an_operation_is_denied_from_then_on_or_fails_so_many_times() {
    let mut hostile = world(json!([]));
    hostile["actors"] = json!([
        {"do": "failOperation", "operation": "cloudfront:UpdateDistribution", "distribution": "E2NEW",
         "code": "CNAMEAlreadyExists", "message": "made up", "times": 2},
        {"afterCall": "cloudfront:UpdateDistribution#4", "account": OLD, "do": "denyOperation", "operation": "cloudfront:GetDistributionConfig"},
    ]);
    within(hostile, async |aws| {
        accepted(aws.add("E1OLD", "b.foo.com").await, "another distribution");
        for time in ["the first time", "the second time"] {
            refused(aws.add("E2NEW", "c.foo.com").await, (409, "CNAMEAlreadyExists", "made up"), time);
        }
        accepted(aws.add("E2NEW", "c.foo.com").await, "the third time");
        let denied = (403, "AccessDenied", "is not authorized to perform: cloudfront:GetDistributionConfig");
        let read = super::Heard::heard(aws.cloudfront(OLD).get_distribution_config().id("E1OLD").send().await);
        refused(read, denied, "from the fourth update on");
        assert_eq!(aws.aliases("E2NEW").await, ["c.foo.com"], "in that account only");
    });
}
