//! What the claims about the registry share: names, places and times, and items as the table would have them. It is the
//! first of December 2026, and `a.foo.com` goes from the legacy account to the new one. Holds no expectation.

use crate::ids::{AccountId, DistributionId, HostedZoneId, Place, ZonePlace};
use crate::name::Alias;
use crate::registry::UnaccountedUpdates;
use crate::registry::alias::{AliasItem, AliasState, DistributionItem, Holder, PlannedMove, SeenCertificate};
use crate::registry::claim::{Claim, ClaimState};
use crate::registry::trail::TrailWrite;
pub(crate) use crate::samples_of_names::alias as name;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The legacy account.
pub(crate) const OLD: &str = "000000000001";
/// The new one.
pub(crate) const NEW: &str = "000000000002";
/// Who deploys in account `{account}`, as CloudTrail names them.
pub(crate) const TERRAFORM: &str = "assumed-role/deployer/terraform";

/// The name that moves.
pub(crate) fn a() -> Alias {
    name("a.foo.com")
}

pub(crate) fn account(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

pub(crate) fn id(text: &str) -> DistributionId {
    DistributionId::parse(text).unwrap()
}

pub(crate) fn place(owner: &str, distribution: &str) -> Place {
    Place { account: account(owner), distribution: id(distribution) }
}

/// Where the name comes from.
pub(crate) fn old() -> Place {
    place(OLD, "E1LEGACYXYZ")
}

/// Where it goes.
pub(crate) fn new() -> Place {
    place(NEW, "E2NEWQRS")
}

pub(crate) fn zone(owner: &str, hosted_zone: &str) -> ZonePlace {
    ZonePlace { account: account(owner), hosted_zone: HostedZoneId::parse(hosted_zone).unwrap() }
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A time of that day: `02:30:00`.
pub(crate) fn today(clock: &str) -> Timestamp {
    time(&format!("2026-12-01T{clock}Z"))
}

/// `place` as a holder of which nothing else is known.
pub(crate) fn bare_holder(place: Place) -> Holder {
    Holder { place, domain_name: None, certificate_not_after: None }
}

/// The name in `state`, on `place` if anywhere. Nobody has claimed it or announced anything of it.
pub(crate) fn alias_item(state: AliasState, place: Option<Place>) -> AliasItem {
    AliasItem {
        alias: a(),
        state,
        resting_state: None,
        holder: place.map(bare_holder),
        dns: None,
        seen_at: None,
        seen_by: None,
        planned: None,
        claim: None,
        moved_by: None,
    }
}

/// The name as a cutover called `old-move` has left it on the target at 01:30.
pub(crate) fn moved_item() -> AliasItem {
    AliasItem {
        seen_at: Some(today("01:30:00")),
        moved_by: Some("old-move".to_owned()),
        ..alias_item(AliasState::MovedNotReconciled, Some(new()))
    }
}

/// A distribution of which nothing but its place is known.
pub(crate) fn distribution_item(place: Place) -> DistributionItem {
    DistributionItem {
        place,
        domain_name: None,
        enabled: None,
        alias_count: None,
        certificate: None,
        seen_at: None,
        seen_by: None,
        claim: None,
        deployed_at: None,
        moved_away: vec![],
    }
}

/// A certificate for `names` that ends at `not_after`.
pub(crate) fn certificate(names: &[&str], not_after: Option<Timestamp>) -> SeenCertificate {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    SeenCertificate { arn: "arn:aws:acm:us-east-1:000000000002:certificate/one".to_owned(), names, not_after }
}

/// A move to `target`, announced for that time of the day.
pub(crate) fn planned(target: Place, opens: &str, closes: &str) -> PlannedMove {
    PlannedMove { opens: today(opens), closes: today(closes), target, by: "team-edge".to_owned() }
}

/// The claim of `old-move`, taken at 02:00 for four hours: the name, the wildcard above it, and both distributions.
pub(crate) fn claim(state: ClaimState) -> Claim {
    Claim {
        id: "old-move".to_owned(),
        execution: "arn:aws:states:us-east-1:000000000009:execution:cutover:old-move".to_owned(),
        fence: 1,
        state,
        since: today("02:00:00"),
        until: today("06:00:00"),
        aliases: [a(), name("*.foo.com")].into(),
        distributions: vec![old(), new()],
        hosted_zone: Some("Z1FOO".to_owned()),
        intents: 0,
        handed_on: 0,
        events: 1,
        head: String::new(),
        foreign_writes: 0,
        recoveries: 0,
        in_flight: None,
        in_flight_what: None,
        unaccounted: None,
        unaccounted_what: None,
        unaccounted_updates: UnaccountedUpdates::default(),
    }
}

/// CloudTrail's record of a call that terraform made in `account` at 02:30, with its name and its parameters.
pub(crate) fn record(account: &str, source: &str, name: &str, asked: &Value) -> Value {
    let issuer = json!({"type": "Role", "arn": format!("arn:aws:iam::{account}:role/deployer"), "accountId": account});
    json!({
        "eventVersion": "1.11", "eventID": "11111111-2222-3333-4444-555555555555", "eventTime": "2026-12-01T02:30:00Z",
        "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "readOnly": false, "recipientAccountId": account,
        "userIdentity": {"type": "AssumedRole", "arn": format!("arn:aws:sts::{account}:{TERRAFORM}"),
                         "sessionContext": {"sessionIssuer": issuer}},
        "requestParameters": asked, "responseElements": null,
    })
}

/// The write that a record tells of.
pub(crate) fn read(record: &Value) -> TrailWrite {
    TrailWrite::read(record["recipientAccountId"].as_str().unwrap(), record).unwrap().unwrap()
}

/// The parameters of a call that gives `distribution` a config with these aliases.
pub(crate) fn config(distribution: &str, aliases: &[&str]) -> Value {
    json!({"id": distribution, "ifMatch": "E1",
           "distributionConfig": {"aliases": {"quantity": aliases.len(), "items": aliases}, "enabled": true}})
}

/// The parameters of a batch of record sets for the zone `Z1FOO`.
pub(crate) fn batch(changes: &[Value]) -> Value {
    json!({"hostedZoneId": "/hostedzone/Z1FOO", "changeBatch": {"changes": changes}})
}

/// One change of a batch: a record set with one value.
pub(crate) fn set_change(action: &str, name: &str, kind: &str, value: &str) -> Value {
    json!({"action": action, "resourceRecordSet": {"name": name, "type": kind, "ttl": 300, "resourceRecords": [{"value": value}]}})
}
