//! A name is on one distribution only, and free when the rule says so.

use super::{Expected, NEW, OLD, TAKEN, accepted, distribution, refused, ruled, within, world};
use serde_json::json;

#[test]
fn a_name_is_on_one_distribution_only_in_whichever_account() {
    within(world(json!([])), async |aws| {
        refused(aws.add("E2NEW", "a.foo.com").await, TAKEN, "a name on a distribution of another account");
        refused(aws.add("E3OLD", "a.foo.com").await, TAKEN, "a name on another distribution of this account");
        accepted(aws.add("E2NEW", "b.foo.com").await, "a name that nobody has");
    });
}

#[test]
fn a_disabled_distribution_still_holds_its_names() {
    within(world(json!([])), async |aws| {
        accepted(aws.edit("E1OLD", |config| config.enabled = false).await, "disabling");
        aws.wait(181).await;
        refused(aws.add("E2NEW", "a.foo.com").await, TAKEN, "a name on a disabled distribution");
    });
}

#[test]
fn a_wildcard_and_a_name_below_it_may_be_in_two_accounts_unless_the_rule_says_no() {
    within(world(json!([])), async |aws| {
        accepted(aws.add("E2NEW", "*.foo.com").await, "a wildcard over another account's name");
        accepted(aws.add("E3OLD", "b.foo.com").await, "a name below another account's wildcard");
        refused(aws.add("E3OLD", "*.foo.com").await, TAKEN, "the same wildcard a second time");
    });
    let harsh = || ruled(world(json!([])), "wildcardCrossAccountOverlap", json!(false));
    within(harsh(), async |aws| {
        refused(aws.add("E2NEW", "*.foo.com").await, TAKEN, "wildcardCrossAccountOverlap=false, over another account's name");
        accepted(aws.add("E3OLD", "*.foo.com").await, "wildcardCrossAccountOverlap=false, within one account");
        refused(aws.add("E2NEW", "b.foo.com").await, TAKEN, "wildcardCrossAccountOverlap=false, below another account's wildcard");
    });
}

#[test]
fn a_removed_name_is_free_once_its_distribution_is_deployed_or_at_once_by_name_release() {
    within(world(json!([])), async |aws| {
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        refused(aws.add("E2NEW", "a.foo.com").await, TAKEN, "nameRelease=deployed, before the source is deployed");
        aws.wait(181).await;
        accepted(aws.add("E2NEW", "a.foo.com").await, "nameRelease=deployed, after the source is deployed");
    });
    within(world(json!([])), async |aws| {
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        accepted(aws.add("E1OLD", "a.foo.com").await, "its own distribution may take a name back before it is deployed");
    });
    within(ruled(world(json!([])), "nameRelease", json!("accepted")), async |aws| {
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        accepted(aws.add("E2NEW", "a.foo.com").await, "nameRelease=accepted");
    });
}

#[test]
fn a_name_that_was_free_once_is_not_taken_back_by_a_later_edit_of_its_old_distribution() {
    within(world(json!([])), async |aws| {
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        aws.wait(100).await;
        accepted(aws.edit("E1OLD", |config| config.comment = "first".into()).await, "an edit before it is deployed");
        aws.wait(100).await;
        refused(aws.add("E2NEW", "a.foo.com").await, TAKEN, "the source was never deployed since the removal");
        aws.wait(100).await;
        accepted(aws.edit("E1OLD", |config| config.comment = "second".into()).await, "an edit after it was deployed");
        assert_eq!(aws.status("E1OLD").await, "InProgress");
        accepted(aws.add("E2NEW", "a.foo.com").await, "the source was deployed once since the removal");
    });
}

#[test]
fn an_account_may_have_another_quota_of_aliases() {
    const TOO_MANY: Expected = (400, "TooManyDistributionCNAMEs", "more CNAMEs than are allowed per distribution");
    let mut few = world(json!([super::proof("_a.foo.com", "E2NEW")]));
    few["accounts"][1]["aliasQuota"] = json!(2);
    within(ruled(few, "disabledMustBeDeployed", json!(false)), async |aws| {
        let names = ["n1.foo.com", "n2.foo.com", "n3.foo.com"].map(str::to_owned);
        refused(aws.list_aliases("E2NEW", &names).await, TOO_MANY, "three of two");
        accepted(aws.list_aliases("E2NEW", &names[..2]).await, "two");
        accepted(aws.list_aliases("E3OLD", &names[2..]).await, "another account has its own quota");
        aws.disable("E1OLD").await;
        aws.wait(180).await;
        let too_many = (400, "IllegalUpdate", "more CNAMEs than are allowed per distribution");
        refused(aws.associate("a.foo.com", "E2NEW", None).await, too_many, "a move");
    });
}

#[test]
fn a_distribution_takes_a_hundred_aliases_and_no_more() {
    const TOO_MANY: Expected = (400, "TooManyDistributionCNAMEs", "more CNAMEs than are allowed per distribution");
    within(world(json!([])), async |aws| {
        let names: Vec<String> = (0..101).map(|n| format!("n{n}.foo.com")).collect();
        refused(aws.list_aliases("E2NEW", &names).await, TOO_MANY, "101 aliases");
        accepted(aws.list_aliases("E2NEW", &names[..100]).await, "100 aliases");
    });
}

#[test]
fn a_world_in_which_one_name_is_on_two_distributions_cannot_begin() {
    let mut twice = world(json!([]));
    twice["distributions"] = json!([distribution("E1OLD", OLD, &["a.foo.com"]), distribution("E2NEW", NEW, &["A.foo.com."])]);
    let error = rehearsal::world::World::new(twice, 1).unwrap_err();
    assert!(error.contains("A.foo.com.") && error.contains("E1OLD") && error.contains("E2NEW"), "{error}");
}
