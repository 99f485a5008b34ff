//! Which strategy: the first that is legal for every alias, or a refusal with requests that would work. Must not know
//! the order of edits.

use crate::bounds::{ALIASES_PER_DISTRIBUTION_MAX, cut};
use crate::facts::{Facts, Reach};
use crate::finding::{Code, Refusal};
use crate::name::Alias;
use crate::plan::{NotChosen, names};
use crate::request::Request;
use crate::strategy::{Illegal, Strategy, below, catching_wildcard, legal};
use serde_json::Value;
use std::collections::BTreeSet;

/// The wildcards that have to be put on the target so that each of `names` is caught there.
pub(crate) fn wildcards_to_add(names: &[Alias], facts: &Facts) -> Vec<Alias> {
    let wildcards: BTreeSet<Alias> = names.iter().filter_map(|alias| catching_wildcard(alias, facts).ok()).collect();
    wildcards.into_iter().filter(|wildcard| !facts.target.lists(wildcard)).collect()
}

/// The exact names that go to the target before their wildcard changes hands in a swap (DT-9).
pub(crate) fn names_first(moving: &[Alias], request: &Request, facts: &Facts) -> Vec<Alias> {
    let wildcards = moving.iter().filter(|alias| alias.is_wildcard());
    let names: BTreeSet<&Alias> =
        wildcards.flat_map(|wildcard| below(wildcard, facts)).filter(|(_, can)| *can).map(|(name, _)| name).collect();
    names.into_iter().filter(|name| !request.aliases.contains(name)).cloned().collect()
}

/// The strategies that are for a source like this one, in the planner's order.
fn fit_for(facts: &Facts) -> &'static [Strategy] {
    match facts.source.reach {
        Reach::Ours => &[Strategy::MoveDomain, Strategy::WildcardBridge, Strategy::Swap],
        Reach::Unreachable(_) => &[Strategy::MoveDomain, Strategy::SupportCase],
        Reach::Service(_) => &[Strategy::ReleaseService],
    }
}

/// Those of them that nobody has to name.
fn unnamed(request: &Request, facts: &Facts) -> Vec<Strategy> {
    fit_for(facts).iter().copied().filter(|strategy| has_to_be_named(*strategy, request).is_none()).collect()
}

/// Why a strategy is only for who names it. Within one account a bridge does only what AWS's own call does at once.
fn has_to_be_named(strategy: Strategy, request: &Request) -> Option<&'static str> {
    match strategy {
        Strategy::DisableAndMove => Some("it takes every alias of the source out of service, so it has to be named"),
        Strategy::WildcardBridge if request.within_one_account() => {
            Some("within one account AWS's own call does the same at once, so it has to be named")
        }
        _ => None,
    }
}

/// Why the strategies before the chosen one were not taken, for a person.
pub(crate) fn not_chosen(chosen: Strategy, moving: &[Alias], request: &Request, facts: &Facts) -> Vec<NotChosen> {
    let why = |strategy: Strategy| {
        let illegal = moving.iter().find_map(|alias| legal(strategy, alias, request, facts).err()).map(|illegal| illegal.why);
        illegal
            .or_else(|| has_to_be_named(strategy, request).map(str::to_owned))
            .or_else(|| has_room(strategy, moving, request, facts).err().map(|refusal| refusal.message))
    };
    let earlier = Strategy::ALL.into_iter().take_while(|strategy| *strategy != chosen);
    let said = |strategy| {
        let named = "the request names another strategy".to_owned();
        NotChosen { strategy, why: cut(&why(strategy).unwrap_or(named)) }
    };
    earlier.filter(|strategy| *strategy != Strategy::DisableAndMove).map(said).collect()
}

/// The first strategy that is legal for each alias; refused where these differ.
pub(crate) fn choose(moving: &[Alias], request: &Request, facts: &Facts) -> Result<Option<Strategy>, Refusal> {
    if moving.is_empty() {
        return Ok(None);
    }
    if let Some(named) = request.strategy {
        return named_strategy(named, moving, request, facts).map(Some);
    }
    let groups = group(moving, &unnamed(request, facts), request, facts)
        .map_err(|(alias, reasons)| none_legal(&alias, &reasons, moving, request, facts))?;
    let groups = one_release_each(groups);
    match groups.as_slice() {
        [(strategy, aliases)] => has_room(*strategy, aliases, request, facts).map(|()| Some(*strategy)),
        _ => Err(mixed(groups.clone(), request, facts)),
    }
}

/// The wildcards that are put on the target while AWS moves names within one account, and whether each name is caught by
/// a wildcard there. A safety net, not a condition: where it is not legal, or has no room, the move goes without.
pub(crate) fn net(moving: &[Alias], request: &Request, facts: &Facts) -> (Vec<Alias>, bool) {
    if !request.within_one_account() {
        return (vec![], false);
    }
    let caught: Vec<Alias> =
        moving.iter().filter(|alias| legal(Strategy::WildcardBridge, alias, request, facts).is_ok()).cloned().collect();
    let wildcards = wildcards_to_add(&caught, facts);
    if would_list(moving, &wildcards, facts) > ALIASES_PER_DISTRIBUTION_MAX {
        return (vec![], false);
    }
    (wildcards, caught.len() == moving.len())
}

/// The same while a service lets the names go, where a wildcard may catch every one of them.
pub(crate) fn release_net(moving: &[Alias], facts: &Facts) -> (Vec<Alias>, bool) {
    let wildcards = wildcards_to_add(moving, facts);
    let catches_all = moving.iter().all(|alias| catching_wildcard(alias, facts).is_ok());
    if !catches_all || would_list(moving, &wildcards, facts) > ALIASES_PER_DISTRIBUTION_MAX {
        return (vec![], false);
    }
    (wildcards, true)
}

/// Aliases on the target with those that join it.
fn would_list(moving: &[Alias], beside: &[Alias], facts: &Facts) -> usize {
    facts.target.aliases.len() + moving.len() + beside.len()
}

/// The first name that no wildcard on the target would catch, and why.
pub(crate) fn uncaught(moving: &[Alias], request: &Request, facts: &Facts) -> Option<(Alias, String)> {
    let illegal = |alias: &Alias| legal(Strategy::WildcardBridge, alias, request, facts).err();
    let found = moving.iter().find_map(|alias| illegal(alias).map(|illegal| (alias.clone(), illegal.why)));
    let full = || moving.first().map(|alias| (alias.clone(), format!("{} has no room for it (Q-1)", facts.target.id)));
    found.or_else(|| if net(moving, request, facts).1 { None } else { full() })
}

/// What would be asked for next, were AWS to refuse the move of these aliases (MV-4): the strategies after it, each with
/// its aliases.
pub(crate) fn after_move(moving: &[Alias], request: &Request, facts: &Facts) -> Vec<Group> {
    let accepting = Request { accept_outage: true, ..request.clone() };
    let later: Vec<Strategy> = fit_for(facts).iter().copied().filter(|strategy| *strategy != Strategy::MoveDomain).collect();
    fitting(group(moving, &later, &accepting, facts).unwrap_or_default(), request, facts)
}

fn first_legal(alias: &Alias, strategies: &[Strategy], request: &Request, facts: &Facts) -> Result<Strategy, Vec<Illegal>> {
    let mut reasons = Vec::new();
    for strategy in strategies {
        match legal(*strategy, alias, request, facts) {
            Ok(()) => return Ok(*strategy),
            Err(illegal) => reasons.push(illegal),
        }
    }
    Err(reasons)
}

/// Wildcards and names that join the target for a while need room beside the aliases.
fn has_room(strategy: Strategy, moving: &[Alias], request: &Request, facts: &Facts) -> Result<(), Refusal> {
    let (beside, what) = match strategy {
        Strategy::WildcardBridge => (wildcards_to_add(moving, facts), "the bridge's wildcards"),
        Strategy::Swap => (names_first(moving, request, facts), "the names that come before their wildcard"),
        // Accepted, the outage needs no wildcard.
        Strategy::ReleaseService if !request.accept_outage => {
            (wildcards_to_add(moving, facts), "the wildcards that catch viewers meanwhile")
        }
        _ => (vec![], ""),
    };
    let (needed, beside) = (would_list(moving, &beside, facts), beside.len());
    if needed <= ALIASES_PER_DISTRIBUTION_MAX {
        return Ok(());
    }
    let message = format!("{} would list {needed} aliases with {what}, {beside} of them; CloudFront takes 100 (Q-1)", facts.target.id);
    if strategy == Strategy::ReleaseService {
        let without = Request { accept_outage: true, ..request.clone() };
        let remedy = "remove aliases that nobody needs, ask AWS for a higher quota, or accept the outage until the target has the name";
        return Err(Refusal::new(Code::TargetFull, &message, remedy).with_requests(parts(&[(strategy, moving.to_vec())], &without, facts)));
    }
    if strategy != Strategy::WildcardBridge {
        return Err(Refusal::new(Code::TargetFull, &message, "remove aliases that nobody needs, or ask AWS for a higher quota"));
    }
    // A swap needs no wildcard, and the aliases alone were found to fit.
    let swap = parts(&[(Strategy::Swap, moving.to_vec())], request, facts);
    Err(Refusal::new(Code::TargetFull, &message, "move fewer aliases at once, ask AWS for a higher quota, or accept the outage of a swap")
        .with_requests(swap))
}

fn named_strategy(named: Strategy, moving: &[Alias], request: &Request, facts: &Facts) -> Result<Strategy, Refusal> {
    for alias in moving {
        if let Err(illegal) = legal(named, alias, request, facts) {
            if illegal.code == Code::OutageNotAccepted {
                return Err(none_legal(alias, &[illegal], moving, request, facts));
            }
            let message = format!("{} is not legal: {}", named.name(), illegal.why);
            let requests = ready(moving, request, facts);
            return Err(Refusal::new(Code::StrategyNotLegal, &message, &illegal.remedy).with_requests(requests));
        }
    }
    has_room(named, moving, request, facts).map(|()| named)
}

/// A name that its service has released waits for no other: each has a cutover of its own.
fn one_release_each(groups: Vec<Group>) -> Vec<Group> {
    let apart = |(strategy, aliases): Group| -> Vec<Group> {
        if strategy == Strategy::ReleaseService {
            aliases.into_iter().map(|alias| (strategy, vec![alias])).collect()
        } else {
            vec![(strategy, aliases)]
        }
    };
    groups.into_iter().flat_map(apart).collect()
}

/// Aliases that one strategy moves.
pub type Group = (Strategy, Vec<Alias>);

/// The aliases by the first strategy that is legal for each; or one for which none is, and why.
fn group(moving: &[Alias], strategies: &[Strategy], request: &Request, facts: &Facts) -> Result<Vec<Group>, (Alias, Vec<Illegal>)> {
    let mut groups: Vec<Group> = Vec::new();
    for alias in moving {
        let strategy = first_legal(alias, strategies, request, facts).map_err(|reasons| (alias.clone(), reasons))?;
        match groups.iter_mut().find(|(known, _)| *known == strategy) {
            Some((_, aliases)) => aliases.push(alias.clone()),
            None => groups.push((strategy, vec![alias.clone()])),
        }
    }
    Ok(groups)
}

/// Requests that would work, one for each strategy, once an outage is accepted where it must be.
fn ready(moving: &[Alias], request: &Request, facts: &Facts) -> Vec<Value> {
    let accepting = Request { accept_outage: true, strategy: None, ..request.clone() };
    let groups = group(moving, fit_for(facts), &accepting, facts).unwrap_or_default();
    parts(&fitting(one_release_each(groups), request, facts), request, facts)
}

/// A bridge without room for its wildcards becomes a swap, which needs none. It goes first, while the others' names are not
/// on the target yet.
fn fitting(mut groups: Vec<Group>, request: &Request, facts: &Facts) -> Vec<Group> {
    groups.sort_by_key(|(strategy, _)| *strategy != Strategy::WildcardBridge);
    let fit = |(strategy, aliases): Group| match has_room(strategy, &aliases, request, facts) {
        Ok(()) => (strategy, aliases),
        Err(_) => (Strategy::Swap, aliases),
    };
    groups.into_iter().map(fit).collect()
}

/// The request, cut into one for each group. An outage is accepted only where one of the names would be left unserved.
fn parts(groups: &[Group], request: &Request, facts: &Facts) -> Vec<Value> {
    let unnamed = Request { strategy: None, ..request.clone() };
    let lacks_a_yes = |strategy: Strategy, alias: &Alias| {
        legal(strategy, alias, &unnamed, facts).is_err_and(|illegal| illegal.code == Code::OutageNotAccepted)
    };
    let cut = |group: &Group| {
        let (strategy, aliases) = group;
        let unserved = |_| aliases.iter().any(|alias| lacks_a_yes(*strategy, alias));
        split(std::slice::from_ref(group), request, unserved)
    };
    groups.iter().flat_map(cut).collect()
}

/// The same by whether a strategy may leave its names `unserved`.
pub(crate) fn split(groups: &[Group], request: &Request, unserved: impl Fn(Strategy) -> bool) -> Vec<Value> {
    let part = |(strategy, aliases): &Group| {
        let accept_outage = request.accept_outage || unserved(*strategy);
        // Another plan than the one that was agreed to.
        Request { aliases: aliases.clone(), strategy: Some(*strategy), accept_outage, plan_hash: None, ..request.clone() }.to_value()
    };
    groups.iter().map(part).collect()
}

fn none_legal(alias: &Alias, reasons: &[Illegal], moving: &[Alias], request: &Request, facts: &Facts) -> Refusal {
    let why: Vec<&str> = reasons.iter().map(|illegal| illegal.why.as_str()).collect();
    let code = reasons.last().map_or(Code::StrategyNotLegal, |illegal| illegal.code);
    // That a source in another account is enabled is no fault of it: the next reason is the one to mend.
    let mendable = reasons.iter().find(|illegal| illegal.code != Code::MoveNotAllowed).or(reasons.first());
    let remedy = mendable.map_or("", |illegal| illegal.remedy.as_str());
    let requests = ready(moving, request, facts);
    let all_ready = |wanted: &dyn Fn(&Value) -> bool| !requests.is_empty() && requests.iter().all(wanted);
    // Within one account a bridge is for who names it, and it costs nobody anything.
    let bridges = request.strategy.is_none() && all_ready(&|ready| ready["strategy"] == "wildcardBridge");
    let spares = request.strategy.is_some() && all_ready(&|ready| ready["acceptOutage"] != true);
    let remedy = match (bridges, spares) {
        (true, _) => "send the ready request: a wildcardBridge, which has to be named within one account, leaves nobody unserved",
        (_, true) => "send the ready request, whose strategy leaves nobody unserved, or ask again with `acceptOutage: true`",
        _ => remedy,
    };
    let none = match request.strategy {
        Some(named) => format!("{} is not", named.name()),
        None if bridges => "no strategy that need not be named is".to_owned(),
        None => "no strategy is".to_owned(),
    };
    let message = format!("{none} legal for {alias}: {}", why.join("; and "));
    Refusal::new(code, &message, remedy).with_requests(requests)
}

fn mixed(groups: Vec<Group>, request: &Request, facts: &Facts) -> Refusal {
    let bridges = |groups: &[Group]| groups.iter().any(|(strategy, _)| *strategy == Strategy::WildcardBridge);
    let told: Vec<String> = groups.iter().map(|(strategy, aliases)| format!("{} for {}", strategy.name(), names(aliases))).collect();
    let mut message = format!("one cutover has one strategy, and the aliases need several: {}", told.join("; "));
    let (wanted, fitting) = (bridges(&groups), fitting(groups, request, facts));
    if wanted && !bridges(&fitting) {
        message = format!("{message}; and {} has no room for the bridge's wildcards (Q-1)", facts.target.id);
    }
    Refusal::new(Code::MixedStrategies, &message, "send the ready requests one after the other, or name one strategy that is legal for all")
        .with_requests(parts(&fitting, request, facts))
}

#[cfg(test)]
mod tests;
