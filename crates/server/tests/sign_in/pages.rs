use crate::{browser::Browser, harness::Server};
use axum::http::Method;
use guildhall_server::config::MetricsToken;
use guildhall_testkit::both_databases;

both_databases! {
    async fn every_answer_carries_the_headers(database) {
        let server = Server::start(database, "standard").await;
        let mut browser = Browser::new(&server, "Firefox");
        for path in ["/sign-in", "/nope", "/v1/user", "/healthz", "/assets/app.css"] {
            let shown = browser.get(path).await;
            let text = |name: &str| shown.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
            let policy = text("content-security-policy");
            assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(text("x-content-type-options"), "nosniff");
            assert_eq!(text("cross-origin-opener-policy"), "same-origin");
            assert!(!text("x-request-id").is_empty());
            assert!(text("access-control-allow-origin").is_empty(), "CORS is off");
            if !path.starts_with("/assets") {
                assert_eq!(text("cache-control"), "no-store", "{path}");
            }
            assert!(text("strict-transport-security").is_empty(), "not without TLS");
        }
    }

    /// Addresses that aren't UTF-8 are answered like others that aren't there, never in another's words.
    async fn what_is_not_utf_8_is_not_there(database) {
        let server = Server::start(database, "standard").await;
        let mut browser = Browser::new(&server, "Firefox");
        let paths = ["/sign-in/link/%ff", "/operator/link/%ff", "/problems/%ff", "/sign-in/provider/%ff/callback", "/assets/%ff", "/o/%ff", "/join/%ff"];
        for path in paths {
            let shown = browser.get(path).await;
            assert_eq!(shown.status, 404, "{path}: {}", shown.body);
            assert!(!shown.body.contains("UTF-8"), "{path}: {}", shown.body);
            shown.says("<html");
        }
        browser.get("/sign-in").await;
        assert_eq!(browser.post("/sign-in/provider/%ff", &[]).await.says("<html").status, 404);
    }

    async fn over_tls_cookies_are_bound_to_the_host_and_browsers_are_told_to_stay(database) {
        let server = Server::with(database, "standard", |config| config.http.public_url = "https://portal.example.org".to_owned()).await;
        let mut browser = Browser::new(&server, "Firefox");
        let shown = browser.get("/sign-in").await;
        let cookie = shown.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("__Host-guildhall-browser=") && cookie.contains("; Secure") && cookie.contains("HttpOnly"), "{cookie}");
        assert!(cookie.contains("SameSite=Lax") && cookie.contains("Path=/") && !cookie.contains("Domain"), "{cookie}");
        assert!(shown.headers.contains_key("strict-transport-security"));
    }

    async fn a_form_from_elsewhere_or_without_its_token_does_nothing(database) {
        let server = Server::start(database, "standard").await;
        let mut browser = Browser::new(&server, "Firefox");
        browser.get("/sign-in").await;
        let fields = [("address", "ann@example.org"), ("return_to", "/")];
        assert_eq!(browser.post_from_elsewhere("/sign-in", &fields).await.status, 403);
        for token in ["", "x"] {
            browser.get("/sign-in").await;
            assert_eq!(browser.post_with("/sign-in", &fields, token).await.status, 403);
        }
        // A token is good in its own browser only.
        let mut other = Browser::new(&server, "Chrome");
        other.get("/sign-in").await;
        let theirs = std::mem::take(&mut other.cookies);
        browser.get("/sign-in").await;
        browser.cookies = theirs;
        assert_eq!(browser.post("/sign-in", &fields).await.status, 403);
        assert!(server.due().await.is_empty(), "no mail was sent");
    }

    async fn a_session_cookie_from_another_site_changes_nothing(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        let cookie = ann.cookie();
        for origin in ["https://evil.example", "null", "http://127.0.0.1:8081"] {
            let headers = [("cookie", cookie.as_str()), ("origin", origin)];
            server.nobody().send(Method::DELETE, &format!("/v1/organizations/{north}"), &headers, None).await.fails(403, "forged");
        }
        let headers = [("cookie", cookie.as_str())];
        server.nobody().send(Method::DELETE, &format!("/v1/organizations/{north}"), &headers, None).await.fails(403, "forged");
        ann.get(&format!("/v1/organizations/{north}")).await.is(200);
    }

    /// How somebody spells their own address is not told to who only guessed it.
    async fn an_address_is_shown_the_same_whether_or_not_it_is_known(database) {
        let server = Server::start(database, "standard").await;
        server.person("Ann@Example.org").await;
        for (address, shown) in [("ANN@example.ORG", "ann@example.org"), ("BOB@example.ORG", "bob@example.org")] {
            let mut browser = Browser::new(&server, "Firefox");
            browser.get("/sign-in").await;
            let to = browser.post("/sign-in", &[("address", address), ("return_to", "/")]).await.to().to_owned();
            let page = browser.get(&to).await;
            page.says(shown);
            assert!(!page.body.contains("Ann@") && !page.body.contains(address), "{}", page.body);
        }
    }

    async fn a_page_asks_to_sign_in_and_comes_back_but_never_leaves_the_site(database) {
        let server = Server::start(database, "standard").await;
        server.person("ann@example.org").await;
        let mut browser = Browser::new(&server, "Firefox");
        browser.get("/profile/sessions?x=1").await.goes("/sign-in?return_to=%2Fprofile%2Fsessions%3Fx%3D1");
        for evil in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", evil).finish();
            let shown = browser.get(&format!("/sign-in?{query}")).await;
            assert!(!shown.body.contains("evil.example") && !shown.body.contains("javascript:"), "{evil}");
        }
    }

    async fn unknown_paths_and_methods_are_pages_for_browsers_and_problems_for_programs(database) {
        let server = Server::start(database, "standard").await;
        let mut browser = Browser::new(&server, "Firefox");
        let page = browser.get("/nope").await;
        assert_eq!(page.says("<h1").status, 404);
        let program = server.nobody().get("/v1/nope").await;
        program.fails(404, "not-found");
        let wrong = server.nobody().delete("/healthz").await.fails(405, "method-not-allowed");
        assert!(wrong.header("allow").is_some_and(|allow| allow.contains("GET")), "{:?}", wrong.headers);
        assert_eq!(browser.get("/problems/last-owner").await.says("The last owner stays").status, 200);
    }

    /// Wherever the reader is, in front of the proxy or behind it: the token counts, and nothing else.
    async fn counters_are_shown_to_who_has_the_token(database) {
        let server = Server::start(database, "standard").await;
        let mut browser = Browser::new(&server, "Firefox");
        browser.peer = "127.0.0.1:1".parse().unwrap();
        assert_eq!(browser.get("/metrics").await.status, 404, "not configured: not there, not even for this machine");
        drop((server, browser));
        let token = "0123456789abcdef-counters";
        let server = Server::with(database, "standard", |config| config.metrics = Some(MetricsToken::new(token))).await;
        let nobody = server.nobody();
        for wrong in ["", "Bearer ", "Bearer 0123456789abcdef", "Basic 0123456789abcdef-counters"] {
            let refused = nobody.send(Method::GET, "/metrics", &[("authorization", wrong)], None).await.fails(401, "not-signed-in");
            assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        }
        nobody.get("/metrics").await.is(401);
        let key = server.key(None, &["*"]).await;
        key.get("/metrics").await.is(401);
        let shown = nobody.send(Method::GET, "/metrics", &[("authorization", &format!("Bearer {token}"))], None).await.is(200);
        assert!(shown.header("content-type").unwrap().starts_with("text/plain"));
    }
}
