//! Evidence → diagnosis. Pure: knowledge, evidence and `now` decide everything.

mod belief;
mod cause;
mod channel;
mod symptom;

use rdpfix_formats::filetime::FileTime;

use crate::diagnosis::{Diagnosis, Finding, NoiseSeen, RuledOut, Undecided};
use crate::evidence::{Citation, CoverageStatus, Evidence};
use crate::knowledge::KnowledgeBase;
use cause::Verdict;

/// Weighs every cause of the knowledge against one machine's evidence.
pub fn evaluate(base: &KnowledgeBase, evidence: &Evidence, now: FileTime) -> Diagnosis {
    let mut findings = Vec::new();
    let mut ruled_out: Vec<RuledOut> = Vec::new();
    let mut undecided: Vec<Undecided> = Vec::new();
    for index in 0..base.causes().len() {
        match cause::judge(base, evidence, index, now) {
            Some(Verdict::Found(finding)) => findings.push(*finding),
            Some(Verdict::RuledOut(reason)) => ruled_out.push(reason),
            Some(Verdict::Undecided(cause)) => undecided.push(cause),
            Some(Verdict::NotFound) | None => {}
        }
    }
    findings.sort_by(by_belief);
    let coverage = channel::coverage(base, evidence);
    let all_read = coverage
        .iter()
        .all(|artifact| artifact.status != CoverageStatus::Unreadable);
    let damaged = evidence
        .channels
        .values()
        .any(|channel| channel.damaged > 0);
    Diagnosis {
        computer: evidence.computer.clone(),
        complete: undecided.is_empty() && all_read && !damaged,
        findings,
        ruled_out,
        undecided,
        noise: noise(base, evidence),
        remarks: evidence.remarks.clone(),
        coverage,
        last_boot: evidence.last_boot(),
    }
}

/// Most believed first; then the worse, the better supported, the more recent. The id settles the rest, so that the order is stable.
fn by_belief(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    let strongest = |finding: &Finding| finding.parts().raised.first().map(|sign| sign.effect);
    b.confidence()
        .cmp(&a.confidence())
        .then(b.severity().cmp(&a.severity()))
        .then(strongest(b).cmp(&strongest(a)))
        .then(b.parts().raised.len().cmp(&a.parts().raised.len()))
        .then(b.parts().newest.cmp(&a.parts().newest))
        .then(a.cause().cmp(b.cause()))
}

fn noise(base: &KnowledgeBase, evidence: &Evidence) -> Vec<NoiseSeen> {
    let seen = evidence.noise.iter().filter_map(|(index, observation)| {
        let noise = base.noise().get(*index)?;
        Some(NoiseSeen {
            name: noise.name.clone(),
            says: noise.says.clone(),
            count: observation.count,
            citations: observation
                .citations
                .iter()
                .cloned()
                .map(Citation::Event)
                .collect(),
        })
    });
    seen.collect()
}
