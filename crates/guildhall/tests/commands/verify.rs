use crate::terminal::Deployment;
use guildhall_testkit::{Database, both_databases, postgres};
use std::{path::PathBuf, process::Command};

/// What somebody with the database's password does behind the product's back.
fn edit(database: &Database, statement: &str) {
    if let Some(file) = database.file() {
        rusqlite::Connection::open(file).unwrap().execute_batch(statement).unwrap();
        return;
    }
    let psql = postgres::find_binaries().map_or_else(|_| PathBuf::from("psql"), |folder| folder.join("psql"));
    let done =
        Command::new(psql).args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", statement, database.url()]).status();
    assert!(done.unwrap().success());
}

both_databases! {
    fn verify_ends_with_1_and_names_the_row_that_was_edited(database) {
        let mut deployment = Deployment::new(database);
        let key = deployment.key();
        let server = deployment.serve();
        deployment.found(&key, "north", "ann@example.com");
        deployment.run_once(&["verify"]).is(0).says("Sound.");
        server.stop().is(0);
        edit(database, "UPDATE membership SET standing = 'suspended'");
        let said = deployment.run(&["verify"]).is(1).says("problems.").out;
        let line = said.lines().find(|line| line.starts_with("membership, row ")).unwrap_or_else(|| panic!("{said}"));
        assert!(line.contains("column standing: expected `active`, found `suspended`"), "{line}");
        edit(database, "UPDATE membership SET standing = 'active'");
        deployment.run(&["verify"]).is(0).says("Sound.");
    }

    fn directory_rebuild_mends_the_copies_that_verify_names(database) {
        let mut deployment = Deployment::new(database);
        let key = deployment.key();
        let server = deployment.serve();
        deployment.found(&key, "north", "ann@example.com");
        deployment.run_once(&["directory", "rebuild"]).is(1).says("in use by").says("stop that one first");
        server.stop().is(0);
        deployment.run(&["directory", "rebuild"]).is(0).says("Nothing was changed.");
        edit(database, "UPDATE directory SET name_key = 'zoe', name = 'Zoe'");
        let said = deployment.run(&["verify"]).is(1).says("`guildhall directory rebuild` writes those anew").out;
        assert!(said.lines().any(|line| line.starts_with("directory, row ") && line.contains("found `Zoe`")), "{said}");
        deployment.run(&["directory", "rebuild"]).is(0).says("that were put right: 1.");
        deployment.run(&["verify"]).is(0).says("Sound.");
        deployment.run(&["directory", "rebuild"]).is(0).says("Nothing was changed.");
    }
}
