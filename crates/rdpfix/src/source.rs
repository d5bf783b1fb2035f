//! What the user pointed at, opened; and the knowledge to use.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use rdpfix_diagnose::knowledge::{KnowledgeBase, KnowledgeFile};
use rdpfix_target::Opened;

use crate::output::{Failure, remark};

/// Opens the sources as one target. What cannot be opened beside something that can is a remark, and stays in the report's coverage.
pub(crate) fn open(sources: &[PathBuf], quiet: bool) -> Result<Opened, Failure> {
    let opened = rdpfix_target::open(sources).map_err(|error| anyhow!("{error}"))?;
    if !quiet {
        for problem in &opened.problems {
            remark(&format!("rdpfix: {problem}"));
        }
    }
    Ok(opened)
}

/// The built-in knowledge, or that of a folder.
pub(crate) fn knowledge(folder: Option<&Path>) -> Result<KnowledgeBase, Failure> {
    let Some(folder) = folder else {
        return Ok(KnowledgeBase::embedded().context("the built-in knowledge is faulty")?);
    };
    let mut files = Vec::new();
    collect(folder, folder, &mut files)?;
    let loaded = KnowledgeBase::load(
        files
            .iter()
            .map(|(path, text)| KnowledgeFile { path, text }),
    );
    let loaded = loaded
        .map_err(|errors| anyhow!("the knowledge in {} is faulty:\n{errors}", folder.display()))?;
    if loaded.causes().is_empty() {
        return Err(anyhow!(
            "{} holds no causes: expected causes/<area>/<slug>.md below it",
            folder.display()
        )
        .into());
    }
    Ok(loaded)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the binary reads the knowledge folder; its files are small"
)]
fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("cannot read the folder {}", folder.display()))?
            .path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml" || extension == "md")
        {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let name = path.strip_prefix(root).unwrap_or(&path);
            let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            files.push((name.join("/"), text));
        }
    }
    Ok(())
}
