//! The README's tables are made by the program; this holds them against it. `RECSCOPE_WRITE=1 cargo test --test readme`
//! writes them anew.

use std::path::PathBuf;
use std::process::Command;

use recscope::app::keys_markdown;

fn readme() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

fn models_markdown() -> String {
    let printed = Command::new(env!("CARGO_BIN_EXE_recscope"))
        .args(["models", "--markdown"])
        .output()
        .unwrap();
    assert!(printed.status.success());
    String::from_utf8(printed.stdout).unwrap()
}

/// The text with `table` between the marks of `name`.
fn with_table(text: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:"), format!("<!-- /{name} -->"));
    let after = text.find(&begin).unwrap_or_else(|| panic!("{begin} is missing"));
    let start = after + text[after..].find('\n').unwrap() + 1;
    let stop = text.find(&end).unwrap_or_else(|| panic!("{end} is missing"));
    format!("{}\n{}\n\n{}", &text[..start], table.trim_end(), &text[stop..])
}

#[test]
fn the_tables_are_the_programs() {
    let text = std::fs::read_to_string(readme()).unwrap();
    let text = text.replace("\r\n", "\n");
    let made = with_table(&text, "keys", &keys_markdown());
    let made = with_table(&made, "models", &models_markdown());
    if std::env::var_os("RECSCOPE_WRITE").is_some() {
        std::fs::write(readme(), &made).unwrap();
    } else {
        assert!(
            made == text,
            "the README's tables are old: RECSCOPE_WRITE=1 cargo test --test readme writes them anew"
        );
    }
}

#[test]
fn what_the_readme_shows_is_there() {
    let text = std::fs::read_to_string(readme()).unwrap();
    for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        if !link.contains("://") && !link.starts_with('#') {
            let file = readme().with_file_name(link);
            assert!(file.exists(), "{link} is missing");
        }
    }
}
