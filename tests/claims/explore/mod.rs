//! Wherever something can go wrong in any strategy, forth and back, alone and in pairs: nothing that must hold is broken.
//! Which rules are checked is in `rehearsal::explore::rules`; what a figure means, in docs/RELIABILITY.md.

mod addresses;
mod clauses;
mod everywhere;
mod following;
mod found;
mod landing;
mod late;
mod rules;

use crate::situations::play_with;
use crate::support::scenario;
use rehearsal::explore::{Clean, clean, world};
use rehearsal::run::Play;
use serde_json::{Value, json};

/// A play of this strategy that completes.
fn forth(strategy: &str) -> Clean {
    let clean = clean(&world::prepared(&play_with(strategy))).unwrap();
    assert_eq!(clean.report.outcome, "completed", "{strategy}: {}", clean.report.document["stuck"]);
    clean
}

/// The same, turned round after its last write that gave the target an alias: the target's origin fails from then on.
fn back(strategy: &str) -> Clean {
    let forth = forth(strategy);
    let target = forth.play.request["target"]["distribution"].as_str().unwrap();
    let aliases = |sight: &rehearsal::world::journal::Sight| sight.sides[target].aliases.len();
    let gave = forth.journal.entries.iter().rfind(|entry| aliases(&entry.after) > aliases(&entry.before)).unwrap();
    let call = forth.journal.calls.iter().find(|made| made.at == gave.at && made.operation == gave.operation).unwrap();
    let mut play = forth.play.clone();
    let fails = json!({"do": "failOrigin", "distribution": target, "afterCall": format!("{}#{}", call.operation, call.number)});
    with_actor(&mut play, fails);
    let clean = clean(&play).unwrap();
    assert_eq!(clean.report.outcome, "rolledBack", "{strategy}: {}", clean.report.document["stuck"]);
    clean
}

fn with_actor(play: &mut Play, actor: Value) {
    let actors = play.world.as_object_mut().unwrap().entry("actors").or_insert_with(|| json!([]));
    actors.as_array_mut().unwrap().push(actor);
}

/// The shipped example, for what one play is enough for.
fn example() -> Clean {
    clean(&world::prepared(&scenario("legacy-to-new", 1))).unwrap()
}
