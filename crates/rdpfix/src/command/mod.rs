//! One file a command.

pub(crate) mod diagnose;
pub(crate) mod explain;
pub(crate) mod query;
pub(crate) mod schema;
