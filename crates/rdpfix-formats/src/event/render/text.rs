//! Event to text, as `wevtutil qe /f:text` prints it.

use std::fmt::Display;

use super::printable;
use super::view::EventView;
use crate::event::Event;
use crate::reading::Reading;

/// The keyword bit of events a classic provider wrote (`winmeta.xml`, `win:EventlogClassic`).
const CLASSIC: u64 = 0x0080_0000_0000_0000;

/// The event as `wevtutil qe /f:text` prints it, English labels, time in UTC; `index` is its number in the output.
///
/// Windows renders the description from message files, which are not at hand: an event that carries its message shows
/// it, any other shows its values, a line each. Names Windows would look up (task, opcode, user name) stand as numbers
/// and identifiers. What cannot be read shows why, in parentheses. Nothing in the result can drive a terminal: see [`printable`].
pub fn text(event: &Event, index: u64) -> String {
    let system = event.system();
    let view = EventView::of(event);
    let mut out = format!("Event[{index}]:\n");
    let mut line = |label: &str, value: String| {
        // A line break inside a value would forge the next label.
        let value = printable(&value).replace('\n', "\\n");
        out.push_str(format!("  {label}: {value}").trim_end());
        out.push('\n');
    };
    line("Log Name", shown(system.channel(), ""));
    line("Source", shown(system.provider(), ""));
    line("Date", shown(system.time_created(), "N/A"));
    line("Event ID", shown(system.event_id(), "N/A"));
    line("Task", named(system.task()));
    line("Level", shown(system.level().map(level), "N/A"));
    line("Opcode", named(system.opcode()));
    line("Keyword", shown(system.keywords().map(keyword), "N/A"));
    line("User", shown(system.user(), "N/A"));
    line("User Name", "N/A".to_owned());
    line("Computer", shown(system.computer(), "N/A"));
    out.push_str("  Description:\n");
    match (view.message, event.payload()) {
        (Some(message), _) => out.push_str(&printable(&message)),
        (None, Reading::Unreadable(reason)) => out.push_str(&printable(&format!("({reason})"))),
        (None, _) => {
            for datum in view.data {
                let value = datum.value.as_deref().unwrap_or("(unreadable)");
                let line = match datum.name {
                    Some(name) => format!("{name} = {value}"),
                    None => value.to_owned(),
                };
                out.push_str(printable(&line).trim_end());
                out.push('\n');
            }
            if let Some(binary) = view.binary {
                out.push_str(&format!("Binary = {binary}\n"));
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push_str("\n\n");
    out
}

fn shown<T: Display>(value: Reading<T>, absent: &str) -> String {
    match value {
        Reading::Present(value) => value.to_string(),
        Reading::Absent => absent.to_owned(),
        Reading::Unreadable(reason) => format!("({reason})"),
    }
}

/// A number that Windows would show as a name; zero is none.
fn named<T: Display + Default + PartialEq>(value: Reading<T>) -> String {
    match value {
        Reading::Present(number) if number == T::default() => "N/A".to_owned(),
        other => shown(other, "N/A"),
    }
}

fn level(level: u8) -> String {
    match level {
        1 => "Critical".to_owned(),
        2 => "Error".to_owned(),
        3 => "Warning".to_owned(),
        0 | 4 => "Information".to_owned(),
        5 => "Verbose".to_owned(),
        other => other.to_string(),
    }
}

fn keyword(keywords: u64) -> String {
    match keywords {
        0 => "N/A".to_owned(),
        CLASSIC => "Classic".to_owned(),
        other => format!("0x{other:x}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::event::xml::events;

    #[test]
    fn as_wevtutil_prints_it_and_without_escapes() {
        let xml = "<Event><System><Provider Name='Schannel'/><EventID>36870</EventID><Level>2</Level>\
            <Keywords>0x80000000000000</Keywords><TimeCreated SystemTime='2023-05-29T06:15:19.7199385Z'/>\
            <Channel>System</Channel><Computer>a&#10;  Event ID: 7&#27;[2J</Computer><Security UserID='S-1-5-18'/>\
            </System><EventData><Data Name='Type'>server</Data><Data>x</Data></EventData></Event>";
        let event = events(xml.as_bytes()).next().unwrap().unwrap().event;
        assert_eq!(
            super::text(&event, 3),
            "Event[3]:\n  Log Name: System\n  Source: Schannel\n  Date: 2023-05-29T06:15:19.7199385Z\n  \
             Event ID: 36870\n  Task: N/A\n  Level: Error\n  Opcode: N/A\n  Keyword: Classic\n  User: S-1-5-18\n  \
             User Name: N/A\n  Computer: a\\n  Event ID: 7\\u{1b}[2J\n  Description:\nType = server\nx\n\n"
        );
    }
}
