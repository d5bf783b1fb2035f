//! A dirty hive: the bytes of before, and logs that hold what changed since.

use crate::regf::base_block::{
    self, BASE_BLOCK_SECTOR, BASE_BLOCK_SIZE, BaseBlock, CHECKSUM_OFFSET,
};
use crate::regf::dirty_vector::{DIRTY_PAGE, VECTOR_MAGIC};
use crate::regf::error::RegfError;
use crate::regf::log_entry::{ENTRY_HASHED, ENTRY_MAGIC};
use crate::regf::marvin32::Marvin32;
use crate::regf::storage::PAGE_SIZE;
use crate::regf::transaction_log::LogFormat;

const SECTOR: usize = 512;
const OLD_LOG: u32 = 1;
const NEW_LOG: u32 = 6;

/// How the logs of a dirty hive are to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSpec {
    /// The format. The old one has one log and no entries.
    pub format: LogFormat,
    /// How many logs the entries are dealt out over: one or two.
    pub logs: usize,
    /// How many entries the changed pages are dealt out over, at most.
    pub entries: usize,
    /// Whether the hive's own base block is lost, as when the machine stopped while it was written.
    pub lose_base_block: bool,
}

impl Default for LogSpec {
    /// One log of the new format with one entry.
    fn default() -> Self {
        Self {
            format: LogFormat::New,
            logs: 1,
            entries: 1,
            lose_base_block: false,
        }
    }
}

/// A dirty hive and its logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirtyHive {
    /// The hive.
    pub primary: Vec<u8>,
    /// Its logs, `.LOG1` first.
    pub logs: Vec<Vec<u8>>,
}

/// The hive `old`, dirty, with logs that make it `new`. Both are the bytes of clean hives.
///
/// # Errors
/// [`RegfError`] when one of them is no hive.
pub fn dirty(old: &[u8], new: &[u8], spec: &LogSpec) -> Result<DirtyHive, RegfError> {
    let base = BaseBlock::parse(old)?;
    BaseBlock::parse(new)?;
    let sequence = base.secondary_sequence;
    let mut primary = old.to_vec();
    put(&mut primary, 4, sequence.wrapping_add(1));
    sum(&mut primary);
    if spec.lose_base_block {
        primary.iter_mut().take(SECTOR).for_each(|byte| *byte = 0);
    }
    let changed = changed_pages(old, new);
    let logs = match spec.format {
        LogFormat::Old => vec![old_log(new, sequence, &changed)],
        LogFormat::New => new_logs(new, sequence, &changed, spec),
    };
    Ok(DirtyHive { primary, logs })
}

/// The pages of the bins in `new` that `old` does not have, by offset from the first bin.
fn changed_pages<'a>(old: &[u8], new: &'a [u8]) -> Vec<(usize, &'a [u8])> {
    let (old, new) = (old.get(BASE_BLOCK_SIZE..), new.get(BASE_BLOCK_SIZE..));
    let mut old = old.unwrap_or_default().chunks(PAGE_SIZE);
    let pages = new.unwrap_or_default().chunks(PAGE_SIZE);
    let pages = (0..).step_by(PAGE_SIZE).zip(pages);
    pages.filter(|(_, page)| old.next() != Some(page)).collect()
}

fn log_base(new: &[u8], sequence: u32, file_type: u32) -> Vec<u8> {
    let mut log = new.get(..BASE_BLOCK_SECTOR).unwrap_or(new).to_vec();
    put(&mut log, 4, sequence);
    put(&mut log, 8, sequence);
    put(&mut log, 28, file_type);
    sum(&mut log);
    log
}

fn new_logs(new: &[u8], first: u32, changed: &[(usize, &[u8])], spec: &LogSpec) -> Vec<Vec<u8>> {
    let bins_size = word(new.len().saturating_sub(BASE_BLOCK_SIZE));
    let per_entry = changed.len().div_ceil(spec.entries.max(1)).max(1);
    let entries: Vec<&[(usize, &[u8])]> = changed.chunks(per_entry).collect();
    let per_log = entries.len().div_ceil(spec.logs.clamp(1, 2)).max(1);
    let mut sequence = first;
    let mut logs = Vec::new();
    for entries in entries.chunks(per_log) {
        let mut log = log_base(new, sequence, NEW_LOG);
        for pages in entries {
            log.extend(log_entry(sequence, bins_size, pages));
            sequence = sequence.wrapping_add(1);
        }
        logs.push(log);
    }
    logs
}

fn log_entry(sequence: u32, bins_size: u32, pages: &[(usize, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (offset, page) in pages {
        body.extend(word(*offset).to_le_bytes());
        body.extend(word(page.len()).to_le_bytes());
    }
    body.extend(pages.iter().flat_map(|(_, page)| *page));
    let header = ENTRY_HASHED.saturating_add(8);
    let size = header.saturating_add(body.len()).next_multiple_of(SECTOR);
    body.resize(size.saturating_sub(header), 0);
    let mut entry = ENTRY_MAGIC.to_vec();
    for word in [word(size), 0, sequence, bins_size, word(pages.len())] {
        entry.extend(word.to_le_bytes());
    }
    entry.extend(Marvin32::hash(&body).to_le_bytes());
    entry.extend(Marvin32::hash(&entry).to_le_bytes());
    entry.extend(body);
    entry
}

fn old_log(new: &[u8], sequence: u32, changed: &[(usize, &[u8])]) -> Vec<u8> {
    let bins_size = new.len().saturating_sub(BASE_BLOCK_SIZE);
    let mut bitmap = vec![0_u8; (bins_size / DIRTY_PAGE).div_ceil(8)];
    for (offset, _) in changed {
        // A page of 4096 bytes is a whole byte of the bitmap.
        if let Some(byte) = bitmap.get_mut(offset / PAGE_SIZE) {
            *byte = 0xFF;
        }
    }
    let mut log = log_base(new, sequence.wrapping_add(1), OLD_LOG);
    log.extend(VECTOR_MAGIC);
    log.extend(bitmap);
    log.resize(log.len().next_multiple_of(SECTOR), 0);
    log.extend(changed.iter().flat_map(|(_, page)| *page));
    log
}

/// Makes the checksums of a hive or a log right, and those of all entries the log has: the oracle would otherwise never get
/// behind them.
pub(crate) fn sum_again(bytes: &mut [u8]) {
    if bytes.len() >= BASE_BLOCK_SECTOR {
        sum(bytes);
    }
    let mut rest = bytes.get_mut(BASE_BLOCK_SECTOR..).unwrap_or_default();
    let header = ENTRY_HASHED.saturating_add(8);
    while let Some(size) = rest.get(4..8).and_then(|size| size.try_into().ok()) {
        let size = usize::try_from(u32::from_le_bytes(size)).unwrap_or(usize::MAX);
        if !rest.starts_with(&ENTRY_MAGIC) || size < header || size > rest.len() {
            return;
        }
        let (entry, behind) = rest.split_at_mut(size);
        let body = Marvin32::hash(entry.get(header..).unwrap_or_default());
        put_hash(entry, 24, body);
        let head = Marvin32::hash(entry.get(..ENTRY_HASHED).unwrap_or_default());
        put_hash(entry, ENTRY_HASHED, head);
        rest = behind;
    }
}

fn put_hash(bytes: &mut [u8], at: usize, hash: u64) {
    if let Some(target) = bytes.get_mut(at..at.saturating_add(8)) {
        target.copy_from_slice(&hash.to_le_bytes());
    }
}

fn put(bytes: &mut [u8], at: usize, number: u32) {
    if let Some(target) = bytes.get_mut(at..at.saturating_add(4)) {
        target.copy_from_slice(&number.to_le_bytes());
    }
}

/// Corrects the checksum of a base block.
fn sum(bytes: &mut [u8]) {
    let sum = base_block::checksum(bytes);
    put(bytes, CHECKSUM_OFFSET, sum);
}

/// What was a hive's offset or size fits its field.
fn word(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
