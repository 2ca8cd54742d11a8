//! SMTP: to one server, over TLS, with STARTTLS, or in the clear where it is told so.

use super::Letter;
use crate::config::Mail;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, MultiPart, header},
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Tls as LettreTls, TlsParameters},
    },
};
use std::time::Duration;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte.
    Required,
    /// By STARTTLS, which the server must offer.
    StartTls,
    /// Not at all. Where nothing is said, only on loopback.
    None,
}

impl Tls {
    /// What the address asks for: `?tls=…`; without it STARTTLS, and none on loopback. `None`: an unknown word.
    pub fn of(url: &url::Url) -> Option<Self> {
        let mut pairs = url.query_pairs();
        match (pairs.next(), pairs.next()) {
            (None, _) => Some(if crate::config::is_loopback(&http_of(url)) { Self::None } else { Self::StartTls }),
            (Some((key, value)), None) if key == "tls" => match value.as_ref() {
                "required" => Some(Self::Required),
                "starttls" => Some(Self::StartTls),
                "none" => Some(Self::None),
                _ => None,
            },
            (Some(_), _) => None,
        }
    }
}

/// The host of a scheme that the URL standard doesn't know is text; as a web address it is parsed.
fn http_of(url: &url::Url) -> url::Url {
    let host = url.host_str().unwrap_or_default();
    url::Url::parse(&format!("http://{host}/")).unwrap_or_else(|_| url.clone())
}

/// Why a mail didn't leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// Try again later.
    Later(String),
    /// The server said no for good, or the letter can't be written.
    Never(String),
}

/// The way to the server: a pool of connections.
#[derive(Clone, Debug)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// What is connected to, and how, as a message says it.
    way: String,
}

impl Smtp {
    pub fn new(mail: &Mail) -> Result<Self, String> {
        let url = &mail.smtp_url;
        let host = url.host_str().ok_or("no host")?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let tls = Tls::of(url).ok_or("an unknown word for `tls`")?;
        let parameters = || TlsParameters::new(host.clone()).map_err(|error| error.to_string());
        let (tls, standard_port, how) = match tls {
            Tls::Required => (LettreTls::Wrapper(parameters()?), 465, "TLS from the first byte"),
            Tls::StartTls => (LettreTls::Required(parameters()?), 587, "STARTTLS"),
            Tls::None => (LettreTls::None, 25, "no TLS"),
        };
        let port = url.port().unwrap_or(standard_port);
        let mut way = format!("{}:{port}, with {how}", url.host_str().unwrap_or_default());
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.clone()).port(port).tls(tls).timeout(Some(PATIENCE));
        if !url.username().is_empty() {
            way = format!("{way}, as `{}`", percent_decoded(url.username()));
            let plain = |text: &str| percent_decoded(text);
            builder = builder.credentials(Credentials::new(plain(url.username()), plain(url.password().unwrap_or_default())));
        }
        let from = mail.from.parse().map_err(|error: lettre::address::AddressError| error.to_string())?;
        Ok(Self { transport: builder.build(), from, way })
    }

    /// Whether the server answers and lets us in: for `doctor`. Else what was tried, what came of it, and what would help.
    pub async fn check(&self) -> Result<(), String> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("{}: it answers, and isn't ready; try again later", self.way)),
            Err(error) => Err(format!("{}: {}", self.way, explained(&error))),
        }
    }

    /// Sends one letter. What it answers names no address.
    pub async fn send(&self, id: uuid::Uuid, letter: &Letter) -> Result<(), Unsent> {
        let message = self.message(id, letter).map_err(Unsent::Never)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() && !is_about_us(&error) => Err(Unsent::Never(without_addresses(&chain(&error)))),
            Err(error) => Err(Unsent::Later(without_addresses(&chain(&error)))),
        }
    }

    fn message(&self, id: uuid::Uuid, letter: &Letter) -> Result<Message, String> {
        let to: lettre::Address = letter.to.parse().map_err(|_| "the address can't be written in a mail".to_owned())?;
        // The same for each try, so that a mail sent twice is seen once.
        let message_id = format!("<{}@{}>", id.simple(), self.from.email.domain());
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&letter.subject)
            .message_id(Some(message_id))
            .raw_header(header::HeaderValue::new(header::HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
        if let Some(href) = &letter.unsubscribe {
            let name = header::HeaderName::new_from_ascii_str;
            builder = builder
                .raw_header(header::HeaderValue::new(name("List-Unsubscribe"), format!("<{href}>")))
                .raw_header(header::HeaderValue::new(name("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click".to_owned()));
        }
        builder.multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone())).map_err(|error| error.to_string())
    }
}

fn percent_decoded(text: &str) -> String {
    // A form's value is decoded alike, but for the plus sign.
    let quoted = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(quoted.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        // Some say their source themselves.
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = inner.source();
    }
    text
}

/// The server refuses our account, not the letter: an operator mends it, and what waits leaves then.
fn is_about_us(error: &Error) -> bool {
    error.status().is_some_and(|code| matches!(code.to_string().as_str(), "530" | "534" | "535" | "538"))
}

/// What came of a connection, and what would help.
fn explained(error: &Error) -> String {
    let place = "look at host, port and the word behind `?tls=` in `mail.smtp_url`";
    let why = innermost(error);
    if let Some(code) = error.status() {
        let help = if is_about_us(error) { "look at user and password in `mail.smtp_url`" } else { "its operator knows more" };
        return format!("the server answers {code}, `{}`; {help}", without_addresses(&why));
    }
    match () {
        () if error.is_tls() => format!(
            "TLS can't be begun: {why}; the server's certificate must be for that host, and the word behind `?tls=` what it offers there \
             (`starttls`, `required`, `none`)"
        ),
        () if error.is_timeout() => format!("no answer in {} seconds; {place}, and whether a firewall lets it through", PATIENCE.as_secs()),
        () if error.is_client() => format!("{why}; look at the word behind `?tls=` in `mail.smtp_url` (`starttls`, `required`, `none`)"),
        () => format!("can't connect: {why}; {place}"),
    }
}

/// What it comes down to.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// Servers like to repeat the address they refuse.
fn without_addresses(text: &str) -> String {
    text.split(' ').map(|word| if word.contains('@') { "(an address)" } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_what_the_address_says_and_sensible_without() {
        let of = |text: &str| Tls::of(&text.parse().unwrap());
        assert_eq!(of("smtp://mail.example:25"), Some(Tls::StartTls));
        assert_eq!(of("smtp://127.0.0.1:2525"), Some(Tls::None));
        assert_eq!(of("smtp://localhost:2525?tls=starttls"), Some(Tls::StartTls));
        assert_eq!(of("smtp://mail.example?tls=required"), Some(Tls::Required));
        assert_eq!(of("smtp://mail.example?tls=maybe"), None);
        assert_eq!(percent_decoded("a%40b+c"), "a@b+c");
        assert_eq!(without_addresses("550 <ann@example.org> unknown"), "550 (an address) unknown");
    }
}
