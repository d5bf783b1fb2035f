//! cargo-deny: licences, bans and sources; and, apart from them because it needs the network, known vulnerabilities.

use std::process::Command;

use anyhow::{Context, Result};

use crate::ci::{Gate, Outcome};
use crate::{command, setup};

pub(crate) fn licences(gate: &Gate) -> Result<Outcome> {
    command::run(deny(gate)?.args(["check", "licenses", "bans", "sources"]))?;
    Ok(Outcome::Green)
}

/// The database lies on GitHub. Where that cannot be reached nothing was checked, and nothing is claimed.
pub(crate) fn advisories(gate: &Gate) -> Result<Outcome> {
    let fetch = command::output(deny(gate)?.args(["fetch", "db"]))?;
    if !fetch.status.success() {
        let stderr = String::from_utf8_lossy(&fetch.stderr);
        return Ok(Outcome::NotRun(format!(
            "advisories: not checked, the database cannot be fetched ({})",
            reason(&stderr)
        )));
    }
    command::run(deny(gate)?.args(["check", "--disable-fetch", "advisories"]))?;
    Ok(Outcome::Green)
}

fn deny(gate: &Gate) -> Result<Command> {
    let program = setup::cargo_deny(&gate.repository)
        .context("cargo-deny is not installed: run `cargo xtask setup`")?;
    let mut command = Command::new(program);
    command
        .args(["--color", "never"])
        .current_dir(&gate.repository.root);
    Ok(command)
}

/// The last line that says something: git's own words, after cargo-deny's preamble.
fn reason(stderr: &str) -> &str {
    let last = stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
    last.unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_git_s_own_last_line() {
        let stderr =
            "[ERROR] failed to fetch\nCloning…\nfatal: Could not resolve host: example\n\n";
        assert_eq!(reason(stderr), "fatal: Could not resolve host: example");
    }
}
