//! What the tests over event logs share: a plain tree that both our events and other readers' XML become, and the corpus.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "each test uses a part of it, and it is a test"
)]

use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Xml};
use rdpfix_formats::event::{Element, Node};
use rdpfix_formats::value::Value;

/// An element reduced to what every reader agrees on: local names, attributes in order, text, children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plain {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Plain>,
}

impl Plain {
    pub fn child(&self, name: &str) -> Option<&Plain> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first place where two trees differ: path, left, right.
    pub fn difference(&self, other: &Plain) -> Option<String> {
        let at = |what: &str, left: &dyn std::fmt::Debug, right: &dyn std::fmt::Debug| {
            Some(format!("{}{what}: {left:?} and {right:?}", self.name))
        };
        if self.name != other.name {
            return at("", &self.name, &other.name);
        }
        if self.attributes != other.attributes {
            return at("/@", &self.attributes, &other.attributes);
        }
        if self.text != other.text {
            return at("", &self.text, &other.text);
        }
        if self.children.len() != other.children.len() {
            let names = |plain: &Plain| {
                plain
                    .children
                    .iter()
                    .map(|c| c.name.clone())
                    .collect::<Vec<_>>()
            };
            return at("/*", &names(self), &names(other));
        }
        let mut pairs = self.children.iter().zip(&other.children);
        let found = pairs.find_map(|(left, right)| left.difference(right));
        found.map(|path| format!("{}/{path}", self.name))
    }
}

/// Characters that XML does not allow are written as `_` by Windows and by other readers.
fn allowed(text: &str) -> String {
    let allowed = |c: char| match c {
        '\t' | '\n' | '\r' => c,
        '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => '_',
        other => other,
    };
    text.chars().map(allowed).collect()
}

/// One of our elements.
pub fn plain(element: &Element) -> Plain {
    let mut result = Plain {
        name: element.name.to_string(),
        ..Plain::default()
    };
    for attribute in &element.attributes {
        result.attributes.push((
            attribute.name.to_string(),
            allowed(&shown(&attribute.value)),
        ));
    }
    for child in &element.children {
        match child {
            Node::Element(child) => result.children.push(plain(child)),
            Node::Value(value) => result.text.push_str(&allowed(&shown(value))),
            Node::Unreadable(reason) => result.text.push_str(&format!("[{reason}]")),
        }
    }
    result
}

/// A value as the peers write it: a GUID in lower case, where Windows has written either.
fn shown(value: &Value) -> String {
    match value {
        Value::Guid(guid) => guid.to_string().to_lowercase(),
        other => other.to_string(),
    }
}

fn start(element: &BytesStart<'_>) -> Plain {
    let local = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
    let mut result = Plain {
        name: local(element.name().as_ref()),
        ..Plain::default()
    };
    for attribute in element.attributes() {
        let attribute = attribute.expect("an attribute");
        let name = attribute.key.as_ref();
        if name == "xmlns" || name.starts_with("xmlns:") {
            continue;
        }
        let value = quick_xml::escape::unescape(&attribute.value).expect("an attribute's value");
        result.attributes.push((local(name), value.into_owned()));
    }
    result
}

/// The `Event` element of an XML document.
pub fn parse_xml(xml: &str) -> Plain {
    let mut reader = Reader::from_str(xml);
    let mut open = vec![Plain::default()];
    loop {
        match reader.read_event().expect("well-formed XML") {
            Xml::Start(element) => open.push(start(&element)),
            Xml::Empty(element) => {
                let child = start(&element);
                open.last_mut().expect("a parent").children.push(child);
            }
            Xml::End(_) => {
                let child = open.pop().expect("an element");
                open.last_mut().expect("a parent").children.push(child);
            }
            Xml::Text(text) => open.last_mut().expect("a parent").text.push_str(&text),
            Xml::CData(text) => open.last_mut().expect("a parent").text.push_str(&text),
            Xml::GeneralRef(name) => {
                let raw = format!("&{};", &*name);
                let text = quick_xml::escape::unescape(&raw).expect("a known entity");
                open.last_mut().expect("a parent").text.push_str(&text);
            }
            Xml::Eof => break,
            _ => {}
        }
    }
    let document = open.pop().expect("the document");
    document.children.into_iter().next().expect("a root")
}

/// White space between elements, which indenting readers add and nobody means.
pub fn without_layout(mut plain: Plain) -> Plain {
    if !plain.children.is_empty() && plain.text.trim().is_empty() {
        plain.text.clear();
    }
    plain.children = plain.children.into_iter().map(without_layout).collect();
    plain
}

/// The folder of real event logs; `None` when it is not on this machine.
pub fn corpus() -> Option<PathBuf> {
    let corpus = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/corpus/evtx"
    ));
    if corpus.is_dir() {
        return Some(corpus.to_owned());
    }
    assert!(
        !is_set("RDPFIX_REQUIRE_CORPUS"),
        "RDPFIX_REQUIRE_CORPUS is set and {} is no folder",
        corpus.display()
    );
    println!("skipped: {} is no folder", corpus.display());
    None
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test asks what it must not skip"
)]
pub fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some()
}

#[expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]
pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a readable fixture")
}

/// All `.evtx` files below `folder`, in order.
pub fn logs_below(folder: &Path) -> Vec<PathBuf> {
    let mut logs = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("a folder entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "evtx")
            {
                logs.push(path);
            }
        }
    }
    logs.sort();
    logs
}
