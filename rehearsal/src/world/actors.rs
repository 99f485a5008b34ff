//! Other writers and standing refusals. A writer goes through the same door as everybody else and is refused
//! where AWS would refuse it. Must not know what a cutover is.

use super::dns::external_id;
use super::input::{ActorInput, Deed, RecordInput};
use super::trail::{Identity, Told, change, update};
use super::{Millis, World};
use crate::service::cloudfront_move;
use crate::service::cloudfront_update::{Wanted, apply, text_of};
use crate::wire::Reply;
use serde_json::{Value, json};

/// What an origin that fails answers, unless its actor says otherwise.
const ORIGIN_FAILS_WITH: u16 = 503;

/// What has not happened yet, and what is in force.
#[derive(Debug, Default)]
pub struct Actors {
    waiting: Vec<(Trigger, ActorInput)>,
    denials: Vec<ActorInput>,
    failures: Vec<(ActorInput, Option<u32>)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Trigger {
    AfterCall(String, u64),
    At(Millis),
}

impl Actors {
    /// Actors without a trigger are in force from the beginning.
    ///
    /// # Errors
    /// A trigger that cannot be read.
    pub fn new(given: &[ActorInput]) -> Result<Self, String> {
        let mut actors = Self::default();
        for actor in given {
            let trigger = match (&actor.after_call, actor.at) {
                (Some(call), _) => {
                    let (operation, number) = call.split_once('#').unwrap_or((call, "1"));
                    let number = number.parse().map_err(|_| format!("afterCall {call:?} is not of the form service:Operation#n"))?;
                    Trigger::AfterCall(operation.to_owned(), number)
                }
                (None, Some(at)) => Trigger::At(at.as_millisecond()),
                (None, None) => Trigger::At(Millis::MIN),
            };
            actors.waiting.push((trigger, actor.clone()));
        }
        Ok(actors)
    }

    /// Whether `action` is denied to everybody in `account`.
    pub fn denies(&self, account: &str, action: &str) -> bool {
        self.denials.iter().any(|actor| actor.operation.as_deref() == Some(action) && actor.account.as_deref().is_none_or(|a| a == account))
    }

    /// When the next actor acts by itself.
    fn due(&mut self, now: Millis) -> Option<(Millis, ActorInput)> {
        let due = |(trigger, _): &(Trigger, ActorInput)| matches!(trigger, Trigger::At(at) if *at <= now);
        let position = self.waiting.iter().position(due)?;
        let (trigger, actor) = self.waiting.remove(position);
        let at = if let Trigger::At(at) = trigger { at } else { now };
        Some((at, actor))
    }

    fn after_call(&mut self, operation: &str, number: u64) -> Vec<ActorInput> {
        let wanted = Trigger::AfterCall(operation.to_owned(), number);
        let (now, later) = self.waiting.drain(..).partition(|(trigger, _)| *trigger == wanted);
        self.waiting = later;
        let now: Vec<(Trigger, ActorInput)> = now;
        now.into_iter().map(|(_, actor)| actor).collect()
    }
}

impl World {
    /// Lets everybody act whose time has come.
    pub fn advance(&mut self, now: Millis) {
        while let Some((at, actor)) = self.actors.due(now) {
            self.act(actor, at.max(self.start));
        }
    }

    /// Lets everybody act who waited for this call.
    pub fn after_call(&mut self, operation: &str, number: u64, now: Millis) {
        for actor in self.actors.after_call(operation, number) {
            self.act(actor, now);
        }
    }

    /// The refusal that is in force for this call.
    pub fn standing_failure(&mut self, service: &str, operation: &str, account: &str, distribution: Option<&str>) -> Option<Reply> {
        let matches = |(actor, left): &&mut (ActorInput, Option<u32>)| {
            *left != Some(0)
                && actor.operation.as_deref() == Some(operation)
                && actor.account.as_deref().is_none_or(|wanted| wanted == account)
                && actor.distribution.as_deref().is_none_or(|wanted| Some(wanted) == distribution)
        };
        let (actor, left) = self.actors.failures.iter_mut().find(matches)?;
        *left = left.map(|left| left - 1);
        let code = actor.code.as_deref().unwrap_or("InternalError");
        let status = actor.http_status.unwrap_or(match code {
            "CNAMEAlreadyExists" | "StagingDistributionInUse" | "ContinuousDeploymentPolicyInUse" => 409,
            "PreconditionFailed" => 412,
            "AccessDenied" | "ExpiredToken" => 403,
            "NoSuchDistribution" | "NoSuchHostedZone" | "NoSuchChange" | "EntityNotFound" => 404,
            "InternalServerError" => 500,
            "InternalError" | "ServiceUnavailable" => 503,
            _ => 400,
        });
        Some(Reply::error(service, status, code, actor.message.as_deref().unwrap_or("")))
    }

    fn act(&mut self, actor: ActorInput, now: Millis) {
        // A service acts for itself (HID-1).
        let held_by = actor.distribution.as_ref().and_then(|id| self.distributions.get(id)).and_then(|held| held.given.service);
        let service = serde_json::to_value(held_by).ok().and_then(|service| service.as_str().map(str::to_owned));
        let who = actor.account.clone().or(service).unwrap_or_else(|| "somebody".to_owned());
        let deed = serde_json::to_value(actor.deed).ok().and_then(|deed| deed.as_str().map(str::to_owned)).unwrap_or_default();
        let what = format!("{who}: {deed}");
        let on = actor.distribution.clone().or(actor.hosted_zone.clone()).unwrap_or_default();
        let before = self.sight();
        let detail = match actor.deed {
            Deed::DenyOperation => {
                let operation = actor.operation.clone().unwrap_or_default();
                self.actors.denials.push(actor);
                operation
            }
            Deed::FailOperation => {
                let operation = actor.operation.clone().unwrap_or_default();
                let times = actor.times;
                self.actors.failures.push((actor, times));
                operation
            }
            Deed::ChangeRecord => self.change_record(actor, now),
            Deed::AddValue => match self.joined(&actor) {
                Some(joined) => self.change_record(ActorInput { record: Some(joined), ..actor }, now),
                None => format!("{on} has a set that cannot list it"),
            },
            Deed::MoveAlias => {
                let (alias, id) = (actor.alias.unwrap_or_default(), actor.distribution.unwrap_or_default());
                let moved = cloudfront_move::by_support(self, &super::names::normal(&alias), &id, now);
                format!("{id} {alias}{}", moved.err().map(|why| format!(" {why}")).unwrap_or_default())
            }
            Deed::FailOrigin => {
                let id = actor.distribution.unwrap_or_default();
                if let Some(held) = self.distributions.get_mut(&id) {
                    held.origin_status = actor.http_status.unwrap_or(ORIGIN_FAILS_WITH);
                }
                id
            }
            _ => self.write_distribution(&actor, now),
        };
        self.note_write(before, &deed, &on, false, now);
        self.tell(now, &what, detail);
    }

    fn write_distribution(&mut self, actor: &ActorInput, now: Millis) -> String {
        let id = actor.distribution.clone().unwrap_or_default();
        let Some(distribution) = self.distributions.get(&id) else { return format!("{id} is gone") };
        let Some(mut wanted) = Wanted::newest(distribution) else { return format!("{id} has no version") };
        let alias = actor.alias.clone().unwrap_or_default();
        match actor.deed {
            Deed::AddAlias => {
                wanted.aliases.insert(alias.clone());
            }
            Deed::RemoveAlias => {
                wanted.aliases.remove(&alias);
            }
            Deed::SetEnabled => wanted.set_enabled(actor.enabled.unwrap_or(true)),
            Deed::ReplaceCertificate => wanted.set_certificate(actor.certificate.as_deref().unwrap_or_default()),
            _ => wanted.set_comment(actor.comment.as_deref().unwrap_or("edited by somebody else")),
        }
        let aliases: Vec<String> = wanted.aliases.iter().cloned().collect();
        let (enabled, before) = (wanted.enabled, distribution.clone());
        let applied = apply(self, &id, wanted, now);
        let (name, asked, answer) = update(&before, &aliases, enabled, applied.is_ok());
        let refused = applied.as_ref().err().map(|reply| text_of(&reply.body, "Code"));
        let told = Told { service: "cloudfront", name, asked, answer, refused };
        self.trail_write(now, &identity(actor, &before.account), told);
        match applied {
            Ok(()) => format!("{id} {alias}"),
            Err(reply) => format!("{id} {alias} refused: HTTP {}", reply.status),
        }
    }

    /// The record set that an actor adds values to, with these; none where that is no list of values.
    fn joined(&self, actor: &ActorInput) -> Option<RecordInput> {
        let mut added = super::txt::quoted(actor.record.clone()?);
        let id = actor.hosted_zone.clone().or(actor.external_zone.as_deref().map(external_id))?;
        let is_it = |set: &&RecordInput| (&set.kind, &set.set_identifier) == (&added.kind, &added.set_identifier);
        let Some(mut present) = self.zones.get(&id)?.listed(&super::names::normal(&added.name)).iter().find(is_it).cloned() else {
            return Some(added);
        };
        added.values.retain(|value| !present.values.contains(value));
        present.values.append(&mut added.values);
        Some(present).filter(|set| set.alias_target.is_none())
    }

    fn change_record(&mut self, actor: ActorInput, now: Millis) -> String {
        let id = actor.hosted_zone.clone().or(actor.external_zone.as_deref().map(external_id));
        let (Some(id), Some(record)) = (id, actor.record.as_ref()) else { return String::new() };
        let in_sync = now + self.in_sync_lag();
        let Some(zone) = self.zones.get_mut(&id) else { return format!("{id} is gone") };
        let name = super::names::normal(&record.name);
        let mut sets = zone.listed(&name).to_vec();
        sets.retain(|set| (&set.kind, &set.set_identifier) != (&record.kind, &record.set_identifier));
        let detail = format!("{id} {name} {}", record.kind);
        let leaves = record.alias_target.is_none() && record.values.is_empty();
        let told = change(if leaves { "DELETE" } else { "UPSERT" }, record);
        // A set that leads nowhere is none.
        if record.alias_target.is_some() || !record.values.is_empty() {
            sets.push(super::txt::quoted(record.clone()));
        }
        zone.set(&name, sets, now, in_sync);
        // What somebody else's DNS is changed by, AWS does not know.
        if actor.external_zone.is_none() {
            let account = self.input.hosted_zones.iter().find(|zone| zone.id == id).map(|zone| zone.account.clone());
            let asked = json!({"hostedZoneId": id, "changeBatch": {"changes": [told]}});
            let told = Told { service: "route53", name: "ChangeResourceRecordSets", asked, answer: Value::Null, refused: None };
            self.trail_write(now, &identity(&actor, &account.unwrap_or_default()), told);
        }
        detail
    }

    /// How long the next change takes until it is in sync (R53-2).
    pub fn in_sync_lag(&self) -> Millis {
        let changes: usize = self.zones.values().map(|zone| zone.changes.len()).sum();
        self.draw(&format!("insync/{changes}"), 20_000..60_000)
    }
}

/// Whose credentials an actor uses in `account`: those that it says, or some infrastructure code's.
fn identity(actor: &ActorInput, account: &str) -> Identity {
    let arn = actor.by.clone().unwrap_or_else(|| format!("arn:aws:sts::{account}:assumed-role/deployer/terraform"));
    Identity { account: account.to_owned(), arn }
}
