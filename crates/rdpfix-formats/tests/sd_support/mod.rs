//! Random descriptors, tokens and masks, for the tests that need many.

// Not every test needs everything.
#![allow(dead_code)]

use proptest::prelude::*;
use rdpfix_formats::guid::Guid;
use rdpfix_formats::sd::{
    AccessMask, Ace, AceBody, AceFlags, AceType, Acl, AclState, Control, ObjectKind,
    SecurityDescriptor, Token,
};
use rdpfix_formats::sid::Sid;

pub(crate) fn sids() -> impl Strategy<Value = Sid> {
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

pub(crate) fn masks() -> impl Strategy<Value = AccessMask> {
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
pub(crate) fn aces(plain: bool) -> impl Strategy<Value = Ace> {
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

pub(crate) fn lists(plain: bool) -> impl Strategy<Value = AclState> {
    prop_oneof![
        1 => Just(AclState::NotPresent),
        1 => Just(AclState::Null),
        6 => prop::collection::vec(aces(plain), 0..6).prop_map(|aces| AclState::Present(Acl::new(aces))),
    ]
}

pub(crate) fn descriptors(plain: bool) -> impl Strategy<Value = SecurityDescriptor> {
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

pub(crate) fn tokens() -> impl Strategy<Value = Token> {
    prop_oneof![
        Just(Token::system(Some("SessionEnv"))),
        Just(Token::network_service(Some("TermService"))),
        (sids(), prop::collection::vec(sids(), 0..4))
            .prop_map(|(user, groups)| Token::new(user, groups)),
    ]
}

pub(crate) fn kinds() -> impl Strategy<Value = ObjectKind> {
    prop::sample::select(&[ObjectKind::File, ObjectKind::Folder, ObjectKind::Key][..])
}
