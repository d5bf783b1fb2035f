//! Whether an event channel is switched on, as the registry configures it.
//!
//! `wevtutil sl CHANNEL /e:false` and the Event Viewer write `Enabled` below this key; without the value the provider's manifest decides.

use rdpfix_formats::reading::Reading;
use rdpfix_target::{ChannelState, State};

use super::registry;

const CHANNELS: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels";

/// The channel's state, where the registry says it.
pub(crate) fn channel_state(state: &dyn State, channel: &str) -> Option<ChannelState> {
    // A channel's name holds a slash, which no registry path separates by.
    match registry::dword(state, &format!(r"{CHANNELS}\{channel}"), "Enabled") {
        Reading::Present(0) => Some(ChannelState::Disabled),
        Reading::Present(_) => Some(ChannelState::Enabled),
        Reading::Absent | Reading::Unreadable(_) => None,
    }
}
