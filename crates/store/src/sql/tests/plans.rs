//! How the databases go about it: no list reads a whole table, and none along an index sorts.

use super::stage::{Stage, user};
use crate::{
    MemberQuery, MemberSort,
    db::{DbKind, Statement, Value},
    sql::{
        directory::row::{Shown, Standing},
        member::statement as sql,
        state::values,
    },
};
use guildhall_core::{TenantId, Timestamp, op};
use guildhall_testkit::both_databases;

const SORTS: [MemberSort; 5] = [MemberSort::Name, MemberSort::Role, MemberSort::Status, MemberSort::LastActive, MemberSort::JoinedAt];

crate::db::statements! {
    ANALYZE(directory) = "ANALYZE";
}

/// Many joined members.
async fn fill(stage: &Stage, org: TenantId, from: usize, to: usize) {
    let names = ["Ann", "Bea", "Chloé", "Dan", "Eve", "Finn", "Gül", "Hana", "Ida", "Jo"];
    let at = |n: usize| Timestamp(stage.store.now().0 + i64::try_from(n).unwrap());
    let person = |n: usize| {
        let name = Some(format!("{} {:05} Okafor", names[n % 10], (n * 7_919) % 100_000));
        (Shown { name, handle: None, address: Some(format!("p{n}@example.org")) }, Standing::Joined { at: at(n) })
    };
    stage.put_behind(org, (from..to).map(person)).await;
}

async fn plan(stage: &Stage, statement: &'static Statement, values: &[Value]) -> String {
    let db = stage.store.db();
    let (before, column) = match db.kind() {
        DbKind::Sqlite => ("EXPLAIN QUERY PLAN ", "detail"),
        DbKind::Postgres => ("EXPLAIN ", "QUERY PLAN"),
    };
    let text: &'static str = Box::leak(format!("{before}{}", statement.text).into_boxed_str());
    let explain: &'static Statement = Box::leak(Box::new(Statement::new(statement.name, statement.table, text)));
    let rows = db.query(explain, values).await.unwrap();
    rows.iter().map(|row| row.text(column).unwrap()).collect::<Vec<_>>().join("\n")
}

/// What is bound to a statement that takes so many.
fn bound(org: TenantId, order: i64, n: usize) -> Vec<Value> {
    let mut values = values![org, org, order, 0, "m", uuid::Uuid::nil(), 0];
    if n > 8 {
        values.extend(values![0, 3, -1, i64::MAX, "member", "oka", "oka\u{10FFFF}", "", "", "", ""]);
    }
    values.resize(n, 51.into());
    values
}

both_databases! {
    async fn no_list_scans_a_table_or_sorts_along_an_index(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        fill(&stage, org, 0, 3_000).await;
        let sqlite = stage.store.db().kind() == DbKind::Sqlite;
        if !sqlite {
            stage.store.db().execute(&ANALYZE, Vec::new()).await.unwrap();
        }
        // A stride is read as a whole, but nothing else.
        let whole = |plan: &str| plan.lines().any(|line| line.starts_with("SCAN ") && line != "SCAN d" || line.contains("Seq Scan on directory"));
        let sorts = |plan: &str| plan.contains("TEMP B-TREE") || plan.contains("Sort");
        for (order, sort) in (0..).zip(SORTS) {
            for ascending in [true, false] {
                for statement in [sql::walk(sort, ascending), sql::stride_end(sort, ascending)] {
                    let plan_of = plan(&stage, statement, &bound(org, order, 8)).await;
                    assert!(!whole(&plan_of) && !sorts(&plan_of), "{sort:?} {ascending}:\n{plan_of}");
                }
                let plan_of = plan(&stage, sql::walk_filtered(sort, ascending), &bound(org, order, 20)).await;
                let along = if sqlite { "SEARCH d USING INDEX directory_by_" } else { "using directory_by_" };
                assert!(!whole(&plan_of) && plan_of.contains(along), "filtered, {sort:?} {ascending}:\n{plan_of}");
            }
        }
        if sqlite {
            for (statement, index) in [
                (sql::gather_words(true), "word>? AND word<?"),
                (sql::gather_role(true), "role=?"),
                (sql::gather_status(true), "directory_in_status"),
            ] {
                let plan_of = plan(&stage, statement, &bound(org, 1, 19)).await;
                assert!(!whole(&plan_of) && plan_of.contains(index), "{}:\n{plan_of}", statement.name);
            }
        }
    }

    /// L-28: row 101, and any other, is on its page.
    async fn l_28_row_101_is_on_its_page(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        fill(&stage, org, 0, 450).await;
        let permit = stage.permit::<op::MemberView>(&ann, org).await;
        let (mut n, mut query) = (0, MemberQuery { limit: 100, sort: MemberSort::JoinedAt, ..MemberQuery::default() });
        loop {
            let page = stage.store.list_members(&permit, &query).await.unwrap();
            n += page.rows.len();
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        assert_eq!(n, 451);
        assert_eq!(stage.store.count_members(&permit).await.unwrap().joined, 451);
        assert!(stage.store.find_member(&permit, user(&ann)).await.unwrap().is_some());
    }
}
