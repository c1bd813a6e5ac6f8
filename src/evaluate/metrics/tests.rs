use super::*;
use crate::data::Dataset;
use crate::evaluate::tests_common::{dataset, rows};

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} is not {b}");
}

fn value(name: &str, users: &[RankedUser<'_>]) -> f64 {
    let cells = [
        ("a", "i0", 1.0),
        ("a", "i1", 2.0),
        ("b", "i2", 2.0),
        ("b", "i3", 2.0),
        ("b", "i4", 1.0),
    ];
    let train = dataset(&rows(&cells));
    match Metric::parse(name).unwrap().spec.compute {
        Compute::User(of) => users.iter().map(of).sum::<f64>() / users.len() as f64,
        Compute::Lists(of) => of(users, &Setting::plain(&train)),
        _ => panic!("{name} is not about lists"),
    }
}

const ITEMS: [ItemIx; 5] = [ItemIx(4), ItemIx(2), ItemIx(0), ItemIx(1), ItemIx(3)];

/// Hits at ranks 1, 3 and 4 of 5, of 4 test items: everything by hand.
#[test]
fn a_list_by_hand() {
    let list = [RankedUser {
        user: None,
        known: &[],
        items: &ITEMS,
        hits: &[true, false, true, true, false],
        n_relevant: 4,
        k: 5,
    }];
    close(value("precision@5", &list), 0.6);
    close(value("recall@5", &list), 0.75);
    close(value("recall-min@5", &list), 0.75);
    // log2 of 2, 4, 5 and of 2, 3, 4, 5.
    let (three, five) = (1.584_962_500_721_156, 2.321_928_094_887_362);
    let ideal = 1.0 + 1.0 / three + 0.5 + 1.0 / five;
    close(value("ndcg@5", &list), (1.0 + 0.5 + 1.0 / five) / ideal);
    // (1/1 + 2/3 + 3/4) / 4.
    close(value("map@5", &list), 29.0 / 48.0);
    close(value("map-min@5", &list), 29.0 / 48.0);
    close(value("mrr@5", &list), 1.0);
    close(value("hit@5", &list), 1.0);
    close(value("coverage@5", &list), 1.0);
}

/// Ratings 5 and 2 at ranks 1 and 3, of 5, 4 and 2: discounts 1, 1/log2 3 and 1/2.
#[test]
fn graded_gains_by_hand() {
    let Compute::Graded(of) = Metric::parse("ndcg-graded@3").unwrap().spec.compute else {
        panic!("it is about gains");
    };
    let second = 1.0 / 1.584_962_500_721_156;
    let user = |gains, ideal, k| of(&GradedUser { gains, ideal, k });
    close(user(&[5.0, 0.0, 2.0], &[5.0, 4.0, 2.0], 3), 6.0 / (6.0 + 4.0 * second));
    close(user(&[5.0, 0.0], &[5.0, 4.0, 2.0], 2), 5.0 / (5.0 + 4.0 * second));
    // What is disliked gains nothing, and costs nothing.
    close(user(&[-3.0, 1.0], &[1.0, -3.0], 2), second);
    close(user(&[-3.0], &[-3.0], 2), 0.0);
}

/// A hit at rank 2 of 2, of 7 test items: what is divided by |test| and what by min(k, |test|) differ.
#[test]
fn more_test_items_than_places() {
    let list = [RankedUser {
        user: None,
        known: &[],
        items: &ITEMS[..2],
        hits: &[false, true],
        n_relevant: 7,
        k: 2,
    }];
    close(value("precision@2", &list), 0.5);
    close(value("recall@2", &list), 1.0 / 7.0);
    close(value("recall-min@2", &list), 0.5);
    let second = 1.0 / 1.584_962_500_721_156;
    close(value("ndcg@2", &list), second / (1.0 + second));
    close(value("map@2", &list), 0.5 / 7.0);
    close(value("map-min@2", &list), 0.25);
    close(value("mrr@2", &list), 0.5);
    close(value("coverage@2", &list), 0.4);
    // Each of the five items has one of the two raters.
    close(value("novelty@2", &list), 1.0);
}

/// A model that can name only one item, and one that can name none; k stays 10.
#[test]
fn short_and_empty_lists() {
    let lists = [
        RankedUser {
            user: None,
            known: &[],
            items: &ITEMS[..1],
            hits: &[true],
            n_relevant: 2,
            k: 10,
        },
        RankedUser {
            user: None,
            known: &[],
            items: &[],
            hits: &[],
            n_relevant: 1,
            k: 10,
        },
    ];
    close(value("precision@10", &lists), 0.05);
    close(value("recall@10", &lists), 0.25);
    close(value("recall-min@10", &lists), 0.25);
    let ideal = 1.0 + 1.0 / 1.584_962_500_721_156;
    close(value("ndcg@10", &lists), 1.0 / ideal / 2.0);
    close(value("map@10", &lists), 0.25);
    close(value("map-min@10", &lists), 0.25);
    close(value("mrr@10", &lists), 0.5);
    close(value("hit@10", &lists), 0.5);
    close(value("coverage@10", &lists), 0.2);
    close(value("novelty@10", &lists), 1.0);
    close(value("novelty@10", &lists[1..]), 0.0);
}

/// Four users: x has all four, y two, z one. A list of x and y, and one of z: (0 + 1 + 2) / 3 bits.
#[test]
fn novelty_by_hand() {
    let cells = [
        ("a", "x"),
        ("b", "x"),
        ("c", "x"),
        ("d", "x"),
        ("a", "y"),
        ("b", "y"),
        ("c", "z"),
    ];
    let train = dataset(&rows(&cells.map(|(user, item)| (user, item, 1.0))));
    let list = |items: &'static [ItemIx]| RankedUser {
        user: None,
        known: &[],
        items,
        hits: &[false, false][..items.len()],
        n_relevant: 1,
        k: 2,
    };
    let lists = [list(&[ItemIx(0), ItemIx(1)]), list(&[ItemIx(2)])];
    let Compute::Lists(of) = Metric::parse("novelty@2").unwrap().spec.compute else {
        panic!("novelty is about lists");
    };
    close(of(&lists, &Setting::plain(&train)), 1.0);
}

/// An item that nobody rated in training is in the catalog and may be listed, but is not covered.
#[test]
fn coverage_is_of_items_with_a_rating() {
    use crate::data::DuplicatePolicy;
    let mut parts = crate::data::DatasetParts {
        users: crate::data::Ids::new(["a"]),
        items: crate::data::Ids::new(["rated", "unrated"]),
        ..Default::default()
    };
    parts.ratings.users.push(0);
    parts.ratings.items.push(0);
    parts.ratings.values.push(3.0);
    let train = Dataset::new(parts, DuplicatePolicy::Last).unwrap();
    let list = [RankedUser {
        user: None,
        known: &[],
        items: &[ItemIx(1), ItemIx(0)],
        hits: &[false, true],
        n_relevant: 1,
        k: 2,
    }];
    let Compute::Lists(of) = Metric::parse("coverage@2").unwrap().spec.compute else {
        panic!("coverage is about lists");
    };
    close(of(&list, &Setting::plain(&train)), 1.0);
}

/// Every list of 4 with every number of test items, against the definitions written out naively.
#[test]
fn all_short_lists_against_a_naive_version() {
    for mask in 0..16_u32 {
        let hits: Vec<bool> = (0..4).map(|place| mask >> place & 1 == 1).collect();
        let n_hits = hits.iter().filter(|h| **h).count();
        for n_relevant in n_hits.max(1)..8 {
            let list = [RankedUser {
                user: None,
                known: &[],
                items: &ITEMS[..4],
                hits: &hits,
                n_relevant,
                k: 4,
            }];
            let (mut gained, mut ideal, mut average, mut first) = (0.0, 0.0, 0.0, 0.0);
            for rank in 1..=4_usize {
                let discounted = std::f64::consts::LN_2 / ((rank + 1) as f64).ln();
                if rank <= n_relevant {
                    ideal += discounted;
                }
                if hits[rank - 1] {
                    gained += discounted;
                    let so_far = hits[..rank].iter().filter(|h| **h).count();
                    average += so_far as f64 / rank as f64;
                    if first == 0.0 {
                        first = 1.0 / rank as f64;
                    }
                }
            }
            close(value("ndcg@4", &list), gained / ideal);
            close(value("map@4", &list), average / n_relevant as f64);
            close(value("map-min@4", &list), average / n_relevant.min(4) as f64);
            close(value("mrr@4", &list), first);
            close(value("recall@4", &list), n_hits as f64 / n_relevant as f64);
            close(value("hit@4", &list), if mask > 0 { 1.0 } else { 0.0 });
        }
    }
}

#[test]
fn errors_by_hand() {
    let of = |name: &str| match Metric::parse(name).unwrap().spec.compute {
        Compute::Errors(of) => of(&[1.0, -2.0, 0.0, 2.0]),
        _ => panic!("{name} is about lists"),
    };
    close(of("rmse"), 1.5);
    close(of("mae"), 1.25);
}

#[test]
fn metrics_are_read_and_written() {
    assert_eq!(Metric::parse(" ndcg@20 ").unwrap().to_string(), "ndcg@20");
    assert_eq!(Metric::parse("hit").unwrap().to_string(), "hit@10");
    assert_eq!(Metric::parse("rmse").unwrap().k(), None);
    let names: Vec<String> = Metric::defaults().iter().map(ToString::to_string).collect();
    let read: Vec<Metric> = Metric::parse_list(&names.join(",")).unwrap();
    assert_eq!(read, Metric::defaults());
    assert_eq!(Metric::parse_list("mae, ndcg,ndcg@10,").unwrap().len(), 2);
    let mistake = |text| Metric::parse(text).unwrap_err().to_string();
    assert_eq!(mistake("ndgc@10"), "there is no metric ndgc; did you mean ndcg?");
    assert_eq!(
        mistake("rmse@10"),
        "rmse goes over ratings, not lists: write rmse, not rmse@10"
    );
    for text in ["ndcg@0", "ndcg@", "ndcg@ten", "ndcg@-1", "ndcg@999999"] {
        assert!(mistake(text).contains("a whole number from 1 to 100000"), "{text}");
    }
    assert!(Metric::parse_list(" , ").is_err());
}

/// Places 0, 2, 9 and 10 of all items, and an item without a score: two of five are among the first three, three among ten.
#[test]
fn places_among_all_items() {
    let metric = Metric::parse("factorized-top-k@3").unwrap();
    let Compute::Places(of) = metric.spec.compute else {
        panic!("{metric} reads places");
    };
    let places = [Some(0), Some(2), Some(9), Some(10), None];
    close(of(&places, 3), 0.4);
    close(of(&places, 10), 0.6);
    assert_eq!(metric.k(), Some(3));
}

#[test]
fn gini_meets_hand_computed_cases() {
    assert_eq!(gini(&[4, 4, 4]), 0.0);
    // One of four has everything: (n − 1) / n.
    assert!((gini(&[8, 0, 0, 0]) - 0.75).abs() < 1e-12);
    // |3−1|·2 / (2·n²·mean) = 4 / (2·4·2).
    assert!((gini(&[3, 1]) - 0.25).abs() < 1e-12);
    assert_eq!(gini(&[]), 0.0);
}

/// The fixture of users A to D with six items, of which E and F are unrated; lists of three, the last of two.
mod beyond {
    use super::*;
    use crate::data::{Attribute, Attributes, DatasetParts, DuplicatePolicy, Ids, RatingRows, UserIx};

    const HISTORIES: [&[u32]; 4] = [&[0, 1, 2], &[0, 1], &[0, 3], &[0, 1, 2, 3]];
    const LISTS: [&[ItemIx]; 4] = [
        &[ItemIx(3), ItemIx(4), ItemIx(5)],
        &[ItemIx(2), ItemIx(3), ItemIx(4)],
        &[ItemIx(1), ItemIx(2), ItemIx(4)],
        &[ItemIx(4), ItemIx(5)],
    ];
    const HITS: [&[bool]; 4] = [
        &[true, false, true],
        &[true, false, false],
        &[false, false, true],
        &[false, true],
    ];
    const GENRES: [&[f64]; 6] = [
        &[1.0, 0.0, 0.0],
        &[1.0, 1.0, 0.0],
        &[0.0, 1.0, 0.0],
        &[0.0, 1.0, 1.0],
        &[0.0, 0.0, 1.0],
        &[1.0, 0.0, 1.0],
    ];

    fn train() -> Dataset {
        let names = ["first", "second", "third"];
        let of = |row: &&[f64]| -> Vec<(&str, u32)> {
            let set = row.iter().zip(names).filter(|(x, _)| **x > 0.0);
            set.map(|(_, name)| (name, 1)).collect()
        };
        let pairs = (0u32..)
            .zip(HISTORIES)
            .flat_map(|(user, items)| items.iter().map(move |i| (user, *i)));
        let (users, items): (Vec<u32>, Vec<u32>) = pairs.unzip();
        let parts = DatasetParts {
            users: Ids::new(["u1", "u2", "u3", "u4"]),
            items: Ids::new(["A", "B", "C", "D", "E", "F"]),
            ratings: RatingRows {
                values: vec![1.0; users.len()],
                users,
                items,
                times: Vec::new(),
            },
            item_attributes: Attributes {
                columns: vec![Attribute::of_names("genre", GENRES.iter().map(of))],
            },
            ..DatasetParts::default()
        };
        Dataset::new(parts, DuplicatePolicy::Last).unwrap()
    }

    fn users() -> Vec<RankedUser<'static>> {
        let relevant = [2, 1, 1, 1];
        (0..4)
            .map(|u| RankedUser {
                user: Some(UserIx(u as u32)),
                known: &[],
                items: LISTS[u],
                hits: HITS[u],
                n_relevant: relevant[u],
                k: 3,
            })
            .collect()
    }

    fn by_user(name: &str, setting: &Setting<'_>) -> Vec<f64> {
        let Compute::Beyond(of) = Metric::parse(name).unwrap().spec.compute else {
            panic!("{name} is of each user")
        };
        users().iter().map(|user| of(user, setting).unwrap()).collect()
    }

    fn value(name: &str, setting: &Setting<'_>) -> f64 {
        match Metric::parse(name).unwrap().spec.compute {
            Compute::Lists(of) => of(&users(), setting),
            _ => by_user(name, setting).iter().sum::<f64>() / 4.0,
        }
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 6e-11, "{a} is not {b}");
    }

    #[test]
    fn the_fixture_to_its_digits() {
        let train = train();
        let setting = Setting::plain(&train);
        near(value("gini@3", &setting), 0.348_484_848_5);
        near(value("entropy@3", &setting), 2.186_704_345_9);
        near(value("epc@3", &setting), 0.331_352_564_8);
        assert!((value("novelty-bits@3", &setting) - 3.067_244_4).abs() < 6e-8);
        assert!((value("efd@3", &setting) - 1.344_379_3).abs() < 6e-8);
        near(value("arp@3", &setting), 0.916_666_666_7);
        // As Elliot and RecBole have them.
        near(value("gini-diversity@3", &setting), 0.581_818_181_8);
        near(value("entropy-nats@3", &setting), 0.303_141_590_4);
        near(value("coverage-all@3", &setting), 0.833_333_333_3);
        assert_eq!(value("items-listed@3", &setting), 5.0);
        // The least rated of A, B, C and D, a tenth of them being one at least: C of the two with two ratings.
        close(
            value("tail-items@3", &setting),
            (0.0 + 1.0 / 3.0 + 1.0 / 3.0 + 0.0) / 4.0,
        );
        // u1 has hits at 1 and 3, of two, and four others: one pair is decided, the other three others are left half open.
        close(by_user("auc-limited@3", &setting)[0], (1.0 + 2.0 * 3.0) / 8.0);
        let kl = [1.078_809_661_4, 3.281_843_979_8, 0.296_076_435_4, 2.229_840_278_0];
        by_user("calibration@3", &setting)
            .into_iter()
            .zip(kl)
            .for_each(|(a, b)| near(a, b));
        let mut max = Setting::plain(&train);
        max.choices.unseen = Unseen::Max;
        near(value("novelty-bits@3", &max), 2.410_684_743_6);
        near(value("efd@3", &max), 1.103_478_709_0);
        let setting = setting.with_vectors(&GENRES);
        near(value("ild@3", &setting), 0.486_928_812_5);
        let each = [0.361_929, 0.528_595, 0.764_298, 0.292_893];
        let found = by_user("ild@3", &setting);
        assert!(found.iter().zip(each).all(|(a, b)| (a - b).abs() < 6e-7), "{found:?}");
    }

    /// By hand: what is exposed of the rated items alone is B, C and D, once, twice and twice; A never.
    #[test]
    fn what_else_there_is_to_choose() {
        let train = train();
        let mut rated = Setting::plain(&train);
        rated.choices.catalog = CatalogOf::Rated;
        // (−3·0 − 1·1 + 1·2 + 3·2) / (4·5).
        close(value("gini@3", &rated), 7.0 / 20.0);
        // A and B have 7 of 11 ratings, C passes the mark of 8.8: D, E and F are the tail.
        close(value("tail@3", &rated), (1.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0) / 4.0);
        // u1: lists hold 2/3 ratings on average, its history 3: −7/9.
        close(by_user("popularity-lift@3", &rated)[0], (2.0 / 3.0 - 3.0) / 3.0);
    }

    /// u2 knows A and B, and C is relevant: its cosines to them are 0 and 1/√2.
    #[test]
    fn serendipity_by_hand() {
        let train = train();
        let setting = Setting::plain(&train).with_vectors(&GENRES);
        let unlike = 1.0 - 0.5_f64.sqrt() / 2.0;
        close(by_user("serendipity@3", &setting)[1], unlike / 3.0);
    }

    /// The data and the figures of the unit tests of `recommenders` (Microsoft): histories 1 2 4, 3 4, 3 4 5; lists 3 5, 2 5,
    /// 1 2, of which all but the second and the last place are relevant. Items are alike by whom they are rated.
    #[test]
    fn another_projects_fixture_to_its_digits() {
        let pairs = [(1, "1 2 4"), (2, "3 4"), (3, "3 4 5")];
        let rated = pairs
            .iter()
            .flat_map(|(u, items)| items.split(' ').map(move |i| (u.to_string(), i)));
        let cells: Vec<_> = rated.map(|(u, i)| (u, i.to_owned(), 1.0, 0)).collect();
        let train = dataset(&cells);
        let item = |id: &str| train.find_item(id).unwrap();
        let lists: Vec<[ItemIx; 2]> = [["3", "5"], ["2", "5"], ["1", "2"]]
            .iter()
            .map(|l| l.map(item))
            .collect();
        let hits = [[true, false], [true, true], [true, false]];
        let users: Vec<RankedUser<'_>> = (0..3)
            .map(|u| RankedUser {
                user: Some(UserIx(u as u32)),
                known: &[],
                items: &lists[u],
                hits: &hits[u],
                n_relevant: 2,
                k: 2,
            })
            .collect();
        let mut vectors = [[0.0; 3]; 5];
        for user in train.users() {
            train
                .user_row(user)
                .ids
                .iter()
                .for_each(|i| vectors[*i as usize][user.at()] = 1.0);
        }
        let vectors: Vec<&[f64]> = vectors.iter().map(|v| &v[..]).collect();
        let setting = Setting::plain(&train).with_vectors(&vectors);
        let value = |name: &str| match Metric::parse(name).unwrap().spec.compute {
            Compute::Lists(of) => of(&users, &setting),
            Compute::Beyond(of) => users.iter().map(|u| of(u, &setting).unwrap()).sum::<f64>() / 3.0,
            _ => panic!("{name} is of lists"),
        };
        let figures = [
            ("coverage@2", 0.8),
            ("entropy@2", 1.9183),
            ("novelty-bits@2", 2.83333),
            ("ild@2", 0.43096),
            ("serendipity@2", 0.43408),
        ];
        for (name, figure) in figures {
            assert!((value(name) - figure).abs() < 5e-5, "{name} is {}", value(name));
        }
    }

    #[test]
    fn what_is_not_known_is_not_measured() {
        let rows = rows(&[("a", "x", 1.0), ("b", "y", 1.0)]);
        let data = dataset(&rows);
        let metrics = Metric::parse_list("ild,calibration,gini").unwrap();
        let task = crate::task::Task::unattended();
        let setting = Setting::of(&data, &metrics, Choices::default(), 1, &task).unwrap();
        assert!(setting.refuses(&metrics[0]).unwrap().contains("no attributes"));
        assert!(setting.refuses(&metrics[1]).unwrap().contains("genre"));
        assert_eq!(setting.refuses(&metrics[2]), None);
    }
}

/// Scores 3 and 1 of two relevant items (a third has none), 2, 1 and 0 of others: of nine pairs 3 + 1.5 are right.
#[test]
fn pairs_in_the_right_order() {
    let Compute::Whole(of) = Metric::parse("auc").unwrap().spec.compute else {
        panic!("it is of whole rankings")
    };
    let ranking = WholeRanking {
        relevant: &[1.0, 3.0],
        others: &[2.0, 1.0, 0.0],
        n_relevant: 3,
    };
    close(of(&ranking), 4.5 / 9.0);
    close(of(&WholeRanking { others: &[], ..ranking }), 0.5);
}

/// Two users: pairs (1, 2), (1, 3), (2, 3) of which the last is turned around, and one pair predicted alike.
#[test]
fn concordant_pairs_by_hand() {
    let Compute::Predictions(of) = Metric::parse("fcp").unwrap().spec.compute else {
        panic!("it is of predictions")
    };
    let row = |rating, prediction| Predicted { prediction, rating };
    let first = [row(1.0, 1.0), row(2.0, 3.0), row(3.0, 2.0)];
    let second = [row(4.0, 3.0), row(5.0, 3.0)];
    close(of(&[&first, &second]), 0.5);
    close(of(&[&second[..1]]), 0.5);
}

/// As other programs have it: hits at ranks 1, 3 and 4 of 5, of 4 test items; and a list of one that is one of two, beside an
/// empty list.
#[test]
fn variants_by_hand() {
    let list = RankedUser {
        user: None,
        known: &[],
        items: &ITEMS,
        hits: &[true, false, true, true, false],
        n_relevant: 4,
        k: 5,
    };
    let third = 1.0 / 1.584_962_500_721_156;
    close(value("ndcg-flat@5", &[list]), (1.0 + third + 0.5) / (2.0 + third + 0.5));
    close(value("map-cuts@5", &[list]), (1.0 + 0.5 + 2.0 / 3.0 + 0.75 + 0.6) / 5.0);
    let short = RankedUser {
        items: &ITEMS[..1],
        hits: &[true],
        n_relevant: 2,
        ..list
    };
    let empty = RankedUser {
        items: &[],
        hits: &[],
        n_relevant: 1,
        ..list
    };
    close(value("precision-list@5", &[short, empty]), 0.5);
    close(value("map-list@5", &[list]), 29.0 / 48.0);
    close(value("map-list@5", &[short, empty]), 0.5);
    close(value("precision-pooled@5", &[list, short, empty]), 4.0 / 7.0);
    close(
        value("map-cuts@5", &[short]),
        (1.0 + 0.5 + 1.0 / 3.0 + 0.25 + 0.2) / 5.0,
    );
    // Ratings 2 and 1 at ranks 1 and 2, of 3, 2 and 1.
    let graded = |name: &str| match Metric::parse(name).unwrap().spec.compute {
        Compute::Graded(of) => of(&GradedUser {
            gains: &[2.0, 1.0],
            ideal: &[3.0, 2.0, 1.0],
            k: 2,
        }),
        _ => panic!("{name} is of gains"),
    };
    close(graded("ndcg-exp@2"), (3.0 + third) / (7.0 + 3.0 * third));
    close(graded("ndcg-exp-one@2"), (7.0 + 3.0 * third) / (15.0 + 7.0 * third));
}

/// Two users with 2 and 0 concordant pairs and 1 each discordant: 2 / (2 + 1), a user without any not counting.
#[test]
fn errors_as_surprise_has_them() {
    let Compute::Predictions(of) = Metric::parse("fcp-mean").unwrap().spec.compute else {
        panic!("it is of predictions")
    };
    let row = |rating, prediction| Predicted { prediction, rating };
    let first = [row(1.0, 1.0), row(2.0, 3.0), row(3.0, 2.0)];
    let second = [row(4.0, 3.0), row(5.0, 3.0)];
    close(of(&[&first, &second]), 2.0 / 3.0);
    close(of(&[&second[..1]]), 0.5);
    let Compute::Errors(of) = Metric::parse("mse").unwrap().spec.compute else {
        panic!("it is of errors")
    };
    close(of(&[1.0, -2.0]), 2.5);
}

/// (1 − .85)(1 + .85²): hits at ranks 1 and 3.
#[test]
fn rank_biased_precision_by_hand() {
    let list = [RankedUser {
        user: None,
        known: &[],
        items: &ITEMS[..3],
        hits: &[true, false, true],
        n_relevant: 2,
        k: 3,
    }];
    close(value("rbp@3", &list), 0.15 * (1.0 + 0.85 * 0.85));
}
