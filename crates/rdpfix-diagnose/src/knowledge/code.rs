//! Status codes, the classes causes ask for, and the system's texts for codes in many languages.

use std::fmt;

use serde::Deserialize;

use super::Trust;

/// A family of codes: the same number means different things in different families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// System error codes, as `GetLastError` gives them.
    Win32,
    /// `HRESULT` and `SECURITY_STATUS`.
    Hresult,
    /// `NTSTATUS`.
    Ntstatus,
    /// Schannel's internal error states.
    SchannelState,
    /// TLS alert descriptions, RFC 8446 section 6.
    TlsAlert,
    /// Failure codes of the RDP negotiation response, [MS-RDPBCGR] 2.2.1.2.2.
    RdpNegotiationFailure,
}

impl Family {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Win32, "win32"),
        (Self::Hresult, "hresult"),
        (Self::Ntstatus, "ntstatus"),
        (Self::SchannelState, "schannel-state"),
        (Self::TlsAlert, "tls-alert"),
        (Self::RdpNegotiationFailure, "rdp-negotiation-failure"),
    ];
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(family, _)| family == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

/// A code and its family, written `win32:5` or `hresult:0x80090016`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct CodeRef {
    /// The family.
    pub family: Family,
    /// The number.
    pub code: u32,
}

impl TryFrom<String> for CodeRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wanted =
            || format!("`{text}` is not FAMILY:CODE, such as win32:5 or hresult:0x80090016");
        let (family, code) = text.split_once(':').ok_or_else(wanted)?;
        let (family, _) = Family::ALL
            .iter()
            .find(|(_, name)| *name == family)
            .ok_or_else(wanted)?;
        let code = match code.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => code.parse(),
        };
        Ok(Self {
            family: *family,
            code: code.map_err(|_| wanted())?,
        })
    }
}

impl fmt::Display for CodeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.family {
            Family::Hresult | Family::Ntstatus => write!(f, "0x{:08X}", self.code),
            Family::Win32 => write!(f, "Win32 error {}", self.code),
            family => write!(f, "{family} {}", self.code),
        }
    }
}

/// One known code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The number.
    pub code: u32,
    /// Its symbolic name.
    pub name: String,
    /// The group a cause asks for.
    pub class: Option<StatusClass>,
    /// What it means, in our words.
    pub meaning: String,
    /// How far this is trusted.
    pub confidence: Trust,
    /// Where it was learned.
    pub source: Option<String>,
}

/// Groups of codes that mean the same to a diagnosis, whatever family they are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusClass {
    /// No right.
    AccessDenied,
    /// It is there already.
    ObjectExists,
    /// No such key container.
    KeysetMissing,
    /// No usable credentials: Schannel's word for a key it cannot use.
    NoCredentials,
    /// An internal error of the cryptographic provider.
    InternalError,
    /// No space.
    DiskFull,
    /// The cryptographic provider is missing or damaged.
    ProviderMissing,
    /// A file or object is missing.
    NotFound,
    /// A remote procedure call found no server.
    RpcUnavailable,
    /// A status is there, but no table knows it.
    Unclassified,
}

impl fmt::Display for StatusClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessDenied => "access-denied",
            Self::ObjectExists => "object-exists",
            Self::KeysetMissing => "keyset-missing",
            Self::NoCredentials => "no-credentials",
            Self::InternalError => "internal-error",
            Self::DiskFull => "disk-full",
            Self::ProviderMissing => "provider-missing",
            Self::NotFound => "not-found",
            Self::RpcUnavailable => "rpc-unavailable",
            Self::Unclassified => "unclassified",
        })
    }
}

/// The system's text for a code in one display language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemText {
    /// The code it stands for.
    pub code: CodeRef,
    /// The text, as `FormatMessage` gives it.
    pub text: String,
    /// How far this is trusted.
    pub confidence: Trust,
    /// Where it was seen.
    pub source: Option<String>,
    /// BCP 47 tag of the language; set from the file.
    #[serde(skip)]
    pub language: String,
}

/// What a status field says, looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What the event holds, trimmed.
    pub raw: String,
    /// The code, where it is known.
    pub code: Option<CodeRef>,
    /// The code's name.
    pub name: Option<String>,
    /// Its class; [`StatusClass::Unclassified`] when no table knows it.
    pub class: StatusClass,
    /// How far the look-up is trusted.
    pub trust: Trust,
}

/// A text reduced to what is compared: lower case, single spaces, no full stop at the end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lookup(String);

impl Lookup {
    /// Reduces `text`.
    pub fn new(text: &str) -> Self {
        let words: Vec<_> = text.split_whitespace().collect();
        let joined = words.join(" ").to_lowercase();
        Self(joined.trim_end_matches(['.', '。', '．', ' ']).to_owned())
    }

    /// The reduced text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCodes {
    pub(super) family: Family,
    #[serde(default)]
    pub(super) code: Vec<toml::Spanned<Code>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTexts {
    pub(super) language: String,
    #[serde(default)]
    pub(super) text: Vec<toml::Spanned<SystemText>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_compare_without_line_end_and_full_stop() {
        assert_eq!(
            Lookup::new("Access is denied.\r\n"),
            Lookup::new("access  is denied")
        );
        assert_eq!(
            Lookup::new("アクセスが拒否されました。"),
            Lookup::new("アクセスが拒否されました")
        );
    }

    #[test]
    fn code_references() {
        let code = CodeRef::try_from("hresult:0x80090016".to_owned()).unwrap();
        assert_eq!(
            code,
            CodeRef {
                family: Family::Hresult,
                code: 0x8009_0016
            }
        );
        assert_eq!(code.to_string(), "0x80090016");
        assert!(CodeRef::try_from("0x80090016".to_owned()).is_err());
    }
}
