//! The edits and inverses that a clean run carried out, in order, each with the calls that did it: read off the plan and
//! the journal. Holds no expectation.

use rehearsal::explore::Clean;
use rehearsal::world::journal::{Entry, Writer};
use serde_json::Value;
use std::collections::BTreeSet;

/// Operations that change what a cutover is about.
const WRITES: [&str; 4] = [
    "cloudfront:UpdateDistribution",
    "cloudfront:UpdateDomainAssociation",
    "cloudfront:AssociateAlias",
    "route53:ChangeResourceRecordSets",
];

/// One edit, or one inverse, that was carried out.
#[derive(Debug)]
pub(super) struct Act {
    /// Its position in the plan.
    pub(super) position: usize,
    /// Whether it is the inverse.
    pub(super) back: bool,
    /// What was done.
    pub(super) edit: Value,
    /// Every call that its step made to write, in order.
    pub(super) calls: Vec<Call>,
    /// Entries of the journal, by position.
    pub(super) entries: Vec<usize>,
    /// When others were asked, where they were.
    pub(super) asked_at: Option<i64>,
}

/// One write that was sent.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) operation: String,
    pub(super) number: u64,
    /// Whose credentials it needs.
    pub(super) account: String,
    /// The distribution or hosted zone.
    pub(super) on: String,
    pub(super) accepted: bool,
}

impl Call {
    /// The call is refused from here on, in both ways in which a name can be moved (MV-8).
    pub(super) fn denied_for_good(&self) -> Vec<String> {
        let mut faults = vec![format!("{}#{}:deniedForGood", self.operation, self.number)];
        if self.operation == "cloudfront:UpdateDomainAssociation" {
            faults.push("cloudfront:AssociateAlias#1:deniedForGood".to_owned());
        }
        faults
    }
}

impl Act {
    /// Whether anything was written for it, or anybody asked: where the world is as wanted there is nothing to do.
    pub(super) fn is_done(&self) -> bool {
        !self.entries.is_empty() || self.asked_at.is_some()
    }

    pub(super) fn accepted(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.accepted)
    }

    /// Operation and account of everything that has to be allowed for it.
    pub(super) fn permissions(edit: &Value, clean: &Clean) -> BTreeSet<(String, String)> {
        let update = "cloudfront:UpdateDistribution";
        let of = |operation: &str, place: &Value| (operation.to_owned(), place["account"].as_str().unwrap_or_default().to_owned());
        match edit["op"].as_str().unwrap() {
            "updateDistribution" | "setEnabled" => [of(update, edit)].into(),
            "swapAliases" => [of(update, &edit["from"]), of(update, &edit["to"])].into(),
            "updateDomainAssociation" => [of("cloudfront:UpdateDomainAssociation", &edit["to"])].into(),
            "changeRecordSets" | "changeProofs" => [("route53:ChangeResourceRecordSets".to_owned(), zone_account(clean, edit))].into(),
            _ => BTreeSet::new(),
        }
    }

    /// Every name that it says anything of.
    pub(super) fn names(&self) -> Vec<String> {
        let listed = ["aliases", "add", "remove"].into_iter().filter_map(|key| self.edit[key].as_array()).flatten();
        let proved = self.edit["of"].as_str().and_then(|of| of.split(' ').next());
        listed.filter_map(Value::as_str).chain(proved).map(str::to_owned).collect()
    }

    pub(super) fn label(&self) -> String {
        let of = |key: &str| self.edit[key].as_str().map(|text| format!(" {text}")).unwrap_or_default();
        let back = if self.back { "back " } else { "" };
        let op = self.edit["op"].as_str().unwrap();
        format!("{back}{} {op}{}{}{}", self.position + 1, of("distribution"), of("proves"), of("to"))
    }
}

fn zone_account(clean: &Clean, edit: &Value) -> String {
    let zones = clean.play.world["hostedZones"].as_array().unwrap();
    zones.iter().find(|zone| zone["id"] == edit["hostedZone"]).unwrap()["account"].as_str().unwrap().to_owned()
}

/// Positions whose inverses are due when this many edits were begun, in the order of the way back.
pub(super) fn inverses(document: &Value, begun: usize) -> Vec<usize> {
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let due = |at: &usize| document["plan"][*at].get("inverseOnce").map_or(*at, number) < begun;
    document["wayBack"].as_array().unwrap().iter().map(number).filter(due).collect()
}

/// Every edit and inverse of the run, with what it wrote.
pub(super) fn acts(clean: &Clean) -> Vec<Act> {
    let document = &clean.report.document;
    let plan = document["plan"].as_array().unwrap();
    let begun = usize::try_from(document["progress"]["begun"].as_u64().unwrap()).unwrap();
    let forward = (0..begun).map(|at| (at, false));
    let turned = document["progress"]["direction"] == "back";
    let back = inverses(document, begun).into_iter().filter(|_| turned).map(|at| (at, true));
    let mut own: Vec<(usize, &Entry)> = clean.journal.entries.iter().enumerate().filter(|(_, entry)| entry.writer.is_some()).collect();
    own.reverse();
    let mut asked = clean.states.iter().filter(|(state, _)| state == "AskOthers").map(|(_, at)| *at);
    let mut acts: Vec<Act> = vec![];
    for (position, back) in forward.chain(back) {
        let edit = plan[position][if back { "inverse" } else { "edit" }].clone();
        let mut entries = vec![];
        while let Some((at, _)) = own.pop_if(|(_, entry)| is_of(&edit, entry)) {
            entries.push(at);
        }
        let asked_at = edit["op"].as_str().unwrap().starts_with("askFor").then(|| asked.next().unwrap());
        let calls = calls(clean, &edit, &entries);
        acts.push(Act { position, back, edit, calls, entries, asked_at });
    }
    assert!(own.is_empty(), "writes that belong to no edit: {:?}", own.iter().map(|(_, entry)| &entry.operation).collect::<Vec<_>>());
    acts
}

/// Whether `entry` is a write of `edit`.
fn is_of(edit: &Value, entry: &Entry) -> bool {
    let on = |place: &Value| place["distribution"] == entry.on.as_str();
    let update = entry.operation == "cloudfront:UpdateDistribution";
    let side = || (&entry.before.sides[&entry.on], &entry.after.sides[&entry.on]);
    let come = || -> BTreeSet<&str> { side().1.aliases.difference(&side().0.aliases).map(String::as_str).collect() };
    let gone = || -> BTreeSet<&str> { side().0.aliases.difference(&side().1.aliases).map(String::as_str).collect() };
    let listed = |key: &str| -> BTreeSet<&str> { edit[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect() };
    let zone = || entry.operation == "route53:ChangeResourceRecordSets" && edit["hostedZone"] == entry.on.as_str();
    let of_proofs = || {
        let changed = |key: &&(String, String)| entry.before.records.get(*key) != entry.after.records.get(*key);
        let mut names = entry.before.records.keys().chain(entry.after.records.keys()).filter(changed);
        names.all(|(_, name)| name.starts_with('_'))
    };
    match edit["op"].as_str().unwrap() {
        "updateDistribution" => update && on(edit) && come() == listed("add") && gone() == listed("remove"),
        "setEnabled" => update && on(edit) && side().1.enabled == edit["enabled"] && side().0.enabled != side().1.enabled,
        "swapAliases" => {
            let (leaves, joins) = (on(&edit["from"]) && come().is_empty(), on(&edit["to"]) && gone().is_empty());
            update && (leaves || joins) && come().union(&gone()).all(|name| listed("aliases").contains(name))
        }
        "updateDomainAssociation" => {
            ["cloudfront:UpdateDomainAssociation", "cloudfront:AssociateAlias"].contains(&entry.operation.as_str()) && on(&edit["to"])
        }
        "changeRecordSets" => zone() && !of_proofs(),
        "changeProofs" => zone() && of_proofs(),
        _ => false,
    }
}

/// Every write that the invocations behind `entries` sent. Of a swap's the refused ones are tries to attach.
fn calls(clean: &Clean, edit: &Value, entries: &[usize]) -> Vec<Call> {
    let key = |writer: &Writer| (writer.step.clone(), writer.invocation);
    let own: Vec<&Entry> = entries.iter().map(|at| &clean.journal.entries[*at]).collect();
    let writers: BTreeSet<(String, u64)> = own.iter().filter_map(|entry| entry.writer.as_ref()).map(key).collect();
    let made = clean.journal.calls.iter().filter(|made| WRITES.contains(&made.operation.as_str()));
    let made = made.filter(|made| made.writer.as_ref().is_some_and(|writer| writers.contains(&key(writer))));
    made.map(|made| {
        let entry = own.iter().find(|entry| entry.at == made.at && entry.operation == made.operation);
        let on = entry.map_or_else(|| edit["to"]["distribution"].as_str().unwrap_or_default().to_owned(), |entry| entry.on.clone());
        let of_side = clean.end.sides.get(&on).map(|side| side.account.clone());
        let account = of_side.unwrap_or_else(|| zone_account(clean, edit));
        Call { operation: made.operation.clone(), number: made.number, account, on, accepted: entry.is_some() }
    })
    .collect()
}
