use proptest::prelude::*;

use super::*;
use crate::bandit::arms_from_dataset;
use crate::data::{Attribute, Attributes, DatasetParts, DuplicatePolicy, Ids, RatingRows};

/// 40 items; item i has 100 − 2i raters, of whom the first 3i + 4 like it (at most all). Even users are of one kind, odd
/// ones of another, and even items are comedies.
fn dataset() -> Dataset {
    let mut ratings = RatingRows::default();
    for item in 0..40u32 {
        for user in 0..100 - 2 * item {
            ratings.users.push(user);
            ratings.items.push(item);
            ratings.values.push(if user < 3 * item + 4 { 5.0 } else { 1.0 });
        }
    }
    let genres = (0..40).map(|i| vec![(if i % 2 == 0 { "Comedy" } else { "Drama" }, 1)]);
    let kinds = (0..100).map(|u| vec![(if u % 2 == 0 { "even" } else { "odd" }, 1)]);
    let parts = DatasetParts {
        users: Ids::new((0..100).map(|u| format!("u{u}"))),
        items: Ids::new((0..40).map(|i| format!("i{i}"))),
        ratings,
        item_attributes: Attributes {
            columns: vec![Attribute::of_names("genre", genres)],
        },
        user_attributes: Attributes {
            columns: vec![Attribute::of_names("kind", kinds)],
        },
        ..DatasetParts::default()
    };
    Dataset::new(parts, DuplicatePolicy::Last).unwrap()
}

fn among((column, name): (&str, &str)) -> Among {
    let (column, name) = (column.to_owned(), name.to_owned());
    Among { column, name }
}

fn ids(pick: Pick, of: Option<(&str, &str)>) -> Vec<String> {
    let arms = arms_from_items(&dataset(), 3, None, pick, of.map(among).as_ref()).unwrap();
    arms.into_iter().map(|arm| arm.id).collect()
}

#[test]
fn arms_are_picked_as_asked() {
    assert_eq!(ids(Pick::Hits, None), ["i0", "i1", "i2"]);
    assert_eq!(ids(Pick::Hits, Some(("genre", "Drama"))), ["i1", "i3", "i5"]);
    // Item 20 has the median number of ratings.
    assert_eq!(ids(Pick::LongTail, None), ["i18", "i19", "i20"]);
    let spread: Vec<String> = arms_from_dataset(&dataset(), 3, None)
        .into_iter()
        .map(|a| a.id)
        .collect();
    assert_eq!(ids(Pick::Spread, None), spread);
    let range = |pick| {
        let arms = arms_from_items(&dataset(), 3, None, pick, None).unwrap();
        let rates: Vec<f64> = arms.iter().map(|a| a.mean).collect();
        rates.iter().copied().fold(0.0, f64::max) - rates.iter().copied().fold(1.0, f64::min)
    };
    assert!(range(Pick::CloseRace) > 0.0 && range(Pick::CloseRace) < 0.2 * range(Pick::Spread));
    for pick in Pick::ALL {
        assert_eq!(pick.to_string().parse::<Pick>(), Ok(pick));
        assert!(arms_from_items(&dataset(), 100, None, pick, None).unwrap().len() > 3);
    }
}

#[test]
fn what_is_not_there_is_said() {
    let error = |of| {
        arms_from_items(&dataset(), 3, None, Pick::Hits, Some(&among(of)))
            .unwrap_err()
            .to_string()
    };
    assert!(error(("genres", "Comedy")).contains("did you mean genre?"));
    assert!(error(("genre", "Comdy")).contains("did you mean Comedy?"));
    assert!(
        "hit"
            .parse::<Pick>()
            .unwrap_err()
            .to_string()
            .contains("did you mean hits?")
    );
    let error = segments_of(&dataset(), &[], None, "kid").unwrap_err().to_string();
    assert!(error.contains("did you mean kind?"), "{error}");
}

#[test]
fn columns_with_an_equals_sign_are_quoted() {
    let read = |text: &str| text.parse::<Among>();
    assert_eq!(read("genre=Comedy"), Ok(among(("genre", "Comedy"))));
    assert_eq!(read("mood=a=b"), Ok(among(("mood", "a=b"))));
    assert_eq!(read(r#""a=b"=c"#), Ok(among(("a=b", "c"))));
    assert_eq!(read(r#""say ""a=b"""=c"#), Ok(among((r#"say "a=b""#, "c"))));
    for wrong in ["genre", "=Comedy", "genre=", "", "\"=\"=", "\"\"=x"] {
        let error = read(wrong).unwrap_err().to_string();
        assert!(error.ends_with("is not COLUMN=NAME, such as genre=Comedy"), "{error}");
    }
}

proptest! {
    #[test]
    fn what_arms_are_among_is_read_back(
        column in prop_oneof![any::<String>(), "[ab=\" ]{1,6}"],
        name in prop_oneof![any::<String>(), "[ab=\" ]{1,6}"],
    ) {
        prop_assume!(!column.is_empty() && !name.is_empty());
        let written = among((&column, &name));
        prop_assert_eq!(written.to_string().parse::<Among>(), Ok(written));
    }
}

#[test]
fn segments_have_the_rates_of_their_people() {
    let data = dataset();
    let arms = arms_from_items(&data, 2, None, Pick::Hits, None).unwrap();
    let segments = segments_of(&data, &arms, None, "kind").unwrap();
    let parts: Vec<_> = segments.iter().collect();
    assert_eq!((parts[0].0, parts[0].1, parts[1].0), ("even", 0.5, "odd"));
    // Item 1: 98 raters, of whom users 0 to 6 like it: four even ones of 49.
    assert!((arms[1].mean - 7.0 / 98.0).abs() < 1e-12);
    assert!((parts[0].2[1] - (4.0 + 5.0 * 7.0 / 98.0) / 54.0).abs() < 1e-12);
    assert!((parts[1].2[1] - (3.0 + 5.0 * 7.0 / 98.0) / 54.0).abs() < 1e-12);
}
