//! The tables as documentation shows them, beside the sources' own.

#![cfg(test)]

use guildhall_access::{Model, model::matrix};

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
