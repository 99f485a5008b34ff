//! The viewer of production: DNS, TCP, TLS and HTTP/1.1 as the public sees them.
//!
//! Every page is asked for afresh: no DNS answer, connection or TLS session of an earlier page is used again, because
//! each could show where the name pointed before. Must not know what a distribution is or what an answer
//! means for a cutover; it neither repeats nor judges. It reads headers, never a body, and writes no log.

use crate::authorities::Authorities;
use crate::viewer::{NotResolved, NotServed, Page, PageRequest, PublicZone, ServerRecords, ServerTxt, Viewer};
use async_trait::async_trait;
use cutover::bounds::cut;
use hickory_resolver::config::{LookupIpStrategy, ResolveHosts, ResolverConfig};
use hickory_resolver::{TokioResolver, net::runtime::TokioRuntimeProvider};
use http_body_util::Empty;
use hyper::header::{CONNECTION, HOST, HeaderMap, USER_AGENT};
use hyper::{Request, Uri, body::Bytes, client::conn::http1, http::uri::PathAndQuery};
use hyper_util::rt::TokioIo;
use std::{collections::BTreeMap, fmt::Display, net::IpAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, client::Resumption, crypto::aws_lc_rs, pki_types::ServerName};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Longest request, from the name to the headers of the answer, seconds. An edge answers within one; ten leave
/// room in the 30 s between two looks (Q-3) for a second page.
const PAGE_SECONDS_MAX: u64 = 10;

/// Addresses tried for one page. All but the last get a quarter of the request's time, so that a dead one cannot
/// use up what the others need.
const ADDRESSES_MAX: usize = 3;

/// Headers kept of one answer, and bytes kept of one value: at most 64 KiB, more than CloudFront sends.
const HEADERS_MAX: usize = 64;
const HEADER_BYTES_MAX: usize = 1024;

/// Why there can be no viewer at all; nothing branches on it.
type CannotLook = Box<dyn std::error::Error + Send + Sync>;

/// Turns names into addresses.
#[async_trait]
trait Names: Send + Sync {
    /// The addresses of `name`, or why there are none.
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, String>;
}

/// [`Names`] from DNS, nothing kept: neither the hosts file nor an earlier answer has a say.
struct Dns(TokioResolver);

impl Dns {
    /// Asks the name servers in `config`, or else this machine's.
    fn new(config: Option<ResolverConfig>) -> Result<Self, CannotLook> {
        let mut builder = match config {
            None => TokioResolver::builder_tokio()?,
            Some(config) => TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()),
        };
        let options = builder.options_mut();
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.ip_strategy = LookupIpStrategy::Ipv4thenIpv6;
        // Lost datagrams are sent again meanwhile; a silent name server is then a page's time-out, not a missing name.
        options.timeout = Duration::from_secs(PAGE_SECONDS_MAX);
        Ok(Self(builder.build()?))
    }
}

#[async_trait]
impl Names for Dns {
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, String> {
        // The last dot keeps search domains out, and names that look like addresses names.
        let absolute = format!("{}.", name.trim_end_matches('.'));
        let found = self.0.lookup_ip(absolute).await.map_err(|error| error.to_string())?;
        Ok(found.iter().collect())
    }
}

/// Asks over the public internet.
pub struct PublicViewer {
    names: Box<dyn Names>,
    authorities: Authorities,
    tls: TlsConnector,
    port: u16,
    seconds: u64,
}

impl PublicViewer {
    /// As any viewer: this machine's name servers, the public roots, port 443.
    pub fn new() -> Result<Self, CannotLook> {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        Self::with(Box::new(Dns::new(None)?), roots, 443, PAGE_SECONDS_MAX)
    }

    /// With names, trusted roots, a port and a bound in seconds of one's own.
    fn with(names: Box<dyn Names>, roots: RootCertStore, port: u16, seconds: u64) -> Result<Self, CannotLook> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed session repeats the certificate of the first handshake, not the one that is served now.
        config.resumption = Resumption::disabled();
        Ok(Self { names, authorities: Authorities::new(None, None)?, tls: TlsConnector::from(Arc::new(config)), port, seconds })
    }

    async fn page(&self, request: &PageRequest) -> Result<Page, NotServed> {
        let question = question(request)?;
        let tcp = self.connect(request.connect_to.as_ref().unwrap_or(&request.host)).await?;
        let name = ServerName::try_from(request.host.clone()).map_err(no_tls)?;
        // CloudFront may also reset the handshake for a name it does not know (CF-17): whatever breaks here is TLS.
        let tls = self.tls.connect(name, tcp).await.map_err(no_tls)?;
        let certificate_serial = serial(&tls)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(tls)).await.map_err(no_connection)?;
        let mut answer = pin!(sender.send_request(question));
        let answer = tokio::select! {
            biased;
            answer = &mut answer => answer,
            // The other side may close right behind its answer, which is then already on its way.
            _ = connection => answer.await,
        }
        .map_err(no_connection)?;
        Ok(Page { status: answer.status().as_u16(), headers: kept(answer.headers()), certificate_serial })
    }

    async fn connect(&self, name: &str) -> Result<TcpStream, NotServed> {
        let mut addresses = self.names.addresses(name).await.map_err(|why| NotServed::NoAddress(cut(&why)))?;
        addresses.sort_by_key(IpAddr::is_ipv6);
        addresses.truncate(ADDRESSES_MAX);
        let Some((last, others)) = addresses.split_last() else {
            return Err(NotServed::NoAddress(cut(&format!("{name} has no address"))));
        };
        let each = Duration::from_secs(self.seconds) / 4;
        let mut failures = String::new();
        for address in others {
            match timeout(each, TcpStream::connect((*address, self.port))).await {
                Ok(Ok(tcp)) => return Ok(tcp),
                Ok(Err(error)) => failures += &format!("{address}: {error}; "),
                Err(silent) => failures += &format!("{address}: {silent}; "),
            }
        }
        TcpStream::connect((*last, self.port)).await.map_err(|why| no_connection(format!("{failures}{last}: {why}")))
    }
}

#[async_trait]
impl Viewer for PublicViewer {
    async fn get(&self, request: &PageRequest) -> Result<Page, NotServed> {
        let page = timeout(Duration::from_secs(self.seconds), self.page(request)).await;
        page.unwrap_or(Err(NotServed::TimedOut(self.seconds)))
    }

    async fn txt(&self, name: &str) -> Result<Vec<ServerTxt>, NotResolved> {
        self.authorities.txt(name).await
    }

    async fn zone_of(&self, name: &str) -> Result<PublicZone, NotResolved> {
        self.authorities.zone_of(name).await
    }

    async fn records(&self, name: &str) -> Result<Vec<ServerRecords>, NotResolved> {
        self.authorities.records(name).await
    }
}

fn no_connection(why: impl Display) -> NotServed {
    NotServed::NoConnection(cut(&why.to_string()))
}

fn no_tls(why: impl Display) -> NotServed {
    NotServed::NoTls(cut(&why.to_string()))
}

/// The HTTP request; its parts are checked by their types, so a host or path cannot add a header.
fn question(request: &PageRequest) -> Result<Request<Empty<Bytes>>, NotServed> {
    let target = PathAndQuery::try_from(request.path.as_str()).map_err(no_connection)?;
    let question = Request::get(Uri::from(target)).header(HOST, request.host.as_str()).header(USER_AGENT, "cutover");
    question.header(CONNECTION, "close").body(Empty::new()).map_err(no_connection)
}

/// The serial number of the certificate that was served, as [`Page`] wants it.
fn serial(tls: &TlsStream<TcpStream>) -> Result<String, NotServed> {
    let served = tls.get_ref().1.peer_certificates().and_then(<[_]>::first).ok_or_else(|| no_tls("no certificate"))?;
    let (_, certificate) = x509_parser::parse_x509_certificate(served).map_err(no_tls)?;
    Ok(certificate.serial.to_str_radix(16))
}

/// The headers within the bounds, each with its last value.
fn kept(headers: &HeaderMap) -> BTreeMap<String, String> {
    let kept = headers.keys().take(HEADERS_MAX).filter_map(|name| {
        let last = headers.get_all(name).iter().next_back()?;
        let mut value = String::from_utf8_lossy(last.as_bytes()).into_owned();
        value.truncate(value.floor_char_boundary(HEADER_BYTES_MAX));
        Some((name.as_str().to_owned(), value))
    });
    kept.collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use hickory_resolver::config::{ConnectionConfig, NameServerConfig};
    use hyper::header::{HeaderName, HeaderValue};
    use rcgen::{CertificateParams, KeyPair, SerialNumber};
    use std::io::{Read, Write};
    use std::{net::Ipv4Addr, net::TcpListener, net::UdpSocket, thread::JoinHandle, thread::spawn};
    use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

    const PAGE: &[u8] = b"HTTP/1.1 301 Moved\r\nLocation: /b\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 9\r\n\r\n";

    /// One name with its addresses; no other exists.
    struct Only(&'static str, Vec<IpAddr>);

    #[async_trait]
    impl Names for Only {
        async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, String> {
            if name == self.0 { Ok(self.1.clone()) } else { Err(format!("{name} is not {}", self.0)) }
        }
    }

    /// Serves one connection. Gives the port, the root to trust, and in the end what was seen: SNI, ALPN, request.
    fn serve(name: &str, answer: &'static [u8]) -> (u16, RootCertStore, JoinHandle<Option<String>>) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.serial_number = Some(SerialNumber::from_slice(&[0x0a, 0xbc, 0x01]));
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let mut config = config.with_single_cert(vec![certificate], key.serialize_der().try_into().unwrap()).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let (listener, port) = listen();
        let seen = spawn(move || {
            let mut tls = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), listener.accept().ok()?.0);
            let mut request = [0; 4096];
            let length = tls.read(&mut request).ok()?;
            tls.write_all(answer).ok()?;
            let (sni, alpn) = (tls.conn.server_name()?, tls.conn.alpn_protocol()?);
            Some(format!("{sni} {} {}", str::from_utf8(alpn).ok()?, str::from_utf8(&request[..length]).ok()?))
        });
        (port, roots, seen)
    }

    fn listen() -> (TcpListener, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    fn request(host: &str, path: &str) -> PageRequest {
        PageRequest { host: host.to_owned(), connect_to: None, path: path.to_owned() }
    }

    fn viewer(names: impl Names + 'static, port: u16, roots: RootCertStore) -> PublicViewer {
        PublicViewer::with(Box::new(names), roots, port, 1).unwrap()
    }

    /// Asks for `a.test`, which has these addresses.
    async fn look(addresses: &[&str], port: u16, roots: RootCertStore) -> Result<Page, NotServed> {
        let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
        viewer(Only("a.test", addresses), port, roots).get(&request("a.test", "/p?q=1")).await
    }

    #[tokio::test]
    async fn a_page_has_status_headers_and_serial_and_no_redirect_is_followed() {
        let (port, roots, seen) = serve("a.test", PAGE);
        let page = look(&["127.0.0.1"], port, roots).await.unwrap();
        assert_eq!((page.status, page.certificate_serial.as_str()), (301, "abc01"));
        assert_eq!((&*page.headers["location"], &*page.headers["x-a"]), ("/b", "2"));
        let seen = seen.join().unwrap().unwrap();
        assert!(seen.starts_with("a.test http/1.1 GET /p?q=1 HTTP/1.1\r\n"), "{seen}");
    }

    #[tokio::test]
    async fn connect_to_changes_the_address_and_neither_sni_nor_host() {
        let (port, roots, seen) = serve("a.test", PAGE);
        let names = Only("edge.test", vec![Ipv4Addr::LOCALHOST.into()]);
        let request = PageRequest { connect_to: Some("edge.test".to_owned()), ..request("a.test", "/") };
        let page = viewer(names, port, roots).get(&request).await;
        let seen = seen.join().unwrap().unwrap();
        assert!(page.is_ok() && seen.starts_with("a.test "), "{page:?} {seen}");
        assert!(seen.contains("\r\nhost: a.test\r\n"), "{seen}");
    }

    #[tokio::test]
    async fn a_certificate_for_another_name_or_of_an_unknown_issuer_and_a_cut_handshake_are_no_tls() {
        let (port, roots, _) = serve("b.test", PAGE);
        let other_name = look(&["127.0.0.1"], port, roots).await;
        let (port, _, _) = serve("a.test", PAGE);
        let unknown_issuer = look(&["127.0.0.1"], port, RootCertStore::empty()).await;
        let (listener, port) = listen();
        spawn(move || drop(listener.accept()));
        let cut_handshake = look(&["127.0.0.1"], port, RootCertStore::empty()).await;
        for page in [other_name, unknown_issuer, cut_handshake] {
            assert!(matches!(page, Err(NotServed::NoTls(_))), "{page:?}");
        }
    }

    #[tokio::test]
    async fn nobody_listening_and_an_answer_that_is_not_http_are_no_connection() {
        let (_elsewhere, port) = listen();
        let nobody = look(&["127.0.0.2"], port, RootCertStore::empty()).await;
        let (port, roots, _) = serve("a.test", b"SSH-2.0\r\n\r\n");
        let not_http = look(&["127.0.0.1"], port, roots).await;
        for page in [nobody, not_http] {
            assert!(matches!(page, Err(NotServed::NoConnection(_))), "{page:?}");
        }
    }

    #[tokio::test]
    async fn a_server_that_never_answers_is_timed_out() {
        let (_silent, port) = listen();
        assert_eq!(look(&["127.0.0.1"], port, RootCertStore::empty()).await, Err(NotServed::TimedOut(1)));
    }

    #[tokio::test]
    async fn ipv4_goes_first_and_a_refusing_address_gives_way_to_the_next() {
        let (port, roots, _) = serve("a.test", PAGE);
        assert!(look(&["::1", "::1", "127.0.0.2", "127.0.0.1"], port, roots).await.is_ok());
    }

    #[test]
    fn a_host_or_path_cannot_add_to_the_request() {
        for text in ["/ HTTP/1.1\r\nx: y", "/\n", "/\0", "é\r"] {
            assert!(question(&request("a.test", text)).is_err(), "{text:?}");
            assert!(question(&request(text, "/")).is_err(), "{text:?}");
        }
    }

    #[test]
    fn headers_are_bounded_in_number_and_length_and_decoded_lossily() {
        let mut headers = HeaderMap::new();
        headers.insert("x-long", HeaderValue::from_bytes(&[&[0xff], [b'a'; 5000].as_slice()].concat()).unwrap());
        for number in 0..80 {
            headers.insert(HeaderName::try_from(format!("x-{number}")).unwrap(), number.into());
        }
        let kept = kept(&headers);
        assert_eq!((kept.len(), kept["x-long"].len()), (HEADERS_MAX, HEADER_BYTES_MAX));
        assert!(kept["x-long"].starts_with("\u{fffd}aaa"));
    }

    #[tokio::test]
    async fn dns_is_asked_each_time_and_a_name_without_address_is_no_address() {
        // A name server: each answer is another address, with an hour to live; nothing begins with b.
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut udp = ConnectionConfig::udp();
        udp.port = socket.local_addr().unwrap().port();
        spawn(move || {
            let mut query = [0; 512];
            for turn in 1.. {
                let (_, from) = socket.recv_from(&mut query).unwrap();
                let (code, count) = if query[13] == b'b' { (0x83, 0) } else { (0x80, 1) };
                let header = [query[0], query[1], 0x81, code, 0, 1, 0, count, 0, 0, 0, 0];
                let address = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4, 192, 0, 2, turn];
                let answer = [&header, &query[12..27], &address[..16 * usize::from(count)]].concat();
                socket.send_to(&answer, from).unwrap();
            }
        });
        let server = NameServerConfig::new(Ipv4Addr::LOCALHOST.into(), true, vec![udp]);
        let dns = Dns::new(Some(ResolverConfig::from_name_servers(vec![server]))).unwrap();
        let (first, second) = (dns.addresses("a.example").await, dns.addresses("a.example").await);
        assert!(first.is_ok() && second.is_ok() && first != second, "{first:?} {second:?}");
        let page = viewer(dns, 1, RootCertStore::empty()).get(&request("b.example", "/")).await;
        assert!(matches!(page, Err(NotServed::NoAddress(_))), "{page:?}");
    }
}
