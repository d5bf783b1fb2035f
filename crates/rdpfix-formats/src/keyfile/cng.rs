//! The CNG key file, a file of `ProgramData\Microsoft\Crypto\Keys`.
//!
//! Seven words and sixteen bytes, then the parts one after the other: name, public properties, private properties, private key. Not
//! documented by Microsoft; only the header and the name are read, and the lengths must make up the file exactly.

use super::{KeyFileError, check_length};
use crate::cursor::Cursor;

const HEADER: usize = 44;

/// A CNG key file whose lengths make it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CngKeyFile {
    /// The first word; 1 in all that is known.
    pub version: u32,
    /// The key's name, as the certificate's key provider information has it.
    pub name: String,
    /// The size of the properties that are not encrypted, in bytes.
    pub public_properties_length: u32,
    /// The size of the encrypted properties, in bytes.
    pub private_properties_length: u32,
    /// The size of the encrypted private key, in bytes.
    pub private_length: u32,
}

impl CngKeyFile {
    /// Reads header and name.
    ///
    /// # Errors
    /// [`KeyFileError`] when the lengths do not make up the file, the name is no text, or there is no private key.
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let mut cursor = Cursor::new(bytes, 0);
        let version = cursor.u32("CNG key version")?;
        cursor.u32("CNG key word 1")?;
        let name_length = cursor.u32("CNG key name length")?;
        let _kind = cursor.u32("CNG key type")?;
        let public_properties_length = cursor.u32("CNG public properties length")?;
        let private_properties_length = cursor.u32("CNG private properties length")?;
        let private_length = cursor.u32("CNG private key length")?;
        cursor.take(16, "CNG header")?;
        let parts = [
            name_length,
            public_properties_length,
            private_properties_length,
            private_length,
        ];
        check_length(HEADER, parts, bytes.len())?;
        let offset = cursor.offset();
        let length = usize::try_from(name_length).unwrap_or(usize::MAX);
        let name = cursor.take(length, "CNG key name")?;
        let name = name_of(name).ok_or(KeyFileError::Name { offset })?;
        if private_length == 0 {
            return Err(KeyFileError::NoKey);
        }
        Ok(Self {
            version,
            name,
            public_properties_length,
            private_properties_length,
            private_length,
        })
    }
}

/// UTF-16LE, with or without a null behind it.
fn name_of(bytes: &[u8]) -> Option<String> {
    let unit = |pair: &[u8]| Some(u16::from_le_bytes(pair.try_into().ok()?));
    let units: Vec<u16> = bytes.chunks_exact(2).filter_map(unit).collect();
    let text = String::from_utf16(&units).ok()?;
    let text = text.trim_end_matches('\0');
    let readable =
        bytes.len().is_multiple_of(2) && !text.is_empty() && !text.contains(char::is_control);
    readable.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyfile::KeyFile;

    fn fixture(name: &str, private: u32) -> Vec<u8> {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut bytes = Vec::new();
        for word in [1, 0, u32::try_from(name.len()).unwrap(), 2, 8, 12, private] {
            bytes.extend(u32::to_le_bytes(word));
        }
        bytes.extend([0; 16]);
        bytes.extend(name);
        bytes.resize(bytes.len() + 20 + usize::try_from(private).unwrap(), 0);
        bytes
    }

    #[test]
    fn a_cng_key_is_recognised_and_named() {
        let bytes = fixture("tp-Schlüssel", 300);
        let KeyFile::Cng(key) = KeyFile::recognise(&bytes) else {
            panic!("not recognised");
        };
        assert_eq!(key.name, "tp-Schlüssel");
        assert_eq!(key.private_length, 300);
    }

    #[test]
    fn what_is_none_says_why() {
        let why = |bytes: &[u8]| CngKeyFile::decode(bytes).unwrap_err().to_string();
        let good = fixture("k", 300);
        assert_eq!(
            why(&good[..good.len() - 1]),
            "the parts take 366 bytes, the file has 365"
        );
        assert_eq!(why(&fixture("k", 0)), "the container holds no private key");
        assert_eq!(
            why(&fixture("\u{1}", 4)),
            "the container's name at offset 0x2c is no text"
        );
    }
}
