//! Whom to invite, read from text: a list of addresses (I-5), or CSV with a role beside each.

use super::Wanted;
use crate::failure::FieldError;
use guildhall_core::{RoleKey, invitation::MAX_ROWS};
use std::iter;

/// Addresses or handles as people paste them: separated by commas, semicolons, spaces or lines. `Ann <ann@example.org>` is the
/// address; its name may stand in quotes and hold what separates. `addresses.js` reads the same way.
pub fn parse_list(text: &str) -> Vec<String> {
    let mut list = Vec::new();
    for line in text.lines() {
        let (mut rest, mut entry) = (line, Entry::default());
        while let Some(first) = rest.chars().next() {
            let after = rest.get(first.len_utf8()..).unwrap_or_default();
            rest = match first {
                ',' | ';' | '\t' => {
                    entry.end(&mut list);
                    after
                }
                '<' => match after.split_once('>') {
                    Some((address, next)) if !address.trim().contains(|c: char| c.is_whitespace() || ",;<\"".contains(c)) => {
                        entry.named(address, &mut list);
                        next
                    }
                    // Never closed, or around something else: it means nothing.
                    _ => after,
                },
                '"' => match after.split_once('"') {
                    Some((name, next)) => {
                        entry.words.extend(name.split([',', ';', '\t']));
                        next
                    }
                    None => after,
                },
                c if c.is_whitespace() || c == '>' => after,
                _ => {
                    let (word, next) = rest.split_at(rest.find(|c: char| c.is_whitespace() || ",;<>\"".contains(c)).unwrap_or(rest.len()));
                    entry.words.push(word);
                    next
                }
            };
        }
        entry.end(&mut list);
    }
    list
}

/// The words since the last separator or address in angle brackets.
#[derive(Default)]
struct Entry<'a> {
    words: Vec<&'a str>,
}

impl Entry<'_> {
    /// An address in angle brackets: the words before it are a name, but for those that are addresses themselves.
    fn named(&mut self, address: &str, list: &mut Vec<String>) {
        let others = self.words.drain(..).filter(|word| word.contains('@'));
        list.extend(others.chain([address]).map(bare).filter(|word| !word.is_empty()));
    }
    fn end(&mut self, list: &mut Vec<String>) {
        list.extend(self.words.drain(..).map(bare).filter(|word| !word.is_empty()));
    }
}

/// Without what surrounds an address in a sentence.
fn bare(word: &str) -> String {
    word.trim().trim_start_matches('\'').trim_end_matches(['\'', '.']).to_owned()
}

/// Mistakes that are told at once: who mends these sees the pattern, and no file makes a longer answer than itself.
pub const MOST_MISTAKES: usize = 10;
/// Columns that a file may have; two are read.
const MOST_COLUMNS: usize = 100;

/// CSV after RFC 4180: the first line names the columns, `email` (or `handle`) and, where roles are chosen, `role`,
/// several of them separated by spaces. What is wrong names its line. More than [`MAX_ROWS`] rows are not read on.
pub fn parse_csv(text: &str) -> Result<Vec<Wanted>, Vec<FieldError>> {
    let mut records = records(text).map_err(|wrong| vec![wrong])?.into_iter();
    let Some((line, head)) = records.next() else { return Err(vec![wrong(1, "the file is empty".to_owned())]) };
    let named = |name: &str| head.iter().position(|column| column.trim().trim_start_matches('\u{feff}').eq_ignore_ascii_case(name));
    let Some(to) = named("email").or_else(|| named("address")).or_else(|| named("handle")) else {
        return Err(vec![wrong(line, "no column is called `email`; the first line names the columns: `email,role`".to_owned())]);
    };
    let role = named("role").or_else(|| named("roles"));
    let (mut wanted, mut errors) = (Vec::new(), Vec::new());
    for (line, fields) in records {
        if errors.len() >= MOST_MISTAKES {
            break;
        }
        if fields.len() != head.len() {
            errors.push(wrong(line, format!("{}; the first line names {}", columns(fields.len()), head.len())));
            continue;
        }
        let roles = role.and_then(|at| fields.get(at)).map(|text| text.split_whitespace().map(RoleKey::new).collect::<Vec<_>>());
        let to = fields.get(to).map(|text| text.trim().to_owned()).unwrap_or_default();
        wanted.push(Wanted { to, roles: roles.filter(|roles| !roles.is_empty()) });
    }
    if errors.is_empty() { Ok(wanted) } else { Err(errors) }
}

fn wrong(line: usize, what: String) -> FieldError {
    FieldError { pointer: format!("line {line}"), what }
}

fn columns(n: usize) -> String {
    if n == 1 { "1 column".to_owned() } else { format!("{n} columns") }
}

/// Records with the line each begins on, without empty ones. Quoted fields may hold commas, quotes (doubled) and line breaks.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, FieldError> {
    let (mut records, mut fields, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut line, mut began) = (false, 1, 1);
    let mut chars = text.chars().chain(iter::once('\n')).peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' | ';' if !quoted => fields.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                fields.push(std::mem::take(&mut field));
                let record = std::mem::take(&mut fields);
                if record.iter().any(|field| !field.trim().is_empty()) {
                    records.push((began, record));
                }
                began = line + 1;
            }
            '\r' if !quoted => {}
            other => field.push(other),
        }
        line += usize::from(c == '\n');
        if fields.len() > MOST_COLUMNS {
            return Err(wrong(began, format!("more than {MOST_COLUMNS} columns")));
        }
        // The first names the columns; the one too many shows that there are more.
        if records.len() > MAX_ROWS + 1 {
            return Ok(records);
        }
    }
    if quoted {
        return Err(wrong(began, "a quotation mark opens here and never closes".to_owned()));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A journey holds `addresses.js` against the same cases.
    #[test]
    fn i_5_a_list_is_read_however_it_is_separated() {
        let cases: Vec<(String, Vec<String>)> = serde_json::from_str(include_str!("list.cases.json")).unwrap();
        assert!(cases.len() > 10);
        for (text, entries) in cases {
            assert_eq!(parse_list(&text), entries, "{text}");
        }
    }

    #[test]
    fn csv_is_read_with_quotes_and_told_by_the_line() {
        let rows = parse_csv("\u{feff}Name,Email,Role\n\"Martin, Chloé\",chloe@x.org,admin\n\nBen,ben@x.org,\n").unwrap();
        assert_eq!(rows[0], Wanted { to: "chloe@x.org".to_owned(), roles: Some(vec![RoleKey::new("admin")]) });
        assert_eq!(rows[1], Wanted { to: "ben@x.org".to_owned(), roles: None });
        let errors = parse_csv("email,role\nann@x.org\n").unwrap_err();
        assert_eq!(errors[0].pointer, "line 2");
        assert!(parse_csv("name\nann\n").unwrap_err()[0].what.contains("email"));
        assert!(parse_csv("").is_err());
        assert_eq!(parse_csv("email\n\"ann@x.org").unwrap_err()[0].pointer, "line 2");
    }

    #[test]
    fn what_is_read_and_told_is_bounded() {
        assert_eq!(parse_csv(&format!("email,role\n{}", "x\n".repeat(100_000))).unwrap_err().len(), MOST_MISTAKES);
        assert_eq!(parse_csv(&format!("email\n{}", "x\n".repeat(100_000))).unwrap().len(), MAX_ROWS + 1);
        assert_eq!(parse_csv(&",".repeat(1_000_000)).unwrap_err()[0].pointer, "line 1");
    }
}
