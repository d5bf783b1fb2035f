//! What was not looked at, and would decide.

use std::collections::{BTreeMap, BTreeSet};

use rdpfix_diagnose::diagnosis::Gap;
use rdpfix_diagnose::knowledge::ArtifactKind;

use super::{Detail, FEW, Report};
use crate::report::words;
use crate::terminal::style;

impl Report<'_> {
    /// What was not looked at. Several signs in one channel are one gap: its log.
    pub(super) fn gaps(&mut self, gaps: &[Gap]) {
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

    pub(super) fn gap(&mut self, group: &[&Gap]) {
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

    pub(super) fn more(&mut self, hidden: usize) {
        if hidden > 0 {
            self.page.paragraph_in(
                style::FAINT,
                2,
                2,
                &format!("and {hidden} more with --verbose"),
            );
        }
    }

    /// What would decide the causes that these logs cannot.
    pub(super) fn undecided(&mut self) {
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
        // What is not in a log, by why it was not looked at.
        let mut kinds: BTreeMap<&str, BTreeSet<ArtifactKind>> = BTreeMap::new();
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
                Some(kind) => {
                    kinds.entry(&gap.because).or_default().insert(kind);
                }
                None => {}
            }
        }
        for (name, because) in channels {
            self.page
                .point(2, &format!("{}: {because}", words::channel(name)));
        }
        for (because, kinds) in kinds {
            let kinds: Vec<_> = kinds.iter().map(ToString::to_string).collect();
            let line = format!("the machine itself ({}): {because}", kinds.join(", "));
            self.page.point(2, &line);
        }
    }
}
