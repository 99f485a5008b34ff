//! Observes everything that the plan depends on, looks for what the request leaves out, and has the plan made. Never writes.
//!
//! Of AWS's reads at most twelve, and two for each alias, beside the lists of a search; for one name of two distributions
//! that are named at most eight: both distributions, both certificates, the hosted zone, the record sets, and who holds the
//! wildcard. What viewers and name servers answer comes on top, and may stay unknown.

mod conflicts;
mod distribution;
mod external;
mod glance;
mod names;
mod search;
mod sides;
mod zone;

pub(crate) use distribution::read_certificate;

use crate::accounts::{Accounts, Home, Role};
use crate::answer::{Answer, Failure, Meaning};
use crate::clock::Clock;
use crate::viewer::Viewer;
use cutover::document::{Cutover, Execution};
use cutover::error_name::ErrorName;
use cutover::facts::{DistributionFacts, Facts, HostedZoneFacts, Reach};
use cutover::finding::{Code, Refusal};
use cutover::ids::AccountId;
use cutover::name::Alias;
use cutover::planner;
use cutover::request::Request;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sides::Sides;
use zone::ZoneSeen;

/// Member accounts that one installation searches.
const MEMBER_ACCOUNTS_MAX: usize = 300;

/// What the definition hands to the first step.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Start {
    request: Value,
    execution: Execution,
    /// Ids of the accounts in which source and zone are looked for, joined by commas.
    #[serde(default)]
    member_accounts: Option<String>,
}

/// What preflight looks with.
#[derive(Clone, Copy)]
struct Eyes<'a> {
    home: &'a Home,
    viewer: &'a dyn Viewer,
    clock: &'a Clock,
    execution: &'a Execution,
    members: &'a [AccountId],
}

impl<'a> Eyes<'a> {
    /// Sessions for the accounts of `request`.
    fn accounts(&self, request: &Request) -> Result<Accounts<'a>, Unobserved> {
        Accounts::new(self.home, self.execution, request.clone(), Role::Read).map_err(Unobserved::Failed)
    }
}

pub(crate) async fn preflight(home: &Home, viewer: &dyn Viewer, clock: &Clock, input: Value) -> Result<Cutover, Failure> {
    let start: Start = serde_json::from_value(input)
        .map_err(|error| Failure::new(ErrorName::MalformedDocument, format!("the input is no start of a cutover: {error}")))?;
    let execution = start.execution;
    let request = match Request::parse(&start.request) {
        Ok(request) => request,
        Err(refusal) => return Ok(Cutover::refused(execution, None, refusal)),
    };
    let members = match members(start.member_accounts.as_deref().unwrap_or_default()) {
        Ok(members) => members,
        Err(refusal) => return Ok(Cutover::refused(execution, Some(request), refusal)),
    };
    let eyes = Eyes { home, viewer, clock, execution: &execution, members: &members };
    plan(eyes, request).await
}

/// Makes the plan of `document` again, from its own request, in which nothing is left out any more.
///
/// # Errors
/// Where AWS could not be asked; asking again may help.
pub(crate) async fn plan_again(home: &Home, viewer: &dyn Viewer, clock: &Clock, document: &Cutover) -> Result<Cutover, Failure> {
    let missing = || Failure::new(ErrorName::MalformedDocument, "the document holds no request");
    let mut request = document.request.clone().ok_or_else(missing)?;
    request.source = request.source.or_else(|| document.named_source.clone());
    plan(Eyes { home, viewer, clock, execution: &document.execution, members: &document.searched }, request).await
}

async fn plan(eyes: Eyes<'_>, mut request: Request) -> Result<Cutover, Failure> {
    let (execution, named) = (eyes.execution.clone(), request.source.clone());
    // Boxed: this step holds more states of waiting than any other, and every caller's would grow with it.
    match Box::pin(observe(eyes, &mut request)).await {
        Ok(facts) => {
            let decision = planner::decide(&request, &facts);
            let complete = request.source.is_some() && request.dns.is_some();
            let mut document = Cutover::planned(execution, request, &facts, decision);
            if !complete {
                document.searched = eyes.members.to_vec();
                document.named_source = named;
            }
            Ok(document)
        }
        Err(Unobserved::Refused(refusal)) => Ok(Cutover::refused(execution, Some(request), *refusal)),
        Err(Unobserved::Failed(failure)) => Err(failure),
    }
}

/// Ids joined by commas.
fn members(written: &str) -> Result<Vec<AccountId>, Refusal> {
    let parts: Vec<&str> = written.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let refuse = |why: &str| {
        let remedy = "mend the parameter MemberAccounts of template.yaml: account ids of 12 digits, at most 300";
        Refusal::new(Code::MalformedRequest, &format!("the list of member accounts cannot be used: {why}"), remedy)
    };
    if parts.len() > MEMBER_ACCOUNTS_MAX {
        return Err(refuse(&format!("it has {} entries", parts.len())));
    }
    let mut members: Vec<AccountId> = Vec::with_capacity(parts.len());
    for part in parts {
        let member = AccountId::parse(part).map_err(|error| refuse(&error.to_string()))?;
        if !members.contains(&member) {
            members.push(member);
        }
    }
    Ok(members)
}

/// Why the facts are not complete.
#[derive(Debug)]
enum Unobserved {
    /// Asking again will not help; nothing was changed.
    Refused(Box<Refusal>),
    /// Asking again may help: the definition does.
    Failed(Failure),
}

impl From<Box<Refusal>> for Unobserved {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Refused(refusal)
    }
}

impl Unobserved {
    fn refused(code: Code, message: &str, remedy: &str) -> Self {
        Self::Refused(Box::new(Refusal::new(code, message, remedy)))
    }

    /// `what` could not be read; `missing` is the code for its not being there.
    fn of(answer: Answer, what: &str, missing: Code) -> Self {
        match answer.meaning {
            Meaning::Throttled | Meaning::Unknown | Meaning::Expired => Self::Failed(answer.failure()),
            Meaning::NotFound => Self::refused(
                missing,
                &format!("{what} does not exist: {}", answer.text),
                "check the id and the account in the request: each is found only from its own account",
            ),
            Meaning::Denied => Self::refused(
                Code::AccountNotReachable,
                &format!("{what} cannot be read: {}", answer.text),
                "deploy member-role.yaml in that account with this home account as its parameter, or check the ids in the request",
            ),
            _ => Self::refused(
                Code::ObservationFailed,
                &format!("{what} cannot be read: {}", answer.text),
                "read AWS's message, mend what it names and ask again",
            ),
        }
    }
}

async fn observe(eyes: Eyes<'_>, request: &mut Request) -> Result<Facts, Unobserved> {
    let Sides { mut accounts, mut source, target, holder } = Box::pin(sides::look(eyes, request)).await?;
    let delegation = if request.zone().is_some() { None } else { zone::find(eyes, request, &mut accounts).await? };
    let zone = match &delegation {
        Some(delegation) if request.dns_is_external() => ZoneSeen::external(delegation),
        _ => zone::observe(&accounts).await?,
    };
    let ground = Ground { accounts: &accounts, request, now: eyes.clock.now(), source: &source, target: &target, zone: &zone.facts };
    let names = if zone.facts.external { external::look(&ground, eyes.viewer).await? } else { names::look(&ground).await? };
    let glance = if source.reach == Reach::Ours { None } else { glance::first(eyes.viewer, request).await };
    if let Some(holder) = &holder {
        glance::name_the_holder(&mut source, holder, glance.as_ref());
    }
    if request.source.is_none() {
        source.domain_name = glance::where_dns_leads(request, &names.record_sets, &target).unwrap_or_default();
    }
    let roles_unusable = glance::roles_unusable(&accounts, request).await;
    let delegation = match delegation {
        None => zone::delegation(eyes.viewer, request.aliases.first()).await,
        known => known,
    };
    Ok(Facts {
        now: eyes.clock.now(),
        hosted_zone: zone.compared(delegation, &names),
        source,
        target,
        record_sets: names.record_sets,
        beside: names.beside,
        wildcards: names.wildcards,
        proofs: names.proofs,
        holders: names.holders,
        roles_unusable,
        glance,
    })
}

/// What is known when the names are looked at.
struct Ground<'a> {
    accounts: &'a Accounts<'a>,
    request: &'a Request,
    now: Timestamp,
    source: &'a DistributionFacts,
    target: &'a DistributionFacts,
    zone: &'a HostedZoneFacts,
}

impl Ground<'_> {
    /// Only a certificate in force that covers a name lets its holders be asked for (DSC-1, DSC-4).
    fn may_ask_about(&self, alias: &Alias) -> bool {
        covers(self.target, self.now, alias)
    }

    /// The wildcard that a bridge would put on the target: the deepest above the alias that its certificate proves.
    fn bridge_wildcard(&self, alias: &Alias) -> Option<Alias> {
        alias.wildcards_above().into_iter().find(|wildcard| self.may_ask_about(wildcard))
    }
}

fn covers(side: &DistributionFacts, now: Timestamp, alias: &Alias) -> bool {
    side.certificate.as_ref().is_some_and(|certificate| certificate.is_in_force(now) && certificate.covers(alias))
}
