//! No file named for nothing in particular, and entry points that only dispatch.

use anyhow::Result;

use crate::ci::{Gate, Outcome};
use crate::repository::RustFile;

/// A name that fits everything soon holds everything.
const SAYS_NOTHING: [&str; 12] = [
    "util",
    "utils",
    "utilities",
    "helper",
    "helpers",
    "common",
    "shared",
    "misc",
    "manager",
    "managers",
    "handler",
    "handlers",
];
/// The last words that no crate of ours has: a type lives in the lowest crate that gives it meaning.
const NOT_A_CRATE: [&str; 3] = ["core", "common", "utils"];

const ENTRY_POINTS: [&str; 2] = ["crates/rdpfix/src/main.rs", "xtask/src/main.rs"];
const ENTRY_POINT_LINES: usize = 100;

pub(crate) fn check(gate: &Gate) -> Result<Outcome> {
    let files = gate.repository.rust_files()?;
    Ok(Outcome::from_faults(
        files.iter().flat_map(faults).collect(),
    ))
}

fn faults(file: &RustFile) -> Vec<String> {
    let mut wrong = Vec::new();
    let stem = file.path.strip_suffix(".rs").unwrap_or(&file.path);
    for part in stem.split('/') {
        let last_word = part.rsplit('-').next().unwrap_or(part);
        let is_crate = file.path.starts_with(&format!("crates/{part}/"));
        if SAYS_NOTHING.contains(&part) || (is_crate && NOT_A_CRATE.contains(&last_word)) {
            wrong.push(format!(
                "{}: `{part}` says nothing of what is in it",
                file.path
            ));
        }
    }
    let lines = file.text.lines().count();
    if ENTRY_POINTS.contains(&&*file.path) && lines >= ENTRY_POINT_LINES {
        wrong.push(format!(
            "{}: {lines} lines; an entry point stays under {ENTRY_POINT_LINES}",
            file.path
        ));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(path: &str, lines: usize) -> usize {
        faults(&RustFile {
            path: path.to_owned(),
            text: "\n".repeat(lines),
        })
        .len()
    }

    #[test]
    fn names_that_say_nothing_are_refused() {
        for path in [
            "crates/rdpfix-formats/src/utils.rs",
            "crates/rdpfix-formats/src/helpers/sid.rs",
            "crates/rdpfix-diagnose/tests/common/mod.rs",
            "crates/rdpfix-common/src/lib.rs",
            "crates/rdpfix-core/src/lib.rs",
        ] {
            assert_eq!(faults_of(path, 1), 1, "{path}");
        }
        assert_eq!(
            faults_of("crates/rdpfix-formats/src/session_manager.rs", 1),
            0
        );
    }

    #[test]
    fn entry_points_stay_thin() {
        assert_eq!(faults_of("crates/rdpfix/src/main.rs", 100), 1);
        assert_eq!(faults_of("crates/rdpfix/src/main.rs", 99), 0);
        assert_eq!(faults_of("crates/rdpfix/src/lib.rs", 100), 0);
    }
}
