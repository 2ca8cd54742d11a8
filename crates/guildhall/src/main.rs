//! Organizations, people and access for products sold to teams: arguments in, parts built, run.

#[macro_use]
mod print;

mod account;
mod admin;
mod configuration;
mod demo;
mod doctor;
mod model;
mod serve;
mod signals;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, Parser)]
#[command(name = "guildhall", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve portal and API.
    Serve(At),
    /// Serve made-up people in a fresh folder: all systems, or one.
    Demo {
        /// A preset's name or a model file; without it, all systems that come with Guildhall.
        #[arg(long)]
        model: Option<String>,
        /// Where the first page is; systems follow on the next ports.
        #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(..=65_529))]
        port: u16,
    },
    /// The configuration.
    Config {
        #[command(subcommand)]
        what: Configuration,
    },
    /// Look at everything a deployment needs: database, key, mail, providers, clock.
    Doctor(At),
    /// Access models.
    Model {
        #[command(subcommand)]
        what: Model,
    },
    /// Compare the tables with the change log, and check the chain that binds it.
    Verify(At),
    /// The directory: the copies that lists of people are read from.
    Directory {
        #[command(subcommand)]
        what: Directory,
    },
    /// Service keys.
    Key {
        #[command(subcommand)]
        what: Key,
    },
    /// The key that mailed links are made with.
    DeploymentKey {
        #[command(subcommand)]
        what: DeploymentKey,
    },
    /// Accounts.
    Account {
        #[command(subcommand)]
        what: Account,
    },
    /// Operators.
    Operator {
        #[command(subcommand)]
        what: Operator,
    },
}

/// Where the configuration stands.
#[derive(Clone, Debug, clap::Args)]
struct At {
    /// The configuration file; without it `guildhall.toml` here, if there is one.
    #[arg(long, env = "GUILDHALL_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Configuration {
    /// Read the configuration and say all that is wrong with it.
    Check(At),
}

#[derive(Debug, Subcommand)]
enum Model {
    /// The models that come with Guildhall.
    List,
    /// Read a model and say all that is wrong with it.
    Check { model: String },
    /// Print who may do what, as Markdown.
    Matrix { model: String },
    /// Run a model's examples.
    Test {
        model: String,
        /// The examples; without it, the file beside the model.
        #[arg(long)]
        examples: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
enum Key {
    /// Make a service key. It is printed once.
    Create(admin::NewKey),
    /// List the deployment's service keys, or an organization's.
    List {
        #[command(flatten)]
        at: At,
        /// The organization (`org_…`).
        #[arg(long)]
        organization: Option<String>,
    },
    /// Revoke a service key.
    Revoke {
        #[command(flatten)]
        at: At,
        id: String,
        #[command(flatten)]
        why: admin::Why,
    },
}

#[derive(Debug, Subcommand)]
enum DeploymentKey {
    /// Take the configured key for good, or a new one where its file is gone. Mailed links and codes end.
    Accept {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        why: admin::Why,
    },
}

#[derive(Debug, Subcommand)]
enum Account {
    /// Bar an account everywhere, at once, and end its sessions.
    Suspend(account::OneAccount),
    /// Let a suspended account in again.
    Reinstate(account::OneAccount),
}

#[derive(Debug, Subcommand)]
enum Directory {
    /// Write anew what isn't as the tables it copies say. The server must be stopped.
    Rebuild(At),
}

#[derive(Debug, Subcommand)]
enum Operator {
    /// Print a one-time link that makes the first operator.
    Link(At),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain!("guildhall: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments.command)) {
        Ok(code) => code,
        Err(error) => {
            complain!("guildhall: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(at) => serve::run(&at).await.map(|()| ExitCode::SUCCESS),
        Command::Demo { model, port } => demo::run(model, port).await.map(|()| ExitCode::SUCCESS),
        Command::Config { what: Configuration::Check(at) } => configuration::check(&at),
        Command::Doctor(at) => doctor::run(&at).await,
        Command::Model { what } => model::run(what),
        Command::Verify(at) => admin::verify(&at).await,
        Command::Directory { what: Directory::Rebuild(at) } => admin::rebuild_directory(&at).await.map(|()| ExitCode::SUCCESS),
        Command::Key { what } => admin::key(what).await.map(|()| ExitCode::SUCCESS),
        Command::DeploymentKey { what: DeploymentKey::Accept { at, why } } => {
            admin::accept_deployment_key(&at, &why).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Account { what } => account::run(what).await.map(|()| ExitCode::SUCCESS),
        Command::Operator { what: Operator::Link(at) } => admin::operator_link(&at).await.map(|()| ExitCode::SUCCESS),
    }
}
