//! Distinguished names as text (RFC 4514), the most specific part first as Windows shows them: `CN=WEB01, O=Contoso`.

use x509_parser::asn1_rs::Tag;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// The short names that Windows uses.
const SHORT: &[(&str, &str)] = &[
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "SERIALNUMBER"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "S"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "T"),
    ("2.5.4.42", "G"),
    ("2.5.4.43", "I"),
    ("2.5.4.46", "dnQualifier"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "E"),
];
const COMMON_NAME: &str = "2.5.4.3";

/// The whole name.
pub(super) fn readable(name: &X509Name<'_>) -> String {
    let mut parts = Vec::new();
    for relative in name.iter() {
        let attributes: Vec<String> = relative.iter().map(attribute).collect();
        parts.push(attributes.join("+"));
    }
    parts.reverse();
    parts.join(", ")
}

/// The common name, as it stands.
pub(super) fn common_name(name: &X509Name<'_>) -> Option<String> {
    let is_common = |a: &&AttributeTypeAndValue<'_>| a.attr_type().to_id_string() == COMMON_NAME;
    name.iter_attributes().filter(is_common).last().map(value)
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type().to_id_string();
    let short = SHORT.iter().find(|(known, _)| *known == oid);
    let key = short.map_or(&*oid, |(_, short)| short);
    format!("{key}={}", escaped(&value(attribute)))
}

fn value(attribute: &AttributeTypeAndValue<'_>) -> String {
    let any = attribute.attr_value();
    match any.tag() {
        Tag::BmpString => {
            let unit = |pair: &[u8]| Some(u16::from_be_bytes(pair.try_into().ok()?));
            let units: Vec<u16> = any.data.chunks_exact(2).filter_map(unit).collect();
            String::from_utf16_lossy(&units)
        }
        // Said to be T.61, used as Latin-1.
        Tag::TeletexString => any.data.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(any.data).into_owned(),
    }
}

/// RFC 4514, 2.4.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    let last = value.chars().count().saturating_sub(1);
    for (index, c) in value.chars().enumerate() {
        let special = matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\');
        let edge = (index == 0 && matches!(c, ' ' | '#')) || (index == last && c == ' ');
        if special || edge {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_read_otherwise_is_escaped() {
        assert_eq!(escaped("Contoso, Inc."), "Contoso\\, Inc.");
        assert_eq!(escaped(" #a "), "\\ #a\\ ");
        assert_eq!(escaped("#"), "\\#");
        assert_eq!(escaped(""), "");
    }
}
