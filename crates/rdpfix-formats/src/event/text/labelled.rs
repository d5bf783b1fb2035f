//! `Label: value` blocks: `wevtutil /f:text` and Event Viewer's copied text.

use super::console::{self, Line};
use super::fields::Fields;
use super::labels::{self, Field, VIEWER_ORDER, WEVTUTIL_ORDER};

/// Whether the line is `Event[0]:`, in whatever language: one word, a number in brackets, perhaps a colon.
pub(super) fn is_numbered(line: &str) -> bool {
    let line = line.trim();
    let line = line.strip_suffix([':', '：']).unwrap_or(line).trim_end();
    let Some((word, number)) = line.strip_suffix(']').and_then(|l| l.split_once('[')) else {
        return false;
    };
    let digits = !number.is_empty() && number.len() <= 20;
    (1..=24).contains(&word.chars().count())
        && word
            .chars()
            .all(|c| c.is_alphabetic() || c == ' ' || c == '-')
        && digits
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// Whether an event copied out of Event Viewer begins at the first line: by its labels, or in an unknown language by the
/// number that stands fourth among ten labels.
pub(super) fn is_viewer(lines: &[Line<'_>]) -> bool {
    if lines.first().is_none_or(|line| line.text.trim().is_empty()) {
        return false;
    }
    let mut parts = lines
        .iter()
        .filter(|line| !line.text.trim().is_empty())
        .map(|line| labels::split(&line.text));
    let Some(Some((first, name))) = parts.next() else {
        return false;
    };
    match labels::field(first) {
        Some(Field::LogName) => {
            // A log's name may be so long that a console cut it: the source is then a line later.
            let mut next = parts.take(2).flatten();
            return next.any(|(label, _)| labels::field(label) == Some(Field::Source));
        }
        // The heading lines of another event in progress are no beginning.
        Some(_) => return false,
        None => {}
    }
    if name.is_empty() || first.len() < 3 {
        return false;
    }
    let rest: Vec<_> = parts.take(9).collect();
    let [
        _,
        Some((_, date)),
        Some((_, id)),
        ..,
        Some((_, description)),
    ] = rest.as_slice()
    else {
        return false;
    };
    rest.len() == 9
        && rest.iter().all(Option::is_some)
        && date.bytes().any(|b| b.is_ascii_digit())
        && id.parse::<u16>().is_ok()
        && description.is_empty()
}

/// What one block says. `numbered` is whether it began with `Event[0]:`, which is not among the lines.
pub(super) fn read(lines: &[Line<'_>], offset: u64, numbered: bool) -> Fields {
    let mut fields = Fields {
        offset,
        ..Fields::default()
    };
    fields.notes = lines
        .iter()
        .find_map(|l| l.note.clone())
        .into_iter()
        .collect();
    let order: &[Field] = if numbered {
        &WEVTUTIL_ORDER
    } else {
        &VIEWER_ORDER
    };
    let width = console::cut_at(lines.iter().map(|line| &*line.text));
    let mut rest = lines;
    let mut place = 0_usize;
    while let Some((line, after)) = rest.split_first() {
        rest = after;
        let mut whole = line.text.to_string();
        let mut end = &*line.text;
        // A value that the console cut goes on in lines that are no labels of their own.
        while let (Some(width), Some((next, after))) = (width, rest.split_first()) {
            let label = labels::split(&next.text).map(|(label, _)| label);
            let is_label = label.is_some_and(|label| {
                labels::field(label).is_some() || (numbered && next.text.starts_with("  "))
            });
            if is_label || console::columns(end) != width || next.text.is_empty() {
                break;
            }
            whole.push_str(&next.text);
            end = &*next.text;
            rest = after;
        }
        if whole.trim().is_empty() {
            continue;
        }
        let Some((label, value)) = labels::split(&whole) else {
            // Not a heading line: the description without its label, or noise.
            if place >= order.len().saturating_sub(1) || fields.computer.is_some() {
                fields.message.push(whole);
                break;
            }
            continue;
        };
        let field = labels::field(label).or_else(|| order.get(place).copied());
        place = place.saturating_add(1);
        match field {
            Some(Field::Description) => {
                if !value.is_empty() {
                    fields.message.push(value.to_owned());
                }
                break;
            }
            Some(Field::EventXml) => return fields,
            Some(field) => fields.set(field, value),
            None => {
                fields.message.push(whole);
                break;
            }
        }
    }
    read_message(&mut fields, rest, width);
    fields
}

fn read_message(fields: &mut Fields, lines: &[Line<'_>], width: Option<usize>) {
    let mut open: Option<&str> = None;
    for line in lines {
        let text = &*line.text;
        if let Some((label, "")) = labels::split(text)
            && labels::field(label) == Some(Field::EventXml)
        {
            break;
        }
        let seam = width
            .zip(open)
            .and_then(|(width, before)| console::seam(before, text, width));
        match (seam, fields.message.last_mut()) {
            (Some(seam), Some(last)) => {
                last.push_str(seam);
                last.push_str(text);
            }
            _ => fields.message.push(text.to_owned()),
        }
        open = Some(text);
    }
}
