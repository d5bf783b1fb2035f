//! What the encoder writes, the decoder reads: trees of every shape the format knows.

#![allow(clippy::unwrap_used, reason = "a test's helper functions are tests")]

use proptest::prelude::*;
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reading;
use rdpfix_formats::regf::encode::{
    DirtyHive, EncodeError, HiveSpec, KeySpec, ListKind, LogSpec, ValueSpec,
    default_security_descriptor, dirty,
};
use rdpfix_formats::regf::{
    ControlSet, Hive, HiveState, Key, KeyFlags, LogFormat, RegfError, Validation, ValueData,
    ValueType,
};

/// A key as it is read back, in the form it is written from: subkeys in the hive's order.
fn read_back<R: ReadAt>(key: &Key<'_, R>, list: ListKind) -> KeySpec {
    let mut spec = KeySpec::new(&key.name());
    let of_the_writer = KeyFlags::HIVE_ENTRY
        .union(KeyFlags::NO_DELETE)
        .union(KeyFlags::COMPRESSED_NAME);
    spec.flags = KeyFlags::from_bits(key.flags().bits() & !of_the_writer.bits());
    spec.last_written = key.last_written();
    spec.class = key.class().present();
    spec.security = key.security_descriptor().present().unwrap();
    spec.values = key
        .values()
        .map(|value| {
            let value = value.unwrap();
            ValueSpec {
                name: value.name,
                kind: value.kind,
                bytes: value.bytes,
            }
        })
        .collect();
    spec.list = list;
    spec.subkeys = key
        .subkeys()
        .map(|subkey| read_back(&subkey.unwrap(), list))
        .collect();
    spec
}

fn sorted(mut spec: KeySpec) -> KeySpec {
    spec.subkeys = spec.subkeys.into_iter().map(sorted).collect();
    spec.subkeys
        .sort_by_key(|key| key.name.chars().map(upper).collect::<Vec<_>>());
    spec
}

/// ß has no upper case of one letter, and stays as it is in a registry.
fn upper(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => letter,
    }
}

fn value() -> impl Strategy<Value = ValueSpec> {
    let bytes = prop_oneof![
        6 => prop::collection::vec(any::<u8>(), 0..12),
        2 => prop::collection::vec(any::<u8>(), 12..5000),
        1 => (16_340_usize..50_000).prop_map(|length| (0..length).map(|at| (at % 251) as u8).collect()),
    ];
    (0..14_u32, bytes).prop_map(|(kind, bytes)| ValueSpec {
        name: String::new(),
        kind: ValueType::new(kind),
        bytes,
    })
}

/// Names of every alphabet; the index keeps them apart whatever case does.
fn named(index: usize, name: &str) -> String {
    format!("{name}{index:x}")
}

fn tree() -> impl Strategy<Value = KeySpec> {
    let name = "[A-Za-z {}.~éñßЖжΩω漢]{0,8}";
    let list = prop_oneof![
        Just(ListKind::OfVersion),
        Just(ListKind::IndexLeaf),
        Just(ListKind::FastLeaf),
        Just(ListKind::HashLeaf),
        Just(ListKind::IndexRoot)
    ];
    let security = prop_oneof![
        3 => Just(default_security_descriptor()),
        1 => prop::collection::vec(any::<u8>(), 20..60),
    ];
    let key = (
        name,
        any::<u64>(),
        prop::option::of("[A-Z]{1,6}"),
        security,
        prop::collection::vec((name, value()), 0..4),
        list,
    )
        .prop_map(|(name, time, class, security, values, list)| KeySpec {
            name,
            flags: KeyFlags::default(),
            last_written: FileTime::from_ticks(time),
            class,
            security,
            values: values
                .into_iter()
                .enumerate()
                .map(|(index, (name, value))| ValueSpec {
                    name: named(index, &name),
                    ..value
                })
                .collect(),
            subkeys: Vec::new(),
            list,
        });
    let key = key.prop_map(|mut key| {
        key.name = named(0, &key.name);
        key
    });
    key.prop_recursive(4, 24, 4, |inner| {
        (inner.clone(), prop::collection::vec(inner, 0..5)).prop_map(|(mut key, subkeys)| {
            key.subkeys = subkeys;
            for (index, subkey) in key.subkeys.iter_mut().enumerate() {
                subkey.name = named(index, &subkey.name);
            }
            key
        })
    })
}

/// The kind of list cannot be read back: it is no difference.
fn one_list(mut spec: KeySpec) -> KeySpec {
    spec.list = ListKind::OfVersion;
    spec.subkeys = spec.subkeys.into_iter().map(one_list).collect();
    spec
}

fn found_without_case<R: ReadAt>(key: &Key<'_, R>, spec: &KeySpec) {
    for subkey in &spec.subkeys {
        let found = key.subkey(&subkey.name.to_lowercase()).present().unwrap();
        assert_eq!(found.name(), subkey.name);
        found_without_case(&found, subkey);
    }
    for value in &spec.values {
        let found = key.value(&value.name.to_lowercase()).present().unwrap();
        assert_eq!((&found.name, &found.bytes), (&value.name, &value.bytes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_tree_comes_back(root in tree(), minor in 3_u32..=6) {
        let mut spec = HiveSpec::new("TREE");
        spec.minor_version = minor;
        spec.root = root;
        let bytes = spec.encode().unwrap();
        let hive = Hive::open_as(bytes.as_slice(), &[], Validation::Strict).unwrap();
        prop_assert_eq!(hive.state(), &HiveState::Clean);
        let root = hive.root().unwrap();
        let read = read_back(&root, ListKind::OfVersion);
        prop_assert_eq!(&read, &sorted(one_list(spec.root.clone())));
        found_without_case(&root, &read);
        prop_assert!(hive.walk().all(|walked| walked.is_ok()));
    }

    #[test]
    fn any_change_comes_back_from_logs_alone(
        old in tree(),
        new in tree(),
        entries in 1_usize..5,
        logs in 1_usize..=2,
        is_old in any::<bool>(),
        lose_base_block in any::<bool>(),
    ) {
        let mut spec = HiveSpec::new("TREE");
        spec.sequence = 7;
        spec.root = old;
        let old = spec.encode().unwrap();
        spec.root = new;
        let new = spec.encode().unwrap();
        let format = if is_old { LogFormat::Old } else { LogFormat::New };
        // Without a base block Windows applies the last log alone.
        let logs = if lose_base_block { 1 } else { logs };
        let log_spec = LogSpec { format, logs, entries, lose_base_block };
        let DirtyHive { primary, logs } = dirty(&old, &new, &log_spec).unwrap();
        let logs: Vec<&dyn ReadAt> = logs.iter().rev().map(|log| log as &dyn ReadAt).collect();
        let hive = Hive::open_as(primary, &logs, Validation::Strict);
        if logs.is_empty() || logs.iter().all(|log| log.len() <= 512) {
            return Ok(()); // Both trees were the same.
        }
        let hive = hive.unwrap();
        let HiveState::Recovered(recovery) = hive.state() else {
            panic!("not recovered");
        };
        prop_assert_eq!(recovery.format, format);
        prop_assert_eq!(recovery.base_block, lose_base_block);
        prop_assert_eq!(&recovery.stopped, &None);
        let read = read_back(&hive.root().unwrap(), ListKind::OfVersion);
        prop_assert_eq!(read, sorted(one_list(spec.root.clone())));
    }
}

fn system() -> HiveSpec {
    let mut system = HiveSpec::new("SYSTEM");
    system.sequence = 41;
    system.set("Select", "Current", &ValueData::Dword(2));
    system.set("Select", "Default", &ValueData::Dword(2));
    system.set("Select", "Failed", &ValueData::Dword(1));
    let server = "ControlSet002\\Control\\Terminal Server";
    system.set(server, "fDenyTSConnections", &ValueData::Dword(0));
    system
}

#[test]
fn what_stands_only_in_the_log_is_read() {
    let mut system = system();
    let old = system.encode().unwrap();
    let server = "ControlSet002\\Control\\Terminal Server";
    system.set(server, "fDenyTSConnections", &ValueData::Dword(1));
    let new = system.encode().unwrap();
    let made = dirty(&old, &new, &LogSpec::default()).unwrap();
    let deny = |hive: &Hive<&[u8]>| {
        let key = hive.key("CurrentControlSet\\Control\\Terminal Server");
        let value = key.and_then(|key| key.value("fDenyTSConnections"));
        value.present().unwrap().number().unwrap()
    };

    let alone = Hive::open(made.primary.as_slice()).unwrap();
    assert_eq!(deny(&alone), 0);
    let HiveState::DirtyWithoutLogs {
        primary_sequence,
        secondary_sequence,
        checksum_matches,
        refused,
    } = alone.state()
    else {
        panic!("a dirty hive without logs");
    };
    assert_eq!((*primary_sequence, *secondary_sequence), (42, 41));
    assert!(*checksum_matches && refused.is_empty());
    let strict = Hive::open_as(made.primary.as_slice(), &[], Validation::Strict);
    assert!(matches!(strict, Err(RegfError::Dirty { .. })));

    let whole = Hive::open_with_logs(made.primary.as_slice(), &[&made.logs[0]]).unwrap();
    assert_eq!(deny(&whole), 1);

    // A log of the time before, or one that is torn, changes nothing and is said.
    let mut torn = made.logs[0].clone();
    let last = torn.len() - 600;
    torn[last] ^= 1;
    let hive = Hive::open_with_logs(made.primary.as_slice(), &[&torn]).unwrap();
    assert_eq!(deny(&hive), 0);
    let HiveState::DirtyWithoutLogs { refused, .. } = hive.state() else {
        panic!("a torn log was applied");
    };
    assert!(
        refused[0]
            .to_string()
            .starts_with("hash 1 of a log entry at offset 0x200: expected that of its pages")
    );

    // A clean hive's logs are ignored.
    let clean = Hive::open_with_logs(old.as_slice(), &[&made.logs[0]]).unwrap();
    assert_eq!((deny(&clean), clean.state()), (0, &HiveState::Clean));
}

#[test]
fn a_torn_entry_ends_the_replay_and_keeps_those_before() {
    let mut spec = HiveSpec::new("TREE");
    for index in 0..200 {
        spec.set(&format!("Key{index:03}"), "V", &ValueData::Dword(0));
    }
    let old = spec.encode().unwrap();
    for index in 0..200 {
        spec.set(&format!("Key{index:03}"), "V", &ValueData::Dword(1));
    }
    let new = spec.encode().unwrap();
    let log_spec = LogSpec {
        entries: 4,
        ..LogSpec::default()
    };
    let mut made = dirty(&old, &new, &log_spec).unwrap();
    let last = made.logs[0].len() - 600;
    made.logs[0][last] ^= 1;
    let hive = Hive::open_with_logs(made.primary.as_slice(), &[&made.logs[0]]).unwrap();
    let HiveState::Recovered(recovery) = hive.state() else {
        panic!("nothing was applied");
    };
    assert_eq!(recovery.entries, 3);
    assert!(recovery.stopped.is_some());
    let value = |index: u32| {
        let key = hive.key(&format!("Key{index:03}")).present().unwrap();
        key.value("V").present().unwrap().number().unwrap()
    };
    assert_eq!((value(0), value(199)), (1, 0));
}

#[test]
fn control_sets_are_what_select_says() {
    let hive = Hive::open(system().encode().unwrap()).unwrap();
    let sets = ControlSet::current(&hive).present().unwrap();
    assert_eq!(
        (sets.current, sets.failed.clone()),
        (2, Reading::Present(1))
    );
    assert_eq!(sets.last_known_good, Reading::Absent);
    assert_eq!(sets.key_name().unwrap(), "ControlSet002");
    assert_eq!(
        sets.resolve("currentcontrolset\\Services"),
        "ControlSet002\\Services"
    );
    assert_eq!(sets.resolve("Select"), "Select");
    assert!(hive.key("CURRENTCONTROLSET\\control").is_present());
    assert_eq!(
        hive.key("CurrentControlSet\\None")
            .present()
            .map(|key| key.name()),
        None
    );
    let software = Hive::open(HiveSpec::new("SOFTWARE").encode().unwrap()).unwrap();
    assert_eq!(ControlSet::current(&software), Reading::Absent);
    assert!(matches!(software.key("CurrentControlSet"), Reading::Absent));
}

#[test]
fn links_are_reported_and_not_followed() {
    let mut spec = system();
    spec.key("Link").flags = KeyFlags::SYMBOLIC_LINK;
    let target = "\\Registry\\Machine\\Software";
    spec.set(
        "Link",
        "SymbolicLinkValue",
        &ValueData::Link(target.to_owned()),
    );
    // A volatile link of Windows that reached the disk all the same.
    spec.key("CurrentControlSet").flags = KeyFlags::SYMBOLIC_LINK;
    let hive = Hive::open(spec.encode().unwrap()).unwrap();
    let link = hive.key("Link").present().unwrap();
    assert_eq!(link.symbolic_link(), Reading::Present(target.to_owned()));
    let Reading::Unreadable(reason) = hive.key("Link\\Microsoft") else {
        panic!("below a link");
    };
    assert!(
        reason
            .to_string()
            .contains("symbolic link to \\Registry\\Machine\\Software")
    );
    assert!(hive.key("CurrentControlSet\\Control").is_present());
    assert_eq!(hive.root().unwrap().symbolic_link(), Reading::Absent);
}

#[test]
fn a_thousand_subkeys_are_split_over_leaves() {
    for list in [ListKind::HashLeaf, ListKind::FastLeaf, ListKind::IndexLeaf] {
        let mut spec = HiveSpec::new("TREE");
        spec.root.list = list;
        for index in 0..1234 {
            spec.root
                .subkeys
                .push(KeySpec::new(&format!("Key{index:05}")));
        }
        let hive = Hive::open_as(spec.encode().unwrap(), &[], Validation::Strict).unwrap();
        assert_eq!(hive.root().unwrap().subkeys().count(), 1234);
        assert!(hive.key("KEY01233").is_present());
        assert!(matches!(hive.key("KEY01234"), Reading::Absent));
    }
}

#[test]
fn what_the_format_cannot_say_is_refused() {
    let refused = |change: &dyn Fn(&mut HiveSpec)| {
        let mut spec = HiveSpec::new("TREE");
        change(&mut spec);
        spec.encode().unwrap_err()
    };
    let name = |name: &str| EncodeError::Name {
        name: name.to_owned(),
    };
    assert_eq!(refused(&|spec| spec.root.name.clear()), name(""));
    assert_eq!(
        refused(&|spec| spec.root.name = "a\\b".to_owned()),
        name("a\\b")
    );
    let twins = refused(&|spec| spec.root.subkeys = vec![KeySpec::new("é"), KeySpec::new("É")]);
    assert!(matches!(twins, EncodeError::Twice { .. }));
    let deep = refused(&|spec| {
        spec.key(&["k"; 513].join("\\"));
    });
    assert_eq!(deep, EncodeError::TooDeep);
    let mut spec = HiveSpec::new("TREE");
    spec.key(&["k"; 512].join("\\"));
    let hive = Hive::open(spec.encode().unwrap()).unwrap();
    assert_eq!(hive.walk().filter(Result::is_ok).count(), 513);
}

#[test]
fn a_lookup_reads_a_small_part_of_the_hive() {
    struct Counted(Vec<u8>, std::cell::Cell<usize>);
    impl ReadAt for Counted {
        fn len(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.read_at(offset, buf)?;
            self.1.set(self.1.get() + count);
            Ok(count)
        }
    }
    let mut spec = system();
    for index in 0..20_000 {
        let key = KeySpec::new(&format!("Service{index:05}"));
        spec.key("ControlSet002\\Services").subkeys.push(key);
    }
    let bytes = spec.encode().unwrap();
    let length = bytes.len();
    let hive = Hive::open(Counted(bytes, std::cell::Cell::new(0))).unwrap();
    assert!(
        hive.key("CurrentControlSet\\Services\\service12345")
            .is_present()
    );
    let read = hive.into_inner().1.get();
    assert!(
        length > 2_000_000 && read < 600_000,
        "{read} of {length} bytes"
    );
}
