//! `QueryList`: several XPaths, each with the log it is for.
//!
//! <https://learn.microsoft.com/windows/win32/wes/queryschema-schema>, \[MS-EVEN6\] 2.2.16.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::diagnostic::{Diagnostic, Span};
use crate::parse;
use crate::query::{LogPath, Rule, RuleKind, Subquery};
use crate::token::{Glyph, cdata_glyphs, xml_glyphs};

/// Parses a `QueryList`; all findings go to `diagnostics`.
///
/// Returns `None` when the XML cannot be read at all.
pub(crate) fn parse(text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Vec<Subquery>> {
    let mut reader = ListReader {
        text,
        inside: Inside::Document,
        queries: Vec::new(),
        open: None,
        unknown: 0,
        diagnostics,
    };
    let mut xml = Reader::from_str(text);
    // A lone `&` is reported by the XPath it stands in, with its place.
    xml.config_mut().allow_dangling_amp = true;
    loop {
        let start = position(xml.buffer_position());
        let event = match xml.read_event() {
            Ok(event) => event,
            Err(error) => {
                let at = position(xml.error_position());
                let message = format!("not well-formed XML at byte {at}: {error}");
                reader.error(Span::new(at, at + 1), message);
                return None;
            }
        };
        let span = Span::new(start, position(xml.buffer_position()));
        if matches!(event, Event::Eof) {
            break;
        }
        reader.event(&event, span);
    }
    reader.finish()
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Which element the reader stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Document,
    List,
    Query,
    Rule,
    After,
}

/// A rule whose end tag was not seen yet.
struct OpenRule {
    kind: RuleKind,
    path: Option<LogPath>,
    glyphs: Vec<Glyph>,
    span: Span,
}

struct ListReader<'a> {
    text: &'a str,
    inside: Inside,
    queries: Vec<Subquery>,
    open: Option<OpenRule>,
    /// How many elements that do not belong here are open; what they enclose is passed over.
    unknown: usize,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl ListReader<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(span, message));
    }

    fn event(&mut self, event: &Event<'_>, span: Span) {
        let raw = self.text.get(span.start..span.end).unwrap_or_default();
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::Empty(tag) => {
                self.start(tag, span);
                self.end(span);
            }
            Event::End(_) => self.end(span),
            Event::Text(_) | Event::GeneralRef(_) => self.characters(raw, span),
            Event::CData(_) => {
                let content = raw
                    .strip_prefix("<![CDATA[")
                    .and_then(|raw| raw.strip_suffix("]]>"));
                if let (Some(rule), Some(content)) = (&mut self.open, content) {
                    cdata_glyphs(content, span.start + "<![CDATA[".len(), &mut rule.glyphs);
                }
            }
            Event::DocType(_) => self.error(span, "a QueryList has no document type declaration"),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {}
        }
    }

    fn characters(&mut self, raw: &str, span: Span) {
        if let Some(rule) = &mut self.open {
            xml_glyphs(raw, span.start, &mut rule.glyphs, self.diagnostics);
        } else if !raw
            .trim_matches(['\u{FEFF}', ' ', '\t', '\r', '\n'])
            .is_empty()
            && self.unknown == 0
        {
            let expected = match self.inside {
                Inside::Query => "`<Select>` or `<Suppress>`",
                Inside::List => "`<Query>`",
                _ => "`<QueryList>` alone",
            };
            self.error(span, format!("expected {expected}, found text"));
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, span: Span) {
        if self.unknown > 0 {
            self.unknown += 1;
            return;
        }
        let name = tag.local_name();
        match (self.inside, name.as_ref()) {
            (Inside::Document, "QueryList") => self.inside = Inside::List,
            (Inside::List, "Query") => {
                self.inside = Inside::Query;
                let id = self.attribute(tag, "Id", span);
                let id = id.and_then(|(text, at)| self.id(&text, at));
                let path = self.path(tag, span);
                self.queries.push(Subquery {
                    id,
                    path,
                    rules: Vec::new(),
                    span,
                });
            }
            (Inside::Query, rule @ ("Select" | "Suppress")) => {
                self.inside = Inside::Rule;
                let kind = if rule == "Select" {
                    RuleKind::Select
                } else {
                    RuleKind::Suppress
                };
                self.open = Some(OpenRule {
                    kind,
                    path: self.path(tag, span),
                    glyphs: Vec::new(),
                    span,
                });
            }
            (inside, found) => {
                let expected = match inside {
                    Inside::Document => "`<QueryList>`",
                    Inside::List => "`<Query>`",
                    Inside::Query => "`<Select>` or `<Suppress>`",
                    Inside::Rule => "an XPath",
                    Inside::After => "the end of the query",
                };
                self.error(span, format!("expected {expected}, found `<{found}>`"));
                self.unknown = 1;
            }
        }
    }

    fn id(&mut self, text: &str, span: Span) -> Option<i64> {
        let id = text.trim().parse().ok();
        if id.is_none() {
            self.error(span, "expected a whole number as `Id`");
        }
        id
    }

    fn path(&mut self, tag: &BytesStart<'_>, span: Span) -> Option<LogPath> {
        let (text, span) = self.attribute(tag, "Path", span)?;
        Some(LogPath { text, span })
    }

    /// The attribute's value and where it stands.
    fn attribute(
        &mut self,
        tag: &BytesStart<'_>,
        name: &str,
        span: Span,
    ) -> Option<(String, Span)> {
        for attribute in tag.attributes() {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => {
                    self.error(span, format!("not well-formed XML: {error}"));
                    return None;
                }
            };
            if attribute.key.as_ref() != name {
                continue;
            }
            let raw = self.text.get(span.start..span.end).unwrap_or_default();
            let after = raw.find(&format!(" {name}")).unwrap_or(0);
            let offset = raw
                .get(after..)
                .and_then(|rest| rest.find(&*attribute.value));
            let at = offset.map_or(span, |offset| {
                let start = span.start + after + offset;
                Span::new(start, start + attribute.value.len())
            });
            return match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => Some((value.into_owned(), at)),
                Err(error) => {
                    self.error(at, format!("not well-formed XML: {error}"));
                    None
                }
            };
        }
        None
    }

    fn end(&mut self, span: Span) {
        if self.unknown > 0 {
            self.unknown -= 1;
            return;
        }
        match self.inside {
            Inside::Rule => {
                self.inside = Inside::Query;
                self.end_rule(span);
            }
            Inside::Query => {
                self.inside = Inside::List;
                self.end_query();
            }
            Inside::List => self.inside = Inside::After,
            Inside::Document | Inside::After => {}
        }
    }

    fn end_rule(&mut self, span: Span) {
        let Some(rule) = self.open.take() else {
            return;
        };
        let expr = parse::parse(
            &rule.glyphs,
            span.start.max(rule.span.start),
            self.diagnostics,
        );
        if let (Some(expr), Some(query)) = (expr, self.queries.last_mut()) {
            query.rules.push(Rule {
                kind: rule.kind,
                path: rule.path,
                expr,
                span: rule.span,
            });
        }
    }

    fn end_query(&mut self) {
        let Some(query) = self.queries.last() else {
            return;
        };
        let selects = query.rules.iter().any(|rule| rule.kind == RuleKind::Select);
        // A Select with errors is not in the list; its own errors say enough.
        if !selects && parse::errors(self.diagnostics) == 0 {
            let span = query.span;
            self.error(span, "a `<Query>` needs at least one `<Select>`");
        }
    }

    fn finish(mut self) -> Option<Vec<Subquery>> {
        let end = Span::new(self.text.len(), self.text.len());
        match self.inside {
            Inside::After if self.queries.is_empty() => {
                self.error(end, "a `<QueryList>` needs at least one `<Query>`");
            }
            Inside::After => {}
            Inside::Document => self.error(end, "expected `<QueryList>`, found end of query"),
            Inside::List => self.error(end, "expected `</QueryList>`, found end of query"),
            Inside::Query => self.error(end, "expected `</Query>`, found end of query"),
            Inside::Rule => self.error(
                end,
                "expected `</Select>` or `</Suppress>`, found end of query",
            ),
        }
        Some(self.queries)
    }
}
