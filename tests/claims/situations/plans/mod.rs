//! Situations in which something can be done: the strategy, the outage predicted, the way back.

mod bridges;
mod moves;
mod others;
mod swaps;

use super::Legal;
use super::world::{ONE, SOURCE, Situation, TARGET, THREE, cname};
use serde_json::json;

/// An edge that two changes reach apart.
const ARRIVAL: u64 = 330;
/// A swap where AWS frees the name only when the source is deployed.
const SWAP: u64 = 660;

/// A release of a name that no wildcard can catch: seen after at most three hours, then two arrivals.
const RELEASE: u64 = 840 + 10_800;

const BRIDGE: &str = "add@E2 records remove@E2 add@E1 remove@E2";
const MOVE: &str = "records proof:source move proof:nobody";
const NET: &str = "add@E2 records proof:source move proof:nobody remove@E2";
const OFF: &str = "records swap proof:nobody";

/// Every one of them.
pub fn all() -> impl Iterator<Item = &'static Legal> {
    [bridges::ALL, swaps::ALL, moves::ALL, others::ALL].into_iter().flatten()
}

fn others(s: &mut Situation) {
    s.source()["aliases"] = json!(["a.foo.com", "b.bar.com"]);
    s.source_certificate(&["a.foo.com", "b.bar.com"]);
}

/// Somebody else keeps DNS, and changes it after a while, as asked.
fn external(s: &mut Situation, names: &[&str]) {
    s.world["hostedZones"] = json!([]);
    let records: Vec<serde_json::Value> = names.iter().map(|name| cname(name, SOURCE)).collect();
    s.world["externalZones"] = json!([{"name": "foo.com", "records": records}]);
    s.request["dns"] = json!("external");
    for name in names {
        s.actor(json!({"at": "2026-12-01T03:00:00Z", "do": "changeRecord", "externalZone": "foo.com", "record": cname(name, TARGET)}));
    }
}

fn weighted(s: &mut Situation) {
    let member = |id: &str, weight: u32| json!({"name": "a.foo.com", "type": "CNAME", "ttl": 60, "values": [SOURCE], "setIdentifier": id, "weight": weight});
    s.records(vec![member("one", 10), member("two", 90)]);
}

fn delegated(s: &mut Situation) {
    let records = s.world["hostedZones"][0]["records"].take();
    s.world["hostedZones"] = json!([{"id": "Z1FOO", "account": ONE, "name": "foo.com", "records": []},
                                    {"id": "Z2BFOO", "account": THREE, "name": "b.foo.com", "records": records}]);
}

/// Two zones of one name: the first has the records of long ago and nobody asks it.
fn twin(s: &mut Situation) {
    let mut old = s.world["hostedZones"][0].clone();
    old["id"] = json!("Z0OLD");
    old["delegated"] = json!(false);
    old["records"] = json!([cname("a.foo.com", "long.ago.example.net")]);
    let now = s.world["hostedZones"][0].clone();
    s.world["hostedZones"] = json!([old, now]);
}

fn failover(s: &mut Situation) {
    let member = |id: &str, failover: &str, value: &str| json!({"name": "a.foo.com", "type": "CNAME", "ttl": 60, "values": [value], "setIdentifier": id, "failover": failover, "healthCheckId": format!("check-{id}")});
    s.records(vec![member("one", "PRIMARY", SOURCE), member("two", "SECONDARY", "sorry.example.net")]);
}

fn wildcard(s: &mut Situation) {
    s.names(&["*.foo.com"]);
    s.target_certificate(&["*.foo.com"]);
}

/// A service of AWS holds the name, and lets it go at a time.
pub fn held_by(s: &mut Situation, service: &str, released: &str) {
    let alias = s.request["aliases"][0].clone();
    let source = s.source().as_object_mut().unwrap();
    source.remove("account");
    source.remove("certificate");
    source.insert("service".to_owned(), json!(service));
    s.forget("source");
    s.actor(json!({"at": released, "do": "removeAlias", "distribution": "E1OLD", "alias": alias}));
}

/// A multi-tenant distribution with one tenant, in `account`.
fn tenant(s: &mut Situation, account: &str, domains: &[&str], served: &str) {
    let arn = format!("arn:aws:acm:us-east-1:{account}:certificate/tenant");
    s.world["certificates"].as_array_mut().unwrap().push(json!({"arn": arn, "names": ["a.foo.com", "*.foo.com"]}));
    let multi = json!({"id": "E8MULTI", "account": account, "domainName": "multi.cloudfront.net", "certificate": arn,
                       "origin": {"status": 200, "headers": {"x-served-by": served}}});
    s.world["distributions"].as_array_mut().unwrap().push(multi);
    s.world["tenants"] =
        json!([{"id": "dt_shop", "account": account, "distribution": "E8MULTI", "domains": domains, "endpoint": "group.cloudfront.net"}]);
}

fn from_tenant(s: &mut Situation) {
    s.one_account();
    s.source()["aliases"] = json!([]);
    tenant(s, ONE, &["a.foo.com", "stays.foo.com"], "legacy");
    s.request["source"] = json!({"account": ONE, "distributionTenant": "dt_shop"});
    s.records(vec![cname("a.foo.com", "group.cloudfront.net")]);
}

pub fn to_tenant(s: &mut Situation, account: &str) {
    tenant(s, account, &["own.foo.com"], "new");
    s.request["target"] = json!({"account": account, "distributionTenant": "dt_shop"});
}
