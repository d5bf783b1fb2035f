//! The CryptoAPI container, a file of `Crypto\RSA\MachineKeys`.
//!
//! Ten words, then the parts one after the other. Microsoft does not document it; the layout is publicly known from free tools, and the
//! lengths, which must make up the file exactly, are what makes one recognisable:
//!
//! | word | what | place among the parts |
//! |---|---|---|
//! | 0, 1 | version, and one that is zero in all that is known | |
//! | 2 | name | 1 |
//! | 3, 4, 8 | signature key: public half, private half, export flags | 3, 4, 5 |
//! | 5, 6, 9 | exchange key: the same | 6, 7, 8 |
//! | 7 | hash | 2 |

use super::{KeyFileError, check_length, rsa_blob};
use crate::cert::{PublicKey, RsaPublicKey};
use crate::cursor::Cursor;

const HEADER: usize = 40;
/// What Windows writes since 2000.
const VERSION: u32 = 2;
const HASH_LENGTH: u32 = 20;

/// A container whose lengths make up its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyContainer {
    /// The first word; 2 in all that is known.
    pub version: u32,
    /// The container's name: `TSSecKeySet1`. From it the file's name is made, see [`super::KeyFileName`].
    pub name: String,
    /// The key for signing, if it has one.
    pub signature_key: Option<KeyPair>,
    /// The key for exchange, which a server's TLS uses, if it has one.
    pub exchange_key: Option<KeyPair>,
}

/// One of the two keys of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The public half, which is not encrypted.
    pub public: PublicHalf,
    /// The size of the encrypted private half, in bytes; 0 when there is none.
    pub private_length: u32,
    /// The size of the encrypted export flags, in bytes.
    pub export_flags_length: u32,
}

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicHalf {
    /// RSA.
    Rsa(RsaPublicKey),
    /// Something else, or damaged.
    Unread {
        /// Its length, in bytes.
        length: usize,
        /// What is wrong with it.
        why: String,
    },
}

impl KeyContainer {
    /// Reads a container's header, name and public halves.
    ///
    /// # Errors
    /// [`KeyFileError`] when the lengths do not make up the file, the name is no text, or there is no key in it.
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let mut cursor = Cursor::new(bytes, 0);
        let version = cursor.u32("container version")?;
        cursor.u32("container word 1")?;
        let mut lengths = [0; 8];
        for length in &mut lengths {
            *length = cursor.u32("container part length")?;
        }
        check_length(HEADER, lengths, bytes.len())?;
        let [
            name_length,
            si_public,
            si_private,
            ex_public,
            ex_private,
            hash,
            si_flags,
            ex_flags,
        ] = lengths;
        let name_at = cursor.offset();
        let name =
            name(part(&mut cursor, name_length)?).ok_or(KeyFileError::Name { offset: name_at })?;
        part(&mut cursor, hash)?;
        let signature_key = pair(&mut cursor, si_public, si_private, si_flags)?;
        let exchange_key = pair(&mut cursor, ex_public, ex_private, ex_flags)?;
        let private = |pair: &Option<KeyPair>| pair.as_ref().is_some_and(|p| p.private_length > 0);
        if !private(&signature_key) && !private(&exchange_key) {
            return Err(KeyFileError::NoKey);
        }
        Ok(Self {
            version,
            name,
            signature_key,
            exchange_key,
        })
    }

    /// Whether one of its public halves is `key`, so that the private half belongs to the certificate that has it. `None` when that cannot
    /// be said: the certificate's key is not RSA, or no half that could be it was read.
    pub fn holds(&self, key: &PublicKey) -> Option<bool> {
        let wanted = key.rsa()?;
        let mut unread = false;
        for pair in [&self.signature_key, &self.exchange_key]
            .into_iter()
            .flatten()
        {
            match &pair.public {
                PublicHalf::Rsa(own) if own == wanted => return Some(true),
                PublicHalf::Rsa(_) => {}
                PublicHalf::Unread { .. } => unread = true,
            }
        }
        (!unread).then_some(false)
    }

    /// The bytes of a container with an exchange key whose private half is `private_length` zeros: for tests and examples. Windows would
    /// not open it.
    pub fn fixture(name: &str, key: &RsaPublicKey, private_length: u32) -> Vec<u8> {
        let public = rsa_blob::encode(key);
        let name = [name.as_bytes(), &[0]].concat();
        let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(u32::MAX);
        let flags_length = private_length / 4;
        let mut bytes = Vec::new();
        for word in [
            VERSION,
            0,
            length(&name),
            0,
            0,
            length(&public),
            private_length,
            HASH_LENGTH,
            0,
            flags_length,
        ] {
            bytes.extend(u32::to_le_bytes(word));
        }
        bytes.extend(name);
        let zeros = |count: u32| std::iter::repeat_n(0, usize::try_from(count).unwrap_or(0));
        bytes.extend(zeros(HASH_LENGTH));
        bytes.extend(public);
        bytes.extend(zeros(private_length.saturating_add(flags_length)));
        bytes
    }
}

/// Whether the first two words are those of every known container. Cut-off files cannot be told by their lengths.
pub(super) fn begins_as_one(bytes: &[u8]) -> bool {
    bytes.starts_with(&[2, 0, 0, 0, 0, 0, 0, 0])
}

fn part<'a>(cursor: &mut Cursor<'a>, length: u32) -> Result<&'a [u8], KeyFileError> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(cursor.take(length, "container part")?)
}

/// ASCII with a null behind it. Others are said to occur, but a container that Remote Desktop uses has such a name.
fn name(bytes: &[u8]) -> Option<String> {
    let text = bytes.strip_suffix(&[0])?;
    let readable = !text.is_empty() && text.iter().all(|b| (0x20..0x7F).contains(b));
    readable.then(|| String::from_utf8_lossy(text).into_owned())
}

/// A key's parts, of which only the public half is looked at.
fn pair(
    cursor: &mut Cursor<'_>,
    public: u32,
    private: u32,
    flags: u32,
) -> Result<Option<KeyPair>, KeyFileError> {
    let at = cursor.offset();
    let public_bytes = part(cursor, public)?;
    part(cursor, private)?;
    part(cursor, flags)?;
    if public == 0 && private == 0 {
        return Ok(None);
    }
    Ok(Some(KeyPair {
        public: rsa_blob::decode(Cursor::new(public_bytes, at)),
        private_length: private,
        export_flags_length: flags,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Certificate;
    use crate::keyfile::KeyFile;

    fn certificate() -> Certificate {
        let der = include_bytes!("../../tests/cert_fixtures/rdp-self-signed.der");
        Certificate::from_der(der).unwrap()
    }

    fn fixture() -> Vec<u8> {
        let certificate = certificate();
        let key = certificate.public_key.rsa().unwrap();
        KeyContainer::fixture("TSSecKeySet1", key, 1500)
    }

    #[test]
    fn a_container_is_matched_with_its_certificate() {
        let KeyFile::Container(container) = KeyFile::recognise(&fixture()) else {
            panic!("not recognised");
        };
        assert_eq!(container.name, "TSSecKeySet1");
        assert_eq!(container.signature_key, None);
        assert_eq!(
            container.exchange_key.as_ref().unwrap().private_length,
            1500
        );
        let own = certificate().public_key;
        assert_eq!(container.holds(&own), Some(true));
        let other = PublicKey::Rsa(RsaPublicKey::new(65537, &[0xC1; 256]));
        assert_eq!(container.holds(&other), Some(false));
        let algorithm = "1.3.101.112".to_owned();
        assert_eq!(container.holds(&PublicKey::Other { algorithm }), None);
    }

    #[test]
    fn a_damaged_public_half_leaves_it_open() {
        let mut bytes = fixture();
        let at = bytes.windows(4).position(|w| w == b"RSA1").unwrap();
        bytes[at] = b'D';
        let container = KeyContainer::decode(&bytes).unwrap();
        assert_eq!(container.holds(&certificate().public_key), None);
        bytes[at] = b'R';
        bytes[at + 9] = 0xF0;
        let container = KeyContainer::decode(&bytes).unwrap();
        let PublicHalf::Unread { why, .. } = container.exchange_key.unwrap().public else {
            panic!("read");
        };
        assert!(why.starts_with("RSA modulus at offset"), "{why}");
    }

    #[test]
    fn what_is_no_container_says_why() {
        assert_eq!(KeyFile::recognise(&[]), KeyFile::Empty);
        let why = |bytes: &[u8]| KeyContainer::decode(bytes).unwrap_err().to_string();
        let good = fixture();
        assert_eq!(
            why(&good[..good.len() - 100]),
            format!(
                "the parts take {} bytes, the file has {}",
                good.len(),
                good.len() - 100
            )
        );
        assert_eq!(
            why(b"MZ\x90"),
            "container version at offset 0x0: expected 4 bytes, found 3"
        );
        let mut nameless = good.clone();
        nameless[40] = 7;
        assert_eq!(
            why(&nameless),
            "the container's name at offset 0x28 is no text"
        );
        let key = RsaPublicKey::new(3, &[0xC1; 8]);
        assert_eq!(
            why(&KeyContainer::fixture("K", &key, 0)),
            "the container holds no private key"
        );
        assert_eq!(
            KeyFile::recognise(&good[..41]),
            KeyFile::CutOff {
                expected: u64::try_from(good.len()).unwrap(),
                found: 41
            }
        );
        let KeyFile::Unrecognised { length, .. } = KeyFile::recognise(&[0; 64]) else {
            panic!("recognised");
        };
        assert_eq!(length, 64);
    }
}
