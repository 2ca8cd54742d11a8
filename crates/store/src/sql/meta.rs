//! What the deployment is: its model, the mark of its key, and who runs on it.

use super::event;
use crate::{
    Event, Fault, Store,
    db::{Db, statements},
};
use guildhall_core::{Permit, op};

/// The key under which the mark of the deployment's key stands.
pub(crate) const KEY_MARK: &str = "deployment_key_mark";

statements! {
    FIND_META(meta) = "SELECT value FROM meta WHERE key = $1";
    SET_META(meta) = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2";
    FIRST_META(meta) = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    KEEP_MODEL(model_text) = "INSERT INTO model_text (hash, model, text, since) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING";
    LIST_MODELS(model_text) = "SELECT hash, model, text FROM model_text ORDER BY since, hash";
    // As each database writes a time.
    CLOCK(clock) = "SELECT CAST(CURRENT_TIMESTAMP AS TEXT) AS now";
}

/// What stands under a key.
pub(crate) async fn find(db: &Db, key: &str) -> Result<Option<String>, Fault> {
    db.query_one(&FIND_META, &[key.into()]).await?.map(|row| row.text("value")).transpose()
}

impl Store {
    /// The mark of the deployment's key this database lives with; `None`: of none yet.
    pub async fn key_mark(&self) -> Result<Option<String>, Fault> {
        find(self.db(), KEY_MARK).await
    }
    /// Keeps the mark of the deployment's key, where there is none yet. Answers with the one that stands.
    pub async fn keep_key_mark(&self, mark: &str) -> Result<String, Fault> {
        self.db().execute(&FIRST_META, vec![KEY_MARK.into(), mark.into()]).await?;
        Ok(self.key_mark().await?.unwrap_or_default())
    }
    /// Another key takes the place of the one this database lived with: an operator's act, noted in the same commit.
    pub async fn replace_key_mark(&self, permit: &Permit<op::Operate>, mark: &str) -> Result<(), Fault> {
        let event = Event::of_operator(permit, "deployment_key.accepted", serde_json::json!({}));
        let note = event.values(self.fresh(), self.now())?;
        let rows = vec![(&SET_META, vec![KEY_MARK.into(), mark.into()]), (&event::ADD_EVENT, note)];
        self.db()
            .write(move |tx| {
                let rows = rows.clone();
                Box::pin(async move { tx.execute_all(&rows).await.map(drop) })
            })
            .await
    }
}
