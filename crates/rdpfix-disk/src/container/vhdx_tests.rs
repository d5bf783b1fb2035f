use super::*;

fn sum(mut bytes: Vec<u8>) -> Vec<u8> {
    let crc = crc32c(bytes.iter());
    bytes[4..8].copy_from_slice(&crc.to_le_bytes());
    bytes
}

fn header(sequence: u64, log: u8) -> Vec<u8> {
    let mut bytes = b"head\0\0\0\0".to_vec();
    bytes.extend(sequence.to_le_bytes());
    bytes.extend([1; 32]);
    bytes.extend([log; 16]);
    bytes.extend([0, 0, 1, 0]);
    bytes.resize(HEADER_SIZE, 0);
    sum(bytes)
}

fn region_entries() -> Vec<u8> {
    let mut bytes = b"regi\0\0\0\0\x02\0\0\0\0\0\0\0".to_vec();
    for (guid, offset) in [(BAT_REGION, 2_u64), (METADATA_REGION, 1)] {
        bytes.extend(Guid::parse(guid).unwrap().to_bytes());
        bytes.extend((offset << 20).to_le_bytes());
        bytes.extend((1_u32 << 20).to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
    }
    bytes.resize(REGION_TABLE_SIZE, 0);
    sum(bytes)
}

fn metadata(flags: u32, sector_size: u32) -> Vec<u8> {
    let items = [
        ("CAA16737-FA36-4D43-B3B6-33F0AA44E76B", 8),
        ("2FA54224-CD1B-4876-B211-5DBED83BF4B8", 8),
        ("8141BF1D-A96F-4709-BA47-F233A8FAAB5F", 4),
    ];
    let mut bytes = b"metadata\0\0\x03\0".to_vec();
    bytes.resize(32, 0);
    for (number, (guid, length)) in (0_u32..).zip(items) {
        bytes.extend(Guid::parse(guid).unwrap().to_bytes());
        bytes.extend(((64 << 10) + number * 8).to_le_bytes());
        bytes.extend(u32::to_le_bytes(length));
        bytes.extend([0; 8]);
    }
    bytes.resize(64 << 10, 0);
    bytes.extend((1_u32 << 20).to_le_bytes());
    bytes.extend(flags.to_le_bytes());
    bytes.extend((5_u64 << 19).to_le_bytes());
    bytes.extend(sector_size.to_le_bytes());
    bytes
}

/// Three blocks of 1 MiB, the last one half used; the middle one was written with 7.
fn file(log: u8, flags: u32, entries: [u64; 3]) -> Vec<u8> {
    let mut file = FILE_SIGNATURE.to_vec();
    let mut put = |at: usize, bytes: &[u8]| {
        file.resize(at, 0);
        file.extend(bytes);
    };
    put(64 << 10, &header(4, 9));
    put(128 << 10, &header(5, log));
    put(192 << 10, &[0xEE; 100]);
    put(256 << 10, &region_entries());
    put(1 << 20, &metadata(flags, 512));
    put(2 << 20, &entries.map(u64::to_le_bytes).concat());
    put(3 << 20, &[7; 1 << 20]);
    file
}

const WRITTEN: u64 = 3 << 20 | 6;

#[test]
fn blocks_and_holes_with_the_newer_header_and_the_second_region_table() {
    let disk = Vhdx::open(file(0, 0, [0, WRITTEN, 2])).unwrap();
    assert_eq!(disk.sector_size(), 512);
    let mut all = vec![1; 4 << 20];
    assert_eq!(disk.read_full_at(0, &mut all).unwrap(), 5 << 19);
    assert!(all[..1 << 20].iter().all(|byte| *byte == 0));
    assert!(all[1 << 20..2 << 20].iter().all(|byte| *byte == 7));
    assert!(all[2 << 20..5 << 19].iter().all(|byte| *byte == 0));
}

#[test]
fn a_log_is_refused_with_what_to_do() {
    let error = Vhdx::open(file(1, 0, [0; 3])).unwrap_err().to_string();
    assert!(error.contains("log that is not empty"), "{error}");
    assert!(error.contains("Mount-VHD"), "{error}");
}

#[test]
fn a_differencing_disk_is_refused_with_what_to_do() {
    let error = Vhdx::open(file(0, 2, [0; 3])).unwrap_err().to_string();
    assert!(error.contains("Merge-VHD"), "{error}");
}

#[test]
fn a_state_that_does_not_exist_is_named_with_its_place() {
    let disk = Vhdx::open(file(0, 0, [5, 7, WRITTEN])).unwrap();
    let error = disk.read_full_at(1, &mut [0; 1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "VHDX block state at offset 0x200000: expected 0 to 3 or 6, found 0x5"
    );
    // Partially present is for differencing disks.
    assert!(disk.read_full_at(1 << 20, &mut [0; 1]).is_err());
}

#[test]
fn the_checksum_is_castagnoli() {
    assert_eq!(crc32c(b"123456789".iter()), 0xE306_9283);
}
