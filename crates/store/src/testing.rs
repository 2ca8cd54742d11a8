//! What tests of the whole product need and no release has: a second process on one database, and marks that say when a
//! transaction is open.

use crate::{
    OpenError,
    commit::Check,
    db::{self, Db},
    lock::StartLock,
    store::{Options, Store},
};
use std::{fs::File, io::Write as _, sync::OnceLock};

/// Names the file that marks are appended to: `(` after each `BEGIN`, `)` after each end.
pub const MARKS_VARIABLE: &str = "GUILDHALL_TEST_MARKS";

/// Whether the revision in the database guards the commits of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    Revision,
    /// Neither it nor the key of the log, which would stop most of what it stops; and a sign-in can be used again.
    Nothing,
}

/// Opens a database as a second process would if no start-up lock kept it out.
///
/// # Errors
/// As [`Store::open`].
pub async fn open_beside(options: Options, guard: Guard) -> Result<Store, OpenError> {
    let db = Db::connect(&options.url).await?;
    db::migrate(&db).await?;
    let check = match guard {
        Guard::Revision => Check::Revision,
        Guard::Nothing => Check::Neither,
    };
    crate::open::open_with(options, db, StartLock::nothing(), check).await
}

/// Where something of the log is written if its own key is not to notice.
pub(crate) fn somewhere() -> u32 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    // Two that race look at different microseconds, or the key stops one after all.
    1_000 + (u32::try_from(now.as_micros() % 1_000_000).unwrap_or_default()) * 1_000
}

/// A transaction that is open, in the file of marks.
#[derive(Debug)]
pub(crate) struct Marked(());

impl Marked {
    pub(crate) fn begin() -> Self {
        mark(b"(");
        Self(())
    }
}

impl Drop for Marked {
    fn drop(&mut self) {
        mark(b")");
    }
}

fn mark(what: &[u8]) {
    static MARKS: OnceLock<Option<File>> = OnceLock::new();
    let marks = MARKS.get_or_init(|| {
        let path = std::env::var_os(MARKS_VARIABLE)?;
        File::options().append(true).create(true).open(path).ok()
    });
    if let Some(mut file) = marks.as_ref() {
        // A mark that can't be written is missing in a test, which sees it.
        let _ = file.write_all(what);
    }
}
