//! What was read, and how well.

use rdpfix_diagnose::evidence::CoverageStatus;

use super::{Detail, FEW, Report};
use crate::report::{time, words};

impl Report<'_> {
    pub(super) fn coverage(&mut self) {
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
            "1 artefact".to_owned()
        } else {
            format!("{read} artefacts")
        };
        self.page.paragraph(
            2,
            2,
            &format!("{logs}; {not_read} not read, {absent} not on this machine{boot}"),
        );
        for remark in &self.diagnosis.remarks {
            self.page.point(2, remark);
        }
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
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
