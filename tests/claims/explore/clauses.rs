//! Every branch, retrier and catcher of the definition is taken: by a cutover that is struck somewhere, or where a fault alone
//! does not lead there, by one that is staged.

use super::{back, forth, with_actor};
use rehearsal::explore::{Clean, attempt};
use rehearsal::fault::{Fault, FaultKind};
use rehearsal::interpreter::Definition;
use rehearsal::run::{DEFINITION, Play, Unwatched, stage};
use rehearsal::staging::{Accident, Call, Mishap, Moment, Place, Side, Staging, Stop, Which};
use rehearsal::world::journal::Made;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

type Way = fn(&str) -> Clean;
/// A way, a strategy, and placements: of one fault, or of two.
type Struck = (Way, &'static str, &'static [&'static str]);

/// The fewest placements that were found to take every clause that a single fault leads to.
const STRUCK: &[Struck] = &[
    (
        forth,
        "wildcardBridge",
        &[
            "cloudfront:UpdateDistribution#1:neverUpdated",
            "cloudfront:UpdateDistribution#1:sourceEdited",
            "cloudfront:UpdateDistribution#1:taken",
            "route53:ChangeResourceRecordSets#1:late cloudfront:UpdateDistribution#2:quotaFull",
            "dynamodb:TransactWriteItems#1:killedAfter",
            "dynamodb:UpdateItem#23:killedAfter",
            "dynamodb:UpdateItem#2:down",
            "dynamodb:UpdateItem#2:killedAfter",
            "dynamodb:UpdateItem#3:down",
            "dynamodb:UpdateItem#3:killedAfter",
            "dynamodb:UpdateItem#4:down",
            "dynamodb:UpdateItem#4:killedAfter",
            "dynamodb:UpdateItem#5:down",
            "route53:ChangeResourceRecordSets#1:down",
            "sts:AssumeRole#10:down",
            "sts:AssumeRole#1:frozenBefore",
            "sts:AssumeRole#9:down",
        ],
    ),
    (
        forth,
        "releaseService",
        &[
            "dynamodb:UpdateItem#13:deniedForGood",
            "dynamodb:UpdateItem#13:down",
            "dynamodb:UpdateItem#13:killedAfter",
            "dynamodb:UpdateItem#1:down",
        ],
    ),
    (
        back,
        "disableAndMove",
        &[
            "cloudfront:UpdateDistribution#3:taken",
            "dynamodb:GetItem#1:deniedForGood",
            "dynamodb:TransactWriteItems#2:killedAfter",
            "dynamodb:UpdateItem#13:deniedForGood",
            "dynamodb:UpdateItem#13:down",
            "dynamodb:UpdateItem#13:killedAfter",
            "dynamodb:UpdateItem#3:deniedForGood",
            "dynamodb:UpdateItem#5:deniedForGood",
            "dynamodb:UpdateItem#8:down",
            "dynamodb:UpdateItem#8:killedAfter",
            "sts:AssumeRole#15:deniedForGood",
            "sts:AssumeRole#15:down",
            "sts:AssumeRole#1:down",
            "sts:AssumeRole#21:down",
        ],
    ),
];

/// How long the function stands still in which somebody else writes: less than the SDK waits for an answer.
const FROZEN_SECONDS: u64 = 8;

fn taken(report: &rehearsal::run::Report) -> impl Iterator<Item = String> + '_ {
    report.executions.iter().flat_map(|played| played.coverage.keys().cloned())
}

fn struck() -> BTreeSet<String> {
    let mut plays: BTreeMap<String, Clean> = BTreeMap::new();
    let mut all = BTreeSet::new();
    for (way, strategy, faults) in STRUCK {
        let clean = plays.entry(format!("{strategy} {way:p}")).or_insert_with(|| way(strategy));
        all.extend(taken(&clean.report));
        for faults in *faults {
            let faults: Vec<Fault> = faults.split(' ').map(|fault| fault.parse().unwrap()).collect();
            let trial = attempt(clean, &clean.play, &faults).unwrap();
            all.extend(taken(&trial.report));
        }
    }
    all
}

/// The last call but one of the registry before `operation` is sent for the first time: its function has looked, and has not
/// announced its write yet.
fn look_before<'c>(clean: &'c Clean, operation: &str) -> &'c Made {
    let write = clean.journal.calls.iter().position(|made| made.operation == operation).unwrap();
    let by = |made: &Made| made.writer.as_ref().map(|writer| (writer.step.clone(), writer.invocation));
    let writer = by(&clean.journal.calls[write]);
    let before = clean.journal.calls[..write].iter().rev();
    before.into_iter().find(|made| by(made) == writer && !made.operation.starts_with("dynamodb:")).unwrap()
}

/// Somebody edits the source while a function stands still between its look and its write, and the bus tells of it in time.
fn somebody_writes_meanwhile(strategy: &str, operation: &str) -> BTreeSet<String> {
    let clean = forth(strategy);
    let look = look_before(&clean, operation);
    let call = Call { operation: look.operation.clone(), number: look.number };
    let mut play = clean.play.clone();
    let source = rehearsal_source(&play);
    with_actor(&mut play, json!({"do": "editConfig", "distribution": source, "afterCall": format!("{}#{}", call.operation, call.number)}));
    play.world.as_object_mut().unwrap().entry("rules").or_insert_with(|| json!({}))["trailLagS"] = json!(2);
    let frozen = Accident { at: Place::Call(call), side: Side::After, what: Mishap::Frozen { seconds: FROZEN_SECONDS } };
    let staging = Staging { accidents: vec![frozen], ..Staging::default() };
    let (report, _) = stage(&play, &staging, &Unwatched).unwrap();
    assert_eq!(report.outcome, "completed", "{strategy}: {}", report.document["stuck"]);
    taken(&report).collect()
}

/// A play in which a step runs that none is in which nothing goes wrong, and the clauses of that step's state.
struct Rare {
    step: &'static str,
    clean: Clean,
    faults: &'static [&'static str],
    /// Which service's first call of the step is struck, how, and what that takes.
    struck: &'static [(&'static str, FaultKind, &'static str)],
}

fn rare() -> Vec<Rare> {
    let watched = || {
        let mut play = forth("wildcardBridge").play;
        let source = rehearsal_source(&play);
        with_actor(&mut play, json!({"do": "editConfig", "distribution": source, "afterCall": "cloudfront:UpdateDistribution#1"}));
        play.world.as_object_mut().unwrap().entry("rules").or_insert_with(|| json!({}))["trailLagS"] = json!(2);
        rehearsal::explore::clean(&play).unwrap()
    };
    vec![
        Rare {
            step: "recover_cutover",
            clean: forth("wildcardBridge"),
            faults: &["states:ChangeRecordSets#1:stopped"],
            struck: &[
                ("dynamodb", FaultKind::KilledAfter, "RecoverCutover.Retry[0]"),
                ("dynamodb", FaultKind::Down, "RecoverCutover.Retry[2]"),
            ],
        },
        Rare {
            step: "roll_back",
            clean: forth("wildcardBridge"),
            faults: &["cloudfront:UpdateDistribution#2:quotaFull"],
            struck: &[("dynamodb", FaultKind::KilledAfter, "RollBack.Retry[0]"), ("dynamodb", FaultKind::Down, "RollBack.Retry[2]")],
        },
        Rare {
            step: "weigh_foreign_writes",
            clean: watched(),
            faults: &[],
            struck: &[
                ("dynamodb", FaultKind::KilledAfter, "WeighForeignWrites.Retry[0]"),
                ("sts", FaultKind::Down, "WeighForeignWrites.Retry[1]"),
                ("dynamodb", FaultKind::Down, "WeighForeignWrites.Retry[2]"),
                ("cloudfront", FaultKind::DeniedForGood, "WeighForeignWrites.Retry[3]"),
                ("cloudfront", FaultKind::DeniedForGood, "WeighForeignWrites.Catch[0]"),
            ],
        },
    ]
}

/// A step is struck at its first call of a service.
fn struck_in_rare_steps() -> Vec<(&'static str, BTreeSet<String>)> {
    let mut all = vec![];
    for Rare { step, clean, faults, struck } in rare() {
        let faults: Vec<Fault> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        let base = attempt(&clean, &clean.play, &faults).unwrap();
        for (service, kind, clause) in struck {
            let of_step = |made: &&Made| made.writer.as_ref().is_some_and(|writer| writer.step == step);
            let first = base.journal.calls.iter().filter(of_step).find(|made| made.operation.starts_with(service)).unwrap();
            let fault = Fault { operation: first.operation.clone(), number: first.number, kind: *kind };
            let trial = attempt(&clean, &clean.play, &[faults.clone(), vec![fault]].concat()).unwrap();
            all.push((*clause, taken(&trial.report).collect()));
        }
    }
    all
}

/// An execution is stopped while a batch is under way whose answer was lost: its recovery waits until that cannot land any more.
fn recovered_while_a_write_is_in_flight() -> BTreeSet<String> {
    let batch = "route53:ChangeResourceRecordSets#1";
    let play = Play { faults: vec![format!("{batch}:late").parse().unwrap()], ..forth("wildcardBridge").play };
    let stop = Stop { which: Which::Request(0), at: Moment::OnceAnswered(batch.parse().unwrap()) };
    let (report, _) = stage(&play, &Staging { stops: vec![stop], ..Staging::default() }, &Unwatched).unwrap();
    assert!(["completed", "rolledBack"].contains(&report.outcome.as_str()), "{}: {}", report.outcome, report.document["stuck"]);
    taken(&report).collect()
}

fn rehearsal_source(play: &Play) -> Value {
    let alias = &play.request["aliases"][0];
    let holds = |held: &&Value| held["aliases"].as_array().is_some_and(|aliases| aliases.contains(alias));
    play.world["distributions"].as_array().unwrap().iter().find(holds).unwrap()["id"].clone()
}

/// AWS does not find the proof that Cutover has seen (MV-3), once.
fn the_proof_is_not_found() -> BTreeSet<String> {
    let mut play = forth("moveDomain").play;
    let message = "Invalid or missing alias DNS TXT records.";
    let operation = "cloudfront:UpdateDomainAssociation";
    with_actor(&mut play, json!({"do": "failOperation", "operation": operation, "code": "IllegalUpdate", "message": message, "times": 1}));
    let (report, _) = stage(&play, &Staging::default(), &Unwatched).unwrap();
    assert_eq!(report.outcome, "completed", "{}", report.document["stuck"]);
    taken(&report).collect()
}

#[test]
fn every_branch_retrier_and_catcher_of_the_definition_is_taken() {
    let staged = [
        ("SwapAliases.Retry[5]", somebody_writes_meanwhile("swap", "cloudfront:UpdateDistribution")),
        ("UpdateDomainAssociation.Retry[5]", somebody_writes_meanwhile("moveDomain", "cloudfront:UpdateDomainAssociation")),
        ("ChangeRecordSets.Retry[5]", somebody_writes_meanwhile("wildcardBridge", "route53:ChangeResourceRecordSets")),
        ("UpdateDomainAssociation.Retry[2]", the_proof_is_not_found()),
        ("UpdateDistribution.Retry[5]", somebody_writes_meanwhile("wildcardBridge", "cloudfront:UpdateDistribution")),
        ("RecoverCutover.Retry[1]", recovered_while_a_write_is_in_flight()),
    ];
    let led_to: Vec<(&str, BTreeSet<String>)> = staged.into_iter().chain(struck_in_rare_steps()).collect();
    let elsewhere: Vec<&str> = led_to.iter().filter(|(clause, taken)| !taken.contains(*clause)).map(|(clause, _)| *clause).collect();
    assert!(elsewhere.is_empty(), "they were to lead there: {elsewhere:?}");
    let taken: BTreeSet<String> = struck().into_iter().chain(led_to.into_iter().flat_map(|(_, taken)| taken)).collect();
    let clauses = Definition::parse(DEFINITION).unwrap().clauses();
    let missing: Vec<&String> = clauses.iter().filter(|clause| !taken.contains(*clause)).collect();
    println!("clauses of the definition: {} of {} taken", clauses.len() - missing.len(), clauses.len());
    assert!(missing.is_empty(), "{missing:?}");
}
