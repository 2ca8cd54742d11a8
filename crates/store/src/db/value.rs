//! Values: what goes into a statement and comes out of a row.

use guildhall_core::{Id, ScopeId, Timestamp};
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use uuid::Uuid;

/// A value. Times are microseconds, ids 16 bytes, both on both databases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Id(Uuid),
}

macro_rules! from {
    ($($type:ty => |$it:ident| $value:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($it: $type) -> Self {
                $value
            }
        })*
    };
}
from! {
    i64 => |it| Self::Int(it);
    i32 => |it| Self::Int(it.into());
    u32 => |it| Self::Int(it.into());
    u16 => |it| Self::Int(it.into());
    // Revisions and counts: they never come near the end of an i64, and one that did would stop, not wrap.
    u64 => |it| Self::Int(i64::try_from(it).unwrap_or(i64::MAX));
    usize => |it| Self::Int(i64::try_from(it).unwrap_or(i64::MAX));
    bool => |it| Self::Int(it.into());
    Timestamp => |it| Self::Int(it.0);
    String => |it| Self::Text(it);
    &String => |it| Self::Text(it.clone());
    &str => |it| Self::Text(it.to_owned());
    Vec<u8> => |it| Self::Bytes(it);
    &[u8] => |it| Self::Bytes(it.to_vec());
    [u8; 32] => |it| Self::Bytes(it.to_vec());
    &[u8; 32] => |it| Self::Bytes(it.to_vec());
    Uuid => |it| Self::Id(it);
    ScopeId => |it| Self::Id(Uuid::from_u128(it.0));
}
impl<K> From<Id<K>> for Value {
    fn from(it: Id<K>) -> Self {
        Self::Id(it.uuid())
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(it) => ValueRef::Integer(*it),
            Self::Text(it) => ValueRef::Text(it.as_bytes()),
            Self::Bytes(it) => ValueRef::Blob(it),
            Self::Id(it) => ValueRef::Blob(it.as_bytes()),
        }))
    }
}

impl Value {
    pub(crate) fn from_sqlite(it: ValueRef<'_>) -> Self {
        match it {
            // No column of ours is a REAL: the tables are STRICT.
            ValueRef::Null | ValueRef::Real(_) => Self::Null,
            ValueRef::Integer(it) => Self::Int(it),
            ValueRef::Text(it) => Self::Text(String::from_utf8_lossy(it).into_owned()),
            ValueRef::Blob(it) => Self::Bytes(it.to_vec()),
        }
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(it) if *ty == Type::INT4 => i32::try_from(*it)?.to_sql(ty, out),
            Self::Int(it) if *ty == Type::INT8 => it.to_sql(ty, out),
            Self::Text(it) if <&str as ToSql>::accepts(ty) => it.as_str().to_sql(ty, out),
            Self::Bytes(it) if matches!(*ty, Type::BYTEA | Type::UUID) => it.as_slice().to_sql(&Type::BYTEA, out),
            // In binary a uuid is its 16 bytes, and so is a bytea of 16.
            Self::Id(it) if matches!(*ty, Type::BYTEA | Type::UUID) => it.as_bytes().as_slice().to_sql(&Type::BYTEA, out),
            Self::Int(_) | Self::Text(_) | Self::Bytes(_) | Self::Id(_) => Err(format!("a value that is no {ty}").into()),
        }
    }
    fn accepts(_: &Type) -> bool {
        true
    }
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Self::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(ty, raw)?.into()),
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            Type::UUID => Self::Id(Uuid::from_slice(raw)?),
            _ => Self::Text(String::from_sql(ty, raw)?),
        })
    }
    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }
    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL | Type::BYTEA | Type::UUID) || <String as FromSql<'_>>::accepts(ty)
    }
}
