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
            (count, Some(oldest)) => format!(" ({} since {})", times(count), time::stamp(oldest)),
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

    /// What was not looked at. Several signs in one channel are one gap: its log.
    fn gaps(&mut self, gaps: &[Gap]) {
        let mut grouped: Vec<Vec<&Gap>> = Vec::new();
        for gap in gaps {
            let same = |group: &&mut Vec<&Gap>| {
                gap.kind.is_none()
                    && group
                        .iter()
                        .all(|other| other.kind.is_none() && other.artifact == gap.artifact)
            };
            match grouped.iter_mut().find(same) {
                Some(group) => group.push(gap),
                None => grouped.push(vec![gap]),
            }
        }
        let all = self.detail == Detail::Everything;
        let shown = if all {
            grouped.len()
        } else {
            FEW.min(grouped.len())
        };
        for group in grouped.iter().take(shown) {
            self.gap(group);
        }
        self.more(grouped.len() - shown);
    }

    fn gap(&mut self, group: &[&Gap]) {
        let Some((gap, more)) = group.split_first() else {
            return;
        };
        match gap.kind {
            Some(kind) => self.page.point(2, &format!("{kind}: {}", gap.says)),
            None => self.page.point(
                2,
                &format!("{}: {}", words::channel(&gap.artifact), gap.because),
            ),
        }
        if self.detail == Detail::Everything {
            let place = match gap.kind {
                Some(_) => format!("{} ({})", gap.artifact, gap.because),
                None => {
                    let says = std::iter::once(gap)
                        .chain(more)
                        .map(|gap| gap.says.as_str());
                    format!("It would show: {}", says.collect::<Vec<_>>().join(" "))
                }
            };
            self.page.paragraph_in(style::FAINT, 4, 2, &place);
        }
        if let Some(look) = &gap.look {
            self.page.command(4, look);
        }
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
            Detail::OneScreen => remedies.iter().filter(safe).take(FEW + 1).collect(),
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
            self.page
                .point(2, &format!("{}: {because}", words::channel(name)));
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

    fn coverage(&mut self) {
        let coverage = &self.diagnosis.coverage;
        let of = |status| {
            coverage
                .iter()
                .filter(move |artifact| artifact.status == status)
        };
        let (read, absent) = (
            of(CoverageStatus::Read).count(),
            of(CoverageStatus::Absent).count(),
        );
        let not_read = of(CoverageStatus::Unreadable).count();
        self.page.heading("Read");
        let boot = self.diagnosis.last_boot.map_or_else(String::new, |boot| {
            format!("; last boot {}", time::stamp(boot))
        });
        let logs = if read == 1 {
            "1 log".to_owned()
        } else {
            format!("{read} logs")
        };
        self.page.paragraph(
            2,
            2,
            &format!("{logs}; {not_read} not read, {absent} not on this machine{boot}"),
        );
        if self.detail == Detail::Everything {
            for artifact in coverage {
                self.page
                    .point(2, &format!("{}: {}", artifact.artifact, artifact.detail));
            }
            return;
        }
        let troubled =
            of(CoverageStatus::Read).filter(|artifact| artifact.detail.contains("damaged"));
        let troubled: Vec<_> = troubled.collect();
        let shown = FEW.min(troubled.len());
        for artifact in troubled.iter().take(shown) {
            self.page.point(
                2,
                &format!("{}: {}", file_name(&artifact.artifact), artifact.detail),
            );
        }
        self.more(troubled.len() - shown);
        let missing: Vec<_> = of(CoverageStatus::Unreadable)
            .map(|artifact| words::channel(&artifact.artifact))
            .collect();
        if !missing.is_empty() {
            self.page
                .point(2, &format!("not read: {}", missing.join(", ")));
        }
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

fn times(count: u64) -> String {
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn quoted(path: &str) -> String {
    if path.contains(char::is_whitespace) {
        format!("\"{path}\"")
    } else {
        path.to_owned()
    }
}
