//! From request and facts to findings, refusals, a strategy and a plan. A pure function: asked twice with the
//! same facts it says the same.

use crate::bounds::{ALIASES_PER_DISTRIBUTION_MAX, CERTIFICATE_SECONDS_MIN, TTL_SECONDS_LONG, TTL_SECONDS_MAX};
use crate::choose::{Group, after_move, choose, net, uncaught, wildcards_to_add};
use crate::facts::{CertificateFacts, DistributionFacts, Facts};
use crate::finding::{Code, Finding, Refusal, Severity};
use crate::name::Alias;
use crate::order::{Moves, Plan};
use crate::plan::{NotChosen, names};
use crate::proof::is_proof_of;
use crate::record_set::{Destination, RecordSet, RecordsTo, in_state};
use crate::request::Request;
use crate::strategy::Strategy;

/// What the planner says.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// Everything worth knowing, in the order it was found.
    pub findings: Vec<Finding>,
    /// Why it does not start; empty where it may.
    pub refusals: Vec<Refusal>,
    /// The strategy, where one is needed.
    pub strategy: Option<Strategy>,
    /// The plan; `None` where there is nothing to do, or a refusal.
    pub plan: Option<Plan>,
    /// Which strategies come next, were AWS to refuse this one when it is asked (MV-4).
    pub next_legal: Vec<Group>,
    /// Which strategies come before this one, and why they are not legal.
    pub not_chosen: Vec<NotChosen>,
}

/// Decides.
pub fn decide(request: &Request, facts: &Facts) -> Decision {
    let mut findings = Vec::new();
    let moving: Vec<Alias> = request.aliases.iter().filter(|alias| facts.source.lists(alias)).cloned().collect();
    let repointed: Vec<Alias> = request.aliases.iter().filter(|alias| needs_repointing(alias, facts)).cloned().collect();
    for alias in &request.aliases {
        judge_alias(alias, request, facts, &mut findings);
    }
    judge_readiness(facts, &mut findings);
    if !moving.is_empty() {
        judge_target(&moving, facts, &mut findings);
        judge_way_back(&moving, facts, &mut findings);
    }
    let mut findings = merge_alike(findings);
    let refusals: Vec<Refusal> = findings.iter().filter(|f| f.severity == Severity::Stops).map(Refusal::from).collect();
    if !refusals.is_empty() {
        return Decision { findings, refusals, ..Decision::default() };
    }
    if moving.is_empty() && repointed.is_empty() {
        return Decision { findings, ..Decision::default() };
    }
    let strategy = match choose(&moving, request, facts) {
        Ok(strategy) => strategy,
        Err(refusal) => return Decision { findings, refusals: vec![refusal], ..Decision::default() },
    };
    let (wildcards, caught) = match strategy {
        Some(Strategy::WildcardBridge) => (wildcards_to_add(&moving, facts), true),
        Some(Strategy::MoveDomain) => net(&moving, request, facts),
        _ => (Vec::new(), false),
    };
    let by_move = strategy == Some(Strategy::MoveDomain);
    if by_move {
        note_proofs_and_pace(&moving, request, facts, &mut findings);
    }
    note_long_ttl(strategy, longest_ttl(&repointed, facts), &mut findings);
    note_what_wildcards_catch(&wildcards, facts, &mut findings);
    let plan = Plan::new(
        strategy,
        &Moves {
            aliases: &moving,
            record_sets: &repointed,
            wildcards: &wildcards,
            caught,
            names_first: &[],
            served_meanwhile: None,
            moves_back: request.within_one_account() && facts.source.enabled,
            proof_ttl_seconds: moving.iter().filter_map(|alias| proof_set(alias, facts)).map(RecordSet::ttl_seconds).max(),
            source: request.source.as_ref(),
            target: &request.target,
            zone: request.zone(),
            ttl_seconds: longest_ttl(&repointed, facts),
            lowers_ttl: false,
            soak_seconds: request.soak_seconds,
        },
    );
    let next_legal = if by_move { after_move(&moving, request, facts) } else { vec![] };
    Decision { findings, refusals: vec![], strategy, plan: Some(plan), next_legal, not_chosen: vec![] }
}

/// The TXT record set that stands where the proof of `alias` will.
pub(crate) fn proof_set<'a>(alias: &Alias, facts: &'a Facts) -> Option<&'a RecordSet> {
    facts.proofs.get(alias)?.sets.iter().find(|set| set.kind == "TXT")
}

/// What an operator should know before AWS's own call is used.
fn note_proofs_and_pace(moving: &[Alias], request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    if facts.source.enabled
        && let Some((alias, why)) = uncaught(moving, request, facts)
    {
        findings.push(Finding::new(
            Code::NoSafetyNet,
            Severity::Note,
            &format!("no wildcard on {} catches {alias} while AWS moves it: {why}", facts.target.id),
            "an edge that the two halves of the move reach apart serves nobody in between, or whoever holds a wildcard above the name (CF-2, CF-10)",
            "nothing for an apex; for a sub-domain free the wildcard and have the target's certificate cover it",
        ));
    }
    let ours = |value: &String| is_proof_of(value, &facts.target.domain_name) || is_proof_of(value, &facts.source.domain_name);
    let standing = |is: &dyn Fn(&String) -> bool| {
        let alias = moving.iter().find(|alias| proof_set(alias, facts).is_some_and(|set| set.values.iter().any(is)))?;
        facts.proofs.get(alias)
    };
    if let Some(proof) = standing(&ours) {
        findings.push(Finding::new(
            Code::ProofAlreadyThere,
            Severity::Note,
            &format!("{} holds a proof of the source or the target already", proof.name),
            "what was there before is there again at the end, whoever left it",
            "if an earlier cutover that was stopped left it, remove it afterwards",
        ));
    }
    if let Some(proof) = standing(&|value| !ours(value)) {
        findings.push(Finding::new(
            Code::ProofShared,
            Severity::Note,
            &format!("{} has a TXT record set already", proof.name),
            "the proof joins its values, and nobody has said whether AWS accepts a proof that is not alone (TXT-8)",
            "if nobody needs the other values, remove them first",
        ));
    }
    if moving.len() > 1 {
        findings.push(Finding::new(
            Code::MovesOneByOne,
            Severity::Note,
            &format!("AWS moves {} names one by one", moving.len()),
            "the next one waits until the target is Deployed again (U-11), so the whole takes about five minutes for each",
            "for many sub-domains name the strategy wildcardBridge, which moves all at once",
        ));
    }
}

/// One finding for many names that are alike, so that ninety names make no document of ninety findings.
fn merge_alike(findings: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<(Finding, usize)> = Vec::new();
    for finding in findings {
        match merged
            .iter_mut()
            .find(|(known, _)| (known.code, known.severity, &known.why) == (finding.code, finding.severity, &finding.why))
        {
            Some((_, more)) => *more += 1,
            None => merged.push((finding, 0)),
        }
    }
    let say = |(mut finding, more): (Finding, usize)| {
        if more > 0 {
            finding.seen = format!("{}; {more} more names likewise", finding.seen);
        }
        finding
    };
    merged.into_iter().map(say).collect()
}

fn sets<'a>(alias: &Alias, facts: &'a Facts) -> &'a [RecordSet] {
    facts.record_sets.get(alias).map_or(&[], Vec::as_slice)
}

/// Whether the alias's record sets lead to the source now.
fn needs_repointing(alias: &Alias, facts: &Facts) -> bool {
    let sets = sets(alias, facts);
    !sets.is_empty() && sets.iter().all(|set| set.points_at(&facts.source.domain_name))
}

fn longest_ttl(aliases: &[Alias], facts: &Facts) -> u32 {
    aliases.iter().flat_map(|alias| sets(alias, facts)).map(RecordSet::ttl_seconds).max().unwrap_or(0)
}

fn judge_alias(alias: &Alias, request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    if facts.target.lists(alias) {
        findings.push(Finding::new(
            Code::AliasAlreadyOnTarget,
            Severity::Note,
            &format!("{alias} is on {} already", facts.target.id),
            "an alias is on one distribution only (CF-5), so nothing is left to detach",
            "nothing; its record sets are still moved where they lead to the source",
        ));
        judge_zone_and_record_sets(alias, request, facts, findings);
        return;
    }
    if !facts.source.lists(alias) {
        let holders = facts.holders.get(alias).map_or(&[][..], Vec::as_slice);
        let seen = match holders.first() {
            Some(holder) => format!("{alias} is on {} of account {} and not on {}", holder.resource, holder.account, facts.source.id),
            None => format!("{alias} is neither on {} nor on {}", facts.source.id, facts.target.id),
        };
        let remedy = "name the distribution that holds it as `source`; if nobody does, nobody serves it now: add it back to the source, where its DNS leads, and ask again";
        findings.push(Finding::new(Code::AliasNotOnSource, Severity::Stops, &seen, "what is not there cannot be moved (CF-5)", remedy));
        return;
    }
    judge_zone_and_record_sets(alias, request, facts, findings);
}

fn judge_zone_and_record_sets(alias: &Alias, request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let zone = &facts.hosted_zone;
    let below = alias.as_str() == zone.name || alias.as_str().ends_with(&format!(".{}", zone.name));
    if zone.private || !below {
        let seen = if zone.private {
            format!("{} is a private hosted zone", zone.name)
        } else {
            format!("{alias} is not below the zone {}", zone.name)
        };
        let why = "CloudFront looks at public DNS when an alias is attached (DNS-1)";
        findings.push(Finding::new(
            Code::HostedZoneUnsuitable,
            Severity::Stops,
            &seen,
            why,
            "name the public hosted zone that serves this name",
        ));
        return;
    }
    let sets = sets(alias, facts);
    if sets.is_empty() {
        findings.push(Finding::new(
            Code::RecordSetMissing,
            Severity::Stops,
            &format!("{alias} has no CNAME, A, AAAA or HTTPS record set of its own in the zone {}", zone.name),
            "the target can take the name only while DNS does not lead to another distribution (DNS-1, DNS-2)",
            &format!("create one that leads to {}, wait for its TTL, and ask again", facts.source.domain_name),
        ));
        return;
    }
    if let Some(set) = sets.iter().find(|set| set.routing.is_some()) {
        findings.push(Finding::new(
            Code::RecordSetUnusual,
            Severity::Stops,
            &format!("the {} record set of {alias} has a routing policy or a health check", set.kind),
            "a routed name must move as a whole (R53-7), which this version does not do",
            "replace it by a simple record set, or wait for a version that moves routed names",
        ));
        return;
    }
    let arrived = facts.target.lists(alias) && sets.iter().all(|set| set.points_at(&facts.target.domain_name));
    if let Some(set) = sets.iter().find(|set| !set.points_at(&facts.source.domain_name)).filter(|_| !arrived) {
        findings.push(Finding::new(
            Code::RecordSetElsewhere,
            Severity::Stops,
            &format!("the {} record set of {alias} does not lead to {}", set.kind, facts.source.domain_name),
            "the way back needs DNS at the source (SW-11), so DNS must be there at the start",
            &format!("point it at {} (viewers do not notice, CF-1), wait for its TTL, and ask again", facts.source.domain_name),
        ));
        return;
    }
    if let Some(set) = sets.iter().find(|set| set.ttl_seconds() > TTL_SECONDS_MAX) {
        findings.push(Finding::new(
            Code::RecordSetUnusual,
            Severity::Stops,
            &format!("the {} record set of {alias} has a TTL of {} s", set.kind, set.ttl_seconds()),
            "the old answer must have run out of every cache before the next edit, forth and back (DNS-5)",
            "lower the TTL to an hour or less, wait until the old one has run out, and ask again",
        ));
        return;
    }
    let destination = Destination {
        source: &facts.source.domain_name,
        target: &facts.target.domain_name,
        ipv6: facts.target.ipv6,
        kinds: request.records,
    };
    let left = in_state(sets, RecordsTo::Target, &destination);
    if !left.iter().any(|set| set.kind != "HTTPS") {
        findings.push(Finding::new(
            Code::RecordSetUnusual,
            Severity::Stops,
            &format!("{alias} has no record set that the target could answer: {} does not answer IPv6", facts.target.id),
            "the name would have no address (R53-7)",
            "enable IPv6 on the target, or give the name an A record set, and ask again",
        ));
        return;
    }
    if !facts.target.ipv6 && sets.iter().any(|set| set.kind == "AAAA") {
        findings.push(Finding::new(
            Code::Ipv6Lost,
            Severity::Note,
            &format!("{alias} has an AAAA record set and {} does not answer IPv6", facts.target.id),
            "the AAAA record set is deleted with the move and returns with a rollback (R53-7)",
            "enable IPv6 on the target first if viewers need it",
        ));
    }
}

fn judge_readiness(facts: &Facts, findings: &mut Vec<Finding>) {
    if let Some(seen) = unready(&facts.target) {
        findings.push(Finding::new(
            Code::TargetNotReady,
            Severity::Stops,
            &seen,
            "an alias may only join a distribution that serves everywhere (DT-16, SW-1)",
            "make the target enabled, deployed and free of staging, tenants and continuous deployment, and ask again",
        ));
    }
}

fn judge_target(moving: &[Alias], facts: &Facts, findings: &mut Vec<Finding>) {
    let target = &facts.target;
    judge_certificate(moving, facts, findings);
    let room = ALIASES_PER_DISTRIBUTION_MAX.saturating_sub(target.aliases.len());
    if moving.len() > room {
        findings.push(Finding::new(
            Code::TargetFull,
            Severity::Stops,
            &format!("{} lists {} aliases and has room for {room}, not for {}", target.id, target.aliases.len(), moving.len()),
            "CloudFront refuses more than 100 aliases on a distribution (Q-1)",
            "ask AWS for a higher quota, remove aliases nobody needs, or move fewer at once",
        ));
    }
}

fn unready(target: &DistributionFacts) -> Option<String> {
    let id = &target.id;
    if !target.enabled {
        Some(format!("{id} is disabled"))
    } else if target.status != "Deployed" {
        Some(format!("{id} is {}", target.status))
    } else if target.staging {
        Some(format!("{id} is a staging distribution"))
    } else if target.tenant_only {
        Some(format!("{id} takes tenants only"))
    } else if target.continuous_deployment {
        Some(format!("{id} has a continuous deployment policy"))
    } else {
        None
    }
}

/// Why a certificate cannot prove anything now, if so (ACM-3, ACM-4, ACM-9).
fn unusable(certificate: &CertificateFacts, facts: &Facts) -> Option<String> {
    if certificate.status != "ISSUED" {
        return Some(format!("its status is {}", certificate.status));
    }
    match certificate.not_after {
        Some(end) if end.as_second() - facts.now.as_second() < CERTIFICATE_SECONDS_MIN => return Some(format!("it ends at {end}")),
        _ => {}
    }
    let key = certificate.key_algorithm.replace('-', "_");
    let allowed = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1"].contains(&key.as_str());
    (!allowed).then(|| format!("its key is {key}"))
}

fn judge_certificate(moving: &[Alias], facts: &Facts, findings: &mut Vec<Finding>) {
    let target = &facts.target;
    let remedy = "attach an issued certificate of us-east-1 that covers every alias, wait until the target is deployed, and ask again";
    let Some(certificate) = &target.certificate else {
        let seen = target.certificate_absent.clone().unwrap_or_else(|| format!("{} has no certificate", target.id));
        findings.push(Finding::new(
            Code::CertificateUnusable,
            Severity::Stops,
            &seen,
            "a certificate proves that the name is yours (SW-1)",
            remedy,
        ));
        return;
    };
    if let Some(reason) = unusable(certificate, facts) {
        let seen = format!("the certificate of {} is not usable: {reason}", target.id);
        let why = "CloudFront refuses it, or it ends before a way back would (ACM-9)";
        findings.push(Finding::new(Code::CertificateUnusable, Severity::Stops, &seen, why, remedy));
    }
    let missing: Vec<Alias> = moving.iter().filter(|alias| !certificate.covers(alias)).cloned().collect();
    if !missing.is_empty() {
        let seen = format!("the certificate of {} does not cover {}", target.id, names(&missing));
        findings.push(Finding::new(
            Code::CertificateLacksName,
            Severity::Stops,
            &seen,
            "CloudFront refuses an alias without it (ACM-2)",
            remedy,
        ));
    }
}

/// SW-12: what leaves the source must be able to return to it.
fn judge_way_back(moving: &[Alias], facts: &Facts, findings: &mut Vec<Finding>) {
    let source = &facts.source;
    let reason = match &source.certificate {
        None => source.certificate_absent.clone().or_else(|| Some(format!("{} has no certificate", source.id))),
        Some(certificate) => {
            unusable(certificate, facts).map(|reason| format!("the certificate of {} is not usable: {reason}", source.id)).or_else(|| {
                let missing: Vec<Alias> = moving.iter().filter(|alias| !certificate.covers(alias)).cloned().collect();
                (!missing.is_empty()).then(|| format!("the certificate of {} does not cover {}", source.id, names(&missing)))
            })
        }
    };
    if let Some(seen) = reason {
        let why = "without it the source could not take the name back (SW-12)";
        let remedy = "give the source a usable certificate for every alias first, then ask again";
        findings.push(Finding::new(Code::WayBackBlocked, Severity::Stops, &seen, why, remedy));
    }
}

/// A swap that cannot attach leaves nobody serving until CloudFront has forgotten where DNS led.
fn note_long_ttl(strategy: Option<Strategy>, ttl_seconds: u32, findings: &mut Vec<Finding>) {
    if strategy == Some(Strategy::Swap) && ttl_seconds > TTL_SECONDS_LONG {
        findings.push(Finding::new(
            Code::TtlLong,
            Severity::Note,
            &format!("a record set has a TTL of {ttl_seconds} s"),
            "were the attach refused, the source could take the name back only when that time has passed (SW-11)",
            "lower the TTL to 60 s and wait until the old one has run out before a swap",
        ));
    }
}

fn note_what_wildcards_catch(wildcards: &[Alias], facts: &Facts, findings: &mut Vec<Finding>) {
    for wildcard in wildcards {
        let also = facts.wildcards.get(wildcard).map_or(&[][..], |seen| seen.also_catches.as_slice());
        let Some(first) = also.first() else { continue };
        findings.push(Finding::new(
            Code::WildcardCatches,
            Severity::Note,
            &format!(
                "names of the hosted zone that lead to CloudFront below {wildcard}: {}, {first}{}",
                also.len(),
                if also.len() > 1 { " …" } else { "" }
            ),
            "while the wildcard is on the target it serves those of them that are no distribution's alias (WB-11)",
            "check that none of them is meant to answer with an error",
        ));
    }
}
