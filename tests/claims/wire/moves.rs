//! `UpdateDomainAssociation` and `AssociateAlias`: what they do, what they refuse, and in which order.

use super::{
    Aws, Expected, MISDIRECTED, NEW, NO_PROOF, OLD, Refusal, SOURCE_ENABLED, THROTTLED, accepted, certificate, certified, cname,
    distribution, proof, refused, ruled, within, world,
};
use serde_json::{Value, json};

/// Either call, by the owner of the target and without `If-Match`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    Domain,
    Alias,
}
const BOTH: [Call; 2] = [Call::Domain, Call::Alias];

impl Call {
    async fn make(self, aws: &Aws, alias: &str, to: &str) -> Result<(), Refusal> {
        match self {
            Call::Domain => aws.associate(alias, to, None).await.map(|_| ()),
            Call::Alias => aws.associate_alias(alias, to).await,
        }
    }
}

/// a.foo.com, proved for a distribution.
fn proved_for(target: &str) -> Value {
    world(json!([proof("_a.foo.com", target)]))
}

#[test]
fn a_move_takes_a_name_from_its_source_and_gives_it_to_the_target_in_one_call() {
    for call in BOTH {
        within(proved_for("E3OLD"), async |aws| {
            let (_, source) = aws.read("E1OLD").await;
            let (_, target) = aws.read("E3OLD").await;
            accepted(call.make(&aws, "a.foo.com", "E3OLD").await, "a live source in the same account");
            assert_eq!((aws.aliases("E1OLD").await, aws.aliases("E3OLD").await), (vec![], vec!["a.foo.com".to_owned()]), "{call:?}");
            let [old, new] = [aws.read("E1OLD").await.1, aws.read("E3OLD").await.1];
            assert!(old != source && new != target, "{call:?}: both sides have a new ETag");
            assert_eq!([aws.status("E1OLD").await, aws.status("E3OLD").await], ["InProgress", "InProgress"], "{call:?}");
            aws.wait(180).await;
            assert_eq!([aws.status("E1OLD").await, aws.status("E3OLD").await], ["Deployed", "Deployed"], "{call:?}");
            let world = aws.world.lock().print(aws.clock.now());
            assert_eq!(world["distributions"][2]["aliases"], json!(["a.foo.com"]), "the world at the end says so");
        });
    }
}

#[test]
fn a_move_keeps_the_rest_of_both_configs_and_leaves_the_sources_old_etag_stale() {
    within(proved_for("E3OLD"), async |aws| {
        let (before, etag) = aws.read("E1OLD").await;
        let target = aws.xml("E3OLD");
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "moving");
        let aliases = |names: &str| format!("<Aliases>{names}</Aliases>");
        let (none, one) = (aliases("<Quantity>0</Quantity>"), aliases("<Quantity>1</Quantity><Items><CNAME>a.foo.com</CNAME></Items>"));
        assert_eq!(aws.xml("E3OLD"), target.replace(&none, &one), "nothing but the aliases, and nothing that no SDK knows, is changed");
        let stale = aws.send("E1OLD", before, Some(&etag)).await.unwrap_err();
        assert!(["PreconditionFailed", "InvalidIfMatchVersion"].contains(&stale.code.as_str()), "{stale:?}");
    });
}

#[test]
fn a_domain_association_takes_an_if_match_and_refuses_a_stale_one() {
    for (position, expected) in [
        ("PreconditionFailed", (412, "PreconditionFailed", "preconditions")),
        ("InvalidIfMatchVersion", (400, "InvalidIfMatchVersion", "missing or not valid")),
    ] {
        within(ruled(proved_for("E3OLD"), "staleEtagError", json!(position)), async |aws| {
            refused(aws.associate("a.foo.com", "E3OLD", Some("E0STALE")).await, expected, "a stale ETag");
            let (_, etag) = aws.read("E3OLD").await;
            let new = accepted(aws.associate("a.foo.com", "E3OLD", Some(&etag)).await, "the target's ETag");
            assert_eq!(aws.read("E3OLD").await.1, new, "the answer has the target's new ETag");
            refused(aws.associate("a.foo.com", "E3OLD", Some(&etag)).await, expected, "the same request again, after a lost answer");
        });
    }
}

#[test]
fn across_accounts_the_source_must_be_disabled() {
    for call in BOTH {
        within(proved_for("E2NEW"), async |aws| {
            refused(call.make(&aws, "a.foo.com", "E2NEW").await, SOURCE_ENABLED, "a live source in another account");
            aws.disable("E1OLD").await;
            aws.wait(180).await;
            accepted(call.make(&aws, "a.foo.com", "E2NEW").await, "a disabled source");
            assert_eq!(aws.aliases("E2NEW").await, ["a.foo.com"], "{call:?}");
        });
    }
}

#[test]
fn a_disabled_source_must_be_deployed_so_unless_the_rule_says_no() {
    within(proved_for("E2NEW"), async |aws| {
        aws.disable("E1OLD").await;
        refused(aws.associate("a.foo.com", "E2NEW", None).await, SOURCE_ENABLED, "disabledMustBeDeployed=true, before");
        aws.wait(180).await;
        accepted(aws.associate("a.foo.com", "E2NEW", None).await, "disabledMustBeDeployed=true, after");
    });
    within(ruled(proved_for("E2NEW"), "disabledMustBeDeployed", json!(false)), async |aws| {
        aws.disable("E1OLD").await;
        accepted(aws.associate("a.foo.com", "E2NEW", None).await, "disabledMustBeDeployed=false");
    });
}

#[test]
fn within_one_account_the_source_may_be_live_unless_the_rule_says_no() {
    for call in BOTH {
        within(proved_for("E3OLD"), async |aws| {
            accepted(call.make(&aws, "a.foo.com", "E3OLD").await, "sameAccountNeedsDisabledSource=false");
        });
        within(ruled(proved_for("E3OLD"), "sameAccountNeedsDisabledSource", json!(true)), async |aws| {
            refused(call.make(&aws, "a.foo.com", "E3OLD").await, SOURCE_ENABLED, "sameAccountNeedsDisabledSource=true");
            aws.disable("E1OLD").await;
            aws.wait(180).await;
            accepted(call.make(&aws, "a.foo.com", "E3OLD").await, "sameAccountNeedsDisabledSource=true, disabled");
        });
    }
}

#[test]
fn the_target_of_a_move_must_be_enabled_and_deployed_unless_the_rule_says_no() {
    let not_ready: Expected = (400, "InvalidArgument", "must be enabled and deployed");
    for call in BOTH {
        for must in [true, false] {
            let judge = async |aws: &Aws, because: &str| {
                let answer = call.make(aws, "a.foo.com", "E3OLD").await;
                if must {
                    refused(answer, not_ready, because);
                } else {
                    accepted(answer, because);
                }
            };
            within(ruled(proved_for("E3OLD"), "moveTargetMustBeDeployed", json!(must)), async |aws| {
                accepted(aws.edit("E3OLD", |config| config.comment = "edited".into()).await, "an edit");
                judge(&aws, &format!("moveTargetMustBeDeployed={must}, in progress")).await;
            });
            within(ruled(proved_for("E3OLD"), "moveTargetMustBeDeployed", json!(must)), async |aws| {
                aws.disable("E3OLD").await;
                aws.wait(180).await;
                judge(&aws, &format!("moveTargetMustBeDeployed={must}, disabled")).await;
            });
        }
    }
}

#[test]
fn a_staging_distribution_is_no_target_of_a_move() {
    let mut staging = proved_for("E3OLD");
    staging["distributions"][2]["staging"] = json!(true);
    within(staging, async |aws| {
        let expected = (400, "InvalidArgument", "staging");
        refused(aws.associate("a.foo.com", "E3OLD", None).await, expected, "UpdateDomainAssociation");
        refused(aws.associate_alias("a.foo.com", "E3OLD").await, expected, "AssociateAlias");
    });
}

#[test]
fn the_targets_certificate_must_cover_the_name_and_be_in_force() {
    let expected = (400, "InvalidArgument", "must attach a trusted certificate");
    let other = |mut other: Value, key: &str, value: Value| {
        other["certificates"].as_array_mut().unwrap().last_mut().unwrap()[key] = value;
        other["distributions"][2]["certificate"] = json!(super::arn(OLD, "other"));
        other
    };
    let with = |key: &str, value: Value| other(certified(proved_for("E3OLD"), certificate(OLD, "other", &["*.foo.com"])), key, value);
    let mut bare = proved_for("E3OLD");
    bare["distributions"][2]["certificate"] = Value::Null;
    for (world, because) in [
        (with("names", json!(["b.foo.com"])), "another name"),
        (with("status", json!("EXPIRED")), "not ISSUED"),
        (with("notAfter", json!("2026-11-30T00:00:00Z")), "past its end"),
        (bare, "no certificate"),
    ] {
        for call in BOTH {
            within(world.clone(), async |aws| {
                refused(call.make(&aws, "a.foo.com", "E3OLD").await, expected, because);
            });
        }
    }
    within(with("names", json!(["*.foo.com"])), async |aws| {
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "a certificate in force that covers the name");
    });
}

#[test]
fn a_move_makes_no_dns_check_unless_the_rule_says_so() {
    let led = || world(json!([proof("_a.foo.com", "E3OLD"), cname("a.foo.com", "e1old.cloudfront.net")]));
    for call in BOTH {
        within(led(), async |aws| {
            accepted(call.make(&aws, "a.foo.com", "E3OLD").await, "moveApiChecksDns=false");
        });
        within(ruled(led(), "moveApiChecksDns", json!(true)), async |aws| {
            let expected = (400, "IllegalUpdate", MISDIRECTED.2);
            refused(call.make(&aws, "a.foo.com", "E3OLD").await, expected, "moveApiChecksDns=true, DNS at the source");
        });
    }
    let followed = world(json!([proof("_a.foo.com", "E3OLD"), cname("a.foo.com", "e3old.cloudfront.net")]));
    within(ruled(followed, "moveApiChecksDns", json!(true)), async |aws| {
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "moveApiChecksDns=true, DNS at the target");
    });
}

#[test]
fn a_domain_association_says_why_unless_its_texts_are_opaque() {
    for (position, source, no_proof) in [
        ("associateAlias", SOURCE_ENABLED, NO_PROOF),
        ("associate_alias", SOURCE_ENABLED, NO_PROOF),
        ("opaque", (400, "IllegalUpdate", "cannot be updated"), (400, "IllegalUpdate", "cannot be updated")),
    ] {
        within(ruled(proved_for("E2NEW"), "udaErrorTexts", json!(position)), async |aws| {
            refused(aws.associate("a.foo.com", "E2NEW", None).await, source, position);
            refused(aws.associate("a.foo.com", "E3OLD", None).await, no_proof, position);
            refused(aws.associate_alias("a.foo.com", "E2NEW").await, SOURCE_ENABLED, "AssociateAlias keeps its texts");
            let uncovered = (400, "InvalidArgument", "must attach a trusted certificate");
            refused(aws.associate("a.bar.com", "E2NEW", None).await, uncovered, "other codes keep theirs");
        });
    }
}

#[test]
fn a_name_that_nobody_else_holds_is_not_moved() {
    let records = json!([proof("_a.foo.com", "E3OLD"), proof("_b.foo.com", "E3OLD"), proof("_c.foo.com", "E1OLD")]);
    let mut holding = world(records);
    holding["distributions"][0]["aliases"] = json!(["a.foo.com", "c.foo.com"]);
    within(holding, async |aws| {
        for call in BOTH {
            refused(call.make(&aws, "b.foo.com", "E3OLD").await, (400, "IllegalUpdate", "not associated with another"), "a free name");
            refused(call.make(&aws, "c.foo.com", "E1OLD").await, (400, "IllegalUpdate", "already associated with the target"), "its own");
        }
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        let gone = (400, "IllegalUpdate", "not associated with another");
        refused(aws.associate("a.foo.com", "E3OLD", None).await, gone, "a name on its way out is nobody's to move");
    });
}

#[test]
fn a_move_to_a_full_distribution_is_refused_with_a_code_of_each_call() {
    let mut full = proved_for("E3OLD");
    let names: Vec<String> = (0..100).map(|n| format!("n{n}.foo.com")).collect();
    full["distributions"][2]["aliases"] = json!(names);
    let text = "more CNAMEs than are allowed per distribution";
    within(full, async |aws| {
        refused(aws.associate("a.foo.com", "E3OLD", None).await, (400, "IllegalUpdate", text), "no code of its own (MV-6)");
        refused(aws.associate_alias("a.foo.com", "E3OLD").await, (400, "TooManyDistributionCNAMEs", text), "AssociateAlias");
        accepted(aws.remove("E3OLD", "n0.foo.com").await, "making room");
        aws.wait(180).await;
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "the hundredth alias");
    });
}

#[test]
fn a_target_that_does_not_exist_is_not_found_and_anothers_is_denied() {
    within(proved_for("E2NEW"), async |aws| {
        refused(aws.associate("a.foo.com", "E9NONE", None).await, (404, "EntityNotFound", "not found"), "UpdateDomainAssociation");
        refused(aws.associate_alias("a.foo.com", "E9NONE").await, (404, "NoSuchDistribution", "does not exist"), "AssociateAlias");
        let denied = (403, "AccessDenied", "is not authorized to perform: cloudfront:");
        let target = aws_sdk_cloudfront::types::DistributionResourceId::builder().distribution_id("E2NEW").build();
        let stranger = aws.cloudfront(OLD).update_domain_association().domain("a.foo.com").target_resource(target);
        refused(super::Heard::heard(stranger.send().await), denied, "UpdateDomainAssociation");
        let stranger = aws.cloudfront(OLD).associate_alias().target_distribution_id("E2NEW").alias("a.foo.com");
        refused(super::Heard::heard(stranger.send().await), denied, "AssociateAlias");
    });
}

#[test]
fn a_move_names_exactly_one_target_and_a_name_that_can_be_an_alias() {
    use aws_sdk_cloudfront::types::DistributionResourceId;
    within(proved_for("E3OLD"), async |aws| {
        let neither = DistributionResourceId::builder().build();
        let both = DistributionResourceId::builder().distribution_id("E3OLD").distribution_tenant_id("dt_1").build();
        for target in [neither, both] {
            let request = aws.cloudfront(OLD).update_domain_association().domain("a.foo.com").target_resource(target);
            refused(super::Heard::heard(request.send().await), (400, "InvalidArgument", "exactly one"), "TargetResource");
        }
        for name in ["A.foo.com", "a.foo.com.", "a*.foo.com"] {
            refused(aws.associate(name, "E3OLD", None).await, (400, "InvalidArgument", "invalid domain name"), name);
            refused(aws.associate_alias(name, "E3OLD").await, (400, "InvalidArgument", "invalid domain name"), name);
        }
    });
}

/// Everything is wrong at first, and one thing less each time.
#[test]
fn a_move_is_refused_for_the_first_reason_in_a_fixed_order() {
    let mut wrong = certified(world(json!([])), certificate(NEW, "other", &["x.foo.com"]));
    let names: Vec<String> = (0..100).map(|n| format!("n{n}.foo.com")).collect();
    wrong["distributions"][1]["certificate"] = json!(super::arn(NEW, "other"));
    wrong["distributions"][1]["aliases"] = json!(names);
    let wrong = ruled(ruled(wrong, "staleEtagError", json!("PreconditionFailed")), "negativeCacheS", json!(0));
    within(wrong, async |aws| {
        refused(aws.associate("a.foo.com", "E2NEW", Some("E0STALE")).await, (412, "PreconditionFailed", ""), "first If-Match");
        let uncovered = (400, "InvalidArgument", "must attach a trusted certificate");
        refused(aws.associate("a.foo.com", "E2NEW", None).await, uncovered, "then the certificate");
        accepted(aws.attach("E2NEW", &super::arn(NEW, "site")).await, "a certificate that covers it");
        aws.wait(180).await;
        refused(aws.associate("a.foo.com", "E2NEW", None).await, NO_PROOF, "then the proof");
        aws.write_txt("_a.foo.com", &["e2new.cloudfront.net"]).await;
        refused(aws.associate("a.foo.com", "E2NEW", None).await, SOURCE_ENABLED, "then the source");
        aws.disable("E1OLD").await;
        aws.wait(180).await;
        refused(aws.associate("a.foo.com", "E2NEW", None).await, (400, "IllegalUpdate", "more CNAMEs"), "the quota last");
        accepted(aws.remove("E2NEW", "n0.foo.com").await, "making room");
        aws.wait(180).await;
        accepted(aws.associate("a.foo.com", "E2NEW", None).await, "nothing is wrong");
    });
}

#[test]
fn a_wildcard_alias_moves_like_any_other() {
    let mut starred = world(json!([proof("_\\052.foo.com", "E3OLD")]));
    starred["distributions"][0]["aliases"] = json!(["*.foo.com"]);
    for call in BOTH {
        within(starred.clone(), async |aws| {
            accepted(call.make(&aws, "*.foo.com", "E3OLD").await, "its star travels as %2A in a query");
            assert_eq!(aws.aliases("E3OLD").await, ["*.foo.com"], "{call:?}");
        });
    }
}

#[test]
fn a_move_respects_the_rule_on_wildcards_of_other_accounts() {
    let mut covered = proved_for("E2NEW");
    covered["distributions"] =
        json!([distribution("E1OLD", OLD, &["a.foo.com", "*.foo.com"]), distribution("E2NEW", NEW, &[]), distribution("E3OLD", OLD, &[])]);
    covered["distributions"][0]["enabled"] = json!(false);
    within(covered.clone(), async |aws| {
        accepted(aws.associate("a.foo.com", "E2NEW", None).await, "wildcardCrossAccountOverlap=true");
    });
    within(ruled(covered, "wildcardCrossAccountOverlap", json!(false)), async |aws| {
        let expected = (400, "IllegalUpdate", "already associated with a different resource");
        refused(aws.associate("a.foo.com", "E2NEW", None).await, expected, "wildcardCrossAccountOverlap=false");
    });
}

#[test]
fn a_moved_name_can_be_moved_back_and_is_taken_for_everybody_else() {
    let records = json!([proof("_a.foo.com", "E3OLD")]);
    within(ruled(world(records), "cfDnsLagS", json!(0)), async |aws| {
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "there");
        refused(aws.add("E2NEW", "a.foo.com").await, super::TAKEN, "another account");
        refused(aws.add("E1OLD", "a.foo.com").await, super::TAKEN, "its source, which did not keep it");
        aws.write_txt("_a.foo.com", &["e1old.cloudfront.net"]).await;
        aws.wait(180).await;
        accepted(aws.associate("a.foo.com", "E1OLD", None).await, "and back");
        assert_eq!((aws.aliases("E1OLD").await, aws.aliases("E3OLD").await), (vec!["a.foo.com".to_owned()], vec![]));
    });
}

#[test]
fn moves_are_writes_and_share_the_writes_rate() {
    let limited = ruled(ruled(world(json!([])), "cfRate", json!({})), "sameAccountNeedsTxt", json!(false));
    within(limited, async |aws| {
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "one");
        refused(aws.associate_alias("a.foo.com", "E3OLD").await, (400, "InvalidArgument", "deployed"), "two, refused, costs as much");
        refused(aws.associate("b.foo.com", "E9NONE", None).await, (404, "EntityNotFound", ""), "three");
        refused(aws.associate_alias("a.foo.com", "E3OLD").await, THROTTLED, "four");
        refused(aws.associate("a.foo.com", "E1OLD", None).await, THROTTLED, "five");
    });
}
