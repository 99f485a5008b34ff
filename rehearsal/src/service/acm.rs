//! ACM in us-east-1: `DescribeCertificate` (ACM-1 to ACM-6). Must not know who uses the certificate.

use crate::wire::{Reply, Request};
use crate::world::World;
use crate::world::iam::Session;
use serde_json::{Value, json};

/// The ARN that a request names.
pub fn arn_of(request: &Request) -> String {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
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
