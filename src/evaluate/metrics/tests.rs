use super::*;
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
        Compute::Lists(of) => of(users, &train),
        Compute::Errors(_) | Compute::Graded(_) | Compute::Places(_) => panic!("{name} is not about lists"),
    }
}

const ITEMS: [ItemIx; 5] = [ItemIx(4), ItemIx(2), ItemIx(0), ItemIx(1), ItemIx(3)];

/// Hits at ranks 1, 3 and 4 of 5, of 4 test items: everything by hand.
#[test]
fn a_list_by_hand() {
    let list = [RankedUser {
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
            items: &ITEMS[..1],
            hits: &[true],
            n_relevant: 2,
            k: 10,
        },
        RankedUser {
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
        items,
        hits: &[false, false][..items.len()],
        n_relevant: 1,
        k: 2,
    };
    let lists = [list(&[ItemIx(0), ItemIx(1)]), list(&[ItemIx(2)])];
    let Compute::Lists(of) = Metric::parse("novelty@2").unwrap().spec.compute else {
        panic!("novelty is about lists");
    };
    close(of(&lists, &train), 1.0);
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
        items: &[ItemIx(1), ItemIx(0)],
        hits: &[false, true],
        n_relevant: 1,
        k: 2,
    }];
    let Compute::Lists(of) = Metric::parse("coverage@2").unwrap().spec.compute else {
        panic!("coverage is about lists");
    };
    close(of(&list, &train), 1.0);
}

/// Every list of 4 with every number of test items, against the definitions written out naively.
#[test]
fn all_short_lists_against_a_naive_version() {
    for mask in 0..16_u32 {
        let hits: Vec<bool> = (0..4).map(|place| mask >> place & 1 == 1).collect();
        let n_hits = hits.iter().filter(|h| **h).count();
        for n_relevant in n_hits.max(1)..8 {
            let list = [RankedUser {
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
