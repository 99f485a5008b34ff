//! What the name servers of a zone answer, each asked directly: no resolver between, and nothing kept, so that a look
//! that comes too early makes nobody remember a miss (TXT-6). Must not know what a proof is, or where a name should lead.

use crate::viewer::{NotResolved, PublicRecord, PublicZone, ServerRecords, ServerTxt};
use cutover::bounds::cut;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};
use std::fmt::Display;
use std::net::IpAddr;
use std::time::Duration;

/// What leads viewers, asked for in this order.
const LEADING: [RecordType; 4] = [RecordType::CNAME, RecordType::A, RecordType::AAAA, RecordType::HTTPS];
/// Labels of the name at which the zone's name servers are looked for: no name has more.
const LABELS_MAX: usize = 127;
/// Name servers of one zone that are asked: Route 53 gives four.
const SERVERS_MAX: usize = 8;
/// One question to one server, seconds, and how often it is put. The first silent server ends the look, after 6 s.
const ANSWER_SECONDS_MAX: u64 = 3;
const ATTEMPTS_MAX: usize = 2;

/// Asks authoritative name servers.
pub(crate) struct Authorities {
    resolver: TokioResolver,
    port: Option<u16>,
}

impl Authorities {
    /// Finds the servers by the name servers in `config`, or else this machine's; asks them at `port`, or else at DNS's own.
    pub(crate) fn new(config: Option<ResolverConfig>, port: Option<u16>) -> Result<Self, NetError> {
        let builder = match config {
            None => TokioResolver::builder_tokio()?,
            Some(config) => TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()),
        };
        Ok(Self { resolver: plain(builder, true)?, port })
    }

    /// What each authoritative server of the zone that holds `name` answers for its TXT record.
    pub(crate) async fn txt(&self, name: &str) -> Result<Vec<ServerTxt>, NotResolved> {
        let name = read(name)?;
        let mut answers = Vec::new();
        // A proof's name is never a zone of its own.
        for server in self.closest_zone(name.base_name()).await?.1 {
            let found = ask(&self.direct(&server).await?, &server, &name, RecordType::TXT).await?;
            answers.push(ServerTxt { server: written(&server), values: found.iter().filter_map(text).collect() });
        }
        Ok(answers)
    }

    /// The closest zone at or above `name`, and its name servers.
    pub(crate) async fn zone_of(&self, name: &str) -> Result<PublicZone, NotResolved> {
        let (zone, servers) = self.closest_zone(read(name)?).await?;
        let mut servers: Vec<String> = servers.iter().map(written).collect();
        servers.sort();
        Ok(PublicZone { name: written(&zone), servers })
    }

    /// What each authoritative server of the zone that holds `name` answers for the records that lead its viewers.
    pub(crate) async fn records(&self, name: &str) -> Result<Vec<ServerRecords>, NotResolved> {
        let name = read(name)?;
        let mut answers = Vec::new();
        for server in self.closest_zone(name.clone()).await?.1 {
            let resolver = self.direct(&server).await?;
            let mut records = Vec::new();
            for kind in LEADING {
                let found = ask(&resolver, &server, &name, kind).await?;
                let is_alias = kind == RecordType::CNAME && !found.is_empty();
                records.extend(public(kind, &found));
                // A CNAME has no neighbours (R53-6), and a question for one would be carried on to where it leads, which
                // this server need not know.
                if is_alias {
                    break;
                }
            }
            answers.push(ServerRecords { server: written(&server), records });
        }
        Ok(answers)
    }

    /// The closest zone at or above `name`, with its name servers.
    async fn closest_zone(&self, name: Name) -> Result<(Name, Vec<Name>), NotResolved> {
        let mut zone = name.clone();
        for _ in 0..LABELS_MAX {
            if zone.is_root() {
                break;
            }
            match self.resolver.ns_lookup(zone.clone()).await {
                Ok(found) => {
                    // A CNAME at this name would lead to another zone's servers.
                    let servers: Vec<Name> =
                        found.answers().iter().filter(|record| record.name == zone).filter_map(name_server).take(SERVERS_MAX).collect();
                    if !servers.is_empty() {
                        return Ok((zone, servers));
                    }
                }
                Err(error) if error.is_no_records_found() => {}
                Err(error) => return Err(unresolved(error)),
            }
            zone = zone.base_name();
        }
        Err(NotResolved(cut(&format!("no zone was found that holds {name}"))))
    }

    /// A resolver that asks `server` itself.
    async fn direct(&self, server: &Name) -> Result<TokioResolver, NotResolved> {
        let addresses = self.resolver.lookup_ip(server.clone()).await.map_err(unresolved)?;
        let mut addresses: Vec<IpAddr> = addresses.iter().collect();
        addresses.sort_by_key(IpAddr::is_ipv6);
        let address = *addresses.first().ok_or_else(|| NotResolved(cut(&format!("{server} has no address"))))?;
        let mut direct = NameServerConfig::udp_and_tcp(address);
        for connection in &mut direct.connections {
            connection.port = self.port.unwrap_or(connection.port);
        }
        let config = ResolverConfig::from_name_servers(vec![direct]);
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        plain(builder, false).map_err(unresolved)
    }
}

/// The records of one kind that `server` has at `name` itself.
async fn ask(resolver: &TokioResolver, server: &Name, name: &Name, kind: RecordType) -> Result<Vec<Record>, NotResolved> {
    match resolver.lookup(name.clone(), kind).await {
        Ok(found) => Ok(found.answers().iter().filter(|record| record.record_type() == kind && record.name == *name).cloned().collect()),
        Err(error) if error.is_no_records_found() => Ok(vec![]),
        Err(error) => Err(NotResolved(cut(&format!("{server}: {error}")))),
    }
}

/// Lower case; as bytes: the star of a wildcard's proof, `_*`, is no letter that a host name may have.
fn read(name: &str) -> Result<Name, NotResolved> {
    let labels = name.trim_end_matches('.').split('.').map(str::as_bytes);
    let mut name = Name::from_labels(labels).map_err(unresolved)?.to_lowercase();
    name.set_fqdn(true);
    Ok(name)
}

/// Lower case, no final dot.
fn written(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

/// The answer of one kind, or `None` where there is none.
fn public(kind: RecordType, found: &[Record]) -> Option<PublicRecord> {
    let ttl = found.iter().map(|record| record.ttl).max()?;
    let value = |record: &Record| match &record.data {
        RData::CNAME(target) => written(&target.0),
        data => data.to_string(),
    };
    let mut values: Vec<String> = found.iter().map(value).collect();
    values.sort();
    Some(PublicRecord { kind: kind.to_string(), ttl, values })
}

/// Nothing kept, no hosts file, bounded patience.
fn plain(mut builder: ResolverBuilder<TokioRuntimeProvider>, recursion: bool) -> Result<TokioResolver, NetError> {
    let options = builder.options_mut();
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.timeout = Duration::from_secs(ANSWER_SECONDS_MAX);
    options.attempts = ATTEMPTS_MAX;
    options.recursion_desired = recursion;
    builder.build()
}

fn name_server(record: &Record) -> Option<Name> {
    match &record.data {
        RData::NS(server) => Some(server.0.clone()),
        _ => None,
    }
}

/// The strings of one TXT record, joined as its reader joins them.
fn text(record: &Record) -> Option<String> {
    match &record.data {
        RData::TXT(txt) => Some(txt.txt_data.iter().map(|part| String::from_utf8_lossy(part)).collect()),
        _ => None,
    }
}

fn unresolved(why: impl Display) -> NotResolved {
    NotResolved(cut(&why.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use hickory_resolver::config::ConnectionConfig;
    use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
    use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, NS, TXT};
    use std::net::{Ipv4Addr, Ipv6Addr, UdpSocket};
    use std::thread::spawn;

    /// One server that is the resolver and both name servers of `foo.com` and of `shop.foo.com` below it; `b.foo.com` is no
    /// zone but a CNAME to one.
    fn serve(values: &'static [&'static str]) -> u16 {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok((length, from)) = socket.recv_from(&mut bytes) {
                let question = Message::from_vec(&bytes[..length]).unwrap();
                let query = question.queries[0].clone();
                let name = query.name().to_ascii();
                let data: Vec<RData> = match (name.as_str(), query.query_type()) {
                    ("foo.com." | "shop.foo.com.", RecordType::NS) => {
                        ["ns-2.test.", "NS-1.test."].map(|name| RData::NS(NS(Name::from_ascii(name).unwrap()))).to_vec()
                    }
                    ("b.foo.com.", RecordType::NS | RecordType::CNAME) => {
                        vec![RData::CNAME(CNAME(Name::from_ascii("D111.cloudfront.net.").unwrap()))]
                    }
                    // Whoever is led on to here was asked for too much.
                    ("D111.cloudfront.net.", RecordType::A) => vec![RData::A(A(Ipv4Addr::LOCALHOST))],
                    ("shop.foo.com.", RecordType::A) => [9, 7].map(|last| RData::A(A(Ipv4Addr::new(192, 0, 2, last)))).to_vec(),
                    ("shop.foo.com.", RecordType::AAAA) => vec![RData::AAAA(AAAA(Ipv6Addr::LOCALHOST))],
                    ("D111.cloudfront.net.", RecordType::NS) => vec![RData::NS(NS(Name::from_ascii("ns-9.test.").unwrap()))],
                    ("NS-1.test." | "ns-2.test.", RecordType::A) => vec![RData::A(A(Ipv4Addr::LOCALHOST))],
                    ("_a.b.foo.com." | "_\\*.foo.com." | "_*.foo.com.", RecordType::TXT) => {
                        values.iter().map(|value| RData::TXT(TXT::new(vec![(*value).to_owned()]))).collect()
                    }
                    _ => vec![],
                };
                let mut answer = Message::new(question.metadata.id, MessageType::Response, OpCode::Query);
                answer.metadata.response_code = ResponseCode::NoError;
                answer.metadata.authoritative = true;
                answer.add_query(query.clone());
                answer.add_answers(data.into_iter().map(|data| Record::from_rdata(query.name().clone(), 60, data)));
                socket.send_to(&answer.to_vec().unwrap(), from).unwrap();
            }
        });
        port
    }

    fn authorities(port: u16) -> Authorities {
        let mut udp = ConnectionConfig::udp();
        udp.port = port;
        let server = NameServerConfig::new(Ipv4Addr::LOCALHOST.into(), true, vec![udp]);
        Authorities::new(Some(ResolverConfig::from_name_servers(vec![server])), Some(port)).unwrap()
    }

    #[tokio::test]
    async fn every_server_of_the_closest_zone_is_asked_for_the_text() {
        let authorities = authorities(serve(&["d111.cloudfront.net"]));
        for name in ["_a.b.foo.com", "_*.foo.com"] {
            let answers = authorities.txt(name).await.unwrap();
            let seen: Vec<(&str, &[String])> = answers.iter().map(|answer| (answer.server.as_str(), answer.values.as_slice())).collect();
            let wanted = ["d111.cloudfront.net".to_owned()];
            assert_eq!(seen, [("ns-2.test", &wanted[..]), ("ns-1.test", &wanted[..])], "{name}");
        }
    }

    #[tokio::test]
    async fn a_name_without_text_is_an_empty_answer_and_no_zone_is_an_error() {
        let authorities = authorities(serve(&[]));
        let answers = authorities.txt("_a.b.foo.com").await.unwrap();
        assert!(answers.len() == 2 && answers.iter().all(|answer| answer.values.is_empty()), "{answers:?}");
        assert!(authorities.txt("_a.nowhere.test").await.is_err());
    }

    #[tokio::test]
    async fn the_zone_of_a_name_is_the_closest_one_at_or_above_it() {
        let authorities = authorities(serve(&[]));
        for (name, zone) in [
            ("foo.com", "foo.com"),
            ("A.Foo.com.", "foo.com"),
            ("shop.foo.com", "shop.foo.com"),
            ("x.y.shop.foo.com", "shop.foo.com"),
            ("b.foo.com", "foo.com"),
            ("*.foo.com", "foo.com"),
        ] {
            let servers = ["ns-1.test", "ns-2.test"].map(str::to_owned).to_vec();
            assert_eq!(authorities.zone_of(name).await, Ok(PublicZone { name: zone.to_owned(), servers }), "{name}");
        }
        assert!(authorities.zone_of("nowhere.test").await.is_err());
    }

    #[tokio::test]
    async fn every_server_is_asked_for_what_leads_viewers_and_a_cname_is_not_followed() {
        let authorities = authorities(serve(&[]));
        let record = |kind: &str, values: &[&str]| PublicRecord {
            kind: kind.to_owned(),
            ttl: 60,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        for (name, records) in [
            ("b.foo.com", vec![record("CNAME", &["d111.cloudfront.net"])]),
            ("shop.foo.com", vec![record("A", &["192.0.2.7", "192.0.2.9"]), record("AAAA", &["::1"])]),
            ("nothing.foo.com", vec![]),
        ] {
            let wanted = ["ns-2.test", "ns-1.test"].map(|server| ServerRecords { server: server.to_owned(), records: records.clone() });
            assert_eq!(authorities.records(name).await, Ok(wanted.to_vec()), "{name}");
        }
        assert!(authorities.records("a.nowhere.test").await.is_err());
    }
}
