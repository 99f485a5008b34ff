//! What CloudFront asks of a certificate, and what ACM says of one.

use super::{Expected, Heard, NEW, OLD, accepted, administrator, arn, certificate, certified, refused, ruled, within, world};
use aws_sdk_cloudfront::types::ViewerCertificate;
use serde_json::json;

const UNCOVERED: Expected = (400, "InvalidViewerCertificate", "doesn't cover the alternate domain name (CNAME)");
const UNKNOWN: Expected = (400, "InvalidViewerCertificate", "The specified SSL certificate doesn't exist, isn't in us-east-1 region");
const UNTRUSTED: Expected = (400, "InvalidViewerCertificate", "has expired, is not yet valid, or was not issued");

#[test]
fn a_certificate_covers_its_names_and_one_label_below_its_wildcards() {
    let mut site = world(json!([]));
    site["certificates"][1]["names"] = json!(["bar.com", "*.foo.com"]);
    within(site, async |aws| {
        for name in ["bar.com", "b.foo.com", "*.foo.com"] {
            accepted(aws.add("E2NEW", name).await, name);
        }
        for name in ["foo.com", "x.b.foo.com", "www.bar.com", "*.bar.com", "*.b.foo.com"] {
            refused(aws.add("E2NEW", name).await, UNCOVERED, name);
        }
    });
}

#[test]
fn a_name_needs_an_attached_certificate() {
    within(world(json!([])), async |aws| {
        let default = ViewerCertificate::builder().cloud_front_default_certificate(true).build();
        accepted(aws.edit("E2NEW", |config| config.viewer_certificate = Some(default)).await, "the default certificate, without names");
        let expected = (400, "InvalidViewerCertificate", "you must attach a trusted certificate that validates your authorization");
        refused(aws.add("E2NEW", "b.foo.com").await, expected, "a name under the default certificate");
    });
}

#[test]
fn a_certificate_must_exist_in_the_same_account_be_issued_and_in_date() {
    let mut odd = world(json!([]));
    for (id, key, value) in [
        ("pending", "status", "PENDING_VALIDATION"),
        ("expired", "notAfter", "2026-12-01T01:59:59Z"),
        ("early", "notBefore", "2026-12-02T00:00:00Z"),
    ] {
        let mut certificate = certificate(NEW, id, &["*.foo.com"]);
        certificate[key] = json!(value);
        odd = certified(odd, certificate);
    }
    within(ruled(odd, "acmVisibilityLagS", json!(0)), async |aws| {
        refused(aws.attach("E2NEW", &arn(NEW, "nowhere")).await, UNKNOWN, "a certificate that does not exist");
        refused(aws.attach("E2NEW", &arn(OLD, "site")).await, UNKNOWN, "another account's certificate");
        refused(aws.attach("E2NEW", &arn(NEW, "pending")).await, UNTRUSTED, "a certificate that is not issued");
        refused(aws.attach("E2NEW", &arn(NEW, "expired")).await, UNTRUSTED, "a certificate that has expired");
        refused(aws.attach("E2NEW", &arn(NEW, "early")).await, UNKNOWN, "a certificate of tomorrow");
    });
}

#[test]
fn a_new_certificate_is_visible_to_cloudfront_after_a_lag() {
    let fresh = || {
        let mut certificate = certificate(NEW, "fresh", &["*.foo.com"]);
        certificate["notBefore"] = json!("2026-12-01T01:59:50Z");
        certified(world(json!([])), certificate)
    };
    within(fresh(), async |aws| {
        refused(aws.attach("E2NEW", &arn(NEW, "fresh")).await, UNKNOWN, "acmVisibilityLagS=30, ten seconds old");
        aws.wait(20).await;
        accepted(aws.attach("E2NEW", &arn(NEW, "fresh")).await, "acmVisibilityLagS=30, thirty seconds old");
    });
    within(ruled(fresh(), "acmVisibilityLagS", json!(0)), async |aws| {
        accepted(aws.attach("E2NEW", &arn(NEW, "fresh")).await, "acmVisibilityLagS=0");
    });
}

#[test]
fn only_one_certificate_change_may_be_on_its_way() {
    let two = certified(certified(world(json!([])), certificate(NEW, "second", &["*.foo.com"])), certificate(NEW, "third", &["*.foo.com"]));
    within(two, async |aws| {
        accepted(aws.attach("E2NEW", &arn(NEW, "second")).await, "a first change");
        let expected = (400, "IllegalUpdate", "Only one viewer certificate change may be in progress");
        refused(aws.attach("E2NEW", &arn(NEW, "third")).await, expected, "a second change before the first is everywhere");
        accepted(aws.add("E2NEW", "b.foo.com").await, "another update while one is on its way");
        aws.wait(181).await;
        accepted(aws.attach("E2NEW", &arn(NEW, "third")).await, "a second change after the first is everywhere");
    });
}

#[test]
fn acm_shows_only_the_callers_certificates_and_writes_rsa_with_a_hyphen() {
    let mut curve = certificate(NEW, "curve", &["foo.com"]);
    curve["keyAlgorithm"] = json!("EC_prime256v1");
    within(certified(world(json!([])), curve), async |aws| {
        let acm = aws_sdk_acm::Client::new(&aws.config(&administrator(NEW)));
        let describe = async |arn: String| acm.describe_certificate().certificate_arn(arn).send().await.heard();
        for (id, algorithm) in [("site", "RSA-2048"), ("curve", "EC_prime256v1")] {
            let answer = accepted(describe(arn(NEW, id)).await, id);
            let certificate = answer.certificate().unwrap();
            assert_eq!(certificate.key_algorithm().map(|key| key.as_str()), Some(algorithm));
            assert_eq!(certificate.status().map(|status| status.as_str()), Some("ISSUED"));
        }
        let missing = (400, "ResourceNotFoundException", "Could not find certificate");
        refused(describe(arn(OLD, "site")).await, missing, "another account's certificate");
        refused(describe(arn(NEW, "nowhere")).await, missing, "a certificate that does not exist");
        refused(describe("arn:aws:acm:eu-west-1:000000000002:certificate/site".into()).await, missing, "a certificate of another Region");
        refused(describe("site".into()).await, (400, "InvalidArnException", "is not a valid ARN"), "no ARN at all");
    });
}
