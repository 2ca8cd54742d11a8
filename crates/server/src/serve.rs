//! The parts put together, and the server that runs until it is told to stop.

use crate::{
    App, Config, api,
    config::KeySource,
    demo, health,
    http::{answer, assets, limits::Requests, shell},
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
use data_encoding::HEXLOWER;
use guildhall_access::{Model, model::Located};
use guildhall_core::link::DeploymentKey;
use guildhall_store::{OpenError, Options, Store};
use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};
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
    #[error(transparent)]
    Store(#[from] OpenError),
    #[error("{0}")]
    Other(String),
}

fn all(problems: &[Located]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn file(path: &Path) -> impl Fn(io::Error) -> StartError {
    let path = path.display().to_string();
    move |why| StartError::File { path: path.clone(), why }
}

/// The model that the configuration names: a preset, or a file.
pub fn model(name: &str) -> Result<Model, StartError> {
    if !name.contains(['/', '\\', '.']) {
        return Model::preset(name).map_err(StartError::Located);
    }
    let text = std::fs::read_to_string(name).map_err(file(Path::new(name)))?;
    Model::load(name, &text).map_err(StartError::Located)
}

/// The deployment's key: given, read, or made at the first start, readable by its owner only.
pub fn key(source: &KeySource) -> Result<DeploymentKey, StartError> {
    let path = match source {
        KeySource::Given(bytes) => return Ok(DeploymentKey::new(*bytes)),
        KeySource::File(path) => path,
    };
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
            bytes.map(DeploymentKey::new).ok_or_else(|| StartError::KeyFile { path: path.display().to_string() })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(path),
        Err(error) => Err(file(path)(error)),
    }
}

fn make_key(path: &Path) -> Result<DeploymentKey, StartError> {
    use std::io::Write as _;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| StartError::Other(format!("no random numbers: {error}")))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(file(folder))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut made = options.open(path).map_err(file(path))?;
    made.write_all(format!("{}\n", HEXLOWER.encode(&bytes)).as_bytes()).and_then(|()| made.sync_all()).map_err(file(path))?;
    Ok(DeploymentKey::new(bytes))
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
    let key = prepare(&config)?;
    let store = Store::open_beside(options).await?;
    assemble(config, key, store)
}

/// The same as [`build`], with a clock and a source of ids of one's own.
pub async fn build_with(config: Config, options: Options) -> Result<App, StartError> {
    let key = prepare(&config)?;
    let store = Store::open(options).await?;
    assemble(config, key, store)
}

/// What there must be before the database is opened: TLS, its folder, the key.
fn prepare(config: &Config) -> Result<DeploymentKey, StartError> {
    prepare_tls();
    let embedded = config.database_url.strip_prefix("sqlite://").and_then(|path| Path::new(path).parent());
    if let Some(folder) = embedded.filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(file(folder))?;
    }
    key(&config.key)
}

fn assemble(config: Config, key: DeploymentKey, store: Store) -> Result<App, StartError> {
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
        .with_state(app.clone())
}

/// Serves until `stop` turns true; then lets what is under way end.
pub async fn serve(app: App, listener: TcpListener, mut stop: watch::Receiver<bool>) -> Result<(), StartError> {
    let way = match &app.config().mail {
        _ if app.is_demo() => Way::Mailbox,
        Some(mail) => Way::Smtp(Box::new(Smtp::new(mail).map_err(StartError::Other)?)),
        None => Way::Nowhere,
    };
    let mails = tokio::spawn(worker::run(app.clone(), way, stop.clone()));
    let chores = tokio::spawn(jobs::run(app.clone(), stop.clone()));
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let mut stopping = stop.clone();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    });
    let served = tokio::select! {
        served = async { server.await } => served,
        () = async { let _ = stop.wait_for(|stop| *stop).await; tokio::time::sleep(LAST_WORDS).await; } => Ok(()),
    };
    let _ = tokio::time::timeout(LAST_WORDS, async { tokio::join!(mails, chores) }).await;
    app.store().clone().close().await;
    served.map_err(|error| StartError::Other(error.to_string()))
}
