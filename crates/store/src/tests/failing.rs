//! The n-th operation fails, for n = 1, 2, 3… until none does: each time what stands is as it should be, and trying again works.

use super::dump::dump;
use crate::{Fault, Store, WriteError};

/// What stands in memory when it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    Kept,
    /// Everything is to be loaded first.
    Cleared,
}

impl Memory {
    pub(crate) const BOTH: [Self; 2] = [Self::Kept, Self::Cleared];
}

/// What a failure may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// One transaction: nothing.
    Nothing,
    /// Several, each harmless: trying again goes on from there, and once all is done it changes nothing any more.
    Steps,
}

/// Does it with the first, second, … operation failing, and at last with none; `check` follows each time. Answers how many operations
/// there were.
pub(crate) async fn fails_everywhere<T, E: Into<WriteError>>(
    store: &Store,
    (memory, leaves): (Memory, Leaves),
    act: impl AsyncFn() -> Result<T, E>,
    check: impl AsyncFn(),
) -> u64 {
    let db = store.db();
    let before = dump(db).await;
    for n in 1.. {
        if memory == Memory::Cleared {
            store.inner.memory.clear().await;
        }
        db.fail_at(n);
        let outcome = act().await.map_err(Into::into);
        let left = db.left();
        db.fail_at(0);
        match outcome {
            Ok(_) => {
                assert!(left > 0, "the failure of operation {n} went unnoticed");
                let after = dump(db).await;
                assert_ne!(after, before, "it did nothing");
                check().await;
                if leaves == Leaves::Steps {
                    assert!(act().await.is_ok());
                    assert_eq!(dump(db).await, after, "once more is harmless");
                }
                return n - 1;
            }
            Err(WriteError::Fault(Fault::Away(_))) => {
                if leaves == Leaves::Nothing {
                    assert_eq!(dump(db).await, before, "operation {n} failed and left something");
                }
                check().await;
            }
            Err(other) => panic!("operation {n} failed and became {other:?}"),
        }
    }
    unreachable!("everything has an end")
}
