//! `Get-WinEvent … | Format-List` and `Get-EventLog … | Format-List`: property names are English on every Windows.

use super::console::Line;
use super::fields::Fields;

/// The properties of `EventLogRecord` and `EventLogEntry` that are looked at or end another's value.
const PROPERTIES: [&str; 41] = [
    "ActivityId",
    "Bookmark",
    "Category",
    "CategoryNumber",
    "Container",
    "ContainerLog",
    "Data",
    "EntryType",
    "EventID",
    "Id",
    "Index",
    "InstanceId",
    "Keywords",
    "KeywordsDisplayNames",
    "Level",
    "LevelDisplayName",
    "LogName",
    "MachineName",
    "MatchedQueryIds",
    "Message",
    "Opcode",
    "OpcodeDisplayName",
    "ProcessId",
    "Properties",
    "ProviderId",
    "ProviderName",
    "Qualifiers",
    "RecordId",
    "RelatedActivityId",
    "ReplacementStrings",
    "Site",
    "Source",
    "Task",
    "TaskDisplayName",
    "ThreadId",
    "TimeCreated",
    "TimeGenerated",
    "TimeWritten",
    "UserId",
    "UserName",
    "Version",
];

/// The property a line begins, its value, and the column of its colon.
pub(super) fn property(line: &str) -> Option<(&'static str, &str, usize)> {
    let (name, value) = line.split_once(':')?;
    let known = PROPERTIES.iter().find(|known| **known == name.trim_end())?;
    // A space before the colon tells `Message : x` from a sentence.
    let aligned = name.ends_with(' ') && (value.is_empty() || value.starts_with(' '));
    aligned.then_some((known, value.strip_prefix(' ').unwrap_or(value), name.len()))
}

/// Whether an event begins at the first line: two properties under each other, their colons aligned.
pub(super) fn is_start(lines: &[Line<'_>]) -> bool {
    let Some((_, _, column)) = lines.first().and_then(|line| property(&line.text)) else {
        return false;
    };
    // A value may take more lines, which are indented to where values begin.
    let mut following = lines
        .iter()
        .skip(1)
        .filter(|line| !line.text.starts_with("    "));
    let next = following.next().and_then(|line| property(&line.text));
    next.is_some_and(|(_, _, next)| next == column)
}

/// How many of the lines belong to the event that begins at the first: to where one of its properties comes again.
pub(super) fn length(lines: &[Line<'_>]) -> usize {
    let mut seen = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some((name, _, _)) = property(&line.text) {
            if seen.contains(&name) {
                return at;
            }
            seen.push(name);
        }
    }
    lines.len()
}

/// What one block says.
pub(super) fn read(lines: &[Line<'_>], offset: u64) -> Fields {
    let mut fields = Fields {
        offset,
        ..Fields::default()
    };
    fields.notes = lines
        .iter()
        .find_map(|l| l.note.clone())
        .into_iter()
        .collect();
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        rest = after;
        let Some((name, value, column)) = property(&line.text) else {
            continue;
        };
        let end = rest.iter().position(|line| property(&line.text).is_some());
        let (more, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        let indent = column.saturating_add(2);
        let more = more.iter().map(|line| unindented(&line.text, indent));
        if name == "Message" {
            fields.message = std::iter::once(value)
                .chain(more)
                .map(str::to_owned)
                .collect();
        } else {
            // Format-List cuts a long value at the console's width, wherever that falls.
            let value: String = std::iter::once(value).chain(more).collect();
            set(&mut fields, name, value.trim());
        }
    }
    fields
}

fn unindented(line: &str, indent: usize) -> &str {
    match line.get(..indent) {
        Some(space) if space.trim().is_empty() => line.get(indent..).unwrap_or_default(),
        _ => line.trim_start(),
    }
}

fn set(fields: &mut Fields, name: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    let text = || Some(value.to_owned());
    match name {
        "Id" | "EventID" => fields.event_id = text(),
        "ProviderName" | "Source" => fields.source = text(),
        "ProviderId" => fields.provider_guid = text(),
        "LogName" => fields.log_name = text(),
        "MachineName" => fields.computer = text(),
        "TimeCreated" | "TimeGenerated" => fields.date = text(),
        "UserId" => fields.user = text(),
        "ProcessId" => fields.process_id = text(),
        "ThreadId" => fields.thread_id = text(),
        "ActivityId" => fields.activity_id = text(),
        "Qualifiers" => fields.qualifiers = value.parse().ok(),
        // The high half of the identifier a classic provider logged: severity, facility and so on.
        "InstanceId" => {
            let id: Option<u64> = value.parse().ok();
            fields.qualifiers = id.and_then(|id| u16::try_from((id >> 16) & 0xFFFF).ok());
        }
        "Level" => fields.level = text(),
        "EntryType" => {
            let level = match value {
                "Error" => "2",
                "Warning" => "3",
                "Information" => "4",
                // Audits are written with level 0.
                "SuccessAudit" | "FailureAudit" => "0",
                other => other,
            };
            fields.level = Some(level.to_owned());
        }
        "Task" | "CategoryNumber" => fields.system.push(("Task", value.to_owned())),
        "Opcode" => fields.system.push(("Opcode", value.to_owned())),
        "Version" => fields.system.push(("Version", value.to_owned())),
        "RecordId" | "Index" => fields.system.push(("EventRecordID", value.to_owned())),
        "Keywords" => {
            // PowerShell shows the mask as a signed number.
            if let Ok(mask) = value.parse::<i64>() {
                let mask = format!("0x{:x}", mask.cast_unsigned());
                fields.system.push(("Keywords", mask));
            }
        }
        "LevelDisplayName" => fields.set_rendered("Level", value),
        "TaskDisplayName" | "Category" => fields.set_rendered("Task", value),
        "OpcodeDisplayName" => fields.set_rendered("Opcode", value),
        _ => {}
    }
}
