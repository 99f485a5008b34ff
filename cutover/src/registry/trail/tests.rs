//! What a record of CloudTrail tells: when, where, by whom and whether it was accepted; what is no record is refused, and what
//! is about something else is none of ours.

use super::*;
use crate::samples_of_registry::*;
use serde_json::json;

mod deeds;
mod records;

/// An `UpdateDistribution` of the legacy distribution, as CloudTrail tells it.
fn update() -> Value {
    record(OLD, "cloudfront", "UpdateDistribution", &config("E1LEGACYXYZ", &["a.foo.com"]))
}

/// The same with something else under one key.
fn with(key: &str, value: Value) -> Value {
    let mut record = update();
    record[key] = value;
    record
}

fn refusal(account: &str, record: &Value) -> String {
    TrailWrite::read(account, record).expect_err("it is no record of that account").to_string()
}

#[test]
fn a_write_is_read_with_when_where_by_whom_and_what() {
    let write = read(&update());
    assert_eq!(write.event_id, "11111111-2222-3333-4444-555555555555");
    assert_eq!((write.at, write.account.as_str(), write.operation.as_str()), (today("02:30:00"), OLD, "cloudfront:UpdateDistribution"));
    assert_eq!(write.by, "arn:aws:sts::000000000001:assumed-role/deployer/terraform");
    assert_eq!(write.refused, None, "it was accepted");
    assert_eq!(read(&with("errorCode", json!("AccessDenied"))).refused.as_deref(), Some("AccessDenied"));
}

#[test]
fn whoever_cloudtrail_does_not_name_stays_without_a_name() {
    let by = |identity: Value| read(&with("userIdentity", identity)).by;
    assert_eq!(by(json!({"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"})), "cloudformation.amazonaws.com");
    assert_eq!(by(json!({"type": "IAMUser", "arn": "arn:x", "invokedBy": "cloudformation.amazonaws.com"})), "arn:x");
    for nobody in [json!({"type": "AWSAccount"}), Value::Null] {
        assert_eq!(by(nobody), "somebody whom CloudTrail does not name");
    }
}

#[test]
fn the_id_of_an_event_has_at_most_64_letters_digits_and_hyphens() {
    let longest = "0aZ-".repeat(16);
    for fits in ["1", "-", "11111111-2222-3333-4444-555555555555", &longest] {
        assert_eq!(read(&with("eventID", json!(fits))).event_id, fits);
    }
    let too_long = format!("{longest}1");
    for bad in ["", "1_2", "1#2", "1 2", "é", &too_long] {
        let said = refusal(OLD, &with("eventID", json!(bad)));
        assert!(said.starts_with("this is no event of CloudTrail about a write: its id is "), "{bad:?}: it becomes part of a key: {said}");
    }
}

#[test]
fn what_is_no_record_or_not_of_the_account_that_the_bus_names_is_refused() {
    for key in ["eventID", "eventTime", "eventSource", "eventName", "recipientAccountId"] {
        let mut record = update();
        record.as_object_mut().unwrap().remove(key);
        assert!(refusal(OLD, &record).contains(key), "{key} is missing");
    }
    assert!(TrailWrite::read(OLD, &json!("a record")).is_err());
    let said = refusal(NEW, &update());
    assert!(said.contains("it is of account \"000000000001\", and the bus has it from \"000000000002\""), "{said}");
    let no_account = with("recipientAccountId", json!("somewhere"));
    assert!(refusal("somewhere", &no_account).contains("twelve digits"), "{}", refusal("somewhere", &no_account));
}

#[test]
fn what_only_reads_or_is_another_services_is_no_write_of_ours() {
    assert_eq!(TrailWrite::read(OLD, &with("readOnly", json!(true))), Ok(None));
    for unsaid in [json!(false), Value::Null] {
        assert!(TrailWrite::read(OLD, &with("readOnly", unsaid)).is_ok_and(|write| write.is_some()), "it does not say that it only reads");
    }
    for source in ["s3.amazonaws.com", "cloudfront.example.com", "cloudfront", "route53.amazonaws.com"] {
        assert_eq!(TrailWrite::read(OLD, &with("eventSource", json!(source))), Ok(None), "{source} has no UpdateDistribution");
    }
}

#[test]
fn a_person_in_the_console_is_told_from_code_however_cloudtrail_writes_it() {
    assert!(!read(&update()).in_console);
    for (said, in_console) in
        [(json!(true), true), (json!("true"), true), (json!(false), false), (json!("false"), false), (Value::Null, false)]
    {
        assert_eq!(read(&with("sessionCredentialFromConsole", said.clone())).in_console, in_console, "{said}");
    }
}

fn members() -> BTreeSet<AccountId> {
    [account(OLD), account(NEW)].into()
}

/// A write in the legacy account, by a session of this kind whose credentials came from that role.
fn by(kind: &str, issuer: &str) -> TrailWrite {
    let identity = json!({"type": kind, "arn": "arn:aws:sts::000000000001:assumed-role/cutover-write/first",
                          "sessionContext": {"sessionIssuer": {"type": "Role", "arn": issuer}}});
    read(&with("userIdentity", identity))
}

#[test]
fn a_write_is_cutovers_own_by_exactly_its_writing_role_in_a_member_account() {
    const ROLE: &str = "arn:aws:iam::000000000001:role/cutover-write";
    assert!(by("AssumedRole", ROLE).is_own(&members()));
    assert!(by("AssumedRole", "arn:aws-cn:iam::000000000001:role/cutover-write").is_own(&members()), "in another partition");
    assert!(!by("AssumedRole", ROLE).is_own(&[account(NEW)].into()), "whoever made a role of that name elsewhere");
    assert!(!by("IAMUser", ROLE).is_own(&members()), "only a session has an issuer that IAM vouches for");
    for issuer in [
        "arn:aws:iam::000000000002:role/cutover-write",
        "arn:other:iam::000000000001:role/cutover-write",
        "arn:aws:iam::000000000001:role/cutover-read",
        "arn:aws:iam::000000000001:role/team/cutover-write",
        "arn:aws:iam::000000000001:role/cutover-write:x",
        "arn:aws:sts::000000000001:role/cutover-write",
        "",
    ] {
        assert!(!by("AssumedRole", issuer).is_own(&members()), "{issuer}");
    }
    let unsaid =
        read(&with("userIdentity", json!({"type": "AssumedRole", "arn": "arn:aws:sts::000000000001:assumed-role/cutover-write/x"})));
    assert!(!unsaid.is_own(&members()), "an ARN that only looks like it");
}
