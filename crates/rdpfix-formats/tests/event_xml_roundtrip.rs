//! Any event written as XML and read again is the same event, its values as text.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use rdpfix_formats::event::render::{xml, xml_indented};
use rdpfix_formats::event::xml::events;
use rdpfix_formats::event::{Element, Event, Node};
use rdpfix_formats::reading::Reason;
use rdpfix_formats::value::Value;

/// Characters XML can carry, the awkward ones often.
fn text() -> impl Strategy<Value = String> {
    let awkward = vec![
        "<", "&", "]]>", "'", "\"", "\r", "\n", "\t", " ", "&#13;", "?>",
    ];
    let piece = prop_oneof![
        3 => "[ -~]",
        2 => prop::sample::select(awkward).prop_map(str::to_owned),
        1 => "[\u{A0}-\u{D7FF}\u{10000}-\u{10FFFF}]",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|parts| parts.concat())
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z_][A-Za-z0-9_.-]{0,8}".prop_filter("reserved", |name| {
        !name.starts_with("xmlns") && name != "Event" && name != "System"
    })
}

fn element() -> impl Strategy<Value = Element> {
    let attributes = prop::collection::btree_map(name(), text(), 0..3);
    let leaf = (name(), attributes, text()).prop_map(|(name, attributes, text)| {
        let element = attributes
            .into_iter()
            .fold(Element::new(name), |element, (name, value)| {
                element.with_attribute(name, Value::Text(value))
            });
        // No text and empty text are the same in XML.
        if text.is_empty() {
            element
        } else {
            element.with_value(Value::Text(text))
        }
    });
    leaf.prop_recursive(4, 32, 4, |inner| {
        let hole = "[ -~]{0,12}".prop_map(|why| Node::Unreadable(Reason::Damaged(why)));
        let node = prop_oneof![4 => inner.prop_map(Node::Element), 1 => hole];
        (name(), prop::collection::vec(node, 0..4)).prop_map(|(name, children)| {
            let mut element = Element::new(name);
            element.children = children;
            element
        })
    })
}

fn event() -> impl Strategy<Value = Event> {
    let parts = || prop::collection::vec(element(), 0..4);
    (parts(), parts()).prop_map(|(system, rest)| {
        let system = system
            .into_iter()
            .fold(Element::new("System"), Element::with_child);
        let root = Element::new("Event").with_child(system);
        Event::new(rest.into_iter().fold(root, Element::with_child))
    })
}

proptest! {
    #[test]
    fn xml_comes_back(event in event(), count in 1_usize..3) {
        for text in [xml(&event), xml_indented(&event)] {
            let text = text.repeat(count);
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            for bytes in [text.into_bytes(), utf16] {
                let read: Vec<_> = events(&bytes[..]).map(|item| item.unwrap().event).collect();
                prop_assert_eq!(read, vec![event.clone(); count]);
            }
        }
    }

    #[test]
    fn one_line_and_no_control_characters(event in event()) {
        prop_assert!(!xml(&event).contains(|c: char| c.is_control() && c != '\t'));
    }
}
