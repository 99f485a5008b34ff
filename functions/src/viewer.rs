//! What a viewer sees: the small second seam beside the SDK. In Lambda it is real DNS and TLS, in a
//! rehearsal the simulated edge. Must not know what the answer means for a cutover.

use async_trait::async_trait;
use std::collections::BTreeMap;

/// One page to ask for, over HTTPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The name in SNI and `Host`.
    pub host: String,
    /// A name to resolve and connect to instead of `host` (a distribution domain name), or `None`.
    pub connect_to: Option<String>,
    /// Begins with `/`.
    pub path: String,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case; a name that came twice keeps its last value.
    pub headers: BTreeMap<String, String>,
    /// Serial number of the certificate that was served: lower-case hex, no separators, no leading zeros.
    pub certificate_serial: String,
}

/// Why no page came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotServed {
    /// The name does not resolve.
    #[error("the name does not resolve: {0}")]
    NoAddress(String),
    /// No connection, or it broke.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The certificate does not cover the name, or the handshake was refused: CloudFront knows no
    /// distribution with the alias (CF-17).
    #[error("no TLS for this name: {0}")]
    NoTls(String),
    /// No whole answer within the time allowed.
    #[error("no answer within {0} s")]
    TimedOut(u64),
}

/// What one authoritative server of a zone answers for a name's TXT record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerTxt {
    /// The server.
    pub server: String,
    /// The values, without quotes; empty where it has none.
    pub values: Vec<String>,
}

/// The zone of public DNS that holds a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicZone {
    /// Lower case, no final dot.
    pub name: String,
    /// Its name servers as the public is led to them: lower case, no final dot, sorted.
    pub servers: Vec<String>,
}

/// What one authoritative server of a zone answers for the records that lead viewers of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRecords {
    /// The server.
    pub server: String,
    /// A record of each kind that it has; empty where it has none.
    pub records: Vec<PublicRecord>,
}

/// One kind of record of a name, as a server answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicRecord {
    /// `CNAME`, `A`, `AAAA` or `HTTPS`.
    pub kind: String,
    /// Seconds.
    pub ttl: u32,
    /// Sorted; names in lower case without final dot.
    pub values: Vec<String>,
}

/// Why an authoritative server did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the name servers cannot be asked: {0}")]
pub struct NotResolved(pub String);

/// Somebody who asks for pages, and looks names up where they are kept.
#[async_trait]
pub trait Viewer: Send + Sync {
    /// What each authoritative server of the zone that holds `name` answers for its TXT record: asked directly, so that
    /// no resolver keeps a miss (TXT-6). One entry for each server.
    ///
    /// # Errors
    /// Where a server could not be found or asked: then nothing is known.
    async fn txt(&self, name: &str) -> Result<Vec<ServerTxt>, NotResolved>;

    /// The zone of public DNS that holds `name`, by delegation: the closest zone cut at or above it (R53-13).
    ///
    /// # Errors
    /// Where no zone was found, or a question was not answered: then nothing is known.
    async fn zone_of(&self, name: &str) -> Result<PublicZone, NotResolved>;

    /// What each authoritative server of that zone answers for the CNAME, A, AAAA and HTTPS records of `name`, asked
    /// directly. One entry for each server. The addresses of a Route 53 alias record do not tell where it leads.
    ///
    /// # Errors
    /// As [`Viewer::txt`].
    async fn records(&self, name: &str) -> Result<Vec<ServerRecords>, NotResolved>;

    /// Asks once, with a bound on time, and follows no redirect.
    async fn get(&self, request: &PageRequest) -> Result<Page, NotServed>;
}
