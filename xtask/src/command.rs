//! Starting programs, and saying plainly what was started and how it ended.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};

use crate::repository::Repository;

/// The cargo that runs us, in the repository's root.
pub(crate) fn cargo(repository: &Repository, arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(&repository.root);
    command
}

/// Runs with the output going to the terminal; an unsuccessful end is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command
        .status()
        .with_context(|| format!("starting `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// Runs and keeps the output, whatever the exit status.
pub(crate) fn output(command: &mut Command) -> Result<Output> {
    let shown = shown(command);
    command
        .output()
        .with_context(|| format!("starting `{shown}`"))
}

/// Runs and returns standard output; an unsuccessful end is an error that holds standard error.
pub(crate) fn stdout(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = output(command)?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{shown}` ended with {}:\n{}",
            output.status,
            stderr.trim_end()
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed what is not UTF-8"))
}

/// Whether the program can be started and ends well.
pub(crate) fn succeeds(program: impl AsRef<Path>, arguments: &[&str]) -> bool {
    Command::new(program.as_ref())
        .args(arguments)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A program on PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&name))
        .find(|candidate| candidate.is_file())
}

/// The command as a person would type it, with the program's name without its folders.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_stem().unwrap_or(program.as_os_str());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|part| {
            let part = part.to_string_lossy();
            if part.is_empty() || part.contains([' ', '\'', '"', '*', '$']) {
                format!("'{}'", part.replace('\'', r"'\''"))
            } else {
                part.into_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsuccessful_end_is_an_error_that_names_the_command() {
        let error = stdout(Command::new("sh").args(["-c", "echo why >&2; exit 3"])).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("sh -c 'echo why >&2; exit 3'"),
            "{message}"
        );
        assert!(message.contains("why"), "{message}");
        assert!(run(&mut Command::new("false")).is_err());
    }

    #[test]
    fn a_program_that_is_not_there_is_not_found() {
        assert!(on_path("no-such-program-here").is_none());
        assert!(!succeeds("no-such-program-here", &[]));
    }
}
