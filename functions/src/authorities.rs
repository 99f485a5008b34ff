//! What the name servers of a zone answer, each asked directly: no resolver between, and nothing kept, so that a look
//! that comes too early makes nobody remember a miss (TXT-6). Must not know what a proof is.

use crate::viewer::{NotResolved, ServerTxt};
use cutover::bounds::cut;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, Record};
use hickory_resolver::{ResolverBuilder, TokioResolver};
use std::fmt::Display;
use std::net::IpAddr;
use std::time::Duration;

/// Labels above the name at which the zone's name servers are looked for: no name has more.
const LABELS_MAX: usize = 127;
/// Name servers of one zone that are asked: Route 53 gives four.
const SERVERS_MAX: usize = 8;
/// One question to one server, seconds, and how often it is put. Eight silent servers take 48 s, and the first silent one
/// ends the look.
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
        // As bytes: the star of a wildcard's proof, `_*`, is no letter that a host name may have.
        let name = Name::from_labels(name.trim_end_matches('.').split('.').map(str::as_bytes)).map_err(unresolved)?;
        let mut answers = Vec::new();
        for server in self.servers(&name).await? {
            let values = self.ask(&server, &name).await?;
            answers.push(ServerTxt { server: server.to_ascii().trim_end_matches('.').to_owned(), values });
        }
        Ok(answers)
    }

    /// The name servers of the closest zone above `name`.
    async fn servers(&self, name: &Name) -> Result<Vec<Name>, NotResolved> {
        let mut zone = name.base_name();
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
                        return Ok(servers);
                    }
                }
                Err(error) if error.is_no_records_found() => {}
                Err(error) => return Err(unresolved(error)),
            }
            zone = zone.base_name();
        }
        Err(NotResolved(cut(&format!("no zone was found above {name}"))))
    }

    async fn ask(&self, server: &Name, name: &Name) -> Result<Vec<String>, NotResolved> {
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
        let resolver = plain(builder, false).map_err(unresolved)?;
        match resolver.txt_lookup(name.clone()).await {
            Ok(found) => Ok(found.answers().iter().filter_map(text).collect()),
            Err(error) if error.is_no_records_found() => Ok(vec![]),
            Err(error) => Err(NotResolved(cut(&format!("{server}: {error}")))),
        }
    }
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
    use hickory_resolver::proto::rr::RecordType;
    use hickory_resolver::proto::rr::rdata::{A, CNAME, NS, TXT};
    use std::net::{Ipv4Addr, UdpSocket};
    use std::thread::spawn;

    /// One server that is the resolver and both name servers of `foo.com`; `b.foo.com` is no zone but a
    /// CNAME to one.
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
                    ("foo.com.", RecordType::NS) => {
                        ["ns-1.test.", "ns-2.test."].map(|name| RData::NS(NS(Name::from_ascii(name).unwrap()))).to_vec()
                    }
                    ("b.foo.com.", RecordType::NS) => vec![RData::CNAME(CNAME(Name::from_ascii("d111.cloudfront.net.").unwrap()))],
                    ("d111.cloudfront.net.", RecordType::NS) => vec![RData::NS(NS(Name::from_ascii("ns-9.test.").unwrap()))],
                    ("ns-1.test." | "ns-2.test.", RecordType::A) => vec![RData::A(A(Ipv4Addr::LOCALHOST))],
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
            assert_eq!(seen, [("ns-1.test", &wanted[..]), ("ns-2.test", &wanted[..])], "{name}");
        }
    }

    #[tokio::test]
    async fn a_name_without_text_is_an_empty_answer_and_no_zone_is_an_error() {
        let authorities = authorities(serve(&[]));
        let answers = authorities.txt("_a.b.foo.com").await.unwrap();
        assert!(answers.len() == 2 && answers.iter().all(|answer| answer.values.is_empty()), "{answers:?}");
        assert!(authorities.txt("_a.nowhere.test").await.is_err());
    }
}
