//! What a bridge cannot do: the swap, and a wildcard itself (DT-5 to DT-9).

use super::{ARRIVAL, MOVE, SWAP, wildcard};
use crate::situations::Legal;
use crate::situations::world::{SOURCE, alias, cname};
use serde_json::json;

pub const ALL: &[Legal] = &[
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
];
