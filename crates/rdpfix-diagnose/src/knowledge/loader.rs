//! Knowledge files → [`KnowledgeBase`], all faults at once.

use rdpfix_query::CompiledQuery;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::cause::{Artifact, Cause, EventSymptom, RawCause, RawSymptom, Source, Symptom};
use super::code::{RawCodes, RawTexts};
use super::error::{KnowledgeError, KnowledgeErrors, line_of};
use super::index::{Builder, KnowledgeBase};
use super::provider::Provider;
use super::timeline::{Mark, Noise, RawMarks, RawNoises};
use super::{embedded, front_matter, lint};

/// One file below the knowledge folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnowledgeFile<'a> {
    /// Path below the knowledge folder, with `/`.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

impl KnowledgeBase {
    /// The knowledge this build carries.
    ///
    /// # Errors
    /// Never for a released build: the gate loads it. [`KnowledgeErrors`] while knowledge is being written.
    pub fn embedded() -> Result<Self, KnowledgeErrors> {
        Self::load(embedded::files())
    }

    /// Reads the files and checks them against each other.
    ///
    /// # Errors
    /// Every fault found, with file and line.
    pub fn load<'a>(
        files: impl IntoIterator<Item = KnowledgeFile<'a>>,
    ) -> Result<Self, KnowledgeErrors> {
        let mut loader = Loader::default();
        for file in files {
            loader.file(file);
        }
        let Loader {
            builder,
            mut errors,
        } = loader;
        let base = builder.build();
        errors.extend(lint::check(&base));
        if errors.is_empty() {
            return Ok(base);
        }
        errors.sort();
        errors.dedup();
        Err(KnowledgeErrors(errors))
    }
}

#[derive(Default)]
struct Loader {
    builder: Builder,
    errors: Vec<KnowledgeError>,
}

/// A stretch of TOML within a file, for turning offsets into lines of the file.
#[derive(Clone, Copy)]
struct Piece<'a> {
    file: &'a str,
    text: &'a str,
    lines_before: usize,
}

impl Piece<'_> {
    fn error(self, offset: usize, message: impl Into<String>) -> KnowledgeError {
        KnowledgeError {
            file: self.file.to_owned(),
            line: self.lines_before + line_of(self.text, offset),
            message: message.into(),
        }
    }
}

impl Loader {
    fn file(&mut self, file: KnowledgeFile<'_>) {
        let piece = Piece {
            file: file.path,
            text: file.text,
            lines_before: 0,
        };
        let parts: Vec<&str> = file.path.split('/').collect();
        match parts.as_slice() {
            ["causes", .., _] if file.path.ends_with(".md") => self.cause(file),
            ["providers", _] => {
                if let Some(provider) = self.parse::<Provider>(piece) {
                    self.builder.provider(provider, file.path);
                }
            }
            ["codes", "texts", _] => self.texts(piece),
            ["codes", _] => self.codes(piece),
            ["marks.toml"] => self.marks(piece),
            ["noise.toml"] => self.noise(piece),
            ["README.md"] | ["baselines", ..] => {}
            _ => self.errors.push(KnowledgeError {
                file: file.path.to_owned(),
                line: 0,
                message: "no place for such a file: docs/design/knowledge.md lists the folders"
                    .to_owned(),
            }),
        }
    }

    fn parse<T: DeserializeOwned>(&mut self, piece: Piece<'_>) -> Option<T> {
        match toml::from_str(piece.text) {
            Ok(value) => Some(value),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                self.errors.push(piece.error(at, error.message()));
                None
            }
        }
    }

    fn query(&mut self, piece: Piece<'_>, text: &Spanned<String>) -> Option<CompiledQuery> {
        match CompiledQuery::parse(text.get_ref()) {
            Ok(query) => Some(query),
            Err(errors) => {
                self.errors.push(piece.error(
                    text.span().start,
                    format!("the query is not valid:\n{errors}"),
                ));
                None
            }
        }
    }

    fn codes(&mut self, piece: Piece<'_>) {
        let Some(raw) = self.parse::<RawCodes>(piece) else {
            return;
        };
        for code in raw.code {
            let at = code.span().start;
            if let Err(message) = self.builder.code(raw.family, code.into_inner()) {
                self.errors.push(piece.error(at, message));
            }
        }
    }

    fn texts(&mut self, piece: Piece<'_>) {
        let Some(raw) = self.parse::<RawTexts>(piece) else {
            return;
        };
        for text in raw.text {
            let at = text.span().start;
            let mut text = text.into_inner();
            text.language.clone_from(&raw.language);
            if let Err(message) = self.builder.text(text) {
                self.errors.push(piece.error(at, message));
            }
        }
    }

    fn marks(&mut self, piece: Piece<'_>) {
        let Some(raw) = self.parse::<RawMarks>(piece) else {
            return;
        };
        for mark in raw.mark {
            if let Some(query) = self.query(piece, &mark.query) {
                self.builder.mark(Mark {
                    kind: mark.name,
                    channel: mark.channel,
                    query,
                });
            }
        }
    }

    fn noise(&mut self, piece: Piece<'_>) {
        let Some(raw) = self.parse::<RawNoises>(piece) else {
            return;
        };
        for noise in raw.noise {
            let at = noise.name.span().start;
            if let Some(query) = self.query(piece, &noise.query) {
                let name = noise.name.into_inner();
                let noise = Noise {
                    name,
                    channel: noise.channel,
                    query,
                    says: noise.says,
                };
                if let Err(message) = self.builder.noise(noise) {
                    self.errors.push(piece.error(at, message));
                }
            }
        }
    }

    fn cause(&mut self, file: KnowledgeFile<'_>) {
        let Some(parts) = front_matter::split(file.text) else {
            self.errors.push(KnowledgeError {
                file: file.path.to_owned(),
                line: 1,
                message: "expected TOML between two lines of `+++` at the start of the file"
                    .to_owned(),
            });
            return;
        };
        let piece = Piece {
            file: file.path,
            text: parts.toml,
            lines_before: parts.lines_before,
        };
        let Some(raw) = self.parse::<RawCause>(piece) else {
            return;
        };
        let before = self.errors.len();
        let stem = file
            .path
            .rsplit('/')
            .next()
            .unwrap_or("")
            .trim_end_matches(".md");
        if raw.id.get_ref() != stem {
            let message = format!(
                "id `{}` differs from the file name `{stem}`",
                raw.id.get_ref()
            );
            self.errors.push(piece.error(raw.id.span().start, message));
        }
        let symptoms = raw
            .symptom
            .into_iter()
            .filter_map(|symptom| self.symptom(piece, symptom))
            .collect();
        let at = raw.id.span().start;
        let cause = Cause {
            id: raw.id.into_inner(),
            title: raw.title,
            severity: raw.severity,
            layer: raw.layer,
            applies_to: raw.applies_to,
            role: raw.role,
            confused_with: raw
                .confused_with
                .into_iter()
                .map(Spanned::into_inner)
                .collect(),
            references: raw.references,
            symptoms,
            criteria: raw.criteria,
            remedies: raw.remedy,
            prose: parts.prose.to_owned(),
            file: file.path.to_owned(),
        };
        if self.errors.len() == before
            && let Err(message) = self.builder.cause(cause)
        {
            self.errors.push(piece.error(at, message));
        }
    }

    fn fact(&mut self, piece: Piece<'_>, name: Option<Spanned<String>>) -> Option<String> {
        let name = name?;
        if !crate::state::NAMES.contains(&name.get_ref().as_str()) {
            let known = crate::state::NAMES.join(", ");
            let message = format!(
                "there is no fact `{}`; the facts are {known}",
                name.get_ref()
            );
            self.errors.push(piece.error(name.span().start, message));
        }
        Some(name.into_inner())
    }

    fn symptom(&mut self, piece: Piece<'_>, raw: RawSymptom) -> Option<Symptom> {
        let at = raw.name.span().start;
        let source = match (raw.channel, raw.query, raw.artifact, raw.at) {
            (Some(channel), Some(query), None, None) => {
                let query = self.query(piece, &query)?;
                Source::Event(Box::new(EventSymptom {
                    channel,
                    query,
                    status: raw.status,
                }))
            }
            (None, None, Some(kind), Some(at)) if raw.status.is_empty() => {
                Source::Artifact(Artifact {
                    kind,
                    at,
                    look: raw.look,
                    fact: self.fact(piece, raw.fact),
                    is: raw.is,
                })
            }
            _ => {
                let message = "a symptom has either `channel` and `query`, or `artifact` and `at`";
                self.errors.push(piece.error(at, message));
                return None;
            }
        };
        Some(Symptom {
            name: raw.name.into_inner(),
            effect: raw.effect,
            says: raw.says,
            persists: raw.persists,
            source,
        })
    }
}
