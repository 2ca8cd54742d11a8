//! The rules, one by one, on the pure core. What is proven here counts as a rule; the API's tests prove it on both databases.

#![cfg(test)]

mod memory;

use guildhall_access::Operation;
use guildhall_core::{
    Denied, Permit, Refusal, Stop, account, change::Invitee, invitation, member, op, ownership, permit::Place, time::Span,
};
use memory::{Memory, keys, refusal};

#[test]
fn w_30_only_the_owner_makes_an_admin_by_any_way() {
    let mut it = Memory::new("workjet");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let (admin, member) = (it.join(org, &["admin"]), it.join(org, &["member"]));
    let promoted = refusal(it.change(&admin, org, &member, &["admin"]));
    let Refusal::RoleNotYours { locked, who, .. } = promoted else { panic!("{promoted:?}") };
    assert_eq!(locked.as_deref(), Some("Only the owner can make someone an admin"));
    assert_eq!(who, ["Owner"]);
    let address = it.address();
    let invited = it.invite(&admin, org, Invitee::Address(address), Some(&["admin"])).unwrap();
    assert!(matches!(invited, Err(Refusal::RoleNotYours { .. })), "{invited:?}");
    it.change(&owner, org, &member, &["admin"]).unwrap();
    assert_eq!(it.roles(org, &member).unwrap(), ["admin"]);
}

#[test]
fn w_12_exactly_one_owner_and_only_transfer_moves_it() {
    let mut it = Memory::new("workjet");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let admin = it.join(org, &["admin"]);
    assert!(matches!(refusal(it.change(&owner, org, &admin, &["owner"])), Refusal::OwnerMustTransfer { .. }));
    assert!(matches!(refusal(it.change(&owner, org, &owner.clone(), &["admin"])), Refusal::OwnerMustTransfer { .. }));
    assert!(matches!(refusal(it.remove(&admin, org, &owner)), Refusal::OwnerMustTransfer { .. }));
    assert!(matches!(refusal(it.suspend(&admin, org, &owner)), Refusal::OwnerMustTransfer { .. }));
    assert!(matches!(refusal(it.leave(&owner, org)), Refusal::OwnerMustTransfer { .. }));
    assert!(matches!(it.transfer(&admin, org, &admin.clone()), Err(Stop::Denied(Denied::NotAllowed { .. }))));
    it.transfer(&owner, org, &admin).unwrap();
    assert_eq!((it.roles(org, &owner).unwrap(), it.roles(org, &admin).unwrap()), (vec!["admin".to_owned()], vec!["owner".to_owned()]));
    it.leave(&owner, org).unwrap();
}

/// The command asks, under the tenant's lock, so that nobody becomes an owner between a look and the act.
#[test]
fn making_and_unmaking_an_owner_asks_for_a_fresh_sign_in() {
    let mut it = Memory::new("pipes");
    let ann = it.person();
    let org = it.found(&ann, "northwind");
    let (ben, member) = (it.join(org, &["owner"]), it.join(org, &["member"]));
    let address = it.address();
    it.wait(Span::minutes(16));
    assert_eq!(it.change(&ann, org, &ben, &["member"]), Err(Stop::StepUp));
    assert_eq!(it.change(&ann, org, &member, &["owner"]), Err(Stop::StepUp));
    assert_eq!(it.suspend(&ann, org, &ben), Err(Stop::StepUp));
    assert_eq!(it.remove(&ann, org, &ben).map(drop), Err(Stop::StepUp));
    assert_eq!(it.invite(&ann, org, Invitee::Address(address), Some(&["owner"])).map(drop), Err(Stop::StepUp));
    assert_eq!(it.roles(org, &ben).unwrap(), ["owner"], "nothing was done");
    // Who may not anyway is told that; who leaves is not kept; what concerns no owner asks for nothing.
    assert!(matches!(it.change(&member, org, &ben, &["member"]), Err(Stop::Denied(Denied::NotAllowed { .. }))));
    it.leave(&ben, org).unwrap();
    assert_eq!(it.roles(org, &ben), None);
    assert!(it.may(&member, org, Operation::MemberView));
    it.suspend(&ann, org, &member).unwrap();
    assert!(!it.may(&member, org, Operation::MemberView));
    let again = it.principal(ann.user().unwrap());
    it.change(&again, org, &member, &["owner"]).unwrap();
    assert_eq!(it.roles(org, &member).unwrap(), ["owner"]);
}

#[test]
fn l_7_l_10_the_last_owner_who_can_act_stays() {
    let mut it = Memory::new("pipes");
    let ann = it.person();
    let org = it.found(&ann, "northwind");
    let ben = it.join(org, &["owner"]);
    it.suspend(&ann, org, &ben).unwrap();
    assert!(matches!(refusal(it.leave(&ann, org)), Refusal::LastOwner { .. }), "a suspended owner doesn't count");
    assert!(matches!(refusal(it.change(&ann, org, &ann.clone(), &["member"])), Refusal::LastOwner { .. }));
    it.run(|world| member::reinstate(world, world.sight(org)?.permit(&ann, org.scope())?, ben.user().unwrap())).unwrap();
    let barred = ben.user().unwrap();
    it.run(|world| account::suspend(world, Permit::operator("abuse", Place::Deployment), barred)).unwrap();
    assert!(matches!(refusal(it.leave(&ann, org)), Refusal::LastOwner { .. }), "a barred owner doesn't count");
    it.run(|world| account::reinstate(world, Permit::operator("appeal", Place::Deployment), barred)).unwrap();
    it.leave(&ann, org).unwrap();
}

#[test]
fn l_7_two_owners_at_once_and_the_revision_check_is_what_helps() {
    for check in [true, false] {
        let mut it = Memory::new("pipes");
        let ann = it.person();
        let org = it.found(&ann, "northwind");
        let ben = it.join(org, &["owner"]);
        it.check_revisions = check;
        let leave =
            |it: &Memory, who| it.decide(|world| member::leave(world, world.sight(org)?.permit::<op::MemberLeave>(who, org.scope())?));
        let (first, second) = (leave(&it, &ann).unwrap(), leave(&it, &ben).unwrap());
        it.commit(first).unwrap().unwrap();
        let raced = it.commit(second);
        let owners = it.tenants[&org].top_holders(org.scope()).count();
        if check {
            assert!(raced.is_none() && owners == 1);
        } else {
            assert_eq!(owners, 0, "without the check nobody is left");
        }
    }
}

#[test]
fn l_35_an_operators_suspension_is_never_refused_and_names_what_it_leaves() {
    let mut it = Memory::new("workjet");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let user = owner.user().unwrap();
    let report = it.run(|world| account::suspend(world, Permit::operator("abuse", Place::Deployment), user)).unwrap();
    assert_eq!(report.without_owner, [org]);
    assert!(!it.may(&owner, org, Operation::MemberView), "barred everywhere");
}

#[test]
fn l_14_who_lost_the_right_invites_nobody_any_more() {
    let mut it = Memory::new("standard");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let admin = it.join(org, &["admin"]);
    let guest = it.person();
    let address = *it.users[&guest.user().unwrap()].addresses.first().unwrap();
    let id = it.invite(&admin, org, Invitee::Address(address), Some(&["member"])).unwrap().unwrap().id();
    it.change(&owner, org, &admin, &["viewer"]).unwrap();
    assert!(matches!(refusal(it.accept(&guest, org, id)), Refusal::InviterLostRight { .. }));
    it.change(&owner, org, &admin, &["admin"]).unwrap();
    it.accept(&guest, org, id).unwrap();
}

#[test]
fn l_16_inviting_again_renews_and_an_ended_one_never_blocks() {
    let mut it = Memory::new("standard");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let guest = it.person();
    let address = *it.users[&guest.user().unwrap()].addresses.first().unwrap();
    let first = it.invite(&owner, org, Invitee::Address(address), Some(&["member"])).unwrap().unwrap();
    it.wait(Span::days(8));
    assert!(matches!(refusal(it.accept(&guest, org, first.id())), Refusal::InvitationExpired { .. }));
    let again = it.invite(&owner, org, Invitee::Address(address), Some(&["viewer"])).unwrap().unwrap();
    assert_eq!(again, invitation::Invited::Renewed(first.id()), "the links already mailed work again");
    it.run(|world| invitation::revoke(world, world.sight(org)?.permit(&owner, org.scope())?, first.id())).unwrap();
    assert!(matches!(refusal(it.accept(&guest, org, first.id())), Refusal::InvitationRevoked { .. }));
    let third = it.invite(&owner, org, Invitee::Address(address), Some(&["viewer"])).unwrap().unwrap();
    it.accept(&guest, org, third.id()).unwrap();
    assert!(matches!(refusal(it.accept(&guest, org, third.id())), Refusal::InvitationAccepted { .. }));
    assert_eq!(it.roles(org, &guest).unwrap(), ["viewer"]);
}

#[test]
fn reminders_go_out_an_hour_apart_and_five_times() {
    let mut it = Memory::new("standard");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let address = it.address();
    let id = it.invite(&owner, org, Invitee::Address(address), None).unwrap().unwrap().id();
    let remind = |it: &mut Memory| it.run(|world| invitation::remind(world, world.sight(org)?.permit(&owner, org.scope())?, id));
    assert!(matches!(refusal(remind(&mut it)), Refusal::ReminderTooSoon { .. }));
    for _ in 0..5 {
        it.wait(Span::hours(1));
        remind(&mut it).unwrap();
    }
    it.wait(Span::hours(1));
    assert_eq!(refusal(remind(&mut it)), Refusal::RemindersUsedUp { n: 5 });
}

#[test]
fn only_whom_it_is_for_accepts() {
    let mut it = Memory::new("standard");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let (guest, other) = (it.person(), it.person());
    let by_handle = it.invite(&owner, org, Invitee::User(guest.user().unwrap()), None).unwrap().unwrap().id();
    assert_eq!(refusal(it.accept(&other, org, by_handle)), Refusal::InvitationForSomeoneElse);
    it.accept(&guest, org, by_handle).unwrap();
    let address = it.address();
    let by_address = it.invite(&owner, org, Invitee::Address(address), None).unwrap().unwrap().id();
    assert_eq!(refusal(it.accept(&other, org, by_address)), Refusal::InvitationForSomeoneElse);
    it.run(|world| account::add_address(world, Permit::own(&other)?, address)).unwrap();
    it.accept(&other, org, by_address).unwrap();
}

#[test]
fn a_5_own_steps_keep_one_organization_and_others_steps_make_one() {
    let mut it = Memory::new("appcircle");
    let ann = it.person();
    let own = it.organization_ids()[0];
    assert_eq!(it.roles(own, &ann).unwrap(), ["owner"], "signing up makes a personal organization");
    let ben = it.join(own, &["owner"]);
    it.leave(&ann, own).expect_err("it is the only one Ann owns");
    let n = it.n_organizations();
    it.remove(&ben, own, &ann).unwrap();
    assert_eq!(it.n_organizations(), n + 1, "a personal one was made in the same change");
    assert_eq!(it.users[&ann.user().unwrap()].n_roots_owned(), 1);
}

#[test]
fn a_23_the_top_role_stands_alone_and_module_roles_mix() {
    let mut it = Memory::new("appcircle");
    let ann = it.person();
    let org = it.organization_ids()[0];
    let ben = it.join(org, &["build.viewer", "billing.manager"]);
    assert!(matches!(refusal(it.change(&ann, org, &ben, &["owner", "build.viewer"])), Refusal::RolesDontMix { .. }));
    it.change(&ann, org, &ben, &["build.manager", "build.viewer", "integrations.viewer"]).unwrap();
    it.change(&ann, org, &ben, &[]).unwrap();
    assert!(matches!(refusal(it.change(&ann, org, &ben, &["nobody.knows"])), Refusal::RoleUnknown { .. }));
}

#[test]
fn removal_ends_what_they_sent_and_what_was_sent_to_them() {
    let mut it = Memory::new("standard");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let admin = it.join(org, &["admin"]);
    let (a, b) = (it.address(), it.address());
    let sent = it.invite(&admin, org, Invitee::Address(a), Some(&["member"])).unwrap().unwrap().id();
    it.invite(&owner, org, Invitee::Address(b), Some(&["member"])).unwrap().unwrap();
    let removal = it.remove(&owner, org, &admin).unwrap();
    assert_eq!(removal.sent, [sent]);
    assert!(it.tenants[&org].pending_for(Invitee::Address(a)).is_none() && it.tenants[&org].pending_for(Invitee::Address(b)).is_some());
    assert!(it.tenants[&org].removed_at(admin.user().unwrap()).is_some());
    assert!(!it.may(&admin, org, Operation::MemberView), "out at once");
}

#[test]
fn sent_invitations_can_be_taken_over_by_who_may_give_them() {
    let mut it = Memory::new("standard");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let admin = it.join(org, &["admin"]);
    let address = it.address();
    let id = it.invite(&admin, org, Invitee::Address(address), Some(&["member"])).unwrap().unwrap().id();
    let user = admin.user().unwrap();
    it.run(|world| {
        let permit = world.sight(org)?.permit(&owner, org.scope())?;
        member::remove(world, permit, user, member::SentInvitations::TakeOver, None)
    })
    .unwrap();
    assert_eq!(it.tenants[&org].invitation(id).unwrap().invited_by.user(), owner.user());
}

#[test]
fn a_stranger_sees_nothing_and_a_member_is_told_who_could() {
    let mut it = Memory::new("workjet");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let (member, stranger) = (it.join(org, &["member"]), it.person());
    let address = it.address();
    let denied = it.invite(&member, org, Invitee::Address(address), Some(&["member"])).unwrap_err();
    assert_eq!(denied, Stop::Denied(Denied::NotAllowed { operation: "invitation.create", holders: vec!["Owner".into(), "Admin".into()] }));
    let hidden = it.invite(&stranger, org, Invitee::Address(address), Some(&["member"])).unwrap_err();
    assert_eq!(hidden, Stop::Denied(Denied::NotVisible));
}

#[test]
fn l_2_a_deleted_organization_is_out_of_reach_for_everyone_at_once() {
    let mut it = Memory::new("workjet");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let member = it.join(org, &["member"]);
    it.run(|world| guildhall_core::organization::delete(world, world.sight(org)?.permit(&owner, org.scope())?, None)).unwrap();
    assert!(!it.may(&owner, org, Operation::MemberView) && !it.may(&member, org, Operation::MemberView));
    assert!(it.users[&owner.user().unwrap()].owns.is_empty());
}

#[test]
fn deleting_an_account_is_held_by_others_who_would_be_left_alone() {
    let mut it = Memory::new("standard");
    let owner = it.person();
    let (alone, shared) = (it.found(&owner, "alone"), it.found(&owner, "shared"));
    let member = it.join(shared, &["member"]);
    let held = refusal(it.run(|world| account::delete(world, Permit::own(&owner)?)));
    assert_eq!(held, Refusal::SoleOwnerOf { organizations: vec![shared] });
    it.change(&owner, shared, &member, &["owner"]).unwrap();
    it.run(|world| account::delete(world, Permit::own(&owner)?)).unwrap();
    assert!(it.tenants[&alone].is_deleted() && !it.tenants[&shared].is_deleted());
    assert!(!it.may(&owner, shared, Operation::MemberView));
    let user = owner.user().unwrap();
    it.run(|world| account::leave_after_deletion(world, shared, user)).unwrap();
    assert!(it.tenants[&shared].membership(user, shared.scope()).is_none());
}

#[test]
fn transfer_goes_to_an_active_member_who_can_sign_in() {
    let mut it = Memory::new("workjet");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let (member, stranger) = (it.join(org, &["member"]), it.person());
    assert_eq!(refusal(it.transfer(&owner, org, &owner.clone())), Refusal::TransferToSelf);
    assert_eq!(refusal(it.transfer(&owner, org, &stranger)), Refusal::TransferToNonMember);
    it.suspend(&owner, org, &member).unwrap();
    assert_eq!(refusal(it.transfer(&owner, org, &member)), Refusal::TransferToNonMember);
}

#[test]
fn l_8_two_transfers_at_once_make_one_owner() {
    for check in [true, false] {
        let mut it = Memory::new("workjet");
        let owner = it.person();
        let org = it.found(&owner, "northwind");
        let (ann, ben) = (it.join(org, &["admin"]), it.join(org, &["admin"]));
        it.check_revisions = check;
        let to = |it: &Memory, whom: guildhall_core::UserId| {
            it.decide(|world| ownership::transfer(world, world.sight(org)?.permit(&owner, org.scope())?, whom))
        };
        let (first, second) = (to(&it, ann.user().unwrap()).unwrap(), to(&it, ben.user().unwrap()).unwrap());
        it.commit(first).unwrap().unwrap();
        let raced = it.commit(second).is_none();
        assert_eq!(raced, check);
        assert_eq!(it.tenants[&org].top_holders(org.scope()).count(), if check { 1 } else { 2 });
    }
}

#[test]
fn a_suspended_member_holds_nothing_and_gets_it_back() {
    let mut it = Memory::new("workjet");
    let owner = it.person();
    let org = it.found(&owner, "northwind");
    let admin = it.join(org, &["admin"]);
    it.suspend(&owner, org, &admin).unwrap();
    assert!(!it.may(&admin, org, Operation::MemberView));
    let user = admin.user().unwrap();
    it.run(|world| member::reinstate(world, world.sight(org)?.permit(&owner, org.scope())?, user)).unwrap();
    assert!(it.may(&admin, org, Operation::InvitationCreate));
    assert_eq!(it.tenants[&org].membership(user, org.scope()).unwrap().roles, keys(&["admin"]));
}
