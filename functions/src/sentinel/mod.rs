//! The sentinel: hears of every write to CloudFront and Route 53 in the member accounts, and sets it against the registry.
//! What a write means is `cutover`'s to say. Must not know how an event came here.

mod keep;
mod look;
pub(crate) mod watch_writes;
