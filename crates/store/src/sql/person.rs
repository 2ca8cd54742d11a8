//! People: names, handles and what they prefer. Personal data stands here and in `address` and `identity` only.

use super::{directory, operator, session};
use crate::{
    Fault, Store,
    db::{Row, Statement, Tx, Value, statements},
    sql::{address, event, state::user::status_of},
};
use guildhall_core::{AddressId, IdentityId, Permit, PersonalWrite, Timestamp, UserId, op, user::AccountStatus};

/// A user as pages show one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    pub id: UserId,
    pub name: Option<String>,
    pub handle: Option<String>,
    pub status: AccountStatus,
    /// The primary address, as typed.
    pub primary: Option<String>,
    pub primary_id: Option<AddressId>,
    pub created_at: Timestamp,
    /// `light` or `dark`; `None`: as the system does.
    pub theme: Option<String>,
    /// A language tag; `None`: as the browser says.
    pub locale: Option<String>,
    pub external_id: Option<String>,
    /// The revision that last changed the account: its `ETag`.
    pub revision: u64,
}

/// One of one's own addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyAddress {
    pub id: AddressId,
    pub typed: Option<String>,
    pub primary: bool,
    pub proven_at: Timestamp,
}

/// One of one's own provider accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyIdentity {
    pub id: IdentityId,
    pub issuer: String,
    pub subject: String,
    pub label: String,
    pub linked_at: Timestamp,
}

impl MyIdentity {
    /// The key of its claim: what unlinking gives back.
    pub fn claim_key(&self) -> String {
        format!("{} {}", self.issuer, self.subject)
    }
}

macro_rules! user {
    ($which:literal) => {
        concat!(
            "SELECT u.id, u.status, u.created_at, u.external_id, u.revision, u.primary_address, p.name, p.handle, p.theme, p.locale,
                a.typed AS address
            FROM user_account u LEFT JOIN person p ON p.user_id = u.id LEFT JOIN address a ON a.id = u.primary_address WHERE u.id = ",
            $which
        )
    };
}

statements! {
    FIND_USER(user_account) = user!("$1");
    FIND_BY_ADDRESS(user_account) = user!("(SELECT h.user_id FROM user_address h WHERE h.address = $1)");
    FIND_BY_CLAIM(user_account) = user!("(SELECT c.holder FROM claim c WHERE c.kind = $1 AND c.key = $2 AND c.free_at IS NULL)");
    LIST_ADDRESSES(user_address) = "SELECT h.address, h.proven_at, a.typed, u.primary_address FROM user_address h
        JOIN user_account u ON u.id = h.user_id LEFT JOIN address a ON a.id = h.address
        WHERE h.user_id = $1 ORDER BY h.proven_at, h.address LIMIT 1000";
    LIST_IDENTITIES(identity) = "SELECT l.identity, l.linked_at, i.issuer, i.subject, i.label FROM user_identity l
        JOIN identity i ON i.id = l.identity WHERE l.user_id = $1 AND i.issuer IS NOT NULL ORDER BY l.linked_at, l.identity LIMIT 1000";
    SET_PREFERENCES(person) = "INSERT INTO person (user_id, theme, locale) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET theme = excluded.theme, locale = excluded.locale";
    SET_NAME(person) = "INSERT INTO person (user_id, name) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET name = excluded.name";
    SET_HANDLE(person) = "INSERT INTO person (user_id, handle) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET handle = excluded.handle";
    ADD_IDENTITY(identity) = "INSERT INTO identity (id, user_id, issuer, subject, label) VALUES ($1, $2, $3, $4, $5)";
    BLANK_IDENTITY(identity) = "UPDATE identity SET issuer = NULL, subject = NULL, label = NULL WHERE id = $1";
    BLANK_IDENTITIES(identity) = "UPDATE identity SET issuer = NULL, subject = NULL, label = NULL WHERE user_id = $1";
    BLANK_PERSON(person) = "UPDATE person SET name = NULL, handle = NULL, theme = NULL, locale = NULL WHERE user_id = $1";
    // Who asked an organization for no more mail has that kept by the address, which goes with them.
    FORGET_UNWANTED(unwanted) = "DELETE FROM unwanted WHERE address IN (SELECT a.id FROM address a WHERE a.last_holder = $1)";
    ADDRESSES_MAY_GO(address) = "UPDATE address SET erase_at = $1 WHERE last_holder = $2";
    DROP_SIGN_INS(sign_in) = "DELETE FROM sign_in WHERE user_id = $1";
}

impl Store {
    /// The user of this id. Personal: for who may know them by what they share, and for sign-in, before there is a permit.
    pub async fn find_user(&self, id: UserId) -> Result<Option<UserRow>, Fault> {
        self.user(&FIND_USER, vec![id.into()]).await
    }
    /// Who has proven the address. For sign-in and for invitations, before there is a permit.
    pub async fn find_user_by_address(&self, address: AddressId) -> Result<Option<UserRow>, Fault> {
        self.user(&FIND_BY_ADDRESS, vec![address.into()]).await
    }
    /// Who has the handle now. Exact; limit it, it tells whether a handle is taken.
    pub async fn find_user_by_handle(&self, handle: &str) -> Result<Option<UserRow>, Fault> {
        self.user(&FIND_BY_CLAIM, vec!["handle".into(), handle.into()]).await
    }
    /// Whose provider account this is. For sign-in, before there is a permit.
    pub async fn find_user_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<UserRow>, Fault> {
        self.user(&FIND_BY_CLAIM, vec!["identity".into(), format!("{issuer} {subject}").into()]).await
    }
    /// By the id that another system gave. For keys of the deployment.
    pub async fn find_user_by_external_id(&self, external_id: &str) -> Result<Option<UserRow>, Fault> {
        self.user(&FIND_BY_CLAIM, vec!["user_external_id".into(), external_id.into()]).await
    }
    async fn user(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Option<UserRow>, Fault> {
        self.db().query_one(statement, &values).await?.as_ref().map(user).transpose()
    }
    /// One's own proven addresses, in the order in which they were proven.
    pub async fn list_addresses(&self, permit: &Permit<op::Own>) -> Result<Vec<MyAddress>, Fault> {
        let Some(user) = permit.user() else { return Ok(Vec::new()) };
        let mine = |row: &Row| -> Result<MyAddress, Fault> {
            let id: AddressId = row.id("address")?;
            let primary = row.opt("primary_address", Row::id)? == Some(id);
            Ok(MyAddress { id, typed: row.opt("typed", Row::text)?, primary, proven_at: row.time("proven_at")? })
        };
        self.db().query(&LIST_ADDRESSES, &[user.into()]).await?.iter().map(mine).collect()
    }
    /// One's own provider accounts.
    pub async fn list_identities(&self, permit: &Permit<op::Own>) -> Result<Vec<MyIdentity>, Fault> {
        let Some(user) = permit.user() else { return Ok(Vec::new()) };
        let mine = |row: &Row| -> Result<MyIdentity, Fault> {
            Ok(MyIdentity {
                id: row.id("identity")?,
                issuer: row.text("issuer")?,
                subject: row.text("subject")?,
                label: row.text("label")?,
                linked_at: row.time("linked_at")?,
            })
        };
        self.db().query(&LIST_IDENTITIES, &[user.into()]).await?.iter().map(mine).collect()
    }
    /// How one's own pages look. Changes no stream: nothing is decided by it.
    pub async fn set_preferences(&self, permit: &Permit<op::Own>, theme: Option<&str>, locale: Option<&str>) -> Result<(), Fault> {
        let Some(user) = permit.user() else { return Ok(()) };
        self.db().execute(&SET_PREFERENCES, vec![user.into(), theme.into(), locale.into()]).await.map(drop)
    }
}

fn user(row: &Row) -> Result<UserRow, Fault> {
    Ok(UserRow {
        id: row.id("id")?,
        name: row.opt("name", Row::text)?,
        handle: row.opt("handle", Row::text)?,
        status: row.parsed("status", status_of)?,
        primary: row.opt("address", Row::text)?,
        primary_id: row.opt("primary_address", Row::id)?,
        created_at: row.time("created_at")?,
        theme: row.opt("theme", Row::text)?,
        locale: row.opt("locale", Row::text)?,
        external_id: row.opt("external_id", Row::text)?,
        revision: row.u64("revision")?,
    })
}

/// Writes one piece of personal data, in the commit that decided it.
pub(crate) async fn personal(tx: &Tx, write: &PersonalWrite, at: Timestamp) -> Result<(), Fault> {
    match write {
        PersonalWrite::Name { user, name } => tx.execute(&SET_NAME, &[(*user).into(), name.as_str().into()]).await?,
        PersonalWrite::Handle { user, handle } => tx.execute(&SET_HANDLE, &[(*user).into(), handle.as_str().into()]).await?,
        PersonalWrite::Identity { user, identity, issuer, subject, label } => {
            let values: [Value; 5] = [(*identity).into(), (*user).into(), issuer.into(), subject.into(), label.into()];
            tx.execute(&ADD_IDENTITY, &values).await?
        }
        PersonalWrite::IdentityGone { identity } => tx.execute(&BLANK_IDENTITY, &[(*identity).into()]).await?,
        PersonalWrite::Erase { user } => return erase(tx, *user, at).await,
    };
    Ok(())
}

/// Everything personal of this user is blanked; the rows stay. Their addresses go when nothing needs them any more.
async fn erase(tx: &Tx, user: UserId, at: Timestamp) -> Result<(), Fault> {
    tx.execute_all(&[
        (&BLANK_PERSON, vec![user.into()]),
        (&BLANK_IDENTITIES, vec![user.into()]),
        (&DROP_SIGN_INS, vec![user.into()]),
        (&operator::REMOVE_OPERATOR, vec![user.into()]),
        (&session::END_SESSIONS, vec![at.into(), user.into(), UserId::from_u128(0).into()]),
        (&event::ERASE_NETWORKS, vec![user.into()]),
        (&FORGET_UNWANTED, vec![user.into()]),
        (&ADDRESSES_MAY_GO, vec![at.into(), user.into()]),
        (&address::ERASE_ADDRESSES, vec![at.into()]),
    ])
    .await?;
    directory::erase(tx, user, at).await
}
