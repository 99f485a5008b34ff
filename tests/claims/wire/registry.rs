//! DynamoDB: the home account's table, its index, conditions, transactions, and what it refuses before it looks.

use super::{Aws, Expected, Heard, Refusal, accepted, administrator, refused, within, world};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, KeysAndAttributes, Put, ReturnValue, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) const HOME: &str = "000000000009";
pub(super) const FAILED: Expected = (400, "ConditionalCheckFailedException", "The conditional request failed");

type Item = HashMap<String, AttributeValue>;

pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(super) fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn key(pk: &str, sk: &str) -> Item {
    [("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))].into()
}

fn item(pk: &str, sk: &str, fields: &[(&str, AttributeValue)]) -> Item {
    let mut item = key(pk, sk);
    item.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    item
}

impl Aws {
    pub(super) fn dynamodb(&self, access_key: &str) -> Client {
        Client::new(&self.config(access_key))
    }

    pub(super) fn registry(&self) -> Client {
        self.dynamodb(&administrator(HOME))
    }

    pub(super) async fn put(&self, item: Item) -> Result<(), Refusal> {
        self.registry().put_item().table_name("cutover").set_item(Some(item)).send().await.heard().map(|_| ())
    }

    /// Puts it where nothing is.
    async fn put_new(&self, item: Item) -> Result<(), Refusal> {
        let put = self.registry().put_item().table_name("cutover").set_item(Some(item));
        put.condition_expression("attribute_not_exists(pk)").send().await.heard().map(|_| ())
    }

    pub(super) async fn item(&self, pk: &str, sk: &str) -> Option<Item> {
        let get = self.registry().get_item().table_name("cutover").set_key(Some(key(pk, sk))).consistent_read(true);
        accepted(get.send().await.heard(), "reading").item
    }

    /// Updates the item `a`, `a` by this expression.
    async fn update(
        &self,
        expression: &str,
        say: impl FnOnce(UpdateItemFluentBuilder) -> UpdateItemFluentBuilder,
    ) -> Result<Option<Item>, Refusal> {
        let update = self.registry().update_item().table_name("cutover").set_key(Some(key("a", "a"))).update_expression(expression);
        say(update).send().await.heard().map(|answer| answer.attributes)
    }

    async fn listed(&self, condition: &str, prefix: &str) -> Vec<String> {
        let query = self.registry().query().table_name("cutover").index_name("listed").key_condition_expression(condition);
        let query = query.expression_attribute_values(":u", text("U")).expression_attribute_values(":p", text(prefix));
        self.wait(1).await;
        let answer = accepted(query.send().await.heard(), condition);
        answer.items().iter().map(|item| item["pk"].as_s().unwrap().clone()).collect()
    }
}

pub(super) fn put(item: Item) -> TransactWriteItem {
    let put = Put::builder().table_name("cutover").set_item(Some(item)).condition_expression("attribute_not_exists(pk)");
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

/// Claims the item for `c` where nobody has.
pub(super) fn claim(pk: &str) -> TransactWriteItem {
    let update = Update::builder().table_name("cutover").set_key(Some(key(pk, pk))).update_expression("SET claim = :c, #state = :moving");
    let update = update.condition_expression("attribute_not_exists(claim)").expression_attribute_names("#state", "state");
    let update = update.expression_attribute_values(":c", text("c")).expression_attribute_values(":moving", text("moving"));
    TransactWriteItem::builder().update(update.build().unwrap()).build()
}

pub(super) fn check(pk: &str) -> TransactWriteItem {
    let check = ConditionCheck::builder().table_name("cutover").set_key(Some(key(pk, pk))).condition_expression("attribute_exists(pk)");
    TransactWriteItem::builder().condition_check(check.build().unwrap()).build()
}

pub(super) async fn transact(
    client: &Client,
    items: Vec<TransactWriteItem>,
    token: Option<&str>,
) -> Result<(), SdkError<TransactWriteItemsError>> {
    let write = client.transact_write_items().set_transact_items(Some(items)).set_client_request_token(token.map(str::to_owned));
    write.send().await.map(|_| ())
}

fn reasons(error: &SdkError<TransactWriteItemsError>) -> Vec<&str> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error.as_service_error().unwrap() else { panic!("{error:?}") };
    cancelled.cancellation_reasons().iter().filter_map(CancellationReason::code).collect()
}

#[test]
fn a_write_is_made_under_its_condition_or_not_at_all() {
    within(world(json!([])), async |aws| {
        accepted(aws.put_new(item("a", "a", &[("fence", number(1))])).await, "nothing was there");
        refused(aws.put_new(item("a", "a", &[("fence", number(7))])).await, FAILED, "something is there");
        let under = |fence: i64| {
            move |update: UpdateItemFluentBuilder| {
                let update = update.condition_expression("fence = :f AND attribute_not_exists(gone)").return_values(ReturnValue::AllNew);
                update.expression_attribute_values(":f", number(fence)).expression_attribute_values(":one", number(1))
            }
        };
        refused(aws.update("ADD fence :one", under(2)).await, FAILED, "another fence");
        let after = accepted(aws.update("ADD fence :one", under(1)).await, "that fence");
        assert_eq!(after.as_ref().map(|item| &item["fence"]), Some(&number(2)), "the answer shows what it is now");
        assert_eq!(aws.item("a", "a").await, after);
        let delete = |fence: i64| {
            let delete = aws.registry().delete_item().table_name("cutover").set_key(Some(key("a", "a")));
            delete.condition_expression("fence = :f").expression_attribute_values(":f", number(fence)).send()
        };
        refused(delete(1).await.heard(), FAILED, "an old fence");
        accepted(delete(2).await.heard(), "the fence");
        assert_eq!(aws.item("a", "a").await, None);
    });
}

#[test]
fn a_condition_that_fails_tells_the_item_to_whoever_asks() {
    within(world(json!([])), async |aws| {
        accepted(aws.put(item("a", "a", &[("claim", text("theirs"))])).await, "an item");
        let put = aws.registry().put_item().table_name("cutover").set_item(Some(key("a", "a")));
        let put = put.condition_expression("attribute_not_exists(claim)");
        let error = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld).send().await.unwrap_err();
        let held = error.as_service_error().unwrap();
        let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(held) = held else { panic!("{held:?}") };
        assert_eq!(held.item().unwrap()["claim"], text("theirs"), "DDB-2");
    });
}

#[test]
fn a_transaction_is_cancelled_as_a_whole_and_says_why_in_the_order_of_its_actions() {
    within(world(json!([])), async |aws| {
        accepted(aws.put(item("a", "a", &[("claim", text("theirs"))])).await, "an item that is claimed");
        let wanted = || vec![put(key("c", "CLAIM")), claim("b"), claim("a"), check("x")];
        let error = transact(&aws.registry(), wanted(), None).await.unwrap_err();
        assert_eq!(reasons(&error), ["None", "None", "ConditionalCheckFailed", "ConditionalCheckFailed"]);
        let message = "please refer cancellation reasons for specific reasons [None, None, ConditionalCheckFailed, ConditionalCheckFailed]";
        refused::<()>(Err(error).heard(), (400, "TransactionCanceledException", message), "two conditions");
        assert_eq!((aws.item("c", "CLAIM").await, aws.item("b", "b").await), (None, None), "nothing was written");
        accepted(aws.put(key("a", "a")).await, "nobody claims it any more");
        accepted(aws.put(key("x", "x")).await, "it is there");
        accepted(transact(&aws.registry(), wanted(), None).await.heard(), "every condition holds");
        assert!(aws.item("c", "CLAIM").await.is_some());
        assert_eq!(
            aws.item("b", "b").await,
            Some(item("b", "b", &[("claim", text("c")), ("state", text("moving"))])),
            "made where it was not"
        );
    });
}

#[test]
fn a_transaction_has_at_most_a_hundred_actions_and_one_for_each_item() {
    within(world(json!([])), async |aws| {
        let many = |count: usize| (0..count).map(|number| put(key(&number.to_string(), "a"))).collect();
        accepted(transact(&aws.registry(), many(100), None).await.heard(), "a hundred");
        let too_many = transact(&aws.registry(), many(101), None).await.heard();
        refused(too_many, (400, "ValidationException", "less than or equal to 100"), "a hundred and one");
        let twice = transact(&aws.registry(), vec![claim("y"), check("y")], None).await.heard();
        refused(twice, (400, "ValidationException", "multiple operations on one item"), "a check is one of them");
    });
}

#[test]
fn a_transaction_that_is_sent_again_with_its_token_counts_once_for_ten_minutes() {
    within(world(json!([])), async |aws| {
        let claimed = || vec![put(key("c", "CLAIM"))];
        accepted(transact(&aws.registry(), claimed(), Some("token")).await.heard(), "the first time");
        accepted(transact(&aws.registry(), claimed(), Some("token")).await.heard(), "the second time");
        let other = transact(&aws.registry(), vec![put(key("d", "CLAIM"))], Some("token")).await.heard();
        refused(other, (400, "IdempotentParameterMismatchException", ""), "another transaction");
        aws.wait(600).await;
        let late = transact(&aws.registry(), claimed(), Some("token")).await.heard();
        refused(late, (400, "TransactionCanceledException", "[ConditionalCheckFailed]"), "ten minutes later");
    });
}

#[test]
fn the_index_lists_in_order_by_prefix_what_has_both_of_its_keys() {
    within(world(json!([])), async |aws| {
        let listed = |pk: &str, at: &str| item(pk, "x", &[("listedUnder", text("U")), ("listedAs", text(at))]);
        for (pk, at) in [("3", "D#E2#b"), ("1", "D#E1"), ("2", "D#E2"), ("4", "Z")] {
            accepted(aws.put(listed(pk, at)).await, pk);
        }
        accepted(aws.put(item("5", "x", &[("listedUnder", text("U"))])).await, "half listed");
        accepted(aws.put(item("6", "x", &[("listedUnder", text("V")), ("listedAs", text("D"))])).await, "listed elsewhere");
        assert_eq!(aws.listed("listedUnder = :u AND begins_with(listedAs, :p)", "D#").await, ["1", "2", "3"]);
        assert_eq!(aws.listed("begins_with(listedAs, :p) AND listedUnder = :u", "D#E2").await, ["2", "3"]);
        assert_eq!(aws.listed("listedUnder = :u AND listedAs <= :p", "D#E2").await, ["1", "2"]);
        let query = aws.registry().query().table_name("cutover").index_name("listed").key_condition_expression("listedUnder = :u");
        let query = query.expression_attribute_values(":u", text("U"));
        let consistent = query.clone().consistent_read(true).send().await.heard();
        refused(consistent, (400, "ValidationException", "Consistent reads are not supported on global secondary indexes"), "the index");
        let (mut found, mut from, mut pages) = (vec![], None, 0);
        loop {
            let page = accepted(query.clone().limit(3).set_exclusive_start_key(from).send().await.heard(), "a page");
            found.extend(page.items().iter().map(|item| item["pk"].as_s().unwrap().clone()));
            pages += 1;
            from = page.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        assert_eq!((found.join(" "), pages), ("1 2 3 4".to_owned(), 2));
        let backwards = accepted(
            query
                .scan_index_forward(false)
                .filter_expression("sk = :x AND pk < :four")
                .expression_attribute_values(":x", text("x"))
                .expression_attribute_values(":four", text("4"))
                .send()
                .await
                .heard(),
            "backwards",
        );
        assert_eq!((backwards.count(), backwards.scanned_count()), (3, 4));
        assert_eq!(backwards.items()[0]["pk"], text("3"));
    });
}

#[test]
fn a_page_ends_after_a_mebibyte_and_says_where_to_go_on() {
    within(world(json!([])), async |aws| {
        for sk in ["1", "2", "3", "4"] {
            accepted(aws.put(item("a", sk, &[("body", text(&"x".repeat(399_000)))])).await, sk);
        }
        let query = aws.registry().query().table_name("cutover").key_condition_expression("pk = :p").consistent_read(true);
        let query = query.expression_attribute_values(":p", text("a")).projection_expression("sk");
        let first = accepted(query.clone().send().await.heard(), "the first page");
        assert_eq!((first.count(), first.items()[0].len()), (3, 1), "what is left out of the answer counts");
        let second = accepted(query.set_exclusive_start_key(first.last_evaluated_key).send().await.heard(), "the second page");
        assert_eq!((second.items(), second.last_evaluated_key()), (&[[("sk".to_owned(), text("4"))].into()][..], None));
    });
}

#[test]
fn a_batch_of_reads_answers_with_what_is_there_in_no_order_that_could_be_relied_on() {
    within(world(json!([])), async |aws| {
        for pk in ["a", "b"] {
            accepted(aws.put(key(pk, pk)).await, pk);
        }
        let batch = |keys: Vec<Item>| {
            let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().unwrap();
            aws.registry().batch_get_item().request_items("cutover", keys).send()
        };
        let found = accepted(batch(vec![key("a", "a"), key("x", "x"), key("b", "b")]).await.heard(), "a batch");
        let found = &found.responses().unwrap()["cutover"];
        assert_eq!(found, &[key("b", "b"), key("a", "a")]);
        let twice = batch(vec![key("a", "a"), key("a", "a")]).await.heard();
        refused(twice, (400, "ValidationException", "contains duplicates"), "one key twice");
        let many = (0..101).map(|number| key(&number.to_string(), "a")).collect();
        refused(batch(many).await.heard(), (400, "ValidationException", "Too many items requested"), "a hundred and one");
    });
}

#[test]
fn an_expression_is_refused_for_reserved_words_for_what_it_does_not_use_and_for_paths_that_overlap() {
    within(world(json!([])), async |aws| {
        let invalid = |message| (400, "ValidationException", message);
        let one = |update: UpdateItemFluentBuilder| update.expression_attribute_values(":v", number(1));
        let rows: [(&str, Expected); 6] = [
            ("SET state = :v", invalid("Attribute name is a reserved keyword; reserved keyword: state")),
            ("SET claim = :v REMOVE claim", invalid("Two document paths overlap")),
            ("SET pk = :v", invalid("Cannot update attribute pk. This attribute is part of the key")),
            ("SET holder.place = :v", invalid("document path provided in the update expression is invalid for update")),
            ("SET claim = :w", invalid("not defined; attribute value: :w")),
            ("SETS claim = :v", invalid("Syntax error")),
        ];
        for (expression, expected) in rows {
            refused(aws.update(expression, one).await, expected, expression);
        }
        let unused = aws.update("SET claim = :v", |update| one(update).expression_attribute_values(":w", number(2))).await;
        refused(unused, invalid("ExpressionAttributeValues unused in expressions: keys: {:w}"), "a value that nobody uses");
        let unused = aws.update("SET claim = :v", |update| one(update).expression_attribute_names("#n", "name")).await;
        refused(unused, invalid("ExpressionAttributeNames unused in expressions: keys: {#n}"), "a name that nobody uses");
        let unequal = aws.update("SET claim = :v", |update| one(update).condition_expression("claim <> :v")).await;
        refused(unequal, (400, "NotSimulated", "<> is not simulated"), "what winterbaume reads otherwise than AWS");
        assert_eq!(aws.item("a", "a").await, None, "nothing of it was written");
    });
}

#[test]
fn an_item_has_its_keys_is_listed_by_strings_and_is_not_too_large() {
    within(world(json!([])), async |aws| {
        let invalid = |message| (400, "ValidationException", message);
        let rows: [(Item, &str); 6] = [
            ([("pk".to_owned(), text("a"))].into(), "Missing a key"),
            (key("a", ""), "cannot contain an empty string value. Key: sk"),
            (item("a", "a", &[("pk", number(1))]), "Type mismatch for key pk"),
            (item("a", "a", &[("listedUnder", AttributeValue::Null(true))]), "Type mismatch for Index Key listedUnder"),
            (item("a", "a", &[("listedAs", text(""))]), "Type mismatch for Index Key listedAs"),
            (item("a", "a", &[("body", text(&"x".repeat(410_000)))]), "Item size has exceeded"),
        ];
        for (item, message) in rows {
            refused(aws.put(item).await, invalid(message), message);
        }
        let unlisted = aws.update("SET listedAs = :n", |update| update.expression_attribute_values(":n", number(1))).await;
        refused(unlisted, invalid("Type mismatch for Index Key listedAs"), "an update that makes it so");
        let elsewhere = aws.registry().get_item().table_name("other").set_key(Some(key("a", "a"))).send().await.heard();
        refused(elsewhere, (400, "ResourceNotFoundException", "Requested resource not found"), "another table");
        let scan = aws.registry().scan().table_name("cutover").send().await.heard();
        refused(scan, (400, "NotSimulated", "DynamoDB_20120810.Scan"), "an operation that nobody needs");
        let capacity = aws.registry().get_item().table_name("cutover").set_key(Some(key("a", "a")));
        let capacity = capacity.return_consumed_capacity("TOTAL".into()).send().await.heard();
        refused(capacity, (400, "NotSimulated", "ReturnConsumedCapacity"), "a member that is not honoured");
    });
}

#[test]
fn a_read_that_need_not_be_consistent_may_lag_a_second_behind() {
    within(world(json!([])), async |aws| {
        let read = async |consistent: bool| {
            let get = aws.registry().get_item().table_name("cutover").set_key(Some(key("a", "a"))).consistent_read(consistent);
            accepted(get.send().await.heard(), "reading").item.map(|item| item["n"].clone())
        };
        let (mut stale, mut writes) = (0, 0);
        for n in 0..40 {
            accepted(aws.put(item("a", "a", &[("n", number(n))])).await, "a write");
            writes += 1;
            assert_eq!(read(true).await, Some(number(n)), "a consistent read");
            stale += u32::from(read(false).await != Some(number(n)));
        }
        assert!(stale > 10 && stale < writes, "{stale} of {writes} were old");
        aws.wait(1).await;
        assert_eq!(read(false).await, Some(number(39)), "a second later");
        let listed = item("b", "b", &[("listedUnder", text("U")), ("listedAs", text("p"))]);
        accepted(aws.put(listed).await, "a write");
        assert_eq!(aws.listed("listedUnder = :u AND listedAs = :p", "p").await, ["b"], "the index a second later");
    });
}

#[test]
fn an_item_with_every_type_comes_back_as_it_was_written() {
    within(world(json!([])), async |aws| {
        let fields = [
            ("text", text("Grüße")),
            ("number", AttributeValue::N("1.5".to_owned())),
            ("yes", AttributeValue::Bool(true)),
            ("nothing", AttributeValue::Null(true)),
            ("list", AttributeValue::L(vec![text("x"), number(1), AttributeValue::M(key("k", "v"))])),
            ("texts", AttributeValue::Ss(vec!["a".to_owned(), "b".to_owned()])),
            ("numbers", AttributeValue::Ns(vec!["1".to_owned()])),
        ];
        let whole = item("a", "a", &fields);
        accepted(aws.put(whole.clone()).await, "an item");
        assert_eq!(aws.item("a", "a").await, Some(whole));
        let plain: Value = aws.world.lock().registry.items().remove(0);
        let list = json!(["x", 1, {"pk": "k", "sk": "v"}]);
        assert_eq!((&plain["number"], &plain["list"], &plain["texts"]), (&json!(1.5), &list, &json!(["a", "b"])));
    });
}
