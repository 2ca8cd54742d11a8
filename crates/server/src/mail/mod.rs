//! Mail: orders from the outbox become letters in a fixed frame, and leave over SMTP, or are shown by the demo.

pub mod catalogue;
pub mod frame;
pub mod portal;
pub mod render;
pub mod smtp;
#[cfg(test)]
mod tests;
pub mod worker;

pub use catalogue::Catalogue;
pub use render::Letter;

use std::sync::Arc;
use tokio::sync::Notify;

/// The way to the mail worker, and the words of its mails.
#[derive(Clone, Debug, Default)]
pub struct Post {
    bell: Arc<Notify>,
    pub(crate) catalogue: Arc<Catalogue>,
}

impl Post {
    pub fn new(catalogue: Catalogue) -> Self {
        Self { bell: Arc::default(), catalogue: Arc::new(catalogue) }
    }
    /// Something may have been queued: the worker looks.
    pub fn wake(&self) {
        self.bell.notify_one();
    }
    pub(crate) async fn woken(&self) {
        self.bell.notified().await;
    }
}
