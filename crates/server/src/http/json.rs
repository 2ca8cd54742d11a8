//! Bodies and queries of the API, read strictly: unknown fields, wrong types and too much are refused, with the place.

use super::objects::Objects;
use crate::{App, Failure, failure::FieldError};
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_path_to_error::{Path, Segment};
use std::fmt::Write as _;

/// What most bodies may be.
pub const ONE_MIB: usize = 1024 * 1024;
/// Lists of invitations.
pub const FOUR_MIB: usize = 4 * ONE_MIB;

/// A JSON body of at most `MAX` bytes; also answers as one. Types say `deny_unknown_fields`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json<T, const MAX: usize = ONE_MIB>(pub T);

impl<T: DeserializeOwned, const MAX: usize> FromRequest<App> for Json<T, MAX> {
    type Rejection = Failure;
    async fn from_request(request: Request, _: &App) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        if !is_json(&parts.headers) {
            return Err(Failure::UnsupportedMediaType { expected: "application/json" });
        }
        read(&bounded(body, MAX).await?).map(Self)
    }
}

impl<T: Serialize, const MAX: usize> IntoResponse for Json<T, MAX> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Reads a body that is already here, as [`Json`] does.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    if bytes.is_empty() {
        return Err(Failure::Malformed("it is empty at line 1 column 1; expected a JSON object".to_owned()));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Objects::new(&mut deserializer)).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => Failure::rejected(pointer, plain(&inner)),
            serde_json::error::Category::Io | serde_json::error::Category::Syntax | serde_json::error::Category::Eof => {
                Failure::Malformed(inner.to_string())
            }
        }
    })?;
    deserializer.end().map_err(|error| Failure::Malformed(error.to_string()))?;
    Ok(value)
}

/// Without "at line 1 column 20": the pointer says where.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(what, _)| what.to_owned())
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                let _ = write!(pointer, "/{index}");
            }
            Segment::Map { key } => {
                let _ = write!(pointer, "/{}", key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Reads a body of at most so many bytes.
pub async fn bounded(body: Body, at_most: usize) -> Result<Bytes, Failure> {
    axum::body::to_bytes(body, at_most).await.map_err(|error| {
        let too_large = std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("length limit"));
        if too_large { Failure::TooLarge { at_most } } else { Failure::Malformed("the body ended early".to_owned()) }
    })
}

/// The query, read as strictly; what is wrong is placed as `?name`.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        let text = parts.uri.query().unwrap_or_default();
        if parts.uri.path().starts_with("/v1/") {
            only_text(text)?;
        }
        let deserializer = serde_html_form::Deserializer::from_bytes(text.as_bytes());
        serde_path_to_error::deserialize(deserializer).map(Self).map_err(|error| {
            let pointer = format!("?{}", error.path().to_string().trim_start_matches('.'));
            let what = error.into_inner().to_string();
            Failure::Rejected(vec![FieldError { pointer, what: if what == TWICE { "given more than once".to_owned() } else { what } }])
        })
    }
}

/// What the reader of queries says where one value belongs and several stand.
const TWICE: &str = "unsupported value";

/// Refuses what no stored text holds: a zero byte, which one database takes for a fault, and what isn't UTF-8.
fn only_text(query: &str) -> Result<(), Failure> {
    let says_so_itself = query.to_ascii_uppercase().contains("%EF%BF%BD");
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let has = |wrong: char| name.contains(wrong) || value.contains(wrong);
        let pointer = || format!("?{}", name.replace(['\0', char::REPLACEMENT_CHARACTER], ""));
        if has('\0') {
            return Err(Failure::rejected(pointer(), "holds a zero byte (U+0000)"));
        }
        if has(char::REPLACEMENT_CHARACTER) && !says_so_itself {
            return Err(Failure::rejected(pointer(), "is not UTF-8"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Outer {
        rows: Vec<Inner>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Inner {
        address: String,
    }

    #[test]
    fn l_33_what_is_wrong_is_placed_by_a_json_pointer() {
        let Err(Failure::Rejected(errors)) = read::<Outer>(br#"{"rows":[{"address":"a"},{"adress":"b"}]}"#) else { panic!() };
        assert_eq!(errors[0].pointer, "/rows/1/adress");
        assert!(errors[0].what.starts_with("unknown field `adress`"), "{}", errors[0].what);
        let Err(Failure::Rejected(errors)) = read::<Outer>(br#"{"rows":[{"address":7}]}"#) else { panic!() };
        assert_eq!(errors[0].pointer, "/rows/0/address");
        for (lists, place) in [(&br#"[[{"address":"a"}]]"#[..], ""), (br#"{"rows":[{"address":"a"},["b"]]}"#, "/rows/1")] {
            let Err(Failure::Rejected(errors)) = read::<Outer>(lists) else { panic!("read a list as an object") };
            assert_eq!((errors[0].pointer.as_str(), errors[0].what.as_str()), (place, "a list; expected an object"));
        }
        assert!(matches!(read::<Outer>(b"{\"rows\":["), Err(Failure::Malformed(_))));
        assert!(matches!(read::<Outer>(b"{\"rows\":[]} x"), Err(Failure::Malformed(_))));
    }
}
