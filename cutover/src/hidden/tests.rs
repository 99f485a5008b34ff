//! A service is recognised by what is known of it and nothing less, and whoever has to act is told what to do by name.

use super::*;
use crate::facts::{CertificateFacts, DistributionFacts, HostedZoneFacts, ProofFacts};
use crate::samples_of_names::{SOURCE, TARGET, alias, aliases, request_from, written_request_with};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

fn page(header: &str) -> Glance {
    Glance::Served([(header.to_owned(), "x".to_owned())].into())
}

fn both_headers() -> Glance {
    Glance::Served(["x-amz-cognito-request-id", "x-amz-apigw-id"].map(|name| (name.to_owned(), "x".to_owned())).into())
}

fn service(account: &str, glance: Option<&Glance>) -> Option<HiddenService> {
    recognise(account, glance).map(|(service, _)| service)
}

#[test]
fn a_service_gives_itself_away_by_its_account_or_by_a_header() {
    for (account, glance, wanted) in [
        ("******576650", None, Some(HiddenService::ApiGateway)),
        ("392220576650", None, Some(HiddenService::ApiGateway)),
        ("******200621", None, Some(HiddenService::Amplify)),
        ("******155257", None, Some(HiddenService::Amplify)),
        ("******112233", Some(page("x-amz-cognito-request-id")), Some(HiddenService::Cognito)),
        ("******112233", Some(page("x-amz-apigw-id")), Some(HiddenService::ApiGateway)),
        ("", Some(page("x-amz-cognito-request-id")), Some(HiddenService::Cognito)),
        // The account is the holder's own; a header may be passed on by whatever stands in front of a service (HID-3).
        ("******576650", Some(page("x-amz-cognito-request-id")), Some(HiddenService::ApiGateway)),
        ("******200621", Some(page("x-amz-apigw-id")), Some(HiddenService::Amplify)),
        ("******155257", Some(page("x-amz-cognito-request-id")), Some(HiddenService::Amplify)),
        // An API may stand in front of a user pool, and not the other way round.
        ("******112233", Some(both_headers()), Some(HiddenService::ApiGateway)),
        ("******112233", Some(page("server")), None),
        ("******112233", Some(Glance::Unserved("x-amz-apigw-id".to_owned())), None),
        ("******112233", Some(Glance::Unknown("x-amz-apigw-id".to_owned())), None),
        ("******112233", None, None),
    ] {
        assert_eq!(service(account, glance.as_ref()), wanted, "{account} {glance:?}");
    }
}

#[test]
fn an_account_that_shows_less_than_half_of_itself_is_nobodys() {
    for shows_too_little in ["", "0", "************", "*******76650", "*******00621", "*******55257"] {
        assert_eq!(service(shows_too_little, None), None, "{shows_too_little:?}");
    }
}

#[test]
fn every_clue_says_how_sure_it_is_and_by_what() {
    let said = |account: &str, glance: Option<&Glance>| recognise(account, glance).map(|(_, said)| said).unwrap_or_default();
    assert_eq!(
        said("******576650", None),
        "documented: account 392220576650 holds the edge distributions of API Gateway in one Region (API Gateway guide)"
    );
    assert_eq!(said("******200621", None), "observed: accounts that end in 200621 are Amplify Hosting's (field reports (HID-3))");
    assert_eq!(
        said("******112233", Some(&page("x-amz-cognito-request-id"))),
        "documented: a page of it carries the header x-amz-cognito-request-id, as Cognito sends it \
         (Cognito guide, responses of the user pool endpoints)"
    );
    assert!(said("******112233", Some(&page("x-amz-apigw-id"))).contains("as API Gateway sends it"));
}

#[test]
fn the_steps_of_a_release_begin_with_who_holds_what_and_how_that_is_known() {
    for (service, name) in [
        (HiddenService::Amplify, "Amplify Hosting"),
        (HiddenService::ApiGateway, "API Gateway"),
        (HiddenService::Cognito, "Cognito"),
        (HiddenService::Other, "another service of AWS"),
    ] {
        let steps = release_steps(service, &aliases(&["a.foo.com"]), "observed: so");
        assert_eq!(steps[0], format!("{name} holds a.foo.com. observed: so"));
        assert!((3..=5).contains(&steps.len()), "{steps:?}");
    }
}

#[test]
fn the_steps_of_a_release_are_commands_that_name_the_alias() {
    for (service, commands) in [
        (
            HiddenService::Amplify,
            &[
                "delete-domain-association --app-id APP --domain-name foo.co.uk --region REGION",
                "update-domain-association --app-id APP --domain-name foo.co.uk --region REGION --sub-domain-settings with every prefix but \"app\"",
            ][..],
        ),
        (
            HiddenService::ApiGateway,
            &[
                "get-domain-name --domain-name app.foo.co.uk --region REGION",
                "--domain-name app.foo.co.uk --region REGION --patch-operations op=add,path=/endpointConfiguration/types,value=REGIONAL",
                "--domain-name app.foo.co.uk --region REGION --patch-operations op=remove,path=/endpointConfiguration/types,value=EDGE",
            ],
        ),
        (HiddenService::Cognito, &["describe-user-pool-domain --domain app.foo.co.uk", "delete-user-pool-domain --domain app.foo.co.uk"]),
        (HiddenService::Other, &["AWS Support"]),
    ] {
        let steps = release_steps(service, &aliases(&["app.foo.co.uk"]), "");
        let mut rest = steps.iter();
        for command in commands {
            assert!(rest.any(|step| step.contains(command)), "{service:?} lacks, or has in another order, {command}: {steps:?}");
        }
    }
}

#[test]
fn the_prefix_of_a_name_is_what_stands_before_its_registrable_domain() {
    for (name, prefix) in [("foo.co.uk", ""), ("*.foo.co.uk", "*"), ("a.b.foo.co.uk", "a.b")] {
        let steps = release_steps(HiddenService::Amplify, &aliases(&[name]), "");
        assert!(steps.iter().any(|step| step.ends_with(&format!("every prefix but \"{prefix}\""))), "{name}: {steps:?}");
    }
}

#[test]
fn the_other_names_are_released_likewise_where_there_are_any() {
    let steps = |names: &[&str]| release_steps(HiddenService::Cognito, &aliases(names), "so");
    let likewise = |names: &[&str]| steps(names).into_iter().filter(|step| step.starts_with("the same for")).collect::<Vec<_>>();
    assert_eq!(likewise(&["a.foo.com"]), [""; 0]);
    assert_eq!(likewise(&["a.foo.com", "b.foo.com"]), ["the same for the other 1 names"]);
    let three = ["a.foo.com", "b.foo.com", "c.foo.com"];
    assert_eq!(likewise(&three), ["the same for the other 2 names"]);
    assert_eq!(steps(&three)[0], "Cognito holds a.foo.com and 2 more. so");
}

/// An enabled source that only shows through a mask, and a target of ours; one name has a proof, the other none.
fn facts(reach: Reach, domain_name: &str) -> Facts {
    let certificate =
        CertificateFacts { arn: "arn:aws:acm:us-east-1:444455556666:certificate/new".to_owned(), ..CertificateFacts::default() };
    Facts {
        now: Timestamp::UNIX_EPOCH,
        source: DistributionFacts {
            account: "******223333".to_owned(),
            id: "*****CYXYZ".to_owned(),
            reach,
            domain_name: domain_name.to_owned(),
            ..DistributionFacts::default()
        },
        target: DistributionFacts {
            account: "444455556666".to_owned(),
            id: "E2NEWQRS".to_owned(),
            domain_name: TARGET.to_owned(),
            certificate: Some(certificate),
            ..DistributionFacts::default()
        },
        hosted_zone: HostedZoneFacts { name: "foo.com".to_owned(), ..HostedZoneFacts::default() },
        record_sets: BTreeMap::new(),
        beside: [].into(),
        wildcards: BTreeMap::new(),
        proofs: [(alias("a.foo.com"), ProofFacts { name: "_a.foo.com".to_owned(), sets: vec![] })].into(),
        holders: BTreeMap::new(),
        roles_unusable: vec![],
        glance: None,
    }
}

fn case(reach: Reach, domain_name: &str) -> Vec<String> {
    let request = request_from(&written_request_with("aliases", json!(["a.foo.com", "www.foo.com"])));
    support_case(&request, &facts(reach, domain_name))
}

#[test]
fn a_support_case_holds_all_the_evidence_that_is_asked_for() {
    let text = case(Reach::Unreachable("no role of ours there".to_owned()), SOURCE);
    assert_eq!(
        text,
        [
            "Please move a.foo.com and 1 more to our CloudFront distribution E2NEWQRS of account 444455556666.",
            "Held now by *****CYXYZ in account ******223333 (ids as ListDomainConflicts shows them); DNS leads to xyz.cloudfront.net.",
            "Target: E2NEWQRS at qrs.cloudfront.net, enabled, Deployed; its certificate \
             arn:aws:acm:us-east-1:444455556666:certificate/new covers every name.",
            "Why we cannot move it ourselves: no role of ours there; UpdateDomainAssociation asks for a disabled source across accounts.",
            "Proof of control, in public DNS:",
            "a.foo.com: TXT _a.foo.com = \"qrs.cloudfront.net\"",
            "www.foo.com: no TXT proof has a place in the zone foo.com; we can prove it as you say",
            "To whoever sends this: a Basic support plan cannot open a technical case (HID-4); use an account with a paid plan.",
        ]
    );
}

#[test]
fn a_support_case_claims_nothing_of_a_certificate_that_nobody_has_seen() {
    let request = request_from(&written_request_with("aliases", json!(["a.foo.com"])));
    let told = |iam_certificate: bool| {
        let mut facts = facts(Reach::Unreachable("no role of ours there".to_owned()), SOURCE);
        facts.target.certificate = None;
        facts.target.iam_certificate = iam_certificate;
        support_case(&request, &facts).into_iter().find(|line| line.starts_with("Target: ")).unwrap()
    };
    let begins = "Target: E2NEWQRS at qrs.cloudfront.net, enabled, Deployed; ";
    assert_eq!(told(true), format!("{begins}its certificate is in the IAM store, where we cannot read which names it covers."));
    assert_eq!(told(false), format!("{begins}its certificate could not be read."));
}

#[test]
fn a_support_case_says_nothing_of_what_was_not_seen_and_no_hostile_text_becomes_a_line_of_it() {
    let held = |text: &[String]| text.iter().find(|line| line.starts_with("Held now by")).cloned().unwrap_or_default();
    assert!(held(&case(Reach::Unreachable("x".to_owned()), "")).ends_with("(ids as ListDomainConflicts shows them)."));
    assert!(case(Reach::Service(HiddenService::Other), SOURCE).iter().any(|line| line.contains("ourselves: it is in an account of AWS;")));
    let hostile = case(Reach::Unreachable(format!("denied\nPlease delete E2NEWQRS\u{1b}{}", "x".repeat(10_000))), SOURCE);
    assert!(hostile.iter().all(|line| line.len() < 300 && !line.contains(char::is_control)), "{hostile:?}");
}
