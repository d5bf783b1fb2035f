//! `examples/contoso-web01`: a synthetic machine on which the renewal of the Remote Desktop certificate was denied.
//!
//! A hardening product took the key file's rights away; the next renewal failed, and since then every client fails at TLS. Around it lies what
//! a machine writes in a month. Nothing in it was written by Windows.

mod month;
mod written;

use std::collections::BTreeMap;

use anyhow::Result;
use rdpfix_formats::evtx::encode;

use crate::generate::Files;

const README: &str = "\
# contoso-web01

A synthetic machine: these logs were written by rdpfix's own encoder (`cargo xtask generate`, source in `xtask/src/example/`), not by
Windows, and nothing in them is anybody's.

The story: an Azure VM, Windows Server 2022, a month of ordinary life. On 16 November a hardening product takes rights on the machine keys away
and the machine restarts. On the 18th the self-signed Remote Desktop certificate is due for renewal, which is denied. Since then
every client gets as far as TLS and no further. Beside it lie the usual false alarms: a program that fails as a TLS client, a
Group Policy event that shares the number 1058.

    cargo run --release -- diagnose examples/contoso-web01
";

/// The folder's files.
pub(crate) fn contoso_web01() -> Result<Files> {
    let mut files: Files = BTreeMap::from([("README.md".to_owned(), README.as_bytes().to_vec())]);
    for (channel, events) in month::logs() {
        let name = channel.replace('/', "%4");
        let bytes = encode::encode(&events)?;
        files.insert(format!("Windows/System32/winevt/Logs/{name}.evtx"), bytes);
    }
    Ok(files)
}
