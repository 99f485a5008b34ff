//! Turns a cutover round. Touches nothing: the inverses are carried out by the steps of the way forward.

use crate::clock::Clock;
use cutover::document::Cutover;

pub(crate) fn roll_back(clock: &Clock, mut document: Cutover) -> Cutover {
    let because = document.reason_to_turn();
    document.turn_round(clock.now(), &because);
    document
}
