//! The registry's table, as the steps use it. What an item means is `cutover`'s; here is how it is read and written.

pub(crate) mod claims;
pub(crate) mod held;
pub(crate) mod release;
pub(crate) mod table;
