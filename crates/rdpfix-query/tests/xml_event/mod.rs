//! Event XML to `Event`, as little as the comparison with another XPath engine needs.
//!
//! Not `rdpfix_formats::event::xml`, which refuses what no log holds, such as an event without `System`: here every tree must pass.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event as Xml};
use quick_xml::reader::Reader;
use rdpfix_formats::event::{Element, Event, Node};
use rdpfix_formats::value::Value;

/// Reads one event. All values are text, as XML has no types.
pub(crate) fn read(xml: &str) -> Event {
    let mut reader = Reader::from_str(xml);
    let mut open = vec![Element::new("")];
    loop {
        match reader.read_event().unwrap() {
            Xml::Start(tag) => open.push(element(&tag)),
            Xml::Empty(tag) => close(&mut open, element(&tag)),
            Xml::End(_) => {
                let done = open.pop().unwrap();
                close(&mut open, done);
            }
            Xml::Text(text) => append(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
            Xml::CData(text) => append(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
            Xml::GeneralRef(reference) => {
                let raw = format!("&{};", &*reference);
                append(&mut open, &quick_xml::escape::unescape(&raw).unwrap());
            }
            Xml::Eof => break,
            _ => {}
        }
    }
    let root = open.pop().unwrap();
    Event::new(root.elements().next().unwrap().clone())
}

fn element(tag: &BytesStart<'_>) -> Element {
    let mut element = Element::new(tag.local_name().as_ref());
    for attribute in tag.attributes() {
        let attribute = attribute.unwrap();
        let name = attribute.key.as_ref();
        if name == "xmlns" || name.starts_with("xmlns:") {
            continue;
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap();
        element = element.with_attribute(attribute.key.local_name().as_ref(), Value::text(value));
    }
    element
}

fn append(open: &mut [Element], text: &str) {
    let inside = open.last_mut().unwrap();
    match inside.children.last_mut() {
        Some(Node::Value(Value::Text(before))) => before.push_str(text),
        _ => inside.children.push(Node::Value(Value::text(text))),
    }
}

/// Closes an element; the layout between the elements it encloses is no value.
fn close(open: &mut [Element], mut done: Element) {
    if done.elements().next().is_some() {
        done.children
            .retain(|node| matches!(node, Node::Element(_)));
    }
    open.last_mut().unwrap().children.push(Node::Element(done));
}
