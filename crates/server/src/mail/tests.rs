use super::catalogue::{self, Catalogue};
use fluent_bundle::FluentArgs;

#[test]
fn every_mail_has_a_subject_and_a_lead_and_nothing_is_left_to_fill_in() {
    assert!(catalogue::is_whole(), "the catalogue has a line that can't be read");
    let catalogue = Catalogue::english();
    let mut args = FluentArgs::new();
    for name in ["device", "network", "organization", "roles", "until", "address", "product", "code", "at", "from", "to", "person"] {
        args.set(name, format!("({name})"));
    }
    let mails = [
        "invitation",
        "invitation-nobody",
        "reminder",
        "reminder-nobody",
        "sign-in",
        "add-address",
        "new-device",
        "role-changed",
        "role-changed-nobody",
        "removed",
        "removed-nobody",
        "ownership-received",
        "ownership-given",
        "address-changed",
        "identities-changed",
    ];
    for mail in mails {
        for attribute in ["subject", "lead"] {
            let text = catalogue.text(mail, attribute, &args).unwrap_or_else(|| panic!("{mail} has no {attribute}"));
            assert!(!text.contains('$') && !text.contains('{'), "{mail}.{attribute}: {text}");
            assert!(!text.contains(['\u{2068}', '\u{2069}']), "{mail}.{attribute} has marks");
        }
    }
    for message in ["someone", "unknown-browser", "unknown-network", "footer", "unwanted", "no-role"] {
        assert!(catalogue.text(message, "", &args).is_some(), "{message}");
    }
}
