//! What the tests over real hives share: the corpus, a hive as lines that other readers can write too.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "each test uses a part of it, and it is a test"
)]

use std::path::{Path, PathBuf};

use rdpfix_formats::read_at::ReadAt;
use rdpfix_formats::regf::Hive;

/// Hives of the corpus, each with the logs that lie beside it.
pub const HIVES: [(&str, &[&str]); 8] = [
    ("win7-WKS-WIN732BITA/SYSTEM", &[]),
    (
        "win10-1709-DESKTOP-PM6C56D/SYSTEM",
        &["SYSTEM.LOG1", "SYSTEM.LOG2"],
    ),
    (
        "ntuser-dirty/NTUSER.DAT",
        &["NTUSER.DAT.LOG1", "NTUSER.DAT.LOG2"],
    ),
    ("small/BCD", &[]),
    (
        "yarp-NewDirtyHive1/NewDirtyHive",
        &["NewDirtyHive.LOG1", "NewDirtyHive.LOG2"],
    ),
    ("yarp-NewDirtyHive1/RecoveredHive_Windows10", &[]),
    (
        "yarp-NewDirtyHive2/NewDirtyHive",
        &["NewDirtyHive.LOG1", "NewDirtyHive.LOG2"],
    ),
    ("damaged/corrupted_system_hive", &[]),
];

/// The folder of real hives; `None` when it is not on this machine.
pub fn corpus() -> Option<PathBuf> {
    let corpus = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/corpus/hives"
    ));
    if corpus.is_dir() {
        return Some(corpus.to_owned());
    }
    assert!(
        !is_set("RDPFIX_REQUIRE_CORPUS"),
        "RDPFIX_REQUIRE_CORPUS is set and {} is no folder",
        corpus.display()
    );
    println!("skipped: {} is no folder", corpus.display());
    None
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test asks what it must not skip"
)]
pub fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some()
}

#[expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]
pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A hive of the corpus and its logs.
pub fn hive_and_logs(corpus: &Path, name: &str, logs: &[&str]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let path = corpus.join(name);
    let logs = logs.iter().map(|log| read(&path.with_file_name(log)));
    (read(&path), logs.collect())
}

/// Opens a hive with its logs.
pub fn open<'a>(primary: &'a [u8], logs: &[Vec<u8>]) -> Hive<&'a [u8]> {
    let logs: Vec<&dyn ReadAt> = logs.iter().map(|log| log as &dyn ReadAt).collect();
    Hive::open_with_logs(primary, &logs).expect("a hive")
}

/// What a hive holds, one line a key and one a value, and how much of it was damaged.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lines {
    pub lines: Vec<String>,
    pub keys: usize,
    pub values: usize,
    pub errors: Vec<String>,
}

/// `K path ticks class sd` and `V path name type data`, names and bytes in hexadecimal; the data of a value is that which its
/// type and size say.
pub fn lines<R: ReadAt>(hive: &Hive<R>) -> Lines {
    let mut result = Lines::default();
    for walked in hive.walk() {
        let walked = match walked {
            Ok(walked) => walked,
            Err(error) => {
                result.errors.push(error.to_string());
                continue;
            }
        };
        result.keys += 1;
        let path = hex(walked.path.as_bytes());
        let key = walked.key;
        result.lines.push(format!(
            "K\t{path}\t{}\t{}\t{}",
            key.last_written().ticks(),
            hex(key.class().present().unwrap_or_default().as_bytes()),
            hex(&key.security_descriptor().present().unwrap_or_default()),
        ));
        for value in key.values() {
            match value {
                Ok(value) => {
                    result.values += 1;
                    let name = hex(value.name.as_bytes());
                    let data = hex(&value.bytes);
                    let kind = value.kind.get();
                    result
                        .lines
                        .push(format!("V\t{path}\t{name}\t{kind}\t{data}"));
                }
                Err(error) => result.errors.push(error.to_string()),
            }
        }
    }
    result.lines.sort();
    result
}

pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
