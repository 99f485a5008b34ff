//! The switches: readings of the facts that are not certain, the harsher one being the default. An unknown switch
//! is an error that names it. Must not know who asks.

use serde::{Deserialize, Deserializer};

/// Every switch (§19).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rules {
    /// U-1: whether a move within one account needs a disabled source too.
    pub same_account_needs_disabled_source: bool,
    /// U-2: whether a move within one account needs the TXT proof too.
    pub same_account_needs_txt: bool,
    /// U-3: whether both sides of a move reach a location at the same moment.
    pub edge_move_atomicity: EdgeMoveAtomicity,
    /// U-4: whether a source that must be disabled must be deployed so.
    pub disabled_must_be_deployed: bool,
    /// U-8: whether a TXT set with more values than the target's is a proof.
    pub txt_multivalue: bool,
    /// U-11: whether the target of a move must be enabled and deployed.
    pub move_target_must_be_deployed: bool,
    /// U-12: what `UpdateDomainAssociation` says with an `IllegalUpdate`.
    pub uda_error_texts: UdaErrorTexts,
    /// U-15: whether the last domain of a tenant can be moved away.
    pub tenant_last_domain_move: bool,
    /// U-16: how long CloudFront keeps the answer that a TXT proof is not there, seconds.
    pub negative_cache_s: u32,
    /// U-20: whether the move APIs make the DNS check too.
    pub move_api_checks_dns: bool,
    /// U-21: whether a reused connection needs the accounts to match, whatever its certificate covers.
    #[serde(rename = "strict421")]
    pub strict_421: bool,
    /// U-22: whether the apex of any zone may be proved by `_.name`.
    pub txt_zone_apex_form: bool,
    /// U-24: whether the conflict calls need a permission on `*`.
    pub iam_conflicts_need_star: bool,
    /// U-9: when a removed name is free.
    pub name_release: NameRelease,
    /// U-5: how long a location answers nothing between an exact name's removal and its wildcard.
    pub wildcard_fallback_gap_ms: u32,
    /// U-6: whether alias A and AAAA record sets count in the DNS check.
    pub dns_check_sees_alias_records: bool,
    /// U-7: whether the DNS check refuses before uniqueness does.
    pub dns_check_first: bool,
    /// U-10: CloudFront's request rates.
    #[serde(deserialize_with = "rate")]
    pub cf_rate: Option<Rate>,
    /// U-13: what a stale ETag is answered with.
    pub stale_etag_error: StaleEtagError,
    /// U-14: whether the asking distribution is in its own conflict list.
    pub conflicts_list_self: bool,
    /// U-16: how long CloudFront keeps an old DNS answer, seconds; `None` is max(60, old TTL).
    pub cf_dns_lag_s: Option<u32>,
    /// U-17: the form of InvalidChangeBatch.
    pub r53_batch_error_form: BatchErrorForm,
    /// U-18: whether a wildcard and a name below it may be in two accounts.
    pub wildcard_cross_account_overlap: bool,
    /// U-19: whether an alias record set may lead only to a distribution that lists its name.
    pub r53_requires_alias_on_target: bool,
    /// U-23: after how long a name without a distribution is blocked, seconds.
    pub block_dangling_after_s: u32,
    /// U-25: how long a new certificate is invisible to CloudFront, seconds.
    pub acm_visibility_lag_s: u32,
    /// U-25: how old a conflict list may be, seconds.
    pub conflicts_lag_s: u32,
    /// U-25: whether every config holds an element that no SDK knows.
    pub inject_unknown_element: bool,
    /// U-27: how old a read may be, seconds.
    pub read_staleness_s: u32,
    /// CT-3: how long until CloudTrail has told of a write, at the most, seconds; at least half of it.
    pub trail_lag_s: u32,
    /// EB-1: whether one event in three is delivered twice.
    pub trail_duplicates: bool,
}

/// How the two sides of a move reach a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EdgeMoveAtomicity {
    /// Each after a lag of its own.
    Independent,
    /// At the same moment.
    Atomic,
}

/// What `UpdateDomainAssociation` says with an `IllegalUpdate` (ERR-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UdaErrorTexts {
    /// The texts of `AssociateAlias`.
    #[serde(alias = "associate_alias")]
    AssociateAlias,
    /// One text that nobody has seen before, whatever the reason.
    Opaque,
}

/// When a removed name is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NameRelease {
    /// As soon as the removal is accepted.
    Accepted,
    /// Once the distribution that it left is deployed.
    Deployed,
}

/// What a stale ETag is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum StaleEtagError {
    /// One of the two, at random.
    #[serde(rename = "mixed")]
    Mixed,
    /// 412.
    PreconditionFailed,
    /// 400.
    InvalidIfMatchVersion,
}

/// The form of InvalidChangeBatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BatchErrorForm {
    /// Inside `<ErrorResponse>`.
    Wrapped,
    /// A root of its own, without a code.
    Bare,
}

/// CloudFront's request rates for one account.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rate {
    /// Writes at once.
    pub write_burst: u32,
    /// Seconds until one more write.
    pub write_refill_seconds: f64,
    /// Reads at once.
    pub read_burst: u32,
    /// Reads a second.
    pub read_per_second: f64,
}

impl Default for Rate {
    fn default() -> Self {
        Self { write_burst: 3, write_refill_seconds: 20.0, read_burst: 10, read_per_second: 2.0 }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            same_account_needs_disabled_source: false,
            same_account_needs_txt: true,
            edge_move_atomicity: EdgeMoveAtomicity::Independent,
            disabled_must_be_deployed: true,
            txt_multivalue: false,
            move_target_must_be_deployed: true,
            uda_error_texts: UdaErrorTexts::AssociateAlias,
            tenant_last_domain_move: false,
            negative_cache_s: 900,
            move_api_checks_dns: false,
            strict_421: false,
            txt_zone_apex_form: false,
            iam_conflicts_need_star: false,
            name_release: NameRelease::Deployed,
            wildcard_fallback_gap_ms: 0,
            dns_check_sees_alias_records: true,
            dns_check_first: true,
            cf_rate: Some(Rate::default()),
            stale_etag_error: StaleEtagError::Mixed,
            conflicts_list_self: true,
            cf_dns_lag_s: None,
            r53_batch_error_form: BatchErrorForm::Wrapped,
            wildcard_cross_account_overlap: true,
            r53_requires_alias_on_target: false,
            block_dangling_after_s: 86_400,
            acm_visibility_lag_s: 30,
            conflicts_lag_s: 60,
            inject_unknown_element: true,
            read_staleness_s: 0,
            trail_lag_s: 300,
            trail_duplicates: true,
        }
    }
}

/// `"unlimited"`, or the four numbers.
fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Rate>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Word(String),
        Numbers(Rate),
    }
    match Written::deserialize(deserializer)? {
        Written::Numbers(rate) => Ok(Some(rate)),
        Written::Word(word) if word == "unlimited" => Ok(None),
        Written::Word(word) => Err(serde::de::Error::custom(format!("cfRate {word:?} is unknown; \"unlimited\" or four numbers"))),
    }
}
