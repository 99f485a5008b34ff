//! Do a million aliases fit into a function's memory? The pages are made up as they are asked for, in a process that does
//! nothing else, and the whole process is measured: the function's heap is a part of it.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::region::Region;
use rehearsal::audience::Audience;
use rehearsal::clock::VirtualClock;
use rehearsal::plug::SharedWorld;
use rehearsal::world::World;
use serde_json::{Value, json};
use std::fmt::Write;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What Lambda gives the function, MiB.
const MEMORY_MIB: u64 = 256;
/// Set in the process that is measured.
const MEASURED: &str = "CUTOVER_MEASURED";
/// Aliases of one distribution, distributions of one page, items in one page of the index.
const PER_DISTRIBUTION: usize = 100;
const PAGE: usize = 100;
const INDEX_PAGE: usize = 1_000;
const TIME: &str = "2026-12-01T02:00:00Z";
const ENDS: &str = "2027-12-01T00:00:00Z";

/// An account with this many distributions, whether the registry knows them or not.
#[derive(Debug)]
struct Account {
    distributions: usize,
    known: bool,
    pages: AtomicU64,
    writes: AtomicU64,
}

fn id(n: usize) -> String {
    format!("E{n:06}")
}

fn name(n: usize, alias: usize) -> String {
    format!("a{alias:03}.site{n:06}.of-a-long-name.example.com")
}

fn arn(n: usize) -> String {
    format!("arn:aws:acm:us-east-1:000000000001:certificate/{n:08}-0000-0000-0000-000000000000")
}

fn domain(n: usize) -> String {
    format!("d{n:012}.cloudfront.net")
}

impl Account {
    fn distributions(&self, from: usize) -> String {
        let to = (from + PAGE).min(self.distributions);
        let mut xml = String::from("<DistributionList>");
        if to < self.distributions {
            write!(xml, "<NextMarker>{to}</NextMarker>").unwrap();
        }
        write!(xml, "<Items>").unwrap();
        // What else a summary holds, which nobody needs.
        let rest = "x".repeat(3_000);
        for n in from..to {
            write!(xml, "<DistributionSummary><Id>{}</Id><DomainName>{}</DomainName><Enabled>true</Enabled>", id(n), domain(n)).unwrap();
            write!(xml, "<Comment>{rest}</Comment><Aliases><Quantity>{PER_DISTRIBUTION}</Quantity><Items>").unwrap();
            (0..PER_DISTRIBUTION).for_each(|alias| write!(xml, "<CNAME>{}</CNAME>", name(n, alias)).unwrap());
            write!(xml, "</Items></Aliases><ViewerCertificate><ACMCertificateArn>{}</ACMCertificateArn>", arn(n)).unwrap();
            write!(xml, "</ViewerCertificate></DistributionSummary>").unwrap();
        }
        xml + "</Items></DistributionList>"
    }

    fn certificates(&self, from: usize) -> Value {
        let to = (from + 1_000).min(self.distributions);
        let summary = |n: usize| json!({"CertificateArn": arn(n), "SubjectAlternativeNameSummaries": [format!("*.site{n:06}.of-a-long-name.example.com")], "NotAfter": 1_827_619_200});
        let mut page = json!({"CertificateSummaryList": (from..to).map(summary).collect::<Vec<_>>()});
        if to < self.distributions {
            page["NextToken"] = json!(to.to_string());
        }
        page
    }

    /// The `at`th item of the index: a distribution, then its aliases. As text, because two millions of them are asked for.
    fn item(&self, at: usize) -> String {
        let (n, alias) = (at / (PER_DISTRIBUTION + 1), at % (PER_DISTRIBUTION + 1));
        let (id, domain, arn) = (id(n), domain(n), arn(n));
        let seen =
            format!(r#""seenAt": {{"S": "{TIME}"}}, "seenBy": {{"S": "inventory"}}, "listedUnder": {{"S": "ACCOUNT#000000000001"}}"#);
        if alias == 0 {
            let names = format!(r#"{{"L": [{{"S": "*.site{n:06}.of-a-long-name.example.com"}}]}}"#);
            let certificate = format!(r#"{{"M": {{"arn": {{"S": "{arn}"}}, "names": {names}, "notAfter": {{"S": "{ENDS}"}}}}}}"#);
            return format!(
                r#"{{{seen}, "pk": {{"S": "DISTRIBUTION#{id}"}}, "sk": {{"S": "DISTRIBUTION"}}, "account": {{"S": "000000000001"}}, "distribution": {{"S": "{id}"}}, "domainName": {{"S": "{domain}"}}, "enabled": {{"BOOL": true}}, "aliasCount": {{"N": "{PER_DISTRIBUTION}"}}, "certificate": {certificate}, "listedAs": {{"S": "DISTRIBUTION#{id}"}}}}"#
            );
        }
        let name = name(n, alias - 1);
        let holder = format!(
            r#"{{"M": {{"account": {{"S": "000000000001"}}, "distribution": {{"S": "{id}"}}, "domainName": {{"S": "{domain}"}}, "certificateNotAfter": {{"S": "{ENDS}"}}}}}}"#
        );
        format!(
            r#"{{{seen}, "pk": {{"S": "ALIAS#{name}"}}, "sk": {{"S": "ALIAS"}}, "alias": {{"S": "{name}"}}, "state": {{"S": "owned"}}, "holder": {holder}, "listedAs": {{"S": "DISTRIBUTION#{id}#{name}"}}}}"#
        )
    }

    fn index(&self, from: usize) -> String {
        let all = if self.known { self.distributions * (PER_DISTRIBUTION + 1) } else { 0 };
        let to = (from + INDEX_PAGE).min(all);
        let items = (from..to).map(|at| self.item(at)).collect::<Vec<String>>().join(", ");
        let next = if to < all { format!(r#", "LastEvaluatedKey": {{"pk": {{"S": "{to}"}}}}"#) } else { String::new() };
        format!(r#"{{"Items": [{items}]{next}}}"#)
    }

    fn answer(&self, request: &http::Request<SdkBody>) -> String {
        let path = request.uri().path_and_query().unwrap().as_str();
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or(Value::Null);
        self.pages.fetch_add(1, Ordering::SeqCst);
        if path.starts_with("/2020-05-31/distribution-tenants") {
            return "<ListDistributionTenantsResult/>".to_owned();
        }
        if path.starts_with("/2020-05-31/distribution") {
            let marker = path.split("Marker=").nth(1).map_or(0, |rest| rest.split('&').next().unwrap().parse().unwrap());
            return self.distributions(marker);
        }
        match target.split('.').next_back().unwrap() {
            "ListCertificates" => self.certificates(body["NextToken"].as_str().map_or(0, |token| token.parse().unwrap())).to_string(),
            "Query" => self.index(body["ExclusiveStartKey"]["pk"]["S"].as_str().map_or(0, |from| from.parse().unwrap())),
            "BatchGetItem" => "{}".to_owned(),
            "TransactWriteItems" => {
                self.writes.fetch_add(1, Ordering::SeqCst);
                "{}".to_owned()
            }
            _ => {
                let credentials = "<AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>2026-12-01T03:00:00Z</Expiration>";
                format!(
                    "<AssumeRoleResponse><AssumeRoleResult><Credentials>{credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>"
                )
            }
        }
    }
}

#[derive(Debug, Clone)]
struct Pages(Arc<Account>);

impl HttpConnector for Pages {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = self.0.answer(&request.try_into_http1x().unwrap());
        let response = http::Response::builder().status(200).body(SdkBody::from(body)).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(response).unwrap()))
    }
}

impl HttpClient for Pages {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// One scan of an account; how many transactions it sent.
fn scan(distributions: usize, known: bool) -> u64 {
    let account = Arc::new(Account { distributions, known, pages: AtomicU64::new(0), writes: AtomicU64::new(0) });
    let world = World::new(json!({"now": TIME, "homeAccount": "000000000009", "accounts": []}), 1).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = VirtualClock::new(world.start);
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("A", "S", None, None, "made up")))
            .http_client(SharedHttpClient::new(Pages(account.clone())))
            .time_source(SharedTimeSource::new(clock.clone()))
            .build();
        let viewer = Audience::new(SharedWorld::new(world), clock);
        let id = "arn:aws:states:us-east-1:000000000009:execution:cutover-inventory:one";
        let input = json!({"account": "000000000001", "scan": {"id": id, "startedAt": TIME}});
        let done = functions::invoke(&config, &viewer, "scan_account", input).await.unwrap();
        assert_eq!(done["counts"]["aliases"], json!(distributions * PER_DISTRIBUTION));
        assert!(done.get("cursor").is_none());
    });
    account.writes.load(Ordering::SeqCst)
}

/// The most memory that this process has had, MiB.
fn most_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
#[cfg(target_os = "linux")]
fn a_million_aliases_fit_into_the_memory_of_a_function() {
    if std::env::var_os(MEASURED).is_none() {
        let this = ["--exact", "inventory::memory::a_million_aliases_fit_into_the_memory_of_a_function", "--nocapture"];
        let measured = Command::new(std::env::current_exe().unwrap()).args(this).env(MEASURED, "1").output().unwrap();
        assert!(measured.status.success(), "{}", String::from_utf8_lossy(&measured.stderr));
        return;
    }
    // A hundred accounts of a hundred distributions, one after the other in a warm function; all new in the first.
    assert!(scan(100, false) >= 200, "an alias and its difference are two actions of a hundred");
    for _ in 1..100 {
        assert_eq!(scan(100, true), 0);
    }
    assert_eq!(scan(10_000, true), 0, "a million in one account, and nothing to write");
    let most = most_mib();
    assert!(most < MEMORY_MIB, "{most} MiB");
    println!("{most} MiB");
}
