//! Aliases, and the two rules of what a wildcard covers.
//!
//! A wildcard *alias* catches every depth below it (CF-4), a wildcard *certificate name* one label only
//! (ACM-2). They are two functions here so that nobody uses one for the other. This module must not know
//! where a name is attached.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest name in DNS, in characters, without the final dot.
const NAME_MAX: usize = 253;
/// Longest label in DNS, in characters.
const LABEL_MAX: usize = 63;

const LABEL_RULE: &str = "its labels need 1 to 63 letters, digits or hyphens each";
const PUNYCODE_RULE: &str = "a label with hyphens in its third and fourth place must be punycode, xn-- and a name that it stands for";

/// Why a text is no alias.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{seen:?} is no alias: {rule}")]
pub struct NameError {
    rule: &'static str,
    seen: String,
}

/// An alternate domain name: lower case, no trailing dot, punycode, and a `*` only as the whole first label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Alias(String);

impl Alias {
    /// Reads a name in any case, with or without its trailing dot, in Unicode or punycode.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let refuse = |rule| NameError { rule, seen: text.chars().take(80).collect() };
        if text.len() > 4 * NAME_MAX {
            return Err(refuse("it is longer than 253 characters"));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let (star, rest) = match name.strip_prefix("*.") {
            Some(rest) => ("*.", rest),
            None => ("", name),
        };
        if rest.contains('*') {
            return Err(refuse("a wildcard must be the whole first label"));
        }
        // What is plain already, as in every document, needs no mapping.
        let is_plain = rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b)) && !rest.contains("--");
        let mapped = if is_plain { Ok(rest.to_owned()) } else { idna::domain_to_ascii_strict(rest) };
        let ascii = mapped.map_err(|_| refuse(if rest.split('.').any(is_no_punycode) { PUNYCODE_RULE } else { LABEL_RULE }))?;
        if ascii.len() + star.len() > NAME_MAX {
            return Err(refuse("it is longer than 253 characters"));
        }
        let labels: Vec<&str> = ascii.split('.').collect();
        if labels.len() < 2 {
            return Err(refuse("a name of at least two labels is needed"));
        }
        if !labels.iter().all(|label| is_label(label)) {
            return Err(refuse(LABEL_RULE));
        }
        if labels.last().is_some_and(|top| top.bytes().all(|b| b.is_ascii_digit())) {
            return Err(refuse("its last label is a number, as in an address"));
        }
        Ok(Self(format!("{star}{ascii}")))
    }

    /// The name as CloudFront keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the first label is `*`.
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with("*.")
    }

    /// What stands after the first label: `foo.com` of `a.foo.com`.
    pub fn parent(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, parent)| parent)
    }

    /// The wildcard that stands in for this name during a bridge: `*.foo.com` for `a.foo.com`,
    /// `*.b.foo.com` for `a.b.foo.com` (WB-12). `None` where the parent is a single label.
    pub fn bridge_wildcard(&self) -> Option<Alias> {
        if self.is_wildcard() {
            return None;
        }
        Alias::parse(&format!("*.{}", self.parent())).ok()
    }

    /// The registrable domain that this name is in: `foo.co.uk` for `a.b.foo.co.uk`.
    pub fn registrable(&self) -> &str {
        let base = self.0.strip_prefix("*.").unwrap_or(&self.0);
        psl::domain_str(base).unwrap_or(base)
    }

    /// Every wildcard above this name, the closest first, down to that of its registrable domain: `*.b.foo.com` and
    /// `*.foo.com` for `a.b.foo.com`, `*.foo.com` for `*.b.foo.com`. None for an apex (CF-3, CF-4).
    pub fn wildcards_above(&self) -> Vec<Alias> {
        let registrable = self.registrable();
        let mut wildcards = Vec::new();
        let mut rest = self.0.strip_prefix("*.").unwrap_or(&self.0);
        while rest != registrable {
            let Some((_, parent)) = rest.split_once('.') else { break };
            wildcards.extend(Alias::parse(&format!("*.{parent}")));
            rest = parent;
        }
        wildcards
    }

    /// Whether this alias, on a distribution, catches requests for `name`: the same name, or a wildcard at
    /// any depth above it, but never the bare parent (CF-4).
    pub fn catches(&self, name: &Alias) -> bool {
        self == name || self.0.strip_prefix('*').is_some_and(|suffix| name.0.ends_with(suffix) && name != self)
    }
}

/// Whether a name in a certificate (`www.foo.com`, `*.foo.com`) proves `alias`: the same name, or a wildcard
/// at the same level (ACM-2).
pub fn certificate_name_covers(certificate_name: &str, alias: &Alias) -> bool {
    let name = certificate_name.to_ascii_lowercase();
    if name == alias.as_str() {
        return true;
    }
    !alias.is_wildcard() && name.strip_prefix("*.").is_some_and(|parent| parent == alias.parent())
}

/// Whether its hyphens are those of punycode, and it is none.
fn is_no_punycode(label: &str) -> bool {
    label.get(2..4) == Some("--") && label.len() <= LABEL_MAX && idna::domain_to_ascii_strict(label).is_err()
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_MAX).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Alias {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<Alias> for String {
    fn from(alias: Alias) -> String {
        alias.0
    }
}

#[cfg(test)]
mod tests;
