//! Requests as they travel over a socket: read within limits, answered, never trusted. Must not know what a request
//! means.

use super::desk::Desk;
use super::refusal::plain;
use crate::wire::{Reply, Request};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

/// Largest body, bytes: a distribution's config is below 100 KiB, an execution's input at most 256 KiB.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Largest head, bytes, and most headers in it.
const HEAD_BYTES_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 100;
/// Longest wait for a head, which is also how long a connection may be idle, and for a body.
const HEAD_SECONDS_MAX: u64 = 60;
const BODY_SECONDS_MAX: u64 = 30;

/// Serves one connection to its end. The permit is its place among the open ones.
pub(super) fn attend(stream: TcpStream, desk: Desk, graceful: &GracefulShutdown, permit: OwnedSemaphorePermit) {
    let service = service_fn(move |request| {
        let desk = desk.clone();
        async move { Ok::<_, Infallible>(respond(&desk, request).await) }
    });
    let connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HEAD_SECONDS_MAX))
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // A connection that breaks is the client's business.
        let _ = connection.await;
        drop(permit);
    });
}

async fn respond(desk: &Desk, request: hyper::Request<Incoming>) -> hyper::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let headers = head.headers.iter();
    let headers = headers.map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect();
    let mut request = Request::new(head.method.as_str(), path, headers, vec![]);
    let reply = match read(body).await {
        Ok(body) => {
            request.body = body;
            desk.answer(&request).await
        }
        Err((status, code, message)) => plain(&request, status, code, &message),
    };
    write(reply)
}

/// The body, or the status, code and message of what is wrong with it.
async fn read(body: Incoming) -> Result<Vec<u8>, (u16, &'static str, String)> {
    let body = tokio::time::timeout(Duration::from_secs(BODY_SECONDS_MAX), Limited::new(body, BODY_BYTES_MAX).collect());
    match body.await {
        Ok(Ok(body)) => Ok(body.to_bytes().to_vec()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err((413, "RequestEntityTooLarge", format!("The request's body is larger than {BODY_BYTES_MAX} bytes.")))
        }
        Ok(Err(_)) => Err((400, "IncompleteBody", "The request's body ended before its end.".to_owned())),
        Err(_) => Err((408, "RequestTimeout", format!("The request's body did not arrive within {BODY_SECONDS_MAX} s."))),
    }
}

/// A header that cannot travel is left out: an origin's may be anything.
fn write(reply: Reply) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = hyper::StatusCode::from_u16(reply.status).unwrap_or(hyper::StatusCode::BAD_GATEWAY);
    for (name, value) in reply.headers {
        let (name, value) = (name.parse::<hyper::header::HeaderName>(), value.parse::<hyper::header::HeaderValue>());
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
