//! What Guildhall itself can do: a closed list that permissions open.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The kinds of place where access is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    Organization,
    Workspace,
}

impl ScopeKind {
    pub const ALL: [Self; 2] = [Self::Organization, Self::Workspace];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Workspace => "workspace",
        }
    }
}

impl fmt::Display for ScopeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The part of a model without which an operation does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Always,
    SubOrganizations,
    Workspaces,
    Teams,
    CustomRoles,
}

macro_rules! operations {
    ($($variant:ident = $text:literal, $part:ident, $kinds:expr;)*) => {
        /// An operation of Guildhall. Code asks about these, never about a permission's id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation { $($variant,)* }
        impl Operation {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// Its name in model files, as in `member.remove`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
            /// The part of the model it belongs to; a model without that part lacks the operation.
            pub fn part(self) -> Part {
                match self { $(Self::$variant => Part::$part,)* }
            }
            /// The kinds of scope where it is asked.
            pub fn kinds(self) -> &'static [ScopeKind] {
                match self { $(Self::$variant => $kinds,)* }
            }
        }
    };
}

const ORG: &[ScopeKind] = &[ScopeKind::Organization];
const WS: &[ScopeKind] = &[ScopeKind::Workspace];
const BOTH: &[ScopeKind] = &[ScopeKind::Organization, ScopeKind::Workspace];

operations! {
    OrganizationUpdate = "organization.update", Always, ORG;
    OrganizationDelete = "organization.delete", Always, ORG;
    OrganizationCreateChild = "organization.create_child", SubOrganizations, ORG;
    OrganizationMove = "organization.move", SubOrganizations, ORG;
    OwnershipTransfer = "ownership.transfer", Always, ORG;
    DomainManage = "domain.manage", Always, ORG;
    SignInPolicyUpdate = "sign_in_policy.update", Always, ORG;
    MemberView = "member.view", Always, BOTH;
    MemberAdd = "member.add", Always, BOTH;
    MemberChangeRoles = "member.change_roles", Always, BOTH;
    MemberSuspend = "member.suspend", Always, ORG;
    MemberRemove = "member.remove", Always, BOTH;
    InvitationView = "invitation.view", Always, ORG;
    InvitationCreate = "invitation.create", Always, ORG;
    InvitationRevoke = "invitation.revoke", Always, ORG;
    RoleView = "role.view", Always, ORG;
    RoleManage = "role.manage", CustomRoles, ORG;
    PermissionUpdate = "permission.update", Always, ORG;
    WorkspaceList = "workspace.list", Workspaces, ORG;
    WorkspaceCreate = "workspace.create", Workspaces, ORG;
    WorkspaceHandOver = "workspace.hand_over", Workspaces, ORG;
    WorkspaceView = "workspace.view", Workspaces, WS;
    WorkspaceUpdate = "workspace.update", Workspaces, WS;
    WorkspaceDelete = "workspace.delete", Workspaces, WS;
    TeamView = "team.view", Teams, ORG;
    TeamCreate = "team.create", Teams, ORG;
    TeamUpdate = "team.update", Teams, ORG;
    TeamDelete = "team.delete", Teams, ORG;
    AuditView = "audit.view", Always, ORG;
    UsageView = "usage.view", Always, ORG;
    UsageViewOwn = "usage.view_own", Always, ORG;
    KeyCreate = "key.create", Always, ORG;
    KeyManage = "key.manage", Always, ORG;
    OauthClientManage = "oauth_client.manage", Always, ORG;
    ExportCreate = "export.create", Always, ORG;
    BillingView = "billing.view", Always, ORG;
    BillingManage = "billing.manage", Always, ORG;
    CreditsView = "credits.view", Always, ORG;
    CreditsPurchase = "credits.purchase", Always, ORG;
    ReviewRun = "review.run", Always, ORG;
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
