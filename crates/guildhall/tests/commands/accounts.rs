use crate::{
    client::Request,
    terminal::{Deployment, text},
};
use guildhall_testkit::both_databases;
use serde_json::json;

both_databases! {
    fn an_operator_suspends_an_account_and_the_next_start_knows_it(database) {
        let mut deployment = Deployment::new(database);
        let key = deployment.key();
        let server = deployment.serve();
        let (organization, ann) = deployment.found(&key, "north", "ann@example.com");
        let beside = deployment.run_once(&["account", "suspend", &ann, "--reason", "spam"]).is(1);
        beside.says("POST /v1/users/USER/suspend").says(&format!("in use by process {}", server.id()));
        server.stop().is(0);
        deployment.run(&["account", "suspend", &ann]).is(2).says("--reason");
        deployment.run(&["account", "suspend", "bob@example.com", "--reason", "spam"]).is(1).says("there is no account `bob@example.com`");
        let done = deployment.run(&["account", "suspend", "ann@example.com", "--reason", "spam"]).is(0);
        done.says(&format!("{ann} is suspended everywhere")).says(&organization);
        deployment.run(&["verify"]).is(0).says("Sound.");

        let server = deployment.serve();
        let user = Request::get(&format!("/v1/users/{ann}"));
        assert_eq!(text(&deployment.ask(&key, user.clone()).body(), "status"), "suspended");
        let may = json!({
            "subject": { "type": "user", "id": ann },
            "action": { "name": "members.view" },
            "resource": { "type": "organization", "id": organization },
        });
        let may = Request::post("/v1/decisions", &may);
        assert_eq!(deployment.ask(&key, may.clone()).body()["decision"], false);
        server.stop().is(0);
        deployment.run(&["account", "reinstate", &ann, "--reason", "a mistake"]).is(0).says("may come in again");
        let server = deployment.serve();
        assert_eq!(deployment.ask(&key, may).body()["decision"], true);
        server.stop().is(0);
    }
}
