//! The server that Schemathesis asks, on a database of its own, and those who ask: a service key and a person.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::slice;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;

/// Everything but what would end the organization and the person that the questions are about: `e2e/schemathesis.toml` says why.
const SCOPES: &str = "organization.found,organization.see,organization.update,ownership.transfer,member.view,member.add,\
                      member.change_roles,member.suspend,invitation.view,invitation.create,invitation.revoke,role.view,audit.view,\
                      user.create,decide";
/// Who signs in and owns the organization.
const ANN: &str = "ann@example.org";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const READY_WITHIN: Duration = Duration::from_secs(20);

/// The binary on a database of its own, stopped when this value goes.
pub(super) struct Server {
    process: Child,
    product: PathBuf,
    config: PathBuf,
    url: String,
}

impl Server {
    pub(super) fn start(product: &Path, folder: &Path) -> Result<Self> {
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

    /// Where it describes its API.
    pub(super) fn document(&self) -> String {
        format!("{}/openapi.json", self.url)
    }

    /// A key of the deployment, made beside the running server; as the header that gives it.
    pub(super) fn key(&self) -> Result<Header> {
        let key = self.command(&["key", "create", "--title", "contract", "--scopes", SCOPES])?;
        Ok(("Authorization", format!("Bearer {key}")))
    }

    /// A person who signed in by the first operator's link, which takes no mail; as the headers that a browser sends.
    pub(super) fn person(&self) -> Result<Vec<Header>> {
        let link = self.command(&["operator", "link"])?;
        let path = link.strip_prefix(&self.url).with_context(|| format!("the link `{link}` leads elsewhere"))?;
        let mut browser = vec![("Origin", self.url.clone())];
        let followed = self.ask("GET", path, &browser, None)?;
        browser.push(("Cookie", followed.cookies()));
        let page = self.ask("GET", "/operator/first", &browser, None)?;
        let form = format!("form_token={}&name=Ann&address={}", page.form_token()?, ANN.replace('@', "%40"));
        let signed_in = self.ask("POST", "/operator/first", &browser, Some((FORM, &form)))?;
        browser.pop();
        browser.push(("Cookie", signed_in.cookies()));
        Ok(browser)
    }

    /// An organization that Ann owns, so that questions reach what is there; answers with their ids as configuration.
    pub(super) fn furnish(&self, key: &Header, person: &[Header]) -> Result<String> {
        let user = self.ask("GET", "/v1/user", person, None)?.id()?;
        let body = format!(r#"{{"name":"Northwind","slug":"northwind","owner":"{ANN}"}}"#);
        let organization = self.ask("POST", "/v1/organizations", slice::from_ref(key), Some((JSON, &body)))?.id()?;
        Ok(format!("\n[parameters]\norganization = \"{organization}\"\nuser = \"{user}\"\n"))
    }

    /// What a command of the binary prints, beside the running server.
    fn command(&self, words: &[&str]) -> Result<String> {
        let printed = process::ask(Command::new(&self.product).args(words).arg("--config").arg(&self.config))?;
        Ok(printed.trim().to_owned())
    }

    fn ask(&self, method: &str, path: &str, headers: &[Header], body: Option<(&str, &str)>) -> Result<Answer> {
        let host = self.url.trim_start_matches("http://");
        let mut lines = vec![format!("{method} {path} HTTP/1.1"), format!("Host: {host}"), "Connection: close".to_owned()];
        lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
        if let Some((kind, body)) = body {
            lines.extend([format!("Content-Type: {kind}"), format!("Content-Length: {}", body.len())]);
        }
        let request = format!("{}\r\n\r\n{}", lines.join("\r\n"), body.map_or("", |(_, body)| body));
        let mut stream = TcpStream::connect(host).context("the server is gone")?;
        stream.write_all(request.as_bytes())?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(Answer { asked: format!("{method} {path}"), text })
    }
}

/// A header's name and value.
pub(super) type Header = (&'static str, String);

struct Answer {
    asked: String,
    text: String,
}

impl Answer {
    /// The `id` of what it describes.
    fn id(&self) -> Result<String> {
        let body = self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let json: Option<Value> = serde_json::from_str(body).ok();
        let id = json.as_ref().and_then(|json| json["id"].as_str());
        id.map(str::to_owned).with_context(|| self.lacks("no `id`"))
    }

    /// Those it sets, as a browser sends them back.
    fn cookies(&self) -> String {
        let set = self.text.lines().filter_map(|line| line.split_once(": ")).filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let pairs: Vec<&str> = set.filter_map(|(_, cookie)| cookie.split(';').next()).collect();
        pairs.join("; ")
    }

    fn form_token(&self) -> Result<&str> {
        let after = self.text.split_once("name=\"form_token\" value=\"").map(|(_, after)| after);
        let token = after.and_then(|after| after.split_once('"'));
        token.map(|(token, _)| token).with_context(|| self.lacks("no form"))
    }

    fn lacks(&self, what: &str) -> String {
        format!("{} answered with {what}: {}", self.asked, self.text)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
