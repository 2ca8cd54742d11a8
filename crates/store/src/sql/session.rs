//! Sessions: the hash of a token, when it was used, and from where.

use crate::{
    Fault, Store,
    db::{Row, Value, statements},
};
use guildhall_core::{
    Permit, SessionId, Timestamp, UserId, op,
    session::{LONGEST, PER_PERSON, SessionRecord},
    time::Span,
};

/// How often the moment of last use is written.
const TOUCH: Span = Span::minutes(1);

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    pub id: SessionId,
    pub created_at: Timestamp,
    pub signed_in_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// The browser's own words for itself.
    pub user_agent: Option<String>,
    /// The network it came from, as the server wrote it.
    pub network: Option<String>,
}

statements! {
    // Takes the person's row: two sign-ins at once count each other's sessions.
    HOLD_PERSON(person) = "INSERT INTO person (user_id) VALUES ($1) ON CONFLICT (user_id) DO UPDATE SET theme = person.theme";
    CREATE_SESSION(session) = "INSERT INTO session (id, user_id, token_hash, created_at, signed_in_at, last_seen_at, user_agent, network)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    END_OLDEST(session) = "UPDATE session SET ended_at = $1, user_agent = NULL, network = NULL
        WHERE user_id = $2 AND ended_at IS NULL AND id NOT IN
            (SELECT s.id FROM session s WHERE s.user_id = $2 AND s.ended_at IS NULL ORDER BY s.created_at DESC, s.id DESC LIMIT $3)";
    FIND_SESSION(session) = "SELECT id, user_id, token_hash, created_at, signed_in_at, last_seen_at, ended_at FROM session WHERE id = $1";
    SEE_SESSION(session) = "SELECT id, created_at, signed_in_at, last_seen_at, user_agent, network FROM session WHERE id = $1";
    TOUCH_SESSION(session) = "UPDATE session SET last_seen_at = $1 WHERE id = $2 AND ended_at IS NULL AND last_seen_at <= $3";
    END_SESSION(session) = "UPDATE session SET ended_at = $1, user_agent = NULL, network = NULL
        WHERE id = $2 AND user_id = $3 AND ended_at IS NULL";
    END_SESSIONS(session) = "UPDATE session SET ended_at = $1, user_agent = NULL, network = NULL
        WHERE user_id = $2 AND ended_at IS NULL AND id <> $3";
    LIST_SESSIONS(session) = "SELECT id, created_at, signed_in_at, last_seen_at, user_agent, network FROM session
        WHERE user_id = $1 AND ended_at IS NULL AND last_seen_at > $2 AND created_at > $3 ORDER BY created_at DESC, id DESC LIMIT $4";
    COUNT_SESSIONS(session) = "SELECT count(*) AS n FROM session
        WHERE user_id = $1 AND ended_at IS NULL AND last_seen_at > $2 AND created_at > $3";
    KNOWN_BROWSER(session) = "SELECT id FROM session WHERE user_id = $1 AND ended_at IS NULL AND user_agent = $2 AND network = $3 LIMIT 1";
    DROP_SESSIONS(session) = "DELETE FROM session WHERE created_at <= $1";
}

impl Store {
    /// Begins a session. The oldest of the person's others ends where there are more than [`PER_PERSON`].
    pub async fn create_session(&self, session: &SessionRecord, user_agent: Option<&str>, network: Option<&str>) -> Result<(), Fault> {
        let create: Vec<Value> = vec![
            session.id.into(),
            session.user.into(),
            session.token_hash.into(),
            session.created_at.into(),
            session.signed_in_at.into(),
            session.last_seen_at.into(),
            user_agent.into(),
            network.into(),
        ];
        let (user, now) = (session.user, session.created_at);
        self.db()
            .write(move |tx| {
                let create = create.clone();
                Box::pin(async move {
                    tx.execute(&HOLD_PERSON, &[user.into()]).await?;
                    tx.execute(&CREATE_SESSION, &create).await?;
                    tx.execute(&END_OLDEST, &[now.into(), user.into(), PER_PERSON.into()]).await?;
                    Ok(())
                })
            })
            .await
    }
    /// The session of this id, whoever asks: its record makes the principal of whoever holds the token.
    pub async fn find_session(&self, id: SessionId) -> Result<Option<SessionRecord>, Fault> {
        self.db().query_one(&FIND_SESSION, &[id.into()]).await?.as_ref().map(record).transpose()
    }
    /// A session as its owner sees it: for the mail that tells them of it. One that has ended no longer says from where it came.
    pub async fn see_session(&self, id: SessionId) -> Result<Option<SessionRow>, Fault> {
        self.db().query_one(&SEE_SESSION, &[id.into()]).await?.as_ref().map(shown).transpose()
    }
    /// Notes that the session was used: at most once a minute, so that reading a page writes nothing.
    pub async fn touch_session(&self, session: &SessionRecord) -> Result<(), Fault> {
        let now = self.now();
        if now < session.last_seen_at + TOUCH {
            return Ok(());
        }
        self.db().execute(&TOUCH_SESSION, vec![now.into(), session.id.into(), (now - TOUCH).into()]).await.map(drop)
    }
    /// Ends one of one's own sessions. `false`: there is none of that id, or it has ended.
    pub async fn end_session(&self, permit: &Permit<op::Own>, id: SessionId) -> Result<bool, Fault> {
        let Some(user) = permit.user() else { return Ok(false) };
        Ok(self.db().execute(&END_SESSION, vec![self.now().into(), id.into(), user.into()]).await? == 1)
    }
    /// Ends all of one's own sessions but one. Answers how many.
    pub async fn end_other_sessions(&self, permit: &Permit<op::Own>, but: SessionId) -> Result<u64, Fault> {
        let Some(user) = permit.user() else { return Ok(0) };
        self.db().execute(&END_SESSIONS, vec![self.now().into(), user.into(), but.into()]).await
    }
    /// Ends all sessions of a user: after a suspension or deletion, or when an address is first proven. Answers how many.
    pub async fn end_sessions_of(&self, user: UserId) -> Result<u64, Fault> {
        self.db().execute(&END_SESSIONS, vec![self.now().into(), user.into(), SessionId::from_u128(0).into()]).await
    }
    /// One's own live sessions, the newest first.
    pub async fn list_sessions(&self, permit: &Permit<op::Own>) -> Result<Vec<SessionRow>, Fault> {
        let Some(user) = permit.user() else { return Ok(Vec::new()) };
        let now = self.now();
        let idle = now - guildhall_core::session::IDLE;
        let rows = self.db().query(&LIST_SESSIONS, &[user.into(), idle.into(), (now - LONGEST).into(), PER_PERSON.into()]).await?;
        rows.iter().map(shown).collect()
    }
    /// How many live sessions somebody has: shown to who is about to remove them.
    pub async fn count_sessions(&self, user: UserId) -> Result<u64, Fault> {
        let now = self.now();
        let values = [user.into(), (now - guildhall_core::session::IDLE).into(), (now - LONGEST).into()];
        self.db().query_one(&COUNT_SESSIONS, &values).await?.map_or(Ok(0), |row| row.u64("n"))
    }
    /// Whether this user has a live session of the same browser and network: else a sign-in is worth a mail.
    pub async fn knows_browser(&self, user: UserId, user_agent: &str, network: &str) -> Result<bool, Fault> {
        Ok(self.db().query_one(&KNOWN_BROWSER, &[user.into(), user_agent.into(), network.into()]).await?.is_some())
    }
}

fn record(row: &Row) -> Result<SessionRecord, Fault> {
    Ok(SessionRecord {
        id: row.id("id")?,
        user: row.id("user_id")?,
        token_hash: row.hash("token_hash")?,
        created_at: row.time("created_at")?,
        signed_in_at: row.time("signed_in_at")?,
        last_seen_at: row.time("last_seen_at")?,
        ended_at: row.opt("ended_at", Row::time)?,
    })
}

fn shown(row: &Row) -> Result<SessionRow, Fault> {
    Ok(SessionRow {
        id: row.id("id")?,
        created_at: row.time("created_at")?,
        signed_in_at: row.time("signed_in_at")?,
        last_seen_at: row.time("last_seen_at")?,
        user_agent: row.opt("user_agent", Row::text)?,
        network: row.opt("network", Row::text)?,
    })
}
