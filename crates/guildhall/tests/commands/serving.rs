use crate::{
    client::Request,
    terminal::{Deployment, PATIENCE, free},
};
use guildhall_testkit::both_databases;
use serde_json::json;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

both_databases! {
    /// A service manager stops it in the middle of a request: it takes no new ones, ends that one, and ends well.
    fn a_request_under_way_is_finished_after_a_signal_to_stop(database) {
        let mut deployment = Deployment::new(database);
        let key = deployment.key();
        let server = deployment.serve();
        let body = json!({ "name": "Slow", "slug": "slow", "owner": "ann@example.com" }).to_string();
        let mut slow = BufReader::new(TcpStream::connect(deployment.address).unwrap());
        slow.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "POST /v1/organizations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
             expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        slow.get_mut().write_all(head.as_bytes()).unwrap();
        let mut line = String::new();
        slow.read_line(&mut line).unwrap();
        assert_eq!(line, "HTTP/1.1 100 Continue\r\n", "its handler waits for the body");
        server.signal("TERM");
        let begun = Instant::now();
        while TcpStream::connect(deployment.address).is_ok() {
            assert!(begun.elapsed() < PATIENCE, "it still takes new ones");
            std::thread::sleep(Duration::from_millis(5));
        }
        slow.get_mut().write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("HTTP/1.1 201 Created") && answer.contains("\"id\":\"org_"), "{answer}");
        server.end().is(0).says("Guildhall has stopped.");
        let again = deployment.serve();
        let found = deployment.ask(&key, Request::get("/v1/organizations?slug=slow")).body();
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
        again.stop().is(0);
    }

    fn a_second_server_refuses_and_says_who_holds_the_database(database) {
        let mut deployment = Deployment::new(database);
        let server = deployment.serve();
        let first = deployment.address;
        deployment.address = free();
        deployment.configure("standard", "", "");
        let refused = deployment.run_once(&["serve"]).is(1);
        refused.says(&format!("in use by process {}", server.id())).says("stop that one first");
        deployment.address = first;
        assert_eq!(deployment.client().send(&Request::get("/readyz")).unwrap().status, 200);
        server.stop().is(0);
    }

    fn another_model_is_refused_and_both_are_named(database) {
        let mut deployment = Deployment::new(database);
        deployment.serve().stop().is(0);
        deployment.configure("pipes", "", "");
        deployment.run(&["serve"]).is(1).says("`standard`").says("`pipes`");
        deployment.configure("standard", "", "");
        deployment.serve().stop().is(0);
    }

    fn the_counters_are_read_with_the_configured_token(database) {
        let mut deployment = Deployment::new(database);
        deployment.configure("standard", "", "[metrics]\ntoken = \"0123456789abcdef\"");
        let server = deployment.serve();
        assert_eq!(deployment.client().send(&Request::get("/metrics")).unwrap().status, 401);
        let shown = deployment.ask("0123456789abcdef", Request::get("/metrics"));
        assert_eq!(shown.status, 200);
        assert!(shown.text.contains("guildhall_requests_total{method=\"GET\",status=\"2xx\"}"), "{}", shown.text);
        server.stop().is(0);
    }
}
