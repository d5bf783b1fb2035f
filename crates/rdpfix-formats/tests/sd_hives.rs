//! The security descriptors of real registry hives come back byte for byte, in binary and, where SDDL can say them, in text.
//!
//! The hives' cells are scanned for `sk` cells, without any understanding of the tree: a hive keeps every descriptor once, in such a cell.
//! The corpus lies outside the repository; without it the test says so and passes, unless `RDPFIX_REQUIRE_CORPUS` is set.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::path::Path;

use rdpfix_formats::oracle_sd;
use rdpfix_formats::sd::SecurityDescriptor;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/hives");
const HIVES: [&str; 6] = [
    "win7-WKS-WIN732BITA/SYSTEM",
    "win10-1709-DESKTOP-PM6C56D/SYSTEM",
    "ntuser-dirty/NTUSER.DAT",
    "small/BCD",
    "yarp-NewDirtyHive1/RecoveredHive_Windows10",
    "damaged/corrupted_system_hive",
];

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// The descriptor in an `sk` cell whose mark stands at `at`.
fn descriptor_at(hive: &[u8], at: usize) -> Option<&[u8]> {
    // A cell in use has a negative size in front; behind the mark come two links, a count and the descriptor's length.
    let cell = i32::from_le_bytes(hive.get(at - 4..at)?.try_into().ok()?);
    let size = usize::try_from(cell.checked_neg()?).ok()?;
    let length = usize::try_from(u32_at(hive, at + 16)?).ok()?;
    let fits = length >= 20 && length + 24 <= size;
    fits.then(|| hive.get(at + 20..at + 20 + length)).flatten()
}

#[test]
fn descriptors_of_hives() {
    if !Path::new(FOLDER).is_dir() {
        let required = std::env::var_os("RDPFIX_REQUIRE_CORPUS").is_some();
        assert!(!required, "the corpus is missing: {FOLDER}");
        println!("skipped: no corpus at {FOLDER}");
        return;
    }
    let (mut cells, mut texts) = (0, 0);
    for name in HIVES {
        let hive = std::fs::read(Path::new(FOLDER).join(name)).unwrap();
        let mut here = 0;
        for at in (0x1020..hive.len()).step_by(4) {
            if hive.get(at..at + 2) != Some(b"sk") {
                continue;
            }
            let Some(bytes) = descriptor_at(&hive, at) else {
                continue;
            };
            let descriptor = SecurityDescriptor::decode(bytes)
                .unwrap_or_else(|error| panic!("{name} {at:#x}: {error}"));
            assert_eq!(descriptor.encode().unwrap(), bytes, "{name} {at:#x}");
            oracle_sd::descriptor(bytes);
            here += 1;
            let text = descriptor.to_sddl().unwrap();
            let again = SecurityDescriptor::from_sddl(&text).unwrap();
            assert_eq!(again.to_sddl().unwrap(), text, "{name} {at:#x}");
            texts += usize::from(again == descriptor);
        }
        println!("{name}: {here} descriptors");
        cells += here;
    }
    println!("{cells} descriptors, {texts} of them say the same in text");
    assert!(cells > 500);
}
