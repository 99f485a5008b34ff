//! The registry: who holds each alias, which cutover may move it, and what that cutover did.
//!
//! One table. Its items are here as Rust sees them, with the keys that they stand under; so are the decisions about
//! them. Must not know how an item is read or written, nor a clock.

pub mod alias;
pub mod announcement;
pub mod chain;
pub mod claim;
pub mod difference;
pub mod foreign;
pub mod key;
pub mod permission;
pub mod scan;
pub mod sentinel;
pub mod sighting;
pub mod trail;
pub mod unaccounted;

pub use alias::{AliasItem, AliasState, DistributionItem, Holder, SeenBy};
pub use chain::{ChainEvent, Kind};
pub use claim::{Claim, ClaimState, Token};
pub use foreign::ForeignWrite;
pub use key::{INDEX, Key, TABLE};
pub use unaccounted::{UnaccountedUpdate, UnaccountedUpdates};
