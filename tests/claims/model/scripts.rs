//! Random worlds and what random writers want to do in them, as values that shrink. Holds no expectation.

use super::specification::Action;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

pub(super) const ACCOUNTS: [&str; 3] = ["000000000001", "000000000002", "000000000003"];
pub(super) const ZONE: &str = "Z1FOO";

/// Distributions, with the positions of their accounts and what their certificates cover.
const DISTRIBUTIONS: [(&str, usize, &[&str]); 4] = [
    ("E1OLD", 0, &["foo.com", "*.foo.com", "*.b.foo.com"]),
    ("E2NEW", 1, &["foo.com", "*.foo.com"]),
    ("E3OLD", 0, &["foo.com", "*.foo.com", "*.b.foo.com"]),
    ("E4ELSE", 2, &["*.foo.com", "*.b.foo.com"]),
];

/// Names that writers want: an apex, names at two depths, wildcards over them, one that no certificate covers.
pub(super) const NAMES: [&str; 7] = ["foo.com", "a.foo.com", "b.foo.com", "x.b.foo.com", "*.foo.com", "*.b.foo.com", "a.bar.org"];

/// Hops of the longest chain of record sets that a name is led into. With every other name before it, it is shorter than
/// what CloudFront follows (DNS-8).
const CHAIN: usize = 2;

/// Rules, with their other positions.
const SWITCHES: [(&str, &str); 12] = [
    ("nameRelease", "\"accepted\""),
    ("wildcardCrossAccountOverlap", "false"),
    ("sameAccountNeedsTxt", "false"),
    ("sameAccountNeedsDisabledSource", "true"),
    ("disabledMustBeDeployed", "false"),
    ("moveTargetMustBeDeployed", "false"),
    ("dnsCheckFirst", "false"),
    ("dnsCheckSeesAliasRecords", "false"),
    ("moveApiChecksDns", "true"),
    ("txtMultivalue", "true"),
    ("cfDnsLagS", "0"),
    ("negativeCacheS", "100"),
];

/// What one writer wants to do.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    Wait {
        seconds: i64,
    },
    /// Names that it lists go, others come; now and then it is disabled, or enabled.
    Toggle {
        on: On,
        names: Vec<usize>,
        switches: bool,
        tag: Tag,
        by: By,
    },
    Move {
        name: usize,
        to: usize,
        tag: Tag,
        older_call: bool,
        by: By,
    },
    Lead {
        name: usize,
        action: Action,
        to: To,
        ttl_seconds: i64,
        by: By,
    },
    /// With a TTL that belongs to the name: of a proof of which nothing but the TTL is changed the facts do not say when that
    /// is seen.
    Prove {
        name: usize,
        action: Action,
        values: Vec<usize>,
        by: By,
    },
}

/// Which distribution.
#[derive(Debug, Clone, Copy)]
pub(super) enum On {
    Number(usize),
    /// Whoever lists this name, if anybody does.
    HolderOf(usize),
}

/// Which revision a write says that it was made from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tag {
    Newest,
    /// The one that was there so many operations ago.
    Ago(usize),
    Absent,
}

/// Who does it.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    Owner,
    Account(usize),
}

/// Where a record set leads.
#[derive(Debug, Clone, Copy)]
pub(super) enum To {
    Distribution(usize),
    Name(usize),
    /// Into a chain of so many record sets that ends at the first distribution.
    Chain(usize),
    Elsewhere,
}

/// A world, and what is wished for in it.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) world: Value,
    pub(super) seed: u64,
    pub(super) wishes: Vec<Wish>,
}

fn tag() -> impl Strategy<Value = Tag> {
    prop_oneof![12 => Just(Tag::Newest), 2 => (1_usize..5).prop_map(Tag::Ago), 1 => Just(Tag::Absent)]
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![14 => Just(By::Owner), 1 => (0..ACCOUNTS.len()).prop_map(By::Account)]
}

fn name() -> impl Strategy<Value = usize> {
    prop_oneof![6 => 1_usize..4, 3 => Just(4_usize), 1 => Just(5_usize), 1 => Just(0_usize), 1 => Just(6_usize)]
}

/// A name that the zone can hold record sets of: the uncovered one is below another.
fn record_name() -> impl Strategy<Value = usize> {
    name().prop_map(|name| name.min(5))
}

fn on() -> impl Strategy<Value = On> {
    prop_oneof![4 => (0..DISTRIBUTIONS.len()).prop_map(On::Number), 1 => name().prop_map(On::HolderOf)]
}

fn to() -> impl Strategy<Value = To> {
    let distribution = (0..DISTRIBUTIONS.len()).prop_map(To::Distribution);
    prop_oneof![6 => distribution, 2 => (1_usize..6).prop_map(To::Name), 1 => (1..=CHAIN).prop_map(To::Chain), 1 => Just(To::Elsewhere)]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![6 => Just(Action::Upsert), 2 => Just(Action::Delete), 1 => Just(Action::Create)]
}

fn ttl() -> impl Strategy<Value = i64> {
    prop_oneof![Just(30_i64), Just(60), Just(300)]
}

fn values() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![5 => (0..DISTRIBUTIONS.len()).prop_map(|only| vec![only]), 1 => Just(vec![0, 1])]
}

fn single() -> impl Strategy<Value = Vec<Wish>> {
    let toggle = (on(), prop::collection::vec(name(), 1..3), prop::bool::weighted(0.1), tag(), by())
        .prop_map(|(on, names, switches, tag, by)| Wish::Toggle { on, names, switches, tag, by });
    let switch = (on(), by()).prop_map(|(on, by)| Wish::Toggle { on, names: vec![], switches: true, tag: Tag::Newest, by });
    let moved = (name(), 0..DISTRIBUTIONS.len(), tag(), any::<bool>(), by()).prop_map(|(name, to, tag, older_call, by)| Wish::Move {
        name,
        to,
        tag,
        older_call,
        by,
    });
    let lead = (record_name(), action(), to(), ttl(), by()).prop_map(|(name, action, to, ttl_seconds, by)| Wish::Lead {
        name,
        action,
        to,
        ttl_seconds,
        by,
    });
    let prove = (record_name(), action(), values(), by());
    let prove = prove.prop_map(|(name, action, values, by)| Wish::Prove { name, action, values, by });
    let wait = prop_oneof![3 => 1_i64..60, 3 => 60_i64..400, 1 => 400_i64..1200].prop_map(|seconds| Wish::Wait { seconds });
    prop_oneof![8 => toggle, 1 => switch, 3 => moved, 4 => lead, 2 => prove, 4 => wait].prop_map(|wish| vec![wish])
}

/// A move that somebody has prepared, more or less patiently.
fn prepared_move() -> impl Strategy<Value = Vec<Wish>> {
    (record_name(), 0..DISTRIBUTIONS.len(), any::<bool>(), any::<bool>(), 0_i64..300).prop_map(
        |(name, to, disables, older_call, seconds)| {
            let prove = Wish::Prove { name, action: Action::Upsert, values: vec![to], by: By::Owner };
            let disable = Wish::Toggle { on: On::HolderOf(name), names: vec![], switches: true, tag: Tag::Newest, by: By::Owner };
            let moved = Wish::Move { name, to, tag: Tag::Newest, older_call, by: By::Owner };
            let wait = Wish::Wait { seconds };
            if disables { vec![prove, disable, wait, moved] } else { vec![prove, wait, moved] }
        },
    )
}

/// A name that leaves one distribution for another, as people do it by hand.
fn by_hand() -> impl Strategy<Value = Vec<Wish>> {
    (record_name(), 0..DISTRIBUTIONS.len(), 0_i64..200, 0_i64..200, any::<bool>()).prop_map(|(name, to, first, second, dns)| {
        let toggle = |on| Wish::Toggle { on, names: vec![name], switches: false, tag: Tag::Newest, by: By::Owner };
        let lead = Wish::Lead { name, action: Action::Upsert, to: To::Distribution(to), ttl_seconds: 60, by: By::Owner };
        let mut wishes = if dns { vec![lead, Wish::Wait { seconds: first }] } else { vec![] };
        wishes.extend([toggle(On::HolderOf(name)), Wish::Wait { seconds: second }, toggle(On::Number(to))]);
        wishes
    })
}

fn world() -> impl Strategy<Value = Value> {
    let denial = (0..ACCOUNTS.len(), 0_usize..4, 0_i64..6000);
    let switches = prop::collection::vec(any::<Index>(), 0..4);
    let seconds = prop_oneof![Just(0_i64), Just(20), Just(60), Just(180), Just(400)];
    (seconds, switches, 2_u64..5, prop::option::weighted(0.15, denial), any::<bool>(), any::<bool>()).prop_map(
        |(seconds, switches, quota, denial, wildcard_record, off)| {
            let domain = |id: &str| format!("{}.cloudfront.net", id.to_ascii_lowercase());
            let arn = |id: &str, account: usize| format!("arn:aws:acm:us-east-1:{}:certificate/{id}", ACCOUNTS[account]);
            let certificates = DISTRIBUTIONS.map(|(id, account, names)| json!({"arn": arn(id, account), "names": names}));
            let distributions = DISTRIBUTIONS.map(|(id, account, _)| {
                let names: &[&str] = if id == "E1OLD" { &["a.foo.com", "*.b.foo.com"] } else { &[] };
                json!({"id": id, "account": ACCOUNTS[account], "domainName": domain(id), "aliases": names,
                       "certificate": arn(id, account), "enabled": id != "E1OLD" || !off})
            });
            let cname = |name: &str, to: &str| json!({"name": name, "type": "CNAME", "ttl": 60, "values": [to]});
            let mut records = vec![cname("a.foo.com", &domain("E1OLD"))];
            records.extend(wildcard_record.then(|| cname("*.foo.com", &domain("E2NEW"))));
            records.extend((1..=CHAIN).map(|at| cname(&chain(at), &if at == 1 { domain("E1OLD") } else { chain(at - 1) })));
            let mut rules = json!({"cfRate": "unlimited"});
            for (rule, value) in switches.iter().map(|index| index.get(&SWITCHES)) {
                rules[*rule] = serde_json::from_str(value).unwrap();
            }
            let actors: Vec<Value> = denial.into_iter().map(|(account, operation, seconds)| denied(account, operation, seconds)).collect();
            json!({
                "now": "2026-12-01T02:00:00Z", "homeAccount": "000000000009",
                "accounts": ACCOUNTS.map(|id| json!({"id": id, "aliasQuota": quota})),
                "certificates": certificates, "distributions": distributions,
                "hostedZones": [{"id": ZONE, "account": ACCOUNTS[0], "name": "foo.com", "records": records}],
                "edge": {"locations": 3, "propagation": {"model": "fixed", "seconds": seconds}},
                "rules": rules, "actors": actors,
            })
        },
    )
}

/// From some moment on an account may not do something any more.
fn denied(account: usize, operation: usize, seconds: i64) -> Value {
    let operations = [
        "cloudfront:UpdateDistribution",
        "cloudfront:UpdateDomainAssociation",
        "cloudfront:AssociateAlias",
        "route53:ChangeResourceRecordSets",
    ];
    let at = "2026-12-01T02:00:00Z".parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_secs(seconds);
    json!({"at": at.to_string(), "do": "denyOperation", "account": ACCOUNTS[account], "operation": operations[operation]})
}

/// The name of a record set that is so far from its end.
pub(super) fn chain(at: usize) -> String {
    format!("hop{at}.foo.com")
}

/// Twenty to sixty operations in a random world.
pub(super) fn script() -> impl Strategy<Value = Script> {
    let some = prop_oneof![8 => single(), 2 => prepared_move(), 2 => by_hand()];
    let wishes = prop::collection::vec(some, 15..30).prop_map(|some| some.into_iter().flatten().take(60).collect());
    (world(), 0_u64..1000, wishes).prop_map(|(world, seed, wishes)| Script { world, seed, wishes })
}
