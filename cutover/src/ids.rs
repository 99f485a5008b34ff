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
    /// The id of a CloudFront distribution such as `E2QWRUHAPOMQZL`, or of a distribution tenant such as `dt_2wjDZi3h`. An
    /// empty one would read an empty config (CFG-1).
    DistributionId,
    "distribution id",
    "an E and more upper-case letters and digits are needed, or dt_ and more letters and digits for a tenant",
    |text| match text.strip_prefix("dt_") {
        Some(rest) => (1..=61).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric()),
        None => text.starts_with('E') && capitals(text, 2..=32),
    }
);

impl DistributionId {
    /// Whether it is a tenant's (DT-12).
    pub fn is_tenant(&self) -> bool {
        self.0.starts_with("dt_")
    }
}

id!(
    /// A Route 53 hosted zone id, without the `/hostedzone/` that replies put before it (R53-15).
    HostedZoneId,
    "hosted zone id",
    "a Z and more upper-case letters and digits are needed",
    |text| text.starts_with('Z') && capitals(text, 2..=32)
);

/// A distribution, or a distribution tenant, and the account that owns it. Written with the key `distribution` or
/// `distributionTenant`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenPlace", into = "WrittenPlace")]
pub struct Place {
    /// The owning account.
    pub account: AccountId,
    /// The distribution or tenant.
    pub distribution: DistributionId,
}

/// A place as it is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenPlace {
    account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    distribution: Option<DistributionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    distribution_tenant: Option<DistributionId>,
}

impl TryFrom<WrittenPlace> for Place {
    type Error = &'static str;
    fn try_from(written: WrittenPlace) -> Result<Self, Self::Error> {
        match (written.distribution, written.distribution_tenant) {
            (Some(id), None) if !id.is_tenant() => Ok(Self { account: written.account, distribution: id }),
            (None, Some(id)) if id.is_tenant() => Ok(Self { account: written.account, distribution: id }),
            (None, None) => Err("missing field `distribution`, or `distributionTenant` for a tenant"),
            (Some(_), Some(_)) => Err("`distribution` and `distributionTenant` exclude each other"),
            _ => Err("`distribution` takes the id of a distribution (E…), `distributionTenant` that of a tenant (dt_…)"),
        }
    }
}

impl From<Place> for WrittenPlace {
    fn from(place: Place) -> Self {
        let (distribution, distribution_tenant) =
            if place.distribution.is_tenant() { (None, Some(place.distribution)) } else { (Some(place.distribution), None) };
        Self { account: place.account, distribution, distribution_tenant }
    }
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

    #[test]
    fn an_id_has_capitals_and_digits_only_and_not_too_many() {
        let long = |length: usize| format!("E{}", "1".repeat(length - 1));
        assert!(DistributionId::parse(&long(32)).is_ok());
        assert!(DistributionId::parse(&long(33)).is_err(), "longer than any that AWS gives");
        for bad in ["E1legacy", "E1-2", "E_", "E1É"] {
            assert!(DistributionId::parse(bad).is_err(), "{bad}");
            assert!(HostedZoneId::parse(&bad.replace('E', "Z")).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_tenant_is_known_by_its_id_alone() {
        let tenant = DistributionId::parse("dt_2wjDZi3h").unwrap();
        assert!(tenant.is_tenant() && !DistributionId::parse("E1LEGACYXYZ").unwrap().is_tenant());
        for bad in ["dt_", "dt_a/b", "dt_a b"] {
            assert!(DistributionId::parse(bad).is_err(), "{bad}");
        }
    }

    fn read(place: serde_json::Value) -> Result<Place, String> {
        serde_json::from_value(place).map_err(|error| error.to_string())
    }

    #[test]
    fn a_place_is_written_with_the_key_of_what_it_is_and_read_again() {
        let account = "000000000001";
        for (key, id) in [("distribution", "E1LEGACYXYZ"), ("distributionTenant", "dt_2wjDZi3h")] {
            let written = serde_json::json!({"account": account, key: id});
            let place = read(written.clone()).unwrap();
            assert_eq!((place.account.as_str(), place.distribution.as_str()), (account, id));
            assert_eq!(serde_json::to_value(&place).unwrap(), written);
        }
    }

    #[test]
    fn a_place_under_the_wrong_key_or_under_none_or_both_is_refused_with_what_is_wrong() {
        let account = "000000000001";
        let cases = [
            (serde_json::json!({"account": account}), "missing field `distribution`, or `distributionTenant` for a tenant"),
            (
                serde_json::json!({"account": account, "distribution": "E1LEGACYXYZ", "distributionTenant": "dt_2wjDZi3h"}),
                "`distribution` and `distributionTenant` exclude each other",
            ),
            (serde_json::json!({"account": account, "distribution": "dt_2wjDZi3h"}), "`distributionTenant` that of a tenant (dt_…)"),
            (serde_json::json!({"account": account, "distributionTenant": "E1LEGACYXYZ"}), "`distribution` takes the id of a distribution"),
        ];
        for (written, why) in cases {
            let refused = read(written.clone()).unwrap_err();
            assert!(refused.contains(why), "{written}: {refused}");
        }
    }
}
