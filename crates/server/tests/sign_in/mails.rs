use crate::{browser::Browser, harness::Server};
use guildhall_core::{Permit, mail::Template, op, permit::Place, time::Span};
use guildhall_server::{
    jobs,
    mail::{
        render::{self, Rendered},
        worker::{self, Way},
    },
};
use guildhall_store::{MailFilter, MailRow};
use guildhall_testkit::both_databases;

/// Lets what is due leave; whether each mail of this kind did, and if not, why. The newest first.
async fn fates(server: &Server, of: impl Fn(&Template) -> bool) -> Vec<Result<(), String>> {
    worker::round(&server.app, &Way::Mailbox).await.unwrap();
    let permit = Permit::<op::Operate>::system("a test", Place::Deployment);
    let mails = server.store().list_mails(&permit, MailFilter::All, None, None, 100).await.unwrap().rows;
    let fate = |row: MailRow| row.sent_at.map(|_| ()).ok_or(row.last_error.unwrap_or_default());
    mails.into_iter().filter(|row| of(&row.mail.order.template)).map(fate).collect()
}

both_databases! {
    /// W-8, I-7: a mail with a link to join; the link works.
    async fn w_8_i_7_the_mail_of_an_invitation_has_its_link__e(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        let invitation = server.invite(&ann, &north, "ben@example.org", &["admin"]).await;
        assert!(server.due().await.is_empty(), "it can be undone for ten seconds");
        server.pass(Span::seconds(11));
        let due = server.due().await;
        let Rendered::Letter(letter) = render::render(&server.app, &due[0]).await.unwrap() else { panic!() };
        assert_eq!((letter.to.as_str(), letter.subject.as_str()), ("ben@example.org", "ann invited you to The north"));
        let link = format!("http://127.0.0.1:8080/join/{}", server.link(&invitation));
        assert!(letter.text.contains(&link) && letter.html.contains(&link), "{}", letter.text);
        assert!(letter.text.contains("as Admin") && letter.text.contains("I don't know these people"), "{}", letter.text);
        assert!(letter.unsubscribe.is_some());
    }

    /// Security, mail as bait: a name that mail programs would make a link of is not shown.
    async fn a_name_that_looks_like_a_domain_is_replaced_by_the_slug(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        ann.patch(&format!("/v1/organizations/{north}"), serde_json::json!({ "name": "bank.example" })).await.is(200);
        server.invite(&ann, &north, "ben@example.org", &[]).await;
        server.pass(Span::seconds(11));
        let due = server.due().await;
        let order = due.iter().find(|order| matches!(order.template, Template::Invitation { .. })).unwrap();
        let Rendered::Letter(letter) = render::render(&server.app, order).await.unwrap() else { panic!() };
        assert!(!letter.text.contains("bank.example") && !letter.html.contains("bank.example"), "{}", letter.text);
        assert!(letter.subject.ends_with("to north"), "{}", letter.subject);
    }

    /// Whoever types an address first doesn't choose where its mail goes: the domain is written in one way, which every mail server takes.
    async fn mail_goes_to_the_one_spelling_of_a_domain(database) {
        let server = Server::start(database, "standard").await;
        for (first, then, to) in [
            ("ann@ａｃｍｅ.example", "ann@acme.example", "ann@acme.example"),
            ("Ann@Bücher.example", "Ann@xn--bcher-kva.example", "Ann@xn--bcher-kva.example"),
        ] {
            for typed in [first, then] {
                server.pass(Span::seconds(1));
                Browser::new(&server, "Firefox").ask(typed).await;
                let order = server.due().await.pop().unwrap();
                let Rendered::Letter(letter) = render::render(&server.app, &order).await.unwrap() else { panic!() };
                assert_eq!(letter.to, to, "{typed}");
            }
        }
    }

    /// "No more mail from them" outlives the days after which an address that nobody proved is forgotten.
    async fn what_they_do_not_want_stays_unwanted(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        let unwanted = server.invite(&ann, &north, "cleo@example.org", &[]).await;
        server.nobody().post("/v1/invitations/unwanted", serde_json::json!({ "token": server.unwanted_link(&unwanted) })).await.is(200);
        server.pass(Span::days(61));
        jobs::step(&server.app).await.unwrap();
        let ann = server.sign_in(ann.user(), "ann@example.org").await;
        let again = server.invite(&ann, &north, "cleo@example.org", &[]).await;
        server.pass(Span::seconds(11));
        let due = server.due().await;
        let order = due.iter().find(|order| order.key.starts_with(&again)).unwrap();
        let rendered = render::render(&server.app, order).await.unwrap();
        assert!(matches!(rendered, Rendered::Gone(render::UNWANTED)), "{rendered:?}");
    }

    /// A server that was away for a while is not sent codes that nobody can use, and what somebody waits for goes first.
    async fn codes_leave_first_and_only_while_they_are_good(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        server.invite(&ann, &north, "ben@example.org", &[]).await;
        server.pass(Span::seconds(11));
        for address in ["cleo@example.org", "dora@example.org"] {
            Browser::new(&server, "Firefox").ask(address).await;
        }
        let order = server.due().await;
        let are_codes: Vec<bool> = order.iter().map(|order| matches!(order.template, Template::SignIn { .. })).collect();
        assert!(are_codes.starts_with(&[true, true]) && are_codes.contains(&false), "{are_codes:?}");
        server.pass(Span::minutes(10));
        Browser::new(&server, "Firefox").ask("dora@example.org").await;
        let over = || Err(worker::OVER.to_owned());
        assert_eq!(fates(&server, |template| matches!(template, Template::SignIn { .. })).await, [Ok(()), over(), over()]);
    }

    /// From all organizations together, by whatever name they know somebody; programs too.
    async fn one_mailbox_gets_so_many_invitations_a_day(database) {
        let server = Server::with(database, "pipes", |config| config.limits.mails_to_stranger_day = 1).await;
        let (ann, ben) = (server.person("ann@example.org").await, server.person("ben@example.org").await);
        ben.patch("/v1/user", serde_json::json!({ "handle": "ben-o" })).await.is(200);
        let key = server.key(None, &["*"]).await;
        for (slug, to) in [("north", "@ben-o"), ("south", "ben@example.org")] {
            let organization = server.found(&ann, slug).await;
            let invite = serde_json::json!({ "to": to, "roles": ["member"] });
            key.post(&format!("/v1/organizations/{organization}/invitations"), invite).await.is(201);
        }
        server.pass(Span::seconds(11));
        assert_eq!(fates(&server, |template| matches!(template, Template::Invitation { .. })).await, [Err(worker::TOO_MANY.to_owned()), Ok(())]);
    }

    async fn without_a_mail_server_nobody_is_asked_for_an_address(database) {
        let server = Server::with(database, "standard", |config| {
            config.mail = None;
            config.providers = vec![crate::providers::google()];
        })
        .await;
        let mut browser = Browser::new(&server, "Firefox");
        let page = browser.get("/sign-in").await;
        page.says("nobody can sign in by mail").says("Continue with google");
        assert!(!page.body.contains("Mail me a code") && !page.body.contains("name=\"address\""), "{}", page.body);
        let refused = browser.post("/sign-in", &[("address", "ann@example.org")]).await;
        assert_eq!(refused.says("no mail server is configured here").status, 422);
        assert!(server.due().await.is_empty());
    }

    async fn what_ended_before_it_left_is_not_sent_and_nor_is_what_they_do_not_want(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        let revoked = server.invite(&ann, &north, "ben@example.org", &[]).await;
        ann.delete(&format!("/v1/organizations/{north}/invitations/{revoked}")).await;
        let unwanted = server.invite(&ann, &north, "cleo@example.org", &[]).await;
        let mut cleo = crate::browser::Browser::new(&server, "Firefox");
        let link = format!("/unwanted/{}", server.unwanted_link(&unwanted));
        cleo.get(&link).await.goes(&format!("/unwanted/{unwanted}"));
        cleo.get(&format!("/unwanted/{unwanted}")).await.says("No more mail from them");
        // As a mail program sends it: RFC 8058, with neither cookie nor token.
        let mut program = crate::browser::Browser::new(&server, "a mail program");
        let told = program.send(axum::http::Method::POST, &link, Some("List-Unsubscribe=One-Click".to_owned()), false).await;
        assert_eq!(told.status, 200, "{}", told.body);
        server.invite(&ann, &north, "cleo@example.org", &[]).await;
        server.pass(Span::seconds(11));
        for order in server.due().await {
            assert!(matches!(render::render(&server.app, &order).await.unwrap(), Rendered::Gone(_)), "{order:?}");
        }
    }

    /// The token stays in no address: the page is open in the browser that followed the link, and only there.
    async fn the_token_of_an_unwanted_mail_leaves_the_address(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        let sent = server.invite(&ann, &north, "ben@example.org", &["member"]).await;
        let mut browser = Browser::new(&server, "Firefox");
        for token in ["x", "..%2Fo%2Fnorth%2Fpeople%2Fusr_x%2Fremove", "..%2Fprofile%2Fdelete"] {
            let shown = browser.get(&format!("/unwanted/{token}")).await;
            assert_eq!(shown.status, 404, "{token}");
            assert!(!shown.body.contains("No more mail"), "{token}");
        }
        let (link, page) = (format!("/unwanted/{}", server.unwanted_link(&sent)), format!("/unwanted/{sent}"));
        let followed = browser.get(&link).await;
        followed.goes(&page);
        assert_eq!(followed.headers["referrer-policy"], "no-referrer");
        assert!(followed.headers["set-cookie"].to_str().unwrap().contains("HttpOnly"));
        let shown = browser.get(&page).await;
        shown.says("No more mail from them");
        assert!(!shown.body.contains(&server.unwanted_link(&sent)), "nor does the page hold it");
        assert!(ann.people(&north).await.iter().any(|(who, _)| who == "ben@example.org"), "looking changes nothing");
        let mut elsewhere = Browser::new(&server, "Firefox");
        elsewhere.get(&page).await.says("Open the link once more");
        elsewhere.get("/sign-in").await;
        assert_eq!(elsewhere.post(&format!("{page}/stop"), &[]).await.status, 404);
        browser.get(&page).await;
        assert_eq!(browser.post_from_elsewhere(&format!("{page}/stop"), &[]).await.status, 403);
        assert_eq!(browser.post(&format!("{page}/stop"), &[]).await.status, 200);
        assert!(!ann.people(&north).await.iter().any(|(who, _)| who == "ben@example.org"));
        assert_eq!(browser.get(&page).await.status, 404, "it is used");
    }

    /// "This wasn't me" ends every session, by the page that its link leads to, and looking ends none.
    async fn the_token_of_this_was_not_me_leaves_the_address(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        server.add_address(&ann, "ann@second.example").await;
        let due = server.due().await;
        let order = due.iter().find(|order| matches!(order.template, Template::AddressChanged { .. })).unwrap();
        let Rendered::Letter(letter) = render::render(&server.app, order).await.unwrap() else { panic!() };
        let link = letter.link.unwrap().1;
        let mut browser = Browser::new(&server, "Firefox");
        let followed = browser.get(&link).await;
        followed.goes("/not-me");
        assert_eq!(followed.headers["referrer-policy"], "no-referrer");
        let shown = browser.get("/not-me").await;
        shown.says("End every session");
        let token = link.rsplit('/').next().unwrap();
        assert!(!shown.body.contains(token), "nor does the page hold it");
        ann.get("/v1/user").await.is(200);
        assert_eq!(browser.post_from_elsewhere("/not-me", &[]).await.status, 403);
        browser.post("/not-me", &[]).await.says("Every session has ended");
        ann.get("/v1/user").await.fails(401, "not-signed-in");
        browser.get("/not-me").await.says("Open the link once more");
        assert_eq!(browser.get("/not-me/x.y").await.status, 404);
        server.pass(Span::days(4));
        assert_eq!(browser.get(&link).await.status, 404, "it is good for 72 hours");
    }

    /// Whose doing it was, and from where, stands in the mail itself.
    async fn mails_say_who_did_it_and_with_what(database) {
        let server = crate::providers::server(database, guildhall_server::config::SignUp::Open).await;
        let ann = server.person("ann@corp.example").await;
        let north = server.found(&ann, "north").await;
        let ben = server.join(&ann, &north, "ben@corp.example", &["member"]).await;
        ann.set_roles(&north, &ben.id, &["admin"]).await.is(200);
        ann.remove(&north, &ben.id).await.is(200);
        let cleo = server.join(&ann, &north, "cleo@corp.example", &["member"]).await;
        server.key(Some(&north), &["member.remove", "member.view"]).await.remove(&north, &cleo.id).await.is(200);
        let mut laptop = Browser::new(&server, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
        laptop.sign_in(&server, "ann@corp.example").await.goes("/profile");
        // A provider that speaks for the address is linked to the account, and unlinked again.
        let mut browser = crate::providers::browser(&server);
        crate::providers::arrive(&mut browser, "corp", &crate::providers::claims("corp", "b", "ben@corp.example")).await.goes("/");
        let linked = ben.get("/v1/user/identities").await.is(200)["items"][0]["id"].as_str().unwrap().to_owned();
        server.add_address(&ben, "ben@second.example").await;
        ben.delete(&format!("/v1/user/identities/{linked}")).await.is(200);
        let mut told = Vec::new();
        for order in server.due().await {
            if let Rendered::Letter(letter) = render::render(&server.app, &order).await.unwrap() {
                told.push(format!("{}: {}", letter.to, letter.text.replace('\n', " ")));
            }
        }
        let says = |text: &str| told.iter().filter(|mail| mail.contains(text)).count();
        assert_eq!(says("ann changed your role in The north. You are now Admin."), 1, "{told:#?}");
        assert_eq!(says("ann removed you from The north."), 1, "{told:#?}");
        assert_eq!(says("cleo@corp.example: You were removed from The north."), 1, "a program has no name: {told:#?}");
        assert_eq!(says("with Firefox on Linux from 192.0.2."), 1, "{told:#?}");
        assert_eq!(says("A provider's account was linked"), 3, "to one address, then to both: {told:#?}");
    }
}
