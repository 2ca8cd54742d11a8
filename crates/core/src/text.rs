//! Text from people: checked once, here, and carried in types afterwards. One identity rule for addresses (L-19).

use serde::{Deserialize, Serialize};
use std::fmt;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use unicode_security::MixedScript as _;

/// Why a text is refused, lower case and without a full stop: what is wrong; what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadText(pub String);

fn bad<T>(why: impl Into<String>) -> Result<T, BadText> {
    Err(BadText(why.into()))
}

/// Control, bidirectional and invisible characters: never in a text that people compare.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{16FE4}' | '\u{1D159}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The most marks on one letter that any living script writes.
const MARKS: usize = 4;

/// More marks than that pile up over the lines around them, and without a letter there is nothing to read.
fn is_piled_up(text: &str) -> bool {
    let mut marks = 0;
    text.chars().any(|c| {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        marks > MARKS
    })
}

/// An email address: as typed before the @, and the key under which it is the same address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    typed: String,
    key: String,
}

impl Address {
    /// The longest address, in bytes.
    pub const MAX: usize = 254;

    /// The local part is kept as typed, the domain as lower-case A-label: whoever types an address first says where mail to it goes, and
    /// a domain has many spellings that no mail server takes. Compared after NFC, the local part in lower case.
    /// Dots and plus-tags distinguish. Control, invisible and mixed-script characters and trailing dots are refused.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let typed: String = text.trim().nfc().collect();
        if typed.is_empty() {
            return bad("an address is missing; one looks like `ann@example.org`");
        }
        if typed.len() > Self::MAX {
            return too_long(typed.len());
        }
        if typed.chars().any(|c| is_hidden(c) || c.is_whitespace()) {
            return bad("an address with a space or an invisible character; type it again by hand");
        }
        let Some((local, domain)) = typed.rsplit_once('@') else {
            return bad(format!("`{typed}` is not an email address; one looks like `ann@example.org`"));
        };
        if local.is_empty() || local.len() > 64 || local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return bad(format!("`{typed}` is not an email address; what stands before the @ can't be used"));
        }
        if !local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)) {
            return bad(format!("`{typed}` is not an email address; before the @ stand letters, digits and `. + - _`"));
        }
        if !local.is_single_script() || !domain.is_single_script() {
            return bad(format!("`{typed}` mixes letters of several scripts; write it in one"));
        }
        let domain = domain_key(domain).ok_or_else(|| BadText(format!("`{typed}` is not an email address; its domain can't exist")))?;
        let (typed, key) = (format!("{local}@{domain}"), format!("{}@{domain}", local.to_lowercase()));
        let n = typed.len().max(key.len());
        if n > Self::MAX { too_long(n) } else { Ok(Self { typed, key }) }
    }
    /// Its local part as it was typed: what is shown and where mail goes.
    pub fn typed(&self) -> &str {
        &self.typed
    }
    /// What is compared: two addresses are the same when their keys are.
    pub fn key(&self) -> &str {
        &self.key
    }
    /// The domain, lower case, as an A-label.
    pub fn domain(&self) -> &str {
        self.key.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

fn too_long<T>(n: usize) -> Result<T, BadText> {
    bad(format!("an address of {n} bytes; at most {} fit", Address::MAX))
}

fn domain_key(domain: &str) -> Option<String> {
    if domain.ends_with('.') || !domain.contains('.') {
        return None;
    }
    let ascii = idna::domain_to_ascii_strict(domain).ok()?.to_lowercase();
    let sound = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    (ascii.len() <= 253 && ascii.split('.').all(sound)).then_some(ascii)
}

/// A name of a person or an organization: 1 to 64 characters, one line, nothing invisible, no URL (security: mail as bait).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// The longest name, in characters.
    pub const MAX: usize = 64;
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let name: String = text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        let n = name.chars().count();
        if n == 0 {
            return bad("a name is missing");
        }
        if n > Self::MAX {
            return bad(format!("a name of {n} characters; at most {} fit", Self::MAX));
        }
        if name.chars().any(is_hidden) {
            return bad("a name with an invisible character; type it again by hand");
        }
        if name.chars().all(|c| is_combining_mark(c) || c == ' ') {
            return bad("a name with nothing to see in it; write at least one letter");
        }
        if is_piled_up(&name) {
            return bad(format!("a name with more than {MARKS} marks on one letter; leave some out"));
        }
        let lower = name.to_lowercase();
        if lower.contains("://") || lower.contains("www.") {
            return bad("a name with a web address; leave it out");
        }
        Ok(Self(name))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Letters of several scripts: shown with the slug beside it.
    pub fn is_mixed_script(&self) -> bool {
        !self.0.is_single_script()
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A handle or a slug: `[a-z0-9-]`, 2 to 39, no dash at an end, none of the reserved list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

/// Words that are paths, roles or traps.
const RESERVED: &[&str] = &[
    "about",
    "abuse",
    "account",
    "admin",
    "administrator",
    "api",
    "app",
    "assets",
    "auth",
    "billing",
    "blog",
    "contact",
    "docs",
    "everyone",
    "group",
    "guest",
    "guildhall",
    "healthz",
    "help",
    "home",
    "hostmaster",
    "info",
    "invitations",
    "legal",
    "login",
    "logout",
    "mail",
    "mailbox",
    "me",
    "metrics",
    "moderator",
    "new",
    "nobody",
    "noreply",
    "null",
    "oauth",
    "operator",
    "org",
    "organization",
    "organizations",
    "owner",
    "postmaster",
    "privacy",
    "profile",
    "readyz",
    "root",
    "security",
    "settings",
    "sign-in",
    "sign-out",
    "sign-up",
    "signup",
    "staff",
    "static",
    "status",
    "support",
    "system",
    "team",
    "teams",
    "terms",
    "undefined",
    "user",
    "users",
    "v1",
    "webmaster",
    "well-known",
    "www",
    "you",
];

impl Slug {
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let n = text.len();
        if !(2..=39).contains(&n) {
            return bad(format!("{n} characters; 2 to 39 fit"));
        }
        if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return bad("only lower-case letters a to z, digits and dashes");
        }
        if text.starts_with('-') || text.ends_with('-') {
            return bad("no dash at the beginning or end");
        }
        if RESERVED.binary_search(&text).is_ok() {
            return bad(format!("`{text}` is reserved; choose another"));
        }
        Ok(Self(text.to_owned()))
    }
    /// A slug made of a name, for a form to propose; `None` where nothing of the name can stand in one.
    pub fn propose(name: &str) -> Option<Self> {
        let mut out = String::new();
        for c in name.nfkd().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                out.push(c);
            } else if (c.is_whitespace() || "-_.&".contains(c)) && !out.ends_with('-') && !out.is_empty() {
                out.push('-');
            }
        }
        let cut: String = out.chars().take(39).collect();
        Self::parse(cut.trim_matches('-')).ok()
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user's public name: the same alphabet as a slug, a namespace of its own.
pub type Handle = Slug;

/// The beginnings of words by which a person is found, lower case, without marks.
pub fn search_words(text: &str) -> Vec<String> {
    let folded = sort_key(text);
    let mut words: Vec<String> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// What names are sorted by: lower case, compatibility-decomposed, without combining marks.
pub fn sort_key(text: &str) -> String {
    text.nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l_19_one_identity_rule_for_addresses() {
        let same = |a: &str, b: &str| Address::parse(a).unwrap().key() == Address::parse(b).unwrap().key();
        assert!(same("Ann@Example.ORG", "ann@example.org"), "case");
        assert!(same("ann@bücher.example", "ann@xn--bcher-kva.example"), "A-label");
        assert!(same("ju\u{0308}rgen@example.org", "jürgen@example.org"), "NFC");
        assert!(!same("ann+news@example.org", "ann@example.org"), "plus-tags distinguish");
        assert!(!same("a.nn@example.org", "ann@example.org"), "dots distinguish");
        for (text, typed) in [
            ("Ann@Example.ORG", "Ann@example.org"),
            ("ann@ａｃｍｅ.example", "ann@acme.example"),
            ("ann@Bücher.example", "ann@xn--bcher-kva.example"),
        ] {
            assert_eq!(Address::parse(text).unwrap().typed(), typed, "where mail goes");
        }
    }

    #[test]
    fn l_19_look_alikes_and_traps_are_refused() {
        for text in [
            "",
            "ann",
            "ann@",
            "@example.org",
            "ann@example.org.",
            "ann@example",
            "a nn@example.org",
            "ann\u{200b}@example.org",
            "аnn@example.org",
            "ann@exаmple.org",
            "ann..b@example.org",
            ".ann@example.org",
            "ann@-x.org",
            "ann\n@example.org",
            "a@b@c.org",
        ] {
            assert!(Address::parse(text).is_err(), "{text:?} passed");
        }
        assert!(Address::parse(&format!("ann@{}.org", "x".repeat(260))).is_err());
    }

    #[test]
    fn names_are_one_line_without_urls() {
        assert_eq!(Name::parse("  Ann \t Okafor ").unwrap().as_str(), "Ann Okafor");
        for text in ["", "a\u{202e}b", "see https://x.example", "www.x.example", "\u{2800}", "a\u{2800}", "\u{301} \u{302}"] {
            assert!(Name::parse(text).is_err(), "{text:?} passed");
        }
        assert!(Name::parse(&format!("a{}", "\u{35c}".repeat(50))).is_err(), "marks pile up");
        assert!(Name::parse(&format!("a{}", "\u{35c}".repeat(MARKS + 1))).is_err());
        for text in ["Nguyễn Thị Ánh", "น้ำผึ้ง", "हिन्दी", "שָׁלוֹם", "བསྒྲུབས", "7", "★"]
        {
            assert!(Name::parse(text).is_ok(), "{text:?} was refused");
        }
        assert!(Name::parse(&"x".repeat(65)).is_err());
    }

    #[test]
    fn a_name_that_borrows_letters_of_another_script_is_known() {
        // A Cyrillic "о", a Greek "ο"; a script of one's own, and Japanese, which writes with three, are no disguise.
        for (name, mixed) in
            [("Nоrthwind", true), ("Nοrthwind", true), ("Northwind", false), ("Северный ветер", false), ("東京タワーの会", false)]
        {
            assert_eq!(Name::parse(name).unwrap().is_mixed_script(), mixed, "{name}");
        }
    }

    #[test]
    fn slugs_keep_to_their_alphabet_and_the_reserved_list_is_sorted() {
        assert!(RESERVED.is_sorted());
        assert!(Slug::parse("north-wind2").is_ok());
        for text in ["a", "-a", "a-", "A1", "ä1", "admin", &"x".repeat(40)] {
            assert!(Slug::parse(text).is_err(), "{text:?} passed");
        }
        assert_eq!(Slug::propose("Müller & Söhne GmbH").unwrap().as_str(), "muller-sohne-gmbh");
    }

    #[test]
    fn people_are_found_by_the_beginnings_of_words_without_marks() {
        assert_eq!(search_words("Chloé Martin"), ["chloe", "martin"]);
        assert_eq!(search_words("chloe.m@example.org"), ["chloe", "example", "m", "org"]);
    }
}
