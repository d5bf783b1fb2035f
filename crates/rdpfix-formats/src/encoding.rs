//! Text encodings of exported logs: UTF-8, UTF-16 either way round, and the single-byte code pages a Windows console writes.
//!
//! What a file declares about itself is not believed: PowerShell's `>` writes UTF-16LE whatever the prolog says, and cmd's `>`
//! writes the console's OEM code page. The bytes decide.

use std::borrow::Cow;
use std::io::{self, Read};

/// How the characters of a file are laid out, as far as its markup (which is ASCII) is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, or another encoding that shares ASCII with it; bytes that are not UTF-8 are settled by [`decode_bytes`].
    Utf8,
    /// UTF-16, low byte first, as Windows writes it.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

/// A single-byte code page, used for bytes that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePage {
    /// Windows-1252, the ANSI code page of western Windows.
    Windows1252,
    /// Code page 850, the OEM code page of western consoles.
    Oem850,
}

impl CodePage {
    /// Its number, as `chcp` prints it.
    pub const fn number(self) -> u16 {
        match self {
            Self::Windows1252 => 1252,
            Self::Oem850 => 850,
        }
    }

    /// The character of one byte.
    pub fn decode(self, byte: u8) -> char {
        let table = match self {
            Self::Windows1252 => WINDOWS_1252_HIGH,
            Self::Oem850 => OEM_850_HIGH,
        };
        let high = byte.checked_sub(0x80).map(usize::from);
        match high.and_then(|at| table.chars().nth(at)) {
            Some(char) => char,
            // Windows-1252 agrees with Latin-1 from 0xA0 on, and both with ASCII below 0x80.
            None => char::from(byte),
        }
    }
}

/// 0x80 to 0x9F; the five bytes Microsoft leaves undefined become U+FFFD.
const WINDOWS_1252_HIGH: &str =
    "€\u{FFFD}‚ƒ„…†‡ˆ‰Š‹Œ\u{FFFD}Ž\u{FFFD}\u{FFFD}‘’“”•–—˜™š›œ\u{FFFD}žŸ";

/// 0x80 to 0xFF.
const OEM_850_HIGH: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}";

/// The encoding of a file that begins with these bytes, and how long its byte order mark is.
///
/// Without a mark, UTF-16 is recognised by the zero bytes that ASCII characters leave in it.
pub fn sniff(start: &[u8]) -> (Encoding, usize) {
    match start {
        [0xEF, 0xBB, 0xBF, ..] => return (Encoding::Utf8, 3),
        [0xFF, 0xFE, ..] => return (Encoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => return (Encoding::Utf16Be, 2),
        _ => {}
    }
    let (pairs, _) = start.as_chunks::<2>();
    let pairs = pairs.get(..pairs.len().min(2048)).unwrap_or(pairs);
    let count = |zero: fn(&[u8; 2]) -> bool| pairs.iter().filter(|pair| zero(pair)).count();
    let low = count(|pair| pair[0] == 0 && pair[1] != 0);
    let high = count(|pair| pair[1] == 0 && pair[0] != 0);
    let enough = (pairs.len() / 8).max(1);
    if high >= enough && low <= high / 16 {
        (Encoding::Utf16Le, 0)
    } else if low >= enough && high <= low / 16 {
        (Encoding::Utf16Be, 0)
    } else {
        (Encoding::Utf8, 0)
    }
}

/// Text decoded from bytes, and what had to be guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// How many bytes were not UTF-8, and the code page they were read in.
    pub not_utf8: Option<(usize, CodePage)>,
}

/// Decodes UTF-8; bytes that are not UTF-8 are read in the code page they look like, never refused.
pub fn decode_bytes(bytes: &[u8]) -> Decoded {
    let not_utf8 = code_page_of(bytes);
    let page = not_utf8.map_or(CodePage::Windows1252, |(_, page)| page);
    Decoded {
        text: decode_in(bytes, page).into_owned(),
        not_utf8,
    }
}

/// How many of the bytes are not UTF-8, and the code page they look like; `None` when all are.
///
/// Consoles write accented letters of code page 850 mostly as 0x81 to 0xA5, where Windows-1252 has hardly a letter; that decides.
pub fn code_page_of(bytes: &[u8]) -> Option<(usize, CodePage)> {
    let (mut oem, mut all) = (0_usize, 0_usize);
    for byte in bytes.utf8_chunks().flat_map(|chunk| chunk.invalid()) {
        all = all.saturating_add(1);
        if matches!(byte, 0x81..=0x90 | 0x93..=0x9D | 0xA0..=0xA5) {
            oem = oem.saturating_add(1);
        }
    }
    let page = if oem > all / 2 {
        CodePage::Oem850
    } else {
        CodePage::Windows1252
    };
    (all > 0).then_some((all, page))
}

/// Decodes UTF-8, and what is not UTF-8 in the given code page.
pub fn decode_in(bytes: &[u8], page: CodePage) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| page.decode(*byte)));
    }
    Cow::Owned(text)
}

/// Reads any of the encodings as a stream of bytes whose markup is ASCII: UTF-16 comes out as UTF-8, everything else as it is.
#[derive(Debug)]
pub struct TextReader<R> {
    reader: R,
    encoding: Encoding,
    bom: usize,
    /// Bytes read but not handed on: the sniffed start, then at most three that do not make a character yet.
    pending: Vec<u8>,
    started: bool,
    ended: bool,
}

/// How much is read at a time, in bytes.
const CHUNK: u16 = 32 * 1024;

impl<R: Read> TextReader<R> {
    /// Over a reader that stands at the start of the file.
    pub const fn new(reader: R) -> Self {
        Self {
            reader,
            encoding: Encoding::Utf8,
            bom: 0,
            pending: Vec::new(),
            started: false,
            ended: false,
        }
    }

    /// Appends the next piece to `out`; `false` when the file has ended and nothing is left.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn fill(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let before = out.len();
        let mut bytes = std::mem::take(&mut self.pending);
        let limit = u64::from(CHUNK);
        let read = self.reader.by_ref().take(limit).read_to_end(&mut bytes)?;
        self.ended = read == 0 || u64::try_from(read).is_ok_and(|read| read < limit);
        if !self.started {
            self.started = true;
            let (encoding, bom) = sniff(&bytes);
            (self.encoding, self.bom) = (encoding, bom);
            bytes.drain(..bom);
        }
        match self.encoding {
            Encoding::Utf8 => out.append(&mut bytes),
            Encoding::Utf16Le => self.transcode(&bytes, u16::from_le_bytes, out),
            Encoding::Utf16Be => self.transcode(&bytes, u16::from_be_bytes, out),
        }
        Ok(!self.ended || out.len() > before)
    }

    fn transcode(&mut self, bytes: &[u8], word: fn([u8; 2]) -> u16, out: &mut Vec<u8>) {
        let (pairs, odd) = bytes.as_chunks::<2>();
        let mut units: Vec<u16> = pairs.iter().copied().map(word).collect();
        // The first half of a surrogate pair waits for the second; at the end of the file nothing waits.
        let split = !self.ended
            && units
                .last()
                .is_some_and(|unit| (0xD800..0xDC00).contains(unit));
        if split {
            units.pop();
            self.pending
                .extend(pairs.last().copied().unwrap_or_default());
        }
        self.pending.extend(odd);
        for char in char::decode_utf16(units) {
            let char = char.unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// The encoding found; [`Encoding::Utf8`] before the first [`Self::fill`].
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How long the byte order mark is, in bytes.
    pub const fn bom(&self) -> usize {
        self.bom
    }

    /// How many bytes of the file the handed-on bytes `text` took there.
    pub fn length_in_file(&self, text: &[u8]) -> u64 {
        length_in_file(self.encoding, text)
    }
}

/// How many bytes `text`, decoded from `encoding`, took in its file. An unpaired surrogate became U+FFFD, which is as long there.
pub fn length_in_file(encoding: Encoding, text: &[u8]) -> u64 {
    let bytes = match encoding {
        Encoding::Utf8 => text.len(),
        // A UTF-8 lead byte stands for one UTF-16 unit, that of a four-byte character for two; continuation bytes for none.
        Encoding::Utf16Le | Encoding::Utf16Be => text
            .iter()
            .map(|byte| match byte {
                0x80..=0xBF => 0,
                0xF0.. => 4,
                _ => 2,
            })
            .fold(0, usize::saturating_add),
    };
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, Encoding) {
        let mut reader = TextReader::new(bytes);
        let mut out = Vec::new();
        while reader.fill(&mut out).unwrap() {}
        (
            String::from_utf8_lossy(&out).into_owned(),
            reader.encoding(),
        )
    }

    fn utf16(text: &str, word: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(word).collect()
    }

    #[test]
    fn tables_cover_their_range() {
        assert_eq!(WINDOWS_1252_HIGH.chars().count(), 32);
        assert_eq!(OEM_850_HIGH.chars().count(), 128);
        assert_eq!(CodePage::Windows1252.decode(0xFC), 'ü');
        assert_eq!(CodePage::Windows1252.decode(0x80), '€');
        assert_eq!(CodePage::Oem850.decode(0x81), 'ü');
        assert_eq!(CodePage::Oem850.decode(0xE1), 'ß');
        assert_eq!(CodePage::Oem850.decode(b'a'), 'a');
    }

    #[test]
    fn utf16_with_and_without_mark() {
        let text = "<Event>😀é</Event>";
        for bytes in [
            utf16(text, u16::to_le_bytes),
            [vec![0xFF, 0xFE], utf16(text, u16::to_le_bytes)].concat(),
        ] {
            assert_eq!(read(&bytes), (text.into(), Encoding::Utf16Le));
        }
        for bytes in [
            utf16(text, u16::to_be_bytes),
            [vec![0xFE, 0xFF], utf16(text, u16::to_be_bytes)].concat(),
        ] {
            assert_eq!(read(&bytes), (text.into(), Encoding::Utf16Be));
        }
        let length = utf16(text, u16::to_le_bytes).len() as u64;
        assert_eq!(length_in_file(Encoding::Utf16Le, text.as_bytes()), length);
    }

    #[test]
    fn a_character_across_two_chunks_stays_whole() {
        let text = "a".repeat(usize::from(CHUNK) / 2 - 1) + "😀b";
        assert_eq!(read(&utf16(&text, u16::to_le_bytes)).0, text);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_read_in_their_code_page() {
        let oem = decode_bytes(b"Schl\x81sselw\x94rter");
        assert_eq!(oem.text, "Schlüsselwörter");
        assert_eq!(oem.not_utf8, Some((2, CodePage::Oem850)));
        let ansi = decode_bytes(b"Schl\xFCsselw\xF6rter");
        assert_eq!(ansi.text, "Schlüsselwörter");
        assert_eq!(ansi.not_utf8, Some((2, CodePage::Windows1252)));
        assert_eq!(decode_bytes("Schlüssel".as_bytes()).not_utf8, None);
    }
}
