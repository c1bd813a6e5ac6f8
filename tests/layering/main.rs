//! The house stays as it was drawn: what stands higher may use what stands lower, never the other way.

mod modules;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use modules::{circle, library, uses};

/// Lowest first. A folder may name those before it, and itself.
const LAYERS: [&str; 16] = [
    "task",
    "cache",
    "data",
    "models",
    "explain",
    "bandit",
    "evaluate",
    "experiment",
    "latent",
    "pipeline",
    "answers",
    "engine",
    "cli",
    "panes",
    "screens",
    "app",
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
fn the_tour_names_every_folder_in_the_order_of_the_layers() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let tour = fs::read_to_string(src.join("lib.rs")).unwrap();
    let stops = tour.lines().filter_map(|line| {
        let (number, stop) = line.strip_prefix("//! ")?.split_once(". [`")?;
        number.parse::<usize>().ok()?;
        stop.split('`').next()
    });
    let folders = LAYERS.into_iter().filter(|layer| src.join(layer).is_dir());
    assert_eq!(stops.collect::<Vec<_>>(), folders.collect::<Vec<_>>());
}

#[test]
fn terminal_libraries_are_named_only_where_they_belong() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in sources(&src) {
        let inside = file.strip_prefix(&src).unwrap();
        let code = code(&file);
        let app = inside.starts_with("app");
        let draws = app || inside.starts_with("panes") || inside.starts_with("screens");
        assert!(draws || !names(&code, "ratatui"), "{} names ratatui", file.display());
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
        if !code.contains("Kernel for") && !code.contains("Shaped for") {
            continue;
        }
        let lines: Vec<&str> = code.lines().map(str::trim).collect();
        let is_run = |line: &str| line.starts_with("fn run(self)") || line.starts_with("fn run<S: Lanes");
        let runs = lines.windows(2).filter(|pair| is_run(pair[1]));
        for pair in runs.filter(|pair| !pair[1].ends_with(';')) {
            loops += 1;
            assert_eq!(pair[0], "#[inline(always)]", "{}: {}", file.display(), pair[1]);
        }
    }
    assert!(loops >= 12, "only {loops} found");
}

#[test]
fn files_do_not_use_each_other_in_circles() {
    let modules = library();
    let edges = uses(&modules);
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    let mut circles = Vec::new();
    let mut all: Vec<Vec<&str>> = edges.keys().filter_map(|file| circle(&edges, file)).collect();
    all.sort_by_key(Vec::len);
    for way in all {
        // Of circles that meet, the shortest are enough to begin with.
        if way.iter().all(|file| shown.contains(file)) {
            continue;
        }
        shown.extend(&way);
        let steps = way.iter().zip(way.iter().cycle().skip(1));
        let steps = steps.map(|(from, to)| format!("    {from} uses {to} ({})", edges[from][to]));
        circles.push(steps.collect::<Vec<_>>().join("\n"));
    }
    assert!(
        circles.is_empty(),
        "{} files stand in circles:\n\n{}\n",
        shown.len(),
        circles.join("\n\n")
    );
}

#[test]
fn what_is_public_is_documented() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    // Fields and variants whose names say all need none; a module says at its own top what it is.
    let kinds = ["fn", "struct", "enum", "trait", "const", "static", "type"];
    let mut bare = Vec::new();
    for file in sources(&src) {
        let text = fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let is_item = kinds.iter().any(|kind| line.starts_with(&format!("pub {kind} ")));
            let mut above = lines[..n]
                .iter()
                .rev()
                .skip_while(|l| !l.is_empty() && !l.starts_with("///"));
            if is_item && !above.next().is_some_and(|l| l.starts_with("///")) {
                bare.push(format!("{}:{}: {line}", file.display(), n + 1));
            }
        }
    }
    assert!(bare.is_empty(), "without a comment:\n{}", bare.join("\n"));
}

#[test]
fn the_explorer_knows_no_pane_and_no_screen_by_name() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules = library();
    let children = |of: &str| modules[&vec![of.to_owned()]].children.clone();
    let shared = ["widgets", "theme", "controls"];
    let panes: BTreeSet<String> = children("panes")
        .into_iter()
        .filter(|m| !shared.contains(&m.as_str()))
        .collect();
    // A pane's id and a screen's name, in quotes, as their own folders write them.
    let written = |folder: &str, before: &str| -> Vec<String> {
        let files = sources(&src.join(folder))
            .into_iter()
            .map(|file| fs::read_to_string(file).unwrap());
        let rows = files.flat_map(|text| {
            let rows = text.lines().map(str::trim).filter_map(|line| line.strip_prefix(before));
            rows.filter_map(|rest| rest.split('"').nth(1).map(|id| format!("\"{id}\"")))
                .collect::<Vec<_>>()
        });
        rows.collect()
    };
    let ids = written("panes", "const ID: PaneId = PaneId(");
    let names = written("screens", "name: ");
    assert!(ids.len() >= 10 && names.len() >= 4, "{ids:?} {names:?}");
    let mut wrong = Vec::new();
    for (place, module) in modules
        .iter()
        .filter(|(place, _)| place.first().is_some_and(|p| p == "app"))
    {
        if place.get(1).is_some_and(|p| p == "layers") {
            continue;
        }
        for path in module.imports.values().chain(&module.globs).chain(&module.paths) {
            let is_known = |pair: &[String]| {
                (pair[0] == "panes" && panes.contains(&pair[1]))
                    || (pair[0] == "screens" && children("screens").contains(&pair[1]))
            };
            if path.windows(2).any(is_known) {
                wrong.push(format!("{} uses {}", module.file, path.join("::")));
            }
        }
        let text = fs::read_to_string(src.join(&module.file)).unwrap();
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for quoted in ids.iter().chain(&names).filter(|quoted| text.contains(quoted.as_str())) {
            wrong.push(format!("{} says {quoted}", module.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_belongs_to_a_module() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in sources(&src) {
        let (name, folder) = (file.file_stem().unwrap().to_str().unwrap(), file.parent().unwrap());
        let (name, folder) = match name {
            "lib" | "main" => continue,
            "mod" => (folder.file_name().unwrap().to_str().unwrap(), folder.parent().unwrap()),
            _ => (name, folder),
        };
        let declares = |other: &PathBuf| {
            let text = fs::read_to_string(other).unwrap();
            text.contains(&format!("mod {name};")) || text.contains(&format!("path = \"{name}.rs\""))
        };
        let near = sources(folder).into_iter().filter(|f| f.parent() == Some(folder));
        let declared = near
            .chain([folder.with_extension("rs")])
            .filter(|f| f.is_file())
            .any(|f| declares(&f));
        assert!(declared, "no module has {}", file.display());
    }
}
