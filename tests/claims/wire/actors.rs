//! Actors that AWS itself is: what Support does, none of the checks of the calls stands in its way.

use super::{Aws, NEW, OLD, TAKEN, accepted, refused, within, world};
use rehearsal::world::edge::Answer;
use serde_json::{Value, json};

/// Support moves a name to `to` in a minute. Nobody has proved anything, and the source is enabled in another account.
fn supported(mut world: Value, alias: &str, to: &str) -> Value {
    world["actors"] = json!([{"at": "2026-12-01T02:01:00Z", "do": "moveAlias", "alias": alias, "distribution": to}]);
    world
}

fn told(aws: &Aws) -> Vec<(String, String)> {
    aws.world.lock().happenings.iter().map(|happening| (happening.what.clone(), happening.detail.clone())).collect()
}

#[test]
fn support_moves_a_name_with_all_effects_of_a_move_and_none_of_its_checks() {
    within(supported(world(json!([])), "a.foo.com", "E2NEW"), async |aws| {
        let (old, new) = (aws.read("E1OLD").await.1, aws.read("E2NEW").await.1);
        aws.wait(60).await;
        assert_eq!((aws.aliases("E1OLD").await, aws.aliases("E2NEW").await), (vec![], vec!["a.foo.com".to_owned()]));
        assert_eq!([aws.status("E1OLD").await, aws.status("E2NEW").await], ["InProgress", "InProgress"]);
        assert!(aws.read("E1OLD").await.1 != old && aws.read("E2NEW").await.1 != new, "both have a new ETag (MV-10)");
        assert_eq!(told(&aws), [("somebody: moveAlias".to_owned(), "E2NEW a.foo.com".to_owned())]);
        refused(aws.add("E3OLD", "a.foo.com").await, TAKEN, "it is the target's now");
        aws.wait(180).await;
        let answer = aws.world.lock().answer_at("a.foo.com", 3, aws.clock.now());
        assert!(matches!(answer, Answer::Served { distribution, .. } if distribution == "E2NEW"));
        let world = aws.world.lock();
        assert!(world.writes.is_empty() && !world.calls.contains_key("cloudfront:UpdateDomainAssociation"), "Support makes no call");
    });
}

#[test]
fn support_gives_a_name_that_nobody_holds_and_leaves_one_that_is_there() {
    within(supported(world(json!([])), "b.foo.com", "E2NEW"), async |aws| {
        aws.wait(60).await;
        assert_eq!(aws.aliases("E2NEW").await, ["b.foo.com"]);
    });
    within(supported(world(json!([])), "a.foo.com", "E1OLD"), async |aws| {
        let etag = aws.read("E1OLD").await.1;
        aws.wait(60).await;
        assert_eq!(aws.read("E1OLD").await.1, etag, "nothing was changed");
        assert_eq!(told(&aws)[0].1, "E1OLD a.foo.com is there already");
    });
}

#[test]
fn support_moves_a_name_to_a_tenant_too() {
    let mut rented = supported(world(json!([])), "a.foo.com", "dt_new");
    rented["tenants"] = json!([{"id": "dt_new", "account": NEW, "distribution": "E2NEW", "endpoint": "group.cloudfront.net"}]);
    within(rented, async |aws| {
        aws.wait(60).await;
        assert!(aws.aliases("E1OLD").await.is_empty());
        assert!(aws.world.lock().distributions["dt_new"].lists("a.foo.com"));
    });
}

#[test]
fn every_accepted_write_is_kept_with_its_account_and_what_it_was_made_on() {
    within(world(json!([super::proof("_a.foo.com", "E3OLD")])), async |aws| {
        refused(aws.add("E2NEW", "a.foo.com").await, TAKEN, "no write");
        accepted(aws.add("E2NEW", "b.foo.com").await, "a first write");
        aws.write_txt("_c.foo.com", &["text"]).await;
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "a last one");
        let write = |operation: &str, account: &str, id: &str| (operation.to_owned(), account.to_owned(), id.to_owned());
        let wanted = [
            write("cloudfront:UpdateDistribution", NEW, "E2NEW"),
            write("route53:ChangeResourceRecordSets", OLD, "Z1FOO"),
            write("cloudfront:UpdateDomainAssociation", OLD, "E3OLD"),
        ];
        assert_eq!(aws.world.lock().writes, wanted);
    });
}
