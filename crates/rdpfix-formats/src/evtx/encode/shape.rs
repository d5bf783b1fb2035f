//! An event taken apart: its shape, which becomes a template, and its values, which fill it.

use std::sync::Arc;

use super::EncodeError;
use super::value::{Encoded, encode, native};
use crate::event::{Attribute, Element, MAX_DEPTH, Node};
use crate::value::Value;

/// The namespace of events, which Windows declares on every `Event`.
const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// A piece of a template's BinXML. Two events with equal pieces share one template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Open { name: Arc<str>, attributes: bool },
    Attribute { name: Arc<str>, last: bool },
    Literal(Arc<str>),
    Substitution { kind: u8, optional: bool },
    CloseStart,
    CloseEmpty,
    End,
}

/// A template and the values for it.
#[derive(Debug, Default)]
pub(super) struct Shape<'e> {
    pub(super) parts: Vec<Part>,
    pub(super) values: Vec<Filler<'e>>,
}

/// One value of a template.
#[derive(Debug)]
pub(super) enum Filler<'e> {
    Value(Encoded),
    /// An element that becomes a template instance of its own, as Windows does with an event's data.
    Fragment(&'e Element),
}

/// Which part of an event an element is: it decides the types of values and what is a literal of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place<'e> {
    Root,
    System,
    SystemField,
    Payload { parent: &'e str },
}

impl<'e> Shape<'e> {
    /// Of a whole event, whose data is left to fragments.
    pub(super) fn of_event(root: &'e Element) -> Result<Self, EncodeError> {
        let mut shape = Self::default();
        shape.element(root, Place::Root, 0)?;
        Ok(shape)
    }

    /// Of an element below the event's root, with everything in it.
    pub(super) fn of_fragment(element: &'e Element) -> Result<Self, EncodeError> {
        let mut shape = Self::default();
        shape.element(element, Place::Payload { parent: "" }, 1)?;
        Ok(shape)
    }

    fn element(
        &mut self,
        element: &'e Element,
        place: Place<'e>,
        depth: usize,
    ) -> Result<(), EncodeError> {
        if depth >= MAX_DEPTH {
            return Err(EncodeError::TooDeep);
        }
        let declares = place == Place::Root;
        self.parts.push(Part::Open {
            name: Arc::clone(&element.name),
            attributes: declares || !element.attributes.is_empty(),
        });
        if declares {
            self.parts.push(Part::Attribute {
                name: Arc::from("xmlns"),
                last: element.attributes.is_empty(),
            });
            self.parts.push(Part::Literal(Arc::from(NAMESPACE)));
        }
        let mut attributes = element.attributes.iter().peekable();
        while let Some(attribute) = attributes.next() {
            self.parts.push(Part::Attribute {
                name: Arc::clone(&attribute.name),
                last: attributes.peek().is_none(),
            });
            self.attribute(element, attribute, place)?;
        }
        if element.children.is_empty() {
            self.parts.push(Part::CloseEmpty);
            return Ok(());
        }
        self.parts.push(Part::CloseStart);
        for child in &element.children {
            self.child(element, child, place, depth)?;
        }
        self.parts.push(Part::End);
        Ok(())
    }

    fn attribute(
        &mut self,
        element: &Element,
        attribute: &Attribute,
        place: Place<'_>,
    ) -> Result<(), EncodeError> {
        let is_literal = match place {
            Place::SystemField => &*element.name == "Provider",
            Place::Payload { .. } => &*element.name == "Data" && &*attribute.name == "Name",
            Place::Root | Place::System => false,
        };
        match &attribute.value {
            // An empty literal would be an attribute without a value, which is not rendered.
            Value::Text(text) if is_literal && !text.is_empty() => {
                self.parts.push(Part::Literal(Arc::from(text.as_str())));
                Ok(())
            }
            // The element would be repeated for an array.
            Value::Array(_) => self.attribute_value(&Value::Text(attribute.value.to_string())),
            value if place == Place::SystemField => {
                let value = native(&element.name, Some(&attribute.name), value);
                self.attribute_value(&value)
            }
            value => self.attribute_value(value),
        }
    }

    fn child(
        &mut self,
        element: &'e Element,
        child: &'e Node,
        place: Place<'e>,
        depth: usize,
    ) -> Result<(), EncodeError> {
        let below = match place {
            Place::Root => Place::System,
            Place::System | Place::SystemField => Place::SystemField,
            Place::Payload { .. } => Place::Payload {
                parent: &element.name,
            },
        };
        match child {
            Node::Element(child) if place == Place::Root && &*child.name != "System" => {
                self.parts.push(Part::Substitution {
                    kind: super::kind::BINXML,
                    optional: true,
                });
                self.values.push(Filler::Fragment(child));
                Ok(())
            }
            Node::Element(child) => self.element(child, below, depth.saturating_add(1)),
            Node::Value(value) if place == Place::SystemField => {
                self.content_value(&native(&element.name, None, value))
            }
            Node::Value(value) => match place {
                Place::Payload {
                    parent: "EventData",
                } if &*element.name == "Binary" => {
                    self.content_value(&native("Binary", None, value))
                }
                _ => self.content_value(value),
            },
            Node::Unreadable(_) => Err(EncodeError::Hole {
                element: element.name.to_string(),
            }),
        }
    }

    /// Adds the value of an attribute. One that is null leaves the attribute out, as Windows writes it.
    fn attribute_value(&mut self, value: &Value) -> Result<(), EncodeError> {
        let is_shown_empty = value.is_empty() && *value != Value::Null;
        self.value(encode(value)?, !is_shown_empty)
    }

    /// Adds a value between tags. Null becomes an empty text: an element around a null is left out by some readers and
    /// refused by others, and a `Data` without text is still a `Data`.
    fn content_value(&mut self, value: &Value) -> Result<(), EncodeError> {
        let mut encoded = encode(value)?;
        if encoded.kind == super::kind::NULL {
            encoded.kind = super::kind::STRING;
        }
        self.value(encoded, false)
    }

    fn value(&mut self, encoded: Encoded, optional: bool) -> Result<(), EncodeError> {
        if self.values.len() >= usize::from(u16::MAX) {
            return Err(EncodeError::TooLarge {
                what: "number of values",
                limit: usize::from(u16::MAX),
            });
        }
        self.parts.push(Part::Substitution {
            // A template says of which type its values are; that one of them is missing is no other type.
            kind: match encoded.kind {
                super::kind::NULL => super::kind::STRING,
                kind => kind,
            },
            optional,
        });
        self.values.push(Filler::Value(encoded));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, data: &str) -> Element {
        Element::new("Event")
            .with_child(
                Element::new("System")
                    .with_child(Element::new("Provider").with_attribute("Name", Value::text("P")))
                    .with_child(Element::new("EventID").with_value(Value::text(id))),
            )
            .with_child(
                Element::new("EventData").with_child(
                    Element::new("Data")
                        .with_attribute("Name", Value::text("Type"))
                        .with_value(Value::text(data)),
                ),
            )
    }

    #[test]
    fn events_that_differ_in_values_share_a_template() {
        let (one, other) = (event("36870", "server"), event("36871", "client"));
        let shapes = [&one, &other].map(|event| Shape::of_event(event).unwrap());
        assert_eq!(shapes[0].parts, shapes[1].parts);
        let [Filler::Value(id), Filler::Fragment(data)] = &shapes[0].values[..] else {
            panic!("not one value and one fragment: {:?}", shapes[0].values);
        };
        assert_eq!(
            (id.kind, &id.bytes[..]),
            (super::super::kind::U16, &36870_u16.to_le_bytes()[..])
        );
        let data = Shape::of_fragment(data).unwrap();
        assert_eq!(data.values.len(), 1);
        assert!(data.parts.contains(&Part::Literal("Type".into())));
    }

    #[test]
    fn what_cannot_be_written() {
        let holed = Element::new("Event").with_unreadable(crate::reading::Reason::LostInText);
        assert!(matches!(
            Shape::of_event(&holed),
            Err(EncodeError::Hole { .. })
        ));
        let deep = (0..MAX_DEPTH).fold(Element::new("a"), |inner, _| {
            Element::new("a").with_child(inner)
        });
        assert_eq!(Shape::of_fragment(&deep).unwrap_err(), EncodeError::TooDeep);
    }
}
