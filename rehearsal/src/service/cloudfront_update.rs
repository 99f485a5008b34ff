//! `UpdateDistribution` and its refusals, in the order in which they come. Other writers of the world pass
//! through the same checks. Must not know what an update is for.

use super::cloudfront_read::{find, newest_xml};
use crate::wire::{Reply, Request};
use crate::world::distribution::{Distribution, aliases_element};
use crate::world::iam::Session;
use crate::world::names::{certified, is_alias, wildcard_catches};
use crate::world::rules::{NameRelease, StaleEtagError};
use crate::world::{Millis, World};
use quick_xml::escape::escape;
use roxmltree::{Document, Node};
use std::collections::BTreeSet;

/// What an update must send, beyond the model's own requirements (CFG-3).
const REQUIRED: [&str; 13] = [
    "CallerReference",
    "Aliases",
    "DefaultRootObject",
    "Origins",
    "DefaultCacheBehavior",
    "CacheBehaviors",
    "CustomErrorResponses",
    "Logging",
    "PriceClass",
    "ViewerCertificate",
    "Restrictions",
    "WebACLId",
    "HttpVersion",
];

/// CNAMEAlreadyExists A and B (§7).
pub(super) const TAKEN: &str = "One or more of the CNAMEs you provided are already associated with a different resource.";
pub(super) const MISDIRECTED: &str = "One or more aliases specified for the distribution includes an incorrectly configured DNS record that points to another CloudFront distribution. \
     You must update the DNS record to correct the problem.";
pub(super) const TOO_MANY: &str = "Your request contains more CNAMEs than are allowed per distribution.";
/// Reported where an update, of whatever, meets a continuous deployment policy.
pub(super) const CONTINUOUS: &str = "One or more fields updated are not supported for continuous deployment.";
pub(super) const NO_CERTIFICATE: &str = "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.";

pub(super) fn refuse(status: u16, code: &str, message: &str) -> Reply {
    Reply::cloudfront_error(status, code, message)
}

/// A config that somebody wants a distribution to have.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its aliases.
    pub aliases: BTreeSet<String>,
    /// Whether it serves.
    pub enabled: bool,
    /// ARN of its certificate.
    pub certificate: Option<String>,
    /// The children of `<DistributionConfig>`, as text.
    pub config: String,
}

impl Wanted {
    /// What a distribution has.
    pub fn newest(distribution: &Distribution) -> Option<Self> {
        let newest = distribution.newest()?;
        Some(Self {
            aliases: newest.aliases.clone(),
            enabled: newest.enabled,
            certificate: newest.certificate.clone(),
            config: distribution.config.clone(),
        })
    }

    /// Enables or disables, in the text too.
    pub fn set_enabled(&mut self, enabled: bool) {
        self.enabled = enabled;
        self.replace("Enabled", &format!("<Enabled>{enabled}</Enabled>"));
    }

    /// Another certificate, in the text too.
    pub fn set_certificate(&mut self, arn: &str) {
        self.certificate = Some(arn.to_owned());
        let element = if arn.starts_with("arn:") { "ACMCertificateArn" } else { "IAMCertificateId" };
        let arn = escape(arn);
        self.replace(
            "ViewerCertificate",
            &format!(
                "<ViewerCertificate><{element}>{arn}</{element}><SSLSupportMethod>sni-only</SSLSupportMethod>\
                 <MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion></ViewerCertificate>"
            ),
        );
    }

    /// Another comment.
    pub fn set_comment(&mut self, comment: &str) {
        self.replace("Comment", &format!("<Comment>{}</Comment>", escape(comment)));
    }

    fn replace(&mut self, element: &str, by: &str) {
        if let Some(changed) = replaced(&self.config, element, by) {
            self.config = changed;
        }
    }
}

/// The text of the first element called `name` in `xml`; empty where there is none.
pub fn text_of(xml: &str, name: &str) -> String {
    let wrapped = if xml.trim_start().starts_with("<?xml") { xml.to_owned() } else { format!("<x>{xml}</x>") };
    let Ok(document) = Document::parse(&wrapped) else { return String::new() };
    let found = document.descendants().find(|node| node.tag_name().name() == name);
    found.and_then(|node| node.text()).unwrap_or_default().to_owned()
}

/// `config` (children of a root) without these top-level elements.
pub(crate) fn text_without(config: &str, names: &[&str]) -> String {
    names.iter().fold(config.to_owned(), |text, name| replaced(&text, name, "").unwrap_or(text))
}

/// Why a distribution that is disabled or InProgress should not be given an alias, though AWS does.
pub(crate) const NOT_READY: &str = "it is disabled or InProgress";

/// Whether a distribution could take an alias now, beside those that it has: there is room, its certificate covers the
/// alias, it serves and is deployed, and DNS does not say otherwise. Uniqueness is not asked.
///
/// # Errors
/// Why not.
pub(crate) fn could_take(world: &World, id: &str, alias: &str, now: Millis) -> Result<(), String> {
    let distribution = world.distributions.get(id).ok_or("it is not there")?;
    let mut wanted = Wanted::newest(distribution).ok_or("it has no version")?;
    wanted.aliases.insert(alias.to_owned());
    let told = |reply: Reply| text_of(&reply.body, "Code");
    if wanted.aliases.len() > world.alias_quota(distribution) {
        return Err("it has no room".to_owned());
    }
    if !wanted.enabled || distribution.status(now) != "Deployed" {
        return Err(NOT_READY.to_owned());
    }
    check_certificate(world, distribution, &wanted, false, now).map_err(told)?;
    check_dns(world, distribution, alias, now).map_err(told)
}

/// `config` (children of a root) with its top-level element `name` replaced.
fn replaced(config: &str, name: &str, by: &str) -> Option<String> {
    let wrapped = format!("<x>{config}</x>");
    let document = Document::parse(&wrapped).ok()?;
    let range = child(document.root_element(), name)?.range();
    let changed = format!("{}{by}{}", wrapped.get(..range.start)?, wrapped.get(range.end..)?);
    Some(changed.strip_prefix("<x>")?.strip_suffix("</x>")?.to_owned())
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.tag_name().name() == name)
}

pub(super) fn update_distribution(world: &mut World, session: &Session, request: &Request, id: &str, now: Millis) -> Result<Reply, Reply> {
    let distribution = find(world, session, id)?;
    let body = request.text()?;
    if body.trim().is_empty() {
        return Err(refuse(
            400,
            "MissingBody",
            "This operation requires a body. Ensure that the body is present and the Content-Type header is set.",
        ));
    }
    let document = Document::parse(body).map_err(|error| refuse(400, "MalformedXML", &error.to_string()))?;
    let root = document.root_element();
    if root.tag_name().name() != "DistributionConfig" {
        return Err(refuse(
            400,
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema.",
        ));
    }
    check_if_match(world, distribution, request, now)?;
    check_quantities(root)?;
    check_required(root, distribution)?;
    let wanted = read_wanted(root, body)?;
    apply(world, id, wanted, now)?;
    let distribution = find(world, session, id)?;
    Ok(Reply::xml(newest_xml(distribution, now)).with_header("etag", &distribution.etag))
}

/// CFG-8.
pub(super) fn check_if_match(world: &World, distribution: &Distribution, request: &Request, now: Millis) -> Result<(), Reply> {
    let invalid = || refuse(400, "InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.");
    let given = request.header("if-match").filter(|given| !given.is_empty()).ok_or_else(invalid)?;
    if given == distribution.etag {
        return Ok(());
    }
    // What no version can be is malformed, whatever a stale one is answered with.
    if !given.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return Err(invalid());
    }
    let failed = || {
        refuse(
            412,
            "PreconditionFailed",
            "The request failed because it didn't meet the preconditions in one or more request-header fields.",
        )
    };
    Err(match world.rules.stale_etag_error {
        StaleEtagError::PreconditionFailed => failed(),
        StaleEtagError::InvalidIfMatchVersion => invalid(),
        StaleEtagError::Mixed if world.draw(&format!("etag/{given}/{now}"), 0..2) == 0 => invalid(),
        StaleEtagError::Mixed => failed(),
    })
}

/// CFG-5, for every list in the config.
fn check_quantities(root: Node<'_, '_>) -> Result<(), Reply> {
    for quantity in root.descendants().filter(|node| node.tag_name().name() == "Quantity") {
        let Some(list) = quantity.parent_element() else { continue };
        let claimed: usize =
            quantity.text().unwrap_or_default().trim().parse().map_err(|_| refuse(400, "MalformedXML", "Quantity is no number"))?;
        let supplied = child(list, "Items").map_or(0, |items| items.children().filter(Node::is_element).count());
        if claimed != supplied {
            let name = list.tag_name().name();
            let message = format!("The specified quantity of {name} ({claimed}) does not match the actual quantity supplied ({supplied}).");
            return Err(refuse(400, "InconsistentQuantities", &message));
        }
    }
    Ok(())
}

/// CFG-2 and CFG-4.
fn check_required(root: Node<'_, '_>, distribution: &Distribution) -> Result<(), Reply> {
    if let Some(missing) = REQUIRED.into_iter().find(|name| child(root, name).is_none()) {
        return Err(refuse(400, "IllegalUpdate", &format!("The parameter {missing} is required for updates.")));
    }
    let reference = child(root, "CallerReference").and_then(|node| node.text()).unwrap_or_default();
    if reference != text_of(&distribution.config, "CallerReference") {
        return Err(refuse(400, "IllegalUpdate", "You cannot update Origin or CallerReference for a distribution."));
    }
    Ok(())
}

fn read_wanted(root: Node<'_, '_>, body: &str) -> Result<Wanted, Reply> {
    let malformed = |message: &str| refuse(400, "MalformedXML", message);
    let items = child(root, "Aliases").and_then(|node| child(node, "Items"));
    let names = items.iter().flat_map(Node::children).filter(|node| node.tag_name().name() == "CNAME");
    let listed: Vec<String> = names.map(|node| node.text().unwrap_or_default().to_owned()).collect();
    let aliases: BTreeSet<String> = listed.iter().cloned().collect();
    if let Some(bad) = aliases.iter().find(|alias| !is_alias(alias)) {
        return Err(refuse(400, "InvalidArgument", &format!("The parameter CNAME contains an invalid domain name: {bad}")));
    }
    if aliases.len() != listed.len() {
        return Err(refuse(400, "InvalidArgument", "The parameter Aliases contains duplicate CNAMEs."));
    }
    // Required by the model itself (W-5).
    child(root, "Comment").ok_or_else(|| malformed("Comment is missing"))?;
    let enabled = child(root, "Enabled").and_then(|node| node.text()).ok_or_else(|| malformed("Enabled is missing"))?;
    let viewer = child(root, "ViewerCertificate");
    let named = |element: &str| viewer.and_then(|node| child(node, element)).and_then(|node| node.text());
    let certificate = named("ACMCertificateArn").or_else(|| named("IAMCertificateId"));
    let (first, last) = (root.first_child(), root.last_child());
    let (Some(first), Some(last)) = (first, last) else { return Err(malformed("the config is empty")) };
    let inner = body.get(first.range().start..last.range().end).ok_or_else(|| malformed("the config cannot be read"))?;
    // CloudFront keeps its own order of aliases, whatever was sent.
    let config = replaced(inner, "Aliases", &aliases_element(&aliases)).ok_or_else(|| malformed("the config cannot be kept"))?;
    Ok(Wanted { config, enabled: enabled.trim() == "true", certificate: certificate.map(str::to_owned), aliases })
}

/// Gives a distribution another config, or refuses as CloudFront does whoever asks.
///
/// # Errors
/// The refusal.
pub fn apply(world: &mut World, id: &str, wanted: Wanted, now: Millis) -> Result<(), Reply> {
    let missing = || refuse(404, "NoSuchDistribution", "The specified distribution does not exist.");
    let distribution = world.distributions.get(id).ok_or_else(missing)?;
    let newest = distribution.newest().ok_or_else(missing)?;
    if wanted.aliases.len() > world.alias_quota(distribution) {
        return Err(refuse(400, "TooManyDistributionCNAMEs", TOO_MANY));
    }
    if distribution.tenant_only && !wanted.aliases.is_empty() {
        return Err(refuse(
            400,
            "InvalidArgument",
            "The parameter Aliases is not allowed for a distribution with the connection mode tenant-only.",
        ));
    }
    if distribution.given.staging && !wanted.aliases.is_subset(&newest.aliases) {
        return Err(refuse(400, "InvalidArgument", "The parameter Aliases is not allowed for a staging distribution."));
    }
    let changes_certificate = wanted.certificate != newest.certificate;
    if (changes_certificate || wanted.aliases != newest.aliases) && deploys_continuously(&distribution.config, &wanted.config) {
        return Err(refuse(400, "IllegalUpdate", CONTINUOUS));
    }
    let in_flight = distribution
        .versions
        .iter()
        .rev()
        .zip(distribution.versions.iter().rev().skip(1))
        .any(|(newer, older)| newer.certificate != older.certificate && newer.deployed() > now);
    if changes_certificate && in_flight {
        return Err(refuse(400, "IllegalUpdate", "Only one viewer certificate change may be in progress at a time for a distribution."));
    }
    check_certificate(world, distribution, &wanted, changes_certificate, now)?;
    let added: Vec<String> = wanted.aliases.difference(&newest.aliases).cloned().collect();
    for alias in &added {
        let dns = || check_dns(world, distribution, alias, now);
        let unique = || check_unique(world, distribution, alias, now);
        if world.rules.dns_check_first { dns().and_then(|()| unique()) } else { unique().and_then(|()| dns()) }?;
    }
    let lags = world.lags(id, distribution.versions.len());
    commit(world, id, wanted, lags, now);
    Ok(())
}

/// Whether a continuous deployment policy is attached before and after (DT-14, DT-16): what an update with one may
/// change is not written down, so none of what a name hangs on.
pub(super) fn deploys_continuously(before: &str, after: &str) -> bool {
    [before, after].iter().all(|config| !text_of(config, "ContinuousDeploymentPolicyId").is_empty())
}

/// Makes `wanted` the newest version of a distribution, with a new ETag, on its way to the edge.
pub(super) fn commit(world: &mut World, id: &str, mut wanted: Wanted, lags: Vec<Millis>, now: Millis) {
    wanted.replace("Aliases", &aliases_element(&wanted.aliases));
    let etag = world.new_id("E");
    if let Some(distribution) = world.distributions.get_mut(id) {
        distribution.accept(now, lags, wanted.aliases, wanted.enabled, wanted.certificate);
        let config = std::mem::replace(&mut distribution.config, wanted.config);
        distribution.previous = Some((config, std::mem::replace(&mut distribution.etag, etag)));
    }
}

/// ERR-2's order as far as it can be told: there, visible, issued, in date, covering every alias.
fn check_certificate(world: &World, distribution: &Distribution, wanted: &Wanted, changes: bool, now: Millis) -> Result<(), Reply> {
    let invalid = |message: &str| Err(refuse(400, "InvalidViewerCertificate", message));
    let Some(arn) = &wanted.certificate else {
        let before = distribution.newest().map(|version| &version.aliases);
        if wanted.aliases.is_empty() || before.is_some_and(|before| wanted.aliases.is_subset(before)) {
            return Ok(());
        }
        return invalid(NO_CERTIFICATE);
    };
    let visible = |certificate: &&crate::world::Certificate| {
        certificate.account == distribution.account
            && (!changes || certificate.not_before + Millis::from(world.rules.acm_visibility_lag_s) * 1000 <= now)
    };
    let Some(certificate) = world.certificates.get(arn).filter(visible) else {
        return invalid(
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
        );
    };
    if certificate.given.status != "ISSUED" || certificate.not_before > now || certificate.not_after <= now {
        return invalid(
            "The certificate that is attached to your distribution has expired, is not yet valid, or was not issued by a trusted Certificate Authority.",
        );
    }
    if wanted.aliases.iter().any(|alias| !certified(&certificate.given.names, alias)) {
        return invalid(
            "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're trying to add.",
        );
    }
    Ok(())
}

/// DNS-1 to DNS-6.
pub(super) fn check_dns(world: &World, distribution: &Distribution, alias: &str, now: Millis) -> Result<(), Reply> {
    let led = world.led_to_cloudfront(alias, now, world.rules.dns_check_sees_alias_records);
    if led.iter().any(|domain| *domain != distribution.domain_name) {
        return Err(refuse(409, "CNAMEAlreadyExists", MISDIRECTED));
    }
    Ok(())
}

/// CF-6: a wildcard and a name below it in two accounts, where the rule forbids that.
pub(super) fn overlaps_abroad(world: &World, distribution: &Distribution, alias: &str) -> bool {
    let related = |listed: &String| wildcard_catches(listed, alias) || wildcard_catches(alias, listed);
    let overlaps = |other: &Distribution| other.newest().is_some_and(|version| version.aliases.iter().any(related));
    !world.rules.wildcard_cross_account_overlap
        && world.distributions.values().any(|other| other.account != distribution.account && overlaps(other))
}

/// CF-5, CF-6 and SW-6.
fn check_unique(world: &World, distribution: &Distribution, alias: &str, now: Millis) -> Result<(), Reply> {
    let taken = world.distributions.values().filter(|other| other.id != distribution.id).any(|other| {
        let held = world.rules.name_release == NameRelease::Deployed && other.held_until(alias).is_some_and(|until| until > now);
        other.lists(alias) || held
    });
    if taken || overlaps_abroad(world, distribution, alias) {
        return Err(refuse(409, "CNAMEAlreadyExists", TAKEN));
    }
    Ok(())
}
