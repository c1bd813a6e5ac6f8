//! The house stays as it was drawn: what stands higher may use what stands lower, never the other way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

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

/// One file of the library as a module: what its paths can begin with, and the paths themselves.
struct Module {
    file: String,
    /// The modules it declares, tests left out.
    children: BTreeSet<String>,
    /// What its `use`s bring in, by the name it has here.
    imports: BTreeMap<String, Vec<String>>,
    /// The imports that it only passes on.
    passed_on: BTreeSet<String>,
    /// What it brings in from everywhere in a module.
    globs: Vec<Vec<String>>,
    /// The paths in its code, `use`s left out.
    paths: BTreeSet<Vec<String>>,
}

type Modules = BTreeMap<Vec<String>, Module>;

/// Names, numbers and signs; `::` is one sign. Comments and text in quotes are left out.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |n: usize| chars.get(n).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut n, mut found) = (0, Vec::new());
    while n < chars.len() {
        let hashes = (n + 1..chars.len()).take_while(|&k| at(k) == '#').count();
        match at(n) {
            '/' if at(n + 1) == '/' => n += (n..chars.len()).take_while(|&k| at(k) != '\n').count(),
            'r' if at(n + 1 + hashes) == '"' && !(n > 0 && is_word(at(n - 1))) => {
                let end: Vec<char> = format!("\"{}", "#".repeat(hashes)).chars().collect();
                n += hashes + 2;
                while n < chars.len() && !chars[n..].starts_with(&end) {
                    n += 1;
                }
                n += end.len();
            }
            '"' => {
                n += 1;
                while n < chars.len() && at(n) != '"' {
                    n += if at(n) == '\\' { 2 } else { 1 };
                }
                n += 1;
            }
            '\'' if at(n + 1) == '\\' => n += 3 + (n + 3..chars.len()).take_while(|&k| at(k) != '\'').count() + 1,
            '\'' if at(n + 2) == '\'' => n += 3,
            ':' if at(n + 1) == ':' => {
                found.push("::".to_owned());
                n += 2;
            }
            c if is_word(c) => {
                let word: String = chars[n..].iter().take_while(|c| is_word(**c)).collect();
                n += word.chars().count();
                found.push(word);
            }
            c => {
                if !c.is_whitespace() {
                    found.push(c.to_string());
                }
                n += 1;
            }
        }
    }
    found
}

/// The tokens without what is compiled for tests alone: `#[cfg(test)]`, `#[cfg(all(test, unix))]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let (mut n, mut kept) = (0, Vec::new());
    while n < tokens.len() {
        let begins = tokens[n..].iter().map(String::as_str);
        let is_condition = begins.take(4).eq(["#", "[", "cfg", "("]);
        let length = 1 + tokens[n..].iter().position(|t| t == "]").unwrap_or(0);
        let condition = &tokens[n..n + length];
        let for_tests = condition.iter().any(|t| t == "test") && !condition.iter().any(|t| t == "not" || t == "any");
        if !(is_condition && for_tests) {
            kept.push(tokens[n].clone());
            n += 1;
            continue;
        }
        // The item ends with its braces, or with a semicolon outside of any.
        let mut depth = 0;
        n += length;
        while n < tokens.len() {
            match tokens[n].as_str() {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth -= 1,
                _ => {}
            }
            n += 1;
            if depth == 0 && matches!(tokens[n - 1].as_str(), ";" | "}") {
                break;
            }
        }
    }
    kept
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The branches of a `use`, each a path and the name it has here (`*` for everything).
fn branches(tokens: &[String], at: &mut usize, before: &[String], found: &mut Vec<(Vec<String>, String)>) {
    let mut path = before.to_vec();
    while *at < tokens.len() {
        let token = tokens[*at].clone();
        *at += 1;
        match token.as_str() {
            "{" => {
                while tokens.get(*at).is_some_and(|t| t != "}") {
                    branches(tokens, at, &path, found);
                    if tokens.get(*at).is_some_and(|t| t == ",") {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            "*" => return found.push((path, token)),
            "," | "}" | ";" => {
                *at -= 1;
                break;
            }
            "as" => {
                let name = tokens[*at].clone();
                *at += 1;
                return found.push((path, name));
            }
            "self" if !path.is_empty() => {}
            "::" => {}
            _ => path.push(token),
        }
    }
    if let Some(name) = path.last().cloned() {
        found.push((path, name));
    }
}

/// Reads a file and, after it, the modules that it declares.
fn read(src: &Path, place: &[String], file: &str, modules: &mut Modules) {
    let tokens = without_tests(&tokens(&fs::read_to_string(src.join(file)).unwrap()));
    let mut module = Module {
        file: file.to_owned(),
        children: BTreeSet::new(),
        imports: BTreeMap::new(),
        passed_on: BTreeSet::new(),
        globs: Vec::new(),
        paths: BTreeSet::new(),
    };
    let mut n = 0;
    let mut public = false;
    while n < tokens.len() {
        let next = tokens.get(n + 1).map_or("", String::as_str);
        match tokens[n].as_str() {
            "mod" if is_name(next) && tokens.get(n + 2).is_some_and(|t| t == ";") => {
                module.children.insert(next.to_owned());
                n += 3;
            }
            "use" if next != "<" => {
                let mut found = Vec::new();
                n += 1;
                branches(&tokens, &mut n, &[], &mut found);
                for (path, name) in found {
                    if name == "*" {
                        module.globs.push(path);
                    } else {
                        if public {
                            module.passed_on.insert(name.clone());
                        }
                        module.imports.insert(name, path);
                    }
                }
                public = false;
            }
            // `pub(in super::super)` uses nothing.
            "pub" if next == "(" => {
                public = true;
                n += (n..tokens.len()).take_while(|&k| tokens[k] != ")").count() + 1;
            }
            token if is_name(token) => {
                public = token == "pub";
                let mut path = vec![token.to_owned()];
                while tokens.get(n + 1).is_some_and(|t| t == "::") && tokens.get(n + 2).is_some_and(|t| is_name(t)) {
                    path.push(tokens[n + 2].clone());
                    n += 2;
                }
                let is_field = n > 0 && path.len() == 1 && tokens[n - 1] == ".";
                if !is_field {
                    module.paths.insert(path);
                }
                n += 1;
            }
            _ => {
                public = false;
                n += 1;
            }
        }
    }
    let folder = file.strip_suffix("mod.rs").or(file.strip_suffix("lib.rs"));
    let folder = folder.map_or_else(|| file.replace(".rs", "/"), str::to_owned);
    for child in module.children.clone() {
        let place = [place, std::slice::from_ref(&child)].concat();
        let file = [format!("{folder}{child}.rs"), format!("{folder}{child}/mod.rs")];
        let there = file.iter().find(|f| src.join(f).is_file());
        read(
            src,
            &place,
            there.unwrap_or_else(|| panic!("{file:?} are missing")),
            modules,
        );
    }
    modules.insert(place.to_vec(), module);
}

/// The module where what `path` names is defined, seen from `from`: re-exports are followed to their origin. `None` for
/// what stands outside of the library.
fn defined_in(modules: &Modules, from: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|s| *s == "super").count();
    match path.first()?.as_str() {
        "crate" => within(modules, &[], &path[1..], depth),
        "self" => within(modules, from, &path[1..], depth),
        "super" => within(modules, &from[..from.len().checked_sub(ups)?], &path[ups..], depth),
        first => {
            let here = modules.get(from)?;
            let is_known = here.children.contains(first) || here.imports.contains_key(first);
            is_known.then(|| within(modules, from, path, depth))?
        }
    }
}

fn within(modules: &Modules, place: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
    let module = modules.get(place)?;
    let Some((first, rest)) = path.split_first() else {
        return Some(place.to_vec());
    };
    if depth > 20 {
        return None;
    }
    // A folder may pass on a function with the name of the module where it stands.
    let is_module = module.children.contains(first) && !(rest.is_empty() && module.imports.contains_key(first));
    if is_module {
        let child = [place, std::slice::from_ref(first)].concat();
        return within(modules, &child, rest, depth + 1);
    }
    match module.imports.get(first) {
        Some(path) => {
            let whole: Vec<String> = path.iter().chain(rest).cloned().collect();
            defined_in(modules, place, &whole, depth + 1)
        }
        // Neither a module nor brought in: this is where it is defined.
        None => Some(place.to_vec()),
    }
}

/// Of each file: the files it uses, and the path by which it does.
fn uses(modules: &Modules) -> BTreeMap<&str, BTreeMap<&str, String>> {
    let mut edges: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
    for (place, module) in modules {
        let imports = module.imports.iter().filter(|(name, _)| {
            // What is only passed on is used by whoever asks for it.
            let is_used = module.paths.iter().any(|path| path[0] == **name);
            is_used || !module.passed_on.contains(*name)
        });
        let paths = imports.map(|(_, path)| path).chain(&module.globs).chain(&module.paths);
        let edges = edges.entry(&module.file).or_default();
        for path in paths {
            let Some(there) = defined_in(modules, place, path, 0) else {
                continue;
            };
            let is_parent = place.split_last().is_some_and(|(_, up)| up == there);
            if there != *place && !is_parent {
                edges.entry(&modules[&there].file).or_insert_with(|| path.join("::"));
            }
        }
    }
    edges
}

/// The shortest way from a file back to itself.
fn circle<'a>(edges: &BTreeMap<&'a str, BTreeMap<&'a str, String>>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for &next in edges.get(file)?.keys() {
            if next == start {
                let mut way = vec![file];
                while let Some(before) = came_from.get(way[way.len() - 1]) {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}

fn library() -> Modules {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = Modules::new();
    read(&src, &[], "lib.rs", &mut modules);
    modules
}

#[test]
fn paths_lead_to_the_files_that_define_their_names() {
    let text = r#"use a::{self, b::{C as D, e}, f::*}; // use not::this;
        const G: &str = r"use nor::this"; #[cfg(all(test, unix))] mod tests { use nor::that; }"#;
    let tokens = without_tests(&tokens(text));
    assert!(!tokens.iter().any(|t| ["not", "nor"].contains(&t.as_str())));
    let mut found = Vec::new();
    branches(&tokens, &mut 1, &[], &mut found);
    let found: Vec<String> = found
        .iter()
        .map(|(path, name)| format!("{} {name}", path.join("::")))
        .collect();
    assert_eq!(found, ["a a", "a::b::C D", "a::b::e e", "a::f *"]);
    let modules = library();
    let edges = uses(&modules);
    let has = |from: &str, to: &str| edges[from].contains_key(to);
    // `crate::data::Dataset` passes through `data/mod.rs`, which is not what is used.
    assert!(has("evaluate/folds.rs", "data/dataset.rs") && !has("evaluate/folds.rs", "data/mod.rs"));
    // What a child takes from its folder does not count, what the folder takes from its child does.
    assert!(has("evaluate/metrics/mod.rs", "evaluate/metrics/rmse.rs"));
    assert!(!has("evaluate/metrics/rmse.rs", "evaluate/metrics/mod.rs"));
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
