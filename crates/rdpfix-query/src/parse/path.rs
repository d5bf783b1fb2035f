//! Paths: steps, names, and the predicates in brackets.

use super::Parser;
use crate::MAX_DEPTH;
use crate::ast::{Axis, Comparison, Expr, Literal, LiteralValue, Op, Operand, Path, Step};
use crate::diagnostic::Diagnostic;
use crate::token::Token;
use crate::unsupported;

impl Parser<'_> {
    pub(super) fn path(&mut self) -> Option<Path> {
        let start = self.span();
        match self.peek() {
            Token::DoubleSlash => {
                self.report(unsupported::descendants(start));
                return None;
            }
            Token::Slash => {
                let help =
                    "begin with `*` or `Event`, and inside brackets with the element's own name";
                self.report(unsupported::construct("a path from the root", start, help));
                return None;
            }
            _ => {}
        }
        let mut steps = vec![self.step()?];
        loop {
            match self.peek() {
                Token::Slash => {
                    self.advance();
                    steps.push(self.step()?);
                }
                Token::DoubleSlash => {
                    let span = self.span();
                    self.report(unsupported::descendants(span));
                    return None;
                }
                _ => break,
            }
        }
        let inner = steps.len() - 1;
        if let Some(attribute) = steps
            .iter()
            .take(inner)
            .find(|step| step.axis == Axis::Attribute)
        {
            let message = "an attribute encloses nothing, so no step can follow it";
            self.report(Diagnostic::error(attribute.span, message));
            return None;
        }
        let span = start.to(self.previous());
        Some(Path { steps, span })
    }

    fn step(&mut self) -> Option<Step> {
        let start = self.span();
        let mut axis = Axis::Child;
        if self.eat(&Token::At) {
            axis = Axis::Attribute;
        } else if let (Token::Name(name), Token::DoubleColon) =
            (self.peek().clone(), self.peek_next())
        {
            axis = match name.as_str() {
                "child" => Axis::Child,
                "attribute" => Axis::Attribute,
                _ => {
                    self.report(unsupported::axis(&name, start));
                    return None;
                }
            };
            self.advance();
            self.advance();
        }
        let name = self.node_test()?;
        let span = start.to(self.previous());
        let mut predicates = Vec::new();
        while *self.peek() == Token::OpenBracket {
            predicates.push(self.predicate());
        }
        let predicates = predicates.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Step {
            axis,
            name,
            predicates,
            span,
        })
    }

    /// A name, or `None` for `*`.
    fn node_test(&mut self) -> Option<Option<String>> {
        let span = self.span();
        match (self.peek().clone(), self.peek_next()) {
            (Token::Star, _) => {
                self.advance();
                Some(None)
            }
            (Token::Name(name), Token::OpenParen) => {
                self.report(unsupported::function(&name, span));
                self.advance();
                self.skip_call();
                None
            }
            (Token::Name(_), Token::Colon) => {
                let help = "write the name without its prefix";
                self.report(unsupported::construct("a namespace prefix", span, help));
                None
            }
            (Token::Name(name), _) => {
                self.advance();
                Some(Some(name))
            }
            (Token::Dot, _) => {
                self.report(unsupported::dots(".", span));
                None
            }
            (Token::DoubleDot, _) => {
                self.report(unsupported::dots("..", span));
                None
            }
            (Token::Dollar, _) => {
                let help = "put the value itself into the query";
                self.report(unsupported::construct("a variable", span, help));
                None
            }
            (Token::Bang, _) => {
                self.report(unsupported::construct("`!`", span, "use `!=`"));
                None
            }
            _ => {
                self.expected("a name, `*`, `@` or a value");
                None
            }
        }
    }

    fn predicate(&mut self) -> Option<Expr> {
        self.advance();
        // `Data[1]` is short for `Data[position() = 1]`.
        let room = self.depth < MAX_DEPTH;
        if let (true, &Token::Number(number), Token::CloseBracket) =
            (room, self.peek(), self.peek_next())
        {
            let span = self.advance();
            self.advance();
            let right = Operand::Literal(Literal {
                value: LiteralValue::Number(number),
                span,
            });
            return Some(Expr::Compare(Comparison {
                left: Operand::Position(span),
                op: Op::Equal,
                right,
                span,
            }));
        }
        let expr = self.deeper(Self::or_expr);
        let closed = self.close(&Token::CloseBracket, "`]`, `and` or `or`");
        expr.filter(|_| closed)
    }
}
