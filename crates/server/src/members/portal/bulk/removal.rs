//! What a removal of several ends, with numbers, before anybody decides on it (L-4).

use super::{Asked, Batch, STEP, Whom, hidden, n_people, panel};
use crate::{
    Failure,
    http::problem::words,
    members::{self, InvitationLine, RemovalPreview},
    portal::{
        inside::Inside,
        refused, text,
        view::{Choice, Fact, people::BulkPage},
    },
};
use axum::response::Response;
use std::collections::{BTreeMap, BTreeSet};

/// What ends with all of them together.
#[derive(Default)]
struct Sum {
    n_members: usize,
    n_invitations: usize,
    n_below: usize,
    n_sessions: u64,
    /// Each once, without those that are taken back themselves.
    sent: Vec<InvitationLine>,
    /// Why somebody can't be removed, by their id.
    locked: BTreeMap<String, String>,
    gone: BTreeSet<String>,
}

impl Sum {
    async fn of(inside: &Inside, batch: &Batch) -> Result<Self, Failure> {
        let mut sum = Self::default();
        let mut n_to_step_up = 0;
        let mut seen: BTreeSet<_> = batch.people.iter().filter_map(|(whom, _)| whom.invitation()).collect();
        sum.n_invitations = seen.len();
        for user in batch.people.iter().filter_map(|(whom, _)| whom.member()) {
            match members::removal_preview(inside.app(), &inside.visit.who, inside.id(), user).await {
                Ok(preview) => {
                    let RemovalPreview { places, sent, received, n_sessions, revision: _ } = preview;
                    sum.n_members += 1;
                    sum.n_below += places.len().saturating_sub(1);
                    sum.n_sessions += n_sessions;
                    sum.n_invitations += received.iter().filter(|line| seen.insert(line.id)).count();
                    sum.sent.extend(sent.into_iter().filter(|line| seen.insert(line.id)));
                }
                Err(Failure::NotFound) => {
                    sum.gone.insert(user.to_string());
                }
                Err(Failure::StepUp) => {
                    n_to_step_up += 1;
                    let said = words(&Failure::StepUp, inside.model());
                    sum.locked.insert(user.to_string(), format!("{} {}", said.detail, said.remedy));
                }
                Err(failure) => {
                    sum.locked.insert(user.to_string(), refused::in_place(inside.model(), failure)?);
                }
            }
        }
        // As where it is done: one owner among others keeps nobody from removing the others.
        if n_to_step_up == batch.people.len() { Err(Failure::StepUp) } else { Ok(sum) }
    }
    fn ends(&self, inside: &Inside) -> Vec<Fact> {
        let n = |n: usize| text::grouped(u64::try_from(n).unwrap_or(u64::MAX));
        let below = format!("{}s below that they leave too", text::capital(inside.model().words.get("sub_organization")));
        let facts = [
            ("People who lose access", Some(n(self.n_members))),
            (below.as_str(), (self.n_below > 0).then(|| n(self.n_below))),
            ("Invitations that are taken back", (self.n_invitations > 0).then(|| n(self.n_invitations))),
            ("Invitations they sent that still wait", Some(n(self.sent.len()))),
            ("Sessions that lose access", Some(text::grouped(self.n_sessions))),
        ];
        let fact = |(label, value): (&str, Option<String>)| Some(Fact { label: label.to_owned(), value: value? });
        facts.into_iter().filter_map(fact).collect()
    }
}

pub(super) async fn ask(inside: &Inside, asked: &Asked, mut batch: Batch, back: &str) -> Result<Response, Failure> {
    let sum = Sum::of(inside, &batch).await?;
    batch.people.retain(|(whom, _)| !sum.gone.contains(&whom.id()));
    let verb = inside.model().words.get("remove_confirm");
    let line = |(whom, name): &(Whom, String)| {
        let locked = sum.locked.get(&whom.id()).cloned();
        Choice { value: whom.id(), title: name.clone(), help: None, chosen: locked.is_none(), locked }
    };
    let people: Vec<Choice> = if batch.next.is_some() { Vec::new() } else { batch.people.iter().map(line).collect() };
    let nobody = batch.people.len() == sum.locked.len();
    if !nobody {
        batch.people.retain(|(whom, _)| !sum.locked.contains_key(&whom.id()));
    }
    let n = n_people(inside, asked, &batch).await?;
    // Who is listed can be left out again.
    let mut hidden = hidden("remove", &batch);
    hidden.retain(|(name, _)| name != "who");
    let submit = (!nobody).then(|| format!("{verb} {n}"));
    let mut panel = panel(inside, asked, format!("{verb} {n} from {}?", inside.name()), submit, back);
    panel.destroys = true;
    let steps = batch.next.is_some().then(|| format!(" It goes step by step, {STEP} at a time; the numbers here are of the first {STEP}."));
    panel.intro = Some(format!("Members lose access at once; invitations that still wait are taken back.{}", steps.unwrap_or_default()));
    let view = BulkPage {
        page: inside.page(inside.model().words.get("remove")),
        shell: inside.shell("people"),
        panel,
        hidden,
        ends: sum.ends(inside),
        passes: super::remove::passes(inside, &sum.sent),
        offers: super::remove::offers(inside, &sum.sent),
        people,
        roles: None,
    };
    inside.visit.show(&view)
}
