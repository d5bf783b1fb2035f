//! The checks of the gate that are ours; each is a function from values to what is wrong, so that a test can make it fail.

pub(crate) mod corpus;
pub(crate) mod dependencies;
pub(crate) mod edges;
pub(crate) mod knowledge;
pub(crate) mod lengths;
pub(crate) mod names;
pub(crate) mod readme;
pub(crate) mod spelling;
pub(crate) mod suite;
