//! What a cutover *is*: the request, what was observed, the strategy, the plan, and the document that
//! travels from step to step.
//!
//! Everything here is a pure function of its arguments. This crate must not know AWS's SDK, the network,
//! a clock or a thread: whoever calls it observes and acts, it only decides.
//!
//! Read in the order of a cutover: [`request`] → [`facts`] → [`planner`] (with [`strategy`] and
//! [`finding`]) → [`plan`] → [`document`] and its moves in [`progress`] → [`verdict`] →
//! [`outcome`]. What is kept beside the documents is in [`registry`].

pub mod asked;
pub mod bounds;
pub mod choose;
mod claiming;
pub mod discovery;
pub mod document;
mod effect;
pub mod error_name;
pub mod facts;
pub mod finding;
pub mod hidden;
pub mod ids;
mod judge;
pub mod name;
mod notes;
pub mod order;
pub mod outcome;
mod pace;
pub mod parity;
pub mod plan;
pub mod planner;
pub mod progress;
pub mod proof;
pub mod record_set;
pub mod registry;
pub mod request;
#[cfg(test)]
mod samples_of_facts;
#[cfg(test)]
mod samples_of_names;
#[cfg(test)]
mod samples_of_progress;
#[cfg(test)]
mod samples_of_registry;
pub mod step;
pub mod strategy;
mod turning;
pub mod verdict;
pub mod weighing;

pub use document::Cutover;
pub use error_name::ErrorName;
pub use name::Alias;
pub use request::Request;
pub use step::Step;
