//! The plain view of an event that `rdpfix query --format json` writes, one line an event.

use crate::event::{Element, Event, MAX_DEPTH, Node, Payload};
use crate::reading::Reading;

/// The fields of an event as plain values, for a serialiser to write. What the event does not have, and what its source
/// lost or damaged, is `None`: whoever must tell these apart asks [`Event::system`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// `System/Channel`.
    pub channel: Option<String>,
    /// `System/Provider/@Name`.
    pub provider: Option<String>,
    /// `System/EventID`, without qualifiers.
    pub event_id: Option<u32>,
    /// `System/EventID/@Qualifiers`.
    pub qualifiers: Option<u16>,
    /// `System/EventRecordID`.
    pub record_id: Option<u64>,
    /// `System/TimeCreated/@SystemTime`, RFC 3339 in UTC with seven fractional digits.
    pub time_created: Option<String>,
    /// `System/Level`: 1 critical, 2 error, 3 warning, 4 information, 5 verbose, 0 always.
    pub level: Option<u8>,
    /// `System/Computer`.
    pub computer: Option<String>,
    /// The payload's values in order.
    pub data: Vec<DatumView>,
    /// The `Binary` of a classic event in upper-case hexadecimal.
    pub binary: Option<String>,
    /// The rendered message, where the export carries one.
    pub message: Option<String>,
}

/// One value of an event's payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatumView {
    /// `Data/@Name`; in `UserData`, where a provider nests its own elements, the local name of the innermost one.
    pub name: Option<String>,
    /// The value as Windows writes it; `None` when it could not be read.
    pub value: Option<String>,
}

impl EventView {
    /// The view of an event.
    pub fn of(event: &Event) -> Self {
        let system = event.system();
        let (data, binary) = match event.payload() {
            Reading::Present(Payload::EventData { data, binary }) => {
                let data = data.into_iter().map(|datum| DatumView {
                    name: datum.name.map(str::to_owned),
                    value: datum.element.text().present(),
                });
                (data.collect(), binary)
            }
            Reading::Present(Payload::UserData(element)) => {
                let mut leaves = Vec::new();
                collect_leaves(element, 0, &mut leaves);
                (leaves, None)
            }
            Reading::Absent | Reading::Unreadable(_) => (Vec::new(), None),
        };
        Self {
            channel: system.channel().present(),
            provider: system.provider().present(),
            event_id: system.event_id().present(),
            qualifiers: system.qualifiers().present(),
            record_id: system.record_id().present(),
            time_created: system.time_created().present().map(|t| t.to_string()),
            level: system.level().present(),
            computer: system.computer().present(),
            data,
            binary: binary.map(|bytes| bytes.iter().map(|b| format!("{b:02X}")).collect()),
            message: event.message(),
        }
    }
}

/// The elements below `element` that hold no other elements.
fn collect_leaves(element: &Element, depth: usize, leaves: &mut Vec<DatumView>) {
    for child in element.elements() {
        let holds_others = child
            .children
            .iter()
            .any(|node| matches!(node, Node::Element(_)));
        if !holds_others {
            leaves.push(DatumView {
                name: Some(child.name.to_string()),
                value: child.text().present(),
            });
        } else if depth < MAX_DEPTH {
            collect_leaves(child, depth.saturating_add(1), leaves);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Reason;
    use crate::value::Value;

    #[test]
    fn classic_data_binary_and_holes() {
        let event = Event::new(
            Element::new("Event")
                .with_child(
                    Element::new("System")
                        .with_child(
                            Element::new("EventID")
                                .with_attribute("Qualifiers", Value::text("49152"))
                                .with_value(Value::text("1056")),
                        )
                        .with_unreadable(Reason::LostInText),
                )
                .with_child(
                    Element::new("EventData")
                        .with_child(Element::new("Data").with_value(Value::text("web01")))
                        .with_child(Element::new("Data").with_unreadable(Reason::LostInText))
                        .with_child(Element::new("Binary").with_value(Value::text("59ef"))),
                ),
        );
        let view = EventView::of(&event);
        assert_eq!(view.event_id, Some(1056));
        assert_eq!(view.qualifiers, Some(49152));
        assert_eq!(view.record_id, None);
        assert_eq!(view.data[0].name, None);
        assert_eq!(view.data[0].value.as_deref(), Some("web01"));
        assert_eq!(view.data[1].value, None);
        assert_eq!(view.binary.as_deref(), Some("59EF"));
    }

    #[test]
    fn user_data_is_flattened_to_its_leaves() {
        let leaf = |name: &str, value| Element::new(name).with_value(Value::text(value));
        let event = Event::new(
            Element::new("Event")
                .with_child(Element::new("System"))
                .with_child(
                    Element::new("UserData").with_child(
                        Element::new("EventXML")
                            .with_child(leaf("User", "bob"))
                            .with_child(Element::new("Session").with_child(leaf("ID", "3"))),
                    ),
                ),
        );
        let data = EventView::of(&event).data;
        let pairs: Vec<_> = data
            .iter()
            .map(|d| (d.name.as_deref().unwrap(), d.value.as_deref().unwrap()))
            .collect();
        assert_eq!(pairs, [("User", "bob"), ("ID", "3")]);
    }
}
