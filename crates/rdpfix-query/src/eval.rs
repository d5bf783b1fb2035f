//! A condition put to one event.

use rdpfix_formats::event::{Element, Event, Node};
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::value::Value;

use crate::MAX_VISITS;
use crate::answer::Match;
use crate::ast::{Number, Op};
use crate::compare::{bits_of, compare_number, time_of};
use crate::compile::{BitSource, Step, Test, TimeSource};

/// How many nodes came before: those that certainly count, and those that may.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    certain: u64,
    possible: u64,
}

impl Tally {
    /// Counts a node that is there with this certainty, and gives its position.
    fn count(&mut self, certainty: Match) -> Position {
        let position = Position {
            least: self.certain.saturating_add(1),
            most: Some(self.possible.saturating_add(1)),
        };
        self.possible = self.possible.saturating_add(1);
        if certainty == Match::Yes {
            self.certain = self.certain.saturating_add(1);
        }
        position
    }
}

/// Where a node stands among its like; a range when some before it are uncertain, open when there may be any number.
#[derive(Debug, Clone, Copy)]
struct Position {
    least: u64,
    most: Option<u64>,
}

/// Where a test is put.
#[derive(Debug, Clone, Copy)]
enum Place<'e> {
    /// Above the event, where an XPath begins.
    Document(&'e Element),
    /// The `Event` element.
    Root(&'e Element),
    /// The `System` element of the event.
    System(&'e Element),
    Element(&'e Element),
    Attribute(&'e Value),
}

impl<'e> Place<'e> {
    fn element(self) -> Option<&'e Element> {
        match self {
            Self::Root(element) | Self::System(element) | Self::Element(element) => Some(element),
            Self::Document(_) | Self::Attribute(_) => None,
        }
    }
}

/// What the node holds between its tags, when that is a value.
pub(crate) enum Held<'e> {
    Value(&'e Value),
    Joined(Value),
    /// It encloses elements, so it has no value.
    Nothing,
    Lost,
}

impl Held<'_> {
    /// `No` where there is no value, `Unknown` where it was lost, otherwise what `test` says.
    pub(crate) fn test(&self, test: impl FnOnce(&Value) -> Match) -> Match {
        match self {
            Self::Value(value) => test(value),
            Self::Joined(value) => test(value),
            Self::Nothing => Match::No,
            Self::Lost => Match::Unknown,
        }
    }
}

fn held(place: Place<'_>) -> Held<'_> {
    match place {
        Place::Document(_) => Held::Nothing,
        Place::Attribute(value) => Held::Value(value),
        Place::Root(element) | Place::System(element) | Place::Element(element) => held_by(element),
    }
}

pub(crate) fn held_by(element: &Element) -> Held<'_> {
    let mut values = Vec::new();
    let mut encloses = false;
    for node in &element.children {
        match node {
            Node::Unreadable(_) => return Held::Lost,
            Node::Element(_) => encloses = true,
            Node::Value(value) => values.push(value),
        }
    }
    match *values {
        _ if encloses => Held::Nothing,
        [] => Held::Joined(Value::Null),
        [value] => Held::Value(value),
        _ => Held::Joined(Value::Text(
            values.iter().map(ToString::to_string).collect(),
        )),
    }
}

type Visit<'v, 'e, 'c> = dyn FnMut(&mut Evaluation<'e, 'c>, Place<'e>) -> Match + 'v;

/// One rule put to one event.
pub(crate) struct Evaluation<'e, 'c> {
    event: &'e Event,
    now: FileTime,
    /// Whether the event belongs to the stream that the rule counts.
    belongs: Match,
    counters: &'c mut [Tally],
    visits: u32,
}

impl<'e, 'c> Evaluation<'e, 'c> {
    pub(crate) fn new(
        event: &'e Event,
        now: FileTime,
        belongs: Match,
        counters: &'c mut [Tally],
    ) -> Self {
        Self {
            event,
            now,
            belongs,
            counters,
            visits: 0,
        }
    }

    /// Puts the test to the event. One that counts events is put whole, even where a part of it already decides.
    pub(crate) fn run(&mut self, test: &'e Test, counts: bool) -> Match {
        let first = Position {
            least: 1,
            most: Some(1),
        };
        match test {
            Test::Any(parts) if counts => parts
                .iter()
                .map(|part| self.run(part, counts))
                .fold(Match::No, Match::or),
            Test::All(parts) if counts => parts
                .iter()
                .map(|part| self.run(part, counts))
                .fold(Match::Yes, Match::and),
            _ => self.test(test, Place::Document(&self.event.root), first),
        }
    }

    fn test(&mut self, test: &'e Test, at: Place<'e>, position: Position) -> Match {
        match test {
            Test::Constant(value) => (*value).into(),
            Test::Any(parts) => {
                let mut result = Match::No;
                for part in parts {
                    result = result.or(self.test(part, at, position));
                    if result == Match::Yes {
                        break;
                    }
                }
                result
            }
            Test::All(parts) => {
                let mut result = Match::Yes;
                for part in parts {
                    result = result.and(self.test(part, at, position));
                    if result == Match::No {
                        break;
                    }
                }
                result
            }
            Test::Exists(steps) => self.walk(at, steps, &mut |_, _| Match::Yes),
            Test::Number(steps, op, number) => self.walk(at, steps, &mut |_, node| {
                held(node).test(|value| compare_number(*op, value, *number).into())
            }),
            Test::Text(steps, op, text) => self.walk(at, steps, &mut |_, node| {
                held(node).test(|value| text.compare(*op, value).into())
            }),
            Test::Position(op, number) => compare_position(position, *op, *number),
            Test::Band(left, right) => self.bits(at, left, &mut |this, left| {
                this.bits(at, right, &mut |_, right| (left & right != 0).into())
            }),
            Test::Timediff(first, second, op, number) => {
                self.times(at, first, &mut |this, first| {
                    let ends = |second: FileTime| {
                        let elapsed = Number::Whole(i128::from(second.milliseconds_since(first)));
                        Match::from(
                            elapsed
                                .compare(*number)
                                .is_some_and(|ordering| op.holds(ordering)),
                        )
                    };
                    match second {
                        Some(second) => this.times(at, second, &mut |_, second| ends(second)),
                        None => ends(this.now),
                    }
                })
            }
        }
    }

    fn bits(
        &mut self,
        at: Place<'e>,
        source: &'e BitSource,
        then: &mut dyn FnMut(&mut Self, u64) -> Match,
    ) -> Match {
        match source {
            BitSource::Bits(bits) => then(self, *bits),
            BitSource::Steps(steps) => self.walk(at, steps, &mut |this, node| {
                held(node).test(|value| bits_of(value).map_or(Match::No, |bits| then(this, bits)))
            }),
        }
    }

    fn times(
        &mut self,
        at: Place<'e>,
        source: &'e TimeSource,
        then: &mut dyn FnMut(&mut Self, FileTime) -> Match,
    ) -> Match {
        match source {
            TimeSource::Time(time) => then(self, *time),
            TimeSource::Steps(steps) => self.walk(at, steps, &mut |this, node| {
                held(node).test(|value| time_of(value).map_or(Match::No, |time| then(this, time)))
            }),
        }
    }

    /// What `visit` says of the nodes the steps lead to: the strongest answer there is.
    fn walk(&mut self, from: Place<'e>, steps: &'e [Step], visit: &mut Visit<'_, 'e, 'c>) -> Match {
        let Some((step, rest)) = steps.split_first() else {
            return visit(self, from);
        };
        // What was lost may hold more nodes of the name, unless there can be only one and it is here.
        let hole = from
            .element()
            .is_some_and(|element| element.unreadable().is_some());
        let single = matches!(from, Place::Root(_) | Place::System(_)) || step.attribute;
        let open =
            hole && !(single && step.name.is_some() && candidates(from, step).next().is_some());
        let mut result = if open { Match::Unknown } else { Match::No };
        let mut tallies = vec![
            Tally::default();
            if step.positional {
                step.predicates.len()
            } else {
                0
            }
        ];
        for candidate in candidates(from, step) {
            self.visits = self.visits.saturating_add(1);
            if self.visits > MAX_VISITS {
                return result.or(Match::Unknown);
            }
            let survives = self.survives(step, candidate, open, &mut tallies);
            if survives == Match::No {
                continue;
            }
            let found = self.walk(candidate, rest, visit);
            result = result.or(survives.and(found));
            if result == Match::Yes {
                break;
            }
        }
        result
    }

    /// Whether a node passes all of a step's predicates.
    fn survives(
        &mut self,
        step: &'e Step,
        candidate: Place<'e>,
        open: bool,
        tallies: &mut [Tally],
    ) -> Match {
        let mut survives = match step.counter {
            Some(_) => self.belongs,
            None => Match::Yes,
        };
        for (index, predicate) in step.predicates.iter().enumerate() {
            let mut position = Position {
                least: 1,
                most: Some(1),
            };
            if step.positional {
                let run = step
                    .counter
                    .and_then(|first| self.counters.get_mut(first.saturating_add(index)));
                if let Some(tally) = run.or_else(|| tallies.get_mut(index)) {
                    position = tally.count(survives);
                }
                if open {
                    position.most = None;
                }
            }
            survives = survives.and(self.test(predicate, candidate, position));
            if survives == Match::No {
                break;
            }
        }
        survives
    }
}

/// The nodes a step leads to before its predicates.
fn candidates<'e>(from: Place<'e>, step: &'e Step) -> impl Iterator<Item = Place<'e>> {
    let named = |name: &str| step.name.as_deref().is_none_or(|wanted| wanted == name);
    let root = match from {
        Place::Document(root) if !step.attribute && named(&root.name) => Some(Place::Root(root)),
        _ => None,
    };
    let element = from.element();
    let children = element.filter(|_| !step.attribute).into_iter();
    let children = children.flat_map(|element| element.elements());
    let children = children
        .filter(move |child| named(&child.name))
        .map(move |child| match from {
            Place::Root(_) if &*child.name == "System" => Place::System(child),
            _ => Place::Element(child),
        });
    let attributes = element.filter(|_| step.attribute).into_iter();
    let attributes = attributes.flat_map(|element| &element.attributes);
    // A null substitution means that the attribute is not there (EVT_VARIANT_TYPE, EvtVarTypeNull).
    let attributes = attributes
        .filter(move |attribute| named(&attribute.name) && attribute.value != Value::Null)
        .map(|attribute| Place::Attribute(&attribute.value));
    root.into_iter().chain(children).chain(attributes)
}

fn compare_position(position: Position, op: Op, number: Number) -> Match {
    let order = |position: u64| Number::Whole(i128::from(position)).compare(number);
    let least = order(position.least);
    let most = order(position.most.unwrap_or(u64::MAX));
    let (Some(least), Some(most)) = (least, most) else {
        return Match::No;
    };
    let monotone = !matches!(op, Op::Equal | Op::NotEqual);
    if least == most || (monotone && op.holds(least) == op.holds(most)) {
        op.holds(least).into()
    } else {
        Match::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uncertain_position_decides_only_what_it_can() {
        let at = |least, most| Position { least, most };
        let three = Number::Whole(3);
        assert_eq!(
            compare_position(at(3, Some(3)), Op::Equal, three),
            Match::Yes
        );
        assert_eq!(
            compare_position(at(1, Some(3)), Op::LessEqual, three),
            Match::Yes
        );
        assert_eq!(
            compare_position(at(1, Some(3)), Op::Equal, three),
            Match::Unknown
        );
        assert_eq!(compare_position(at(4, None), Op::Equal, three), Match::No);
        assert_eq!(
            compare_position(at(2, None), Op::NotEqual, three),
            Match::Unknown
        );
        assert_eq!(
            compare_position(at(2, None), Op::Less, three),
            Match::Unknown
        );
    }
}
