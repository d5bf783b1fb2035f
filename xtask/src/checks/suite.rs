//! The tests of the workspace, with what they may not skip put into their environment.

use std::process::Command;

use anyhow::Result;

use crate::ci::{CorpusPolicy, Gate, Outcome};
use crate::{command, setup};

pub(crate) fn check(gate: &Gate) -> Result<Outcome> {
    let nextest = command::on_path("cargo-nextest").is_some();
    let runs: &[&[&str]] = if nextest {
        // nextest runs no documentation tests.
        &[
            &[
                "nextest",
                "run",
                "--workspace",
                "--locked",
                "--profile",
                "ci",
            ],
            &["test", "--doc", "--workspace", "--locked", "--quiet"],
        ]
    } else {
        &[&["test", "--workspace", "--locked", "--no-fail-fast"]]
    };
    let corpus = corpus_required(gate.corpus, gate.repository.corpus().is_dir());
    let mut wrong = Vec::new();
    for arguments in runs {
        let mut command = command::cargo(&gate.repository, arguments);
        environment(&mut command, gate, corpus);
        if let Err(error) = command::run(&mut command) {
            wrong.push(format!("{error:#}"));
        }
    }
    if !corpus {
        println!("the corpus is not here: tests that need it were skipped");
    }
    Ok(Outcome::from_faults(wrong))
}

/// A corpus that lies there is used; a missing one is asked for only where it must be there.
fn corpus_required(policy: CorpusPolicy, present: bool) -> bool {
    policy == CorpusPolicy::Required || present
}

fn environment(command: &mut Command, gate: &Gate, corpus: bool) {
    if corpus {
        command.env("RDPFIX_REQUIRE_CORPUS", "1");
    }
    command
        .env("RDPFIX_REQUIRE_ORACLES", "1")
        .env(
            "RDPFIX_ORACLE_PYTHON",
            setup::venv_program(&gate.repository, "python"),
        )
        // Backtraces of errors that tests expect cost much time and are read by nobody.
        .env_remove("RUST_BACKTRACE");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_is_required_by_policy_or_by_being_there() {
        assert!(corpus_required(CorpusPolicy::Required, false));
        assert!(corpus_required(CorpusPolicy::IfPresent, true));
        assert!(!corpus_required(CorpusPolicy::IfPresent, false));
    }
}
