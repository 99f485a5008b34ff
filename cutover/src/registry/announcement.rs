//! What an operator says of names beforehand and afterwards: that they are planned to move, that they are not, and that the
//! infrastructure code knows of a move. Must not know how an item is kept, nor a clock.

use super::alias::{AliasItem, AliasState, PlannedMove};
use crate::name::Alias;
use jiff::Timestamp;

/// How far ahead the window of a move may end, seconds: a year with its leap day.
const WINDOW_SECONDS_MAX: i64 = 366 * 24 * 3600;

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announcement {
    /// The names are planned to move.
    Plan(PlannedMove),
    /// They are not.
    Unplan,
    /// The infrastructure code of where they were, and of where they are, knows that they have moved.
    Reconciled,
}

/// Why something cannot be said of a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotSaid(String);

/// Whether the window of a planned move can be one.
///
/// # Errors
/// What is wrong with it, for a person.
pub fn check_window(planned: &PlannedMove, now: Timestamp) -> Result<(), NotSaid> {
    let no = |why: &str| Err(NotSaid(format!("the window from {} to {} {why}", planned.opens, planned.closes)));
    if planned.closes <= planned.opens {
        return no("ends before it begins: --closes comes after --opens");
    }
    if planned.closes <= now {
        return no(&format!("is over: it is {now}"));
    }
    if planned.closes.as_second() - now.as_second() > WINDOW_SECONDS_MAX {
        return no("ends more than 366 days from now: announce it later");
    }
    Ok(())
}

impl Announcement {
    /// The state that `alias` has once this is said of it; `None` where that says nothing new.
    ///
    /// # Errors
    /// Why it cannot be said, for a person: what was seen, and what to do next.
    pub fn state_after(&self, alias: &Alias, item: Option<&AliasItem>) -> Result<Option<AliasState>, NotSaid> {
        if let Some(claim) = item.and_then(|item| item.claim.as_deref()) {
            let next = "wait until it has ended (`cutover show` tells how far it is), then say it again";
            return Err(NotSaid(format!("{alias} is claimed by cutover {claim}, which says what becomes of it: {next}")));
        }
        let never = || NotSaid(format!("the registry has never heard of {alias}: check the spelling"));
        match self {
            Announcement::Plan(planned) => {
                let Some(item) = item else { return Ok(Some(AliasState::Planned)) };
                let same = item.planned.as_ref() == Some(planned);
                Ok((!same).then_some(match item.state {
                    // A move that the code does not know of yet stays one, whatever comes next.
                    AliasState::MovedNotReconciled => AliasState::MovedNotReconciled,
                    _ => AliasState::Planned,
                }))
            }
            Announcement::Unplan => {
                let item = item.ok_or_else(never)?;
                Ok(item.planned.is_some().then_some(at_rest(item)))
            }
            Announcement::Reconciled => {
                let item = item.ok_or_else(never)?;
                match item.state {
                    AliasState::MovedNotReconciled if item.planned.is_some() => Ok(Some(AliasState::Planned)),
                    AliasState::MovedNotReconciled => Ok(Some(AliasState::Owned)),
                    AliasState::Owned | AliasState::Planned => Ok(None),
                    AliasState::Moving | AliasState::Soaking | AliasState::UnknownOwner => Err(NotSaid(format!(
                        "{alias} was not moved by a cutover that has ended: `cutover alias {alias}` shows what is known of it"
                    ))),
                }
            }
        }
    }
}

/// The state of a name that is not planned to move any more.
fn at_rest(item: &AliasItem) -> AliasState {
    match (item.state, &item.holder) {
        (AliasState::Planned, Some(_)) => AliasState::Owned,
        (AliasState::Planned, None) => AliasState::UnknownOwner,
        (state, _) => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AccountId, DistributionId, Place};
    use crate::registry::alias::Holder;

    fn alias() -> Alias {
        Alias::parse("a.foo.com").unwrap()
    }

    fn place() -> Place {
        Place { account: AccountId::parse("000000000002").unwrap(), distribution: DistributionId::parse("E2NEWQRS").unwrap() }
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn planned(opens: &str, closes: &str) -> PlannedMove {
        PlannedMove { opens: time(opens), closes: time(closes), target: place(), by: "ops".to_owned() }
    }

    fn item(state: AliasState) -> AliasItem {
        let holder = Holder { place: place(), domain_name: None, certificate_not_after: None };
        AliasItem {
            alias: alias(),
            state,
            resting_state: None,
            holder: Some(holder),
            dns: None,
            seen_at: None,
            seen_by: None,
            planned: None,
            claim: None,
            moved_by: None,
        }
    }

    #[test]
    fn a_window_is_ahead_of_us_and_ends_after_it_begins_and_within_a_year() {
        let now = time("2026-12-01T00:00:00Z");
        let fits = |opens, closes| check_window(&planned(opens, closes), now).is_ok();
        assert!(fits("2026-12-02T00:00:00Z", "2026-12-02T02:00:00Z"));
        assert!(fits("2026-11-30T00:00:00Z", "2026-12-02T02:00:00Z"), "it is open");
        assert!(!fits("2026-12-02T02:00:00Z", "2026-12-02T02:00:00Z"));
        assert!(!fits("2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"));
        assert!(!fits("2026-12-02T00:00:00Z", "2027-12-03T00:00:00Z"));
    }

    #[test]
    fn of_a_claimed_name_nothing_is_said() {
        let claimed = AliasItem { claim: Some("first".to_owned()), ..item(AliasState::Moving) };
        for announcement in
            [Announcement::Plan(planned("2026-12-02T00:00:00Z", "2026-12-02T02:00:00Z")), Announcement::Unplan, Announcement::Reconciled]
        {
            let refusal = announcement.state_after(&alias(), Some(&claimed)).unwrap_err().to_string();
            assert!(refusal.contains("first"), "{refusal}");
        }
    }

    #[test]
    fn a_plan_does_not_hide_that_a_move_is_not_in_the_code_yet() {
        let plan = planned("2026-12-02T00:00:00Z", "2026-12-02T02:00:00Z");
        let after = |item: &AliasItem, said: &Announcement| said.state_after(&alias(), Some(item)).unwrap();
        let moved = item(AliasState::MovedNotReconciled);
        assert_eq!(after(&moved, &Announcement::Plan(plan.clone())), Some(AliasState::MovedNotReconciled));
        let both = AliasItem { planned: Some(plan.clone()), ..moved };
        assert_eq!(after(&both, &Announcement::Plan(plan.clone())), None, "said already");
        assert_eq!(after(&both, &Announcement::Unplan), Some(AliasState::MovedNotReconciled));
        assert_eq!(after(&both, &Announcement::Reconciled), Some(AliasState::Planned));
    }

    #[test]
    fn what_is_taken_back_leaves_a_name_as_it_was() {
        let plan = planned("2026-12-02T00:00:00Z", "2026-12-02T02:00:00Z");
        let after = |item: &AliasItem| Announcement::Unplan.state_after(&alias(), Some(item)).unwrap();
        let owned = AliasItem { planned: Some(plan), ..item(AliasState::Planned) };
        assert_eq!(after(&owned), Some(AliasState::Owned));
        assert_eq!(after(&AliasItem { holder: None, ..owned }), Some(AliasState::UnknownOwner));
        assert_eq!(after(&item(AliasState::Owned)), None);
    }

    #[test]
    fn only_what_a_cutover_has_moved_is_reconciled() {
        let after = |state| Announcement::Reconciled.state_after(&alias(), Some(&item(state)));
        assert_eq!(after(AliasState::MovedNotReconciled), Ok(Some(AliasState::Owned)));
        assert_eq!(after(AliasState::Owned), Ok(None));
        assert!(after(AliasState::UnknownOwner).is_err());
        assert!(Announcement::Reconciled.state_after(&alias(), None).is_err());
    }

    #[test]
    fn a_window_that_is_refused_is_refused_for_what_is_wrong_with_it() {
        let now = time("2026-12-01T00:00:00Z");
        let refusal = |opens, closes| check_window(&planned(opens, closes), now).unwrap_err().to_string();
        for (opens, closes, why) in [
            ("2026-12-02T02:00:00Z", "2026-12-02T01:00:00Z", "ends before it begins"),
            ("2026-11-30T00:00:00Z", "2026-11-30T02:00:00Z", "is over: it is 2026-12-01T00:00:00Z"),
            ("2026-12-02T00:00:00Z", "2028-12-02T00:00:00Z", "ends more than 366 days from now: announce it later"),
        ] {
            let said = refusal(opens, closes);
            assert!(said.contains(why) && said.contains(opens) && said.contains(closes), "{said}");
        }
    }

    #[test]
    fn a_window_may_end_a_year_ahead_with_its_leap_day_and_not_a_second_later() {
        let now = time("2026-12-01T00:00:00Z");
        let fits = |closes| check_window(&planned("2026-12-02T00:00:00Z", closes), now).is_ok();
        assert!(fits("2027-12-02T00:00:00Z"), "366 days");
        assert!(!fits("2027-12-02T00:00:01Z"));
        assert!(!fits("2038-01-01T00:00:00Z"));
    }

    #[test]
    fn whatever_is_planned_to_move_is_planned_unless_that_hides_a_move() {
        let plan = Announcement::Plan(planned("2026-12-02T00:00:00Z", "2026-12-02T02:00:00Z"));
        let after = |item: Option<&AliasItem>| plan.state_after(&alias(), item);
        assert_eq!(after(None), Ok(Some(AliasState::Planned)), "a new name is announced before anybody has it");
        for state in [AliasState::Owned, AliasState::UnknownOwner, AliasState::Planned] {
            assert_eq!(after(Some(&item(state))), Ok(Some(AliasState::Planned)), "{state:?}");
        }
        let other = AliasItem { planned: Some(planned("2026-12-03T00:00:00Z", "2026-12-03T02:00:00Z")), ..item(AliasState::Planned) };
        assert_eq!(after(Some(&other)), Ok(Some(AliasState::Planned)), "another window takes the place of the first");
    }

    #[test]
    fn of_a_name_that_nobody_has_heard_of_only_a_plan_is_said() {
        for said in [Announcement::Unplan, Announcement::Reconciled] {
            let refusal = said.state_after(&alias(), None).unwrap_err().to_string();
            assert_eq!(refusal, "the registry has never heard of a.foo.com: check the spelling");
        }
    }

    #[test]
    fn a_move_that_is_under_way_is_not_reconciled() {
        for state in [AliasState::Moving, AliasState::Soaking, AliasState::UnknownOwner] {
            let refusal = Announcement::Reconciled.state_after(&alias(), Some(&item(state))).unwrap_err().to_string();
            assert!(refusal.contains("was not moved by a cutover that has ended"), "{state:?}: {refusal}");
        }
        assert_eq!(Announcement::Reconciled.state_after(&alias(), Some(&item(AliasState::Planned))), Ok(None), "nothing was moved");
    }
}
