use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::tests_common::sized;
use super::*;
use crate::data::{Dataset, Edits, ItemIx, UserIx};
use crate::models::Profile;
use crate::task::{Cancel, Pool};

const DRAWS: Bootstrap = Bootstrap { draws: 60, seed: 7 };

fn ratings() -> impl Strategy<Value = Vec<(u32, u32, f64)>> {
    let one = (0..6u32, 0..9u32, 1..6u8).prop_map(|(u, i, r)| (u, i, f64::from(r)));
    prop::collection::vec(one, 10..50)
}

fn of_user(data: &Dataset, user: u32, other: u32, measure: Measure) -> Option<Significance> {
    let search = NeighborSearch::new(std::sync::Arc::new(data.clone()));
    let profile = Profile::of_user(data, UserIx(user));
    let task = (&Pool::default(), &Cancel::new());
    search
        .significance_of_profile(&profile, &[other], (measure, DRAWS), task)
        .unwrap()[0]
}

/// The ratings that both have, by item.
fn common(data: &Dataset, a: u32, b: u32) -> Vec<(f64, f64)> {
    let both = data.user_row(UserIx(a)).iter();
    let both = both.filter_map(|(item, x)| Some((x, data.rating(UserIx(b), ItemIx(item))?)));
    both.collect()
}

/// Every draw by the same places, its similarity by the formula as in a textbook; then the ends of the sorted draws.
fn naive(pairs: &[(f64, f64)], similarity: impl Fn(&[(f64, f64)]) -> Option<f64>) -> Option<(f64, f64)> {
    let mut random = Pcg64::seed_from_u64(DRAWS.seed);
    let mut values = Vec::new();
    for _ in 0..DRAWS.draws {
        let drawn: Vec<(f64, f64)> = pairs
            .iter()
            .map(|_| pairs[random.random_range(0..pairs.len())])
            .collect();
        values.extend(similarity(&drawn));
    }
    if pairs.len() < 2 || values.len() * 2 < DRAWS.draws as usize {
        return None;
    }
    values.sort_by(f64::total_cmp);
    // The 2.5 % that lie lowest, and the 2.5 % that lie highest, are outside.
    let n = values.len();
    let low = (0..n).find(|k| (k + 1) * 1000 >= 25 * n).unwrap();
    let high = (0..n).find(|k| (k + 1) * 1000 >= 975 * n).unwrap();
    Some((values[low], values[high])).filter(|(low, high)| high - low > 1e-12)
}

fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let (mean_x, mean_y) = (
        pairs.iter().map(|p| p.0).sum::<f64>() / n,
        pairs.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 { pairs.iter().map(|(x, y)| f(x - mean_x, y - mean_y)).sum() };
    let below = (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt();
    (below > 1e-9).then(|| sum(&|x, y| x * y) / below)
}

fn assert_same(seen: Option<Significance>, expected: Option<(f64, f64)>, shrunk: f64) {
    let Some(seen) = seen else {
        return;
    };
    match (seen.low.zip(seen.high), expected) {
        (Some((low, high)), Some((naive_low, naive_high))) => {
            assert!((low - naive_low * shrunk).abs() < 1e-9, "{low} {naive_low}");
            assert!((high - naive_high * shrunk).abs() < 1e-9, "{high} {naive_high}");
        }
        (seen, expected) => assert_eq!(seen.is_some(), expected.is_some()),
    }
}

proptest! {
    #[test]
    fn intervals_are_those_of_the_textbook(ratings in ratings(), shrinkage in prop_oneof![Just(0.0), Just(7.5)]) {
        let data = sized(6, 9, &ratings);
        for (a, b) in [(0, 1), (2, 3), (1, 4)] {
            let pairs = common(&data, a, b);
            let n = pairs.len() as f64;
            let shrunk = n / (n + shrinkage);
            let of = |similarity: Similarity| {
                of_user(&data, a, b, Measure { similarity, min_support: 1, shrinkage })
            };
            let norm = |user| data.user_row(UserIx(user)).iter().map(|(_, r)| r * r).sum::<f64>();
            let below = (norm(a) * norm(b)).sqrt();
            let products = |d: &[(f64, f64)]| d.iter().map(|(x, y)| x * y).sum::<f64>();
            // A draw may be more alike than the rows can be: it counts as 1.
            let cosine = naive(&pairs, |d| Some((products(d) / below).min(1.0)));
            assert_same(of(Similarity::Cosine), cosine, shrunk);
            assert_same(of(Similarity::Pearson), naive(&pairs, pearson), shrunk);
            let msd = |d: &[(f64, f64)]| Some(1.0 / (1.0 + d.iter().map(|(x, y)| (x - y).powi(2)).sum::<f64>() / n));
            assert_same(of(Similarity::Msd), naive(&pairs, msd), shrunk);
        }
    }

    /// What must hold whatever is drawn: the ends are in order and in the range of the similarity, and n times the largest or
    /// smallest part bounds a cosine.
    #[test]
    fn intervals_stay_within_what_can_be_drawn(ratings in ratings()) {
        let data = sized(6, 9, &ratings);
        for spec in &SIMILARITIES {
            let measure = Measure::from(spec.similarity);
            for other in 1..6 {
                let pairs = common(&data, 0, other);
                let Some(seen) = of_user(&data, 0, other, measure) else { continue };
                if spec.similarity.compares_sets() || pairs.len() < 2 {
                    prop_assert_eq!((seen.low, seen.high), (None, None));
                    continue;
                }
                let Some((low, high)) = seen.low.zip(seen.high) else { continue };
                prop_assert!(low <= high && (-1.0..=1.0).contains(&low) && (-1.0..=1.0).contains(&high));
                if spec.similarity == Similarity::Cosine {
                    let norm = |user| data.user_row(UserIx(user)).iter().map(|(_, r)| r * r).sum::<f64>();
                    let below = (norm(0) * norm(other)).sqrt();
                    let n = pairs.len() as f64;
                    let least = pairs.iter().map(|(x, y)| x * y).fold(f64::INFINITY, f64::min);
                    let most = pairs.iter().map(|(x, y)| x * y).fold(0.0, f64::max);
                    prop_assert!(low >= (n * least / below).min(1.0) - 1e-9 && high <= n * most / below + 1e-9);
                }
                // From either side the same.
                prop_assert_eq!(of_user(&data, other, 0, measure), Some(seen));
            }
        }
    }
}

#[test]
fn what_is_not_shrunk_comes_beside_what_is() {
    let data = sized(2, 3, &[(0, 0, 5.0), (0, 1, 3.0), (0, 2, 1.0), (1, 0, 4.0), (1, 1, 1.0)]);
    let measure = Measure {
        similarity: Similarity::CosineCommon,
        min_support: 1,
        shrinkage: 2.0,
    };
    let seen = of_user(&data, 0, 1, measure).unwrap();
    let plain = 23.0 / (34.0_f64 * 17.0).sqrt();
    assert!((seen.unshrunk - plain).abs() < 1e-12);
    // Both entries, the one twice, the other twice: 23/√(34·17), 1, 1, times 2/(2 + 2).
    assert!((seen.low.unwrap() - plain / 2.0).abs() < 1e-12 && (seen.high.unwrap() - 0.5).abs() < 1e-12);
    // One common entry cannot vary: no interval, rather than one without width.
    let one = sized(2, 2, &[(0, 0, 5.0), (0, 1, 3.0), (1, 0, 4.0)]);
    let seen = of_user(&one, 0, 1, Similarity::CosineCommon.into()).unwrap();
    assert_eq!((seen.unshrunk, seen.low, seen.high), (1.0, None, None));
    // Nothing in common has no similarity.
    let none = sized(2, 2, &[(0, 0, 5.0), (1, 1, 4.0)]);
    assert_eq!(of_user(&none, 0, 1, Similarity::Cosine.into()), None);
}

#[test]
fn items_have_intervals_too_under_their_edits() {
    let ratings: Vec<(u32, u32, f64)> = (0..12).map(|u| (u, u % 2, f64::from(1 + u % 5))).collect();
    let both: Vec<(u32, u32, f64)> = ratings.iter().map(|(u, i, r)| (*u, 1 - i, 6.0 - r)).collect();
    let data = sized(12, 2, &[ratings, both].concat());
    let search = NeighborSearch::new(std::sync::Arc::new(data.clone()));
    let of = |edits: &Edits| {
        let task = (&Pool::default(), &Cancel::new());
        let how = (Measure::from(Similarity::Cosine), DRAWS);
        search.significance_of_item(edits, ItemIx(0), &[1], how, task).unwrap()[0].unwrap()
    };
    let stored = of(&Edits::default());
    assert!(stored.low.unwrap() < stored.unshrunk && stored.unshrunk < stored.high.unwrap());
    let mut edits = Edits::default();
    (0..11).for_each(|user| edits.set(&data, UserIx(user), ItemIx(0), None));
    assert_eq!(of(&edits).low, None);
}
