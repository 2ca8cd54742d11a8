//! What every handler has at hand: the store, the configuration, the deployment's key, the model.

use crate::{config::Config, events::Noted, failure::Failure, mail::Post, sign_in::provider::Providers};
use guildhall_core::{Id, Model, Timestamp, link::DeploymentKey};
use guildhall_store::Store;
use std::sync::Arc;

/// The parts an [`App`] is built from.
#[derive(Debug)]
pub struct Parts {
    pub store: Store,
    pub config: Config,
    pub key: DeploymentKey,
    pub providers: Providers,
    pub post: Post,
}

/// The running deployment. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>, Arc<Noted>);

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts), Arc::default())
    }
    pub fn store(&self) -> &Store {
        &self.0.store
    }
    pub fn config(&self) -> &Config {
        &self.0.config
    }
    pub fn model(&self) -> &Arc<Model> {
        self.0.store.model()
    }
    /// What links, codes, cookies and cursors are signed with. Derive one key per purpose.
    pub fn key(&self) -> &DeploymentKey {
        &self.0.key
    }
    pub fn providers(&self) -> &Providers {
        &self.0.providers
    }
    /// Mail: wake it after a command queued some.
    pub fn post(&self) -> &Post {
        &self.0.post
    }
    /// How many failures of each network the security log took lately.
    pub(crate) fn noted(&self) -> &Noted {
        &self.1
    }
    pub fn now(&self) -> Timestamp {
        self.0.store.now()
    }
    /// `https://portal.example.org`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.0.config.http.public_url
    }
    /// An absolute address for a path that begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url())
    }
    /// Whether browsers reach this over TLS.
    pub fn is_tls(&self) -> bool {
        self.base_url().starts_with("https://")
    }
    /// Whether this is the demo: the mailbox is a page, and links are shown.
    pub fn is_demo(&self) -> bool {
        self.0.config.demo
    }
    /// Whether mail leaves.
    pub fn mails(&self) -> bool {
        self.config().mail.is_some() || self.is_demo()
    }
    /// A new id.
    pub fn fresh<K>(&self) -> Id<K> {
        Id::new(self.0.store.fresh())
    }
    /// Fresh random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).map_err(|error| Failure::broken(format!("no random numbers: {error}")))?;
        Ok(bytes)
    }
}
