//! Dates as consoles and Event Viewer print them: the machine's local time, in its owner's format, without a zone.

use crate::event::Note;
use crate::filetime::FileTime;

/// The instant a printed date names, as far as it can be known, and what to say about it.
///
/// `wevtutil` prints `2023-05-29T06:15:19.719`, newer builds with more digits and a `Z` that is not meant: both are local
/// time. It is taken as UTC and [`Note::ZoneUnknown`] says so; only an explicit offset is believed. Of other formats those are
/// understood whose order of day and month is certain: year first, dots between (day first), or a day above twelve.
pub(super) fn parse(text: &str) -> (Option<FileTime>, Option<Note>) {
    let text = text.trim();
    let iso = text.get(4..5) == Some("-") && text.get(10..11) == Some("T");
    let time = if iso {
        FileTime::parse(text)
    } else {
        local(text)
    };
    let has_offset = iso && text.get(19..).is_some_and(|end| end.contains(['+', '-']));
    let note = match time {
        Some(_) if has_offset => None,
        Some(_) => Some(Note::ZoneUnknown(short(text))),
        None => Some(Note::TimeNotUnderstood(short(text))),
    };
    (time, note)
}

fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

fn local(text: &str) -> Option<FileTime> {
    let text = text
        .to_lowercase()
        .replace(['\u{A0}', '\u{202F}', '\u{200E}', '\u{200F}', ','], " ");
    if text.len() > 64 {
        return None;
    }
    let (text, afternoon) = half_of_day(&text);
    let mut numbers = [0_u16; 6];
    let mut separators = [' '; 6];
    let mut count = 0_usize;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        *numbers.get_mut(count)? = rest.get(..digits)?.parse().ok()?;
        let tail = rest.get(digits..)?;
        let separator = tail.trim_start().chars().next().unwrap_or(' ');
        let symbol = matches!(separator, '.' | '/' | '-' | ':');
        *separators.get_mut(count)? = if symbol { separator } else { ' ' };
        rest = tail.trim_start();
        if symbol {
            rest = rest.get(1..)?.trim_start();
        }
        count = count.checked_add(1)?;
    }
    let [a, b, c, hour, minute, second] = numbers;
    let [first, inner, _, colon, _, _] = separators;
    if count < 5 || first != inner || first == ':' || first == ' ' || colon != ':' {
        return None;
    }
    let (year, month, day) = match first {
        _ if a >= 1900 => (a, b, c),
        '.' => (c, b, a),
        _ if a > 12 => (c, b, a),
        _ if b > 12 || a == b => (c, a, b),
        _ => return None,
    };
    let hour = match (afternoon, hour) {
        (None, hour) => hour,
        (Some(_), 0 | 13..) => return None,
        (Some(afternoon), hour) => (hour % 12).checked_add(if afternoon { 12 } else { 0 })?,
    };
    // Outside these years it is another calendar, or not a date.
    if !(1990..=2200).contains(&year) {
        return None;
    }
    FileTime::from_parts(year, month, day, hour, minute, second, 0)
}

/// The text without its mark for before or after noon, and which it was.
fn half_of_day(text: &str) -> (String, Option<bool>) {
    const MARKS: [(&str, bool); 10] = [
        ("a. m.", false),
        ("p. m.", true),
        ("am", false),
        ("pm", true),
        ("오전", false),
        ("오후", true),
        ("上午", false),
        ("下午", true),
        ("午前", false),
        ("午後", true),
    ];
    for (mark, afternoon) in MARKS {
        if let Some((before, after)) = text.split_once(mark) {
            return (format!("{before} {after}"), Some(afternoon));
        }
    }
    (text.to_owned(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> String {
        parse(text)
            .0
            .map_or_else(|| "?".into(), |time| time.to_string())
    }

    #[test]
    fn iso_is_local_unless_it_has_an_offset() {
        let (found, note) = parse("2023-05-29T06:15:19.719");
        assert_eq!(found, FileTime::parse("2023-05-29T06:15:19.719Z"));
        assert!(matches!(note, Some(Note::ZoneUnknown(_))));
        let (_, note) = parse("2023-05-29T06:15:19.7190000Z");
        assert!(matches!(note, Some(Note::ZoneUnknown(_))));
        let (found, note) = parse("2023-05-29T08:15:19+02:00");
        assert_eq!(found, FileTime::parse("2023-05-29T06:15:19Z"));
        assert_eq!(note, None);
    }

    #[test]
    fn certain_orders_are_understood() {
        for text in [
            "29.05.2023 08:15:19",
            "29. 5. 2023 8:15:19",
            "5/29/2023 8:15:19 AM",
            "5/29/2023, 8:15:19\u{202F}AM",
            "29/05/2023 08:15:19",
            "2023/05/29 8:15:19",
            "2023-05-29 08:15:19",
            "29-5-2023 08:15:19",
            "2023-05-29 오전 8:15:19",
            "2023. 5. 29. 오전 8:15:19",
        ] {
            assert_eq!(time(text), "2023-05-29T08:15:19.0000000Z", "{text}");
        }
        assert_eq!(
            time("5/29/2023 12:00:01 AM"),
            "2023-05-29T00:00:01.0000000Z"
        );
        assert_eq!(time("2023/5/29 下午 1:00"), "2023-05-29T13:00:00.0000000Z");
    }

    #[test]
    fn the_rest_is_not_guessed() {
        for text in [
            "time",
            "—",
            "",
            "5/4/2023 8:15:19 AM",
            "29.05.2566 08:15:19",
            "1.2",
            "31.02.2023 08:00:00",
            "2023-05-29T",
            "99999999999",
        ] {
            assert_eq!(time(text), "?", "{text}");
            assert!(matches!(parse(text).1, Some(Note::TimeNotUnderstood(_))));
        }
    }
}
