//! CloudTrail: every write, accepted or refused, becomes an event of the bus of us-east-1, minutes later, some twice, in
//! whatever order (CT-1 to CT-3, EB-1). Must not know who listens.

use super::distribution::Distribution;
use super::input::RecordInput;
use super::{Millis, World, millis};
use crate::wire::{Reply, Request, form};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::Notify;

/// Of how many events one comes twice.
const TWICE_OF: u64 = 3;

/// Whose credentials a write was made with.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its account.
    pub account: String,
    /// Its ARN: a session of a role, or a user.
    pub arn: String,
}

impl Identity {
    /// A session of `role`, or an administrator.
    pub fn of(account: &str, role: Option<&str>) -> Self {
        let arn = match role {
            Some(role) => format!("arn:aws:sts::{account}:assumed-role/{role}/session"),
            None => format!("arn:aws:iam::{account}:user/administrator"),
        };
        Self { account: account.to_owned(), arn }
    }

    fn told(&self) -> Value {
        let account = &self.account;
        let role = self.arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split('/').next());
        let Some(role) = role else {
            return json!({"type": "IAMUser", "principalId": "AIDASIMULATED", "arn": self.arn, "accountId": account});
        };
        let owner = self.arn.split(':').nth(4).unwrap_or_default();
        let issuer = json!({"type": "Role", "principalId": "AROASIMULATED", "arn": format!("arn:aws:iam::{owner}:role/{role}"),
                            "accountId": owner, "userName": role});
        json!({"type": "AssumedRole", "principalId": "AROASIMULATED:session", "arn": self.arn, "accountId": account,
               "sessionContext": {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}}})
    }
}

/// A write, as the service has it.
#[derive(Debug, Clone)]
pub struct Told {
    /// `cloudfront`, `route53`.
    pub service: &'static str,
    /// `UpdateDistribution` …
    pub name: &'static str,
    /// What was asked for.
    pub asked: Value,
    /// What was answered; null where nothing was, or it was refused.
    pub answer: Value,
    /// The code of the refusal.
    pub refused: Option<String>,
}

/// What the bus has not delivered yet.
#[derive(Debug, Default)]
pub struct Trail {
    due: Vec<(Millis, Value)>,
    told: u64,
    news: Arc<Notify>,
}

impl Trail {
    /// When the next event is due.
    pub fn next(&self) -> Option<Millis> {
        self.due.iter().map(|(due, _)| *due).min()
    }

    /// The event that is due first, if that is by `now`.
    pub fn take(&mut self, now: Millis) -> Option<Value> {
        let first = self.due.iter().enumerate().filter(|(_, (due, _))| *due <= now).min_by_key(|(at, (due, _))| (*due, *at));
        let at = first.map(|(at, _)| at)?;
        Some(self.due.remove(at).1)
    }

    /// Told whenever there is a new event.
    pub fn news(&self) -> Arc<Notify> {
        Arc::clone(&self.news)
    }
}

impl World {
    /// Writes into the trail that `who` made this write, where the account is one whose events are forwarded.
    pub fn trail_write(&mut self, now: Millis, who: &Identity, write: Told) {
        let account = &who.account;
        if *account != self.input.home_account && self.input.accounts.iter().all(|known| known.id != *account) {
            return;
        }
        self.trail.told += 1;
        let number = self.trail.told;
        let event = event(self, now, who, write, number);
        let lag = millis(f64::from(self.rules.trail_lag_s)).max(1);
        let twice = self.rules.trail_duplicates && number.is_multiple_of(TWICE_OF);
        for copy in 0..if twice { 2 } else { 1 } {
            let after = self.draw(&format!("trail/{number}/{copy}"), lag / 2..lag + 1);
            self.trail.due.push((now + after, event.clone()));
        }
        self.trail.news.notify_one();
    }
}

fn event(world: &World, now: Millis, who: &Identity, write: Told, number: u64) -> Value {
    let guid = |of: &str| {
        let digest = Sha256::digest(format!("{}/trail/{of}/{number}", world.seed).as_bytes());
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
    };
    // To the second, as CloudTrail has it.
    let time = jiff::Timestamp::from_second(now.div_euclid(1000)).map(|time| time.to_string()).unwrap_or_default();
    let Told { service, name, asked, answer, refused } = write;
    // CT-2: with the API's version at its end, or without.
    let name = if service == "cloudfront" && number.is_multiple_of(2) { format!("{name}2020_05_31") } else { name.to_owned() };
    let mut detail = json!({
        "eventVersion": "1.11", "userIdentity": who.told(), "eventTime": time, "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name, "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.1", "userAgent": "simulated",
        "requestParameters": asked, "responseElements": answer, "requestID": guid("request"), "eventID": guid("event"),
        "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": who.account, "eventCategory": "Management"
    });
    if let (Some(code), Some(fields)) = (refused, detail.as_object_mut()) {
        fields.insert("errorCode".to_owned(), code.into());
    }
    json!({"version": "0", "id": guid("bus"), "detail-type": "AWS API Call via CloudTrail", "source": format!("aws.{service}"),
           "account": who.account, "time": time, "region": "us-east-1", "resources": [], "detail": detail})
}

/// The newest config of a distribution as CloudTrail shows it.
fn config(aliases: &[String], enabled: bool) -> Value {
    json!({"aliases": {"quantity": aliases.len(), "items": aliases}, "enabled": enabled, "staging": false,
           "comment": "HIDDEN_DUE_TO_SECURITY_REASONS"})
}

/// What an update of `distribution` to these aliases asks for and, where it was `accepted`, gets.
pub fn update(distribution: &Distribution, aliases: &[String], enabled: bool, accepted: bool) -> (&'static str, Value, Value) {
    let id = &distribution.id;
    if distribution.tenant_of.is_some() {
        let domains: Vec<Value> = aliases.iter().map(|alias| json!({"domain": alias})).collect();
        let asked = json!({"id": id, "domains": domains, "enabled": enabled, "ifMatch": distribution.etag});
        let answer = json!({"distributionTenant": {"id": id, "domains": domains, "enabled": enabled}});
        return ("UpdateDistributionTenant", asked, if accepted { answer } else { Value::Null });
    }
    let mut config = config(aliases, enabled);
    if let Some(fields) = config.as_object_mut() {
        fields.insert("staging".to_owned(), distribution.given.staging.into());
    }
    let asked = json!({"id": id, "ifMatch": distribution.etag, "distributionConfig": config});
    let answer = json!({"distribution": {"id": id, "domainName": distribution.domain_name, "distributionConfig": config}});
    ("UpdateDistribution", asked, if accepted { answer } else { Value::Null })
}

/// One change of a batch.
pub fn change(action: &str, record: &RecordInput) -> Value {
    let mut set = json!({"name": record.name, "type": record.kind});
    let Some(fields) = set.as_object_mut() else { return set };
    if let Some(target) = &record.alias_target {
        fields.insert("aliasTarget".to_owned(), json!({"dNSName": target, "evaluateTargetHealth": false}));
    } else {
        let values: Vec<Value> = record.values.iter().map(|value| json!({"value": value})).collect();
        fields.insert("tTL".to_owned(), json!(record.ttl));
        fields.insert("resourceRecords".to_owned(), values.into());
    }
    if let Some(identifier) = &record.set_identifier {
        fields.insert("setIdentifier".to_owned(), json!(identifier));
    }
    json!({"action": action, "resourceRecordSet": set})
}

/// The write that `request` was, by its answer.
pub fn of_request(world: &World, service: &'static str, name: &'static str, id: &str, request: &Request, reply: &Reply) -> Told {
    let accepted = reply.status < 300;
    let refused = (!accepted).then(|| {
        let code = crate::service::cloudfront_update::text_of(&reply.body, "Code");
        if code.is_empty() { "InvalidChangeBatch".to_owned() } else { code }
    });
    let body = std::str::from_utf8(&request.body).unwrap_or_default();
    let texts = |within: &str, of: &str| texts(body, within, of);
    let if_match = request.header("if-match");
    let (asked, answer) = match name {
        "UpdateDistribution" => {
            let (aliases, enabled) =
                (texts("Aliases", "CNAME"), texts("DistributionConfig", "Enabled").first().is_some_and(|text| text == "true"));
            match world.distributions.get(id) {
                Some(distribution) => {
                    let (_, asked, answer) = update(distribution, &aliases, enabled, accepted);
                    (asked, answer)
                }
                None => (json!({"id": id, "ifMatch": if_match, "distributionConfig": config(&aliases, enabled)}), Value::Null),
            }
        }
        "UpdateDomainAssociation" => {
            let key = if id.starts_with("dt_") { "distributionTenantId" } else { "distributionId" };
            let domain = texts("UpdateDomainAssociationRequest", "Domain").first().cloned().unwrap_or_default();
            let answer = json!({"domain": domain, "resourceId": id});
            (json!({"domain": domain, "targetResource": {key: id}, "ifMatch": if_match}), if accepted { answer } else { Value::Null })
        }
        "AssociateAlias" => {
            let alias = request.query.get("Alias").cloned().unwrap_or_else(|| form(body).get("Alias").cloned().unwrap_or_default());
            (json!({"targetDistributionId": id, "alias": alias}), Value::Null)
        }
        _ => (json!({"hostedZoneId": id, "changeBatch": {"changes": changes(body)}}), Value::Null),
    };
    Told { service, name, asked, answer, refused }
}

/// The texts of the elements called `of` below the first one called `within`.
fn texts(xml: &str, within: &str, of: &str) -> Vec<String> {
    let Ok(document) = roxmltree::Document::parse(xml) else { return vec![] };
    let found = document.descendants().find(|node| node.tag_name().name() == within);
    let below = found.into_iter().flat_map(|node| node.descendants()).filter(|node| node.tag_name().name() == of);
    below.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

fn changes(xml: &str) -> Vec<Value> {
    let Ok(document) = roxmltree::Document::parse(xml) else { return vec![] };
    let text = |node: roxmltree::Node<'_, '_>, name: &str| {
        let found = node.descendants().find(|child| child.tag_name().name() == name);
        found.and_then(|child| child.text()).map(str::to_owned)
    };
    let read = |node: roxmltree::Node<'_, '_>| {
        let values = node.descendants().filter(|child| child.tag_name().name() == "Value").filter_map(|child| child.text());
        let record = RecordInput {
            name: text(node, "Name").unwrap_or_default(),
            kind: text(node, "Type").unwrap_or_default(),
            ttl: text(node, "TTL").and_then(|ttl| ttl.parse().ok()),
            values: values.map(str::to_owned).collect(),
            alias_target: text(node, "DNSName"),
            set_identifier: text(node, "SetIdentifier"),
            ..RecordInput::default()
        };
        change(&text(node, "Action").unwrap_or_default(), &record)
    };
    document.descendants().filter(|node| node.tag_name().name() == "Change").map(read).collect()
}
