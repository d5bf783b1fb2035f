//! Event logs in files and folders.

pub(crate) mod evtx;
mod export;
mod find;
pub(crate) mod handle;

use std::fmt;
use std::path::PathBuf;

use rdpfix_formats::reading::Reason;

use self::find::Found;
use crate::installation::{CONFIG, FileTree, FlatHeap, HostFolder, Installation};
use crate::log::{
    ChannelState, Completeness, LogArtifact, LogFormat, LogId, LogSummary, LogVisitor, Order,
};
use crate::{State, Target};

/// Logs somebody copied or exported: any mix of `.evtx`, XML and text files and of folders that hold them.
#[derive(Debug)]
pub struct FilesTarget {
    label: String,
    logs: Vec<LogArtifact>,
    paths: Vec<PathBuf>,
    failures: Vec<Option<Reason>>,
    /// Sources in which there was nothing, one message each.
    empty_sources: Vec<String>,
    completeness: Completeness,
    /// The registry and files around the logs, when a whole Windows folder was given.
    installation: Option<Installation>,
}

/// None of the paths given holds anything to diagnose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenError {
    /// What is wrong with each, and what to do.
    pub problems: Vec<String>,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for OpenError {}

impl FilesTarget {
    /// Opens files and folders; folders are searched to the bottom, and what they hold is recognised by content.
    ///
    /// # Errors
    /// [`OpenError`] when there is neither an event log nor a registry hive.
    pub fn open(sources: &[PathBuf]) -> Result<Self, OpenError> {
        let Found {
            logs,
            mut problems,
            completeness,
        } = find::find(sources);
        let installation = installation(sources);
        let usable = logs.iter().any(|log| log.failure.is_none());
        if !usable && installation.is_none() {
            problems.extend(
                logs.iter()
                    .filter_map(|log| Some(format!("{}: {}", log.shown, log.failure.as_ref()?))),
            );
            return Err(OpenError { problems });
        }
        let label: Vec<_> = sources
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let mut target = Self {
            label: label.join(", "),
            logs: Vec::new(),
            paths: Vec::new(),
            failures: Vec::new(),
            empty_sources: problems,
            completeness,
            installation,
        };
        for log in logs {
            target.logs.push(LogArtifact {
                id: LogId(target.logs.len()),
                path: log.shown,
                format: log.format,
                channel: log.channel,
                size: log.size,
            });
            target.paths.push(log.path);
            target.failures.push(log.failure);
        }
        Ok(target)
    }

    /// The sources that could not be opened, beside those that could; each says why and what to do.
    pub fn problems(&self) -> impl Iterator<Item = String> {
        let logs = self.logs.iter().zip(&self.failures);
        let failed =
            logs.filter_map(|(log, failure)| Some(format!("{}: {}", log.path, failure.as_ref()?)));
        self.empty_sources.iter().cloned().chain(failed)
    }
}

/// The Windows whose folder is the only source.
fn installation(sources: &[PathBuf]) -> Option<Installation> {
    let [root] = sources else { return None };
    let tree = HostFolder::new(root);
    if tree.names(CONFIG).is_present() {
        return Some(Installation::new(tree));
    }
    FlatHeap::find(root).map(Installation::new)
}

impl Target for FilesTarget {
    fn label(&self) -> &str {
        &self.label
    }

    fn remarks(&self) -> Vec<String> {
        self.installation
            .as_ref()
            .map(Installation::remarks)
            .unwrap_or_default()
    }

    fn state(&self) -> Option<&dyn State> {
        self.installation
            .as_ref()
            .map(|installation| installation as &dyn State)
    }

    fn completeness(&self) -> Completeness {
        self.completeness
    }

    fn logs(&self) -> &[LogArtifact] {
        &self.logs
    }

    fn channel_state(&self, _channel: &str) -> ChannelState {
        ChannelState::Unknown(Reason::NotInSource)
    }

    fn read_log(&self, log: LogId, order: Order, visitor: &mut dyn LogVisitor) -> LogSummary {
        let failed = |reason| LogSummary {
            unreadable: Some(reason),
            ..LogSummary::default()
        };
        let (Some(artifact), Some(path), Some(failure)) = (
            self.logs.get(log.0),
            self.paths.get(log.0),
            self.failures.get(log.0),
        ) else {
            return failed(Reason::NotInSource);
        };
        if let Some(reason) = failure {
            return failed(reason.clone());
        }
        match artifact.format {
            LogFormat::Evtx => evtx::read(path, order, visitor),
            LogFormat::Xml => export::read_xml(path, order, visitor),
            LogFormat::Text => export::read_text(path, order, visitor),
        }
    }
}
