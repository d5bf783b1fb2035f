//! What a console adds to text: escape sequences, overprinting, prompts, `-- More --`, and lines cut at its edge.

use std::borrow::Cow;

use super::MAX_LINES;
use crate::encoding::{Encoding, code_page_of, decode_in, length_in_file};
use crate::event::Note;

/// A line as a person saw it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line<'a> {
    pub(super) text: Cow<'a, str>,
    /// File offset of the line's first byte.
    pub(super) offset: u64,
    /// What reading it had to guess.
    pub(super) note: Option<Note>,
}

/// The longest line an escape sequence can make, in characters.
const MAX_COLUMNS: usize = 4096;

/// Splits a file into lines, and says whether there are more than [`MAX_LINES`].
pub(super) fn lines(bytes: &[u8], encoding: Encoding, bom: usize) -> (Vec<Line<'_>>, bool) {
    let page = code_page_of(bytes).map(|(_, page)| page);
    let mut lines = Vec::new();
    let mut offset = u64::try_from(bom).unwrap_or_default();
    for raw in bytes.split_inclusive(|b| *b == b'\n') {
        if lines.len() >= MAX_LINES {
            return (lines, true);
        }
        let note = page.and_then(|_| code_page_of(raw)).zip(page);
        let note = note.map(|((bytes, _), page)| Note::NotUtf8 { bytes, page });
        let text = match page {
            Some(page) => decode_in(raw, page),
            None => String::from_utf8_lossy(raw),
        };
        let length = text.trim_end_matches(['\r', '\n', '\0']).len();
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(..length).unwrap_or(text)),
            Cow::Owned(mut text) => {
                text.truncate(length);
                Cow::Owned(text)
            }
        };
        if text.chars().any(|c| c.is_control() && c != '\t') {
            for seen in on_screen(&text) {
                if lines.len() >= MAX_LINES {
                    return (lines, true);
                }
                let note = note.clone();
                let text = Cow::Owned(without_pager(&seen).trim_end().to_owned());
                lines.push(Line { text, offset, note });
            }
        } else {
            let text = match text {
                Cow::Borrowed(text) => Cow::Borrowed(without_pager(text)),
                Cow::Owned(text) => Cow::Owned(without_pager(&text).to_owned()),
            };
            lines.push(Line { text, offset, note });
        }
        offset = offset.saturating_add(length_in_file(encoding, raw));
    }
    (lines, false)
}

/// The lines a terminal shows for text with control characters in it.
///
/// Understood are carriage return, backspace, and of the VT sequences those that a console's output really moves text with:
/// cursor forward, erase to the end of the line, and positioning, which begins a line (the Special Administration Console draws
/// its channels so). Everything else goes.
fn on_screen(text: &str) -> Vec<String> {
    let mut screen: Vec<String> = Vec::new();
    let mut line: Vec<char> = Vec::new();
    let mut column = 0_usize;
    let mut space = text.len().saturating_add(2 * MAX_COLUMNS);
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\r' => column = 0,
            '\u{8}' => column = column.saturating_sub(1),
            '\u{1B}' | '\u{9B}' => match sequence(char, &mut chars) {
                Some(('H' | 'f', _)) => {
                    screen.push(std::mem::take(&mut line).into_iter().collect());
                    column = 0;
                }
                Some(('C', count)) => {
                    column = column.saturating_add(count.max(1)).min(MAX_COLUMNS);
                }
                Some(('K', 0)) => line.truncate(column),
                _ => {}
            },
            _ if char.is_control() && char != '\t' => {}
            _ => {
                if column > line.len() {
                    // A few bytes can ask for much space; together they get no more than there is text.
                    space = space.saturating_sub(column.saturating_sub(line.len()));
                    if space > 0 {
                        line.resize(column, ' ');
                    }
                    column = line.len();
                }
                match line.get_mut(column) {
                    Some(cell) => *cell = char,
                    None => line.push(char),
                }
                column = column.saturating_add(1);
            }
        }
    }
    screen.push(line.into_iter().collect());
    // A position set before anything was written makes no line.
    if screen.len() > 1 {
        screen.retain(|line| !line.is_empty());
    }
    screen
}

/// Consumes an escape sequence; gives its final character and first number if it is a control sequence.
fn sequence(first: char, chars: &mut std::str::Chars<'_>) -> Option<(char, usize)> {
    let kind = if first == '\u{9B}' {
        '['
    } else {
        chars.next()?
    };
    match kind {
        '[' => {
            let mut number = Some(0_usize);
            for char in chars.by_ref() {
                match char {
                    '0'..='9' => {
                        let digit = char.to_digit(10).and_then(|d| usize::try_from(d).ok());
                        number = number.map(|n| {
                            n.saturating_mul(10)
                                .saturating_add(digit.unwrap_or_default())
                        });
                    }
                    ' '..='?' => {}
                    _ => return Some((char, number.take().unwrap_or_default())),
                }
            }
            None
        }
        // An operating system command ends with BEL or ESC \.
        ']' | 'P' | '_' | '^' => {
            let mut escaped = false;
            for char in chars.by_ref() {
                if char == '\u{7}' || (escaped && char == '\\') {
                    break;
                }
                escaped = char == '\u{1B}';
            }
            None
        }
        '(' | ')' | '#' | '%' | ' ' => {
            chars.next();
            None
        }
        _ => None,
    }
}

/// The line without the `-- More  --` that `more` left at its start, in any language, or the `> ` of a quoted message.
fn without_pager(line: &str) -> &str {
    let quoted = line.strip_prefix("> ").unwrap_or(line);
    let Some(after) = quoted.strip_prefix("-- ") else {
        return quoted;
    };
    match after.split_once("--") {
        Some((word, rest)) if !word.is_empty() && word.chars().count() <= 24 => rest.trim_start(),
        _ => quoted,
    }
}

/// Whether the line is a prompt of cmd, PowerShell or the Special Administration Console: what follows it is a command.
pub(super) fn is_prompt(line: &str) -> bool {
    let line = line.trim_start();
    let line = match line.strip_prefix('[') {
        Some(host) => host.split_once("]: ").map_or(line, |(_, rest)| rest),
        None => line,
    };
    if line.starts_with("SAC>") || line.starts_with("PS>") {
        return true;
    }
    let line = line.strip_prefix("PS ").unwrap_or(line);
    let mut chars = line.chars();
    let drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    if !drive || !chars.as_str().starts_with(":\\") {
        return false;
    }
    match line.split_once('>') {
        Some((path, _)) => !path.contains(['<', '"', '|', '?', '*', '/']) && path.len() <= 260,
        None => false,
    }
}

/// Widths consoles have.
const WIDTHS: [usize; 5] = [80, 100, 120, 132, 160];

/// The width at which the console cut these lines, if it did: none is longer and one fills it.
pub(super) fn cut_at<'a>(lines: impl Iterator<Item = &'a str>) -> Option<usize> {
    let widest = lines.map(columns).max()?;
    WIDTHS.contains(&widest).then_some(widest)
}

/// How many columns of a console the text takes.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// Whether East Asian consoles show the character two columns wide.
pub(super) const fn is_wide(char: char) -> bool {
    matches!(
        char,
        '\u{1100}'..='\u{115F}'
            | '\u{2E80}'..='\u{303E}'
            | '\u{3041}'..='\u{A4CF}'
            | '\u{AC00}'..='\u{D7A3}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{FE30}'..='\u{FE6F}'
            | '\u{FF00}'..='\u{FF60}'
            | '\u{FFE0}'..='\u{FFE6}'
            | '\u{20000}'..='\u{3FFFD}'
    )
}

/// What joins a line to the next when the console cut it at `width`; `None` when it did not.
///
/// The cut falls anywhere, also before a space, which copying then drops, or one column early before a character two wide.
pub(super) fn seam(line: &str, next: &str, width: usize) -> Option<&'static str> {
    let first = next.chars().next()?;
    let used = columns(line);
    if used == width || (used.saturating_add(1) == width && is_wide(first)) {
        Some("")
    } else if used.saturating_add(1) == width && !first.is_whitespace() {
        Some(" ")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<String> {
        let (lines, _) = lines(text.as_bytes(), Encoding::Utf8, 0);
        lines.into_iter().map(|l| l.text.into_owned()).collect()
    }

    #[test]
    fn what_a_terminal_does_is_done() {
        assert_eq!(seen("\x1b[1;31mEvent[0]:\x1b[0m\r\n"), ["Event[0]:"]);
        assert_eq!(
            seen("-- More  -- \r             \r  Level: Error\n"),
            ["  Level: Error"]
        );
        assert_eq!(seen("-- Fortsetzung --  Level: x"), ["Level: x"]);
        assert_eq!(seen("wevtt\x08util"), ["wevtutil"]);
        assert_eq!(
            seen("\x1b[2J\x1b[1;1HEvent[0]:\x1b[2;1H\x1b[2CLog Name: System"),
            ["Event[0]:", "  Log Name: System"]
        );
        assert_eq!(
            seen("a\x1b]0;title\x07b\x1b[9999999999999999999Cc")[0].len(),
            4097
        );
        assert_eq!(seen("--\n-- \n"), ["--", "-- "]);
    }

    #[test]
    fn prompts() {
        for line in [
            "C:\\>wevtutil qe System",
            "C:\\Windows\\system32>",
            "PS C:\\> Get-WinEvent",
            "SAC>ch -sn Cmd0001",
            "[web01]: PS C:\\Users\\x> ls",
        ] {
            assert!(is_prompt(line), "{line}");
        }
        for line in [
            "  Log Name: System",
            "C:\\Program Files\\x.exe failed",
            "<Event>",
            "path C:\\x>y",
        ] {
            assert!(!is_prompt(line), "{line}");
        }
    }

    #[test]
    fn seams() {
        assert_eq!(seam("abcd", "ef", 4), Some(""));
        assert_eq!(seam("abc", "def", 4), Some(" "));
        assert_eq!(seam("abc", "証", 4), Some(""));
        assert_eq!(seam("ab", "cd", 4), None);
        assert_eq!(seam("abcd", "", 4), None);
        assert_eq!(columns("証明書a"), 7);
    }
}
