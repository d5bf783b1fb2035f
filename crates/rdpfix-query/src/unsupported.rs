//! What XPath has and the Windows event log does not take, and what to write instead.
//!
//! The list is that of *Consuming Events*, section "XPath 1.0 limitations"
//! (<https://learn.microsoft.com/windows/win32/wes/consuming-events#xpath-10-limitations>).

use crate::diagnostic::{Diagnostic, Span};

/// The error for a construct of XPath that Windows does not take.
pub(crate) fn construct(what: &str, span: Span, help: &str) -> Diagnostic {
    let message = format!("{what} is not supported by the Windows event log");
    Diagnostic::error(span, message).with_help(help)
}

/// The error for a function other than `band`, `timediff` and `position`.
pub(crate) fn function(name: &str, span: Span) -> Diagnostic {
    let help = match name.to_ascii_lowercase().as_str() {
        "contains" | "starts-with" | "ends-with" | "substring" | "substring-before"
        | "substring-after" | "matches" => {
            "compare the whole text with `=`, or select by provider and event id and search what comes out"
        }
        "not" => "use `!=`, or a `<Suppress>` in a QueryList",
        "text" | "string" | "data" => "compare the element itself: `Data='…'`",
        "number" => "compare with a number and the value is read as one: `Data=5`",
        "last" | "count" => {
            "the number of nodes is not known while events are read; `position()` counts from the front"
        }
        "node" | "name" | "local-name" => "write the name of the element, or `*` for any",
        "lower-case" | "upper-case" | "translate" => "name each spelling: `Data='a' or Data='A'`",
        "true" | "false" => "compare with the text the event holds: `Data='true'`",
        _ => "the functions are `band`, `timediff` and `position`",
    };
    construct(&format!("`{name}()`"), span, help)
}

/// The error for an axis other than `child` and `attribute`.
pub(crate) fn axis(name: &str, span: Span) -> Diagnostic {
    let help = match name {
        "self" => "compare the element by its name: `Data='…'`",
        "descendant" | "descendant-or-self" => "name each step, or write `*` for one with any name",
        _ => "write the path from the event down",
    };
    construct(&format!("the axis `{name}::`"), span, help)
}

/// The error for `//`.
pub(crate) fn descendants(span: Span) -> Diagnostic {
    let help = "name each step, or write `*` for one with any name: `UserData/*/Name`";
    construct("`//`", span, help)
}

/// The error for `.` and `..`.
pub(crate) fn dots(written: &str, span: Span) -> Diagnostic {
    let help = match written {
        "." => "compare the element by its name: `Data='…'` instead of `Data[.='…']`",
        _ => "write the path from the event down, and join conditions with `and`",
    };
    construct(&format!("`{written}`"), span, help)
}

/// The error for a comparison of two things neither of which is a literal.
pub(crate) fn two_nodes(span: Span) -> Diagnostic {
    let help = "compare each with a number or a string";
    construct("comparing one node with another", span, help)
}
