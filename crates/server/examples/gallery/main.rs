//! Renders every template with believable data into a folder, to look at without a server.
//!
//! `cargo run -p guildhall-server --example gallery -- FOLDER` (default `target/gallery`); serve the folder at `/`.

mod inside;
mod outside;
mod panels;
mod people;
mod sample;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use askama::Template;
use guildhall_server::portal::assets;

type Outcome = Result<(), Box<dyn Error>>;

/// The folder being filled, and what is in it.
struct Gallery {
    folder: PathBuf,
    names: Vec<String>,
}

impl Gallery {
    fn add(&mut self, name: &str, page: &impl Template) -> Outcome {
        fs::write(self.folder.join(format!("{name}.html")), page.render()?)?;
        self.names.push(name.into());
        Ok(())
    }
}

fn write_assets(folder: &Path) -> Outcome {
    for path in assets::paths() {
        let Some(asset) = assets::find(&path) else { continue };
        let file = folder.join("assets").join(&path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(file, asset.bytes)?;
    }
    Ok(())
}

fn main() -> Outcome {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("target/gallery"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    write_assets(&folder)?;
    let mut gallery = Gallery { folder, names: Vec::new() };
    people::fill(&mut gallery)?;
    panels::fill(&mut gallery)?;
    inside::fill(&mut gallery)?;
    outside::fill(&mut gallery)?;
    fs::write(gallery.folder.join("pages.txt"), gallery.names.join("\n"))?;
    let links: Vec<String> = gallery.names.iter().map(|name| format!("<li><a href=\"/{name}.html\">{name}</a></li>")).collect();
    let index = format!("<!doctype html><html lang=\"en\"><title>Gallery</title><ul>{}</ul></html>", links.concat());
    fs::write(gallery.folder.join("index.html"), index)?;
    Ok(())
}
