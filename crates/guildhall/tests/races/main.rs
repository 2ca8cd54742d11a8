//! Two requests at once, over HTTP, to two servers on one database, as the start-up lock would never let them be: whatever both
//! believe, the revision in the database decides. `GUILDHALL_TRIALS` says how many trials there are of each kind.
//!
//! Without the revision check, and for a sign-in without that of its use, the same trials go wrong: the second half of this file.

#![cfg(test)]
#![cfg(all(test, debug_assertions))]
#![allow(unreachable_pub, reason = "modules that several programs share say what they offer")]

#[path = "../client/mod.rs"]
mod client;
#[path = "../../../server/tests/harness/mod.rs"]
mod harness;
mod owners;
mod stage;
mod tally;
mod used;

use guildhall_store::testing::Guard::{Nothing, Revision};
use guildhall_testkit::both_databases;

both_databases! {
    async fn l_7_two_owners_act_at_once_and_one_remains(database) {
        owners::act_at_once(database, Revision).await.must_hold();
    }
    async fn l_8_two_transfers_at_once_leave_one_owner(database) {
        owners::transfer_at_once(database, Revision).await.must_hold();
    }
    async fn an_owner_leaves_while_an_operator_suspends_the_other(database) {
        owners::leave_and_suspend(database, Revision).await.must_hold();
    }
    async fn an_invitation_is_used_once(database) {
        used::invitation(database, Revision).await.must_hold();
    }
    async fn a_sign_in_code_is_used_once(database) {
        used::sign_in(database, Revision).await.must_hold();
    }

    async fn without_the_revision_check_two_owners_act_and_none_remains(database) {
        owners::act_at_once(database, Nothing).await.must_break();
    }
    async fn without_the_revision_check_two_transfers_make_two_owners(database) {
        owners::transfer_at_once(database, Nothing).await.must_break();
    }
    async fn without_the_revision_check_an_owner_leaves_a_suspended_one_alone(database) {
        owners::leave_and_suspend(database, Nothing).await.must_break();
    }
    async fn without_the_revision_check_a_revoked_invitation_is_accepted(database) {
        used::invitation(database, Nothing).await.must_break();
    }
    async fn without_the_check_of_its_use_a_sign_in_code_is_used_twice(database) {
        used::sign_in(database, Nothing).await.must_break();
    }
}
