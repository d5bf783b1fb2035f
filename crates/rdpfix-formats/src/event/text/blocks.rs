//! Where one event of a text file ends and the next begins.

use super::console::{self, Line};
use super::labels::{self, Field};
use super::{TextError, TextErrorKind, labelled, powershell};
use crate::event::xml::{self, XmlError};
use crate::event::{Element, LocatedEvent, Node};

/// What begins at a line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Start {
    /// `Event[0]:` of `wevtutil`.
    Numbered,
    /// The first label of Event Viewer's text.
    Viewer,
    PowerShell,
    Xml,
    /// A command line: nothing, until something else begins.
    Prompt,
}

/// How many lines are looked at to see what begins at the first of them.
const LOOK_AHEAD: usize = 24;

/// The events of a file, in its order.
pub(super) fn events(lines: &[Line<'_>]) -> Vec<Result<LocatedEvent, TextError>> {
    let mut events = Vec::new();
    let mut rest = lines;
    // Text above `Event Xml:`, kept until it is known whether the XML below it is whole.
    let mut above: Option<Result<LocatedEvent, TextError>> = None;
    while let Some((at, start)) = next_start(rest) {
        let block = rest.get(at..).unwrap_or_default();
        let length = length(block, start);
        let (block, after) = block.split_at(length.min(block.len()));
        rest = after;
        let Some(first) = block.first() else {
            break;
        };
        if start == Start::Xml {
            let mut read = read_xml(block, first.offset);
            match (read.first_mut(), above.take()) {
                (Some(Ok(event)), Some(Ok(text))) => add_message(event, &text),
                (Some(Ok(_)), _) => {}
                (_, text) => events.extend(text),
            }
            events.append(&mut read);
            continue;
        }
        events.extend(above.take());
        let read = match start {
            Start::Numbered => {
                let lines = block.get(1..).unwrap_or_default();
                labelled::read(lines, first.offset, true).into_event()
            }
            Start::Viewer => labelled::read(block, first.offset, false).into_event(),
            Start::PowerShell => powershell::read(block, first.offset).into_event(),
            Start::Xml | Start::Prompt => continue,
        };
        if announces_xml(block) {
            above = Some(read);
        } else {
            events.push(read);
        }
    }
    events.extend(above);
    events
}

fn next_start(lines: &[Line<'_>]) -> Option<(usize, Start)> {
    (0..lines.len()).find_map(|at| Some((at, start(lines.get(at..)?)?)))
}

fn start(lines: &[Line<'_>]) -> Option<Start> {
    let text = &*lines.first()?.text;
    let ahead = lines.get(..LOOK_AHEAD.min(lines.len())).unwrap_or(lines);
    let trimmed = text.trim_start();
    if trimmed.starts_with("<Event ") || trimmed.starts_with("<Event>") {
        Some(Start::Xml)
    } else if labelled::is_numbered(text) {
        Some(Start::Numbered)
    } else if console::is_prompt(text) {
        Some(Start::Prompt)
    } else if powershell::is_start(ahead) {
        Some(Start::PowerShell)
    } else if labelled::is_viewer(ahead) {
        Some(Start::Viewer)
    } else {
        None
    }
}

/// How many lines belong to what begins at the first of them.
fn length(lines: &[Line<'_>], kind: Start) -> usize {
    match kind {
        Start::Prompt => 1,
        Start::Xml => xml_length(lines),
        Start::PowerShell => {
            let length = powershell::length(lines);
            until_next(lines.get(..length).unwrap_or(lines), 1, kind)
        }
        // The labels of wevtutil's own block would be taken for those of Event Viewer.
        Start::Numbered => until_next(lines, 3, kind),
        Start::Viewer => until_next(lines, 2, kind),
    }
}

fn until_next(lines: &[Line<'_>], from: usize, kind: Start) -> usize {
    let found = (from..lines.len()).find(|at| {
        let next = lines.get(*at..).and_then(start);
        // A block of properties holds many lines that look like the beginning of one.
        next.is_some_and(|next| next != Start::PowerShell || kind != Start::PowerShell)
    });
    // `Event[1]:` right after `Event[0]:` ends it, too.
    let numbered = lines
        .iter()
        .take(from)
        .skip(1)
        .position(|line| labelled::is_numbered(&line.text));
    numbered
        .map(|at| at.saturating_add(1))
        .or(found)
        .unwrap_or(lines.len())
}

/// To the line that ends the event and begins no other, wherever the console cut the end tag, or to the next beginning.
fn xml_length(lines: &[Line<'_>]) -> usize {
    let mut before = "";
    for (at, line) in lines.iter().enumerate() {
        let text = &*line.text;
        if at > 0 && text.trim_start().starts_with("<Event ") {
            return at;
        }
        let across = |length: usize| {
            let tail = before.len().saturating_sub(length);
            let tail = before.get(tail..).unwrap_or_default();
            let head = text.get(..length.min(text.len())).unwrap_or_default();
            tail.len() < before.len() && format!("{tail}{head}").contains("</Event>")
        };
        if (text.rfind("</Event>") > text.rfind("<Event ")) || (at > 0 && across(7)) {
            return at.saturating_add(1);
        }
        before = text;
    }
    lines.len()
}

fn announces_xml(block: &[Line<'_>]) -> bool {
    let last = block.iter().rev().find(|line| !line.text.trim().is_empty());
    let label = last.and_then(|line| labels::split(&line.text));
    label.is_some_and(|(label, value)| {
        value.is_empty() && labels::field(label) == Some(Field::EventXml)
    })
}

/// Reads XML between text lines, put together again where a console cut it.
fn read_xml(block: &[Line<'_>], offset: u64) -> Vec<Result<LocatedEvent, TextError>> {
    let width = console::cut_at(block.iter().map(|line| &*line.text));
    // Every line but the last is full only when it was the console that broke them.
    let full = |line: &Line<'_>| width == Some(console::columns(&line.text));
    let cut = block
        .split_last()
        .is_some_and(|(_, all)| all.iter().all(full));
    let mut text = String::new();
    for line in block {
        text.push_str(&line.text);
        if !cut {
            text.push('\n');
        }
    }
    let note = block.iter().find_map(|line| line.note.clone());
    let located = |item: Result<LocatedEvent, XmlError>| match item {
        Ok(mut event) => {
            event.offset = offset;
            event.notes.extend(note.clone());
            Ok(event)
        }
        Err(XmlError { kind, .. }) => Err(TextError {
            offset,
            kind: TextErrorKind::Xml(kind),
        }),
    };
    xml::events(text.as_bytes()).map(located).collect()
}

/// Event Viewer's XML carries no message, but the text above it does.
fn add_message(event: &mut LocatedEvent, text: &LocatedEvent) {
    let root = &mut event.event.root;
    let info: Option<&Element> = text.event.root.child("RenderingInfo");
    if let (None, Some(info)) = (root.child("RenderingInfo"), info) {
        root.children.push(Node::Element(info.clone()));
    }
}
