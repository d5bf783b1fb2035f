//! The edges that must not exist: between our crates, to other people's crates, and to the outside world.
//! The tables are ARCHITECTURE.md's; whoever changes one changes the other in the same commit.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use crate::ci::{Gate, Outcome};
use crate::command;
use crate::repository::RustFile;
use crate::rust_source::{UsedPath, used_paths};

/// What each of our crates may use of ours.
const INTERNAL: [(&str, &[&str]); 9] = [
    ("rdpfix-formats", &[]),
    ("rdpfix-query", &["rdpfix-formats"]),
    ("rdpfix-disk", &["rdpfix-formats"]),
    ("rdpfix-target", &["rdpfix-formats", "rdpfix-disk"]),
    ("rdpfix-azure", &["rdpfix-target", "rdpfix-disk"]),
    ("rdpfix-probe", &["rdpfix-formats"]),
    (
        "rdpfix-diagnose",
        &[
            "rdpfix-formats",
            "rdpfix-query",
            "rdpfix-target",
            "rdpfix-probe",
        ],
    ),
    (
        "rdpfix-repair",
        &["rdpfix-diagnose", "rdpfix-target", "rdpfix-formats"],
    ),
    (
        "rdpfix",
        &[
            "rdpfix-formats",
            "rdpfix-query",
            "rdpfix-disk",
            "rdpfix-target",
            "rdpfix-azure",
            "rdpfix-probe",
            "rdpfix-diagnose",
            "rdpfix-repair",
        ],
    ),
];

/// A crate that only some of ours may reach, however many steps away.
struct Reach {
    what: &'static str,
    banned: fn(&str) -> bool,
    /// Ours who may; nobody is blamed for reaching it through them.
    only: &'static [&'static str],
    /// Ours to whom it applies; empty means all.
    applies_to: &'static [&'static str],
}

const REACHES: [Reach; 3] = [
    Reach {
        what: "clap",
        banned: |name| name == "clap",
        only: &["rdpfix"],
        applies_to: &[],
    },
    Reach {
        what: "an HTTP client",
        banned: |name| {
            const CLIENTS: [&str; 8] = [
                "reqwest",
                "ureq",
                "hyper",
                "isahc",
                "curl",
                "attohttpc",
                "minreq",
                "surf",
            ];
            CLIENTS.contains(&name) || name.starts_with("azure_")
        },
        only: &["rdpfix-azure"],
        applies_to: &[],
    },
    Reach {
        what: "rdpfix-azure",
        banned: |name| name == "rdpfix-azure",
        only: &[],
        applies_to: &["rdpfix-diagnose", "rdpfix-repair"],
    },
];

/// Paths of the standard library (and tokio) that a crate's `src` must not use outside its tests.
struct Outside {
    why: &'static str,
    paths: &'static [&'static str],
    applies: fn(&str) -> bool,
}

const OUTSIDE: [Outside; 2] = [
    Outside {
        why: "the pure crates touch no disk, network or clock",
        paths: &["std::fs", "std::net", "std::time::SystemTime"],
        applies: |name| matches!(name, "rdpfix-formats" | "rdpfix-query" | "rdpfix-disk"),
    },
    Outside {
        why: "only rdpfix-probe and rdpfix-azure open sockets",
        paths: &[
            "std::net::TcpStream",
            "std::net::TcpListener",
            "std::net::UdpSocket",
            "std::os::unix::net",
            "tokio::net",
        ],
        applies: |name| !matches!(name, "rdpfix-probe" | "rdpfix-azure"),
    },
];

pub(crate) fn check(gate: &Gate) -> Result<Outcome> {
    let arguments = ["metadata", "--format-version", "1", "--locked"];
    let metadata = command::stdout(&mut command::cargo(&gate.repository, &arguments))?;
    let graph = Graph::read(&serde_json::from_str(&metadata)?)?;
    let mut wrong = internal(&graph);
    wrong.extend(reaches(&graph));
    for file in gate.repository.rust_files()? {
        wrong.extend(outside(&file));
    }
    Ok(Outcome::from_faults(wrong))
}

/// The dependency graph, normal dependencies only: what a build script or a test needs reaches no user.
struct Graph {
    names: BTreeMap<String, String>,
    members: BTreeSet<String>,
    edges: BTreeMap<String, Vec<String>>,
}

impl Graph {
    fn read(metadata: &Value) -> Result<Self> {
        let text = |value: &Value, key: &str| -> Result<String> {
            Ok(value[key]
                .as_str()
                .with_context(|| format!("metadata without {key}"))?
                .to_owned())
        };
        let array = |value: &Value| value.as_array().cloned().unwrap_or_default();

        let mut names = BTreeMap::new();
        for package in array(&metadata["packages"]) {
            names.insert(text(&package, "id")?, text(&package, "name")?);
        }
        let members = array(&metadata["workspace_members"])
            .iter()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect();
        let mut edges = BTreeMap::new();
        for node in array(&metadata["resolve"]["nodes"]) {
            let normal = array(&node["deps"])
                .iter()
                .filter(|dep| {
                    array(&dep["dep_kinds"])
                        .iter()
                        .any(|kind| kind["kind"].is_null())
                })
                .map(|dep| text(dep, "pkg"))
                .collect::<Result<Vec<_>>>()?;
            edges.insert(text(&node, "id")?, normal);
        }
        if edges.is_empty() {
            return Err(anyhow!("metadata without a resolved graph"));
        }
        Ok(Self {
            names,
            members,
            edges,
        })
    }

    fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.names.get(id).map_or(id, String::as_str)
    }

    fn dependencies(&self, id: &str) -> &[String] {
        self.edges.get(id).map_or(&[], Vec::as_slice)
    }

    /// The product's crates; xtask is a tool beside them.
    fn ours(&self) -> impl Iterator<Item = &str> {
        self.members
            .iter()
            .map(String::as_str)
            .filter(|id| self.name(id) != "xtask")
    }

    /// The shortest way from a crate to a banned one, not going through those who may.
    fn way<'a>(&'a self, from: &'a str, reach: &Reach) -> Option<Vec<&'a str>> {
        let mut queue = VecDeque::from([vec![from]]);
        let mut seen = BTreeSet::from([from]);
        while let Some(way) = queue.pop_front() {
            for next in self.dependencies(way.last()?) {
                let name = self.name(next);
                if reach.only.contains(&name) || !seen.insert(next) {
                    continue;
                }
                let mut longer = way.clone();
                longer.push(next);
                if (reach.banned)(name) {
                    return Some(longer.iter().map(|id| self.name(id)).collect());
                }
                queue.push_back(longer);
            }
        }
        None
    }
}

fn internal(graph: &Graph) -> Vec<String> {
    let mut wrong = Vec::new();
    for id in graph.ours() {
        let name = graph.name(id);
        let Some((_, allowed)) = INTERNAL.iter().find(|(known, _)| *known == name) else {
            wrong.push(format!("{name} is not in the table of crates (xtask/src/checks/edges.rs and ARCHITECTURE.md)"));
            continue;
        };
        for dependency in graph.dependencies(id) {
            let used = graph.name(dependency);
            if graph.members.contains(dependency) && !allowed.contains(&used) {
                wrong.push(format!("{name} must not depend on {used}"));
            }
        }
    }
    wrong
}

fn reaches(graph: &Graph) -> Vec<String> {
    let mut wrong = Vec::new();
    for reach in &REACHES {
        for id in graph.ours() {
            let name = graph.name(id);
            let applies = reach.applies_to.is_empty() || reach.applies_to.contains(&name);
            if !applies || reach.only.contains(&name) {
                continue;
            }
            if let Some(way) = graph.way(id, reach) {
                wrong.push(format!(
                    "{name} must not reach {}: {}",
                    reach.what,
                    way.join(" → ")
                ));
            }
        }
    }
    wrong
}

fn outside(file: &RustFile) -> Vec<String> {
    let Some((name, inner)) = file
        .path
        .strip_prefix("crates/")
        .and_then(|path| path.split_once('/'))
    else {
        return Vec::new();
    };
    let is_source =
        inner.starts_with("src/") && !inner.ends_with("/tests.rs") && !inner.contains("/tests/");
    let rules: Vec<_> = OUTSIDE
        .iter()
        .filter(|rule| is_source && (rule.applies)(name))
        .collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    for used in used_paths(&file.text) {
        // One line for one use: the first rule is the widest.
        let broken = rules
            .iter()
            .find(|rule| rule.paths.iter().any(|path| matches(&used, path)));
        if let Some(rule) = broken {
            let path = used.segments.join("::");
            wrong.push(format!(
                "{}:{}: `{path}`: {}",
                file.path, used.line, rule.why
            ));
        }
    }
    wrong
}

/// Whether the used path is or lies under the forbidden one, names it by its last two segments
/// (`use std::net; net::TcpStream`), or takes it in with a glob.
fn matches(used: &UsedPath, forbidden: &str) -> bool {
    let forbidden: Vec<&str> = forbidden.split("::").collect();
    let tail = &forbidden[forbidden.len().saturating_sub(2)..];
    let used: Vec<&str> = used.segments.iter().map(String::as_str).collect();
    let glob = used.split_last().is_some_and(|(last, stem)| {
        *last == "*" && !stem.is_empty() && forbidden.starts_with(stem)
    });
    glob || used.starts_with(&forbidden) || used.starts_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A graph of members and others, each with its normal dependencies; dev-dependencies apart.
    fn graph(members: &[&str], normal: &[(&str, &str)], dev: &[(&str, &str)]) -> Graph {
        let mut all: BTreeSet<&str> = members.iter().copied().collect();
        for (from, to) in normal.iter().chain(dev) {
            all.extend([*from, *to]);
        }
        let edges_of = |id: &str, edges: &[(&str, &str)], kind: Value| -> Vec<Value> {
            edges
                .iter()
                .filter(|(from, _)| *from == id)
                .map(|(_, to)| json!({"pkg": to, "dep_kinds": [{"kind": kind}]}))
                .collect()
        };
        let nodes: Vec<Value> = all
            .iter()
            .map(|id| {
                let mut deps = edges_of(id, normal, Value::Null);
                deps.extend(edges_of(id, dev, json!("dev")));
                json!({"id": id, "deps": deps})
            })
            .collect();
        let packages: Vec<Value> = all.iter().map(|id| json!({"id": id, "name": id})).collect();
        Graph::read(&json!({
            "packages": packages, "workspace_members": members, "resolve": {"nodes": nodes}
        }))
        .unwrap()
    }

    fn source(path: &str, text: &str) -> Vec<String> {
        outside(&RustFile {
            path: path.to_owned(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn only_the_table_s_edges_between_our_crates() {
        let members = ["rdpfix-query", "rdpfix-formats", "rdpfix-diagnose"];
        let good = [
            ("rdpfix-query", "rdpfix-formats"),
            ("rdpfix-diagnose", "rdpfix-query"),
        ];
        assert!(internal(&graph(&members, &good, &[])).is_empty());
        let turned = [("rdpfix-formats", "rdpfix-query")];
        assert_eq!(
            internal(&graph(&members, &turned, &[])),
            ["rdpfix-formats must not depend on rdpfix-query"]
        );
        assert!(
            internal(&graph(&members, &[], &turned)).is_empty(),
            "tests may"
        );
    }

    #[test]
    fn a_crate_outside_the_table_is_named() {
        let wrong = internal(&graph(&["rdpfix-core"], &[("rdpfix-core", "anyhow")], &[]));
        assert!(
            wrong[0].contains("rdpfix-core is not in the table"),
            "{wrong:?}"
        );
    }

    #[test]
    fn clap_is_the_binary_s_alone_however_far_away() {
        let members = ["rdpfix", "rdpfix-formats"];
        let good = [("rdpfix", "clap"), ("rdpfix", "rdpfix-formats")];
        assert!(reaches(&graph(&members, &good, &[])).is_empty());
        let far = [("rdpfix-formats", "somebody"), ("somebody", "clap")];
        assert_eq!(
            reaches(&graph(&members, &far, &[])),
            ["rdpfix-formats must not reach clap: rdpfix-formats → somebody → clap"]
        );
    }

    #[test]
    fn http_is_azure_s_alone() {
        let members = ["rdpfix", "rdpfix-azure", "rdpfix-target"];
        let good = [("rdpfix", "rdpfix-azure"), ("rdpfix-azure", "ureq")];
        assert!(reaches(&graph(&members, &good, &[])).is_empty());
        for client in ["reqwest", "hyper", "azure_core"] {
            let wrong = reaches(&graph(&members, &[("rdpfix-target", client)], &[]));
            assert_eq!(wrong.len(), 1, "{client}: {wrong:?}");
        }
    }

    #[test]
    fn diagnosing_and_repairing_know_nothing_of_azure() {
        for name in ["rdpfix-diagnose", "rdpfix-repair"] {
            let edges = [(name, "rdpfix-target"), ("rdpfix-target", "rdpfix-azure")];
            let graph = graph(&[name, "rdpfix-target", "rdpfix-azure"], &edges, &[]);
            assert_eq!(reaches(&graph).len(), 1);
        }
    }

    #[test]
    fn the_pure_crates_touch_nothing() {
        for text in [
            "use std::fs;",
            "use std::{io, fs::File};",
            "fn f() { std::net::lookup() }",
            "use std::time::{Duration, SystemTime};",
            "use std::time; fn f() { time::SystemTime::now() }",
            "use std::time::*;",
        ] {
            assert_eq!(
                source("crates/rdpfix-formats/src/a.rs", text).len(),
                1,
                "{text}"
            );
            assert!(source("crates/rdpfix-formats/tests/a.rs", text).is_empty());
            assert!(source("crates/rdpfix-formats/src/a/tests.rs", text).is_empty());
        }
        let own =
            "pub struct SystemTime; // std::fs\nuse crate::fs; use std::io::Read; use super::*;";
        assert!(source("crates/rdpfix-query/src/a.rs", own).is_empty());
    }

    #[test]
    fn sockets_belong_to_probe_and_azure() {
        for text in [
            "use std::net::TcpStream;",
            "fn f() { tokio::net::lookup_host() }",
        ] {
            assert_eq!(
                source("crates/rdpfix-diagnose/src/a.rs", text).len(),
                1,
                "{text}"
            );
            assert!(source("crates/rdpfix-probe/src/a.rs", text).is_empty());
        }
        assert!(
            source(
                "crates/rdpfix-diagnose/src/a.rs",
                "use std::net::IpAddr; use std::fs;"
            )
            .is_empty()
        );
    }
}
