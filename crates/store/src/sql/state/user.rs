//! Users as rules see them: status, and the ids of what they hold.

use super::{User, Write, values};
use crate::{
    Fault,
    db::{Row, statements},
};
use guildhall_core::{UserChange, UserId, user::AccountStatus};

statements! {
    FIND_ACCOUNT(user_account) = "SELECT id, status, primary_address, has_handle, external_id FROM user_account WHERE id = $1";
    LIST_ADDRESSES(user_address) = "SELECT address FROM user_address WHERE user_id = $1";
    LIST_IDENTITIES(user_identity) = "SELECT identity FROM user_identity WHERE user_id = $1";
    LIST_TOP_ROLES(top_role) = "SELECT organization, tenant FROM top_role WHERE user_id = $1";
    LIST_BARRED(user_account) = "SELECT id FROM user_account WHERE status <> 'active'";

    CREATE(user_account) = "INSERT INTO user_account (id, status, has_handle, created_at, revision) VALUES ($1, 'active', 0, $3, $2)";
    TOUCH(user_account) = "UPDATE user_account SET revision = $2 WHERE id = $1";
    SET_STATUS(user_account) = "UPDATE user_account SET status = $3, revision = $2 WHERE id = $1";
    SET_HANDLE(user_account) = "UPDATE user_account SET has_handle = 1, revision = $2 WHERE id = $1";
    SET_EXTERNAL_ID(user_account) = "UPDATE user_account SET external_id = $3, revision = $2 WHERE id = $1";
    ADD_ADDRESS(user_address) = "INSERT INTO user_address (user_id, address, proven_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id, address) DO NOTHING";
    DROP_ADDRESS(user_address) = "DELETE FROM user_address WHERE user_id = $1 AND address = $2";
    FIRST_PRIMARY(user_account) = "UPDATE user_account SET primary_address = coalesce(primary_address, $3), revision = $2 WHERE id = $1";
    SET_PRIMARY(user_account) = "UPDATE user_account SET primary_address = $3, revision = $2 WHERE id = $1";
    /// After a primary address was given up, the one with the smallest id is primary.
    NEXT_PRIMARY(user_account) = "UPDATE user_account SET revision = $2, primary_address = CASE WHEN primary_address = $3
            THEN (SELECT address FROM user_address WHERE user_id = $1 ORDER BY address LIMIT 1) ELSE primary_address END
        WHERE id = $1";
    ADD_IDENTITY(user_identity) = "INSERT INTO user_identity (user_id, identity, linked_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id, identity) DO NOTHING";
    DROP_IDENTITY(user_identity) = "DELETE FROM user_identity WHERE user_id = $1 AND identity = $2";
    GAIN_TOP_ROLE(top_role) = "INSERT INTO top_role (user_id, organization, tenant, since) VALUES ($1, $3, $4, $2)
        ON CONFLICT (user_id, organization) DO UPDATE SET tenant = $4, since = $2";
    LOSE_TOP_ROLE(top_role) = "DELETE FROM top_role WHERE user_id = $1 AND organization = $2";
    DELETE_ACCOUNT(user_account) = "UPDATE user_account
        SET status = 'deleted', primary_address = NULL, has_handle = 0, external_id = NULL, revision = $2 WHERE id = $1";
    DROP_ADDRESSES(user_address) = "DELETE FROM user_address WHERE user_id = $1";
    DROP_IDENTITIES(user_identity) = "DELETE FROM user_identity WHERE user_id = $1";
    DROP_TOP_ROLES(top_role) = "DELETE FROM top_role WHERE user_id = $1";
}

pub(super) fn writes(change: &UserChange, place: User, out: &mut Vec<Write>) {
    let User { user, revision, at } = place;
    match change {
        UserChange::UserCreated {} => out.push((&CREATE, values![user, revision, at])),
        UserChange::UserReinstated {} => out.push((&SET_STATUS, values![user, revision, status_text(AccountStatus::Active)])),
        UserChange::UserSuspended {} => out.push((&SET_STATUS, values![user, revision, status_text(AccountStatus::Suspended)])),
        UserChange::NameChanged {} => out.push((&TOUCH, values![user, revision])),
        UserChange::HandleChanged {} => out.push((&SET_HANDLE, values![user, revision])),
        UserChange::ExternalIdSet { external_id } => out.push((&SET_EXTERNAL_ID, values![user, revision, external_id.as_ref()])),
        UserChange::AddressProven { address } => {
            out.push((&ADD_ADDRESS, values![user, *address, at]));
            out.push((&FIRST_PRIMARY, values![user, revision, *address]));
        }
        UserChange::AddressMadePrimary { address } => out.push((&SET_PRIMARY, values![user, revision, *address])),
        UserChange::AddressRemoved { address } => {
            out.push((&DROP_ADDRESS, values![user, *address]));
            out.push((&NEXT_PRIMARY, values![user, revision, *address]));
        }
        UserChange::IdentityLinked { identity } => {
            out.push((&ADD_IDENTITY, values![user, *identity, at]));
            out.push((&TOUCH, values![user, revision]));
        }
        UserChange::IdentityUnlinked { identity } => {
            out.push((&DROP_IDENTITY, values![user, *identity]));
            out.push((&TOUCH, values![user, revision]));
        }
        UserChange::TopRoleGained { tenant, organization } => {
            out.push((&GAIN_TOP_ROLE, values![user, revision, *organization, *tenant]));
            out.push((&TOUCH, values![user, revision]));
        }
        UserChange::TopRoleLost { organization, .. } => {
            out.push((&LOSE_TOP_ROLE, values![user, *organization]));
            out.push((&TOUCH, values![user, revision]));
        }
        UserChange::UserDeleted {} => {
            out.push((&DELETE_ACCOUNT, values![user, revision]));
            out.push((&DROP_ADDRESSES, values![user]));
            out.push((&DROP_IDENTITIES, values![user]));
            out.push((&DROP_TOP_ROLES, values![user]));
        }
    }
}

pub(crate) fn status_text(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "active",
        AccountStatus::Suspended => "suspended",
        AccountStatus::Deleted => "deleted",
    }
}

pub(crate) fn status_of(text: &str) -> Option<AccountStatus> {
    match text {
        "active" => Some(AccountStatus::Active),
        "suspended" => Some(AccountStatus::Suspended),
        "deleted" => Some(AccountStatus::Deleted),
        _ => None,
    }
}

/// A user at that revision, without what stands in rows of its own.
pub(crate) fn read(row: &Row, id: UserId, revision: u64) -> Result<guildhall_core::User, Fault> {
    let mut user = guildhall_core::User::unborn(id);
    user.revision = revision;
    user.status = row.parsed("status", status_of)?;
    user.primary = row.opt("primary_address", Row::id)?;
    user.has_handle = row.bool("has_handle")?;
    user.external_id = row.opt("external_id", Row::text)?;
    Ok(user)
}
