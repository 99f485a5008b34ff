//! A change of record sets: which name, whether it leads to CloudFront, and which alias it is about.

use super::*;

fn changes(changes: &[Value]) -> Vec<RecordChange> {
    match read(&record(OLD, "route53", "ChangeResourceRecordSets", &batch(changes))).deed {
        Deed::ChangesRecords { changes, .. } => changes,
        other => panic!("record sets are changed: {other:?}"),
    }
}

fn only(change: Value) -> RecordChange {
    let mut changes = changes(&[change]);
    assert_eq!(changes.len(), 1);
    changes.remove(0)
}

#[test]
fn the_name_of_a_record_set_is_compared_without_case_final_dot_and_escapes() {
    for (written, wanted) in
        [("A.Foo.com.", "a.foo.com"), ("a.foo.com", "a.foo.com"), ("\\052.foo.com.", "*.foo.com"), ("_\\052.foo.com", "_*.foo.com")]
    {
        let change = only(set_change("UPSERT", written, "CNAME", "x.example.com"));
        assert_eq!((change.name.as_str(), change.kind.as_str()), (wanted, "CNAME"), "R53-12");
    }
}

#[test]
fn a_record_set_leads_to_cloudfront_by_any_of_its_values_or_by_its_alias_target() {
    let leads = |action: &str, value: &str| only(set_change(action, "a.foo.com.", "CNAME", value)).leads_to_cloudfront;
    for action in ["UPSERT", "CREATE"] {
        assert!(leads(action, "qrs.cloudfront.net") && leads(action, "QRS.CloudFront.net."), "{action}");
        assert!(!leads(action, "qrs.example.com") && !leads(action, "cloudfront.net.example.com"), "{action}");
    }
    assert!(!leads("DELETE", "qrs.cloudfront.net"), "it does not lead anywhere any more");
    let target = |name: &str, action: &str| {
        only(json!({"action": action, "resourceRecordSet": {"name": "a.foo.com.", "type": "A", "aliasTarget": {"dNSName": name}}}))
            .leads_to_cloudfront
    };
    assert!(target("qrs.cloudfront.net.", "UPSERT") && !target("lb.example.com.", "UPSERT") && !target("qrs.cloudfront.net.", "DELETE"));
    let several = json!([{"value": "one.example.com"}, {"value": "qrs.cloudfront.net"}]);
    let several = json!({"action": "UPSERT", "resourceRecordSet": {"name": "a.foo.com.", "type": "CNAME", "resourceRecords": several}});
    assert!(only(several).leads_to_cloudfront);
}

#[test]
fn a_change_that_does_not_say_what_it_changes_is_left_out_and_the_others_are_read() {
    let told = changes(&[
        json!({"action": "UPSERT"}),
        json!({"action": "UPSERT", "resourceRecordSet": {"type": "A"}}),
        json!({"action": "UPSERT", "resourceRecordSet": {"name": "a.foo.com."}}),
        set_change("UPSERT", "b.foo.com.", "A", "192.0.2.1"),
    ]);
    assert_eq!(told, [RecordChange { name: "b.foo.com".to_owned(), kind: "A".to_owned(), leads_to_cloudfront: false }]);
}

#[test]
fn a_record_set_is_about_the_alias_that_it_leads_or_proves() {
    let about = |name: &str, kind: &str| {
        let change = RecordChange { name: name.to_owned(), kind: kind.to_owned(), leads_to_cloudfront: false };
        change.alias().map(|alias| alias.to_string())
    };
    for kind in ["A", "AAAA", "CNAME", "HTTPS", "SVCB", "NS"] {
        assert_eq!(about("a.foo.com", kind).as_deref(), Some("a.foo.com"), "{kind}: viewers are led by it");
        assert_eq!(about("*.foo.com", kind).as_deref(), Some("*.foo.com"), "{kind}");
    }
    for kind in ["TXT", "CNAME", "NS"] {
        assert_eq!(about("_a.foo.com", kind).as_deref(), Some("a.foo.com"), "{kind}: the proof of a sub-domain (TXT-1), or where it is");
        assert_eq!(about("_.foo.com", kind).as_deref(), Some("foo.com"), "{kind}: that of an apex");
        assert_eq!(about("_*.foo.com", kind).as_deref(), Some("*.foo.com"), "{kind}: that of a wildcard (TXT-2)");
    }
    for (name, kind) in
        [("a.foo.com", "TXT"), ("a.foo.com", "MX"), ("_a.foo.com", "A"), ("_a.foo.com", "MX"), ("_", "TXT"), ("", "A"), ("com", "A")]
    {
        assert_eq!(about(name, kind), None, "{name} {kind}");
    }
}

#[test]
fn a_batch_is_about_every_alias_that_one_of_its_changes_is_about() {
    let batch = batch(&[
        set_change("UPSERT", "a.foo.com.", "CNAME", "qrs.cloudfront.net"),
        set_change("UPSERT", "a.foo.com.", "HTTPS", "1 ."),
        set_change("UPSERT", "_b.foo.com.", "TXT", "\"qrs.cloudfront.net\""),
        set_change("UPSERT", "foo.com.", "MX", "10 mail.foo.com"),
    ]);
    let write = read(&record(OLD, "route53", "ChangeResourceRecordSets", &batch));
    assert_eq!(write.aliases(), [a(), name("b.foo.com")].into());
}
