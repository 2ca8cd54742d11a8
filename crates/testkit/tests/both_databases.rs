//! The macro's own proof: two tests from one function, each with a database that answers.

#![cfg(test)]

use guildhall_testkit::{Kind, both_databases};
use std::process::Command;

both_databases! {
    fn each_test_has_a_database_of_its_own(database) {
        match database.kind() {
            Kind::Sqlite => assert!(!database.file().unwrap().exists()),
            Kind::Postgres => {
                let bin = guildhall_testkit::postgres::find_binaries().unwrap();
                let sql = "CREATE TABLE t (x int); SELECT 'b' < 'A', current_setting('fsync')";
                let run = Command::new(bin.join("psql")).args(["-XAtc", sql, database.url()]).output().unwrap();
                let said = String::from_utf8(run.stdout).unwrap();
                // Sorted by a language, so that a column without COLLATE "C" shows itself in tests.
                assert_eq!(said.trim(), "CREATE TABLE\nf|off", "{}", String::from_utf8_lossy(&run.stderr));
            }
        }
    }

    /// Awaiting works, and the runtime's timers do.
    async fn a_body_may_be_async(database) {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        assert!(database.folder().is_dir());
    }

    #[should_panic(expected = "attributes reach both tests")]
    fn attributes_are_kept(_database) {
        panic!("attributes reach both tests");
    }
}
