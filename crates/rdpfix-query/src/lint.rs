//! Warnings about queries that are valid and yet will not do what was meant.

use std::collections::BTreeSet;

use crate::ast::{Argument, Expr, Operand, Path};
use crate::catalogue::Catalogue;
use crate::diagnostic::{Diagnostic, Span};
use crate::number::Number;
use crate::query::{Body, Named, NamedWhat, Query, Rule, RuleKind, Subquery, names_in};

/// Windows takes at most this many conditions in one `Select` (QueryType, "The XPath is limited to 32 expressions").
const MAX_CONDITIONS: usize = 32;

impl Query {
    /// What is doubtful about the query, in the order of the text, the notes of parsing included.
    ///
    /// `log` is the channel an XPath will be run over, where the caller knows it; a `QueryList` names its own. Warned of are
    /// provider names that cannot match (spaces, letter case, misspelling), channels a provider never writes to, event ids that no
    /// event has, and what Windows limits.
    pub fn warnings(&self, catalogue: &Catalogue, log: Option<&str>) -> Vec<Diagnostic> {
        let mut found = self.notes().to_vec();
        match self.body() {
            Body::XPath(expr) => warn_expr(expr, log, None, catalogue, &mut found),
            Body::List(queries) => {
                for query in queries {
                    for rule in &query.rules {
                        let path = query.path_of(rule);
                        let channel = path.and_then(|path| path.channel());
                        let span = path.map(|path| path.span);
                        // A file holds what was exported into it; its channel is not known.
                        let fallback = log.filter(|_| path.is_none());
                        warn_expr(
                            &rule.expr,
                            channel.or(fallback),
                            span,
                            catalogue,
                            &mut found,
                        );
                    }
                    warn_suppresses(query, &mut found);
                }
                warn_ids(queries, &mut found);
            }
        }
        found.sort_by_key(|warning| warning.span);
        found
    }
}

fn warn_expr(
    expr: &Expr,
    log: Option<&str>,
    log_span: Option<Span>,
    catalogue: &Catalogue,
    found: &mut Vec<Diagnostic>,
) {
    let names = names_in(expr);
    for name in &names {
        match name.what {
            NamedWhat::Provider => warn_provider(name, catalogue, found),
            NamedWhat::EventId => warn_event_id(name, found),
            NamedWhat::Channel => warn_channel(name, found),
        }
    }
    warn_channels(&names, log, log_span, catalogue, found);
    warn_positions(expr, found);
    if let (true, Some(span)) = (expr.conditions() > MAX_CONDITIONS, first_span(expr)) {
        let message = format!(
            "this XPath has {} conditions, and Windows takes at most {MAX_CONDITIONS}",
            expr.conditions()
        );
        let help = "split it over several `<Select>` elements of a QueryList";
        found.push(Diagnostic::warning(span, message).with_help(help));
    }
}

fn warn_channel(name: &Named, found: &mut Vec<Diagnostic>) {
    if name.text.trim() != name.text {
        let message = format!(
            "channel '{}' has spaces inside the quotes, so nothing can match",
            name.text
        );
        let help = format!("did you mean '{}'?", name.text.trim());
        found.push(Diagnostic::warning(name.span, message).with_help(help));
    }
}

fn warn_provider(name: &Named, catalogue: &Catalogue, found: &mut Vec<Diagnostic>) {
    let text = &name.text;
    if catalogue.knows(text) {
        return;
    }
    let similar = catalogue.similar(text);
    let spaces = text.trim() != *text;
    let message = match similar {
        _ if spaces => {
            format!("provider '{text}' has spaces inside the quotes, so nothing can match")
        }
        _ if text.contains(['*', '?']) => {
            format!(
                "provider '{text}' has a wildcard inside the quotes, where it is an ordinary character"
            )
        }
        Some(known) if known.eq_ignore_ascii_case(text) => {
            format!("provider '{text}' differs in letter case, so nothing can match")
        }
        Some(_) => format!("provider '{text}' is not known"),
        None => return,
    };
    let warning = Diagnostic::warning(name.span, message);
    found.push(match similar.or(spaces.then(|| text.trim())) {
        Some(meant) => warning.with_help(format!("did you mean '{meant}'?")),
        None => warning,
    });
}

fn warn_event_id(name: &Named, found: &mut Vec<Diagnostic>) {
    match Number::parse(&name.text) {
        Some(Number::Whole(number)) if (0..=0xFFFF).contains(&number) => {
            if name.quoted {
                let message = "an event id is a number; in quotes it compares as text";
                let help = format!("write `{number}` without quotes");
                found.push(Diagnostic::note(name.span, message).with_help(help));
            }
        }
        Some(Number::Whole(number)) if (0x1_0000..=0xFFFF_FFFF).contains(&number) => {
            let message = format!("no event has the id {number}: ids go up to 65535");
            let help = format!(
                "the low half is the id: `EventID={}`; the high half is `@Qualifiers`",
                number & 0xFFFF
            );
            found.push(Diagnostic::warning(name.span, message).with_help(help));
        }
        _ => {
            let message = format!(
                "no event has the id {}: ids are whole numbers from 0 to 65535",
                name.text
            );
            found.push(Diagnostic::warning(name.span, message));
        }
    }
}

/// Warns of each provider none of whose channels is asked for.
fn warn_channels(
    names: &[Named],
    log: Option<&str>,
    log_span: Option<Span>,
    catalogue: &Catalogue,
    found: &mut Vec<Diagnostic>,
) {
    let named = names.iter().filter(|name| name.what == NamedWhat::Channel);
    let mut asked: Vec<&str> = named.map(|name| name.text.trim()).collect();
    if let Some(log) = log {
        // Where the query runs decides; what it says of the channel can only narrow that.
        asked = vec![log];
    }
    if asked.is_empty() {
        return;
    }
    let mut seen = BTreeSet::new();
    for name in names.iter().filter(|name| name.what == NamedWhat::Provider) {
        let provider = if catalogue.knows(&name.text) {
            Some(name.text.as_str())
        } else {
            catalogue.similar(&name.text)
        };
        let Some(provider) = provider.filter(|provider| seen.insert(*provider)) else {
            continue;
        };
        let Some(channels) = catalogue
            .channels(provider)
            .filter(|channels| !channels.is_empty())
        else {
            continue;
        };
        let writes = |channel: &str| {
            channels
                .iter()
                .any(|known| known.eq_ignore_ascii_case(channel))
        };
        if asked.iter().any(|channel| writes(channel)) {
            continue;
        }
        let list: Vec<String> = channels
            .iter()
            .map(|channel| format!("'{channel}'"))
            .collect();
        let message = format!(
            "provider '{provider}' never writes to the channel '{}'",
            asked.join("', '")
        );
        let help = format!("it writes to {}", list.join(", "));
        found.push(Diagnostic::warning(log_span.unwrap_or(name.span), message).with_help(help));
    }
}

/// Each `Suppress` needs a `Select` of the same log (QueryType, remarks).
fn warn_suppresses(query: &Subquery, found: &mut Vec<Diagnostic>) {
    let log = |rule: &Rule| query.path_of(rule).map(|path| path.text.to_lowercase());
    let of = |kind: RuleKind| query.rules.iter().filter(move |rule| rule.kind == kind);
    for suppress in of(RuleKind::Suppress) {
        if !of(RuleKind::Select).any(|select| log(select) == log(suppress)) {
            let message =
                "no `<Select>` of this `<Query>` has the same `Path`, so this suppresses nothing";
            found.push(Diagnostic::warning(suppress.span, message));
        }
    }
}

fn warn_ids(queries: &[Subquery], found: &mut Vec<Diagnostic>) {
    let several = queries.len() > 1;
    for query in queries.iter().filter(|query| several && query.id.is_none()) {
        let message = "Windows wants an `Id` on each `<Query>` when there are several";
        found.push(Diagnostic::warning(query.span, message));
    }
}

/// `position()` of events is XPath, but Windows documents it for leaf nodes only.
fn warn_positions(expr: &Expr, found: &mut Vec<Diagnostic>) {
    let mut paths = Vec::new();
    top_paths(expr, &mut paths);
    for step in paths.iter().filter_map(|path| path.steps.first()) {
        for span in step.predicates.iter().filter_map(position_in) {
            let message =
                "counts events; Windows documents `position()` for leaf nodes such as `Data` only";
            let help = "to show the newest few, limit the output instead";
            found.push(Diagnostic::warning(span, message).with_help(help));
        }
    }
}

fn top_paths<'a>(expr: &'a Expr, paths: &mut Vec<&'a Path>) {
    match expr {
        Expr::Or(parts) | Expr::And(parts) => parts.iter().for_each(|part| top_paths(part, paths)),
        Expr::Exists(path) => paths.push(path),
        Expr::Compare(comparison) => {
            let sides = [&comparison.left, &comparison.right];
            paths.extend(sides.into_iter().filter_map(|side| match side {
                Operand::Path(path) => Some(path),
                _ => None,
            }));
        }
        Expr::Band(band) => {
            let sides = [&band.left, &band.right];
            paths.extend(sides.into_iter().filter_map(|side| match side {
                Argument::Path(path) => Some(path),
                Argument::Literal(_) => None,
            }));
        }
    }
}

fn position_in(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::Or(parts) | Expr::And(parts) => parts.iter().find_map(position_in),
        Expr::Compare(comparison) => {
            [&comparison.left, &comparison.right]
                .into_iter()
                .find_map(|side| match side {
                    Operand::Position(span) => Some(*span),
                    _ => None,
                })
        }
        Expr::Exists(_) | Expr::Band(_) => None,
    }
}

fn first_span(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::Or(parts) | Expr::And(parts) => parts.first().and_then(first_span),
        Expr::Exists(path) => Some(path.span),
        Expr::Compare(comparison) => Some(comparison.span),
        Expr::Band(band) => Some(band.span),
    }
}
