//! A situation in which nothing stands in the way of a cutover, for tests of what decides from facts: each changes the one
//! thing that it is about. Holds no expectation.

use crate::facts::{CertificateFacts, DistributionFacts, Facts, Holder, HostedZoneFacts, ProofFacts, Reach, WildcardFacts};
use crate::finding::{Code, Finding, Refusal};
use crate::name::Alias;
use crate::record_set::{RecordSet, Routing};
use crate::request::Request;
use crate::samples_of_names::record_set;
pub(crate) use crate::samples_of_names::{alias, alias_record, aliases};
use serde_json::{Value, json};

/// The source's account.
pub(crate) const OLD: &str = "000000000001";
/// The target's, where it is another one.
pub(crate) const NEW: &str = "000000000002";
pub(crate) const SOURCE_ID: &str = "E1LEGACYXYZ";
pub(crate) const TARGET_ID: &str = "E2NEWQRS";
/// The source's distribution domain name.
pub(crate) const SOURCE: &str = "xyz.cloudfront.net";
/// The target's.
pub(crate) const TARGET: &str = "qrs.cloudfront.net";
/// That of a distribution which is neither.
pub(crate) const THIRD: &str = "third.cloudfront.net";
/// TTL of the record sets that these samples begin with, seconds.
const TTL: u32 = 300;

pub(crate) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn request_between(source: &str, target: &str, names: &[&str]) -> Request {
    let written = json!({"aliases": names,
                         "source": {"account": source, "distribution": SOURCE_ID},
                         "target": {"account": target, "distribution": TARGET_ID},
                         "dns": {"account": OLD, "hostedZone": "Z1FOO"}});
    Request::parse(&written).unwrap_or_else(|refusal| panic!("{written}: {refusal:?}"))
}

/// From the legacy account to the new one, the strategy left to the planner, no outage accepted.
pub(crate) fn across_accounts(names: &[&str]) -> Request {
    request_between(OLD, NEW, names)
}

/// The same within the legacy account.
pub(crate) fn within_one_account(names: &[&str]) -> Request {
    request_between(OLD, OLD, names)
}

/// `request`, with the outage accepted that its strategy predicts.
pub(crate) fn accepting_outage(request: Request) -> Request {
    Request { accept_outage: true, ..request }
}

pub(crate) fn set(kind: &str, ttl: u32, value: &str) -> RecordSet {
    record_set(kind, ttl, &[value])
}

pub(crate) fn cname(to: &str) -> RecordSet {
    set("CNAME", TTL, to)
}

/// `set` as one member of a weighted name.
pub(crate) fn weighted(set: RecordSet) -> RecordSet {
    RecordSet { routing: Some(Routing { weight: Some(1), ..Routing::default() }), ..set }
}

/// Somebody who holds `name`: a distribution and an account, masked or not.
pub(crate) fn holder(name: &str, resource: &str, account: &str) -> Holder {
    Holder { alias: name.to_owned(), resource: resource.to_owned(), account: account.to_owned() }
}

/// A third distribution that holds `name`, as the conflict calls show it (DSC-3).
pub(crate) fn stranger(name: &str) -> Holder {
    holder(name, "*******DEFGHIJ", "******445566")
}

/// A certificate in force for `foo.com` and one label below it.
fn certificate(account: &str, name: &str) -> CertificateFacts {
    CertificateFacts {
        arn: format!("arn:aws:acm:us-east-1:{account}:certificate/{name}"),
        status: "ISSUED".to_owned(),
        names: texts(&["foo.com", "*.foo.com"]),
        not_after: "2027-06-01T00:00:00Z".parse().ok(),
        key_algorithm: "RSA_2048".to_owned(),
        ..CertificateFacts::default()
    }
}

/// A distribution that serves everywhere.
fn distribution(account: &str, id: &str, domain_name: &str, certificate_name: &str) -> DistributionFacts {
    DistributionFacts {
        account: account.to_owned(),
        id: id.to_owned(),
        domain_name: domain_name.to_owned(),
        status: "Deployed".to_owned(),
        enabled: true,
        ipv6: true,
        http_version: "http2".to_owned(),
        certificate: Some(certificate(account, certificate_name)),
        ..DistributionFacts::default()
    }
}

/// The facts of [`across_accounts`] with these names: each is on the source, leads there by a CNAME (by alias record sets where
/// it is the apex) and has a place for its proof; every wildcard above one was looked at and is free; a wildcard that moves
/// has no record set of its own.
pub(crate) fn facts(names: &[&str]) -> Facts {
    let names = aliases(names);
    let sets = |name: &Alias| match name.as_str() {
        "foo.com" => vec![alias_record("A", SOURCE), alias_record("AAAA", SOURCE)],
        _ if name.is_wildcard() => vec![],
        _ => vec![cname(SOURCE)],
    };
    let proof = |name: &Alias| ProofFacts { name: format!("_{name}"), sets: vec![] };
    let moving = names.iter().filter(|name| name.is_wildcard()).cloned();
    let wildcards = names.iter().flat_map(Alias::wildcards_above).chain(moving);
    Facts {
        now: "2026-12-01T00:00:00Z".parse().unwrap_or_default(),
        source: DistributionFacts {
            aliases: names.iter().map(Alias::to_string).collect(),
            ..distribution(OLD, SOURCE_ID, SOURCE, "legacy")
        },
        target: distribution(NEW, TARGET_ID, TARGET, "new"),
        hosted_zone: HostedZoneFacts { name: "foo.com".to_owned(), ..HostedZoneFacts::default() },
        record_sets: names.iter().map(|name| (name.clone(), sets(name))).collect(),
        beside: [].into(),
        wildcards: wildcards.map(|wildcard| (wildcard, WildcardFacts::default())).collect(),
        proofs: names.iter().map(|name| (name.clone(), proof(name))).collect(),
        holders: [].into(),
        roles_unusable: vec![],
        glance: None,
    }
}

/// A change of what was seen, or of what is asked for.
pub(crate) fn but<T>(mut sample: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut sample);
    sample
}

/// Puts `count` more aliases on the target, each covered by its certificate.
pub(crate) fn fill_target(facts: &mut Facts, count: usize) {
    facts.target.aliases.extend((0..count).map(|number| format!("filler-{number}.foo.com")));
}

/// What a source in an account that cannot be reached shows: ids half masked, and an error.
pub(crate) fn unreachable() -> Reach {
    Reach::Unreachable("no role there".to_owned())
}

pub(crate) fn codes(findings: &[Finding]) -> Vec<Code> {
    findings.iter().map(|finding| finding.code).collect()
}

/// Of each ready request the strategy, the aliases, and whether it accepts an outage.
pub(crate) fn ready_requests(refusal: &Refusal) -> Vec<(String, Vec<String>, bool)> {
    refusal.requests.iter().map(in_short).collect()
}

pub(crate) fn in_short(request: &Value) -> (String, Vec<String>, bool) {
    let parsed = Request::parse(request).unwrap_or_else(|refusal| panic!("{request}: {refusal:?}"));
    (request["strategy"].to_string().replace('"', ""), parsed.aliases.iter().map(Alias::to_string).collect(), parsed.accept_outage)
}
