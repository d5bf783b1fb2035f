//! How far a cause is believed, from what raises and lowers it.

use crate::diagnosis::Confidence;
use crate::knowledge::Effect;

/// The confidence that one raising effect gives.
pub(super) const fn of_effect(effect: Effect) -> Option<Confidence> {
    match effect {
        Effect::Proves => Some(Confidence::Confirmed),
        Effect::Strong => Some(Confidence::Likely),
        Effect::Supporting => Some(Confidence::Possible),
        Effect::Lowers | Effect::Clears | Effect::Excludes => None,
    }
}

/// One step weaker; what is merely supporting stays that.
pub(super) const fn weakened(effect: Effect) -> Effect {
    match effect {
        Effect::Proves => Effect::Strong,
        Effect::Strong => Effect::Supporting,
        other => other,
    }
}

/// `steps` down from `confidence`; `None` below `possible`.
pub(super) fn lowered(confidence: Confidence, steps: usize) -> Option<Confidence> {
    let ladder = [
        Confidence::Confirmed,
        Confidence::Likely,
        Confidence::Possible,
    ];
    let at = ladder.iter().position(|step| *step == confidence)?;
    ladder.get(at.checked_add(steps)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn belief_falls_step_by_step_and_off_the_end() {
        assert_eq!(lowered(Confidence::Confirmed, 1), Some(Confidence::Likely));
        assert_eq!(lowered(Confidence::Likely, 1), Some(Confidence::Possible));
        assert_eq!(lowered(Confidence::Likely, 2), None);
        assert_eq!(lowered(Confidence::Possible, usize::MAX), None);
    }
}
