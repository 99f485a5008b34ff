//! One run as one page of HTML that stands alone: what came of it, a picture of who served viewers when, what was
//! found, planned, done and called. No script, nothing from elsewhere. Must not know anything that the report and the
//! world do not say.

mod marks;
mod picture;
mod plan;

use crate::run::Report;
use crate::viewers::Cast;
use crate::wire::Fault;
use crate::words::{list, some, text};
use crate::world::{Millis, World};
use marks::{marks, number_of};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use picture::{LAYERS, Picture, weaves};
use serde_json::Value;

const STYLE: &str = include_str!("page/page.css");

/// The page of `report`, which `world` played in, for viewers of `cast`.
pub fn render(report: &Report, cast: &Cast, world: &World) -> String {
    let end = world.start + (report.simulated_seconds * 1000.0).round() as Millis;
    let shares = world.shares_over_time(cast, end);
    let title = format!("{}: {}", report.scenario, outcome_in_words(&report.outcome).1);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – a rehearsal of Cutover" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (headline(report, cast, world))
                    (viewers(report, cast, world, &shares, end))
                    (stuck(report))
                    (refusals(&report.document))
                    (findings(&report.document))
                    (plan::plan(report, world))
                    (timeline(report, world, &shares))
                    (calls(report))
                    footer {
                        "Rehearsed against a simulated AWS in virtual time, with Cutover’s own functions and state machine. No AWS account was touched. "
                        "The same seed tells the same story."
                    }
                }
            }
        }
    };
    page.into_string()
}

/// Class, words and sign of an outcome.
fn outcome_in_words(outcome: &str) -> (&'static str, String, &'static str) {
    match outcome {
        "completed" => ("good", "completed".to_owned(), "✓"),
        "planned" => ("good", "planned, nothing changed".to_owned(), "✓"),
        "refused" => ("warn", "refused, nothing changed".to_owned(), "■"),
        "rolledBack" => ("warn", "rolled back".to_owned(), "↩"),
        "stuck" => ("bad", "stuck, a person is needed".to_owned(), "✗"),
        other => ("bad", other.to_owned(), "✗"),
    }
}

/// `0:05:11`
fn since(millis: Millis) -> String {
    let seconds = millis.max(0) / 1000;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `02:05:11`, in UTC.
fn of_day(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map(|at| at.strftime("%H:%M:%S").to_string()).unwrap_or_default()
}

/// `1 494 255`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let spaced = digits.chars().enumerate().flat_map(|(at, digit)| [(at > 0 && at % 3 == first).then_some('\u{202f}'), Some(digit)]);
    spaced.flatten().collect()
}

fn card(name: &str, value: &str, more: &str) -> Markup {
    html! { div.card { dt { (name) } dd { (value) @if !more.is_empty() { small { (more) } } } } }
}

fn headline(report: &Report, cast: &Cast, world: &World) -> Markup {
    let (class, words, sign) = outcome_in_words(&report.outcome);
    let document = &report.document;
    let says = document.pointer("/prediction/says").and_then(Value::as_str).unwrap_or_default();
    let predicted = document.pointer("/prediction/outageSecondsWorst").and_then(Value::as_u64);
    let predicted = predicted.map_or(String::new(), |seconds| format!("predicted: {seconds} s at the worst"));
    let strategy = Some(text(document, "strategy")).filter(|name| !name.is_empty()).unwrap_or("none");
    let viewers = &report.viewers;
    let aliases: Vec<Value> = cast.aliases.iter().map(|alias| Value::from(alias.as_str())).collect();
    let begun =
        jiff::Timestamp::from_millisecond(world.start).map(|at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()).unwrap_or_default();
    let faults: Vec<String> = world.faults.iter().map(Fault::to_string).collect();
    html! {
        header {
            p.faint { "Cutover, rehearsed with seed " (report.seed) "; " (report.execution.transitions) " state transitions" }
            h1 { (report.scenario) " " span class=(format!("badge {class}")) { (sign) " " (words) } }
            p { "Moves " strong { (some(&aliases)) } " from " (place(&cast.source, world)) " to " (place(&cast.target, world)) "." }
            @if !says.is_empty() { p { "Predicted: " (says) "." } }
            @if let Some(because) = document.pointer("/progress/turnedBecause").and_then(Value::as_str) {
                div.notice { strong { "Turned round because: " } (because) }
            }
            @if !faults.is_empty() { p { "Injected: " @for fault in &faults { code { (fault) } " " } } }
            dl.cards {
                (card("Strategy", strategy, ""))
                (card("Outage, mean", &format!("{:.1} s", viewers.outage_seconds_mean), "over all locations and aliases"))
                (card("Outage, worst", &format!("{:.1} s", viewers.outage_seconds_worst), &predicted))
                (card("Requests unserved", &grouped(viewers.unserved), &format!("of {}", grouped(viewers.requests))))
                (card("Took", &since((report.simulated_seconds * 1000.0) as Millis), &format!("simulated, from {begun}")))
            }
        }
    }
}

/// A distribution with whatever helps a person to know it again.
fn place(id: &str, world: &World) -> Markup {
    let Some(distribution) = world.distributions.get(id) else { return html! { strong { (id) } " (unknown)" } };
    let account = world.input.accounts.iter().find(|account| account.id == distribution.account);
    let name = account.and_then(|account| account.name.as_deref());
    let comment = distribution.given.comment.as_deref().filter(|comment| !comment.is_empty());
    html! {
        strong { (id) } " (account " (distribution.account)
        @if let Some(name) = name { " “" (name) "”" }
        @if let Some(comment) = comment { ", “" (comment) "”" }
        ")"
    }
}

fn viewers(report: &Report, cast: &Cast, world: &World, shares: &[(Millis, [f64; 4])], end: Millis) -> Markup {
    let marks = marks(report, cast, world);
    let counts = [report.viewers.by_source, report.viewers.by_target, report.viewers.by_other, report.viewers.unserved];
    let ids = [cast.source.as_str(), cast.target.as_str()];
    let percent = |count: u64| 100.0 * count as f64 / (report.viewers.requests.max(1)) as f64;
    let picture = Picture { start: world.start, end, shares, ids, marks: &marks };
    html! {
        section {
            h2 { "Who served viewers" }
            @if marks.is_empty() && shares.len() < 2 {
                p { "Nothing changed at the edge. From beginning to end viewers were served by: " (shares.first().map(|(_, now)| in_words(*now)).unwrap_or_default()) "." }
                svg.hidden aria-hidden="true" { (weaves()) }
            } @else {
                div.wide { (picture.draw()) }
            }
            ul.legend {
                @for (index, ((class, word), count)) in LAYERS.into_iter().zip(counts).enumerate() {
                    @if count > 0 || class != "other" {
                        li {
                            svg viewBox="0 0 26 14" aria-hidden="true" {
                                rect class=(format!("fill-{class}")) width="26" height="14" {}
                                rect fill=(format!("url(#weave-{class})")) width="26" height="14" {}
                            }
                            (word.to_lowercase()) @if let Some(id) = ids.get(index) { " " (id) } ": " (grouped(count)) " requests, " (format!("{:.1} %", percent(count)))
                        }
                    }
                }
            }
            p.faint { "One request a second for each alias at each of " (world.input.edge.locations) " locations; added up exactly, not sampled." }
        }
    }
}

/// `source 40.0 %, NOBODY 60.0 %`
fn in_words(shares: [f64; 4]) -> String {
    let told = LAYERS.into_iter().zip(shares).filter(|(_, share)| *share > 0.0);
    told.map(|((_, word), share)| if share >= 100.0 { word.to_owned() } else { format!("{word} {share:.1} %") })
        .collect::<Vec<_>>()
        .join(", ")
}

fn stuck(report: &Report) -> Markup {
    let stuck = report.document.get("stuck").filter(|stuck| !stuck.is_null());
    let cause = stuck.map(|stuck| text(stuck, "cause")).or(report.execution.cause.as_deref()).unwrap_or("the execution failed");
    html! {
        @if report.outcome == "stuck" {
            section {
                h2 { "A person is needed" }
                div class="notice stops" {
                    p { (cause) }
                    @if let Some(stuck) = stuck {
                        @for (what, key) in [("Seen last", "seen"), ("Next by hand, in this order", "nextMoves")] {
                            @if !list(stuck, key).is_empty() {
                                p { strong { (what) } }
                                ol { @for line in list(stuck, key) { li { (line.as_str().unwrap_or_default()) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn refusals(document: &Value) -> Markup {
    let refusals = list(document, "refusals");
    html! {
        @if !refusals.is_empty() {
            section {
                h2 { "Why it did not start" }
                @for refusal in refusals {
                    div class="notice stops" {
                        p { strong { (text(refusal, "code")) } ": " (text(refusal, "message")) }
                        p { strong { "Next: " } (text(refusal, "remedy")) }
                        @for request in list(refusal, "requests") {
                            p.faint { "A request that would work:" }
                            pre { code { (serde_json::to_string_pretty(request).unwrap_or_default()) } }
                        }
                    }
                }
            }
        }
    }
}

fn findings(document: &Value) -> Markup {
    let findings = list(document, "findings");
    let weight = |severity: &str| match severity {
        "stops" => "stops it",
        "needsYes" => "needs a yes",
        _ => "worth knowing",
    };
    html! {
        @if !findings.is_empty() {
            section {
                h2 { "What the planner saw" }
                @for finding in findings {
                    div class=(format!("notice {}", text(finding, "severity"))) {
                        p { strong { (text(finding, "code")) } ", " (weight(text(finding, "severity"))) ": " (text(finding, "seen")) }
                        p { "Why it matters: " (text(finding, "why")) }
                        p { strong { "What to do: " } (text(finding, "remedy")) }
                    }
                }
            }
        }
    }
}

/// When the edit with this number, or the inverse with these words, was noted.
fn noted(report: &Report, world: &World, is_it: impl Fn(&str) -> bool) -> String {
    let at = report.timeline.iter().find(|(_, what, _)| is_it(what)).map(|(at, ..)| *at);
    at.map_or("–".to_owned(), |at| since(at - world.start))
}

fn timeline(report: &Report, world: &World, shares: &[(Millis, [f64; 4])]) -> Markup {
    let at_moment = |at: Millis| shares.iter().rev().find(|(from, _)| *from <= at).map(|(_, shares)| in_words(*shares)).unwrap_or_default();
    html! {
        section {
            h2 { "What happened" }
            div.wide { table {
                thead { tr { th { "After" } th { "UTC" } th { "What" } th { "More about it" } th { "Viewers served by" } } }
                tbody {
                    @for (at, what, detail) in &report.timeline {
                        @let class = if number_of(what).is_some() { "edit" } else if ["turning round", "stuck"].contains(&what.as_str()) { "turn" } else { "" };
                        tr class=(class) {
                            td.time { (since(at - world.start)) }
                            td.time { (of_day(*at)) }
                            td.what { (what) }
                            td { (detail) }
                            td { (at_moment(*at)) }
                        }
                    }
                }
            } }
        }
    }
}

fn calls(report: &Report) -> Markup {
    html! {
        section {
            h2 { "Calls to AWS" }
            div.wide { table.narrow {
                thead { tr { th { "Operation" } th.count { "Calls" } } }
                tbody {
                    @for (call, count) in &report.calls { tr { td { code { (call) } } td.count { (grouped(*count)) } } }
                }
            } }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::render;
    use crate::run::{Play, Unwatched, rehearse};
    use crate::scenario;
    use crate::viewers::Cast;
    use serde_json::json;
    use std::path::Path;

    fn play(name: &str) -> Play {
        scenario::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios").join(name), 1).unwrap()
    }

    fn page(play: &Play) -> String {
        let (report, world) = rehearse(play, &Unwatched).unwrap();
        render(&report, &Cast::of(&play.request), &world.lock())
    }

    #[test]
    fn a_page_tells_the_outcome_the_plan_and_who_served() {
        let page = page(&play("legacy-to-new"));
        for part in [
            "✓ completed",
            "wildcardBridge",
            "3/5 remove a.foo.com from E1LEGACYXYZ",
            "E1LEGACYXYZ lists nothing",
            "3/5 E1LEGACYXYZ loses a.foo.com",
            "source E1LEGACYXYZ",
        ] {
            assert!(page.contains(part), "{part} is missing");
        }
        assert!(!page.contains("NaN") && !page.contains("http:") && !page.contains("https:") && !page.contains("<script"));
    }

    #[test]
    fn the_same_run_is_the_same_page() {
        assert_eq!(page(&play("swap-never-attaches")), page(&play("swap-never-attaches")));
    }

    #[test]
    fn hostile_words_stay_words() {
        let hostile = "</p><script>alert('x')</script>&";
        let mut play = play("plan-only");
        play.scenario = hostile.to_owned();
        play.world["distributions"][0]["comment"] = json!(hostile);
        play.world["accounts"][0]["name"] = json!("\"><img src=x>");
        let page = page(&play);
        assert!(page.contains("&lt;/p&gt;&lt;script&gt;alert") && !page.contains("<script") && !page.contains("<img"));
    }
}
