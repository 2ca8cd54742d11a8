//! What the portal calls things: a closed list of keys, each with a default.

use super::{Words, error::Problems, read::Table};

/// Every key of `[words]`, with the text that stands where a model says nothing.
pub const WORDS: &[(&str, &str)] = &[
    ("organization", "organization"),
    ("sub_organization", "sub-organization"),
    ("workspace", "workspace"),
    ("team", "team"),
    ("people", "People"),
    ("management", "Management"),
    ("personal_organization", "Personal"),
    ("personal_workspace", "Personal workspace"),
    ("invite_open", "Invite people"),
    ("invite_address", "Email address"),
    ("invite_role", "Role"),
    ("invite_send", "Send invitation"),
    ("invite_again", "Invite again"),
    ("invited", "Invited"),
    ("joined", "Joined"),
    ("declined", "Declined"),
    ("revoked", "Revoked"),
    ("expired", "Expired"),
    ("suspended", "Suspended"),
    ("status", "Status"),
    ("direct", "Member"),
    ("inherited", "Inherited"),
    ("resend", "Resend"),
    ("revoke", "Revoke"),
    ("edit", "Edit"),
    ("save", "Save"),
    ("cancel", "Cancel"),
    ("role_field", "Role"),
    ("role_confirm", "Change role"),
    ("manage_roles", "Manage Roles"),
    ("none", "None"),
    ("search", "Search by name or address"),
    ("remove", "Remove"),
    ("remove_confirm", "Remove"),
    ("leave", "Leave"),
    ("transfer", "Transfer ownership"),
    ("workspace_people", "People"),
    ("workspace_add_open", "Add member"),
    ("workspace_add_address", "Email address or handle"),
    ("workspace_add_send", "Add"),
    ("workspace_remove", "Remove"),
    ("workspace_remove_confirm", "Remove"),
    ("workspace_top_locked", "This role comes from the organization and can't be removed here."),
    ("not_a_member", "Not in the organization yet: invite them first."),
    ("many_top_holders", "Few people should hold this role: prefer a role in single workspaces."),
    ("security", "Security"),
    ("owner_only", "Owner"),
    ("and_above", "and above"),
    ("everyone", "Everyone"),
    ("keep_restricted", "Keep this restricted."),
    ("roles_reference", "Roles"),
    ("help", ""),
];

impl Words {
    /// The text for a key of [`WORDS`]; empty for any other.
    pub fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }
}

/// Reads `[words]`.
pub(super) fn parse(table: Option<Table<'_>>, problems: &mut Problems<'_>) -> Words {
    let mut words: std::collections::BTreeMap<_, _> = WORDS.iter().map(|(key, text)| (*key, (*text).to_owned())).collect();
    let Some(mut table) = table else {
        return Words(words);
    };
    for (key, _) in WORDS {
        let Some(text) = table.string(key, problems) else { continue };
        words.insert(key, text);
    }
    table.finish(problems);
    Words(words)
}
