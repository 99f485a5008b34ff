//! The document: the whole input and output of every step. Rust writes it; the definition reads `next`,
//! `waitSeconds`, `settled`, `looks`, `outcome` and `stuck.cause`, nothing else.
//!
//! It holds no distribution config and no secret, and at 90 aliases at most
//! [`DOCUMENT_BYTES_MAX`](crate::bounds::DOCUMENT_BYTES_MAX). Must not know how an edit is carried out.

use crate::bounds::{ALIASES_PER_DISTRIBUTION_MAX, DOCUMENT_BYTES_MAX, DOCUMENT_BYTES_RESERVED, TIMELINE_KEPT, TIMELINE_MAX, cut};
use crate::facts::{DistributionFacts, Facts};
use crate::finding::{Code, Finding, Refusal};
use crate::ids::{AccountId, Place};
use crate::name::Alias;
use crate::plan::{Edit, NotChosen, PlannedEdit, Prediction};
use crate::planner::{Decision, proof_set};
use crate::progress::Progress;
use crate::proof::ProofSnapshot;
use crate::record_set::RecordSet;
use crate::registry::Token;
use crate::request::Request;
use crate::step::Step;
use crate::strategy::Strategy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// One cutover, from the request to its outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cutover {
    /// Version of this form; a step refuses any other.
    pub version: u32,
    /// Which run of the definition this is.
    pub execution: Execution,
    /// How it ended; absent until it has.
    pub outcome: Option<Outcome>,
    /// The strategy chosen; absent where none was needed.
    pub strategy: Option<Strategy>,
    /// Why it did not start.
    pub refusals: Vec<Refusal>,
    /// What the planner saw.
    pub findings: Vec<Finding>,
    /// What viewers will notice.
    pub prediction: Option<Prediction>,
    /// The edits, in order.
    pub plan: Vec<PlannedEdit>,
    /// Positions in `plan`: the order of inverses.
    pub way_back: Vec<usize>,
    /// Position in `plan`: once that edit is known to have taken there is no way back, and what cannot go on is stuck.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point_of_no_return: Option<usize>,
    /// Strategies that come before the chosen one, and why they are not legal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_chosen: Vec<NotChosen>,
    /// What others are asked for, in their words: record sets, a support case, the steps of a release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// SHA-256 over strategy, plan, what proves it to viewers, snapshot and what the two distributions are like, lower-case hex.
    pub plan_hash: String,
    /// What was asked for; absent when it could not be read.
    pub request: Option<Request>,
    /// What the steps need to know of the two distributions.
    pub endpoints: Option<Endpoints>,
    /// The record sets as they were read before the first write.
    pub snapshot: Vec<NameSnapshot>,
    /// What stood where the TXT proofs go, before the first write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<ProofSnapshot>,
    /// Which strategies come next, were AWS to refuse the move.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_legal: Vec<NextLegal>,
    /// The accounts that were searched for what the request left out, where not all of it was found: the plan is made again
    /// under the claim, and has to look where the first one looked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub searched: Vec<AccountId>,
    /// The source as the request named it, where that turned out not to be ours to touch; for the same reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_source: Option<Place>,
    /// Aliases that the source listed, where they were more than the quota that everybody begins with: so many it may
    /// list again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_listed: Option<usize>,
    /// The claim under which the steps write; absent until it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Token>,
    /// Where the cutover is.
    pub progress: Progress,
    /// The step that comes next.
    pub next: Step,
    /// Pause before the next look, seconds.
    pub wait_seconds: u32,
    /// Whether everything waited for has come true.
    pub settled: bool,
    /// Looks at the present settle.
    pub looks: u32,
    /// What happened, bounded.
    pub timeline: Vec<Event>,
    /// What a person has to do; only where the outcome is `stuck`.
    pub stuck: Option<Stuck>,
    /// What the definition caught; taken up by `roll_back`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Caught>,
}

/// The version of the document that this crate writes.
pub const VERSION: u32 = 1;

/// A run of the definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Execution {
    /// Its ARN, which names the home account.
    pub id: String,
    /// When it began.
    pub started_at: Timestamp,
}

impl Execution {
    /// The account that the execution runs in.
    pub fn home_account(&self) -> Option<AccountId> {
        AccountId::parse(self.id.split(':').nth(4)?).ok()
    }

    /// A name for its claim where its own has been used before: one is free again after 90 days (SFN-1).
    pub fn name_and_beginning(&self) -> String {
        format!("{}-{}", self.name(), self.started_at.as_second())
    }

    /// The execution's name.
    pub fn name(&self) -> &str {
        self.id.rsplit(':').next().unwrap_or_default()
    }
}

/// How a cutover ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Every alias is where it was asked to go.
    Completed,
    /// A plan was asked for and made.
    Planned,
    /// It did not start; nothing was changed.
    Refused,
    /// Everything is as it was.
    RolledBack,
    /// A person is needed.
    Stuck,
}

/// The two distributions as viewers meet them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Endpoints {
    /// Where the aliases come from.
    pub source: Endpoint,
    /// Where they go.
    pub target: Endpoint,
}

/// One distribution as viewers meet it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Endpoint {
    /// `d111.cloudfront.net`
    pub domain_name: String,
    /// Whether it answers IPv6.
    pub ipv6: bool,
    /// Serial of the certificate it serves; tells who answers (ACM-10).
    pub certificate_serial: Option<String>,
}

/// A name's routing record sets before the first write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NameSnapshot {
    /// The name.
    pub name: Alias,
    /// Its sets.
    pub sets: Vec<RecordSet>,
}

/// A strategy that would be legal next, and for which aliases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NextLegal {
    /// The strategy.
    pub strategy: Strategy,
    /// The aliases; empty for all of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Alias>,
}

/// One line of the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What, in a word or a label.
    pub what: String,
    /// More about it.
    pub detail: String,
}

/// What a person needs to go on by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stuck {
    /// The whole story in a few sentences; the execution's cause.
    pub cause: String,
    /// Where each alias was seen last.
    pub seen: Vec<String>,
    /// The next moves by hand, in order.
    pub next_moves: Vec<String>,
}

/// What a `Catch` of the definition adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Caught {
    /// One of [`ErrorName`](crate::ErrorName), `States.*` or `Lambda.*`.
    pub error: String,
    /// For a function's error, JSON with `errorMessage`.
    #[serde(default)]
    pub cause: String,
}

impl Caught {
    /// Name and message, for a person.
    pub fn describe(&self) -> String {
        let parsed: Option<Value> = serde_json::from_str(&self.cause).ok();
        let message = parsed.as_ref().and_then(|cause| cause.get("errorMessage")).and_then(Value::as_str).unwrap_or(&self.cause);
        cut(&format!("{}: {message}", self.error))
    }
}

impl Cutover {
    /// A document without a plan: refused before anything could be observed.
    pub fn refused(execution: Execution, request: Option<Request>, refusal: Refusal) -> Self {
        let decision = Decision { refusals: vec![refusal], ..Decision::default() };
        Self::blank(execution, request, decision)
    }

    /// The document as preflight hands it on. `next` is the first edit where there is one to carry out,
    /// `conclude` otherwise.
    pub fn planned(execution: Execution, request: Request, facts: &Facts, decision: Decision) -> Self {
        let plan = decision.plan.clone();
        let next_legal = decision.next_legal.clone();
        let mut cutover = Self::blank(execution, Some(request), decision);
        cutover.source_listed = Some(facts.source.aliases.len()).filter(|listed| *listed > ALIASES_PER_DISTRIBUTION_MAX);
        cutover.endpoints = Some(Endpoints { source: endpoint(&facts.source), target: endpoint(&facts.target) });
        if let Some(plan) = plan {
            cutover.snapshot = snapshot(&plan.edits, facts);
            cutover.proofs = proof_snapshots(&plan.edits, facts);
            cutover.plan = plan.edits;
            cutover.foretell(plan.asked);
            cutover.way_back = plan.way_back;
            cutover.point_of_no_return = plan.point_of_no_return;
            cutover.prediction = Some(plan.prediction);
            cutover.next_legal = match next_legal.as_slice() {
                [(strategy, _)] => vec![NextLegal { strategy: *strategy, aliases: vec![] }],
                several => several.iter().map(|(strategy, aliases)| NextLegal { strategy: *strategy, aliases: aliases.clone() }).collect(),
            };
            cutover.plan_hash = cutover.hash_plan(facts);
            if let Some(refusal) = cutover.agreed_to_another_plan() {
                cutover.refuse(refusal);
            }
        }
        if cutover.refusals.is_empty() && cutover.bytes() > DOCUMENT_BYTES_MAX - DOCUMENT_BYTES_RESERVED {
            return cutover.too_large();
        }
        if let Some(refusal) = cutover.too_much_to_claim().filter(|_| cutover.refusals.is_empty()) {
            cutover.refuse(refusal);
        }
        if let Some(says) = cutover.prediction.as_ref().map(|prediction| prediction.says.clone()) {
            let what = cutover.strategy.map_or("record sets only", Strategy::name);
            cutover.note(facts.now, what, &says);
        }
        cutover.point_next();
        cutover
    }

    fn blank(execution: Execution, request: Option<Request>, decision: Decision) -> Self {
        Self {
            version: VERSION,
            execution,
            outcome: None,
            strategy: decision.strategy,
            refusals: decision.refusals,
            findings: decision.findings,
            prediction: None,
            plan: vec![],
            way_back: vec![],
            point_of_no_return: None,
            not_chosen: decision.not_chosen,
            asked: vec![],
            plan_hash: String::new(),
            request,
            endpoints: None,
            snapshot: vec![],
            proofs: vec![],
            next_legal: vec![],
            searched: vec![],
            named_source: None,
            source_listed: None,
            claim: None,
            progress: Progress::default(),
            next: Step::Conclude,
            wait_seconds: 0,
            settled: false,
            looks: 0,
            timeline: vec![],
            stuck: None,
            error: None,
        }
    }

    /// Whether `input` was never a document of ours: the bare request, with what a `Catch` added.
    pub fn is_foreign(input: &Value) -> bool {
        input.get("version").is_none() && input.get("error").is_some()
    }

    /// Size as JSON, bytes.
    pub fn bytes(&self) -> usize {
        serde_json::to_vec(self).map_or(usize::MAX, |json| json.len())
    }

    fn hash_plan(&self, facts: &Facts) -> String {
        let plan = (&self.strategy, &self.plan, &self.way_back, &self.snapshot, &self.proofs);
        let side = |side: &DistributionFacts| (side.domain_name.clone(), side.enabled, side.settings.clone());
        let serials = [&facts.source, &facts.target].map(|side| side.certificate.as_ref().map(|certificate| certificate.serial.clone()));
        let proved_by = self.request.as_ref().and_then(|request| request.verify.as_ref());
        let text = serde_json::to_vec(&(plan, proved_by, side(&facts.source), side(&facts.target), serials)).unwrap_or_default();
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The request names the plan that somebody read: what has changed since makes another one (I7).
    fn agreed_to_another_plan(&self) -> Option<Refusal> {
        let agreed = self.request.as_ref()?.plan_hash.as_ref().filter(|agreed| **agreed != self.plan_hash)?;
        let message = format!(
            "the plan that was agreed to is {agreed}, and the one that would be made now is {}: facts have changed",
            self.plan_hash
        );
        Some(Refusal::new(Code::PlanChanged, &message, "ask for a plan (`execute` false), read it, and send its planHash"))
    }

    /// Leaves nothing of the plan that a person could take for one that is carried out.
    fn refuse(&mut self, refusal: Refusal) {
        self.refusals.push(refusal);
        self.plan.clear();
        self.way_back.clear();
        self.asked.clear();
        self.proofs.clear();
        self.point_of_no_return = None;
    }

    /// The same request, refused with its two halves.
    fn too_large(self) -> Self {
        let message = format!(
            "the document of this cutover would begin with {} bytes; {} are the most (SFN-3)",
            self.bytes(),
            DOCUMENT_BYTES_MAX - DOCUMENT_BYTES_RESERVED
        );
        let mut refusal = Refusal::new(Code::RequestTooLarge, &message, "send the ready requests one after the other");
        if let Some(request) = self.request.as_ref().filter(|request| request.aliases.len() > 1) {
            let (first, second) = request.aliases.split_at(request.aliases.len() / 2);
            let half = |aliases: &[Alias]| Request { aliases: aliases.to_vec(), plan_hash: None, ..request.clone() }.to_value();
            refusal = refusal.with_requests(vec![half(first), half(second)]);
        }
        Self::refused(self.execution, None, refusal)
    }

    /// Adds a line to the story. Beyond [`TIMELINE_MAX`] the oldest after the beginning goes.
    pub fn note(&mut self, at: Timestamp, what: &str, detail: &str) {
        if self.timeline.len() >= TIMELINE_MAX {
            self.timeline.remove(TIMELINE_KEPT);
        }
        self.timeline.push(Event { at, what: cut(what), detail: cut(detail) });
    }

    /// Aliases that the plan detaches from the source.
    pub fn moving(&self) -> Vec<Alias> {
        let request = self.request.as_ref().map_or(&[][..], |request| request.aliases.as_slice());
        let moves = |alias: &&Alias| self.plan.iter().any(|planned| planned.edit.detaches(alias));
        request.iter().filter(moves).cloned().collect()
    }
}

fn endpoint(distribution: &crate::facts::DistributionFacts) -> Endpoint {
    Endpoint {
        domain_name: distribution.domain_name.clone(),
        ipv6: distribution.ipv6,
        certificate_serial: distribution.certificate.as_ref().map(|certificate| certificate.serial.clone()),
    }
}

/// The record sets of every name that the plan points elsewhere.
fn snapshot(edits: &[PlannedEdit], facts: &Facts) -> Vec<NameSnapshot> {
    let names: BTreeSet<&Alias> = edits.iter().filter_map(|planned| planned.edit.repoints()).flat_map(|(names, _)| names).collect();
    let snapshot = |name: &Alias| NameSnapshot { name: name.clone(), sets: facts.record_sets.get(name).cloned().unwrap_or_default() };
    names.into_iter().map(snapshot).collect()
}

/// What stands where the plan stages proofs.
fn proof_snapshots(edits: &[PlannedEdit], facts: &Facts) -> Vec<ProofSnapshot> {
    let moved = edits.iter().find_map(|planned| match &planned.edit {
        Edit::UpdateDomainAssociation { aliases, .. } | Edit::AskForMove { aliases, .. } => Some(aliases.as_slice()),
        _ => None,
    });
    let snapshot = |alias: &Alias| {
        let name = facts.proofs.get(alias)?.name.clone();
        let set = proof_set(alias, facts);
        let values = set.map_or(vec![], |set| set.values.clone());
        Some(ProofSnapshot { name, ttl: set.and_then(|set| set.ttl), values })
    };
    moved.unwrap_or_default().iter().filter_map(snapshot).collect()
}

#[cfg(test)]
mod tests;
