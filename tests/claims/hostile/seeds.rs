//! What the hostile inputs begin as: real requests, worlds, calls, answers, events and documents, written by nobody. Each
//! mutation of them is nearly right, which is where reading goes wrong. Must not know what is done with them.

use super::bodies::{WIRE_CALLS, a_request, a_world};
use crate::support::top;
use rehearsal::clock::VirtualClock;
use rehearsal::interpreter::Observer;
use rehearsal::plug::SharedWorld;
use rehearsal::run::{Audit, Play, rehearse};
use rehearsal::scenario;
use rehearsal::service::answer;
use rehearsal::viewers::Cast;
use rehearsal::wire::Request;
use rehearsal::world::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

/// Most documents of one run that are kept.
const DOCUMENTS_MAX: usize = 12;

/// The seeds of the input called `name`.
pub fn of(name: &str) -> Vec<Vec<u8>> {
    match name {
        "request" => plays().iter().map(|play| bytes(&play.request)).chain([bytes(&every_key())]).collect(),
        "world" => plays().iter().map(|play| bytes(&play.world)).collect(),
        "wire" => wire(),
        "answers" => answers(),
        "events" => told().0,
        _ => told().1,
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn plays() -> Vec<Play> {
    let folders = std::fs::read_dir(top().join("tests/scenarios")).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.collect();
    folders.sort();
    folders.iter().map(|folder| scenario::load(folder, 1).unwrap()).collect()
}

fn every_key() -> Value {
    let mut request = a_request();
    let more = json!({"accept": ["cacheStartsCold"], "allowDifferences": ["Comment"], "records": "alias", "planHash": "0",
                      "dns": "external", "window": {"opens": "2026-12-01T02:00:00Z", "closes": "2026-12-01T04:00:00Z"}, "approval": "none",
                      "verify": {"path": "/", "status": 200, "header": {"x-served-by": "new"}}});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

/// Bodies of calls, each behind the number of its call.
fn wire() -> Vec<Vec<u8>> {
    let namespace = "xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"";
    let domain = format!(
        "<UpdateDomainAssociationRequest {namespace}><Domain>a.foo.com</Domain><TargetResource><DistributionId>E2NEWQRS</DistributionId></TargetResource></UpdateDomainAssociationRequest>"
    );
    let conflicts = format!(
        "<ListDomainConflictsRequest {namespace}><Domain>a.foo.com</Domain><DomainControlValidationResource><DistributionId>E2NEWQRS</DistributionId></DomainControlValidationResource><MaxItems>10</MaxItems></ListDomainConflictsRequest>"
    );
    let change = "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Comment>c</Comment><Changes><Change><Action>UPSERT</Action><ResourceRecordSet><Name>\\052.foo.com.</Name><Type>TXT</Type><SetIdentifier>s</SetIdentifier><Weight>1</Weight><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>\"a\\\"b\"</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change><Change><Action>CREATE</Action><ResourceRecordSet><Name>b.foo.com</Name><Type>A</Type><AliasTarget><HostedZoneId>Z2FDTNDATAQYW2</HostedZoneId><DNSName>qrs.cloudfront.net</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>";
    let assume = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000001%3Arole%2Fcutover-read&RoleSessionName=s&ExternalId=cutover-000000000009-000000000001&DurationSeconds=3600&Policy=%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    let key = json!({"pk": {"S": "A"}, "sk": {"S": "B"}});
    let item =
        json!({"pk": {"S": "A"}, "sk": {"S": "B"}, "n": {"N": "1"}, "l": {"L": [{"BOOL": true}]}, "m": {"M": {"x": {"NULL": true}}}});
    let update = json!({"TableName": "cutover", "Key": key, "UpdateExpression": "SET #n = if_not_exists(#n, :z) + :o REMOVE x", "ConditionExpression": "attribute_not_exists(pk) OR begins_with(sk, :p)",
                        "ExpressionAttributeNames": {"#n": "n"}, "ExpressionAttributeValues": {":z": {"N": "0"}, ":o": {"N": "1"}, ":p": {"S": "B"}}});
    let written = json!({"TransactItems": [{"Put": {"TableName": "cutover", "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}},
                                           {"Update": {"TableName": "cutover", "Key": {"pk": {"S": "C"}, "sk": {"S": "D"}}, "UpdateExpression": "SET n = :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}}],
                         "ClientRequestToken": "t"});
    let query = json!({"TableName": "cutover", "KeyConditionExpression": "pk = :p AND begins_with(sk, :s)", "ExpressionAttributeValues": {":p": {"S": "A"}, ":s": {"S": "B"}}, "Limit": 10});
    let listed = "<ListDistributionTenantsRequest xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><MaxItems>10</MaxItems></ListDistributionTenantsRequest>";
    let bodies: [Vec<u8>; WIRE_CALLS] = [
        config("E2NEWQRS").into_bytes(),
        domain.into_bytes(),
        conflicts.into_bytes(),
        vec![],
        listed.into(),
        listed.replace("DistributionTenants", "ConnectionGroups").into_bytes(),
        change.into(),
        assume.into(),
        bytes(&json!({"CertificateArn": "arn:aws:acm:us-east-1:000000000002:certificate/new"})),
        bytes(&json!({"MaxItems": 10, "CertificateStatuses": ["ISSUED"]})),
        bytes(&written),
        bytes(&update),
        bytes(&query),
        bytes(&json!({"TableName": "cutover", "Item": item, "ConditionExpression": "attribute_exists(pk)"})),
    ];
    bodies.iter().enumerate().map(|(call, body)| [&[call as u8][..], body].concat()).collect()
}

fn asked(path: &str, service: &str, account: u64) -> String {
    let mut world = World::new(a_world(), 1).unwrap();
    let signature = format!("AWS4-HMAC-SHA256 Credential=AKIA{account:012}/20261201/us-east-1/{service}/aws4_request, Signature=0");
    let now = world.start;
    answer(&mut world, &Request::new("GET", path, BTreeMap::from([("authorization".to_owned(), signature)]), vec![]), now).body
}

fn config(id: &str) -> String {
    asked(&format!("/2020-05-31/distribution/{id}/config"), "cloudfront", 2)
}

/// Answers of AWS, each at a few of the calls of a cutover's beginning, as what it is and as an error.
fn answers() -> Vec<Vec<u8>> {
    let error = "<ErrorResponse xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Error><Type>Sender</Type><Code>CNAMEAlreadyExists</Code><Message>One or more of the CNAMEs you provided are already associated with a different resource.</Message></Error><RequestId>r</RequestId></ErrorResponse>";
    let bodies = [
        config("E2NEWQRS"),
        asked("/2020-05-31/distribution/E2NEWQRS", "cloudfront", 2),
        asked("/2013-04-01/hostedzone/Z1FOO/rrset?name=a.foo.com", "route53", 1),
        asked("/2013-04-01/hostedzone/Z1FOO", "route53", 1),
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-12-01T01:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>".to_owned(),
        json!({"Certificate": {"CertificateArn": "arn:aws:acm:us-east-1:000000000002:certificate/new", "DomainName": "*.foo.com", "SubjectAlternativeNames": ["*.foo.com", "a.foo.com"],
               "Status": "ISSUED", "NotAfter": 1_800_000_000.5, "KeyAlgorithm": "RSA-2048", "Serial": "1:2", "RenewalSummary": {"RenewalStatus": "SUCCESS"}}})
            .to_string(),
        error.to_owned(),
        "<InvalidChangeBatch xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Messages><Message>Tried to create resource record set [name='a.foo.com.', type='A'] but it already exists</Message></Messages><RequestId>r</RequestId></InvalidChangeBatch>".to_owned(),
        json!({"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "CancellationReasons": [{"Code": "ConditionalCheckFailed"}], "message": "m"}).to_string(),
        json!({"Item": {"pk": {"S": "CUTOVER#x"}, "sk": {"S": "CLAIM"}, "id": {"S": "x"}, "fence": {"N": "1"}}}).to_string(),
    ];
    let spoiled = |body: &String| {
        (0..20_u8).step_by(3).flat_map(|at| [0_u8, 3, 8].map(|status| [&[at, status][..], body.as_bytes()].concat())).collect::<Vec<_>>()
    };
    bodies.iter().flat_map(spoiled).collect()
}

/// The state in which the table is looked at.
const HALF_WAY: &str = "CheckSettled";

/// What the table of the home account holds while a cutover waits.
pub fn half_way() -> &'static [Value] {
    static HELD: OnceLock<Vec<Value>> = OnceLock::new();
    HELD.get_or_init(|| {
        let kept = Kept::default();
        let play = Play { scenario: "hostile".to_owned(), world: a_world(), request: a_request(), seed: 1, faults: vec![] };
        rehearse(&play, &kept).unwrap();
        let held = kept.registry.into_inner().unwrap();
        assert!(held.iter().any(|item| item["sk"] == "CLAIM"), "{held:?}");
        held
    })
}

/// Keeps what the states were entered with, and what CloudTrail has still to tell then.
#[derive(Default)]
struct Kept {
    registry: Mutex<Vec<Value>>,
    documents: Mutex<BTreeMap<String, Value>>,
    events: Mutex<Vec<Value>>,
    world: OnceLock<SharedWorld>,
}

impl Observer for Kept {
    fn state_entered(&self, state: &str, _at_millis: i64, input: &Value) {
        self.documents.lock().unwrap().entry(state.to_owned()).or_insert_with(|| input.clone());
        let mut world = self.world.get().unwrap().lock();
        if state == HALF_WAY {
            *self.registry.lock().unwrap() = world.registry.items();
        }
        self.events.lock().unwrap().extend(std::iter::from_fn(|| world.trail.take(i64::MAX)));
    }
}

impl Audit for Kept {
    fn begins(&self, world: &SharedWorld, _clock: VirtualClock, _cast: &Cast) {
        self.world.get_or_init(|| world.clone());
    }
}

/// Events that CloudTrail tells of a cutover, and the documents of its states.
fn told() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let mut world = a_world();
    world["rules"] = json!({"trailLagS": 86_400});
    let play = Play { scenario: "hostile".to_owned(), world, request: a_request(), seed: 1, faults: vec![] };
    let kept = Kept::default();
    let (report, _) = rehearse(&play, &kept).unwrap();
    assert_eq!(report.outcome, "completed");
    let events: Vec<_> = kept.events.into_inner().unwrap().iter().map(|event| bytes(&event["detail"])).collect();
    assert!(events.len() >= 5, "{} writes were told of", events.len());
    let errands = [
        json!({"lapsed": true}),
        json!({"execution": "arn:aws:states:us-east-1:000000000009:execution:cutover:rehearsal", "status": "FAILED"}),
        json!({"account": "000000000001", "scan": {"id": "s", "startedAt": "2026-12-01T00:00:00Z"}, "counts": {}, "unread": []}),
    ];
    let documents = kept.documents.into_inner().unwrap();
    let documents = documents.values().filter(|document| document.get("version").is_some()).take(DOCUMENTS_MAX).map(bytes).collect();
    (events.into_iter().chain(errands.iter().map(bytes)).collect(), documents)
}
