//! Lines of 80 columns.

use rdpfix_formats::event::render::printable;
use textwrap::{Options, WordSplitter, wrap};

use crate::terminal::{COLUMNS, Marks, style, styled};

/// Text made of wrapped lines, for a terminal of 80 columns.
///
/// Everything that came from a machine passes through [`printable`] here, so that a log cannot drive the terminal.
pub(crate) struct Page {
    text: String,
    marks: Marks,
}

impl Page {
    pub(crate) fn new() -> Self {
        Self {
            text: String::new(),
            marks: Marks::of_locale(),
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// An empty line, unless there is one already.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A line across, with a name in it.
    pub(crate) fn rule(&mut self, name: &str) {
        self.gap();
        let name = printable(name);
        let rest = COLUMNS.saturating_sub(name.chars().count() + 4);
        let line = format!(
            "{0}{0} {name} {1}",
            self.marks.rule,
            self.marks.rule.repeat(rest)
        );
        self.styled_line(style::FAINT, &line);
    }

    /// A heading over what follows.
    pub(crate) fn heading(&mut self, text: &str) {
        self.gap();
        self.styled_line(style::HEADING, text);
    }

    /// One line, as it is.
    pub(crate) fn styled_line(&mut self, style: anstyle::Style, text: &str) {
        self.text.push_str(&styled(style, text));
        self.text.push('\n');
    }

    /// A paragraph, indented, its later lines indented by `hang` more.
    pub(crate) fn paragraph(&mut self, indent: usize, hang: usize, text: &str) {
        self.paragraph_in(anstyle::Style::new(), indent, hang, text);
    }

    /// The same in a style.
    pub(crate) fn paragraph_in(
        &mut self,
        style: anstyle::Style,
        indent: usize,
        hang: usize,
        text: &str,
    ) {
        let (first, later) = (" ".repeat(indent), " ".repeat(indent + hang));
        let options = Options::new(COLUMNS)
            .initial_indent(&first)
            .subsequent_indent(&later)
            .word_splitter(WordSplitter::NoHyphenation);
        for line in wrap(&printable(text), options) {
            if style == anstyle::Style::new() {
                self.text.push_str(&line);
            } else {
                self.text.push_str(&styled(style, &line));
            }
            self.text.push('\n');
        }
    }

    /// One point of a list.
    pub(crate) fn point(&mut self, indent: usize, text: &str) {
        let text = format!("{} {text}", self.marks.bullet);
        self.paragraph(indent, 2, &text);
    }

    /// A command to type: never wrapped, so that it can be copied.
    pub(crate) fn command(&mut self, indent: usize, command: &str) {
        for (index, line) in command.trim_end().lines().enumerate() {
            let prompt = if index == 0 { self.marks.prompt } else { " " };
            self.text.push_str(&" ".repeat(indent));
            self.text.push_str(&styled(
                style::VERDICT,
                &format!("{prompt} {}", printable(line)),
            ));
            self.text.push('\n');
        }
    }

    /// Text with line breaks of its own, such as Markdown: paragraphs are wrapped, lists, quotes and code are kept.
    pub(crate) fn markdown(&mut self, markdown: &str) {
        let mut paragraph = String::new();
        let mut in_code = false;
        for line in markdown.lines() {
            let fence = line.trim_start().starts_with("```");
            in_code ^= fence;
            let starts_item =
                line.trim_start().starts_with(['-', '*', '|']) || starts_with_number(line);
            let ends_paragraph =
                line.trim().is_empty() || fence || in_code || line.starts_with('#') || starts_item;
            if ends_paragraph {
                self.flush(&mut paragraph);
            }
            if let Some(heading) = line.strip_prefix("## ") {
                self.heading(heading);
            } else if line.trim().is_empty() {
                self.gap();
            } else if in_code && !fence {
                self.command(2, line);
            } else if !fence {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(line.trim());
            }
        }
        self.flush(&mut paragraph);
    }

    fn flush(&mut self, paragraph: &mut String) {
        if !paragraph.is_empty() {
            let hang = if paragraph.starts_with(['-', '*']) {
                2
            } else if starts_with_number(paragraph) {
                3
            } else {
                0
            };
            self.paragraph(0, hang, paragraph);
            paragraph.clear();
        }
    }
}

fn starts_with_number(line: &str) -> bool {
    let line = line.trim_start();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0
        && line
            .get(digits..)
            .is_some_and(|rest| rest.starts_with(". "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wider_than_80_columns_but_commands() {
        let mut page = Page::new();
        page.paragraph(4, 2, &"word ".repeat(60));
        page.point(2, &"word ".repeat(60));
        page.rule("web01");
        let text = anstream::adapter::strip_str(&page.finish()).to_string();
        assert!(
            text.lines().all(|line| line.chars().count() <= COLUMNS),
            "{text}"
        );
    }

    #[test]
    fn a_log_cannot_drive_the_terminal() {
        let mut page = Page::new();
        page.paragraph(0, 0, "a\u{1b}]0;owned\u{7}b");
        page.command(0, "echo \u{1b}[2J");
        let text = page.finish();
        assert!(!text.contains("\u{1b}]"), "{text:?}");
        assert!(!text.contains("\u{1b}[2J"), "{text:?}");
    }

    #[test]
    fn markdown_paragraphs_flow_and_lists_stay() {
        let mut page = Page::new();
        page.markdown("## Cause\n\nOne\ntwo.\n\n1. first\n   more\n2. second\n");
        let text = anstream::adapter::strip_str(&page.finish()).to_string();
        assert_eq!(text, "Cause\n\nOne two.\n\n1. first more\n2. second\n");
    }
}
