//! The simulated AWS, held against a specification of who may have a name: random writers of several accounts, over the
//! wire, and whole cutovers with everything that can go wrong. `CUTOVER_MODEL_CASES` asks for more cases than a run of all
//! claims has time for.

mod controls;
mod cutovers;
mod readings;
mod scripts;
mod service;
mod specification;
mod wire;

/// How many cases there are, unless somebody asks for more.
fn cases(otherwise: u32) -> u32 {
    std::env::var("CUTOVER_MODEL_CASES").map_or(otherwise, |cases| cases.parse().unwrap())
}
