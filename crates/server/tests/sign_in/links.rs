use crate::{
    browser::{Browser, newest},
    harness::Server,
};
use guildhall_core::time::Span;
use guildhall_server::config::SignUp;
use guildhall_testkit::both_databases;

both_databases! {
    /// L-15: scanners fetch links; nothing but the page's button uses one.
    async fn l_15_fetching_a_sign_in_link_consumes_nothing(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let mut browser = Browser::new(&server, "Firefox");
        browser.ask("ann@example.org").await;
        let (_, link) = newest(&server).await;
        let mut scanner = Browser::new(&server, "a mail scanner");
        for _ in 0..3 {
            scanner.head(&link).await;
            scanner.get(&link).await.goes("/sign-in/link");
            scanner.head("/sign-in/link").await;
            scanner.get("/sign-in/link").await.says("Open this where you asked for it");
            browser.head(&link).await;
            browser.get(&link).await.goes("/sign-in/link");
            browser.get("/sign-in/link").await.says("You asked to sign in as ann@example.org");
        }
        browser.post("/sign-in/link", &[]).await.goes("/profile");
        assert_eq!(browser.who().await, Some(ann.id));
        browser.cookies.retain(|name, _| name.ends_with("browser"));
        browser.get(&link).await;
        browser.get("/sign-in/link").await.says("Already used");
    }

    async fn a_link_works_only_where_it_was_asked_for_and_the_code_too(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let mut browser = Browser::new(&server, "Firefox");
        let page = browser.ask("ann@example.org").await;
        let (code, link) = newest(&server).await;
        let mut other = Browser::new(&server, "Chrome");
        other.get(&link).await;
        other.get("/sign-in/link").await.says("Open this where you asked for it");
        other.get("/sign-in").await;
        other.post("/sign-in/link", &[]).await.says("Open this where you asked for it");
        other.get("/sign-in").await;
        other.post(&page, &[("code", &code)]).await.says("This link doesn&#39;t work");
        assert_eq!(other.who().await, None);
        browser.get(&page).await;
        browser.post(&page, &[("code", &code)]).await.goes("/profile");
        assert_eq!(browser.who().await, Some(ann.id));
    }

    async fn five_wrong_codes_end_it_link_and_all(database) {
        let server = Server::start(database, "standard").await;
        server.person("ann@example.org").await;
        let mut browser = Browser::new(&server, "Firefox");
        let page = browser.ask("ann@example.org").await;
        let (code, link) = newest(&server).await;
        let wrong = if code == "111111" { "222222" } else { "111111" };
        for left in ["4 tries are", "3 tries are", "2 tries are", "1 try is"] {
            assert_eq!(browser.post(&page, &[("code", wrong)]).await.says(left).status, 422);
        }
        browser.post(&page, &[("code", wrong)]).await.says("Too many wrong codes");
        browser.get(&page).await;
        browser.post(&page, &[("code", &code)]).await.says("Too many wrong codes");
        browser.get(&link).await;
        browser.get("/sign-in/link").await.says("Too many wrong codes");
        browser.post("/sign-in/link", &[]).await.says("Too many wrong codes");
        assert_eq!(browser.who().await, None);
    }

    async fn only_the_newest_mail_counts_and_only_for_ten_minutes(database) {
        let server = Server::start(database, "standard").await;
        server.person("ann@example.org").await;
        let mut browser = Browser::new(&server, "Firefox");
        let first = browser.ask("ann@example.org").await;
        let (code, link) = newest(&server).await;
        server.pass(Span::seconds(1));
        let second = browser.ask("ann@example.org").await;
        browser.post(&first, &[("code", &code)]).await.says("There is a newer mail");
        browser.get(&link).await;
        browser.get("/sign-in/link").await.says("There is a newer mail");
        let (code, link) = newest(&server).await;
        server.pass(Span::minutes(10));
        browser.get(&second).await;
        browser.post(&second, &[("code", &code)]).await.says("This link has expired");
        browser.get(&link).await;
        browser.get("/sign-in/link").await.says("This link has expired");
        assert_eq!(browser.who().await, None);
    }

    /// Anybody may type anybody's address: what its owner waits for stays good.
    async fn asking_elsewhere_ends_nothing_here(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let mut browser = Browser::new(&server, "Firefox");
        let page = browser.ask("ann@example.org").await;
        let (code, _) = newest(&server).await;
        server.pass(Span::seconds(1));
        Browser::new(&server, "a stranger").ask("ann@example.org").await;
        browser.post(&page, &[("code", &code)]).await.goes("/profile");
        assert_eq!(browser.who().await, Some(ann.id));
    }

    async fn known_and_unknown_addresses_are_answered_alike(database) {
        let server = Server::start(database, "standard").await;
        server.person("ann@example.org").await;
        let mut pages = Vec::new();
        for address in ["ann@example.org", "who@example.org"] {
            let mut browser = Browser::new(&server, "Firefox");
            let page = browser.ask(address).await;
            let shown = browser.get(&page).await;
            let id = page.split('=').next_back().unwrap().to_owned();
            let start = shown.body.split("<main").nth(1).unwrap().to_owned();
            let token = crate::browser::between(&start, "name=\"form_token\" value=\"", "\"").unwrap();
            pages.push(start.replace(&id, "ID").replace(&token, "TOKEN").replace(address, "ADDRESS"));
        }
        assert_eq!(pages[0], pages[1]);
        assert_eq!(server.due().await.len(), 2, "a mail each");
    }

    async fn only_the_invited_may_come_unless_sign_up_is_open(database) {
        let server = Server::start(database, "standard").await;
        let mut browser = Browser::new(&server, "Firefox");
        browser.sign_in(&server, "who@example.org").await.says("Nobody invited you yet");
        assert_eq!(browser.who().await, None);
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        server.invite(&ann, &north, "who@example.org", &[]).await;
        server.pass(Span::seconds(1));
        browser.sign_in(&server, "who@example.org").await.welcomes("/profile");
        assert!(browser.who().await.is_some());
        // Not accepted by that: the model wants the link or a choice.
        assert_eq!(server.person("x@example.org").await.get(&format!("/v1/organizations/{north}")).await.status, 404);
        let mine = browser.get("/v1/user/organizations").await;
        assert!(!mine.body.contains(&north), "{}", mine.body);
    }

    async fn open_sign_up_lets_anyone_make_an_account(database) {
        let server = Server::with(database, "standard", |config| config.sign_up = SignUp::Open).await;
        let mut browser = Browser::new(&server, "Firefox");
        browser.sign_in(&server, "who@example.org").await.welcomes("/profile");
        assert!(browser.who().await.is_some());
    }

    /// W-9: signing in accepts, for somebody new for whom exactly one invitation waits.
    async fn w_9_signing_in_accepts_the_one_invitation__e(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        let south = server.found(&ann, "south").await;
        server.invite(&ann, &north, "ben@example.org", &["admin"]).await;
        server.pass(Span::seconds(11));
        let mut ben = Browser::new(&server, "Firefox");
        ben.sign_in(&server, "ben@example.org").await.welcomes("/profile");
        let id = ben.who().await.unwrap();
        assert_eq!(ann.roles_of(&north, &id).await, serde_json::json!(["admin"]));
        // Two wait: nobody is switched into an organization they didn't choose.
        server.invite(&ann, &north, "cleo@example.org", &["member"]).await;
        server.invite(&ann, &south, "cleo@example.org", &["member"]).await;
        server.pass(Span::seconds(11));
        let mut cleo = Browser::new(&server, "Firefox");
        cleo.sign_in(&server, "cleo@example.org").await.welcomes("/profile");
        let id = cleo.who().await.unwrap();
        assert_eq!(ann.get(&format!("/v1/organizations/{north}/members/{id}")).await.status, 404);
        // Somebody known is asked too.
        server.invite(&ann, &south, "ben@example.org", &["member"]).await;
        server.pass(Span::seconds(11));
        ben.cookies.clear();
        ben.sign_in(&server, "ben@example.org").await.goes("/profile");
        let id = ben.who().await.unwrap();
        assert_eq!(ann.get(&format!("/v1/organizations/{south}/members/{id}")).await.status, 404);
    }
}
