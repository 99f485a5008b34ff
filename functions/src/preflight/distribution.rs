//! One side of the cutover: a distribution or a tenant, with its certificate. Must not know which side it is.

use super::Unobserved;
use crate::accounts::Accounts;
use crate::answer::{Answer, Failure, Meaning};
use crate::distribution::{self, Kind, Seen};
use crate::settings;
use aws_sdk_acm::types::RenewalStatus;
use cutover::facts::{CertificateFacts, DistributionFacts};
use cutover::finding::Code;
use cutover::ids::{AccountId, DistributionId, Place};
use jiff::Timestamp;

/// The distribution or tenant at `place`, and all that belongs to it.
pub(super) async fn observe(accounts: &Accounts<'_>, place: &Place) -> Result<DistributionFacts, Unobserved> {
    let seen = look(accounts, place).await.map_err(|answer| unread(answer, place))?;
    complete(accounts, place, &seen).await
}

/// It alone.
pub(super) async fn look(accounts: &Accounts<'_>, place: &Place) -> Result<Seen, Answer> {
    distribution::look(accounts, place).await
}

/// Why it could not be looked at.
pub(super) fn unread(answer: Answer, place: &Place) -> Unobserved {
    let kind = if place.distribution.is_tenant() { "distribution tenant" } else { "distribution" };
    Unobserved::of(answer, &format!("{kind} {} of account {}", place.distribution, place.account), Code::DistributionNotFound)
}

/// What was seen, with the certificate; for a tenant with what it has of its distribution.
pub(super) async fn complete(accounts: &Accounts<'_>, place: &Place, seen: &Seen) -> Result<DistributionFacts, Unobserved> {
    let mut facts = facts(place, seen);
    let mut arn = seen.certificate_arn.clone();
    if let Kind::Tenant(Some(parent)) = &seen.kind {
        let parent = of_tenant(accounts, place, parent).await?;
        facts.http_version = version(&parent);
        // A tenant serves only while its distribution does.
        facts.enabled &= parent.enabled;
        if facts.status == "Deployed" {
            facts.status.clone_from(&parent.status);
        }
        arn = arn.or_else(|| parent.certificate_arn.clone());
    }
    let Some(arn) = arn else {
        facts.certificate_absent = Some(match facts.iam_certificate {
            true => format!("the certificate of {} is in the IAM store (ACM-8), where its names cannot be read", place.distribution),
            false => format!("{} has no certificate of ACM", place.distribution),
        });
        return Ok(facts);
    };
    match read_certificate(accounts, &place.account, &arn).await {
        Ok(certificate) => facts.certificate = Some(certificate),
        Err(answer) if answer.meaning == Meaning::NotFound => {
            facts.certificate_absent = Some(format!("the certificate {arn} does not exist"))
        }
        Err(answer) => return Err(Unobserved::of(answer, &format!("the certificate {arn}"), Code::CertificateUnusable)),
    }
    Ok(facts)
}

async fn of_tenant(accounts: &Accounts<'_>, tenant: &Place, parent: &DistributionId) -> Result<Seen, Unobserved> {
    let place = Place { account: tenant.account.clone(), distribution: parent.clone() };
    look(accounts, &place).await.map_err(|answer| unread(answer, &place))
}

fn version(seen: &Seen) -> String {
    let Kind::Distribution(details) = &seen.kind else { return String::new() };
    details.config.http_version().map(|version| version.as_str().to_owned()).unwrap_or_default()
}

fn facts(place: &Place, seen: &Seen) -> DistributionFacts {
    let facts = DistributionFacts {
        account: place.account.to_string(),
        id: place.distribution.to_string(),
        tenant: place.distribution.is_tenant(),
        domain_name: seen.domain_name.clone(),
        status: seen.status.clone(),
        enabled: seen.enabled,
        ipv6: seen.ipv6,
        http_version: version(seen),
        aliases: seen.aliases(),
        ..DistributionFacts::default()
    };
    let Kind::Distribution(details) = &seen.kind else { return facts };
    let config = &details.config;
    let stored = config.viewer_certificate().and_then(|certificate| certificate.iam_certificate_id());
    DistributionFacts {
        staging: config.staging().unwrap_or(false),
        continuous_deployment: config.continuous_deployment_policy_id().is_some_and(|id| !id.is_empty()),
        tenant_only: config.connection_mode().is_some_and(|mode| mode.as_str() == "tenant-only"),
        iam_certificate: stored.is_some_and(|id| !id.is_empty()) && seen.certificate_arn.is_none(),
        settings: settings::flatten(&details.body),
        ..facts
    }
}

/// Reads one certificate.
pub(crate) async fn read_certificate(accounts: &Accounts<'_>, account: &AccountId, arn: &str) -> Result<CertificateFacts, Answer> {
    let denied = |failure: Failure| Answer { meaning: Meaning::Denied, text: failure.message };
    let client = accounts.acm(account).await.map_err(denied)?;
    let answer =
        client.describe_certificate().certificate_arn(arn).send().await.map_err(|error| Answer::of("acm:DescribeCertificate", &error))?;
    let incomplete =
        || Answer { meaning: Meaning::Unlisted, text: "acm:DescribeCertificate: an answer without the certificate".to_owned() };
    let certificate = answer.certificate().ok_or_else(incomplete)?;
    let mut names = certificate.subject_alternative_names().to_vec();
    names.extend(certificate.domain_name().map(str::to_owned));
    Ok(CertificateFacts {
        arn: arn.to_owned(),
        status: certificate.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        names,
        not_after: certificate.not_after().and_then(|end| Timestamp::from_second(end.secs()).ok()),
        key_algorithm: certificate.key_algorithm().map(|key| key.as_str().to_owned()).unwrap_or_default(),
        serial: normal_serial(certificate.serial().unwrap_or_default()),
        in_use_by: certificate.in_use_by().to_vec(),
        renewal_failed: certificate.renewal_summary().is_some_and(|renewal| *renewal.renewal_status() == RenewalStatus::Failed),
    })
}

/// Lower-case hex without separators and leading zeros, as a viewer reports it.
fn normal_serial(serial: &str) -> String {
    let hex: String = serial.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase();
    hex.trim_start_matches('0').to_owned()
}
