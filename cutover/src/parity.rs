//! Where the settings of source and target differ, and how much each difference weighs. A viewer who is served by the
//! target after the move meets its settings and not the source's. Must not know how the settings were read.

use crate::facts::DistributionFacts;
use crate::finding::{Code, Finding, Severity};
use crate::request::ALLOWED_DIFFERENCES_MAX;
use std::collections::{BTreeMap, BTreeSet};

/// A setting in which source and target differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// `DefaultCacheBehavior/Compress`; what `allowDifferences` takes.
    pub path: String,
    /// Its text at the source; empty where it has none.
    pub source: String,
    /// Its text at the target; empty where it has none.
    pub target: String,
    /// [`Severity::NeedsYes`] for what viewers or an attacker would notice, [`Severity::Note`] for the rest.
    pub weight: Severity,
}

/// Elements whose difference viewers or an attacker would notice, each with all that is below it. `DefaultRootObject` is
/// what a viewer of `/` gets. What AWS adds later is not on this list and stays a note: nobody knows what it does.
const NOTICED: [&str; 10] = [
    "DefaultCacheBehavior",
    "CacheBehaviors",
    "WebACLId",
    "ConnectionFunctionAssociation",
    "ViewerCertificate/MinimumProtocolVersion",
    "ViewerCertificate/SSLSupportMethod",
    "ViewerMtlsConfig",
    "Restrictions",
    "CustomErrorResponses",
    "DefaultRootObject",
];

/// Elements that are not compared one by one: their ids, domain names and comments differ between two distributions that do
/// the same. Whether each has some is compared.
const ONLY_WHETHER_SOME: [&str; 2] = ["Origins", "OriginGroups"];

/// Not compared at all: it has a finding of its own.
const SAID_ELSEWHERE: &str = "HttpVersion";

/// Last elements of paths that hold an id of something in the distribution's own account: across accounts they differ even
/// where what they name is alike.
const IDS_OF_AN_ACCOUNT: [&str; 7] = [
    "CachePolicyId",
    "OriginRequestPolicyId",
    "ResponseHeadersPolicyId",
    "FieldLevelEncryptionId",
    "TrustStoreId",
    "AnycastIpListId",
    "Id",
];

/// Policies that AWS manages, by their ids: the same in every account, so two of them that differ do differ.
const MANAGED_POLICIES: [&str; 19] = [
    "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
    "08627262-05a9-4f76-9ded-b50ca2e3a84f",
    "2e54312d-136d-493c-8eb9-b001f22f67d2",
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
    "216adef6-5c7f-47e4-b989-5492eafa07d3",
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
    "59781a5b-3903-41f3-afcb-af62929ccde1",
    "acba4595-bd28-49b8-b9fe-13317c0390fa",
    "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    "33f36d7e-f396-46d9-90e0-52428a34d9dc",
    "775133bc-15f2-49f9-abea-afb2e0bf67d2",
    "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
    "60669652-455b-4ae9-85a4-c4c02393f86c",
    "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
    "67f7725c-6f97-4210-82d7-5512b31e9d03",
    "e61eb60c-9c35-4d20-a928-2b84e02af89c",
];

/// Versions of HTTP, each with those that it brings along.
const HTTP_VERSIONS: [(&str, u8); 4] = [("http1.1", 1), ("http2", 2), ("http3", 3), ("http2and3", 3)];

/// Elements beside those that are [`NOTICED`] whose texts a finding shows: none of them is a place for a secret.
const SHOWN: [&str; 10] = [
    "AnycastIpListId",
    "Comment",
    "ContinuousDeploymentPolicyId",
    "IsIPV6Enabled",
    "Logging",
    "OriginGroups",
    "Origins",
    "PriceClass",
    "Staging",
    "ViewerCertificate",
];

/// Characters of a text that a finding shows.
const SHOWN_MAX: usize = 24;
/// Differences that a finding shows.
const SHOWN_DIFFERENCES_MAX: usize = 3;
/// Bytes of a remedy's list of paths: a finding's text is cut to 240.
const PATHS_BYTES_MAX: usize = 150;

/// Where the two differ, in the order of the paths, without what `allowed` names. A side without settings, such as a tenant,
/// differs in nothing.
pub fn differences(source: &DistributionFacts, target: &DistributionFacts, allowed: &BTreeSet<String>) -> Vec<Difference> {
    if source.settings.is_empty() || target.settings.is_empty() {
        return vec![];
    }
    let (left, right) = (comparable(&source.settings), comparable(&target.settings));
    let paths: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let one_account = source.account == target.account;
    let differs = |path: &String| {
        let [source, target] = [&left, &right].map(|side| side.get(path).cloned().unwrap_or_default());
        let weight = weigh(path, &source, &target, one_account);
        (!alike(&source, &target)).then(|| Difference { path: path.clone(), source, target, weight })
    };
    paths.into_iter().filter(|path| !allowed.iter().any(|allowed| is_below(path, allowed))).filter_map(differs).collect()
}

/// What the differences say to whoever asked: one finding for each weight, and one for a version of HTTP that is lost.
pub fn findings(source: &DistributionFacts, target: &DistributionFacts, allowed: &BTreeSet<String>) -> Vec<Finding> {
    let all = differences(source, target, allowed);
    let of_weight = |weight: Severity| all.iter().filter(|difference| difference.weight == weight).collect::<Vec<_>>();
    let mut findings: Vec<Finding> =
        [Severity::NeedsYes, Severity::Note].into_iter().filter_map(|weight| finding(source, target, &of_weight(weight), weight)).collect();
    findings.extend(http_version_lost(source, target));
    findings
}

/// What `allowDifferences` has to hold for a request to agree to every difference that needs a yes, beside what it holds by
/// now: their paths, or where they are too many for a request, the elements that hold them.
pub fn agreeing(source: &DistributionFacts, target: &DistributionFacts, allowed: &BTreeSet<String>) -> BTreeSet<String> {
    let all = differences(source, target, allowed);
    let to_depth = |depth: usize| -> BTreeSet<String> {
        let needs_yes = all.iter().filter(|difference| difference.weight == Severity::NeedsYes);
        allowed.iter().cloned().chain(needs_yes.map(|difference| up_to(&difference.path, depth))).collect()
    };
    [usize::MAX, 2].into_iter().map(to_depth).find(|paths| paths.len() <= ALLOWED_DIFFERENCES_MAX).unwrap_or_else(|| to_depth(1))
}

/// The first elements of a path.
fn up_to(path: &str, depth: usize) -> String {
    path.split('/').take(depth).collect::<Vec<_>>().join("/")
}

/// The settings that are compared, with what is only counted as one entry.
fn comparable(settings: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut comparable = BTreeMap::new();
    for (path, text) in settings {
        let some = ONLY_WHETHER_SOME.iter().find(|element| is_below(path, element));
        if let Some(element) = some {
            if !text.is_empty() {
                comparable.insert((*element).to_owned(), "some".to_owned());
            }
        } else if path != SAID_ELSEWHERE && !path.ends_with("/TargetOriginId") {
            comparable.insert(path.clone(), text.clone());
        }
    }
    comparable
}

/// CloudFront writes what is off as `false`, as empty, or not at all.
fn alike(source: &str, target: &str) -> bool {
    let off = |text: &str| text.is_empty() || text == "false";
    source == target || (off(source) && off(target))
}

/// Whether `path` is `element` or below it; the number of a repeated element may be left out.
fn is_below(path: &str, element: &str) -> bool {
    let mut parts = path.split('/');
    element.split('/').all(|wanted| {
        let part = parts.next().unwrap_or_default();
        part == wanted || part.split_once('[').is_some_and(|(name, _)| name == wanted)
    })
}

fn weigh(path: &str, source: &str, target: &str, one_account: bool) -> Severity {
    let noticed = NOTICED.iter().any(|element| is_below(path, element));
    // A log that is kept elsewhere is a matter of taste; one that ends is noticed when it is needed.
    let lost = |element: &str| is_below(path, element) && !alike(source, "") && alike(target, "");
    let noticed = noticed || lost("Logging/Enabled") || lost("Logging/Bucket") || lost("AnycastIpListId");
    if !noticed || (!one_account && may_be_alike(path, source, target)) { Severity::Note } else { Severity::NeedsYes }
}

/// Whether two ids of two accounts may stand for the same: somebody has to compare by hand what they name.
fn may_be_alike(path: &str, source: &str, target: &str) -> bool {
    if source.is_empty() || target.is_empty() {
        return false;
    }
    if let (Some(source), Some(target)) = (named_by(source), named_by(target)) {
        return source == target;
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    let last = last.split_once('[').map_or(last, |(name, _)| name);
    let managed = |id: &str| MANAGED_POLICIES.contains(&id);
    let is_id = IDS_OF_AN_ACCOUNT.contains(&last) || path.ends_with("/TrustedKeyGroups/Items");
    is_id && !managed(source) && !managed(target)
}

/// What an ARN names beside the account, and beside ids and versions that AWS makes up: the last part of a web ACL's, the
/// number of a Lambda function's.
fn named_by(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, region, _, resource] = parts.as_slice() else { return None };
    let resource = match *service {
        "wafv2" => resource.rsplit_once('/').map_or(*resource, |(name, _)| name),
        "lambda" => {
            resource.rsplit_once(':').filter(|(_, end)| end.bytes().all(|b| b.is_ascii_digit())).map_or(*resource, |(name, _)| name)
        }
        _ => *resource,
    };
    arn.starts_with("arn:").then(|| format!("{service}:{region}:{resource}"))
}

fn finding(source: &DistributionFacts, target: &DistributionFacts, found: &[&Difference], weight: Severity) -> Option<Finding> {
    let shown: Vec<String> = found.iter().take(SHOWN_DIFFERENCES_MAX).map(|difference| describe(difference)).collect();
    let count = found.len();
    let settings = if count == 1 { "setting" } else { "settings" };
    let more = if count > SHOWN_DIFFERENCES_MAX { "; …" } else { "" };
    let seen = format!("{} and {} differ in {count} {settings}: {}{more}", source.id, target.id, shown.join("; "));
    let (why, remedy) = match weight {
        Severity::NeedsYes => (
            "viewers meet the target's settings once it serves the names, and these change what they get or who may ask",
            format!("make the two alike, or agree: \"allowDifferences\": [{}]", quoted(found)),
        ),
        _ => (
            "viewers meet the target's settings once it serves the names; ids of two accounts say nothing of what they name",
            format!("compare by hand; to hear no more of it: \"allowDifferences\": [{}]", quoted(found)),
        ),
    };
    (count > 0).then(|| Finding::new(Code::ConfigDiffers, weight, &seen, why, &remedy))
}

fn describe(difference: &Difference) -> String {
    let shown = |text: &str| match text.char_indices().nth(SHOWN_MAX) {
        _ if text.is_empty() => "nothing".to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    };
    // What nobody knows may be a secret.
    if !SHOWN.iter().chain(&NOTICED).any(|element| is_below(&difference.path, element)) {
        return difference.path.clone();
    }
    format!("{} {} → {}", difference.path, shown(&difference.source), shown(&difference.target))
}

/// The paths as `allowDifferences` takes them; where they are too many for one text, the elements that hold them.
fn quoted(found: &[&Difference]) -> String {
    let list = |depth: usize| {
        let paths: BTreeSet<String> = found.iter().map(|difference| up_to(&difference.path, depth)).collect();
        paths.iter().map(|path| format!("\"{path}\"")).collect::<Vec<_>>().join(", ")
    };
    [usize::MAX, 2].into_iter().map(list).find(|list| list.len() <= PATHS_BYTES_MAX).unwrap_or_else(|| list(1))
}

fn http_version_lost(source: &DistributionFacts, target: &DistributionFacts) -> Option<Finding> {
    let rank = |side: &DistributionFacts| HTTP_VERSIONS.iter().find(|(name, _)| *name == side.http_version).map(|(_, rank)| *rank);
    let (Some(before), Some(after)) = (rank(source), rank(target)) else { return None };
    // `http3` alone leaves out version 2, `http2and3` has both.
    let two_lost = ["http2", "http2and3"].contains(&source.http_version.as_str()) && target.http_version == "http3";
    (after < before || two_lost).then(|| {
        Finding::new(
            Code::HttpVersionLost,
            Severity::Note,
            &format!("{} speaks {} and {} only {}", source.id, source.http_version, target.id, target.http_version),
            "viewers fall back to the older version by themselves; connections take longer to set up (CF-22)",
            "give the target the source's HttpVersion first if that matters",
        )
    })
}

#[cfg(test)]
mod tests;
