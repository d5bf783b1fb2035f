//! The bytes of one stream of a file, read where they lie: in the record, in runs of clusters, or in compressed units.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rdpfix_formats::read_at::ReadAt;

use super::attribute::{Attribute, FLAG_COMPRESSED, FLAG_ENCRYPTED};
use super::lznt1;
use super::runs::Layout;
use crate::error::ReadError;
use crate::number::{at_most, index};
use crate::source::{Shared, fill, structure};

/// Windows compresses 16 clusters of at most 4 KiB together.
const MAX_UNIT: u64 = 1 << 20;

/// One stream of a file. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Stream(Arc<Body>);

#[derive(Debug)]
enum Body {
    Resident(Vec<u8>),
    Runs(Runs),
    Compressed(Compressed),
}

#[derive(Debug)]
struct Runs {
    volume: Shared,
    cluster_size: u64,
    layout: Layout,
}

#[derive(Debug)]
struct Compressed {
    runs: Runs,
    unit_clusters: u64,
    /// The unit unpacked last: it is larger than most reads.
    last: Mutex<Option<(u64, Arc<[u8]>)>>,
}

impl Stream {
    pub(super) fn resident(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Body::Resident(bytes)))
    }

    /// `offset` is where the attribute stands in `$MFT`, for errors.
    pub(super) fn non_resident(
        volume: Shared,
        cluster_size: u64,
        layout: Layout,
        offset: u64,
    ) -> Result<Self, ReadError> {
        if layout.flags & FLAG_ENCRYPTED != 0 {
            return Err(ReadError::unsupported(
                "file encrypted by EFS",
                offset,
                "it can be read only in Windows, by the user whose key encrypted it",
            ));
        }
        let compressed = layout.flags & FLAG_COMPRESSED != 0 && layout.compression_unit != 0;
        let runs = Runs {
            volume,
            cluster_size,
            layout,
        };
        if !compressed {
            return Ok(Self(Arc::new(Body::Runs(runs))));
        }
        let unit_clusters = 1_u64.checked_shl(runs.layout.compression_unit.into());
        let unit_clusters = unit_clusters
            .filter(|clusters| clusters.saturating_mul(cluster_size) <= MAX_UNIT)
            .ok_or_else(|| {
                ReadError::unexpected(
                    "compression unit",
                    offset.saturating_add(34),
                    "a unit of at most 1 MiB",
                    runs.layout.compression_unit.into(),
                )
            })?;
        Ok(Self(Arc::new(Body::Compressed(Compressed {
            runs,
            unit_clusters,
            last: Mutex::default(),
        }))))
    }

    /// Adds the next part of the value. Only for a stream that was not shared yet: `$MFT`, while its parts are found.
    pub(super) fn extend(&mut self, part: &Attribute<'_>) -> Result<(), ReadError> {
        match Arc::get_mut(&mut self.0) {
            Some(Body::Runs(runs)) => runs.layout.add(part),
            _ => Err(ReadError::unexpected(
                "$DATA of $MFT",
                part.offset,
                "a value that is neither resident nor compressed",
                part.first_cluster(),
            )),
        }
    }

    /// Where the bytes lie on the volume, as (offset in the stream, length, offset in the volume), all in bytes: what
    /// a writer of whole sectors in place must know. Nothing when the bytes do not lie there as they are: in the file's
    /// record, compressed, sparse, or beyond what was ever written.
    pub fn extents(&self) -> Option<Vec<(u64, u64, u64)>> {
        let Body::Runs(runs) = &*self.0 else {
            return None;
        };
        if runs.layout.initialised < runs.layout.size {
            return None;
        }
        let bytes = |clusters: u64| clusters.checked_mul(runs.cluster_size);
        let extents = runs.layout.runs.iter().map(|run| {
            let at = run.volume_cluster?;
            Some((bytes(run.value_cluster)?, bytes(run.length)?, bytes(at)?))
        });
        extents.collect()
    }

    /// All bytes, for what is small by nature.
    pub(super) fn whole(&self, limit: u64, what: &'static str) -> Result<Vec<u8>, ReadError> {
        if self.len() > limit {
            return Err(ReadError::too_much(what, 0, limit));
        }
        structure(self, 0, index(self.len()), what)
    }
}

impl Runs {
    /// Reads within one run, or zeros of a hole. `buf` does not reach beyond the written bytes.
    fn read(&self, offset: u64, buf: &mut [u8]) -> Result<usize, ReadError> {
        let cluster = offset / self.cluster_size;
        let Some(run) = self.layout.run(cluster) else {
            return Err(ReadError::unexpected(
                "runs of a stream",
                offset,
                "clusters up to its written size",
                self.layout.clusters,
            ));
        };
        let inside = offset.saturating_sub(run.value_cluster.saturating_mul(self.cluster_size));
        let rest = run
            .length
            .saturating_mul(self.cluster_size)
            .saturating_sub(inside);
        let count = at_most(buf.len(), rest);
        let part = buf.get_mut(..count).unwrap_or_default();
        match run.volume_cluster {
            None => part.fill(0),
            Some(start) => {
                let at = start
                    .saturating_mul(self.cluster_size)
                    .saturating_add(inside);
                fill(&self.volume, at, part, "clusters of a stream")?;
            }
        }
        Ok(count)
    }

    /// How many clusters of the unit that begins at `first` are stored, and whether all of them are.
    fn stored(&self, first: u64, clusters: u64) -> (u64, bool) {
        let end = first.saturating_add(clusters);
        let mut at = first;
        while at < end {
            match self.layout.run(at) {
                Some(run) if run.volume_cluster.is_some() => {
                    at = run.value_cluster.saturating_add(run.length);
                }
                Some(_) => return (at.saturating_sub(first), false),
                // The runs end: what is there is stored as it is.
                None => return (at.saturating_sub(first), at > first),
            }
        }
        (clusters, true)
    }
}

impl Compressed {
    fn read(&self, offset: u64, buf: &mut [u8]) -> Result<usize, ReadError> {
        let unit_size = self.unit_clusters.saturating_mul(self.runs.cluster_size);
        let first = (offset / unit_size).saturating_mul(self.unit_clusters);
        let inside = offset % unit_size;
        let count = at_most(buf.len(), unit_size.saturating_sub(inside));
        let part = buf.get_mut(..count).unwrap_or_default();
        match self.runs.stored(first, self.unit_clusters) {
            (0, _) => {
                part.fill(0);
                Ok(count)
            }
            (_, true) => self.runs.read(offset, part),
            (stored, false) => {
                let unit = self.unpacked(first, stored, index(unit_size))?;
                fill(&*unit, inside, part, "unpacked unit of a stream")?;
                Ok(count)
            }
        }
    }

    fn unpacked(&self, first: u64, stored: u64, size: usize) -> Result<Arc<[u8]>, ReadError> {
        let last = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, unit)) = last().as_ref().filter(|(of, _)| *of == first) {
            return Ok(Arc::clone(unit));
        }
        let offset = first.saturating_mul(self.runs.cluster_size);
        let mut packed = vec![0; index(stored.saturating_mul(self.runs.cluster_size))];
        let mut filled = 0;
        while let Some(rest) = packed.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(crate::number::wide(filled));
            filled = filled.saturating_add(self.runs.read(at, rest)?);
        }
        let unit: Arc<[u8]> = lznt1::decompress(&packed, size, offset)?.into();
        *last() = Some((first, Arc::clone(&unit)));
        Ok(unit)
    }
}

impl ReadAt for Stream {
    fn len(&self) -> u64 {
        match &*self.0 {
            Body::Resident(bytes) => ReadAt::len(bytes),
            Body::Runs(runs) => runs.layout.size,
            Body::Compressed(compressed) => compressed.runs.layout.size,
        }
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let (layout, runs, compressed) = match &*self.0 {
            Body::Resident(bytes) => return bytes.read_at(offset, buf),
            Body::Runs(runs) => (&runs.layout, runs, None),
            Body::Compressed(compressed) => {
                (&compressed.runs.layout, &compressed.runs, Some(compressed))
            }
        };
        let count = at_most(buf.len(), layout.size.saturating_sub(offset));
        let written = at_most(count, layout.initialised.saturating_sub(offset));
        let part = buf.get_mut(..if written == 0 { count } else { written });
        let part = part.unwrap_or_default();
        if written == 0 {
            part.fill(0);
            return Ok(count);
        }
        Ok(match compressed {
            Some(compressed) => compressed.read(offset, part)?,
            None => runs.read(offset, part)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::runs::Run;
    use super::*;

    /// Clusters of 4 bytes: two of the volume from 10 on, a hole, one of the volume at 3.
    fn stream(flags: u16, unit: u8, initialised: u64) -> Result<Stream, ReadError> {
        let run = |value_cluster, length, volume_cluster| Run {
            value_cluster,
            length,
            volume_cluster,
        };
        let layout = Layout {
            runs: vec![run(0, 2, Some(10)), run(2, 1, None), run(3, 1, Some(3))],
            clusters: 4,
            size: 15,
            initialised,
            flags,
            compression_unit: unit,
        };
        let volume: Vec<u8> = (0..64).collect();
        Stream::non_resident(Shared::new(volume), 4, layout, 0)
    }

    fn all(stream: &Stream) -> Vec<u8> {
        stream.whole(100, "test").unwrap()
    }

    #[test]
    fn runs_holes_and_what_was_never_written() {
        let whole = [40, 41, 42, 43, 44, 45, 46, 47, 0, 0, 0, 0, 12, 13, 14];
        assert_eq!(all(&stream(0, 0, 15).unwrap()), whole);
        assert_eq!(all(&stream(0, 0, 13).unwrap())[11..], [0, 12, 0, 0]);
        assert_eq!(all(&stream(0, 0, 0).unwrap()), [0; 15]);
        assert_eq!(all(&stream(0, 0, u64::MAX).unwrap()), whole);
        assert_eq!(stream(0, 0, 15).unwrap().read_at(15, &mut [0]).unwrap(), 0);
    }

    #[test]
    fn units_stored_whole_are_not_unpacked() {
        // The first unit is whole, the second begins with a hole: nothing of it is stored.
        let unpacked = all(&stream(1, 1, 15).unwrap());
        assert_eq!(
            unpacked,
            [40, 41, 42, 43, 44, 45, 46, 47, 0, 0, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn encrypted_files_and_absurd_units_are_refused() {
        let error = stream(FLAG_ENCRYPTED, 0, 15).unwrap_err().to_string();
        assert!(error.contains("encrypted by EFS"), "{error}");
        assert!(stream(1, 60, 15).is_err());
        assert!(stream(1, 70, 15).is_err());
    }

    #[test]
    fn runs_that_end_early_are_an_error() {
        let layout = Layout {
            size: 10,
            initialised: 10,
            ..Layout::default()
        };
        let stream = Stream::non_resident(Shared::new(vec![0; 64]), 4, layout, 0).unwrap();
        let error = stream.read_full_at(4, &mut [0; 2]).unwrap_err().to_string();
        assert!(
            error.starts_with("runs of a stream at offset 0x4"),
            "{error}"
        );
        assert!(stream.whole(5, "small").is_err());
    }

    #[test]
    fn extents_are_only_for_bytes_that_lie_as_they_are() {
        assert_eq!(stream(0, 0, 15).unwrap().extents(), None);
        assert_eq!(stream(0, 0, 3).unwrap().extents(), None);
        assert_eq!(Stream::resident(vec![1]).extents(), None);
    }
}
