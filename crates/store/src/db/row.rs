//! Rows, read by column name. What is missing or of another type is a [`Fault`] that names table, row and column.

use super::{Statement, Value};
use crate::Fault;
use guildhall_core::{Id, ScopeId, Timestamp};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use uuid::Uuid;

/// One row of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(super) statement: &'static Statement,
    pub(super) columns: Arc<[Box<str>]>,
    pub(super) values: Vec<Value>,
}

impl Row {
    fn value(&self, column: &str) -> Result<&Value, Fault> {
        let at = self.columns.iter().position(|name| **name == *column);
        at.and_then(|at| self.values.get(at)).ok_or_else(|| self.broken(column, "is not in the answer"))
    }
    /// A fault about this row: named by its first column.
    pub(crate) fn broken(&self, column: &str, what: &str) -> Fault {
        let id = match self.values.first() {
            Some(Value::Id(id)) => id.to_string(),
            Some(Value::Bytes(bytes)) => Uuid::from_slice(bytes).map_or_else(|_| "?".to_owned(), |id| id.to_string()),
            Some(Value::Int(number)) => number.to_string(),
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Null) | None => "?".to_owned(),
        };
        Fault::broken(self.statement.table, id, format!("column `{column}` {what}"))
    }
    fn wrong<T>(&self, column: &str, expected: &str) -> Result<T, Fault> {
        Err(self.broken(column, &format!("is not {expected}")))
    }
    /// Each column with its value.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.columns.iter().map(AsRef::as_ref).zip(&self.values)
    }
    pub(crate) fn is_null(&self, column: &str) -> Result<bool, Fault> {
        Ok(*self.value(column)? == Value::Null)
    }
    pub(crate) fn int(&self, column: &str) -> Result<i64, Fault> {
        match self.value(column)? {
            Value::Int(it) => Ok(*it),
            Value::Null | Value::Text(_) | Value::Bytes(_) | Value::Id(_) => self.wrong(column, "a number"),
        }
    }
    /// A count or a revision.
    pub(crate) fn u64(&self, column: &str) -> Result<u64, Fault> {
        u64::try_from(self.int(column)?).or_else(|_| self.wrong(column, "a count"))
    }
    pub(crate) fn u32(&self, column: &str) -> Result<u32, Fault> {
        u32::try_from(self.int(column)?).or_else(|_| self.wrong(column, "a small count"))
    }
    /// Kept as 0 or 1.
    pub(crate) fn bool(&self, column: &str) -> Result<bool, Fault> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => self.wrong(column, "0 or 1"),
        }
    }
    pub(crate) fn time(&self, column: &str) -> Result<Timestamp, Fault> {
        self.int(column).map(Timestamp)
    }
    pub(crate) fn text(&self, column: &str) -> Result<String, Fault> {
        match self.value(column)? {
            Value::Text(it) => Ok(it.clone()),
            Value::Null | Value::Int(_) | Value::Bytes(_) | Value::Id(_) => self.wrong(column, "a text"),
        }
    }
    pub(crate) fn bytes(&self, column: &str) -> Result<Vec<u8>, Fault> {
        match self.value(column)? {
            Value::Bytes(it) => Ok(it.clone()),
            Value::Id(it) => Ok(it.as_bytes().to_vec()),
            Value::Null | Value::Int(_) | Value::Text(_) => self.wrong(column, "bytes"),
        }
    }
    /// A SHA-256.
    pub(crate) fn hash(&self, column: &str) -> Result<[u8; 32], Fault> {
        self.bytes(column)?.try_into().or_else(|_| self.wrong(column, "a hash of 32 bytes"))
    }
    pub(crate) fn uuid(&self, column: &str) -> Result<Uuid, Fault> {
        match self.value(column)? {
            Value::Id(it) => Ok(*it),
            Value::Bytes(it) => Uuid::from_slice(it).or_else(|_| self.wrong(column, "an id of 16 bytes")),
            Value::Null | Value::Int(_) | Value::Text(_) => self.wrong(column, "an id"),
        }
    }
    pub(crate) fn id<K>(&self, column: &str) -> Result<Id<K>, Fault> {
        self.uuid(column).map(Id::new)
    }
    pub(crate) fn scope(&self, column: &str) -> Result<ScopeId, Fault> {
        self.uuid(column).map(|id| ScopeId(id.as_u128()))
    }
    /// A text that is JSON of that shape.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, Fault> {
        serde_json::from_str(&self.text(column)?).or_else(|error| self.wrong(column, &format!("the JSON it should be ({error})")))
    }
    /// A text that parses into that type.
    pub(crate) fn parsed<T>(&self, column: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Fault> {
        match parse(&self.text(column)?) {
            Some(it) => Ok(it),
            None => self.wrong(column, "a value this version knows"),
        }
    }
    /// The same, where the column may be null: `row.opt("ended_at", Row::time)`.
    pub(crate) fn opt<T>(&self, column: &str, get: impl FnOnce(&Self, &str) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
        if self.is_null(column)? { Ok(None) } else { get(self, column).map(Some) }
    }
}
