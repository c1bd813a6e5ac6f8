use super::*;
use crate::task::{Cancel, Pool};

/// Three heaps in five dimensions.
fn heaps(n: usize) -> Points {
    let noise = |i: usize, j: usize| ((i * i * 7919 + j * 104_729 + i * j * 31) % 997) as f64 / 997.0 - 0.5;
    Points::of(
        5,
        (0..n).map(|i| [0, 1, 2, 3, 4].map(|j| noise(i, j) + if j == i % 3 { 4.0 } else { 0.0 })),
    )
}

fn start(points: &Points) -> Vec<(f64, f64)> {
    points.rows().map(|row| (row[0] - row[1], row[2] - row[3])).collect()
}

const QUICK: TsneSettings = TsneSettings {
    perplexity: 8.0,
    iterations: 120,
    angle: 0.5,
};

#[test]
fn forces_over_the_tree_are_those_between_all_points() {
    let places: Vec<(f64, f64)> = (0..200)
        .map(|i| (f64::from(i * 37 % 101) + f64::from(i) / 997.0, f64::from(i * i % 89)))
        .collect();
    let naive: Vec<(f64, f64, f64)> = places
        .iter()
        .map(|a| {
            places.iter().filter(|b| *b != a).fold((0.0, 0.0, 0.0), |sum, b| {
                let (dx, dy) = (a.0 - b.0, a.1 - b.1);
                let q = 1.0 / (1.0 + dx * dx + dy * dy);
                (sum.0 + q * q * dx, sum.1 + q * q * dy, sum.2 + q)
            })
        })
        .collect();
    let tree = Tree::of(&places);
    for (i, (x, y, q)) in naive.iter().enumerate() {
        let exact = tree.repulsion(i as u32, 0.0);
        assert!((exact.0 - x).abs() < 1e-12 && (exact.1 - y).abs() < 1e-12 && (exact.2 - q).abs() < 1e-12);
        let near = tree.repulsion(i as u32, 0.5);
        assert!((near.2 - q).abs() < 0.02 * q, "{near:?} {q}");
    }
    assert_eq!(tree.order().len(), 200);
    // Points in one place push nobody anywhere, and end the division.
    let same = vec![(2.0, 3.0); 50];
    assert_eq!(Tree::of(&same).repulsion(7, 0.5), (0.0, 0.0, 49.0));
    assert!(Tree::of(&[]).order().is_empty());
}

#[test]
fn the_step_is_the_slope_of_the_divergence() {
    let points = heaps(30);
    let task = Task::unattended();
    let near = nearest(&points, 13, &task).unwrap();
    let affinities = Affinities::of(&near, 4.0, &task).unwrap();
    let places: Vec<(f64, f64)> = start(&points);
    let kl = |places: &[(f64, f64)]| {
        let (_, normalization) = repulsion(places, 0.0, &task).unwrap();
        affinities.divergence(places, normalization)
    };
    let (away, normalization) = repulsion(&places, 0.0, &task).unwrap();
    for i in [0, 7, 29] {
        let gradient = 4.0 * (affinities.attraction(&places, i).0 - away[i].0 / normalization);
        let mut moved = places.clone();
        moved[i].0 += 1e-5;
        let above = kl(&moved);
        moved[i].0 -= 2e-5;
        let slope = (above - kl(&moved)) / 2e-5;
        assert!((gradient - slope).abs() < 1e-7, "{gradient} {slope}");
    }
}

#[test]
fn heaps_stay_together_whatever_the_threads() {
    let points = heaps(90);
    let mut seen = Vec::new();
    let run = |threads: usize, watch: &mut dyn FnMut(usize, &dyn Fn() -> TsneMap)| {
        let pool = Pool::new("test", threads);
        let task = Task {
            pool,
            ..Task::default()
        };
        tsne(&points, &start(&points), QUICK, &task, watch).unwrap()
    };
    let map = run(1, &mut |at, map| {
        if at % 40 == 0 {
            seen.push(map());
        }
    });
    assert_eq!(map, run(3, &mut |_, _| ()));
    assert_eq!(seen.iter().map(|m| m.iteration).collect::<Vec<_>>(), [40, 80, 120]);
    assert!(seen[2].kl < seen[0].kl && map.kl < seen[1].kl && map.kl > 0.0);
    let on_map = nearest(&Points::from(map.places.as_slice()), 5, &Task::unattended()).unwrap();
    let kept = on_map
        .iter()
        .enumerate()
        .flat_map(|(i, near)| near.iter().map(move |(j, _)| i % 3 == *j as usize % 3));
    let (kept, all) = kept.fold((0, 0), |(kept, all), is| (kept + usize::from(is), all + 1));
    assert!(kept * 20 >= all * 19, "{kept} of {all}");
}

#[test]
fn little_or_stopped_work_ends() {
    let task = Task::unattended();
    for n in [0, 1, 3, 4, 5] {
        let points = heaps(n);
        let map = tsne(&points, &start(&points), QUICK, &task, |_, _| ()).unwrap();
        assert!(map.places.len() == n && map.places.iter().all(|p| p.0.is_finite() && p.1.is_finite()));
    }
    // All in one place.
    let same = Points::of(3, vec![[1.0, 2.0, 3.0]; 40]);
    let map = tsne(&same, &vec![(0.0, 0.0); 40], QUICK, &task, |_, _| ()).unwrap();
    assert!(map.kl.is_finite() && map.places.iter().all(|p| p.0.is_finite()));
    let cancel = Cancel::new();
    cancel.cancel();
    let stopped = Task {
        cancel,
        ..Task::default()
    };
    let points = heaps(20);
    assert!(tsne(&points, &start(&points), QUICK, &stopped, |_, _| ()).is_err());
}
