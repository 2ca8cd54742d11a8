//! One connection, spoken to byte by byte, and a server to speak to.

use axum::Router;
use guildhall_server::connections::{self, Limits};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Longer than anything here takes that ends well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const LIMITS: Limits = Limits { at_most: 100, head_time: PATIENCE, last_words: PATIENCE };

/// A router that is served.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) end: JoinHandle<()>,
}

pub(crate) async fn serve(router: Router, limits: Limits) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopping) = watch::channel(false);
    let end = tokio::spawn(connections::serve(listener, router, limits, stopping));
    Served { address, stop, end }
}

impl Served {
    /// Told to stop, it does.
    pub(crate) async fn ends(self) {
        self.stop.send_replace(true);
        tokio::time::timeout(PATIENCE, self.end).await.expect("the server ends").unwrap();
    }
}

pub(crate) struct Line(TcpStream);

impl Line {
    pub(crate) async fn open(served: &Served) -> Self {
        Self(TcpStream::connect(served.address).await.unwrap())
    }
    pub(crate) async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }
    /// Asks for a page.
    pub(crate) async fn get(&mut self, path: &str) -> String {
        self.write(&format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        self.answer().await
    }
    /// The next answer: its head and its body, which has a length.
    pub(crate) async fn answer(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.read_answer()).await.expect("an answer comes")
    }
    async fn read_answer(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.expect("the connection holds"));
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        head + &String::from_utf8(body).unwrap()
    }
    /// What comes until the server closes it.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut rest)).await.expect("it is closed").unwrap();
        rest
    }
    /// Whether one more request on it stays without an answer.
    pub(crate) async fn is_lost(&mut self, path: &str) -> bool {
        let _ = self.0.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await;
        let read = tokio::time::timeout(PATIENCE, self.0.read_u8()).await.expect("it is answered or closed");
        read.is_err()
    }
    /// Whether nothing comes, and it isn't closed, for so long.
    pub(crate) async fn is_quiet(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.0.read_u8()).await.is_err()
    }
    /// Writes a byte again and again until something comes back.
    pub(crate) async fn trickle_until_answered(&mut self) {
        let (mut read, mut write) = self.0.split();
        let trickle = async {
            let mut pace = tokio::time::interval(Duration::from_millis(10));
            loop {
                pace.tick().await;
                write.write_all(b" ").await.unwrap();
            }
        };
        let answered = async {
            let mut first = [0];
            read.peek(&mut first).await.unwrap();
        };
        tokio::select! {
            () = trickle => {}
            () = answered => {}
            () = tokio::time::sleep(PATIENCE) => panic!("no answer comes"),
        }
    }
}
