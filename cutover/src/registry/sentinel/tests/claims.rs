//! A claim hears of what was written to what it holds, from shortly before it was taken, by whatever clock.

use super::*;

fn known(state: ClaimState) -> Known {
    Known { claims: vec![claim(state)], ..Known::default() }
}

#[test]
fn a_claim_is_told_who_wrote_what_when_and_what_of_it_is_touched() {
    let verdict = verdict(&gives_new(&["a.foo.com", "b.foo.com"]), &known(ClaimState::Held));
    let write = ForeignWrite {
        event_id: "11111111-2222-3333-4444-555555555555".to_owned(),
        at: today("02:30:00"),
        operation: "cloudfront:UpdateDistribution".to_owned(),
        account: NEW.to_owned(),
        by: format!("arn:aws:sts::{NEW}:{TERRAFORM}"),
        on: "E2NEWQRS".to_owned(),
        touched: vec!["E2NEWQRS".to_owned(), "a.foo.com".to_owned()],
    };
    assert_eq!(verdict.foreign, [("old-move".to_owned(), write)]);
    let [alarm] = verdict.alarms.as_slice() else { panic!("one alarm: {:?}", verdict.alarms) };
    assert_eq!(alarm.kind, AlarmKind::ClaimTouched);
    assert!(alarm.seen.starts_with("cutover old-move has claimed E2NEWQRS, a.foo.com: cloudfront:UpdateDistribution"), "{}", alarm.seen);
    let who = format!("stop whoever deploys as arn:aws:sts::{NEW}:{TERRAFORM} until the cutover has ended");
    assert!(alarm.remedy.starts_with(&who), "{}", alarm.remedy);
}

/// What of the claim this write touches.
fn touched(write: &TrailWrite) -> Vec<String> {
    verdict(write, &known(ClaimState::Held)).foreign.into_iter().flat_map(|(_, write)| write.touched).collect()
}

#[test]
fn a_claim_is_touched_by_its_distributions_and_by_its_aliases_wherever_they_are_written() {
    assert_eq!(touched(&gives_new(&["b.foo.com"])), ["E2NEWQRS"], "whatever was changed there");
    assert_eq!(touched(&gives(NEW, "E3OTHER", &["a.foo.com", "*.foo.com", "b.foo.com"])), ["*.foo.com", "a.foo.com"]);
    assert_eq!(touched(&gives(NEW, "E3OTHER", &["b.foo.com"])), Vec::<String>::new());
    assert_eq!(touched(&read(&deletes_new())), ["E2NEWQRS"]);
    let leads =
        batch(&[set_change("UPSERT", "a.foo.com.", "CNAME", "x.example.com"), set_change("UPSERT", "b.foo.com.", "A", "192.0.2.1")]);
    assert_eq!(touched(&read(&record(NEW, "route53", "ChangeResourceRecordSets", &leads))), ["a.foo.com"]);
    let untouched = verdict(&gives(NEW, "E3OTHER", &["b.foo.com"]), &known(ClaimState::Held));
    assert_eq!((untouched.foreign, untouched.alarms), (vec![], vec![]), "nobody is told of what touches nothing");
}

#[test]
fn of_a_write_that_touches_many_things_twenty_are_named() {
    let names: Vec<String> = (0..25).map(|number| format!("n{number}.foo.com")).collect();
    let mut many = claim(ClaimState::Held);
    many.aliases = names.iter().map(|text| name(text)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let verdict = verdict(&gives_new(&names), &Known { claims: vec![many], ..Known::default() });
    assert_eq!(verdict.foreign[0].1.touched.len(), 20);
}

#[test]
fn only_a_claim_in_force_hears_of_a_write() {
    for (state, hears) in [(ClaimState::Held, 1), (ClaimState::Stuck, 1), (ClaimState::Released, 0), (ClaimState::Broken, 0)] {
        assert_eq!(verdict(&gives_new(&["a.foo.com"]), &known(state)).foreign.len(), hears, "{state:?}");
    }
    let other = Claim { id: "other".to_owned(), ..claim(ClaimState::Held) };
    let both = Known { claims: vec![claim(ClaimState::Held), other], ..Known::default() };
    assert_eq!(verdict(&gives_new(&[]), &both).foreign.len(), 2, "each that holds something of it");
}

#[test]
fn a_write_counts_from_five_seconds_before_the_claim_was_taken_and_from_five_minutes_more_where_that_clock_was_ahead() {
    let times = [("01:54:54", 0, 0), ("01:54:55", 1, 0), ("01:59:54", 1, 0), ("01:59:55", 1, 1), ("02:00:00", 1, 1), ("05:00:00", 1, 1)];
    for (event_time, hears, alarms) in times {
        let write = with(update(NEW, "E2NEWQRS", &[]), "eventTime", json!(today(event_time)));
        let heard = verdict(&write, &known(ClaimState::Held));
        assert_eq!(heard.foreign.len(), hears, "{event_time}: a look under the claim may have missed what was just before it (CF-11)");
        assert_eq!(heard.alarms.len(), alarms, "{event_time}: nobody is called for the deployment before a cutover");
        let released = verdict(&write, &known(ClaimState::Released)).foreign.len();
        assert_eq!(released, 0, "{event_time}: nobody is there to hear");
    }
}

#[test]
fn what_was_refused_has_touched_nothing() {
    for code in ["PreconditionFailed", "CNAMEAlreadyExists"] {
        let write = with(update(NEW, "E2NEWQRS", &["a.foo.com"]), "errorCode", json!(code));
        assert_eq!(verdict(&write, &known(ClaimState::Held)), Verdict::default(), "{code}");
    }
}
