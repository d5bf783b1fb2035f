//! A query's characters, and the tokens they make. Each knows its bytes in the text the user wrote.

use crate::ast::{Number, Op};
use crate::diagnostic::{Diagnostic, Span};

/// One character of a query and the bytes it was written with: `&gt;` is one glyph of four bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph {
    pub(crate) c: char,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The glyphs of a query that stands alone.
///
/// People copy queries out of a `QueryList`, so entities outside strings are read as what they stand for, with a note.
pub(crate) fn bare_glyphs(text: &str, notes: &mut Vec<Diagnostic>) -> Vec<Glyph> {
    let mut glyphs = Vec::with_capacity(text.len());
    let mut quote = None;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let entity = quote.is_none().then(|| entity(rest)).flatten();
        let (c, length) = entity.unwrap_or_else(|| first_char(rest));
        let end = at + length;
        if entity.is_some() {
            let written = text.get(at..end).unwrap_or_default();
            let message =
                format!("`{written}` is how XML writes `{c}`; outside a QueryList write `{c}`");
            notes.push(Diagnostic::note(Span::new(at, end), message));
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => {}
        }
        glyphs.push(Glyph { c, start: at, end });
        at = end;
    }
    glyphs
}

/// Appends the glyphs of XML character data that stands at `offset`, entities resolved.
pub(crate) fn xml_glyphs(
    raw: &str,
    offset: usize,
    glyphs: &mut Vec<Glyph>,
    errors: &mut Vec<Diagnostic>,
) {
    let mut at = 0;
    while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
        let known = entity(rest);
        if known.is_none() && rest.starts_with('&') {
            let message = "expected an entity such as `&lt;` or `&amp;` after `&`";
            errors.push(Diagnostic::error(
                Span::new(offset + at, offset + at + 1),
                message,
            ));
        }
        let (c, length) = known.unwrap_or_else(|| first_char(rest));
        glyphs.push(Glyph {
            c,
            start: offset + at,
            end: offset + at + length,
        });
        at += length;
    }
}

/// Appends the glyphs of a CDATA section's content, in which nothing is an entity.
pub(crate) fn cdata_glyphs(raw: &str, offset: usize, glyphs: &mut Vec<Glyph>) {
    glyphs.extend(raw.char_indices().map(|(at, c)| Glyph {
        c,
        start: offset + at,
        end: offset + at + c.len_utf8(),
    }));
}

fn first_char(text: &str) -> (char, usize) {
    let c = text.chars().next().unwrap_or('\u{FFFD}');
    (c, c.len_utf8())
}

/// The character that the entity at the start of `text` stands for, and the entity's length.
pub(crate) fn entity(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('&')?;
    let end = body.bytes().take(12).position(|byte| byte == b';')?;
    let name = body.get(..end)?;
    let c = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((c, end + 2))
}

/// A piece of a query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Name(String),
    Number(Number),
    Text(String),
    Compare(Op),
    Slash,
    DoubleSlash,
    At,
    Star,
    Dot,
    DoubleDot,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    Comma,
    DoubleColon,
    Colon,
    Plus,
    Minus,
    Pipe,
    Dollar,
    /// `!` without `=`.
    Bang,
    /// Something that was reported when it was read.
    Bad,
    End,
}

impl Token {
    /// How the token is called in a message.
    pub(crate) fn describe(&self) -> String {
        let symbol = match self {
            Self::Name(name) => return format!("`{name}`"),
            Self::Number(number) => return format!("the number {number}"),
            Self::Text(text) => return format!("the string '{}'", shortened(text)),
            Self::Compare(op) => op.as_str(),
            Self::Slash => "/",
            Self::DoubleSlash => "//",
            Self::At => "@",
            Self::Star => "*",
            Self::Dot => ".",
            Self::DoubleDot => "..",
            Self::OpenBracket => "[",
            Self::CloseBracket => "]",
            Self::OpenParen => "(",
            Self::CloseParen => ")",
            Self::Comma => ",",
            Self::DoubleColon => "::",
            Self::Colon => ":",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Pipe => "|",
            Self::Dollar => "$",
            Self::Bang => "!",
            Self::Bad => return "something unreadable".into(),
            Self::End => return "end of query".into(),
        };
        format!("`{symbol}`")
    }

    /// Whether it is the operator `and` or `or`, in any letter case.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Name(name) if name.eq_ignore_ascii_case(word))
    }
}

/// At most thirty characters of a text, for a message.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(30) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.into(),
    }
}

/// Cuts glyphs into tokens, ending with [`Token::End`].
pub(crate) struct Lexer<'a> {
    glyphs: &'a [Glyph],
    at: usize,
    end: usize,
    unclosed: bool,
    errors: &'a mut Vec<Diagnostic>,
}

impl<'a> Lexer<'a> {
    /// Over `glyphs`; `end` is the byte after the last of them.
    pub(crate) fn new(glyphs: &'a [Glyph], end: usize, errors: &'a mut Vec<Diagnostic>) -> Self {
        Self {
            glyphs,
            at: 0,
            end,
            unclosed: false,
            errors,
        }
    }

    /// The tokens, and whether a string was never closed.
    pub(crate) fn tokens(mut self) -> (Vec<(Token, Span)>, bool) {
        let mut tokens = Vec::new();
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{A0}'));
            let from = self.at;
            let token = self.token();
            let done = token == Token::End;
            tokens.push((token, self.span(from)));
            if done {
                return (tokens, self.unclosed);
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.glyphs.get(self.at + ahead).map(|glyph| glyph.c)
    }

    /// The bytes from glyph `from` to where the lexer stands.
    fn span(&self, from: usize) -> Span {
        let start = self.glyphs.get(from).map_or(self.end, |glyph| glyph.start);
        let last = self.at.checked_sub(1).filter(|last| *last >= from);
        let end = last
            .and_then(|last| self.glyphs.get(last))
            .map_or(start, |glyph| glyph.end);
        Span::new(start, end)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek(0).filter(|c| wanted(*c)) {
            text.push(c);
            self.at += 1;
        }
        text
    }

    fn token(&mut self) -> Token {
        let Some(c) = self.peek(0) else {
            return Token::End;
        };
        match c {
            '\'' | '"' => self.string(c),
            '‘' | '’' | '‚' | '“' | '”' | '„' | '«' | '»' => self.typographic(),
            _ if c.is_ascii_digit() => self.number(),
            '.' if self.peek(1).is_some_and(|c| c.is_ascii_digit()) => self.number(),
            _ if c.is_alphabetic() || c == '_' => Token::Name(
                self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')),
            ),
            _ => self.symbol(c),
        }
    }

    fn symbol(&mut self, c: char) -> Token {
        let from = self.at;
        let next = self.peek(1);
        let (token, length) = match (c, next) {
            ('/', Some('/')) => (Token::DoubleSlash, 2),
            ('.', Some('.')) => (Token::DoubleDot, 2),
            (':', Some(':')) => (Token::DoubleColon, 2),
            ('!', Some('=')) => (Token::Compare(Op::NotEqual), 2),
            ('<', Some('=')) => (Token::Compare(Op::LessEqual), 2),
            ('>', Some('=')) => (Token::Compare(Op::GreaterEqual), 2),
            ('=', Some('=')) | ('<', Some('>')) | ('&', Some('&')) | ('|', Some('|')) => {
                return self.foreign_operator(c);
            }
            ('<', _) => (Token::Compare(Op::Less), 1),
            ('>', _) => (Token::Compare(Op::Greater), 1),
            ('=', _) => (Token::Compare(Op::Equal), 1),
            ('/', _) => (Token::Slash, 1),
            ('@', _) => (Token::At, 1),
            ('*', _) => (Token::Star, 1),
            ('.', _) => (Token::Dot, 1),
            ('[', _) => (Token::OpenBracket, 1),
            (']', _) => (Token::CloseBracket, 1),
            ('(', _) => (Token::OpenParen, 1),
            (')', _) => (Token::CloseParen, 1),
            (',', _) => (Token::Comma, 1),
            (':', _) => (Token::Colon, 1),
            ('+', _) => (Token::Plus, 1),
            ('-', _) => (Token::Minus, 1),
            ('|', _) => (Token::Pipe, 1),
            ('$', _) => (Token::Dollar, 1),
            ('!', _) => (Token::Bang, 1),
            _ => (Token::Bad, 1),
        };
        self.at += length;
        if token == Token::Bad {
            let message = format!(
                "expected a name, a value or an operator, found `{}`",
                c.escape_debug()
            );
            self.errors
                .push(Diagnostic::error(self.span(from), message));
        }
        token
    }

    /// An operator of another language: reported, and read as what was meant so that the rest is still checked.
    fn foreign_operator(&mut self, c: char) -> Token {
        let from = self.at;
        self.at += 2;
        let (written, meant, token) = match c {
            '=' => ("==", "=", Token::Compare(Op::Equal)),
            '<' => ("<>", "!=", Token::Compare(Op::NotEqual)),
            '&' => ("&&", "and", Token::Name("and".into())),
            _ => ("||", "or", Token::Name("or".into())),
        };
        let error = Diagnostic::error(
            self.span(from),
            format!("`{written}` is not an operator of XPath"),
        );
        self.errors
            .push(error.with_help(format!("write `{meant}`")));
        token
    }

    fn string(&mut self, quote: char) -> Token {
        let from = self.at;
        self.at += 1;
        let text = self.take_while(|c| c != quote);
        if self.peek(0).is_some() {
            self.at += 1;
        } else {
            self.unclosed = true;
            let span = self.span(from);
            let message = format!("expected `{quote}` to close this string, found end of query");
            self.errors.push(Diagnostic::error(
                Span::new(span.start, span.start + 1),
                message,
            ));
        }
        Token::Text(text)
    }

    /// A string in typographic quotes, as word processors and web pages make them.
    fn typographic(&mut self) -> Token {
        let from = self.at;
        self.at += 1;
        let first = self.span(from);
        let marks = ['‘', '’', '‚', '“', '”', '„', '«', '»'];
        let text = self.take_while(|c| !marks.contains(&c) && c != '\'' && c != '"' && c != ']');
        if self
            .peek(0)
            .is_some_and(|c| marks.contains(&c) || c == '\'' || c == '"')
        {
            self.at += 1;
        }
        let error = Diagnostic::error(first, "a typographic quote does not begin a string");
        self.errors
            .push(error.with_help("write the straight quotes ' or \""));
        Token::Text(text)
    }

    fn number(&mut self) -> Token {
        let from = self.at;
        let hex = self.peek(0) == Some('0') && matches!(self.peek(1), Some('x' | 'X'));
        let text = if hex {
            self.at += 2;
            format!("0x{}", self.take_while(|c| c.is_ascii_hexdigit()))
        } else {
            let whole = self.take_while(|c| c.is_ascii_digit());
            if self.peek(0) == Some('.') {
                self.at += 1;
                format!("{whole}.{}", self.take_while(|c| c.is_ascii_digit()))
            } else {
                whole
            }
        };
        let limit = i128::from(u64::MAX);
        match Number::parse(&text) {
            Some(Number::Whole(number)) if number <= limit => Token::Number(Number::Whole(number)),
            Some(number @ Number::Fraction(_)) if text.contains('.') => Token::Number(number),
            _ => {
                let message = "expected a number of at most 64 bits";
                self.errors
                    .push(Diagnostic::error(self.span(from), message));
                Token::Number(Number::Whole(0))
            }
        }
    }
}
