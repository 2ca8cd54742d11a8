//! L-37: the five ways to take an account before its owner makes it, and what becomes of each.

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

    /// Unexpired session: a session from before that stays good when the victim takes the account.
    async fn l_37_2_unexpired_session(database) {
        let server = server(database).await;
        let mut attacker = Browser::new(&server, "attacker");
        attacker.sign_in(&server, "attacker@evil.example").await.welcomes("/profile");
        let theirs = attacker.who().await.unwrap();
        let mut victim = Browser::new(&server, "victim");
        server.pass(Span::seconds(1));
        victim.sign_in(&server, VICTIM).await.welcomes("/profile");
        assert_ne!(victim.who().await.unwrap(), theirs);
        assert_eq!(attacker.who().await, Some(theirs), "it is the attacker's own, and nothing else");
    }

    /// Trojan identifier: the attacker's own provider account, linked to what will be the victim's.
    async fn l_37_3_trojan_identifier(database) {
        let server = server(database).await;
        let mut attacker = providers::browser(&server);
        providers::arrive(&mut attacker, "other", &claims("other", "evil", "attacker@evil.example")).await.says("We can&#39;t be sure");
        attacker.sign_in(&server, "attacker@evil.example").await.welcomes("/profile");
        let theirs = attacker.who().await.unwrap();
        // Their account has their provider's; the victim's address is nowhere in it.
        let mut victim = Browser::new(&server, "victim");
        server.pass(Span::seconds(1));
        victim.sign_in(&server, VICTIM).await.welcomes("/profile");
        let id = victim.who().await.unwrap();
        assert_ne!(id, theirs);
        let mut again = providers::browser(&server);
        providers::arrive(&mut again, "other", &claims("other", "evil", VICTIM)).await.goes("/");
        assert_eq!(again.who().await, Some(theirs), "issuer and subject are who it is, whatever address it states now");
    }

    /// Unexpired address change: begun for the victim's address, finished by the victim's own click.
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

    /// Non-verifying provider: one that states the victim's address without speaking for it.
    async fn l_37_5_non_verifying_provider(database) {
        let server = server(database).await;
        let mut victim = Browser::new(&server, "victim");
        victim.sign_in(&server, VICTIM).await.welcomes("/profile");
        let id = victim.who().await.unwrap();
        let mut attacker = providers::browser(&server);
        providers::arrive(&mut attacker, "other", &claims("other", "evil", VICTIM)).await.says("We can&#39;t be sure");
        assert_eq!(attacker.who().await, None);
        // The one that speaks for the domain does sign in.
        let mut colleague = providers::browser(&server);
        providers::arrive(&mut colleague, "corp", &claims("corp", "v", VICTIM)).await.goes("/");
        assert_eq!(colleague.who().await, Some(id));
    }
}
