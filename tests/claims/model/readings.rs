//! The readings of what the facts leave open (§19), as a world is given them; where it says nothing, the harsher one.

use serde_json::Value;

/// One position for each open question that the specification depends on.
#[derive(Debug, Clone)]
pub(super) struct Readings {
    /// U-9.
    pub(super) released_at_once: bool,
    /// U-18.
    pub(super) overlap_allowed: bool,
    /// U-2.
    pub(super) same_account_needs_proof: bool,
    /// U-1.
    pub(super) same_account_needs_disabled: bool,
    /// U-4.
    pub(super) disabled_means_deployed: bool,
    /// U-11.
    pub(super) target_serves: bool,
    /// U-7.
    pub(super) dns_first: bool,
    /// U-6.
    pub(super) dns_sees_aliases: bool,
    /// U-20.
    pub(super) moves_ask_dns: bool,
    /// U-8.
    pub(super) several_values: bool,
    /// U-16, seconds; `None` is max(60, old TTL).
    pub(super) dns_lag_seconds: Option<i64>,
    /// U-16.
    pub(super) miss_seconds: i64,
}

impl Readings {
    pub(super) fn of(rules: &Value) -> Self {
        let yes = |key: &str, otherwise: bool| rules[key].as_bool().unwrap_or(otherwise);
        Self {
            released_at_once: rules["nameRelease"] == "accepted",
            overlap_allowed: yes("wildcardCrossAccountOverlap", true),
            same_account_needs_proof: yes("sameAccountNeedsTxt", true),
            same_account_needs_disabled: yes("sameAccountNeedsDisabledSource", false),
            disabled_means_deployed: yes("disabledMustBeDeployed", true),
            target_serves: yes("moveTargetMustBeDeployed", true),
            dns_first: yes("dnsCheckFirst", true),
            dns_sees_aliases: yes("dnsCheckSeesAliasRecords", true),
            moves_ask_dns: yes("moveApiChecksDns", false),
            several_values: yes("txtMultivalue", false),
            dns_lag_seconds: rules["cfDnsLagS"].as_i64(),
            miss_seconds: rules["negativeCacheS"].as_i64().unwrap_or(900),
        }
    }
}
