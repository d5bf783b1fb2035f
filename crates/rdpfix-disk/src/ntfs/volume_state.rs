//! In what state Windows left a volume: whether its journal is clean, whether it is hibernated, whether it is marked dirty.
//!
//! Linux-NTFS documentation, "$LogFile" and "$Volume". What is on such a volume can be older than what Windows would show.

use rdpfix_formats::cursor::Cursor;
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reading;

use super::stream::Stream;
use crate::error::ReadError;
use crate::number::index;

const FLAG_DIRTY: u16 = 1;
const CLEAN_DISMOUNT: u16 = 2;
const NO_CLIENT: u16 = 0xFFFF;
const MAX_PAGE: u32 = 64 << 10;

/// What the journal, `$LogFile`, says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Journal {
    /// The volume was closed in order.
    Clean,
    /// Nothing was logged yet, or a checking program emptied it.
    Empty,
    /// Changes are in the journal only: the machine was running, crashed, or was saved with Fast Startup.
    Unclean,
}

/// The state of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeState {
    /// The volume's label.
    pub label: Reading<String>,
    /// The version of NTFS, 3.1 since Windows XP.
    pub version: Reading<(u8, u8)>,
    /// Whether Windows wants the volume checked.
    pub dirty: Reading<bool>,
    /// The journal.
    pub journal: Reading<Journal>,
    /// Whether `hiberfil.sys` holds a machine that is to be woken.
    pub hibernated: Reading<bool>,
}

impl VolumeState {
    /// What a person should know before trusting or writing to the volume. Empty when all is well.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.journal == Reading::Present(Journal::Unclean) {
            warnings.push(
                "the NTFS journal is not clean: the volume was in use when it was copied, and its last changes may be missing".to_owned(),
            );
        }
        if self.hibernated == Reading::Present(true) {
            warnings.push(
                "Windows is hibernated on the volume: files can be older than what the machine had in memory".to_owned(),
            );
        }
        if self.dirty == Reading::Present(true) {
            warnings.push(
                "the volume is marked dirty: Windows will check it at the next start".to_owned(),
            );
        }
        let unreadable = [
            ("journal", reason(&self.journal)),
            ("hibernation file", reason(&self.hibernated)),
            ("dirty mark", reason(&self.dirty)),
        ];
        for (what, reason) in unreadable {
            if let Some(reason) = reason {
                warnings.push(format!("the {what} cannot be read: {reason}"));
            }
        }
        warnings
    }
}

fn reason<T>(reading: &Reading<T>) -> Option<String> {
    match reading {
        Reading::Unreadable(reason) => Some(reason.to_string()),
        Reading::Present(_) | Reading::Absent => None,
    }
}

/// Version and dirty mark, from `$VOLUME_INFORMATION`.
pub(super) fn information(bytes: &[u8]) -> Result<((u8, u8), bool), ReadError> {
    let mut cursor = Cursor::new(bytes, 0);
    cursor.take(8, "$VOLUME_INFORMATION")?;
    let major = cursor.u8("NTFS major version")?;
    let minor = cursor.u8("NTFS minor version")?;
    let flags = cursor.u16("volume flags")?;
    Ok(((major, minor), flags & FLAG_DIRTY != 0))
}

/// One of the two restart pages at the start of the journal.
struct RestartPage {
    lsn: u64,
    is_clean: bool,
    page_size: u32,
}

/// From the restart pages; the one written last decides.
pub(super) fn journal(log: &Stream) -> Result<Journal, ReadError> {
    let Some(first) = restart_page(log, 0)? else {
        return Ok(Journal::Empty);
    };
    let second = restart_page(log, first.page_size.into()).ok().flatten();
    let newest = match second {
        Some(second) if second.lsn > first.lsn => second,
        _ => first,
    };
    Ok(if newest.is_clean {
        Journal::Clean
    } else {
        Journal::Unclean
    })
}

/// Nothing when the page was never written, or emptied.
fn restart_page(log: &Stream, offset: u64) -> Result<Option<RestartPage>, ReadError> {
    // All that matters stands before the first fixup.
    let mut bytes = vec![0; 512];
    let found = log
        .read_full_at(offset, &mut bytes)
        .map_err(|error| ReadError::from_io("$LogFile restart page", offset, &error))?;
    bytes.truncate(found);
    let mut cursor = Cursor::new(&bytes, offset);
    match &cursor.array::<4>("$LogFile restart page")? {
        b"RSTR" => {}
        // chkdsk wrote it, or nothing did.
        b"CHKD" | [0xFF, 0xFF, 0xFF, 0xFF] | [0, 0, 0, 0] => return Ok(None),
        other => {
            return Err(ReadError::unexpected(
                "$LogFile restart page",
                offset,
                "`RSTR`",
                u32::from_be_bytes(*other).into(),
            ));
        }
    }
    cursor.take(12, "$LogFile restart page")?;
    let page_size = cursor.u32("$LogFile page size")?;
    cursor.u32("$LogFile log page size")?;
    let area = cursor.length16("$LogFile restart area offset")?;
    cursor.u16("$LogFile minor version")?;
    let major = cursor.u16("$LogFile major version")?;
    if !page_size.is_power_of_two() || !(512..=MAX_PAGE).contains(&page_size) {
        return Err(ReadError::unexpected(
            "$LogFile page size",
            offset.saturating_add(16),
            "a power of two from 512 to 65536",
            page_size.into(),
        ));
    }
    cursor.seek(area, "$LogFile restart area")?;
    let lsn = cursor.u64("$LogFile current LSN")?;
    cursor.take(4, "$LogFile restart area")?;
    let in_use = cursor.u16("$LogFile clients in use")?;
    let flags = cursor.u16("$LogFile restart flags")?;
    // Windows 8 and later write version 2 while a volume is in use, and 1.1 again when they close it.
    let is_clean = (in_use == NO_CLIENT || flags & CLEAN_DISMOUNT != 0) && major < 2;
    Ok(Some(RestartPage {
        lsn,
        is_clean,
        page_size,
    }))
}

/// Whether `hiberfil.sys` begins like one that is to be woken from. The signature of one that was is `wake` or zeros.
pub(super) fn is_hibernated(file: &Stream) -> Result<bool, ReadError> {
    let mut signature = [0; 4];
    let length = file
        .read_full_at(0, &mut signature)
        .map_err(|error| ReadError::from_io("hiberfil.sys", 0, &error))?;
    let signature = signature.get(..index(u64::try_from(length).unwrap_or(0)));
    Ok(signature.is_some_and(|signature| signature.eq_ignore_ascii_case(b"HIBR")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(lsn: u64, in_use: u16, flags: u16, major: u16) -> Vec<u8> {
        let mut bytes = b"RSTR\x1E\0\x09\0".to_vec();
        bytes.extend([0; 8]);
        for size in [4096_u32, 4096] {
            bytes.extend(size.to_le_bytes());
        }
        for half in [0x30_u16, 1, major] {
            bytes.extend(half.to_le_bytes());
        }
        bytes.resize(0x30, 0);
        bytes.extend(lsn.to_le_bytes());
        for half in [1_u16, 0, in_use, flags] {
            bytes.extend(half.to_le_bytes());
        }
        bytes.resize(4096, 0);
        bytes
    }

    fn state(pages: &[Vec<u8>]) -> Result<Journal, ReadError> {
        journal(&Stream::resident(pages.concat()))
    }

    #[test]
    fn the_newest_page_decides() {
        let clean = page(5, NO_CLIENT, 0, 1);
        let unclean = page(6, 0, 0, 1);
        assert_eq!(
            state(&[clean.clone(), unclean.clone()]),
            Ok(Journal::Unclean)
        );
        assert_eq!(state(&[page(9, 0, 2, 1), unclean]), Ok(Journal::Clean));
        assert_eq!(state(&[clean, vec![7; 4096]]), Ok(Journal::Clean));
        assert_eq!(state(&[page(5, NO_CLIENT, 0, 2)]), Ok(Journal::Unclean));
        assert_eq!(state(&[vec![0xFF; 4096]]), Ok(Journal::Empty));
        assert!(state(&[vec![7; 4096]]).is_err());
        assert!(state(&[]).is_err());
    }

    #[test]
    fn hibernation_by_signature() {
        for (bytes, expected) in [
            (&b"hibr...."[..], true),
            (b"HIBR", true),
            (b"wake", false),
            (b"", false),
        ] {
            assert_eq!(
                is_hibernated(&Stream::resident(bytes.to_vec())),
                Ok(expected)
            );
        }
    }
}
