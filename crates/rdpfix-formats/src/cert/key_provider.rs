//! Where the private key of a certificate is: `CRYPT_KEY_PROV_INFO`, with offsets in place of pointers.
//!
//! <https://learn.microsoft.com/windows/win32/api/wincrypt/ns-wincrypt-crypt_key_prov_info>

use super::BlobError;
use super::blob::{encode_utf16, utf16};
use crate::cursor::Cursor;

/// Seven words.
const HEADER: u32 = 28;
const CRYPT_MACHINE_KEYSET: u32 = 0x20;
/// `PROV_RSA_FULL`
const PROV_RSA_FULL: u32 = 1;
/// `AT_KEYEXCHANGE`
pub const AT_KEYEXCHANGE: u32 = 1;
/// `AT_SIGNATURE`
pub const AT_SIGNATURE: u32 = 2;
/// The provider of the certificate that Remote Desktop makes for itself.
pub const ENHANCED_PROVIDER: &str = "Microsoft Enhanced Cryptographic Provider v1.0";

/// Container and provider of a private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyProviderInfo {
    /// The container: with a CryptoAPI provider its name, with CNG the key's name.
    pub container: String,
    /// The provider.
    pub provider: String,
    /// The provider's type; 0 is CNG, whose keys lie elsewhere than those of CryptoAPI.
    pub provider_type: u32,
    /// Flags; see [`KeyProviderInfo::is_machine_key`].
    pub flags: u32,
    /// Which key of the container: [`AT_KEYEXCHANGE`] or [`AT_SIGNATURE`]; 0 or 0xFFFFFFFF with CNG.
    pub key_spec: u32,
    /// How many further parameters the provider has. They are not read.
    pub parameter_count: u32,
}

impl KeyProviderInfo {
    /// The key exchange key of a machine container of Microsoft's CryptoAPI provider, as Remote Desktop makes it.
    pub fn machine_key(container: &str) -> Self {
        Self {
            container: container.to_owned(),
            provider: ENHANCED_PROVIDER.to_owned(),
            provider_type: PROV_RSA_FULL,
            flags: CRYPT_MACHINE_KEYSET,
            key_spec: AT_KEYEXCHANGE,
            parameter_count: 0,
        }
    }

    /// Whether the key lies with the machine's keys, not with a user's.
    pub const fn is_machine_key(&self) -> bool {
        self.flags & CRYPT_MACHINE_KEYSET != 0
    }

    /// Whether it is a CNG key: its file is in `Crypto\Keys`, not in `Crypto\RSA\MachineKeys`.
    pub const fn is_cng(&self) -> bool {
        self.provider_type == 0
    }

    /// Reads the property, whose data begins at offset `base` of its value.
    ///
    /// # Errors
    /// [`BlobError`] when the header is cut off or a name lies outside the data or does not end within it.
    pub fn decode(data: &[u8], base: u64) -> Result<Self, BlobError> {
        let mut cursor = Cursor::new(data, base);
        let container = cursor.length32("container name offset")?;
        let provider = cursor.length32("provider name offset")?;
        let provider_type = cursor.u32("provider type")?;
        let flags = cursor.u32("key flags")?;
        let parameter_count = cursor.u32("provider parameter count")?;
        let _parameters = cursor.u32("provider parameter offset")?;
        let key_spec = cursor.u32("key spec")?;
        Ok(Self {
            container: text(cursor, container, "container name")?,
            provider: text(cursor, provider, "provider name")?,
            provider_type,
            flags,
            key_spec,
            parameter_count,
        })
    }

    /// The property's data, without further parameters.
    pub fn encode(&self) -> Vec<u8> {
        let container = encode_utf16(&self.container);
        let provider = encode_utf16(&self.provider);
        let length = u32::try_from(container.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::new();
        for word in [
            HEADER,
            HEADER.saturating_add(length),
            self.provider_type,
            self.flags,
            0,
            0,
            self.key_spec,
        ] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(container);
        bytes.extend(provider);
        bytes
    }
}

/// The text at `offset` of the data; offset 0 stands for none.
fn text(mut cursor: Cursor<'_>, offset: usize, what: &'static str) -> Result<String, BlobError> {
    if offset == 0 {
        return Ok(String::new());
    }
    cursor.seek(offset, what)?;
    let at = cursor.offset();
    let units = utf16(cursor.take(cursor.remaining(), what)?);
    let end = units.iter().position(|unit| *unit == 0);
    let text = end.and_then(|end| units.get(..end));
    text.map(String::from_utf16_lossy)
        .ok_or(BlobError::Text { what, offset: at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_and_back() {
        let info = KeyProviderInfo::machine_key("TSSecKeySet1");
        assert!(info.is_machine_key() && !info.is_cng());
        assert_eq!(KeyProviderInfo::decode(&info.encode(), 0), Ok(info));
    }

    #[test]
    fn damage_names_its_place() {
        let mut data = KeyProviderInfo::machine_key("K").encode();
        let error = |data: &[u8]| {
            KeyProviderInfo::decode(data, 0x100)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            error(&data[..27]),
            "key spec at offset 0x118: expected 4 bytes, found 3"
        );
        assert_eq!(
            error(&data[..data.len() - 2]),
            "provider name at offset 0x120: expected UTF-16 ending in a null, found none"
        );
        data[1] = 0xFF;
        assert!(error(&data).starts_with("container name at offset 0x1001c"));
    }
}
