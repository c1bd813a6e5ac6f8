use super::exp3::Exp3;
use super::thompson::Thompson;
use crate::bandit::kl::tests::kl_upper_bound;
use crate::bandit::{
    FigureKind, How, POLICIES, Policy, PolicyChoice, Posterior, Setting, Tally, arms_of, p_best, stream_of,
};

/// The counts of the index fixture: S, N; t = 90.
fn fixture() -> Tally {
    Tally::of(&[30, 12, 4, 0], &[50, 25, 10, 5])
}

fn figures(policy: &str, tally: &Tally, horizon: u64) -> Vec<f64> {
    let arms = tally.arms();
    let mut policy = policy
        .parse::<PolicyChoice>()
        .unwrap()
        .build(&Setting { arms, horizon });
    (0..arms).for_each(|arm| policy.learn(arm, false, tally));
    let figures = policy.figures(tally, &mut stream_of(1, "figures", 0));
    figures.into_iter().map(Option::unwrap).collect()
}

#[test]
fn indices_meet_the_fixture() {
    let expected: [(&str, [f64; 4]); 8] = [
        ("ucb1", [1.0242551, 1.07998731, 1.34866324, 1.34161241]),
        ("ucb-tuned", [0.74999683, 0.69212755, 0.7354031, 0.47433162]),
        ("moss", [0.77941226, 0.78348543, 0.96735137, 0.88453638]),
        ("kl-ucb", [0.7876314780, 0.7590257858, 0.8250890756, 0.5934148635]),
        ("kl-ucb:c=3", [0.8484021800, 0.8459048965, 0.9235122324, 0.8350945491]),
        ("kl-ucb-plus", [0.6731306686, 0.6372471281, 0.7184521103, 0.4390224273]),
        ("imed", [3.9120230054, 3.9518886472, 3.1135153092, 6.1908915718]),
        ("softmax:tau=0.1", [0.69492305, 0.20930680, 0.09404761, 0.00172254]),
    ];
    for (policy, expected) in expected {
        for (found, expected) in figures(policy, &fixture(), 1000).iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-7,
                "{policy}: {found} instead of {expected}"
            );
        }
    }
}

#[test]
fn bayes_ucb_meets_the_fixture_at_its_level() {
    // The fixture's level is 1 − 1/90. The policy takes 1 − 1/(t + 1), which is that level at t = 89; a fifth arm would
    // change nothing, so one pull is taken from the last arm's failures and its index is left out.
    let tally = Tally::of(&[30, 12, 4, 0], &[50, 25, 10, 4]);
    let found = figures("bayes-ucb", &tally, 1000);
    for (found, expected) in found.iter().zip([0.74341141, 0.69476027, 0.73300686]) {
        assert!((found - expected).abs() < 1e-7, "{found} instead of {expected}");
    }
    // Beta(1, 1 + n): the quantile has a closed form. At t = 5 of one arm with 5 failures it is 1 − (1/6)^(1/6).
    let alone = figures("bayes-ucb", &Tally::of(&[0], &[5]), 1000);
    assert!((alone[0] - (1.0 - (1.0f64 / 6.0).powf(1.0 / 6.0))).abs() < 1e-12);
    // The fixture's last arm: Beta(1, 6) at 1 − 1/90.
    assert!((Posterior::new(1.0, 6.0).quantile(1.0 - 1.0 / 90.0) - 0.52761846).abs() < 1e-7);
}

#[test]
fn exp3_meets_the_fixture() {
    let setting = Setting { arms: 3, horizon: 4 };
    let mut exp3 = Exp3::new(0.1, &setting);
    let mut tally = Tally::new(3);
    for (arm, reward) in [(0, true), (2, false), (0, true), (1, true)] {
        tally.add(arm, reward);
        exp3.learn(arm, reward, &tally);
    }
    for (found, expected) in exp3.weights.iter().zip([0.36505260, 0.33434525, 0.30060216]) {
        assert!((found - expected).abs() < 1e-8, "{found} instead of {expected}");
    }
}

/// Successes and pulls that meet every road through the sampler: few and many pulls, close and hopeless arms, laws with
/// α or β below 1, rates near 0 and 1.
const COUNTS: [&[(u64, u64)]; 5] = [
    &[(30, 50), (12, 25), (4, 10), (0, 5)],
    &[(0, 0), (0, 0), (1, 1)],
    &[(60, 611), (5, 122), (7, 140), (3, 98), (0, 51)],
    &[(990, 1000), (49, 50), (5, 5), (900, 1000)],
    &[(0, 300), (1, 300), (0, 3)],
];

/// A policy for each of the counts and for a flat and for Jeffreys' prior, with that prior.
fn thompsons() -> impl Iterator<Item = (Thompson, Tally, f64)> {
    let prepare = |prior: f64, counts: &[(u64, u64)]| {
        let (s, n): (Vec<u64>, Vec<u64>) = counts.iter().copied().unzip();
        let tally = Tally::of(&s, &n);
        let arms = counts.len();
        let mut thompson = Thompson::new(prior, prior, &Setting { arms, horizon: 1 });
        (0..arms).for_each(|arm| thompson.learn(arm, false, &tally));
        (thompson, tally, prior)
    };
    [1.0, 0.5]
        .into_iter()
        .flat_map(move |prior| COUNTS.map(|counts| prepare(prior, counts)))
}

#[test]
fn thompson_takes_each_arm_as_often_as_it_is_the_best() {
    for (mut thompson, tally, prior) in thompsons() {
        let posterior = |arm: usize| {
            let (s, n) = (tally.successes()[arm] as f64, tally.pulls()[arm] as f64);
            Posterior::new(prior + s, prior + n - s)
        };
        let expected = p_best(&(0..tally.arms()).map(posterior).collect::<Vec<_>>());
        let mut stream = stream_of(13, "choices", 0);
        let mut counts = vec![0.0; tally.arms()];
        let n = 30_000.0;
        (0..30_000).for_each(|_| counts[thompson.choose(&tally, &mut stream).arm] += 1.0);
        for (count, p) in counts.iter().zip(expected) {
            let off: f64 = count - n * p;
            assert!(
                off.abs() <= 4.5 * (n * p * (1.0 - p)).sqrt() + 1.0,
                "{count} of {n} for {p} in {tally:?}"
            );
        }
    }
}

#[test]
fn thompson_draws_have_the_moments_of_their_laws() {
    // Beta(α, β): mean α/(α+β), variance αβ/((α+β)²(α+β+1)); also where a draw is only completed for the eye.
    for (mut thompson, tally, prior) in thompsons() {
        let mut stream = stream_of(7, "moments", 0);
        let n = 4_000;
        let draws: Vec<Vec<Option<f64>>> = (0..n).map(|_| thompson.figures(&tally, &mut stream)).collect();
        for arm in 0..tally.arms() {
            let of_arm = || draws.iter().map(|all| all[arm].unwrap());
            let mean = of_arm().sum::<f64>() / f64::from(n);
            let variance = of_arm().map(|d| (d - mean).powi(2)).sum::<f64>() / f64::from(n - 1);
            let (s, pulls) = (tally.successes()[arm] as f64, tally.pulls()[arm] as f64);
            let (a, b) = (prior + s, prior + pulls - s);
            let expected = a * b / ((a + b).powi(2) * (a + b + 1.0));
            let error = (expected / f64::from(n)).sqrt();
            assert!(
                (mean - a / (a + b)).abs() < 4.5 * error,
                "mean {mean} of Beta({a}, {b})"
            );
            assert!(
                (variance / expected - 1.0).abs() < 0.2,
                "variance {variance} of Beta({a}, {b})"
            );
        }
    }
}

/// Plays `pulls` pulls and hands every choice, with the figures it was made of, to `look`.
fn play(
    choice: &PolicyChoice,
    means: &[f64],
    pulls: u64,
    mut look: impl FnMut(&dyn Policy, &Tally, &[Option<f64>], usize, How),
) {
    use rand::RngExt;
    let arms = arms_of(means);
    let setting = Setting {
        arms: arms.len(),
        horizon: pulls,
    };
    let mut policy = choice.build(&setting);
    let mut tally = Tally::new(arms.len());
    let mut stream = stream_of(11, &choice.to_string(), 3);
    for _ in 0..pulls {
        let figures = policy.clone().figures(&tally, &mut stream.clone());
        let chosen = policy.choose(&tally, &mut stream);
        look(policy.as_ref(), &tally, &figures, chosen.arm, chosen.how);
        let reward = stream.random::<f64>() < means[chosen.arm];
        tally.add(chosen.arm, reward);
        policy.learn(chosen.arm, reward, &tally);
    }
}

#[test]
fn every_policy_does_what_its_figures_say() {
    for spec in POLICIES {
        let mut bests = 0;
        play(
            &PolicyChoice::of(spec),
            &[0.3, 0.6, 0.55, 0.1, 0.6],
            600,
            |policy, tally, figures, arm, how| {
                assert!(figures.iter().flatten().all(|f| f.is_finite()), "{}", spec.name);
                match (how, policy.figure_kind()) {
                    (How::Initial, _) => assert_eq!((arm as u64, tally.pulls()[arm]), (tally.total(), 0)),
                    (How::Best, FigureKind::LowIndex) => {
                        bests += 1;
                        assert!(
                            figures.iter().flatten().all(|f| figures[arm].unwrap() <= f + 1e-9),
                            "{}",
                            spec.name
                        );
                    }
                    (How::Best, _) => {
                        bests += 1;
                        assert!(
                            figures.iter().flatten().all(|f| figures[arm].unwrap() >= f - 1e-9),
                            "{}",
                            spec.name
                        );
                    }
                    (How::Explore, _) => {}
                    (How::Drawn, kind) => {
                        assert_eq!(kind, FigureKind::Probability);
                        let sum: f64 = figures.iter().flatten().sum();
                        assert!((sum - 1.0).abs() < 1e-9 && figures[arm].unwrap() > 0.0, "{}", spec.name);
                    }
                }
            },
        );
        let drawn = ["random", "exp3", "softmax"].contains(&spec.name);
        assert_eq!(bests == 0, drawn, "{}", spec.name);
    }
}

#[test]
fn epsilon_greedy_exploits_means_not_sums() {
    // A peer's trap: by sums arm 0 (30 of 100) would beat arm 1 (9 of 10).
    let tally = Tally::of(&[30, 9], &[100, 10]);
    let mut policy = "epsilon-greedy:epsilon=0"
        .parse::<PolicyChoice>()
        .unwrap()
        .build(&Setting { arms: 2, horizon: 200 });
    assert_eq!(policy.choose(&tally, &mut stream_of(1, "means", 0)).arm, 1);
}

#[test]
fn lazily_kept_indices_are_those_solved_anew() {
    for c in [0.0, 3.0] {
        let choice = format!("kl-ucb:c={c}").parse::<PolicyChoice>().unwrap();
        play(
            &choice,
            &[0.02, 0.05, 0.95, 0.5, 1.0, 0.0],
            800,
            |_, tally, figures, _, how| {
                for (arm, found) in figures.iter().enumerate().filter(|_| how == How::Best) {
                    let log_t = (tally.total() as f64).ln();
                    let d = (log_t + c * log_t.ln()).max(0.0) / tally.pulls()[arm] as f64;
                    let expected = kl_upper_bound(tally.mean(arm), d);
                    assert!((found.unwrap() - expected).abs() < 1e-9, "{found:?} {expected}");
                }
            },
        );
    }
    let choice = "bayes-ucb".parse::<PolicyChoice>().unwrap();
    play(&choice, &[0.02, 0.95, 0.5, 1.0, 0.0], 800, |_, tally, figures, _, _| {
        for (arm, found) in figures.iter().enumerate() {
            let (s, n) = (tally.successes()[arm] as f64, tally.pulls()[arm] as f64);
            let level = 1.0 - 1.0 / (tally.total() + 1) as f64;
            let expected = Posterior::new(1.0 + s, 1.0 + n - s).quantile(level);
            assert!((found.unwrap() - expected).abs() < 1e-8, "{found:?} {expected}");
        }
    });
}
