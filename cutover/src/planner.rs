//! From request and facts to findings, refusals, a strategy and a plan. A pure function: asked twice with the
//! same facts it says the same.

use crate::bounds::TTL_SECONDS_LONG;
use crate::choose::{Group, after_move, choose, names_first, net, not_chosen, release_net, wildcards_to_add};
use crate::effect;
use crate::facts::{Facts, Reach};
use crate::finding::{Code, Finding, Refusal, Severity};
use crate::hidden;
use crate::judge::{merge_alike, needs_repointing, situation};
use crate::name::Alias;
use crate::notes::{self, Chosen};
use crate::order::{Moves, Plan};
use crate::parity;
use crate::plan::NotChosen;
use crate::record_set::RecordSet;
use crate::request::Request;
use crate::strategy::{Strategy, served_by_source};

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

impl Decision {
    fn refused(findings: Vec<Finding>, refusals: Vec<Refusal>) -> Self {
        Self { findings, refusals, ..Self::default() }
    }
}

/// Decides.
pub fn decide(request: &Request, facts: &Facts) -> Decision {
    let moving: Vec<Alias> = request.aliases.iter().filter(|alias| facts.source.lists(alias)).cloned().collect();
    let findings = merge_alike(situation(&moving, request, facts));
    let refusals = refusals(&findings, request, facts);
    if !refusals.is_empty() {
        return Decision::refused(findings, refusals);
    }
    let strategy = match choose(&moving, request, facts) {
        Ok(strategy) => strategy,
        Err(refusal) => return Decision::refused(findings, vec![refusal]),
    };
    let extent = Extent::of(strategy, moving, request, facts);
    if extent.moving.is_empty() && extent.repointed.is_empty() {
        return Decision { findings, ..Decision::default() };
    }
    planned(strategy, &extent, request, facts, findings)
}

/// The names that a plan touches.
struct Extent {
    /// Aliases that change hands.
    moving: Vec<Alias>,
    /// Names whose record sets are moved.
    repointed: Vec<Alias>,
    /// Wildcards that stand on the target for a while.
    wildcards: Vec<Alias>,
    /// Whether each alias is caught by a wildcard there.
    caught: bool,
    /// Exact names that go before their wildcard.
    first: Vec<Alias>,
}

impl Extent {
    fn of(strategy: Option<Strategy>, moving: Vec<Alias>, request: &Request, facts: &Facts) -> Self {
        let (wildcards, caught) = match strategy {
            Some(Strategy::WildcardBridge) => (wildcards_to_add(&moving, facts), true),
            Some(Strategy::MoveDomain) => net(&moving, request, facts),
            Some(Strategy::ReleaseService) => release_net(&moving, facts),
            _ => (Vec::new(), false),
        };
        let first = if strategy == Some(Strategy::Swap) { names_first(&moving, request, facts) } else { vec![] };
        let below = facts.record_sets.keys().filter(|name| moving.iter().any(|alias| alias != *name && alias.catches(name)));
        let mut repointed: Vec<Alias> = request.aliases.iter().filter(|alias| needs_repointing(alias, facts)).cloned().collect();
        let follows = below.filter(|name| !request.aliases.contains(name) && needs_repointing(name, facts) && !facts.source.lists(name));
        repointed.extend(follows.cloned());
        Self { moving, repointed, wildcards, caught, first }
    }
}

fn planned(strategy: Option<Strategy>, extent: &Extent, request: &Request, facts: &Facts, mut findings: Vec<Finding>) -> Decision {
    let Extent { moving, repointed, wildcards, caught, first } = extent;
    let ttl_seconds = repointed.iter().flat_map(|name| sets(name, facts)).map(RecordSet::ttl_seconds).max().unwrap_or(0);
    let by_source: Option<Vec<Alias>> = moving.iter().map(|alias| served_by_source(alias, request, facts)).collect();
    let meanwhile = by_source.and_then(|served| served.into_iter().next()).map(|wildcard| format!("the source's own {wildcard}"));
    let lowers_ttl = strategy == Some(Strategy::Swap) && ttl_seconds > TTL_SECONDS_LONG && request.zone().is_some();
    let chosen = Chosen { strategy, moving, wildcards, names_first: first, ttl_seconds, lowers_ttl, meanwhile: meanwhile.as_deref() };
    findings.extend(merge_alike(notes::of(&chosen, request, facts)));
    let refusals = refusals(&findings, request, facts);
    if !refusals.is_empty() {
        return Decision::refused(findings, refusals);
    }
    let mut plan = Plan::new(
        strategy,
        &Moves {
            aliases: moving,
            record_sets: repointed,
            wildcards,
            caught: *caught,
            names_first: first,
            served_meanwhile: meanwhile.as_deref(),
            moves_back: request.within_one_account() && facts.source.enabled,
            proof_ttl_seconds: moving.iter().filter_map(|alias| proof_set(alias, facts)).map(RecordSet::ttl_seconds).max(),
            source: request.source.as_ref().filter(|_| facts.source.reach == Reach::Ours),
            target: &request.target,
            zone: request.zone(),
            ttl_seconds,
            lowers_ttl,
            soak_seconds: request.soak_seconds,
        },
    );
    effect::tell(&mut plan, request, facts);
    plan.asked = asked(strategy, moving, request, facts);
    let by_move = matches!(strategy, Some(Strategy::MoveDomain | Strategy::DisableAndMove));
    Decision {
        findings,
        refusals: vec![],
        strategy,
        plan: Some(plan),
        next_legal: if by_move { after_move(moving, request, facts) } else { vec![] },
        not_chosen: strategy.map_or(vec![], |chosen| not_chosen(chosen, moving, request, facts)),
    }
}

/// What others are told whose part it is to move or release the names.
fn asked(strategy: Option<Strategy>, moving: &[Alias], request: &Request, facts: &Facts) -> Vec<String> {
    match (strategy, &facts.source.reach) {
        (Some(Strategy::SupportCase), _) => hidden::support_case(request, facts),
        (Some(Strategy::ReleaseService), Reach::Service(service)) => {
            let evidence = hidden::recognise(&facts.source.account, facts.glance.as_ref()).map(|(_, evidence)| evidence);
            let first = "not before Cutover says that it waits for the release: DNS has to lead to the target first".to_owned();
            std::iter::once(first).chain(hidden::release_steps(*service, moving, &evidence.unwrap_or_default())).collect()
        }
        _ => vec![],
    }
}

/// What stops the cutover, and what would need a yes that the request does not give.
fn refusals(findings: &[Finding], request: &Request, facts: &Facts) -> Vec<Refusal> {
    // Whoever says yes to a difference has read its path: one that a later look finds nobody has agreed to.
    let by_path = |finding: &Finding| finding.code == Code::ConfigDiffers;
    let open = |finding: &&Finding| match finding.severity {
        Severity::Stops => true,
        Severity::NeedsYes => by_path(finding) || !request.accept.contains(&finding.code),
        Severity::Note => false,
    };
    let said = |finding: &Finding| {
        let refusal = Refusal::from(finding);
        if finding.severity == Severity::Stops {
            return refusal;
        }
        if findings.iter().any(|finding| finding.severity == Severity::Stops) {
            return refusal;
        }
        let mut agreeing = request.clone();
        let needs_yes = findings.iter().filter(|finding| finding.severity == Severity::NeedsYes);
        agreeing.accept.extend(needs_yes.clone().filter(|finding| !by_path(finding)).map(|finding| finding.code));
        if needs_yes.into_iter().any(by_path) {
            agreeing.allow_differences = parity::agreeing(&facts.source, &facts.target, &request.allow_differences);
        }
        if by_path(finding) {
            return refusal.with_requests(vec![agreeing.to_value()]);
        }
        let remedy = format!("{}; then say yes to it in the request: \"accept\": [\"{}\"]", refusal.remedy, finding.code.name());
        Refusal { remedy, ..refusal }.with_requests(vec![agreeing.to_value()])
    };
    findings.iter().filter(open).map(said).collect()
}

fn sets<'a>(alias: &Alias, facts: &'a Facts) -> &'a [RecordSet] {
    facts.record_sets.get(alias).map_or(&[], Vec::as_slice)
}

/// The TXT record set that stands where the proof of `alias` will.
pub(crate) fn proof_set<'a>(alias: &Alias, facts: &'a Facts) -> Option<&'a RecordSet> {
    facts.proofs.get(alias)?.sets.iter().find(|set| set.kind == "TXT")
}

#[cfg(test)]
mod tests;
