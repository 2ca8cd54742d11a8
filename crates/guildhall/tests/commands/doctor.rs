use crate::terminal::{Deployment, free};
use guildhall_testkit::both_databases;
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
};

/// The line about one thing.
fn line(printed: &str, mark: &str, what: &str) -> String {
    let found = printed.lines().find(|line| line.starts_with(mark) && line.split_whitespace().nth(1) == Some(what));
    found.unwrap_or_else(|| panic!("no `{mark} {what}` in {printed}")).to_owned()
}

/// A provider whose clock stopped long ago.
fn provider() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut path = String::new();
            stream.read_line(&mut path).unwrap();
            let mut header = String::new();
            while stream.read_line(&mut header).is_ok_and(|n| n > 2) {
                header.clear();
            }
            let body = if path.contains("jwks") {
                "{\"keys\":[]}".to_owned()
            } else {
                format!(
                    "{{\"issuer\":\"http://{address}\",\"authorization_endpoint\":\"http://{address}/auth\",\"jwks_uri\":\"http://{address}/jwks\",\
                     \"response_types_supported\":[\"code\"],\"subject_types_supported\":[\"public\"],\"id_token_signing_alg_values_supported\":[\"RS256\"]}}"
                )
            };
            // Who asked may be gone.
            let _ = write!(
                stream.get_mut(),
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ndate: Sun, 01 Mar 2026 09:00:00 GMT\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    address
}

/// A mail server without TLS that knows nobody.
fn mail_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let _ = write!(stream.get_mut(), "220 mail.example ready\r\n");
            let mut said = String::new();
            while stream.read_line(&mut said).is_ok_and(|n| n > 0) {
                let answer = if said.starts_with("EHLO") { "250-mail.example\r\n250 AUTH PLAIN LOGIN" } else { "535 5.7.8 who is town?" };
                // Who asked may be gone.
                let _ = write!(stream.get_mut(), "{answer}\r\n");
                said.clear();
            }
        }
    });
    address
}

both_databases! {
    fn doctor_finds_a_deployment_good_before_and_after_its_first_start(database) {
        let mut deployment = Deployment::new(database);
        let before = deployment.run(&["doctor"]).is(0).out;
        line(&before, "note", "key");
        assert!(!deployment.key_file().exists(), "it changes nothing");
        let server = deployment.serve();
        let beside = deployment.run_once(&["doctor"]).is(0).out;
        assert!(line(&beside, "ok", "database").contains(&format!("process {}", server.id())), "{beside}");
        server.stop().is(0);
        let after = deployment.run(&["doctor"]).is(0).out;
        for what in ["configuration", "model", "key", "database", "clock"] {
            line(&after, "ok", what);
        }
        line(&after, "note", "mail");
        assert!(!after.contains("BAD"), "{after}");
    }

    fn doctor_names_each_thing_that_is_bad(database) {
        let mut deployment = Deployment::new(database);
        deployment.serve().stop().is(0);
        let key = deployment.key_file();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        let said = deployment.run(&["doctor"]).is(1).out;
        assert!(line(&said, "BAD", "key").contains("(mode 644)") && said.contains("`chmod 600` it"), "{said}");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();

        deployment.configure("pipes", "", "");
        let said = line(&deployment.run(&["doctor"]).is(1).out, "BAD", "database");
        assert!(said.contains("`standard`") && said.contains("`pipes`"), "{said}");

        let nobody = free();
        let mail = |address: SocketAddr, rest: &str| {
            deployment.configure("standard", "", &format!("[mail]\nsmtp_url = \"smtp://town:secret@{address}?tls={rest}\""));
            let said = line(&deployment.run(&["doctor"]).is(1).out, "BAD", "mail");
            assert!(said.contains(&format!("{address}, with ")) && said.contains(", as `town`: ") && !said.contains("secret"), "{said}");
            said
        };
        let said = mail(nobody, "none");
        assert!(said.contains("can't connect: ") && said.ends_with("look at host, port and the word behind `?tls=` in `mail.smtp_url`"), "{said}");
        let said = mail(mail_server(), "none");
        assert!(said.contains("with no TLS") && said.contains("answers 535") && said.ends_with("look at user and password in `mail.smtp_url`"), "{said}");
        let said = mail(mail_server(), "starttls");
        assert!(said.contains("with STARTTLS") && said.contains("look at the word behind `?tls=`"), "{said}");

        let issuer = |address: SocketAddr| {
            format!("[[sign_in.providers]]\nid = \"house\"\ntitle = \"House\"\nissuer = \"http://{address}\"\nclient_id = \"x\"\nclient_secret = \"x\"")
        };
        deployment.configure("standard", "", &issuer(free()));
        assert!(line(&deployment.run(&["doctor"]).is(1).out, "BAD", "provider").contains("house: "));
        deployment.configure("standard", "", &issuer(provider()));
        let said = deployment.run(&["doctor"]).is(1).out;
        line(&said, "ok", "provider");
        assert!(line(&said, "BAD", "clock").contains("ahead of house; set it by NTP"), "{said}");
    }
}
