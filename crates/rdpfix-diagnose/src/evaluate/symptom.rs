//! One symptom against the evidence: met, not met, or nobody can say.

use super::channel;
use crate::diagnosis::Gap;
use crate::evidence::{Evidence, Observation, SymptomKey};
use crate::knowledge::{Artifact, EventSymptom, Source, Symptom};

/// The three answers.
#[derive(Debug, Clone)]
pub(super) enum Answer<'e> {
    Met(&'e Observation),
    NotMet,
    Unknown(Gap),
}

pub(super) fn answer<'e>(evidence: &'e Evidence, key: SymptomKey, symptom: &Symptom) -> Answer<'e> {
    match &symptom.source {
        Source::Event(event) => answer_from_events(evidence, key, symptom, event),
        Source::Artifact(artifact) => Answer::Unknown(artifact_gap(symptom, artifact)),
    }
}

fn answer_from_events<'e>(
    evidence: &'e Evidence,
    key: SymptomKey,
    symptom: &Symptom,
    event: &EventSymptom,
) -> Answer<'e> {
    let observation = evidence.observations.get(&key);
    if let Some(observation) = observation.filter(|observation| observation.count > 0) {
        return Answer::Met(observation);
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

fn artifact_gap(symptom: &Symptom, artifact: &Artifact) -> Gap {
    Gap {
        artifact: artifact.at.clone(),
        kind: Some(artifact.kind),
        effect: symptom.effect,
        because: format!("event logs hold no {}", artifact.kind),
        says: symptom.says.clone(),
        look: artifact.look.clone(),
    }
}
