//! Knowledge, evidence, and the three-valued evaluation that turns them into ranked findings.
//!
//! [`knowledge`] says what is known of broken Remote Desktop; [`evidence::collect`] asks a target's logs everything the knowledge asks, in one
//! pass; [`evaluate`] weighs each cause. Nothing here touches disk, network or clock: a target is read through its trait, and `now` is given.

pub mod diagnosis;
mod evaluate;
pub mod evidence;
pub mod knowledge;
pub mod state;

pub use diagnosis::{Confidence, Diagnosis, Finding, Outcome};
pub use evaluate::evaluate;
