//! A row of the people page: what it shows, and what may be done from it, by the model's ways.

use crate::{
    Failure,
    mail::{render, worker},
    portal::{
        inside::Inside,
        refused, text,
        view::{Action, Dated, How, Icon, Link, Look, Person, Pill, RoleCell, RoleMenu, RoleOption, Tone, Why, people::PersonRow},
    },
    roles::{self, Offer},
};
use guildhall_access::model::{RemoveWay, ResendWay, RoleChangeWay};
use guildhall_core::{InvitationId, Model, Operation, RoleKey, UserId};
use guildhall_store::{Delivery, MemberRow, MemberStatus};

/// Statuses by their key, which is their word in the model too.
pub(crate) const STATUSES: &[(&str, MemberStatus)] = &[
    ("joined", MemberStatus::Joined),
    ("invited", MemberStatus::Invited),
    ("expired", MemberStatus::Expired),
    ("suspended", MemberStatus::Suspended),
    ("declined", MemberStatus::Declined),
];

/// Whether a row has just been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    New,
    Known,
}

/// Whether roles are chosen per module.
pub(crate) fn has_modules(model: &Model) -> bool {
    !model.modules.is_empty()
}

/// What a member or an invitation is called in sentences.
pub(crate) fn name_of(row: &MemberRow) -> String {
    text::called(row.name.as_deref(), row.handle.as_deref(), row.address.as_deref())
}

/// How a status is shown.
pub(crate) fn pill(model: &Model, status: MemberStatus) -> Pill {
    let key = STATUSES.iter().find(|(_, known)| *known == status).map_or("joined", |(key, _)| *key);
    let tone = match status {
        MemberStatus::Joined => Tone::Plain,
        MemberStatus::Suspended | MemberStatus::Declined => Tone::Neutral,
        MemberStatus::Invited => Tone::Warn,
        MemberStatus::Expired => Tone::Bad,
    };
    Pill::new(tone, model.words.get(key))
}

/// What a pending invitation has that somebody must see to, and why.
fn pending(model: &Model, row: &MemberRow) -> Option<Pill> {
    let (id, words) = (row.invitation.filter(|_| row.status == MemberStatus::Invited)?, &model.words);
    let again = words.get("invite_again");
    let (tone, word, text) = if row.needs_renewal {
        let text = format!("Who invited may no longer give this, so it can’t be accepted. “{again}” renews it.");
        (Tone::Warn, "Needs renewal", text)
    } else if let Some(Delivery::Failed { why }) = &row.delivery {
        let text = format!("{} “{}” or “{again}” sends another mail.", undelivered(why), words.get("resend"));
        (Tone::Bad, "Not delivered", text)
    } else {
        return None;
    };
    Some(Pill { why: Some(Why { id: format!("state-{id}"), text }), ..Pill::new(tone, word) })
}

/// Why a mail didn't leave, for who invited: what the server answered is theirs to know, how it is reached is not.
fn undelivered(why: &str) -> String {
    if let Some(answer) = ["permanent error (", "transient error ("].iter().find_map(|start| why.strip_prefix(start)) {
        return format!("The mail server refused it: {}.", answer.replacen("):", "", 1).trim_end_matches(['.', ' ']));
    }
    match why {
        render::UNWANTED | worker::TOO_MANY => text::sentence(why),
        _ => "It didn’t leave. Whoever runs this service sees why.".to_owned(),
    }
}

/// Makes rows for one reader.
pub(crate) struct Maker<'a> {
    inside: &'a Inside,
    offers: Vec<Offer>,
}

impl<'a> Maker<'a> {
    pub(crate) async fn new(inside: &'a Inside) -> Result<Self, Failure> {
        let offers = if inside.may(Operation::MemberChangeRoles) {
            roles::may_give(inside.app(), &inside.visit.who, inside.id()).await?
        } else {
            Vec::new()
        };
        Ok(Self { inside, offers })
    }

    pub(crate) fn row(&self, row: &MemberRow, age: Age) -> PersonRow {
        let model = self.inside.model();
        let (id, selectable, inline, menu) = match (row.member, row.invitation) {
            (Some(user), _) => {
                let (inline, menu) = self.of_member(user, row);
                let selectable = user != self.inside.visit.id() && self.inside.could_take(&row.roles).is_ok();
                (user.to_string(), selectable, inline, menu)
            }
            (None, Some(invitation)) => {
                let (inline, menu) = self.of_invitation(invitation, row);
                (invitation.to_string(), row.status != MemberStatus::Declined, inline, menu)
            }
            (None, None) => (String::new(), false, Vec::new(), Vec::new()),
        };
        PersonRow {
            person: self.person(row, &id),
            note: self.note(row),
            role: row.member.map_or_else(|| RoleCell::Plain(text::roles(model, &row.roles)), |user| self.role(user, row)),
            status: pending(model, row).unwrap_or_else(|| pill(model, row.status)),
            last_active: text::on_day(self.inside.visit.now(), row.last_active_at),
            selectable,
            inline,
            menu,
            fresh: age == Age::New,
            id,
        }
    }

    pub(crate) fn person(&self, row: &MemberRow, id: &str) -> Person {
        let name = name_of(row);
        let second = row.address.clone().filter(|address| *address != name);
        let second = second.or_else(|| row.handle.as_ref().map(|handle| format!("@{handle}")).filter(|it| *it != name));
        Person {
            avatar: text::avatar(id, &name),
            name,
            second: second.filter(|_| row.member.is_some()).unwrap_or_default(),
            you: row.member == Some(self.inside.visit.id()),
            href: row.member.map(|user| self.inside.at(&format!("people/{user}"))),
        }
    }

    /// "Invited by Ann Okafor", of who waits with " · expires 28 Nov".
    fn note(&self, row: &MemberRow) -> Dated {
        let by = invited_by(row);
        let pending = row.expires_at.filter(|_| row.member.is_none() && row.status != MemberStatus::Declined);
        let Some(at) = pending else { return by.unwrap_or_default().into() };
        let word = if row.status == MemberStatus::Expired { "expired" } else { "expires" };
        let before = by.map_or_else(|| text::capital(word), |by| format!("{by} · {word}"));
        Dated::new(before, text::on_date(self.inside.visit.now(), at))
    }

    /// The role's place: text, a padlock with its reason, or the model's way to change it.
    pub(crate) fn role(&self, user: UserId, row: &MemberRow) -> RoleCell {
        let (model, role) = (self.inside.model(), text::roles(self.inside.model(), &row.roles));
        if !self.inside.may(Operation::MemberChangeRoles) {
            return RoleCell::Plain(role);
        }
        if let Err(refusal) = self.inside.could_take(&row.roles) {
            let transfers = row.roles.contains(&model.organization.top_role) && self.inside.may(Operation::OwnershipTransfer);
            let instead = transfers.then(|| Link::new(model.words.get("transfer"), &self.inside.at("transfer")));
            return RoleCell::Locked { role, reason: refused::locked(model, &refusal), instead };
        }
        if model.pages.people.role_change.first() != Some(&RoleChangeWay::Menu) {
            return RoleCell::Plain(role);
        }
        let id = user.to_string();
        RoleCell::Menu(RoleMenu {
            label: format!("Role of {}", name_of(row)),
            role,
            action: self.change_href(user, row),
            // Giving up one's own role is asked about wherever it can be done.
            confirm: model.pages.people.role_confirm || user == self.inside.visit.id(),
            options: options(model, &self.offers, &row.roles),
            after: self.remove(user, row, Look::Danger).into_iter().filter(|_| self.removes(RemoveWay::RoleMenu)).collect(),
            id,
        })
    }

    fn change_href(&self, user: UserId, row: &MemberRow) -> String {
        text::with_query(&self.inside.at(&format!("people/{user}/roles")), &[("revision", &row.revision.to_string())])
    }

    fn removes(&self, way: RemoveWay) -> bool {
        self.inside.model().pages.people.remove.contains(&way)
    }

    /// Remove, or leave where it is oneself; none where they may not remove anybody.
    fn remove(&self, user: UserId, row: &MemberRow, look: Look) -> Option<Action> {
        let (words, name) = (&self.inside.model().words, name_of(row));
        if user == self.inside.visit.id() {
            let full = format!("{} {}", words.get("leave"), self.inside.name());
            let label = words.get("leave");
            return Some(Action {
                full_label: full,
                look,
                icon: Some(Icon::SignOut),
                ..Action::new(label, How::Dialog, &self.inside.at("leave"))
            });
        }
        if !self.inside.may(Operation::MemberRemove) {
            return None;
        }
        let label = words.get("remove");
        let locked = self.inside.could_take(&row.roles).err().map(|refusal| refused::locked(self.inside.model(), &refusal));
        let href = text::with_query(&self.inside.at(&format!("people/{user}/remove")), &[("revision", &row.revision.to_string())]);
        Some(Action {
            full_label: format!("{label} {name}"),
            icon: Some(Icon::Trash),
            look,
            locked,
            ..Action::new(label, How::Dialog, &href)
        })
    }

    /// Remove, or leave, as a button of the person's page.
    pub(crate) fn remove_action(&self, user: UserId, row: &MemberRow) -> Option<Action> {
        self.remove(user, row, Look::Danger)
    }

    /// What stands in the row, and behind the dots.
    fn of_member(&self, user: UserId, row: &MemberRow) -> (Vec<Action>, Vec<Action>) {
        let (model, name) = (self.inside.model(), name_of(row));
        let is_me = user == self.inside.visit.id();
        let mut inline = Vec::new();
        let editable = self.inside.may(Operation::MemberChangeRoles) && self.inside.could_take(&row.roles).is_ok();
        for way in model.pages.people.role_change.iter().filter(|_| editable) {
            let href = self.change_href(user, row);
            match way {
                RoleChangeWay::Menu => {}
                RoleChangeWay::Edit => inline.push(icon(model.words.get("edit"), &name, Icon::Pencil, How::Dialog, &href)),
                RoleChangeWay::Dialog => {
                    let label = model.words.get("manage_roles");
                    inline.push(Action { full_label: format!("{label} of {name}"), ..Action::new(label, How::Dialog, &href) });
                }
            }
        }
        if self.removes(RemoveWay::Button) {
            inline.extend(
                self.remove(user, row, Look::Plain).filter(|it| !is_me && it.locked.is_none()).map(|it| Action { icon: None, ..it }),
            );
        }
        if self.removes(RemoveWay::Trash) {
            inline.extend(self.remove(user, row, Look::IconOnly).filter(|it| it.locked.is_none()));
        }
        let mut menu =
            vec![Action { icon: Some(Icon::Person), ..Action::new("View person", How::Page, &self.inside.at(&format!("people/{user}"))) }];
        menu.extend(self.standing(user, row));
        menu.extend(self.remove(user, row, Look::Danger));
        (inline, menu)
    }

    /// Suspend, or reinstate.
    pub(crate) fn standing(&self, user: UserId, row: &MemberRow) -> Option<Action> {
        let free =
            self.inside.may(Operation::MemberSuspend) && user != self.inside.visit.id() && self.inside.could_take(&row.roles).is_ok();
        if !free {
            return None;
        }
        let (name, revision) = (name_of(row), row.revision.to_string());
        let at = |what: &str| text::with_query(&self.inside.at(&format!("people/{user}/{what}")), &[("revision", &revision)]);
        Some(match row.status {
            MemberStatus::Suspended => {
                let action = Action::new("Reinstate", How::Post, &at("reinstate"));
                Action { full_label: format!("Reinstate {name}"), icon: Some(Icon::Clock), ..action }
            }
            MemberStatus::Joined | MemberStatus::Invited | MemberStatus::Expired | MemberStatus::Declined => {
                let action = Action::new("Suspend", How::Dialog, &at("suspend"));
                Action { full_label: format!("Suspend {name}"), icon: Some(Icon::Lock), ..action }
            }
        })
    }

    fn of_invitation(&self, id: InvitationId, row: &MemberRow) -> (Vec<Action>, Vec<Action>) {
        let (model, name) = (self.inside.model(), name_of(row));
        let words = &model.words;
        let (mut inline, mut menu) = (Vec::new(), Vec::new());
        if self.inside.may(Operation::InvitationCreate) {
            if row.status == MemberStatus::Invited {
                let resend = self.resend(id, row);
                match model.pages.people.resend {
                    ResendWay::Bell => inline.push(Action { look: Look::IconOnly, ..resend.clone() }),
                    ResendWay::Text if !self.removes(RemoveWay::Menu) || self.removes(RemoveWay::Button) => {
                        inline.extend(Some(Action { icon: None, ..resend.clone() }).filter(|it| it.locked.is_none()));
                    }
                    ResendWay::Text => {}
                }
                menu.push(resend);
            }
            let to = row.address.clone().or_else(|| row.handle.as_ref().map(|handle| format!("@{handle}"))).unwrap_or_default();
            let role = row.roles.first().map(ToString::to_string).unwrap_or_default();
            let href = text::with_query(&self.inside.at("invite"), &[("to", &to), ("role", &role)]);
            let again = words.get("invite_again");
            menu.push(Action { full_label: format!("{again}: {name}"), icon: Some(Icon::Mail), ..Action::new(again, How::Dialog, &href) });
        }
        if self.inside.may(Operation::InvitationRevoke) && row.status != MemberStatus::Declined {
            let label = words.get("revoke");
            let href = text::with_query(&self.inside.at(&format!("invitations/{id}/revoke")), &[("revision", &row.revision.to_string())]);
            let revoke = Action {
                full_label: format!("{label}: {name}"),
                icon: Some(Icon::Trash),
                look: Look::Danger,
                ..Action::new(label, How::Dialog, &href)
            };
            if self.removes(RemoveWay::Trash) || (self.removes(RemoveWay::Button) && !self.removes(RemoveWay::Menu)) {
                inline.push(Action { look: Look::IconOnly, ..revoke.clone() });
            }
            menu.push(revoke);
        }
        (inline, menu)
    }

    fn resend(&self, id: InvitationId, row: &MemberRow) -> Action {
        let now = self.inside.visit.now();
        let label = self.inside.model().words.get("resend");
        let locked = match row.next_reminder_at {
            None => Some("No more reminders: use another way to reach them".to_owned()),
            Some(at) if at > now => {
                Some(format!("{} just now. Again in {}.", if row.reminders == 0 { "Invited" } else { "Reminded" }, text::until(now, at)))
            }
            Some(_) => None,
        };
        let href = self.inside.at(&format!("invitations/{id}/resend"));
        Action { full_label: format!("{label}: {}", name_of(row)), icon: Some(Icon::Bell), locked, ..Action::new(label, How::Post, &href) }
    }
}

fn invited_by(row: &MemberRow) -> Option<String> {
    row.invited_by.as_ref().map(|by| format!("Invited by {}", by.name.as_deref().unwrap_or("somebody")))
}

fn icon(label: &str, name: &str, icon: Icon, how: How, href: &str) -> Action {
    Action { full_label: format!("{label} {name}"), icon: Some(icon), look: Look::IconOnly, ..Action::new(label, how, href) }
}

/// The roles of a menu or a form: those one may not give stay listed, with who may.
pub(crate) fn options(model: &Model, offers: &[Offer], held: &[RoleKey]) -> Vec<RoleOption> {
    let option = |offer: &Offer| RoleOption {
        key: offer.role.to_string(),
        title: offer.title.clone(),
        description: offer.description.clone(),
        chosen: held.contains(&offer.role),
        locked: offer.locked.as_ref().filter(|_| !held.contains(&offer.role)).map(|refusal| refused::locked(model, refusal)),
    };
    offers.iter().map(option).collect()
}
