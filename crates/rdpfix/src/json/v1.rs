//! Version 1 of the diagnosis as JSON. `docs/schema/diagnosis-v1.json` is its schema.

use rdpfix_diagnose::Diagnosis;
use rdpfix_diagnose::diagnosis;
use rdpfix_diagnose::evidence;
use rdpfix_diagnose::knowledge;
use schemars::JsonSchema;
use serde::Serialize;

/// What `rdpfix diagnose --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "rdpfix diagnosis, version 1")]
pub(crate) struct Report {
    /// Always 1.
    version: u32,
    /// Causes found, most believed first.
    findings: Vec<Finding>,
    /// Causes that something spoke for and something stronger against.
    ruled_out: Vec<RuledOut>,
    /// Causes that this evidence cannot decide.
    undecided: Vec<Undecided>,
    /// Events that look like a fault and are none.
    noise: Vec<Noise>,
    /// How well each artefact could be read.
    coverage: Vec<Coverage>,
    /// What a person should know of the source: a dirty hive, an unclean volume.
    remarks: Vec<String>,
    /// Connection attempts, rebuilt from the logs. Empty: this version does not rebuild them yet.
    attempts: Vec<Attempt>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Finding {
    /// Cause id; `rdpfix explain ID` prints it.
    cause: String,
    /// One line.
    title: String,
    severity: Severity,
    confidence: Confidence,
    /// The machine, by the name in its newest event.
    computer: Option<String>,
    /// The evidence, best first; never empty.
    citations: Vec<Citation>,
    /// What raised belief.
    raised: Vec<Sign>,
    /// What lowered it.
    lowered: Vec<String>,
    /// What was not looked at and would confirm or clear it.
    missing_proof: Vec<Gap>,
    /// What to do, in the order to try.
    remedies: Vec<Remedy>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Warning,
    Error,
    Critical,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Confidence {
    Possible,
    Likely,
    Confirmed,
}

/// An event, or something the machine holds. An event has a `channel`, the other a `kind`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum Citation {
    Event(EventCitation),
    State(StateCitation),
}

#[derive(Debug, Serialize, JsonSchema)]
struct EventCitation {
    channel: String,
    provider: String,
    event_id: u32,
    /// `EventRecordID`; null where a text export lost it.
    record_id: Option<u64>,
    /// RFC 3339, UTC.
    time_created: Option<String>,
    source: Place,
    /// The field that decides.
    detail: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StateCitation {
    /// `registry`, `descriptor`, `certificate`, `file` or `service`.
    kind: String,
    /// Registry or file path on the machine.
    at: String,
    /// RFC 3339, UTC.
    last_written: Option<String>,
    /// What was found there.
    detail: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Place {
    file: String,
    /// Byte offset in the file.
    offset: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Sign {
    symptom: String,
    effect: Effect,
    says: String,
    count: u64,
    oldest: Option<String>,
    newest: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Effect {
    Proves,
    Strong,
    Supporting,
    Lowers,
    Clears,
    Excludes,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Remedy {
    action: String,
    title: String,
    applicability: Applicability,
    disruption: Disruption,
    command: Option<String>,
    undo: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Applicability {
    Safe,
    Unsafe,
    DisplayOnly,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Disruption {
    None,
    ServiceRestart,
    Reboot,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RuledOut {
    cause: String,
    because: String,
    computer: Option<String>,
    citations: Vec<Citation>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Undecided {
    cause: String,
    computer: Option<String>,
    /// What would decide it.
    gaps: Vec<Gap>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Gap {
    /// A channel, a file, a registry value, a service.
    artifact: String,
    /// `event` or the kind of artefact.
    kind: String,
    /// What it would do to belief, were it found.
    effect: Effect,
    because: String,
    /// What it would tell.
    says: String,
    /// A command that shows it.
    look: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Noise {
    name: String,
    says: String,
    computer: Option<String>,
    count: u64,
    citations: Vec<Citation>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Coverage {
    artifact: String,
    status: CoverageStatus,
    computer: Option<String>,
    detail: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum CoverageStatus {
    Read,
    Absent,
    Unreadable,
}

/// One connection attempt. Its fields are defined with the version that rebuilds attempts.
#[derive(Debug, Serialize, JsonSchema)]
struct Attempt {}

impl Report {
    /// The diagnoses of all machines of a source, as one document. Findings stay most believed first across machines.
    pub(crate) fn new(diagnoses: &[Diagnosis]) -> Self {
        let mut findings: Vec<_> = diagnoses
            .iter()
            .flat_map(|of| of.findings.iter().map(move |finding| (finding, of)))
            .collect();
        findings.sort_by_key(|(finding, _)| std::cmp::Reverse(finding.confidence()));
        Self {
            version: 1,
            findings: findings
                .into_iter()
                .map(|(finding, of)| Finding::new(finding, of))
                .collect(),
            ruled_out: each(diagnoses, |of| &of.ruled_out, RuledOut::new),
            undecided: each(diagnoses, |of| &of.undecided, Undecided::new),
            noise: each(diagnoses, |of| &of.noise, Noise::new),
            coverage: each(diagnoses, |of| &of.coverage, Coverage::new),
            remarks: diagnoses
                .iter()
                .flat_map(|of| of.remarks.iter().cloned())
                .collect(),
            attempts: Vec::new(),
        }
    }
}

fn each<'d, T: 'd, U>(
    diagnoses: &'d [Diagnosis],
    part: impl Fn(&'d Diagnosis) -> &'d Vec<T>,
    convert: impl Fn(&'d T, &'d Diagnosis) -> U,
) -> Vec<U> {
    let parts = diagnoses
        .iter()
        .flat_map(|of| part(of).iter().map(move |item| (item, of)));
    parts.map(|(item, of)| convert(item, of)).collect()
}

impl Finding {
    fn new(finding: &diagnosis::Finding, of: &Diagnosis) -> Self {
        Self {
            cause: finding.cause().to_owned(),
            title: finding.title().to_owned(),
            severity: match finding.severity() {
                knowledge::Severity::Warning => Severity::Warning,
                knowledge::Severity::Error => Severity::Error,
                knowledge::Severity::Critical => Severity::Critical,
            },
            confidence: match finding.confidence() {
                diagnosis::Confidence::Possible => Confidence::Possible,
                diagnosis::Confidence::Likely => Confidence::Likely,
                diagnosis::Confidence::Confirmed => Confidence::Confirmed,
            },
            computer: of.computer.clone(),
            citations: finding.citations().map(Citation::new).collect(),
            raised: finding.parts().raised.iter().map(Sign::new).collect(),
            lowered: finding.parts().lowered.clone(),
            missing_proof: finding.parts().missing_proof.iter().map(Gap::new).collect(),
            remedies: finding.parts().remedies.iter().map(Remedy::new).collect(),
        }
    }
}

impl Citation {
    fn new(citation: &evidence::Citation) -> Self {
        match citation {
            evidence::Citation::Event(event) => Self::Event(EventCitation {
                channel: event.channel.clone(),
                provider: event.provider.clone(),
                event_id: event.event_id,
                record_id: event.record_id,
                time_created: event.time.map(|time| time.to_string()),
                source: Place {
                    file: event.file.clone(),
                    offset: event.offset,
                },
                detail: event.detail.clone(),
            }),
            evidence::Citation::State(state) => Self::State(StateCitation {
                kind: state.kind.to_string(),
                at: state.at.clone(),
                last_written: state.last_written.map(|time| time.to_string()),
                detail: state.detail.clone(),
            }),
        }
    }
}

impl Sign {
    fn new(sign: &diagnosis::Sign) -> Self {
        Self {
            symptom: sign.symptom.clone(),
            effect: Effect::of(sign.effect),
            says: sign.says.clone(),
            count: sign.count,
            oldest: sign.oldest.map(|time| time.to_string()),
            newest: sign.newest.map(|time| time.to_string()),
        }
    }
}

impl Effect {
    const fn of(effect: knowledge::Effect) -> Self {
        match effect {
            knowledge::Effect::Proves => Self::Proves,
            knowledge::Effect::Strong => Self::Strong,
            knowledge::Effect::Supporting => Self::Supporting,
            knowledge::Effect::Lowers => Self::Lowers,
            knowledge::Effect::Clears => Self::Clears,
            knowledge::Effect::Excludes => Self::Excludes,
        }
    }
}

impl Remedy {
    fn new(remedy: &knowledge::Remedy) -> Self {
        Self {
            action: remedy.action.clone(),
            title: remedy.title.clone(),
            applicability: match remedy.applicability {
                knowledge::Applicability::Safe => Applicability::Safe,
                knowledge::Applicability::Unsafe => Applicability::Unsafe,
                knowledge::Applicability::DisplayOnly => Applicability::DisplayOnly,
            },
            disruption: match remedy.disruption {
                knowledge::Disruption::None => Disruption::None,
                knowledge::Disruption::ServiceRestart => Disruption::ServiceRestart,
                knowledge::Disruption::Reboot => Disruption::Reboot,
            },
            command: remedy.command.clone(),
            undo: remedy.undo.clone(),
        }
    }
}

impl RuledOut {
    fn new(cause: &diagnosis::RuledOut, of: &Diagnosis) -> Self {
        Self {
            cause: cause.cause.clone(),
            because: cause.because.clone(),
            computer: of.computer.clone(),
            citations: cause.citations.iter().map(Citation::new).collect(),
        }
    }
}

impl Undecided {
    fn new(cause: &diagnosis::Undecided, of: &Diagnosis) -> Self {
        let gaps = cause.gaps.iter().map(Gap::new).collect();
        Self {
            cause: cause.cause.clone(),
            computer: of.computer.clone(),
            gaps,
        }
    }
}

impl Gap {
    fn new(gap: &diagnosis::Gap) -> Self {
        Self {
            artifact: gap.artifact.clone(),
            kind: gap
                .kind
                .map_or_else(|| "event".to_owned(), |kind| kind.to_string()),
            effect: Effect::of(gap.effect),
            because: gap.because.clone(),
            says: gap.says.clone(),
            look: gap.look.clone(),
        }
    }
}

impl Noise {
    fn new(noise: &diagnosis::NoiseSeen, of: &Diagnosis) -> Self {
        Self {
            name: noise.name.clone(),
            says: noise.says.clone(),
            computer: of.computer.clone(),
            count: noise.count,
            citations: noise.citations.iter().map(Citation::new).collect(),
        }
    }
}

impl Coverage {
    fn new(coverage: &evidence::Coverage, of: &Diagnosis) -> Self {
        Self {
            artifact: coverage.artifact.clone(),
            status: match coverage.status {
                evidence::CoverageStatus::Read => CoverageStatus::Read,
                evidence::CoverageStatus::Absent => CoverageStatus::Absent,
                evidence::CoverageStatus::Unreadable => CoverageStatus::Unreadable,
            },
            computer: of.computer.clone(),
            detail: coverage.detail.clone(),
        }
    }
}

/// The schema of [`Report`], as `docs/schema/diagnosis-v1.json` holds it.
pub(crate) fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).to_value()
}
