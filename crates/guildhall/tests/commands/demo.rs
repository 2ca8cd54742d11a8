use crate::{
    client::{Client, Request},
    terminal::{Running, command},
};
use std::fs;

/// The first two parts of an address: where the server is, and the path there.
fn split(link: &str) -> (Client, String) {
    let (host, path) = link.strip_prefix("http://").unwrap().split_once('/').unwrap();
    (Client::new(host.parse().unwrap()), format!("/{path}"))
}

/// A preset, and a file whose model closes much of what the demo shows.
#[test]
fn one_system_alone_is_filled_as_far_as_its_model_lets() {
    let folder = tempfile::tempdir().unwrap();
    let preset = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../presets/workjet.toml")).unwrap();
    let mut closed = preset.clone();
    for (from, to) in [
        ("days = 7", "days = 1"),
        ("\"member.suspend\", ", ""),
        ("closed = [", "closed = [\"member.suspend\", "),
        ("by = [\"email\"]", "by = [\"list\"]"),
    ] {
        assert!(closed.contains(from), "workjet has no `{from}`");
        closed = closed.replacen(from, to, 1);
    }
    let file = folder.path().join("closed.toml");
    fs::write(&file, closed).unwrap();
    for model in ["modelmatch", file.to_str().unwrap()] {
        let mut demo = Running::begin(&mut command(&["demo", "--port", "0", "--model", model]), folder.path());
        let printed = demo.until("Ctrl-C stops it.");
        let link = printed.split_whitespace().find(|word| word.contains("/demo/")).unwrap();
        let (mut client, path) = split(link);
        assert_eq!(client.send(&Request::get(&path)).unwrap().all("location").collect::<Vec<_>>(), ["/o/northwind"], "{model}");
        demo.signal("INT");
        demo.end().is(0);
    }
}

#[test]
fn the_demo_signs_in_to_six_systems_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    let mut demo = Running::begin(command(&["demo", "--port", "0"]).env("TMPDIR", &temporary), folder.path());
    let printed = demo.until("Ctrl-C stops it.");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 1);
    let first = printed.lines().find_map(|line| line.strip_prefix("Guildhall's demo is at ")).unwrap();
    let (mut client, _) = split(&format!("{first}/"));
    assert!(client.send(&Request::get("/")).unwrap().text.contains("Choose a system"));
    let links: Vec<&str> = printed.split_whitespace().filter(|word| word.contains("/demo/")).collect();
    assert_eq!(links.len(), 6, "{printed}");
    for link in links {
        let (mut client, path) = split(link);
        let entered = client.send(&Request::get(&path)).unwrap();
        assert!(entered.all("set-cookie").any(|cookie| cookie.contains("-session=")), "{link}: {} {}", entered.status, entered.text);
        assert_eq!(entered.all("location").collect::<Vec<_>>(), ["/o/northwind"], "{link}");
    }
    demo.signal("INT");
    demo.end().is(0).says("The demo has stopped; its folder is gone.");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}
