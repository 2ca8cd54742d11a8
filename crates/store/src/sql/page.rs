//! Pages by key: a cursor is where a row stands in the order, never a number of rows, so a page doesn't drift while others join.

use uuid::Uuid;

/// Most rows of one page.
pub const MOST_ROWS: u32 = 200;
/// No character sorts behind it; a name may begin with it.
const LAST_CHARACTER: &str = "\u{10FFFF}";
/// Bytes, and so characters, that no name, handle or address has: so many of the last character sort behind each.
const TOO_LONG: usize = 300;

/// Some rows, and where the pages beside them begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// Give it as `after` for the next page; `None`: this is the last.
    pub next: Option<Cursor>,
    /// Give it as `before` for the page before; `None`: this is the first.
    pub previous: Option<Cursor>,
}

/// Where a row stands in an order. It may hold what it is sorted by, a name: seal it before it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) order: u8,
    pub(crate) key: i64,
    pub(crate) text: String,
    pub(crate) id: Uuid,
}

impl Cursor {
    pub(crate) fn of_id(id: Uuid) -> Self {
        Self { order: 0, key: 0, text: String::new(), id }
    }
    /// As one text; what seals it is the server's.
    pub fn encode(&self) -> String {
        format!("{}.{}.{}.{}", self.order, self.key, self.id.simple(), self.text)
    }
    /// Reads back what [`Cursor::encode`] wrote.
    pub fn decode(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '.');
        let (order, key) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let id = Uuid::try_parse(parts.next()?).ok()?;
        Some(Self { order, key, id, text: parts.next()?.to_owned() })
    }
    fn first(order: u8) -> Self {
        Self { order, key: i64::MIN, text: String::new(), id: Uuid::nil() }
    }
    fn last(order: u8) -> Self {
        Self { order, key: i64::MAX, text: LAST_CHARACTER.repeat(TOO_LONG), id: Uuid::max() }
    }
}

/// Which rows are asked for: read in which direction, from where.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) from: Cursor,
    /// Read in the reverse of the order shown.
    pub(crate) backward: bool,
    /// Read in ascending order of the keys.
    pub(crate) ascending: bool,
    has_from: bool,
    limit: usize,
}

impl Window {
    /// A cursor of another order is no place in this one: then the first page is given.
    pub(crate) fn new(order: u8, descending: bool, after: Option<&Cursor>, before: Option<&Cursor>, limit: u32) -> Self {
        let same = |cursor: &&Cursor| cursor.order == order;
        let (after, before) = (after.filter(same), before.filter(same));
        let backward = after.is_none() && before.is_some();
        let ascending = descending == backward;
        let start = if ascending { Cursor::first(order) } else { Cursor::last(order) };
        let from = after.or(before);
        let limit = limit.clamp(1, MOST_ROWS) as usize;
        Self { has_from: from.is_some(), from: from.cloned().unwrap_or(start), backward, ascending, limit }
    }
    /// One more than the page holds: whether it comes says whether there is another page.
    pub(crate) fn fetch(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }
    pub(crate) fn page<T>(&self, mut rows: Vec<(Cursor, T)>) -> Page<T> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        if self.backward {
            rows.reverse();
        }
        let (has_next, has_previous) = if self.backward { (self.has_from, more) } else { (more, self.has_from) };
        let next = rows.last().filter(|_| has_next).map(|(cursor, _)| cursor.clone());
        let previous = rows.first().filter(|_| has_previous).map(|(cursor, _)| cursor.clone());
        Page { rows: rows.into_iter().map(|(_, row)| row).collect(), next, previous }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_what_it_wrote() {
        let cursor = Cursor { order: 3, key: -7, text: "o'neill. ann".to_owned(), id: Uuid::from_u128(9) };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        for text in ["", "1", "1.2", "1.2.x.", "300.2.00000000000000000000000000000000.a"] {
            assert_eq!(Cursor::decode(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_window_knows_its_neighbours() {
        let at = |id| Cursor { order: 1, ..Cursor::of_id(Uuid::from_u128(id)) };
        let rows = |ids: &[u128]| ids.iter().map(|id| (at(*id), *id)).collect::<Vec<_>>();
        let first = Window::new(1, false, None, None, 2).page(rows(&[1, 2, 3]));
        assert_eq!((first.rows, first.next, first.previous), (vec![1, 2], Some(at(2)), None));
        let last = Window::new(1, false, Some(&at(2)), None, 2).page(rows(&[3]));
        assert_eq!((last.rows, last.next, last.previous), (vec![3], None, Some(at(3))));
        let back = Window::new(1, false, None, Some(&at(3)), 2);
        assert!(!back.ascending);
        let back = back.page(rows(&[2, 1]));
        assert_eq!((back.rows, back.next, back.previous), (vec![1, 2], Some(at(2)), None));
        let other = Window::new(2, false, Some(&at(2)), None, 2);
        assert_eq!(other.from, Cursor::first(2), "a cursor of another order");
    }
}
