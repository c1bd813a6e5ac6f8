use super::*;

fn parts(rows: &[(u32, u32, f64, i64)]) -> DatasetParts {
    let n = |pick: fn(&(u32, u32, f64, i64)) -> u32| rows.iter().map(pick).max().map_or(0, |m| m + 1);
    DatasetParts {
        name: "test".into(),
        users: Ids::new((0..n(|r| r.0)).map(|u| format!("u{u}"))),
        items: Ids::new((0..n(|r| r.1)).map(|i| format!("i{i}"))),
        ratings: RatingRows {
            users: rows.iter().map(|r| r.0).collect(),
            items: rows.iter().map(|r| r.1).collect(),
            values: rows.iter().map(|r| r.2).collect(),
            times: rows.iter().map(|r| r.3).collect(),
        },
        ..DatasetParts::default()
    }
}

const ROWS: [(u32, u32, f64, i64); 6] = [
    (1, 2, 4.0, 10),
    (0, 1, 3.0, 20),
    (1, 0, 5.0, 30),
    (2, 2, 1.0, 40),
    (0, 2, 2.0, 50),
    (2, 1, 4.0, 60),
];

#[test]
fn both_orientations_say_the_same() {
    let data = Dataset::new(parts(&ROWS), DuplicatePolicy::Last).unwrap();
    for (user, item, rating, _) in ROWS {
        assert_eq!(data.rating(UserIx(user), ItemIx(item)), Some(rating));
        assert_eq!(data.item_row(ItemIx(item)).get(user), Some(rating));
    }
    assert_eq!(data.rating(UserIx(0), ItemIx(0)), None);
    assert_eq!(data.user_row(UserIx(1)).ids, [0, 2]);
    assert_eq!(data.item_row(ItemIx(2)).ids, [0, 1, 2]);
    assert_eq!(data.mean(), 19.0 / 6.0);
    assert_eq!(data.density(), 6.0 / 9.0);
}

#[test]
fn times_of_many_users_are_those_of_each() {
    let pairs = (0..90).flat_map(|user| (0..40).map(move |item| (user, item)));
    let rows: Vec<(u32, u32, f64, i64)> = pairs
        .filter(|(user, item)| (user * 7 + item * 3) % 5 < 2)
        .map(|(user, item)| (user, item, 3.0, i64::from(user * 100 + item)))
        .collect();
    let data = Dataset::new(parts(&rows), DuplicatePolicy::Last).unwrap();
    for item in data.items() {
        let users: Vec<UserIx> = data.item_row(item).ids.iter().map(|u| UserIx(*u)).collect();
        let alone = users.iter().map(|user| {
            let at = data.user_row(*user).ids.binary_search(&item.0).unwrap();
            data.time(*user, at)
        });
        assert_eq!(data.times_of(item, &users), alone.collect::<Vec<_>>());
        // Who has not rated it has no time.
        let others: Vec<UserIx> = data.users().filter(|user| !users.contains(user)).collect();
        assert!(data.times_of(item, &others).iter().all(Option::is_none));
    }
}

#[test]
fn the_order_of_the_file_and_the_times_are_kept() {
    let data = Dataset::new(parts(&ROWS), DuplicatePolicy::Last).unwrap();
    for (n, (user, item, rating, time)) in ROWS.into_iter().enumerate() {
        let seen = data.rating_in_file_order(n);
        assert_eq!(
            seen,
            (UserIx(user), ItemIx(item), rating, Some(Moment::of_seconds(time)))
        );
    }
}

#[test]
fn a_subset_keeps_indices_and_order() {
    let data = Dataset::new(parts(&ROWS), DuplicatePolicy::Last).unwrap();
    let part = data.subset(|row| row % 2 == 0);
    assert_eq!((part.n_users(), part.n_items(), part.n_ratings()), (3, 3, 3));
    assert_eq!(
        part.rating_in_file_order(1),
        (UserIx(1), ItemIx(0), 5.0, Some(Moment::of_seconds(30)))
    );
    assert_eq!(part.rating(UserIx(0), ItemIx(1)), None);
    assert_ne!(part.identity(), data.identity());
    assert_eq!(data.subset(|_| true).identity(), data.identity());
}

#[test]
fn pairs_that_come_again_are_resolved_as_asked() {
    let rows = [(0, 0, 1.0, 30), (0, 0, 4.0, 10), (0, 1, 2.0, 5), (0, 0, 5.0, 20)];
    let value = |policy| {
        let data = Dataset::new(parts(&rows), policy).unwrap();
        assert_eq!(data.report().duplicates, 2);
        data.rating(UserIx(0), ItemIx(0)).unwrap()
    };
    assert_eq!(value(DuplicatePolicy::Last), 1.0);
    assert_eq!(value(DuplicatePolicy::First), 4.0);
    assert_eq!(value(DuplicatePolicy::Sum), 10.0);
    assert_eq!(value(DuplicatePolicy::Mean), 10.0 / 3.0);
    assert_eq!(Dataset::new(parts(&rows), DuplicatePolicy::Error).err(), Some(1));
}

#[test]
fn scales_are_recognized() {
    let scale = |values: &[f64]| {
        let rows: Vec<_> = values.iter().enumerate().map(|(u, &v)| (u as u32, 0, v, 0)).collect();
        Dataset::new(parts(&rows), DuplicatePolicy::Last).unwrap().scale()
    };
    assert_eq!(scale(&[1.0, 5.0, 2.0, 3.0]).step, Some(1.0));
    assert_eq!(scale(&[0.5, 5.0, 4.5]).step, Some(0.5));
    assert_eq!(scale(&[-9.97, 3.11, 0.2, 4.0]).step, None);
    assert_eq!(scale(&[3.0, 3.0]).step, None);
    assert_eq!(
        scale(&[]),
        Scale {
            min: 0.0,
            max: 0.0,
            step: None
        }
    );
}

#[test]
fn thirds_are_bad_so_so_good() {
    let five = Scale {
        min: 1.0,
        max: 5.0,
        step: Some(1.0),
    };
    let thirds: Vec<usize> = (1..=5).map(|r| five.third(f64::from(r))).collect();
    assert_eq!(thirds, [0, 0, 1, 2, 2]);
}

#[test]
fn many_values_are_binned_and_exact() {
    let rows: Vec<_> = (0..70_000u32)
        .map(|k| (k % 700, k / 700, f64::from(k) / 7.0, 0))
        .collect();
    let data = Dataset::new(parts(&rows), DuplicatePolicy::Last).unwrap();
    for &(user, item, rating, _) in rows.iter().step_by(997) {
        assert_eq!(data.rating(UserIx(user), ItemIx(item)), Some(rating));
        assert_eq!(data.item_row(ItemIx(item)).get(user), Some(rating));
    }
    let counts = data.histogram().counts();
    assert_eq!((counts.len(), counts.iter().sum::<u64>()), (20, 70_000));
}

#[test]
fn the_order_of_the_file_is_kept_in_few_bytes() {
    // Of 6 ratings of 3 users: sorted, user by user but items mixed, and anyhow.
    let sorted = [
        (0, 0, 1.0, 1),
        (0, 1, 2.0, 2),
        (1, 0, 3.0, 3),
        (1, 2, 4.0, 4),
        (2, 1, 5.0, 5),
        (2, 2, 1.0, 6),
    ];
    let order = |at: [usize; 6]| at.map(|n| sorted[n]);
    let cases = [
        (order([0, 1, 2, 3, 4, 5]), 0),
        (order([1, 0, 2, 3, 5, 4]), 2),
        (order([5, 1, 3, 0, 2, 4]), 4),
    ];
    let bytes = |rows: &[(u32, u32, f64, i64)]| {
        Dataset::new(parts(rows), DuplicatePolicy::Last)
            .unwrap()
            .memory()
            .ratings()
    };
    for (rows, cost) in cases {
        let data = Dataset::new(parts(&rows), DuplicatePolicy::Last).unwrap();
        for (n, (user, item, rating, time)) in rows.into_iter().enumerate() {
            assert_eq!(
                data.rating_in_file_order(n),
                (UserIx(user), ItemIx(item), rating, Some(Moment::of_seconds(time)))
            );
        }
        assert_eq!(bytes(&rows) - bytes(&sorted), 6 * cost);
        let part = data.subset(|n| n != 2);
        let kept: Vec<_> = (0..5)
            .map(|n| part.rating_in_file_order(n).3.unwrap().seconds())
            .collect();
        let wanted: Vec<i64> = rows
            .iter()
            .enumerate()
            .filter(|(n, _)| *n != 2)
            .map(|(_, r)| r.3)
            .collect();
        assert_eq!(kept, wanted);
    }
}
