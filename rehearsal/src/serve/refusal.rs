//! How the served AWS says no, in the shape that the asked service's clients read. Must not know why.

use crate::service::OPERATIONS;
use crate::wire::{Reply, Request};
use crate::world::iam::Denied;
use serde_json::json;

/// A refusal of a service that speaks JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

impl Refusal {
    /// 400 with a code of the service.
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into() }
    }

    /// The same with another HTTP status.
    pub(super) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Who the caller is is not known, or no longer.
    pub(super) fn of_credentials(denied: &Denied) -> Self {
        match denied {
            Denied::Expired => Self::new("ExpiredTokenException", "The security token included in the request is expired"),
            _ => Self::new("UnrecognizedClientException", "The security token included in the request is invalid."),
        }
    }

    /// The reply.
    pub(super) fn reply(&self) -> Reply {
        Reply::json(&json!({"__type": self.code, "message": self.message}))
            .with_status(self.status)
            .with_header("x-amzn-errortype", self.code)
    }
}

/// Services that speak JSON, beside those whose requests show it.
const JSON_SERVICES: [&str; 3] = ["acm", "lambda", "states"];

/// A refusal before any service is asked, in the shape that the request's sender reads.
pub(super) fn plain(request: &Request, status: u16, code: &'static str, message: &str) -> Reply {
    let scope = request.signer().map_or("", |(_, service)| service);
    let is_json = |header: &str| request.header(header).is_some_and(|value| value.contains("json") || header == "x-amz-target");
    if JSON_SERVICES.contains(&scope) || is_json("x-amz-target") || is_json("content-type") {
        return Refusal::new(code, message).with_status(status).reply();
    }
    Reply::error(scope, status, code, message)
}

/// What is served, for a person who asked for something else.
pub(super) fn served(states: &[&str]) -> String {
    let states = states.iter().map(|name| format!("states:{name}"));
    let all: Vec<String> = OPERATIONS.iter().map(|name| (*name).to_owned()).chain(["lambda:Invoke".to_owned()]).chain(states).collect();
    format!("Simulated here are {}.", all.join(", "))
}
