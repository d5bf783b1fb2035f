//! Spelling in code and prose, by `typos` from the Python environment; exceptions are in typos.toml.

use std::process::Command;

use anyhow::{Result, bail};

use crate::ci::{Gate, Outcome};
use crate::{command, setup};

pub(crate) fn check(gate: &Gate) -> Result<Outcome> {
    let typos = setup::venv_program(&gate.repository, "typos");
    if !typos.is_file() {
        bail!("typos is not installed: run `cargo xtask setup`");
    }
    command::run(
        Command::new(typos)
            .args(["--config", "typos.toml"])
            .current_dir(&gate.repository.root),
    )?;
    Ok(Outcome::Green)
}
