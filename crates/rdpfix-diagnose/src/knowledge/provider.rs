//! An event provider: the channels it writes to, and the events we speak of.

use rdpfix_formats::event::Payload;
use rdpfix_formats::reading::Reading;
use serde::Deserialize;

use super::Trust;

/// One provider, as `knowledge/providers/*.toml` states it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Provider {
    /// Exactly as `Provider/@Name` has it.
    pub name: String,
    /// Registered GUID, with braces.
    pub guid: Option<String>,
    /// The classic event source it also goes by.
    pub event_source: Option<String>,
    /// Every channel it writes to.
    pub channels: Vec<String>,
    /// The events we speak of.
    #[serde(default, rename = "event")]
    pub events: Vec<EventFact>,
}

/// What is known of one event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EventFact {
    /// Event identifier without qualifiers.
    pub id: u32,
    /// The channel it is written to.
    pub channel: String,
    /// Level as Windows names it.
    pub level: Option<LevelName>,
    /// What it says, in our words.
    pub meaning: String,
    /// How far this is trusted.
    pub confidence: Trust,
    /// Where it was learned.
    pub source: Option<String>,
    /// Other providers that use the same id in the same channel.
    #[serde(default)]
    pub collides_with: Vec<String>,
    /// Its data.
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// Level of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LevelName {
    /// 1
    Critical,
    /// 2
    Error,
    /// 3
    Warning,
    /// 4
    Information,
    /// 5
    Verbose,
}

/// One piece of an event's data.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// `Data/@Name` or element name; for nameless data a name of ours.
    pub name: String,
    /// For nameless data: which `Data`, counted from 0.
    pub at: Option<usize>,
    /// How to read it.
    pub kind: FieldKind,
    /// For [`FieldKind::Word`]: the words it can be, in the languages where they were seen.
    #[serde(default)]
    pub words: Vec<String>,
}

/// How a field is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// Free text.
    Text,
    /// A decimal number.
    Number,
    /// A hexadecimal number.
    Hex,
    /// A status: a number, or the system's text for one.
    Status,
    /// One of a few fixed words.
    Word,
    /// SHA-1 of a certificate.
    Sha1,
    /// A network address.
    Address,
    /// A user name or SID.
    User,
}

impl Field {
    /// Its text in an event's payload.
    pub fn value(&self, payload: &Payload<'_>) -> Reading<String> {
        match (self.at, payload) {
            (Some(at), Payload::EventData { data, .. }) => data
                .get(at)
                .map_or(Reading::Absent, |datum| datum.element.text()),
            (Some(_), Payload::UserData(_)) => Reading::Absent,
            (None, payload) => payload.field(&self.name),
        }
    }
}

impl Provider {
    /// What is known of its event `id` in `channel`; without a channel, in any.
    pub fn event(&self, id: u32, channel: Option<&str>) -> Option<&EventFact> {
        let mut events = self.events.iter().filter(|event| event.id == id);
        match channel {
            Some(channel) => events.find(|event| event.channel.eq_ignore_ascii_case(channel)),
            None => events.next(),
        }
    }

    /// Whether it writes to `channel`.
    pub fn writes_to(&self, channel: &str) -> bool {
        self.channels
            .iter()
            .any(|known| known.eq_ignore_ascii_case(channel))
    }
}
