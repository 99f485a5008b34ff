//! Runs a definition written in the Amazon States Language (JSONPath flavour) the way Step Functions would.
//! It sees JSON, names of resources and a clock that it is given; it must not know what the tasks are about,
//! nor which cloud they talk to.
//!
//! What is not implemented is refused when the definition is read, never skipped. Where each rule comes from
//! ("ASL" is the states language specification, "SFN-n" a fact, "guide" the Step Functions developer guide):
//!
//! - Retriers are scanned in order, each with its own count for one visit of the state; the first that matches
//!   decides, used up or not (ASL, Errors).
//! - What IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds and JitterStrategy mean and default to; a retry
//!   is a transition (SFN-5).
//! - States.ALL stands alone and last, and matches neither States.DataLimitExceeded nor States.Runtime;
//!   States.TaskFailed matches every other error but States.Timeout (SFN-6). Whether a clause that *names* one of those
//!   two is heeded is nowhere written, so such a clause is refused.
//! - A catcher's ResultPath works on the state's raw input; the error output is `{"Error", "Cause"}` (ASL, Errors).
//! - A task past its TimeoutSeconds fails with States.Timeout, each attempt having the whole time (ASL, Task State).
//! - The whole run past its TimeoutSeconds is timed out, and no catcher is asked (SFN-8).
//! - No branch and no Default is States.NoChoiceMatched; a value of another type than the operator's makes a
//!   comparison false (ASL, Choice State).
//! - More than 256 KiB in or out of a state is States.DataLimitExceeded (SFN-3).
//! - The 25,000th event of the history is the run's failure (SFN-3), with States.Runtime (reported).
//! - A path that finds nothing is States.ParameterPathFailure in Parameters, a ResultPath that cannot be written
//!   States.ResultPathMatchFailure (ASL, Errors), any other path States.Runtime (guide, error names).
//! - A Map state of the mode INLINE runs its own graph for every member of the list at ItemsPath, at most MaxConcurrency (40
//!   where it is 0 or absent) at a time, in order; the results keep that order. The first iteration that fails fails the
//!   state with its error, and the others are given up (ASL, Map State). `$$.Map.Item` stands in ItemSelector alone (guide,
//!   context object). A state's name is unique in the whole definition (ASL, States).
//! - Of the intrinsic functions, States.StringSplit and States.ArrayContains; what they cannot work on is
//!   States.IntrinsicFailure (ASL, Errors).
//!
//! Events are counted, and told to whoever listens, as the console lists them: two for a state (one for Fail), three
//! more for each attempt of a task, two for an attempt of a map and two for each of its iterations, one at each end of the
//! run. An iteration's first event points back to the start of the map, each other to the one before it in the iteration.

mod choice;
mod contract;
mod definition;
mod event;
mod execute;
mod fields;
mod map;
#[cfg(test)]
mod map_tests;
mod path;
mod retry;
mod state;
mod task;
mod template;
#[cfg(test)]
mod tests;

pub use contract::{Context, Execution, Observer, Status, TaskError, Tasks, Time};
pub use definition::{Definition, DefinitionError};
pub use event::{Event, What};
pub use execute::execute;
pub(crate) use execute::history_is_full;
pub(crate) use retry::RUNTIME;
