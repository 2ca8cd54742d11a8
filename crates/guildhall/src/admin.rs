//! Commands that open the database themselves, beside the server where one runs.

use crate::{At, Key, configuration, serve::failed};
use anyhow::Context as _;
use guildhall_core::{KeyId, OrganizationId, Timestamp, time::Span};
use guildhall_server::{App, Failure, build, build_beside, deployment_key, deployment_key::Accepted, keys, refusals::moment, sign_in};
use guildhall_store::{KeyRow, verify::Report};
use std::process::ExitCode;

/// Why an operator does something.
#[derive(Debug, clap::Args)]
pub(crate) struct Why {
    /// Why. It is kept with what was done.
    #[arg(long, default_value = "the command line", value_parser = reason)]
    reason: String,
}

/// What a new key is.
#[derive(Debug, clap::Args)]
pub(crate) struct NewKey {
    #[command(flatten)]
    at: At,
    /// What it is for.
    #[arg(long)]
    title: String,
    /// The one organization it belongs to (`org_…`); without it, the deployment.
    #[arg(long)]
    organization: Option<String>,
    /// What it may do: names of operations, with commas, or `*`.
    #[arg(long, value_delimiter = ',', required = true)]
    scopes: Vec<String>,
    /// After how many days it ends; without it, never.
    #[arg(long)]
    days: Option<u16>,
    #[command(flatten)]
    why: Why,
}

/// Why an operator does something: a line that the log keeps.
pub(crate) fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("one line of 1 to 200 characters".to_owned()) }
}

async fn open(at: &At) -> anyhow::Result<App> {
    Ok(build_beside(configuration::load(at)?).await?)
}

pub(crate) async fn key(what: Key) -> anyhow::Result<()> {
    match what {
        Key::Create(new) => create(new).await,
        Key::List { at, organization } => {
            let app = open(&at).await?;
            let rows = match of_organization(organization)? {
                Some(tenant) => keys::list_of(&app, tenant).await,
                None => keys::list(&app).await,
            };
            rows.map_err(failed)?.iter().for_each(|row| say!("{}", line(row, app.now())));
            Ok(())
        }
        Key::Revoke { at, id, why } => {
            let id: KeyId = id.parse().context("the key's id")?;
            match keys::revoke(&open(&at).await?, &why.reason, id).await {
                Err(Failure::NotFound) => anyhow::bail!("there is no live key {id}; `guildhall key list` shows which there are"),
                other => other.map_err(failed)?,
            }
            say!("{id} is revoked.");
            Ok(())
        }
    }
}

/// A key in a list.
fn line(row: &KeyRow, now: Timestamp) -> String {
    let KeyRow { key, last_used_at } = row;
    let scopes: Vec<&str> = key.scopes.iter().map(String::as_str).collect();
    let used = last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", moment(at)));
    let ends = match (key.revoked_at, key.expires_at) {
        (Some(at), _) => format!("revoked {}", moment(at)),
        (None, Some(at)) if key.is_live(now) => format!("ends {}", moment(at)),
        (None, Some(at)) => format!("ended {}", moment(at)),
        (None, None) => "never ends".to_owned(),
    };
    let state = if key.is_live(now) { "live" } else { "ended" };
    format!("{}  {state:<5}  {}  ({}; {ends}; {used})", key.id, key.title, scopes.join(","))
}

fn of_organization(id: Option<String>) -> anyhow::Result<Option<OrganizationId>> {
    id.map(|id| id.parse()).transpose().context("--organization")
}

async fn create(new: NewKey) -> anyhow::Result<()> {
    let app = open(&new.at).await?;
    let tenant = of_organization(new.organization)?;
    let expires_at: Option<Timestamp> = new.days.map(|days| app.now() + Span::days(i64::from(days)));
    let wanted = keys::NewKey { title: new.title, tenant, scopes: new.scopes.into_iter().collect(), expires_at };
    let (record, secret) = keys::create(&app, &new.why.reason, wanted).await.map_err(failed)?;
    complain!("{} was made. This is the only time it is shown:", record.id);
    say!("{}", secret.0);
    Ok(())
}

pub(crate) async fn operator_link(at: &At) -> anyhow::Result<()> {
    let app = open(at).await?;
    match sign_in::operator::link(&app).await.map_err(failed)? {
        Some(link) => say!("{link}"),
        None => anyhow::bail!("there is an operator already; a link is made only while there is none"),
    }
    Ok(())
}

pub(crate) async fn accept_deployment_key(at: &At, why: &Why) -> anyhow::Result<()> {
    let changed = deployment_key::accept(&configuration::load(at)?, &why.reason).await?;
    say!(
        "{}",
        match changed {
            Accepted::Another => "The database lives with this key now. Links and codes that were mailed before don't work any more.",
            Accepted::Already => "The database lives with this key already. Nothing was changed.",
        }
    );
    Ok(())
}

pub(crate) async fn verify(at: &At) -> anyhow::Result<ExitCode> {
    let config = configuration::load(at)?;
    let report = guildhall_store::verify::run(&config.database_url).await?;
    for problem in &report.problems {
        let guildhall_store::verify::Problem { table, id, column, expected, found } = problem;
        say!("{table}, row {id}, column {column}: expected {expected}, found {found}");
    }
    say!("{} changes in {} streams were looked at.", report.n_changes, report.n_streams);
    if report.n_busy > 0 {
        say!("{} streams were written all the time and not checked: stop the server, or run it again.", report.n_busy);
    }
    say!("The log does not determine:");
    for what in Report::NOT_DETERMINED {
        say!("  {what}");
    }
    if report.is_sound() {
        say!("Sound.");
        return Ok(ExitCode::SUCCESS);
    }
    say!("{} problems.", report.problems.len());
    if report.problems.iter().all(|problem| problem.table.starts_with("directory")) {
        say!("All of them are in copies: `guildhall directory rebuild` writes those anew.");
    }
    Ok(ExitCode::FAILURE)
}

pub(crate) async fn rebuild_directory(at: &At) -> anyhow::Result<()> {
    let app = build(configuration::load(at)?).await?;
    match app.store().rebuild_directory().await? {
        0 => say!("The directory is as it should be. Nothing was changed."),
        n => say!("Rows of the directory, its roles, words and counts that were put right: {n}. `guildhall verify` looks at all of it."),
    }
    Ok(())
}
