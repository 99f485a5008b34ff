//! The registry: does one writer a name hold, whatever comes between two of its calls?

mod gate;
mod interleavings;
mod lost_answers;
mod recovery;
mod resting;
mod zombies;

use serde_json::{Value, json};

/// One account, three distributions that can all serve every name, and the names' record sets.
pub(crate) fn world() -> Value {
    let arn = |name: &str| format!("arn:aws:acm:us-east-1:000000000001:certificate/{name}");
    let certificate = |name: &str| json!({"arn": arn(name), "names": ["*.foo.com"], "status": "ISSUED", "notAfter": "2027-12-01T00:00:00Z", "keyAlgorithm": "RSA_2048"});
    let distribution = |id: &str, domain: &str, aliases: Value| {
        json!({"id": id, "account": "000000000001", "domainName": format!("{domain}.cloudfront.net"), "aliases": aliases, "enabled": true,
            "status": "Deployed", "ipv6": true, "origin": {"status": 200, "headers": {}}, "certificate": arn(domain)})
    };
    let record =
        |name: &str, domain: &str| json!({"name": name, "type": "CNAME", "ttl": 60, "values": [format!("{domain}.cloudfront.net")]});
    json!({
        "now": "2026-12-01T02:00:00Z", "homeAccount": "000000000009",
        "accounts": [{"id": "000000000001", "name": "one"}],
        "certificates": [certificate("aaa"), certificate("bbb"), certificate("ccc")],
        "distributions": [
            distribution("E1AAA", "aaa", json!(["a.foo.com", "b.foo.com"])),
            distribution("E2BBB", "bbb", json!(["c.foo.com"])),
            distribution("E3CCC", "ccc", json!([])),
        ],
        "hostedZones": [{"id": "Z1FOO", "account": "000000000001", "name": "foo.com", "private": false,
            "records": [record("a.foo.com", "aaa"), record("b.foo.com", "aaa"), record("c.foo.com", "bbb")]}],
        "edge": {"locations": 5, "propagation": {"model": "fixed", "seconds": 5}},
    })
}

/// A request to move `alias`, to be executed.
pub(crate) fn request(alias: &str, from: &str, to: &str) -> Value {
    json!({"aliases": [alias],
        "source": {"account": "000000000001", "distribution": from}, "target": {"account": "000000000001", "distribution": to},
        "dns": {"account": "000000000001", "hostedZone": "Z1FOO"},
        "strategy": "moveDomain", "execute": true, "soakSeconds": 0, "allowDifferences": ["Origins"]})
}

/// The items of the table at the end whose sort key begins with `sk`.
pub(super) fn items<'a>(table: &'a [Value], sk: &str) -> Vec<&'a Value> {
    table.iter().filter(|item| item["sk"].as_str().is_some_and(|key| key.starts_with(sk))).collect()
}
