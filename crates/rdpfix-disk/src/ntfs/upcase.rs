//! `$UpCase`: the upper case of every UTF-16 unit, as the volume was made with. Names are ordered and found by it.

use std::cmp::Ordering;

use super::attribute::units;

/// One entry for each of the 65,536 units.
pub(super) const TABLE_BYTES: u64 = 128 << 10;

/// The table of a volume.
#[derive(Debug)]
pub(super) struct UpCase(Vec<u16>);

impl UpCase {
    /// From the content of `$UpCase`. One that does not even know ASCII is damaged, and the Unicode standard's upper
    /// case takes its place.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let table = Self(units(bytes));
        let right = |small: u8| table.upper(small.into()) == u16::from(small.to_ascii_uppercase());
        if (0..0x80).all(right) {
            table
        } else {
            Self::of_unicode()
        }
    }

    /// What Unicode says, for units whose upper case is one unit.
    pub(super) fn of_unicode() -> Self {
        let upper = |unit: u16| {
            let letter = char::from_u32(unit.into())?;
            let mut upper = letter.to_uppercase();
            let first = upper.next().filter(|_| upper.next().is_none())?;
            u16::try_from(u32::from(first)).ok()
        };
        Self(
            (0..=u16::MAX)
                .map(|unit| upper(unit).unwrap_or(unit))
                .collect(),
        )
    }

    fn upper(&self, unit: u16) -> u16 {
        self.0.get(usize::from(unit)).copied().unwrap_or(unit)
    }

    /// The order of two names, as Windows orders folders.
    pub(super) fn compare(&self, left: &[u16], right: &[u16]) -> Ordering {
        let upper =
            |units: &[u16]| -> Vec<u16> { units.iter().map(|unit| self.upper(*unit)).collect() };
        upper(left).cmp(&upper(right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units_of(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    #[test]
    fn case_is_ignored_beyond_ascii() {
        let table = UpCase::parse(&[]);
        for (left, right, order) in [
            ("SYSTEM", "system", Ordering::Equal),
            ("Zażółć", "ZAŻÓŁĆ", Ordering::Equal),
            ("a", "b", Ordering::Less),
            ("ab", "A", Ordering::Greater),
            ("_", "a", Ordering::Greater),
            ("ß", "SS", Ordering::Greater),
        ] {
            assert_eq!(
                table.compare(&units_of(left), &units_of(right)),
                order,
                "{left} {right}"
            );
        }
    }
}
