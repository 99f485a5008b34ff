//! What follows from one sighting, whatever the registry has: decided without any call.

use cutover::Alias;
use cutover::ids::{AccountId, DistributionId, Place};
use cutover::registry::Key;
use cutover::registry::difference::{Decision, KnownAlias, KnownDistribution, What, put_aside, vanished, weigh_alias, weigh_distribution};
use cutover::registry::scan::DifferenceKind;
use cutover::registry::sighting::{DistributionSighting, Sighting};
use serde_json::{Value, json};

const NOW: &str = "2026-12-01T02:00:00Z";
const EARLIER: &str = "2026-11-30T00:00:00Z";
const LATER: &str = "2026-12-01T02:00:01Z";

fn place(account: &str, id: &str) -> Place {
    Place { account: AccountId::parse(account).unwrap(), distribution: DistributionId::parse(id).unwrap() }
}

fn seen(account: &str, id: &str, held: bool) -> Sighting {
    let alias = Alias::parse("a.foo.com").unwrap();
    Sighting { alias, place: place(account, id), domain_name: None, certificate_not_after: None, at: NOW.parse().unwrap(), held }
}

/// As the table has it, with these changes.
fn known(changes: Value) -> KnownAlias {
    let mut item = json!({"alias": "a.foo.com", "state": "owned", "holder": {"account": super::OLD, "distribution": "E1OLD"}, "seenAt": EARLIER,
        "listedUnder": "ACCOUNT#000000000001", "listedAs": "DISTRIBUTION#E1OLD#a.foo.com"});
    let fields = item.as_object_mut().unwrap();
    fields.extend(changes.as_object().unwrap().clone());
    fields.retain(|_, value| !value.is_null());
    serde_json::from_value(item).unwrap()
}

fn update(decision: Decision) -> (Vec<(String, Value)>, Vec<String>, Option<DifferenceKind>) {
    let Decision::Write(write) = decision else { panic!("{decision:?}") };
    assert_eq!(write.key, Key::alias(&Alias::parse("a.foo.com").unwrap()));
    let What::Update { set, remove } = write.what else { panic!("{:?}", write.what) };
    let set = set.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    (set, remove.into_iter().map(str::to_owned).collect(), write.difference.map(|difference| difference.kind))
}

#[test]
fn what_is_as_it_was_is_not_written_however_it_stands() {
    for state in ["owned", "planned", "soaking", "movedNotReconciled"] {
        assert_eq!(weigh_alias(&seen(super::OLD, "E1OLD", true), Some(&known(json!({"state": state}))), None), Decision::Nothing);
    }
    let claimed = known(json!({"state": "moving", "claim": "run", "restingState": "owned"}));
    assert_eq!(weigh_alias(&seen(super::OLD, "E1OLD", true), Some(&claimed), None), Decision::Nothing);
}

#[test]
fn an_older_sighting_changes_nothing_and_one_of_the_same_second_does_not_either_where_it_is_elsewhere() {
    let newer = known(json!({"seenAt": LATER}));
    for still in [None, Some(true), Some(false)] {
        assert_eq!(weigh_alias(&seen(super::NEW, "E2NEW", true), Some(&newer), still), Decision::Nothing);
    }
    assert_eq!(put_aside(&newer, &place(super::OLD, "E1OLD").account, NOW.parse().unwrap()), Decision::Nothing);
    let unknown = known(json!({"seenAt": LATER, "holder": null, "state": "unknownOwner"}));
    assert_eq!(weigh_alias(&seen(super::NEW, "E2NEW", true), Some(&unknown), None), Decision::Nothing);
}

#[test]
fn elsewhere_depends_on_whether_the_holder_still_lists_it() {
    let (there, known) = (seen(super::NEW, "E2NEW", true), known(json!({})));
    assert_eq!(weigh_alias(&there, Some(&known), None), Decision::Ask(place(super::OLD, "E1OLD")));
    let (set, _, kind) = update(weigh_alias(&there, Some(&known), Some(false)));
    assert_eq!(kind, Some(DifferenceKind::AliasMoved));
    assert!(!set.iter().any(|(name, _)| ["state", "claim", "restingState"].contains(&name.as_str())), "{set:?}");
    let (set, _, kind) = update(weigh_alias(&there, Some(&known), Some(true)));
    assert_eq!((kind, set.len(), set[0].0.as_str()), (Some(DifferenceKind::ConflictFound), 1, "alsoListed"));
}

#[test]
fn a_name_that_is_only_listed_is_nobodys_and_where_somebody_has_it_a_conflict() {
    let idle = seen(super::NEW, "E2NEW", false);
    assert_eq!(weigh_alias(&idle, None, None), Decision::Nothing);
    assert_eq!(weigh_alias(&idle, Some(&known(json!({}))), Some(false)), Decision::Nothing);
    assert_eq!(update(weigh_alias(&idle, Some(&known(json!({}))), Some(true))).2, Some(DifferenceKind::ConflictFound));
    // Its own holder does not hold it any more: it is put aside like one that is not listed.
    let (set, ..) = update(weigh_alias(&seen(super::OLD, "E1OLD", false), Some(&known(json!({}))), None));
    assert_eq!(set[0], ("listedUnder".to_owned(), json!("SETTLE#000000000001")));
}

#[test]
fn a_conflict_is_told_once_and_forgotten_once_it_is_over() {
    let other = json!({"account": super::NEW, "distribution": "E2NEW"});
    let known = known(json!({"alsoListed": other}));
    assert_eq!(weigh_alias(&seen(super::NEW, "E2NEW", true), Some(&known), Some(true)), Decision::Nothing);
    let here = seen(super::OLD, "E1OLD", true);
    assert_eq!(weigh_alias(&here, Some(&known), None), Decision::Ask(place(super::NEW, "E2NEW")));
    assert_eq!(weigh_alias(&here, Some(&known), Some(true)), Decision::Nothing);
    assert_eq!(update(weigh_alias(&here, Some(&known), Some(false))), (vec![], vec!["alsoListed".to_owned()], None));
    assert_eq!(update(weigh_alias(&seen(super::NEW, "E2NEW", true), Some(&known), Some(false))).2, Some(DifferenceKind::AliasMoved));
}

#[test]
fn no_decision_ever_touches_a_claim_or_the_state_of_what_is_claimed() {
    let (account, now) = (place(super::OLD, "E1OLD").account, NOW.parse().unwrap());
    for holder in [json!({"account": super::OLD, "distribution": "E1OLD"}), json!(null)] {
        for resting in ["owned", "planned", "movedNotReconciled", "unknownOwner"] {
            for aside in [true, false] {
                let mut changes = json!({"holder": holder, "state": "moving", "claim": "run", "restingState": resting});
                if aside {
                    changes["listedUnder"] = json!("SETTLE#000000000001");
                    changes["listedAs"] = json!("MISSING#a.foo.com");
                }
                let known = known(changes);
                let mut decisions = vec![put_aside(&known, &account, now), vanished(&known, &account, now)];
                for (to, id) in [(super::OLD, "E1OLD"), (super::NEW, "E2NEW")] {
                    for held in [true, false] {
                        for still in [None, Some(true), Some(false)] {
                            decisions.push(weigh_alias(&seen(to, id, held), Some(&known), still));
                        }
                    }
                }
                for decision in decisions {
                    let Decision::Write(write) = decision else { continue };
                    let What::Update { set, remove } = write.what else { panic!("{:?}", write.what) };
                    assert!(
                        !set.iter().any(|(name, _)| ["claim", "state"].contains(name)) && !remove.contains(&"claim"),
                        "{set:?} {remove:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_move_that_is_planned_stays_planned_wherever_the_alias_is_seen() {
    let plan = json!({"opens": NOW, "closes": LATER, "target": {"account": super::NEW, "distribution": "E2NEW"}, "by": "somebody"});
    let planned = known(json!({"state": "planned", "planned": plan}));
    let (set, ..) = update(weigh_alias(&seen(super::NEW, "E2NEW", true), Some(&planned), Some(false)));
    assert!(!set.iter().any(|(name, _)| name == "state"), "{set:?}");
}

#[test]
fn only_what_was_put_aside_vanishes() {
    let (account, now) = (place(super::OLD, "E1OLD").account, NOW.parse().unwrap());
    assert_eq!(vanished(&known(json!({})), &account, now), Decision::Nothing);
    let aside = known(json!({"listedUnder": "SETTLE#000000000001", "listedAs": "MISSING#a.foo.com"}));
    assert_eq!(put_aside(&aside, &account, now), Decision::Nothing, "once is enough");
    assert_eq!(update(vanished(&aside, &account, now)).2, Some(DifferenceKind::AliasVanished));
    // And seen again it is listed where it belongs, without a word.
    let (set, remove, kind) = update(weigh_alias(&seen(super::OLD, "E1OLD", true), Some(&aside), None));
    assert_eq!((set.len(), remove.len(), kind), (2, 0, None));
}

#[test]
fn a_distribution_is_written_where_it_differs_and_its_claim_stays() {
    let at = NOW.parse().unwrap();
    let seen = DistributionSighting {
        place: place(super::OLD, "E1OLD"),
        domain_name: "d.cloudfront.net".to_owned(),
        enabled: true,
        alias_count: 1,
        certificate: None,
        at,
    };
    let item = json!({"account": super::OLD, "distribution": "E1OLD", "domainName": "d.cloudfront.net", "enabled": true, "aliasCount": 1,
        "seenAt": EARLIER, "seenBy": "inventory", "claim": "run", "listedUnder": "ACCOUNT#000000000001", "listedAs": "DISTRIBUTION#E1OLD"});
    let known = |changes: Value| -> KnownDistribution {
        let mut item = item.clone();
        item.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(item).unwrap()
    };
    assert_eq!(weigh_distribution(&seen, Some(&known(json!({})))), Decision::Nothing);
    for changes in [json!({"enabled": false}), json!({"aliasCount": 2}), json!({"domainName": "e.cloudfront.net"})] {
        let Decision::Write(write) = weigh_distribution(&seen, Some(&known(changes))) else { panic!("it differs") };
        let What::Update { set, remove } = write.what else { panic!("{:?}", write.what) };
        assert!(!set.iter().any(|(name, _)| *name == "claim") && !remove.contains(&"claim"));
    }
    assert_eq!(weigh_distribution(&seen, Some(&known(json!({"enabled": false, "seenAt": LATER})))), Decision::Nothing);
}
