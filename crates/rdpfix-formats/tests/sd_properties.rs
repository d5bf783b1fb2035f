//! What must hold for every security descriptor: bytes and text come back, and evaluation keeps its laws.

#![allow(clippy::unwrap_used)]

mod sd_support;

use proptest::prelude::*;
use rdpfix_formats::oracle_sd;
use rdpfix_formats::sd::access_check::Verdict;
use rdpfix_formats::sd::diff::differences;
use rdpfix_formats::sd::{AccessMask, Ace, AclState, SecurityDescriptor, access_check};
use sd_support::{descriptors, kinds, masks, sids, tokens};

/// The descriptor with another entry in front of its DACL; itself where there is none.
fn with_first(mut descriptor: SecurityDescriptor, ace: Ace) -> SecurityDescriptor {
    if let AclState::Present(acl) = &mut descriptor.dacl {
        acl.aces.insert(0, ace);
    }
    descriptor
}

proptest! {
    #[test]
    fn bytes_come_back(descriptor in descriptors(false)) {
        let bytes = descriptor.encode().unwrap();
        let again = SecurityDescriptor::decode(&bytes).unwrap();
        prop_assert_eq!(&again, &descriptor);
        prop_assert_eq!(again.encode().unwrap(), bytes);
    }

    #[test]
    fn text_comes_back(descriptor in descriptors(true)) {
        let text = descriptor.to_sddl().unwrap();
        let again = SecurityDescriptor::from_sddl(&text).unwrap();
        prop_assert_eq!(&again, &descriptor, "{}", text);
    }

    #[test]
    fn broken_bytes_are_refused_not_fatal(
        descriptor in descriptors(false), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = descriptor.encode().unwrap();
        let index = at.index(bytes.len());
        bytes[index] = byte;
        oracle_sd::descriptor(&bytes);
        oracle_sd::descriptor(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn any_text_is_refused_not_fatal(text in "[OGDS:();AFRNSYPI0-9x ]{0,40}") {
        oracle_sd::sddl(text.as_bytes());
    }

    #[test]
    fn a_deny_never_gives_and_an_allow_never_takes(
        descriptor in descriptors(false), token in tokens(), wanted in masks(), kind in kinds(), mask in masks(), sid in sids(),
    ) {
        let granted = |d: &SecurityDescriptor| access_check(d, &token, wanted, kind).with(Verdict::Granted);
        let before = granted(&descriptor);
        let denied = with_first(descriptor.clone(), Ace::deny(mask, sid.clone()));
        // An entry for OWNER RIGHTS takes from the owner what he had by himself, whatever it says.
        let owner_rights = sid.to_string() == "S-1-3-4";
        prop_assert!(before.contains(granted(&denied)));
        if !owner_rights {
            let allowed = with_first(descriptor, Ace::allow(mask, sid));
            prop_assert!(granted(&allowed).contains(before));
        }
    }

    #[test]
    fn every_wanted_right_is_decided_once(
        descriptor in descriptors(false), token in tokens(), wanted in masks(), kind in kinds(),
    ) {
        let report = access_check(&descriptor, &token, wanted, kind);
        let mut seen = AccessMask::NONE;
        for decision in &report.decisions {
            prop_assert!(!decision.mask.is_empty() && !seen.intersects(decision.mask));
            seen |= decision.mask;
        }
        prop_assert_eq!(seen, report.wanted);
        prop_assert_eq!(report.verdict() == Verdict::Granted, report.with(Verdict::Granted) == report.wanted);
    }

    #[test]
    fn no_difference_means_the_same_access(
        descriptor in descriptors(true), swap in any::<(prop::sample::Index, prop::sample::Index)>(), token in tokens(), kind in kinds(),
    ) {
        prop_assert!(differences(&descriptor, &descriptor, kind).is_empty());
        let mut other = descriptor.clone();
        if let AclState::Present(acl) = &mut other.dacl && !acl.aces.is_empty() {
            let count = acl.aces.len();
            acl.aces.swap(swap.0.index(count), swap.1.index(count));
        }
        if differences(&descriptor, &other, kind).is_empty() {
            let granted = |d: &SecurityDescriptor| {
                access_check(d, &token, AccessMask::MAXIMUM_ALLOWED, kind).with(Verdict::Granted)
            };
            prop_assert_eq!(granted(&descriptor), granted(&other));
        }
    }
}
