//! Texts with something wrong in them, and the shortest that is still wrong.

use crate::Random;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What damage puts in: brackets that don't close, signs that end things, letters of more than one byte, whatever was cut off before.
const PIECES: &[&str] = &[
    "",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "é",
    "🦀",
    "a\u{301}",
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "=",
    ",",
    ".",
    ":",
    "/",
    "\\",
    "\\u12",
    "\\ud800",
    "#",
    "-",
    "_",
    "%",
    "@",
    "0",
    "-1",
    "1e999",
    "99999999999999999999",
    "true",
    "null",
    "inf",
    "[x]",
    "x = 1\n",
];

/// The text with one to four things done to it.
pub fn damaged(text: &str, random: &mut Random) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(text.len() + 1);
        let end = (at + 1 + random.below(12)).min(text.len());
        let piece = random.pick(PIECES).copied().unwrap_or_default();
        match random.below(6) {
            0 => drop(text.drain(at..end)),
            1 => drop(text.splice(at..end, piece.chars())),
            2 => drop(text.splice(at..at, piece.chars())),
            3 => text.truncate(at),
            // Said twice.
            4 => {
                let again: Vec<char> = text.get(at..(end + random.below(200)).min(text.len())).unwrap_or_default().to_vec();
                let to = random.below(text.len() + 1);
                drop(text.splice(to..to, again));
            }
            _ => {
                if let Some(one) = text.get_mut(at) {
                    *one = char::from_u32(u32::from(*one) ^ (1 << random.below(7))).unwrap_or(' ');
                }
            }
        }
    }
    text.into_iter().collect()
}

/// What is wrong with the way a text is read: what `read` complains of, or that it panics.
pub fn complaint(text: &str, read: impl Fn(&str) -> Result<(), String>) -> Option<String> {
    match catch_unwind(AssertUnwindSafe(|| read(text))) {
        Ok(read) => read.err(),
        Err(_) => Some("it panics".to_owned()),
    }
}

/// The text without whatever can go so that it is still `wrong`.
pub fn shortened(text: &str, wrong: impl Fn(&str) -> bool) -> String {
    let mut text: Vec<char> = text.chars().collect();
    let mut length = text.len().div_ceil(2);
    while length > 0 {
        let mut at = 0;
        while at < text.len() {
            let shorter: String = text.iter().enumerate().filter(|(n, _)| !(at..at + length).contains(n)).map(|(_, one)| *one).collect();
            if wrong(&shorter) {
                text = shorter.chars().collect();
            } else {
                at += length;
            }
        }
        length /= 2;
    }
    text.into_iter().collect()
}
