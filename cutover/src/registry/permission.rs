//! May this alias be attached to this distribution now? Answered from what the table says, and from nothing else: what it does
//! not say is `unknown`, which is no yes. How fresh the table is, is the business of the inventory's alarm: a look that
//! finds nothing new writes nothing. Must not know how an item was read, nor a clock.

use super::alias::{AliasItem, AliasState, DistributionItem, Holder, PlannedMove};
use super::claim::{Claim, ClaimState};
use crate::bounds::{CERTIFICATE_SECONDS_MIN, cut};
use crate::ids::Place;
use crate::name::{Alias, certificate_name_covers};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The name.
    pub alias: Alias,
    /// The distribution that would get it.
    pub target: Place,
    /// When.
    pub now: Timestamp,
}

/// What the table says that is about the question.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The name.
    pub alias: Option<AliasItem>,
    /// The wildcards above it, as far as there are items of them.
    pub wildcards: Vec<AliasItem>,
    /// The distribution.
    pub distribution: Option<DistributionItem>,
    /// The claims that the items above name, by id; those that are not there are absent.
    pub claims: BTreeMap<String, Claim>,
}

impl Known {
    /// The ids of every claim that the items name.
    pub fn claim_ids(&self) -> Vec<String> {
        let of_names = self.alias.iter().chain(&self.wildcards).filter_map(|item| item.claim.clone());
        let mut ids: Vec<String> = of_names.chain(self.distribution.iter().filter_map(|item| item.claim.clone())).collect();
        ids.sort();
        ids.dedup();
        ids
    }
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum May {
    /// It would undo somebody's work, or be refused.
    No,
    /// The table does not say enough.
    Unknown,
    /// Nothing speaks against it.
    Yes,
}

/// The closed list of what an answer stands on. Scripts match on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Ground {
    /// The distribution has it already.
    AlreadyThere,
    /// Its move to this distribution was announced for now, and nobody has it.
    PlannedHere,
    /// A cutover has claimed the name.
    AliasClaimed,
    /// A cutover has claimed a wildcard above the name.
    WildcardClaimed,
    /// A cutover has claimed the distribution.
    DistributionClaimed,
    /// An item names a claim that is not in force.
    ClaimNotKnown,
    /// Another distribution has it.
    HeldByAnother,
    /// A cutover has moved it, and the infrastructure code has not been seen to know.
    MovedNotReconciled,
    /// Its move to another distribution was announced.
    PlannedElsewhere,
    /// Its move to this distribution was announced for another time.
    OutsideItsWindow,
    /// A wildcard above it is on another distribution, whose viewers it would take.
    WildcardHeldByAnother,
    /// The table has never heard of the name.
    AliasNotKnown,
    /// Nobody of ours has it; whether somebody else does is not known.
    HolderNotKnown,
    /// The table has not seen the distribution.
    DistributionNotKnown,
    /// The distribution is another account's.
    DistributionInAnotherAccount,
    /// The distribution is disabled.
    DistributionDisabled,
    /// What certificate the distribution has, or when it ends, is not known.
    CertificateNotKnown,
    /// The distribution's certificate does not prove the name.
    CertificateLacksName,
    /// The distribution's certificate ends within 7 days.
    CertificateEnds,
}

impl Ground {
    /// Every ground.
    pub const ALL: [Ground; 19] = [
        Ground::AlreadyThere,
        Ground::PlannedHere,
        Ground::AliasClaimed,
        Ground::WildcardClaimed,
        Ground::DistributionClaimed,
        Ground::ClaimNotKnown,
        Ground::HeldByAnother,
        Ground::MovedNotReconciled,
        Ground::PlannedElsewhere,
        Ground::OutsideItsWindow,
        Ground::WildcardHeldByAnother,
        Ground::AliasNotKnown,
        Ground::HolderNotKnown,
        Ground::DistributionNotKnown,
        Ground::DistributionInAnotherAccount,
        Ground::DistributionDisabled,
        Ground::CertificateNotKnown,
        Ground::CertificateLacksName,
        Ground::CertificateEnds,
    ];

    /// What it makes of an answer that stands on it alone.
    pub fn may(self) -> May {
        match self {
            Ground::AlreadyThere | Ground::PlannedHere => May::Yes,
            Ground::ClaimNotKnown
            | Ground::AliasNotKnown
            | Ground::HolderNotKnown
            | Ground::DistributionNotKnown
            | Ground::CertificateNotKnown => May::Unknown,
            Ground::AliasClaimed
            | Ground::WildcardClaimed
            | Ground::DistributionClaimed
            | Ground::HeldByAnother
            | Ground::MovedNotReconciled
            | Ground::PlannedElsewhere
            | Ground::OutsideItsWindow
            | Ground::WildcardHeldByAnother
            | Ground::DistributionInAnotherAccount
            | Ground::DistributionDisabled
            | Ground::CertificateLacksName
            | Ground::CertificateEnds => May::No,
        }
    }
}

/// One thing that the answer stands on: what was seen, why it matters, what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// Which kind.
    pub code: Ground,
    /// What it makes of the answer.
    pub may: May,
    /// What was seen.
    pub seen: String,
    /// Why it matters.
    pub why: String,
    /// What to do next.
    pub remedy: String,
}

/// The answer, with everything that it stands on: what weighs most first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    /// Yes, no, or that the table does not say.
    pub may: May,
    /// The name.
    pub alias: Alias,
    /// The distribution that would get it.
    pub target: Place,
    /// When that was so.
    pub at: Timestamp,
    /// What it stands on.
    pub reasons: Vec<Reason>,
}

/// Answers `question` by what is `known`.
pub fn may_attach(question: &Question, known: &Known) -> Permission {
    let mut judge = Judge { question, known, reasons: vec![] };
    judge.claims();
    // What is being moved changes under our eyes: nothing else that is known of it says more.
    if judge.reasons.iter().any(|reason| reason.may == May::No) {
        return judge.answer();
    }
    let holder = known.alias.as_ref().and_then(|item| item.holder.as_ref());
    let there = holder.is_some_and(|holder| holder.place == question.target);
    let announced = judge.plan(there);
    judge.holder(holder, there, announced);
    // What is there already is attached to nothing anew, and what another has cannot be: the rest is about a name that comes.
    if holder.is_none() {
        judge.wildcards(announced);
        judge.distribution();
    }
    judge.answer()
}

struct Judge<'a> {
    question: &'a Question,
    known: &'a Known,
    reasons: Vec<Reason>,
}

impl Judge<'_> {
    fn answer(mut self) -> Permission {
        self.reasons.sort_by_key(|reason| reason.may);
        let may = self.reasons.iter().map(|reason| reason.may).min().unwrap_or(May::Unknown);
        let Question { alias, target, now } = self.question.clone();
        Permission { may, alias, target, at: now, reasons: self.reasons }
    }

    fn say(&mut self, code: Ground, seen: &str, why: &str, remedy: &str) {
        self.reasons.push(Reason { code, may: code.may(), seen: cut(seen), why: cut(why), remedy: cut(remedy) });
    }

    /// Everything that a cutover has claimed is left alone (I6).
    fn claims(&mut self) {
        let known = self.known;
        if let Some((item, id)) = known.alias.as_ref().and_then(|item| Some((item, item.claim.as_deref()?))) {
            self.claimed(Ground::AliasClaimed, item.alias.as_str(), id);
        }
        let there = known.alias.as_ref().and_then(|item| item.holder.as_ref()).is_some_and(|holder| holder.place == self.question.target);
        // A name that stays where it is does not touch a wildcard above it.
        for item in known.wildcards.iter().filter(|_| !there) {
            if let Some(id) = &item.claim {
                self.claimed(Ground::WildcardClaimed, item.alias.as_str(), id);
            }
        }
        if let Some(id) = known.distribution.as_ref().and_then(|item| item.claim.as_deref()) {
            self.claimed(Ground::DistributionClaimed, known.distribution.as_ref().map_or("", |item| item.place.distribution.as_str()), id);
        }
    }

    fn claimed(&mut self, code: Ground, what: &str, id: &str) {
        let now = self.question.now;
        let Some(claim) = self.known.claims.get(id).filter(|claim| claim.is_in_force()) else {
            let seen = format!("{what} is claimed by cutover {id}, of which no claim is in force");
            let why = "between two looks of the table a claim may be taken or given back";
            return self.say(Ground::ClaimNotKnown, &seen, why, "ask again; if it stays so, look at `cutover show` of that id");
        };
        let remedy = match claim.state {
            ClaimState::Stuck => "it is stuck: docs/RUNBOOK.md says what to do; the claim is broken when every name is where it belongs",
            _ if claim.has_lapsed(now) => "its recovery begins within 15 minutes; ask again when it has ended",
            _ => "wait until it has ended, then ask again; `cutover show` of its id tells how far it is",
        };
        let until = match claim.state {
            ClaimState::Stuck => "and is stuck: until a person breaks the claim".to_owned(),
            _ if claim.has_lapsed(now) => format!("and has lapsed at {}", claim.until),
            _ => format!("until {} unless it is renewed", claim.until),
        };
        let seen = format!("{what} is claimed by cutover {id} since {}, {until}", claim.since);
        self.say(code, &seen, "a write of somebody else to what is being moved makes the cutover turn round, or undoes it", remedy);
    }

    /// Whether its move to this very distribution is announced for now.
    fn plan(&mut self, there: bool) -> bool {
        let Question { target, now, .. } = self.question;
        let Some(planned) = self.known.alias.as_ref().and_then(|item| item.planned.as_ref()) else { return false };
        let open = planned.opens <= *now && *now < planned.closes;
        if planned.target == *target {
            if !open && !there {
                let remedy = if *now < planned.opens {
                    "wait until the window opens, or announce another with `cutover plan`"
                } else {
                    "announce another window with `cutover plan`, or take the announcement back with `cutover unplan`"
                };
                self.say(Ground::OutsideItsWindow, &describe(planned), "it was announced for this distribution, and not for now", remedy);
            }
            return open;
        }
        // Before the window opens, and when it has passed, a name may stay where it is.
        if open || !there {
            let why = "it is announced for another distribution";
            self.say(Ground::PlannedElsewhere, &describe(planned), why, "ask who announced it; `cutover unplan` takes it back");
        }
        false
    }

    fn holder(&mut self, holder: Option<&Holder>, there: bool, announced: bool) {
        let Question { alias, target, .. } = self.question;
        let Some(item) = &self.known.alias else {
            let why = "nobody has looked since it exists, or it is on no distribution of the member accounts";
            let remedy = "check the spelling; a new name is announced first: `cutover plan`";
            return self.say(Ground::AliasNotKnown, &format!("the registry has never heard of {alias}"), why, remedy);
        };
        let state = item.resting_state.unwrap_or(item.state);
        match holder {
            Some(_) if there => {
                let seen = format!("{alias} is on {} already{}", target.distribution, since(item));
                self.say(Ground::AlreadyThere, &seen, "attaching it changes nothing", "nothing");
            }
            Some(holder) if state == AliasState::MovedNotReconciled => {
                let seen = format!("{} has moved {alias} to {}{}", item.mover(), at(&holder.place), since(item));
                let why = "whoever attaches it elsewhere from older code undoes that move";
                let remedy = "take the alias out of the code that lists it here, then run `cutover reconciled` with its name";
                self.say(Ground::MovedNotReconciled, &seen, why, remedy);
            }
            Some(holder) => {
                let seen = format!("{alias} is on {}{}", at(&holder.place), since(item));
                let why = "an alias is on one distribution only: CloudFront refuses the second (CF-5)";
                self.say(Ground::HeldByAnother, &seen, why, "move it with a cutover: it is planned with `execute` false at no risk");
            }
            None if announced => {
                let seen = item.planned.as_ref().map(describe).unwrap_or_default();
                self.say(Ground::PlannedHere, &seen, "it is announced for this distribution, and nobody has it", "nothing");
            }
            None => {
                let seen = format!("no distribution of the member accounts has {alias}{}", since(item));
                let why = "somebody outside may have it, or is about to: CloudFront would refuse it (CF-5)";
                self.say(Ground::HolderNotKnown, &seen, why, "announce it first: `cutover plan`");
            }
        }
    }

    /// An exact name takes its viewers from whoever has the wildcard (CF-2), in whatever account (CF-6).
    fn wildcards(&mut self, announced: bool) {
        let Question { alias, target, .. } = self.question;
        for item in self.known.wildcards.iter().filter(|_| !announced) {
            let Some(holder) = item.holder.as_ref().filter(|holder| holder.place != *target) else { continue };
            let seen = format!("{} is on {}", item.alias, at(&holder.place));
            let why = format!("that distribution serves {alias} now; an exact name takes its viewers away (CF-2)");
            self.say(Ground::WildcardHeldByAnother, &seen, &why, "ask whoever has the wildcard, then announce the name: `cutover plan`");
        }
    }

    fn distribution(&mut self) {
        let Question { alias, target, now } = self.question;
        let looked = "is it right, and has the inventory looked at its account? It looks every 6 hours";
        let Some(item) = &self.known.distribution else {
            let seen = format!("the registry has never seen {}", at(target));
            return self.say(Ground::DistributionNotKnown, &seen, "whether it serves, and what it can prove, is not known", looked);
        };
        if item.place.account != target.account {
            let seen = format!("{} is in account {}", target.distribution, item.place.account);
            let why = "the question names another account, so it may mean another distribution";
            return self.say(Ground::DistributionInAnotherAccount, &seen, why, "check id and account");
        }
        match item.enabled {
            Some(true) => {}
            Some(false) => {
                let seen = format!("{} is disabled", target.distribution);
                self.say(Ground::DistributionDisabled, &seen, "a disabled distribution swallows its names (CF-7)", "enable it first");
            }
            None => {
                let seen = format!("the registry knows of {} only that a cutover has named it", target.distribution);
                self.say(Ground::DistributionNotKnown, &seen, "whether it serves, and what it can prove, is not known", looked);
            }
        }
        let Some(certificate) = &item.certificate else {
            let seen = format!("which certificate {} has is not known", target.distribution);
            return self.say(Ground::CertificateNotKnown, &seen, "without one that proves the name CloudFront refuses it (ACM-2)", looked);
        };
        if !certificate.names.iter().any(|name| certificate_name_covers(name, alias)) {
            let seen = format!("the certificate of {} does not prove {alias}: {}", target.distribution, certificate.arn);
            self.say(Ground::CertificateLacksName, &seen, "CloudFront refuses the name (ACM-2)", "attach one that covers it, in us-east-1");
        }
        match certificate.not_after.map(|ends| (ends, ends.as_second() - now.as_second())) {
            None => {
                let seen = format!("when the certificate of {} ends is not known: {}", target.distribution, certificate.arn);
                self.say(Ground::CertificateNotKnown, &seen, "an expired one keeps every viewer away", looked);
            }
            Some((ends, left)) if left < CERTIFICATE_SECONDS_MIN => {
                let seen = format!("the certificate of {} ends at {ends}: {}", target.distribution, certificate.arn);
                let why = "less than 7 days are left (ACM-9)";
                self.say(Ground::CertificateEnds, &seen, why, "renew it: keep its validation record sets in DNS, or issue another");
            }
            Some(_) => {}
        }
    }
}

fn at(place: &Place) -> String {
    format!("{} in account {}", place.distribution, place.account)
}

fn since(item: &AliasItem) -> String {
    item.seen_at.map_or(String::new(), |seen| format!(", seen at {seen}"))
}

/// An announcement, for a person.
fn describe(planned: &PlannedMove) -> String {
    format!("{} has announced its move to {} between {} and {}", planned.by, at(&planned.target), planned.opens, planned.closes)
}

#[cfg(test)]
mod tests;
