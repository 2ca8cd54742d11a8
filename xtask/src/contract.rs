//! The API against its own description: Schemathesis asks the running binary what the OpenAPI document allows and forbids.
//!
//! `e2e/schemathesis.toml` says what is checked; a check that is off stands there with its reason.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{process, provide};

const VERSION: &str = "schemathesis==4.32.5";
/// Everything but what would end the organization and the person that the questions are about: `e2e/schemathesis.toml` says why.
const SCOPES: &str = "organization.found,organization.see,organization.update,ownership.transfer,member.view,member.add,\
                      member.change_roles,member.suspend,invitation.view,invitation.create,invitation.revoke,role.view,audit.view,\
                      user.create,decide";
const READY_WITHIN: Duration = Duration::from_secs(20);

/// Runs Schemathesis against the binary. An error names what failed.
pub(crate) fn run(root: &Path, product: &Path) -> Result<()> {
    let schemathesis = installed(root)?;
    let folder = root.join("target/contract");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("can't empty `{}`", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("can't make `{}`", folder.display()))?;
    let server = Server::start(product, &folder)?;
    let key = server.key()?;
    let config = folder.join("schemathesis.toml");
    let checks = fs::read_to_string(root.join("e2e/schemathesis.toml")).context("can't read `e2e/schemathesis.toml`")?;
    fs::write(&config, format!("{checks}{}", server.furnish(&key)?)).with_context(|| format!("can't write `{}`", config.display()))?;
    let mut command = Command::new(schemathesis);
    command
        .arg("--config-file")
        .arg(&config)
        .arg("run")
        .arg(format!("{}/openapi.json", server.url))
        .args(["--header", &format!("Authorization: Bearer {key}")])
        .current_dir(root);
    let status = process::run(&mut command)?;
    if !status.success() {
        bail!("Schemathesis ended with {status}: the API doesn't do what its description says");
    }
    Ok(())
}

/// Schemathesis in a Python environment of its own.
fn installed(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/schemathesis");
    let program = folder.join("bin/schemathesis");
    let stamp = folder.join("version");
    if program.is_file() && fs::read_to_string(&stamp).is_ok_and(|version| version == VERSION) {
        return Ok(program);
    }
    provide::python()?;
    println!("Schemathesis is missing or old: installing {VERSION} into `{}`", folder.display());
    process::run_to_success(Command::new("python3").args(["-m", "venv"]).arg(&folder)).context("Python's `venv` can't be had")?;
    let pip = folder.join("bin/pip");
    process::run_to_success(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", VERSION]))
        .context("Schemathesis can't be had")?;
    fs::write(&stamp, VERSION).context("can't note what was installed")?;
    Ok(program)
}

/// The binary on a database of its own, stopped when this value goes.
struct Server {
    process: Child,
    product: PathBuf,
    config: PathBuf,
    url: String,
}

impl Server {
    fn start(product: &Path, folder: &Path) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).context("no port is free")?.port();
        let url = format!("http://127.0.0.1:{port}");
        let config = folder.join("guildhall.toml");
        let text = format!(
            "model = \"pipes\"\n[database]\nurl = \"sqlite://{}\"\n[http]\nlisten = \"127.0.0.1:{port}\"\nrequests_per_minute = 1000000\nkey_requests_per_minute = 0\n",
            folder.join("guildhall.db").display()
        );
        fs::write(&config, text).with_context(|| format!("can't write `{}`", config.display()))?;
        let log = fs::File::create(folder.join("server.log")).context("can't write the server's log")?;
        let process = Command::new(product)
            .args(["serve", "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("can't start `{}`", product.display()))?;
        let mut server = Self { process, product: product.to_path_buf(), config, url };
        server.wait(port)?;
        Ok(server)
    }

    fn wait(&mut self, port: u16) -> Result<()> {
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = self.process.try_wait().context("can't watch the server")? {
                bail!("the server ended with {status}; see `{}`", self.config.with_file_name("server.log").display());
            }
            if began.elapsed() > READY_WITHIN {
                bail!("the server did not listen within {READY_WITHIN:?}");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// A key of the deployment, made beside the running server.
    fn key(&self) -> Result<String> {
        let mut command = Command::new(&self.product);
        command.args(["key", "create", "--title", "contract", "--scopes", SCOPES, "--config"]).arg(&self.config);
        process::ask(&mut command).map(|key| key.trim().to_owned())
    }

    /// An organization with an owner, so that questions reach what is there; answers with their ids as configuration.
    fn furnish(&self, key: &str) -> Result<String> {
        let user = self.post(key, "/v1/users", r#"{"address":"ann@example.org","name":"Ann"}"#)?;
        let body = r#"{"name":"Northwind","slug":"northwind","owner":"ann@example.org"}"#;
        let organization = self.post(key, "/v1/organizations", body)?;
        Ok(format!("\n[parameters]\norganization = \"{organization}\"\nuser = \"{user}\"\n"))
    }

    /// Posts JSON and answers with the `id` of what was made.
    fn post(&self, key: &str, path: &str, body: &str) -> Result<String> {
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).context("the server is gone")?;
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let json: Option<Value> = answer.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
        let id = json.as_ref().and_then(|json| json["id"].as_str());
        id.map(str::to_owned).with_context(|| format!("POST {path} answered {answer}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
