//! `doctor`: everything a deployment needs, looked at without changing it.

use crate::{At, configuration};
use guildhall_server::{
    config::{Config, KeySource},
    mail::smtp::Smtp,
    sign_in::provider::Providers,
};
use guildhall_store::Store;
use std::process::ExitCode;

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
    let id = model.as_ref().map(|model| model.id.clone()).ok();
    found.push(("model", model.map_or_else(|error| Found::Bad(error.to_string()), |model| Found::Good(model.title))));
    found.push(("key", key(&config.key)));
    found.push(("database", database(&config, id.as_deref()).await));
    found.push(("mail", mail(&config).await));
    let providers = Providers::new(&config).map_err(anyhow::Error::msg)?;
    for (id, answer) in providers.check().await {
        let answer = answer.map_or_else(|why| Found::Bad(format!("{id}: {why}")), |()| Found::Good(format!("{id} answers")));
        found.push(("provider", answer));
    }
    found.push(("clock", clock()));
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
        println!("{mark}  {what:<13}  {text}");
    }
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn key(source: &KeySource) -> Found {
    let path = match source {
        KeySource::Given(_) => return Found::Good("given by the configuration".to_owned()),
        KeySource::File(path) => path,
    };
    let Ok(metadata) = std::fs::metadata(path) else {
        return Found::Note(format!("{} is made at the first start", path.display()));
    };
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    if mode & 0o077 != 0 {
        return Found::Bad(format!("{} can be read by others (mode {mode:o}); `chmod 600` it", path.display()));
    }
    match guildhall_server::key(source) {
        Ok(_) => Found::Good(format!("{}, mode {mode:o}", path.display())),
        Err(error) => Found::Bad(error.to_string()),
    }
}

async fn database(config: &Config, model: Option<&str>) -> Found {
    if config.database_url.strip_prefix("sqlite://").is_some_and(|path| !std::path::Path::new(path).exists()) {
        return Found::Note("the embedded database is made at the first start".to_owned());
    }
    let seen = match Store::inspect(&config.database_url).await {
        Ok(seen) => seen,
        Err(fault) => return Found::Bad(fault.to_string()),
    };
    let (ran, known) = seen.migrations;
    if let (Some(stored), Some(given)) = (&seen.model, model) {
        if stored != given {
            return Found::Bad(format!("it was made with the model `{stored}`, and `{given}` is configured"));
        }
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

/// A clock that is far off makes every link expire at once.
fn clock() -> Found {
    let now = jiff::Timestamp::now();
    let built: Result<jiff::Timestamp, _> = "2026-01-01T00:00:00Z".parse();
    match built {
        Ok(built) if now < built => Found::Bad(format!("it is {now}, which can't be")),
        Ok(_) | Err(_) => Found::Good(now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
    }
}
