//! `bench scan`: all events of one kind in a folder of logs, by `rdpfix query` and as people do it today.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::ratio::{Comparison, Contender, compare};
use crate::repository::{Repository, sorted_entries};
use crate::{command, setup};

const EVTX_DUMP: &str = "evtx@0.15.1";
/// Frequent in the corpus, in logs that every reader reads whole, and with a plain number as `EventID`, so that grep can
/// be right about it.
const QUERY: &str =
    "*[System[Provider[@Name='Microsoft-Windows-Security-Auditing'] and EventID=4625]]";
const PATTERN: &str = r#""Name":"Microsoft-Windows-Security-Auditing".*"EventID":4625[,}]|"EventID":4625[,}].*"Name":"Microsoft-Windows-Security-Auditing""#;
/// Damaged logs are read differently by each reader, and synthetic ones prove nothing.
const LEFT_OUT: [&str; 2] = ["damaged", "synthetic"];

/// `bench scan [RUNS [FOLDER]]`; the folder is the corpus unless said otherwise.
pub(super) fn run(repository: &Repository, arguments: &[&str]) -> Result<String> {
    let runs = arguments
        .first()
        .map_or(Ok(7), |runs| runs.parse())
        .context("RUNS is a number")?;
    let folder = arguments
        .get(1)
        .map_or_else(|| repository.corpus().join("evtx"), PathBuf::from);
    let mut logs = Vec::new();
    collect(&folder, &mut logs)?;
    ensure!(
        !logs.is_empty(),
        "no logs (.evtx) under {}",
        folder.display()
    );
    let mut bytes = 0;
    for log in &logs {
        bytes += log.metadata()?.len();
    }

    command::run(&mut command::cargo(
        repository,
        &["build", "--release", "--locked", "-p", "rdpfix"],
    ))?;
    let rdpfix = repository.path("target/release/rdpfix");
    let evtx_dump = setup::evtx_dump(repository, EVTX_DUMP)?;

    compare(&Comparison {
        title: "One kind of event out of many logs".to_owned(),
        input: format!("{} logs, {:.1} MiB", logs.len(), bytes as f64 / 1_048_576.0),
        unit: "hits",
        contenders: vec![
            ours(rdpfix, logs.clone()),
            evtx_dump_and_grep(evtx_dump, logs),
        ],
        runs,
    })
}

fn ours(rdpfix: PathBuf, logs: Vec<PathBuf>) -> Contender {
    Contender {
        name: "rdpfix query".to_owned(),
        command: Box::new(move || {
            let mut command = Command::new(&rdpfix);
            command
                .args(["query", QUERY])
                .args(&logs)
                .args(["--format", "json"]);
            command
        }),
        done: &[0, 3],
        answer: lines,
    }
}

fn evtx_dump_and_grep(evtx_dump: PathBuf, logs: Vec<PathBuf>) -> Contender {
    let script = format!(
        r#"dump=$1; shift; for log; do "$dump" -o jsonl "$log"; done | grep -E '{PATTERN}'"#
    );
    Contender {
        name: format!(
            "evtx_dump {} and grep",
            EVTX_DUMP.trim_start_matches("evtx@")
        ),
        command: Box::new(move || {
            let mut command = Command::new("sh");
            command
                .args(["-c", &script, "sh"])
                .arg(&evtx_dump)
                .args(&logs);
            command
        }),
        done: &[0],
        answer: lines,
    }
}

/// One hit is one line in both.
fn lines(stdout: &[u8]) -> Result<u64> {
    Ok(stdout.iter().filter(|byte| **byte == b'\n').count() as u64)
}

fn collect(folder: &Path, logs: &mut Vec<PathBuf>) -> Result<()> {
    for entry in sorted_entries(folder)? {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        if entry.is_dir() {
            if !LEFT_OUT.contains(&&*name) {
                collect(&entry, logs)?;
            }
        } else if entry
            .extension()
            .is_some_and(|extension| extension == "evtx")
        {
            logs.push(entry);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_and_synthetic_logs_are_left_out() -> Result<()> {
        let folder = tempfile::tempdir()?;
        for path in [
            "a.evtx",
            "deep/b.evtx",
            "deep/c.txt",
            "damaged/d.evtx",
            "synthetic/e.evtx",
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().context("no parent")?)?;
            std::fs::write(path, "")?;
        }
        let mut logs = Vec::new();
        collect(folder.path(), &mut logs)?;
        let names: Vec<_> = logs.iter().filter_map(|log| log.file_name()).collect();
        assert_eq!(names, ["a.evtx", "b.evtx"]);
        Ok(())
    }
}
