//! What a decision is about, kept until its write has been made: where the item turns out to be another one, the same is
//! decided again. Must not know how an item is read or written.

use crate::answer::Failure;
use crate::registry::table::{Item, read};
use cutover::ids::AccountId;
use cutover::registry::Key;
use cutover::registry::difference::{
    Behind, Decision, KnownAlias, KnownDistribution, Pointing, led_somewhere, put_aside, vanished, weigh_alias, weigh_distribution,
    weigh_missing_distribution, weigh_record,
};
use cutover::registry::sighting::{DistributionSighting, Sighting};
use jiff::Timestamp;

/// In which account it was seen, and when.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) account: AccountId,
    pub(super) at: Timestamp,
}

/// What was seen.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    /// An alias on a distribution.
    Alias(Box<Sighting>),
    /// An alias that the lists do not show.
    Unlisted(Key),
    /// A distribution.
    Distribution(Box<DistributionSighting>),
    /// A distribution that the lists do not show.
    Gone(Key),
    /// An alias that nobody lists.
    Vanished(Key),
    /// A record set that leads to CloudFront.
    Record(Box<Pointing>, Behind),
    /// A record set that was told to lead to nobody, and does not any more.
    LedSomewhere(Key),
}

impl Subject {
    /// The item that it is about.
    pub(super) fn key(&self) -> Key {
        match self {
            Subject::Alias(seen) => Key::alias(&seen.alias),
            Subject::Distribution(seen) => Key::distribution(&seen.place.distribution),
            Subject::Record(seen, _) => Key::alias(&seen.alias),
            Subject::Unlisted(key) | Subject::Gone(key) | Subject::Vanished(key) | Subject::LedSomewhere(key) => key.clone(),
        }
    }

    /// What follows from it, the registry having `known`. `still` answers what was asked for before.
    pub(super) fn decide(&self, scene: &Scene, known: Option<&Item>, still: Option<bool>) -> Result<Decision, Failure> {
        let alias = || known.cloned().map(read::<KnownAlias>).transpose();
        let distribution = || known.cloned().map(read::<KnownDistribution>).transpose();
        let of = |known: Option<KnownAlias>, decide: &dyn Fn(&KnownAlias) -> Decision| known.as_ref().map_or(Decision::Nothing, decide);
        Ok(match self {
            Subject::Alias(seen) => weigh_alias(seen, alias()?.as_ref(), still),
            Subject::Distribution(seen) => weigh_distribution(seen, distribution()?.as_ref()),
            Subject::Record(seen, behind) => weigh_record(seen, alias()?.as_ref(), *behind, scene.at),
            Subject::Unlisted(_) => of(alias()?, &|known| put_aside(known, &scene.account, scene.at)),
            Subject::Vanished(_) => of(alias()?, &|known| vanished(known, &scene.account, scene.at)),
            Subject::LedSomewhere(_) => of(alias()?, &|known| led_somewhere(known, &scene.account)),
            Subject::Gone(_) => distribution()?.map_or(Decision::Nothing, |known| weigh_missing_distribution(&known, scene.at)),
        })
    }
}
