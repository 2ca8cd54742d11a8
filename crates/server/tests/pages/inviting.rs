//! Inviting by the form, and what is done with an invitation.

use crate::stage::{PEOPLE, Team, address, row};
use guildhall_core::time::Span;
use guildhall_testkit::both_databases;

const INVITE: &str = "/o/northwind/invite";

both_databases! {
    async fn the_form_asks_for_what_the_model_asks(database) {
        let mut team = Team::new(database, "workjet").await;
        let form = team.ann.get(INVITE).await;
        form.says("Invite User").says("Email address").says("Send Invite").says("value=\"admin\"").says("value=\"member\"");
        assert!(!form.body.contains("value=\"owner\""), "owner is not offered");
        assert_eq!(team.ann.get("/o/northwind/invite/csv").await.status, 404, "this model takes no CSV");
        let wrong = team.ann.post(INVITE, &[("addresses", ""), ("role", "")]).await;
        assert_eq!(wrong.status, 422);
        wrong.says("Type an address first").says("Choose a role.");
        let wrong = team.ann.post(INVITE, &[("addresses", "dora@elsewhere"), ("role", "member")]).await;
        assert_eq!(wrong.status, 422);
        wrong.says("value=\"dora@elsewhere\"").says("is not an email address");
        let two = team.ann.post(INVITE, &[("addresses", "a@x.example b@x.example"), ("role", "member")]).await;
        assert_eq!(two.status, 422);
        two.says("One at a time here");
        let (_, mut ben) = team.joined("ben@northwind.example", &["admin"]).await;
        ben.get(INVITE).await.says("Only the owner can make someone an admin");
        let refused = ben.post(INVITE, &[("addresses", "x@y.example"), ("role", "admin")]).await;
        assert_eq!(refused.status, 422);
        refused.says("Only the owner can make someone an admin.");
    }

    async fn what_was_sent_is_at_the_top_and_can_be_undone_for_ten_seconds(database) {
        let mut team = Team::new(database, "workjet").await;
        team.joined("aaron@northwind.example", &["member"]).await;
        let shown = team.ann.follow(INVITE, INVITE, &[("addresses", "zoe@elsewhere.example"), ("role", "member")]).await;
        shown.says("Invited zoe@elsewhere.example as Member.");
        let first = shown.body.split("<tr role=\"row\"").nth(2).unwrap();
        assert!(first.starts_with(" class=\"fresh\"") && first.contains("zoe@elsewhere.example"), "{first}");
        let undo = address(shown.body.split("id=\"toasts\"").nth(1).unwrap(), "/invitations/undo");
        let undone = team.ann.follow(PEOPLE, &undo, &[]).await;
        undone.says("Undone: no mail goes out for 1 invitation.");
        assert!(!undone.body.contains("zoe@elsewhere.example"));
        let shown = team.ann.follow(INVITE, INVITE, &[("addresses", "zoe@elsewhere.example"), ("role", "member")]).await;
        let undo = address(shown.body.split("id=\"toasts\"").nth(1).unwrap(), "/invitations/undo");
        team.server.pass(Span::seconds(11));
        let late = team.ann.follow(PEOPLE, &undo, &[]).await;
        late.says("Too late to undo 1 invitation").says("role=\"alert\"");
        row(&late, "zoe@elsewhere.example");
        let again = team.ann.get(PEOPLE).await;
        assert!(!again.body.contains("Too late"), "it is said once");
    }

    async fn a_list_is_looked_at_before_it_is_sent_and_each_has_a_result(database) {
        let mut team = Team::new(database, "standard").await;
        let all = "dora@x.example, ann@northwind.example; not@@right\nemil@x.example dora@x.example";
        let review = team.ann.send_from(INVITE, INVITE, &[("addresses", all), ("role", "viewer")]).await;
        assert_eq!(review.status, 200);
        review.says("Invite 4 people to The northwind?").says("Unclear").says("name=\"reviewed\"");
        assert_eq!((review.body.matches("Gets a mail.").count(), review.body.matches("Belongs here already.").count()), (2, 1));
        assert!(!team.ann.get(PEOPLE).await.body.contains("dora@x.example"), "nothing was sent");
        let result = team.ann.post(INVITE, &[("addresses", all), ("role", "viewer"), ("reviewed", "1")]).await;
        result.says("2 of 4 people invited").says("Belongs here already.").says("As Viewer.").says("Not invited").says("data-panel data-done");
        let list = team.ann.get(PEOPLE).await;
        list.says("Invited 2 people as Viewer.").says("/invitations/undo");
        assert!(row(&list, "emil@x.example").contains("Viewer") && row(&list, "emil@x.example").contains("class=\"fresh\""));
        let again = team.ann.follow(INVITE, INVITE, &[("addresses", "emil@x.example"), ("role", "member")]).await;
        again.says("emil@x.example was invited already. The invitation was sent again as Member.");
        assert!(!again.body.contains("/invitations/undo"), "what waited before is not undone");
        let review = team.ann.send_from(INVITE, INVITE, &[("addresses", "emil@x.example new@x.example"), ("role", "viewer")]).await;
        review.says("Invited already: it is sent again.").says("Gets a mail.");
    }

    async fn a_review_says_who_could_where_the_sender_may_not_invite(database) {
        let mut team = Team::new(database, "standard").await;
        let (ben, mut browser) = team.joined("ben@northwind.example", &["viewer"]).await;
        let tried = browser.send_from(PEOPLE, INVITE, &[("addresses", "a@x.example b@x.example"), ("role", "viewer")]).await;
        assert_eq!(tried.status, 403);
        tried.says("can invite people.");
        // What a role's own rules refuse is said before it is sent, too.
        team.owner.set_roles(&team.org, &ben.id, &["admin"]).await.is(200);
        let review = browser.send_from(PEOPLE, INVITE, &[("addresses", "a@x.example b@x.example"), ("role", "owner")]).await;
        review.says("Not invited");
        assert!(!review.body.contains("Gets a mail."));
        team.ann.get(PEOPLE).await.says("2 people");
    }

    async fn the_form_knows_who_belongs_here(database) {
        let mut team = Team::new(database, "standard").await;
        team.joined("ben@northwind.example", &["member"]).await;
        team.server.invite(&team.owner, &team.org, "dora@x.example", &["viewer"]).await;
        let form = team.ann.get(INVITE).await;
        let here = crate::browser::between(&form.body, "data-here=\"", "\"").unwrap();
        let mut here: Vec<&str> = here.split_whitespace().filter(|it| it.contains("northwind.example")).collect();
        here.sort_unstable();
        assert_eq!(here, ["ann@northwind.example", "ben@northwind.example"]);
        assert!(!form.body.contains("dora@x.example"), "who waits isn't here yet");
    }

    async fn a_long_list_is_undone_as_a_whole(database) {
        let mut team = Team::new(database, "standard").await;
        let all: Vec<String> = (0..40).map(|n| format!("p-{n}@crowd.example")).collect();
        let sent = [("addresses", all.join(" ")), ("role", "viewer".to_owned()), ("reviewed", "1".to_owned())];
        let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let shown = team.ann.follow(INVITE, INVITE, &sent).await;
        shown.says("Invited 40 people as Viewer");
        let undo = address(shown.body.split("id=\"toasts\"").nth(1).unwrap(), "/invitations/undo");
        // Nobody else's: another's press withdraws nothing.
        let (_, mut ben) = team.joined("ben@northwind.example", &["admin"]).await;
        ben.follow(PEOPLE, &undo, &[]).await.says("Too late to undo 40 invitations");
        team.ann.follow(PEOPLE, &undo, &[]).await.says("Undone: no mail goes out for 40 invitations.");
        assert!(!team.ann.get(PEOPLE).await.body.contains("crowd.example"));
    }

    async fn csv_is_looked_at_first_and_each_row_has_its_result(database) {
        let mut team = Team::new(database, "standard").await;
        let page = "/o/northwind/invite/csv";
        team.ann.get(INVITE).await.says("href=\"/o/northwind/invite/csv\"");
        team.ann.get(page).await.says("Invite from CSV").says("The first line names the columns");
        let empty = team.ann.post(page, &[("csv", " ")]).await;
        assert_eq!(empty.status, 422);
        empty.says("Paste rows, or choose a file.");
        let short = team.ann.post(page, &[("csv", "email,role\ndora@x.example\n")]).await;
        assert_eq!(short.status, 422);
        short.says("Line 2: 1 column; the first line names 2").says("dora@x.example");
        let many = format!("email\n{}", "p@x.example\n".repeat(501));
        assert_eq!(team.ann.post(page, &[("csv", &many)]).await.status, 422);
        let csv = "Name,Email,Role\n\"Weiss, Dora\",dora@x.example,Viewer\nEmil,emil@x.example,\nFinn,finn,\nGus,gus@x.example,boss\n";
        let review = team.ann.post(page, &[("csv", csv)]).await;
        review.says("Invite 4 people to The northwind?").says("As Viewer.").says("As Member.").says("Handle");
        review.says("There is no role “boss” here.").says("name=\"reviewed\"");
        let known = team.ann.post(page, &[("csv", "email,role\nann@northwind.example,\nnew@x.example,\n")]).await;
        known.says("Belongs here already.").says("As Member.");
        assert!(!team.ann.get(PEOPLE).await.body.contains("dora@x.example"), "nothing was sent");
        team.ann.get(page).await;
        let result = team.ann.post(page, &[("csv", csv), ("reviewed", "1")]).await;
        result.says("2 of 4 people invited").says("Not invited");
        result.says("data-panel data-done");
        let list = team.ann.get(PEOPLE).await;
        list.says("Invited 2 people.").says("/invitations/undo");
        assert!(row(&list, "dora@x.example").contains("Viewer") && row(&list, "dora@x.example").contains("class=\"fresh\""));
        let all = [("csv", "email,role\nhal@x.example,admin\n"), ("reviewed", "1")];
        let sent = team.ann.follow(page, page, &all).await;
        sent.says("Invited 1 person.").says("hal@x.example");
        let undo = address(sent.body.split("id=\"toasts\"").nth(1).unwrap(), "/invitations/undo");
        team.ann.follow(PEOPLE, &undo, &[]).await.says("Undone: no mail goes out for 1 invitation.");
        let (_, mut member) = team.joined("ben@northwind.example", &["member"]).await;
        assert_eq!(member.get(page).await.status, 403);
    }

    async fn a_model_with_its_field_on_the_page_says_there_what_is_wrong(database) {
        let mut team = Team::new(database, "appcircle").await;
        let wrong = team.ann.send_from(PEOPLE, INVITE, &[("addresses", "dora")]).await;
        assert_eq!(wrong.status, 422);
        wrong.says("Team Management</h1>").says("value=\"dora\"").says("field-error");
        team.ann.follow(PEOPLE, INVITE, &[("addresses", "dora@x.example")]).await.says("Pending");
    }

    async fn it_is_sent_again_and_taken_back(database) {
        let mut team = Team::new(database, "workjet").await;
        team.server.invite(&team.owner, &team.org, "dora@x.example", &["member"]).await;
        let shown = team.ann.get(PEOPLE).await;
        let dora = row(&shown, "dora@x.example");
        assert!(dora.contains("Invited by ann · expires <time datetime=\"2026-") && dora.contains("Invited just now. Again in"), "{dora}");
        team.server.pass(Span::minutes(61));
        let shown = team.ann.get(PEOPLE).await;
        let resend = address(&row(&shown, "dora@x.example"), "/resend");
        let sent = team.ann.follow(PEOPLE, &resend, &[]).await;
        sent.says("A reminder to dora@x.example is on its way.").says("Reminded just now. Again in");
        team.ann.follow(PEOPLE, &resend, &[]).await.says("role=\"alert\"").says("A mail went out a moment ago.");
        let revoke = address(&row(&shown, "dora@x.example"), "/revoke");
        let fresh = format!("{}?", revoke.split('?').next().unwrap());
        let panel = team.ann.get(&fresh).await;
        panel.says("Every link mailed for it stops working.");
        let stale = team.ann.post(&revoke, &[]).await;
        assert_eq!(stale.status, 409, "it was reminded since that page");
        stale.says("It was changed meanwhile. Look at it once more, then decide.");
        assert!(!stale.body.contains("it is at revision"));
        let done = team.ann.follow(PEOPLE, &address(&stale.body, "/revoke"), &[]).await;
        done.says("The invitation to dora@x.example was taken back.");
    }

    async fn an_expired_one_is_listed_with_a_way_to_invite_again(database) {
        let mut team = Team::new(database, "standard").await;
        team.server.invite(&team.owner, &team.org, "dora@x.example", &["viewer"]).await;
        team.server.pass(Span::days(8));
        let mut ann = crate::stage::browser_of(&team.server, &team.server.sign_in(team.owner.user(), "").await);
        std::mem::swap(&mut team.ann, &mut ann);
        let shown = team.ann.get(PEOPLE).await;
        let dora = row(&shown, "dora@x.example");
        assert!(dora.contains("Expired"));
        let again = address(&dora, "/invite?");
        let form = team.ann.get(&again).await;
        form.says("dora@x.example");
        assert!(form.body.contains("value=\"viewer\" checked"));
        team.ann.follow(&again, INVITE, &[("addresses", "dora@x.example"), ("role", "viewer")]).await.says("sent again as Viewer.");
    }
}
