//! A world, as anybody may write it. Must not know what is demanded of it; the body says that.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|bytes: &[u8]| fuzz::bodies::world(bytes));
fuzz_mutator!(|bytes: &mut [u8], size: usize, max: usize, seed: u32| { fuzz::change::changed(bytes, size, max, seed, 0) });
