//! The knowledge, printed for a person.

use rdpfix_diagnose::knowledge::{
    Cause, Code, CodeRef, EventFact, KnowledgeBase, Provider, Source, Status, Trust,
};

use super::page::Page;
use super::words;
use crate::terminal::style;

/// All causes, a line each.
pub(crate) fn list(base: &KnowledgeBase) -> String {
    let mut page = Page::new();
    let width = base
        .causes()
        .iter()
        .map(|cause| cause.id.len())
        .max()
        .unwrap_or(0);
    for cause in base.causes() {
        page.paragraph(
            0,
            width + 2,
            &format!("{:width$}  {}", cause.id, cause.title),
        );
    }
    page.gap();
    page.paragraph_in(
        style::FAINT,
        0,
        0,
        "One of them, an event id or a status code in full:",
    );
    for example in ["rdp-key-acl", "1058", "0x8009030D"] {
        page.command(2, &format!("rdpfix explain {example}"));
    }
    page.finish()
}

/// One cause: what its file says, and what the machine is asked for.
pub(crate) fn cause(cause: &Cause) -> String {
    let mut page = Page::new();
    page.paragraph_in(style::VERDICT, 0, 0, &cause.title);
    let line = format!(
        "{}: {}, at the {} stage",
        cause.id,
        words::severity(cause.severity),
        words::layer(cause.layer)
    );
    page.paragraph(0, 0, &line);
    page.paragraph(
        0,
        2,
        &format!("Applies to: {}", cause.applies_to.join("; ")),
    );
    page.gap();
    page.markdown(&cause.prose);
    page.heading("Remedies, in this order");
    for (number, remedy) in (1..).zip(&cause.remedies) {
        let how = words::applicability(remedy.applicability);
        let cost = words::disruption(remedy.disruption);
        page.paragraph(2, 3, &format!("{number}. {} ({how}; {cost})", remedy.title));
        for command in remedy.command.iter() {
            page.command(5, command);
        }
        if let Some(undo) = &remedy.undo {
            page.paragraph_in(style::FAINT, 5, 2, "takes it back:");
            page.command(5, undo);
        }
    }
    if !cause.confused_with.is_empty() {
        page.heading("Looks like");
        for other in &cause.confused_with {
            page.command(2, &format!("rdpfix explain {other}"));
        }
    }
    page.heading("References");
    for reference in &cause.references {
        page.point(2, reference);
    }
    page.finish()
}

/// Every event of that id.
pub(crate) fn events(base: &KnowledgeBase, id: u32) -> Vec<String> {
    base.events(id)
        .map(|(provider, event)| one_event(base, provider, event))
        .collect()
}

fn one_event(base: &KnowledgeBase, provider: &Provider, event: &EventFact) -> String {
    let mut page = Page::new();
    page.paragraph_in(
        style::VERDICT,
        0,
        2,
        &format!("Event {} of {}", event.id, provider.name),
    );
    let level = event
        .level
        .map_or_else(String::new, |level| format!(", {}", words::level(level)));
    page.paragraph(2, 2, &format!("in {}{level}", event.channel));
    page.paragraph(2, 0, &event.meaning);
    if !event.fields.is_empty() {
        let names: Vec<_> = event
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        page.paragraph(2, 2, &format!("Data: {}", names.join(", ")));
    }
    if !event.collides_with.is_empty() {
        let others = event.collides_with.join(", ");
        page.paragraph(
            2,
            2,
            &format!("Not to be taken for event {} of {others}.", event.id),
        );
    }
    if event.confidence == Trust::FromMemory {
        page.paragraph(
            2,
            2,
            "Known from experience only: no public sample confirms it.",
        );
    }
    let asking: Vec<_> = base
        .causes()
        .iter()
        .filter(|cause| asks_for(cause, provider, event))
        .collect();
    for cause in asking {
        page.command(2, &format!("rdpfix explain {}", cause.id));
    }
    page.finish()
}

fn asks_for(cause: &Cause, provider: &Provider, event: &EventFact) -> bool {
    cause.symptoms.iter().any(|symptom| match &symptom.source {
        Source::Event(asked) => {
            let requirements = asked.query.requirements();
            let names = requirements.providers.as_ref();
            let ids = requirements.event_ids.as_ref();
            names.is_some_and(|names| names.contains(&provider.name))
                && ids.is_some_and(|ids| ids.contains(&u64::from(event.id)))
        }
        Source::Artifact(_) => false,
    })
}

/// What the code means, in every family that has it.
pub(crate) fn code(base: &KnowledgeBase, text: &str) -> Vec<String> {
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text
            .parse()
            .ok()
            .or_else(|| text.parse::<i32>().ok().map(i32::cast_unsigned)),
    };
    let Some(number) = number else {
        let named = base
            .codes()
            .filter(|(_, code)| code.name.eq_ignore_ascii_case(text));
        return named
            .map(|(reference, code)| one_code(base, reference, code))
            .collect();
    };
    let wrapped = (number >> 16 == 0x8007).then_some(number & 0xFFFF);
    let numbers = [Some(number), wrapped];
    let known = numbers
        .into_iter()
        .flatten()
        .flat_map(|number| base.codes_numbered(number));
    known
        .map(|(reference, code)| one_code(base, reference, code))
        .collect()
}

fn one_code(base: &KnowledgeBase, reference: CodeRef, code: &Code) -> String {
    let mut page = Page::new();
    page.paragraph_in(
        style::VERDICT,
        0,
        2,
        &format!("{reference}: {} ({})", code.name, reference.family),
    );
    page.paragraph(2, 0, &code.meaning);
    let texts: Vec<_> = base.texts().filter(|text| text.code == reference).collect();
    if !texts.is_empty() {
        page.paragraph(2, 0, "Windows says:");
        for text in texts {
            page.point(4, &format!("{}: {}", text.language, text.text.trim()));
        }
    }
    page.finish()
}

/// A status text that was looked up.
pub(crate) fn status(base: &KnowledgeBase, status: &Status) -> String {
    let known = status
        .code
        .and_then(|wanted| base.codes().find(|(reference, _)| *reference == wanted));
    match known {
        Some((reference, code)) => one_code(base, reference, code),
        None => {
            let mut page = Page::new();
            page.paragraph(0, 2, &format!("{}: {}", status.raw, status.class));
            page.finish()
        }
    }
}
