//! Asks as a viewer whether the names are served by the target. Never writes and calls no AWS API.

use crate::answer::Failure;
use crate::clock::Clock;
use crate::viewer::{NotServed, PageRequest, Viewer};
use cutover::document::{Cutover, Endpoints};
use cutover::error_name::ErrorName;
use cutover::name::Alias;
use cutover::plan::{Proof, names};
use cutover::verdict::{Sight, Verdict, as_expected, judge_page};

/// Tries for each name before it counts as not served: one edge, one lost packet decide nothing.
const TRIES_MAX: u32 = 3;
/// Pause between two tries.
const PAUSE_MILLIS: u64 = 5_000;
/// Names that are asked for: at 3 tries of 10 s and two pauses each, 7 stay inside the function's 300 s. The names of
/// one cutover share their fate (SW-10).
const NAMES_MAX: usize = 7;
/// First label of the throw-away name below a wildcard (WB-2).
const PROBE_LABEL: &str = "cutover-probe";

pub(crate) async fn verify(viewer: &dyn Viewer, clock: &Clock, mut document: Cutover) -> Result<Cutover, Failure> {
    let proof = document.proof_now()?;
    // A tenant answers to its own names and not to its connection group's endpoint, so that it shows nothing before the
    // first of them has joined it (DT-12).
    if proof == Proof::Target && document.request.as_ref().is_some_and(|request| request.target.distribution.is_tenant()) {
        document.verified(clock.now(), Verdict::Unasked("a tenant can be asked for nothing before a name is on it".to_owned()));
        return Ok(document);
    }
    let target = endpoints(&document)?.target.domain_name;
    let questions: Vec<Question> = match proof {
        Proof::Wildcard => probes(&document).into_iter().map(|name| Question { name, connect_to: Some(target.clone()) }).collect(),
        Proof::Target => Alias::parse(&target).into_iter().map(|name| Question { name, connect_to: None }).collect(),
        Proof::Attached => document.edit_now()?.attaches().iter().filter_map(|name| question(&document, name)).collect(),
        Proof::Aliases => served(&document),
    };
    let questions: Vec<Question> = questions.into_iter().take(NAMES_MAX).collect();
    let names_asked: Vec<Alias> = questions.iter().map(|question| question.name.clone()).collect();
    let mut verdict = Verdict::Passed(match names_asked.as_slice() {
        [] => "no name had to be asked for".to_owned(),
        asked => format!("{} served by the target", names(asked)),
    });
    for question in &questions {
        if let Err(seen) = ask(viewer, clock, &document, question).await? {
            verdict = Verdict::Failed(format!("{}: {seen}", question.name));
            break;
        }
    }
    document.verified(clock.now(), verdict);
    Ok(document)
}

/// One try for one name, a different one each time: what a soak's look sees.
pub(crate) async fn glance(viewer: &dyn Viewer, document: &Cutover) -> Result<(), String> {
    let questions = served(document);
    let position = usize::try_from(document.looks).unwrap_or(0) % questions.len().max(1);
    let Some(question) = questions.get(position) else { return Ok(()) };
    let endpoints = endpoints(document).map_err(|failure| failure.message)?;
    look(viewer, document, &endpoints, question).await.map_err(|seen| format!("{}: {seen}", question.name))
}

/// The names that the target is to serve: those that move, or all where only record sets do.
fn served(document: &Cutover) -> Vec<Question> {
    let mut names = document.moving();
    if names.is_empty() {
        names = document.request.as_ref().map_or(vec![], |request| request.aliases.clone());
    }
    names.iter().filter_map(|name| question(document, name)).collect()
}

/// One name to ask for.
struct Question {
    name: Alias,
    /// Whose address is connected to, where that is not the name's own.
    connect_to: Option<String>,
}

/// How `alias` is asked for: itself, or a name below a wildcard. Below a wildcard without a record set of its own (DT-9) no
/// name leads anywhere, and the target's address does for it: the name alone picks who answers (CF-1).
fn question(document: &Cutover, alias: &Alias) -> Option<Question> {
    if !alias.is_wildcard() {
        return Some(Question { name: alias.clone(), connect_to: None });
    }
    let leads = document.as_read(alias).is_ok_and(|sets| !sets.is_empty());
    let target = document.endpoints.as_ref().map(|endpoints| endpoints.target.domain_name.clone());
    Some(Question { name: probe(alias)?, connect_to: target.filter(|_| !leads) })
}

/// A name below `wildcard` which nobody else asks for.
fn probe(wildcard: &Alias) -> Option<Alias> {
    Alias::parse(&format!("{PROBE_LABEL}.{}", wildcard.parent())).ok()
}

/// A probe below each wildcard that the edit put on the target.
fn probes(document: &Cutover) -> Vec<Alias> {
    document.wildcards_now().iter().filter_map(probe).collect()
}

fn endpoints(document: &Cutover) -> Result<Endpoints, Failure> {
    document.endpoints.clone().ok_or_else(|| Failure::new(ErrorName::MalformedDocument, "the document lacks the endpoints"))
}

async fn ask(viewer: &dyn Viewer, clock: &Clock, document: &Cutover, question: &Question) -> Result<Result<(), String>, Failure> {
    let endpoints = endpoints(document)?;
    let mut seen = Ok(());
    for attempt in 0..TRIES_MAX {
        if attempt > 0 {
            clock.sleep_millis(PAUSE_MILLIS).await;
        }
        seen = look(viewer, document, &endpoints, question).await;
        if seen.is_ok() {
            break;
        }
    }
    Ok(seen)
}

async fn look(
    viewer: &dyn Viewer,
    document: &Cutover,
    endpoints: &Endpoints,
    Question { name, connect_to }: &Question,
) -> Result<(), String> {
    let expected = document.request.as_ref().and_then(|request| request.verify.as_ref());
    let page = PageRequest {
        host: name.to_string(),
        connect_to: connect_to.clone(),
        path: expected.map_or("/", |expected| expected.path.as_str()).to_owned(),
    };
    let answer = viewer.get(&page).await.map_err(|error: NotServed| error.to_string())?;
    let sight = Sight { status: answer.status, headers: answer.headers, certificate_serial: answer.certificate_serial };
    // Who asks for the target's own domain name is answered by the target and nobody else (CF-1), with CloudFront's own
    // certificate.
    if name.as_str() == endpoints.target.domain_name { as_expected(&sight, expected) } else { judge_page(&sight, expected, endpoints) }
}
