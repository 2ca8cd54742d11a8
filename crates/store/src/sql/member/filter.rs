//! What a list is filtered by, as values of statements, and the ways to come by a filtered page.

use super::{MemberQuery, MemberSort, MemberStatus, Rows, statement as sql};
use crate::{
    db::{Statement, Value},
    sql::{
        directory::{DECLINED, JOINED, PENDING, SUSPENDED},
        state::values,
    },
};
use guildhall_core::{Timestamp, text};

/// Most words of a search; further ones are left out.
const WORDS: usize = 3;
/// What a query asks for, as values of statements.
pub(super) struct Filter {
    pub(super) status: (i64, i64),
    expires: (i64, i64),
    /// Empty: any.
    pub(super) role: String,
    /// Beginnings and where each ends; none: any.
    pub(super) words: Vec<(String, String)>,
    /// How many of the words, from the first on, find few enough to be sorted.
    pub(super) n_rare: usize,
}

/// How a filtered page is come by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    Gather(&'static Statement),
    /// The first stride, and further ones.
    Strides([Stride; 2]),
}

/// What is followed in strides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stride {
    /// All rows of the order.
    OfAll,
    /// What the words find, by name.
    OfFound,
}

/// The statements of a stride, and their values between where it begins and how long it is.
pub(super) struct Asked {
    pub(super) rows: &'static Statement,
    pub(super) filters: Vec<Value>,
    /// After the length.
    pub(super) more: Vec<Value>,
    pub(super) end: &'static Statement,
    pub(super) end_filters: Vec<Value>,
}

impl Stride {
    /// How many rows the first one reads for so many wanted. Of what words find nearly all are shown where nothing else filters (a row
    /// that two of its words find stands there twice), and each costs a look at its row.
    pub(super) fn first(self, wanted: i64, filter: &Filter) -> i64 {
        match self {
            Self::OfAll => 500,
            Self::OfFound if filter.is_rare_words() => wanted + wanted / 4,
            Self::OfFound => wanted * 3,
        }
    }
    pub(super) fn asked(self, sort: MemberSort, ascending: bool, filter: &Filter) -> Asked {
        match self {
            Self::OfAll => Asked {
                rows: sql::walk_filtered(sort, ascending),
                filters: filter.values(),
                more: Vec::new(),
                end: sql::stride_end(sort, ascending),
                end_filters: Vec::new(),
            },
            Self::OfFound => {
                // The first word leads, however many it finds.
                let (sorted, asked) = filter.words.split_at(filter.n_rare.max(1).min(filter.words.len()));
                let filters = [filter.but_words(), filled(sorted, WORDS)].concat();
                let more = filled(asked, WORDS - 1);
                Asked { rows: sql::found(ascending), filters: filters.clone(), more, end: sql::found_end(ascending), end_filters: filters }
            }
        }
    }
}

impl Filter {
    pub(super) fn of(query: &MemberQuery, now: Timestamp) -> Self {
        let any = (-1, i64::MAX);
        let (status, expires) = match query.status {
            None => ((JOINED, DECLINED), any),
            Some(MemberStatus::Joined) => ((JOINED, JOINED), any),
            Some(MemberStatus::Suspended) => ((SUSPENDED, SUSPENDED), any),
            Some(MemberStatus::Invited) => ((PENDING, PENDING), (now.0, i64::MAX)),
            Some(MemberStatus::Expired) => ((PENDING, PENDING), (-1, now.0)),
            Some(MemberStatus::Declined) => ((DECLINED, DECLINED), any),
        };
        let within = match query.rows {
            Rows::All => (JOINED, DECLINED),
            Rows::Members => (JOINED, SUSPENDED),
            Rows::Invitations => (PENDING, DECLINED),
        };
        let status = (status.0.max(within.0), status.1.min(within.1));
        let role = query.role.as_ref().map_or_else(String::new, ToString::to_string);
        Self { status, expires, role, words: query.search.as_deref().map_or_else(Vec::new, words), n_rare: 0 }
    }
    pub(super) fn asks(&self) -> bool {
        self.status != (JOINED, DECLINED) || !self.role.is_empty() || !self.words.is_empty()
    }
    /// Nothing is asked but words that find few enough to be sorted.
    fn is_rare_words(&self) -> bool {
        self.status == (JOINED, DECLINED) && self.role.is_empty() && self.n_rare == self.words.len()
    }
    pub(super) fn values(&self) -> Vec<Value> {
        [self.but_words(), filled(&self.words, WORDS)].concat()
    }
    pub(super) fn but_words(&self) -> Vec<Value> {
        values![self.status.0, self.status.1, self.expires.0, self.expires.1, &self.role]
    }
}

/// So many words as values; those that are not there are empty.
fn filled(words: &[(String, String)], n: usize) -> Vec<Value> {
    let word = |at| words.get(at).cloned().unwrap_or_default();
    (0..n).map(word).flat_map(|(from, to)| values![from, to]).collect()
}

/// What is typed, as beginnings. What holds an @ is the beginning of a whole address.
fn words(search: &str) -> Vec<(String, String)> {
    let mut words: Vec<String> = Vec::new();
    for part in search.split_whitespace() {
        if part.contains('@') && !part.starts_with('@') {
            words.push(text::sort_key(part));
        } else {
            words.extend(text::search_words(part));
        }
    }
    words.retain(|word| !word.is_empty());
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.dedup();
    words.truncate(WORDS);
    let until = |word: &String| format!("{word}\u{10FFFF}");
    words.iter().map(|word| (word.clone(), until(word))).collect()
}
