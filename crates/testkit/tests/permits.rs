//! Who acts without being asked whether they may: each use of `Permit::system`, `operator` and `new_user`, with its reason; and where the
//! tenant as decisions see it comes from.
#![cfg(test)]

use std::{collections::BTreeSet, fs, path::Path};

/// File, function, constructor, and why nothing decides there.
const USES: &[(&str, &str, &str, &str)] = &[
    ("core/src/account.rs", "leave_after_deletion", "system", "a job carries out what the person decided by deleting their account"),
    (
        "server/src/sign_in/arrive.rs",
        "be_born",
        "system",
        "who proved an address or a provider's account is nobody yet: no decision can be asked",
    ),
    ("server/src/invitations/link.rs", "unwanted", "system", "the link in the mail is the proof; who follows it may have no account"),
    (
        "server/src/invitations/link.rs",
        "accept_as_new",
        "new_user",
        "the mailed link's token was checked, and its address has no account: nobody is there to be asked about",
    ),
    ("server/src/demo/mailbox.rs", "letters", "system", "only the demo serves it, whose mail leaves nowhere"),
    ("server/src/users/suspension.rs", "permit", "operator", "the command line, where no server runs: who has the machine is trusted"),
    ("server/src/deployment_key.rs", "accept", "operator", "the command line, where no server runs: who has the machine is trusted"),
    ("server/src/keys/mod.rs", "operator", "operator", "`guildhall key …` at the command line: who has the machine is trusted"),
];

/// Every place of this text that makes such a permit: the function it stands in, and the constructor.
fn uses(text: &str) -> Vec<(String, &'static str)> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect();
    let mut found = Vec::new();
    for constructor in ["system", "operator", "new_user"] {
        for (place, _) in code.match_indices(constructor) {
            let (before, after) = code.split_at(place);
            let (before, after) = (before.trim_end(), after.trim_start_matches(constructor).trim_start());
            // Called, or handed on as a value; not a module's name, which a path goes through or an import ends with.
            if before.ends_with("::") && after.starts_with(['(', ',', ')']) && !in_import(before) {
                found.push((function(before), constructor));
            }
        }
    }
    found
}

fn in_import(before: &str) -> bool {
    before.rsplit([';', '}']).next().is_some_and(|statement| statement.trim_start().starts_with("use "))
}

fn function(before: &str) -> String {
    let name = before.rsplit_once("fn ").map_or("", |(_, rest)| rest);
    name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// All sources of the crates but their tests: each file below `crates/`, and its text.
fn sources() -> Vec<(String, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    let mut folders: Vec<_> = fs::read_dir(crates).unwrap().map(|entry| entry.unwrap().path().join("src")).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_stem().unwrap() == "tests" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.strip_prefix(crates).unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 200, "only {} files were read", found.len());
    found
}

#[test]
fn every_permit_without_a_decision_is_listed_with_its_reason() {
    let of_file = |(file, text): (String, String)| {
        uses(&text).into_iter().map(move |(function, constructor)| (file.clone(), function, constructor)).collect::<Vec<_>>()
    };
    let found: BTreeSet<_> = sources().into_iter().flat_map(of_file).collect();
    let listed = USES.iter().map(|(file, function, constructor, _)| ((*file).to_owned(), (*function).to_owned(), *constructor)).collect();
    let new: Vec<_> = found.difference(&listed).collect();
    assert!(new.is_empty(), "nothing decides whether these may: ask for a decision, or list them in USES with a reason: {new:?}");
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(gone.is_empty(), "these are gone: strike them from USES: {gone:?}");
    assert!(USES.iter().all(|(.., why)| why.len() > 10), "each with its reason");
}

/// Permits come from a `Sight`: only what holds the locks, and what reads from memory, makes one.
#[test]
fn the_tenant_as_decisions_see_it_is_made_in_two_places() {
    let makers: BTreeSet<String> = sources().into_iter().filter(|(_, text)| text.contains("Sight {")).map(|(file, _)| file).collect();
    assert_eq!(makers.into_iter().collect::<Vec<_>>(), ["core/src/world.rs", "store/src/store.rs"]);
}

/// What is searched for is found however it is written, and nothing else is.
#[test]
fn a_new_use_is_seen() {
    for text in [
        "fn new() { Permit::system(\"x\", place) }",
        "use a::b;\nfn new() -> P { Permit::<op::Operate>::\n    system(\"x\", place) }",
        "fn other() {}\nfn new() { reasons.map(Permit::system) }",
        "fn new<O>() { Self::system (\"x\", place) }",
    ] {
        assert_eq!(uses(text), [("new".to_owned(), "system")], "{text}");
    }
    for text in
        ["use crate::sql::{operator, system};", "use a::{b::operator, c};", "operator::routes()", "// Permit::system(why)", "ecosystem(1)"]
    {
        assert_eq!(uses(text), [], "{text}");
    }
}
