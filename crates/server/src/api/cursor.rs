//! Where a page goes on: opaque, signed, and good only for the list it came from.

use crate::{App, Failure};
use data_encoding::BASE64URL_NOPAD;
use guildhall_store::Cursor;

/// The longest cursor that is read.
const LONGEST: usize = 2_048;

/// The cursor's text. `list` says which list, in which order: elsewhere it is none.
pub fn seal(app: &App, list: &str, cursor: &Cursor) -> String {
    let body = BASE64URL_NOPAD.encode(cursor.encode().as_bytes());
    let tag = app.key().derive("cursor").tag(&format!("{list}\n{body}"));
    format!("{body}.{tag}")
}

/// Reads it back; `name` is the query's field that held it.
pub fn open(app: &App, list: &str, name: &str, text: &str) -> Result<Cursor, Failure> {
    let read = || {
        let (body, tag) = text.split_once('.').filter(|_| text.len() <= LONGEST)?;
        if !app.key().derive("cursor").check_tag(&format!("{list}\n{body}"), tag) {
            return None;
        }
        let decoded = BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
        Cursor::decode(std::str::from_utf8(&decoded).ok()?)
    };
    let what = "not a cursor of this list; take `next` or `previous` of a page, or leave it out for the first";
    read().ok_or_else(|| Failure::rejected(format!("?{name}"), what))
}
