//! The loaded knowledge and the look-ups over it.

use std::collections::BTreeMap;

use super::Trust;
use super::cause::Cause;
use super::code::{Code, CodeRef, Family, Lookup, Status, StatusClass, SystemText};
use super::provider::{EventFact, Provider};
use super::timeline::{Mark, Noise};

/// Everything known, checked against itself.
#[derive(Debug, Clone)]
pub struct KnowledgeBase {
    causes: Vec<Cause>,
    providers: Vec<Provider>,
    codes: BTreeMap<CodeRef, Code>,
    texts: BTreeMap<Lookup, SystemText>,
    marks: Vec<Mark>,
    noise: Vec<Noise>,
}

impl KnowledgeBase {
    /// All causes, by id.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The cause of that id.
    pub fn cause(&self, id: &str) -> Option<&Cause> {
        self.causes.iter().find(|cause| cause.id == id)
    }

    /// All providers, by name.
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// The provider of exactly that name, or the one whose classic event source it is.
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        let named = self.providers.iter().find(|provider| provider.name == name);
        named.or_else(|| {
            let source = |provider: &&Provider| provider.event_source.as_deref() == Some(name);
            self.providers.iter().find(source)
        })
    }

    /// What is known of an event.
    pub fn event(&self, provider: &str, id: u32, channel: Option<&str>) -> Option<&EventFact> {
        self.provider(provider)?.event(id, channel)
    }

    /// All known events of that id, with their providers.
    pub fn events(&self, id: u32) -> impl Iterator<Item = (&Provider, &EventFact)> {
        self.providers.iter().flat_map(move |provider| {
            let events = provider.events.iter().filter(move |event| event.id == id);
            events.map(move |event| (provider, event))
        })
    }

    /// All known codes.
    pub fn codes(&self) -> impl Iterator<Item = (CodeRef, &Code)> {
        self.codes
            .iter()
            .map(|(reference, code)| (*reference, code))
    }

    /// The code of that number, family by family.
    pub fn codes_numbered(&self, number: u32) -> impl Iterator<Item = (CodeRef, &Code)> {
        self.codes()
            .filter(move |(reference, _)| reference.code == number)
    }

    /// The known system texts.
    pub fn texts(&self) -> impl Iterator<Item = &SystemText> {
        self.texts.values()
    }

    /// Events that mark time.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Events that are noise.
    pub fn noise(&self) -> &[Noise] {
        &self.noise
    }

    /// What a status field's content means: a number in decimal or hexadecimal, or a system text in any known language.
    pub fn status(&self, raw: &str) -> Status {
        let raw = raw.trim();
        match number(raw) {
            Some(number) => self.status_number(raw, number),
            None => self.status_text(raw),
        }
    }

    fn status_number(&self, raw: &str, number: u32) -> Status {
        // 0x8007xxxx wraps a Win32 code; below 0x10000 it is one.
        let win32 = (number >> 16 == 0x8007 || number >> 16 == 0).then_some(number & 0xFFFF);
        let candidates = [
            win32.map(|code| CodeRef {
                family: Family::Win32,
                code,
            }),
            Some(CodeRef {
                family: Family::Hresult,
                code: number,
            }),
            Some(CodeRef {
                family: Family::Ntstatus,
                code: number,
            }),
        ];
        let known = candidates
            .into_iter()
            .flatten()
            .find_map(|code| Some((code, self.codes.get(&code)?)));
        match known {
            Some((reference, code)) => Status {
                raw: raw.to_owned(),
                code: Some(reference),
                name: Some(code.name.clone()),
                class: code.class.unwrap_or(StatusClass::Unclassified),
                trust: code.confidence,
            },
            None => unclassified(raw),
        }
    }

    fn status_text(&self, raw: &str) -> Status {
        match self.texts.get(&Lookup::new(raw)) {
            Some(text) => self.status_of_text(raw, text),
            None => unclassified(raw),
        }
    }

    fn status_of_text(&self, raw: &str, text: &SystemText) -> Status {
        let code = self.codes.get(&text.code);
        Status {
            raw: raw.to_owned(),
            code: Some(text.code),
            name: code.map(|code| code.name.clone()),
            class: code
                .and_then(|code| code.class)
                .unwrap_or(StatusClass::Unclassified),
            trust: text.confidence,
        }
    }

    /// The longest known system text that stands in `message` as a whole phrase.
    ///
    /// For messages that Windows rendered: the sentence around it is never looked at.
    pub fn system_text_in(&self, message: &str) -> Option<&SystemText> {
        let message = Lookup::new(message);
        let message = message.as_str();
        let found = self
            .texts
            .iter()
            .filter(|(text, _)| position_of_phrase(text.as_str(), message).is_some());
        found
            .max_by_key(|(text, _)| text.as_str().len())
            .map(|(_, text)| text)
    }
}

/// Where `phrase` first occurs in `message` without an ASCII letter or digit right before or after it.
pub(crate) fn position_of_phrase(phrase: &str, message: &str) -> Option<usize> {
    let ascii_word = |c: char| c.is_ascii_alphanumeric();
    let mut found = message.match_indices(phrase).map(|(at, _)| at);
    found.find(|at| {
        let before = message.get(..*at).and_then(|text| text.chars().next_back());
        let after = message
            .get(at + phrase.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(ascii_word) && !after.is_some_and(ascii_word)
    })
}

fn number(text: &str) -> Option<u32> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        // A 32-bit status is sometimes written as a sign-extended 64-bit number.
        let wide = u64::from_str_radix(hex, 16).ok()?;
        let sign_extended = wide >> 32 == 0 || wide >> 32 == 0xFFFF_FFFF;
        return sign_extended
            .then(|| u32::try_from(wide & 0xFFFF_FFFF).ok())
            .flatten();
    }
    if let Ok(number) = text.parse::<u32>() {
        return Some(number);
    }
    text.parse::<i32>().ok().map(i32::cast_unsigned)
}

fn unclassified(raw: &str) -> Status {
    Status {
        raw: raw.to_owned(),
        code: None,
        name: None,
        class: StatusClass::Unclassified,
        trust: Trust::PublicSource,
    }
}

/// Gathers knowledge file by file.
#[derive(Debug, Default)]
pub(super) struct Builder {
    causes: Vec<Cause>,
    providers: Vec<(Provider, String)>,
    codes: BTreeMap<CodeRef, Code>,
    texts: BTreeMap<Lookup, SystemText>,
    marks: Vec<Mark>,
    noise: Vec<Noise>,
}

impl Builder {
    pub(super) fn provider(&mut self, provider: Provider, file: &str) {
        self.providers.push((provider, file.to_owned()));
    }

    pub(super) fn code(&mut self, family: Family, code: Code) -> Result<(), String> {
        let reference = CodeRef {
            family,
            code: code.code,
        };
        let name = code.name.clone();
        match self.codes.insert(reference, code) {
            Some(other) => Err(format!("{reference} is {} and {name}", other.name)),
            None => Ok(()),
        }
    }

    pub(super) fn text(&mut self, text: SystemText) -> Result<(), String> {
        let key = Lookup::new(&text.text);
        if key.as_str().is_empty() {
            return Err("the text is empty".to_owned());
        }
        match self.texts.get(&key) {
            // Languages share words, and one wording may be better attested in one of them.
            Some(other) if other.code == text.code => {
                if other.confidence < text.confidence {
                    self.texts.insert(key, text);
                }
                Ok(())
            }
            Some(other) => Err(format!(
                "`{}` stands for {} here and for {} in `{}`",
                text.text.trim(),
                text.code,
                other.code,
                other.language
            )),
            None => {
                self.texts.insert(key, text);
                Ok(())
            }
        }
    }

    pub(super) fn mark(&mut self, mark: Mark) {
        self.marks.push(mark);
    }

    pub(super) fn noise(&mut self, noise: Noise) -> Result<(), String> {
        if self.noise.iter().any(|other| other.name == noise.name) {
            return Err(format!("noise `{}` is there twice", noise.name));
        }
        self.noise.push(noise);
        Ok(())
    }

    pub(super) fn cause(&mut self, cause: Cause) -> Result<(), String> {
        if let Some(other) = self.causes.iter().find(|other| other.id == cause.id) {
            return Err(format!("cause `{}` is also in {}", cause.id, other.file));
        }
        self.causes.push(cause);
        Ok(())
    }

    pub(super) fn build(self) -> KnowledgeBase {
        let Self {
            mut causes,
            providers,
            codes,
            texts,
            marks,
            noise,
        } = self;
        causes.sort_by(|a, b| a.id.cmp(&b.id));
        let mut providers: Vec<_> = providers
            .into_iter()
            .map(|(provider, _)| provider)
            .collect();
        providers.sort_by(|a, b| a.name.cmp(&b.name));
        KnowledgeBase {
            causes,
            providers,
            codes,
            texts,
            marks,
            noise,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_windows_writes_them() {
        assert_eq!(number("5"), Some(5));
        assert_eq!(number("0x8009030d"), Some(0x8009_030D));
        assert_eq!(number("-2146893043"), Some(0x8009_030D));
        assert_eq!(number("0xffffffff80070005"), Some(0x8007_0005));
        assert_eq!(number("Access is denied."), None);
    }

    #[test]
    fn a_phrase_is_found_whole() {
        let found = |phrase, message| position_of_phrase(phrase, message);
        assert_eq!(
            found("access is denied", "the status code was access is denied"),
            Some(20)
        );
        assert_eq!(found("exist", "object exists"), None);
        assert!(
            found(
                "アクセスが拒否されました",
                "状態コードはアクセスが拒否されました。"
            )
            .is_some()
        );
    }
}
