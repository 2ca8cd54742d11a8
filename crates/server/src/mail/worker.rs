//! From the outbox to the server: at least once, tried again by the store's back-off, dead after the last.

use super::{
    render::{self, Rendered},
    smtp::{Smtp, Unsent},
};
use crate::{
    App, Failure,
    events::Asker,
    http::limits::{self, Limit},
    sign_in::mailed,
    users,
};
use futures_util::{StreamExt as _, stream};
use guildhall_core::{
    invitation,
    mail::{MailOrder, Recipient, Template},
    time::Span,
};
use guildhall_store::QueuedMail;
use std::time::Duration;
use tokio::sync::watch;

/// How many are taken at once, and how many leave at the same time.
const BATCH: u32 = 50;
const AT_ONCE: usize = 4;
/// The longest sleep: what another process queued is found then.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// Why one invitation too many doesn't leave.
pub const TOO_MANY: &str = "too many invitations to one address today";

/// Why a code that nobody can use any more isn't mailed.
pub const OVER: &str = "the sign-in it is for is over";

/// Why an older mail of an invitation doesn't leave.
pub const SUPERSEDED: &str = "a newer mail of this invitation takes its place";

/// Where letters go.
#[derive(Clone, Debug)]
pub enum Way {
    Smtp(Box<Smtp>),
    /// The demo: they stay in the outbox as sent, and its mailbox shows them.
    Mailbox,
    /// No server is configured: they wait.
    Nowhere,
}

/// Runs until told to stop.
pub async fn run(app: App, way: Way, mut stop: watch::Receiver<bool>) {
    if matches!(way, Way::Nowhere) {
        tracing::warn!("no mail server is configured: no mail leaves, and nobody can sign in by mail");
        return;
    }
    while !*stop.borrow() {
        let sleep = match round(&app, &way).await {
            Ok(sleep) => sleep,
            Err(failure) => {
                tracing::error!(?failure, "the outbox can't be read");
                Duration::from_secs(10)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(sleep) => {}
            () = app.post().woken() => {}
            _ = stop.changed() => {}
        }
    }
}

/// Sends what is due; answers how long there is nothing to do.
pub async fn round(app: &App, way: &Way) -> Result<Duration, Failure> {
    loop {
        let due = app.store().due_mails(BATCH).await?;
        let n = due.len();
        let sent: Vec<Result<(), Failure>> = stream::iter(due).map(|mail| one(app, way, mail)).buffer_unordered(AT_ONCE).collect().await;
        sent.into_iter().collect::<Result<Vec<()>, _>>()?;
        if n < BATCH as usize {
            break;
        }
    }
    let Some(next) = app.store().next_mail_at().await? else { return Ok(LONGEST_SLEEP) };
    let micros = u64::try_from(next.0 - app.now().0).unwrap_or(0);
    Ok(Duration::from_micros(micros).clamp(Duration::from_millis(50), LONGEST_SLEEP))
}

async fn one(app: &App, way: &Way, mail: QueuedMail) -> Result<(), Failure> {
    let store = app.store();
    if let Some(why) = too_late(app, &mail.order).await? {
        return Ok(store.mail_refused(mail.id, why).await?);
    }
    let letter = match render::render(app, &mail.order).await {
        Ok(Rendered::Letter(letter)) => letter,
        Ok(Rendered::Gone(why)) => return Ok(store.mail_refused(mail.id, why).await?),
        Err(Failure::Broken(why)) => return Ok(store.mail_refused(mail.id, &why).await?),
        Err(failure) => return Err(failure),
    };
    if mail.attempts == 0 && is_one_too_many(app, &mail).await? {
        metrics::counter!("guildhall_mails_total", "result" => "limited").increment(1);
        return Ok(store.mail_refused(mail.id, TOO_MANY).await?);
    }
    let sent = match way {
        Way::Smtp(smtp) => smtp.send(mail.id, &letter).await,
        Way::Mailbox | Way::Nowhere => Ok(()),
    };
    let result = match sent {
        Ok(()) => {
            store.mail_sent(mail.id).await?;
            "sent"
        }
        Err(Unsent::Later(why)) => {
            let fate = store.mail_failed(&mail, &why).await?;
            tracing::warn!(mail = %mail.id, why, ?fate, "a mail didn't leave");
            "failed"
        }
        Err(Unsent::Never(why)) => {
            store.mail_refused(mail.id, &why).await?;
            tracing::warn!(mail = %mail.id, why, "a mail was refused for good");
            "refused"
        }
    };
    metrics::counter!("guildhall_mails_total", "result" => result).increment(1);
    Ok(())
}

/// What happened before this mail left: an invitation was sent again, or reminded of; a code expired, was used or replaced. Not asked where
/// a letter is written: the demo's mailbox writes those anew that left long ago.
async fn too_late(app: &App, order: &MailOrder) -> Result<Option<&'static str>, Failure> {
    match &order.template {
        Template::Invitation { invitation: id, .. } | Template::Reminder { invitation: id, .. } => {
            let found = app.store().find_invitation(*id).await?;
            Ok(found.is_some_and(|(_, row)| order.key != invitation::mail_key(*id, row.sent_at)).then_some(SUPERSEDED))
        }
        Template::SignIn { sign_in, .. } | Template::AddAddress { sign_in, .. } => {
            let found = app.store().find_sign_in(*sign_in).await?;
            Ok(found.is_none_or(|row| mailed::is_over(&row, app.now())).then_some(OVER))
        }
        Template::NewDevice { .. }
        | Template::RoleChanged { .. }
        | Template::Removed { .. }
        | Template::OwnershipReceived { .. }
        | Template::OwnershipGiven { .. }
        | Template::AddressChanged { .. }
        | Template::IdentitiesChanged { .. } => Ok(None),
    }
}

/// One address gets so many invitations and reminders a day, from all organizations together, whether or not an account has it.
async fn is_one_too_many(app: &App, mail: &QueuedMail) -> Result<bool, Failure> {
    let (Template::Invitation { .. } | Template::Reminder { .. }) = &mail.order.template else { return Ok(false) };
    let address = match mail.order.to {
        Recipient::Address(address) => Some(address),
        Recipient::User(user) => users::primary_address(app, user).await?,
    };
    let Some(address) = address else { return Ok(false) };
    let at_most = app.config().limits.mails_to_stranger_day;
    let limit = Limit { name: "mails_to_stranger_day", key: &address.to_string(), window: Span::days(1), at_most };
    match limits::take(app, &Asker::default(), limit).await {
        Ok(()) => Ok(false),
        Err(Failure::Limited { .. }) => Ok(true),
        Err(failure) => Err(failure),
    }
}
