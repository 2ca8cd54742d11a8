//! Who may give and take which role: the rules the sources state, on the presets.

#![cfg(test)]

use guildhall_access::{
    Model, Operation, PermissionKey, RoleKey, ScopeKind,
    model::{Given, Held, WhyNot, may_give, may_take},
};
use std::collections::BTreeSet;

fn give(model: &str, held: &[&str], role: &str) -> Result<(), WhyNot> {
    with(model, held, role, may_give)
}

fn take(model: &str, held: &[&str], role: &str) -> Result<(), WhyNot> {
    with(model, held, role, may_take)
}

type Check = fn(&Model, &Held, &Given<'_>) -> Result<(), WhyNot>;

/// Held at the scope where the role is given.
fn with(model: &str, held: &[&str], role: &str, check: Check) -> Result<(), WhyNot> {
    let model = Model::preset(model).unwrap();
    let at = model.role(&RoleKey::new(role)).unwrap().at;
    let roles: BTreeSet<RoleKey> = held.iter().map(|key| RoleKey::new(key)).collect();
    check(&model, &Held::of(&model, roles, at), &Given::role(&model, &RoleKey::new(role)).unwrap())
}

#[test]
fn w_30_only_the_owner_promotes_to_admin() {
    assert!(give("workjet", &["owner"], "admin").is_ok());
    let why = give("workjet", &["admin"], "admin").unwrap_err();
    assert_eq!(why.to_string(), "Only the owner can make someone an admin");
    let WhyNot::NotYours { who, .. } = why else { panic!("{why:?}") };
    assert_eq!(who, ["Owner"]);
    assert!(give("workjet", &["member"], "admin").is_err());
}

#[test]
fn w_6_admins_give_member_and_owner_is_not_offered() {
    let model = Model::preset("workjet").unwrap();
    assert_eq!(model.invitation.offered, [RoleKey::new("admin"), RoleKey::new("member")]);
    assert!(give("workjet", &["admin"], "member").is_ok());
    assert!(give("workjet", &["member"], "member").is_err());
}

#[test]
fn w_31_only_a_transfer_moves_ownership() {
    for held in ["owner", "admin", "member"] {
        let why = give("workjet", &[held], "owner").unwrap_err();
        assert_eq!(why, WhyNot::OnlyByTransfer { role: "Owner".to_owned() });
        assert!(take("workjet", &[held], "owner").is_err());
    }
}

#[test]
fn w_19_an_admin_may_take_admin_from_another() {
    assert!(take("workjet", &["admin"], "admin").is_ok());
    assert!(take("workjet", &["member"], "admin").is_err());
}

#[test]
fn i_13_admins_make_other_admins() {
    assert!(give("aihub", &["admin"], "admin").is_ok());
    assert!(give("aihub", &["user"], "user").is_err());
}

#[test]
fn i_24_managers_make_other_managers_where_they_manage() {
    assert!(give("aihub", &["manager"], "manager").is_ok());
    assert!(give("aihub", &["workspace_user"], "workspace_user").is_err());
    assert!(give("aihub", &["admin"], "manager").is_ok(), "the top role flows down (I-17)");
}

#[test]
fn a_11_only_owners_give_owner_and_managers_all_else() {
    assert!(give("appcircle", &["owner"], "owner").is_ok());
    let why = give("appcircle", &["organization_management.manager"], "owner").unwrap_err();
    assert_eq!(why.to_string(), "Only an owner can make someone an owner");
    let model = Model::preset("appcircle").unwrap();
    for role in model.roles.iter().filter(|role| role.key.as_str() != "owner") {
        assert!(give("appcircle", &["organization_management.manager"], role.key.as_str()).is_ok(), "{}", role.key);
        let why = give("appcircle", &["build.manager"], role.key.as_str()).unwrap_err();
        assert!(why.to_string().contains("Organization Management: Manager"), "{why}");
    }
}

#[test]
fn m_14_one_invites_with_roles_up_to_ones_own() {
    assert!(give("modelmatch", &["member"], "viewer").is_ok());
    assert!(give("modelmatch", &["member"], "member").is_ok());
    assert!(give("modelmatch", &["admin"], "admin").is_err());
    let why = give("modelmatch", &["viewer"], "member").unwrap_err();
    let WhyNot::NotYours { lacking, .. } = &why else { panic!("{why:?}") };
    assert_eq!(lacking, &["Invite members", "View credits", "Create own API keys"]);
}

#[test]
fn m_14_a_custom_role_is_given_by_who_holds_all_it_holds() {
    let model = Model::preset("modelmatch").unwrap();
    let holds = ["members.view", "data.export"].map(|key| model.permission_ix(&PermissionKey::new(key)).unwrap());
    let custom = Given::custom(&model, RoleKey::new("exporter"), "Exporter", holds.into()).unwrap();
    let held = |role: &str| Held::alone(&model, &RoleKey::new(role), ScopeKind::Organization);
    assert!(may_give(&model, &held("admin"), &custom).is_ok());
    let why = may_give(&model, &held("member"), &custom).unwrap_err();
    assert_eq!(why.to_string(), "the role `Exporter` is for who holds all it holds; lacking: Export data");
}

#[test]
fn p_9_org_owners_access_is_not_a_workspace_owners_to_take() {
    assert!(take("pipes", &["owner"], "owner").is_ok());
    let model = Model::preset("pipes").unwrap();
    let held = Held::alone(&model, &RoleKey::new("workspace_owner"), ScopeKind::Organization);
    assert!(held.roles.is_empty(), "nothing flows up");
    let owner = Given::role(&model, &RoleKey::new("owner")).unwrap();
    assert!(may_take(&model, &held, &owner).is_err());
}

#[test]
fn p_10_workspace_roles_are_given_by_workspace_and_organization_owners() {
    let model = Model::preset("pipes").unwrap();
    let reader = Given::role(&model, &RoleKey::new("reader")).unwrap();
    let held = |role: &str| Held::alone(&model, &RoleKey::new(role), ScopeKind::Workspace);
    assert!(may_give(&model, &held("owner"), &reader).is_ok());
    assert!(may_give(&model, &held("workspace_owner"), &reader).is_ok());
    assert!(may_give(&model, &held("operator"), &reader).is_err());
    assert!(may_give(&model, &held("member"), &reader).is_err());
}

#[test]
fn p_19_adding_connections_is_reserved_for_org_owners() {
    let model = Model::preset("pipes").unwrap();
    let add = model.permission_ix(&PermissionKey::new("connections.add")).unwrap();
    let holds = |role: &str| Held::alone(&model, &RoleKey::new(role), ScopeKind::Workspace).permissions.contains(&add);
    assert!(holds("owner"));
    assert!(!holds("workspace_owner"));
}

#[test]
fn i_1_the_plan_locks_managing_users() {
    let model = Model::preset("aihub").unwrap();
    let feature = model.feature_locking(Operation::InvitationCreate).unwrap();
    assert_eq!(feature.key, "members");
    assert!(model.default_plan().unwrap().features.contains(&feature.key));
    let community = model.plans.iter().find(|plan| plan.key == "community").unwrap();
    assert!(!community.features.contains(&feature.key));
}

#[test]
fn a_21_the_plan_locks_every_module() {
    let model = Model::preset("appcircle").unwrap();
    assert_eq!(model.modules.len(), 13);
    assert!(model.modules.iter().all(|module| module.feature.as_deref() == Some("fine_grained_roles")));
}

#[test]
fn a_10_accepting_gives_viewer_in_every_module_that_has_it() {
    let model = Model::preset("appcircle").unwrap();
    let viewers = model.roles.iter().filter(|role| role.key.as_str().ends_with(".viewer"));
    let viewers: BTreeSet<_> = viewers.map(|role| role.key.clone()).collect();
    assert_eq!(viewers.len(), 12);
    assert_eq!(viewers, model.invitation.default.iter().cloned().collect());
}

#[test]
fn m_6_the_page_has_sixteen_permissions_and_m_25_marks_three() {
    let model = Model::preset("modelmatch").unwrap();
    let off = |key: &str| model.groups.iter().any(|group| group.key == key && group.off_page);
    let page: Vec<_> = model.permissions.iter().filter(|permission| !off(&permission.group)).collect();
    assert_eq!(page.len(), 16);
    assert!(page.iter().all(|permission| permission.editable && !permission.description.is_empty()));
    let destructive: Vec<_> = page.iter().filter(|p| p.destructive).map(|p| p.title.as_str()).collect();
    assert_eq!(destructive, ["Delete organization", "Delete teams", "Update permissions"]);
}

#[test]
fn what_only_follows_is_given_by_nobody() {
    let why = give("standard", &["owner"], "steward").unwrap_err();
    assert_eq!(why, WhyNot::OnlyImplied { role: "Admin".to_owned() });
}
