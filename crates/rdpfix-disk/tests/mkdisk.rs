//! Disks made on Linux with a Windows layout, read by us and through an ntfs-3g mount: every name, byte and descriptor.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test's helper functions are tests"
)]

mod ntfs_mount;

use std::path::Path;
use std::time::Instant;

use ntfs_mount::{Compared, Image, Mount, can_compare, compare, compare_descriptors, run};
use rdpfix_disk::container::Format;
use rdpfix_disk::ntfs::Journal;
use rdpfix_disk::partition::Scheme;
use rdpfix_disk::volume_kind::VolumeKind;
use rdpfix_disk::{Disk, WindowsVolume};
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reading;

const MKDISK: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/tools/mkdisk.sh"
);
const PROGRAMS: [&str; 10] = [
    "bash",
    "python3",
    "mkntfs",
    "ntfs-3g",
    "fusermount",
    "sgdisk",
    "sfdisk",
    "mkfs.vfat",
    "qemu-img",
    "getfattr",
];
const LOGS: &str = r"Windows\System32\winevt\Logs";
const MACHINE_KEYS: &str = r"ProgramData\Microsoft\Crypto\RSA\MachineKeys";

/// Logs of the usual size, each of one byte value.
const LOG_FILES: [(&str, u8); 3] = [
    ("System.evtx", 1),
    ("Application.evtx", 2),
    ("Security.evtx", 3),
];
const LOG_SIZE: usize = 5 << 20;
const CHUNK: usize = 65536;

/// A folder with three logs, to be put on a disk.
fn logs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, byte) in LOG_FILES {
        std::fs::write(folder.path().join(name), vec![byte; LOG_SIZE]).expect("a log");
    }
    folder
}

/// Makes a disk; nothing when the tool or what it needs is not here.
fn disk(settings: &[(&str, &str)]) -> Option<tempfile::TempDir> {
    if !can_compare(&PROGRAMS, &[Path::new(MKDISK)]) {
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = ntfs_mount::program("bash");
    command.arg(MKDISK).arg(folder.path()).env("PACK", "0");
    let output = command
        .envs(settings.iter().copied())
        .output()
        .expect("mkdisk starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(folder)
}

fn windows(path: &Path) -> (Disk, WindowsVolume) {
    let disk = Disk::open(Image::open(path)).expect("a disk");
    let windows = disk.windows_volume().expect("a Windows volume");
    (disk, windows)
}

fn mounted(image: &Path, windows: &WindowsVolume, folder: &Path) -> Mount {
    let partition = &windows.volume.partition;
    Mount::of_partition(image, partition.start, partition.length, folder)
}

fn data(windows: &WindowsVolume, path: &str) -> rdpfix_disk::ntfs::Stream {
    let file = windows
        .ntfs
        .lookup(path)
        .present()
        .expect("the file is there");
    file.data().present().expect("it can be read")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the times are printed, nothing depends on them"
)]
fn now() -> Instant {
    Instant::now()
}

/// What a diagnosis asks of a disk: the head of the SYSTEM hive, the key files with their descriptors, and the newest
/// chunks of three logs, at the end of what was written.
fn diagnose(windows: &WindowsVolume) {
    let mut page = vec![0; 4096];
    let hive = data(windows, r"Windows\System32\config\SYSTEM");
    hive.read_full_at(0, &mut page)
        .expect("the hive's first page");
    assert!(page.starts_with(b"regf"));
    let keys = windows
        .ntfs
        .lookup(MACHINE_KEYS)
        .present()
        .expect("the folder is there");
    assert!(keys.security_descriptor().is_present());
    let entries = keys
        .directory()
        .present()
        .expect("it is a folder")
        .entries();
    let mut described = 1;
    for entry in entries {
        let file = windows
            .ntfs
            .file(entry.expect("a name").reference)
            .expect("its file");
        assert!(file.security_descriptor().is_present());
        described += 1;
    }
    assert_eq!(described, 6);
    for (log, byte) in LOG_FILES {
        let log = data(windows, &format!(r"{LOGS}\{log}"));
        let mut newest = vec![0; 4 * CHUNK];
        let at = log.len().saturating_sub(4 * CHUNK as u64);
        log.read_full_at(at, &mut newest)
            .expect("the newest chunks");
        assert!(newest.iter().all(|found| *found == byte));
    }
}

#[test]
fn a_127_gib_gpt_disk_reads_alike_in_every_container() {
    let logs = logs();
    let logs = logs.path().display().to_string();
    let Some(folder) = disk(&[("EVTX", &logs)]) else {
        return;
    };
    let raw = folder.path().join("disk.raw");
    let (_, first) = windows(&raw);
    let mount = mounted(&raw, &first, folder.path());
    // One pass through FUSE serves all five comparisons.
    let copy = folder.path().join("copy");
    std::fs::create_dir(&copy).expect("a folder");
    let [from, to] = [&mount.0, &copy].map(|path| path.display().to_string());
    run("sh", ["-c", r#"cp -r "$0"/[!$]* "$1""#, &from, &to]);
    let containers = [
        ("disk.raw", Format::Raw),
        ("disk.vhd", Format::VhdFixed),
        ("disk-dyn.vhd", Format::VhdDynamic),
        ("disk.vhdx", Format::Vhdx),
        ("disk.qcow2", Format::Qcow2),
    ];
    let mut whole = None;
    for (name, format) in containers {
        let (disk, windows) = windows(&folder.path().join(name));
        assert_eq!((disk.format(), disk.size()), (format, 127 << 30), "{name}");
        assert_eq!((disk.scheme(), disk.sector_size()), (Scheme::Gpt, 512));
        let kinds: Vec<_> = disk.volumes().iter().map(|volume| volume.kind).collect();
        // The partition that is reserved in name has an Azure recovery type here, and nothing in it.
        assert_eq!([kinds[0], kinds[2]], [VolumeKind::Fat, VolumeKind::Ntfs]);
        assert_eq!(disk.remarks(), [""; 0]);

        let started = now();
        diagnose(&windows);
        let (took, lazily) = (started.elapsed(), disk.traffic());
        assert!(lazily.bytes <= 16 << 20, "{name}: {lazily:?}");
        assert!(lazily.reads <= 40, "{name}: {lazily:?}");

        let started = now();
        let compared = compare(&windows.ntfs, &copy);
        println!(
            "{name}: a diagnosis took {} reads, {} KiB, {took:?}; compared {compared:?} in {:?}",
            lazily.reads,
            lazily.bytes >> 10,
            started.elapsed()
        );
        assert!(compared.files > 5000, "{compared:?}");
        assert_eq!(*whole.get_or_insert(compared), compared);
    }
    let described = compare_descriptors(&first.ntfs, &mount.0);
    println!("{described} descriptors are the same");
    assert!(described > 5000, "{described}");

    let state = first.ntfs.state();
    assert_eq!(state.label, Reading::Present("Windows".to_owned()));
    assert_eq!(state.version, Reading::Present((3, 1)));
    assert_ne!(state.journal, Reading::Present(Journal::Unclean));
    assert_eq!(state.warnings(), Vec::<String>::new());
    alternate_stream(&first);
}

fn alternate_stream(windows: &WindowsVolume) {
    let empty = windows
        .ntfs
        .lookup("users/public/EMPTY")
        .present()
        .expect("a file");
    assert_eq!(empty.size(), Reading::Present(0));
    assert_eq!(empty.stream_names().expect("names"), ["Zone.Identifier"]);
    let zone = empty
        .stream("zone.identifier")
        .present()
        .expect("a named stream");
    let mut text = [0; 64];
    let length = zone.read_full_at(0, &mut text).expect("its bytes");
    assert_eq!(&text[..length], b"[ZoneTransfer]\r\nZoneId=3\r\n");
    assert_eq!(
        windows
            .ntfs
            .lookup("Users/Public/nobody")
            .present()
            .map(|_| ()),
        None
    );
    assert!(
        windows
            .ntfs
            .lookup("USERS/PUBLIC/ZAŻÓŁĆ-Ñ-漢字.TXT")
            .is_present()
    );
}

#[test]
fn a_2_gib_mbr_disk_and_its_bitlocker_copy() {
    let settings = [
        ("SIZE", "2G"),
        ("LAYOUT", "mbr"),
        ("BITLOCKER", "1"),
        ("FORMATS", ""),
    ];
    let Some(folder) = disk(&settings) else {
        return;
    };
    let raw = folder.path().join("disk.raw");
    let (disk, windows) = windows(&raw);
    assert_eq!(disk.scheme(), Scheme::Mbr);
    assert_eq!(
        windows.volume.partition.number, 2,
        "System Reserved is NTFS as well"
    );
    let mount = mounted(&raw, &windows, folder.path());
    let compared: Compared = compare(&windows.ntfs, &mount.0);
    println!("{compared:?}");
    assert!(compared.files > 5000);

    let locked = Disk::open(Image::open(&folder.path().join("bitlocker.img"))).expect("a disk");
    let why = locked
        .windows_volume()
        .expect_err("it is locked")
        .to_string();
    assert!(why.contains("partition 2 (BitLocker"), "{why}");
    assert!(why.contains("manage-bde -unlock"), "{why}");
    assert!(why.contains("partition 1 (NTFS"), "{why}");
}

/// `$MFT` itself and a log are in so many runs that both need an attribute list, and `$DATA` is spread over many records.
/// Here the `ntfs` crate (0.4) says that the log has 0 bytes, without an error.
#[test]
fn a_file_whose_data_is_spread_over_extension_records_is_read_whole() {
    let settings = [
        ("SIZE", "1G"),
        ("FRAG", "4096"),
        ("FILL", "1000"),
        ("FORMATS", ""),
    ];
    let Some(folder) = disk(&settings) else {
        return;
    };
    let raw = folder.path().join("disk.raw");
    let (_, windows) = windows(&raw);
    let log = data(&windows, &format!(r"{LOGS}\Fragmented.evtx"));
    assert_eq!(log.len(), 12 << 20);
    let runs = log.extents().expect("it lies in clusters").len();
    assert!(runs > 500, "only {runs} runs");
    let mut bytes = vec![0; 12 << 20];
    log.read_full_at(0, &mut bytes).expect("its bytes");
    for (number, line) in bytes.chunks(16).enumerate() {
        assert_eq!(line, format!("{number:015}\n").as_bytes());
    }
    let mount = mounted(&raw, &windows, folder.path());
    let compared = compare(&windows.ntfs, &mount.0);
    println!("{runs} runs; {compared:?}");
    assert!(compared.files > 2500, "{compared:?}");
}
