//! One line of dependency, as ARCHITECTURE.md draws it, read from what cargo itself resolves.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// From the innermost outwards: a crate may use those before it.
const LINE: [&str; 5] = ["guildhall-access", "guildhall-core", "guildhall-store", "guildhall-server", "guildhall"];

/// What must not be reachable from a crate, by whatever way.
const NEVER: &[(&str, &[&str], &str)] = &[
    ("guildhall-core", &["jiff", "chrono", "time", "tokio", "async-std"], "rules take time as a value and do no IO"),
    ("guildhall-core", &["rusqlite", "tokio-postgres", "sqlx", "sqlx-core"], "rules know no database"),
    ("guildhall-core", &["axum", "hyper", "reqwest", "tower", "tower-http", "askama", "lettre"], "rules speak to nobody"),
    ("guildhall-store", &["axum", "hyper", "reqwest", "tower", "tower-http"], "the store speaks no HTTP"),
    ("guildhall-store", &["askama", "lettre", "fluent-bundle", "openidconnect"], "the store knows no page and no mail"),
    ("guildhall", &["openssl", "openssl-sys", "native-tls"], "TLS is rustls"),
    ("guildhall", &["guildhall-testkit", "proptest", "cedar-policy"], "what tests need is not shipped"),
];

/// These may measure and ask with what tests need.
const NOT_SHIPPED: &[&str] = &["guildhall-bench", "guildhall-fuzz"];

struct Graph {
    /// Package → what it needs to run or build, development aside.
    needs: BTreeMap<String, BTreeSet<String>>,
    /// Package → what its tests need besides.
    develops_with: BTreeMap<String, BTreeSet<String>>,
}

#[test]
fn dependencies_run_in_one_line() {
    let graph = read_graph();
    for (place, name) in LINE.iter().enumerate() {
        let outer: BTreeSet<&str> = LINE.iter().skip(place).copied().collect();
        let needs = graph.needs.get(*name).unwrap();
        let wrong: Vec<&String> = needs.iter().filter(|need| outer.contains(need.as_str())).collect();
        assert!(wrong.is_empty(), "`{name}` must not use {wrong:?}: the line is {}", LINE.join(" ← "));
    }
}

#[test]
fn testkit_is_for_tests_only() {
    let graph = read_graph();
    let users = graph.needs.iter().filter(|(_, needs)| needs.contains("guildhall-testkit"));
    let wrong: Vec<&String> = users.map(|(name, _)| name).filter(|name| !NOT_SHIPPED.contains(&name.as_str())).collect();
    assert!(wrong.is_empty(), "{wrong:?} use `guildhall-testkit` outside tests: move it to [dev-dependencies]");
}

#[test]
fn no_crate_reaches_what_its_room_forbids() {
    let graph = read_graph();
    let mut wrong = Vec::new();
    for (name, forbidden, why) in NEVER {
        for (reached, path) in reachable(&graph, name) {
            if forbidden.contains(&reached.as_str()) {
                wrong.push(format!("{}: {why}", path.join(" → ")));
            }
        }
    }
    assert!(wrong.is_empty(), "forbidden dependencies:\n{}", wrong.join("\n"));
}

/// The check above must be able to fail: what is forbidden inside is reached further out.
#[test]
fn the_graph_sees_through_crates_and_kinds() {
    let graph = read_graph();
    let reached = reachable(&graph, "guildhall");
    for expected in ["guildhall-access", "rusqlite", "axum", "tokio"] {
        assert!(reached.contains_key(expected), "`guildhall` should reach `{expected}`");
    }
    assert!(graph.develops_with.get("guildhall-access").unwrap().contains("proptest"));
}

fn reachable(graph: &Graph, from: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut waiting = vec![vec![from.to_owned()]];
    while let Some(path) = waiting.pop() {
        for need in graph.needs.get(path.last().unwrap()).into_iter().flatten() {
            if !found.contains_key(need) {
                let longer: Vec<String> = path.iter().chain([need]).cloned().collect();
                found.insert(need.clone(), longer.clone());
                waiting.push(longer);
            }
        }
    }
    found
}

fn read_graph() -> Graph {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output =
        Command::new(cargo).args(["metadata", "--format-version=1", "--all-features", "--manifest-path", manifest]).output().unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: BTreeMap<&str, &str> =
        list(&metadata["packages"]).map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap())).collect();
    let mut graph = Graph { needs: BTreeMap::new(), develops_with: BTreeMap::new() };
    for node in list(&metadata["resolve"]["nodes"]) {
        let name = names.get(node["id"].as_str().unwrap()).unwrap();
        for edge in list(&node["deps"]) {
            let need = (*names.get(edge["pkg"].as_str().unwrap()).unwrap()).to_owned();
            let only_development = list(&edge["dep_kinds"]).all(|kind| kind["kind"] == "dev");
            let side = if only_development { &mut graph.develops_with } else { &mut graph.needs };
            side.entry((*name).to_owned()).or_default().insert(need);
        }
        graph.needs.entry((*name).to_owned()).or_default();
    }
    graph
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
