//! What somebody else wrote is told in one line that a log, an alarm and a timeline can hold.

use super::*;
use crate::samples_of_registry::today;

fn write(by: &str) -> ForeignWrite {
    ForeignWrite {
        event_id: "1111-2222".to_owned(),
        at: today("02:30:00"),
        operation: "cloudfront:UpdateDistribution".to_owned(),
        account: "000000000002".to_owned(),
        by: by.to_owned(),
        on: "E2NEWQRS".to_owned(),
        touched: vec!["a.foo.com".to_owned()],
    }
}

#[test]
fn a_write_is_described_by_what_it_was_on_what_where_by_whom_and_when() {
    let told = write("arn:aws:iam::000000000002:user/ada").describe();
    assert_eq!(
        told,
        "cloudfront:UpdateDistribution on E2NEWQRS in account 000000000002 by arn:aws:iam::000000000002:user/ada at 2026-12-01T02:30:00Z"
    );
}

#[test]
fn whatever_somebody_calls_themselves_it_stays_one_line_of_bounded_length() {
    let told = write(&format!("x\ny{}", "z".repeat(1_000))).describe();
    assert!(told.contains("by x yz") && !told.contains('\n'), "{told}");
    assert!(told.len() <= crate::bounds::TEXT_MAX, "{}", told.len());
}
