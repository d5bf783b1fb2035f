//! The seeds and old crashes of every fuzz target go through its oracle here too: `cargo test` needs no libFuzzer,
//! and a debugger finds its way.

use std::fs;
use std::path::{Path, PathBuf};

type Oracle = fn(&[u8]);

const TARGETS: [(&str, Oracle); 4] = [
    ("event_text", rdpfix_formats::oracle_events::text),
    ("event_xml", rdpfix_formats::oracle_events::xml),
    ("evtx", rdpfix_formats::oracle::evtx),
    ("query", rdpfix_query::oracle::query),
];

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The files of a folder; none when there is no such folder, since git keeps no empty one.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_input_passes_its_oracle() {
    for (target, oracle) in TARGETS {
        let seeds = files(&fuzz().join("seeds").join(target));
        assert!(!seeds.is_empty(), "{target} has no seeds");
        for input in seeds
            .into_iter()
            .chain(files(&fuzz().join("regressions").join(target)))
        {
            println!("{}", input.display());
            oracle(&fs::read(&input).unwrap());
        }
    }
}

#[test]
fn every_target_is_replayed_here() {
    let on_disk: Vec<String> = files(&fuzz().join("fuzz_targets"))
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let here: Vec<&str> = TARGETS.iter().map(|(target, _)| *target).collect();
    assert_eq!(here, on_disk);
}
