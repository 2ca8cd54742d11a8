//! The deployment's key: given or read from its file, made at the first start, and the same one ever after.

use crate::{
    Config, StartError,
    config::KeySource,
    serve::{self, file},
};
use data_encoding::HEXLOWER;
use guildhall_core::{Permit, link::DeploymentKey, op, permit::Place};
use guildhall_store::{OpenError, Options, Store};
use std::{io, path::Path, sync::Arc};

/// The key that is given or stands in its file; `None`: there is no file.
pub fn read(source: &KeySource) -> Result<Option<DeploymentKey>, StartError> {
    let path = match source {
        KeySource::Given(bytes) => return Ok(Some(DeploymentKey::new(*bytes))),
        KeySource::File(path) => path,
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file(path)(error)),
    };
    is_ours_alone(path)?;
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    let key = bytes.map(DeploymentKey::new).ok_or_else(|| StartError::KeyFile { path: path.display().to_string() })?;
    Ok(Some(key))
}

/// Who reads the key can make every link: nobody else may.
#[cfg(unix)]
fn is_ours_alone(path: &Path) -> Result<(), StartError> {
    let metadata = std::fs::metadata(path).map_err(file(path))?;
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    if mode & 0o077 != 0 { Err(StartError::KeyOpen { path: path.display().to_string(), mode }) } else { Ok(()) }
}
#[cfg(not(unix))]
fn is_ours_alone(_: &Path) -> Result<(), StartError> {
    Ok(())
}

fn make(path: &Path) -> Result<DeploymentKey, StartError> {
    use std::io::Write as _;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| StartError::Other(format!("no random numbers: {error}")))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(file(folder))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut made = options.open(path).map_err(file(path))?;
    made.write_all(format!("{}\n", HEXLOWER.encode(&bytes)).as_bytes()).and_then(|()| made.sync_all()).map_err(file(path))?;
    Ok(DeploymentKey::new(bytes))
}

/// What the database keeps of its key, to know it again. Nothing can be made from it.
pub fn mark(key: &DeploymentKey) -> String {
    key.derive("mark").tag("the key of this deployment")
}

/// The key of this database. A new database takes the one there is, or a new one; any other has to be given its own.
pub(crate) async fn of(source: &KeySource, store: &Store) -> Result<DeploymentKey, StartError> {
    let kept = store.key_mark().await.map_err(OpenError::from)?;
    let key = match (source, read(source)?) {
        (KeySource::Given(bytes), _) => DeploymentKey::new(*bytes),
        (KeySource::File(_), Some(key)) => key,
        (KeySource::File(path), None) if kept.is_some() => return Err(StartError::KeyLost { path: path.display().to_string() }),
        (KeySource::File(path), None) => make(path)?,
    };
    let kept = match kept {
        Some(kept) => kept,
        None => store.keep_key_mark(&mark(&key)).await.map_err(OpenError::from)?,
    };
    if kept == mark(&key) { Ok(key) } else { Err(StartError::OtherKey) }
}

/// What accepting a key came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The database lived with another one.
    Another,
    Already,
}

/// An operator accepts the key there is, or a new one, in the place of the one the database knows. No server may run meanwhile.
pub async fn accept(config: &Config, reason: &str) -> Result<Accepted, StartError> {
    serve::prepare(config)?;
    let model = Arc::new(serve::model(&config.model)?);
    let store = Store::open(Options::new(config.database_url.clone(), model)).await?;
    let key = match (&config.key, read(&config.key)?) {
        (KeySource::Given(bytes), _) => DeploymentKey::new(*bytes),
        (KeySource::File(_), Some(key)) => key,
        (KeySource::File(path), None) => make(path)?,
    };
    let mark = mark(&key);
    if store.key_mark().await.map_err(OpenError::from)?.as_ref() == Some(&mark) {
        return Ok(Accepted::Already);
    }
    let permit: Permit<op::Operate> = Permit::operator(reason, Place::Deployment);
    store.replace_key_mark(&permit, &mark).await.map_err(OpenError::from)?;
    store.close().await;
    Ok(Accepted::Another)
}
