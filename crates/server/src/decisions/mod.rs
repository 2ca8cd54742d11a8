//! Decisions: may this subject do this here? Answered from memory, in the shape of AuthZEN's evaluations.

pub mod api;

use crate::{App, Failure, place::Ground};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use guildhall_access::snapshot::{Owns, Step};
use guildhall_core::{Denied, OrganizationId, Permit, Principal, ScopeId, ScopeKind, Timestamp, UserId, WorkspaceId, op};
use guildhall_store::TenantView;
use std::collections::{HashMap, HashSet};

/// Most questions in one request.
pub const MOST: usize = 1_000;
/// Organizations that one request looks up at a time.
const AT_A_TIME: usize = 16;

/// One question, read from a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub subject: UserId,
    /// A permission's id in the model.
    pub action: String,
    pub resource: Resource,
    /// Whose the thing is that is asked about, where it is somebody's.
    pub owner: Option<UserId>,
}

/// Where it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    Organization(OrganizationId),
    /// A workspace is found within its organization.
    Workspace(WorkspaceId, OrganizationId),
}

impl Resource {
    fn organization(self) -> OrganizationId {
        match self {
            Self::Organization(id) | Self::Workspace(_, id) => id,
        }
    }
    fn scope(self) -> ScopeId {
        match self {
            Self::Organization(id) => id.scope(),
            Self::Workspace(id, _) => id.scope(),
        }
    }
    fn kind(self) -> ScopeKind {
        match self {
            Self::Organization(_) => ScopeKind::Organization,
            Self::Workspace(..) => ScopeKind::Workspace,
        }
    }
}

/// Whether the path is asked for too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    Answer,
    Path,
}

/// The answer to one question. What isn't visible to who asks is denied, like what doesn't exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub allowed: bool,
    /// The tenant's revision it is about; `None` where who asks sees nothing there.
    pub revision: Option<u64>,
    /// Until when it holds, if nothing changes; `None`: for ever.
    pub valid_until: Option<Timestamp>,
    /// Where allowed and asked for: one path from an assignment to the permission.
    pub path: Option<Vec<Step>>,
}

impl Answer {
    const DENIED: Self = Self { allowed: false, revision: None, valid_until: None, path: None };
}

/// Answers every question, in order. A person asks about themselves only; a key with the scope `decide` about anyone
/// in its tenant. Asks no database where the tenants are loaded.
pub async fn decide(app: &App, who: &Principal, questions: &[Question], want: Want) -> Result<Vec<Answer>, Failure> {
    if let Some(user) = who.user() {
        if app.store().is_barred(user) {
            return Err(Failure::NotSignedIn);
        }
        if questions.iter().any(|question| question.subject != user) {
            let who_could = vec!["a service key with the scope `decide`".to_owned()];
            return Err(Failure::NotAllowed { what: "decide about somebody else".to_owned(), who_could });
        }
    }
    let views = views_of(app, questions).await?;
    let decided = |question: &Question| match views.get(&question.resource.organization()) {
        Some(view) => answer(app, who, view, question, want),
        None => Ok(Answer::DENIED),
    };
    questions.iter().map(decided).collect()
}

/// Each organization that is asked about, once; several at a time, because each that isn't loaded, or isn't there, asks the database.
async fn views_of(app: &App, questions: &[Question]) -> Result<HashMap<OrganizationId, TenantView>, Failure> {
    let organizations: HashSet<OrganizationId> = questions.iter().map(|question| question.resource.organization()).collect();
    let looked_up = organizations.into_iter().map(async |id| Ok::<_, Failure>(view_of(app, id).await?.map(|view| (id, view))));
    let found: Vec<_> = stream::iter(looked_up).buffer_unordered(AT_A_TIME).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

async fn view_of(app: &App, organization: OrganizationId) -> Result<Option<TenantView>, Failure> {
    match crate::place::ground(app, organization).await {
        Ok(Ground { view, .. }) => Ok(Some(view)),
        Err(Failure::NotFound) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn answer(app: &App, who: &Principal, view: &TenantView, question: &Question, want: Want) -> Result<Answer, Failure> {
    let (sight, scope) = (view.sight(app.store()), question.resource.scope());
    let permit: Permit<op::Decide> = match sight.permit(who, scope) {
        Ok(permit) => permit,
        Err(Denied::NotVisible | Denied::Barred) => return Ok(Answer::DENIED),
        Err(denied @ (Denied::NotAllowed { .. } | Denied::KeyLacks { .. })) => return Err(denied.into()),
    };
    let snapshot = &view.tenant.snapshot;
    let (subject, now) = (question.subject.subject(), sight.now.0);
    let is_there = snapshot.scope(scope).is_some_and(|fact| fact.kind == question.resource.kind());
    let owns = if question.owner == Some(question.subject) { Owns::Yes } else { Owns::No };
    let barred = app.store().is_barred(question.subject);
    let mut answer = Answer {
        revision: Some(permit.revision()),
        valid_until: snapshot.valid_until(now).map(Timestamp),
        path: (want == Want::Path).then(Vec::new),
        ..Answer::DENIED
    };
    if !is_there || barred {
        return Ok(answer);
    }
    match want {
        Want::Answer => answer.allowed = snapshot.allowed_own(subject, &question.action, scope, owns, now),
        Want::Path => {
            let decision = snapshot.explain_own(subject, &question.action, scope, owns, now);
            answer.allowed = decision.allowed;
            answer.path = Some(decision.path);
        }
    }
    Ok(answer)
}
