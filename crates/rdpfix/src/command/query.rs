//! `rdpfix query`: the events that match, as `wevtutil qe` prints them.

use std::ops::ControlFlow;

use anyhow::anyhow;
use rdpfix_diagnose::evidence::Progress;
use rdpfix_diagnose::knowledge::KnowledgeBase;
use rdpfix_formats::event::render;
use rdpfix_formats::filetime::FileTime;
use rdpfix_query::{Catalogue, CompiledQuery, Match, Matcher, Origin};
use rdpfix_target::{Flow, LocatedEvent, LogArtifact, LogSummary, LogVisitor, Order, Target};

use crate::cli::{self, EventFormat};
use crate::exit::ExitStatus;
use crate::json::event::EventLine;
use crate::output::{Failure, Output, remark};
use crate::progress::Bar;
use crate::source;

pub(crate) fn run(arguments: &cli::Query) -> Result<ExitStatus, Failure> {
    let common = &arguments.common;
    let query = CompiledQuery::parse(&arguments.query).map_err(|errors| {
        anyhow!(
            "the query is not valid\n\n{}",
            errors.to_string().trim_end()
        )
    })?;
    let opened = source::open(&arguments.sources, common.quiet)?;
    let target = &*opened.target;
    if !common.quiet {
        warn(&query, &arguments.query, target)?;
    }
    let run = Run {
        query: &query,
        order: if arguments.reverse {
            Order::NewestFirst
        } else {
            Order::OldestFirst
        },
        count: arguments.count,
        now: common.now(),
    };
    let mut printer = Printer {
        output: Output::open(common)?,
        format: arguments.format,
        printed: 0,
    };
    let mut bar = Bar::new(target, common.quiet);
    let tally = match arguments.count {
        Some(count) => run.first(count, target, &mut printer, &mut bar)?,
        None => run.all(target, &mut printer, &mut bar)?,
    };
    bar.finish();
    let printed = printer.printed;
    printer.output.finish()?;
    if !common.quiet {
        tally.remarks(printed);
    }
    let incomplete = tally.is_incomplete() || !opened.problems.is_empty();
    Ok(if incomplete {
        ExitStatus::Incomplete
    } else {
        ExitStatus::Success
    })
}

/// Says what can never match; the query runs all the same.
fn warn(query: &CompiledQuery, text: &str, target: &dyn Target) -> Result<(), Failure> {
    let base = KnowledgeBase::embedded().map_err(anyhow::Error::from)?;
    for warning in query.warnings(&catalogue(&base), only_channel(target)) {
        remark(warning.render(text).trim_end());
    }
    Ok(())
}

/// The channel of the logs, when they are all of one.
fn only_channel(target: &dyn Target) -> Option<&str> {
    let mut channels = target.logs().iter().map(|log| log.channel.as_deref());
    let first = channels.next()??;
    channels
        .all(|channel| channel == Some(first))
        .then_some(first)
}

/// The providers we know, for warnings.
fn catalogue(base: &KnowledgeBase) -> Catalogue {
    let mut catalogue = Catalogue::new();
    for provider in base.providers() {
        catalogue.add(
            provider.name.as_str(),
            provider.channels.iter().map(String::as_str),
        );
    }
    catalogue
}

/// One run of a query.
struct Run<'q> {
    query: &'q CompiledQuery,
    order: Order,
    count: Option<usize>,
    now: FileTime,
}

/// What a run met besides matching events.
#[derive(Default)]
struct Tally {
    logs: usize,
    read: u64,
    undecided: u64,
    damaged: u64,
    complaints: Vec<String>,
}

impl Run<'_> {
    /// Every match, as it is found.
    fn all(
        &self,
        target: &dyn Target,
        printer: &mut Printer,
        bar: &mut Bar,
    ) -> Result<Tally, Failure> {
        let mut tally = Tally::default();
        for log in target.logs() {
            let mut failure = None;
            let mut print = |located: LocatedEvent| match printer.event(&located, &log.path) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            };
            self.log(target, log, &mut tally, bar, &mut print);
            if let Some(failure) = failure {
                return Err(failure);
            }
        }
        Ok(tally)
    }

    /// The first `count` of all logs together, by time. Each log is read only until it has given so many.
    fn first(
        &self,
        count: usize,
        target: &dyn Target,
        printer: &mut Printer,
        bar: &mut Bar,
    ) -> Result<Tally, Failure> {
        let mut tally = Tally::default();
        let mut kept: Vec<(Option<FileTime>, String, LocatedEvent)> = Vec::new();
        for log in target.logs() {
            let mut taken = 0_usize;
            let mut keep = |located: LocatedEvent| {
                if taken >= count {
                    return ControlFlow::Break(());
                }
                taken += 1;
                kept.push((
                    located.event.system().time_created().present(),
                    log.path.clone(),
                    located,
                ));
                if taken == count {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            self.log(target, log, &mut tally, bar, &mut keep);
            // A stable sort: events of one time keep the order of their logs.
            kept.sort_by(|(a, ..), (b, ..)| match self.order {
                Order::AsStored | Order::OldestFirst => a.cmp(b),
                Order::NewestFirst => b.cmp(a),
            });
            kept.truncate(count);
        }
        for (_, file, located) in &kept {
            printer.event(located, file)?;
        }
        Ok(tally)
    }

    fn log(
        &self,
        target: &dyn Target,
        log: &LogArtifact,
        tally: &mut Tally,
        bar: &mut Bar,
        matched: &mut dyn FnMut(LocatedEvent) -> Flow,
    ) {
        bar.log(log);
        let matcher = self.query.matcher();
        let mut reader = Reader {
            matcher,
            now: self.now,
            log,
            undecided: 0,
            matched,
            bar,
        };
        if self.count == Some(0) {
            return;
        }
        let summary = target.read_log(log.id, self.order, &mut reader);
        tally.undecided = tally.undecided.saturating_add(reader.undecided);
        tally.log(log, &summary);
    }
}

struct Reader<'q, 'a> {
    matcher: Matcher<'q>,
    now: FileTime,
    log: &'a LogArtifact,
    undecided: u64,
    matched: &'a mut dyn FnMut(LocatedEvent) -> Flow,
    bar: &'a mut Bar,
}

impl LogVisitor for Reader<'_, '_> {
    fn event(&mut self, located: LocatedEvent) -> Flow {
        let origin = Origin {
            file: Some(&self.log.path),
            channel: self.log.channel.as_deref(),
        };
        match self.matcher.matches_from(&located.event, origin, self.now) {
            Match::Yes => (self.matched)(located),
            Match::No => ControlFlow::Continue(()),
            Match::Unknown => {
                self.undecided = self.undecided.saturating_add(1);
                ControlFlow::Continue(())
            }
        }
    }

    fn progress(&mut self, bytes: u64) {
        self.bar.bytes(bytes);
    }
}

impl Tally {
    fn log(&mut self, log: &LogArtifact, summary: &LogSummary) {
        self.logs += 1;
        self.read = self.read.saturating_add(summary.records);
        self.damaged = self.damaged.saturating_add(summary.damaged);
        if let Some(reason) = &summary.unreadable {
            self.complaints.push(format!("{}: {reason}", log.path));
        } else if summary.damaged > 0 {
            let first = summary.damage.first().map_or("", String::as_str);
            self.complaints.push(format!(
                "{}: {} damaged, first: {first}",
                log.path, summary.damaged
            ));
        }
    }

    fn is_incomplete(&self) -> bool {
        !self.complaints.is_empty()
    }

    /// Silence is explained, and so is what could not be judged.
    fn remarks(&self, printed: u64) {
        for complaint in &self.complaints {
            remark(&format!("rdpfix: {complaint}"));
        }
        if self.undecided > 0 {
            remark(&format!(
                "rdpfix: {} more may match: a text export lost what the query asks for. Export with /f:xml to decide.",
                events(self.undecided)
            ));
        }
        if printed == 0 {
            let logs = if self.logs == 1 {
                "1 log".to_owned()
            } else {
                format!("{} logs", self.logs)
            };
            remark(&format!(
                "rdpfix: no event matches; {} in {logs} were read",
                events(self.read)
            ));
        }
    }
}

fn events(count: u64) -> String {
    if count == 1 {
        "1 event".to_owned()
    } else {
        format!("{count} events")
    }
}

/// Writes events in the form asked for.
struct Printer {
    output: Output,
    format: EventFormat,
    printed: u64,
}

impl Printer {
    fn event(&mut self, located: &LocatedEvent, file: &str) -> Result<(), Failure> {
        let text = match self.format {
            EventFormat::Text => render::text(&located.event, self.printed),
            EventFormat::Xml => render::xml(&located.event),
            EventFormat::Json => {
                let line = EventLine::new(&located.event, file, located.offset);
                serde_json::to_string(&line).map_err(anyhow::Error::from)?
            }
        };
        self.printed += 1;
        self.output.write(&text)?;
        if text.ends_with('\n') {
            Ok(())
        } else {
            self.output.write("\n")
        }
    }
}
