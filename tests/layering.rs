//! The house stays as it was drawn: what stands higher may use what stands lower, never the other way.

use std::fs;
use std::path::{Path, PathBuf};

/// Lowest first. A folder may name those before it, and itself.
const LAYERS: [&str; 13] = [
    "task", "cache", "data", "models", "explain", "bandit", "evaluate", "pipeline", "answers", "engine", "cli",
    "panes", "app",
];

/// What may be used although it stands no lower: the program's two faces share nothing but answers, except that the
/// command line starts the explorer.
const ALLOWED: [(&str, &str); 1] = [("cli", "app")];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries.map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            found.extend(sources(&entry));
        } else if entry.extension().is_some_and(|e| e == "rs") {
            found.push(entry);
        }
    }
    found.sort();
    found
}

/// The code of a file without its comments and text in quotes, roughly: enough to look for paths in.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|l| l.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
}

fn names(code: &str, krate: &str) -> bool {
    let paths = [
        format!("{krate}::"),
        format!("use {krate};"),
        format!("extern crate {krate}"),
    ];
    paths.iter().any(|p| {
        code.match_indices(p.as_str())
            .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

#[test]
fn nothing_uses_what_stands_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (level, layer) in LAYERS.iter().enumerate() {
        let folder = src.join(layer);
        if !folder.is_dir() {
            continue;
        }
        for file in sources(&folder) {
            let code = code(&file);
            for above in &LAYERS[level + 1..] {
                let uses = names(&code, &format!("crate::{above}"));
                if uses && !ALLOWED.contains(&(layer, above)) {
                    wrong.push(format!("{} uses {above}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_has_its_place() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(src).unwrap().map(|e| e.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            assert!(LAYERS.contains(&name.as_str()), "src/{name} has no place in the layers");
        }
    }
}

#[test]
fn terminal_libraries_are_named_only_where_they_belong() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in sources(&src) {
        let inside = file.strip_prefix(&src).unwrap();
        let code = code(&file);
        let (panes, app) = (inside.starts_with("panes"), inside.starts_with("app"));
        assert!(
            panes || app || !names(&code, "ratatui"),
            "{} names ratatui",
            file.display()
        );
        assert!(app || !names(&code, "crossterm"), "{} names crossterm", file.display());
    }
}

#[test]
fn there_is_one_ratatui_and_one_crossterm() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    for krate in ["ratatui", "ratatui-core", "crossterm"] {
        let versions = lock.lines().filter(|l| *l == format!("name = \"{krate}\"")).count();
        assert_eq!(versions, 1, "{krate} stands in Cargo.lock {versions} times");
    }
}

#[test]
fn loops_for_wider_vectors_are_inlined_into_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut loops = 0;
    for file in sources(&src) {
        let code = code(&file);
        if !code.contains("Kernel for") {
            continue;
        }
        let lines: Vec<&str> = code.lines().map(str::trim).collect();
        let runs = lines.windows(2).filter(|pair| pair[1].starts_with("fn run(self)"));
        for pair in runs.filter(|pair| !pair[1].ends_with(';')) {
            loops += 1;
            assert_eq!(pair[0], "#[inline(always)]", "{}: {}", file.display(), pair[1]);
        }
    }
    assert!(loops >= 8, "only {loops} found");
}
