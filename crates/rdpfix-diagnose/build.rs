//! Lists the files below `knowledge/` so that the binary carries them.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by its environment"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let knowledge = manifest.join("../../knowledge").canonicalize()?;
    let mut files = Vec::new();
    collect(&knowledge, &mut files)?;
    files.sort();
    let mut code = String::from("const FILES: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.strip_prefix(&knowledge).unwrap_or(&file);
        let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        let _ = writeln!(
            code,
            "    ({:?}, include_str!({:?})),",
            name.join("/"),
            file
        );
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("knowledge_files.rs"), code)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml" || extension == "md")
        {
            files.push(path);
        }
    }
    Ok(())
}
