//! What every event that could match must have.
//!
//! A scan reads these few fields before it builds an event, and passes over the rest of a log; a diagnosis reads from them which
//! channels and providers a query asks for. They are necessary conditions and never exclude an event that could match.

use std::collections::BTreeSet;

use rdpfix_formats::event::{Element, Event};
use rdpfix_formats::value::Value;

use crate::answer::Match;
use crate::ast::{Number, Op};
use crate::compare::number_of;
use crate::compile::{BitSource, Block, CompiledRule, Step, Test, TimeSource};
use crate::eval::held_by;

/// The greatest level a `Level <= n` is written out for.
const MAX_LEVEL: u64 = 15;

/// Necessary conditions on `System`; `None` is no condition. An empty set is one nothing satisfies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirements {
    /// `Provider/@Name` is one of these, exactly.
    pub providers: Option<BTreeSet<String>>,
    /// `EventID` is one of these.
    pub event_ids: Option<BTreeSet<u64>>,
    /// `Channel`, or the log the event was read from, is one of these, in any letter case.
    pub channels: Option<BTreeSet<String>>,
    /// `Level` is one of these.
    pub levels: Option<BTreeSet<u64>>,
}

impl Requirements {
    fn nothing() -> Self {
        Self {
            providers: Some(BTreeSet::new()),
            event_ids: Some(BTreeSet::new()),
            channels: Some(BTreeSet::new()),
            levels: Some(BTreeSet::new()),
        }
    }

    pub(crate) fn of(blocks: &[Block]) -> Self {
        let rules = blocks.iter().flat_map(|block| &block.selects);
        rules.map(Self::of_rule).fold(Self::nothing(), Self::or)
    }

    fn of_rule(rule: &CompiledRule) -> Self {
        let mut requirements = of_test(&rule.test, &[]);
        // The log decides, whatever the event says of its channel: a forwarded event is read from another log.
        if let Some(log) = &rule.log {
            requirements.channels = log
                .channel()
                .map(|channel| BTreeSet::from([channel.to_owned()]));
        }
        requirements
    }

    fn or(self, other: Self) -> Self {
        Self {
            providers: union(self.providers, other.providers),
            event_ids: union(self.event_ids, other.event_ids),
            channels: union(self.channels, other.channels),
            levels: union(self.levels, other.levels),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            providers: narrower(self.providers, other.providers),
            event_ids: narrower(self.event_ids, other.event_ids),
            channels: narrower(self.channels, other.channels),
            levels: narrower(self.levels, other.levels),
        }
    }

    /// Whether the event, read from the log of its own channel, has what is required. Where a field was lost, it may have had it.
    pub fn allow(&self, event: &Event) -> bool {
        let providers = self.providers.as_ref().is_none_or(|set| {
            has(&event.root, "Provider", |provider| {
                let name = provider
                    .attribute("Name")
                    .filter(|value| **value != Value::Null);
                match name {
                    Some(name) => set.contains(&name.to_string()),
                    None => provider.unreadable().is_some(),
                }
            })
        });
        let number = |set: &BTreeSet<u64>, value: &Value| match number_of(value) {
            // Negative and broken numbers are below any level; no set lists them.
            Some(number) => number.whole().is_none_or(|number| set.contains(&number)),
            None => false,
        };
        providers
            && self
                .event_ids
                .as_ref()
                .is_none_or(|set| has_value(&event.root, "EventID", |value| number(set, value)))
            && self
                .levels
                .as_ref()
                .is_none_or(|set| has_value(&event.root, "Level", |value| number(set, value)))
            && self.channels.as_ref().is_none_or(|set| {
                has_value(&event.root, "Channel", |value| {
                    let found = value.to_string();
                    set.iter()
                        .any(|channel| channel.eq_ignore_ascii_case(&found))
                })
            })
    }
}

/// Whether an element of that name in `System` passes, or may have been lost.
fn has(root: &Element, name: &str, test: impl Fn(&Element) -> bool) -> bool {
    let mut systems = root
        .elements()
        .filter(|child| &*child.name == "System")
        .peekable();
    if systems.peek().is_none() {
        return root.unreadable().is_some();
    }
    let mut systems = systems;
    systems.any(|system| {
        let mut fields = system
            .elements()
            .filter(|child| &*child.name == name)
            .peekable();
        if fields.peek().is_none() {
            return system.unreadable().is_some();
        }
        fields.any(&test)
    })
}

fn has_value(root: &Element, name: &str, test: impl Fn(&Value) -> bool) -> bool {
    has(root, name, |element| {
        held_by(element).test(|value| test(value).into()) != Match::No
    })
}

fn union<T: Ord>(a: Option<BTreeSet<T>>, b: Option<BTreeSet<T>>) -> Option<BTreeSet<T>> {
    let (mut a, b) = (a?, b?);
    a.extend(b);
    Some(a)
}

/// The smaller of the two. Not what they share: an event may hold a field twice, and each condition may speak of another.
fn narrower<T>(a: Option<BTreeSet<T>>, b: Option<BTreeSet<T>>) -> Option<BTreeSet<T>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.len() < a.len() { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// `at` is the names of the steps from the event down; `*` for any.
fn of_test(test: &Test, at: &[&str]) -> Requirements {
    match test {
        Test::Constant(false) => Requirements::nothing(),
        Test::Constant(true) | Test::Position(..) => Requirements::default(),
        Test::Any(parts) => {
            let parts = parts.iter().map(|part| of_test(part, at));
            parts.fold(Requirements::nothing(), Requirements::or)
        }
        Test::All(parts) => {
            let parts = parts.iter().map(|part| of_test(part, at));
            parts.fold(Requirements::default(), Requirements::and)
        }
        Test::Exists(steps) => of_steps(steps, at, |_, _| Requirements::default()),
        Test::Number(steps, op, number) => {
            of_steps(steps, at, |field, attribute| match attribute {
                true => Requirements::default(),
                false => of_number(field, *op, *number),
            })
        }
        Test::Text(steps, Op::Equal, text) => {
            of_steps(steps, at, |field, attribute| match (field, attribute) {
                (["System", "Provider", "Name"], true) if text.is_exact() => Requirements {
                    providers: Some(BTreeSet::from([text.text.to_string()])),
                    ..Requirements::default()
                },
                (["System", "Channel"], false) if text.is_exact() => Requirements {
                    channels: Some(BTreeSet::from([text.text.to_string()])),
                    ..Requirements::default()
                },
                (_, false) => text
                    .number()
                    .map_or(Requirements::default(), |n| of_number(field, Op::Equal, n)),
                _ => Requirements::default(),
            })
        }
        Test::Text(steps, ..) => of_steps(steps, at, |_, _| Requirements::default()),
        Test::Timediff(first, second, ..) => {
            let times = [Some(first), second.as_ref()].into_iter().flatten();
            times.fold(Requirements::default(), |all, time| match time {
                TimeSource::Steps(steps) => {
                    all.and(of_steps(steps, at, |_, _| Requirements::default()))
                }
                TimeSource::Time(_) => all,
            })
        }
        Test::Band(left, right) => {
            [left, right]
                .into_iter()
                .fold(Requirements::default(), |all, bits| match bits {
                    BitSource::Steps(steps) => {
                        all.and(of_steps(steps, at, |_, _| Requirements::default()))
                    }
                    BitSource::Bits(_) => all,
                })
        }
    }
}

fn of_number(field: &[&str], op: Op, number: Number) -> Requirements {
    let mut requirements = Requirements::default();
    let values: Option<BTreeSet<u64>> = match (op, number.whole()) {
        (Op::Equal, Some(number)) => Some(BTreeSet::from([number])),
        (Op::LessEqual, Some(number)) if number <= MAX_LEVEL => Some((0..=number).collect()),
        (Op::Less, Some(number)) if number <= MAX_LEVEL => Some((0..number).collect()),
        _ => None,
    };
    match field {
        ["System", "EventID"] if op == Op::Equal => requirements.event_ids = values,
        ["System", "Level"] => requirements.levels = values,
        _ => {}
    }
    requirements
}

/// What the brackets on the way require, and what `then` makes of the field the steps lead to and whether it is an attribute.
fn of_steps(
    steps: &[Step],
    at: &[&str],
    then: impl Fn(&[&str], bool) -> Requirements,
) -> Requirements {
    let mut at: Vec<&str> = at.to_vec();
    let mut requirements = Requirements::default();
    let mut attribute = false;
    for step in steps {
        attribute = step.attribute;
        let name = step.name.as_deref().unwrap_or("*");
        // What stands in an attribute's brackets speaks of no element of that name.
        at.push(if attribute { "*" } else { name });
        for predicate in &step.predicates {
            requirements = requirements.and(of_test(predicate, &at));
        }
        if let Some(last) = at.last_mut() {
            *last = name;
        }
    }
    requirements.and(then(at.get(1..).unwrap_or_default(), attribute))
}
