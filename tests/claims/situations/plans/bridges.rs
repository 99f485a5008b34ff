//! Two accounts, the source enabled: the bridge (DT-3).

use super::{BRIDGE, failover, others, weighted};
use crate::situations::Legal;
use crate::situations::world::{SOURCE, alias};
use serde_json::json;

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
    Legal { name: "cross, the source serves others too", change: |s| others(s), strategy: "wildcardBridge", outage: 0, back: BRIDGE },
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
];
