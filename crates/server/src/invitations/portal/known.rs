//! Who is known already, said before anything is sent: by the chips of the form, and by the review.

use super::form::{row_failure, takes};
use crate::{
    Failure,
    invitations::{Foreseen, RowFailure},
    members,
    portal::{
        inside::Inside,
        text,
        view::{Pill, Tone},
    },
};
use guildhall_access::model::InviteBy;
use guildhall_core::{Operation, Refusal, invitation::Invited, text::Address};
use guildhall_store::{MOST_ROWS, MemberQuery, Rows};

/// Where more belong than this, no chip is marked: the list would be longer than the form. The answer says it all the same.
const MOST_HERE: u64 = 500;

/// Addresses, and handles where they are taken, of who belongs here: for who may see them, as the chips are compared.
pub(super) async fn here(inside: &Inside) -> Result<Vec<String>, Failure> {
    let (app, who) = (inside.app(), &inside.visit.who);
    if !inside.may(Operation::MemberView) {
        return Ok(Vec::new());
    }
    let counts = members::count(app, who, inside.id()).await?;
    if counts.joined + counts.suspended > MOST_HERE {
        return Ok(Vec::new());
    }
    let handles = takes(inside, InviteBy::Handle);
    let (mut here, mut after) = (Vec::new(), None);
    loop {
        let query = MemberQuery { rows: Rows::Members, limit: MOST_ROWS, after, ..MemberQuery::default() };
        let page = members::list(app, who, inside.id(), &query).await?.page;
        for row in page.rows {
            here.extend(row.address.map(|address| address.to_lowercase()));
            here.extend(row.handle.filter(|_| handles).into_iter().flat_map(|handle| [format!("@{handle}"), handle]));
        }
        after = page.next;
        if after.is_none() {
            return Ok(here);
        }
    }
}

/// Why an entry got no invitation. Who belongs here needs none.
pub(super) fn not_invited(inside: &Inside, failure: &RowFailure) -> (String, Pill) {
    if matches!(failure, RowFailure::Refused(Refusal::AlreadyMember)) {
        return ("Belongs here already.".to_owned(), Pill::new(Tone::Neutral, "Already here"));
    }
    (row_failure(inside, failure), Pill::new(Tone::Bad, "Not invited"))
}

/// What sending would come to for one entry. `gets`: what is said of who is new.
pub(super) fn foretold(inside: &Inside, to: &str, gets: String, foreseen: Foreseen) -> (String, Pill) {
    let unclear = |why: &str| (text::sentence(why), Pill::new(Tone::Bad, "Unclear"));
    match foreseen {
        Some(Ok(Invited::New(_))) => (gets, Pill::new(Tone::Ok, "Address")),
        Some(Ok(Invited::Renewed(_))) => {
            ("Invited already: it is sent again.".to_owned(), Pill::new(Tone::Warn, inside.model().words.get("invited")))
        }
        Some(Err(RowFailure::Rejected(bad))) => unclear(&bad.to_string()),
        Some(Err(failure)) => not_invited(inside, &failure),
        // A handle is looked up only when it is sent: how often is limited (P-3).
        None if takes(inside, InviteBy::Handle) && !to.is_empty() => {
            (format!("{gets} Must be the handle of somebody with an account."), Pill::new(Tone::Neutral, "Handle"))
        }
        None => unclear(&Address::parse(to).err().map(|bad| bad.to_string()).unwrap_or_default()),
    }
}
