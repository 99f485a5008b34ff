//! The plan as a table: each edit with what it changes, what is waited for and proved, and what takes it back; beside it
//! what was not chosen and why, the way back in its order, and what others are asked for. Must not know more than the
//! document and the run's timeline say.

use super::noted;
use crate::plan_text::{inverses, no_return, to_execute};
use crate::run::Report;
use crate::words::{edit, list, proof, text, wait};
use crate::world::World;
use maud::{Markup, html};
use serde_json::Value;

/// The section of the plan; nothing where there is none.
pub(super) fn plan(report: &Report, world: &World) -> Markup {
    let document = &report.document;
    html! {
        @if !list(document, "plan").is_empty() {
            section {
                h2 { "The plan" }
                (not_chosen(document))
                (edits(report, world))
                (takes(document))
                h3 { "The way back" }
                p.faint { "What was begun is taken back in this order." }
                ol { @for inverse in inverses(document) { li { (inverse) } } }
                (asked(document))
                @if report.outcome == "planned" { (agree(document)) }
            }
        }
    }
}

fn not_chosen(document: &Value) -> Markup {
    html! {
        @if !list(document, "notChosen").is_empty() {
            ul { @for rejected in list(document, "notChosen") { li { "not " strong { (text(rejected, "strategy")) } ": " (text(rejected, "why")) } } }
        }
    }
}

fn edits(report: &Report, world: &World) -> Markup {
    let planned = report.outcome == "planned";
    let turned = report.timeline.iter().any(|(_, what, _)| what == "turning round");
    let back = |inverse: &str| noted(report, world, |what| what.starts_with("back ") && what.ends_with(inverse));
    html! {
        div.wide { table {
            thead { tr {
                th { "Edit" } th { "Before" } th { "After" } th { "Waits, then proves" } th { "Taken back by" }
                @if !planned { th { "Done" } } @if turned { th { "Taken back" } }
            } }
            tbody {
                @for (at, planned_edit) in list(&report.document, "plan").iter().enumerate() {
                    @let inverse = planned_edit.get("inverse").map(edit).unwrap_or_default();
                    tr.edit {
                        td.what { (text(planned_edit, "label")) }
                        td { (text(planned_edit, "before")) }
                        td { (text(planned_edit, "after")) }
                        td { (waits_and_proves(planned_edit)) }
                        td { (inverse) }
                        @if !planned { td.time { (noted(report, world, |what| what == text(planned_edit, "label"))) } }
                        @if turned { td.time { (back(&inverse)) } }
                    }
                    @if no_return(&report.document) == Some(at) {
                        tr.turn { td.what colspan="7" { "No way back from here: once this has settled, what has moved stays moved." } }
                    }
                }
            }
        } }
    }
}

fn waits_and_proves(planned: &Value) -> String {
    let waits: Vec<String> = list(planned, "settle").iter().map(wait).collect();
    let proves = proof(planned).map_or(String::new(), |proof| format!("; then: {proof}"));
    format!("{}{proves}", waits.join(", then "))
}

fn takes(document: &Value) -> Markup {
    let seconds = document.pointer("/prediction/secondsAbout").and_then(Value::as_u64);
    html! {
        @if let Some(minutes) = seconds.map(|seconds| seconds.div_ceil(60)) {
            p { "Takes about " (minutes / 60) ":" (format!("{:02}", minutes % 60)) " h, the waiting for others apart." }
        }
    }
}

fn asked(document: &Value) -> Markup {
    let lines: Vec<&str> = list(document, "asked").iter().filter_map(Value::as_str).collect();
    html! {
        @if !lines.is_empty() {
            h3 { "To hand over" }
            p.faint { "These lines, as they are, to whoever has to act on them." }
            pre { code { (lines.join("\n")) } }
        }
    }
}

fn agree(document: &Value) -> Markup {
    html! {
        @if let Some(request) = to_execute(document) {
            h3 { "To execute it" }
            p { "Plan hash " code { (text(document, "planHash")) } ". Were the facts to change, this request would be refused as planChanged:" }
            pre { code { (serde_json::to_string_pretty(&request).unwrap_or_default()) } }
        }
    }
}
