//! The machine under examination, whatever is in reach of it.
//!
//! A [`Target`] answers what its event logs hold, and says of everything whether it is present, absent or unreadable. Whoever asks never
//! learns whether the answer came from a file, a folder or memory.
//!
//! | module | what it holds |
//! |---|---|
//! | [`log`] | an event log as a piece of evidence: where it is, in which form, how reading it went |
//! | [`files`] | event logs in files and folders |
//! | [`disk_image`] | a machine's disk, read lazily: VHD, VHDX, qcow2, raw |
//! | [`installation`] | a Windows that is not running: its files, its hives |
//! | [`memory`], [`memory_state`] | a machine made in memory, for tests and cases |
//! | [`state`] | what a machine holds beside its logs: registry, files, permissions |

pub mod disk_image;
pub mod files;
pub mod installation;
pub mod log;
pub mod memory;
pub mod memory_state;
mod open;
pub mod state;

use std::ops::ControlFlow;

pub use disk_image::DiskImage;
pub use files::{FilesTarget, OpenError};
pub use log::{
    ChannelState, Completeness, LogArtifact, LogFormat, LogId, LogSummary, LogVisitor, Order,
};
pub use memory::MemoryTarget;
pub use memory_state::MemoryState;
pub use open::{Opened, open};
pub use rdpfix_disk::counted::Traffic;
pub use rdpfix_formats::event::LocatedEvent;
pub use state::State;

/// A machine that can be read. Nothing in it changes what it reads.
pub trait Target {
    /// What the user called it, for reports.
    fn label(&self) -> &str;

    /// Whether all of the machine's logs are here, so that a channel without a log does not exist there.
    fn completeness(&self) -> Completeness;

    /// The registry and files; `None` when this target holds nothing but logs.
    fn state(&self) -> Option<&dyn State> {
        None
    }

    /// What a person should know of the source beside its logs: a dirty hive, an unclean volume. Complete when all was read.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// How much was read so far, where it is counted.
    fn traffic(&self) -> Option<Traffic> {
        None
    }

    /// The event logs, in a stable order.
    fn logs(&self) -> &[LogArtifact];

    /// How a channel stands, as far as this target knows without reading logs.
    fn channel_state(&self, channel: &str) -> ChannelState;

    /// Reads a log and hands every event to `visitor`, until it breaks off.
    ///
    /// Damage does not end the reading: it is counted in the summary.
    fn read_log(&self, log: LogId, order: Order, visitor: &mut dyn LogVisitor) -> LogSummary;
}

/// Whether to read on.
pub type Flow = ControlFlow<()>;
