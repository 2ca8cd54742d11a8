//! Where a page goes on: encrypted, for it holds the name it stands at, and good only for the list it came from.

use crate::{App, Failure};
use data_encoding::BASE64URL_NOPAD;
use guildhall_store::Cursor;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// The longest cursor that is read.
const LONGEST: usize = 2_048;

fn cipher(app: &App) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, &app.key().cipher_key("cursor")).ok().map(LessSafeKey::new)
}

/// The cursor's text. `list` says which list, in which order: elsewhere it is none.
pub fn seal(app: &App, list: &str, cursor: &Cursor) -> String {
    // Only gigabytes can't be sealed; what came of them would be refused when it comes back.
    sealed(app, list, cursor).unwrap_or_default()
}

fn sealed(app: &App, list: &str, cursor: &Cursor) -> Option<String> {
    let mut body = cursor.encode().into_bytes();
    // Drawn from what is sealed, so that no nonce serves two texts, and a page's cursor stays the same.
    let drawn = app.key().cipher_key(&format!("cursor nonce\n{list}\n{}", cursor.encode()));
    let nonce: [u8; NONCE_LEN] = drawn.first_chunk().copied()?;
    cipher(app)?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(list), &mut body).ok()?;
    Some(BASE64URL_NOPAD.encode(&[nonce.as_slice(), &body].concat()))
}

/// Reads it back; `name` is the query's field that held it.
pub fn open(app: &App, list: &str, name: &str, text: &str) -> Result<Cursor, Failure> {
    let read = || {
        let mut sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok().filter(|_| text.len() <= LONGEST)?;
        let (nonce, body) = sealed.split_first_chunk_mut::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = cipher(app)?.open_in_place(nonce, Aad::from(list), body).ok()?;
        Cursor::decode(std::str::from_utf8(opened).ok()?)
    };
    let what = "not a cursor of this list; take `next` or `previous` of a page, or leave it out for the first";
    read().ok_or_else(|| Failure::rejected(format!("?{name}"), what))
}
