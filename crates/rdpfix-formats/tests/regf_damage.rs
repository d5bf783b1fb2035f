//! Damaged, cut and made-up hives: what is whole is read, the rest is said, and nothing goes in circles.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test's helper functions are tests"
)]

use std::path::Path;

use proptest::prelude::*;
use rdpfix_formats::oracle_regf;
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::{Reading, Reason};
use rdpfix_formats::regf::encode::{HiveSpec, KeySpec, ListKind, LogSpec, dirty};
use rdpfix_formats::regf::{
    CellOffset, Hive, HiveState, KeyFlags, LogFormat, RegfError, Validation, ValueData,
};

/// A small hive with one of everything.
fn spec() -> HiveSpec {
    let mut spec = HiveSpec::new("SYSTEM");
    spec.set("Select", "Current", &ValueData::Dword(1));
    let server = "ControlSet001\\Control\\Terminal Server";
    spec.set(server, "fDenyTSConnections", &ValueData::Dword(1));
    spec.set(
        server,
        "Names",
        &ValueData::MultiString(vec!["a".to_owned(), "b".to_owned()]),
    );
    spec.set(server, "", &ValueData::String("default".to_owned()));
    spec.key(server).class = Some("Class".to_owned());
    spec.key("Ключ").list = ListKind::IndexLeaf;
    spec.set("Ключ\\Один", "Значение", &ValueData::Qword(7));
    spec.key("Link").flags = KeyFlags::SYMBOLIC_LINK;
    spec.set(
        "Link",
        "SymbolicLinkValue",
        &ValueData::Link("\\Registry\\A".to_owned()),
    );
    for name in ["A", "B", "C", "D"] {
        spec.root.subkeys.push(KeySpec::new(name));
    }
    spec
}

fn offset_of(bytes: &[u8], path: &str) -> usize {
    let hive = Hive::open(bytes).unwrap();
    let key = hive.key(path).present().expect("the key");
    usize::try_from(key.offset().file_offset()).unwrap()
}

fn put(bytes: &mut [u8], at: usize, word: u32) {
    bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Corrects the checksum of a base block.
fn sum(bytes: &mut [u8]) {
    let words = bytes[..508].chunks_exact(4);
    let sum = words.fold(0, |sum, word| {
        sum ^ u32::from_le_bytes(word.try_into().unwrap())
    });
    put(bytes, 508, sum);
}

fn damaged<T>(reading: Reading<T>) -> String {
    match reading {
        Reading::Unreadable(Reason::Damaged(message)) => message,
        Reading::Unreadable(other) => panic!("{other}"),
        Reading::Present(_) => panic!("present"),
        Reading::Absent => panic!("absent"),
    }
}

#[test]
fn a_damaged_subkey_does_not_hide_its_siblings() {
    let mut bytes = spec().encode().unwrap();
    let at = offset_of(&bytes, "B");
    bytes[at + 4] = b'x';
    let hive = Hive::open(bytes.as_slice()).unwrap();
    let root = hive.root().unwrap();
    let names: Vec<Option<String>> = root.subkeys().map(|key| Some(key.ok()?.name())).collect();
    assert_eq!(names.iter().filter(|name| name.is_none()).count(), 1);
    assert_eq!(names.len(), 8);
    assert!(hive.key("D").is_present());
    let message = damaged(hive.key("B"));
    let expected = format!(
        "key node at offset {:#x}: expected `nk`, found 0x786b",
        at + 4
    );
    assert_eq!(message, expected);
    // The hash says that the damaged key is none of that name.
    assert!(matches!(hive.key("E"), Reading::Absent));

    let strict = Hive::open_as(bytes.as_slice(), &[], Validation::Strict).unwrap();
    let items: Vec<_> = strict.root().unwrap().subkeys().collect();
    assert!(items.last().unwrap().is_err() && items.len() < 8);
}

#[test]
fn a_key_in_a_damaged_list_is_unreadable_and_not_absent() {
    let mut bytes = spec().encode().unwrap();
    let root = offset_of(&bytes, "");
    let list = usize::try_from(word(&bytes, root + 4 + 28)).unwrap() + 4096;
    bytes[list + 4] = b'?';
    let hive = Hive::open(bytes).unwrap();
    let message = damaged(hive.key("A"));
    assert!(
        message.contains("expected `li`, `lf`, `lh` or `ri`"),
        "{message}"
    );
    assert!(matches!(hive.key("Nowhere"), Reading::Unreadable(_)));
}

#[test]
fn a_value_whose_data_lies_outside_is_unreadable() {
    let path = "ControlSet001\\Control\\Terminal Server";
    let mut bytes = spec().encode().unwrap();
    let record = {
        let hive = Hive::open(bytes.as_slice()).unwrap();
        let key = hive.key(path).present().unwrap();
        let value = key.value("Names").present().unwrap();
        usize::try_from(value.offset.file_offset()).unwrap()
    };
    put(&mut bytes, record + 12, 0x00FF_FFF8);
    let hive = Hive::open(bytes.as_slice()).unwrap();
    let key = hive.key(path).present().unwrap();
    assert!(damaged(key.value("names")).contains("a cell inside the hive bins"));
    assert!(key.value("fDenyTSConnections").is_present());
    assert!(matches!(key.value("other"), Reading::Absent));
    assert_eq!(key.values().filter(Result::is_err).count(), 1);
    // A size that no hive of this size can hold.
    put(&mut bytes, record + 8, 0x7FFF_FFFF);
    let hive = Hive::open(bytes.as_slice()).unwrap();
    let key = hive.key(path).present().unwrap();
    assert!(damaged(key.value("names")).contains("expected at most"));
}

#[test]
fn a_key_below_itself_comes_once() {
    let mut bytes = spec().encode().unwrap();
    let (root, below) = (offset_of(&bytes, ""), offset_of(&bytes, "ControlSet001"));
    let list = word(&bytes, root + 4 + 28);
    put(&mut bytes, below + 4 + 28, list);
    put(&mut bytes, below + 4 + 20, 8);
    let hive = Hive::open(bytes.as_slice()).unwrap();
    let walked: Vec<_> = hive.walk().collect();
    assert!(walked.len() < 40, "{}", walked.len());
    assert!(walked.iter().any(Result::is_err));
    let path = ["ControlSet001"; 512].join("\\");
    assert!(hive.key(&path).is_present());
    let error = damaged(hive.key(&format!("{path}\\ControlSet001")));
    assert!(error.contains("levels of keys"), "{error}");
}

#[test]
fn an_index_root_in_itself_ends() {
    let mut spec = spec();
    for index in 0..600 {
        spec.root
            .subkeys
            .push(KeySpec::new(&format!("K{index:04}")));
    }
    let mut bytes = spec.encode().unwrap();
    let root = offset_of(&bytes, "");
    let list = word(&bytes, root + 4 + 28);
    let at = usize::try_from(list).unwrap() + 4096;
    assert_eq!(&bytes[at + 4..at + 6], b"ri");
    put(&mut bytes, at + 8, list);
    let hive = Hive::open(bytes.as_slice()).unwrap();
    let items: Vec<_> = hive.root().unwrap().subkeys().collect();
    assert_eq!(items.iter().filter(|item| item.is_err()).count(), 1);
    assert_eq!(items.len(), 1 + 608 - 500);
    // The same leaf twice.
    let leaf = word(&bytes, at + 12);
    put(&mut bytes, at + 8, leaf);
    let hive = Hive::open(bytes.as_slice()).unwrap();
    let errors = hive.root().unwrap().subkeys().filter(Result::is_err);
    assert_eq!(errors.count(), 1);
}

#[test]
fn absurd_counts_end() {
    let path = "ControlSet001\\Control\\Terminal Server";
    let mut bytes = spec().encode().unwrap();
    let at = offset_of(&bytes, path);
    put(&mut bytes, at + 4 + 36, u32::MAX);
    let hive = Hive::open(bytes.as_slice()).unwrap();
    let key = hive.key(path).present().unwrap();
    let values: Vec<_> = key.values().collect();
    assert!(values.len() < 8 && values.last().unwrap().is_err());
    assert!(key.value("fdenytsconnections").is_present());
    assert!(damaged(key.value("other")).contains("number of values"));
}

#[test]
fn a_free_cell_holds_no_key() {
    let mut bytes = spec().encode().unwrap();
    let at = offset_of(&bytes, "A");
    let size = word(&bytes, at).wrapping_neg();
    put(&mut bytes, at, size);
    let hive = Hive::open(bytes.as_slice()).unwrap();
    assert!(damaged(hive.key("A")).contains("expected an allocated cell"));
}

#[test]
fn what_is_no_hive_is_refused() {
    assert_eq!(Hive::open(&[][..]).err(), Some(RegfError::Empty));
    let error = Hive::open(&b"ElfFile\0 and more"[..]).err().unwrap();
    let message =
        "not a registry hive: expected `regf` at offset 0x0, found [45, 6c, 66, 46] in 17 bytes";
    assert_eq!(error.to_string(), message);
    let made = dirty(
        &spec().encode().unwrap(),
        &HiveSpec::new("X").encode().unwrap(),
        &LogSpec::default(),
    );
    let error = Hive::open(made.unwrap().logs.remove(0)).err().unwrap();
    let message = "file type at offset 0x1c: expected 0, a hive and not one of its logs, found 0x6";
    assert_eq!(error.to_string(), message);
    let mut old = spec().encode().unwrap();
    put(&mut old, 24, 1);
    sum(&mut old);
    let error = Hive::open(old).err().unwrap();
    assert!(matches!(error, RegfError::Unsupported { .. }), "{error}");
}

#[test]
fn a_lost_base_block_comes_back_from_the_log() {
    let old = spec().encode().unwrap();
    let mut changed = spec();
    changed.set("Select", "Current", &ValueData::Dword(2));
    let new = changed.encode().unwrap();
    for format in [LogFormat::New, LogFormat::Old] {
        let log_spec = LogSpec {
            format,
            lose_base_block: true,
            ..LogSpec::default()
        };
        let made = dirty(&old, &new, &log_spec).unwrap();
        let alone = Hive::open(made.primary.as_slice());
        assert!(matches!(alone, Err(RegfError::NotAHive { .. })));
        let hive = Hive::open_with_logs(made.primary.as_slice(), &[&made.logs[0]]).unwrap();
        let HiveState::Recovered(recovery) = hive.state() else {
            panic!("{:?}", hive.state());
        };
        assert!(recovery.base_block);
        let select = hive.key("Select").present().unwrap();
        assert_eq!(select.value("Current").present().unwrap().number(), Some(2));
    }
}

#[test]
fn a_damaged_base_block_is_said_and_the_hive_read() {
    let mut bytes = spec().encode().unwrap();
    bytes[200] ^= 1;
    let hive = Hive::open(bytes.as_slice()).unwrap();
    let HiveState::DirtyWithoutLogs {
        checksum_matches, ..
    } = hive.state()
    else {
        panic!("{:?}", hive.state());
    };
    assert!(!checksum_matches && !hive.state().is_whole());
    assert!(hive.key("Select").is_present());
}

#[test]
fn logs_that_do_not_belong_are_named() {
    let old = spec().encode().unwrap();
    let mut changed = spec();
    changed.sequence = 900;
    changed.set("Select", "Current", &ValueData::Dword(2));
    let made = dirty(&old, &changed.encode().unwrap(), &LogSpec::default()).unwrap();
    // The hive moved on after the log was written.
    let mut primary = made.primary.clone();
    put(&mut primary, 4, 51);
    put(&mut primary, 8, 50);
    sum(&mut primary);
    let empty: Vec<u8> = Vec::new();
    let not_a_log = spec().encode().unwrap();
    let logs: [&dyn ReadAt; 3] = [&made.logs[0], &empty, &not_a_log];
    let hive = Hive::open_with_logs(primary.as_slice(), &logs).unwrap();
    let HiveState::DirtyWithoutLogs { refused, .. } = hive.state() else {
        panic!("{:?}", hive.state());
    };
    let refused: Vec<String> = refused.iter().map(ToString::to_string).collect();
    assert_eq!(refused.len(), 3);
    assert!(
        refused
            .iter()
            .any(|why| why.contains("sequence number of a log")),
        "{refused:?}"
    );
    assert!(
        refused.iter().any(|why| why.contains("file type of a log")),
        "{refused:?}"
    );
}

#[test]
fn a_log_after_a_gap_is_not_applied() {
    let mut changed = HiveSpec::new("SYSTEM");
    let mut old = HiveSpec::new("SYSTEM");
    for index in 0..300 {
        old.set(&format!("Key{index:03}"), "V", &ValueData::Dword(0));
        changed.set(&format!("Key{index:03}"), "V", &ValueData::Dword(1));
    }
    let log_spec = LogSpec {
        logs: 2,
        entries: 4,
        ..LogSpec::default()
    };
    let (old, new) = (old.encode().unwrap(), changed.encode().unwrap());
    let mut made = dirty(&old, &new, &log_spec).unwrap();
    made.logs[0].truncate(512);
    let hive = Hive::open_with_logs(made.primary.as_slice(), &[&made.logs[0], &made.logs[1]]);
    let hive = hive.unwrap();
    let HiveState::DirtyWithoutLogs { refused, .. } = hive.state() else {
        panic!("{:?}", hive.state());
    };
    assert!(
        refused[0]
            .to_string()
            .starts_with("first entry of a log at offset 0x200"),
        "{refused:?}"
    );
    // The second alone begins after what is missing, which nobody can see but Windows would not either.
    let hive = Hive::open_with_logs(made.primary.as_slice(), &[&made.logs[1]]).unwrap();
    assert!(matches!(hive.state(), HiveState::Recovered(recovery) if recovery.entries == 2));
}

#[test]
fn strict_reading_looks_at_bins_and_cells() {
    let strict = |bytes: &[u8]| Hive::open_as(bytes, &[], Validation::Strict).map(|_| ());
    let bytes = spec().encode().unwrap();
    assert_eq!(strict(&bytes), Ok(()));
    let mut wrong = bytes.clone();
    wrong[4096] = b'H';
    let error = strict(&wrong).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("signature of a hive bin at offset 0x1000")
    );
    let mut wrong = bytes.clone();
    put(&mut wrong, 4096 + 32, 12);
    assert!(strict(&wrong).is_err());
    let cut = &bytes[..bytes.len() - 4096];
    assert!(strict(cut).is_err());
    assert!(Hive::open(cut).is_ok());
}

#[test]
fn offsets_are_those_of_the_file() {
    assert_eq!(CellOffset::new(0x20).file_offset(), 0x1020);
    assert_eq!(CellOffset::new(0x20).to_string(), "0x1020");
    assert!(CellOffset::NIL.is_nil());
}

/// A hive and its log as the oracle takes them.
fn with_log(format: LogFormat, lose_base_block: bool) -> Vec<u8> {
    let old = spec().encode().unwrap();
    let mut changed = spec();
    changed.set("Select", "Current", &ValueData::Dword(2));
    changed.set("New\\Key", "V", &ValueData::Binary(vec![7; 900]));
    let new = changed.encode().unwrap();
    let log_spec = LogSpec {
        format,
        lose_base_block,
        entries: 2,
        ..LogSpec::default()
    };
    let made = dirty(&old, &new, &log_spec).unwrap();
    let mut bytes = made.primary;
    let at = u32::try_from(bytes.len()).unwrap();
    bytes.extend(&made.logs[0]);
    bytes.extend(b"with log");
    bytes.extend(at.to_le_bytes());
    bytes
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut big = HiveSpec::new("BIG");
    big.set("", "Big", &ValueData::Binary(vec![1; 16_345]));
    let mut split = HiveSpec::new("SPLIT");
    split.root.list = ListKind::IndexRoot;
    for index in 0..8 {
        split.root.subkeys.push(KeySpec::new(&format!("{index:x}")));
    }
    vec![
        ("empty.hive", HiveSpec::new("EMPTY").encode().unwrap()),
        ("small.hive", spec().encode().unwrap()),
        ("big-data.hive", big.encode().unwrap()),
        ("index-root.hive", split.encode().unwrap()),
        ("new-log.hive", with_log(LogFormat::New, false)),
        ("old-log.hive", with_log(LogFormat::Old, false)),
        ("lost-base-block.hive", with_log(LogFormat::New, true)),
    ]
}

/// The seeds of the fuzz target are what the encoder writes today. `RDPFIX_WRITE_SEEDS=1` writes them.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]
fn the_seeds_are_current() {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/seeds/regf"
    ));
    for (name, bytes) in seeds() {
        let path = folder.join(name);
        if std::env::var_os("RDPFIX_WRITE_SEEDS").is_some() {
            std::fs::write(&path, &bytes).unwrap();
        }
        let committed = std::fs::read(&path).unwrap();
        assert!(committed == bytes, "{} is old", path.display());
        oracle_regf::regf(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_mutated_hive_never_panics(
        which in 0_usize..7,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u32>(), 0_u8..4), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
        right_checksum in any::<bool>(),
    ) {
        let (_, mut bytes) = seeds().swap_remove(which);
        // Most of a hive is zeros: aim at what is not.
        let places: Vec<usize> = (0..bytes.len() - 16).filter(|at| bytes[*at] != 0).collect();
        for (index, number, kind) in changes {
            let at = places[index.index(places.len())] & !3;
            match kind {
                0 => put(&mut bytes, at, number),
                1 => put(&mut bytes, at, number & 0xFFF8),
                2 => bytes[at] ^= number.to_le_bytes()[0],
                _ => {
                    let from = places[number as usize % places.len()] & !3;
                    let copied = word(&bytes, from);
                    put(&mut bytes, at, copied);
                }
            }
        }
        if right_checksum {
            sum(&mut bytes);
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        oracle_regf::regf(&bytes);
    }
}
