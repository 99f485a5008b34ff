//! The source is the one place where the aliases are, and the hosted zone the one that public DNS asks; where that is not one,
//! the refusal says what was seen and brings requests for the parts.

mod seen;

use super::*;
use serde_json::json;

fn request(aliases: &[&str]) -> Request {
    let value = json!({"aliases": aliases, "target": {"account": "000000000002", "distribution": "E2NEWQRS"}});
    Request::parse(&value).unwrap()
}

fn alias(text: &str) -> Alias {
    Alias::parse(text).unwrap()
}

fn place(account: &str, id: &str) -> Place {
    serde_json::from_value(json!({"account": account, "distribution": id})).unwrap()
}

fn holder(account: &str, id: &str) -> Vec<Holder> {
    vec![Holder { alias: "a.foo.com".to_owned(), resource: id.to_owned(), account: account.to_owned() }]
}

fn members(ids: &[&str]) -> Vec<AccountId> {
    ids.iter().map(|id| AccountId::parse(id).unwrap()).collect()
}

#[test]
fn what_is_on_one_distribution_of_ours_has_its_source_and_what_is_on_the_target_needs_none() {
    let mut search = Search::default();
    search.on_target.insert(alias("b.foo.com"));
    assert_eq!(locate(&request(&["b.foo.com"]), &search), Ok(Found::NotNeeded));
    search.ours.insert(alias("a.foo.com"), place("000000000001", "E1OLD"));
    let found = locate(&request(&["a.foo.com", "b.foo.com"]), &search);
    assert_eq!(found, Ok(Found::Ours(place("000000000001", "E1OLD"))));
}

#[test]
fn names_in_several_places_are_split_into_requests_that_name_them() {
    let mut search = Search::default();
    search.ours.insert(alias("a.foo.com"), place("000000000001", "E1OLD"));
    search.ours.insert(alias("b.foo.com"), place("000000000001", "E3OLD"));
    search.held.insert(alias("c.foo.com"), holder("******112233", "*******ABCDEFG"));
    search.on_target.insert(alias("d.foo.com"));
    let refusal = locate(&request(&["a.foo.com", "b.foo.com", "c.foo.com", "d.foo.com"]), &search).unwrap_err();
    assert_eq!(refusal.code, Code::SourcesDiffer);
    let parts: Vec<(&Value, &Value)> = refusal.requests.iter().map(|part| (&part["aliases"], &part["source"]["distribution"])).collect();
    let wanted = [
        (&json!(["a.foo.com", "d.foo.com"]), &json!("E1OLD")),
        (&json!(["b.foo.com"]), &json!("E3OLD")),
        (&json!(["c.foo.com"]), &Value::Null),
    ];
    assert_eq!(parts, wanted);
}

#[test]
fn a_masked_holder_is_matched_with_the_members_by_what_is_not_masked() {
    let held = |search: Search| match locate(&request(&["a.foo.com"]), &search) {
        Ok(Found::Elsewhere(elsewhere)) => elsewhere,
        other => panic!("{other:?}"),
    };
    let masked = || Search { held: [(alias("a.foo.com"), holder("******000001", "*****EGACY"))].into(), ..Search::default() };
    let stranger = held(Search { searched: members(&["000000000002"]), ..masked() });
    assert!(!stranger.may_be_member && stranger.why.contains("no member account"), "{stranger:?}");
    let unread = held(Search { unread: vec![(AccountId::parse("000000000001").unwrap(), "denied".to_owned())], ..masked() });
    assert!(unread.may_be_member && unread.why.contains("000000000001") && unread.why.contains("denied"), "{unread:?}");
    let alike = held(Search { searched: members(&["000000000001"]), ..masked() });
    assert!(alike.may_be_member && alike.why.contains("ends alike"), "{alike:?}");
}

#[test]
fn a_name_that_nobody_holds_is_refused_with_what_was_searched_and_the_rest_stays_possible() {
    let mut search = Search { searched: members(&["000000000001"]), ..Search::default() };
    search.ours.insert(alias("b.foo.com"), place("000000000001", "E1OLD"));
    search.held.insert(alias("a.foo.com"), holder("******000002", "****WQRS"));
    let refusal = locate(&request(&["a.foo.com", "b.foo.com"]), &search).unwrap_err();
    assert_eq!((refusal.code, refusal.requests.len()), (Code::SourceNotFound, 1), "the target itself is no source (DSC-5)");
    assert!(refusal.message.contains("000000000001") && refusal.remedy.contains("add it to E2NEWQRS"), "{refusal:?}");
    search.unasked = Some("its certificate does not cover it".to_owned());
    let refusal = locate(&request(&["a.foo.com"]), &search).unwrap_err();
    assert!(refusal.remedy.contains("certificate"), "{refusal:?}");
}

fn candidate(id: &str, name: &str, servers: &[&str]) -> Candidate {
    let place = serde_json::from_value(json!({"account": "000000000001", "hostedZone": id})).unwrap();
    Candidate { place, name: name.to_owned(), servers: servers.iter().map(|server| (*server).to_owned()).collect() }
}

fn delegation(name: &str, servers: &[&str]) -> Delegation {
    Delegation { name: name.to_owned(), servers: servers.iter().map(|server| (*server).to_owned()).collect() }
}

fn chosen(asked: Option<&Delegation>, candidates: &[Candidate]) -> Result<String, String> {
    let chosen = choose_zone(&request(&["a.b.foo.com"]), asked, candidates);
    chosen.map(|place| place.hosted_zone.to_string()).map_err(|refusal| format!("{}; {}", refusal.message, refusal.requests.len()))
}

#[test]
fn the_zone_is_the_one_that_public_dns_asks_whatever_else_has_its_name() {
    let zones = [
        candidate("Z1", "foo.com", &["ns-1.test."]),
        candidate("Z2", "foo.com", &["NS-2.test"]),
        candidate("Z3", "b.foo.com", &["ns-3.test"]),
        candidate("Z4", "oo.com", &["ns-4.test"]),
    ];
    assert_eq!(chosen(Some(&delegation("foo.com", &["ns-2.test"])), &zones), Ok("Z2".to_owned()));
    assert_eq!(chosen(Some(&delegation("b.foo.com", &["ns-3.test"])), &zones), Ok("Z3".to_owned()));
    let stranger = chosen(Some(&delegation("foo.com", &["ns.registrar.test"])), &zones).unwrap_err();
    assert!(stranger.contains("ns.registrar.test") && stranger.contains("Z1"), "{stranger}");
    let nobody = chosen(Some(&delegation("foo.com", &["ns.registrar.test"])), &[]).unwrap_err();
    assert!(nobody.contains("no public hosted zone") && nobody.ends_with("; 1"), "{nobody}");
}

#[test]
fn where_public_dns_cannot_be_asked_the_longest_name_counts_and_twins_are_for_a_person() {
    let zones = [candidate("Z1", "foo.com", &[]), candidate("Z3", "b.foo.com", &[])];
    assert_eq!(chosen(None, &zones), Ok("Z3".to_owned()));
    let twins = chosen(None, &[candidate("Z1", "foo.com", &[]), candidate("Z2", "foo.com", &[])]).unwrap_err();
    assert!(twins.contains("Z1") && twins.contains("Z2") && twins.ends_with("; 2"), "{twins}");
}

#[test]
fn names_in_several_zones_are_split() {
    let [foo, bar] = ["foo.com", "bar.com"].map(|name| delegation(name, &["ns-1.test"]));
    let both = request(&["a.foo.com", "a.bar.com", "b.foo.com"]);
    let asked = [("a.foo.com", &foo), ("a.bar.com", &bar), ("b.foo.com", &foo)].map(|(name, zone)| (alias(name), zone.clone()));
    let refusal = one_zone(&both, &asked.into()).unwrap_err();
    assert_eq!(refusal.code, Code::HostedZonesDiffer);
    let parts: Vec<&Value> = refusal.requests.iter().map(|part| &part["aliases"]).collect();
    assert_eq!(parts, [&json!(["a.foo.com", "b.foo.com"]), &json!(["a.bar.com"])]);
    assert_eq!(one_zone(&request(&["a.foo.com"]), &[(alias("a.foo.com"), foo.clone())].into()), Ok(Some(foo)));
    assert_eq!(one_zone(&both, &BTreeMap::new()), Ok(None));
}
