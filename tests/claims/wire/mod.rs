//! The real SDK clients, plugged into the simulated AWS, meet each refusal that it knows: code, message and HTTP
//! status as the facts give them, with retries off so that each is seen once. One question a module.

mod actors;
mod certificates;
mod conflicts;
mod continuous;
mod dns_check;
mod edge;
mod faults;
mod fidelity;
mod inventory_lists;
mod lists;
mod move_edge;
mod move_permissions;
mod moves;
mod public_dns;
mod quick;
mod rates;
mod reads;
mod record_sets;
mod registry;
mod registry_calls;
mod roles;
mod routing;
mod services;
mod settings;
mod tenants;
mod txt_proof;
mod uniqueness;
mod updates;

use aws_sdk_cloudfront::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudfront::operation::get_distribution::GetDistributionOutput;
use aws_sdk_cloudfront::types::{Aliases, DistributionConfig, DistributionResourceId, SslSupportMethod, ViewerCertificate};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use rehearsal::clock::VirtualClock;
use rehearsal::plug::{SharedWorld, sdk_config};
use rehearsal::wire::Request;
use rehearsal::world::World;
use serde_json::{Value, json};
use std::fmt::Debug;

/// The account of `E1OLD` and `E3OLD`.
const OLD: &str = "000000000001";
/// The account of `E2NEW`.
const NEW: &str = "000000000002";

/// HTTP status, code and a part of the message.
type Expected = (u16, &'static str, &'static str);
const TAKEN: Expected = (409, "CNAMEAlreadyExists", "are already associated with a different resource");
const MISDIRECTED: Expected =
    (409, "CNAMEAlreadyExists", "incorrectly configured DNS record that points to another CloudFront distribution");
const NO_PROOF: Expected = (400, "IllegalUpdate", "Invalid or missing alias DNS TXT records");
const SOURCE_ENABLED: Expected = (400, "IllegalUpdate", "Alias move is not allowed since the source distribution is enabled");
const THROTTLED: Expected = (400, "Throttling", "Rate exceeded");

/// What AWS said no with. The code is empty where the SDK found none.
#[derive(Debug)]
struct Refusal {
    status: u16,
    code: String,
    message: String,
    body: String,
}

trait Heard<T> {
    fn heard(self) -> Result<T, Refusal>;
}

impl<T, E: ProvideErrorMetadata> Heard<T> for Result<T, SdkError<E>> {
    fn heard(self) -> Result<T, Refusal> {
        self.map_err(|error| {
            let raw = error.raw_response();
            let body = raw.and_then(|raw| raw.body().bytes()).unwrap_or_default();
            Refusal {
                status: raw.map_or(0, |raw| raw.status().as_u16()),
                code: error.code().unwrap_or_default().to_owned(),
                message: error.message().unwrap_or_default().to_owned(),
                body: String::from_utf8_lossy(body).into_owned(),
            }
        })
    }
}

#[track_caller]
fn refused<T>(result: Result<T, Refusal>, expected: Expected, because: &str) -> Refusal {
    let Err(refusal) = result else { panic!("{because}: not refused, {expected:?} was expected") };
    let (status, code, message) = expected;
    assert_eq!((refusal.status, refusal.code.as_str()), (status, code), "{because}: {refusal:?}");
    assert!(refusal.message.contains(message), "{because}: {message:?} is not in {refusal:?}");
    refusal
}

#[track_caller]
fn accepted<T>(result: Result<T, Refusal>, because: &str) -> T {
    result.unwrap_or_else(|refusal| panic!("{because}: {refusal:?}"))
}

fn certificate(account: &str, id: &str, names: &[&str]) -> Value {
    json!({"arn": arn(account, id), "names": names})
}

fn arn(account: &str, id: &str) -> String {
    format!("arn:aws:acm:us-east-1:{account}:certificate/{id}")
}

fn distribution(id: &str, account: &str, aliases: &[&str]) -> Value {
    let domain = format!("{}.cloudfront.net", id.to_ascii_lowercase());
    json!({"id": id, "account": account, "domainName": domain, "aliases": aliases, "certificate": arn(account, "site")})
}

/// The proof that `name` may go to the distribution `to`.
fn proof(name: &str, to: &str) -> Value {
    let value = format!("\"{}.cloudfront.net\"", to.to_ascii_lowercase());
    json!({"name": name, "type": "TXT", "ttl": 60, "values": [value]})
}

fn cname(name: &str, to: &str) -> Value {
    json!({"name": name, "type": "CNAME", "ttl": 300, "values": [to]})
}

/// `E1OLD` lists a.foo.com; `E3OLD` of the same account and `E2NEW` of another list nothing. Every change is
/// everywhere after exactly 180 s, and CloudFront's rates are unlimited unless a claim is about them.
fn world(records: Value) -> Value {
    let names = ["foo.com", "*.foo.com"];
    json!({
        "now": "2026-12-01T02:00:00Z", "homeAccount": "000000000009",
        "accounts": [{"id": OLD}, {"id": NEW}],
        "certificates": [certificate(OLD, "site", &names), certificate(NEW, "site", &names)],
        "distributions": [distribution("E1OLD", OLD, &["a.foo.com"]), distribution("E2NEW", NEW, &[]), distribution("E3OLD", OLD, &[])],
        "hostedZones": [{"id": "Z1FOO", "account": OLD, "name": "foo.com", "records": records}],
        "edge": {"locations": 20, "propagation": {"model": "fixed", "seconds": 180}},
        "rules": {"cfRate": "unlimited"},
    })
}

/// The same world under another rule.
fn ruled(mut world: Value, rule: &str, value: Value) -> Value {
    world["rules"][rule] = value;
    world
}

/// The same world with one more certificate.
fn certified(mut world: Value, certificate: Value) -> Value {
    world["certificates"].as_array_mut().unwrap().push(certificate);
    world
}

/// A simulated AWS and a clock.
struct Aws {
    world: SharedWorld,
    clock: VirtualClock,
}

/// Makes a claim in `world`, in virtual time.
fn within(world: Value, claim: impl AsyncFnOnce(Aws)) {
    let world = World::new(world, 7).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = VirtualClock::new(world.start);
        claim(Aws { world: SharedWorld::new(world), clock }).await;
    });
}

fn administrator(account: &str) -> String {
    format!("AKIA{account}")
}

impl Aws {
    fn config(&self, access_key: &str) -> aws_types::SdkConfig {
        sdk_config(&self.world, self.clock.clone(), access_key).into_builder().retry_config(RetryConfig::disabled()).build()
    }

    fn cloudfront(&self, account: &str) -> aws_sdk_cloudfront::Client {
        aws_sdk_cloudfront::Client::new(&self.config(&administrator(account)))
    }

    fn route53(&self) -> aws_sdk_route53::Client {
        aws_sdk_route53::Client::new(&self.config(&administrator(OLD)))
    }

    /// CloudFront, as the administrator of the account that owns `distribution`.
    fn owner_of(&self, distribution: &str) -> aws_sdk_cloudfront::Client {
        self.cloudfront(if distribution == "E2NEW" { NEW } else { OLD })
    }

    async fn wait(&self, seconds: i64) {
        self.clock.sleep(seconds * 1000).await;
    }

    async fn get(&self, id: &str) -> Result<GetDistributionOutput, Refusal> {
        self.owner_of(id).get_distribution().id(id).send().await.heard()
    }

    async fn status(&self, id: &str) -> String {
        self.get(id).await.unwrap().distribution().unwrap().status().to_owned()
    }

    async fn aliases(&self, id: &str) -> Vec<String> {
        let config = self.read(id).await.0;
        config.aliases().map(|aliases| aliases.items().to_vec()).unwrap_or_default()
    }

    /// Config and ETag.
    async fn read(&self, id: &str) -> (DistributionConfig, String) {
        let answer = self.owner_of(id).get_distribution_config().id(id).send().await.heard().unwrap();
        (answer.distribution_config().unwrap().clone(), answer.e_tag().unwrap().to_owned())
    }

    /// Sends `config`; its answer's ETag.
    async fn send(&self, id: &str, config: DistributionConfig, etag: Option<&str>) -> Result<String, Refusal> {
        let request = self.owner_of(id).update_distribution().id(id).set_if_match(etag.map(str::to_owned));
        request.distribution_config(config).send().await.heard().map(|answer| answer.e_tag().unwrap().to_owned())
    }

    /// Reads, edits and sends.
    async fn edit(&self, id: &str, edit: impl FnOnce(&mut DistributionConfig)) -> Result<String, Refusal> {
        let (mut config, etag) = self.read(id).await;
        edit(&mut config);
        self.send(id, config, Some(&etag)).await
    }

    /// Gives `id` these aliases instead of its own.
    async fn list_aliases(&self, id: &str, aliases: &[String]) -> Result<String, Refusal> {
        let quantity = i32::try_from(aliases.len()).unwrap();
        let list = Aliases::builder().quantity(quantity).set_items(Some(aliases.to_vec())).build().unwrap();
        self.edit(id, |config| config.aliases = Some(list)).await
    }

    async fn add(&self, id: &str, alias: &str) -> Result<String, Refusal> {
        let mut aliases = self.aliases(id).await;
        aliases.push(alias.to_owned());
        self.list_aliases(id, &aliases).await
    }

    async fn remove(&self, id: &str, alias: &str) -> Result<String, Refusal> {
        let mut aliases = self.aliases(id).await;
        aliases.retain(|listed| listed != alias);
        self.list_aliases(id, &aliases).await
    }

    /// `UpdateDomainAssociation` by the owner of the distribution `to`; the new ETag.
    async fn associate(&self, alias: &str, to: &str, etag: Option<&str>) -> Result<String, Refusal> {
        let target = DistributionResourceId::builder().distribution_id(to).build();
        let request = self.owner_of(to).update_domain_association().domain(alias).target_resource(target);
        let answer = request.set_if_match(etag.map(str::to_owned)).send().await.heard()?;
        assert_eq!((answer.domain(), answer.resource_id()), (Some(alias), Some(to)), "the answer names what was moved where");
        Ok(answer.e_tag().unwrap().to_owned())
    }

    /// `AssociateAlias` by the owner of `to`.
    async fn associate_alias(&self, alias: &str, to: &str) -> Result<(), Refusal> {
        self.owner_of(to).associate_alias().target_distribution_id(to).alias(alias).send().await.heard().map(|_| ())
    }

    /// Gives a TXT set these values, or deletes it with none; returns once that is in sync.
    async fn write_txt(&self, name: &str, values: &[&str]) {
        let listed = self.route53().list_resource_record_sets().hosted_zone_id("Z1FOO").send().await.unwrap();
        let old = listed.resource_record_sets().iter().find(|set| set.name().replace("\\052", "*") == format!("{name}."));
        let values =
            values.iter().map(|value| ResourceRecord::builder().value(format!("\"{value}\"")).build().unwrap()).collect::<Vec<_>>();
        let set = ResourceRecordSet::builder().name(name).r#type(RrType::Txt).ttl(60).set_resource_records(Some(values.clone()));
        let (action, set) = match old {
            Some(old) if values.is_empty() => (ChangeAction::Delete, old.clone()),
            _ => (ChangeAction::Upsert, set.build().unwrap()),
        };
        let change = Change::builder().action(action).resource_record_set(set).build().unwrap();
        let batch = ChangeBatch::builder().changes(change).build().unwrap();
        let request = self.route53().change_resource_record_sets().hosted_zone_id("Z1FOO").change_batch(batch);
        accepted(request.send().await.heard(), "writing a TXT set");
        let in_sync = self.world.lock().zones["Z1FOO"].changes.values().map(|(_, in_sync)| *in_sync).max().unwrap();
        self.clock.sleep(in_sync - self.clock.now()).await;
    }

    async fn disable(&self, id: &str) {
        accepted(self.edit(id, |config| config.enabled = false).await, "disabling");
    }

    async fn attach(&self, id: &str, certificate: &str) -> Result<String, Refusal> {
        let viewer = ViewerCertificate::builder().acm_certificate_arn(certificate).ssl_support_method(SslSupportMethod::SniOnly).build();
        self.edit(id, |config| config.viewer_certificate = Some(viewer)).await
    }

    /// A config's XML as it travels, which the typed client does not show.
    fn xml(&self, id: &str) -> String {
        let key = administrator(if id == "E2NEW" { NEW } else { OLD });
        let signature = format!("AWS4-HMAC-SHA256 Credential={key}/20261201/us-east-1/cloudfront/aws4_request, Signature=0");
        let headers = [("authorization".to_owned(), signature)].into();
        let request = Request::new("GET", &format!("/2020-05-31/distribution/{id}/config"), headers, vec![]);
        rehearsal::service::answer(&mut self.world.lock(), &request, self.clock.now()).body
    }

    /// Sends `xml` as the config, whatever it is.
    async fn send_xml(&self, id: &str, xml: String) -> Result<(), Refusal> {
        let (config, etag) = self.read(id).await;
        let request = self.owner_of(id).update_distribution().id(id).if_match(etag).distribution_config(config).customize();
        let replaced = request.mutate_request(move |request| {
            request.headers_mut().insert("content-length", xml.len().to_string());
            *request.body_mut() = SdkBody::from(xml.clone());
        });
        replaced.send().await.heard().map(|_| ())
    }
}
