//! One finding: its proof, what speaks against it, what to do.

use rdpfix_diagnose::diagnosis::Sign;
use rdpfix_diagnose::evidence::{Citation, EventCitation, StateCitation};
use rdpfix_diagnose::knowledge::{Applicability, Remedy};
use rdpfix_diagnose::{Confidence, Finding};

use super::{Detail, FEW, Report, times};
use crate::report::{time, words};
use crate::terminal::style;

impl Report<'_> {
    pub(super) fn finding(&mut self, finding: &Finding) {
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
        let seen = finding.parts().newest.map_or_else(String::new, |newest| {
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
        for sign in &finding.parts().raised {
            self.sign(sign);
        }
        if !finding.parts().lowered.is_empty() {
            self.page.heading("Against it");
            for note in &finding.parts().lowered {
                self.page.point(2, note);
            }
        }
        if !finding.parts().missing_proof.is_empty()
            && finding.confidence() != Confidence::Confirmed
        {
            self.page.heading("What would confirm or clear it");
            self.gaps(&finding.parts().missing_proof);
        }
        self.remedies(&finding.parts().remedies);
    }

    pub(super) fn sign(&mut self, sign: &Sign) {
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
        match citation {
            Citation::Event(event) => self.event(event),
            Citation::State(state) => self.state(state),
        }
    }

    fn event(&mut self, event: &EventCitation) {
        let record = event.record_id.map_or_else(
            || "record number lost".to_owned(),
            |id| format!("record {id}"),
        );
        let when = event
            .time
            .map_or_else(|| "time lost".to_owned(), time::stamp);
        let line = format!(
            "{} {}, {record}, {when}",
            short(&event.provider),
            event.event_id
        );
        self.page.paragraph(4, 2, &line);
        if !event.detail.is_empty() {
            self.page.paragraph(4, 2, &event.detail);
        }
        if self.detail == Detail::Everything {
            let place = format!("{}, {} at byte {}", event.channel, event.file, event.offset);
            self.page.paragraph_in(style::FAINT, 4, 2, &place);
        }
    }

    fn state(&mut self, state: &StateCitation) {
        self.page.paragraph(4, 2, &state.at);
        if !state.detail.is_empty() {
            self.page.paragraph(4, 2, &state.detail);
        }
        if let Some(written) = state
            .last_written
            .filter(|_| self.detail == Detail::Everything)
        {
            self.page.paragraph_in(
                style::FAINT,
                4,
                2,
                &format!("last written {}", time::stamp(written)),
            );
        }
    }

    pub(super) fn remedies(&mut self, remedies: &[Remedy]) {
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

    pub(super) fn other_findings(&mut self, others: &[Finding]) {
        self.page.heading("Also to be considered");
        for other in others {
            let seen = other.parts().newest.map_or_else(String::new, |newest| {
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
}

/// The last part of a provider's name, which is what people call it.
fn short(provider: &str) -> &str {
    provider
        .rsplit('-')
        .next()
        .filter(|part| part.len() > "Client".len())
        .unwrap_or(provider)
}
