//! Datasets of a known structure.

use std::sync::Arc;

use recscope::data::{Attribute, Attributes, Dataset, DatasetParts, DuplicatePolicy, Ids, RatingRows};

/// (user, item, rating), in the order of the file.
pub type Triples = Vec<(u32, u32, f64)>;

pub const GENRES: [&str; 4] = ["Drama", "Comedy", "Horror", "Western"];

pub fn dataset(n_users: u32, n_items: u32, triples: &Triples) -> Arc<Dataset> {
    dataset_of_genres(n_users, n_items, triples, |i| {
        [GENRES[i as usize % 4], GENRES[i as usize % 3]]
    })
}

pub fn dataset_of_genres(
    n_users: u32,
    n_items: u32,
    triples: &Triples,
    genres: impl Fn(u32) -> [&'static str; 2],
) -> Arc<Dataset> {
    let parts = DatasetParts {
        name: "contract".into(),
        users: Ids::new((0..n_users).map(|u| format!("u{u}"))),
        items: Ids::new((0..n_items).map(|i| format!("i{i}"))),
        ratings: RatingRows {
            users: triples.iter().map(|t| t.0).collect(),
            items: triples.iter().map(|t| t.1).collect(),
            values: triples.iter().map(|t| t.2).collect(),
            // Several sessions each, in which some things happen at the same moment.
            times: triples
                .iter()
                .map(|t| i64::from((t.0 * 7 + t.1 * 3) % 13) * 40_000)
                .collect(),
        },
        titles: (0..n_items)
            .map(|i| Some(format!("Item {i} ({})", 1990 + i % 30)))
            .collect(),
        item_attributes: Attributes {
            columns: vec![
                Attribute::of_names(
                    "genre",
                    (0..n_items).map(|i| genres(i).map(|genre| (genre, 1)).to_vec()),
                ),
                Attribute::of_numbers("year", (0..n_items).map(|i| Some(f64::from(1990 + i % 30)))),
            ],
        },
        // Of two kinds, in turn.
        user_attributes: Attributes {
            columns: vec![Attribute::of_names(
                "gender",
                (0..n_users).map(|u| vec![(["F", "M"][u as usize % 2], 1)]),
            )],
        },
        ..DatasetParts::default()
    };
    Arc::new(Dataset::new(parts, DuplicatePolicy::Last).unwrap())
}

/// Two tastes that share nothing: even users like even items and dislike odd ones, odd users the other way round. Every
/// user lacks a few items.
pub fn checkerboard() -> Arc<Dataset> {
    let mut triples = Vec::new();
    for user in 0..20u32 {
        for item in (0..16u32).filter(|i| (i * 7 + user * 3) % 5 != 0) {
            triples.push((user, item, if user % 2 == item % 2 { 5.0 } else { 1.0 }));
        }
    }
    dataset(20, 16, &triples)
}

/// The toy of sample-data, where defaults that are made for many ratings leave little or nothing.
pub fn toy() -> Arc<Dataset> {
    let rows = [[5, 3, 0, 1], [4, 0, 0, 1], [1, 1, 0, 5], [0, 0, 5, 4]];
    let mut triples = Vec::new();
    for (u, row) in (0..).zip(rows) {
        let rated = (0..).zip(row).filter(|(_, rating)| *rating > 0);
        triples.extend(rated.map(|(i, rating)| (u, i, f64::from(rating))));
    }
    dataset(4, 4, &triples)
}

/// Two tastes as in [`checkerboard`], but nobody has rated anything of the other taste, and genres tell them apart.
pub fn separate_tastes() -> Arc<Dataset> {
    let mut triples = Vec::new();
    for user in 0..20u32 {
        for item in (0..16u32).filter(|i| (i * 7 + user * 3) % 5 != 0 && i % 2 == user % 2) {
            triples.push((user, item, 5.0));
        }
    }
    // 0 and 2 for even items, 1 and 3 for odd ones.
    dataset_of_genres(20, 16, &triples, |i| [0, 2].map(|n| GENRES[n + i as usize % 2]))
}
