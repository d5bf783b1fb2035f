//! A query made ready to run: literals read once, literals to the right, constants folded, positions numbered.

use rdpfix_formats::event::Event;
use rdpfix_formats::filetime::FileTime;

use crate::answer::Match;
use crate::ast::{
    Argument, Axis, Comparison, Expr, LiteralValue, Number, Op, Operand, Path, Timediff,
};
use crate::catalogue::Catalogue;
use crate::compare::{Text, instant};
use crate::diagnostic::{Diagnostic, QueryErrors};
use crate::matcher::Matcher;
use crate::query::{Body, LogPath, Query, RuleKind};
use crate::requirements::Requirements;

/// A query ready to run.
#[derive(Debug, Clone)]
pub struct CompiledQuery {
    query: Query,
    pub(crate) blocks: Vec<Block>,
    pub(crate) counters: usize,
    requirements: Requirements,
}

/// One `Query` of a list, or the one XPath there is.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) selects: Vec<CompiledRule>,
    pub(crate) suppresses: Vec<CompiledRule>,
}

#[derive(Debug, Clone)]
pub(crate) struct CompiledRule {
    pub(crate) log: Option<LogPath>,
    pub(crate) test: Test,
    /// It counts events, so it must see each one, whatever the others say.
    pub(crate) counts: bool,
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Constant(bool),
    Any(Vec<Test>),
    All(Vec<Test>),
    Exists(Steps),
    Number(Steps, Op, Number),
    Text(Steps, Op, Text),
    Timediff(TimeSource, Option<TimeSource>, Op, Number),
    Band(BitSource, BitSource),
    Position(Op, Number),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TimeSource {
    Steps(Steps),
    Time(FileTime),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BitSource {
    Steps(Steps),
    Bits(u64),
}

pub(crate) type Steps = Vec<Step>;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) attribute: bool,
    pub(crate) name: Option<Box<str>>,
    pub(crate) predicates: Vec<Test>,
    /// A predicate asks for the node's position.
    pub(crate) positional: bool,
    /// Where the run's counters for the predicates begin, when the step selects events and is positional.
    pub(crate) counter: Option<usize>,
}

impl CompiledQuery {
    /// Parses and compiles.
    ///
    /// # Errors
    /// As [`Query::parse`].
    pub fn parse(text: &str) -> Result<Self, QueryErrors> {
        Query::parse(text).map(Self::new)
    }

    /// Compiles a parsed query.
    pub fn new(query: Query) -> Self {
        let mut counters = 0;
        let blocks = match query.body() {
            Body::XPath(expr) => vec![Block {
                selects: vec![rule(expr, None, &mut counters)],
                suppresses: Vec::new(),
            }],
            Body::List(queries) => {
                let of = |kind: RuleKind, counters: &mut usize, query: &crate::query::Subquery| {
                    let rules = query.rules.iter().filter(|rule| rule.kind == kind);
                    rules
                        .map(|found| rule(&found.expr, query.path_of(found).cloned(), counters))
                        .collect()
                };
                let blocks = queries.iter().map(|query| Block {
                    selects: of(RuleKind::Select, &mut counters, query),
                    suppresses: of(RuleKind::Suppress, &mut counters, query),
                });
                blocks.collect()
            }
        };
        let requirements = Requirements::of(&blocks);
        Self {
            query,
            blocks,
            counters,
            requirements,
        }
    }

    /// The query as it was parsed; it prints its normal form.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// What every event that could match must have.
    pub fn requirements(&self) -> &Requirements {
        &self.requirements
    }

    /// Whether one event by itself matches: `position()` counts it as the first, and the log is the event's own channel.
    ///
    /// `now` is what `timediff` measures from.
    pub fn matches(&self, event: &Event, now: FileTime) -> Match {
        self.matcher().matches(event, now)
    }

    /// Begins a run over a stream of events.
    pub fn matcher(&self) -> Matcher<'_> {
        Matcher::new(self)
    }

    /// What is doubtful about the query: see [`Query::warnings`].
    pub fn warnings(&self, catalogue: &Catalogue, log: Option<&str>) -> Vec<Diagnostic> {
        self.query.warnings(catalogue, log)
    }
}

fn rule(expr: &Expr, log: Option<LogPath>, counters: &mut usize) -> CompiledRule {
    let before = *counters;
    let test = compile(expr, Some(counters));
    CompiledRule {
        log,
        test,
        counts: *counters > before,
    }
}

/// `counters` is there outside all brackets, where the first step of a path selects events.
fn compile(expr: &Expr, counters: Option<&mut usize>) -> Test {
    let test = compile_any(expr, counters);
    let dead = |steps: &Steps| {
        steps
            .iter()
            .any(|step| step.predicates.contains(&Test::Constant(false)))
    };
    let never = match &test {
        Test::Exists(steps) | Test::Number(steps, ..) | Test::Text(steps, ..) => dead(steps),
        Test::Timediff(first, second, ..) => [Some(first), second.as_ref()]
            .into_iter()
            .flatten()
            .any(|time| matches!(time, TimeSource::Steps(steps) if dead(steps))),
        Test::Band(left, right) => [left, right]
            .into_iter()
            .any(|bits| matches!(bits, BitSource::Steps(steps) if dead(steps))),
        Test::Constant(_) | Test::Any(_) | Test::All(_) | Test::Position(..) => false,
    };
    // Not even what was lost can pass a predicate that is false by itself.
    if never { Test::Constant(false) } else { test }
}

fn compile_any(expr: &Expr, mut counters: Option<&mut usize>) -> Test {
    match expr {
        Expr::Or(parts) => fold(parts, counters, true),
        Expr::And(parts) => fold(parts, counters, false),
        Expr::Exists(path) => Test::Exists(steps(path, counters)),
        Expr::Compare(comparison) => compare(comparison, counters),
        Expr::Band(band) => {
            let left = bits(&band.left, counters.as_deref_mut());
            let right = bits(&band.right, counters);
            match (&left, &right) {
                (BitSource::Bits(a), BitSource::Bits(b)) => Test::Constant(a & b != 0),
                _ => Test::Band(left, right),
            }
        }
    }
}

/// `decisive` is the constant that settles the whole.
fn fold(parts: &[Expr], mut counters: Option<&mut usize>, decisive: bool) -> Test {
    let mut tests = Vec::new();
    for part in parts {
        match compile(part, counters.as_deref_mut()) {
            Test::Constant(value) if value == decisive => return Test::Constant(decisive),
            Test::Constant(_) => {}
            test => tests.push(test),
        }
    }
    match (tests.len(), decisive) {
        (0, _) => Test::Constant(!decisive),
        (1, _) => tests.remove(0),
        (_, true) => Test::Any(tests),
        (_, false) => Test::All(tests),
    }
}

fn compare(comparison: &Comparison, counters: Option<&mut usize>) -> Test {
    let (left, op, right) = match (&comparison.left, &comparison.right) {
        (left @ Operand::Literal(_), right) => (right, comparison.op.flipped(), left),
        (left, right) => (left, comparison.op, right),
    };
    let Operand::Literal(literal) = right else {
        // The parser takes no comparison without a literal.
        return Test::Constant(false);
    };
    match (left, &literal.value) {
        (Operand::Path(path), LiteralValue::Number(number)) => {
            Test::Number(steps(path, counters), op, *number)
        }
        (Operand::Path(path), LiteralValue::Text(text)) => {
            Test::Text(steps(path, counters), op, Text::new(text))
        }
        (Operand::Position(_), LiteralValue::Number(number)) => Test::Position(op, *number),
        (Operand::Timediff(call), LiteralValue::Number(number)) => {
            timediff(call, op, *number, counters)
        }
        (Operand::Literal(other), value) => Test::Constant(constant(&other.value, op, value)),
        (Operand::Position(_) | Operand::Timediff(_), LiteralValue::Text(_)) => {
            Test::Constant(false)
        }
    }
}

/// Whether a comparison of two literals holds.
fn constant(left: &LiteralValue, op: Op, right: &LiteralValue) -> bool {
    use rdpfix_formats::value::Value;
    let left = match left {
        LiteralValue::Number(number) => Value::text(number.to_string()),
        LiteralValue::Text(text) => Value::text(text),
    };
    match right {
        LiteralValue::Number(number) => crate::compare::compare_number(op, &left, *number),
        LiteralValue::Text(text) => Text::new(text).compare(op, &left),
    }
}

fn timediff(call: &Timediff, op: Op, number: Number, mut counters: Option<&mut usize>) -> Test {
    let mut time = |argument: &Argument| match argument {
        Argument::Path(path) => Some(TimeSource::Steps(steps(path, counters.as_deref_mut()))),
        Argument::Literal(literal) => match &literal.value {
            LiteralValue::Number(number) => number
                .whole()
                .map(FileTime::from_ticks)
                .map(TimeSource::Time),
            LiteralValue::Text(text) => instant(text).map(TimeSource::Time),
        },
    };
    let first = time(&call.first);
    let second = call.second.as_ref().map(time);
    match (first, second) {
        (Some(first), None) => Test::Timediff(first, None, op, number),
        (Some(first), Some(Some(second))) => Test::Timediff(first, Some(second), op, number),
        // The parser takes no literal that is not a time.
        _ => Test::Constant(false),
    }
}

fn bits(argument: &Argument, counters: Option<&mut usize>) -> BitSource {
    let literal = match argument {
        Argument::Path(path) => return BitSource::Steps(steps(path, counters)),
        Argument::Literal(literal) => literal,
    };
    let number = match &literal.value {
        LiteralValue::Number(number) => Some(*number),
        LiteralValue::Text(text) => Number::parse(text),
    };
    BitSource::Bits(number.and_then(Number::bits).unwrap_or(0))
}

fn steps(path: &Path, mut counters: Option<&mut usize>) -> Steps {
    let mut compiled = Vec::with_capacity(path.steps.len());
    for step in &path.steps {
        let predicates: Vec<Test> = step
            .predicates
            .iter()
            .map(|expr| compile(expr, None))
            .collect();
        let positional = predicates.iter().any(asks_position);
        // Only the first step selects events, so only it takes the counters.
        let counter = counters.take().filter(|_| positional).map(|counters| {
            let first = *counters;
            *counters += predicates.len();
            first
        });
        compiled.push(Step {
            attribute: step.axis == Axis::Attribute,
            name: step.name.as_deref().map(Into::into),
            predicates,
            positional,
            counter,
        });
    }
    compiled
}

/// Whether the test asks for the position of the node it is put to; what nested brackets ask is another node's.
fn asks_position(test: &Test) -> bool {
    match test {
        Test::Position(..) => true,
        Test::Any(parts) | Test::All(parts) => parts.iter().any(asks_position),
        _ => false,
    }
}
