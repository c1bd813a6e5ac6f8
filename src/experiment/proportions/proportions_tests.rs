use super::*;
use crate::experiment::rates::RATES;
use proptest::prelude::*;

fn counts(clicks: u64, views: u64) -> Counts {
    Counts::new(clicks, views).unwrap()
}

fn arms(a: (u64, u64), b: (u64, u64)) -> Proportions {
    Proportions {
        a: counts(a.0, a.1),
        b: counts(b.0, b.1),
        alpha: 0.05,
        tau2: 1e-5,
    }
}

fn told(name: &str, arms: &Proportions) -> Tested {
    let all = test_proportions(arms);
    all.into_iter().find(|t| t.name == name).unwrap()
}

fn near(found: Option<f64>, expected: f64, digits: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() <= digits, "{found} is not {expected}");
}

/// The published case: A 200 of 10,000, B 250 of 10,000.
fn golden() -> Proportions {
    arms((200, 10_000), (250, 10_000))
}

#[test]
fn tests_meet_their_goldens() {
    let z = told("z-pooled", &golden());
    near(z.statistic, 2.3839951328, 6e-11);
    near(z.p, 0.0171258289, 6e-11);
    let unpooled = told("z-unpooled", &golden());
    near(unpooled.statistic, 2.3843339370, 6e-11);
    let chi2 = told("chi2", &golden());
    near(chi2.statistic, 5.6834327934, 6e-11);
    near(chi2.p, z.p.unwrap(), 1e-15);
    let yates = told("chi2-yates", &golden());
    near(yates.statistic, 5.4583688548, 6e-11);
    near(yates.p, 0.0194748183, 6e-11);
    near(told("fisher", &golden()).p, 0.0193786654, 6e-11);
    let bayes = told("bayes", &golden());
    near(bayes.statistic, 0.9914227751, 6e-11);
    // By mpmath with 25 digits: 6.015578358611e-6; what was published ends in 86.
    near(bayes.more.expected_loss, 6.015578358611e-6, 1e-15);
    let msprt = told("msprt", &golden());
    near(msprt.statistic, 3.9801069239, 1e-10);
    near(msprt.p, 0.25125, 6e-6);
    near(msprt.high.map(|h| h - 0.005), 0.0067411277, 6e-11);
}

#[test]
fn intervals_meet_their_goldens() {
    let published = [
        ("z-unpooled", 0.0008899130, 0.0091100870),
        ("newcombe", 0.0008870476, 0.0091382667),
        ("agresti-caffo", 0.0008808120, 0.0091171884),
        ("score", 0.0008928055, 0.0091447550),
        ("lift-delta", 0.0201738509, 0.4798261491),
    ];
    for (name, low, high) in published {
        let told = told(name, &golden());
        near(told.low, low, 6e-11);
        near(told.high, high, 6e-11);
    }
    near(told("lift-delta", &golden()).estimate, 0.25, 1e-12);
    let (low, high) = score::interval(&golden(), false);
    near(Some(low), 0.0008929085, 6e-11);
    near(Some(high), 0.0091446501, 6e-11);
    let of_one = [
        ("wilson", 0.0221175616, 0.0282472369),
        ("clopper-pearson", 0.0220289674, 0.0282518574),
        ("jeffreys", 0.0220759723, 0.0281988944),
    ];
    for ((name, low, high), spec) in of_one.into_iter().zip(RATES) {
        assert_eq!(name, spec.name);
        let found = (spec.interval)(counts(250, 10_000), 0.05);
        near(Some(found.0), low, 6e-11);
        near(Some(found.1), high, 6e-11);
    }
}

/// The sum over integers that the closed form of P(B > A) is (Miller 2015).
fn exact_chance(arms: &Proportions) -> f64 {
    let log_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let of = |c: Counts| (1.0 + c.clicks as f64, 1.0 + c.misses() as f64);
    let ((a, b), (_, d)) = (of(arms.a), of(arms.b));
    let term = |i: u64| {
        let i = i as f64;
        (log_beta(a + i, b + d) - (d + i).ln() - log_beta(1.0 + i, d) - log_beta(a, b)).exp()
    };
    (0..=arms.b.clicks).map(term).sum()
}

#[test]
fn nothing_and_everything_have_no_nan() {
    for (a, b) in [
        ((0, 10), (0, 10)),
        ((10, 10), (10, 10)),
        ((0, 10), (10, 10)),
        ((1, 1), (0, 1)),
        ((0, 1), (0, 1_000_000)),
        ((5, 10), (0, 3)),
        ((1_000_000, 1_000_000_000), (1_001_000, 1_000_000_000)),
    ] {
        for told in test_proportions(&arms(a, b)) {
            let figures = [told.statistic, told.p, told.low, told.high, told.estimate];
            assert!(
                figures.into_iter().flatten().all(f64::is_finite),
                "{a:?} {b:?} {told:?}"
            );
            let said = figures[..4].iter().any(Option::is_some);
            assert!(said || told.note.is_some(), "{told:?}");
        }
        for spec in RATES {
            let (low, high) = (spec.interval)(counts(a.0, a.1), 0.05);
            assert!(
                0.0 <= low && low <= high && high <= 1.0,
                "{} {a:?}: {low} {high}",
                spec.name
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn arms_that_change_places_turn_the_signs(xa in 0u64..60, xb in 0u64..60, more_a in 1u64..200, more_b in 1u64..200) {
        let (a, b) = ((xa, xa + more_a), (xb, xb + more_b));
        let (there, back) = (test_proportions(&arms(a, b)), test_proportions(&arms(b, a)));
        for (one, other) in there.iter().zip(&back) {
            if let (Some(p), Some(q)) = (one.p, other.p) {
                // The lift is relative to the other arm then.
                prop_assert!(one.name == "lift-delta" || (p - q).abs() < 1e-9, "{one:?} {other:?}");
                prop_assert!((0.0..=1.0).contains(&p));
            }
            if let (Some(low), Some(high), "difference") = (one.low, other.high, one.of) {
                prop_assert!((low + high).abs() < 1e-8, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn the_chance_of_b_is_that_of_the_closed_form(xa in 0u64..40, xb in 0u64..40, more_a in 0u64..300, more_b in 0u64..300) {
        let arms = arms((xa, xa + more_a + 1), (xb, xb + more_b + 1));
        let (found, exact) = (told("bayes", &arms).statistic.unwrap(), exact_chance(&arms));
        prop_assert!((found - exact).abs() < 1e-10, "{found} {exact}");
    }

    #[test]
    fn fisher_is_the_sum_over_all_tables(xa in 0u64..12, xb in 0u64..12, more_a in 0u64..12, more_b in 0u64..12) {
        let (na, nb) = (xa + more_a + 1, xb + more_b + 1);
        let choose = |n: u64, k: u64| (0..k).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64);
        let clicks = xa + xb;
        let chance = |k: u64| choose(na, k) * choose(nb, clicks - k) / choose(na + nb, clicks);
        let all = (clicks.saturating_sub(nb)..=clicks.min(na)).map(chance);
        let naive: f64 = all.filter(|p| *p <= chance(xa) * (1.0 + 1e-7)).sum();
        let found = told("fisher", &arms((xa, na), (xb, nb))).p.unwrap();
        prop_assert!((found - naive.min(1.0)).abs() < 1e-9, "{found} {naive}");
    }
}
