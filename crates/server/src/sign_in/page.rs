//! What pages outside of any organization share.

use crate::{
    App,
    portal::view::{Brand, Page, Theme},
};

/// A page of nobody in particular, with this form token.
pub fn outside(app: &App, title: &str, form_token: String) -> Page {
    Page {
        lang: "en".to_owned(),
        theme: Theme::System,
        title: title.to_owned(),
        place: product(app),
        brand: brand(app),
        form_token,
        toast: None,
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
