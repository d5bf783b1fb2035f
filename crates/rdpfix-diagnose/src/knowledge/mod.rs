//! What is known of broken Remote Desktop: causes, providers, codes, marks and noise, as data.
//!
//! `docs/design/knowledge.md` describes the files. [`KnowledgeBase::embedded`] is the knowledge this build carries.

mod cause;
mod code;
mod embedded;
mod error;
mod front_matter;
mod index;
mod lint;
mod loader;
mod provider;
mod timeline;

pub use cause::{
    Applicability, Artifact, ArtifactKind, Cause, Criteria, Disruption, Effect, EventSymptom,
    Layer, Remedy, Role, Severity, Source, Symptom,
};
pub use code::{Code, CodeRef, Family, Lookup, Status, StatusClass, SystemText};
pub use error::{KnowledgeError, KnowledgeErrors};
pub use index::KnowledgeBase;
pub(crate) use index::position_of_phrase;
pub use loader::KnowledgeFile;
pub use provider::{EventFact, Field, FieldKind, LevelName, Provider};
pub use timeline::{Mark, MarkKind, Noise};

use serde::Deserialize;

/// How far a fact is trusted. What is from memory may raise a question, never a finding beyond `possible`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Known from experience, not verified against a sample or a document.
    FromMemory,
    /// Seen in public material: a real log, a manifest, a measured repair script.
    PublicSource,
    /// Stated in a Microsoft document.
    MicrosoftDoc,
}
