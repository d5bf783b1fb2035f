//! What the terminal can show. A serial console shows 80 columns of ASCII.

use std::env;

use anstyle::{AnsiColor, Style};

/// The width everything fits in, in columns. Reports are made for a serial console and stay readable there.
pub(crate) const COLUMNS: usize = 80;

/// Marks used in front of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    /// Before a point.
    pub(crate) bullet: &'static str,
    /// Before a command to type.
    pub(crate) prompt: &'static str,
    /// A line across.
    pub(crate) rule: &'static str,
}

impl Marks {
    /// What the locale can print.
    pub(crate) fn of_locale() -> Self {
        if speaks_utf8() {
            Self {
                bullet: "•",
                prompt: "›",
                rule: "─",
            }
        } else {
            Self {
                bullet: "*",
                prompt: ">",
                rule: "-",
            }
        }
    }
}

/// Whether the locale is a UTF-8 one. On Windows the console is asked for nothing: ASCII always arrives.
#[expect(
    clippy::disallowed_methods,
    reason = "the binary reads the environment"
)]
fn speaks_utf8() -> bool {
    let first = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| {
        let value = env::var(name).ok()?;
        (!value.is_empty()).then_some(value)
    });
    first.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Styles of the report.
pub(crate) mod style {
    use super::{AnsiColor, Style};

    /// The verdict.
    pub(crate) const VERDICT: Style = Style::new().bold();
    /// A heading.
    pub(crate) const HEADING: Style = AnsiColor::Cyan.on_default().bold();
    /// A fault that is certain.
    pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
    /// A fault that is likely.
    pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
    /// All is well.
    pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
    /// Details.
    pub(crate) const FAINT: Style = Style::new().dimmed();
}

/// `text` in a style.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
