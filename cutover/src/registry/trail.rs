//! A write as CloudTrail tells of it: when, in which account, by whom, on what, and whether it was accepted (CT-1 to CT-3).
//! What AWS adds to its records is ignored, what is missing is not made up. Must not know what is claimed or known.

use crate::bounds::cut;
use crate::ids::{AccountId, DistributionId, HostedZoneId};
use crate::name::Alias;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// Names and changes of one write that are read: CloudFront takes 100 aliases, Route 53 1,000 elements.
const NAMES_MAX: usize = 1_000;
/// Longest id of an event: CloudTrail's have 36 letters.
const EVENT_ID_MAX: usize = 64;
/// The role in a member account by which Cutover writes.
const WRITE_ROLE: &str = "role/cutover-write";

/// A write that somebody made or tried to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailWrite {
    /// CloudTrail's id of the event.
    pub event_id: String,
    /// When, to the second.
    pub at: Timestamp,
    /// The account that it was made in.
    pub account: AccountId,
    /// `cloudfront:UpdateDistribution` …, without the version that its name may end in (CT-2).
    pub operation: String,
    /// Whose credentials: the ARN that CloudTrail names.
    pub by: String,
    /// The role that gave out the credentials of a session.
    issuer: Option<String>,
    /// Whether a person did it in AWS's console: that says nothing of any infrastructure code.
    pub in_console: bool,
    /// The error that it was refused with: then nothing happened.
    pub refused: Option<String>,
    /// What it did.
    pub deed: Deed,
}

/// What a write does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Gives a distribution or tenant a config: it is made, or changed. CloudFront takes whole configs (CFG-2).
    Configures(Config),
    /// Moves an alias to a distribution or tenant (MV-2).
    Moves {
        /// Which alias, if it is one.
        alias: Option<Alias>,
        /// Where to, if that is said.
        to: Option<DistributionId>,
    },
    /// Deletes a distribution or tenant.
    Deletes(DistributionId),
    /// Changes record sets of a hosted zone.
    ChangesRecords {
        /// Which zone.
        zone: HostedZoneId,
        /// What becomes of which.
        changes: Vec<RecordChange>,
    },
}

/// A config as it was given, as far as it concerns a cutover.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Whose. Absent where making one was refused.
    pub distribution: Option<DistributionId>,
    /// All aliases that it has from now on; `None` where CloudTrail left them out.
    pub aliases: Option<BTreeSet<Alias>>,
    /// Whether it serves.
    pub enabled: Option<bool>,
    /// Its distribution domain name.
    pub domain_name: Option<String>,
}

/// One change of a record set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordChange {
    /// Its name: lower case, no final dot, no escapes (R53-12).
    pub name: String,
    /// `A`, `CNAME`, `TXT` …
    pub kind: String,
    /// Whether it leads to CloudFront from now on.
    pub leads_to_cloudfront: bool,
}

/// Why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no event of CloudTrail about a write: {0}")]
pub struct NoRecord(String);

/// What of a record is read. Everything else is AWS's.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    #[serde(rename = "eventID")]
    event_id: String,
    event_time: Timestamp,
    event_source: String,
    event_name: String,
    recipient_account_id: String,
    #[serde(default)]
    read_only: Option<bool>,
    #[serde(default)]
    error_code: Option<String>,
    #[serde(default)]
    user_identity: Option<Identity>,
    #[serde(default)]
    request_parameters: Value,
    #[serde(default)]
    response_elements: Value,
    #[serde(default)]
    session_credential_from_console: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    arn: Option<String>,
    #[serde(default)]
    invoked_by: Option<String>,
    #[serde(default)]
    session_context: Option<SessionContext>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionContext {
    #[serde(default)]
    session_issuer: Option<Issuer>,
}

#[derive(Debug, Deserialize)]
struct Issuer {
    #[serde(default)]
    arn: Option<String>,
}

impl TrailWrite {
    /// The write that `record` tells of, which the bus says has happened in `account`; `None` where it is about something else.
    ///
    /// # Errors
    /// Where it is no record, or not of that account.
    pub fn read(account: &str, record: &Value) -> Result<Option<Self>, NoRecord> {
        let record = Record::deserialize(record).map_err(|error| NoRecord(cut(&error.to_string())))?;
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if record.event_id.is_empty() || record.event_id.len() > EVENT_ID_MAX || !record.event_id.chars().all(fits) {
            return Err(NoRecord(cut(&format!("its id is {:?}", record.event_id))));
        }
        if record.recipient_account_id != account {
            let said = format!("it is of account {:?}, and the bus has it from {account:?}", record.recipient_account_id);
            return Err(NoRecord(cut(&said)));
        }
        let account = AccountId::parse(account).map_err(|error| NoRecord(error.to_string()))?;
        let name = record.event_name.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
        let Some(service) = record.event_source.strip_suffix(".amazonaws.com").filter(|_| record.read_only != Some(true)) else {
            return Ok(None);
        };
        let Some(deed) = deed(service, name, &record.request_parameters, &record.response_elements) else { return Ok(None) };
        let operation = format!("{service}:{name}");
        let identity = record.user_identity.unwrap_or_default();
        let issuer = identity.session_context.and_then(|context| context.session_issuer).and_then(|issuer| issuer.arn);
        Ok(Some(Self {
            event_id: record.event_id,
            at: record.event_time,
            account,
            operation,
            by: cut(&identity.arn.or(identity.invoked_by).unwrap_or_else(|| "somebody whom CloudTrail does not name".to_owned())),
            issuer: issuer.filter(|_| identity.kind.as_deref() == Some("AssumedRole")),
            in_console: record.session_credential_from_console.is_some_and(|said| said.as_bool() == Some(true) || said == "true"),
            refused: record.error_code.map(|code| cut(&code)),
            deed,
        }))
    }

    /// Whether Cutover made it: by exactly its writing role in this account, one of `members`.
    pub fn is_own(&self, members: &BTreeSet<AccountId>) -> bool {
        let Some(issuer) = &self.issuer else { return false };
        let parts: Vec<&str> = issuer.split(':').collect();
        let ["arn", partition, "iam", "", account, role] = parts.as_slice() else { return false };
        partition.starts_with("aws") && *account == self.account.as_str() && *role == WRITE_ROLE && members.contains(&self.account)
    }

    /// The distribution, tenant or hosted zone that it was made on.
    pub fn on(&self) -> String {
        match &self.deed {
            Deed::ChangesRecords { zone, .. } => zone.to_string(),
            _ => self.distribution().map_or_else(|| "a new distribution".to_owned(), DistributionId::to_string),
        }
    }

    /// The distribution or tenant that it was made on.
    pub fn distribution(&self) -> Option<&DistributionId> {
        match &self.deed {
            Deed::Configures(config) => config.distribution.as_ref(),
            Deed::Moves { to, .. } => to.as_ref(),
            Deed::Deletes(id) => Some(id),
            Deed::ChangesRecords { .. } => None,
        }
    }

    /// The aliases that it may be about: those that it lists, and those whose record sets or proofs it changes.
    pub fn aliases(&self) -> BTreeSet<Alias> {
        match &self.deed {
            Deed::Configures(config) => config.aliases.clone().unwrap_or_default(),
            Deed::Moves { alias, .. } => alias.iter().cloned().collect(),
            Deed::Deletes(_) => BTreeSet::new(),
            Deed::ChangesRecords { changes, .. } => changes.iter().filter_map(RecordChange::alias).collect(),
        }
    }
}

impl RecordChange {
    /// The alias that it is about: by the name itself where viewers are led by it, by the name of a proof (TXT-1, TXT-2).
    pub fn alias(&self) -> Option<Alias> {
        let name = match self.kind.as_str() {
            "A" | "AAAA" | "CNAME" | "HTTPS" | "SVCB" | "NS" if !self.name.starts_with('_') => Some(self.name.as_str()),
            "TXT" | "CNAME" | "NS" => self.name.strip_prefix("_.").or_else(|| self.name.strip_prefix('_')),
            _ => None,
        };
        name.and_then(|name| Alias::parse(name).ok())
    }
}

fn deed(service: &str, name: &str, asked: &Value, answer: &Value) -> Option<Deed> {
    let id = |key: &str| text(asked, key).and_then(|id| DistributionId::parse(id).ok());
    match (service, name) {
        ("cloudfront", "UpdateDistribution" | "CreateDistribution" | "UpdateDistributionWithStagingConfig") => {
            Some(Deed::Configures(distribution_config(asked, answer)))
        }
        ("cloudfront", "CreateDistributionWithTags" | "CopyDistribution") => Some(Deed::Configures(distribution_config(asked, answer))),
        ("cloudfront", "UpdateDistributionTenant" | "CreateDistributionTenant") => Some(Deed::Configures(tenant_config(asked, answer))),
        ("cloudfront", "DeleteDistribution" | "DeleteDistributionTenant") => id("/id").map(Deed::Deletes),
        ("cloudfront", "AssociateAlias") => Some(Deed::Moves { alias: alias(asked, "/alias"), to: id("/targetDistributionId") }),
        ("cloudfront", "UpdateDomainAssociation") => {
            let to = id("/targetResource/distributionId").or_else(|| id("/targetResource/distributionTenantId"));
            Some(Deed::Moves { alias: alias(asked, "/domain"), to })
        }
        ("route53", "ChangeResourceRecordSets") => {
            let zone = text(asked, "/hostedZoneId")?;
            let zone = HostedZoneId::parse(zone.rsplit('/').next().unwrap_or_default()).ok()?;
            let changes = asked.pointer("/changeBatch/changes").and_then(Value::as_array);
            Some(Deed::ChangesRecords { zone, changes: changes.into_iter().flatten().take(NAMES_MAX).filter_map(change).collect() })
        }
        _ => None,
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

fn alias(asked: &Value, pointer: &str) -> Option<Alias> {
    text(asked, pointer).and_then(|name| Alias::parse(name).ok())
}

/// What came of it, where CloudFront says so; else what was asked for.
fn distribution_config(asked: &Value, answer: &Value) -> Config {
    let config = answer
        .pointer("/distribution/distributionConfig")
        .or_else(|| asked.pointer("/distributionConfig"))
        .or_else(|| asked.pointer("/distributionConfigWithTags/distributionConfig"));
    let id = text(answer, "/distribution/id").or_else(|| text(asked, "/id"));
    let aliases = || {
        let listed = config?.pointer("/aliases")?;
        let items = listed.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        // A list that CloudTrail has cut says nothing about what is not in it.
        let quantity = listed.get("quantity").and_then(Value::as_u64).and_then(|quantity| usize::try_from(quantity).ok());
        (quantity == Some(items.len())).then(|| names(items.iter().map(Value::as_str)))
    };
    // A staging distribution lists the names of its primary and owns none (DT-14).
    let is_staging = config.and_then(|config| config.get("staging")).and_then(Value::as_bool) == Some(true);
    Config {
        distribution: id.and_then(|id| DistributionId::parse(id).ok()),
        aliases: if is_staging { None } else { aliases() },
        enabled: config.and_then(|config| config.get("enabled")).and_then(Value::as_bool),
        domain_name: text(answer, "/distribution/domainName").map(cut),
    }
}

/// The domains that are not said stay, so only an answer tells them all (TEN-1).
fn tenant_config(asked: &Value, answer: &Value) -> Config {
    let id = text(answer, "/distributionTenant/id").or_else(|| text(asked, "/id"));
    let listed = answer.pointer("/distributionTenant/domains").or_else(|| asked.pointer("/domains")).and_then(Value::as_array);
    // What is not active is served by somebody else (TEN-1).
    let is_active = |item: &&Value| item.get("status").and_then(Value::as_str) != Some("inactive");
    let enabled = answer.pointer("/distributionTenant/enabled").or_else(|| asked.pointer("/enabled"));
    Config {
        distribution: id.and_then(|id| DistributionId::parse(id).ok()),
        aliases: listed.map(|items| names(items.iter().filter(is_active).map(|item| text(item, "/domain")))),
        enabled: enabled.and_then(Value::as_bool),
        domain_name: None,
    }
}

/// Names that are no aliases to us cannot be claimed or moved either.
fn names<'a>(names: impl Iterator<Item = Option<&'a str>>) -> BTreeSet<Alias> {
    names.take(NAMES_MAX).flatten().filter_map(|name| Alias::parse(name).ok()).collect()
}

fn change(change: &Value) -> Option<RecordChange> {
    let set = change.get("resourceRecordSet")?;
    let name = text(set, "/name")?.trim_end_matches('.').to_ascii_lowercase().replace("\\052", "*");
    let is_cloudfront = |value: &str| value.trim_end_matches('.').to_ascii_lowercase().ends_with(".cloudfront.net");
    let values = set.get("resourceRecords").and_then(Value::as_array).into_iter().flatten();
    let mut leads = values.filter_map(|value| text(value, "/value")).chain(text(set, "/aliasTarget/dNSName"));
    let stays = change.get("action").and_then(Value::as_str) != Some("DELETE");
    Some(RecordChange { name, kind: cut(text(set, "/type")?), leads_to_cloudfront: stays && leads.any(is_cloudfront) })
}

#[cfg(test)]
mod tests;
