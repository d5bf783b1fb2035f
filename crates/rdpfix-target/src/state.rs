//! What a machine holds beside its logs: registry, files, and who may do what with them.

use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::Reading;

/// A machine's registry and files, read-only.
///
/// Paths are the machine's own: `HKLM\SYSTEM\CurrentControlSet\…` (which the implementation resolves through `Select\Current`) and
/// `C:\ProgramData\…`. Letter case does not matter. `Absent` means that the place was read and the thing is not in it.
pub trait State {
    /// A registry key with its values and the names of its subkeys.
    fn key(&self, path: &str) -> Reading<Key>;

    /// What is known of a file or folder without reading it.
    fn file(&self, path: &str) -> Reading<File>;

    /// The names in a folder.
    fn folder(&self, path: &str) -> Reading<Vec<String>>;

    /// The first `limit` bytes of a file.
    fn content(&self, path: &str, limit: usize) -> Reading<Vec<u8>>;
}

/// A registry key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its path, with `CurrentControlSet` resolved.
    pub path: String,
    /// When it was last written.
    pub last_written: Option<FileTime>,
    /// Its values.
    pub values: Vec<RegistryValue>,
    /// The names of its subkeys.
    pub subkeys: Vec<String>,
    /// Its self-relative security descriptor.
    pub descriptor: Reading<Vec<u8>>,
}

/// A value of a registry key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryValue {
    /// Its name; empty for the default value.
    pub name: String,
    /// `REG_SZ` = 1, `REG_EXPAND_SZ` = 2, `REG_BINARY` = 3, `REG_DWORD` = 4, `REG_MULTI_SZ` = 7, `REG_QWORD` = 11.
    pub kind: u32,
    /// The bytes as they are stored.
    pub data: Vec<u8>,
}

/// A file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path on the machine.
    pub path: String,
    /// Its size in bytes; 0 for a folder.
    pub size: u64,
    /// When its content was last changed.
    pub modified: Option<FileTime>,
    /// Its self-relative security descriptor.
    pub descriptor: Reading<Vec<u8>>,
}

/// `REG_SZ`
pub const REG_SZ: u32 = 1;
/// `REG_BINARY`
pub const REG_BINARY: u32 = 3;
/// `REG_DWORD`
pub const REG_DWORD: u32 = 4;
/// `REG_MULTI_SZ`
pub const REG_MULTI_SZ: u32 = 7;

impl Key {
    /// The value of that name, in any letter case.
    pub fn value(&self, name: &str) -> Option<&RegistryValue> {
        self.values
            .iter()
            .find(|value| value.name.eq_ignore_ascii_case(name))
    }
}

impl RegistryValue {
    /// The number in a `REG_DWORD`; `None` for any other type or length.
    pub fn dword(&self) -> Option<u32> {
        let bytes = self.data.as_slice().try_into().ok()?;
        (self.kind == REG_DWORD).then_some(u32::from_le_bytes(bytes))
    }

    /// The text in a `REG_SZ`, `REG_EXPAND_SZ` or the strings of a `REG_MULTI_SZ` joined by commas, up to the closing zero.
    pub fn text(&self) -> Option<String> {
        if !matches!(self.kind, 1 | 2 | REG_MULTI_SZ) {
            return None;
        }
        let units: Vec<u16> = self
            .data
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| u16::from_le_bytes(*pair))
            .collect();
        let strings = units.split(|unit| *unit == 0).map(String::from_utf16_lossy);
        let strings: Vec<_> = strings.filter(|string| !string.is_empty()).collect();
        Some(match self.kind {
            REG_MULTI_SZ => strings.join(","),
            _ => strings.into_iter().next().unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(kind: u32, data: &[u8]) -> RegistryValue {
        RegistryValue {
            name: "v".into(),
            kind,
            data: data.to_vec(),
        }
    }

    #[test]
    fn values_are_read_by_their_type() {
        assert_eq!(value(REG_DWORD, &[2, 0, 0, 0]).dword(), Some(2));
        assert_eq!(value(REG_DWORD, &[2, 0, 0]).dword(), None);
        assert_eq!(value(REG_BINARY, &[2, 0, 0, 0]).dword(), None);
        assert_eq!(value(REG_SZ, b"a\0b\0\0\0").text().as_deref(), Some("ab"));
        assert_eq!(
            value(REG_MULTI_SZ, b"a\0\0\0b\0\0\0\0\0").text().as_deref(),
            Some("a,b")
        );
        assert_eq!(value(REG_BINARY, b"a\0").text(), None);
    }
}
