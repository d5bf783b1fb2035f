//! What the evidence comes to: findings, what was ruled out and why, what is undecided and what would decide it.

use rdpfix_formats::filetime::FileTime;

use crate::evidence::{Citation, Coverage};
use crate::knowledge::{ArtifactKind, Effect, Remedy, Severity};

/// The diagnosis of one machine.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// The machine's name, where an event gave it.
    pub computer: Option<String>,
    /// Causes found, most believed first.
    pub findings: Vec<Finding>,
    /// Causes that something spoke for and something stronger against.
    pub ruled_out: Vec<RuledOut>,
    /// Causes nobody can decide with this evidence.
    pub undecided: Vec<Undecided>,
    /// Events that look like a fault and are none.
    pub noise: Vec<NoiseSeen>,
    /// How well each artefact could be read.
    pub coverage: Vec<Coverage>,
    /// What a person should know of the source: a dirty hive, an unclean volume.
    pub remarks: Vec<String>,
    /// When Windows last started, as far as the logs know.
    pub last_boot: Option<FileTime>,
    /// Whether everything the knowledge asked for was readable.
    pub complete: bool,
}

/// How far a finding is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Something speaks for it; it is a question worth asking.
    Possible,
    /// The evidence fits it better than anything else.
    Likely,
    /// The evidence proves it.
    Confirmed,
}

/// A cause that the evidence speaks for. It cannot be made without a citation.
#[derive(Debug, Clone)]
pub struct Finding {
    parts: FindingParts,
    first: Citation,
    rest: Vec<Citation>,
}

/// What a finding says beside its citations.
#[derive(Debug, Clone)]
pub struct FindingParts {
    /// Cause id.
    pub cause: String,
    /// Its title.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// How far it is believed.
    pub confidence: Confidence,
    /// What raised belief.
    pub raised: Vec<Sign>,
    /// What lowered it.
    pub lowered: Vec<String>,
    /// What would confirm it.
    pub missing_proof: Vec<Gap>,
    /// What to do.
    pub remedies: Vec<Remedy>,
    /// When the newest sign was written.
    pub newest: Option<FileTime>,
    /// Causes that look alike.
    pub confused_with: Vec<String>,
}

impl Finding {
    /// A finding from its parts, with every citation of its signs, newest of the strongest sign first; `None` when there is not one citation.
    pub fn new(parts: FindingParts) -> Option<Self> {
        let mut citations = Vec::new();
        for citation in parts.raised.iter().flat_map(|sign| &sign.citations) {
            if !citations.contains(citation) {
                citations.push(citation.clone());
            }
        }
        let mut citations = citations.into_iter();
        let first = citations.next()?;
        Some(Self {
            parts,
            first,
            rest: citations.collect(),
        })
    }

    /// What raised and lowered belief, what is missing, what to do.
    pub const fn parts(&self) -> &FindingParts {
        &self.parts
    }

    /// Cause id.
    pub fn cause(&self) -> &str {
        &self.parts.cause
    }

    /// One line that names the fault.
    pub fn title(&self) -> &str {
        &self.parts.title
    }

    /// What the fault does while it lasts.
    pub const fn severity(&self) -> Severity {
        self.parts.severity
    }

    /// How far it is believed.
    pub const fn confidence(&self) -> Confidence {
        self.parts.confidence
    }

    /// The evidence, best first. There is always one.
    pub fn citations(&self) -> impl Iterator<Item = &Citation> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

/// A symptom that was met.
#[derive(Debug, Clone)]
pub struct Sign {
    /// The symptom's name.
    pub symptom: String,
    /// What it does to belief, after it was weighed.
    pub effect: Effect,
    /// What it means.
    pub says: String,
    /// How often it was seen.
    pub count: u64,
    /// When first.
    pub oldest: Option<FileTime>,
    /// When last.
    pub newest: Option<FileTime>,
    /// Its newest instances.
    pub citations: Vec<Citation>,
    /// Whether it is something the machine holds, rather than an event.
    pub is_state: bool,
}

/// A cause that was considered and dismissed.
#[derive(Debug, Clone)]
pub struct RuledOut {
    /// Cause id.
    pub cause: String,
    /// Why, as a sentence.
    pub because: String,
    /// What the reason rests on.
    pub citations: Vec<Citation>,
}

/// A cause that this evidence cannot decide.
#[derive(Debug, Clone)]
pub struct Undecided {
    /// Cause id.
    pub cause: String,
    /// What would decide it.
    pub gaps: Vec<Gap>,
}

/// Something that was asked for and could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What it is: a channel, a file, a registry value.
    pub artifact: String,
    /// Its kind; `None` for an event channel.
    pub kind: Option<ArtifactKind>,
    /// What it would do to belief, were it found.
    pub effect: Effect,
    /// Why it could not be looked at.
    pub because: String,
    /// What it would tell.
    pub says: String,
    /// A command that shows it.
    pub look: Option<String>,
}

/// Noise that was seen.
#[derive(Debug, Clone)]
pub struct NoiseSeen {
    /// Its name.
    pub name: String,
    /// Why it does not matter.
    pub says: String,
    /// How often.
    pub count: u64,
    /// Its newest instances.
    pub citations: Vec<Citation>,
}

/// What a run of `rdpfix` came to, as its exit status tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Nothing found, and everything asked for was read.
    Healthy,
    /// Nothing found, but not everything could be read.
    Incomplete,
    /// Something was found.
    Findings,
}

impl Diagnosis {
    /// What it comes to.
    pub fn outcome(&self) -> Outcome {
        match (self.findings.is_empty(), self.complete) {
            (false, _) => Outcome::Findings,
            (true, true) => Outcome::Healthy,
            (true, false) => Outcome::Incomplete,
        }
    }
}
