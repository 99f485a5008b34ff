//! Settings of a distribution beyond those that the world keeps itself: elements of its config, by their path, with
//! another text (W-5, W-6). Must not know what a setting does.

use quick_xml::escape::escape;
use roxmltree::{Document, Node};
use std::collections::BTreeMap;

/// What the world keeps itself, under keys of its own or by its rules.
const KEPT: [&str; 13] = [
    "Aliases",
    "CallerReference",
    "Comment",
    "ConnectionMode",
    "ContinuousDeploymentPolicyId",
    "Enabled",
    "IsIPV6Enabled",
    "Staging",
    "ViewerCertificate/ACMCertificateArn",
    "ViewerCertificate/Certificate",
    "ViewerCertificate/CertificateSource",
    "ViewerCertificate/CloudFrontDefaultCertificate",
    "ViewerCertificate/IAMCertificateId",
];

/// The order of the elements of a parent, by its path: what may be added is among them (W-5).
const ORDER: [(&str, &[&str]); 4] = [
    (
        "",
        &[
            "CallerReference",
            "Aliases",
            "DefaultRootObject",
            "Origins",
            "OriginGroups",
            "DefaultCacheBehavior",
            "CacheBehaviors",
            "CustomErrorResponses",
            "Comment",
            "Logging",
            "PriceClass",
            "Enabled",
            "ViewerCertificate",
            "Restrictions",
            "WebACLId",
            "HttpVersion",
            "IsIPV6Enabled",
            "ContinuousDeploymentPolicyId",
            "Staging",
            "AnycastIpListId",
            "TenantConfig",
            "ConnectionMode",
            "ViewerMtlsConfig",
            "ConnectionFunctionAssociation",
            "CacheTagConfig",
        ],
    ),
    (
        "DefaultCacheBehavior",
        &[
            "TargetOriginId",
            "TrustedSigners",
            "TrustedKeyGroups",
            "ViewerProtocolPolicy",
            "AllowedMethods",
            "SmoothStreaming",
            "Compress",
            "LambdaFunctionAssociations",
            "FunctionAssociations",
            "FieldLevelEncryptionId",
            "RealtimeLogConfigArn",
            "CachePolicyId",
            "OriginRequestPolicyId",
            "ResponseHeadersPolicyId",
            "GrpcConfig",
            "ForwardedValues",
            "MinTTL",
            "DefaultTTL",
            "MaxTTL",
        ],
    ),
    (
        "ViewerCertificate",
        &[
            "CloudFrontDefaultCertificate",
            "IAMCertificateId",
            "ACMCertificateArn",
            "SSLSupportMethod",
            "MinimumProtocolVersion",
            "Certificate",
            "CertificateSource",
        ],
    ),
    (
        "Origins/Items/Origin",
        &[
            "Id",
            "DomainName",
            "OriginPath",
            "CustomHeaders",
            "S3OriginConfig",
            "CustomOriginConfig",
            "VpcOriginConfig",
            "ConnectionAttempts",
            "ConnectionTimeout",
            "ResponseCompletionTimeout",
            "OriginShield",
            "OriginAccessControlId",
        ],
    ),
];

/// Elements of the lists above that hold others, and so no text.
const HOLDERS: [&str; 25] = [
    "Aliases",
    "AllowedMethods",
    "CacheBehaviors",
    "CacheTagConfig",
    "ConnectionFunctionAssociation",
    "CustomErrorResponses",
    "CustomHeaders",
    "CustomOriginConfig",
    "DefaultCacheBehavior",
    "ForwardedValues",
    "FunctionAssociations",
    "GrpcConfig",
    "LambdaFunctionAssociations",
    "Logging",
    "OriginGroups",
    "Origins",
    "OriginShield",
    "Restrictions",
    "S3OriginConfig",
    "TenantConfig",
    "TrustedKeyGroups",
    "TrustedSigners",
    "ViewerCertificate",
    "ViewerMtlsConfig",
    "VpcOriginConfig",
];

/// `config` (children of a root) with these settings.
///
/// # Errors
/// The first path that leads nowhere, or to what the world keeps itself.
pub fn with(config: &str, settings: &BTreeMap<String, String>) -> Result<String, String> {
    settings.iter().try_fold(config.to_owned(), |config, (path, text)| one(&config, path, text))
}

fn one(config: &str, path: &str, text: &str) -> Result<String, String> {
    let segments: Vec<&str> = path.split('/').collect();
    let counted = segments.last() == Some(&"Quantity");
    if counted || segments.first() == Some(&"Aliases") || KEPT.contains(&path) {
        return Err(format!("settings: the world keeps {path} itself"));
    }
    let nowhere = || format!("settings: {path} leads to no element that a config can have with a text of its own");
    let wrapped = format!("<x>{config}</x>");
    let document = Document::parse(&wrapped).map_err(|error| format!("settings: {error}"))?;
    let (name, above) = segments.split_last().ok_or_else(nowhere)?;
    let parent = above.iter().try_fold(document.root_element(), |node, name| child(node, name)).ok_or_else(nowhere)?;
    let element = format!("<{name}>{}</{name}>", escape(text));
    let range = match child(parent, name) {
        Some(found) if found.children().any(|inner| inner.is_element()) => return Err(nowhere()),
        Some(found) => found.range(),
        None => place(parent, &above.join("/"), name).map(|at| at..at).ok_or_else(nowhere)?,
    };
    let (before, after) = (wrapped.get(..range.start), wrapped.get(range.end..));
    let changed = before.zip(after).map(|(before, after)| format!("{before}{element}{after}"));
    let inner = changed.as_deref().and_then(|changed| changed.strip_prefix("<x>")?.strip_suffix("</x>"));
    inner.map(str::to_owned).ok_or_else(nowhere)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.has_tag_name(name))
}

/// Where in `parent` an element that is not there yet belongs.
fn place(parent: Node<'_, '_>, path: &str, name: &str) -> Option<usize> {
    let (_, order) = ORDER.iter().find(|(of, _)| *of == path)?;
    let position = order.iter().position(|known| *known == name).filter(|_| !HOLDERS.contains(&name))?;
    let before = order.get(..position)?;
    let last = parent.children().rfind(|child| before.contains(&child.tag_name().name()))?;
    Some(last.range().end)
}
