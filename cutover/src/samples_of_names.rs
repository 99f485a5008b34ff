//! A name, its record sets and a request to move it, as several modules' tests need them.

use crate::name::Alias;
use crate::record_set::{AliasTarget, CLOUDFRONT_HOSTED_ZONE, RecordSet};
use crate::request::Request;
use serde_json::{Value, json};

/// The source's distribution domain name.
pub(crate) const SOURCE: &str = "xyz.cloudfront.net";
/// The target's.
pub(crate) const TARGET: &str = "qrs.cloudfront.net";

pub(crate) fn alias(text: &str) -> Alias {
    Alias::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn aliases(texts: &[&str]) -> Vec<Alias> {
    texts.iter().map(|text| alias(text)).collect()
}

/// A set of plain values.
pub(crate) fn record_set(kind: &str, ttl: u32, values: &[&str]) -> RecordSet {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    RecordSet { kind: kind.to_owned(), ttl: Some(ttl), values, alias_target: None, routing: None }
}

pub(crate) fn cname(value: &str, ttl: u32) -> RecordSet {
    record_set("CNAME", ttl, &[value])
}

/// An alias record set to a distribution, as Route 53 has it (R53-3).
pub(crate) fn alias_record(kind: &str, domain_name: &str) -> RecordSet {
    let hosted_zone = CLOUDFRONT_HOSTED_ZONE.to_owned();
    let target = AliasTarget { hosted_zone, domain_name: domain_name.to_owned(), evaluate_target_health: false };
    RecordSet { kind: kind.to_owned(), ttl: None, values: vec![], alias_target: Some(target), routing: None }
}

/// From a legacy account to a new one, the name in a spelling of its own.
pub(crate) fn written_request() -> Value {
    json!({"aliases": ["A.foo.com."],
           "source": {"account": "111122223333", "distribution": "E1LEGACYXYZ"},
           "target": {"account": "444455556666", "distribution": "E2NEWQRS"},
           "dns": {"account": "111122223333", "hostedZone": "Z1FOO"}})
}

/// The same with another value for one key.
pub(crate) fn written_request_with(key: &str, value: Value) -> Value {
    let mut request = written_request();
    request[key] = value;
    request
}

pub(crate) fn request_from(written: &Value) -> Request {
    Request::parse(written).unwrap_or_else(|refusal| panic!("{written}: {refusal:?}"))
}
