//! What the process tells its caller.

use std::process::{ExitCode, Termination};

use rdpfix_diagnose::Outcome;

/// Exit status of every command, as the README documents it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// Healthy and everything needed was readable; or the command did what it was asked.
    Success,
    /// Something was found.
    Findings,
    /// Wrong usage, or nothing could be done.
    Failure,
    /// Nothing found, but the evidence is incomplete.
    Incomplete,
}

impl From<Outcome> for ExitStatus {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Healthy => Self::Success,
            Outcome::Findings => Self::Findings,
            Outcome::Incomplete => Self::Incomplete,
        }
    }
}

impl Termination for ExitStatus {
    fn report(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Failure => 2,
            Self::Incomplete => 3,
        })
    }
}
