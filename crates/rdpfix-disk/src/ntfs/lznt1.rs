//! LZNT1, the compression of NTFS: chunks of 4096 bytes, each literal or back references.
//!
//! [MS-XCA] 2.5, LZNT1 Algorithm Details.

use rdpfix_formats::cursor::Cursor;

use crate::error::ReadError;
use crate::number::wide;

const CHUNK: usize = 4096;
const COMPRESSED: u16 = 0x8000;

/// Unpacks `packed` into exactly `size` bytes. What the data does not reach stays zero, and so does the rest of a chunk
/// that gives less than 4096 bytes. `offset` is where the data lies in its stream, for errors.
pub(super) fn decompress(packed: &[u8], size: usize, offset: u64) -> Result<Vec<u8>, ReadError> {
    let mut out = vec![0; size];
    let mut cursor = Cursor::new(packed, offset);
    for target in out.chunks_mut(CHUNK) {
        if cursor.remaining() < 2 {
            break;
        }
        let at = cursor.offset();
        let header = cursor.u16("LZNT1 chunk")?;
        if header == 0 {
            break;
        }
        let length = usize::from(header & 0x0FFF).saturating_add(1);
        let chunk = cursor.take(length, "LZNT1 chunk")?;
        if header & COMPRESSED == 0 {
            let count = chunk.len().min(target.len());
            if let (Some(to), Some(from)) = (target.get_mut(..count), chunk.get(..count)) {
                to.copy_from_slice(from);
            }
        } else {
            unpack(chunk, target, at.saturating_add(2))?;
        }
    }
    Ok(out)
}

/// One compressed chunk: groups of a flag byte and eight items, a literal byte or a back reference of two.
fn unpack(chunk: &[u8], target: &mut [u8], offset: u64) -> Result<(), ReadError> {
    let mut cursor = Cursor::new(chunk, offset);
    let mut written = 0;
    while cursor.remaining() > 0 && written < target.len() {
        let flags = cursor.u8("LZNT1 flags")?;
        for bit in 0..8 {
            if cursor.remaining() == 0 || written >= target.len() {
                break;
            }
            if flags >> bit & 1 == 0 {
                let byte = cursor.u8("LZNT1 literal")?;
                if let Some(slot) = target.get_mut(written) {
                    *slot = byte;
                }
                written = written.saturating_add(1);
            } else {
                let at = cursor.offset();
                let token = cursor.u16("LZNT1 back reference")?;
                written = copy(target, written, token, at)?;
            }
        }
    }
    Ok(())
}

/// Repeats bytes already written, which may overlap with those being written. Gives the new count of written bytes.
fn copy(target: &mut [u8], written: usize, token: u16, offset: u64) -> Result<usize, ReadError> {
    // The more was written, the more bits the distance needs: from 4 up to 12.
    let reach = written.saturating_sub(1) >> 4;
    let distance_bits = reach
        .checked_ilog2()
        .map_or(4, |log| log.saturating_add(5))
        .min(12);
    let length_bits = 16_u32.saturating_sub(distance_bits);
    let length = usize::from(token & (1_u16 << length_bits).wrapping_sub(1)).saturating_add(3);
    let distance = usize::from(token >> length_bits).saturating_add(1);
    let Some(from) = written.checked_sub(distance) else {
        return Err(ReadError::Mismatch {
            what: "distance of an LZNT1 back reference",
            offset,
            expected: wide(written),
            found: wide(distance),
        });
    };
    let end = written.saturating_add(length).min(target.len());
    for (source, index) in (from..).zip(written..end) {
        let byte = target.get(source).copied().unwrap_or_default();
        if let Some(slot) = target.get_mut(index) {
            *slot = byte;
        }
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of [MS-XCA] 3.3.
    #[test]
    fn the_example_of_the_specification() {
        let packed = [
            0x38, 0xB0, 0x88, 0x46, 0x23, 0x20, 0x00, 0x20, 0x47, 0x20, 0x41, 0x00, 0x10, 0xA2,
            0x47, 0x01, 0xA0, 0x45, 0x20, 0x44, 0x00, 0x08, 0x45, 0x01, 0x50, 0x79, 0x00, 0xC0,
            0x45, 0x20, 0x05, 0x24, 0x13, 0x88, 0x05, 0xB4, 0x02, 0x4A, 0x44, 0xEF, 0x03, 0x58,
            0x02, 0x8C, 0x09, 0x16, 0x01, 0x48, 0x45, 0x00, 0xBE, 0x00, 0x9E, 0x00, 0x04, 0x01,
            0x18, 0x90, 0x00,
        ];
        let text = b"F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G F# \
            E D E A F# F# G A A G F# E D D E F# E D D\0";
        let out = decompress(&packed, 4096, 0).unwrap();
        assert_eq!(&out[..text.len()], text);
        assert!(out[text.len()..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn literal_chunks_and_short_ones() {
        let mut packed = 0x3004_u16.to_le_bytes().to_vec();
        packed.extend([1, 2, 3, 4, 5]);
        packed.extend(0x3000_u16.to_le_bytes());
        packed.push(9);
        packed.extend([0, 0]);
        let out = decompress(&packed, 8192, 0).unwrap();
        assert_eq!((out[4], out[5], out[4096]), (5, 0, 9));
    }

    #[test]
    fn a_reference_before_the_start_is_damage() {
        let error = decompress(&[0x02, 0xB0, 0x01, 0x00, 0x00], 4096, 0x100).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("LZNT1 back reference at offset 0x103"),
            "{error}"
        );
        assert!(decompress(&[0x02, 0xB0, 0x01], 4096, 0).is_err());
    }
}
