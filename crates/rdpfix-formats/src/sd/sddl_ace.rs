//! One entry of a list in SDDL ([MS-DTYP] 2.5.1.1, "ACE strings").

use std::fmt::Write as _;

use super::sddl::{SddlError, SddlFault};
use super::well_known::{self, Alias};
use super::{AccessMask, Ace, AceBody, AceFlags, AceType};
use crate::guid::Guid;
use crate::sid::Sid;

const TYPES: &[(&str, AceType)] = &[
    ("A", AceType::ALLOW),
    ("D", AceType::DENY),
    ("AU", AceType::AUDIT),
    ("AL", AceType::ALARM),
    ("OA", AceType::ALLOW_OBJECT),
    ("OD", AceType::DENY_OBJECT),
    ("OU", AceType::AUDIT_OBJECT),
    ("OL", AceType::ALARM_OBJECT),
    ("ML", AceType::MANDATORY_LABEL),
    ("SP", AceType::SCOPED_POLICY_ID),
    ("TL", AceType::PROCESS_TRUST_LABEL),
];

/// Types that carry a condition or a claim, which we keep as bytes and do not put into words.
const TYPES_WITH_DATA: &[(&str, AceType)] = &[
    ("XA", AceType::ALLOW_CALLBACK),
    ("XD", AceType::DENY_CALLBACK),
    ("XU", AceType::AUDIT_CALLBACK),
    ("ZA", AceType::ALLOW_CALLBACK_OBJECT),
    ("RA", AceType::RESOURCE_ATTRIBUTE),
    ("FL", AceType::ACCESS_FILTER),
];

/// In the order in which Windows writes them.
const FLAGS: &[(&str, u8)] = &[
    ("OI", 0x01),
    ("CI", 0x02),
    ("NP", 0x04),
    ("IO", 0x08),
    ("ID", 0x10),
    ("SA", 0x40),
    ("FA", 0x80),
    ("CR", 0x20),
];

/// Names for a whole mask: one of them alone, or none.
const WHOLE: &[(&str, u32)] = &[
    ("FA", 0x001F_01FF),
    ("FR", 0x0012_0089),
    ("FW", 0x0012_0116),
    ("FX", 0x0012_00A0),
    ("KA", 0x000F_003F),
    ("KR", 0x0002_0019),
    ("KW", 0x0002_0006),
    ("KX", 0x0002_0019),
];

/// Names for single bits, in the order in which Windows writes them.
const BITS: &[(&str, u32)] = &[
    ("CC", 0x1),
    ("DC", 0x2),
    ("LC", 0x4),
    ("SW", 0x8),
    ("RP", 0x10),
    ("WP", 0x20),
    ("DT", 0x40),
    ("LO", 0x80),
    ("CR", 0x100),
    ("SD", 0x0001_0000),
    ("RC", 0x0002_0000),
    ("WD", 0x0004_0000),
    ("WO", 0x0008_0000),
    ("GA", 0x1000_0000),
    ("GX", 0x2000_0000),
    ("GW", 0x4000_0000),
    ("GR", 0x8000_0000),
];

/// What a mandatory label refuses to those of a lower level.
const LABEL_BITS: &[(&str, u32)] = &[("NW", 0x1), ("NR", 0x2), ("NX", 0x4)];

/// Adds `(A;OICI;FR;;;NS)`.
pub(super) fn write(ace: &Ace, index: usize, text: &mut String) -> Result<(), SddlError> {
    let cannot = |why| Err(SddlError::NotExpressible { ace: index, why });
    let Some((letters, _)) = TYPES.iter().find(|(_, known)| *known == ace.ace_type) else {
        return cannot(if TYPES_WITH_DATA.iter().any(|(_, t)| *t == ace.ace_type) {
            "its condition or claim is kept as bytes"
        } else {
            "its type has no letters"
        });
    };
    text.push('(');
    text.push_str(letters);
    text.push(';');
    for (letters, bit) in FLAGS {
        if ace.flags.0 & bit != 0 {
            text.push_str(letters);
        }
    }
    text.push(';');
    let (mask, objects, sid) = match &ace.body {
        AceBody::Simple { mask, sid, .. } => (*mask, [None, None], sid),
        AceBody::Object {
            other_flags: 0,
            mask,
            object_type,
            inherited_object_type,
            sid,
            ..
        } => (*mask, [*object_type, *inherited_object_type], sid),
        AceBody::Object { .. } => return cannot("its object flags have no letters"),
        AceBody::Raw(_) => return cannot("its type has no letters"),
    };
    write_rights(mask, ace.ace_type, text);
    for object in objects {
        text.push(';');
        if let Some(guid) = object {
            let braced = guid.to_string().to_ascii_lowercase();
            text.push_str(braced.trim_matches(['{', '}']));
        }
    }
    text.push(';');
    text.push_str(&sid_text(sid));
    text.push(')');
    Ok(())
}

/// Two letters, or `S-1-…`.
pub(super) fn sid_text(sid: &Sid) -> String {
    well_known::alias(sid).map_or_else(|| sid.to_string(), str::to_owned)
}

fn write_rights(mask: AccessMask, ace_type: AceType, text: &mut String) {
    let label = ace_type == AceType::MANDATORY_LABEL;
    let whole = WHOLE.iter().find(|(_, whole)| *whole == mask.0);
    if let (Some((letters, _)), false) = (whole, label) {
        text.push_str(letters);
        return;
    }
    let names = if label { LABEL_BITS } else { BITS };
    let named = names.iter().fold(0, |named, (_, bit)| named | bit);
    if mask.0 & !named != 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, "{mask}");
        return;
    }
    for (letters, bit) in names {
        if mask.0 & bit != 0 {
            text.push_str(letters);
        }
    }
}

/// Reads what stands between the brackets; `position` is that of its first byte in the whole text.
pub(super) fn parse(inner: &str, position: usize) -> Result<Ace, SddlError> {
    let mut fields = Vec::new();
    let mut at = position;
    for field in inner.splitn(7, ';') {
        fields.push((field.trim(), at));
        at = at.saturating_add(field.len()).saturating_add(1);
    }
    let (kind, kind_at) = fields.first().copied().unwrap_or(("", position));
    let ace_type = find(TYPES, kind).ok_or_else(|| SddlError::At {
        position: kind_at,
        fault: if find(TYPES_WITH_DATA, kind).is_some() {
            SddlFault::Conditional(kind.to_owned())
        } else {
            SddlFault::AceType(kind.to_owned())
        },
    })?;
    let &[_, flags, rights, object, inherited, (sid_field, sid_at)] = &*fields else {
        return Err(SddlError::At {
            position,
            fault: SddlFault::FieldCount(fields.len()),
        });
    };
    let flags = AceFlags(parse_flags(flags)?);
    let mask = parse_rights(rights, ace_type)?;
    let (object_type, inherited_object_type) = (parse_guid(object)?, parse_guid(inherited)?);
    let sid = parse_sid(sid_field, sid_at)?;
    let data = Vec::new();
    let body = if ace_type.is_object() {
        AceBody::Object {
            mask,
            other_flags: 0,
            object_type,
            inherited_object_type,
            sid,
            data,
        }
    } else if object_type.is_some() || inherited_object_type.is_some() {
        return Err(SddlError::At {
            position: object.1,
            fault: SddlFault::UnexpectedObject,
        });
    } else {
        AceBody::Simple { mask, sid, data }
    };
    Ok(Ace {
        ace_type,
        flags,
        body,
    })
}

fn find<T: Copy>(table: &[(&str, T)], letters: &str) -> Option<T> {
    let found = |(known, _): &&(&str, T)| known.eq_ignore_ascii_case(letters);
    table.iter().find(found).map(|(_, value)| *value)
}

/// The bits that pairs of letters stand for.
fn pairs(
    (field, at): (&str, usize),
    look_up: impl Fn(&str) -> Option<u32>,
    fault: impl Fn(String) -> SddlFault,
) -> Result<u32, SddlError> {
    let mut bits = 0;
    let mut rest = field;
    while !rest.is_empty() {
        let pair = rest.get(..2);
        let Some(bit) = pair.and_then(&look_up) else {
            let position = at.saturating_add(field.len().saturating_sub(rest.len()));
            let found = pair.unwrap_or(rest).to_owned();
            return Err(SddlError::At {
                position,
                fault: fault(found),
            });
        };
        bits |= bit;
        rest = rest.get(2..).unwrap_or_default();
    }
    Ok(bits)
}

fn parse_flags(field: (&str, usize)) -> Result<u8, SddlError> {
    let flag = |letters: &str| find(FLAGS, letters).map(u32::from);
    let bits = pairs(field, flag, SddlFault::AceFlag)?;
    Ok(bits.to_le_bytes()[0])
}

fn parse_rights(field: (&str, usize), ace_type: AceType) -> Result<AccessMask, SddlError> {
    let (text, position) = field;
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let number = match hex {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                u32::from_str_radix(digits, 16).ok()
            }
            Some(_) => None,
            // As C reads numbers, and with it Windows.
            None if text.starts_with('0') && text.len() > 1 => u32::from_str_radix(text, 8).ok(),
            None => text.parse().ok(),
        };
        return number.map(AccessMask).ok_or_else(|| SddlError::At {
            position,
            fault: SddlFault::Rights(text.to_owned()),
        });
    }
    let right = |letters: &str| {
        let label = (ace_type == AceType::MANDATORY_LABEL)
            .then(|| find(LABEL_BITS, letters))
            .flatten();
        label
            .or_else(|| find(WHOLE, letters))
            .or_else(|| find(BITS, letters))
    };
    pairs(field, right, SddlFault::Rights).map(AccessMask)
}

fn parse_guid((text, position): (&str, usize)) -> Result<Option<Guid>, SddlError> {
    if text.is_empty() {
        return Ok(None);
    }
    let guid = Guid::parse(text).ok_or_else(|| SddlError::At {
        position,
        fault: SddlFault::Guid(text.to_owned()),
    })?;
    Ok(Some(guid))
}

/// `S-1-5-20` or `NS`.
pub(super) fn parse_sid(text: &str, position: usize) -> Result<Sid, SddlError> {
    let fault = match well_known::by_alias(text) {
        Some(Alias::Sid(sid)) => return Ok(sid),
        Some(Alias::Relative(name)) => SddlFault::Relative(text.to_ascii_uppercase(), name),
        None => match Sid::parse(text) {
            Some(sid) => return Ok(sid),
            None => SddlFault::Sid(text.to_owned()),
        },
    };
    Err(SddlError::At { position, fault })
}
