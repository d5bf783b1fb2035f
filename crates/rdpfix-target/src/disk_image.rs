//! A machine's disk in a file: VHD, VHDX, qcow2 or raw. Only what is asked for is read.

use std::fmt;
use std::path::Path;

use rdpfix_disk::{Disk, DiskError};
use rdpfix_formats::reading::{Reading, Reason};

use crate::files::evtx;
use crate::files::handle::Handle;
use crate::installation::{Installation, LOGS, NtfsVolume};
use crate::log::{
    ChannelState, Completeness, LogArtifact, LogFormat, LogId, LogSummary, LogVisitor, Order,
    channel_of_file_name,
};
use crate::{State, Target, Traffic};

/// A disk with a Windows on it.
pub struct DiskImage {
    label: String,
    disk: Disk,
    installation: Installation,
    logs: Vec<LogArtifact>,
    paths: Vec<String>,
    remarks: Vec<String>,
}

impl fmt::Debug for DiskImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DiskImage({})", self.label)
    }
}

/// Why a file is not a disk with a Windows on it.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The file itself cannot be read.
    #[error("{0}")]
    File(Reason),
    /// The image, its partitions or its file systems.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl DiskImage {
    /// Opens an image, whatever its container, and finds the volume Windows runs from.
    ///
    /// # Errors
    /// [`ImageError`] when it is no readable image, or no volume holds a Windows; the message says what each volume is.
    pub fn open(path: &Path) -> Result<Self, ImageError> {
        let handle = Handle::open(path).map_err(ImageError::File)?;
        let disk = Disk::open(handle)?;
        let windows = disk.windows_volume()?;
        let mut remarks = windows.remarks;
        remarks.extend(disk.remarks().iter().cloned());
        remarks.extend(windows.ntfs.state().warnings());
        let installation = Installation::new(NtfsVolume(windows.ntfs));
        let label = path.display().to_string();
        let mut image = Self {
            label,
            disk,
            installation,
            logs: Vec::new(),
            paths: Vec::new(),
            remarks,
        };
        image.find_logs();
        Ok(image)
    }

    fn find_logs(&mut self) {
        let mut names = match self.installation.tree().names(LOGS) {
            Reading::Present(names) => names,
            Reading::Absent => {
                self.remarks.push(format!("{LOGS}: no such folder"));
                return;
            }
            Reading::Unreadable(reason) => {
                self.remarks.push(format!("{LOGS}: {reason}"));
                return;
            }
        };
        names.retain(|name| name.to_ascii_lowercase().ends_with(".evtx"));
        names.sort();
        for name in names {
            let path = format!(r"{LOGS}\{name}");
            self.logs.push(LogArtifact {
                id: LogId(self.logs.len()),
                path: format!(r"{}:\{path}", self.label),
                format: LogFormat::Evtx,
                channel: channel_of_file_name(&name),
                size: self
                    .installation
                    .tree()
                    .file(&path)
                    .present()
                    .map_or(0, |file| file.size),
            });
            self.paths.push(path);
        }
    }
}

impl Target for DiskImage {
    fn label(&self) -> &str {
        &self.label
    }

    fn completeness(&self) -> Completeness {
        let has_system = self
            .logs
            .iter()
            .any(|log| log.channel.as_deref() == Some("System"));
        if has_system {
            Completeness::WholeMachine
        } else {
            Completeness::SomeLogs
        }
    }

    fn remarks(&self) -> Vec<String> {
        self.remarks
            .iter()
            .cloned()
            .chain(self.installation.remarks())
            .collect()
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.disk.traffic())
    }

    fn state(&self) -> Option<&dyn State> {
        Some(&self.installation)
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
        let Some(path) = self.paths.get(log.0) else {
            return failed(Reason::NotInSource);
        };
        match self.installation.tree().open(path) {
            Reading::Present(bytes) => evtx::read_from(bytes, order, visitor),
            Reading::Absent => failed(Reason::Io("the file is gone".to_owned())),
            Reading::Unreadable(reason) => failed(reason),
        }
    }
}
