//! What must hold for any bytes whatever, for fuzzing and for tests: security descriptors, certificate blobs and key files.

use crate::cert::{Certificate, CertificateBlob, KeyProviderInfo, Thumbprint};
use crate::keyfile::{KeyFile, KeyFileName, PublicHalf};
use crate::sd::diff::differences;
use crate::sd::{AccessMask, ObjectKind, SecurityDescriptor, Token, access_check};

/// Reads a security descriptor and does everything with it.
///
/// # Panics
/// When a descriptor that was read is not written and read as the same: a bug.
pub fn descriptor(bytes: &[u8]) {
    match SecurityDescriptor::decode(bytes) {
        Ok(descriptor) => descriptor_holds(&descriptor),
        Err(error) => {
            let _ = error.to_string();
        }
    }
}

/// Reads SDDL and does everything with what it says.
///
/// # Panics
/// When the text written for it says something else: a bug.
pub fn sddl(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match SecurityDescriptor::from_sddl(&text) {
        Ok(descriptor) => {
            let written = descriptor.to_sddl();
            let again = written.as_deref().map(SecurityDescriptor::from_sddl);
            assert_eq!(again, Ok(Ok(descriptor.clone())), "{text}");
            descriptor_holds(&descriptor);
        }
        Err(error) => {
            let _ = error.to_string();
        }
    }
}

fn descriptor_holds(descriptor: &SecurityDescriptor) {
    // What was read from parts that overlap can be too large to be written one after the other; from text, too.
    if let Ok(bytes) = descriptor.encode() {
        let again = SecurityDescriptor::decode(&bytes);
        assert_eq!(again.as_ref(), Ok(descriptor));
        assert_eq!(again.and_then(|again| again.encode()), Ok(bytes));
    }
    if let Ok(text) = descriptor.to_sddl() {
        let again = SecurityDescriptor::from_sddl(&text);
        assert!(again.is_ok(), "{text}: {again:?}");
    }
    for kind in [ObjectKind::File, ObjectKind::Key] {
        for token in [
            Token::system(None),
            Token::network_service(Some("TermService")),
        ] {
            let report = access_check(descriptor, &token, AccessMask::MAXIMUM_ALLOWED, kind);
            let _ = report.to_string();
        }
        assert_eq!(differences(descriptor, descriptor, kind), []);
    }
}

/// Reads a certificate's registry value and the certificate in it; and the bytes as a certificate.
///
/// # Panics
/// When what was read of the value is not written as the bytes it was read from: a bug.
pub fn certificate(bytes: &[u8]) {
    let blob = CertificateBlob::decode(bytes);
    let written = blob.encode();
    assert!(bytes.starts_with(&written));
    assert_eq!(written.len() == bytes.len(), blob.damage.is_none());
    let _ = (blob.friendly_name(), blob.noted_thumbprint());
    if let Some(Ok(provider)) = blob.key_provider() {
        // Offset 0 stands for no name, which is not written as one; what is not UTF-16 was replaced once and stays.
        if !provider.container.is_empty() && !provider.provider.is_empty() {
            let again = KeyProviderInfo::decode(&provider.encode(), 0);
            let parameter_count = 0;
            assert_eq!(
                again,
                Ok(KeyProviderInfo {
                    parameter_count,
                    ..provider
                })
            );
        }
    }
    for der in [blob.der().unwrap_or_default(), bytes] {
        match Certificate::from_der(der) {
            Ok(certificate) => {
                assert!(certificate.trailing < der.len());
                let _ = certificate.server_authentication();
                let _ = (
                    certificate.public_key.describe(),
                    certificate.public_key.bits(),
                );
                let thumbprint = certificate.thumbprint;
                assert_eq!(Thumbprint::parse(&thumbprint.to_string()), Some(thumbprint));
            }
            Err(error) => {
                let _ = error.to_string();
            }
        }
    }
}

/// Recognises a key file.
///
/// # Panics
/// When the parts of a recognised file do not make it up: a bug.
pub fn key_file(bytes: &[u8]) {
    match KeyFile::recognise(bytes) {
        KeyFile::Empty => assert!(bytes.is_empty()),
        KeyFile::Container(container) => {
            assert!(container.name.len() < bytes.len());
            for pair in [container.signature_key, container.exchange_key]
                .into_iter()
                .flatten()
            {
                let private = usize::try_from(pair.private_length);
                assert!(private.is_ok_and(|length| length < bytes.len()));
                if let PublicHalf::Rsa(key) = pair.public {
                    assert!(key.modulus().len() < bytes.len());
                }
            }
        }
        KeyFile::Cng(key) => assert!(!key.name.is_empty()),
        KeyFile::CutOff { expected, found } => assert!(found < expected),
        KeyFile::Unrecognised {
            length,
            container,
            cng,
        } => {
            assert_eq!(length, bytes.len());
            let _ = (container.to_string(), cng.to_string());
        }
    }
    let name = String::from_utf8_lossy(bytes);
    if let Some(name) = KeyFileName::parse(&name) {
        assert_eq!(KeyFileName::parse(&name.to_string()), Some(name));
    }
}
