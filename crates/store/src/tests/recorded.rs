//! One of every kind and version of change ever released, as it was stored: all can still be read, and read as what they were.
//!
//! The folder only grows. `GUILDHALL_RECORD=1` writes the ones that are missing.

use guildhall_access::{RoleKey, ScopeId};
use guildhall_core::{
    Actor, AddressId, Change, IdentityId, InvitationId, StreamId, TenantChange, TenantId, Timestamp, UserChange, UserId,
    change::{Ending, Invitee, Via, Withdrawal},
    decided::Grant,
    text::Name,
};
use std::{collections::BTreeSet, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testkit/changes")
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn tenant_changes() -> Vec<TenantChange> {
    let (scope, user, id) = (ScopeId(1), UserId::from_u128(2), InvitationId::from_u128(3));
    let (actor, program) = (Actor::User { id: user }, Actor::Operator { id: None, reason: "asked for".into() });
    let roles = vec![RoleKey::new("admin"), RoleKey::new("member")];
    let grants = vec![Grant { scope, roles: roles.clone() }];
    let (expires_at, erase_at) = (Timestamp(1_800_000_000_000_000), Timestamp(1_900_000_000_000_000));
    let invitee = Invitee::Address(AddressId::from_u128(4));
    let invited_by = actor.clone();
    vec![
        TenantChange::OrganizationFounded {
            id: scope,
            parent: Some(ScopeId(9)),
            name: name("North"),
            slug: "north".into(),
            personal: true,
        },
        TenantChange::OrganizationRenamed { id: scope, from: name("North"), to: name("South") },
        TenantChange::OrganizationSlugChanged { id: scope, from: "north".into(), to: "south".into() },
        TenantChange::OrganizationExternalIdSet { id: scope, external_id: Some("x-1".into()) },
        TenantChange::OrganizationDeleted { id: scope, erase_at },
        TenantChange::MembershipStarted { scope, user, roles: roles.clone(), via: Via::Invitation(id), invited_by: Some(program.clone()) },
        TenantChange::MembershipRolesChanged { scope, user, from: roles.clone(), to: Vec::new() },
        TenantChange::MembershipSuspended { scope, user },
        TenantChange::MembershipReinstated { scope, user },
        TenantChange::MembershipEnded { scope, user, roles, why: Ending::Removed },
        TenantChange::InvitationCreated { id, invitee, grants: grants.clone(), invited_by, expires_at },
        TenantChange::InvitationRenewed { id, grants, invited_by: program.clone(), expires_at },
        TenantChange::InvitationReminded { id, n: 2 },
        TenantChange::InvitationAccepted { id, user },
        TenantChange::InvitationDeclined { id },
        TenantChange::InvitationRevoked { id, why: Withdrawal::InviterRemoved },
        TenantChange::InvitationTakenOver { id, from: actor, to: program },
    ]
}

fn user_changes() -> Vec<UserChange> {
    let (address, identity) = (AddressId::from_u128(4), IdentityId::from_u128(5));
    let (tenant, organization) = (TenantId::from_u128(1), ScopeId(1));
    vec![
        UserChange::UserCreated {},
        UserChange::NameChanged {},
        UserChange::HandleChanged {},
        UserChange::ExternalIdSet { external_id: None },
        UserChange::AddressProven { address },
        UserChange::AddressMadePrimary { address },
        UserChange::AddressRemoved { address },
        UserChange::IdentityLinked { identity },
        UserChange::IdentityUnlinked { identity },
        UserChange::TopRoleGained { tenant, organization },
        UserChange::TopRoleLost { tenant, organization },
        UserChange::UserSuspended {},
        UserChange::UserReinstated {},
        UserChange::UserDeleted {},
    ]
}

fn all() -> Vec<Change> {
    tenant_changes().into_iter().map(Change::Tenant).chain(user_changes().into_iter().map(Change::User)).collect()
}

fn stream_of(change: &Change) -> StreamId {
    match change {
        Change::Tenant(_) => StreamId::Tenant(TenantId::from_u128(1)),
        Change::User(_) => StreamId::User(UserId::from_u128(2)),
    }
}

#[test]
fn every_kind_of_change_has_an_example() {
    let known: BTreeSet<&str> = TenantChange::KINDS.iter().chain(UserChange::KINDS).copied().collect();
    let shown: BTreeSet<&str> = all().iter().map(Change::kind).collect();
    assert_eq!(shown, known);
}

#[test]
fn what_was_ever_stored_is_still_read_as_what_it_was() {
    for change in all() {
        let file = folder().join(format!("{}.v{}.json", change.kind(), change.version()));
        if !file.exists() && std::env::var_os("GUILDHALL_RECORD").is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&file, change.encode().unwrap()).unwrap();
        }
        let stored = std::fs::read(&file).unwrap_or_else(|_| panic!("`{}` is missing: record it with GUILDHALL_RECORD=1", file.display()));
        let read = Change::decode(stream_of(&change), change.kind(), change.version(), &stored).unwrap();
        assert_eq!(read, change, "{}", file.display());
    }
}

#[test]
fn every_recorded_change_is_of_a_kind_that_can_be_read() {
    let tenant: BTreeSet<&str> = TenantChange::KINDS.iter().copied().collect();
    let mut n = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let (kind, version) = file.strip_suffix(".json").and_then(|name| name.rsplit_once(".v")).unwrap();
        let stream = if tenant.contains(kind) { StreamId::Tenant(TenantId::from_u128(1)) } else { StreamId::User(UserId::from_u128(2)) };
        Change::decode(stream, kind, version.parse().unwrap(), &std::fs::read(&path).unwrap())
            .unwrap_or_else(|bad| panic!("{file}: {bad}"));
        n += 1;
    }
    assert!(n >= TenantChange::KINDS.len() + UserChange::KINDS.len());
}
