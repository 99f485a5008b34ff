//! The story as it happens, one line for each event: when, what, and who serves viewers at that moment. The
//! same lines, without colour, are a scenario's `timeline.txt`. Must not change anything.

use crate::clock::VirtualClock;
use crate::interpreter::{Observer, TaskError};
use crate::plan_text;
use crate::plug::SharedWorld;
use crate::run::{Audit, Report};
use crate::viewers::Cast;
use crate::words;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Width of the bar that shows who serves.
const BAR: usize = 20;
/// Width of the column that says what.
const WHAT: usize = 52;

/// Tells lines to somebody.
pub struct Live<F: Fn(&str) + Send + Sync> {
    tell: F,
    stage: Mutex<Stage>,
}

#[derive(Default)]
struct Stage {
    world: Option<(SharedWorld, VirtualClock, Cast)>,
    told: usize,
    happened: usize,
    said: BTreeSet<String>,
    failing: Option<(String, u32)>,
}

impl<F: Fn(&str) + Send + Sync> Live<F> {
    /// `tell` gets each line.
    pub fn new(tell: F) -> Self {
        Self { tell, stage: Mutex::new(Stage::default()) }
    }

    fn line(&self, what: &str, detail: &str, at: i64) {
        let again = self.stage.lock().unwrap_or_else(PoisonError::into_inner).failing.take();
        if let Some((_, times)) = again.filter(|(_, times)| *times > 0) {
            (self.tell)(&format!("          and {times} more times"));
        }
        let stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((world, _, cast)) = &stage.world else { return };
        let world = world.lock();
        let line = format!("{}  {:<WHAT$} {}", since(at - world.start), shorten(what), bar(world.shares(cast, at)));
        (self.tell)(line.trim_end());
        if !detail.is_empty() {
            (self.tell)(&format!("          {detail}"));
        }
    }

    /// Lets actors whose time has come act, so that their deeds are told before what follows from them.
    fn catch_up(&self, at: i64) {
        let stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((world, ..)) = &stage.world {
            world.lock().advance(at);
        }
    }

    fn tell_news(&self, document: &Value) {
        let (events, happenings) = {
            let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
            let events: Vec<Value> = document.get("timeline").and_then(Value::as_array).cloned().unwrap_or_default();
            let fresh: Vec<Value> = events.iter().skip(stage.told).cloned().collect();
            stage.told = stage.told.max(events.len());
            let happened = stage.happened;
            let happenings =
                stage.world.as_ref().map(|(world, ..)| world.lock().happenings.iter().skip(happened).cloned().collect::<Vec<_>>());
            let happenings = happenings.unwrap_or_default();
            stage.happened += happenings.len();
            (fresh, happenings)
        };
        let mut lines: Vec<(i64, String, String)> = happenings.into_iter().map(|h| (h.at, h.what, h.detail)).collect();
        for event in events {
            let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let at = text("at").parse::<jiff::Timestamp>().map_or(0, |at| at.as_millisecond());
            lines.push((at, text("what"), text("detail")));
        }
        lines.sort_by_key(|(at, ..)| *at);
        for (at, what, detail) in lines {
            self.line(&what, &detail, at);
        }
    }
}

impl<F: Fn(&str) + Send + Sync> Observer for Live<F> {
    fn state_entered(&self, state: &str, at_millis: i64, input: &Value) {
        self.catch_up(at_millis);
        self.tell_news(input);
        if state == "WaitToSettle" {
            let waited_for = input.get("progress").map(|progress| {
                let of = |key: &str| progress.get(key).map(Value::to_string).unwrap_or_default();
                format!("{}{}{}", of("direction"), of("at"), of("stage"))
            });
            let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
            let first = stage.said.insert(waited_for.unwrap_or_default());
            drop(stage);
            if first {
                self.line(&format!("  … {}", waiting_for(input)), "", at_millis);
            }
        }
    }

    fn task_failed(&self, state: &str, at_millis: i64, error: &TaskError) {
        self.catch_up(at_millis);
        self.tell_news(&Value::Null);
        let what = format!("  ! {state}: {}", error.error);
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((last, times)) = &mut stage.failing
            && *last == what
        {
            *times += 1;
            return;
        }
        drop(stage);
        self.line(&what, "", at_millis);
        self.stage.lock().unwrap_or_else(PoisonError::into_inner).failing = Some((what, 0));
    }
}

impl<F: Fn(&str) + Send + Sync> Audit for Live<F> {
    fn begins(&self, world: &SharedWorld, clock: VirtualClock, cast: &Cast) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        stage.world = Some((world.clone(), clock, cast.clone()));
    }
}

/// What the document waits for.
fn waiting_for(document: &Value) -> String {
    document.pointer("/progress/waitsFor").map_or("until it has settled".to_owned(), words::wait)
}

fn shorten(what: &str) -> String {
    if what.chars().count() <= WHAT { what.to_owned() } else { what.chars().take(WHAT - 1).chain(['…']).collect() }
}

/// `mm:ss`, or `h:mm:ss` from an hour on.
fn since(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours}:{minutes:02}:{seconds:02} ")
}

/// `source ████░░░░ target   S 40 % T 60 %`
fn bar([source, target, other, nobody]: [f64; 4]) -> String {
    let cells = |share: f64| (share / 100.0 * BAR as f64).round() as usize;
    let (s, o, n) = (cells(source), cells(other), if nobody > 0.0 { cells(nobody).max(1) } else { 0 });
    let t = BAR.saturating_sub(s + o + n);
    let bar: String = "█".repeat(s) + &"▒".repeat(t) + &"~".repeat(o) + &"!".repeat(n);
    let bar: String = bar.chars().take(BAR).collect();
    let mut text = format!("{bar} source {source:3.0} % target {target:3.0} %");
    if other > 0.0 {
        text += &format!(" other {other:3.0} %");
    }
    if nobody > 0.0 {
        text += &format!(" NOBODY {nobody:.1} %");
    }
    text
}

/// What the planner saw and did not stop at.
fn findings(document: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in words::list(document, "findings").iter().filter(|finding| words::text(finding, "severity") != "stops") {
        let of = |key: &str| words::text(finding, key);
        lines.push(format!("finding      {}: {}: {}", of("code"), of("seen"), of("why")));
        lines.push(format!("             {}", of("remedy")));
    }
    lines
}

/// The last lines: outcome, outage, calls, transitions; the plan where that is all that was asked for.
pub fn summary(report: &Report) -> Vec<String> {
    let (document, viewers) = (&report.document, &report.viewers);
    let calls: Vec<String> = report.calls.iter().map(|(call, count)| format!("{call} {count}")).collect();
    let strategy = document.get("strategy").and_then(Value::as_str).unwrap_or("none");
    let mut lines = vec![
        String::new(),
        format!("outcome      {} (strategy {strategy}, seed {})", report.outcome, report.seed),
        format!(
            "outage       mean {:.3} s, worst {:.3} s at a location; {} of {} requests unserved",
            viewers.outage_seconds_mean, viewers.outage_seconds_worst, viewers.unserved, viewers.requests
        ),
        format!("calls        {}", calls.join(", ")),
        format!("transitions  {} in {}simulated", report.execution.transitions, since((report.simulated_seconds * 1000.0) as i64)),
    ];
    for fault in &report.idle_faults {
        lines.push(format!("no fault     {fault} was never called, so nothing was injected there"));
    }
    match report.outcome.as_str() {
        "planned" => lines.extend(plan_text::plan(document)),
        "refused" => lines.extend(plan_text::refusals(document)),
        _ => {
            lines.extend(findings(document));
            lines.extend(plan_text::refusals(document));
        }
    }
    if let Some(stuck) = document.get("stuck").filter(|stuck| !stuck.is_null()) {
        lines.push(format!("stuck        {}", words::text(stuck, "cause")));
    } else if report.outcome == "stuck" {
        lines.push(format!("stuck        {}", report.execution.cause.as_deref().unwrap_or("the execution failed")));
    }
    if !["planned", "refused"].contains(&report.outcome.as_str()) {
        lines.extend(plan_text::asked(document));
    }
    lines
}
