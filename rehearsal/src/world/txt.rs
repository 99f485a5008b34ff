//! TXT sets: what the authoritative servers answer, what CloudFront sees of it and for how long it remembers a miss, and whether that proves a name (TXT-1 to TXT-9). Must not know which call asks.

use super::distribution::Distribution;
use super::dns::{Asker, Zone, synthesized};
use super::input::RecordInput;
use super::{Millis, World, millis};

/// Least time until CloudFront sees a changed set, seconds (DNS-5).
const SEEN_SECONDS_MIN: u32 = 60;

/// A record with its TXT values in double quotes, as Route 53 keeps them (TXT-4).
pub fn quoted(mut record: RecordInput) -> RecordInput {
    if record.kind == "TXT" {
        for value in record.values.iter_mut().filter(|value| !is_quoted(value)) {
            *value = format!("\"{value}\"");
        }
    }
    record
}

/// Whether Route 53 takes this as a TXT value (R53-9).
pub fn is_quoted(value: &str) -> bool {
    value.len() >= 2 && value.starts_with('"') && value.ends_with('"')
}

/// The name that proves `alias`: `_.name` for a registrable domain, `_label.rest` for anything else (TXT-1, TXT-2).
pub fn proof_name(alias: &str) -> String {
    if psl::domain_str(alias) == Some(alias) { format!("_.{alias}") } else { format!("_{alias}") }
}

/// The TXT values of a state, without quotes; routed sets all count. Empty where there is none.
fn values(sets: &[RecordInput]) -> Vec<String> {
    let txt = sets.iter().filter(|set| set.kind == "TXT");
    txt.flat_map(|set| &set.values).map(|value| bare(value)).collect()
}

fn bare(value: &str) -> String {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value).to_owned()
}

fn txt_ttl(sets: &[RecordInput]) -> u32 {
    sets.iter().filter(|set| set.kind == "TXT").filter_map(|set| set.ttl).max().unwrap_or(0)
}

impl World {
    /// What each authoritative server of the public zone that holds `name` answers for TXT at `at`: values without
    /// quotes, none where there is no set. Empty where the world has no such zone.
    pub fn txt_by_server(&self, name: &str, at: Millis) -> Vec<(String, Vec<String>)> {
        self.by_server(name, at, |_, sets| values(sets))
    }

    /// What CloudFront finds at `name`, and remembers where it finds nothing: until that runs out it does not look
    /// again, whatever is there by then (TXT-6).
    fn look_up_txt(&mut self, name: &str, now: Millis) -> Vec<String> {
        if self.txt_misses.get(name).is_some_and(|until| *until > now) {
            return vec![];
        }
        let zone = self.zone_of(name);
        let found = zone.and_then(|zone| synthesized(zone, name, |name| self.txt_seen(zone, name, now))).unwrap_or_default();
        if found.is_empty() {
            self.txt_misses.insert(name.to_owned(), now + Millis::from(self.rules.negative_cache_s) * 1000);
        }
        found
    }

    /// The TXT values of `name` that CloudFront has by now; `None` where the name does not exist at all. What was
    /// changed is seen once the old answer has run out, what was not there before once it is in sync; never a later
    /// state before an earlier one would have gone (U-16).
    fn txt_seen(&self, zone: &Zone, name: &str, now: Millis) -> Option<Vec<String>> {
        let mut seen_from = Millis::MIN;
        let (mut seen, mut before, mut ttl) = (vec![], vec![], 0);
        for state in zone.names.get(name).into_iter().flatten() {
            let there = values(&state.sets);
            if there == before {
                continue;
            }
            let old = f64::from(self.rules.cf_dns_lag_s.unwrap_or_else(|| SEEN_SECONDS_MIN.max(ttl)));
            let lag = if before.is_empty() { 0 } else { millis(old) };
            seen_from = seen_from.max(state.in_sync.saturating_add(lag));
            if seen_from <= now {
                seen.clone_from(&there);
            }
            ttl = txt_ttl(&state.sets);
            before = there;
        }
        let exists = !seen.is_empty() || self.sets_seen(zone, name, Asker::CloudFront, now).is_some();
        exists.then_some(seen)
    }

    /// Whether CloudFront takes `alias` as proved for `target` now (TXT-1 to TXT-9).
    pub fn is_proved(&mut self, alias: &str, target: &Distribution, now: Millis) -> bool {
        let proves = |world: &mut Self, name: &str| {
            let values = world.look_up_txt(name, now);
            let only = world.rules.txt_multivalue || values.len() == 1;
            only && values.iter().any(|value| value.eq_ignore_ascii_case(&target.domain_name))
        };
        let name = proof_name(alias);
        if proves(self, &name) {
            return true;
        }
        let apex_form = format!("_.{alias}");
        let apex = self.rules.txt_zone_apex_form && self.zones.values().any(|zone| zone.delegated && zone.name == alias);
        apex && apex_form != name && proves(self, &apex_form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registrable_domain_is_proved_by_another_name_than_what_lies_below() {
        assert_eq!(proof_name("example.com"), "_.example.com");
        assert_eq!(proof_name("example.co.uk"), "_.example.co.uk", "the suffix has two labels");
        assert_eq!(proof_name("www.example.com"), "_www.example.com");
        assert_eq!(proof_name("*.example.com"), "_*.example.com");
        assert_eq!(proof_name("a.b.example.com"), "_a.b.example.com");
    }
}
