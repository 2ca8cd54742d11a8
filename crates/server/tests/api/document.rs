//! The OpenAPI document: checked in, complete, and shown on a page that keeps to the policy.

use crate::{harness::Server, operations};
use guildhall_testkit::both_databases;
use std::collections::BTreeSet;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

#[test]
fn the_document_is_as_it_was_checked_in() {
    let now = format!("{}\n", guildhall_server::api::document().to_pretty_json().unwrap());
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(DOCUMENT, &now).unwrap();
    }
    let checked_in = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
    assert!(now == checked_in, "docs/openapi.json is old: run this test with REWRITE=1 and look at the difference");
}

#[test]
fn every_operation_says_what_it_is() {
    let document = serde_json::to_value(guildhall_server::api::document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut ids = BTreeSet::new();
    for operation in operations::all() {
        assert!(ids.insert(operation.id.clone()), "{} stands twice", operation.id);
        let said = &document["paths"][&operation.path][operation.method.as_str().to_lowercase()];
        assert!(said["summary"].is_string() && said["tags"].is_array(), "{}", operation.id);
        assert!(said["responses"]["default"].is_object() && said["security"].is_array(), "{}", operation.id);
        let in_path: Vec<_> = operation.path.split(['{', '}']).skip(1).step_by(2).collect();
        assert_eq!(operation.ids, in_path, "{}", operation.id);
    }
    // Every reference leads somewhere.
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let at = part.split('"').next().unwrap();
        assert!(document.pointer(at).is_some(), "{at} is referred to and not there");
    }
}

both_databases! {
    async fn the_document_and_its_page_are_served(database) {
        let server = Server::start(database, "workjet").await;
        let document = server.nobody().get("/openapi.json").await.is(200);
        assert_eq!(document.header("content-type"), Some("application/json"));
        assert_eq!(document["info"]["title"], "Guildhall");
        let page = server.nobody().get("/api").await.is(200);
        assert!(page.header("content-type").unwrap().starts_with("text/html"));
        for operation in operations::all() {
            assert!(page.text.contains(&format!("id=\"{}\"", operation.id)), "{}", operation.id);
        }
        for forbidden in ["<script", "style=", "onclick", "http://", "https://"] {
            assert!(!page.text.contains(forbidden), "{forbidden}");
        }
    }
}
