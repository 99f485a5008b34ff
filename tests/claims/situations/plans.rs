//! Situations in which something can be done: the strategy, the outage predicted, the way back.

use super::Legal;
use super::world::{ONE, SOURCE, THREE, alias, cname};
use serde_json::json;

/// An edge that two changes reach apart.
const ARRIVAL: u64 = 330;
/// A swap where AWS frees the name only when the source is deployed.
const SWAP: u64 = 660;

const BRIDGE: &str = "add@E2 records remove@E2 add@E1 remove@E2";
const MOVE: &str = "records proof:source move proof:nobody";
const NET: &str = "add@E2 records proof:source move proof:nobody remove@E2";
const OFF: &str = "records swap proof:nobody";

pub const ALL: &[Legal] = &[
    // Two accounts, the source enabled: the bridge (DT-3).
    Legal { name: "cross, sub-domain", change: |_| {}, strategy: "wildcardBridge", outage: 0, back: BRIDGE },
    Legal { name: "cross, zone in a third account", change: |s| s.zone_elsewhere(), strategy: "wildcardBridge", outage: 0, back: BRIDGE },
    Legal {
        name: "cross, alias record sets A and AAAA",
        change: |s| s.records(vec![alias("a.foo.com", "A", SOURCE), alias("a.foo.com", "AAAA", SOURCE)]),
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, A, AAAA and HTTPS",
        change: |s| {
            s.records(vec![alias("a.foo.com", "A", SOURCE), alias("a.foo.com", "AAAA", SOURCE), alias("a.foo.com", "HTTPS", SOURCE)])
        },
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, alias A and no IPv6 anywhere",
        change: |s| {
            s.source()["ipv6"] = json!(false);
            s.target()["ipv6"] = json!(false);
            s.records(vec![alias("a.foo.com", "A", SOURCE)])
        },
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, a TTL of a day",
        change: |s| s.world["hostedZones"][0]["records"][0]["ttl"] = json!(86_400),
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, CNAME becomes alias record sets",
        change: |s| s.request["records"] = json!("alias"),
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, alias record sets become a CNAME",
        change: |s| {
            s.request["records"] = json!("cname");
            s.records(vec![alias("a.foo.com", "A", SOURCE)])
        },
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, three sub-domains",
        change: |s| s.names(&["a.foo.com", "b.foo.com", "c.foo.com"]),
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, names below two parents",
        change: |s| s.names(&["a.foo.com", "a.b.foo.com"]),
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal { name: "cross, two labels deep", change: |s| s.names(&["a.b.foo.com"]), strategy: "wildcardBridge", outage: 0, back: BRIDGE },
    Legal {
        name: "cross, two labels deep, bridged from further up",
        change: |s| {
            s.names(&["a.b.foo.com"]);
            s.target_certificate(&["a.b.foo.com", "*.foo.com"])
        },
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, two labels deep, the wildcard further up is a third's",
        change: |s| {
            s.names(&["a.b.foo.com"]);
            s.third(&["*.foo.com"])
        },
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, a third's wildcard below does not matter",
        change: |s| s.third(&["*.c.foo.com"]),
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, the wildcard is on the target already",
        change: |s| s.target()["aliases"] = json!(["*.foo.com"]),
        strategy: "wildcardBridge",
        outage: 0,
        back: "records remove@E2 add@E1",
    },
    Legal {
        name: "cross, the source serves others too",
        change: |s| s.source()["aliases"] = json!(["a.foo.com", "b.bar.com"]),
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, elliptic key",
        change: |s| s.world["certificates"][1]["keyAlgorithm"] = json!("EC_prime256v1"),
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, a certificate good for eight days",
        change: |s| s.world["certificates"][1]["notAfter"] = json!("2026-12-09T03:00:00Z"),
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal { name: "cross, no soak", change: |s| s.request["soakSeconds"] = json!(0), strategy: "wildcardBridge", outage: 0, back: BRIDGE },
    Legal {
        name: "cross, a wildcard below a wildcard",
        change: |s| {
            s.names(&["*.b.foo.com"]);
            s.target_certificate(&["*.b.foo.com", "*.foo.com"])
        },
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, a weighted name, told",
        change: |s| {
            weighted(s);
            s.request["accept"] = json!(["recordSetRouted"])
        },
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, a failover name with a member elsewhere, told",
        change: |s| {
            failover(s);
            s.request["accept"] = json!(["recordSetRouted"])
        },
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    // What a bridge cannot do: the swap (DT-5, DT-6, DT-7).
    Legal {
        name: "cross, apex",
        change: |s| {
            s.apex();
            s.accept_outage()
        },
        strategy: "swap",
        outage: SWAP,
        back: "records swap",
    },
    Legal {
        name: "cross, no certificate for the wildcard",
        change: |s| {
            s.target_certificate(&["a.foo.com"]);
            s.accept_outage()
        },
        strategy: "swap",
        outage: SWAP,
        back: "records swap",
    },
    Legal {
        name: "cross, the wildcard is a third's",
        change: |s| {
            s.third(&["*.foo.com"]);
            s.accept_outage()
        },
        strategy: "swap",
        outage: SWAP,
        back: "records swap",
    },
    Legal {
        name: "cross, the wildcard is the source's",
        change: |s| {
            s.source()["aliases"] = json!(["a.foo.com", "*.foo.com"]);
            s.source_certificate(&["a.foo.com", "*.foo.com"])
        },
        strategy: "swap",
        outage: 0,
        back: "records swap",
    },
    Legal {
        name: "cross, the wildcard's record set leads elsewhere",
        change: |s| {
            s.records(vec![cname("a.foo.com", SOURCE), cname("*.foo.com", SOURCE)]);
            s.accept_outage()
        },
        strategy: "swap",
        outage: SWAP,
        back: "records swap",
    },
    Legal {
        name: "cross, named swap",
        change: |s| {
            s.strategy("swap");
            s.accept_outage()
        },
        strategy: "swap",
        outage: SWAP,
        back: "records swap",
    },
    Legal {
        name: "cross, swap with a TTL of an hour",
        change: |s| {
            s.strategy("swap");
            s.accept_outage();
            s.world["hostedZones"][0]["records"][0]["ttl"] = json!(3600)
        },
        strategy: "swap",
        outage: SWAP,
        back: "records swap records",
    },
    Legal {
        name: "cross, swap of an apex and its www",
        change: |s| {
            s.names(&["foo.com", "www.foo.com"]);
            s.records(vec![alias("foo.com", "A", SOURCE), cname("www.foo.com", SOURCE)]);
            s.strategy("swap");
            s.accept_outage()
        },
        strategy: "swap",
        outage: SWAP,
        back: "records swap",
    },
    // A wildcard itself (DT-8, DT-9).
    Legal {
        name: "cross, a wildcard, every name below it named first",
        change: |s| {
            wildcard(s);
            s.records(vec![cname("x.foo.com", SOURCE), cname("y.foo.com", SOURCE)])
        },
        strategy: "swap",
        outage: 0,
        back: "add@E2 records swap remove@E2",
    },
    Legal {
        name: "cross, a wildcard with a record set of its own",
        change: |s| {
            wildcard(s);
            s.records(vec![cname("*.foo.com", SOURCE), cname("x.foo.com", SOURCE)]);
            s.accept_outage()
        },
        strategy: "swap",
        outage: SWAP,
        back: "add@E2 records swap remove@E2",
    },
    Legal {
        name: "cross, a wildcard with nothing but its record set",
        change: |s| {
            wildcard(s);
            s.accept_outage()
        },
        strategy: "swap",
        outage: SWAP,
        back: "records swap",
    },
    Legal {
        name: "same account, a wildcard",
        change: |s| {
            wildcard(s);
            s.one_account()
        },
        strategy: "moveDomain",
        outage: ARRIVAL,
        back: MOVE,
    },
    // One account: AWS's own call (DT-1, DT-2).
    Legal { name: "same account, sub-domain", change: |s| s.one_account(), strategy: "moveDomain", outage: 0, back: NET },
    Legal {
        name: "same account, apex",
        change: |s| {
            s.apex();
            s.one_account()
        },
        strategy: "moveDomain",
        outage: ARRIVAL,
        back: MOVE,
    },
    Legal {
        name: "same account, no certificate for the wildcard",
        change: |s| {
            s.one_account();
            s.target_certificate(&["a.foo.com"])
        },
        strategy: "moveDomain",
        outage: ARRIVAL,
        back: MOVE,
    },
    Legal {
        name: "same account, the wildcard is a third's",
        change: |s| {
            s.one_account();
            s.third(&["*.foo.com"])
        },
        strategy: "moveDomain",
        outage: ARRIVAL,
        back: MOVE,
    },
    Legal {
        name: "same account, two names",
        change: |s| {
            s.names(&["a.foo.com", "b.foo.com"]);
            s.one_account()
        },
        strategy: "moveDomain",
        outage: 0,
        back: NET,
    },
    Legal {
        name: "same account, two labels deep",
        change: |s| {
            s.names(&["a.b.foo.com"]);
            s.one_account()
        },
        strategy: "moveDomain",
        outage: 0,
        back: NET,
    },
    Legal {
        name: "same account, zone elsewhere",
        change: |s| {
            s.one_account();
            s.zone_elsewhere()
        },
        strategy: "moveDomain",
        outage: 0,
        back: NET,
    },
    Legal {
        name: "same account, named bridge",
        change: |s| {
            s.one_account();
            s.strategy("wildcardBridge")
        },
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "same account, named swap",
        change: |s| {
            s.one_account();
            s.strategy("swap");
            s.accept_outage()
        },
        strategy: "swap",
        outage: SWAP,
        back: "records swap",
    },
    Legal {
        name: "same account, source disabled",
        change: |s| {
            s.one_account();
            s.source()["enabled"] = json!(false)
        },
        strategy: "moveDomain",
        outage: ARRIVAL,
        back: OFF,
    },
    // Two accounts, the source disabled (DT-4, DT-11).
    Legal {
        name: "cross, source disabled",
        change: |s| s.source()["enabled"] = json!(false),
        strategy: "moveDomain",
        outage: ARRIVAL,
        back: OFF,
    },
    Legal {
        name: "cross, apex, source disabled",
        change: |s| {
            s.apex();
            s.source()["enabled"] = json!(false)
        },
        strategy: "moveDomain",
        outage: ARRIVAL,
        back: OFF,
    },
    // Disabled for the move, because somebody names it (DT-4).
    Legal {
        name: "cross, disable and move",
        change: |s| {
            s.strategy("disableAndMove");
            s.accept_outage()
        },
        strategy: "disableAndMove",
        outage: 780,
        back: "enable@E1 records swap proof:nobody",
    },
    Legal {
        name: "cross, apex, disable and move",
        change: |s| {
            s.apex();
            s.strategy("disableAndMove");
            s.accept_outage()
        },
        strategy: "disableAndMove",
        outage: 780,
        back: "enable@E1 records swap proof:nobody",
    },
    Legal {
        name: "cross, disable and move, others agreed to",
        change: |s| {
            s.source()["aliases"] = json!(["a.foo.com", "b.bar.com"]);
            s.strategy("disableAndMove");
            s.accept_outage();
            s.request["accept"] = json!(["sourceServesOthers"])
        },
        strategy: "disableAndMove",
        outage: 780,
        back: "enable@E1 records swap proof:nobody",
    },
    // Left out of the request.
    Legal { name: "source left out", change: |s| s.forget("source"), strategy: "wildcardBridge", outage: 0, back: BRIDGE },
    Legal { name: "zone left out", change: |s| s.forget("dns"), strategy: "wildcardBridge", outage: 0, back: BRIDGE },
    Legal {
        name: "source and zone left out, one account",
        change: |s| {
            s.one_account();
            s.forget("source");
            s.forget("dns")
        },
        strategy: "moveDomain",
        outage: 0,
        back: NET,
    },
    // Somebody else keeps DNS.
    Legal {
        name: "cross, DNS of somebody else",
        change: |s| external(s, &["a.foo.com"]),
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, DNS of somebody else, swap",
        change: |s| {
            external(s, &["a.foo.com"]);
            s.strategy("swap");
            s.accept_outage()
        },
        strategy: "swap",
        outage: SWAP,
        back: "records swap",
    },
    Legal {
        name: "cross, a zone that is delegated below another",
        change: |s| {
            s.names(&["a.b.foo.com"]);
            delegated(s);
            s.forget("dns")
        },
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    Legal {
        name: "cross, twin zones",
        change: |s| {
            twin(s);
            s.forget("dns")
        },
        strategy: "wildcardBridge",
        outage: 0,
        back: BRIDGE,
    },
    // The source cannot be reached (DT-10, DT-11).
    Legal {
        name: "source unreachable, enabled, Support moves it",
        change: |s| {
            s.source_unreachable();
            s.actor(json!({"at": "2026-12-03T02:00:00Z", "do": "moveAlias", "alias": "a.foo.com", "distribution": "E2NEW"}))
        },
        strategy: "supportCase",
        outage: ARRIVAL,
        back: "proof:nobody",
    },
    Legal {
        name: "source unreachable and left out, Support moves it",
        change: |s| {
            s.source_unreachable();
            s.forget("source");
            s.actor(json!({"at": "2026-12-01T04:00:00Z", "do": "moveAlias", "alias": "a.foo.com", "distribution": "E2NEW"}))
        },
        strategy: "supportCase",
        outage: ARRIVAL,
        back: "proof:nobody",
    },
    Legal {
        name: "source unreachable and disabled",
        change: |s| {
            s.source_unreachable();
            s.source()["enabled"] = json!(false)
        },
        strategy: "moveDomain",
        outage: ARRIVAL,
        back: "records proof:nobody",
    },
];

fn others(s: &mut super::Situation) {
    s.source()["aliases"] = json!(["a.foo.com", "b.bar.com"]);
    s.source_certificate(&["a.foo.com", "b.bar.com"]);
}

/// Somebody else keeps DNS, and changes it after a while, as asked.
fn external(s: &mut super::Situation, names: &[&str]) {
    s.world["hostedZones"] = json!([]);
    let records: Vec<serde_json::Value> = names.iter().map(|name| cname(name, SOURCE)).collect();
    s.world["externalZones"] = json!([{"name": "foo.com", "records": records}]);
    s.request["dns"] = json!("external");
    for name in names {
        s.actor(json!({"at": "2026-12-01T03:00:00Z", "do": "changeRecord", "externalZone": "foo.com", "record": cname(name, super::world::TARGET)}));
    }
}

fn weighted(s: &mut super::Situation) {
    let member = |id: &str, weight: u32| json!({"name": "a.foo.com", "type": "CNAME", "ttl": 60, "values": [SOURCE], "setIdentifier": id, "weight": weight});
    s.records(vec![member("one", 10), member("two", 90)]);
}

fn delegated(s: &mut super::Situation) {
    let records = s.world["hostedZones"][0]["records"].take();
    s.world["hostedZones"] = json!([{"id": "Z1FOO", "account": ONE, "name": "foo.com", "records": []},
                                    {"id": "Z2BFOO", "account": THREE, "name": "b.foo.com", "records": records}]);
}

/// Two zones of one name: the first has the records of long ago and nobody asks it.
fn twin(s: &mut super::Situation) {
    let mut old = s.world["hostedZones"][0].clone();
    old["id"] = json!("Z0OLD");
    old["delegated"] = json!(false);
    old["records"] = json!([cname("a.foo.com", "long.ago.example.net")]);
    let now = s.world["hostedZones"][0].clone();
    s.world["hostedZones"] = json!([old, now]);
}

fn failover(s: &mut super::Situation) {
    let member = |id: &str, failover: &str, value: &str| json!({"name": "a.foo.com", "type": "CNAME", "ttl": 60, "values": [value], "setIdentifier": id, "failover": failover, "healthCheckId": format!("check-{id}")});
    s.records(vec![member("one", "PRIMARY", SOURCE), member("two", "SECONDARY", "sorry.example.net")]);
}

fn wildcard(s: &mut super::Situation) {
    s.names(&["*.foo.com"]);
    s.target_certificate(&["*.foo.com"]);
}

#[allow(dead_code, reason = "names of accounts for rows that name them")]
const ACCOUNTS: [&str; 2] = [ONE, THREE];
