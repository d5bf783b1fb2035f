//! Where things lie: the repository's root and the Rust files in it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Folders that hold Rust of ours, from the root.
const RUST_FOLDERS: [&str; 3] = ["crates", "fuzz", "xtask"];
/// Folders that hold what programs made.
const MADE: [&str; 4] = ["target", "corpus", "artifacts", "coverage"];

#[derive(Debug, Clone)]
pub(crate) struct Repository {
    pub(crate) root: PathBuf,
}

/// A Rust file: its path from the root, always with `/`, and its text.
#[derive(Debug, Clone)]
pub(crate) struct RustFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Repository {
    /// The repository this xtask was built from, wherever it was called from.
    pub(crate) fn here() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self {
            root: manifest.parent().unwrap_or(manifest).to_path_buf(),
        }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The corpus of real Windows artefacts. It is data, not ours to publish, so it lies beside the repository.
    pub(crate) fn corpus(&self) -> PathBuf {
        let shared = self.root.join("../shared/corpus");
        shared.canonicalize().unwrap_or(shared)
    }

    /// All Rust files, sorted by path.
    pub(crate) fn rust_files(&self) -> Result<Vec<RustFile>> {
        let mut found = Vec::new();
        for folder in RUST_FOLDERS {
            self.collect(&self.root.join(folder), &mut found)?;
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    fn collect(&self, folder: &Path, found: &mut Vec<RustFile>) -> Result<()> {
        for path in sorted_entries(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !MADE.contains(&&*name) && !name.starts_with('.') {
                    self.collect(&path, found)?;
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(&self.root).unwrap_or(&path);
                found.push(RustFile {
                    path: relative.to_string_lossy().replace('\\', "/"),
                    text: fs::read_to_string(&path)
                        .with_context(|| format!("reading {}", path.display()))?,
                });
            }
        }
        Ok(())
    }
}

/// What lies in a folder, sorted; nothing when there is no such folder.
pub(crate) fn sorted_entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries = fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<std::io::Result<Vec<_>>>()
        })
        .with_context(|| format!("reading the folder {}", folder.display()))?;
    entries.sort();
    Ok(entries)
}
