//! DynamoDB's writes, one item or several at once: every condition holds and every item is sound, or nothing is written
//! (DDB-1, DDB-3). Must not know what an item is about.

use super::expressions::{Expressions, has_parent, sound};
use super::{ITEMS_MAX, invalid, key_given, key_of, read, refuse, the_table};
use crate::wire::{Reply, Request};
use crate::world::registry::{INDEX, INDEX_KEYS, Key, bytes, on_the_wire};
use crate::world::{Millis, World};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use winterbaume_dynamodb::expr::{Expr, apply_update_actions, evaluate};
use winterbaume_dynamodb::types::{AttributeValue, Item, UpdateAction};

/// Largest item, and the most that one transaction may write, bytes (DDB-3).
const ITEM_BYTES_MAX: usize = 400 * 1024;
const TRANSACTION_BYTES_MAX: usize = 4 * 1024 * 1024;

const FAILED: &str = "The conditional request failed";

/// One action, as it is asked for. Each kind takes the members that are its own.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Told {
    table_name: String,
    key: Option<Item>,
    item: Option<Item>,
    update_expression: Option<String>,
    condition_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: HashMap<String, String>,
    #[serde(default)]
    expression_attribute_values: HashMap<String, AttributeValue>,
    #[serde(default)]
    return_values: ReturnValues,
    #[serde(default)]
    return_values_on_condition_check_failure: OnFailure,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ReturnValues {
    #[default]
    None,
    AllOld,
    AllNew,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum OnFailure {
    #[default]
    None,
    AllOld,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Transaction {
    transact_items: Vec<Member>,
    client_request_token: Option<String>,
}

#[derive(Debug, Deserialize)]
enum Member {
    Put(Told),
    Update(Told),
    Delete(Told),
    ConditionCheck(Told),
}

/// What becomes of the item.
enum Deed {
    Put(Item),
    Update { key: Item, actions: Vec<UpdateAction> },
    Delete,
    Check,
}

/// One action, understood.
struct Action {
    key: Key,
    deed: Deed,
    condition: Option<Expr>,
    returned: ReturnValues,
    on_failure: OnFailure,
}

/// Why an action cannot be carried out.
enum Reason {
    ConditionFailed(Option<Item>),
    Invalid(String),
}

impl Action {
    fn read(kind: &str, told: Told) -> Result<Self, Reply> {
        the_table(&told.table_name)?;
        let mut expressions = Expressions::new(&told.expression_attribute_names, &told.expression_attribute_values);
        let condition = expressions.condition("ConditionExpression", told.condition_expression.as_deref())?;
        let actions = expressions.update(told.update_expression.as_deref())?;
        expressions.all_used()?;
        let foreign = |what: &str| Err(invalid(&format!("{what} is no member of {kind}")));
        let (key, deed) = match (kind, told.key, told.item) {
            ("Put", None, Some(item)) => {
                item.values().try_for_each(|value| sound(value, 0))?;
                let key = key_of(&item, "One or more parameter values were invalid: Missing a key in the item")?;
                (key, Deed::Put(item))
            }
            ("Put", ..) => return foreign("Key, or no Item,"),
            (_, Some(key), None) => match kind {
                "Update" => (key_given(&key)?, Deed::Update { key, actions }),
                "Delete" => (key_given(&key)?, Deed::Delete),
                _ if condition.is_none() => return Err(invalid("ConditionExpression is missing")),
                _ => (key_given(&key)?, Deed::Check),
            },
            _ => return foreign("Item, or no Key,"),
        };
        if told.update_expression.is_some() && kind != "Update" {
            return foreign("UpdateExpression");
        }
        let fits = match told.return_values {
            ReturnValues::None => true,
            ReturnValues::AllOld => true,
            ReturnValues::AllNew => kind == "Update",
        };
        if !fits {
            return Err(invalid("Return values set to invalid value"));
        }
        Ok(Self { key, deed, condition, returned: told.return_values, on_failure: told.return_values_on_condition_check_failure })
    }

    /// What the item is afterwards.
    fn outcome(&self, before: Option<&Item>) -> Result<Option<Item>, Reason> {
        let nothing = Item::new();
        if self.condition.as_ref().is_some_and(|condition| !evaluate(condition, before.unwrap_or(&nothing))) {
            return Err(Reason::ConditionFailed(before.filter(|_| self.on_failure == OnFailure::AllOld).cloned()));
        }
        let after = match &self.deed {
            Deed::Put(item) => item.clone(),
            Deed::Delete => return Ok(None),
            Deed::Check => return Ok(before.cloned()),
            Deed::Update { key, actions } => {
                let mut item = before.unwrap_or(key).clone();
                if actions.iter().any(|action| !has_parent(&item, action)) {
                    let message = "The document path provided in the update expression is invalid for update";
                    return Err(Reason::Invalid(message.to_owned()));
                }
                apply_update_actions(&mut item, actions).map_err(Reason::Invalid)?;
                item
            }
        };
        fits(&after).map(|()| Some(after))
    }
}

/// Whether the table takes the item: what the index lists it by are strings, and it is not too large.
fn fits(item: &Item) -> Result<(), Reason> {
    for name in INDEX_KEYS {
        match item.get(name) {
            None => {}
            Some(AttributeValue::S(text)) if !text.is_empty() => {}
            Some(_) => {
                let message = format!(
                    "One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: S, and not empty, IndexName: {INDEX}"
                );
                return Err(Reason::Invalid(message));
            }
        }
    }
    if bytes(item) > ITEM_BYTES_MAX {
        return Err(Reason::Invalid("Item size has exceeded the maximum allowed size".to_owned()));
    }
    Ok(())
}

/// PutItem, UpdateItem, DeleteItem.
pub(super) fn write_item(world: &mut World, request: &Request, name: &str, now: Millis) -> Result<Reply, Reply> {
    let action = Action::read(name.trim_end_matches("Item"), read(request)?)?;
    let before = world.registry.get(&action.key).cloned();
    let after = action.outcome(before.as_ref()).map_err(|reason| match reason {
        Reason::Invalid(message) => invalid(&message),
        Reason::ConditionFailed(None) => refuse("ConditionalCheckFailedException", FAILED),
        Reason::ConditionFailed(Some(item)) => with(refuse("ConditionalCheckFailedException", FAILED), "Item", on_the_wire(&item)),
    })?;
    let returned = match action.returned {
        ReturnValues::None => None,
        ReturnValues::AllOld => before,
        ReturnValues::AllNew => after.clone(),
    };
    world.registry.set(action.key, after, now);
    Ok(Reply::dynamodb(&returned.map_or_else(|| json!({}), |item| json!({"Attributes": on_the_wire(&item)}))))
}

/// The same JSON reply with one more member.
fn with(reply: Reply, member: &str, value: Value) -> Reply {
    let mut body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    if let Some(fields) = body.as_object_mut() {
        fields.insert(member.to_owned(), value);
    }
    Reply { body: body.to_string(), ..reply }
}

/// TransactWriteItems: all of it or nothing. A token that was accepted within ten minutes stands for its first success.
pub(super) fn transact_write_items(world: &mut World, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let told: Transaction = read(request)?;
    if told.transact_items.is_empty() || told.transact_items.len() > ITEMS_MAX {
        let message = format!(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: \
             Member must have length less than or equal to {ITEMS_MAX}, Member must have length greater than or equal to 1"
        );
        return Err(invalid(&message));
    }
    let digest = digest(request.json());
    if let Some(token) = &told.client_request_token {
        match world.registry.accepted(token, now) {
            Some(known) if known == digest => return Ok(Reply::dynamodb(&json!({}))),
            Some(_) => return Err(refuse("IdempotentParameterMismatchException", "The token was sent before with other parameters")),
            None => {}
        }
    }
    let actions: Vec<Action> = told.transact_items.into_iter().map(understood).collect::<Result<_, _>>()?;
    if actions.iter().map(|action| &action.key).collect::<BTreeSet<_>>().len() < actions.len() {
        return Err(invalid("Transaction request cannot include multiple operations on one item"));
    }
    let outcomes: Vec<Result<Option<Item>, Reason>> =
        actions.iter().map(|action| action.outcome(world.registry.get(&action.key))).collect();
    if outcomes.iter().any(Result::is_err) {
        return Err(cancelled(&outcomes));
    }
    let written: usize = outcomes.iter().flatten().flatten().map(bytes).sum();
    if written > TRANSACTION_BYTES_MAX {
        return Err(invalid("Transaction size has exceeded the maximum allowed size of 4 MB"));
    }
    for (action, outcome) in actions.into_iter().zip(outcomes) {
        if let (false, Ok(after)) = (matches!(action.deed, Deed::Check), outcome) {
            world.registry.set(action.key, after, now);
        }
    }
    if let Some(token) = &told.client_request_token {
        world.registry.remember(token, digest, now);
    }
    Ok(Reply::dynamodb(&json!({})))
}

/// What a request says, however its members are ordered.
fn digest(body: &Value) -> String {
    let mut said = body.clone();
    said.sort_all_objects();
    Sha256::digest(said.to_string().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn understood(member: Member) -> Result<Action, Reply> {
    let (kind, told) = match member {
        Member::Put(told) => ("Put", told),
        Member::Update(told) => ("Update", told),
        Member::Delete(told) => ("Delete", told),
        Member::ConditionCheck(told) => ("ConditionCheck", told),
    };
    if told.return_values != ReturnValues::None {
        return Err(refuse("NotSimulated", "ReturnValues is no member of a transaction's action"));
    }
    Action::read(kind, told)
}

/// The refusal of a whole transaction: one reason for each action, in their order.
fn cancelled(outcomes: &[Result<Option<Item>, Reason>]) -> Reply {
    let reason = |outcome: &Result<Option<Item>, Reason>| match outcome {
        Ok(_) => json!({"Code": "None"}),
        Err(Reason::Invalid(message)) => json!({"Code": "ValidationError", "Message": message}),
        Err(Reason::ConditionFailed(None)) => json!({"Code": "ConditionalCheckFailed", "Message": FAILED}),
        Err(Reason::ConditionFailed(Some(item))) => {
            json!({"Code": "ConditionalCheckFailed", "Message": FAILED, "Item": on_the_wire(item)})
        }
    };
    let reasons: Vec<Value> = outcomes.iter().map(reason).collect();
    let codes: Vec<&str> = reasons.iter().filter_map(|reason| reason.get("Code")?.as_str()).collect();
    let message = format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", codes.join(", "));
    let refusal = refuse("TransactionCanceledException", &message);
    // AWS spells this one with a capital letter.
    with(with(refusal, "Message", json!(message)), "CancellationReasons", Value::Array(reasons))
}
