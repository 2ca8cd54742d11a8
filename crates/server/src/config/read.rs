//! Reads keys one by one; every key that nobody asked for is an error, with its place and a suggestion.

use super::Provider;
use crate::config::is_loopback;
use guildhall_access::model::Located;
use guildhall_core::text::Address;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    path::{Path, PathBuf},
};
use toml::de::{DeTable, DeValue};

/// The largest file.
const LARGEST: usize = 256 * 1024;
/// Variables of tests and tools that are no settings.
const OTHERS: &[&str] = &[
    "GUILDHALL_BIN",
    "GUILDHALL_CHROMIUM",
    "GUILDHALL_CONFIG",
    "GUILDHALL_KILLS",
    "GUILDHALL_QUESTIONS",
    "GUILDHALL_SEED",
    "GUILDHALL_TRACE",
    "GUILDHALL_TRIALS",
];

/// A value, and where it stands.
struct Found {
    value: Value,
    offset: Option<usize>,
}

#[derive(Clone)]
enum Value {
    Text(String),
    /// A number or a truth, without quotes in the file.
    Bare(String),
    List(Vec<String>),
    Other,
}

/// File and environment, flattened: `http.listen`, and `GUILDHALL_HTTP_LISTEN`.
pub(super) struct Source<'t> {
    file: &'t str,
    text: &'t str,
    found: BTreeMap<String, Found>,
    variables: BTreeMap<String, String>,
    asked: BTreeSet<String>,
    problems: Vec<Located>,
}

impl<'t> Source<'t> {
    pub(super) fn new(file: &'t str, text: &'t str, variables: &[(String, String)]) -> Self {
        let ours = |name: &str| name.starts_with("GUILDHALL_") && !name.starts_with("GUILDHALL_TEST_") && !OTHERS.contains(&name);
        let variables = variables.iter().filter(|(name, _)| ours(name)).cloned().collect();
        let mut source = Self { file, text, found: BTreeMap::new(), variables, asked: BTreeSet::new(), problems: Vec::new() };
        source.parse();
        source
    }

    fn parse(&mut self) {
        if self.text.len() > LARGEST {
            self.report(0, "the file is too large".to_owned(), format!("at most {LARGEST} bytes are read"));
            return;
        }
        let text = self.text;
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            self.report(at, error.message().to_owned(), "expected TOML".to_owned());
        }
        flatten("", document.get_ref(), &mut self.found);
    }

    fn report(&mut self, offset: usize, what: String, right: String) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
        self.problems.push(Located { file: self.file.to_owned(), line, column, what, right });
    }

    /// Reports what is wrong with a key's value, at its place; where it has none and there is no file, at its variable.
    pub(super) fn wrong(&mut self, key: &str, what: &str, right: &str) {
        let variable = variable_of(key);
        let nowhere = self.file.is_empty() && !self.found.contains_key(key);
        if nowhere || self.variables.contains_key(&variable) {
            self.problems.push(Located { file: variable, line: 1, column: 1, what: what.to_owned(), right: right.to_owned() });
            return;
        }
        let offset = self.found.get(key).and_then(|found| found.offset).unwrap_or(0);
        self.report(offset, what.to_owned(), right.to_owned());
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.asked.insert(key.to_owned());
        if let Some(text) = self.variables.get(&variable_of(key)) {
            return Some(Value::Text(text.clone()));
        }
        self.found.get(key).map(|found| found.value.clone())
    }

    /// Whether somebody gave it.
    pub(super) fn has(&self, key: &str) -> bool {
        self.found.contains_key(key) || self.variables.contains_key(&variable_of(key))
    }

    /// A path; what the file says is beside the file.
    pub(super) fn path(&mut self, key: &str) -> Option<PathBuf> {
        let path = PathBuf::from(self.optional(key, 4_000)?);
        Some(self.placed(key, path))
    }

    /// That path of this key's value: beside the file, where the file gave it and it isn't absolute.
    pub(super) fn placed(&self, key: &str, path: PathBuf) -> PathBuf {
        let folder = Path::new(self.file).parent().filter(|_| !self.variables.contains_key(&variable_of(key)));
        folder.map_or_else(|| path.clone(), |folder| folder.join(&path))
    }

    pub(super) fn optional(&mut self, key: &str, longest: usize) -> Option<String> {
        match self.take(key)? {
            Value::Text(text) if text.chars().count() > longest => {
                self.wrong(key, &format!("`{key}` is too long"), &format!("at most {longest} characters fit"));
                None
            }
            Value::Text(text) if text.trim().is_empty() => {
                self.wrong(key, &format!("`{key}` is empty"), "give it a value, or leave the line out");
                None
            }
            Value::Text(text) => Some(text),
            Value::Bare(_) | Value::List(_) | Value::Other => {
                self.wrong(key, &format!("`{key}` has the wrong type"), "expected a text in quotes");
                None
            }
        }
    }

    pub(super) fn text(&mut self, key: &str, standard: &str, longest: usize) -> String {
        self.optional(key, longest).unwrap_or_else(|| standard.to_owned())
    }

    pub(super) fn word<T: Copy>(&mut self, key: &str, standard: T, words: &[(&str, T)]) -> T {
        let Some(text) = self.optional(key, 64) else { return standard };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.wrong(key, &format!("unknown word `{text}`"), &expected(&text, &known));
        standard
    }

    pub(super) fn number(&mut self, key: &str, standard: u32, range: RangeInclusive<u32>) -> u32 {
        let text = match self.take(key) {
            None => return standard,
            Some(Value::Text(text) | Value::Bare(text)) => text,
            Some(Value::List(_) | Value::Other) => String::new(),
        };
        if let Some(number) = text.parse().ok().filter(|number| range.contains(number)) {
            return number;
        }
        self.wrong(key, &format!("`{key}` is not such a number"), &format!("expected {} to {}", range.start(), range.end()));
        standard
    }

    /// A list, or one text with commas.
    pub(super) fn list(&mut self, key: &str, most: usize) -> Vec<String> {
        let list = match self.take(key) {
            None => Vec::new(),
            Some(Value::Text(text)) => text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect(),
            Some(Value::List(list)) => list,
            Some(Value::Bare(_) | Value::Other) => {
                self.wrong(key, &format!("`{key}` has the wrong type"), "expected a list of texts");
                Vec::new()
            }
        };
        if list.len() > most {
            self.wrong(key, &format!("`{key}` is too long"), &format!("at most {most} fit"));
        }
        list
    }

    fn flag(&mut self, key: &str) -> bool {
        match self.take(key) {
            None => false,
            Some(Value::Text(text) | Value::Bare(text)) if text == "true" || text == "false" => text == "true",
            Some(_) => {
                self.wrong(key, &format!("`{key}` has the wrong type"), "expected `true` or `false`");
                false
            }
        }
    }

    /// 32 bytes as hexadecimal digits.
    pub(super) fn key(&mut self, key: &str) -> Option<[u8; 32]> {
        let text = self.optional(key, 64)?;
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        if bytes.is_none() {
            self.wrong(key, "not a deployment key", "expected 64 hexadecimal digits; `openssl rand -hex 32` makes them");
        }
        bytes
    }

    pub(super) fn providers(&mut self) -> Vec<Provider> {
        let mut providers = Vec::new();
        let of_one = |key: &&String| {
            key.strip_prefix("sign_in.providers").is_some_and(|rest| !rest.trim_start_matches('.').starts_with(char::is_numeric))
        };
        let of_one: Vec<String> = self.found.keys().filter(of_one).cloned().collect();
        if let Some(key) = of_one.first() {
            self.wrong(
                key,
                "`sign_in.providers` is a list of providers",
                "write `[[sign_in.providers]]`, in two pairs of brackets, above each",
            );
        }
        self.asked.extend(of_one);
        for n in 0.. {
            let prefix = format!("sign_in.providers.{n}.");
            let variables = variable_of(&prefix);
            let told =
                self.found.keys().any(|key| key.starts_with(&prefix)) || self.variables.keys().any(|name| name.starts_with(&variables));
            if n >= 32 || !told {
                break;
            }
            let Some(provider) = self.provider(&prefix) else { continue };
            if providers.iter().any(|known: &Provider| known.id == provider.id) {
                self.wrong(
                    &format!("{prefix}id"),
                    &format!("a second provider with the id `{}`", provider.id),
                    "give each an id of its own",
                );
            }
            providers.push(provider);
        }
        providers
    }

    fn required(&mut self, prefix: &str, name: &str) -> Option<String> {
        let key = format!("{prefix}{name}");
        let value = self.optional(&key, 2_000);
        let variable = variable_of(&key);
        if value.is_none() && !self.found.contains_key(&key) && !self.variables.contains_key(&variable) {
            let first = self.found.keys().find(|key| key.starts_with(prefix)).cloned().unwrap_or_default();
            self.wrong(&first, &format!("a provider without `{name}`"), &format!("add `{name} = \"…\"`, or set `{variable}`"));
        }
        value
    }

    fn provider(&mut self, prefix: &str) -> Option<Provider> {
        let id = self.required(prefix, "id");
        let fits =
            |id: &str| !id.is_empty() && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if id.as_deref().is_some_and(|id| !fits(id)) {
            self.wrong(&format!("{prefix}id"), "a provider's id stands in addresses", "expected lower-case letters, digits and dashes");
        }
        let issuer = self.required(prefix, "issuer");
        let url = issuer.as_ref().and_then(|text| url::Url::parse(text).ok());
        let safe = url.as_ref().is_some_and(|url| url.scheme() == "https" || is_loopback(url));
        if issuer.is_some() && !safe {
            self.wrong(&format!("{prefix}issuer"), "an issuer is reached over TLS", "expected `https://…`, or `http://` on loopback");
        }
        let title = self.required(prefix, "title");
        let client_id = self.required(prefix, "client_id");
        let client_secret = self.required(prefix, "client_secret");
        let domains = self.domains(&format!("{prefix}domains"));
        let google = self.flag(&format!("{prefix}google"));
        Some(Provider { id: id?, title: title?, issuer: url?, client_id: client_id?, client_secret: client_secret?, domains, google })
    }

    /// Domains as addresses have them: in lower case, other scripts as `xn--`.
    fn domains(&mut self, key: &str) -> Vec<String> {
        let mut domains = Vec::new();
        for domain in self.list(key, 1_000) {
            match Address::parse(&format!("x@{domain}")) {
                Ok(address) => domains.push(address.domain().to_owned()),
                Err(_) => self.wrong(
                    key,
                    &format!("`{domain}` is no domain"),
                    "expected what stands after the @ of an address, like `example.org`",
                ),
            }
        }
        domains
    }

    /// Every key there is, those of a provider without their number.
    #[cfg(test)]
    pub(super) fn keys(&self) -> Vec<String> {
        self.asked.iter().map(|key| key.replace("sign_in.providers.0.", "sign_in.providers.")).collect()
    }

    /// Reports what nobody asked for; `Err` with everything wrong, in the file's order.
    pub(super) fn finish(mut self) -> Result<(), Vec<Located>> {
        let plain = |key: &str| key.split('.').filter(|part| part.parse::<u32>().is_err()).collect::<Vec<_>>().join(".");
        let mut known: Vec<String> = self.asked.iter().map(|key| plain(key)).collect();
        let provider = ["id", "title", "issuer", "client_id", "client_secret", "domains", "google"];
        known.extend(provider.map(|name| format!("sign_in.providers.{name}")));
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let unknown: Vec<(String, usize)> = self
            .found
            .iter()
            .filter(|(key, _)| !self.asked.contains(*key))
            .map(|(key, found)| (key.clone(), found.offset.unwrap_or(0)))
            .collect();
        for (key, offset) in unknown {
            let key = plain(&key);
            self.report(offset, format!("unknown key `{key}`"), expected(&key, &names));
        }
        // Of a list, variables carry the number; the first is there to be suggested.
        let first = provider.map(|name| format!("sign_in.providers.0.{name}"));
        let variables: Vec<String> = self.asked.iter().chain(&first).map(|key| variable_of(key)).collect();
        for name in self.variables.keys().filter(|name| !variables.contains(name)) {
            let right = expected(name, &variables.iter().map(String::as_str).collect::<Vec<_>>());
            let what = format!("unknown variable `{name}`");
            self.problems.push(Located { file: "the environment".to_owned(), line: 1, column: 1, what, right });
        }
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
        if self.problems.is_empty() { Ok(()) } else { Err(self.problems) }
    }
}

fn variable_of(key: &str) -> String {
    format!("GUILDHALL_{}", key.replace('.', "_").to_uppercase())
}

fn flatten(prefix: &str, table: &DeTable<'_>, found: &mut BTreeMap<String, Found>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        flatten_value(path, value.get_ref(), key.span().start, found);
    }
}

fn flatten_value(path: String, value: &DeValue<'_>, offset: usize, found: &mut BTreeMap<String, Found>) {
    let kept = match value {
        DeValue::Table(table) => return flatten(&path, table, found),
        DeValue::Array(items) if items.iter().any(|item| matches!(item.get_ref(), DeValue::Table(_))) => {
            for (n, item) in items.iter().enumerate() {
                flatten_value(format!("{path}.{n}"), item.get_ref(), item.span().start, found);
            }
            return;
        }
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
            texts.map_or(Value::Other, Value::List)
        }
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Bare(number.as_str().replace('_', "")),
        DeValue::Boolean(flag) => Value::Bare(flag.to_string()),
        DeValue::Float(_) | DeValue::Datetime(_) => Value::Other,
    };
    found.insert(path, Found { value: kept, offset: Some(offset) });
}

/// Says which of the known names was probably meant, or lists them: those of its section, where it has some.
fn expected(name: &str, known: &[&str]) -> String {
    let section = name.rsplit_once('.').map_or("", |(section, _)| section);
    let of_section: Vec<&str> =
        known.iter().copied().filter(|known| known.rsplit_once('.').is_some_and(|(own, _)| own == section)).collect();
    let near = known.iter().map(|candidate| (strsim::osa_distance(name, candidate), *candidate)).min();
    match near {
        Some((far, candidate)) if far <= (name.chars().count() / 3).max(1) => format!("did you mean `{candidate}`?"),
        _ => format!(
            "expected one of {}",
            if of_section.is_empty() { known } else { &of_section }.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        ),
    }
}
