//! What holds outside all brackets: a query selects events.

use super::Parser;
use crate::ast::{Argument, Axis, Expr, Operand, Path};
use crate::diagnostic::Diagnostic;

impl Parser<'_> {
    /// Outside all brackets every path must begin at the event, and there is nothing to have a position.
    pub(super) fn check_top(&mut self, expr: &Expr) {
        match expr {
            Expr::Or(parts) | Expr::And(parts) => {
                parts.iter().for_each(|part| self.check_top(part))
            }
            Expr::Exists(path) => self.check_start(path),
            Expr::Compare(comparison) => {
                for side in [&comparison.left, &comparison.right] {
                    self.check_operand(side);
                }
            }
            Expr::Band(band) => {
                for side in [&band.left, &band.right] {
                    self.check_top_argument(side);
                }
            }
        }
    }

    fn check_operand(&mut self, side: &Operand) {
        match side {
            Operand::Path(path) => self.check_start(path),
            Operand::Literal(_) => {}
            Operand::Timediff(call) => {
                self.check_top_argument(&call.first);
                if let Some(second) = &call.second {
                    self.check_top_argument(second);
                }
            }
            Operand::Position(span) => {
                let error =
                    Diagnostic::error(*span, "`position()` stands in the brackets of a step");
                self.report(error.with_help("write it in brackets: `*[position() <= 10]`"));
            }
        }
    }

    fn check_top_argument(&mut self, argument: &Argument) {
        if let Argument::Path(path) = argument {
            self.check_start(path);
        }
    }

    fn check_start(&mut self, path: &Path) {
        let Some(first) = path.steps.first() else {
            return;
        };
        let named = first.name.as_deref();
        let elements = first.axis == Axis::Child;
        if elements && matches!(named, None | Some("Event")) {
            return;
        }
        let found = named.unwrap_or("*");
        let message = format!("expected `*` or `Event` at the start of a query, found `{found}`");
        let help = match named {
            Some(name) if name.eq_ignore_ascii_case("Event") => {
                "names are case-sensitive: write `Event`".into()
            }
            Some(name) if elements => format!(
                "put it into brackets: `*[{name}…]`, or write the step before it: `*/{name}…`"
            ),
            _ => "only events can be selected: `*[…]`".into(),
        };
        self.report(Diagnostic::error(first.span, message).with_help(help));
    }
}
