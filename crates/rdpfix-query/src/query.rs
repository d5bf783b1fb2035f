//! A parsed query: one XPath, or a `QueryList`.

use crate::ast::{Axis, Expr, LiteralValue, Operand, Path};
use crate::diagnostic::{Diagnostic, QueryErrors, Span};
use crate::{MAX_LENGTH, parse, querylist, token};

/// A query that is understood, with the text it was written in.
///
/// `Display` prints its normal form, which parses to an equal tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    source: String,
    body: Body,
    notes: Vec<Diagnostic>,
}

/// The two forms of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// One XPath, as `wevtutil qe /q` takes it.
    XPath(Box<Expr>),
    /// The queries of a `QueryList`; an event is selected when one of them selects it.
    List(Vec<Subquery>),
}

/// A `Query` element.
#[derive(Debug, Clone, PartialEq)]
pub struct Subquery {
    /// `Id`.
    pub id: Option<i64>,
    /// `Path`, for the rules that have none.
    pub path: Option<LogPath>,
    /// `Select` and `Suppress` elements in order.
    pub rules: Vec<Rule>,
    /// The start tag.
    pub span: Span,
}

impl Subquery {
    /// The log a rule speaks of: its own `Path`, or that of the `Query`.
    pub fn path_of<'a>(&'a self, rule: &'a Rule) -> Option<&'a LogPath> {
        rule.path.as_ref().or(self.path.as_ref())
    }
}

/// A `Select` or `Suppress` element.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Which of the two.
    pub kind: RuleKind,
    /// `Path`.
    pub path: Option<LogPath>,
    /// The XPath.
    pub expr: Expr,
    /// The start tag.
    pub span: Span,
}

/// What a rule does with an event that its XPath matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// Takes it.
    Select,
    /// Leaves it out, whatever a `Select` of the same `Query` says.
    Suppress,
}

/// The log a rule speaks of.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPath {
    /// A channel name, or `file://` and the path of a log file.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl LogPath {
    /// The path of the log file, when it names one.
    pub fn file(&self) -> Option<&str> {
        let prefix = self.text.get(..7)?;
        let rest = self.text.get(7..)?;
        prefix.eq_ignore_ascii_case("file://").then_some(rest)
    }

    /// The channel, when it names one.
    pub fn channel(&self) -> Option<&str> {
        self.file().is_none().then_some(&*self.text)
    }
}

/// A name or number in a query that can be looked up: what a lint checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What it names.
    pub what: NamedWhat,
    /// The text of the literal.
    pub text: String,
    /// Whether it is a string, not a number.
    pub quoted: bool,
    /// Where it stands.
    pub span: Span,
}

/// What a [`Named`] literal names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NamedWhat {
    /// Compared with `System/Provider/@Name`.
    Provider,
    /// Compared with `System/EventID`.
    EventId,
    /// Compared with `System/Channel`, or the `Path` of a rule.
    Channel,
}

impl Query {
    /// Parses an XPath, or a `QueryList` when the text begins with `<`.
    ///
    /// # Errors
    /// [`QueryErrors`] with everything that is wrong with it: what Windows would not take
    /// (<https://learn.microsoft.com/windows/win32/wes/consuming-events#xpath-10-limitations>), nesting beyond
    /// [`MAX_DEPTH`](crate::MAX_DEPTH), a text longer than [`MAX_LENGTH`].
    pub fn parse(text: &str) -> Result<Self, QueryErrors> {
        let mut diagnostics = Vec::new();
        if text.len() > MAX_LENGTH {
            let message = format!(
                "a query has at most {MAX_LENGTH} bytes, found {}",
                text.len()
            );
            let error = Diagnostic::error(Span::default(), message);
            return Err(QueryErrors::new("", vec![error]));
        }
        let body = if text
            .trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n'])
            .starts_with('<')
        {
            querylist::parse(text, &mut diagnostics).map(Body::List)
        } else {
            let glyphs = token::bare_glyphs(text, &mut diagnostics);
            let glyphs = match glyphs.split_first() {
                Some((first, rest)) if first.c == '\u{FEFF}' => rest,
                _ => &glyphs,
            };
            parse::parse(glyphs, text.len(), &mut diagnostics)
                .map(Box::new)
                .map(Body::XPath)
        };
        match body {
            Some(body) if parse::errors(&diagnostics) == 0 => Ok(Self {
                source: text.into(),
                body,
                notes: diagnostics,
            }),
            _ => Err(QueryErrors::new(text, diagnostics)),
        }
    }

    /// The text it was parsed from.
    pub fn source_text(&self) -> &str {
        &self.source
    }

    /// Its syntax tree.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// What was read generously.
    pub fn notes(&self) -> &[Diagnostic] {
        &self.notes
    }

    /// The provider names, event ids and channels it speaks of, in the order of the text.
    pub fn names(&self) -> Vec<Named> {
        let mut names = Vec::new();
        match &self.body {
            Body::XPath(expr) => collect(expr, &[], &mut names),
            Body::List(queries) => {
                for query in queries {
                    let paths = query.rules.iter().map(|rule| rule.path.as_ref());
                    for path in paths.chain([query.path.as_ref()]).flatten() {
                        names.extend(path.channel().map(|channel| Named {
                            what: NamedWhat::Channel,
                            text: channel.into(),
                            quoted: true,
                            span: path.span,
                        }));
                    }
                    query
                        .rules
                        .iter()
                        .for_each(|rule| collect(&rule.expr, &[], &mut names));
                }
            }
        }
        names.sort_by_key(|name| name.span);
        names
    }
}

/// The names in one XPath.
pub(crate) fn names_in(expr: &Expr) -> Vec<Named> {
    let mut names = Vec::new();
    collect(expr, &[], &mut names);
    names
}

/// `at` is the steps from above the event down to the node in whose brackets `expr` stands; `@` begins an attribute's name.
fn collect(expr: &Expr, at: &[&str], names: &mut Vec<Named>) {
    match expr {
        Expr::Or(parts) | Expr::And(parts) => {
            parts.iter().for_each(|part| collect(part, at, names))
        }
        Expr::Exists(path) => {
            collect_path(path, at, names);
        }
        Expr::Compare(comparison) => {
            let (path, literal) = match (&comparison.left, &comparison.right) {
                (Operand::Path(path), Operand::Literal(literal))
                | (Operand::Literal(literal), Operand::Path(path)) => (path, literal),
                _ => return,
            };
            let (text, quoted) = match &literal.value {
                LiteralValue::Number(number) => (number.to_string(), false),
                LiteralValue::Text(text) => (text.clone(), true),
            };
            let what = collect_path(path, at, names);
            names.extend(what.map(|what| Named {
                what,
                text,
                quoted,
                span: literal.span,
            }));
        }
        Expr::Band(_) => {}
    }
}

/// Collects what the path's brackets name, and says what the path itself leads to.
fn collect_path(path: &Path, at: &[&str], names: &mut Vec<Named>) -> Option<NamedWhat> {
    let mut at: Vec<&str> = at.to_vec();
    let mut attribute = false;
    for step in &path.steps {
        attribute = step.axis == Axis::Attribute;
        let name = step.name.as_deref().unwrap_or("*");
        // What stands in an attribute's brackets speaks of no element of that name.
        at.push(if attribute { "*" } else { name });
        step.predicates
            .iter()
            .for_each(|predicate| collect(predicate, &at, names));
        if let Some(last) = at.last_mut() {
            *last = name;
        }
    }
    match (at.get(1..)?, attribute) {
        (["System", "Provider", "Name"], true) => Some(NamedWhat::Provider),
        (["System", "EventID"], false) => Some(NamedWhat::EventId),
        (["System", "Channel"], false) => Some(NamedWhat::Channel),
        _ => None,
    }
}
