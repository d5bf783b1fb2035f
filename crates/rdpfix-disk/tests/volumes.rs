//! Volumes made by mkntfs and filled through ntfs-3g: every geometry, and the forms of file that mkdisk's disks lack.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test's helper functions are tests"
)]

mod ntfs_mount;

use std::fs;
use std::path::{Path, PathBuf};

use ntfs_mount::{Image, Mount, can_compare, compare, compare_descriptors, run};
use rdpfix_disk::ntfs::Ntfs;
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::{Reading, Reason};

const PROGRAMS: [&str; 5] = ["mkntfs", "ntfs-3g", "fusermount", "setfattr", "getfattr"];

/// Makes a volume and mounts it for writing.
fn volume(sector: u32, cluster: u32, mebibytes: u64, folder: &Path) -> (PathBuf, Mount) {
    let image = folder.join("volume");
    let file = fs::File::create(&image).expect("an image");
    file.set_len(mebibytes << 20).expect("its size");
    let (sector, cluster) = (sector.to_string(), cluster.to_string());
    let text = image.display().to_string();
    let geometry = [
        "-p", "0", "-H", "255", "-S", "63", "-s", &sector, "-c", &cluster,
    ];
    run(
        "mkntfs",
        ["-F", "-Q", "-q"]
            .iter()
            .chain(&geometry)
            .chain(&[text.as_str()]),
    );
    let target = folder.join("writing");
    fs::create_dir(&target).expect("a folder to mount on");
    let at = target.display().to_string();
    run(
        "ntfs-3g",
        ["-o", "compression,streams_interface=windows", &text, &at],
    );
    (image, Mount(target))
}

fn set(path: &Path, name: &str, value: &[u8]) {
    let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = path.display().to_string();
    run("setfattr", ["-n", name, "-v", &format!("0x{hex}"), &path]);
}

/// Words that compress, each line another.
fn text(length: usize) -> Vec<u8> {
    let lines = (0..)
        .flat_map(|number: u32| format!("{number}: the same words over and over\n").into_bytes());
    lines.take(length).collect()
}

fn fill(mount: &Path) {
    let packed = mount.join("packed");
    fs::create_dir(&packed).expect("a folder");
    set(&packed, "system.ntfs_attrib", &0x800_u32.to_le_bytes());
    for length in [0, 100, 4096, 8191, 65_536, 65_537, 300_000] {
        fs::write(packed.join(format!("text {length}")), text(length)).expect("a file");
    }
    let noise: Vec<u8> = (0..200_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    fs::write(packed.join("noise"), &noise).expect("a file");
    fs::write(
        packed.join("mixed"),
        [text(70_000), noise, vec![0; 200_000], text(10)].concat(),
    )
    .expect("a file");

    let sparse = fs::File::create(mount.join("sparse")).expect("a file");
    std::os::unix::fs::FileExt::write_at(&sparse, b"middle", 1_000_000).expect("written");
    sparse.set_len(3_000_000).expect("its size");

    let many = mount.join("many");
    fs::create_dir(&many).expect("a folder");
    for number in 0..400 {
        let name = format!("a rather long name, so that few of them fill a block {number}");
        fs::write(many.join(name), text(number)).expect("a file");
    }
}

#[test]
fn every_geometry_reads_alike() {
    if !can_compare(&PROGRAMS, &[]) {
        return;
    }
    let geometries = [
        (512, 512),
        (512, 4096),
        (512, 65_536),
        (1024, 2048),
        (4096, 4096),
        (4096, 65_536),
        (512, 2 << 20),
    ];
    for (sector, cluster) in geometries {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let size = if cluster > 65_536 { 4096 } else { 64 };
        let (image, writing) = volume(sector, cluster, size, folder.path());
        fill(&writing.0);
        drop(writing);
        let ntfs = Ntfs::open(Image::open(&image)).expect("a volume");
        assert_eq!(ntfs.boot_sector().cluster_size, u64::from(cluster));
        assert_eq!(ntfs.boot_sector().sector_size, sector);
        if cluster <= 4096 {
            let packed = ntfs
                .lookup("packed/text 300000")
                .and_then(|file| file.data());
            let packed = packed.present().expect("a compressed file");
            assert_eq!(packed.extents(), None, "it is not compressed");
        }
        let mount = Mount::of_volume(&image, folder.path());
        let compared = compare(&ntfs, &mount.0);
        let described = compare_descriptors(&ntfs, &mount.0);
        println!("{sector}/{cluster}: {compared:?}, {described} descriptors");
        assert!(
            compared.files >= 410 && described >= 412,
            "{compared:?} {described}"
        );
    }
}

#[test]
fn streams_reparse_points_and_lists_of_attributes() {
    if !can_compare(&PROGRAMS, &[]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (image, writing) = volume(512, 512, 64, folder.path());
    let mount = &writing.0;
    // Named streams, on a file and on a folder, until both need an attribute list.
    fs::create_dir(mount.join("folder")).expect("a folder");
    fs::write(mount.join("file"), b"unnamed").expect("a file");
    let stream = |number: usize| format!("stream {number:03}");
    for number in 0..60 {
        for owner in ["file", "folder"] {
            fs::write(
                mount.join(format!("{owner}:{}", stream(number))),
                text(number * 40),
            )
            .expect("a stream");
        }
        fs::write(mount.join(format!("folder/name {number:03}")), text(number)).expect("a file");
    }
    let target: Vec<u8> = r"\??\C:\Users"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let length = target.len() as u16;
    let mut junction = 0xA000_0003_u32.to_le_bytes().to_vec();
    for value in [length + 12, 0, 0, length, length + 2, 0] {
        junction.extend(value.to_le_bytes());
    }
    junction.extend(target);
    junction.extend([0; 4]);
    fs::create_dir(mount.join("junction")).expect("a folder");
    set(
        &mount.join("junction"),
        "system.ntfs_reparse_data",
        &junction,
    );
    // Tag, length, then provider and algorithm: XPRESS4K of a single file.
    let mut wof = 0x8000_0017_u32.to_le_bytes().to_vec();
    wof.extend([16, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    fs::write(mount.join("compact"), text(9000)).expect("a file");
    fs::write(mount.join("compact:WofCompressedData"), b"packed").expect("a stream");
    set(&mount.join("compact"), "system.ntfs_reparse_data", &wof);
    fs::write(mount.join("hiberfil.sys"), b"HIBR and the memory").expect("a file");
    drop(writing);

    let ntfs = Ntfs::open(Image::open(&image)).expect("a volume");
    let state = ntfs.state();
    assert_eq!(state.hibernated, Reading::Present(true));
    assert_eq!(state.dirty, Reading::Present(false));
    assert_eq!(state.warnings().len(), 1, "{:?}", state.warnings());
    for owner in ["file", "folder"] {
        let file = ntfs.lookup(owner).present().expect("it is there");
        assert_eq!(file.stream_names().expect("names").len(), 60);
        for number in 0..60 {
            let data = file
                .stream(&stream(number).to_uppercase())
                .present()
                .expect("a stream");
            let mut bytes = vec![0; 4000];
            let length = data.read_full_at(0, &mut bytes).expect("its bytes");
            assert_eq!(bytes[..length], text(number * 40), "{owner} {number}");
        }
    }
    let folder = ntfs.lookup("FOLDER").present().expect("a folder");
    let names = folder.directory().present().expect("a folder").entries();
    assert_eq!(
        names
            .map(|entry| entry.expect("a name").name)
            .filter(|name| name.starts_with("name"))
            .count(),
        60
    );

    assert_refused(
        ntfs.lookup("junction/below").map(|_| ()),
        r"\??\C:\Users is not followed",
    );
    let junction = ntfs.lookup("junction").present().expect("it is there");
    let point = junction.reparse_point().present().expect("a reparse point");
    assert_eq!(point.target.as_deref(), Some(r"\??\C:\Users"));
    let compact = ntfs.lookup("compact").present().expect("it is there");
    assert_eq!(compact.size(), Reading::Present(9000));
    assert_refused(compact.data().map(|_| ()), "compressed by WOF");
}

fn assert_refused(reading: Reading<()>, expected: &str) {
    let Reading::Unreadable(Reason::Unsupported(why)) = reading else {
        panic!("{reading:?}");
    };
    assert!(why.contains(expected), "{why}");
}
