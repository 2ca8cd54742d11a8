//! The parts put together, and the server that runs until it is told to stop.

pub mod connections;

use crate::{
    App, Config, api, demo, deployment_key, health,
    http::{answer, assets, leftover, limits::Requests, shell},
    jobs,
    mail::{
        Catalogue, Post,
        smtp::Smtp,
        worker::{self, Way},
    },
    problems,
    sign_in::{self, provider::Providers},
};
use axum::{Router, middleware};
use connections::Limits;
use guildhall_access::{Model, model::Located};
use guildhall_store::{OpenError, Options, Store};
use std::{io, path::Path, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch};

/// How long what is under way may take to end, after a stop.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// Why there is nothing to serve. Each is printed as it is.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{}", all(.0))]
    Located(Vec<Located>),
    #[error("{path}: {why}")]
    File { path: String, why: io::Error },
    #[error("{path}: this is no key file; it holds 64 hexadecimal digits")]
    KeyFile { path: String },
    #[error("{path}: can be read by others (mode {mode:o}), who could make every link; `chmod 600` it")]
    KeyOpen { path: String, mode: u32 },
    #[error(
        "{path}: the key that this database was made with is missing; put it back, or let a new one be made with \
         `guildhall deployment-key accept`: links and codes that were mailed end with the old one"
    )]
    KeyLost { path: String },
    #[error(
        "the database was made with another deployment key; give that one, or take this one for good with \
         `guildhall deployment-key accept`: links and codes that were mailed end with the old one"
    )]
    OtherKey,
    #[error(transparent)]
    Store(#[from] OpenError),
    #[error("{0}")]
    Other(String),
}

fn all(problems: &[Located]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

pub(crate) fn file(path: &Path) -> impl Fn(io::Error) -> StartError {
    let path = path.display().to_string();
    move |why| StartError::File { path: path.clone(), why }
}

/// Whether that is a preset's name, not a file's.
pub(crate) fn is_preset(name: &str) -> bool {
    !name.contains(['/', '\\', '.'])
}

/// The model that the configuration names: a preset, or a file.
pub fn model(name: &str) -> Result<Model, StartError> {
    if is_preset(name) {
        return Model::preset(name).map_err(StartError::Located);
    }
    let text = std::fs::read_to_string(name).map_err(file(Path::new(name)))?;
    Model::load(name, &text).map_err(StartError::Located)
}

/// The one cryptography of all TLS here. A second call changes nothing.
pub fn prepare_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Opens everything the configuration speaks of, with the machine's clock.
pub async fn build(config: Config) -> Result<App, StartError> {
    let model = Arc::new(model(&config.model)?);
    let options = Options::new(config.database_url.clone(), model);
    build_with(config, options).await
}

/// The same for a command that may run beside the server.
pub async fn build_beside(config: Config) -> Result<App, StartError> {
    let options = Options::new(config.database_url.clone(), Arc::new(model(&config.model)?));
    prepare(&config)?;
    let store = Store::open_beside(options).await?;
    assemble(config, store).await
}

/// The same as [`build`], with a clock and a source of ids of one's own.
pub async fn build_with(config: Config, options: Options) -> Result<App, StartError> {
    prepare(&config)?;
    let store = Store::open(options).await?;
    assemble(config, store).await
}

/// What there must be before the database is opened: TLS and its folder.
pub(crate) fn prepare(config: &Config) -> Result<(), StartError> {
    prepare_tls();
    let embedded = config.database_url.strip_prefix("sqlite://").and_then(|path| Path::new(path).parent());
    if let Some(folder) = embedded.filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(file(folder))?;
    }
    Ok(())
}

async fn assemble(config: Config, store: Store) -> Result<App, StartError> {
    let key = deployment_key::of(&config.key, &store).await?;
    let providers = Providers::new(&config).map_err(StartError::Other)?;
    let post = Post::new(Catalogue::english());
    Ok(App::new(crate::Parts { store, config, key, providers, post }))
}

/// Every route, with all that surrounds it.
pub fn router(app: &App) -> Router {
    router_with(app, Router::new())
}

/// The same, with more routes inside: a host's own, or a test's.
pub fn router_with(app: &App, more: Router<App>) -> Router {
    let requests = Arc::new(Requests::default());
    let mut routes = Router::new()
        .merge(api::routes(app))
        .merge(crate::portal::router())
        .merge(sign_in::portal::routes())
        .merge(crate::mail::portal::routes())
        .merge(sign_in::operator::routes())
        .merge(assets::routes())
        .merge(problems::routes())
        .merge(health::routes())
        .merge(more);
    if app.is_demo() {
        routes = routes.merge(demo::routes());
    }
    routes
        .fallback(async || crate::Failure::NotFound)
        .method_not_allowed_fallback(async || crate::Failure::MethodNotAllowed)
        .layer(middleware::from_fn_with_state(app.clone(), shell::guarded))
        .layer(middleware::from_fn_with_state((app.clone(), requests), shell::limited))
        .layer(middleware::from_fn_with_state(app.clone(), answer::answer))
        .layer(middleware::from_fn_with_state(app.clone(), shell::outermost))
        .layer(middleware::from_fn(leftover::taken))
        .with_state(app.clone())
}

/// Serves until `stop` turns true; then lets what is under way end.
pub async fn serve(app: App, listener: TcpListener, stop: watch::Receiver<bool>) -> Result<(), StartError> {
    let way = match &app.config().mail {
        _ if app.is_demo() => Way::Mailbox,
        Some(mail) => Way::Smtp(Box::new(Smtp::new(mail).map_err(StartError::Other)?)),
        None => Way::Nowhere,
    };
    let mails = tokio::spawn(worker::run(app.clone(), way, stop.clone()));
    let chores = tokio::spawn(jobs::run(app.clone(), stop.clone()));
    connections::serve(listener, router(&app), Limits::standard(LAST_WORDS), stop).await;
    let _ = tokio::time::timeout(LAST_WORDS, async { tokio::join!(mails, chores) }).await;
    app.store().clone().close().await;
    Ok(())
}
