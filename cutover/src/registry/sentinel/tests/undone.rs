//! A move that is over and is taken back by a deployment, or would have been: people hear whose code to change (CFG-14).

use super::*;

fn known() -> Known {
    of_aliases(vec![moved_item()])
}

fn terraform(owner: &str) -> String {
    format!("arn:aws:sts::{owner}:{TERRAFORM}")
}

/// The one alarm that a write raises.
fn alarm(write: &TrailWrite, known: &Known) -> Alarm {
    let verdict = verdict(write, known);
    let [alarm] = verdict.alarms.as_slice() else { panic!("one alarm: {verdict:?}") };
    alarm.clone()
}

#[test]
fn a_deployment_that_takes_a_moved_name_back_is_told() {
    let alarm = alarm(&gives_old(&["a.foo.com"]), &known());
    assert_eq!(alarm.kind, AlarmKind::MoveUndone);
    let who = terraform(OLD);
    let seen = format!(
        "a.foo.com was moved to E2NEWQRS by cutover old-move; {who} took it to E1LEGACYXYZ in account {OLD} at 2026-12-01T02:30:00Z"
    );
    assert_eq!(alarm.seen, seen);
    assert_eq!(alarm.remedy, format!("change the infrastructure code that {who} deploys: a.foo.com belongs to E2NEWQRS"));
    let verdict = verdict(&gives_old(&["a.foo.com"]), &known());
    assert_eq!(aliases_of(verdict), [held(a(), old(), AliasState::Owned)], "and the registry is right nevertheless");
}

#[test]
fn a_deployment_that_takes_a_moved_name_off_its_target_is_told() {
    for (write, what) in [(gives_new(&[]), "deployed without it"), (read(&deletes_new()), "deleted")] {
        let alarm = alarm(&write, &known());
        assert_eq!(alarm.kind, AlarmKind::MoveUndone, "{what}");
        assert!(alarm.seen.contains(&format!("{} took it off E2NEWQRS in account {NEW}", terraform(NEW))), "{}", alarm.seen);
    }
}

#[test]
fn a_move_by_a_cutover_that_nobody_remembers_is_told_as_an_earlier_ones() {
    let forgotten = of_aliases(vec![AliasItem { moved_by: None, ..moved_item() }]);
    let seen = alarm(&gives_old(&["a.foo.com"]), &forgotten).seen;
    assert!(seen.starts_with("a.foo.com was moved to E2NEWQRS by an earlier cutover; "), "{seen}");
}

#[test]
fn whoever_takes_a_name_that_no_cutover_has_moved_undoes_nothing() {
    for state in [AliasState::Owned, AliasState::Planned, AliasState::UnknownOwner] {
        let known = of_aliases(vec![AliasItem { state, ..moved_item() }]);
        for write in [gives_old(&["a.foo.com"]), gives_new(&[])] {
            assert_eq!(verdict(&write, &known).alarms, [], "{state:?}");
        }
    }
    assert_eq!(verdict(&gives_new(&["a.foo.com"]), &known()).alarms, [], "it is where it was moved to");
    assert_eq!(verdict(&gives_old(&["b.foo.com"]), &known()).alarms, [], "another name came");
}

fn refused(owner: &str, distribution: &str, aliases: &[&str], code: &str) -> TrailWrite {
    with(update(owner, distribution, aliases), "errorCode", json!(code))
}

#[test]
fn a_deployment_that_would_have_taken_a_moved_name_back_is_told_and_nothing_is_written() {
    let write = refused(OLD, "E1LEGACYXYZ", &["a.foo.com"], "CNAMEAlreadyExists");
    let verdict = verdict(&write, &known());
    assert_eq!((verdict.foreign.len(), verdict.sightings.len()), (0, 0), "what was refused has not happened");
    let alarm = alarm(&write, &known());
    assert_eq!(alarm.kind, AlarmKind::MoveUndoneInVain);
    let what = format!("{} tried to put it on E1LEGACYXYZ, which CloudFront refused (CNAMEAlreadyExists)", terraform(OLD));
    assert!(alarm.seen.contains(&what), "{}", alarm.seen);
}

#[test]
fn a_new_distribution_that_lists_a_moved_name_is_refused_and_told_as_well() {
    let asked = json!({"distributionConfig": config("E1LEGACYXYZ", &["a.foo.com"])["distributionConfig"]});
    let create = with(record(OLD, "cloudfront", "CreateDistribution", &asked), "errorCode", json!("CNAMEAlreadyExists"));
    let seen = alarm(&create, &known()).seen;
    assert!(seen.contains("tried to put it on a new distribution"), "{seen}");
}

#[test]
fn nothing_was_tried_in_vain_where_the_refusal_is_not_about_a_name_that_a_cutover_has_moved_elsewhere() {
    let taken = || refused(OLD, "E1LEGACYXYZ", &["a.foo.com"], "CNAMEAlreadyExists");
    let item = |change: fn(&mut AliasItem)| {
        let mut item = moved_item();
        change(&mut item);
        of_aliases(vec![item])
    };
    let nothing: Vec<(&str, TrailWrite, Known)> = vec![
        ("another refusal", refused(OLD, "E1LEGACYXYZ", &["a.foo.com"], "AccessDenied"), known()),
        ("another name is listed", refused(OLD, "E1LEGACYXYZ", &["b.foo.com"], "CNAMEAlreadyExists"), known()),
        (
            "its target lists it, and another name was taken",
            refused(NEW, "E2NEWQRS", &["a.foo.com", "b.foo.com"], "CNAMEAlreadyExists"),
            known(),
        ),
        ("nothing is known of it", taken(), Known::default()),
        ("no cutover has moved it", taken(), item(|item| item.state = AliasState::Owned)),
        ("a cutover has claimed it", taken(), item(|item| item.claim = Some("next".to_owned()))),
        ("nobody of ours has it", taken(), item(|item| item.holder = None)),
        ("it was moved in that very second", taken(), item(|item| item.seen_at = Some(today("02:30:00")))),
        ("it was moved since", taken(), item(|item| item.seen_at = Some(today("02:30:01")))),
    ];
    for (why, write, known) in nothing {
        assert_eq!(verdict(&write, &known), Verdict::default(), "{why}");
    }
    let long_ago = item(|item| item.seen_at = None);
    assert_eq!(alarm(&taken(), &long_ago).kind, AlarmKind::MoveUndoneInVain, "nobody knows since when");
}
