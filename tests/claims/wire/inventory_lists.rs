//! The lists that an inventory reads: tenants, connection groups, certificates, hosted zones. What is in them, in which
//! order, and whether every page size shows the same.

use super::{Aws, Heard, NEW, OLD, accepted, administrator, arn, certificate, certified, distribution, refused, within, world};
use aws_sdk_acm::types::{Filters, KeyAlgorithm};
use serde_json::{Value, json};

fn rented() -> Value {
    let mut rented = world(json!([]));
    rented["distributions"].as_array_mut().unwrap().push(distribution("E4NEW", NEW, &[]));
    let tenant = |id: &str, account: &str, parent: &str, domain: &str, endpoint: &str| json!({"id": id, "account": account, "distribution": parent, "domains": [domain], "endpoint": endpoint});
    rented["tenants"] = json!([
        tenant("dt_a", OLD, "E3OLD", "t1.foo.com", "one.cloudfront.net"),
        tenant("dt_b", OLD, "E3OLD", "t2.foo.com", "two.cloudfront.net"),
        tenant("dt_c", OLD, "E3OLD", "t3.foo.com", "two.cloudfront.net"),
        tenant("dt_d", NEW, "E4NEW", "t4.foo.com", "three.cloudfront.net"),
    ]);
    rented["tenants"][0]["certificate"] = json!(arn(OLD, "site"));
    rented
}

async fn tenants(aws: &Aws, size: i32) -> Vec<aws_sdk_cloudfront::types::DistributionTenantSummary> {
    let (mut found, mut marker) = (vec![], None);
    for _ in 0..10 {
        let answer = aws.cloudfront(OLD).list_distribution_tenants().max_items(size).set_marker(marker).send().await;
        let answer = accepted(answer.heard(), "a page of tenants");
        found.extend(answer.distribution_tenant_list().to_vec());
        marker = answer.next_marker().map(str::to_owned);
        if marker.is_none() {
            return found;
        }
    }
    panic!("a list without an end")
}

#[test]
fn an_account_lists_its_own_tenants_and_every_page_size_shows_the_same() {
    within(rented(), async |aws| {
        let all = tenants(&aws, 100).await;
        assert_eq!(all.iter().map(|tenant| tenant.id()).collect::<Vec<_>>(), ["dt_a", "dt_b", "dt_c"]);
        for size in [1, 2, 3] {
            assert_eq!(tenants(&aws, size).await, all, "{size} a page");
        }
        let read = aws.cloudfront(OLD).get_distribution_tenant().identifier("dt_a").send().await.unwrap();
        let own = read.distribution_tenant().unwrap();
        assert_eq!((all[0].domains(), all[0].connection_group_id()), (own.domains(), own.connection_group_id()));
        assert_eq!((all[0].customizations(), all[0].distribution_id()), (own.customizations(), own.distribution_id().unwrap()));
        assert_eq!((Some(all[0].e_tag()), all[0].enabled(), all[1].customizations()), (read.e_tag(), Some(true), None));
        let answer = aws.cloudfront(OLD).list_distribution_tenants().max_items(101).send().await;
        refused(answer.heard(), (400, "InvalidArgument", "MaxItems"), "101 a page");
        let none = aws.cloudfront("000000000009").list_distribution_tenants().send().await.unwrap();
        assert!(none.distribution_tenant_list().is_empty());
    });
}

#[test]
fn an_account_lists_its_own_connection_groups_with_their_endpoints() {
    within(rented(), async |aws| {
        let answer = aws.cloudfront(OLD).list_connection_groups().send().await.unwrap();
        let mut endpoints: Vec<&str> = answer.connection_groups().iter().map(|group| group.routing_endpoint()).collect();
        endpoints.sort_unstable();
        assert_eq!(endpoints, ["one.cloudfront.net", "two.cloudfront.net"]);
        let first = aws.cloudfront(OLD).list_connection_groups().max_items(1).send().await.unwrap();
        let rest = aws.cloudfront(OLD).list_connection_groups().set_marker(first.next_marker().map(str::to_owned)).send().await.unwrap();
        assert_eq!([first.connection_groups(), rest.connection_groups()].concat(), answer.connection_groups());
    });
}

#[test]
fn a_list_of_certificates_shows_names_and_end_and_unusual_keys_only_to_who_asks_for_them() {
    let mut curve = certificate(OLD, "curve", &["bar.com"]);
    curve["keyAlgorithm"] = json!("EC_prime256v1");
    curve["notAfter"] = json!("2027-01-01T00:00:00Z");
    within(certified(world(json!([])), curve), async |aws| {
        let acm = aws_sdk_acm::Client::new(&aws.config(&administrator(OLD)));
        let usual = acm.list_certificates().send().await.unwrap();
        let arns = |answer: &aws_sdk_acm::operation::list_certificates::ListCertificatesOutput| {
            answer.certificate_summary_list().iter().map(|each| each.certificate_arn().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(arns(&usual), [arn(OLD, "site")]);
        let every = Filters::builder().key_types(KeyAlgorithm::Rsa2048).key_types(KeyAlgorithm::EcPrime256v1).build();
        let all = acm.list_certificates().includes(every.clone()).send().await.unwrap();
        assert_eq!(arns(&all), [arn(OLD, "curve"), arn(OLD, "site")]);
        let first = acm.list_certificates().includes(every.clone()).max_items(1).send().await.unwrap();
        let rest = acm.list_certificates().includes(every).set_next_token(first.next_token().map(str::to_owned)).send().await.unwrap();
        assert_eq!([arns(&first), arns(&rest)].concat(), arns(&all));
        assert_eq!(rest.next_token(), None);
        let curve = &all.certificate_summary_list()[0];
        assert_eq!(curve.subject_alternative_name_summaries(), ["bar.com"]);
        assert_eq!(curve.not_after().unwrap().secs(), 1_798_761_600);
    });
}

#[test]
fn hosted_zones_are_listed_with_their_kind_and_every_page_size_shows_the_same() {
    let mut zones = world(json!([]));
    let zone = |id: &str, account: &str, private: bool| json!({"id": id, "account": account, "name": "foo.com", "private": private, "records": []});
    zones["hostedZones"] = json!([zone("Z3", OLD, false), zone("Z1", OLD, true), zone("Z2", OLD, false), zone("Z4", NEW, false)]);
    within(zones, async |aws| {
        for size in 1..=4 {
            let (mut found, mut marker) = (vec![], None);
            for _ in 0..5 {
                let answer = aws.route53().list_hosted_zones().max_items(size).set_marker(marker).send().await.unwrap();
                found.extend(answer.hosted_zones().iter().map(|zone| (zone.id().to_owned(), zone.config().unwrap().private_zone())));
                marker = answer.next_marker().map(str::to_owned);
                assert_eq!(answer.is_truncated(), marker.is_some());
                if marker.is_none() {
                    break;
                }
            }
            let expected = [("/hostedzone/Z1", true), ("/hostedzone/Z2", false), ("/hostedzone/Z3", false)];
            assert_eq!(found, expected.map(|(id, private)| (id.to_owned(), private)), "{size} a page");
        }
    });
}
