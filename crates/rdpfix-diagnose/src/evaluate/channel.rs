//! What silence in a channel proves.

use std::collections::{BTreeMap, BTreeSet};

use rdpfix_formats::reading::Reading;
use rdpfix_target::{ChannelState, Completeness};

use crate::evidence::{Coverage, CoverageStatus, Evidence};
use crate::knowledge::{KnowledgeBase, Source};

/// Why a channel without the event asked for does not mean that the event was not written; `None` when it does mean that.
pub(super) fn why_silence_proves_nothing(evidence: &Evidence, channel: &str) -> Option<String> {
    match evidence.state(channel) {
        Some(ChannelState::Disabled) => {
            return Some(
                "the channel is disabled on this machine: nothing is written to it".to_owned(),
            );
        }
        Some(ChannelState::Missing) => return None,
        Some(ChannelState::Enabled | ChannelState::Unknown(_)) | None => {}
    }
    let Some(coverage) = evidence.channel(channel) else {
        return match evidence.completeness {
            // The whole log folder is here and has no such log: Windows makes the file with the channel.
            Completeness::WholeMachine => None,
            Completeness::SomeLogs => Some("its log is not among the files given".to_owned()),
        };
    };
    if !coverage.whole {
        return Some("only an export of chosen events is here, not the whole log".to_owned());
    }
    if coverage.records == 0 && evidence.state(channel) != Some(&ChannelState::Enabled) {
        return Some(
            "the log is empty: nothing was written since it was made or cleared, or it is disabled"
                .to_owned(),
        );
    }
    let boot = evidence.last_boot();
    match (coverage.oldest, boot) {
        (Some(oldest), Some(boot)) if coverage.rolled_over() && oldest > boot => Some(format!(
            "the log reaches back only to {}, after the last boot: older events were overwritten or cleared",
            oldest
                .to_string()
                .get(..16)
                .unwrap_or_default()
                .replace('T', " ")
        )),
        _ => None,
    }
}

/// Whether the channel is known not to exist on the machine.
pub(super) fn is_missing(evidence: &Evidence, channel: &str) -> bool {
    match evidence.state(channel) {
        Some(ChannelState::Missing) => true,
        Some(ChannelState::Enabled | ChannelState::Disabled) => false,
        Some(ChannelState::Unknown(_)) | None => {
            evidence.completeness == Completeness::WholeMachine
                && evidence.channel(channel).is_none()
        }
    }
}

/// The logs that were read, and every channel the knowledge asks for that no log speaks of.
pub(super) fn coverage(base: &KnowledgeBase, evidence: &Evidence) -> Vec<Coverage> {
    let symptoms = base.causes().iter().flat_map(|cause| &cause.symptoms);
    let asked: BTreeSet<_> = symptoms
        .filter_map(|symptom| match &symptom.source {
            Source::Event(event) => Some(event.channel.as_str()),
            Source::Artifact(_) => None,
        })
        .collect();
    let mut coverage = evidence.coverage.clone();
    for channel in asked {
        if evidence.channel(channel).is_none() {
            coverage.push(without_log(evidence, channel));
        } else if evidence.state(channel) == Some(&ChannelState::Disabled) {
            let detail = "the channel is disabled: what is in it is from before".to_owned();
            let (artifact, status) = (channel.to_owned(), CoverageStatus::Unreadable);
            coverage.push(Coverage {
                artifact,
                status,
                detail,
            });
        }
    }
    coverage.extend(of_state(evidence));
    coverage
}

/// The places of the machine's state that were asked for, one line each. A place counts as its least readable fact.
fn of_state(evidence: &Evidence) -> Vec<Coverage> {
    let mut places: BTreeMap<&str, Coverage> = BTreeMap::new();
    for fact in evidence.facts.values() {
        let (status, detail) = match &fact.holds {
            Reading::Present(_) => (CoverageStatus::Read, fact.citation.detail.clone()),
            Reading::Absent => (CoverageStatus::Absent, "not there".to_owned()),
            Reading::Unreadable(reason) => (CoverageStatus::Unreadable, reason.to_string()),
        };
        let artifact = fact.citation.at.clone();
        let entry = places.entry(&fact.citation.at);
        let place = entry.or_insert_with(|| Coverage {
            artifact,
            status,
            detail: detail.clone(),
        });
        let worse =
            status == CoverageStatus::Unreadable && place.status != CoverageStatus::Unreadable;
        let known = status == CoverageStatus::Read && place.status == CoverageStatus::Absent;
        if worse || known {
            (place.status, place.detail) = (status, detail);
        }
    }
    places.into_values().collect()
}

fn without_log(evidence: &Evidence, channel: &str) -> Coverage {
    let (status, detail) = if is_missing(evidence, channel) {
        (
            CoverageStatus::Absent,
            "no such channel on this machine".to_owned(),
        )
    } else {
        let because = why_silence_proves_nothing(evidence, channel);
        (
            CoverageStatus::Unreadable,
            because.unwrap_or_else(|| "no log of it was given".to_owned()),
        )
    };
    Coverage {
        artifact: channel.to_owned(),
        status,
        detail,
    }
}
