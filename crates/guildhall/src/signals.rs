//! Ctrl-C and what service managers send.

use tokio::sync::watch;

/// Turns true at the first signal to end.
pub(crate) fn stop() -> anyhow::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (send, receive) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        let _ = send.send(true);
        // Who asks twice doesn't want to wait.
        interrupt.recv().await;
        std::process::exit(130);
    });
    Ok(receive)
}
