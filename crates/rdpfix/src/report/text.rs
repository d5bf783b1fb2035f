//! The diagnosis as text: verdict first, then proof, then what to type.

use rdpfix_diagnose::diagnosis::{Gap, Sign};
use rdpfix_diagnose::evidence::{Citation, CoverageStatus};
use rdpfix_diagnose::knowledge::{Applicability, KnowledgeBase, Remedy};
use rdpfix_diagnose::{Confidence, Diagnosis, Finding, Outcome};
use rdpfix_formats::filetime::FileTime;

use super::page::Page;
use super::{time, words};
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

    fn finding(&mut self, finding: &Finding) {
        let first = self.diagnosis.findings.first().map(Finding::cause) == Some(finding.cause());
        if !first {
            self.page.gap();
            let line = format!(
                "{}: {}",
                words::confidence(finding.confidence()).to_uppercase(),
                finding.title()
            );
            self.page.paragraph_in(style::DOUBTFUL, 0, 0, &line);
        }
        let seen = finding.newest.map_or_else(String::new, |newest| {
            format!("; last seen {}", time::age(newest, self.now))
        });
        let layer = self
            .base
            .cause(finding.cause())
            .map_or("", |cause| words::layer(cause.layer));
        let line = format!(
            "{}: {}, at the {layer} stage{seen}",
            finding.cause(),
            words::severity(finding.severity())
        );
        self.page.paragraph(0, 0, &line);
        self.page.heading("Proof");
        for sign in &finding.raised {
            self.sign(sign);
        }
        if !finding.lowered.is_empty() {
            self.page.heading("Against it");
            for note in &finding.lowered {
                self.page.point(2, note);
            }
        }
        if !finding.missing_proof.is_empty() && finding.confidence() != Confidence::Confirmed {
            self.page.heading("What would confirm or clear it");
            self.gaps(&finding.missing_proof);
        }
        self.remedies(&finding.remedies);
    }

    fn sign(&mut self, sign: &Sign) {
        let times = match (sign.count, sign.oldest) {
            (1, _) | (_, None) => String::new(),
            (count, Some(oldest)) => format!(" ({count} times since {})", time::stamp(oldest)),
        };
        self.page.point(2, &format!("{}{times}", sign.says));
        let shown = if self.detail == Detail::Everything {
            usize::MAX
        } else {
            1
        };
        for citation in sign.citations.iter().take(shown) {
            self.citation(citation);
        }
    }

    fn citation(&mut self, citation: &Citation) {
        let record = citation.record_id.map_or_else(
            || "record number lost".to_owned(),
            |id| format!("record {id}"),
        );
        let when = citation
            .time
            .map_or_else(|| "time lost".to_owned(), time::stamp);
        let line = format!(
            "{} {}, {record}, {when}",
            short(&citation.provider),
            citation.event_id
        );
        self.page.paragraph(4, 2, &line);
        if !citation.detail.is_empty() {
            self.page.paragraph(4, 2, &citation.detail);
        }
        if self.detail == Detail::Everything {
            let place = format!(
                "{}, {} at byte {}",
                citation.channel, citation.file, citation.offset
            );
            self.page.paragraph_in(style::FAINT, 4, 2, &place);
        }
    }

    fn gaps(&mut self, gaps: &[Gap]) {
        let shown = if self.detail == Detail::Everything {
            gaps.len()
        } else {
            FEW.min(gaps.len())
        };
        for gap in gaps.iter().take(shown) {
            let kind = gap
                .kind
                .map_or_else(String::new, |kind| format!("{kind}: "));
            self.page.point(2, &format!("{kind}{}", gap.says));
            if self.detail == Detail::Everything {
                self.page.paragraph_in(
                    style::FAINT,
                    4,
                    2,
                    &format!("{} ({})", gap.artifact, gap.because),
                );
            }
            if let Some(look) = &gap.look {
                self.page.command(4, look);
            }
        }
        self.more(gaps.len() - shown);
    }

    fn more(&mut self, hidden: usize) {
        if hidden > 0 {
            self.page.paragraph_in(
                style::FAINT,
                2,
                2,
                &format!("and {hidden} more with --verbose"),
            );
        }
    }

    fn remedies(&mut self, remedies: &[Remedy]) {
        self.page.heading("What to do, in this order");
        let safe = |remedy: &&Remedy| remedy.applicability != Applicability::Unsafe;
        let shown: Vec<_> = match self.detail {
            Detail::Everything => remedies.iter().collect(),
            Detail::OneScreen => remedies.iter().filter(safe).take(FEW).collect(),
        };
        for (number, remedy) in (1..).zip(&shown) {
            let how = words::applicability(remedy.applicability);
            let cost = words::disruption(remedy.disruption);
            self.page
                .paragraph(2, 3, &format!("{number}. {} ({how}; {cost})", remedy.title));
            if let Some(command) = &remedy.command {
                self.page.command(5, command);
            }
            if self.detail == Detail::Everything
                && let Some(undo) = &remedy.undo
            {
                self.page.paragraph_in(style::FAINT, 5, 2, "takes it back:");
                self.page.command(5, undo);
            }
        }
        self.more(remedies.len() - shown.len());
    }

    fn other_findings(&mut self, others: &[Finding]) {
        self.page.heading("Also to be considered");
        for other in others {
            let seen = other.newest.map_or_else(String::new, |newest| {
                format!(", {}", time::age(newest, self.now))
            });
            let line = format!(
                "{} {}: {}{seen}",
                words::confidence(other.confidence()),
                other.cause(),
                other.title()
            );
            self.page.point(2, &line);
        }
    }

    /// What would decide the causes that these logs cannot.
    fn undecided(&mut self) {
        if self.diagnosis.undecided.is_empty() {
            return;
        }
        self.page.heading("What was not looked at");
        if self.detail == Detail::Everything {
            for cause in &self.diagnosis.undecided {
                self.page.paragraph(0, 0, &cause.cause);
                self.gaps(&cause.gaps);
            }
            return;
        }
        let mut channels: Vec<(&str, &str)> = Vec::new();
        let mut kinds: Vec<String> = Vec::new();
        for gap in self
            .diagnosis
            .undecided
            .iter()
            .flat_map(|cause| &cause.gaps)
        {
            match gap.kind {
                None if !channels.iter().any(|(name, _)| *name == gap.artifact) => {
                    channels.push((&gap.artifact, &gap.because));
                }
                Some(kind) if !kinds.contains(&kind.to_string()) => kinds.push(kind.to_string()),
                _ => {}
            }
        }
        for (name, because) in channels {
            self.page.point(2, &format!("{name}: {because}"));
        }
        if !kinds.is_empty() {
            let line = format!(
                "the machine itself: event logs hold no {}",
                kinds.join(", ")
            );
            self.page.point(2, &line);
        }
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
            .chain(
                noise.map(|noise| format!("{} times {}: {}", noise.count, noise.name, noise.says)),
            )
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

    fn coverage(&mut self) {
        let coverage = &self.diagnosis.coverage;
        let read = coverage
            .iter()
            .filter(|artifact| artifact.status == CoverageStatus::Read);
        let troubled: Vec<_> = coverage
            .iter()
            .filter(|artifact| {
                let log =
                    artifact.status == CoverageStatus::Read && artifact.detail.contains("damaged");
                log || artifact.status == CoverageStatus::Unreadable
            })
            .collect();
        self.page.heading("Read");
        let boot = self.diagnosis.last_boot.map_or_else(String::new, |boot| {
            format!("; last boot {}", time::stamp(boot))
        });
        self.page.paragraph(
            2,
            0,
            &format!("{} of {} logs{boot}", read.count(), coverage.len()),
        );
        let all = self.detail == Detail::Everything;
        let lines: Vec<_> = if all {
            coverage.iter().collect()
        } else {
            troubled
        };
        let shown = if all {
            lines.len()
        } else {
            FEW.min(lines.len())
        };
        for artifact in lines.iter().take(shown) {
            self.page
                .point(2, &format!("{}: {}", artifact.artifact, artifact.detail));
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

/// The last part of a provider's name, which is what people call it.
fn short(provider: &str) -> &str {
    provider
        .rsplit('-')
        .next()
        .filter(|part| part.len() > "Client".len())
        .unwrap_or(provider)
}

fn quoted(path: &str) -> String {
    if path.contains(char::is_whitespace) {
        format!("\"{path}\"")
    } else {
        path.to_owned()
    }
}
