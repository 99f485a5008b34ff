//! Claims about all of Cutover, as one test binary. Each module is one question somebody would ask.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a claim that does not hold should panic, where it is made"
)]

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod support;

mod bad_input;
mod bridge;
mod canned;
mod compare;
mod contract;
mod cost;
mod desk;
mod discovery;
mod document;
mod executions;
mod explore;
mod hostile;
mod interference;
mod inventory;
mod model;
mod moves;
mod oracle;
mod plan_print;
mod planner;
mod preflight;
mod registry;
mod runbook;
mod saga;
mod scenarios;
mod semantics;
mod sentinel;
mod serve;
mod situations;
mod size;
mod steps;
mod swap;
mod tidy;
mod viewers;
mod wire;
