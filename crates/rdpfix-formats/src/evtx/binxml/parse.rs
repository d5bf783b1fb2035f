//! A BinXML stream into [`Item`]s. No values are filled in here, and no template is followed.

use std::sync::Arc;

use super::name::Names;
use super::template::{AttributeItem, ElementItem, Instance, Item};
use super::token::Token;
use super::value::{self, kind};
use super::{BinXmlError, MAX_FRAGMENT_DEPTH};
use crate::cursor::Cursor;
use crate::event::MAX_DEPTH;
use crate::value::Value;

/// Where a stream stands and what it may use.
pub(super) struct Stream<'a> {
    /// Over the chunk up to the stream's end, at the stream's start.
    pub(super) cursor: Cursor<'a>,
    /// Over the whole chunk.
    pub(super) chunk: Cursor<'a>,
    /// Whether it is a template definition's, whose elements carry a dependency.
    pub(super) is_definition: bool,
    /// How many fragments it is embedded in.
    pub(super) depth: usize,
}

struct Parser<'n, 'a> {
    stream: Stream<'a>,
    names: &'n mut Names,
    roots: Vec<Item<'a>>,
    /// Elements whose end was not met yet, outermost first.
    open: Vec<ElementItem<'a>>,
    /// Whether the innermost open element is still in its start tag, where values belong to its last attribute.
    in_start: bool,
}

/// Parses the stream to its end.
pub(super) fn parse<'a>(
    stream: Stream<'a>,
    names: &mut Names,
) -> Result<Vec<Item<'a>>, BinXmlError> {
    if stream.depth > MAX_FRAGMENT_DEPTH {
        return Err(BinXmlError::TooMuch {
            what: "BinXML in BinXML",
            offset: stream.cursor.offset(),
            expected: MAX_FRAGMENT_DEPTH,
        });
    }
    let mut parser = Parser {
        stream,
        names,
        roots: Vec::new(),
        open: Vec::new(),
        in_start: false,
    };
    while parser.stream.cursor.remaining() > 0 {
        let offset = parser.stream.cursor.offset();
        let byte = parser.stream.cursor.u8("BinXML token")?;
        let token = Token::from_byte(byte, offset)?;
        if token == Token::EndOfStream {
            break;
        }
        parser.token(token, offset)?;
    }
    parser.finish()
}

impl<'a> Parser<'_, 'a> {
    fn token(&mut self, token: Token, offset: u64) -> Result<(), BinXmlError> {
        let cursor = &mut self.stream.cursor;
        match token {
            Token::EndOfStream => Ok(()),
            Token::FragmentHeader => {
                cursor.take(3, "fragment header")?;
                Ok(())
            }
            Token::OpenStart { attributes } => self.open_start(attributes, offset),
            Token::Attribute => self.attribute(offset),
            Token::CloseStart => self.close_start(offset),
            Token::CloseEmpty => {
                self.close_start(offset)?;
                self.end_element(offset)
            }
            Token::EndElement => self.end_element(offset),
            Token::Value => self.value(offset),
            Token::CData => {
                let text = value::counted_text(cursor)?;
                self.push(Item::Literal(Value::Text(text)), offset)
            }
            Token::CharacterReference => {
                let unit = cursor.u16("character reference")?;
                let text = String::from_utf16_lossy(&[unit]);
                self.push(Item::Literal(Value::Text(text)), offset)
            }
            Token::EntityReference => {
                let name = self.names.read(cursor, self.stream.chunk)?;
                self.push(Item::Literal(Value::Text(entity(&name))), offset)
            }
            // A processing instruction is no part of an event's tree.
            Token::PiTarget => self.names.read(cursor, self.stream.chunk).map(drop),
            Token::PiData => value::counted_text(cursor).map(drop),
            Token::TemplateInstance => {
                let instance = Instance::read(cursor)?;
                self.push(Item::Instance(instance), offset)
            }
            Token::Substitution { optional } => {
                let index = cursor.u16("index of a substitution")?;
                cursor.u8("type of a substitution")?;
                self.push(Item::Substitution { index, optional }, offset)
            }
        }
    }

    fn open_start(&mut self, attributes: bool, offset: u64) -> Result<(), BinXmlError> {
        if self.in_start {
            return Err(unexpected(
                offset,
                "the end of the start tag before an element",
                1,
            ));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(BinXmlError::TooMuch {
                what: "nested elements",
                offset,
                expected: MAX_DEPTH,
            });
        }
        let cursor = &mut self.stream.cursor;
        let mut dependency = None;
        if self.stream.is_definition {
            let index = cursor.u16("dependency of an element")?;
            dependency = (index != u16::MAX).then_some(index);
        }
        cursor.u32("size of an element")?;
        let name = self.names.read(cursor, self.stream.chunk)?;
        if attributes {
            cursor.u32("size of an attribute list")?;
        }
        self.open.push(ElementItem {
            name: local(name),
            dependency,
            attributes: Vec::new(),
            content: Vec::new(),
            has_substitution: false,
        });
        self.in_start = true;
        Ok(())
    }

    fn attribute(&mut self, offset: u64) -> Result<(), BinXmlError> {
        let name = self
            .names
            .read(&mut self.stream.cursor, self.stream.chunk)?;
        match self.open.last_mut() {
            Some(element) if self.in_start => {
                element.attributes.push(AttributeItem {
                    name,
                    pieces: Vec::new(),
                });
                Ok(())
            }
            _ => Err(unexpected(offset, "an attribute only in a start tag", 6)),
        }
    }

    fn close_start(&mut self, offset: u64) -> Result<(), BinXmlError> {
        let element = self.open.last_mut().filter(|_| self.in_start);
        let Some(element) = element else {
            return Err(unexpected(offset, "the end of a start tag only in one", 2));
        };
        // An attribute that got no value at all is not rendered; a namespace declaration is not kept.
        element.attributes.retain(|attribute| {
            let declaration = &*attribute.name == "xmlns" || attribute.name.starts_with("xmlns:");
            !attribute.pieces.is_empty() && !declaration
        });
        for attribute in &mut element.attributes {
            attribute.name = local(Arc::clone(&attribute.name));
        }
        self.in_start = false;
        Ok(())
    }

    fn end_element(&mut self, offset: u64) -> Result<(), BinXmlError> {
        match self.open.pop() {
            Some(element) if !self.in_start => self.push(Item::Element(element), offset),
            _ => Err(unexpected(
                offset,
                "the end of an element only behind its start",
                4,
            )),
        }
    }

    fn value(&mut self, offset: u64) -> Result<(), BinXmlError> {
        let mut ahead = self.stream.cursor;
        if ahead.u8("type of a literal value")? != kind::BINXML {
            let value = value::literal(&mut self.stream.cursor)?;
            return self.push(Item::Literal(value), offset);
        }
        let length = ahead.length16("length of embedded BinXML")?;
        let start = ahead;
        ahead.take(length, "embedded BinXML")?;
        self.stream.cursor = ahead;
        let fragment = Stream {
            cursor: start.until(ahead.position()),
            chunk: self.stream.chunk,
            is_definition: false,
            depth: self.stream.depth.saturating_add(1),
        };
        for item in parse(fragment, self.names)? {
            self.push(item, offset)?;
        }
        Ok(())
    }

    /// Adds an item where the stream stands: to an attribute, to an element, or to the stream itself.
    fn push(&mut self, item: Item<'a>, offset: u64) -> Result<(), BinXmlError> {
        let Some(element) = self.open.last_mut() else {
            self.roots.push(item);
            return Ok(());
        };
        element.has_substitution |= matches!(item, Item::Substitution { .. });
        let items = if self.in_start {
            let is_value = matches!(item, Item::Literal(_) | Item::Substitution { .. });
            let attribute = element.attributes.last_mut().filter(|_| is_value);
            let Some(attribute) = attribute else {
                return Err(unexpected(
                    offset,
                    "a value only behind the name of an attribute",
                    5,
                ));
            };
            &mut attribute.pieces
        } else {
            &mut element.content
        };
        match (items.last_mut(), item) {
            (Some(Item::Literal(Value::Text(before))), Item::Literal(Value::Text(text))) => {
                before.push_str(&text);
            }
            (_, item) => items.push(item),
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Item<'a>>, BinXmlError> {
        if self.open.is_empty() {
            return Ok(self.roots);
        }
        Err(unexpected(
            self.stream.cursor.offset(),
            "the end of every element before that of the stream",
            0,
        ))
    }
}

fn unexpected(offset: u64, expected: &'static str, found: u64) -> BinXmlError {
    BinXmlError::Unexpected {
        what: "order of BinXML tokens",
        offset,
        expected,
        found,
    }
}

/// The name without its namespace prefix.
fn local(name: Arc<str>) -> Arc<str> {
    match name.rsplit_once(':') {
        Some((_, local)) => Arc::from(local),
        None => name,
    }
}

/// The character of an entity that XML defines; others stay as they are written.
fn entity(name: &str) -> String {
    match name {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        other => format!("&{other};"),
    }
}
