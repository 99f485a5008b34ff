//! A session in one member account that may only look at lists, and calls that wait where AWS asks for it. Must not know
//! what is looked for.

use crate::accounts::Home;
use crate::answer::{Answer, Failure, Meaning};
use crate::clients::Clients;
use crate::clock::Clock;
use aws_types::SdkConfig;
use cutover::document::Execution;
use cutover::ids::AccountId;
use serde_json::{Value, json};
use std::sync::OnceLock;

/// How often a call is made again where AWS asks to slow down, after the SDK's own retries.
const THROTTLED_MAX: u64 = 8;
/// The pause before the first of these, milliseconds; each is as much longer.
const PAUSE_MILLIS: u64 = 1_000;

/// The session, and the clients made with it.
#[derive(Debug)]
pub(super) struct Member {
    config: SdkConfig,
    clients: Clients,
    cloudfront: OnceLock<aws_sdk_cloudfront::Client>,
}

impl Member {
    /// In `account`.
    pub(super) async fn looked_at(home: &Home, scan: &Execution, account: &AccountId) -> Result<Self, Failure> {
        let config = home.looking(scan, account, &policy(account)).await?;
        Ok(Self { config, clients: home.clients().clone(), cloudfront: OnceLock::new() })
    }

    pub(super) fn cloudfront(&self) -> &aws_sdk_cloudfront::Client {
        self.cloudfront.get_or_init(|| self.clients.cloudfront(&self.config))
    }

    pub(super) fn route53(&self) -> aws_sdk_route53::Client {
        self.clients.route53(&self.config)
    }

    /// ACM of us-east-1: the only one that CloudFront uses (ACM-1).
    pub(super) fn acm(&self) -> aws_sdk_acm::Client {
        self.clients.acm(&self.config)
    }
}

/// None of the lists can be narrowed (IAM-2); a distribution is looked at alone where two accounts seem to have one name.
fn policy(account: &AccountId) -> Value {
    let lists = [
        "acm:ListCertificates",
        "cloudfront:ListConnectionGroups",
        "cloudfront:ListDistributionTenants",
        "cloudfront:ListDistributions",
        "route53:ListHostedZones",
    ];
    let allow = |actions: &[&str], resources: Value| json!({"Effect": "Allow", "Action": actions, "Resource": resources});
    let of_cloudfront = ["distribution", "distribution-tenant"].map(|kind| format!("arn:aws:cloudfront::{account}:{kind}/*"));
    json!({"Version": "2012-10-17", "Statement": [
        allow(&lists, json!("*")),
        allow(&["cloudfront:GetDistribution", "cloudfront:GetDistributionTenant"], json!(of_cloudfront)),
        allow(&["route53:ListResourceRecordSets"], json!("arn:aws:route53:::hostedzone/*")),
    ]})
}

/// Makes a call, and makes it again after a while where AWS asks to slow down.
pub(super) async fn patiently<T, F>(clock: &Clock, call: impl Fn() -> F) -> Result<T, Answer>
where
    F: Future<Output = Result<T, Answer>>,
{
    for attempt in 1..=THROTTLED_MAX {
        match call().await {
            Err(answer) if answer.meaning == Meaning::Throttled => clock.sleep_millis(PAUSE_MILLIS * attempt).await,
            answered => return answered,
        }
    }
    call().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_may_only_look_and_its_policy_fits() -> Result<(), String> {
        let account = AccountId::parse("000000000001").map_err(|error| error.to_string())?;
        let policy = policy(&account).to_string();
        assert!(policy.len() < 2048, "STS-3");
        let actions: Vec<&str> = policy
            .split('"')
            .filter_map(|word| word.split_once(':'))
            .filter(|(service, _)| ["acm", "cloudfront", "route53"].contains(service))
            .map(|(_, verb)| verb)
            .collect();
        assert!(actions.len() > 5, "{actions:?}");
        assert!(actions.iter().all(|verb| verb.starts_with("List") || verb.starts_with("Get")), "{actions:?}");
        Ok(())
    }
}
