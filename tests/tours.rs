//! The README's tours, carried out: in their numbered steps a code span is a key (or a text, after "type"), a text in
//! quotes is what must then be on the screen; the commands of their code blocks must run.
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_recscope");
const HOUSE: &str = env!("CARGO_MANIFEST_DIR");

/// The tours: what each is called, and its text.
fn tours() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(Path::new(HOUSE).join("README.md")).unwrap();
    let sections = text.split("\n## ").filter(|s| s.starts_with("Five minutes"));
    let tours: Vec<_> = sections.filter_map(|s| s.split_once('\n')).collect();
    assert_eq!(tours.len(), 3);
    tours
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}

/// What a step says.
#[derive(Debug, PartialEq)]
enum Word<'a> {
    /// The explorer is opened with these arguments.
    Open(&'a str),
    Key(String),
    Typed(&'a str),
    Promise(&'a str),
}

/// The numbered steps of a tour, each with its lines.
fn steps(tour: &str) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    let mut inside = false;
    for line in tour.lines() {
        let is_first = line.starts_with(|c: char| c.is_ascii_digit()) && line.contains(". ");
        inside = is_first || (inside && (line.starts_with("   ") || line.is_empty()));
        match steps.last_mut() {
            _ if !inside || line.trim_start().starts_with("![") => {}
            Some(step) if !is_first => step.extend([" ", line.trim()]),
            _ => steps.push(line.split_once(". ").unwrap().1.to_owned()),
        }
    }
    steps
}

fn words(step: &str) -> Vec<Word<'_>> {
    let (mut words, mut rest) = (Vec::new(), step);
    while let Some(at) = rest.find(['`', '"']) {
        let (before, from) = rest.split_at(at);
        let mark = &from[..1];
        let (inside, after) = from[1..]
            .split_once(mark)
            .unwrap_or_else(|| panic!("{mark} is open: {step}"));
        words.push(match inside.strip_prefix("cargo run --release") {
            _ if mark == "\"" => Word::Promise(inside),
            Some(arguments) => Word::Open(arguments.trim_start_matches(" --").trim()),
            None if before.ends_with("type ") => Word::Typed(inside),
            None if inside.len() > 1 => Word::Key(inside.to_lowercase()),
            None => Word::Key(inside.to_owned()),
        });
        rest = after;
    }
    words
}

/// The explorer on some data after some keys.
fn screen(data: &str, keys: &[String]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("snapshot").args(data.split_whitespace());
    command.args(["--size", "120x40", "--keys", &keys.join(" ")]);
    command.current_dir(HOUSE).env_remove("TMUX").output().unwrap()
}

/// With one blank where there are several.
fn squashed(text: &str) -> String {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_steps_keep_their_promises() {
    let mut broken = Vec::new();
    for (name, tour) in tours() {
        let steps = steps(&tour);
        assert!(steps.len() >= 2, "{name}: {steps:?}");
        let (mut data, mut keys, mut seen) = (String::new(), Vec::new(), None);
        for (n, step) in steps.iter().enumerate() {
            let words = words(step);
            let promises = words.iter().any(|w| matches!(w, Word::Promise(_)));
            assert!(promises, "{name}: step {} promises nothing", n + 1);
            for word in words {
                match word {
                    Word::Promise(text) => {
                        let shown = seen.get_or_insert_with(|| {
                            let output = screen(&data, &keys);
                            let error = String::from_utf8_lossy(&output.stderr).into_owned();
                            assert!(output.status.success(), "{name}, {keys:?}: {error}");
                            String::from_utf8(output.stdout).unwrap()
                        });
                        if !squashed(shown).contains(&squashed(text)) {
                            broken.push(format!("{name}, step {}: no \"{text}\" after {keys:?}\n{shown}", n + 1));
                        }
                    }
                    Word::Open(arguments) => {
                        if !keys.is_empty() {
                            let left = screen(&data, &keys);
                            let error = String::from_utf8_lossy(&left.stderr).into_owned();
                            assert!(error.contains("left the explorer"), "{name}, {keys:?}: {error}");
                        }
                        (data, keys, seen) = (arguments.to_owned(), Vec::new(), None);
                    }
                    Word::Key(key) => {
                        keys.push(key);
                        seen = None;
                    }
                    Word::Typed(text) => {
                        keys.push(format!("text:{}", text.replace(' ', "_")));
                        seen = None;
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_commands_run() {
    let folder = tempfile::tempdir().unwrap();
    let programs = Path::new(PROGRAM).parent().unwrap().display();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
    let mut run = 0;
    for (name, tour) in tours() {
        let blocks = tour.split("```sh\n").skip(1).filter_map(|b| b.split("```").next());
        for line in blocks.flat_map(|b| b.replace("\\\n", " ").lines().map(str::to_owned).collect::<Vec<_>>()) {
            let line = line
                .split(" #")
                .next()
                .unwrap()
                .replace(" DATA", &format!(" {HOUSE}/sample-data/films"));
            let shell = Command::new("sh")
                .args(["-c", &line])
                .current_dir(folder.path())
                .env("PATH", &path)
                .output();
            let output = shell.unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success() && !output.stdout.is_empty(),
                "{name}: {line}: {error}"
            );
            run += 1;
        }
    }
    assert!(run >= 8, "only {run} commands were found");
}

#[test]
fn steps_are_read_as_they_are_meant() {
    let tour = "Words.\n\n1. `u`, type `the B`,\n   `Enter`: \"B .861\".\n\n   ![a `picture`](x)\n\n2. `q`, `cargo run --release -- a b`\n\nMore `words`.";
    let steps = steps(tour);
    assert_eq!(steps.len(), 2);
    let first = [
        Word::Key("u".into()),
        Word::Typed("the B"),
        Word::Key("enter".into()),
        Word::Promise("B .861"),
    ];
    assert_eq!(words(&steps[0]), first);
    assert_eq!(words(&steps[1]), [Word::Key("q".into()), Word::Open("a b")]);
}
