//! A run of a compiled query over a stream of events.

use rdpfix_formats::event::Event;
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::reading::Reading;

use crate::answer::Match;
use crate::compile::{CompiledQuery, CompiledRule};
use crate::eval::{Evaluation, Tally};
use crate::query::LogPath;

/// A run: the query, and how many events its `position()`s have counted.
///
/// Windows documents `position()` "on leaf nodes only" (*Consuming Events*); there it needs no run: `Data[1]` is the first
/// `Data` of each event. For events it means here what XPath means: `*[System[Level=2]][position() <= 10]` gives the first ten
/// events of level 2, in the order in which they are shown to [`Matcher::matches`]. Each rule of a `QueryList` counts the events
/// of its own log.
#[derive(Debug, Clone)]
pub struct Matcher<'q> {
    query: &'q CompiledQuery,
    counters: Vec<Tally>,
}

/// Where an event was read from; decides which rules of a `QueryList` look at it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin<'a> {
    /// The channel whose log it was read from. Without it, the event's own `Channel`: they differ in forwarded events.
    pub channel: Option<&'a str>,
    /// The log file it was read from, for rules with a `file://` path.
    pub file: Option<&'a str>,
}

impl<'q> Matcher<'q> {
    pub(crate) fn new(query: &'q CompiledQuery) -> Self {
        Self {
            query,
            counters: vec![Tally::default(); query.counters],
        }
    }

    /// Whether the next event of the stream matches.
    pub fn matches(&mut self, event: &Event, now: FileTime) -> Match {
        self.matches_from(event, Origin::default(), now)
    }

    /// Whether the next event of the stream matches, when it was read from `origin`.
    pub fn matches_from(&mut self, event: &Event, origin: Origin<'_>, now: FileTime) -> Match {
        let mut result = Match::No;
        for block in &self.query.blocks {
            let selected = self.any(&block.selects, event, origin, now);
            // A suppressor that counts must see every event of its log.
            let needed = selected != Match::No || block.suppresses.iter().any(|rule| rule.counts);
            let suppressed = if needed {
                self.any(&block.suppresses, event, origin, now)
            } else {
                Match::No
            };
            result = result.or(selected.and(suppressed.negate()));
        }
        result
    }

    fn any(
        &mut self,
        rules: &[CompiledRule],
        event: &Event,
        origin: Origin<'_>,
        now: FileTime,
    ) -> Match {
        let mut result = Match::No;
        for rule in rules {
            if result == Match::Yes && !rule.counts {
                continue;
            }
            let looks = rule
                .log
                .as_ref()
                .map_or(Match::Yes, |log| is_from(event, origin, log));
            if looks == Match::No {
                continue;
            }
            let mut evaluation = Evaluation::new(event, now, looks, &mut self.counters);
            let matched = evaluation.run(&rule.test, rule.counts);
            result = result.or(looks.and(matched));
        }
        result
    }
}

/// Whether the event was read from the log a rule names.
fn is_from(event: &Event, origin: Origin<'_>, log: &LogPath) -> Match {
    if let Some(file) = log.file() {
        return origin
            .file
            .map_or(Match::Unknown, |found| same_file(found, file).into());
    }
    if let Some(channel) = origin.channel {
        return channel.eq_ignore_ascii_case(&log.text).into();
    }
    match event.system().channel() {
        Reading::Present(channel) => channel.eq_ignore_ascii_case(&log.text).into(),
        Reading::Absent => Match::No,
        Reading::Unreadable(_) => Match::Unknown,
    }
}

/// Whether two paths name one file, as far as the shorter one says: a log keeps its name when it is copied elsewhere.
fn same_file(a: &str, b: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let parts = path.split(['/', '\\']).filter(|part| !part.is_empty());
        parts.rev().map(str::to_lowercase).collect()
    };
    let (a, b) = (parts(a), parts(b));
    !a.is_empty() && !b.is_empty() && a.iter().zip(&b).all(|(a, b)| a == b)
}
