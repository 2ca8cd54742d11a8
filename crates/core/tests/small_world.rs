//! Every state that three people can bring an organization into, breadth first: in none of them is a rule broken.
//!
//! `Memory` checks after each commit that somebody who can act owns the organization, that exactly one does where the
//! model says so, and that each person's own stream knows what they own.

#![cfg(test)]

mod memory;

use guildhall_access::Operation;
use guildhall_core::{Actor, Permit, Principal, Stop, TenantId, account, change::Invitee, member, permit::Place, tenant::Standing};
use memory::Memory;
use std::collections::{BTreeSet, VecDeque};

struct Small {
    org: TenantId,
    people: Vec<Principal>,
    roles: Vec<&'static str>,
}

/// Who is a member, and active, with which roles; and whether their account is active.
type Stands = (Option<(bool, Vec<String>)>, bool);

/// What of a state matters: who stands how with which roles, and whose account is barred.
fn signature(it: &Memory, small: &Small) -> Vec<Stands> {
    let tenant = &it.tenants[&small.org];
    let of = |who: &Principal| {
        let user = who.user().unwrap();
        let membership = tenant.membership(user, tenant.root());
        let held = membership.map(|m| (m.standing == Standing::Active, m.roles.iter().map(ToString::to_string).collect()));
        (held, it.users[&user].status == guildhall_core::user::AccountStatus::Active)
    };
    small.people.iter().map(of).collect()
}

/// Everything anybody can try, by number.
fn step(it: &mut Memory, small: &Small, by: &Principal, whom: &Principal, what: usize) -> Option<Result<(), Stop>> {
    let (org, user) = (small.org, whom.user().unwrap());
    let own = by.user() == whom.user();
    let n = small.roles.len();
    Some(match what {
        i if i < n => it.change(by, org, whom, &[small.roles[i]]),
        i if i == n => it.remove(by, org, whom).map(drop),
        i if i == n + 1 => it.suspend(by, org, whom),
        i if i == n + 2 => it.run(|world| member::reinstate(world, world.sight(org)?.permit(by, org.scope())?, user)),
        i if i == n + 3 => it.transfer(by, org, whom),
        i if i == n + 4 && own => it.leave(by, org).map(drop),
        i if i > n + 4 && i < 2 * n + 5 && !own => invite(it, small, by, whom, small.roles[i - n - 5]),
        i if i == 2 * n + 5 && own => it.run(|world| account::suspend(world, Permit::operator("x", Place::Deployment), user)).map(drop),
        i if i == 2 * n + 6 && own => it.run(|world| account::reinstate(world, Permit::operator("x", Place::Deployment), user)),
        _ => return None,
    })
}

fn invite(it: &mut Memory, small: &Small, by: &Principal, whom: &Principal, role: &str) -> Result<(), Stop> {
    let address = *it.users[&whom.user().unwrap()].addresses.first().unwrap();
    let id = it.invite(by, small.org, Invitee::Address(address), Some(&[role]))??.id();
    it.accept(whom, small.org, id).map(drop)
}

fn explore(preset: &str, roles: &[&'static str]) -> usize {
    let mut first = Memory::new(preset);
    let people: Vec<Principal> = (0..3).map(|_| first.person()).collect();
    let org = first.found(&people[0], "northwind");
    let small = Small { org, people, roles: roles.to_vec() };
    let mut seen = BTreeSet::from([signature(&first, &small)]);
    let mut queue = VecDeque::from([first]);
    let (mut tried, mut done) = (0, 0);
    while let Some(it) = queue.pop_front() {
        for by in &small.people {
            for whom in &small.people {
                for what in 0..2 * roles.len() + 7 {
                    let mut next = it.fork();
                    let Some(outcome) = step(&mut next, &small, by, whom, what) else { continue };
                    tried += 1;
                    if outcome.is_err() {
                        assert_eq!(signature(&next, &small), signature(&it, &small), "what was refused changed something");
                        continue;
                    }
                    done += 1;
                    check_access(&next, &small);
                    if seen.insert(signature(&next, &small)) {
                        queue.push_back(next);
                    }
                }
            }
        }
    }
    println!("{preset}: {} states, {tried} steps tried, {done} done", seen.len());
    seen.len()
}

/// Who is not an active member with an active account may nothing.
fn check_access(it: &Memory, small: &Small) {
    let tenant = &it.tenants[&small.org];
    for who in &small.people {
        let user = who.user().unwrap();
        let member = tenant.membership(user, tenant.root()).is_some_and(|m| m.standing == Standing::Active);
        let active = it.users[&user].status == guildhall_core::user::AccountStatus::Active;
        if !(member && active) {
            assert!(Operation::ALL.iter().all(|operation| !it.may(who, small.org, *operation)), "{user} is out and may still act");
        }
    }
    for invitation in tenant.invitations().values() {
        assert!(!matches!(invitation.invited_by, Actor::Operator { .. }));
    }
}

#[test]
fn every_state_of_three_people_with_exactly_one_owner() {
    assert!(explore("workjet", &["owner", "admin", "member"]) > 100);
}

#[test]
fn every_state_of_three_people_with_at_least_one_owner() {
    assert!(explore("pipes", &["owner", "member"]) > 100);
}
