//! A file is short enough to be read whole.

use anyhow::Result;

use crate::ci::{Gate, Outcome};
use crate::repository::RustFile;

const WARN: usize = 500;
const FAIL: usize = 800;
/// The first line of a file that a program wrote.
const GENERATED: &str = "// @generated";

pub(crate) fn check(gate: &Gate) -> Result<Outcome> {
    let mut wrong = Vec::new();
    for file in gate.repository.rust_files()? {
        match judge(&file) {
            Length::Fine => {}
            Length::Long(lines) => {
                println!(
                    "warning: {}: {lines} lines; think of a cut before {FAIL}",
                    file.path
                );
            }
            Length::TooLong(lines) => {
                wrong.push(format!("{}: {lines} lines, more than {FAIL}", file.path));
            }
        }
    }
    Ok(Outcome::from_faults(wrong))
}

#[derive(Debug, PartialEq, Eq)]
enum Length {
    Fine,
    Long(usize),
    TooLong(usize),
}

fn judge(file: &RustFile) -> Length {
    if file
        .text
        .lines()
        .next()
        .is_some_and(|first| first.starts_with(GENERATED))
    {
        return Length::Fine;
    }
    match file.text.lines().count() {
        lines if lines > FAIL => Length::TooLong(lines),
        lines if lines > WARN => Length::Long(lines),
        _ => Length::Fine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: String) -> Length {
        judge(&RustFile {
            path: "a.rs".to_owned(),
            text,
        })
    }

    #[test]
    fn long_files_are_warned_of_and_then_refused() {
        assert_eq!(of("\n".repeat(500)), Length::Fine);
        assert_eq!(of("\n".repeat(501)), Length::Long(501));
        assert_eq!(of("\n".repeat(801)), Length::TooLong(801));
    }

    #[test]
    fn only_a_first_line_marks_a_generated_file() {
        assert_eq!(
            of(format!("{GENERATED} by x\n{}", "\n".repeat(900))),
            Length::Fine
        );
        assert_eq!(
            of(format!("\n{GENERATED}\n{}", "\n".repeat(900))),
            Length::TooLong(902)
        );
    }
}
