//! What must hold for every security descriptor: bytes and text come back, and evaluation keeps its laws.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use rdpfix_formats::guid::Guid;
use rdpfix_formats::oracle_sd;
use rdpfix_formats::sd::access_check::Verdict;
use rdpfix_formats::sd::diff::differences;
use rdpfix_formats::sd::{
    AccessMask, Ace, AceBody, AceFlags, AceType, Acl, AclState, Control, ObjectKind,
    SecurityDescriptor, Token, access_check,
};
use rdpfix_formats::sid::Sid;

fn sids() -> impl Strategy<Value = Sid> {
    const KNOWN: &[&str] = &[
        "S-1-5-20",
        "S-1-1-0",
        "S-1-5-18",
        "S-1-5-11",
        "S-1-5-32-544",
        "S-1-3-4",
        "S-1-5-6",
        "S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104",
    ];
    let any = (0_u64..1 << 48, prop::collection::vec(any::<u32>(), 0..=15))
        .prop_map(|(authority, subs)| Sid::new(authority, &subs).unwrap());
    prop_oneof![
        4 => prop::sample::select(KNOWN).prop_map(|text| Sid::parse(text).unwrap()),
        1 => any,
    ]
}

fn masks() -> impl Strategy<Value = AccessMask> {
    let named = prop::sample::select(
        &[
            0x001F_01FF,
            0x0012_0089,
            0x0012_0116,
            0x1000_0000,
            0x8000_0000,
            0x1,
            0x6,
            0,
        ][..],
    );
    prop_oneof![named, any::<u32>()].prop_map(AccessMask)
}

/// Entries of every shape; with `plain`, those that SDDL can say.
fn aces(plain: bool) -> impl Strategy<Value = Ace> {
    let data = move || {
        let words = prop::collection::vec(any::<[u8; 4]>(), 0..3).prop_map(|w| w.concat());
        if plain {
            Just(Vec::new()).boxed()
        } else {
            words.boxed()
        }
    };
    let simple_types: &[u8] = if plain {
        &[0, 1, 2, 3, 0x11, 0x13, 0x14]
    } else {
        &[0, 1, 2, 9, 10, 13, 0x11, 0x12, 0x15]
    };
    let simple = (prop::sample::select(simple_types), masks(), sids(), data())
        .prop_map(|(t, mask, sid, data)| (AceType(t), AceBody::Simple { mask, sid, data }));
    let guids = || prop::option::of(any::<[u8; 16]>().prop_map(Guid::from_bytes));
    let object_types: &[u8] = if plain {
        &[5, 6, 7, 8]
    } else {
        &[5, 6, 11, 12, 15, 16]
    };
    let flags = if plain {
        Just(0).boxed()
    } else {
        any::<u32>().prop_map(|f| f & !3).boxed()
    };
    let object = (
        prop::sample::select(object_types),
        masks(),
        flags,
        guids(),
        guids(),
        sids(),
        data(),
    )
        .prop_map(
            |(t, mask, other_flags, object_type, inherited_object_type, sid, data)| {
                let body = AceBody::Object {
                    mask,
                    other_flags,
                    object_type,
                    inherited_object_type,
                    sid,
                    data,
                };
                (AceType(t), body)
            },
        );
    let raw = (0x16_u8.., prop::collection::vec(any::<[u8; 4]>(), 0..4))
        .prop_map(|(t, words)| (AceType(t), AceBody::Raw(words.concat())));
    let raw_weight = u32::from(!plain);
    (
        prop_oneof![6 => simple, 1 => object, raw_weight => raw],
        any::<u8>(),
    )
        .prop_map(|((ace_type, body), flags)| Ace {
            ace_type,
            flags: AceFlags(flags),
            body,
        })
}

fn lists(plain: bool) -> impl Strategy<Value = AclState> {
    prop_oneof![
        1 => Just(AclState::NotPresent),
        1 => Just(AclState::Null),
        6 => prop::collection::vec(aces(plain), 0..6).prop_map(|aces| AclState::Present(Acl::new(aces))),
    ]
}

fn descriptors(plain: bool) -> impl Strategy<Value = SecurityDescriptor> {
    let control: u16 = if plain { 0x3F00 } else { 0xFFFF };
    (
        prop::option::of(sids()),
        prop::option::of(sids()),
        lists(plain),
        lists(plain),
        any::<u16>(),
    )
        .prop_map(move |(owner, group, dacl, sacl, bits)| {
            let mut bits = bits & control;
            if plain {
                // The text has no place for the flags of a list that is not there.
                if dacl == AclState::NotPresent {
                    bits &= !0x1500;
                }
                if sacl == AclState::NotPresent {
                    bits &= !0x2A00;
                }
            }
            SecurityDescriptor::new(owner, group, dacl, sacl).with_control(Control(bits))
        })
}

fn tokens() -> impl Strategy<Value = Token> {
    prop_oneof![
        Just(Token::system(Some("SessionEnv"))),
        Just(Token::network_service(Some("TermService"))),
        (sids(), prop::collection::vec(sids(), 0..4))
            .prop_map(|(user, groups)| Token::new(user, groups)),
    ]
}

fn kinds() -> impl Strategy<Value = ObjectKind> {
    prop::sample::select(&[ObjectKind::File, ObjectKind::Folder, ObjectKind::Key][..])
}

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
