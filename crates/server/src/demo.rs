//! The demo: people in every state, the mailbox that shows what was "sent", and links that sign in. Never part of `serve`.

mod mailbox;
mod people;
mod seed;
pub mod systems;

pub use seed::{Clock, Seeded, seed};

use crate::{
    App, Config, Failure,
    config::{Founders, KeySource, SignUp},
    http::{FormToken, Path, ReturnTo},
    sign_in::{
        Arrived, Asked,
        portal::arrived_page,
        session::{self, Account, By},
    },
    users,
};
use axum::{Router, extract::State, http::Method, response::Response, routing::get};
use guildhall_core::{UserId, tenant::Standing};
use std::{net::SocketAddr, path::Path as FilePath};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/mailbox", get(mailbox::list)).route("/mailbox/{id}", get(mailbox::one)).route("/demo/{token}", get(enter))
}

/// A configuration for a folder and a port, open to anyone.
pub fn config(model: &str, folder: &FilePath, listen: SocketAddr) -> Result<Config, crate::StartError> {
    let mut config = Config::standard().map_err(crate::StartError::Located)?;
    model.clone_into(&mut config.model);
    folder.clone_into(&mut config.data);
    config.database_url = format!("sqlite://{}", folder.join("guildhall.db").display());
    config.key = KeySource::File(folder.join("guildhall.key"));
    config.http.listen = listen;
    config.http.public_url = format!("http://{listen}");
    config.sign_up = SignUp::Open;
    config.organizations = Founders::Anyone;
    config.demo = true;
    Ok(config)
}

/// The address that signs in as this person.
pub fn link_for(app: &App, user: UserId) -> String {
    app.url(&format!("/demo/{user}.{}", app.key().derive("demo").tag(&user.to_string())))
}

async fn enter(
    State(app): State<App>,
    method: Method,
    Path(token): Path<String>,
    asked: Asked,
    FormToken(form_token): FormToken,
) -> Result<Response, Failure> {
    let (user, tag) = token.split_once('.').ok_or(Failure::NotFound)?;
    if method != Method::GET || !app.key().derive("demo").check_tag(user, tag) {
        return Err(Failure::NotFound);
    }
    let user: UserId = user.parse().map_err(|_| Failure::NotFound)?;
    let begun = session::begin(&app, &asked, user, By::Demo, Account::Known).await?;
    let mine = users::organizations(&app, &begun.principal).await?;
    let first = mine.iter().filter(|it| it.standing == Standing::Active && !it.personal).min_by_key(|it| it.joined_at);
    let home = first.map(|it| ReturnTo::from(format!("/o/{}", it.slug))).unwrap_or_default();
    arrived_page(&app, form_token, Arrived::In(begun), &home)
}
