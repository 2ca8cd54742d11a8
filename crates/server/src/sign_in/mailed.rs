//! The mailed link and its six digits: one use, ten minutes, and only for the browser that asked, the newest only there.

use super::{Arrived, Asked, address, arrive, note, session::By};
use crate::{
    App, Failure,
    events::Asker,
    http::{
        ReturnTo,
        limits::{self, Limit},
    },
};
use guildhall_core::{
    Principal, SignInId, Timestamp, UserId,
    id::SignInKind,
    link::{self, LinkKind},
    mail::{MailOrder, Recipient, Template},
    text::Address,
    time::Span,
};
use guildhall_store::{Proof, Purpose, SignInRow};

/// Mails leave in the order of their moments: a code, which somebody waits for, goes ahead of a day's invitations.
const AHEAD: Span = Span::days(1);

/// How long a link and its code are good.
pub const GOOD_FOR: Span = Span::minutes(10);

/// What came of a link or a code.
#[derive(Clone, Debug)]
pub enum Outcome {
    Arrived {
        arrived: Arrived,
        return_to: ReturnTo,
    },
    /// The address was added to the account of who is signed in.
    Added {
        return_to: ReturnTo,
    },
    /// Not this code; so many tries are left.
    Wrong {
        left: u32,
    },
    /// Used, replaced by a newer one, expired, or five wrong codes.
    Ended {
        why: Ended,
        /// Where a new one is to lead.
        return_to: ReturnTo,
    },
    /// Good, but another browser asked for it.
    OtherBrowser {
        return_to: ReturnTo,
    },
    /// It adds an address to an account that isn't signed in here.
    OtherPerson,
}

/// Why a link or code is no good any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Unknown,
    Used,
    Replaced,
    Expired,
    TooManyTries,
}

impl Outcome {
    fn unknown() -> Self {
        Self::Ended { why: Ended::Unknown, return_to: ReturnTo::default() }
    }
    fn ended(why: Ended, row: &SignInRow) -> Self {
        Self::Ended { why, return_to: back(row) }
    }
}

/// Where it was asked for, or where a new one is asked for.
pub(super) fn back(row: &SignInRow) -> ReturnTo {
    ReturnTo::from(row.return_to.clone().unwrap_or_default())
}

/// Mails a link and a code. Does the same, and takes as long, whether or not anybody has the address.
pub async fn ask(app: &App, asked: &Asked, to: &Address, return_to: &ReturnTo) -> Result<SignInId, Failure> {
    send(app, asked, to, Purpose::SignIn, None, return_to).await
}

pub(super) async fn send(
    app: &App,
    asked: &Asked,
    to: &Address,
    purpose: Purpose,
    user: Option<UserId>,
    return_to: &ReturnTo,
) -> Result<SignInId, Failure> {
    if !app.mails() {
        return Err(Failure::rejected("address", "no mail server is configured here, so no code can be sent"));
    }
    let most = &app.config().limits;
    let network = asked.network.bucket();
    let asker = Asker { who: asked.already.as_ref(), tenant: None, network: Some(network.clone()) };
    for (name, key, window, at_most) in [
        ("sign_in_mails_network_hour", network.as_str(), Span::hours(1), most.sign_in_mails_network_hour),
        ("sign_in_mails_15_minutes", to.key(), Span::minutes(15), most.sign_in_mails_15_minutes),
        ("sign_in_mails_day", to.key(), Span::days(1), most.sign_in_mails_day),
    ] {
        limits::take(app, &asker, Limit { name, key, window, at_most }).await?;
    }
    let address = app.store().intern_unseen(to).await?;
    let now = app.now();
    let row = SignInRow {
        id: app.fresh(),
        purpose,
        address,
        user,
        generation: 1,
        cookie_hash: asked.browser.hash(),
        return_to: Some(return_to.path().to_owned()),
        created_at: now,
        expires_at: now + GOOD_FOR,
        attempts: 0,
        used_at: None,
        ended_at: None,
    };
    app.store().create_sign_in(&row).await?;
    let (sign_in, generation) = (row.id, row.generation);
    let template = match purpose {
        Purpose::SignIn => Template::SignIn { sign_in, generation },
        Purpose::AddAddress => Template::AddAddress { sign_in, generation },
    };
    app.store()
        .queue_mail(&MailOrder { key: format!("{sign_in}:1"), to: Recipient::Address(address), template, not_before: now - AHEAD })
        .await?;
    app.post().wake();
    Ok(sign_in)
}

/// Which links a purpose has.
pub fn kind_of(purpose: Purpose) -> LinkKind {
    match purpose {
        Purpose::SignIn => LinkKind::SignIn,
        Purpose::AddAddress => LinkKind::AddAddress,
    }
}

fn ended(row: &SignInRow, now: Timestamp) -> Option<Ended> {
    if row.used_at.is_some() {
        Some(Ended::Used)
    } else if row.ended_at.is_some() {
        Some(Ended::Replaced)
    } else if now >= row.expires_at {
        Some(Ended::Expired)
    } else if row.attempts >= guildhall_store::CODE_TRIES {
        Some(Ended::TooManyTries)
    } else {
        None
    }
}

/// Nothing comes of its link and code any more.
pub(crate) fn is_over(row: &SignInRow, now: Timestamp) -> bool {
    ended(row, now).is_some()
}

/// A sign-in that waits in this browser: for the page where the code is typed.
pub async fn waiting(app: &App, asked: &Asked, id: SignInId) -> Result<Option<SignInRow>, Failure> {
    let row = app.store().find_sign_in(id).await?;
    Ok(row.filter(|row| row.cookie_hash == asked.browser.hash()))
}

/// The six digits, typed where they were asked for.
pub async fn by_code(app: &App, asked: &Asked, id: SignInId, code: &str) -> Result<Outcome, Failure> {
    let Some(row) = waiting(app, asked, id).await? else { return Ok(Outcome::unknown()) };
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    // Counted before it is compared: guesses sent at once are no more than those sent in turn.
    let Some(row) = app.store().count_code_try(row.id).await? else {
        return Ok(Outcome::ended(ended(&row, app.now()).unwrap_or(Ended::TooManyTries), &row));
    };
    if !link::check_code(app.key(), kind_of(row.purpose), row.id, row.generation, &digits) {
        note(app, asked, "sign_in.failed", row.user, serde_json::json!({ "sign_in": row.id, "why": "wrong code" })).await?;
        let left = guildhall_store::CODE_TRIES.saturating_sub(row.attempts);
        return Ok(if left == 0 { Outcome::ended(Ended::TooManyTries, &row) } else { Outcome::Wrong { left } });
    }
    prove(app, asked, row, Proof::Code).await
}

/// What a link would do. Changes nothing, however often it is fetched.
pub async fn peek(app: &App, asked: &Asked, token: &str) -> Result<Result<SignInRow, Outcome>, Failure> {
    let unknown = || Ok(Err(Outcome::unknown()));
    let Some(id) = link::id_of::<SignInKind>(token) else { return unknown() };
    let Some(row) = app.store().find_sign_in(id).await? else { return unknown() };
    if !link::check(app.key(), kind_of(row.purpose), id, row.generation..=row.generation, token) {
        return unknown();
    }
    if let Some(ended) = ended(&row, app.now()) {
        return Ok(Err(Outcome::ended(ended, &row)));
    }
    if row.cookie_hash != asked.browser.hash() {
        return Ok(Err(Outcome::OtherBrowser { return_to: back(&row) }));
    }
    if row.user.is_some() && row.user != asked.already.as_ref().and_then(Principal::user) {
        return Ok(Err(Outcome::OtherPerson));
    }
    Ok(Ok(row))
}

/// Uses the link, by the button on its page.
pub async fn by_link(app: &App, asked: &Asked, token: &str) -> Result<Outcome, Failure> {
    match peek(app, asked, token).await? {
        Ok(row) => prove(app, asked, row, Proof::Link).await,
        Err(outcome) => Ok(outcome),
    }
}

async fn prove(app: &App, asked: &Asked, row: SignInRow, proof: Proof) -> Result<Outcome, Failure> {
    let who = asked.already.as_ref();
    if row.user.is_some() && row.user != who.and_then(Principal::user) {
        return Ok(Outcome::OtherPerson);
    }
    if !app.store().use_sign_in(row.id, row.generation, proof).await? {
        return Ok(Outcome::ended(Ended::Used, &row));
    }
    match (row.purpose, who) {
        (Purpose::SignIn, _) => {
            let by = match proof {
                Proof::Link => By::Link,
                Proof::Code => By::Code,
            };
            let proven = app.store().address(row.address).await?.and_then(|address| address.key);
            let waited = asked.remembered.clone().filter(|it| Some(&it.address) == proven.as_ref());
            let (provider, name) = waited.map_or((None, None), |it| (Some(it.account), it.name));
            let arrived = arrive::by_address(app, asked, row.address, provider, name, by).await?;
            Ok(Outcome::Arrived { arrived, return_to: back(&row) })
        }
        (Purpose::AddAddress, Some(who)) => {
            address::add(app, who, row.address).await?;
            note(app, asked, "address.proven", who.user(), serde_json::json!({ "address": row.address })).await?;
            Ok(Outcome::Added { return_to: back(&row) })
        }
        (Purpose::AddAddress, None) => Err(Failure::broken(format!("{} adds an address to nobody", row.id))),
    }
}
