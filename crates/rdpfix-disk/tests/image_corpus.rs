//! Real images of the corpus, read by us and by independent readers: volumes through ntfs-3g, partitions by sfdisk.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test's helper functions are tests"
)]

mod ntfs_mount;

use std::path::{Path, PathBuf};

use ntfs_mount::{
    Compared, Image, Mount, can_compare, compare, compare_descriptors, compare_streams, run,
};
use rdpfix_disk::Disk;
use rdpfix_disk::container::Format;
use rdpfix_disk::partition::Scheme;
use rdpfix_disk::volume_kind::VolumeKind;

const IMAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/images");
const PROGRAMS: [&str; 6] = [
    "python3",
    "ntfs-3g",
    "fusermount",
    "qemu-img",
    "sfdisk",
    "getfattr",
];
/// Unpacks into a folder whatever the corpus holds; holes stay holes.
const UNPACK: &str = r"
import bz2, gzip, sys, tarfile, zipfile
source, folder, name = sys.argv[1:]
target = folder + '/' + name
def copy(stream):
    with open(target, 'wb') as out:
        while block := stream.read(1 << 20):
            out.seek(len(block), 1) if not block.strip(b'\0') else out.write(block)
        out.truncate()
if source.endswith('.zip'): copy(zipfile.ZipFile(source).open(name))
elif source.endswith('.tar'): copy(tarfile.open(source).extractfile(name))
elif source.endswith('.gz'): copy(gzip.open(source))
else: copy(bz2.open(source))
";

/// An image of the corpus, unpacked; nothing when it or a program is not here.
fn image(packed: &str, name: &str, folder: &Path) -> Option<PathBuf> {
    let source = Path::new(IMAGES).join(packed);
    if !can_compare(&PROGRAMS, &[&source]) {
        return None;
    }
    let [from, to] = [source.as_path(), folder].map(|path| path.display().to_string());
    run("python3", ["-c", UNPACK, &from, &to, name]);
    Some(folder.join(name))
}

/// Compares each NTFS volume of an image with its mount. `raw` is the same disk without container.
fn compare_volumes(disk: &Disk, raw: &Path, folder: &Path) -> Vec<Compared> {
    let ntfs = disk
        .volumes()
        .iter()
        .filter(|volume| volume.kind == VolumeKind::Ntfs);
    ntfs.map(|volume| {
        let ntfs = volume.ntfs().expect("a volume");
        let partition = &volume.partition;
        let mount = Mount::of_partition(raw, partition.start, partition.length, folder);
        let mut compared = compare(&ntfs, &mount.0);
        compared.descriptors = compare_descriptors(&ntfs, &mount.0);
        let streams = compare_streams(&ntfs, &mount.0);
        println!(
            "{}: {volume}: {compared:?}, {streams} named streams; {:?}",
            raw.display(),
            ntfs.state()
        );
        compared
    })
    .collect()
}

#[test]
fn a_gpt_disk_in_a_vhdx_made_by_windows() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(image) = image("test.vhdx.zip", "test.vhdx", folder.path()) else {
        return;
    };
    let disk = Disk::open(Image::open(&image)).expect("a disk");
    assert_eq!((disk.format(), disk.scheme()), (Format::Vhdx, Scheme::Gpt));
    let raw = folder.path().join("disk.raw");
    let [from, to] = [&image, &raw].map(|path| path.display().to_string());
    run("qemu-img", ["convert", "-O", "raw", &from, &to]);
    let compared = compare_volumes(&disk, &raw, folder.path());
    assert!(
        compared.len() == 1 && compared[0].files >= 1,
        "{compared:?}"
    );
    let why = disk.windows_volume().expect_err("no Windows").to_string();
    assert!(
        why.contains("it holds no Windows\\System32\\config\\SYSTEM"),
        "{why}"
    );
}

#[test]
fn volumes_without_a_partition_table() {
    for (packed, name, files) in [
        ("charlie.dd.bz2", "charlie.dd", 2),
        ("ntfs3_attrlist.raw.gz", "attrlist.raw", 1),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let Some(image) = image(packed, name, folder.path()) else {
            return;
        };
        let disk = Disk::open(Image::open(&image)).expect("a disk");
        assert_eq!(
            (disk.format(), disk.scheme()),
            (Format::Raw, Scheme::Undivided)
        );
        let compared = compare_volumes(&disk, &image, folder.path());
        assert!(
            compared.len() == 1 && compared[0].files >= files,
            "{compared:?}"
        );
    }
}

#[test]
fn a_volume_on_an_mbr_disk() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(image) = image("ntfs_index.raw.gz", "index.raw", folder.path()) else {
        return;
    };
    let disk = Disk::open(Image::open(&image)).expect("a disk");
    assert_eq!(disk.scheme(), Scheme::Mbr);
    let compared = compare_volumes(&disk, &image, folder.path());
    assert_eq!(compared.len(), 1);
}

#[test]
fn logical_partitions_are_where_sfdisk_sees_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(image) = image("mbr-win-512.raw.tar", "mbr-win-512.raw", folder.path()) else {
        return;
    };
    let disk = Disk::open(Image::open(&image)).expect("a disk");
    let ours: Vec<String> = disk
        .volumes()
        .iter()
        .map(|volume| {
            let partition = &volume.partition;
            format!(
                "{} {} {}",
                partition.number,
                partition.start / 512,
                partition.length / 512
            )
        })
        .collect();
    let dump = run("sfdisk", ["-d", &image.display().to_string()]);
    let dump = String::from_utf8(dump).expect("text");
    println!("{dump}");
    let mut theirs = Vec::new();
    for line in dump.lines().filter(|line| line.contains("start=")) {
        let (device, fields) = line.split_once(" : ").expect("a device and its fields");
        let field = |name: &str| {
            let (_, rest) = fields.split_once(name).expect("a field");
            rest.split(',').next().unwrap_or_default().trim().to_owned()
        };
        // The extended partition itself is no volume.
        if !["5", "f", "85"].contains(&field("type=").as_str()) {
            let number: String = device
                .rsplit(|c: char| !c.is_ascii_digit())
                .next()
                .unwrap_or_default()
                .to_owned();
            theirs.push(format!("{number} {} {}", field("start="), field("size=")));
        }
    }
    assert_eq!(ours, theirs);
    assert!(ours.len() > 4, "{ours:?}");
    let why = disk.windows_volume().expect_err("no Windows").to_string();
    println!("{why}");
}
