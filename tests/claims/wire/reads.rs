//! Reading distributions: what is not there, what is somebody else's, what is old; and worlds that cannot be.

use super::{Heard, NEW, OLD, Refusal, accepted, refused, ruled, within, world};
use rehearsal::world::World;
use serde_json::json;

#[test]
fn a_distribution_that_does_not_exist_is_not_found_by_any_operation() {
    within(world(json!([])), async |aws| {
        let expected = (404, "NoSuchDistribution", "The specified distribution does not exist");
        let (config, etag) = aws.read("E1OLD").await;
        let client = aws.cloudfront(OLD);
        refused(aws.get("E9NONE").await, expected, "GetDistribution");
        refused(client.get_distribution_config().id("E9NONE").send().await.heard(), expected, "GetDistributionConfig");
        refused(aws.send("E9NONE", config, Some(&etag)).await, expected, "UpdateDistribution");
    });
}

#[test]
fn a_distribution_of_another_account_is_denied_to_every_operation() {
    within(world(json!([])), async |aws| {
        let expected = (403, "AccessDenied", "is not authorized to perform: cloudfront:");
        let (config, etag) = aws.read("E1OLD").await;
        let stranger = aws.cloudfront(NEW);
        refused(stranger.get_distribution().id("E1OLD").send().await.heard(), expected, "GetDistribution");
        refused(stranger.get_distribution_config().id("E1OLD").send().await.heard(), expected, "GetDistributionConfig");
        let update = stranger.update_distribution().id("E1OLD").if_match(etag).distribution_config(config).send().await;
        refused(update.heard(), expected, "UpdateDistribution");
        refused(super::conflicts::ask(&stranger, "a.foo.com", "E1OLD").await, expected, "ListDomainConflicts");
    });
}

#[test]
fn a_stale_read_shows_all_of_the_version_before_and_the_writes_own_answer_is_never_stale() {
    within(ruled(world(json!([])), "readStalenessS", json!(5)), async |aws| {
        let (_, before) = aws.read("E1OLD").await;
        let after = accepted(aws.remove("E1OLD", "a.foo.com").await, "an update");
        assert_ne!(before, after);
        let old = aws.get("E1OLD").await.unwrap();
        assert_eq!(old.e_tag(), Some(before.as_str()), "the ETag before");
        assert_eq!(old.distribution().unwrap().status(), "Deployed", "the status before");
        assert_eq!(aws.aliases("E1OLD").await, ["a.foo.com"], "the config before");
        let stale: Result<String, Refusal> = aws.add("E1OLD", "b.foo.com").await;
        assert!(
            ["PreconditionFailed", "InvalidIfMatchVersion"].contains(&stale.unwrap_err().code.as_str()),
            "and it cannot be written over"
        );
        aws.wait(5).await;
        let new = aws.get("E1OLD").await.unwrap();
        assert_eq!((new.e_tag(), new.distribution().unwrap().status()), (Some(after.as_str()), "InProgress"));
    });
    within(world(json!([])), async |aws| {
        let after = accepted(aws.remove("E1OLD", "a.foo.com").await, "an update");
        assert_eq!(aws.read("E1OLD").await.1, after, "readStalenessS=0");
    });
}

#[test]
fn a_rule_that_does_not_exist_is_an_error_that_names_it() {
    for (rule, value) in [("edgeMovesAtomically", json!(true)), ("strict_421", json!(true)), ("udaErrorTexts", json!("none"))] {
        let error = World::new(ruled(world(json!([])), rule, value), 1).unwrap_err();
        assert!(error.contains(rule), "{rule}: {error}");
    }
}
