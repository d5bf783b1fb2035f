//! Times and ages as a person reads them.

use rdpfix_formats::filetime::FileTime;

/// `2026-11-20 03:00:12 UTC`.
pub(crate) fn stamp(time: FileTime) -> String {
    let text = time.to_string();
    match text.get(..19) {
        Some(date) if text.ends_with('Z') => format!("{} UTC", date.replace('T', " ")),
        _ => text,
    }
}

/// `5 hours ago`; for a time after `now`, `5 hours in the future`.
pub(crate) fn age(time: FileTime, now: FileTime) -> String {
    let milliseconds = now.milliseconds_since(time);
    let amount = amount(milliseconds.unsigned_abs() / 1000);
    if milliseconds < 0 {
        format!("{amount} in the future")
    } else {
        format!("{amount} ago")
    }
}

fn amount(seconds: u64) -> String {
    const UNITS: [(u64, &str); 5] = [
        (365 * 86_400, "year"),
        (30 * 86_400, "month"),
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
    ];
    // Below two of a unit the next smaller one says more.
    let unit = UNITS.into_iter().find(|(length, _)| seconds >= 2 * length);
    let (length, name) = unit.unwrap_or((1, "second"));
    let count = seconds / length;
    if count == 1 {
        format!("1 {name}")
    } else {
        format!("{count} {name}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_in_the_unit_that_says_most() {
        let now = FileTime::parse("2026-11-20T08:00:00Z").unwrap();
        let at = |text| age(FileTime::parse(text).unwrap(), now);
        assert_eq!(at("2026-11-20T07:59:59Z"), "1 second ago");
        assert_eq!(at("2026-11-20T03:00:00Z"), "5 hours ago");
        assert_eq!(at("2026-11-19T08:00:00Z"), "24 hours ago");
        assert_eq!(at("2026-10-20T08:00:00Z"), "31 days ago");
        assert_eq!(at("2026-11-20T13:00:00Z"), "5 hours in the future");
        assert_eq!(stamp(now), "2026-11-20 08:00:00 UTC");
    }
}
