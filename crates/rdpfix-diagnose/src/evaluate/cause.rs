//! One cause against the evidence.

use rdpfix_formats::filetime::FileTime;

use super::symptom::{Answer, Seen, answer};
use super::{belief, channel};
use crate::diagnosis::{Confidence, Finding, FindingParts, Gap, RuledOut, Sign, Undecided};
use crate::evidence::{Evidence, SymptomKey};
use crate::knowledge::{Cause, Effect, KnowledgeBase, Symptom, Trust};

/// What became of a cause.
pub(super) enum Verdict {
    Found(Box<Finding>),
    RuledOut(RuledOut),
    Undecided(Undecided),
    /// Everything was looked at, and nothing speaks for it.
    NotFound,
}

pub(super) fn judge(
    base: &KnowledgeBase,
    evidence: &Evidence,
    index: usize,
    now: FileTime,
) -> Option<Verdict> {
    let cause = base.causes().get(index)?;
    let numbered = cause.symptoms.iter().enumerate();
    let answers = numbered.map(|(symptom_index, symptom)| {
        let key = SymptomKey {
            cause: index,
            symptom: symptom_index,
        };
        (symptom, answer(evidence, key, symptom))
    });
    let case = Case {
        cause,
        evidence,
        now,
        answers: answers.collect(),
    };
    Some(case.verdict())
}

/// A cause with the answers to its symptoms.
struct Case<'a> {
    cause: &'a Cause,
    evidence: &'a Evidence,
    now: FileTime,
    answers: Vec<(&'a Symptom, Answer)>,
}

impl<'a> Case<'a> {
    fn verdict(&self) -> Verdict {
        let mut raised = self.signs();
        raised.sort_by(|a, b| b.effect.cmp(&a.effect).then(b.newest.cmp(&a.newest)));
        if raised.is_empty() {
            return self.nothing_raised();
        }
        let newest = raised.iter().filter_map(|sign| sign.newest).max();
        // What the machine holds is so now: no success of the past clears it.
        let holds_now = raised
            .iter()
            .any(|sign| sign.is_state && sign.effect > Effect::Supporting);
        if let Some(reason) = self.against(&raised, newest, holds_now) {
            return Verdict::RuledOut(reason);
        }
        let Some(strongest) = raised
            .iter()
            .filter_map(|sign| belief::of_effect(sign.effect))
            .max()
        else {
            return Verdict::NotFound;
        };
        let mut lowering: Vec<_> = self.met(Effect::Lowers).collect();
        // What the machine's state proves stays proved; what speaks against it is of another part of the same thing.
        if raised
            .iter()
            .any(|sign| sign.is_state && sign.effect == Effect::Proves)
        {
            lowering.clear();
        }
        match belief::lowered(strongest, lowering.len()) {
            Some(confidence) => self.found(confidence, raised, newest, &lowering),
            None => Verdict::RuledOut(RuledOut {
                cause: self.cause.id.clone(),
                because: sentences(lowering.iter().map(|(symptom, _)| symptom.says.as_str())),
                citations: lowering
                    .iter()
                    .flat_map(|(_, seen)| seen.citations.clone())
                    .collect(),
            }),
        }
    }

    /// Symptoms met with that effect.
    fn met(&self, effect: Effect) -> impl Iterator<Item = (&Symptom, &Seen)> {
        self.answers
            .iter()
            .filter_map(move |(symptom, answer)| match answer {
                Answer::Met(seen) if symptom.effect == effect => Some((*symptom, seen)),
                _ => None,
            })
    }

    /// What raises belief, each weighed by age and by how far the facts are trusted.
    fn signs(&self) -> Vec<Sign> {
        let raising = self
            .answers
            .iter()
            .filter_map(|(symptom, answer)| match answer {
                Answer::Met(seen) if symptom.effect.raises() => Some((*symptom, seen)),
                _ => None,
            });
        let signs = raising.map(|(symptom, observation)| Sign {
            symptom: symptom.name.clone(),
            effect: self.weigh(symptom, observation),
            says: symptom.says.clone(),
            count: observation.count,
            oldest: observation.oldest,
            newest: observation.newest,
            citations: observation.citations.clone(),
            is_state: observation.is_state,
        });
        signs.collect()
    }

    fn weigh(&self, symptom: &Symptom, observation: &Seen) -> Effect {
        if observation.trust == Trust::FromMemory {
            return symptom.effect.min(Effect::Supporting);
        }
        if self.is_from_an_earlier_boot(symptom, observation.newest) {
            return belief::weakened(symptom.effect);
        }
        symptom.effect
    }

    fn is_from_an_earlier_boot(&self, symptom: &Symptom, newest: Option<FileTime>) -> bool {
        let boot = self.evidence.last_boot();
        !symptom.persists && newest.zip(boot).is_some_and(|(newest, boot)| newest < boot)
    }

    /// What rules the cause out although something raised it.
    fn against(
        &self,
        raised: &[Sign],
        newest: Option<FileTime>,
        holds_now: bool,
    ) -> Option<RuledOut> {
        if let Some((symptom, seen)) = self.met(Effect::Excludes).next() {
            return Some(self.ruled_out(symptom.says.clone(), seen));
        }
        let cleared = self
            .met(Effect::Clears)
            .filter(|(_, seen)| !holds_now && seen.newest > newest);
        if let Some((symptom, seen)) = cleared.max_by_key(|(_, seen)| seen.newest) {
            let since = newest.map_or_else(String::new, |time| {
                format!(" The last sign of the fault is older: {}.", minute(time))
            });
            return Some(self.ruled_out(format!("{}{since}", symptom.says), seen));
        }
        self.unmet_criterion(raised)
    }

    fn ruled_out(&self, because: String, seen: &Seen) -> RuledOut {
        RuledOut {
            cause: self.cause.id.clone(),
            because,
            citations: seen.citations.clone(),
        }
    }

    fn unmet_criterion(&self, raised: &[Sign]) -> Option<RuledOut> {
        let criteria = &self.cause.criteria;
        let find = |name: &String| {
            self.answers
                .iter()
                .find(|(symptom, _)| symptom.name == *name)
        };
        let is_met =
            |name: &String| find(name).is_some_and(|(_, answer)| matches!(answer, Answer::Met(_)));
        let is_not =
            |name: &String| find(name).is_some_and(|(_, answer)| matches!(answer, Answer::NotMet));
        let says = |name: &String| {
            find(name).map_or_else(String::new, |(symptom, _)| symptom.says.clone())
        };
        let because = if let Some(name) = criteria.none.iter().find(|name| is_met(name)) {
            says(name)
        } else if let Some(name) = criteria.all.iter().find(|name| is_not(name)) {
            format!("This was looked for and is not there: {}", says(name))
        } else if !criteria.any.is_empty() && !criteria.any.iter().any(is_met) {
            let seen = raised.iter().map(|sign| sign.says.as_str());
            format!("{} By itself that is no fault.", sentences(seen))
        } else {
            return None;
        };
        Some(RuledOut {
            cause: self.cause.id.clone(),
            because,
            citations: raised
                .iter()
                .flat_map(|sign| sign.citations.clone())
                .collect(),
        })
    }

    fn found(
        &self,
        confidence: Confidence,
        raised: Vec<Sign>,
        newest: Option<FileTime>,
        lowering: &[(&Symptom, &Seen)],
    ) -> Verdict {
        let mut lowered: Vec<_> = lowering
            .iter()
            .map(|(symptom, _)| symptom.says.clone())
            .collect();
        lowered.extend(self.age_notes());
        let parts = FindingParts {
            cause: self.cause.id.clone(),
            title: self.cause.title.clone(),
            severity: self.cause.severity,
            confidence,
            raised,
            lowered,
            missing_proof: self.gaps(),
            remedies: self.cause.remedies.clone(),
            newest,
            confused_with: self.cause.confused_with.clone(),
        };
        Finding::new(parts).map_or(Verdict::NotFound, |finding| {
            Verdict::Found(Box::new(finding))
        })
    }

    /// Why a sign counts less than it would.
    fn age_notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (symptom, answer) in &self.answers {
            let Answer::Met(seen) = answer else { continue };
            if !symptom.effect.raises() {
                continue;
            }
            if seen.trust == Trust::FromMemory {
                notes.push(format!(
                    "{} (known from experience only, so it raises a question, not more)",
                    symptom.says
                ));
            }
            if self.is_from_an_earlier_boot(symptom, seen.newest) {
                let boot = self.evidence.last_boot().map_or_else(String::new, minute);
                notes.push(format!(
                    "Windows was started again at {boot}, after the last of these: {}",
                    symptom.says
                ));
            }
            if seen.newest.is_some_and(|newest| newest > self.now) {
                notes.push("The event is dated in the future: the clock is wrong there, here, or in --now.".to_owned());
            }
        }
        notes
    }

    /// What could not be looked at and would matter, the most telling first.
    fn gaps(&self) -> Vec<Gap> {
        let gaps = self.answers.iter().filter_map(|(_, answer)| match answer {
            Answer::Unknown(gap) => Some(gap.clone()),
            Answer::Met(_) | Answer::NotMet => None,
        });
        let mut gaps: Vec<_> = gaps.collect();
        gaps.sort_by_key(|gap| match gap.effect {
            Effect::Proves => 0,
            Effect::Excludes | Effect::Clears => 1,
            Effect::Strong => 2,
            Effect::Lowers => 3,
            Effect::Supporting => 4,
        });
        gaps
    }

    fn nothing_raised(&self) -> Verdict {
        if let Some(role) = &self.cause.role
            && !role.channels.is_empty()
            && role
                .channels
                .iter()
                .all(|channel| channel::is_missing(self.evidence, channel))
        {
            let because = format!(
                "{} is not installed: {} does not exist here.",
                role.name,
                role.channels.join(", ")
            );
            return Verdict::RuledOut(RuledOut {
                cause: self.cause.id.clone(),
                because,
                citations: Vec::new(),
            });
        }
        let open: Vec<_> = self
            .gaps()
            .into_iter()
            .filter(|gap| gap.effect.raises())
            .collect();
        if open.is_empty() {
            return Verdict::NotFound;
        }
        Verdict::Undecided(Undecided {
            cause: self.cause.id.clone(),
            gaps: open,
        })
    }
}

/// `2026-11-20 03:00 UTC`.
fn minute(time: FileTime) -> String {
    let text = time.to_string();
    text.get(..16).map_or_else(
        || text.clone(),
        |text| format!("{} UTC", text.replace('T', " ")),
    )
}

fn sentences<'s>(parts: impl Iterator<Item = &'s str>) -> String {
    parts.collect::<Vec<_>>().join(" ")
}
