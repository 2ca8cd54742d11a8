//! Commands that open the database themselves, beside the server where one runs.

use crate::{At, Key, configuration, serve::failed};
use anyhow::Context as _;
use guildhall_core::{KeyId, OrganizationId, Timestamp, time::Span};
use guildhall_server::{App, build_beside, deployment_key, keys, sign_in};
use guildhall_store::verify::Report;
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
            for row in rows.map_err(failed)? {
                let state = if row.key.is_live(app.now()) { "live" } else { "ended" };
                println!("{}  {state:<5}  {}", row.key.id, row.key.title);
            }
            Ok(())
        }
        Key::Revoke { at, id, why } => {
            let id: KeyId = id.parse().context("the key's id")?;
            keys::revoke(&open(&at).await?, &why.reason, id).await.map_err(failed)?;
            println!("{id} is revoked.");
            Ok(())
        }
    }
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
    eprintln!("{} was made. This is the only time it is shown:", record.id);
    println!("{}", secret.0);
    Ok(())
}

pub(crate) async fn operator_link(at: &At) -> anyhow::Result<()> {
    let app = open(at).await?;
    match sign_in::operator::link(&app).await.map_err(failed)? {
        Some(link) => println!("{link}"),
        None => anyhow::bail!("there is an operator already; a link is made only while there is none"),
    }
    Ok(())
}

pub(crate) async fn accept_deployment_key(at: &At, why: &Why) -> anyhow::Result<()> {
    deployment_key::accept(&configuration::load(at)?, &why.reason).await?;
    println!("The database lives with this key now. Links and codes that were mailed before don't work any more.");
    Ok(())
}

pub(crate) async fn verify(at: &At) -> anyhow::Result<ExitCode> {
    let config = configuration::load(at)?;
    let report = guildhall_store::verify::run(&config.database_url).await?;
    for problem in &report.problems {
        let guildhall_store::verify::Problem { table, id, column, expected, found } = problem;
        println!("{table}, row {id}, column {column}: expected {expected}, found {found}");
    }
    println!("{} changes in {} streams were looked at.", report.n_changes, report.n_streams);
    if report.n_busy > 0 {
        println!("{} streams were written all the time and not checked: stop the server, or run it again.", report.n_busy);
    }
    println!("The log does not determine:");
    for what in Report::NOT_DETERMINED {
        println!("  {what}");
    }
    if report.is_sound() {
        println!("Sound.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} problems.", report.problems.len());
    Ok(ExitCode::FAILURE)
}
