use super::{Arithmetic, Columns, Step, number, term};
use crate::answers::text::plural;
use crate::answers::{ColdStartPolicy, ColdStartView};

/// What a policy has seen of an arm, what it believes of it, and how it comes to its next pull: the figure of every arm beside
/// each other (for Thompson sampling the draws), of which the largest is pulled; the regret so far. `by_what` says why the
/// arm that is next is.
pub fn of_pull(view: &ColdStartView, policy: &ColdStartPolicy, row: usize, by_what: &str) -> Option<Arithmetic> {
    let arm = view.arms.get(row)?;
    let (pulls, successes) = (*policy.pulls.get(row)?, *policy.successes.get(row)?);
    let mut work = Arithmetic::new(arm.label.clone());
    work.note(format!(
        "{}: {} in {}",
        policy.title,
        plural(successes, "success"),
        plural(pulls, "pull")
    ));
    if let Some(belief) = policy.posteriors.get(row) {
        let laplace = (1.0 + successes as f64) / (2.0 + pulls as f64);
        if (laplace - belief.mean).abs() < 1e-9 {
            let numbers = format!("(1 + {successes}) / (2 + {pulls})");
            work.formula("mean", "(1 + successes) / (2 + pulls)", numbers, laplace);
        } else {
            work.note(format!("mean {}", number(belief.mean)));
        }
        work.note(format!(
            "95 % between {} and {}",
            number(belief.low),
            number(belief.high)
        ));
        work.note(format!("the best arm with probability {}", number(belief.p_best)));
    }
    if let Some(next) = &policy.next {
        let figures: Option<Vec<f64>> = next.figures.iter().copied().collect();
        if let Some(figures) = figures.filter(|figures| !figures.is_empty()) {
            work.note(format!("the {} before the next pull", next.figures_are));
            let seen = |at: usize, counts: &[u64]| counts.get(at).copied().unwrap_or(0) as f64;
            let rows = view.arms.iter().zip(&figures).enumerate();
            let rows = rows.map(|(at, (arm, figure))| {
                let counts = [seen(at, &policy.successes), seen(at, &policy.pulls)];
                (arm.label.clone(), vec![*figure, counts[0], counts[1]])
            });
            let sum = |counts: &[u64]| Some(counts.iter().sum::<u64>() as f64);
            work.steps.push(Step::Table(Columns {
                heads: ["arm", next.figures_are, "successes", "pulls"]
                    .map(str::to_owned)
                    .to_vec(),
                rows: rows.collect(),
                total: ("sum".to_owned(), vec![None, sum(&policy.successes), sum(&policy.pulls)]),
            }));
        }
        if next.arm == row {
            work.note(format!("it is pulled next: {by_what}"));
        } else if let Some(other) = view.arms.get(next.arm) {
            work.note(format!("next is {}: {by_what}", other.label));
        }
    }
    let best = view.arms.iter().map(|a| a.mean).fold(0.0, f64::max);
    let numbers = format!("{pulls} × ({} − {})", term(best), term(arm.mean));
    let regret = pulls as f64 * (best - arm.mean);
    work.formula(
        "regret here",
        "pulls × (best true rate − its true rate)",
        numbers,
        regret,
    );
    Some(work)
}
