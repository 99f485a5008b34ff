//! What an operator, the API, a schedule or an event asks for, parsed once.
//!
//! The input is hostile: unknown keys are refused, sizes are bounded, and what this version does not do is
//! refused as `notSupportedYet`, never ignored. This module must not know AWS.

use crate::bounds::{ALIASES_MAX, SOAK_SECONDS, SOAK_SECONDS_MAX};
use crate::finding::{Code, Refusal};
use crate::ids::{Place, ZonePlace};
use crate::name::Alias;
use crate::record_set::RecordKinds;
use crate::strategy::Strategy;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Elements that `allowDifferences` may name, and the length of each in characters. They stand in every document.
pub(crate) const ALLOWED_DIFFERENCES_MAX: usize = 50;
/// See [`ALLOWED_DIFFERENCES_MAX`].
const ALLOWED_TEXT_MAX: usize = 120;
/// Longest path that `verify` may name, and all its headers together, in characters.
const VERIFY_TEXT_MAX: usize = 1024;
/// Most headers that `verify` may name.
const VERIFY_HEADERS_MAX: usize = 8;

/// A request that this version can carry out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// 1 to 90 names, none twice.
    pub aliases: Vec<Alias>,
    /// Where they are. Left out, it is looked for; what no account of ours holds stays `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Place>,
    /// Where they go.
    pub target: Place,
    /// Where their record sets are. Left out, it is looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<Dns>,
    /// The strategy asked for; `None` is `auto`.
    #[serde(default, with = "strategy_choice")]
    pub strategy: Option<Strategy>,
    /// Whether viewers may be left unserved for as long as the strategy predicts.
    #[serde(default)]
    pub accept_outage: bool,
    /// Whether to act. `false` makes a plan only.
    #[serde(default)]
    pub execute: bool,
    /// How long the target serves before the cutover is called done, seconds.
    #[serde(default = "default_soak_seconds")]
    pub soak_seconds: u32,
    /// What a page served by the target looks like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Expectation>,
    /// Findings that need a yes and have it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accept: BTreeSet<Code>,
    /// Settings in which source and target may differ: elements of a config, `DefaultCacheBehavior/Compress`, each with all
    /// that is below it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub allow_differences: BTreeSet<String>,
    /// Which record sets the names get at the target.
    #[serde(default, skip_serializing_if = "RecordKinds::is_default")]
    pub records: RecordKinds,
    /// The plan that was read and agreed to: where another one would be made now, nothing is started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_hash: Option<String>,
}

/// Who keeps the record sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Dns {
    /// A hosted zone of Route 53 that Cutover may change.
    Zone(ZonePlace),
    /// Somebody else, who is asked and watched.
    External(External),
}

/// The word for DNS that somebody else edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum External {
    /// `"external"`
    External,
}

/// What a page served by the target looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expectation {
    /// Which page is asked for.
    #[serde(default = "default_path")]
    pub path: String,
    /// Its HTTP status; `None` is any below 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers that it must carry, names in lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub header: BTreeMap<String, String>,
}

/// The request as it is written, before anything is left out or refused.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    aliases: Vec<String>,
    source: Option<Place>,
    target: Place,
    dns: Option<Value>,
    #[serde(default = "default_strategy")]
    strategy: String,
    #[serde(default)]
    accept_outage: bool,
    #[serde(default)]
    execute: bool,
    #[serde(default = "default_approval")]
    approval: String,
    window: Option<Value>,
    #[serde(default = "default_soak_seconds")]
    soak_seconds: u32,
    verify: Option<Expectation>,
    #[serde(default)]
    accept: BTreeSet<Code>,
    #[serde(default)]
    allow_differences: BTreeSet<String>,
    #[serde(default)]
    records: RecordKinds,
    plan_hash: Option<String>,
}

fn default_strategy() -> String {
    "auto".to_owned()
}
fn default_approval() -> String {
    "none".to_owned()
}
fn default_path() -> String {
    "/".to_owned()
}
fn default_soak_seconds() -> u32 {
    SOAK_SECONDS
}

mod strategy_choice {
    //! `auto`, or a strategy's name.
    use crate::strategy::Strategy;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(choice: &Option<Strategy>, serializer: S) -> Result<S::Ok, S::Error> {
        match choice {
            None => serializer.serialize_str("auto"),
            Some(strategy) => strategy.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Strategy>, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == "auto" {
            return Ok(None);
        }
        Strategy::from_name(&name).map(Some).ok_or_else(|| serde::de::Error::custom("unknown strategy"))
    }
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// `malformedRequest` for what cannot be read, `notSupportedYet` for what this version does not do.
    pub fn parse(value: &Value) -> Result<Self, Refusal> {
        refuse_lists_for_objects(value)?;
        let written: Written = serde_path_to_error::deserialize(value).map_err(|error| malformed(&error.to_string()))?;
        let aliases = parse_aliases(&written.aliases)?;
        let strategy = parse_strategy(&written.strategy)?;
        let dns = written.dns.map(|dns| parse_dns(&dns)).transpose()?;
        if written.soak_seconds > SOAK_SECONDS_MAX {
            return Err(malformed(&format!("soakSeconds is {}; the most is {SOAK_SECONDS_MAX}", written.soak_seconds)));
        }
        let verify = written.verify.map(parse_expectation).transpose()?;
        if written.source.as_ref().is_some_and(|source| source.distribution == written.target.distribution) {
            let message =
                "source and target are the same distribution; to try out another config of one, AWS has continuous deployment (DT-14)";
            return Err(malformed(message));
        }
        bound_yeses(&written.allow_differences, written.plan_hash.as_deref())?;
        if !["none", "required"].contains(&written.approval.as_str()) {
            return Err(malformed(&format!("approval {:?} is unknown; \"none\" is", crate::bounds::cut(&written.approval))));
        }
        refuse_what_is_not_done_yet(&written.approval, written.window.is_some())?;
        let Written { source, target, accept_outage, execute, soak_seconds, accept, allow_differences, records, plan_hash, .. } = written;
        let (verify, plan_hash) = (verify, plan_hash.map(|hash| hash.to_ascii_lowercase()));
        Ok(Self {
            aliases,
            source,
            target,
            dns,
            strategy,
            accept_outage,
            execute,
            soak_seconds,
            verify,
            accept,
            allow_differences,
            records,
            plan_hash,
        })
    }

    /// The hosted zone, where it is known and ours to change.
    pub fn zone(&self) -> Option<&ZonePlace> {
        match &self.dns {
            Some(Dns::Zone(zone)) => Some(zone),
            Some(Dns::External(_)) | None => None,
        }
    }

    /// Whether somebody else edits DNS.
    pub fn dns_is_external(&self) -> bool {
        matches!(self.dns, Some(Dns::External(_)))
    }

    /// Whether source and target are one account's.
    pub fn within_one_account(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.account == self.target.account)
    }

    /// The request as somebody would write it.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// The wildcards that a bridge would put on the target: one for each parent, none twice.
    pub fn bridge_wildcards(&self) -> Vec<Alias> {
        let wildcards: BTreeSet<Alias> = self.aliases.iter().filter_map(Alias::bridge_wildcard).collect();
        wildcards.into_iter().collect()
    }
}

/// A list in place of an object would be read by position, which nobody means.
fn refuse_lists_for_objects(value: &Value) -> Result<(), Refusal> {
    if !value.is_object() {
        return Err(malformed("a request is a JSON object with at least `aliases` and `target`"));
    }
    let not_an_object = |key: &&str| value.get(key).is_some_and(|part| part.is_array());
    match ["source", "target", "dns", "verify", "window"].iter().find(|key| not_an_object(key)) {
        Some(key) => Err(malformed(&format!("{key} must be an object, and is a list"))),
        None => Ok(()),
    }
}

fn malformed(message: &str) -> Refusal {
    Refusal::new(Code::MalformedRequest, &crate::bounds::cut(message), "mend the request; `docs/ARCHITECTURE.md` shows every key")
}

fn not_yet(what: &str, remedy: &str) -> Refusal {
    Refusal::new(Code::NotSupportedYet, &format!("{what} is not supported by this version"), remedy)
}

fn parse_aliases(written: &[String]) -> Result<Vec<Alias>, Refusal> {
    if written.is_empty() || written.len() > ALIASES_MAX {
        return Err(malformed(&format!("{} aliases were asked for; 1 to {ALIASES_MAX} can be moved at once", written.len())));
    }
    let mut aliases: Vec<Alias> = Vec::with_capacity(written.len());
    for text in written {
        let alias = Alias::parse(text).map_err(|error| malformed(&error.to_string()))?;
        if !aliases.contains(&alias) {
            aliases.push(alias);
        }
    }
    Ok(aliases)
}

fn parse_strategy(name: &str) -> Result<Option<Strategy>, Refusal> {
    if name == "auto" {
        return Ok(None);
    }
    let known = Strategy::ALL.map(Strategy::name).join(", ");
    Strategy::from_name(name)
        .map(Some)
        .ok_or_else(|| malformed(&format!("strategy {:?} is unknown; known are auto, {known}", crate::bounds::cut(name))))
}

fn parse_dns(value: &Value) -> Result<Dns, Refusal> {
    if value.as_str() == Some("external") {
        return Ok(Dns::External(External::External));
    }
    ZonePlace::deserialize(value).map(Dns::Zone).map_err(|error| malformed(&format!("dns: {error}")))
}

/// Sizes of what a request agrees to.
fn bound_yeses(allow_differences: &BTreeSet<String>, plan_hash: Option<&str>) -> Result<(), Refusal> {
    let plain = |path: &String| (1..=ALLOWED_TEXT_MAX).contains(&path.len()) && path.bytes().all(|b| (0x21..0x7f).contains(&b));
    if allow_differences.len() > ALLOWED_DIFFERENCES_MAX || !allow_differences.iter().all(plain) {
        return Err(malformed("allowDifferences takes at most 50 elements of a config such as DefaultCacheBehavior/Compress"));
    }
    let hash = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    match plan_hash {
        Some(text) if !hash(text) => Err(malformed("planHash is the 64 hex digits that a plan shows")),
        _ => Ok(()),
    }
}

fn parse_expectation(mut written: Expectation) -> Result<Expectation, Refusal> {
    let printable = |text: &str| text.len() <= VERIFY_TEXT_MAX && text.bytes().all(|b| (0x21..0x7f).contains(&b));
    if !written.path.starts_with('/') || !printable(&written.path) {
        return Err(malformed("verify.path must begin with / and hold at most 1024 printable ASCII characters without spaces"));
    }
    if written.status.is_some_and(|status| !(100..600).contains(&status)) {
        return Err(malformed("verify.status must be an HTTP status, 100 to 599"));
    }
    if written.header.len() > VERIFY_HEADERS_MAX {
        return Err(malformed(&format!("verify.header names more than {VERIFY_HEADERS_MAX} headers")));
    }
    let visible = |value: &str| value.bytes().all(|b| (0x20..0x7f).contains(&b));
    let bytes: usize = written.header.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > VERIFY_TEXT_MAX || !written.header.iter().all(|(name, value)| !name.is_empty() && printable(name) && visible(value)) {
        return Err(malformed("verify.header holds what no header can, or more than 1024 characters in all"));
    }
    let mut header = BTreeMap::new();
    for (name, value) in written.header {
        let name = name.to_ascii_lowercase();
        if header.contains_key(&name) {
            return Err(malformed(&format!("verify.header names {name} twice: case makes no difference there")));
        }
        header.insert(name, value);
    }
    written.header = header;
    Ok(written)
}

fn refuse_what_is_not_done_yet(approval: &str, window: bool) -> Result<(), Refusal> {
    if approval != "none" {
        return Err(not_yet("an approval", "leave `approval` out, and have the plan (`\"execute\": false`) read by a second person"));
    }
    if window {
        return Err(not_yet("a window", "leave `window` out and start the cutover when it may begin"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
