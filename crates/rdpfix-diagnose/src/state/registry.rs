//! Single registry values, with the citation that goes with each.

use rdpfix_formats::reading::Reading;
use rdpfix_target::State;
use rdpfix_target::state::{Key, RegistryValue};

use super::Fact;
use crate::evidence::StateCitation;
use crate::knowledge::ArtifactKind;

/// A value and its key; `Absent` when either is not there.
pub(super) fn value(state: &dyn State, key: &str, name: &str) -> Reading<(Key, RegistryValue)> {
    state
        .key(key)
        .and_then(|key| match key.value(name).cloned() {
            Some(value) => Reading::Present((key, value)),
            None => Reading::Absent,
        })
}

/// A `REG_DWORD`; one of another type counts as absent, as Windows takes its default then.
pub(super) fn dword(state: &dyn State, key: &str, name: &str) -> Reading<u32> {
    value(state, key, name)
        .and_then(|(_, value)| value.dword().map_or(Reading::Absent, Reading::Present))
}

/// A text value.
pub(super) fn text(state: &dyn State, key: &str, name: &str) -> Reading<String> {
    value(state, key, name)
        .and_then(|(_, value)| value.text().map_or(Reading::Absent, Reading::Present))
}

/// A citation of a key or value.
pub(super) fn cite(key: &Reading<Key>, at: &str, detail: impl Into<String>) -> StateCitation {
    let key = key.as_ref().present();
    StateCitation {
        kind: ArtifactKind::Registry,
        at: at.to_owned(),
        last_written: key.and_then(|key| key.last_written),
        detail: detail.into(),
    }
}

/// A fact about the registry.
pub(super) fn fact(
    holds: Reading<bool>,
    key: &Reading<Key>,
    at: &str,
    detail: impl Into<String>,
) -> Fact {
    Fact {
        holds,
        citation: cite(key, at, detail),
    }
}
