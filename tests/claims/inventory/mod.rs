//! The inventory: is every difference between the accounts and the registry told once and rightly, and is the registry true
//! afterwards? Over the shipped definition and functions, in a simulated AWS.

mod apart;
mod lean;
mod memory;
mod sightings;
mod told;

use rehearsal::inventory::{Scan, Stage};
use serde_json::{Value, json};

const OLD: &str = "000000000001";
const NEW: &str = "000000000002";
/// Between the first inventory and the second.
const BETWEEN: &str = "2026-12-01T05:00:00Z";
/// Half an hour later.
const LATER: &str = "2026-12-01T05:30:00Z";

fn certificate(account: &str, ends: &str) -> Value {
    json!({"arn": format!("arn:aws:acm:us-east-1:{account}:certificate/site"), "names": ["foo.com", "*.foo.com", "*.new.foo.com"], "notAfter": ends})
}

fn distribution(id: &str, account: &str, aliases: &[&str]) -> Value {
    let domain = format!("{}.cloudfront.net", id.to_ascii_lowercase());
    let certificate = format!("arn:aws:acm:us-east-1:{account}:certificate/site");
    json!({"id": id, "account": account, "domainName": domain, "aliases": aliases, "certificate": certificate})
}

fn cname(name: &str, to: &str) -> Value {
    json!({"name": name, "type": "CNAME", "ttl": 60, "values": [to]})
}

/// Two accounts, four distributions and a tenant; a name in DNS for which there is nobody, and one that a wildcard serves.
pub(crate) fn world() -> Value {
    json!({
        "now": "2026-12-01T02:00:00Z", "homeAccount": "000000000009",
        "accounts": [{"id": OLD}, {"id": NEW}],
        "certificates": [certificate(OLD, "2027-06-01T00:00:00Z"), certificate(NEW, "2027-06-01T00:00:00Z")],
        "distributions": [
            distribution("E1OLD", OLD, &["a.foo.com", "b.foo.com"]),
            distribution("E2NEW", NEW, &["*.new.foo.com"]),
            distribution("E3OLD", OLD, &[]),
            distribution("E4NEW", NEW, &["n.foo.com"]),
        ],
        "tenants": [{"id": "dt_shop", "account": OLD, "distribution": "E3OLD", "domains": ["shop.foo.com"], "endpoint": "group1.cloudfront.net"}],
        "hostedZones": [{"id": "Z1FOO", "account": OLD, "name": "foo.com", "records": [
            cname("b.foo.com", "e1old.cloudfront.net"),
            cname("x.new.foo.com", "e2new.cloudfront.net"),
            cname("gone.foo.com", "e1old.cloudfront.net"),
            cname("elsewhere.foo.com", "example.net"),
        ]}],
        "edge": {"locations": 5, "propagation": {"model": "fixed", "seconds": 60}},
    })
}

/// With this deed of somebody else's.
fn and(mut world: Value, deed: Value) -> Value {
    let mut actors = world["actors"].as_array().cloned().unwrap_or_default();
    actors.push(deed);
    world["actors"] = json!(actors);
    world
}

fn removes(alias: &str, account: &str, distribution: &str) -> Value {
    json!({"at": BETWEEN, "account": account, "do": "removeAlias", "distribution": distribution, "alias": alias})
}

fn adds(alias: &str, account: &str, distribution: &str) -> Value {
    adds_at(LATER, alias, account, distribution)
}

fn adds_at(at: &str, alias: &str, account: &str, distribution: &str) -> Value {
    json!({"at": at, "account": account, "do": "addAlias", "distribution": distribution, "alias": alias})
}

fn stage(world: Value) -> Stage {
    Stage::new(world, 7, vec![]).unwrap()
}

/// Kind and name of every difference that was told, in order of both.
fn told(scan: &Scan) -> Vec<(String, String)> {
    let of = |difference: &Value, key: &str| difference[key].as_str().unwrap().to_owned();
    let mut told: Vec<(String, String)> = scan.differences.iter().map(|each| (of(each, "kind"), of(each, "name"))).collect();
    told.sort();
    told
}

fn is_told(scan: &Scan, expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> = expected.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).collect();
    assert_eq!(told(scan), expected, "{:?}", scan.execution.cause);
}

fn difference<'s>(scan: &'s Scan, kind: &str) -> &'s Value {
    scan.differences.iter().find(|each| each["kind"] == kind).unwrap()
}

fn item(stage: &Stage, pk: &str) -> Value {
    stage.registry().into_iter().find(|item| item["pk"] == pk).unwrap_or_else(|| panic!("nothing stands at {pk}"))
}

fn alias(stage: &Stage, name: &str) -> Value {
    item(stage, &format!("ALIAS#{name}"))
}
