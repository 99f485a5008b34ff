//! Settings of a distribution that a world may give: they are in its config, in the order in which CloudFront writes it, and
//! in its summary.

use super::{Aws, NEW, OLD, accepted, arn, refused, within, world};
use aws_sdk_cloudfront::types::{GeoRestrictionType, HttpVersion, MinimumProtocolVersion, PriceClass, ViewerProtocolPolicy};
use rehearsal::world::World;
use rehearsal::world::edge::Answer;
use serde_json::{Value, json};

fn set(settings: Value) -> Value {
    let mut set = world(json!([]));
    set["distributions"][0]["settings"] = settings;
    set
}

#[test]
fn the_settings_of_a_world_are_in_the_config_and_in_the_summary() {
    let settings = json!({
        "WebACLId": "arn:aws:wafv2:us-east-1:000000000001:global/webacl/one/1", "PriceClass": "PriceClass_100", "HttpVersion": "http3",
        "ViewerCertificate/MinimumProtocolVersion": "TLSv1", "DefaultCacheBehavior/ViewerProtocolPolicy": "allow-all",
        "DefaultCacheBehavior/ResponseHeadersPolicyId": "headers", "Restrictions/GeoRestriction/RestrictionType": "whitelist",
        "Logging/Enabled": "true", "Origins/Items/Origin/DomainName": "a&b.example", "AnycastIpListId": "ip1",
    });
    within(set(settings), async |aws| {
        let config = aws.read("E1OLD").await.0;
        assert_eq!(config.web_acl_id(), Some("arn:aws:wafv2:us-east-1:000000000001:global/webacl/one/1"));
        assert_eq!((config.price_class(), config.http_version()), (Some(&PriceClass::PriceClass100), Some(&HttpVersion::Http3)));
        let certificate = config.viewer_certificate().unwrap();
        assert_eq!(certificate.minimum_protocol_version(), Some(&MinimumProtocolVersion::TlSv1));
        assert_eq!(certificate.acm_certificate_arn(), Some(arn(OLD, "site").as_str()), "what is beside it stays");
        let behavior = config.default_cache_behavior().unwrap();
        assert_eq!(*behavior.viewer_protocol_policy(), ViewerProtocolPolicy::AllowAll);
        assert_eq!(behavior.response_headers_policy_id(), Some("headers"));
        assert_eq!(*config.restrictions().unwrap().geo_restriction().unwrap().restriction_type(), GeoRestrictionType::Whitelist);
        assert!(config.logging().unwrap().enabled());
        assert_eq!(config.origins().unwrap().items()[0].domain_name(), "a&b.example");
        let listed = aws.cloudfront(OLD).list_distributions().send().await.unwrap();
        let summary = &listed.distribution_list().unwrap().items()[0];
        assert_eq!((summary.web_acl_id(), summary.anycast_ip_list_id()), (config.web_acl_id().unwrap(), Some("ip1")));
        accepted(aws.remove("E1OLD", "a.foo.com").await, "it can be updated");
        assert_eq!(aws.read("E1OLD").await.0.price_class(), Some(&PriceClass::PriceClass100), "and keeps them");
        assert_eq!(aws.read("E3OLD").await.0.price_class(), Some(&PriceClass::PriceClassAll), "others have none");
    });
}

#[test]
fn a_setting_that_is_added_stands_where_cloudfront_writes_it() {
    within(set(json!({"AnycastIpListId": "ip1", "DefaultCacheBehavior/ResponseHeadersPolicyId": "headers"})), async |aws| {
        let xml = aws.xml("E1OLD");
        let document = roxmltree::Document::parse(&xml).unwrap();
        let names = |node: roxmltree::Node<'_, '_>| node.children().map(|child| child.tag_name().name().to_owned()).collect::<Vec<_>>();
        let top = names(document.root_element());
        let at = |name: &str| top.iter().position(|found| found == name).unwrap();
        assert_eq!(at("AnycastIpListId"), at("Staging") + 1, "{top:?}");
        let behavior = document.descendants().find(|node| node.has_tag_name("DefaultCacheBehavior"));
        let behavior = behavior.or_else(|| document.descendants().find(|node| node.tag_name().name() == "DefaultCacheBehavior")).unwrap();
        assert!(names(behavior).ends_with(&["CachePolicyId".to_owned(), "ResponseHeadersPolicyId".to_owned()]), "{:?}", names(behavior));
    });
}

#[test]
fn a_setting_that_leads_nowhere_or_is_the_worlds_own_is_named() {
    for (path, says) in [
        ("Aliases/Quantity", "keeps Aliases/Quantity itself"),
        ("Aliases", "keeps Aliases itself"),
        ("Enabled", "keeps Enabled itself"),
        ("CallerReference", "keeps CallerReference itself"),
        ("Comment", "keeps Comment itself"),
        ("ViewerCertificate/ACMCertificateArn", "keeps ViewerCertificate/ACMCertificateArn itself"),
        ("Origins/Quantity", "keeps Origins/Quantity itself"),
        ("Colour", "Colour leads to no element"),
        ("DefaultCacheBehavior", "DefaultCacheBehavior leads to no element"),
        ("DefaultCacheBehavior/Colour", "DefaultCacheBehavior/Colour leads to no element"),
        ("NoSuch/Enabled", "NoSuch/Enabled leads to no element"),
        ("ViewerMtlsConfig", "ViewerMtlsConfig leads to no element"),
        ("", "leads to no element"),
    ] {
        let error = World::new(set(json!({path: "x"})), 1).unwrap_err();
        assert!(error.contains("distribution E1OLD: settings") && error.contains(says), "{path:?}: {error}");
    }
}

fn in_store() -> Value {
    let mut stored = world(json!([]));
    let old = stored["distributions"][0].as_object_mut().unwrap();
    old.remove("certificate");
    old.insert("iamCertificate".to_owned(), json!("ASCAOLD"));
    old.insert("iamCertificateNames".to_owned(), json!(["*.foo.com"]));
    stored
}

fn serves(aws: &Aws, name: &str) -> bool {
    matches!(aws.world.lock().answer_at(name, 3, aws.clock.now()), Answer::Served { .. })
}

#[test]
fn a_certificate_of_iams_store_serves_and_proves_like_one_of_acm_and_acm_does_not_know_it() {
    within(in_store(), async |aws| {
        let certificate = aws.read("E1OLD").await.0.viewer_certificate().unwrap().clone();
        assert_eq!((certificate.iam_certificate_id(), certificate.acm_certificate_arn()), (Some("ASCAOLD"), None));
        assert!(serves(&aws, "a.foo.com"));
        accepted(aws.add("E1OLD", "b.foo.com").await, "it covers the name");
        let uncovered = (400, "InvalidViewerCertificate", "doesn't cover the alternate domain name");
        refused(aws.add("E1OLD", "a.bar.com").await, uncovered, "it does not");
        let acm = aws_sdk_acm::Client::new(&aws.config(&super::administrator(OLD)));
        assert!(acm.describe_certificate().certificate_arn("ASCAOLD").send().await.is_err());
        accepted(aws.attach("E1OLD", &arn(OLD, "site")).await, "another certificate in its place");
        let printed = aws.world.lock().print(aws.clock.now());
        assert_eq!(printed["distributions"][0]["certificate"], json!(arn(OLD, "site")));
        assert_eq!(printed["distributions"][0].get("iamCertificate"), None);
    });
    within(in_store(), async |aws| {
        let printed = aws.world.lock().print(aws.clock.now());
        assert_eq!(printed["distributions"], in_store()["distributions"], "printed as it was given");
    });
}

#[test]
fn a_certificate_of_iams_store_that_cannot_be_is_named() {
    let wrong = |key: &str, value: Value| {
        let mut wrong = in_store();
        wrong["distributions"][0][key] = value;
        World::new(wrong, 1).unwrap_err()
    };
    assert!(wrong("certificate", json!(arn(OLD, "site"))).contains("a distribution shows one"));
    assert!(wrong("iamCertificate", json!("arn:aws:iam")).contains("is no id"));
    assert!(wrong("iamCertificateNames", json!([])).contains("iamCertificateNames of ASCAOLD are missing"));
    let mut shared = in_store();
    shared["distributions"][1] = json!({"id": "E2NEW", "account": NEW, "domainName": "e2new.cloudfront.net",
                                        "iamCertificate": "ASCAOLD", "iamCertificateNames": ["*.foo.com"]});
    assert!(World::new(shared, 1).unwrap_err().contains("another distribution says something else"), "another account's");
}
