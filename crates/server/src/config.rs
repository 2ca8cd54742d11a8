//! The configuration: a file and the environment, sensible without either. What isn't known stops the start, with its place.

mod read;
#[cfg(test)]
mod tests;

use crate::http::network::ProxyNetwork;
use guildhall_access::model::Located;
use guildhall_core::link;
use guildhall_store::{BadAddress, check_address};
use read::Source;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use subtle::ConstantTimeEq as _;

/// Everything that is configured, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// A preset's name, or the path of a model file.
    pub model: String,
    /// What the portal calls itself; else the model's title.
    pub title: Option<String>,
    /// Where the embedded database and the key file stand. Paths in a file are meant from where the file is.
    pub data: PathBuf,
    pub http: Http,
    pub database_url: String,
    pub key: KeySource,
    /// Without it no mail leaves.
    pub mail: Option<Mail>,
    pub sign_up: SignUp,
    pub organizations: Founders,
    pub providers: Vec<Provider>,
    pub limits: Limits,
    pub log: Log,
    /// Without it nobody reads the counters.
    pub metrics: Option<MetricsToken>,
    /// The demo: mails are shown instead of sent.
    pub demo: bool,
}

#[derive(Clone, Debug)]
pub struct Http {
    pub listen: SocketAddr,
    /// As browsers reach it, without a slash at the end.
    pub public_url: String,
    pub trusted_proxies: Vec<ProxyNetwork>,
    /// Of one network; 0: as many as come.
    pub requests_per_minute: u32,
    /// Of one service key; 0: as many as come.
    pub key_requests_per_minute: u32,
    pub request_time: Duration,
}

/// Where the deployment's key comes from.
#[derive(Clone)]
pub enum KeySource {
    /// A file, made at the first start.
    File(PathBuf),
    /// Given, as 64 hexadecimal digits.
    Given([u8; 32]),
}

impl std::fmt::Debug for KeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Given(_) => f.write_str("Given(…)"),
        }
    }
}

/// What whoever reads `/metrics` must show, as its hash.
#[derive(Clone)]
pub struct MetricsToken([u8; 32]);

impl MetricsToken {
    pub fn new(text: &str) -> Self {
        Self(link::hash(text))
    }
    pub fn is(&self, text: &str) -> bool {
        link::hash(text).ct_eq(&self.0).into()
    }
}

impl std::fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MetricsToken(…)")
    }
}

#[derive(Clone)]
pub struct Mail {
    /// `smtp://user:password@host:port?tls=starttls|required|none`.
    pub smtp_url: url::Url,
    pub from: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    Open,
    Invited,
    /// Invited people, and those with a proven address at one of these domains: none until domains can be proven.
    Domain,
}

/// Who may found organizations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Founders {
    Anyone,
    Operators,
}

#[derive(Clone)]
pub struct Provider {
    /// Stands in addresses: `[a-z0-9-]`.
    pub id: String,
    pub title: String,
    pub issuer: url::Url,
    pub client_id: String,
    pub client_secret: String,
    /// Domains for whose addresses it is authoritative.
    pub domains: Vec<String>,
    /// Google: authoritative for gmail.com, and for the domain it states in `hd`.
    pub google: bool,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("id", &self.id).field("issuer", &self.issuer.as_str()).finish_non_exhaustive()
    }
}

/// How often; each with its reason in `docs/security.md`.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub sign_in_mails_15_minutes: u32,
    pub sign_in_mails_day: u32,
    pub sign_in_mails_network_hour: u32,
    pub invitations_day_young: u32,
    pub invitations_day: u32,
    pub mails_to_stranger_day: u32,
    pub handle_lookups_hour: u32,
    /// Organizations one person founds.
    pub organizations_day: u32,
    /// Handles or short names one person takes: each given up rests, and nobody else gets it meanwhile.
    pub renames_day: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in_mails_15_minutes: 3,
            sign_in_mails_day: 10,
            sign_in_mails_network_hour: 20,
            invitations_day_young: 100,
            invitations_day: 2_000,
            mails_to_stranger_day: 5,
            handle_lookups_hour: 60,
            organizations_day: 20,
            renames_day: 10,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Log {
    pub json: bool,
    /// `error`, `warn`, `info`, `debug`, `trace`.
    pub level: String,
}

impl Config {
    /// What there is without a file and without variables.
    pub fn standard() -> Result<Self, Vec<Located>> {
        Self::load("", "", &[])
    }

    /// Reads a file's text and the variables `GUILDHALL_…`; a variable wins over the file. Answers with all that is wrong.
    pub fn load(file: &str, text: &str, variables: &[(String, String)]) -> Result<Self, Vec<Located>> {
        let mut source = Source::new(file, text, variables);
        let config = Self::take(&mut source);
        source.finish().map(|()| config)
    }

    fn take(source: &mut Source<'_>) -> Self {
        let data = source.path("data").unwrap_or_else(|| source.placed("data", PathBuf::from("guildhall-data")));
        let http = Http::take(source);
        let mail = Mail::take(source, &http.public_url);
        let default_url = format!("sqlite://{}", data.join("guildhall.db").display());
        let given = source.optional("database.url", 4_000);
        let placed = |url: String| match url.strip_prefix("sqlite://") {
            Some(path) => format!("sqlite://{}", source.placed("database.url", PathBuf::from(path)).display()),
            None => url,
        };
        let database_url = given.map_or(default_url, placed);
        if let Err(BadAddress { what, right }) = check_address(&database_url) {
            source.wrong("database.url", &what, &right);
        }
        // The key file stands beside the embedded database; without one, in the data folder.
        let embedded = database_url.strip_prefix("sqlite://").and_then(|path| Path::new(path).parent());
        let key_file = embedded.unwrap_or(&data).join("guildhall.key");
        let file = source.path("key_file").unwrap_or(key_file);
        let key = source.key("key").map_or(KeySource::File(file), KeySource::Given);
        Self {
            model: model_of(source),
            title: source.optional("title", 64),
            http,
            database_url,
            key,
            mail,
            sign_up: source.word(
                "sign_up",
                SignUp::Invited,
                &[("open", SignUp::Open), ("invited", SignUp::Invited), ("domain", SignUp::Domain)],
            ),
            organizations: source.word(
                "organizations",
                Founders::Operators,
                &[("anyone", Founders::Anyone), ("operators", Founders::Operators)],
            ),
            providers: source.providers(),
            limits: Limits::take(source),
            log: Log {
                json: source.word("log.format", false, &[("text", false), ("json", true)]),
                level: ["error", "warn", "info", "debug", "trace"]
                    .get(source.word("log.level", 2_usize, &[("error", 0), ("warn", 1), ("info", 2), ("debug", 3), ("trace", 4)]))
                    .map_or_else(String::new, ToString::to_string),
            },
            metrics: MetricsToken::take(source),
            data,
            demo: false,
        }
    }
}

/// A preset's name, or a file.
fn model_of(source: &mut Source<'_>) -> String {
    let name = source.text("model", "standard", 4_000);
    if crate::serve::is_preset(&name) { name } else { source.placed("model", PathBuf::from(name)).display().to_string() }
}

impl Http {
    fn take(source: &mut Source<'_>) -> Self {
        let listen = source.text("http.listen", "127.0.0.1:8080", 64);
        let listen: SocketAddr = listen.parse().unwrap_or_else(|_| {
            source.wrong("http.listen", "not an address to listen on", "expected an IP address and a port, as in `127.0.0.1:8080`");
            SocketAddr::from(([127, 0, 0, 1], 8080))
        });
        let public_url = match source.optional("http.public_url", 2_000) {
            Some(text) => checked_public_url(source, &text),
            None => local_url(source, listen),
        };
        let mut proxies = Vec::new();
        for text in source.list("http.trusted_proxies", 64) {
            match ProxyNetwork::parse(&text) {
                Some(network) => proxies.push(network),
                None => source.wrong(
                    "http.trusted_proxies",
                    &format!("`{text}` is no address or network"),
                    "expected, for example, `10.0.0.0/8`",
                ),
            }
        }
        Self {
            listen,
            public_url,
            trusted_proxies: proxies,
            requests_per_minute: source.number("http.requests_per_minute", 6_000, 0..=10_000_000),
            key_requests_per_minute: source.number("http.key_requests_per_minute", 600_000, 0..=100_000_000),
            request_time: Duration::from_secs(u64::from(source.number("http.request_seconds", 30, 1..=600))),
        }
    }
}

/// Where nobody gives one: as it listens, which only this machine reaches.
fn local_url(source: &mut Source<'_>, listen: SocketAddr) -> String {
    if !source.has("http.public_url") && !listen.ip().is_loopback() {
        let right = "add `public_url = \"https://…\"` below `[http]`: the address that browsers use";
        source.wrong("http.listen", "who listens beyond this machine needs `http.public_url`", right);
    }
    format!("http://{listen}")
}

fn checked_public_url(source: &mut Source<'_>, text: &str) -> String {
    let right = "expected `https://HOST`, or `http://` on loopback, with nothing after host and port";
    let Ok(url) = url::Url::parse(text) else {
        source.wrong("http.public_url", "not an address", right);
        return text.to_owned();
    };
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !bare || !safe {
        source.wrong("http.public_url", &format!("`http.public_url` can't be `{text}`"), right);
    }
    url.origin().ascii_serialization()
}

/// Whether an address stays on this machine.
pub fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl Mail {
    fn take(source: &mut Source<'_>, public_url: &str) -> Option<Self> {
        let smtp_url = source.optional("mail.smtp_url", 2_000);
        // From the host that browsers know, unless that is a number.
        let host =
            url::Url::parse(public_url).ok().and_then(|url| url.domain().map(str::to_owned)).unwrap_or_else(|| "localhost".to_owned());
        let from = source.text("mail.from", &format!("Guildhall <guildhall@{host}>"), 320);
        if from.parse::<lettre::message::Mailbox>().is_err() {
            source.wrong("mail.from", "not a sender", "expected `Name <address@example.org>`");
        }
        let text = smtp_url?;
        let right = "expected `smtp://USER:PASSWORD@HOST:PORT?tls=starttls`, `tls=required` or `tls=none`";
        let url = url::Url::parse(&text).ok().filter(|url| url.scheme() == "smtp" && url.host_str().is_some_and(|host| !host.is_empty()));
        let Some(smtp_url) = url else {
            source.wrong("mail.smtp_url", "not the address of an SMTP server", right);
            return None;
        };
        if crate::mail::smtp::Tls::of(&smtp_url).is_none() {
            source.wrong("mail.smtp_url", "an unknown word after the question mark", right);
        }
        Some(Self { smtp_url, from })
    }
}

impl MetricsToken {
    fn take(source: &mut Source<'_>) -> Option<Self> {
        let text = source.optional("metrics.token", 200)?;
        let is_one = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_one {
            source.wrong(
                "metrics.token",
                "a token that is guessed",
                "expected 16 to 200 visible characters; `openssl rand -hex 32` makes them",
            );
        }
        is_one.then(|| Self::new(&text))
    }
}

impl Limits {
    fn take(source: &mut Source<'_>) -> Self {
        let standard = Self::default();
        let mut number = |key: &'static str, standard: u32| source.number(key, standard, 1..=1_000_000);
        Self {
            sign_in_mails_15_minutes: number("limits.sign_in_mails_15_minutes", standard.sign_in_mails_15_minutes),
            sign_in_mails_day: number("limits.sign_in_mails_day", standard.sign_in_mails_day),
            sign_in_mails_network_hour: number("limits.sign_in_mails_network_hour", standard.sign_in_mails_network_hour),
            invitations_day_young: number("limits.invitations_day_young", standard.invitations_day_young),
            invitations_day: number("limits.invitations_day", standard.invitations_day),
            mails_to_stranger_day: number("limits.mails_to_stranger_day", standard.mails_to_stranger_day),
            handle_lookups_hour: number("limits.handle_lookups_hour", standard.handle_lookups_hour),
            organizations_day: number("limits.organizations_day", standard.organizations_day),
            renames_day: number("limits.renames_day", standard.renames_day),
        }
    }
}
