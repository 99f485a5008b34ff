//! The table: typed reads, writes under conditions, and what its errors mean. Reads by key are consistent (DDB-4); a
//! write whose answer is lost may have been made (DDB-7), so whoever was refused looks before believing it.
//! Must not know what an item is about.

use crate::accounts::Home;
use crate::answer::{Answer, Failure, Meaning};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Get, ItemResponse, KeysAndAttributes, Put, TransactGetItem, TransactWriteItem, Update,
};
use aws_smithy_types::error::operation::BuildError;
use cutover::error_name::ErrorName;
use cutover::registry::key::{INDEX, Key, TABLE};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// An item as the table has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Actions in one transaction (DDB-3).
pub(crate) const ACTIONS_MAX: usize = 100;
/// Items that are asked for at a time.
pub(crate) const KEYS_MAX: usize = 100;
/// Items in one page of the index; a page of DynamoDB's is also at most 1 MB.
const PAGE: i32 = 1_000;

/// The table in the home account.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    client: Client,
}

/// One page of the index.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Where the next page begins; `None` where this was the last one.
    pub(crate) next: Option<Item>,
}

/// How a write under conditions ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    /// It was made.
    Done,
    /// Nothing was written: these actions' conditions did not hold, by their positions.
    Refused(Vec<usize>),
}

/// What is to be true of an item, and what becomes of it.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    key: Key,
    expression: String,
    condition: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Change {
    /// `expression` carried out on the item at `key`, where `condition` holds. Attributes whose names are words of
    /// DynamoDB's own are written with a `#` before them.
    pub(crate) fn of(key: Key, expression: &str, condition: &str) -> Self {
        let words = expression.split([' ', ',', '(', ')', '.']).chain(condition.split([' ', ',', '(', ')', '.']));
        let names = words.filter_map(|word| word.strip_prefix('#').map(|name| (word.to_owned(), name.to_owned()))).collect();
        Self { key, expression: expression.to_owned(), condition: condition.to_owned(), names, values: HashMap::new() }
    }

    /// The same, with `:name` standing for `value`.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> Result<Self, Failure> {
        self.values.insert(format!(":{name}"), attribute(value)?);
        Ok(self)
    }

    fn deletion(self) -> Result<TransactWriteItem, Failure> {
        let delete = Delete::builder()
            .table_name(TABLE)
            .set_key(Some(key_item(&self.key)))
            .condition_expression(self.condition)
            .set_expression_attribute_names(Some(self.names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(self.values).filter(|values| !values.is_empty()))
            .build()
            .map_err(unbuilt)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    fn action(self) -> Result<TransactWriteItem, Failure> {
        let update = Update::builder()
            .table_name(TABLE)
            .set_key(Some(key_item(&self.key)))
            .update_expression(self.expression)
            .condition_expression(self.condition)
            .set_expression_attribute_names(Some(self.names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(self.values).filter(|values| !values.is_empty()))
            .build()
            .map_err(unbuilt)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// One action of a transaction.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// Changes an item.
    Change(Change),
    /// Deletes the item, where the condition of the change holds. Its expression is empty.
    Delete(Change),
    /// Puts an item in, where the condition holds of what is there.
    Put { item: Item, condition: Option<(String, HashMap<String, AttributeValue>)> },
}

impl Action {
    /// `item` under `key`, where nothing is yet.
    pub(crate) fn create(key: &Key, item: &impl Serialize) -> Result<Self, Failure> {
        Ok(Action::Put { item: keyed(key, item)?, condition: Some(("attribute_not_exists(pk)".to_owned(), HashMap::new())) })
    }

    fn action(self) -> Result<TransactWriteItem, Failure> {
        match self {
            Action::Change(change) => change.action(),
            Action::Delete(change) => change.deletion(),
            Action::Put { item, condition } => {
                let mut put = Put::builder().table_name(TABLE).set_item(Some(item));
                if let Some((condition, values)) = condition {
                    put = put.condition_expression(condition);
                    put = put.set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()));
                }
                Ok(TransactWriteItem::builder().put(put.build().map_err(unbuilt)?).build())
            }
        }
    }
}

impl Table {
    /// The home account's.
    pub(crate) fn of(home: &Home) -> Self {
        Self { client: home.dynamodb() }
    }

    /// The item at `key`, as it is now.
    pub(crate) async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, Failure> {
        let request = self.client.get_item().table_name(TABLE).set_key(Some(key_item(key))).consistent_read(true);
        let answer = request.send().await.map_err(|error| failure("dynamodb:GetItem", &error))?;
        answer.item.map(read).transpose()
    }

    /// The items at `keys`, all of them as they are at one moment, in the order of the keys; 100 are the most.
    pub(crate) async fn snapshot(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, Failure> {
        let get = |key: &Key| {
            let get = Get::builder().table_name(TABLE).set_key(Some(key_item(key))).build().map_err(unbuilt)?;
            Ok(TransactGetItem::builder().get(get).build())
        };
        let gets = keys.iter().map(get).collect::<Result<Vec<TransactGetItem>, Failure>>()?;
        let request = self.client.transact_get_items().set_transact_items(Some(gets));
        let answer = request.send().await.map_err(|error| failure("dynamodb:TransactGetItems", &error))?;
        let item = |found: ItemResponse| found.item.filter(|item| !item.is_empty());
        Ok(answer.responses.unwrap_or_default().into_iter().map(item).collect())
    }

    /// A page of what the index lists under `under`, from `prefix` on, in order. The index may be a moment old.
    pub(crate) async fn listed<T: DeserializeOwned>(&self, under: &str, prefix: &str, from: Option<Item>) -> Result<Page<T>, Failure> {
        let narrower = (!prefix.is_empty()).then_some(("begins_with(listedAs, :as)", prefix));
        let Page { items, next } = self.page(under, narrower, from).await?;
        Ok(Page { items: items.into_iter().map(read).collect::<Result<Vec<T>, Failure>>()?, next })
    }

    /// As [`listed`](Self::listed), from the first item after `after` on.
    pub(crate) async fn listed_after(&self, under: &str, after: Option<&str>, from: Option<Item>) -> Result<Page<Item>, Failure> {
        self.page(under, after.map(|after| ("listedAs > :as", after)), from).await
    }

    /// A page of the index, of no more than what fits a condition on `:as` as well.
    async fn page(&self, under: &str, narrower: Option<(&str, &str)>, from: Option<Item>) -> Result<Page<Item>, Failure> {
        let query = self.client.query().table_name(TABLE).index_name(INDEX).limit(PAGE).set_exclusive_start_key(from);
        let query = query.expression_attribute_values(":under", AttributeValue::S(under.to_owned()));
        let query = match narrower {
            None => query.key_condition_expression("listedUnder = :under"),
            Some((condition, value)) => query
                .key_condition_expression(format!("listedUnder = :under AND {condition}"))
                .expression_attribute_values(":as", AttributeValue::S(value.to_owned())),
        };
        let answer = query.send().await.map_err(|error| failure("dynamodb:Query", &error))?;
        Ok(Page { items: answer.items.unwrap_or_default(), next: answer.last_evaluated_key.filter(|key| !key.is_empty()) })
    }

    /// Those of the items at `keys` that are there, as they are now; at most [`KEYS_MAX`] different keys.
    pub(crate) async fn get_all(&self, keys: &[Key]) -> Result<Vec<Item>, Failure> {
        let mut found = Vec::new();
        let mut open: Vec<Item> = keys.iter().map(key_item).collect();
        // What did not fit into one answer is asked for again.
        for _ in 0..KEYS_MAX {
            if open.is_empty() {
                return Ok(found);
            }
            let wanted = KeysAndAttributes::builder().set_keys(Some(open)).consistent_read(true).build().map_err(unbuilt)?;
            let answer = self.client.batch_get_item().request_items(TABLE, wanted).send().await;
            let answer = answer.map_err(|error| failure("dynamodb:BatchGetItem", &error))?;
            found.extend(answer.responses.unwrap_or_default().remove(TABLE).unwrap_or_default());
            open = answer.unprocessed_keys.unwrap_or_default().remove(TABLE).map(|left| left.keys).unwrap_or_default();
        }
        Err(Failure::new(ErrorName::RegistryUnavailable, "the registry: items that were asked for never came"))
    }

    /// The items of a partition whose sort key begins with `prefix`, in order, as they are now; at most `most`.
    pub(crate) async fn partition<T: DeserializeOwned>(&self, pk: &str, prefix: &str, most: usize) -> Result<Vec<T>, Failure> {
        let (mut found, mut from) = (Vec::new(), None);
        // Bounded by `most`: every page but the last brings at least one item.
        loop {
            let query = self.client.query().table_name(TABLE).consistent_read(true).set_exclusive_start_key(from);
            let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :prefix)");
            let query = query.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
            let query = query.expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()));
            let answer = query.send().await.map_err(|error| failure("dynamodb:Query", &error))?;
            for item in answer.items.unwrap_or_default() {
                found.push(read(item)?);
            }
            from = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() || found.len() >= most {
                found.truncate(most);
                return Ok(found);
            }
        }
    }

    /// Changes one item and returns what it was before; `None` where the condition did not hold.
    pub(crate) async fn change<T: DeserializeOwned>(&self, change: Change) -> Result<Option<T>, Failure> {
        let answer = self
            .client
            .update_item()
            .table_name(TABLE)
            .set_key(Some(key_item(&change.key)))
            .update_expression(change.expression)
            .condition_expression(change.condition)
            .set_expression_attribute_names(Some(change.names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(change.values).filter(|values| !values.is_empty()))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => read(answer.attributes.unwrap_or_default()).map(Some),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) => Ok(None),
            Err(error) => Err(failure("dynamodb:UpdateItem", &error)),
        }
    }

    /// Puts `item` under `key`, where `condition` holds of what is there. Whether it did.
    pub(crate) async fn put(&self, key: &Key, item: &impl Serialize, condition: &str, values: &[(&str, u64)]) -> Result<bool, Failure> {
        let request = self.client.put_item().table_name(TABLE).set_item(Some(keyed(key, item)?)).condition_expression(condition);
        let named = |(name, value): &(&str, u64)| (format!(":{name}"), AttributeValue::N(value.to_string()));
        let request = request.set_expression_attribute_values(Some(values.iter().map(named).collect()));
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) => Ok(false),
            Err(error) => Err(failure("dynamodb:PutItem", &error)),
        }
    }

    /// Makes all of `actions`, or none. `unique` says what no other request says: the same request that is sent again is known
    /// by it for 10 minutes, and another one with the same words would be refused (DDB-3).
    pub(crate) async fn write(&self, actions: Vec<Action>, unique: &str) -> Result<Written, Failure> {
        let actions = actions.into_iter().map(Action::action).collect::<Result<Vec<TransactWriteItem>, Failure>>()?;
        let request = self.client.transact_write_items().set_transact_items(Some(actions)).client_request_token(token(unique));
        match request.send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) => match refused(&error) {
                Some(positions) => Ok(Written::Refused(positions)),
                None => Err(failure("dynamodb:TransactWriteItems", &error)),
            },
        }
    }
}

/// What DynamoDB knows a request by: at most 36 letters (DDB-3).
fn token(unique: &str) -> String {
    Sha256::digest(unique).iter().take(18).map(|byte| format!("{byte:02x}")).collect()
}

/// Whose conditions did not hold, where that is all that was in the way.
fn refused(error: &SdkError<TransactWriteItemsError>) -> Option<Vec<usize>> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error.as_service_error()? else { return None };
    let reasons = cancelled.cancellation_reasons().iter().enumerate();
    let mut failed = vec![];
    for (position, reason) in reasons {
        match reason.code() {
            Some("ConditionalCheckFailed") => failed.push(position),
            None | Some("None") => {}
            // A conflict with another transaction, or too many requests: asking again may help.
            Some(_) => return None,
        }
    }
    (!failed.is_empty()).then_some(failed)
}

/// What an error of the table is to a step: nothing is moved without it.
fn failure<E>(operation: &str, error: &SdkError<E>) -> Failure
where
    E: aws_smithy_types::error::metadata::ProvideErrorMetadata + std::fmt::Debug,
{
    let answer = Answer::of(operation, error);
    let name = match answer.meaning {
        Meaning::Denied => ErrorName::AccessDenied,
        _ => ErrorName::RegistryUnavailable,
    };
    Failure::new(name, format!("the registry: {}", answer.text))
}

fn key_item(key: &Key) -> Item {
    [("pk", &key.pk), ("sk", &key.sk)].map(|(name, value)| (name.to_owned(), AttributeValue::S(value.clone()))).into()
}

/// `item` with its key.
pub(crate) fn keyed(key: &Key, item: &impl Serialize) -> Result<Item, Failure> {
    let mut item: Item = serde_dynamo::to_item(item).map_err(unreadable)?;
    item.extend(key_item(key));
    Ok(item)
}

/// A value as the table has it.
pub(crate) fn attribute(value: impl Serialize) -> Result<AttributeValue, Failure> {
    serde_dynamo::to_attribute_value(value).map_err(unreadable)
}

/// An item as what it is.
pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T, Failure> {
    serde_dynamo::from_item(item).map_err(unreadable)
}

fn unreadable(error: serde_dynamo::Error) -> Failure {
    Failure::new(ErrorName::UnknownAnswer, format!("the registry has an item that this version cannot read or write: {error}"))
}

fn unbuilt(error: BuildError) -> Failure {
    Failure::new(ErrorName::UnknownAnswer, format!("the registry: {error}"))
}
