//! Whatever is written beside the commits of [`crate::Store::write`] and whose n-th operation fails: one transaction leaves nothing, several
//! leave what the next try finishes.

use super::{
    dump::statement,
    failing::{Leaves, Memory, fails_everywhere},
    rows,
    stage::{START, Stage, options, principal, user},
};
use crate::{
    Event, Fault, OpenError, Proof, ProviderFlow, QueuedMail, Recalled, Reservation, SignInRow, Store, Taken, WriteError,
    commit::Check,
    db::{self, Db},
    lock::StartLock,
    sql::state::values,
};
use guildhall_core::{
    AddressId, Id, KeyId, Permit, Principal, SessionId, TenantId, Timestamp, account,
    change::Invitee,
    key::KeyRecord,
    link,
    mail::{MailOrder, Recipient, Template},
    op, organization,
    permit::Place,
    session::SessionRecord,
    text::{Address, Name},
    time::Span,
};
use guildhall_testkit::both_databases;
use std::{cell::Cell, collections::BTreeSet, path::Path, pin::Pin};

/// Everything that is written with.
struct Set {
    stage: Stage,
    ann: Principal,
    org: TenantId,
    /// Deleted, and due after 30 days.
    gone: TenantId,
    own: Permit<op::Own>,
    operate: Permit<op::Operate>,
    member: Permit<op::MemberView>,
    key: KeyRecord,
    sign_in: SignInRow,
    flow: ProviderFlow,
    order: MailOrder,
    event: Event,
    taken: Cell<Option<Taken>>,
    /// Of the request that is being answered.
    reservation: Cell<Option<Reservation>>,
}

/// That of a limit.
const WINDOW: Span = Span::minutes(15);

type Act = for<'a> fn(&'a Set) -> Pin<Box<dyn Future<Output = Result<(), WriteError>> + 'a>>;

/// Every way of writing beside the commits, each after those above it: what it may leave, its name, and what is done.
macro_rules! ways {
    ($it:ident; $($leaves:ident $name:ident => $act:expr;)*) => {
        const WAYS: &[(&str, Leaves, Act)] = &[$((
            stringify!($name),
            Leaves::$leaves,
            |$it| Box::pin(async move { $act.await.map(|_| ()).map_err(WriteError::from) }),
        )),*];
    };
}

ways! { it;
    Steps intern_addresses => it.store().intern_addresses(&[address("new@example.org"), address("newer@example.org")]);
    Steps intern_unseen => it.store().intern_unseen(&address("unseen@example.org"));
    Nothing create_sign_in => it.store().create_sign_in(&it.sign_in);
    Nothing count_code_try => it.store().count_code_try(it.sign_in.id);
    Nothing use_sign_in => it.store().use_sign_in(it.sign_in.id, 1, Proof::Code);
    Nothing create_provider_flow => it.store().create_provider_flow(&it.flow);
    Nothing take_provider_flow => it.store().take_provider_flow(it.flow.id, &it.flow.state_hash);
    Nothing create_session => it.store().create_session(&it.session(1), Some("browser"), Some("192.0.2.0/24"));
    Nothing create_session => it.store().create_session(&it.session(2), None, None);
    Nothing create_session => it.store().create_session(&it.session(3), None, None);
    Nothing touch_session => it.after(Span::minutes(2)).touch_session(&it.session(1));
    Nothing end_session => it.store().end_session(&it.own, it.session(1).id);
    Nothing end_other_sessions => it.store().end_other_sessions(&it.own, it.session(2).id);
    Nothing end_sessions_of => it.store().end_sessions_of(user(&it.ann));
    Nothing take => it.take();
    Nothing give_back => it.store().give_back("sign_in_mail", &[7], WINDOW, it.taken.get().unwrap());
    Nothing recall => it.reserve("failed");
    Nothing forget => it.reserved(async |reservation| it.store().forget(reservation).await);
    Nothing recall => it.reserve("done");
    Nothing answering => it.reserved(async |reservation| it.store().answering(reservation, it.rename()).await);
    Nothing remember => it.reserved(async |reservation| it.store().remember(reservation, 200, "{}").await);
    Nothing queue_mail => it.store().queue_mail(&it.order);
    Nothing mail_failed => async { it.store().mail_failed(&it.mail().await?, "connection refused").await };
    Nothing mail_refused => async { it.store().mail_refused(it.mail().await?.id, "no such mailbox").await };
    Nothing revive_mail => async { it.store().revive_mail(&it.operate, it.mail().await?.id).await };
    Nothing mail_sent => async { it.store().mail_sent(it.mail().await?.id).await };
    Nothing add_event => it.store().add_event(&it.event);
    Nothing block_sender => it.store().block_sender(it.sign_in.address, it.org);
    Nothing set_preferences => it.store().set_preferences(&it.own, Some("dark"), Some("de"));
    Nothing create_key => it.store().create_key(&it.operate, &it.key);
    Nothing note_key_use => it.store().note_key_use(it.key.id);
    Nothing revoke_key => it.store().revoke_key(&it.operate, it.key.id);
    Steps keep_key_mark => it.store().keep_key_mark("mark");
    Nothing replace_key_mark => it.store().replace_key_mark(&it.operate, "another mark");
    Nothing create_operator_link => it.store().create_operator_link();
    Nothing use_operator_link => async { it.store().use_operator_link(it.link().await?, 1).await };
    Nothing add_operator => it.store().add_operator(user(&it.ann));
    Nothing remove_operator => it.store().remove_operator(user(&it.ann));
    Nothing note_activity => it.after(Span::hours(2)).note_activity(&it.member);
    Steps refresh_directory => it.store().refresh_directory(user(&it.ann));
    Steps rebuild_directory => it.store().rebuild_directory();
    Steps erase_organization => it.after(Span::days(30)).erase_organization(it.gone);
    Nothing prune => it.after(Span::days(60)).prune();
    Nothing erase_addresses => it.store().erase_addresses();
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

impl Set {
    async fn new(url: &str) -> Self {
        let stage = Stage::open(url, "standard").await;
        let ann = stage.person().await;
        let (org, gone) = (stage.found(&ann, "north-wind").await, stage.found(&ann, "south-wind").await);
        for tenant in [org, gone] {
            let bob = stage.join(&ann, tenant, &["member"]).await;
            stage.change(&ann, tenant, &bob, &["admin"]).await.unwrap();
            stage.invite(&bob, tenant, Invitee::Address(AddressId::from_u128(5)), &["member"]).await;
        }
        stage.run(|world| organization::delete(world, world.sight(gone)?.permit(&ann, gone.scope())?, None)).await.unwrap();
        outdate(&stage, &ann, org).await;
        let view = stage.store.tenant(org).await.unwrap().unwrap();
        let member = view.sight(&stage.store).permit(&ann, org.scope()).unwrap();
        let (now, to) = (stage.store.now(), stage.store.intern_addresses(&[address("ann@example.org")]).await.unwrap()[0]);
        let (own, operate) = (Permit::own(&ann).unwrap(), Permit::operator("a test", Place::Deployment));
        let key = key(now);
        let (sign_in, flow) = (rows::sign_in(1, to, now), rows::provider_flow(2, now));
        let template = Template::SignIn { sign_in: sign_in.id, generation: 1 };
        let order = MailOrder { key: "a sign-in".to_owned(), to: Recipient::Address(to), template, not_before: now };
        let event = Event {
            kind: "export.made".to_owned(),
            actor: ann.actor(),
            tenant: Some(org),
            user: Some(user(&ann)),
            network: None,
            detail: serde_json::json!({}),
        };
        Self {
            stage,
            ann,
            org,
            gone,
            own,
            operate,
            member,
            key,
            sign_in,
            flow,
            order,
            event,
            taken: Cell::new(None),
            reservation: Cell::new(None),
        }
    }
    fn store(&self) -> &Store {
        &self.stage.store
    }
    fn after(&self, span: Span) -> &Store {
        self.stage.wait(span);
        self.store()
    }
    fn session(&self, id: u128) -> SessionRecord {
        let at = Timestamp(START);
        SessionRecord {
            id: SessionId::from_u128(id),
            user: user(&self.ann),
            token_hash: link::hash("token"),
            created_at: at,
            signed_in_at: at,
            last_seen_at: at,
            ended_at: None,
        }
    }
    async fn take(&self) -> Result<(), Fault> {
        let taken = self.store().take("sign_in_mail", &[7], WINDOW, 3).await?.unwrap();
        self.taken.set(Some(taken));
        Ok(())
    }
    async fn reserve(&self, key: &str) -> Result<(), Fault> {
        let Recalled::New(reservation) = self.store().recall(&self.ann, key, &link::hash("POST"), Span::minutes(1)).await? else {
            panic!("`{key}` is new")
        };
        self.reservation.set(Some(reservation));
        Ok(())
    }
    /// Something done with the request that is being answered.
    async fn reserved<T>(&self, work: impl AsyncFnOnce(&Reservation) -> T) -> T {
        let reservation = self.reservation.take().unwrap();
        let done = work(&reservation).await;
        self.reservation.set(Some(reservation));
        done
    }
    async fn rename(&self) -> Result<crate::Committed<()>, WriteError> {
        let name = Name::parse("Anna").unwrap();
        let ann = &self.ann;
        self.store().write(&[], |world| account::update(world, Permit::own(ann)?, name.clone().into())).await
    }
    /// The one that is queued.
    async fn mail(&self) -> Result<QueuedMail, Fault> {
        let page = self.store().list_mails(&self.operate, crate::MailFilter::All, None, None, 1).await?;
        Ok(page.rows.into_iter().next().unwrap().mail)
    }
    async fn link(&self) -> Result<Id<guildhall_core::id::SignInKind>, Fault> {
        let links = self.stage.db().query(statement("SELECT id FROM operator_link WHERE used_at IS NULL"), &[]).await?;
        links[0].id("id")
    }
}

fn key(now: Timestamp) -> KeyRecord {
    KeyRecord {
        id: KeyId::from_u128(1),
        title: "host".to_owned(),
        tenant: None,
        scopes: BTreeSet::from(["decide".to_owned(), "member.view".to_owned()]),
        hash: link::hash("secret"),
        created_at: now,
        expires_at: None,
        revoked_at: None,
    }
}

/// Gives somebody more rows in the directory than one transaction refreshes, all with a name they had before.
async fn outdate(stage: &Stage, who: &Principal, org: TenantId) {
    let copy =
        "INSERT INTO directory SELECT $1, $1, id, kind, subject, name_key, name, handle, address, roles, role_rank, status, status_key,
        last_active_at, joined_at, invited_by, expires_at, sent_at, reminders, listed_until, revision FROM directory
        WHERE tenant = $2 AND id = $3";
    for n in 1..=110_u128 {
        stage.db().execute(statement(copy), values![TenantId::from_u128(n), org, user(who)]).await.unwrap();
    }
    stage
        .db()
        .execute(statement("UPDATE directory SET name = 'Old', name_key = 'old' WHERE subject = $1"), values![user(who)])
        .await
        .unwrap();
    stage.db().execute(statement("INSERT INTO directory_stale (user_id, since) VALUES ($1, $2)"), values![user(who), START]).await.unwrap();
}

/// How many rows still show the name of before.
async fn n_outdated(set: &Set) -> usize {
    set.stage.db().query(statement("SELECT id FROM directory WHERE name = 'Old'"), &[]).await.unwrap().len()
}

/// The public functions of these files that write without a commit, by their text.
fn writers(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            writers(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for function in text.split("pub async fn ").skip(1) {
                let own = function.split("async fn ").next().unwrap();
                let body: String = own.split_whitespace().collect();
                let writes = [".db().execute(", ".db().execute_returning(", ".db().write("].iter().any(|call| body.contains(call));
                if writes || body.contains(".db().write::<") || body.contains("self.keep_addresses(") {
                    found.insert(own.split(['(', '<']).next().unwrap().to_owned());
                }
            }
        }
    }
}

#[test]
fn every_way_of_writing_beside_the_commits_is_tried() {
    let mut found = BTreeSet::new();
    writers(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sql"), &mut found);
    let tried: BTreeSet<String> = WAYS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert!(found.len() > 30, "{found:?}");
    assert_eq!(found.difference(&tried).collect::<Vec<_>>(), Vec::<&String>::new());
}

both_databases! {
    async fn nothing_beside_the_commits_is_ever_half_done(database) {
        let set = Set::new(database.url()).await;
        assert_eq!(n_outdated(&set).await, 112);
        for ((name, leaves, act), memory) in WAYS.iter().zip(Memory::BOTH.into_iter().cycle()) {
            let n = fails_everywhere(set.store(), (memory, *leaves), async || act(&set).await, async || ()).await;
            assert!(n >= 2, "`{name}` took {n} operations");
        }
        assert_eq!(n_outdated(&set).await, 0);
    }

    async fn opening_that_failed_is_tried_again(database) {
        let (options, _) = options(database.url(), "standard");
        let db = Db::connect(database.url()).await.unwrap();
        let opened = async || -> Result<Store, OpenError> {
            db::migrate(&db).await?;
            crate::open::open_with(options.clone(), db.clone(), StartLock::nothing(), Check::Revision).await
        };
        for n in 1.. {
            db.fail_at(n);
            let outcome = opened().await;
            let left = db.left();
            db.fail_at(0);
            match outcome {
                Ok(store) => {
                    assert!(left > 0 && n > 10, "{n} operations");
                    let nobody = principal(guildhall_core::UserId::from_u128(1));
                    let none = store.write(&[], |world| account::update(world, Permit::own(&nobody)?, Name::parse("Ann").unwrap().into())).await;
                    assert_eq!(none.unwrap_err(), WriteError::Stop(guildhall_core::Stop::NotFound));
                    break;
                }
                Err(OpenError::Fault(Fault::Away(_))) => {}
                Err(other) => panic!("operation {n} failed and became {other:?}"),
            }
        }
        let seen = Store::inspect(database.url(), None).await.unwrap();
        assert_eq!((seen.migrations.0, seen.model.as_deref()), (seen.migrations.1, Some("standard")));
    }
}
