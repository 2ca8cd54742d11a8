//! The files pages load, from the binary itself.

use crate::{App, Failure, http::Path, portal::assets};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;

/// `/assets/{path}`: named by its content, so that browsers ask again only for what changed.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, Failure> {
    let asset = assets::find(&path).ok_or(Failure::NotFound)?;
    let tag = format!("\"{}\"", HEXLOWER.encode(&fingerprint(&asset.bytes)));
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.media_type)], asset.bytes).into_response()
    };
    let out = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    let lifetime = if path.starts_with("fonts/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime));
    Ok(response)
}

fn fingerprint(bytes: &[u8]) -> [u8; 8] {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    hash.to_be_bytes()
}

/// Keeps the type in the signature of the router.
pub fn routes() -> axum::Router<App> {
    axum::Router::new().route("/assets/{*path}", axum::routing::get(asset))
}
