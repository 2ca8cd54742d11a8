//! What is wrong with a model file, and where.

use std::{collections::BTreeMap, fmt, ops::Range};

/// One thing that is wrong with a file: where, what, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Located {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub right: String,
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, what, right } = self;
        write!(f, "{file}:{line}:{column}: {what}; {right}")
    }
}

impl std::error::Error for Located {}

/// Collects everything wrong in one run, and remembers where in the text each value stands.
///
/// A place is named by its path, segments joined with `/`: `roles/admin/given_by/0`.
pub(super) struct Problems<'t> {
    file: &'t str,
    text: &'t str,
    found: Vec<Located>,
    places: BTreeMap<String, usize>,
    /// Some `at` can't be read, or a table of rows: what rests on them would only repeat that.
    pub(super) is_incomplete: bool,
}

impl<'t> Problems<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, found: Vec::new(), places: BTreeMap::new(), is_incomplete: false }
    }

    /// Remembers where the value of this path begins.
    pub(super) fn remember(&mut self, path: &str, span: &Range<usize>) {
        self.places.insert(path.to_owned(), span.start);
    }

    /// Gives a place a second path: that of the thing it names instead of its number in a list.
    pub(super) fn also(&mut self, path: &str, other: &str) {
        if let Some(offset) = self.places.get(path).copied() {
            self.places.insert(other.to_owned(), offset);
        }
    }

    /// Reports at the place of this path, or of the nearest one above it that is written in the file.
    pub(super) fn at(&mut self, path: &str, what: impl Into<String>, right: impl Into<String>) {
        let mut path = path;
        let offset = loop {
            if let Some(offset) = self.places.get(path) {
                break *offset;
            }
            match path.rsplit_once('/') {
                Some((above, _)) => path = above,
                None => break 0,
            }
        };
        self.at_offset(offset, what, right);
    }

    pub(super) fn at_offset(&mut self, offset: usize, what: impl Into<String>, right: impl Into<String>) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
        self.found.push(Located { file: self.file.to_owned(), line, column, what: what.into(), right: right.into() });
    }

    /// Whether this very path is written in the file.
    pub(super) fn knows(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    pub(super) fn n(&self) -> usize {
        self.found.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All that was found, in the order of the file.
    pub(super) fn into_found(mut self) -> Vec<Located> {
        self.found.sort_by_key(|found| (found.line, found.column));
        self.found.dedup();
        self.found
    }
}

/// Says which of the known names was probably meant, or lists them.
pub(super) fn expected<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = nearest(name, &known) {
        return format!("did you mean `{near}`?");
    }
    match known.as_slice() {
        [] => "there is none".to_owned(),
        names if names.len() <= 12 => format!("expected {}", list(names)),
        names => format!("none of the {} names is near", names.len()),
    }
}

/// The names in backticks, with commas.
pub(super) fn list<S: AsRef<str>>(names: &[S]) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

pub(super) fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let allowed = (name.chars().count() / 3).max(1);
    known
        .iter()
        .map(|candidate| (distance(name, candidate), *candidate))
        .filter(|(far, _)| *far <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, dropped or exchanged.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, pair) in b.iter().zip(row.windows(2)) {
            let (corner, above) = match pair {
                [corner, above] => (*corner, *above),
                _ => (left, left),
            };
            left = (corner + usize::from(x != *y)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
