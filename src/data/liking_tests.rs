use super::*;
use crate::data::{DatasetParts, DuplicatePolicy, FeedbackClues, Histogram, Ids, RatingRows};

/// Two items: counts of the first by five users, of the second by one.
fn of_kind(kind: FeedbackKind, values: [f64; 5]) -> Dataset {
    let parts = DatasetParts {
        users: Ids::new((0..5).map(|u| u.to_string())),
        items: Ids::new(["a", "b"].map(str::to_owned)),
        ratings: RatingRows {
            users: vec![0, 1, 2, 3, 4, 0],
            items: vec![0, 0, 0, 0, 0, 1],
            values: values.into_iter().chain([7.0]).collect(),
            times: Vec::new(),
        },
        clues: FeedbackClues {
            kind: Some(kind),
            ..FeedbackClues::default()
        },
        ..DatasetParts::default()
    };
    Dataset::new(parts, DuplicatePolicy::Last).unwrap()
}

#[test]
fn good_and_bad_follow_the_kind() {
    let groups = |kind, values| {
        let thirds = of_kind(kind, values).thirds(ItemIx(0));
        values.map(|v| thirds.third(v))
    };
    assert_eq!(
        groups(FeedbackKind::Counts, [1.0, 3.0, 90.0, 400.0, 400.0]),
        [Some(0), Some(0), Some(1), Some(2), Some(2)]
    );
    assert_eq!(
        groups(FeedbackKind::Ratings, [1.0, 2.0, 4.0, 6.0, 7.0]),
        [Some(0), Some(0), Some(1), Some(2), Some(2)]
    );
    assert_eq!(
        groups(FeedbackKind::Votes, [-1.0, -1.0, 0.0, 1.0, 1.0]),
        [Some(0), Some(0), Some(1), Some(2), Some(2)]
    );
    assert_eq!(groups(FeedbackKind::Events, [1.0; 5]), [None; 5]);
    // A lone user's count is neither much nor little.
    let data = of_kind(FeedbackKind::Counts, [1.0; 5]);
    assert_eq!(data.thirds(ItemIx(1)).third(7.0), Some(1));
    let from = |kind| of_kind(kind, [-1.0, 0.0, 90.0, 400.0, 400.0]).liked_from(ItemIx(0));
    assert_eq!(FeedbackKind::ALL.map(from)[..2], [199.5, 90.0]);
    assert!(from(FeedbackKind::Votes) > 0.0 && from(FeedbackKind::Events) < -1e300);
}

#[test]
fn counts_have_a_logarithmic_histogram() {
    let values: Vec<f64> = (0..200).map(|k| f64::from(k * k)).chain([352_698.0]).collect();
    let n = values.len();
    let parts = DatasetParts {
        users: Ids::new((0..n).map(|u| u.to_string())),
        items: Ids::new(["a"].map(str::to_owned)),
        ratings: RatingRows {
            users: (0..n as u32).collect(),
            items: vec![0; n],
            values,
            times: Vec::new(),
        },
        ..DatasetParts::default()
    };
    let data = Dataset::new(parts, DuplicatePolicy::Last).unwrap();
    assert_eq!(data.feedback().kind, FeedbackKind::Counts);
    let Histogram::Bins(bins) = data.histogram() else {
        panic!("many values are binned");
    };
    assert_eq!(bins.len(), 18);
    assert_eq!(
        (bins[0], bins[1], bins[17]),
        ((0.0, 1.0, 1), (1.0, 2.0, 1), (200_000.0, 352_698.0, 1))
    );
    assert_eq!(bins.iter().map(|b| b.2).sum::<u64>(), n as u64);
    assert!(bins.windows(2).all(|b| b[0].1 == b[1].0));
}
