//! Everything the knowledge asks of the logs, indexed so that one pass answers all of it.

use std::collections::{BTreeSet, HashMap};

use rdpfix_query::CompiledQuery;
use rdpfix_target::LogArtifact;

use crate::knowledge::{KnowledgeBase, Source, StatusClass};

/// Names a symptom: the cause's and the symptom's index in the knowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymptomKey {
    /// Index of the cause in [`KnowledgeBase::causes`].
    pub cause: usize,
    /// Index of the symptom in its cause.
    pub symptom: usize,
}

/// On whose behalf a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    Symptom(SymptomKey),
    Mark(usize),
    Noise(usize),
}

/// One query over one channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'k> {
    pub(super) asker: Asker,
    pub(super) channel: &'k str,
    pub(super) query: &'k CompiledQuery,
    pub(super) status: &'k [StatusClass],
}

/// All questions, found by the event identifiers they can be about.
#[derive(Debug)]
pub(super) struct Questions<'k> {
    all: Vec<Question<'k>>,
    by_event_id: HashMap<u32, Vec<usize>>,
    any_event: Vec<usize>,
    /// The channels asked about, and those whose existence tells of a role, in lower case.
    channels: BTreeSet<String>,
}

impl<'k> Questions<'k> {
    pub(super) fn of(base: &'k KnowledgeBase) -> Self {
        let mut all = Vec::new();
        for (cause_index, cause) in base.causes().iter().enumerate() {
            for (symptom_index, symptom) in cause.symptoms.iter().enumerate() {
                if let Source::Event(event) = &symptom.source {
                    let key = SymptomKey {
                        cause: cause_index,
                        symptom: symptom_index,
                    };
                    all.push(Question {
                        asker: Asker::Symptom(key),
                        channel: &event.channel,
                        query: &event.query,
                        status: &event.status,
                    });
                }
            }
        }
        for (index, mark) in base.marks().iter().enumerate() {
            let (asker, channel) = (Asker::Mark(index), mark.channel.as_str());
            all.push(Question {
                asker,
                channel,
                query: &mark.query,
                status: &[],
            });
        }
        for (index, noise) in base.noise().iter().enumerate() {
            let (asker, channel) = (Asker::Noise(index), noise.channel.as_str());
            all.push(Question {
                asker,
                channel,
                query: &noise.query,
                status: &[],
            });
        }
        let roles = base.causes().iter().filter_map(|cause| cause.role.as_ref());
        let roles = roles.flat_map(|role| role.channels.iter().map(String::as_str));
        let channels = roles.chain(all.iter().map(|question| question.channel));
        let channels = channels.map(str::to_lowercase).collect();
        Self::index(all, channels)
    }

    fn index(all: Vec<Question<'k>>, channels: BTreeSet<String>) -> Self {
        let mut by_event_id: HashMap<u32, Vec<usize>> = HashMap::new();
        let mut any_event = Vec::new();
        for (index, question) in all.iter().enumerate() {
            match &question.query.requirements().event_ids {
                Some(ids) => {
                    for id in ids.iter().filter_map(|id| u32::try_from(*id).ok()) {
                        by_event_id.entry(id).or_default().push(index);
                    }
                }
                None => any_event.push(index),
            }
        }
        Self {
            all,
            by_event_id,
            any_event,
            channels,
        }
    }

    /// Whether a question may be answered from this log. One without a channel's name, and one of forwarded events, may hold anything.
    pub(super) fn ask_about(&self, log: &LogArtifact) -> bool {
        let Some(channel) = log
            .channel
            .as_deref()
            .filter(|name| *name != "ForwardedEvents")
        else {
            return true;
        };
        self.channels.contains(&channel.to_lowercase())
    }

    /// The questions that an event with this id, in this channel, may answer. What is not known excludes nothing.
    pub(super) fn about<'q>(
        &'q self,
        event_id: Option<u32>,
        channel: Option<&'q str>,
    ) -> impl Iterator<Item = &'q Question<'k>> {
        let (selected, everything) = match event_id {
            Some(id) => (
                self.by_event_id.get(&id).map_or(&[][..], Vec::as_slice),
                &[][..],
            ),
            None => (&[][..], self.all.as_slice()),
        };
        let any = if event_id.is_some() {
            self.any_event.as_slice()
        } else {
            &[]
        };
        let indexed = selected
            .iter()
            .chain(any)
            .filter_map(|index| self.all.get(*index));
        indexed.chain(everything).filter(move |question| {
            channel.is_none_or(|channel| question.channel.eq_ignore_ascii_case(channel))
        })
    }
}
