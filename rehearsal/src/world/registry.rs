//! The home account's one table: items under two keys, an index over two attributes, what reads that need not be
//! consistent may still see, and the tokens of transactions (DDB-1 to DDB-7). Must not know what an item is about, nor how a request is
//! written.

use super::Millis;
use serde_json::{Map, Number, Value};
use std::collections::{BTreeMap, HashMap, VecDeque};
use winterbaume_dynamodb::types::{AttributeValue, Item};

/// Its name.
pub const TABLE: &str = "cutover";
/// Its hash and its range key, both strings.
pub const TABLE_KEYS: [&str; 2] = ["pk", "sk"];
/// The name of its index.
pub const INDEX: &str = "listed";
/// The index's hash and range key, both strings. An item without both is not in it.
pub const INDEX_KEYS: [&str; 2] = ["listedUnder", "listedAs"];
/// The attribute by which items expire some day. None is deleted here: expired items can be read for two days (DDB-4).
pub const EXPIRY: &str = "expires";

/// How long an eventually consistent read may lag behind.
pub(crate) const LAG_MILLIS_MAX: Millis = 1_000;
/// How long a transaction's token is known (DDB-3).
const TOKEN_MILLIS: Millis = 600_000;

/// Hash and range key of an item.
pub type Key = (String, String);

/// The table.
#[derive(Debug, Default)]
pub struct Registry {
    items: BTreeMap<Key, Item>,
    /// What was there before each of the latest writes, oldest first.
    recent: VecDeque<(Millis, Key, Option<Item>)>,
    /// When each transaction was accepted, and its digest, by token.
    tokens: BTreeMap<String, (Millis, String)>,
}

/// The table as one read sees it.
pub(crate) struct View<'t> {
    items: &'t BTreeMap<Key, Item>,
    before: BTreeMap<&'t Key, Option<&'t Item>>,
}

impl Registry {
    /// The table with these items, written as plain JSON.
    ///
    /// # Errors
    /// What is wrong with the first that cannot be an item, for a person.
    pub fn new(given: &[Map<String, Value>]) -> Result<Self, String> {
        let mut registry = Self::default();
        for (at, plain) in given.iter().enumerate() {
            let item: Item = plain.iter().map(|(name, value)| (name.clone(), typed(value))).collect();
            let text = |name: &str| plain.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            for name in INDEX_KEYS.into_iter().chain(TABLE_KEYS) {
                let needed = TABLE_KEYS.contains(&name);
                if text(name).is_none() && (needed || plain.contains_key(name)) {
                    return Err(format!("registry[{at}]: {name} has to be a string, and not an empty one"));
                }
            }
            let [pk, sk] = TABLE_KEYS.map(|name| text(name).unwrap_or_default().to_owned());
            if registry.items.insert((pk.clone(), sk.clone()), item).is_some() {
                return Err(format!("registry[{at}]: {pk} {sk} is written twice"));
            }
        }
        Ok(registry)
    }

    /// Every item as plain JSON, by its keys.
    pub fn items(&self) -> Vec<Value> {
        let plain_item = |item: &Item| Value::Object(sorted(item).map(|(name, value)| (name.clone(), plain(value))).collect());
        self.items.values().map(plain_item).collect()
    }

    /// The table as it was at `moment`, as far back as a read may lag.
    pub(crate) fn as_of(&self, moment: Millis) -> View<'_> {
        let mut before = BTreeMap::new();
        for (_, key, item) in self.recent.iter().rev().take_while(|(at, ..)| *at > moment) {
            before.insert(key, item.as_ref());
        }
        View { items: &self.items, before }
    }

    /// The item as it is.
    pub(crate) fn get(&self, key: &Key) -> Option<&Item> {
        self.items.get(key)
    }

    /// Every item with this range key.
    pub(crate) fn sorted_as(&self, sort: &str) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |((_, range), _)| range == sort).map(|(_, item)| item)
    }

    /// Puts `item` in place of what is there, or deletes that.
    pub(crate) fn set(&mut self, key: Key, item: Option<Item>, now: Millis) {
        while self.recent.front().is_some_and(|(at, ..)| *at < now - LAG_MILLIS_MAX) {
            self.recent.pop_front();
        }
        let before = match item {
            Some(item) => self.items.insert(key.clone(), item),
            None => self.items.remove(&key),
        };
        self.recent.push_back((now, key, before));
    }

    /// The digest of the transaction that was accepted with this token, if that is still known.
    pub(crate) fn accepted(&mut self, token: &str, now: Millis) -> Option<&str> {
        self.tokens.retain(|_, (at, _)| now - *at < TOKEN_MILLIS);
        self.tokens.get(token).map(|(_, digest)| digest.as_str())
    }

    /// Remembers a transaction's token.
    pub(crate) fn remember(&mut self, token: &str, digest: String, now: Millis) {
        self.tokens.insert(token.to_owned(), (now, digest));
    }
}

impl<'t> View<'t> {
    /// The item under `key`.
    pub(crate) fn get(&self, key: &Key) -> Option<&'t Item> {
        self.before.get(key).copied().unwrap_or_else(|| self.items.get(key))
    }

    /// Every item, in no order.
    pub(crate) fn items(&self) -> impl Iterator<Item = (&'t Key, &'t Item)> {
        let now = self.items.iter().filter(|(key, _)| !self.before.contains_key(key));
        now.chain(self.before.iter().filter_map(|(key, item)| item.map(|item| (*key, item))))
    }
}

/// A map's entries by name: the store's own order is another one in each process.
fn sorted(map: &HashMap<String, AttributeValue>) -> impl Iterator<Item = (&String, &AttributeValue)> {
    map.iter().collect::<BTreeMap<_, _>>().into_iter()
}

/// A value as DynamoDB types it.
fn typed(plain: &Value) -> AttributeValue {
    match plain {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(value) => AttributeValue::Bool(*value),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(members) => AttributeValue::L(members.iter().map(typed).collect()),
        Value::Object(fields) => AttributeValue::M(fields.iter().map(|(name, value)| (name.clone(), typed(value))).collect()),
    }
}

/// A value without DynamoDB's types. A set is a list in order, bytes are their base64.
fn plain(value: &AttributeValue) -> Value {
    let number = |text: &String| text.parse::<Number>().map_or_else(|_| Value::String(text.clone()), Value::Number);
    let set = |members: &[String]| members.iter().collect::<std::collections::BTreeSet<_>>().into_iter().cloned().collect::<Vec<_>>();
    match value {
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::Bool(value) => Value::Bool(*value),
        AttributeValue::N(text) => number(text),
        AttributeValue::S(text) | AttributeValue::B(text) => Value::String(text.clone()),
        AttributeValue::SS(members) | AttributeValue::BS(members) => set(members).into(),
        AttributeValue::NS(members) => set(members).iter().map(number).collect(),
        AttributeValue::L(members) => members.iter().map(plain).collect(),
        AttributeValue::M(fields) => Value::Object(sorted(fields).map(|(name, value)| (name.clone(), plain(value))).collect()),
    }
}

/// An item as it travels: every value beside its type.
pub(crate) fn on_the_wire(item: &Item) -> Value {
    fn value(given: &AttributeValue) -> Value {
        match given {
            AttributeValue::L(members) => serde_json::json!({"L": members.iter().map(value).collect::<Vec<_>>()}),
            AttributeValue::M(fields) => serde_json::json!({"M": on_the_wire(fields)}),
            scalar => serde_json::to_value(scalar).unwrap_or_default(),
        }
    }
    Value::Object(sorted(item).map(|(name, field)| (name.clone(), value(field))).collect())
}

/// Bytes of an item as DynamoDB counts them, about: names and texts, half of a number's digits, a little for each
/// container and member.
pub(crate) fn bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &AttributeValue) -> usize {
    let digits = |text: &String| text.len() / 2 + 2;
    match value {
        AttributeValue::Null(_) | AttributeValue::Bool(_) => 1,
        AttributeValue::N(text) => digits(text),
        AttributeValue::S(text) | AttributeValue::B(text) => text.len(),
        AttributeValue::SS(members) | AttributeValue::BS(members) => members.iter().map(String::len).sum(),
        AttributeValue::NS(members) => members.iter().map(digits).sum(),
        AttributeValue::L(members) => 3 + members.iter().map(|member| 1 + value_bytes(member)).sum::<usize>(),
        AttributeValue::M(fields) => 3 + fields.len() + bytes(fields),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(text: &str) -> Item {
        [("what".to_owned(), AttributeValue::S(text.to_owned()))].into()
    }

    fn key(name: &str) -> Key {
        (name.to_owned(), name.to_owned())
    }

    #[test]
    fn items_are_printed_as_they_were_given_by_their_keys() {
        let given = json!([
            {"pk": "b", "sk": "1", "many": [1, 2.5, null, true], "of": {"x": "y"}},
            {"pk": "a", "sk": "2", "listedUnder": "u", "listedAs": "l"},
        ]);
        let maps: Vec<Map<String, Value>> = serde_json::from_value(given.clone()).unwrap();
        let registry = Registry::new(&maps).unwrap();
        assert_eq!(registry.items(), [given[1].clone(), given[0].clone()]);
        for (bad, named) in
            [(json!({"pk": "a"}), "sk"), (json!({"pk": "a", "sk": ""}), "sk"), (json!({"pk": "a", "sk": "b", "listedAs": 1}), "listedAs")]
        {
            let error = Registry::new(&[serde_json::from_value(bad).unwrap()]).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
        assert!(Registry::new(&[maps[0].clone(), maps[0].clone()]).unwrap_err().contains("twice"));
    }

    #[test]
    fn a_read_that_lags_sees_what_was_there_before_the_latest_writes() {
        let mut registry = Registry::default();
        registry.set(key("a"), Some(item("first")), 1_000);
        registry.set(key("a"), Some(item("second")), 1_500);
        registry.set(key("a"), None, 1_600);
        registry.set(key("b"), Some(item("new")), 1_600);
        assert_eq!((registry.as_of(1_600).get(&key("a")), registry.get(&key("a"))), (None, None));
        assert_eq!(registry.as_of(1_599).get(&key("a")), Some(&item("second")));
        assert_eq!(registry.as_of(1_499).get(&key("a")), Some(&item("first")));
        assert_eq!(registry.as_of(999).items().count(), 0);
        assert_eq!(registry.as_of(1_499).items().map(|(key, _)| key.0.as_str()).collect::<Vec<_>>(), ["a"]);
        registry.set(key("c"), None, 10_000);
        assert_eq!(registry.recent.len(), 1, "what nobody can see any more is forgotten");
    }

    #[test]
    fn a_token_is_known_for_ten_minutes() {
        let mut registry = Registry::default();
        registry.remember("t", "d".to_owned(), 0);
        assert_eq!(registry.accepted("t", TOKEN_MILLIS - 1), Some("d"));
        assert_eq!(registry.accepted("t", TOKEN_MILLIS), None);
    }
}
