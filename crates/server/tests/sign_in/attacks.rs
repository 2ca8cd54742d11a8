//! L-37: the five ways to take an account before its owner makes it, and what becomes of each; and one to get into it afterwards.

use crate::{
    browser::{Browser, newest},
    harness::Server,
    providers::{self, claims},
};
use guildhall_core::time::Span;
use guildhall_server::config::SignUp;
use guildhall_testkit::{Database, both_databases};

const VICTIM: &str = "victim@corp.example";

async fn server(database: &Database) -> Server {
    Server::with(database, "standard", |config| {
        config.sign_up = SignUp::Open;
        config.providers = vec![providers::provider("corp", &["corp.example"]), providers::provider("other", &[])];
    })
    .await
}

both_databases! {
    /// Classic-federated merge: an account made with the victim's address, which the victim's provider would then open.
    /// Fails in `mailed::by_code`, at `check_code`: before the mailbox is proven, `arrive::by_address` isn't reached and no account is born.
    async fn l_37_1_classic_federated_merge(database) {
        let server = server(database).await;
        let mut attacker = Browser::new(&server, "attacker");
        // Without the mailbox there is no account to wait in.
        let page = attacker.ask(VICTIM).await;
        attacker.post(&page, &[("code", "000000")]).await;
        assert_eq!(attacker.who().await, None);
        let mut victim = providers::browser(&server);
        providers::arrive(&mut victim, "corp", &claims("corp", "v", VICTIM)).await.welcomes("/");
        let id = victim.who().await.unwrap();
        attacker.get(&page).await;
        attacker.post(&page, &[("code", "000001")]).await;
        assert_eq!(attacker.who().await, None);
        let sessions = victim.get("/v1/user/sessions").await;
        assert_eq!(sessions.body.matches("\"ses_").count(), 1, "{id}: {}", sessions.body);
    }

    /// Unexpired session: one from before that stays good when the victim takes the account. The attacker begins a sign-in with the
    /// victim's address and keeps it open, plants the cookies of that browser with the victim, and later even learns the code.
    /// Fails in `store.create_sign_in`, which ends what waits in the same browser for the same address (`END_OLDER`), and in
    /// `session::begin`: every sign-in makes a new token and nothing from before becomes one.
    async fn l_37_2_unexpired_session(database) {
        let server = server(database).await;
        let mut attacker = Browser::new(&server, "attacker");
        let page = attacker.ask(VICTIM).await;
        let (code, link) = newest(&server).await;
        assert_eq!(attacker.who().await, None, "asking is no session");
        let mut victim = Browser::new(&server, "victim");
        victim.cookies.clone_from(&attacker.cookies);
        server.pass(Span::seconds(1));
        victim.sign_in(&server, VICTIM).await.welcomes("/profile");
        let id = victim.who().await.unwrap();
        // With the cookies that the victim signed in with, but for the new one; with the page, the code and the link from before.
        assert_eq!(attacker.who().await, None);
        attacker.post(&page, &[("code", &code)]).await.says("There is a newer mail");
        attacker.get(&link).await;
        attacker.post("/sign-in/link", &[]).await.says("There is a newer mail");
        assert_eq!(attacker.who().await, None);
        let sessions = victim.get("/v1/user/sessions").await;
        assert_eq!(sessions.body.matches("\"ses_").count(), 1, "{}", sessions.body);
        assert_eq!(victim.who().await, Some(id), "and the victim's is good");
    }

    /// Trojan identifier: the attacker's own provider account, linked to what will be the victim's. Before the victim comes, it waits in
    /// the attacker's browser and in the victim's for the victim's address, and is linked to the attacker's account with that address
    /// stated.
    /// Fails in `provider::remembered`, at `check_tag`: what waits is bound to the browser it waits in; in `mailed::peek`, at `cookie_hash`:
    /// the link mailed for the attacker's browser proves nothing in the victim's; and in `provider::settle`, at `find_user_by_identity`:
    /// issuer and subject are whose it is, never an address stated.
    async fn l_37_3_trojan_identifier(database) {
        let server = server(database).await;
        let evil = claims("other", "evil", VICTIM);
        // Linked to an account of the attacker's own, with the victim's address in its name.
        let mut own = providers::browser(&server);
        own.sign_in(&server, "attacker@evil.example").await.welcomes("/profile");
        let theirs = own.who().await.unwrap();
        // Another is left waiting where the victim's address would be proven: the mail goes to the victim.
        let trojan = claims("other", "trojan", VICTIM);
        let mut waiting = providers::browser(&server);
        providers::arrive(&mut waiting, "other", &trojan).await.says("We can&#39;t be sure");
        let planted: Vec<_> = waiting.cookies.iter().filter(|(name, _)| name.ends_with("identity")).map(|(k, v)| (k.clone(), v.clone())).collect();
        assert_eq!(planted.len(), 1);
        waiting.ask_here(VICTIM).await;
        let (_, link) = newest(&server).await;
        own.get("/profile").await;
        providers::link(&mut own, "other", &evil).await.goes("/");
        // The victim follows that mail with the planted cookie, then signs in.
        let mut victim = Browser::new(&server, "victim");
        victim.cookies.extend(planted.clone());
        victim.get(&link).await;
        victim.get("/sign-in/link").await.says("Open this where you asked for it");
        victim.get("/sign-in").await;
        victim.post("/sign-in/link", &[]).await.says("Open this where you asked for it");
        server.pass(Span::seconds(1));
        // The page of signing in forgot it; the attacker plants it once more.
        victim.cookies.extend(planted);
        victim.sign_in_here(&server, VICTIM).await.welcomes("/profile");
        let id = victim.who().await.unwrap();
        assert_ne!(id, theirs);
        let linked = victim.get("/v1/user/identities").await;
        assert!(linked.status == 200 && !linked.body.contains("idn_"), "nothing is linked: {}", linked.body);
        // One is nobody's still, the other the attacker's own.
        let mut again = providers::browser(&server);
        providers::arrive(&mut again, "other", &trojan).await.says("We can&#39;t be sure");
        assert_eq!(again.who().await, None);
        providers::arrive(&mut again, "other", &evil).await.goes("/");
        assert_eq!(again.who().await, Some(theirs));
    }

    /// Unexpired address change: begun for the victim's address, finished by the victim's own click.
    /// Fails in `mailed::peek`, at `cookie_hash` and `row.user`: what adds an address is good in the session that asked only; and at the end
    /// in `account::add_address`: an address is one user's claim.
    async fn l_37_4_unexpired_address_change(database) {
        let server = server(database).await;
        let mut attacker = Browser::new(&server, "attacker");
        attacker.sign_in(&server, "attacker@evil.example").await.welcomes("/profile");
        let theirs = attacker.who().await.unwrap();
        let attackers = server.sign_in(theirs.parse().unwrap(), "attacker@evil.example").await;
        server.pass(Span::seconds(1));
        providers::add_address(&mut attacker, VICTIM).await;
        let (_, link) = newest(&server).await;
        // The victim follows the mail: it explains, and adds nothing.
        let mut victim = Browser::new(&server, "victim");
        victim.get(&link).await;
        victim.get("/sign-in/link").await.says("Open this where you asked for it");
        victim.get("/sign-in").await;
        victim.post("/sign-in/link", &[]).await.says("Open this where you asked for it");
        server.pass(Span::seconds(1));
        victim.sign_in(&server, VICTIM).await.welcomes("/profile");
        let id = victim.who().await.unwrap();
        assert_ne!(id, theirs);
        let mine = attackers.get("/v1/user/addresses").await.is(200);
        assert!(!mine.text.contains(VICTIM), "{}", mine.text);
        // Even with the code, the address is the victim's now.
        let taken = providers::finish_add(&mut attacker, &link).await;
        assert_eq!(taken.status, 409, "{}", taken.body);
    }

    /// Non-verifying provider: one that states the victim's address without speaking for it, before the victim comes and after.
    /// Fails in `provider::settle`, at `is_authoritative`: `email_verified` alone is never enough.
    async fn l_37_5_non_verifying_provider(database) {
        let server = server(database).await;
        let mut early = providers::browser(&server);
        providers::arrive(&mut early, "other", &claims("other", "early", VICTIM)).await.says("We can&#39;t be sure");
        assert_eq!(early.who().await, None);
        let mut victim = Browser::new(&server, "victim");
        victim.sign_in(&server, VICTIM).await.welcomes("/profile");
        let id = victim.who().await.unwrap();
        providers::arrive(&mut early, "other", &claims("other", "early", VICTIM)).await.says("We can&#39;t be sure");
        assert_eq!(early.who().await, None);
        let mut attacker = providers::browser(&server);
        providers::arrive(&mut attacker, "other", &claims("other", "evil", VICTIM)).await.says("We can&#39;t be sure");
        assert_eq!(attacker.who().await, None);
        // The one that speaks for the domain does sign in.
        let mut colleague = providers::browser(&server);
        providers::arrive(&mut colleague, "corp", &claims("corp", "v", VICTIM)).await.goes("/");
        assert_eq!(colleague.who().await, Some(id));
    }

    /// Forwarded invitation: the attacker invites a mailbox of their own and sends the link to the victim, whose account would get the
    /// mailbox, and with it the attacker.
    /// Fails in `invitation::accept`, at `is_for`: a link adds no address; and in `mailed::waiting`: the code that does is typed in the
    /// browser that asked.
    async fn a_forwarded_invitation_adds_no_address(database) {
        const MAILBOX: &str = "helpdesk@evil.example";
        let server = server(database).await;
        let attacker = server.person("attacker@evil.example").await;
        let org = server.found(&attacker, "northwind").await;
        let invitation = server.invite(&attacker, &org, MAILBOX, &["member"]).await;
        let joining = format!("/join/{invitation}");
        let mut victim = Browser::new(&server, "victim");
        victim.sign_in(&server, VICTIM).await.welcomes("/profile");
        let id = victim.who().await.unwrap();
        victim.get(&format!("/join/{}", server.link(&invitation))).await.goes(&joining);
        victim.get(&joining).await.says("Add it only if that mailbox is yours");
        assert_eq!(victim.post(&joining, &[]).await.status, 409);
        server.pass(Span::seconds(1));
        let asked = victim.post(&format!("{joining}/add"), &[]).await;
        let page = asked.to().to_owned();
        assert!(page.starts_with("/sign-in/code?"), "{} {}", asked.status, asked.body);
        // The code came to the attacker, who has neither the victim's browser nor the account.
        let (code, link) = newest(&server).await;
        let mut theirs = Browser::new(&server, "attacker");
        theirs.get("/sign-in").await;
        theirs.post(&page, &[("code", &code)]).await.says("This link doesn&#39;t work");
        theirs.get(&link).await;
        theirs.get("/sign-in/link").await.says("Open this where you asked for it");
        let mine = victim.get("/v1/user/addresses").await;
        assert!(mine.body.contains(VICTIM) && !mine.body.contains(MAILBOX), "{}", mine.body);
        server.pass(Span::seconds(1));
        theirs.sign_in(&server, MAILBOX).await.welcomes("/profile");
        assert_ne!(theirs.who().await.unwrap(), id);
    }
}
