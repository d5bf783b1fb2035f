//! The registry value `Blob` of a certificate: properties one after the other, each with its id, the encoding, the length of its data,
//! and the data, all little-endian. It is what `CertSerializeCertificateStoreElement` gives ([MS-GPEF] 2.2.1.2.1.1).

use std::fmt;

use super::{KeyProviderInfo, Thumbprint};
use crate::cursor::{Cursor, Truncated};

/// What a property is. The numbers are those of `wincrypt.h`, `CERT_…_PROP_ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropertyId(pub u32);

impl PropertyId {
    /// Where the private key is: see [`KeyProviderInfo`].
    pub const KEY_PROV_INFO: Self = Self(2);
    /// The thumbprint.
    pub const SHA1_HASH: Self = Self(3);
    /// The MD5 of the certificate.
    pub const MD5_HASH: Self = Self(4);
    /// The purposes the administrator left it.
    pub const ENHKEY_USAGE: Self = Self(9);
    /// The name the administrator gave it.
    pub const FRIENDLY_NAME: Self = Self(11);
    /// A description.
    pub const DESCRIPTION: Self = Self(13);
    /// The hash that was signed.
    pub const SIGNATURE_HASH: Self = Self(15);
    /// It is archived: replaced by a newer one, and normally not shown.
    pub const ARCHIVED: Self = Self(19);
    /// The key's identifier.
    pub const KEY_IDENTIFIER: Self = Self(20);
    /// The DER bytes of the certificate.
    pub const CERTIFICATE: Self = Self(32);

    const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::KEY_PROV_INFO => "private key's place",
            Self::SHA1_HASH => "SHA-1",
            Self::MD5_HASH => "MD5",
            Self::ENHKEY_USAGE => "purposes",
            Self::FRIENDLY_NAME => "friendly name",
            Self::DESCRIPTION => "description",
            Self::SIGNATURE_HASH => "signature hash",
            Self::ARCHIVED => "archived",
            Self::KEY_IDENTIFIER => "key identifier",
            Self::CERTIFICATE => "certificate",
            _ => return None,
        })
    }
}

/// `3 (SHA-1)`, or the number alone.
impl fmt::Display for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

/// One property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// What it is.
    pub id: PropertyId,
    /// The second word: 1 (`X509_ASN_ENCODING`) in all that was seen.
    pub encoding: u32,
    /// Where its data begins in the value, in bytes.
    pub data_offset: u64,
    /// Its data.
    pub data: Vec<u8>,
}

/// Damage in a `Blob`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// The bytes end too early.
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// A text does not end within its property, or has an odd length.
    #[error("{what} at offset {offset:#x}: expected UTF-16 ending in a null, found none")]
    Text {
        /// Which text.
        what: &'static str,
        /// Where it begins, in bytes from the start of the value.
        offset: u64,
    },
}

/// A certificate of a store, with what Windows noted about it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificateBlob {
    /// The properties, in their order.
    pub properties: Vec<Property>,
    /// Why reading ended before the end of the value, if it did. What came before is as good as ever.
    pub damage: Option<BlobError>,
}

impl CertificateBlob {
    /// Reads a value.
    pub fn decode(bytes: &[u8]) -> Self {
        let mut cursor = Cursor::new(bytes, 0);
        let mut blob = Self::default();
        while cursor.remaining() > 0 {
            match property(&mut cursor) {
                Ok(property) => blob.properties.push(property),
                Err(error) => {
                    blob.damage = Some(error.into());
                    break;
                }
            }
        }
        blob
    }

    /// A value around a certificate: its thumbprint, where its private key is, its friendly name, and the certificate last, as Windows
    /// orders them.
    pub fn for_certificate(
        der: &[u8],
        key: Option<&KeyProviderInfo>,
        friendly_name: Option<&str>,
    ) -> Self {
        let mut blob = Self::default();
        blob.push(PropertyId::SHA1_HASH, Thumbprint::of(der).to_bytes().into());
        if let Some(key) = key {
            blob.push(PropertyId::KEY_PROV_INFO, key.encode());
        }
        if let Some(name) = friendly_name {
            blob.push(PropertyId::FRIENDLY_NAME, encode_utf16(name));
        }
        blob.push(PropertyId::CERTIFICATE, der.to_vec());
        blob
    }

    fn push(&mut self, id: PropertyId, data: Vec<u8>) {
        let before: usize = self.properties.iter().map(|p| p.data.len() + 12).sum();
        self.properties.push(Property {
            id,
            encoding: 1,
            data_offset: u64::try_from(before.saturating_add(12)).unwrap_or(u64::MAX),
            data,
        });
    }

    /// The value's bytes. Data of 4 GiB or more, which no value of a registry can hold, is left out.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for property in &self.properties {
            let Ok(length) = u32::try_from(property.data.len()) else {
                continue;
            };
            for word in [property.id.0, property.encoding, length] {
                bytes.extend(word.to_le_bytes());
            }
            bytes.extend(&property.data);
        }
        bytes
    }

    /// The first property with this id.
    pub fn property(&self, id: PropertyId) -> Option<&Property> {
        self.properties.iter().find(|property| property.id == id)
    }

    /// The DER bytes of the certificate.
    pub fn der(&self) -> Option<&[u8]> {
        let property = self.property(PropertyId::CERTIFICATE)?;
        Some(&property.data)
    }

    /// The thumbprint that is noted beside the certificate. It is a copy: compare it with that of the certificate itself.
    pub fn noted_thumbprint(&self) -> Option<Thumbprint> {
        let property = self.property(PropertyId::SHA1_HASH)?;
        let bytes = <[u8; 20]>::try_from(&*property.data).ok()?;
        Some(Thumbprint::from_bytes(bytes))
    }

    /// The name the administrator gave it.
    pub fn friendly_name(&self) -> Option<String> {
        let property = self.property(PropertyId::FRIENDLY_NAME)?;
        let units = utf16(&property.data);
        Some(
            String::from_utf16_lossy(&units)
                .trim_end_matches('\0')
                .to_owned(),
        )
    }

    /// Whether it was replaced by a newer one and kept.
    pub fn is_archived(&self) -> bool {
        self.property(PropertyId::ARCHIVED).is_some()
    }

    /// Where its private key is; `None` when the store does not say, as with certificates that have none.
    pub fn key_provider(&self) -> Option<Result<KeyProviderInfo, BlobError>> {
        let property = self.property(PropertyId::KEY_PROV_INFO)?;
        Some(KeyProviderInfo::decode(
            &property.data,
            property.data_offset,
        ))
    }
}

fn property(cursor: &mut Cursor<'_>) -> Result<Property, Truncated> {
    let id = PropertyId(cursor.u32("property id")?);
    let encoding = cursor.u32("property encoding")?;
    let length = cursor.length32("property length")?;
    let data_offset = cursor.offset();
    let data = cursor.take(length, "property data")?.to_vec();
    Ok(Property {
        id,
        encoding,
        data_offset,
        data,
    })
}

/// The UTF-16 units of little-endian bytes; an odd byte at the end is no unit.
pub(super) fn utf16(bytes: &[u8]) -> Vec<u16> {
    let unit = |pair: &[u8]| Some(u16::from_le_bytes(pair.try_into().ok()?));
    bytes.chunks_exact(2).filter_map(unit).collect()
}

/// Little-endian UTF-16 with a null at its end.
pub(super) fn encode_utf16(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().chain([0]);
    units.flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back() {
        let key = KeyProviderInfo::machine_key("TSSecKeySet1");
        let blob = CertificateBlob::for_certificate(b"not DER", Some(&key), Some("Rémote"));
        let bytes = blob.encode();
        let again = CertificateBlob::decode(&bytes);
        assert_eq!(again, blob);
        assert_eq!(again.der(), Some(&b"not DER"[..]));
        assert_eq!(again.noted_thumbprint(), Some(Thumbprint::of(b"not DER")));
        assert_eq!(again.friendly_name().as_deref(), Some("Rémote"));
        assert_eq!(again.key_provider(), Some(Ok(key)));
        assert!(!again.is_archived());
        assert_eq!(PropertyId(3).to_string(), "3 (SHA-1)");
        assert_eq!(PropertyId(92).to_string(), "92");
    }

    #[test]
    fn damage_leaves_what_came_before() {
        let mut bytes = CertificateBlob::for_certificate(b"DER", None, None).encode();
        bytes.truncate(bytes.len() - 1);
        let blob = CertificateBlob::decode(&bytes);
        assert_eq!(blob.properties.len(), 1);
        assert_eq!(
            blob.damage.unwrap().to_string(),
            "property data at offset 0x2c: expected 3 bytes, found 2"
        );
        bytes.truncate(36);
        let blob = CertificateBlob::decode(&bytes);
        assert_eq!(
            blob.damage.unwrap().to_string(),
            "property encoding at offset 0x24: expected 4 bytes, found 0"
        );
        assert_eq!(CertificateBlob::decode(&[]), CertificateBlob::default());
    }
}
