//! One `Event` element, text to tree.

use std::collections::HashSet;
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event as Token};

use super::error::XmlErrorKind;
use super::{MAX_EVENT_BYTES, MAX_NODES};
use crate::event::{Attribute, Element, MAX_DEPTH, Node, Note, hole};
use crate::value::Value;

/// Damage, and the index in the element's text where it is.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) position: usize,
    pub(super) kind: XmlErrorKind,
}

/// Builds trees, and keeps the names it has seen so that each is allocated once a file and not once an element.
#[derive(Debug, Default)]
pub(super) struct Builder {
    names: HashSet<Arc<str>>,
}

/// Names kept; a file with more different ones than this is not what names are kept for.
const MAX_NAMES: usize = 1024;

/// Notes kept of one event.
const MAX_NOTES: usize = 8;

/// An element whose end tag has not come yet.
struct Open {
    element: Element,
    text: String,
    /// Whether a part of `text` was written as a reference or CDATA, and so is meant even when it is white space.
    deliberate: bool,
}

/// What is known of the event under construction.
#[derive(Default)]
struct State {
    open: Vec<Open>,
    root: Option<Element>,
    nodes: usize,
    notes: Vec<Note>,
}

impl Builder {
    pub(super) fn build(&mut self, text: &str) -> Result<(Element, Vec<Note>), Fault> {
        let mut reader = quick_xml::Reader::from_str(text);
        // A lone `&` is damage in one value, not in the event.
        reader.config_mut().allow_dangling_amp = true;
        let mut state = State::default();
        let mut position = 0;
        loop {
            let fault = |kind| Fault { position, kind };
            let token = reader.read_event().map_err(|error| Fault {
                position: usize::try_from(reader.error_position()).unwrap_or(position),
                kind: XmlErrorKind::unexpected("well-formed XML", error.to_string()),
            })?;
            match token {
                Token::Start(tag) => self.start(&mut state, &tag).map_err(fault)?,
                Token::Empty(tag) => {
                    self.start(&mut state, &tag).map_err(fault)?;
                    state.end();
                }
                Token::End(_) => state.end(),
                Token::Text(piece) => state.text(&piece.into_inner(), false),
                Token::CData(piece) => state.text(&piece.into_inner(), true),
                Token::GeneralRef(name) => state.reference(&name.into_inner()),
                Token::PI(instruction) => {
                    if let (Some(reason), Some(open)) = (
                        hole::from_instruction(&instruction.into_inner()),
                        state.open.last_mut(),
                    ) {
                        open.flush();
                        open.element.children.push(Node::Unreadable(reason));
                        state.nodes = state.nodes.saturating_add(1);
                    }
                }
                Token::Eof => break,
                Token::Comment(_) | Token::Decl(_) | Token::DocType(_) => {}
            }
            if state.nodes > MAX_NODES {
                return Err(fault(XmlErrorKind::TooMuch {
                    what: "nodes",
                    most: MAX_NODES,
                }));
            }
            position = usize::try_from(reader.buffer_position()).unwrap_or(MAX_EVENT_BYTES);
        }
        let fault = |kind| Fault { position, kind };
        let Some(root) = state.root.filter(|_| state.open.is_empty()) else {
            return Err(fault(XmlErrorKind::unexpected("</Event>", "the end")));
        };
        if root.child("System").is_none() && root.unreadable().is_none() {
            let first = root.elements().next().map(|child| child.name.to_string());
            let kind = XmlErrorKind::unexpected(
                "an Event element with a System element",
                first.map_or("none".to_owned(), |name| format!("element {name:?}")),
            );
            return Err(Fault { position: 0, kind });
        }
        Ok((root, state.notes))
    }

    fn start(&mut self, state: &mut State, tag: &BytesStart<'_>) -> Result<(), XmlErrorKind> {
        if state.open.len() >= MAX_DEPTH {
            return Err(XmlErrorKind::TooMuch {
                what: "nested elements",
                most: MAX_DEPTH,
            });
        }
        let mut element = Element::new(self.name(local(tag.name().as_ref())));
        state.nodes = state.nodes.saturating_add(1);
        // Looking for duplicates would compare every attribute with every other; the first of a name is the one that is found.
        let mut attributes = tag.attributes();
        for attribute in attributes.with_checks(false) {
            let attribute = attribute.map_err(|error| {
                XmlErrorKind::unexpected("an attribute name='value'", error.to_string())
            })?;
            let name: &str = attribute.key.as_ref();
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            state.nodes = state.nodes.saturating_add(1);
            if state.nodes > MAX_NODES {
                break;
            }
            let value = Value::Text(unescape(&attribute.value, &mut state.notes));
            let name = self.name(local(name));
            element.attributes.push(Attribute { name, value });
        }
        if let Some(parent) = state.open.last_mut() {
            parent.flush();
        }
        state.open.push(Open {
            element,
            text: String::new(),
            deliberate: false,
        });
        Ok(())
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let name: Arc<str> = Arc::from(name);
        if self.names.len() < MAX_NAMES {
            self.names.insert(name.clone());
        }
        name
    }
}

impl State {
    fn text(&mut self, text: &str, deliberate: bool) {
        if let Some(open) = self.open.last_mut() {
            open.text.push_str(text);
            open.deliberate |= deliberate;
            self.nodes = self.nodes.saturating_add(1);
        }
    }

    fn reference(&mut self, name: &str) {
        match resolve(name) {
            Some(char) => self.text(char.encode_utf8(&mut [0; 4]), true),
            None => {
                self.text(&format!("&{name};"), true);
                note(&mut self.notes, name);
            }
        }
    }

    fn end(&mut self) {
        let Some(mut open) = self.open.pop() else {
            return;
        };
        // White space that is all an element holds is its value, except in elements that only hold others.
        let holds_others = matches!(
            &*open.element.name,
            "Event" | "System" | "EventData" | "UserData" | "RenderingInfo"
        );
        if open.element.children.is_empty() && !holds_others {
            open.deliberate = true;
        }
        open.flush();
        match self.open.last_mut() {
            Some(parent) => parent.element.children.push(Node::Element(open.element)),
            None => self.root = self.root.take().or(Some(open.element)),
        }
    }
}

impl Open {
    /// Makes a node of the text so far, unless it is only the white space that lays the markup out.
    fn flush(&mut self) {
        let blank = || self.text.bytes().all(|b| b.is_ascii_whitespace());
        if !self.text.is_empty() && (self.deliberate || !blank()) {
            let text = std::mem::take(&mut self.text);
            self.element.children.push(Node::Value(Value::Text(text)));
        }
        self.text.clear();
        self.deliberate = false;
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn note(notes: &mut Vec<Note>, name: &str) {
    if notes.len() < MAX_NOTES {
        notes.push(Note::UnknownEntity(name.chars().take(64).collect()));
    }
}

/// The character a reference names, without its `&` and `;`. Control characters are allowed: the event held them.
fn resolve(name: &str) -> Option<char> {
    let code = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "apos" => return Some('\''),
        "quot" => return Some('"'),
        _ => name.strip_prefix('#')?,
    };
    let code = match code.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => code.parse(),
    };
    char::from_u32(code.ok()?)
}

/// Text with its references resolved; what is not a reference XML predefines stays as it is written.
pub(in crate::event) fn unescape(text: &str, notes: &mut Vec<Note>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        // No reference is longer than `&#x0010FFFF;`; a bound keeps text full of ampersands linear.
        let window = after
            .char_indices()
            .nth(32)
            .map_or(after.len(), |(at, _)| at);
        let window = after.get(..window).unwrap_or(after);
        let reference = window.split_once(';').map(|(name, _)| name);
        match reference.map(|name| (name, resolve(name))) {
            Some((name, Some(char))) => {
                out.push(char);
                rest = after.get(name.len() + 1..).unwrap_or_default();
            }
            unknown => {
                note(notes, unknown.map_or("", |(name, _)| name));
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
