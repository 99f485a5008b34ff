//! Who a request is for: the service that its signature names, or a distribution's viewer. Writes a line about each.
//! Must not know how a request travelled, nor what an operation does.

use super::lambda::Functions;
use super::refusal::{Refusal, plain, served};
use super::states::{self, Executions};
use super::viewer;
use crate::clock::VirtualClock;
use crate::plug::SharedWorld;
use crate::service;
use crate::wire::{Reply, Request};
use crate::world::iam::Denied;
use crate::world::{Millis, World};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::UnboundedSender;

/// Longest operation in a line, characters: a host name may be as long as a request's head.
const LINE_MAX: usize = 120;
/// How long a request may wait, simulated: 60 days, as long as the longest cutover.
const WAIT_SECONDS: std::ops::RangeInclusive<f64> = 0.0..=5_184_000.0;

/// Takes requests.
#[derive(Clone)]
pub(super) struct Desk {
    /// The simulated AWS.
    pub(super) world: SharedWorld,
    pub(super) clock: VirtualClock,
    pub(super) functions: Functions,
    pub(super) executions: Executions,
    pub(super) log: UnboundedSender<String>,
    /// Requests by operation. Whatever is unknown is counted as one, so that nobody makes it grow.
    pub(super) tally: Arc<Mutex<BTreeMap<String, u64>>>,
}

/// What a request turned out to be, and the reply.
type Answered = (String, Reply);

impl Desk {
    /// Answers a request, whatever it is.
    pub(super) async fn answer(&self, request: &Request) -> Reply {
        let (operation, reply) = match request.signer().map(|(_, service)| service.to_owned()) {
            // A page in a browser, wherever its name was made to lead, is no client of AWS.
            Some(_) if request.header("origin").is_some() => {
                ("a browser's request".to_owned(), plain(request, 403, "AccessDenied", "Requests of pages in a browser are not answered."))
            }
            Some(service) => self.service(&service, request).await,
            None if request.header("authorization").is_some() => {
                let message =
                    "The Authorization header is no AWS Signature Version 4 with a Credential=key/date/region/service/aws4_request.";
                ("unreadable signature".to_owned(), plain(request, 400, "IncompleteSignature", message))
            }
            None => self.unsigned(request),
        };
        self.note(request, &operation, &reply);
        self.with_request_id(reply)
    }

    async fn service(&self, service: &str, request: &Request) -> Answered {
        match service {
            "states" => {
                let name = request.header("x-amz-target").and_then(|target| target.strip_prefix("AWSStepFunctions."));
                let known = name.and_then(|name| states::OPERATIONS.into_iter().find(|known| *known == name));
                let Some(name) = known else { return self.unknown("states", request) };
                let operation = format!("states:{name}");
                let world = self.world.lock();
                let reply = self.by_administrator(&world, request, &operation);
                let reply = reply.and_then(|()| states::answer(&self.executions, &world, request, name));
                (operation, reply.unwrap_or_else(|refusal| refusal.reply()))
            }
            "lambda" => {
                let path = request.path.strip_prefix("/2015-03-31/functions/").and_then(|path| path.strip_suffix("/invocations"));
                let Some(called) = path.filter(|_| request.method == "POST") else { return self.unknown("lambda", request) };
                let allowed = self.by_administrator(&self.world.lock(), request, "lambda:InvokeFunction");
                let reply = match allowed {
                    Ok(()) => self.functions.answer(request, called).await,
                    Err(refusal) => Err(refusal.with_status(403)),
                };
                (format!("lambda:Invoke {called}"), reply.unwrap_or_else(|refusal| refusal.reply()))
            }
            "clock" => {
                let allowed = self.by_administrator(&self.world.lock(), request, "clock:Wait");
                let reply = match allowed {
                    Ok(()) => self.wait(request).await,
                    Err(refusal) => Err(refusal.with_status(403)),
                };
                ("clock:Wait".to_owned(), reply.unwrap_or_else(|refusal| refusal.reply()))
            }
            _ => match service::identify(request).filter(|operation| operation.service == service) {
                Some(operation) => {
                    let now = self.clock.now();
                    (operation.full_name(), service::answer(&mut self.world.lock(), request, now))
                }
                None => self.unknown(service, request),
            },
        }
    }

    /// `POST /wait?seconds=1.5`: answers with the time, once that much of it has passed. No service of AWS's.
    async fn wait(&self, request: &Request) -> Result<Reply, Refusal> {
        let seconds = request.query.get("seconds").and_then(|seconds| seconds.parse::<f64>().ok());
        let seconds = seconds.filter(|seconds| request.method == "POST" && request.path == "/wait" && WAIT_SECONDS.contains(seconds));
        let wanted = || format!("The clock answers POST /wait?seconds=N, with N from {} to {}.", WAIT_SECONDS.start(), WAIT_SECONDS.end());
        let seconds = seconds.ok_or_else(|| Refusal::new("ValidationException", wanted()))?;
        let millis = (seconds * 1000.0).round() as Millis;
        let now = self.clock.at_work(async {
            self.clock.sleep(millis).await;
            self.clock.now()
        });
        let now = jiff::Timestamp::from_millisecond(now.await).map(|time| time.to_string()).unwrap_or_default();
        Ok(Reply::json(&json!({"now": now})))
    }

    /// Only administrators of the home account start executions, invoke functions by hand and ask the clock to wait.
    fn by_administrator(&self, world: &World, request: &Request, action: &str) -> Result<(), Refusal> {
        let access_key = request.signer().map_or("", |(key, _)| key);
        let session = world.session(access_key).ok_or_else(|| Refusal::of_credentials(&Denied::Unknown))?;
        if session.ends.is_some_and(|ends| ends <= self.clock.now()) {
            return Err(Refusal::of_credentials(&Denied::Expired));
        }
        let home = &world.input.home_account;
        if session.account == *home && session.role.is_none() {
            return Ok(());
        }
        let who = match &session.role {
            Some(role) => format!("arn:aws:sts::{}:assumed-role/{role}", session.account),
            None => format!("arn:aws:iam::{}:user/administrator", session.account),
        };
        let message = format!("User: {who} is not authorized to perform: {action}; here only administrators of {home} are (AKIA{home})");
        Err(Refusal::new("AccessDeniedException", message))
    }

    fn unknown(&self, service: &str, request: &Request) -> Answered {
        let target = request.header("x-amz-target").unwrap_or(&request.path);
        let message = format!("{service}: {} {target} is not simulated. {}", request.method, served(&states::OPERATIONS));
        (format!("unknown {service} {} {target}", request.method), plain(request, 404, "UnknownOperationException", &message))
    }

    fn unsigned(&self, request: &Request) -> Answered {
        let now = self.clock.now();
        if let Some((host, reply)) = viewer::answer(&mut self.world.lock(), request, now) {
            return (format!("viewer {host}"), reply);
        }
        let message = format!(
            "Missing Authentication Token: the request is not signed, and its Host is no name that this world knows. Sign it with the \
             access key AKIA and an account's id. {}",
            served(&states::OPERATIONS)
        );
        (format!("unsigned {} {}", request.method, request.path), plain(request, 403, "MissingAuthenticationToken", &message))
    }

    fn with_request_id(&self, reply: Reply) -> Reply {
        if reply.headers.iter().any(|(name, _)| name == "x-amzn-requestid") {
            return reply;
        }
        let asked: u64 = self.tally.lock().unwrap_or_else(PoisonError::into_inner).values().sum();
        let id = self.world.lock().draw(&format!("request/served/{asked}"), 0..i64::MAX);
        reply.with_header("x-amzn-requestid", &format!("{id:016x}"))
    }

    fn note(&self, request: &Request, operation: &str, reply: &Reply) {
        let operation: String = operation.escape_debug().take(LINE_MAX).collect();
        let key = request.signer().map_or("", |(key, _)| key);
        let account = self.world.lock().session(key).map_or_else(|| "-".to_owned(), |session| session.account);
        // The first word; what follows is the sender's.
        let counted = operation.split(' ').next().unwrap_or_default().to_owned();
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner).entry(counted).or_default() += 1;
        let line = format!("{} {account:<12} {operation} {}", super::time_of_day(self.clock.now()), reply.status);
        // Whoever listens may have left.
        let _ = self.log.send(line);
    }
}
