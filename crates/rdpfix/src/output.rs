//! Where reports and complaints go.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use crate::cli::Common;
use crate::exit::ExitStatus;

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The message says what and what to do.
    Told(anyhow::Error),
    /// The reader of our output went away, as `head` does. Nothing to say.
    OutputClosed,
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Told(error)
    }
}

/// Prints why, and gives the exit status.
pub(crate) fn complain(failure: &Failure) -> ExitStatus {
    match failure {
        Failure::OutputClosed => ExitStatus::Success,
        Failure::Told(error) => {
            remark(&format!("rdpfix: {error:#}"));
            ExitStatus::Failure
        }
    }
}

/// One line on standard error.
pub(crate) fn remark(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// The report's destination: the file of `--output`, or standard output.
pub(crate) struct Output {
    sink: Box<dyn Write>,
    file: Option<PathBuf>,
}

impl Output {
    pub(crate) fn open(common: &Common) -> Result<Self, Failure> {
        let Some(path) = &common.output else {
            let sink: Box<dyn Write> = Box::new(BufWriter::new(anstream::stdout()));
            return Ok(Self { sink, file: None });
        };
        let file = File::create(path)
            .map_err(|error| anyhow::anyhow!("cannot write {}: {error}", path.display()))?;
        let plain = BufWriter::new(anstream::StripStream::new(file));
        Ok(Self {
            sink: Box::new(plain),
            file: Some(path.clone()),
        })
    }

    /// Writes text.
    pub(crate) fn write(&mut self, text: &str) -> Result<(), Failure> {
        let written = self.sink.write_all(text.as_bytes());
        written.map_err(|error| self.failure(&error))
    }

    /// Writes what is still held back. A report that is not on the disk must not look like one that is.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let flushed = self.sink.flush();
        flushed.map_err(|error| self.failure(&error))
    }

    fn failure(&self, error: &io::Error) -> Failure {
        match &self.file {
            Some(path) => {
                Failure::Told(anyhow::anyhow!("cannot write {}: {error}", path.display()))
            }
            None if error.kind() == io::ErrorKind::BrokenPipe => Failure::OutputClosed,
            None => Failure::Told(anyhow::anyhow!("cannot write to standard output: {error}")),
        }
    }
}
