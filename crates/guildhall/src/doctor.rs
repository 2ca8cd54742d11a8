//! `doctor`: everything a deployment needs, looked at without changing it.

use crate::{At, configuration};
use guildhall_core::Model;
use guildhall_server::{
    StartError,
    config::{Config, KeySource},
    deployment_key,
    mail::smtp::Smtp,
    sign_in::provider::{Checked, Providers},
};
use guildhall_store::{Fault, Inspection, RolesGone, Store, held};
use jiff::Timestamp;
use std::process::ExitCode;

/// How far from others' a clock may be, in seconds.
const MOST_OFF: i64 = 60;

/// What was found of one thing.
enum Found {
    Good(String),
    /// Works, but somebody should know.
    Note(String),
    Bad(String),
}

pub(crate) async fn run(at: &At) -> anyhow::Result<ExitCode> {
    let config = configuration::load(at)?;
    guildhall_server::prepare_tls();
    let mut found = vec![("configuration", Found::Good(format!("sound; {}", config.http.public_url)))];
    let model = guildhall_server::model(&config.model);
    let given = model.as_ref().ok();
    let inspected = inspect(&config, given).await;
    found.push(("key", key(&config.key, inspected.as_ref().ok().and_then(Option::as_ref))));
    let mut clocks = Vec::new();
    if let Ok(Some(Inspection { clock: Some(clock), .. })) = &inspected {
        clocks.push(("the database".to_owned(), clock.parse().ok()));
    }
    found.push(("database", database(inspected, given)));
    found.push(("model", model.map_or_else(|error| Found::Bad(error.to_string()), |model| Found::Good(model.title))));
    found.push(("mail", mail(&config).await));
    let providers = Providers::new(&config).map_err(anyhow::Error::msg)?;
    for Checked { id, answer, date } in providers.check().await {
        clocks.extend(date.map(|date| (id.clone(), of_header(&date))));
        let answer = answer.map_or_else(|why| Found::Bad(format!("{id}: {why}")), |()| Found::Good(format!("{id} answers")));
        found.push(("provider", answer));
    }
    found.push(("clock", clock(Timestamp::now(), &clocks)));
    let mut bad = 0;
    for (what, found) in found {
        let (mark, text) = match found {
            Found::Good(text) => ("ok  ", text),
            Found::Note(text) => ("note", text),
            Found::Bad(text) => {
                bad += 1;
                ("BAD ", text)
            }
        };
        say!("{mark}  {what:<13}  {text}");
    }
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The key as it is, against the one the database knows.
fn key(source: &KeySource, seen: Option<&Inspection>) -> Found {
    let kept = seen.and_then(|seen| seen.key_mark.as_deref());
    let place = match source {
        KeySource::Given(_) => "given by the configuration".to_owned(),
        KeySource::File(path) => path.display().to_string(),
    };
    match (deployment_key::read(source), kept) {
        (Err(error), _) => Found::Bad(error.to_string()),
        (Ok(None), Some(_)) => Found::Bad(StartError::KeyLost { path: place }.to_string()),
        (Ok(None), None) => Found::Note(format!("{place} is made at the first start")),
        (Ok(Some(key)), Some(kept)) if deployment_key::mark(&key) != kept => Found::Bad(StartError::OtherKey.to_string()),
        (Ok(Some(_)), _) => Found::Good(place),
    }
}

/// `None`: the embedded database isn't there yet.
async fn inspect(config: &Config, model: Option<&Model>) -> Result<Option<Inspection>, Fault> {
    if config.database_url.strip_prefix("sqlite://").is_some_and(|path| !std::path::Path::new(path).exists()) {
        return Ok(None);
    }
    Store::inspect(&config.database_url, model).await.map(Some)
}

fn database(inspected: Result<Option<Inspection>, Fault>, model: Option<&Model>) -> Found {
    let seen = match inspected {
        Ok(Some(seen)) => seen,
        Ok(None) => return Found::Note("the embedded database is made at the first start".to_owned()),
        Err(fault) => return Found::Bad(fault.to_string()),
    };
    let (ran, known) = seen.migrations;
    if let (Some(stored), Some(given)) = (&seen.model, model)
        && *stored != given.id
    {
        return Found::Bad(format!("it was made with the model `{stored}`, and `{}` is configured", given.id));
    }
    let RolesGone { roles, is_top_gone } = &seen.roles_gone;
    if *is_top_gone {
        return Found::Bad(format!("nobody holds the model's top role; it no longer declares {}", held(roles)));
    }
    if !roles.is_empty() {
        return Found::Note(format!("the model no longer declares {}: it gives nothing until it is declared again", held(roles)));
    }
    let holder = seen.lock_holder.map_or_else(|| "nobody writes to it".to_owned(), |holder| format!("{holder} writes to it"));
    let text = format!("{} answers; {ran} of {known} migrations ran; {holder}", seen.database);
    if ran == known { Found::Good(text) } else { Found::Note(format!("{text}; the rest run at the next start")) }
}

async fn mail(config: &Config) -> Found {
    let Some(mail) = &config.mail else { return Found::Note("no server is configured: nobody can sign in by mail".to_owned()) };
    let smtp = match Smtp::new(mail) {
        Ok(smtp) => smtp,
        Err(why) => return Found::Bad(why),
    };
    match smtp.check().await {
        Ok(()) => Found::Good(format!("the server answers; mail comes from {}", mail.from)),
        Err(why) => Found::Bad(why),
    }
}

/// The time of an HTTP header, which has the shape of a mail's.
fn of_header(date: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()
}

/// A clock that is off makes links expire early or late, and providers' tokens seem old or not yet good.
fn clock(now: Timestamp, others: &[(String, Option<Timestamp>)]) -> Found {
    let mut text = now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    for (who, their) in others {
        let Some(their) = their else { continue };
        let off = now.as_second() - their.as_second();
        if off.abs() > MOST_OFF {
            let way = if off > 0 { "ahead of" } else { "behind" };
            return Found::Bad(format!("{text}, {} seconds {way} {who}; set it by NTP", off.abs()));
        }
        text = format!("{text}, as {who}");
    }
    Found::Good(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(others: &[(&str, &str)]) -> (bool, String) {
        let others: Vec<_> = others.iter().map(|(who, time)| ((*who).to_owned(), time.parse().ok())).collect();
        match clock("2026-03-01T09:00:00Z".parse().unwrap(), &others) {
            Found::Good(text) | Found::Note(text) => (true, text),
            Found::Bad(text) => (false, text),
        }
    }

    #[test]
    fn a_clock_that_is_more_than_a_minute_off_is_bad() {
        assert_eq!(said(&[]), (true, "2026-03-01 09:00:00 UTC".to_owned()));
        // As Postgres writes it, wherever its server is.
        assert_eq!(said(&[("the database", "2026-03-01 10:01:00.25+01")]), (true, "2026-03-01 09:00:00 UTC, as the database".to_owned()));
        let (good, text) = said(&[("a", "2026-03-01 09:00:01+00"), ("b", "2026-03-01 08:58:59+00")]);
        assert!(!good && text.ends_with("61 seconds ahead of b; set it by NTP"), "{text}");
        let (good, text) = said(&[("the database", "2026-03-01 04:31:01-04:30")]);
        assert!(!good && text.contains("61 seconds behind the database"), "{text}");
        assert_eq!(of_header("Sun, 01 Mar 2026 09:00:00 GMT"), "2026-03-01T09:00:00Z".parse().ok());
        assert_eq!(of_header("yesterday"), None);
    }
}
