//! Is an inventory lean: no more calls than there are pages, and none that writes where nothing differs?

use super::*;

const ACCOUNTS: usize = 100;
const DISTRIBUTIONS: usize = 100;

fn wide() -> Value {
    let account = |n: usize| format!("{:012}", n + 100);
    let name = |a: usize, d: usize| format!("n{d}.a{a}.example.com");
    let distributions: Vec<Value> = (0..ACCOUNTS)
        .flat_map(|a| (0..DISTRIBUTIONS).map(move |d| (a, d)))
        .map(|(a, d)| distribution(&format!("E{a:03}X{d:03}"), &account(a), &[&name(a, d)]))
        .collect();
    let certificates: Vec<Value> = (0..ACCOUNTS)
        .map(|a| json!({"arn": format!("arn:aws:acm:us-east-1:{}:certificate/site", account(a)), "names": [format!("*.a{a}.example.com")]}))
        .collect();
    let zones: Vec<Value> = (0..ACCOUNTS)
        .map(|a| {
            let record = |d: usize| cname(&name(a, d), &format!("e{a:03}x{d:03}.cloudfront.net"));
            json!({"id": format!("Z{a:03}"), "account": account(a), "name": format!("a{a}.example.com"),
                   "records": (0..DISTRIBUTIONS).map(record).collect::<Vec<_>>()})
        })
        .collect();
    json!({
        "now": "2026-12-01T02:00:00Z", "homeAccount": "000000000009",
        "accounts": (0..ACCOUNTS).map(|a| json!({"id": account(a)})).collect::<Vec<_>>(),
        "certificates": certificates, "distributions": distributions, "hostedZones": zones, "edge": {"locations": 1},
    })
}

#[test]
fn a_hundred_accounts_of_a_hundred_distributions_take_a_call_for_each_page_and_hardly_more() {
    let mut stage = stage(wide());
    let first = stage.scan();
    assert_eq!((&first.summary["distributions"], &first.summary["aliases"]), (&json!(10_000), &json!(10_000)));
    let second = stage.scan();
    assert_eq!((second.table_writes(), second.differences.len()), (0, 0));
    // One page of each list: distributions, tenants (none), certificates, zones, record sets, and of the index.
    let pages = (ACCOUNTS * 6) as u64;
    let lists: u64 =
        second.calls.iter().filter(|(call, _)| call.contains(":List") || call.ends_with(":Query")).map(|(_, count)| count).sum();
    assert!(lists * 10 <= pages * 12, "{lists} calls for {pages} pages: {:?}", second.calls);
    // A role for each account in each of the two rounds, and a read of the names that its record sets have.
    assert_eq!((second.calls["sts:AssumeRole"], second.calls["dynamodb:BatchGetItem"]), (200, 100));
    assert_eq!(second.calls.len(), 8, "{:?}", second.calls);
}
