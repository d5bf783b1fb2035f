//! What the hive decoder must do with any bytes at all: return.

use crate::read_at::ReadAt;
use crate::regf::encode::sum_again;
use crate::regf::{ControlSet, Hive, HiveState, RegfError, Validation};

/// Stands behind a hive and its log, before the offset of the log.
const TRAILER: &[u8] = b"with log";
/// Cells begin at every eighth byte, and made ones may overlap: a walk of more keys than that goes in circles.
const CELL_STEP: usize = 8;

/// Decodes everything a hive holds, leniently and strictly, alone and with a log, as it is and with right checksums.
///
/// An input that ends in `with log` and four bytes is a hive and, from the offset in these, its log.
///
/// # Panics
/// When the decoder goes in circles, or a strict reading sees what a lenient one does not.
pub fn regf(bytes: &[u8]) {
    let (primary, log) = split(bytes);
    read(primary, log);
    let (mut primary, mut log) = (primary.to_vec(), log.to_vec());
    sum_again(&mut primary);
    sum_again(&mut log);
    read(&primary, &log);
}

fn read(primary: &[u8], log: &[u8]) {
    let length = primary.len().saturating_add(log.len());
    let logs: &[&dyn ReadAt] = if log.is_empty() { &[] } else { &[&log] };
    let lenient = Hive::open_as(primary, logs, Validation::Lenient);
    let strict = Hive::open_as(primary, logs, Validation::Strict);
    let lenient_keys = lenient.as_ref().map(|hive| walk(hive, length));
    if let Ok(strict) = strict {
        assert!(strict.state().is_whole(), "strict, and not whole");
        let (strict_keys, _) = walk(&strict, length);
        assert!(
            lenient_keys.is_ok_and(|(keys, _)| strict_keys <= keys),
            "strict, and more than lenient"
        );
    }
}

fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let parts = bytes
        .split_last_chunk::<4>()
        .and_then(|(rest, at)| Some((rest.strip_suffix(TRAILER)?, u32::from_le_bytes(*at))))
        .and_then(|(rest, at)| rest.split_at_checked(usize::try_from(at).ok()?));
    parts.unwrap_or((bytes, &[]))
}

/// Reads everything; gives how many keys there were, and how many errors.
fn walk<R: ReadAt>(hive: &Hive<R>, length: usize) -> (usize, usize) {
    let _ = ControlSet::current(hive).map(|sets| sets.key_name());
    let _ = hive.key("CurrentControlSet\\Control").is_present();
    if let HiveState::Recovered(recovery) = hive.state() {
        assert!(recovery.entries > 0, "recovered from nothing");
    }
    let (mut keys, mut errors) = (0_usize, 0_usize);
    let mut bytes_of_values = 0_usize;
    for item in hive.walk() {
        let Ok(walked) = item else {
            errors = errors.saturating_add(1);
            continue;
        };
        keys = keys.saturating_add(1);
        let key = walked.key;
        let _ = (key.class(), key.security_descriptor(), key.symbolic_link());
        let _ = (key.last_written().to_string(), key.value("Current"));
        for value in key.values() {
            // Values can share their data, so all of them together may be larger than the hive: look at enough of them.
            if bytes_of_values > length.saturating_mul(16) {
                break;
            }
            match value {
                Ok(value) => {
                    bytes_of_values = bytes_of_values.saturating_add(value.bytes.len());
                    let _ = (value.data(), value.number());
                }
                Err(RegfError::NotAHive { .. }) => unreachable!("the hive is open"),
                Err(_) => errors = errors.saturating_add(1),
            }
        }
        // A log may add keys that the primary file has no room for.
        let most = length.div_ceil(CELL_STEP).saturating_mul(2);
        assert!(keys <= most.max(8), "{keys} keys in {length} bytes");
    }
    (keys, errors)
}
