//! What an answer of AWS makes of a whole cutover, where one answer decides it.

use crate::support::{edits_told, rehearse, scenario};
use rehearsal::run::Report;
use serde_json::json;

/// The bridge, with an error in the place of its first updates.
fn bridge_meets(code: &str, message: &str, times: Option<u32>) -> Report {
    let mut play = scenario("legacy-to-new", 1);
    play.world["actors"] = json!([{"do": "failOperation", "operation": "cloudfront:UpdateDistribution", "code": code, "message": message}]);
    if let Some(times) = times {
        play.world["actors"][0]["times"] = json!(times);
    }
    rehearse(&play)
}

#[test]
fn another_certificate_change_in_flight_is_waited_for() {
    let report = bridge_meets("IllegalUpdate", "Only one viewer certificate change may be in progress at a time.", Some(20));
    assert_eq!(report.outcome, "completed", "{:?}", report.timeline);
    assert!(report.simulated_seconds > 20.0 * 30.0, "a try every 30 s: {} s", report.simulated_seconds);
}

#[test]
fn a_refusal_by_quota_or_staging_says_what_to_do() {
    for (code, remedy) in [
        ("TooManyDistributionCNAMEs", "quota L-AAD4943E"),
        ("StagingDistributionInUse", "detach its policy"),
        ("ContinuousDeploymentPolicyInUse", "detach its policy"),
    ] {
        let report = bridge_meets(code, "", None);
        let told = serde_json::to_string(&report.document["timeline"]).unwrap();
        assert!(told.contains("EditRefused") && told.contains(remedy), "{code}: {told}");
        assert_eq!(report.outcome, "rolledBack", "{code}: {:?}", edits_told(&report));
    }
}
