//! A machine made in memory.

use std::collections::BTreeMap;

use rdpfix_formats::event::{Event, LocatedEvent};
use rdpfix_formats::reading::Reason;

use crate::log::{
    ChannelState, Completeness, LogArtifact, LogFormat, LogId, LogSummary, LogVisitor, Order,
};
use crate::{MemoryState, State, Target};

/// A machine whose logs are given as events.
#[derive(Debug, Clone, Default)]
pub struct MemoryTarget {
    logs: Vec<LogArtifact>,
    events: Vec<Vec<Event>>,
    states: BTreeMap<String, ChannelState>,
    whole: bool,
    state: Option<MemoryState>,
}

impl MemoryTarget {
    /// A machine without logs.
    pub fn new() -> Self {
        Self::default()
    }

    /// States that all logs of the machine are here.
    #[must_use]
    pub fn whole_machine(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Adds a log. `path` names it in citations.
    pub fn add_log(
        &mut self,
        path: &str,
        channel: Option<&str>,
        format: LogFormat,
        events: Vec<Event>,
    ) {
        self.logs.push(LogArtifact {
            id: LogId(self.logs.len()),
            path: path.to_owned(),
            format,
            channel: channel.map(str::to_owned),
            size: 0,
        });
        self.events.push(events);
    }

    /// The registry and files of the machine, which from then on are there, if only empty.
    pub fn state_mut(&mut self) -> &mut MemoryState {
        self.state.get_or_insert_default()
    }

    /// States how a channel stands.
    pub fn set_channel(&mut self, channel: &str, state: ChannelState) {
        self.states.insert(channel.to_lowercase(), state);
    }
}

impl Target for MemoryTarget {
    fn label(&self) -> &str {
        "a machine in memory"
    }

    fn completeness(&self) -> Completeness {
        if self.whole {
            Completeness::WholeMachine
        } else {
            Completeness::SomeLogs
        }
    }

    fn state(&self) -> Option<&dyn State> {
        self.state.as_ref().map(|state| state as &dyn State)
    }

    fn logs(&self) -> &[LogArtifact] {
        &self.logs
    }

    fn channel_state(&self, channel: &str) -> ChannelState {
        let stated = self.states.get(&channel.to_lowercase()).cloned();
        stated.unwrap_or(ChannelState::Unknown(Reason::NotInSource))
    }

    fn read_log(&self, log: LogId, order: Order, visitor: &mut dyn LogVisitor) -> LogSummary {
        let mut summary = LogSummary::default();
        let Some(events) = self.events.get(log.0) else {
            summary.unreadable = Some(Reason::NotInSource);
            return summary;
        };
        let numbered = (0u64..).zip(events);
        let mut hand_over = |(offset, event): (u64, &Event)| {
            summary.records += 1;
            visitor.event(LocatedEvent {
                event: event.clone(),
                offset,
                notes: Vec::new(),
            })
        };
        let _ = match order {
            Order::AsStored | Order::OldestFirst => {
                numbered.into_iter().try_for_each(&mut hand_over)
            }
            Order::NewestFirst => {
                let mut all: Vec<_> = numbered.collect();
                all.reverse();
                all.into_iter().try_for_each(&mut hand_over)
            }
        };
        summary
    }
}
