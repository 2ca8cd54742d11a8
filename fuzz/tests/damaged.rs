//! Texts damaged at random: whatever reads them answers, and says where they are wrong. `GUILDHALL_SEED` repeats a run.

#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use guildhall_access::{
    Model,
    model::{Located, example, presets},
};
use guildhall_core::{
    OrganizationId, RoleKey, SessionId, UserId,
    id::InvitationKind,
    key, link,
    text::{Address, Handle, Name, Slug},
};
use guildhall_fuzz::{
    Random,
    damage::{complaint, damaged, shortened},
};
use guildhall_server::{
    Config, Failure,
    http::{ReturnTo, json, network::ProxyNetwork},
    invitations::list::{parse_csv, parse_list},
};
use guildhall_store::Cursor;
use serde::Deserialize;
use std::{fmt::Display, str::FromStr};

/// Reads so many damaged texts; `read` complains of what mustn't be.
fn answered(name: &str, originals: &[&str], rounds: usize, read: fn(&str) -> Result<(), String>) {
    let seed = Random::seed();
    println!("{name}: {rounds} texts, GUILDHALL_SEED={seed}");
    let mut random = Random(seed);
    for original in originals {
        assert_eq!(complaint(original, read), None, "{name} as it should be");
    }
    for _ in 0..rounds {
        let text = damaged(random.pick(originals).unwrap(), &mut random);
        if let Some(why) = complaint(&text, read) {
            let short = shortened(&text, |text| complaint(text, read).is_some());
            panic!("{name}, GUILDHALL_SEED={seed}: {why}; of the text there needs to be no more than {short:?}");
        }
    }
}

/// Each error names the file, a place that is there, what is wrong and what would be right.
fn located(file: &str, text: &str, errors: &[Located]) -> Result<(), String> {
    let lines: Vec<&str> = text.split('\n').collect();
    let there = |error: &&Located| {
        let line = error.line.checked_sub(1).and_then(|line| lines.get(line));
        let column = line.is_some_and(|line| (1..=line.chars().count() + 1).contains(&error.column));
        error.file == file && column && !error.what.is_empty() && !error.right.is_empty()
    };
    match errors.iter().find(|error| !there(error)) {
        Some(error) => Err(format!("its error has no place: {error:?}")),
        None if errors.is_empty() => Err("it is refused without an error".to_owned()),
        None => Ok(()),
    }
}

#[test]
fn model_files() {
    let originals: Vec<&str> = presets().iter().map(|preset| preset.text).collect();
    answered("a model's file", &originals, 600, |text| match Model::load("model.toml", text) {
        Ok(model) if model.recheck().is_empty() => Ok(()),
        Ok(model) => Err(format!("it was taken, and then: {:?}", model.recheck())),
        Err(errors) => located("model.toml", text, &errors),
    });
}

#[test]
fn examples_of_models() {
    let originals: Vec<&str> = presets().iter().map(|preset| preset.examples).collect();
    answered("a model's examples", &originals, 500, |text| match example::Examples::parse("examples.toml", text) {
        Ok(examples) => {
            let other = presets().iter().map(|preset| examples.check(&Model::preset(preset.id).unwrap())).find(|found| !found.is_empty());
            other.map_or(Ok(()), |found| located("examples.toml", text, &found))
        }
        Err(errors) => located("examples.toml", text, &errors),
    });
}

const CONFIGURATION: &str = r#"
model = "workjet"
data = "/srv/guildhall"
title = "Häuser & Söhne"
sign_up = "open"
organizations = "anyone"
key = "0101010101010101010101010101010101010101010101010101010101010101"

[http]
listen = "127.0.0.1:8080"
public_url = "https://people.example.org"
trusted_proxies = ["10.0.0.0/8", "fd00::/8"]
requests_per_minute = 600
request_seconds = 20

[database]
url = "postgres://guildhall:secret@db.example.org/guildhall?sslmode=verify-full"

[mail]
smtp_url = "smtp://user:password@mail.example.org:587?tls=starttls"
from = "People <people@example.org>"

[limits]
invitations_day = 50

[log]
format = "json"
level = "debug"

[metrics]
token = "0123456789abcdef0123456789abcdef"

[[sign_in.providers]]
id = "google"
title = "Google"
issuer = "https://accounts.google.com"
client_id = "guildhall"
client_secret = "secret"
domains = ["example.org"]
google = true
"#;

#[test]
fn configuration_files() {
    answered("a configuration", &[CONFIGURATION], 3_000, |text| match Config::load("guildhall.toml", text, &[]) {
        Ok(_) => Ok(()),
        Err(errors) => located("guildhall.toml", text, &errors),
    });
}

#[test]
fn variables() {
    let lines = "GUILDHALL_HTTP_LISTEN=127.0.0.1:8080\nGUILDHALL_MAIL_SMTP_URL=smtp://mail.example.org?tls=none\nGUILDHALL_LIMITS_INVITATIONS_DAY=50\n\
                 GUILDHALL_SIGN_IN_PROVIDERS_0_CLIENT_SECRET=secret\nGUILDHALL_KEY=01\nGUILDHALL_LOG_LEVEL=info\nGUILDHALL_METRICS_TOKEN=0123456789abcdef";
    let read = |text: &str| {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        let variables: Vec<(String, String)> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let errors = Config::load("", "", &variables).err().unwrap_or_default();
        let unnamed =
            errors.iter().find(|error| error.what.is_empty() || error.right.is_empty() || !error.to_string().contains("GUILDHALL_"));
        unnamed.map_or(Ok(()), |error| Err(format!("its error names no variable: {error:?}")))
    };
    answered("variables", &[lines], 3_000, read);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its reading is tested")]
struct Body {
    to: String,
    user: Option<UserId>,
    roles: Option<Vec<RoleKey>>,
    rows: Vec<Row>,
    n: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its reading is tested")]
struct Row {
    organization: OrganizationId,
    more: Option<serde_json::Value>,
}

#[test]
fn bodies() {
    let body = r#"{ "to": "ann@example.org", "user": "USER", "roles": ["admin", "m\u00e9mber"], "n": 7,
        "rows": [{ "organization": "ORG", "more": { "a/b~c": [1, 2.5e3, null, true, { "x": "\ud83e\udd80" }] } }] }"#;
    let body = body.replace("USER", &UserId::from_u128(7).to_string()).replace("ORG", &OrganizationId::from_u128(8).to_string());
    answered("a body", &[&body], 20_000, |text| match json::read::<Body>(text.as_bytes()) {
        Ok(_) => Ok(()),
        Err(Failure::Malformed(what)) if what.contains("line") && what.contains("column") => Ok(()),
        // An empty pointer is the body itself.
        Err(Failure::Rejected(errors))
            if errors.iter().all(|error| !error.what.is_empty() && is_pointer(&error.pointer)) && !errors.is_empty() =>
        {
            Ok(())
        }
        Err(failure) => Err(format!("it has no place: {failure:?}")),
    });
}

fn is_pointer(text: &str) -> bool {
    text.is_empty() || text.starts_with('/')
}

/// What is read is what it says of itself again.
fn again<T: FromStr + Display + PartialEq>(text: &str) -> Result<(), String> {
    let Ok(read) = text.parse::<T>() else { return Ok(()) };
    if read.to_string() == text { Ok(()) } else { Err(format!("it is read as {read}")) }
}

#[test]
fn ids_and_tokens() {
    let ids =
        [OrganizationId::from_u128(u128::MAX).to_string(), UserId::from_u128(1 << 90).to_string(), SessionId::from_u128(0).to_string()];
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    answered("an id", &ids, 50_000, |text| {
        again::<OrganizationId>(text)?;
        again::<UserId>(text)?;
        again::<SessionId>(text)
    });
    let token = format!("{}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", guildhall_core::InvitationId::from_u128(5));
    answered("a link's token", &[&token, "ghs_00000000000000000000000000000000000000000000"], 50_000, |text| {
        let _ = (link::id_of::<InvitationKind>(text), key::id_of(text));
        Ok(())
    });
    answered("a cursor", &["3.-7.00000000000000000000000000000001.Ann. Who?"], 50_000, |text| match Cursor::decode(text) {
        Some(cursor) if Cursor::decode(&cursor.encode()) != Some(cursor.clone()) => Err(format!("it is read as {cursor:?}")),
        _ => Ok(()),
    });
}

/// What was taken is taken again as it is kept; what was refused says why.
fn kept<T, E: Display>(text: &str, parse: impl Fn(&str) -> Result<T, E>, kept: impl Fn(&T) -> String) -> Result<(), String> {
    match parse(text) {
        Ok(taken) => match parse(&kept(&taken)) {
            Ok(again) if kept(&again) == kept(&taken) => Ok(()),
            _ => Err(format!("it is kept as {:?}, which isn't taken", kept(&taken))),
        },
        Err(why) if why.to_string().is_empty() => Err("it is refused without a reason".to_owned()),
        Err(_) => Ok(()),
    }
}

#[test]
fn texts_of_people() {
    let addresses = ["ann.lee+news@mail.example.org", "jürgen@bücher.example", "用户@例子.example"];
    answered("an address", &addresses, 20_000, |text| {
        kept(text, Address::parse, |address| address.typed().to_owned())?;
        kept(text, Address::parse, |address| address.key().to_owned())
    });
    answered("a name", &["Ann Lee", "Jürgen  Groß", "王 小明"], 50_000, |text| {
        kept(text, Name::parse, |name| name.as_str().to_owned())
    });
    answered("a handle", &["ann-lee", "o2"], 50_000, |text| {
        kept(text, Handle::parse, |handle| handle.as_str().to_owned())?;
        kept(text, Slug::parse, |slug| slug.as_str().to_owned())
    });
}

#[test]
fn lists_and_places() {
    let csv = "email,role\nann@example.org,admin member\n\"Lee, Bo <bo@example.org>\",\"member\"\n";
    answered("CSV", &[csv], 20_000, |text| {
        let unplaced =
            parse_csv(text).err().filter(|errors| errors.is_empty() || errors.iter().any(|error| !error.pointer.starts_with("line ")));
        unplaced.map_or(Ok(()), |errors| Err(format!("its errors have no place: {errors:?}")))
    });
    answered("a list of addresses", &["ann@example.org, Bo <bo@example.org>; cy@example.org\ndee@example.org"], 20_000, |text| {
        let blank = parse_list(text).into_iter().find(|one| one.contains([',', ';', '\n']));
        blank.map_or(Ok(()), |one| Err(format!("two are taken for one: {one:?}")))
    });
    answered("where to go back to", &["/o/north/people?page=2#x"], 50_000, |text| {
        let to = ReturnTo::from(text.to_owned());
        let site = url::Url::parse("https://ours.example").unwrap();
        let there = site.join(to.path()).map_err(|why| format!("{} is no address: {why}", to.path()))?;
        if there.origin() == site.origin() { Ok(()) } else { Err(format!("it leads to {there}")) }
    });
    answered("a proxy's network", &["10.0.0.0/8", "fd00::1", "192.0.2.0/255"], 50_000, |text| {
        let _ = ProxyNetwork::parse(text);
        Ok(())
    });
}

/// The ways above do find what they look for, and say it in short.
#[test]
fn a_reader_that_panics_or_names_no_place_is_found_out() {
    let found = |read: fn(&str) -> Result<(), String>| {
        let caught = std::panic::catch_unwind(|| answered("a bad reader", &[CONFIGURATION], 10_000, read)).unwrap_err();
        *caught.downcast::<String>().unwrap()
    };
    let panics = found(|text| if text.contains('🦀') { panic!("what is this?") } else { Ok(()) });
    assert!(panics.ends_with("it panics; of the text there needs to be no more than \"🦀\""), "{panics}");
    let nowhere = |line| Located { file: "x".to_owned(), line, column: 1, what: "wrong".to_owned(), right: "right".to_owned() };
    assert!(located("x", "one line", &[nowhere(1)]).is_ok());
    for (file, errors) in [("x", vec![nowhere(0)]), ("x", vec![nowhere(2)]), ("y", vec![nowhere(1)]), ("x", Vec::new())] {
        assert!(located(file, "one line", &errors).is_err(), "{errors:?}");
    }
}
