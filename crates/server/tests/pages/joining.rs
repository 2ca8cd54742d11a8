//! The page behind an invitation's link in its states, and the invitations that wait.

use crate::{
    browser::{Browser, newest},
    stage::{PEOPLE, Team, address, browser_of, row},
};
use guildhall_core::time::Span;
use guildhall_testkit::both_databases;

both_databases! {
    async fn l_15_looking_changes_nothing_and_somebody_new_joins_by_the_button(database) {
        let mut team = Team::new(database, "workjet").await;
        let id = team.server.invite(&team.owner, &team.org, "dora@x.example", &["member"]).await;
        let link = format!("/join/{}", team.server.link(&id));
        let joining = format!("/join/{id}");
        let mut dora = Browser::new(&team.server, "Firefox");
        for _ in 0..2 {
            let page = dora.follow_link(&link).await;
            page.says("Join The northwind").says("ann invited dora@x.example.").says("Your name").says("Member");
            page.says("This makes an account for dora@x.example: whoever reads mail there can sign in to it.");
            assert_eq!(dora.head(&link).await.status, 303);
        }
        assert!(row(&team.ann.get(PEOPLE).await, "dora@x.example").contains("Invited"));
        let wrong = dora.post(&joining, &[("name", "see https://x.example")]).await;
        assert_eq!(wrong.status, 422);
        wrong.says("A name with a web address");
        dora.post(&joining, &[("name", "Dora Weiss")]).await.goes("/welcome?return_to=%2Fo%2Fnorthwind");
        let home = dora.get("/o/northwind").await;
        home.goes("/o/northwind/people");
        dora.get(PEOPLE).await.says("Welcome to The northwind.").says("Dora Weiss");
        assert!(row(&team.ann.get(PEOPLE).await, "Dora Weiss").contains("Joined"));
        dora.follow_link(&link).await.says("You already belong to The northwind").says("/o/northwind\"");
        Browser::new(&team.server, "Firefox").follow_link(&link).await.says("This invitation was accepted").says("/sign-in?");
        team.ann.follow_link(&link).await.says("This invitation was accepted").says("Somebody with another account used it.");
    }

    /// Security: a name whose letters only look like those of another stands with the short name, whose letters can't.
    async fn a_name_of_several_scripts_stands_with_the_short_name(database) {
        let team = Team::new(database, "workjet").await;
        let id = team.server.invite(&team.owner, &team.org, "dora@x.example", &["member"]).await;
        let link = format!("/join/{}", team.server.link(&id));
        let eve = team.server.person("eve@x.example").await;
        team.server.invite(&team.owner, &team.org, "eve@x.example", &["member"]).await;
        let (mut eve, mut team) = (browser_of(&team.server, &eve), team);
        // The second letter of the one is Cyrillic.
        for (name, shown) in [("Northwind", false), ("Nоrthwind", true)] {
            team.owner.patch(&format!("/v1/organizations/{}", team.org), serde_json::json!({ "name": name })).await.is(200);
            let page = Browser::new(&team.server, "Firefox").follow_link(&link).await;
            page.says(&format!("Join {name}"));
            assert_eq!(page.body.contains(">Address</dt>"), shown, "{}", page.body);
            let both = format!("{name} (northwind)");
            for page in [eve.get("/invitations").await, team.ann.get("/organizations").await] {
                assert_eq!(page.says(name).body.contains(&both), shown, "{}", page.body);
            }
        }
    }

    async fn the_link_never_signs_in_who_has_an_account(database) {
        let team = Team::new(database, "workjet").await;
        let ben = team.server.person("ben@x.example").await;
        let id = team.server.invite(&team.owner, &team.org, "ben@x.example", &["member"]).await;
        let link = format!("/join/{}", team.server.link(&id));
        let joining = format!("/join/{id}");
        let mut nobody = Browser::new(&team.server, "Firefox");
        let page = nobody.follow_link(&link).await;
        page.says("Sign in to join");
        assert!(!page.body.contains("Your name"));
        let sent = nobody.send_from("/sign-in", &joining, &[("name", "Ben")]).await;
        assert!(sent.to().starts_with("/sign-in?return_to=%2Fjoin%2Finv_"), "{}", sent.body);
        assert!(!sent.to().contains('.'), "no token in the address: {}", sent.to());
        assert_eq!(nobody.who().await, None);
        let mut browser = browser_of(&team.server, &ben);
        browser.follow_link(&link).await.says("Join The northwind").says("Decline");
        browser.post(&joining, &[]).await.goes("/o/northwind");
        assert_eq!(browser.get(PEOPLE).await.status, 200);
    }

    async fn somebody_else_adds_the_address_by_its_code_or_changes_user(database) {
        let team = Team::new(database, "workjet").await;
        let grace = team.server.person("grace@x.example").await;
        team.server.person("ben@x.example").await;
        let for_ben = team.server.invite(&team.owner, &team.org, "ben@x.example", &["member"]).await;
        let for_eva = team.server.invite(&team.owner, &team.org, "eva@x.example", &["member"]).await;
        let mut browser = browser_of(&team.server, &grace);
        let taken = format!("/join/{}", team.server.link(&for_ben));
        let page = browser.follow_link(&taken).await;
        page.says("belongs to somebody else’s account").says("Change user");
        assert!(!page.body.contains("Add the address"));
        let refused = browser.post(&format!("/join/{for_ben}"), &[]).await;
        assert_eq!(refused.status, 409);
        refused.says("role=\"alert\"");
        let free = format!("/join/{}", team.server.link(&for_eva));
        browser.follow_link(&free).await.says("You are signed in as grace").says("Add the address");
        let joining = format!("/join/{for_eva}");
        team.server.pass(Span::minutes(16));
        let old = browser.send_from(&joining, &format!("{joining}/add"), &[]).await;
        assert!(old.to().starts_with("/sign-in/again?return_to="), "{}", old.body);
        let mut again = browser_of(&team.server, &team.server.sign_in(grace.user(), "").await);
        again.follow_link(&free).await;
        let asked = again.send_from(&joining, &format!("{joining}/add"), &[]).await;
        let page = asked.to().to_owned();
        again.get(&page).await.says("eva@x.example").says("Back to the invitation");
        assert!(!again.get("/profile/addresses").await.body.contains("eva@x.example"), "the link proves nothing");
        let (code, _) = newest(&team.server).await;
        again.send_from(&page, &page, &[("code", &code)]).await.goes(&joining);
        again.get("/profile/addresses").await.says("eva@x.example");
        again.get(&joining).await.says("Join The northwind").says("Decline");
        again.send_from(&joining, &format!("{joining}/add"), &[]).await.goes(&joining);
        again.send_from(&joining, &joining, &[]).await.goes("/o/northwind");
    }

    async fn ended_ones_say_how_they_ended(database) {
        let mut team = Team::new(database, "workjet").await;
        let ben = team.server.person("ben@x.example").await;
        let declined = team.server.invite(&team.owner, &team.org, "ben@x.example", &["member"]).await;
        let link = format!("/join/{}", team.server.link(&declined));
        let mut browser = browser_of(&team.server, &ben);
        browser.follow_link(&link).await;
        browser.post(&format!("/join/{declined}/decline"), &[]).await.goes("/");
        browser.follow_link(&link).await.says("This invitation was declined");
        assert!(row(&team.ann.get(PEOPLE).await, "ben@x.example").contains("Declined"));
        let withdrawn = team.server.invite(&team.owner, &team.org, "cleo@x.example", &["member"]).await;
        let revoke = format!("/o/northwind/invitations/{withdrawn}/revoke");
        team.ann.follow(PEOPLE, &revoke, &[]).await;
        let mut nobody = Browser::new(&team.server, "Firefox");
        nobody.follow_link(&format!("/join/{}", team.server.link(&withdrawn))).await.says("This invitation was withdrawn");
        let late_id = team.server.invite(&team.owner, &team.org, "dora@x.example", &["member"]).await;
        team.server.pass(Span::days(7));
        let late = format!("/join/{}", team.server.link(&late_id));
        nobody.follow_link(&late).await.says("This invitation has expired").says("ann can invite you again.");
        let tried = nobody.send_from("/sign-in", &format!("/join/{late_id}"), &[("name", "Dora")]).await;
        assert_eq!(tried.status, 409);
        assert_eq!(nobody.who().await, None);
        assert_eq!(nobody.get("/join/inv_x.y").await.status, 404);
    }

    /// The token stays in no address: a link is followed once, and its page is open in that browser, each beside the others.
    async fn the_token_of_a_link_leaves_the_address_and_several_are_open_side_by_side(database) {
        let team = Team::new(database, "workjet").await;
        let second = team.server.found(&team.owner, "adventure").await;
        let eva = team.server.invite(&team.owner, &team.org, "eva@x.example", &["member"]).await;
        let finn = team.server.invite(&team.owner, &second, "finn@x.example", &["member"]).await;
        let links = [&eva, &finn].map(|id| format!("/join/{}", team.server.link(id)));
        let mut browser = Browser::new(&team.server, "Firefox");
        let followed = browser.get(&links[0]).await;
        followed.goes(&format!("/join/{eva}"));
        assert_eq!(followed.headers["referrer-policy"], "no-referrer");
        let cookie = followed.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("Max-Age=3600") && cookie.contains("SameSite=Lax"), "{cookie}");
        browser.follow_link(&links[1]).await.says("Join The adventure");
        let page = browser.get(&format!("/join/{eva}")).await;
        page.says("Join The northwind");
        assert!(!page.body.contains(links[0].as_str()), "{}", page.body);
        let mut elsewhere = Browser::new(&team.server, "Firefox");
        let closed = elsewhere.get(&format!("/join/{eva}")).await;
        assert_eq!(closed.status, 404);
        closed.says("Open the link once more");
        let unknown = elsewhere.get("/join/inv_06h1f807b1ri9d7f0884jkbodc").await;
        assert_eq!((unknown.status, unknown.body.len()), (404, closed.body.len()), "an id alone says nothing");
        elsewhere.get("/sign-in").await;
        assert_eq!(elsewhere.post(&format!("/join/{eva}"), &[("name", "Mallory")]).await.status, 404);
        browser.get(&format!("/join/{eva}")).await;
        browser.post(&format!("/join/{eva}"), &[("name", "Eva")]).await.goes("/welcome?return_to=%2Fo%2Fnorthwind");
        assert!(!browser.cookies.keys().any(|name| name.contains(&eva)), "spent, and forgotten");
        assert!(browser.cookies.keys().any(|name| name.contains(&finn)));
        assert_eq!(browser.get(&format!("{}x", links[0])).await.status, 404, "no cookie for what is no link of ours");
    }

    async fn where_several_wait_one_chooses_and_is_switched_nowhere(database) {
        let team = Team::new(database, "standard").await;
        let second = team.server.found(&team.owner, "adventure").await;
        let eva = team.server.person("eva@x.example").await;
        team.server.invite(&team.owner, &team.org, "eva@x.example", &["viewer"]).await;
        team.server.invite(&team.owner, &second, "eva@x.example", &["member"]).await;
        let mut browser = browser_of(&team.server, &eva);
        let start = browser.get("/").await;
        start.says("2 invitations wait for you").says("The northwind").says("The adventure").says("as Viewer");
        assert!(browser.get(PEOPLE).await.status == 404);
        let rows: Vec<&str> = start.body.split("<li>").collect();
        let of = |name: &str| rows.iter().find(|row| row.contains(name)).unwrap().to_string();
        let accept = address(&of("The adventure"), "/accept");
        browser.follow("/", &accept, &[]).await.goes("/o/adventure/people");
        let decline = address(&of("The northwind"), "/decline");
        browser.follow("/", &decline, &[]).await;
        browser.get("/").await.goes("/o/adventure");
        assert_eq!(browser.send_from("/invitations", &accept, &[]).await.status, 409, "accepted once");
        let mut mallory = browser_of(&team.server, &team.server.person("mallory@x.example").await);
        assert_eq!(mallory.send_from("/invitations", &decline, &[]).await.status, 404, "not hers");
        mallory.get("/").await.says("You don’t belong to an organization yet").says("Create organization");
    }
}
