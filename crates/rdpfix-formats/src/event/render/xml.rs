//! Event to XML, as `wevtutil qe /f:xml` prints it.

use std::collections::BTreeSet;

use crate::event::{Element, Event, MAX_DEPTH, Node, hole};
use crate::reading::Reason;
use crate::value::Value;

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// The event on one line: single-quoted attributes, nothing between elements, as `wevtutil` writes it.
///
/// The result is always well-formed. Line breaks in values become character references; characters XML 1.0 does not allow
/// become U+FFFD, and in names anything a name may not hold becomes `_`. A hole becomes the instruction `<?rdpfix-unreadable …?>`,
/// which reading the XML again turns back into the hole. Namespaces inside the event are not kept by the tree and so not written.
pub fn xml(event: &Event) -> String {
    let mut writer = Writer::default();
    writer.element(&event.root, 0);
    writer.out
}

/// The event with one element a line, for people. Text is as exact as in [`xml`]: only the space between elements differs.
pub fn xml_indented(event: &Event) -> String {
    let mut writer = Writer {
        indented: true,
        ..Writer::default()
    };
    writer.element(&event.root, 0);
    writer.out.push('\n');
    writer.out
}

/// Whether XML 1.0 allows the character, even as a reference.
pub(in crate::event) const fn is_xml_char(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

#[derive(Default)]
struct Writer {
    out: String,
    indented: bool,
}

impl Writer {
    fn element(&mut self, element: &Element, depth: usize) {
        self.out.push('<');
        let name = self.name(&element.name);
        if depth == 0 {
            self.out.push_str(&format!(" xmlns='{NAMESPACE}'"));
        }
        let mut seen = BTreeSet::new();
        for attribute in &element.attributes {
            let at = self.out.len();
            self.out.push(' ');
            let name = self.name(&attribute.name);
            // XML allows each name once, and `xmlns` is not an attribute but a declaration.
            if name.starts_with("xmlns") || !seen.insert(name) {
                self.out.truncate(at);
                continue;
            }
            self.out.push_str("='");
            self.text(&attribute.value.to_string(), true);
            self.out.push('\'');
        }
        if element.children.is_empty() {
            self.out.push_str("/>");
            return;
        }
        self.out.push('>');
        // Where text stands beside elements, white space would change it.
        let indented =
            self.indented && !element.children.iter().any(|n| matches!(n, Node::Value(_)));
        for child in &element.children {
            if indented {
                self.line(depth.saturating_add(1));
            }
            match child {
                Node::Element(child) if depth >= MAX_DEPTH => {
                    let what = format!("element {:?} nests too deep", child.name);
                    self.hole(&Reason::Damaged(what));
                }
                Node::Element(child) => self.element(child, depth.saturating_add(1)),
                Node::Value(value) => self.value(value),
                Node::Unreadable(reason) => self.hole(reason),
            }
        }
        if indented {
            self.line(depth);
        }
        self.out.push_str("</");
        self.out.push_str(&name);
        self.out.push('>');
    }

    fn value(&mut self, value: &Value) {
        let text = value.to_string();
        // White space alone would be taken for layout: one reference says that it is meant.
        if let Some(first) = text.chars().next()
            && text.bytes().all(|b| b.is_ascii_whitespace())
        {
            self.out.push_str(&format!("&#{};", u32::from(first)));
            self.text(text.get(first.len_utf8()..).unwrap_or_default(), false);
        } else {
            self.text(&text, false);
        }
    }

    fn text(&mut self, text: &str, attribute: bool) {
        for char in text.chars() {
            match char {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '\'' => self.out.push_str("&apos;"),
                '"' => self.out.push_str("&quot;"),
                // Literal line breaks would be normalised by XML readers, and would end the event's line.
                '\r' | '\n' | '\u{85}' | '\u{2028}' => {
                    self.out.push_str(&format!("&#{};", u32::from(char)));
                }
                '\t' if attribute => self.out.push_str("&#9;"),
                _ if is_xml_char(char) => self.out.push(char),
                _ => self.out.push(char::REPLACEMENT_CHARACTER),
            }
        }
    }

    /// Writes a name that is one, and gives it.
    fn name(&mut self, name: &str) -> String {
        let mut written: String = name
            .chars()
            .map(|char| match char {
                _ if char.is_alphanumeric() || matches!(char, '_' | '-' | '.') => char,
                _ => '_',
            })
            .collect();
        if !written.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            written.insert(0, '_');
        }
        self.out.push_str(&written);
        written
    }

    fn hole(&mut self, reason: &Reason) {
        self.out.push_str("<?");
        self.out.push_str(&hole::to_instruction(reason));
        self.out.push_str("?>");
    }

    fn line(&mut self, depth: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", depth));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event::new(
            Element::new("Event")
                .with_child(
                    Element::new("System")
                        .with_child(
                            Element::new("Provider").with_attribute("Name", Value::text("O'Neil")),
                        )
                        .with_child(Element::new("EventID").with_value(Value::U16(1058)))
                        .with_unreadable(Reason::LostInText),
                )
                .with_child(
                    Element::new("EventData").with_child(
                        Element::new("Data").with_value(Value::text("a<b>\r\n\u{1b}&\"")),
                    ),
                ),
        )
    }

    #[test]
    fn one_line_as_wevtutil_writes_it() {
        assert_eq!(
            xml(&event()),
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
             <Provider Name='O&apos;Neil'/><EventID>1058</EventID>\
             <?rdpfix-unreadable lost in the text export?></System>\
             <EventData><Data>a&lt;b&gt;&#13;&#10;\u{FFFD}&amp;&quot;</Data></EventData></Event>"
        );
    }

    #[test]
    fn indented_for_people() {
        let text = xml_indented(&event());
        assert!(text.contains("\n  <System>\n    <Provider"));
        assert!(text.ends_with("\n</Event>\n"));
        assert!(text.contains("    <EventID>1058</EventID>\n"));
    }

    #[test]
    fn hostile_names_and_depth_stay_well_formed() {
        let mut deep = Element::new("x><y");
        for _ in 0..200 {
            deep = Element::new("1 a").with_child(deep);
        }
        let text = xml(&Event::new(
            Element::new("Event")
                .with_child(Element::new("System"))
                .with_child(deep)
                .with_attribute("a b", Value::U8(1))
                .with_attribute("a_b", Value::U8(2)),
        ));
        assert!(text.contains("a_b='1'>"));
        assert!(!text.contains("a_b='2'"));
        assert!(text.contains("_1_a"));
        assert!(text.contains("nests too deep"));
    }
}
