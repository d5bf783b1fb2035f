//! The diagnosis as text: verdict first, then proof, then what to type.

mod coverage;
mod finding;
mod gaps;

use rdpfix_diagnose::knowledge::KnowledgeBase;
use rdpfix_diagnose::{Confidence, Diagnosis, Outcome};
use rdpfix_formats::filetime::FileTime;

use super::page::Page;
use super::words;
use crate::terminal::style;

/// How much to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What fits on one screen.
    OneScreen,
    /// All evidence, all gaps, every log.
    Everything,
}

/// The report of one machine.
pub(crate) fn text(
    base: &KnowledgeBase,
    diagnosis: &Diagnosis,
    sources: &[String],
    now: FileTime,
    detail: Detail,
) -> String {
    let mut report = Report {
        page: Page::new(),
        base,
        diagnosis,
        sources,
        now,
        detail,
    };
    report.verdict();
    if let Some((first, others)) = diagnosis.findings.split_first() {
        report.finding(first);
        if detail == Detail::Everything {
            for other in others {
                report.finding(other);
            }
        } else if !others.is_empty() {
            report.other_findings(others);
        }
    } else {
        report.undecided();
    }
    report.dismissed();
    report.coverage();
    report.next();
    report.page.gap();
    report.page.finish()
}

struct Report<'a> {
    page: Page,
    base: &'a KnowledgeBase,
    diagnosis: &'a Diagnosis,
    sources: &'a [String],
    now: FileTime,
    detail: Detail,
}

/// How many gaps, causes or logs one screen has room for.
const FEW: usize = 3;

impl Report<'_> {
    fn verdict(&mut self) {
        let computer = self
            .diagnosis
            .computer
            .as_deref()
            .unwrap_or("unnamed machine");
        self.page.rule(computer);
        let (style, verdict) = match (self.diagnosis.findings.first(), self.diagnosis.outcome()) {
            (Some(finding), _) => {
                let style = if finding.confidence() == Confidence::Confirmed {
                    style::BAD
                } else {
                    style::DOUBTFUL
                };
                (
                    style,
                    format!(
                        "{}: {}",
                        words::confidence(finding.confidence()).to_uppercase(),
                        finding.title()
                    ),
                )
            }
            (None, Outcome::Healthy) => (
                style::GOOD,
                "HEALTHY: nothing speaks for a fault, and all was read".to_owned(),
            ),
            (None, _) => (
                style::DOUBTFUL,
                "NOTHING FOUND, but not everything that matters could be read".to_owned(),
            ),
        };
        self.page.paragraph_in(style, 0, 0, &verdict);
    }

    fn dismissed(&mut self) {
        let all = self.detail == Detail::Everything;
        let ruled_out = self
            .diagnosis
            .ruled_out
            .iter()
            .filter(|cause| all || !cause.citations.is_empty());
        let noise = self.diagnosis.noise.iter();
        let lines: Vec<_> = ruled_out
            .map(|cause| format!("{} is ruled out. {}", cause.cause, cause.because))
            .chain(noise.map(|noise| format!("{}: {}", times(noise.count), noise.says)))
            .collect();
        if lines.is_empty() {
            return;
        }
        self.page.heading("Seen and set aside");
        let shown = if all {
            lines.len()
        } else {
            FEW.min(lines.len())
        };
        for line in lines.iter().take(shown) {
            self.page.point(2, line);
        }
        self.more(lines.len() - shown);
    }

    fn next(&mut self) {
        self.page.heading("Next");
        match self.diagnosis.findings.first() {
            Some(finding) => self
                .page
                .command(2, &format!("rdpfix explain {}", finding.cause())),
            None => self.page.command(2, "rdpfix explain"),
        }
        if self.detail == Detail::OneScreen {
            let sources: Vec<_> = self.sources.iter().map(|source| quoted(source)).collect();
            self.page.command(
                2,
                &format!("rdpfix diagnose --verbose {}", sources.join(" ")),
            );
        }
    }
}

fn times(count: u64) -> String {
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    }
}

fn quoted(path: &str) -> String {
    if path.contains(char::is_whitespace) {
        format!("\"{path}\"")
    } else {
        path.to_owned()
    }
}
