//! Zones and record sets as a world is written down. Must not know what any of it does.

use serde::{Deserialize, Serialize};

/// A hosted zone of Route 53.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HostedZoneInput {
    /// `Z…`
    pub id: String,
    /// The owning account.
    pub account: String,
    /// The zone's name.
    pub name: String,
    /// Whether only networks of AWS see it.
    #[serde(default)]
    pub private: bool,
    /// Whether public DNS leads here; of public zones with one name only one can be. Where absent, the first of them
    /// is that does not say no.
    #[serde(default)]
    pub delegated: Option<bool>,
    /// Its delegation set; its NS set where absent, and else four names of its own.
    #[serde(default)]
    pub name_servers: Option<Vec<String>>,
    /// Its record sets; SOA and NS are made where absent.
    #[serde(default)]
    pub records: Vec<RecordInput>,
}

/// A public zone that Route 53 does not hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExternalZoneInput {
    /// The zone's name.
    pub name: String,
    /// Its name servers; its NS set where absent, and else four names of its own.
    #[serde(default)]
    pub name_servers: Option<Vec<String>>,
    /// Its record sets. An alias target is the provider's own way to lead an apex to CloudFront.
    #[serde(default)]
    pub records: Vec<RecordInput>,
}

/// A record set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordInput {
    /// Its name, in any case, with or without trailing dot.
    pub name: String,
    /// `CNAME`, `A` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Seconds; absent for alias record sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// Absent for alias record sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The domain name that an alias record set leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias_target: Option<String>,
    /// Hosted zone id that an alias target is in; CloudFront's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias_zone: Option<String>,
    /// Whether an alias record set follows its target's health; false where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluate_target_health: Option<bool>,
    /// Member of a routed name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_identifier: Option<String>,
    /// Weighted routing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// Latency routing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Failover routing: `PRIMARY` or `SECONDARY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failover: Option<String>,
    /// Geolocation routing: a country code or `*`, `US-CA` of a subdivision, `continent:EU` of a continent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geo_location: Option<String>,
    /// Multivalue routing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_value_answer: Option<bool>,
    /// Its health check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check_id: Option<String>,
    /// What it carries beyond these keys, as XML: TrafficPolicyInstanceId, CidrRoutingConfig, GeoProximityLocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_xml: Option<String>,
}
