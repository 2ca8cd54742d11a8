//! Opening a database, and looking at one without opening it.

use crate::{
    Fault,
    commit::Check,
    db::{self, Db, DbKind},
    lock::{self, Busy, StartLock},
    log,
    sql::{directory, idempotency, meta, state::member},
    store::{Options, Store},
    verify::show,
};
use guildhall_core::{Model, RoleKey, Timestamp};

/// The key under which the model's id stands.
const MODEL: &str = "model";
/// The key under which the format of the stored data stands, and the format of this version.
const FORMAT: &str = "format";
const FORMAT_NOW: &str = "1";

/// The key under which the hash of the model's text stands that was in force last.
const MODEL_TEXT: &str = "model_text";

/// The key under which the model's roles stand in the order by which the directory ranks them.
const ROLE_ORDER: &str = "role_order";

/// Why a database could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It holds the data of another system.
    #[error("the database was made with the access model `{database}`, but `{given}` was given; give that one, or another database")]
    OtherModel { database: String, given: String },
    /// The model was changed, and nobody holds its top role any more: every organization would be without an owner.
    #[error(
        "nobody holds the top role `{top_role}` of the access model, which no longer declares {}; declare that one again under its former id",
        held(.roles)
    )]
    TopRoleGone { top_role: RoleKey, roles: Vec<HeldRole> },
    /// Another process writes to it.
    #[error("the database is in use by {holder}; one process writes to a database: stop that one first")]
    Locked { holder: String },
    /// A later version wrote it in a way this one doesn't know.
    #[error("the database has format {found}, this version knows {known}; start the newer version")]
    OtherFormat { found: String, known: &'static str },
}

/// A role, and how many hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRole {
    pub role: RoleKey,
    pub n: u64,
}

/// Roles as a message names them.
pub fn held(roles: &[HeldRole]) -> String {
    let named = |HeldRole { role, n }: &HeldRole| match n {
        1 => format!("the role `{role}`, which one person holds"),
        n => format!("the role `{role}`, which {n} people hold"),
    };
    roles.iter().map(named).collect::<Vec<_>>().join(", and ")
}

/// Roles that members of organizations hold and a model doesn't declare. Such a role gives nothing, and is taken away like any other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolesGone {
    pub roles: Vec<HeldRole>,
    /// Nobody holds the model's top role, though there are members.
    pub is_top_gone: bool,
}

async fn roles_gone(db: &Db, model: &Model) -> Result<RolesGone, Fault> {
    let mut gone = RolesGone::default();
    let mut is_top_held = false;
    for row in db.query_long(&member::LIST_HELD_ROLES, Vec::new()).await? {
        let role = RoleKey::new(&row.text("role")?);
        is_top_held |= role == model.organization.top_role;
        if model.role(&role).is_none() {
            gone.roles.push(HeldRole { role, n: row.u64("n")? });
        }
    }
    gone.is_top_gone = !gone.roles.is_empty() && !is_top_held;
    Ok(gone)
}

/// Ranks the directory anew where the model's roles stand in another order than last time.
async fn follow_order(db: &Db, model: &Model) -> Result<(), Fault> {
    let order: Vec<&str> = model.roles.iter().map(|role| role.key.as_str()).collect();
    let order = order.join(" ");
    if meta::find(db, ROLE_ORDER).await?.as_ref() != Some(&order) {
        directory::rank_anew(db, model).await?;
        db.execute(&meta::SET_META, vec![ROLE_ORDER.into(), order.into()]).await?;
    }
    Ok(())
}

impl From<Busy> for OpenError {
    fn from(busy: Busy) -> Self {
        match busy {
            Busy::Held(holder) => Self::Locked { holder },
            Busy::Fault(fault) => Self::Fault(fault),
        }
    }
}

pub(crate) async fn open(options: Options) -> Result<Store, OpenError> {
    let db = Db::connect(&options.url).await?;
    let lock = StartLock::take(&db, &options.url, &who((options.clock)())).await?;
    db::migrate(&db).await?;
    lock.sign(&db).await?;
    idempotency::drop_undone(&db).await?;
    open_with(options, db, lock, Check::Revision).await
}

/// Beside a process that holds the lock, where one does: nothing that stands in its memory is written here.
pub(crate) async fn open_beside(options: Options) -> Result<Store, OpenError> {
    match open(options.clone()).await {
        Err(OpenError::Locked { .. }) => {}
        other => return other,
    }
    let db = Db::connect(&options.url).await?;
    let (found, known) = (db::n_applied(&db).await?, db::MIGRATIONS.len());
    if found != known {
        let what = format!("the server that runs on it has {found} migrations, this version {known}: use the version that runs");
        return Err(Fault::Away(what).into());
    }
    open_with(options, db, StartLock::anothers(), Check::Revision).await
}

/// The rest, with the lock in hand.
pub(crate) async fn open_with(options: Options, db: Db, lock: StartLock, check: Check) -> Result<Store, OpenError> {
    let (model, now) = (options.model.clone(), (options.clock)());
    for (key, value) in [(MODEL, model.id.as_str()), (FORMAT, FORMAT_NOW)] {
        db.execute(&meta::FIRST_META, vec![key.into(), value.into()]).await?;
    }
    match meta::find(&db, MODEL).await? {
        Some(database) if database != model.id => return Err(OpenError::OtherModel { database, given: model.id.clone() }),
        Some(_) | None => {}
    }
    match meta::find(&db, FORMAT).await? {
        Some(found) if found != FORMAT_NOW => return Err(OpenError::OtherFormat { found, known: FORMAT_NOW }),
        Some(_) | None => {}
    }
    let hash = log::hash_of(&model.text);
    // Looked for where the text is another than last time only: everybody's roles are read.
    let text_now = show(&hash.into());
    // Beside the process that writes, its model counts.
    let is_ours = lock.is_ours().await.is_ok();
    if meta::find(&db, MODEL_TEXT).await?.as_ref() != Some(&text_now) {
        let RolesGone { roles, is_top_gone } = roles_gone(&db, &model).await?;
        if is_top_gone {
            return Err(OpenError::TopRoleGone { top_role: model.organization.top_role.clone(), roles });
        }
        if !roles.is_empty() {
            tracing::warn!("the access model no longer declares {}: they give nothing now", held(&roles));
        }
        if is_ours {
            db.execute(&meta::SET_META, vec![MODEL_TEXT.into(), text_now.into()]).await?;
        }
    }
    if is_ours {
        follow_order(&db, &model).await?;
    }
    let text = vec![hash.into(), model.id.as_str().into(), model.text.as_str().into(), now.into()];
    db.execute(&meta::KEEP_MODEL, text).await?;
    let store = Store::new(options, db, lock, check);
    store.inner.load_barred().await?;
    Ok(store)
}

/// This process, its host, and since when it holds the lock.
fn who(now: Timestamp) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").map_or_else(|_| "this host".to_owned(), |name| name.trim().to_owned());
    format!("process {} on {host}, since {}", std::process::id(), date(now))
}

/// "2026-11-26 17:04:05 UTC".
fn date(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.0)
        .map_or_else(|_| "an unknown time".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// What is found without opening: for `doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// `sqlite` or `postgres`.
    pub database: &'static str,
    /// Migrations that have run, and those this version knows; equal where the tables are up to date.
    pub migrations: (usize, usize),
    /// The id of the model it was made with; `None`: it is new.
    pub model: Option<String>,
    /// Roles that people hold and the given model doesn't declare.
    pub roles_gone: RolesGone,
    /// The mark of the deployment's key it lives with; `None`: it has none yet.
    pub key_mark: Option<String>,
    /// The time at the database's server, as it writes it; `None`: there is no server.
    pub clock: Option<String>,
    /// Who holds the start-up lock.
    pub lock_holder: Option<String>,
}

impl Store {
    /// Looks at a database, and at what `model` would be to it, without changing it or keeping its lock.
    ///
    /// # Errors
    /// The database is away.
    pub async fn inspect(url: &str, model: Option<&Model>) -> Result<Inspection, Fault> {
        if url.strip_prefix("sqlite://").is_some_and(|path| !std::path::Path::new(path).exists()) {
            return Err(Fault::Away(format!("there is no file at `{url}`")));
        }
        let db = Db::connect(url).await?;
        let database = match db.kind() {
            DbKind::Sqlite => "sqlite",
            DbKind::Postgres => "postgres",
        };
        let migrations = (db::n_applied(&db).await?, db::MIGRATIONS.len());
        let made_with = if migrations.0 == 0 { None } else { meta::find(&db, MODEL).await? };
        let roles_gone = match model {
            Some(model) if made_with.as_ref() == Some(&model.id) => roles_gone(&db, model).await?,
            Some(_) | None => RolesGone::default(),
        };
        let key_mark = if migrations.0 == 0 { None } else { meta::find(&db, meta::KEY_MARK).await? };
        let clock = match db.kind() {
            DbKind::Sqlite => None,
            DbKind::Postgres => db.query_one(&meta::CLOCK, &[]).await?.map(|row| row.text("now")).transpose()?,
        };
        Ok(Inspection { database, migrations, model: made_with, roles_gone, key_mark, clock, lock_holder: lock::holder(&db, url).await? })
    }
}
