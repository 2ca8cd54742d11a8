//! Everything the rules can decide, committed; after each commit memory and tables say the same ([`Stage::check`]), and the simplest memory,
//! which the rules themselves are tested on, answers the same and holds the same.

use super::stage::{Stage, user};
use crate::WriteError;
use guildhall_core::{
    AddressId, Permit, Refusal, Stop, StreamId, account,
    account::ProviderAccount,
    change::Invitee,
    invitation::{self, Joining},
    member,
    organization::{self, FirstOwner},
    permit::Place,
    text::{Name, Slug},
    time::Span,
};
use guildhall_testkit::both_databases;

fn refused<T: std::fmt::Debug>(result: Result<T, WriteError>) -> Refusal {
    match result.unwrap_err() {
        WriteError::Stop(Stop::Refused(refusal)) => refusal,
        other @ (WriteError::Stop(_) | WriteError::Fault(_)) => panic!("{other:?} is no refusal"),
    }
}

both_databases! {
    async fn members_come_change_and_go(database) {
        let stage = Stage::beside_memory(database.url(), "standard").await;
        let ann = stage.person().await;
        let org = stage.found(&ann, "north-wind").await;
        let bob = stage.join(&ann, org, &["member"]).await;
        assert_eq!(stage.roles(org, &bob).await.unwrap(), ["member"]);
        stage.change(&ann, org, &bob, &["admin"]).await.unwrap();
        stage.suspend(&ann, org, &bob).await.unwrap();
        stage.reinstate(&ann, org, &bob).await.unwrap();
        assert!(matches!(refused(stage.leave(&ann, org).await), Refusal::LastOwner { .. }));
        stage.transfer(&ann, org, &bob).await.unwrap();
        assert_eq!(stage.roles(org, &bob).await.unwrap(), ["owner"]);
        stage.leave(&ann, org).await.unwrap();
        assert_eq!(stage.roles(org, &ann).await, None);
        let cat = stage.join(&bob, org, &["member"]).await;
        stage.remove(&bob, org, &cat).await.unwrap();
        let view = stage.store.tenant(org).await.unwrap().unwrap();
        assert!(view.tenant.removed_at(user(&cat)).is_some());
        assert!(view.sight(&stage.store).sees(user(&bob), org.scope()) && !view.sight(&stage.store).sees(user(&cat), org.scope()));
        // Again, by a new invitation.
        let id = stage.invite(&bob, org, Invitee::User(user(&cat)), &["member"]).await;
        stage.accept(&cat, org, id).await.unwrap();
        assert!(stage.store.tenant(org).await.unwrap().unwrap().tenant.removed_at(user(&cat)).is_none());
    }

    async fn invitations_in_every_state(database) {
        let stage = Stage::beside_memory(database.url(), "standard").await;
        let ann = stage.person().await;
        let org = stage.found(&ann, "north-wind").await;
        let scope = org.scope();
        let address = |n| Invitee::Address(AddressId::from_u128(n));
        let id = stage.invite(&ann, org, address(1), &["member"]).await;
        assert_eq!(stage.invite(&ann, org, address(1), &["admin"]).await, id, "invited again is renewed");
        stage.wait(Span::days(1));
        stage.run(|world| invitation::remind(world, world.sight(org)?.permit(&ann, scope)?, id)).await.unwrap();
        stage.run(|world| invitation::revoke(world, world.sight(org)?.permit(&ann, scope)?, id)).await.unwrap();
        let bob = stage.join(&ann, org, &["admin"]).await;
        let by_bob = stage.invite(&bob, org, address(2), &["member"]).await;
        let whom = user(&bob);
        stage
            .run(|world| member::remove(world, world.sight(org)?.permit(&ann, scope)?, whom, member::SentInvitations::TakeOver, None))
            .await
            .unwrap();
        let view = stage.store.tenant(org).await.unwrap().unwrap();
        assert_eq!(view.tenant.invitation(by_bob).unwrap().invited_by.user(), ann.user());
        let cat = stage.person().await;
        let id = stage.invite(&ann, org, Invitee::User(user(&cat)), &[]).await;
        stage.run(|world| invitation::decline(world, Permit::invited(&cat, org)?, id)).await.unwrap();
        // Somebody new, by the mailed link: account, membership and claim in one commit.
        let (address, new) = (AddressId::from_u128(77), guildhall_core::UserId::new(stage.store.fresh()));
        let id = stage.invite(&ann, org, Invitee::Address(address), &["member"]).await;
        let joining = Joining::NewUser { address, name: Some(Name::parse("Dan").unwrap()) };
        stage.run(|world| invitation::accept(world, Permit::new_user(new, org), id, &joining)).await.unwrap();
        assert!(stage.streams().contains(&StreamId::User(new)));
        // The address is taken now.
        let birth = account::Birth { address: Some(address), provider: None, name: None, external_id: None };
        let again = stage.run(|world| account::create(world, Permit::system("test", Place::Deployment), birth.clone())).await;
        assert_eq!(refused(again), Refusal::AddressTaken);
    }

    async fn accounts_and_what_they_hold(database) {
        let stage = Stage::beside_memory(database.url(), "appcircle").await;
        let ann = stage.person().await;
        assert_eq!(stage.streams().len(), 2, "everyone owns one");
        let (first, second) = (AddressId::from_u128(10), AddressId::from_u128(5));
        for address in [first, second] {
            stage.run(|world| account::add_address(world, Permit::own(&ann)?, address)).await.unwrap();
        }
        stage.run(|world| account::make_primary(world, Permit::own(&ann)?, first)).await.unwrap();
        stage.run(|world| account::remove_address(world, Permit::own(&ann)?, first)).await.unwrap();
        stage.run(|world| account::update(world, Permit::own(&ann)?, Name::parse("Ann B").unwrap().into())).await.unwrap();
        let provider = ProviderAccount { issuer: "https://id.example".into(), subject: "1".into(), label: "id".into() };
        stage.run(|world| account::link(world, Permit::own(&ann)?, provider.clone())).await.unwrap();
        let bob = stage.person().await;
        assert_eq!(refused(stage.run(|world| account::link(world, Permit::own(&bob)?, provider.clone())).await), Refusal::IdentityTaken);
        for handle in ["ann", "ann-b"] {
            stage.run(|world| account::update(world, Permit::own(&ann)?, Slug::parse(handle).unwrap().into())).await.unwrap();
        }
        let want = || stage.run(|world| account::update(world, Permit::own(&bob)?, Slug::parse("ann").unwrap().into()));
        assert!(matches!(refused(want().await), Refusal::HandleTaken { .. }), "it rests");
        stage.wait(organization::NAME_RESTS);
        want().await.unwrap();
        stage.bar(&bob).await.unwrap();
        assert!(stage.store.is_barred(user(&bob)));
        stage.let_in(&bob).await.unwrap();
        assert!(!stage.store.is_barred(user(&bob)));
        stage.run(|world| account::delete(world, Permit::own(&ann)?)).await.unwrap();
        assert!(stage.store.is_barred(user(&ann)));
        // What was hers is free at once, but the handle.
        stage.run(|world| account::link(world, Permit::own(&bob)?, provider.clone())).await.unwrap();
        let taken = stage.run(|world| account::update(world, Permit::own(&bob)?, Slug::parse("ann-b").unwrap().into())).await;
        assert!(matches!(refused(taken), Refusal::HandleTaken { .. }));
    }

    async fn organizations_founded_renamed_deleted(database) {
        let stage = Stage::beside_memory(database.url(), "appcircle").await;
        let ann = stage.person().await;
        let org = stage.found(&ann, "north-wind").await;
        let bob = stage.person().await;
        assert!(matches!(refused(stage.try_found(&bob, "north-wind").await), Refusal::SlugTaken { .. }));
        let update = organization::Update { name: Some(Name::parse("South").unwrap()), slug: Some(Slug::parse("south").unwrap()), external_id: Some(Some("x-0".into())) };
        stage.run(|world| organization::update(world, world.sight(org)?.permit(&ann, org.scope())?, update.clone(), None)).await.unwrap();
        assert!(matches!(refused(stage.try_found(&bob, "north-wind").await), Refusal::SlugTaken { .. }));
        stage.wait(organization::NAME_RESTS);
        stage.found(&bob, "north-wind").await;
        stage.run(|world| organization::delete(world, world.sight(org)?.permit(&ann, org.scope())?, None)).await.unwrap();
        assert!(stage.store.tenant(org).await.unwrap().unwrap().tenant.is_deleted());
        // For an address that nobody has proven: it waits for the invitation.
        let (name, slug) = (Name::parse("Later").unwrap(), Slug::parse("later").unwrap());
        let owner = FirstOwner::Invited(AddressId::from_u128(99));
        let permit = || Permit::operator("test", Place::Deployment);
        let later = stage.run(|world| organization::found(world, permit(), name.clone(), &slug, owner, Some("x-1".into()))).await.unwrap();
        assert_eq!(stage.store.tenant(later).await.unwrap().unwrap().tenant.invitations().len(), 1);
        assert!(stage.store.tenant(guildhall_core::TenantId::from_u128(4)).await.unwrap().is_none());
    }

    async fn a_large_tenant_keeps_a_second_copy_that_says_the_same(database) {
        let stage = Stage::beside_memory(database.url(), "standard").await;
        let ann = stage.person().await;
        let org = stage.found(&ann, "north-wind").await;
        let rows: Vec<_> = (1..=300)
            .map(|n| invitation::Row { invitee: Invitee::Address(AddressId::from_u128(n)), holder: None, roles: None })
            .collect();
        let way = guildhall_access::model::InviteBy::Csv;
        stage.run(|world| invitation::invite(world, world.sight(org)?.permit(&ann, org.scope())?, None, way, &rows)).await.unwrap();
        let mut reader = None;
        for n in 0..6 {
            stage.invite(&ann, org, Invitee::Address(AddressId::from_u128(1000 + n)), &[]).await;
            // A reader holds on to one now and then.
            if n % 2 == 0 {
                reader = stage.store.tenant(org).await.unwrap();
            }
        }
        assert_eq!(reader.unwrap().tenant.invitations().len(), 305);
    }
}
