use super::*;
use crate::data::{Attribute, Attributes, Dataset, Edits, UserIx};
use crate::models::LatentFactors;
use crate::models::tests_common::{check_serving, context, dataset_with, fit, fit_in, serve, serve_guest, serve_user};

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} is not {b}");
}

fn names(name: &str, rows: &[&[&str]]) -> Attribute {
    let said = |row: &&[&str]| row.iter().map(|n| (n.to_string(), 1)).collect();
    Attribute::of_names(name, rows.iter().map(said).collect::<Vec<Vec<(String, u32)>>>())
}

/// Item 0: A, B · item 1: A · item 2: B, C · item 3: nothing.
fn data() -> Arc<Dataset> {
    let genre = names("genre", &[&["A", "B"], &["A"], &["B", "C"], &[]]);
    let attributes = Attributes { columns: vec![genre] };
    dataset_with(&[(0, 0, 4.0), (0, 1, 2.0), (1, 3, 5.0), (2, 1, 1.0)], 4, attributes)
}

#[test]
fn tf_idf_and_cosine_by_hand() {
    let data = data();
    let model = fit("content", "", &data).unwrap();
    let (common, rare) = ((5.0f64 / 3.0).ln() + 1.0, (5.0f64 / 2.0).ln() + 1.0);
    let half = 0.5f64.sqrt();
    let length = (common * common + rare * rare).sqrt();
    // The profile: 4·(A, B)/√2 + 2·A.
    let (a, b) = (4.0 * half + 2.0, 4.0 * half);
    let expected = b * common / length / (a * a + b * b).sqrt();
    let serving = serve_user(&model, &data, 0);
    close(serving.score(ItemIx(2)).unwrap(), expected);
    // Item 1 without its own rating: cos((A, B), A); item 0 likewise.
    close(serving.score(ItemIx(1)).unwrap(), half);
    close(serving.score(ItemIx(0)).unwrap(), half);
    assert_eq!(serving.score(ItemIx(3)), Err(NoScore::NoFeatures));
    check_serving(&serving, 4);
    let tree = serving.explain(ItemIx(2)).unwrap();
    let terms: Vec<(&str, f64)> = tree.children.iter().map(|c| (c.label.as_ref(), c.value)).collect();
    assert_eq!(terms, [("B", tree.value), ("C", 0.0)]);
    assert_eq!(tree.children[0].about, About::Term("genre".into(), "B".into()));
    let history = serving.explain_by_history(ItemIx(2)).unwrap().unwrap();
    assert_eq!(history.children[0].about, About::Item(ItemIx(0)));
    assert_eq!(history.children[1].value, 0.0);
}

#[test]
fn it_agrees_with_the_naive_way_on_dense_vectors() {
    let pool = ["A", "B", "C", "D", "E", "F", "G"];
    let genres: Vec<Vec<(&str, u32)>> = (0..40usize)
        .map(|i| {
            (0..7)
                .filter(|k| (i * 7 + k * k * 3 + i / 5) % 4 == 0)
                .map(|k| (pool[k], 1))
                .collect()
        })
        .collect();
    let tags: Vec<Vec<(&str, u32)>> = (0..40usize)
        .map(|i| {
            (0..i % 4)
                .map(|k| (pool[(i + k) % 7], (i * (k + 1)) as u32 % 9 + 1))
                .collect()
        })
        .collect();
    let years = (0..40).map(|i| (i % 6 != 0).then(|| 1950.0 + f64::from(i)));
    let attributes = Attributes {
        columns: vec![
            Attribute::of_names("genre", genres.clone()),
            Attribute::of_numbers("year", years.clone()),
            Attribute::of_names("tag", tags.clone()),
        ],
    };
    let rated: Vec<(u32, f64)> = (0..40)
        .filter(|i| i % 3 == 0)
        .map(|i| (i, f64::from(i % 5) - 1.0))
        .collect();
    let data = dataset_with(&[(0, 0, 1.0)], 40, attributes);
    let model = fit("content", "tag=0.5", &data).unwrap();
    let serving = serve_guest(&model, &rated);
    check_serving(&serving, 40);

    // Columns: 7 genres, 10 decades, 7 tags.
    let mut dense = vec![[0.0f64; 24]; 40];
    for (i, year) in years.enumerate() {
        for (g, _) in &genres[i] {
            dense[i][pool.iter().position(|p| p == g).unwrap()] = 1.0;
        }
        if let Some(year) = year {
            dense[i][7 + (year as usize - 1900) / 10] = 1.0;
        }
        for (t, count) in &tags[i] {
            dense[i][17 + pool.iter().position(|p| p == t).unwrap()] = 1.0 + f64::from(*count).ln();
        }
    }
    for t in 0..24 {
        let df = dense.iter().filter(|row| row[t] > 0.0).count() as f64;
        let idf = (41.0 / (1.0 + df)).ln() + 1.0;
        for row in &mut dense {
            row[t] *= idf * if t >= 17 { 0.5 } else { 1.0 };
        }
    }
    let dot = |a: &[f64; 24], b: &[f64; 24]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    for row in &mut dense {
        let length = dot(row, row).sqrt();
        for x in row.iter_mut() {
            *x /= length.max(1e-300);
        }
    }
    for i in 0..40u32 {
        let mut profile = [0.0; 24];
        for (j, rating) in rated.iter().filter(|(j, _)| *j != i) {
            for t in 0..24 {
                profile[t] += rating * dense[*j as usize][t];
            }
        }
        let item = &dense[i as usize];
        let expected = dot(&profile, item) / dot(&profile, &profile).sqrt();
        match serving.score(ItemIx(i)) {
            Ok(score) => close(score, expected),
            Err(reason) => assert_eq!((reason, dot(item, item)), (NoScore::NoFeatures, 0.0)),
        }
    }
}

#[test]
fn items_and_profiles_without_features_have_no_score() {
    let data = data();
    let model = fit("content", "", &data).unwrap();
    let reason = |ratings: &[(u32, f64)], item| serve_guest(&model, ratings).score(ItemIx(item)).err();
    assert_eq!(reason(&[], 0), Some(NoScore::EmptyProfile));
    assert_eq!(reason(&[(3, 5.0)], 0), Some(NoScore::NoFeatures));
    assert_eq!(reason(&[(1, 0.0)], 0), Some(NoScore::NoFeatures));
    // The only rated item, without its own rating.
    assert_eq!(reason(&[(1, 5.0)], 1), Some(NoScore::NoFeatures));
    assert_eq!(reason(&[(1, 3.3), (3, 2.0)], 1), Some(NoScore::NoFeatures));
    assert_eq!(reason(&[(1, 5.0)], 0), None);
    check_serving(&serve_user(&model, &data, 1), 4);
    let bare = crate::models::tests_common::dataset(&[(0, 0, 3.0)], 2);
    let model = fit("content", "", &bare).unwrap();
    assert_eq!(serve_user(&model, &bare, 0).score(ItemIx(1)), Err(NoScore::NoFeatures));
}

#[test]
fn columns_can_be_left_out_and_identifiers_are() {
    let genre = names("genre", &[&["A"], &["B"], &["A"]]);
    let url = names("url", &[&["x"], &["y"], &["z"]]);
    let country = names("country", &[&["it"], &["fr"], &["fr"]]);
    let columns = vec![
        genre,
        url,
        country,
        Attribute::of_numbers("length", [Some(90.0), Some(91.0)]),
    ];
    let data = dataset_with(&[(0, 0, 4.0)], 3, Attributes { columns });
    let vocabulary = |weight_of: fn(&str) -> f64, min| {
        let features = Features::of_catalog(&data, weight_of, min, &Cancel::new()).unwrap();
        let names = features.vocabulary().iter().map(|t| t.name.clone());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(vocabulary(|_| 1.0, 1), "A B it fr");
    assert_eq!(vocabulary(|_| 1.0, 2), "A fr");
    let no_genre = |column: &str| if column == "genre" { 0.0 } else { 1.0 };
    assert_eq!(vocabulary(no_genre, 1), "it fr");
}

#[test]
fn an_edit_counts_like_a_stored_rating() {
    let data = data();
    let model = fit("content", "", &data).unwrap();
    let mut edits = Edits::default();
    edits.set(&data, UserIx(2), ItemIx(2), Some(3.0));
    let edited = serve(&model, Profile::of_edited_user(&data, UserIx(2), &Arc::new(edits)));
    let guest = serve_guest(&model, &[(1, 1.0), (2, 3.0)]);
    assert_eq!(edited.score(ItemIx(0)), guest.score(ItemIx(0)));
}

#[test]
fn cosines_of_items() {
    let features = Features::of_catalog(&data(), |_| 1.0, 1, &Cancel::new()).unwrap();
    close(features.cosine(ItemIx(0), ItemIx(0)), 1.0);
    close(features.cosine(ItemIx(0), ItemIx(1)), 0.5f64.sqrt());
    assert_eq!(features.cosine(ItemIx(1), ItemIx(2)), 0.0);
    assert_eq!(features.cosine(ItemIx(1), ItemIx(3)), 0.0);
}

/// A model with nothing but factors: (1, 7), (3, 7), none, (5, 7).
struct TwoFactors;

impl LatentFactors for TwoFactors {
    fn n_factors(&self) -> usize {
        2
    }
    fn item(&self, item: ItemIx) -> Option<Vec<f64>> {
        [Some([1.0, 7.0]), Some([3.0, 7.0]), None, Some([5.0, 7.0])][item.at()].map(Vec::from)
    }
    fn user(&self, _: UserIx) -> Option<Vec<f64>> {
        None
    }
    fn profile(&self, _: &Profile) -> Vec<f64> {
        vec![0.0; 2]
    }
    fn item_bias(&self, _: ItemIx) -> f64 {
        0.0
    }
    fn profile_bias(&self, _: &Profile) -> f64 {
        0.0
    }
    fn mean(&self) -> f64 {
        0.0
    }
}

impl Recommender for TwoFactors {
    fn unit(&self) -> Unit {
        Unit::Score
    }
    fn serve(self: Arc<Self>, _: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        Err(Cancelled)
    }
    fn memory_bytes(&self) -> usize {
        0
    }
    fn factors(&self) -> Option<&dyn LatentFactors> {
        Some(self)
    }
}

#[test]
fn another_models_factors_become_terms() {
    let data = data();
    let mut context = context(&data);
    context.augmented_with = Some(("svd".into(), Arc::new(TwoFactors)));
    let model = fit_in("content", "", &context).unwrap();
    let serving = serve_guest(&model, &[(0, 1.0)]);
    check_serving(&serving, 4);
    // Factor 1 has mean 3 and deviation √(8/3); divided by it and √2: -√3/2, 0, √3/2; factor 2 never varies.
    let x = 0.75f64.sqrt();
    let half = 0.5f64.sqrt();
    close(serving.score(ItemIx(1)).unwrap(), half / 1.75f64.sqrt());
    close(serving.score(ItemIx(3)).unwrap(), -x / 1.75f64.sqrt());
    let tree = serving.explain(ItemIx(3)).unwrap();
    assert_eq!(tree.children[0].label, "factor f1 of svd");
    assert_eq!(tree.children[0].about, About::Term("svd".into(), "f1".into()));

    context.augmented_with = Some(("popularity".into(), fit("popularity", "", &data).unwrap()));
    assert!(matches!(fit_in("content", "", &context).err(), Some(FitError::Unfit(s)) if s.contains("svd")));
}
