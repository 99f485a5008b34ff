//! Names as CloudFront, Route 53 and certificates compare them. Written here a second time on purpose: the
//! simulated AWS shares no rule with the code that it judges.

/// Lower case, no final dot, `\052` read as `*` (R53-12).
pub fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase().replace("\\052", "*")
}

/// Whether a wildcard alias catches `name`: any depth below, never the bare parent (CF-4).
pub fn wildcard_catches(wildcard: &str, name: &str) -> bool {
    match wildcard.strip_prefix("*.") {
        Some(parent) => name != wildcard && name.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => false,
    }
}

/// Whether a certificate with these names may serve, or prove, `name` (ACM-2).
pub fn certified(names: &[String], name: &str) -> bool {
    let parent = name.split_once('.').map(|(_, parent)| parent);
    names.iter().map(|listed| normal(listed)).any(|listed| match listed.strip_prefix("*.") {
        _ if listed == name => true,
        Some(covered) => Some(covered) == parent && !name.starts_with("*."),
        None => false,
    })
}

/// Whether an alternate domain name may be written so: lower case, no final dot, a star only as the whole
/// first label (CF-4, CFG-15).
pub fn is_alias(name: &str) -> bool {
    let rest = name.strip_prefix("*.").unwrap_or(name);
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    name.len() <= 253 && rest.contains('.') && rest.split('.').all(label)
}

/// Route 53's order: labels from the right (R53-11).
pub fn reversed(name: &str) -> Vec<String> {
    name.split('.').rev().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_alias_and_a_wildcard_certificate_follow_different_rules() {
        assert!(wildcard_catches("*.foo.com", "a.b.foo.com") && wildcard_catches("*.foo.com", "a.foo.com"));
        assert!(!wildcard_catches("*.foo.com", "foo.com") && !wildcard_catches("*.foo.com", "xfoo.com"));
        assert!(!wildcard_catches("*.foo.com", "*.foo.com"));
        let names = ["*.foo.com".to_owned()];
        assert!(certified(&names, "a.foo.com") && certified(&names, "*.foo.com"));
        assert!(!certified(&names, "a.b.foo.com") && !certified(&names, "foo.com"));
    }

    #[test]
    fn names_are_written_as_cloudfront_takes_them() {
        assert!(is_alias("a.foo.com") && is_alias("*.foo.com"));
        for bad in ["A.foo.com", "a.foo.com.", "*", "a*.foo.com", "x.*.foo.com", "foo", ""] {
            assert!(!is_alias(bad), "{bad}");
        }
    }
}
