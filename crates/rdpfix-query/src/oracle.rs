//! What must hold for any text whatever; run by the fuzz target and by tests.

use rdpfix_formats::event::{Element, Event};
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::Reason;
use rdpfix_formats::value::Value;

use crate::answer::Match;
use crate::catalogue::Catalogue;
use crate::compile::CompiledQuery;
use crate::query::Query;

/// Parses `bytes` as a query and puts it to a few events.
///
/// # Panics
/// When a promise of this crate is broken: the normal form does not mean the same, requirements exclude a match, an excerpt of
/// an error is too wide.
pub fn query(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut catalogue = Catalogue::new();
    catalogue.add("Schannel", ["System"]);
    match Query::parse(text) {
        Ok(query) => {
            for warning in query.warnings(&catalogue, Some("System")) {
                warning.render(text);
            }
            accepted(query);
        }
        Err(errors) => {
            assert!(
                !errors.diagnostics().is_empty(),
                "an error without a reason"
            );
            for diagnostic in errors.diagnostics() {
                assert!(
                    diagnostic.span.start <= diagnostic.span.end,
                    "{diagnostic:?}"
                );
                assert!(!diagnostic.render(text).is_empty());
            }
        }
    }
}

fn accepted(query: Query) {
    let normal = query.to_string();
    let compiled = CompiledQuery::new(query);
    // A tree near the limits may print longer than what is read; everything else must come back.
    if normal.len() <= crate::MAX_LENGTH {
        let again = match CompiledQuery::parse(&normal) {
            Ok(again) => again,
            Err(errors) => panic!("the normal form does not parse:\n{errors}"),
        };
        assert_eq!(
            again.query().to_string(),
            normal,
            "the normal form is not stable"
        );
        let (first, second) = (tests_of(&compiled), tests_of(&again));
        assert_eq!(first, second, "the normal form means something else");
    }
    let now = FileTime::from_unix_seconds(1_700_000_000);
    let mut matcher = compiled.matcher();
    for event in events() {
        let answer = compiled.matches(&event, now);
        let allowed = compiled.requirements().allow(&event);
        assert!(
            allowed || answer == Match::No,
            "{}: requirements exclude an event that is {answer:?}",
            compiled.query()
        );
        matcher.matches(&event, now);
    }
}

fn tests_of(query: &CompiledQuery) -> String {
    let rules = query
        .blocks
        .iter()
        .flat_map(|block| block.selects.iter().chain(&block.suppresses));
    rules.map(|rule| format!("{:?}\n", rule.test)).collect()
}

fn events() -> [Event; 3] {
    let system = |id: Value| {
        Element::new("System")
            .with_child(Element::new("Provider").with_attribute("Name", Value::text("Schannel")))
            .with_child(
                Element::new("EventID")
                    .with_attribute("Qualifiers", Value::U16(0))
                    .with_value(id),
            )
            .with_child(Element::new("Level").with_value(Value::U8(2)))
            .with_child(Element::new("Keywords").with_value(Value::Hex64(0x8000_0000_0000_0000)))
            .with_child(
                Element::new("TimeCreated")
                    .with_attribute("SystemTime", Value::text("2023-11-14T00:00:00Z")),
            )
            .with_child(Element::new("Channel").with_value(Value::text("System")))
    };
    let data = Element::new("EventData")
        .with_child(
            Element::new("Data")
                .with_attribute("Name", Value::text("Type"))
                .with_value(Value::text("server")),
        )
        .with_child(Element::new("Data").with_value(Value::text("0x80090016")));
    let whole = Element::new("Event")
        .with_child(system(Value::U16(36870)))
        .with_child(data.clone());
    let torn = Element::new("Event")
        .with_child(system(Value::text("1058")).with_unreadable(Reason::LostInText))
        .with_child(data.with_unreadable(Reason::LostInText));
    let lost = Element::new("Event").with_unreadable(Reason::LostInText);
    [whole, torn, lost].map(Event::new)
}
