//! Files that are made from others. They are committed, so that a reader needs no build, and the gate makes sure
//! that they are what their generators make now.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::ci::{Gate, Outcome, STEPS};
use crate::command;
use crate::example;
use crate::repository::{Repository, sorted_entries};

/// To add a generated file, add it here.
const GENERATORS: [Generator; 3] = [
    Generator {
        path: "docs/gate.md",
        produce: Produce::File(gate_page),
    },
    Generator {
        path: "docs/schema/diagnosis-v1.json",
        produce: Produce::Stdout(&["run", "--quiet", "--locked", "-p", "rdpfix", "--", "schema"]),
    },
    Generator {
        path: "examples/contoso-web01",
        produce: Produce::Folder(example::contoso_web01),
    },
];

/// Paths and contents.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

struct Generator {
    /// From the root. For [`Produce::Folder`] a folder that holds nothing but what is generated.
    path: &'static str,
    produce: Produce,
}

enum Produce {
    File(fn(&Repository) -> Result<String>),
    /// What a cargo command prints.
    Stdout(&'static [&'static str]),
    /// File names (may hold `/`) and contents.
    Folder(fn() -> Result<Files>),
}

pub(crate) fn command(repository: &Repository, arguments: &[&str]) -> Result<()> {
    let stale = match arguments {
        [] => {
            return each(repository, |generator, files| {
                write(repository, generator, files)
            });
        }
        ["--check"] => stale(repository, &GENERATORS)?,
        other => bail!("`cargo xtask generate` knows only --check, not {other:?}"),
    };
    if !stale.is_empty() {
        bail!("{}", stale.join("\n"));
    }
    Ok(())
}

pub(crate) fn check(gate: &Gate) -> Result<Outcome> {
    Ok(Outcome::from_faults(stale(&gate.repository, &GENERATORS)?))
}

fn each(
    repository: &Repository,
    mut act: impl FnMut(&Generator, &Files) -> Result<()>,
) -> Result<()> {
    for generator in &GENERATORS {
        let files = produce(repository, generator)?;
        act(generator, &files)?;
    }
    Ok(())
}

/// Paths from the root, and what should lie there.
fn produce(repository: &Repository, generator: &Generator) -> Result<Files> {
    let path = generator.path;
    let files = match &generator.produce {
        Produce::File(make) => {
            make(repository).map(|text| BTreeMap::from([(path.to_owned(), text.into_bytes())]))
        }
        Produce::Stdout(arguments) => command::stdout(&mut command::cargo(repository, arguments))
            .map(|text| BTreeMap::from([(path.to_owned(), text.into_bytes())])),
        Produce::Folder(make) => make().map(|files| {
            let below = |(name, content)| (format!("{path}/{name}"), content);
            files.into_iter().map(below).collect()
        }),
    };
    files.with_context(|| format!("generating {path}"))
}

fn write(repository: &Repository, generator: &Generator, files: &Files) -> Result<()> {
    for extra in left_over(repository, generator, files)? {
        fs::remove_file(repository.path(&extra)).with_context(|| format!("removing {extra}"))?;
        println!("removed {extra}");
    }
    for (name, text) in files {
        let path = repository.path(name);
        if is_current(&path, text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("writing {name}"))?;
        println!("wrote {name}");
    }
    Ok(())
}

fn stale(repository: &Repository, generators: &[Generator]) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for generator in generators {
        let files = produce(repository, generator)?;
        let changed = files
            .iter()
            .filter(|(name, text)| !is_current(&repository.path(name), text));
        wrong.extend(changed.map(|(name, _)| name.clone()));
        wrong.extend(left_over(repository, generator, &files)?);
    }
    let advice = |name: String| {
        format!("{name} is not what its generator makes now: run `cargo xtask generate`")
    };
    Ok(wrong.into_iter().map(advice).collect())
}

/// A checkout of text on Windows may hold carriage returns, which mean nothing here.
fn is_current(path: &Path, wanted: &[u8]) -> bool {
    let Ok(found) = fs::read(path) else {
        return false;
    };
    let unix = std::str::from_utf8(&found).map(|text| text.replace("\r\n", "\n"));
    found == wanted || unix.is_ok_and(|text| text.as_bytes() == wanted)
}

/// Files in a generated folder that nothing makes any more.
fn left_over(repository: &Repository, generator: &Generator, files: &Files) -> Result<Vec<String>> {
    if !matches!(generator.produce, Produce::Folder(_)) {
        return Ok(Vec::new());
    }
    let mut extra = Vec::new();
    let mut folders = vec![generator.path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in sorted_entries(&repository.path(&folder))? {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            let path = format!("{folder}/{name}");
            if entry.is_dir() {
                folders.push(path);
            } else if !files.contains_key(&path) {
                extra.push(path);
            }
        }
    }
    Ok(extra)
}

/// docs/gate.md: the steps, from the list that runs them.
fn gate_page(_: &Repository) -> Result<String> {
    let mut page = String::from(
        "<!-- Generated from xtask/src/ci.rs by `cargo xtask generate`. -->\n\
         # The steps of the gate\n\n\
         `cargo xtask ci` runs all of them, whatever the others did, and ends with a summary; `cargo xtask ci STEP…` runs some.\n\
         A step is `ok`, `FAILED`, or `not run` with the reason: what was not checked never counts as green.\n\n\
         | step | what it makes sure of |\n| --- | --- |\n",
    );
    for step in &STEPS {
        page += &format!("| {} | {} |\n", step.name, step.what);
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: Generator = Generator {
        path: "pages",
        produce: Produce::Folder(|| {
            Ok(BTreeMap::from([
                ("a.md".to_owned(), b"a\n".to_vec()),
                ("deep/b.md".to_owned(), b"b\n".to_vec()),
            ]))
        }),
    };

    #[test]
    fn a_missing_changed_or_left_over_file_is_stale_until_written() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let repository = Repository {
            root: folder.path().to_path_buf(),
        };
        assert_eq!(stale(&repository, &[FOLDER])?.len(), 2, "both missing");

        write(&repository, &FOLDER, &produce(&repository, &FOLDER)?)?;
        assert!(stale(&repository, &[FOLDER])?.is_empty());

        fs::write(repository.path("pages/deep/b.md"), "changed\n")?;
        fs::write(repository.path("pages/old.md"), "no longer made\n")?;
        let wrong = stale(&repository, &[FOLDER])?;
        assert!(
            wrong[0].starts_with("pages/deep/b.md is not") && wrong[1].starts_with("pages/old.md"),
            "{wrong:?}"
        );

        write(&repository, &FOLDER, &produce(&repository, &FOLDER)?)?;
        assert!(stale(&repository, &[FOLDER])?.is_empty());
        assert!(!repository.path("pages/old.md").exists());
        Ok(())
    }

    #[test]
    fn what_a_command_prints_can_be_a_generated_file() -> Result<()> {
        let generator = Generator {
            path: "version.txt",
            produce: Produce::Stdout(&["--version"]),
        };
        let files = produce(&Repository::here(), &generator)?;
        assert!(files["version.txt"].starts_with(b"cargo "), "{files:?}");
        Ok(())
    }

    #[test]
    fn a_command_that_fails_generates_nothing() {
        let generator = Generator {
            path: "x",
            produce: Produce::Stdout(&["no-such-command"]),
        };
        assert!(produce(&Repository::here(), &generator).is_err());
    }
}
