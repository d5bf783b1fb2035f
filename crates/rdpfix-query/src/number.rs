//! Numbers of a query and of an event: whole ones exactly, fractions as floating point.

use std::cmp::Ordering;
use std::fmt;

/// A number. Whole numbers are exact, so that 64-bit keywords and record ids compare without loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A whole number.
    Whole(i128),
    /// A number with a fraction, or one too large for a whole number.
    Fraction(f64),
}

impl Number {
    /// From text: decimal digits with an optional sign and fraction, or `0x` and up to sixteen hexadecimal digits.
    ///
    /// White space around it is allowed; exponents, infinities and digit grouping are not, as in XPath.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        if let Some(number) = parse_hex(text) {
            return Some(Self::Whole(i128::from(number)));
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let decimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !decimal(whole) || !decimal(fraction) {
            return None;
        }
        if fraction.bytes().all(|byte| byte == b'0') && !whole.is_empty() {
            let sign = if text.starts_with('-') { -1 } else { 1 };
            if let Ok(number) = whole.parse::<i128>() {
                return Some(Self::Whole(number * sign));
            }
        }
        let number = text.parse::<f64>().ok()?;
        number.is_finite().then_some(Self::Fraction(number))
    }

    /// The number as a 64-bit mask; negative ones as two's complement, as signed fields hold masks.
    pub fn bits(self) -> Option<u64> {
        match self {
            Self::Whole(number) => u64::try_from(number)
                .ok()
                .or_else(|| i64::try_from(number).ok().map(i64::cast_unsigned)),
            Self::Fraction(_) => None,
        }
    }

    /// The number as an unsigned whole number.
    pub fn whole(self) -> Option<u64> {
        match self {
            Self::Whole(number) => u64::try_from(number).ok(),
            Self::Fraction(_) => None,
        }
    }

    fn approximate(self) -> f64 {
        match self {
            // Rounding is what a comparison with a fraction means.
            Self::Whole(number) => number as f64,
            Self::Fraction(number) => number,
        }
    }

    /// How this number compares with `other`.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(&b)),
            (a, b) => a.approximate().partial_cmp(&b.approximate()),
        }
    }
}

/// The value of `0x` and one to sixteen hexadecimal digits.
pub(crate) fn parse_hex(text: &str) -> Option<u64> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))?;
    let valid = (1..=16).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    valid
        .then(|| u64::from_str_radix(digits, 16).ok())
        .flatten()
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            Self::Fraction(number) => write!(f, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_events_hold() {
        assert_eq!(Number::parse("4624"), Some(Number::Whole(4624)));
        assert_eq!(Number::parse(" -5 "), Some(Number::Whole(-5)));
        assert_eq!(Number::parse("0x80F0"), Some(Number::Whole(0x80F0)));
        assert_eq!(Number::parse("2.0"), Some(Number::Whole(2)));
        assert_eq!(Number::parse(".5"), Some(Number::Fraction(0.5)));
        for text in [
            "",
            "-",
            ".",
            "1e5",
            "inf",
            "NaN",
            "0x",
            "-0x1",
            "1,000",
            "4624a",
            "0x11112222333344445",
        ] {
            assert_eq!(Number::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn whole_numbers_compare_exactly() {
        let big = Number::Whole(0x8020_0000_0000_0001);
        let less = Number::Whole(0x8020_0000_0000_0000);
        assert_eq!(big.compare(less), Some(Ordering::Greater));
        assert_eq!(
            Number::Fraction(0.5).compare(Number::Whole(1)),
            Some(Ordering::Less)
        );
    }

    #[test]
    fn a_negative_mask_is_twos_complement() {
        assert_eq!(Number::Whole(-1).bits(), Some(u64::MAX));
        assert_eq!(Number::Fraction(1.5).bits(), None);
    }
}
