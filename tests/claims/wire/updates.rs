//! What an update of a distribution must send, and what becomes of it.

use super::{Expected, accepted, refused, ruled, within, world};
use aws_sdk_cloudfront::types::Aliases;
use roxmltree::Document;
use serde_json::{Value, json};

const FAILED: Expected = (412, "PreconditionFailed", "didn't meet the preconditions in one or more request-header fields");
const INVALID: Expected = (400, "InvalidIfMatchVersion", "The If-Match version is missing or not valid");

/// A config without one of its elements.
fn without(xml: &str, element: &str) -> String {
    let document = Document::parse(xml).unwrap();
    let found = document.root_element().children().find(|node| node.tag_name().name() == element).unwrap();
    format!("{}{}", &xml[..found.range().start], &xml[found.range().end..])
}

#[test]
fn an_update_must_send_everything_that_updates_require() {
    within(world(json!([])), async |aws| {
        for element in [
            "CallerReference",
            "Aliases",
            "DefaultRootObject",
            "Origins",
            "DefaultCacheBehavior",
            "CacheBehaviors",
            "CustomErrorResponses",
            "Logging",
            "PriceClass",
            "ViewerCertificate",
            "Restrictions",
            "WebACLId",
            "HttpVersion",
        ] {
            let missing = without(&aws.xml("E1OLD"), element);
            refused(aws.send_xml("E1OLD", missing).await, (400, "IllegalUpdate", "is required for updates"), element);
        }
        for element in ["Comment", "Enabled"] {
            let missing = without(&aws.xml("E1OLD"), element);
            refused(aws.send_xml("E1OLD", missing).await, (400, "MalformedXML", "is missing"), element);
        }
        for element in ["OriginGroups", "IsIPV6Enabled"] {
            let missing = without(&aws.xml("E1OLD"), element);
            accepted(aws.send_xml("E1OLD", missing).await, element);
        }
        refused(aws.send_xml("E1OLD", String::new()).await, (400, "MissingBody", "requires a body"), "no body");
        refused(aws.send_xml("E1OLD", "<Distribution/>".into()).await, (400, "MalformedXML", "not well-formed"), "another root");
    });
}

#[test]
fn the_caller_reference_cannot_be_updated() {
    within(world(json!([])), async |aws| {
        let answer = aws.edit("E1OLD", |config| config.caller_reference = "another".into()).await;
        refused(answer, (400, "IllegalUpdate", "You cannot update Origin or CallerReference"), "another CallerReference");
    });
}

#[test]
fn quantities_must_match_what_they_count() {
    within(world(json!([])), async |aws| {
        let two = Aliases::builder().quantity(2).items("a.foo.com").build().unwrap();
        let text = "The specified quantity of Aliases (2) does not match the actual quantity supplied (1).";
        refused(aws.edit("E1OLD", |config| config.aliases = Some(two)).await, (400, "InconsistentQuantities", text), "two, with one name");
    });
}

#[test]
fn aliases_are_lower_case_names_with_at_most_a_star_as_first_label() {
    within(world(json!([])), async |aws| {
        for name in ["B.foo.com", "b.foo.com.", "b*.foo.com", "b.*.foo.com", "*", "b foo.com"] {
            refused(aws.add("E2NEW", name).await, (400, "InvalidArgument", name), name);
        }
    });
}

#[test]
fn an_update_must_name_the_version_that_it_replaces() {
    within(world(json!([])), async |aws| {
        let (config, _) = aws.read("E1OLD").await;
        refused(aws.send("E1OLD", config.clone(), None).await, INVALID, "no If-Match");
        let answer = aws.send("E1OLD", config, Some("")).await;
        refused(answer, INVALID, "an empty If-Match");
    });
    for (position, expected) in [("PreconditionFailed", FAILED), ("InvalidIfMatchVersion", INVALID)] {
        within(ruled(world(json!([])), "staleEtagError", json!(position)), async |aws| {
            let (mut config, etag) = aws.read("E1OLD").await;
            config.comment = "first".into();
            let newer = accepted(aws.send("E1OLD", config.clone(), Some(&etag)).await, "a fresh ETag");
            assert_ne!(newer, etag, "every update makes a version");
            refused(aws.send("E1OLD", config.clone(), Some(&etag)).await, expected, position);
            accepted(aws.send("E1OLD", config, Some(&newer)).await, "the ETag that the update answered");
        });
    }
}

#[test]
fn a_stale_etag_meets_both_refusals_where_the_rule_is_mixed() {
    within(world(json!([])), async |aws| {
        let (config, etag) = aws.read("E1OLD").await;
        accepted(aws.send("E1OLD", config.clone(), Some(&etag)).await, "a fresh ETag");
        let mut codes = std::collections::BTreeSet::new();
        for _ in 0..20 {
            codes.insert(aws.send("E1OLD", config.clone(), Some(&etag)).await.unwrap_err().code);
        }
        assert_eq!(codes, ["InvalidIfMatchVersion".to_owned(), "PreconditionFailed".to_owned()].into());
    });
}

#[test]
fn a_distribution_is_in_progress_until_every_location_has_its_newest_config() {
    within(world(json!([])), async |aws| {
        assert_eq!(aws.status("E1OLD").await, "Deployed");
        accepted(aws.remove("E1OLD", "a.foo.com").await, "an update");
        assert_eq!(aws.status("E1OLD").await, "InProgress");
        aws.wait(100).await;
        accepted(aws.add("E1OLD", "b.foo.com").await, "an update while another is on its way");
        aws.wait(100).await;
        assert_eq!(aws.status("E1OLD").await, "InProgress", "200 s after the first update, 100 s after the second");
        aws.wait(81).await;
        assert_eq!(aws.status("E1OLD").await, "Deployed");
    });
}

fn newer_config(inject: bool) -> Value {
    let mut newer = world(json!([]));
    newer["distributions"][0]["extraXml"] = json!("<BrandNewFeature><Enabled>true</Enabled></BrandNewFeature>");
    ruled(newer, "injectUnknownElement", json!(inject))
}

#[test]
fn elements_that_no_sdk_knows_are_kept_for_who_sends_them_and_lost_by_who_does_not() {
    const GIVEN: &str = "<BrandNewFeature><Enabled>true</Enabled></BrandNewFeature>";
    for inject in [true, false] {
        within(newer_config(inject), async |aws| {
            let read = aws.xml("E1OLD");
            assert!(read.contains(GIVEN), "extraXml is in the config as it is read: {read}");
            assert_eq!(read.contains("<NotYetKnown>"), inject, "injectUnknownElement={inject}: {read}");
            let moved = read.replace("a.foo.com", "b.foo.com");
            accepted(aws.send_xml("E1OLD", moved.clone()).await, "the config as it was read, but for the alias");
            assert_eq!(aws.xml("E1OLD"), moved, "it is kept as it was sent");
            accepted(aws.remove("E1OLD", "b.foo.com").await, "the same through the typed client");
            let lost = aws.xml("E1OLD");
            assert!(
                !lost.contains("BrandNewFeature") && !lost.contains("NotYetKnown"),
                "the typed client loses what it does not know: {lost}"
            );
        });
    }
}
