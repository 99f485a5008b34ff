//! One distribution: its config as text, and every version of it on its way to the edge. A tenant is kept as one
//! too, marked, so that uniqueness, the edge and the moves are one code for both. Must not know which request made
//! a version.

use super::input::{DistributionInput, TenantInput};
use super::names::normal;
use super::{Millis, World};
use quick_xml::escape::escape;
use std::collections::{BTreeMap, BTreeSet};

/// A distribution of the simulated CloudFront.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// `E…`, or `dt_…` of a tenant.
    pub id: String,
    /// The multi-tenant distribution of a tenant; `None` for a distribution.
    pub tenant_of: Option<String>,
    /// Whether it is a multi-tenant distribution, which holds no names itself (W-6).
    pub tenant_only: bool,
    /// The connection group of a tenant.
    pub connection_group: Option<String>,
    /// The name of a tenant.
    pub tenant_name: Option<String>,
    /// The owning account.
    pub account: String,
    /// Lower case. A tenant's is the endpoint of its connection group (TXT-4).
    pub domain_name: String,
    /// The children of its `<DistributionConfig>`, as text, without `<Aliases>` resolved anew each time.
    pub config: String,
    /// Version of the config, as clients name it.
    pub etag: String,
    /// The one before, for stale reads.
    pub previous: Option<(String, String)>,
    /// Oldest first; the first was there at the beginning.
    pub versions: Vec<Version>,
    /// What its origin answers.
    pub origin_status: u16,
    /// Headers of that answer.
    pub origin_headers: BTreeMap<String, String>,
    /// As it was given.
    pub given: DistributionInput,
}

/// One accepted config, as far as the edge cares.
#[derive(Debug, Clone)]
pub struct Version {
    /// When it was accepted.
    pub accepted: Millis,
    /// When each location has it.
    pub arrivals: Vec<Millis>,
    /// Lower case.
    pub aliases: BTreeSet<String>,
    /// Whether it serves.
    pub enabled: bool,
    /// ARN of its certificate.
    pub certificate: Option<String>,
}

impl Version {
    /// When every location has it.
    pub fn deployed(&self) -> Millis {
        self.arrivals.iter().copied().max().unwrap_or(self.accepted)
    }

    /// What a distribution reports while this is the version that it shows.
    pub fn status(&self, now: Millis) -> &'static str {
        if self.deployed() <= now { "Deployed" } else { "InProgress" }
    }
}

impl Distribution {
    /// As a world gives it.
    pub fn new(given: &DistributionInput, world: &mut World) -> Self {
        let id = given.id.clone();
        let start = world.start;
        let arrivals = if given.status == "Deployed" {
            vec![Millis::MIN; world.input.edge.locations]
        } else {
            world.lags(&id, 0).into_iter().map(|lag| start + lag).collect()
        };
        let aliases: BTreeSet<String> = given.aliases.iter().map(|alias| normal(alias)).collect();
        let version = Version { accepted: start, arrivals, aliases, enabled: given.enabled, certificate: world.shown_certificate(given) };
        let tenant_only = world.input.tenants.iter().any(|tenant| tenant.distribution == id);
        let config = config_text(given, world.rules.inject_unknown_element, tenant_only);
        Self {
            tenant_of: None,
            connection_group: None,
            tenant_name: None,
            tenant_only,
            account: world.input.owner(given),
            domain_name: normal(&given.domain_name),
            // A world with a setting that cannot be does not begin.
            config: super::settings::with(&config, &given.settings).unwrap_or(config),
            etag: world.new_id("E"),
            previous: None,
            versions: vec![version],
            origin_status: given.origin.status,
            origin_headers: given.origin.headers.clone(),
            given: given.clone(),
            id,
        }
    }

    /// A tenant as a world gives it. The origin of its multi-tenant distribution answers for it.
    pub fn tenant(given: &TenantInput, world: &mut World) -> Self {
        let parent = world.distributions.get(&given.distribution).map(|parent| parent.given.origin.clone());
        let as_distribution = DistributionInput {
            id: given.id.clone(),
            account: given.account.clone(),
            service: None,
            account_suffix: None,
            domain_name: given.endpoint.clone(),
            aliases: given.domains.clone(),
            enabled: given.enabled,
            status: given.status.clone(),
            ipv6: true,
            origin: parent.unwrap_or_default(),
            certificate: given.certificate.clone(),
            iam_certificate: None,
            iam_certificate_names: vec![],
            staging: false,
            continuous_deployment_policy: None,
            comment: None,
            settings: BTreeMap::new(),
            extra_xml: None,
        };
        let endpoint = normal(&given.endpoint);
        let group = world.connection_groups.values().find(|group| normal(&group.endpoint) == endpoint);
        Self {
            connection_group: group.map(|group| group.id.clone()),
            tenant_name: Some(given.name.clone().unwrap_or_else(|| given.id.clone())),
            tenant_of: Some(given.distribution.clone()),
            ..Self::new(&as_distribution, world)
        }
    }

    /// As IAM names it (IAM-6).
    pub fn arn(&self) -> String {
        let kind = if self.tenant_of.is_some() { "distribution-tenant" } else { "distribution" };
        format!("arn:aws:cloudfront::{}:{kind}/{}", self.account, self.id)
    }

    /// The newest version.
    pub fn newest(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// Whether its newest config lists `alias`.
    pub fn lists(&self, alias: &str) -> bool {
        self.newest().is_some_and(|version| version.aliases.contains(alias))
    }

    /// `Deployed` once every location has the newest version (CF-12).
    pub fn status(&self, now: Millis) -> &'static str {
        self.newest().map_or("Deployed", |version| version.status(now))
    }

    /// The version that `location` has at `at`. Versions arrive in order (CF-9).
    pub fn version_at(&self, location: usize, at: Millis) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.arrivals.get(location).is_some_and(|arrival| *arrival <= at))
    }

    /// Until when `alias`, which the newest config does not list, still counts as this distribution's (SW-6): until
    /// the distribution is deployed for the first time since the removal. A later edit does not take the name back.
    pub fn held_until(&self, alias: &str) -> Option<Millis> {
        let listed = self.versions.iter().rposition(|version| version.aliases.contains(alias))?;
        let since = self.versions.get(listed + 1..)?;
        let mut pairs = since.iter().zip(since.iter().skip(1));
        let settled = pairs.find(|(version, next)| version.deployed() <= next.accepted).map(|(version, _)| version);
        settled.or(since.last()).map(Version::deployed)
    }

    /// Takes a new version to the edge. Each location gets it after its own lag, and never before the one before.
    pub fn accept(&mut self, now: Millis, lags: Vec<Millis>, aliases: BTreeSet<String>, enabled: bool, certificate: Option<String>) {
        let before: &[Millis] = self.versions.last().map_or(&[], |version| version.arrivals.as_slice());
        let arrivals = lags
            .into_iter()
            .enumerate()
            .map(|(location, lag)| (now + lag).max(before.get(location).copied().unwrap_or(Millis::MIN)))
            .collect();
        self.versions.push(Version { accepted: now, arrivals, aliases, enabled, certificate });
    }
}

/// An `<Aliases>` element. CloudFront keeps its own order: sorted here, whatever was sent.
pub fn aliases_element(aliases: &BTreeSet<String>) -> String {
    if aliases.is_empty() {
        return "<Aliases><Quantity>0</Quantity></Aliases>".to_owned();
    }
    let items: String = aliases.iter().map(|alias| format!("<CNAME>{}</CNAME>", escape(alias.as_str()))).collect();
    format!("<Aliases><Quantity>{}</Quantity><Items>{items}</Items></Aliases>", aliases.len())
}

/// A `<ViewerCertificate>` element; of a certificate in IAM's store by its id (ACM-8).
fn certificate_element(given: &DistributionInput) -> String {
    let Some(key) = given.certificate_key() else {
        return "<ViewerCertificate><CloudFrontDefaultCertificate>true</CloudFrontDefaultCertificate><MinimumProtocolVersion>TLSv1</MinimumProtocolVersion>\
                <CertificateSource>cloudfront</CertificateSource></ViewerCertificate>"
            .to_owned();
    };
    let (element, source) = if given.certificate.is_some() { ("ACMCertificateArn", "acm") } else { ("IAMCertificateId", "iam") };
    format!(
        "<ViewerCertificate><CloudFrontDefaultCertificate>false</CloudFrontDefaultCertificate><{element}>{key}</{element}>\
         <SSLSupportMethod>sni-only</SSLSupportMethod><MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion>\
         <Certificate>{key}</Certificate><CertificateSource>{source}</CertificateSource></ViewerCertificate>",
        key = escape(key.as_str())
    )
}

/// A full config, in the order of W-5. Every element that an update must send is there (CFG-3).
pub(super) fn config_text(given: &DistributionInput, inject: bool, tenant_only: bool) -> String {
    let aliases: BTreeSet<String> = given.aliases.iter().map(|alias| normal(alias)).collect();
    let certificate = certificate_element(given);
    let origin = format!("{}.origin.example", given.id.to_ascii_lowercase());
    let unknown = if inject { "<NotYetKnown><Quantity>1</Quantity><Items><Setting>kept</Setting></Items></NotYetKnown>" } else { "" };
    format!(
        "<CallerReference>{id}-reference</CallerReference>{aliases}<DefaultRootObject>index.html</DefaultRootObject>\
         <Origins><Quantity>1</Quantity><Items><Origin><Id>site</Id><DomainName>{origin}</DomainName><OriginPath></OriginPath>\
         <CustomHeaders><Quantity>0</Quantity></CustomHeaders><CustomOriginConfig><HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort>\
         <OriginProtocolPolicy>https-only</OriginProtocolPolicy><OriginSslProtocols><Quantity>1</Quantity><Items><SslProtocol>TLSv1.2</SslProtocol></Items></OriginSslProtocols>\
         <OriginReadTimeout>30</OriginReadTimeout><OriginKeepaliveTimeout>5</OriginKeepaliveTimeout></CustomOriginConfig>\
         <ConnectionAttempts>3</ConnectionAttempts><ConnectionTimeout>10</ConnectionTimeout></Origin></Items></Origins>\
         <OriginGroups><Quantity>0</Quantity></OriginGroups>\
         <DefaultCacheBehavior><TargetOriginId>site</TargetOriginId><TrustedSigners><Enabled>false</Enabled><Quantity>0</Quantity></TrustedSigners>\
         <TrustedKeyGroups><Enabled>false</Enabled><Quantity>0</Quantity></TrustedKeyGroups><ViewerProtocolPolicy>redirect-to-https</ViewerProtocolPolicy>\
         <AllowedMethods><Quantity>2</Quantity><Items><Method>HEAD</Method><Method>GET</Method></Items>\
         <CachedMethods><Quantity>2</Quantity><Items><Method>HEAD</Method><Method>GET</Method></Items></CachedMethods></AllowedMethods>\
         <SmoothStreaming>false</SmoothStreaming><Compress>true</Compress><LambdaFunctionAssociations><Quantity>0</Quantity></LambdaFunctionAssociations>\
         <FunctionAssociations><Quantity>0</Quantity></FunctionAssociations><FieldLevelEncryptionId></FieldLevelEncryptionId>\
         <CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId></DefaultCacheBehavior>\
         <CacheBehaviors><Quantity>0</Quantity></CacheBehaviors><CustomErrorResponses><Quantity>0</Quantity></CustomErrorResponses>\
         <Comment>{comment}</Comment><Logging><Enabled>false</Enabled><IncludeCookies>false</IncludeCookies><Bucket></Bucket><Prefix></Prefix></Logging>\
         <PriceClass>PriceClass_All</PriceClass><Enabled>{enabled}</Enabled>{certificate}\
         <Restrictions><GeoRestriction><RestrictionType>none</RestrictionType><Quantity>0</Quantity></GeoRestriction></Restrictions>\
         <WebACLId></WebACLId><HttpVersion>http2and3</HttpVersion><IsIPV6Enabled>{ipv6}</IsIPV6Enabled>\
         <ContinuousDeploymentPolicyId>{policy}</ContinuousDeploymentPolicyId><Staging>{staging}</Staging>{mode}{extra}{unknown}",
        id = given.id,
        aliases = aliases_element(&aliases),
        comment = escape(given.comment.as_deref().unwrap_or("")),
        enabled = given.enabled,
        ipv6 = given.ipv6,
        policy = escape(given.continuous_deployment_policy.as_deref().unwrap_or("")),
        staging = given.staging,
        mode = if tenant_only { "<ConnectionMode>tenant-only</ConnectionMode>" } else { "" },
        extra = given.extra_xml.as_deref().unwrap_or(""),
    )
}
