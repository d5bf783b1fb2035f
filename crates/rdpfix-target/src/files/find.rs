//! Which files are event logs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rdpfix_formats::event::sniff::Kind;
use rdpfix_formats::event::{text, xml};
use rdpfix_formats::evtx::Log;
use rdpfix_formats::reading::Reason;

use super::handle::{Handle, Sequential, reason};
use crate::log::{Completeness, LogFormat, channel_of_file_name};

/// How deep folders are searched.
const MAX_DEPTH: usize = 32;

/// A file that is a log, or that was named as one and is not.
#[derive(Debug)]
pub(super) struct FoundLog {
    pub(super) path: PathBuf,
    pub(super) shown: String,
    pub(super) format: LogFormat,
    pub(super) channel: Option<String>,
    pub(super) size: u64,
    pub(super) failure: Option<Reason>,
}

/// What was found below the sources.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) logs: Vec<FoundLog>,
    pub(super) problems: Vec<String>,
    pub(super) completeness: Completeness,
}

pub(super) fn find(sources: &[PathBuf]) -> Found {
    let mut search = Search::default();
    for source in sources {
        search.source(source);
    }
    search.logs.sort_by(|a, b| a.shown.cmp(&b.shown));
    let whole = search.log_folders.len() == 1 && !search.outside_log_folder;
    Found {
        logs: search.logs,
        problems: search.problems,
        completeness: if whole {
            Completeness::WholeMachine
        } else {
            Completeness::SomeLogs
        },
    }
}

#[derive(Default)]
struct Search {
    logs: Vec<FoundLog>,
    problems: Vec<String>,
    /// Folders laid out as Windows lays out its logs.
    log_folders: BTreeSet<PathBuf>,
    outside_log_folder: bool,
    seen: BTreeSet<PathBuf>,
}

impl Search {
    fn source(&mut self, source: &Path) {
        let metadata = match fs::metadata(source) {
            Ok(metadata) => metadata,
            Err(error) => {
                self.failed(source, reason(&error));
                return;
            }
        };
        if metadata.is_dir() {
            let before = self.logs.len();
            let root = windows_log_folder(source).unwrap_or_else(|| source.to_owned());
            self.folder(&root, 0);
            if self.logs.len() == before {
                let what = "no event log in this folder or below it: expected .evtx files, or XML or text exports of events";
                self.problems.push(format!("{}: {what}", source.display()));
            }
        } else if metadata.is_file() {
            self.file(source, metadata.len(), true);
        } else {
            let what = "neither a file nor a folder (a pipe, a device or a socket): copy its content into a file first";
            self.failed(source, Reason::Unsupported(what.to_owned()));
        }
    }

    fn failed(&mut self, path: &Path, failure: Reason) {
        self.logs.push(FoundLog {
            path: path.to_owned(),
            shown: path.display().to_string(),
            format: LogFormat::Evtx,
            channel: None,
            size: 0,
            failure: Some(failure),
        });
    }

    fn folder(&mut self, folder: &Path, depth: usize) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.failed(folder, reason(&error));
                return;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            // Links are not followed: a folder copied from a live system links back into itself.
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() && depth < MAX_DEPTH {
                self.folder(&path, depth + 1);
            } else if kind.is_file() {
                let size = entry.metadata().map_or(0, |metadata| metadata.len());
                self.file(&path, size, false);
            }
        }
    }

    /// Takes a file that is a log. One that is none is passed over in a folder, and a problem when it was named.
    fn file(&mut self, path: &Path, size: u64, named: bool) {
        let canonical = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(canonical.clone()) {
            return;
        }
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let claims_to_be_log = named || name.to_ascii_lowercase().ends_with(".evtx");
        let format = match recognise(path) {
            Ok(format) => format,
            Err(_) if !claims_to_be_log => return,
            Err(failure) => {
                self.failed(path, failure);
                return;
            }
        };
        self.place(canonical.parent());
        self.logs.push(FoundLog {
            path: path.to_owned(),
            shown: path.display().to_string(),
            format,
            channel: channel_of_file_name(&name),
            size,
            failure: None,
        });
    }

    /// Notes where a log lies. A folder is looked at once, not once for each of its logs; after one log elsewhere nothing is whole any more.
    fn place(&mut self, folder: Option<&Path>) {
        if self.outside_log_folder {
            return;
        }
        match folder {
            Some(folder) if self.log_folders.contains(folder) => {}
            Some(folder) if is_windows_log_folder(folder) => {
                self.log_folders.insert(folder.to_owned());
            }
            _ => self.outside_log_folder = true,
        }
    }
}

/// What the file is, by its content. An export without a single event is no log.
fn recognise(path: &Path) -> Result<LogFormat, Reason> {
    let handle = Handle::open(path)?;
    let is_named_evtx = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("evtx"));
    let not_a_log = |what: &str| {
        Err(Reason::Unsupported(format!(
            "this is {what}, not an event log"
        )))
    };
    match handle.sniff()? {
        None => not_a_log("an empty file"),
        Some(Kind::Evtx) => Ok(LogFormat::Evtx),
        // A log whose first block is lost may still hold its chunks: the decoder decides.
        Some(_) if is_named_evtx => match Log::open(&handle) {
            Ok(_) => Ok(LogFormat::Evtx),
            Err(error) => Err(Reason::Damaged(error.to_string())),
        },
        Some(Kind::Xml(_)) => match xml::events(Sequential::new(handle)).next() {
            Some(_) => Ok(LogFormat::Xml),
            None => not_a_log("XML without an <Event> element"),
        },
        Some(Kind::Text(_)) => match text::read(Sequential::new(handle)) {
            Ok(_) => Ok(LogFormat::Text),
            Err(error) => Err(Reason::Unsupported(error.to_string())),
        },
        Some(Kind::Other(what)) => not_a_log(what),
    }
}

/// `Windows\System32\winevt\Logs` below a mounted system disk, so that the rest of the disk is not searched.
fn windows_log_folder(root: &Path) -> Option<PathBuf> {
    let mut folder = root.to_owned();
    for part in ["Windows", "System32", "winevt", "Logs"] {
        folder = child_folder(&folder, part)?;
    }
    Some(folder)
}

fn child_folder(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let named = |entry: &fs::DirEntry| {
        entry
            .file_name()
            .to_string_lossy()
            .eq_ignore_ascii_case(name)
    };
    let found = entries
        .flatten()
        .find(|entry| named(entry) && entry.path().is_dir());
    found.map(|entry| entry.path())
}

/// Whether the folder is where Windows keeps its logs, and whole: somebody who copied one log only would not have copied these two.
fn is_windows_log_folder(folder: &Path) -> bool {
    let mut parts = folder.iter().rev().map(|part| part.to_string_lossy());
    let is = |part: Option<std::borrow::Cow<'_, str>>, name: &str| {
        part.is_some_and(|part| part.eq_ignore_ascii_case(name))
    };
    is(parts.next(), "Logs")
        && is(parts.next(), "winevt")
        && holds(folder, "System.evtx")
        && holds(folder, "Application.evtx")
}

fn holds(folder: &Path, wanted: &str) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().eq_ignore_ascii_case(wanted))
}
