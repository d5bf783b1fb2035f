//! An event log as a piece of evidence.

use rdpfix_formats::event::LocatedEvent;
use rdpfix_formats::reading::Reason;

use crate::Flow;

/// Names one log of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId(pub usize);

/// The form a log is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogFormat {
    /// Binary `.evtx`.
    Evtx,
    /// XML, as `wevtutil /f:xml` and Event Viewer write it.
    Xml,
    /// Text, as `wevtutil /f:text`, Event Viewer's copy and PowerShell print it.
    Text,
}

impl LogFormat {
    /// Whether the log holds everything the channel held. An export in XML or text holds what somebody asked for.
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Evtx)
    }
}

/// One event log of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogArtifact {
    /// How to ask for it.
    pub id: LogId,
    /// Where it is, as a person would write it.
    pub path: String,
    /// Its form.
    pub format: LogFormat,
    /// The channel its file name speaks of (`…%4Operational.evtx`), if it does.
    pub channel: Option<String>,
    /// Size in bytes.
    pub size: u64,
}

/// Where a target's logs come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Completeness {
    /// The machine's whole log folder: a channel without a log does not exist there.
    WholeMachine,
    /// Some logs: nothing follows from one that is not here.
    SomeLogs,
}

/// How a channel stands on the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelState {
    /// It is enabled.
    Enabled,
    /// It exists and is switched off: nothing is written to it.
    Disabled,
    /// It does not exist: its provider or role is not installed.
    Missing,
    /// This target cannot say.
    Unknown(Reason),
}

/// In which order to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Order {
    /// As the log holds them: the cheapest, for whoever asks about all events anyway.
    #[default]
    AsStored,
    /// Oldest first, as `wevtutil qe` reads.
    OldestFirst,
    /// Newest first, as `wevtutil qe /rd:true` reads.
    NewestFirst,
}

/// Takes the events of a log one by one.
pub trait LogVisitor {
    /// One event.
    fn event(&mut self, event: LocatedEvent) -> Flow;

    /// How many bytes of the log have been read so far.
    fn progress(&mut self, _bytes: u64) {}
}

impl<F: FnMut(LocatedEvent) -> Flow> LogVisitor for F {
    fn event(&mut self, event: LocatedEvent) -> Flow {
        self(event)
    }
}

/// How reading a log went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogSummary {
    /// Events handed over.
    pub records: u64,
    /// Records that could not be decoded.
    pub damaged: u64,
    /// What was wrong with the first of them, each with its offset.
    pub damage: Vec<String>,
    /// What else a person should know: dirty header, bad checksums, a truncated tail.
    pub notes: Vec<String>,
    /// Set when the log could not be read at all, or not to its end.
    pub unreadable: Option<Reason>,
}

/// How many damage messages a summary keeps; the rest is only counted.
pub const KEPT_DAMAGE: usize = 16;

impl LogSummary {
    /// Counts a damaged record.
    pub fn damage(&mut self, message: impl ToString) {
        self.damaged = self.damaged.saturating_add(1);
        if self.damage.len() < KEPT_DAMAGE {
            self.damage.push(message.to_string());
        }
    }
}

/// The channel that an exported or live log file is named after: `%4` stands for `/`.
///
/// `None` for a file whose name says nothing, such as `evidence-7.evtx`: only names Windows gives are taken.
pub fn channel_of_file_name(name: &str) -> Option<String> {
    let stem = name
        .strip_suffix(".evtx")
        .or_else(|| name.strip_suffix(".EVTX"))?;
    let classic = [
        "System",
        "Application",
        "Security",
        "Setup",
        "ForwardedEvents",
    ];
    if let Some(known) = classic
        .iter()
        .find(|known| known.eq_ignore_ascii_case(stem))
    {
        return Some((*known).to_owned());
    }
    stem.contains("%4").then(|| stem.replace("%4", "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_of_file_names() {
        let name = "Microsoft-Windows-TerminalServices-SessionBroker%4Operational.evtx";
        let channel = "Microsoft-Windows-TerminalServices-SessionBroker/Operational";
        assert_eq!(channel_of_file_name(name).as_deref(), Some(channel));
        assert_eq!(
            channel_of_file_name("system.evtx").as_deref(),
            Some("System")
        );
        assert_eq!(channel_of_file_name("evidence-7.evtx"), None);
    }
}
