//! Observes everything that the plan depends on and has the plan made. Never writes.
//!
//! At most eight reads for one name (roles apart): both distributions, both certificates, the hosted zone,
//! the record sets from the wildcard on (and of the name, where that page does not reach it), and who holds
//! the wildcard.

use crate::accounts::{Accounts, Home, Role};
use crate::answer::{Answer, Failure, Meaning};
use crate::clock::Clock;
use crate::distribution::{self, Kind, Seen};
use crate::holders;
use crate::record_sets;
use cutover::document::{Cutover, Execution};
use cutover::error_name::ErrorName;
use cutover::facts::{CertificateFacts, DistributionFacts, Facts, Holder, HostedZoneFacts, ProofFacts, WildcardFacts};
use cutover::finding::{Code, Refusal};
use cutover::ids::{AccountId, Place};
use cutover::name::Alias;
use cutover::planner;
use cutover::proof::proof_name;
use cutover::record_set::RecordSet;
use cutover::request::Request;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Sets in the page that begins at a wildcard (R53-11).
const WILDCARD_PAGE: i32 = 300;

/// What the definition hands to the first step.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Start {
    request: Value,
    execution: Execution,
    /// The ids of the accounts that hold Cutover's roles, separated by commas.
    #[serde(default)]
    #[allow(dead_code, reason = "nothing is looked for in them yet")]
    member_accounts: String,
}

pub(crate) async fn preflight(home: &Home, clock: &Clock, input: Value) -> Result<Cutover, Failure> {
    let start: Start = serde_json::from_value(input)
        .map_err(|error| Failure::new(ErrorName::MalformedDocument, format!("the input is no start of a cutover: {error}")))?;
    let request = match Request::parse(&start.request) {
        Ok(request) => request,
        Err(refusal) => return Ok(Cutover::refused(start.execution, None, refusal)),
    };
    let accounts = Accounts::new(home, &start.execution, request.clone(), Role::Read)?;
    match observe(&accounts, clock, &request).await {
        Ok(facts) => {
            let decision = planner::decide(&request, &facts);
            Ok(Cutover::planned(start.execution, request, &facts, decision))
        }
        Err(Unobserved::Refused(refusal)) => Ok(Cutover::refused(start.execution, Some(request), *refusal)),
        Err(Unobserved::Failed(failure)) => Err(failure),
    }
}

/// Why the facts are not complete.
enum Unobserved {
    /// Asking again will not help; nothing was changed.
    Refused(Box<Refusal>),
    /// Asking again may help: the definition does.
    Failed(Failure),
}

impl Unobserved {
    /// `what` could not be read; `missing` is the code for its not being there.
    fn of(answer: Answer, what: &str, missing: Code) -> Self {
        let refuse = |code, message: String, remedy: &str| Self::Refused(Box::new(Refusal::new(code, &message, remedy)));
        match answer.meaning {
            Meaning::Throttled | Meaning::Unknown | Meaning::Expired => Self::Failed(answer.failure()),
            Meaning::NotFound => refuse(
                missing,
                format!("{what} does not exist: {}", answer.text),
                "check the id and the account in the request: each is found only from its own account",
            ),
            Meaning::Denied => refuse(
                Code::AccountNotReachable,
                format!("{what} cannot be read: {}", answer.text),
                "deploy member-role.yaml in that account with this home account as its parameter, or check the ids in the request",
            ),
            _ => refuse(
                Code::ObservationFailed,
                format!("{what} cannot be read: {}", answer.text),
                "read AWS's message, mend what it names and ask again",
            ),
        }
    }
}

async fn observe(accounts: &Accounts<'_>, clock: &Clock, request: &Request) -> Result<Facts, Unobserved> {
    let source = observe_distribution(accounts, accounts.source().map_err(Unobserved::Failed)?).await?;
    let target = observe_distribution(accounts, &request.target).await?;
    let hosted_zone = observe_zone(accounts).await?;
    let mut observed = Observed {
        accounts,
        request,
        now: clock.now(),
        source: &source,
        target: &target,
        record_sets: BTreeMap::new(),
        pages: BTreeMap::new(),
    };
    let wildcards = observed.wildcards().await?;
    observed.missing_record_sets().await?;
    let proofs = observed.proofs(&hosted_zone).await?;
    let holders = observed.holders_of_strays().await?;
    let record_sets = observed.record_sets;
    Ok(Facts {
        now: clock.now(),
        record_sets,
        wildcards,
        proofs,
        holders,
        hosted_zone,
        source,
        target,
        roles_unusable: vec![],
        glance: None,
    })
}

async fn observe_distribution(accounts: &Accounts<'_>, place: &Place) -> Result<DistributionFacts, Unobserved> {
    let what = format!("distribution {} of account {}", place.distribution, place.account);
    let seen = distribution::look(accounts, place).await.map_err(|answer| Unobserved::of(answer, &what, Code::DistributionNotFound))?;
    let (certificate, certificate_absent) = match &seen.certificate_arn {
        None => (None, Some(format!("{} has no certificate of ACM", place.distribution))),
        Some(arn) => match read_certificate(accounts, &place.account, arn).await {
            Ok(certificate) => (Some(certificate), None),
            Err(answer) if answer.meaning == Meaning::NotFound => (None, Some(format!("the certificate {arn} does not exist"))),
            Err(answer) => return Err(Unobserved::of(answer, &format!("the certificate {arn}"), Code::CertificateUnusable)),
        },
    };
    Ok(distribution_facts(place, &seen, certificate, certificate_absent))
}

fn distribution_facts(
    place: &Place,
    seen: &Seen,
    certificate: Option<CertificateFacts>,
    certificate_absent: Option<String>,
) -> DistributionFacts {
    let facts = DistributionFacts {
        account: place.account.to_string(),
        id: place.distribution.to_string(),
        domain_name: seen.domain_name.clone(),
        status: seen.status.clone(),
        enabled: seen.enabled,
        tenant: place.distribution.is_tenant(),
        ipv6: seen.ipv6,
        aliases: seen.aliases(),
        certificate,
        certificate_absent,
        ..DistributionFacts::default()
    };
    let Kind::Distribution(details) = &seen.kind else { return facts };
    let config = &details.config;
    DistributionFacts {
        staging: config.staging().unwrap_or(false),
        continuous_deployment: config.continuous_deployment_policy_id().is_some_and(|id| !id.is_empty()),
        tenant_only: config.connection_mode().is_some_and(|mode| mode.as_str() == "tenant-only"),
        ..facts
    }
}

/// Reads one certificate.
pub(crate) async fn read_certificate(accounts: &Accounts<'_>, account: &AccountId, arn: &str) -> Result<CertificateFacts, Answer> {
    let denied = |failure: Failure| Answer { meaning: Meaning::Denied, text: failure.message };
    let client = accounts.acm(account).await.map_err(denied)?;
    let answer =
        client.describe_certificate().certificate_arn(arn).send().await.map_err(|error| Answer::of("acm:DescribeCertificate", &error))?;
    let incomplete =
        || Answer { meaning: Meaning::Unlisted, text: "acm:DescribeCertificate: an answer without the certificate".to_owned() };
    let certificate = answer.certificate().ok_or_else(incomplete)?;
    let mut names = certificate.subject_alternative_names().to_vec();
    names.extend(certificate.domain_name().map(str::to_owned));
    Ok(CertificateFacts {
        arn: arn.to_owned(),
        status: certificate.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        names,
        not_after: certificate.not_after().and_then(|end| Timestamp::from_second(end.secs()).ok()),
        key_algorithm: certificate.key_algorithm().map(|key| key.as_str().to_owned()).unwrap_or_default(),
        serial: normal_serial(certificate.serial().unwrap_or_default()),
        in_use_by: certificate.in_use_by().to_vec(),
        renewal_failed: false,
    })
}

/// Lower-case hex without separators and leading zeros, as a viewer reports it.
fn normal_serial(serial: &str) -> String {
    let hex: String = serial.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase();
    hex.trim_start_matches('0').to_owned()
}

async fn observe_zone(accounts: &Accounts<'_>) -> Result<HostedZoneFacts, Unobserved> {
    let zone = accounts.zone().map_err(Unobserved::Failed)?;
    let what = format!("hosted zone {} of account {}", zone.hosted_zone, zone.account);
    let refused = |answer| Unobserved::of(answer, &what, Code::HostedZoneNotFound);
    let denied = |failure: Failure| match failure.name {
        ErrorName::AccessDenied => refused(Answer { meaning: Meaning::Denied, text: failure.message }),
        _ => Unobserved::Failed(failure),
    };
    let client = accounts.route53(&zone.account).await.map_err(denied)?;
    let answer = client
        .get_hosted_zone()
        .id(zone.hosted_zone.as_str())
        .send()
        .await
        .map_err(|error| refused(Answer::of("route53:GetHostedZone", &error)))?;
    let seen =
        answer.hosted_zone().ok_or_else(|| refused(Answer { meaning: Meaning::Unlisted, text: "no zone in the answer".to_owned() }))?;
    let private = seen.config().is_some_and(|config| config.private_zone());
    Ok(HostedZoneFacts { name: record_sets::normal_name(seen.name()), private, ..HostedZoneFacts::default() })
}

/// What was observed so far.
struct Observed<'a> {
    accounts: &'a Accounts<'a>,
    request: &'a Request,
    now: Timestamp,
    source: &'a DistributionFacts,
    target: &'a DistributionFacts,
    record_sets: BTreeMap<Alias, Vec<RecordSet>>,
    /// Every set of every name that a page has shown so far.
    pages: BTreeMap<String, Vec<RecordSet>>,
}

impl Observed<'_> {
    fn unread_zone(&self, answer: Answer) -> Unobserved {
        Unobserved::of(answer, "the record sets of the zone", Code::HostedZoneNotFound)
    }

    /// Only a certificate in force that covers a name lets its holders be asked for (DSC-1, DSC-4).
    fn may_ask_about(&self, alias: &Alias) -> bool {
        self.target.certificate.as_ref().is_some_and(|certificate| certificate.is_in_force(self.now) && certificate.covers(alias))
    }

    /// Looks at each wildcard that a bridge could use: where the target's certificate rules it out, nobody needs to.
    async fn wildcards(&mut self) -> Result<BTreeMap<Alias, WildcardFacts>, Unobserved> {
        let candidates: Vec<Alias> = self.request.bridge_wildcards().into_iter().filter(|wildcard| self.may_ask_about(wildcard)).collect();
        let mut wildcards = BTreeMap::new();
        for wildcard in candidates {
            let mut facts = self.names_below(&wildcard).await?;
            facts.holders = self.holders(&wildcard).await?;
            wildcards.insert(wildcard, facts);
        }
        Ok(wildcards)
    }

    /// The page that begins at the wildcard: its own sets, most of the names below it, and often the aliases' sets.
    async fn names_below(&mut self, wildcard: &Alias) -> Result<WildcardFacts, Unobserved> {
        let zone = self.accounts.zone().map_err(Unobserved::Failed)?;
        let page = record_sets::page_from(self.accounts, zone, wildcard.as_str(), WILDCARD_PAGE)
            .await
            .map_err(|answer| self.unread_zone(answer))?;
        let mut facts = WildcardFacts::default();
        self.pages.extend(page.names.clone());
        for (name, sets) in page.names {
            let Ok(name) = Alias::parse(&name) else { continue };
            let sets = record_sets::routing(sets);
            if name == *wildcard {
                facts.record_sets = sets;
            } else if self.request.aliases.contains(&name) {
                self.record_sets.insert(name, sets);
            } else if wildcard.catches(&name) && sets.iter().any(leads_to_cloudfront) {
                facts.also_catches.push(name.to_string());
            }
        }
        Ok(facts)
    }

    async fn missing_record_sets(&mut self) -> Result<(), Unobserved> {
        for alias in &self.request.aliases {
            if !self.record_sets.contains_key(alias) {
                let sets = record_sets::read(self.accounts, self.accounts.zone().map_err(Unobserved::Failed)?, alias)
                    .await
                    .map_err(|answer| self.unread_zone(answer))?;
                self.record_sets.insert(alias.clone(), sets);
            }
        }
        Ok(())
    }

    /// What stands where the aliases' TXT proofs go, where AWS's own move comes into question at all.
    async fn proofs(&self, zone: &HostedZoneFacts) -> Result<BTreeMap<Alias, ProofFacts>, Unobserved> {
        let mut proofs = BTreeMap::new();
        if self.source.account != self.target.account && self.source.enabled {
            return Ok(proofs);
        }
        for alias in self.request.aliases.iter().filter(|alias| self.source.lists(alias)) {
            let Some(name) = proof_name(alias, &zone.name) else { continue };
            let sets = match self.pages.get(&name) {
                Some(sets) => sets.clone(),
                None => {
                    let read = record_sets::read_all(self.accounts, self.accounts.zone().map_err(Unobserved::Failed)?, &name).await;
                    read.map_err(|answer| self.unread_zone(answer))?
                }
            };
            proofs.insert(alias.clone(), ProofFacts { name, sets });
        }
        Ok(proofs)
    }

    /// Who holds the aliases that neither distribution lists.
    async fn holders_of_strays(&self) -> Result<BTreeMap<Alias, Vec<Holder>>, Unobserved> {
        let mut holders = BTreeMap::new();
        let stray = |alias: &&Alias| !self.source.lists(alias) && !self.target.lists(alias) && self.may_ask_about(alias);
        for alias in self.request.aliases.iter().filter(stray) {
            holders.insert(alias.clone(), self.holders(alias).await?);
        }
        Ok(holders)
    }

    /// Who lists exactly `alias`, as far as the conflict call shows it (DSC-1 to DSC-3).
    async fn holders(&self, alias: &Alias) -> Result<Vec<Holder>, Unobserved> {
        let refused = |answer| Unobserved::of(answer, &format!("the holders of {alias}"), Code::DistributionNotFound);
        holders::holders(self.accounts, &self.request.target, alias).await.map_err(refused)
    }
}

fn leads_to_cloudfront(set: &RecordSet) -> bool {
    let alias_target = set.alias_target.as_ref().map(|target| target.domain_name.as_str());
    alias_target
        .into_iter()
        .chain(set.values.iter().map(String::as_str))
        .any(|name| name.trim_end_matches('.').ends_with(".cloudfront.net"))
}
