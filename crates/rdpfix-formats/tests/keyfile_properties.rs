//! What must hold for every key file and certificate value, and for any bytes instead of one.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use rdpfix_formats::cert::{
    CertificateBlob, KeyProviderInfo, Property, PropertyId, PublicKey, RsaPublicKey,
};
use rdpfix_formats::guid::Guid;
use rdpfix_formats::keyfile::{KeyContainer, KeyFile, KeyFileName};
use rdpfix_formats::oracle_sd;

fn keys() -> impl Strategy<Value = RsaPublicKey> {
    let modulus = prop::collection::vec(any::<u8>(), 1..300);
    (any::<u32>(), modulus)
        .prop_filter("no number", |(_, modulus)| modulus.iter().any(|b| *b != 0))
        .prop_map(|(exponent, modulus)| RsaPublicKey::new(u64::from(exponent), &modulus))
}

proptest! {
    #[test]
    fn a_container_holds_the_key_it_was_made_with(key in keys(), other in keys(), name in "[ -~]{1,40}", private in 1_u32..3000) {
        let bytes = KeyContainer::fixture(&name, &key, private);
        let KeyFile::Container(container) = KeyFile::recognise(&bytes) else {
            return Err(TestCaseError::fail("not recognised"));
        };
        prop_assert_eq!(&container.name, &name);
        let same = key == other;
        prop_assert_eq!(container.holds(&PublicKey::Rsa(key)), Some(true));
        prop_assert_eq!(container.holds(&PublicKey::Rsa(other)), Some(same));
    }

    #[test]
    fn a_cut_container_is_not_recognised(key in keys(), cut in any::<prop::sample::Index>()) {
        let bytes = KeyContainer::fixture("TSSecKeySet1", &key, 100);
        let cut = &bytes[..cut.index(bytes.len())];
        prop_assert!(!matches!(KeyFile::recognise(cut), KeyFile::Container(_) | KeyFile::Cng(_)));
    }

    #[test]
    fn broken_containers_are_not_fatal(key in keys(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = KeyContainer::fixture("TSSecKeySet1", &key, 100);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        oracle_sd::key_file(&bytes);
    }

    #[test]
    fn file_names_come_back(container in "[ -~]{1,30}", machine in any::<[u8; 16]>()) {
        let name = KeyFileName::of_container(&container, Guid::from_bytes(machine)).unwrap();
        prop_assert_eq!(KeyFileName::parse(&name.to_string()), Some(name));
        prop_assert!(name.is_of(&container.to_ascii_uppercase()));
    }

    #[test]
    fn certificate_values_come_back(
        properties in prop::collection::vec((any::<u32>(), any::<u32>(), prop::collection::vec(any::<u8>(), 0..60)), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let properties = properties.into_iter().map(|(id, encoding, data)| Property {
            id: PropertyId(id), encoding, data_offset: 0, data,
        });
        let bytes = CertificateBlob { properties: properties.collect(), damage: None }.encode();
        prop_assert_eq!(CertificateBlob::decode(&bytes).encode(), bytes.clone());
        oracle_sd::certificate(&bytes[..cut.index(bytes.len().max(1)).min(bytes.len())]);
    }

    #[test]
    fn key_providers_come_back(container in "\\PC{1,30}", provider in "\\PC{1,30}", numbers in any::<[u32; 3]>()) {
        let [provider_type, flags, key_spec] = numbers;
        let info = KeyProviderInfo { container, provider, provider_type, flags, key_spec, parameter_count: 0 };
        prop_assert_eq!(KeyProviderInfo::decode(&info.encode(), 0), Ok(info));
    }
}
