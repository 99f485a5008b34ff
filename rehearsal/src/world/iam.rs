//! Who is calling, and what that principal may do: the access key tells the session (W-13), the role its
//! permissions, the session policy narrows them (STS-3). Signatures are not checked. Must not know what a
//! permitted call does.

use super::registry::{INDEX, TABLE};
use super::{Millis, World};
use serde::Deserialize;

/// What `member-role.yaml` lets the reading role do; a test holds the two together.
pub const READ_ACTIONS: [&str; 16] = [
    "acm:DescribeCertificate",
    "acm:ListCertificates",
    "cloudfront:GetConnectionGroup",
    "cloudfront:GetDistribution",
    "cloudfront:GetDistributionConfig",
    "cloudfront:GetDistributionTenant",
    "cloudfront:GetDistributionTenantByDomain",
    "cloudfront:ListConnectionGroups",
    "cloudfront:ListDistributionTenants",
    "cloudfront:ListDistributions",
    "cloudfront:ListDomainConflicts",
    "route53:GetChange",
    "route53:GetHostedZone",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByName",
    "route53:ListResourceRecordSets",
];
/// What it lets the writing role do beyond that.
pub const WRITE_ACTIONS: [&str; 5] = [
    "cloudfront:AssociateAlias",
    "cloudfront:UpdateDistribution",
    "cloudfront:UpdateDistributionTenant",
    "cloudfront:UpdateDomainAssociation",
    "route53:ChangeResourceRecordSets",
];

/// The home account's function roles that the reading role trusts.
pub const READERS: [&str; 7] = [
    "cutover-preflight",
    "cutover-claim-aliases",
    "cutover-check-settled",
    "cutover-weigh-foreign-writes",
    "cutover-conclude",
    "cutover-scan-account",
    "cutover-settle-account",
];
/// The home account's function roles that the writing role trusts.
pub const WRITERS: [&str; 4] =
    ["cutover-update-distribution", "cutover-swap-aliases", "cutover-update-domain-association", "cutover-change-record-sets"];
/// The home account's function roles that the writing role trusts with sessions of [`PROBE_PREFIX`], to see that it can be had.
pub const TRIERS: [&str; 2] = ["cutover-preflight", "cutover-claim-aliases"];
/// How the name of a session begins that `member-role.yaml` lets do nothing.
pub const PROBE_PREFIX: &str = "probe-";

/// What a step that writes under a claim may do with the registry's table.
const HOLDS: [&str; 3] = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
/// What takes an inventory may do with it: many items at a time, and what is gone.
const KEEPS: [&str; 5] = ["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
/// The same, where it looks for items whose keys it does not know.
const LOOKS: [&str; 4] = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"];
/// What the home account's function roles may do with the registry's table; a test holds it to `template.yaml`.
pub const REGISTRY_ACTIONS: [(&str, &[&str]); 15] = [
    ("cutover-recover-cutover", &HOLDS),
    ("cutover-claim-aliases", &HOLDS),
    ("cutover-update-distribution", &HOLDS),
    ("cutover-swap-aliases", &HOLDS),
    ("cutover-update-domain-association", &HOLDS),
    ("cutover-change-record-sets", &HOLDS),
    ("cutover-ask-others", &HOLDS),
    ("cutover-check-settled", &HOLDS),
    ("cutover-verify", &HOLDS),
    ("cutover-weigh-foreign-writes", &LOOKS),
    ("cutover-roll-back", &HOLDS),
    ("cutover-conclude", &HOLDS),
    ("cutover-watch-writes", &HOLDS),
    ("cutover-scan-account", &KEEPS),
    ("cutover-settle-account", &KEEPS),
];
/// Those that may query its index, for which a permission on the table is none.
pub const INDEX_READERS: [&str; 4] = ["cutover-recover-cutover", "cutover-watch-writes", "cutover-scan-account", "cutover-settle-account"];

/// Whose credentials these are.
#[derive(Debug, Clone)]
pub struct Session {
    /// The account.
    pub account: String,
    /// The role, or `None` for an administrator.
    pub role: Option<String>,
    /// The session policy.
    pub policy: Option<Policy>,
    /// When they end.
    pub ends: Option<Millis>,
}

/// The part of a policy document that Cutover's own session policies use: allows without conditions.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Policy {
    #[serde(default)]
    #[allow(dead_code, reason = "read so that an unknown key is an error")]
    version: Option<String>,
    statement: Vec<Statement>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(default)]
    #[allow(dead_code, reason = "read so that an unknown key is an error")]
    sid: Option<String>,
    effect: Effect,
    action: OneOrMany,
    resource: OneOrMany,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn matches(&self, text: &str) -> bool {
        match self {
            OneOrMany::One(pattern) => matches(pattern, text),
            OneOrMany::Many(patterns) => patterns.iter().any(|pattern| matches(pattern, text)),
        }
    }
}

/// IAM's `*`, anywhere in the pattern. Only the last star is ever gone back to, so the time is bounded by the product of
/// the two lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < text.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, seen));
            at += 1;
        } else if pattern.get(at).is_some() && pattern.get(at) == text.get(seen) {
            at += 1;
            seen += 1;
        } else if let Some((star_at, taken)) = star {
            star = Some((star_at, taken + 1));
            at = star_at + 1;
            seen = taken + 1;
        } else {
            return false;
        }
    }
    pattern.iter().skip(at).all(|byte| *byte == b'*')
}

impl Policy {
    /// Allows nothing.
    pub fn nothing() -> Self {
        Self { version: None, statement: vec![] }
    }

    /// Whether it allows `action` on `resource`.
    fn allows(&self, action: &str, resource: &str) -> bool {
        let hits = |effect| {
            self.statement
                .iter()
                .any(|statement| statement.effect == effect && statement.action.matches(action) && statement.resource.matches(resource))
        };
        hits(Effect::Allow) && !hits(Effect::Deny)
    }
}

/// Why a call is not permitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// The access key is unknown.
    Unknown,
    /// The credentials have ended.
    Expired,
    /// The principal lacks the permission; its name.
    Lacks(String),
}

impl World {
    /// The session behind an access key. `AKIA` + account id is that account's administrator.
    pub fn session(&self, access_key: &str) -> Option<Session> {
        if let Some(session) = self.sessions.get(access_key) {
            return Some(session.clone());
        }
        let account = access_key.strip_prefix("AKIA")?;
        let known = account == self.input.home_account || self.input.accounts.iter().any(|known| known.id == account);
        known.then(|| Session { account: account.to_owned(), role: None, policy: None, ends: None })
    }

    /// The access key of a function of the home account, by its role's name.
    pub fn function_key(&mut self, role: &str) -> String {
        let key = format!("ASIA/{role}");
        let session = Session { account: self.input.home_account.clone(), role: Some(role.to_owned()), policy: None, ends: None };
        self.sessions.entry(key.clone()).or_insert(session);
        key
    }

    /// Whether the holder of `access_key` may do `action` on `resource` now.
    ///
    /// # Errors
    /// Why not.
    pub fn authorize(&self, access_key: &str, action: &str, resource: &str, now: Millis) -> Result<Session, Denied> {
        let session = self.session(access_key).ok_or(Denied::Unknown)?;
        if session.ends.is_some_and(|ends| ends <= now) {
            return Err(Denied::Expired);
        }
        let principal = match &session.role {
            None => format!("arn:aws:iam::{}:user/administrator", session.account),
            Some(role) => format!("arn:aws:sts::{}:assumed-role/{role}", session.account),
        };
        let by_role = match session.role.as_deref() {
            None => true,
            Some(role) => self.role_allows(&session.account, role, action, resource),
        };
        let by_policy = session.policy.as_ref().is_none_or(|policy| policy.allows(action, resource));
        // STS-6: needs no permission.
        if action == "sts:GetCallerIdentity" {
            return Ok(session);
        }
        if by_role && by_policy && !self.actors.denies(&session.account, action) {
            return Ok(session);
        }
        Err(Denied::Lacks(principal))
    }

    fn role_allows(&self, account: &str, role: &str, action: &str, resource: &str) -> bool {
        if account == self.input.home_account && role.starts_with("cutover-") && action == "sts:AssumeRole" {
            return true;
        }
        if action.starts_with("dynamodb:") {
            let table = format!("arn:aws:dynamodb:us-east-1:{}:table/{TABLE}", self.input.home_account);
            let on_table = REGISTRY_ACTIONS.iter().any(|(name, actions)| *name == role && actions.contains(&action));
            let on_index = action == "dynamodb:Query" && INDEX_READERS.contains(&role);
            let allowed = (resource == table && on_table) || (resource == format!("{table}/index/{INDEX}") && on_index);
            return account == self.input.home_account && allowed;
        }
        let given = self.input.accounts.iter().find(|given| given.id == account).and_then(|given| given.roles.as_ref());
        let denied = given
            .and_then(|roles| roles.iter().find(|given| given.name == role))
            .is_some_and(|given| given.deny.iter().any(|d| d == action));
        let reads = READ_ACTIONS.contains(&action);
        let writes = WRITE_ACTIONS.contains(&action);
        !denied
            && match role {
                "cutover-read" => reads,
                "cutover-write" => reads || writes,
                _ => false,
            }
    }

    /// Whether `caller` may assume `role` in `account` with this external id and session name (STS-5).
    pub fn trusts(&self, account: &str, role: &str, caller: &Session, external_id: Option<&str>, session: &str) -> bool {
        let known = account == self.input.home_account || self.input.accounts.iter().any(|given| given.id == account);
        let trusted = match role {
            "cutover-read" => READERS.as_slice(),
            "cutover-write" => WRITERS.as_slice(),
            _ => return false,
        };
        let written = self.input.accounts.iter().find(|given| given.id == account).and_then(|given| given.roles.as_ref());
        let given = written.map(|roles| roles.iter().find(|given| given.name == role));
        if !known || given.is_some_and(|given| given.is_none()) {
            return false;
        }
        let given = given.flatten();
        let home = given.and_then(|given| given.trusts.as_deref()).unwrap_or(&self.input.home_account);
        let right_id = format!("cutover-{}-{account}", self.input.home_account);
        let wanted_id = given.and_then(|given| given.external_id.as_deref()).unwrap_or(&right_id);
        let tries = |name: &str| role == "cutover-write" && TRIERS.contains(&name) && session.starts_with(PROBE_PREFIX);
        let by_name = caller.role.as_deref().is_some_and(|name| trusted.contains(&name) || tries(name));
        caller.account == home && by_name && external_id == Some(wanted_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_anything_anywhere() {
        assert!(matches("arn:aws:route53:::change/*", "arn:aws:route53:::change/C1"));
        let hostile = format!("*{}!", "r*".repeat(60));
        assert!(!matches(&hostile, &"r".repeat(4000)), "and takes no longer for it");
        assert!(matches("*", "") && matches("a*c*e", "abcde") && matches("a", "a"));
        assert!(!matches("a*c", "ab") && !matches("a", "ab"));
    }
}
