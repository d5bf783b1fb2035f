//! What a text export says of an event, and the tree made of it.

use super::labels::{self, Field};
use super::{TextError, TextErrorKind, dates};
use crate::event::{Element, Event, LocatedEvent, Note};
use crate::reading::Reason;
use crate::sid::Sid;
use crate::value::Value;

/// The values of an event as they stand in the text; a field that is not there is empty.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) offset: u64,
    pub(super) notes: Vec<Note>,
    pub(super) log_name: Option<String>,
    pub(super) source: Option<String>,
    pub(super) provider_guid: Option<String>,
    pub(super) date: Option<String>,
    pub(super) event_id: Option<String>,
    pub(super) qualifiers: Option<u16>,
    /// A number or a word.
    pub(super) level: Option<String>,
    pub(super) user: Option<String>,
    pub(super) computer: Option<String>,
    /// Further elements of `System` with their values, where the text shows numbers (PowerShell).
    pub(super) system: Vec<(&'static str, String)>,
    pub(super) process_id: Option<String>,
    pub(super) thread_id: Option<String>,
    pub(super) activity_id: Option<String>,
    /// Names Windows looked up, kept below `RenderingInfo`.
    pub(super) rendered: Vec<(&'static str, String)>,
    pub(super) message: Vec<String>,
}

impl Fields {
    /// Takes in one `Label: value`; the first value of a field counts.
    pub(super) fn set(&mut self, field: Field, value: &str) {
        let slot = match field {
            Field::LogName => &mut self.log_name,
            Field::Source => &mut self.source,
            Field::Date => &mut self.date,
            Field::EventId => &mut self.event_id,
            Field::Level => &mut self.level,
            Field::User => &mut self.user,
            Field::Computer => &mut self.computer,
            Field::Task => return self.set_rendered("Task", value),
            Field::Opcode => return self.set_rendered("Opcode", value),
            Field::Keywords => return self.set_rendered("Keywords", value),
            Field::UserName | Field::Description | Field::EventXml => return,
        };
        slot.get_or_insert_with(|| value.to_owned());
    }

    pub(super) fn set_rendered(&mut self, name: &'static str, value: &str) {
        if !value.is_empty() && !labels::is_not_applicable(value) {
            self.rendered.push((name, value.to_owned()));
        }
    }

    /// The event, or why the text is none.
    pub(super) fn into_event(mut self) -> Result<LocatedEvent, TextError> {
        let offset = self.offset;
        let unexpected = |expected, found: Option<String>| TextError {
            offset,
            kind: TextErrorKind::Unexpected {
                expected,
                found: found.map_or("none".to_owned(), |found| {
                    format!("{:?}", found.chars().take(64).collect::<String>())
                }),
            },
        };
        let source = self.source.take().filter(|source| !source.is_empty());
        let Some(source) = source else {
            return Err(unexpected("the event's source", None));
        };
        let id = self.event_id.take();
        let number: Option<u32> = id.as_deref().and_then(|id| id.trim().parse().ok());
        let Some(number) = number else {
            return Err(unexpected("a number as the event's ID", id));
        };
        let root = Element::new("Event")
            .with_child(self.system(&source, number))
            .with_child(self.rendering_info())
            // Where EventData or UserData would be.
            .with_unreadable(Reason::LostInText);
        Ok(LocatedEvent {
            event: Event::new(root),
            offset,
            notes: self.notes,
        })
    }

    fn system(&mut self, source: &str, number: u32) -> Element {
        let leaf = |name, text: &str| Element::new(name).with_value(Value::text(text));
        let mut provider = Element::new("Provider").with_attribute("Name", Value::text(source));
        if let Some(guid) = &self.provider_guid {
            provider = provider.with_attribute("Guid", Value::text(guid.as_str()));
        } else {
            // Text shows neither the identifier nor the name a classic provider registered under.
            provider = provider.with_unreadable(Reason::LostInText);
        }
        let mut id = Element::new("EventID");
        if let Some(qualifiers) = self.qualifiers {
            id = id.with_attribute("Qualifiers", Value::text(qualifiers.to_string()));
        }
        id = id.with_value(Value::text(number.to_string()));
        let mut system = Element::new("System").with_child(provider).with_child(id);
        if let Some(word) = &self.level {
            match labels::level(word) {
                Some(level) => system = system.with_child(leaf("Level", &level.to_string())),
                None if !word.is_empty() => self.rendered.push(("Level", word.clone())),
                None => {}
            }
        }
        for (name, value) in &self.system {
            system = system.with_child(leaf(name, value));
        }
        if let Some(date) = &self.date {
            let (time, note) = dates::parse(date);
            self.notes.extend(note);
            if let Some(time) = time {
                let time = Value::text(time.to_string());
                system = system
                    .with_child(Element::new("TimeCreated").with_attribute("SystemTime", time));
            }
        }
        if let Some(id) = &self.activity_id {
            let id = Value::text(id.as_str());
            system =
                system.with_child(Element::new("Correlation").with_attribute("ActivityID", id));
        }
        if let (Some(process), Some(thread)) = (&self.process_id, &self.thread_id) {
            system = system.with_child(
                Element::new("Execution")
                    .with_attribute("ProcessID", Value::text(process.as_str()))
                    .with_attribute("ThreadID", Value::text(thread.as_str())),
            );
        }
        if let Some(channel) = self.log_name.as_deref().filter(|name| !name.is_empty()) {
            system = system.with_child(leaf("Channel", channel));
        }
        if let Some(computer) = self.computer.as_deref().filter(|name| !name.is_empty()) {
            system = system.with_child(leaf("Computer", computer));
        }
        match self.user.as_deref() {
            Some(user) if labels::is_not_applicable(user) => {
                system = system.with_child(Element::new("Security"));
            }
            // A name is no SID: who it was is then lost.
            Some(user) if Sid::parse(user).is_some() => {
                let sid = Value::text(user.trim());
                system = system.with_child(Element::new("Security").with_attribute("UserID", sid));
            }
            _ => {}
        }
        system.with_unreadable(Reason::LostInText)
    }

    fn rendering_info(&self) -> Element {
        let lines = &self.message;
        let blank = |line: &String| line.trim().is_empty();
        let end = lines
            .iter()
            .rposition(|l| !blank(l))
            .map_or(0, |at| at.saturating_add(1));
        let start = lines.iter().position(|l| !blank(l)).unwrap_or(end);
        let message = lines.get(start..end).unwrap_or_default().join("\n");
        let mut info = Element::new("RenderingInfo");
        if !message.is_empty() {
            let message = Value::Text(message.trim_end().to_owned());
            info = info.with_child(Element::new("Message").with_value(message));
        }
        for (name, value) in &self.rendered {
            info = info.with_child(Element::new(*name).with_value(Value::text(value.as_str())));
        }
        info
    }
}
