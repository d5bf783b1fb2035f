//! `rdpfix diagnose`: sources → report.

use std::cmp::Reverse;

use rdpfix_diagnose::{Diagnosis, Outcome, evaluate, evidence};

use crate::cli::{Diagnose, ReportFormat};
use crate::exit::ExitStatus;
use crate::json::v1;
use crate::output::{Failure, Output, remark};
use crate::progress::Bar;
use crate::report::{self, Detail};
use crate::source;

pub(crate) fn run(arguments: &Diagnose) -> Result<ExitStatus, Failure> {
    let common = &arguments.common;
    let base = source::knowledge(arguments.knowledge.as_deref())?;
    let opened = source::open(&arguments.sources, common.quiet)?;
    let target = &*opened.target;
    let now = common.now();
    let mut bar = Bar::new(target, common.quiet);
    let machines = evidence::collect(target, &base, now, &mut bar);
    bar.finish();
    let mut diagnoses: Vec<_> = machines
        .iter()
        .map(|evidence| evaluate(&base, evidence, now))
        .collect();
    // The machine in most trouble comes first; where none is, the order of the files stands.
    diagnoses.sort_by_key(|diagnosis| {
        Reverse(
            diagnosis
                .findings
                .first()
                .map(|finding| finding.confidence()),
        )
    });
    let mut output = Output::open(common)?;
    match arguments.format {
        ReportFormat::Json => {
            let text = serde_json::to_string_pretty(&v1::Report::new(&diagnoses))
                .map_err(anyhow::Error::from)?;
            output.write(&text)?;
            output.write("\n")?;
        }
        ReportFormat::Text => {
            let detail = if arguments.verbose {
                Detail::Everything
            } else {
                Detail::OneScreen
            };
            let sources: Vec<_> = arguments
                .sources
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            for diagnosis in &diagnoses {
                output.write(&report::text(&base, diagnosis, &sources, now, detail))?;
            }
        }
    }
    output.finish()?;
    if arguments.verbose
        && !common.quiet
        && let Some(traffic) = target.traffic()
    {
        remark(&format!(
            "rdpfix: {} bytes in {} reads of the image",
            traffic.bytes, traffic.reads
        ));
    }
    Ok(status(&diagnoses, !opened.problems.is_empty()))
}

/// The worst outcome of all machines; a source that could not be opened leaves the evidence incomplete.
fn status(diagnoses: &[Diagnosis], has_problems: bool) -> ExitStatus {
    let worst = diagnoses
        .iter()
        .map(Diagnosis::outcome)
        .max()
        .unwrap_or(Outcome::Incomplete);
    match worst {
        Outcome::Healthy if has_problems => ExitStatus::Incomplete,
        outcome => outcome.into(),
    }
}
