//! Reading one distribution or tenant, and updating one distribution. The update sends the config just read, with its
//! ETag, differing in the named aliases or in `Enabled` only (I4), and compares AWS's answer with what was sent. Must not
//! know why.

use crate::accounts::Accounts;
use crate::answer::{Answer, Failure, Meaning};
use crate::distribution_config::{ConfigError, ConfigText};
use aws_sdk_cloudfront::types::{DistributionConfig, DistributionResourceId, DomainResult, DomainStatus};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use cutover::error_name::ErrorName;
use cutover::ids::{DistributionId, Place};
use cutover::name::Alias;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

const UPDATE: &str = "cloudfront:UpdateDistribution";

/// The state of a distribution or a tenant, as its own read call tells it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) etag: Option<String>,
    /// For a tenant its connection group's endpoint (TXT-4, DT-12).
    pub(crate) domain_name: String,
    /// For a tenant its connection group's, where its own is `Deployed`.
    pub(crate) status: String,
    /// For a tenant: whether its connection group is, too.
    pub(crate) enabled: bool,
    pub(crate) ipv6: bool,
    /// Its own certificate of ACM. A tenant without one serves its distribution's.
    pub(crate) certificate_arn: Option<String>,
    aliases: Vec<String>,
    pub(crate) kind: Kind,
}

/// What only one of the two has.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Boxed, because a config is large.
    Distribution(Box<Details>),
    /// A tenant, and the distribution that it belongs to.
    Tenant(Option<DistributionId>),
}

/// What only a distribution has.
#[derive(Debug, Clone)]
pub(crate) struct Details {
    /// As the SDK's types know it.
    pub(crate) config: DistributionConfig,
    /// The answer, with all that they do not know (CFG-6).
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// Whether every edge has its newest config.
    pub(crate) fn is_deployed(&self) -> bool {
        self.status == "Deployed"
    }

    /// Its aliases, in lower case; of a tenant those that serve.
    pub(crate) fn aliases(&self) -> Vec<String> {
        self.aliases.clone()
    }

    /// Whether it lists `alias`.
    pub(crate) fn lists(&self, alias: &Alias) -> bool {
        self.aliases.iter().any(|name| name == alias.as_str())
    }
}

/// A distribution's config with the version that an update must name.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) etag: String,
    pub(crate) text: ConfigText,
    typed: DistributionConfig,
}

impl Config {
    /// Its aliases.
    pub(crate) fn aliases(&self) -> BTreeSet<String> {
        self.text.aliases().into_iter().collect()
    }

    /// The aliases it would have with `add` and without `remove`; `None` where it has exactly these.
    pub(crate) fn aliases_after(&self, add: &[Alias], remove: &[Alias]) -> Option<BTreeSet<String>> {
        let before = self.aliases();
        let mut after = before.clone();
        after.extend(add.iter().map(|alias| alias.to_string()));
        for alias in remove {
            after.remove(alias.as_str());
        }
        (after != before).then_some(after)
    }
}

/// Reads status, domain name, aliases and settings of a distribution or tenant.
pub(crate) async fn look(accounts: &Accounts<'_>, place: &Place) -> Result<Seen, Answer> {
    if place.distribution.is_tenant() { look_at_tenant(accounts, place).await } else { look_at_distribution(accounts, place).await }
}

async fn look_at_distribution(accounts: &Accounts<'_>, place: &Place) -> Result<Seen, Answer> {
    let client = accounts.cloudfront(&place.account).await.map_err(unreachable)?;
    let body = KeepBody::default();
    let answer = client
        .get_distribution()
        .id(place.distribution.as_str())
        .customize()
        .interceptor(body.clone())
        .send()
        .await
        .map_err(|error| Answer::of("cloudfront:GetDistribution", &error))?;
    let distribution = answer.distribution.ok_or_else(|| incomplete("cloudfront:GetDistribution"))?;
    let config = distribution.distribution_config.ok_or_else(|| incomplete("cloudfront:GetDistribution"))?;
    let items = config.aliases().map(|aliases| aliases.items()).unwrap_or_default();
    let certificate = config.viewer_certificate().and_then(|certificate| certificate.acm_certificate_arn());
    Ok(Seen {
        etag: answer.e_tag,
        domain_name: distribution.domain_name.to_ascii_lowercase(),
        status: distribution.status,
        enabled: config.enabled(),
        ipv6: config.is_ipv6_enabled().unwrap_or(false),
        certificate_arn: certificate.filter(|arn| !arn.is_empty()).map(str::to_owned),
        aliases: items.iter().map(|alias| alias.to_ascii_lowercase()).collect(),
        kind: Kind::Distribution(Box::new(Details { config, body: body.take() })),
    })
}

/// A tenant has no domain name of its own: viewers reach it at its connection group's endpoint, which is what proofs and
/// record sets name (TXT-4).
async fn look_at_tenant(accounts: &Accounts<'_>, place: &Place) -> Result<Seen, Answer> {
    let client = accounts.cloudfront(&place.account).await.map_err(unreachable)?;
    let answer = client
        .get_distribution_tenant()
        .identifier(place.distribution.as_str())
        .send()
        .await
        .map_err(|error| Answer::of("cloudfront:GetDistributionTenant", &error))?;
    let tenant = answer.distribution_tenant.ok_or_else(|| incomplete("cloudfront:GetDistributionTenant"))?;
    let group_id = tenant.connection_group_id().ok_or_else(|| incomplete("cloudfront:GetDistributionTenant"))?;
    let group = client
        .get_connection_group()
        .identifier(group_id)
        .send()
        .await
        .map_err(|error| Answer::of("cloudfront:GetConnectionGroup", &error))?
        .connection_group
        .ok_or_else(|| incomplete("cloudfront:GetConnectionGroup"))?;
    let statuses = [tenant.status().unwrap_or("Unknown"), group.status().unwrap_or("Deployed")];
    let certificate = tenant.customizations().and_then(|customizations| customizations.certificate());
    Ok(Seen {
        etag: answer.e_tag,
        domain_name: group.routing_endpoint().unwrap_or_default().to_ascii_lowercase(),
        status: statuses.into_iter().find(|status| *status != "Deployed").unwrap_or("Deployed").to_owned(),
        enabled: tenant.enabled() == Some(true) && group.enabled() != Some(false),
        ipv6: group.ipv6_enabled() == Some(true),
        certificate_arn: certificate.map(|certificate| certificate.arn().to_owned()),
        aliases: serving(tenant.domains()),
        kind: Kind::Tenant(tenant.distribution_id().and_then(|id| DistributionId::parse(id).ok())),
    })
}

/// A domain that waits for its certificate is on the tenant and served by nobody (DT-12).
pub(crate) fn serving(domains: &[DomainResult]) -> Vec<String> {
    let serves = |domain: &&DomainResult| domain.status() != Some(&DomainStatus::Inactive);
    domains.iter().filter(serves).map(|domain| domain.domain().to_ascii_lowercase()).collect()
}

/// How the calls that take either name a distribution or a tenant (MV-1, DSC-1).
pub(crate) fn resource_id(place: &Place) -> DistributionResourceId {
    let id = place.distribution.as_str();
    let builder = DistributionResourceId::builder();
    if place.distribution.is_tenant() { builder.distribution_tenant_id(id).build() } else { builder.distribution_id(id).build() }
}

/// Reads the config as it is written, with its ETag.
pub(crate) async fn read_config(accounts: &Accounts<'_>, place: &Place) -> Result<Config, Answer> {
    let client = accounts.cloudfront(&place.account).await.map_err(unreachable)?;
    let body = KeepBody::default();
    let answer = client
        .get_distribution_config()
        .id(place.distribution.as_str())
        .customize()
        .interceptor(body.clone())
        .send()
        .await
        .map_err(|error| Answer::of("cloudfront:GetDistributionConfig", &error))?;
    let text = ConfigText::parse(&body.take())
        .map_err(|error| Answer { meaning: Meaning::Unlisted, text: format!("cloudfront:GetDistributionConfig: {error}") })?;
    let none = || incomplete("cloudfront:GetDistributionConfig");
    let etag = answer.e_tag.ok_or_else(none)?;
    let typed = answer.distribution_config.ok_or_else(none)?;
    Ok(Config { etag, text, typed })
}

/// An update that is ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    place: Place,
    etag: String,
    text: ConfigText,
    typed: DistributionConfig,
    /// What it changes, for whoever reads the registry.
    differs: String,
}

/// Why an update did not do what it should.
#[derive(Debug, Clone)]
pub(crate) enum UpdateError {
    /// AWS answered with an error, or not at all.
    Answered(Answer),
    /// AWS took it, and its answer is not what was sent (CFG-7).
    Differs(String),
    /// Nothing was sent, for a reason of our own.
    Unsent(Failure),
}

impl From<Failure> for UpdateError {
    fn from(failure: Failure) -> Self {
        UpdateError::Unsent(failure)
    }
}

impl UpdateError {
    pub(crate) fn failure(&self) -> Failure {
        match self {
            UpdateError::Answered(answer) => answer.failure(),
            UpdateError::Differs(how) => Failure::new(ErrorName::ConfigDiffers, how.clone()),
            UpdateError::Unsent(failure) => failure.clone(),
        }
    }
}

impl Update {
    /// `config` of `place`, with `aliases` instead of its own.
    pub(crate) fn prepare(place: &Place, config: &Config, aliases: &BTreeSet<String>) -> Result<Self, Failure> {
        let before: BTreeSet<String> = config.text.aliases().into_iter().collect();
        let added = aliases.difference(&before).map(|alias| format!("+{alias}"));
        let removed = before.difference(aliases).map(|alias| format!("-{alias}"));
        let differs = removed.chain(added).collect::<Vec<String>>().join(" ");
        Self::of(place, config, config.text.with_aliases(aliases), differs)
    }

    /// `config` of `place`, serving or not.
    pub(crate) fn enabling(place: &Place, config: &Config, enabled: bool) -> Result<Self, Failure> {
        Self::of(place, config, config.text.with_enabled(enabled), format!("enabled {enabled}"))
    }

    fn of(place: &Place, config: &Config, text: Result<ConfigText, ConfigError>, differs: String) -> Result<Self, Failure> {
        let text = text.map_err(|error| Failure::new(ErrorName::UnknownAnswer, error.to_string()))?;
        Ok(Self { place: place.clone(), etag: config.etag.clone(), text, typed: config.typed.clone(), differs })
    }

    /// Sends it.
    pub(crate) async fn send(&self, accounts: &Accounts<'_>) -> Result<(), UpdateError> {
        let client = accounts.cloudfront(&self.place.account).await.map_err(unreachable).map_err(UpdateError::Answered)?;
        let text = self.text.as_str().to_owned();
        let body = KeepBody::default();
        let call = client
            .update_distribution()
            .id(self.place.distribution.as_str())
            .if_match(&self.etag)
            .distribution_config(self.typed.clone())
            .customize()
            .mutate_request(move |request| {
                let length = text.len().to_string();
                *request.body_mut() = SdkBody::from(text.clone());
                request.headers_mut().insert("content-length", length);
            })
            .interceptor(body.clone());
        let sent = async { call.send().await.map_err(|error| Answer::of(UPDATE, &error)) };
        let what = format!("{UPDATE} {} in {}: {}", self.place.distribution, self.place.account, self.differs);
        let written = accounts.write(&what, sent).await.inspect_err(|answer| accounts.count_taken(&self.place.account, answer));
        written.map_err(UpdateError::Answered)?;
        match self.text.differs_from_answer(&body.take()) {
            None => Ok(()),
            Some(how) => Err(UpdateError::Differs(format!(
                "{} took the update and answered with another config: {how}. Compare it with its history before going on",
                self.place.distribution
            ))),
        }
    }
}

fn incomplete(operation: &str) -> Answer {
    Answer { meaning: Meaning::Unlisted, text: format!("{operation}: an answer without the distribution") }
}

/// A role that cannot be assumed stands for the call that needed it.
pub(crate) fn unreachable(failure: Failure) -> Answer {
    let meaning = match failure.name {
        ErrorName::AccessDenied => Meaning::Denied,
        ErrorName::Throttled => Meaning::Throttled,
        ErrorName::Unavailable => Meaning::Unknown,
        _ => Meaning::Unlisted,
    };
    Answer { meaning, text: failure.message }
}

/// Keeps the answer's body, which the typed output has lost.
#[derive(Debug, Clone, Default)]
struct KeepBody(Arc<Mutex<Vec<u8>>>);

impl KeepBody {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for KeepBody {
    fn name(&self) -> &'static str {
        "KeepBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = body.to_vec();
        Ok(())
    }
}
