//! The registry's own requests, answered by moto's DynamoDB as well: another reading of AWS's documents, over a real socket.
//! Every request of every part of the protocol goes to both, and both must say the same; at the end both tables hold the same.

use super::{Stage, bridge, play};
use crate::serve::judges::clients;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longest that the server may take to begin, and to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server of moto's, until it is dropped.
struct Moto {
    address: SocketAddr,
    server: Child,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Moto {
    fn begin() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut server = Command::new(clients().join("python"));
        server.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]).env_clear().env("LANG", "C.UTF-8");
        let server = server.env("MOTO_CALL_RESET_API", "false").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let moto = Self { address: (Ipv4Addr::LOCALHOST, port).into(), server };
        let began = Instant::now();
        while TcpStream::connect(moto.address).is_err() {
            assert!(began.elapsed() < PATIENCE, "moto's server never began");
            std::thread::sleep(Duration::from_millis(50));
        }
        moto.make_table();
        moto
    }

    /// The table as `template.yaml` has it: CloudFormation writes it as the API does.
    fn make_table(&self) {
        let template = crate::contract::template::template("template.yaml");
        let properties = &template["Resources"]["RegistryTable"]["Properties"];
        let wanted = ["TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"];
        let table: BTreeMap<&str, &Value> = wanted.iter().map(|name| (*name, &properties[*name])).collect();
        let (status, told) = self.send("CreateTable", json!(table).to_string().as_bytes());
        assert_eq!(status, 200, "{told}");
    }

    fn send(&self, operation: &str, body: &[u8]) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.0\r\nx-amz-target: \
             DynamoDB_20120810.{operation}\r\nauthorization: AWS4-HMAC-SHA256 Credential=AKIA000000000009/20261201/us-east-1/dynamodb/aws4_request\
             \r\ncontent-length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut read = Vec::new();
        stream.read_to_end(&mut read).unwrap();
        let text = String::from_utf8(read).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {text}")))
    }

    fn items(&self) -> BTreeMap<(String, String), Value> {
        let (status, told) = self.send("Scan", json!({"TableName": "cutover"}).to_string().as_bytes());
        assert_eq!((status, &told["LastEvaluatedKey"]), (200, &Value::Null));
        told["Items"].as_array().unwrap().iter().map(plain).map(by_key).collect()
    }
}

fn by_key(item: Value) -> ((String, String), Value) {
    let part = |name: &str| item[name].as_str().unwrap().to_owned();
    ((part("pk"), part("sk")), item)
}

/// An item without DynamoDB's types.
fn plain(item: &Value) -> Value {
    let fields = item.as_object().unwrap().iter();
    Value::Object(fields.map(|(name, value)| (name.clone(), untyped(value))).collect())
}

fn untyped(value: &Value) -> Value {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "N" => serde_json::from_str(value.as_str().unwrap()).unwrap(),
        "L" => value.as_array().unwrap().iter().map(untyped).collect(),
        "M" => plain(value),
        "NULL" => Value::Null,
        "S" | "BOOL" => value.clone(),
        other => panic!("nothing of the registry is {other}"),
    }
}

/// What both have to agree on in an answer: the items in it, who failed for what; not the words of an error.
fn essence(status: u16, told: &Value) -> Value {
    let code = told["__type"].as_str().map(|code| code.rsplit('#').next().unwrap().to_owned());
    let reasons: Vec<String> = told["CancellationReasons"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|reason| reason["Code"].as_str().unwrap_or("None").to_owned())
        .collect();
    let item = |key: &str| told[key].as_object().filter(|item| !item.is_empty()).map(|_| plain(&told[key]));
    let items: Vec<Value> = told["Items"].as_array().into_iter().flatten().map(plain).collect();
    let responses = told["Responses"].as_array().into_iter().flatten();
    let responses: Vec<Option<Value>> = responses.map(|response| response.get("Item").map(plain)).collect();
    json!({"status": status, "code": code, "reasons": reasons, "item": item("Item"), "before": item("Attributes"), "items": items,
           "responses": responses, "more": told["LastEvaluatedKey"].is_object()})
}

/// What differed, and how often each operation was heard.
#[derive(Clone)]
struct Heard {
    moto: Arc<Moto>,
    differences: Arc<Mutex<Vec<String>>>,
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Heard({})", self.moto.address)
    }
}

impl Heard {
    fn compare(&self, operation: &str, asked: &[u8], status: u16, told: &Value) {
        let ours = essence(status, told);
        let (status, told) = self.moto.send(operation, asked);
        let theirs = essence(status, &told);
        *self.counts.lock().unwrap().entry(format!("{operation} {}", ours["status"])).or_insert(0) += 1;
        if ours != theirs {
            let asked = String::from_utf8_lossy(asked).into_owned();
            self.differences.lock().unwrap().push(format!("{operation} {asked}\n  in process {ours}\n  moto       {theirs}"));
        }
    }
}

/// Sends what goes to DynamoDB to both, and hands the world's answer on.
#[derive(Debug)]
struct Both {
    inner: SharedHttpClient,
    heard: Heard,
}

#[derive(Debug)]
struct BothAnswer {
    inner: SharedHttpConnector,
    heard: Heard,
}

impl HttpClient for Both {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(BothAnswer { inner: self.inner.http_connector(settings, components), heard: self.heard.clone() })
    }
}

impl HttpConnector for BothAnswer {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").and_then(|target| target.strip_prefix("DynamoDB_20120810."));
        let asked = operation.map(str::to_owned).zip(request.body().bytes().map(<[u8]>::to_vec));
        let (inner, heard) = (self.inner.clone(), self.heard.clone());
        HttpConnectorFuture::new(async move {
            let answer = inner.call(request).await?;
            if let Some((operation, asked)) = asked {
                let told = serde_json::from_slice(answer.body().bytes().unwrap()).unwrap();
                heard.compare(&operation, &asked, answer.status().as_u16(), &told);
            }
            Ok(answer)
        })
    }
}

/// Who dies before which step, and is recovered when its claim has lapsed.
async fn protocol(stage: &Stage, request: &Value) {
    let mut asked = false;
    // One cutover to its end, with everything that the desk may ask and say beside it.
    let whole = stage
        .walk("first", request, async |document: &Value| {
            if document["claim"].is_object() && !asked {
                asked = true;
                stage.clock.sleep(2_000).await;
                for line in [
                    "claims",
                    "show first",
                    "alias a.foo.com",
                    "may-attach a.foo.com --account 000000000001 --distribution E1LEGACYXYZ",
                    "plan b.foo.com --account 000000000002 --distribution E2NEWQRS --opens 2026-12-02T00:00:00Z --closes 2026-12-03T00:00:00Z --by ada",
                    "plan a.foo.com --account 000000000002 --distribution E2NEWQRS --opens 2026-12-02T00:00:00Z --closes 2026-12-03T00:00:00Z --by ada",
                    "unplan b.foo.com",
                ] {
                    stage.says(&line.split(' ').collect::<Vec<_>>()).await;
                }
                // Another that meets its claim is refused.
                let second = stage.walk("second", request, async |_: &Value| ()).await;
                assert_eq!(second["refusals"][0]["code"], "claimedByAnother");
            }
        })
        .await;
    assert_eq!((whole["outcome"].as_str(), asked), (Some("completed"), true));
    assert_eq!(stage.says(&["reconciled", "a.foo.com"]).await.status, 0);
}

/// The way back of a name, broken off by a person.
async fn broken_off(stage: &Stage, request: &Value) {
    let mut steps = 0;
    let ended = stage
        .walk("broken", request, async |document: &Value| {
            steps += u32::from(document["claim"].is_object());
            if steps == 9 {
                stage.says(&["break-claim", "broken", "--by", "ada", "--because", "why not", "--confirm", "broken"]).await;
            }
        })
        .await;
    assert_eq!(ended["outcome"], "stuck");
}

/// A cutover that nobody goes on with: its claim lapses, and another takes it over and takes it back.
async fn abandoned(stage: &Stage, request: &Value) {
    let document = stage.walk_until("dead", request, |document| document["progress"]["at"] == 2).await;
    assert!(document["outcome"].is_null());
    stage.clock.sleep(5 * 3600 * 1000).await;
    let recovered = stage.recover("recovery", &json!({"lapsed": true})).await;
    assert_eq!(recovered["outcome"], "rolledBack", "{recovered}");
    // The dead one wakes up, and finds its claim lost.
    let zombie = stage.tried(serde_json::from_value(document["next"].clone()).unwrap(), document).await;
    assert_eq!(zombie["progress"]["stuckBecause"].as_str().map(|why| why.contains("is lost")), Some(true), "{}", zombie["progress"]);
}

#[test]
fn motos_dynamodb_answers_the_whole_protocol_as_the_simulated_one_does() {
    let scenes: [(&str, &[&str]); 3] = [
        ("protocol", &["TransactWriteItems 200", "TransactWriteItems 400", "UpdateItem 200", "PutItem 200", "GetItem 200", "Query 200"]),
        ("broken off", &["UpdateItem 400"]),
        ("abandoned", &["UpdateItem 400"]),
    ];
    for (scene, heard_of) in scenes {
        let (world, request) = bridge(json!([]));
        let heard = Heard { moto: Arc::new(Moto::begin()), differences: Arc::default(), counts: Arc::default() };
        let items = play(&world, async |stage| {
            let both = heard.clone();
            let stage = stage.between(move |inner| SharedHttpClient::new(Both { inner, heard: both.clone() }));
            match scene {
                "protocol" => protocol(&stage, &request).await,
                "broken off" => broken_off(&stage, &request).await,
                _ => abandoned(&stage, &request).await,
            }
            stage.items()
        });
        let differences = heard.differences.lock().unwrap();
        assert!(differences.is_empty(), "{scene}: {} differ, of them {}", differences.len(), differences[0]);
        assert_eq!(heard.moto.items(), items.into_iter().map(by_key).collect(), "{scene}");
        let counts = heard.counts.lock().unwrap();
        for operation in heard_of {
            assert!(counts.contains_key(*operation), "{scene}: {operation} was never heard of: {counts:?}");
        }
    }
}
