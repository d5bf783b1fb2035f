//! Tokens to a syntax tree. Goes on after an error at the next `]`, `)`, `and` or `or`, to report all of them at once.

mod path;
mod top;

use crate::MAX_DEPTH;
use crate::ast::{
    Argument, Band, Comparison, Expr, Literal, LiteralValue, Number, Op, Operand, Timediff,
};
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::token::{Glyph, Lexer, Token};
use crate::unsupported;

/// After this many errors the rest would only be noise.
const MAX_ERRORS: usize = 20;

/// Parses one XPath. `end` is the byte after its last one; all findings go to `diagnostics`.
///
/// Returns `None` when there were errors.
pub(crate) fn parse(
    glyphs: &[Glyph],
    end: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Expr> {
    let before = errors(diagnostics);
    let (tokens, unclosed) = Lexer::new(glyphs, end, diagnostics).tokens();
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
        cut_short: unclosed,
        diagnostics,
        before,
    };
    let expr = parser.query();
    expr.filter(|_| errors(diagnostics) == before)
}

pub(crate) fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .count()
}

struct Parser<'a> {
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
    /// The end came early for a reason already reported; what is missing there is not news.
    cut_short: bool,
    diagnostics: &'a mut Vec<Diagnostic>,
    before: usize,
}

/// What stands where a condition may stand; `None` in its place is something already reported.
enum Term {
    Operand(Operand),
    Condition(Expr),
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens
            .get(self.at)
            .map_or(&Token::End, |(token, _)| token)
    }

    fn peek_next(&self) -> &Token {
        self.tokens
            .get(self.at + 1)
            .map_or(&Token::End, |(token, _)| token)
    }

    fn span(&self) -> Span {
        let last = || {
            self.tokens
                .last()
                .map_or(Span::default(), |(_, span)| *span)
        };
        self.tokens
            .get(self.at)
            .map_or_else(last, |(_, span)| *span)
    }

    /// The token just passed.
    fn previous(&self) -> Span {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.map_or(Span::default(), |(_, span)| *span)
    }

    fn advance(&mut self) -> Span {
        let span = self.span();
        if *self.peek() != Token::End {
            self.at += 1;
        }
        span
    }

    fn eat(&mut self, token: &Token) -> bool {
        let found = self.peek() == token;
        if found {
            self.advance();
        }
        found
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        // One error at one place: what follows from it is not news.
        let same = |other: &Diagnostic| {
            other.severity == Severity::Error && other.span.start == diagnostic.span.start
        };
        let room = errors(self.diagnostics) < self.before + MAX_ERRORS;
        if room && !self.diagnostics.iter().any(same) {
            self.diagnostics.push(diagnostic);
        }
    }

    fn expected(&mut self, what: &str) {
        if *self.peek() == Token::Bad || (self.cut_short && *self.peek() == Token::End) {
            return;
        }
        let message = format!("expected {what}, found {}", self.peek().describe());
        let span = self.span();
        self.report(Diagnostic::error(span, message));
    }

    /// Goes to the next `]`, `)`, `,`, `and` or `or` that does not belong to brackets opened on the way.
    fn skip(&mut self) {
        let mut open = 0_usize;
        loop {
            match self.peek() {
                Token::End => return,
                Token::CloseBracket | Token::CloseParen | Token::Comma if open == 0 => return,
                token if open == 0 && (token.is_word("and") || token.is_word("or")) => return,
                Token::OpenBracket | Token::OpenParen => open += 1,
                Token::CloseBracket | Token::CloseParen => open -= 1,
                _ => {}
            }
            self.advance();
        }
    }

    fn query(&mut self) -> Option<Expr> {
        let mut expr = self.or_expr();
        while *self.peek() != Token::End {
            self.expected("`and`, `or` or the end of the query");
            self.advance();
            self.skip();
            if self.peek().is_word("and") || self.peek().is_word("or") {
                self.advance();
                self.or_expr();
            }
            expr = None;
        }
        if let Some(expr) = &expr {
            self.check_top(expr);
        }
        expr
    }

    /// The operator `word` of either letter case, with a note when it is not lower case.
    fn operator(&mut self, word: &str) -> bool {
        if !self.peek().is_word(word) {
            return false;
        }
        if *self.peek() != Token::Name(word.into()) {
            let message = format!("read as `{word}`; XPath writes it in lower case");
            self.diagnostics
                .push(Diagnostic::note(self.span(), message));
        }
        self.advance();
        true
    }

    fn or_expr(&mut self) -> Option<Expr> {
        let mut parts = vec![self.and_expr()];
        while self.operator("or") {
            parts.push(self.and_expr());
        }
        parts.into_iter().collect::<Option<Vec<_>>>().map(Expr::any)
    }

    fn and_expr(&mut self) -> Option<Expr> {
        let mut parts = vec![self.condition()];
        while self.operator("and") {
            parts.push(self.condition());
        }
        parts.into_iter().collect::<Option<Vec<_>>>().map(Expr::all)
    }

    fn condition(&mut self) -> Option<Expr> {
        let condition = self.comparison();
        if condition.is_none() {
            self.skip();
        }
        condition
    }

    fn comparison(&mut self) -> Option<Expr> {
        let start = self.span();
        let left = self.term()?;
        if let Some(arithmetic) = self.arithmetic() {
            self.report(arithmetic);
            return None;
        }
        let &Token::Compare(op) = self.peek() else {
            return self.alone(left, start);
        };
        self.advance();
        let right = self.term()?;
        if let Some(arithmetic) = self.arithmetic() {
            self.report(arithmetic);
            return None;
        }
        if matches!(self.peek(), Token::Compare(_)) {
            let span = self.span();
            let error = Diagnostic::error(
                span,
                "expected `and`, `or` or a closing bracket, found a second comparison",
            );
            self.report(
                error.with_help("join two comparisons with `and`: `1 <= Level and Level <= 3`"),
            );
            return None;
        }
        let span = start.to(self.previous());
        self.compare(left, op, right, span)
    }

    fn arithmetic(&self) -> Option<Diagnostic> {
        let help = "work the number out, and compare with it";
        let what = match self.peek() {
            Token::Plus => "`+`",
            Token::Minus => "`-`",
            Token::Star => "`*`",
            token if token.is_word("div") => "`div`",
            token if token.is_word("mod") => "`mod`",
            Token::Pipe => {
                let help = "join conditions with `or`";
                return Some(unsupported::construct("`|`", self.span(), help));
            }
            _ => return None,
        };
        Some(unsupported::construct(what, self.span(), help))
    }

    /// A term without a comparison is a condition by itself, or is not one.
    fn alone(&mut self, term: Term, span: Span) -> Option<Expr> {
        let span = span.to(self.previous());
        let (message, help) = match term {
            Term::Condition(expr) => return Some(expr),
            Term::Operand(Operand::Path(path)) => return Some(Expr::Exists(path)),
            Term::Operand(Operand::Literal(literal)) => match literal.value {
                LiteralValue::Number(_) => (
                    "a number is not a condition",
                    "a position stands alone in its brackets: `Data[1]`",
                ),
                LiteralValue::Text(_) => ("a string is not a condition", "compare it: `Data='…'`"),
            },
            Term::Operand(Operand::Timediff(_)) => (
                "`timediff()` is a number of milliseconds, not a condition",
                "compare it: `timediff(@SystemTime) <= 86400000`",
            ),
            Term::Operand(Operand::Position(_)) => (
                "`position()` is a number, not a condition",
                "compare it: `position() = 1`",
            ),
        };
        self.report(Diagnostic::error(span, message).with_help(help));
        None
    }

    fn compare(&mut self, left: Term, op: Op, right: Term, span: Span) -> Option<Expr> {
        let (Term::Operand(left), Term::Operand(right)) = (left, right) else {
            let error = Diagnostic::error(
                span,
                "a condition is already true or false and cannot be compared",
            );
            self.report(error.with_help("write it alone, and join conditions with `and` or `or`"));
            return None;
        };
        let literals = [&left, &right].map(|side| matches!(side, Operand::Literal(_)));
        if literals == [false, false] {
            self.report(unsupported::two_nodes(span));
            return None;
        }
        let (left, right) = (self.numeric(left, &right)?, right);
        let right = self.numeric(right, &left)?;
        Some(Expr::Compare(Comparison {
            left,
            op,
            right,
            span,
        }))
    }

    /// A literal beside `timediff()` or `position()` must be a number; a string that holds one is read as one.
    fn numeric(&mut self, side: Operand, other: &Operand) -> Option<Operand> {
        let wanted = matches!(other, Operand::Timediff(_) | Operand::Position(_));
        let Operand::Literal(Literal {
            value: LiteralValue::Text(text),
            span,
        }) = &side
        else {
            return Some(side);
        };
        if !wanted {
            return Some(side);
        }
        let Some(number) = Number::parse(text) else {
            let message = format!(
                "expected a number, found {}",
                Token::Text(text.clone()).describe()
            );
            self.report(Diagnostic::error(*span, message));
            return None;
        };
        Some(Operand::Literal(Literal {
            value: LiteralValue::Number(number),
            span: *span,
        }))
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            let span = self.span();
            self.report(Diagnostic::error(span, message));
            self.at = self.tokens.len().saturating_sub(1);
            self.cut_short = true;
            return None;
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn term(&mut self) -> Option<Term> {
        let span = self.span();
        match self.peek().clone() {
            Token::OpenParen => {
                self.advance();
                let expr = self.deeper(Self::or_expr);
                if !self.close(&Token::CloseParen, "`)`, `and` or `or`") {
                    return None;
                }
                expr.map(Term::Condition)
            }
            Token::Number(number) => {
                self.advance();
                Some(literal(LiteralValue::Number(number), span))
            }
            Token::Minus => match *self.peek_next() {
                Token::Number(number) => {
                    self.advance();
                    let span = span.to(self.advance());
                    let negative = match number {
                        Number::Whole(number) => Number::Whole(-number),
                        Number::Fraction(number) => Number::Fraction(-number),
                    };
                    Some(literal(LiteralValue::Number(negative), span))
                }
                _ => {
                    let help = "a minus stands directly before a number";
                    self.report(unsupported::construct("`-`", span, help));
                    None
                }
            },
            Token::Text(text) => {
                self.advance();
                Some(literal(LiteralValue::Text(text), span))
            }
            Token::Name(name) if *self.peek_next() == Token::OpenParen => self.call(&name),
            _ => self.path().map(|path| Term::Operand(Operand::Path(path))),
        }
    }

    /// The closing token; when something else stands there, that is reported and what follows up to the closing one is still
    /// looked at for errors.
    fn close(&mut self, closing: &Token, expected: &str) -> bool {
        if self.eat(closing) {
            return true;
        }
        self.expected(expected);
        loop {
            self.skip();
            match self.peek() {
                Token::End => return false,
                token if token == closing => {
                    self.advance();
                    return false;
                }
                token if token.is_word("and") || token.is_word("or") => {
                    self.advance();
                    self.deeper(Self::or_expr);
                }
                // A bracket of the other kind closes something further out: leave it to that.
                Token::CloseBracket | Token::CloseParen if self.depth > 0 => return false,
                _ => {
                    self.advance();
                }
            }
        }
    }

    fn call(&mut self, name: &str) -> Option<Term> {
        let start = self.advance();
        let known = name.to_ascii_lowercase();
        if !matches!(known.as_str(), "band" | "timediff" | "position") {
            self.report(unsupported::function(name, start));
            self.skip_call();
            return None;
        }
        self.advance();
        let mut arguments = Vec::new();
        while !matches!(self.peek(), Token::CloseParen | Token::End) {
            arguments.push(self.argument(&known)?);
            if !self.eat(&Token::Comma) {
                break;
            }
        }
        if !self.close(&Token::CloseParen, "`)` or `,`") {
            return None;
        }
        let span = start.to(self.previous());
        let count = arguments.len();
        let mut arguments = arguments.into_iter();
        match (known.as_str(), arguments.next(), arguments.next(), count) {
            ("position", None, None, 0) => Some(Term::Operand(Operand::Position(span))),
            ("timediff", Some(first), second, 1 | 2) => {
                Some(Term::Operand(Operand::Timediff(Timediff {
                    first,
                    second,
                    span,
                })))
            }
            ("band", Some(left), Some(right), 2) => {
                Some(Term::Condition(Expr::Band(Band { left, right, span })))
            }
            _ => {
                let takes = match known.as_str() {
                    "position" => "no arguments",
                    "band" => "two arguments",
                    _ => "one or two arguments",
                };
                let message = format!("expected {takes} for `{known}`, found {count}");
                self.report(Diagnostic::error(span, message));
                None
            }
        }
    }

    fn skip_call(&mut self) {
        if self.eat(&Token::OpenParen) {
            loop {
                self.skip();
                match self.peek() {
                    Token::CloseParen => {
                        self.advance();
                        return;
                    }
                    Token::End | Token::CloseBracket => return,
                    _ => self.advance(),
                };
            }
        }
    }

    fn argument(&mut self, function: &str) -> Option<Argument> {
        let span = self.span();
        let argument = match self.term()? {
            Term::Operand(Operand::Path(path)) => Argument::Path(path),
            Term::Operand(Operand::Literal(literal)) => Argument::Literal(literal),
            Term::Operand(_) | Term::Condition(_) => {
                let message = format!("expected a path or a literal as argument of `{function}`");
                self.report(Diagnostic::error(span, message));
                return None;
            }
        };
        if let Some(arithmetic) = self.arithmetic() {
            self.report(arithmetic);
            return None;
        }
        self.check_argument(function, argument)
    }

    /// A literal mask must be a number, a literal time a `FILETIME` number or an ISO time.
    fn check_argument(&mut self, function: &str, argument: Argument) -> Option<Argument> {
        let Argument::Literal(literal) = &argument else {
            return Some(argument);
        };
        let fits = match (&literal.value, function) {
            (LiteralValue::Number(number), "band") => number.bits().is_some(),
            (LiteralValue::Text(text), "band") => {
                Number::parse(text).and_then(Number::bits).is_some()
            }
            (LiteralValue::Number(number), _) => number.whole().is_some(),
            (LiteralValue::Text(text), _) => crate::compare::instant(text).is_some(),
        };
        if !fits {
            let what = match function {
                "band" => "a whole number as argument of `band`",
                _ => {
                    "a FILETIME number or a time such as '2026-11-20T00:00:00.000Z' as argument of `timediff`"
                }
            };
            self.report(Diagnostic::error(literal.span, format!("expected {what}")));
        }
        fits.then_some(argument)
    }
}

fn literal(value: LiteralValue, span: Span) -> Term {
    Term::Operand(Operand::Literal(Literal { value, span }))
}
