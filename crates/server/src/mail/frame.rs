//! The one frame of every mail, as text and as HTML. What varies is escaped.

use std::fmt::Write as _;

/// What stands in the frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    pub product: String,
    pub subject: String,
    pub lead: String,
    pub code: Option<String>,
    /// Label and address.
    pub button: Option<(String, String)>,
    pub note: Option<String>,
    pub footer: String,
    /// "I don't know these people": label and address.
    pub unwanted: Option<(String, String)>,
}

pub fn text(content: &Content) -> String {
    let mut out = format!("{}\n", content.lead);
    if let Some(code) = &content.code {
        let _ = write!(out, "\n    {code}\n");
    }
    if let Some((label, href)) = &content.button {
        let _ = write!(out, "\n{label}:\n{href}\n");
    }
    if let Some(note) = &content.note {
        let _ = write!(out, "\n{note}\n");
    }
    let _ = write!(out, "\n-- \n{}\n", content.footer);
    if let Some((label, href)) = &content.unwanted {
        let _ = writeln!(out, "{label}: {href}");
    }
    out
}

pub fn html(content: &Content) -> String {
    let mut body = format!("<p style=\"font-size:16px;line-height:24px;margin:0 0 24px\">{}</p>", escape(&content.lead));
    if let Some(code) = &content.code {
        let _ = write!(
            body,
            "<p style=\"font:600 28px/36px ui-monospace,Menlo,Consolas,monospace;letter-spacing:.2em;margin:0 0 24px\">{}</p>",
            escape(code)
        );
    }
    if let Some((label, href)) = &content.button {
        let _ = write!(
            body,
            "<p style=\"margin:0 0 24px\"><a href=\"{}\" style=\"display:inline-block;background:#3650c8;color:#ffffff;\
             text-decoration:none;font-weight:500;padding:8px 16px;border-radius:6px\">{}</a></p>",
            escape(href),
            escape(label)
        );
    }
    if let Some(note) = &content.note {
        let _ = write!(body, "<p style=\"font-size:13px;line-height:18px;color:#596070;margin:0 0 24px\">{}</p>", escape(note));
    }
    let mut footer = escape(&content.footer);
    if let Some((label, href)) = &content.unwanted {
        let _ = write!(footer, "<br><a href=\"{}\" style=\"color:#596070\">{}</a>", escape(href), escape(label));
    }
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{subject}</title></head><body style=\"margin:0;background:#f6f7f9;color:#171a21;\
         font-family:Inter,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif\">\
         <div style=\"max-width:480px;margin:0 auto;padding:32px 16px\">\
         <p style=\"font-weight:600;margin:0 0 16px\">{product}</p>\
         <div style=\"background:#ffffff;border:1px solid #e2e5ea;border-radius:10px;padding:24px 24px 0\">{body}</div>\
         <p style=\"font-size:12px;line-height:16px;color:#596070;margin:16px 0 0\">{footer}</p></div></body></html>",
        subject = escape(&content.subject),
        product = escape(&content.product),
    )
}

/// For text between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
