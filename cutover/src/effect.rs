//! What each edit of a plan changes, before and after, in words that a person reads before saying yes. Must not know how
//! an edit is carried out.

use crate::bounds::cut;
use crate::facts::{DistributionFacts, Facts};
use crate::name::Alias;
use crate::order::Plan;
use crate::plan::{Edit, names};
use crate::proof::Proves;
use crate::record_set::{Destination, RecordSet, RecordsTo, in_state};
use crate::request::Request;
use std::collections::BTreeSet;

/// Names of which the record sets are written out; the rest is counted.
const NAMES_SHOWN: usize = 2;
/// Aliases of a distribution that are written out; the rest is counted.
const ALIASES_SHOWN: usize = 4;

/// Fills in `before` and `after` of every edit, in order.
pub(crate) fn tell(plan: &mut Plan, request: &Request, facts: &Facts) {
    let mut state = State::new(request, facts);
    for planned in &mut plan.edits {
        let (before, after) = state.step(&planned.edit);
        planned.before = cut(&before);
        planned.after = cut(&after);
    }
}

/// The world as the plan has made it so far.
struct State<'a> {
    facts: &'a Facts,
    request: &'a Request,
    source: BTreeSet<String>,
    target: BTreeSet<String>,
    records: RecordsTo,
    proves: Proves,
}

impl<'a> State<'a> {
    fn new(request: &'a Request, facts: &'a Facts) -> Self {
        let of = |side: &DistributionFacts| side.aliases.iter().cloned().collect();
        Self { facts, request, source: of(&facts.source), target: of(&facts.target), records: RecordsTo::AsRead, proves: Proves::Nobody }
    }

    fn step(&mut self, edit: &Edit) -> (String, String) {
        match edit {
            Edit::UpdateDistribution { distribution, add, remove, .. } => {
                let at_target = distribution.as_str() == self.facts.target.id;
                let before = self.side(at_target);
                let side = if at_target { &mut self.target } else { &mut self.source };
                side.extend(add.iter().map(Alias::to_string));
                side.retain(|name| !remove.iter().any(|alias| alias.as_str() == name));
                (before, self.side(at_target))
            }
            Edit::SwapAliases { aliases, .. } | Edit::UpdateDomainAssociation { aliases, .. } | Edit::AskForMove { aliases, .. } => {
                let before = format!("{}; {}", self.side(false), self.side(true));
                self.source.retain(|name| !aliases.iter().any(|alias| alias.as_str() == name));
                self.target.extend(aliases.iter().map(Alias::to_string));
                (before, format!("{}; {}", self.side(false), self.side(true)))
            }
            Edit::AskForRelease { aliases } => {
                self.source.retain(|name| !aliases.iter().any(|alias| alias.as_str() == name));
                let holder = format!("{} of account {}", self.facts.source.id, self.facts.source.account);
                (format!("{} on {holder}", names(aliases)), format!("{} on nobody's distribution", names(aliases)))
            }
            Edit::SetEnabled { distribution, enabled, .. } => {
                let say = |enabled: bool| format!("{distribution} {}", if enabled { "enabled" } else { "disabled" });
                (say(!enabled), say(*enabled))
            }
            Edit::ChangeRecordSets { aliases, to, .. } | Edit::AskForRecordSets { aliases, to } => {
                let before = self.record_sets(aliases, self.records);
                self.records = *to;
                (before, self.record_sets(aliases, *to))
            }
            Edit::ChangeProofs { proves, .. } | Edit::AskForProofs { proves, .. } => {
                let before = self.proof(self.proves);
                self.proves = *proves;
                (before, self.proof(*proves))
            }
        }
    }

    fn side(&self, target: bool) -> String {
        let (id, aliases) = if target { (&self.facts.target.id, &self.target) } else { (&self.facts.source.id, &self.source) };
        let moved = |name: &&String| self.request.aliases.iter().any(|alias| alias.as_str() == name.as_str()) || name.starts_with('*');
        // What the cutover is about comes first, so that it is not what is cut.
        let (about, rest): (Vec<&String>, Vec<&String>) = aliases.iter().partition(moved);
        let shown: Vec<&str> = about.iter().chain(&rest).take(ALIASES_SHOWN).map(|name| name.as_str()).collect();
        let more = aliases.len().saturating_sub(ALIASES_SHOWN);
        let list = if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") };
        if more > 0 { format!("{id} lists {list} and {more} more") } else { format!("{id} lists {list}") }
    }

    fn record_sets(&self, aliases: &[Alias], state: RecordsTo) -> String {
        let destination = Destination {
            source: &self.facts.source.domain_name,
            target: &self.facts.target.domain_name,
            ipv6: self.facts.target.ipv6,
            kinds: self.request.records,
        };
        let say = |alias: &Alias| {
            let sets = in_state(self.facts.record_sets.get(alias).map_or(&[], Vec::as_slice), state, &destination);
            let sets: Vec<String> = sets.iter().map(RecordSet::describe).collect();
            format!("{alias} {}", sets.join(" + "))
        };
        let mut said: Vec<String> = aliases.iter().take(NAMES_SHOWN).map(say).collect();
        if aliases.len() > NAMES_SHOWN {
            said.push(format!("{} more names", aliases.len() - NAMES_SHOWN));
        }
        said.join("; ")
    }

    fn proof(&self, proves: Proves) -> String {
        let Some(proof) = self.facts.proofs.values().next() else { return String::new() };
        match proves {
            Proves::Target => format!("{} TXT \"{}\"", proof.name, self.facts.target.domain_name),
            Proves::Source => format!("{} TXT \"{}\"", proof.name, self.facts.source.domain_name),
            Proves::Nobody => match proof.sets.iter().find(|set| set.kind == "TXT") {
                Some(set) => format!("{} {}", proof.name, set.describe()),
                None => format!("no TXT at {}", proof.name),
            },
        }
    }
}

#[cfg(test)]
mod tests;
