use super::*;

fn compact(values: &[f64]) -> CompactValues {
    let mut all = CompactValues::default();
    for &value in values {
        all.push(value);
    }
    all
}

fn found(values: &[f64]) -> (FeedbackKind, String) {
    named(values, None)
}

fn named(values: &[f64], column: Option<&str>) -> (FeedbackKind, String) {
    let clues = FeedbackClues {
        column: column.map(str::to_owned),
        ..FeedbackClues::default()
    };
    let feedback = Feedback::of(&compact(values), &clues);
    (feedback.kind, feedback.why)
}

/// Each value so many times.
fn repeated(values: &[(f64, usize)]) -> Vec<f64> {
    values.iter().flat_map(|&(v, n)| std::iter::repeat_n(v, n)).collect()
}

#[test]
fn scales_are_ratings() {
    let stars = [(1.0, 6110), (2.0, 11370), (3.0, 27145), (4.0, 34174), (5.0, 21201)];
    assert_eq!(
        found(&repeated(&stars)),
        (
            FeedbackKind::Ratings,
            "there are 5 distinct values, from 1 to 5".to_owned()
        )
    );
    let scales: [Vec<f64>; 9] = [
        // Half stars, thumbs as 0 and 1, up, down and neither.
        (1..=10).map(|k| f64::from(k) / 2.0).collect(),
        vec![0.0, 1.0, 1.0],
        vec![-1.0, 0.0, 1.0],
        // Jester's continuous scale, and sliders from 0 to 100.
        (0..2000).map(|k| f64::from(k) / 100.0 - 10.0).collect(),
        (0..=100).map(f64::from).collect(),
        // Mostly the lowest, and mostly 0 for "not rated" (Book-Crossing).
        repeated(&[(1.0, 900), (2.0, 50), (3.0, 20), (4.0, 8), (5.0, 5)]),
        repeated(&[(1.0, 900), (2.0, 50), (4.0, 20), (8.0, 2), (10.0, 2)]),
        repeated(&[
            (0.0, 620),
            (1.0, 2),
            (2.0, 2),
            (4.0, 10),
            (5.0, 50),
            (8.0, 100),
            (10.0, 80),
        ]),
        // A lone mistake among stars.
        repeated(&[(1.0, 60), (2.0, 110), (3.0, 270), (4.0, 340), (5.0, 210), (500.0, 1)]),
    ];
    for values in scales {
        assert_eq!(found(&values).0, FeedbackKind::Ratings, "{:?}", &values[..2]);
    }
}

#[test]
fn long_tails_are_counts() {
    let plays = [13_883.0, 1.0, 4.0, 260.0, 107.0, 614.0, 12.0, 33.0, 352_698.0];
    let (kind, why) = found(&plays);
    assert_eq!(
        (kind, why.as_str()),
        (
            FeedbackKind::Counts,
            "half of the values are at most 107, but the largest is 352,698"
        )
    );
    let geometric: Vec<f64> = (0..12).flat_map(|k| vec![f64::from(1 << k); 1 << (11 - k)]).collect();
    assert_eq!(found(&geometric).0, FeedbackKind::Counts);
    let hours: Vec<f64> = (1..400).map(|k| 20_000.0 / f64::from(k * k)).collect();
    assert_eq!(found(&hours).0, FeedbackKind::Counts);
    // More distinct values than can be coded.
    let many: Vec<f64> = (1..90_000).map(|k| 1e9 / (f64::from(k) * 1.5)).collect();
    assert_eq!(found(&many).0, FeedbackKind::Counts);
    let even: Vec<f64> = (1..90_000).map(|k| f64::from(k) / 9_000.0).collect();
    assert_eq!(found(&even).0, FeedbackKind::Ratings);
}

#[test]
fn a_tail_just_long_enough_decides() {
    // Five octaves, the largest beyond ten times the median, one row in the upper half.
    let long = [1.0, 1.0, 1.0, 1.0, 2.0, 4.0, 8.0, 20.0];
    assert_eq!(found(&long).0, FeedbackKind::Counts);
    // Four octaves.
    assert_eq!(found(&[1.0, 1.0, 1.0, 1.0, 2.0, 4.0, 20.0]).0, FeedbackKind::Ratings);
    // Exactly ten times the median.
    assert_eq!(
        found(&[2.0, 2.0, 2.0, 2.0, 1.0, 4.0, 8.0, 20.0]).0,
        FeedbackKind::Ratings
    );
    // Two of eight rows in the upper half.
    assert_eq!(
        found(&[1.0, 1.0, 1.0, 1.0, 2.0, 4.0, 8.0, 20.0, 20.0]).0,
        FeedbackKind::Ratings
    );
}

#[test]
fn one_value_is_an_event_and_opposite_ones_are_votes() {
    assert_eq!(
        found(&[1.0, 1.0]),
        (FeedbackKind::Events, "every row has the value 1".to_owned())
    );
    assert_eq!(found(&[5.0]), (FeedbackKind::Ratings, "the only value is 5".to_owned()));
    assert_eq!(
        found(&[1.0, -1.0, 1.0]),
        (
            FeedbackKind::Votes,
            "there are two values of opposite sign, -1 and 1".to_owned()
        )
    );
    assert_eq!(found(&[1.0, 2.0]).0, FeedbackKind::Ratings);
    assert_eq!(found(&[-2.0, -1.0]).0, FeedbackKind::Ratings);
    assert_eq!(found(&[]).0, FeedbackKind::Ratings);
    let clues = FeedbackClues {
        implicit: true,
        ..FeedbackClues::default()
    };
    assert_eq!(Feedback::of(&compact(&[1.0]), &clues).kind, FeedbackKind::Events);
}

#[test]
fn a_name_decides_where_values_do_not() {
    let few = [1.0, 2.0, 3.0, 1.0];
    assert_eq!(
        named(&few, Some("play_count")),
        (
            FeedbackKind::Counts,
            "the column of values is called play_count".to_owned()
        )
    );
    assert_eq!(named(&few, Some("rating")).0, FeedbackKind::Ratings);
    // Clicked or not; returned goods; and what is always the same.
    assert_eq!(named(&[0.0, 1.0, 1.0], Some("click")).0, FeedbackKind::Ratings);
    assert_eq!(named(&[-2.0, 1.0, 3.0], Some("quantity")).0, FeedbackKind::Ratings);
    assert_eq!(named(&[1.0, 1.0], Some("Quantity")).0, FeedbackKind::Events);
}

#[test]
fn what_is_told_counts_and_zero_may_be_missing() {
    let clues = |kind, zero| FeedbackClues {
        kind,
        zero,
        column: Some("Plays".to_owned()),
        ..FeedbackClues::default()
    };
    let told = Feedback::of(&compact(&[1.0, 5.0]), &clues(Some(FeedbackKind::Counts), Zero::Value));
    assert_eq!(
        (told.kind, told.duplicates),
        (FeedbackKind::Counts, DuplicatePolicy::Sum)
    );
    assert_eq!((told.words().unit.many, told.words().row.many), ("plays", "counts"));
    let votes = [1.0, -1.0, 0.0, 0.0];
    let with_zero = Feedback::of(&compact(&votes), &clues(None, Zero::Value));
    let without = Feedback::of(&compact(&votes), &clues(None, Zero::Missing));
    assert_eq!(
        (with_zero.kind, without.kind),
        (FeedbackKind::Ratings, FeedbackKind::Votes)
    );
    assert_eq!((without.words().unit.many, without.zero), ("votes", Zero::Missing));
}

#[test]
fn likes_follow_the_kind() {
    let scale = Scale {
        min: 1.0,
        max: 5.0,
        step: Some(1.0),
    };
    let likes = FeedbackKind::ALL.map(|kind| Like::of(kind, scale));
    assert_eq!(
        likes,
        [Like::AtLeast(3.0), Like::ItemMedian, Like::Any, Like::Above(0.0)]
    );
}
