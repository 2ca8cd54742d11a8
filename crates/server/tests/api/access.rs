//! Who may call what: every operation as nobody, a stranger, and each role of `workjet`, in a table that is checked in.

use crate::{
    harness::Server,
    operations::{self, Place},
};
use axum::http::Method;
use guildhall_testkit::both_databases;
use std::fmt::Write as _;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/access.txt");

both_databases! {
    /// The table is as it was checked in. `REWRITE=1` writes it anew.
    async fn each_operation_answers_each_role_as_the_table_says(database) {
        let server = Server::start(database, "workjet").await;
        let roles = ["nobody", "stranger", "member", "admin", "owner"];
        let mut table = format!("# What each operation answers; REWRITE=1 writes this file anew.\n{:<28}", "operation");
        for role in roles {
            let _ = write!(table, "{role:<10}");
        }
        table = format!("{}\n", table.trim_end());
        let mut place = Place::new(&server).await;
        for operation in operations::all() {
            let mut line = format!("{:<28}", operation.id);
            for role in roles {
                let who = match role {
                    "nobody" => server.nobody(),
                    "stranger" => place.stranger.clone(),
                    "member" => place.member.clone(),
                    "admin" => place.admin.clone(),
                    _ => place.owner.clone(),
                };
                let mut ids = place.ids(&server, &who).await;
                if matches!(operation.id.as_str(), "accept_invitation" | "decline_invitation") {
                    ids.insert("invitation".to_owned(), place.waiting.clone());
                }
                let body = place.body(&server, &operation.id, &who);
                assert_eq!(body.is_some(), operation.has_body, "`{}` needs a right body in operations.rs", operation.id);
                let reply = operations::send(&who, &operation, &ids, body).await;
                assert!(reply.status < 500, "{}: {}", operation.id, reply.text);
                let _ = write!(line, "{:<10}", reply.status);
                if reply.status < 300 && operation.method != Method::GET {
                    place = Place::new(&server).await;
                }
            }
            let _ = writeln!(table, "{}", line.trim_end());
        }
        if std::env::var_os("REWRITE").is_some() {
            std::fs::write(TABLE, &table).unwrap();
        }
        let checked_in = std::fs::read_to_string(TABLE).unwrap_or_default();
        assert_eq!(table, checked_in, "the table has changed; look at each line, then run with REWRITE=1");
    }
}
