//! Which TLS versions and algorithms Schannel offers.
//!
//! <https://learn.microsoft.com/windows-server/security/tls/tls-registry-settings>

use rdpfix_formats::reading::Reading;
use rdpfix_target::State;

use super::{Facts, registry};

pub(super) const TLS12_SERVER_OFF: &str = "schannel.tls12-server-off";
pub(super) const TLS10_OFF_ON_OLD_SERVER: &str = "schannel.tls10-off-on-old-server";
pub(super) const ALGORITHMS_OFF: &str = "schannel.algorithms-off";
pub(super) const SUITE_POLICY_EMPTY: &str = "schannel.suite-policy-empty";
pub(super) const FIPS_WITH_OTHER_LEVEL: &str = "schannel.fips-with-other-level";

const SCHANNEL: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL";
const POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002";
const FIPS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy";
const LISTENER: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";
const VERSION: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";

/// The first build whose server side offers TLS 1.3 by itself: Windows Server 2022. Client versions follow from Windows 11, 22000.
const FIRST_BUILD_WITH_TLS13: u32 = 20348;
/// The last build whose internal database and management service need TLS 1.0: Windows Server 2016.
const LAST_BUILD_NEEDING_TLS10: u32 = 14393;
/// `MinEncryptionLevel` 4: FIPS compliant.
const FIPS_LEVEL: u32 = 4;

pub(super) fn gather(state: &dyn State, facts: &mut Facts) {
    let build = build(state);
    let server = |version: &str| format!(r"{SCHANNEL}\Protocols\{version}\Server");

    let tls12 = server("TLS 1.2");
    let off = off(state, &tls12);
    let tls13 = off_or_default(state, &server("TLS 1.3"), &build, |build| {
        build < FIRST_BUILD_WITH_TLS13
    });
    let both = both(&off, &tls13);
    let detail = settings(state, &tls12, &["Enabled", "DisabledByDefault"]);
    facts.insert(
        TLS12_SERVER_OFF,
        registry::fact(both, &state.key(&tls12), &tls12, detail),
    );

    let tls10 = server("TLS 1.0");
    let old = build
        .as_ref()
        .map(|build| *build <= LAST_BUILD_NEEDING_TLS10);
    let both_old = self::both(&self::off(state, &tls10), &old);
    let detail = settings(state, &tls10, &["Enabled", "DisabledByDefault"]);
    facts.insert(
        TLS10_OFF_ON_OLD_SERVER,
        registry::fact(both_old, &state.key(&tls10), &tls10, detail),
    );

    algorithms(state, facts);
    suites(state, facts);
    fips(state, facts);
}

/// Windows' build number.
fn build(state: &dyn State) -> Reading<u32> {
    registry::text(state, VERSION, "CurrentBuildNumber").and_then(|text| {
        text.trim()
            .parse()
            .map_or(Reading::Absent, Reading::Present)
    })
}

/// Whether a protocol's key switches it off. A missing key or value leaves it as Windows has it, which is on.
fn off(state: &dyn State, key: &str) -> Reading<bool> {
    match (
        registry::dword(state, key, "Enabled"),
        registry::dword(state, key, "DisabledByDefault"),
    ) {
        (Reading::Present(0), _) => Reading::Present(true),
        (_, Reading::Present(by_default)) if by_default != 0 => Reading::Present(true),
        (Reading::Unreadable(reason), _) | (_, Reading::Unreadable(reason)) => {
            Reading::Unreadable(reason)
        }
        _ => Reading::Present(false),
    }
}

/// The same for a protocol that only some builds have by themselves.
fn off_or_default(
    state: &dyn State,
    key: &str,
    build: &Reading<u32>,
    absent_before: impl Fn(u32) -> bool,
) -> Reading<bool> {
    match (off(state, key), build) {
        (Reading::Present(false), Reading::Present(build)) => {
            Reading::Present(absent_before(*build))
        }
        // An unknown version: do not count on a protocol that most do not have.
        (Reading::Present(false), _) => Reading::Present(true),
        (off, _) => off,
    }
}

fn both(a: &Reading<bool>, b: &Reading<bool>) -> Reading<bool> {
    match (a, b) {
        (Reading::Present(false), _) | (_, Reading::Present(false)) => Reading::Present(false),
        (Reading::Present(true), Reading::Present(true)) => Reading::Present(true),
        (Reading::Unreadable(reason), _) | (_, Reading::Unreadable(reason)) => {
            Reading::Unreadable(reason.clone())
        }
        _ => Reading::Absent,
    }
}

fn settings(state: &dyn State, key: &str, names: &[&str]) -> String {
    let found = names.iter().filter_map(|name| {
        let value = registry::dword(state, key, name).present()?;
        Some(format!("{name}: {value}"))
    });
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        "not set: Windows' default applies".to_owned()
    } else {
        found.join(", ")
    }
}

/// Algorithms without which no usual suite is left. `Enabled` 0 switches one off; Windows writes 0xffffffff for on.
fn algorithms(state: &dyn State, facts: &mut Facts) {
    let needed = [
        r"Ciphers\AES 128/128",
        r"Ciphers\AES 256/256",
        r"Hashes\SHA256",
        r"KeyExchangeAlgorithms\ECDH",
        r"KeyExchangeAlgorithms\PKCS",
    ];
    let mut holds = Reading::Present(false);
    let mut off = Vec::new();
    for name in needed {
        match registry::dword(state, &format!(r"{SCHANNEL}\{name}"), "Enabled") {
            Reading::Present(0) => off.push(name),
            Reading::Unreadable(reason) => holds = Reading::Unreadable(reason),
            Reading::Present(_) | Reading::Absent => {}
        }
    }
    // One of AES's two lengths may go, and one way to exchange keys: hardening guides switch RSA's off. Without SHA-256 no TLS 1.2 is left.
    let all = |wanted: &[&str]| wanted.iter().all(|name| off.contains(name));
    let nothing_left = all(&[r"Ciphers\AES 128/128", r"Ciphers\AES 256/256"])
        || all(&[r"Hashes\SHA256"])
        || all(&[r"KeyExchangeAlgorithms\ECDH", r"KeyExchangeAlgorithms\PKCS"]);
    if nothing_left {
        holds = Reading::Present(true);
    }
    let detail = if off.is_empty() {
        "none is off".to_owned()
    } else {
        format!("off: {}", off.join(", "))
    };
    facts.insert(
        ALGORITHMS_OFF,
        registry::fact(holds, &state.key(SCHANNEL), SCHANNEL, detail),
    );
}

fn suites(state: &dyn State, facts: &mut Facts) {
    let list = registry::text(state, POLICY, "Functions");
    let detail = match &list {
        Reading::Present(list) if list.trim().is_empty() => "the list is empty".to_owned(),
        Reading::Present(list) => format!("{} suites", list.split(',').count()),
        Reading::Absent => "no policy".to_owned(),
        Reading::Unreadable(reason) => reason.to_string(),
    };
    let empty = match list {
        Reading::Present(list) => Reading::Present(
            !list
                .split(',')
                .any(|suite| suite.trim().starts_with("TLS_")),
        ),
        Reading::Absent => Reading::Present(false),
        Reading::Unreadable(reason) => Reading::Unreadable(reason),
    };
    let at = format!(r"{POLICY}\Functions");
    facts.insert(
        SUITE_POLICY_EMPTY,
        registry::fact(empty, &state.key(POLICY), &at, detail),
    );
}

fn fips(state: &dyn State, facts: &mut Facts) {
    let enabled = registry::dword(state, FIPS, "Enabled");
    let level = registry::dword(state, LISTENER, "MinEncryptionLevel");
    let detail = format!(
        "Enabled: {}, MinEncryptionLevel: {}",
        enabled.clone().present().unwrap_or(0),
        level
            .clone()
            .present()
            .map_or_else(|| "not set".to_owned(), |level| level.to_string())
    );
    let on = match enabled {
        Reading::Absent => Reading::Present(false),
        other => other.map(|enabled| enabled == 1),
    };
    let holds = both(&on, &level.map(|level| level != FIPS_LEVEL));
    facts.insert(
        FIPS_WITH_OTHER_LEVEL,
        registry::fact(holds, &state.key(FIPS), FIPS, detail),
    );
}
