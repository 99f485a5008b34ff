//! The document never outgrows what Step Functions carries.

use crate::support::{Watch, rehearse, scenario};
use cutover::bounds::{ALIASES_MAX, DOCUMENT_BYTES_MAX};
use rehearsal::run::Play;
use serde_json::{Value, json};

/// The swap scenario with many aliases of about `length` characters.
fn many(count: usize, length: usize, strategy: &str) -> Play {
    let mut play = scenario("legacy-to-new-swap", 1);
    let label = |n: usize| {
        let mut name = format!("n{n:02}");
        while name.len() + ".foo.com".len() < length {
            let room = (length - name.len() - ".foo.com".len() - 1).min(60);
            if room == 0 {
                break;
            }
            name += &format!(".{}", "x".repeat(room));
        }
        format!("{name}.foo.com")
    };
    let names: Vec<String> = (0..count).map(label).collect();
    let wildcards = names.iter().map(|name| format!("*.{}", name.split_once('.').unwrap().1));
    let certified: std::collections::BTreeSet<String> = names.iter().cloned().chain(wildcards).collect();
    play.world["distributions"][0]["aliases"] = json!(names);
    play.world["certificates"][0]["names"] = json!(names);
    play.world["certificates"][1]["names"] = json!(certified);
    let record = |name: &String| json!({"name": name, "type": "CNAME", "ttl": 60, "values": ["xyz.cloudfront.net"]});
    play.world["hostedZones"][0]["records"] = Value::Array(names.iter().map(record).collect());
    play.world["edge"] = json!({"locations": 5});
    play.request["aliases"] = json!(names);
    play.request["strategy"] = json!(strategy);
    play
}

#[test]
fn ninety_aliases_stay_within_64_kib_at_every_step() {
    for (length, strategy) in [(12, "wildcardBridge"), (12, "swap"), (40, "wildcardBridge"), (40, "swap")] {
        let watch = Watch::default();
        let (report, _) = rehearsal::run::rehearse(&many(ALIASES_MAX, length, strategy), &watch).unwrap();
        assert_eq!(report.outcome, "completed", "{strategy} {length}: {:?}", report.timeline);
        assert_eq!(report.viewers.unserved == 0, strategy == "wildcardBridge");
        let largest = watch.documents().iter().map(|document| document.to_string().len()).max().unwrap();
        assert!(largest <= DOCUMENT_BYTES_MAX, "{strategy} {length}: {largest} bytes");
        println!("{strategy}, names of {length} characters: at most {largest} bytes");
    }
}

#[test]
fn ninety_aliases_that_aws_moves_one_by_one_stay_within_the_document_and_the_history() {
    for length in [12, 40] {
        let mut play = many(ALIASES_MAX, length, "moveDomain");
        play.world["distributions"][1]["account"] = json!("000000000001");
        play.world["certificates"][1]["arn"] = json!("arn:aws:acm:us-east-1:000000000001:certificate/new");
        play.world["distributions"][1]["certificate"] = json!("arn:aws:acm:us-east-1:000000000001:certificate/new");
        play.request["target"]["account"] = json!("000000000001");
        let watch = Watch::default();
        let (report, _) = rehearsal::run::rehearse(&play, &watch).unwrap();
        assert_eq!(report.outcome, "completed", "{length}: {:?}", report.timeline);
        assert_eq!(report.calls["cloudfront:UpdateDomainAssociation"], 90);
        let largest = watch.documents().iter().map(|document| document.to_string().len()).max().unwrap();
        assert!(largest <= DOCUMENT_BYTES_MAX, "{length}: {largest} bytes");
        assert!(report.execution.history_events < 25_000, "SFN-3");
        println!("names of {length} characters: at most {largest} bytes, {} events", report.execution.history_events);
    }
}

#[test]
fn names_too_long_to_fit_are_refused_with_halves_that_work() {
    let mut play = many(ALIASES_MAX, 253, "swap");
    let report = rehearse(&play);
    assert_eq!(report.outcome, "refused", "{:?} {:?}", report.execution.error, report.execution.cause);
    assert_eq!(report.document["refusals"][0]["code"], "requestTooLarge");
    assert!(report.document.to_string().len() <= DOCUMENT_BYTES_MAX);
    let mut moved = 0;
    let mut waiting = report.document["refusals"][0]["requests"].as_array().unwrap().clone();
    assert_eq!(waiting.len(), 2);
    // Halves may be halved again; each level halves the names, so this ends.
    for _ in 0..16 {
        let Some(request) = waiting.pop() else { break };
        play.request = request;
        let report = rehearse(&play);
        if report.outcome == "refused" {
            waiting.extend(report.document["refusals"][0]["requests"].as_array().unwrap().clone());
        } else {
            assert_eq!(report.outcome, "completed");
            moved += play.request["aliases"].as_array().unwrap().len();
        }
    }
    assert_eq!((moved, waiting.len()), (ALIASES_MAX, 0));
}
