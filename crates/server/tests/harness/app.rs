//! How an [`App`] is put together for a test: as the product does it.

use axum::Router;
use guildhall_server::{App, Config, StartError, config::KeySource};
use guildhall_store::Options;

pub async fn app(mut config: Config, options: Options) -> Result<App, StartError> {
    config.database_url.clone_from(&options.url);
    config.key = KeySource::Given([7; 32]);
    guildhall_server::build_with(config, options).await
}

pub fn router(app: &App) -> Router {
    guildhall_server::router(app)
}
