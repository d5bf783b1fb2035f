//! One pass over a target's logs that answers every question of the knowledge.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::ControlFlow;

use rdpfix_formats::event::{Event, Payload};
use rdpfix_formats::filetime::FileTime;
use rdpfix_query::Match;
use rdpfix_target::{
    ChannelState, Completeness, Flow, LocatedEvent, LogArtifact, LogSummary, LogVisitor, Order,
    Target,
};

use super::Evidence;
use super::citation::EventCitation;
use super::machine::{Part, join};
use super::observation::Observation;
use super::question::{Asker, Question, Questions};
use super::recover::recover;
use crate::knowledge::{EventFact, FieldKind, KnowledgeBase, Source, Status, Trust};
use crate::state;

/// Told how far the pass has come, and may end it.
pub trait Progress {
    /// A log is about to be read.
    fn log(&mut self, _log: &LogArtifact) {}

    /// So many bytes of it have been read.
    fn bytes(&mut self, _bytes: u64) {}
}

impl Progress for () {}

/// Reads all logs of `target` once; gives the evidence of every machine whose logs it holds. Most targets hold one.
///
/// A log that is named after a channel which no question is about is not read: a machine has some four hundred, and a dozen are asked. Logs of
/// different machines in one folder are kept apart by the computer names in their events.
pub fn collect(
    target: &dyn Target,
    base: &KnowledgeBase,
    now: FileTime,
    progress: &mut dyn Progress,
) -> Vec<Evidence> {
    let questions = Questions::of(base);
    let mut parts = Vec::new();
    let mut passed_over = 0_usize;
    for log in target.logs() {
        progress.log(log);
        if !questions.ask_about(log) {
            passed_over += 1;
            continue;
        }
        let mut reader = LogReader::new(log, target, base, &questions, now, progress);
        // What is asked does not depend on the order, and an export need not be held in memory to be sorted.
        let summary = target.read_log(log.id, Order::AsStored, &mut reader);
        parts.extend(reader.finish(&summary));
    }
    let mut machines = join(parts, target.completeness() == Completeness::WholeMachine);
    if machines.is_empty() {
        machines.push(Evidence::new(target.completeness()));
    }
    for evidence in &mut machines {
        states(evidence, target, base);
    }
    // A target with a registry is one machine; should its logs name several, the first of them has it.
    if let Some(first) = machines.first_mut() {
        if let Some(state) = target.state() {
            first.facts = state::gather(state, now);
        }
        first.remarks = target.remarks();
        if passed_over > 0 {
            let remark = format!(
                "{passed_over} more logs were not read: nothing is asked of their channels"
            );
            first.remarks.push(remark);
        }
    }
    machines
}

/// Asks the target about every channel the knowledge speaks of.
fn states(evidence: &mut Evidence, target: &dyn Target, base: &KnowledgeBase) {
    let symptoms = base.causes().iter().flat_map(|cause| &cause.symptoms);
    let asked = symptoms.filter_map(|symptom| match &symptom.source {
        Source::Event(event) => Some(&event.channel),
        Source::Artifact(_) => None,
    });
    let roles = base
        .causes()
        .iter()
        .filter_map(|cause| cause.role.as_ref())
        .flat_map(|role| &role.channels);
    for channel in asked.chain(roles) {
        let known = target
            .state()
            .and_then(|state| state::channel_state(state, channel));
        let state = known.unwrap_or_else(|| target.channel_state(channel));
        if !matches!(state, ChannelState::Unknown(_)) {
            evidence.states.insert(channel.to_lowercase(), state);
        }
    }
}

/// Takes the events of one log.
struct LogReader<'a, 'k> {
    log: &'a LogArtifact,
    base: &'k KnowledgeBase,
    questions: &'a Questions<'k>,
    now: FileTime,
    progress: &'a mut dyn Progress,
    completeness: Completeness,
    /// One part, or for forwarded events one a computer.
    parts: BTreeMap<String, Part>,
}

impl LogVisitor for LogReader<'_, '_> {
    fn event(&mut self, located: LocatedEvent) -> Flow {
        self.take(&located);
        ControlFlow::Continue(())
    }

    fn progress(&mut self, bytes: u64) {
        self.progress.bytes(bytes);
    }
}

impl<'a, 'k> LogReader<'a, 'k> {
    fn new(
        log: &'a LogArtifact,
        target: &dyn Target,
        base: &'k KnowledgeBase,
        questions: &'a Questions<'k>,
        now: FileTime,
        progress: &'a mut dyn Progress,
    ) -> Self {
        let completeness = target.completeness();
        Self {
            log,
            base,
            questions,
            now,
            progress,
            completeness,
            parts: BTreeMap::new(),
        }
    }

    fn take(&mut self, located: &LocatedEvent) {
        let system = located.event.system();
        let computer = system.computer().present().filter(|name| !name.is_empty());
        let forwarded = self.log.channel.as_deref() == Some("ForwardedEvents");
        let key = computer.clone().filter(|_| forwarded).unwrap_or_default();
        let completeness = self.completeness;
        let part = self
            .parts
            .entry(key)
            .or_insert_with(|| Part::new(Evidence::new(completeness)));
        let time = system.time_created().present();
        if let Some(name) = &computer {
            part.named(name, time);
        }
        let channel = system
            .channel()
            .present()
            .or_else(|| self.log.channel.clone());
        if let Some(channel) = &channel {
            let coverage = part.evidence.channel_mut(channel);
            coverage.event(time, system.record_id().present());
            coverage.whole |= self.log.format.is_whole();
        }
        let event_id = system.event_id().present();
        let mut relevant = self
            .questions
            .about(event_id, channel.as_deref())
            .peekable();
        if relevant.peek().is_none() {
            return;
        }
        let described = Described::new(self.log, self.base, located, channel.as_deref());
        for question in relevant {
            described.answer(question, self.base, self.now, &mut part.evidence);
        }
    }

    fn finish(mut self, summary: &LogSummary) -> Vec<Part> {
        if self.parts.is_empty() {
            self.parts
                .insert(String::new(), Part::new(Evidence::new(self.completeness)));
        }
        let log = self.log;
        let mut parts: Vec<_> = self.parts.into_values().collect();
        if let Some(first) = parts.first_mut() {
            first.evidence.log_read(log, summary);
        }
        parts
    }
}

/// An event with what is needed to judge and to cite it.
struct Described<'e> {
    event: Cow<'e, Event>,
    fact: Option<&'e EventFact>,
    status: Option<Status>,
    citation: EventCitation,
}

impl<'e> Described<'e> {
    fn new(
        log: &LogArtifact,
        base: &'e KnowledgeBase,
        located: &'e LocatedEvent,
        channel: Option<&str>,
    ) -> Self {
        let system = located.event.system();
        let provider = system.provider().present().unwrap_or_default();
        let event_id = system.event_id().present().unwrap_or_default();
        let fact = base.event(&provider, event_id, channel);
        let recovered = fact.and_then(|fact| recover(&located.event, fact, base));
        let event = recovered.map_or(Cow::Borrowed(&located.event), Cow::Owned);
        let status = fact.and_then(|fact| status_of(&event, fact, base));
        let detail = detail_of(&event, fact, status.as_ref());
        let citation = EventCitation {
            channel: channel.unwrap_or_default().to_owned(),
            provider,
            event_id,
            record_id: system.record_id().present(),
            time: system.time_created().present(),
            file: log.path.clone(),
            offset: located.offset,
            detail,
        };
        Self {
            event,
            fact,
            status,
            citation,
        }
    }

    fn answer(
        &self,
        question: &Question<'_>,
        base: &KnowledgeBase,
        now: FileTime,
        evidence: &mut Evidence,
    ) {
        let answer = match question.query.matches(&self.event, now) {
            Match::Yes => self.status_answer(question),
            other => other,
        };
        match question.asker {
            Asker::Mark(index) => {
                if answer == Match::Yes
                    && let Some(mark) = base.marks().get(index)
                {
                    evidence.mark(mark.kind, &self.citation, now);
                }
            }
            Asker::Symptom(key) => self.record(evidence.observations.entry(key), answer),
            Asker::Noise(index) => {
                if answer == Match::Yes {
                    self.record(evidence.noise.entry(index), answer);
                }
            }
        }
    }

    /// Whether the event's status is of a class that the question asks for.
    fn status_answer(&self, question: &Question<'_>) -> Match {
        match (&self.status, question.status) {
            (_, []) => Match::Yes,
            (Some(status), wanted) if wanted.contains(&status.class) => Match::Yes,
            (Some(_), _) => Match::No,
            (None, _) if self.event.payload().is_present() => Match::No,
            (None, _) => Match::Unknown,
        }
    }

    fn record<K: Ord>(&self, entry: Entry<'_, K, Observation>, answer: Match) {
        match answer {
            Match::Yes => {
                let known = self
                    .fact
                    .map_or(Trust::PublicSource, |fact| fact.confidence);
                let looked_up = self
                    .status
                    .as_ref()
                    .map_or(Trust::MicrosoftDoc, |status| status.trust);
                entry
                    .or_insert_with(Observation::new)
                    .met(self.citation.clone(), known.min(looked_up));
            }
            Match::Unknown => {
                let observation = entry.or_insert_with(Observation::new);
                observation.unknown = observation.unknown.saturating_add(1);
            }
            Match::No => {}
        }
    }
}

/// The event's status field, looked up.
fn status_of(event: &Event, fact: &EventFact, base: &KnowledgeBase) -> Option<Status> {
    let field = fact
        .fields
        .iter()
        .find(|field| field.kind == FieldKind::Status)?;
    let payload = event.payload().present()?;
    let value = field
        .value(&payload)
        .present()
        .filter(|text| !text.trim().is_empty());
    let value = value.or_else(|| match &payload {
        // Some classic events carry the code as four bytes of binary instead.
        Payload::EventData {
            binary: Some(binary),
            ..
        } => {
            let bytes: [u8; 4] = binary.as_slice().try_into().ok()?;
            Some(u32::from_le_bytes(bytes).to_string())
        }
        _ => None,
    })?;
    Some(base.status(&value))
}

/// The fields that decide, as a person would quote them.
fn detail_of(event: &Event, fact: Option<&EventFact>, status: Option<&Status>) -> String {
    let Some(payload) = event.payload().present() else {
        return String::new();
    };
    let known = fact.map_or(&[][..], |fact| fact.fields.as_slice());
    let quoted = known.iter().filter_map(|field| {
        let value = field.value(&payload).present()?;
        let value = value.trim();
        let explained = match (
            field.kind,
            status.and_then(|status| Some((status.name.as_ref()?, status.code?))),
        ) {
            (FieldKind::Status, Some((name, code))) => format!("{value} ({name}, {code})"),
            _ => value.to_owned(),
        };
        (!value.is_empty()).then(|| format!("{}: {explained}", field.name))
    });
    let quoted: Vec<_> = quoted.take(QUOTED_FIELDS).collect();
    if !quoted.is_empty() {
        return quoted.join(", ");
    }
    match payload {
        Payload::EventData { data, .. } => {
            let texts = data
                .iter()
                .filter_map(|datum| datum.element.text().present());
            let texts: Vec<_> = texts
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
                .collect();
            texts
                .into_iter()
                .take(QUOTED_FIELDS)
                .collect::<Vec<_>>()
                .join(", ")
        }
        Payload::UserData(element) => element.text().present().unwrap_or_default(),
    }
}

/// How many fields a citation quotes.
const QUOTED_FIELDS: usize = 4;
