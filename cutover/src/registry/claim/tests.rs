//! A claim keeps others away until it is given back, broken or lapsed, waits for writes that may still land, and holds
//! everything that its plan touches.

use super::*;
use crate::document::Execution;
use crate::plan::Edit;
use crate::record_set::RecordsTo;
use crate::samples_of_progress::planned;
use crate::samples_of_registry::{a, claim, name, new, old, today, zone};
use ClaimState::{Broken, Held, Released, Stuck};

#[test]
fn a_claim_is_in_force_until_it_is_given_back_or_broken() {
    for (state, in_force) in [(Held, true), (Stuck, true), (Released, false), (Broken, false)] {
        assert_eq!(claim(state).is_in_force(), in_force, "{state:?}");
    }
}

#[test]
fn only_a_held_claim_lapses_and_it_does_at_the_end_of_its_time() {
    for (state, now, lapsed) in [
        (Held, "05:59:59", false),
        (Held, "06:00:00", true),
        (Held, "07:00:00", true),
        (Stuck, "05:59:59", false),
        (Stuck, "07:00:00", false),
        (Released, "07:00:00", false),
        (Broken, "07:00:00", false),
    ] {
        assert_eq!(claim(state).has_lapsed(today(now)), lapsed, "{state:?} at {now}: a stuck one is a person's, the others are over");
    }
}

const DISTRIBUTION: &str = "cloudfront:UpdateDistribution E2NEWQRS in 000000000002: +a.foo.com";
const BATCH: &str = "route53:ChangeResourceRecordSets Z1FOO in 000000000001: point a.foo.com at the target";

/// A claim with a write under way since one time, and one that is unaccounted for since another.
fn landing(in_flight: Option<(&str, &str)>, unaccounted: Option<(&str, &str)>) -> Claim {
    Claim {
        in_flight: in_flight.map(|(since, _)| today(since)),
        in_flight_what: in_flight.map(|(_, what)| what.to_owned()),
        unaccounted: unaccounted.map(|(since, _)| today(since)),
        unaccounted_what: unaccounted.map(|(_, what)| what.to_owned()),
        ..claim(Held)
    }
}

#[test]
fn a_write_may_land_until_lambda_has_ended_whoever_sent_it() {
    for claim in [landing(Some(("03:00:00", DISTRIBUTION)), None), landing(None, Some(("03:00:00", DISTRIBUTION)))] {
        for now in ["03:00:00", "03:00:01", "03:24:59"] {
            assert_eq!(claim.still_landing(today(now)), Some((today("03:00:00"), DISTRIBUTION)), "{now}");
        }
        for now in ["03:25:00", "03:25:01", "05:00:00"] {
            assert_eq!(claim.still_landing(today(now)), None, "15 minutes are the most that a function lives (LAM-1), by any clock: {now}");
        }
    }
    assert_eq!(landing(None, None).still_landing(today("03:00:00")), None, "nothing is under way");
}

#[test]
fn of_two_writes_that_may_land_the_later_is_waited_for() {
    let first = ("03:00:00", DISTRIBUTION);
    let second = ("03:05:00", BATCH);
    for claim in [landing(Some(first), Some(second)), landing(Some(second), Some(first))] {
        assert_eq!(claim.still_landing(today("03:06:00")), Some((today("03:05:00"), BATCH)));
        assert_eq!(claim.still_landing(today("03:26:00")), Some((today("03:05:00"), BATCH)), "the first one cannot land any more");
        assert_eq!(claim.still_landing(today("03:30:00")), None);
    }
}

fn unaccounted(all: &[(&str, &str)]) -> UnaccountedUpdates {
    let mut updates = UnaccountedUpdates::default();
    for (since, what) in all {
        updates.note(today(since), what);
    }
    updates
}

#[test]
fn of_two_distributions_each_is_asked_for_what_may_land_there() {
    let detach = "cloudfront:UpdateDistribution E1LEGACYXYZ in 000000000001: -a.foo.com";
    let both = Claim { unaccounted_updates: unaccounted(&[("03:00:00", detach), ("03:05:00", DISTRIBUTION)]), ..claim(Held) };
    for (distribution, change, since) in [("E1LEGACYXYZ", "-a.foo.com", "03:00:00"), ("E2NEWQRS", "+a.foo.com", "03:05:00")] {
        let landing = both.update_landing(today("03:06:00"), &DistributionId::parse(distribution).unwrap(), &[change.to_owned()]);
        assert_eq!(landing.map(|(since, _)| since), Some(today(since)), "{distribution}");
    }
}

#[test]
fn whoever_asks_is_told_each_write_that_may_land_once_and_the_last_one_at_the_end() {
    let detach = "cloudfront:UpdateDistribution E1LEGACYXYZ in 000000000001: -a.foo.com";
    let updates = unaccounted(&[("02:58:00", detach), ("03:01:00", DISTRIBUTION)]);
    let many = Claim { unaccounted_updates: updates, ..landing(Some(("03:02:00", DISTRIBUTION)), Some(("03:00:00", BATCH))) };
    let at = |now: &str| many.may_land(today(now)).into_iter().map(|(since, what)| (since.to_string(), what)).collect::<Vec<_>>();
    let [first, second, third] =
        [("02:58:00", detach), ("03:00:00", BATCH), ("03:02:00", DISTRIBUTION)].map(|(at, what)| (today(at).to_string(), what));
    assert_eq!(at("03:03:00"), [first, second.clone(), third.clone()]);
    assert_eq!(at("03:23:00"), [second, third], "the detach has had its time");
    assert_eq!(at("03:27:00"), []);
}

#[test]
fn an_update_that_may_land_is_in_the_way_of_what_it_would_undo_on_its_own_distribution() {
    let detach = "cloudfront:UpdateDistribution E1LEGACYXYZ in 000000000001: -a.foo.com -b.foo.com";
    let source = DistributionId::parse("E1LEGACYXYZ").unwrap();
    let gone = |names: &[&str]| names.iter().map(|name| format!("-{name}")).collect::<Vec<String>>();
    let of_update = |since: &str, what: &str| Claim { unaccounted_updates: unaccounted(&[(since, what)]), ..claim(Held) };
    for claim in [of_update("03:00:00", detach), landing(Some(("03:00:00", detach)), None)] {
        let landing = |now, changes: &[&str]| claim.update_landing(today(now), &source, &gone(changes)).map(|(since, _)| since);
        assert_eq!(landing("03:24:59", &["b.foo.com"]), Some(today("03:00:00")), "one of its names is enough");
        assert_eq!(landing("03:25:00", &["b.foo.com"]), None, "nobody who sent it lives any more (LAM-1)");
        assert_eq!(landing("03:01:00", &["c.foo.com"]), None, "it has nothing to do with that name");
        assert_eq!(landing("03:01:00", &["foo.com"]), None, "a name is not the end of another one");
        assert_eq!(claim.update_landing(today("03:01:00"), &source, &["+a.foo.com".to_owned()]), None, "it does not bring it");
        let other = DistributionId::parse("E1LEGACY").unwrap();
        assert_eq!(claim.update_landing(today("03:01:00"), &other, &gone(&["a.foo.com"])), None, "another distribution");
    }
    let disabled = of_update("03:00:00", "cloudfront:UpdateDistribution E1LEGACYXYZ in 000000000001: enabled false");
    let enabling = |enabled: bool| disabled.update_landing(today("03:01:00"), &source, &[format!("enabled {enabled}")]).is_some();
    assert_eq!((enabling(false), enabling(true)), (true, false));
    let moved = of_update("03:00:00", "cloudfront:UpdateDomainAssociation E1LEGACYXYZ in 000000000001: a.foo.com");
    let moves = |name: &str| moved.update_landing(today("03:01:00"), &source, &[name.to_owned()]).is_some();
    assert_eq!((moves("a.foo.com"), moves("b.foo.com")), (true, false));
    let long = of_update("03:00:00", "cloudfront:UpdateDistribution E1LEGACYXYZ in 000000000001: -a.foo.com -b.fo…");
    assert!(long.update_landing(today("03:01:00"), &source, &gone(&["z.foo.com"])).is_some(), "nobody knows the rest of it");
    assert_eq!(of_update("03:00:00", detach).still_landing(today("03:01:00")), None, "only who finds it undone waits for it");
}

#[test]
fn a_batch_of_route_53_is_waited_for_even_where_a_later_write_has_its_etag() {
    let both = landing(Some(("03:05:00", DISTRIBUTION)), Some(("03:00:00", BATCH)));
    assert_eq!(both.batch_landing(today("03:06:00")), Some((today("03:00:00"), BATCH)));
    assert_eq!(both.batch_landing(today("03:26:00")), None, "the other one is refused where somebody was faster");
    assert_eq!(landing(Some(("03:05:00", DISTRIBUTION)), None).batch_landing(today("03:06:00")), None);
    let unnamed = Claim { in_flight_what: None, ..landing(Some(("03:05:00", BATCH)), None) };
    assert_eq!(unnamed.batch_landing(today("03:06:00")), None, "nothing says that it is one");
    assert_eq!(unnamed.still_landing(today("03:06:00")), Some((today("03:05:00"), "")), "and it may land nevertheless");
}

#[test]
fn whoever_is_refused_because_of_a_claim_is_told_whose_it_is_since_when_and_until_when() {
    let who = "cutover old-move (execution arn:aws:states:us-east-1:000000000009:execution:cutover:old-move) since 2026-12-01T02:00:00Z";
    let runs = format!("{who}, until 2026-12-01T06:00:00Z unless it is renewed");
    let lapsed = format!("{who}, and has lapsed at 2026-12-01T06:00:00Z: its recovery comes first");
    let stuck = format!("{who}, and is stuck: until a person breaks the claim");
    assert_eq!(claim(Held).describe(today("05:59:59")), runs);
    assert_eq!(claim(Held).describe(today("06:00:00")), lapsed);
    assert_eq!(claim(Stuck).describe(today("03:00:00")), stuck);
    assert_eq!(claim(Stuck).describe(today("07:00:00")), stuck, "its time does not matter");
}

#[test]
fn every_name_and_every_distribution_of_a_claim_refers_to_it() {
    let keys = claim(Held).keys();
    assert_eq!(keys.len(), 4);
    for key in [Key::alias(&a()), Key::alias(&name("*.foo.com")), Key::distribution(&id(&old())), Key::distribution(&id(&new()))] {
        assert!(keys.contains(&key), "{key:?}");
    }
}

fn id(place: &Place) -> crate::ids::DistributionId {
    place.distribution.clone()
}

/// A document whose request names these aliases, and that has this plan.
fn document(aliases: &[Alias], edits: Vec<Edit>) -> Cutover {
    let request = serde_json::json!({"aliases": aliases, "source": old(), "target": new(), "strategy": "auto", "execute": true,
                                     "planHash": "abc"});
    let execution =
        Execution { id: "arn:aws:states:us-east-1:000000000009:execution:cutover:first".to_owned(), started_at: today("02:00:00") };
    let refusal = Refusal::new(Code::ObservationFailed, "", "");
    let mut cutover = Cutover::refused(execution, serde_json::from_value(request).ok(), refusal);
    assert!(cutover.request.is_some(), "the sample is a request");
    cutover.plan = edits.into_iter().map(planned).collect();
    cutover
}

fn update(place: Place, add: Vec<Alias>, remove: Vec<Alias>) -> Edit {
    Edit::UpdateDistribution { account: place.account, distribution: place.distribution, add, remove }
}

#[test]
fn a_cutover_claims_every_name_that_its_plan_touches_and_both_distributions() {
    let (wildcard, pointed) = (name("*.foo.com"), name("b.foo.com"));
    let zone = zone("000000000001", "Z1FOO");
    let repoint = Edit::ChangeRecordSets {
        account: zone.account,
        hosted_zone: zone.hosted_zone,
        aliases: vec![pointed.clone()],
        to: RecordsTo::Target,
    };
    let joins = update(new(), vec![wildcard.clone()], vec![]);
    let leaves = update(old(), vec![], vec![name("c.foo.com")]);
    let claimed = document(&[a()], vec![joins, repoint, leaves]).claimed();
    assert_eq!(claimed.aliases, [a(), wildcard, pointed, name("c.foo.com")].into(), "what joins, what leaves, what is pointed elsewhere");
    assert_eq!(claimed.distributions, [old(), new()]);
}

#[test]
fn what_only_the_way_back_touches_is_claimed_as_well() {
    let mut cutover = document(&[a()], vec![update(new(), vec![a()], vec![])]);
    cutover.plan[0].inverse = update(new(), vec![], vec![name("back.foo.com")]);
    assert_eq!(cutover.claimed().aliases, [a(), name("back.foo.com")].into());
}

#[test]
fn where_the_source_is_not_ours_the_target_alone_is_claimed() {
    let mut cutover = document(&[a()], vec![]);
    cutover.request.as_mut().unwrap().source = None;
    assert_eq!(cutover.claimed(), Claimed { aliases: [a()].into(), distributions: vec![new()] });
    cutover.request = None;
    assert_eq!(cutover.claimed(), Claimed { aliases: BTreeSet::new(), distributions: vec![] }, "what could not be read claims nothing");
}

/// A document of these aliases, and of a plan that brings `count` wildcards to the target.
fn with_wildcards(aliases: &[Alias], count: usize) -> Cutover {
    let wildcards = (0..count).map(|number| name(&format!("*.n{number}.foo.com"))).collect();
    document(aliases, vec![update(new(), wildcards, vec![])])
}

#[test]
fn what_fits_into_one_transaction_is_claimed_and_one_item_more_is_refused() {
    let two = [a(), name("b.foo.com")];
    assert_eq!(with_wildcards(&two, 92).too_much_to_claim(), None, "94 names and 2 distributions are 96 items");
    let refusal = with_wildcards(&two, 93).too_much_to_claim().unwrap();
    assert_eq!((refusal.code, refusal.requests.len()), (Code::TooMuchToClaim, 2));
    let seen = "97 items (95 aliases and wildcards, 2 distributions); 96 fit into one transaction";
    assert!(refusal.message.contains(seen), "{}", refusal.message);
}

#[test]
fn whoever_asks_for_too_much_gets_two_requests_that_name_each_alias_once() {
    let five = ["a.foo.com", "b.foo.com", "c.foo.com", "d.foo.com", "e.foo.com"].map(name);
    let cutover = with_wildcards(&five, 95);
    let requests = cutover.too_much_to_claim().unwrap().requests;
    let whole = cutover.request.unwrap().to_value();
    let names: Vec<&serde_json::Value> = requests.iter().map(|half| &half["aliases"]).collect();
    assert_eq!(names, [&serde_json::json!(["a.foo.com", "b.foo.com"]), &serde_json::json!(["c.foo.com", "d.foo.com", "e.foo.com"])]);
    for half in &requests {
        assert_eq!(half.get("planHash"), None, "the plan that was agreed to is that of the whole");
        for key in ["source", "target", "execute", "strategy", "soakSeconds"] {
            assert_eq!(half[key], whole[key], "{key} is as it was asked for");
        }
    }
}

#[test]
fn one_alias_that_is_too_much_has_no_halves() {
    let refusal = with_wildcards(&[a()], 95).too_much_to_claim().unwrap();
    assert_eq!((refusal.code, refusal.requests.len()), (Code::TooMuchToClaim, 0));
    let mut unread = with_wildcards(&[a()], 97);
    unread.request = None;
    assert_eq!(unread.too_much_to_claim().unwrap().requests.len(), 0, "nothing is known of what was asked for");
    assert_eq!(with_wildcards(&[a(), name("b.foo.com")], 95).too_much_to_claim().unwrap().requests.len(), 2, "two have");
}
