//! To a provider and back.

use super::{Back, Nothing, arrived_page, go, show, sign_in_at, sign_in_page, told};
use crate::{
    App, Failure,
    http::{Form, FormToken, Path, Person, Query},
    place,
    portal::view::{Action, How, Look, Notice, Tone},
    sign_in::{
        Asked,
        provider::{self, Returned},
    },
};
use axum::{
    Router,
    extract::State,
    http::{Method, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in/provider/{id}", post(to_provider))
        .route("/sign-in/provider/{id}/link", post(link_provider))
        .route("/sign-in/provider/{id}/callback", get(from_provider))
}

async fn to_provider(
    State(app): State<App>,
    Path(id): Path<String>,
    asked: Asked,
    Query(back): Query<Back>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let url = provider::start(&app, &asked, &id, None, &back.return_to).await?;
    Ok(go(url.as_str()))
}

/// Links a provider's account to the one that is signed in. Asks for a fresh sign-in.
async fn link_provider(
    State(app): State<App>,
    Path(id): Path<String>,
    Person(who): Person,
    asked: Asked,
    Query(back): Query<Back>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    place::stepped_up(&app, &who)?;
    let url = provider::start(&app, &asked, &id, Some(&who), &back.return_to).await?;
    Ok(go(url.as_str()))
}

#[derive(Debug, Deserialize)]
struct Callback {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

async fn from_provider(
    State(app): State<App>,
    method: Method,
    Path(id): Path<String>,
    asked: Asked,
    FormToken(token): FormToken,
    Query(callback): Query<Callback>,
) -> Result<Response, Failure> {
    if method != Method::GET {
        return Err(Failure::MethodNotAllowed);
    }
    let returned = provider::finish(&app, &asked, &id, &callback.code, &callback.state).await?;
    returned_page(&app, token, returned)
}

/// What follows when a browser comes back from a provider.
pub fn returned_page(app: &App, token: String, returned: Returned) -> Result<Response, Failure> {
    match returned {
        Returned::Arrived { arrived, return_to } => arrived_page(app, token, arrived, &return_to),
        Returned::Linked { return_to } => Ok(go(return_to.path())),
        Returned::ProveFirst { address, remember, return_to } => {
            let notice = Notice::new(
                Tone::Neutral,
                "We can't be sure that this address is yours. We mail you a code once; after that, signing in with the provider is enough.",
            );
            let view = sign_in_page(app, token, &return_to, address.typed().to_owned(), None, Some(notice));
            let mut response = show(StatusCode::OK, &view)?;
            response.headers_mut().append(header::SET_COOKIE, remember);
            Ok(response)
        }
        Returned::Failed { return_to } => told(
            app,
            token,
            "That didn't work",
            "The provider didn't confirm who you are, or it took too long. Nothing was changed.",
            vec![Action { look: Look::Primary, ..Action::new("Try again", How::Page, &sign_in_at(&return_to)) }],
        ),
    }
}
