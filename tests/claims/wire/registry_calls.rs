//! DynamoDB: whose the table is, what a call to it costs, what may go wrong with one, and what a world says of it.

use super::registry::{FAILED, HOME, check, claim, key, number, put, text, transact};
use super::{Expected, Heard, OLD, accepted, administrator, refused, within, world};
use aws_sdk_dynamodb::Client;
use aws_smithy_types::retry::RetryConfig;
use rehearsal::world::iam::{INDEX_READERS, REGISTRY_ACTIONS};
use serde_json::json;

#[test]
fn the_table_is_the_home_accounts_and_each_function_may_do_with_it_what_its_role_says() {
    let denied = |action: &'static str| (400, "AccessDeniedException", action);
    within(world(json!([])), async |aws| {
        let get = async |access_key: &str| {
            let get = aws.dynamodb(access_key).get_item().table_name("cutover").set_key(Some(key("a", "a")));
            get.send().await.heard().map(|_| ())
        };
        refused(get(&administrator(OLD)).await, (400, "ResourceNotFoundException", ""), "a member account has no such table");
        refused(get("AKIA000000000077").await, (400, "UnrecognizedClientException", ""), "nobody");
        let role = |name: &str| aws.world.lock().function_key(name);
        refused(get(&role("cutover-unheard-of")).await, denied("dynamodb:GetItem"), "a function that is not listed");
        for (name, actions) in REGISTRY_ACTIONS {
            assert!(actions.iter().all(|action| rehearsal::service::known(action).is_ok()), "{name}");
            let client = aws.dynamodb(&role(name));
            accepted(get(&role(name)).await, name);
            let query = client.query().table_name("cutover").expression_attribute_values(":k", text("U"));
            let listed = query.clone().index_name("listed").key_condition_expression("listedUnder = :k").send().await.heard().map(|_| ());
            match INDEX_READERS.contains(&name) {
                true => accepted(listed, name),
                false => drop(refused(listed, denied("dynamodb:Query"), "a permission on the table is none on its index")),
            }
            let query = query.key_condition_expression("pk = :k").send().await.heard().map(|_| ());
            let delete = client.delete_item().table_name("cutover").set_key(Some(key("a", "a"))).send().await.heard().map(|_| ());
            let write = transact(&client, vec![claim(name)], None).await.heard();
            let checked = transact(&client, vec![claim(&format!("{name} checked")), check("a")], None).await.heard();
            let other = client.get_item().table_name("other").set_key(Some(key("a", "a"))).send().await.heard().map(|_| ());
            refused(other, denied("dynamodb:GetItem"), "another table");
            for (action, answer) in [
                ("dynamodb:Query", query),
                ("dynamodb:DeleteItem", delete),
                ("dynamodb:UpdateItem", write),
                ("dynamodb:ConditionCheckItem", checked),
            ] {
                match actions.contains(&action) {
                    true => accepted(answer, &format!("{name} {action}")),
                    false => drop(refused(answer, denied(action), name)),
                }
            }
        }
    });
}

#[test]
fn each_kind_of_fault_is_met_by_the_registry_too() {
    let rows: [(&str, Expected, bool); 4] = [
        ("throttled", (400, "ThrottlingException", "Rate exceeded"), false),
        ("unavailable", (503, "", ""), false),
        ("lostAnswer", (500, "", ""), true),
        ("denied", (400, "AccessDeniedException", "is not authorized to perform: dynamodb:PutItem"), false),
    ];
    for (kind, expected, effect) in rows {
        within(world(json!([])), async |aws| {
            aws.world.lock().faults.push(format!("dynamodb:PutItem#2:{kind}").parse().unwrap());
            accepted(aws.put(key("a", "a")).await, "the call before it");
            refused(aws.put(key("b", "b")).await, expected, kind);
            assert_eq!(aws.item("b", "b").await.is_some(), effect, "{kind}: whether it took effect");
            accepted(aws.put(key("c", "c")).await, "the call after it");
            assert_eq!(aws.world.lock().calls["dynamodb:PutItem"], 3);
        });
    }
    assert!("dynamodb:PutItem#1:stale".parse::<rehearsal::wire::Fault>().unwrap_err().contains("cannot come to pass"));
}

#[test]
fn a_standing_refusal_meets_transactions_by_their_name_and_by_what_they_do() {
    let mut hostile = world(json!([]));
    hostile["actors"] = json!([
        {"do": "failOperation", "operation": "dynamodb:TransactWriteItems", "code": "TransactionInProgressException", "message": "made up", "times": 1},
        {"afterCall": "dynamodb:GetItem#1", "do": "denyOperation", "operation": "dynamodb:UpdateItem"},
        {"afterCall": "dynamodb:GetItem#2", "account": HOME, "do": "denyOperation", "operation": "dynamodb:TransactWriteItems"},
    ]);
    let denied = |action: &'static str| (400, "AccessDeniedException", action);
    within(hostile, async |aws| {
        let write = async |items| transact(&aws.registry(), items, None).await.heard();
        refused(write(vec![claim("a")]).await, (400, "TransactionInProgressException", "made up"), "once");
        accepted(write(vec![claim("a")]).await, "the second time");
        aws.item("a", "a").await;
        refused(write(vec![claim("b")]).await, denied("dynamodb:UpdateItem"), "an action of it is denied");
        accepted(write(vec![put(key("c", "c"))]).await, "another action");
        aws.item("a", "a").await;
        refused(write(vec![put(key("d", "d"))]).await, denied("dynamodb:TransactWriteItems"), "it is denied as such");
    });
}

#[test]
fn after_a_lost_answer_the_sdk_sends_a_write_again_which_meets_itself_unless_a_token_says_so() {
    within(world(json!([])), async |aws| {
        for fault in ["dynamodb:PutItem#1:lostAnswer", "dynamodb:TransactWriteItems#1:lostAnswer"] {
            aws.world.lock().faults.push(fault.parse().unwrap());
        }
        let patient = aws.config(&administrator(HOME)).into_builder().retry_config(RetryConfig::standard()).build();
        let client = Client::new(&patient);
        let put_item =
            client.put_item().table_name("cutover").set_item(Some(key("a", "a"))).condition_expression("attribute_not_exists(pk)");
        refused(put_item.send().await.heard().map(|_| ()), FAILED, "what was written is there (DDB-7)");
        accepted(transact(&client, vec![put(key("b", "b"))], None).await.heard(), "the SDK makes a token up and sends it again");
        let calls = aws.world.lock().calls.clone();
        assert_eq!((calls["dynamodb:PutItem"], calls["dynamodb:TransactWriteItems"]), (2, 2));
    });
}

#[test]
fn a_world_begins_with_a_table_and_shows_it_at_the_end() {
    let items = json!([{"pk": "b", "sk": "b", "of": {"n": [1, null, true]}}, {"pk": "a", "sk": "a"}]);
    let mut given = world(json!([]));
    given["registry"] = items.clone();
    within(given.clone(), async |aws| {
        let print = || aws.world.lock().print(aws.clock.now())["registry"].clone();
        assert_eq!(print(), items, "as it was given, where nothing has changed");
        let found = aws.item("b", "b").await.unwrap();
        assert_eq!(found["of"].as_m().unwrap()["n"].as_l().unwrap()[0], number(1));
        accepted(aws.put(key("c", "c")).await, "a write");
        assert_eq!(print(), json!([items[1], items[0], {"pk": "c", "sk": "c"}]));
    });
    within(world(json!([])), async |aws| assert_eq!(aws.world.lock().print(aws.clock.now()).get("registry"), None));
    for (bad, named) in
        [(json!([{"pk": "a"}]), "sk"), (json!([{"pk": "a", "sk": 1}]), "sk"), (json!([["a"]]), "registry"), (json!({}), "registry")]
    {
        given["registry"] = bad;
        let error = rehearsal::world::World::new(given.clone(), 1).unwrap_err();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn calls_to_the_registry_are_quick_and_leave_every_other_draw_as_it_is() {
    let moments = |with_registry: bool| {
        let mut moments: Vec<i64> = vec![];
        within(world(json!([])), async |aws| {
            for _ in 0..5 {
                if with_registry {
                    let began = aws.clock.now();
                    aws.item("a", "a").await;
                    assert!((6..=20).contains(&(aws.clock.now() - began)), "two legs of 3 to 10 ms");
                }
                let began = aws.clock.now();
                accepted(aws.get("E1OLD").await, "a read");
                moments.push(aws.clock.now() - began);
            }
        });
        moments
    };
    assert_eq!(moments(true), moments(false));
}
