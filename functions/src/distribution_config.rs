//! A distribution's config as CloudFront wrote it, edited in one place and left alone everywhere else.
//!
//! The SDK's types drop every element that their version does not know (CFG-6), and an update replaces the
//! whole config (CFG-2). So the text itself is kept, and only the `Aliases` or the `Enabled` element in it is replaced.
//! Must not know who asks for the edit.

use roxmltree::{Document, Node};
use std::collections::BTreeSet;

/// Why a text is no config that can be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the distribution config cannot be edited: {0}")]
pub(crate) struct ConfigError(String);

/// The text of a `<DistributionConfig>` element, namespace included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigText(String);

impl ConfigText {
    /// Takes the body of `GetDistributionConfig`.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ConfigError> {
        let text = std::str::from_utf8(body).map_err(|_| ConfigError("it is not UTF-8".to_owned()))?;
        let document = Document::parse(text).map_err(|error| ConfigError(error.to_string()))?;
        let root = document.root_element();
        if root.tag_name().name() != "DistributionConfig" {
            return Err(ConfigError(format!("its root is {}", root.tag_name().name())));
        }
        child(root, "Aliases").ok_or_else(|| ConfigError("it has no Aliases element".to_owned()))?;
        // Before the write, because the answer to it could not be compared.
        if document.descendants().any(|node| node.ancestors().count() > DEPTH_MAX) {
            return Err(ConfigError(format!("it is nested deeper than {DEPTH_MAX} levels")));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text to send.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The aliases in it.
    pub(crate) fn aliases(&self) -> Vec<String> {
        Document::parse(&self.0).map(|document| aliases_of(document.root_element())).unwrap_or_default()
    }

    /// Whether the distribution serves; `None` where the config does not say.
    pub(crate) fn enabled(&self) -> Option<bool> {
        let document = Document::parse(&self.0).ok()?;
        child(document.root_element(), "Enabled").and_then(|element| text_of(element).parse().ok())
    }

    /// The same text, serving or not.
    pub(crate) fn with_enabled(&self, enabled: bool) -> Result<Self, ConfigError> {
        self.with_element("Enabled", &format!("<Enabled>{enabled}</Enabled>"))
    }

    /// The same text with `element` in place of the only child of its root that has this name.
    fn with_element(&self, name: &str, element: &str) -> Result<Self, ConfigError> {
        let document = Document::parse(&self.0).map_err(|error| ConfigError(error.to_string()))?;
        let found = child(document.root_element(), name).ok_or_else(|| ConfigError(format!("it has no {name} element")))?;
        let range = found.range();
        match (self.0.get(..range.start), self.0.get(range.end..)) {
            (Some(before), Some(after)) => Ok(Self(format!("{before}{element}{after}"))),
            _ => Err(ConfigError(format!("its {name} element has no place"))),
        }
    }

    /// The same text with `aliases` in place of the ones it has.
    pub(crate) fn with_aliases(&self, aliases: &BTreeSet<String>) -> Result<Self, ConfigError> {
        // An alias holds letters, digits, hyphens, dots and a star: nothing to escape.
        let items: String = aliases.iter().map(|alias| format!("<CNAME>{alias}</CNAME>")).collect();
        let items = if aliases.is_empty() { String::new() } else { format!("<Items>{items}</Items>") };
        self.with_element("Aliases", &format!("<Aliases><Quantity>{}</Quantity>{items}</Aliases>", aliases.len()))
    }

    /// The first place where the config inside `answer` (a `<Distribution>`) is not this one; what CloudFront
    /// may reorder is compared as a set. `None` where they agree.
    pub(crate) fn differs_from_answer(&self, answer: &[u8]) -> Option<String> {
        let Ok(text) = std::str::from_utf8(answer) else { return Some("the answer is not UTF-8".to_owned()) };
        let (Ok(sent), Ok(answered)) = (Document::parse(&self.0), Document::parse(text)) else {
            return Some("the answer is not XML".to_owned());
        };
        let config = answered.root_element().children().find(|node| node.tag_name().name() == "DistributionConfig");
        match config {
            None => Some("the answer holds no DistributionConfig".to_owned()),
            Some(config) => difference(sent.root_element(), config, 0),
        }
    }
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|child| child.tag_name().name() == name)
}

fn aliases_of(root: Node<'_, '_>) -> Vec<String> {
    let items = root.children().find(|node| node.tag_name().name() == "Aliases");
    let names = items.iter().flat_map(Node::descendants).filter(|node| node.tag_name().name() == "CNAME");
    names.filter_map(|node| node.text()).map(str::to_owned).collect()
}

/// Deepest nesting that is compared; CloudFront's own configs have less than ten levels.
const DEPTH_MAX: usize = 64;

/// Lists whose order means something. Every other list is a set to CloudFront.
const ORDERED_LISTS: [&str; 1] = ["CacheBehaviors"];

fn elements<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    node.children().filter(Node::is_element).collect()
}

fn text_of<'a>(node: Node<'a, '_>) -> &'a str {
    node.text().unwrap_or_default().trim()
}

fn difference(sent: Node<'_, '_>, answered: Node<'_, '_>, depth: usize) -> Option<String> {
    let name = sent.tag_name().name();
    if depth > DEPTH_MAX {
        return Some(format!("{name} is nested too deeply"));
    }
    if name != answered.tag_name().name() {
        return Some(format!("{name} became {}", answered.tag_name().name()));
    }
    let (left, mut right) = (elements(sent), elements(answered));
    if left.is_empty() && right.is_empty() && text_of(sent) != text_of(answered) {
        return Some(format!("the value of {name} changed"));
    }
    let parent = sent.parent_element().map_or("", |parent| parent.tag_name().name());
    let ordered = name == "Items" && ORDERED_LISTS.contains(&parent);
    for child in left {
        let candidates = if ordered { right.len().min(1) } else { right.len() };
        // The first reason is kept: asking again would double the work at every level.
        let (mut found, mut reason) = (None, None);
        for (place, other) in right.iter().take(candidates).enumerate() {
            match difference(child, *other, depth + 1) {
                None => {
                    found = Some(place);
                    break;
                }
                Some(why) if other.tag_name().name() == child.tag_name().name() => reason = reason.or(Some(why)),
                Some(_) => {}
            }
        }
        match found {
            Some(place) => {
                right.remove(place);
            }
            None => return Some(reason.unwrap_or_else(|| format!("{} is missing from {name}", child.tag_name().name()))),
        }
    }
    right.first().map(|extra| format!("{} appeared in {name}", extra.tag_name().name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"<?xml version="1.0"?>
<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>r</CallerReference>
  <Aliases><Quantity>1</Quantity><Items><CNAME>a.foo.com</CNAME></Items></Aliases>
  <CacheBehaviors><Quantity>2</Quantity><Items><CacheBehavior><P>/x</P></CacheBehavior><CacheBehavior><P>/y</P></CacheBehavior></Items></CacheBehaviors>
  <Comment>a &amp; b &#x41;</Comment><BrandNew><Deep enabled="yes">1</Deep></BrandNew></DistributionConfig>"#;

    fn config() -> ConfigText {
        ConfigText::parse(CONFIG.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn edited(names: &[&str]) -> ConfigText {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        config().with_aliases(&names).unwrap_or_else(|error| panic!("{error}"))
    }

    fn answer(config: &str) -> Vec<u8> {
        let config = config.replace("<?xml version=\"1.0\"?>", "");
        format!("<Distribution><Id>E1</Id>{config}</Distribution>").into_bytes()
    }

    #[test]
    fn only_the_aliases_element_changes_and_every_other_byte_stays() {
        let edited = edited(&["a.foo.com", "*.foo.com"]);
        let element = "<Aliases><Quantity>1</Quantity><Items><CNAME>a.foo.com</CNAME></Items></Aliases>";
        let wanted = "<Aliases><Quantity>2</Quantity><Items><CNAME>*.foo.com</CNAME><CNAME>a.foo.com</CNAME></Items></Aliases>";
        assert_eq!(edited.as_str(), CONFIG.replace(element, wanted));
        assert_eq!(edited.aliases(), ["*.foo.com", "a.foo.com"]);
    }

    #[test]
    fn only_the_distributions_own_enabled_element_changes() {
        let logging = "<Logging><Enabled>true</Enabled></Logging>";
        let text = CONFIG.replace("<Comment>", &format!("{logging}<Enabled>true</Enabled><Comment>"));
        let config = ConfigText::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        let disabled = config.with_enabled(false).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((config.enabled(), disabled.enabled()), (Some(true), Some(false)));
        assert_eq!(disabled.as_str(), text.replace("<Enabled>true</Enabled><Comment>", "<Enabled>false</Enabled><Comment>"));
        assert!(disabled.differs_from_answer(&answer(config.as_str())).is_some(), "an answer that still serves is noticed");
        assert!(self::config().with_enabled(true).is_err() && self::config().enabled().is_none(), "a config that does not say");
    }

    #[test]
    fn without_aliases_the_items_go_too() {
        assert!(edited(&[]).as_str().contains("<Aliases><Quantity>0</Quantity></Aliases>"));
        assert_eq!(edited(&["a.foo.com"]).as_str(), CONFIG, "there and back again");
    }

    #[test]
    fn an_answer_that_reorders_a_set_agrees_and_one_that_reorders_behaviours_does_not() {
        let sent = edited(&["a.foo.com", "b.foo.com"]);
        let swap = |left: &str, right: &str| sent.as_str().replace(left, "@").replace(right, left).replace('@', right);
        let aliases = swap("<CNAME>a.foo.com</CNAME>", "<CNAME>b.foo.com</CNAME>");
        assert_eq!(sent.differs_from_answer(&answer(&aliases)), None);
        let behaviours = swap("<P>/x</P>", "<P>/y</P>");
        assert!(sent.differs_from_answer(&answer(&behaviours)).is_some());
    }

    #[test]
    fn an_answer_that_lost_gained_or_changed_anything_is_noticed() {
        let sent = edited(&["a.foo.com"]);
        for (from, to) in [
            ("<BrandNew><Deep enabled=\"yes\">1</Deep></BrandNew>", ""),
            ("<Deep enabled=\"yes\">1</Deep>", "<Deep enabled=\"yes\">2</Deep>"),
            ("<BrandNew>", "<Other>1</Other><BrandNew>"),
            ("<CNAME>a.foo.com</CNAME>", "<CNAME>b.foo.com</CNAME>"),
        ] {
            assert!(sent.differs_from_answer(&answer(&sent.as_str().replace(from, to))).is_some(), "{from}");
        }
        assert!(sent.differs_from_answer(b"<Distribution/>").is_some());
        assert!(sent.differs_from_answer(b"not xml").is_some());
    }

    #[test]
    fn a_config_nested_too_deeply_is_refused_before_it_is_sent_and_comparing_takes_no_time() {
        let nested = |levels: usize| format!("{}1{}", "<a>".repeat(levels), "</a>".repeat(levels));
        let with = |inner: &str| CONFIG.replace("<Deep enabled=\"yes\">1</Deep>", inner);
        assert!(ConfigText::parse(with(&nested(500)).as_bytes()).is_err());
        let deep = ConfigText::parse(with(&nested(50)).as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(deep.differs_from_answer(&answer(deep.as_str())), None);
        let other = deep.as_str().replace(">1</a>", ">2</a>");
        assert!(deep.differs_from_answer(&answer(&other)).is_some());
    }

    #[test]
    fn what_is_no_config_is_refused() {
        for bad in [
            &b"<Other/>"[..],
            b"",
            b"<DistributionConfig/>",
            b"\xff",
            b"<!DOCTYPE a [<!ENTITY b \"c\">]><DistributionConfig>&b;</DistributionConfig>",
        ] {
            assert!(ConfigText::parse(bad).is_err());
        }
    }
}
