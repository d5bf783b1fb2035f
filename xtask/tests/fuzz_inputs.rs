//! The seeds and old crashes of every fuzz target go through its oracle here too: `cargo test` needs no libFuzzer,
//! and a debugger finds its way.

use std::path::{Path, PathBuf};
use std::{fs, io};

type Oracle = fn(&[u8]);

const TARGETS: [(&str, Oracle); 12] = [
    ("cert", rdpfix_formats::oracle_sd::certificate),
    ("container", rdpfix_disk::oracle::container),
    ("event_text", rdpfix_formats::oracle_events::text),
    ("event_xml", rdpfix_formats::oracle_events::xml),
    ("evtx", rdpfix_formats::oracle::evtx),
    ("keyfile", rdpfix_formats::oracle_sd::key_file),
    ("ntfs", rdpfix_disk::oracle::ntfs),
    ("partition", rdpfix_disk::oracle::partition),
    ("query", rdpfix_query::oracle::query),
    ("regf", rdpfix_formats::oracle_regf::regf),
    ("sd", rdpfix_formats::oracle_sd::descriptor),
    ("sddl", rdpfix_formats::oracle_sd::sddl),
];

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The files of a folder; none when there is no such folder, since git keeps no empty one.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

#[test]
fn every_input_passes_its_oracle() -> io::Result<()> {
    for (target, oracle) in TARGETS {
        let mut inputs = files(&fuzz().join("seeds").join(target))?;
        assert!(!inputs.is_empty(), "{target} has no seeds");
        inputs.extend(files(&fuzz().join("regressions").join(target))?);
        for input in inputs {
            println!("{}", input.display());
            oracle(&fs::read(&input)?);
        }
    }
    Ok(())
}

#[test]
fn every_target_is_replayed_here() -> io::Result<()> {
    let on_disk: Vec<String> = files(&fuzz().join("fuzz_targets"))?
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    let here: Vec<&str> = TARGETS.iter().map(|(target, _)| *target).collect();
    assert_eq!(here, on_disk);
    Ok(())
}
