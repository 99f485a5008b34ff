//! The theatre: a simulated AWS under the real SDK, a virtual clock, an interpreter of the definitions,
//! viewers, faults. It decides nothing about cutovers; it only answers as AWS would.
//!
//! Follow a request: [`run`] walks the definition with [`interpreter`], beside whatever else [`staging`] says, and
//! calls the functions through their one door; their SDK clients end in [`plug`], which hands each request to [`service`]; a service reads and
//! changes the [`world`]; [`viewers`] adds up what the change meant at the edge. [`serve`] hands [`service`] the
//! requests of other clients, from a socket.

pub mod audience;
pub mod cli;
pub mod clock;
pub mod compare;
mod executions;
pub mod explore;
pub mod fault;
mod hands;
pub mod interpreter;
pub mod inventory;
mod invocation;
pub mod live;
pub mod pace;
pub mod page;
pub mod placement;
pub mod plan_text;
pub mod plug;
pub mod run;
pub mod scenario;
pub mod serve;
pub mod service;
pub mod staging;
pub mod tape;
pub mod trail;
pub mod viewers;
pub mod wire;
pub mod words;
pub mod world;
