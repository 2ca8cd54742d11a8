//! Reads the parsed file value by value: every value knows its place, every key that nobody asked for is an error.

use super::error::{Problems, expected, nearest};
use std::ops::{Range, RangeInclusive};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A value of the file, its path and where it stands.
pub(super) struct Value<'t> {
    pub(super) raw: &'t DeValue<'t>,
    pub(super) path: String,
    pub(super) span: Range<usize>,
}

struct Entry<'t> {
    key: &'t str,
    key_span: Range<usize>,
    value: &'t Spanned<DeValue<'t>>,
    asked: bool,
}

/// A table whose keys are asked for one by one, in the file's order.
pub(super) struct Table<'t> {
    path: String,
    entries: Vec<Entry<'t>>,
    known: Vec<&'static str>,
}

impl<'t> Table<'t> {
    pub(super) fn new(path: &str, table: &'t DeTable<'t>) -> Self {
        let mut entries: Vec<Entry<'t>> =
            table.iter().map(|(key, value)| Entry { key: key.get_ref(), key_span: key.span(), value, asked: false }).collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Self { path: path.to_owned(), entries, known: Vec::new() }
    }

    /// The table's path, for [`Problems::at`].
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn below(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}/{key}", self.path) }
    }

    /// Whether the key is written.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// Whether the key is written, or another that nobody asked for and that was probably meant to be it.
    pub(super) fn means(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key || (!entry.asked && nearest(entry.key, &[key]).is_some()))
    }

    /// The value of this key, which counts as asked for from now on.
    pub(super) fn take(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<Value<'t>> {
        self.known.push(key);
        let path = self.below(key);
        let entry = self.entries.iter_mut().find(|entry| entry.key == key)?;
        entry.asked = true;
        problems.remember(&path, &entry.key_span);
        Some(Value { raw: entry.value.get_ref(), path, span: entry.value.span() })
    }

    /// Every entry that was not asked for by name: the table's keys are ids of the author's.
    pub(super) fn take_rest(&mut self, problems: &mut Problems<'_>) -> Vec<(&'t str, Value<'t>)> {
        let path = self.path.clone();
        let mut rest = Vec::new();
        for entry in self.entries.iter_mut().filter(|entry| !entry.asked) {
            entry.asked = true;
            let path = if path.is_empty() { entry.key.to_owned() } else { format!("{path}/{}", entry.key) };
            problems.remember(&path, &entry.key_span);
            rest.push((entry.key, Value { raw: entry.value.get_ref(), path, span: entry.value.span() }));
        }
        rest
    }

    /// Reports every key that nobody asked for.
    pub(super) fn finish(self, problems: &mut Problems<'_>) {
        for entry in self.entries.iter().filter(|entry| !entry.asked) {
            let what = if self.path.is_empty() {
                format!("unknown key `{}`", entry.key)
            } else {
                format!("unknown key `{}` in `{}`", entry.key, self.path.replace('/', "."))
            };
            problems.at_offset(entry.key_span.start, what, expected(entry.key, self.known.iter().copied()));
        }
    }

    pub(super) fn table(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<Table<'t>> {
        self.take(key, problems)?.table(problems)
    }

    pub(super) fn string(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<String> {
        self.take(key, problems)?.string(problems)
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, key: &'static str, problems: &mut Problems<'_>) -> String {
        if let Some(value) = self.take(key, problems) {
            return value.string(problems).unwrap_or_default();
        }
        problems.at(&self.path, format!("`{key}` is missing"), format!("write `{key} = \"…\"`"));
        String::new()
    }

    pub(super) fn strings(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<Vec<String>> {
        self.take(key, problems)?.strings(problems)
    }

    pub(super) fn flag(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<bool> {
        let value = self.take(key, problems)?;
        let flag = value.raw.as_bool();
        if flag.is_none() {
            value.wrong("`true` or `false`", problems);
        }
        flag
    }

    pub(super) fn number(&mut self, key: &'static str, allowed: RangeInclusive<u32>, problems: &mut Problems<'_>) -> Option<u32> {
        let value = self.take(key, problems)?;
        let Some(integer) = value.raw.as_integer() else {
            value.wrong("a whole number", problems);
            return None;
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| allowed.contains(number));
        if number.is_none() {
            let right = format!("a number from {} to {}", allowed.start(), allowed.end());
            problems.at(&value.path, format!("`{key}` is out of range"), right);
        }
        number
    }

    /// One of a closed list of words.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)], problems: &mut Problems<'_>) -> Option<T> {
        let value = self.take(key, problems)?;
        let text = value.string(problems)?;
        choose(&value.path, &text, words, problems)
    }

    /// Some of a closed list of words; one word may stand without brackets.
    pub(super) fn choices<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)], problems: &mut Problems<'_>) -> Option<Vec<T>> {
        let value = self.take(key, problems)?;
        if value.raw.is_str() {
            let text = value.string(problems)?;
            return choose(&value.path, &text, words, problems).map(|one| vec![one]);
        }
        let texts = value.strings(problems)?;
        let chosen = texts.iter().enumerate();
        Some(chosen.filter_map(|(n, text)| choose(&format!("{}/{n}", value.path), text, words, problems)).collect())
    }
}

fn choose<T: Copy>(path: &str, text: &str, words: &[(&str, T)], problems: &mut Problems<'_>) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    if found.is_none() {
        problems.at(path, format!("unknown word `{text}`"), expected(text, words.iter().map(|(word, _)| *word)));
    }
    found
}

impl<'t> Value<'t> {
    pub(super) fn wrong(&self, right: &str, problems: &mut Problems<'_>) {
        problems.at_offset(self.span.start, format!("{} has the wrong type", self.name()), format!("expected {right}"));
    }

    /// As a message calls it.
    fn name(&self) -> String {
        let mut segments = self.path.rsplit('/');
        let name = segments.next().unwrap_or(&self.path);
        match segments.next().filter(|_| name.bytes().all(|byte| byte.is_ascii_digit())) {
            Some(list) => format!("an entry of `{list}`"),
            None => format!("`{name}`"),
        }
    }

    pub(super) fn table(&self, problems: &mut Problems<'_>) -> Option<Table<'t>> {
        let table = self.raw.as_table();
        if table.is_none() {
            self.wrong("a table", problems);
        }
        table.map(|table| Table::new(&self.path, table))
    }

    /// A text that says something.
    pub(super) fn string(&self, problems: &mut Problems<'_>) -> Option<String> {
        let Some(text) = self.raw.as_str() else {
            self.wrong("a text in quotes", problems);
            return None;
        };
        if let Err(over) = super::limits::TEXT_LENGTH.allow(text.chars().count()) {
            problems.at_offset(self.span.start, over.to_string(), "write a shorter text");
        }
        if text.trim().is_empty() {
            problems.at_offset(
                self.span.start,
                format!("{} is empty", self.name()),
                "give it a text, or leave it out where it isn't needed",
            );
            return None;
        }
        Some(text.to_owned())
    }

    /// A list of texts, each remembered under its number.
    pub(super) fn strings(&self, problems: &mut Problems<'_>) -> Option<Vec<String>> {
        let Some(array) = self.raw.as_array() else {
            self.wrong("a list of texts, as in `[\"a\", \"b\"]`", problems);
            return None;
        };
        let mut texts = Vec::new();
        for (n, item) in array.iter().enumerate() {
            let path = format!("{}/{n}", self.path);
            problems.remember(&path, &item.span());
            let value = Value { raw: item.get_ref(), path, span: item.span() };
            // A wrong one keeps its place, so that the numbers of the others stay theirs.
            texts.push(value.string(problems).unwrap_or_default());
        }
        Some(texts)
    }
}
