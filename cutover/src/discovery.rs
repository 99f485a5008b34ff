//! Which distribution is the source, and which hosted zone holds the record sets, where the request does not say: decided
//! from what a search has seen. Must not know how it was searched.

use crate::bounds::cut;
use crate::facts::Holder;
use crate::finding::{Code, Refusal};
use crate::ids::{AccountId, Place, ZonePlace};
use crate::name::Alias;
use crate::plan::names;
use crate::request::{Dns, External, Request};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a search for the source has seen.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Aliases that the target lists already: these need no source.
    pub on_target: BTreeSet<Alias>,
    /// The distribution or tenant of ours that lists an alias.
    pub ours: BTreeMap<Alias, Place>,
    /// Who holds an alias that none of ours lists, as CloudFront shows it (DSC-1).
    pub held: BTreeMap<Alias, Vec<Holder>>,
    /// Why CloudFront could not be asked who holds the rest, if so.
    pub unasked: Option<String>,
    /// Accounts whose distributions were read.
    pub searched: Vec<AccountId>,
    /// Accounts that could not be read, or not to the end, and why.
    pub unread: Vec<(AccountId, String)>,
    /// What a viewer of a name that nobody holds met, for a person.
    pub met: Option<String>,
}

/// Where the source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nowhere: every alias is on the target.
    NotNeeded,
    /// A distribution or tenant of ours.
    Ours(Place),
    /// Somewhere that cannot be looked at.
    Elsewhere(Elsewhere),
}

/// A holder that cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Half masked (DSC-3).
    pub account: String,
    /// Half masked.
    pub id: String,
    /// What it holds of the request.
    pub aliases: Vec<Alias>,
    /// Why it cannot be looked at.
    pub why: String,
    /// Whether the unmasked half is a member account's: then no service of AWS holds it.
    pub may_be_member: bool,
}

/// Where one alias is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Spot {
    Ours(Place),
    Masked { account: String, id: String },
    Nowhere,
}

impl Spot {
    fn describe(&self) -> String {
        match self {
            Spot::Ours(place) => format!("on {} of account {}", place.distribution, place.account),
            Spot::Masked { account, id } => format!("on {id} of account {account}"),
            Spot::Nowhere => "held by nobody that can be seen".to_owned(),
        }
    }
}

/// The one place where the aliases are.
///
/// # Errors
/// `sourceNotFound` where nobody holds one of them, `sourcesDiffer` where several do; with requests for the parts that are in
/// one place.
pub fn locate(request: &Request, search: &Search) -> Result<Found, Box<Refusal>> {
    let mut groups: Vec<(Spot, Vec<Alias>)> = Vec::new();
    for alias in request.aliases.iter().filter(|alias| !search.on_target.contains(*alias)) {
        let spot = spot(alias, request, search);
        match groups.iter_mut().find(|(known, _)| *known == spot) {
            Some((_, aliases)) => aliases.push(alias.clone()),
            None => groups.push((spot, vec![alias.clone()])),
        }
    }
    let lost = groups.iter().find(|(spot, _)| *spot == Spot::Nowhere).map(|(_, aliases)| aliases.clone());
    match (groups.as_slice(), lost) {
        ([], _) => Ok(Found::NotNeeded),
        (_, Some(lost)) => Err(Box::new(not_found(&lost, request, search).with_requests(split(&groups, request, search)))),
        ([(Spot::Ours(place), _)], None) => Ok(Found::Ours(place.clone())),
        ([(Spot::Masked { account, id }, aliases)], None) => Ok(Found::Elsewhere(elsewhere(account, id, aliases, search))),
        (several, None) => {
            let parts: Vec<String> = several.iter().map(|(spot, aliases)| format!("{} {}", names(aliases), spot.describe())).collect();
            let message = cut(&format!("the aliases are on {} distributions: {}", several.len(), parts.join("; ")));
            let remedy = "one cutover has one source: send the ready requests one after the other";
            Err(Box::new(Refusal::new(Code::SourcesDiffer, &message, remedy).with_requests(split(&groups, request, search))))
        }
    }
}

fn spot(alias: &Alias, request: &Request, search: &Search) -> Spot {
    if let Some(place) = search.ours.get(alias) {
        return Spot::Ours(place.clone());
    }
    let target = &request.target;
    let is_target = |holder: &&Holder| holder.may_be(target.distribution.as_str()) && holder.may_be_in(target.account.as_str());
    let holders = search.held.get(alias).map_or(&[][..], Vec::as_slice);
    match holders.iter().find(|holder| !is_target(holder)) {
        Some(holder) => Spot::Masked { account: holder.account.clone(), id: holder.resource.clone() },
        None => Spot::Nowhere,
    }
}

fn elsewhere(account: &str, id: &str, aliases: &[Alias], search: &Search) -> Elsewhere {
    let masked = Holder { alias: String::new(), resource: id.to_owned(), account: account.to_owned() };
    let unread = search.unread.iter().find(|(member, _)| masked.may_be_in(member.as_str()));
    let searched = search.searched.iter().find(|member| masked.may_be_in(member.as_str()));
    let why = match (unread, searched) {
        (Some((member, why)), _) => format!("it may be in member account {member}, which cannot be read: {why}"),
        (None, Some(member)) => format!("account {member} ends alike, and none of its distributions lists the alias"),
        (None, None) => "no member account ends in these digits".to_owned(),
    };
    let may_be_member = unread.is_some() || searched.is_some();
    Elsewhere { account: account.to_owned(), id: id.to_owned(), aliases: aliases.to_vec(), why: cut(&why), may_be_member }
}

/// Ready requests, one for each place that is known. What is on the target already goes with the first.
fn split(groups: &[(Spot, Vec<Alias>)], request: &Request, search: &Search) -> Vec<Value> {
    let known: Vec<&(Spot, Vec<Alias>)> = groups.iter().filter(|(spot, _)| *spot != Spot::Nowhere).collect();
    let part = |(at, (spot, aliases)): (usize, &&(Spot, Vec<Alias>))| {
        let source = if let Spot::Ours(place) = spot { Some(place.clone()) } else { None };
        let goes = |alias: &&Alias| aliases.contains(alias) || (at == 0 && search.on_target.contains(*alias));
        Request { aliases: request.aliases.iter().filter(goes).cloned().collect(), source, ..request.clone() }.to_value()
    };
    known.iter().enumerate().map(part).collect()
}

fn not_found(lost: &[Alias], request: &Request, search: &Search) -> Refusal {
    let mut seen =
        format!("nobody holds {}, as far as can be seen: the lists of {} do not show it", names(lost), accounts(&search.searched));
    match &search.unasked {
        Some(why) => seen.push_str(&format!(", and CloudFront cannot be asked: {why}")),
        None => seen.push_str(", and CloudFront shows no holder (DSC-6)"),
    }
    if let Some((account, why)) = search.unread.first() {
        let more = search.unread.len() - 1;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        seen.push_str(&format!("; {account}{more} could not be read: {why}"));
    }
    if let Some(met) = &search.met {
        seen.push_str(&format!("; a viewer of it met {met}"));
    }
    let target = &request.target.distribution;
    let remedy = match (&search.unasked, search.unread.is_empty()) {
        (Some(_), _) => {
            format!("give {target} a certificate in force that covers every alias, so that CloudFront can be asked, or name the `source`")
        }
        (None, false) => "make the roles of that account usable, or name the `source`".to_owned(),
        (None, true) => format!(
            "if nobody serves it, add it to {target} itself: nothing is left to move; if somebody does, name the `source`, or add its account to the member accounts"
        ),
    };
    Refusal::new(Code::SourceNotFound, &seen, &remedy)
}

/// Up to four ids, and how many more.
fn accounts(ids: &[AccountId]) -> String {
    const SHOWN_MAX: usize = 4;
    let shown: Vec<&str> = ids.iter().take(SHOWN_MAX).map(AccountId::as_str).collect();
    match (ids.len(), ids.len().saturating_sub(SHOWN_MAX)) {
        (0, _) => "no account".to_owned(),
        (_, 0) => format!("account {}", shown.join(", ")),
        (_, more) => format!("account {} and {more} more", shown.join(", ")),
    }
}

/// A zone of public DNS, as viewers are led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Lower case, no final dot.
    pub name: String,
    /// Its name servers.
    pub servers: Vec<String>,
}

impl Delegation {
    /// Whether a hosted zone with this name and these name servers is the one that is asked. One server in common is
    /// enough: two zones of Route 53 share none unless they share all.
    pub fn is(&self, name: &str, servers: &[String]) -> bool {
        let plain = |server: &str| server.trim_end_matches('.').to_ascii_lowercase();
        let asked: BTreeSet<String> = self.servers.iter().map(|server| plain(server)).collect();
        self.name == name && servers.iter().any(|server| asked.contains(&plain(server)))
    }

    /// Its name and name servers, for a person.
    pub fn describe(&self) -> String {
        cut(&format!("{} at {}", self.name, self.servers.join(", ")))
    }
}

/// A public hosted zone of ours that could hold the record sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it is.
    pub place: ZonePlace,
    /// Lower case, no final dot.
    pub name: String,
    /// Its name servers; empty where nobody looked.
    pub servers: Vec<String>,
}

/// The one zone of public DNS that holds every alias; `None` where it could not be found out.
///
/// # Errors
/// `hostedZonesDiffer` where they are in several, with a request for each.
pub fn one_zone(request: &Request, asked: &BTreeMap<Alias, Delegation>) -> Result<Option<Delegation>, Box<Refusal>> {
    let mut groups: Vec<(&Delegation, Vec<Alias>)> = Vec::new();
    for alias in &request.aliases {
        let Some(zone) = asked.get(alias) else { continue };
        match groups.iter_mut().find(|(known, _)| known.name == zone.name) {
            Some((_, aliases)) => aliases.push(alias.clone()),
            None => groups.push((zone, vec![alias.clone()])),
        }
    }
    if let [] | [_] = groups.as_slice() {
        return Ok(groups.first().map(|(zone, _)| (*zone).clone()));
    }
    let parts: Vec<String> = groups.iter().map(|(zone, aliases)| format!("{} in {}", names(aliases), zone.name)).collect();
    let message = cut(&format!("the aliases are in {} zones of public DNS: {}", groups.len(), parts.join("; ")));
    let requests = groups.into_iter().map(|(_, aliases)| Request { aliases, ..request.clone() }.to_value()).collect();
    let remedy = "one cutover changes one zone: send the ready requests one after the other";
    Err(Box::new(Refusal::new(Code::HostedZonesDiffer, &message, remedy).with_requests(requests)))
}

/// Which of our zones holds the record sets: the one that public DNS asks; where that could not be found out, the one with
/// the longest name (R53-13).
///
/// # Errors
/// `hostedZoneNotFound` where it is none of ours, or where several could be it.
pub fn choose_zone(request: &Request, asked: Option<&Delegation>, candidates: &[Candidate]) -> Result<ZonePlace, Box<Refusal>> {
    let holds = |zone: &&Candidate| request.aliases.iter().all(|alias| is_within(alias.as_str(), &zone.name));
    let ours: Vec<&Candidate> = candidates.iter().filter(holds).collect();
    let fitting: Vec<&Candidate> = match asked {
        Some(asked) => ours.iter().filter(|zone| asked.is(&zone.name, &zone.servers)).copied().collect(),
        None => {
            let longest = ours.iter().map(|zone| zone.name.len()).max();
            ours.iter().filter(|zone| Some(zone.name.len()) == longest).copied().collect()
        }
    };
    match fitting.as_slice() {
        [one] => Ok(one.place.clone()),
        [] => Err(Box::new(no_zone(request, asked, &ours))),
        several => Err(Box::new(twins(request, several))),
    }
}

fn is_within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

fn no_zone(request: &Request, asked: Option<&Delegation>, ours: &[&Candidate]) -> Refusal {
    let served = asked.map_or("and who serves it in public DNS could not be found out".to_owned(), |asked| {
        format!("public DNS asks {}", asked.describe())
    });
    let twin = ours.iter().find(|zone| asked.is_some_and(|asked| asked.name == zone.name));
    let message = match twin {
        Some(zone) => format!(
            "{served}, which is not {} of account {}: that zone has the name and is not delegated (R53-13)",
            zone.place.hosted_zone, zone.place.account
        ),
        None => format!("no public hosted zone of a member account holds {}; {served}", names(&request.aliases)),
    };
    let external = Request { dns: Some(Dns::External(External::External)), ..request.clone() }.to_value();
    let remedy = "name the zone as `dns` if it is yours under other name servers' names; if somebody else edits it, send the ready request with `\"dns\": \"external\"`";
    Refusal::new(Code::HostedZoneNotFound, &message, remedy).with_requests(vec![external])
}

fn twins(request: &Request, several: &[&Candidate]) -> Refusal {
    let parts: Vec<String> = several.iter().map(|zone| format!("{} of account {}", zone.place.hosted_zone, zone.place.account)).collect();
    let message =
        cut(&format!("{} hosted zones could be the one that holds {}: {}", several.len(), names(&request.aliases), parts.join("; ")));
    let requests = several.iter().map(|zone| Request { dns: Some(Dns::Zone(zone.place.clone())), ..request.clone() }.to_value()).collect();
    Refusal::new(Code::HostedZoneNotFound, &message, "find out which of them is delegated, and send its ready request")
        .with_requests(requests)
}

#[cfg(test)]
mod tests;
