//! What a refusal says to people and programs: one text each, for API, portal and docs.

use guildhall_core::{InvitationId, Model, OrganizationId, Refusal, RoleKey, Timestamp};

/// The words of one failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The same for every occurrence.
    pub title: &'static str,
    /// What happened, here.
    pub detail: String,
    /// What can be done now, or who could.
    pub remedy: String,
}

fn described(title: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Described {
    Described { title, detail: detail.into(), remedy: remedy.into() }
}

/// The words for a refusal, with the model's own for roles.
#[expect(clippy::too_many_lines, reason = "one closed list, a line or two for each rule")]
pub fn describe(refusal: &Refusal, model: &Model) -> Described {
    let top = role_title(model, &model.organization.top_role);
    let organization = model.words.get("organization");
    match refusal {
        Refusal::LastOwner { .. } => described(
            "The last owner stays",
            format!("Without them, nobody who can sign in would be {top}."),
            format!("Make someone else {top} first."),
        ),
        Refusal::OwnerMustTransfer { .. } => described(
            "Ownership moves by transfer only",
            format!("There is exactly one {top}, and that role is neither given nor taken in any other way."),
            format!("The {top} can transfer ownership to an active member."),
        ),
        Refusal::LastOwnedOrganization => described(
            "Everyone owns one",
            format!("This is the last {organization} you own, and everyone owns at least one."),
            format!("Create another {organization} first, or delete the account."),
        ),
        Refusal::RoleNotYours { role, locked, who } => described(
            "That role isn't yours to give or take",
            locked.clone().map_or_else(|| format!("You can't give or take the role {}.", role_title(model, role)), sentence),
            could(who),
        ),
        Refusal::RoleNotTakable { role, who } => {
            described("That role isn't yours to take", format!("You can't take the role {}.", role_title(model, role)), could(who))
        }
        Refusal::RoleUnknown { role, known } => described(
            "No such role",
            format!("There is no role `{role}` that could be given here."),
            if known.is_empty() { "The list of roles shows which there are.".to_owned() } else { choices(model, known) },
        ),
        Refusal::RolesDontMix { roles } => described(
            "These roles don't go together",
            format!("{} can't be held at the same time.", role_titles(model, roles)),
            format!("Choose one of them; {top} always stands alone."),
        ),
        Refusal::InvitationRoleFixed => described(
            "Invitations give one role here",
            "Everyone who is invited gets the same role.",
            "Invite without a role, and change it once they have joined.",
        ),
        Refusal::InvitationRoleRequired { offered } => described("Choose a role", "An invitation needs a role.", choices(model, offered)),
        Refusal::InvitationWayClosed { way } => {
            described("Not invited this way", format!("People aren't invited by {way} here."), "Invite by email address.")
        }
        Refusal::AlreadyMember => described("Already here", "They belong to it already.", "There is nothing to do."),
        Refusal::MemberSuspended => {
            described("Suspended", "They belong to it already, but their membership is suspended.", "Reinstate them instead.")
        }
        Refusal::NotAMember => described("Not a member", "They don't belong to it.", "Invite them first."),
        Refusal::InvitationExpired { at, .. } => {
            described("The invitation expired", format!("It was good until {}.", moment(*at)), "Ask whoever invited you to send it again.")
        }
        Refusal::InvitationRevoked { .. } => {
            described("The invitation was withdrawn", "It can't be used any more.", "Ask whoever invited you, if you expected it.")
        }
        Refusal::InvitationAccepted { .. } => described("Already accepted", "This invitation was used.", "Sign in to get there."),
        Refusal::InvitationDeclined { .. } => {
            described("The invitation was declined", "It can't be used any more.", "Ask whoever invited you to send another.")
        }
        Refusal::InvitationForSomeoneElse => described(
            "For someone else",
            "This invitation is for an address or a handle that isn't yours.",
            "Sign in as the invited person, or add the invited address to your account.",
        ),
        Refusal::InviterLostRight { role } => described(
            "The inviter may no longer invite",
            role.as_ref().map_or_else(
                || "Whoever invited you can no longer invite people.".to_owned(),
                |role| format!("Whoever invited you can no longer give the role {}.", role_title(model, role)),
            ),
            "Ask someone there to invite you again.",
        ),
        Refusal::ReminderTooSoon { next_at } => {
            described("Reminded just now", "A mail went out a moment ago.", format!("The next one can go out from {}.", moment(*next_at)))
        }
        Refusal::RemindersUsedUp { n } => described(
            "No more reminders",
            format!("{n} reminders went out already."),
            "Reach them in another way, or invite them again later.",
        ),
        Refusal::SuspendSelf => {
            described("That is you", "Nobody suspends themselves: they could not undo it.", "Leave instead, or ask somebody else.")
        }
        Refusal::TransferToSelf => described("That is you", "You own it already.", "Choose another active member."),
        Refusal::TransferToNonMember => {
            described("Not an active member", "Ownership goes to an active member who can sign in.", "Invite or reinstate them first.")
        }
        Refusal::SlugTaken { slug } => {
            described("That address is taken", format!("`{slug}` is in use, or was until lately."), "Choose another.")
        }
        Refusal::HandleTaken { handle } => {
            described("That handle is taken", format!("`{handle}` is in use, or was until lately."), "Choose another.")
        }
        Refusal::AddressTaken => described(
            "That email address is taken",
            "It belongs to another account.",
            "Sign in with it, or remove it from that account first.",
        ),
        Refusal::IdentityTaken => {
            described("That sign-in account is taken", "It is linked to another account.", "Sign in with it, or unlink it there first.")
        }
        Refusal::ExternalIdTaken { external_id } => {
            described("That external id is taken", format!("`{external_id}` belongs to something else."), "Look it up by its external id.")
        }
        Refusal::LastSignInMethod => {
            let what = "Without it nobody could sign in to this account, or no mail would reach it.";
            described("The last way in stays", what, "Add another address first.")
        }
        Refusal::SoleOwnerOf { organizations } => described(
            "Still the only owner",
            format!("You are the only {top} of {} with other members.", count(organizations.len(), organization)),
            "Transfer or delete each of them first.",
        ),
        Refusal::AccountBarred => {
            described("The account is closed", "This account was suspended or deleted.", "Whoever runs this service can tell more.")
        }
        Refusal::OrganizationDeleted => {
            described("Deleted", format!("This {organization} was deleted."), "Whoever runs this service can tell more.")
        }
        Refusal::LimitReached { what, at_most } => {
            described("Too many", format!("At most {at_most} {what} are allowed."), "Use fewer, or several requests.")
        }
        Refusal::ChangedMeanwhile { revision } => described(
            "Changed meanwhile",
            format!("Someone changed this since you read it; it is at revision {revision} now."),
            "Read it again, then decide.",
        ),
        Refusal::PlanLacks { unlock, .. } => described("Not in the plan", "The plan doesn't include this.", sentence(unlock.clone())),
        Refusal::NoSeat { seats } => {
            described("No seat left", format!("All {seats} seats of the plan are taken."), "Remove someone, or change the plan.")
        }
    }
}

pub(crate) fn could(who: &[String]) -> String {
    match who {
        [] => "Nobody can, here.".to_owned(),
        who => format!("{} could.", either(who)),
    }
}

/// "Owner", "Owner or Admin", "Owner, Admin or Member".
pub fn either(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

/// Ends it with a full stop, where it ends with nothing of the kind.
pub(crate) fn sentence(mut text: String) -> String {
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// What people call a role.
pub fn role_title(model: &Model, key: &RoleKey) -> String {
    model.role(key).map_or_else(|| key.to_string(), |role| model.full_title(role))
}

/// Each by its title and by the id that the API takes.
fn choices(model: &Model, roles: &[RoleKey]) -> String {
    let all: Vec<String> = roles.iter().map(|key| format!("{} (`{key}`)", role_title(model, key))).collect();
    format!("Choose one of: {}.", all.join(", "))
}

fn role_titles(model: &Model, roles: &[RoleKey]) -> String {
    let titles: Vec<String> = roles.iter().map(|role| role_title(model, role)).collect();
    titles.join(" and ")
}

fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("one {noun}") } else { format!("{n} {noun}s") }
}

/// "28 Nov 2026, 14:05 UTC".
pub fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.0)
        .map_or_else(|_| "an unknown time".to_owned(), |at| at.strftime("%-d %b %Y, %H:%M UTC").to_string())
}

/// One of each, for the docs and the pages behind `type`.
pub fn examples() -> Vec<Refusal> {
    let (id, organization) = (InvitationId::from_u128(1), OrganizationId::from_u128(1));
    let (role, who) = (RoleKey::new("admin"), vec!["Owner".to_owned()]);
    let at = Timestamp(1_795_000_000_000_000);
    vec![
        Refusal::LastOwner { organization },
        Refusal::OwnerMustTransfer { organization },
        Refusal::LastOwnedOrganization,
        Refusal::RoleNotYours { role: role.clone(), locked: None, who: who.clone() },
        Refusal::RoleNotTakable { role: role.clone(), who },
        Refusal::RoleUnknown { role: "chief".to_owned(), known: vec![role.clone(), RoleKey::new("member")] },
        Refusal::RolesDontMix { roles: vec![role.clone(), RoleKey::new("member")] },
        Refusal::InvitationRoleFixed,
        Refusal::InvitationRoleRequired { offered: vec![role.clone(), RoleKey::new("member")] },
        Refusal::InvitationWayClosed { way: "handle" },
        Refusal::AlreadyMember,
        Refusal::MemberSuspended,
        Refusal::NotAMember,
        Refusal::InvitationExpired { invitation: id, at },
        Refusal::InvitationRevoked { invitation: id },
        Refusal::InvitationAccepted { invitation: id },
        Refusal::InvitationDeclined { invitation: id },
        Refusal::InvitationForSomeoneElse,
        Refusal::InviterLostRight { role: Some(role) },
        Refusal::ReminderTooSoon { next_at: at },
        Refusal::RemindersUsedUp { n: 5 },
        Refusal::SuspendSelf,
        Refusal::TransferToSelf,
        Refusal::TransferToNonMember,
        Refusal::SlugTaken { slug: "northwind".to_owned() },
        Refusal::HandleTaken { handle: "ann".to_owned() },
        Refusal::AddressTaken,
        Refusal::IdentityTaken,
        Refusal::ExternalIdTaken { external_id: "crm-17".to_owned() },
        Refusal::LastSignInMethod,
        Refusal::SoleOwnerOf { organizations: vec![organization] },
        Refusal::AccountBarred,
        Refusal::OrganizationDeleted,
        Refusal::LimitReached { what: "rows in one request", at_most: 10_000 },
        Refusal::ChangedMeanwhile { revision: 7 },
        Refusal::PlanLacks { feature: "sso".to_owned(), unlock: "Choose the plan Business".to_owned() },
        Refusal::NoSeat { seats: 25 },
    ]
}
