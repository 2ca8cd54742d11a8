//! `demo`: made-up people in a fresh folder, one system or all of them in one process.

use crate::{serve::failed, signals};
use anyhow::Context as _;
use guildhall_server::{
    App, build_with,
    config::Log,
    demo::{self, Clock, systems},
    serve, telemetry,
};
use guildhall_store::Options;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// A system that runs, and its listener.
struct Running {
    app: App,
    listener: TcpListener,
    doors: Vec<(String, String)>,
}

pub(crate) async fn run(model: Option<String>, port: u16) -> anyhow::Result<()> {
    telemetry::start(&Log { json: false, level: "warn".to_owned() }).map_err(anyhow::Error::msg)?;
    telemetry::metrics();
    let stop = signals::stop()?;
    let folder = tempfile::Builder::new().prefix("guildhall-demo-").tempdir()?;
    match model {
        Some(model) => one(&model, folder.path(), port, stop).await?,
        None => all(folder.path(), port, stop).await?,
    }
    say!("The demo has stopped; its folder is gone.");
    Ok(())
}

/// What comes of it; `None` where it was told to stop before.
async fn unless_stopped<T>(stop: &watch::Receiver<bool>, work: impl Future<Output = T>) -> Option<T> {
    let mut stop = stop.clone();
    tokio::select! {
        done = work => Some(done),
        _ = stop.wait_for(|stop| *stop) => None,
    }
}

async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.with_context(|| format!("{address}: give another `--port`"))
}

async fn start(model: &str, folder: &Path, port: u16) -> anyhow::Result<Running> {
    let listener = listen(port).await?;
    let config = demo::config(model, folder, listener.local_addr()?)?;
    let clock = Clock::default();
    let shown = clock.clone();
    let mut options = Options::new(config.database_url.clone(), Arc::new(guildhall_server::model(model)?));
    options.clock = Arc::new(move || shown.now());
    let app = build_with(config, options).await?;
    let seeded = demo::seed(&app, &clock).await.map_err(failed).with_context(|| format!("filling `{model}`"))?;
    let doors = seeded.people.into_iter().map(|(label, user)| (label, demo::link_for(&app, user))).collect();
    Ok(Running { app, listener, doors })
}

async fn one(model: &str, folder: &Path, port: u16, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    say!("Filling `{model}` with people …");
    let Some(running) = unless_stopped(&stop, start(model, folder, port)).await.transpose()? else { return Ok(()) };
    say!("{} is at {}", running.app.model().title, running.app.base_url());
    for (label, link) in &running.doors {
        say!("  {label}: {link}");
    }
    say!("Mails: {}   API: {}   Ctrl-C stops it.", running.app.url("/mailbox"), running.app.url("/api"));
    serve(running.app, running.listener, stop).await?;
    Ok(())
}

async fn all(folder: &Path, port: u16, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let first = listen(port).await?;
    say!("Filling six systems with people …");
    let mut starting = JoinSet::new();
    for (n, preset) in (0_u16..).zip(guildhall_access::model::presets()) {
        let place = folder.join(preset.id);
        // Port 0 lets the machine choose, for tests.
        let port = if port == 0 { 0 } else { port + 1 + n };
        starting.spawn(async move { start(preset.id, &place, port).await.map(|running| (n, running)) });
    }
    let mut running = Vec::new();
    loop {
        let Some(next) = unless_stopped(&stop, starting.join_next()).await else { return Ok(()) };
        let Some(started) = next else { break };
        running.push(started??);
    }
    running.sort_by_key(|(n, _)| *n);
    let offered = running.iter().map(|(_, running)| offer(running)).collect();
    say!("Guildhall's demo is at http://{}", first.local_addr()?);
    let mut serving = JoinSet::new();
    for (_, Running { app, listener, doors }) in running {
        say!("{} is at {}", app.model().title, app.base_url());
        if let Some((label, link)) = doors.first() {
            say!("  {label}: {link}");
        }
        let stop = stop.clone();
        serving.spawn(async move { serve(app, listener, stop).await });
    }
    say!("Ctrl-C stops it.");
    let mut stopping = stop.clone();
    axum::serve(first, systems::router(offered))
        .with_graceful_shutdown(async move {
            let _ = stopping.wait_for(|stop| *stop).await;
        })
        .await?;
    while let Some(served) = serving.join_next().await {
        served??;
    }
    Ok(())
}

fn offer(running: &Running) -> systems::Offered {
    let model = running.app.model();
    let roles = model.roles.len();
    systems::Offered {
        title: model.title.clone(),
        description: format!("{} permissions, {roles} roles, from presets/{}.toml.", model.permissions.len(), model.id),
        doors: running.doors.clone(),
        mailbox: running.app.url("/mailbox"),
        api: running.app.url("/api"),
    }
}
