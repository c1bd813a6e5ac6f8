use super::*;
use crate::models::tests_common::synthetic;

fn query(text: &str) -> RetrievalQuery {
    RetrievalQuery {
        formula: Formula::parse(text).unwrap(),
        m: 8,
        ef_construction: 50,
        ef: vec![5, 10, 40, 200],
        k: 40,
        users: 30,
    }
}

fn compute(lab: &mut RetrievalLab, world: &World, query: &RetrievalQuery) -> Result<RetrievalView, AnswerError> {
    lab.compute(world, query, &Task::unattended(), &mut |_| ())
}

/// A view without what differs from run to run.
fn lasting(view: RetrievalView) -> RetrievalView {
    let rows = view.rows.into_iter().map(|row| RetrievalRow {
        took: Took::default(),
        ..row
    });
    RetrievalView {
        build_seconds: 0.0,
        exact: Took::default(),
        rows: rows.collect(),
        faster_from: None,
        ..view
    }
}

#[test]
fn what_is_kept_in_mind_decides_what_is_found() {
    let world = World::new(synthetic(40, 160), 42);
    let query = query("als:factors=8");
    let mut lab = RetrievalLab::default();
    let view = compute(&mut lab, &world, &query).unwrap();
    assert_eq!((view.items, view.dimensions, view.users, view.k), (160, 10, 30, 40));
    assert_eq!(view.of_users, 40);
    let shape: Vec<(bool, bool)> = view
        .rows
        .iter()
        .map(|row| (row.recall_10.is_some(), row.recall_k.is_some()))
        .collect();
    // A recall is of no more than are kept in mind.
    assert_eq!(shape, [(false, false), (true, false), (true, true), (true, true)]);
    let last = &view.rows[3];
    assert_eq!(
        (last.recall_10, last.recall_k),
        (Some(1.0), Some(1.0)),
        "wider than there are items"
    );
    for row in &view.rows {
        let ratio = row.distance_ratio.unwrap();
        assert!((1.0..1.5).contains(&ratio), "{row:?}");
        assert!(row.took.median_us > 0.0 && row.took.p99_us >= row.took.median_us);
    }
    assert!(view.link_bytes > 8.0 * view.links as f64 / 160.0);
    // The same of a world of its own, and a graph is kept for those who only ask it otherwise.
    let again = compute(&mut RetrievalLab::default(), &world.fresh(), &query).unwrap();
    assert_eq!(lasting(again), lasting(view.clone()));
    let wider = RetrievalQuery {
        ef: vec![80],
        k: 3,
        ..query
    };
    let kept = compute(&mut lab, &world, &wider).unwrap();
    assert_eq!(kept.build_seconds.to_bits(), view.build_seconds.to_bits());
    assert_eq!((kept.k, kept.rows.len()), (3, 1));
}

#[test]
fn what_makes_no_sense_is_said() {
    let world = World::new(synthetic(20, 30), 42);
    let wrong = |change: &dyn Fn(&mut RetrievalQuery)| {
        let mut asked = query("als:factors=4");
        change(&mut asked);
        compute(&mut RetrievalLab::default(), &world, &asked)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(wrong(&|q| q.m = 1), "m is from 2 to 32");
    assert_eq!(wrong(&|q| q.m = 33), "m is from 2 to 32");
    assert_eq!(wrong(&|q| q.ef_construction = 7), "ef-construction is from m to 10000");
    assert_eq!(wrong(&|q| q.ef = vec![10, 0]), "ef-search is from 1 to 1000000");
    assert_eq!(wrong(&|q| q.k = 0), "k and users are at least 1");
    assert!(wrong(&|q| q.formula = Formula::parse("popularity").unwrap()).contains("has no latent factors"));
    let task = Task::unattended();
    task.cancel.cancel();
    let stopped = RetrievalLab::default().compute(&world, &query("als"), &task, &mut |_| ());
    assert!(matches!(stopped, Err(AnswerError::Cancelled(_))));
    // Fewer items than are wanted.
    let few = compute(&mut RetrievalLab::default(), &world, &query("als:factors=4")).unwrap();
    assert_eq!(few.k, 30);
}

#[test]
fn recall_counts_what_is_as_near() {
    let near = |at, product| Near { at, product };
    let exact = [near(0, 0.9), near(1, 0.8), near(2, 0.8)];
    assert_eq!(recall(&exact, &exact, 2), 1.0);
    // The third is as near as the second.
    assert_eq!(recall(&[near(0, 0.9), near(2, 0.8)], &exact, 2), 1.0);
    assert_eq!(recall(&[near(0, 0.9), near(5, 0.7)], &exact, 2), 0.5);
    assert_eq!(recall(&[], &exact, 2), 0.0);
    assert_eq!(ratio((&near(0, 0.5), &near(1, 0.5))), Some(1.0));
    assert_eq!(ratio((&near(0, -1.0), &near(1, 0.5))), Some(2.0));
    assert_eq!(ratio((&near(0, 0.5), &near(1, 1.0))), None);
}

#[test]
fn where_one_overtakes_the_other_both_take_as_long() {
    let view = |exact: f64, graph: f64, recall: f64| RetrievalView {
        items: 1000,
        exact: Took {
            median_us: exact,
            p99_us: exact,
        },
        rows: vec![RetrievalRow {
            ef: 50,
            recall_10: Some(recall),
            recall_k: None,
            distance_ratio: None,
            took: Took {
                median_us: graph,
                p99_us: graph,
            },
        }],
        ..RetrievalView::default()
    };
    for (exact, graph) in [(100.0, 50.0), (100.0, 100.0), (10.0, 500.0), (1e-3, 1e4)] {
        let crossing = crossing(&view(exact, graph, 0.99)).unwrap();
        let x = crossing.items as f64;
        let (all, by_graph) = (exact / 1000.0 * x, graph * x.ln() / 1000f64.ln());
        assert!((all / by_graph - 1.0).abs() < 0.01, "{all} and {by_graph} at {x}");
        assert_eq!(crossing.items > 1000, graph > exact);
    }
    assert_eq!(
        crossing(&view(100.0, 50.0, 0.5)),
        None,
        "what finds too little is not compared"
    );
    assert_eq!(crossing(&RetrievalView::default()), None);
    assert_eq!(widths(200), [10, 20, 50, 100, 200]);
    assert_eq!(widths(10), [10]);
    assert_eq!(widths(70), [10, 20, 50, 70]);
}

#[test]
fn what_is_known_is_shown_on_the_way() {
    let world = World::new(synthetic(20, 40), 42);
    let mut seen = Vec::new();
    let view = RetrievalLab::default()
        .compute(&world, &query("als:factors=4"), &Task::unattended(), &mut |view| {
            seen.push(view.rows.len());
        })
        .unwrap();
    assert_eq!((seen, view.rows.len()), (vec![0, 1, 2, 3], 4));
}
