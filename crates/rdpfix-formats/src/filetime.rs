//! `FILETIME`: 100-nanosecond intervals since 1601-01-01T00:00:00Z.
//!
//! <https://learn.microsoft.com/windows/win32/api/minwinbase/ns-minwinbase-filetime>

use std::fmt;

use jiff::{Timestamp, civil, tz};

/// Seconds between 1601-01-01 and 1970-01-01.
const UNIX_EPOCH_SECONDS: i64 = 11_644_473_600;
const TICKS_PER_SECOND: u64 = 10_000_000;

/// A point in time as Windows counts it. Zero is 1601-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileTime(u64);

impl FileTime {
    /// From the number of 100 ns intervals since 1601.
    pub const fn from_ticks(ticks: u64) -> Self {
        Self(ticks)
    }

    /// The number of 100 ns intervals since 1601.
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// From seconds since 1970; times before 1601 are clamped to 1601.
    pub fn from_unix_seconds(seconds: i64) -> Self {
        let since_1601 = seconds.saturating_add(UNIX_EPOCH_SECONDS);
        Self(
            u64::try_from(since_1601)
                .unwrap_or(0)
                .saturating_mul(TICKS_PER_SECOND),
        )
    }

    /// From an RFC 3339 instant. A date-time without zone, as `wevtutil` text prints it, is taken as UTC.
    ///
    /// Returns `None` when the text is not a date-time or lies before 1601.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let timestamp = text.parse::<Timestamp>().ok().or_else(|| {
            let local = text.parse::<civil::DateTime>().ok()?;
            tz::TimeZone::UTC.to_timestamp(local).ok()
        })?;
        let seconds = timestamp.as_second().checked_add(UNIX_EPOCH_SECONDS)?;
        let ticks = i128::from(seconds) * i128::from(TICKS_PER_SECOND)
            + i128::from(timestamp.subsec_nanosecond()) / 100;
        u64::try_from(ticks).ok().map(Self)
    }

    /// From the parts of a `SYSTEMTIME`; `None` for a date that does not exist.
    pub fn from_parts(
        year: u16,
        month: u16,
        day: u16,
        hour: u16,
        minute: u16,
        second: u16,
        millisecond: u16,
    ) -> Option<Self> {
        let date = civil::DateTime::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
            i8::try_from(hour).ok()?,
            i8::try_from(minute).ok()?,
            i8::try_from(second).ok()?,
            i32::from(millisecond).checked_mul(1_000_000)?,
        )
        .ok()?;
        let timestamp = tz::TimeZone::UTC.to_timestamp(date).ok()?;
        let millis = timestamp
            .as_millisecond()
            .checked_add(UNIX_EPOCH_SECONDS.checked_mul(1000)?)?;
        u64::try_from(millis).ok()?.checked_mul(10_000).map(Self)
    }

    /// How long after `earlier` this is, in milliseconds; negative when it is before.
    pub fn milliseconds_since(self, earlier: Self) -> i64 {
        let ticks = i128::from(self.0) - i128::from(earlier.0);
        i64::try_from(ticks / 10_000).unwrap_or(if ticks < 0 { i64::MIN } else { i64::MAX })
    }

    /// The instant, where the calendar reaches it (up to the year 9999).
    pub fn timestamp(self) -> Option<Timestamp> {
        let seconds = i64::try_from(self.0 / TICKS_PER_SECOND)
            .ok()?
            .checked_sub(UNIX_EPOCH_SECONDS)?;
        let nanos = i32::try_from(self.0 % TICKS_PER_SECOND)
            .ok()?
            .checked_mul(100)?;
        Timestamp::new(seconds, nanos).ok()
    }
}

/// RFC 3339 in UTC with seven fractional digits, as Windows writes `SystemTime`.
impl fmt::Display for FileTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.timestamp() {
            Some(timestamp) => {
                let utc = tz::Offset::UTC.to_datetime(timestamp);
                write!(
                    f,
                    "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z",
                    utc.year(),
                    utc.month(),
                    utc.day(),
                    utc.hour(),
                    utc.minute(),
                    utc.second(),
                    self.0 % TICKS_PER_SECOND
                )
            }
            // A damaged record can hold any 64 bits: say which ones rather than invent a date.
            None => write!(f, "FILETIME {:#018x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let time = FileTime::parse("2018-07-06T18:45:47.0178202Z").unwrap();
        assert_eq!(time.to_string(), "2018-07-06T18:45:47.0178202Z");
        assert_eq!(
            FileTime::parse("2018-07-06T18:45:47.017820200Z"),
            Some(time)
        );
        assert_eq!(
            FileTime::parse("2018-07-06T20:45:47.0178202+02:00"),
            Some(time)
        );
        assert_eq!(
            FileTime::from_ticks(0).to_string(),
            "1601-01-01T00:00:00.0000000Z"
        );
        assert_eq!(
            FileTime::parse("1601-01-01T00:00:00Z"),
            Some(FileTime::from_ticks(0))
        );
        assert_eq!(FileTime::parse("not a date"), None);
        assert_eq!(
            FileTime::from_ticks(u64::MAX).to_string(),
            "FILETIME 0xffffffffffffffff"
        );
    }

    #[test]
    fn a_time_without_zone_is_utc() {
        assert_eq!(
            FileTime::parse("2023-05-29T06:15:19.719"),
            FileTime::parse("2023-05-29T06:15:19.719Z")
        );
    }

    #[test]
    fn systemtime_parts() {
        assert_eq!(
            FileTime::from_parts(2018, 7, 6, 18, 45, 47, 17),
            FileTime::parse("2018-07-06T18:45:47.017Z")
        );
        assert_eq!(FileTime::from_parts(2018, 2, 30, 0, 0, 0, 0), None);
    }

    #[test]
    fn differences_are_signed() {
        let early = FileTime::parse("2020-01-01T00:00:00Z").unwrap();
        let late = FileTime::parse("2020-01-01T00:00:01.5Z").unwrap();
        assert_eq!(late.milliseconds_since(early), 1500);
        assert_eq!(early.milliseconds_since(late), -1500);
    }
}
