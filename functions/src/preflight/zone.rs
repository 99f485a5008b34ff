//! The hosted zone: found by what public DNS asks where it is not named, read, and compared with what public DNS asks. Must
//! not know what follows from it.

use super::names::Names;
use super::{Eyes, Unobserved};
use crate::accounts::Accounts;
use crate::answer::{Answer, Failure, Meaning};
use crate::distribution::unreachable;
use crate::record_sets::normal_name;
use crate::viewer::Viewer;
use aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneOutput;
use cutover::discovery::{Candidate, Delegation, choose_zone, one_zone};
use cutover::error_name::ErrorName;
use cutover::facts::HostedZoneFacts;
use cutover::finding::Code;
use cutover::ids::{AccountId, HostedZoneId, ZonePlace};
use cutover::name::Alias;
use cutover::request::{Dns, Request};
use std::collections::BTreeMap;

/// Zones in a page (R53-13).
const PAGE: i32 = 100;
/// Pages that are read of each account: a thousand zones at and below one registrable domain.
const PAGES_MAX: usize = 10;
/// Zones of one name whose name servers are compared. More twins than these nobody keeps.
const TWINS_MAX: usize = 8;
/// Asking public DNS for each alias, and reading the lists of zones, stops after this time.
const SEARCH_SECONDS_MAX: i64 = 30;

/// A hosted zone, and its name servers as it tells them.
pub(super) struct ZoneSeen {
    pub(super) facts: HostedZoneFacts,
    servers: Vec<String>,
}

impl ZoneSeen {
    /// A zone of public DNS that somebody else keeps.
    pub(super) fn external(zone: &Delegation) -> Self {
        let facts = HostedZoneFacts { name: zone.name.clone(), external: true, ..HostedZoneFacts::default() };
        Self { facts, servers: zone.servers.clone() }
    }

    /// With what public DNS asks instead, if so, and what the zone itself says. Name servers that answer by names of their
    /// own stand in the zone's NS record set.
    pub(super) fn compared(self, asked: Option<Delegation>, names: &Names) -> HostedZoneFacts {
        let servers = [self.servers.as_slice(), names.apex_servers.as_slice()].concat();
        let other = asked.filter(|asked| !asked.is(&self.facts.name, &servers));
        HostedZoneFacts { asked_instead: other.map(|asked| asked.describe()), caa: names.caa.clone(), ..self.facts }
    }
}

/// The zone of public DNS that holds `alias`; `None` where that cannot be found out.
pub(super) async fn delegation(viewer: &dyn Viewer, alias: Option<&Alias>) -> Option<Delegation> {
    let alias = alias?;
    // No zone begins at a star.
    let name = if alias.is_wildcard() { alias.parent() } else { alias.as_str() };
    let zone = viewer.zone_of(name).await.ok()?;
    Some(Delegation { name: zone.name, servers: zone.servers })
}

/// Asks public DNS which zone holds the aliases, and completes `request.dns` by it unless somebody else edits DNS.
pub(super) async fn find<'a>(eyes: Eyes<'a>, request: &mut Request, accounts: &mut Accounts<'a>) -> Result<Option<Delegation>, Unobserved> {
    let began = eyes.clock.now();
    let in_time = || eyes.clock.now().as_second() - began.as_second() <= SEARCH_SECONDS_MAX;
    let mut asked = BTreeMap::new();
    for alias in request.aliases.iter().take_while(|_| in_time()) {
        if let Some(zone) = delegation(eyes.viewer, Some(alias)).await {
            asked.insert(alias.clone(), zone);
        }
    }
    let one = one_zone(request, &asked)?;
    if request.dns_is_external() {
        return match one {
            Some(zone) => Ok(Some(zone)),
            None => Err(Unobserved::refused(
                Code::ObservationFailed,
                "no name server could be found for the aliases: what DNS holds now is not known, and the way back needs it (SW-11)",
                "check that the names exist in public DNS and that the preflight function can ask name servers, and ask again",
            )),
        };
    }
    let search = Lists { eyes, accounts: eyes.accounts(request)?.searching(), asked: one.as_ref() };
    let (candidates, unread) = search.read(request, in_time).await?;
    request.dns = Some(Dns::Zone(choose_zone(request, one.as_ref(), &candidates).map_err(|mut refusal| {
        if let Some((account, why)) = unread.first() {
            refusal.message.push_str(&format!("; the zones of {account} could not be read: {why}"));
        }
        refusal
    })?));
    *accounts = eyes.accounts(request)?;
    Ok(one)
}

/// Reads the lists of hosted zones.
struct Lists<'a> {
    eyes: Eyes<'a>,
    accounts: Accounts<'a>,
    asked: Option<&'a Delegation>,
}

impl Lists<'_> {
    /// The zones of the source's, the target's and every member account that could hold the first alias, up to the one that
    /// is asked; and the accounts that could not be read.
    async fn read(&self, request: &Request, in_time: impl Fn() -> bool) -> Result<(Vec<Candidate>, Vec<(AccountId, String)>), Unobserved> {
        let (mut candidates, mut unread): (Vec<Candidate>, Vec<(AccountId, String)>) = (vec![], vec![]);
        let Some(alias) = request.aliases.first() else { return Ok((candidates, unread)) };
        let likely = request.source.iter().map(|place| &place.account).chain([&request.target.account]);
        let mut order: Vec<&AccountId> = Vec::new();
        for account in likely.chain(self.eyes.members) {
            if !order.contains(&account) {
                order.push(account);
            }
        }
        for account in order {
            if !in_time() {
                unread.push((account.clone(), format!("the search had to end after {SEARCH_SECONDS_MAX} s")));
                continue;
            }
            match self.zones(account, alias).await {
                Ok(zones) => candidates.extend(zones),
                Err(answer) if matches!(answer.meaning, Meaning::Throttled | Meaning::Unknown | Meaning::Expired) => {
                    return Err(Unobserved::Failed(answer.failure()));
                }
                Err(answer) => unread.push((account.clone(), answer.text)),
            }
            if candidates.iter().any(|zone| self.asked.is_some_and(|asked| asked.is(&zone.name, &zone.servers))) {
                break;
            }
        }
        Ok((candidates, unread))
    }

    /// The public zones of one account that could hold `alias`; where public DNS said which name it asks, those of that name
    /// with their name servers.
    async fn zones(&self, account: &AccountId, alias: &Alias) -> Result<Vec<Candidate>, Answer> {
        let client = self.accounts.route53(account).await.map_err(unreachable)?;
        let (mut found, mut from) = (Vec::new(), (alias.registrable().to_owned(), None));
        for _ in 0..PAGES_MAX {
            let answer = client
                .list_hosted_zones_by_name()
                .dns_name(from.0)
                .set_hosted_zone_id(from.1)
                .max_items(PAGE)
                .send()
                .await
                .map_err(|error| Answer::of("route53:ListHostedZonesByName", &error))?;
            for zone in answer.hosted_zones().iter().filter(|zone| !zone.config().is_some_and(|config| config.private_zone())) {
                let name = normal_name(zone.name());
                let Ok(id) = HostedZoneId::parse(zone.id().trim_start_matches("/hostedzone/")) else { continue };
                let holds = alias.as_str() == name || alias.as_str().ends_with(&format!(".{name}"));
                if !holds || self.asked.is_some_and(|asked| asked.name != name) || found.len() >= TWINS_MAX {
                    continue;
                }
                let servers = if self.asked.is_some() { self.servers(account, &id).await? } else { vec![] };
                found.push(Candidate { place: ZonePlace { account: account.clone(), hosted_zone: id }, name, servers });
            }
            match (answer.next_dns_name(), answer.next_hosted_zone_id()) {
                (Some(name), id) if answer.is_truncated() && is_at_or_below(name, alias.registrable()) => {
                    from = (name.to_owned(), id.map(str::to_owned));
                }
                _ => return Ok(found),
            }
        }
        Ok(found)
    }

    /// A zone's name servers; none where it may be listed and not read.
    async fn servers(&self, account: &AccountId, id: &HostedZoneId) -> Result<Vec<String>, Answer> {
        let client = self.accounts.route53(account).await.map_err(unreachable)?;
        match client.get_hosted_zone().id(id.as_str()).send().await.map_err(|error| Answer::of("route53:GetHostedZone", &error)) {
            Ok(answer) => Ok(delegation_set(&answer)),
            Err(answer) if matches!(answer.meaning, Meaning::Denied | Meaning::NotFound) => Ok(vec![]),
            Err(answer) => Err(answer),
        }
    }
}

fn is_at_or_below(name: &str, domain: &str) -> bool {
    let name = normal_name(name);
    name == domain || name.ends_with(&format!(".{domain}"))
}

fn delegation_set(answer: &GetHostedZoneOutput) -> Vec<String> {
    answer.delegation_set().map(|set| set.name_servers().to_vec()).unwrap_or_default()
}

/// The hosted zone that the request names.
pub(super) async fn observe(accounts: &Accounts<'_>) -> Result<ZoneSeen, Unobserved> {
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
    let facts = HostedZoneFacts { name: normal_name(seen.name()), private, ..HostedZoneFacts::default() };
    Ok(ZoneSeen { facts, servers: delegation_set(&answer) })
}
