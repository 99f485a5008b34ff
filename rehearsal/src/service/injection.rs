//! What a fault does to the call that it is addressed to: an answer of AWS's that is out of the ordinary, an effect that
//! comes late or takes long, a service that is down for a while. Must not know why a fault was placed.

use super::cloudfront_update::{NO_CERTIFICATE, TAKEN, TOO_MANY};
use super::{Operation, admit, denied, of_callers, stale, throttled};
use crate::fault::FaultKind;
use crate::wire::{Reply, Request};
use crate::world::journal::Writer;
use crate::world::{Millis, World};

/// How long an effect is under way whose sender's connection was cut (F4).
pub const LATE_MILLIS: Millis = 180_000;
/// How long an operation that is down answers nobody.
const DOWN_MILLIS: Millis = 600_000;
/// How long a version or a change that is stuck takes (F19, F21).
const STUCK_MILLIS: Millis = 5 * 3_600_000;
/// Longer than anybody waits (F20): ten years.
const NEVER_MILLIS: Millis = 10 * 365 * 86_400_000;
/// How old the read is that shows what was (F5), seconds.
pub(crate) const OLD_SECONDS: u32 = 60;
/// How far a function's clock is off (F37).
pub(crate) const SKEW_MILLIS: Millis = 300_000;

/// What faults have left behind.
#[derive(Debug, Default)]
pub struct Injected {
    late: Vec<(Millis, Request, Option<Writer>)>,
    standing: Vec<Standing>,
    /// How far the clocks of the functions are ahead.
    pub skew_millis: Millis,
}

impl Injected {
    /// When the last effect lands that is still under way.
    pub fn last_landing(&self) -> Option<Millis> {
        self.late.iter().map(|(at, ..)| *at).max()
    }
}

/// An answer that an operation gives from some moment on.
#[derive(Debug)]
struct Standing {
    operation: String,
    account: Option<String>,
    until: Millis,
    kind: FaultKind,
}

/// Lets everybody act, and every late effect land, whose time has come.
pub fn settle(world: &mut World, now: Millis) {
    // Each turn takes one out.
    loop {
        let due = world.injected.late.iter().enumerate().filter(|(_, (at, ..))| *at <= now).min_by_key(|(place, (at, ..))| (*at, *place));
        let Some(place) = due.map(|(place, _)| place) else { break };
        let (at, request, writer) = world.injected.late.remove(place);
        world.advance(at);
        let Some(operation) = super::identify(&request) else { continue };
        let present = std::mem::replace(&mut world.writer, writer);
        let reply = admit(world, &request, operation, at);
        world.writer = present;
        world.tell(at, "landed late", format!("{}: HTTP {}", operation.full_name(), reply.status));
    }
    world.advance(now);
}

/// The answer to a call, and its effect.
pub(super) fn answer(world: &mut World, request: &Request, operation: &Operation, fault: Option<FaultKind>, now: Millis) -> Reply {
    let account = request.signer().and_then(|(key, _)| world.session(key)).map(|session| session.account);
    let stands = |standing: &Standing| {
        standing.operation == operation.full_name() && now < standing.until && (standing.account.is_none() || standing.account == account)
    };
    let standing = world.injected.standing.iter().find(|standing| stands(standing)).map(|standing| standing.kind);
    let Some(kind) = fault.or(standing) else { return admit(world, request, operation, now) };
    if fault.is_some() {
        stand(world, operation, kind, account, now);
    }
    match kind {
        FaultKind::LostAnswer => {
            admit(world, request, operation, now);
            Reply::broken(500)
        }
        FaultKind::Late => {
            let writer = world.writer.clone();
            world.injected.late.push((now + LATE_MILLIS, request.clone(), writer));
            Reply::cut()
        }
        FaultKind::OldRead => {
            let rule = std::mem::replace(&mut world.rules.read_staleness_s, OLD_SECONDS);
            let reply = admit(world, request, operation, now);
            world.rules.read_staleness_s = rule;
            reply
        }
        FaultKind::StuckInProgress | FaultKind::NeverUpdated => {
            let later = if kind == FaultKind::NeverUpdated { NEVER_MILLIS } else { STUCK_MILLIS };
            let before: Vec<(String, usize)> = versions(world);
            let reply = admit(world, request, operation, now);
            for (id, versions) in before {
                let newest = world.distributions.get_mut(&id).filter(|held| held.versions.len() > versions);
                let last = newest.and_then(|held| held.versions.last_mut()).and_then(|version| version.arrivals.last_mut());
                if let Some(arrival) = last {
                    *arrival += later;
                }
            }
            reply
        }
        FaultKind::StuckPending => {
            let reply = admit(world, request, operation, now);
            pend(world, &operation.id, now);
            reply
        }
        kind => refusal(operation, kind).unwrap_or_else(|| admit(world, request, operation, now)),
    }
}

fn versions(world: &World) -> Vec<(String, usize)> {
    world.distributions.iter().map(|(id, held)| (id.clone(), held.versions.len())).collect()
}

/// Keeps what was submitted at `now` from Route 53's servers.
fn pend(world: &mut World, zone: &str, now: Millis) {
    let Some(zone) = world.zones.get_mut(zone) else { return };
    for (_, in_sync) in zone.changes.values_mut().filter(|(submitted, _)| *submitted == now) {
        *in_sync += STUCK_MILLIS;
    }
    for state in zone.names.values_mut().filter_map(|states| states.last_mut()).filter(|state| state.accepted == now) {
        state.in_sync += STUCK_MILLIS;
    }
}

/// What a fault leaves behind at its call.
fn stand(world: &mut World, operation: &Operation, kind: FaultKind, account: Option<String>, now: Millis) {
    let (until, account) = match kind {
        FaultKind::Down => (now + DOWN_MILLIS, None),
        FaultKind::DeniedForGood => (Millis::MAX, account),
        FaultKind::TakenForGood => (Millis::MAX, account),
        FaultKind::ClockAhead => return world.injected.skew_millis = SKEW_MILLIS,
        FaultKind::ClockBehind => return world.injected.skew_millis = -SKEW_MILLIS,
        _ => return,
    };
    world.injected.standing.push(Standing { operation: operation.full_name(), account, until, kind });
}

/// The answer of a call that has no effect.
fn refusal(operation: &Operation, kind: FaultKind) -> Option<Reply> {
    let service = operation.service;
    Some(match kind {
        FaultKind::Throttled => throttled(operation),
        FaultKind::Unavailable | FaultKind::Down => Reply::broken(503),
        FaultKind::Stale => stale(operation),
        FaultKind::Denied | FaultKind::DeniedForGood => denied(operation, &operation.full_name(), "the caller"),
        FaultKind::Expired => {
            let (status, code) = of_callers(operation, "ExpiredToken");
            Reply::error(service, status, code, "The security token included in the request is expired")
        }
        FaultKind::Taken | FaultKind::TakenForGood => Reply::error(service, 409, "CNAMEAlreadyExists", TAKEN),
        FaultKind::IllegalUpdate => Reply::error(service, 400, "IllegalUpdate", "The domain cannot be associated right now."),
        FaultKind::CertificateUnseen => Reply::error(service, 400, "InvalidViewerCertificate", NO_CERTIFICATE),
        FaultKind::QuotaFull => Reply::error(service, 400, "TooManyDistributionCNAMEs", TOO_MANY),
        FaultKind::Busy => {
            let message = "The request was rejected because Route 53 was still processing a prior request.";
            Reply::error(service, 400, "PriorRequestNotComplete", message)
        }
        _ => return None,
    })
}
