//! One symptom against the evidence: met, not met, or nobody can say.

use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::Reading;

use super::channel;
use crate::diagnosis::Gap;
use crate::evidence::{Citation, Evidence, Observation, SymptomKey};
use crate::knowledge::{Artifact, ArtifactKind, EventSymptom, Source, Symptom, Trust};
use crate::state::Fact;

/// The three answers.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Met(Seen),
    NotMet,
    Unknown(Gap),
}

/// What met a symptom.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) count: u64,
    pub(super) oldest: Option<FileTime>,
    /// When last; `None` for what the machine holds, which is so now.
    pub(super) newest: Option<FileTime>,
    pub(super) citations: Vec<Citation>,
    pub(super) trust: Trust,
    /// Whether it is the machine's state rather than an event.
    pub(super) is_state: bool,
}

impl Seen {
    fn in_events(observation: &Observation) -> Self {
        Self {
            count: observation.count,
            oldest: observation.oldest,
            newest: observation.newest,
            citations: observation
                .citations
                .iter()
                .cloned()
                .map(Citation::Event)
                .collect(),
            trust: observation.trust,
            is_state: false,
        }
    }

    fn in_state(fact: &Fact) -> Self {
        Self {
            count: 1,
            oldest: None,
            newest: None,
            citations: vec![Citation::State(fact.citation.clone())],
            trust: Trust::MicrosoftDoc,
            is_state: true,
        }
    }
}

pub(super) fn answer(evidence: &Evidence, key: SymptomKey, symptom: &Symptom) -> Answer {
    match &symptom.source {
        Source::Event(event) => answer_from_events(evidence, key, symptom, event),
        Source::Artifact(artifact) => answer_from_state(evidence, symptom, artifact),
    }
}

fn answer_from_state(evidence: &Evidence, symptom: &Symptom, artifact: &Artifact) -> Answer {
    let fact = artifact
        .fact
        .as_deref()
        .and_then(|name| evidence.facts.get(name));
    match fact.map(|fact| (fact, &fact.holds)) {
        Some((fact, Reading::Present(holds))) if *holds == artifact.is => {
            Answer::Met(Seen::in_state(fact))
        }
        Some((_, Reading::Present(_) | Reading::Absent)) => Answer::NotMet,
        Some((_, Reading::Unreadable(reason))) => {
            Answer::Unknown(artifact_gap(symptom, artifact, reason.to_string()))
        }
        // A disk holds no listener to look at: where the machine's state was read, nobody needs one.
        None if artifact.kind == ArtifactKind::Probe && !evidence.facts.is_empty() => {
            Answer::NotMet
        }
        None => {
            let because = if evidence.facts.is_empty() {
                "event logs alone do not hold it".to_owned()
            } else {
                "this version does not read it".to_owned()
            };
            Answer::Unknown(artifact_gap(symptom, artifact, because))
        }
    }
}

fn answer_from_events(
    evidence: &Evidence,
    key: SymptomKey,
    symptom: &Symptom,
    event: &EventSymptom,
) -> Answer {
    let observation = evidence.observations.get(&key);
    if let Some(observation) = observation.filter(|observation| observation.count > 0) {
        return Answer::Met(Seen::in_events(observation));
    }
    let unknown = observation.map_or(0, |observation| observation.unknown);
    let because = if unknown > 0 {
        let (events, have) = if unknown == 1 {
            ("event", "has")
        } else {
            ("events", "have")
        };
        Some(format!(
            "{unknown} {events} may be one, but the text export lost what decides, or a record {have} damage there"
        ))
    } else {
        channel::why_silence_proves_nothing(evidence, &event.channel)
    };
    match because {
        None => Answer::NotMet,
        Some(because) => Answer::Unknown(Gap {
            artifact: event.channel.clone(),
            kind: None,
            effect: symptom.effect,
            because,
            says: symptom.says.clone(),
            look: Some(export_channel(&event.channel)),
        }),
    }
}

/// The command that exports the machine's own log whole, so that silence in it counts.
fn export_channel(channel: &str) -> String {
    format!(
        "wevtutil epl \"{channel}\" \"%TEMP%\\{}.evtx\"",
        channel.replace('/', "%4")
    )
}

fn artifact_gap(symptom: &Symptom, artifact: &Artifact, because: String) -> Gap {
    Gap {
        artifact: artifact.at.clone(),
        kind: Some(artifact.kind),
        effect: symptom.effect,
        because,
        says: symptom.says.clone(),
        look: artifact.look.clone(),
    }
}
