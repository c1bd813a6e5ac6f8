//! The engine against the definitions, written down densely and slowly.

use std::sync::Arc;

use proptest::prelude::*;

use super::tests_common::{dataset, neighbors_of_item, neighbors_of_profile, sized};
use super::*;
use crate::data::{Dataset, Edits, ItemIx, UserIx};
use crate::models::Profile;
use crate::task::{Cancel, Cancelled, Pool};

const USERS: u32 = 7;
const ITEMS: u32 = 8;
/// Zero and negative ratings are ratings like any other.
const VALUES: [f64; 7] = [-2.5, 0.0, 1.0, 2.0, 3.5, 3.5, 5.0];

type Matrix = Vec<Vec<Option<f64>>>;

fn matrix(data: &Dataset, edits: &Edits) -> Matrix {
    let mut cells = vec![vec![None; data.n_items()]; data.n_users()];
    for user in data.users() {
        for (item, rating) in edits.user_ratings(data, user) {
            cells[user.at()][item.at()] = Some(rating);
        }
    }
    cells
}

fn transposed(cells: &Matrix) -> Matrix {
    let width = cells.first().map_or(0, Vec::len);
    (0..width).map(|i| cells.iter().map(|row| row[i]).collect()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn constant(values: &[f64]) -> bool {
    values.iter().all(|v| *v == values[0])
}

fn cosine(a: &[f64], b: &[f64]) -> Option<f64> {
    let dot: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    let norms = a.iter().map(|x| x * x).sum::<f64>().sqrt() * b.iter().map(|y| y * y).sum::<f64>().sqrt();
    (norms > 1e-9).then(|| dot / norms)
}

/// The similarity of two dense rows, from its definition. `residual` says what baselines leave of the rating at an entry,
/// for the first row and for the second.
fn naive(
    measure: Measure,
    a: &[Option<f64>],
    b: &[Option<f64>],
    population: f64,
    residual: impl Fn(bool, usize, f64) -> f64,
) -> Option<f64> {
    let rated = |row: &[Option<f64>]| row.iter().filter_map(|r| *r).collect::<Vec<f64>>();
    let common: Vec<usize> = (0..a.len()).filter(|&e| a[e].is_some() && b[e].is_some()).collect();
    let n = common.len();
    if n == 0 || n < measure.min_support {
        return None;
    }
    let x: Vec<f64> = common.iter().filter_map(|&e| a[e]).collect();
    let y: Vec<f64> = common.iter().filter_map(|&e| b[e]).collect();
    let whole =
        |row: &[Option<f64>], less: f64| -> Vec<f64> { row.iter().map(|r| r.map_or(0.0, |r| r - less)).collect() };
    let (in_a, in_b, both) = (rated(a).len() as f64, rated(b).len() as f64, n as f64);
    let value = match measure.similarity {
        Similarity::Cosine => cosine(&whole(a, 0.0), &whole(b, 0.0))?,
        Similarity::CosineCommon => cosine(&x, &y)?,
        Similarity::CenteredCosine => {
            if constant(&rated(a)) || constant(&rated(b)) {
                return None;
            }
            cosine(&whole(a, mean(&rated(a))), &whole(b, mean(&rated(b))))?
        }
        Similarity::Msd => {
            let difference: f64 = x.iter().zip(&y).map(|(x, y)| (x - y).powi(2)).sum();
            1.0 / (1.0 + difference / both)
        }
        Similarity::Pearson => {
            if constant(&x) || constant(&y) {
                return None;
            }
            let less = |v: &[f64]| v.iter().map(|x| x - mean(v)).collect::<Vec<f64>>();
            cosine(&less(&x), &less(&y))?
        }
        Similarity::PearsonBaseline => {
            if n < 2 {
                return None;
            }
            let left = |first: bool, of: &[f64]| -> Vec<f64> {
                common.iter().zip(of).map(|(&e, &r)| residual(first, e, r)).collect()
            };
            cosine(&left(true, &x), &left(false, &y))? * (both - 1.0) / (both - 1.0 + measure.shrinkage)
        }
        Similarity::Jaccard => both / (0..a.len()).filter(|&e| a[e].is_some() || b[e].is_some()).count() as f64,
        Similarity::Lift => population * both / (in_a * in_b),
        Similarity::Llr => {
            let cells = [both, in_a - both, in_b - both, population - in_a - in_b + both];
            if cells[0] * cells[3] <= cells[1] * cells[2] {
                0.0
            } else {
                let h = |counts: &[f64]| counts.iter().filter(|k| **k > 0.0).map(|k| k * k.ln()).sum::<f64>();
                let n: f64 = cells.iter().sum();
                let rows = [cells[0] + cells[1], cells[2] + cells[3]];
                let columns = [cells[0] + cells[2], cells[1] + cells[3]];
                2.0 * (h(&cells) - h(&rows) - h(&columns) + h(&[n]))
            }
        }
    };
    let shrunk = measure.similarity != Similarity::PearsonBaseline && measure.shrinkage > 0.0;
    Some(if shrunk {
        value * both / (both + measure.shrinkage)
    } else {
        value
    })
}

/// Every entry that anybody rates.
fn population(cells: &Matrix) -> f64 {
    let width = cells.first().map_or(0, Vec::len);
    (0..width).filter(|&e| cells.iter().any(|row| row[e].is_some())).count() as f64
}

fn check(measure: Measure, found: &[Neighbor], expected: &[(u32, f64, u32)]) {
    let what = measure.similarity.name();
    let mut by_index: Vec<&Neighbor> = found.iter().collect();
    by_index.sort_by_key(|n| n.index);
    let indices: Vec<u32> = by_index.iter().map(|n| n.index).collect();
    let wanted: Vec<u32> = expected.iter().map(|e| e.0).collect();
    assert_eq!(indices, wanted, "{what}: who has a similarity");
    for (neighbor, (_, similarity, support)) in by_index.iter().zip(expected) {
        assert_eq!(neighbor.support, *support, "{what}");
        assert!(
            (neighbor.similarity - similarity).abs() < 1e-9,
            "{what}: {} is {similarity} by definition",
            neighbor.similarity
        );
    }
    let ordered = found
        .windows(2)
        .all(|w| w[0].similarity > w[1].similarity || (w[0].similarity == w[1].similarity && w[0].index < w[1].index));
    assert!(ordered, "{what}: highest first, ties by index");
}

fn common(a: &[Option<f64>], b: &[Option<f64>]) -> u32 {
    a.iter().zip(b).filter(|(a, b)| a.is_some() && b.is_some()).count() as u32
}

fn measures() -> impl Strategy<Value = Measure> {
    (
        0..SIMILARITIES.len(),
        1usize..4,
        prop::sample::select(vec![0.0, 2.5, 100.0]),
    )
        .prop_map(|(which, min_support, shrinkage)| Measure {
            similarity: SIMILARITIES[which].similarity,
            min_support,
            shrinkage,
        })
}

type Cells = Vec<(u32, u32, f64)>;

fn cells(most: usize) -> impl Strategy<Value = Cells> {
    prop::collection::vec((0..USERS, 0..ITEMS, prop::sample::select(VALUES.to_vec())), 0..most)
}

fn edited(data: &Dataset, changes: &[(u32, u32, f64)], removals: &[(u32, u32)]) -> Arc<Edits> {
    let mut edits = Edits::default();
    for &(user, item, rating) in changes {
        edits.set(data, UserIx(user), ItemIx(item), Some(rating));
    }
    for &(user, item) in removals {
        edits.set(data, UserIx(user), ItemIx(item), None);
    }
    Arc::new(edits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn users_are_as_alike_as_the_definitions_say(
        ratings in cells(40), changes in cells(6), removals in prop::collection::vec((0..USERS, 0..ITEMS), 0..4),
        guest in prop::collection::vec((0..ITEMS, prop::sample::select(VALUES.to_vec())), 0..6),
        measure in measures(), user in 0..USERS,
    ) {
        let data = sized(USERS, ITEMS, &ratings);
        let edits = edited(&data, &changes, &removals);
        let cells = matrix(&data, &edits);
        let baselines = Baselines::fit(&data, &Cancel::new()).unwrap();
        let guest = Profile::guest(guest.into_iter().map(|(i, r)| (ItemIx(i), r)), &edits);
        for profile in [Profile::of_edited_user(&data, UserIx(user), &edits), guest] {
            let mut own = vec![None; ITEMS as usize];
            for rated in profile.rows() {
                own[rated.item.at()] = Some(rated.rating);
            }
            let left = |row: &[Option<f64>]| {
                baselines.user_bias(row.iter().enumerate().filter_map(|(i, r)| Some((i as u32, (*r)?))))
            };
            let others = (0..USERS).filter(|v| Some(UserIx(*v)) != profile.user());
            let expected: Vec<(u32, f64, u32)> = others
                .filter_map(|v| {
                    let row = &cells[v as usize];
                    let bias = [left(row), left(&own)];
                    let residual = |first: bool, e: usize, r: f64| r - baselines.of(bias[usize::from(first)], ItemIx(e as u32));
                    Some((v, naive(measure, &own, row, population(&cells), residual)?, common(&own, row)))
                })
                .collect();
            let found = neighbors_of_profile(&data, &profile, measure, Some(&baselines), &Cancel::new()).unwrap();
            check(measure, &found, &expected);
        }
    }

    #[test]
    fn items_are_as_alike_as_the_definitions_say(
        ratings in cells(40), changes in cells(6), removals in prop::collection::vec((0..USERS, 0..ITEMS), 0..4),
        measure in measures(), item in 0..ITEMS,
    ) {
        let data = sized(USERS, ITEMS, &ratings);
        let edits = edited(&data, &changes, &removals);
        let columns = transposed(&matrix(&data, &edits));
        let baselines = Baselines::fit(&data, &Cancel::new()).unwrap();
        let own = &columns[item as usize];
        let expected: Vec<(u32, f64, u32)> = (0..ITEMS)
            .filter(|j| *j != item)
            .filter_map(|j| {
                let residual = |first: bool, u: usize, r: f64| {
                    let item = if first { item } else { j };
                    r - baselines.mean - baselines.user[u] - baselines.item[item as usize]
                };
                let row = &columns[j as usize];
                Some((j, naive(measure, own, row, population(&columns), residual)?, common(own, row)))
            })
            .collect();
        let found = neighbors_of_item(&data, &edits, ItemIx(item), measure, None, &Cancel::new()).unwrap();
        check(measure, &found, &expected);
        let kept = NeighborSearch::new(Arc::new(data)).of_item(&edits, ItemIx(item), measure, &Cancel::new()).unwrap();
        prop_assert_eq!(kept, found);
    }

    #[test]
    fn both_orientations_agree(ratings in cells(40), which in 0..SIMILARITIES.len()) {
        // Users of a dataset are items of the transposed dataset. Not for pearson-baseline: the baselines of users and
        // of items are regularized differently.
        let measure = Measure::from(SIMILARITIES[which].similarity);
        prop_assume!(!measure.similarity.needs_baselines());
        let data = sized(USERS, ITEMS, &ratings);
        let swapped: Cells = ratings.iter().map(|&(u, i, r)| (i, u, r)).collect();
        let swapped = sized(ITEMS, USERS, &swapped);
        for user in 0..USERS {
            let profile = Profile::of_user(&data, UserIx(user));
            let near = neighbors_of_profile(&data, &profile, measure, None, &Cancel::new()).unwrap();
            let same = neighbors_of_item(&swapped, &Edits::default(), ItemIx(user), measure, None, &Cancel::new()).unwrap();
            prop_assert_eq!(near, same);
        }
    }

    #[test]
    fn a_pair_is_as_alike_from_either_side_to_the_last_bit(ratings in cells(40), measure in measures()) {
        let data = sized(USERS, ITEMS, &ratings);
        let near = |item| neighbors_of_item(&data, &Edits::default(), ItemIx(item), measure, None, &Cancel::new()).unwrap();
        let all: Vec<Vec<Neighbor>> = (0..ITEMS).map(near).collect();
        for (a, row) in all.iter().enumerate() {
            for neighbor in row {
                let back = all[neighbor.index as usize].iter().find(|n| n.index as usize == a);
                prop_assert_eq!(back.map(|n| n.similarity.to_bits()), Some(neighbor.similarity.to_bits()));
            }
        }
    }
}

#[test]
fn zero_and_negative_are_listed_and_undefined_is_not() {
    // Users 1 and 2 agree and disagree with user 0, user 3 has nothing in common with it, user 4 likes all the same.
    let data = dataset(&[
        (0, 0, 5.0),
        (0, 1, 1.0),
        (1, 0, 4.0),
        (1, 1, 2.0),
        (2, 0, 1.0),
        (2, 1, 3.0),
        (3, 2, 3.0),
        (4, 0, 3.0),
        (4, 1, 3.0),
    ]);
    let profile = Profile::of_user(&data, UserIx(0));
    let near = |s: Similarity| neighbors_of_profile(&data, &profile, s.into(), None, &Cancel::new()).unwrap();
    let pearson: Vec<(u32, f64)> = near(Similarity::Pearson)
        .iter()
        .map(|n| (n.index, n.similarity))
        .collect();
    assert_eq!(pearson, [(1, 1.0), (2, -1.0)]);
    let llr: Vec<(u32, f64)> = near(Similarity::Llr).iter().map(|n| (n.index, n.similarity)).collect();
    assert_eq!(
        (llr.len(), llr[0].0, llr[2].0),
        (3, 1, 4),
        "ties keep the order of the file"
    );
}

#[test]
fn ratings_that_overflow_have_no_similarity() {
    let data = dataset(&[(0, 0, 1e200), (1, 0, 1e200), (0, 1, 1.0), (1, 1, -1e200)]);
    let profile = Profile::of_user(&data, UserIx(0));
    for spec in &SIMILARITIES {
        let near = neighbors_of_profile(&data, &profile, spec.similarity.into(), None, &Cancel::new()).unwrap();
        assert!(near.iter().all(|n| n.similarity.is_finite()), "{}", spec.name);
    }
}

#[test]
fn it_stops_when_told_to() {
    let data = dataset(&[(0, 0, 1.0), (1, 0, 2.0)]);
    let cancel = Cancel::new();
    cancel.cancel();
    let profile = Profile::of_user(&data, UserIx(0));
    let near = neighbors_of_profile(&data, &profile, Similarity::Cosine.into(), None, &cancel);
    assert_eq!(near, Err(Cancelled));
}

#[test]
fn the_best_are_the_first_of_all() {
    let all: Vec<Neighbor> = (0..500u32)
        .map(|index| Neighbor {
            index,
            similarity: f64::from(index * 7919 % 101) / 50.0 - 1.0,
            support: index,
        })
        .collect();
    let mut ranked = all.clone();
    rank_neighbors(&mut ranked, usize::MAX);
    for n in [0, 1, 2, 31, 32, 33, 64, 200, 499, 500, 501, usize::MAX] {
        assert_eq!(best_neighbors(all.iter().copied(), n), ranked[..n.min(500)], "{n}");
    }
}

#[test]
fn a_pool_finds_the_same_neighbors() {
    let ratings: Vec<(u32, u32, f64)> = (0..40 * 30)
        .filter(|n| n * 7919 % 101 < 60)
        .map(|n| (n % 40, n / 40, f64::from(n * 31 % 10 + 1) / 2.0))
        .collect();
    let data = Arc::new(sized(40, 30, &ratings));
    let search = NeighborSearch::new(Arc::clone(&data));
    let (pool, cancel) = (Pool::new("test", 3), Cancel::new());
    for measure in [Similarity::Cosine, Similarity::Pearson].map(Measure::from) {
        for user in data.users() {
            let profile = Profile::of_user(&data, user);
            let mut shared = search.all_of_profile(&profile, measure, (&pool, &cancel)).unwrap();
            assert!(shared.is_sorted_by_key(|n| n.index));
            rank_neighbors(&mut shared, usize::MAX);
            assert_eq!(shared, search.of_profile(&profile, measure, &cancel).unwrap());
        }
    }
    // Ratings off the grid are summed in floating point, with the same result.
    let mut edits = Edits::default();
    edits.set(&data, UserIx(0), ItemIx(0), Some(0.3));
    let profile = Profile::of_edited_user(&data, UserIx(0), &Arc::new(edits));
    let mut shared = search
        .all_of_profile(&profile, Similarity::Cosine.into(), (&pool, &cancel))
        .unwrap();
    rank_neighbors(&mut shared, usize::MAX);
    assert_eq!(
        shared,
        neighbors_of_profile(&data, &profile, Similarity::Cosine.into(), None, &cancel).unwrap()
    );
}
