//! One event as a tree, whatever it came from.
//!
//! The tree is the event's XML as Windows defines it (the *Event schema*,
//! <https://learn.microsoft.com/windows/win32/wes/eventschema-schema>): an `Event` element with `System` and one of `EventData`,
//! `UserData` and others. BinXML, XML and text exports all become this tree, so a query never knows which it was.
//! Where a source lost something, the tree has a hole, [`Node::Unreadable`], and whoever asks learns that nobody can say.

mod hole;
mod located;
mod payload;
pub mod render;
pub mod sniff;
mod system;
pub mod text;
mod tree;
pub mod xml;

pub use located::{LocatedEvent, Note};
pub use payload::{Datum, Payload};
pub use system::System;
pub use tree::{Attribute, Element, Node};

use crate::reading::Reading;

/// How deep elements may nest. Decoders refuse deeper input, so walking or dropping a tree never exhausts the stack.
pub const MAX_DEPTH: usize = 64;

/// The `Event` element and all below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The `Event` element itself.
    pub root: Element,
}

impl Event {
    /// From its `Event` element.
    pub const fn new(root: Element) -> Self {
        Self { root }
    }

    /// The fields every event has, read by name.
    pub fn system(&self) -> System<'_> {
        System::new(&self.root)
    }

    /// What the event itself carries, in one of its three shapes.
    pub fn payload(&self) -> Reading<Payload<'_>> {
        Payload::of(&self.root)
    }

    /// The message Windows rendered, where an export carries it (`/f:RenderedXml`, `/f:text`).
    ///
    /// It is for people: it is localised and its wording differs between versions, so nothing decides by it.
    pub fn message(&self) -> Option<String> {
        let message = self.root.child("RenderingInfo")?.child("Message")?;
        message.text().present()
    }
}
