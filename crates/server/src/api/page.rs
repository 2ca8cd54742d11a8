//! What every list of the API looks like.

use super::cursor;
use crate::{App, Failure};
use guildhall_store::{Cursor, Page};
use serde::{Deserialize as _, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;

/// A page of a list. `next` and `previous` are cursors for `after` and `before`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Items<T> {
    pub(crate) items: Vec<T>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// Where the previous page ends; absent on the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<String>,
    /// The tenant's revision the page is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<u64>,
}

impl<T> Items<T> {
    /// A list that fits on one page.
    pub(crate) fn all(items: Vec<T>) -> Self {
        Self { items, next: None, previous: None, revision: None }
    }
    /// A page of a longer one; `list` names it, so that its cursors are good for nothing else.
    pub(crate) fn of<R>(app: &App, list: &str, page: Page<R>, revision: u64, item: impl Fn(R) -> T) -> Self {
        let sealed = |at: Option<Cursor>| at.map(|at| cursor::seal(app, list, &at));
        Self {
            items: page.rows.into_iter().map(item).collect(),
            next: sealed(page.next),
            previous: sealed(page.previous),
            revision: Some(revision),
        }
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) after: Option<Cursor>,
    pub(crate) before: Option<Cursor>,
    pub(crate) limit: u32,
}

/// How many rows a page has where nobody says.
const USUAL: u32 = 50;
/// How many it has at most.
const MOST: u32 = 200;

/// Reads a query's `limit`, which is text.
pub(crate) fn rows<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(from)?;
    let number = text.parse().map_err(|_| D::Error::custom(format!("`{text}` is not a number of rows; 1 to {MOST} fit on a page")))?;
    Ok(Some(number))
}

/// Reads what a query says of pages.
pub(crate) fn window(app: &App, list: &str, after: Option<&str>, before: Option<&str>, limit: Option<u32>) -> Result<Window, Failure> {
    if after.is_some() && before.is_some() {
        return Err(Failure::rejected("?before", "`after` and `before` exclude each other"));
    }
    let limit = limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Failure::rejected("?limit", format!("{limit} rows; 1 to {MOST} fit on a page")));
    }
    let after = after.map(|text| cursor::open(app, list, "after", text)).transpose()?;
    let before = before.map(|text| cursor::open(app, list, "before", text)).transpose()?;
    Ok(Window { after, before, limit })
}

/// What a write that has nothing more to say answers.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// The revision that the change made: of the tenant, or of the user for one's own things.
    pub(crate) revision: u64,
}
