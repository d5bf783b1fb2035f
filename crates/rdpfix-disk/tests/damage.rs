//! Damaged and hostile disks: what can be read is read, what cannot is named, and nothing panics or goes on for ever.

#![allow(clippy::expect_used, reason = "a test's helper functions are tests")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rdpfix_disk::ntfs::{Journal, Ntfs};
use rdpfix_disk::oracle::{self, Sparse};
use rdpfix_disk::{Disk, ReadError};
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::{Reading, Reason};

#[expect(
    clippy::disallowed_methods,
    reason = "the seeds of the fuzz targets are small images"
)]
fn seed(name: &str) -> Vec<u8> {
    let seeds = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds"));
    std::fs::read(seeds.join(Path::new(name))).expect("a seed")
}

/// A seed with other bytes at some places.
fn patched(name: &str, patches: &[(u32, &[u8])]) -> Vec<u8> {
    let mut bytes = seed(name);
    for (offset, content) in patches {
        bytes.extend(offset.to_le_bytes());
        bytes.extend((content.len() as u16).to_le_bytes());
        bytes.extend(*content);
    }
    bytes
}

fn open(patches: &[(u32, &[u8])]) -> Result<Ntfs, ReadError> {
    Ntfs::open(Sparse::parse(&patched("ntfs/volume-512", patches)))
}

fn read(ntfs: &Ntfs, path: &str) -> Reading<Vec<u8>> {
    ntfs.lookup(path).and_then(|file| file.data()).map(|data| {
        let mut bytes = vec![0; usize::try_from(data.len()).expect("a small file")];
        data.read_full_at(0, &mut bytes).expect("its bytes");
        bytes
    })
}

/// Where `$MFT` begins in the seed, in bytes, and the size of its records.
fn mft(ntfs: &Ntfs) -> (u32, u32) {
    let boot = ntfs.boot_sector();
    let at = boot.mft * boot.cluster_size;
    (u32::try_from(at).expect("a small volume"), boot.record_size)
}

#[test]
fn the_undamaged_seed_is_read() {
    for name in ["ntfs/volume-512", "ntfs/volume-4096"] {
        let ntfs = Ntfs::open(Sparse::parse(&seed(name))).expect("a volume");
        let hive = read(&ntfs, r"windows\system32/CONFIG\system")
            .present()
            .expect("the hive");
        assert_eq!((&hive[..4], hive.len()), (&b"regf"[..], 304));
        assert!(ntfs.remarks().is_empty());
        assert_eq!(read(&ntfs, "WINDOW~1"), Reading::Absent);
        assert_eq!(read(&ntfs, "stream.txt/below"), Reading::Absent);
        let text = read(&ntfs, "packed/text")
            .present()
            .expect("a compressed file");
        assert!(text.starts_with(b"the same words over and over. the same"));
        let sparse = read(&ntfs, "sparse").present().expect("a sparse file");
        assert!(sparse[1000..100_000].iter().all(|byte| *byte == 0) && sparse.ends_with(b"end"));
        let file = ntfs.lookup("stream.txt").present().expect("a file");
        let metadata = file.metadata().present().expect("its metadata");
        assert!(metadata.created.ticks() > 0);
        assert_eq!(
            file.data().present().expect("its data").extents(),
            None,
            "it is in its record"
        );
    }
}

#[test]
fn copies_serve_for_a_damaged_boot_sector_and_first_record() {
    let whole = open(&[]).expect("a volume");
    let (mft, _) = mft(&whole);
    let boot: (u32, &[u8]) = (0, &[0; 90]);
    let record: (u32, &[u8]) = (mft, b"BAAD");
    let ntfs = open(&[boot, record]).expect("the copies are whole");
    assert_eq!(ntfs.remarks().len(), 2);
    assert!(ntfs.remarks()[0].contains("boot sector") && ntfs.remarks()[1].contains("$MFTMirr"));
    assert!(read(&ntfs, "Windows/System32/config/SYSTEM").is_present());
}

#[test]
fn a_damaged_record_is_unreadable_and_not_absent() {
    let whole = open(&[]).expect("a volume");
    let (mft, size) = mft(&whole);
    let record = whole
        .lookup("stream.txt")
        .present()
        .expect("a file")
        .reference()
        .record;
    let at = mft + u32::try_from(record).expect("a small table") * size;
    let torn = open(&[(at + 510, &[0xEE, 0xEE])]).expect("a volume");
    let Reading::Unreadable(Reason::Damaged(why)) = read(&torn, "stream.txt") else {
        panic!("it must be unreadable");
    };
    assert!(
        why.starts_with("update sequence number at the end of a sector at offset 0x"),
        "{why}"
    );
    assert!(read(&torn, "sparse").is_present());
    let reused = open(&[(at + 16, &[0x77])]).expect("a volume");
    assert!(matches!(
        read(&reused, "stream.txt"),
        Reading::Unreadable(Reason::Damaged(_))
    ));
}

#[test]
fn a_stale_reference_is_refused() {
    let ntfs = open(&[]).expect("a volume");
    let mut reference = ntfs.lookup("sparse").present().expect("a file").reference();
    assert!(ntfs.file(reference).is_ok());
    reference.sequence += 1;
    let error = ntfs
        .file(reference)
        .expect_err("another file had it")
        .to_string();
    assert!(error.starts_with("file record sequence number"), "{error}");
    reference.record = u64::MAX / 2;
    assert!(ntfs.file(reference).is_err());
}

#[test]
fn the_state_says_what_it_could_not_read() {
    let whole = open(&[]).expect("a volume");
    assert_eq!(whole.state().warnings(), Vec::<String>::new());
    assert_eq!(whole.state().journal, Reading::Present(Journal::Empty));
    let (mft, size) = mft(&whole);
    let broken = open(&[(mft + 2 * size, b"BAAD")])
        .expect("a volume")
        .state();
    assert!(matches!(broken.journal, Reading::Unreadable(_)));
    assert_eq!(broken.dirty, Reading::Present(false));
    assert!(
        broken.warnings()[0].starts_with("the journal cannot be read"),
        "{:?}",
        broken.warnings()
    );
}

#[test]
fn a_source_that_fails_is_an_error_of_its_own_kind() {
    struct Failing;
    impl ReadAt for Failing {
        fn len(&self) -> u64 {
            1 << 30
        }
        fn read_at(&self, _: u64, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::PermissionDenied.into())
        }
    }
    let error = Ntfs::open(Failing).expect_err("nothing can be read");
    assert!(matches!(Reason::from(error), Reason::AccessDenied(_)));
    assert!(Disk::open(Failing).is_err());
}

#[test]
fn a_disk_and_what_is_in_it_can_go_to_other_threads() {
    fn check<T: Send + Sync>() {}
    check::<Disk>();
    check::<Ntfs>();
    check::<rdpfix_disk::ntfs::File>();
    check::<rdpfix_disk::ntfs::Stream>();
}

fn mutated(names: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40);
    (prop::sample::select(names), changes).prop_map(|(name, changes)| {
        let mut bytes = seed(name);
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_containers_are_survived(bytes in mutated(&["container/fixed.vhd", "container/dynamic.vhd", "container/disk.vhdx", "container/disk.qcow2"])) {
        oracle::container(&bytes);
    }

    #[test]
    fn changed_partition_tables_are_survived(bytes in mutated(&["partition/gpt-512", "partition/gpt-4096", "partition/mbr-logical"])) {
        oracle::partition(&bytes);
    }

    #[test]
    fn changed_volumes_are_survived(bytes in mutated(&["ntfs/volume-512", "ntfs/volume-4096"])) {
        oracle::ntfs(&bytes);
    }
}
