//! The certificate itself (RFC 5280), as far as Remote Desktop asks about it.

use std::fmt;

use sha2::{Digest, Sha256};
use x509_parser::asn1_rs::{Oid, SequenceOf};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::name::{common_name, readable};
use super::{PublicKey, RsaPublicKey, Thumbprint};
use crate::filetime::FileTime;

const EXTENDED_KEY_USAGE: &str = "2.5.29.37";

/// Bytes that are no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {length} bytes are no X.509 certificate: {why}")]
pub struct CertificateError {
    /// How many bytes there are.
    pub length: usize,
    /// What the parser says.
    pub why: String,
}

/// What a certificate may be used for: an object identifier of its extended key usage.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Purpose(pub String);

impl Purpose {
    /// Server Authentication.
    pub const SERVER_AUTHENTICATION: &str = "1.3.6.1.5.5.7.3.1";
    /// Any purpose.
    pub const ANY: &str = "2.5.29.37.0";
    /// Remote Desktop Authentication, Microsoft's own.
    pub const REMOTE_DESKTOP_AUTHENTICATION: &str = "1.3.6.1.4.1.311.54.1.2";

    fn is(&self, oid: &str) -> bool {
        self.0 == oid
    }
}

/// The name of those that matter here, else the OID.
impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &*self.0 {
            Self::SERVER_AUTHENTICATION => "Server Authentication",
            Self::ANY => "any purpose",
            Self::REMOTE_DESKTOP_AUTHENTICATION => "Remote Desktop Authentication",
            "1.3.6.1.5.5.7.3.2" => "Client Authentication",
            "1.3.6.1.5.5.7.3.3" => "Code Signing",
            "1.3.6.1.5.5.7.3.4" => "Secure Email",
            "1.3.6.1.5.5.7.3.8" => "Time Stamping",
            "1.3.6.1.5.5.7.3.9" => "OCSP Signing",
            "1.3.6.1.4.1.311.20.2.2" => "Smart Card Logon",
            oid => oid,
        })
    }
}

/// Whether a certificate's purposes let a server show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerAuthentication {
    /// It names no purposes, so every one is allowed.
    NoPurposesNamed,
    /// Remote Desktop Authentication is among them.
    RemoteDesktop,
    /// Server Authentication, or any purpose, is among them.
    Server,
    /// Only others are.
    NotAllowed,
    /// They are there, and cannot be read.
    Unknown,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it is for: `CN=WEB01`.
    pub subject: String,
    /// The subject's common name alone.
    pub common_name: Option<String>,
    /// Who signed it.
    pub issuer: String,
    /// Whether subject and issuer are the same, byte for byte. The signature is not verified: so it is self-issued, and self-signed
    /// unless somebody forged it.
    pub self_issued: bool,
    /// The serial number, big-endian, as hexadecimal digits in upper case.
    pub serial: String,
    /// The first moment of its validity.
    pub not_before: FileTime,
    /// The last.
    pub not_after: FileTime,
    /// The purposes it names (extended key usage); `None` when it names none, which allows all.
    pub purposes: Option<Vec<Purpose>>,
    /// The DNS names of the subject alternative name.
    pub dns_names: Vec<String>,
    /// The public key.
    pub public_key: PublicKey,
    /// The signature's algorithm: `sha256RSA`, or its OID.
    pub signature_algorithm: String,
    /// The SHA-1 of the certificate.
    pub thumbprint: Thumbprint,
    /// The SHA-256 of the certificate.
    pub sha256: [u8; 32],
    /// Bytes behind the certificate, which belong to no certificate.
    pub trailing: usize,
    /// Extensions that could not be read, by OID. What they would have said is not known.
    pub unread_extensions: Vec<String>,
}

impl Certificate {
    /// Reads the DER bytes of a certificate.
    ///
    /// # Errors
    /// [`CertificateError`] when they are none. An extension that cannot be read does not make it none: see
    /// [`Certificate::unread_extensions`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|error| CertificateError {
            length: der.len(),
            why: error.to_string(),
        })?;
        let own = der.len().saturating_sub(rest.len());
        let own = der.get(..own).unwrap_or(der);
        let mut certificate = Self {
            subject: readable(parsed.subject()),
            common_name: common_name(parsed.subject()),
            issuer: readable(parsed.issuer()),
            self_issued: parsed.subject().as_raw() == parsed.issuer().as_raw(),
            serial: hex(parsed.raw_serial()),
            not_before: FileTime::from_unix_seconds(parsed.validity().not_before.timestamp()),
            not_after: FileTime::from_unix_seconds(parsed.validity().not_after.timestamp()),
            purposes: None,
            dns_names: Vec::new(),
            public_key: public_key(parsed.public_key()),
            signature_algorithm: signature_algorithm(
                &parsed.signature_algorithm.algorithm.to_id_string(),
            ),
            thumbprint: Thumbprint::of(own),
            sha256: Sha256::digest(own).into(),
            trailing: rest.len(),
            unread_extensions: Vec::new(),
        };
        for extension in parsed.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::ExtendedKeyUsage(_) => {
                    // The parser sorts the known purposes into fields; their order and the others' are in the bytes.
                    match purposes(extension.value) {
                        Some(purposes) => certificate.purposes = Some(purposes),
                        None => certificate
                            .unread_extensions
                            .push(EXTENDED_KEY_USAGE.to_owned()),
                    }
                }
                ParsedExtension::SubjectAlternativeName(names) => {
                    let dns = names.general_names.iter().filter_map(|name| match name {
                        GeneralName::DNSName(name) => Some((*name).to_owned()),
                        _ => None,
                    });
                    certificate.dns_names.extend(dns);
                }
                ParsedExtension::ParseError { .. } => {
                    certificate
                        .unread_extensions
                        .push(extension.oid.to_id_string());
                }
                _ => {}
            }
        }
        Ok(certificate)
    }

    /// Whether `now` lies within its validity.
    pub fn is_valid_at(&self, now: FileTime) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// Whether its purposes let Remote Desktop show it.
    pub fn server_authentication(&self) -> ServerAuthentication {
        let Some(purposes) = &self.purposes else {
            let unread = self
                .unread_extensions
                .iter()
                .any(|oid| oid == EXTENDED_KEY_USAGE);
            return if unread {
                ServerAuthentication::Unknown
            } else {
                ServerAuthentication::NoPurposesNamed
            };
        };
        let named = |oid| purposes.iter().any(|purpose| purpose.is(oid));
        if named(Purpose::REMOTE_DESKTOP_AUTHENTICATION) {
            ServerAuthentication::RemoteDesktop
        } else if named(Purpose::SERVER_AUTHENTICATION) || named(Purpose::ANY) {
            ServerAuthentication::Server
        } else {
            ServerAuthentication::NotAllowed
        }
    }
}

/// `SEQUENCE OF OBJECT IDENTIFIER`
fn purposes(value: &[u8]) -> Option<Vec<Purpose>> {
    let (_, oids) = SequenceOf::<Oid<'_>>::from_der(value).ok()?;
    let purpose = |oid: &Oid<'_>| Purpose(oid.to_id_string());
    Some(oids.iter().map(purpose).collect())
}

fn public_key(info: &SubjectPublicKeyInfo<'_>) -> PublicKey {
    match info.parsed() {
        Ok(Parsed::RSA(key)) => match key.try_exponent() {
            Ok(exponent) => PublicKey::Rsa(RsaPublicKey::new(exponent, key.modulus)),
            Err(_) => other_key(info),
        },
        Ok(Parsed::EC(point)) => PublicKey::Ec {
            curve: curve(info),
            point: point.data().to_vec(),
        },
        _ => other_key(info),
    }
}

fn other_key(info: &SubjectPublicKeyInfo<'_>) -> PublicKey {
    PublicKey::Other {
        algorithm: info.algorithm.algorithm.to_id_string(),
    }
}

fn curve(info: &SubjectPublicKeyInfo<'_>) -> String {
    let parameters = info.algorithm.parameters.as_ref();
    let Some(Ok(oid)) = parameters.map(|any| any.clone().oid()) else {
        return "unnamed curve".to_owned();
    };
    match &*oid.to_id_string() {
        "1.2.840.10045.3.1.7" => "P-256".to_owned(),
        "1.3.132.0.34" => "P-384".to_owned(),
        "1.3.132.0.35" => "P-521".to_owned(),
        oid => oid.to_owned(),
    }
}

/// As Windows names it.
fn signature_algorithm(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.1.4" => "md5RSA",
        "1.2.840.113549.1.1.5" => "sha1RSA",
        "1.2.840.113549.1.1.10" => "RSASSA-PSS",
        "1.2.840.113549.1.1.11" => "sha256RSA",
        "1.2.840.113549.1.1.12" => "sha384RSA",
        "1.2.840.113549.1.1.13" => "sha512RSA",
        "1.2.840.10045.4.1" => "sha1ECDSA",
        "1.2.840.10045.4.3.2" => "sha256ECDSA",
        "1.2.840.10045.4.3.3" => "sha384ECDSA",
        "1.2.840.10045.4.3.4" => "sha512ECDSA",
        oid => oid,
    }
    .to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
#[path = "x509_tests.rs"]
mod tests;
