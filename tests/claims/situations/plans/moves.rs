//! AWS's own call: within one account, and from a source that is disabled (DT-1, DT-2, DT-4, DT-8, DT-11).

use super::{ARRIVAL, BRIDGE, MOVE, NET, OFF, SWAP, others};
use crate::situations::Legal;
use serde_json::json;

pub const ALL: &[Legal] = &[
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
            others(s);
            s.strategy("disableAndMove");
            s.accept_outage();
            s.request["accept"] = json!(["sourceServesOthers"])
        },
        strategy: "disableAndMove",
        outage: 780,
        back: "enable@E1 records swap proof:nobody",
    },
];
