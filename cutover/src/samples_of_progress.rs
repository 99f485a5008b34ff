//! Samples that the tests of several modules start from: the names, distributions and hosted zone of README.md's cutover, and
//! documents of it at any place. They are built by the code that builds them in earnest, and claim nothing themselves.

use crate::document::{Cutover, Endpoint, Endpoints, Execution, NameSnapshot};
use crate::facts::{DistributionFacts, Facts, HostedZoneFacts};
use crate::finding::{Code, Refusal};
use crate::ids::{AccountId, DistributionId, HostedZoneId, Place, ZonePlace};
use crate::name::Alias;
use crate::order::{Moves, Plan};
use crate::plan::{Edit, PlannedEdit, Settle};
use crate::progress::{Direction, Done, Look, Progress, Stage};
use crate::record_set::RecordKinds;
use crate::registry::Token;
use crate::request::{Dns, Request};
pub(crate) use crate::samples_of_names::{alias, aliases, cname};
use crate::step::Step;
use crate::strategy::Strategy;
use crate::verdict::Verdict;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Where the source's viewers are sent.
pub(crate) const SOURCE_NAME: &str = "xyz.cloudfront.net";
/// Where the target's are.
pub(crate) const TARGET_NAME: &str = "qrs.cloudfront.net";

/// `a0.foo.com`, `a1.foo.com` …
pub(crate) fn numbered(count: usize) -> Vec<Alias> {
    (0..count).map(|number| alias(&format!("a{number}.foo.com"))).collect()
}

/// So many seconds after the execution began.
pub(crate) fn at(seconds: i64) -> Timestamp {
    "2026-12-01T02:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

pub(crate) fn place(account: &str, distribution: &str) -> Place {
    Place { account: AccountId::parse(account).unwrap(), distribution: DistributionId::parse(distribution).unwrap() }
}

pub(crate) fn source() -> Place {
    place("000000000001", "E1LEGACYXYZ")
}

pub(crate) fn target() -> Place {
    place("000000000002", "E2NEWQRS")
}

pub(crate) fn zone() -> ZonePlace {
    ZonePlace { account: AccountId::parse("000000000001").unwrap(), hosted_zone: HostedZoneId::parse("Z1FOO").unwrap() }
}

pub(crate) fn execution() -> Execution {
    Execution { id: "arn:aws:states:us-east-1:000000000009:execution:cutover:first".to_owned(), started_at: at(0) }
}

/// A request that asks for everything to be carried out.
pub(crate) fn request(names: &[Alias]) -> Request {
    Request {
        aliases: names.to_vec(),
        source: Some(source()),
        target: target(),
        dns: Some(Dns::Zone(zone())),
        strategy: None,
        accept_outage: false,
        execute: true,
        soak_seconds: 900,
        verify: None,
        accept: BTreeSet::new(),
        allow_differences: BTreeSet::new(),
        records: RecordKinds::AsTheyAre,
        plan_hash: None,
    }
}

/// `a.foo.com` on an enabled source in one account, on its way to a target in another.
pub(crate) fn facts() -> Facts {
    let side = |place: &Place, domain_name: &str, aliases: &[&str]| DistributionFacts {
        account: place.account.to_string(),
        id: place.distribution.to_string(),
        domain_name: domain_name.to_owned(),
        status: "Deployed".to_owned(),
        enabled: true,
        ipv6: true,
        aliases: aliases.iter().map(|&name| name.to_owned()).collect(),
        ..DistributionFacts::default()
    };
    Facts {
        now: at(1),
        source: side(&source(), SOURCE_NAME, &["a.foo.com"]),
        target: side(&target(), TARGET_NAME, &[]),
        hosted_zone: HostedZoneFacts { name: "foo.com".to_owned(), ..HostedZoneFacts::default() },
        record_sets: BTreeMap::from([(alias("a.foo.com"), vec![cname(SOURCE_NAME, 300)])]),
        beside: [].into(),
        wildcards: BTreeMap::new(),
        proofs: BTreeMap::new(),
        holders: BTreeMap::new(),
        roles_unusable: vec![],
        glance: None,
    }
}

/// What the order of edits depends on, owned.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) names: Vec<Alias>,
    pub(crate) record_sets: Vec<Alias>,
    pub(crate) wildcards: Vec<Alias>,
    pub(crate) caught: bool,
    pub(crate) names_first: Vec<Alias>,
    pub(crate) served_meanwhile: Option<&'static str>,
    pub(crate) moves_back: bool,
    pub(crate) proof_ttl_seconds: Option<u32>,
    pub(crate) source: Option<Place>,
    pub(crate) target: Place,
    pub(crate) zone: Option<ZonePlace>,
    pub(crate) ttl_seconds: u32,
    pub(crate) lowers_ttl: bool,
    pub(crate) soak_seconds: u32,
}

impl Setting {
    /// Two accounts, a zone of ours with a TTL of 300 s, and no wildcard.
    pub(crate) fn of(names: &[&str]) -> Setting {
        Setting {
            names: aliases(names),
            record_sets: aliases(names),
            wildcards: vec![],
            caught: false,
            names_first: vec![],
            served_meanwhile: None,
            moves_back: false,
            proof_ttl_seconds: None,
            source: Some(source()),
            target: target(),
            zone: Some(zone()),
            ttl_seconds: 300,
            lowers_ttl: false,
            soak_seconds: 900,
        }
    }

    /// The same with `*.foo.com` on the target for a while.
    pub(crate) fn with_wildcard(self) -> Setting {
        Setting { wildcards: aliases(&["*.foo.com"]), caught: true, ..self }
    }

    /// The same within one account, from a source that is enabled: AWS's own call can take the names back.
    pub(crate) fn within_one_account(self) -> Setting {
        Setting { moves_back: true, source: Some(place("000000000002", "E1LEGACYXYZ")), ..self }
    }

    /// The same where somebody else edits DNS.
    pub(crate) fn with_dns_of_others(self) -> Setting {
        Setting { zone: None, ..self }
    }

    pub(crate) fn plan(&self, strategy: Option<Strategy>) -> Plan {
        let moves = Moves {
            aliases: &self.names,
            record_sets: &self.record_sets,
            wildcards: &self.wildcards,
            caught: self.caught,
            names_first: &self.names_first,
            served_meanwhile: self.served_meanwhile,
            moves_back: self.moves_back,
            proof_ttl_seconds: self.proof_ttl_seconds,
            source: self.source.as_ref(),
            target: &self.target,
            zone: self.zone.as_ref(),
            ttl_seconds: self.ttl_seconds,
            lowers_ttl: self.lowers_ttl,
            soak_seconds: self.soak_seconds,
        };
        Plan::new(strategy, &moves)
    }

    /// The document of that plan under a confirmed claim, its first edit next.
    pub(crate) fn document(&self, strategy: Option<Strategy>) -> Cutover {
        let dns = self.zone.clone().map_or(Dns::External(crate::request::External::External), Dns::Zone);
        let request = Request { source: self.source.clone(), target: self.target.clone(), dns: Some(dns), ..request(&self.names) };
        let plan = self.plan(strategy);
        let mut document = blank(request);
        document.strategy = strategy;
        document.snapshot =
            self.record_sets.iter().map(|name| NameSnapshot { name: name.clone(), sets: vec![cname(SOURCE_NAME, 300)] }).collect();
        document.plan = plan.edits;
        document.way_back = plan.way_back;
        document.point_of_no_return = plan.point_of_no_return;
        document.prediction = Some(plan.prediction);
        document.claim = Some(token());
        document.point_next();
        document
    }
}

/// A claim under which the plan was made again.
pub(crate) fn token() -> Token {
    Token { id: "first".to_owned(), fence: 1, handed_on: 0, weighed: 0, confirmed: true, until: None }
}

/// A document of the request without a plan.
pub(crate) fn blank(request: Request) -> Cutover {
    let mut document = Cutover::refused(execution(), Some(request), Refusal::new(Code::ObservationFailed, "", ""));
    document.refusals.clear();
    let endpoint = |name: &str| Endpoint { domain_name: name.to_owned(), ipv6: true, certificate_serial: None };
    document.endpoints = Some(Endpoints { source: endpoint(SOURCE_NAME), target: endpoint(TARGET_NAME) });
    document
}

/// The bridge of `a.foo.com`: wildcard to the target, record set, off the source, on the target, wildcard off.
pub(crate) fn bridge() -> Cutover {
    Setting::of(&["a.foo.com"]).with_wildcard().document(Some(Strategy::WildcardBridge))
}

/// Its swap: record set, then off and on in one call.
pub(crate) fn swap() -> Cutover {
    Setting::of(&["a.foo.com"]).document(Some(Strategy::Swap))
}

/// Its move by AWS within one account, without a wildcard: proof, move, record set, proof removed.
pub(crate) fn moved(names: &[&str]) -> Cutover {
    Setting::of(names).within_one_account().document(Some(Strategy::MoveDomain))
}

/// The case for AWS Support: proof, the move by others, record set, proof removed.
pub(crate) fn support() -> Cutover {
    Setting { source: None, ..Setting::of(&["a.foo.com"]) }.document(Some(Strategy::SupportCase))
}

/// A document that goes forward at edit `position`, that edit begun where it is not to be carried out still.
pub(crate) fn at_stage(mut document: Cutover, position: usize, stage: Stage) -> Cutover {
    let begun = position + usize::from(stage != Stage::Act);
    let waits_for = match stage {
        Stage::Settle { index } => document.plan[position].settle.get(index).cloned(),
        Stage::Act | Stage::Prove => None,
    };
    let since = waits_for.as_ref().map(|_| at(0));
    document.progress = Progress { at: position, stage, begun, waits_for, since, ..Progress::default() };
    document.point_next();
    document
}

/// On the way back of everything up to `begun`.
pub(crate) fn on_the_way_back(mut document: Cutover, begun: usize) -> Cutover {
    document.progress = Progress { direction: Direction::Back, begun, turned_because: Some("enough".to_owned()), ..Progress::default() };
    document.point_next();
    document
}

pub(crate) const WAITS: Stage = Stage::Settle { index: 0 };

pub(crate) fn done() -> Done {
    Done { wrote: true, change_id: Some("C1".to_owned()), detail: "done".to_owned() }
}

/// Carries the present edit through its settles and its proof.
pub(crate) fn finish_edit(document: &mut Cutover, now: Timestamp) {
    document.acted(now, done());
    // No edit has more settles; a look that moves nothing is for a claim to notice.
    for _ in 0..9 {
        if document.next == Step::CheckSettled {
            document.looked(now, Look::Settled);
        }
    }
    if document.next == Step::Verify {
        document.verified(now, Verdict::Passed("served by the target".to_owned()));
    }
}

/// Each edit as `what it does | what it waits for | what is proved`.
pub(crate) fn told(plan: &Plan) -> Vec<String> {
    let settles = |planned: &PlannedEdit| planned.settle.iter().map(Settle::describe).collect::<Vec<_>>().join(", ");
    let proof = |planned: &PlannedEdit| planned.proof.map_or("-".to_owned(), |proof| format!("{proof:?}"));
    plan.edits.iter().map(|planned| format!("{} | {} | {}", planned.edit.describe(), settles(planned), proof(planned))).collect()
}

/// The way back as `what it does | what it waits for`, in its order.
pub(crate) fn told_back(plan: &Plan) -> Vec<String> {
    let tell = |position: &usize| {
        let planned = &plan.edits[*position];
        let settles: Vec<String> = planned.settle_back().iter().map(Settle::describe).collect();
        format!("{} | {}", planned.inverse.describe(), settles.join(", "))
    };
    plan.way_back.iter().map(tell).collect()
}

/// An edit with nothing around it.
pub(crate) fn planned(edit: Edit) -> PlannedEdit {
    PlannedEdit {
        label: edit.describe(),
        inverse: edit.inverse(),
        edit,
        settle: vec![],
        inverse_settle: None,
        inverse_once: None,
        proof: None,
        before: String::new(),
        after: String::new(),
    }
}

/// What the story says last.
pub(crate) fn last_event(document: &Cutover) -> (&str, &str) {
    document.timeline.last().map_or(("", ""), |event| (event.what.as_str(), event.detail.as_str()))
}
