//! `/v1/decisions`: the shape of AuthZEN's access evaluation and evaluations APIs.

use super::{Answer as Decided, MOST, Question, Resource, Want};
use crate::{
    App, Failure, FieldError,
    api::{
        condition::{Answer, ok},
        schema,
        time::Time,
    },
    http::{Json, Who},
};
use axum::extract::State;
use guildhall_access::snapshot::Step;
use guildhall_core::{Model, OrganizationId, UserId};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(decide))
}

/// Who asks to do something.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Subject {
    /// `user`
    r#type: String,
    /// `usr_…`
    id: String,
    /// Not looked at.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    #[expect(dead_code, reason = "taken, since the standard has it")]
    properties: Option<serde_json::Map<String, serde_json::Value>>,
}

/// What they ask to do.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Action {
    /// A permission of the model: `members.view`.
    name: String,
    /// Not looked at.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    #[expect(dead_code, reason = "taken, since the standard has it")]
    properties: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Where they ask to do it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = Resource)]
#[serde(deny_unknown_fields)]
struct ResourceDto {
    /// `organization`, or `workspace` with `properties.organization`.
    r#type: String,
    /// `org_…`, or `wsp_…`
    id: String,
    #[serde(default)]
    properties: Option<ResourceProperties>,
}

/// More about the thing that is asked about.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResourceProperties {
    /// Whose it is, `usr_…`: permissions held for one's own things count for them.
    owner: Option<String>,
    /// The root organization that a workspace lies in.
    organization: Option<String>,
}

/// How to answer.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct DecisionOptions {
    /// Whether to say which roles led to it.
    path: bool,
}

/// One question, or several as `evaluations`: what one of them leaves out is taken from beside it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecisionRequest {
    subject: Option<Subject>,
    action: Option<Action>,
    resource: Option<ResourceDto>,
    /// Not looked at: access depends on nothing but what Guildhall keeps, and the moment.
    #[schema(value_type = Option<Object>)]
    #[expect(dead_code, reason = "taken, since the standard has it")]
    context: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(default)]
    options: DecisionOptions,
    /// 1 to 1,000.
    #[schema(min_items = 1, max_items = 1_000)]
    evaluations: Option<Vec<Evaluation>>,
}

/// One of several questions.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Evaluation {
    subject: Option<Subject>,
    action: Option<Action>,
    resource: Option<ResourceDto>,
    #[schema(value_type = Option<Object>)]
    #[expect(dead_code, reason = "taken, since the standard has it")]
    context: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The answer to one question.
#[derive(Debug, Serialize, ToSchema)]
struct Decision {
    decision: bool,
    context: DecisionContext,
}

/// What the answer rests on.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionContext {
    /// The tenant's revision; absent where you see nothing of that place.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    /// Until when it holds if nothing changes; absent: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<Time>,
    /// Where allowed and asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Vec<StepDto>>,
}

/// One step of the path.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecisionStep)]
struct StepDto {
    /// `holds`, `implies`, `permits`, or `permits_own`.
    step: &'static str,
    role: String,
    /// Where the role is held or implied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::OrganizationId>)]
    organization: Option<OrganizationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<String>,
}

impl From<Step> for StepDto {
    fn from(step: Step) -> Self {
        let at = |scope| Some(OrganizationId::from_scope(scope));
        match step {
            Step::Holds { role, scope, .. } => Self { step: "holds", role: role.to_string(), organization: at(scope), permission: None },
            Step::Implies { role, scope } => Self { step: "implies", role: role.to_string(), organization: at(scope), permission: None },
            Step::Permits { role, permission } => {
                Self { step: "permits", role: role.to_string(), organization: None, permission: Some(permission.to_string()) }
            }
            Step::PermitsOwn { role, permission } => {
                Self { step: "permits_own", role: role.to_string(), organization: None, permission: Some(permission.to_string()) }
            }
        }
    }
}

impl From<Decided> for Decision {
    fn from(answer: Decided) -> Self {
        let path = answer.path.filter(|_| answer.allowed).map(|path| path.into_iter().map(StepDto::from).collect());
        let context = DecisionContext { revision: answer.revision, valid_until: answer.valid_until.map(Time), path };
        Self { decision: answer.allowed, context }
    }
}

/// One answer, or one for each of `evaluations` in their order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Decisions {
    One(Decision),
    Many { evaluations: Vec<Decision> },
}

/// May this subject do this here?
///
/// Answered from memory. A person asks about themselves; a service key with the scope `decide` about anyone in its
/// organization. What you can't see is denied, like what doesn't exist.
#[utoipa::path(post, path = "/v1/decisions", operation_id = "decide", tag = "decisions",
    request_body = DecisionRequest, responses((status = OK, body = Decisions)))]
async fn decide(State(app): State<App>, Who(who): Who, Json(body): Json<DecisionRequest>) -> Result<Answer<Decisions>, Failure> {
    let want = if body.options.path { Want::Path } else { Want::Answer };
    let questions = read(app.model(), &body).map_err(Failure::Rejected)?;
    let mut decisions = super::decide(&app, &who, &questions, want).await?.into_iter().map(Decision::from);
    if body.evaluations.is_some() {
        return Ok(ok(Decisions::Many { evaluations: decisions.collect() }));
    }
    decisions.next().map(|decision| ok(Decisions::One(decision))).ok_or_else(|| Failure::broken("one question had no answer"))
}

type Wrong = Vec<FieldError>;

fn wrong(pointer: String, what: impl ToString) -> FieldError {
    FieldError { pointer, what: what.to_string() }
}

/// All questions of the request, or everything that is wrong with them.
fn read(model: &Model, body: &DecisionRequest) -> Result<Vec<Question>, Wrong> {
    let Some(evaluations) = &body.evaluations else {
        let whole = Evaluation { subject: None, action: None, resource: None, context: None };
        return question(model, body, &whole, "").map(|question| vec![question]);
    };
    if evaluations.is_empty() || evaluations.len() > MOST {
        return Err(vec![wrong("/evaluations".to_owned(), format!("{} questions; 1 to {MOST} fit", evaluations.len()))]);
    }
    let (mut questions, mut errors) = (Vec::with_capacity(evaluations.len()), Vec::new());
    for (n, evaluation) in evaluations.iter().enumerate() {
        match question(model, body, evaluation, &format!("/evaluations/{n}")) {
            Ok(question) => questions.push(question),
            Err(more) => errors.extend(more),
        }
        // Enough to mend it; a thousand bad rows don't make a thousand lines.
        if errors.len() >= 20 {
            break;
        }
    }
    if errors.is_empty() { Ok(questions) } else { Err(errors) }
}

fn question(model: &Model, body: &DecisionRequest, own: &Evaluation, at: &str) -> Result<Question, Wrong> {
    // What stands in the row is placed there; what comes from beside it, beside it.
    let place = |is_own: bool, field: &str| format!("{}/{field}", if is_own { at } else { "" });
    let missing = |field: &str| wrong(format!("{at}/{field}"), "missing");
    let subject = own.subject.as_ref().or(body.subject.as_ref()).ok_or_else(|| missing("subject"));
    let action = own.action.as_ref().or(body.action.as_ref()).ok_or_else(|| missing("action"));
    let resource = own.resource.as_ref().or(body.resource.as_ref()).ok_or_else(|| missing("resource"));
    let subject = subject.and_then(|it| subject_of(it, &place(own.subject.is_some(), "subject")));
    let action = action.and_then(|it| action_of(model, it, &place(own.action.is_some(), "action")));
    let resource = resource.and_then(|it| resource_of(it, &place(own.resource.is_some(), "resource")));
    match (subject, action, resource) {
        (Ok(subject), Ok(action), Ok((resource, owner))) => Ok(Question { subject, action, resource, owner }),
        (subject, action, resource) => Err([subject.err(), action.err(), resource.err()].into_iter().flatten().collect()),
    }
}

fn subject_of(subject: &Subject, at: &str) -> Result<UserId, FieldError> {
    if subject.r#type != "user" {
        return Err(wrong(format!("{at}/type"), format!("`{}` is no type of subject; `user` is", subject.r#type)));
    }
    id(&subject.id, format!("{at}/id"))
}

/// Longer names of actions are refused without a look at what was meant.
const LONGEST_NAME: usize = 100;

fn action_of(model: &Model, action: &Action, at: &str) -> Result<String, FieldError> {
    if model.permissions.iter().any(|permission| permission.key.as_str() == action.name) {
        return Ok(action.name.clone());
    }
    // Comparing costs what is compared: nothing that long is a slip of the pen.
    if action.name.len() > LONGEST_NAME {
        return Err(wrong(format!("{at}/name"), format!("longer than any permission of this system; at most {LONGEST_NAME} bytes")));
    }
    let nearest = model.permissions.iter().map(|permission| permission.key.as_str()).max_by(|a, b| {
        let (a, b) = (strsim::jaro_winkler(a, &action.name), strsim::jaro_winkler(b, &action.name));
        a.total_cmp(&b)
    });
    let meant = nearest.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
    Err(wrong(format!("{at}/name"), format!("`{}` is no permission of this system{meant}", action.name)))
}

fn resource_of(resource: &ResourceDto, at: &str) -> Result<(Resource, Option<UserId>), FieldError> {
    let properties = resource.properties.as_ref();
    let owner = properties.and_then(|it| it.owner.as_deref()).map(|text| id(text, format!("{at}/properties/owner"))).transpose()?;
    let place = || format!("{at}/id");
    let found = match resource.r#type.as_str() {
        "organization" => Resource::Organization(id(&resource.id, place())?),
        "workspace" => {
            let inside = format!("{at}/properties/organization");
            let organization = properties.and_then(|it| it.organization.as_deref()).ok_or_else(|| wrong(inside.clone(), "missing"))?;
            Resource::Workspace(id(&resource.id, place())?, id(organization, inside)?)
        }
        other => {
            let what = format!("`{other}` is no type of resource; `organization` and `workspace` are");
            return Err(wrong(format!("{at}/type"), what));
        }
    };
    Ok((found, owner))
}

fn id<T: FromStr<Err = guildhall_core::id::BadId>>(text: &str, at: String) -> Result<T, FieldError> {
    text.parse().map_err(|bad| wrong(at, bad))
}
