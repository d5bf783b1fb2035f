//! Benchmarks: ours against a named peer in the same run, because seconds alone say more about the machine.

mod ratio;
mod scan;

use anyhow::{Result, bail};

use crate::repository::Repository;

struct Bench {
    name: &'static str,
    what: &'static str,
    run: fn(&Repository, &[&str]) -> Result<String>,
}

const BENCHES: [Bench; 1] = [Bench {
    name: "scan",
    what: "`rdpfix query` against `evtx_dump | grep` over logs: [RUNS [FOLDER]]",
    run: scan::run,
}];

/// `cargo xtask bench NAME [ARGUMENT…]`: prints a table in Markdown, to be kept beside the claim it supports.
pub(crate) fn command(repository: &Repository, arguments: &[&str]) -> Result<()> {
    let list = || {
        let line = |bench: &Bench| format!("  {}: {}", bench.name, bench.what);
        BENCHES.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let Some((name, rest)) = arguments.split_first() else {
        bail!("which benchmark?\n{}", list());
    };
    let Some(bench) = BENCHES.iter().find(|bench| bench.name == *name) else {
        bail!("there is no benchmark `{name}`\n{}", list());
    };
    println!("{}", (bench.run)(repository, rest)?);
    Ok(())
}
