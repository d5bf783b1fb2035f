//! The text form of a descriptor, SDDL ([MS-DTYP] 2.5.1): `O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)`.
//!
//! What Windows writes is read, and what is written here Windows reads. The text cannot say everything the bytes say: conditions
//! and claims (kept as bytes), unknown types, the resource manager's byte, bits such as `SE_OWNER_DEFAULTED`, and bytes that no
//! entry uses. Where a text would say something else than the descriptor there is an error, never a wrong text.

use super::sddl_ace::{parse, parse_sid, sid_text, write};
use super::{Ace, Acl, AclState, Control, SecurityDescriptor};

/// How Windows writes a null list.
const NULL_ACL: &str = "NO_ACCESS_CONTROL";

/// A text that is no SDDL, or a descriptor that SDDL cannot say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SddlError {
    /// The text cannot be read.
    #[error("SDDL, byte {position}: {fault}")]
    At {
        /// Where, in bytes from the start of the text.
        position: usize,
        /// What is wrong there.
        fault: SddlFault,
    },
    /// An entry has no form in text.
    #[error("ACE {ace} has no form in SDDL: {why}")]
    NotExpressible {
        /// The entry's place in its list, from 0.
        ace: usize,
        /// Why not.
        why: &'static str,
    },
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SddlFault {
    /// No part begins like this.
    #[error("expected O:, G:, D: or S:, found `{0}`")]
    Part(String),
    /// A part is there twice.
    #[error("`{0}:` for the second time")]
    Twice(char),
    /// A bracket is not closed.
    #[error("the entry is not closed with `)`")]
    NotClosed,
    /// A list is null and has entries.
    #[error("a null list has no entries")]
    NullWithMore,
    /// No such control flag.
    #[error("expected P, AR, AI or `(`, found `{0}`")]
    ControlFlag(String),
    /// An entry has six fields.
    #[error("expected six fields between `;`, found {0}")]
    FieldCount(usize),
    /// No such type.
    #[error("no type of entry is called `{0}`")]
    AceType(String),
    /// A type with a condition or claim.
    #[error("entries of type `{0}` carry a condition or claim, which is not supported")]
    Conditional(String),
    /// No such flag.
    #[error("no flag of an entry is called `{0}`")]
    AceFlag(String),
    /// No such right.
    #[error("no right is called `{0}`")]
    Rights(String),
    /// A GUID where none belongs.
    #[error("only object entries have an object type")]
    UnexpectedObject,
    /// No GUID.
    #[error("`{0}` is no GUID")]
    Guid(String),
    /// No SID.
    #[error("`{0}` is no SID")]
    Sid(String),
    /// A SID that depends on the machine or its domain.
    #[error("`{0}` stands for {1}, whose SID depends on the machine or its domain: write the SID")]
    Relative(String, &'static str),
}

impl SecurityDescriptor {
    /// Reads SDDL. Parts may come in any order, letters in either case, blanks around parts and fields.
    ///
    /// # Errors
    /// [`SddlError`] with the place and what is wrong there.
    pub fn from_sddl(text: &str) -> Result<Self, SddlError> {
        let mut reader = Reader { text, position: 0 };
        let mut descriptor = Self::new(None, None, AclState::NotPresent, AclState::NotPresent);
        let mut control = Control(0);
        let mut seen = Vec::new();
        loop {
            reader.skip_blanks();
            if reader.rest().is_empty() {
                break;
            }
            let part = reader.part()?;
            if seen.contains(&part) {
                return Err(reader.fault(SddlFault::Twice(part)));
            }
            seen.push(part);
            match part {
                'O' | 'G' => {
                    let (word, position) = reader.word();
                    let sid = Some(parse_sid(word, position)?);
                    if part == 'O' {
                        descriptor.owner = sid;
                    } else {
                        descriptor.group = sid;
                    }
                }
                'D' => descriptor.dacl = reader.list(&DACL_FLAGS, &mut control)?,
                _ => descriptor.sacl = reader.list(&SACL_FLAGS, &mut control)?,
            }
        }
        Ok(descriptor.with_control(control))
    }

    /// Writes SDDL as Windows does.
    ///
    /// # Errors
    /// [`SddlError::NotExpressible`] when an entry carries what the text cannot say.
    pub fn to_sddl(&self) -> Result<String, SddlError> {
        let mut text = String::new();
        for (letter, sid) in [('O', &self.owner), ('G', &self.group)] {
            if let Some(sid) = sid {
                text.push(letter);
                text.push(':');
                text.push_str(&sid_text(sid));
            }
        }
        for (letter, state, flags) in [
            ('D', &self.dacl, &DACL_FLAGS),
            ('S', &self.sacl, &SACL_FLAGS),
        ] {
            if *state == AclState::NotPresent {
                continue;
            }
            text.push(letter);
            text.push(':');
            for (letters, bit) in flags {
                if self.control().contains(*bit) {
                    text.push_str(letters);
                }
            }
            if *state == AclState::Null {
                text.push_str(NULL_ACL);
            }
            for (index, ace) in state.aces().iter().enumerate() {
                write(ace, index, &mut text)?;
            }
        }
        Ok(text)
    }
}

impl Ace {
    /// The entry in SDDL, `(A;;FR;;;NS)`.
    ///
    /// # Errors
    /// [`SddlError::NotExpressible`] when it carries what the text cannot say.
    pub fn to_sddl(&self) -> Result<String, SddlError> {
        let mut text = String::new();
        write(self, 0, &mut text)?;
        Ok(text)
    }
}

type Flags = [(&'static str, Control); 3];

const DACL_FLAGS: Flags = [
    ("P", Control::DACL_PROTECTED),
    ("AR", Control::DACL_AUTO_INHERIT_REQUIRED),
    ("AI", Control::DACL_AUTO_INHERITED),
];
const SACL_FLAGS: Flags = [
    ("P", Control::SACL_PROTECTED),
    ("AR", Control::SACL_AUTO_INHERIT_REQUIRED),
    ("AI", Control::SACL_AUTO_INHERITED),
];

struct Reader<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) {
        self.position = self.position.saturating_add(bytes);
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        let blanks = rest.len().saturating_sub(rest.trim_start().len());
        self.skip(blanks);
    }

    const fn fault(&self, fault: SddlFault) -> SddlError {
        SddlError::At {
            position: self.position,
            fault,
        }
    }

    /// Up to `length` characters of what follows, to be shown.
    fn shown(&self, length: usize) -> String {
        self.rest().chars().take(length).collect()
    }

    /// `D:`
    fn part(&mut self) -> Result<char, SddlError> {
        let mut ahead = self.rest().chars();
        match (ahead.next().map(|c| c.to_ascii_uppercase()), ahead.next()) {
            (Some(letter @ ('O' | 'G' | 'D' | 'S')), Some(':')) => {
                self.skip(2);
                Ok(letter)
            }
            _ => Err(self.fault(SddlFault::Part(self.shown(8)))),
        }
    }

    /// A SID: up to the next part.
    fn word(&mut self) -> (&'a str, usize) {
        self.skip_blanks();
        let rest = self.rest();
        let end = match rest.find(':') {
            // The letter before the colon is that of the next part.
            Some(colon) => colon.saturating_sub(1),
            None => rest.len(),
        };
        let word = rest.get(..end).unwrap_or(rest);
        let at = self.position;
        self.skip(word.len());
        (word.trim_end(), at)
    }

    /// Flags and entries.
    fn list(&mut self, flags: &Flags, control: &mut Control) -> Result<AclState, SddlError> {
        let mut any = false;
        loop {
            self.skip_blanks();
            let rest = self.rest();
            let starts = |letters: &str| {
                rest.get(..letters.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(letters))
            };
            if let Some((letters, bit)) = flags.iter().find(|(letters, _)| starts(letters)) {
                *control = control.with(*bit, true);
                self.skip(letters.len());
                any = true;
            } else if starts(NULL_ACL) {
                self.skip(NULL_ACL.len());
                self.skip_blanks();
                if self.rest().starts_with('(') {
                    return Err(self.fault(SddlFault::NullWithMore));
                }
                return Ok(AclState::Null);
            } else {
                break;
            }
        }
        let mut aces = Vec::new();
        loop {
            self.skip_blanks();
            let Some(inner) = self.rest().strip_prefix('(') else {
                break;
            };
            let Some(end) = inner.find(')') else {
                return Err(self.fault(SddlFault::NotClosed));
            };
            let body = inner.get(..end).unwrap_or_default();
            aces.push(parse(body, self.position.saturating_add(1))?);
            self.skip(end.saturating_add(2));
        }
        let rest = self.rest();
        if aces.is_empty() && !any && !rest.is_empty() && !is_part(rest) {
            return Err(self.fault(SddlFault::ControlFlag(self.shown(2))));
        }
        Ok(AclState::Present(Acl::new(aces)))
    }
}

fn is_part(rest: &str) -> bool {
    let mut ahead = rest.chars();
    ahead.next().is_some_and(|c| c.is_ascii_alphabetic()) && ahead.next() == Some(':')
}

#[cfg(test)]
#[path = "sddl_tests.rs"]
mod tests;
