//! Situations in which nothing is begun: the code of the refusal.

use super::world::{Change, SOURCE, TARGET, alias, cname};
use serde_json::json;

pub const ALL: &[(&str, Change, &str)] = &[
    ("cross, apex, no outage accepted", |s| s.apex(), "outageNotAccepted"),
    ("cross, no certificate for the wildcard, no outage accepted", |s| s.target_certificate(&["a.foo.com"]), "outageNotAccepted"),
    ("cross, wildcard a third's, no outage accepted", |s| s.third(&["*.foo.com"]), "outageNotAccepted"),
    ("cross, named move, source enabled", |s| s.strategy("moveDomain"), "strategyNotLegal"),
    (
        "cross, apex, named bridge",
        |s| {
            s.apex();
            s.strategy("wildcardBridge")
        },
        "strategyNotLegal",
    ),
    ("cross, disable and move, no outage accepted", |s| s.strategy("disableAndMove"), "outageNotAccepted"),
    (
        "cross, disable and move, others not agreed to",
        |s| {
            s.source()["aliases"] = json!(["a.foo.com", "b.bar.com"]);
            s.source_certificate(&["a.foo.com", "b.bar.com"]);
            s.strategy("disableAndMove");
            s.accept_outage()
        },
        "sourceServesOthers",
    ),
    (
        "same account, disable and move",
        |s| {
            s.one_account();
            s.strategy("disableAndMove");
            s.accept_outage()
        },
        "strategyNotLegal",
    ),
    ("cross, named support case for a source of ours", |s| s.strategy("supportCase"), "strategyNotLegal"),
    (
        "cross, apex and sub-domain together",
        |s| {
            s.names(&["foo.com", "www.foo.com"]);
            s.records(vec![alias("foo.com", "A", SOURCE), cname("www.foo.com", SOURCE)]);
            s.accept_outage()
        },
        "mixedStrategies",
    ),
    ("target disabled", |s| s.target()["enabled"] = json!(false), "targetNotReady"),
    ("target on its way", |s| s.target()["status"] = json!("InProgress"), "targetNotReady"),
    ("target staging", |s| s.target()["staging"] = json!(true), "targetNotReady"),
    ("target with a continuous deployment policy", |s| s.target()["continuousDeploymentPolicy"] = json!("policy"), "targetNotReady"),
    ("source with a continuous deployment policy", |s| s.source()["continuousDeploymentPolicy"] = json!("policy"), "wayBackBlocked"),
    ("target full", |s| s.target()["aliases"] = (0..100).map(|n| format!("n{n}.foo.com")).collect(), "targetFull"),
    ("certificate expired", |s| s.world["certificates"][1]["status"] = json!("EXPIRED"), "certificateUnusable"),
    ("certificate pending", |s| s.world["certificates"][1]["status"] = json!("PENDING_VALIDATION"), "certificateUnusable"),
    ("certificate ends in six days", |s| s.world["certificates"][1]["notAfter"] = json!("2026-12-07T00:00:00Z"), "certificateUnusable"),
    (
        "certificate that ends with a soak of a week",
        |s| {
            s.world["certificates"][1]["notAfter"] = json!("2026-12-08T03:00:00Z");
            s.request["soakSeconds"] = json!(604_800);
        },
        "certificateUnusable",
    ),
    (
        "a CNAME beside other record sets",
        |s| {
            let mail = json!({"name": "a.foo.com", "type": "MX", "ttl": 300, "values": ["10 mail.foo.com"]});
            s.records(vec![alias("a.foo.com", "A", SOURCE), mail]);
            s.request["records"] = json!("cname");
        },
        "recordSetUnusual",
    ),
    (
        "certificate with a key that CloudFront does not take",
        |s| s.world["certificates"][1]["keyAlgorithm"] = json!("EC_secp384r1"),
        "certificateUnusable",
    ),
    ("no certificate", |s| s.target()["certificate"] = json!(null), "certificateUnusable"),
    ("certificate without the name", |s| s.target_certificate(&["b.foo.com"]), "certificateLacksName"),
    ("source without its certificate", |s| s.source()["certificate"] = json!(null), "wayBackBlocked"),
    ("source's certificate without the name", |s| s.source_certificate(&["b.foo.com"]), "wayBackBlocked"),
    ("source's certificate without another of its names", |s| s.source()["aliases"] = json!(["a.foo.com", "b.bar.com"]), "wayBackBlocked"),
    ("target's certificate without a name that it lists", |s| s.target()["aliases"] = json!(["b.bar.com"]), "certificateLacksName"),
    (
        "a zone that is not delegated",
        |s| {
            s.world["hostedZones"]
                .as_array_mut()
                .unwrap()
                .push(json!({"id": "Z2ASKED", "account": "000000000003", "name": "foo.com", "records": [cname("a.foo.com", SOURCE)]}));
            s.world["hostedZones"][0]["delegated"] = json!(false)
        },
        "hostedZoneNotDelegated",
    ),
    (
        "zone left out, and nobody of ours has it",
        |s| {
            s.world["externalZones"] = json!([{"name": "foo.com", "records": [cname("a.foo.com", SOURCE)]}]);
            s.world["hostedZones"] = json!([]);
            s.forget("dns")
        },
        "hostedZoneNotFound",
    ),
    (
        "source left out, names on two distributions",
        |s| {
            s.names(&["a.foo.com", "b.foo.com"]);
            s.source()["aliases"] = json!(["a.foo.com"]);
            s.third(&["b.foo.com"]);
            s.forget("source")
        },
        "sourcesDiffer",
    ),
    (
        "source left out, nobody has it",
        |s| {
            s.source()["aliases"] = json!([]);
            s.forget("source")
        },
        "sourceNotFound",
    ),
    (
        "zone left out, names in two zones",
        |s| {
            s.names(&["a.foo.com", "a.bar.com"]);
            s.records(vec![cname("a.foo.com", SOURCE)]);
            s.world["hostedZones"]
                .as_array_mut()
                .unwrap()
                .push(json!({"id": "Z2BAR", "account": "000000000001", "name": "bar.com", "records": [cname("a.bar.com", SOURCE)]}));
            s.forget("dns")
        },
        "hostedZonesDiffer",
    ),
    (
        "cross, no role that writes in the source's account",
        |s| s.world["accounts"][0]["roles"] = json!([{"name": "cutover-read"}]),
        "accountNotReachable",
    ),
    ("alias nowhere", |s| s.source()["aliases"] = json!([]), "aliasNotOnSource"),
    (
        "alias on a third",
        |s| {
            s.source()["aliases"] = json!([]);
            s.third(&["a.foo.com"])
        },
        "aliasNotOnSource",
    ),
    ("no record set", |s| s.records(vec![]), "recordSetMissing"),
    ("record set elsewhere", |s| s.records(vec![cname("a.foo.com", "other.example.net")]), "recordSetElsewhere"),
    ("record set at the target already", |s| s.records(vec![cname("a.foo.com", TARGET)]), "recordSetElsewhere"),
    ("a TTL of years", |s| s.world["hostedZones"][0]["records"][0]["ttl"] = json!(2_147_483_647), "recordSetUnusual"),
    (
        "a weighted name, not told",
        |s| {
            s.records(vec![
                json!({"name": "a.foo.com", "type": "CNAME", "ttl": 60, "values": [SOURCE], "setIdentifier": "one", "weight": 1}),
            ])
        },
        "recordSetRouted",
    ),
    (
        "only AAAA, target without IPv6",
        |s| {
            s.target()["ipv6"] = json!(false);
            s.records(vec![alias("a.foo.com", "AAAA", SOURCE)])
        },
        "recordSetUnusual",
    ),
    (
        "an apex as a CNAME",
        |s| {
            s.apex();
            s.accept_outage();
            s.request["records"] = json!("cname")
        },
        "recordSetUnusual",
    ),
    ("private zone", |s| s.world["hostedZones"][0]["private"] = json!(true), "hostedZoneUnsuitable"),
    (
        "zone of another name",
        |s| {
            s.world["hostedZones"]
                .as_array_mut()
                .unwrap()
                .push(json!({"id": "Z2BAR", "account": "000000000001", "name": "bar.com", "records": []}));
            s.request["dns"]["hostedZone"] = json!("Z2BAR")
        },
        "hostedZoneUnsuitable",
    ),
    ("unknown distribution", |s| s.request["source"]["distribution"] = json!("E9NOWHERE"), "distributionNotFound"),
    ("unknown zone", |s| s.request["dns"]["hostedZone"] = json!("Z9NOWHERE"), "hostedZoneNotFound"),
    ("no role in the target's account", |s| s.world["accounts"][1]["roles"] = json!([]), "accountNotReachable"),
    ("another plan was agreed to", |s| s.request["planHash"] = json!("0".repeat(64)), "planChanged"),
    (
        "same account, every name of a full zone of proofs",
        |s| {
            s.one_account();
            s.records(vec![cname("a.foo.com", SOURCE), cname("_a.foo.com", "x.example.net")]);
            s.strategy("moveDomain")
        },
        "strategyNotLegal",
    ),
    ("a window", |s| s.request["window"] = json!({"opens": "2026-12-01T02:00:00Z", "closes": "2026-12-01T04:00:00Z"}), "notSupportedYet"),
    (
        "Amplify holds an apex, no outage accepted",
        |s| {
            s.apex();
            let source = s.source().as_object_mut().unwrap();
            source.remove("account");
            source.remove("certificate");
            source.insert("service".to_owned(), json!("amplify"));
            s.forget("source")
        },
        "outageNotAccepted",
    ),
    (
        "settings that viewers would notice differ",
        |s| s.source()["settings"] = json!({"DefaultCacheBehavior/ViewerProtocolPolicy": "https-only"}),
        "configDiffers",
    ),
    (
        "target with a certificate of the IAM store",
        |s| {
            let target = s.target().as_object_mut().unwrap();
            target.remove("certificate");
            target.insert("iamCertificate".to_owned(), json!("ASCA1"));
            target.insert("iamCertificateNames".to_owned(), json!(["a.foo.com"]));
            s.accept_outage()
        },
        "certificateInIamStore",
    ),
];
