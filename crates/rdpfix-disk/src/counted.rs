//! How much was asked of a source: for a disk behind HTTP, each read is a request and each byte is paid for.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rdpfix_formats::read_at::ReadAt;

use crate::number::wide;

/// What was read so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// How many reads the source was asked for.
    pub reads: u64,
    /// How many bytes it gave.
    pub bytes: u64,
}

/// The running count of a [`Counted`] source, readable after the source was given away.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    reads: AtomicU64,
    bytes: AtomicU64,
}

impl Counter {
    /// What was read up to now.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            reads: self.0.reads.load(Ordering::Relaxed),
            bytes: self.0.bytes.load(Ordering::Relaxed),
        }
    }
}

/// A source whose reads are counted.
#[derive(Debug)]
pub struct Counted<R> {
    source: R,
    counter: Counter,
}

impl<R: ReadAt> Counted<R> {
    /// Counts the reads of `source` from now on.
    pub fn new(source: R) -> Self {
        Self {
            source,
            counter: Counter::default(),
        }
    }

    /// The count, to be kept elsewhere.
    pub fn counter(&self) -> Counter {
        self.counter.clone()
    }
}

impl<R: ReadAt> ReadAt for Counted<R> {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.counter.0.reads.fetch_add(1, Ordering::Relaxed);
        let count = self.source.read_at(offset, buf)?;
        self.counter
            .0
            .bytes
            .fetch_add(wide(count), Ordering::Relaxed);
        Ok(count)
    }
}
