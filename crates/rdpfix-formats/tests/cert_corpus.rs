//! Every certificate value of the corpus is read, and says what Python's `cryptography` read in it.
//!
//! The corpus lies outside the repository; without it the test says so and passes, unless `RDPFIX_REQUIRE_CORPUS` is set.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

use std::path::Path;

use rdpfix_formats::cert::{
    Certificate, CertificateBlob, PropertyId, ServerAuthentication, Thumbprint,
};
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::oracle_sd;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/certs");

fn facts() -> Option<Vec<serde_json::Value>> {
    let Ok(facts) = std::fs::read(Path::new(FOLDER).join("FACTS.json")) else {
        let required = std::env::var_os("RDPFIX_REQUIRE_CORPUS").is_some();
        assert!(!required, "the corpus is missing: {FOLDER}");
        println!("skipped: no corpus at {FOLDER}");
        return None;
    };
    Some(serde_json::from_slice(&facts).unwrap())
}

/// RFC 4514 as `cryptography` writes it, in Windows' spelling: a blank behind the comma, `S` and `E`.
fn as_windows_writes(name: &str) -> String {
    name.replace("\\,", "\u{1}")
        .replace(',', ", ")
        .replace('\u{1}', "\\,")
        .replace("ST=", "S=")
        .replace("1.2.840.113549.1.9.1=", "E=")
}

#[test]
fn corpus_certificates() {
    let Some(facts) = facts() else {
        return;
    };
    assert_eq!(facts.len(), 33);
    let mut with_key = 0;
    for fact in &facts {
        let text = |key: &str| fact[key].as_str().unwrap();
        let file = text("file");
        let bytes = std::fs::read(Path::new(FOLDER).join(file)).unwrap();
        let blob = CertificateBlob::decode(&bytes);
        assert_eq!(blob.damage, None, "{file}");
        assert_eq!(blob.encode(), bytes, "{file}");
        oracle_sd::certificate(&bytes);

        let properties: Vec<[u64; 3]> = blob
            .properties
            .iter()
            .map(|p| {
                [
                    u64::from(p.id.0),
                    u64::from(p.encoding),
                    u64::try_from(p.data.len()).unwrap(),
                ]
            })
            .collect();
        let expected: Vec<[u64; 3]> = serde_json::from_value(fact["props"].clone()).unwrap();
        assert_eq!(properties, expected, "{file}");

        let der = blob.der().unwrap();
        let beside = Path::new(FOLDER).join(file.replace(".blob", ".der"));
        assert_eq!(der, std::fs::read(beside).unwrap(), "{file}");
        let certificate = Certificate::from_der(der).unwrap();
        let thumbprint = Thumbprint::parse(text("sha1_of_der")).unwrap();
        assert_eq!(certificate.thumbprint, thumbprint, "{file}");
        assert_eq!(blob.noted_thumbprint(), Some(thumbprint), "{file}");
        assert_eq!(Thumbprint::parse(text("thumbprint_key")), Some(thumbprint));
        assert_eq!(certificate.subject, as_windows_writes(text("subject")));
        assert_eq!(certificate.issuer, as_windows_writes(text("issuer")));
        let time = |key: &str| FileTime::parse(&text(key).replace(' ', "T"));
        assert_eq!(Some(certificate.not_before), time("not_before"), "{file}");
        assert_eq!(Some(certificate.not_after), time("not_after"), "{file}");
        let algorithm = text("sig").replace("WithRSAEncryption", "RSA");
        assert_eq!(certificate.signature_algorithm, algorithm, "{file}");
        assert_eq!(
            certificate.self_issued,
            text("subject") == text("issuer"),
            "{file}"
        );
        assert_eq!(certificate.trailing, 0, "{file}");
        assert_eq!(
            certificate.unread_extensions,
            Vec::<String>::new(),
            "{file}"
        );
        // Property 92 is the size of the subject's key, by Windows itself.
        if let Some(size) = blob.property(PropertyId(92)) {
            let noted = u32::from_le_bytes(size.data[..4].try_into().unwrap());
            let bits = certificate.public_key.bits().unwrap();
            assert_eq!(u32::try_from(bits).unwrap(), noted, "{file}");
        }
        if let Some(provider) = blob.key_provider() {
            with_key += 1;
            let provider = provider.unwrap();
            assert_eq!(
                provider.container,
                "2655f347b6b69a9c08890adc0a908581_94f748d5-d585-4309-9e7a-4be163cfc6d4"
            );
            assert_eq!(
                provider.provider,
                "Microsoft Enhanced RSA and AES Cryptographic Provider"
            );
            assert_eq!(
                (provider.provider_type, provider.flags, provider.key_spec),
                (24, 0, 2)
            );
            assert!(!provider.is_machine_key() && !provider.is_cng());
            assert!(certificate.self_issued);
            // For signing code: no server may show it.
            assert_eq!(
                certificate.server_authentication(),
                ServerAuthentication::NotAllowed
            );
        }
    }
    assert_eq!(with_key, 1);
}

/// Any byte of any value changed: read or refused, never fatal.
#[test]
fn broken_corpus_certificates() {
    for fact in facts().into_iter().flatten().step_by(7) {
        let file = fact["file"].as_str().unwrap();
        let good = std::fs::read(Path::new(FOLDER).join(file)).unwrap();
        for at in 0..good.len() {
            let mut bytes = good.clone();
            bytes[at] ^= 0x81;
            oracle_sd::certificate(&bytes);
        }
    }
}
