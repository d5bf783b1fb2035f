//! The README's main command is the first thing a stranger types. It is run as they would type it, and must find
//! what the README shows.

use std::path::Path;

use anyhow::{Result, bail};

use crate::ci::{Gate, Outcome};
use crate::command;
use crate::repository::sorted_entries;

const EXAMPLE: &str = "examples/contoso-web01";
const MENTION: &str = "diagnose examples/contoso-web01";
/// `rdpfix diagnose` with findings.
const FINDINGS: i32 = 1;

pub(crate) fn check(gate: &Gate) -> Result<Outcome> {
    let repository = &gate.repository;
    let readme = std::fs::read_to_string(repository.path("README.md")).unwrap_or_default();
    if let Some(outcome) =
        not_to_be_run(readme.contains(MENTION), repository.path(EXAMPLE).is_dir())
    {
        return Ok(outcome);
    }
    let mut known = Vec::new();
    cause_ids(&repository.path("knowledge/causes"), &mut known)?;
    let expected = shown_causes(&readme, &known);

    let arguments = [
        "run",
        "--release",
        "--locked",
        "--quiet",
        "--",
        "diagnose",
        EXAMPLE,
    ];
    let mut command = command::cargo(repository, &arguments);
    println!("$ {}", command::shown(&command));
    let output = command::output(&mut command)?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    print!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
    Ok(Outcome::from_faults(faults(
        output.status.code(),
        &stdout,
        &expected,
    )))
}

/// The README and the example come together; one without the other is a fault.
fn not_to_be_run(mentioned: bool, exists: bool) -> Option<Outcome> {
    match (mentioned, exists) {
        (true, true) => None,
        (true, false) => Some(Outcome::Red(format!(
            "the README says `{MENTION}`, but there is no {EXAMPLE}"
        ))),
        (false, true) => Some(Outcome::Red(format!(
            "{EXAMPLE} exists, but the README does not say `{MENTION}`"
        ))),
        (false, false) => Some(Outcome::NotRun(format!(
            "neither README nor {EXAMPLE} is written yet"
        ))),
    }
}

/// The ids of the causes we know: the names of their files.
fn cause_ids(folder: &Path, ids: &mut Vec<String>) -> Result<()> {
    for entry in sorted_entries(folder)? {
        if entry.is_dir() {
            cause_ids(&entry, ids)?;
        } else if let (Some(stem), true) = (
            entry.file_stem(),
            entry.extension().is_some_and(|e| e == "md"),
        ) {
            ids.push(stem.to_string_lossy().into_owned());
        }
    }
    if ids.is_empty() && folder.ends_with("causes") {
        bail!("no causes under {}", folder.display());
    }
    Ok(())
}

/// The causes that the README names in the section of the command.
fn shown_causes<'a>(readme: &str, known: &'a [String]) -> Vec<&'a str> {
    let after = readme.split_once(MENTION).map_or("", |(_, after)| after);
    let section = after
        .split_once("\n## ")
        .map_or(after, |(section, _)| section);
    let words: Vec<&str> = section
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .collect();
    known
        .iter()
        .map(String::as_str)
        .filter(|id| words.contains(id))
        .collect()
}

fn faults(status: Option<i32>, stdout: &str, expected: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    if status != Some(FINDINGS) {
        wrong.push(format!(
            "exit status {status:?} instead of {FINDINGS} (findings)"
        ));
    }
    if expected.is_empty() {
        wrong.push("the README does not show which cause the command finds".to_owned());
    }
    let missing = expected.iter().filter(|id| !stdout.contains(**id));
    wrong.extend(
        missing.map(|id| format!("the README shows `{id}`, the command does not print it")),
    );
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readme_and_example_come_together() {
        assert!(not_to_be_run(true, true).is_none());
        assert!(matches!(not_to_be_run(true, false), Some(Outcome::Red(_))));
        assert!(matches!(not_to_be_run(false, true), Some(Outcome::Red(_))));
        assert!(matches!(
            not_to_be_run(false, false),
            Some(Outcome::NotRun(_))
        ));
    }

    #[test]
    fn the_causes_shown_are_those_of_the_command_s_section() {
        let readme = "# rdpfix\ntls-server-disabled\n```\ncargo run -- diagnose examples/contoso-web01\n\
                      confirmed  rdp-key-acl: the key\n```\n## Others\nrdp-key-orphaned\n";
        let known = [
            "rdp-key",
            "rdp-key-acl",
            "rdp-key-orphaned",
            "tls-server-disabled",
        ]
        .map(str::to_owned);
        assert_eq!(shown_causes(readme, &known), ["rdp-key-acl"]);
    }

    #[test]
    fn another_status_or_a_cause_not_found_is_a_fault() {
        assert!(faults(Some(1), "rdp-key-acl", &["rdp-key-acl"]).is_empty());
        assert_eq!(faults(Some(0), "rdp-key-acl", &["rdp-key-acl"]).len(), 1);
        assert_eq!(faults(None, "rdp-key-acl", &["rdp-key-acl"]).len(), 1);
        assert_eq!(faults(Some(1), "healthy", &["rdp-key-acl"]).len(), 1);
        assert_eq!(faults(Some(1), "rdp-key-acl", &[]).len(), 1);
    }

    #[test]
    fn a_folder_without_causes_is_an_error() -> Result<()> {
        let folder = tempfile::tempdir()?;
        assert!(cause_ids(&folder.path().join("causes"), &mut Vec::new()).is_err());
        std::fs::create_dir_all(folder.path().join("causes/tls"))?;
        std::fs::write(folder.path().join("causes/tls/tls-server-disabled.md"), "")?;
        let mut ids = Vec::new();
        cause_ids(&folder.path().join("causes"), &mut ids)?;
        assert_eq!(ids, ["tls-server-disabled"]);
        Ok(())
    }
}
