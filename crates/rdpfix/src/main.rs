//! `rdpfix`: finds out why Remote Desktop to a Windows machine fails, from the evidence the machine left.

mod cli;
mod command;
mod exit;
mod json;
mod output;
mod progress;
mod report;
mod source;
mod terminal;

use clap::Parser;

use cli::{Cli, Command};
use exit::ExitStatus;
use output::Failure;

fn main() -> ExitStatus {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help to standard output and errors to standard error, and knows which is which.
            let failed = error.use_stderr();
            let _ = error.print();
            return if failed {
                ExitStatus::Failure
            } else {
                ExitStatus::Success
            };
        }
    };
    match run(&cli) {
        Ok(status) => status,
        Err(failure) => output::complain(&failure),
    }
}

fn run(cli: &Cli) -> Result<ExitStatus, Failure> {
    cli.common().color.apply();
    match &cli.command {
        Command::Diagnose(arguments) => command::diagnose::run(arguments),
        Command::Query(arguments) => command::query::run(arguments),
        Command::Explain(arguments) => command::explain::run(arguments),
        Command::Schema(common) => command::schema::run(common),
    }
}
