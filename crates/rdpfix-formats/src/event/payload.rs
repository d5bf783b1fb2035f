//! What the event itself carries: nameless data of classic providers, named data, or the provider's own elements.

use super::tree::Element;
use crate::reading::Reading;
use crate::value::Value;

/// One `Data` element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Datum<'a> {
    /// `@Name`; classic providers write none.
    pub name: Option<&'a str>,
    /// The element, whose text is the value.
    pub element: &'a Element,
}

/// An event's payload, in one of the shapes Windows writes.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload<'a> {
    /// `EventData`: `Data` elements, named or not, and the `Binary` of classic providers.
    EventData {
        /// The `Data` elements in order.
        data: Vec<Datum<'a>>,
        /// The `Binary` element's bytes.
        binary: Option<Vec<u8>>,
    },
    /// `UserData`, or another element a provider defines: its own structure.
    UserData(&'a Element),
}

impl<'a> Payload<'a> {
    pub(super) fn of(root: &'a Element) -> Reading<Self> {
        if let Some(element) = root.child("EventData") {
            return match element.unreadable() {
                Some(reason) => Reading::Unreadable(reason.clone()),
                None => Reading::Present(Self::event_data(element)),
            };
        }
        let other = |name| root.child(name).map(Self::UserData);
        let found = other("UserData").or_else(|| other("ProcessingErrorData"));
        match (found, root.unreadable()) {
            (Some(payload), _) => Reading::Present(payload),
            (None, Some(reason)) => Reading::Unreadable(reason.clone()),
            (None, None) => Reading::Absent,
        }
    }

    fn event_data(element: &'a Element) -> Self {
        let data = element
            .elements()
            .filter(|child| &*child.name == "Data")
            .map(|child| Datum {
                name: child.attribute("Name").and_then(Value::as_text),
                element: child,
            });
        let binary = element
            .child("Binary")
            .and_then(|child| match child.value().present()? {
                Value::Binary(bytes) => Some(bytes.clone()),
                other => unhex(&other.to_string()),
            });
        Self::EventData {
            data: data.collect(),
            binary,
        }
    }

    /// The text of the named field: a `Data` of that name, or an element of that name anywhere in `UserData`.
    pub fn field(&self, name: &str) -> Reading<String> {
        match self {
            Self::EventData { data, .. } => data
                .iter()
                .find(|datum| datum.name == Some(name))
                .map_or(Reading::Absent, |datum| datum.element.text()),
            Self::UserData(element) => {
                descendant(element, name).map_or(Reading::Absent, Element::text)
            }
        }
    }
}

fn descendant<'a>(element: &'a Element, name: &str) -> Option<&'a Element> {
    element.elements().find_map(|child| {
        if &*child.name == name {
            Some(child)
        } else {
            descendant(child, name)
        }
    })
}

/// The bytes of an even number of hexadecimal digits.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Reason;

    #[test]
    fn classic_data_with_binary() {
        let root = Element::new("Event").with_child(
            Element::new("EventData")
                .with_child(Element::new("Data").with_value(Value::text("web01")))
                .with_child(Element::new("Binary").with_value(Value::text("59EF"))),
        );
        let Reading::Present(Payload::EventData { data, binary }) = Payload::of(&root) else {
            panic!("not EventData");
        };
        assert_eq!(data.len(), 1);
        assert_eq!(data[0].name, None);
        assert_eq!(binary, Some(vec![0x59, 0xEF]));
    }

    #[test]
    fn a_field_is_found_by_name_in_either_shape() {
        let named = Element::new("Event").with_child(
            Element::new("EventData").with_child(
                Element::new("Data")
                    .with_attribute("Name", Value::text("Type"))
                    .with_value(Value::text("server")),
            ),
        );
        let user = Element::new("Event").with_child(
            Element::new("UserData").with_child(
                Element::new("EventXML")
                    .with_child(Element::new("Type").with_value(Value::text("server"))),
            ),
        );
        for root in [named, user] {
            let payload = Payload::of(&root).present().unwrap();
            assert_eq!(payload.field("Type"), Reading::Present("server".into()));
            assert_eq!(payload.field("type"), Reading::Absent);
        }
    }

    #[test]
    fn a_text_export_has_lost_it() {
        let root = Element::new("Event").with_unreadable(Reason::LostInText);
        assert_eq!(Payload::of(&root), Reading::Unreadable(Reason::LostInText));
    }
}
