//! The strategies, and for one alias whether one of them is legal. Must not know the order of edits.

use crate::bounds::TTL_SECONDS_MAX;
use crate::facts::{Facts, Glance, Reach};
use crate::finding::Code;
use crate::name::Alias;
use crate::record_set::RecordSet;
use crate::request::Request;
use serde::{Deserialize, Serialize};

/// How an alias is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Strategy {
    /// One call of AWS's own, within an account.
    MoveDomain,
    /// A wildcard on the target serves while the exact name changes hands.
    WildcardBridge,
    /// Detach and attach at once; a declared outage.
    Swap,
    /// The source is disabled first.
    DisableAndMove,
    /// AWS Support moves it.
    SupportCase,
    /// Another service of AWS lets go of it.
    ReleaseService,
}

impl Strategy {
    /// Every strategy, in the planner's order.
    pub const ALL: [Strategy; 6] = [
        Strategy::MoveDomain,
        Strategy::WildcardBridge,
        Strategy::Swap,
        Strategy::DisableAndMove,
        Strategy::SupportCase,
        Strategy::ReleaseService,
    ];

    /// The name in requests and documents.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::MoveDomain => "moveDomain",
            Strategy::WildcardBridge => "wildcardBridge",
            Strategy::Swap => "swap",
            Strategy::DisableAndMove => "disableAndMove",
            Strategy::SupportCase => "supportCase",
            Strategy::ReleaseService => "releaseService",
        }
    }

    /// Whether it may leave names unserved for a while, where nothing more is known of them.
    pub fn may_leave_unserved(self) -> bool {
        matches!(self, Strategy::Swap | Strategy::DisableAndMove | Strategy::ReleaseService)
    }

    /// The strategy whose [`name`](Self::name) is `name`.
    pub fn from_name(name: &str) -> Option<Strategy> {
        Strategy::ALL.into_iter().find(|strategy| strategy.name() == name)
    }
}

/// Why a strategy is not legal for an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Illegal {
    /// Which kind of reason.
    pub code: Code,
    /// What was seen and why it matters.
    pub why: String,
    /// What would make it legal.
    pub remedy: String,
}

impl Illegal {
    fn new(code: Code, why: String, remedy: &str) -> Self {
        Self { code, why, remedy: remedy.to_owned() }
    }
}

/// Whether `strategy` may move `alias`, given that nothing stops every strategy.
///
/// # Errors
/// The first reason against it.
pub fn legal(strategy: Strategy, alias: &Alias, request: &Request, facts: &Facts) -> Result<(), Illegal> {
    tenants_only_move(strategy, facts)?;
    match (&facts.source.reach, strategy) {
        (Reach::Ours, Strategy::MoveDomain) => move_is_legal(alias, request, facts),
        (Reach::Ours, Strategy::WildcardBridge) => bridge_is_legal(alias, facts),
        (Reach::Ours, Strategy::Swap) => swap_is_legal(alias, request, facts),
        (Reach::Ours, Strategy::DisableAndMove) => disable_is_legal(alias, request, facts),
        (Reach::Ours, Strategy::SupportCase | Strategy::ReleaseService) => Err(Illegal::new(
            Code::StrategyNotLegal,
            format!("{} is for a source that is not ours, and {} can be reached", strategy.name(), facts.source.id),
            "leave `strategy` out",
        )),
        (Reach::Unreachable(why), Strategy::MoveDomain) => unreachable_move_is_legal(alias, why, request, facts),
        (Reach::Unreachable(_), Strategy::SupportCase) => proof_is_possible(alias, facts),
        (Reach::Service(_), Strategy::SupportCase) if request.strategy == Some(Strategy::SupportCase) => proof_is_possible(alias, facts),
        (Reach::Service(_), Strategy::ReleaseService) => release_is_legal(alias, request, facts),
        (Reach::Unreachable(why), _) => Err(Illegal::new(
            Code::SourceUnreachable,
            format!("{alias} is on {} of account {}, which cannot be reached: {why}", facts.source.id, facts.source.account),
            "make that account a member (member-role.yaml, MemberAccounts), or let AWS Support move the name",
        )),
        (Reach::Service(_), _) => Err(Illegal::new(
            Code::HiddenOwner,
            format!("{alias} is on {} in an account of AWS, {}: another service holds it (HID-1)", facts.source.id, facts.source.account),
            "release the name in that service: releaseService names the steps",
        )),
    }
}

/// AWS moves the names of tenants, and nothing else does (DT-12).
fn tenants_only_move(strategy: Strategy, facts: &Facts) -> Result<(), Illegal> {
    let by_aws = matches!(strategy, Strategy::MoveDomain | Strategy::SupportCase);
    let tenant = [&facts.source, &facts.target].into_iter().find(|side| side.tenant);
    match tenant {
        Some(tenant) if !by_aws => Err(Illegal::new(
            Code::TenantSide,
            format!("{} is a distribution tenant, whose names only AWS's own call moves (DT-12)", tenant.id),
            "move it within one account, or from a source that is disabled",
        )),
        _ => Ok(()),
    }
}

/// One account, or a source that serves nobody any more (MV-3, MV-5), and a place for the proof (TXT-1 to TXT-9).
fn move_is_legal(alias: &Alias, request: &Request, facts: &Facts) -> Result<(), Illegal> {
    let source = &facts.source;
    if !request.within_one_account() && (source.enabled || source.status != "Deployed") {
        let seen = if source.enabled { "enabled" } else { "disabled, and not Deployed yet" };
        return Err(Illegal::new(
            Code::MoveNotAllowed,
            format!(
                "AWS moves {alias} across accounts only while the source is disabled and Deployed, and {} is {seen} (MV-3, MV-5)",
                source.id
            ),
            "wait until a source that is disabled is Deployed too; never disable one that serves viewers",
        ));
    }
    let stays = |name: &&String| !request.aliases.iter().any(|alias| alias.as_str() == name.as_str());
    if source.tenant && !source.aliases.iter().any(|name| stays(&name)) {
        return Err(Illegal::new(
            Code::TenantSide,
            format!("{alias} would leave the tenant {} without a domain, which AWS may refuse (TEN-1, TEN-2)", source.id),
            "give the tenant another domain first, or leave one of its domains there",
        ));
    }
    proof_is_possible(alias, facts)
}

/// Whether the source is disabled can be told from outside only: a name that nobody serves (DT-11).
fn unreachable_move_is_legal(alias: &Alias, why: &str, request: &Request, facts: &Facts) -> Result<(), Illegal> {
    let served = match &facts.glance {
        Some(Glance::Unserved(_)) => None,
        Some(Glance::Served(_)) => Some("somebody serves the name, so its source is enabled".to_owned()),
        Some(Glance::Unknown(seen)) => Some(format!("whether its source is disabled could not be seen: {seen}")),
        None => Some("whether its source is disabled was not looked at".to_owned()),
    };
    if let Some(seen) = served.filter(|_| request.strategy != Some(Strategy::MoveDomain)) {
        return Err(Illegal::new(
            Code::MoveNotAllowed,
            format!(
                "AWS moves {alias} from {} of account {} only while that is disabled ({why}), and {seen} (DT-11)",
                facts.source.id, facts.source.account
            ),
            "if you know that it is disabled, name the strategy moveDomain: AWS has the last word",
        ));
    }
    proof_is_possible(alias, facts)
}

/// Whether the TXT proof has a place, and nothing there makes it impossible.
fn proof_is_possible(alias: &Alias, facts: &Facts) -> Result<(), Illegal> {
    let impossible = |why: String, remedy: &str| Err(Illegal::new(Code::ProofImpossible, why, remedy));
    let Some(proof) = facts.proofs.get(alias) else {
        return impossible(
            format!(
                "the TXT proof of {alias} has no place in the zone {}: it would stand in the zone above, or be too long (TXT-9)",
                facts.hosted_zone.name
            ),
            "accept the outage of a swap",
        );
    };
    let in_the_way = |set: &&RecordSet| set.kind == "CNAME" || (set.kind == "TXT" && (set.routing.is_some() || set.alias_target.is_some()));
    if let Some(set) = proof.sets.iter().find(|set| set.kind == "TXT" && set.ttl_seconds() > TTL_SECONDS_MAX) {
        return impossible(
            format!(
                "the TXT record set at {} has a TTL of {} s, which would have to run out forth and back (TXT-6)",
                proof.name,
                set.ttl_seconds()
            ),
            "lower that TTL to an hour or less, wait until the old one has run out, and ask again",
        );
    }
    match proof.sets.iter().find(in_the_way) {
        None => Ok(()),
        Some(set) => impossible(
            format!("the proof of {alias} would stand at {}, where a {} record set leaves no room for it", proof.name, set.kind),
            "remove that record set, or accept the outage of a swap",
        ),
    }
}

fn bridge_is_legal(alias: &Alias, facts: &Facts) -> Result<(), Illegal> {
    if !facts.source.enabled {
        return Err(Illegal::new(
            Code::SourceDisabled,
            format!("{} is disabled, and a disabled distribution swallows its names (CF-7)", facts.source.id),
            "enable the source, or accept the outage of a swap",
        ));
    }
    catching_wildcard(alias, facts).map(|_| ())
}

/// The wildcard that would stand on the target for `alias`: the closest above it that the target's certificate covers
/// (WB-12, DT-5). One that stands there already is only of use directly above the name, where it can be proved.
///
/// # Errors
/// Why there is none, or why it is not free.
pub(crate) fn catching_wildcard(alias: &Alias, facts: &Facts) -> Result<Alias, Illegal> {
    let above = if alias.as_str() == facts.hosted_zone.name { vec![] } else { alias.wildcards_above() };
    let Some(closest) = above.first() else {
        let why = if alias.is_wildcard() {
            format!("no wildcard that may be used lies above {alias} (CF-4)")
        } else {
            format!("{alias} is the apex of its zone: no wildcard that may be used covers it (CF-4)")
        };
        return Err(Illegal::new(Code::NameIsApex, why, "accept the outage of a swap"));
    };
    let covered = |wildcard: &&Alias| facts.target.certificate.as_ref().is_some_and(|certificate| certificate.covers(wildcard));
    let of_use = |wildcard: &&Alias| *wildcard == closest || !facts.target.lists(wildcard);
    let Some(wildcard) = above.iter().filter(covered).find(of_use) else {
        return Err(Illegal::new(
            Code::CertificateLacksName,
            format!("the certificate of {} does not cover {closest} (WB-0)", facts.target.id),
            "give the target a certificate that covers the wildcard too, or accept the outage of a swap",
        ));
    };
    if !facts.target.lists(wildcard) {
        wildcard_is_free(wildcard, facts)?;
    }
    Ok(wildcard.clone())
}

fn wildcard_is_free(wildcard: &Alias, facts: &Facts) -> Result<(), Illegal> {
    let seen = facts.wildcards.get(wildcard);
    if seen.is_none() {
        return Err(Illegal::new(
            Code::WildcardTaken,
            format!("who holds {wildcard} was not looked at, for a closer wildcard stands on {} (CF-5)", facts.target.id),
            "take that one off the target, or accept the outage of a swap",
        ));
    }
    if let Some(holder) = seen.and_then(|seen| seen.holders.iter().find(|holder| !holder.may_be_side(&facts.target))) {
        return Err(Illegal::new(
            Code::WildcardTaken,
            format!("{wildcard} is on {} of account {} (CF-5)", holder.resource, holder.account),
            "free the wildcard there, or accept the outage of a swap",
        ));
    }
    if facts.source.lists(wildcard) {
        return Err(Illegal::new(
            Code::WildcardTaken,
            format!("{wildcard} is on the source {} itself (CF-5, DT-7)", facts.source.id),
            "move the wildcard first, or have a swap do it: between its two halves the source's wildcard serves the name",
        ));
    }
    let elsewhere = seen.and_then(|seen| seen.record_sets.iter().find(|set| !set.points_at(&facts.target.domain_name)));
    if let Some(set) = elsewhere {
        return Err(Illegal::new(
            Code::WildcardRecordElsewhere,
            format!("DNS answers {wildcard} with a {} record set that does not lead to {} (DNS-2)", set.kind, facts.target.domain_name),
            "point the wildcard's record set at the target or delete it, or accept the outage of a swap",
        ));
    }
    Ok(())
}

/// Whether somebody who may do so serves the name between the detach and the attach, or viewers may be left alone.
fn swap_is_legal(alias: &Alias, request: &Request, facts: &Facts) -> Result<(), Illegal> {
    if request.accept_outage || served_by_source(alias, request, facts).is_some() || nothing_below_is_unnamed(alias, facts) {
        return Ok(());
    }
    Err(Illegal::new(
        Code::OutageNotAccepted,
        format!("a swap leaves {alias} unserved until the attach has reached each edge (SW-7), and the request does not accept that"),
        "ask again with `acceptOutage: true`, or make the bridge legal",
    ))
}

/// The source's own wildcard that catches `alias` as soon as that has left (DT-7), unless it moves too. A closer one wins
/// (CF-3, DT-5): none may be somebody else's, and where nobody was asked who has it, it may be.
pub(crate) fn served_by_source(alias: &Alias, request: &Request, facts: &Facts) -> Option<Alias> {
    let stays = |wildcard: &Alias| facts.source.lists(wildcard) && !request.aliases.contains(wildcard);
    let is_nobodys = |wildcard: &Alias| {
        facts.wildcards.contains_key(wildcard) && facts.held_by_others(wildcard).is_none() && !facts.target.lists(wildcard)
    };
    let closest = alias.wildcards_above().into_iter().find(|wildcard| stays(wildcard) || !is_nobodys(wildcard));
    closest.filter(|wildcard| facts.source.enabled && stays(wildcard))
}

/// Whether every name that viewers can reach below a wildcard alias can be put on the target before it (DT-9).
fn nothing_below_is_unnamed(alias: &Alias, facts: &Facts) -> bool {
    let own = facts.record_sets.get(alias).is_some_and(|sets| !sets.is_empty());
    let clear = facts.wildcards.get(alias).is_some_and(|seen| seen.unclear.is_empty());
    alias.is_wildcard() && !own && clear && !facts.hosted_zone.external && below(alias, facts).all(|(_, can)| can)
}

/// The names below a wildcard alias that the source serves by it, each with whether the target could be given it first:
/// its certificate must cover the name.
pub(crate) fn below<'a>(wildcard: &'a Alias, facts: &'a Facts) -> impl Iterator<Item = (&'a Alias, bool)> {
    let live = facts.wildcards.get(wildcard).map_or(&[][..], |seen| seen.also_catches.as_slice());
    let led_here = |name: &&Alias| {
        let sets = facts.record_sets.get(*name).map_or(&[][..], Vec::as_slice);
        live.iter().any(|also| also == name.as_str()) && sets.iter().any(|set| set.points_at(&facts.source.domain_name))
    };
    let covered = |name: &Alias| facts.target.certificate.as_ref().is_some_and(|certificate| certificate.covers(name));
    let names = facts.record_sets.keys().filter(move |name| wildcard.catches(name) && *name != wildcard);
    names.filter(led_here).filter(|name| !facts.source.lists(name) && !facts.target.lists(name)).map(move |name| (name, covered(name)))
}

/// Only across accounts, and only with a yes to the outage of everything that the source serves (DT-4).
fn disable_is_legal(alias: &Alias, request: &Request, facts: &Facts) -> Result<(), Illegal> {
    if request.within_one_account() || !facts.source.enabled {
        return Err(Illegal::new(
            Code::StrategyNotLegal,
            format!("AWS moves {alias} without disabling anything: {} is in the target's account, or disabled already", facts.source.id),
            "name moveDomain, or leave `strategy` out",
        ));
    }
    if !request.accept_outage {
        return Err(Illegal::new(
            Code::OutageNotAccepted,
            format!(
                "disabling {} leaves {alias} and every other alias of it unserved for many minutes (CF-7), and the request does not accept that",
                facts.source.id
            ),
            "leave `strategy` out: another one costs less; or ask again with `acceptOutage: true`",
        ));
    }
    proof_is_possible(alias, facts)
}

/// Where nothing on the target catches the name, nobody serves it from its release until that is seen.
fn release_is_legal(alias: &Alias, request: &Request, facts: &Facts) -> Result<(), Illegal> {
    if request.strategy == Some(Strategy::ReleaseService) && request.aliases.len() > 1 {
        return Err(Illegal::new(
            Code::StrategyNotLegal,
            format!(
                "{alias} and {} more names may be released one after the other, and none of them may wait for another",
                request.aliases.len() - 1
            ),
            "send one request for each name",
        ));
    }
    if request.accept_outage {
        return Ok(());
    }
    catching_wildcard(alias, facts).map(|_| ()).map_err(|illegal| {
        Illegal::new(
            Code::OutageNotAccepted,
            format!("nobody would serve {alias} from its release until the target has it, for no wildcard can catch it: {}", illegal.why),
            "ask again with `acceptOutage: true`, or make that wildcard possible",
        )
    })
}

#[cfg(test)]
mod tests;
