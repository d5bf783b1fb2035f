//! The gate, the generators and the benchmarks. `cargo xtask help` lists the commands.

mod bench;
mod checks;
mod ci;
mod command;
mod example;
mod fuzz;
mod generate;
mod repository;
mod rust_source;
mod setup;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::repository::Repository;

struct Subcommand {
    usage: &'static str,
    what: &'static str,
    run: fn(&Repository, &[&str]) -> Result<()>,
}

const SUBCOMMANDS: [Subcommand; 5] = [
    Subcommand {
        usage: "ci [STEP…] [--require-corpus | --corpus-optional]",
        what: "run the gate, or some steps of it",
        run: ci::command,
    },
    Subcommand {
        usage: "setup",
        what: "install what the gate needs, where it is missing",
        run: setup::command,
    },
    Subcommand {
        usage: "generate [--check]",
        what: "write the generated files, or say which are not current",
        run: generate::command,
    },
    Subcommand {
        usage: "fuzz TARGET SECONDS",
        what: "fuzz one target with libFuzzer",
        run: fuzz::command,
    },
    Subcommand {
        usage: "bench NAME [ARGUMENT…]",
        what: "measure against a named peer",
        run: bench::command,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[&str]) -> Result<()> {
    let Some((name, rest)) = arguments.split_first() else {
        bail!("which command?\n{}", help());
    };
    if matches!(*name, "help" | "--help" | "-h") {
        print!("{}", help());
        return Ok(());
    }
    let known = SUBCOMMANDS.iter().find(|command| command.name() == *name);
    match known {
        Some(command) => (command.run)(&Repository::here(), rest),
        None => bail!("there is no command `{name}`\n{}", help()),
    }
}

impl Subcommand {
    fn name(&self) -> &str {
        self.usage.split(' ').next().unwrap_or_default()
    }
}

fn help() -> String {
    let mut text = String::new();
    for command in &SUBCOMMANDS {
        text += &format!("cargo xtask {}\n    {}\n", command.usage, command.what);
    }
    text
}
