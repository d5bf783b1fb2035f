//! Events as the machine's providers write them.

use rdpfix_formats::event::{Element, Event, Node};
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::guid::Guid;
use rdpfix_formats::value::Value;

const COMPUTER: &str = "web01.contoso.com";

/// A provider and the channel it writes to.
#[derive(Clone, Copy)]
pub(super) struct Source {
    pub(super) name: &'static str,
    pub(super) guid: &'static str,
    /// The name a classic provider registered under.
    pub(super) classic: Option<&'static str>,
    pub(super) channel: &'static str,
}

/// What an event carries.
pub(super) enum Payload {
    /// Nameless data of a classic provider, and its binary.
    Classic(Vec<String>, Option<Vec<u8>>),
    /// Named data.
    Named(Vec<(&'static str, Value)>),
    /// `UserData/EventXML` with the provider's own elements.
    UserData(Vec<(&'static str, Value)>),
    /// Nothing.
    None,
}

/// One event of `source`, without its record number.
pub(super) fn event(source: Source, id: u16, level: u8, time: FileTime, payload: Payload) -> Event {
    let guid = Guid::parse(source.guid).map_or(Value::Null, Value::Guid);
    let mut provider = Element::new("Provider")
        .with_attribute("Name", Value::text(source.name))
        .with_attribute("Guid", guid);
    let mut event_id = Element::new("EventID").with_value(Value::U16(id));
    let mut keywords = 0x8000_0000_0000_0000;
    if let Some(classic) = source.classic {
        provider = provider.with_attribute("EventSourceName", Value::text(classic));
        event_id = event_id.with_attribute("Qualifiers", Value::U16(49152));
        keywords = 0x0080_0000_0000_0000;
    }
    let system = Element::new("System")
        .with_child(provider)
        .with_child(event_id)
        .with_child(Element::new("Version").with_value(Value::U8(0)))
        .with_child(Element::new("Level").with_value(Value::U8(level)))
        .with_child(Element::new("Task").with_value(Value::U16(0)))
        .with_child(Element::new("Opcode").with_value(Value::U8(0)))
        .with_child(Element::new("Keywords").with_value(Value::Hex64(keywords)))
        .with_child(Element::new("TimeCreated").with_attribute("SystemTime", Value::FileTime(time)))
        .with_child(Element::new("EventRecordID").with_value(Value::U64(0)))
        .with_child(Element::new("Correlation"))
        .with_child(
            Element::new("Execution")
                .with_attribute("ProcessID", Value::U32(1184))
                .with_attribute("ThreadID", Value::U32(2216)),
        )
        .with_child(Element::new("Channel").with_value(Value::text(source.channel)))
        .with_child(Element::new("Computer").with_value(Value::text(COMPUTER)))
        .with_child(Element::new("Security"));
    let root = Element::new("Event").with_child(system);
    Event::new(match data(payload) {
        Some(data) => root.with_child(data),
        None => root,
    })
}

fn data(payload: Payload) -> Option<Element> {
    match payload {
        Payload::None => None,
        Payload::Classic(texts, binary) => {
            let mut data = Element::new("EventData");
            for text in texts {
                data = data.with_child(Element::new("Data").with_value(Value::Text(text)));
            }
            let binary =
                Element::new("Binary").with_value(binary.map_or(Value::Null, Value::Binary));
            Some(data.with_child(binary))
        }
        Payload::Named(fields) => {
            let mut data = Element::new("EventData");
            for (name, value) in fields {
                data = data.with_child(
                    Element::new("Data")
                        .with_attribute("Name", Value::text(name))
                        .with_value(value),
                );
            }
            Some(data)
        }
        Payload::UserData(fields) => {
            let mut xml = Element::new("EventXML");
            for (name, value) in fields {
                xml = xml.with_child(Element::new(name).with_value(value));
            }
            Some(Element::new("UserData").with_child(xml))
        }
    }
}

/// Puts a log's events in order of time and numbers them as Windows does.
pub(super) fn numbered(mut events: Vec<Event>, first: u64) -> Vec<Event> {
    events.sort_by_key(|event| event.system().time_created().present());
    for (number, event) in (first..).zip(&mut events) {
        let system = event
            .root
            .children
            .iter_mut()
            .filter_map(element_named("System"));
        let fields = system.flat_map(|system| system.children.iter_mut());
        for record_id in fields.filter_map(element_named("EventRecordID")) {
            record_id.children = vec![Node::Value(Value::U64(number))];
        }
    }
    events
}

fn element_named(name: &str) -> impl Fn(&mut Node) -> Option<&mut Element> {
    move |node| match node {
        Node::Element(element) if &*element.name == name => Some(element),
        _ => None,
    }
}
