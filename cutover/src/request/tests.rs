//! A request is read once, within bounds: what is malformed, too large or not done yet is refused and never ignored.

use super::*;
use crate::samples_of_names::{alias, aliases, request_from, written_request as written, written_request_with as with};
use serde_json::json;

fn code(value: &Value) -> Option<Code> {
    Request::parse(value).err().map(|refusal| refusal.code)
}

fn verifying(verify: Value) -> Value {
    with("verify", verify)
}

/// Headers that take exactly that many bytes together, name and value.
fn headers_of(bytes: usize) -> Value {
    verifying(json!({"header": {"x-a": "v".repeat(bytes / 2), "x-b": "v".repeat(bytes - bytes / 2 - 6)}}))
}

#[test]
fn a_silent_request_is_a_plan_with_the_defaults() {
    let request = request_from(&written());
    assert_eq!(request.aliases, [alias("a.foo.com")]);
    assert_eq!((request.execute, request.accept_outage, request.strategy, request.soak_seconds), (false, false, None, 900));
    assert!(request.verify.is_none() && request.plan_hash.is_none() && request.records == RecordKinds::AsTheyAre);
    assert!(request.accept.is_empty() && request.allow_differences.is_empty());
    assert_eq!(Request::parse(&request.to_value()), Ok(request), "what it writes it reads");
}

#[test]
fn every_key_is_read_and_written_back_as_somebody_would_write_it() {
    let whole = json!({
        "aliases": ["a.foo.com", "*.foo.com"],
        "source": {"account": "111122223333", "distribution": "E1LEGACYXYZ"},
        "target": {"account": "444455556666", "distribution": "E2NEWQRS"},
        "dns": {"account": "777788889999", "hostedZone": "Z1FOO"},
        "strategy": "swap",
        "acceptOutage": true,
        "execute": true,
        "soakSeconds": 60,
        "verify": {"path": "/health", "status": 204, "header": {"x-served-by": "new"}},
        "accept": ["recordSetRouted"],
        "allowDifferences": ["DefaultCacheBehavior/Compress"],
        "records": "alias",
        "planHash": "ab".repeat(32),
    });
    let request = request_from(&whole);
    assert_eq!(request.to_value(), whole);
    assert_eq!(request.strategy, Some(Strategy::Swap));
    assert_eq!(serde_json::from_value::<Request>(whole).ok(), Some(request), "a document holds it so");
}

#[test]
fn what_a_document_holds_of_a_strategy_is_a_name_or_auto() {
    let held = |strategy: Value| serde_json::from_value::<Request>(with("strategy", strategy)).map(|request| request.strategy).ok();
    assert_eq!(held(json!("auto")), Some(None));
    for strategy in Strategy::ALL {
        assert_eq!(held(json!(strategy.name())), Some(Some(strategy)));
        assert_eq!(request_from(&with("strategy", json!(strategy.name()))).strategy, Some(strategy));
    }
    assert_eq!((held(json!("hope")), held(json!(null))), (None, None));
    assert_eq!(request_from(&with("strategy", json!("auto"))).to_value()["strategy"], "auto");
}

#[test]
fn source_and_zone_may_be_left_out_and_dns_may_be_somebody_elses() {
    let least = json!({"aliases": ["a.foo.com"], "target": {"account": "444455556666", "distributionTenant": "dt_1abc"}});
    let request = request_from(&least);
    assert_eq!((request.source.as_ref(), request.dns.as_ref(), request.target.distribution.is_tenant()), (None, None, true));
    assert!(request.zone().is_none() && !request.dns_is_external(), "to be looked for is not somebody else's");
    assert_eq!(Request::parse(&request.to_value()), Ok(request), "what it writes it reads");
    let external = request_from(&with("dns", json!("external")));
    assert!(external.dns_is_external() && external.zone().is_none());
    assert_eq!(external.to_value()["dns"], "external");
    let ours = request_from(&written());
    assert!(!ours.dns_is_external());
    assert_eq!(ours.zone().map(|zone| (zone.account.as_str(), zone.hosted_zone.as_str())), Some(("111122223333", "Z1FOO")));
}

#[test]
fn whether_both_sides_are_one_accounts_is_known_only_where_the_source_is() {
    assert!(!request_from(&written()).within_one_account());
    let target = json!({"account": "111122223333", "distribution": "E2NEWQRS"});
    assert!(request_from(&with("target", target)).within_one_account());
    assert!(!request_from(&with("source", json!(null))).within_one_account());
}

#[test]
fn a_bridge_has_one_wildcard_for_each_parent() {
    let names = json!(["a.foo.com", "b.foo.com", "c.b.foo.com", "foo.com", "*.bar.com"]);
    assert_eq!(request_from(&with("aliases", names)).bridge_wildcards(), aliases(&["*.b.foo.com", "*.foo.com"]));
}

#[test]
fn one_name_in_two_spellings_is_one_name_and_the_order_stays() {
    let names = json!(["b.foo.com", "a.foo.com", "A.FOO.com.", "B.foo.com"]);
    assert_eq!(request_from(&with("aliases", names)).aliases, aliases(&["b.foo.com", "a.foo.com"]));
}

#[test]
fn what_cannot_be_read_is_malformed() {
    for bad in [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        with("colour", json!("red")),
        with("aliases", json!([])),
        with("aliases", json!(["not a name"])),
        with("aliases", json!("a.foo.com")),
        with("target", json!({"account": "444455556666"})),
        with("target", json!({"account": "1", "distribution": "E2"})),
        with("target", json!({"account": "111122223333", "distribution": "E1LEGACYXYZ"})),
        with("target", json!({"account": "444455556666", "distributionTenant": "E2NEWQRS"})),
        with("target", json!({"account": "444455556666", "distribution": "dt_1abc"})),
        with("strategy", json!("hope")),
        with("approval", json!("maybe")),
        with("dns", json!("internal")),
        with("accept", json!(["everything"])),
        with("records", json!("both")),
        with("soakSeconds", json!(-1)),
        verifying(json!({"body": "x"})),
    ] {
        assert_eq!(code(&bad), Some(Code::MalformedRequest), "{bad}");
    }
}

#[test]
fn a_list_in_place_of_an_object_is_not_read_by_position() {
    for (key, list) in [
        ("source", json!(["111122223333", "E1LEGACYXYZ"])),
        ("target", json!(["444455556666", "E2NEWQRS"])),
        ("dns", json!(["111122223333", "Z1FOO"])),
        ("verify", json!(["/", 200])),
        ("window", json!(["2026-12-01T02:00:00Z", "2026-12-01T04:00:00Z"])),
    ] {
        let refusal = Request::parse(&with(key, list)).unwrap_err();
        assert_eq!((refusal.code, refusal.message), (Code::MalformedRequest, format!("{key} must be an object, and is a list")));
    }
}

#[test]
fn what_is_malformed_is_said_with_its_place_in_a_bounded_text() {
    let refused = |value: &Value| Request::parse(value).unwrap_err();
    let misread = refused(&with("verify", json!({"status": "fine"})));
    assert!(misread.message.starts_with("verify.status: "), "{misread:?}");
    assert_eq!(misread.remedy, "mend the request; `docs/ARCHITECTURE.md` shows every key");
    let unknown = refused(&with("strategy", json!("hope")));
    assert!(
        unknown.message.contains("\"hope\"") && Strategy::ALL.iter().all(|known| unknown.message.contains(known.name())),
        "{unknown:?}"
    );
    let hostile = refused(&with("approval", json!("x".repeat(100_000))));
    assert!(hostile.message.len() <= crate::bounds::TEXT_MAX, "{}", hostile.message.len());
}

#[test]
fn one_distribution_cannot_be_both_sides_in_whichever_account_it_is_said_to_be() {
    let same = |account: &str| with("target", json!({"account": account, "distribution": "E1LEGACYXYZ"}));
    for account in ["111122223333", "444455556666"] {
        let refusal = Request::parse(&same(account)).unwrap_err();
        assert!(refusal.message.starts_with("source and target are the same distribution"), "{refusal:?}");
    }
}

#[test]
fn at_most_ninety_names_move_at_once() {
    let many = |count: usize| with("aliases", json!((1..=count).map(|n| format!("n{n}.foo.com")).collect::<Vec<_>>()));
    assert_eq!(request_from(&many(90)).aliases.len(), 90, "Q-1");
    assert_eq!((code(&many(91)), code(&many(92))), (Some(Code::MalformedRequest), Some(Code::MalformedRequest)));
    assert_eq!(code(&with("aliases", json!(vec!["a.foo.com"; 91]))), Some(Code::MalformedRequest), "not even one name so often");
}

#[test]
fn the_longest_soak_is_a_week() {
    assert_eq!(request_from(&with("soakSeconds", json!(604_800))).soak_seconds, 604_800);
    assert_eq!(request_from(&with("soakSeconds", json!(0))).soak_seconds, 0);
    for too_long in [604_801, 10_000_000] {
        assert_eq!(code(&with("soakSeconds", json!(too_long))), Some(Code::MalformedRequest), "{too_long}");
    }
}

#[test]
fn differences_are_allowed_by_at_most_fifty_plain_paths() {
    let paths = |count: usize| with("allowDifferences", json!((1..=count).map(|n| format!("Element/N{n}")).collect::<Vec<_>>()));
    assert_eq!(request_from(&paths(50)).allow_differences.len(), 50);
    let one = |path: &str| with("allowDifferences", json!([path]));
    assert_eq!(code(&one(&"x".repeat(120))), None, "120 characters");
    for bad in [paths(51), paths(52), one(""), one(&"x".repeat(121)), one("a b"), one("a\n"), one("bücher")] {
        assert_eq!(code(&bad), Some(Code::MalformedRequest), "{bad}");
    }
}

#[test]
fn a_plan_is_agreed_to_by_its_64_hex_digits_in_either_case() {
    let agreed = request_from(&with("planHash", json!("AB".repeat(32)))).plan_hash;
    assert_eq!(agreed, Some("ab".repeat(32)), "a plan shows it in lower case");
    for bad in ["123".to_owned(), "a".repeat(63), "a".repeat(65), "g".repeat(64), String::new()] {
        assert_eq!(code(&with("planHash", json!(bad))), Some(Code::MalformedRequest), "{bad}");
    }
}

#[test]
fn a_page_to_verify_is_the_root_where_no_other_is_named() {
    let expected = request_from(&verifying(json!({}))).verify.unwrap();
    assert_eq!(expected, Expectation { path: "/".to_owned(), status: None, header: BTreeMap::new() });
    let expected = request_from(&verifying(json!({"path": "/a?b=c", "status": 301, "header": {"X-Served-By": "New One"}}))).verify.unwrap();
    assert_eq!((expected.path.as_str(), expected.status), ("/a?b=c", Some(301)));
    assert_eq!(
        expected.header,
        BTreeMap::from([("x-served-by".to_owned(), "New One".to_owned())]),
        "names in lower case, values as they are"
    );
}

#[test]
fn a_page_to_verify_is_one_that_can_be_asked_for_and_answered() {
    let path = |path: &str| verifying(json!({"path": path}));
    let header = |name: &str, value: &str| verifying(json!({"header": {name: value}}));
    let headers = |count: usize| {
        let headers: serde_json::Map<String, Value> = (1..=count).map(|n| (format!("x-{n}"), json!("v"))).collect();
        verifying(json!({"header": headers}))
    };
    for good in [
        path(&format!("/{}", "x".repeat(1023))),
        verifying(json!({"status": 100})),
        verifying(json!({"status": 599})),
        headers(8),
        header(&"n".repeat(500), &"v".repeat(500)),
        header("x-empty", ""),
        headers_of(1024),
    ] {
        assert_eq!(code(&good), None, "{good}");
    }
    for bad in [
        path(""),
        path("no-slash"),
        path("/a b"),
        path("/a\r\nHost: b"),
        path("/bücher"),
        path(&format!("/{}", "x".repeat(1024))),
        verifying(json!({"status": 99})),
        verifying(json!({"status": 600})),
        headers(9),
        headers(10),
        header("", "v"),
        header("x a", "v"),
        header("x-a\r\n", "v"),
        header("x-a", "v\r\nx-b: w"),
        header("x-a", "bücher"),
        headers_of(1025),
        headers_of(1026),
    ] {
        assert_eq!(code(&bad), Some(Code::MalformedRequest), "{bad}");
    }
}

#[test]
fn a_header_to_verify_is_named_once_in_whatever_case() {
    for (second, value) in [("X-Served-By", "old"), ("X-SERVED-BY", "new")] {
        let refusal = Request::parse(&verifying(json!({"header": {"x-served-by": "new", second: value}}))).unwrap_err();
        assert_eq!(refusal.code, Code::MalformedRequest);
        assert_eq!(refusal.message, "verify.header names x-served-by twice: case makes no difference there");
    }
}

#[test]
fn what_this_version_does_not_do_is_said_and_never_ignored() {
    let window = json!({"opens": "2026-12-01T02:00:00Z", "closes": "2026-12-01T04:00:00Z"});
    for (later, message) in [
        (with("approval", json!("required")), "an approval is not supported by this version"),
        (with("window", window), "a window is not supported by this version"),
    ] {
        let refusal = Request::parse(&later).unwrap_err();
        assert_eq!((refusal.code, refusal.message.as_str()), (Code::NotSupportedYet, message));
        assert!(refusal.remedy.starts_with("leave `"), "{refusal:?}");
    }
    assert_eq!(code(&with("approval", json!("none"))), None, "nothing is asked for");
}
