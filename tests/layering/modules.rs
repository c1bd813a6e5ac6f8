//! A small reader of the library's own files: which module uses which, by the paths in their code.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

/// One file of the library as a module: what its paths can begin with, and the paths themselves.
pub struct Module {
    pub file: String,
    /// The modules it declares, tests left out.
    pub children: BTreeSet<String>,
    /// What its `use`s bring in, by the name it has here.
    pub imports: BTreeMap<String, Vec<String>>,
    /// The imports that it only passes on.
    passed_on: BTreeSet<String>,
    /// What it brings in from everywhere in a module.
    pub globs: Vec<Vec<String>>,
    /// The paths in its code, `use`s left out.
    pub paths: BTreeSet<Vec<String>>,
}

pub type Modules = BTreeMap<Vec<String>, Module>;

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
pub fn uses(modules: &Modules) -> BTreeMap<&str, BTreeMap<&str, String>> {
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
pub fn circle<'a>(edges: &BTreeMap<&'a str, BTreeMap<&'a str, String>>, start: &'a str) -> Option<Vec<&'a str>> {
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

pub fn library() -> Modules {
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
