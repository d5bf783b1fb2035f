//! The runner: each contender in turn, N times, so that whatever else the machine does hits all alike; medians; and
//! no comparison of two that did not do the same work.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::command;

/// A program to be timed. The first of a comparison is ours, the others are its peers.
pub(crate) struct Contender {
    pub(crate) name: String,
    /// Made anew for each run.
    pub(crate) command: Box<dyn Fn() -> Command>,
    /// The exit statuses that mean the work was done; a reader may have one for damage it met.
    pub(crate) done: &'static [i32],
    /// What must come out the same for all, such as the number of hits, from standard output.
    pub(crate) answer: fn(&[u8]) -> Result<u64>,
}

pub(crate) struct Comparison {
    pub(crate) title: String,
    /// What was worked on, such as "40 logs, 38.2 MiB".
    pub(crate) input: String,
    /// What the answer counts, such as "hits".
    pub(crate) unit: &'static str,
    pub(crate) contenders: Vec<Contender>,
    pub(crate) runs: usize,
}

#[derive(Debug)]
pub(crate) struct Row {
    name: String,
    shown: String,
    answer: u64,
    median: Duration,
    fastest: Duration,
    slowest: Duration,
}

/// Runs the comparison and returns it as Markdown.
pub(crate) fn compare(comparison: &Comparison) -> Result<String> {
    Ok(table(comparison, &measure(comparison)?))
}

fn measure(comparison: &Comparison) -> Result<Vec<Row>> {
    ensure!(comparison.runs > 0, "no runs asked for");
    let mut times = vec![Vec::new(); comparison.contenders.len()];
    let mut answers = vec![0; comparison.contenders.len()];
    // The first round fills the disk cache and is not counted.
    for round in 0..=comparison.runs {
        for (at, contender) in comparison.contenders.iter().enumerate() {
            let mut command = (contender.command)();
            let start = Instant::now();
            let output = command::output(&mut command)?;
            let took = start.elapsed();
            let done = output
                .status
                .code()
                .is_some_and(|status| contender.done.contains(&status));
            if !done {
                let stderr = String::from_utf8_lossy(&output.stderr);
                bail!(
                    "{} ended with {}:\n{}",
                    contender.name,
                    output.status,
                    stderr.trim_end()
                );
            }
            answers[at] = (contender.answer)(&output.stdout)?;
            if round > 0 {
                times[at].push(took);
            }
        }
        // Faster at something else is not faster.
        if answers.windows(2).any(|pair| pair[0] != pair[1]) {
            let named: Vec<String> = comparison
                .contenders
                .iter()
                .zip(&answers)
                .map(|(contender, answer)| {
                    format!("{}: {answer} {}", contender.name, comparison.unit)
                })
                .collect();
            bail!(
                "the contenders disagree, so nothing was compared: {}",
                named.join(", ")
            );
        }
    }
    let rows = comparison.contenders.iter().zip(times).zip(answers);
    Ok(rows
        .map(|((contender, mut times), answer)| {
            times.sort();
            Row {
                name: contender.name.clone(),
                shown: command::shown(&(contender.command)()),
                answer,
                median: median(&times),
                fastest: times.first().copied().unwrap_or_default(),
                slowest: times.last().copied().unwrap_or_default(),
            }
        })
        .collect())
}

/// Of sorted times; of an even number the mean of the middle two.
fn median(sorted: &[Duration]) -> Duration {
    let middle = sorted.len() / 2;
    match sorted {
        [] => Duration::ZERO,
        _ if sorted.len() % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2,
    }
}

fn table(comparison: &Comparison, rows: &[Row]) -> String {
    let ours = rows.first().map_or(0.0, |row| row.median.as_secs_f64());
    let mut text = format!(
        "### {}\n\n{}; {}; {}; median of {} alternating runs.\n\n\
         | | time | fastest – slowest | {} | times ours |\n|---|--:|--:|--:|--:|\n",
        comparison.title,
        today(),
        machine(),
        comparison.input,
        comparison.runs,
        comparison.unit,
    );
    for row in rows {
        text += &format!(
            "| {} | {:.3} s | {:.3} – {:.3} s | {} | {:.2} |\n",
            row.name,
            row.median.as_secs_f64(),
            row.fastest.as_secs_f64(),
            row.slowest.as_secs_f64(),
            row.answer,
            row.median.as_secs_f64() / ours.max(f64::EPSILON),
        );
    }
    text.push('\n');
    for row in rows {
        text += &format!("- {}: `{}`\n", row.name, shortened(&row.shown));
    }
    text
}

/// A command over a hundred files is told by its beginning.
fn shortened(shown: &str) -> String {
    const LENGTH: usize = 300;
    if shown.chars().count() <= LENGTH {
        return shown.to_owned();
    }
    shown.chars().take(LENGTH).chain(" …".chars()).collect()
}

fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or(std::env::consts::ARCH, |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {cores} cores, {}", std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contender(name: &str, script: &'static str) -> Contender {
        Contender {
            name: name.to_owned(),
            command: Box::new(move || {
                let mut command = Command::new("sh");
                command.args(["-c", script]);
                command
            }),
            done: &[0],
            answer: |stdout| Ok(stdout.iter().filter(|byte| **byte == b'\n').count() as u64),
        }
    }

    fn comparison(contenders: Vec<Contender>) -> Comparison {
        Comparison {
            title: "two trivial commands".to_owned(),
            input: "nothing".to_owned(),
            unit: "lines",
            contenders,
            runs: 3,
        }
    }

    #[test]
    fn the_slower_of_two_is_several_times_ours() -> Result<()> {
        let both = vec![
            contender("echo", "echo a"),
            contender("sleeper", "sleep 0.2; echo b"),
        ];
        let rows = measure(&comparison(both))?;
        assert!(
            rows[1].median >= Duration::from_millis(200) && rows[0].median < rows[1].median,
            "{rows:?}"
        );

        let text = table(&comparison(Vec::new()), &rows);
        assert!(
            text.contains("| echo |") && text.contains("| 1 | 1.00 |"),
            "{text}"
        );
        assert!(
            text.contains("- sleeper: `sh -c 'sleep 0.2; echo b'`"),
            "{text}"
        );
        assert!(
            text.contains(&today()) && text.contains("median of 3"),
            "{text}"
        );
        Ok(())
    }

    #[test]
    fn different_answers_are_not_compared() {
        let both = vec![
            contender("one", "echo a"),
            contender("two", "echo a; echo b"),
        ];
        let error = compare(&comparison(both)).unwrap_err().to_string();
        assert!(error.contains("one: 1 lines, two: 2 lines"), "{error}");
    }

    #[test]
    fn a_failed_run_is_no_measurement() {
        let error = compare(&comparison(vec![contender(
            "broken",
            "echo no >&2; exit 2",
        )]))
        .unwrap_err();
        assert!(error.to_string().contains("no"), "{error}");
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        let seconds = |all: &[u64]| {
            all.iter()
                .map(|s| Duration::from_secs(*s))
                .collect::<Vec<_>>()
        };
        assert_eq!(median(&seconds(&[1, 2, 9])), Duration::from_secs(2));
        assert_eq!(median(&seconds(&[1, 2, 4, 9])), Duration::from_secs(3));
    }
}
