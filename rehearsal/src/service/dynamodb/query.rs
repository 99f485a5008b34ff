//! DynamoDB's Query, on the table and on its index: one hash key, the range keys that a condition selects, in order, in
//! pages. Must not know what is listed.

use super::expressions::Expressions;
use super::{invalid, projected, projection_of, read, the_index, the_table, view};
use crate::wire::{Reply, Request};
use crate::world::registry::{INDEX_KEYS, Key, TABLE_KEYS, bytes, on_the_wire};
use crate::world::{Millis, World};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use winterbaume_dynamodb::expr::{CompOp, Expr, Operand, evaluate};
use winterbaume_dynamodb::types::{AttributeValue, Item, PathSegment, SortKeyCondition};

/// The most that one page holds, bytes.
const PAGE_BYTES_MAX: usize = 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Told {
    table_name: String,
    index_name: Option<String>,
    key_condition_expression: Option<String>,
    filter_expression: Option<String>,
    projection_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: HashMap<String, String>,
    #[serde(default)]
    expression_attribute_values: HashMap<String, AttributeValue>,
    exclusive_start_key: Option<Item>,
    limit: Option<usize>,
    #[serde(default)]
    consistent_read: bool,
    scan_index_forward: Option<bool>,
}

/// The hash key, and what is asked of the range key.
struct Wanted {
    hash: String,
    range: Option<SortKeyCondition>,
}

/// Where an item stands in the list: its range key, then its own keys.
type Place = (String, Key);

impl Wanted {
    fn read(expression: &Expr, [hash, range]: [&str; 2]) -> Result<Self, Reply> {
        let (first, second) = match expression {
            Expr::And(first, second) => (first.as_ref(), Some(second.as_ref())),
            other => (other, None),
        };
        let named = |path: &[PathSegment], name: &str| matches!(path, [PathSegment::Attr(head)] if head == name);
        let hash_of = |expression: &Expr| match expression {
            Expr::Comparison(Operand::Path(path), CompOp::Eq, Operand::Value(AttributeValue::S(text))) if named(path, hash) => {
                Some(text.clone())
            }
            _ => None,
        };
        let missed = || invalid(&format!("Query condition missed key schema element: {hash}"));
        let (found, other) = match (hash_of(first), second) {
            (Some(found), other) => (found, other),
            (None, Some(second)) => (hash_of(second).ok_or_else(missed)?, Some(first)),
            (None, None) => return Err(missed()),
        };
        let unfit =
            || invalid(&format!("Query key condition not supported: {range} takes one of =, <, <=, >, >=, BETWEEN and begins_with"));
        let range = match other {
            None => None,
            Some(Expr::Comparison(Operand::Path(path), operator, Operand::Value(value))) if named(path, range) => Some(match operator {
                CompOp::Eq => SortKeyCondition::Between(value.clone(), value.clone()),
                CompOp::Lt => SortKeyCondition::LessThan(value.clone()),
                CompOp::Le => SortKeyCondition::LessThanOrEqual(value.clone()),
                CompOp::Gt => SortKeyCondition::GreaterThan(value.clone()),
                CompOp::Ge => SortKeyCondition::GreaterThanOrEqual(value.clone()),
                CompOp::Ne => return Err(unfit()),
            }),
            Some(Expr::Between(Operand::Path(path), Operand::Value(low), Operand::Value(high))) if named(path, range) => {
                Some(SortKeyCondition::Between(low.clone(), high.clone()))
            }
            Some(Expr::BeginsWith(path, Operand::Value(prefix))) if named(path, range) => {
                Some(SortKeyCondition::BeginsWith(prefix.clone()))
            }
            Some(_) => return Err(unfit()),
        };
        Ok(Self { hash: found, range })
    }
}

fn text<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    }
}

/// Where `item` stands; `None` where the list does not have it.
fn place(item: &Item, range: &str) -> Option<Place> {
    let [pk, sk] = TABLE_KEYS.map(|name| text(item, name).map(str::to_owned));
    Some((text(item, range)?.to_owned(), (pk?, sk?)))
}

/// The key by which a page is continued after `item`.
fn last_key(item: &Item, keys: [&str; 2]) -> Item {
    let names = TABLE_KEYS.into_iter().chain(keys);
    names.filter_map(|name| Some((name.to_owned(), item.get(name)?.clone()))).collect()
}

pub(super) fn query(world: &World, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let told: Told = read(request)?;
    the_table(&told.table_name)?;
    told.index_name.as_deref().map_or(Ok(()), the_index)?;
    if told.index_name.is_some() && told.consistent_read {
        return Err(invalid("Consistent reads are not supported on global secondary indexes"));
    }
    if told.limit == Some(0) {
        return Err(invalid("Limit must be greater than or equal to 1"));
    }
    let keys = if told.index_name.is_some() { INDEX_KEYS } else { TABLE_KEYS };
    let mut expressions = Expressions::new(&told.expression_attribute_names, &told.expression_attribute_values);
    let condition = expressions.condition("KeyConditionExpression", told.key_condition_expression.as_deref())?;
    let filter = expressions.condition("FilterExpression", told.filter_expression.as_deref())?;
    let paths = projection_of(&mut expressions, told.projection_expression.as_deref(), &told.expression_attribute_names)?;
    expressions.all_used()?;
    let condition = condition.ok_or_else(|| invalid("KeyConditionExpression is missing"))?;
    let wanted = Wanted::read(&condition, keys)?;
    let [hash, range] = keys;
    let from = told.exclusive_start_key.as_ref().map(|key| {
        let whole = last_key(key, keys).len() == key.len() && text(key, hash) == Some(&wanted.hash);
        place(key, range).filter(|_| whole).ok_or_else(|| invalid("The provided starting key is invalid"))
    });
    let from = from.transpose()?;
    let forward = told.scan_index_forward.unwrap_or(true);
    let view = view(world, told.consistent_read, "Query", now);
    let mut listed: Vec<(Place, &Item)> = view
        .items()
        .filter(|(_, item)| text(item, hash) == Some(&wanted.hash))
        .filter(|(_, item)| wanted.range.as_ref().is_none_or(|range_of| item.get(range).is_some_and(|value| range_of.matches(value))))
        .filter_map(|(_, item)| Some((place(item, range)?, item)))
        .filter(|(place, _)| from.as_ref().is_none_or(|from| if forward { place > from } else { place < from }))
        .collect();
    listed.sort_by(|(one, _), (other, _)| if forward { one.cmp(other) } else { other.cmp(one) });
    let (page, more) = page(&listed, told.limit);
    let fits = |item: &&Item| filter.as_ref().is_none_or(|filter| evaluate(filter, item));
    let items: Vec<_> = page.iter().map(|(_, item)| *item).filter(fits).map(|item| projected(item, &paths)).collect();
    let mut body = json!({"Count": items.len(), "ScannedCount": page.len(), "Items": items});
    if let (Some((_, last)), Some(fields)) = (page.last().filter(|_| more), body.as_object_mut()) {
        fields.insert("LastEvaluatedKey".to_owned(), on_the_wire(&last_key(last, keys)));
    }
    Ok(Reply::dynamodb(&body))
}

/// The first page, and whether it ended at a limit: then AWS tells how to go on, even where nothing follows.
fn page<'l, 'i>(listed: &'l [(Place, &'i Item)], limit: Option<usize>) -> (&'l [(Place, &'i Item)], bool) {
    let mut size = 0;
    for (at, (_, item)) in listed.iter().enumerate() {
        size += bytes(item);
        if Some(at + 1) == limit || size > PAGE_BYTES_MAX {
            return (listed.get(..=at).unwrap_or(listed), true);
        }
    }
    (listed, false)
}
