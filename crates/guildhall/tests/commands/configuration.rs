use crate::terminal::{Deployment, run};
use guildhall_testkit::Database;

#[test]
fn config_check_says_what_is_sound() {
    let database = Database::sqlite();
    let deployment = Deployment::new(&database);
    let address = format!("http://{}", deployment.address);
    deployment
        .run(&["config", "check"])
        .is(0)
        .says("The configuration is sound: Guildhall at ")
        .says(&address)
        .says("No mail server is configured");
    assert!(!database.file().unwrap().exists(), "nothing was made");
}

#[test]
fn l_33_config_check_names_file_line_and_what_was_meant() {
    let database = Database::sqlite();
    let deployment = Deployment::new(&database);
    deployment.configure("standard", "", "[mial]\nfrom = \"x\"\n[limits]\nrenames_dya = 3");
    let file = deployment.file().display().to_string();
    let ended = deployment.run(&["config", "check"]).is(1);
    let ended = ended.says(&format!("{file}:10:1: unknown key `mial.from`; did you mean `mail.from`?"));
    ended.says(&format!("{file}:12:1: unknown key `limits.renames_dya`; did you mean `limits.renames_day`?"));
    deployment.configure("standrad", "", "");
    deployment.run(&["config", "check"]).is(1).says("standrad").says("standard");
    run(&["config", "check", "--config", "/nowhere/guildhall.toml"]).is(1).says("/nowhere/guildhall.toml");
}
