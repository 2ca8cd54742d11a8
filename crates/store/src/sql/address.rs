//! Addresses: a row with an id of its own from the first sight on, whether or not a user holds it.

use crate::{
    Fault, Store,
    db::{Row, Statement, Value, statements},
};
use guildhall_core::{AddressId, UserId, text::Address, time::Span};
use std::collections::HashMap;

/// How many are asked for in one statement.
pub(crate) const CHUNK: usize = 32;

/// An address with its local part as it was first typed, and the key under which it is the same. Both are `None` once erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRow {
    pub id: AddressId,
    pub typed: Option<String>,
    pub key: Option<String>,
}

/// `$1` to `$32`.
macro_rules! thirty_two {
    () => {
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, \
         $29, $30, $31, $32"
    };
}
pub(crate) use thirty_two;

/// An address that nobody ever proved stays so long after it was first typed; longer while an invitation waits for it.
const UNPROVEN: Span = Span::days(60);

statements! {
    FIND_ADDRESS(address) = "SELECT id, typed, key FROM address WHERE id = $1";
    FIND_ADDRESSES(address) = concat!("SELECT id, typed, key FROM address WHERE id IN (", thirty_two!(), ")");
    FIND_KEYS(address) = concat!("SELECT id, typed, key FROM address WHERE key IN (", thirty_two!(), ")");
    // Until somebody proves it, it goes by itself.
    CREATE_ADDRESS(address) = "INSERT INTO address (id, key, typed, created_at, erase_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (key) DO NOTHING";
    // One that is there is written once more as it is, so that it takes the same work.
    KEEP_ADDRESS(address) = "INSERT INTO address (id, key, typed, created_at, erase_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (key) DO UPDATE SET key = excluded.key";
    FIND_HOLDERS(user_address) = concat!("SELECT address, user_id FROM user_address WHERE address IN (", thirty_two!(), ")");
    // Held by nobody, no pending invitation or open sign-in needs it any more, and it asked nobody for no more mail: that is promised for
    // as long as the organization lasts.
    ERASE_ADDRESSES(address) = "UPDATE address SET key = NULL, typed = NULL, erase_at = NULL
        WHERE erase_at <= $1 AND id NOT IN (SELECT u.address FROM user_address u WHERE u.address = address.id)
        AND id NOT IN (SELECT s.address FROM sign_in s
            WHERE s.address = address.id AND s.used_at IS NULL AND s.ended_at IS NULL AND s.expires_at > $1)
        AND id NOT IN (SELECT i.invitee FROM invitation i WHERE i.invitee = address.id AND i.status = 'pending' AND i.expires_at > $1)
        AND id NOT IN (SELECT x.address FROM unwanted x WHERE x.address = address.id)";
}

/// Asks in chunks; the last one is filled up with what finds nothing.
pub(crate) fn chunks<T: Clone + Into<Value>>(all: &[T], nothing: &Value) -> Vec<Vec<Value>> {
    all.chunks(CHUNK)
        .map(|chunk| {
            let mut values: Vec<Value> = chunk.iter().cloned().map(Into::into).collect();
            values.resize(CHUNK, nothing.clone());
            values
        })
        .collect()
}

impl Store {
    /// The ids of these addresses, in their order; those never seen are kept first.
    pub async fn intern_addresses(&self, addresses: &[Address]) -> Result<Vec<AddressId>, Fault> {
        let mut known = self.ids_of(addresses).await?;
        let new: Vec<Address> = addresses.iter().filter(|address| !known.contains_key(address.key())).cloned().collect();
        if !new.is_empty() {
            self.keep_addresses(&CREATE_ADDRESS, &new).await?;
            known.extend(self.ids_of(&new).await?);
        }
        let id =
            |address: &Address| known.get(address.key()).copied().ok_or_else(|| Fault::broken("address", "?", "was kept and is not there"));
        addresses.iter().map(id).collect()
    }
    /// The id of this address, with the same work whether or not it was ever seen: how long it takes tells nobody who is here.
    pub async fn intern_unseen(&self, address: &Address) -> Result<AddressId, Fault> {
        let one = std::slice::from_ref(address);
        self.keep_addresses(&KEEP_ADDRESS, one).await?;
        let id = self.ids_of(one).await?.remove(address.key());
        id.ok_or_else(|| Fault::broken("address", "?", "was kept and is not there"))
    }
    async fn keep_addresses(&self, statement: &'static Statement, addresses: &[Address]) -> Result<(), Fault> {
        let now = self.now();
        let keep = |address: &Address| -> (&'static Statement, Vec<Value>) {
            let (key, typed) = (address.key().into(), address.typed().into());
            (statement, vec![self.fresh().into(), key, typed, now.into(), (now + UNPROVEN).into()])
        };
        let rows: Vec<_> = addresses.iter().map(keep).collect();
        let written = self.db().write::<(), Fault, _>(move |tx| {
            let rows = rows.clone();
            Box::pin(async move { tx.execute_all(&rows).await.map(drop) })
        });
        written.await
    }
    async fn ids_of(&self, addresses: &[Address]) -> Result<HashMap<String, AddressId>, Fault> {
        let keys: Vec<&str> = addresses.iter().map(Address::key).collect();
        let mut found = HashMap::new();
        for values in chunks(&keys, &Value::from("")) {
            for row in self.db().query(&FIND_KEYS, &values).await? {
                found.insert(row.text("key")?, row.id("id")?);
            }
        }
        Ok(found)
    }
    /// The address of this id: to send mail to it, or to show it to whom it is for.
    pub async fn address(&self, id: AddressId) -> Result<Option<AddressRow>, Fault> {
        self.db().query_one(&FIND_ADDRESS, &[id.into()]).await?.as_ref().map(address).transpose()
    }
    /// Who has proven each of these, in their order.
    pub async fn holder_of(&self, addresses: &[AddressId]) -> Result<Vec<Option<UserId>>, Fault> {
        let mut holders: HashMap<AddressId, UserId> = HashMap::new();
        for values in chunks(addresses, &AddressId::from_u128(0).into()) {
            for row in self.db().query(&FIND_HOLDERS, &values).await? {
                holders.insert(row.id("address")?, row.id("user_id")?);
            }
        }
        Ok(addresses.iter().map(|address| holders.get(address).copied()).collect())
    }
    /// Blanks the addresses of erased people that nothing needs any more: a job's step, harmless when run again. Answers how many.
    pub async fn erase_addresses(&self) -> Result<u64, Fault> {
        self.db().execute(&ERASE_ADDRESSES, vec![self.now().into()]).await
    }
}

pub(crate) fn address(row: &Row) -> Result<AddressRow, Fault> {
    Ok(AddressRow { id: row.id("id")?, typed: row.opt("typed", Row::text)?, key: row.opt("key", Row::text)? })
}
