use std::collections::HashMap;

use super::*;
use crate::data::{Dataset, LoadOptions, Source, UserIx, load};

fn sample_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/films")
}

fn open(source: &Source) -> Dataset {
    load(source, &LoadOptions::default(), &Task::unattended()).unwrap()
}

#[test]
fn the_committed_sample_is_what_is_generated() {
    let folder = tempfile::tempdir().unwrap();
    let summary = generate(Preset::Films, 1, folder.path(), &Task::unattended()).unwrap();
    for file in &summary.files {
        let made = std::fs::read(folder.path().join(file)).unwrap();
        let committed = std::fs::read(sample_folder().join(file)).unwrap();
        assert!(
            made == committed,
            "{file} differs: recscope generate films --seed 1 --out sample-data/films"
        );
    }
    let other = tempfile::tempdir().unwrap();
    generate(Preset::Films, 2, other.path(), &Task::unattended()).unwrap();
    let ratings = |folder: &Path| std::fs::read(folder.join("ratings.csv")).unwrap();
    assert_ne!(ratings(other.path()), ratings(folder.path()));
}

#[test]
fn the_sample_inside_is_the_folder() {
    let (inside, folder) = (open(&Source::BuiltIn), open(&Source::Path(sample_folder())));
    assert_eq!(inside.identity(), folder.identity());
    assert_eq!(
        (inside.report().format.as_str(), folder.report().format.as_str()),
        ("built-in", "csv-folder")
    );
    for data in [inside, folder] {
        assert_eq!((data.name(), data.n_users(), data.n_items()), ("films", 700, 309));
        assert!(data.is_synthetic() && data.has_times() && (30_000..45_000).contains(&data.n_ratings()));
        assert!(data.report().notes.is_empty(), "{:?}", data.report().notes);
        assert_eq!(
            (data.scale().min, data.scale().max, data.scale().step),
            (0.5, 5.0, Some(0.5))
        );
        let alien = data.find_item("alien").unwrap();
        assert_eq!(data.item_label(alien), "Alien (1979)");
        let shown = |column: &str| data.item_attributes().column(column).unwrap().display(alien.at());
        assert_eq!(shown("genre").as_deref(), Some("Science Fiction, Horror"));
        assert_eq!(
            (shown("year").as_deref(), shown("director").as_deref()),
            (Some("1979"), Some("Ridley Scott"))
        );
        assert!(shown("keyword").unwrap().contains("spaceship"));
        assert!(
            data.user_attributes().column("age").is_some() && data.user_attributes().column("occupation").is_some()
        );
    }
}

#[test]
fn both_tails_are_long() {
    let data = open(&Source::BuiltIn);
    let sorted = |mut counts: Vec<usize>| {
        counts.sort_unstable();
        counts
    };
    let users = sorted(data.users().map(|u| data.user_row(u).len()).collect());
    let items = sorted(data.items().map(|i| data.item_row(i).len()).collect());
    assert!(
        users[20] <= 5 && users[350] < 50 && users[699] > 150,
        "{} {} {}",
        users[20],
        users[350],
        users[699]
    );
    assert!(
        items[5] <= 6 && items[150] < 110 && items[308] > 300,
        "{} {} {}",
        items[5],
        items[150],
        items[308]
    );
}

/// Of the ten most similar users (cosine of the centered ratings), most were planted the same first taste.
#[test]
fn the_planted_tastes_are_found_among_neighbors() {
    let data = open(&Source::BuiltIn);
    let planted = std::fs::read_to_string(sample_folder().join("planted-tastes.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(planted.as_bytes());
    let tastes: HashMap<String, String> = rows
        .records()
        .map(|r| r.unwrap())
        .map(|r| (r[0].to_owned(), r[1].to_owned()))
        .collect();
    assert_eq!(tastes.values().collect::<std::collections::HashSet<_>>().len(), 8);
    let vectors: Vec<Vec<f64>> = data
        .users()
        .map(|u| {
            let (row, mut vector) = (data.user_row(u), vec![0.0; data.n_items()]);
            let mean = row.mean().unwrap();
            row.iter().for_each(|(i, r)| vector[i as usize] = r - mean);
            let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-9);
            vector.iter().map(|x| x / norm).collect()
        })
        .collect();
    let taste = |u: usize| &tastes[data.user_id(UserIx(u as u32))];
    let (mut same, mut all) = (0, 0);
    for subject in (0..700)
        .step_by(5)
        .filter(|&u| data.user_row(UserIx(u as u32)).len() >= 20)
    {
        let dot = |other: usize| {
            vectors[subject]
                .iter()
                .zip(&vectors[other])
                .map(|(a, b)| a * b)
                .sum::<f64>()
        };
        let mut others: Vec<(f64, usize)> = (0..700).filter(|o| *o != subject).map(|o| (dot(o), o)).collect();
        others.sort_by(|a, b| b.0.total_cmp(&a.0));
        same += others[..10].iter().filter(|(_, o)| taste(*o) == taste(subject)).count();
        all += 10;
    }
    // By chance it would be one in eight.
    assert!(same * 10 > all * 7, "{same} of {all}");
}

#[test]
fn presets_have_names_and_folders_that_cannot_be_are_refused() {
    for preset in Preset::ALL {
        assert_eq!(preset.name().parse(), Ok(preset));
    }
    assert!(
        "ml-1k"
            .parse::<Preset>()
            .unwrap_err()
            .contains("films, ml-1m, ml-10m, ml-25m")
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = generate(Preset::Films, 1, &file.path().join("below"), &Task::unattended()).unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
}

#[test]
fn what_planted_tastes_like_is_known_of_the_sample_alone() {
    let data = open(&Source::BuiltIn);
    let tastes = super::planted_tastes(&data).unwrap();
    assert_eq!(tastes.len(), 8);
    let likes = |taste: &str, film: &str| {
        let item = data.items().find(|i| data.item_id(*i) == film).unwrap();
        tastes.iter().find(|(name, _)| *name == taste).unwrap().1[item.at()]
    };
    // Science Fiction 1.7 and its keywords .6 are cut at 2; a musical costs .9.
    assert_eq!(likes("space and science fiction", "star-wars"), 2.0);
    assert!(likes("crime, mystery and noir", "the-godfather") >= 1.5);
    assert!(
        tastes
            .iter()
            .all(|(_, likes)| likes.iter().all(|x| (-2.0..=2.0).contains(x)))
    );
    let class = sample_folder().with_file_name("class");
    assert_eq!(super::planted_tastes(&open(&Source::Path(class))), None);
}
