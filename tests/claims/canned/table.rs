//! The registry's calls, from what was sent to what the SDK's builders take. Holds no expectation.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Get, Put, TransactGetItem, TransactWriteItem, Update};
use serde_json::Value;
use std::collections::HashMap;

type Item = HashMap<String, AttributeValue>;

/// A call of the registry, ready to be built.
#[derive(Debug, Clone)]
pub enum TableCall {
    Get(Get),
    Put(Put),
    Update(Update),
    TransactGet(Vec<TransactGetItem>),
    TransactWrite(Vec<TransactWriteItem>, String),
}

fn value(json: &Value) -> AttributeValue {
    let (kind, inner) = json.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "S" => AttributeValue::S(inner.as_str().unwrap().to_owned()),
        "N" => AttributeValue::N(inner.as_str().unwrap().to_owned()),
        "BOOL" => AttributeValue::Bool(inner.as_bool().unwrap()),
        "NULL" => AttributeValue::Null(true),
        "L" => AttributeValue::L(inner.as_array().unwrap().iter().map(value).collect()),
        "M" => AttributeValue::M(item(inner).unwrap()),
        other => panic!("no attribute is a {other}"),
    }
}

fn item(json: &Value) -> Option<Item> {
    json.as_object().map(|fields| fields.iter().map(|(name, inner)| (name.clone(), value(inner))).collect())
}

fn text(json: &Value) -> Option<String> {
    json.as_str().map(str::to_owned)
}

fn names(json: &Value) -> Option<HashMap<String, String>> {
    json.as_object().map(|fields| fields.iter().map(|(name, inner)| (name.clone(), text(inner).unwrap())).collect())
}

fn get(json: &Value) -> Get {
    Get::builder().set_table_name(text(&json["TableName"])).set_key(item(&json["Key"])).build().unwrap()
}

fn put(json: &Value) -> Put {
    Put::builder()
        .set_table_name(text(&json["TableName"]))
        .set_item(item(&json["Item"]))
        .set_condition_expression(text(&json["ConditionExpression"]))
        .set_expression_attribute_values(item(&json["ExpressionAttributeValues"]))
        .build()
        .unwrap()
}

fn update(json: &Value) -> Update {
    Update::builder()
        .set_table_name(text(&json["TableName"]))
        .set_key(item(&json["Key"]))
        .set_update_expression(text(&json["UpdateExpression"]))
        .set_condition_expression(text(&json["ConditionExpression"]))
        .set_expression_attribute_names(names(&json["ExpressionAttributeNames"]))
        .set_expression_attribute_values(item(&json["ExpressionAttributeValues"]))
        .build()
        .unwrap()
}

/// What the call `name` with this body was.
pub fn read(name: &str, body: &str) -> TableCall {
    let json: Value = serde_json::from_str(body).unwrap();
    let members = || json["TransactItems"].as_array().unwrap().iter();
    match name {
        "GetItem" => TableCall::Get(get(&json)),
        "PutItem" => TableCall::Put(put(&json)),
        "UpdateItem" => TableCall::Update(update(&json)),
        "TransactGetItems" => {
            TableCall::TransactGet(members().map(|member| TransactGetItem::builder().get(get(&member["Get"])).build()).collect())
        }
        "TransactWriteItems" => {
            let member = |member: &Value| match member.get("Put") {
                Some(inner) => TransactWriteItem::builder().put(put(inner)).build(),
                None => TransactWriteItem::builder().update(update(&member["Update"])).build(),
            };
            TableCall::TransactWrite(members().map(member).collect(), text(&json["ClientRequestToken"]).unwrap())
        }
        other => panic!("{other} is called by no step"),
    }
}

/// Sends it again.
pub async fn send(client: &Client, call: &TableCall) {
    match call.clone() {
        TableCall::Get(get) => {
            let call = client.get_item().table_name(get.table_name).set_key(Some(get.key)).consistent_read(true);
            super::answered(call.send().await);
        }
        TableCall::Put(put) => {
            let call =
                client.put_item().table_name(put.table_name).set_item(Some(put.item)).set_condition_expression(put.condition_expression);
            super::answered(call.set_expression_attribute_values(put.expression_attribute_values).send().await);
        }
        TableCall::Update(update) => {
            let call =
                client.update_item().table_name(update.table_name).set_key(Some(update.key)).update_expression(update.update_expression);
            let call = call
                .set_condition_expression(update.condition_expression)
                .set_expression_attribute_names(update.expression_attribute_names);
            super::answered(call.set_expression_attribute_values(update.expression_attribute_values).send().await);
        }
        TableCall::TransactGet(members) => {
            super::answered(client.transact_get_items().set_transact_items(Some(members)).send().await);
        }
        TableCall::TransactWrite(members, token) => {
            super::answered(client.transact_write_items().set_transact_items(Some(members)).client_request_token(token).send().await);
        }
    }
}
