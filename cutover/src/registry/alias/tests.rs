//! What was said of a name before a cutover holds again once it is back.

use super::*;
use crate::samples_of_registry::{alias_item, new, old, planned};

#[test]
fn a_name_that_is_put_back_is_as_it_was_before() {
    use AliasState::{MovedNotReconciled, Owned, Planned, UnknownOwner};
    let cases = [
        (Some(MovedNotReconciled), Some(old()), false, MovedNotReconciled, "an earlier move to the source is still not in the code"),
        (Some(MovedNotReconciled), Some(old()), true, MovedNotReconciled, "and what is planned next does not hide that"),
        (Some(MovedNotReconciled), Some(new()), false, Owned, "the earlier move was to somewhere else than where it is now"),
        (Some(MovedNotReconciled), Some(new()), true, Planned, "what was announced still is"),
        (Some(MovedNotReconciled), None, false, Owned, "nobody had it, so no move to the source is open"),
        (Some(Planned), Some(old()), true, Planned, "the cutover that was announced has not happened"),
        (None, Some(old()), true, Planned, "an announcement counts, whatever the state was"),
        (Some(Planned), Some(old()), false, Owned, "a state without an announcement announces nothing"),
        (Some(Owned), Some(old()), false, Owned, ""),
        (Some(UnknownOwner), None, false, Owned, "it has been put onto the source, so somebody has it"),
        (None, None, false, Owned, ""),
    ];
    for (resting_state, place, announced, wanted, why) in cases {
        let planned = announced.then(|| planned(new(), "02:00:00", "04:00:00"));
        let item = AliasItem { resting_state, planned, ..alias_item(AliasState::Moving, place.clone()) };
        assert_eq!(item.put_back_on(&old()), wanted, "{resting_state:?} on {place:?}, announced {announced}: {why}");
    }
}
