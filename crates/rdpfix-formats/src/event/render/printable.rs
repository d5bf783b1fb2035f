//! Text from a log, made safe to show.

/// `text` with everything that could drive a terminal made visible: a hostile log must not move the cursor, set the window's
/// title or hide a line.
///
/// Line feed and tab stay. Carriage return goes when a line feed follows. Other control characters (C0, DEL, C1) and the
/// marks that reorder or hide text (bidirectional controls, zero-width characters, line separators) become `\u{…}`.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\n' | '\t' => out.push(char),
            '\r' if chars.peek() == Some(&'\n') => {}
            _ if char.is_control() || is_invisible(char) => out.extend(char.escape_unicode()),
            _ => out.push(char),
        }
    }
    out
}

const fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{AD}'
            | '\u{61C}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal() {
        assert_eq!(
            printable("a\x1b]0;owned\x07b\u{9b}2J\r\nc\rd\u{202e}e\tf"),
            "a\\u{1b}]0;owned\\u{7}b\\u{9b}2J\nc\\u{d}d\\u{202e}e\tf"
        );
    }
}
