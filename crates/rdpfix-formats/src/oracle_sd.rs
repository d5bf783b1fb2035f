//! What must hold for any bytes whatever, for fuzzing and for tests: security descriptors, certificate blobs and key files.

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
