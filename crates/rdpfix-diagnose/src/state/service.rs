//! Services, as `HKLM\SYSTEM\CurrentControlSet\Services` configures them.

use rdpfix_formats::reading::Reading;
use rdpfix_target::State;

use super::{Facts, registry};

pub(super) const SESSION_ENV_DISABLED: &str = "session-env.disabled";
pub(super) const BROKER_MISSING: &str = "connection-broker.missing";

const SERVICES: &str = r"HKLM\SYSTEM\CurrentControlSet\Services";
/// `SERVICE_DISABLED`
const DISABLED: u32 = 4;

pub(super) fn gather(state: &dyn State, facts: &mut Facts) {
    let path = format!(r"{SERVICES}\SessionEnv");
    let start = registry::dword(state, &path, "Start");
    let detail = start
        .as_ref()
        .present()
        .map_or_else(String::new, |start| format!("Start: {start}"));
    let disabled = start.map(|start| start == DISABLED);
    facts.insert(
        SESSION_ENV_DISABLED,
        registry::fact(disabled, &state.key(&path), &path, detail),
    );

    let path = format!(r"{SERVICES}\Tssdis");
    let key = state.key(&path);
    let missing = match &key {
        Reading::Present(_) => Reading::Present(false),
        Reading::Absent => Reading::Present(true),
        Reading::Unreadable(reason) => Reading::Unreadable(reason.clone()),
    };
    facts.insert(
        BROKER_MISSING,
        registry::fact(missing, &key, &path, "the service is not installed"),
    );
}
