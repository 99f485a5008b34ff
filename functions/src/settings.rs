//! A distribution's settings as a flat list, out of the text that CloudFront wrote: so that an element which no type of the
//! SDK knows is compared like any other (CFG-6). Must not know which setting means what.

use roxmltree::{Document, Node};
use std::collections::BTreeMap;

/// Deepest nesting that is read; CloudFront's own configs have less than ten levels.
const DEPTH_MAX: usize = 64;
/// Settings of one distribution; the quotas allow some thousands.
const SETTINGS_MAX: usize = 5_000;

/// What tells a distribution from any other without setting anything, what Cutover changes itself, and what it looks at
/// apart.
const LEFT_OUT: [&str; 11] = [
    "Aliases",
    "CallerReference",
    "Comment",
    "ContinuousDeploymentPolicyId",
    "Enabled",
    "Staging",
    "ViewerCertificate/ACMCertificateArn",
    "ViewerCertificate/Certificate",
    "ViewerCertificate/CertificateSource",
    "ViewerCertificate/CloudFrontDefaultCertificate",
    "ViewerCertificate/IAMCertificateId",
];

/// Lists whose order means something. Every other list is a set to CloudFront.
const ORDERED: [&str; 1] = ["CacheBehaviors"];

/// Path of each element of the config inside `answer` (a `<Distribution>`) to its text: `DefaultCacheBehavior/Compress`.
/// The members of a list are numbered from 1, `CacheBehaviors/Items/CacheBehavior[1]/…`; a list of plain values is one
/// entry. Empty for what is no such answer.
pub(crate) fn flatten(answer: &[u8]) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    let Some(document) = std::str::from_utf8(answer).ok().and_then(|text| Document::parse(text).ok()) else { return settings };
    if let Some(config) = document.root_element().children().find(|node| node.tag_name().name() == "DistributionConfig") {
        add_children(config, "", 0, &mut settings);
    }
    settings
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    node.children().filter(Node::is_element).collect()
}

fn add_children(node: Node<'_, '_>, path: &str, depth: usize, settings: &mut BTreeMap<String, String>) {
    if depth > DEPTH_MAX {
        return;
    }
    for child in elements(node) {
        let name = child.tag_name().name();
        let below = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        // How many there are, the members say (CFG-5).
        if name != "Quantity" && !LEFT_OUT.contains(&below.as_str()) {
            add(child, &below, depth + 1, settings);
        }
    }
}

fn add(node: Node<'_, '_>, path: &str, depth: usize, settings: &mut BTreeMap<String, String>) {
    let children = elements(node);
    if settings.len() >= SETTINGS_MAX {
        return;
    }
    if children.is_empty() {
        settings.insert(path.to_owned(), node.text().unwrap_or_default().trim().to_owned());
    } else if node.tag_name().name() != "Items" {
        add_children(node, path, depth, settings);
    } else if children.iter().all(|child| elements(*child).is_empty()) {
        let mut values: Vec<&str> = children.iter().map(|child| child.text().unwrap_or_default().trim()).collect();
        values.sort_unstable();
        settings.insert(path.to_owned(), values.join(" "));
    } else {
        add_members(node, path, depth, settings);
    }
}

fn add_members(items: Node<'_, '_>, path: &str, depth: usize, settings: &mut BTreeMap<String, String>) {
    let list = items.parent_element().map_or("", |parent| parent.tag_name().name());
    let mut members: Vec<(&str, BTreeMap<String, String>)> = Vec::new();
    for member in elements(items).into_iter().take(SETTINGS_MAX) {
        let mut inner = BTreeMap::new();
        add_children(member, "", depth + 1, &mut inner);
        members.push((member.tag_name().name(), inner));
    }
    if !ORDERED.contains(&list) {
        members.sort();
    }
    for (at, (name, inner)) in members.into_iter().enumerate() {
        for (below, text) in inner {
            settings.insert(format!("{path}/{name}[{}]/{below}", at + 1), text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(config: &str) -> Vec<String> {
        let answer = format!("<Distribution><Id>E1</Id><DistributionConfig>{config}</DistributionConfig></Distribution>");
        flatten(answer.as_bytes()).into_iter().map(|(path, text)| format!("{path}={text}")).collect()
    }

    #[test]
    fn every_element_has_a_path_and_what_is_only_identity_has_none() {
        let seen = settings(
            "<CallerReference>r</CallerReference><Aliases><Quantity>1</Quantity><Items><CNAME>a</CNAME></Items></Aliases>\
             <Enabled>true</Enabled><ViewerCertificate><ACMCertificateArn>arn</ACMCertificateArn>\
             <MinimumProtocolVersion>TLSv1</MinimumProtocolVersion></ViewerCertificate>\
             <DefaultCacheBehavior><Compress>true</Compress></DefaultCacheBehavior><WebACLId/><BrandNew><Deep> 1 </Deep></BrandNew>",
        );
        let wanted =
            ["BrandNew/Deep=1", "DefaultCacheBehavior/Compress=true", "ViewerCertificate/MinimumProtocolVersion=TLSv1", "WebACLId="];
        assert_eq!(seen, wanted);
    }

    #[test]
    fn the_order_of_a_set_makes_no_difference_and_that_of_behaviours_does() {
        let methods = |list: &str| settings(&format!("<AllowedMethods><Quantity>2</Quantity><Items>{list}</Items></AllowedMethods>"));
        assert_eq!(methods("<Method>HEAD</Method><Method>GET</Method>"), ["AllowedMethods/Items=GET HEAD"]);
        let origins = |list: &str| settings(&format!("<Origins><Items>{list}</Items></Origins>"));
        let [one, two] = ["one", "two"].map(|id| format!("<Origin><Id>{id}</Id></Origin>"));
        assert_eq!(origins(&format!("{one}{two}")), origins(&format!("{two}{one}")));
        let behaviours = |list: &str| settings(&format!("<CacheBehaviors><Items>{list}</Items></CacheBehaviors>"));
        let [one, two] = ["/x", "/y"].map(|path| format!("<CacheBehavior><PathPattern>{path}</PathPattern></CacheBehavior>"));
        assert_ne!(behaviours(&format!("{one}{two}")), behaviours(&format!("{two}{one}")));
        assert_eq!(behaviours(&one), ["CacheBehaviors/Items/CacheBehavior[1]/PathPattern=/x"]);
    }

    #[test]
    fn what_is_no_answer_has_no_settings_and_depth_is_bounded() {
        for bad in [&b""[..], b"\xff", b"<Other/>", b"<Distribution/>"] {
            assert!(flatten(bad).is_empty());
        }
        assert!(settings(&format!("{}1{}", "<a>".repeat(500), "</a>".repeat(500))).is_empty());
    }
}
