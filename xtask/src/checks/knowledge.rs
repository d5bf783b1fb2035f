//! The knowledge is linted by a test of the crate that loads it; here it is made sure that the test exists.

use anyhow::Result;

use crate::ci::{Gate, Outcome};
use crate::command;
use crate::repository::Repository;

const TEST: &str = "crates/rdpfix-diagnose/tests/knowledge.rs";

pub(crate) fn check(gate: &Gate) -> Result<Outcome> {
    if let Some(missing) = missing(&gate.repository) {
        return Ok(Outcome::Red(missing));
    }
    let arguments = [
        "test",
        "--quiet",
        "--locked",
        "-p",
        "rdpfix-diagnose",
        "--test",
        "knowledge",
    ];
    command::run(&mut command::cargo(&gate.repository, &arguments))?;
    Ok(Outcome::Green)
}

fn missing(repository: &Repository) -> Option<String> {
    let exists = repository.path(TEST).is_file();
    (!exists).then(|| format!("{TEST}, which lints the knowledge, is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_lint_is_a_failure() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let repository = Repository {
            root: folder.path().to_path_buf(),
        };
        assert!(missing(&repository).is_some_and(|message| message.contains(TEST)));
        Ok(())
    }
}
