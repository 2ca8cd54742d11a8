//! Users, sessions, keys and operators.

use super::stage::{Stage, principal, session, system, user};
use crate::{db::Row, tests::dump::statement};
use guildhall_core::{
    Actor, Id, KeyId, Permit, Refusal, SessionId, Stop, TenantId, account,
    account::ProviderAccount,
    key::{self, KeyRecord},
    link, op,
    permit::Place,
    session::PER_PERSON,
    text::Address,
    time::Span,
};
use guildhall_testkit::both_databases;
use std::collections::BTreeSet;

both_databases! {
    /// L-19: one identity rule: the same address is the same row, however it is written.
    async fn l_19_an_address_is_one_row_however_it_is_written(database) {
        let stage = Stage::open(database.url()).await;
        let parse = |text: &str| Address::parse(text).unwrap();
        let all = ["Ann@Example.ORG", "ann@example.org", "bob@example.org", "ann+x@example.org"].map(parse);
        let ids = stage.store.intern_addresses(&all).await.unwrap();
        assert_eq!(ids[0], ids[1]);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3);
        assert_eq!(stage.store.intern_addresses(&all).await.unwrap(), ids);
        assert_eq!(stage.store.address(ids[0]).await.unwrap().unwrap().typed.as_deref(), Some("Ann@example.org"));
        let ann = stage.person("Ann", "ANN@example.org").await;
        let holders = stage.store.holder_of(&ids).await.unwrap();
        assert_eq!(holders, [Some(user(&ann)), Some(user(&ann)), None, None]);
        // More than fit one statement, from several at once.
        let many: Vec<Address> = (0..100).map(|n| parse(&format!("p{n}@example.org"))).collect();
        let (one, two) = tokio::join!(stage.store.intern_addresses(&many), stage.store.intern_addresses(&many));
        assert_eq!(one.unwrap(), two.unwrap());
    }

    /// Sign-in asks so: who is known and who isn't cost the same operations, and both write.
    async fn an_address_takes_the_same_work_whether_or_not_it_was_seen(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.address("ann@example.org").await;
        let mut work = Vec::new();
        for text in ["ann@example.org", "never.seen@example.org"] {
            stage.store.db().fail_at(1_000);
            let id = stage.store.intern_unseen(&Address::parse(text).unwrap()).await.unwrap();
            work.push(1_000 - stage.store.db().left());
            stage.store.db().fail_at(0);
            assert_eq!(id == ann, text == "ann@example.org");
        }
        assert_eq!(work[0], work[1]);
        assert!(work[0] > 1, "{work:?}");
    }

    async fn a_user_is_found_by_what_they_hold_now(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann Okafor", "Ann@example.org").await;
        stage.handle(&ann, "ann-o").await;
        let provider = ProviderAccount { issuer: "https://id.example".to_owned(), subject: "7".to_owned(), label: "Example".to_owned() };
        stage.run(|world| account::link(world, Permit::own(&ann)?, provider.clone())).await.unwrap();
        let id = Some(user(&ann));
        let by_handle = stage.store.find_user_by_handle("ann-o").await.unwrap().unwrap();
        assert_eq!((by_handle.name.as_deref(), by_handle.primary.as_deref()), (Some("Ann Okafor"), Some("Ann@example.org")));
        assert_eq!(stage.store.find_user_by_identity("https://id.example", "7").await.unwrap().map(|row| row.id), id);
        let address = stage.address("ann@example.org").await;
        assert_eq!(stage.store.find_user_by_address(address).await.unwrap().map(|row| row.id), id);
        let own = Permit::own(&ann).unwrap();
        assert!(stage.store.list_addresses(&own).await.unwrap()[0].primary);
        let identity = stage.store.list_identities(&own).await.unwrap().remove(0);
        assert_eq!(identity.label, "Example");
        stage.store.set_preferences(&own, Some("dark"), None).await.unwrap();
        assert_eq!(stage.store.find_user(user(&ann)).await.unwrap().unwrap().theme.as_deref(), Some("dark"));
        // An old handle rests and finds nobody; nor does an unlinked account.
        stage.handle(&ann, "ann-2").await;
        assert_eq!(stage.store.find_user_by_handle("ann-o").await.unwrap(), None);
        let bob = stage.person("Bob", "bob@example.org").await;
        let taken = stage.run(|world| account::update(world, Permit::own(&bob)?, guildhall_core::text::Handle::parse("ann-o").unwrap().into())).await;
        assert_eq!(taken, Err(crate::WriteError::Stop(Stop::Refused(Refusal::HandleTaken { handle: "ann-o".to_owned() }))));
        stage.run(|world| account::unlink(world, Permit::own(&ann)?, identity.id, identity.claim_key())).await.unwrap();
        assert_eq!(stage.store.find_user_by_identity("https://id.example", "7").await.unwrap(), None);
        assert!(stage.store.list_identities(&own).await.unwrap().is_empty());
        // The same provider account, for somebody else.
        stage.run(|world| account::link(world, Permit::own(&bob)?, provider.clone())).await.unwrap();
        assert_eq!(stage.store.find_user_by_identity("https://id.example", "7").await.unwrap().map(|row| row.id), Some(user(&bob)));
    }

    async fn the_oldest_session_gives_way_to_the_fifty_first(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let other = stage.person("Bob", "bob@example.org").await;
        stage.store.create_session(&session(user(&other), 1_000, stage.store.now()), None, None).await.unwrap();
        for n in 1..=u128::from(PER_PERSON) {
            stage.wait(Span::seconds(1));
            stage.store.create_session(&session(user(&ann), n, stage.store.now()), Some("browser"), Some("192.0.2.0/24")).await.unwrap();
        }
        let own = Permit::own(&ann).unwrap();
        assert_eq!(stage.store.list_sessions(&own).await.unwrap().len(), PER_PERSON as usize);
        assert!(stage.store.knows_browser(user(&ann), "browser", "192.0.2.0/24").await.unwrap());
        // Several more at once.
        let tasks: Vec<_> = (100..110_u128)
            .map(|n| {
                let (store, record) = (stage.store.clone(), session(user(&ann), n, stage.store.now() + Span::seconds(1)));
                tokio::spawn(async move { store.create_session(&record, None, None).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        stage.wait(Span::seconds(2));
        let sessions = stage.store.list_sessions(&own).await.unwrap();
        assert_eq!(sessions.len(), PER_PERSON as usize);
        assert!(stage.store.find_session(SessionId::from_u128(10)).await.unwrap().unwrap().ended_at.is_some());
        assert!(stage.store.find_session(SessionId::from_u128(11)).await.unwrap().unwrap().ended_at.is_none());
        // One's own only; and another's stay.
        assert!(!stage.store.end_session(&own, SessionId::from_u128(1_000)).await.unwrap());
        assert!(stage.store.end_session(&own, SessionId::from_u128(50)).await.unwrap());
        assert_eq!(stage.store.end_other_sessions(&own, SessionId::from_u128(49)).await.unwrap(), 48);
        assert_eq!(stage.store.list_sessions(&own).await.unwrap().len(), 1);
        assert_eq!(stage.store.end_sessions_of(user(&ann)).await.unwrap(), 1);
        assert_eq!(stage.store.list_sessions(&Permit::own(&other).unwrap()).await.unwrap().len(), 1);
    }

    async fn a_sessions_last_use_is_written_once_a_minute(database) {
        let stage = Stage::open(database.url()).await;
        let record = session(user(&principal(Id::from_u128(7))), 1, stage.store.now());
        stage.store.create_session(&record, None, None).await.unwrap();
        stage.wait(Span::seconds(59));
        stage.store.touch_session(&record).await.unwrap();
        assert_eq!(stage.store.find_session(record.id).await.unwrap().as_ref(), Some(&record));
        stage.wait(Span::seconds(1));
        stage.store.touch_session(&record).await.unwrap();
        assert_eq!(stage.store.find_session(record.id).await.unwrap().unwrap().last_seen_at, stage.store.now());
        stage.store.end_sessions_of(record.user).await.unwrap();
        stage.wait(Span::days(31));
        stage.store.prune().await.unwrap();
        assert_eq!(stage.store.find_session(record.id).await.unwrap(), None);
    }

    async fn a_key_belongs_where_its_permit_holds(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        let record = |id: u128, scopes: &[&str]| {
            let text = key::compose(KeyId::from_u128(id), &[7; 20]);
            KeyRecord {
                id: KeyId::from_u128(id),
                title: "host".to_owned(),
                tenant: None,
                scopes: scopes.iter().map(ToString::to_string).collect(),
                hash: link::hash(&text),
                created_at: stage.store.now(),
                expires_at: None,
                revoked_at: None,
            }
        };
        let here: Permit<op::Operate> = Permit::operator("test", Place::Scope { tenant: org, scope: org.scope() });
        let all: Permit<op::Operate> = system();
        stage.store.create_key(&here, &record(1, &["member.view", "decide"])).await.unwrap();
        stage.store.create_key(&all, &record(2, &["*"])).await.unwrap();
        let found = stage.store.find_key(KeyId::from_u128(1)).await.unwrap().unwrap();
        assert_eq!((found.tenant, found.scopes.len()), (Some(org), 2));
        let text = key::compose(KeyId::from_u128(2), &[7; 20]);
        let deployment = stage.store.find_key(key::id_of(&text).unwrap()).await.unwrap().unwrap();
        assert!(deployment.principal(&text, stage.store.now()).is_some());
        assert_eq!(stage.store.list_keys(&here).await.unwrap().len(), 1);
        assert_eq!(stage.store.list_keys(&all).await.unwrap()[0].key.id, KeyId::from_u128(2));
        stage.store.note_key_use(KeyId::from_u128(1)).await.unwrap();
        assert_eq!(stage.store.list_keys(&here).await.unwrap()[0].last_used_at, Some(stage.store.now()));
        assert!(!stage.store.revoke_key(&here, KeyId::from_u128(2)).await.unwrap(), "another place's");
        assert!(stage.store.revoke_key(&here, KeyId::from_u128(1)).await.unwrap());
        assert!(!stage.store.find_key(KeyId::from_u128(1)).await.unwrap().unwrap().is_live(stage.store.now()));
    }

    /// Every act has its reason, in the same commit; what changed nothing is noted nowhere.
    async fn operators_acts_on_keys_are_noted(database) {
        let stage = Stage::open(database.url()).await;
        let org = stage.found(&stage.person("Ann", "ann@example.org").await, "north-wind").await;
        let here: Permit<op::Operate> = Permit::operator("ticket 7", Place::Scope { tenant: org, scope: org.scope() });
        let all: Permit<op::Operate> = Permit::operator("ticket 8", Place::Deployment);
        let id = KeyId::from_u128(1);
        let key = KeyRecord {
            id,
            title: "host".to_owned(),
            tenant: Some(org),
            scopes: BTreeSet::from(["decide".to_owned()]),
            hash: link::hash("secret"),
            created_at: stage.store.now(),
            expires_at: None,
            revoked_at: None,
        };
        stage.store.create_key(&here, &key).await.unwrap();
        stage.wait(Span::seconds(1));
        assert!(stage.store.revoke_key(&all, id).await.unwrap());
        assert!(!stage.store.revoke_key(&all, id).await.unwrap());
        let twice = stage.store.create_key(&here, &key).await;
        assert!(twice.is_err(), "the same id again: neither a key nor a note");
        stage.store.replace_key_mark(&all, "mark").await.unwrap();
        assert_eq!(stage.store.key_mark().await.unwrap().as_deref(), Some("mark"));
        let noted = stage.store.db().query(statement("SELECT kind, actor, tenant, detail FROM event ORDER BY at, kind DESC"), &[]).await.unwrap();
        let line = |row: &Row| {
            let (actor, detail): (Actor, serde_json::Value) = (row.json("actor").unwrap(), row.json("detail").unwrap());
            let Actor::Operator { id: None, reason } = actor else { panic!("{actor:?}") };
            (row.text("kind").unwrap(), reason, row.opt("tenant", Row::id).unwrap(), detail)
        };
        let noted: Vec<(String, String, Option<TenantId>, serde_json::Value)> = noted.iter().map(line).collect();
        let expected = [
            ("key.created", "ticket 7", Some(org), serde_json::json!({ "key": id, "scopes": ["decide"] })),
            ("key.revoked", "ticket 8", Some(org), serde_json::json!({ "key": id })),
            ("deployment_key.accepted", "ticket 8", None, serde_json::json!({})),
        ];
        assert_eq!(noted, expected.map(|(kind, reason, tenant, detail)| (kind.to_owned(), reason.to_owned(), tenant, detail)));
    }

    async fn the_first_operators_link_works_once_and_for_the_first(database) {
        let stage = Stage::open(database.url()).await;
        let ann = user(&stage.person("Ann", "ann@example.org").await);
        let old = stage.store.create_operator_link().await.unwrap().unwrap();
        let link = stage.store.create_operator_link().await.unwrap().unwrap();
        assert_eq!(stage.store.find_operator_link(link.id).await.unwrap().as_ref(), Some(&link));
        assert!(!stage.store.use_operator_link(old.id, 1).await.unwrap(), "a newer one was made");
        assert!(stage.store.use_operator_link(link.id, 1).await.unwrap());
        assert!(!stage.store.use_operator_link(link.id, 1).await.unwrap());
        let unused = stage.store.create_operator_link().await.unwrap().unwrap();
        stage.store.add_operator(ann).await.unwrap();
        assert!(stage.store.is_operator(ann).await.unwrap());
        assert_eq!(stage.store.list_operators().await.unwrap(), [ann]);
        assert!(!stage.store.use_operator_link(unused.id, 1).await.unwrap(), "there is one");
        assert_eq!(stage.store.create_operator_link().await.unwrap(), None);
        assert!(stage.store.remove_operator(ann).await.unwrap());
        assert!(!stage.store.is_operator(ann).await.unwrap());
    }
}
