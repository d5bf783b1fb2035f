//! Knowledge checked against itself.

use rdpfix_query::{CompiledQuery, Requirements};

use super::cause::{Cause, Source, Symptom};
use super::error::KnowledgeError;
use super::index::KnowledgeBase;

/// Every fault that only shows when all files are loaded.
pub(super) fn check(base: &KnowledgeBase) -> Vec<KnowledgeError> {
    let mut errors = Vec::new();
    for cause in base.causes() {
        let mut report = |message: String| errors.push(fault(&cause.file, message));
        headings(cause, &mut report);
        symptoms(base, cause, &mut report);
        names(base, cause, &mut report);
        remedies(cause, &mut report);
    }
    for mark in base.marks() {
        let where_ = "marks.toml";
        query(base, &mark.channel, &mark.query, &mut |message| {
            errors.push(fault(where_, message))
        });
    }
    for noise in base.noise() {
        let mut report = |message: String| {
            errors.push(fault("noise.toml", format!("{}: {message}", noise.name)))
        };
        query(base, &noise.channel, &noise.query, &mut report);
    }
    providers(base, &mut errors);
    texts(base, &mut errors);
    errors
}

fn fault(file: &str, message: String) -> KnowledgeError {
    KnowledgeError {
        file: file.to_owned(),
        line: 0,
        message,
    }
}

fn headings(cause: &Cause, report: &mut impl FnMut(String)) {
    let headings: Vec<_> = cause
        .prose
        .lines()
        .filter(|line| line.starts_with("## "))
        .collect();
    if headings != ["## Symptoms", "## Cause", "## Resolution"] {
        report(format!(
            "expected the headings Symptoms, Cause, Resolution in this order, found {headings:?}"
        ));
    }
    if cause.title.trim() != cause.title || cause.title.is_empty() || cause.title.ends_with('.') {
        report("the title is one line without a full stop and without spaces around it".to_owned());
    }
    if cause.references.is_empty() {
        report("a cause names at least one reference".to_owned());
    }
}

fn symptoms(base: &KnowledgeBase, cause: &Cause, report: &mut impl FnMut(String)) {
    if !cause.symptoms.iter().any(|symptom| symptom.effect.raises()) {
        report("no symptom raises belief, so the cause can never be found".to_owned());
    }
    for (index, symptom) in cause.symptoms.iter().enumerate() {
        let earlier = cause.symptoms.iter().take(index);
        if earlier.clone().any(|other| other.name == symptom.name) {
            report(format!("symptom `{}` is there twice", symptom.name));
        }
        if !symptom.says.ends_with('.') {
            report(format!(
                "`says` of symptom `{}` is a sentence and ends with a full stop",
                symptom.name
            ));
        }
        if let Source::Event(event) = &symptom.source {
            let mut named =
                |message: String| report(format!("symptom `{}`: {message}", symptom.name));
            query(base, &event.channel, &event.query, &mut named);
            status_field(base, symptom, &mut named);
        }
    }
}

/// A symptom that asks for a status class needs events with a status field.
fn status_field(base: &KnowledgeBase, symptom: &Symptom, report: &mut impl FnMut(String)) {
    let Source::Event(event) = &symptom.source else {
        return;
    };
    if event.status.is_empty() {
        return;
    }
    let requirements = event.query.requirements();
    for provider in requirements.providers.iter().flatten() {
        for id in event_ids(requirements) {
            let fact = base.event(provider, id, Some(&event.channel));
            let has_status = fact.is_some_and(|fact| {
                fact.fields
                    .iter()
                    .any(|field| field.kind == super::FieldKind::Status)
            });
            if !has_status {
                report(format!(
                    "asks for a status, but {provider} {id} has no field of kind `status`"
                ));
            }
        }
    }
}

/// A query speaks of a known provider, one that writes to that channel, and by exactly its name.
fn query(
    base: &KnowledgeBase,
    channel: &str,
    query: &CompiledQuery,
    report: &mut impl FnMut(String),
) {
    if channel.trim() != channel || channel.is_empty() {
        report(format!("channel `{channel}` has spaces around it"));
    }
    let requirements = query.requirements();
    let Some(providers) = &requirements.providers else {
        report(format!(
            "the query `{}` names no provider: an event id alone means nothing",
            query.query()
        ));
        return;
    };
    for name in providers {
        match base
            .providers()
            .iter()
            .find(|provider| provider.name == *name)
        {
            None => report(format!("provider `{name}` is not in knowledge/providers")),
            Some(provider) if !provider.writes_to(channel) => {
                report(format!(
                    "provider `{name}` never writes to `{channel}` but to {:?}",
                    provider.channels
                ));
            }
            Some(provider) => {
                for id in event_ids(requirements) {
                    if provider.event(id, Some(channel)).is_none() {
                        report(format!(
                            "event {id} of `{name}` in `{channel}` is not in its catalogue"
                        ));
                    }
                }
            }
        }
    }
}

/// The event ids a query is about; none when it is about any.
fn event_ids(requirements: &Requirements) -> impl Iterator<Item = u32> {
    let ids = requirements.event_ids.iter().flatten();
    ids.filter_map(|id| u32::try_from(*id).ok())
}

fn names(base: &KnowledgeBase, cause: &Cause, report: &mut impl FnMut(String)) {
    let criteria = &cause.criteria;
    for name in criteria
        .all
        .iter()
        .chain(&criteria.any)
        .chain(&criteria.none)
    {
        if !cause.symptoms.iter().any(|symptom| symptom.name == *name) {
            report(format!(
                "criteria name the symptom `{name}`, which is not there"
            ));
        }
    }
    for other in &cause.confused_with {
        if base.cause(other).is_none() {
            report(format!(
                "confused-with names the cause `{other}`, which is not there"
            ));
        }
    }
}

fn remedies(cause: &Cause, report: &mut impl FnMut(String)) {
    if cause.remedies.is_empty() {
        report("a cause has at least one remedy, if only advice".to_owned());
    }
    for remedy in &cause.remedies {
        let commands = remedy.command.iter().chain(&remedy.undo);
        for command in commands {
            let lower = command.to_lowercase();
            let forbidden = [
                "securitylayer /t reg_dword /d 0",
                "userauthentication /t reg_dword /d 0",
                "allowencryptionoracle",
            ];
            if forbidden.iter().any(|weak| lower.contains(weak)) {
                report(format!("`{command}` weakens security"));
            }
            if lower.contains("network service:")
                || lower.contains("nt authority\\")
                || lower.contains("builtin\\")
            {
                report(format!(
                    "`{command}` names an account; a localised Windows knows only its SID"
                ));
            }
        }
    }
}

fn providers(base: &KnowledgeBase, errors: &mut Vec<KnowledgeError>) {
    for (index, provider) in base.providers().iter().enumerate() {
        let mut report = |message: String| {
            errors.push(fault("providers", format!("{}: {message}", provider.name)))
        };
        if provider.name.trim() != provider.name {
            report("the name has spaces around it, so nothing would ever match".to_owned());
        }
        if base
            .providers()
            .iter()
            .take(index)
            .any(|other| other.name == provider.name)
        {
            report("the provider is there twice".to_owned());
        }
        for (at, event) in provider.events.iter().enumerate() {
            if !provider.writes_to(&event.channel) {
                report(format!(
                    "event {} is in `{}`, which is not one of its channels",
                    event.id, event.channel
                ));
            }
            let twice =
                |other: &&super::EventFact| other.id == event.id && other.channel == event.channel;
            if provider.events.iter().take(at).any(|other| twice(&other)) {
                report(format!(
                    "event {} in `{}` is there twice",
                    event.id, event.channel
                ));
            }
            for field in &event.fields {
                if (field.kind == super::FieldKind::Word) == field.words.is_empty() {
                    report(format!(
                        "event {}: a field of kind `word` lists its words, and no other does",
                        event.id
                    ));
                }
            }
        }
    }
}

fn texts(base: &KnowledgeBase, errors: &mut Vec<KnowledgeError>) {
    for text in base.texts() {
        if !base.codes().any(|(code, _)| code == text.code) {
            let file = format!("codes/texts/{}.toml", text.language);
            errors.push(fault(
                &file,
                format!("{} is not in knowledge/codes", text.code),
            ));
        }
    }
}
