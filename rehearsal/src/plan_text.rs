//! A plan, or the refusal that stands in its place, as an operator reads it before saying yes. What is to be copied (a
//! request, the lines for others) begins at the margin and is never broken. Must not know more than the document says.

use crate::words::{edit, list, place, proof, some, text, wait, waits_for_others, wrap};
use serde_json::{Value, json};

/// Characters of a line that is meant to be read.
const WIDTH: usize = 110;
/// Where the text of a section begins.
const INDENT: usize = 13;

/// `label` at the margin and `said` beside it, in as many lines as it takes.
fn section(label: &str, said: &str) -> Vec<String> {
    hanging(label, INDENT, 0, said)
}

/// The same, the second and later lines `more` further in.
fn hanging(label: &str, indent: usize, more: usize, said: &str) -> Vec<String> {
    let lines = wrap(said, WIDTH - indent - more);
    let head = |at: usize| if at == 0 { format!("{label:<indent$}") } else { " ".repeat(indent + more) };
    lines.iter().enumerate().map(|(at, line)| format!("{}{line}", head(at))).collect()
}

/// Everything about a plan that nobody has carried out.
pub fn plan(document: &Value) -> Vec<String> {
    let edits = list(document, "plan");
    let mut lines = vec![String::new()];
    lines.extend(section("plan", &headline(document)));
    for rejected in list(document, "notChosen") {
        lines.extend(section("", &format!("not {}: {}", text(rejected, "strategy"), text(rejected, "why"))));
    }
    lines.extend(findings(document));
    if edits.is_empty() {
        return lines;
    }
    for (at, planned) in edits.iter().enumerate() {
        lines.push(String::new());
        lines.extend(one_edit(planned));
        if no_return(document) == Some(at) {
            lines.extend(section("", "--- no way back from here: once this has settled, what has moved stays moved ---"));
        }
    }
    lines.push(String::new());
    lines.extend(predicted(document));
    lines.push(String::new());
    lines.extend(way_back(document));
    lines.extend(asked(document));
    lines.push(String::new());
    lines.extend(section("plan hash", text(document, "planHash")));
    if let Some(request) = to_execute(document) {
        lines.extend(section("to execute", "send this request; were the facts to change, it would be refused as planChanged:"));
        lines.push(request.to_string());
    }
    lines
}

/// What moves from where to where, and how.
fn headline(document: &Value) -> String {
    let side = |side: &str| {
        let at = document.pointer(&format!("/request/{side}"))?;
        Some(format!("{} ({})", place(at), text(at, "account")))
    };
    let aliases = document.get("request").map_or(&[][..], |request| list(request, "aliases"));
    let from = side("source").map_or(String::new(), |source| format!(" from {source}"));
    let to = side("target").map_or(String::new(), |target| format!(" to {target}"));
    let strategy = Some(text(document, "strategy")).filter(|name| !name.is_empty());
    let how = if list(document, "plan").is_empty() { "nothing has to be done" } else { strategy.unwrap_or("record sets only") };
    format!("{how}: {}{from}{to}", some(aliases))
}

/// One line for each finding: what was seen and what to do about it.
fn findings(document: &Value) -> Vec<String> {
    let label = |finding: &Value| match text(finding, "severity") {
        "stops" => None,
        "needsYes" => Some("agreed to"),
        _ => Some("worth a look"),
    };
    let said = |finding: &Value| {
        let said = format!("{}: {} – {}", text(finding, "code"), text(finding, "seen"), text(finding, "remedy"));
        label(finding).map(|label| section(label, &said))
    };
    list(document, "findings").iter().filter_map(said).flatten().collect()
}

fn predicted(document: &Value) -> Vec<String> {
    let number = |key: &str| document.pointer(&format!("/prediction/{key}")).and_then(Value::as_u64).unwrap_or(0);
    let gap = match number("outageSecondsWorst") {
        0 => "none by design".to_owned(),
        worst => format!("at most {worst} s at one edge"),
    };
    let by_others = list(document, "plan").iter().flat_map(|planned| list(planned, "settle")).any(waits_for_others);
    let minutes = number("secondsAbout").div_ceil(60);
    let others = if by_others { ", and as long as others take" } else { "" };
    let says = document.pointer("/prediction/says").and_then(Value::as_str).unwrap_or_default();
    let mut lines = section("predicted", says);
    lines.extend(section("gap", &gap));
    lines.extend(section("takes", &format!("about {}:{:02} h{others}", minutes / 60, minutes % 60)));
    lines
}

/// What it is, before and after, what is waited for and what is proved before the next one.
fn one_edit(planned: &Value) -> Vec<String> {
    let label = text(planned, "label");
    let (number, what) = label.split_once(' ').unwrap_or(("", label));
    let waits: Vec<String> = list(planned, "settle").iter().filter(|settle| !is_nothing(settle)).map(wait).collect();
    let waits = if waits.is_empty() { "for nothing".to_owned() } else { waits.join(", then ") };
    let mut lines = section(number, what);
    for (name, said) in [
        ("before", text(planned, "before")),
        ("after", text(planned, "after")),
        ("waits", waits.as_str()),
        ("proves", proof(planned).unwrap_or_default()),
    ] {
        if !said.is_empty() {
            lines.extend(hanging(&format!("{:INDENT$}{name:<8}", ""), INDENT + 8, 0, said));
        }
    }
    lines
}

fn is_nothing(settle: &Value) -> bool {
    text(settle, "kind") == "ttlRunOut" && settle.get("seconds") == Some(&json!(0))
}

pub(crate) fn no_return(document: &Value) -> Option<usize> {
    document.get("pointOfNoReturn").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok())
}

/// The inverses in the order in which they would be carried out, each with the edit that it takes back.
pub fn inverses(document: &Value) -> Vec<String> {
    let edits = list(document, "plan");
    let planned = |at: &Value| edits.get(usize::try_from(at.as_u64()?).ok()?);
    let number = |planned: &Value| text(planned, "label").split(' ').next().unwrap_or_default().to_owned();
    let said = |inverted: &Value| {
        let what = inverted.get("inverse").map(edit).unwrap_or_default();
        let once = inverted.get("inverseOnce").and_then(planned).map(|begun| format!(", due once {} was begun", number(begun)));
        format!("{what} (takes back {}{})", number(inverted), once.unwrap_or_default())
    };
    list(document, "wayBack").iter().filter_map(planned).map(said).collect()
}

fn way_back(document: &Value) -> Vec<String> {
    let until = no_return(document).and_then(|at| list(document, "plan").get(at));
    let until = until.map(|planned| format!(", until {} has settled", text(planned, "label").split(' ').next().unwrap_or_default()));
    let mut lines = section("way back", &format!("what was begun is taken back in this order{}:", until.unwrap_or_default()));
    for (at, inverse) in inverses(document).iter().enumerate() {
        lines.extend(hanging(&format!("{:INDENT$}{}.", "", at + 1), INDENT + 3, 0, inverse));
    }
    lines
}

/// The lines to hand over, as they are; nothing where nobody is asked for anything.
pub fn asked(document: &Value) -> Vec<String> {
    let asked = list(document, "asked");
    if asked.is_empty() {
        return vec![];
    }
    let mut lines = vec![String::new()];
    lines.extend(section("hand over", "these lines, as they are, to whoever has to act on them:"));
    lines.extend(asked.iter().filter_map(Value::as_str).map(str::to_owned));
    lines
}

/// The request that carries out exactly this plan; nothing where there is none to carry out.
pub fn to_execute(document: &Value) -> Option<Value> {
    let hash = text(document, "planHash");
    let mut request = document.get("request").and_then(Value::as_object)?.clone();
    if hash.is_empty() || list(document, "plan").is_empty() {
        return None;
    }
    request.insert("execute".to_owned(), json!(true));
    request.insert("planHash".to_owned(), json!(hash));
    Some(Value::Object(request))
}

/// Each refusal: its code, what was seen, what to do, and the requests that would work, one a line.
pub fn refusals(document: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for refusal in list(document, "refusals") {
        lines.push(String::new());
        lines.extend(section("refused", text(refusal, "code")));
        lines.extend(section("", text(refusal, "message")));
        lines.extend(section("what to do", text(refusal, "remedy")));
        let requests = list(refusal, "requests");
        let ready = match requests.len() {
            0 => continue,
            1 => "this request would work:".to_owned(),
            several => format!("these {several} requests would work, one after the other:"),
        };
        lines.extend(section("ready", &ready));
        lines.extend(requests.iter().map(Value::to_string));
    }
    lines
}
