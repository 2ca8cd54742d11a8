use crate::{client::Request, terminal::Deployment};
use guildhall_testkit::both_databases;
use std::{fs, os::unix::fs::PermissionsExt as _};

both_databases! {
    /// A lost key isn't made anew in silence: every mailed link would end.
    fn a_database_whose_key_is_lost_is_not_served(database) {
        let mut deployment = Deployment::new(database);
        deployment.serve().stop().is(0);
        let (file, former) = (deployment.key_file(), fs::read_to_string(deployment.key_file()).unwrap());
        fs::remove_file(&file).unwrap();
        for command in [["serve"].as_slice(), &["key", "list"]] {
            deployment.run(command).is(1).says("is missing; put it back").says("guildhall deployment-key accept");
            assert!(!file.exists(), "no other was made");
        }
        deployment.run(&["doctor"]).is(1).says("BAD   key").says("is missing");
        fs::write(&file, former).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        deployment.serve().stop().is(0);
    }

    fn another_key_is_refused_until_an_operator_accepts_it(database) {
        let mut deployment = Deployment::new(database);
        deployment.serve().stop().is(0);
        deployment.configure("standard", &format!("key = \"{}\"", "0a".repeat(32)), "");
        deployment.run(&["serve"]).is(1).says("the database was made with another deployment key").says("deployment-key accept");
        deployment.run(&["doctor"]).is(1).says("BAD   key");
        deployment.run(&["deployment-key", "accept", "--reason", "the old one leaked"]).is(0).says("Links and codes that were mailed before");
        deployment.run(&["deployment-key", "accept"]).is(0).says("already").says("Nothing was changed.");
        deployment.run(&["doctor"]).is(0);
        let server = deployment.serve();
        deployment.run_once(&["deployment-key", "accept"]).is(1).says("in use by process");
        server.stop().is(0);
        deployment.configure("standard", "", "");
        deployment.run(&["serve"]).is(1).says("another deployment key");
        fs::remove_file(deployment.key_file()).unwrap();
        deployment.run(&["deployment-key", "accept"]).is(0);
        assert!(deployment.key_file().exists(), "a new one was made");
        let server = deployment.serve();
        assert_eq!(deployment.client().send(&Request::get("/healthz")).unwrap().status, 200);
        server.stop().is(0);
    }

    fn a_key_file_that_others_can_read_is_not_served(database) {
        let mut deployment = Deployment::new(database);
        deployment.serve().stop().is(0);
        let file = deployment.key_file();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            deployment.run(&["serve"]).is(1).says(&format!("can be read by others (mode {mode:o})")).says("`chmod 600` it");
        }
    }
}
