//! A role changed: by menu, by edit and save, or by module, with the model's confirmation.

use super::rows::{self, Maker};
use crate::{
    Failure,
    http::{Form, Path, Query},
    members,
    portal::{
        flash::Flash,
        inside::Inside,
        refused, text,
        view::{
            Choice, Fact, Icon, Link, NavEntry, Notice, Panel, Tone, Width,
            people::{Conflict, ManageRolesPage, Module, RoleChoice, RoleConfirmPage, RoleEditPage},
        },
    },
    refusals::role_title,
    roles,
};
use axum::{http::StatusCode, response::Response};
use guildhall_access::model::RoleChangeWay;
use guildhall_core::{Change, Model, Operation, Refusal, RoleKey, TenantChange, UserId};
use guildhall_store::MemberRow;
use serde::Deserialize;

/// Most lines of "Can then" and "Can no longer".
const MOST_LINES: usize = 8;

/// A role chosen in the address, and what the reader had seen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    role: String,
    roles: String,
    revision: Option<u64>,
}

/// What the form sends: pairs, because each module has a field of its own.
type Pairs = Vec<(String, String)>;

fn first<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The roles that a form chose: one, or one or more of each module; the top role stands alone.
fn chosen(pairs: &Pairs) -> Vec<RoleKey> {
    let named = |name: &str| name == "role" || name == "owner" || name.starts_with("role[");
    let all: Vec<RoleKey> =
        pairs.iter().filter(|(name, value)| named(name) && !value.is_empty()).map(|(_, value)| RoleKey::new(value)).collect();
    match pairs.iter().find(|(name, _)| name == "owner") {
        Some((_, top)) => vec![RoleKey::new(top)],
        None => all,
    }
}

/// The dialog of the model's way; with a role in the address, its confirmation.
pub(super) async fn ask(inside: Inside, Path((_, user)): Path<(String, UserId)>, Query(asked): Query<Chosen>) -> Result<Response, Failure> {
    inside.needs(Operation::MemberChangeRoles)?;
    let row = member(&inside, user).await?;
    if !asked.role.is_empty() {
        let to = vec![RoleKey::new(&asked.role)];
        return confirm(&inside, user, &row, &to, None, StatusCode::OK).await;
    }
    dialog(&inside, user, &row, &row.roles, None, StatusCode::OK).await
}

async fn member(inside: &Inside, user: UserId) -> Result<MemberRow, Failure> {
    Ok(members::find(inside.app(), &inside.visit.who, inside.id(), user).await?.row)
}

fn href(inside: &Inside, user: UserId, pairs: &[(&str, &str)]) -> String {
    text::with_query(&inside.at(&format!("people/{user}/roles")), pairs)
}

fn panel(inside: &Inside, user: UserId, row: &MemberRow, title: String, submit: &str, width: Width) -> Panel {
    Panel {
        title,
        intro: None,
        width,
        action: href(inside, user, &[("revision", &row.revision.to_string())]),
        cancel: inside.people(),
        submit: Some(submit.to_owned()),
        destroys: false,
        refused: None,
        typed: None,
    }
}

async fn dialog(
    inside: &Inside,
    user: UserId,
    row: &MemberRow,
    held: &[RoleKey],
    refused: Option<Notice>,
    status: StatusCode,
) -> Result<Response, Failure> {
    if rows::has_modules(inside.model()) || inside.model().pages.people.role_change.contains(&RoleChangeWay::Dialog) {
        return manage(inside, user, row, held, refused, status).await;
    }
    let words = &inside.model().words;
    let maker = Maker::new(inside).await?;
    let offers = roles::may_give(inside.app(), &inside.visit.who, inside.id()).await?;
    let title = format!("{} {}", words.get("edit"), rows::name_of(row));
    let panel = Panel { refused, ..panel(inside, user, row, title, words.get("save"), Width::Narrow) };
    let view = RoleEditPage {
        page: inside.page(words.get("edit")),
        shell: inside.shell("people"),
        panel,
        person: maker.person(row, &user.to_string()),
        roles: RoleChoice { label: words.get("role_field").to_owned(), options: rows::options(inside.model(), &offers, held), error: None },
    };
    inside.visit.show_as(status, &view)
}

/// "Manage Roles": the organization left, the roles of every module right.
async fn manage(
    inside: &Inside,
    user: UserId,
    row: &MemberRow,
    held: &[RoleKey],
    refused: Option<Notice>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let model = inside.model();
    let offers = roles::may_give(inside.app(), &inside.visit.who, inside.id()).await?;
    let choice = |offer: &roles::Offer| {
        let title = model.role(&offer.role).map_or_else(|| offer.title.clone(), |role| role.title.clone());
        let is_held = held.contains(&offer.role);
        let locked = offer.locked.as_ref().filter(|_| !is_held).map(|refusal| refused::locked(model, refusal));
        let help = Some(offer.description.clone()).filter(|it| !it.is_empty());
        Choice { value: offer.role.to_string(), title, help, chosen: is_held, locked }
    };
    let module = |module: &guildhall_access::model::Module| Module {
        key: module.key.clone(),
        title: module.title.clone(),
        roles: offers.iter().filter(|offer| offer.module.as_ref() == Some(&module.key)).map(choice).collect(),
        inherited: None,
    };
    let title = model.words.get("manage_roles");
    let maker = Maker::new(inside).await?;
    let here =
        NavEntry { label: inside.name().to_owned(), href: href(inside, user, &[]), icon: Icon::Organization, current: true, locked: false };
    let reference = inside.may(Operation::RoleView).then(|| Link::new("What each role may do", &inside.at("roles")));
    let view = ManageRolesPage {
        page: inside.page(title),
        shell: inside.shell("people"),
        panel: Panel { refused, ..panel(inside, user, row, title.to_owned(), "Save roles", Width::Full) },
        person: maker.person(row, &user.to_string()),
        scopes: vec![here],
        owner: offers.iter().find(|offer| offer.role == model.organization.top_role).map(choice),
        modules: model.modules.iter().map(module).collect(),
        reference,
        notice: own_step(inside, user).map(|text| Notice::new(Tone::Warn, &text)),
    };
    inside.visit.show_as(status, &view)
}

fn own_step(inside: &Inside, user: UserId) -> Option<String> {
    (user == inside.visit.id()).then(|| "These are your own roles. What you give up, only somebody else can give you back.".to_owned())
}

/// "Make Chloé Martin Admin?", with what they gain and lose.
async fn confirm(
    inside: &Inside,
    user: UserId,
    row: &MemberRow,
    to: &[RoleKey],
    refused: Option<Notice>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let view = confirm_view(inside, user, row, to, refused).await?;
    inside.visit.show_as(status, &view)
}

async fn confirm_view(
    inside: &Inside,
    user: UserId,
    row: &MemberRow,
    to: &[RoleKey],
    refused: Option<Notice>,
) -> Result<RoleConfirmPage, Failure> {
    let model = inside.model();
    let (name, role) = (rows::name_of(row), text::roles(model, to));
    let is_me = user == inside.visit.id();
    let title = if is_me { format!("Change your own role to {role}?") } else { format!("Change the role of {name} to {role}?") };
    // What can't be given is said before anybody tries.
    let locked = inside.could_take(&row.roles).and_then(|()| inside.could_give(to)).err();
    let refused = refused.or_else(|| locked.as_ref().map(|refusal| Notice::new(Tone::Bad, &refused::locked(model, refusal))));
    let submit = refused.is_none().then(|| model.words.get("role_confirm").to_owned());
    let (gains, losses) = differences(inside, &row.roles, to).await?;
    let notice = own_step(inside, user).filter(|_| inside.could_give(&row.roles).is_err() || !losses.is_empty());
    let maker = Maker::new(inside).await?;
    Ok(RoleConfirmPage {
        page: inside.page("Change role"),
        shell: inside.shell("people"),
        panel: Panel { submit, refused, ..panel(inside, user, row, title, "", Width::Narrow) },
        person: maker.person(row, &user.to_string()),
        roles: to.iter().map(ToString::to_string).collect(),
        from: text::roles(model, &row.roles),
        to: role,
        gains,
        losses,
        notice: notice.map(|text| Notice::new(Tone::Warn, &text)),
        conflict: None,
    })
}

/// Titles of permissions that come and go with the roles, by the organization's own table.
async fn differences(inside: &Inside, from: &[RoleKey], to: &[RoleKey]) -> Result<(Vec<String>, Vec<String>), Failure> {
    let lines = match roles::reference(inside.app(), &inside.visit.who, inside.id()).await {
        Ok(lines) => lines,
        Err(Failure::NotAllowed { .. }) => return Ok((Vec::new(), Vec::new())),
        Err(failure) => return Err(failure),
    };
    let of = |held: &[RoleKey]| -> Vec<_> {
        lines.iter().filter(|line| held.contains(&line.role)).flat_map(|line| line.permissions.clone()).collect()
    };
    let (before, after) = (of(from), of(to));
    let titles = |some: &[guildhall_access::PermissionKey], but: &[guildhall_access::PermissionKey]| {
        let all: Vec<&str> = some
            .iter()
            .filter(|key| !but.contains(key))
            .filter_map(|key| inside.model().permission(key))
            .map(|it| it.title.as_str())
            .collect();
        let mut lines: Vec<String> = all.iter().take(MOST_LINES).map(ToString::to_string).collect();
        if all.len() > MOST_LINES {
            lines.push(format!("and {} more", all.len() - MOST_LINES));
        }
        lines
    };
    Ok((titles(&after, &before), titles(&before, &after)))
}

pub(super) async fn change(
    inside: Inside,
    Path((_, user)): Path<(String, UserId)>,
    Query(asked): Query<Chosen>,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Failure> {
    let to = chosen(&pairs);
    let row = member(&inside, user).await?;
    if first(&pairs, "keep") == Some("theirs") || to == row.roles {
        // Nothing changes; who may not change roles is told so all the same, as by the API (L-32).
        inside.needs(Operation::MemberChangeRoles)?;
        return Ok(inside.visit.go(&inside.people()));
    }
    let from_menu = inside.model().pages.people.role_change.contains(&RoleChangeWay::Menu);
    let asks = from_menu && (inside.model().pages.people.role_confirm || user == inside.visit.id());
    if asks && first(&pairs, "confirmed").is_none() {
        return confirm(&inside, user, &row, &to, None, StatusCode::OK).await;
    }
    let expected = if first(&pairs, "keep") == Some("mine") { Some(row.revision) } else { asked.revision };
    match members::change_roles(inside.app(), &inside.visit.who, inside.id(), user, to.clone(), expected).await {
        Ok(written) => changed(&inside, user, &row, &to, written.revision),
        Err(Failure::Refused(Refusal::ChangedMeanwhile { .. })) => conflict(&inside, user, &to).await,
        Err(failure) => {
            let (status, notice) = inside.refused(failure)?;
            if asks {
                return confirm(&inside, user, &row, &to, Some(notice), status).await;
            }
            if from_menu && !rows::has_modules(inside.model()) {
                return inside.visit.go_saying(&inside.people(), &Flash::refused(notice.text));
            }
            dialog(&inside, user, &row, &to, Some(notice), status).await
        }
    }
}

fn changed(inside: &Inside, user: UserId, row: &MemberRow, to: &[RoleKey], revision: u64) -> Result<Response, Failure> {
    let model = inside.model();
    let name = if user == inside.visit.id() { "Your role".to_owned() } else { rows::name_of(row) };
    let mut flash = Flash::told(format!("{name}: {}, was {}.", text::roles(model, to), text::roles(model, &row.roles)));
    if user != inside.visit.id() && inside.could_take(to).is_ok() && inside.could_give(&row.roles).is_ok() {
        let before: Vec<String> = row.roles.iter().map(ToString::to_string).collect();
        let pairs = [("roles", before.join(" ")), ("revision", revision.to_string())];
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        flash = flash.undo(text::with_query(&inside.at(&format!("people/{user}/roles/undo")), &pairs));
    }
    inside.visit.go_saying(&inside.people(), &flash)
}

/// Both values, and the choice between them.
async fn conflict(inside: &Inside, user: UserId, to: &[RoleKey]) -> Result<Response, Failure> {
    let found = members::find(inside.app(), &inside.visit.who, inside.id(), user).await?;
    let row = &found.row;
    // Whatever moved it: a suspension isn't blamed on who changed the role before.
    let last = found.changes.iter().find(|change| change.revision == row.revision);
    let change = last.map(|last| &last.change);
    let (did, chose) = if matches!(change, Some(Change::Tenant(TenantChange::MembershipSuspended { .. }))) {
        ("suspended this membership", false)
    } else if matches!(change, Some(Change::Tenant(TenantChange::MembershipReinstated { .. }))) {
        ("reinstated this membership", false)
    } else {
        ("changed this", true)
    };
    let (by, said) = inside.changed_by(last, did).await?;
    let mut view = confirm_view(inside, user, row, to, None).await?;
    view.conflict = Some(both(inside.model(), said, by.as_deref().filter(|_| chose), &row.roles, to));
    view.panel.submit = None;
    view.panel.refused = None;
    view.notice = None;
    inside.visit.show_as(StatusCode::CONFLICT, &view)
}

/// Roles of modules are counted, and two counts may read the same: then it is named what only one of them chose.
fn both(model: &Model, text: String, by: Option<&str>, theirs: &[RoleKey], mine: &[RoleKey]) -> Conflict {
    let fact = |label: String, value: String| Fact { label, value };
    let (is, chosen) = (text::roles(model, theirs), text::roles(model, mine));
    if is != chosen {
        return Conflict {
            text,
            theirs: fact(by.map_or_else(|| "It is now".to_owned(), |by| format!("{by} chose")), is.clone()),
            mine: fact("You chose".to_owned(), chosen.clone()),
            keep_theirs: format!("Keep {is}"),
            use_mine: format!("Use {chosen}"),
        };
    }
    let only = |of: &[RoleKey], but: &[RoleKey]| {
        let roles = of.iter().filter(|role| !but.contains(role)).filter_map(|role| model.role(role));
        let titles: Vec<String> = roles.map(|role| model.full_title(role)).collect();
        if titles.is_empty() { model.words.get("none").to_owned() } else { text::and(&titles) }
    };
    Conflict {
        text,
        theirs: fact(by.map_or_else(|| "Only now".to_owned(), |by| format!("Only {by} chose")), only(theirs, mine)),
        mine: fact("Only you chose".to_owned(), only(mine, theirs)),
        keep_theirs: "Keep theirs".to_owned(),
        use_mine: "Use mine".to_owned(),
    }
}

/// Gives back what was held before, while nobody changed it since.
pub(super) async fn undo(
    inside: Inside,
    Path((_, user)): Path<(String, UserId)>,
    Query(asked): Query<Chosen>,
    Form(_): Form<Pairs>,
) -> Result<Response, Failure> {
    let to: Vec<RoleKey> = asked.roles.split_whitespace().map(RoleKey::new).collect();
    let done = members::change_roles(inside.app(), &inside.visit.who, inside.id(), user, to.clone(), asked.revision).await;
    match done {
        Ok(_) => inside.visit.go_saying(&inside.people(), &Flash::told(format!("Undone: {} again.", role_names(inside.model(), &to)))),
        Err(failure) => inside.visit.go_refused(&inside.people(), failure),
    }
}

fn role_names(model: &Model, roles: &[RoleKey]) -> String {
    match roles {
        [one] => role_title(model, one),
        several => text::roles(model, several),
    }
}
