//! The strategies, and for one alias whether one of them is legal. Must not know the order of edits.

use crate::bounds::TTL_SECONDS_MAX;
use crate::facts::Facts;
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

    /// The strategies that this version carries out, in the planner's order.
    pub const CARRIED_OUT: [Strategy; 3] = [Strategy::MoveDomain, Strategy::WildcardBridge, Strategy::Swap];

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
    let by_wildcard = matches!(strategy, Strategy::WildcardBridge | Strategy::Swap);
    if by_wildcard && alias.is_wildcard() {
        return Err(Illegal::new(
            Code::NotSupportedYet,
            format!("{} of the wildcard {alias} itself is not supported by this version (DT-9)", strategy.name()),
            "name the exact names below it",
        ));
    }
    match strategy {
        Strategy::MoveDomain => move_is_legal(alias, request, facts),
        Strategy::WildcardBridge => bridge_is_legal(alias, facts),
        Strategy::Swap if request.accept_outage => Ok(()),
        Strategy::Swap => Err(Illegal::new(
            Code::OutageNotAccepted,
            format!("a swap leaves {alias} unserved until the attach has reached each edge (SW-7), and the request does not accept that"),
            "ask again with `acceptOutage: true`, or make the bridge legal",
        )),
        other => Err(Illegal::new(
            Code::NotSupportedYet,
            format!("{} is not supported by this version", other.name()),
            "name moveDomain, wildcardBridge or swap",
        )),
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
    let wildcard = match alias.bridge_wildcard() {
        Some(wildcard) if alias.as_str() != facts.hosted_zone.name => wildcard,
        _ => {
            return Err(Illegal::new(
                Code::NameIsApex,
                format!("{alias} is the apex of its zone: no wildcard that may be used covers it (CF-4)"),
                "accept the outage of a swap",
            ));
        }
    };
    if !facts.target.certificate.as_ref().is_some_and(|certificate| certificate.covers(&wildcard)) {
        return Err(Illegal::new(
            Code::CertificateLacksName,
            format!("the certificate of {} does not cover {wildcard} (WB-0)", facts.target.id),
            "give the target a certificate that covers the wildcard too, or accept the outage of a swap",
        ));
    }
    if facts.target.lists(&wildcard) {
        return Ok(());
    }
    wildcard_is_free(&wildcard, facts)
}

fn wildcard_is_free(wildcard: &Alias, facts: &Facts) -> Result<(), Illegal> {
    let seen = facts.wildcards.get(wildcard);
    if let Some(holder) = seen.and_then(|seen| seen.holders.iter().find(|holder| !holder.may_be(&facts.target.id))) {
        return Err(Illegal::new(
            Code::WildcardTaken,
            format!("{wildcard} is on {} of account {} (CF-5)", holder.resource, holder.account),
            "free the wildcard there, or accept the outage of a swap",
        ));
    }
    let elsewhere = seen.and_then(|seen| seen.record_sets.iter().find(|set| !set.points_at(&facts.target.domain_name)));
    if let Some(set) = elsewhere {
        return Err(Illegal::new(
            Code::WildcardRecordElsewhere,
            format!("{wildcard} has a {} record set that does not lead to {} (DNS-2)", set.kind, facts.target.domain_name),
            "point the wildcard's record set at the target or delete it, or accept the outage of a swap",
        ));
    }
    Ok(())
}
