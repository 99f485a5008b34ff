//! DynamoDB, for the one table that the world has: which operation, on what, with which permissions; reads; and how it
//! says no. The expressions are evaluated by winterbaume's DynamoDB. Must not know what the table is for.

mod expressions;
mod query;
mod write;

use crate::wire::{Reply, Request};
use crate::world::iam::Session;
use crate::world::registry::{INDEX, Key, LAG_MILLIS_MAX, TABLE, TABLE_KEYS, View, on_the_wire};
use crate::world::{Millis, World};
use expressions::Expressions;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use winterbaume_dynamodb::expr::{apply_projection, parse_projection_expression};
use winterbaume_dynamodb::types::{AttributeValue, Item};

/// How the header begins that names the operation.
const TARGET: &str = "DynamoDB_20120810.";
/// The operations that are simulated.
const OPERATIONS: [&str; 8] =
    ["BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "TransactGetItems", "TransactWriteItems", "UpdateItem"];
/// The most items that one BatchGetItem or transaction may name (DDB-3).
const ITEMS_MAX: usize = 100;
/// Longest hash and range key, bytes.
const KEY_BYTES_MAX: [usize; 2] = [2048, 1024];

/// The operation that a header names, if it is one of DynamoDB's that are simulated.
pub(super) fn operation(target: &str) -> Option<&'static str> {
    let name = target.strip_prefix(TARGET)?;
    OPERATIONS.into_iter().find(|known| *known == name)
}

/// The table, or index of it, that a request is about: the first that it names.
pub(super) fn about(request: &Request) -> String {
    let body = request.json();
    let named = |value: &Value| value.get("TableName").and_then(Value::as_str).map(str::to_owned);
    let of_batch = || body.get("RequestItems").and_then(Value::as_object).and_then(|tables| tables.keys().next().cloned());
    let members = || body.get("TransactItems").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let table = named(body).or_else(of_batch).or_else(|| members().flat_map(Map::values).find_map(named)).unwrap_or_default();
    match body.get("IndexName").and_then(Value::as_str) {
        Some(index) => format!("{table}/index/{index}"),
        None => table,
    }
}

/// The ARN of `account`'s table, or of an index of it.
pub(super) fn arn(account: &str, table: &str) -> String {
    format!("arn:aws:dynamodb:us-east-1:{account}:table/{table}")
}

/// The actions that a request needs permission for: a transaction has none of its own, but those of its members.
pub(super) fn actions(name: &str, request: &Request) -> BTreeSet<String> {
    let action = |name: &str| format!("dynamodb:{name}");
    match name {
        "TransactGetItems" => [action("GetItem")].into(),
        "TransactWriteItems" => {
            let body = request.json();
            let members = body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
            let kinds = members.filter_map(Value::as_object).flat_map(Map::keys);
            let of_members: BTreeSet<String> = kinds
                .map(|kind| match kind.as_str() {
                    "ConditionCheck" => action("ConditionCheckItem"),
                    kind => action(&format!("{kind}Item")),
                })
                .collect();
            if of_members.is_empty() { [action("PutItem")].into() } else { of_members }
        }
        name => [action(name)].into(),
    }
}

/// Carries an operation out.
pub(super) fn perform(world: &mut World, session: &Session, request: &Request, name: &str, now: Millis) -> Result<Reply, Reply> {
    if session.account != world.input.home_account {
        return Err(no_table());
    }
    match name {
        "GetItem" => get_item(world, request, now),
        "BatchGetItem" => batch_get_item(world, request, now),
        "TransactGetItems" => transact_get_items(world, request),
        "Query" => query::query(world, request, now),
        "TransactWriteItems" => write::transact_write_items(world, request, now),
        name => write::write_item(world, request, name, now),
    }
}

/// A refusal in DynamoDB's form.
fn refuse(code: &str, message: &str) -> Reply {
    Reply::dynamodb_error(400, code, message)
}

fn invalid(message: &str) -> Reply {
    refuse("ValidationException", message)
}

fn no_table() -> Reply {
    refuse("ResourceNotFoundException", "Requested resource not found")
}

fn the_table(name: &str) -> Result<(), Reply> {
    if name == TABLE { Ok(()) } else { Err(no_table()) }
}

/// The members of a request. One that is not honoured is refused, never ignored.
fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Reply> {
    serde_json::from_slice(&request.body).map_err(|error| {
        let error = error.to_string();
        let code =
            if error.contains("unknown field") || error.contains("unknown variant") { "NotSimulated" } else { "SerializationException" };
        refuse(code, &error)
    })
}

/// A key of the table, which a request gives as exactly these two attributes.
fn key_given(given: &Item) -> Result<Key, Reply> {
    if given.len() != TABLE_KEYS.len() {
        return Err(invalid("The provided key element does not match the schema"));
    }
    key_of(given, "The provided key element does not match the schema")
}

/// The key under which `item` stands; `missing` says that it has none.
fn key_of(item: &Item, missing: &str) -> Result<Key, Reply> {
    let part = |name: &str, most: usize| match item.get(name) {
        None => Err(invalid(missing)),
        Some(AttributeValue::S(text)) if text.is_empty() => {
            let message = format!(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: {name}"
            );
            Err(invalid(&message))
        }
        Some(AttributeValue::S(text)) if text.len() > most => {
            Err(invalid(&format!("One or more parameter values were invalid: the key {name} is longer than {most} bytes")))
        }
        Some(AttributeValue::S(text)) => Ok(text.clone()),
        Some(_) => Err(invalid(&format!("One or more parameter values were invalid: Type mismatch for key {name} expected: S"))),
    };
    let ([pk, sk], [longest_pk, longest_sk]) = (TABLE_KEYS, KEY_BYTES_MAX);
    Ok((part(pk, longest_pk)?, part(sk, longest_sk)?))
}

/// What an item is read by.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Get {
    table_name: String,
    key: Item,
    #[serde(default)]
    consistent_read: bool,
    projection_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: HashMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BatchGet {
    request_items: BTreeMap<String, KeysAndAttributes>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct KeysAndAttributes {
    keys: Vec<Item>,
    #[serde(default)]
    consistent_read: bool,
    projection_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: HashMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TransactGet {
    transact_items: Vec<TransactGetItem>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TransactGetItem {
    get: Get,
}

/// The table as a read sees it: an eventually consistent one may lag a second (DDB-4).
fn view<'w>(world: &'w World, consistent: bool, name: &str, now: Millis) -> View<'w> {
    let read = world.calls.get(&format!("dynamodb:{name}")).copied().unwrap_or(0);
    let lag = if consistent { 0 } else { world.draw(&format!("registry/lag/{name}/{read}"), 0..LAG_MILLIS_MAX) };
    world.registry.as_of(if consistent { Millis::MAX } else { now - lag })
}

/// An item, or the part of it that was asked for, as it travels.
fn projected(item: &Item, paths: &Option<Vec<Vec<String>>>) -> Value {
    match paths {
        Some(paths) => on_the_wire(&apply_projection(item, paths)),
        None => on_the_wire(item),
    }
}

/// The paths that a projection names, which has all of `names` to itself.
fn projection(expression: Option<&str>, names: &HashMap<String, String>) -> Result<Option<Vec<Vec<String>>>, Reply> {
    let none = HashMap::new();
    let mut expressions = Expressions::new(names, &none);
    let paths = projection_of(&mut expressions, expression, names)?;
    expressions.all_used()?;
    Ok(paths)
}

/// The same beside other expressions.
fn projection_of(
    expressions: &mut Expressions<'_>,
    expression: Option<&str>,
    names: &HashMap<String, String>,
) -> Result<Option<Vec<Vec<String>>>, Reply> {
    expressions.reads("ProjectionExpression", expression)?;
    parse_projection_expression(expression, names).map_err(|message| invalid(&message))
}

fn get_item(world: &World, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let told: Get = read(request)?;
    the_table(&told.table_name)?;
    let paths = projection(told.projection_expression.as_deref(), &told.expression_attribute_names)?;
    let found = view(world, told.consistent_read, "GetItem", now).get(&key_given(&told.key)?);
    Ok(Reply::dynamodb(&found.map_or_else(|| json!({}), |item| json!({"Item": projected(item, &paths)}))))
}

fn batch_get_item(world: &World, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let told: BatchGet = read(request)?;
    let asked: usize = told.request_items.values().map(|table| table.keys.len()).sum();
    if asked == 0 || asked > ITEMS_MAX {
        return Err(invalid("Too many items requested for the BatchGetItem call, or none"));
    }
    let mut responses = Map::new();
    for (name, table) in &told.request_items {
        the_table(name)?;
        let paths = projection(table.projection_expression.as_deref(), &table.expression_attribute_names)?;
        let keys: Vec<Key> = table.keys.iter().map(key_given).collect::<Result<_, _>>()?;
        if keys.iter().collect::<BTreeSet<_>>().len() < keys.len() {
            return Err(invalid("Provided list of item keys contains duplicates"));
        }
        let view = view(world, table.consistent_read, "BatchGetItem", now);
        // AWS answers in no order of its own; this one is never that of the request by chance.
        let found = keys.iter().rev().filter_map(|key| view.get(key)).map(|item| projected(item, &paths));
        responses.insert(name.clone(), found.collect());
    }
    Ok(Reply::dynamodb(&json!({"Responses": responses, "UnprocessedKeys": {}})))
}

/// A transaction reads what is there.
fn transact_get_items(world: &World, request: &Request) -> Result<Reply, Reply> {
    let told: TransactGet = read(request)?;
    if told.transact_items.is_empty() || told.transact_items.len() > ITEMS_MAX {
        return Err(invalid("Member must have length less than or equal to 100, and greater than or equal to 1"));
    }
    let mut responses = vec![];
    for TransactGetItem { get } in &told.transact_items {
        the_table(&get.table_name)?;
        let paths = projection(get.projection_expression.as_deref(), &get.expression_attribute_names)?;
        let found = world.registry.get(&key_given(&get.key)?);
        responses.push(found.map_or_else(|| json!({}), |item| json!({"Item": projected(item, &paths)})));
    }
    Ok(Reply::dynamodb(&json!({"Responses": responses})))
}

/// Whether `name` is the table's index.
fn the_index(name: &str) -> Result<(), Reply> {
    if name == INDEX { Ok(()) } else { Err(invalid(&format!("The table does not have the specified index: {name}"))) }
}
