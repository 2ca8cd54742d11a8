//! Who may call what: every operation as nobody, a stranger, each role of `workjet`, and programs with every scope: of the organization,
//! of another one (`foreign`) and of the deployment, in a table that is checked in. What is 409 there, a rule of that model refuses: the
//! only owner stays, only the owner makes admins, invitations are sent one by one, and a link is for its address.

use crate::{harness::Server, operations};
use guildhall_testkit::both_databases;
use std::fmt::Write as _;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/access.txt");

both_databases! {
    /// The table is as it was checked in. `REWRITE=1` writes it anew.
    async fn each_operation_answers_each_role_as_the_table_says(database) {
        let server = Server::start(database, "workjet").await;
        let roles = ["nobody", "stranger", "member", "admin", "owner", "key", "foreign", "deployment"];
        let mut lines = vec!["# What each operation answers; REWRITE=1 writes this file anew.".to_owned(), format!("{:<28}", "operation")];
        for role in roles {
            let _ = write!(lines[1], "{role:<10}");
        }
        operations::each(&server, &roles, |operation, role, reply| {
            assert!(reply.status < 500, "{}: {}", operation.id, reply.text);
            if role == roles[0] {
                lines.push(format!("{:<28}", operation.id));
            }
            let _ = write!(lines.last_mut().unwrap(), "{:<10}", reply.status);
        })
        .await;
        let table = lines.iter().map(|line| line.trim_end()).chain([""]).collect::<Vec<_>>().join("\n");
        if std::env::var_os("REWRITE").is_some() {
            std::fs::write(TABLE, &table).unwrap();
        }
        let checked_in = std::fs::read_to_string(TABLE).unwrap_or_default();
        assert_eq!(table, checked_in, "the table has changed; look at each line, then run with REWRITE=1");
    }
}
