//! The tables as documentation shows them, beside the sources' own.

#![cfg(test)]

use guildhall_access::{
    Model,
    model::{self, matrix},
};

#[test]
fn w_15_to_w_26_the_table_reads_like_the_source() {
    let page = matrix::render(&Model::preset("workjet").unwrap());
    // The source's table, with `Yes` and `No` as the source has them.
    let source = "\
Use chat, assistants, engines | Yes | Yes | Yes |
Create and manage skills | Yes | Yes | Yes |
View own usage | Yes | Yes | Yes |
View team usage | Yes | Yes | No |
Invite and remove users | Yes | Yes | No |
Configure gateway routing | Yes | Yes | No |
Manage DLP policies | Yes | Yes | No |
View audit logs | Yes | Yes | No |
Create API keys | Yes | Yes | No |
Manage billing | Yes | No | No |
Delete organization | Yes | No | No |
Transfer ownership | Yes | No | No |
";
    let expected: Vec<String> = source.lines().map(|row| format!("| {}", row.replace("Yes", "yes").replace("No |", " |"))).collect();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).skip(1).take(12).collect();
    assert_eq!(rows, expected);
}

/// What `docs/permissions.md` says: the table of every preset, its headings one deeper.
fn permissions() -> String {
    let mut page = String::from(
        "# Roles and permissions\n\nWritten by a test: what `guildhall model matrix ID` prints, for each model that comes with \
         Guildhall. `yes`: holds it; `own`: for their own things only; empty: doesn't.\n",
    );
    for preset in model::presets() {
        page.push('\n');
        for line in matrix::render(&Model::preset(preset.id).unwrap()).lines() {
            let deeper = if line.starts_with('#') { "#" } else { "" };
            page.extend([deeper, line, "\n"]);
        }
    }
    page
}

#[test]
fn the_docs_have_the_table_of_every_preset() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.md");
    let written = permissions();
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(path, &written).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == written, "docs/permissions.md is old: run this test with REWRITE=1 and look at the difference");
}

#[test]
fn the_table_says_who_gives_and_takes_each_role() {
    let lines = |id: &str| matrix::render(&Model::preset(id).unwrap());
    let (workjet, standard) = (lines("workjet"), lines("standard"));
    for row in
        ["| Owner | a transfer only | a transfer only |", "| Admin | Owner | Owner, Admin |", "| Member | Owner, Admin | Owner, Admin |"]
    {
        assert!(workjet.lines().any(|line| line == row), "{row}: {workjet}");
    }
    for row in [
        "| Custom roles | who holds all it holds | Owner, Admin (organization) |",
        "| Admin (organization) | Owner | Owner |",
        "| Manager | Manager, Admin (workspace) | Manager |",
    ] {
        assert!(standard.lines().any(|line| line == row), "{row}: {standard}");
    }
}

#[test]
fn every_preset_renders_every_permission() {
    for preset in guildhall_access::model::presets() {
        let model = Model::preset(preset.id).unwrap();
        let page = matrix::render(&model);
        for permission in &model.permissions {
            assert!(page.contains(&format!("| {} |", permission.title)), "{}: {}", preset.id, permission.key);
        }
    }
}

#[test]
fn p_22_two_roles_called_owner_are_told_apart() {
    let page = matrix::render(&Model::preset("pipes").unwrap());
    assert!(page.contains("| Permission | Reader | Operator | Owner (workspace) | Owner (organization) |"), "{page}");
}
