//! Errors and warnings about a query, drawn under the place they speak of.

use std::fmt;

use unicode_width::UnicodeWidthChar;

/// The widest line drawn, with its two columns of indentation.
const WIDTH: usize = 80;
const INDENT: usize = 2;

/// A piece of the query's text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// Where it ends; the byte after the last one.
    pub end: usize,
}

impl Span {
    /// From `start` up to and not including `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The shortest span that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Accepted, but something was read generously.
    Note,
    /// Valid, but it will not do what was meant.
    Warning,
    /// Not a query.
    Error,
}

/// One thing that is wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// The piece of the query it speaks of.
    pub span: Span,
    /// What is wrong: what was expected, what was found.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

impl Diagnostic {
    pub(crate) fn new(severity: Severity, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity,
            span,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn error(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, span, message)
    }

    pub(crate) fn warning(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, span, message)
    }

    pub(crate) fn note(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, span, message)
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The message, the line of the query it speaks of, and carets under the place; no line of the query wider than 80 columns.
    pub fn render(&self, source: &str) -> String {
        let label = match self.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let excerpt = Excerpt::new(source, self.span);
        let mut text = format!("{label}: {}\n", self.message);
        if let Some(line) = excerpt.line {
            text.push_str(&format!("  (line {line})\n"));
        }
        text.push_str(&format!("  {}\n  {}\n", excerpt.text, excerpt.carets));
        if let Some(help) = &self.help {
            text.push_str(&format!("  help: {help}\n"));
        }
        text
    }
}

/// The part of one line around a span, and the carets that go under it.
struct Excerpt {
    line: Option<usize>,
    text: String,
    carets: String,
}

impl Excerpt {
    fn new(source: &str, span: Span) -> Self {
        let start = floor(source, span.start);
        let before = source.get(..start).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = source.get(begin..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let number = source
            .trim_end()
            .contains('\n')
            .then(|| before.matches('\n').count() + 1);
        let (text, carets) = draw(
            line,
            start.saturating_sub(begin),
            span.end.saturating_sub(begin),
        );
        Self {
            line: number,
            text,
            carets,
        }
    }
}

/// A character as it is drawn: nothing that moves the cursor or the reading direction.
fn printable(c: char) -> (char, usize) {
    let hidden = c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    match c {
        '\t' | '\r' => (' ', 1),
        _ if hidden => ('\u{FFFD}', 1),
        _ => (c, c.width().unwrap_or(1)),
    }
}

/// The line and its carets; both cut to the columns around the caret when the line is too wide.
fn draw(line: &str, start: usize, end: usize) -> (String, String) {
    let room = WIDTH - INDENT - 2;
    let line = line.trim_end();
    let cells: Vec<(usize, char, usize)> = line
        .char_indices()
        .map(|(at, c)| {
            let (c, width) = printable(c);
            (at, c, width)
        })
        .collect();
    let width_of = |range: &[(usize, char, usize)]| range.iter().map(|cell| cell.2).sum::<usize>();
    let caret = cells.partition_point(|cell| cell.0 < start);
    let (mut from, mut to) = (0, cells.len());
    if width_of(&cells) > room {
        // A third of the room goes before the caret: what follows an error explains it more often.
        from = caret;
        let mut used = 0;
        while from > 0 && used + cells.get(from - 1).map_or(0, |c| c.2) <= room / 3 {
            from -= 1;
            used += cells.get(from).map_or(0, |c| c.2);
        }
        to = from;
        used = 0;
        while to < cells.len() && used + cells.get(to).map_or(0, |c| c.2) <= room {
            used += cells.get(to).map_or(0, |c| c.2);
            to += 1;
        }
        while from > 0 && used + cells.get(from - 1).map_or(0, |c| c.2) <= room {
            from -= 1;
            used += cells.get(from).map_or(0, |c| c.2);
        }
    }
    let window = cells.get(from..to).unwrap_or_default();
    let cut = (from > 0, to < cells.len());
    let mut text: String = if cut.0 { "…".into() } else { String::new() };
    text.extend(window.iter().map(|cell| cell.1));
    if cut.1 {
        text.push('…');
    }
    let lead = usize::from(cut.0) + width_of(cells.get(from..caret).unwrap_or_default());
    let under = window.iter().filter(|cell| cell.0 >= start && cell.0 < end);
    let marked = under.map(|cell| cell.2).sum::<usize>().max(1);
    (text, format!("{}{}", " ".repeat(lead), "^".repeat(marked)))
}

/// The start of the character that `at` lies in.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Everything that is wrong with a query that is not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryErrors {
    source: String,
    diagnostics: Vec<Diagnostic>,
}

impl QueryErrors {
    pub(crate) fn new(source: &str, mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        Self {
            source: source.into(),
            diagnostics,
        }
    }

    /// The errors, and the notes on what was read generously, in the order of the text.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The query they speak of.
    pub fn source_text(&self) -> &str {
        &self.source
    }
}

/// All of them, drawn one after the other.
impl fmt::Display for QueryErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drawn: Vec<String> = self
            .diagnostics
            .iter()
            .map(|d| d.render(&self.source))
            .collect();
        f.write_str(drawn.join("\n").trim_end())
    }
}

impl std::error::Error for QueryErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(source: &str, start: usize, end: usize) -> Vec<String> {
        let text = Diagnostic::error(Span::new(start, end), "m").render(source);
        text.lines().map(String::from).collect()
    }

    #[test]
    fn a_caret_under_the_place() {
        assert_eq!(drawn("Event[", 6, 6), ["error: m", "  Event[", "        ^"]);
        assert_eq!(drawn("a=bcd", 2, 5), ["error: m", "  a=bcd", "    ^^^"]);
    }

    #[test]
    fn wide_and_combining_characters_count_as_they_are_drawn() {
        assert_eq!(drawn("日本=x", 7, 8)[2], "       ^");
        assert_eq!(drawn("e\u{301}=x", 4, 5)[2], "    ^");
        assert_eq!(drawn("\u{202E}=x", 4, 5)[1], "  \u{FFFD}=x");
    }

    #[test]
    fn a_long_query_is_cut_around_the_caret() {
        for at in [0, 10, 100, 199] {
            let source: String = (0..200)
                .map(|n| char::from(b'a' + u8::try_from(n % 26).unwrap()))
                .collect();
            let lines = drawn(&source, at, at + 1);
            assert!(lines[1].chars().count() <= WIDTH, "{lines:?}");
            let column = lines[2].find('^').unwrap();
            assert_eq!(lines[1].chars().nth(column), source.chars().nth(at));
        }
    }

    #[test]
    fn the_right_line_of_several() {
        let lines = drawn("one\ntwo\nthree", 4, 7);
        assert_eq!(lines, ["error: m", "  (line 2)", "  two", "  ^^^"]);
    }
}
