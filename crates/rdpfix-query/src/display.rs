//! The printed normal form of a query.

use std::fmt::{self, Display, Formatter};

use crate::ast::{Argument, Axis, Expr, Literal, LiteralValue, Operand, Path, Step};
use crate::query::{Body, LogPath, Query, Rule, RuleKind, Subquery};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => joined(f, parts, " or ", |_| false),
            // `and` binds tighter, so only an `or` inside it needs parentheses.
            Self::And(parts) => joined(f, parts, " and ", |part| matches!(part, Self::Or(_))),
            Self::Exists(path) => path.fmt(f),
            Self::Compare(c) => write!(f, "{} {} {}", c.left, c.op.as_str(), c.right),
            Self::Band(band) => write!(f, "band({}, {})", band.left, band.right),
        }
    }
}

fn joined(
    f: &mut Formatter<'_>,
    parts: &[Expr],
    with: &str,
    enclosed: impl Fn(&Expr) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(with)?;
        }
        if enclosed(part) {
            write!(f, "({part})")?;
        } else {
            part.fmt(f)?;
        }
    }
    Ok(())
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Literal(literal) => literal.fmt(f),
            Self::Timediff(call) => match &call.second {
                Some(second) => write!(f, "timediff({}, {second})", call.first),
                None => write!(f, "timediff({})", call.first),
            },
            Self::Position(_) => f.write_str("position()"),
        }
    }
}

impl Display for Argument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Literal(literal) => literal.fmt(f),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.value {
            LiteralValue::Number(number) => number.fmt(f),
            LiteralValue::Text(text) if text.contains('\'') => write!(f, "\"{text}\""),
            LiteralValue::Text(text) => write!(f, "'{text}'"),
        }
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.axis == Axis::Attribute {
            f.write_str("@")?;
        }
        f.write_str(self.name.as_deref().unwrap_or("*"))?;
        self.predicates
            .iter()
            .try_for_each(|predicate| write!(f, "[{predicate}]"))
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.body() {
            Body::XPath(expr) => expr.fmt(f),
            Body::List(queries) => {
                f.write_str("<QueryList>\n")?;
                queries
                    .iter()
                    .try_for_each(|query| write_subquery(f, query))?;
                f.write_str("</QueryList>")
            }
        }
    }
}

fn write_subquery(f: &mut Formatter<'_>, query: &Subquery) -> fmt::Result {
    f.write_str("  <Query")?;
    if let Some(id) = query.id {
        write!(f, " Id=\"{id}\"")?;
    }
    write_path(f, query.path.as_ref())?;
    f.write_str(">\n")?;
    query
        .rules
        .iter()
        .try_for_each(|rule| write_rule(f, rule))?;
    f.write_str("  </Query>\n")
}

fn write_rule(f: &mut Formatter<'_>, rule: &Rule) -> fmt::Result {
    let name = match rule.kind {
        RuleKind::Select => "Select",
        RuleKind::Suppress => "Suppress",
    };
    write!(f, "    <{name}")?;
    write_path(f, rule.path.as_ref())?;
    writeln!(f, ">{}</{name}>", escape(&rule.expr.to_string()))
}

fn write_path(f: &mut Formatter<'_>, path: Option<&LogPath>) -> fmt::Result {
    match path {
        Some(path) => write!(f, " Path=\"{}\"", escape(&path.text)),
        None => Ok(()),
    }
}

/// The text with everything escaped that XML gives a meaning, or would change on reading.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(c))),
            other => escaped.push(other),
        }
    }
    escaped
}
