//! What was seen and what was not is told apart, to the account and the name server.

use super::*;

fn text_of(search: &Search) -> (String, String) {
    let refusal = locate(&request(&["a.foo.com"]), search).unwrap_err();
    assert_eq!(refusal.code, Code::SourceNotFound);
    (refusal.message, refusal.remedy)
}

#[test]
fn a_holder_is_the_target_only_where_both_its_halves_agree() {
    for (account, id, elsewhere) in [
        ("******000002", "****WQRS", false),
        ("000000000002", "E2NEWQRS", false),
        ("******000003", "****WQRS", true),
        ("******000002", "****OLDS", true),
    ] {
        let search = Search { held: [(alias("a.foo.com"), holder(account, id))].into(), ..Search::default() };
        let found = locate(&request(&["a.foo.com"]), &search).map_err(|refusal| refusal.code);
        match found {
            Ok(Found::Elsewhere(found)) => {
                assert!(elsewhere, "{account} {id}: the target is no source (DSC-5)");
                assert_eq!((found.account.as_str(), found.id.as_str(), found.aliases), (account, id, vec![alias("a.foo.com")]));
            }
            other => assert!(!elsewhere && other == Err(Code::SourceNotFound), "{account} {id}: {other:?}"),
        }
    }
    let both = [holder("******000002", "****WQRS"), holder("******112233", "*****EGACY")].concat();
    let search = Search { held: [(alias("a.foo.com"), both)].into(), ..Search::default() };
    let Ok(Found::Elsewhere(found)) = locate(&request(&["a.foo.com"]), &search) else { panic!("the second one holds it") };
    assert_eq!(found.id, "*****EGACY");
}

#[test]
fn a_name_that_is_on_a_distribution_of_ours_is_there_whatever_else_is_shown() {
    let mut search = Search { held: [(alias("a.foo.com"), holder("******112233", "*****EGACY"))].into(), ..Search::default() };
    search.ours.insert(alias("a.foo.com"), place("000000000001", "E1OLD"));
    assert_eq!(locate(&request(&["a.foo.com"]), &search), Ok(Found::Ours(place("000000000001", "E1OLD"))));
}

#[test]
fn where_each_part_of_the_aliases_is_is_said() {
    let mut search = Search { held: [(alias("c.foo.com"), holder("******112233", "*****EGACY"))].into(), ..Search::default() };
    search.ours.insert(alias("a.foo.com"), place("000000000001", "E1OLD"));
    let refusal = locate(&request(&["a.foo.com", "c.foo.com"]), &search).unwrap_err();
    let expected =
        "the aliases are on 2 distributions: a.foo.com on E1OLD of account 000000000001; c.foo.com on *****EGACY of account ******112233";
    assert_eq!((refusal.code, refusal.message.as_str()), (Code::SourcesDiffer, expected));
}

#[test]
fn what_kept_a_search_from_seeing_more_is_said_with_the_remedy_for_it() {
    let denied = |id: &str| (AccountId::parse(id).unwrap(), "denied".to_owned());
    let (message, remedy) = text_of(&Search::default());
    assert!(message.contains("nobody holds a.foo.com") && message.contains("CloudFront shows no holder (DSC-6)"), "{message}");
    assert!(!message.contains("could not be read") && !message.contains("a viewer"), "{message}");
    assert!(remedy.contains("add it to E2NEWQRS itself"), "{remedy}");

    let (message, remedy) = text_of(&Search { unread: vec![denied("000000000001")], ..Search::default() });
    assert!(message.ends_with("; 000000000001 could not be read: denied"), "one account is no more than itself: {message}");
    assert!(remedy.contains("make the roles of that account usable"), "{remedy}");

    let unread = ["000000000001", "000000000003", "000000000004"].map(denied).to_vec();
    let (message, _) = text_of(&Search { unread: unread.clone(), ..Search::default() });
    assert!(message.ends_with("; 000000000001 and 2 more could not be read: denied"), "{message}");

    let unasked = Some("its certificate does not cover it".to_owned());
    let (message, remedy) = text_of(&Search { unasked, unread, ..Search::default() });
    assert!(message.contains("CloudFront cannot be asked: its certificate does not cover it"), "{message}");
    assert!(remedy.contains("give E2NEWQRS a certificate"), "once it can be asked it shows every account: {remedy}");

    let (message, _) = text_of(&Search { met: Some("a page of an S3 bucket".to_owned()), ..Search::default() });
    assert!(message.ends_with("; a viewer of it met a page of an S3 bucket"), "{message}");
}

#[test]
fn the_accounts_that_were_searched_are_named_up_to_four() {
    let ids = ["000000000001", "000000000002", "000000000003", "000000000004", "000000000005", "000000000006"];
    assert_eq!(accounts(&[]), "no account");
    assert_eq!(accounts(&members(&ids[..1])), "account 000000000001");
    let four = "account 000000000001, 000000000002, 000000000003, 000000000004";
    assert_eq!(accounts(&members(&ids[..4])), four);
    assert_eq!(accounts(&members(&ids)), format!("{four} and 2 more"));
    let (message, _) = text_of(&Search { searched: members(&ids[..2]), ..Search::default() });
    assert!(message.contains("the lists of account 000000000001, 000000000002 do not show it"), "{message}");
}

#[test]
fn a_hosted_zone_is_the_one_that_is_asked_where_its_name_and_one_name_server_agree() {
    let asked = delegation("foo.com", &["ns-1.test", "NS-2.test."]);
    let servers = |servers: &[&str]| servers.iter().map(|server| (*server).to_owned()).collect::<Vec<_>>();
    for (name, listed, is) in [
        ("foo.com", &["ns-1.test"][..], true),
        ("foo.com", &["ns-9.test", "Ns-2.TEST"], true),
        ("foo.com", &["ns-9.test"], false),
        ("foo.com", &[], false),
        ("b.foo.com", &["ns-1.test"], false),
    ] {
        assert_eq!(asked.is(name, &servers(listed)), is, "{name} at {listed:?} (R53-13)");
    }
    assert_eq!(asked.describe(), "foo.com at ns-1.test, NS-2.test.");
}

#[test]
fn a_zone_holds_its_apex_and_what_lies_below_it_and_no_name_that_only_ends_alike() {
    for (name, zone, within) in [
        ("foo.com", "foo.com", true),
        ("a.foo.com", "foo.com", true),
        ("a.b.foo.com", "foo.com", true),
        ("*.foo.com", "foo.com", true),
        ("barfoo.com", "foo.com", false),
        ("foo.com", "a.foo.com", false),
        ("foo.com", "com.foo", false),
    ] {
        assert_eq!(is_within(name, zone), within, "{name} in {zone}");
    }
    let zones = [candidate("Z1", "foo.com", &[])];
    let both = choose_zone(&request(&["foo.com", "a.foo.com"]), None, &zones).map(|place| place.hosted_zone.to_string());
    assert_eq!(both.map_err(|refusal| refusal.code), Ok("Z1".to_owned()));
    let one_outside = choose_zone(&request(&["a.foo.com", "a.bar.com"]), None, &zones).unwrap_err();
    assert_eq!(one_outside.code, Code::HostedZoneNotFound, "every alias has to be in it");
}

#[test]
fn where_no_zone_of_ours_is_asked_the_ready_request_says_that_somebody_else_edits_dns() {
    let asked = delegation("foo.com", &["ns.registrar.test"]);
    let zones = [candidate("Z1", "foo.com", &["ns-1.test"])];
    for (asked, zones, seen) in [
        (Some(&asked), &zones[..], "public DNS asks foo.com at ns.registrar.test, which is not Z1 of account 000000000001"),
        (Some(&asked), &[], "no public hosted zone of a member account holds a.foo.com; public DNS asks foo.com at ns.registrar.test"),
        (None, &[], "who serves it in public DNS could not be found out"),
        (Some(&delegation("a.foo.com", &["ns.registrar.test"])), &zones[..], "no public hosted zone of a member account holds a.foo.com"),
    ] {
        let refusal = choose_zone(&request(&["a.foo.com"]), asked, zones).unwrap_err();
        assert_eq!(refusal.code, Code::HostedZoneNotFound);
        assert!(refusal.message.contains(seen), "{seen:?} in {}", refusal.message);
        let external = Request { dns: Some(Dns::External(External::External)), ..request(&["a.foo.com"]) };
        assert_eq!(refusal.requests, [external.to_value()]);
    }
}

#[test]
fn of_zones_that_nobody_can_tell_apart_each_has_a_ready_request() {
    let zones = ["Z1", "Z2"].map(|id| candidate(id, "foo.com", &[]));
    let refusal = choose_zone(&request(&["a.foo.com"]), None, &zones).unwrap_err();
    assert!(
        refusal.message.starts_with("2 hosted zones could be the one that holds a.foo.com: Z1 of account 000000000001; Z2"),
        "{refusal:?}"
    );
    let naming = |zone: &Candidate| Request { dns: Some(Dns::Zone(zone.place.clone())), ..request(&["a.foo.com"]) }.to_value();
    assert_eq!(refusal.requests, zones.each_ref().map(naming));
}

#[test]
fn a_name_whose_zone_could_not_be_found_out_goes_with_the_others() {
    let foo = delegation("foo.com", &["ns-1.test"]);
    let asked = [(alias("a.foo.com"), foo.clone()), (alias("b.foo.com"), delegation("foo.com", &["ns-2.test"]))];
    let three = request(&["a.foo.com", "c.foo.com", "b.foo.com"]);
    assert_eq!(one_zone(&three, &asked.into()), Ok(Some(foo)), "its first answer counts");
}
