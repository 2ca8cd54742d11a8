//! The page that shows the API: made from the `OpenAPI` document, without a script.

use serde_json::Value;
use std::fmt::Write as _;

/// The whole page.
pub(super) fn page(document: &Value) -> String {
    let mut out = String::with_capacity(128 * 1024);
    let title = text(document, "/info/title");
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\"><title>API · {title}</title><meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"icon\" href=\"/assets/favicon.svg\" type=\"image/svg+xml\"><link rel=\"stylesheet\" href=\"/assets/app.css\">\
         </head><body><a class=\"skip\" href=\"#main\">Skip to content</a><main id=\"main\" class=\"reference stack-24\" tabindex=\"-1\">\
         <h1 class=\"title\">{title} API {}</h1>",
        text(document, "/info/version")
    );
    paragraphs(&mut out, &text(document, "/info/description"));
    out.push_str("<p><a href=\"/openapi.json\">openapi.json</a></p>");
    let groups = document.pointer("/tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    out.push_str("<nav aria-label=\"Groups\"><ul>");
    for group in groups {
        let name = text(group, "/name");
        let _ = write!(out, "<li><a href=\"#{name}\">{name}</a></li>");
    }
    out.push_str("</ul></nav>");
    for group in groups {
        section(&mut out, document, group);
    }
    out.push_str("</main></body></html>\n");
    out
}

fn section(out: &mut String, document: &Value, group: &Value) {
    let name = text(group, "/name");
    let _ = write!(out, "<section class=\"stack\" id=\"{name}\"><h2 class=\"section-title\">{name}</h2>");
    paragraphs(out, &text(group, "/description"));
    for (path, methods) in entries(document.get("paths")) {
        for (method, operation) in entries(Some(methods)) {
            let is_in = |tag: &Value| tag.as_str() == group.get("name").and_then(Value::as_str);
            if operation.get("tags").and_then(Value::as_array).is_some_and(|tags| tags.iter().any(is_in)) {
                self::operation(out, document, path, method, operation);
            }
        }
    }
    out.push_str("</section>");
}

fn operation(out: &mut String, document: &Value, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        out,
        "<details id=\"{}\"><summary><span class=\"mono\">{} {}</span> {}</summary><div class=\"stack-8\">",
        text(operation, "/operationId"),
        method.to_uppercase(),
        escaped(path),
        text(operation, "/summary")
    );
    paragraphs(out, &text(operation, "/description"));
    let parameters = operation.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        out.push_str("<h3 class=\"strong\">Parameters</h3><dl>");
        for parameter in parameters {
            let must = if parameter.get("required").and_then(Value::as_bool) == Some(true) { ", required" } else { "" };
            let kind = parameter.get("schema").map(|schema| type_of(document, schema, 0)).unwrap_or_default();
            let _ = write!(
                out,
                "<dt class=\"mono\">{}</dt><dd>{} <span class=\"muted\">{kind}, {}{must}</span></dd>",
                text(parameter, "/name"),
                with_code(&text(parameter, "/description")),
                text(parameter, "/in"),
            );
        }
        out.push_str("</dl>");
    }
    if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") {
        let _ = write!(out, "<h3 class=\"strong\">Body</h3><pre class=\"mono\">{}</pre>", type_of(document, schema, 0));
    }
    for (status, response) in entries(operation.get("responses")).filter(|(status, _)| *status != "default") {
        let _ = write!(out, "<h3 class=\"strong\">{}</h3>", escaped(status));
        if let Some(schema) = response.pointer("/content/application~1json/schema") {
            let _ = write!(out, "<pre class=\"mono\">{}</pre>", type_of(document, schema, 0));
        }
    }
    out.push_str("</div></details>");
}

/// A schema as one would write the JSON.
fn type_of(document: &Value, schema: &Value, depth: usize) -> String {
    let resolved = schema.get("$ref").and_then(Value::as_str).and_then(|at| document.pointer(at.trim_start_matches('#')));
    let schema = resolved.unwrap_or(schema);
    if depth > 5 {
        return "…".to_owned();
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(all) = schema.get(several).and_then(Value::as_array) {
            let all: Vec<String> = all.iter().map(|one| type_of(document, one, depth)).filter(|one| one != "null").collect();
            return all.join(" | ");
        }
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().map(|value| escaped(&value.to_string())).collect();
        return values.join(" | ");
    }
    if let Some(items) = schema.get("items") {
        return format!("[ {} ]", type_of(document, items, depth));
    }
    if schema.get("properties").is_some() {
        return object(document, schema, depth);
    }
    let example = schema.pointer("/examples/0").or_else(|| schema.get("example")).and_then(Value::as_str);
    match (schema.get("type"), example) {
        (_, Some(example)) => escaped(&format!("\"{example}\"")),
        (Some(Value::String(kind)), None) => escaped(kind),
        (Some(Value::Array(kinds)), None) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect();
            escaped(&kinds.join(" | "))
        }
        (_, None) => "any".to_owned(),
    }
}

fn object(document: &Value, schema: &Value, depth: usize) -> String {
    let required: Vec<&str> = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let indent = "  ".repeat(depth + 1);
    let mut out = "{\n".to_owned();
    for (name, property) in entries(schema.get("properties")) {
        let optional = if required.contains(&name) { "" } else { "?" };
        let said = text(property, "/description");
        let note =
            said.lines().next().filter(|line| !line.is_empty()).map(|line| format!("  <span class=\"muted\"># {}</span>", with_code(line)));
        let _ = writeln!(
            out,
            "{indent}\"{}\"{optional}: {}{}",
            escaped(name),
            type_of(document, property, depth + 1),
            note.unwrap_or_default()
        );
    }
    let _ = write!(out, "{}}}", "  ".repeat(depth));
    out
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn paragraphs(out: &mut String, text: &str) {
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let _ = write!(out, "<p>{}</p>", with_code(paragraph));
    }
}

/// What stands in backticks is code. A backtick alone is one.
fn with_code(escaped: &str) -> String {
    let parts: Vec<&str> = escaped.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped.to_owned();
    }
    let part = |(n, part): (usize, &&str)| if n % 2 == 1 { format!("<code class=\"mono\">{part}</code>") } else { (*part).to_owned() };
    parts.iter().enumerate().map(part).collect()
}

fn text(value: &Value, at: &str) -> String {
    value.pointer(at).and_then(Value::as_str).map(escaped).unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_backticks_is_code_and_a_backtick_alone_is_one() {
        assert_eq!(with_code("use `after`."), "use <code class=\"mono\">after</code>.");
        assert_eq!(with_code("a ` alone"), "a ` alone");
        assert_eq!(with_code(&escaped("`<b>`")), "<code class=\"mono\">&lt;b&gt;</code>");
    }
}
