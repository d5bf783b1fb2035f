//! What a file is, by its first bytes, and what it is instead when it holds no events.

use crate::encoding::{self, Encoding};

/// What a file that begins with certain bytes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A binary event log (`.evtx`).
    Evtx,
    /// Event XML: [`super::xml::events`].
    Xml(Encoding),
    /// Text, perhaps with events: [`super::text::read`] finds out.
    Text(Encoding),
    /// Something else; its name, with article, for a message: "this is …, not an event log".
    Other(&'static str),
}

/// How many bytes [`sniff`] wants to see; more do not hurt, and fewer do at the end of a short file.
pub const SNIFF_BYTES: usize = 4096;

/// Names by what stands at an offset. The more bytes a mark has, the earlier it stands.
const MARKS: [(usize, &[u8], &str); 34] = [
    (0, b"vhdxfile", "a VHDX disk image"),
    (0, b"conectix", "a VHD disk image"),
    (0, b"QFI\xFB", "a qcow2 disk image"),
    (0, b"KDMV", "a VMDK disk image"),
    (0, b"# Disk DescriptorFile", "a VMDK disk descriptor"),
    (3, b"NTFS    ", "an NTFS volume"),
    (3, b"-FVE-FS-", "a BitLocker volume"),
    (512, b"EFI PART", "a disk image (GPT)"),
    (4, b"LfLe", "an old .evt log (Windows XP or Server 2003)"),
    (
        0,
        b"ElfChnk",
        "a chunk cut out of an event log, without its file header",
    ),
    (0, b"regf", "a registry hive"),
    (0, b"HvLE", "a registry hive's transaction log"),
    (0, b"REGEDIT4", "a registry export (.reg)"),
    (0, b"Windows Registry Editor", "a registry export (.reg)"),
    (0, b"PAGEDU64", "a memory dump"),
    (0, b"PAGEDUMP", "a memory dump"),
    (0, b"MDMP", "a crash dump"),
    (0, b"MSCF", "a cabinet archive"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "an empty ZIP archive"),
    (0, b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
    (0, b"Rar!\x1A\x07", "a RAR archive"),
    (0, b"\x1F\x8B\x08", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xFD7zXZ\0", "an xz archive"),
    (0, b"\x28\xB5\x2F\xFD", "a zstd archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"%PDF-", "a PDF"),
    (0, b"\x89PNG\r\n\x1A\n", "a picture (PNG)"),
    (0, b"\xFF\xD8\xFF", "a picture (JPEG)"),
    (
        0,
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "an old Office document or installer",
    ),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (0, b"MZ", "a Windows program"),
    (0, b"\x7FELF", "a Linux program"),
];

/// Recognises a file by its first bytes ([`SNIFF_BYTES`] of them, or the whole file). `None` for an empty file.
pub fn sniff(first_bytes: &[u8]) -> Option<Kind> {
    if first_bytes.is_empty() {
        return None;
    }
    if first_bytes.starts_with(b"ElfFile\0") {
        return Some(Kind::Evtx);
    }
    let marked = MARKS.iter().find(|(offset, mark, _)| {
        let there = first_bytes.get(*offset..);
        there.is_some_and(|bytes| bytes.starts_with(mark))
    });
    if let Some((_, _, name)) = marked {
        return Some(Kind::Other(name));
    }
    if is_etl(first_bytes) {
        return Some(Kind::Other("an ETL trace"));
    }
    if first_bytes.get(510..512) == Some(&[0x55, 0xAA]) {
        return Some(Kind::Other("a disk image (MBR)"));
    }
    if first_bytes.iter().all(|b| *b == 0) {
        return Some(Kind::Other("nothing but zero bytes"));
    }
    let (encoding, bom) = encoding::sniff(first_bytes);
    let mut text = Vec::new();
    let mut reader = encoding::TextReader::new(first_bytes);
    // Reading from memory does not fail.
    while matches!(reader.fill(&mut text), Ok(true)) {}
    // Escape sequences are what a console leaves; other control characters are not text.
    let odd = text
        .iter()
        .filter(|b| matches!(b, 0..=6 | 0x0E..=0x1A | 0x1C..=0x1F))
        .count();
    if odd.saturating_mul(32) > text.len() {
        return Some(Kind::Other("binary data"));
    }
    if bom == 0 && encoding == Encoding::Utf8 && encoding::code_page_of(&text).is_some() {
        let (bytes, _) = encoding::code_page_of(&text).unwrap_or((0, encoding::CodePage::Oem850));
        // A code page gives some bytes that are not UTF-8; compressed or encrypted data gives mostly such.
        if bytes.saturating_mul(2) > text.len() && odd > 0 {
            return Some(Kind::Other("binary data"));
        }
    }
    let start = text.trim_ascii_start();
    Some(match start {
        _ if is_html(start) => Kind::Other("an HTML page"),
        [b'<', b'?' | b'!', ..] => Kind::Xml(encoding),
        [b'<', name, ..] if name.is_ascii_alphabetic() => Kind::Xml(encoding),
        [b'{' | b'[', rest @ ..] if rest.trim_ascii_start().starts_with(b"\"") => {
            Kind::Other("JSON")
        }
        _ => Kind::Text(encoding),
    })
}

fn is_html(start: &[u8]) -> bool {
    let head = start.get(..start.len().min(64)).unwrap_or_default();
    let head = head.to_ascii_lowercase();
    head.starts_with(b"<!doctype html")
        || head.starts_with(b"<html")
        || head.starts_with(b"<head")
        || head.starts_with(b"<body")
}

/// An event trace begins with a buffer header: its size, a power of two, then the same offset in use, then the trace header.
fn is_etl(bytes: &[u8]) -> bool {
    let word = |at: usize| {
        let bytes = bytes.get(at..at.checked_add(4)?)?;
        bytes.try_into().ok().map(u32::from_le_bytes)
    };
    let (Some(size), Some(used)) = (word(0), word(4)) else {
        return false;
    };
    // TRACE_HEADER_TYPE_SYSTEM32 and 64, with their marker byte 0xC0, at offset 72.
    let header = matches!(bytes.get(72..76), Some([_, _, 1 | 2, 0xC0]));
    size.is_power_of_two() && (1024..=0x0100_0000).contains(&size) && used <= size && header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn events() {
        assert_eq!(sniff(b"ElfFile\0\0\0"), Some(Kind::Evtx));
        let xml = "\r\n<Event xmlns='x'>";
        assert_eq!(sniff(xml.as_bytes()), Some(Kind::Xml(Encoding::Utf8)));
        assert_eq!(sniff(&utf16(xml)), Some(Kind::Xml(Encoding::Utf16Le)));
        assert_eq!(
            sniff(b"\xEF\xBB\xBF<?xml version='1.0'?>"),
            Some(Kind::Xml(Encoding::Utf8))
        );
        let text = "Event[0]:\r\n  Log Name: System\r\n";
        assert_eq!(sniff(text.as_bytes()), Some(Kind::Text(Encoding::Utf8)));
        assert_eq!(sniff(&utf16(text)), Some(Kind::Text(Encoding::Utf16Le)));
        let noisy = b"\x1b[2J\x1b[1;1HC:\\>wevtutil\x08l";
        assert_eq!(sniff(noisy), Some(Kind::Text(Encoding::Utf8)));
        assert_eq!(
            sniff(b"  Schl\x81sselwort: x"),
            Some(Kind::Text(Encoding::Utf8))
        );
        let japanese =
            "ログの名前:         System\nソース:           Schannel\n日付:   2023/05/29\n";
        assert_eq!(sniff(&utf16(japanese)), Some(Kind::Text(Encoding::Utf16Le)));
    }

    #[test]
    fn other_things_have_names() {
        assert_eq!(sniff(b""), None);
        assert_eq!(
            sniff(b"PK\x03\x04\x14\0"),
            Some(Kind::Other("a ZIP archive"))
        );
        assert_eq!(sniff(b"%PDF-1.7"), Some(Kind::Other("a PDF")));
        assert_eq!(sniff(b"regf\x01\0"), Some(Kind::Other("a registry hive")));
        assert_eq!(
            sniff(b"0\0\0\0LfLe\x01\0\0\0"),
            Some(Kind::Other("an old .evt log (Windows XP or Server 2003)"))
        );
        let page = Some(Kind::Other("an HTML page"));
        assert_eq!(sniff(b"<!DOCTYPE html>"), page);
        assert_eq!(sniff(b"<HTML>"), page);
        assert_eq!(sniff(b"{\"a\":1}"), Some(Kind::Other("JSON")));
        let noise: Vec<u8> = (0..1024_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert_eq!(sniff(&noise), Some(Kind::Other("binary data")));
        assert_eq!(sniff(&[0; 64]), Some(Kind::Other("nothing but zero bytes")));
        let mut etl = vec![0_u8; 128];
        etl[..8].copy_from_slice(&[0, 0, 1, 0, 0, 8, 0, 0]);
        etl[72..76].copy_from_slice(&[0, 0, 2, 0xC0]);
        assert_eq!(sniff(&etl), Some(Kind::Other("an ETL trace")));
        let mut disk = vec![0_u8; 512];
        disk[510..].copy_from_slice(&[0x55, 0xAA]);
        assert_eq!(sniff(&disk), Some(Kind::Other("a disk image (MBR)")));
    }
}
