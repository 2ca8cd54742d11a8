//! TLS to Postgres. The address says whether (`sslmode`) and whose certificates are trusted (`sslrootcert`, else the machine's).
//!
//! A server's certificate is always checked, its name included: `require`, `verify-ca` and `verify-full` are the same here.

use crate::Fault;
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer, pki_types::pem::PemObject as _};
use std::{net::IpAddr, sync::Arc};
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Where a Postgres is, and how it is spoken to.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
}

/// Every `sslmode`.
const MODES: [&str; 5] = ["disable", "prefer", "require", "verify-ca", "verify-full"];

/// What is wrong with an address, and what would be right; without going there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAddress {
    pub what: String,
    pub right: String,
}

/// Whether it can be read: host, password, every parameter.
pub(super) fn check(url: &str) -> Result<(), BadAddress> {
    read(url).map(drop)
}

/// The address, and the file of `sslrootcert`.
fn read(url: &str) -> Result<(Config, Option<String>), BadAddress> {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let mut authorities = None;
    let mut rest: Vec<&str> = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslrootcert", _)) => {
                authorities = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, file)| file.into_owned());
            }
            Some(("sslmode", mode)) if !MODES.contains(&mode) => {
                let known = MODES.map(|mode| format!("`{mode}`")).join(", ");
                return Err(BadAddress { what: format!("unknown word `{mode}` for `sslmode`"), right: format!("expected one of {known}") });
            }
            Some(("sslmode", "verify-ca" | "verify-full")) => rest.push("sslmode=require"),
            Some(_) | None => rest.push(pair),
        }
    }
    let mut config: Config = format!("{place}?{}", rest.join("&")).parse().map_err(|error| BadAddress {
        what: format!("not an address of Postgres: {}", super::postgres::chain(&error)),
        right: "expected `postgres://USER:PASSWORD@HOST/DATABASE`, and after a `?` parameters such as `sslmode=require`".to_owned(),
    })?;
    if !rest.iter().any(|pair| pair.starts_with("sslmode=")) {
        config.ssl_mode(unasked(&config, authorities.is_some()));
    }
    Ok((config, authorities))
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, Fault> {
        let (config, authorities) = read(url).map_err(|BadAddress { what, right }| Fault::Away(format!("{what}; {right}")))?;
        let roots = match (config.get_ssl_mode(), authorities) {
            (_, Some(file)) => of_file(&file)?,
            (SslMode::Disable, None) => RootCertStore::empty(),
            (_, None) => of_machine(),
        };
        Ok(Self { config, tls: MakeRustlsConnect::new(client(roots)?) })
    }
}

/// Where the address doesn't say: as it says whom to trust; none within this machine; else what the server can.
fn unasked(config: &Config, trusts: bool) -> SslMode {
    let here = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
    };
    match trusts {
        true => SslMode::Require,
        false if config.get_hosts().iter().all(here) => SslMode::Disable,
        false => SslMode::Prefer,
    }
}

fn client(roots: RootCertStore) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| Fault::Away(format!("TLS can't be set up: {error}")))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// What the machine trusts. None at all is no fault here: a server without TLS may be meant.
fn of_machine() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn of_file(file: &str) -> Result<RootCertStore, Fault> {
    let wrong = |why: String| Fault::Away(format!("`sslrootcert`: {why}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(format!("`{file}`: {error}")))? {
        let certificate = certificate.map_err(|error| wrong(format!("`{file}`: {error}")))?;
        roots.add(certificate).map_err(|error| wrong(format!("`{file}`: {error}")))?;
    }
    if roots.is_empty() {
        return Err(wrong(format!("`{file}` holds no certificate; a PEM file was expected")));
    }
    Ok(roots)
}

/// Why a server can't be reached, with what would help where its certificate is the cause.
pub(super) fn away(error: &dyn std::error::Error) -> Fault {
    let why = super::postgres::chain(error);
    let hint = if why.contains("invalid peer certificate") {
        "; add `sslrootcert=FILE` with its authority to the address, or `sslmode=disable` on a network that is yours alone"
    } else {
        ""
    };
    Fault::Away(format!("{why}{hint}"))
}
