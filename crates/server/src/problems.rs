//! `/problems/{code}`: the page behind every failure's `type`, and the list of them that the docs hold.

use crate::{
    App, Failure,
    http::{FormToken, Path, problem},
    portal::view::{Action, How, outside::ErrorPage},
    refusals::{self, Described},
    sign_in::page,
};
use askama::Template as _;
use axum::{
    Router,
    extract::State,
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use guildhall_core::Model;

pub fn routes() -> Router<App> {
    Router::new().route("/problems/{code}", get(one))
}

/// An example of every failure, refusals last: what the docs and the pages are made of.
pub fn examples() -> Vec<Failure> {
    let mut all = vec![
        Failure::Malformed("expected value at line 1 column 1".to_owned()),
        Failure::rejected("/address", "an address is missing; one looks like `ann@example.org`"),
        Failure::NotSignedIn,
        Failure::NotFound,
        Failure::NotAllowed { what: "member.remove".to_owned(), who_could: vec!["Owner".to_owned(), "Admin".to_owned()] },
        Failure::Forged,
        Failure::StepUp,
        Failure::Limited { retry_at: guildhall_core::Timestamp(0), limit: "requests" },
        Failure::TooLarge { at_most: 1024 * 1024 },
        Failure::UnsupportedMediaType { expected: "application/json" },
        Failure::MethodNotAllowed,
        Failure::NotAcceptable,
        Failure::TimedOut,
        Failure::IdempotencyConflict("The key was used for another request."),
        Failure::AnswerLost,
        Failure::Fault(guildhall_store::Fault::Closed),
        Failure::broken("an example"),
    ];
    all.extend(refusals::examples().into_iter().map(Failure::Refused));
    all
}

async fn one(State(app): State<App>, Path(code): Path<String>, FormToken(token): FormToken) -> Result<Response, Failure> {
    let failure = examples().into_iter().find(|failure| failure.code() == code).ok_or(Failure::NotFound)?;
    let Described { title, detail, remedy } = problem::words(&failure, app.model());
    let view = ErrorPage {
        page: page::outside(&app, title, token),
        status: failure.status().as_u16(),
        heading: title.to_owned(),
        lead: format!("For example: {detail} {remedy}"),
        reference: None,
        actions: vec![Action::new("Go to the start", How::Page, "/")],
        organizations: Vec::new(),
        footer: Vec::new(),
    };
    let html = view.render().map_err(|error| Failure::broken(error.to_string()))?;
    Ok(Html(html).into_response())
}

/// `docs/refusals.md`: every `type` with its status and words, in one model's own.
pub fn document(model: &Model) -> String {
    let mut out = String::from(
        "# What an answer says when something wasn't done\n\n\
         Written by a test. Every failing answer is `application/problem+json` (RFC 9457); `type` is `/problems/` and the code below.\n\n\
         | code | status | title | for example | then |\n|---|---|---|---|---|\n",
    );
    for failure in examples() {
        let Described { title, detail, remedy } = problem::words(&failure, model);
        let line = format!("| `{}` | {} | {title} | {detail} | {remedy} |\n", failure.code(), failure.status().as_u16());
        out.push_str(&line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l_33_the_docs_list_every_failure() {
        let model = Model::preset("standard").unwrap();
        let written = document(&model);
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/refusals.md");
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        if found != written {
            std::fs::write(&path, &written).unwrap();
            panic!("docs/refusals.md was out of date; it is written anew: look at it and commit it");
        }
    }

    #[test]
    fn every_failure_has_a_code_of_its_own_and_whole_sentences() {
        let model = Model::preset("workjet").unwrap();
        let mut codes: Vec<&str> = examples().iter().map(Failure::code).collect();
        codes.sort_unstable();
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "{codes:?}");
        for failure in examples() {
            let Described { title, detail, remedy } = problem::words(&failure, &model);
            for text in [&detail, &remedy] {
                assert!(text.ends_with('.'), "{title}: {text}");
            }
        }
    }
}
