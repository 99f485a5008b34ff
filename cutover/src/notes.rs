//! What is worth saying once a strategy is chosen. Must not know the order of edits.

use crate::bounds::TTL_SECONDS_LONG;
use crate::choose::uncaught;
use crate::facts::{Facts, Reach};
use crate::finding::{Code, Finding, Severity};
use crate::name::Alias;
use crate::plan::names;
use crate::planner::proof_set;
use crate::proof::is_proof_of;
use crate::request::Request;
use crate::strategy::{Strategy, below};

const NOTE: Severity = Severity::Note;

/// What was chosen.
pub(crate) struct Chosen<'a> {
    pub(crate) strategy: Option<Strategy>,
    pub(crate) moving: &'a [Alias],
    pub(crate) wildcards: &'a [Alias],
    pub(crate) names_first: &'a [Alias],
    pub(crate) ttl_seconds: u32,
    pub(crate) lowers_ttl: bool,
    pub(crate) meanwhile: Option<&'a str>,
}

/// Every finding about the choice.
pub(crate) fn of(chosen: &Chosen<'_>, request: &Request, facts: &Facts) -> Vec<Finding> {
    let mut notes = Vec::new();
    match chosen.strategy {
        Some(Strategy::MoveDomain) => {
            note_net(chosen.moving, request, facts, &mut notes);
            note_proofs(chosen.moving, facts, &mut notes);
            note_pace(chosen.moving, &mut notes);
        }
        Some(Strategy::Swap) => note_swap(chosen, request, facts, &mut notes),
        Some(Strategy::DisableAndMove) => {
            note_proofs(chosen.moving, facts, &mut notes);
            // While a proof that is not alone is not accepted, everything that the source serves is out (TXT-8).
            notes.iter_mut().filter(|note| note.code == Code::ProofShared).for_each(|note| note.severity = Severity::NeedsYes);
            note_pace(chosen.moving, &mut notes);
            note_others_of_source(request, facts, &mut notes);
        }
        Some(Strategy::SupportCase) => {
            note_proofs(chosen.moving, facts, &mut notes);
            let seen = format!("{} of account {} is not ours to change", facts.source.id, facts.source.account);
            let why = "only AWS Support moves a name from there while it is enabled (DT-10); Basic plans open no technical case (HID-4)";
            note(
                &mut notes,
                Code::CasePrepared,
                &seen,
                why,
                "send the text in `asked` to AWS Support; Cutover watches for 14 days and finishes DNS",
            );
        }
        Some(Strategy::ReleaseService) => {
            let seen = format!("{} is on {} in an account of AWS, {}", names(chosen.moving), facts.source.id, facts.source.account);
            let why = "another service of AWS holds the name (HID-1, DT-13), and only that service lets it go";
            note(
                &mut notes,
                Code::HiddenOwner,
                &seen,
                why,
                "carry out the steps in `asked`; Cutover watches for 14 days and attaches the name",
            );
        }
        Some(Strategy::WildcardBridge) | None => {}
    }
    note_what_wildcards_catch(chosen.wildcards, facts, &mut notes);
    note_sides(chosen, request, facts, &mut notes);
    notes
}

fn note(notes: &mut Vec<Finding>, code: Code, seen: &str, why: &str, remedy: &str) {
    notes.push(Finding::new(code, NOTE, seen, why, remedy));
}

fn note_net(moving: &[Alias], request: &Request, facts: &Facts, notes: &mut Vec<Finding>) {
    if !facts.source.enabled || facts.source.reach != Reach::Ours {
        return;
    }
    let Some((alias, why)) = uncaught(moving, request, facts) else { return };
    note(
        notes,
        Code::NoSafetyNet,
        &format!("no wildcard on {} catches {alias} while AWS moves it: {why}", facts.target.id),
        "an edge that the two halves of the move reach apart serves nobody in between, or whoever holds a wildcard above the name (CF-2, CF-10)",
        "nothing for an apex; for a sub-domain free the wildcard and have the target's certificate cover it",
    );
}

fn note_proofs(moving: &[Alias], facts: &Facts, notes: &mut Vec<Finding>) {
    let ours = |value: &String| is_proof_of(value, &facts.target.domain_name) || is_proof_of(value, &facts.source.domain_name);
    let standing = |is: &dyn Fn(&String) -> bool| {
        let alias = moving.iter().find(|alias| proof_set(alias, facts).is_some_and(|set| set.values.iter().any(is)))?;
        facts.proofs.get(alias)
    };
    if let Some(proof) = standing(&ours) {
        let seen = format!("{} holds a proof of the source or the target already", proof.name);
        let why = "what was there before is there again at the end, whoever left it";
        note(notes, Code::ProofAlreadyThere, &seen, why, "if an earlier cutover that was stopped left it, remove it afterwards");
    }
    if let Some(proof) = standing(&|value| !ours(value)) {
        let seen = format!("{} has a TXT record set already", proof.name);
        let why = "the proof joins its values, and nobody has said whether AWS accepts a proof that is not alone (TXT-8)";
        note(notes, Code::ProofShared, &seen, why, "if nobody needs the other values, remove them first");
    }
}

fn note_pace(moving: &[Alias], notes: &mut Vec<Finding>) {
    if moving.len() > 1 {
        let seen = format!("AWS moves {} names one by one", moving.len());
        let why = "the next one waits until the target is Deployed again (U-11), so the whole takes about five minutes for each";
        note(notes, Code::MovesOneByOne, &seen, why, "for many sub-domains name the strategy wildcardBridge, which moves all at once");
    }
}

/// A swap that cannot attach leaves nobody serving until CloudFront has forgotten where DNS led.
fn note_swap(chosen: &Chosen<'_>, request: &Request, facts: &Facts, notes: &mut Vec<Finding>) {
    let ttl_seconds = chosen.ttl_seconds;
    if chosen.lowers_ttl {
        let seen = format!("a record set has a TTL of {ttl_seconds} s");
        let why = "it is lowered to a minute first, waited out and given back at the end, so that a way back need not sit it out (SW-11)";
        note(notes, Code::TtlLowered, &seen, why, "nothing; where time is short, lower it by hand the day before");
    } else if ttl_seconds > TTL_SECONDS_LONG {
        let seen = format!("a record set has a TTL of {ttl_seconds} s, and somebody else edits DNS");
        let why = "were the attach refused, the source could take the name back only when that time has passed (SW-11)";
        note(notes, Code::TtlLong, &seen, why, "have the TTL lowered to 60 s and wait until the old one has run out before a swap");
    }
    if let Some(who) = chosen.meanwhile {
        let seen = format!("{who} catches {} between the detach and the attach", names(chosen.moving));
        let why = "for some seconds viewers get what the source answers under its wildcard, not an error (DT-7)";
        note(notes, Code::ServedByWildcard, &seen, why, "check that the wildcard's content may be seen under the name");
    } else if let Some((alias, wildcard, holder)) = caught_by_others(chosen.moving, facts) {
        let seen = format!("{wildcard} is on {holder}, and catches {alias} between the detach and the attach");
        let why = "viewers get another distribution's answer for as long as the gap lasts (CF-2, DT-5)";
        note(notes, Code::ServedByWildcard, &seen, why, "make sure that you know whose it is");
    }
    note_names_first(chosen, request, facts, notes);
}

/// A wildcard above a moving name that a third distribution holds (DT-5).
fn caught_by_others(moving: &[Alias], facts: &Facts) -> Option<(Alias, Alias, String)> {
    let held = |alias: &Alias| {
        let by = |wildcard: Alias| facts.held_by_others(&wildcard).map(|holder| (alias.clone(), wildcard, holder.resource.clone()));
        // The closest wins (CF-3).
        alias.wildcards_above().into_iter().find_map(by)
    };
    moving.iter().find_map(held)
}

fn note_names_first(chosen: &Chosen<'_>, request: &Request, facts: &Facts, notes: &mut Vec<Finding>) {
    let wildcards: Vec<&Alias> = chosen.moving.iter().filter(|alias| alias.is_wildcard()).collect();
    let lost =
        wildcards.iter().flat_map(|wildcard| below(wildcard, facts)).filter(|(name, can)| !can && !request.aliases.contains(name)).count();
    if wildcards.is_empty() {
        return;
    }
    let seen = format!(
        "{} names below {} are put on the target first, {lost} cannot be, for its certificate does not cover them",
        chosen.names_first.len(),
        wildcards.first().map_or("it", |wildcard| wildcard.as_str())
    );
    let why = "an exact name beats a wildcard (CF-2), so these are served without a gap; any other name below it is not (DT-9)";
    note(
        notes,
        Code::NamesFirst,
        &seen,
        why,
        "give names that matter a record set of their own, and have the target's certificate cover them",
    );
}

/// Disabling takes everything else of the source down too (CF-7).
fn note_others_of_source(request: &Request, facts: &Facts, notes: &mut Vec<Finding>) {
    let others: Vec<&String> =
        facts.source.aliases.iter().filter(|name| !request.aliases.iter().any(|alias| alias.as_str() == *name)).collect();
    let Some(first) = others.first() else { return };
    let seen = format!(
        "{} also serves {first}{}",
        facts.source.id,
        if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() }
    );
    let why = "while it is disabled nobody serves any of them (CF-7)";
    notes.push(Finding::new(Code::SourceServesOthers, Severity::NeedsYes, &seen, why, "ask whoever owns them, or leave `strategy` out"));
}

fn note_what_wildcards_catch(wildcards: &[Alias], facts: &Facts, notes: &mut Vec<Finding>) {
    for wildcard in wildcards {
        let also = facts.wildcards.get(wildcard).map_or(&[][..], |seen| seen.also_catches.as_slice());
        let Some(first) = also.first() else { continue };
        let seen = format!(
            "names of the hosted zone that lead to CloudFront below {wildcard}: {}, {first}{}",
            also.len(),
            if also.len() > 1 { " …" } else { "" }
        );
        let why = "while the wildcard is on the target it serves those of them that are no distribution's alias (WB-11)";
        note(notes, Code::WildcardCatches, &seen, why, "check that none of them is meant to answer with an error");
    }
}

fn note_sides(chosen: &Chosen<'_>, request: &Request, facts: &Facts, notes: &mut Vec<Finding>) {
    if let Some(tenant) = [&facts.source, &facts.target].into_iter().find(|side| side.tenant) {
        let seen = format!("{} is a distribution tenant", tenant.id);
        let why = "proof and DNS name its connection group's endpoint, and a move to a tenant begins with an empty cache (DT-12, CF-21)";
        note(notes, Code::TenantSide, &seen, why, "expect a load on the origin after the move");
    }
    let others = facts.source.aliases.iter().filter(|name| !request.aliases.iter().any(|alias| alias.as_str() == name.as_str())).count();
    if others > 0 && chosen.strategy != Some(Strategy::DisableAndMove) && facts.source.reach == Reach::Ours && !chosen.moving.is_empty() {
        let seen = format!("{} keeps {others} aliases that do not move", facts.source.id);
        note(notes, Code::SourceServesOthers, &seen, "it goes on serving them, before and after", "nothing");
    }
    if request.dns_is_external() {
        let seen = format!("somebody else keeps the zone {}", facts.hosted_zone.name);
        let why = "Cutover asks for record sets and watches its name servers for at most a week, forth and, where it must, back";
        if chosen.strategy == Some(Strategy::Swap) && chosen.meanwhile.is_none() {
            let why = "were the attach refused after the detach, nobody would serve the names until that somebody has put DNS back (SW-11)";
            let remedy = "make sure that they answer at that hour, or make the bridge legal";
            notes.push(Finding::new(Code::DnsExternal, Severity::NeedsYes, &seen, why, remedy));
            return;
        }
        note(notes, Code::DnsExternal, &seen, why, "hand over the lines in `asked`, and tell whoever edits DNS when they are due");
    }
}

#[cfg(test)]
mod tests;
