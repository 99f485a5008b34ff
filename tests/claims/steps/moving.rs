//! Moves by AWS that no scenario has: to and from tenants, and away from a source that nobody can look at. And a swap to a
//! distribution whose certificate nobody can read.

use super::{Stage, alias, deployed, document, on_stage, place, planned, request, source, target, world};
use cutover::ids::Place;
use cutover::plan::Edit;
use serde_json::{Value, json};

/// A tenant of the new account, with a name of its own already.
fn tenant() -> Place {
    place("000000000002", "dt_new")
}

fn certificate() -> Value {
    world()["certificates"][1]["arn"].clone()
}

/// E2NEWQRS holds a.foo.com, and its account has the tenant; the proof is `for_whom`'s.
fn rented(domains: &[&str], held: &[&str], for_whom: &str) -> Value {
    let mut world = world();
    (world["distributions"][0]["aliases"], world["distributions"][1]["aliases"]) = (json!([]), json!(held));
    let many = json!({"id": "E4MULTI", "account": "000000000002", "domainName": "many.cloudfront.net", "certificate": certificate()});
    world["distributions"].as_array_mut().unwrap().push(many);
    world["tenants"] = json!([{"id": "dt_new", "account": "000000000002", "distribution": "E4MULTI", "domains": domains,
        "endpoint": "group.cloudfront.net"}]);
    let proof = json!({"name": "_a.foo.com", "type": "TXT", "ttl": 60, "values": [format!("\"{for_whom}\"")]});
    world["hostedZones"][0]["records"].as_array_mut().unwrap().push(proof);
    world
}

fn request_between(from: Option<&Place>, to: &Place) -> Value {
    let mut request = request();
    request.as_object_mut().unwrap().remove("source");
    if let Some(from) = from {
        request["source"] = json!(from);
    }
    request["target"] = json!(to);
    request
}

fn moving(from: Option<Place>, to: Place) -> Edit {
    Edit::UpdateDomainAssociation { aliases: vec![alias("a.foo.com")], from, to }
}

#[test]
fn aws_moves_a_name_to_a_tenant_and_from_a_tenant() {
    let (to_tenant, from_tenant) = ("group.cloudfront.net", "qrs.cloudfront.net");
    for (from, to, world) in [
        (target(), tenant(), rented(&["new.foo.com"], &["a.foo.com"], to_tenant)),
        (tenant(), target(), rented(&["a.foo.com", "new.foo.com"], &[], from_tenant)),
    ] {
        on_stage(world, async |stage| {
            let plan = vec![planned(moving(Some(from.clone()), to.clone()), vec![deployed(to.clone()), deployed(from.clone())])];
            let before = document(&request_between(Some(&from), &to), plan);
            let moved = Stage::accepted(stage.step("update_domain_association", &before).await);
            stage.until_settled(moved).await;
            let world = stage.printed();
            let (tenant, distribution) = (world["tenants"][0]["domains"].to_string(), world["distributions"][1]["aliases"].to_string());
            assert_eq!(tenant.contains("a.foo.com"), to.distribution.is_tenant(), "{tenant}");
            assert_eq!(distribution.contains("a.foo.com"), !to.distribution.is_tenant(), "{distribution}");
        });
    }
}

#[test]
fn a_move_to_a_tenant_that_is_denied_is_not_tried_by_the_call_that_knows_no_tenants() {
    let mut world = rented(&["new.foo.com"], &["a.foo.com"], "group.cloudfront.net");
    world["actors"] = json!([{"do": "denyOperation", "operation": "cloudfront:UpdateDomainAssociation"}]);
    on_stage(world, async |stage| {
        let plan = vec![planned(moving(Some(target()), tenant()), vec![])];
        let before = document(&request_between(Some(&target()), &tenant()), plan);
        let denied = stage.step("update_domain_association", &before).await.unwrap_err();
        assert_eq!(denied.error_type, "AccessDenied", "{}", denied.message);
        assert_eq!(stage.calls("cloudfront:AssociateAlias"), 0);
    });
}

#[test]
fn a_name_leaves_a_disabled_source_that_nobody_looks_at() {
    let mut world = world();
    world["distributions"][0]["enabled"] = json!(false);
    world["accounts"][0]["roles"] = json!([{"name": "cutover-write"}]);
    let proof = json!({"name": "_a.foo.com", "type": "TXT", "ttl": 60, "values": ["\"qrs.cloudfront.net\""]});
    world["hostedZones"][0]["records"].as_array_mut().unwrap().push(proof);
    on_stage(world, async |stage| {
        let plan = vec![planned(moving(None, target()), vec![deployed(target())])];
        let moved = Stage::accepted(stage.step("update_domain_association", &document(&request_between(None, &target()), plan)).await);
        stage.until_settled(moved).await;
        assert_eq!(stage.distribution("E2NEWQRS")["aliases"], json!(["a.foo.com"]));
        assert_eq!(stage.distribution("E1LEGACYXYZ")["aliases"], json!([]));
    });
}

#[test]
fn a_certificate_of_the_iam_store_is_left_to_cloudfront_where_the_request_accepts_that() {
    for accepted in [true, false] {
        let mut world = world();
        let distribution = world["distributions"][1].as_object_mut().unwrap();
        distribution.remove("certificate");
        distribution.insert("iamCertificate".to_owned(), json!("ASCAEXAMPLECERTIFICATE"));
        distribution.insert("iamCertificateNames".to_owned(), json!(["*.foo.com"]));
        world["hostedZones"][0]["records"][0]["values"] = json!(["qrs.cloudfront.net"]);
        on_stage(world, async |stage| {
            let mut request = request();
            if accepted {
                request["accept"] = json!(["certificateInIamStore"]);
            }
            let swap = Edit::SwapAliases { aliases: vec![alias("a.foo.com")], from: source(), to: target() };
            let mut before = document(&request, vec![planned(swap, vec![])]);
            before.progress.dns_seen_at = Some(stage.now());
            let swapped = stage.step("swap_aliases", &before).await;
            let expected = if accepted { None } else { Some("DetachUnsafe".to_owned()) };
            assert_eq!(swapped.err().map(|error| error.error_type), expected);
            assert_eq!(stage.distribution("E2NEWQRS")["aliases"] == json!(["a.foo.com"]), accepted);
        });
    }
}
