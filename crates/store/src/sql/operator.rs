//! Operators, kept beside the model, and the one-time link that makes the first one.

use crate::{
    Fault, Store,
    db::{Row, statements},
};
use guildhall_core::{Id, Timestamp, UserId, id::SignInKind, time::Span};

/// How long the first operator's link is good.
pub(crate) const LINK_VALID: Span = Span::hours(24);

/// The link that makes the first operator. Its token is derived from id and generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorLink {
    pub id: Id<SignInKind>,
    pub generation: u32,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

statements! {
    IS_OPERATOR(operator) = "SELECT user_id FROM operator WHERE user_id = $1";
    LIST_OPERATORS(operator) = "SELECT user_id FROM operator ORDER BY since, user_id LIMIT 1000";
    ADD_OPERATOR(operator) = "INSERT INTO operator (user_id, since) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING";
    REMOVE_OPERATOR(operator) = "DELETE FROM operator WHERE user_id = $1";
    ANY_OPERATOR(operator) = "SELECT user_id FROM operator LIMIT 1";
    END_LINKS(operator_link) = "UPDATE operator_link SET used_at = $1 WHERE used_at IS NULL";
    CREATE_LINK(operator_link) = "INSERT INTO operator_link (id, generation, created_at, expires_at) VALUES ($1, 1, $2, $3)";
    FIND_LINK(operator_link) = "SELECT id, generation, created_at, expires_at, used_at FROM operator_link WHERE id = $1";
    USE_LINK(operator_link) = "UPDATE operator_link SET used_at = $1 WHERE id = $2 AND generation = $3 AND used_at IS NULL AND expires_at > $1
        AND NOT EXISTS (SELECT 1 FROM operator)";
}

impl Store {
    pub async fn is_operator(&self, user: UserId) -> Result<bool, Fault> {
        Ok(self.db().query_one(&IS_OPERATOR, &[user.into()]).await?.is_some())
    }
    /// Every operator, the first one first.
    pub async fn list_operators(&self) -> Result<Vec<UserId>, Fault> {
        self.db().query(&LIST_OPERATORS, &[]).await?.iter().map(|row| row.id("user_id")).collect()
    }
    /// Makes somebody an operator: by the first link, or by the command line.
    pub async fn add_operator(&self, user: UserId) -> Result<(), Fault> {
        self.db().execute(&ADD_OPERATOR, vec![user.into(), self.now().into()]).await.map(drop)
    }
    pub async fn remove_operator(&self, user: UserId) -> Result<bool, Fault> {
        Ok(self.db().execute(&REMOVE_OPERATOR, vec![user.into()]).await? == 1)
    }
    /// A new link for the first operator; earlier ones end. `None`: there is an operator already.
    pub async fn create_operator_link(&self) -> Result<Option<OperatorLink>, Fault> {
        let now = self.now();
        let link = OperatorLink { id: Id::new(self.fresh()), generation: 1, created_at: now, expires_at: now + LINK_VALID, used_at: None };
        let (id, expires_at) = (link.id, link.expires_at);
        let made = self
            .db()
            .write::<bool, Fault, _>(move |tx| {
                Box::pin(async move {
                    if !tx.query(&ANY_OPERATOR, &[]).await?.is_empty() {
                        return Ok(false);
                    }
                    tx.execute(&END_LINKS, &[now.into()]).await?;
                    tx.execute(&CREATE_LINK, &[id.into(), now.into(), expires_at.into()]).await?;
                    Ok(true)
                })
            })
            .await?;
        Ok(made.then_some(link))
    }
    /// The link of this id, whoever asks: there is nobody to sign in yet.
    pub async fn find_operator_link(&self, id: Id<SignInKind>) -> Result<Option<OperatorLink>, Fault> {
        self.db().query_one(&FIND_LINK, &[id.into()]).await?.as_ref().map(link).transpose()
    }
    /// Uses the link, once, and only while there is no operator.
    pub async fn use_operator_link(&self, id: Id<SignInKind>, generation: u32) -> Result<bool, Fault> {
        Ok(self.db().execute(&USE_LINK, vec![self.now().into(), id.into(), generation.into()]).await? == 1)
    }
}

fn link(row: &Row) -> Result<OperatorLink, Fault> {
    Ok(OperatorLink {
        id: row.id("id")?,
        generation: row.u32("generation")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        used_at: row.opt("used_at", Row::time)?,
    })
}
