//! The nearest on the sphere are those with the highest scores; and what the graph finds of them.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::data::{Dataset, UserIx};
use crate::models::tests_common::{fit, serve_user, synthetic};
use crate::pipeline::tests_common::cases;
use crate::task::{Cancel, Task};

const SHAPE: Shape = Shape {
    links: 16,
    ef_construction: 100,
    seed: 42,
};

/// Points of these vectors: factors, and the bias last.
fn points(vectors: &[Vec<f64>]) -> Points {
    let items = (0..vectors.len() as u32).map(ItemIx).collect();
    Points::on_sphere(items, vectors)
}

/// So many vectors of one length, and a user's factors.
fn vectors(most: usize) -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<f64>)> {
    (1..12usize, 0..4i32).prop_flat_map(move |(width, size)| {
        let range = 10f64.powi(size - 2);
        let number = -range..range;
        let vector = prop::collection::vec(number.clone(), width + 1);
        (
            prop::collection::vec(vector, 1..=most),
            prop::collection::vec(number, width),
        )
    })
}

proptest! {
    #![proptest_config(cases(256))]

    /// One coordinate more makes distances of products, and the order stays.
    #[test]
    fn the_nearest_have_the_highest_products((vectors, factors) in vectors(40)) {
        let points = points(&vectors);
        let query = points.query(&factors);
        let product = |at: u32| -> f64 {
            let vector = &vectors[at as usize];
            let of_factors: f64 = vector.iter().zip(&factors).map(|(a, b)| a * b).sum();
            of_factors + vector[factors.len()]
        };
        // What 32 bits lose, beside the largest product that there can be.
        let tolerance = 1e-6 * query.reach;
        for at in 0..points.len() {
            let length: f64 = points.row(at).iter().map(|x| f64::from(*x).powi(2)).sum();
            prop_assert!((length - 1.0).abs() < 1e-5 || query.reach == 0.0, "{length}");
        }
        let found = points.exact(&query, vectors.len());
        prop_assert_eq!(found.len(), vectors.len());
        for near in &found {
            prop_assert!((query.score(*near) - product(near.at)).abs() <= tolerance);
        }
        for pair in found.windows(2) {
            prop_assert!(product(pair[0].at) >= product(pair[1].at) - 2.0 * tolerance);
            prop_assert!(pair[0].distance() <= pair[1].distance());
        }
        // The first of them are the same however few are wanted.
        for k in [0, 1, 3] {
            prop_assert_eq!(&points.exact(&query, k), &found[..k.min(found.len())]);
        }
    }

    /// Up to so many points each is linked to all: what is kept in mind is then all there is.
    #[test]
    fn of_few_points_the_graph_finds_all((vectors, factors) in vectors(2 * 16 + 1), seed in any::<u64>()) {
        let points = points(&vectors);
        let graph = Graph::build(&points, Shape { seed, ..SHAPE }, &Task::unattended()).unwrap();
        let query = points.query(&factors);
        let n = points.len();
        let (mut found, mut exact) = (graph.search(&query, n, n), points.exact(&query, n));
        prop_assert!(found.windows(2).all(|pair| pair[0].product >= pair[1].product));
        found.sort_by_key(|near| near.at);
        exact.sort_by_key(|near| near.at);
        let places = |all: &[Near]| all.iter().map(|near| near.at).collect::<Vec<_>>();
        prop_assert_eq!(places(&found), places(&exact));
    }
}

/// A model's items, its users, and what it says of them.
fn fitted(name: &str, settings: &str, data: &Arc<Dataset>) -> (Arc<dyn crate::models::Recommender>, Points) {
    let model = fit(name, settings, data).unwrap();
    let points = Points::of(data, model.factors().unwrap());
    (model, points)
}

#[test]
fn looking_at_all_ranks_as_the_model_does() {
    let data = synthetic(40, 60);
    for (name, settings) in [
        ("svd", "factors=8,epochs=5"),
        ("als", "factors=8"),
        ("biased-als", "factors=8"),
        ("puresvd", "factors=8"),
        ("bpr", "factors=8,epochs=5"),
        ("two-tower", "factors=8,epochs=2"),
    ] {
        let (model, points) = fitted(name, settings, &data);
        let factors = model.factors().unwrap();
        for user in (0..40).step_by(7) {
            let serving = serve_user(&model, &data, user);
            let query = points.query(&factors.profile(serving.profile()));
            let shared = factors.mean() + factors.profile_bias(serving.profile());
            let wanted = serving.recommend(60, false, &Cancel::new()).unwrap();
            let found = points.exact(&query, 60).into_iter();
            let unseen: Vec<Near> = found
                .filter(|near| data.rating(UserIx(user), points.item(*near)).is_none())
                .collect();
            assert_eq!(unseen.len(), wanted.len(), "{name}");
            for (near, (_, score)) in unseen.iter().zip(wanted) {
                let own = shared + query.score(*near);
                let tolerance = 1e-6 * query.reach.max(1.0);
                assert!((own - score).abs() <= tolerance, "{name}: {own} and {score}");
            }
        }
    }
}

#[test]
fn one_seed_gives_one_graph_and_a_wider_search_finds_more() {
    let data = synthetic(60, 300);
    let (model, points) = fitted("als", "factors=12", &data);
    let graph = |seed| {
        Graph::build(
            &points,
            Shape {
                links: 4,
                ef_construction: 20,
                seed,
            },
            &Task::unattended(),
        )
        .unwrap()
    };
    let (one, again) = (graph(1), graph(1));
    assert_eq!(one.links(), again.links());
    let factors = model.factors().unwrap();
    let queries: Vec<Query> = (0..60)
        .map(|u| points.query(&factors.user(UserIx(u)).unwrap()))
        .collect();
    let found = |graph: &Graph, ef| -> Vec<Vec<Near>> { queries.iter().map(|q| graph.search(q, 10, ef)).collect() };
    assert_eq!(found(&one, 12), found(&again, 12));
    let hits = |ef| -> usize {
        let pairs = queries.iter().zip(found(&one, ef));
        pairs
            .map(|(query, found)| {
                let last = points.exact(query, 10)[9].product;
                found.iter().filter(|near| near.product >= last - 1e-6).count()
            })
            .sum()
    };
    assert!(
        hits(10) <= hits(40) && hits(40) <= hits(300),
        "{} {} {}",
        hits(10),
        hits(40),
        hits(300)
    );
    assert_eq!(hits(300), 600, "as wide as there are points, it finds them all");
    assert!(hits(10) > 400, "{}", hits(10));
}

#[test]
fn nothing_and_little_are_no_trouble() {
    let none = points(&[]);
    let graph = Graph::build(&none, SHAPE, &Task::unattended()).unwrap();
    let query = none.query(&[]);
    assert!(none.exact(&query, 5).is_empty() && graph.search(&query, 5, 5).is_empty());
    assert_eq!(graph.links(), Links::default());
    // All in one place, at the very middle.
    let same = points(&vec![vec![0.0; 4]; 50]);
    let graph = Graph::build(&same, SHAPE, &Task::unattended()).unwrap();
    let query = same.query(&[0.0; 3]);
    assert_eq!(graph.search(&query, 7, 20).len(), 7);
    assert_eq!(graph.search(&query, 7, 3).len(), 3, "no more than are kept in mind");
    assert!(graph.search(&query, 7, 0).is_empty());
    assert!(same.exact(&query, 9).iter().all(|near| near.product == 0.0));
    let task = Task::unattended();
    task.cancel.cancel();
    assert!(Graph::build(&same, SHAPE, &task).is_err());
}
