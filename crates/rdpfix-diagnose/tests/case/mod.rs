//! A case: a machine described in Markdown, and what rdpfix should find on it. `docs/design/knowledge.md` has the format.

mod machine;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rdpfix_formats::event::{Event, text, xml};
use rdpfix_formats::filetime::FileTime;
use serde::Deserialize;

pub(crate) use machine::Machine;

/// One case file.
#[derive(Debug)]
pub(crate) struct Case {
    /// Path below `cases/`.
    pub(crate) name: String,
    /// Events by channel, as a binary log holds them.
    pub(crate) logs: BTreeMap<String, Vec<Event>>,
    /// Text exports, word for word.
    pub(crate) texts: Vec<String>,
    /// Channels whose state is given: `empty`, `missing` or `disabled`.
    pub(crate) states: Vec<(String, String)>,
    /// Registry and files, where the case has any.
    pub(crate) machine: Option<Machine>,
    /// What should come out.
    pub(crate) expect: Expect,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Expect {
    pub(crate) now: String,
    #[serde(default)]
    pub(crate) complete: bool,
    /// Nothing found, and everything asked for was read.
    #[serde(default)]
    pub(crate) healthy: bool,
    #[serde(default)]
    pub(crate) finding: Vec<ExpectedFinding>,
    #[serde(default)]
    pub(crate) ruled_out: Vec<ExpectedCause>,
    #[serde(default)]
    pub(crate) undecided: Vec<ExpectedCause>,
    #[serde(default)]
    pub(crate) noise: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedFinding {
    pub(crate) cause: String,
    pub(crate) confidence: String,
    #[serde(default)]
    pub(crate) cites: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedCause {
    pub(crate) cause: String,
}

impl Case {
    pub(crate) fn now(&self) -> FileTime {
        FileTime::parse(&self.expect.now).expect("`now` is a date and time")
    }

    /// Reads all cases, in order of path.
    pub(crate) fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases");
        let mut files = Vec::new();
        collect(&root, &mut files);
        files.sort();
        assert!(!files.is_empty(), "no cases below {}", root.display());
        files.iter().map(|file| Self::read(&root, file)).collect()
    }

    fn read(root: &Path, file: &Path) -> Self {
        let name = file.strip_prefix(root).unwrap().display().to_string();
        let markdown = fs::read_to_string(file).unwrap();
        let mut logs: BTreeMap<String, Vec<Event>> = BTreeMap::new();
        let (mut texts, mut states, mut expect, mut machine) =
            (Vec::new(), Vec::new(), None, None::<Machine>);
        for block in blocks(&markdown) {
            let mut words = block.info.split_whitespace();
            let kind = words.next().unwrap_or_default();
            let rest = words.collect::<Vec<_>>().join(" ");
            if let Some((channel, state)) = channel_state(&rest) {
                states.push((channel, state));
            }
            match kind {
                "xml" => {
                    for event in xml::events(block.text.as_bytes()) {
                        let event = event
                            .unwrap_or_else(|error| panic!("{name}: {error}"))
                            .event;
                        let channel = event.system().channel().present();
                        let channel =
                            channel.unwrap_or_else(|| panic!("{name}: an event without a channel"));
                        logs.entry(channel).or_default().push(event);
                    }
                }
                "text" => {
                    text::read(block.text.as_bytes())
                        .unwrap_or_else(|error| panic!("{name}: {error}"));
                    texts.push(block.text);
                }
                "healthy" => machine = Some(Machine::healthy()),
                "reg" => machine.get_or_insert_default().reg(&block.text),
                "sddl" => machine.get_or_insert_default().sddl(&rest, &block.text),
                "file" => machine
                    .get_or_insert_default()
                    .file(&rest, block.text.trim()),
                "certificate" => machine.get_or_insert_default().certificate(&block.text),
                "toml" | "expect" if block.info.contains("expect") => {
                    let parsed = toml::from_str(&block.text);
                    expect = Some(parsed.unwrap_or_else(|error| panic!("{name}: {error}")));
                }
                other => panic!("{name}: a block of unknown kind `{other}`"),
            }
        }
        let expect = expect.unwrap_or_else(|| panic!("{name}: no `expect` block"));
        Self {
            name,
            logs,
            texts,
            states,
            machine,
            expect,
        }
    }
}

/// `channel=NAME state=WORD` out of an info string; the name may hold spaces.
fn channel_state(info: &str) -> Option<(String, String)> {
    let (_, rest) = info.split_once("channel=")?;
    let (channel, state) = rest.split_once(" state=")?;
    Some((
        channel.trim().trim_matches('"').to_owned(),
        state.trim().to_owned(),
    ))
}

struct Block {
    info: String,
    text: String,
}

/// The fenced blocks of a Markdown file.
fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in markdown.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(info), None) => {
                open = Some(Block {
                    info: info.trim().to_owned(),
                    text: String::new(),
                })
            }
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed:\n{markdown}");
    blocks
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md")
            && !path.ends_with("README.md")
        {
            files.push(path);
        }
    }
}
