//! The `System` element: the fields every event has.

use super::tree::Element;
use crate::filetime::FileTime;
use crate::guid::Guid;
use crate::reading::{Reading, Reason};
use crate::sid::Sid;
use crate::value::Value;

/// A typed view of an event's `System` element. Fields are read by name, never by position.
#[derive(Debug, Clone, Copy)]
pub struct System<'a> {
    root: &'a Element,
}

impl<'a> System<'a> {
    pub(super) const fn new(root: &'a Element) -> Self {
        Self { root }
    }

    fn element(self, name: &str) -> Reading<&'a Element> {
        let Some(system) = self.root.child("System") else {
            return missing(self.root.unreadable());
        };
        match system.child(name) {
            Some(element) => Reading::Present(element),
            None => missing(system.unreadable()),
        }
    }

    fn value(self, name: &str) -> Reading<&'a Value> {
        self.element(name).and_then(Element::value)
    }

    fn attribute(self, element: &str, name: &str) -> Reading<&'a Value> {
        self.element(element)
            .and_then(|element| match element.attribute(name) {
                Some(value) => Reading::Present(value),
                None => missing(element.unreadable()),
            })
    }

    fn number(self, name: &str) -> Reading<u64> {
        self.value(name).and_then(|value| whole(name, value))
    }

    /// `Provider/@Name`.
    pub fn provider(self) -> Reading<String> {
        self.attribute("Provider", "Name").map(Value::to_string)
    }

    /// `Provider/@Guid`.
    pub fn provider_guid(self) -> Reading<Guid> {
        self.attribute("Provider", "Guid")
            .and_then(|value| match value {
                Value::Guid(guid) => Reading::Present(*guid),
                other => parsed("Provider Guid", other, Guid::parse(&other.to_string())),
            })
    }

    /// `Provider/@EventSourceName`, the name a classic provider registered under.
    pub fn event_source_name(self) -> Reading<String> {
        self.attribute("Provider", "EventSourceName")
            .map(Value::to_string)
    }

    /// `EventID`, without its qualifiers. Some forwarders write it as text.
    pub fn event_id(self) -> Reading<u32> {
        self.number("EventID").and_then(|n| narrow("EventID", n))
    }

    /// `EventID/@Qualifiers`: the high half of a classic event identifier.
    pub fn qualifiers(self) -> Reading<u16> {
        self.attribute("EventID", "Qualifiers")
            .and_then(|value| whole("Qualifiers", value))
            .and_then(|n| narrow("Qualifiers", n))
    }

    /// `Version` of the event's definition.
    pub fn version(self) -> Reading<u8> {
        self.number("Version").and_then(|n| narrow("Version", n))
    }

    /// `Level`: 1 critical, 2 error, 3 warning, 4 information, 5 verbose, 0 always.
    pub fn level(self) -> Reading<u8> {
        self.number("Level").and_then(|n| narrow("Level", n))
    }

    /// `Task`.
    pub fn task(self) -> Reading<u16> {
        self.number("Task").and_then(|n| narrow("Task", n))
    }

    /// `Opcode`.
    pub fn opcode(self) -> Reading<u8> {
        self.number("Opcode").and_then(|n| narrow("Opcode", n))
    }

    /// `Keywords`, a bit mask.
    pub fn keywords(self) -> Reading<u64> {
        self.number("Keywords")
    }

    /// `TimeCreated/@SystemTime`. The record header's time is another thing and wrong in exported logs.
    pub fn time_created(self) -> Reading<FileTime> {
        self.attribute("TimeCreated", "SystemTime")
            .and_then(|value| parsed("SystemTime", value, value.as_time()))
    }

    /// `EventRecordID`, the number the machine's log gave the record.
    pub fn record_id(self) -> Reading<u64> {
        self.number("EventRecordID")
    }

    /// `Correlation/@ActivityID`.
    pub fn activity_id(self) -> Reading<Guid> {
        self.attribute("Correlation", "ActivityID")
            .and_then(|value| match value {
                Value::Guid(guid) => Reading::Present(*guid),
                Value::Null => Reading::Absent,
                other => parsed("ActivityID", other, Guid::parse(&other.to_string())),
            })
    }

    /// `Execution/@ProcessID`.
    pub fn process_id(self) -> Reading<u32> {
        self.attribute("Execution", "ProcessID")
            .and_then(|value| whole("ProcessID", value))
            .and_then(|n| narrow("ProcessID", n))
    }

    /// `Channel`, the log the event was written to.
    pub fn channel(self) -> Reading<String> {
        self.value("Channel").map(Value::to_string)
    }

    /// `Computer`, the machine's name at the time.
    pub fn computer(self) -> Reading<String> {
        self.value("Computer").map(Value::to_string)
    }

    /// `Security/@UserID`.
    pub fn user(self) -> Reading<Sid> {
        self.attribute("Security", "UserID")
            .and_then(|value| match value {
                Value::Sid(sid) => Reading::Present(sid.clone()),
                Value::Null => Reading::Absent,
                other => parsed("UserID", other, Sid::parse(&other.to_string())),
            })
    }
}

fn missing<T>(hole: Option<&Reason>) -> Reading<T> {
    hole.map_or(Reading::Absent, |reason| {
        Reading::Unreadable(reason.clone())
    })
}

fn parsed<T>(what: &str, value: &Value, result: Option<T>) -> Reading<T> {
    result.map_or_else(
        || {
            Reading::Unreadable(Reason::Damaged(format!(
                "{what} is {:?}",
                value.to_string()
            )))
        },
        Reading::Present,
    )
}

fn whole(what: &str, value: &Value) -> Reading<u64> {
    match value {
        Value::Null => Reading::Absent,
        value => parsed(what, value, value.as_u64()),
    }
}

fn narrow<T: TryFrom<u64>>(what: &str, number: u64) -> Reading<T> {
    parsed(what, &Value::U64(number), T::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(system: Element) -> Element {
        Element::new("Event").with_child(system)
    }

    #[test]
    fn fields_are_typed_and_read_by_name() {
        let root = event(
            Element::new("System")
                .with_child(Element::new("Channel").with_value(Value::text("System")))
                .with_child(
                    Element::new("EventID")
                        .with_attribute("Qualifiers", Value::U16(49152))
                        .with_value(Value::text("1056")),
                ),
        );
        let system = System::new(&root);
        assert_eq!(system.event_id(), Reading::Present(1056));
        assert_eq!(system.qualifiers(), Reading::Present(49152));
        assert_eq!(system.channel(), Reading::Present("System".into()));
        assert_eq!(system.record_id(), Reading::Absent);
    }

    #[test]
    fn nonsense_is_damaged_and_a_hole_is_unreadable() {
        let root = event(
            Element::new("System")
                .with_child(Element::new("Level").with_value(Value::U16(900)))
                .with_unreadable(Reason::LostInText),
        );
        let system = System::new(&root);
        assert_eq!(
            system.level(),
            Reading::Unreadable(Reason::Damaged("Level is \"900\"".into()))
        );
        assert_eq!(system.record_id(), Reading::Unreadable(Reason::LostInText));
    }
}
