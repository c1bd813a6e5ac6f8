//! The README's tables are made by the program; this holds them against it. `RECSCOPE_WRITE=1 cargo test --test readme`
//! writes them anew. What the documents name is there.

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
    let made = with_table(&made, "formats", &recscope::data::formats_markdown());
    let made = with_table(&made, "dialects", &recscope::evaluate::metrics::dialects_markdown());
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
fn what_the_documents_link_to_is_there() {
    for document in [
        "README.md",
        "CONTRIBUTING.md",
        "benches/README.md",
        "sample-data/class/README.md",
    ] {
        let document = readme().with_file_name(document);
        let text = std::fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.contains("://") && !link.starts_with('#') {
                assert!(document.with_file_name(link).exists(), "{link} is missing");
            }
        }
    }
}

#[test]
fn the_ways_through_the_house_are_those_of_its_files() {
    let text = std::fs::read_to_string(readme().with_file_name("CONTRIBUTING.md")).unwrap();
    let ways = text.split("\n## ").find(|s| s.starts_with("Three ways")).unwrap();
    let named: Vec<&str> = ways.split('`').skip(1).step_by(2).filter(|s| s.contains('/')).collect();
    assert!(named.len() > 30, "{named:?}");
    for path in named {
        // A folder, a file, or any file of a folder.
        let path = path.split(['*', '<']).next().unwrap();
        let house = readme().with_file_name("");
        assert!(
            house.join("src").join(path).exists() || house.join(path).exists(),
            "{path} is missing"
        );
    }
}
