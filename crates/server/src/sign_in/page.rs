//! What pages outside of any organization share.

use crate::{
    App,
    portal::view::{Action, Brand, Icon, Page, Theme, outside::LinkPage},
};

/// A page of nobody in particular, with this form token.
pub fn outside(app: &App, title: &str, form_token: String) -> Page {
    Page {
        lang: "en".to_owned(),
        theme: Theme::System,
        user: None,
        title: title.to_owned(),
        place: product(app),
        brand: brand(app),
        form_token,
        toast: None,
    }
}

/// The page of a mailed link that wasn't followed in this browser lately.
pub fn closed_link(app: &App, actions: Vec<Action>, note: Option<&str>) -> LinkPage {
    let heading = "Open the link once more".to_owned();
    LinkPage {
        page: outside(app, &heading, String::new()),
        icon: Icon::Mail,
        heading,
        lead: "This page stays open for an hour, in the browser that followed the link in the mail.".to_owned(),
        actions,
        note: note.map(str::to_owned),
        footer: Vec::new(),
    }
}

/// What the portal calls itself.
pub fn product(app: &App) -> String {
    app.config().title.clone().unwrap_or_else(|| app.model().title.clone())
}

/// Product name and logos.
pub fn brand(app: &App) -> Brand {
    Brand { product: product(app), logo: None, stylesheet: None }
}
