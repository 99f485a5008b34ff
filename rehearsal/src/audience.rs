//! The functions' viewer, in a rehearsal: one request at one location of the simulated edge. Must not know
//! what is being verified.

use crate::clock::VirtualClock;
use crate::invocation::Invocation;
use crate::plug::SharedWorld;
use crate::world::distribution::Distribution;
use crate::world::dns::Leads;
use crate::world::edge::Answer;
use crate::world::public_dns::Answered;
use crate::world::{Millis, World};
use async_trait::async_trait;
use functions::{NotResolved, NotServed, Page, PageRequest, PublicRecord, PublicZone, ServerRecords, ServerTxt, Viewer};
use std::sync::atomic::{AtomicU64, Ordering};

/// A viewer who is somewhere else each time.
#[derive(Debug)]
pub struct Audience {
    world: SharedWorld,
    clock: VirtualClock,
    asked: AtomicU64,
}

impl Audience {
    /// A viewer of `world`.
    pub fn new(world: SharedWorld, clock: VirtualClock) -> Self {
        Self { world, clock, asked: AtomicU64::new(0) }
    }

    /// Counts `asked` viewers as having asked: where the next one is follows from how many there were.
    pub(crate) fn pass(&self, asked: u64) {
        self.asked.fetch_add(asked, Ordering::Relaxed);
    }

    /// Asks name servers: a moment later, of the world as it is then.
    async fn look<T>(&self, ask: impl FnOnce(&World, Millis) -> T) -> T {
        self.clock.sleep(40).await;
        let now = self.clock.now();
        let mut world = self.world.lock();
        world.advance(now);
        ask(&world, now)
    }
}

fn no_zone(name: &str) -> NotResolved {
    NotResolved(format!("no zone was found that holds {name}"))
}

/// What every server said; a zone without servers is none.
fn known<T, A>(servers: Vec<(String, A)>, name: &str, read: impl Fn((String, A)) -> T) -> Result<Vec<T>, NotResolved> {
    if servers.is_empty() { Err(no_zone(name)) } else { Ok(servers.into_iter().map(read).collect()) }
}

#[async_trait]
impl Viewer for Audience {
    async fn txt(&self, name: &str) -> Result<Vec<ServerTxt>, NotResolved> {
        let servers = self.look(|world, now| world.txt_by_server(name, now)).await;
        known(servers, name, |(server, values)| ServerTxt { server, values })
    }

    async fn zone_of(&self, name: &str) -> Result<PublicZone, NotResolved> {
        let found = self.look(|world, _| world.public_zone(name)).await;
        found.map(|(name, servers)| PublicZone { name, servers }).ok_or_else(|| no_zone(name))
    }

    async fn records(&self, name: &str) -> Result<Vec<ServerRecords>, NotResolved> {
        let servers = self.look(|world, now| world.records_by_server(name, now)).await;
        let public = |answered: Answered| PublicRecord { kind: answered.kind.to_owned(), ttl: answered.ttl, values: answered.values };
        known(servers, name, |(server, records)| ServerRecords { server, records: records.into_iter().map(public).collect() })
    }

    async fn get(&self, request: &PageRequest) -> Result<Page, NotServed> {
        self.clock.sleep(60).await;
        if let Some(invocation) = Invocation::present() {
            invocation.record_viewer();
        }
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let now = self.clock.now();
        let mut world = self.world.lock();
        world.advance(now);
        let locations = i64::try_from(world.input.edge.locations).unwrap_or(1);
        let location = usize::try_from(world.draw(&format!("viewer/{asked}"), 0..locations)).unwrap_or(0);
        let connects_to = request.connect_to.as_deref().unwrap_or(&request.host);
        match world.leads(connects_to, 1.0, location, now) {
            Leads::ToCloudFront(_) => {}
            Leads::Elsewhere => return Err(NotServed::NoTls("the name leads elsewhere".to_owned())),
            Leads::Nowhere => return Err(NotServed::NoAddress(format!("{connects_to} has no address"))),
        }
        let blocked = world.blocked_since(&request.host, now).is_some();
        if let Some(own) = world.distributions.values().find(|distribution| distribution.domain_name == request.host) {
            return own_page(own);
        }
        let (distribution, certificate) = match world.answer_at(&request.host, location, now) {
            Answer::Served { distribution, certificate } => (distribution, certificate),
            Answer::Nobody(why) => return Err(NotServed::NoTls(why.to_owned())),
        };
        let serial = certificate.and_then(|arn| world.certificates.get(&arn)).map(|certificate| certificate.serial.clone());
        let distribution = world.distributions.get(&distribution).ok_or_else(|| NotServed::NoTls("it is gone".to_owned()))?;
        let page = page(distribution, serial.unwrap_or_default());
        Ok(if blocked { Page { status: 403, ..page } } else { page })
    }
}

fn page(distribution: &Distribution, certificate_serial: String) -> Page {
    let headers = distribution.origin_headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    Page { status: distribution.origin_status, headers: headers.collect(), certificate_serial }
}

/// Under its own domain name a distribution answers with CloudFront's certificate.
fn own_page(distribution: &Distribution) -> Result<Page, NotServed> {
    if distribution.newest().is_some_and(|version| version.enabled) {
        return Ok(page(distribution, "c10d".to_owned()));
    }
    Err(NotServed::NoTls("the distribution is disabled".to_owned()))
}
