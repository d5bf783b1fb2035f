//! The public half of a key as it stands in a container: the mark `RSA1`, sizes, exponent and modulus, little-endian.
//!
//! <https://learn.microsoft.com/windows/win32/api/wincrypt/ns-wincrypt-rsapubkey>, with two more sizes between.

use super::container::PublicHalf;
use crate::cert::RsaPublicKey;
use crate::cursor::{Cursor, Truncated};

const MAGIC: u32 = u32::from_le_bytes(*b"RSA1");
/// Zeros that the provider keeps behind the modulus to calculate in.
const PADDING: u32 = 8;
/// Larger than any key that Windows makes; a size past it is damage.
const MAX_BITS: usize = 65_536;

/// Reads the public half that stands at the cursor and fills it.
pub(super) fn decode(mut cursor: Cursor<'_>) -> PublicHalf {
    let length = cursor.remaining();
    let unread = |why: String| PublicHalf::Unread { length, why };
    match fields(&mut cursor) {
        Ok(Some(key)) => PublicHalf::Rsa(key),
        Ok(None) => unread("no RSA key (`RSA1`)".to_owned()),
        Err(error) => unread(error.to_string()),
    }
}

fn fields(cursor: &mut Cursor<'_>) -> Result<Option<RsaPublicKey>, Truncated> {
    if cursor.u32("RSA mark")? != MAGIC {
        return Ok(None);
    }
    let _length = cursor.u32("RSA key length")?;
    let bits = cursor.length32("RSA key bits")?;
    let _data_length = cursor.u32("RSA data length")?;
    let exponent = cursor.u32("RSA exponent")?;
    if bits == 0 || bits > MAX_BITS {
        return Ok(None);
    }
    let mut modulus = cursor.take(bits.div_ceil(8), "RSA modulus")?.to_vec();
    modulus.reverse();
    Ok(Some(RsaPublicKey::new(u64::from(exponent), &modulus)))
}

/// The bytes of a public half, for containers that tests and examples are made of. An exponent of more than 32 bits, which no container
/// can hold, is written as 0.
pub(super) fn encode(key: &RsaPublicKey) -> Vec<u8> {
    let length = u32::try_from(key.modulus().len()).unwrap_or(u32::MAX);
    let bits = u32::try_from(key.bits()).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    for word in [
        MAGIC,
        length.saturating_add(PADDING),
        bits,
        length.saturating_sub(1),
        u32::try_from(key.exponent()).unwrap_or(0),
    ] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(key.modulus().iter().rev());
    bytes.extend([0; 8]);
    bytes
}
