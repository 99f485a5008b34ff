//! Requests and replies as they travel, and the error bodies of each service (§20). Must not know what a
//! request does.

pub use crate::fault::{Fault, FaultKind};
use crate::service::Operation;
use quick_xml::escape::escape;
use serde_json::Value;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

/// CloudFront's XML namespace.
pub const CLOUDFRONT_NS: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";
/// Route 53's XML namespace.
pub const ROUTE53_NS: &str = "https://route53.amazonaws.com/doc/2013-04-01/";
/// STS's XML namespace.
pub const STS_NS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// A request.
#[derive(Debug)]
pub struct Request {
    /// `GET` …
    pub method: String,
    /// Percent-encoded, without query.
    pub path: String,
    /// Decoded.
    pub query: BTreeMap<String, String>,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// As sent.
    pub body: Vec<u8>,
    /// The body as JSON, read once it is needed.
    json: OnceLock<Value>,
    /// Which operation it is, found out once it is asked.
    identified: OnceLock<Option<Operation>>,
}

/// A clone may be changed: what was found out of the original is not taken along.
impl Clone for Request {
    fn clone(&self) -> Self {
        let Self { method, path, query, headers, body, .. } = self;
        let (method, path, query) = (method.clone(), path.clone(), query.clone());
        let (headers, body) = (headers.clone(), body.clone());
        Self { method, path, query, headers, body, json: OnceLock::new(), identified: OnceLock::new() }
    }
}

impl Request {
    /// From a URI's path and query.
    pub fn new(method: &str, path_and_query: &str, headers: BTreeMap<String, String>, body: Vec<u8>) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let (method, path, query) = (method.to_owned(), path.to_owned(), form(query));
        Self { method, path, query, headers, body, json: OnceLock::new(), identified: OnceLock::new() }
    }

    /// The operation that it is, by `find` the first time.
    pub(crate) fn identified(&self, find: impl FnOnce(&Self) -> Option<Operation>) -> Option<&Operation> {
        self.identified.get_or_init(|| find(self)).as_ref()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The access key in the signature, and the service in its scope (W-13).
    pub fn signer(&self) -> Option<(&str, &str)> {
        let credential = self.header("authorization")?.split("Credential=").nth(1)?.split([',', ' ']).next()?;
        let mut parts = credential.rsplitn(5, '/');
        let (_, service) = (parts.next()?, parts.next()?);
        let (_, _) = (parts.next()?, parts.next()?);
        Some((parts.next()?, service))
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> &Value {
        self.json.get_or_init(|| serde_json::from_slice(&self.body).unwrap_or(Value::Null))
    }

    /// The body as text.
    pub fn text(&self) -> Result<&str, Reply> {
        std::str::from_utf8(&self.body).map_err(|_| Reply::cloudfront_error(400, "MalformedXML", "The request body is not UTF-8."))
    }
}

/// `a=1&b=2`, decoded.
pub fn form(text: &str) -> BTreeMap<String, String> {
    let decode = |part: &str| percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(key, value)| (decode(key), decode(value))).collect()
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers beside the request id.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// Where an error's body has the request's id, until that is known.
pub const NO_REQUEST_ID: &str = "00000000-0000-0000-0000-000000000000";

impl Reply {
    /// 200 with XML.
    pub fn xml(body: String) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
            body: format!("<?xml version=\"1.0\"?>\n{body}"),
        }
    }

    /// 200 with JSON.
    pub fn json(body: &serde_json::Value) -> Self {
        Self { status: 200, headers: vec![("content-type".to_owned(), "application/x-amz-json-1.1".to_owned())], body: body.to_string() }
    }

    /// 200 with JSON, as DynamoDB's protocol has it.
    pub fn dynamodb(body: &serde_json::Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/x-amz-json-1.0".to_owned())];
        Self { status: 200, headers, body: body.to_string() }
    }

    /// The same reply with one more header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same reply with another status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    fn xml_error(ns: &str, status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<ErrorResponse xmlns=\"{ns}\"><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error>\
             <RequestId>{NO_REQUEST_ID}</RequestId></ErrorResponse>",
            escape(code),
            escape(message)
        );
        Self::xml(body).with_status(status)
    }

    /// CloudFront's error body.
    pub fn cloudfront_error(status: u16, code: &str, message: &str) -> Self {
        Self::xml_error(CLOUDFRONT_NS, status, code, message)
    }

    /// Route 53's error body.
    pub fn route53_error(status: u16, code: &str, message: &str) -> Self {
        Self::xml_error(ROUTE53_NS, status, code, message)
    }

    /// STS's error body.
    pub fn sts_error(status: u16, code: &str, message: &str) -> Self {
        Self::xml_error(STS_NS, status, code, message)
    }

    /// ACM's error body (W-12).
    pub fn acm_error(code: &str, message: &str) -> Self {
        Self::json(&serde_json::json!({"__type": code, "message": message})).with_status(400)
    }

    /// DynamoDB's error body.
    pub fn dynamodb_error(status: u16, code: &str, message: &str) -> Self {
        let kind = format!("com.amazonaws.dynamodb.v20120810#{code}");
        Self::dynamodb(&serde_json::json!({"__type": kind, "message": message})).with_status(status)
    }

    /// The error body of `service`.
    pub fn error(service: &str, status: u16, code: &str, message: &str) -> Self {
        match service {
            "route53" => Self::route53_error(status, code, message),
            "sts" => Self::sts_error(status, code, message),
            "acm" => Self::acm_error(code, message).with_status(status),
            "dynamodb" => Self::dynamodb_error(status, code, message),
            _ => Self::cloudfront_error(status, code, message),
        }
    }

    /// No answer: the connection was cut.
    pub fn cut() -> Self {
        Self { status: 0, headers: vec![], body: String::new() }
    }

    /// A number that differs for another answer.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.status, &self.headers, &self.body).hash(&mut hasher);
        hasher.finish()
    }

    /// Whether it is none.
    pub fn is_cut(&self) -> bool {
        self.status == 0
    }

    /// A 5xx without a body.
    pub fn broken(status: u16) -> Self {
        Self { status, headers: vec![], body: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signer_and_its_service_are_read_from_the_signature() {
        let header =
            "AWS4-HMAC-SHA256 Credential=ASIA/cutover-verify/20261201/us-east-1/cloudfront/aws4_request, SignedHeaders=host, Signature=0";
        let request = Request::new("GET", "/?a=%2A&b", [("authorization".to_owned(), header.to_owned())].into(), vec![]);
        assert_eq!(request.signer(), Some(("ASIA/cutover-verify", "cloudfront")));
        assert_eq!(request.query.get("a").map(String::as_str), Some("*"));
    }
}
