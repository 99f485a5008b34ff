//! What the request leaves out, DNS of somebody else, and sources that are not ours (DT-10 to DT-13).

use super::{ARRIVAL, BRIDGE, MOVE, NET, RELEASE, SWAP, delegated, external, from_tenant, held_by, to_tenant, twin};
use crate::situations::Legal;
use crate::situations::world::{ONE, TWO};
use serde_json::json;

pub const ALL: &[Legal] = &[
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
            s.request["accept"] = json!(["dnsExternal"]);
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
    // Another service of AWS holds it (DT-13).
    Legal {
        name: "Amplify holds it",
        change: |s| held_by(s, "amplify", "2026-12-02T02:00:00Z"),
        strategy: "releaseService",
        outage: 0,
        back: "records remove@E2",
    },
    Legal {
        name: "Amplify holds an apex",
        change: |s| {
            s.apex();
            held_by(s, "amplify", "2026-12-01T02:12:00Z");
            s.accept_outage()
        },
        strategy: "releaseService",
        outage: RELEASE,
        back: "records",
    },
    Legal {
        name: "a service that nothing gives away holds it, Support moves it",
        change: |s| {
            held_by(s, "other", "2026-12-20T02:00:00Z");
            s.actor(json!({"at": "2026-12-01T08:00:00Z", "do": "moveAlias", "alias": "a.foo.com", "distribution": "E2NEW"}))
        },
        strategy: "supportCase",
        outage: ARRIVAL,
        back: "proof:nobody",
    },
    // Tenants (DT-12).
    Legal { name: "same account, from a tenant", change: |s| from_tenant(s), strategy: "moveDomain", outage: ARRIVAL, back: MOVE },
    Legal {
        name: "same account, from a tenant that is looked for",
        change: |s| {
            from_tenant(s);
            s.forget("source")
        },
        strategy: "moveDomain",
        outage: ARRIVAL,
        back: MOVE,
    },
    Legal { name: "same account, to a tenant", change: |s| to_tenant(s, ONE), strategy: "moveDomain", outage: ARRIVAL, back: MOVE },
    Legal {
        name: "cross, to a tenant, source disabled",
        change: |s| {
            to_tenant(s, TWO);
            s.source()["enabled"] = json!(false)
        },
        strategy: "moveDomain",
        outage: ARRIVAL,
        back: "records proof:nobody",
    },
];
