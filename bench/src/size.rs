//! How soon the released binary answers, what it takes while it idles, and how large it is.

use crate::{
    client::{Client, Request},
    line, table,
    town::{self, Broken},
};
use guildhall_store::{Options, Store};
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

const STARTS: usize = 7;
/// People and organizations in the database it starts on.
const PEOPLE: usize = 500;
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn run() -> Result<(), Broken> {
    let binary = product()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("guildhall.db");
    Runtime::new()?.block_on(fill(&format!("sqlite://{}", file.display())))?;
    let mut ready = Vec::new();
    let mut idle = 0.0;
    for n in 0..STARTS {
        let (mut running, address) = start(&binary, folder.path())?;
        let begun = Instant::now();
        let answered = wait(address);
        ready.push(begun.elapsed().as_secs_f64() * 1e3);
        if n + 1 == STARTS {
            std::thread::sleep(Duration::from_secs(2));
            idle = resident(&running.id().to_string())?;
        }
        running.kill()?;
        running.wait()?;
        answered?;
    }
    ready.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a file's size")]
    let size = fs::metadata(&binary)?.len() as f64 / 1e6;
    table();
    let middle = ready.get(STARTS / 2).copied().unwrap_or_default();
    line(&format!("ready to answer on an existing database, median of {STARTS} starts"), &format!("{middle:.0} ms"), "150 ms");
    line("resident while idle", &format!("{idle:.1} MB"), "40 MB");
    line("the released binary", &format!("{size:.1} MB"), "40 MB");
    Ok(())
}

/// The binary beside this program: `cargo xtask bench` builds both at once.
fn product() -> Result<PathBuf, Broken> {
    let beside = std::env::current_exe()?.with_file_name("guildhall");
    if beside.is_file() { Ok(beside) } else { Err(format!("`{}` is missing: `cargo xtask bench` builds it", beside.display()).into()) }
}

async fn fill(url: &str) -> Result<(), Broken> {
    let store = Store::open(Options::new(url, town::model()?)).await?;
    for n in 0..PEOPLE {
        let user = town::person(&store, &format!("person{n}@example.com")).await?;
        if n % 10 == 0 {
            town::found(&store, user, &format!("org-{n}")).await?;
        }
    }
    store.close().await;
    Ok(())
}

fn start(binary: &Path, folder: &Path) -> Result<(Child, SocketAddr), Broken> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(binary);
    // What steers this program is no configuration of the product.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GUILDHALL_")) {
        command.env_remove(name);
    }
    let child = command
        .arg("serve")
        .env("GUILDHALL_DATA", folder)
        .env("GUILDHALL_HTTP_LISTEN", address.to_string())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    Ok((child, address))
}

fn wait(address: SocketAddr) -> Result<(), Broken> {
    let (begun, mut client) = (Instant::now(), Client::new(address));
    while begun.elapsed() < PATIENCE {
        if client.send(&Request::get("/readyz")).is_ok_and(|reply| reply.is_ok()) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err("it was never ready".into())
}

/// Megabytes a process has in memory.
pub(crate) fn resident(process: &str) -> Result<f64, Broken> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("the machine doesn't say")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}
