//! How a cutover goes on whose execution was stopped, timed out or failed. See the staging of executions.
