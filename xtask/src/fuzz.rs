//! The fuzz targets: replayed by the gate on plain stable, and fuzzed with libFuzzer and AddressSanitizer.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::ci::{Gate, Outcome};
use crate::command;
use crate::repository::{Repository, sorted_entries};

/// What libFuzzer needs compiled in: counters at every edge, operands of comparisons, AddressSanitizer.
/// The same flags that cargo-fuzz passes; setting them here saves everybody from installing it.
const INSTRUMENTED: &str = "--cfg fuzzing -Zsanitizer=address -Ccodegen-units=1 -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Hostile input must be refused quickly and in little memory, or it is a finding too.
const LIMITS: [&str; 2] = ["-timeout=20", "-rss_limit_mb=2048"];

/// The gate's step: every target builds and gets through what it is known to have met.
pub(crate) fn check(gate: &Gate) -> Result<Outcome> {
    let repository = &gate.repository;
    let arguments = [
        "build",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--target-dir",
        "fuzz/target",
        "--locked",
    ];
    command::run(&mut command::cargo(repository, &arguments)).context(
        "if the lock file is behind a crate's dependencies: cargo update --workspace --manifest-path fuzz/Cargo.toml",
    )?;

    let mut wrong = Vec::new();
    for target in targets(repository)? {
        let inputs = inputs(repository, &target)?;
        if inputs.is_empty() {
            // Without an input libFuzzer would start fuzzing, and a target without seeds was never tried.
            wrong.push(format!("{target} has no file in fuzz/seeds/{target}"));
            continue;
        }
        let binary = repository.path("fuzz/target/debug").join(&target);
        if let Some(fault) = replay(&binary, &inputs)? {
            wrong.push(fault);
        }
        println!("{target}: {} inputs", inputs.len());
    }
    Ok(Outcome::from_faults(wrong))
}

/// `cargo xtask fuzz TARGET SECONDS`
pub(crate) fn command(repository: &Repository, arguments: &[&str]) -> Result<()> {
    let targets = targets(repository)?;
    let [target, seconds] = arguments else {
        bail!(
            "usage: cargo xtask fuzz TARGET SECONDS; the targets are {}",
            targets.join(", ")
        );
    };
    if !targets.iter().any(|known| known == target) {
        bail!(
            "there is no target `{target}`; the targets are {}",
            targets.join(", ")
        );
    }
    let seconds: u32 = seconds
        .parse()
        .with_context(|| format!("`{seconds}` is no number of seconds"))?;

    // A target of its own: with an explicit triple the flags stay away from build scripts and macros.
    let host = host()?;
    let build = [
        "build",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--target-dir",
        "fuzz/target",
        "--locked",
        "--release",
        "--bin",
        target,
        "--target",
        &host,
    ];
    command::run(
        command::cargo(repository, &build)
            .env("RUSTFLAGS", INSTRUMENTED)
            // Sanitizers are not stable, and the compiler is: this lifts the ban for this build.
            .env("RUSTC_BOOTSTRAP", "1"),
    )?;

    let corpus = repository.path("fuzz/corpus").join(target);
    let artifacts = repository.path("fuzz/artifacts").join(target);
    for folder in [&corpus, &artifacts] {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("creating {}", folder.display()))?;
    }
    let mut fuzzer = Command::new(
        repository
            .path("fuzz/target")
            .join(&host)
            .join("release")
            .join(target),
    );
    fuzzer
        .args(LIMITS)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        // New inputs go to the first folder; the others are only read.
        .arg(&corpus);
    for kept in ["seeds", "regressions"] {
        let folder = repository.path("fuzz").join(kept).join(target);
        if folder.is_dir() {
            fuzzer.arg(folder);
        }
    }
    command::run(&mut fuzzer).with_context(|| {
        format!(
            "the input is in {}: mend the fault, then move it to fuzz/regressions/{target}/ under a name that says what it broke",
            artifacts.display()
        )
    })
}

/// The targets are the files in `fuzz/fuzz_targets`.
fn targets(repository: &Repository) -> Result<Vec<String>> {
    let found: Vec<String> = sorted_entries(&repository.path("fuzz/fuzz_targets"))?
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    if found.is_empty() {
        bail!("no targets in fuzz/fuzz_targets");
    }
    Ok(found)
}

/// The seeds and old crashes of a target.
fn inputs(repository: &Repository, target: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for kept in ["seeds", "regressions"] {
        let folder = repository.path("fuzz").join(kept).join(target);
        found.extend(
            sorted_entries(&folder)?
                .into_iter()
                .filter(|path| path.is_file()),
        );
    }
    Ok(found)
}

/// libFuzzer runs the files it is given and ends. What it printed is shown only when it did not end well.
fn replay(binary: &Path, inputs: &[PathBuf]) -> Result<Option<String>> {
    let output = command::output(Command::new(binary).args(LIMITS).args(inputs))?;
    if output.status.success() {
        return Ok(None);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let last = stderr.lines().rfind(|line| line.starts_with("Running: "));
    eprint!("{stderr}");
    let name = binary.file_name().unwrap_or_default().to_string_lossy();
    Ok(Some(format!(
        "{name} ended with {}; {}",
        output.status,
        last.unwrap_or("no input was run")
    )))
}

fn host() -> Result<String> {
    let printed = command::stdout(Command::new("rustc").arg("-vV"))?;
    let host = printed.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc -vV names no host")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn repository(folder: &Path) -> Repository {
        Repository {
            root: folder.to_path_buf(),
        }
    }

    #[test]
    fn old_crashes_are_inputs_beside_the_seeds() -> Result<()> {
        let folder = tempfile::tempdir()?;
        for path in [
            "fuzz/fuzz_targets/evtx.rs",
            "fuzz/seeds/evtx/a",
            "fuzz/regressions/evtx/b",
            "fuzz/seeds/README.md",
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().context("no parent")?)?;
            fs::write(path, "")?;
        }
        let repository = repository(folder.path());
        assert_eq!(targets(&repository)?, ["evtx"]);
        assert_eq!(inputs(&repository, "evtx")?.len(), 2);
        assert!(inputs(&repository, "query")?.is_empty());
        Ok(())
    }

    #[test]
    fn an_unknown_target_or_time_is_refused() {
        let here = Repository::here();
        for arguments in [&["nothing", "10"][..], &["evtx", "soon"], &["evtx"], &[]] {
            assert!(command(&here, arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn an_input_that_ends_the_target_is_a_fault() -> Result<()> {
        assert_eq!(replay(Path::new("true"), &[])?, None);
        let fault = replay(Path::new("false"), &[])?;
        assert!(fault.is_some_and(|fault| fault.starts_with("false ended with")));
        Ok(())
    }
}
