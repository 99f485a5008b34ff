//! How a cutover ends: the outcome, and for one that is stuck what a person needs to know. Must not know how anything
//! was looked at.

use crate::choose::{Group, split};
use crate::document::{Cutover, NextLegal, Outcome, Stuck};
use crate::finding::{Code, Refusal};
use crate::name::Alias;
use crate::plan::{Edit, Settle, names};
use crate::progress::{Direction, Stage};
use crate::request::Request;
use crate::strategy::Strategy;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Where the aliases were seen when everything was over.
#[derive(Debug, Clone, Default)]
pub struct Whereabouts {
    /// Aliases of the source; `None` where it could not be read.
    pub source: Option<Vec<String>>,
    /// Aliases of the target.
    pub target: Option<Vec<String>>,
    /// Whether every record set of the snapshot is as it was read; `None` where that could not be seen.
    pub record_sets_as_read: Option<bool>,
    /// Writes that may still take effect, in the words of their intents, and until when.
    pub may_land: Vec<(Timestamp, String)>,
}

impl Cutover {
    /// Writes the outcome. A look at both distributions has the last word.
    pub fn concluded(&mut self, now: Timestamp, whereabouts: &Whereabouts) {
        let outcome = self.judge_outcome(whereabouts);
        if outcome == Outcome::Stuck {
            let stuck = self.describe_stuck(whereabouts);
            self.stuck = Some(stuck);
        }
        if outcome == Outcome::RolledBack {
            self.name_what_comes_next();
        }
        self.outcome = Some(outcome);
        let detail = match outcome {
            Outcome::Refused => self.refusals.first().map(|refusal| refusal.message.clone()),
            Outcome::RolledBack => self.progress.turned_because.clone(),
            Outcome::Stuck => self.stuck.as_ref().map(|stuck| stuck.cause.clone()),
            Outcome::Completed => self.request.as_ref().map(|r| format!("{} on {}", names(&r.aliases), r.target.distribution)),
            Outcome::Planned => Some("nothing was asked to be executed".to_owned()),
        };
        let what = serde_json::to_value(outcome).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
        self.note(now, &what, detail.as_deref().unwrap_or("nothing to do"));
    }

    /// AWS would not move the names, and everything is as it was: the refusal carries the requests that are legal next.
    fn name_what_comes_next(&mut self) {
        let (Some(words), Some(request)) = (self.progress.move_refused.clone(), self.request.as_ref()) else { return };
        let aliases = |next: &NextLegal| if next.aliases.is_empty() { request.aliases.clone() } else { next.aliases.clone() };
        let groups: Vec<Group> = self.next_legal.iter().map(|next| (next.strategy, aliases(next))).collect();
        let remedy = if groups.is_empty() {
            "read AWS's words; without another legal strategy this is a case for AWS Support"
        } else {
            "read AWS's words; then send the ready request, which needs no move by AWS. The source is not to be disabled for this"
        };
        let message = format!("AWS did not carry out the move, and everything is as it was: {words}");
        let refusal =
            Refusal::new(Code::MoveRefused, &message, remedy).with_requests(split(&groups, request, Strategy::may_leave_unserved));
        self.refusals.push(refusal);
    }

    fn judge_outcome(&mut self, whereabouts: &Whereabouts) -> Outcome {
        if !self.refusals.is_empty() {
            return Outcome::Refused;
        }
        if !self.request.as_ref().is_some_and(|request| request.execute) {
            return Outcome::Planned;
        }
        if self.progress.stuck_because.is_some() {
            // What lists say is not at the edge yet: whoever waited for that in vain has not brought everything back.
            let waits = self.progress.direction == Direction::Back && matches!(self.progress.stage, Stage::Settle { .. });
            return if !waits && self.is_as_before(whereabouts) { Outcome::RolledBack } else { Outcome::Stuck };
        }
        if let Some(names) = self.progress.left_alone.clone() {
            self.progress.stuck_because = Some(format!("the record sets of {names} were changed by somebody else and left alone"));
            return Outcome::Stuck;
        }
        let reached = match self.progress.direction {
            Direction::Forward => Outcome::Completed,
            Direction::Back => Outcome::RolledBack,
        };
        match self.stray_in(whereabouts) {
            None => reached,
            Some(alias) => {
                self.progress.stuck_because = Some(format!("everything was carried out, and yet {alias} is not where it should be"));
                Outcome::Stuck
            }
        }
    }

    /// A name that was seen elsewhere than a cutover which carried everything out has brought it. A read may be old (CF-11):
    /// whoever sees it looks again before believing it.
    pub fn stray_in(&self, whereabouts: &Whereabouts) -> Option<Alias> {
        self.alias_astray_in(whereabouts).or_else(|| self.nets_left_in(whereabouts).into_iter().next())
    }

    fn alias_astray_in(&self, whereabouts: &Whereabouts) -> Option<Alias> {
        let (wanted, other) = match self.progress.direction {
            Direction::Forward => (&whereabouts.target, &whereabouts.source),
            Direction::Back => (&whereabouts.source, &whereabouts.target),
        };
        let lists = |list: &Option<Vec<String>>, alias: &Alias| list.as_ref().map(|list| list.iter().any(|name| name == alias.as_str()));
        self.moving().into_iter().find(|alias| lists(wanted, alias) == Some(false) || lists(other, alias) == Some(true))
    }

    /// Nets that the cutover put up itself and that the target lists after all: what said that they were down were old reads.
    fn nets_left_in(&self, whereabouts: &Whereabouts) -> BTreeSet<Alias> {
        let Some(target) = &whereabouts.target else { return BTreeSet::new() };
        let is_asked_for = |alias: &Alias| self.request.as_ref().is_some_and(|request| request.aliases.contains(alias));
        let comes_down =
            |alias: &Alias| self.progress.direction == Direction::Back || self.plan.iter().any(|planned| planned.edit.detaches(alias));
        let put_up = self.plan.iter().take(self.progress.begun).flat_map(|planned| planned.edit.attaches());
        let left = put_up.filter(|alias| !is_asked_for(alias) && comes_down(alias) && target.iter().any(|name| name == alias.as_str()));
        left.cloned().collect()
    }

    /// Whether everything was seen to be as before the first write, whatever the steps could not do: a role that was
    /// missing from the beginning leaves nothing to take back.
    fn is_as_before(&self, whereabouts: &Whereabouts) -> bool {
        let (Some(source), Some(target)) = (&whereabouts.source, &whereabouts.target) else { return false };
        let listed = |list: &[String], alias: &Alias| list.iter().any(|name| name == alias.as_str());
        let target_is_clean = self.plan.iter().flat_map(|planned| planned.edit.attaches()).all(|alias| !listed(target, alias));
        let source_has_all = self.moving().iter().all(|alias| listed(source, alias));
        target_is_clean && source_has_all && whereabouts.record_sets_as_read == Some(true)
    }

    fn describe_stuck(&self, whereabouts: &Whereabouts) -> Stuck {
        let holder = |list: &Option<Vec<String>>, alias: &Alias| list.as_ref().is_some_and(|list| list.iter().any(|n| n == alias.as_str()));
        let looked = whereabouts.source.is_some() && whereabouts.target.is_some();
        let request = self.request.as_ref();
        let seen: Vec<String> = self
            .moving()
            .iter()
            .map(|alias| match (holder(&whereabouts.source, alias), holder(&whereabouts.target, alias), request) {
                (true, _, Some(request)) => {
                    format!("{alias} is on the source {}", request.source.as_ref().map_or("", |source| source.distribution.as_str()))
                }
                (_, true, Some(request)) => format!("{alias} is on the target {}", request.target.distribution),
                _ if looked => format!("{alias} is on neither distribution: nobody serves it, unless a wildcard does"),
                _ => format!("where {alias} is could not be seen"),
            })
            .collect();
        // What lands after all may change what a person has put right.
        let waits = whereabouts.may_land.iter().map(|(until, what)| format!("wait until {until}: {what} may still take effect"));
        let next_moves: Vec<String> = waits.chain(self.next_moves(whereabouts)).collect();
        let because = self.progress.stuck_because.clone().unwrap_or_default();
        let turned = self.progress.turned_because.as_ref().map_or(String::new(), |turned| format!("Turned round because: {turned}. "));
        let first = |list: &[String]| list.first().cloned().unwrap_or_else(|| "nothing".to_owned());
        let cause = format!(
            "{because}. {turned}Seen: {}. Next by hand, in this order: {}.",
            if seen.len() > 1 { format!("{} and {} more", first(&seen), seen.len() - 1) } else { first(&seen) },
            next_moves.join("; then "),
        );
        Stuck { cause, seen, next_moves }
    }

    /// What a person does next: where all but its net is where it should be, only that comes down.
    fn next_moves(&self, whereabouts: &Whereabouts) -> Vec<String> {
        let is_carried_out = match self.progress.direction {
            Direction::Forward => self.progress.at >= self.plan.len(),
            Direction::Back => self.progress.at >= self.inverses().len(),
        };
        let is_all = self.alias_astray_in(whereabouts).is_none() && self.progress.left_alone.is_none();
        let nets = self.nets_left_in(whereabouts);
        match self.request.as_ref() {
            Some(request) if !nets.is_empty() && is_carried_out && is_all && !self.progress.claim_lost => {
                let target = &request.target.distribution;
                nets.iter().map(|net| format!("remove {net} from {target}: this cutover has put it there, and needs it no more")).collect()
            }
            _ => self.moves_by_hand(),
        }
    }

    /// What is left to do, as a person would do it: each inverse, and what to wait for after it.
    fn moves_by_hand(&self) -> Vec<String> {
        if self.progress.claim_lost {
            return vec![
                "look at `cutover claims` and `cutover show`: another execution has this cutover in hand, or a person has broken its claim"
                    .to_owned(),
                format!(
                    "then see where each name is, and take back by hand what was begun: {} of {} edits",
                    self.progress.begun,
                    self.plan.len()
                ),
            ];
        }
        if self.progress.direction == Direction::Forward {
            let waits = self.progress.waits_for.is_some();
            if waits || self.point_of_no_return.is_some_and(|position| self.progress.at >= position) {
                let carried_out = usize::from(self.progress.stage != Stage::Act);
                let left = self.plan.iter().skip(self.progress.at + carried_out);
                let dns = self.repointed().then(|| format!("see that the record sets of {} lead to the target", names(&self.moving())));
                let left = dns.into_iter().chain(left.map(|planned| format!("{}, so that: {}", planned.edit.describe(), planned.after)));
                return left.chain(self.asked.iter().take(4).cloned()).collect();
            }
            let target = self.request.as_ref().map_or(String::new(), |request| request.target.distribution.to_string());
            return vec![format!("find out who changed what, and add {} to {target} again: DNS leads there", names(&self.moving()))];
        }
        let left: Vec<_> = self.inverses().into_iter().skip(self.progress.at).filter_map(|position| self.plan.get(position)).collect();
        if left.is_empty() {
            return vec![format!(
                "find out who changed what, and put {} where it belongs: nothing of the way back is left",
                names(&self.moving())
            )];
        }
        left.into_iter()
            .map(|planned| {
                let waits: Vec<String> = planned.settle_back().iter().map(Settle::describe).collect();
                format!("{}, and wait until {}", self.by_hand(&planned.inverse), waits.join(" and "))
            })
            .collect()
    }

    fn by_hand(&self, edit: &Edit) -> String {
        match edit {
            Edit::UpdateDistribution { .. } | Edit::SetEnabled { .. } | Edit::AskForRelease { .. } | Edit::AskForMove { .. } => {
                edit.describe()
            }
            Edit::UpdateDomainAssociation { aliases, from, to } => format!(
                "{} with update-domain-association where it is on {}, or add {} to {} where it is on neither",
                edit.describe(),
                from.as_ref().map_or("the source", |from| from.distribution.as_str()),
                names(aliases),
                to.distribution
            ),
            Edit::ChangeProofs { .. } | Edit::AskForProofs { .. } => {
                let sets = self.proofs.iter().map(|proof| match proof.values.as_slice() {
                    [] => format!("no TXT at {}", proof.name),
                    values => format!("{} TXT {}", proof.name, values.join(" ")),
                });
                let sets: Vec<String> = sets.take(4).collect();
                format!("{} (before the cutover: {})", edit.describe(), sets.join(", "))
            }
            Edit::SwapAliases { aliases, from, to } => {
                let names = names(aliases);
                format!("remove {names} from {} if it is there, then add {names} to {}", from.distribution, to.distribution)
            }
            Edit::ChangeRecordSets { .. } | Edit::AskForRecordSets { .. } => {
                let sets = self
                    .snapshot
                    .iter()
                    .flat_map(|snapshot| snapshot.sets.iter().map(|set| format!("{} {}", snapshot.name, set.describe())));
                let sets: Vec<String> = sets.take(4).collect();
                let more = if self.snapshot.len() > 4 { " and the other names likewise" } else { "" };
                let zone = self.request.as_ref().and_then(Request::zone).map_or("DNS", |zone| zone.hosted_zone.as_str());
                format!("set in {zone}: {}{more}", sets.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests;
