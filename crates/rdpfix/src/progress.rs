//! A progress bar for anything that takes over a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rdpfix_diagnose::evidence::Progress;
use rdpfix_target::{LogArtifact, Target};

/// How long to wait before anything is drawn: what is quicker needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Draws how much of the logs was read, on standard error, when that is a terminal.
pub(crate) struct Bar {
    bar: ProgressBar,
    started: Instant,
    waiting: bool,
    /// Bytes of the logs before the one being read.
    before: u64,
    /// Size of the log being read.
    size: u64,
}

impl Bar {
    /// For the logs of `target`.
    #[expect(clippy::disallowed_methods, reason = "the binary measures time")]
    pub(crate) fn new(target: &dyn Target, quiet: bool) -> Self {
        let total = target.logs().iter().map(|log| log.size).sum();
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("[{bar:30}] {bytes}/{total_bytes} {wide_msg}");
        bar.set_style(
            style
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> "),
        );
        Self {
            bar,
            started: Instant::now(),
            waiting: !quiet,
            before: 0,
            size: 0,
        }
    }

    fn at(&mut self, bytes: u64) {
        if self.waiting && self.started.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.waiting = false;
        }
        self.bar.set_position(self.before.saturating_add(bytes));
    }

    /// Takes the bar away, so that it does not stay above the report.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn log(&mut self, log: &LogArtifact) {
        self.before = self.before.saturating_add(self.size);
        self.size = log.size;
        self.bar.set_message(log.path.clone());
        self.at(0);
    }

    fn bytes(&mut self, bytes: u64) {
        self.at(bytes);
    }
}
