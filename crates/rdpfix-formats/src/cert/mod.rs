//! Certificates as the registry keeps them: below `SystemCertificates\<store>\Certificates\<thumbprint>`, value `Blob`.
//!
//! | module | what |
//! |---|---|
//! | [`blob`] | the value: a sequence of properties, one of them the certificate itself |
//! | [`key_provider`] | the property that says where the private key is (`CRYPT_KEY_PROV_INFO`) |
//! | [`x509`] | the certificate (RFC 5280): names, validity, purposes, key |
//! | [`public_key`] | the public key, to be compared with that of a key file |
//! | [`thumbprint`] | the SHA-1 that Windows calls a certificate by |

pub mod blob;
pub mod key_provider;
mod name;
pub mod public_key;
pub mod thumbprint;
pub mod x509;

pub use blob::{BlobError, CertificateBlob, Property, PropertyId};
pub use key_provider::KeyProviderInfo;
pub use public_key::{PublicKey, RsaPublicKey};
pub use thumbprint::Thumbprint;
pub use x509::{Certificate, CertificateError, Purpose, ServerAuthentication};
