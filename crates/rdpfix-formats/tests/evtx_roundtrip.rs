//! What the encoder writes, the decoder reads back: any event, and nothing breaks when the bytes are changed.

#![allow(clippy::expect_used, reason = "a test's helper functions are tests")]

use proptest::collection::vec;
use proptest::prelude::*;
use rdpfix_formats::event::{Attribute, Element, Event, Node};
use rdpfix_formats::evtx::encode::encode;
use rdpfix_formats::evtx::{Log, Record};
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::guid::Guid;
use rdpfix_formats::oracle;
use rdpfix_formats::sid::Sid;
use rdpfix_formats::value::Value;

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>().prop_filter("zero", |c| *c != '\0'), 0..12).prop_map(String::from_iter)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        text().prop_map(Value::Text),
        any::<i8>().prop_map(Value::I8),
        any::<u8>().prop_map(Value::U8),
        any::<i16>().prop_map(Value::I16),
        any::<u16>().prop_map(Value::U16),
        any::<i32>().prop_map(Value::I32),
        any::<u32>().prop_map(Value::U32),
        any::<i64>().prop_map(Value::I64),
        any::<u64>().prop_map(Value::U64),
        (-1e9..1e9_f32).prop_map(Value::F32),
        (-1e9..1e9_f64).prop_map(Value::F64),
        any::<bool>().prop_map(Value::Bool),
        vec(any::<u8>(), 0..20).prop_map(Value::Binary),
        any::<[u8; 16]>().prop_map(|bytes| Value::Guid(Guid::from_bytes(bytes))),
        any::<u64>().prop_map(Value::Size),
        any::<u64>().prop_map(|ticks| Value::FileTime(FileTime::from_ticks(ticks))),
        (0..250_000_000_000_000_u64)
            .prop_map(|milli| Value::SystemTime(FileTime::from_ticks(milli * 10_000))),
        vec(any::<u32>(), 0..15).prop_map(|words| {
            let words: String = words.iter().map(|word| format!("-{word}")).collect();
            Value::Sid(Sid::parse(&format!("S-1-5{words}")).expect("a SID"))
        }),
        any::<u32>().prop_map(Value::Hex32),
        any::<u64>().prop_map(Value::Hex64),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => scalar(),
        1 => vec(any::<u16>().prop_map(Value::U16), 1..4).prop_map(Value::Array),
        1 => vec(text().prop_map(Value::Text), 1..4).prop_map(Value::Array),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z][a-zA-Z0-9]{0,6}",
        Just("Data".to_owned()),
        Just("Name".to_owned())
    ]
}

fn element() -> impl Strategy<Value = Element> {
    let leaf = (name(), vec((name(), scalar()), 0..3), vec(value(), 0..3));
    let leaf = leaf.prop_map(|(name, attributes, values)| {
        let mut element = Element::new(name);
        element.attributes = attributes
            .into_iter()
            .map(|(name, value)| Attribute {
                name: name.into(),
                value,
            })
            .collect();
        element.children = values.into_iter().map(Node::Value).collect();
        element
    });
    leaf.prop_recursive(4, 24, 4, |inner| {
        (name(), vec(inner, 0..4), scalar()).prop_map(|(name, children, value)| {
            let element = Element::new(name).with_value(value);
            children.into_iter().fold(element, Element::with_child)
        })
    })
}

fn event() -> impl Strategy<Value = Event> {
    let system =
        (any::<u16>(), text(), any::<u64>(), text()).prop_map(|(id, provider, time, computer)| {
            let provider = Value::Text(provider);
            let time = Value::FileTime(FileTime::from_ticks(time));
            Element::new("System")
                .with_child(Element::new("Provider").with_attribute("Name", provider))
                .with_child(Element::new("EventID").with_value(Value::U16(id)))
                .with_child(Element::new("TimeCreated").with_attribute("SystemTime", time))
                .with_child(Element::new("Computer").with_value(Value::Text(computer)))
        });
    (system, vec(element(), 0..3)).prop_map(|(system, payload)| {
        let root = Element::new("Event").with_child(system);
        Event::new(payload.into_iter().fold(root, Element::with_child))
    })
}

/// The tree a decoder makes of what was written: an array repeats its element, what is empty is not there,
/// nor an attribute that is null, and text joins.
fn expected(element: &Element) -> Vec<Element> {
    let arrays = element.children.iter().filter_map(|child| match child {
        Node::Value(Value::Array(items)) => Some(items.len()),
        _ => None,
    });
    let count = arrays.max().unwrap_or(1);
    let one = |index: usize| {
        let mut result = Element::new(&*element.name);
        let attributes = element.attributes.iter().cloned();
        result.attributes = attributes
            .filter(|attribute| attribute.value != Value::Null)
            .collect();
        for child in &element.children {
            match child {
                Node::Element(child) => {
                    let children = expected(child).into_iter().map(Node::Element);
                    result.children.extend(children);
                }
                Node::Value(Value::Array(items)) => {
                    push(
                        &mut result,
                        items.get(index).cloned().unwrap_or(Value::Null),
                    );
                }
                Node::Value(value) => push(&mut result, value.clone()),
                Node::Unreadable(_) => unreachable!("not generated"),
            }
        }
        result
    };
    (0..count).map(one).collect()
}

fn push(element: &mut Element, value: Value) {
    if value.is_empty() {
        return;
    }
    match (element.children.last_mut(), value) {
        (Some(Node::Value(Value::Text(before))), Value::Text(text)) => before.push_str(&text),
        (_, value) => element.children.push(Node::Value(value)),
    }
}

fn decode(bytes: &[u8]) -> Vec<Record> {
    let log = Log::open(bytes).expect("a log");
    let mut records = log.records();
    let read = records.by_ref().collect::<Result<Vec<_>, _>>();
    let summary = records.summary();
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!(summary.checksum_failures, 0);
    read.expect("undamaged records")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_event_comes_back(events in vec(event(), 0..30)) {
        let bytes = encode(&events).unwrap();
        let records = decode(&bytes);
        prop_assert_eq!(records.len(), events.len());
        for (record, event) in records.iter().zip(&events) {
            prop_assert_eq!(&[record.event.root.clone()][..], &expected(&event.root)[..]);
            prop_assert_eq!(record.damage.clone(), None);
        }
        let ids: Vec<u64> = records.iter().map(|record| record.id).collect();
        let numbered: Vec<u64> = (1..).take(events.len()).collect();
        prop_assert_eq!(ids, numbered);
    }

    #[test]
    fn changed_bytes_are_survived(
        events in vec(event(), 1..12),
        changes in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..40),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = encode(&events).unwrap();
        // Most of the last chunk is empty: change what is used.
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
        for (at, byte) in changes {
            bytes[at.index(used)] = byte;
        }
        oracle::evtx(&bytes);
        oracle::evtx(&bytes[..cut.index(bytes.len())]);
        oracle::evtx(&bytes[4096..]);
    }

    #[test]
    fn any_bytes_are_survived(chunk in vec(any::<u8>(), 0..2000)) {
        let mut bytes = b"ElfChnk\0".to_vec();
        bytes.resize(512, 0);
        bytes.extend([0x2a, 0x2a, 0, 0, 0x00, 0x04, 0, 0]);
        bytes.extend(chunk);
        oracle::evtx(&bytes);
        // The length of what follows a record's header decides whether it is looked into at all.
        let size = u32::try_from(bytes.len() - 512).unwrap();
        bytes[516..520].copy_from_slice(&size.to_le_bytes());
        oracle::evtx(&bytes);
    }
}
