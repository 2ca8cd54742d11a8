//! The rows of the sources' tables, one test each: exactly these roles hold the permission.

#![cfg(test)]

use guildhall_access::{Model, PermissionKey};
use std::collections::BTreeSet;

fn row(model: &str, permission: &str, holders: &str) {
    let model = Model::preset(model).unwrap();
    let permission = PermissionKey::new(permission);
    let ix = model.permission_ix(&permission).unwrap();
    let holding = model.roles.iter().filter(|role| role.permissions.contains(&ix));
    let holding: BTreeSet<&str> = holding.map(|role| role.key.as_str()).collect();
    assert_eq!(holding, holders.split(' ').collect(), "who holds {permission}");
}

macro_rules! rows {
    ($model:literal: $($name:ident = $permission:literal, $holders:literal;)*) => {
        $(#[test]
        fn $name() {
            row($model, $permission, $holders);
        })*
    };
}

rows! { "workjet":
    w_15_all_use_chat_assistants_and_engines = "chat.use", "owner admin member";
    w_16_all_create_and_manage_skills = "skills.manage", "owner admin member";
    w_17_all_view_their_own_usage = "usage.own", "owner admin member";
    w_18_owner_and_admin_view_team_usage = "usage.team", "owner admin";
    w_19_owner_and_admin_invite_and_remove_users = "users.manage", "owner admin";
    w_20_owner_and_admin_configure_gateway_routing = "gateway.configure", "owner admin";
    w_21_owner_and_admin_manage_dlp_policies = "dlp.manage", "owner admin";
    w_22_owner_and_admin_view_audit_logs = "audit.view", "owner admin";
    w_23_owner_and_admin_create_api_keys = "keys.create", "owner admin";
    w_24_only_the_owner_manages_billing = "billing.manage", "owner";
    w_25_only_the_owner_deletes_the_organization = "organization.delete", "owner";
    w_26_only_the_owner_transfers_ownership = "ownership.transfer", "owner";
}

rows! { "aihub":
    i_41_admins_access_all_workspaces = "workspaces.access_all", "admin";
    i_42_admins_create_manage_and_delete_workspaces = "workspaces.manage", "admin";
    i_43_admins_manage_organization_drives = "organization_drives.manage", "admin";
    i_44_admins_set_the_organization_default_drive = "organization_drives.default", "admin";
    i_45_members_of_a_workspace_manage_its_drives = "workspace_drives.manage", "workspace_user manager admin";
    i_46_admins_set_the_workspace_default_drive = "workspace_drives.default", "admin";
    i_47_admins_add_and_remove_organization_members = "members.manage", "admin";
    i_48_managers_and_admins_add_and_remove_workspace_members = "workspace_members.manage", "manager admin";
    i_49_admins_view_usage_details = "usage.view", "admin";
    i_50_admins_manage_billing = "billing.manage", "admin";
}

rows! { "modelmatch":
    m_7_everyone_views_members = "members.view", "owner admin member viewer";
    m_8_everyone_views_teams = "teams.view", "owner admin member viewer";
    m_9_admin_and_above_update_the_organization = "organization.update", "owner admin";
    m_10_the_owner_deletes_the_organization = "organization.delete", "owner";
    m_11_admin_and_above_create_teams = "teams.create", "owner admin";
    m_12_admin_and_above_update_teams = "teams.update", "owner admin";
    m_13_the_owner_deletes_teams = "teams.delete", "owner";
    m_14_member_and_above_invite_members = "members.invite", "owner admin member";
    m_15_admin_and_above_cancel_invitations = "invitations.cancel", "owner admin";
    m_16_the_owner_updates_permissions = "permissions.update", "owner";
    m_17_admin_and_above_create_oauth_clients = "oauth_clients.create", "owner admin";
    m_18_admin_and_above_export_data = "data.export", "owner admin";
    m_19_admin_and_above_view_billing = "billing.view", "owner admin";
    m_20_admin_and_above_manage_billing = "billing.manage", "owner admin";
    m_21_member_and_above_view_credits = "credits.view", "owner admin member";
    m_22_admin_and_above_purchase_credits = "credits.purchase", "owner admin";
}

rows! { "pipes":
    p_2_only_owners_invite_and_remove = "members.manage", "owner";
    p_5_members_see_members = "members.view", "owner member";
    p_7_owners_manage_groups = "groups.manage", "owner";
    p_17_readers_read_everything = "workspace.read", "reader operator workspace_owner owner";
    p_18_operators_manage_snapshots = "snapshots.manage", "operator workspace_owner owner";
    p_19_workspace_owners_edit_connections_and_organization_owners_add_them = "connections.add", "owner";
}

rows! { "appcircle":
    a_2_organization_management_manages_members_as_owners_do = "organization_management.manage", "owner organization_management.manager";
    a_15_every_member_sees_the_people = "people.view", "owner member";
    a_23_billing_administrators_hold_billing = "billing.manage", "owner billing.manager";
}
