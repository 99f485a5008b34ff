//! What others are asked for in the course of a cutover, ready to hand over: record sets and proofs as a zone file has
//! them. Must not know who is asked, nor who looks whether it was done.

use crate::bounds::ASKED_BYTES_MAX;
use crate::document::{Cutover, NameSnapshot};
use crate::name::Alias;
use crate::plan::{Edit, names};
use crate::progress::{Direction, Done, IllegalMove};
use crate::proof::{PROOF_TTL_SECONDS, ProofSnapshot, Proves, is_proof_of, proof_values, quoted};
use crate::record_set::{Destination, RecordSet, RecordsTo, in_state};
use jiff::Timestamp;

/// Stands between what is asked for now and what the plan asks for later.
const LATER: &str = "Then:";

impl Cutover {
    /// What the record sets lead to, forth and back.
    ///
    /// # Errors
    /// Where nothing was observed.
    pub fn destination(&self) -> Result<Destination<'_>, IllegalMove> {
        let endpoints = self.endpoints.as_ref().ok_or_else(|| IllegalMove("the document lacks the endpoints".to_owned()))?;
        Ok(Destination {
            source: &endpoints.source.domain_name,
            target: &endpoints.target.domain_name,
            ipv6: endpoints.target.ipv6,
            kinds: self.request.as_ref().map_or_else(Default::default, |request| request.records),
        })
    }

    /// The record sets of `name` before the first write.
    ///
    /// # Errors
    /// Where they were not kept.
    pub fn as_read(&self, name: &Alias) -> Result<&[RecordSet], IllegalMove> {
        let kept = |snapshot: &&NameSnapshot| snapshot.name == *name;
        let snapshot = self.snapshot.iter().find(kept);
        snapshot
            .map(|snapshot| snapshot.sets.as_slice())
            .ok_or_else(|| IllegalMove(format!("the document lacks the record sets of {name}")))
    }

    /// What the whole plan will ask others for, before any of it is begun: record sets and proofs, then the plan's `own`
    /// words.
    pub(crate) fn foretell(&mut self, own: Vec<String>) {
        let lines = |edit: &Edit| match edit {
            Edit::AskForRecordSets { aliases, to } => self.record_lines(aliases, *to).unwrap_or_default(),
            Edit::AskForProofs { proves: Proves::Target, .. } => self.proof_lines(Proves::Target).unwrap_or_default(),
            _ => vec![],
        };
        let mut asked: Vec<String> = bounded(self.plan.iter().flat_map(|planned| lines(&planned.edit)).collect());
        if !own.is_empty() && !asked.is_empty() {
            asked.push(LATER.to_owned());
        }
        asked.extend(own);
        self.asked = asked;
    }

    /// Puts what the present edit needs of others into [`Cutover::asked`].
    ///
    /// # Errors
    /// Where the present edit asks nobody, or the document lacks what it is about.
    pub fn ask(&mut self, now: Timestamp) -> Result<(), IllegalMove> {
        let edit = self.edit_now()?.clone();
        let lines = match &edit {
            Edit::AskForRecordSets { aliases, to } => self.record_lines(aliases, *to)?,
            // AWS refused the move before anything had moved, so that the names need no proof to come back.
            Edit::AskForProofs { proves: Proves::Source, .. } if self.progress.move_refused.is_some() => {
                self.not_needed(now, "not needed: AWS refused the move");
                return Ok(());
            }
            Edit::AskForProofs { proves, .. } => self.proof_lines(*proves)?,
            // The plan holds their whole text from the beginning.
            Edit::AskForRelease { aliases } | Edit::AskForMove { aliases, .. } => {
                let later = self.asked_later();
                self.asked = later;
                let detail = format!("asked for {}; the words to hand over are in the document", names(aliases));
                self.acted(now, Done { wrote: false, change_id: None, detail });
                return Ok(());
            }
            other => return Err(IllegalMove(format!("the next edit asks nobody: {}", other.describe()))),
        };
        let detail = match lines.as_slice() {
            [] => "nothing has to be changed".to_owned(),
            [only] => format!("asked for: {only}"),
            [first, rest @ ..] => format!("asked for: {first} and {} more", rest.len()),
        };
        let later = if self.waits_for_others_later() { self.asked_later() } else { vec![] };
        self.asked = bounded(lines);
        if !later.is_empty() {
            self.asked.push(LATER.to_owned());
            self.asked.extend(later);
        }
        self.acted(now, Done { wrote: false, change_id: None, detail });
        Ok(())
    }

    /// Others have done what they were asked for: what is left is asked for later, if at all.
    pub(crate) fn answered(&mut self) {
        let is_left = self.asked.iter().any(|line| line == LATER);
        self.asked = if is_left { self.asked_later() } else { vec![] };
    }

    /// Whether the plan's own words, about a release or a move by others, are still to come.
    fn waits_for_others_later(&self) -> bool {
        let by_others = |edit: &Edit| matches!(edit, Edit::AskForRelease { .. } | Edit::AskForMove { .. });
        self.progress.direction == Direction::Forward && self.plan.iter().skip(self.progress.at).any(|planned| by_others(&planned.edit))
    }

    /// The plan's own words.
    fn asked_later(&self) -> Vec<String> {
        let from = self.asked.iter().position(|line| line == LATER).map_or(0, |marker| marker + 1);
        self.asked.iter().skip(from).cloned().collect()
    }

    fn record_lines(&self, aliases: &[Alias], to: RecordsTo) -> Result<Vec<String>, IllegalMove> {
        let destination = self.destination()?;
        let mut lines = Vec::new();
        for alias in aliases {
            let as_read = self.as_read(alias)?;
            let wanted = in_state(as_read, to, &destination);
            lines.extend(wanted.iter().flat_map(|set| zone_lines(alias.as_str(), set)));
            let mut gone: Vec<String> = Vec::new();
            for state in RecordsTo::ALL {
                for set in in_state(as_read, state, &destination) {
                    let line = format!("remove {alias}. IN {}", set.kind);
                    if !wanted.iter().any(|kept| kept.kind == set.kind) && !gone.contains(&line) {
                        gone.push(line);
                    }
                }
            }
            lines.extend(gone);
        }
        Ok(lines)
    }

    fn proof_lines(&self, proves: Proves) -> Result<Vec<String>, IllegalMove> {
        let Destination { source, target, .. } = self.destination()?;
        let staged = quoted(if proves == Proves::Nobody && self.staged_source_proofs() { source } else { target });
        let lines = |proof: &ProofSnapshot| {
            let ttl = proof.ttl.unwrap_or(PROOF_TTL_SECONDS);
            let wanted = proof_values(proof, &proof.values, proves, target, source);
            // Values of others are not repeated: whoever wrote them could write lines of ours by them.
            let is_ours = |value: &&String| is_proof_of(value, source) || is_proof_of(value, target);
            let beside = if proof.values.iter().all(|value| is_ours(&value)) { "" } else { "  ; beside what stands there" };
            let added = wanted.iter().filter(is_ours).map(|value| format!("{}. {ttl} IN TXT {value}{beside}", proof.name));
            let standing: Vec<&String> =
                if proves == Proves::Target { proof.values.iter().filter(is_ours).collect() } else { vec![&staged] };
            let gone = standing.into_iter().filter(|value| !wanted.contains(value));
            added.chain(gone.map(|value| format!("remove {}. IN TXT {value}", proof.name))).collect::<Vec<String>>()
        };
        Ok(self.proofs.iter().flat_map(lines).collect())
    }

    /// Whether the way back has put the source's proofs in the place of the target's.
    fn staged_source_proofs(&self) -> bool {
        // Where AWS refused the move they were not asked for.
        if self.progress.direction == Direction::Forward || self.progress.move_refused.is_some() {
            return false;
        }
        let mut behind = self.inverses().into_iter().take(self.progress.at).filter_map(|position| self.plan.get(position));
        behind.any(|planned| planned.inverse.proves() == Some(Proves::Source))
    }
}

/// A set as a zone file has it: one line for each value. Alias records exist in Route 53 alone.
fn zone_lines(name: &str, set: &RecordSet) -> Vec<String> {
    if set.alias_target.is_some() {
        return vec![format!("{name}. {}", set.describe())];
    }
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
    let value = |value: &String| if set.kind == "CNAME" { format!("{}.", value.trim_end_matches('.')) } else { value.clone() };
    set.values.iter().map(|text| format!("{name}. {} IN {} {}", set.ttl_seconds(), set.kind, plain(&value(text)))).collect()
}

/// At most [`ASKED_BYTES_MAX`]; what had to go is said.
fn bounded(lines: Vec<String>) -> Vec<String> {
    let mut bytes = 0;
    let fit = lines.iter().take_while(|line| {
        bytes += line.len();
        bytes <= ASKED_BYTES_MAX
    });
    let kept = fit.count();
    let left = lines.len() - kept;
    let more = (left > 0).then(|| format!("and {left} more lines: the other names likewise"));
    lines.into_iter().take(kept).chain(more).collect()
}

#[cfg(test)]
mod tests;
