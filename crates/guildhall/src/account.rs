//! `account`: what an operator does to somebody's account.

use crate::{Account, At, admin, configuration, serve::failed};
use anyhow::Context as _;
use guildhall_core::{UserId, text::Address};
use guildhall_server::{
    App, Failure, StartError, build,
    users::suspension::{self, By},
};
use guildhall_store::OpenError;

/// One account, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct OneAccount {
    #[command(flatten)]
    at: At,
    /// The user's id (`usr_…`) or an address they have proven.
    who: String,
    /// Why. It stands in the log.
    #[arg(long, value_parser = admin::reason)]
    reason: String,
}

pub(crate) async fn run(what: Account) -> anyhow::Result<()> {
    match what {
        Account::Suspend(one) => suspend(one).await,
        Account::Reinstate(one) => reinstate(one).await,
    }
}

/// Opens the database alone. A running server knows by heart who is barred, so beside one this changes nothing.
async fn open(at: &At) -> anyhow::Result<App> {
    match build(configuration::load(at)?).await {
        Ok(app) => Ok(app),
        Err(error @ StartError::Store(OpenError::Locked { .. })) => Err(anyhow::Error::new(error).context(
            "beside a running server, ask it: POST /v1/users/USER/suspend or /reinstate, with a service key of the scope `account.suspend`",
        )),
        Err(error) => Err(error.into()),
    }
}

async fn find(app: &App, who: &str) -> anyhow::Result<UserId> {
    if let Ok(id) = who.parse() {
        return Ok(id);
    }
    let address = Address::parse(who).with_context(|| format!("`{who}` is neither a user's id (`usr_…`) nor an address"))?;
    suspension::who_has(app, &address).await.map_err(|failure| missing(failure, who))
}

fn missing(failure: Failure, who: &str) -> anyhow::Error {
    if matches!(failure, Failure::NotFound) { anyhow::anyhow!("there is no account `{who}`") } else { failed(failure) }
}

async fn suspend(OneAccount { at, who, reason }: OneAccount) -> anyhow::Result<()> {
    let app = open(&at).await?;
    let user = find(&app, &who).await?;
    let done = suspension::suspend(&app, By::Operator { reason }, user).await.map_err(|failure| missing(failure, &who))?;
    say!("{user} is suspended everywhere, and signed out.");
    if !done.value.without_owner.is_empty() {
        say!("These organizations have no other owner who can sign in:");
        for organization in done.value.without_owner {
            say!("  {organization}");
        }
    }
    Ok(())
}

async fn reinstate(OneAccount { at, who, reason }: OneAccount) -> anyhow::Result<()> {
    let app = open(&at).await?;
    let user = find(&app, &who).await?;
    suspension::reinstate(&app, By::Operator { reason }, user).await.map_err(|failure| missing(failure, &who))?;
    say!("{user} may come in again, by signing in.");
    Ok(())
}
