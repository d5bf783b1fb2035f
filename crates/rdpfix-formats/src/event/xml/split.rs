//! Where events begin and end in a stream, without understanding what is in them.
//!
//! Only as much XML is known here as it takes not to be fooled by a tag that is not one: comments, CDATA, processing
//! instructions and quoted attribute values. An `Event` start tag of the event namespace ends an event that was cut off.

use std::io::{self, Read};
use std::ops::Range;

use super::MAX_EVENT_BYTES;
use super::error::{XmlError, XmlErrorKind};
use crate::encoding::{Encoding, TextReader};

const NAMESPACE: &[u8] = b"http://schemas.microsoft.com/win/2004/08/events/event";

/// How much of what has been read is kept before it is given up.
const KEPT: usize = 64 * 1024;

/// The bytes of one `Event` element.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: u64,
    pub(super) encoding: Encoding,
}

#[derive(Debug)]
pub(super) struct Splitter<R> {
    input: TextReader<R>,
    buffer: Vec<u8>,
    /// Index in `buffer` from which nothing has been looked at.
    at: usize,
    /// An index in `buffer` and its file offset.
    known: (usize, u64),
    ended: bool,
    failed: bool,
    /// How far the buffer is known to hold no end of a comment, of CDATA, of an instruction, so that a file full of
    /// beginnings is not searched to its end for each.
    searched: [usize; 3],
}

/// File offset of an event, and where it lies in the buffer.
type Found = (u64, Range<usize>);

/// A start or end tag.
#[derive(Debug, Clone, Copy)]
struct Tag {
    /// Index after it.
    end: usize,
    is_event: bool,
    kind: TagKind,
    namespace: Namespace,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum TagKind {
    Start,
    End,
    Empty,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Namespace {
    Event,
    Other,
    NotSaid,
}

/// What stands at a `<`.
enum Markup {
    Tag(Tag),
    /// Nothing to look into; the index after it.
    Skip(usize),
    /// A comment, CDATA or instruction that does not end; what was expected, and the index to go on from.
    Unended(&'static str, usize),
}

const ENDS: [(&[u8], &[u8], &str); 3] = [
    (b"<!--", b"-->", "--> to end the comment"),
    (b"<![CDATA[", b"]]>", "]]> to end the CDATA"),
    (b"<?", b"?>", "?> to end the instruction"),
];

impl<R: Read> Splitter<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self {
            input: TextReader::new(reader),
            buffer: Vec::new(),
            at: 0,
            known: (0, 0),
            ended: false,
            failed: false,
            searched: [0; 3],
        }
    }

    /// The next event, or what is wrong where one should be; `None` at the end of the file.
    pub(super) fn next_event(&mut self) -> Option<Result<Piece<'_>, XmlError>> {
        if self.failed {
            return None;
        }
        match self.find() {
            Ok(Some(Ok((offset, range)))) => Some(Ok(Piece {
                bytes: self.buffer.get(range).unwrap_or_default(),
                offset,
                encoding: self.input.encoding(),
            })),
            Ok(Some(Err(error))) => Some(Err(error)),
            Ok(None) => None,
            Err(error) => {
                self.failed = true;
                let offset = self.offset(self.buffer.len());
                let kind = XmlErrorKind::io(&error);
                Some(Err(XmlError { offset, kind }))
            }
        }
    }

    fn find(&mut self) -> io::Result<Option<Result<Found, XmlError>>> {
        loop {
            // Moving the rest to the front costs as much as there is of it, so only when at least as much is given up.
            if self.at >= KEPT.max(self.buffer.len() / 2) {
                self.discard();
            }
            let Some(open) = self.find_open(usize::MAX)? else {
                return Ok(None);
            };
            match self.markup(open)? {
                Markup::Tag(tag)
                    if tag.is_event
                        && tag.kind != TagKind::End
                        && tag.namespace != Namespace::Other =>
                {
                    let offset = self.offset(open);
                    self.at = tag.end;
                    if tag.kind == TagKind::Empty {
                        return Ok(Some(Ok((offset, open..tag.end))));
                    }
                    let end = self.event(open, offset)?;
                    return Ok(Some(end.map(|end| (offset, open..end))));
                }
                Markup::Tag(Tag { end, .. }) | Markup::Skip(end) | Markup::Unended(_, end) => {
                    self.at = end;
                }
            }
        }
    }

    /// The end of the event that begins at `start`; its start tag has been read.
    fn event(&mut self, start: usize, offset: u64) -> io::Result<Result<usize, XmlError>> {
        let mut depth = 1_usize;
        let limit = start.saturating_add(MAX_EVENT_BYTES);
        loop {
            let found = self.find_open(limit)?;
            let here = found.unwrap_or(self.buffer.len());
            if here > limit {
                self.at = here;
                let what = "bytes";
                let most = MAX_EVENT_BYTES;
                let kind = XmlErrorKind::TooMuch { what, most };
                return Ok(Err(XmlError { offset, kind }));
            }
            if found.is_none() {
                self.at = here;
                let kind = XmlErrorKind::unexpected("</Event>", "the end of the file");
                return Ok(Err(self.error(here, kind)));
            }
            let tag = match self.markup(here)? {
                Markup::Tag(tag) => tag,
                Markup::Skip(end) => {
                    self.at = end;
                    continue;
                }
                Markup::Unended(expected, end) => {
                    self.at = end;
                    let kind = XmlErrorKind::unexpected(expected, "none");
                    return Ok(Err(self.error(here, kind)));
                }
            };
            self.at = tag.end;
            match tag.kind {
                _ if !tag.is_event => {}
                TagKind::End => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Ok(Ok(tag.end));
                    }
                }
                TagKind::Start | TagKind::Empty if self.begins_another(tag)? => {
                    self.at = here;
                    let kind = XmlErrorKind::unexpected("</Event>", "the start of another Event");
                    return Ok(Err(self.error(here, kind)));
                }
                TagKind::Start => depth = depth.saturating_add(1),
                TagKind::Empty => {}
            }
        }
    }

    /// Whether an `Event` tag inside an event is not the provider's own element of that name but the next event.
    fn begins_another(&mut self, tag: Tag) -> io::Result<bool> {
        match tag.namespace {
            Namespace::Event => Ok(true),
            Namespace::Other => Ok(false),
            Namespace::NotSaid => {
                self.need(tag.end.saturating_add(64))?;
                let after = self.buffer.get(tag.end..).unwrap_or_default();
                Ok(after.trim_ascii_start().starts_with(b"<System"))
            }
        }
    }

    fn markup(&mut self, open: usize) -> io::Result<Markup> {
        self.need(open.saturating_add(16))?;
        for (which, (begin, end, expected)) in ENDS.into_iter().enumerate() {
            let here = self.buffer.get(open..).unwrap_or_default();
            if here.starts_with(begin) {
                let from = open.saturating_add(begin.len());
                return Ok(match self.find_end(which, from, end)? {
                    Some(end) => Markup::Skip(end),
                    None => Markup::Unended(expected, from),
                });
            }
        }
        match self.buffer.get(open.saturating_add(1)) {
            Some(b'/' | b'_' | b'A'..=b'Z' | b'a'..=b'z' | 0x80..) => self.tag(open),
            _ => Ok(Markup::Skip(open.saturating_add(1))),
        }
    }

    /// The index after the next `end` from `from` on, unless it is further away than an event may be long.
    fn find_end(&mut self, which: usize, from: usize, end: &[u8]) -> io::Result<Option<usize>> {
        let limit = from.saturating_add(MAX_EVENT_BYTES);
        let searched = self.searched.get(which).copied().unwrap_or_default();
        let mut at = from.max(searched);
        loop {
            let window = self.buffer.get(at..).unwrap_or_default();
            if let Some(found) = find(window, end) {
                return Ok(Some(at.saturating_add(found).saturating_add(end.len())));
            }
            // An end may lie across the edge of what has been read.
            at = at.max(self.buffer.len().saturating_sub(end.len()));
            if let Some(searched) = self.searched.get_mut(which) {
                *searched = at;
            }
            if at > limit || !self.more()? {
                return Ok(None);
            }
        }
    }

    /// Reads a tag. One that is cut off ends at the next `<`, which no tag may hold, or where the file ends.
    fn tag(&mut self, open: usize) -> io::Result<Markup> {
        let mut quote = None;
        let mut at = open.saturating_add(1);
        let mut whole = false;
        loop {
            let Some(byte) = self.buffer.get(at).copied() else {
                if at.saturating_sub(open) <= MAX_EVENT_BYTES && self.more()? {
                    continue;
                }
                break;
            };
            match (byte, quote) {
                (b'<', _) => break,
                (b'>', None) => {
                    at = at.saturating_add(1);
                    whole = true;
                    break;
                }
                (b'"' | b'\'', None) => quote = Some(byte),
                (_, Some(open)) if byte == open => quote = None,
                _ => {}
            }
            at = at.saturating_add(1);
        }
        let bytes = self.buffer.get(open..at).unwrap_or_default();
        let mut tag = describe(bytes, at);
        // A start tag that is cut off still is where an event began; anything else that is cut off is nothing.
        tag.is_event &= whole || tag.kind == TagKind::Start;
        Ok(Markup::Tag(tag))
    }

    /// The next `<` from `at` on; `None` when the file ends first, or when there is none up to `limit`.
    fn find_open(&mut self, limit: usize) -> io::Result<Option<usize>> {
        let mut from = self.at;
        loop {
            let rest = self.buffer.get(from..).unwrap_or_default();
            if let Some(found) = rest.iter().position(|b| *b == b'<') {
                return Ok(Some(from.saturating_add(found)));
            }
            from = self.buffer.len();
            if limit == usize::MAX {
                // Outside an event nothing has to be kept.
                self.at = from;
                self.discard();
                from = 0;
            }
            if from > limit || !self.more()? {
                return Ok(None);
            }
        }
    }

    fn need(&mut self, length: usize) -> io::Result<()> {
        while self.buffer.len() < length {
            if !self.more()? {
                break;
            }
        }
        Ok(())
    }

    fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let first = self.buffer.is_empty() && self.known == (0, 0);
        self.ended = !self.input.fill(&mut self.buffer)?;
        if first {
            self.known.1 = u64::try_from(self.input.bom()).unwrap_or_default();
        }
        Ok(!self.ended)
    }

    /// Forgets what lies before `at`.
    fn discard(&mut self) {
        let gone = self.at.min(self.buffer.len());
        self.known = (0, self.offset(gone));
        self.buffer.drain(..gone);
        for searched in &mut self.searched {
            *searched = searched.saturating_sub(gone);
        }
        self.at = 0;
    }

    /// The file offset of an index in the buffer. Asked for in rising order, since measuring starts where it last ended.
    fn offset(&mut self, index: usize) -> u64 {
        let (measured, offset) = self.known;
        let between = self.buffer.get(measured..index).unwrap_or_default();
        let offset = offset.saturating_add(self.input.length_in_file(between));
        self.known = (measured.max(index), offset);
        offset
    }

    fn error(&mut self, index: usize, kind: XmlErrorKind) -> XmlError {
        let offset = self.offset(index);
        XmlError { offset, kind }
    }
}

fn describe(tag: &[u8], end: usize) -> Tag {
    let (kind, name) = match tag {
        [b'<', b'/', name @ ..] => (TagKind::End, name),
        [b'<', name @ .., b'/', b'>'] => (TagKind::Empty, name),
        [b'<', name @ ..] => (TagKind::Start, name),
        _ => (TagKind::Start, tag),
    };
    let length = name
        .iter()
        .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'"' | b'\''));
    let (name, attributes) = name.split_at(length.unwrap_or(name.len()));
    let colon = name.iter().position(|b| *b == b':');
    let (prefix, local) = match colon {
        Some(colon) => (
            name.get(..colon).unwrap_or_default(),
            name.get(colon.saturating_add(1)..).unwrap_or_default(),
        ),
        None => (&[][..], name),
    };
    let is_event = local == b"Event";
    let namespace = if is_event && kind != TagKind::End {
        declared_namespace(prefix, attributes)
    } else {
        Namespace::NotSaid
    };
    Tag {
        end,
        is_event,
        kind,
        namespace,
    }
}

/// The namespace the tag itself declares for its prefix.
fn declared_namespace(prefix: &[u8], attributes: &[u8]) -> Namespace {
    let mut declaration = b"xmlns".to_vec();
    if !prefix.is_empty() {
        declaration.push(b':');
        declaration.extend(prefix);
    }
    let mut rest = attributes;
    while let Some(at) = find(rest, &declaration) {
        let before = at.checked_sub(1).and_then(|before| rest.get(before));
        let after = rest.get(at.saturating_add(declaration.len())..);
        rest = after.unwrap_or_default();
        if !before.is_some_and(u8::is_ascii_whitespace) {
            continue;
        }
        let Some(value) = rest.trim_ascii_start().strip_prefix(b"=") else {
            continue;
        };
        if let [quote @ (b'"' | b'\''), value @ ..] = value.trim_ascii_start() {
            let value = value.split(|b| b == quote).next().unwrap_or_default();
            return if value.trim_ascii() == NAMESPACE {
                Namespace::Event
            } else {
                Namespace::Other
            };
        }
    }
    Namespace::NotSaid
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = from + rest.iter().position(|b| *b == first)?;
        if bytes.get(at..)?.starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}
