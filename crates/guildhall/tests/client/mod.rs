//! A small HTTP client that blocks: one connection, kept alive; no redirects are followed, no cookies kept.

#![allow(dead_code, reason = "each program uses a part of it")]

use serde_json::Value;
use std::{
    fmt::Write as _,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Prints a figure where a run shows it, also of a test that passes: what `print!` writes is then kept back.
pub fn figure(line: &str) {
    // Whoever reads it may be gone.
    let _ = writeln!(io::stderr(), "{line}");
}

/// One request, as it is sent.
#[derive(Clone, Debug)]
pub struct Request {
    line: String,
    headers: String,
    body: String,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self { line: format!("{method} {path} HTTP/1.1\r\n"), headers: String::new(), body: String::new() }
    }
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }
    pub fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path).json(body)
    }
    pub fn header(mut self, name: &str, value: &str) -> Self {
        // Writing to a String can't fail.
        let _ = write!(self.headers, "{name}: {value}\r\n");
        self
    }
    /// A service key.
    pub fn bearer(self, secret: &str) -> Self {
        self.header("authorization", &format!("Bearer {secret}"))
    }
    /// A browser's session, from the server's own pages.
    pub fn cookie(self, cookie: &str, origin: &str) -> Self {
        self.header("cookie", cookie).header("origin", origin)
    }
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }
    pub fn form(self, body: &str) -> Self {
        self.body("application/x-www-form-urlencoded", body.to_owned())
    }
    fn body(mut self, media_type: &str, body: String) -> Self {
        self.body = body;
        self.header("content-type", media_type)
    }
    /// The bytes on the wire.
    pub fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let Self { line, headers, body } = self;
        format!("{line}host: {host}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Reply {
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A connection to one server.
#[derive(Debug)]
pub struct Client {
    host: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    pub fn new(host: SocketAddr) -> Self {
        Self { host, stream: None }
    }
    /// Sends it and waits for the answer. After an error nobody knows what the server did.
    pub fn send(&mut self, request: &Request) -> io::Result<Reply> {
        self.send_bytes(&request.bytes(self.host))
    }
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<Reply> {
        let sent = self.try_send(bytes);
        if sent.is_err() {
            self.stream = None;
        }
        sent
    }
    fn try_send(&mut self, bytes: &[u8]) -> io::Result<Reply> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect_timeout(&self.host, PATIENCE)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                self.stream.insert(BufReader::new(stream))
            }
        };
        stream.get_mut().write_all(bytes)?;
        read(stream)
    }
}

fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Reply> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut line = String::new();
    let mut next = |line: &mut String| -> io::Result<()> {
        line.clear();
        if stream.read_line(line)? == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    };
    next(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| wrong("no status"))?;
    let (mut headers, mut length) = (Vec::new(), 0);
    loop {
        next(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
        match name.as_str() {
            "content-length" => length = value.parse().map_err(|_| wrong("no length"))?,
            "transfer-encoding" => return Err(wrong("an answer in chunks")),
            _ => {}
        }
        headers.push((name, value));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let text = String::from_utf8(body).map_err(|_| wrong("not UTF-8"))?;
    Ok(Reply { status, headers, text })
}

/// Random numbers that a seed repeats.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// A seed, from the variable or from the clock.
    pub fn seed() -> u64 {
        let given = std::env::var("GUILDHALL_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        given.unwrap_or_else(|| u64::try_from(now.as_micros()).unwrap_or_default())
    }
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }
    pub fn index(&mut self, n: usize) -> usize {
        usize::try_from(self.below(n as u64)).unwrap_or_default()
    }
}

/// A number that the environment may set.
pub fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}
