//! Identifiers of AWS, each parsed once. This module must not know what they are used for.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not the identifier it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{seen:?} is no {kind}: {rule}")]
pub struct IdError {
    kind: &'static str,
    rule: &'static str,
    seen: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts exactly what the type's description says.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    let seen = text.chars().take(64).collect();
                    Err(IdError { kind: $kind, rule: $rule, seen })
                }
            }

            /// The identifier as AWS writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

/// Upper-case letters and digits, `length` of them.
fn capitals(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

id!(
    /// A twelve-digit AWS account id.
    AccountId,
    "account id",
    "twelve digits are needed",
    |text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
);
id!(
    /// A CloudFront distribution id such as `E2QWRUHAPOMQZL`. An empty one would read an empty config (CFG-1).
    DistributionId,
    "distribution id",
    "an E and more upper-case letters and digits are needed",
    |text| text.starts_with('E') && capitals(text, 2..=32)
);
id!(
    /// A Route 53 hosted zone id, without the `/hostedzone/` that replies put before it (R53-15).
    HostedZoneId,
    "hosted zone id",
    "a Z and more upper-case letters and digits are needed",
    |text| text.starts_with('Z') && capitals(text, 2..=32)
);

/// A distribution and the account that owns it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Place {
    /// The owning account.
    pub account: AccountId,
    /// The distribution.
    pub distribution: DistributionId,
}

/// A hosted zone and the account that owns it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ZonePlace {
    /// The owning account.
    pub account: AccountId,
    /// The hosted zone.
    pub hosted_zone: HostedZoneId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_accepted_by_their_shape_alone() {
        assert!(AccountId::parse("000000000001").is_ok());
        for bad in ["", "1", "00000000000x", "0000000000012"] {
            assert!(AccountId::parse(bad).is_err(), "{bad}");
        }
        assert!(DistributionId::parse("E1LEGACYXYZ").is_ok());
        for bad in ["", "E", "e1legacy", "X1", "E1/../E2", "E1 "] {
            assert!(DistributionId::parse(bad).is_err(), "{bad}");
        }
        assert!(HostedZoneId::parse("Z1FOO").is_ok());
        assert!(HostedZoneId::parse("/hostedzone/Z1FOO").is_err());
    }

    #[test]
    fn an_error_shows_what_was_seen_and_what_is_needed() {
        let error = AccountId::parse("12").map_err(|e| e.to_string());
        assert_eq!(error, Err("\"12\" is no account id: twelve digits are needed".to_owned()));
    }
}
