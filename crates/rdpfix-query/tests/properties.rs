//! What holds for every query: the normal form comes back, no text panics, requirements exclude nothing that could match.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test helper that fails is a failing test"
)]

use proptest::prelude::*;
use rdpfix_formats::event::{Element, Event};
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::Reason;
use rdpfix_formats::value::Value;
use rdpfix_query::ast::{
    Argument, Axis, Band, Comparison, Expr, Literal, LiteralValue, Number, Op, Operand, Path, Step,
    Timediff,
};
use rdpfix_query::query::Body;
use rdpfix_query::{CompiledQuery, Match, Query, Span, oracle};

const NAMES: [&str; 9] = [
    "System",
    "EventData",
    "Data",
    "EventID",
    "Level",
    "Provider",
    "Name",
    "Channel",
    "and",
];
const TEXTS: [&str; 8] = [
    "A",
    "1",
    "2",
    "0x2",
    "",
    "it's",
    "2026-01-01T00:00:00Z",
    "{C76BAA63-AE81-421C-B425-340B4B24157F}",
];

fn span() -> Span {
    Span::default()
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        (0_i128..5).prop_map(Number::Whole),
        any::<u64>().prop_map(|n| Number::Whole(n.into())),
        any::<i64>().prop_map(|n| Number::Whole(n.into())),
        (1_u32..1000).prop_map(|n| Number::Fraction(f64::from(n) + 0.125)),
    ]
}

fn literal() -> impl Strategy<Value = Literal> {
    let value = prop_oneof![
        number().prop_map(LiteralValue::Number),
        prop::sample::select(&TEXTS[..]).prop_map(|text| LiteralValue::Text(text.into())),
        "[^'\\x00]{0,6}".prop_map(LiteralValue::Text),
    ];
    value.prop_map(|value| Literal {
        value,
        span: span(),
    })
}

fn op() -> impl Strategy<Value = Op> {
    prop::sample::select(
        &[
            Op::Equal,
            Op::NotEqual,
            Op::Less,
            Op::LessEqual,
            Op::Greater,
            Op::GreaterEqual,
        ][..],
    )
}

fn step(axis: Axis, expr: Option<BoxedStrategy<Expr>>) -> BoxedStrategy<Step> {
    let name = prop::option::weighted(
        0.85,
        prop::sample::select(&NAMES[..]).prop_map(String::from),
    );
    let predicates = match expr {
        Some(expr) => prop::collection::vec(expr, 0..3).boxed(),
        None => Just(Vec::new()).boxed(),
    };
    (name, predicates)
        .prop_map(move |(name, predicates)| Step {
            axis,
            name,
            predicates,
            span: span(),
        })
        .boxed()
}

fn path(expr: Option<BoxedStrategy<Expr>>) -> BoxedStrategy<Path> {
    let children = prop::collection::vec(step(Axis::Child, expr), 0..3);
    (children, prop::option::of(step(Axis::Attribute, None)))
        .prop_map(|(mut steps, last)| {
            steps.extend(last);
            if steps.is_empty() {
                steps.push(Step {
                    axis: Axis::Child,
                    name: None,
                    predicates: Vec::new(),
                    span: span(),
                });
            }
            Path {
                steps,
                span: span(),
            }
        })
        .boxed()
}

fn mask() -> impl Strategy<Value = Argument> {
    prop_oneof![
        path(None).prop_map(Argument::Path),
        any::<u64>().prop_map(|bits| Argument::Literal(Literal {
            value: LiteralValue::Number(Number::Whole(bits.into())),
            span: span(),
        })),
    ]
}

fn condition(expr: Option<BoxedStrategy<Expr>>) -> BoxedStrategy<Expr> {
    let compare = |left: Operand, op: Op, right: Operand, flip: bool| {
        let (left, right) = if flip { (right, left) } else { (left, right) };
        Expr::Compare(Comparison {
            left,
            op,
            right,
            span: span(),
        })
    };
    let timediff = path(None).prop_map(|path| {
        Operand::Timediff(Timediff {
            first: Argument::Path(path),
            second: None,
            span: span(),
        })
    });
    let numeric = prop_oneof![Just(Operand::Position(span())), timediff];
    let whole = number().prop_map(|number| {
        Operand::Literal(Literal {
            value: LiteralValue::Number(number),
            span: span(),
        })
    });
    prop_oneof![
        2 => path(expr.clone()).prop_map(Expr::Exists),
        4 => (path(expr), op(), literal(), any::<bool>())
            .prop_map(move |(path, op, literal, flip)| compare(Operand::Path(path), op, Operand::Literal(literal), flip)),
        1 => (numeric, op(), whole, any::<bool>()).prop_map(move |(left, op, right, flip)| compare(left, op, right, flip)),
        1 => (mask(), mask()).prop_map(|(left, right)| Expr::Band(Band { left, right, span: span() })),
    ]
    .boxed()
}

/// `And` and `Or` hold at least two parts, none of their own kind.
fn joined(part: BoxedStrategy<Expr>) -> BoxedStrategy<Expr> {
    (prop::collection::vec(part, 1..4), any::<bool>())
        .prop_map(|(parts, or)| {
            let mut flat = Vec::new();
            for part in parts {
                match part {
                    Expr::Or(inner) if or => flat.extend(inner),
                    Expr::And(inner) if !or => flat.extend(inner),
                    other => flat.push(other),
                }
            }
            match flat.len() {
                1 => flat.remove(0),
                _ if or => Expr::Or(flat),
                _ => Expr::And(flat),
            }
        })
        .boxed()
}

fn inner() -> BoxedStrategy<Expr> {
    let mut expr = condition(None);
    for _ in 0..2 {
        expr = joined(joined(condition(Some(expr))));
    }
    expr
}

/// A whole query: paths that begin at the event.
fn query() -> BoxedStrategy<Expr> {
    let predicates = prop::collection::vec(inner(), 0..3);
    let path = (any::<bool>(), predicates).prop_map(|(any, predicates)| {
        let name = (!any).then(|| "Event".to_owned());
        let step = Step {
            axis: Axis::Child,
            name,
            predicates,
            span: span(),
        };
        Expr::Exists(Path {
            steps: vec![step],
            span: span(),
        })
    });
    joined(joined(path.boxed()))
}

/// The tree without its places, which printing changes.
fn shape(expr: &Expr) -> String {
    let text = format!("{expr:?}");
    let mut parts = text.split("Span { start: ");
    let mut shape = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shape.push_str(part.split_once('}').unwrap().1);
    }
    shape
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        prop::sample::select(&TEXTS[..]).prop_map(Value::text),
        (0_u16..4).prop_map(Value::U16),
        (0_u64..4).prop_map(Value::Hex64),
        Just(Value::text("-1")),
        Just(Value::text("1.5")),
    ]
}

fn element(depth: u32) -> BoxedStrategy<Element> {
    let name = prop::sample::select(&NAMES[..]);
    let attribute = (prop::sample::select(&NAMES[..]), value());
    let children = if depth == 0 {
        Just(Vec::new()).boxed()
    } else {
        prop::collection::vec(element(depth - 1), 0..4).boxed()
    };
    (
        name,
        prop::option::of(attribute),
        prop::option::of(value()),
        children,
        prop::bool::weighted(0.15),
    )
        .prop_map(|(name, attribute, value, children, hole)| {
            let mut element = Element::new(name);
            if let Some((name, value)) = attribute {
                element = element.with_attribute(name, value);
            }
            if let Some(value) = value {
                element = element.with_value(value);
            }
            for child in children {
                element = element.with_child(child);
            }
            if hole {
                element.with_unreadable(Reason::LostInText)
            } else {
                element
            }
        })
        .boxed()
}

fn event() -> impl Strategy<Value = Event> {
    (
        prop::collection::vec(element(2), 0..4),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(children, hole)| {
            let mut root = Element::new("Event");
            for child in children {
                root = root.with_child(child);
            }
            Event::new(if hole {
                root.with_unreadable(Reason::LostInText)
            } else {
                root
            })
        })
}

/// The event with every hole filled as if nothing had been lost there.
fn filled(element: &Element) -> Element {
    let mut whole = element.clone();
    whole
        .children
        .retain(|node| !matches!(node, rdpfix_formats::event::Node::Unreadable(_)));
    for node in &mut whole.children {
        if let rdpfix_formats::event::Node::Element(child) = node {
            *child = filled(child);
        }
    }
    whole
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_normal_form_parses_to_an_equal_tree(expr in query()) {
        let printed = expr.to_string();
        let parsed = Query::parse(&printed).map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        let Body::XPath(again) = parsed.body() else { panic!("a list") };
        prop_assert_eq!(shape(again), shape(&expr), "{}", printed);
    }

    #[test]
    fn requirements_exclude_nothing_that_could_match(expr in query(), event in event()) {
        let compiled = CompiledQuery::parse(&expr.to_string()).unwrap();
        let answer = compiled.matches(&event, FileTime::from_unix_seconds(1_700_000_000));
        prop_assert!(answer == Match::No || compiled.requirements().allow(&event), "{} {:?}", expr, answer);
    }

    /// Whatever the hole held, the answer was not wrong: nothing at all is one of the things it may have held.
    #[test]
    fn a_certain_answer_stays_when_the_hole_held_nothing(expr in query(), event in event()) {
        let compiled = CompiledQuery::parse(&expr.to_string()).unwrap();
        let now = FileTime::from_unix_seconds(1_700_000_000);
        let answer = compiled.matches(&event, now);
        let whole = compiled.matches(&Event::new(filled(&event.root)), now);
        prop_assert_ne!(whole, Match::Unknown);
        prop_assert!(answer == Match::Unknown || answer == whole, "{expr}: {answer:?}, then {whole:?}");
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        oracle::query(text.as_bytes());
    }

    #[test]
    fn no_run_of_tokens_panics(parts in prop::collection::vec(prop::sample::select(&[
        "*", "Event", "[", "]", "(", ")", "System", "/", "//", "@", "=", "!=", "<=", "&lt;", "1", "0x", "'a'", "'", " and ", " or ", "band(", "timediff(",
        "position()", ",", "::", ".", "-", "$", "|", "<QueryList>", "<Query>", "<Select>", "</Select>", "</Query>", "</QueryList>", "<Suppress Path='A'>",
        "</Suppress>", "<![CDATA[", "]]>", "&", "\u{65e5}", "\n",
    ][..]), 0..40)) {
        oracle::query(parts.concat().as_bytes());
    }
}

/// Queries with a few bytes changed. Build with `RDPFIX_FUZZ_ROUNDS=…` for a longer run.
#[test]
fn mutated_queries_break_no_promise() {
    let seeds = [
        "Event[System[Provider[@Name='Schannel'] and EventID=36870 and TimeCreated[timediff(@SystemTime) <= 86400000]]]",
        "*[System[(Level=1 or Level=2) and band(Keywords,0x8020000000000000)]] and *[EventData/Data[2]=\"x\"]",
        "<QueryList><Query Id=\"0\" Path=\"System\"><Select Path=\"A\">*[System[Level &lt;= 3]]</Select><Suppress><![CDATA[*[A<1]]]></Suppress></Query></QueryList>",
    ];
    let rounds: u32 = option_env!("RDPFIX_FUZZ_ROUNDS")
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(3000);
    let mut state = 36870_u64;
    let mut roll = |sides: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % sides
    };
    let bits = b"[]()'\"@*/=<>!&;,.:-| 0x19aEN\n\xC3\xA9";
    for _ in 0..rounds {
        let mut text = seeds[roll(seeds.len())].as_bytes().to_vec();
        for _ in 0..=roll(6) {
            let at = roll(text.len());
            match roll(5) {
                0 => drop(text.remove(at)),
                1 => text.insert(at, bits[roll(bits.len())]),
                2 => text[at] = bits[roll(bits.len())],
                3 => text.truncate(at.max(1)),
                _ => {
                    let end = (at + roll(20)).min(text.len());
                    let copy = text[at..end].to_vec();
                    let to = roll(text.len());
                    text.splice(to..to, copy);
                }
            }
            if text.is_empty() {
                text.push(b'*');
            }
        }
        oracle::query(&text);
    }
}
