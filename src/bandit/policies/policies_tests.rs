use super::exp3::Exp3;
use super::thompson::Thompson;
use crate::bandit::optimistic::kl_upper_bound;
use crate::bandit::{
    Choice, FigureKind, How, NO_CONTEXT, Outcome, POLICIES, Policy, PolicyChoice, Posterior, Setting, Tally, arms_of,
    p_best, stream_of,
};

/// The counts of the index fixture: S, N; t = 90.
fn fixture() -> Tally {
    Tally::of(&[30, 12, 4, 0], &[50, 25, 10, 5])
}

fn outcome(arm: usize, reward: bool, chance: f64) -> Outcome<'static> {
    Outcome {
        arm,
        reward,
        chance,
        context: NO_CONTEXT,
    }
}

fn built(policy: &str, arms: usize, horizon: u64) -> Box<dyn Policy> {
    let choice: PolicyChoice = policy.parse().unwrap();
    choice.build(&Setting::plain(arms, horizon))
}

fn figures(policy: &str, tally: &Tally, horizon: u64) -> Vec<f64> {
    let arms = tally.arms();
    let mut policy = built(policy, arms, horizon);
    assert!(policy.resume(tally));
    let figures = policy.figures(tally, &mut stream_of(1, "figures", 0));
    figures.into_iter().map(Option::unwrap).collect()
}

#[test]
fn indices_meet_the_fixture() {
    let ucb1 = [1.0242551, 1.07998731, 1.34866324, 1.34161241];
    let kl_ucb = [0.7876314780, 0.7590257858, 0.8250890756, 0.5934148635];
    let expected = [
        ("ucb1", ucb1),
        ("ucb-alpha", ucb1),
        // Twice the root of ξ ln n / N with ξ = ½, before anything is forgotten.
        ("discounted-ucb", ucb1),
        ("discounted-kl-ucb", kl_ucb),
        ("sliding-window-kl-ucb", kl_ucb),
        ("chapelle-li-ucb", [0.92237028, 0.95392494, 1.27423606, 0.89996193]),
        ("ucb-tuned", [0.74999683, 0.69212755, 0.7354031, 0.47433162]),
        ("moss", [0.77941226, 0.78348543, 0.96735137, 0.88453638]),
        ("kl-ucb", kl_ucb),
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
fn thompson_meets_the_probabilities_of_the_fixture() {
    let expected = [0.74214561, 0.14277214, 0.11037218, 0.00471007];
    let probabilities = |policy: &str| {
        let mut policy = built(policy, 4, 1);
        assert!(policy.resume(&fixture()));
        policy.probabilities(&fixture()).unwrap()
    };
    let found = probabilities("thompson");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-8, "{found} instead of {expected}");
    }
    assert!((probabilities("thompson:alpha=0.5,beta=0.5")[0] - found[0]).abs() > 1e-3);
    // Half the pulls of top-two go to the leader, and of two arms each is the rival of the other.
    let two = Tally::of(&[8, 3], &[10, 10]);
    let mut policy = built("top-two-thompson:beta=0.7", 2, 1);
    assert!(policy.resume(&two));
    let best = p_best(&[Posterior::new(9.0, 3.0), Posterior::new(4.0, 8.0)]);
    let shares = policy.probabilities(&two).unwrap();
    assert!((shares[0] - (0.7 * best[0] + 0.3 * best[1])).abs() < 1e-12);
    assert!((probabilities("top-two-thompson").iter().sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn top_two_begins_from_what_is_expected() {
    let choice: PolicyChoice = "top-two-thompson:beta=0.6,strength=20".parse().unwrap();
    let guesses = [Some(0.8), None];
    let mut policy = choice.build(&Setting {
        guesses: &guesses,
        ..Setting::plain(2, 100)
    });
    let (alpha, beta) = policy.prior(0).unwrap();
    assert!((alpha - 17.0).abs() < 1e-12 && (beta - 5.0).abs() < 1e-12);
    assert_eq!(policy.prior(1), Some((1.0, 1.0)));
    let tally = Tally::of(&[1, 2], &[4, 3]);
    assert!(policy.resume(&tally));
    let best = p_best(&[Posterior::new(18.0, 8.0), Posterior::new(3.0, 2.0)]);
    let shares = policy.probabilities(&tally).unwrap();
    assert!((shares[0] - (0.6 * best[0] + 0.4 * best[1])).abs() < 1e-12);
    assert!(choice.uses_guesses() && !"top-two-thompson".parse::<PolicyChoice>().unwrap().uses_guesses());
}

#[test]
fn indices_follow_their_formulas() {
    // As MOSS at a horizon of t.
    assert_eq!(
        figures("moss-anytime", &fixture(), 1000),
        figures("moss", &fixture(), 90)
    );
    // √(ξ ln min(t, τ) / N) with ξ = ½ is UCB(1).
    assert_eq!(
        figures("sliding-window-ucb", &fixture(), 1000),
        figures("ucb-alpha:alpha=1", &fixture(), 1000)
    );
    // Without a context: θ̂ = S / (λ + N), and the width 1 / √(λ + N).
    let linear = figures("linucb:alpha=2,lambda=0.5", &fixture(), 1000);
    for (found, (s, n)) in linear.iter().zip([(30.0, 50.0), (12.0, 25.0), (4.0, 10.0), (0.0, 5.0)]) {
        let root = f64::sqrt(0.5 + n);
        assert!((found - (s / (0.5 + n) + 2.0 / root)).abs() < 1e-12);
    }
}

#[test]
fn what_counts_cannot_tell_is_not_made_up() {
    assert!(!built("exp3", 4, 1000).resume(&fixture()));
    assert!(built("exp3", 4, 1000).resume(&Tally::new(4)));
    let mut linear = built("linucb", 4, 1000);
    linear.see(&[0.2, 0.8]);
    assert!(!linear.resume(&fixture()));
}

/// Mean and variance of the figure of each arm.
fn moments(policy: &str) -> Vec<(f64, f64)> {
    let mut policy = built(policy, 4, 1);
    assert!(policy.resume(&fixture()));
    let (mut stream, n) = (stream_of(5, "moments", 0), 20_000);
    let draws: Vec<Vec<Option<f64>>> = (0..n).map(|_| policy.figures(&fixture(), &mut stream)).collect();
    let of_arm = |arm: usize| {
        let mean = draws.iter().map(|d| d[arm].unwrap()).sum::<f64>() / f64::from(n);
        let squares: f64 = draws.iter().map(|d| (d[arm].unwrap() - mean).powi(2)).sum();
        (mean, squares / f64::from(n - 1))
    };
    (0..4).map(of_arm).collect()
}

/// Mean and variance of a posterior, given the sum and the number of outcomes.
type Law<'a> = &'a dyn Fn((f64, f64)) -> (f64, f64);

#[test]
fn normal_and_forgetting_draws_have_the_moments_of_their_laws() {
    let normal = |(s, n): (f64, f64)| (s / (n + 1.0), 1.0 / (n + 1.0));
    let wide = |(s, n): (f64, f64)| (s / (n + 1.0), 4.0 / (n + 1.0));
    // Prior N(.5, .2²), outcomes of standard deviation .5.
    let informed = |(s, n): (f64, f64)| {
        let precision = 25.0 + 4.0 * n;
        ((0.5 * 25.0 + 4.0 * s) / precision, 1.0 / precision)
    };
    let beta = |(s, n): (f64, f64)| {
        let (a, b) = (1.0 + s, 1.0 + n - s);
        (a / (a + b), a * b / ((a + b).powi(2) * (a + b + 1.0)))
    };
    let laws: [(&str, Law<'_>); 5] = [
        ("gaussian-thompson", &normal),
        ("gaussian-thompson:mean=0.5,tau=0.2,sigma=0.5", &informed),
        ("lints:v=2", &wide),
        ("discounted-thompson", &beta),
        ("sliding-window-thompson", &beta),
    ];
    for (policy, law) in laws {
        let counts = [(30.0, 50.0), (12.0, 25.0), (4.0, 10.0), (0.0, 5.0)];
        for ((mean, variance), counts) in moments(policy).into_iter().zip(counts) {
            let (expected, spread) = law(counts);
            assert!(
                (mean - expected).abs() < 4.5 * (spread / 20_000.0).sqrt(),
                "{policy}: mean {mean} instead of {expected}"
            );
            assert!(
                (variance / spread - 1.0).abs() < 0.1,
                "{policy}: variance {variance} instead of {spread}"
            );
        }
    }
}

#[test]
fn old_outcomes_are_forgotten() {
    let learn = |policy: &str, outcomes: &[(usize, bool)]| {
        let (mut policy, mut tally) = (built(policy, 2, 10), Tally::new(2));
        for &(arm, reward) in outcomes {
            tally.add(arm, reward);
            policy.learn(&outcome(arm, reward, 1.0), &tally);
        }
        policy.figures(&tally, &mut stream_of(1, "forget", 0))
    };
    let outcomes = [(0, true), (1, false), (0, false), (0, true)];
    // N = (1 + ½ + ⅛, ¼), S = (1 + ⅛, 0), n = 15/8.
    let found = learn("discounted-ucb:gamma=0.5,xi=0.5", &outcomes);
    let log = (15.0f64 / 8.0).ln();
    assert!((found[0].unwrap() - (9.0 / 13.0 + 2.0 * (0.5 * log / 1.625).sqrt())).abs() < 1e-12);
    assert!((found[1].unwrap() - 2.0 * (0.5 * log / 0.25).sqrt()).abs() < 1e-12);
    // The last two pulls: both of arm 0, one success. Arm 1 is to be pulled anew.
    let found = learn("sliding-window-ucb:tau=2,xi=0.5", &outcomes);
    assert!((found[0].unwrap() - (0.5 + (0.5 * 2f64.ln() / 2.0).sqrt())).abs() < 1e-12);
    assert_eq!(found[1], None);
}

#[test]
fn epsilon_decays_as_one_over_t() {
    // ε = min(1, c K / (d² (t + 1))) = 10 / (t + 1) for c = .05, K = 2, d = .1.
    let mut policy = built("epsilon-decay:c=0.05,d=0.1", 2, 1000);
    let mut explored = |t: u64| {
        let (tally, mut stream) = (Tally::of(&[t / 2, 0], &[t / 2, t - t / 2]), stream_of(3, "decay", t));
        let how = |_| policy.choose(&tally, &mut stream).how;
        (0..20_000).map(how).filter(|how| *how == How::Explore).count() as f64 / 20_000.0
    };
    assert_eq!(explored(5), 1.0);
    // 4.5 standard errors of a share of .1.
    assert!((explored(99) - 0.1).abs() < 4.5 * (0.09f64 / 20_000.0).sqrt());
}

#[test]
fn softmax_draws_by_its_probabilities() {
    // A peer takes the highest of a Dirichlet draw instead: .629, .287, .083 where the probabilities are .6, .3, .1.
    let expected = [0.6, 0.3, 0.1];
    let tally = Tally::of(&[90, 90, 90], &[100, 100, 100]);
    let mut policy = built("softmax:tau=0.1", 3, 1000);
    let mut counts = [0u32; 3];
    let mut stream = stream_of(9, "softmax", 0);
    (0..30_000).for_each(|_| counts[policy.choose(&tally, &mut stream).arm] += 1);
    // Six standard deviations of a count of 30,000 at 1/3.
    assert!(counts.iter().all(|c| c.abs_diff(10_000) < 490), "{counts:?}");
    counts = [0; 3];
    (0..30_000).for_each(|_| counts[Choice::drawn(&expected, &mut stream).arm] += 1);
    for (count, p) in counts.iter().zip(expected) {
        let error = (30_000.0 * p * (1.0 - p)).sqrt();
        assert!((f64::from(*count) - 30_000.0 * p).abs() < 4.5 * error, "{counts:?}");
    }
}

#[test]
fn the_horizon_of_moss_is_not_the_time() {
    // A peer takes t for the horizon n.
    assert_ne!(figures("moss", &fixture(), 1000), figures("moss", &fixture(), 90));
}

#[test]
fn exp3_weighs_a_late_outcome_by_the_chance_it_was_drawn_with() {
    let setting = Setting::plain(2, 10);
    let (mut exp3, tally) = (Exp3::new(0.2, &setting), Tally::new(2));
    exp3.learn(&outcome(0, true, 0.5), &tally);
    let before = exp3.weights.clone();
    exp3.learn(&outcome(1, true, 0.5), &tally);
    // Both were drawn at .5: the second takes back what the first did.
    assert!(before[0] > 0.5 && (exp3.weights[0] - 0.5).abs() < 1e-12);
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
    let setting = Setting::plain(3, 4);
    let mut exp3 = Exp3::new(0.1, &setting);
    let mut tally = Tally::new(3);
    for (arm, reward) in [(0, true), (2, false), (0, true), (1, true)] {
        tally.add(arm, reward);
        let chance = exp3.figures(&tally, &mut stream_of(0, "", 0))[arm].unwrap();
        exp3.learn(&outcome(arm, reward, chance), &tally);
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
        let mut thompson = Thompson::new((prior, prior), 0.0, &Setting::plain(arms, 1));
        thompson.resume(&tally);
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
    let setting = Setting::plain(arms.len(), pulls);
    let mut policy = choice.build(&setting);
    let mut tally = Tally::new(arms.len());
    let mut stream = stream_of(11, &choice.to_string(), 3);
    for _ in 0..pulls {
        let figures = policy.clone().figures(&tally, &mut stream.clone());
        let chosen = policy.choose(&tally, &mut stream);
        look(policy.as_ref(), &tally, &figures, chosen.arm, chosen.how);
        let reward = stream.random::<f64>() < means[chosen.arm];
        tally.add(chosen.arm, reward);
        policy.learn(&outcome(chosen.arm, reward, chosen.chance), &tally);
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
                    (How::Rival, kind) => assert_eq!(kind, FigureKind::Draw),
                    (How::Drawn, kind) => {
                        assert_eq!(kind, FigureKind::Probability);
                        let sum: f64 = figures.iter().flatten().sum();
                        assert!((sum - 1.0).abs() < 1e-9 && figures[arm].unwrap() > 0.0, "{}", spec.name);
                    }
                }
            },
        );
        let drawn = ["random", "exp3", "softmax", "squarecb"].contains(&spec.name);
        assert_eq!(bests == 0, drawn, "{}", spec.name);
    }
}

#[test]
fn epsilon_greedy_exploits_means_not_sums() {
    // A peer's trap: by sums arm 0 (30 of 100) would beat arm 1 (9 of 10).
    let tally = Tally::of(&[30, 9], &[100, 10]);
    let mut policy = built("epsilon-greedy:epsilon=0", 2, 200);
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

#[test]
fn arms_are_drawn_independently() {
    // A peer's trap: its linear Thompson sampling gives all arms the same random number, so that one never explores.
    for policy in [
        "lints",
        "logistic-thompson",
        "gaussian-thompson",
        "thompson",
        "discounted-thompson",
    ] {
        let mut policy = built(policy, 4, 1);
        assert!(policy.resume(&fixture()));
        let (mut stream, n) = (stream_of(6, "independent", 0), 4_000);
        let draws: Vec<[f64; 2]> = (0..n)
            .map(|_| policy.figures(&fixture(), &mut stream))
            .map(|figures| [figures[0].unwrap(), figures[1].unwrap()])
            .collect();
        let mean = |at: usize| draws.iter().map(|d| d[at]).sum::<f64>() / f64::from(n);
        let means = [mean(0), mean(1)];
        let sum = |a: usize, b: usize| draws.iter().map(|d| (d[a] - means[a]) * (d[b] - means[b])).sum::<f64>();
        let correlation = sum(0, 1) / (sum(0, 0) * sum(1, 1)).sqrt();
        // 4.5 standard errors of the correlation of independent draws.
        assert!(correlation.abs() < 4.5 / f64::from(n).sqrt(), "{correlation}");
    }
}
