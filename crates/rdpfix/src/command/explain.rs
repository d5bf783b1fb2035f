//! `rdpfix explain`: causes, events and codes, from the knowledge.

use anyhow::anyhow;
use rdpfix_diagnose::knowledge::{KnowledgeBase, StatusClass};

use crate::cli::Explain;
use crate::exit::ExitStatus;
use crate::output::{Failure, Output};
use crate::report::reference;
use crate::source;

pub(crate) fn run(arguments: &Explain) -> Result<ExitStatus, Failure> {
    let base = source::knowledge(arguments.knowledge.as_deref())?;
    let text = match &arguments.what {
        None => reference::list(&base),
        Some(what) => explain(&base, what.trim()).ok_or_else(|| unknown(&base, what))?,
    };
    let mut output = Output::open(&arguments.common)?;
    output.write(&text)?;
    output.finish()?;
    Ok(ExitStatus::Success)
}

/// Everything the knowledge says of it: one word can be a cause, an event id and a code at once.
fn explain(base: &KnowledgeBase, what: &str) -> Option<String> {
    if let Some(cause) = base.cause(what) {
        return Some(reference::cause(cause));
    }
    let mut parts = Vec::new();
    if let Ok(id) = what.parse::<u32>() {
        parts.extend(reference::events(base, id));
    }
    parts.extend(reference::code(base, what));
    let status = base.status(what);
    if parts.is_empty() && (status.class != StatusClass::Unclassified || status.code.is_some()) {
        parts.push(reference::status(base, &status));
    }
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn unknown(base: &KnowledgeBase, what: &str) -> anyhow::Error {
    let near = base
        .causes()
        .iter()
        .find(|cause| cause.id.contains(what) || what.contains(&cause.id));
    let hint = near.map_or_else(
        || "list the causes with: rdpfix explain".to_owned(),
        |cause| format!("did you mean: rdpfix explain {}", cause.id),
    );
    anyhow!(
        "nothing is known of `{what}`: it is no cause, event id, status code or status text here; {hint}"
    )
}
