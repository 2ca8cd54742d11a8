//! How many invitations people send: taken before the rules are asked, so that a limit holds for many at once, and given back for what
//! the rules refused, so that nobody uses up another's limit with what was never sent.

use super::{Found, RowFailure};
use crate::{
    App, Failure,
    events::{self, Asker},
    users,
};
use guildhall_core::{Principal, Tenant, Timestamp, change::Invitee, time::Span};
use guildhall_store::{Fault, Limited, Taken};

/// An organization younger than this may invite fewer a day.
const YOUNG: Span = Span::days(7);
const WINDOW: Span = Span::days(1);
/// Of an organization, and to one mailbox.
const ALL: &str = "invitations";
const RECIPIENT: &str = "recipient";
/// Handles looked for.
pub(super) const HANDLES: &str = "handles";

/// What one row took.
struct One {
    limit: &'static str,
    key: [u8; 16],
    taken: Taken,
}

/// What was taken for each row that is handed to the rules, in their order. Rows of programs took nothing.
#[derive(Default)]
pub(super) struct All(Vec<[One; 2]>);

impl All {
    /// Gives back what these rows took.
    pub(super) async fn give_back(self, app: &App, refused: impl Fn(usize) -> bool) -> Result<(), Fault> {
        for (_, row) in self.0.into_iter().enumerate().filter(|(n, _)| refused(*n)) {
            for one in row {
                one.give_back(app).await?;
            }
        }
        Ok(())
    }
}

impl One {
    async fn take(app: &App, limit: &'static str, key: [u8; 16], at_most: u32) -> Result<Result<Self, RowFailure>, Fault> {
        let taken = app.store().take(limit, &key, WINDOW, at_most).await?;
        let failed = |Limited { retry_at }| RowFailure::Limited { limit, retry_at };
        Ok(taken.map(|taken| Self { limit, key, taken }).map_err(failed))
    }
    async fn give_back(self, app: &App) -> Result<(), Fault> {
        app.store().give_back(self.limit, &self.key, WINDOW, self.taken).await
    }
}

/// Takes from what people may send: so many a day for the organization, so many to one recipient, whether or not an account has the
/// address. Programs are trusted with their own lists.
pub(super) async fn within(app: &App, who: &Principal, tenant: &Tenant, found: Vec<Found>) -> Result<(Vec<Found>, All), Failure> {
    let mut all = All::default();
    if who.user().is_none() {
        return Ok((found, all));
    }
    let founded_at = app.store().find_organization(tenant.id).await?.map_or(Timestamp(0), |row| row.founded_at);
    let limits = &app.config().limits;
    let at_most = if app.now() < founded_at + YOUNG { limits.invitations_day_young } else { limits.invitations_day };
    let asker = Asker { who: Some(who), tenant: Some(tenant.id), network: None };
    let mut kept = Vec::with_capacity(found.len());
    let mut full: Option<RowFailure> = None;
    for found in found {
        let Found::Row(row) = found else {
            kept.push(found);
            continue;
        };
        if let Some(failure) = &full {
            kept.push(Found::Failed(failure.clone()));
            continue;
        }
        let of_all = match One::take(app, ALL, *tenant.id.uuid().as_bytes(), at_most).await? {
            Ok(taken) => taken,
            Err(failure) => {
                events::limited(app, &asker, ALL).await;
                kept.push(Found::Failed(failure.clone()));
                full = Some(failure);
                continue;
            }
        };
        // By address, however they were named: two ways to name somebody are one mailbox.
        let recipient = match row.invitee {
            Invitee::Address(address) => address.uuid(),
            Invitee::User(user) => users::primary_address(app, user).await?.map_or(user.uuid(), guildhall_core::Id::uuid),
        };
        match One::take(app, RECIPIENT, *recipient.as_bytes(), limits.mails_to_stranger_day).await? {
            Ok(taken) => {
                all.0.push([of_all, taken]);
                kept.push(Found::Row(row));
            }
            Err(failure) => {
                events::limited(app, &asker, RECIPIENT).await;
                of_all.give_back(app).await?;
                kept.push(Found::Failed(failure));
            }
        }
    }
    Ok((kept, all))
}
