//! Fixups: the last two bytes of every 512 of a record are kept elsewhere, so that a write that was cut short shows.
//!
//! Linux-NTFS documentation, "Fixup". The stride is 512 on disks with 4096-byte sectors, too.

use rdpfix_formats::cursor::Cursor;

use crate::error::ReadError;
use crate::number::wide;

const STRIDE: usize = 512;

/// Checks the signature and puts the kept bytes back. `offset` is where the record lies, for errors.
pub(super) fn apply(
    bytes: &mut [u8],
    offset: u64,
    signature: [u8; 4],
    what: &'static str,
    expected: &'static str,
) -> Result<(), ReadError> {
    let mut cursor = Cursor::new(bytes, offset);
    let found = cursor.array::<4>(what)?;
    if found != signature {
        let found = u32::from_be_bytes(found).into();
        return Err(ReadError::unexpected(what, offset, expected, found));
    }
    let array = cursor.length16("update sequence offset")?;
    let count = cursor.length16("update sequence count")?;
    if count.checked_sub(1) != Some(bytes.len() / STRIDE) {
        return Err(ReadError::Mismatch {
            what: "update sequence count",
            offset: offset.saturating_add(6),
            expected: wide(bytes.len() / STRIDE).saturating_add(1),
            found: wide(count),
        });
    }
    cursor.seek(array, "update sequence array")?;
    let number = cursor.array::<2>("update sequence number")?;
    let kept = cursor
        .take(
            count.saturating_sub(1).saturating_mul(2),
            "update sequence array",
        )?
        .to_vec();
    for (index, (part, kept)) in bytes
        .chunks_exact_mut(STRIDE)
        .zip(kept.chunks_exact(2))
        .enumerate()
    {
        let Some(end) = part.get_mut(STRIDE - 2..) else {
            continue;
        };
        if *end != number {
            return Err(ReadError::Mismatch {
                what: "update sequence number at the end of a sector",
                offset: offset.saturating_add(wide(index.saturating_mul(STRIDE)) + 510),
                expected: u16::from_le_bytes(number).into(),
                found: end
                    .iter()
                    .rev()
                    .fold(0, |all, byte| all << 8 | u64::from(*byte)),
            });
        }
        end.copy_from_slice(kept);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Vec<u8> {
        let mut bytes = vec![0xEE; 1024];
        bytes[..8].copy_from_slice(b"FILE\x30\0\x03\0");
        bytes[0x30..0x36].copy_from_slice(&[7, 0, 1, 2, 3, 4]);
        bytes[510..512].copy_from_slice(&[7, 0]);
        bytes[1022..].copy_from_slice(&[7, 0]);
        bytes
    }

    fn run(bytes: &mut [u8]) -> Result<(), ReadError> {
        apply(bytes, 0x4000, *b"FILE", "file record", "`FILE`")
    }

    #[test]
    fn the_kept_bytes_come_back() {
        let mut bytes = record();
        run(&mut bytes).unwrap();
        assert_eq!(
            (&bytes[510..512], &bytes[1022..]),
            (&[1, 2][..], &[3, 4][..])
        );
    }

    #[test]
    fn a_torn_record_says_where() {
        let mut bytes = record();
        bytes[1022] = 6;
        let error = run(&mut bytes).unwrap_err().to_string();
        assert_eq!(
            error,
            "update sequence number at the end of a sector at offset 0x43fe: expected 0x7, found 0x6"
        );
        bytes[6] = 9;
        assert!(run(&mut bytes).is_err());
        assert!(run(&mut [0; 3]).is_err());
        assert!(run(&mut [0; 1024]).is_err());
    }
}
