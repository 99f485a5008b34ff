//! The sentinel of a served world: whatever client writes, the registry hears of it.

use super::{HOME, LEGACY, Running, serve, signature, until};
use crate::support::scenario;
use serde_json::{Value, json};

/// The world of a cutover that has claimed everything it touches and is far from its end.
fn claimed() -> Value {
    let mut world = scenario("legacy-to-new", 1).world;
    let claim = json!({"pk": "CUTOVER#x", "sk": "CLAIM", "id": "x", "execution": "arn:x", "fence": 1, "state": "held", "since": "2026-12-01T01:00:00Z",
        "until": "2026-12-02T00:00:00Z", "aliases": ["a.foo.com"], "hostedZone": "Z1FOO", "intents": 0, "events": 1, "head": "", "foreignWrites": 0,
        "recoveries": 0, "distributions": [{"account": "000000000001", "distribution": "E1LEGACYXYZ"}],
        "listedUnder": "CLAIMS", "listedAs": "00000000001796000000#x"});
    let alias = json!({"pk": "ALIAS#a.foo.com", "sk": "ALIAS", "alias": "a.foo.com", "state": "moving", "claim": "x"});
    world["registry"] = json!([claim, alias]);
    world
}

fn item(running: &Running, pk: &str, sk: &str) -> Option<Value> {
    let asked = json!({"TableName": "cutover", "Key": {"pk": {"S": pk}, "sk": {"S": sk}}, "ConsistentRead": true});
    let headers = [signature(HOME, "dynamodb"), "x-amz-target: DynamoDB_20120810.GetItem".to_owned()];
    let answer = running.call("POST", "/", &headers.each_ref().map(String::as_str), asked.to_string().as_bytes());
    answer.json().get("Item").cloned()
}

fn point_elsewhere(running: &Running, key: &str) -> u16 {
    let record = |action: &str, value: &str| {
        format!(
            "<Change><Action>{action}</Action><ResourceRecordSet><Name>a.foo.com</Name><Type>CNAME</Type><TTL>300</TTL><ResourceRecords>\
             <ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change>"
        )
    };
    let body = format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes>{}</Changes></ChangeBatch>\
         </ChangeResourceRecordSetsRequest>",
        record("UPSERT", "elsewhere.example.com")
    );
    running.call("POST", "/2013-04-01/hostedzone/Z1FOO/rrset", &[&signature(key, "route53")], body.as_bytes()).status
}

#[test]
fn a_write_of_any_client_to_what_is_claimed_is_told_to_the_claim_once() {
    let running = serve(claimed(), 600.0);
    assert_eq!(point_elsewhere(&running, "AKIA000000000002"), 404, "not its zone: refused, and nothing has happened");
    assert_eq!(point_elsewhere(&running, LEGACY), 200);
    let told = || item(&running, "CUTOVER#x", "CLAIM").filter(|claim| claim["foreignWrites"]["N"] != "0");
    assert_eq!(until(told)["foreignWrites"]["N"], "1");
    // Longer than any second delivery takes.
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(item(&running, "CUTOVER#x", "CLAIM").unwrap()["foreignWrites"]["N"], "1");
    running.stop();
}

#[test]
fn the_sentinel_can_be_called_like_every_other_function() {
    let running = serve(claimed(), 60.0);
    let path = "/2015-03-31/functions/cutover-watch-writes/invocations";
    let answer = running.call("POST", path, &[&signature(HOME, "lambda")], b"{\"members\": \"\", \"event\": 5}");
    assert_eq!((answer.status, answer.header("x-amz-function-error")), (200, Some("unhandled")), "{answer:?}");
    assert_eq!(answer.json()["errorType"], "MalformedDocument");
    running.stop();
}
