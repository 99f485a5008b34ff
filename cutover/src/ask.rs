//! What others are asked for, in lines ready to hand over: record sets and proofs as a zone file has them. Must not know
//! who edits DNS.

use crate::document::Cutover;
use crate::plan::Edit;
use crate::proof::{PROOF_TTL_SECONDS, Proves, quoted};
use crate::record_set::{Destination, RecordSet, RecordsTo, in_state};

impl Cutover {
    /// The lines for one edit that asks; none for any other, and none for what the planner has written already.
    pub fn lines_for(&self, edit: &Edit) -> Vec<String> {
        match edit {
            Edit::AskForRecordSets { to, .. } => self.record_lines(*to),
            Edit::AskForProofs { proves, .. } => self.proof_lines(*proves),
            _ => vec![],
        }
    }

    /// The record sets of every name of the snapshot in the state `to`.
    fn record_lines(&self, to: RecordsTo) -> Vec<String> {
        let (Some(endpoints), Some(request)) = (&self.endpoints, &self.request) else { return vec![] };
        let destination = Destination {
            source: &endpoints.source.domain_name,
            target: &endpoints.target.domain_name,
            ipv6: endpoints.target.ipv6,
            kinds: request.records,
        };
        let line = |name: &str, set: &RecordSet| {
            let values = set
                .values
                .iter()
                .map(|value| if set.kind == "CNAME" { format!("{}.", value.trim_end_matches('.')) } else { value.clone() });
            let values: Vec<String> = values.collect();
            format!("{name}. {} IN {} {}", set.ttl_seconds(), set.kind, values.join(" "))
        };
        let of = |snapshot: &crate::document::NameSnapshot| -> Vec<String> {
            in_state(&snapshot.sets, to, &destination).iter().map(|set| line(snapshot.name.as_str(), set)).collect()
        };
        self.snapshot.iter().flat_map(of).collect()
    }

    /// The TXT record of every proof, or its removal.
    fn proof_lines(&self, proves: Proves) -> Vec<String> {
        let Some(endpoints) = &self.endpoints else { return vec![] };
        let value = match proves {
            Proves::Target => quoted(&endpoints.target.domain_name),
            Proves::Source => quoted(&endpoints.source.domain_name),
            Proves::Nobody => {
                let target = quoted(&endpoints.target.domain_name);
                return self.proofs.iter().map(|proof| format!("remove: {}. IN TXT {target}", proof.name)).collect();
            }
        };
        let ttl = |ttl: Option<u32>| ttl.unwrap_or(PROOF_TTL_SECONDS);
        self.proofs.iter().map(|proof| format!("{}. {} IN TXT {value}", proof.name, ttl(proof.ttl))).collect()
    }
}
