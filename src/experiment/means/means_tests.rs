use super::*;
use crate::experiment::ratio::ratio;
use crate::task::Pool;
use proptest::prelude::*;

const A: [f64; 8] = [3.1, 2.7, 4.0, 5.2, 3.3, 4.8, 2.9, 3.6];
const B: [f64; 10] = [4.4, 5.1, 3.9, 6.0, 4.7, 5.5, 3.8, 4.9, 5.8, 4.2];

fn measured<'a>(a: &'a [f64], b: &'a [f64]) -> Measured<'a> {
    Measured {
        a,
        b,
        before: None,
        per: None,
        alpha: 0.05,
        draws: 2_000,
        seed: 42,
    }
}

fn told(name: &str, measured: &Measured<'_>) -> Tested {
    let all = test_means(measured, &Task::unattended()).unwrap();
    all.into_iter().find(|t| t.name == name).unwrap()
}

fn near(found: Option<f64>, expected: f64, digits: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() <= digits, "{found} is not {expected}");
}

#[test]
fn goldens_of_means() {
    let welch = told("welch", &measured(&A, &B));
    near(welch.statistic, 2.8100279805, 6e-11);
    near(welch.more.df, 13.8749083262, 6e-11);
    near(welch.p, 0.0140006813, 6e-11);
    near(welch.low, 0.2667842206, 6e-11);
    near(welch.high, 1.9932157794, 6e-11);
    near(told("student", &measured(&A, &B)).statistic, 2.8625804327, 6e-11);
    let ranks = told("mann-whitney", &measured(&A, &B));
    assert_eq!(ranks.statistic, Some(66.0));
    near(ranks.p, 0.0205219617, 6e-11);
    near(mann_whitney::test(&measured(&A, &B), true).p, 0.0234676465, 6e-11);
    near(ranks.estimate, 66.0 / 80.0, 1e-15);
}

#[test]
fn goldens_of_cuped() {
    let x: [&[f64]; 2] = [&[5.0, 3.0, 8.0, 6.0, 2.0, 9.0], &[4.0, 7.0, 6.0, 5.0, 3.0, 10.0]];
    let y: [&[f64]; 2] = [&[6.0, 3.0, 9.0, 7.0, 3.0, 11.0], &[4.0, 9.0, 8.0, 6.0, 5.0, 13.0]];
    let measured = Measured {
        before: Some(x),
        ..measured(y[0], y[1])
    };
    let raw = told("welch", &measured);
    near(raw.estimate, 1.0, 1e-12);
    near(raw.more.stderr, 1.8708, 6e-5);
    let told = told("cuped", &measured);
    near(told.more.theta, 1.2233009709, 6e-11);
    near(told.estimate, 0.5922330097, 6e-11);
    near(told.more.stderr, 0.3737, 6e-5);
    assert!(told.more.variance_ratio.unwrap() < 0.06);
}

#[test]
fn goldens_of_ratios() {
    let clicks = [1.0, 0.0, 2.0, 1.0, 0.0, 3.0, 0.0, 1.0];
    let views = [10.0, 5.0, 20.0, 8.0, 4.0, 25.0, 6.0, 12.0];
    let ratio = ratio(&clicks, &views).unwrap();
    assert!((ratio.value - 0.0888889).abs() < 6e-8);
    assert!(
        (ratio.variance.sqrt() - 0.0138674143).abs() < 6e-11,
        "{}",
        ratio.variance.sqrt()
    );
    let (p, n) = (ratio.value, views.iter().sum::<f64>());
    assert!(((p * (1.0 - p) / n).sqrt() - 0.0299977).abs() < 6e-8);
    let same = Measured {
        per: Some([&views, &views]),
        ..measured(&clicks, &clicks)
    };
    assert_eq!(told("ratio-delta", &same).estimate, Some(0.0));
}

/// All ways to deal eight values to two arms of four, one by one.
#[test]
fn shuffles_agree_with_all_of_them() {
    let (a, b) = ([1.0, 4.0, 2.0, 3.5], [5.0, 3.0, 6.0, 4.5]);
    let all: Vec<f64> = a.iter().chain(&b).copied().collect();
    let observed = 4.0;
    let (mut beyond, mut ways) = (0, 0);
    for mask in 0u32..256 {
        if mask.count_ones() == 4 {
            let of_b: f64 = (0..8).filter(|k| mask >> k & 1 == 1).map(|k| all[k]).sum();
            let difference = (2.0 * of_b - all.iter().sum::<f64>()) / 4.0;
            ways += 1;
            beyond += u32::from(difference.abs() >= observed * 2.0 / 4.0 - 1e-9);
        }
    }
    let exact = f64::from(beyond) / f64::from(ways);
    let measured = Measured {
        draws: 20_000,
        ..measured(&a, &b)
    };
    let told = told("permutation", &measured);
    assert_eq!(told.estimate, Some(2.0));
    let error = (exact * (1.0 - exact) / 20_000.0).sqrt();
    near(told.p, exact, 4.0 * error);
}

#[test]
fn draws_do_not_depend_on_threads() {
    let one = test_means(&measured(&A, &B), &Task::unattended()).unwrap();
    let task = Task {
        pool: Pool::new("test", 3),
        ..Task::default()
    };
    assert_eq!(one, test_means(&measured(&A, &B), &task).unwrap());
    let other = Measured {
        seed: 43,
        ..measured(&A, &B)
    };
    assert_ne!(one, test_means(&other, &task).unwrap());
    task.cancel.cancel();
    assert!(test_means(&measured(&A, &B), &task).is_err());
}

/// The bootstrap's interval is that of the normal law where there are many users.
#[test]
fn the_bootstrap_finds_the_interval_of_many_users() {
    let values = |shift: f64| (0..400).map(|k| f64::from(k * 37 % 100) + shift).collect::<Vec<f64>>();
    let (a, b) = (values(0.0), values(3.0));
    let (boot, welch) = (told("bootstrap", &measured(&a, &b)), told("welch", &measured(&a, &b)));
    near(boot.estimate, 3.0, 1e-9);
    near(boot.more.stderr, welch.more.stderr.unwrap(), 0.15);
    near(boot.low, welch.low.unwrap(), 0.4);
    near(boot.high, welch.high.unwrap(), 0.4);
}

#[test]
fn what_does_not_vary_has_a_reason_and_no_nan() {
    let (none, one, same): ([f64; 0], [f64; 1], [f64; 3]) = ([], [2.0], [2.0; 3]);
    for (a, b) in [
        (&none[..], &none[..]),
        (&none, &one),
        (&one, &one),
        (&same, &same),
        (&same, &one),
    ] {
        for told in test_means(&measured(a, b), &Task::unattended()).unwrap() {
            let figures = [told.statistic, told.p, told.low, told.high, told.estimate];
            assert!(figures.into_iter().flatten().all(f64::is_finite), "{told:?}");
            assert!(told.p.is_some() || told.note.is_some(), "{told:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// U by counting pairs; its exact law by dealing all ranks.
    #[test]
    fn ranks_are_counted_as_pairs(values in prop::collection::vec(0u32..1000, 2..9), cut in 1usize..8) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let cut = cut.min(values.len() - 1);
        let (a, b) = values.split_at(cut);
        let pairs = a.iter().flat_map(|x| b.iter().map(move |y| if y > x { 1.0 } else if y == x { 0.5 } else { 0.0 }));
        let u: f64 = pairs.sum();
        let told = told("mann-whitney", &measured(a, b));
        prop_assert_eq!(told.statistic.unwrap_or(u), u);
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        if sorted.len() == values.len() {
            let n = values.len();
            let middle = (cut * (n - cut)) as f64 / 2.0;
            let (mut beyond, mut ways) = (0.0, 0.0);
            for mask in 0u32..1 << n {
                if mask.count_ones() as usize == n - cut {
                    let places = (0..n).filter(|k| mask >> k & 1 == 1);
                    let of: f64 = places.enumerate().map(|(before, place)| (place - before) as f64).sum();
                    ways += 1.0;
                    beyond += f64::from((of - middle).abs() >= (u - middle).abs() - 1e-9);
                }
            }
            prop_assert!((told.p.unwrap() - beyond / ways).abs() < 1e-9);
        }
    }

    /// θ is the least-squares slope: no other leaves less variance.
    #[test]
    fn cuped_leaves_the_least_variance(values in prop::collection::vec((-5.0..5.0f64, -5.0..5.0f64), 6..20)) {
        let (x, y): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
        let cut = x.len() / 2;
        let found = cuped([&y[..cut], &y[cut..]], [&x[..cut], &x[cut..]]).unwrap();
        let spread = |theta: f64| {
            let left: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - theta * x).collect();
            crate::experiment::special::mean_and_variance(&left).unwrap().1.unwrap()
        };
        let least = spread(found.theta);
        prop_assert!(least <= spread(found.theta + 0.01) + 1e-9 && least <= spread(found.theta - 0.01) + 1e-9);
        prop_assert!((least / spread(0.0) - found.variance_ratio).abs() < 1e-9);
    }
}
