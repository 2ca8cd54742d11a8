//! Lists of people: pages, orders, filters, search, and what a row shows.

use super::stage::{Stage, user};
use crate::{
    Cursor, MemberQuery, MemberRow, MemberSort, MemberStatus, Page,
    sql::{
        directory::row::{Shown, Standing},
        member::FEW,
    },
};
use guildhall_core::{Permit, Principal, TenantId, change::Invitee, invitation, member, op, text, time::Span};
use guildhall_testkit::both_databases;
use std::collections::BTreeSet;

const SORTS: [MemberSort; 5] = [MemberSort::Name, MemberSort::Role, MemberSort::Status, MemberSort::LastActive, MemberSort::JoinedAt];

fn id(row: &MemberRow) -> u128 {
    row.member.map(guildhall_core::Id::as_u128).or(row.invitation.map(guildhall_core::Id::as_u128)).unwrap()
}

fn called(row: &MemberRow) -> String {
    row.name.clone().or_else(|| row.handle.clone()).or_else(|| row.address.clone()).unwrap_or_default()
}

async fn page(stage: &Stage, permit: &Permit<op::MemberView>, query: &MemberQuery) -> Page<MemberRow> {
    stage.store.list_members(permit, query).await.unwrap()
}

async fn found(stage: &Stage, permit: &Permit<op::MemberView>, search: &str) -> Vec<String> {
    let query = MemberQuery { search: Some(search.to_owned()), limit: 100, ..MemberQuery::default() };
    page(stage, permit, &query).await.rows.iter().map(called).collect()
}

async fn many(stage: &Stage, ann: &Principal, org: TenantId, names: impl Iterator<Item = String>) {
    let addresses: Vec<_> = names.map(|name| guildhall_core::text::Address::parse(&format!("{name}@example.org")).unwrap()).collect();
    let ids = stage.store.intern_addresses(&addresses).await.unwrap();
    stage.invite_all(ann, org, &ids.into_iter().map(Invitee::Address).collect::<Vec<_>>()).await;
}

both_databases! {
    /// L-29: pages are by key; who joins meanwhile drifts no page, and nobody comes twice or is missed.
    async fn l_29_pages_by_key_do_not_drift_while_people_join(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        many(&stage, &ann, org, (0..45).map(|n| format!("p{n:02}"))).await;
        stage.join(&ann, org, "Bob", "bob@example.org").await;
        let permit = stage.permit::<op::MemberView>(&ann, org).await;
        let mut joined = 0;
        for sort in SORTS {
            for descending in [false, true] {
                let all = MemberQuery { sort, descending, limit: 200, ..MemberQuery::default() };
                let whole: Vec<u128> = page(&stage, &permit, &all).await.rows.iter().map(id).collect();
                let mut seen = Vec::new();
                let mut query = MemberQuery { sort, descending, limit: 10, ..MemberQuery::default() };
                let last = loop {
                    let page = page(&stage, &permit, &query).await;
                    assert_eq!(page.previous.is_some(), !seen.is_empty());
                    seen.extend(page.rows.iter().map(id));
                    // Somebody before and somebody behind where we are.
                    joined += 1;
                    many(&stage, &ann, org, [format!("a{joined:03}"), format!("z{joined:03}")].into_iter()).await;
                    let Some(next) = page.next else { break page.previous };
                    query.after = Cursor::decode(&next.encode());
                };
                let unique: BTreeSet<u128> = seen.iter().copied().collect();
                assert_eq!(unique.len(), seen.len(), "{sort:?}: somebody twice");
                assert!(whole.iter().all(|id| unique.contains(id)), "{sort:?} {descending}: somebody missed");
                // And back again: the same rows in the same order, before the last page.
                let mut back = Vec::new();
                let mut query = MemberQuery { after: None, before: last, ..query };
                while query.before.is_some() {
                    let page = page(&stage, &permit, &query).await;
                    back.splice(0..0, page.rows.iter().map(id));
                    query.before = page.previous;
                }
                back.retain(|id| unique.contains(id));
                assert_eq!(back[..], seen[..back.len()], "{sort:?} {descending}: backward");
                assert!(back.len() >= 40);
            }
        }
    }

    /// a search finds members and newly invited people by address. Words by their beginnings, without case and marks.
    async fn whatever_a_name_begins_with_it_is_listed_in_both_directions(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        let last = "\u{10FFFF}".repeat(text::Name::MAX);
        stage.join(&ann, org, &last, "bob@example.org").await;
        let permit = stage.permit::<op::MemberView>(&ann, org).await;
        for descending in [false, true] {
            let query = MemberQuery { descending, limit: 1, ..MemberQuery::default() };
            let first = page(&stage, &permit, &query).await;
            let second = page(&stage, &permit, &MemberQuery { after: first.next, ..query }).await;
            let mut names: Vec<String> = [first.rows, second.rows].concat().iter().map(called).collect();
            if descending {
                names.reverse();
            }
            assert_eq!(names, ["Ann", &last]);
        }
    }

    async fn a_20_a_search_finds_members_and_invited_people(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann Okafor", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        let chloe = stage.join(&ann, org, "Chloé Martin", "c.martin@example.org").await;
        stage.handle(&chloe, "clo-m").await;
        stage.invite(&ann, org, "Martina.Berg@other.example").await;
        let permit = stage.permit::<op::MemberView>(&ann, org).await;
        let check = async |search: &str, expected: &[&str]| assert_eq!(found(&stage, &permit, search).await, expected, "{search:?}");
        check("CHLOE", &["Chloé Martin"]).await;
        check("chloé mart", &["Chloé Martin"]).await;
        check("mart", &["Chloé Martin", "Martina.Berg@other.example"]).await;
        check("mart berg", &["Martina.Berg@other.example"]).await;
        check("clo-m", &["Chloé Martin"]).await;
        check("artin", &[]).await;
        check("c.martin@exam", &["Chloé Martin"]).await;
        check("martin@example.org", &[]).await;
        check("martina.berg@", &["Martina.Berg@other.example"]).await;
        check("example.org", &["Ann Okafor", "Chloé Martin"]).await;
        check("-- !", &[]).await;
        check("  ", &["Ann Okafor", "Chloé Martin", "Martina.Berg@other.example"]).await;
        check("100%", &[]).await;
        // A new name finds them, the old one no longer.
        stage.rename(&chloe, "Zoë Martin").await;
        check("chloe", &[]).await;
        check("zoe", &["Zoë Martin"]).await;
    }

    /// P-3: who was invited by handle shows the handle only, until they accept.
    async fn p_3_an_inviter_by_handle_learns_neither_name_nor_address(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let bob = stage.person("Robert Secret", "robert@secret.example").await;
        stage.handle(&bob, "bobby").await;
        let org = stage.found(&ann, "north-wind").await;
        let id = stage.invite_all(&ann, org, &[Invitee::User(user(&bob))]).await[0];
        let permit = stage.permit::<op::MemberView>(&ann, org).await;
        let row = stage.store.find_invited(&permit, id).await.unwrap().unwrap();
        assert_eq!((row.handle.as_deref(), row.name, row.address, row.member), (Some("bobby"), None, None, None));
        for secret in ["robert", "secret", "robert@secret.example"] {
            assert!(found(&stage, &permit, secret).await.is_empty(), "{secret}");
        }
        // Not by a change of theirs either.
        stage.rename(&bob, "Robert Open").await;
        stage.handle(&bob, "bob-2").await;
        let row = stage.store.find_invited(&permit, id).await.unwrap().unwrap();
        assert_eq!((row.handle.as_deref(), row.name, row.address), (Some("bob-2"), None, None));
        stage.accept(&bob, org, id).await;
        assert_eq!(stage.store.find_invited(&permit, id).await.unwrap(), None);
        let row = stage.store.find_member(&permit, user(&bob)).await.unwrap().unwrap();
        assert_eq!((row.name.as_deref(), row.address.as_deref()), (Some("Robert Open"), Some("robert@secret.example")));
        assert_eq!(row.invited_by.unwrap().name.as_deref(), Some("Ann"));
        assert_eq!(found(&stage, &permit, "robert").await, ["Robert Open"]);
    }

    async fn a_row_says_where_an_invitation_stands_now(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        let late = stage.invite(&ann, org, "late@example.org").await;
        let no = stage.invite(&ann, org, "no@example.org").await;
        let gone = stage.invite(&ann, org, "gone@example.org").await;
        let bob = stage.join(&ann, org, "Bob", "bob@example.org").await;
        let no_one = stage.person("No", "no@example.org").await;
        stage.run(|world| invitation::decline(world, Permit::invited(&no_one, org)?, no)).await.unwrap();
        stage.run(|world| invitation::revoke(world, world.sight(org)?.permit(&ann, org.scope())?, gone)).await.unwrap();
        stage.run(|world| member::suspend(world, world.sight(org)?.permit(&ann, org.scope())?, user(&bob))).await.unwrap();
        let permit = stage.permit::<op::MemberView>(&ann, org).await;
        let status = async |status| {
            let query = MemberQuery { status: Some(status), limit: 10, ..MemberQuery::default() };
            page(&stage, &permit, &query).await.rows.iter().map(called).collect::<Vec<_>>()
        };
        assert_eq!(status(MemberStatus::Invited).await, ["late@example.org"]);
        assert_eq!(status(MemberStatus::Declined).await, ["no@example.org"]);
        assert_eq!(status(MemberStatus::Suspended).await, ["Bob"]);
        assert_eq!(status(MemberStatus::Joined).await, ["Ann"]);
        let counts = stage.store.count_members(&permit).await.unwrap();
        assert_eq!((counts.joined, counts.invited, counts.expired, counts.suspended, counts.declined), (1, 1, 0, 1, 1));
        let row = stage.store.find_invited(&permit, late).await.unwrap().unwrap();
        assert!(row.next_reminder_at.is_some() && row.expires_at.is_some() && row.last_active_at.is_none() && row.joined_at.is_none());
        // No job: time alone makes it expired, and after thirty days more it is listed no longer.
        stage.wait(Span(row.expires_at.unwrap().0 - stage.store.now().0));
        let row = stage.store.find_invited(&permit, late).await.unwrap().unwrap();
        assert_eq!((row.status, row.next_reminder_at), (MemberStatus::Expired, None));
        assert_eq!((status(MemberStatus::Invited).await.len(), status(MemberStatus::Expired).await.len()), (0, 1));
        let counts = stage.store.count_members(&permit).await.unwrap();
        assert_eq!((counts.invited, counts.expired), (0, 1));
        stage.wait(Span::days(30));
        assert_eq!(page(&stage, &permit, &MemberQuery { limit: 10, ..MemberQuery::default() }).await.rows.len(), 2);
        assert_eq!(stage.store.count_members(&permit).await.unwrap().expired, 0);
        assert!(!stage.store.prune().await.unwrap());
        let counts = stage.store.count_members(&permit).await.unwrap();
        assert_eq!((counts.joined, counts.invited, counts.expired, counts.suspended, counts.declined), (1, 0, 0, 1, 0));
        // Invited again, it is back.
        assert_eq!(stage.invite(&ann, org, "late@example.org").await, late);
        assert_eq!(status(MemberStatus::Invited).await, ["late@example.org"]);
    }

    async fn filters_hold_together_with_search_and_order(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        stage.join(&ann, org, "Bea Long", "bea@example.org").await;
        // More than are gathered: read along the order, and still the same answer.
        let n = i32::try_from(FEW).unwrap() + 100;
        let at = stage.store.now();
        let invited = |n| Shown { address: Some(format!("x{n:04}@example.org")), ..Shown::default() };
        let standing = Standing::Invited { at, expires_at: at + Span::days(7) };
        stage.put_behind(org, (0..n).map(|n| (invited(n), standing.clone()))).await;
        let permit = stage.permit::<op::MemberView>(&ann, org).await;
        let top = stage.store.model().organization.top_role.clone();
        let some = MemberQuery { limit: 3, ..MemberQuery::default() };
        let names = async |query: MemberQuery| page(&stage, &permit, &query).await.rows.iter().map(called).collect::<Vec<_>>();
        let owners = MemberQuery { role: Some(top.clone()), ..some.clone() };
        assert_eq!(names(owners.clone()).await, ["Ann"]);
        for sort in SORTS {
            assert_eq!(names(MemberQuery { sort, ..owners.clone() }).await, ["Ann"]);
            let invited = MemberQuery { sort, status: Some(MemberStatus::Invited), search: Some("x".to_owned()), ..some.clone() };
            assert_eq!(names(invited.clone()).await, ["x0000@example.org", "x0001@example.org", "x0002@example.org"], "{sort:?}");
            let last = names(MemberQuery { descending: true, ..invited.clone() }).await;
            assert_eq!(last, ["x4099@example.org", "x4098@example.org", "x4097@example.org"], "{sort:?}");
            assert_eq!(names(MemberQuery { search: Some("x0500 example org".to_owned()), ..invited.clone() }).await, ["x0500@example.org"]);
            assert!(names(MemberQuery { role: Some(top.clone()), ..invited }).await.is_empty());
        }
        let joined = MemberQuery { status: Some(MemberStatus::Joined), ..some };
        assert_eq!(names(MemberQuery { sort: MemberSort::JoinedAt, descending: true, ..joined.clone() }).await, ["Bea Long", "Ann"]);
        assert_eq!(names(MemberQuery { sort: MemberSort::Role, ..joined.clone() }).await, ["Ann", "Bea Long"]);
        // Deep pages of a filtered list go on where they stopped.
        let mut query = MemberQuery { search: Some("x".to_owned()), limit: 200, ..MemberQuery::default() };
        let mut seen = BTreeSet::new();
        loop {
            let page = page(&stage, &permit, &query).await;
            seen.extend(page.rows.iter().map(id));
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        assert_eq!(seen.len(), usize::try_from(n).unwrap());
    }

    /// However many a word finds: the answer is that of reading everything, page by page.
    async fn a_search_finds_what_reading_everything_would(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        let at = stage.store.now();
        // `peg` finds all, `quay` all but the first by name, `zed` a few late ones, and `mo` some twice: by name and by handle.
        let person = |n: usize| {
            let name = format!("Lee {n:05} {}{}", if n % 40 == 7 { "Moss " } else { "" }, if n > 10_600 { "Zed" } else { "" });
            let address = format!("peg{}@example.org", if n < 600 { "" } else { ".quay" });
            let shown = Shown { name: Some(name), handle: Some(format!("mo-{}", n % 90)), address: Some(address) };
            (shown, Standing::Joined { at })
        };
        stage.put_behind(org, (0..10_700).map(person)).await;
        let permit = stage.permit::<op::MemberView>(&ann, org).await;
        for (search, begins) in [
            ("zed", &["zed"][..]),
            ("moss", &["moss"]),
            ("peg zed", &["peg", "zed"]),
            ("mo moss", &["mo", "moss"]),
            ("peg quay", &["peg", "quay"]),
            ("quay moss zed", &["quay", "moss", "zed"]),
        ] {
            let has = |shown: &Shown, begin: &str| {
                let all = [&shown.name, &shown.handle, &shown.address];
                all.into_iter().flatten().flat_map(|text| text::search_words(text)).any(|word| word.starts_with(begin))
            };
            let all = (0..10_700).map(|n| person(n).0).filter(|shown| begins.iter().all(|begin| has(shown, begin)));
            let expected: Vec<String> = all.filter_map(|shown| shown.name).map(|name| text::sort_key(&name)).collect();
            for descending in [false, true] {
                let mut expected = expected.clone();
                expected.sort();
                if descending {
                    expected.reverse();
                }
                let mut query = MemberQuery { search: Some(search.to_owned()), limit: 30, descending, ..MemberQuery::default() };
                let mut seen = Vec::new();
                for _ in 0..3 {
                    let page = page(&stage, &permit, &query).await;
                    seen.extend(page.rows.iter().filter_map(|row| row.name.as_deref()).map(text::sort_key));
                    query.after = page.next;
                    if query.after.is_none() {
                        break;
                    }
                }
                assert_eq!(seen, expected[..expected.len().min(90)], "{search} {descending}");
            }
        }
    }

    /// L-18: nothing of another tenant is listed, found or counted.
    async fn l_18_a_permit_lists_its_own_tenant_only(database) {
        let stage = Stage::open(database.url()).await;
        let (ann, eve) = (stage.person("Ann", "ann@example.org").await, stage.person("Eve", "eve@example.org").await);
        let (north, south) = (stage.found(&ann, "north-wind").await, stage.found(&eve, "south-wind").await);
        let bob = stage.join(&ann, north, "Bob", "bob@example.org").await;
        let waiting = stage.invite(&ann, north, "cat@example.org").await;
        let view = stage.store.tenant(north).await.unwrap().unwrap();
        assert!(view.sight(&stage.store).permit::<op::MemberView>(&eve, north.scope()).is_err());
        let permit = stage.permit::<op::MemberView>(&eve, south).await;
        for sort in SORTS {
            for search in [None, Some("b".to_owned()), Some("example".to_owned())] {
                let query = MemberQuery { sort, search, limit: 100, ..MemberQuery::default() };
                assert!(page(&stage, &permit, &query).await.rows.iter().all(|row| row.member == Some(user(&eve))));
            }
        }
        assert_eq!(stage.store.find_member(&permit, user(&bob)).await.unwrap(), None);
        assert_eq!(stage.store.find_invited(&permit, waiting).await.unwrap(), None);
        assert_eq!(stage.store.count_members(&permit).await.unwrap(), crate::MemberCounts { joined: 1, ..crate::MemberCounts::default() });
        assert!(stage.store.changes_of_member(&permit, user(&bob), 10).await.unwrap().is_empty());
        let audit = stage.permit::<op::AuditView>(&eve, south).await;
        assert_eq!(stage.store.list_changes(&audit, &crate::ChangeQuery { limit: 100, ..Default::default() }).await.unwrap().rows.len(), 2);
        let own = stage.permit::<op::MemberView>(&ann, north).await;
        assert_eq!(stage.store.changes_of_member(&own, user(&bob), 10).await.unwrap().len(), 2);
        // Nor may a member make a permit for what operators do by being one.
        assert!(view.sight(&stage.store).permit::<op::Operate>(&ann, north.scope()).is_err());
    }
}
