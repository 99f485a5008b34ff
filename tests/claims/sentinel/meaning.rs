//! What one event of CloudTrail means, without any table: what is read of it, whose it is, what follows.

use cutover::Alias;
use cutover::ids::{AccountId, DistributionId};
use cutover::registry::sentinel::{AlarmKind, Known, PastMove, Sighting, Verdict};
use cutover::registry::trail::{Deed, TrailWrite};
use cutover::registry::{AliasItem, AliasState, Claim, DistributionItem};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const ONE: &str = "000000000001";
const TWO: &str = "000000000002";

/// An event of account `account`, with the name and the parameters that a call had.
fn record(account: &str, source: &str, name: &str, asked: &Value) -> Value {
    let issuer = json!({"type": "Role", "arn": format!("arn:aws:iam::{account}:role/deployer"), "accountId": account});
    json!({
        "eventVersion": "1.11", "eventID": "11111111-2222-3333-4444-555555555555", "eventTime": "2026-12-01T02:30:00Z",
        "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "readOnly": false, "recipientAccountId": account,
        "userIdentity": {"type": "AssumedRole", "arn": format!("arn:aws:sts::{account}:assumed-role/deployer/terraform"),
                         "sessionContext": {"sessionIssuer": issuer}},
        "requestParameters": asked, "responseElements": null, "somethingNew": {"of": ["AWS's"]},
    })
}

fn read(record: &Value) -> TrailWrite {
    TrailWrite::read(record["recipientAccountId"].as_str().unwrap(), record).unwrap().unwrap()
}

fn config(id: &str, aliases: &[&str]) -> Value {
    json!({"id": id, "ifMatch": "E1", "distributionConfig": {"aliases": {"quantity": aliases.len(), "items": aliases}, "enabled": true}})
}

fn update(id: &str, aliases: &[&str]) -> TrailWrite {
    read(&record(TWO, "cloudfront", "UpdateDistribution2020_05_31", &config(id, aliases)))
}

fn members() -> BTreeSet<AccountId> {
    [ONE, TWO].map(|id| AccountId::parse(id).unwrap()).into()
}

fn name(text: &str) -> Alias {
    Alias::parse(text).unwrap()
}

fn id(text: &str) -> DistributionId {
    DistributionId::parse(text).unwrap()
}

/// The alias as a cutover has left it on `E2` an hour ago.
fn moved() -> AliasItem {
    serde_json::from_value(json!({"alias": "a.foo.com", "state": "movedNotReconciled", "movedBy": "old", "seenAt": "2026-12-01T01:30:00Z",
        "holder": {"account": TWO, "distribution": "E2", "domainName": "two.cloudfront.net"}, "seenBy": "cutover"}))
    .unwrap()
}

fn distribution(account: &str, id: &str, deployed_at: Option<&str>) -> DistributionItem {
    let moved_away = if id == "E1" { vec!["old"] } else { vec![] };
    serde_json::from_value(json!({"account": account, "distribution": id, "deployedAt": deployed_at, "movedAway": moved_away})).unwrap()
}

fn claim(state: &str) -> Claim {
    serde_json::from_value(json!({"id": "old", "execution": "x", "fence": 1, "state": state, "since": "2026-12-01T02:00:00Z",
        "until": "2026-12-01T06:00:00Z", "aliases": ["a.foo.com", "*.foo.com"], "hostedZone": "Z1FOO", "intents": 0, "events": 1, "head": "",
        "foreignWrites": 0, "recoveries": 0,
        "distributions": [{"account": ONE, "distribution": "E1"}, {"account": TWO, "distribution": "E2"}]}))
    .unwrap()
}

fn verdict(write: &TrailWrite, known: &Known) -> Verdict {
    write.verdict(known, &members())
}

/// What is known where the alias has been moved from E1 to E2 and `id` is written to; these were deployed since.
fn after_a_move(id: &str, deployed: &[(&str, &str)]) -> Known {
    let item = |(account, id)| {
        let at = deployed.iter().find(|(of, _)| *of == id).map(|(_, at)| *at);
        distribution(account, id, at)
    };
    let both = [(ONE, "E1"), (TWO, "E2")].map(item);
    let aliases = if id == "E2" { [(name("a.foo.com"), moved())].into() } else { BTreeMap::new() };
    let past = PastMove { claim: claim("released"), distributions: both.to_vec(), aliases: vec![moved()] };
    let own = both.into_iter().find(|item| item.place.distribution.as_str() == id);
    Known { distribution: own, aliases, moves: vec![past], ..Known::default() }
}

fn from_source(aliases: &[&str]) -> TrailWrite {
    read(&record(ONE, "cloudfront", "UpdateDistribution", &config("E1", aliases)))
}

#[test]
fn every_write_that_may_concern_a_cutover_is_read_whatever_version_its_name_has() {
    let tenant =
        json!({"id": "dt_1", "domains": [{"domain": "A.foo.com", "status": "active"}, {"domain": "b.foo.com", "status": "inactive"}]});
    let moved = json!({"domain": "A.Foo.com", "targetResource": {"distributionTenantId": "dt_1"}, "ifMatch": "E"});
    let batch = json!({"hostedZoneId": "/hostedzone/Z1FOO", "changeBatch": {"changes": [{"action": "UPSERT",
        "resourceRecordSet": {"name": "a.foo.com.", "type": "A", "aliasTarget": {"dNSName": "one.cloudfront.net."}}}]}});
    let cases = [
        ("cloudfront", "UpdateDistribution", config("E1", &["A.foo.com"]), "E1"),
        ("cloudfront", "UpdateDistribution2020_05_31", config("E1", &["a.foo.com"]), "E1"),
        ("cloudfront", "CreateDistribution2025_01_01", config("E1", &["a.foo.com"]), "E1"),
        ("cloudfront", "UpdateDistributionTenant2020_05_31", tenant, "dt_1"),
        ("cloudfront", "AssociateAlias2020_05_31", json!({"targetDistributionId": "E1", "alias": "a.foo.com"}), "E1"),
        ("cloudfront", "UpdateDomainAssociation", moved, "dt_1"),
        ("route53", "ChangeResourceRecordSets", batch, "Z1FOO"),
    ];
    for (source, event, asked, on) in cases {
        let write = read(&record(ONE, source, event, &asked));
        assert_eq!((write.on().as_str(), write.aliases()), (on, [name("a.foo.com")].into()), "{event}");
        assert!(!write.operation.contains(|c: char| c.is_ascii_digit()) || source == "route53", "{}", write.operation);
    }
    let deletion = read(&record(ONE, "cloudfront", "DeleteDistribution2020_05_31", &json!({"id": "E1", "ifMatch": "E"})));
    assert_eq!(deletion.deed, Deed::Deletes(id("E1")));
    for other in ["CreateInvalidation", "UpdateFunction", "TagResource", ""] {
        assert_eq!(TrailWrite::read(ONE, &record(ONE, "cloudfront", other, &json!({"id": "E1"}))), Ok(None), "{other}");
    }
}

#[test]
fn what_came_of_a_write_counts_before_what_was_asked_for() {
    let mut told = record(ONE, "cloudfront", "CreateDistribution", &config("E1", &["a.foo.com"]));
    let aliases = json!({"quantity": 1, "items": ["b.foo.com"]});
    told["responseElements"] = json!({"distribution": {"id": "E9", "domainName": "nine.cloudfront.net", "distributionConfig": {"aliases": aliases, "enabled": false}}});
    let write = read(&told);
    assert_eq!((write.on().as_str(), write.aliases()), ("E9", [name("b.foo.com")].into()));
    let Deed::Configures(config) = write.deed else { panic!("{write:?}") };
    assert_eq!((config.enabled, config.domain_name.as_deref()), (Some(false), Some("nine.cloudfront.net")));
}

#[test]
fn a_list_that_was_cut_or_is_a_staging_ones_says_nothing_about_what_is_not_in_it() {
    for (pointer, value) in
        [("aliases", json!({"quantity": 2, "items": ["b.foo.com"]})), ("aliases", Value::Null), ("staging", json!(true))]
    {
        let mut asked = config("E2", &["b.foo.com"]);
        asked["distributionConfig"][pointer] = value.clone();
        let write = read(&record(TWO, "cloudfront", "UpdateDistribution", &asked));
        let verdict = verdict(&write, &after_a_move("E2", &[]));
        assert!(verdict.alarms.is_empty() && verdict.sightings.len() == 1, "{pointer} {value}: {verdict:?}");
    }
}

#[test]
fn only_exactly_the_writing_role_of_a_member_account_is_cutovers_own() {
    let by = |account: &str, kind: &str, issuer: &str| {
        let mut told = record(account, "cloudfront", "UpdateDistribution", &config("E1", &[]));
        told["userIdentity"]["type"] = json!(kind);
        told["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = json!(issuer);
        read(&told).is_own(&members())
    };
    let role = |account: &str| format!("arn:aws:iam::{account}:role/cutover-write");
    assert!(by(ONE, "AssumedRole", &role(ONE)) && by(ONE, "AssumedRole", "arn:aws-cn:iam::000000000001:role/cutover-write"));
    assert!(!by(ONE, "AssumedRole", &role(TWO)), "another account's");
    assert!(!by("000000000003", "AssumedRole", &role("000000000003")), "whoever makes a role of that name elsewhere");
    assert!(!by(ONE, "IAMUser", &role(ONE)), "a user says anything");
    for issuer in [
        "arn:aws:iam::000000000001:role/x/cutover-write",
        "arn:aws:iam::000000000001:role/cutover-write2",
        "arn:aws:iam::000000000001:role/cutover-read",
        "arn:aws:iam::000000000001:user/cutover-write",
        "arn:aws:sts::000000000001:role/cutover-write",
        "arn:aws:iam:us-east-1:000000000001:role/cutover-write",
        "x:aws:iam::000000000001:role/cutover-write",
        "",
    ] {
        assert!(!by(ONE, "AssumedRole", issuer), "{issuer}");
    }
    let mut nobody = record(ONE, "cloudfront", "UpdateDistribution", &config("E1", &[]));
    nobody["userIdentity"] = Value::Null;
    assert!(!read(&nobody).is_own(&members()));
}

#[test]
fn a_record_set_touches_an_alias_by_its_name_or_its_proof_in_any_zone() {
    let change =
        |record: &str, kind: &str| json!({"action": "DELETE", "resourceRecordSet": {"name": record, "type": kind, "resourceRecords": []}});
    let touched = |record_name: &str, kind: &str| {
        let asked = json!({"hostedZoneId": "Z9ANY", "changeBatch": {"changes": [change(record_name, kind)]}});
        let known = Known { claims: vec![claim("held")], ..Known::default() };
        let verdict = verdict(&read(&record(TWO, "route53", "ChangeResourceRecordSets", &asked)), &known);
        verdict.foreign.into_iter().flat_map(|(_, write)| write.touched).collect::<Vec<String>>()
    };
    for (record_name, kind) in
        [("A.foo.com.", "A"), ("a.foo.com", "CNAME"), ("a.foo.com", "HTTPS"), ("_a.foo.com.", "TXT"), ("_.a.foo.com", "TXT")]
    {
        assert_eq!(touched(record_name, kind), ["a.foo.com"], "{record_name} {kind}");
    }
    for record_name in ["\\052.foo.com.", "*.foo.com"] {
        assert_eq!(touched(record_name, "CNAME"), ["*.foo.com"], "{record_name}");
    }
    assert_eq!(touched("_\\052.foo.com.", "TXT"), ["*.foo.com"]);
    for (record_name, kind) in
        [("a.foo.com", "MX"), ("a.foo.com", "TXT"), ("foo.com", "A"), ("b.foo.com", "A"), ("_b.foo.com", "TXT"), ("_", "TXT"), ("", "A")]
    {
        assert!(touched(record_name, kind).is_empty(), "{record_name} {kind}");
    }
}

#[test]
fn a_claim_hears_of_what_was_written_under_it_and_of_nothing_else() {
    let known = |state: &str| Known { claims: vec![claim(state)], ..Known::default() };
    let held = verdict(&update("E2", &["x.foo.com"]), &known("held"));
    assert_eq!(held.foreign.len(), 1);
    assert_eq!((held.alarms[0].kind, held.foreign[0].1.touched.as_slice()), (AlarmKind::ClaimTouched, &["E2".to_owned()][..]));
    assert!(held.alarms[0].seen.contains("assumed-role/deployer/terraform"), "who it was: {}", held.alarms[0].seen);
    assert_eq!(verdict(&update("E7", &["a.foo.com"]), &known("stuck")).foreign.len(), 1, "by the alias alone, and while it is stuck");
    assert!(verdict(&update("E7", &["b.foo.com"]), &known("held")).foreign.is_empty());
    assert!(verdict(&update("E2", &[]), &known("released")).foreign.is_empty());
    let mut early = record(TWO, "cloudfront", "UpdateDistribution", &config("E2", &[]));
    early["eventTime"] = json!("2026-12-01T01:54:54Z");
    assert!(verdict(&read(&early), &known("held")).foreign.is_empty(), "before the claim, and its plan has seen it");
    early["eventTime"] = json!("2026-12-01T01:59:54Z");
    let perhaps = verdict(&read(&early), &known("held"));
    assert_eq!((perhaps.foreign.len(), perhaps.alarms), (1, vec![]), "the clock that it was taken by may have been ahead");
    early["eventTime"] = json!("2026-12-01T01:59:56Z");
    let told = verdict(&read(&early), &known("held"));
    assert_eq!((told.foreign.len(), told.alarms.len()), (1, 1), "a read under the claim may have been older");
    let mut failed = record(TWO, "cloudfront", "UpdateDistribution", &config("E2", &["a.foo.com"]));
    failed["errorCode"] = json!("PreconditionFailed");
    assert!(verdict(&read(&failed), &known("held")).is_empty(), "what was refused has not happened");
}

#[test]
fn a_move_is_reconciled_once_both_sides_were_deployed_as_it_left_them() {
    let reconciled = |write: &TrailWrite, known: &Known| {
        let is_it = |sighting: &Sighting| matches!(sighting, Sighting::Reconciled { alias, moved_by } if alias.as_str() == "a.foo.com" && moved_by == "old");
        verdict(write, known).sightings.iter().any(is_it)
    };
    let (before, after) = ("2026-12-01T01:29:00Z", "2026-12-01T01:40:00Z");
    let target = update("E2", &["a.foo.com"]);
    assert!(!reconciled(&target, &after_a_move("E2", &[])), "the source has not been deployed");
    assert!(!reconciled(&target, &after_a_move("E2", &[("E1", before)])), "not since the move");
    assert!(reconciled(&target, &after_a_move("E2", &[("E1", after)])));
    let source = from_source(&[]);
    assert!(!reconciled(&source, &after_a_move("E1", &[("E2", before)])));
    assert!(reconciled(&source, &after_a_move("E1", &[("E2", after)])), "in the other order as well");
    assert!(!reconciled(&update("E2", &[]), &after_a_move("E2", &[("E1", after)])), "the target's code does not have it");
    let mut by_hand = record(TWO, "cloudfront", "UpdateDistribution", &config("E2", &["a.foo.com"]));
    by_hand["sessionCredentialFromConsole"] = json!("true");
    assert!(!reconciled(&read(&by_hand), &after_a_move("E2", &[("E1", after)])), "what a person clicks says nothing of the code");
    let open = |known: &Known| {
        let configured = |sighting| if let Sighting::Configured(config) = sighting { config.moved_away } else { None };
        verdict(&source, known).sightings.into_iter().find_map(configured)
    };
    assert_eq!(open(&after_a_move("E1", &[("E2", after)])), Some((vec!["old".to_owned()], vec![])), "and is not looked for again");
    assert_eq!(open(&after_a_move("E1", &[])), None);
}

#[test]
fn undoing_a_move_that_is_over_is_told_with_whose_code_to_change() {
    let known = || Known { aliases: [(name("a.foo.com"), moved())].into(), ..Known::default() };
    let told = |write: &TrailWrite, known: &Known| {
        verdict(write, known).alarms.into_iter().map(|alarm| (alarm.kind, alarm.remedy)).collect::<Vec<_>>()
    };
    let by_code = |account: &str| {
        format!(
            "change the infrastructure code that arn:aws:sts::{account}:assumed-role/deployer/terraform deploys: a.foo.com belongs to E2"
        )
    };
    assert_eq!(told(&from_source(&["a.foo.com"]), &known()), [(AlarmKind::MoveUndone, by_code(ONE))]);
    assert_eq!(told(&update("E2", &[]), &known()), [(AlarmKind::MoveUndone, by_code(TWO))], "taken off the target");
    let mut refused = record(ONE, "cloudfront", "UpdateDistribution", &config("E1", &["a.foo.com"]));
    refused["errorCode"] = json!("CNAMEAlreadyExists");
    let vain = verdict(&read(&refused), &known());
    assert_eq!((vain.alarms[0].kind, vain.sightings.len(), vain.foreign.len()), (AlarmKind::MoveUndoneInVain, 0, 0));
    refused["errorCode"] = json!("Throttling");
    assert!(verdict(&read(&refused), &known()).is_empty());
    assert!(told(&update("E2", &["a.foo.com", "b.foo.com"]), &known()).is_empty());
}

#[test]
fn what_is_older_than_what_is_known_or_claimed_changes_nothing() {
    let mut item = moved();
    item.seen_at = Some("2026-12-01T02:30:00Z".parse().unwrap());
    let newer = Known { aliases: [(name("a.foo.com"), item)].into(), ..Known::default() };
    let of_alias = |write: &TrailWrite, known: &Known| verdict(write, known).sightings.into_iter().filter(Sighting::is_of_alias).count();
    assert_eq!((of_alias(&from_source(&["a.foo.com"]), &newer), of_alias(&update("E2", &[]), &newer)), (0, 0));
    let mut item = moved();
    item.claim = Some("somebody".to_owned());
    let claimed = Known { aliases: [(name("a.foo.com"), item)].into(), ..Known::default() };
    assert_eq!((of_alias(&from_source(&["a.foo.com"]), &claimed), of_alias(&update("E2", &[]), &claimed)), (0, 0));
    let mut seen = distribution(TWO, "E2", None);
    seen.seen_at = Some("2026-12-01T02:30:01Z".parse().unwrap());
    let known = Known { distribution: Some(seen), aliases: [(name("a.foo.com"), moved())].into(), ..Known::default() };
    assert!(verdict(&update("E2", &["b.foo.com"]), &known).is_empty(), "a newer config of the same distribution is known");
}

#[test]
fn an_alias_comes_goes_and_is_deleted_with_its_distribution() {
    let planned: AliasItem = serde_json::from_value(json!({"alias": "p.foo.com", "state": "planned", "holder": {"account": TWO, "distribution": "E2"},
        "planned": {"opens": "2026-12-02T00:00:00Z", "closes": "2026-12-03T00:00:00Z", "by": "me", "target": {"account": ONE, "distribution": "E1"}}}))
    .unwrap();
    let known =
        Known { distribution: Some(distribution(TWO, "E2", None)), aliases: [(name("p.foo.com"), planned)].into(), ..Known::default() };
    let states = |write: &TrailWrite| {
        let state = |sighting| match sighting {
            Sighting::Held { alias, state, .. } => Some((alias.to_string(), "held", state)),
            Sighting::Left { alias, state, .. } => Some((alias.to_string(), "left", state)),
            Sighting::Deleted(place) => Some((place.distribution.to_string(), "deleted", AliasState::UnknownOwner)),
            _ => None,
        };
        verdict(write, &known).sightings.into_iter().filter_map(state).collect::<Vec<_>>()
    };
    let came = states(&update("E2", &["n.foo.com"]));
    assert_eq!(came, [("n.foo.com".to_owned(), "held", AliasState::Owned), ("p.foo.com".to_owned(), "left", AliasState::Planned)]);
    let deletion = read(&record(TWO, "cloudfront", "DeleteDistribution", &json!({"id": "E2"})));
    let gone = states(&deletion);
    assert_eq!(gone, [("p.foo.com".to_owned(), "left", AliasState::Planned), ("E2".to_owned(), "deleted", AliasState::UnknownOwner)]);
    let moving = read(&record(
        ONE,
        "cloudfront",
        "UpdateDomainAssociation",
        &json!({"domain": "p.foo.com", "targetResource": {"distributionId": "E1"}}),
    ));
    assert_eq!(states(&moving), [("p.foo.com".to_owned(), "held", AliasState::Planned)]);
}
