//! The command line, as `--help` shows it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use rdpfix_formats::filetime::FileTime;

const EXAMPLES: &str = "\
Examples:
  rdpfix diagnose C:\\Windows\\System32\\winevt\\Logs    a machine's log folder
  rdpfix diagnose System.evtx broker.txt           exported logs, any mix
  rdpfix diagnose osdisk.vhd                       a disk: VHD, VHDX, qcow2, raw
  rdpfix query \"*[System[EventID=1058]]\" System.evtx --count 1 --reverse
  rdpfix explain 0x8009030D                        what a status code means

Exit status:
  0  healthy, and everything needed was readable
  1  something was found
  2  wrong usage, or nothing could be read
  3  nothing found, but the evidence is incomplete";

/// Finds out why Remote Desktop to a Windows machine fails, from the evidence the machine left
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 80, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Name the root cause, with its proof and the way out
    Diagnose(Diagnose),
    /// Print the events that match a query, as `wevtutil qe` does
    Query(Query),
    /// Explain a cause, an event id or a status code; without an argument, list the causes
    Explain(Explain),
    /// Print the JSON Schema of `diagnose --format json`
    #[command(hide = true)]
    Schema(Common),
}

const DIAGNOSE_EXAMPLES: &str = "\
Examples:
  rdpfix diagnose D:\\evidence                a folder, searched to the bottom
  rdpfix diagnose System.evtx console.txt    a log and a serial console's text
  rdpfix diagnose osdisk.vhdx                a disk, of which little is read
  rdpfix diagnose D:\\evidence --format json  for a script (docs/schema)

A folder that holds Windows\\System32\\winevt\\Logs, or is it, counts as a whole
machine: a channel without a log there does not exist. Event logs alone rarely
confirm a cause; what would confirm it is printed with it. A disk, or a folder
with a whole Windows, holds it: registry, certificates, key files, permissions.

Exit status: 0 healthy and all read, 1 findings, 2 failure,
3 nothing found but the evidence is incomplete";

#[derive(Debug, Args)]
#[command(after_help = DIAGNOSE_EXAMPLES)]
pub(crate) struct Diagnose {
    /// A disk image; a folder with a Windows in it; or event logs (.evtx), their
    /// XML or text exports, and folders that hold them
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<PathBuf>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ReportFormat,
    /// Use the knowledge in this folder instead of the built-in one
    #[arg(long, value_name = "DIR")]
    pub(crate) knowledge: Option<PathBuf>,
    /// Print all evidence, all gaps and every log read
    #[arg(long, short)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

const QUERY_EXAMPLES: &str = "\
Examples:
  rdpfix query \"*[System[Provider[@Name='Schannel']]]\" System.evtx
  rdpfix query \"*[System[(EventID=1057 or EventID=1058) and
      TimeCreated[timediff(@SystemTime) <= 86400000]]]\" logs --reverse --count 1
  rdpfix query \"*[EventData[Data[@Name='Type']='server']]\" logs --format json
  rdpfix query \"$(cat custom-view.xml)\" logs    a <QueryList> of Event Viewer

The language is the XPath subset of the Windows Event Log. Events come log by
log, oldest first; with --reverse newest first. With --count the events of all
logs are put in order of time, so that --reverse --count 1 is the newest of all.

Exit status: 0 the query ran, 2 failure, 3 a log was damaged or unreadable";

#[derive(Debug, Args)]
#[command(after_help = QUERY_EXAMPLES)]
pub(crate) struct Query {
    /// XPath of the Windows Event Log, or a QueryList
    #[arg(value_name = "QUERY")]
    pub(crate) query: String,
    /// Event logs (.evtx), their XML or text exports, or folders that hold them
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<PathBuf>,
    /// Print at most so many events
    #[arg(long, short, value_name = "N")]
    pub(crate) count: Option<usize>,
    /// Newest first
    #[arg(long, short)]
    pub(crate) reverse: bool,
    /// Form of the events
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: EventFormat,
    #[command(flatten)]
    pub(crate) common: Common,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  rdpfix explain                      list the causes
  rdpfix explain rdp-key-acl          one cause: symptoms, cause, resolution
  rdpfix explain 1058                 an event id, in every provider that uses it
  rdpfix explain 0x8009030D           a status code
  rdpfix explain \"Access is denied\"  a status text, in the languages known";

#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub(crate) struct Explain {
    /// Cause id, event id, status code or status text
    #[arg(value_name = "WHAT")]
    pub(crate) what: Option<String>,
    /// Use the knowledge in this folder instead of the built-in one
    #[arg(long, value_name = "DIR")]
    pub(crate) knowledge: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options that every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Write the report to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The time to count from, such as 2026-11-20T08:00:00Z; default: the clock
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    pub(crate) now: Option<FileTime>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
    /// No progress and no remarks on standard error
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people, 80 columns
    #[default]
    Text,
    /// Version 1, for programs
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum EventFormat {
    /// As `wevtutil qe /f:text`
    #[default]
    Text,
    /// One event a line, as `wevtutil qe /f:xml`
    Xml,
    /// JSON Lines, one event a line
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// When standard output is a terminal that has it
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Sets it for everything that is printed from here on.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => {}
            Self::Always => anstream::ColorChoice::Always.write_global(),
            Self::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

impl Cli {
    pub(crate) fn common(&self) -> &Common {
        match &self.command {
            Command::Diagnose(arguments) => &arguments.common,
            Command::Query(arguments) => &arguments.common,
            Command::Explain(arguments) => &arguments.common,
            Command::Schema(common) => common,
        }
    }
}

impl Common {
    /// The time to count from.
    pub(crate) fn now(&self) -> FileTime {
        self.now
            .unwrap_or_else(|| FileTime::from_unix_seconds(jiff::Timestamp::now().as_second()))
    }
}

fn instant(text: &str) -> Result<FileTime, String> {
    FileTime::parse(text)
        .ok_or_else(|| "not a date and time; write it as 2026-11-20T08:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
