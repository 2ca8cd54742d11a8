//! What jobs finish: deleted accounts leave, deleted organizations are erased.

use super::stage::{Stage, user};
use crate::tests::dump::{dump, statement};
use guildhall_core::{OrganizationId, Permit, Refusal, Stop, TenantId, account, op, organization, text::Name, text::Slug, time::Span};
use guildhall_testkit::both_databases;

/// Tables with a column `tenant` that `dump` doesn't show.
const OTHERS: [&str; 3] = ["event", "unwanted", "service_key"];

/// Every row that names the tenant, but for its resting slug, and for what the logs of people say of it by its id alone.
async fn rows_of(stage: &Stage, tenant: TenantId) -> Vec<String> {
    let id = format!("={:?}", tenant.uuid().as_bytes());
    let about = format!("about{id}");
    let mut rows = dump(stage.store.db()).await;
    rows.retain(|line| line.contains(&id) && !line.starts_with("claim:") && !line.contains(&about));
    for table in OTHERS {
        let text = format!("SELECT tenant FROM {table} WHERE tenant = $1");
        let found = stage.store.db().query(statement(&text), &[tenant.into()]).await.unwrap();
        rows.extend(found.iter().map(|_| table.to_owned()));
    }
    rows
}

both_databases! {
    async fn a_deleted_organization_is_erased_when_its_days_are_over(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let (acme, other) = (stage.found(&ann, "acme").await, stage.found(&ann, "other").await);
        stage.join(&ann, acme, "Bob", "bob@example.org").await;
        stage.invite(&ann, acme, "carla@example.org").await;
        stage.run(|world| organization::delete(world, world.sight(acme)?.permit(&ann, acme.scope())?, None)).await.unwrap();
        stage.wait(Span::seconds(30 * 24 * 3600 - 60));
        assert_eq!(stage.store.list_due(10).await.unwrap(), []);
        assert!(!stage.store.erase_organization(acme).await.unwrap(), "a minute is left");
        assert!(rows_of(&stage, acme).await.len() > 10);
        let of_other = rows_of(&stage, other).await;

        stage.wait(Span::seconds(61));
        assert_eq!(stage.store.list_due(10).await.unwrap(), [acme]);
        assert!(stage.store.erase_organization(acme).await.unwrap());
        assert_eq!(rows_of(&stage, acme).await, Vec::<String>::new());
        assert_eq!(rows_of(&stage, other).await, of_other);
        assert!(stage.store.tenant(acme).await.unwrap().is_none());
        assert_eq!(stage.store.list_due(10).await.unwrap(), []);
        assert!(!stage.store.erase_organization(acme).await.unwrap());
        assert!(!stage.store.erase_organization(other).await.unwrap());
        assert_eq!(stage.store.verify().await.unwrap().problems, []);
        // Its slug rests on.
        let again = stage.run(|world| {
            let (name, slug) = (Name::parse("Acme").unwrap(), Slug::parse("acme").unwrap());
            let first = organization::FirstOwner::User(user(&ann));
            organization::found(world, Permit::founder(&ann)?, name, &slug, first, None)
        });
        let taken = Refusal::SlugTaken { slug: "acme".to_owned() };
        assert_eq!(again.await, Err(crate::WriteError::Stop(Stop::Refused(taken))));
    }

    async fn a_deleted_organization_gives_up_its_external_id(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let acme = stage.found(&ann, "acme").await;
        let update = organization::Update { external_id: Some(Some("customer-7".to_owned())), ..organization::Update::default() };
        stage.run(|world| organization::update(world, world.sight(acme)?.permit(&ann, acme.scope())?, update.clone(), None)).await.unwrap();
        stage.run(|world| organization::delete(world, world.sight(acme)?.permit(&ann, acme.scope())?, None)).await.unwrap();
        assert_eq!(stage.store.find_organization_by_external_id("customer-7").await.unwrap(), None);
        let next: OrganizationId = stage.found(&ann, "next").await;
        stage.run(|world| organization::update(world, world.sight(next)?.permit(&ann, next.scope())?, update.clone(), None)).await.unwrap();
        assert_eq!(stage.store.verify().await.unwrap().problems, []);
    }

    async fn a_deleted_account_leaves_each_tenant(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let (acme, other) = (stage.found(&ann, "acme").await, stage.found(&ann, "other").await);
        let bob = stage.join(&ann, acme, "Bob", "bob@example.org").await;
        let invited = stage.invite(&ann, other, "bob@example.org").await;
        stage.accept(&bob, other, invited).await;
        assert_eq!(stage.store.list_leaving(None, 10).await.unwrap(), []);
        stage.run(|world| account::delete(world, Permit::own(&bob)?)).await.unwrap();
        let mut leaving = stage.store.list_leaving(None, 10).await.unwrap();
        leaving.sort_unstable();
        assert_eq!(leaving, [(acme, user(&bob)), (other, user(&bob))]);
        for (tenant, who) in leaving {
            stage.run(|world| account::leave_after_deletion(world, tenant, who)).await.unwrap();
            assert_eq!(stage.store.tenant(tenant).await.unwrap().unwrap().tenant.memberships().len(), 1);
            let counts = stage.store.count_members(&stage.permit::<op::MemberView>(&ann, tenant).await).await.unwrap();
            assert_eq!(counts.joined, 1);
        }
        assert_eq!(stage.store.list_leaving(None, 10).await.unwrap(), []);
        assert_eq!(stage.store.verify().await.unwrap().problems, []);
    }
}
