//! The registry's table, as the steps use it. What an item means is `cutover`'s; here is how it is read and written.

pub(crate) mod table;
