//! Every write that changed distributions or record sets, by whom, with what was there before and after it, and what the
//! table and the other side looked like in that moment. Kept only where somebody wants to check it. Must not know what
//! ought to hold.

use super::input::RecordInput;
use super::registry::Key;
use super::{Millis, World};
use crate::service::cloudfront_update::text_without;
use std::collections::{BTreeMap, BTreeSet};
use winterbaume_dynamodb::types::{AttributeValue, Item};

/// Whose call it is: a function that works for a cutover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// The step.
    pub step: String,
    /// Which of its invocations, from 1.
    pub invocation: u64,
    /// When it was invoked.
    pub invoked: Millis,
    /// The claim that its input names, and the fence it was given with.
    pub claim: Option<(String, u64)>,
}

/// One distribution, as far as a write may change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The owning account.
    pub account: String,
    /// Lower case.
    pub aliases: BTreeSet<String>,
    /// Whether it serves.
    pub enabled: bool,
    /// Its certificate.
    pub certificate: Option<String>,
    /// Its config, as text.
    pub config: String,
}

impl Side {
    /// Everything of its config that is in no other field.
    pub fn rest(&self) -> String {
        text_without(&self.config, &["Aliases", "Enabled", "ViewerCertificate"])
    }

    /// Whether that is the same.
    pub fn rests_as(&self, other: &Side) -> bool {
        self.config == other.config || self.rest() == other.rest()
    }
}

/// Everything that a cutover could change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sight {
    /// By id.
    pub sides: BTreeMap<String, Side>,
    /// By hosted zone and name.
    pub records: BTreeMap<(String, String), Vec<RecordInput>>,
}

/// What the table said of the writer's claim when a write was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its state.
    pub state: String,
    /// Its fence.
    pub fence: u64,
    /// Its end, RFC 3339.
    pub until: String,
    /// The kind and the words of the last event of its chain.
    pub last: Option<(String, String)>,
    /// The distributions and tenants that it holds.
    pub holds: BTreeSet<String>,
    /// Other claims in force that hold one of its aliases or distributions.
    pub rivals: Vec<String>,
}

/// One write.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: Millis,
    /// `service:Operation`, and what it was made on.
    pub operation: String,
    /// The id of that.
    pub on: String,
    /// The function that made it; `None` for anybody else.
    pub writer: Option<Writer>,
    /// What was there.
    pub before: Sight,
    /// What is there.
    pub after: Sight,
    /// What the table said then.
    pub held: Option<Held>,
    /// For each alias that left a distribution by an update of its config: why some other one that shows the alias's
    /// certificate could not take it now, by that one's id.
    pub refused: BTreeMap<String, BTreeMap<String, String>>,
}

/// One call, accepted or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// `service:Operation`
    pub operation: String,
    /// The id of what it was made on; empty where it has none.
    pub on: String,
    /// Which one of these, from 1.
    pub number: u64,
    /// When.
    pub at: Millis,
    /// Who made it.
    pub writer: Option<Writer>,
}

/// What was written down.
#[derive(Debug, Default)]
pub struct Journal {
    /// Writes, in order.
    pub entries: Vec<Entry>,
    /// Calls, in order.
    pub calls: Vec<Made>,
}

impl World {
    /// What is there now, where a journal is kept.
    pub(crate) fn sight(&self) -> Option<Sight> {
        self.journal.as_ref()?;
        let side = |held: &super::distribution::Distribution| {
            let newest = held.newest();
            Side {
                account: held.account.clone(),
                aliases: newest.map(|version| version.aliases.clone()).unwrap_or_default(),
                enabled: newest.is_some_and(|version| version.enabled),
                certificate: newest.and_then(|version| version.certificate.clone()),
                config: held.config.clone(),
            }
        };
        let records = self.zones.iter().flat_map(|(id, zone)| {
            zone.names.iter().map(|(name, states)| {
                let sets = states.last().map(|state| state.sets.clone()).unwrap_or_default();
                ((id.clone(), name.clone()), sets)
            })
        });
        Some(Sight {
            sides: self.distributions.iter().map(|(id, held)| (id.clone(), side(held))).collect(),
            records: records.filter(|(_, sets)| !sets.is_empty()).collect(),
        })
    }

    /// Writes down what changed since `before`. Nothing where nothing did; but what others send, if only the same once more, makes
    /// a distribution deploy again.
    pub(crate) fn note_write(&mut self, before: Option<Sight>, operation: &str, on: &str, by_function: bool, now: Millis) {
        let (Some(before), Some(after)) = (before, self.sight()) else { return };
        if before == after && by_function {
            return;
        }
        let writer = self.writer.clone().filter(|_| by_function);
        let held = writer.as_ref().and_then(|writer| writer.claim.as_ref()).and_then(|(id, _)| self.held(id));
        let refused = self.refused_now(&before, &after, now);
        if let Some(journal) = &mut self.journal {
            let (operation, on) = (operation.to_owned(), on.to_owned());
            journal.entries.push(Entry { at: now, operation, on, writer, before, after, held, refused });
        }
    }

    fn held(&self, claim: &str) -> Option<Held> {
        let of = |sort: String| -> Key { (format!("CUTOVER#{claim}"), sort) };
        let item = self.registry.get(&of("CLAIM".to_owned()))?;
        let last = self.registry.get(&of(format!("EVENT#{:08}", number(item, "events"))));
        Some(Held {
            state: text(item, "state"),
            fence: number(item, "fence"),
            until: text(item, "until"),
            last: last.map(|event| (text(event, "kind"), text(event, "what"))),
            holds: listed(item, "distributions").flat_map(ids).collect(),
            rivals: self.rivals(claim, item),
        })
    }

    fn rivals(&self, claim: &str, item: &Item) -> Vec<String> {
        let shares = |other: &Item| HOLDS.iter().any(|name| listed(other, name).any(|one| listed(item, name).any(|held| held == one)));
        let claims = self.registry.sorted_as("CLAIM").filter(|other| IN_FORCE.contains(&text(other, "state").as_str()));
        claims.filter(|other| shares(other)).map(|other| text(other, "id")).filter(|id| id != claim).collect()
    }

    /// For each alias that left a distribution: why others could not take it now.
    fn refused_now(&self, before: &Sight, after: &Sight, now: Millis) -> BTreeMap<String, BTreeMap<String, String>> {
        let left = |(id, side): (&String, &Side)| -> Vec<String> {
            let now = after.sides.get(id).map(|side| side.aliases.clone()).unwrap_or_default();
            side.aliases.difference(&now).cloned().collect()
        };
        let listed = |alias: &String| after.sides.values().any(|side| side.aliases.contains(alias));
        let gone: BTreeSet<String> = before.sides.iter().flat_map(left).filter(|alias| !listed(alias)).collect();
        let could = |alias: &String, id: &String| crate::service::cloudfront_update::could_take(self, id, alias, now).err();
        let of = |alias: String| {
            let others = self.distributions.keys().filter_map(|id| could(&alias, id).map(|why| (id.clone(), why)));
            let others = others.collect();
            (alias, others)
        };
        gone.into_iter().map(of).collect()
    }
}

/// What a claim lists of what it holds.
const HOLDS: [&str; 2] = ["aliases", "distributions"];
/// States of a claim that keeps others away.
const IN_FORCE: [&str; 2] = ["held", "stuck"];

fn listed<'i>(item: &'i Item, name: &str) -> impl Iterator<Item = &'i AttributeValue> {
    let list = match item.get(name) {
        Some(AttributeValue::L(list)) => Some(list),
        _ => None,
    };
    list.into_iter().flatten()
}

/// Which distribution or tenant a place is.
fn ids(place: &AttributeValue) -> Vec<String> {
    match place {
        AttributeValue::M(fields) => ["distribution", "distributionTenant"].map(|name| text(fields, name)).into(),
        _ => vec![],
    }
}

fn text(item: &Item, name: &str) -> String {
    match item.get(name) {
        Some(AttributeValue::S(text)) => text.clone(),
        _ => String::new(),
    }
}

fn number(item: &Item, name: &str) -> u64 {
    match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().unwrap_or(0),
        _ => 0,
    }
}
