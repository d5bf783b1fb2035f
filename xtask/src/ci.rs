//! The gate: a list of steps as data, all of them run, then a summary. Nothing that was not run counts as green.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::checks::{
    corpus, dependencies, edges, knowledge, lengths, names, readme, spelling, suite,
};
use crate::repository::Repository;
use crate::{command, fuzz, generate, setup};

/// What a step is given.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) repository: Repository,
    pub(crate) corpus: CorpusPolicy,
}

/// Whether the run may do without the corpus of real Windows artefacts, which is not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CorpusPolicy {
    Required,
    IfPresent,
}

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Green,
    Red(String),
    /// The reason why nothing was checked. It does not fail the gate, and is not hidden either.
    NotRun(String),
}

impl Outcome {
    pub(crate) fn from_faults(faults: Vec<String>) -> Self {
        if faults.is_empty() {
            Self::Green
        } else {
            Self::Red(faults.join("\n"))
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Green => "ok",
            Self::Red(_) => "FAILED",
            Self::NotRun(_) => "not run",
        }
    }
}

/// One step. `what` is a sentence for docs/gate.md, which is generated from this list.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    run: fn(&Gate) -> Result<Outcome>,
}

pub(crate) const STEPS: [Step; 16] = [
    Step {
        name: "setup",
        what: "Installs what the other steps need, where it is missing (`cargo xtask setup`).",
        run: |gate| setup::install(&gate.repository).map(|()| Outcome::Green),
    },
    Step {
        name: "fmt",
        what: "`cargo fmt --check`, in the workspace and in `fuzz/`.",
        run: format,
    },
    Step {
        name: "clippy",
        what: "`cargo clippy --workspace --all-targets` without a warning.",
        run: |gate| {
            let arguments = "clippy --workspace --all-targets --locked -- -D warnings";
            cargo(gate, arguments)
        },
    },
    Step {
        name: "test",
        what: "All tests, by nextest where it is installed; the corpus and the independent readers (`evtxexport`, \
               `python-evtx`, `lxml`) may not be skipped.",
        run: suite::check,
    },
    Step {
        name: "doc",
        what: "`cargo doc --workspace --no-deps` without a warning.",
        run: documentation,
    },
    Step {
        name: "deny",
        what: "Licences, bans and sources of every dependency, by cargo-deny and `deny.toml`.",
        run: dependencies::licences,
    },
    Step {
        name: "advisories",
        what: "Known vulnerabilities in dependencies; not run where the database cannot be fetched.",
        run: dependencies::advisories,
    },
    Step {
        name: "typos",
        what: "Spelling in code and prose; exceptions in `typos.toml`.",
        run: spelling::check,
    },
    Step {
        name: "edges",
        what: "Which crate may use which, who may reach clap, HTTP and sockets, and what the pure crates never touch \
               (`xtask/src/checks/edges.rs`).",
        run: edges::check,
    },
    Step {
        name: "names",
        what: "No `utils`, `helpers`, `common` or `manager`; entry points under 100 lines.",
        run: names::check,
    },
    Step {
        name: "lengths",
        what: "A hand-written Rust file is warned of above 500 lines and refused above 800.",
        run: lengths::check,
    },
    Step {
        name: "knowledge",
        what: "The knowledge is linted: `crates/rdpfix-diagnose/tests/knowledge.rs`.",
        run: knowledge::check,
    },
    Step {
        name: "generated",
        what: "Generated files are what their generators make now (`cargo xtask generate` writes them).",
        run: generate::check,
    },
    Step {
        name: "fuzz",
        what: "The fuzz targets build and get through their seeds and old crashes.",
        run: fuzz::check,
    },
    Step {
        name: "corpus",
        what: "The corpus of real Windows artefacts is there, where the run requires it.",
        run: corpus::check,
    },
    Step {
        name: "readme",
        what: "The README's main command is run, exits as it should and finds what the README shows.",
        run: readme::check,
    },
];

fn cargo(gate: &Gate, arguments: &str) -> Result<Outcome> {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    command::run(&mut command::cargo(&gate.repository, &arguments))?;
    Ok(Outcome::Green)
}

fn format(gate: &Gate) -> Result<Outcome> {
    // Both, so that one run names every file.
    let ours = cargo(gate, "fmt --all --check");
    cargo(gate, "fmt --manifest-path fuzz/Cargo.toml --check")?;
    ours
}

fn documentation(gate: &Gate) -> Result<Outcome> {
    let arguments = ["doc", "--workspace", "--no-deps", "--locked"];
    let mut command = command::cargo(&gate.repository, &arguments);
    command::run(command.env("RUSTDOCFLAGS", "-Dwarnings"))?;
    Ok(Outcome::Green)
}

/// `cargo xtask ci [STEP…] [--require-corpus | --corpus-optional]`
pub(crate) fn command(repository: &Repository, arguments: &[&str]) -> Result<()> {
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    let (corpus, steps) = parse(arguments, in_ci)?;
    let gate = Gate {
        repository: repository.clone(),
        corpus,
    };
    let ended = run(&gate, &steps);
    println!("\n{}", summary(&ended));
    match ended
        .iter()
        .filter(|ended| matches!(ended.outcome, Outcome::Red(_)))
        .count()
    {
        0 => Ok(()),
        red => bail!("{red} of {} steps failed", ended.len()),
    }
}

fn parse<'a>(arguments: &[&'a str], in_ci: bool) -> Result<(CorpusPolicy, Vec<&'a Step>)> {
    let mut corpus = if in_ci {
        CorpusPolicy::Required
    } else {
        CorpusPolicy::IfPresent
    };
    let mut wanted = Vec::new();
    for argument in arguments {
        match *argument {
            "--require-corpus" => corpus = CorpusPolicy::Required,
            "--corpus-optional" => corpus = CorpusPolicy::IfPresent,
            name if STEPS.iter().any(|step| step.name == name) => wanted.push(name),
            other => {
                let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
                bail!(
                    "`{other}` is no step of the gate; the steps are: {}",
                    names.join(", ")
                );
            }
        }
    }
    let steps = STEPS
        .iter()
        .filter(|step| wanted.is_empty() || wanted.contains(&step.name));
    Ok((corpus, steps.collect()))
}

struct Ended {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// Runs every step whatever the others did: a person waits once and sees all that is wrong.
fn run(gate: &Gate, steps: &[&Step]) -> Vec<Ended> {
    let mut ended = Vec::new();
    for step in steps {
        println!("\n── {}", step.name);
        let start = Instant::now();
        let outcome = (step.run)(gate).unwrap_or_else(|error| Outcome::Red(format!("{error:#}")));
        if let Outcome::Red(why) | Outcome::NotRun(why) = &outcome {
            println!("{why}");
        }
        let step = Ended {
            name: step.name,
            outcome,
            took: start.elapsed(),
        };
        println!("{}", line(&step));
        ended.push(step);
    }
    ended
}

fn line(step: &Ended) -> String {
    format!(
        "{:<10} {:<8} {:>7.1} s",
        step.name,
        step.outcome.word(),
        step.took.as_secs_f64()
    )
}

fn summary(ended: &[Ended]) -> String {
    let mut text = String::from("── summary\n");
    for step in ended {
        text += &line(step);
        if let Outcome::Red(why) | Outcome::NotRun(why) = &step.outcome {
            text += &format!("  {}", why.lines().next().unwrap_or_default());
        }
        text.push('\n');
    }
    let count = |word| {
        ended
            .iter()
            .filter(|step| step.outcome.word() == word)
            .count()
    };
    let minutes = ended
        .iter()
        .map(|step| step.took)
        .sum::<Duration>()
        .as_secs_f64()
        / 60.0;
    text += &format!(
        "gate: {} ok, {} failed, {} not run, in {minutes:.1} min",
        count("ok"),
        count("FAILED"),
        count("not run"),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREEN: Step = Step {
        name: "green",
        what: "",
        run: |_| Ok(Outcome::Green),
    };
    const RED: Step = Step {
        name: "red",
        what: "",
        run: |_| bail!("broken\nin detail"),
    };
    const NOT_RUN: Step = Step {
        name: "absent",
        what: "",
        run: |_| Ok(Outcome::NotRun("no network".to_owned())),
    };

    #[test]
    fn a_failed_step_ends_nothing_and_is_summed_up() {
        let gate = Gate {
            repository: Repository::here(),
            corpus: CorpusPolicy::IfPresent,
        };
        let ended = run(&gate, &[&RED, &NOT_RUN, &GREEN]);
        let text = summary(&ended);
        assert!(text.contains("gate: 1 ok, 1 failed, 1 not run"), "{text}");
        assert!(text.contains("FAILED") && text.contains("broken"), "{text}");
        assert!(
            text.contains("no network") && !text.contains("in detail"),
            "{text}"
        );
    }

    #[test]
    fn a_run_in_ci_requires_the_corpus_unless_told_otherwise() -> Result<()> {
        assert_eq!(parse(&[], false)?.0, CorpusPolicy::IfPresent);
        assert_eq!(parse(&[], true)?.0, CorpusPolicy::Required);
        assert_eq!(
            parse(&["--require-corpus"], false)?.0,
            CorpusPolicy::Required
        );
        assert_eq!(
            parse(&["--corpus-optional"], true)?.0,
            CorpusPolicy::IfPresent
        );
        Ok(())
    }

    #[test]
    fn steps_can_be_named_and_a_wrong_name_is_refused() -> Result<()> {
        assert_eq!(parse(&[], false)?.1.len(), STEPS.len());
        let names: Vec<_> = parse(&["doc", "fmt"], false)?
            .1
            .iter()
            .map(|step| step.name)
            .collect();
        assert_eq!(names, ["fmt", "doc"], "in the gate's order");
        assert!(parse(&["format"], false).is_err());
        Ok(())
    }
}
