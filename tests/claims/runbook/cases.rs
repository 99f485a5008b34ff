//! For each code a situation in which preflight says it. Holds no expectation beyond what it is said as.

use crate::situations::plans::{held_by, to_tenant};
use crate::situations::world::{Change, ONE, SOURCE, Situation, TWO, alias, cname};
use serde_json::json;

/// A situation in which a code is said.
pub struct Case {
    pub code: &'static str,
    /// As what, in the words of the page.
    pub comes_as: &'static str,
    pub change: Change,
    /// Of a reason: words of it.
    pub reason: Option<&'static str>,
}

const fn case(code: &'static str, comes_as: &'static str, change: Change) -> Case {
    Case { code, comes_as, change, reason: None }
}

const fn reason(code: &'static str, words: &'static str, change: Change) -> Case {
    Case { code, comes_as: "reason", change, reason: Some(words) }
}

/// Codes that only AWS's own answer to a write can bring about.
pub const MENDED_LATER: [&str; 1] = ["moveRefused"];

/// Every other code, in every way in which it is said.
pub const SEEN: &[Case] = &[
    case("malformedRequest", "refusal", |s| s.request["colour"] = json!("red")),
    case("notSupportedYet", "refusal", |s| s.request["approval"] = json!("required")),
    case("accountNotReachable", "refusal", |s| s.world["accounts"][1]["roles"] = json!([])),
    case("accountNotReachable", "stops", |s| s.world["accounts"][1]["roles"] = json!([{"name": "cutover-read"}])),
    case("observationFailed", "refusal", |s| {
        let gone = json!({"do": "failOperation", "operation": "cloudfront:GetDistribution", "code": "ServiceUnavailable", "message": "later", "httpStatus": 503, "at": "2026-12-01T02:00:00Z"});
        s.actor(gone);
    }),
    case("distributionNotFound", "refusal", |s| s.request["source"]["distribution"] = json!("E9NOWHERE")),
    case("hostedZoneNotFound", "refusal", |s| s.request["dns"]["hostedZone"] = json!("Z9NOWHERE")),
    case("hostedZoneUnsuitable", "stops", |s| s.world["hostedZones"][0]["private"] = json!(true)),
    case("aliasNotOnSource", "stops", |s| s.source()["aliases"] = json!([])),
    case("aliasAlreadyOnTarget", "note", |s| {
        s.source()["aliases"] = json!([]);
        s.target()["aliases"] = json!(["a.foo.com"]);
    }),
    case("targetNotReady", "stops", |s| s.target()["enabled"] = json!(false)),
    reason("sourceDisabled", "a disabled distribution swallows its names", |s| {
        s.source()["enabled"] = json!(false);
        s.strategy("wildcardBridge");
    }),
    case("certificateUnusable", "stops", |s| s.world["certificates"][1]["status"] = json!("EXPIRED")),
    case("certificateLacksName", "stops", |s| s.target_certificate(&["b.foo.com"])),
    case("wayBackBlocked", "stops", |s| s.source_certificate(&["b.foo.com"])),
    case("targetFull", "stops", |s| s.target()["aliases"] = (0..100).map(|n| format!("n{n}.foo.com")).collect()),
    case("targetFull", "refusal", |s| s.target()["aliases"] = (0..99).map(|n| format!("n{n}.foo.com")).collect()),
    case("recordSetMissing", "stops", |s| s.records(vec![])),
    case("recordSetElsewhere", "stops", |s| s.records(vec![cname("a.foo.com", "other.example.net")])),
    case("recordSetUnusual", "stops", |s| s.world["hostedZones"][0]["records"][0]["ttl"] = json!(2_147_483_647)),
    case("ttlLong", "note", |s| {
        dns_of_others(s);
        s.world["externalZones"][0]["records"][0]["ttl"] = json!(3600);
        s.request["accept"] = json!(["dnsExternal"]);
        s.strategy("swap");
        s.accept_outage();
    }),
    case("dnsExternal", "needs yes", |s| {
        dns_of_others(s);
        s.strategy("swap");
        s.accept_outage();
    }),
    case("proofShared", "needs yes", |s| {
        s.world["hostedZones"][0]["records"]
            .as_array_mut()
            .unwrap()
            .push(json!({"name": "_a.foo.com", "type": "TXT", "ttl": 60, "values": ["\"token\""]}));
        s.strategy("disableAndMove");
        s.accept_outage();
    }),
    case("ipv6Lost", "note", |s| s.target()["ipv6"] = json!(false)),
    reason("wildcardTaken", "*.foo.com is on ", |s| {
        s.third(&["*.foo.com"]);
        s.strategy("wildcardBridge");
    }),
    reason("wildcardRecordElsewhere", "DNS answers *.foo.com with a CNAME record set that does not lead to", |s| {
        s.records(vec![cname("a.foo.com", SOURCE), cname("*.foo.com", SOURCE)]);
        s.strategy("wildcardBridge");
    }),
    case("wildcardCatches", "note", |s| s.records(vec![cname("a.foo.com", SOURCE), cname("b.foo.com", "other.cloudfront.net")])),
    reason("nameIsApex", "foo.com is the apex of its zone", |s| {
        s.apex();
        s.strategy("wildcardBridge");
    }),
    reason("moveNotAllowed", "only while the source is disabled and Deployed", |s| s.strategy("moveDomain")),
    case("proofImpossible", "refusal", |s| {
        s.source_unreachable();
        s.records(vec![cname("a.foo.com", SOURCE), cname("_a.foo.com", "other.example.net")]);
    }),
    case("proofShared", "note", |s| {
        s.one_account();
        s.records(vec![cname("a.foo.com", SOURCE), txt("\"token=1\"")]);
    }),
    case("proofAlreadyThere", "note", |s| {
        s.one_account();
        s.records(vec![cname("a.foo.com", SOURCE), txt("\"qrs.cloudfront.net\"")]);
    }),
    case("noSafetyNet", "note", |s| {
        s.apex();
        s.one_account();
    }),
    case("movesOneByOne", "note", |s| {
        s.names(&["a.foo.com", "b.foo.com"]);
        s.one_account();
    }),
    case("outageNotAccepted", "refusal", |s| s.target_certificate(&["a.foo.com"])),
    case("strategyNotLegal", "refusal", |s| s.strategy("supportCase")),
    case("mixedStrategies", "refusal", |s| {
        s.names(&["foo.com", "www.foo.com"]);
        s.records(vec![alias("foo.com", "A", SOURCE), cname("www.foo.com", SOURCE)]);
        s.accept_outage();
    }),
    case("requestTooLarge", "refusal", |s| {
        let long = "l".repeat(60);
        let names: Vec<String> = (0..90).map(|n| format!("n{n}.{long}.{long}.{long}.foo.com")).collect();
        s.names(&names.iter().map(String::as_str).collect::<Vec<_>>());
    }),
    case("sourceNotFound", "refusal", |s| {
        s.forget("source");
        s.source()["aliases"] = json!([]);
    }),
    case("sourcesDiffer", "refusal", |s| {
        s.names(&["a.foo.com", "b.foo.com"]);
        s.source()["aliases"] = json!(["a.foo.com"]);
        s.third(&["b.foo.com"]);
        s.forget("source");
    }),
    reason("sourceUnreachable", "which cannot be reached", |s| {
        s.source_unreachable();
        s.strategy("swap");
    }),
    case("sourceServesOthers", "note", serves_others),
    case("sourceServesOthers", "needs yes", |s| {
        serves_others(s);
        s.strategy("disableAndMove");
        s.accept_outage();
    }),
    case("hostedZoneNotDelegated", "stops", |s| {
        s.world["hostedZones"][0]["delegated"] = json!(false);
        s.world["externalZones"] = json!([{"name": "foo.com", "records": [cname("a.foo.com", SOURCE)]}]);
    }),
    case("dnsExternal", "note", dns_of_others),
    case("hostedZonesDiffer", "refusal", |s| {
        s.names(&["a.foo.com", "a.bar.com"]);
        s.records(vec![cname("a.foo.com", SOURCE)]);
        let bar = json!({"id": "Z2BAR", "account": TWO, "name": "bar.com", "records": [cname("a.bar.com", SOURCE)]});
        s.world["hostedZones"].as_array_mut().unwrap().push(bar);
        s.forget("dns");
    }),
    case("recordSetRouted", "needs yes", |s| s.world["hostedZones"][0]["records"][0]["healthCheckId"] = json!("check")),
    case("ttlLowered", "note", |s| {
        s.world["hostedZones"][0]["records"][0]["ttl"] = json!(3600);
        s.strategy("swap");
        s.accept_outage();
    }),
    case("configDiffers", "needs yes", |s| s.source()["extraXml"] = json!("<ViewerMtlsConfig><Mode>required</Mode></ViewerMtlsConfig>")),
    case("configDiffers", "note", |s| s.source()["extraXml"] = json!("<BrandNewFeature><Level>3</Level></BrandNewFeature>")),
    case("caaForbidsAmazon", "note", |s| {
        let caa = json!({"name": "foo.com", "type": "CAA", "ttl": 60, "values": ["0 issue \"letsencrypt.org\""]});
        s.records(vec![cname("a.foo.com", SOURCE), caa]);
    }),
    case("namesFirst", "note", |s| {
        s.names(&["*.foo.com"]);
        s.records(vec![cname("b.foo.com", SOURCE)]);
    }),
    case("servedByWildcard", "note", |s| {
        s.source()["aliases"] = json!(["a.foo.com", "*.foo.com"]);
        s.source_certificate(&["a.foo.com", "*.foo.com"]);
    }),
    case("casePrepared", "note", |s| s.source_unreachable()),
    case("planChanged", "refusal", |s| s.request["planHash"] = json!("0".repeat(64))),
    reason("strategyByName", "so it has to be named", |s| {
        s.one_account();
        s.records(vec![cname("a.foo.com", SOURCE), cname("_a.foo.com", "other.example.net")]);
        s.accept_outage();
    }),
    case("certificateNotRenewed", "note", |s| s.world["certificates"][1]["renewalStatus"] = json!("FAILED")),
    case("hiddenOwner", "note", |s| held_by(s, "amplify", "2026-12-02T02:00:00Z")),
    case("httpVersionLost", "note", |s| {
        s.source()["settings"] = json!({"HttpVersion": "http3"});
        s.target()["settings"] = json!({"HttpVersion": "http1.1"});
    }),
    case("certificateShared", "note", |s| {
        s.one_account();
        let arn = s.target()["certificate"].clone();
        s.source()["certificate"] = arn;
        s.source()["settings"] = json!({"HttpVersion": "http1.1"});
    }),
    case("certificateInIamStore", "needs yes", |s| {
        let target = s.target().as_object_mut().unwrap();
        target.remove("certificate");
        target.insert("iamCertificate".to_owned(), json!("ASCA1"));
        target.insert("iamCertificateNames".to_owned(), json!(["a.foo.com"]));
        s.accept_outage();
    }),
    case("tenantSide", "note", |s| to_tenant(s, ONE)),
    case("tenantSide", "refusal", |s| {
        to_tenant(s, TWO);
        s.accept_outage();
    }),
    case("claimedByAnother", "refusal", |s| s.world["registry"] = claimed_by("first", "held")),
    case("tooMuchToClaim", "refusal", |s| {
        // As many names as a request has, and more wildcards above them than the rest of a transaction holds.
        let names: Vec<String> = (0..90).map(|n| format!("n{n}.p{}.foo.com", n % 6)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        s.names(&names);
        let wildcards: Vec<String> = (0..6).map(|n| format!("*.p{n}.foo.com")).collect();
        s.target_certificate(&wildcards.iter().map(String::as_str).collect::<Vec<_>>());
        s.source_certificate(&wildcards.iter().map(String::as_str).collect::<Vec<_>>());
    }),
    case("registryUnreachable", "refusal", |s| {
        let gone = json!({"do": "failOperation", "operation": "dynamodb:TransactWriteItems", "code": "InternalServerError", "message": "later", "httpStatus": 500, "at": "2026-12-01T02:00:00Z"});
        s.actor(gone);
    }),
    case("nothingToRecover", "refusal", |s| s.request = json!({"recover": {"lapsed": true}})),
];

/// A table in which a cutover has claimed the name and both distributions.
fn claimed_by(id: &str, state: &str) -> serde_json::Value {
    let claim = json!({"pk": format!("CUTOVER#{id}"), "sk": "CLAIM", "listedUnder": "CLAIMS", "listedAs": format!("1#{id}"), "id": id,
        "execution": format!("arn:aws:states:us-east-1:000000000009:execution:cutover:{id}"), "fence": 1, "state": state,
        "since": "2026-12-01T01:00:00Z", "until": "2026-12-01T05:00:00Z", "aliases": ["a.foo.com"], "distributions": [], "intents": 0,
        "events": 1, "head": "0", "foreignWrites": 0, "recoveries": 0});
    let alias =
        json!({"pk": "ALIAS#a.foo.com", "sk": "ALIAS", "alias": "a.foo.com", "state": "moving", "restingState": "owned", "claim": id});
    json!([alias, claim])
}

/// Somebody else keeps the zone.
fn dns_of_others(s: &mut Situation) {
    s.world["hostedZones"] = json!([]);
    s.world["externalZones"] = json!([{"name": "foo.com", "records": [cname("a.foo.com", SOURCE)]}]);
    s.request["dns"] = json!("external");
}

fn serves_others(s: &mut Situation) {
    s.source()["aliases"] = json!(["a.foo.com", "b.bar.com"]);
    s.source_certificate(&["a.foo.com", "b.bar.com"]);
}

fn txt(value: &str) -> serde_json::Value {
    json!({"name": "_a.foo.com", "type": "TXT", "ttl": 60, "values": [value]})
}
