//! What is worth saying about each alias: where it is, and what its record sets are like. Must not know about
//! certificates.

use super::say;
use crate::bounds::TTL_SECONDS_MAX;
use crate::facts::{Facts, Reach};
use crate::finding::{Code, Finding, Severity};
use crate::name::Alias;
use crate::record_set::{Destination, RecordKinds, RecordSet, RecordsTo, in_state};
use crate::request::Request;

const NOTE: Severity = Severity::Note;
const STOPS: Severity = Severity::Stops;

fn sets<'a>(alias: &Alias, facts: &'a Facts) -> &'a [RecordSet] {
    facts.record_sets.get(alias).map_or(&[], Vec::as_slice)
}

/// Whether record sets of the alias lead to the source now.
pub(crate) fn needs_repointing(alias: &Alias, facts: &Facts) -> bool {
    let source = &facts.source.domain_name;
    !source.is_empty() && sets(alias, facts).iter().any(|set| set.points_at(source))
}

pub(super) fn judge(alias: &Alias, request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    if facts.target.lists(alias) {
        let seen = format!("{alias} is on {} already", facts.target.id);
        let why = "an alias is on one distribution only (CF-5), so nothing is left to detach";
        say(
            findings,
            (Code::AliasAlreadyOnTarget, NOTE),
            &seen,
            why,
            "nothing; its record sets are still moved where they lead to the source",
        );
    } else if !facts.source.lists(alias) {
        judge_stray(alias, facts, findings);
        return;
    }
    if judge_zone(alias, facts, findings) {
        judge_record_sets(alias, request, facts, findings);
    }
}

fn judge_stray(alias: &Alias, facts: &Facts, findings: &mut Vec<Finding>) {
    let source = &facts.source.id;
    let holder = facts.holders.get(alias).and_then(|holders| holders.first());
    let mut listed = facts.source.aliases.iter().filter_map(|name| Alias::parse(name).ok());
    let (seen, remedy) = match (holder, listed.find(|listed| listed.catches(alias))) {
        (None, Some(wildcard)) => (
            format!("{alias} is not on {source} itself: its {wildcard} serves it"),
            format!("ask for the move of {wildcard}; or add {alias} to {source} first, where its DNS leads, and ask again"),
        ),
        (holder, _) => (
            match holder {
                Some(holder) => format!("{alias} is on {} of account {} and not on {source}", holder.resource, holder.account),
                None => format!("{alias} is neither on {source} nor on {}", facts.target.id),
            },
            "name the distribution that holds it as `source`, or leave `source` out; if nobody does, nobody serves it now: add it back to \
             the source, where its DNS leads, and ask again"
                .to_owned(),
        ),
    };
    say(findings, (Code::AliasNotOnSource, STOPS), &seen, "what is not there cannot be moved (CF-5)", &remedy);
}

/// Whether the alias's record sets are in this zone, and the zone is the one that is asked.
fn judge_zone(alias: &Alias, facts: &Facts, findings: &mut Vec<Finding>) -> bool {
    let zone = &facts.hosted_zone;
    let base = alias.as_str().strip_prefix("*.").unwrap_or(alias.as_str());
    let below = base == zone.name || base.ends_with(&format!(".{}", zone.name));
    if zone.private || !below {
        let seen = if zone.private {
            format!("{} is a private hosted zone", zone.name)
        } else {
            format!("{alias} is not below the zone {}", zone.name)
        };
        let why = "CloudFront looks at public DNS when an alias is attached (DNS-1)";
        say(
            findings,
            (Code::HostedZoneUnsuitable, STOPS),
            &seen,
            why,
            "name the public hosted zone that serves this name, or leave `dns` out",
        );
        return false;
    }
    if let Some(asked) = &zone.asked_instead {
        let seen = format!("public DNS does not ask this hosted zone of {} for {alias}, but {asked}", zone.name);
        let why = "what is changed here nobody sees, neither viewers nor CloudFront (R53-13)";
        let remedy =
            "leave `dns` out, so that the zone that is really delegated is looked for; or say \"dns\": \"external\" where it is not yours";
        say(findings, (Code::HostedZoneNotDelegated, STOPS), &seen, why, remedy);
        return false;
    }
    true
}

fn judge_record_sets(alias: &Alias, request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let sets = sets(alias, facts);
    if sets.is_empty() {
        let above = facts.wildcards.get(alias).map_or(&[][..], |seen| seen.record_sets.as_slice());
        if !alias.is_wildcard() || above.iter().any(|set| !set.points_at(&facts.target.domain_name)) {
            judge_missing(alias, facts, findings);
        }
        return;
    }
    if judge_routing(alias, sets, request, facts, findings) && judge_destination(alias, sets, facts, findings) {
        judge_kinds(alias, sets, request, facts, findings);
    }
}

fn judge_missing(alias: &Alias, facts: &Facts, findings: &mut Vec<Finding>) {
    let seen = format!("{alias} has no CNAME, A, AAAA or HTTPS record set of its own in the zone {}", facts.hosted_zone.name);
    let why = "the target can take the name only while DNS does not lead to another distribution (DNS-1, DNS-2)";
    let at = if facts.source.domain_name.is_empty() { "the distribution that holds it" } else { &facts.source.domain_name };
    say(findings, (Code::RecordSetMissing, STOPS), &seen, why, &format!("create one that leads to {at}, wait for its TTL, and ask again"));
}

/// Whether a routed name, if it is one, may be moved as a whole (R53-7).
fn judge_routing(alias: &Alias, sets: &[RecordSet], request: &Request, facts: &Facts, findings: &mut Vec<Finding>) -> bool {
    let Some(routed) = sets.iter().find(|set| set.routing.is_some()) else { return true };
    let lost = sets.iter().any(|set| set.routing.as_ref().is_some_and(|routing| routing.other));
    let leads = |set: &RecordSet| set.points_at(&facts.source.domain_name) || set.points_at(&facts.target.domain_name);
    let stray = sets.iter().find(|set| set.leads_to_cloudfront() && !leads(set));
    let impossible = if lost {
        Some(format!("the {} record set of {alias} belongs to a traffic policy, or is routed by CIDR or geoproximity", routed.kind))
    } else if let Some(stray) = stray {
        Some(format!("a member of {alias} leads to another distribution: {}", stray.describe()))
    } else if request.records != RecordKinds::AsTheyAre {
        Some(format!("{alias} is routed, and a routed name keeps its types"))
    } else {
        None
    };
    if let Some(seen) = impossible {
        let why = "a routed name moves as a whole or not at all (R53-7)";
        say(
            findings,
            (Code::RecordSetUnusual, STOPS),
            &seen,
            why,
            "replace it by simple record sets that lead to the source, and ask again",
        );
        return false;
    }
    let moved = sets.iter().filter(|set| set.points_at(&facts.source.domain_name)).count();
    let seen = format!(
        "the {} record set of {alias} has a routing policy or a health check; {moved} of its {} members lead to the source",
        routed.kind,
        sets.len()
    );
    let why = "each member that leads to the source is moved and keeps its policy; a health check may judge the target otherwise (R53-7)";
    let remedy = "look at what its members and health checks do";
    say(findings, (Code::RecordSetRouted, Severity::NeedsYes), &seen, why, remedy);
    true
}

/// Whether the record sets lead to the source, for as long as that can be waited out.
fn judge_destination(alias: &Alias, sets: &[RecordSet], facts: &Facts, findings: &mut Vec<Finding>) -> bool {
    let arrived = facts.target.lists(alias) && sets.iter().all(|set| set.points_at(&facts.target.domain_name));
    let ours = |set: &RecordSet| set.points_at(&facts.source.domain_name) || (set.routing.is_some() && !set.leads_to_cloudfront());
    if let Some(set) = sets.iter().find(|set| !ours(set)).filter(|_| !arrived) {
        let at = if facts.source.domain_name.is_empty() { "the distribution that holds it" } else { &facts.source.domain_name };
        let seen = format!("the {} record set of {alias} does not lead to {at}: {}", set.kind, set.describe());
        if facts.hosted_zone.external && set.leads_to().is_none() {
            let why = "addresses do not tell which distribution they lead to, so nobody could see when DNS has moved";
            let remedy =
                "give the name a CNAME for the time of the cutover, or make the account of its hosted zone a member and leave `dns` out";
            say(findings, (Code::RecordSetElsewhere, STOPS), &seen, why, remedy);
            return false;
        }
        let why = "the way back needs DNS at the source (SW-11), so DNS must be there at the start";
        let remedy = format!("point it at {at} (viewers do not notice, CF-1), wait for its TTL, and ask again");
        say(findings, (Code::RecordSetElsewhere, STOPS), &seen, why, &remedy);
        return false;
    }
    if let Some(set) = sets.iter().find(|set| set.ttl_seconds() > TTL_SECONDS_MAX) {
        let seen = format!("the {} record set of {alias} has a TTL of {} s", set.kind, set.ttl_seconds());
        let why = "the old answer must have run out of every cache before the next edit, forth and back (DNS-5)";
        let remedy = "lower the TTL to an hour or less, wait until the old one has run out, and ask again";
        say(findings, (Code::RecordSetUnusual, STOPS), &seen, why, remedy);
        return false;
    }
    true
}

/// Whether the record sets at the target are some that can be, and answer whom the old ones answered.
fn judge_kinds(alias: &Alias, sets: &[RecordSet], request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let is_cname = |set: &RecordSet| set.kind == "CNAME";
    let to_alias = request.records == RecordKinds::Alias && sets.iter().any(is_cname);
    let to_cname = request.records == RecordKinds::Cname && !sets.iter().any(is_cname);
    let impossible = if to_cname && alias.as_str() == facts.hosted_zone.name {
        Some((format!("{alias} is the apex of its zone"), "an apex takes no CNAME (R53-6)"))
    } else if let Some(beside) = facts.beside.get(alias).filter(|_| to_cname) {
        let kinds = beside.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        Some((format!("{alias} has {kinds} record sets as well"), "a CNAME stands alone at its name (R53-6)"))
    } else if (to_alias || to_cname) && facts.hosted_zone.external {
        Some((format!("somebody else keeps the zone {}", facts.hosted_zone.name), "only Route 53 has alias record sets (R53-3)"))
    } else {
        None
    };
    if let Some((seen, why)) = impossible {
        say(findings, (Code::RecordSetUnusual, STOPS), &seen, why, "leave `records` out");
        return;
    }
    let kinds = request.records;
    let destination = Destination { source: &facts.source.domain_name, target: &facts.target.domain_name, ipv6: facts.target.ipv6, kinds };
    let moved = in_state(sets, RecordsTo::Target, &destination);
    let is_https = |set: &RecordSet| set.kind == "HTTPS";
    if moved.iter().all(is_https) {
        let (seen, remedy) = if sets.iter().all(is_https) {
            (format!("{alias} has HTTPS record sets only"), "give the name an A record set that leads to the source as well, and ask again")
        } else {
            let seen = format!("{alias} has no record set that the target could answer: {} does not answer IPv6", facts.target.id);
            (seen, "enable IPv6 on the target, or give the name an A record set, and ask again")
        };
        say(findings, (Code::RecordSetUnusual, STOPS), &seen, "the name would have no address (R53-7)", remedy);
        return;
    }
    judge_ipv6(alias, sets, &moved, facts, findings);
}

/// Whether viewers who come by IPv6 are lost to a target that does not answer it: `moved` are the record sets there.
fn judge_ipv6(alias: &Alias, sets: &[RecordSet], moved: &[RecordSet], facts: &Facts, findings: &mut Vec<Finding>) {
    let aaaa = |sets: &[RecordSet]| sets.iter().filter(|set| set.kind == "AAAA").count();
    let by_name = sets.iter().any(|set| set.kind == "CNAME" && set.points_at(&facts.source.domain_name));
    let six = by_name && facts.source.ipv6 && facts.source.reach == Reach::Ours;
    if !facts.target.ipv6 && aaaa(moved) < aaaa(sets) {
        let seen = format!("{alias} has an AAAA record set and {} does not answer IPv6", facts.target.id);
        let why = "the AAAA record set is deleted with the move and returns with a rollback (R53-7)";
        say(findings, (Code::Ipv6Lost, NOTE), &seen, why, "enable IPv6 on the target first if viewers need it");
    } else if !facts.target.ipv6 && six {
        let seen = format!("{} answers IPv6 and {} does not", facts.source.id, facts.target.id);
        let why = "viewers of the name lose IPv6 without any record set saying so (CF-22)";
        say(findings, (Code::Ipv6Lost, NOTE), &seen, why, "enable IPv6 on the target first if viewers need it");
    }
}

#[cfg(test)]
mod tests;
