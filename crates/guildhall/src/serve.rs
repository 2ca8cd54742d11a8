//! `serve`: the real thing.

use crate::{At, configuration, signals};
use guildhall_server::{build, serve, sign_in, telemetry};
use tokio::net::TcpListener;

pub(crate) async fn run(at: &At) -> anyhow::Result<()> {
    let config = configuration::load(at)?;
    telemetry::start(&config.log).map_err(anyhow::Error::msg)?;
    telemetry::metrics();
    tokio::spawn(telemetry::gather());
    let stop = signals::stop()?;
    let (listen, public) = (config.http.listen, config.http.public_url.clone());
    let (mails, model) = (config.mail.is_some(), config.model.clone());
    let app = build(config).await?;
    let listener = TcpListener::bind(listen).await.map_err(|error| anyhow::anyhow!("can't listen on {listen} (`http.listen`): {error}"))?;
    say!("Guildhall serves `{model}` at {public}");
    if !mails {
        say!("No mail server is configured: no mail leaves, and nobody can sign in by mail.");
    }
    if app.store().list_operators().await.map_err(anyhow::Error::msg)?.is_empty()
        && let Some(link) = sign_in::operator::link(&app).await.map_err(failed)?
    {
        say!("There is no operator yet. This link makes the first one, once, within 24 hours:\n{link}");
    }
    serve(app, listener, stop).await?;
    say!("Guildhall has stopped.");
    Ok(())
}

/// A failure of an action, as the command line says it.
pub(crate) fn failed(failure: guildhall_server::Failure) -> anyhow::Error {
    if let guildhall_server::Failure::Rejected(errors) = &failure {
        let all: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.pointer, error.what)).collect();
        return anyhow::anyhow!(all.join("; "));
    }
    if let guildhall_server::Failure::Fault(fault) = failure {
        return anyhow::anyhow!(fault);
    }
    anyhow::anyhow!("{} ({failure:?})", failure.code())
}
