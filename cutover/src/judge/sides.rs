//! What is worth saying about the two distributions, their certificates and the accounts: whether the target can take
//! the names, and the source take them back. Must not know about record sets.

use super::say;
use crate::bounds::{
    ALIASES_PER_DISTRIBUTION_MAX, CERTIFICATE_SECONDS_MIN, DNS_WATCH_SECONDS_MAX, LATE_SECONDS_MAX, OTHERS_WATCH_SECONDS_MAX,
};
use crate::facts::{CertificateFacts, DistributionFacts, Facts, Reach};
use crate::finding::{Code, Finding, Severity};
use crate::name::{Alias, certificate_name_covers};
use crate::plan::names;
use crate::record_set::RecordSet;
use crate::request::Request;
use jiff::{SignedDuration, Timestamp};

const NOTE: Severity = Severity::Note;
const STOPS: Severity = Severity::Stops;

/// Who may issue certificates for Amazon, as CAA records name them (ACM-9).
const AMAZON: [&str; 4] = ["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

pub(super) fn judge(moving: &[Alias], request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    if let Some(seen) = unready(&facts.target) {
        let why = "an alias may only join a distribution that serves everywhere (DT-16, SW-1)";
        let remedy = "make the target enabled, deployed and free of staging, tenants and continuous deployment, and ask again; where its certificate \
                      was just changed, wait until that is deployed too (CFG-10)";
        say(findings, (Code::TargetNotReady, STOPS), &seen, why, remedy);
    }
    for (account, why) in &facts.roles_unusable {
        let seen = format!("the role that writes cannot be used in account {account}: {why}");
        let remedy = "deploy member-role.yaml in that account with this home account as its parameter";
        say(
            findings,
            (Code::AccountNotReachable, STOPS),
            &seen,
            "a cutover that begins must be able to finish and to go back (SW-2)",
            remedy,
        );
    }
    if moving.is_empty() {
        return;
    }
    let until = ends_at_the_latest(request, facts);
    judge_target_certificate(moving, until, facts, findings);
    judge_room(moving, facts, findings);
    if facts.source.reach == Reach::Ours {
        judge_way_back(moving, until, facts, findings);
        judge_together(request, facts, findings);
        findings.extend(crate::parity::findings(&facts.source, &facts.target, &request.allow_differences));
    }
    judge_caa(moving, facts, findings);
}

fn judge_room(moving: &[Alias], facts: &Facts, findings: &mut Vec<Finding>) {
    let target = &facts.target;
    let room = ALIASES_PER_DISTRIBUTION_MAX.saturating_sub(target.aliases.len());
    if moving.len() > room {
        let seen = format!("{} lists {} aliases and has room for {room}, not for {}", target.id, target.aliases.len(), moving.len());
        let why = "CloudFront refuses more than 100 aliases on a distribution (Q-1)";
        say(
            findings,
            (Code::TargetFull, STOPS),
            &seen,
            why,
            "ask AWS for a higher quota, remove aliases nobody needs, or move fewer at once",
        );
    }
}

/// Why a distribution cannot take an alias now, if so (DT-16).
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

/// Until when both certificates are needed: as long as this cutover may last if it turns round at its end, and AWS is late on
/// either way.
fn ends_at_the_latest(request: &Request, facts: &Facts) -> Timestamp {
    let ttl = facts.record_sets.values().flatten().map(RecordSet::ttl_seconds).max().unwrap_or(0);
    let both_ways = i64::from(ttl) + LATE_SECONDS_MAX + if request.dns_is_external() { DNS_WATCH_SECONDS_MAX } else { 0 };
    let others = if facts.source.reach == Reach::Ours { 0 } else { OTHERS_WATCH_SECONDS_MAX };
    let seconds = i64::from(request.soak_seconds) + 2 * both_ways + others;
    facts.now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// Why a certificate cannot prove anything, now or `until` then, if so (ACM-1, ACM-3, ACM-4, ACM-9).
fn unusable(certificate: &CertificateFacts, until: Timestamp, facts: &Facts) -> Option<String> {
    if !certificate.arn.is_empty() && certificate.arn.split(':').nth(3) != Some("us-east-1") {
        return Some(format!("it is not in us-east-1: {}", certificate.arn));
    }
    if certificate.status != "ISSUED" {
        return Some(format!("its status is {}", certificate.status));
    }
    match certificate.not_after {
        Some(end) if end.as_second() - facts.now.as_second() < CERTIFICATE_SECONDS_MIN => {
            return Some(format!("it ends at {end}, less than 7 days from now"));
        }
        Some(end) if end < until => {
            return Some(format!("it ends at {end}, and this cutover may last until {until}"));
        }
        _ => {}
    }
    let key = certificate.key_algorithm.replace('-', "_");
    let allowed = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1"].contains(&key.as_str());
    (!allowed).then(|| format!("its key is {key}"))
}

/// Names that a distribution would list, those that it lists already among them, without its certificate covering them:
/// CloudFront would refuse every update (ACM-2).
fn uncovered(moving: &[Alias], side: &DistributionFacts, certificate: &CertificateFacts) -> Option<String> {
    let listed = side.aliases.iter().filter_map(|name| Alias::parse(name).ok()).filter(|name| !moving.contains(name));
    let missing: Vec<Alias> = moving.iter().cloned().chain(listed).filter(|alias| !certificate.covers(alias)).collect();
    (!missing.is_empty()).then(|| names(&missing))
}

/// A certificate of the IAM store cannot be looked at: CloudFront looks when the alias is attached (ACM-8).
fn unseen(side: &DistributionFacts, findings: &mut Vec<Finding>) {
    let seen = format!("the certificate of {} is in the IAM store", side.id);
    let why =
        "what it covers, and until when, cannot be read; a swap is tried before anything is detached, and the way back is not (ACM-8)";
    say(findings, (Code::CertificateInIamStore, Severity::NeedsYes), &seen, why, "import it into ACM of us-east-1, or look at it yourself");
}

fn judge_target_certificate(moving: &[Alias], until: Timestamp, facts: &Facts, findings: &mut Vec<Finding>) {
    let target = &facts.target;
    if target.iam_certificate {
        return unseen(target, findings);
    }
    let remedy = "attach an issued certificate of us-east-1 that covers every alias, wait until the target is deployed, and ask again";
    let Some(certificate) = &target.certificate else {
        let seen = target.certificate_absent.clone().unwrap_or_else(|| format!("{} has no certificate", target.id));
        return say(findings, (Code::CertificateUnusable, STOPS), &seen, "a certificate proves that the name is yours (SW-1)", remedy);
    };
    if let Some(reason) = unusable(certificate, until, facts) {
        let seen = format!("the certificate of {} is not usable: {reason}", target.id);
        let why = "CloudFront refuses it, or it ends before a way back would (ACM-9)";
        say(findings, (Code::CertificateUnusable, STOPS), &seen, why, remedy);
    }
    if let Some(missing) = uncovered(moving, target, certificate) {
        let seen = format!("the certificate of {} does not cover {missing}", target.id);
        say(findings, (Code::CertificateLacksName, STOPS), &seen, "CloudFront refuses an alias without it (ACM-2)", remedy);
    }
    note_renewal(target, findings);
}

fn note_renewal(side: &DistributionFacts, findings: &mut Vec<Finding>) {
    if side.certificate.as_ref().is_some_and(|certificate| certificate.renewal_failed) {
        let seen = format!("ACM could not renew the certificate of {}", side.id);
        let why = "it ends on its date, and the name with it (ACM-9)";
        say(
            findings,
            (Code::CertificateNotRenewed, NOTE),
            &seen,
            why,
            "keep its validation record sets in DNS, or issue another certificate",
        );
    }
}

/// SW-12: what leaves the source must be able to return to it.
fn judge_way_back(moving: &[Alias], until: Timestamp, facts: &Facts, findings: &mut Vec<Finding>) {
    let source = &facts.source;
    if source.continuous_deployment {
        let seen = format!("{} has a continuous deployment policy", source.id);
        let why = "AWS may refuse its updates, so the source might not take the name back (DT-16)";
        say(findings, (Code::WayBackBlocked, STOPS), &seen, why, "take the policy off the source first, then ask again");
    }
    if source.iam_certificate {
        return unseen(source, findings);
    }
    let reason = match &source.certificate {
        None => source.certificate_absent.clone().or_else(|| Some(format!("{} has no certificate", source.id))),
        Some(certificate) => unusable(certificate, until, facts)
            .map(|reason| format!("the certificate of {} is not usable: {reason}", source.id))
            .or_else(|| {
                uncovered(moving, source, certificate).map(|missing| format!("the certificate of {} does not cover {missing}", source.id))
            }),
    };
    if let Some(seen) = reason {
        let why = "without it the source could not take the name back (SW-12)";
        let remedy = "give the source a usable certificate for every alias first, then ask again";
        say(findings, (Code::WayBackBlocked, STOPS), &seen, why, remedy);
    }
    note_renewal(source, findings);
}

/// Distributions that share a certificate must have one HTTP version (ACM-7).
fn judge_together(request: &Request, facts: &Facts, findings: &mut Vec<Finding>) {
    let (source, target) = (&facts.source, &facts.target);
    let arn = |side: &DistributionFacts| side.certificate.as_ref().map(|certificate| certificate.arn.clone());
    let shared = request.within_one_account() && arn(source).is_some() && arn(source) == arn(target);
    if shared && source.http_version != target.http_version {
        let seen = format!(
            "{} and {} share a certificate, and one has {}, the other {}",
            source.id, target.id, source.http_version, target.http_version
        );
        let why = "AWS asks for one HTTP version on every distribution that shares a certificate (ACM-7)";
        say(
            findings,
            (Code::CertificateShared, NOTE),
            &seen,
            why,
            "give both the same HTTP version, or the target a certificate of its own",
        );
    }
}

/// What a CAA record says, its tag in lower case: `("issue", "amazon.com")` of `0 Issue "Amazon.com; policy=x"`.
fn caa_parts(value: &str) -> Option<(String, String)> {
    let (_flags, rest) = value.trim().split_once(char::is_whitespace)?;
    let (tag, text) = rest.trim_start().split_once(char::is_whitespace)?;
    let issuer = text.trim().trim_matches('"').split(';').next().unwrap_or_default();
    Some((tag.to_ascii_lowercase(), issuer.trim().to_ascii_lowercase()))
}

/// The first CAA record by which Amazon may not issue for such a name, if so. For a wildcard `issuewild` decides alone where
/// there is one (RFC 8659).
fn forbidding(caa: &[String], wildcard: bool) -> Option<&String> {
    let tagged = |wanted: &str| -> Vec<(&String, String)> {
        let parts = caa.iter().filter_map(|value| Some((value, caa_parts(value)?)));
        parts.filter(|(_, (tag, _))| tag == wanted).map(|(value, (_, issuer))| (value, issuer)).collect()
    };
    let wild = if wildcard { tagged("issuewild") } else { vec![] };
    let decides = if wild.is_empty() { tagged("issue") } else { wild };
    let lets_amazon = decides.iter().any(|(_, issuer)| AMAZON.contains(&issuer.as_str()));
    decides.first().filter(|_| !lets_amazon).map(|(value, _)| *value)
}

fn judge_caa(moving: &[Alias], facts: &Facts, findings: &mut Vec<Finding>) {
    // ACM issues for the names that the certificate has, by which it proves the aliases.
    let named = facts.target.certificate.iter().flat_map(|certificate| &certificate.names);
    let mut wildcards: Vec<bool> =
        named.filter(|name| moving.iter().any(|alias| certificate_name_covers(name, alias))).map(|name| name.starts_with("*.")).collect();
    if wildcards.is_empty() {
        wildcards = moving.iter().map(Alias::is_wildcard).collect();
    }
    let Some(value) = wildcards.into_iter().find_map(|wildcard| forbidding(&facts.hosted_zone.caa, wildcard)) else { return };
    let seen = format!("the CAA records above the names let only others issue certificates: {value}");
    let why = "ACM could not renew the target's certificate (ACM-9)";
    say(findings, (Code::CaaForbidsAmazon, NOTE), &seen, why, "add a CAA record that lets amazon.com issue, before the certificate ends");
}

#[cfg(test)]
mod tests;
