//! Holes of a tree in XML: the processing instruction `<?rdpfix-unreadable why?>`.
//!
//! An event that was read with damage, or out of text, and is written as XML must not come back as one that never had the
//! field: the instruction keeps "nobody can say" apart from "it is not there". Other readers of the XML skip it.

use crate::reading::Reason;

const TARGET: &str = "rdpfix-unreadable";

/// The instruction for a hole, without `<?` and `?>`.
pub(super) fn to_instruction(reason: &Reason) -> String {
    let mut text = format!("{TARGET} ");
    for char in reason.to_string().chars() {
        match char {
            // What would end the instruction, and the escape character itself.
            '?' | '&' => text.push_str(&format!("&#{};", u32::from(char))),
            _ if super::render::is_xml_char(char) && !matches!(char, '\r' | '\n' | '\t') => {
                text.push(char);
            }
            _ => text.push(char::REPLACEMENT_CHARACTER),
        }
    }
    text
}

/// The hole an instruction stands for; `None` for any other instruction.
pub(super) fn from_instruction(instruction: &str) -> Option<Reason> {
    let text = instruction.strip_prefix(TARGET)?;
    let text = super::xml::unescape(text.strip_prefix(' ').unwrap_or(text), &mut Vec::new());
    let (kind, detail) = text.split_once(": ").unwrap_or((&text, ""));
    let detail = detail.to_owned();
    Some(match kind {
        "lost in the text export" => Reason::LostInText,
        "not in this source" => Reason::NotInSource,
        "access denied" => Reason::AccessDenied(detail),
        "cannot be read" => Reason::Io(detail),
        "not supported" => Reason::Unsupported(detail),
        "damaged" => Reason::Damaged(detail),
        _ => Reason::Damaged(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_comes_back() {
        for reason in [
            Reason::LostInText,
            Reason::NotInSource,
            Reason::Damaged("record 7 at 0x1000: & <why?>".into()),
            Reason::AccessDenied("5".into()),
            Reason::Io("disk: gone".into()),
            Reason::Unsupported(String::new()),
        ] {
            let instruction = to_instruction(&reason);
            assert!(!instruction.contains('?'));
            assert_eq!(from_instruction(&instruction), Some(reason));
        }
        assert_eq!(from_instruction("xml-stylesheet href='a'"), None);
    }
}
