//! What is worth saying about a situation before a strategy is looked for: findings, nothing else. Must not know which
//! strategy will be taken.

mod names;
mod sides;

use crate::facts::Facts;
use crate::finding::{Code, Finding, Severity};
use crate::name::Alias;
use crate::request::Request;

pub(crate) use names::needs_repointing;

/// Every finding about `request`, given that `moving` change hands.
pub(crate) fn situation(moving: &[Alias], request: &Request, facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for alias in &request.aliases {
        names::judge(alias, request, facts, &mut findings);
    }
    sides::judge(moving, request, facts, &mut findings);
    findings
}

/// A finding, from its parts.
fn say(findings: &mut Vec<Finding>, (code, severity): (Code, Severity), seen: &str, why: &str, remedy: &str) {
    findings.push(Finding::new(code, severity, seen, why, remedy));
}

/// One finding for many names that are alike, so that ninety names make no document of ninety findings.
pub(crate) fn merge_alike(findings: Vec<Finding>) -> Vec<Finding> {
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

#[cfg(test)]
mod tests;
