//! A call of a served world: which one in the first byte, then its body. Must not know what is demanded of it; the body says that.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|bytes: &[u8]| fuzz::bodies::wire(bytes));
fuzz_mutator!(|bytes: &mut [u8], size: usize, max: usize, seed: u32| { fuzz::change::changed(bytes, size, max, seed, 1) });
