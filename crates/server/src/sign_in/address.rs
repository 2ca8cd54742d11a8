//! Adding an address to one's account: a mailed code or link proves the mailbox first.

use super::{Asked, mailed};
use crate::{App, Failure, http::ReturnTo, place};
use guildhall_core::{AddressId, Principal, SignInId, account, text::Address};
use guildhall_store::Purpose;

/// Where one's addresses are.
pub const MINE: &str = "/profile/addresses";

/// Mails a code to an address that is to be added. Asks for a fresh sign-in; says nothing about whose it may be already.
pub async fn ask(app: &App, asked: &Asked, who: &Principal, address: &Address, return_to: &ReturnTo) -> Result<SignInId, Failure> {
    place::stepped_up(app, who)?;
    let user = place::person(who)?;
    mailed::send(app, asked, address, Purpose::AddAddress, Some(user), return_to).await
}

/// Adds an address that was just proven to the account of who is signed in.
pub(super) async fn add(app: &App, who: &Principal, address: AddressId) -> Result<(), Failure> {
    place::own(app, who, move |world, permit| account::add_address(world, permit, address)).await?;
    Ok(())
}
