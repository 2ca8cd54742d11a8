use crate::{browser::Browser, harness::Server};
use axum::http::Method;
use guildhall_core::time::Span;
use guildhall_testkit::both_databases;

both_databases! {
    async fn sign_in_mails_are_limited_alike_for_known_and_unknown_addresses(database) {
        let server = Server::start(database, "standard").await;
        server.person("ann@example.org").await;
        for address in ["ann@example.org", "Who@example.org"] {
            let mut browser = Browser::new(&server, "Firefox");
            for _ in 0..3 {
                browser.ask(address).await;
            }
            browser.get("/sign-in").await;
            let full = browser.post("/sign-in", &[("address", &address.to_uppercase().replace("EXAMPLE.ORG", "example.org"))]).await;
            assert_eq!(full.says("Too many requests. Another mail can be asked for in ").status, 429);
            full.says("Mail me a code").says(&format!("value=\"{}\"", address.to_uppercase().replace("EXAMPLE.ORG", "example.org")));
            assert!(full.headers.contains_key("retry-after"));
        }
        let mut waiting = Browser::new(&server, "Firefox");
        let page = waiting.ask("cleo@example.org").await;
        let again = page.replace("/code?", "/code/again?");
        for _ in 0..2 {
            assert_eq!(waiting.post(&again, &[]).await.status, 303);
        }
        let full = waiting.post(&again, &[]).await;
        assert_eq!(full.says("Check your mail").says("Another mail can be asked for in ").status, 429);
        assert!(full.headers.contains_key("retry-after"));
        // Another one is free, and after a while so are these.
        let mut browser = Browser::new(&server, "Firefox");
        browser.ask("ben@example.org").await;
        server.pass(Span::minutes(30));
        browser.ask("ann@example.org").await;
    }

    async fn one_network_asks_for_so_many_mails_an_hour(database) {
        let server = Server::start(database, "standard").await;
        let mut browser = Browser::new(&server, "Firefox");
        for n in 0..20 {
            browser.ask(&format!("p{n}@example.org")).await;
        }
        browser.get("/sign-in").await;
        assert_eq!(browser.post("/sign-in", &[("address", "p21@example.org")]).await.status, 429);
        browser.peer = "198.51.100.1:1".parse().unwrap();
        browser.ask("p21@example.org").await;
        browser.peer = "[2001:db8:1:2::1]:1".parse().unwrap();
        for n in 0..20 {
            browser.ask(&format!("q{n}@example.org")).await;
        }
        browser.peer = "[2001:db8:1:2:ffff::9]:1".parse().unwrap();
        browser.get("/sign-in").await;
        assert_eq!(browser.post("/sign-in", &[("address", "q21@example.org")]).await.status, 429, "an IPv6 network is a /64");
    }

    async fn requests_of_a_network_are_limited_with_the_standard_headers(database) {
        let server = Server::with(database, "standard", |config| config.http.requests_per_minute = 5).await;
        let mut browser = Browser::new(&server, "Firefox");
        for n in (0..5).rev() {
            let shown = browser.get("/healthz").await;
            assert_eq!(shown.headers["ratelimit-policy"], "\"requests\";q=5;w=60");
            assert!(shown.headers["ratelimit"].to_str().unwrap().starts_with(&format!("\"requests\";r={n};t=")));
        }
        let full = browser.get("/healthz").await;
        assert_eq!(full.status, 429);
        assert!(full.headers.contains_key("retry-after") && full.headers.contains_key("ratelimit"));
        server.pass(Span::minutes(1));
        assert_eq!(browser.get("/healthz").await.status, 200);
    }

    /// A key has a limit of its own, with the same headers; who knows its id only takes nothing from it.
    async fn requests_of_a_key_are_limited_with_the_standard_headers(database) {
        let server = Server::with(database, "standard", |config| config.http.key_requests_per_minute = 3).await;
        let (key, other) = (server.key(None, &["decide"]).await, server.key(None, &["decide"]).await);
        let forged = format!("Bearer {}", guildhall_core::key::compose(key.id.parse().unwrap(), &[9; 20]));
        let nobody = server.nobody();
        for _ in 0..5 {
            nobody.send(Method::GET, "/v1/model", &[("authorization", &forged)], None).await.is(401);
            // What is answered before anybody asks who it is.
            nobody.send(Method::GET, "/v1/nothing", &[("authorization", &forged)], None).await.is(404);
            nobody.send(Method::PUT, "/v1/model", &[("authorization", &forged)], None).await.is(405);
        }
        for n in (0..3).rev() {
            let shown = key.get("/v1/model").await.is(200);
            assert_eq!(shown.header("ratelimit-policy"), Some("\"requests\";q=3;w=60"));
            assert!(shown.header("ratelimit").unwrap().starts_with(&format!("\"requests\";r={n};t=")));
        }
        let full = key.get("/v1/model").await.fails(429, "limited");
        assert!(full.header("retry-after").is_some() && full.header("ratelimit").unwrap().starts_with("\"requests\";r=0;t="));
        other.get("/v1/model").await.is(200);
        server.pass(Span::minutes(1));
        key.get("/v1/model").await.is(200);
    }

    /// A header that looks like a key takes nobody out of the limits; a key that is good does.
    async fn only_a_good_key_is_outside_of_the_limit(database) {
        let server = Server::with(database, "standard", |config| config.http.requests_per_minute = 5).await;
        let key = server.key(None, &["decide"]).await;
        for _ in 0..20 {
            key.get("/v1/model").await.is(200);
        }
        let late = server.key(None, &["decide"]).await;
        let good = key.secret();
        let bad = format!("Bearer {}", guildhall_core::key::compose(guildhall_core::KeyId::from_u128(7), &[9; 20]));
        let nobody = server.nobody();
        let ask = async |path: &str, value: &str| nobody.send(Method::GET, path, &[("authorization", value)], None).await.status;
        for n in 0..5 {
            let (path, status) = if n % 2 == 0 { ("/v1/model", 401) } else { ("/v1/nothing", 404) };
            assert_eq!(ask(path, &bad).await, status, "counted for the network, whatever the answer");
        }
        assert_eq!(ask("/v1/model", &bad).await, 429);
        key.get("/v1/model").await.is(200);
        late.get("/v1/model").await.is(429);
        server.pass(Span::hours(2));
        for _ in 0..5 {
            ask("/v1/model", &bad).await;
        }
        key.get("/v1/model").await.is(429);
        assert_eq!(ask("/healthz", &format!("Bearer {good}")).await, 429, "outside of the API a key is nothing");
        server.pass(Span::minutes(1));
        assert_eq!(ask("/healthz", "x").await, 200);
    }
}
