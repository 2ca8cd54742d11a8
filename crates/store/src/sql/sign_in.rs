//! Sign-ins by mail (link and code) and the way to a provider and back: each used once.

use crate::{
    Fault, Store,
    commit::Check,
    db::{Row, Value, statements},
};
use guildhall_core::{AddressId, Id, SignInId, Timestamp, UserId, id::SignInKind};

/// How many codes may be typed; the last wrong one ends the sign-in, link and all.
pub const CODE_TRIES: u32 = 5;

/// What a mailed link or code proves the mailbox for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    SignIn,
    /// Adding the address to the account of `user`.
    AddAddress,
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::AddAddress => "add_address",
        }
    }
    fn parse(text: &str) -> Option<Self> {
        [Self::SignIn, Self::AddAddress].into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// A sign-in that waits for its link or code. Neither is stored: both are derived from id and generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRow {
    pub id: SignInId,
    pub purpose: Purpose,
    pub address: AddressId,
    /// Who adds the address; `None` for a sign-in, whoever it turns out to be.
    pub user: Option<UserId>,
    pub generation: u32,
    /// SHA-256 of the cookie of the browser that asked.
    pub cookie_hash: [u8; 32],
    /// A path with one leading slash.
    pub return_to: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Codes typed so far.
    pub attempts: u32,
    pub used_at: Option<Timestamp>,
    /// A newer one of the same browser took its place.
    pub ended_at: Option<Timestamp>,
}

/// By which of the two the mailbox was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Link,
    Code,
}

/// A way to a provider: made before the browser leaves, taken when it comes back. The verifier is derived from the id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderFlow {
    pub id: Id<SignInKind>,
    /// The provider's key in the configuration.
    pub provider: String,
    pub state_hash: [u8; 32],
    pub nonce_hash: [u8; 32],
    pub cookie_hash: [u8; 32],
    /// Who links the account from a session; `None` where it signs in.
    pub user: Option<UserId>,
    pub return_to: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

statements! {
    // Takes the address's row: of two requests at once, one is the newest.
    HOLD_ADDRESS(address) = "UPDATE address SET created_at = created_at WHERE id = $1";
    // In the browser that asks anew: anybody may ask for anybody's address, and must not end what the owner waits for.
    END_OLDER(sign_in) = "UPDATE sign_in SET ended_at = $1
        WHERE address = $2 AND purpose = $3 AND cookie_hash = $4 AND used_at IS NULL AND ended_at IS NULL";
    CREATE_SIGN_IN(sign_in) = "INSERT INTO sign_in
        (id, purpose, address, user_id, generation, cookie_hash, return_to, created_at, expires_at, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)";
    FIND_SIGN_IN(sign_in) = "SELECT id, purpose, address, user_id, generation, cookie_hash, return_to, created_at, expires_at, attempts,
        used_at, ended_at FROM sign_in WHERE id = $1";
    COUNT_CODE_TRY(sign_in) = "UPDATE sign_in SET attempts = attempts + 1
        WHERE id = $1 AND used_at IS NULL AND ended_at IS NULL AND expires_at > $2 AND attempts < $3
        RETURNING id, purpose, address, user_id, generation, cookie_hash, return_to, created_at, expires_at, attempts, used_at, ended_at";
    USE_SIGN_IN(sign_in) = "UPDATE sign_in SET used_at = $1
        WHERE id = $2 AND generation = $3 AND used_at IS NULL AND ended_at IS NULL AND expires_at > $1 AND attempts <= $4";
    CREATE_FLOW(provider_flow) = "INSERT INTO provider_flow
        (id, provider, state_hash, nonce_hash, cookie_hash, user_id, return_to, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    TAKE_FLOW(provider_flow) = "DELETE FROM provider_flow WHERE id = $1 AND state_hash = $2 AND expires_at > $3
        RETURNING id, provider, state_hash, nonce_hash, cookie_hash, user_id, return_to, created_at, expires_at";
    DROP_SIGN_INS(sign_in) = "DELETE FROM sign_in WHERE expires_at <= $1";
    DROP_FLOWS(provider_flow) = "DELETE FROM provider_flow WHERE expires_at <= $1";
}

/// Its use as it would be if it could be used again.
#[cfg(debug_assertions)]
pub(crate) static USE_UNCHECKED: crate::db::Statement = crate::db::Statement::new(
    "USE_UNCHECKED",
    "sign_in",
    "UPDATE sign_in SET used_at = $1 WHERE id = $2 AND generation = $3 AND ended_at IS NULL AND expires_at > $1 AND attempts <= $4",
);

impl Store {
    /// Keeps a new sign-in. Those of the same browser, address and purpose that were still open end: the newest only counts there.
    pub async fn create_sign_in(&self, row: &SignInRow) -> Result<(), Fault> {
        let (address, purpose, browser, now) = (row.address, row.purpose.as_str(), row.cookie_hash, row.created_at);
        let create: Vec<Value> = vec![
            row.id.into(),
            purpose.into(),
            address.into(),
            row.user.into(),
            row.generation.into(),
            row.cookie_hash.into(),
            row.return_to.clone().into(),
            now.into(),
            row.expires_at.into(),
        ];
        self.db()
            .write(move |tx| {
                let create = create.clone();
                Box::pin(async move {
                    tx.execute(&HOLD_ADDRESS, &[address.into()]).await?;
                    tx.execute(&END_OLDER, &[now.into(), address.into(), purpose.into(), browser.into()]).await?;
                    tx.execute(&CREATE_SIGN_IN, &create).await?;
                    Ok(())
                })
            })
            .await
    }
    /// The sign-in of this id, whoever asks: nobody is signed in yet. What makes it good is its link or code.
    pub async fn find_sign_in(&self, id: SignInId) -> Result<Option<SignInRow>, Fault> {
        self.db().query_one(&FIND_SIGN_IN, &[id.into()]).await?.as_ref().map(sign_in).transpose()
    }
    /// Takes one of the [`CODE_TRIES`], *before* the code is compared, so that guesses sent at once are no more than those sent in turn.
    /// `None`: used, ended, expired, or no try is left.
    pub async fn count_code_try(&self, id: SignInId) -> Result<Option<SignInRow>, Fault> {
        let values = vec![id.into(), self.now().into(), CODE_TRIES.into()];
        self.db().execute_returning(&COUNT_CODE_TRY, values).await?.first().map(sign_in).transpose()
    }
    /// Uses it, once. `false`: somebody else just did, or it has ended, or five wrong codes were typed.
    pub async fn use_sign_in(&self, id: SignInId, generation: u32, proof: Proof) -> Result<bool, Fault> {
        // The try that brought the right code is counted already.
        let at_most = match proof {
            Proof::Link => CODE_TRIES - 1,
            Proof::Code => CODE_TRIES,
        };
        let values = vec![self.now().into(), id.into(), generation.into(), at_most.into()];
        let once = match self.inner.check {
            Check::Revision => &USE_SIGN_IN,
            #[cfg(test)]
            Check::Nothing => &USE_SIGN_IN,
            #[cfg(debug_assertions)]
            Check::Neither => &USE_UNCHECKED,
        };
        Ok(self.db().execute(once, values).await? == 1)
    }
    /// Keeps the way to a provider until the browser comes back.
    pub async fn create_provider_flow(&self, flow: &ProviderFlow) -> Result<(), Fault> {
        let values = vec![
            flow.id.into(),
            flow.provider.as_str().into(),
            flow.state_hash.into(),
            flow.nonce_hash.into(),
            flow.cookie_hash.into(),
            flow.user.into(),
            flow.return_to.clone().into(),
            flow.created_at.into(),
            flow.expires_at.into(),
        ];
        self.db().execute(&CREATE_FLOW, values).await.map(drop)
    }
    /// Takes it, once and in time. `None`: taken, expired, never made, or with another state.
    pub async fn take_provider_flow(&self, id: SignInId, state_hash: &[u8; 32]) -> Result<Option<ProviderFlow>, Fault> {
        let values = vec![id.into(), state_hash.into(), self.now().into()];
        self.db().execute_returning(&TAKE_FLOW, values).await?.first().map(flow).transpose()
    }
}

fn sign_in(row: &Row) -> Result<SignInRow, Fault> {
    Ok(SignInRow {
        id: row.id("id")?,
        purpose: row.parsed("purpose", Purpose::parse)?,
        address: row.id("address")?,
        user: row.opt("user_id", Row::id)?,
        generation: row.u32("generation")?,
        cookie_hash: row.hash("cookie_hash")?,
        return_to: row.opt("return_to", Row::text)?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        attempts: row.u32("attempts")?,
        used_at: row.opt("used_at", Row::time)?,
        ended_at: row.opt("ended_at", Row::time)?,
    })
}

fn flow(row: &Row) -> Result<ProviderFlow, Fault> {
    Ok(ProviderFlow {
        id: row.id("id")?,
        provider: row.text("provider")?,
        state_hash: row.hash("state_hash")?,
        nonce_hash: row.hash("nonce_hash")?,
        cookie_hash: row.hash("cookie_hash")?,
        user: row.opt("user_id", Row::id)?,
        return_to: row.opt("return_to", Row::text)?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
    })
}
