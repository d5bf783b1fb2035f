//! A channel that is switched off in the registry: its silence proves nothing, and the report says so.

use rdpfix_diagnose::evaluate;
use rdpfix_diagnose::evidence::{CoverageStatus, collect};
use rdpfix_diagnose::knowledge::KnowledgeBase;
use rdpfix_formats::filetime::FileTime;
use rdpfix_target::state::{REG_DWORD, RegistryValue};
use rdpfix_target::{ChannelState, LogFormat, MemoryTarget};

const CHANNEL: &str = "Microsoft-Windows-TerminalServices-SessionBroker-Client/Operational";

fn target(enabled: u8) -> MemoryTarget {
    let mut target = MemoryTarget::new().whole_machine();
    target.add_log("System.evtx", Some("System"), LogFormat::Evtx, Vec::new());
    target.add_log("client.evtx", Some(CHANNEL), LogFormat::Evtx, Vec::new());
    // The role is there, so that its causes are open.
    let broker = "Microsoft-Windows-TerminalServices-SessionBroker/Operational";
    target.add_log("broker.evtx", Some(broker), LogFormat::Evtx, Vec::new());
    let key = format!(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\{CHANNEL}");
    let value = RegistryValue {
        name: "Enabled".into(),
        kind: REG_DWORD,
        data: vec![enabled, 0, 0, 0],
    };
    target.state_mut().set_value(&key, value);
    target
}

#[test]
fn the_registry_says_whether_a_channel_is_on() {
    let base = KnowledgeBase::embedded().expect("the knowledge loads");
    let now = FileTime::from_unix_seconds(1_800_000_000);
    for (enabled, expected) in [(0, ChannelState::Disabled), (1, ChannelState::Enabled)] {
        let machines = collect(&target(enabled), &base, now, &mut ());
        let evidence = machines.first().expect("one machine");
        assert_eq!(evidence.state(CHANNEL), Some(&expected));
        let diagnosis = evaluate(&base, evidence, now);
        let said = diagnosis.coverage.iter().any(|artifact| {
            artifact.artifact == CHANNEL
                && artifact.status == CoverageStatus::Unreadable
                && artifact.detail.contains("disabled")
        });
        assert_eq!(
            said,
            expected == ChannelState::Disabled,
            "{:?}",
            diagnosis.coverage
        );
        let waits = diagnosis.undecided.iter().any(|cause| {
            cause.gaps.iter().any(|gap| {
                gap.artifact == CHANNEL && gap.because.contains("the channel is disabled")
            })
        });
        assert_eq!(waits, expected == ChannelState::Disabled);
    }
}
