//! Times, numbers and lists in words.

use super::view::{Avatar, When};
use guildhall_core::{Model, RoleKey, Timestamp, text::Name};
use guildhall_store::UserRow;
use jiff::{Zoned, tz::TimeZone};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn zoned(at: Timestamp) -> Option<Zoned> {
    jiff::Timestamp::from_microsecond(at.0).ok().map(|at| at.to_zoned(TimeZone::UTC))
}

fn exact(at: Timestamp) -> String {
    zoned(at).map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

/// "1 person", "41 people".
pub(crate) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// "an organization", "a workspace".
pub(crate) fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

/// "1,204".
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "28 Nov", with the year where it isn't this one.
pub(crate) fn date(now: Timestamp, at: Timestamp) -> String {
    let (Some(now), Some(at)) = (zoned(now), zoned(at)) else { return String::new() };
    at.strftime(if now.year() == at.year() { "%-d %b" } else { "%-d %b %Y" }).to_string()
}

/// "28 Nov 2026".
pub(crate) fn full_date(at: Timestamp) -> String {
    zoned(at).map(|at| at.strftime("%-d %b %Y").to_string()).unwrap_or_default()
}

/// The same for `<time>`.
pub(crate) fn on_date(now: Timestamp, at: Timestamp) -> When {
    When { words: date(now, at), exact: exact(at) }
}

/// A date with its year, for `<time>`.
pub(crate) fn on_full_date(at: Timestamp) -> When {
    When { words: full_date(at), exact: exact(at) }
}

/// How long ago something happened: "Just now", "5 minutes ago", "Yesterday", "3 Oct".
pub(crate) fn ago(now: Timestamp, at: Timestamp) -> When {
    let past = now.0.saturating_sub(at.0);
    let words = match past {
        past if past < MINUTE => "Just now".to_owned(),
        past if past < HOUR => format!("{} ago", length(past)),
        past if past < 12 * HOUR => format!("{} ago", length(past)),
        _ => day(now, at),
    };
    When { words, exact: exact(at) }
}

/// A day, for what is known to the hour: "Today", "Yesterday", "3 days ago", "3 Oct".
pub(crate) fn on_day(now: Timestamp, at: Option<Timestamp>) -> When {
    at.map_or_else(|| When { words: "Never".to_owned(), exact: String::new() }, |at| When { words: day(now, at), exact: exact(at) })
}

fn day(now: Timestamp, at: Timestamp) -> String {
    match now.0.div_euclid(DAY) - at.0.div_euclid(DAY) {
        ..=0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        days @ 2..=6 => format!("{days} days ago"),
        _ => date(now, at),
    }
}

/// How long until then: "58 minutes", "2 hours". At least a minute.
pub(crate) fn until(now: Timestamp, at: Timestamp) -> String {
    length((at.0 - now.0 + MINUTE - 1).max(MINUTE))
}

fn length(micros: i64) -> String {
    let (n, unit) = match micros {
        micros if micros < HOUR => (micros / MINUTE, "minute"),
        micros if micros < 2 * DAY => (micros / HOUR, "hour"),
        micros => (micros / DAY, "day"),
    };
    let n = n.max(1);
    if n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") }
}

/// "Owner", "Owner and Admin", "Owner, Admin and Member".
pub(crate) fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// A cause as a sentence for people: with a capital and a full stop, and what was typed in quotation marks.
pub(crate) fn sentence(text: &str) -> String {
    let end = if text.is_empty() || text.ends_with(['.', '!', '?']) { "" } else { "." };
    quoted(&format!("{}{end}", capital(text)))
}

/// "`x`", as programs and logs are told, for people: “x”.
pub(crate) fn quoted(text: &str) -> String {
    let mut parts = text.split('`');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.enumerate().fold(first, |said, (at, part)| said + if at.is_multiple_of(2) { "“" } else { "”" } + part)
}

/// Without the capital, within a sentence.
pub(crate) fn within(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// With a capital, as a label.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What somebody is called: their name, else handle, else address.
pub(crate) fn called(name: Option<&str>, handle: Option<&str>, address: Option<&str>) -> String {
    let by_handle = || handle.map(|handle| format!("@{handle}"));
    name.map(str::to_owned).or_else(by_handle).or_else(|| address.map(str::to_owned)).unwrap_or_else(|| "Somebody".to_owned())
}

/// What an account is called.
pub(crate) fn called_as(user: &UserRow) -> String {
    called(user.name.as_deref(), user.handle.as_deref(), user.primary.as_deref())
}

/// The first word of a name, for buttons: "Remove Chloé".
pub(crate) fn short(name: &str) -> &str {
    if name.contains('@') { name } else { name.split_whitespace().next().unwrap_or(name) }
}

/// Roles in a cell: titles; roles of modules are counted: "Viewer in 12 modules".
pub(crate) fn roles(model: &Model, roles: &[RoleKey]) -> String {
    let known: Vec<_> =
        roles.iter().filter_map(|key| model.role(key)).filter(|role| Some(&role.key) != model.organization.base_role.as_ref()).collect();
    let (in_modules, plain): (Vec<_>, Vec<_>) = known.into_iter().partition(|role| role.module.is_some());
    let mut words: Vec<String> = plain.iter().map(|role| role.title.clone()).collect();
    match in_modules.as_slice() {
        [] => {}
        [one] => words.push(model.full_title(one)),
        [first, rest @ ..] => {
            let n = in_modules.iter().filter_map(|role| role.module.as_deref()).collect::<std::collections::BTreeSet<_>>().len();
            let same = rest.iter().all(|role| role.title == first.title);
            words.push(if same { format!("{} in {n} modules", first.title) } else { format!("Roles in {n} modules") });
        }
    }
    if words.is_empty() { model.words.get("none").to_owned() } else { and(&words) }
}

/// Initials for a name; an address that has no name yet shows the letter it begins with.
pub(crate) fn avatar(id: &str, name: &str) -> Avatar {
    let name = name.trim_start_matches('@');
    Avatar::of(id, name.split('@').next().unwrap_or(name))
}

/// Addresses of pages, percent-encoded: `path?name=value&…`.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return path.to_owned();
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

/// Whether a name was typed as it is.
pub(crate) fn is_same(typed: &str, name: &str) -> bool {
    guildhall_core::text::Name::parse(typed).is_ok_and(|typed| typed.as_str() == name)
}

/// An organization's name, beside its slug where letters of several scripts could make it look like another's.
pub(crate) fn organization(name: &str, slug: &str) -> String {
    let is_plain = Name::parse(name).is_ok_and(|name| !name.is_mixed_script());
    if is_plain { name.to_owned() } else { format!("{name} ({slug})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_within_a_sentence_keeps_the_names_of_months() {
        assert_eq!(["Just now", "Yesterday", "18 Oct", ""].map(within), ["just now", "yesterday", "18 Oct", ""]);
    }

    #[test]
    fn a_cause_becomes_a_sentence_for_people() {
        for (cause, said) in [
            ("", ""),
            ("`ann@` is no address; `ann@example.org` would be", "“ann@” is no address; “ann@example.org” would be."),
            ("éva isn't here.", "Éva isn't here."),
            ("one ` alone", "One “ alone."),
        ] {
            assert_eq!(sentence(cause), said);
        }
    }
}
