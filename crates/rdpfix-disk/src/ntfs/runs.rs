//! Runs: which clusters of the volume hold which clusters of a value.
//!
//! Linux-NTFS documentation, "Data Runs": each pair is one byte with two lengths, the count of clusters, and the distance
//! of the first from that of the run before, signed; without a distance the run is a hole.

use super::attribute::{Attribute, Form, NonResident};
use crate::error::ReadError;
use crate::number::wide;

/// A file in more pieces than this was not made by Windows: an attribute list has at most 256 KiB.
const MAX_RUNS: usize = 1 << 20;

/// Clusters that lie together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// First cluster of the value.
    pub(super) value_cluster: u64,
    /// How many clusters; at least one.
    pub(super) length: u64,
    /// First cluster of the volume; none for a hole.
    pub(super) volume_cluster: Option<u64>,
}

/// Where a value that is not in its record lies, put together from all its parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub(super) runs: Vec<Run>,
    /// Clusters that the runs cover, from zero on.
    pub(super) clusters: u64,
    pub(super) size: u64,
    pub(super) initialised: u64,
    pub(super) flags: u16,
    pub(super) compression_unit: u8,
}

impl Layout {
    /// Adds the next part. Parts come in order and leave nothing out.
    pub(super) fn add(&mut self, attribute: &Attribute<'_>) -> Result<(), ReadError> {
        let Form::NonResident(part) = &attribute.form else {
            return Err(ReadError::unexpected(
                "attribute form",
                attribute.offset.saturating_add(8),
                "a part of a value that is not in its record",
                0,
            ));
        };
        if part.first != self.clusters {
            return Err(ReadError::Mismatch {
                what: "first cluster of a part of an attribute",
                offset: attribute.offset.saturating_add(16),
                expected: self.clusters,
                found: part.first,
            });
        }
        if part.first == 0 {
            self.size = part.size;
            self.initialised = part.initialised;
            self.flags = attribute.flags;
            self.compression_unit = part.compression_unit;
        }
        self.decode(part)?;
        // An empty value has no clusters, and its last one is -1.
        if part.last.wrapping_add(1) != self.clusters {
            return Err(ReadError::Mismatch {
                what: "last cluster of a part of an attribute",
                offset: attribute.offset.saturating_add(24),
                expected: self.clusters.wrapping_sub(1),
                found: part.last,
            });
        }
        Ok(())
    }

    fn decode(&mut self, part: &NonResident<'_>) -> Result<(), ReadError> {
        let mut pairs = part.pairs.iter().copied();
        let mut volume_cluster = 0_i64;
        loop {
            let left = pairs.len();
            let at = wide(part.pairs.len().saturating_sub(left)).saturating_add(part.pairs_offset);
            let Some(lengths) = pairs.next().filter(|lengths| *lengths != 0) else {
                return Ok(());
            };
            let damaged = |expected, found| ReadError::unexpected("run list", at, expected, found);
            let (count, distance) = (lengths & 0x0F, lengths >> 4);
            if !(1..=8).contains(&count) || distance > 8 {
                return Err(damaged("lengths from 1 to 8 bytes", lengths.into()));
            }
            let length = number(&mut pairs, count)
                .filter(|length| *length > 0)
                .and_then(|length| u64::try_from(length).ok())
                .ok_or_else(|| damaged("a run of at least one cluster", lengths.into()))?;
            let start = if distance == 0 {
                None
            } else {
                let distance = number(&mut pairs, distance)
                    .ok_or_else(|| damaged("a distance", lengths.into()))?;
                volume_cluster = volume_cluster.saturating_add(distance);
                let start = u64::try_from(volume_cluster)
                    .map_err(|_| damaged("a cluster that is not negative", lengths.into()))?;
                Some(start)
            };
            if self.runs.len() >= MAX_RUNS {
                return Err(ReadError::too_much(
                    "runs of an attribute",
                    at,
                    wide(MAX_RUNS),
                ));
            }
            self.runs.push(Run {
                value_cluster: self.clusters,
                length,
                volume_cluster: start,
            });
            self.clusters = self.clusters.saturating_add(length);
        }
    }

    /// The run that holds a cluster of the value.
    pub(super) fn run(&self, cluster: u64) -> Option<Run> {
        let after = self
            .runs
            .partition_point(|run| run.value_cluster <= cluster);
        let run = *self.runs.get(after.checked_sub(1)?)?;
        (cluster < run.value_cluster.saturating_add(run.length)).then_some(run)
    }
}

/// A signed little-endian number of `length` bytes, 1 to 8.
fn number(bytes: &mut impl Iterator<Item = u8>, length: u8) -> Option<i64> {
    let mut raw = [0; 8];
    let mut last = 0;
    for slot in raw.iter_mut().take(usize::from(length)) {
        last = bytes.next()?;
        *slot = last;
    }
    if last & 0x80 != 0 {
        for slot in raw.iter_mut().skip(usize::from(length)) {
            *slot = 0xFF;
        }
    }
    Some(i64::from_le_bytes(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(first: u64, last: u64, pairs: &[u8]) -> Result<Layout, ReadError> {
        let mut layout = Layout::default();
        layout.add(&Attribute {
            kind: 0x80,
            name: Vec::new(),
            flags: 0,
            offset: 0x100,
            form: Form::NonResident(NonResident {
                first,
                last,
                compression_unit: 0,
                size: 0,
                initialised: 0,
                pairs,
                pairs_offset: 0x140,
            }),
        })?;
        Ok(layout)
    }

    #[test]
    fn runs_forward_backward_and_holes() {
        let layout = layout(
            0,
            0x13A + 0x20 - 1,
            &[
                0x32, 0x38, 0x01, 0x73, 0x25, 0x34, 0x01, 0x20, 0x11, 0x02, 0xFF, 0,
            ],
        )
        .unwrap();
        let starts: Vec<_> = layout.runs.iter().map(|run| run.volume_cluster).collect();
        assert_eq!(starts, [Some(0x342573), None, Some(0x342572)]);
        assert_eq!(layout.run(0x137).unwrap().value_cluster, 0);
        assert_eq!(layout.run(0x138).unwrap().volume_cluster, None);
        assert_eq!(layout.run(0x159).unwrap().length, 2);
        assert!(layout.run(0x15A).is_none());
    }

    #[test]
    fn an_empty_value_has_no_runs() {
        assert!(layout(0, u64::MAX, &[0]).unwrap().runs.is_empty());
    }

    #[test]
    fn damage_is_refused() {
        for pairs in [
            &[0x10, 0x05][..],
            &[0x11, 0x00, 0x05],
            &[0x11, 0x01, 0x85],
            &[0x91, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0x14, 0x01],
            &[0x11, 0x02, 0x05, 0],
        ] {
            assert!(layout(0, 0, pairs).is_err(), "{pairs:x?}");
        }
        assert!(layout(5, 5, &[0x11, 0x01, 0x05, 0]).is_err());
    }
}
