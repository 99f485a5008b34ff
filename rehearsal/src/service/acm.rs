//! ACM in us-east-1: `DescribeCertificate` and `ListCertificates` (ACM-1 to ACM-6). Must not know who uses a certificate.

use crate::wire::{Reply, Request};
use crate::world::World;
use crate::world::iam::Session;
use serde_json::{Value, json};

/// Certificates in one page, and where the request names no size.
const PAGE_MAX: u64 = 1000;
/// Names of a certificate that a list shows.
const NAMES_SHOWN: usize = 100;
/// Kinds of key that are listed where the request names none (API:ListCertificates).
const KEYS_LISTED: [&str; 2] = ["RSA_1024", "RSA_2048"];

/// The ARN that a request names.
pub fn arn_of(request: &Request) -> String {
    let body = request.json();
    body.get("CertificateArn").and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn describe_certificate(world: &World, session: &Session, request: &Request) -> Result<Reply, Reply> {
    let arn = arn_of(request);
    if !arn.starts_with("arn:aws:acm:") {
        return Err(Reply::acm_error("InvalidArnException", &format!("{arn} is not a valid ARN")));
    }
    let certificate = world.certificates.get(&arn).filter(|certificate| certificate.account == session.account);
    let missing =
        || Reply::acm_error("ResourceNotFoundException", &format!("Could not find certificate {arn} in account {}.", session.account));
    let certificate = certificate.ok_or_else(missing)?;
    let used_by: Vec<String> = world
        .distributions
        .values()
        .filter(|distribution| distribution.newest().is_some_and(|version| version.certificate.as_deref() == Some(&arn)))
        .map(crate::world::distribution::Distribution::arn)
        .collect();
    let pairs: Vec<String> = certificate.serial.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect();
    let mut described = json!({
        "CertificateArn": arn,
        "DomainName": certificate.given.names.first(),
        "SubjectAlternativeNames": certificate.given.names,
        "DomainValidationOptions": [],
        "Status": certificate.given.status,
        "NotBefore": certificate.not_before as f64 / 1000.0,
        "NotAfter": certificate.not_after as f64 / 1000.0,
        // The enum says RSA_2048, live output says RSA-2048 (ACM-5).
        "KeyAlgorithm": certificate.given.key_algorithm.replacen("RSA_", "RSA-", 1),
        "Serial": pairs.join(":"),
        "Type": "AMAZON_ISSUED",
        "InUseBy": used_by,
        "RenewalEligibility": "ELIGIBLE",
    });
    if let (Some(status), Some(fields)) = (&certificate.given.renewal_status, described.as_object_mut()) {
        let updated = certificate.not_before as f64 / 1000.0;
        fields.insert("RenewalSummary".to_owned(), json!({"RenewalStatus": status, "DomainValidationOptions": [], "UpdatedAt": updated}));
    }
    Ok(Reply::json(&json!({"Certificate": described})))
}

/// The caller's own by ARN, with names and end. Those with other keys than RSA's usual ones are listed where they are asked for;
/// no other filter is simulated.
pub(super) fn list_certificates(world: &World, session: &Session, request: &Request) -> Result<Reply, Reply> {
    let body = request.json();
    let asked = |key: &str| body.get(key).filter(|value| !value.is_null());
    let size = asked("MaxItems").map_or(Some(PAGE_MAX), Value::as_u64).filter(|size| (1..=PAGE_MAX).contains(size));
    let size = size.ok_or_else(|| Reply::acm_error("ValidationException", "MaxItems has to be from 1 to 1000."))?;
    let narrowed = ["CertificateStatuses", "CertificateKeyPairOrigins", "SortBy", "SortOrder"].into_iter().find(|key| asked(key).is_some());
    let includes = asked("Includes").and_then(Value::as_object);
    let narrowed = narrowed.or_else(|| includes?.keys().find(|key| *key != "keyTypes").map(String::as_str));
    if let Some(narrowed) = narrowed {
        return Err(Reply::acm_error("NotSimulated", &format!("A list that is narrowed or sorted by {narrowed} is not simulated.")));
    }
    let kinds: Option<Vec<&str>> =
        includes.and_then(|includes| includes.get("keyTypes")?.as_array()).map(|kinds| kinds.iter().filter_map(Value::as_str).collect());
    let kinds = kinds.unwrap_or_else(|| KEYS_LISTED.to_vec());
    let from = asked("NextToken").and_then(Value::as_str);
    let own =
        world.certificates.iter().filter(|(arn, certificate)| certificate.account == session.account && arn.starts_with("arn:aws:acm:"));
    let own = own.filter(|(_, certificate)| kinds.contains(&certificate.given.key_algorithm.as_str()));
    let mut rest = own.filter(|(arn, _)| from.is_none_or(|from| arn.as_str() > from)).peekable();
    let (mut shown, mut last) = (Vec::new(), None);
    while let Some((arn, certificate)) = rest.next_if(|_| (shown.len() as u64) < size) {
        last = Some(arn.clone());
        shown.push(json!({
            "CertificateArn": arn,
            "DomainName": certificate.given.names.first(),
            "SubjectAlternativeNameSummaries": certificate.given.names.iter().take(NAMES_SHOWN).collect::<Vec<_>>(),
            "HasAdditionalSubjectAlternativeNames": certificate.given.names.len() > NAMES_SHOWN,
            "Status": certificate.given.status,
            "Type": "AMAZON_ISSUED",
            "KeyAlgorithm": certificate.given.key_algorithm.replacen("RSA_", "RSA-", 1),
            "NotBefore": certificate.not_before as f64 / 1000.0,
            "NotAfter": certificate.not_after as f64 / 1000.0,
            "RenewalEligibility": "ELIGIBLE",
        }));
    }
    let mut listed = json!({"CertificateSummaryList": shown});
    if let (Some(last), Some(fields), true) = (last, listed.as_object_mut(), rest.peek().is_some()) {
        fields.insert("NextToken".to_owned(), json!(last));
    }
    Ok(Reply::json(&listed))
}
