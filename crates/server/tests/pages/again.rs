//! What was sent and couldn't be taken: from before a new sign-in, too large, from an address that only a form has.

use crate::{
    browser::Browser,
    harness::BASE,
    stage::{PEOPLE, Team, browser_of},
};
use guildhall_testkit::both_databases;

const PROFILE: &str = "/profile";

/// As a browser that sends the form of this page says.
fn from(browser: &mut Browser, page: &str) {
    browser.more = vec![("referer", format!("{BASE}{page}"))];
}

/// Another tab of the same browser signed in again.
async fn signs_in_again(team: &mut Team) {
    let again = browser_of(&team.server, &team.server.sign_in(team.owner.user(), "").await);
    team.ann.cookies.extend(again.cookies);
}

both_databases! {
    async fn a_form_from_before_a_new_sign_in_does_nothing_and_is_looked_at_once_more(database) {
        let mut team = Team::new(database, "standard").await;
        let typed = [("name", "Mallory"), ("handle", ""), ("theme", "dark")];
        team.ann.get(PROFILE).await;
        signs_in_again(&mut team).await;
        from(&mut team.ann, PROFILE);
        team.ann.post(PROFILE, &typed).await.goes(PROFILE);
        let shown = team.ann.get(PROFILE).await;
        shown.says("data-draft").says("You signed in again meanwhile. Look once more, then send it.");
        assert!(!shown.body.contains("Mallory") && !shown.body.contains("data-theme=\"dark\""), "nothing was done");
        assert!(!team.ann.get(PROFILE).await.body.contains("data-draft"), "said once");

        // In a dialog, the form's own page.
        signs_in_again(&mut team).await;
        team.ann.more.push(("hx-request", "true".to_owned()));
        let sent = team.ann.post("/o/northwind/invite", &[("addresses", "dora@x.example"), ("role", "member")]).await;
        assert_eq!((sent.status, sent.headers["hx-redirect"].to_str().unwrap()), (403, "/o/northwind/invite"));
        team.ann.more.clear();
        team.ann.get("/o/northwind/invite").await.says("You signed in again meanwhile.");
        assert!(!team.ann.get(PEOPLE).await.body.contains("dora@x.example"), "nothing was done");
    }

    async fn what_another_site_sends_leads_nowhere(database) {
        let mut team = Team::new(database, "standard").await;
        team.ann.get(PROFILE).await;
        team.ann.more = vec![("referer", "https://evil.example/profile".to_owned())];
        let sent = team.ann.post_from_elsewhere(PROFILE, &[("name", "Mallory")]).await;
        assert_eq!((sent.status, sent.to()), (403, ""));
        sent.says("Not sent from our page");
        assert!(!sent.body.contains("Back to the form"), "{}", sent.body);
        let forged = team.ann.post_with(PROFILE, &[("name", "Mallory")], "forged").await;
        assert_eq!((forged.status, forged.to()), (403, ""));
        assert!(!team.ann.get(PROFILE).await.body.contains("Mallory"));
    }

    async fn what_is_too_large_leads_back_to_its_form(database) {
        let mut team = Team::new(database, "standard").await;
        team.ann.get(PROFILE).await;
        let page = "/o/northwind/invite?to=x%40y.example";
        from(&mut team.ann, page);
        let sent = team.ann.post("/o/northwind/invite", &[("addresses", &"x".repeat(1024 * 1024))]).await;
        assert_eq!(sent.status, 413);
        sent.says("data-failed").says(&format!("href=\"{page}\"")).says("Back to the form");
    }

    async fn an_error_page_has_its_reader_s_theme(database) {
        let mut team = Team::new(database, "standard").await;
        team.ann.send_from(PROFILE, PROFILE, &[("name", "Ann"), ("handle", ""), ("theme", "dark")]).await.goes(PROFILE);
        let missing = team.ann.get("/nothing-here").await;
        assert_eq!(missing.status, 404);
        missing.says("data-theme=\"dark\"").says(&format!("data-user=\"{}\"", team.owner.id));
        let mut nobody = Browser::new(&team.server, "Firefox");
        nobody.get("/nothing-here").await.says("data-theme=\"system\"");
    }

    async fn an_address_that_only_a_form_had_leads_to_the_list(database) {
        let mut team = Team::new(database, "workjet").await;
        let (ben, _) = team.joined("ben@northwind.example", &["admin"]).await;
        let at = format!("{PEOPLE}/bulk?q=northwind&role=admin&odd=1");
        team.ann.get(PEOPLE).await;
        let kept = team.ann.cookies.clone();
        team.ann.cookies.retain(|name, _| !name.ends_with("session"));
        from(&mut team.ann, &at);
        let sent = team.ann.post(&at, &[("act", "role"), ("role", "member"), ("who", &ben.id)]).await;
        let query = sent.to().split_once('?').unwrap().1.to_owned();
        let back = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "return_to").unwrap().1.into_owned();
        assert_eq!(back, at);
        team.ann.cookies = kept;
        team.ann.get(&back).await.goes(&format!("{PEOPLE}?q=northwind&role=admin"));
    }
}
