//! RecBole's files with their graph, and tables in parts.

use super::formats_fixtures::*;
use super::*;

#[test]
fn recboles_types_say_what_is_a_list() {
    let (csv, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let reference = reference(csv.path());
    recbole(folder.path());
    for path in [folder.path().to_owned(), folder.path().join("films.inter")] {
        let data = open(&path);
        assert_same_ratings(&reference, &data, "recbole");
        let columns: Vec<&str> = data.item_attributes().columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(columns, ["year", "genre"]);
        let genre = data.item_attributes().column("genre").unwrap();
        let item = data.find_item("13").unwrap();
        let names: Vec<&str> = genre
            .terms(item.at())
            .map(|(t, _)| genre.names().get(t as usize))
            .collect();
        assert_eq!(
            (names, data.item_label(item)),
            (vec!["Drama", "War", "Science-Fiction"], "Film, \"the\" 13 (1963)")
        );
    }
}

#[test]
fn facts_of_a_graph_are_attributes() {
    let folder = tempfile::tempdir().unwrap();
    recbole(folder.path());
    let write = |end: &str, text: &str| std::fs::write(folder.path().join(format!("films.{end}")), text).unwrap();
    write("link", "item_id:token\tentity_id:token\n13\tm.13\n2\tm.2\n77777\tm.7\n");
    let facts = [
        "head_id:token\trelation_id:token\ttail_id:token",
        "m.13\tfilm.film.directed_by\tm.hawks",
        "m.2\tfilm.film.directed_by\tm.hawks",
        "m.grant\tfilm.actor.film\tm.13",
        "m.grant\tfilm.actor.film\tm.2",
        "m.2\tfilm.film.runtime\tm.one",
        "m.7\tfilm.film.directed_by\tm.wilder",
    ];
    write("kg", &facts.join("\n"));
    let data = open(folder.path());
    let names = |column: &str, id: &str| -> Vec<String> {
        let attribute = data.item_attributes().column(column).unwrap();
        let item = data.find_item(id).unwrap();
        let terms = attribute.terms(item.at());
        terms
            .map(|(t, _)| attribute.names().get(t as usize).to_owned())
            .collect()
    };
    assert_eq!(
        (names("directed by", "13"), names("actor", "2")),
        (vec!["m.hawks".to_owned()], vec!["m.grant".to_owned()])
    );
    assert!(data.item_attributes().column("runtime").is_none());
    let notes = data.report().notes.join("\n");
    assert!(notes.contains("1 of 3 relations were left out"), "{notes}");
    assert!(!notes.contains("not read"), "{notes}");
}

#[test]
fn a_bad_row_of_a_part_is_named_with_its_part() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("part-0.csv", "user,item,rating\nA,x,4\nA,y,5\n");
    write("part-1.csv", "user,item,rating\nB,x,4\nB,y,many\n");
    let source = Source::Path(folder.path().to_owned());
    let failure = load(&source, &LoadOptions::default(), &Task::unattended())
        .unwrap_err()
        .to_string();
    let place = format!("{}:3:5: in part-1.csv: rating \"many\"", folder.path().display());
    assert!(failure.starts_with(&place), "{failure}");
    write("part-1.csv", "user,item,stars\nB,x,4\n");
    let failure = load(&source, &LoadOptions::default(), &Task::unattended())
        .unwrap_err()
        .to_string();
    assert!(failure.contains("part-1.csv: its columns are not those"), "{failure}");
    // What is said of separators and headers holds for parts too.
    write("part-0.csv", "A~x~4\nA~y~5\n");
    write("part-1.csv", "B~x~4\n");
    let options = LoadOptions {
        separator: Some("~".to_owned()),
        no_header: true,
        ..LoadOptions::default()
    };
    assert_eq!(load(&source, &options, &Task::unattended()).unwrap().n_ratings(), 3);
}
