//! What the tests against ntfs-3g share: images as sources, volumes mounted read-only, and their comparison with ours.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "each test uses a part of it, and it is a test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::File as OsFile;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rdpfix_disk::ntfs::{File, Ntfs};
use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::reading::Reading;

/// A file of this machine as a source.
pub struct Image {
    file: OsFile,
    length: u64,
}

impl Image {
    pub fn open(path: &Path) -> Self {
        let file = OsFile::open(path).expect("the image opens");
        let length = file.metadata().expect("the image has a length").len();
        Self { file, length }
    }
}

impl ReadAt for Image {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buf, offset)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the independent readers are programs"
)]
pub fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .collect::<Vec<_>>();
    command.env(
        "PATH",
        std::env::join_paths(folders).expect("a search path"),
    );
    command
}

/// Runs a program and gives what it printed.
pub fn run<I: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = I>) -> Vec<u8> {
    let mut command = program(name);
    let output = command
        .args(arguments)
        .output()
        .expect("the program starts");
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn is_there(name: &str) -> bool {
    let mut command = program("sh");
    command.args(["-c", "command -v \"$0\"", name]);
    command
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether the programs are here that these tests compare with; a note, or a failure where they must be, when not.
#[expect(
    clippy::disallowed_methods,
    reason = "the gate says by environment what must be there"
)]
pub fn can_compare(programs: &[&str], files: &[&Path]) -> bool {
    let lacking = |what: &str, variable: &str| {
        assert!(std::env::var_os(variable).is_none(), "{what} is missing");
        println!("skipped: {what} is missing");
        false
    };
    if let Some(file) = files.iter().find(|file| !file.exists()) {
        return lacking(&file.display().to_string(), "RDPFIX_REQUIRE_CORPUS");
    }
    if let Some(name) = programs.iter().find(|name| !is_there(name)) {
        return lacking(name, "RDPFIX_REQUIRE_ORACLES");
    }
    if OsFile::options()
        .read(true)
        .write(true)
        .open("/dev/fuse")
        .is_err()
    {
        return lacking("access to /dev/fuse", "RDPFIX_REQUIRE_ORACLES");
    }
    true
}

/// A volume mounted by ntfs-3g, unmounted when it is dropped.
pub struct Mount(pub PathBuf);

impl Mount {
    /// Mounts the volume that lies in `image` from byte `start`.
    pub fn of_partition(image: &Path, start: u64, length: u64, folder: &Path) -> Self {
        let part = folder.join("volume.part");
        let from = format!(
            "driver=raw,offset={start},size={length},file.driver=file,file.filename={}",
            image.display()
        );
        let part_text = part.display().to_string();
        run(
            "qemu-img",
            ["convert", "--image-opts", &from, "-O", "raw", &part_text],
        );
        Self::of_volume(&part, folder)
    }

    pub fn of_volume(volume: &Path, folder: &Path) -> Self {
        let target = folder.join("mounted");
        std::fs::create_dir_all(&target).expect("a folder to mount on");
        let options = "ro,norecover,streams_interface=xattr,show_sys_files";
        let [volume, at] = [volume, &target].map(|path| path.display().to_string());
        run("ntfs-3g", ["-o", options, &volume, &at]);
        Self(target)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let mut command = program("fusermount");
        let done = command.arg("-u").arg(&self.0).status();
        if !done.is_ok_and(|status| status.success()) {
            println!("{} stays mounted", self.0.display());
        }
    }
}

/// What was found equal.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    pub files: u64,
    pub folders: u64,
    pub bytes: u64,
    pub descriptors: u64,
}

/// Reads every folder and every file in both and panics at the first difference.
pub fn compare(ntfs: &Ntfs, mount: &Path) -> Compared {
    let mut compared = Compared::default();
    let root = ntfs.root().expect("a root folder");
    folder(&root, mount, &mut compared);
    compared
}

fn present<T>(reading: Reading<T>, path: &Path) -> T {
    match reading {
        Reading::Present(value) => value,
        Reading::Absent => panic!("{}: absent", path.display()),
        Reading::Unreadable(reason) => panic!("{}: {reason}", path.display()),
    }
}

fn folder(ours: &File, theirs: &Path, compared: &mut Compared) {
    compared.folders += 1;
    let directory = || present(ours.directory(), theirs);
    let entries: Vec<_> = directory()
        .entries()
        .map(|entry| entry.unwrap_or_else(|error| panic!("{}: {error}", theirs.display())))
        .filter(|entry| entry.name != ".")
        .collect();
    let mut names: BTreeSet<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    assert_eq!(
        names.len(),
        entries.len(),
        "a name twice in {}",
        theirs.display()
    );
    for entry in std::fs::read_dir(theirs).expect("the mounted folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name in Unicode");
        assert!(
            names.remove(&name),
            "{name} is missing in {}",
            theirs.display()
        );
        // Files of the system that ntfs-3g shows and refuses to open, or makes up.
        let path = entry.path();
        if name.starts_with('$') {
            continue;
        }
        // In other case than it is stored, so that the volume's upper case decides.
        let found = present(directory().find(&name.to_uppercase()), &path);
        let kind = entry.file_type().expect("a type");
        assert_eq!(found.is_directory(), kind.is_dir(), "{}", path.display());
        if kind.is_dir() {
            folder(&found, &path, compared);
        } else {
            content(&found, &path, compared);
        }
    }
    names.retain(|name| !name.starts_with('$'));
    assert_eq!(names, BTreeSet::new(), "only ours in {}", theirs.display());
}

fn content(ours: &File, theirs: &Path, compared: &mut Compared) {
    let data = present(ours.data(), theirs);
    let mut file = OsFile::open(theirs).expect("the mounted file");
    assert_eq!(
        data.len(),
        file.metadata().expect("a size").len(),
        "size of {}",
        theirs.display()
    );
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut offset = 0;
    loop {
        let count = data
            .read_full_at(offset, &mut left)
            .unwrap_or_else(|error| panic!("{}: {error}", theirs.display()));
        if count == 0 {
            break;
        }
        file.read_exact(&mut right[..count])
            .expect("as many bytes as ours");
        assert!(
            left[..count] == right[..count],
            "{} at {offset:#x}",
            theirs.display()
        );
        offset += count as u64;
    }
    compared.files += 1;
    compared.bytes += offset;
}

/// Extended attributes below the mount point: path from there, name, value.
fn extended_attributes(mount: &Path, which: &[&str]) -> Vec<(String, String, Vec<u8>)> {
    let at = mount.display().to_string();
    let arguments = ["-R", "-P", "-e", "hex", "--absolute-names"];
    // It ends with a failure when files of the system have none.
    let mut command = program("getfattr");
    let output = command
        .args(arguments)
        .args(which)
        .arg(&at)
        .output()
        .expect("getfattr starts");
    let text = String::from_utf8(output.stdout).expect("escaped text");
    let mut found = Vec::new();
    let mut path = String::new();
    for line in text.lines() {
        if let Some(escaped) = line.strip_prefix("# file: ") {
            path = unescape(escaped)
                .strip_prefix(&at)
                .expect("a path below the mount point")
                .to_owned();
        } else if let Some((name, hex)) = line.split_once('=') {
            let hex = hex.strip_prefix("0x").unwrap_or_default();
            let bytes = (0..hex.len() / 2)
                .map(|index| u8::from_str_radix(&hex[index * 2..index * 2 + 2], 16).expect("hex"))
                .collect();
            if !path.starts_with("/$") {
                found.push((path.clone(), unescape(name), bytes));
            }
        }
    }
    found
}

/// Octal escapes of bytes beyond ASCII.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'\\' {
            let (digits, tail) = tail.split_at(3);
            let digits = std::str::from_utf8(digits).expect("digits");
            bytes.push(u8::from_str_radix(digits, 8).expect("octal"));
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).expect("a name in Unicode")
}

/// Compares every descriptor; those of the system's own files are left out.
pub fn compare_descriptors(ntfs: &Ntfs, mount: &Path) -> u64 {
    let mut compared = 0;
    for (path, _, theirs) in extended_attributes(mount, &["-n", "system.ntfs_acl"]) {
        let file = present(ntfs.lookup(&path), Path::new(&path));
        let ours = present(file.security_descriptor(), Path::new(&path));
        assert!(
            ours == theirs,
            "security descriptor of {path}: {ours:x?}, there {theirs:x?}"
        );
        compared += 1;
    }
    compared
}

/// Compares every named stream, and that we have no others.
pub fn compare_streams(ntfs: &Ntfs, mount: &Path) -> u64 {
    let mut by_file: BTreeMap<String, u64> = BTreeMap::new();
    for (path, name, theirs) in extended_attributes(mount, &["-d", "-m", "^user\\."]) {
        let name = name
            .strip_prefix("user.")
            .expect("a name in that namespace");
        let file = present(ntfs.lookup(&path), Path::new(&path));
        let stream = present(file.stream(name), Path::new(&path));
        let mut ours = vec![0; theirs.len() + 1];
        let length = stream.read_full_at(0, &mut ours).expect("its bytes");
        assert!(ours[..length] == theirs, "stream {name} of {path}");
        *by_file.entry(path).or_default() += 1;
    }
    for (path, count) in &by_file {
        let file = present(ntfs.lookup(path), Path::new(path));
        assert_eq!(
            file.stream_names().expect("names").len() as u64,
            *count,
            "{path}"
        );
    }
    by_file.values().sum()
}
