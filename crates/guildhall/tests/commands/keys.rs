use crate::{
    client::Request,
    terminal::{Deployment, PATIENCE},
};
use guildhall_testkit::both_databases;
use std::time::{Duration, Instant};

both_databases! {
    fn keys_are_made_listed_and_revoked_beside_a_running_server(database) {
        let mut deployment = Deployment::new(database);
        let all = deployment.key();
        let server = deployment.serve();
        let (organization, _) = deployment.found(&all, "north", "ann@example.com");
        let create = ["key", "create", "--title", "theirs", "--scopes", "member.view", "--organization", &organization, "--reason", "ticket 7"];
        let made = deployment.run_once(&create).is(0);
        let (id, secret) = (made.err.split_whitespace().next().unwrap().to_owned(), made.out.trim().to_owned());
        let members = Request::get(&format!("/v1/organizations/{organization}/members"));
        assert_eq!(deployment.ask(&secret, members.clone()).status, 200);
        let theirs = deployment.run_once(&["key", "list", "--organization", &organization]).is(0).out;
        assert!(theirs.contains(&id) && theirs.contains("live   theirs  (member.view; never ends; used ") && theirs.lines().count() == 1, "{theirs}");
        let own = deployment.run_once(&["key", "list"]).is(0).out;
        assert!(own.contains("a test") && !own.contains(&id), "{own}");
        deployment.run_once(&["key", "revoke", &id, "--reason", "ticket 8"]).is(0).says("is revoked.");
        let begun = Instant::now();
        while deployment.ask(&secret, members.clone()).status != 401 {
            assert!(begun.elapsed() < PATIENCE, "the revoked key lives on");
            std::thread::sleep(Duration::from_millis(5));
        }
        deployment.run_once(&["key", "list", "--organization", &organization]).is(0).says("ended  theirs  (member.view; revoked ");
        deployment.run_once(&["key", "revoke", &id]).is(1).says("there is no live key").says("guildhall key list");
        deployment.run_once(&["key", "create", "--title", "x", "--scopes", "member.veiw"]).is(1).says("`member.veiw` is no scope; known are ");
        deployment.run_once(&["key", "create", "--title", "x", "--scopes", "*", "--reason", " "]).is(2).says("1 to 200 characters");
        server.stop().is(0);
    }
}
