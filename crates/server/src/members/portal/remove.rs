//! Removal: what ends, with numbers; what passes to whom; then out at once.

use super::rows;
use crate::{
    Failure,
    http::{Form, Path, Query},
    members::{self, InvitationLine, RemovalPreview, SentInvitations},
    portal::{
        flash::Flash,
        inside::Inside,
        text,
        view::{Action, Choice, Fact, How, Look, Notice, Panel, Tone, Width, people::RemovePage},
    },
};
use axum::{http::StatusCode, response::Response};
use guildhall_core::{Operation, UserId};
use guildhall_store::{MemberRow, MemberStatus};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    revision: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    offers: Vec<String>,
}

const TAKE_OVER: &str = "take_over";

pub(super) async fn ask(inside: Inside, Path((_, user)): Path<(String, UserId)>) -> Result<Response, Failure> {
    if user == inside.visit.id() {
        return Ok(inside.visit.go(&inside.at("leave")));
    }
    inside.needs(Operation::MemberRemove)?;
    let row = members::find(inside.app(), &inside.visit.who, inside.id(), user).await?.row;
    panel(&inside, user, &row, None, StatusCode::OK).await
}

async fn panel(inside: &Inside, user: UserId, row: &MemberRow, refused: Option<Notice>, status: StatusCode) -> Result<Response, Failure> {
    let preview = members::removal_preview(inside.app(), &inside.visit.who, inside.id(), user).await;
    let (preview, refused, status) = match preview {
        Ok(preview) => (Some(preview), refused, status),
        Err(failure) => {
            let (status, notice) = inside.refused(failure)?;
            (None, Some(notice), status)
        }
    };
    let (name, words) = (rows::name_of(row), &inside.model().words);
    let action = inside.at(&format!("people/{user}/remove"));
    let verb = words.get("remove_confirm");
    let panel = Panel {
        title: format!("{verb} {name} from {}?", inside.name()),
        intro: Some(format!(
            "{} loses access at once. Their account and their other {}s stay.",
            text::short(&name),
            words.get("organization")
        )),
        width: Width::Narrow,
        action: text::with_query(&action, &[("revision", &row.revision.to_string())]),
        cancel: inside.people(),
        submit: preview.is_some().then(|| format!("{verb} {}", text::short(&name))),
        destroys: true,
        refused,
        typed: None,
    };
    let suspend = preview.is_some() && inside.may(Operation::MemberSuspend) && row.status == MemberStatus::Joined;
    let instead =
        Action { look: Look::Quiet, ..Action::new("Suspend instead", How::Dialog, &inside.at(&format!("people/{user}/suspend"))) };
    let preview = preview.unwrap_or_default();
    let view = RemovePage {
        page: inside.page(words.get("remove")),
        shell: inside.shell("people"),
        panel,
        ends: ends(inside, row, &preview),
        passes: passes(inside, &preview.sent),
        offers: offers(inside, &preview.sent),
        instead: suspend.then_some(instead),
    };
    inside.visit.show_as(status, &view)
}

fn ends(inside: &Inside, row: &MemberRow, preview: &RemovalPreview) -> Vec<Fact> {
    let fact = |label: &str, value: String| Fact { label: label.to_owned(), value };
    let n = |n: usize| text::grouped(u64::try_from(n).unwrap_or(u64::MAX));
    let below = preview.places.len().saturating_sub(1);
    let mut ends = vec![fact("Role", text::roles(inside.model(), &row.roles))];
    if below > 0 {
        ends.push(fact(&format!("{}s below that they leave too", text::capital(inside.model().words.get("sub_organization"))), n(below)));
    }
    ends.push(fact("Invitations they sent that still wait", n(preview.sent.len())));
    if !preview.received.is_empty() {
        ends.push(fact("Invitations to them that still wait", n(preview.received.len())));
    }
    ends.push(fact("Sessions that lose access", text::grouped(preview.n_sessions)));
    ends
}

/// Whom the waiting invitations were for, so that nobody is withdrawn unseen.
pub(super) fn passes(inside: &Inside, sent: &[InvitationLine]) -> Vec<Notice> {
    if sent.is_empty() {
        return Vec::new();
    }
    let shown: Vec<String> = sent.iter().take(5).map(|line| line.to.clone()).collect();
    let more = sent.len() - shown.len();
    let list = if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { text::and(&shown) };
    let unless = if inside.may(Operation::InvitationCreate) { ", unless you take them over" } else { "" };
    vec![Notice::new(Tone::Neutral, &format!("They invited {list}. Those invitations are withdrawn{unless}."))]
}

pub(super) fn offers(inside: &Inside, sent: &[InvitationLine]) -> Vec<Choice> {
    if sent.is_empty() || !inside.may(Operation::InvitationCreate) {
        return Vec::new();
    }
    let n = text::count(u64::try_from(sent.len()).unwrap_or(u64::MAX), "invitation", "invitations");
    vec![Choice {
        value: TAKE_OVER.to_owned(),
        title: format!("Take over {n} as my own"),
        help: Some("What you may not give yourself is withdrawn.".to_owned()),
        chosen: false,
        locked: None,
    }]
}

/// What becomes of the invitations they sent, by the offers that were taken.
pub(super) fn sent_invitations(offers: &[String]) -> SentInvitations {
    if offers.iter().any(|offer| offer == TAKE_OVER) { SentInvitations::TakeOver } else { SentInvitations::Withdraw }
}

pub(super) async fn remove(
    inside: Inside,
    Path((_, user)): Path<(String, UserId)>,
    Query(asked): Query<Asked>,
    Form(sent): Form<Sent>,
) -> Result<Response, Failure> {
    let row = members::find(inside.app(), &inside.visit.who, inside.id(), user).await?.row;
    let invitations = sent_invitations(&sent.offers);
    match members::remove(inside.app(), &inside.visit.who, inside.id(), user, invitations, asked.revision).await {
        Ok(_) => {
            let said = Flash::told(format!("{} no longer has access to {}.", rows::name_of(&row), inside.name()));
            inside.visit.go_saying(&inside.people(), &said)
        }
        Err(failure) => {
            let (status, notice) = inside.refused(failure)?;
            panel(&inside, user, &row, Some(notice), status).await
        }
    }
}
