//! Continuous deployment: what a name hangs on does not change while a policy is attached, and no name joins a staging
//! distribution (DT-14, DT-16). What an update may change with a policy is not written down; the harsher reading.

use super::{Expected, OLD, accepted, arn, certificate, certified, proof, refused, within, world};
use serde_json::{Value, json};

const CONTINUOUS: Expected = (400, "IllegalUpdate", "One or more fields updated are not supported for continuous deployment");

/// A world in which the distribution at `place` has a policy.
fn bound(place: usize) -> Value {
    let mut bound = certified(world(json!([proof("_a.foo.com", "E3OLD")])), certificate(OLD, "other", &["*.foo.com"]));
    bound["distributions"][place]["continuousDeploymentPolicy"] = json!("policy");
    bound
}

#[test]
fn no_alias_and_no_certificate_changes_while_a_policy_is_attached() {
    within(bound(0), async |aws| {
        refused(aws.add("E1OLD", "b.foo.com").await, CONTINUOUS, "a name joins");
        refused(aws.remove("E1OLD", "a.foo.com").await, CONTINUOUS, "a name leaves");
        refused(aws.attach("E1OLD", &arn(OLD, "other")).await, CONTINUOUS, "another certificate");
        accepted(aws.edit("E1OLD", |config| config.comment = "theirs".to_owned()).await, "something else");
        accepted(aws.edit("E1OLD", |config| config.continuous_deployment_policy_id = None).await, "the policy goes");
        accepted(aws.add("E1OLD", "b.foo.com").await, "a name joins then");
    });
}

#[test]
fn no_name_moves_from_or_to_a_distribution_with_a_policy() {
    for (place, side) in [(0, "source"), (2, "target")] {
        within(bound(place), async |aws| {
            refused(aws.associate("a.foo.com", "E3OLD", None).await, CONTINUOUS, side);
            refused(aws.associate_alias("a.foo.com", "E3OLD").await, CONTINUOUS, side);
        });
    }
}

#[test]
fn a_staging_distribution_takes_no_names() {
    let mut staging = world(json!([]));
    staging["distributions"][1]["staging"] = json!(true);
    within(staging, async |aws| {
        refused(aws.add("E2NEW", "b.foo.com").await, (400, "InvalidArgument", "staging distribution"), "a name");
        accepted(aws.edit("E2NEW", |config| config.comment = "ours".to_owned()).await, "something else");
    });
}
