//! The move APIs: `UpdateDomainAssociation` and `AssociateAlias`, and their refusals in the order of MV-9. Both
//! take a name from its holder and give it to the target in one acceptance. Must not know what a move is for.

use super::cloudfront_read::{find, find_resource};
use super::cloudfront_update::{
    CONTINUOUS, MISDIRECTED, NO_CERTIFICATE, TAKEN, TOO_MANY, Wanted, check_dns, check_if_match, commit, deploys_continuously,
    overlaps_abroad, refuse, text_of,
};
use crate::wire::{CLOUDFRONT_NS, Reply, Request};
use crate::world::distribution::Distribution;
use crate::world::iam::Session;
use crate::world::names::{certified, is_alias, normal};
use crate::world::rules::{EdgeMoveAtomicity, UdaErrorTexts};
use crate::world::{Millis, World};
use quick_xml::escape::escape;

const NO_PROOF: &str = "Invalid or missing alias DNS TXT records.";
const SOURCE_ENABLED: &str = "Alias move is not allowed since the source distribution is enabled.";
/// The texts below are made up: nobody has reported one (ERR-3).
const NOT_HELD: &str = "Alias move is not allowed since the alias is not associated with another resource.";
const HELD_BY_TARGET: &str = "Alias move is not allowed since the alias is already associated with the target resource.";
const OF_A_TENANT: &str = "Alias move is not allowed since the alias is associated with a distribution tenant.";
const LAST_DOMAIN: &str = "Alias move is not allowed since a distribution tenant needs at least one domain.";
const OPAQUE: &str = "The domain association cannot be updated.";

fn illegal(message: &str) -> Reply {
    refuse(400, "IllegalUpdate", message)
}

fn invalid(message: &str) -> Reply {
    refuse(400, "InvalidArgument", message)
}

/// The id of the target that the body of `UpdateDomainAssociation` names; empty where it names none.
pub(super) fn target_of(body: &str) -> String {
    let distribution = text_of(body, "DistributionId");
    if distribution.is_empty() { text_of(body, "DistributionTenantId") } else { distribution }
}

/// The refusal of a target that does not exist (§7).
pub(super) fn no_target(operation: &str) -> Reply {
    match operation {
        "AssociateAlias" => refuse(404, "NoSuchDistribution", "The specified distribution does not exist."),
        _ => refuse(404, "EntityNotFound", "The entity was not found."),
    }
}

/// Who holds `alias`: the one that lists it. A name on its way out is nobody's to move (SW-6).
fn holder<'a>(world: &'a World, alias: &str) -> Option<&'a Distribution> {
    world.distributions.values().find(|distribution| distribution.lists(alias))
}

/// The id of the distribution of `account` that `AssociateAlias` takes the name from, for IAM (IAM-1).
pub(super) fn source_within(world: &World, account: &str, alias: &str) -> Option<String> {
    holder(world, alias).filter(|source| source.account == account).map(|source| source.id.clone())
}

/// A move that passed its first checks.
struct Move<'a> {
    alias: &'a str,
    target: Distribution,
    /// `AssociateAlias` has one more code of its own (MV-6).
    by_associate_alias: bool,
}

pub(super) fn update_domain_association(world: &mut World, session: &Session, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let body = request.text()?;
    if roxmltree::Document::parse(body).is_err() {
        return Err(refuse(
            400,
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema.",
        ));
    }
    let (distribution, tenant) = (text_of(body, "DistributionId"), text_of(body, "DistributionTenantId"));
    if distribution.is_empty() == tenant.is_empty() {
        return Err(invalid("The parameter TargetResource needs exactly one of DistributionId and DistributionTenantId."));
    }
    let target = find_resource(world, session, &distribution, &tenant)?.clone();
    // MV-1: optional in the model, so a request without one is accepted.
    if request.header("if-match").is_some() {
        check_if_match(world, &target, request, now)?;
    }
    let alias = text_of(body, "Domain");
    let id = target.id.clone();
    let moved = carry_out(world, &Move { alias: &alias, target, by_associate_alias: false }, now);
    moved.map_err(|refusal| if world.rules.uda_error_texts == UdaErrorTexts::Opaque { without_its_text(refusal) } else { refusal })?;
    let etag = world.distributions.get(&id).map(|target| target.etag.clone()).unwrap_or_default();
    let body = format!(
        "<UpdateDomainAssociationResult xmlns=\"{CLOUDFRONT_NS}\"><Domain>{}</Domain><ResourceId>{id}</ResourceId></UpdateDomainAssociationResult>",
        escape(alias.as_str())
    );
    Ok(Reply::xml(body).with_header("etag", &etag))
}

/// MV-7: no body, no If-Match, an empty answer without an ETag.
pub(super) fn associate_alias(world: &mut World, session: &Session, request: &Request, id: &str, now: Millis) -> Result<Reply, Reply> {
    let target = find(world, session, id)?.clone();
    let alias = request.query.get("Alias").cloned().unwrap_or_default();
    carry_out(world, &Move { alias: &alias, target, by_associate_alias: true }, now)?;
    Ok(Reply { status: 200, headers: vec![], body: String::new() })
}

/// U-12: every IllegalUpdate with the same text.
fn without_its_text(refusal: Reply) -> Reply {
    if text_of(&refusal.body, "Code") == "IllegalUpdate" { illegal(OPAQUE) } else { refusal }
}

/// AWS Support moves `alias` to `target`: all effects of a move, and none of its checks.
///
/// # Errors
/// Why there is nothing to move, for a person.
pub fn by_support(world: &mut World, alias: &str, target: &str, now: Millis) -> Result<(), String> {
    let target = world.distributions.get(target).cloned().ok_or("is gone")?;
    match holder(world, alias).cloned() {
        Some(source) if source.id == target.id => return Err("is there already".to_owned()),
        Some(source) => exchange(world, &Move { alias, target, by_associate_alias: false }, &source, now),
        None => {
            let mut joined = Wanted::newest(&target).ok_or("has no version")?;
            joined.aliases.insert(alias.to_owned());
            let lags = world.lags(&target.id, target.versions.len());
            commit(world, &target.id, joined, lags, now);
        }
    }
    Ok(())
}

/// Certificate, TXT, source state, quota; then the move itself.
fn carry_out(world: &mut World, wish: &Move<'_>, now: Millis) -> Result<(), Reply> {
    check_target(world, wish, now)?;
    let source = holder(world, wish.alias).cloned();
    let within = source.as_ref().is_some_and(|source| source.account == wish.target.account);
    // TXT-5. Who holds nothing cannot vouch for anything: without a source the proof is asked for.
    if (!within || world.rules.same_account_needs_txt) && !world.is_proved(wish.alias, &wish.target, now) {
        return Err(illegal(NO_PROOF));
    }
    // MV-6: CNAMEAlreadyExists is not among the codes of either call, IllegalUpdate is.
    if world.rules.move_api_checks_dns && check_dns(world, &wish.target, wish.alias, now).is_err() {
        return Err(illegal(MISDIRECTED));
    }
    let source = check_source(world, wish, source, now)?;
    if overlaps_abroad(world, &wish.target, wish.alias) {
        return Err(illegal(TAKEN));
    }
    let listed = wish.target.newest().map_or(0, |version| version.aliases.len());
    match (listed >= world.alias_quota(&wish.target), wish.by_associate_alias) {
        (true, true) => return Err(refuse(400, "TooManyDistributionCNAMEs", TOO_MANY)),
        (true, false) => return Err(illegal(TOO_MANY)),
        (false, _) => {}
    }
    exchange(world, wish, &source, now);
    Ok(())
}

/// The form of the name, the target's state (U-11, DT-16) and its certificate (MV-9).
fn check_target(world: &World, wish: &Move<'_>, now: Millis) -> Result<(), Reply> {
    let (target, alias) = (&wish.target, wish.alias);
    if !is_alias(alias) {
        return Err(invalid(&format!("The parameter Alias contains an invalid domain name: {alias}")));
    }
    if target.tenant_only || target.given.staging {
        return Err(invalid("The target distribution cannot have aliases: it is a staging or a multi-tenant distribution."));
    }
    if deploys_continuously(&target.config, &target.config) {
        return Err(illegal(CONTINUOUS));
    }
    let ready = world.is_enabled(target) && target.status(now) == "Deployed";
    if world.rules.move_target_must_be_deployed && !ready {
        return Err(invalid("The target resource must be enabled and deployed."));
    }
    let covers = world.certificate_of(target).is_some_and(|certificate| {
        let in_force = certificate.given.status == "ISSUED" && certificate.not_before <= now && certificate.not_after > now;
        in_force && certified(&certificate.given.names, &normal(alias))
    });
    if covers { Ok(()) } else { Err(invalid(NO_CERTIFICATE)) }
}

/// MV-3 to MV-5 and TEN-2. What a move of a name means that nobody else holds is unknown: refused.
fn check_source(world: &World, wish: &Move<'_>, source: Option<Distribution>, now: Millis) -> Result<Distribution, Reply> {
    let source = source.ok_or_else(|| illegal(NOT_HELD))?;
    if source.id == wish.target.id {
        return Err(illegal(HELD_BY_TARGET));
    }
    let rules = &world.rules;
    let must_be_disabled = source.account != wish.target.account || rules.same_account_needs_disabled_source;
    let deployed = !rules.disabled_must_be_deployed || source.status(now) == "Deployed";
    if must_be_disabled && (world.is_enabled(&source) || !deployed) {
        return Err(illegal(SOURCE_ENABLED));
    }
    if wish.by_associate_alias && source.tenant_of.is_some() {
        return Err(illegal(OF_A_TENANT));
    }
    if deploys_continuously(&source.config, &source.config) {
        return Err(illegal(CONTINUOUS));
    }
    let last = source.newest().is_some_and(|version| version.aliases.len() == 1);
    if source.tenant_of.is_some() && last && !rules.tenant_last_domain_move {
        return Err(illegal(LAST_DOMAIN));
    }
    Ok(source)
}

/// Both sides change in one acceptance; both are in progress then, with new ETags (MV-2, MV-10).
fn exchange(world: &mut World, wish: &Move<'_>, source: &Distribution, now: Millis) {
    let lags = |side: &Distribution| world.lags(&side.id, side.versions.len());
    let (mut leaving, mut coming) = (lags(source), lags(&wish.target));
    if world.rules.edge_move_atomicity == EdgeMoveAtomicity::Atomic {
        together(&mut leaving, &mut coming, [source, &wish.target], now);
    }
    let (Some(mut left), Some(mut joined)) = (Wanted::newest(source), Wanted::newest(&wish.target)) else { return };
    left.aliases.remove(wish.alias);
    joined.aliases.insert(wish.alias.to_owned());
    commit(world, &source.id, left, leaving, now);
    commit(world, &wish.target.id, joined, coming, now);
}

/// U-3: one lag for both sides, long enough at every location that neither overtakes its own version before (CF-9).
fn together(leaving: &mut [Millis], coming: &mut [Millis], sides: [&Distribution; 2], now: Millis) {
    for (location, (left, joined)) in leaving.iter_mut().zip(coming).enumerate() {
        let before = sides.iter().filter_map(|side| side.newest()?.arrivals.get(location));
        let after_both = before.map(|arrival| arrival.saturating_sub(now)).max().unwrap_or(0);
        *joined = (*joined).max(after_both);
        *left = *joined;
    }
}
