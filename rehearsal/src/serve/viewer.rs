//! A request that is not signed, for a name that the world knows: a viewer's, at one location of the edge, over plain
//! HTTP. Must not know who asks, nor where DNS leads: the request has arrived.

use crate::wire::{Reply, Request};
use crate::world::distribution::Distribution;
use crate::world::edge::Answer;
use crate::world::names::normal;
use crate::world::{Millis, World};

/// Says at which location a viewer was answered; sent along, it chooses the location.
const LOCATION: &str = "x-cutover-location";
/// Says which distribution answered.
const DISTRIBUTION: &str = "x-cutover-distribution";
/// What the connection itself says, which no origin may.
const OF_THE_CONNECTION: [&str; 5] = ["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"];

/// The host and the edge's answer; `None` for a host that the world does not know.
pub(super) fn answer(world: &mut World, request: &Request, now: Millis) -> Option<(String, Reply)> {
    let host = normal(request.header("host")?.split(':').next()?);
    world.advance(now);
    let listed = |d: &Distribution| d.domain_name == host || d.newest().is_some_and(|version| version.aliases.contains(&host));
    let below = |zone: &str| host == zone || host.ends_with(&format!(".{zone}"));
    if !world.distributions.values().any(listed) && !world.zones.values().any(|zone| below(&zone.name)) {
        return None;
    }
    let locations = world.input.edge.locations.max(1);
    let chosen = request.header(LOCATION).and_then(|location| location.parse().ok()).filter(|location| *location < locations);
    let drawn = || world.draw(&format!("viewer/http/{now}"), 0..i64::try_from(locations).unwrap_or(1));
    let location = chosen.unwrap_or_else(|| usize::try_from(drawn()).unwrap_or(0));
    let reply = at_location(world, &host, location, now).unwrap_or_else(|why| nobody(&host, why));
    Some((host, reply.with_header(LOCATION, &location.to_string())))
}

fn at_location(world: &World, host: &str, location: usize, now: Millis) -> Result<Reply, &'static str> {
    if let Some(own) = world.distributions.values().find(|distribution| distribution.domain_name == host) {
        let enabled = own.newest().is_some_and(|version| version.enabled);
        return if enabled { Ok(page(own)) } else { Err("the distribution is disabled") };
    }
    if world.blocked_since(host, now).is_some() {
        return Err("its DNS led to CloudFront while no distribution listed it, for too long");
    }
    match world.answer_at(host, location, now) {
        Answer::Served { distribution, .. } => world.distributions.get(&distribution).map(page).ok_or("the distribution is gone"),
        Answer::Nobody(why) => Err(why),
    }
}

fn page(distribution: &Distribution) -> Reply {
    let of_the_origin = |name: &str| !OF_THE_CONNECTION.contains(&name.to_ascii_lowercase().as_str());
    let headers = distribution.origin_headers.iter().filter(|(name, _)| of_the_origin(name));
    let headers = headers.map(|(name, value)| (name.clone(), value.clone())).collect();
    let reply = Reply { status: distribution.origin_status, headers, body: format!("{}\n", distribution.id) };
    reply.with_header(DISTRIBUTION, &distribution.id)
}

/// What CloudFront says on port 80 where nobody serves the name (CF-16, CF-17). Over TLS the handshake would fail.
fn nobody(host: &str, why: &str) -> Reply {
    let headers = vec![("content-type".to_owned(), "text/plain".to_owned()), ("x-cache".to_owned(), "Error from cloudfront".to_owned())];
    Reply { status: 403, headers, body: format!("nobody serves {host}: {why}\n") }
}
