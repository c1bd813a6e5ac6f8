use super::*;
use crate::data::{Histogram, UserIx};
use crate::evaluate::tests_common::{dataset, movielens, rows, scattered};
use crate::evaluate::{Draw, NumpyRng};

fn split(text: &str) -> Split {
    Split::parse(text).unwrap()
}

fn tested(text: &str, data: &Dataset) -> Vec<bool> {
    let assignment = split(text).assign(data).unwrap();
    (0..data.n_ratings()).map(|row| assignment.is_test(row, 0)).collect()
}

#[test]
fn splits_are_read_and_written_in_canonical_form() {
    let canonical = |text| split(text).to_string();
    assert_eq!(canonical(" kfold : k = 5 , seed = 0 "), "kfold:seed=0");
    assert_eq!(canonical("leave-one-out"), "leave-one-out");
    assert_eq!(
        canonical("stratified:seed=42,ratio=0.75,by=user,generator=numpy"),
        "stratified:by=user,seed=42,generator=numpy"
    );
    assert_eq!(split("random:ratio=0.8"), split("random"));
    assert_eq!(split("random").with_seed(7), split("random:seed=7"));
    assert_eq!(split("random:seed=3").with_seed(7), split("random:seed=3"));
    assert_eq!(split("time").with_seed(7), split("time"));
    for spec in SPLITS {
        assert_eq!(split(spec.name).to_string(), spec.name);
    }
}

#[test]
fn mistakes_suggest_the_nearest() {
    let mistake = |text| Split::parse(text).unwrap_err().to_string();
    assert_eq!(mistake("kfolds"), "there is no split kfolds; did you mean kfold?");
    assert_eq!(
        mistake("kfold:sed=1"),
        "kfold: there is no parameter sed here; did you mean seed?"
    );
    assert_eq!(mistake("kfold:5"), "kfold: expected key=value, found \"5\"");
    assert_eq!(mistake("kfold:"), "kfold: expected key=value, found \"\"");
    assert!(mistake("random:ratio=1.5").contains("a number from 0 to 1"));
    assert!(mistake("xyz").starts_with("there is no split xyz; there are: kfold, random,"));
}

#[test]
fn what_cannot_be_divided_is_said() {
    let data = dataset(&rows(&[("a", "x", 1.0), ("a", "y", 2.0), ("b", "x", 3.0)]));
    let mistake = |text: &str| split(text).assign(&data).unwrap_err().to_string();
    assert_eq!(mistake("kfold"), "5 folds need at least 5 ratings; there are 3");
    assert_eq!(
        mistake("random:ratio=1"),
        "random:ratio=1 leaves nothing to test of 3 ratings"
    );
    assert_eq!(
        mistake("time:ratio=0"),
        "time:ratio=0 leaves nothing to train on of 3 ratings"
    );
    assert_eq!(
        mistake("leave-one-out:min=9"),
        "leave-one-out:min=9 leaves nothing to test of 3 ratings"
    );
    assert!(mistake("random:generator=numpy,seed=4294967296").contains("at most 4294967295"));
    let empty = dataset(&[]);
    for spec in SPLITS {
        assert!(split(spec.name).assign(&empty).is_err(), "{}", spec.name);
    }
}

#[test]
fn folds_are_disjoint_complete_and_even() {
    let data = scattered(1003);
    let n = data.n_ratings();
    for generator in ["pcg", "numpy"] {
        let text = format!("kfold:k=4,seed=1,generator={generator}");
        let assignment = split(&text).assign(&data).unwrap();
        for row in 0..n {
            let times = (0..4).filter(|&fold| assignment.is_test(row, fold)).count();
            assert_eq!(times, 1);
        }
        let sizes: Vec<usize> = (0..4).map(|fold| assignment.test_size(fold)).collect();
        let expected: Vec<usize> = (0..4).map(|fold| n / 4 + usize::from(fold < n % 4)).collect();
        assert_eq!(sizes, expected);
    }
}

#[test]
fn a_fold_holds_every_rating_once_and_keeps_the_order_of_the_file() {
    let data = scattered(500);
    for spec in SPLITS {
        let folds = split(spec.name).with_seed(5).folds(&data).unwrap();
        for fold in folds.iter() {
            let known: usize = fold.users.iter().map(|u| u.known.len()).sum();
            assert_eq!(fold.train.n_ratings() + known + fold.n_test(), data.n_ratings());
            for tested in &fold.users {
                let user = tested.user.unwrap();
                for row in &tested.rows {
                    let item = row.item.unwrap();
                    assert_eq!(data.rating(user, item), Some(row.rating));
                    assert_eq!(fold.train.rating(user, item), None);
                    assert!(tested.relevant.contains(&item));
                }
                assert_eq!(tested.n_relevant, tested.rows.len());
            }
            let mut rest = (0..data.n_ratings()).map(|row| data.rating_in_file_order(row));
            let trained = (0..fold.train.n_ratings()).map(|row| fold.train.rating_in_file_order(row));
            for cell in trained {
                assert!(rest.any(|other| other == cell), "{} is out of order", spec.name);
            }
        }
    }
}

#[test]
fn seeds_matter_and_repeat() {
    let data = scattered(400);
    for name in ["kfold", "random", "stratified", "leave-one-out", "strong"] {
        for generator in ["pcg", "numpy"] {
            let of = |seed: u32| tested(&format!("{name}:seed={seed},generator={generator}"), &data);
            assert_eq!(of(1), of(1));
            assert_ne!(of(1), of(2));
        }
        let pcg = tested(&format!("{name}:seed=1"), &data);
        assert_ne!(pcg, tested(&format!("{name}:seed=1,generator=numpy"), &data));
    }
}

#[test]
fn random_holds_out_the_first_of_a_permutation() {
    let data = scattered(57);
    let n = data.n_ratings();
    let mut order: Vec<usize> = (0..n).collect();
    NumpyRng::new(9).shuffle(&mut order);
    let n_train = n * 7 / 10;
    let is_test = tested("random:ratio=0.7,seed=9,generator=numpy", &data);
    for (place, row) in order.into_iter().enumerate() {
        assert_eq!(is_test[row], place < n - n_train);
    }
}

/// Against a naive version: for each item, its rows sorted by the numbers drawn for all rows.
#[test]
fn stratified_keeps_the_lowest_numbers_of_each() {
    let data = scattered(800);
    let mut rng = NumpyRng::new(42);
    let cells: Vec<_> = (0..data.n_ratings())
        .map(|row| (data.rating_in_file_order(row), rng.rand(), row))
        .collect();
    let is_test = tested("stratified:seed=42,generator=numpy", &data);
    let by_user = tested("stratified:by=user,ratio=0.5,seed=42,generator=numpy", &data);
    for item in data.items() {
        let mut mine: Vec<_> = cells.iter().filter(|c| c.0.1 == item).collect();
        mine.sort_by(|a, b| a.1.total_cmp(&b.1));
        // 0.75·n rounded half to even: 1 2 2 3 4 4 5 6 | 7 8 8 9 ….
        let quarters = 3 * mine.len();
        let n_train = match quarters % 4 {
            0 | 1 => quarters / 4,
            2 => quarters / 4 + (quarters / 4) % 2,
            _ => quarters / 4 + 1,
        };
        for (place, cell) in mine.into_iter().enumerate() {
            assert_eq!(is_test[cell.2], place >= n_train);
        }
    }
    for user in data.users() {
        let mine: Vec<_> = cells.iter().filter(|c| c.0.0 == user).collect();
        let half = mine.len() / 2 + usize::from(mine.len() % 4 == 3);
        let trained = mine.iter().filter(|c| !by_user[c.2]).count();
        assert_eq!(trained, half, "of {}", mine.len());
    }
}

#[test]
fn leave_one_out_tests_one_of_each_user() {
    let mut cells = rows(&[
        ("a", "x", 1.0),
        ("b", "x", 2.0),
        ("a", "y", 3.0),
        ("a", "z", 4.0),
        ("c", "x", 5.0),
    ]);
    cells.extend(rows(&[("c", "y", 2.0)]));
    cells[2].3 = 99;
    cells[5].3 = 99;
    let data = dataset(&cells);
    assert_eq!(
        tested("leave-one-out:pick=last", &data),
        [false, false, true, false, false, true]
    );
    let folds = split("leave-one-out:seed=3").folds(&data).unwrap();
    let users: Vec<_> = folds.get(0).users.iter().map(|u| (u.user, u.rows.len())).collect();
    assert_eq!(users, [(Some(UserIx(0)), 1), (Some(UserIx(2)), 1)]);
    assert_eq!(
        tested("leave-one-out:pick=last,min=3", &data)
            .iter()
            .filter(|t| **t)
            .count(),
        1
    );
}

#[test]
fn time_tests_the_latest() {
    let mut cells = rows(&[
        ("a", "x", 1.0),
        ("a", "y", 2.0),
        ("b", "x", 3.0),
        ("b", "y", 4.0),
        ("b", "z", 5.0),
    ]);
    for (cell, time) in cells.iter_mut().zip([50, 10, 20, 40, 30]) {
        cell.3 = time;
    }
    let data = dataset(&cells);
    assert_eq!(tested("time:ratio=0.6", &data), [true, false, false, true, false]);
    assert_eq!(
        tested("time:ratio=0.5,by=user", &data),
        [true, false, false, true, false]
    );
}

#[test]
fn a_split_without_times_says_so() {
    let parts = crate::data::DatasetParts {
        users: crate::data::Ids::new(["a"]),
        items: crate::data::Ids::new(["x", "y"]),
        ratings: crate::data::RatingRows {
            users: vec![0, 0],
            items: vec![0, 1],
            values: vec![1.0, 2.0],
            times: Vec::new(),
        },
        ..crate::data::DatasetParts::default()
    };
    let data = Dataset::new(parts, crate::data::DuplicatePolicy::Last).unwrap();
    for text in ["time", "leave-one-out:pick=last"] {
        assert!(split(text).assign(&data).unwrap_err().to_string().contains("no times"));
    }
}

/// The published item-stratified split of MovieLens 100K has 75,066 training rows, 24,934 test rows.
#[test]
fn the_published_stratified_split_is_met() {
    let Some(data) = movielens() else { return };
    let folds = split("stratified:by=item,ratio=0.75,seed=42,generator=numpy")
        .folds(&data)
        .unwrap();
    let fold = folds.get(0);
    assert_eq!((fold.train.n_ratings(), fold.n_test()), (75_066, 24_934));
    assert_eq!(fold.users.len(), 943);
    assert_eq!(fold.train.items_with_ratings(), 1682);
}

/// The published five folds of MovieLens 100K: the test ratings of each whose item is not in its training set, and how
/// all ratings are spread.
#[test]
fn the_published_folds_are_met() {
    let Some(data) = movielens() else { return };
    let folds = split("kfold:k=5,seed=0,generator=numpy").folds(&data).unwrap();
    assert_eq!(folds.len(), 5);
    let mut counts = [0; 5];
    for (fold, unknown) in folds.iter().zip([53, 26, 41, 30, 36]) {
        let rows = fold.users.iter().flat_map(|u| &u.rows);
        let strange = rows
            .clone()
            .filter(|r| fold.train.item_row(r.item.unwrap()).is_empty())
            .count();
        assert_eq!((fold.n_test(), strange), (20_000, unknown));
        assert!(
            fold.users
                .iter()
                .all(|u| !fold.train.user_row(u.user.unwrap()).is_empty())
        );
        rows.for_each(|r| counts[r.rating as usize - 1] += 1);
        let Histogram::Values(bars) = fold.train.histogram() else {
            panic!("five values are few")
        };
        assert_eq!(bars.iter().map(|b| b.1).sum::<u64>(), 80_000);
    }
    assert_eq!(counts, [6110, 11_370, 27_145, 34_174, 21_201]);
}

/// Half of the users are held out; what is known of them is not trained on, and what is tested is not known.
#[test]
fn strangers_are_known_by_a_part_of_their_ratings() {
    let data = scattered(1003);
    let folds = split("strong:users=0.5,ratio=0.75,seed=3").folds(&data).unwrap();
    let fold = folds.get(0);
    let mut known = 0;
    for tested in &fold.users {
        let user = tested.user.unwrap();
        assert!(fold.train.user_row(user).is_empty());
        assert_ne!(fold.knows(tested), tested.known.is_empty());
        let all = data.user_row(user);
        assert_eq!(tested.known.len() + tested.rows.len(), all.len());
        assert_eq!(tested.known.len(), (0.75 * all.len() as f64).round_ties_even() as usize);
        for (item, rating) in &tested.known {
            assert_eq!(all.get(item.0), Some(*rating));
            assert!(tested.rows.iter().all(|row| row.item != Some(*item)));
        }
        known += tested.known.len();
    }
    assert_eq!(fold.train.n_ratings() + known + fold.n_test(), data.n_ratings());
    let trained = data.users().filter(|user| !fold.train.user_row(*user).is_empty());
    assert_eq!(
        trained.count(),
        data.n_users() - (data.n_users() as f64 / 2.0).round_ties_even() as usize
    );
}

/// a is tested on an older rating than one that is trained on, b is not.
#[test]
fn tests_before_training_are_counted() {
    let row = |user: &str, item: &str, time| (user.to_owned(), item.to_owned(), 1.0, time);
    let data = dataset(&[
        row("a", "x", 10),
        row("a", "y", 20),
        row("b", "x", 10),
        row("b", "y", 20),
    ]);
    let hold_out = |rows: [usize; 2]| {
        let assignment = crate::evaluate::Assignment::hold_out((0..4).map(|row| rows.contains(&row)));
        Folds::of_assignment("by hand".to_owned(), std::sync::Arc::clone(&data), assignment).get(0)
    };
    assert_eq!(hold_out([0, 3]).rows_before_training, 1);
    assert_eq!(hold_out([1, 3]).rows_before_training, 0);
    assert_eq!(
        split("time:by=user,ratio=0.5")
            .folds(&data)
            .unwrap()
            .get(0)
            .rows_before_training,
        0
    );
}
