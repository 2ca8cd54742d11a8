//! What the `OpenAPI` document says of all operations alike.

use super::idempotency;
use serde::Serialize;
use utoipa::{
    PartialSchema as _, ToSchema,
    openapi::{
        Components, ContentBuilder, Info, Object, OpenApi, OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder, Schema,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::{ObjectBuilder, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
};

/// Operations that heed `If-Match`.
const CONDITIONAL: &[&str] = &[
    "change_roles",
    "suspend_member",
    "reinstate_member",
    "remove_member",
    "transfer_ownership",
    "update_organization",
    "delete_organization",
    "revoke_invitation",
    "remind",
    "update_user",
    "delete_user",
    "make_address_primary",
    "remove_address",
    "unlink_identity",
];
/// Operations that need nobody to be signed in: the mailed link is what counts.
const OPEN: &[&str] = &["open_invitation", "accept_by_link", "unwanted_invitation"];

/// One thing that is wrong with what was sent.
#[derive(Serialize, ToSchema)]
struct ProblemError {
    /// A JSON pointer into the body, `?name` for the query, `{name}` for the path, or `header Name`.
    pointer: String,
    detail: String,
}

/// Why something wasn't done (RFC 9457).
#[derive(Serialize, ToSchema)]
struct Problem {
    /// Where a page explains it.
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    /// What can be done now, or who could.
    remedy: String,
    /// The last part of `type`.
    code: String,
    /// What to quote when asking for help.
    reference: String,
    /// What is wrong with what was sent, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ProblemError>>,
    /// Titles of the roles that could.
    #[serde(skip_serializing_if = "Option::is_none")]
    who_could: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<String>,
    /// What it is at now, where it changed meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
}

/// The document before the operations are in it.
pub(super) fn beginning() -> OpenApi {
    let mut info = Info::new("Guildhall", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Organizations, people, invitations, roles, and the question: may this subject do this here?\n\n\
         Times are RFC 3339 in UTC. Lists are read by key: `next` and `previous` of a page are cursors for `after` and `before`. \
         A POST with an `Idempotency-Key` is done once in 24 hours. An answer to a write carries the revision it made. \
         What belongs to another organization answers like what doesn't exist.\n\n\
         A program sends `Authorization: Bearer ghs_…` with a service key, which `guildhall key create --title … --scopes …` makes: its scopes \
         are the names of operations, such as `member.view`, or `*`. A person's browser sends its session. Every answer that isn't a success \
         is a problem (RFC 9457) whose `code` stands in the list of refusals."
            .to_owned(),
    );
    let tag = |name: &str, description: &str| TagBuilder::new().name(name).description(Some(description)).build();
    OpenApiBuilder::new()
        .info(info)
        .tags(Some([
            tag("organizations", "Founded, changed, handed over, left, deleted."),
            tag("members", "The people of an organization."),
            tag("invitations", "Made one by one or by the list, and answered by their link."),
            tag("roles", "What each role may do, and which you may give."),
            tag("decisions", "May this subject do this here?"),
            tag("user", "The person who is signed in, and their own things."),
            tag("users", "Users as a host product makes and finds them."),
        ]))
        .build()
}

/// Adds to every operation what all have.
pub(super) fn finish(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A service key: `ghs_…`, made by `guildhall key create`."))
        .build();
    components.add_security_scheme("service_key", SecurityScheme::Http(key));
    let cookie = ApiKeyValue::with_description(
        "__Host-guildhall-session",
        "A signed-in browser. Unsafe methods must come from the portal's own pages.",
    );
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    for (path, item) in &mut document.paths.paths {
        let PathItem { get, put, post, delete, patch, .. } = item;
        let is_done_once = post.is_some() && !idempotency::ONLY_ASK.contains(&path.as_str());
        for operation in [get, put, post, delete, patch].into_iter().flatten() {
            complete(operation);
        }
        if let (true, Some(operation)) = (is_done_once, &mut item.post) {
            let description = "Sent again with the same key, the request is answered again, not done again.";
            add(operation, header("Idempotency-Key", description, "5f0c9a4e-6e0b-4c56-8f0e-0c8a6b1c2d3e", "^[!-~]{1,200}$"));
        }
    }
}

fn complete(operation: &mut Operation) {
    let name = operation.operation_id.clone().unwrap_or_default();
    if CONDITIONAL.contains(&name.as_str()) {
        add(operation, header("If-Match", "Only if it is still what it was: its `ETag`.", "\"r17\"", "^(\\*|\"r[0-9]{1,18}\")$"));
    }
    let problem = ResponseBuilder::new()
        .description("Why it wasn't done. Nothing was changed; of a fault (5xx), and of one that took too long (408), that is likely, but not known.")
        .content("application/problem+json", ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build())
        .build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(problem));
    let named = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
    let mut security = vec![named("service_key"), named("session")];
    if OPEN.contains(&name.as_str()) {
        security.push(SecurityRequirement::default());
    }
    operation.security = Some(security);
}

fn add(operation: &mut Operation, parameter: Parameter) {
    operation.parameters.get_or_insert_with(Vec::new).push(parameter.into());
}

fn header(name: &str, description: &str, example: &str, pattern: &str) -> Parameter {
    let schema: Object = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(RefOr::T(Schema::Object(schema))))
        .example(Some(example.into()))
        .build()
}
