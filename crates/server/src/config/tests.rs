use super::*;

fn load(text: &str) -> Result<Config, Vec<String>> {
    Config::load("guildhall.toml", text, &[]).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn it_is_sensible_without_a_file() {
    let config = Config::standard().unwrap();
    assert_eq!(config.model, "standard");
    assert_eq!(config.http.public_url, "http://127.0.0.1:8080");
    assert_eq!(config.database_url, "sqlite://guildhall-data/guildhall.db");
    assert_eq!((config.sign_up, config.organizations), (SignUp::Invited, Founders::Operators));
}

#[test]
fn l_33_an_unknown_key_stops_with_its_place_and_a_suggestion() {
    let problems = load("model = \"workjet\"\n[http]\nlisten = \"127.0.0.1:1\"\npublik_url = \"x\"\n").unwrap_err();
    assert_eq!(problems, ["guildhall.toml:4:1: unknown key `http.publik_url`; did you mean `http.public_url`?"]);
    let problems = load("[[sign_in.providers]]\nid = \"a\"\nisuer = \"x\"\n").unwrap_err();
    assert!(problems.iter().any(|p| p.contains("guildhall.toml:3:1: unknown key `sign_in.providers.isuer`; did you mean")), "{problems:?}");
}

#[test]
fn l_33_every_value_is_bounded_and_all_that_is_wrong_is_told() {
    let text = "sign_up = \"opn\"\n[http]\nlisten = \"here\"\nrequest_seconds = 0\npublic_url = \"http://example.org\"\n[mail]\nsmtp_url = \"smtp://x?tls=maybe\"\n";
    let problems = load(text).unwrap_err();
    assert_eq!(problems.len(), 5, "{problems:?}");
    assert!(problems[0].starts_with("guildhall.toml:1:1: unknown word `opn`; did you mean `open`?"));
    assert!(load("a = [").is_err());
}

#[test]
fn variables_win_over_the_file_and_unknown_ones_stop_too() {
    let of = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let config = Config::load("f", "model = \"pipes\"", &of("GUILDHALL_MODEL", "aihub")).unwrap();
    assert_eq!(config.model, "aihub");
    let problems = Config::load("f", "", &of("GUILDHALL_MODLE", "aihub")).unwrap_err();
    assert!(problems[0].to_string().contains("did you mean `GUILDHALL_MODEL`?"));
    assert!(Config::load("f", "", &of("GUILDHALL_TEST_POSTGRES", "x")).is_ok());
}

#[test]
fn l_33_what_no_file_holds_is_told_by_its_variable() {
    let listen = [("GUILDHALL_HTTP_LISTEN".to_owned(), "0.0.0.0:80".to_owned())];
    let problems = Config::load("", "", &listen).unwrap_err();
    let told = problems[0].to_string();
    assert!(
        problems.len() == 1 && told.starts_with("GUILDHALL_HTTP_LISTEN:1:1: who listens beyond this machine needs `http.public_url`"),
        "{told}"
    );
    let public = [("GUILDHALL_HTTP_PUBLIC_URL".to_owned(), "http://teams.example".to_owned())];
    let told = Config::load("", "", &public).unwrap_err()[0].to_string();
    assert!(
        told.starts_with("GUILDHALL_HTTP_PUBLIC_URL:1:1: `http.public_url` can't be `http://teams.example`; expected `https://HOST`"),
        "{told}"
    );
}

#[test]
fn a_provider_takes_its_secret_from_a_variable_with_its_number() {
    let text = "[[sign_in.providers]]\nid = \"a\"\ntitle = \"A\"\nissuer = \"https://a.example\"\nclient_id = \"x\"\n";
    let of = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let secret = of("GUILDHALL_SIGN_IN_PROVIDERS_0_CLIENT_SECRET", "hidden");
    assert_eq!(Config::load("f", text, &secret).unwrap().providers[0].client_secret, "hidden");
    let unnumbered = of("GUILDHALL_SIGN_IN_PROVIDERS_CLIENT_SECRET", "hidden");
    let problems = Config::load("f", text, &[secret, unnumbered].concat()).unwrap_err();
    let right = "unknown variable `GUILDHALL_SIGN_IN_PROVIDERS_CLIENT_SECRET`; did you mean `GUILDHALL_SIGN_IN_PROVIDERS_0_CLIENT_SECRET`?";
    assert!(problems[0].to_string().ends_with(right), "{}", problems[0]);
    let beyond = of("GUILDHALL_SIGN_IN_PROVIDERS_7_ID", "b");
    assert!(Config::load("f", text, &beyond).unwrap_err().iter().any(|problem| problem.what.contains("PROVIDERS_7_ID")));
}

#[test]
fn providers_have_ids_of_their_own_and_domains_as_addresses_have_them() {
    let one =
        "[[sign_in.providers]]\nid = \"a\"\ntitle = \"A\"\nissuer = \"https://a.example\"\nclient_id = \"x\"\nclient_secret = \"y\"\n";
    let providers = load(&format!("{one}domains = [\"Bücher.example\"]\n")).unwrap().providers;
    assert_eq!(providers[0].domains, ["xn--bcher-kva.example"]);
    for (text, what) in [
        (format!("{one}{one}"), "8:1: a second provider with the id `a`"),
        (format!("{one}domains = [\"a b\"]\n"), "7:1: `a b` is no domain"),
    ] {
        let problems = load(&text).unwrap_err();
        assert!(problems.len() == 1 && problems[0].contains(what), "{problems:?}");
    }
}

#[test]
fn a_provider_may_stand_in_variables_alone() {
    let all = [("ID", "a"), ("TITLE", "A"), ("ISSUER", "https://a.example"), ("CLIENT_ID", "x"), ("CLIENT_SECRET", "y")];
    let named = |(name, value): &(&str, &str)| (format!("GUILDHALL_SIGN_IN_PROVIDERS_0_{name}"), (*value).to_owned());
    let variables: Vec<(String, String)> = all.iter().map(named).collect();
    assert_eq!(Config::load("f", "", &variables).unwrap().providers.len(), 1);
    let problems = Config::load("f", "", &variables[..4]).unwrap_err();
    assert!(problems[0].to_string().contains("set `GUILDHALL_SIGN_IN_PROVIDERS_0_CLIENT_SECRET`"), "{}", problems[0]);
    let mut bad = variables.clone();
    bad[2].1 = "nowhere".to_owned();
    assert!(Config::load("f", "", &bad).unwrap_err()[0].to_string().starts_with("GUILDHALL_SIGN_IN_PROVIDERS_0_ISSUER"));
}

#[test]
fn a_token_for_the_counters_is_long_and_never_shown() {
    assert!(Config::standard().unwrap().metrics.is_none());
    let config = load("[metrics]\ntoken = \"0123456789abcdef\"\n").unwrap();
    assert!(config.metrics.as_ref().unwrap().is("0123456789abcdef") && !config.metrics.as_ref().unwrap().is("0123456789abcdeg"));
    assert!(!format!("{config:?}").contains("0123456789abcdef"));
    for token in ["short", "0123456789 abcdef"] {
        let problems = load(&format!("[metrics]\ntoken = \"{token}\"\n")).unwrap_err();
        assert!(problems[0].starts_with("guildhall.toml:2:1: a token that is guessed; expected 16"), "{problems:?}");
    }
}

#[test]
fn paths_in_a_file_are_beside_it_and_those_of_variables_are_not() {
    let text = "model = \"studio.toml\"\ndata = \"data\"";
    let config = Config::load("/etc/town/guildhall.toml", text, &[]).unwrap();
    assert_eq!(config.model, "/etc/town/studio.toml");
    assert_eq!(config.database_url, "sqlite:///etc/town/data/guildhall.db");
    assert!(matches!(&config.key, KeySource::File(path) if path == Path::new("/etc/town/data/guildhall.key")), "{:?}", config.key);
    assert_eq!(Config::load("/etc/town/g.toml", "model = \"pipes\"", &[]).unwrap().model, "pipes");
    assert_eq!(Config::load("/etc/town/g.toml", "", &[]).unwrap().data, Path::new("/etc/town/guildhall-data"));
    let url = "[database]\nurl = \"sqlite://a/b.db\"";
    assert_eq!(Config::load("/etc/town/g.toml", url, &[]).unwrap().database_url, "sqlite:///etc/town/a/b.db");
    let told = [("GUILDHALL_DATABASE_URL".to_owned(), "sqlite://a/b.db".to_owned()), ("GUILDHALL_MODEL".to_owned(), "./m.toml".to_owned())];
    let config = Config::load("/etc/town/g.toml", url, &told).unwrap();
    assert_eq!((config.database_url.as_str(), config.model.as_str()), ("sqlite://a/b.db", "./m.toml"));
}

#[test]
fn a_value_of_another_type_is_told_at_its_place() {
    for (text, says) in [
        ("title = 1", "1:1: `title` has the wrong type; expected a text in quotes"),
        ("data = true", "1:1: `data` has the wrong type; expected a text in quotes"),
        ("model = 1", "1:1: `model` has the wrong type; expected a text in quotes"),
        ("[http]\ntrusted_proxies = 3", "2:1: `http.trusted_proxies` has the wrong type; expected a list of texts"),
        ("[http]\nrequest_seconds = true", "2:1: `http.request_seconds` is not such a number; expected 1 to 600"),
        ("[http]\nlisten = \"0.0.0.0:80\"", "2:1: who listens beyond this machine needs `http.public_url`; add `public_url = "),
        (
            "[sign_in.providers]\nid = \"a\"\ntitle = \"A\"",
            "2:1: `sign_in.providers` is a list of providers; write `[[sign_in.providers]]`",
        ),
        ("[mail]\nhost = \"x\"", "2:1: unknown key `mail.host`; expected one of `mail.from`, `mail.smtp_url`"),
    ] {
        let problems = load(text).unwrap_err();
        assert!(problems.len() == 1 && problems[0].starts_with(&format!("guildhall.toml:{says}")), "{problems:?}");
    }
}

#[test]
fn an_address_of_a_database_is_read_whole() {
    let told = |url: &str| load(&format!("[database]\nurl = \"{url}\"")).unwrap_err().join("\n");
    let modes = "`disable`, `prefer`, `require`, `verify-ca`, `verify-full`";
    let banana = told("postgres://town:secret@db.example/town?sslmode=banana");
    assert_eq!(banana, format!("guildhall.toml:2:1: unknown word `banana` for `sslmode`; expected one of {modes}"));
    let unknown = told("postgres://town:secret@db.example/town?sslmoed=require");
    assert!(unknown.starts_with("guildhall.toml:2:1: not an address of Postgres: ") && !unknown.contains("secret"), "{unknown}");
    assert!(told("postgres://town:secret@db.example:port/town").contains("expected `postgres://USER:PASSWORD@HOST/DATABASE`"));
    assert!(told("mysql://db.example/town").ends_with("unknown scheme; expected `sqlite://FILE` or `postgres://…`"));
    for mode in ["", "?sslmode=disable", "?sslmode=verify-full&sslrootcert=town.pem", "?connect_timeout=3"] {
        load(&format!("[database]\nurl = \"postgres://town:secret@db.example/town{mode}\"")).unwrap();
    }
}

#[test]
fn mail_comes_from_the_host_that_browsers_know() {
    let from = |rest: &str| load(&format!("{rest}\n[mail]\nsmtp_url = \"smtp://localhost\"")).unwrap().mail.unwrap().from;
    assert_eq!(from("[http]\npublic_url = \"https://teams.example\""), "Guildhall <guildhall@teams.example>");
    assert_eq!(from("[http]\npublic_url = \"https://192.0.2.1\""), "Guildhall <guildhall@localhost>");
}

/// docs/configuration.md has a row for each key.
#[test]
fn every_key_is_described() {
    let provider = "[[sign_in.providers]]\nid = \"a\"";
    let mut source = Source::new("", provider, &[]);
    Config::take(&mut source);
    let page = include_str!("../../../../docs/configuration.md");
    let described: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(key, _)| key)).collect();
    let keys = source.keys();
    assert!(keys.len() > 30, "{keys:?}");
    for key in &keys {
        assert!(described.contains(&key.as_str()), "docs/configuration.md says nothing of `{key}`");
    }
    for key in described {
        assert!(keys.iter().any(|known| known == key), "docs/configuration.md has a row for `{key}`, which is no key");
    }
}
