//! The log and the counters. Never a secret, an address of a person, or a body.

use crate::config::Log;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{sync::OnceLock, time::Duration};
use tracing_subscriber::EnvFilter;

/// Starts the log: lines for people, or JSON for collectors. Dependencies speak only of warnings.
pub fn start(log: &Log) -> Result<(), String> {
    let level = &log.level;
    let filter = format!("warn,guildhall={level},guildhall_server={level},guildhall_store={level},guildhall_core={level}");
    let filter = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let started = if log.json { builder.json().flatten_event(true).try_init() } else { builder.with_ansi(false).try_init() };
    started.map_err(|error| error.to_string())
}

/// How often samples are gathered into their buckets.
const GATHERED: Duration = Duration::from_secs(5);

/// Gathers what was measured, for ever: until then each sample is kept by itself.
pub async fn gather() {
    loop {
        tokio::time::sleep(GATHERED).await;
        metrics().run_upkeep();
    }
}

/// What is counted, by the whole process. Whoever installs it runs [`gather`] beside it.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let seconds = [0.000_5, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0];
        let builder = PrometheusBuilder::new();
        let builder = match builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds) {
            Ok(builder) => builder,
            Err(_) => PrometheusBuilder::new(),
        };
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // Another recorder was there first only in tests: then this one shows nothing.
        let _ = metrics::set_global_recorder(recorder);
        handle
    })
}
