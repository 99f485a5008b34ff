//! moveDomain: AWS moves the name in one call, its TXT proof there before and gone after. What viewers meet, which calls
//! are made, and what happens where AWS says no.

use crate::support::{Watch, calls, rehearse, scenario, state, with_rule, with_three_names};
use rehearsal::plug::SharedWorld;
use rehearsal::run::{Play, Report, Unwatched};
use serde_json::{Value, json};

const SEEDS: u64 = 40;

fn play_world(play: &Play) -> (Report, SharedWorld) {
    rehearsal::run::rehearse(play, &Unwatched).unwrap()
}

fn atomic(play: Play) -> Play {
    with_rule(play, "edgeMoveAtomicity", json!("atomic"))
}

fn writes(report: &Report) -> (u64, u64) {
    let cloudfront = ["UpdateDistribution", "UpdateDomainAssociation", "AssociateAlias"];
    let cloudfront = cloudfront.iter().map(|name| calls(report, &format!("cloudfront:{name}"))).sum();
    (cloudfront, calls(report, "route53:ChangeResourceRecordSets"))
}

/// Mean over locations of the time between the name's removal from the source and its arrival at the target.
fn floor_seconds(world: &SharedWorld) -> f64 {
    let world = world.lock();
    let arrivals = |id: &str| world.distributions[id].versions.last().unwrap().arrivals.clone();
    let (left, joined) = (arrivals("E1LEGACYXYZ"), arrivals("E2NEWQRS"));
    let gaps: Vec<f64> = left.iter().zip(&joined).map(|(left, joined)| (joined - left).max(0) as f64 / 1000.0).collect();
    gaps.iter().sum::<f64>() / gaps.len() as f64
}

#[test]
fn within_one_account_nobody_is_unserved_while_aws_moves_a_sub_domain() {
    for seed in 1..=SEEDS {
        for play in [scenario("same-account", seed), atomic(scenario("same-account", seed))] {
            let report = rehearse(&play);
            assert_eq!(report.outcome, "completed", "seed {seed}: {:?}", report.timeline);
            assert_eq!(report.document["strategy"], "moveDomain");
            assert_eq!(report.viewers.unserved, 0, "seed {seed}");
            assert_eq!(writes(&report), (3, 3), "seed {seed}: the net twice, the move once; proof, DNS, proof");
            assert_eq!(calls(&report, "cloudfront:UpdateDomainAssociation"), 1, "seed {seed}: never before the proof is seen");
        }
    }
}

#[test]
fn an_apex_moves_without_outage_where_both_halves_arrive_together_and_at_the_floor_where_not() {
    let mut somebody_unserved = false;
    for seed in 1..=SEEDS {
        let report = rehearse(&atomic(scenario("same-account-apex", seed)));
        assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("completed", 0), "seed {seed}: {:?}", report.timeline);
        assert_eq!(writes(&report), (1, 3), "seed {seed}");
        let (report, world) = play_world(&scenario("same-account-apex", seed));
        assert_eq!((report.outcome.as_str(), writes(&report)), ("completed", (1, 3)), "seed {seed}");
        let floor = floor_seconds(&world);
        assert!(report.viewers.outage_seconds_mean <= floor + 0.001, "seed {seed}: {} over {floor}", report.viewers.outage_seconds_mean);
        somebody_unserved |= report.viewers.unserved > 0;
        assert!(report.viewers.outage_seconds_worst <= 330.0, "seed {seed}: beyond what the plan predicts");
    }
    assert!(somebody_unserved, "independent halves were never apart: the floor was not tried");
}

#[test]
fn at_the_end_only_the_names_place_and_its_records_have_changed() {
    for (name, alias) in [("same-account", "a.foo.com"), ("same-account-apex", "foo.com")] {
        let play = scenario(name, 1);
        let report = rehearse(&play);
        let mut wanted = state(&play.world);
        wanted["distributions"][0]["aliases"] = json!([]);
        wanted["distributions"][1]["aliases"] = json!([alias]);
        for record in wanted["hostedZones"][0]["records"].as_array_mut().unwrap() {
            record["aliasTarget"] = json!("qrs.cloudfront.net");
        }
        assert_eq!(state(&report.world), wanted, "{name}: no proof and no wildcard is left");
    }
}

/// Every state that the record sets of a name were in, as lists of values.
fn history(world: &SharedWorld, name: &str) -> Vec<Vec<String>> {
    let world = world.lock();
    let states = world.zones["Z1FOO"].names.get(name).cloned().unwrap_or_default();
    states.iter().map(|state| state.sets.iter().flat_map(|set| set.values.clone()).collect()).collect()
}

#[test]
fn the_proof_stands_where_aws_looks_for_it() {
    let wildcard = {
        let mut play = scenario("same-account", 1);
        for (pointer, value) in [
            ("/request/aliases", json!(["*.foo.com"])),
            ("/distributions/0/aliases", json!(["*.foo.com"])),
            ("/certificates/0/names", json!(["*.foo.com"])),
            ("/hostedZones/0/records/0/name", json!("*.foo.com")),
            ("/hostedZones/0/records/1/name", json!("*.foo.com")),
        ] {
            match pointer.strip_prefix("/request") {
                Some(pointer) => *play.request.pointer_mut(pointer).unwrap() = value,
                None => *play.world.pointer_mut(pointer).unwrap() = value,
            }
        }
        play
    };
    let cases = [(scenario("same-account", 1), "_a.foo.com"), (scenario("same-account-apex", 1), "_.foo.com"), (wildcard, "_*.foo.com")];
    for (play, name) in cases {
        let (report, world) = play_world(&play);
        assert_eq!(report.outcome, "completed", "{name}: {:?}", report.timeline);
        assert_eq!(history(&world, name), [vec!["\"qrs.cloudfront.net\"".to_owned()], vec![]], "{name}");
    }
}

/// The DNS edit after the move is refused for good.
fn dns_fails(mut play: Play) -> Play {
    let failure = json!({"do": "failOperation", "afterCall": "cloudfront:UpdateDomainAssociation#1", "times": 1,
                         "operation": "route53:ChangeResourceRecordSets", "code": "InvalidInput", "message": "no"});
    play.world["actors"] = json!([failure]);
    play
}

#[test]
fn on_the_way_back_the_proof_is_replaced_never_doubled_and_its_time_is_waited_out() {
    for name in ["same-account", "same-account-apex"] {
        for seed in 1..=10 {
            let play = dns_fails(atomic(scenario(name, seed)));
            let (report, world) = play_world(&play);
            assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("rolledBack", 0), "{name} {seed}: {:?}", report.timeline);
            assert_eq!(state(&report.world), state(&play.world), "{name} {seed}: as it was");
            let proof = if name == "same-account" { "_a.foo.com" } else { "_.foo.com" };
            let value = |id: &str| vec![format!("\"{id}.cloudfront.net\"")];
            assert_eq!(history(&world, proof), [value("qrs"), value("xyz"), vec![]], "{name} {seed}");
            let world = world.lock();
            let replaced = &world.zones["Z1FOO"].names[proof][1];
            let moved_back = world.distributions["E1LEGACYXYZ"].versions.last().unwrap().accepted;
            assert!(moved_back - replaced.in_sync >= 60_000, "{name} {seed}: {} ms", moved_back - replaced.in_sync);
            assert_eq!(calls(&report, "cloudfront:UpdateDomainAssociation"), 2, "{name} {seed}: the first call back is accepted");
        }
    }
}

fn with_other_value(mut play: Play) -> Play {
    let record = json!({"name": "_a.foo.com", "type": "TXT", "ttl": 120, "values": ["\"somebody-else\""]});
    play.world["hostedZones"][0]["records"].as_array_mut().unwrap().push(record);
    play
}

#[test]
fn somebody_elses_value_at_the_proofs_name_is_kept_forth_and_back() {
    let play = with_rule(with_other_value(scenario("same-account", 1)), "txtMultivalue", json!(true));
    let (report, world) = play_world(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("completed", 0), "{:?}", report.timeline);
    let (other, ours) = ("\"somebody-else\"".to_owned(), "\"qrs.cloudfront.net\"".to_owned());
    assert_eq!(history(&world, "_a.foo.com"), [vec![other.clone()], vec![other.clone(), ours], vec![other]]);
    assert_eq!(report.world["hostedZones"][0]["records"][2], play.world["hostedZones"][0]["records"][2]);
    let codes: Vec<&Value> = report.document["findings"].as_array().unwrap().iter().map(|finding| &finding["code"]).collect();
    assert!(codes.contains(&&json!("proofShared")), "{codes:?}");

    let play = with_other_value(scenario("same-account", 1));
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("rolledBack", 0), "{:?}", report.timeline);
    assert_eq!(state(&report.world), state(&play.world), "AWS wants the proof alone: everything is as it was");
    next_strategy_completes(&report, "wildcardBridge");
}

/// The refusal names a ready request for `strategy`, and that one completes in the world that was left.
fn next_strategy_completes(report: &Report, strategy: &str) -> Report {
    let refusal = &report.document["refusals"][0];
    assert_eq!(refusal["code"], "moveRefused", "{refusal}");
    let request = refusal["requests"][0].clone();
    assert_eq!(request["strategy"], strategy, "{refusal}");
    let mut next = scenario("same-account", 7);
    (next.world, next.request) = (report.world.clone(), request);
    let report = rehearse(&next);
    assert_eq!(report.outcome, "completed", "{:?}", report.timeline);
    report
}

#[test]
fn where_aws_wants_the_source_disabled_the_next_strategy_is_named_and_the_source_stays_up() {
    for texts in ["associateAlias", "opaque"] {
        for (name, next) in [("same-account", "wildcardBridge"), ("same-account-apex", "swap")] {
            let play = with_rule(scenario(name, 1), "sameAccountNeedsDisabledSource", json!(true));
            let play = with_rule(play, "udaErrorTexts", json!(texts));
            let report = rehearse(&play);
            assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("rolledBack", 0), "{name}: {:?}", report.timeline);
            assert_eq!(state(&report.world), state(&play.world), "{name}");
            assert_eq!(calls(&report, "cloudfront:UpdateDomainAssociation"), 1, "{name}: asked once, refused once");
            let message = report.document["refusals"][0]["message"].as_str().unwrap();
            assert!(message.contains("IllegalUpdate"), "AWS's words are kept: {message}");
            let done = next_strategy_completes(&report, next);
            assert_eq!(done.world["distributions"][0].get("enabled"), Some(&json!(true)), "{name}: never disabled");
        }
    }
}

#[test]
fn across_accounts_a_disabled_source_is_moved_from_and_an_enabled_one_is_not() {
    let mut play = scenario("legacy-to-new", 1);
    play.world["distributions"][0]["enabled"] = json!(false);
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), &report.document["strategy"]), ("completed", &json!("moveDomain")), "{:?}", report.timeline);
    assert_eq!(report.world["distributions"][1]["aliases"], json!(["a.foo.com"]));
    assert_eq!(writes(&report), (1, 3), "a net would not help: a disabled source swallows its names");
    assert!(report.viewers.by_target > 0 && report.viewers.by_source == 0);

    let mut play = scenario("legacy-to-new", 1);
    play.request["strategy"] = json!("moveDomain");
    let report = rehearse(&play);
    assert_eq!(report.document["refusals"][0]["code"], "strategyNotLegal");
    assert_eq!(calls(&report, "cloudfront:UpdateDomainAssociation"), 0);
}

#[test]
fn across_accounts_the_way_back_detaches_and_attaches_for_the_move_api_would_refuse_it() {
    for seed in 1..=5 {
        let mut play = dns_fails(scenario("legacy-to-new", seed));
        play.world["distributions"][0]["enabled"] = json!(false);
        let before = state(&play.world);
        let report = rehearse(&play);
        assert_eq!(report.outcome, "rolledBack", "seed {seed}: {:?}", report.timeline);
        assert_eq!(state(&report.world), before, "seed {seed}");
    }
}

#[test]
fn a_source_that_is_disabled_but_not_deployed_is_waited_for_and_not_moved_from() {
    let mut play = scenario("legacy-to-new", 1);
    play.world["distributions"][0]["enabled"] = json!(false);
    play.world["distributions"][0]["status"] = json!("InProgress");
    let report = rehearse(&play);
    assert_eq!(report.outcome, "refused");
    assert!(report.document["refusals"][0]["message"].as_str().unwrap().contains("MV-5"), "{}", report.document["refusals"]);
}

#[test]
fn the_older_call_is_made_where_the_newer_one_is_denied_and_nowhere_else() {
    let ordinary = rehearse(&scenario("same-account", 1));
    assert_eq!(calls(&ordinary, "cloudfront:AssociateAlias"), 0);
    let mut play = scenario("same-account", 1);
    play.world["accounts"][0]["roles"] =
        json!([{"name": "cutover-read"}, {"name": "cutover-write", "deny": ["cloudfront:UpdateDomainAssociation"]}]);
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("completed", 0), "{:?}", report.timeline);
    assert_eq!(calls(&report, "cloudfront:AssociateAlias"), 1);
}

#[test]
fn several_names_go_one_by_one_each_after_the_one_before_is_everywhere() {
    let play = with_three_names(scenario("same-account", 3));
    let (report, world) = play_world(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("completed", 0), "{:?}", report.timeline);
    assert_eq!(calls(&report, "cloudfront:UpdateDomainAssociation"), 3, "none was refused for a target on its way");
    let world = world.lock();
    let versions = &world.distributions["E2NEWQRS"].versions;
    assert_eq!(versions.len(), 1 + 1 + 3 + 1, "as given, the net, three names, without the net");
    assert!(versions.windows(2).all(|pair| pair[0].deployed() <= pair[1].accepted));
}

#[test]
fn a_proof_without_a_place_rules_the_move_out() {
    let mut play = scenario("same-account", 1);
    let record = json!({"name": "_a.foo.com", "type": "CNAME", "ttl": 60, "values": ["validation.example"]});
    play.world["hostedZones"][0]["records"].as_array_mut().unwrap().push(record);
    play.request["strategy"] = json!("moveDomain");
    let report = rehearse(&play);
    assert_eq!(report.document["refusals"][0]["code"], "strategyNotLegal");
    assert!(report.document["refusals"][0]["message"].as_str().unwrap().contains("_a.foo.com"));
    assert_eq!(report.document["refusals"][0]["requests"][0]["strategy"], "wildcardBridge");
}

#[test]
fn without_a_free_wildcard_the_move_goes_without_a_net_and_says_what_that_may_cost() {
    let mut play = atomic(scenario("same-account", 1));
    play.world["certificates"][1]["names"] = json!(["a.foo.com"]);
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved, writes(&report)), ("completed", 0, (1, 3)), "{:?}", report.timeline);
    assert_eq!(report.document["prediction"]["outageSecondsWorst"], 330);
}

/// The switches that a move meets, in their other positions, and the outcome that each may have.
const OTHER_POSITIONS: [(&str, &str, &str); 29] = [
    ("sameAccountNeedsDisabledSource", "true", "rolledBack"),
    ("sameAccountNeedsTxt", "false", "completed"),
    ("edgeMoveAtomicity", "\"atomic\"", "completed"),
    ("disabledMustBeDeployed", "false", "completed"),
    ("txtMultivalue", "true", "completed"),
    ("moveTargetMustBeDeployed", "false", "completed"),
    ("udaErrorTexts", "\"opaque\"", "completed"),
    ("negativeCacheS", "0", "completed"),
    ("cfDnsLagS", "0", "completed"),
    ("cfDnsLagS", "900", "completed"),
    ("moveApiChecksDns", "true", "rolledBack"),
    ("strict421", "true", "completed"),
    ("txtZoneApexForm", "true", "completed"),
    ("iamConflictsNeedStar", "true", "completed"),
    ("tenantLastDomainMove", "true", "completed"),
    ("nameRelease", "\"accepted\"", "completed"),
    ("cfRate", "\"unlimited\"", "completed"),
    ("staleEtagError", "\"PreconditionFailed\"", "completed"),
    ("conflictsListSelf", "false", "completed"),
    ("injectUnknownElement", "false", "completed"),
    ("readStalenessS", "10", "completed"),
    ("dnsCheckFirst", "false", "completed"),
    ("dnsCheckSeesAliasRecords", "false", "completed"),
    ("wildcardCrossAccountOverlap", "false", "completed"),
    ("r53RequiresAliasOnTarget", "true", "completed"),
    ("r53BatchErrorForm", "\"bare\"", "completed"),
    ("blockDanglingAfterS", "600", "completed"),
    ("acmVisibilityLagS", "0", "completed"),
    ("conflictsLagS", "0", "completed"),
];

#[test]
fn nobody_is_unserved_by_a_move_in_any_other_position_of_a_switch() {
    for (rule, value, outcome) in OTHER_POSITIONS {
        for seed in 1..=10 {
            let play = with_rule(scenario("same-account", seed), rule, serde_json::from_str(value).unwrap());
            let report = rehearse(&play);
            assert_eq!((report.outcome.as_str(), report.viewers.unserved), (outcome, 0), "{rule} {value} {seed}: {:?}", report.timeline);
            if outcome == "rolledBack" {
                assert_eq!(state(&report.world), state(&play.world), "{rule} {value} {seed}");
            }
        }
    }
}

#[test]
fn one_fault_anywhere_leaves_a_moved_name_served_and_nobody_stuck() {
    let operations = [
        "cloudfront:UpdateDomainAssociation",
        "cloudfront:AssociateAlias",
        "cloudfront:UpdateDistribution",
        "cloudfront:GetDistribution",
        "cloudfront:GetDistributionConfig",
        "route53:ChangeResourceRecordSets",
        "route53:ListResourceRecordSets",
        "route53:GetChange",
        "sts:AssumeRole",
    ];
    let mut outcomes = std::collections::BTreeMap::<String, u32>::new();
    for operation in operations {
        for kind in ["throttled", "unavailable", "lostAnswer", "stale", "denied"] {
            for number in 1..=3 {
                let mut play = scenario("same-account", number);
                play.world["edge"] = json!({"locations": 60});
                play.faults = vec![format!("{operation}#{number}:{kind}").parse().unwrap()];
                if operation == "cloudfront:AssociateAlias" {
                    play.world["actors"] = json!([{"do": "denyOperation", "operation": "cloudfront:UpdateDomainAssociation"}]);
                }
                let report = rehearse(&play);
                let fault = format!("{operation}#{number}:{kind}");
                assert!(["completed", "rolledBack", "refused"].contains(&report.outcome.as_str()), "{fault}: {:?}", report.timeline);
                assert_eq!(report.viewers.unserved, 0, "{fault}");
                if report.outcome != "completed" {
                    assert_eq!(state(&report.world), state(&play.world), "{fault}");
                }
                *outcomes.entry(report.outcome).or_default() += 1;
            }
        }
    }
    println!("{outcomes:?}");
}

#[test]
fn the_document_says_what_is_waited_for_and_the_history_stays_short() {
    let watch = Watch::default();
    let (report, _) = rehearsal::run::rehearse(&scenario("same-account", 1), &watch).unwrap();
    let waited: Vec<String> =
        watch.documents().iter().filter_map(|document| document["progress"]["waitsFor"]["kind"].as_str().map(str::to_owned)).collect();
    assert!(waited.contains(&"proofVisible".to_owned()) || waited.contains(&"changeInSync".to_owned()), "{waited:?}");
    assert!(report.execution.history_events < 2_500, "{} events (L5)", report.execution.history_events);
}
